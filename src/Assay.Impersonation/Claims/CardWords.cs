using Assay.Impersonation.Cards;

namespace Assay.Impersonation.Claims;

/// <summary>What a phrase of card_words.tsv means.</summary>
internal enum WordKind
{
    /// <summary>Says that who follows made the model: "developed by".</summary>
    AuthorBefore,

    /// <summary>Says that who precedes made the model: "introduces".</summary>
    AuthorAfter,

    /// <summary>Says that this is the real one.</summary>
    Official,

    /// <summary>Says that this is somebody else's copy or derivative.</summary>
    Denied,

    /// <summary>Announces the original's card in a heading.</summary>
    Quoted,

    /// <summary>Asks to run something.</summary>
    Run,

    /// <summary>Says that it must be done before anything else.</summary>
    First,

    /// <summary>Names a protection: antivirus and its kin.</summary>
    Protection,

    /// <summary>Asks to switch a protection off or around.</summary>
    Disable,

    /// <summary>Names a password.</summary>
    Password,

    /// <summary>Names an archive or its unpacking.</summary>
    Archive,

    /// <summary>Names a secret of the reader.</summary>
    Secret,

    /// <summary>Asks to hand something over.</summary>
    HandOver,

    /// <summary>Names a tool that makes everything ready: launcher, helper.</summary>
    Tool,
}

/// <summary>A phrase found among words: its kind, the index of its first word, and how many words it has.</summary>
internal readonly record struct WordMark(WordKind Kind, int Index, int Count);

/// <summary>The phrases of card_words.tsv, in nine languages, found in one pass.</summary>
internal sealed class CardWords
{
    private readonly Dictionary<string, List<(string[] Words, WordKind Kind)>> _byFirst = [];

    private CardWords()
    {
    }

    /// <summary>The shipped table.</summary>
    public static CardWords Standard { get; } = Load();

    /// <summary>The phrases among the words from an index on, in order. Where phrases of one kind begin at the same word, the longest counts.</summary>
    public List<WordMark> Find(IReadOnlyList<CardWord> words, int from = 0)
    {
        var marks = new List<WordMark>();
        for (var i = from; i < words.Count; i++)
        {
            if (!_byFirst.TryGetValue(words[i].Text, out var phrases))
                continue;
            var first = marks.Count;
            foreach (var (phrase, kind) in phrases) // longest first
            {
                if (marks.Skip(first).Any(m => m.Kind == kind) || i + phrase.Length > words.Count)
                    continue;
                var k = 1;
                while (k < phrase.Length && words[i + k].Text == phrase[k] && words[i + k].Sentence == words[i].Sentence)
                    k++;
                if (k == phrase.Length)
                    marks.Add(new WordMark(kind, i, phrase.Length));
            }
        }

        return marks;
    }

    private static CardWords Load()
    {
        using var stream = typeof(CardWords).Assembly.GetManifestResourceStream("Assay.Impersonation.card_words.tsv")
            ?? throw new InvalidOperationException("The phrases are missing from the assembly.");
        using var reader = new StreamReader(stream);
        var table = new CardWords();
        _ = reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            var kind = Enum.Parse<WordKind>(fields[0]);
            foreach (var phrase in fields[2].Split(';'))
            {
                var words = CardText.WordsOf(phrase).Select(w => w.Text).ToArray();
                if (!table._byFirst.TryGetValue(words[0], out var phrases))
                    table._byFirst.Add(words[0], phrases = []);
                phrases.Add((words, kind));
            }
        }

        foreach (var phrases in table._byFirst.Values)
            phrases.Sort((a, b) => b.Words.Length.CompareTo(a.Words.Length));
        return table;
    }
}
