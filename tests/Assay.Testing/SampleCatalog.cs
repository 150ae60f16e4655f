using System.IO.Compression;
using System.Text;
using Assay.Formats;

namespace Assay.Testing;

/// <summary>Small valid artifacts by format: what the standing tests cut short and mutate. A new format adds its samples here.</summary>
public static class SampleCatalog
{
    private static readonly byte[] Words = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 120).Select(i => $"line {i * 7919 % 101} ")));

    /// <summary>Samples with the format that a reader must recognise in them.</summary>
    public static IReadOnlyList<(FormatId Format, string Name, byte[] Bytes)> All { get; } =
    [
        (FormatId.Pickle, "list, protocol 2", [0x80, 2, (byte)']', (byte)'q', 0, (byte)'(', (byte)'K', 1, (byte)'K', 2, (byte)'e', (byte)'.']),
        (FormatId.Pickle, "calls, protocol 4", PickleBuilder.Of(4).Call("os", "system", "echo assay").Stop()),
        (FormatId.Pickle, "joblib with raw arrays", JoblibBuilder.Stream()),
        (FormatId.Pickle, "PyTorch before 1.6", TorchBuilder.Legacy()),
        (FormatId.Numpy, "numbers", NumpyBuilder.Floats()),
        (FormatId.Numpy, "objects", NumpyBuilder.Objects(PickleBuilder.Of(2).EmptyList().Stop())),
        (FormatId.Zip, "stored and deflated", new ZipBuilder().Add("a.txt", "hello").Add("b/c.txt", Words, m => m.Method = 8).Build()),
        (FormatId.Zip, "streamed", new ZipBuilder().Add("a.txt", Words, m => { m.Method = 8; m.Streamed = true; }).Add("b", "x", m => m.Streamed = true).Build()),
        (FormatId.Zip, "64-bit", new ZipBuilder { Zip64 = true }.Add("a.txt", "hello").Build()),
        (FormatId.Zip, "checkpoint", new ZipBuilder().Add("m/data.pkl", [0x80, 2, (byte)'}', (byte)'.']).Add("m/data/0", new byte[64]).Add("m/version", "3\n").Build()),
        (FormatId.Zip, "lying", new ZipBuilder { Prefix = "GIF89a"u8.ToArray(), Comment = "tail"u8.ToArray() }.Add("a", Words, m => { m.LocalName = "b"; m.Flags = 1; m.Method = 8; }).Add("c", "x", m => { m.Listed = false; m.Gap = [1, 2, 3]; }).Add("d", "x").Build()),
        (FormatId.Tar, "ustar", new TarBuilder().Add("a.txt", "hello").Add("d/", [], '5').Add("d/l", [], '2', "../a.txt").Add("big", Words).End().Build()),
        (FormatId.Tar, "extensions", new TarBuilder().LongName("long/" + new string('n', 150)).Add("short", "x").Pax(("path", "pax/é"), ("size", "2")).Add("p", "xy").Add("n", Words, base256: true).End().Build()),
        (FormatId.Gzip, "two members", [.. Gzip(Words), .. Gzip("second"u8.ToArray())]),
        (FormatId.Gzip, "all header fields", GzipWithFields()),
        (FormatId.Zlib, "deflated", Zlib(Words)),
        (FormatId.JoblibZfile, "deflated", Zfile(Words)),
        (FormatId.Numpy, "floats", NumpyBuilder.Floats()),
        (FormatId.Numpy, "objects", NumpyBuilder.Objects(PickleSamples.Honest(4))),
        (FormatId.Safetensors, "one tensor", Safetensors()),
        (FormatId.Gguf, "metadata and tensors", Gguf().Build()),
        (FormatId.Gguf, "first version, high bytes first", new GgufBuilder { Version = 1, BigEndian = true, Alignment = 8 }.Texts("tokens", "a", "", "ccc").Nested("n", 3).Floats("w", [1, 2]).Build()),
        (FormatId.Onnx, "initialisers", new OnnxBuilder().Raw("w", 1, [2, 1], new byte[8]).Packed("b", [1], new byte[4]).External("e", 10, [4], ("location", "w.data"), ("offset", "64"), ("length", "8")).Nested(2, OnnxBuilder.Head("c", 7, [])).Build()),
        (FormatId.Pe, "packed", ProgramBuilder.Pe("UPX0", 0xE0000020)),
        (FormatId.Elf, "program", ProgramBuilder.Elf(mark: "UPX!")),
        (FormatId.Pdf, "script in an object stream", DocumentBuilder.Pdf("/OpenAction 60 0 R", "9 0 obj\n<< /Type /EmbeddedFile /Length 5 >>\nstream\nhello\nendstream\nendobj\n", "<< /S /J#61vaScript /JS (app.alert\\('hi'\\)) >>")),
        (FormatId.Ole, "macro", DocumentBuilder.Macro("Sub AutoOpen()\r\n MsgBox \"hi\"\r\nEnd Sub\r\n")),
        (FormatId.Ole, "large streams", DocumentBuilder.Compound(("Workbook", [0x09, 8, 4, 0, 0, 6, 5, 0, 0x85, 0, 8, 0, 0, 0, 0, 0, 1, 1, 0, 0, .. new byte[5000]]), ("\u0001Ole10Native", [8, 0, 0, 0, 2, 0, (byte)'a', 0, (byte)'b', 0, 0, 0, 3, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 7, 7]))),
        (FormatId.Rtf, "object", Encoding.ASCII.GetBytes("{\\rtf1\\ansi text {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " + DocumentBuilder.RtfObject("Package", "hello"u8.ToArray()) + "}}{\\field{\\*\\fldinst HYPERLINK x}}}")),
        (FormatId.WindowsShortcut, "command", DocumentBuilder.Shortcut(@"C:\Windows\System32\cmd.exe", "/c echo assay", @"\\files.invalid\x.ico")),
        (FormatId.Png, "one pixel", Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")),
        (FormatId.Gif, "one pixel", Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")),
        (FormatId.Jpeg, "markers", [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xDA, 0, 3, 0, 9, 9, 0xFF, 0, 9, 0xFF, 0xD9]),
        (FormatId.WebP, "chunk", [.. "RIFF"u8, 12, 0, 0, 0, .. "WEBPVP8 "u8, 0, 0, 0, 0]),
        (FormatId.Wav, "chunk", [.. "RIFF"u8, 12, 0, 0, 0, .. "WAVEdata"u8, 0, 0, 0, 0]),
        (FormatId.Avi, "chunk", [.. "RIFF"u8, 12, 0, 0, 0, .. "AVI data"u8, 0, 0, 0, 0]),
    ];

    public static byte[] Gzip(byte[] content)
    {
        using var into = new MemoryStream();
        using (var gzip = new GZipStream(into, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(content);
        return into.ToArray();
    }

    public static byte[] Zlib(byte[] content)
    {
        using var into = new MemoryStream();
        using (var zlib = new ZLibStream(into, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(content);
        return into.ToArray();
    }

    /// <summary>As joblib before 0.10 wrote it.</summary>
    public static byte[] Zfile(byte[] content) =>
        [.. "ZF"u8, .. Encoding.ASCII.GetBytes($"0x{content.Length:x}".PadRight(19)), .. Zlib(content)];

    /// <summary>One tensor of four bytes.</summary>
    public static byte[] Safetensors()
    {
        var header = Encoding.ASCII.GetBytes("{\"__metadata__\":{\"format\":\"pt\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}");
        return [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header, 0, 0, 128, 63];
    }

    /// <summary>Metadata of most types, two tensors.</summary>
    public static GgufBuilder Gguf(int version = 3, bool bigEndian = false) => new GgufBuilder { Version = version, BigEndian = bigEndian }
        .Text("general.architecture", "llama").UInt32("llama.block_count", 2).Float32("llama.rope.freq_base", 10000).Bool("x.flag", 1)
        .Texts("tokenizer.ggml.tokens", "<s>", "a", "b").Nested("x.nested", 3)
        .Floats("blk.0.weight", [.. Enumerable.Range(0, 24).Select(i => i * 0.5f)], 8, 3)
        .AddTensor("blk.1.weight", [64, 1], 8, [.. Enumerable.Range(0, 68).Select(i => (byte)(i * 7))]);

    private static byte[] GzipWithFields()
    {
        var plain = Gzip("content"u8.ToArray());
        byte[] header = [.. plain.AsSpan(0, 3), 0x1E, .. plain.AsSpan(4, 6), 2, 0, 7, 7, .. "name.txt\0comment\0"u8];
        var crc = Crc32.Append(0, header);
        return [.. header, (byte)crc, (byte)(crc >> 8), .. plain.AsSpan(10)];
    }
}
