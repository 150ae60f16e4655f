using System.Text;

namespace Assay.Formats;

/// <summary>
/// What a sequence of pickles does when it is loaded: imports, calls, changes of objects, and the values they work on. The graph
/// lives in an arena of values and nodes; GET, PUT and DUP share them, so a billion-laughs graph costs nothing.
/// </summary>
public sealed class PickleFacts : ArtifactFacts
{
    /// <summary>Children kept of one container while there is room.</summary>
    private const int MaxKept = 1 << 16;

    /// <summary>Children kept in all; containers keep only their first <see cref="FewKept"/> afterwards.</summary>
    private const int ManyChildren = 2 << 20;
    private const int FewKept = 16;
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;

    private readonly List<PickleNode[]> _pages = [];
    private readonly List<int> _calls = [];
    private readonly List<PickleMutation> _mutations = [];
    private readonly List<PickleGlobal> _globals = [];
    private readonly List<PickleStream> _streams = [];
    private readonly List<PickleDifferential> _differentials = [];
    private readonly List<object> _constants = [];
    private readonly List<ChildArtifact> _children = [];
    private PickleValue[] _childPool = new PickleValue[64];
    private int _childCount;
    private int _nodeCount;

    /// <summary>The bytes, as long as the artifact is being analysed.</summary>
    internal ByteSource? Source { get; set; }

    /// <summary>The budget, for values kept.</summary>
    internal WorkBudget? Budget { get; set; }

    /// <summary>The pickles of the sequence.</summary>
    public IReadOnlyList<PickleStream> Streams => _streams;

    /// <summary>Imported names; every name stands once.</summary>
    public IReadOnlyList<PickleGlobal> Globals => _globals;

    /// <summary>Number of calls.</summary>
    public int CallCount => _calls.Count;

    /// <summary>Calls in the order in which they are made.</summary>
    public IEnumerable<PickleCall> Calls
    {
        get
        {
            for (var i = 0; i < _calls.Count; i++)
                yield return CallAt(i);
        }
    }

    /// <summary>Changes of objects that are no plain containers of the stream.</summary>
    public IReadOnlyList<PickleMutation> Mutations => _mutations;

    /// <summary>Spellings on which unpicklers disagree; at most 32.</summary>
    public IReadOnlyList<PickleDifferential> Differentials => _differentials;

    /// <summary>Persistent ids met: how many.</summary>
    public long PersistentIds { get; internal set; }

    /// <summary>The first persistent id that is no storage of PyTorch, with its offset; null when there is none.</summary>
    public (PickleValue Id, long Offset)? UnexpectedPersistentId { get; internal set; }

    /// <summary>Storages that persistent ids name, as PyTorch writes them; at most 65,536.</summary>
    public IReadOnlyList<TorchStorageReference> Storages => StorageList;

    /// <summary>Whether the sequence has the layout of a PyTorch checkpoint before 1.6.</summary>
    public bool IsTorchLegacy { get; internal set; }

    /// <summary>Whether raw arrays follow array wrappers in the stream, as joblib writes.</summary>
    public bool HasRawArrays { get; internal set; }

    /// <summary>Whether an extension code was used, with the offset of the first.</summary>
    public long? ExtensionOffset { get; internal set; }

    /// <summary>Offset of the first byte that belongs to no pickle, array or storage; the length of the source when none is left.</summary>
    public long DataEnd { get; internal set; }

    /// <summary>A counter that only a bomb reaches, in words; null in honest files.</summary>
    public string? Bomb { get; internal set; }

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children => _children;

    internal List<TorchStorageReference> StorageList { get; } = [];

    internal int NodeCount => _nodeCount;

    /// <summary>The call at an index of <see cref="Calls"/>.</summary>
    public PickleCall CallAt(int index) => MakeCall(_calls[index]);

    /// <summary>The call whose result the value is.</summary>
    public bool TryGetCall(PickleValue value, out PickleCall call)
    {
        if (value.Kind == PickleKind.Node && NodeAt(value.Index).Kind == PickleNodeKind.Call)
        {
            call = MakeCall(value.Index);
            return true;
        }

        call = default;
        return false;
    }

    /// <summary>The imported name that the value is; null for anything else.</summary>
    public PickleGlobal? GlobalOf(PickleValue value) => value.Kind == PickleKind.Global ? _globals[value.Index] : null;

    /// <summary>Index into <see cref="Globals"/> of the imported name that the value is; -1 for anything else.</summary>
    public int GlobalIndexOf(PickleValue value) => value.Kind == PickleKind.Global && value.Index < _globals.Count ? value.Index : -1;

    /// <summary>Kind of the node, where the value is one.</summary>
    public PickleNodeKind? NodeKindOf(PickleValue value) => value.Kind == PickleKind.Node ? NodeAt(value.Index).Kind : null;

    /// <summary>Offset where the value was made; -1 where it is not recorded.</summary>
    public long OffsetOf(PickleValue value) => value.Kind switch
    {
        PickleKind.Node => NodeAt(value.Index).Offset,
        PickleKind.Global => _globals[value.Index].Offset,
        PickleKind.Text or PickleKind.RawText or PickleKind.Bytes or PickleKind.BigInt => value.Offset,
        _ => -1,
    };

    /// <summary>The children that were kept (a dictionary alternates keys and values).</summary>
    public ReadOnlySpan<PickleValue> ChildrenOf(PickleValue value)
    {
        if (value.Kind != PickleKind.Node)
            return [];
        ref var node = ref NodeAt(value.Index);
        return _childPool.AsSpan(node.ChildStart, node.Kept);
    }

    /// <summary>True number of children, kept or not.</summary>
    public int CountOf(PickleValue value) => value.Kind == PickleKind.Node ? NodeAt(value.Index).Count : 0;

    /// <summary>Whether something below the value is an import, a call, a persistent id or unknown.</summary>
    public bool HoldsCode(PickleValue value) => value.Kind switch
    {
        PickleKind.Global or PickleKind.Unknown => true,
        PickleKind.Node => (NodeAt(value.Index).Flags & PickleNodeFlags.HoldsCode) != 0,
        _ => false,
    };

    /// <summary>Whether the value is text of the stream or decoded text.</summary>
    public bool IsText(PickleValue value) => value.IsText
        || (value.Kind == PickleKind.Node && NodeAt(value.Index) is { Kind: PickleNodeKind.Constant or PickleNodeKind.LongSlice } n && (n.Flags & PickleNodeFlags.IsText) != 0);

    /// <summary>Whether the value is bytes of the stream.</summary>
    public bool IsBytes(PickleValue value) => value.Kind == PickleKind.Bytes
        || (value.Kind == PickleKind.Node && NodeAt(value.Index) is { Kind: PickleNodeKind.LongSlice } n && (n.Flags & PickleNodeFlags.IsText) == 0);

    /// <summary>Length in bytes of a text or bytes constant; -1 for anything else.</summary>
    public long LengthOf(PickleValue value)
    {
        if (TryGetSlice(value, out _, out var length))
            return length;
        return value.Kind == PickleKind.Node && NodeAt(value.Index).Kind == PickleNodeKind.Constant && ConstantOf(value) is string s ? s.Length : -1;
    }

    /// <summary>The text of a constant, cut to <paramref name="max"/> bytes; null for anything else.</summary>
    public string? TextOf(PickleValue value, int max = 1 << 16)
    {
        if (value.Kind == PickleKind.Node && NodeAt(value.Index).Kind == PickleNodeKind.Constant)
            return ConstantOf(value) is string s ? (s.Length > max ? s[..max] : s) : null;
        if (!IsText(value) || !TryGetSlice(value, out var offset, out var length))
            return null;
        var bytes = ReadSlice(offset, (int)Math.Min(length, max));
        return value.Kind == PickleKind.RawText ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The bytes of a bytes constant, cut to <paramref name="max"/>; null for anything else.</summary>
    public byte[]? BytesOf(PickleValue value, int max = 1 << 20) =>
        IsBytes(value) && TryGetSlice(value, out var offset, out var length) ? ReadSlice(offset, (int)Math.Min(length, max)) : null;

    /// <summary>The integer of a constant; null for anything else or beyond 64 bits.</summary>
    public long? IntOf(PickleValue value)
    {
        if (value.Kind == PickleKind.Int)
            return value.IntValue;
        if (value.Kind is PickleKind.True or PickleKind.False)
            return value.Kind == PickleKind.True ? 1 : 0;
        return BigIntOf(value) is { } big && big >= long.MinValue && big <= long.MaxValue ? (long)big : null;
    }

    /// <summary>A large integer; null for anything else. Integers above 8 KiB are null too.</summary>
    public System.Numerics.BigInteger? BigIntOf(PickleValue value)
    {
        if (value.Kind == PickleKind.BigInt)
            return value.Length <= 8192 ? new System.Numerics.BigInteger(ReadSlice(value.Offset, value.Length)) : null;
        return value.Kind == PickleKind.Node && NodeAt(value.Index).Kind == PickleNodeKind.Constant && ConstantOf(value) is System.Numerics.BigInteger b ? b : null;
    }

    /// <summary>A float constant; null for anything else.</summary>
    public double? FloatOf(PickleValue value)
    {
        if (value.Kind != PickleKind.Float)
            return null;
        if (value.Length == 8)
        {
            var bytes = ReadSlice(value.Offset, 8);
            return bytes.Length == 8 ? System.Buffers.Binary.BinaryPrimitives.ReadDoubleBigEndian(bytes) : null;
        }

        var text = Encoding.Latin1.GetString(ReadSlice(value.Offset, Math.Min(value.Length, 64)));
        return double.TryParse(text.Replace("_", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture, out var d) ? d : null;
    }

    /// <summary>Where a text or bytes constant lies in the source.</summary>
    public bool TryGetSlice(PickleValue value, out long offset, out long length)
    {
        if (value.Kind is PickleKind.Text or PickleKind.RawText or PickleKind.Bytes)
        {
            offset = value.Offset;
            length = value.Length;
            return true;
        }

        if (value.Kind == PickleKind.Node && NodeAt(value.Index).Kind == PickleNodeKind.LongSlice)
        {
            ref var node = ref NodeAt(value.Index);
            offset = node.Callee.Bits;
            length = node.Args.Bits;
            return true;
        }

        offset = length = 0;
        return false;
    }

    internal ref PickleNode NodeAt(int index) => ref _pages[index >> PageBits][index & (PageSize - 1)];

    internal PickleValue AddNode(PickleNodeKind kind, long offset)
    {
        if ((_nodeCount >> PageBits) >= _pages.Count)
        {
            Budget?.ChargeValues(PageSize, offset);
            _pages.Add(new PickleNode[_pages.Count == 0 ? 1 << 8 : PageSize]);
        }
        else if (_nodeCount == _pages[0].Length && _pages[0].Length < PageSize)
        {
            var page = _pages[0];
            Array.Resize(ref page, Math.Min(PageSize, page.Length * 4));
            _pages[0] = page;
        }

        var index = _nodeCount++;
        NodeAt(index) = new PickleNode { Kind = kind, Offset = offset };
        return PickleValue.OfNode(index);
    }

    internal PickleValue AddConstant(object constant, long offset)
    {
        var value = AddNode(PickleNodeKind.Constant, offset);
        ref var node = ref NodeAt(value.Index);
        node.Count = _constants.Count;
        if (constant is string)
            node.Flags |= PickleNodeFlags.IsText;
        _constants.Add(constant);
        return value;
    }

    internal PickleValue AddLongSlice(bool text, long start, long length, long offset)
    {
        var value = AddNode(PickleNodeKind.LongSlice, offset);
        ref var node = ref NodeAt(value.Index);
        node.Callee = PickleValue.OfBits(start);
        node.Args = PickleValue.OfBits(length);
        if (text)
            node.Flags |= PickleNodeFlags.IsText;
        return value;
    }

    internal PickleValue AddContainer(PickleNodeKind kind, ReadOnlySpan<PickleValue> items, long offset)
    {
        var value = AddNode(kind, offset);
        if (items.Length > 0)
            AddChildren(value.Index, items, offset);
        return value;
    }

    internal void AddChildren(int index, ReadOnlySpan<PickleValue> items, long offset)
    {
        ref var node = ref NodeAt(index);
        node.Count = (int)Math.Min(int.MaxValue, (long)node.Count + items.Length);
        var limit = _childCount >= ManyChildren ? FewKept : MaxKept;
        var keep = Math.Min(items.Length, limit - node.Kept);
        if (keep > 0)
        {
            EnsureChildren(ref node, keep, offset);
            items[..keep].CopyTo(_childPool.AsSpan(node.ChildStart + node.Kept));
            node.Kept += keep;
        }

        if ((node.Flags & PickleNodeFlags.HoldsCode) == 0)
        {
            foreach (var item in items)
            {
                if (HoldsCode(item))
                {
                    NodeAt(index).Flags |= PickleNodeFlags.HoldsCode;
                    break;
                }
            }
        }
    }

    internal PickleValue AddCall(PickleCallKind how, PickleValue callee, PickleValue args, PickleValue? keywordArgs, long offset, bool resynchronised)
    {
        var value = AddNode(PickleNodeKind.Call, offset);
        ref var node = ref NodeAt(value.Index);
        node.How = (byte)how;
        node.Callee = callee;
        node.Args = args;
        node.Flags = PickleNodeFlags.HoldsCode | (resynchronised ? PickleNodeFlags.Resynchronised : 0);
        if (keywordArgs is { } kw)
            AddChildren(value.Index, [kw], offset);
        _calls.Add(value.Index);
        if (callee.Kind == PickleKind.Global)
            _globals[callee.Index].Called = true;
        return value;
    }

    internal void AddMutation(PickleMutation mutation)
    {
        if (_mutations.Count < 2_000_000)
            _mutations.Add(mutation);
    }

    internal int AddGlobal(PickleGlobal global)
    {
        _globals.Add(global);
        return _globals.Count - 1;
    }

    internal PickleGlobal GlobalAt(int index) => _globals[index];

    internal void AddStream(PickleStream stream) => _streams.Add(stream);

    internal void AddChild(ChildArtifact child) => _children.Add(child);

    internal int ChildArtifactCount => _children.Count;

    internal void AddDifferential(long offset, string message, bool deliberate)
    {
        if (_differentials.Count < 32)
            _differentials.Add(new PickleDifferential(offset, message, deliberate));
    }

    internal byte[] ReadSlice(long offset, int length)
    {
        if (Source is null || length <= 0)
            return [];
        var bytes = new byte[(int)Math.Min(length, Math.Max(0, Source.Length - offset))];
        var n = Source.ReadAt(offset, bytes);
        return n == bytes.Length ? bytes : bytes[..n];
    }

    internal object ConstantOf(PickleValue value) => _constants[NodeAt(value.Index).Count];

    /// <summary>Forgets everything that was read, when a trial shows that the bytes are no pickle after all.</summary>
    internal bool IsEmpty => _streams.Count == 0;

    private PickleCall MakeCall(int index)
    {
        ref var node = ref NodeAt(index);
        return new PickleCall(
            PickleValue.OfNode(index),
            (PickleCallKind)node.How,
            node.Callee,
            node.Args,
            node.Kept > 0 ? _childPool[node.ChildStart] : null,
            node.Offset,
            (node.Flags & PickleNodeFlags.Discarded) != 0,
            (node.Flags & PickleNodeFlags.Resynchronised) != 0);
    }

    private void EnsureChildren(ref PickleNode node, int more, long offset)
    {
        var capacity = node.Kept == 0 ? 0 : Capacity(node.Kept);
        var needed = node.Kept + more;
        if (needed <= capacity)
            return;
        var wanted = Capacity(needed);

        // A container still at the end of the pool grows in place; any other moves there.
        var start = node.Kept > 0 && node.ChildStart + capacity == _childCount ? node.ChildStart : _childCount;
        var end = start + wanted;
        if (end > _childPool.Length)
        {
            Budget?.ChargeValues((end - _childPool.Length) / 4, offset);
            Array.Resize(ref _childPool, Math.Max(end, (int)Math.Min(_childPool.Length * 2L, _childPool.Length + (1L << 20))));
        }

        if (start != node.ChildStart && node.Kept > 0)
            _childPool.AsSpan(node.ChildStart, node.Kept).CopyTo(_childPool.AsSpan(start));
        node.ChildStart = start;
        _childCount = end;
    }

    private static int Capacity(int kept) => kept <= 2 ? kept : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)kept);
}

/// <summary>A storage that a persistent id of PyTorch names: <c>('storage', type, key, location, numel)</c>.</summary>
/// <param name="Key">Key, also the member's name in a ZIP checkpoint.</param>
/// <param name="Type">Storage type, e.g. <c>FloatStorage</c>.</param>
/// <param name="ElementSize">Bytes per element; 0 when the type is unknown.</param>
/// <param name="Elements">Declared number of elements.</param>
/// <param name="Offset">Offset of the persistent id.</param>
public sealed record TorchStorageReference(string Key, string Type, int ElementSize, long Elements, long Offset)
{
    /// <summary>Declared size in bytes.</summary>
    public long Bytes => Elements * ElementSize;
}
