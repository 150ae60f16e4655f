using System.Buffers.Binary;
using System.Numerics;

namespace Assay.Formats;

/// <summary>What a scan makes of a format that no reader understands.</summary>
public enum FormatDisposition
{
    /// <summary>Data that nothing executes: clean.</summary>
    Inert,

    /// <summary>Could matter and is not analysed: the scan is incomplete.</summary>
    Unsupported,

    /// <summary>An archive that no model loader opens; under a model's name it exists to hide something.</summary>
    UnusualContainer,

    /// <summary>A program.</summary>
    Executable,

    /// <summary>The content is elsewhere.</summary>
    Pointer,

    /// <summary>A reader understands it.</summary>
    Readable,
}

/// <summary>A format known by its signature.</summary>
/// <param name="Format">The format.</param>
/// <param name="Disposition">What to make of it.</param>
public sealed record KnownFormat(FormatId Format, FormatDisposition Disposition);

/// <summary>
/// Formats recognised by content and not read (yet). Signatures from the formats' specifications; short ones are confirmed by the
/// fields that follow, since what is called inert here is called clean.
/// </summary>
public static class KnownFormats
{
    /// <summary>Checks what follows a signature.</summary>
    private delegate bool Confirmation(in FileEdges edges);

    private static readonly System.Buffers.SearchValues<byte> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"u8);

    private static readonly Signature[] Signatures =
    [
        // Programs first: they must not pass as anything else.
        new("MZqFpD", FormatId.Ape, FormatDisposition.Executable),
        new("MZ", FormatId.Pe, FormatDisposition.Executable) { Confirm = IsDosProgram },
        new("\u007fELF", FormatId.Elf, FormatDisposition.Executable),
        new("\u00ce\u00fa\u00ed\u00fe", FormatId.MachO, FormatDisposition.Executable),
        new("\u00cf\u00fa\u00ed\u00fe", FormatId.MachO, FormatDisposition.Executable),
        new("\u00fe\u00ed\u00fa\u00ce", FormatId.MachO, FormatDisposition.Executable),
        new("\u00fe\u00ed\u00fa\u00cf", FormatId.MachO, FormatDisposition.Executable),
        new("\u00ca\u00fe\u00ba\u00be", FormatId.JavaClass, FormatDisposition.Executable) { Confirm = IsJavaClass },
        new("\u00ca\u00fe\u00ba\u00be", FormatId.MachO, FormatDisposition.Executable),
        new("\u00ca\u00fe\u00ba\u00bf", FormatId.MachO, FormatDisposition.Executable),
        new("\0asm", FormatId.Wasm, FormatDisposition.Executable),
        new("dex\n0", FormatId.Dex, FormatDisposition.Executable),
        new("BC\u00c0\u00de", FormatId.LlvmBitcode, FormatDisposition.Executable),
        new("\u00de\u00c0\u0017\u000b", FormatId.LlvmBitcode, FormatDisposition.Executable),
        new("L\0\0\0\u0001\u0014\u0002\0", FormatId.WindowsShortcut, FormatDisposition.Executable),
        new("\u001bLua", FormatId.LuaBytecode, FormatDisposition.Executable),
        new("ITSF", FormatId.Chm, FormatDisposition.Executable) { Confirm = static (in e) => Word(e, 4) is 2 or 3 or 4 },

        // Archives and codecs.
        new("7z\u00bc\u00af\u0027\u001c", FormatId.SevenZip, FormatDisposition.UnusualContainer),
        new("Rar!\u001a\u0007", FormatId.Rar, FormatDisposition.UnusualContainer),
        new("MSCF\0\0\0\0", FormatId.Cabinet, FormatDisposition.UnusualContainer),
        new("xar!", FormatId.Xar, FormatDisposition.UnusualContainer) { Confirm = static (in e) => e.Head.Length > 5 && e.Head[4] == 0 },
        new("-lh", FormatId.Lha, FormatDisposition.UnusualContainer, 2) { Confirm = static (in e) => e.Head.Length > 22 && e.Head[6] == '-' },
        new("\u0060\u00ea", FormatId.Arj, FormatDisposition.UnusualContainer) { Confirm = IsArj },
        new("hsqs", FormatId.SquashFs, FormatDisposition.UnusualContainer),
        new("!<arch>\n", FormatId.Ar, FormatDisposition.Unsupported),
        new("070701", FormatId.Cpio, FormatDisposition.Unsupported) { Confirm = static (in e) => e.Head.Length >= 110 && !e.Head[6..110].ContainsAnyExcept(HexDigits) },
        new("\u00ed\u00ab\u00ee\u00db", FormatId.Rpm, FormatDisposition.Unsupported),
        new("BZh", FormatId.Bzip2, FormatDisposition.Unsupported) { Confirm = IsBzip2 },
        new("\u00fd7zXZ\0", FormatId.Xz, FormatDisposition.Unsupported),
        new("\u005d\0\0", FormatId.Lzma, FormatDisposition.Unsupported) { Confirm = IsLzma },
        new("\u0004\u0022\u004d\u0018", FormatId.Lz4, FormatDisposition.Unsupported),
        new("\u0002\u0021\u004c\u0018", FormatId.Lz4, FormatDisposition.Unsupported),
        new("\u0028\u00b5\u002f\u00fd", FormatId.Zstd, FormatDisposition.Unsupported),
        new("LZIP\u0001", FormatId.Lzip, FormatDisposition.Unsupported),
        new("\u0089LZO\0\r\n", FormatId.Lzop, FormatDisposition.Unsupported),
        new("\u001f\u009d", FormatId.Compress, FormatDisposition.Unsupported) { Confirm = static (in e) => e.Head.Length > 3 && (e.Head[2] & 0x1f) is >= 9 and <= 16 && (e.Head[2] & 0x60) == 0 },
        new("\u00ff\u0006\0\0sNaPpY", FormatId.Snappy, FormatDisposition.Unsupported),

        // Model formats whose readers come later.
        new("GGUF", FormatId.Gguf, FormatDisposition.Unsupported) { Confirm = static (in e) => Word(e, 4) is > 0 and < 256 || BinaryPrimitives.ReverseEndianness(Word(e, 4)) is > 0 and < 256 },
        new("lmgg", FormatId.Ggml, FormatDisposition.Unsupported),
        new("fmgg", FormatId.Ggml, FormatDisposition.Unsupported),
        new("tjgg", FormatId.Ggml, FormatDisposition.Unsupported),
        new("TFL3", FormatId.TfLite, FormatDisposition.Unsupported, 4),
        new("ET1", FormatId.ExecuTorch, FormatDisposition.Unsupported, 4) { Confirm = static (in e) => e.Head.Length > 7 && e.Head[7] is >= (byte)'1' and <= (byte)'9' && Word(e, 0) < e.Length },
        new("ORTM", FormatId.OrtModel, FormatDisposition.Unsupported, 4),
        new("ftrt", FormatId.TensorRt, FormatDisposition.Unsupported),
        new("ptrt", FormatId.TensorRt, FormatDisposition.Unsupported),
        new("CBM1", FormatId.CatBoost, FormatDisposition.Unsupported),
        new("binf", FormatId.XgBoost, FormatDisposition.Unsupported),
        new("{L", FormatId.XgBoost, FormatDisposition.Unsupported) { Confirm = IsUbjson },
        new("{i", FormatId.XgBoost, FormatDisposition.Unsupported) { Confirm = IsUbjson },
        new("{U", FormatId.XgBoost, FormatDisposition.Unsupported) { Confirm = IsUbjson },
        new("tree\nversion=v", FormatId.LightGbm, FormatDisposition.Unsupported),
        new("RDX2\n", FormatId.RData, FormatDisposition.Unsupported),
        new("RDX3\n", FormatId.RData, FormatDisposition.Unsupported),
        new("RDA2\n", FormatId.RData, FormatDisposition.Unsupported),
        new("RDA3\n", FormatId.RData, FormatDisposition.Unsupported),
        new("X\n\0\0\0", FormatId.RData, FormatDisposition.Unsupported) { Confirm = static (in e) => e.Head.Length > 14 && e.Head[5] is 2 or 3 },
        new("A\n", FormatId.RData, FormatDisposition.Unsupported) { Confirm = static (in e) => e.Head.Length > 10 && e.Head[2] is (byte)'2' or (byte)'3' && e.Head[3] == '\n' && char.IsAsciiDigit((char)e.Head[4]) },
        new("\u0012\u0001\0\0\0\0\0\0", FormatId.MxNet, FormatDisposition.Unsupported),
        new("%PDF-", FormatId.Pdf, FormatDisposition.Readable),
        new("\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1", FormatId.Ole, FormatDisposition.Readable),
        new("{\\rtf", FormatId.Rtf, FormatDisposition.Readable),

        // Inert data.
        new("\u0089PNG\r\n\u001a\n", FormatId.Png, FormatDisposition.Inert),
        new("\u00ff\u00d8\u00ff", FormatId.Jpeg, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 3 && e.Head[3] >= 0xC0 },
        new("GIF87a", FormatId.Gif, FormatDisposition.Inert),
        new("GIF89a", FormatId.Gif, FormatDisposition.Inert),
        new("RIFF", FormatId.WebP, FormatDisposition.Inert) { Confirm = static (in e) => Is(e, 8, "WEBP"u8) },
        new("RIFF", FormatId.Wav, FormatDisposition.Inert) { Confirm = static (in e) => Is(e, 8, "WAVE"u8) },
        new("RIFF", FormatId.Avi, FormatDisposition.Inert) { Confirm = static (in e) => Is(e, 8, "AVI "u8) },
        new("BM", FormatId.Bmp, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 26 && Word(e, 2) <= e.Length && Word(e, 10) < e.Length && Word(e, 14) is 12 or 40 or 52 or 56 or 64 or 108 or 124 },
        new("II*\0", FormatId.Tiff, FormatDisposition.Inert) { Confirm = static (in e) => Word(e, 4) is >= 8 and var at && at < e.Length },
        new("MM\0*", FormatId.Tiff, FormatDisposition.Inert) { Confirm = static (in e) => BinaryPrimitives.ReverseEndianness(Word(e, 4)) is >= 8 and var at && at < e.Length },
        new("\0\0\u0001\0", FormatId.Icon, FormatDisposition.Inert) { Confirm = IsIcon },
        new("ID3", FormatId.Mp3, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 10 && e.Head[3] is 2 or 3 or 4 && ((e.Head[6] | e.Head[7] | e.Head[8] | e.Head[9]) & 0x80) == 0 },
        new("\u00ff", FormatId.Mp3, FormatDisposition.Inert) { Confirm = IsMpegSound },
        new("fLaC", FormatId.Flac, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 8 && (e.Head[4] & 0x7f) == 0 },
        new("OggS\0", FormatId.Ogg, FormatDisposition.Inert),
        new("MThd\0\0\0\u0006", FormatId.Midi, FormatDisposition.Inert),
        new("ftyp", FormatId.Mp4, FormatDisposition.Inert, 4) { Confirm = static (in e) => e.Head.Length > 12 && BinaryPrimitives.ReadUInt32BigEndian(e.Head) is >= 8 and < 4096 },
        new("\u001a\u0045\u00df\u00a3", FormatId.Matroska, FormatDisposition.Inert),
        new("\u0076\u002f\u0031\u0001", FormatId.OpenExr, FormatDisposition.Inert),
        new("glTF\u0002\0\0\0", FormatId.Gltf, FormatDisposition.Inert),
        new("DICM", FormatId.Dicom, FormatDisposition.Inert, 128),
        new("\0\u0001\0\0\0", FormatId.Font, FormatDisposition.Inert) { Confirm = IsTrueType },
        new("OTTO\0", FormatId.Font, FormatDisposition.Inert) { Confirm = IsTrueType },
        new("true\0", FormatId.Font, FormatDisposition.Inert) { Confirm = IsTrueType },
        new("ttcf\0", FormatId.Font, FormatDisposition.Inert),
        new("wOFF", FormatId.Font, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 44 && BinaryPrimitives.ReadUInt32BigEndian(e.Head[8..]) <= e.Length },
        new("wOF2", FormatId.Font, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.Length > 44 && BinaryPrimitives.ReadUInt32BigEndian(e.Head[8..]) <= e.Length },
        new("PAR1", FormatId.Parquet, FormatDisposition.Inert) { Confirm = static (in e) => e.Tail.Length < 12 ? e.Tail.IsEmpty : e.Tail.EndsWith("PAR1"u8) },
        new("ARROW1\0\0", FormatId.Arrow, FormatDisposition.Inert),
        new("FEA1", FormatId.Arrow, FormatDisposition.Inert) { Confirm = static (in e) => e.Tail.IsEmpty || e.Tail.EndsWith("FEA1"u8) },
        new("Obj\u0001", FormatId.Avro, FormatDisposition.Inert) { Confirm = static (in e) => e.Head.IndexOf("avro."u8) is > 0 and < 64 },
        new("SQLite format 3\0", FormatId.Sqlite, FormatDisposition.Inert),
        new("\u00ba\u0016\u004f\u002f", FormatId.FastText, FormatDisposition.Inert) { Confirm = static (in e) => Word(e, 4) is > 0 and <= 12 },
        new("I", FormatId.Faiss, FormatDisposition.Inert) { Confirm = IsFaiss },

        // Pointers.
        new("version https://git-lfs.github.com/spec/", FormatId.LfsPointer, FormatDisposition.Pointer) { Confirm = static (in e) => e.Length <= 1024 },
        new("# xet version ", FormatId.LfsPointer, FormatDisposition.Pointer) { Confirm = static (in e) => e.Length <= 1024 },
    ];

    /// <summary>Recognises the head (and the tail, where it is given). Text is judged by the head alone; see <see cref="TextProbe"/>.</summary>
    public static KnownFormat? Recognise(in FileEdges edges)
    {
        if (edges.Length == 0)
            return new KnownFormat(FormatId.Empty, FormatDisposition.Inert);
        foreach (var signature in Signatures)
        {
            if (signature.Matches(edges))
                return signature.Format;
        }

        if (IsSafetensors(edges))
            return new KnownFormat(FormatId.Safetensors, FormatDisposition.Unsupported);
        if (IsHdf5(edges))
            return new KnownFormat(FormatId.Hdf5, FormatDisposition.Unsupported);
        if (IsTfRecord(edges))
            return new KnownFormat(FormatId.TfRecord, FormatDisposition.Inert);
        // LevelDB table_format.md: the footer ends in 0xdb4775248b80fb57.
        if (edges.Tail.EndsWith((ReadOnlySpan<byte>)[0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]))
            return new KnownFormat(FormatId.LevelDbTable, FormatDisposition.Inert);
        if (edges.Tail.Length >= 512 && edges.Tail[^512..].StartsWith("koly\0\0\0\x04"u8))
            return new KnownFormat(FormatId.DiskImage, FormatDisposition.UnusualContainer);
        if (ProtobufProbe.Recognise(edges) is { } message)
            return message;
        if (TextProbe.Judge(edges.Head, edges.Head.Length >= edges.Length) is { } text)
            return new KnownFormat(text, FormatDisposition.Inert);
        return IsMessagePack(edges) ? new KnownFormat(FormatId.MessagePack, FormatDisposition.Unsupported) : null;
    }

    /// <summary>Whether a format is an archive that no loader of models opens.</summary>
    public static bool IsUnusualContainer(FormatId format) =>
        format == FormatId.SevenZip || format == FormatId.Rar || format == FormatId.Cabinet || format == FormatId.Xar || format == FormatId.Lha
        || format == FormatId.Arj || format == FormatId.SquashFs || format == FormatId.DiskImage;

    private static bool IsSafetensors(in FileEdges edges)
    {
        if (edges.Head.Length < 10 || edges.Head[8] != '{')
            return false;
        var size = BinaryPrimitives.ReadUInt64LittleEndian(edges.Head);
        return size is >= 2 and <= 100_000_000 && size <= (ulong)edges.Length - 8;
    }

    /// <summary>The signature may follow a user block of 512 bytes times a power of two (HDF5 format, II.A).</summary>
    private static bool IsHdf5(in FileEdges edges)
    {
        for (var at = 0; at <= edges.Head.Length - 8; at = at == 0 ? 512 : at * 2)
        {
            if (Is(edges, at, Hdf5Signature))
                return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> Hdf5Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>TFRecord frames: length, its masked CRC-32C, data (<c>tensorflow/core/lib/io/record_writer.h</c>).</summary>
    private static bool IsTfRecord(in FileEdges edges)
    {
        if (edges.Head.Length < 16)
            return false;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(edges.Head);
        if (length == 0 || length > (ulong)edges.Length - 12)
            return false;
        var crc = ~BitOperations.Crc32C(uint.MaxValue, length);
        var masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8;
        return Word(edges, 8) == masked;
    }

    private static bool IsMessagePack(in FileEdges edges)
    {
        // A map whose first key is a short readable string.
        var head = edges.Head;
        var at = head.Length < 8 ? -1 : head[0] switch { >= 0x81 and <= 0x8f => 1, 0xde => 3, 0xdf => 5, _ => -1 };
        if (at < 0)
            return false;
        int length;
        if (head[at] is >= 0xa1 and <= 0xbf)
            length = head[at++] & 31;
        else if (head[at] == 0xd9)
            (length, at) = (head[at + 1], at + 2);
        else
            return false;
        return length > 0 && head.Length > at + length && !head.Slice(at, length).ContainsAnyExceptInRange((byte)' ', (byte)'~');
    }

    private static bool IsDosProgram(in FileEdges edges)
    {
        // Offset of the new header at 0x3c; a text that starts with MZ has nothing like it.
        if (edges.Head.Length < 0x40)
            return false;
        var at = Word(edges, 0x3c);
        if (at >= 0x40 && at <= edges.Head.Length - 4)
            return Is(edges, (int)at, "PE\0\0"u8) || Is(edges, (int)at, "NE"u8) || Is(edges, (int)at, "LE"u8) || Is(edges, (int)at, "LX"u8) || edges.Head[..64].Contains((byte)0);
        return edges.Head[..64].Contains((byte)0);
    }

    private static bool IsJavaClass(in FileEdges edges)
    {
        // Major version since 45 where a fat Mach-O counts its architectures.
        var version = edges.Head.Length < 10 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(edges.Head[4..]);
        return (version & 0xFFFF) is >= 45 and < 200;
    }

    private static bool IsArj(in FileEdges edges)
    {
        if (edges.Head.Length < 12)
            return false;
        var size = BinaryPrimitives.ReadUInt16LittleEndian(edges.Head[2..]);
        return size is >= 30 and <= 2600 && edges.Head[4] is >= 30 and <= 60 && edges.Head[10] == 2;
    }

    private static bool IsBzip2(in FileEdges edges) =>
        edges.Head.Length >= 10 && edges.Head[3] is >= (byte)'1' and <= (byte)'9'
        && (Is(edges, 4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) || Is(edges, 4, [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]));

    /// <summary>LZMA alone: properties 5d, dictionary of a power of two (or three of it), size known or all ones.</summary>
    private static bool IsLzma(in FileEdges edges)
    {
        if (edges.Head.Length < 14)
            return false;
        var dictionary = Word(edges, 1);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(edges.Head[5..]);
        return (BitOperations.IsPow2(dictionary) || (dictionary % 3 == 0 && BitOperations.IsPow2(dictionary / 3)))
            && (size == ulong.MaxValue || size < 1UL << 40) && edges.Head[13] == 0;
    }

    private static bool IsUbjson(in FileEdges edges)
    {
        // An object key: type, length, name.
        var head = edges.Head;
        var (length, at) = head[1] switch
        {
            (byte)'L' when head.Length > 10 => ((long)BinaryPrimitives.ReadUInt64BigEndian(head[2..]), 10),
            (byte)'i' or (byte)'U' when head.Length > 3 => (head[2], 3),
            _ => (0L, 0),
        };
        return length is > 0 and < 64 && head.Length > at + (int)length && !head.Slice(at, (int)length).ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    private static bool IsIcon(in FileEdges edges)
    {
        if (edges.Head.Length < 22)
            return false;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(edges.Head[4..]);
        var size = Word(edges, 14);
        var at = Word(edges, 18);
        return count is > 0 and <= 64 && edges.Head[9] == 0 && at >= 6 + (16u * count) && (long)at + size <= edges.Length && size > 0;
    }

    /// <summary>Two consecutive frame headers of MPEG audio, layer 3.</summary>
    private static bool IsMpegSound(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.Length < 4 || (head[1] & 0xE6) != 0xE2 || (head[1] & 0x18) == 0x08)
            return false;
        var version1 = (head[1] & 0x18) == 0x18;
        int[] rates = version1 ? [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0] : [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
        int[] samples = (head[1] & 0x18) switch { 0x18 => [44100, 48000, 32000, 0], 0x10 => [22050, 24000, 16000, 0], _ => [11025, 12000, 8000, 0] };
        var rate = rates[head[2] >> 4];
        var sample = samples[(head[2] >> 2) & 3];
        if (rate == 0 || sample == 0)
            return false;
        var size = ((version1 ? 144 : 72) * rate * 1000 / sample) + ((head[2] >> 1) & 1);
        return head.Length > size + 2 ? head[size] == 0xFF && head[size + 1] == head[1] : edges.Length <= size;
    }

    private static bool IsTrueType(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.Length < 28)
            return false;
        var tables = BinaryPrimitives.ReadUInt16BigEndian(head[4..]);
        return tables is > 0 and < 256 && !head.Slice(12, 4).ContainsAnyExceptInRange((byte)' ', (byte)'~')
            && BinaryPrimitives.ReadUInt32BigEndian(head[20..]) < edges.Length;
    }

    /// <summary>Four letters and a dimension (<c>faiss/impl/index_write.cpp</c>).</summary>
    private static bool IsFaiss(in FileEdges edges)
    {
        if (edges.Head.Length < 12 || Word(edges, 4) is 0 or > 1_000_000)
            return false;
        foreach (var name in FaissNames)
        {
            if (Is(edges, 0, name))
                return true;
        }

        return false;
    }

    private static readonly byte[][] FaissNames =
        [.. "IxF2 IxFI IxFl IxPQ IxPo IxPq IxSQ IxSq IwFl IwFd IwPQ IwQR IwSQ IwSq IvFl IvPQ IvQR IxHE IxHe IxLS IxPT IxRF IxMp IxM2 IHNf IHNp IHNs IHN2 IHc2 IHfP IBxF IBwF IBFf IBMp IBM2 INSf INNf IwPf IPfs IxRQ IxLc IwLS IwRQ"
            .Split(' ').Select(System.Text.Encoding.ASCII.GetBytes)];

    private static uint Word(in FileEdges edges, int at) =>
        edges.Head.Length >= at + 4 ? BinaryPrimitives.ReadUInt32LittleEndian(edges.Head[at..]) : 0;

    private static bool Is(in FileEdges edges, int at, ReadOnlySpan<byte> bytes) => edges.Head.Length > at && edges.Head[at..].StartsWith(bytes);

    /// <summary>A signature, one character a byte.</summary>
    private sealed class Signature(string bytes, FormatId format, FormatDisposition disposition, int at = 0)
    {
        private readonly byte[] _bytes = System.Text.Encoding.Latin1.GetBytes(bytes);

        internal KnownFormat Format { get; } = new(format, disposition);

        internal Confirmation? Confirm { get; init; }

        internal bool Matches(in FileEdges edges) => Is(edges, at, _bytes) && (Confirm is null || Confirm(edges));
    }
}
