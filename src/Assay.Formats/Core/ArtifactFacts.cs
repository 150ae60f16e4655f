namespace Assay.Formats;

/// <summary>What a reader understood of an artifact. Created before the first byte is read, so that damage keeps everything up to it.</summary>
public abstract class ArtifactFacts
{
    /// <summary>Most malformations kept; the rest are only counted by <see cref="Note"/>.</summary>
    private const int MaxMalformations = 64;

    private readonly List<Malformation> _malformations = [];

    /// <summary>Trouble met, in the order found; at most 64.</summary>
    public IReadOnlyList<Malformation> Malformations => _malformations;

    /// <summary>Parts to be analysed on their own, in the order of the bytes. Opened one at a time by the scanner.</summary>
    public virtual IEnumerable<ChildArtifact> Children => [];

    /// <summary>Bytes of the source that the format accounts for, where it has an end of its own; null when it takes all.</summary>
    public long? EndOffset { get; protected set; }

    /// <summary>Records trouble. Structural gaps are always kept; repeated lies beyond the bound are dropped.</summary>
    public void Note(Malformation malformation)
    {
        if (_malformations.Count < MaxMalformations || (malformation.LeavesGap && _malformations.Count < MaxMalformations * 2))
            _malformations.Add(malformation);
    }

    /// <summary>Records a lie: a contradiction that no honest exporter writes, after which reading went on.</summary>
    public void NoteLie(long offset, string message) => Note(new Malformation(MalformationKind.Lie, offset, message));
}

/// <summary>How a child relates to its parent.</summary>
public enum ChildRole
{
    /// <summary>A member that the container lists.</summary>
    Member,

    /// <summary>Raw tensor data of a checkpoint.</summary>
    Storage,

    /// <summary>What a compressed stream holds.</summary>
    Content,

    /// <summary>A pickle of a sequence that a loader reads in turn.</summary>
    Stream,

    /// <summary>A constant inside the parent that is a format of its own, or was decoded from one.</summary>
    Embedded,

    /// <summary>Bytes before, between or after the parts that the format accounts for.</summary>
    Slack,
}

/// <summary>A part of an artifact that is analysed as an artifact of its own.</summary>
/// <param name="Name">Name of this level, as shown in <c>outer!inner</c>; already safe to print.</param>
/// <param name="Role">How it relates to its parent.</param>
/// <param name="Offset">Offset of its first byte in the parent (of its compressed form, where it is compressed).</param>
/// <param name="Open">Makes its bytes readable; the caller disposes the source. May throw <see cref="MalformedArtifactException"/>.</param>
public sealed record ChildArtifact(string Name, ChildRole Role, long Offset, Func<ReadScope, ByteSource> Open)
{
    /// <summary>Length in bytes where known before opening.</summary>
    public long? Length { get; init; }

    /// <summary>
    /// True when the child counts only if it is understood: a constant or slack that merely resembles a format.
    /// What cannot be read of it is then no gap in the analysis.
    /// </summary>
    public bool Speculative { get; init; }
}
