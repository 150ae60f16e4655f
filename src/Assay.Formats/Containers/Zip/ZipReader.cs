using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Reads ZIP archives (PKWARE APPNOTE 6.3.10) as loaders see them: Python's <c>zipfile</c> and the miniz of PyTorch by the central
/// directory, streaming and recovering readers by the local headers. Both are read and compared, and what neither accounts for is
/// looked at. Only the tail, the directory and the local headers are touched; the data of members waits until they are opened.
/// </summary>
public sealed class ZipReader : FormatReader<ZipFacts>
{
    private const uint LocalSignature = 0x04034b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint EndSignature = 0x06054b50;
    private const uint DescriptorSignature = 0x08074b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint DirectorySignature = 0x05054b50;
    private const uint ExtraDataSignature = 0x08064b50;
    private const int LocalSize = 30;
    private const int CentralSize = 46;
    private const int EndSize = 22;
    private const int End64Size = 56;
    private const int Locator64Size = 20;

    /// <summary>End records that are followed; an honest archive has one.</summary>
    private const int MaxEnds = 8;

    /// <summary>Bytes of a gap that are looked through for something other than zeros, where the archive is not read whole.</summary>
    private const long GapGlance = 1 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Zip;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8)
            || head.StartsWith("PK00PK\x03\x04"u8) || head.StartsWith("PK\x07\x08PK\x03\x04"u8))
        {
            return FormatMatch.Strong;
        }

        var tail = edges.Tail;
        var weak = FormatMatch.None;
        for (var at = tail.LastIndexOf("PK\x05\x06"u8); at >= 0; at = tail[..at].LastIndexOf("PK\x05\x06"u8))
        {
            if (tail.Length - at < EndSize)
                continue;
            var record = tail[at..];
            var size = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
            var offset = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
            var position = edges.Length - tail.Length + at;
            var zip64 = size == uint.MaxValue || offset == uint.MaxValue
                || (at >= Locator64Size && BinaryPrimitives.ReadUInt32LittleEndian(tail[(at - Locator64Size)..]) == Locator64Signature);
            if (!zip64 && (size < CentralSize || size > position || offset > position))
                continue;

            // Where the directory itself lies in the tail, its signature must be there.
            var start = at - (long)size;
            if (!zip64 && start >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(tail[(int)start..]) != CentralSignature)
            {
                var absolute = offset - (edges.Length - tail.Length);
                if (absolute < 0 || absolute > tail.Length - 4 || BinaryPrimitives.ReadUInt32LittleEndian(tail[(int)absolute..]) != CentralSignature)
                    continue;
            }

            // With something behind the end it may as well be a member at the end of another container, such as a checkpoint in a tar.
            var atEnd = at + EndSize + BinaryPrimitives.ReadUInt16LittleEndian(record[20..]) == tail.Length;
            var match = new FormatMatch(atEnd ? MatchStrength.Strong : MatchStrength.Weak, zip64 ? 0 : Math.Max(0, position - size - offset));
            if (atEnd)
                return match;
            if (weak.Strength == MatchStrength.None)
                weak = match;
        }

        return weak;
    }

    /// <inheritdoc/>
    protected override void ReadInto(ZipFacts facts, ByteSource source, ReadScope scope)
    {
        facts.ReadsWhole = scope.Depth.ReadsWhole(source.Length);
        new Reading(facts, source, scope).Run();
    }

    /// <summary>Where an end record says that its directory is.</summary>
    private readonly record struct Directory(long Start, long Shift, long Size, long Count, long RecordsEnd, long EndRecord, bool Zip64);

    /// <summary>One run over one archive.</summary>
    private sealed class Reading(ZipFacts facts, ByteSource source, ReadScope scope)
    {
        private readonly long _length = source.Length;
        private readonly byte[] _small = new byte[1024];
        private long _directoryEnd;
        private long _archiveEnd;

        internal void Run()
        {
            try
            {
                var directories = FindDirectories();
                if (directories.Count == 0)
                {
                    Recover();
                }
                else
                {
                    var first = directories[0];
                    facts.EndRecordOffset = first.EndRecord;
                    ReadDirectory(first, facts.Entries);
                    for (var i = 1; i < directories.Count; i++)
                        CompareDirectory(directories[i]);
                    foreach (var entry in facts.Entries)
                        ReadLocal(entry);
                    WalkSpaces(first);
                }

                FindDuplicates();
                foreach (var entry in facts.Entries)
                {
                    if (entry.DataOffset >= 0)
                        ChooseReadings(entry);
                }
            }
            finally
            {
                // What a limit kept from being examined is read as its header says.
                foreach (var entry in facts.Entries)
                {
                    if (entry.DataOffset >= 0 && entry.Readings.Count == 0 && entry.CompressedSize > 0)
                        entry.Readings.Add(new ZipReading(entry.Method, Math.Min(entry.CompressedSize, _length - entry.DataOffset), "", false));
                }

                facts.Attach(source);
            }
        }

        // ---- directories -------------------------------------------------------------------------------------------------------

        private List<Directory> FindDirectories()
        {
            var found = new List<Directory>();
            var size = (int)Math.Min(_length, FileEdges.TailSize);
            var rented = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                var tail = rented.AsSpan(0, source.ReadAt(_length - size, rented.AsSpan(0, size)));
                scope.Budget.ChargeRead(tail.Length, _length - size);
                var tailStart = _length - size;
                var seen = 0;
                // Python and miniz take the last signature; others the one whose comment reaches the end of the file exactly.
                for (var at = tail.LastIndexOf("PK\x05\x06"u8); at >= 0 && seen < MaxEnds; at = tail[..at].LastIndexOf("PK\x05\x06"u8))
                {
                    if (tail.Length - at < EndSize)
                        continue;
                    var comment = BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]);
                    if (found.Count > 0 && tailStart + at + EndSize + comment != _length)
                        continue;
                    seen++;
                    var before = found.Count;
                    ReadEnd(tail[at..], tailStart + at, found);
                    if (before == 0 && found.Count > 0)
                    {
                        facts.CommentLength = comment;
                        facts.IsSplit = BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 4)..]) is > 0 and < 0xFFFF;
                        if (facts.IsSplit)
                            facts.Note(new Malformation(MalformationKind.Unsupported, tailStart + at, "this is the last part of an archive split over several files"));
                        _archiveEnd = Math.Min(_length, tailStart + at + EndSize + comment);
                        if (tailStart + at + EndSize + comment > _length)
                            facts.Note(new Malformation(MalformationKind.Truncated, tailStart + at, $"the comment of {comment} bytes reaches beyond the end of the file"));
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }

            return found;
        }

        /// <summary>Reads one end record, with its 64-bit form, into every directory that some loader would take from it.</summary>
        private void ReadEnd(ReadOnlySpan<byte> record, long position, List<Directory> found)
        {
            long count = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
            var before = found.Count;
            if (position >= Locator64Size + End64Size && ReadUInt32(position - Locator64Size) == Locator64Signature)
            {
                // miniz follows the locator, older Pythons step back from it: both places count (zipfile.py, _EndRecData64).
                var stepped = position - Locator64Size - End64Size;
                var located = (long)Math.Min(ReadUInt64(position - Locator64Size + 8), long.MaxValue);
                ReadEnd64(located, position, found);
                if (located != stepped)
                    ReadEnd64(stepped, position, found);
                var lies = (count != 0xFFFF || size != 0xFFFFFFFF || offset != 0xFFFFFFFF) && found.Count > before
                    && ((count != 0xFFFF && count != (found[before].Count & 0xFFFF)) || (size != 0xFFFFFFFF && size != found[before].Size)
                        || (offset != 0xFFFFFFFF && offset != found[before].Start - found[before].Shift));
                if (lies)
                {
                    facts.Report(ArchiveIssueKind.WrongCount, null, position,
                        $"end record: {count} members, {size} bytes at {offset}; 64-bit end record: {found[before].Count} members, {found[before].Size} bytes at {found[before].Start - found[before].Shift}");
                }

                if (found.Count > before && !lies)
                    return;
            }

            AddDirectory(offset, size, count, position, position, zip64: false, found);
        }

        private void ReadEnd64(long at, long position, List<Directory> found)
        {
            if (at < 0 || at > position - Locator64Size - End64Size)
                return;
            Span<byte> record = stackalloc byte[End64Size];
            if (Read(at, record) < End64Size || BinaryPrimitives.ReadUInt32LittleEndian(record) != End64Signature)
                return;
            var count = BinaryPrimitives.ReadUInt64LittleEndian(record[32..]);
            var size = BinaryPrimitives.ReadUInt64LittleEndian(record[40..]);
            var offset = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]);
            if (count > long.MaxValue || size > long.MaxValue || offset > long.MaxValue)
                return;
            AddDirectory((long)offset, (long)size, (long)count, at, position, zip64: true, found);
        }

        private void AddDirectory(long offset, long size, long count, long recordsEnd, long position, bool zip64, List<Directory> found)
        {
            // Python places the directory by its size before the end record, and shifts all offsets by the difference; miniz takes
            // the offset as it is. They agree when nothing precedes the archive.
            var byEnd = recordsEnd - size;
            if (count == 0 && size == 0)
            {
                if (found.Count == 0)
                    found.Add(new Directory(Math.Min(offset, recordsEnd), 0, 0, 0, recordsEnd, position, zip64));
                return;
            }

            Add(byEnd, byEnd - offset);
            if (offset != byEnd)
                Add(offset, 0);

            void Add(long start, long shift)
            {
                if (start < 0 || start > recordsEnd - CentralSize || found.Exists(d => d.Start == start && d.Shift == shift))
                    return;
                if (ReadUInt32(start) == CentralSignature)
                    found.Add(new Directory(start, shift, size, count, recordsEnd, position, zip64));
            }
        }

        private void ReadDirectory(Directory directory, List<ZipEntry> into)
        {
            using var cursor = scope.Open(source, directory.Start);
            long count = 0;
            while (directory.RecordsEnd - cursor.Offset >= CentralSize)
            {
                var at = cursor.Offset;
                if (BinaryPrimitives.ReadUInt32LittleEndian(cursor.Peek(4)) != CentralSignature)
                    break;
                scope.Budget.ChargeMember(at);
                into.Add(ReadCentral(cursor, at, directory.Shift));
                count++;
            }

            var end = cursor.Offset;
            _directoryEnd = Math.Max(_directoryEnd, end);
            if (directory.Zip64 ? count != directory.Count : (count & 0xFFFF) != (directory.Count & 0xFFFF))
            {
                facts.Report(ArchiveIssueKind.WrongCount, null, directory.EndRecord,
                    $"the end record counts {directory.Count} members, the directory lists {count}");
            }

            if (end - directory.Start != directory.Size && end < directory.RecordsEnd)
            {
                // A digital signature (APPNOTE 4.3.13) may follow the last member and counts in the size.
                if (ReadUInt32(end) != DirectorySignature || end + 6 + ReadUInt16(end + 4) - directory.Start != directory.Size)
                {
                    facts.Report(ArchiveIssueKind.WrongCount, null, directory.EndRecord,
                        $"the end record gives the directory {directory.Size} bytes, it takes {end - directory.Start}");
                }

                _directoryEnd = Math.Max(_directoryEnd, Math.Min(directory.RecordsEnd, directory.Start + directory.Size));
            }
        }

        private ZipEntry ReadCentral(ByteCursor cursor, long at, long shift)
        {
            // APPNOTE 4.3.12.
            var fixedPart = cursor.ReadBytes(CentralSize);
            var system = fixedPart[5];
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[8..]);
            var method = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[10..]);
            var crc = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[16..]);
            long compressed = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[20..]);
            long uncompressed = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[24..]);
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[30..]);
            int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[32..]);
            var attributes = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[38..]);
            long header = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[42..]);
            var raw = cursor.ReadBytes(Math.Min(nameLength, ushort.MaxValue));
            var name = ArchiveNames.DecodeZip(raw, (flags & 0x800) != 0);
            var plainAscii = Ascii.IsValid(raw);
            var shown = ArchiveNames.Printable(name);
            var extra = cursor.ReadBytes(extraLength);
            ReadExtra(extra, plainAscii ? name : null, shown, at, ref uncompressed, ref compressed, ref header);
            cursor.Skip(Math.Min(commentLength, cursor.Remaining));
            if (header < 0 || shift > long.MaxValue - header)
                header = -1;
            var isUnix = system is 3 or 19 || (attributes >> 28) is 0xA;
            return new ZipEntry
            {
                Name = name,
                ShownName = shown,
                Source = ZipEntrySource.Central,
                RecordOffset = at,
                HeaderOffset = header < 0 ? -1 : header + shift,
                CompressedSize = compressed,
                UncompressedSize = uncompressed,
                Method = method,
                Flags = flags,
                Crc = crc,
                ExternalAttributes = isUnix ? attributes : attributes & 0xFFFF,
            };
        }

        /// <summary>Takes 64-bit sizes (APPNOTE 4.5.3) where the fields ask for them, and the Unicode name (4.6.9).</summary>
        private void ReadExtra(
            ReadOnlySpan<byte> extra, string? asciiName, string shown, long at, ref long uncompressed, ref long compressed, ref long header)
        {
            while (extra.Length >= 4)
            {
                int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
                int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
                extra = extra[4..];
                if (size > extra.Length)
                    return;
                var body = extra[..size];
                extra = extra[size..];
                if (id == 0x0001)
                {
                    Take(ref body, ref uncompressed);
                    Take(ref body, ref compressed);
                    Take(ref body, ref header);
                }
                else if (id == 0x7075 && size > 5 && body[0] == 1 && asciiName is not null)
                {
                    var other = ArchiveNames.Decode(body[5..]);
                    var crc = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
                    // Programs replace what their code page lacks by a substitute; anything else is a second name.
                    if (crc == Crc32.Append(0, Encoding.ASCII.GetBytes(asciiName)) && !IsSubstitute(asciiName, other))
                    {
                        facts.Report(ArchiveIssueKind.SecondName, shown, at,
                            $"header: {shown}, Unicode extra field: {ArchiveNames.Printable(other)}");
                    }
                }
            }

            static void Take(ref ReadOnlySpan<byte> body, ref long value)
            {
                if (value != uint.MaxValue || body.Length < 8)
                    return;
                var wide = BinaryPrimitives.ReadUInt64LittleEndian(body);
                value = wide > long.MaxValue ? long.MaxValue : (long)wide;
                body = body[8..];
            }
        }

        private static bool IsSubstitute(string ascii, string unicode)
        {
            if (ascii == unicode)
                return true;
            // Each character outside ASCII may have become one or several substitutes; the ASCII ones must stay in order.
            var at = 0;
            foreach (var c in unicode)
            {
                if (c > 0x7e)
                    continue;
                while (at < ascii.Length && ascii[at] != c)
                {
                    if (ascii[at] is not ('?' or '_' or '#' or '-' or ' ' or 'U' or 'u') && !char.IsAsciiLetterOrDigit(ascii[at]))
                        return false;
                    at++;
                }

                if (at++ >= ascii.Length)
                    return false;
            }

            return unicode.Any(c => c > 0x7e);
        }

        private void CompareDirectory(Directory directory)
        {
            var others = new List<ZipEntry>();
            ReadDirectory(directory, others);
            var known = new HashSet<(string, long)>();
            foreach (var entry in facts.Entries)
                known.Add((entry.Name, entry.HeaderOffset));
            var added = 0;
            foreach (var entry in others)
            {
                // The same records read with another shift point nowhere; only what has a local header there is a second content.
                if (!known.Add((entry.Name, entry.HeaderOffset)) || entry.HeaderOffset < 0 || ReadUInt32(entry.HeaderOffset) != LocalSignature)
                    continue;
                facts.Entries.Add(entry);
                if (added++ == 0)
                {
                    facts.Report(ArchiveIssueKind.DirectoriesDisagree, entry.ShownName, directory.Start,
                        $"the directory at {directory.Start} lists {entry.ShownName} at {entry.HeaderOffset}, the one that most loaders use does not");
                }
            }
        }

        // ---- local headers -----------------------------------------------------------------------------------------------------

        private void ReadLocal(ZipEntry entry)
        {
            var header = entry.HeaderOffset;
            var expected = LocalSize + Math.Min(entry.Name.Length * 4, 512) + 128;
            var bytes = header < 0 ? 0 : Read(header, _small.AsSpan(0, Math.Min(_small.Length, expected)));
            if (bytes < LocalSize || BinaryPrimitives.ReadUInt32LittleEndian(_small) != LocalSignature)
            {
                if (facts.IsSplit)
                    return;
                facts.Report(ArchiveIssueKind.MissingMember, entry.ShownName, entry.RecordOffset,
                    $"no local header at {header}, where the directory says that {entry.ShownName} is");
                if (header >= _length)
                    facts.Note(new Malformation(MalformationKind.Truncated, entry.RecordOffset, $"{entry.ShownName} lies at {header}, behind the end at {_length}"));
                return;
            }

            ParseLocal(header, bytes, out var local, out var dataOffset);
            entry.Local = local;
            entry.DataOffset = dataOffset;
            CheckAgainstLocal(entry, local);
            var end = entry.CompressedSize > long.MaxValue - dataOffset ? long.MaxValue : dataOffset + entry.CompressedSize;
            if (end > _length)
            {
                facts.Note(new Malformation(MalformationKind.Truncated, header,
                    $"{entry.ShownName} takes {entry.CompressedSize} bytes from {dataOffset}, and the file ends at {_length}"));
                end = _length;
            }

            entry.End = end;
            if ((entry.Flags & 8) != 0 || (local.Flags & 8) != 0)
                entry.End = SkipDescriptor(entry, end);
            NoteOddities(entry);
        }

        /// <summary>Reads the local header whose first bytes lie in the small buffer.</summary>
        private void ParseLocal(long header, int have, out ZipLocalHeader local, out long dataOffset)
        {
            // APPNOTE 4.3.7.
            ReadOnlySpan<byte> bytes = _small.AsSpan(0, have);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
            var method = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
            var crc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]);
            long compressed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[18..]);
            long uncompressed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[22..]);
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
            var rest = nameLength + extraLength;
            dataOffset = Math.Min(_length, header + LocalSize + rest);
            byte[]? rented = null;
            try
            {
                // The extra field is often padding of a megabyte-aligned storage; only its 64-bit sizes matter.
                var wanted = nameLength + (compressed == uint.MaxValue || uncompressed == uint.MaxValue ? extraLength : 0);
                if (LocalSize + wanted > have)
                {
                    rented = ArrayPool<byte>.Shared.Rent(wanted);
                    bytes = rented.AsSpan(0, Read(header + LocalSize, rented.AsSpan(0, wanted)));
                }
                else
                {
                    bytes = bytes[LocalSize..];
                }

                var raw = bytes[..Math.Min(nameLength, bytes.Length)];
                long unused = 0;
                if (bytes.Length > nameLength)
                    ReadExtra(bytes[nameLength..Math.Min(bytes.Length, rest)], null, "", header, ref uncompressed, ref compressed, ref unused);
                local = new ZipLocalHeader(ArchiveNames.DecodeZip(raw, (flags & 0x800) != 0), flags, method, crc, compressed, uncompressed);
            }
            finally
            {
                if (rented is not null)
                    ArrayPool<byte>.Shared.Return(rented);
            }
        }

        private void CheckAgainstLocal(ZipEntry entry, ZipLocalHeader local)
        {
            var at = entry.HeaderOffset;
            if (local.Name != entry.Name && !SameName(entry, local))
            {
                facts.Report(ArchiveIssueKind.NamesDisagree, entry.ShownName, at,
                    $"central directory: {entry.ShownName}, local header: {ArchiveNames.Printable(local.Name)}");
            }

            if (local.Method != entry.Method)
            {
                facts.Report(ArchiveIssueKind.HeadersDisagree, entry.ShownName, at,
                    $"method: central directory {entry.Method}, local header {local.Method}");
            }

            if (((local.Flags ^ entry.Flags) & 0x41) != 0)
            {
                facts.Report(ArchiveIssueKind.HeadersDisagree, entry.ShownName, at,
                    $"encryption flags: central directory {entry.Flags & 0x41:x}, local header {local.Flags & 0x41:x}");
            }

            // Sizes follow the data where bit 3 is set (APPNOTE 4.4.4); encrypted directories mask them (bit 13).
            if ((local.Flags & 0x2000) != 0)
                return;
            var streamed = (local.Flags & 8) != 0;
            var sizesDiffer = local.CompressedSize != entry.CompressedSize || local.UncompressedSize != entry.UncompressedSize;
            var unset = (local.CompressedSize is 0 or uint.MaxValue || (streamed && local.CompressedSize == entry.CompressedSize))
                && (local.UncompressedSize is 0 or uint.MaxValue || (streamed && local.UncompressedSize == entry.UncompressedSize));
            if (sizesDiffer && !(streamed && unset))
            {
                var kind = unset || streamed ? ArchiveIssueKind.HeadersDifferHarmlessly : ArchiveIssueKind.HeadersDisagree;
                facts.Report(kind, entry.ShownName, at,
                    $"sizes: central directory {entry.CompressedSize}/{entry.UncompressedSize}, local header {local.CompressedSize}/{local.UncompressedSize}");
            }
            else if (!sizesDiffer && local.Crc != entry.Crc && !(streamed && local.Crc == 0))
            {
                facts.Report(ArchiveIssueKind.HeadersDifferHarmlessly, entry.ShownName, at,
                    $"checksum: central directory {entry.Crc:x8}, local header {local.Crc:x8}");
            }
        }

        /// <summary>Names that differ only in the separator, or in how the same bytes were decoded, are one name.</summary>
        private static bool SameName(ZipEntry entry, ZipLocalHeader local)
        {
            if (entry.Name.Replace('\\', '/') == local.Name.Replace('\\', '/'))
                return true;
            return ((entry.Flags ^ local.Flags) & 0x800) != 0
                && Comparable(entry.Name, (entry.Flags & 0x800) != 0) == Comparable(local.Name, (local.Flags & 0x800) != 0);

            static string Comparable(string name, bool utf8) => utf8 ? ArchiveNames.DecodeZip(Encoding.UTF8.GetBytes(name), false) : name;
        }

        /// <summary>Steps over the data descriptor (APPNOTE 4.3.9), whose signature is optional and whose sizes have 4 or 8 bytes.</summary>
        private long SkipDescriptor(ZipEntry entry, long at)
        {
            Span<byte> bytes = stackalloc byte[24];
            bytes = bytes[..Read(at, bytes)];
            var signed = bytes.Length >= 16 && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == DescriptorSignature;
            var body = signed ? bytes[4..] : bytes;
            var head = signed ? 4 : 0;
            if (body.Length >= 20 && (long)BinaryPrimitives.ReadUInt64LittleEndian(body[4..]) == entry.CompressedSize
                && (long)BinaryPrimitives.ReadUInt64LittleEndian(body[12..]) == entry.UncompressedSize
                && (signed || BinaryPrimitives.ReadUInt32LittleEndian(body) == entry.Crc))
            {
                return at + head + 20;
            }

            if (body.Length < 12)
                return at;
            if (BinaryPrimitives.ReadUInt32LittleEndian(body[4..]) == (uint)entry.CompressedSize
                && BinaryPrimitives.ReadUInt32LittleEndian(body[8..]) == (uint)entry.UncompressedSize
                && (signed || BinaryPrimitives.ReadUInt32LittleEndian(body) == entry.Crc))
            {
                return at + head + 12;
            }

            if (!signed)
                return at;
            facts.Report(ArchiveIssueKind.HeadersDisagree, entry.ShownName, at,
                $"sizes: central directory {entry.CompressedSize}/{entry.UncompressedSize}, data descriptor "
                + $"{BinaryPrimitives.ReadUInt32LittleEndian(body[4..])}/{BinaryPrimitives.ReadUInt32LittleEndian(body[8..])}");
            return at + 16;
        }

        private void NoteOddities(ZipEntry entry)
        {
            ArchiveNames.Check(facts, entry.Name, entry.ShownName, entry.HeaderOffset, dosNames: true);
            if (entry.Local is { } local && local.Name != entry.Name && local.Name.Length > 0 && ArchiveNames.Escapes(local.Name))
                facts.Report(ArchiveIssueKind.EscapingName, ArchiveNames.Printable(local.Name), entry.HeaderOffset, ArchiveNames.Printable(local.Name));
            if (entry.IsDirectory && entry.UncompressedSize > 0)
            {
                facts.Report(ArchiveIssueKind.DirectoryWithData, entry.ShownName, entry.HeaderOffset,
                    $"the folder {entry.ShownName} holds {entry.UncompressedSize} bytes");
            }

            var kind = entry.ExternalAttributes >> 28;
            if (entry.IsLink && entry.UncompressedSize is > 0 and <= 4096 && !entry.IsDirectory)
                NoteLink(entry);
            else if (kind is 2 or 6 || (kind is 1 or 0xC && entry.UncompressedSize == 0))
                // Info-ZIP gives what it read from a pipe the mode of the pipe; with content it is a plain file.
                facts.Report(ArchiveIssueKind.SpecialEntry, entry.ShownName, entry.HeaderOffset, $"mode {Convert.ToString((int)(entry.ExternalAttributes >> 16), 8)}");
        }

        private void NoteLink(ZipEntry entry)
        {
            // The content of a link is its target.
            if ((entry.Flags & 1) != 0)
                return;
            using var spool = new Spool();
            var size = Math.Min(entry.CompressedSize, 4096);
            string target;
            if (entry.Method == ZipMember.Deflated)
            {
                Inflater.Inflate(source, entry.DataOffset, size, spool, scope.Budget, wanted: 4096);
                using var content = spool.ToSource();
                var n = content.ReadAt(0, _small);
                target = ArchiveNames.Decode(_small.AsSpan(0, n));
            }
            else
            {
                var n = Read(entry.DataOffset, _small.AsSpan(0, (int)Math.Min(size, _small.Length)));
                target = ArchiveNames.Decode(_small.AsSpan(0, n));
            }

            if (target.Contains('\0', StringComparison.Ordinal) || target.Contains('\n', StringComparison.Ordinal))
                return;
            var outside = ArchiveNames.LinkEscapes(entry.Name, target);
            facts.Report(outside ? ArchiveIssueKind.LinkOutside : ArchiveIssueKind.LinkInside, entry.ShownName, entry.HeaderOffset,
                $"{entry.ShownName} -> {ArchiveNames.Printable(target)}");
        }

        // ---- ways to read the data ---------------------------------------------------------------------------------------------

        private void ChooseReadings(ZipEntry entry)
        {
            if (entry.IsDirectory && entry.CompressedSize == 0)
                return;
            var local = entry.Local;
            var available = Math.Max(0, Math.Min(entry.CompressedSize, _length - entry.DataOffset));
            var flags = entry.Flags | (local?.Flags ?? 0);
            var flagged = (flags & 0x41) != 0 || entry.Method == 99;
            if (flagged && !ExamineEncryption(entry, available, flags))
            {
                entry.IsEncrypted = true;
                facts.Report(ArchiveIssueKind.Encrypted, entry.ShownName, entry.HeaderOffset,
                    entry.Method == 99 || (flags & 0x40) != 0 ? "strong encryption" : "traditional encryption");
                entry.Readings.Add(new ZipReading(entry.Method, available, "", false));
                return;
            }

            if (flagged && entry.Readings.Count > 0)
                return;
            switch (entry.Method)
            {
                case ZipMember.Stored:
                    entry.Readings.Add(new ZipReading(ZipMember.Stored, available, "", false));
                    if (entry.CompressedSize != entry.UncompressedSize && entry.Source == ZipEntrySource.Central)
                        NoteStoredLength(entry, available);
                    break;
                case ZipMember.Deflated:
                    entry.Readings.Add(new ZipReading(ZipMember.Deflated, available, "", false));
                    break;
                default:
                    ExamineMethod(entry, available);
                    break;
            }

            // What a streaming reader gets, where the member's own header has it otherwise.
            if (local is null || entry.Source != ZipEntrySource.Central)
                return;
            var size = local.CompressedSize is 0 or uint.MaxValue ? available : Math.Min(local.CompressedSize, _length - entry.DataOffset);
            if (local.Method is ZipMember.Stored or ZipMember.Deflated
                && (local.Method != entry.Method || (size != available && (local.Flags & 8) == 0)))
            {
                entry.Readings.Add(new ZipReading(local.Method, size, "(by its local header)", true));
            }

            if (local.Name != entry.Name && !SameName(entry, local))
                entry.Readings.Add(new ZipReading(entry.Method, available, $"(as {ArchiveNames.Printable(local.Name)})", true));
        }

        private void NoteStoredLength(ZipEntry entry, long available)
        {
            if (Verify(entry, available, inflate: true, out var certain) && certain)
            {
                facts.Report(ArchiveIssueKind.FalseMethod, entry.ShownName, entry.HeaderOffset,
                    $"declared as stored; {entry.CompressedSize} bytes inflate to the declared {entry.UncompressedSize}");
            }
            else
            {
                facts.Report(ArchiveIssueKind.FalseLength, entry.ShownName, entry.HeaderOffset,
                    $"stored member: {entry.CompressedSize} bytes in the archive, {entry.UncompressedSize} declared");
            }

            if (Inflater.Plausible(source, entry.DataOffset, available, scope.Budget))
                entry.Readings.Add(new ZipReading(ZipMember.Deflated, available, "(inflated)", true));
            // Loaders that go by the uncompressed size take more, or less, than the other ones.
            var other = Math.Min(entry.UncompressedSize, _length - entry.DataOffset);
            if (other != available)
                entry.Readings.Add(new ZipReading(ZipMember.Stored, other, "(by its uncompressed size)", true));
        }

        /// <summary>True when the data is readable although a flag says that it is encrypted.</summary>
        private bool ExamineEncryption(ZipEntry entry, long available, int flags)
        {
            // Real traditional encryption puts twelve bytes before the data (APPNOTE 6.1.3), so a stored member grows.
            var asStored = entry.Method == ZipMember.Stored && entry.CompressedSize == entry.UncompressedSize;
            var readable = false;
            var method = entry.Method;
            if (asStored)
            {
                readable = true;
            }
            else if (Verify(entry, available, inflate: true, out var certain) && (certain || entry.Method == ZipMember.Deflated))
            {
                readable = true;
                method = ZipMember.Deflated;
            }
            else if (Verify(entry, available, inflate: false, out certain) && certain)
            {
                readable = true;
                method = ZipMember.Stored;
            }

            if (!readable)
                return false;
            facts.Report(ArchiveIssueKind.FalseEncryption, entry.ShownName, entry.HeaderOffset,
                $"flags {flags & 0x41:x}, method {entry.Method}; the content is readable without a key");
            if (method != entry.Method)
                entry.Readings.Add(new ZipReading(method, available, "", false));
            return true;
        }

        private void ExamineMethod(ZipEntry entry, long available)
        {
            foreach (var inflate in (ReadOnlySpan<bool>)[true, false])
            {
                if (!Verify(entry, available, inflate, out var certain) || !certain)
                    continue;
                facts.Report(ArchiveIssueKind.FalseMethod, entry.ShownName, entry.HeaderOffset,
                    $"declared method {entry.Method} ({ZipMember.MethodName(entry.Method) ?? "unknown"}), found {(inflate ? "deflate" : "stored data")}");
                entry.Readings.Add(new ZipReading(inflate ? ZipMember.Deflated : ZipMember.Stored, available, "", false));
                return;
            }

            entry.Readings.Add(new ZipReading(entry.Method, available, "", false));
            if (ZipMember.MethodName(entry.Method) is null)
                entry.Readings.Add(new ZipReading(ZipMember.Stored, available, "(as stored)", true));
            if (available > 0 && Inflater.Plausible(source, entry.DataOffset, available, scope.Budget))
                entry.Readings.Add(new ZipReading(ZipMember.Deflated, available, "(inflated)", true));
        }

        /// <summary>Whether the data makes sense under a method; <paramref name="certain"/> when checksum or length proves it.</summary>
        private bool Verify(ZipEntry entry, long available, bool inflate, out bool certain)
        {
            certain = false;
            if (available == 0)
                return false;
            var small = facts.ReadsWhole || available <= ZipMember.AlwaysVerified;
            if (!inflate)
            {
                certain = small && ZipMember.Checksum(source, entry.DataOffset, available, scope.Budget) == entry.Crc;
                return certain;
            }

            var trial = Inflater.Inflate(source, entry.DataOffset, available, null, scope.Budget, small ? long.MaxValue : 64 << 10);
            certain = trial.Ended && trial.Produced > 0 && (trial.Crc == entry.Crc || (trial.Produced == entry.UncompressedSize && trial.Consumed == available));
            return certain || (trial.Damage is null && !trial.Ended);
        }

        // ---- bytes around the parts --------------------------------------------------------------------------------------------

        private void WalkSpaces(Directory directory)
        {
            var parts = new List<(long Start, long End, ZipEntry? Entry)>(facts.Entries.Count + 2);
            foreach (var entry in facts.Entries)
            {
                if (entry.DataOffset >= 0)
                    parts.Add((entry.HeaderOffset, Math.Max(entry.End, entry.DataOffset), entry));
            }

            parts.Add((directory.Start, Math.Max(_directoryEnd, directory.Start), null));
            parts.Add((directory.RecordsEnd, _archiveEnd, null));

            // A comment is words; one that is a format of its own hides it.
            if (facts.CommentLength >= 8 && Look(_archiveEnd - facts.CommentLength, facts.CommentLength) is { Disposition: not FormatDisposition.Inert })
                LookAt(_archiveEnd - facts.CommentLength, facts.CommentLength, ArchiveIssueKind.Appended);
            parts.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.End.CompareTo(b.End));
            facts.StartOffset = parts[0].Start;
            var at = 0L;
            ZipEntry? previous = null;
            foreach (var (start, end, entry) in parts)
            {
                if (start > at)
                {
                    LookAt(at, start - at, at == 0 ? ArchiveIssueKind.Prefix : ArchiveIssueKind.Gap);
                }
                else if (start < at && previous is not null)
                {
                    facts.Report(ArchiveIssueKind.Overlap, (entry ?? previous).ShownName, start,
                        $"{previous.ShownName} takes bytes up to {at}, {(entry is null ? "the directory" : entry.ShownName)} starts at {start}");
                }

                if (end > at)
                {
                    at = end;
                    previous = entry ?? previous;
                }
            }

            facts.SetEnd(at);
            if (at < _length)
                LookAt(at, _length - at, ArchiveIssueKind.Appended);
        }

        private void LookAt(long offset, long length, ArchiveIssueKind kind)
        {
            // A marker of a split archive that turned out whole (APPNOTE 8.5.4 and 8.5.5).
            if (kind == ArchiveIssueKind.Prefix && length == 4 && ReadUInt32(0) is 0x30304b50 or DescriptorSignature)
                return;
            var first = FirstNonZero(offset, length);
            if (first < 0)
                return;
            // Programs for Android sign the archive in a block before the directory (APK Signature Scheme v2), others keep a record there.
            if (kind == ArchiveIssueKind.Gap && length >= 32 && EndsWithApkMagic(offset + length))
                return;
            if (kind == ArchiveIssueKind.Gap && length is 12 or 16 or 20 or 24 && ReadUInt32(offset) == DescriptorSignature)
                return;
            if (ReadUInt32(offset) == ExtraDataSignature)
                return;
            var skipped = first - offset;
            if (ReadUInt32(first) == LocalSignature && WalkLocals(first, offset + length, kind))
                return;
            var looks = Look(first, length - skipped);
            var name = kind switch
            {
                ArchiveIssueKind.Prefix => "(prefix)",
                ArchiveIssueKind.Appended => $"(appended@{first})",
                _ => $"(gap@{first})",
            };
            facts.Slack.Add(new SlackRegion(name, first, length - skipped, looks));
            facts.Report(kind, null, first, $"{length - skipped} bytes at {first}{(looks is null ? "" : $", which look like {looks.Format.Name}")}");
        }

        private KnownFormat? Look(long offset, long length) => FormatIdentifier.Look(source, offset, length, scope.Budget);

        /// <summary>Follows local headers that no directory lists. False when the space holds something else as well.</summary>
        private bool WalkLocals(long offset, long end, ArchiveIssueKind kind)
        {
            var hidden = new List<ZipEntry>();
            var at = offset;
            while (end - at >= LocalSize && ReadUInt32(at) == LocalSignature)
            {
                if (ReadHidden(at, end) is not { } entry)
                    break;
                hidden.Add(entry);
                at = entry.End;
            }

            if (hidden.Count == 0)
                return false;
            // An archive before the archive: the whole of it is read as one, by its own directory.
            var rest = at < end ? FirstNonZero(at, end - at) : -1;
            if (rest >= 0 && ReadUInt32(rest) is CentralSignature or EndSignature)
            {
                var name = kind == ArchiveIssueKind.Prefix ? "(prefix)" : kind == ArchiveIssueKind.Appended ? $"(appended@{offset})" : $"(gap@{offset})";
                facts.Slack.Add(new SlackRegion(name, offset, end - offset, new KnownFormat(FormatId.Zip, FormatDisposition.Readable)));
                facts.Report(ArchiveIssueKind.DirectoriesDisagree, hidden[0].ShownName, offset,
                    $"a second archive of {end - offset} bytes lies at {offset}; its first member is {hidden[0].ShownName}");
                return true;
            }

            // Builders of Android fill holes by nameless members of zeros.
            if (hidden.TrueForAll(h => h.Name.Length == 0 && FirstNonZero(h.DataOffset, h.CompressedSize) < 0))
                return rest < 0;
            foreach (var entry in hidden)
            {
                facts.Entries.Add(entry);
                facts.Report(ArchiveIssueKind.HiddenMember, entry.ShownName, entry.HeaderOffset,
                    $"{entry.ShownName} has a local header at {entry.HeaderOffset} and is not in the central directory");
            }

            if (rest >= 0)
                LookAt(rest, end - rest, kind == ArchiveIssueKind.Prefix ? ArchiveIssueKind.Gap : kind);
            return true;
        }

        private ZipEntry? ReadHidden(long at, long limit)
        {
            var have = Read(at, _small);
            if (have < LocalSize)
                return null;
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(_small.AsSpan(26));
            int version = BinaryPrimitives.ReadUInt16LittleEndian(_small.AsSpan(4));
            // Versions needed go up to 6.3; the upper byte is zero in practice. More is chance, not a header.
            if ((version & 0xFF) > 100 || at + LocalSize + nameLength > limit)
                return null;
            scope.Budget.ChargeMember(at);
            ParseLocal(at, have, out var local, out var dataOffset);
            var compressed = local.CompressedSize;
            var uncompressed = local.UncompressedSize;
            var crc = local.Crc;
            long end;
            if ((local.Flags & 8) != 0 && compressed is 0 or uint.MaxValue)
            {
                end = FindDescriptor(dataOffset, limit, out compressed, ref uncompressed, ref crc);
            }
            else
            {
                compressed = Math.Min(compressed, Math.Max(0, limit - dataOffset));
                end = dataOffset + compressed;
                if ((local.Flags & 8) != 0 && limit - end >= 16 && ReadUInt32(end) == DescriptorSignature)
                    end += 16;
            }

            return new ZipEntry
            {
                Name = local.Name,
                ShownName = ArchiveNames.Printable(local.Name),
                Source = ZipEntrySource.LocalOnly,
                RecordOffset = at,
                HeaderOffset = at,
                DataOffset = Math.Min(dataOffset, limit),
                CompressedSize = compressed,
                UncompressedSize = uncompressed,
                Method = local.Method,
                Flags = local.Flags,
                Crc = crc,
                Local = local,
                End = Math.Max(Math.Min(end, limit), at + LocalSize),
            };
        }

        /// <summary>Finds the end of data whose size only follows it: by inflating, else by the next signature.</summary>
        private long FindDescriptor(long dataOffset, long limit, out long compressed, ref long uncompressed, ref uint crc)
        {
            var available = Math.Max(0, limit - dataOffset);
            var method = BinaryPrimitives.ReadUInt16LittleEndian(_small.AsSpan(8));
            if (method == ZipMember.Deflated)
            {
                var trial = Inflater.Inflate(source, dataOffset, available, null, scope.Budget);
                if (trial.Ended)
                {
                    compressed = trial.Consumed;
                    uncompressed = trial.Produced;
                    crc = trial.Crc;
                    return AfterDescriptor(dataOffset + compressed, compressed);
                }
            }

            var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
            try
            {
                for (var at = dataOffset; at < limit;)
                {
                    var n = Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, limit - at)));
                    if (n < 4)
                        break;
                    var window = buffer.AsSpan(0, n);
                    for (var i = window.IndexOf("PK"u8); i >= 0 && i + 4 <= n; i += 2)
                    {
                        var signature = BinaryPrimitives.ReadUInt32LittleEndian(window[i..]);
                        if (signature is LocalSignature or CentralSignature
                            || (signature == DescriptorSignature && ReadUInt32(at + i + 8) == (uint)(at + i - dataOffset)))
                        {
                            compressed = uncompressed = at + i - dataOffset;
                            if (signature == DescriptorSignature)
                                crc = ReadUInt32(at + i + 4);
                            return signature == DescriptorSignature ? AfterDescriptor(at + i, compressed) : at + i;
                        }

                        var next = window[(i + 2)..].IndexOf("PK"u8);
                        if (next < 0)
                            break;
                        i += next;
                    }

                    at += Math.Max(1, n - 3);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            compressed = available;
            return limit;

            long AfterDescriptor(long at, long size)
            {
                if (ReadUInt32(at) != DescriptorSignature)
                    return ReadUInt32(at + 4) == (uint)size ? at + 12 : at;
                return ReadUInt64(at + 8) == (ulong)size && ReadUInt32(at + 16) is not LocalSignature and not CentralSignature ? at + 24 : at + 16;
            }
        }

        /// <summary>Reads an archive that has no end record where loaders look for it: cut off, or with much behind it.</summary>
        private void Recover()
        {
            var start = ReadUInt32(0) is 0x30304b50 or DescriptorSignature ? 4 : 0;
            var at = (long)start;
            while (_length - at >= LocalSize && ReadUInt32(at) == LocalSignature && ReadHidden(at, _length) is { } entry)
            {
                facts.Entries.Add(entry);
                NoteOddities(entry);
                at = entry.End;
            }

            if (ReadUInt32(at) == CentralSignature || (at == 0 && ReadUInt32(0) == EndSignature))
            {
                using var cursor = scope.Open(source, at);
                var listed = new List<ZipEntry>();
                while (cursor.Remaining >= CentralSize && BinaryPrimitives.ReadUInt32LittleEndian(cursor.Peek(4)) == CentralSignature)
                {
                    scope.Budget.ChargeMember(cursor.Offset);
                    listed.Add(ReadCentral(cursor, cursor.Offset, start));
                }

                at = cursor.Offset;
                if (listed.Count > 0)
                {
                    var walked = facts.Entries.ToList();
                    facts.Entries.Clear();
                    facts.Entries.AddRange(listed);
                    var known = listed.Select(e => e.HeaderOffset).ToHashSet();
                    foreach (var entry in listed)
                        ReadLocal(entry);
                    foreach (var entry in walked.Where(w => !known.Contains(w.HeaderOffset)))
                    {
                        facts.Entries.Add(entry);
                        facts.Report(ArchiveIssueKind.HiddenMember, entry.ShownName, entry.HeaderOffset,
                            $"{entry.ShownName} has a local header at {entry.HeaderOffset} and is not in the central directory");
                    }
                }

                if (ReadUInt32(at) == End64Signature)
                    at = Math.Min(_length, at + 12 + (long)Math.Min(ReadUInt64(at + 4), 1 << 20));
                if (ReadUInt32(at) == Locator64Signature)
                    at = Math.Min(_length, at + Locator64Size);
                if (_length - at >= EndSize && ReadUInt32(at) == EndSignature)
                {
                    facts.EndRecordOffset = at;
                    facts.CommentLength = ReadUInt16(at + 20);
                    at = Math.Min(_length, at + EndSize + facts.CommentLength);
                    facts.SetEnd(at);
                    if (at < _length)
                        LookAt(at, _length - at, ArchiveIssueKind.Appended);
                    return;
                }
            }

            facts.Note(new Malformation(MalformationKind.Truncated, _length,
                facts.Entries.Count == 0 ? "no end record and no member" : "the archive has no end record"));
            if (at < _length && facts.Entries.Count > 0 && FirstNonZero(at, _length - at) is >= 0 and var rest)
            {
                facts.Slack.Add(new SlackRegion($"(gap@{rest})", rest, _length - rest, Look(rest, _length - rest)));
                facts.Report(ArchiveIssueKind.Gap, null, rest, $"{_length - rest} bytes at {rest}");
            }
        }

        private void FindDuplicates()
        {
            var ignoringCase = facts.Entries.Exists(e => e.Name.EndsWith("/data.pkl", StringComparison.OrdinalIgnoreCase));
            var seen = new Dictionary<string, ZipEntry>(ignoringCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
            foreach (var entry in facts.Entries)
            {
                if (entry.IsDirectory && entry.UncompressedSize == 0)
                    continue;
                foreach (var name in entry.Names)
                {
                    if (seen.TryAdd(name, entry) || ReferenceEquals(seen[name], entry))
                        continue;
                    var other = seen[name];
                    var kind = !other.Names.Contains(name, StringComparer.Ordinal) ? ArchiveIssueKind.DuplicateIgnoringCase
                        : other.Crc == entry.Crc && other.UncompressedSize == entry.UncompressedSize ? ArchiveIssueKind.DuplicateSame
                        : ArchiveIssueKind.DuplicateName;
                    var shown = ArchiveNames.Printable(name);
                    facts.Report(kind, shown, entry.HeaderOffset,
                        $"{other.ShownName} at {other.HeaderOffset} ({other.UncompressedSize} bytes, {other.Crc:x8}), {entry.ShownName} at {entry.HeaderOffset} ({entry.UncompressedSize} bytes, {entry.Crc:x8})");
                }
            }
        }

        // ---- bytes -------------------------------------------------------------------------------------------------------------

        private long FirstNonZero(long offset, long length)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
            try
            {
                var end = Math.Min(_length, offset + (facts.ReadsWhole ? length : Math.Min(length, GapGlance)));
                while (offset < end)
                {
                    var n = Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)));
                    if (n == 0)
                        return -1;
                    var found = buffer.AsSpan(0, n).IndexOfAnyExcept((byte)0);
                    if (found >= 0)
                        return offset + found;
                    offset += n;
                }

                return -1;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private bool EndsWithApkMagic(long end)
        {
            Span<byte> magic = stackalloc byte[16];
            return Read(end - 16, magic) == 16 && magic.SequenceEqual("APK Sig Block 42"u8);
        }

        private int Read(long offset, Span<byte> into)
        {
            if (offset < 0)
                return 0;
            var n = source.ReadAt(offset, into);
            scope.Budget.ChargeRead(n, offset);
            return n;
        }

        private ushort ReadUInt16(long offset)
        {
            Span<byte> bytes = stackalloc byte[2];
            return Read(offset, bytes) == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;
        }

        private uint ReadUInt32(long offset)
        {
            Span<byte> bytes = stackalloc byte[4];
            return Read(offset, bytes) == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        }

        private ulong ReadUInt64(long offset)
        {
            Span<byte> bytes = stackalloc byte[8];
            return Read(offset, bytes) == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        }
    }
}
