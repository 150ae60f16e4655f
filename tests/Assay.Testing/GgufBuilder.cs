using System.Buffers.Binary;
using System.Text;
using Assay.Formats;

namespace Assay.Testing;

/// <summary>Writes GGUF files of every version and byte order, in which each field may lie.</summary>
public sealed class GgufBuilder
{
    private readonly List<(string Key, GgufValueType Type, Action<Writer> Value)> _entries = [];
    private readonly List<Tensor> _tensors = [];

    private sealed record Tensor(string Name, long[] Extents, uint Type, byte[] Data, long? Offset);

    /// <summary>1, 2 or 3.</summary>
    public int Version { get; init; } = 3;

    public bool BigEndian { get; init; }

    /// <summary>What data is padded to; also written down when it is not 32.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>Counts that the header states, where they lie.</summary>
    public (ulong? Tensors, ulong? Entries) Counts { get; init; }

    /// <summary>Bytes behind the last tensor.</summary>
    public byte[] Suffix { get; init; } = [];

    public GgufBuilder Text(string key, string value) => Add(key, GgufValueType.Text, w => w.Text(value));

    public GgufBuilder UInt32(string key, uint value) => Add(key, GgufValueType.UInt32, w => w.Word(value));

    public GgufBuilder Float32(string key, float value) => Add(key, GgufValueType.Float32, w => w.Word(BitConverter.SingleToUInt32Bits(value)));

    public GgufBuilder Bool(string key, byte value) => Add(key, GgufValueType.Bool, w => w.Bytes([value]));

    public GgufBuilder Texts(string key, params string[] values) => Add(key, GgufValueType.Array, w =>
    {
        w.Word((uint)GgufValueType.Text);
        w.Count((ulong)values.Length);
        foreach (var value in values)
            w.Text(value);
    });

    /// <summary>An array of arrays of bytes, so deep.</summary>
    public GgufBuilder Nested(string key, int depth) => Add(key, GgufValueType.Array, w =>
    {
        for (var i = 1; i < depth; i++)
        {
            w.Word((uint)GgufValueType.Array);
            w.Count(1);
        }

        w.Word((uint)GgufValueType.UInt8);
        w.Count(3);
        w.Bytes([1, 2, 3]);
    });

    /// <summary>An array that states a count and holds nothing.</summary>
    public GgufBuilder EmptyPromise(string key, GgufValueType type, ulong count) => Add(key, GgufValueType.Array, w =>
    {
        w.Word((uint)type);
        w.Count(count);
    });

    public GgufBuilder Add(string key, GgufValueType type, Action<Writer> value)
    {
        _entries.Add((key, type, value));
        return this;
    }

    /// <summary>A tensor; extents the fastest first; the offset is the next free one unless given.</summary>
    public GgufBuilder AddTensor(string name, long[] extents, uint type, byte[] data, long? offset = null)
    {
        _tensors.Add(new Tensor(name, extents, type, data, offset));
        return this;
    }

    /// <summary>A tensor of floats in one dimension or more, the fastest first.</summary>
    public GgufBuilder Floats(string name, float[] values, params long[] extents)
    {
        var data = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++)
        {
            if (BigEndian)
                BinaryPrimitives.WriteSingleBigEndian(data.AsSpan(4 * i), values[i]);
            else
                BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), values[i]);
        }

        return AddTensor(name, extents.Length == 0 ? [values.Length] : extents, 0, data);
    }

    public byte[] Build()
    {
        var w = new Writer(BigEndian, Version == 1);
        w.Bytes("GGUF"u8.ToArray());
        w.Word((uint)Version);
        var entries = _entries.ToList();
        if (Alignment != 32)
            entries.Add(("general.alignment", GgufValueType.UInt32, a => a.Word((uint)Alignment)));
        w.Count(Counts.Tensors ?? (ulong)_tensors.Count);
        w.Count(Counts.Entries ?? (ulong)entries.Count);
        foreach (var (key, type, value) in entries)
        {
            w.Text(key);
            w.Word((uint)type);
            value(w);
        }

        long next = 0;
        var places = new List<(long Offset, byte[] Data)>();
        foreach (var tensor in _tensors)
        {
            w.Text(tensor.Name);
            w.Word((uint)tensor.Extents.Length);
            foreach (var extent in tensor.Extents)
                w.Count((ulong)extent);
            w.Word(tensor.Type);
            w.LongWord((ulong)(tensor.Offset ?? next));
            places.Add((tensor.Offset ?? next, tensor.Data));
            next = Pad((tensor.Offset ?? next) + tensor.Data.Length);
        }

        var header = w.ToArray();
        var start = _tensors.Count == 0 ? header.Length : Pad(header.Length);
        var end = places.Count == 0 ? 0 : places.Max(p => Math.Min(p.Offset, 1 << 24) + p.Data.Length);
        var file = new byte[start + end + Suffix.Length];
        header.CopyTo(file, 0);
        foreach (var (offset, data) in places)
        {
            if (offset <= 1 << 24)
                data.CopyTo(file, start + offset);
        }

        Suffix.CopyTo(file, start + end);
        return file;
    }

    private long Pad(long at) => (at + Alignment - 1) / Alignment * Alignment;

    /// <summary>Fields in the byte order and width of the version.</summary>
    public sealed class Writer(bool isBig, bool isNarrow)
    {
        private readonly List<byte> _into = [];

        public void Bytes(byte[] bytes) => _into.AddRange(bytes);

        public void Word(uint value)
        {
            var bytes = new byte[4];
            if (isBig)
                BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            Bytes(bytes);
        }

        public void LongWord(ulong value)
        {
            var bytes = new byte[8];
            if (isBig)
                BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
            else
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            Bytes(bytes);
        }

        public void Count(ulong value)
        {
            if (isNarrow)
                Word((uint)value);
            else
                LongWord(value);
        }

        public void Text(string value)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            Count((ulong)bytes.Length);
            Bytes(bytes);
        }

        public byte[] ToArray() => [.. _into];
    }
}
