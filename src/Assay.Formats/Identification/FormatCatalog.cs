using System.Collections.Frozen;
using System.Reflection;

namespace Assay.Formats;

/// <summary>Every reader, in the order in which they are asked. A new format is a line here.</summary>
public static class FormatCatalog
{
    /// <summary>The readers.</summary>
    public static IReadOnlyList<FormatReader> Readers { get; } =
    [
        new PickleReader(),
        new NumpyReader(),
        new MarshalReader(),
        new ZipReader(),
        new TarReader(),
        new GzipReader(),
        new ZlibReader(),
        new JoblibZfileReader(),
        new SafetensorsReader(),
        new GgufReader(),
        new OnnxReader(),
        new PeReader(),
        new ElfReader(),
        new PdfReader(),
        new OleReader(),
        new RtfReader(),
        new ShortcutReader(),
        new PngReader(),
        new JpegReader(),
        new GifReader(),
        new RiffReader(FormatId.WebP, "WEBP"),
        new RiffReader(FormatId.Wav, "WAVE"),
        new RiffReader(FormatId.Avi, "AVI "),
    ];

    private static readonly Lazy<FrozenDictionary<string, FormatId>> ByName = new(static () => typeof(FormatId)
        .GetProperties(BindingFlags.Public | BindingFlags.Static).Select(static p => p.GetValue(null)).OfType<FormatId>()
        .DistinctBy(static f => f.Name).ToFrozenDictionary(static f => f.Name, StringComparer.Ordinal));

    /// <summary>The format of a name that reports show; of a file that is several formats at once, the first. Null for a name that is not known.</summary>
    public static FormatId? Find(string name)
    {
        var plus = name.IndexOf('+', StringComparison.Ordinal);
        return ByName.Value.GetValueOrDefault(plus < 0 ? name : name[..plus]);
    }
}
