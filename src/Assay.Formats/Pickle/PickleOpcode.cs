namespace Assay.Formats;

/// <summary>The 68 opcodes of protocols 0 to 5 (CPython <c>Lib/pickle.py</c>).</summary>
internal static class PickleOpcode
{
    public const byte Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', PopMark = (byte)'1', Dup = (byte)'2';
    public const byte Float = (byte)'F', Int = (byte)'I', BinInt = (byte)'J', BinInt1 = (byte)'K', Long = (byte)'L', BinInt2 = (byte)'M';
    public const byte None = (byte)'N', PersId = (byte)'P', BinPersId = (byte)'Q', Reduce = (byte)'R', String = (byte)'S';
    public const byte BinString = (byte)'T', ShortBinString = (byte)'U', Unicode = (byte)'V', BinUnicode = (byte)'X';
    public const byte Append = (byte)'a', Build = (byte)'b', Global = (byte)'c', Dict = (byte)'d', EmptyDict = (byte)'}';
    public const byte Appends = (byte)'e', Get = (byte)'g', BinGet = (byte)'h', Inst = (byte)'i', LongBinGet = (byte)'j';
    public const byte List = (byte)'l', EmptyList = (byte)']', Obj = (byte)'o', Put = (byte)'p', BinPut = (byte)'q', LongBinPut = (byte)'r';
    public const byte SetItem = (byte)'s', Tuple = (byte)'t', EmptyTuple = (byte)')', SetItems = (byte)'u', BinFloat = (byte)'G';
    public const byte Proto = 0x80, NewObj = 0x81, Ext1 = 0x82, Ext2 = 0x83, Ext4 = 0x84, Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87;
    public const byte NewTrue = 0x88, NewFalse = 0x89, Long1 = 0x8a, Long4 = 0x8b;
    public const byte BinBytes = (byte)'B', ShortBinBytes = (byte)'C';
    public const byte ShortBinUnicode = 0x8c, BinUnicode8 = 0x8d, BinBytes8 = 0x8e, EmptySet = 0x8f, AddItems = 0x90, FrozenSet = 0x91;
    public const byte NewObjEx = 0x92, StackGlobal = 0x93, Memoize = 0x94, Frame = 0x95;
    public const byte ByteArray8 = 0x96, NextBuffer = 0x97, ReadOnlyBuffer = 0x98;

    /// <summary>Name of an opcode, for messages.</summary>
    public static string Name(int opcode) => opcode switch
    {
        Mark => "MARK",
        Stop => "STOP",
        Pop => "POP",
        PopMark => "POP_MARK",
        Dup => "DUP",
        Float => "FLOAT",
        Int => "INT",
        BinInt => "BININT",
        BinInt1 => "BININT1",
        Long => "LONG",
        BinInt2 => "BININT2",
        None => "NONE",
        PersId => "PERSID",
        BinPersId => "BINPERSID",
        Reduce => "REDUCE",
        String => "STRING",
        BinString => "BINSTRING",
        ShortBinString => "SHORT_BINSTRING",
        Unicode => "UNICODE",
        BinUnicode => "BINUNICODE",
        Append => "APPEND",
        Build => "BUILD",
        Global => "GLOBAL",
        Dict => "DICT",
        EmptyDict => "EMPTY_DICT",
        Appends => "APPENDS",
        Get => "GET",
        BinGet => "BINGET",
        Inst => "INST",
        LongBinGet => "LONG_BINGET",
        List => "LIST",
        EmptyList => "EMPTY_LIST",
        Obj => "OBJ",
        Put => "PUT",
        BinPut => "BINPUT",
        LongBinPut => "LONG_BINPUT",
        SetItem => "SETITEM",
        Tuple => "TUPLE",
        EmptyTuple => "EMPTY_TUPLE",
        SetItems => "SETITEMS",
        BinFloat => "BINFLOAT",
        Proto => "PROTO",
        NewObj => "NEWOBJ",
        Ext1 => "EXT1",
        Ext2 => "EXT2",
        Ext4 => "EXT4",
        Tuple1 => "TUPLE1",
        Tuple2 => "TUPLE2",
        Tuple3 => "TUPLE3",
        NewTrue => "NEWTRUE",
        NewFalse => "NEWFALSE",
        Long1 => "LONG1",
        Long4 => "LONG4",
        BinBytes => "BINBYTES",
        ShortBinBytes => "SHORT_BINBYTES",
        ShortBinUnicode => "SHORT_BINUNICODE",
        BinUnicode8 => "BINUNICODE8",
        BinBytes8 => "BINBYTES8",
        EmptySet => "EMPTY_SET",
        AddItems => "ADDITEMS",
        FrozenSet => "FROZENSET",
        NewObjEx => "NEWOBJ_EX",
        StackGlobal => "STACK_GLOBAL",
        Memoize => "MEMOIZE",
        Frame => "FRAME",
        ByteArray8 => "BYTEARRAY8",
        NextBuffer => "NEXT_BUFFER",
        ReadOnlyBuffer => "READONLY_BUFFER",
        _ => $"0x{opcode:x2}",
    };
}
