using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Assay.Protocol.Git;

/// <summary>Writes a pack of version 2 whose objects are all whole, none a delta (source: git, <c>gitformat-pack</c>).
/// Nothing is held but a buffer: a pack may be larger than memory.</summary>
public sealed class GitPackWriter : IAsyncDisposable
{
    // The compressor writes nothing at all where nothing was written to it.
    private static readonly byte[] DeflatedNothing = [0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    private readonly HashingStream _output;
    private long _left;
    private bool _began;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where the pack goes; stays open. Only asynchronous writes reach it.</param>
    /// <param name="objects">How many objects the pack will have.</param>
    public GitPackWriter(Stream output, uint objects)
    {
        _output = new HashingStream(output);
        _left = objects;
    }

    /// <summary>Writes an object that is in memory.</summary>
    /// <exception cref="InvalidOperationException">All objects were written already.</exception>
    public async ValueTask WriteAsync(GitObjectType type, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await BeginObjectAsync(type, content.Length, cancellation).ConfigureAwait(false);
        var deflate = new ZLibStream(_output, CompressionLevel.Fastest, leaveOpen: true);
        await using (deflate.ConfigureAwait(false))
            await deflate.WriteAsync(content, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes a blob from a stream.</summary>
    /// <exception cref="InvalidDataException">The stream has fewer or more bytes than its length says.</exception>
    /// <exception cref="InvalidOperationException">All objects were written already.</exception>
    public async ValueTask WriteBlobAsync(GitBlob blob, CancellationToken cancellation)
    {
        await BeginObjectAsync(GitObjectType.Blob, blob.Length, cancellation).ConfigureAwait(false);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var deflate = new ZLibStream(_output, CompressionLevel.Fastest, leaveOpen: true);
            await using (deflate.ConfigureAwait(false))
            {
                var left = blob.Length;
                int read;
                while ((read = await blob.Content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
                {
                    left -= read;
                    if (left < 0)
                        break;
                    await deflate.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                }

                if (left != 0)
                    throw new InvalidDataException("A blob has another length than the one it was announced with.");
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Ends the pack with its checksum.</summary>
    /// <exception cref="InvalidOperationException">Objects are missing.</exception>
    public async ValueTask FinishAsync(CancellationToken cancellation)
    {
        if (_left != 0)
            throw new InvalidOperationException("The pack was announced with more objects.");
        await BeginAsync(cancellation).ConfigureAwait(false);
        await _output.FinishAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _output.DisposeAsync();

    private async ValueTask BeginAsync(CancellationToken cancellation)
    {
        if (_began)
            return;
        _began = true;
        var header = new byte[12];
        "PACK"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), (uint)_left);
        await _output.WriteAsync(header, cancellation).ConfigureAwait(false);
    }

    private async ValueTask BeginObjectAsync(GitObjectType type, long length, CancellationToken cancellation)
    {
        await BeginAsync(cancellation).ConfigureAwait(false);
        if (--_left < 0)
            throw new InvalidOperationException("The pack was announced with fewer objects.");
        var empty = length == 0;
        // Four bits of the length beside the type, then seven a byte, the lowest first.
        var header = new byte[10];
        var n = 0;
        header[0] = (byte)(((int)type << 4) | (int)(length & 15));
        for (length >>= 4; length != 0; length >>= 7)
        {
            header[n] |= 0x80;
            header[++n] = (byte)(length & 0x7f);
        }

        await _output.WriteAsync(header.AsMemory(0, n + 1), cancellation).ConfigureAwait(false);
        if (empty)
            await _output.WriteAsync(DeflatedNothing, cancellation).ConfigureAwait(false);
    }

    private sealed class HashingStream(Stream output) : WriteOnlyStream
    {
#pragma warning disable CA5350 // The format's own checksum, not a protection.
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _hash.AppendData(buffer.Span);
            return output.WriteAsync(buffer, cancellationToken);
        }

        public ValueTask FinishAsync(CancellationToken cancellation) => output.WriteAsync(_hash.GetHashAndReset(), cancellation);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A stream that can only be written, and only asynchronously: what servers allow.</summary>
internal abstract class WriteOnlyStream : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
