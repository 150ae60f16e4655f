using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>What became of a file that was fed to a <see cref="TensorDigester"/>.</summary>
public enum TensorDigestOutcome
{
    /// <summary>Bytes are still awaited.</summary>
    Reading,

    /// <summary>Its tensors were hashed.</summary>
    Hashed,

    /// <summary>It has no tensors, or contradicts itself, or ended early.</summary>
    NotUnderstood,

    /// <summary>It may have tensors, and their places show only with random access: <see cref="TensorDigester.Digest"/>.</summary>
    NeedsRandomAccess,
}

/// <summary>
/// Hashes the tensors of a file. As an observer of an upload it is fed the bytes in order: it keeps the header until it is understood, then hashes
/// each range as it passes. A file that is not understood costs nothing more from there on. Not thread-safe.
/// </summary>
public sealed class TensorDigester : IDisposable
{
    /// <summary>A header that takes more is read with random access afterwards.</summary>
    public const int MaxHeader = 32 << 20;

    /// <summary>Above this a file that is only passed on is sampled, in bytes.</summary>
    public const long SampleAbove = 20L << 30;

    /// <summary>Blocks of a sample.</summary>
    public const int SampleBlocks = 64;

    /// <summary>Bytes of a block of a sample.</summary>
    public const int SampleBlockSize = 1 << 20;

    private const int BufferSize = 256 << 10;
    private const int FirstAttempt = 64 << 10;

    private static readonly WorkLimits HeaderLimits = new() { Elements = 5_000_000, Values = 2_000_000 };

    private readonly long? _length;
    private readonly List<TensorRecord> _records = [];
    private byte[]? _header;
    private int _headerLength;
    private int _nextAttempt = 9;
    private TensorHasher? _hasher;
    private TensorLayout? _layout;
    private int _index;
    private bool _isInside;
    private long _position;

    /// <summary>Starts with nothing fed.</summary>
    /// <param name="length">Bytes of the file, where they are known.</param>
    public TensorDigester(long? length = null) => _length = length;

    /// <summary>What is known of the file so far.</summary>
    public TensorDigestOutcome Outcome { get; private set; }

    /// <summary>Takes the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Outcome == TensorDigestOutcome.Reading)
        {
            if (_layout is not null)
            {
                Hash(bytes);
                return;
            }

            var n = Math.Min(bytes.Length, _nextAttempt - _headerLength);
            Keep(bytes[..n]);
            bytes = bytes[n..];
            if (_headerLength == _nextAttempt)
                Attempt(isEnd: false);
        }
    }

    /// <summary>Says that the file has ended; null when its tensors could not be hashed (see <see cref="Outcome"/>).</summary>
    public TensorInventory? Finish()
    {
        if (Outcome == TensorDigestOutcome.Reading && _layout is null)
            Attempt(isEnd: true);
        if (Outcome == TensorDigestOutcome.Reading)
            Conclude(_layout is not null && _position >= _layout.End ? TensorDigestOutcome.Hashed : TensorDigestOutcome.NotUnderstood);
        return Outcome == TensorDigestOutcome.Hashed ? new TensorInventory(_records, _layout!.Unknown == 0) : null;
    }

    /// <summary>Hashes the tensors of a file with random access.</summary>
    /// <returns>The inventory; null when the file is shorter than its layout.</returns>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TensorInventory? Digest(ByteSource source, TensorLayout layout, CancellationToken cancellation)
    {
        using var hasher = new TensorHasher();
        var records = new List<TensorRecord>(layout.Tensors.Count);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            foreach (var tensor in layout.Tensors)
            {
                hasher.Begin(tensor);
                if (!Feed(source, tensor.Offset, tensor.Length, hasher, buffer, cancellation))
                    return null;
                if (hasher.End() is { } record)
                    records.Add(record);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new TensorInventory(records, layout.Unknown == 0);
    }

    /// <summary>
    /// Hashes <see cref="SampleBlocks"/> blocks of a file that is too large to be read for this alone, at places that follow from its length. The
    /// records are marked: whoever knows the places can keep them and change the rest.
    /// </summary>
    /// <returns>The inventory of the tensors that were hit; null when the file is shorter than its layout.</returns>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TensorInventory? Sample(ByteSource source, TensorLayout layout, CancellationToken cancellation)
    {
        using var hasher = new TensorHasher();
        var records = new List<TensorRecord>();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        Span<byte> mark = stackalloc byte[16];
        try
        {
            foreach (var blocks in Blocks(layout, source.Length).GroupBy(static b => b.Tensor))
            {
                var tensor = layout.Tensors[blocks.Key];
                hasher.Begin(tensor, isSampled: true);
                foreach (var (_, offset) in blocks)
                {
                    var length = Math.Min(SampleBlockSize, tensor.Length - offset);
                    BinaryPrimitives.WriteInt64LittleEndian(mark, offset);
                    BinaryPrimitives.WriteInt64LittleEndian(mark[8..], length);
                    hasher.Mark(mark);
                    if (!Feed(source, tensor.Offset + offset, length, hasher, buffer, cancellation))
                        return null;
                }

                if (hasher.End() is { } record)
                    records.Add(record);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new TensorInventory(records, layout.Unknown == 0);
    }

    /// <summary>Releases the hash and the buffer.</summary>
    public void Dispose()
    {
        Release();
        _hasher?.Dispose();
        _hasher = null;
    }

    /// <summary>Places of a sample: SHA-256 of length and number, as a place among the bytes of all tensors.</summary>
    private static IEnumerable<(int Tensor, long Offset)> Blocks(TensorLayout layout, long length)
    {
        var total = layout.Bytes;
        var places = new SortedSet<(int, long)>();
        var input = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(input, length);
        for (var i = 0; i < SampleBlocks && total > 0; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(input.AsSpan(8), i);
            var at = (long)(BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(input)) % (ulong)total);
            var tensor = 0;
            for (; at >= layout.Tensors[tensor].Length; tensor++)
                at -= layout.Tensors[tensor].Length;
            // Whole blocks, at multiples of the smallest that any type is stored in.
            places.Add((tensor, Math.Max(0, Math.Min(at, layout.Tensors[tensor].Length - SampleBlockSize)) / 4096 * 4096));
        }

        return places;
    }

    private static bool Feed(ByteSource source, long offset, long length, TensorHasher hasher, byte[] buffer, CancellationToken cancellation)
    {
        var isMemory = source.TryGetMemory(out var memory);
        while (length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var n = (int)Math.Min(length, isMemory ? 16 << 20 : buffer.Length);
            if (isMemory)
            {
                if (offset + n > memory.Length)
                    return false;
                hasher.Append(memory.Span.Slice((int)offset, n));
            }
            else
            {
                n = source.ReadAt(offset, buffer.AsSpan(0, n));
                if (n == 0)
                    return false;
                hasher.Append(buffer.AsSpan(0, n));
            }

            offset += n;
            length -= n;
        }

        return true;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_header is null || _header.Length < _headerLength + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_headerLength + bytes.Length, Math.Min(_nextAttempt, 2 * (_headerLength + bytes.Length))));
            _header.AsSpan(0, _headerLength).CopyTo(larger);
            if (_header is not null)
                ArrayPool<byte>.Shared.Return(_header);
            _header = larger;
        }

        bytes.CopyTo(_header.AsSpan(_headerLength));
        _headerLength += bytes.Length;
    }

    /// <summary>Looks at what was kept: decides on the format, awaits more of the header, or starts to hash.</summary>
    private void Attempt(bool isEnd)
    {
        var head = _header.AsSpan(0, _headerLength);
        ArtifactFacts? facts = null;
        if (head.StartsWith("GGUF"u8))
            facts = ReadGguf(isEnd);
        else if (head.Length >= 9 && head[8] == '{')
            facts = ReadSafetensors(head, isEnd);
        else if (head.Length > 0)
            Refuse(head);
        if (facts is null)
        {
            if (isEnd && Outcome == TensorDigestOutcome.Reading)
                Conclude(TensorDigestOutcome.NotUnderstood);
            return;
        }

        _layout = TensorLayout.Of(facts, _length ?? (isEnd ? _headerLength : long.MaxValue / 4));
        if (_layout is null)
        {
            Conclude(TensorDigestOutcome.NotUnderstood);
            return;
        }

        _hasher = new TensorHasher();
        Hash(_header.AsSpan(0, _headerLength));
        Release();
    }

    /// <summary>Nothing to read here: archives and graphs are read afterwards, the rest is not.</summary>
    private void Refuse(ReadOnlySpan<byte> head) =>
        Conclude(head.StartsWith("PK"u8) || head[0] == 8 ? TensorDigestOutcome.NeedsRandomAccess : TensorDigestOutcome.NotUnderstood);

    private SafetensorsFacts? ReadSafetensors(ReadOnlySpan<byte> head, bool isEnd)
    {
        var size = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (size is < 2 or > 100_000_000 || (_length is { } length && (long)size > length - 8) || (isEnd && (ulong)head.Length < size + 8))
        {
            Refuse(head);
            return null;
        }

        if (size + 8 > MaxHeader)
        {
            Conclude(TensorDigestOutcome.NeedsRandomAccess);
            return null;
        }

        if ((ulong)head.Length >= size + 8)
            return (SafetensorsFacts)new SafetensorsReader().Read(Prefix(isEnd), Scope());
        _nextAttempt = (int)size + 8;
        return null;
    }

    /// <summary>The length of a GGUF header is not written down: it is tried, with twice as much each time.</summary>
    private GgufFacts? ReadGguf(bool isEnd)
    {
        if (_headerLength >= FirstAttempt || isEnd)
        {
            var facts = (GgufFacts)new GgufReader().Read(Prefix(isEnd), Scope());
            if (facts.DataOffset >= 0)
                return facts;
            if (facts.Malformations.Any(static m => m.Kind is not (MalformationKind.Truncated or MalformationKind.Lie)))
            {
                Conclude(facts.Malformations.Any(static m => m.Kind == MalformationKind.Limit) ? TensorDigestOutcome.NeedsRandomAccess : TensorDigestOutcome.NotUnderstood);
                return null;
            }
        }

        if (_headerLength >= MaxHeader)
            Conclude(TensorDigestOutcome.NeedsRandomAccess);
        _nextAttempt = Math.Max(FirstAttempt, _nextAttempt * 2);
        return null;
    }

    private PrefixByteSource Prefix(bool isEnd) => new(_header.AsMemory(0, _headerLength), _length ?? (isEnd ? _headerLength : long.MaxValue / 4));

    private static ReadScope Scope() => new(new WorkBudget(HeaderLimits), new ReadDepth(Full: false, long.MaxValue / 4));

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_index == _layout!.Tensors.Count)
            {
                _position += bytes.Length;
                return;
            }

            var tensor = _layout.Tensors[_index];
            int n;
            if (_position < tensor.Offset)
            {
                n = (int)Math.Min(bytes.Length, tensor.Offset - _position);
            }
            else
            {
                if (!_isInside)
                    _hasher!.Begin(tensor);
                _isInside = true;
                n = (int)Math.Min(bytes.Length, tensor.End - _position);
                _hasher!.Append(bytes[..n]);
                if (_position + n == tensor.End)
                {
                    if (_hasher.End() is { } record)
                        _records.Add(record);
                    _isInside = false;
                    _index++;
                }
            }

            _position += n;
            bytes = bytes[n..];
        }
    }

    private void Conclude(TensorDigestOutcome outcome)
    {
        Outcome = outcome;
        Release();
    }

    private void Release()
    {
        if (_header is not null)
            ArrayPool<byte>.Shared.Return(_header);
        _header = null;
        _headerLength = 0;
    }

    /// <summary>The start of a file that is still arriving: as long as the file, and empty behind what has come.</summary>
    private sealed class PrefixByteSource(ReadOnlyMemory<byte> prefix, long length) : ByteSource
    {
        public override long Length => length;

        public override int ReadAt(long offset, Span<byte> into)
        {
            if (offset < 0 || offset >= prefix.Length)
                return 0;
            var n = (int)Math.Min(into.Length, prefix.Length - offset);
            prefix.Span.Slice((int)offset, n).CopyTo(into);
            return n;
        }
    }
}
