using System.Collections.Frozen;

namespace Assay.Impersonation.Names;

/// <summary>A name that people trust, and by which handles it publishes.</summary>
/// <param name="Name">As it is written for readers: <c>Mistral AI</c>.</param>
/// <param name="Handles">Its organisations on the hub.</param>
/// <param name="Words">Words by which readers know it, its name among them; lower case.</param>
public sealed record Brand(string Name, IReadOnlyList<string> Handles, IReadOnlyList<string> Words)
{
    /// <summary>Its domains.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Ordinary vocabulary: these words count only beside a word of authority or a repository of the brand.</summary>
    private static readonly FrozenSet<string> Ordinary = FrozenSet.ToFrozenSet(
        ["meta", "apple", "stability", "phi", "yi", "command", "flux", "falcon", "arctic", "seed", "liquid", "granite", "whisper", "gemini", "zephyr", "grok", "aya", "blip", "snowflake"]);

    /// <summary>Whether a word alone does not mean the brand.</summary>
    public static bool IsWeak(string word) => Ordinary.Contains(word);

    /// <summary>The brands that ship with Assay.</summary>
    public static IReadOnlyList<Brand> Seeds() => Read(EmbeddedData.Lines("brands.tsv"));

    /// <summary>Reads lines of <c>brand, handles, domains, words</c> separated by tabs, lists by commas; the first line names the columns.</summary>
    public static IReadOnlyList<Brand> Read(IEnumerable<string> lines)
    {
        var brands = new List<Brand>();
        foreach (var line in lines.Skip(1))
        {
            var field = line.Split('\t');
            if (field.Length >= 4)
                brands.Add(new Brand(field[0], List(field[1]), List(field[3].ToLowerInvariant())) { Domains = List(field[2].ToLowerInvariant()) });
        }

        return brands;
    }

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
