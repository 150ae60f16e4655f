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
}
