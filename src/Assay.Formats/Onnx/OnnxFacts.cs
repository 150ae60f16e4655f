namespace Assay.Formats;

/// <summary>Elements that stand in another file (<c>TensorProto.external_data</c>).</summary>
/// <param name="Location">Path relative to the model, as written.</param>
/// <param name="Offset">Offset in that file.</param>
/// <param name="Length">Bytes; null when all that follows is meant.</param>
public sealed record OnnxExternalData(string Location, long Offset, long? Length);

/// <summary>A tensor of an ONNX model.</summary>
/// <param name="Name">Its name; empty for the value of a node.</param>
/// <param name="DataType">Number of the element type (<c>TensorProto.DataType</c>).</param>
/// <param name="Extents">Extents, the slowest first.</param>
/// <param name="RecordOffset">Offset of the description.</param>
public sealed record OnnxTensor(string Name, int DataType, IReadOnlyList<long> Extents, long RecordOffset)
{
    /// <summary>Offset of the elements in this file, little-endian; -1 when they are elsewhere, or written as varints.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Bytes of the elements in this file.</summary>
    public long Length { get; init; }

    /// <summary>Where the elements are, when in another file.</summary>
    public OnnxExternalData? External { get; init; }

    /// <summary>Name of the element type as safetensors writes it; null when it is none of fixed size.</summary>
    public string? TypeName => OnnxReader.TypeOf(DataType).Name;
}

/// <summary>Facts of an ONNX model.</summary>
public sealed class OnnxFacts : ArtifactFacts
{
    private readonly List<OnnxTensor> _tensors = [];

    /// <summary>Version of the representation (<c>ir_version</c>).</summary>
    public long IrVersion { get; internal set; }

    /// <summary>Tensors in the order of the file.</summary>
    public IReadOnlyList<OnnxTensor> Tensors => _tensors;

    internal void Add(OnnxTensor tensor) => _tensors.Add(tensor);
}
