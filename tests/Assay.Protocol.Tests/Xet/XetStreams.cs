using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

/// <summary>Xorbs in memory, as a server keeps them.</summary>
public sealed class XorbStore
{
    private readonly Dictionary<XetHash, (byte[] Bytes, XorbIndex Index)> _xorbs = [];

    public int Opened { get; private set; }

    public async Task AddAsync(byte[] bytes, XetHash hash)
    {
        using var source = new MemoryStream(bytes);
        using var copy = new MemoryStream();
        var index = await XorbReader.ReadAsync(source, copy, hash, TestContext.Current.CancellationToken);
        _xorbs[hash] = (copy.ToArray(), index);
    }

    public byte[] BytesOf(XetHash hash) => _xorbs[hash].Bytes;

    public ValueTask<Stream?> OpenAsync(XetHash xorb, int firstChunk, int endChunk, CancellationToken cancellation)
    {
        Opened++;
        if (!_xorbs.TryGetValue(xorb, out var stored) || endChunk > stored.Index.Chunks.Count)
            return ValueTask.FromResult<Stream?>(null);
        var start = stored.Index.Chunks[firstChunk].Offset;
        return ValueTask.FromResult<Stream?>(new MemoryStream(stored.Bytes, start, stored.Index.Chunks[endChunk - 1].End - start));
    }
}

/// <summary>A stream that gives a few bytes at a time, as networks do.</summary>
public sealed class SlowStream(byte[] bytes, int most) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
}

/// <summary>The same bytes again and again.</summary>
public sealed class RepeatingStream(byte[] bytes, int times) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => (long)bytes.Length * times;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var at = (int)(_position % bytes.Length);
        var count = (int)Math.Min(Math.Min(buffer.Length, bytes.Length - at), Length - _position);
        bytes.AsSpan(at, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
