using Assay.Impersonation.Cards;

namespace Assay.Impersonation.Claims;

/// <summary>A name that others might pretend to be.</summary>
/// <param name="Name">As people write it.</param>
/// <param name="Handles">Its organisations' names on hubs.</param>
/// <param name="Domains">Its domains.</param>
/// <param name="Words">Words by which its work is recognised: names of the organisation and of its products.</param>
public sealed record Brand(string Name, IReadOnlyList<string> Handles, IReadOnlyList<string> Domains, IReadOnlyList<string> Words)
{
    /// <summary>Whether an organisation's name is one of the brand's own handles.</summary>
    public bool IsHandle(string organisation) => Handles.Contains(organisation, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The brands whose claims are checked.</summary>
public sealed class BrandTable
{
    // Ordinary vocabulary: counts as a brand only when it is written as a name, and never among words alone.
    private static readonly HashSet<string> Weak =
        ["meta", "apple", "stability", "phi", "yi", "command", "liquid", "arctic", "seed", "granite", "falcon", "aya", "flux", "zephyr", "whisper", "ernie", "blip"];

    private readonly Dictionary<string, List<Phrase>> _byFirst = [];

    /// <summary>A table of these brands.</summary>
    public BrandTable(IReadOnlyList<Brand> brands)
    {
        Brands = brands;
        foreach (var brand in brands)
        {
            var makers = brand.Handles.Append(WithoutBrackets(brand.Name)).Concat(brand.Domains.Select(d => d.Split('.')[0])).Select(Moniker).ToHashSet();
            foreach (var text in brand.Words.Concat(brand.Handles).Append(WithoutBrackets(brand.Name)))
            {
                var words = CardText.WordsOf(text).Select(w => w.Text).ToArray();
                if (words.Length == 0 || (words.Length == 1 && words[0].Length < 2))
                    continue;
                if (!_byFirst.TryGetValue(words[0], out var phrases))
                    _byFirst.Add(words[0], phrases = []);
                if (!phrases.Exists(p => p.Brand == brand && p.Words.SequenceEqual(words)))
                    phrases.Add(new Phrase(brand, words, makers.Contains(string.Concat(words)), words.Length == 1 && Weak.Contains(words[0])));
            }
        }

        foreach (var phrases in _byFirst.Values)
            phrases.Sort((a, b) => b.Words.Length.CompareTo(a.Words.Length));
    }

    /// <summary>The shipped table.</summary>
    public static BrandTable Standard { get; } = LoadStandard();

    /// <summary>All brands.</summary>
    public IReadOnlyList<Brand> Brands { get; }

    /// <summary>Reads a table: a heading, then brand, handles, domains, words divided by tabs; lists divided by commas. Lines with other than four fields are skipped.</summary>
    public static BrandTable Read(TextReader reader)
    {
        var brands = new List<Brand>();
        _ = reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            if (fields.Length == 4)
                brands.Add(new Brand(fields[0], List(fields[1]), List(fields[2]), List(fields[3])));
        }

        return new BrandTable(brands);

        static string[] List(string field) => field.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Brands among the words of an index range, in order.</summary>
    internal IEnumerable<BrandMark> Find(IReadOnlyList<CardWord> words, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (!_byFirst.TryGetValue(words[i].Text, out var phrases))
                continue;
            foreach (var phrase in phrases)
            {
                if (i + phrase.Words.Length > words.Count || (phrase.IsWeak && (words[i].Place & CardPlace.Capital) == 0))
                    continue;
                var k = 1;
                while (k < phrase.Words.Length && words[i + k].Text == phrase.Words[k])
                    k++;
                if (k < phrase.Words.Length)
                    continue;
                yield return new BrandMark(phrase.Brand, i, phrase.Words.Length, phrase.IsMaker);
                i += phrase.Words.Length - 1;
                break;
            }
        }
    }

    private static string WithoutBrackets(string name) => name.Split('(')[0].Trim();

    private static string Moniker(string text) => string.Concat(CardText.WordsOf(text).Select(w => w.Text));

    private static BrandTable LoadStandard()
    {
        using var stream = typeof(BrandTable).Assembly.GetManifestResourceStream("Assay.Impersonation.brands.tsv")
            ?? throw new InvalidOperationException("The brands are missing from the assembly.");
        using var reader = new StreamReader(stream);
        return Read(reader);
    }

    private sealed record Phrase(Brand Brand, string[] Words, bool IsMaker, bool IsWeak);
}

/// <summary>A brand found among words.</summary>
/// <param name="Brand">The brand.</param>
/// <param name="Index">Index of its first word.</param>
/// <param name="Count">How many words it has.</param>
/// <param name="IsMaker">Whether the words name the organisation rather than a product of it.</param>
internal readonly record struct BrandMark(Brand Brand, int Index, int Count, bool IsMaker);
