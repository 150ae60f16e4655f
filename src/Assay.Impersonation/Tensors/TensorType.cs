using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>An element type, named alike in every format, so that a tensor is the same wherever it is stored.</summary>
/// <param name="Name">Name as safetensors or ggml writes it; part of the digest.</param>
/// <param name="BlockElements">Elements that are stored together; 1 but for quantised types and those below a byte.</param>
/// <param name="BlockBytes">Bytes that they take.</param>
public sealed record TensorType(string Name, int BlockElements, int BlockBytes)
{
    private static readonly Dictionary<string, TensorType> Plain = new[]
    {
        new TensorType("BOOL", 1, 1), new("U8", 1, 1), new("I8", 1, 1), new("F8_E5M2", 1, 1), new("F8_E4M3", 1, 1), new("F8_E8M0", 1, 1),
        new("F8_E4M3FNUZ", 1, 1), new("F8_E5M2FNUZ", 1, 1), new("F4", 2, 1), new("U4", 2, 1), new("I4", 2, 1), new("F6_E2M3", 4, 3), new("F6_E3M2", 4, 3),
        new("I16", 1, 2), new("U16", 1, 2), new("F16", 1, 2), new("BF16", 1, 2), new("I32", 1, 4), new("U32", 1, 4), new("F32", 1, 4),
        new("I64", 1, 8), new("U64", 1, 8), new("F64", 1, 8), new("C64", 1, 8), new("C128", 1, 16),
    }.ToDictionary(static t => t.Name, StringComparer.Ordinal);

    /// <summary>The bytes of a PyTorch storage, whose element type only its pickle knows.</summary>
    public static TensorType Storage { get; } = new("STORAGE", 1, 1);

    /// <summary>Whether elements share scales in blocks (ggml's quantised types).</summary>
    public bool IsQuantised => BlockElements > 4;

    /// <summary>The type of a name in safetensors or of an ONNX tensor; null when it is not known.</summary>
    public static TensorType? Of(string? name) => name is null ? null : Plain.GetValueOrDefault(name);

    /// <summary>The type of a GGUF tensor; scalar types are those of the other formats.</summary>
    public static TensorType? Of(GgufType? type) => type is null ? null : Of(type.Name) ?? new TensorType(type.Name, type.BlockElements, type.BlockBytes);
}
