using System.Text;

namespace Assay.Formats;

/// <summary>
/// Reads tar archives: V7, ustar and pax (POSIX.1-2017, pax), and the extensions of GNU tar (long names, base-256 numbers, sparse
/// files). Only headers are read; what follows the end blocks is read on, since some programs do (<c>tar -i</c>, <c>ignore_zeros</c>).
/// </summary>
public sealed class TarReader : FormatReader<TarFacts>
{
    private const int Block = 512;

    /// <summary>Bytes of an extended header or long name that are read; honest ones hold a few hundred.</summary>
    private const int MaxExtension = 1 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Tar;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        if (edges.Head.Length < Block)
            return FormatMatch.None;
        var header = edges.Head[..Block];
        if (!ChecksumFits(header))
            return edges.Head[257..].StartsWith("ustar"u8) && header[0] != 0 ? FormatMatch.Weak : FormatMatch.None;
        if (header[257..].StartsWith("ustar"u8))
            return FormatMatch.Strong;
        // V7: a name, and octal numbers where mode and size are.
        return header[0] != 0 && TryNumber(header[124..136], out _) && TryNumber(header[100..108], out _) ? FormatMatch.Strong : FormatMatch.None;
    }

    /// <inheritdoc/>
    protected override void ReadInto(TarFacts facts, ByteSource source, ReadScope scope)
    {
        facts.Attach(source);
        new Reading(facts, source, scope).Run();
    }

    /// <summary>The sum of the header with its own field as blanks; old writers summed signed bytes.</summary>
    private static bool ChecksumFits(ReadOnlySpan<byte> header)
    {
        if (!TryNumber(header[148..156], out var stored))
            return false;
        long unsigned = 8 * ' ', signed = 8 * ' ';
        for (var i = 0; i < Block; i++)
        {
            if (i is >= 148 and < 156)
                continue;
            unsigned += header[i];
            signed += (sbyte)header[i];
        }

        return stored == unsigned || stored == signed;
    }

    /// <summary>An octal number with blanks and zero bytes around it, or a big-endian one marked by the top bit (GNU).</summary>
    private static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
        {
            if (field[0] != 0x80)
                return false;
            foreach (var b in field[1..])
            {
                if (value > long.MaxValue >> 8)
                    return false;
                value = (value << 8) | b;
            }

            return true;
        }

        var digits = field.Trim(" \0"u8);
        foreach (var b in digits)
        {
            if (b is < (byte)'0' or > (byte)'7')
                return b is 0 or (byte)' ';
            if (value > long.MaxValue >> 3)
                return false;
            value = (value << 3) | (uint)(b - '0');
        }

        return true;
    }

    /// <summary>One run over one archive.</summary>
    private sealed class Reading(TarFacts facts, ByteSource source, ReadScope scope)
    {
        private readonly long _length = source.Length;
        private readonly byte[] _header = new byte[Block];
        private readonly Dictionary<string, TarEntry> _names = new(StringComparer.Ordinal);
        private string? _longName;
        private string? _longLink;
        private string? _paxPath;
        private string? _paxLink;
        private long? _paxSize;
        private bool _paxSparse;
        private string? _globalPath;

        internal void Run()
        {
            long at = 0;
            var ended = false;
            while (at < _length)
            {
                var have = Read(at, _header);
                if (have < Block)
                {
                    if (_header.AsSpan(0, have).ContainsAnyExcept((byte)0))
                        Trailing(at, ended);
                    break;
                }

                if (!_header.AsSpan().ContainsAnyExcept((byte)0))
                {
                    if (!ended)
                        facts.SetEnd(Math.Min(_length, at + (2 * Block)));
                    ended = true;
                    at += Block;
                    scope.Budget.ChargeElements(1, at);
                    continue;
                }

                if (!ChecksumFits(_header))
                {
                    if (at == 0)
                        facts.Report(ArchiveIssueKind.HeaderChecksum, null, 0, "the checksum of the first header is wrong");
                    if (at != 0 || !_header.AsSpan(257).StartsWith("ustar"u8))
                    {
                        Trailing(at, ended);
                        return;
                    }
                }

                if (ended)
                {
                    facts.Report(ArchiveIssueKind.Appended, null, at, $"further members follow the end of the archive at {at}");
                    ended = false;
                }

                at = ReadEntry(at);
            }

            if (!ended && facts.EndOffset is null)
                facts.SetEnd(Math.Min(at, _length));
        }

        private long ReadEntry(long at)
        {
            scope.Budget.ChargeMember(at);
            ReadOnlySpan<byte> header = _header;
            var type = (char)header[156];
            if (!TryNumber(header[124..136], out var size))
                Malformed.Invalid(at + 124, "the size of a member is not a number");
            var data = at + Block;
            if (type is 'x' or 'X' or 'g' or 'L' or 'K')
            {
                ReadExtension(type, data, size);
                return Next(data, size);
            }

            _ = TryNumber(header[100..108], out var mode);
            var posix = header[257..].StartsWith("ustar\0"u8);
            var name = ArchiveNames.Decode(CString(header[..100]));
            if (posix && header[345] != 0)
                name = ArchiveNames.Decode(CString(header[345..500])) + "/" + name;
            name = _paxPath ?? _longName ?? _globalPath ?? name;
            var link = _paxLink ?? _longLink ?? ArchiveNames.Decode(CString(header[157..257]));
            size = _paxSize ?? size;
            var sparse = _paxSparse || type == 'S';
            if (type == 'S')
                data = SkipSparseMaps(data, header[482] != 0);
            (_longName, _longLink, _paxPath, _paxLink, _paxSize, _paxSparse) = (null, null, null, null, null, false);
            if (size < 0)
                Malformed.Invalid(at, "the size of a member is negative");
            var regular = type is '0' or '\0' or '7' or 'S' || (type is not ('1' or '2' or '3' or '4' or '5' or '6') && type is not ('V' or 'M' or 'N' or 'D'));
            if (regular && type == '\0' && name.EndsWith('/'))
            {
                regular = false;
                type = '5';
            }

            // Links, devices and folders have no data for Python; others skip the declared size. What follows decides.
            var skipped = size;
            if (type is >= '1' and <= '6' && size > 0)
            {
                facts.Report(ArchiveIssueKind.DirectoryWithData, ArchiveNames.Printable(name), at, $"type '{type}' with {size} bytes");
                if (IsHeader(data))
                    skipped = 0;
            }

            var available = Math.Min(skipped, Math.Max(0, _length - data));
            var entry = new TarEntry
            {
                Name = name,
                ShownName = ArchiveNames.Printable(name),
                Type = regular ? '0' : type,
                LinkName = type is '1' or '2' ? link : "",
                Mode = (int)(mode & 0xFFF),
                HeaderOffset = at,
                DataOffset = data,
                Size = available,
                IsSparse = sparse,
            };
            facts.Entries.Add(entry);
            NoteOddities(entry);
            if (available < skipped)
                Malformed.Truncated(at, $"{entry.ShownName} takes {skipped} bytes and {available} are left");
            return Next(data, skipped);
        }

        private void NoteOddities(TarEntry entry)
        {
            ArchiveNames.Check(facts, entry.Name, entry.ShownName, entry.HeaderOffset, dosNames: false);
            switch (entry.Type)
            {
                case '1':
                    Link(entry.LinkName.Length > 0 && ArchiveNames.Escapes(entry.LinkName));
                    break;
                case '2':
                    Link(ArchiveNames.LinkEscapes(entry.Name, entry.LinkName));
                    break;
                case '3' or '4' or '6':
                    facts.Report(ArchiveIssueKind.SpecialEntry, entry.ShownName, entry.HeaderOffset,
                        entry.Type == '6' ? "named pipe" : entry.Type == '3' ? "character device" : "block device");
                    break;
            }

            if (entry.IsFile && (entry.Mode & 0xC00) != 0)
                facts.Report(ArchiveIssueKind.SetUserId, entry.ShownName, entry.HeaderOffset, $"mode {Convert.ToString(entry.Mode, 8)}");
            if (entry.IsSparse)
                facts.Note(new Malformation(MalformationKind.Unsupported, entry.HeaderOffset, $"{entry.ShownName} is stored with holes, which are not filled in"));
            if (!entry.IsFile)
                return;
            if (!_names.TryAdd(entry.Name, entry))
            {
                var other = _names[entry.Name];
                _names[entry.Name] = entry;
                facts.Report(Same(other, entry) ? ArchiveIssueKind.DuplicateSame : ArchiveIssueKind.DuplicateName, entry.ShownName, entry.HeaderOffset,
                    $"{entry.ShownName} at {other.HeaderOffset} ({other.Size} bytes) and at {entry.HeaderOffset} ({entry.Size} bytes)");
            }

            void Link(bool outside) => facts.Report(outside ? ArchiveIssueKind.LinkOutside : ArchiveIssueKind.LinkInside, entry.ShownName, entry.HeaderOffset,
                $"{entry.ShownName} -> {ArchiveNames.Printable(entry.LinkName)}");
        }

        private bool Same(TarEntry a, TarEntry b) =>
            a.Size == b.Size && a.Size <= ZipMember.AlwaysVerified
            && ZipMember.Checksum(source, a.DataOffset, a.Size, scope.Budget) == ZipMember.Checksum(source, b.DataOffset, b.Size, scope.Budget);

        private void ReadExtension(char type, long data, long size)
        {
            if (size > _length - data)
                Malformed.Truncated(data, $"an extended header takes {size} bytes and {Math.Max(0, _length - data)} are left");
            if (size > MaxExtension)
                Malformed.Invalid(data, $"an extended header takes {size} bytes");
            var bytes = new byte[size];
            var have = Read(data, bytes);
            ReadOnlySpan<byte> body = bytes.AsSpan(0, have);
            switch (type)
            {
                case 'L':
                    _longName = ArchiveNames.Decode(CString(body));
                    break;
                case 'K':
                    _longLink = ArchiveNames.Decode(CString(body));
                    break;
                default:
                    ReadPax(body, data, global: type == 'g');
                    break;
            }
        }

        /// <summary>Records <c>LENGTH KEY=VALUE\n</c>, where the length counts all of it.</summary>
        private void ReadPax(ReadOnlySpan<byte> body, long offset, bool global)
        {
            while (!body.IsEmpty && body[0] != 0)
            {
                scope.Budget.ChargeElements(1, offset);
                var blank = body.IndexOf((byte)' ');
                var length = 0;
                for (var i = 0; i < blank && length < MaxExtension && body[i] is >= (byte)'0' and <= (byte)'9'; i++)
                    length = (length * 10) + body[i] - '0';
                if (blank <= 0 || length <= blank + 1 || length > body.Length || body[length - 1] != '\n')
                {
                    facts.NoteLie(offset, "a record of an extended header has a wrong length");
                    return;
                }

                var record = body[(blank + 1)..(length - 1)];
                body = body[length..];
                offset += length;
                var equals = record.IndexOf((byte)'=');
                if (equals < 0)
                    continue;
                var key = record[..equals];
                var value = record[(equals + 1)..];
                if (key.SequenceEqual("path"u8))
                {
                    if (global)
                        _globalPath = ArchiveNames.Decode(value);
                    else
                        _paxPath ??= ArchiveNames.Decode(value);
                }
                else if (key.SequenceEqual("GNU.sparse.name"u8))
                {
                    _paxPath = ArchiveNames.Decode(value);
                    _paxSparse = true;
                }
                else if (key.SequenceEqual("linkpath"u8))
                {
                    _paxLink = ArchiveNames.Decode(value);
                }
                else if (key.SequenceEqual("size"u8))
                {
                    if (long.TryParse(Encoding.ASCII.GetString(value), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var size))
                        _paxSize = size;
                }
                else if (key.StartsWith("GNU.sparse."u8))
                {
                    _paxSparse = true;
                }
            }
        }

        /// <summary>Further blocks of the map of holes, each saying whether another follows (GNU, <c>struct sparse_header</c>).</summary>
        private long SkipSparseMaps(long data, bool more)
        {
            Span<byte> block = stackalloc byte[Block];
            while (more && data < _length)
            {
                scope.Budget.ChargeElements(1, data);
                if (Read(data, block) < Block)
                    break;
                more = block[504] != 0;
                data += Block;
            }

            return data;
        }

        private bool IsHeader(long at)
        {
            Span<byte> block = stackalloc byte[Block];
            return Read(at, block) == Block && (ChecksumFits(block) || !block.ContainsAnyExcept((byte)0));
        }

        private void Trailing(long at, bool ended)
        {
            var looks = FormatIdentifier.Look(source, at, _length - at, scope.Budget);
            facts.Slack.Add(new SlackRegion($"(appended@{at})", at, _length - at, looks));
            facts.Report(ArchiveIssueKind.Appended, null, at, $"{_length - at} bytes at {at}{(looks is null ? "" : $", which look like {looks.Format.Name}")}");
            if (!ended)
            {
                facts.SetEnd(at);
                facts.Note(new Malformation(MalformationKind.Invalid, at, "a header has a wrong checksum; what follows was not read as members"));
            }
        }

        private long Next(long data, long size)
        {
            var padded = size > long.MaxValue - data - Block ? _length : data + ((size + Block - 1) / Block * Block);
            return Math.Min(padded, _length);
        }

        private static ReadOnlySpan<byte> CString(ReadOnlySpan<byte> field)
        {
            var end = field.IndexOf((byte)0);
            return end < 0 ? field : field[..end];
        }

        private int Read(long offset, Span<byte> into)
        {
            var n = source.ReadAt(offset, into);
            scope.Budget.ChargeRead(n, offset);
            return n;
        }
    }
}
