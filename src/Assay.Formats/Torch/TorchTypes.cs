namespace Assay.Formats;

/// <summary>Storage types of PyTorch and their element sizes (<c>torch/storage.py</c>, <c>c10/core/ScalarType.h</c>).</summary>
internal static class TorchTypes
{
    /// <summary>Bytes per element of a storage type such as <c>FloatStorage</c>; 0 when unknown.</summary>
    public static int ElementSize(string storageType) => storageType switch
    {
        "DoubleStorage" or "LongStorage" or "ComplexFloatStorage" => 8,
        "FloatStorage" or "IntStorage" or "QInt32Storage" => 4,
        "HalfStorage" or "BFloat16Storage" or "ShortStorage" => 2,
        "CharStorage" or "ByteStorage" or "BoolStorage" or "QInt8Storage" or "QUInt8Storage" or "QUInt4x2Storage" or "QUInt2x4Storage"
            or "UntypedStorage" or "_UntypedStorage" or "Float8_e4m3fnStorage" or "Float8_e5m2Storage" => 1,
        "ComplexDoubleStorage" => 16,
        _ => 0,
    };
}
