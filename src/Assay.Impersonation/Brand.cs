using System.Collections.Frozen;

namespace Assay.Impersonation;

/// <summary>A name that people trust and that others might pretend to be.</summary>
/// <param name="Name">As it is written for readers: <c>Mistral AI</c>.</param>
/// <param name="Handles">Its organisations on the hub.</param>
/// <param name="Domains">Its domains.</param>
/// <param name="Words">Words by which readers know it and its work; lower case.</param>
public sealed record Brand(string Name, IReadOnlyList<string> Handles, IReadOnlyList<string> Domains, IReadOnlyList<string> Words)
{
    /// <summary>The columns of a table of brands.</summary>
    public const string Columns = "brand\thandles\tdomains\twords";

    private static readonly FrozenSet<string> Ordinary = FrozenSet.ToFrozenSet(
        ["meta", "apple", "stability", "phi", "yi", "command", "flux", "falcon", "arctic", "seed", "liquid", "granite", "whisper", "gemini", "zephyr", "grok", "aya", "blip", "snowflake", "ernie"]);

    /// <summary>Whether a publisher's handle is one of the brand's own.</summary>
    public bool IsHandle(string organisation) => Handles.Contains(organisation, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a word is ordinary vocabulary and does not mean the brand by itself: in a name it counts beside a word of authority or a
    /// repository of the brand, in a text when it is written as a name.
    /// </summary>
    public static bool IsWeak(string word) => Ordinary.Contains(word);

    /// <summary>The brands that ship with Assay.</summary>
    public static IReadOnlyList<Brand> Seeds() => Read(EmbeddedData.Lines("brands.tsv"));

    /// <summary>Reads lines of <see cref="Columns"/> separated by tabs, lists by commas; the first line names the columns, and lines with fewer fields are passed over.</summary>
    public static IReadOnlyList<Brand> Read(IEnumerable<string> lines)
    {
        var brands = new List<Brand>();
        foreach (var line in lines.Skip(1))
        {
            var field = line.Split('\t');
            if (field.Length >= 4)
                brands.Add(new Brand(field[0], List(field[1]), List(field[2]), List(field[3].ToLowerInvariant())));
        }

        return brands;
    }

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
