using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>Reads gzip files (RFC 1952), with any number of members and what follows them.</summary>
public sealed class GzipReader : FormatReader<CompressedFacts>
{
    /// <inheritdoc/>
    public override FormatId Id => FormatId.Gzip;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 10 && edges.Head[0] == 0x1f && edges.Head[1] == 0x8b && edges.Head[2] == 8 ? FormatMatch.Strong : FormatMatch.None;

    /// <inheritdoc/>
    protected override void ReadInto(CompressedFacts facts, ByteSource source, ReadScope scope)
    {
        var at = ReadHeader(facts, source, 0, scope, out var name);
        if (at < 0)
            Malformed.Truncated(0, "the file ends inside its gzip header");
        facts.ContentName = name;
        facts.DataOffset = at;
        facts.Attach(source, (f, s) => Open(f, source, s));
    }

    private static ByteSource Open(CompressedFacts facts, ByteSource source, ReadScope scope)
    {
        using var spool = new Spool();
        facts.Members = 0;
        facts.Produced = 0;
        long header = 0;
        Span<byte> trailer = stackalloc byte[8];
        while (true)
        {
            var data = header == 0 ? facts.DataOffset : ReadHeader(facts, source, header, scope, out _);
            if (data < 0)
            {
                facts.NoteTrailing(source, header, scope);
                break;
            }

            if (header != 0)
                scope.Budget.ChargeMember(header);
            facts.Members++;
            var result = Inflater.Inflate(source, data, source.Length - data, spool, scope.Budget);
            facts.NoteOutcome(result);
            if (!result.Ended)
                break;
            var at = data + result.Consumed;
            if (source.ReadAt(at, trailer) < 8)
            {
                facts.Note(new Malformation(MalformationKind.Truncated, at, "the file ends inside its gzip trailer"));
                break;
            }

            var crc = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
            if (crc != result.Crc)
                facts.Report(ArchiveIssueKind.ChecksumMismatch, null, at, $"stored {crc:x8}, computed {result.Crc:x8}");
            else if (size != (uint)result.Produced)
                facts.Report(ArchiveIssueKind.FalseLength, null, at + 4, $"{size} bytes declared, {(uint)result.Produced} unpacked");
            at += 8;
            header = SkipZeros(source, at, scope);
            if (header < 0 || !IsHeader(source, header))
            {
                facts.NoteTrailing(source, at, scope);
                break;
            }
        }

        return spool.ToSource();
    }

    /// <summary>The offset of the compressed data; -1 when the header is cut off. Fields in the order of RFC 1952, 2.3.</summary>
    private static long ReadHeader(CompressedFacts facts, ByteSource source, long at, ReadScope scope, out string? name)
    {
        name = null;
        using var cursor = scope.Open(source, at);
        if (cursor.Remaining < 10)
            return -1;
        var start = cursor.ReadBytes(10);
        var flags = start[3];
        if ((flags & 0xE0) != 0)
            facts.NoteLie(at + 3, $"reserved flags are set: {flags:x2}");
        if ((flags & 4) != 0)
        {
            if (cursor.Remaining < 2)
                return -1;
            var extra = cursor.ReadUInt16();
            if (cursor.Remaining < extra)
                return -1;
            cursor.Skip(extra);
        }

        for (var field = 8; field <= 16; field *= 2)
        {
            if ((flags & field) == 0)
                continue;
            var text = new List<byte>();
            while (true)
            {
                var b = cursor.ReadByteOrEnd();
                if (b < 0)
                    return -1;
                if (b == 0)
                    break;
                if (text.Count < 4096)
                    text.Add((byte)b);
            }

            if (field == 8 && text.Count > 0)
            {
                // Latin-1 by the RFC, UTF-8 in practice. Only the last component can be meant.
                var full = ArchiveNames.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text));
                name = ArchiveNames.Printable(full[(full.AsSpan().LastIndexOfAny('/', '\\') + 1)..]);
                if (ArchiveNames.Escapes(full) && full.Contains("..", StringComparison.Ordinal))
                    facts.Report(ArchiveIssueKind.EscapingName, null, at, ArchiveNames.Printable(full));
            }
        }

        if ((flags & 2) != 0)
        {
            if (cursor.Remaining < 2)
                return -1;
            var end = cursor.Offset;
            var stored = cursor.ReadUInt16();
            var computed = (ushort)ZipMember.Checksum(source, at, end - at, scope.Budget);
            if (stored != computed)
                facts.Report(ArchiveIssueKind.HeaderChecksum, null, end, $"header checksum: stored {stored:x4}, computed {computed:x4}");
        }

        return cursor.Offset;
    }

    private static bool IsHeader(ByteSource source, long at)
    {
        Span<byte> start = stackalloc byte[3];
        return source.ReadAt(at, start) == 3 && start[0] == 0x1f && start[1] == 0x8b && start[2] == 8;
    }

    /// <summary>Offset of the first byte that is not zero; -1 at the end.</summary>
    private static long SkipZeros(ByteSource source, long at, ReadScope scope)
    {
        Span<byte> buffer = stackalloc byte[256];
        while (true)
        {
            var n = source.ReadAt(at, buffer);
            if (n <= 0)
                return -1;
            scope.Budget.ChargeRead(n, at);
            var found = buffer[..n].IndexOfAnyExcept((byte)0);
            if (found >= 0)
                return at + found;
            at += n;
        }
    }
}
