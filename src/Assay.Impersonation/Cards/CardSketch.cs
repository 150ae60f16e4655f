namespace Assay.Impersonation.Cards;

/// <summary>The text of a card as hashed shingles of four words, in the order of the text, each once, without boilerplate.</summary>
public sealed class CardSketch
{
    /// <summary>A card with fewer shingles says too little to be compared.</summary>
    public const int Least = 30;

    /// <summary>Shingles kept; the rest of a longer card is not compared.</summary>
    public const int Most = 20_000;

    private const int Size = 4;
    private static readonly HashSet<ulong> Boilerplate = ReadBoilerplate();

    private CardSketch(ulong[] shingles, ulong[] everything) => (Shingles, Everything) = (shingles, everything);

    /// <summary>Whether the card has hardly any text of its own. It resembles nothing then.</summary>
    public bool IsCardless => Shingles.Length < Least;

    /// <summary>The card's own prose: what others are looked for in.</summary>
    internal ulong[] Shingles { get; }

    /// <summary>The prose and the code: where another card's prose is looked for, so that a code block is no hiding place.</summary>
    internal ulong[] Everything { get; }

    /// <summary>A sketch of shingles that were hashed before.</summary>
    internal static CardSketch OfShingles(ulong[] shingles) => new(shingles, shingles);

    internal static CardSketch Of(IReadOnlyList<CardWord> words)
    {
        var prose = Hash(words, Boilerplate, withCode: false);
        var all = Hash(words, Boilerplate, withCode: true);
        return prose.Length >= Least ? new CardSketch(prose, [.. prose.Union(all)]) : new CardSketch(all, all);
    }

    private static ulong[] Hash(IReadOnlyList<CardWord> words, HashSet<ulong> without, bool withCode)
    {
        var shingles = new List<ulong>();
        var seen = new HashSet<ulong>();
        Span<ulong> window = stackalloc ulong[Size];
        var filled = 0;
        foreach (var word in words)
        {
            if (!withCode && (word.Place & CardPlace.Code) != 0)
                continue;
            window[1..].CopyTo(window);
            window[^1] = HashWord(word.Text);
            if (++filled < Size)
                continue;
            var hash = 0UL;
            foreach (var part in window)
                hash = Mix(hash ^ part);
            if (!without.Contains(hash) && seen.Add(hash))
            {
                shingles.Add(hash);
                if (shingles.Count == Most)
                    break;
            }
        }

        return [.. shingles];
    }

    internal static ulong Mix(ulong value)
    {
        value = (value + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static ulong HashWord(string word)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var character in word)
            hash = (hash ^ character) * 0x100000001B3;
        return Mix(hash);
    }

    /// <summary>The phrases that model libraries and trainers write into every card.</summary>
    private static HashSet<ulong> ReadBoilerplate()
    {
        using var stream = typeof(CardSketch).Assembly.GetManifestResourceStream("Assay.Impersonation.card_boilerplate.md")
            ?? throw new InvalidOperationException("The boilerplate is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return [.. Hash(CardText.WordsOf(reader.ReadToEnd()), [], withCode: false)];
    }
}
