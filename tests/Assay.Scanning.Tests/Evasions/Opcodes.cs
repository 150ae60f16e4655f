using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Every opcode, legal and cut short: a call after it is seen, a stream without a call is not accused.</summary>
public sealed class Opcodes
{
    /// <summary>Each opcode with what it needs before it, and nothing left on the stack after it.</summary>
    public static TheoryData<string, byte[]> All() => new()
    {
        { "PROTO", Of(p => p.Proto(3)) },
        { "FRAME", Of(p => p.Frame(4)) },
        { "MARK POP_MARK", Of(p => p.Mark().None().PopMark()) },
        { "MARK POP", Of(p => p.Mark().Pop()) },
        { "POP", Of(p => p.None().Pop()) },
        { "DUP", Of(p => p.None().Dup().Pop().Pop()) },
        { "PUT GET", Of(p => p.None().Put(5).Pop().Get(5).Pop()) },
        { "BINPUT BINGET", Of(p => p.None().BinPut(5).Pop().BinGet(5).Pop()) },
        { "LONG_BINPUT LONG_BINGET", Of(p => p.None().LongBinPut(500).Pop().LongBinGet(500).Pop()) },
        { "MEMOIZE", Of(p => p.None().Memoize().Pop().BinGet(0).Pop()) },
        { "GLOBAL", Of(p => p.Global("collections", "OrderedDict").Pop()) },
        { "STACK_GLOBAL", Of(p => p.StackGlobal("collections", "OrderedDict").Pop()) },
        { "INST", Of(p => p.Mark().Inst("collections", "OrderedDict").Pop()) },
        { "OBJ", Of(p => p.Mark().Global("collections", "OrderedDict").Obj().Pop()) },
        { "REDUCE", Of(p => p.Call("collections", "OrderedDict").Pop()) },
        { "NEWOBJ", Of(p => p.Global("collections", "OrderedDict").EmptyTuple().NewObj().Pop()) },
        { "NEWOBJ_EX", Of(p => p.Global("collections", "OrderedDict").EmptyTuple().EmptyDict().NewObjEx().Pop()) },
        { "BUILD", Of(p => p.Global("collections", "OrderedDict").EmptyTuple().NewObj().EmptyDict().Build().Pop()) },
        { "APPEND", Of(p => p.EmptyList().None().Append().Pop()) },
        { "APPENDS", Of(p => p.EmptyList().Mark().None().None().Appends().Pop()) },
        { "SETITEM", Of(p => p.EmptyDict().None().None().SetItem().Pop()) },
        { "SETITEMS", Of(p => p.EmptyDict().Mark().None().None().SetItems().Pop()) },
        { "ADDITEMS", Of(p => p.EmptySet().Mark().None().AddItems().Pop()) },
        { "DICT", Of(p => p.Mark().None().None().Dict().Pop()) },
        { "LIST", Of(p => p.Mark().None().List().Pop()) },
        { "TUPLE", Of(p => p.Mark().None().Tuple().Pop()) },
        { "FROZENSET", Of(p => p.Mark().None().FrozenSet().Pop()) },
        { "TUPLE1", Of(p => p.None().Tuple1().Pop()) },
        { "TUPLE2", Of(p => p.None().None().Tuple2().Pop()) },
        { "TUPLE3", Of(p => p.None().None().None().Tuple3().Pop()) },
        { "NEWTRUE NEWFALSE", Of(p => p.NewTrue().NewFalse().Pop().Pop()) },
        { "INT", Of(p => p.Int("7").Pop()) },
        { "LONG", Of(p => p.Long("7L").Pop()) },
        { "LONG1", Of(p => p.Long1(1L << 40).Pop()) },
        { "LONG4", Of(p => p.Long4(1L << 40).Pop()) },
        { "BININT", Of(p => p.BinInt(-7).Pop()) },
        { "BININT1", Of(p => p.BinInt1(7).Pop()) },
        { "BININT2", Of(p => p.BinInt2(700).Pop()) },
        { "FLOAT", Of(p => p.Float("1.5").Pop()) },
        { "BINFLOAT", Of(p => p.BinFloat(1.5).Pop()) },
        { "STRING", Of(p => p.String("'abc'").Pop()) },
        { "BINSTRING", Of(p => p.BinString("abc").Pop()) },
        { "SHORT_BINSTRING", Of(p => p.ShortBinString("abc").Pop()) },
        { "UNICODE", Of(p => p.Unicode("abc").Pop()) },
        { "BINUNICODE", Of(p => p.BinUnicode("abc").Pop()) },
        { "SHORT_BINUNICODE", Of(p => p.ShortBinUnicode("abc").Pop()) },
        { "BINUNICODE8", Of(p => p.BinUnicode8("abc").Pop()) },
        { "BINBYTES", Of(p => p.BinBytes([1, 2]).Pop()) },
        { "SHORT_BINBYTES", Of(p => p.ShortBinBytes([1, 2]).Pop()) },
        { "BINBYTES8", Of(p => p.BinBytes8([1, 2]).Pop()) },
        { "BYTEARRAY8", Of(p => p.ByteArray8([1, 2]).Pop()) },
    };

    /// <summary>Opcodes that honest files have only for a loader that expects them.</summary>
    public static TheoryData<string, byte[]> Unusual() => new()
    {
        { "PERSID", Of(p => p.PersId("7").Pop()) },
        { "BINPERSID", Of(p => p.Value("7").BinPersId().Pop()) },
        { "EXT1", Of(p => p.Ext1(3).Pop()) },
        { "EXT2", Of(p => p.Ext2(300).Pop()) },
        { "EXT4", Of(p => p.Ext4(300).Pop()) },
        { "NEXT_BUFFER", Of(p => p.NextBuffer().Pop()) },
        { "READONLY_BUFFER", Of(p => p.BinBytes([1]).ReadOnlyBuffer().Pop()) },
    };

    [Theory]
    [MemberData(nameof(All))]
    [MemberData(nameof(Unusual))]
    public void A_call_after_any_opcode_is_seen(string opcode, byte[] code)
    {
        Assert.NotEmpty(opcode);
        foreach (var protocol in new[] { 0, 2, 4, 5 })
            ScanAssert.Malicious([.. PickleBuilder.Of(protocol).ToArray(), .. code, .. new PickleBuilder().Call("os", "system", PickleSamples.Command).Stop()], "os.system");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void An_opcode_alone_is_clean(string opcode, byte[] code)
    {
        Assert.NotEmpty(opcode);
        ScanAssert.Clean([0x80, 4, .. code, .. "N."u8]);
    }

    [Theory]
    [MemberData(nameof(All))]
    [MemberData(nameof(Unusual))]
    public void A_truncated_opcode_ends_the_stream_and_nothing_else(string opcode, byte[] code)
    {
        Assert.NotEmpty(opcode);
        for (var length = 0; length < code.Length; length++)
            ScanAssert.Malicious([.. PickleBuilder.Of(4).Call("os", "system", PickleSamples.Command).ToArray(), .. code.AsSpan(0, length)], "os.system");
    }

    private static byte[] Of(Func<PickleBuilder, PickleBuilder> part) => part(new PickleBuilder()).ToArray();
}
