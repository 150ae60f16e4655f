using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Executes pickles symbolically, with the union of what the C and the pure Python unpickler accept: where they differ, the
/// behaviour under which more code runs is kept and a <see cref="PickleDifferential"/> is recorded. Nothing is imported or called.
/// </summary>
/// <remarks>Semantics: CPython <c>Modules/_pickle.c</c> and <c>Lib/pickle.py</c>; raw arrays: joblib <c>numpy_pickle.py</c>.</remarks>
internal sealed class PickleMachine
{
    private const int MaxStack = 8 << 20;
    private const int MaxLine = 64 << 10;
    private const int MaxInnerStreams = 4;
    private const int ElementBatch = 4096;
    private const int MaxFoldedCalls = 20_000;

    private readonly PickleFacts _facts;
    private readonly PickleInput _input;
    private readonly WorkBudget _budget;
    private readonly PickleFolder _folder;
    private PickleMemo _memo;
    private readonly Dictionary<GlobalKey, int> _globalIndex = [];
    private readonly Dictionary<long, int> _extensions = [];
    private readonly List<int> _marks = [];
    private PickleValue[] _stack = new PickleValue[64];
    private int _top;
    private int _protocol;
    private int _innerDepth;
    private long _uncharged;
    private PickleStream _stream = new();

    public PickleMachine(PickleFacts facts, PickleInput input, WorkBudget budget)
    {
        _facts = facts;
        _input = input;
        _budget = budget;
        _folder = new PickleFolder(facts);
        _memo = new PickleMemo(budget);
    }

    private readonly record struct GlobalKey(string Module, string Name, bool Mapped, bool Computed);

    private bool Resynchronised => _stream.Resynchronised;

    /// <summary>Turns constants that look like formats, and the results of decoder calls, into children of the facts.</summary>
    public void AddEmbedded(ByteSource source)
    {
        FoldDecoders();
        _folder.Embedded.AddChildren(_facts, source);
    }

    /// <summary>Runs one pickle from the current offset. Returns the stream's record; errors of the stream are in it.</summary>
    public PickleStream Run(bool resynchronised = false, bool inner = false)
    {
        var outer = _stream;
        var outerProtocol = _protocol;
        var outerMemo = _memo;
        _stream = new PickleStream
        {
            Start = _input.Offset,
            Resynchronised = resynchronised,
            Inner = inner,
            FirstCall = _facts.CallCount,
            FirstMutation = _facts.Mutations.Count,
        };
        _facts.AddStream(_stream);
        _protocol = 0;
        if (inner)
        {
            // joblib reads an object array by an unpickler of its own.
            _memo = new PickleMemo(_budget);
        }
        else
        {
            _top = 0;
            _marks.Clear();
            _memo.StartStream();
        }

        var floor = _top;
        var record = _stream;
        try
        {
            Execute(floor);
        }
        finally
        {
            record.End = _input.Offset;
            record.CallCount = _facts.CallCount - record.FirstCall;
            record.MutationCount = _facts.Mutations.Count - record.FirstMutation;
            _stream = outer;
            _protocol = outerProtocol;
            _memo = outerMemo;
        }

        if (_uncharged > 0)
        {
            _budget.ChargeElements(_uncharged, _input.Offset);
            _uncharged = 0;
        }

        return record;
    }

    private void FoldDecoders()
    {
        var folded = 0;
        for (var i = 0; i < _facts.CallCount && folded < MaxFoldedCalls; i++)
        {
            var call = _facts.CallAt(i);
            if (_facts.GlobalOf(call.Callee) is not { } global || !IsDecoder(global))
                continue;

            // Short results (numpy scalars of protocol 2 are stored as encoded text) hold nothing.
            var first = _facts.ChildrenOf(call.Args) is [var only, ..] ? only : default;
            if (_facts.LengthOf(first) is >= 0 and < EmbeddedContent.MinLength)
                continue;
            folded++;
            switch (_folder.Fold(call.Value))
            {
                case byte[] bytes:
                    _folder.Embedded.OfferDecoded(bytes, call.Offset, global.Name);
                    break;
                case string text when text.Length <= 1 << 20 && text.All(c => c < 256):
                    _folder.Embedded.OfferDecoded(Encoding.Latin1.GetBytes(text), call.Offset, global.Name);
                    break;
            }
        }

        static bool IsDecoder(PickleGlobal global) => global.Module is "_codecs" or "codecs" or "base64" or "binascii" or "zlib" or "gzip" or "bz2" or "lzma" or "builtins"
            && global.Name is not ("getattr" or "set" or "dict" or "list" or "object" or "slice" or "range" or "complex" or "frozenset");
    }

    private bool Fail(long offset, string message, bool truncated = false)
    {
        _stream.Error = message;
        _stream.ErrorOffset = offset;
        _stream.Truncated = truncated;
        return false;
    }

    private bool FailTruncated(long offset, int opcode) => Fail(offset, $"the data ends inside {PickleOpcode.Name(opcode)}", truncated: true);

    private void Execute(int floor)
    {
        while (true)
        {
            var offset = _input.Offset;
            var opcode = _input.ReadByte();
            if (opcode < 0)
            {
                Fail(offset, "the data ends before STOP", truncated: true);
                return;
            }

            _stream.Opcodes++;
            if (++_uncharged >= ElementBatch)
            {
                _budget.ChargeElements(_uncharged, offset);
                _uncharged = 0;
            }

            if (opcode == PickleOpcode.Stop)
            {
                if (_top <= floor)
                {
                    Fail(offset, "STOP finds nothing on the stack");
                    return;
                }

                _stream.Result = _stack[--_top];
                _stream.Stopped = true;
                return;
            }

            if (!Step(opcode, offset, floor))
                return;
        }
    }

    private bool Step(int opcode, long offset, int floor)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                if (_marks.Count >= MaxStack)
                    Malformed.Limit("values", MaxStack, offset);
                _marks.Add(_top);
                return true;

            case PickleOpcode.None:
                return Push(PickleValue.None, offset);
            case PickleOpcode.NewTrue:
                return Push(PickleValue.True, offset);
            case PickleOpcode.NewFalse:
                return Push(PickleValue.False, offset);
            case PickleOpcode.BinInt1:
                {
                    var b = _input.ReadByte();
                    return b < 0 ? FailTruncated(offset, opcode) : Push(PickleValue.OfInt(b), offset);
                }

            case PickleOpcode.BinInt2:
                return _input.TryRead(2, out var two) ? Push(PickleValue.OfInt(BinaryPrimitives.ReadUInt16LittleEndian(two)), offset) : FailTruncated(offset, opcode);
            case PickleOpcode.BinInt:
                return _input.TryRead(4, out var four) ? Push(PickleValue.OfInt(BinaryPrimitives.ReadInt32LittleEndian(four)), offset) : FailTruncated(offset, opcode);
            case PickleOpcode.BinFloat:
                return _input.TryRead(8, out _) ? Push(PickleValue.OfSlice(PickleKind.Float, Clamp(offset + 1), 8), offset) : FailTruncated(offset, opcode);

            case PickleOpcode.ShortBinUnicode:
                return PushSlice1(PickleKind.Text, opcode, offset);
            case PickleOpcode.BinUnicode:
                return PushSlice4(PickleKind.Text, opcode, offset);
            case PickleOpcode.BinUnicode8:
                return PushSlice8(PickleKind.Text, opcode, offset);
            case PickleOpcode.ShortBinString:
                return PushSlice1(PickleKind.RawText, opcode, offset);
            case PickleOpcode.BinString:
                return PushSlice4(PickleKind.RawText, opcode, offset);
            case PickleOpcode.ShortBinBytes:
                return PushSlice1(PickleKind.Bytes, opcode, offset);
            case PickleOpcode.BinBytes:
                return PushSlice4(PickleKind.Bytes, opcode, offset);
            case PickleOpcode.BinBytes8:
            case PickleOpcode.ByteArray8:
                return PushSlice8(PickleKind.Bytes, opcode, offset);

            case PickleOpcode.EmptyTuple:
                return Push(_facts.AddNode(PickleNodeKind.Tuple, offset), offset);
            case PickleOpcode.EmptyList:
                return Push(_facts.AddNode(PickleNodeKind.List, offset), offset);
            case PickleOpcode.EmptyDict:
                return Push(_facts.AddNode(PickleNodeKind.Dict, offset), offset);
            case PickleOpcode.EmptySet:
                return Push(_facts.AddNode(PickleNodeKind.Set, offset), offset);
            case PickleOpcode.Tuple1:
                return PushTuple(1, opcode, offset, floor);
            case PickleOpcode.Tuple2:
                return PushTuple(2, opcode, offset, floor);
            case PickleOpcode.Tuple3:
                return PushTuple(3, opcode, offset, floor);
            case PickleOpcode.Tuple:
                return PushFromMark(PickleNodeKind.Tuple, opcode, offset, floor);
            case PickleOpcode.List:
                return PushFromMark(PickleNodeKind.List, opcode, offset, floor);
            case PickleOpcode.Dict:
                return PushFromMark(PickleNodeKind.Dict, opcode, offset, floor);
            case PickleOpcode.FrozenSet:
                return PushFromMark(PickleNodeKind.FrozenSet, opcode, offset, floor);

            case PickleOpcode.Append:
                return AppendOne(offset, floor);
            case PickleOpcode.Appends:
                return AddFromMark(PickleMutationKind.Append, opcode, offset, floor);
            case PickleOpcode.AddItems:
                return AddFromMark(PickleMutationKind.AddItems, opcode, offset, floor);
            case PickleOpcode.SetItems:
                return AddFromMark(PickleMutationKind.SetItems, opcode, offset, floor);
            case PickleOpcode.SetItem:
                return SetOne(offset, floor);

            case PickleOpcode.Memoize:
                if (_top <= floor)
                    return Underflow(opcode, offset);
                _memo.Append(_stack[_top - 1], offset);
                return true;
            case PickleOpcode.BinPut:
                {
                    var b = _input.ReadByte();
                    return b < 0 ? FailTruncated(offset, opcode) : PutMemo(b, opcode, offset, floor);
                }

            case PickleOpcode.LongBinPut:
                return _input.TryRead(4, out var put) ? PutMemo(BinaryPrimitives.ReadUInt32LittleEndian(put), opcode, offset, floor) : FailTruncated(offset, opcode);
            case PickleOpcode.Put:
                return ReadIndexLine(opcode, offset, out var putIndex) && PutMemo(putIndex, opcode, offset, floor);
            case PickleOpcode.BinGet:
                {
                    var b = _input.ReadByte();
                    return b < 0 ? FailTruncated(offset, opcode) : GetMemo(b, offset);
                }

            case PickleOpcode.LongBinGet:
                return _input.TryRead(4, out var get) ? GetMemo(BinaryPrimitives.ReadUInt32LittleEndian(get), offset) : FailTruncated(offset, opcode);
            case PickleOpcode.Get:
                return ReadIndexLine(opcode, offset, out var getIndex) && GetMemo(getIndex, offset);

            case PickleOpcode.Pop:
                return PopOne(offset, floor);
            case PickleOpcode.PopMark:
                {
                    if (!TryPopMark(opcode, offset, floor, out var start))
                        return false;
                    for (var i = start; i < _top; i++)
                        MarkDiscarded(_stack[i]);
                    _top = start;
                    return true;
                }

            case PickleOpcode.Dup:
                return _top <= floor ? Underflow(opcode, offset) : Push(_stack[_top - 1], offset);

            case PickleOpcode.Proto:
                return ReadProtocol(offset);
            case PickleOpcode.Frame:
                return ReadFrame(offset);

            case PickleOpcode.Int:
                return ReadIntLine(offset);
            case PickleOpcode.Long:
                return ReadLongLine(offset);
            case PickleOpcode.Float:
                return ReadFloatLine(offset);
            case PickleOpcode.Long1:
                {
                    var b = _input.ReadByte();
                    return b < 0 ? FailTruncated(offset, opcode) : PushBigInt(b, opcode, offset);
                }

            case PickleOpcode.Long4:
                {
                    if (!_input.TryRead(4, out var size))
                        return FailTruncated(offset, opcode);
                    var length = BinaryPrimitives.ReadInt32LittleEndian(size);
                    return length < 0 ? Fail(offset, "LONG4 declares a negative length") : PushBigInt(length, opcode, offset);
                }

            case PickleOpcode.String:
                return ReadStringLine(offset);
            case PickleOpcode.Unicode:
                return ReadUnicodeLine(offset);

            case PickleOpcode.Global:
                return ReadGlobal(offset);
            case PickleOpcode.StackGlobal:
                return StackGlobal(offset, floor);
            case PickleOpcode.Inst:
                return Instantiate(offset, floor);
            case PickleOpcode.Obj:
                return InstantiateObject(offset, floor);
            case PickleOpcode.Reduce:
                {
                    if (!TryPop(opcode, offset, floor, out var args) || !TryPop(opcode, offset, floor, out var callee))
                        return false;
                    return PushCall(PickleCallKind.Reduce, callee, args, null, offset);
                }

            case PickleOpcode.NewObj:
                {
                    if (!TryPop(opcode, offset, floor, out var args) || !TryPop(opcode, offset, floor, out var callee))
                        return false;
                    return PushCall(PickleCallKind.NewObj, callee, args, null, offset);
                }

            case PickleOpcode.NewObjEx:
                {
                    if (!TryPop(opcode, offset, floor, out var kwargs) || !TryPop(opcode, offset, floor, out var args) || !TryPop(opcode, offset, floor, out var callee))
                        return false;
                    return PushCall(PickleCallKind.NewObjEx, callee, args, kwargs, offset);
                }

            case PickleOpcode.Build:
                return BuildObject(offset, floor);

            case PickleOpcode.Ext1:
                {
                    var b = _input.ReadByte();
                    return b < 0 ? FailTruncated(offset, opcode) : PushExtension(b, offset);
                }

            case PickleOpcode.Ext2:
                return _input.TryRead(2, out var ext2) ? PushExtension(BinaryPrimitives.ReadUInt16LittleEndian(ext2), offset) : FailTruncated(offset, opcode);
            case PickleOpcode.Ext4:
                return _input.TryRead(4, out var ext4) ? PushExtension(BinaryPrimitives.ReadInt32LittleEndian(ext4), offset) : FailTruncated(offset, opcode);

            case PickleOpcode.PersId:
                {
                    var line = _input.ReadLine(MaxLine, out _);
                    return PushPersistent(_facts.AddConstant(Encoding.UTF8.GetString(line), offset), offset);
                }

            case PickleOpcode.BinPersId:
                return TryPop(opcode, offset, floor, out var pid) && PushPersistent(pid, offset);

            case PickleOpcode.NextBuffer:
                return Push(PickleValue.Unknown, offset);
            case PickleOpcode.ReadOnlyBuffer:
                return _top > floor || Underflow(opcode, offset);

            default:
                return Fail(offset, $"0x{opcode:x2} is no opcode");
        }
    }

    private static long Clamp(long offset) => Math.Min(offset, PickleValue.MaxSliceOffset);

    private bool Push(PickleValue value, long offset)
    {
        if (_top == _stack.Length)
            GrowStack(offset);
        _stack[_top++] = value;
        return true;
    }

    private void GrowStack(long offset)
    {
        if (_stack.Length >= MaxStack)
        {
            _facts.Bomb = $"more than {MaxStack:N0} values on the stack";
            Malformed.Limit("values", MaxStack, offset);
        }

        // Beyond the ordinary one large block is taken at once: its pages cost nothing until they are used, and nothing is copied again.
        var larger = _stack.Length < 1 << 16 ? new PickleValue[_stack.Length * 2] : GC.AllocateUninitializedArray<PickleValue>(MaxStack);
        _stack.AsSpan(0, _top).CopyTo(larger);
        _stack = larger;
    }

    /// <summary>Lowest index that may be popped: both unpicklers refuse to go below the topmost mark.</summary>
    private int Floor(int floor) => _marks.Count > 0 ? Math.Max(floor, _marks[^1]) : floor;

    private bool Underflow(int opcode, long offset) =>
        Fail(offset, $"{PickleOpcode.Name(opcode)} finds too little on the stack");

    private bool TryPop(int opcode, long offset, int floor, out PickleValue value)
    {
        if (_top <= Floor(floor))
        {
            value = default;
            return Underflow(opcode, offset);
        }

        value = _stack[--_top];
        return true;
    }

    private bool TryPopMark(int opcode, long offset, int floor, out int start)
    {
        if (_marks.Count == 0 || _marks[^1] < floor)
        {
            start = 0;
            return Fail(offset, $"{PickleOpcode.Name(opcode)} finds no mark");
        }

        start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        if (start > _top)
            return Underflow(opcode, offset);
        return true;
    }

    private void MarkDiscarded(PickleValue value)
    {
        if (value.Kind == PickleKind.Node)
            _facts.NodeAt(value.Index).Flags |= PickleNodeFlags.Discarded;
    }

    private bool PopOne(long offset, int floor)
    {
        if (_marks.Count > 0 && _marks[^1] == _top)
        {
            _marks.RemoveAt(_marks.Count - 1);
            return true;
        }

        if (!TryPop(PickleOpcode.Pop, offset, floor, out var value))
            return false;
        MarkDiscarded(value);
        return true;
    }

    private bool PushSlice1(PickleKind kind, int opcode, long offset)
    {
        var length = _input.ReadByte();
        return length < 0 ? FailTruncated(offset, opcode) : PushSlice(kind, length, opcode, offset);
    }

    private bool PushSlice4(PickleKind kind, int opcode, long offset)
    {
        if (!_input.TryRead(4, out var size))
            return FailTruncated(offset, opcode);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(size);

        // BINSTRING alone is signed; both unpicklers refuse the negative.
        return opcode == PickleOpcode.BinString && length > int.MaxValue
            ? Fail(offset, "BINSTRING declares a negative length")
            : PushSlice(kind, length, opcode, offset);
    }

    private bool PushSlice8(PickleKind kind, int opcode, long offset)
    {
        if (!_input.TryRead(8, out var size))
            return FailTruncated(offset, opcode);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(size);
        return length > long.MaxValue
            ? Fail(offset, $"{PickleOpcode.Name(opcode)} declares {length:N0} bytes")
            : PushSlice(kind, (long)length, opcode, offset);
    }

    private bool PushSlice(PickleKind kind, long length, int opcode, long offset)
    {
        var start = _input.Offset;
        if (length > _input.Remaining)
        {
            if (length - _input.Remaining > 1L << 40)
                _facts.Bomb = $"{PickleOpcode.Name(opcode)} declares {length:N0} bytes where {_input.Remaining:N0} are left";
            return FailTruncated(offset, opcode);
        }

        if (length >= EmbeddedContent.MinLength)
            _folder.Embedded.Offer(_input.Peek((int)Math.Min(length, EmbeddedContent.HeadSize)), kind != PickleKind.Bytes, start, length);
        _input.TrySkip(length);
        return Push(
            length <= PickleValue.MaxSliceLength && start <= PickleValue.MaxSliceOffset
                ? PickleValue.OfSlice(kind, start, (int)length)
                : _facts.AddLongSlice(kind != PickleKind.Bytes, start, length, offset),
            offset);
    }

    private bool PushTuple(int count, int opcode, long offset, int floor)
    {
        if (_top - Floor(floor) < count)
            return Underflow(opcode, offset);
        var value = _facts.AddContainer(PickleNodeKind.Tuple, _stack.AsSpan(_top - count, count), offset);
        _top -= count - 1;
        _stack[_top - 1] = value;
        return true;
    }

    private bool PushFromMark(PickleNodeKind kind, int opcode, long offset, int floor)
    {
        if (!TryPopMark(opcode, offset, floor, out var start))
            return false;
        if (kind == PickleNodeKind.Dict && ((_top - start) & 1) != 0)
            return Fail(offset, "DICT finds an odd number of items");
        var value = _facts.AddContainer(kind, _stack.AsSpan(start, _top - start), offset);
        _top = start;
        return Push(value, offset);
    }

    private bool AppendOne(long offset, int floor)
    {
        if (_top - Floor(floor) < 2)
            return Underflow(PickleOpcode.Append, offset);
        var item = _stack[--_top];
        Add(PickleMutationKind.Append, _stack[_top - 1], [item], offset);
        return true;
    }

    private bool SetOne(long offset, int floor)
    {
        if (_top - Floor(floor) < 3)
            return Underflow(PickleOpcode.SetItem, offset);
        _top -= 2;
        Add(PickleMutationKind.SetItems, _stack[_top - 1], _stack.AsSpan(_top, 2), offset);
        return true;
    }

    private bool AddFromMark(PickleMutationKind kind, int opcode, long offset, int floor)
    {
        if (!TryPopMark(opcode, offset, floor, out var start))
            return false;
        if (start <= Floor(floor))
            return Underflow(opcode, offset);
        var items = _stack.AsSpan(start, _top - start);
        if (kind == PickleMutationKind.SetItems && (items.Length & 1) != 0)
            return Fail(offset, "SETITEMS finds an odd number of items");
        if (items.Length > 0)
            Add(kind, _stack[start - 1], items, offset);
        _top = start;
        return true;
    }

    /// <summary>Adds to a container of the stream, or records what is done to any other object.</summary>
    private void Add(PickleMutationKind kind, PickleValue target, ReadOnlySpan<PickleValue> items, long offset)
    {
        if (target.Kind == PickleKind.Node)
        {
            var nodeKind = _facts.NodeAt(target.Index).Kind;
            var plain = kind switch
            {
                PickleMutationKind.Append => nodeKind == PickleNodeKind.List,
                PickleMutationKind.SetItems => nodeKind is PickleNodeKind.Dict or PickleNodeKind.List,
                _ => nodeKind == PickleNodeKind.Set,
            };
            if (plain)
            {
                _facts.AddChildren(target.Index, items, offset);
                return;
            }

            // Filling an object with plain data again and again (an OrderedDict of a hundred thousand entries) says nothing new.
            ref var node = ref _facts.NodeAt(target.Index);
            if ((node.Flags & PickleNodeFlags.Mutated) != 0 && !AnyCode(items))
                return;
            node.Flags |= PickleNodeFlags.Mutated;
        }

        var tuple = _facts.AddContainer(PickleNodeKind.Tuple, items.Length > 64 && !AnyCode(items) ? items[..64] : items, offset);
        _facts.AddMutation(new PickleMutation(kind, target, tuple, offset, Resynchronised));
    }

    private bool AnyCode(ReadOnlySpan<PickleValue> items)
    {
        foreach (var item in items)
        {
            if (_facts.HoldsCode(item))
                return true;
        }

        return false;
    }

    private bool PutMemo(long index, int opcode, long offset, int floor)
    {
        if (_top <= floor)
            return Underflow(opcode, offset);
        if (index < 0)
            return Fail(offset, "a memo index is negative");
        if (index > 1 << 27 && index > _input.Length * 4)
            _facts.Bomb = $"memo index {index:N0}, for which the C unpickler allocates the whole table";
        _memo.Put(index, _stack[_top - 1], offset);
        return true;
    }

    private bool GetMemo(long index, long offset)
    {
        var value = _memo.Get(index);
        return value.Kind == PickleKind.Missing ? Fail(offset, $"memo slot {index} is empty") : Push(value, offset);
    }

    private bool ReadIndexLine(int opcode, long offset, out long index)
    {
        index = 0;
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && _input.Remaining <= 0)
            return FailTruncated(offset, opcode);
        return PickleNumbers.TryParseInteger(line, 10, out var big, out _) && big >= long.MinValue && big <= long.MaxValue
            ? Set(out index, (long)big)
            : Fail(offset, $"{PickleOpcode.Name(opcode)} has no number");

        static bool Set(out long target, long value)
        {
            target = value;
            return true;
        }
    }

    private bool ReadProtocol(long offset)
    {
        var protocol = _input.ReadByte();
        if (protocol < 0)
            return FailTruncated(offset, PickleOpcode.Proto);
        if (protocol > 5)
            return Fail(offset, $"protocol {protocol} does not exist");
        _protocol = protocol;
        _stream.Protocol = Math.Max(_stream.Protocol, protocol);
        return true;
    }

    private bool ReadFrame(long offset)
    {
        if (!_input.TryRead(8, out var size))
            return FailTruncated(offset, PickleOpcode.Frame);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (length > (ulong)_input.Remaining)
            _facts.AddDifferential(offset, $"FRAME declares {length:N0} bytes where {_input.Remaining:N0} are left: the C unpickler fails, the Python one reads on", deliberate: false);
        return true;
    }

    private bool ReadIntLine(long offset)
    {
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && line.IsEmpty)
            return FailTruncated(offset, PickleOpcode.Int);
        if (line.SequenceEqual("00"u8))
            return Push(PickleValue.False, offset);
        if (line.SequenceEqual("01"u8))
            return Push(PickleValue.True, offset);
        return PushParsedInteger(line, PickleOpcode.Int, offset);
    }

    private bool ReadLongLine(long offset)
    {
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && line.IsEmpty)
            return FailTruncated(offset, PickleOpcode.Long);
        if (line.Length > 0 && line[^1] == (byte)'L')
            line = line[..^1];
        return PushParsedInteger(line, PickleOpcode.Long, offset);
    }

    private bool PushParsedInteger(ReadOnlySpan<byte> line, int opcode, long offset)
    {
        if (!PickleNumbers.TryParseInteger(line, 0, out var number, out var unusual))
            return Fail(offset, $"{PickleOpcode.Name(opcode)} has no number");
        if (unusual)
            _facts.AddDifferential(offset, $"{PickleOpcode.Name(opcode)} is spelled in a way that unpicklers accept and disassemblers refuse", deliberate: true);
        return PushNumber(number, offset);
    }

    private bool PushNumber(BigInteger number, long offset) =>
        Push(number >= -(1L << 57) && number < 1L << 57 ? PickleValue.OfInt((long)number) : _facts.AddConstant(number, offset), offset);

    private bool PushBigInt(long length, int opcode, long offset)
    {
        var start = _input.Offset;
        if (length > _input.Remaining)
            return FailTruncated(offset, opcode);
        if (length <= 7)
        {
            if (!_input.TryRead((int)length, out var bytes))
                return FailTruncated(offset, opcode);
            long number = 0;
            for (var i = bytes.Length - 1; i >= 0; i--)
                number = (number << 8) | bytes[i];
            if (length > 0)
            {
                var shift = 64 - (8 * (int)length);
                number = number << shift >> shift;
            }

            return Push(PickleValue.OfInt(number), offset);
        }

        _input.TrySkip(length);
        if (length > 1 << 20)
            _facts.Bomb = $"an integer of {length:N0} bytes";
        return Push(PickleValue.OfSlice(PickleKind.BigInt, Clamp(start), (int)Math.Min(length, PickleValue.MaxSliceLength)), offset);
    }

    private bool ReadFloatLine(long offset)
    {
        var start = _input.Offset;
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && line.IsEmpty)
            return FailTruncated(offset, PickleOpcode.Float);
        if (!PickleNumbers.IsFloat(line, out var underscores))
            return Fail(offset, "FLOAT has no number");
        if (underscores)
            _facts.AddDifferential(offset, "FLOAT holds an underscore: the Python unpickler accepts it, the C one does not", deliberate: true);
        // Eight bytes would be taken for a binary float: the closing feed sets a literal of that length apart.
        return Push(PickleValue.OfSlice(PickleKind.Float, Clamp(start), line.Length == 8 ? 9 : line.Length), offset);
    }

    private bool ReadStringLine(long offset)
    {
        var start = _input.Offset;
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && _input.Remaining > 0)
            return SkipLongLine(PickleKind.RawText, start, PickleOpcode.String, offset);

        // A literal that the data cuts off still ends with its quote when only the line feed is missing.
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'"' or (byte)'\''))
            return Fail(offset, "STRING is not in quotes");
        var inner = line[1..^1];
        if (inner.Length >= EmbeddedContent.MinLength)
            _folder.Embedded.Offer(inner, text: true, start + 1, inner.Length);
        return Push(
            inner.Contains((byte)'\\')
                ? _facts.AddConstant(PickleNumbers.UnescapeString(inner), offset)
                : PickleValue.OfSlice(PickleKind.RawText, Clamp(start + 1), inner.Length),
            offset);
    }

    private bool ReadUnicodeLine(long offset)
    {
        var start = _input.Offset;
        var line = _input.ReadLine(MaxLine, out var terminated);
        if (!terminated && _input.Remaining > 0)
            return SkipLongLine(PickleKind.RawText, start, PickleOpcode.Unicode, offset);
        if (!terminated && line.IsEmpty)
            return FailTruncated(offset, PickleOpcode.Unicode);
        if (line.Length >= EmbeddedContent.MinLength)
            _folder.Embedded.Offer(line, text: true, start, line.Length);
        return Push(
            line.Contains((byte)'\\')
                ? _facts.AddConstant(PickleNumbers.UnescapeUnicode(line), offset)
                : PickleValue.OfSlice(PickleKind.RawText, Clamp(start), line.Length),
            offset);
    }

    /// <summary>A text literal longer than <see cref="MaxLine"/>: its end is searched without keeping it.</summary>
    private bool SkipLongLine(PickleKind kind, long start, int opcode, long offset)
    {
        // One byte of the first part was taken off as if the data ended there.
        while (true)
        {
            var part = _input.Peek(MaxLine);
            if (part.IsEmpty)
                return FailTruncated(offset, opcode);
            var feed = part.IndexOf((byte)'\n');
            if (feed < 0)
            {
                _input.TrySkip(part.Length);
                continue;
            }

            var quote = opcode == PickleOpcode.String ? 1 : 0;
            var length = _input.Offset + feed - start;
            _input.TrySkip(feed + 1);
            start += quote;
            length -= 2 * quote;
            return Push(
                length <= PickleValue.MaxSliceLength && start <= PickleValue.MaxSliceOffset
                    ? PickleValue.OfSlice(kind, start, (int)length)
                    : _facts.AddLongSlice(text: true, start, length, offset),
                offset);
        }
    }

    private bool TryReadNames(int opcode, long offset, out string module, out string name)
    {
        name = "";
        if (!TryReadName(opcode, offset, out module, out var ended) || !TryReadName(opcode, offset, out name, out ended))
            return false;
        return !ended || name.Length > 0 || FailTruncated(offset, opcode);
    }

    private bool TryReadName(int opcode, long offset, out string text, out bool ended)
    {
        var line = _input.ReadLine(MaxLine, out var terminated);
        ended = !terminated;
        text = Intern(line);
        if (!terminated && (_input.Remaining > 0 || line.IsEmpty))
            return FailTruncated(offset, opcode);
        if (line.Contains((byte)'\\'))
            _facts.AddDifferential(offset, "a name holds a backslash, which disassemblers unescape and unpicklers do not", deliberate: true);
        else if (System.Text.Ascii.IsValid(line) is false)
            _facts.AddDifferential(offset, "a name is not ASCII: unpicklers import it, disassemblers may fail", deliberate: false);
        return true;
    }

    private readonly Dictionary<int, string> _interned = [];

    /// <summary>Names repeat: the same bytes give the same string without allocating it again.</summary>
    private string Intern(ReadOnlySpan<byte> utf8)
    {
        var hash = new HashCode();
        hash.AddBytes(utf8);
        var key = hash.ToHashCode();
        if (_interned.TryGetValue(key, out var known) && Matches(known, utf8))
            return known;
        var text = Encoding.UTF8.GetString(utf8);
        if (_interned.Count < 65536)
            _interned[key] = text;
        return text;
    }

    private static bool Matches(string text, ReadOnlySpan<byte> utf8)
    {
        if (text.Length != utf8.Length)
            return false;
        for (var i = 0; i < utf8.Length; i++)
        {
            if (text[i] != utf8[i] || utf8[i] >= 0x80)
                return false;
        }

        return true;
    }

    private bool ReadGlobal(long offset) =>
        TryReadNames(PickleOpcode.Global, offset, out var module, out var name) && Push(Import(module, name, computed: false, offset), offset);

    private bool StackGlobal(long offset, int floor)
    {
        if (!TryPop(PickleOpcode.StackGlobal, offset, floor, out var nameValue) || !TryPop(PickleOpcode.StackGlobal, offset, floor, out var moduleValue))
            return false;
        var computed = !IsLiteralText(nameValue) || !IsLiteralText(moduleValue);
        var name = FoldText(nameValue);
        var module = FoldText(moduleValue);
        return Push(Import(module ?? "", name ?? "", computed, offset), offset);
    }

    private bool IsLiteralText(PickleValue value) => _facts.IsText(value);

    private string? FoldText(PickleValue value) => _facts.TextOf(value, 4096) is { } text ? text : _folder.Fold(value) as string;

    private PickleValue Import(string module, string name, bool computed, long offset)
    {
        var mapped = _protocol < 3;
        var key = new GlobalKey(module, name, mapped, computed);
        if (!_globalIndex.TryGetValue(key, out var index))
        {
            var (realModule, realName) = PickleNameMapping.Map(module, name, _protocol);
            _budget.ChargeValues(4, offset);
            index = _facts.AddGlobal(new PickleGlobal
            {
                WrittenModule = module,
                WrittenName = name,
                Module = realModule,
                Name = realName,
                Offset = offset,
                Computed = computed,
            });
            _globalIndex[key] = index;
        }

        _facts.GlobalAt(index).Uses++;
        return PickleValue.OfGlobal(index);
    }

    private bool Instantiate(long offset, int floor)
    {
        // Names follow the opcode: the call happens even when the data ends right behind them.
        if (!TryReadNames(PickleOpcode.Inst, offset, out var module, out var name))
            return false;
        // The pure-Python unpickler, which joblib uses, imports before it looks for the mark.
        var callee = Import(module, name, computed: false, offset);
        if (!TryPopMark(PickleOpcode.Inst, offset, floor, out var start))
            return false;
        var args = _facts.AddContainer(PickleNodeKind.Tuple, _stack.AsSpan(start, _top - start), offset);
        _top = start;
        return PushCall(PickleCallKind.Inst, callee, args, null, offset);
    }

    private bool InstantiateObject(long offset, int floor)
    {
        if (!TryPopMark(PickleOpcode.Obj, offset, floor, out var start))
            return false;
        if (start >= _top)
            return Underflow(PickleOpcode.Obj, offset);
        var callee = _stack[start];
        var args = _facts.AddContainer(PickleNodeKind.Tuple, _stack.AsSpan(start + 1, _top - start - 1), offset);
        _top = start;
        return PushCall(PickleCallKind.Obj, callee, args, null, offset);
    }

    private bool PushCall(PickleCallKind how, PickleValue callee, PickleValue args, PickleValue? keywordArgs, long offset)
    {
        var call = _facts.AddCall(how, callee, args, keywordArgs, offset, Resynchronised);
        RememberExtension(callee, args);
        return Push(call, offset);
    }

    /// <summary><c>copyreg.add_extension(module, name, code)</c> makes a later EXT opcode import the pair.</summary>
    private void RememberExtension(PickleValue callee, PickleValue args)
    {
        if (_facts.GlobalOf(callee) is not { Name: "add_extension" } global || global.Module is not ("copyreg" or "copy_reg"))
            return;
        var items = _facts.ChildrenOf(args);
        if (items.Length < 3)
            return;
        var module = FoldText(items[0]);
        var name = FoldText(items[1]);
        if (module is null || name is null || _folder.Fold(items[2]) is not long code)
            return;
        _budget.ChargeValues(4, global.Offset);
        _extensions[code] = _facts.AddGlobal(new PickleGlobal
        {
            WrittenModule = module,
            WrittenName = name,
            Module = module,
            Name = name,
            Offset = global.Offset,
            FromExtension = true,
        });
    }

    private bool PushExtension(long code, long offset)
    {
        _facts.ExtensionOffset ??= offset;
        if (code <= 0)
            return Fail(offset, "an extension code must be positive");
        if (_extensions.TryGetValue(code, out var index))
        {
            _facts.GlobalAt(index).Uses++;
            return Push(PickleValue.OfGlobal(index), offset);
        }

        // The registry may have been filled by another file of the same process: what it names is not known here.
        return Push(PickleValue.Unknown, offset);
    }

    private bool PushPersistent(PickleValue id, long offset)
    {
        _facts.PersistentIds++;
        if (!RecordStorage(id, offset))
            _facts.UnexpectedPersistentId ??= (id, offset);
        var value = _facts.AddNode(PickleNodeKind.PersistentId, offset);
        _facts.AddChildren(value.Index, [id], offset);
        _facts.NodeAt(value.Index).Flags |= PickleNodeFlags.HoldsCode;
        return Push(value, offset);
    }

    private bool RecordStorage(PickleValue id, long offset)
    {
        var items = _facts.ChildrenOf(id);
        if (_facts.NodeKindOf(id) != PickleNodeKind.Tuple || items.Length < 2)
            return false;
        var kind = _facts.TextOf(items[0], 64);

        // Legacy checkpoints also name the source of module classes: ('module', class, file, source).
        if (kind == "module")
            return false;
        if (kind != "storage" || items.Length < 5)
            return false;
        var type = _facts.GlobalOf(items[1])?.Name;
        if (type is null)
            return false;
        var key = _facts.TextOf(items[2], 512) ?? _facts.IntOf(items[2])?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var elements = _facts.IntOf(items[4]);
        if (key is null || elements is null or < 0)
            return false;
        if (_facts.StorageList.Count < 65536)
            _facts.StorageList.Add(new TorchStorageReference(key, type, TorchTypes.ElementSize(type), elements.Value, offset));
        return true;
    }

    private bool BuildObject(long offset, int floor)
    {
        if (_top - Floor(floor) < 2)
            return Underflow(PickleOpcode.Build, offset);
        var state = _stack[--_top];
        var target = _stack[_top - 1];
        _facts.AddMutation(new PickleMutation(PickleMutationKind.Build, target, state, offset, Resynchronised));
        if (target.Kind == PickleKind.Node)
            _facts.NodeAt(target.Index).Flags |= PickleNodeFlags.Mutated;
        return JoblibArray.Match(_facts, target, state) is not { } array || ReadRawArray(array, offset);
    }

    /// <summary>After the BUILD of an array wrapper joblib reads the array from the same stream.</summary>
    private bool ReadRawArray(JoblibArray array, long offset)
    {
        _facts.HasRawArrays = true;
        if (array.Trouble is { } trouble)
            return Fail(offset, trouble);
        if (array.IsObject)
        {
            if (_innerDepth >= MaxInnerStreams)
                Malformed.Limit("depth", MaxInnerStreams, offset);
            _innerDepth++;
            var inner = Run(Resynchronised, inner: true);
            _innerDepth--;
            return inner.Stopped || Fail(inner.ErrorOffset, inner.Error ?? "the inner pickle does not end", inner.Truncated);
        }

        if (array.Aligned)
        {
            var padding = _input.ReadByte();
            if (padding < 0 || !_input.TrySkip(padding == 255 ? 0 : padding))
                return Fail(offset, "the data ends in the padding of an array", truncated: true);
        }

        return _input.TrySkip(array.Bytes) || Fail(offset, $"an array of {array.Bytes:N0} bytes is declared and {_input.Remaining:N0} are left", truncated: true);
    }
}
