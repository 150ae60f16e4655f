namespace Assay.Formats;

/// <summary>What is odd about an archive. What each means for a person is decided by the detector.</summary>
public enum ArchiveIssueKind
{
    /// <summary>The name of a member leads out of the folder that it is unpacked into.</summary>
    EscapingName,

    /// <summary>A name uses the separator of another system, which some programs take as part of the name.</summary>
    BackslashName,

    /// <summary>A name is a device on Windows.</summary>
    ReservedName,

    /// <summary>A name has a zero byte, where some programs end it.</summary>
    AmbiguousName,

    /// <summary>A second name in an extra field that some programs use.</summary>
    SecondName,

    /// <summary>The central directory and the member's own header give different names.</summary>
    NamesDisagree,

    /// <summary>The central directory and the member's own header give different sizes, methods or checksums.</summary>
    HeadersDisagree,

    /// <summary>As <see cref="HeadersDisagree"/>, in a way that careless writers also produce.</summary>
    HeadersDifferHarmlessly,

    /// <summary>Two directories list different members.</summary>
    DirectoriesDisagree,

    /// <summary>A member that no directory lists.</summary>
    HiddenMember,

    /// <summary>The directory lists a member that is not there.</summary>
    MissingMember,

    /// <summary>A counted or measured quantity of the directory is not what is there.</summary>
    WrongCount,

    /// <summary>A member is flagged as encrypted and is not.</summary>
    FalseEncryption,

    /// <summary>A member is not compressed in the way that its header says.</summary>
    FalseMethod,

    /// <summary>The stored checksum is not that of the content.</summary>
    ChecksumMismatch,

    /// <summary>A declared length is not that of the content.</summary>
    FalseLength,

    /// <summary>Two members share a name and differ.</summary>
    DuplicateName,

    /// <summary>Two members share a name and, as far as the directory says, the content.</summary>
    DuplicateSame,

    /// <summary>Two members differ only in the case of their names, where the loader ignores case.</summary>
    DuplicateIgnoringCase,

    /// <summary>Members share bytes.</summary>
    Overlap,

    /// <summary>Bytes before the first part.</summary>
    Prefix,

    /// <summary>Bytes between parts.</summary>
    Gap,

    /// <summary>Bytes after the end.</summary>
    Appended,

    /// <summary>A directory entry that carries data.</summary>
    DirectoryWithData,

    /// <summary>A link whose target stays inside the archive.</summary>
    LinkInside,

    /// <summary>A link whose target lies outside.</summary>
    LinkOutside,

    /// <summary>A device, pipe or socket.</summary>
    SpecialEntry,

    /// <summary>A member that runs with the rights of its owner (setuid).</summary>
    SetUserId,

    /// <summary>A member that is really encrypted.</summary>
    Encrypted,

    /// <summary>A part that unpacks to far more than it takes.</summary>
    Bomb,

    /// <summary>A header whose own checksum is wrong.</summary>
    HeaderChecksum,
}

/// <summary>One oddity of an archive, with the values on both sides.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Member">Name of the member, safe to print; null when it concerns the archive.</param>
/// <param name="Offset">Where in the archive.</param>
/// <param name="Evidence">The values: what one place says and what the other says.</param>
public sealed record ArchiveIssue(ArchiveIssueKind Kind, string? Member, long Offset, string Evidence);

/// <summary>Facts of a container or compressed stream: its oddities besides those of the concrete format.</summary>
public abstract class ArchiveFacts : ArtifactFacts
{
    /// <summary>Issues kept per archive and kind.</summary>
    private const int MaxPerKind = 32;

    private readonly Dictionary<ArchiveIssueKind, int> _counts = [];
    private readonly List<ArchiveIssue> _issues = [];

    /// <summary>
    /// Oddities in the order met; at most 32 of a kind. Those that only show when a member is unpacked are added when its
    /// <see cref="ChildArtifact.Open"/> runs, so detectors look again after the children.
    /// </summary>
    public IReadOnlyList<ArchiveIssue> Issues => _issues;

    /// <summary>How often a kind was met, beyond what is kept.</summary>
    public int CountOf(ArchiveIssueKind kind) => _counts.GetValueOrDefault(kind);

    /// <summary>Adds an oddity.</summary>
    internal void Report(ArchiveIssueKind kind, string? member, long offset, string evidence)
    {
        var count = _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        if (count <= MaxPerKind)
            _issues.Add(new ArchiveIssue(kind, member, offset, evidence));
    }

    /// <summary>Sets <see cref="ArtifactFacts.EndOffset"/> from a helper of the reader.</summary>
    internal void SetEnd(long offset) => EndOffset = offset;
}
