using System.Globalization;

namespace Assay.Protocol.Xet;

/// <summary>
/// The tree over chunks whose root names a xorb or a file (source: xet-core, <c>xet_core_structures/src/merklehash/aggregated_hashes.rs</c>).
/// Chunks are appended from the left; what is kept is at most nine nodes for each level, whatever the size of the file.
/// </summary>
public sealed class XetTree
{
    // A group ends at the first node that may end one, from the third on; at the ninth; or where there are no more.
    private const int MinGroup = 3;
    private const int MaxGroup = 9;

    // A hash, " : ", at most 20 digits and a line break for each child.
    private const int MaxLine = XetHash.TextLength + 3 + 20 + 1;

    private readonly List<Level> _levels = [new()];

    private static ReadOnlySpan<byte> ChunkKey =>
        [102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28, 157, 228, 33, 16, 155, 235, 43, 88, 180, 208, 176, 75, 147, 173, 242, 41];

    private static ReadOnlySpan<byte> NodeKey =>
        [1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230, 93, 221, 83, 111, 55, 199, 109, 210, 248, 99, 82, 230, 74, 83, 113, 63];

    private static ReadOnlySpan<byte> RangeKey =>
        [127, 24, 87, 214, 206, 86, 237, 102, 18, 127, 249, 19, 231, 165, 195, 243, 164, 205, 38, 213, 181, 219, 73, 230, 65, 36, 152, 127, 40, 251, 148, 195];

    private static ReadOnlySpan<byte> FileKey =>
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The hash of a chunk's content.</summary>
    public static XetHash HashChunk(ReadOnlySpan<byte> content) => Keyed(ChunkKey, content);

    /// <summary>A hash that a range of chunks is verified by: over the hashes of its chunks, one after the other.</summary>
    public static Blake3 StartRange() => new(RangeKey);

    /// <summary>Appends a chunk.</summary>
    /// <param name="hash">Hash of its content.</param>
    /// <param name="length">Length of its content in bytes.</param>
    public void Append(XetHash hash, long length) => AppendAt(0, hash, length);

    /// <summary>The hash of a xorb of the chunks appended: their root; all zero without any. The tree is then empty again.</summary>
    public XetHash FinishXorb() => Finish() ?? default;

    /// <summary>The hash of a file of the chunks appended; all zero without any. The tree is then empty again.</summary>
    public XetHash FinishFile()
    {
        if (Finish() is not { } root)
            return default;
        Span<byte> bytes = stackalloc byte[XetHash.Bytes];
        root.CopyTo(bytes);
        return Keyed(FileKey, bytes);
    }

    private static XetHash Keyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[XetHash.Bytes];
        Blake3.HashKeyed(key, data, hash);
        return new XetHash(hash);
    }

    private void AppendAt(int height, XetHash hash, long length)
    {
        for (; ; height++)
        {
            if (height == _levels.Count)
                _levels.Add(new Level());
            var level = _levels[height];
            if (!level.Add(hash, length))
                return;
            (hash, length) = level.Join();
        }
    }

    private XetHash? Finish()
    {
        XetHash? root = null;
        for (var height = 0; height < _levels.Count && root is null; height++)
        {
            var level = _levels[height];
            if (level.IsRoot)
            {
                root = level.First;
            }
            else if (level.Count > 0)
            {
                var (hash, length) = level.Join();
                AppendAt(height + 1, hash, length);
            }
        }

        _levels.Clear();
        _levels.Add(new Level());
        return root;
    }

    /// <summary>The nodes of one height that have no parent yet.</summary>
    private sealed class Level
    {
        private readonly XetHash[] _hashes = new XetHash[MaxGroup];
        private readonly long[] _lengths = new long[MaxGroup];
        private bool _joined;

        public int Count { get; private set; }

        public XetHash First => _hashes[0];

        // The only node there ever was at this height.
        public bool IsRoot => Count == 1 && !_joined;

        // Whether the group is complete with this node.
        public bool Add(XetHash hash, long length)
        {
            _hashes[Count] = hash;
            _lengths[Count] = length;
            Count++;
            return Count == MaxGroup || (Count >= MinGroup && hash.EndsGroup);
        }

        public (XetHash Hash, long Length) Join()
        {
            Span<byte> text = stackalloc byte[MaxGroup * MaxLine];
            var written = 0;
            var sum = 0L;
            for (var i = 0; i < Count; i++)
            {
                _hashes[i].WriteText(text[written..]);
                written += XetHash.TextLength;
                " : "u8.CopyTo(text[written..]);
                written += 3;
                _lengths[i].TryFormat(text[written..], out var digits, default, CultureInfo.InvariantCulture);
                written += digits;
                text[written++] = (byte)'\n';
                sum += _lengths[i];
            }

            Count = 0;
            _joined = true;
            return (Keyed(NodeKey, text[..written]), sum);
        }
    }
}
