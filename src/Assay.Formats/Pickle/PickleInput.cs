using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Assay.Formats;

/// <summary>The machine's view of the bytes: a window on an array, so that the hot path is an index and a compare.</summary>
internal sealed class PickleInput : IDisposable
{
    private const int WindowSize = 128 << 10;

    private readonly ByteSource _source;
    private readonly WorkBudget _budget;
    private readonly byte[] _buffer;
    private readonly bool _rented;
    private readonly int _base;
    private long _start;
    private int _at;
    private int _end;

    public PickleInput(ByteSource source, WorkBudget budget)
    {
        _source = source;
        _budget = budget;
        Length = source.Length;
        if (source.TryGetMemory(out var memory) && MemoryMarshal.TryGetArray(memory, out var segment))
        {
            _buffer = segment.Array!;
            _base = segment.Offset;
            _at = _base;
            _end = _base + segment.Count;
            budget.ChargeRead(segment.Count, 0);
        }
        else
        {
            _rented = true;
            _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(Length, 16, WindowSize));
        }
    }

    public long Length { get; }

    public long Offset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _start + _at - _base;
    }

    public long Remaining => Length - Offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadByte()
    {
        if (_at < _end)
            return _buffer[_at++];
        return Fill(1) ? _buffer[_at++] : -1;
    }

    /// <summary>Makes <paramref name="count"/> bytes available in one span (at most the window) and consumes them; false at the end of the data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(int count, out ReadOnlySpan<byte> span)
    {
        if (_end - _at < count && !Fill(count))
        {
            span = default;
            return false;
        }

        span = _buffer.AsSpan(_at, count);
        _at += count;
        return true;
    }

    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_end - _at < count)
            Fill(count);
        return _buffer.AsSpan(_at, Math.Min(count, _end - _at));
    }

    /// <summary>A line without its feed. A line that the data cuts off loses its last byte, as both unpicklers take it for the feed.</summary>
    public ReadOnlySpan<byte> ReadLine(int max, out bool terminated)
    {
        // Lines are short but for rare long literals: look at little first.
        var span = Peek(256);
        var feed = span.IndexOf((byte)'\n');
        if (feed < 0 && span.Length == 256)
        {
            span = Peek(Math.Min(max, WindowSize));
            feed = span.IndexOf((byte)'\n');
        }

        terminated = feed >= 0;
        var length = terminated ? feed : span.Length;
        _at += length + (terminated ? 1 : 0);
        return terminated || length == 0 ? span[..length] : span[..(length - 1)];
    }

    public bool TrySkip(long count)
    {
        if (count < 0 || count > Remaining)
            return false;
        if (count <= _end - _at)
        {
            _at += (int)count;
        }
        else
        {
            Seek(Offset + count);
        }

        return true;
    }

    public void Seek(long offset)
    {
        if (!_rented)
        {
            _at = _base + (int)Math.Clamp(offset, 0, Length);
            return;
        }

        if (offset >= _start && offset <= _start + _end)
        {
            _at = (int)(offset - _start);
            return;
        }

        _start = Math.Clamp(offset, 0, Length);
        _at = _end = 0;
    }

    public void Dispose()
    {
        if (_rented)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private bool Fill(int need)
    {
        if (!_rented || need > _buffer.Length)
        {
            if (!_rented)
                return _end - _at >= need;
            need = _buffer.Length;
        }

        var keep = _end - _at;
        if (keep > 0)
            Buffer.BlockCopy(_buffer, _at, _buffer, 0, keep);
        _start += _at;
        _at = 0;
        var n = _source.ReadAt(_start + keep, _buffer.AsSpan(keep));
        _end = keep + n;
        _budget.ChargeRead(n, _start);
        return _end >= need;
    }
}
