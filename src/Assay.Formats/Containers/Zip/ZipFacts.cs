namespace Assay.Formats;

/// <summary>Where a ZIP entry was found.</summary>
public enum ZipEntrySource
{
    /// <summary>In the central directory, which random-access loaders use.</summary>
    Central,

    /// <summary>Only by its local header, which streaming and recovering readers use.</summary>
    LocalOnly,
}

/// <summary>What the header directly before the data of a member says (APPNOTE 6.3.10, 4.3.7).</summary>
/// <param name="Name">Its name for the member.</param>
/// <param name="Flags">General purpose flags.</param>
/// <param name="Method">Compression method.</param>
/// <param name="Crc">CRC-32; 0 where it follows the data.</param>
/// <param name="CompressedSize">Size in the archive; 0 where it follows the data.</param>
/// <param name="UncompressedSize">Size after unpacking; 0 where it follows the data.</param>
public sealed record ZipLocalHeader(string Name, ushort Flags, ushort Method, uint Crc, long CompressedSize, long UncompressedSize);

/// <summary>One way to read the bytes of a member.</summary>
/// <param name="Method">0 stored, 8 deflate.</param>
/// <param name="Size">Bytes that it takes in the archive.</param>
/// <param name="Label">Added to the name; empty for the way that loaders take.</param>
/// <param name="Speculative">True when it counts only if it is understood.</param>
internal readonly record struct ZipReading(ushort Method, long Size, string Label, bool Speculative);

/// <summary>A member of a ZIP archive as its two headers describe it.</summary>
public sealed class ZipEntry
{
    /// <summary>Decoded name, as it is.</summary>
    public required string Name { get; init; }

    /// <summary>The name, safe to print.</summary>
    public required string ShownName { get; init; }

    /// <summary>Where it was found.</summary>
    public required ZipEntrySource Source { get; init; }

    /// <summary>Offset of the entry in the central directory, or of the local header.</summary>
    public required long RecordOffset { get; init; }

    /// <summary>Offset of the local header.</summary>
    public long HeaderOffset { get; internal set; }

    /// <summary>Offset of the data; -1 when there is no local header.</summary>
    public long DataOffset { get; internal set; } = -1;

    /// <summary>Bytes in the archive.</summary>
    public long CompressedSize { get; internal set; }

    /// <summary>Bytes after unpacking, as declared.</summary>
    public long UncompressedSize { get; internal set; }

    /// <summary>Compression method.</summary>
    public required ushort Method { get; init; }

    /// <summary>General purpose flags.</summary>
    public required ushort Flags { get; init; }

    /// <summary>CRC-32 of the content, as declared.</summary>
    public uint Crc { get; internal set; }

    /// <summary>Attributes; the upper half is a Unix mode where a Unix program wrote them.</summary>
    public uint ExternalAttributes { get; init; }

    /// <summary>The local header; null when there is none.</summary>
    public ZipLocalHeader? Local { get; internal set; }

    /// <summary>Behind the data and its descriptor.</summary>
    public long End { get; internal set; }

    /// <summary>A folder.</summary>
    public bool IsDirectory => Name.EndsWith('/') || Name.EndsWith('\\');

    /// <summary>A symbolic link (mode <c>0120000</c>).</summary>
    public bool IsLink => (ExternalAttributes >> 28) == 0xA;

    /// <summary>Flagged as encrypted in any of its headers, and found to be.</summary>
    public bool IsEncrypted { get; internal set; }

    /// <summary>Name variants that some program would use, the central one first.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            yield return Name;
            var zero = Name.IndexOf('\0', StringComparison.Ordinal);
            if (zero > 0)
                yield return Name[..zero];
            if (Local is not null && Local.Name != Name)
                yield return Local.Name;
        }
    }

    /// <summary>Ways in which the data is to be read.</summary>
    internal List<ZipReading> Readings { get; } = new(1);
}

/// <summary>Bytes of an archive that none of its parts account for.</summary>
/// <param name="Name">Name as a member, such as <c>(appended@456)</c>.</param>
/// <param name="Offset">Where it starts.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Looks">What it looks like; null when like nothing known.</param>
public sealed record SlackRegion(string Name, long Offset, long Length, KnownFormat? Looks);

/// <summary>Facts of a ZIP archive, for every kind of loader: members of all directories, hidden members, and what lies around them.</summary>
public sealed class ZipFacts : ArchiveFacts
{
    /// <summary>Bytes of small members that are verified in an archive that is not read whole.</summary>
    private const long VerifiedLimit = 16 << 20;

    private ByteSource? _source;
    private bool _hasPickle;
    private long _verified;

    /// <summary>Members: those of the directory that loaders use, in its order, then others.</summary>
    public List<ZipEntry> Entries { get; } = [];

    /// <summary>Offset of the end record (APPNOTE 4.3.16); -1 when there is none.</summary>
    public long EndRecordOffset { get; internal set; } = -1;

    /// <summary>Offset of the first part of the archive.</summary>
    public long StartOffset { get; internal set; }

    /// <summary>Bytes of the comment behind the end record.</summary>
    public int CommentLength { get; internal set; }

    /// <summary>The last of several files that make one archive: the data of most members is elsewhere.</summary>
    public bool IsSplit { get; internal set; }

    /// <summary>Bytes around the parts.</summary>
    public List<SlackRegion> Slack { get; } = [];

    /// <summary>Whether the archive is read to its last byte.</summary>
    internal bool ReadsWhole { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            if (_source is not { } source)
                yield break;
            foreach (var entry in Entries)
            {
                foreach (var reading in entry.Readings)
                {
                    var name = reading.Label.Length == 0 ? entry.ShownName : $"{entry.ShownName} {reading.Label}";
                    yield return new ChildArtifact(name, RoleOf(entry), entry.DataOffset, scope => ZipMember.Open(this, entry, reading, source, scope))
                    {
                        Length = reading.Method == 0 ? reading.Size : entry.UncompressedSize,
                        Speculative = reading.Speculative,
                    };
                }
            }

            foreach (var slack in Slack)
            {
                yield return new ChildArtifact(slack.Name, ChildRole.Slack, slack.Offset, _ => new SliceByteSource(source, slack.Offset, slack.Length))
                {
                    Length = slack.Length,
                    Speculative = true,
                };
            }
        }
    }

    /// <summary>Whether a member is small enough to be verified although the archive is not read whole; raw tensors are not.</summary>
    internal bool VerifiesSmall(ZipEntry entry, long size)
    {
        if (size > ZipMember.AlwaysVerified || _verified + size > VerifiedLimit || RoleOf(entry) == ChildRole.Storage)
            return false;
        _verified += size;
        return true;
    }

    internal void Attach(ByteSource source)
    {
        _source = source;
        _hasPickle = Entries.Exists(e => e.Name.EndsWith("data.pkl", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The storage of a checkpoint whose numbers lie at an offset as they are; null where none does.</summary>
    public ZipEntry? StorageAt(long offset)
    {
        foreach (var entry in Entries)
        {
            if (entry.Method == 0 && entry.DataOffset >= 0 && offset >= entry.DataOffset && offset < entry.DataOffset + entry.CompressedSize && RoleOf(entry) == ChildRole.Storage)
                return entry;
        }

        return null;
    }

    /// <summary>Storages of a checkpoint are <c>PREFIX/data/NUMBER</c> beside <c>PREFIX/data.pkl</c>, tensors of constants alike.</summary>
    private ChildRole RoleOf(ZipEntry entry)
    {
        if (!_hasPickle || entry.Source != ZipEntrySource.Central)
            return ChildRole.Member;
        var name = entry.Name.AsSpan();
        var cut = name.LastIndexOf('/');
        if (cut <= 0 || cut == name.Length - 1 || name[(cut + 1)..].ContainsAnyExceptInRange('0', '9'))
            return ChildRole.Member;
        var folder = name[..cut];
        folder = folder[(folder.LastIndexOf('/') + 1)..];
        return folder.Equals("data", StringComparison.OrdinalIgnoreCase) || folder.Equals("constants", StringComparison.OrdinalIgnoreCase)
            ? ChildRole.Storage
            : ChildRole.Member;
    }
}
