using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Assay.Protocol.Xet;

/// <summary>
/// BLAKE3 with 32 bytes of output, plain and keyed (source: the BLAKE3 paper, sections 2 and 5). Several chunks of 1024 bytes are
/// hashed at once: eight with AVX2, four with other 128-bit vectors, one without. An instance hashes what is appended; the static methods hash what
/// is at hand without allocating up to 128 KiB. Not safe for use from several threads at once.
/// </summary>
public sealed class Blake3
{
    /// <summary>Length of a hash and of a key in bytes.</summary>
    public const int HashBytes = 32;

    private const int ChunkBytes = 1024;
    private const int BlockBytes = 64;
    private const int Words = 8;

    // One call reduces at most so many chunks, so that their chaining values fit on the stack: 128 KiB of input, 4 KiB of values.
    private const int MaxSubtree = 128;

    // 2^54 chunks are 2^64 bytes; one more, since merging is delayed.
    private const int MaxDepth = 55;

    private const uint ChunkStart = 1;
    private const uint ChunkEnd = 2;
    private const uint Parent = 4;
    private const uint Root = 8;
    private const uint Keyed = 16;

    private readonly uint[] _key;
    private readonly uint _flags;
    private readonly uint[] _stack = new uint[MaxDepth * Words];
    private readonly byte[] _buffer = new byte[ChunkBytes];
    private int _depth;
    private int _buffered;
    private ulong _chunks;

    /// <summary>Starts a plain hash.</summary>
    public Blake3()
        : this(Iv, 0)
    {
    }

    /// <summary>Starts a keyed hash.</summary>
    /// <param name="key">32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public Blake3(ReadOnlySpan<byte> key)
    {
        _key = new uint[Words];
        ReadKey(key, _key);
        _flags = Keyed;
    }

    private Blake3(ReadOnlySpan<uint> key, uint flags)
    {
        _key = key.ToArray();
        _flags = flags;
    }

    /// <summary>How many chunks this machine hashes at once.</summary>
    internal static int Width { get; } = !BitConverter.IsLittleEndian ? 1 : Avx2.IsSupported ? Eight.Count : Vector128.IsHardwareAccelerated ? Four.Count : 1;

    private static ReadOnlySpan<uint> Iv => [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    // Which message word each half-step of the seven rounds takes: the permutation applied again and again.
    private static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8,
        3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1,
        10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6,
        12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4,
        9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7,
        11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13,
    ];

    /// <summary>The plain hash of bytes.</summary>
    /// <param name="data">What to hash.</param>
    /// <param name="destination">Receives 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination) => HashWhole(Iv, 0, data, destination, Width);

    /// <summary>The keyed hash of bytes.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="data">What to hash.</param>
    /// <param name="destination">Receives 32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static void HashKeyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> destination) => HashKeyed(key, data, destination, Width);

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (_buffered > 0)
        {
            var taken = Math.Min(ChunkBytes - _buffered, data.Length);
            data[..taken].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += taken;
            data = data[taken..];
            if (data.IsEmpty)
                return;
            Span<uint> value = stackalloc uint[Words];
            HashChunk(_buffer, _key, _chunks, _flags, value);
            Push(value, _chunks++);
            _buffered = 0;
        }

        Span<uint> values = stackalloc uint[MaxSubtree * Words];
        while (data.Length > ChunkBytes)
        {
            // The largest complete subtree that starts here. It is reduced to its two halves and not to one, as it may turn out to be the whole.
            var chunks = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(MaxSubtree, data.Length / ChunkBytes) + 1) / 2;
            while ((_chunks & ((ulong)chunks - 1)) != 0)
                chunks /= 2;
            HashChunks(data[..(chunks * ChunkBytes)], _key, _chunks, _flags, values, Width);
            if (chunks == 1)
            {
                Push(values[..Words], _chunks);
            }
            else
            {
                for (var count = chunks; count > 2; count /= 2)
                    HashParents(values, count / 2, _key, _flags, Width);
                Push(values[..Words], _chunks);
                Push(values.Slice(Words, Words), _chunks + (ulong)(chunks / 2));
            }

            _chunks += (ulong)chunks;
            data = data[(chunks * ChunkBytes)..];
        }

        data.CopyTo(_buffer);
        _buffered = data.Length;
    }

    /// <summary>The hash of what was appended. The instance is then as new and can hash again with the same key.</summary>
    /// <param name="destination">Receives 32 bytes.</param>
    public void Finish(Span<byte> destination)
    {
        Span<uint> pair = stackalloc uint[2 * Words];
        var value = pair[Words..];
        if (_chunks == 0)
        {
            HashChunk(_buffer.AsSpan(0, _buffered), _key, 0, _flags, value, Root);
        }
        else
        {
            if (_buffered > 0)
            {
                Merge(_chunks);
                HashChunk(_buffer.AsSpan(0, _buffered), _key, _chunks, _flags, value);
            }
            else
            {
                _depth--;
                _stack.AsSpan(_depth * Words, Words).CopyTo(value);
            }

            while (_depth > 0)
            {
                _depth--;
                _stack.AsSpan(_depth * Words, Words).CopyTo(pair);
                HashParent(pair, _key, _flags | (_depth == 0 ? Root : 0), value);
            }
        }

        Write(value, destination);
        _depth = 0;
        _buffered = 0;
        _chunks = 0;
    }

    /// <summary>As <see cref="HashKeyed(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/>, with a given number of chunks at once.</summary>
    internal static void HashKeyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> destination, int width)
    {
        Span<uint> words = stackalloc uint[Words];
        ReadKey(key, words);
        HashWhole(words, Keyed, data, destination, width);
    }

    /// <summary>As <see cref="Hash(ReadOnlySpan{byte}, Span{byte})"/>, with a given number of chunks at once.</summary>
    internal static void Hash(ReadOnlySpan<byte> data, Span<byte> destination, int width) => HashWhole(Iv, 0, data, destination, width);

    private static void HashWhole(ReadOnlySpan<uint> key, uint flags, ReadOnlySpan<byte> data, Span<byte> destination, int width)
    {
        if (data.Length <= ChunkBytes)
        {
            Span<uint> value = stackalloc uint[Words];
            HashChunk(data, key, 0, flags, value, Root);
            Write(value, destination);
        }
        else if (data.Length <= MaxSubtree * ChunkBytes)
        {
            HashTree(key, flags, data, destination, width);
        }
        else
        {
            var hash = new Blake3(key, flags);
            hash.Append(data);
            hash.Finish(destination);
        }
    }

    private static void HashTree(ReadOnlySpan<uint> key, uint flags, ReadOnlySpan<byte> data, Span<byte> destination, int width)
    {
        Span<uint> values = stackalloc uint[MaxSubtree * Words];
        var count = data.Length / ChunkBytes;
        var rest = data[(count * ChunkBytes)..];
        HashChunks(data[..(count * ChunkBytes)], key, 0, flags, values, width);
        if (!rest.IsEmpty)
        {
            HashChunk(rest, key, (ulong)count, flags, values[(count * Words)..]);
            count++;
        }

        // Pairing from the left and carrying an odd one up gives the tree whose left parts are the largest powers of two.
        while (count > 2)
        {
            HashParents(values, count / 2, key, flags, width);
            if (count % 2 != 0)
                values.Slice((count - 1) * Words, Words).CopyTo(values[(count / 2 * Words)..]);
            count = (count + 1) / 2;
        }

        HashParent(values, key, flags | Root, values);
        Write(values, destination);
    }

    private static void ReadKey(ReadOnlySpan<byte> key, Span<uint> words)
    {
        if (key.Length != HashBytes)
            throw new ArgumentException("A key of BLAKE3 has 32 bytes.", nameof(key));
        for (var i = 0; i < Words; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(i * 4)..]);
    }

    private static void Write(ReadOnlySpan<uint> value, Span<byte> destination)
    {
        for (var i = 0; i < Words; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * 4)..], value[i]);
    }

    private void Push(ReadOnlySpan<uint> value, ulong chunksBefore)
    {
        Merge(chunksBefore);
        value.CopyTo(_stack.AsSpan(_depth * Words));
        _depth++;
    }

    // Subtrees are joined only when more input is known to follow, so that the root is still open at the end.
    private void Merge(ulong chunksBefore)
    {
        while (_depth > BitOperations.PopCount(chunksBefore))
        {
            var left = _stack.AsSpan((_depth - 2) * Words, 2 * Words);
            HashParent(left, _key, _flags, left);
            _depth--;
        }
    }

    private static void HashParent(ReadOnlySpan<uint> pair, ReadOnlySpan<uint> key, uint flags, Span<uint> value)
    {
        Span<uint> message = stackalloc uint[2 * Words];
        pair[..(2 * Words)].CopyTo(message);
        key.CopyTo(value);
        Compress(value, message, BlockBytes, 0, flags | Parent);
    }

    private static void HashChunk(ReadOnlySpan<byte> chunk, ReadOnlySpan<uint> key, ulong counter, uint flags, Span<uint> value, uint lastFlags = 0)
    {
        Span<uint> message = stackalloc uint[2 * Words];
        var bytes = MemoryMarshal.AsBytes(message);
        key.CopyTo(value);
        var start = ChunkStart;
        do
        {
            var length = Math.Min(BlockBytes, chunk.Length);
            bytes.Clear();
            chunk[..length].CopyTo(bytes);
            if (!BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(message, message);
            chunk = chunk[length..];
            Compress(value, message, (uint)length, counter, flags | start | (chunk.IsEmpty ? ChunkEnd | lastFlags : 0));
            start = 0;
        }
        while (!chunk.IsEmpty);
    }

    // Chaining values of whole chunks.
    private static void HashChunks(ReadOnlySpan<byte> data, ReadOnlySpan<uint> key, ulong counter, uint flags, Span<uint> values, int width)
    {
        var count = data.Length / ChunkBytes;
        for (var done = 0; done < count;)
        {
            var lanes = Math.Min(width, count - done);
            var from = data.Slice(done * ChunkBytes, lanes * ChunkBytes);
            var into = values.Slice(done * Words, lanes * Words);
            if (lanes == 1)
                HashChunk(from, key, counter + (ulong)done, flags, into);
            else if (width == Eight.Count)
                CompressLanes<Eight, Vector256<uint>>(from, ChunkBytes, lanes, key, counter + (ulong)done, 1, flags, ChunkStart, ChunkEnd, into);
            else
                CompressLanes<Four, Vector128<uint>>(from, ChunkBytes, lanes, key, counter + (ulong)done, 1, flags, ChunkStart, ChunkEnd, into);
            done += lanes;
        }
    }

    // Pairs of values become their parents, in place: what is written lies before what is still to be read.
    private static void HashParents(Span<uint> values, int count, ReadOnlySpan<uint> key, uint flags, int width)
    {
        for (var done = 0; done < count;)
        {
            var lanes = Math.Min(width, count - done);
            var from = values.Slice(done * 2 * Words, lanes * 2 * Words);
            var into = values.Slice(done * Words, lanes * Words);
            if (lanes == 1)
                HashParent(from, key, flags, into);
            else if (width == Eight.Count)
                CompressLanes<Eight, Vector256<uint>>(MemoryMarshal.AsBytes(from), BlockBytes, lanes, key, 0, 0, flags | Parent, 0, 0, into);
            else
                CompressLanes<Four, Vector128<uint>>(MemoryMarshal.AsBytes(from), BlockBytes, lanes, key, 0, 0, flags | Parent, 0, 0, into);
            done += lanes;
        }
    }

    private static void Compress(Span<uint> value, ReadOnlySpan<uint> message, uint length, ulong counter, uint flags)
    {
        uint v0 = value[0], v1 = value[1], v2 = value[2], v3 = value[3], v4 = value[4], v5 = value[5], v6 = value[6], v7 = value[7];
        uint v8 = Iv[0], v9 = Iv[1], v10 = Iv[2], v11 = Iv[3], v12 = (uint)counter, v13 = (uint)(counter >> 32), v14 = length, v15 = flags;
        for (var round = 0; round < 7; round++)
        {
            var order = Schedule.Slice(round * 16, 16);
            Mix(ref v0, ref v4, ref v8, ref v12, message[order[0]], message[order[1]]);
            Mix(ref v1, ref v5, ref v9, ref v13, message[order[2]], message[order[3]]);
            Mix(ref v2, ref v6, ref v10, ref v14, message[order[4]], message[order[5]]);
            Mix(ref v3, ref v7, ref v11, ref v15, message[order[6]], message[order[7]]);
            Mix(ref v0, ref v5, ref v10, ref v15, message[order[8]], message[order[9]]);
            Mix(ref v1, ref v6, ref v11, ref v12, message[order[10]], message[order[11]]);
            Mix(ref v2, ref v7, ref v8, ref v13, message[order[12]], message[order[13]]);
            Mix(ref v3, ref v4, ref v9, ref v14, message[order[14]], message[order[15]]);
        }

        value[0] = v0 ^ v8;
        value[1] = v1 ^ v9;
        value[2] = v2 ^ v10;
        value[3] = v3 ^ v11;
        value[4] = v4 ^ v12;
        value[5] = v5 ^ v13;
        value[6] = v6 ^ v14;
        value[7] = v7 ^ v15;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref uint a, ref uint b, ref uint c, ref uint d, uint x, uint y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 12);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 8);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 7);
    }

    // The same steps on several inputs at once, each in its own lane. Lanes without input repeat the last one.
    private static void CompressLanes<TLanes, TVector>(
        ReadOnlySpan<byte> data, int stride, int lanes, ReadOnlySpan<uint> key, ulong counter, uint counterStep, uint flags, uint firstFlags, uint lastFlags, Span<uint> values)
        where TLanes : ILanes<TVector>
        where TVector : unmanaged
    {
        if (data.Length != lanes * stride || key.Length != Words || values.Length != lanes * Words)
            throw new ArgumentException("The lanes do not fit the input.", nameof(data));
        Span<TVector> message = stackalloc TVector[16];
        Span<TVector> value = stackalloc TVector[Words];
        Span<int> offsets = stackalloc int[TLanes.Width];
        Span<uint> low = stackalloc uint[TLanes.Width];
        Span<uint> high = stackalloc uint[TLanes.Width];
        for (var lane = 0; lane < TLanes.Width; lane++)
        {
            offsets[lane] = Math.Min(lane, lanes - 1) * stride;
            var number = counter + ((uint)lane * counterStep);
            low[lane] = (uint)number;
            high[lane] = (uint)(number >> 32);
        }

        for (var i = 0; i < Words; i++)
            value[i] = TLanes.Broadcast(key[i]);
        var counterLow = TLanes.Load(low);
        var counterHigh = TLanes.Load(high);
        for (var at = 0; at < stride; at += BlockBytes)
        {
            TLanes.LoadTransposed(data[at..], offsets, message);
            var blockFlags = flags | (at == 0 ? firstFlags : 0) | (at == stride - BlockBytes ? lastFlags : 0);
            TVector v0 = value[0], v1 = value[1], v2 = value[2], v3 = value[3], v4 = value[4], v5 = value[5], v6 = value[6], v7 = value[7];
            TVector v8 = TLanes.Broadcast(Iv[0]), v9 = TLanes.Broadcast(Iv[1]), v10 = TLanes.Broadcast(Iv[2]), v11 = TLanes.Broadcast(Iv[3]);
            TVector v12 = counterLow, v13 = counterHigh, v14 = TLanes.Broadcast(BlockBytes), v15 = TLanes.Broadcast(blockFlags);
            ref var m = ref MemoryMarshal.GetReference(message);
            ref var order = ref MemoryMarshal.GetReference(Schedule);
            for (var round = 0; round < 7; round++)
            {
                Mix<TLanes, TVector>(ref v0, ref v4, ref v8, ref v12, Unsafe.Add(ref m, order), Unsafe.Add(ref m, Unsafe.Add(ref order, 1)));
                Mix<TLanes, TVector>(ref v1, ref v5, ref v9, ref v13, Unsafe.Add(ref m, Unsafe.Add(ref order, 2)), Unsafe.Add(ref m, Unsafe.Add(ref order, 3)));
                Mix<TLanes, TVector>(ref v2, ref v6, ref v10, ref v14, Unsafe.Add(ref m, Unsafe.Add(ref order, 4)), Unsafe.Add(ref m, Unsafe.Add(ref order, 5)));
                Mix<TLanes, TVector>(ref v3, ref v7, ref v11, ref v15, Unsafe.Add(ref m, Unsafe.Add(ref order, 6)), Unsafe.Add(ref m, Unsafe.Add(ref order, 7)));
                Mix<TLanes, TVector>(ref v0, ref v5, ref v10, ref v15, Unsafe.Add(ref m, Unsafe.Add(ref order, 8)), Unsafe.Add(ref m, Unsafe.Add(ref order, 9)));
                Mix<TLanes, TVector>(ref v1, ref v6, ref v11, ref v12, Unsafe.Add(ref m, Unsafe.Add(ref order, 10)), Unsafe.Add(ref m, Unsafe.Add(ref order, 11)));
                Mix<TLanes, TVector>(ref v2, ref v7, ref v8, ref v13, Unsafe.Add(ref m, Unsafe.Add(ref order, 12)), Unsafe.Add(ref m, Unsafe.Add(ref order, 13)));
                Mix<TLanes, TVector>(ref v3, ref v4, ref v9, ref v14, Unsafe.Add(ref m, Unsafe.Add(ref order, 14)), Unsafe.Add(ref m, Unsafe.Add(ref order, 15)));
                order = ref Unsafe.Add(ref order, 16);
            }

            value[0] = TLanes.Xor(v0, v8);
            value[1] = TLanes.Xor(v1, v9);
            value[2] = TLanes.Xor(v2, v10);
            value[3] = TLanes.Xor(v3, v11);
            value[4] = TLanes.Xor(v4, v12);
            value[5] = TLanes.Xor(v5, v13);
            value[6] = TLanes.Xor(v6, v14);
            value[7] = TLanes.Xor(v7, v15);
        }

        var words = MemoryMarshal.Cast<TVector, uint>(value);
        for (var lane = 0; lane < lanes; lane++)
        {
            for (var i = 0; i < Words; i++)
                values[(lane * Words) + i] = words[(i * TLanes.Width) + lane];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix<TLanes, TVector>(ref TVector a, ref TVector b, ref TVector c, ref TVector d, TVector x, TVector y)
        where TLanes : ILanes<TVector>
        where TVector : unmanaged
    {
        a = TLanes.Add(TLanes.Add(a, b), x);
        d = TLanes.RotateRight16(TLanes.Xor(d, a));
        c = TLanes.Add(c, d);
        b = TLanes.RotateRight12(TLanes.Xor(b, c));
        a = TLanes.Add(TLanes.Add(a, b), y);
        d = TLanes.RotateRight8(TLanes.Xor(d, a));
        c = TLanes.Add(c, d);
        b = TLanes.RotateRight7(TLanes.Xor(b, c));
    }

    /// <summary>32-bit arithmetic on all lanes of a vector.</summary>
    private interface ILanes<TVector>
        where TVector : unmanaged
    {
        static abstract int Width { get; }

        static abstract TVector Broadcast(uint word);

        static abstract TVector Load(ReadOnlySpan<uint> words);

        // Word i of the block at each offset becomes vector i.
        static abstract void LoadTransposed(ReadOnlySpan<byte> data, ReadOnlySpan<int> offsets, Span<TVector> message);

        static abstract TVector Add(TVector a, TVector b);

        static abstract TVector Xor(TVector a, TVector b);

        static abstract TVector RotateRight16(TVector a);

        static abstract TVector RotateRight12(TVector a);

        static abstract TVector RotateRight8(TVector a);

        static abstract TVector RotateRight7(TVector a);
    }

    private readonly struct Four : ILanes<Vector128<uint>>
    {
        public const int Count = 4;

        public static int Width => Count;

        public static Vector128<uint> Broadcast(uint word) => Vector128.Create(word);

        public static Vector128<uint> Load(ReadOnlySpan<uint> words) => Vector128.Create(words);

        public static void LoadTransposed(ReadOnlySpan<byte> data, ReadOnlySpan<int> offsets, Span<Vector128<uint>> message)
        {
            var a = MemoryMarshal.Cast<byte, uint>(data.Slice(offsets[0], BlockBytes));
            var b = MemoryMarshal.Cast<byte, uint>(data.Slice(offsets[1], BlockBytes));
            var c = MemoryMarshal.Cast<byte, uint>(data.Slice(offsets[2], BlockBytes));
            var d = MemoryMarshal.Cast<byte, uint>(data.Slice(offsets[3], BlockBytes));
            for (var i = 0; i < message.Length; i++)
                message[i] = Vector128.Create(a[i], b[i], c[i], d[i]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> Add(Vector128<uint> a, Vector128<uint> b) => a + b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> Xor(Vector128<uint> a, Vector128<uint> b) => a ^ b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> RotateRight16(Vector128<uint> a) =>
            Vector128.Shuffle(a.AsUInt16(), Vector128.Create((ushort)1, 0, 3, 2, 5, 4, 7, 6)).AsUInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> RotateRight12(Vector128<uint> a) => (a >>> 12) | (a << 20);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> RotateRight8(Vector128<uint> a) =>
            Vector128.Shuffle(a.AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<uint> RotateRight7(Vector128<uint> a) => (a >>> 7) | (a << 25);
    }

    private readonly struct Eight : ILanes<Vector256<uint>>
    {
        public const int Count = 8;

        public static int Width => Count;

        public static Vector256<uint> Broadcast(uint word) => Vector256.Create(word);

        public static Vector256<uint> Load(ReadOnlySpan<uint> words) => Vector256.Create(words);

        public static void LoadTransposed(ReadOnlySpan<byte> data, ReadOnlySpan<int> offsets, Span<Vector256<uint>> message)
        {
            for (var half = 0; half < 2; half++)
            {
                var from = data[(half * 32)..];
                Vector256<uint> a = Row(from, offsets[0]), b = Row(from, offsets[1]), c = Row(from, offsets[2]), d = Row(from, offsets[3]);
                Vector256<uint> e = Row(from, offsets[4]), f = Row(from, offsets[5]), g = Row(from, offsets[6]), h = Row(from, offsets[7]);

                // Words, then pairs of words, then halves of the vectors change places.
                var ab04 = Avx2.UnpackLow(a, b).AsUInt64();
                var ab26 = Avx2.UnpackHigh(a, b).AsUInt64();
                var cd04 = Avx2.UnpackLow(c, d).AsUInt64();
                var cd26 = Avx2.UnpackHigh(c, d).AsUInt64();
                var ef04 = Avx2.UnpackLow(e, f).AsUInt64();
                var ef26 = Avx2.UnpackHigh(e, f).AsUInt64();
                var gh04 = Avx2.UnpackLow(g, h).AsUInt64();
                var gh26 = Avx2.UnpackHigh(g, h).AsUInt64();
                var into = message.Slice(half * 8, 8);
                Halves(Avx2.UnpackLow(ab04, cd04), Avx2.UnpackLow(ef04, gh04), out into[0], out into[4]);
                Halves(Avx2.UnpackHigh(ab04, cd04), Avx2.UnpackHigh(ef04, gh04), out into[1], out into[5]);
                Halves(Avx2.UnpackLow(ab26, cd26), Avx2.UnpackLow(ef26, gh26), out into[2], out into[6]);
                Halves(Avx2.UnpackHigh(ab26, cd26), Avx2.UnpackHigh(ef26, gh26), out into[3], out into[7]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Add(Vector256<uint> a, Vector256<uint> b) => a + b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Xor(Vector256<uint> a, Vector256<uint> b) => a ^ b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> RotateRight16(Vector256<uint> a) => Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateRight(a, 16)
            : Avx2.Shuffle(a.AsByte(), Vector256.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> RotateRight12(Vector256<uint> a) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(a, 12) : (a >>> 12) | (a << 20);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> RotateRight8(Vector256<uint> a) => Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateRight(a, 8)
            : Avx2.Shuffle(a.AsByte(), Vector256.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> RotateRight7(Vector256<uint> a) => Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(a, 7) : (a >>> 7) | (a << 25);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<uint> Row(ReadOnlySpan<byte> data, int offset) => Vector256.Create<byte>(data.Slice(offset, 32)).AsUInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Halves(Vector256<ulong> a, Vector256<ulong> b, out Vector256<uint> low, out Vector256<uint> high)
        {
            low = Avx2.Permute2x128(a, b, 0x20).AsUInt32();
            high = Avx2.Permute2x128(a, b, 0x31).AsUInt32();
        }
    }
}
