using System.Buffers;

namespace Assay.Formats;

/// <summary>Makes the content of a member readable whatever its flags and checksums say, and notes what they lied about.</summary>
internal static class ZipMember
{
    /// <summary>Members up to this size have their checksum verified even in an archive that is not read whole.</summary>
    internal const long AlwaysVerified = 1 << 20;

    internal const ushort Stored = 0;
    internal const ushort Deflated = 8;

    internal static ByteSource Open(ZipFacts facts, ZipEntry entry, ZipReading reading, ByteSource source, ReadScope scope)
    {
        if (entry.IsEncrypted)
            Malformed.Encrypted(entry.HeaderOffset, $"the member {entry.ShownName} is encrypted");
        return reading.Method switch
        {
            Stored => OpenStored(facts, entry, reading, source, scope),
            Deflated => OpenDeflated(facts, entry, reading, source, scope),
            _ => Unsupported(entry, reading.Method),
        };
    }

    /// <summary>The methods of APPNOTE 4.4.5 that are in use.</summary>
    internal static string? MethodName(ushort method) => method switch
    {
        Stored => "stored",
        1 => "shrink",
        6 => "implode",
        Deflated => "deflate",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        93 or 20 => "zstd",
        94 => "mp3",
        95 => "xz",
        96 => "jpeg",
        97 => "wavpack",
        98 => "ppmd",
        99 => "aes",
        _ => null,
    };

    internal static uint Checksum(ByteSource source, long offset, long length, WorkBudget budget)
    {
        if (source.TryGetMemory(out var memory))
        {
            budget.ChargeRead(length, offset);
            return Crc32.Append(0, memory.Span.Slice((int)offset, (int)length));
        }

        var buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        try
        {
            uint crc = 0;
            while (length > 0)
            {
                var n = source.ReadAt(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length)));
                if (n <= 0)
                    break;
                budget.ChargeRead(n, offset);
                crc = Crc32.Append(crc, buffer.AsSpan(0, n));
                offset += n;
                length -= n;
            }

            return crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ByteSource OpenStored(ZipFacts facts, ZipEntry entry, ZipReading reading, ByteSource source, ReadScope scope)
    {
        var size = Math.Min(reading.Size, source.Length - entry.DataOffset);
        if (reading.Label.Length == 0 && (facts.ReadsWhole || facts.VerifiesSmall(entry, size)))
        {
            var crc = Checksum(source, entry.DataOffset, size, scope.Budget);
            if (crc != entry.Crc && size == entry.CompressedSize)
            {
                // The checksum may belong to what a stored member hides: its unpacked content.
                var spool = new Spool();
                var trial = Inflater.Inflate(source, entry.DataOffset, size, spool, scope.Budget);
                if (trial.Ended && trial.Crc == entry.Crc && trial.Produced > 0)
                {
                    facts.Report(ArchiveIssueKind.FalseMethod, entry.ShownName, entry.HeaderOffset,
                        $"declared as stored; the checksum {entry.Crc:x8} is that of the data after inflating it");
                    return spool.ToSource();
                }

                spool.Dispose();
                facts.Report(ArchiveIssueKind.ChecksumMismatch, entry.ShownName, entry.HeaderOffset, $"stored {entry.Crc:x8}, computed {crc:x8}");
            }
        }

        return new SliceByteSource(source, entry.DataOffset, size);
    }

    private static ByteSource OpenDeflated(ZipFacts facts, ZipEntry entry, ZipReading reading, ByteSource source, ReadScope scope)
    {
        var size = Math.Min(reading.Size, source.Length - entry.DataOffset);
        var spool = new Spool();
        try
        {
            var result = Inflater.Inflate(source, entry.DataOffset, size, spool, scope.Budget);
            if (reading.Label.Length == 0 || result.Damage?.Kind == MalformationKind.Limit)
                NoteOutcome(facts, entry, size, result, source, scope);
            if (result.Produced == 0 && result.Damage is not null && result.Damage.Kind != MalformationKind.Limit)
                return new SliceByteSource(source, entry.DataOffset, size);
            return spool.ToSource();
        }
        finally
        {
            spool.Dispose();
        }
    }

    private static void NoteOutcome(ZipFacts facts, ZipEntry entry, long size, in Inflation result, ByteSource source, ReadScope scope)
    {
        if (result.Damage is { } damage)
        {
            if (damage.Kind == MalformationKind.Limit)
            {
                facts.Note(damage with { Message = $"{entry.ShownName}: {damage.Message}" });
                if (damage.Limit is "ratio" or "inflated-bytes")
                {
                    facts.Report(ArchiveIssueKind.Bomb, entry.ShownName, entry.DataOffset,
                        $"{result.Consumed} bytes unpack to more than {result.Produced}; {entry.UncompressedSize} are declared");
                    if (result.Produced > entry.UncompressedSize)
                    {
                        facts.Report(ArchiveIssueKind.FalseLength, entry.ShownName, entry.HeaderOffset,
                            $"{entry.UncompressedSize} bytes declared, more than {result.Produced} unpacked");
                    }
                }

                return;
            }

            if (size == entry.UncompressedSize && Checksum(source, entry.DataOffset, size, scope.Budget) == entry.Crc)
            {
                facts.Report(ArchiveIssueKind.FalseMethod, entry.ShownName, entry.HeaderOffset,
                    $"declared as deflate; the checksum {entry.Crc:x8} is that of the data as it is stored");
                return;
            }

            facts.Note(damage with { Message = $"{entry.ShownName}: {damage.Message} ({result.Produced} bytes came out)" });
            return;
        }

        // With the right checksum a wrong length is a lie; with both wrong the data was damaged, or changed later.
        if (result.Crc != entry.Crc)
        {
            facts.Report(ArchiveIssueKind.ChecksumMismatch, entry.ShownName, entry.HeaderOffset,
                $"stored {entry.Crc:x8}, computed {result.Crc:x8}; {entry.UncompressedSize} bytes declared, {result.Produced} unpacked");
        }
        else if (result.Produced != entry.UncompressedSize)
        {
            facts.Report(ArchiveIssueKind.FalseLength, entry.ShownName, entry.HeaderOffset,
                $"{entry.UncompressedSize} bytes declared, {result.Produced} unpacked");
        }

        if (result.Ended && result.Consumed < size)
        {
            facts.Report(ArchiveIssueKind.Gap, entry.ShownName, entry.DataOffset + result.Consumed,
                $"{size - result.Consumed} bytes follow the compressed data inside the member");
        }
    }

    private static SliceByteSource Unsupported(ZipEntry entry, ushort method)
    {
        Malformed.Unsupported(entry.HeaderOffset, $"the member {entry.ShownName} is compressed with method {method} ({MethodName(method) ?? "unknown"}), which is not read");
        return null!;
    }
}
