using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>Reads zlib streams (RFC 1950). Two bytes are a weak signature, so recognition inflates the head.</summary>
public sealed class ZlibReader : FormatReader<CompressedFacts>
{
    /// <inheritdoc/>
    public override FormatId Id => FormatId.Zlib;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.Length < 6 || !IsHeader(head[0], head[1]))
            return FormatMatch.None;
        var whole = head.Length >= edges.Length;
        var trial = Inflater.Inflate(new MemoryByteSource(head[2..].ToArray()), 0, head.Length - 2, null, new WorkBudget(new WorkLimits()), wanted: 4096);
        var sound = trial.Damage is null || (!whole && trial.Damage.Kind == MalformationKind.Truncated) || trial.Damage.Kind == MalformationKind.Limit;
        if (sound && (trial.Produced >= 64 || (trial.Ended && trial.Produced > 0)))
            return head[0] == 0x78 || trial.Produced >= 1024 ? FormatMatch.Strong : FormatMatch.Weak;
        // Cut off or damaged after some output: perhaps.
        return head[0] == 0x78 && trial.Produced >= 64 ? FormatMatch.Weak : FormatMatch.None;
    }

    /// <inheritdoc/>
    protected override void ReadInto(CompressedFacts facts, ByteSource source, ReadScope scope)
    {
        facts.DataOffset = 2;
        facts.Attach(source, (f, s) => OpenAt(f, source, 2, s));
    }

    /// <summary>Inflates the body that starts behind a zlib header at <paramref name="data"/>, and checks what follows it.</summary>
    internal static ByteSource OpenAt(CompressedFacts facts, ByteSource source, long data, ReadScope scope)
    {
        using var spool = new Spool();
        facts.Produced = 0;
        facts.Members = 1;
        var result = Inflater.Inflate(source, data, source.Length - data, spool, scope.Budget);
        facts.NoteOutcome(result);
        if (result.Ended)
        {
            var at = data + result.Consumed;
            Span<byte> trailer = stackalloc byte[4];
            if (source.ReadAt(at, trailer) < 4)
            {
                facts.Note(new Malformation(MalformationKind.Truncated, at, "the file ends inside its checksum"));
            }
            else
            {
                var stored = BinaryPrimitives.ReadUInt32BigEndian(trailer);
                if (stored != result.Adler)
                    facts.Report(ArchiveIssueKind.ChecksumMismatch, null, at, $"stored {stored:x8}, computed {result.Adler:x8}");
                facts.NoteTrailing(source, at + 4, scope);
            }
        }

        return spool.ToSource();
    }

    /// <summary>Deflate, window of at most 32 KiB, no preset dictionary, and a multiple of 31 (RFC 1950, 2.2).</summary>
    internal static bool IsHeader(byte first, byte second) =>
        (first & 0x0F) == 8 && first >> 4 <= 7 && (second & 0x20) == 0 && ((first << 8) | second) % 31 == 0;
}

/// <summary>
/// Reads the compressed files of joblib before 0.10: <c>ZF</c>, the length as hexadecimal text padded to 19 characters, a zlib stream
/// (<c>joblib/numpy_pickle_compat.py</c>, <c>read_zfile</c>; one blank more from Python 2).
/// </summary>
public sealed class JoblibZfileReader : FormatReader<CompressedFacts>
{
    private const int LengthWidth = 19;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.JoblibZfile;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.Length < 2 + LengthWidth + 2 || !head.StartsWith("ZF"u8))
            return FormatMatch.None;
        return ParseLength(head.Slice(2, LengthWidth), out _) && FindStream(head) > 0 ? FormatMatch.Strong : FormatMatch.None;
    }

    /// <inheritdoc/>
    protected override void ReadInto(CompressedFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source);
        var head = cursor.Peek(2 + LengthWidth + 3);
        if (head.Length < 2 + LengthWidth + 2)
            Malformed.Truncated(0, "the file ends inside its header");
        if (!ParseLength(head.Slice(2, LengthWidth), out var length))
            Malformed.Invalid(2, "the length is not a hexadecimal number");
        var stream = FindStream(head);
        if (stream < 0)
            Malformed.Invalid(2 + LengthWidth, "no zlib stream follows the length");
        facts.DeclaredLength = length;
        facts.DataOffset = stream;
        facts.Attach(source, (f, s) =>
        {
            var content = ZlibReader.OpenAt(f, source, stream + 2, s);
            if (f.Produced != length && f.Malformations.Count == 0)
                f.Report(ArchiveIssueKind.FalseLength, null, 2, $"{length} bytes declared, {f.Produced} unpacked");
            return content;
        });
    }

    private static bool ParseLength(ReadOnlySpan<byte> text, out long length)
    {
        var digits = text.TrimEnd(" L\0"u8);
        if (digits.StartsWith("0x"u8))
            digits = digits[2..];
        length = 0;
        return digits.Length is > 0 and <= 15
            && long.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out length);
    }

    private static int FindStream(ReadOnlySpan<byte> head)
    {
        var at = 2 + LengthWidth;
        if (head.Length > at && head[at] == ' ')
            at++;
        return head.Length >= at + 2 && ZlibReader.IsHeader(head[at], head[at + 1]) ? at : -1;
    }
}
