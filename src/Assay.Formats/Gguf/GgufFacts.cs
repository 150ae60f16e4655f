namespace Assay.Formats;

/// <summary>Types of metadata values (<c>gguf.md</c>, <c>gguf_metadata_value_type</c>).</summary>
public enum GgufValueType
{
    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 0,

    /// <summary>Signed, 8 bits.</summary>
    Int8 = 1,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 2,

    /// <summary>Signed, 16 bits.</summary>
    Int16 = 3,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 4,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 5,

    /// <summary>IEEE 754, 32 bits.</summary>
    Float32 = 6,

    /// <summary>0 or 1.</summary>
    Bool = 7,

    /// <summary>UTF-8 with its length before it.</summary>
    Text = 8,

    /// <summary>Element type, count, elements.</summary>
    Array = 9,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 10,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 11,

    /// <summary>IEEE 754, 64 bits.</summary>
    Float64 = 12,
}

/// <summary>An entry of the metadata.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Type">Type of the value.</param>
/// <param name="Offset">Offset of the entry.</param>
/// <param name="ValueOffset">Offset of the value (of a text: behind its length).</param>
public sealed record GgufEntry(string Key, GgufValueType Type, long Offset, long ValueOffset)
{
    /// <summary>The text, cut to 1 MiB; null for other types.</summary>
    public string? Text { get; init; }

    /// <summary>The number, or 0 and 1 for truth values; null for other types.</summary>
    public double? Number { get; init; }

    /// <summary>Bytes of a text, elements of an array; 1 for other types.</summary>
    public long Count { get; init; } = 1;

    /// <summary>Type of the elements of an array; null for other types.</summary>
    public GgufValueType? ElementType { get; init; }
}

/// <summary>A tensor as the header describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeId">Number of the element type (<c>ggml_type</c>).</param>
/// <param name="Type">The element type; null when it is not known.</param>
/// <param name="Extents">Extents, the fastest first, at most four.</param>
/// <param name="Offset">Offset of its first byte in the file.</param>
/// <param name="Length">Bytes; -1 when they cannot be told.</param>
/// <param name="RecordOffset">Offset of its description.</param>
public sealed record GgufTensor(string Name, uint TypeId, GgufType? Type, IReadOnlyList<long> Extents, long Offset, long Length, long RecordOffset);

/// <summary>Facts of a GGUF file.</summary>
public sealed class GgufFacts : ArtifactFacts
{
    private readonly List<GgufEntry> _metadata = [];
    private readonly List<GgufTensor> _tensors = [];
    private ByteSource? _source;

    /// <summary>Version of the format, 1 to 3; 0 when the header could not be read.</summary>
    public int Version { get; internal set; }

    /// <summary>Whether numbers and elements have their highest byte first.</summary>
    public bool IsBigEndian { get; internal set; }

    /// <summary>Metadata in the order of the file, duplicates included.</summary>
    public IReadOnlyList<GgufEntry> Metadata => _metadata;

    /// <summary>Tensors in the order of the file, duplicates included.</summary>
    public IReadOnlyList<GgufTensor> Tensors => _tensors;

    /// <summary>Tensors start at multiples of this (<c>general.alignment</c>), in bytes.</summary>
    public long Alignment { get; internal set; } = 32;

    /// <summary>Offset of the tensor data; -1 when the header could not be read to its end.</summary>
    public long DataOffset { get; internal set; } = -1;

    /// <summary>What follows the last tensor and is more than padding; null when nothing does.</summary>
    public SlackRegion? Slack { get; private set; }

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

    /// <summary>The first entry of a name; null when there is none.</summary>
    public GgufEntry? Find(string key) => _metadata.Find(entry => entry.Key == key);

    internal void Add(GgufEntry entry) => _metadata.Add(entry);

    internal void Add(GgufTensor tensor) => _tensors.Add(tensor);

    internal void EndAt(long end, ByteSource source, ReadScope scope)
    {
        EndOffset = end;
        if (end >= source.Length)
            return;
        _source = source;
        Slack = new SlackRegion($"(appended@{end})", end, source.Length - end, FormatIdentifier.Look(source, end, source.Length - end, scope.Budget));
    }
}
