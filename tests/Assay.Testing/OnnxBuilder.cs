using System.Text;

namespace Assay.Testing;

/// <summary>Writes ONNX models of initialisers and of nodes with constants, in which lengths may lie.</summary>
public sealed class OnnxBuilder
{
    private readonly List<byte> _graph = [];

    /// <summary>A tensor with its elements in <c>raw_data</c>.</summary>
    public OnnxBuilder Raw(string name, int type, long[] extents, byte[] data) =>
        Initializer([.. Head(name, type, extents), .. Field(9, data)]);

    /// <summary>A tensor of floats in the packed list.</summary>
    public OnnxBuilder Packed(string name, long[] extents, byte[] data) =>
        Initializer([.. Head(name, 1, extents), .. Field(4, data)]);

    /// <summary>A tensor whose elements are in another file.</summary>
    public OnnxBuilder External(string name, int type, long[] extents, params (string Key, string Value)[] pairs) =>
        Initializer([.. Head(name, type, extents), .. pairs.SelectMany(p => Field(13, [.. Field(1, Encoding.UTF8.GetBytes(p.Key)), .. Field(2, Encoding.UTF8.GetBytes(p.Value))])), .. Number(14, 1)]);

    /// <summary>A node whose subgraphs are nested so deep; the innermost holds one tensor.</summary>
    public OnnxBuilder Nested(int depth, byte[] tensor)
    {
        var graph = Field(5, tensor);
        for (var i = 0; i < depth; i++)
            graph = Field(1, [.. Field(4, "If"u8.ToArray()), .. Field(5, Field(6, graph))]);
        _graph.AddRange(graph);
        return this;
    }

    public OnnxBuilder Initializer(byte[] tensor)
    {
        _graph.AddRange(Field(5, tensor));
        return this;
    }

    public byte[] Build() => [.. Number(1, 8), .. Field(2, "pytorch"u8.ToArray()), .. Field(3, "2.1"u8.ToArray()), .. Field(7, [.. _graph]), .. Field(8, Number(2, 17))];

    /// <summary>Extents (packed), type and name of a tensor.</summary>
    public static byte[] Head(string name, int type, long[] extents) =>
        [.. Field(1, [.. extents.SelectMany(e => Varint((ulong)e))]), .. Number(2, (ulong)type), .. Field(8, Encoding.UTF8.GetBytes(name))];

    public static byte[] Field(int number, byte[] value) => [.. Varint((ulong)(number << 3 | 2)), .. Varint((ulong)value.Length), .. value];

    public static byte[] Number(int number, ulong value) => [.. Varint((ulong)(number << 3)), .. Varint(value)];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
