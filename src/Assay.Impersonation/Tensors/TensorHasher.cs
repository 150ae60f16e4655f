using System.Security.Cryptography;

namespace Assay.Impersonation;

/// <summary>Hashes one tensor after the other as their bytes come, and tells those of one repeated value.</summary>
internal sealed class TensorHasher : IDisposable
{
    private const int MaxPeriod = 512;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _first = new byte[MaxPeriod];
    private TensorPlace? _tensor;
    private int _period;
    private long _fed;
    private bool _isConstant;
    private bool _isSampled;

    public void Begin(TensorPlace tensor, bool isSampled = false)
    {
        _tensor = tensor;
        _isSampled = isSampled;
        _fed = 0;
        _isConstant = true;
        // Storages are of unknown type: eight bytes are a whole number of elements of any.
        _period = ReferenceEquals(tensor.Type, TensorType.Storage) ? 8 : Math.Clamp(tensor.Type.BlockBytes, 1, MaxPeriod);
        TensorDigest.Begin(_hash, tensor.Type, tensor.Extents, isSampled);
    }

    /// <summary>Adds what is no element of the tensor: the place of a sample.</summary>
    public void Mark(ReadOnlySpan<byte> mark) => _hash.AppendData(mark);

    public void Append(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        if (_isConstant)
            _isConstant = Repeats(data);
        _fed += data.Length;
    }

    /// <summary>The record of the tensor; null when it is of one repeated value.</summary>
    public TensorRecord? End()
    {
        var digest = TensorDigest.Finish(_hash);
        var tensor = _tensor!;
        return _isConstant ? null : new TensorRecord(digest, tensor.Length, TensorRecord.ShapeOf(tensor.Extents), _isSampled);
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>Whether the bytes go on as the first element or block did.</summary>
    private bool Repeats(ReadOnlySpan<byte> data)
    {
        var n = 0;
        for (; n < data.Length && _fed + n < _period; n++)
            _first[_fed + n] = data[n];
        data = data[n..];
        var phase = (int)((_fed + n) % _period);
        var head = Math.Min(data.Length, _period);
        for (var i = 0; i < head; i++)
        {
            if (data[i] != _first[(phase + i) % _period])
                return false;
        }

        return data.Length <= _period || data[_period..].SequenceEqual(data[..^_period]);
    }
}
