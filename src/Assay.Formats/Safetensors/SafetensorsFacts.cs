namespace Assay.Formats;

/// <summary>What is wrong with a safetensors header (safetensors README, "Format"; checks of <c>safetensors/src/tensor.rs</c>).</summary>
public enum SafetensorsFlaw
{
    /// <summary>The header is not the JSON object that the format asks for.</summary>
    Header,

    /// <summary>A name occurs twice: loaders disagree on which tensor counts.</summary>
    DuplicateName,

    /// <summary>A length does not fit shape and type.</summary>
    Size,

    /// <summary>Two tensors share bytes.</summary>
    Overlap,

    /// <summary>Bytes between tensors belong to none.</summary>
    Gap,

    /// <summary>An element type that the format does not have (yet).</summary>
    UnknownType,
}

/// <summary>A flaw with its place.</summary>
/// <param name="Flaw">What is wrong.</param>
/// <param name="Offset">Byte offset in the file.</param>
/// <param name="Message">What was expected and what was found.</param>
public sealed record SafetensorsDefect(SafetensorsFlaw Flaw, long Offset, string Message);

/// <summary>A tensor whose entry is complete; the layout as a whole may still be wrong (<see cref="SafetensorsFacts.Defects"/>).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type as written, such as <c>BF16</c>.</param>
/// <param name="Shape">Extents, the slowest first.</param>
/// <param name="Offset">Offset of its first byte in the file.</param>
/// <param name="Length">Bytes that it claims.</param>
public sealed record SafetensorsTensor(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long Length);

/// <summary>Facts of a safetensors file.</summary>
public sealed class SafetensorsFacts : ArtifactFacts
{
    private const int MaxDefects = 64;
    private const int MaxMetadata = 4096;

    private readonly List<SafetensorsDefect> _defects = [];
    private readonly List<(string Key, string Value, long Offset)> _metadata = [];
    private readonly List<SafetensorsTensor> _tensors = [];
    private ByteSource? _source;

    /// <summary>What follows the last tensor; null when nothing does, or only zeros.</summary>
    public SlackRegion? Slack { get; private set; }

    /// <summary>Offset of the first byte behind the header, where the numbers begin.</summary>
    public long DataOffset { get; internal set; }

    /// <summary>Tensors in the header.</summary>
    public int TensorCount { get; internal set; }

    /// <summary>The tensors by their offsets.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _tensors;

    /// <summary>Flaws, in the order found; at most 64.</summary>
    public IReadOnlyList<SafetensorsDefect> Defects => _defects;

    /// <summary>The entries of <c>__metadata__</c>, with the offset of each value.</summary>
    public IReadOnlyList<(string Key, string Value, long Offset)> Metadata => _metadata;

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            if (_source is { } source && Slack is { } slack)
            {
                yield return new ChildArtifact(slack.Name, ChildRole.Slack, slack.Offset, _ => new SliceByteSource(source, slack.Offset, slack.Length))
                {
                    Length = slack.Length,
                    Speculative = true,
                };
            }
        }
    }

    internal void AddDefect(SafetensorsFlaw flaw, long offset, string message)
    {
        if (_defects.Count < MaxDefects)
            _defects.Add(new SafetensorsDefect(flaw, offset, message));
    }

    internal void Add(SafetensorsTensor tensor) => _tensors.Add(tensor);

    internal void AddMetadata(string key, string value, long offset)
    {
        if (_metadata.Count < MaxMetadata)
            _metadata.Add((key, value, offset));
    }

    internal void EndAt(long end, ByteSource source, ReadScope scope)
    {
        EndOffset = end;
        if (end >= source.Length)
            return;
        _source = source;
        Slack = new SlackRegion($"(appended@{end})", end, source.Length - end, FormatIdentifier.Look(source, end, source.Length - end, scope.Budget));
    }
}
