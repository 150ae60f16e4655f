using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Assay.Formats;

/// <summary>What came of inflating one deflate stream.</summary>
/// <param name="Consumed">Bytes of the source that the stream takes, to the byte: what follows is not part of it.</param>
/// <param name="Produced">Bytes that came out.</param>
/// <param name="Crc">CRC-32 of what came out.</param>
/// <param name="Adler">Adler-32 of what came out (RFC 1950).</param>
/// <param name="Ended">True when the final block was complete; false when <paramref name="Damage"/> or the wanted length ended it.</param>
/// <param name="Damage">Why it stopped early: damage, the end of the data, or a limit.</param>
public readonly record struct Inflation(long Consumed, long Produced, uint Crc, uint Adler, bool Ended, Malformation? Damage);

/// <summary>
/// Inflates deflate streams (RFC 1951) within the budget. Unlike the framework's stream it tells where the compressed data ends,
/// says that data was cut off, and keeps what came out before damage: all three are what hostile files play with.
/// </summary>
public static class Inflater
{
    /// <summary>Inflates the stream at <paramref name="offset"/>.</summary>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="offset">Offset of the first one.</param>
    /// <param name="length">Bytes that the stream may take.</param>
    /// <param name="into">Where the output goes; null to look only.</param>
    /// <param name="budget">Charged for each buffer read and each buffer produced.</param>
    /// <param name="wanted">Stops once this much was produced.</param>
    public static Inflation Inflate(
        ByteSource source, long offset, long length, Spool? into, WorkBudget budget, long wanted = long.MaxValue)
    {
        using var decoder = new DeflateDecoder(source, offset, length, into, budget, wanted);
        return decoder.Run();
    }

    /// <summary>Whether a deflate stream that decodes without error for its first kilobytes starts at <paramref name="offset"/>.</summary>
    public static bool Plausible(ByteSource source, long offset, long length, WorkBudget budget)
    {
        var trial = Inflate(source, offset, length, null, budget, wanted: 4096);
        return trial.Damage is null && trial.Produced > 0;
    }

    /// <summary>As <see cref="Plausible(ByteSource, long, long, WorkBudget)"/>, for a head in memory that may be cut off.</summary>
    public static bool PlausibleHead(ReadOnlySpan<byte> head, bool whole)
    {
        // A private budget: recognition is bounded by the head and has none of its own.
        var trial = Inflate(new MemoryByteSource(head.ToArray()), 0, head.Length, null, new WorkBudget(new WorkLimits()), wanted: 4096);
        return trial.Damage is null ? trial.Produced > 0 || trial.Ended
            : !whole && trial.Damage.Kind == MalformationKind.Truncated && trial.Produced > 0;
    }
}

/// <summary>One run over one deflate stream. Bits are taken from a 64-bit reservoir; the output keeps a window of 32 KiB for distances.</summary>
internal sealed class DeflateDecoder : IDisposable
{
    private const int WindowSize = 32 << 10;
    private const int OutputSize = WindowSize + (96 << 10);
    private const int FastBits = 10;
    private const int MaxMatch = 258;

    private static readonly ushort[] LengthBase =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly byte[] LengthExtra =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static readonly ushort[] DistanceBase =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
         12289, 16385, 24577];

    private static readonly byte[] DistanceExtra =
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static readonly HuffmanTable FixedLiterals = MakeFixed(literals: true);
    private static readonly HuffmanTable FixedDistances = MakeFixed(literals: false);

    private readonly ByteSource _source;
    private readonly Spool? _into;
    private readonly WorkBudget _budget;
    private readonly long _start;
    private readonly long _end;
    private readonly long _wanted;
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(32 << 10);
    private readonly byte[] _output = ArrayPool<byte>.Shared.Rent(OutputSize);
    private readonly HuffmanTable _literals = new(288);
    private readonly HuffmanTable _distances = new(32);
    private readonly HuffmanTable _codeLengths = new(19);
    private long _fetched;
    private int _inputAt;
    private int _inputLength;
    private ulong _bits;
    private int _bitCount;
    private int _missingBits;
    private int _at;
    private int _flushed;
    private long _produced;
    private uint _crc;
    private uint _adler = 1;

    internal DeflateDecoder(ByteSource source, long offset, long length, Spool? into, WorkBudget budget, long wanted)
    {
        _source = source;
        _into = into;
        _budget = budget;
        _wanted = wanted;
        _start = Math.Clamp(offset, 0, source.Length);
        _end = _start + Math.Clamp(length, 0, source.Length - _start);
        _fetched = _start;
    }

    /// <summary>Bytes taken so far, counting a started byte.</summary>
    private long Consumed => _fetched - _start - (_inputLength - _inputAt) - (Math.Max(0, _bitCount - _missingBits) >> 3);

    private long Position => _start + Consumed;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_input);
        ArrayPool<byte>.Shared.Return(_output);
    }

    internal Inflation Run()
    {
        Malformation? damage = null;
        var ended = false;
        try
        {
            ended = ReadBlocks();
            Flush();
        }
        catch (MalformedArtifactException e)
        {
            damage = e.Malformation;
            try
            {
                Flush();
            }
            catch (MalformedArtifactException limit)
            {
                damage = limit.Malformation;
            }
        }

        return new Inflation(Math.Min(Consumed, _end - _start), _produced, _crc, _adler, ended, damage);
    }

    private bool ReadBlocks()
    {
        while (true)
        {
            var last = Take(1) == 1;
            switch (Take(2))
            {
                case 0:
                    CopyStored();
                    break;
                case 1:
                    Decode(FixedLiterals, FixedDistances);
                    break;
                case 2:
                    ReadTables();
                    Decode(_literals, _distances);
                    break;
                default:
                    Malformed.Invalid(Position, "a deflate block has the reserved type 3");
                    break;
            }

            if (_produced + _at - _flushed >= _wanted)
                return false;
            if (last)
                return true;
        }
    }

    private void CopyStored()
    {
        var drop = _bitCount & 7;
        _bits >>= drop;
        _bitCount -= drop;
        var length = Take(16);
        var inverse = Take(16);
        if ((length ^ inverse) != 0xFFFF)
            Malformed.Invalid(Position, "the two lengths of a stored deflate block contradict each other");
        // What the reservoir holds are whole bytes now; they come first.
        while (length > 0 && _bitCount > 0)
        {
            Put((byte)Take(8));
            length--;
        }

        while (length > 0)
        {
            if (_inputAt == _inputLength && !Fetch())
                Malformed.Truncated(_end, "the compressed data ends inside a stored block");
            var n = Math.Min(Math.Min((int)length, _inputLength - _inputAt), OutputSize - _at);
            if (n == 0)
            {
                Slide();
                continue;
            }

            _input.AsSpan(_inputAt, n).CopyTo(_output.AsSpan(_at));
            _inputAt += n;
            _at += n;
            length -= (uint)n;
        }

        if (_at > OutputSize - MaxMatch)
            Slide();
    }

    private void ReadTables()
    {
        _budget.ChargeElements(1, Position);
        var literalCount = (int)Take(5) + 257;
        var distanceCount = (int)Take(5) + 1;
        var lengthCount = (int)Take(4) + 4;
        Span<byte> lengths = stackalloc byte[320];
        lengths.Clear();
        for (var i = 0; i < lengthCount; i++)
            lengths[CodeLengthOrder[i]] = (byte)Take(3);
        if (!_codeLengths.Build(lengths[..19], complete: true))
            Malformed.Invalid(Position, "the code lengths of a deflate block form no code");
        lengths.Clear();
        var total = literalCount + distanceCount;
        for (var i = 0; i < total;)
        {
            var symbol = Symbol(_codeLengths);
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            byte value = 0;
            int repeat;
            switch (symbol)
            {
                case 16:
                    if (i == 0)
                        Malformed.Invalid(Position, "a deflate block repeats a length before the first one");
                    value = lengths[i - 1];
                    repeat = 3 + (int)Take(2);
                    break;
                case 17:
                    repeat = 3 + (int)Take(3);
                    break;
                default:
                    repeat = 11 + (int)Take(7);
                    break;
            }

            if (i + repeat > total)
                Malformed.Invalid(Position, "a deflate block repeats a length beyond its tables");
            lengths.Slice(i, repeat).Fill(value);
            i += repeat;
        }

        if (literalCount > 286 || lengths[256] == 0)
            Malformed.Invalid(Position, "a deflate block has no end-of-block code");
        if (!_literals.Build(lengths[..literalCount], complete: false) || !_distances.Build(lengths[literalCount..total], complete: false))
            Malformed.Invalid(Position, "the codes of a deflate block are over-subscribed or incomplete");
    }

    private void Decode(HuffmanTable literals, HuffmanTable distances)
    {
        var output = _output;
        while (true)
        {
            var symbol = Symbol(literals);
            if (symbol < 256)
            {
                output[_at++] = (byte)symbol;
                if (_at >= OutputSize - MaxMatch && SlideEnough())
                    return;
                continue;
            }

            if (symbol == 256)
                return;
            symbol -= 257;
            if (symbol >= LengthBase.Length)
                Malformed.Invalid(Position, "a deflate block uses a reserved length code");
            var length = LengthBase[symbol] + (int)Take(LengthExtra[symbol]);
            var code = Symbol(distances);
            if (code >= DistanceBase.Length)
                Malformed.Invalid(Position, "a deflate block uses a reserved distance code");
            var distance = DistanceBase[code] + (int)Take(DistanceExtra[code]);
            if (distance > _at)
                Malformed.Invalid(Position, "a deflate distance points before the start of the data");
            var from = _at - distance;
            if (distance >= length)
            {
                output.AsSpan(from, length).CopyTo(output.AsSpan(_at));
                _at += length;
            }
            else
            {
                for (var i = 0; i < length; i++)
                    output[_at++] = output[from++];
            }

            if (_at >= OutputSize - MaxMatch && SlideEnough())
                return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Symbol(HuffmanTable table)
    {
        if (_bitCount < 48)
            Refill();
        int entry = table.Fast[(int)(_bits & ((1 << FastBits) - 1))];
        if (entry == 0)
            entry = table.Slow(_bits);
        var length = entry & 15;
        if (length == 0)
            Malformed.Invalid(Position, "the compressed data holds a code that is not in its table");
        _bits >>= length;
        _bitCount -= length;
        if (_bitCount < _missingBits)
            Malformed.Truncated(_end, "the compressed data ends before its final block does");
        return entry >> 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Take(int count)
    {
        if (_bitCount < count)
            Refill();
        var value = (uint)(_bits & ((1UL << count) - 1));
        _bits >>= count;
        _bitCount -= count;
        if (_bitCount < _missingBits)
            Malformed.Truncated(_end, "the compressed data ends before its final block does");
        return value;
    }

    private void Put(byte value)
    {
        _output[_at++] = value;
        if (_at >= OutputSize - MaxMatch)
            Slide();
    }

    private void Refill()
    {
        if (_inputLength - _inputAt >= 8)
        {
            // As many whole bytes as fit are taken; the bits above stay zero.
            var take = (63 - _bitCount) >> 3;
            var word = BinaryPrimitives.ReadUInt64LittleEndian(_input.AsSpan(_inputAt));
            if (take < 8)
                word &= (1UL << (take * 8)) - 1;
            _bits |= word << _bitCount;
            _bitCount += take * 8;
            _inputAt += take;
            return;
        }

        while (_bitCount <= 55)
        {
            if (_inputAt < _inputLength || Fetch())
                _bits |= (ulong)_input[_inputAt++] << _bitCount;
            else
                _missingBits += 8;
            _bitCount += 8;
        }
    }

    private bool Fetch()
    {
        var want = (int)Math.Min(_input.Length, _end - _fetched);
        if (want <= 0)
            return false;
        var n = _source.ReadAt(_fetched, _input.AsSpan(0, want));
        if (n <= 0)
            return false;
        _budget.ChargeRead(n, _fetched);
        _fetched += n;
        _inputAt = 0;
        _inputLength = n;
        return true;
    }

    private bool SlideEnough()
    {
        Slide();
        return _produced >= _wanted;
    }

    private void Slide()
    {
        Flush();
        _output.AsSpan(_at - WindowSize, WindowSize).CopyTo(_output);
        _at = WindowSize;
        _flushed = WindowSize;
    }

    private void Flush()
    {
        var fresh = _output.AsSpan(_flushed, _at - _flushed);
        if (fresh.IsEmpty)
            return;
        _flushed = _at;
        _produced += fresh.Length;
        _crc = Crc32.Append(_crc, fresh);
        _adler = AppendAdler(_adler, fresh);
        _into?.Write(fresh);
        _budget.ChargeInflated(fresh.Length, _produced, Consumed, Position);
    }

    private static uint AppendAdler(uint adler, ReadOnlySpan<byte> data)
    {
        uint a = adler & 0xFFFF, b = adler >> 16;
        while (!data.IsEmpty)
        {
            // 5552 is the most that fits in 32 bits before the modulus (RFC 1950, as zlib does).
            var part = data[..Math.Min(5552, data.Length)];
            foreach (var value in part)
            {
                a += value;
                b += a;
            }

            a %= 65521;
            b %= 65521;
            data = data[part.Length..];
        }

        return (b << 16) | a;
    }

    private static HuffmanTable MakeFixed(bool literals)
    {
        Span<byte> lengths = stackalloc byte[288];
        if (literals)
        {
            lengths[..144].Fill(8);
            lengths[144..256].Fill(9);
            lengths[256..280].Fill(7);
            lengths[280..].Fill(8);
        }
        else
        {
            lengths = lengths[..32];
            lengths.Fill(5);
        }

        var table = new HuffmanTable(lengths.Length);
        table.Build(lengths, complete: true);
        return table;
    }

    /// <summary>A canonical code: a table for codes of up to ten bits, counting for longer ones (RFC 1951, 3.2.2).</summary>
    private sealed class HuffmanTable(int symbols)
    {
        private readonly ushort[] _sorted = new ushort[symbols];
        private readonly ushort[] _counts = new ushort[16];

        /// <summary>Symbol shifted by four, with the length of its code; 0 where the code is longer or absent.</summary>
        internal ushort[] Fast { get; } = new ushort[1 << FastBits];

        /// <summary>Builds the code. An incomplete one is allowed only as zlib allows it: a single code of one bit, or none.</summary>
        internal bool Build(ReadOnlySpan<byte> lengths, bool complete)
        {
            Span<ushort> offsets = stackalloc ushort[16];
            Span<ushort> next = stackalloc ushort[16];
            _counts.AsSpan().Clear();
            foreach (var length in lengths)
                _counts[length]++;
            var used = lengths.Length - _counts[0];
            _counts[0] = 0;
            var left = 1;
            for (var length = 1; length < 16; length++)
            {
                left = (left << 1) - _counts[length];
                if (left < 0)
                    return false;
            }

            if (left > 0 && (complete || used > 1 || (used == 1 && _counts[1] != 1)))
                return false;
            var code = 0;
            offsets[1] = 0;
            for (var length = 1; length < 16; length++)
            {
                code = (code + _counts[length - 1]) << 1;
                next[length] = (ushort)code;
                if (length < 15)
                    offsets[length + 1] = (ushort)(offsets[length] + _counts[length]);
            }

            Fast.AsSpan().Clear();
            for (var symbol = 0; symbol < lengths.Length; symbol++)
            {
                var length = lengths[symbol];
                if (length == 0)
                    continue;
                _sorted[offsets[length]++] = (ushort)symbol;
                var value = next[length]++;
                if (length > FastBits)
                    continue;
                var reversed = Reverse(value, length);
                var entry = (ushort)((symbol << 4) | length);
                for (var at = reversed; at < 1 << FastBits; at += 1 << length)
                    Fast[at] = entry;
            }

            return true;
        }

        /// <summary>Decodes bit by bit; 0 when no code matches.</summary>
        internal int Slow(ulong bits)
        {
            int code = 0, first = 0, index = 0;
            for (var length = 1; length < 16; length++)
            {
                code |= (int)(bits & 1);
                bits >>= 1;
                var count = _counts[length];
                if (code - count < first)
                    return (_sorted[index + code - first] << 4) | length;
                index += count;
                first = (first + count) << 1;
                code <<= 1;
            }

            return 0;
        }

        private static int Reverse(int value, int length)
        {
            var result = 0;
            for (var i = 0; i < length; i++)
            {
                result = (result << 1) | (value & 1);
                value >>= 1;
            }

            return result;
        }
    }
}
