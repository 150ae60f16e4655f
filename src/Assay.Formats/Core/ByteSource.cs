namespace Assay.Formats;

/// <summary>
/// Random access to the bytes of one artifact: a file, memory, a spooled stream, a member of a container or (later) HTTP ranges.
/// </summary>
/// <remarks>
/// Sources are synchronous: analysis is CPU work over spans, and a source that fetches may block its worker
/// (see <c>docs/decisions/0003-synchronous-readers.md</c>). Instances are not thread-safe.
/// </remarks>
public abstract class ByteSource : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// Fills <paramref name="into"/> from <paramref name="offset"/> and returns the number of bytes written, which is smaller than
    /// asked only at the end of the source (0 at or behind it).
    /// </summary>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    public abstract int ReadAt(long offset, Span<byte> into);

    /// <summary>The bytes themselves where the source is one block of memory, which saves copying; otherwise false.</summary>
    public virtual bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = default;
        return false;
    }

    /// <summary>Releases what the source owns (a handle, a spool); a slice owns nothing.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>See <see cref="Dispose()"/>.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Bytes in memory.</summary>
public sealed class MemoryByteSource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => bytes.Length;

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> into)
    {
        if (offset < 0 || offset >= bytes.Length)
            return 0;
        var n = (int)Math.Min(into.Length, bytes.Length - offset);
        bytes.Span.Slice((int)offset, n).CopyTo(into);
        return n;
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = bytes;
        return true;
    }
}

/// <summary>A part of another source. Owns nothing: the parent must outlive it.</summary>
public sealed class SliceByteSource : ByteSource
{
    private readonly ByteSource _parent;
    private readonly long _start;

    /// <summary>The bytes of <paramref name="parent"/> from <paramref name="start"/>, cut to what the parent holds.</summary>
    public SliceByteSource(ByteSource parent, long start, long length)
    {
        _parent = parent;
        _start = Math.Clamp(start, 0, parent.Length);
        Length = Math.Clamp(length, 0, parent.Length - _start);
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> into)
    {
        if (offset < 0 || offset >= Length)
            return 0;
        var n = (int)Math.Min(into.Length, Length - offset);
        return _parent.ReadAt(_start + offset, into[..n]);
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        if (_parent.TryGetMemory(out memory))
        {
            memory = memory.Slice((int)_start, (int)Length);
            return true;
        }

        return false;
    }
}
