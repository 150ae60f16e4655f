using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Assay.Formats;

/// <summary>
/// A forward reader with a window: typed little-endian fields, bounds checks and an offset for every error. Charges the budget for
/// each refill. Dispose returns its window to the pool.
/// </summary>
public sealed class ByteCursor : IDisposable
{
    private const int WindowSize = 64 << 10;

    private readonly ByteSource _source;
    private readonly WorkBudget _budget;
    private readonly byte[]? _rented;
    private readonly ReadOnlyMemory<byte> _memory;
    private long _windowStart;
    private int _windowLength;
    private int _at;

    internal ByteCursor(ByteSource source, WorkBudget budget, long offset)
    {
        _source = source;
        _budget = budget;
        Length = source.Length;
        if (source.TryGetMemory(out _memory))
        {
            _windowLength = _memory.Length;
            _at = (int)Math.Min(offset, _windowLength);
            _budget.ChargeRead(Math.Max(0, _windowLength - offset), offset);
        }
        else
        {
            _rented = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(Length - offset, 16, WindowSize));
            _windowStart = offset;
        }
    }

    /// <summary>Length of the source.</summary>
    public long Length { get; }

    /// <summary>Offset of the next byte.</summary>
    public long Offset
    {
        get => _windowStart + _at;
        set
        {
            if (value >= _windowStart && value <= _windowStart + _windowLength)
            {
                _at = (int)(value - _windowStart);
            }
            else if (_rented is null)
            {
                _at = (int)Math.Clamp(value, 0, _windowLength);
            }
            else
            {
                _windowStart = Math.Clamp(value, 0, Length);
                _windowLength = 0;
                _at = 0;
            }
        }
    }

    /// <summary>Bytes left in the source.</summary>
    public long Remaining => Length - Offset;

    /// <summary>Whether all bytes were consumed.</summary>
    public bool AtEnd => Remaining <= 0;

    private ReadOnlySpan<byte> Window => _rented is null ? _memory.Span : _rented.AsSpan(0, _windowLength);

    /// <summary>The next byte, or -1 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadByteOrEnd()
    {
        if (_at < _windowLength)
            return Window[_at++];
        return Fill(1) ? Window[_at++] : -1;
    }

    /// <summary>The next byte.</summary>
    public byte ReadByte()
    {
        if (_at >= _windowLength && !Fill(1))
            Malformed.Truncated(Offset, "the data ends where a byte is needed");
        return Window[_at++];
    }

    /// <summary>The next <paramref name="count"/> bytes in one span, valid until the next read; at most 64 KiB.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (_windowLength - _at < count && !Fill(count))
            Malformed.Truncated(Offset, $"the data ends where {count} bytes are needed");
        var span = Window.Slice(_at, count);
        _at += count;
        return span;
    }

    /// <summary>Up to <paramref name="count"/> bytes without consuming them; shorter at the end of the source.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_windowLength - _at < count)
            Fill((int)Math.Min(count, Math.Max(0, Remaining)));
        return Window.Slice(_at, Math.Min(count, _windowLength - _at));
    }

    /// <summary>Bytes up to and without the next line feed, which is consumed; valid until the next read.</summary>
    /// <exception cref="MalformedArtifactException">No line feed within <paramref name="max"/> bytes.</exception>
    public ReadOnlySpan<byte> ReadLine(int max, out bool terminated)
    {
        var span = Peek(max);
        var end = span.IndexOf((byte)'\n');
        terminated = end >= 0;
        if (!terminated)
            end = span.Length;
        _at += end + (terminated ? 1 : 0);
        return span[..end];
    }

    /// <summary>A little-endian u16.</summary>
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2));

    /// <summary>A little-endian u32.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4));

    /// <summary>A little-endian i32.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4));

    /// <summary>A little-endian u64.</summary>
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8));

    /// <summary>Moves on without reading.</summary>
    /// <exception cref="MalformedArtifactException">Fewer bytes are left.</exception>
    public void Skip(long count)
    {
        if (count < 0 || count > Remaining)
            Malformed.Truncated(Offset, $"{count} bytes are declared and {Math.Max(0, Remaining)} are left");
        Offset += count;
    }

    /// <summary>Returns the window to the pool.</summary>
    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _windowLength = 0;
    }

    private bool Fill(int need)
    {
        if (_rented is null)
            return _windowLength - _at >= need;
        if (need > _rented.Length)
            return Length - Offset >= need && need <= WindowSize ? throw new InvalidOperationException("window too small") : false;
        var keep = _windowLength - _at;
        if (keep > 0)
            Array.Copy(_rented, _at, _rented, 0, keep);
        _windowStart += _at;
        _at = 0;
        var n = _source.ReadAt(_windowStart + keep, _rented.AsSpan(keep));
        _windowLength = keep + n;
        _budget.ChargeRead(n, _windowStart);
        return _windowLength >= need;
    }
}
