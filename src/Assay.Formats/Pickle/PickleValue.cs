using System.Runtime.InteropServices;

namespace Assay.Formats;

/// <summary>What a symbolic value is.</summary>
public enum PickleKind
{
    /// <summary>No value (an empty memo slot).</summary>
    Missing,

    /// <summary><c>None</c>.</summary>
    None,

    /// <summary><c>True</c>.</summary>
    True,

    /// <summary><c>False</c>.</summary>
    False,

    /// <summary>An integer of up to 59 bits.</summary>
    Int,

    /// <summary>A float; the payload is the place of its literal.</summary>
    Float,

    /// <summary>UTF-8 text, a slice of the stream.</summary>
    Text,

    /// <summary>A Python 2 string, a slice of the stream, read as Latin-1.</summary>
    RawText,

    /// <summary>Bytes, a slice of the stream.</summary>
    Bytes,

    /// <summary>A large integer, a slice of little-endian two's complement.</summary>
    BigInt,

    /// <summary>An imported name: an index into <see cref="PickleFacts.Globals"/>.</summary>
    Global,

    /// <summary>A node: container, call, persistent id, decoded constant.</summary>
    Node,

    /// <summary>A value that the machine cannot know (an out-of-band buffer, an unregistered extension).</summary>
    Unknown,
}

/// <summary>
/// A symbolic value in eight bytes: constants are slices of the stream, so that pushing one allocates nothing. Its text, children
/// and parts are asked of the <see cref="PickleFacts"/> that it belongs to.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PickleValue
{
    internal const int MaxSliceLength = (1 << 22) - 1;
    internal const long MaxSliceOffset = (1L << 37) - 1;
    private const int KindShift = 59;
    private const ulong PayloadMask = (1UL << KindShift) - 1;
    private readonly ulong _bits;

    private PickleValue(PickleKind kind, ulong payload) => _bits = ((ulong)kind << KindShift) | (payload & PayloadMask);

    private PickleValue(long bits) => _bits = (ulong)bits;

    /// <summary>What it is.</summary>
    public PickleKind Kind => (PickleKind)(_bits >> KindShift);

    /// <summary>Whether it is a piece of text.</summary>
    public bool IsText => Kind is PickleKind.Text or PickleKind.RawText;

    internal int Index => (int)(_bits & PayloadMask);

    internal long IntValue => (long)(_bits << 5) >> 5;

    internal long Offset => (long)((_bits & PayloadMask) >> 22);

    internal int Length => (int)(_bits & MaxSliceLength);

    internal long Bits => (long)_bits;

    internal static PickleValue OfBits(long bits) => new(bits);

    internal static PickleValue None { get; } = new(PickleKind.None, 0);

    internal static PickleValue True { get; } = new(PickleKind.True, 0);

    internal static PickleValue False { get; } = new(PickleKind.False, 0);

    internal static PickleValue Unknown { get; } = new(PickleKind.Unknown, 0);

    internal static PickleValue OfInt(long value) => new(PickleKind.Int, (ulong)value);

    internal static PickleValue OfSlice(PickleKind kind, long offset, int length) => new(kind, ((ulong)offset << 22) | (uint)length);

    internal static PickleValue OfNode(int index) => new(PickleKind.Node, (uint)index);

    internal static PickleValue OfGlobal(int index) => new(PickleKind.Global, (uint)index);
}

/// <summary>What a node is.</summary>
public enum PickleNodeKind : byte
{
    /// <summary>A tuple.</summary>
    Tuple,

    /// <summary>A list.</summary>
    List,

    /// <summary>A dictionary; children alternate keys and values.</summary>
    Dict,

    /// <summary>A set.</summary>
    Set,

    /// <summary>A frozen set.</summary>
    FrozenSet,

    /// <summary>A call that the stream makes; see <see cref="PickleCall"/>.</summary>
    Call,

    /// <summary>A persistent id; its only child is the id.</summary>
    PersistentId,

    /// <summary>A constant that is not a plain slice: text with escapes, a huge integer.</summary>
    Constant,

    /// <summary>A slice longer than a value can hold; a flag tells text from bytes.</summary>
    LongSlice,
}

/// <summary>How a call is made.</summary>
public enum PickleCallKind : byte
{
    /// <summary>REDUCE.</summary>
    Reduce,

    /// <summary>NEWOBJ: <c>cls.__new__(cls, *args)</c>.</summary>
    NewObj,

    /// <summary>NEWOBJ_EX.</summary>
    NewObjEx,

    /// <summary>OBJ.</summary>
    Obj,

    /// <summary>INST.</summary>
    Inst,
}

/// <summary>A node of the arena, in one place of memory.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct PickleNode
{
    public PickleNodeKind Kind;
    public byte How;
    public PickleNodeFlags Flags;

    /// <summary>True number of children, kept or not.</summary>
    public int Count;
    public int ChildStart;

    /// <summary>Children kept; their block holds the next power of two of this, at least 4.</summary>
    public int Kept;

    /// <summary>Callee of a call; for a long slice its start in the stream (<see cref="PickleValue.Bits"/>).</summary>
    public PickleValue Callee;

    /// <summary>Arguments of a call; for a long slice its length (<see cref="PickleValue.Bits"/>).</summary>
    public PickleValue Args;
    public long Offset;
}

/// <summary>Facts of a node.</summary>
[Flags]
internal enum PickleNodeFlags : ushort
{
    None = 0,

    /// <summary>Something below is an import, a call, a persistent id or unknown.</summary>
    HoldsCode = 1,

    /// <summary>The result of the call was thrown away by POP or POP_MARK.</summary>
    Discarded = 2,

    /// <summary>A long slice, or a constant, of text.</summary>
    IsText = 4,

    /// <summary>A mutation was recorded for it.</summary>
    Mutated = 8,

    /// <summary>Made while resynchronising after an error.</summary>
    Resynchronised = 16,
}

/// <summary>An imported name.</summary>
public sealed class PickleGlobal
{
    /// <summary>Module as written in the stream.</summary>
    public required string WrittenModule { get; init; }

    /// <summary>Name as written in the stream; may be dotted.</summary>
    public required string WrittenName { get; init; }

    /// <summary>Module that is imported, after the Python 2 mapping.</summary>
    public required string Module { get; init; }

    /// <summary>Qualified name that is looked up.</summary>
    public required string Name { get; init; }

    /// <summary>Offset of the opcode that first imported it.</summary>
    public required long Offset { get; init; }

    /// <summary>True when module or name was computed by calls, which honest picklers never do.</summary>
    public bool Computed { get; init; }

    /// <summary>True when it came from the extension registry.</summary>
    public bool FromExtension { get; init; }

    /// <summary>Times that it was imported.</summary>
    public int Uses { get; internal set; }

    /// <summary>Whether some call has it as callee.</summary>
    public bool Called { get; internal set; }

    /// <summary><c>module.name</c>.</summary>
    public string FullName => field ??= Module.Length == 0 ? Name : $"{Module}.{Name}";

    /// <inheritdoc/>
    public override string ToString() => FullName;
}

/// <summary>A call that the stream makes when it is loaded.</summary>
/// <param name="Value">The result, as other parts refer to it.</param>
/// <param name="How">The opcode.</param>
/// <param name="Callee">What is called.</param>
/// <param name="Args">The arguments: a tuple, or whatever the stream pushed instead.</param>
/// <param name="KeywordArgs">Keyword arguments of NEWOBJ_EX.</param>
/// <param name="Offset">Offset of the opcode.</param>
/// <param name="Discarded">The stream throws the result away.</param>
/// <param name="Resynchronised">Seen only after an error, where a loader would have stopped.</param>
public readonly record struct PickleCall(
    PickleValue Value, PickleCallKind How, PickleValue Callee, PickleValue Args, PickleValue? KeywordArgs, long Offset, bool Discarded, bool Resynchronised);

/// <summary>How an object is changed.</summary>
public enum PickleMutationKind
{
    /// <summary>BUILD: <c>__setstate__</c>, or attributes.</summary>
    Build,

    /// <summary>SETITEM(S): <c>obj[key] = value</c>.</summary>
    SetItems,

    /// <summary>APPEND(S): <c>extend</c> or <c>append</c>.</summary>
    Append,

    /// <summary>ADDITEMS: <c>add</c>.</summary>
    AddItems,
}

/// <summary>A change of an object that is no plain container of the stream.</summary>
/// <param name="Kind">How.</param>
/// <param name="Target">What is changed.</param>
/// <param name="Value">State of BUILD, else a tuple of the items.</param>
/// <param name="Offset">Offset of the opcode.</param>
/// <param name="Resynchronised">Seen only after an error.</param>
public readonly record struct PickleMutation(PickleMutationKind Kind, PickleValue Target, PickleValue Value, long Offset, bool Resynchronised);

/// <summary>A spelling on which unpicklers and disassemblers disagree.</summary>
/// <param name="Offset">Offset of the opcode.</param>
/// <param name="Message">How they differ.</param>
/// <param name="Deliberate">False where an honest writer may produce it (a class with a non-ASCII name).</param>
public sealed record PickleDifferential(long Offset, string Message, bool Deliberate);

/// <summary>One pickle of the sequence in the bytes.</summary>
public sealed class PickleStream
{
    /// <summary>Offset of its first opcode.</summary>
    public long Start { get; init; }

    /// <summary>Offset behind its STOP, or where reading ended.</summary>
    public long End { get; internal set; }

    /// <summary>Highest protocol that it declares.</summary>
    public int Protocol { get; internal set; }

    /// <summary>Opcodes executed.</summary>
    public long Opcodes { get; internal set; }

    /// <summary>Whether STOP was reached.</summary>
    public bool Stopped { get; internal set; }

    /// <summary>What stopped it before, and where; null when it ended with STOP.</summary>
    public string? Error { get; internal set; }

    /// <summary>Offset of the error.</summary>
    public long ErrorOffset { get; internal set; }

    /// <summary>Whether the error is a plain end of data.</summary>
    public bool Truncated { get; internal set; }

    /// <summary>Result on top of the stack at STOP.</summary>
    public PickleValue Result { get; internal set; }

    /// <summary>Found by searching on after an error.</summary>
    public bool Resynchronised { get; init; }

    /// <summary>Index of its first call in <see cref="PickleFacts.Calls"/>.</summary>
    public int FirstCall { get; init; }

    /// <summary>Number of its calls.</summary>
    public int CallCount { get; internal set; }

    /// <summary>Index of its first mutation in <see cref="PickleFacts.Mutations"/>.</summary>
    public int FirstMutation { get; init; }

    /// <summary>Number of its mutations.</summary>
    public int MutationCount { get; internal set; }

    /// <summary>Nested inside another stream (an object array of joblib).</summary>
    public bool Inner { get; init; }
}
