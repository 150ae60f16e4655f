using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Assay.Testing;

/// <summary>
/// Writes pickle streams opcode by opcode, so that a test shows the trick it is about. Nothing is checked: a builder of hostile
/// streams has to be able to write what no pickler would. Terminate with <see cref="Stop"/>, or leave it out for a broken stream.
/// </summary>
public sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];

    /// <summary>A stream that starts with PROTO <paramref name="protocol"/>; protocols 0 and 1 have no header.</summary>
    public static PickleBuilder Of(int protocol) => protocol < 2 ? new PickleBuilder() : new PickleBuilder().Proto(protocol);

    /// <summary>Bytes written so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>The bytes.</summary>
    public byte[] ToArray() => [.. _bytes];

    // Stream and stack

    public PickleBuilder Proto(int version) => Op(0x80).Byte(version);

    public PickleBuilder Frame(ulong length) => Op(0x95).UInt64(length);

    public byte[] Stop() => Op((byte)'.').ToArray();

    /// <summary>STOP in the middle of a stream.</summary>
    public PickleBuilder StopHere() => Op((byte)'.');

    public PickleBuilder Mark() => Op((byte)'(');

    public PickleBuilder Pop() => Op((byte)'0');

    public PickleBuilder PopMark() => Op((byte)'1');

    public PickleBuilder Dup() => Op((byte)'2');

    // Memo

    public PickleBuilder Put(string index) => Op((byte)'p').Line(index);

    public PickleBuilder Put(int index) => Put(index.ToString(CultureInfo.InvariantCulture));

    public PickleBuilder BinPut(byte index) => Op((byte)'q').Byte(index);

    public PickleBuilder LongBinPut(uint index) => Op((byte)'r').UInt32(index);

    public PickleBuilder Memoize() => Op(0x94);

    public PickleBuilder Get(string index) => Op((byte)'g').Line(index);

    public PickleBuilder Get(int index) => Get(index.ToString(CultureInfo.InvariantCulture));

    public PickleBuilder BinGet(byte index) => Op((byte)'h').Byte(index);

    public PickleBuilder LongBinGet(uint index) => Op((byte)'j').UInt32(index);

    // Imports

    public PickleBuilder Global(string module, string name) => Op((byte)'c').Line(module).Line(name);

    /// <summary>STACK_GLOBAL on what is on the stack.</summary>
    public PickleBuilder StackGlobal() => Op(0x93);

    /// <summary>Module and name as short text, then STACK_GLOBAL.</summary>
    public PickleBuilder StackGlobal(string module, string name) => ShortBinUnicode(module).ShortBinUnicode(name).StackGlobal();

    public PickleBuilder Ext1(byte code) => Op(0x82).Byte(code);

    public PickleBuilder Ext2(ushort code) => Op(0x83).UInt16(code);

    public PickleBuilder Ext4(int code) => Op(0x84).Int32(code);

    // Calls

    public PickleBuilder Inst(string module, string name) => Op((byte)'i').Line(module).Line(name);

    public PickleBuilder Obj() => Op((byte)'o');

    public PickleBuilder Reduce() => Op((byte)'R');

    public PickleBuilder NewObj() => Op(0x81);

    public PickleBuilder NewObjEx() => Op(0x92);

    public PickleBuilder Build() => Op((byte)'b');

    public PickleBuilder PersId(string id) => Op((byte)'P').Line(id);

    public PickleBuilder BinPersId() => Op((byte)'Q');

    /// <summary>GLOBAL, the arguments as a tuple, REDUCE.</summary>
    public PickleBuilder Call(string module, string name, params object?[] arguments) =>
        Global(module, name).Arguments(arguments).Reduce();

    /// <summary>Module and name on the stack, STACK_GLOBAL, the arguments as a tuple, REDUCE.</summary>
    public PickleBuilder StackCall(string module, string name, params object?[] arguments) =>
        StackGlobal(module, name).Arguments(arguments).Reduce();

    /// <summary>The values as a tuple.</summary>
    public PickleBuilder Arguments(params object?[] arguments)
    {
        Mark();
        foreach (var argument in arguments)
            Value(argument);
        return Tuple();
    }

    // Containers

    public PickleBuilder EmptyDict() => Op((byte)'}');

    public PickleBuilder EmptyList() => Op((byte)']');

    public PickleBuilder EmptyTuple() => Op((byte)')');

    public PickleBuilder EmptySet() => Op(0x8f);

    public PickleBuilder Dict() => Op((byte)'d');

    public PickleBuilder List() => Op((byte)'l');

    public PickleBuilder Tuple() => Op((byte)'t');

    public PickleBuilder Tuple1() => Op(0x85);

    public PickleBuilder Tuple2() => Op(0x86);

    public PickleBuilder Tuple3() => Op(0x87);

    public PickleBuilder FrozenSet() => Op(0x91);

    public PickleBuilder Append() => Op((byte)'a');

    public PickleBuilder Appends() => Op((byte)'e');

    public PickleBuilder SetItem() => Op((byte)'s');

    public PickleBuilder SetItems() => Op((byte)'u');

    public PickleBuilder AddItems() => Op(0x90);

    // Constants

    public PickleBuilder None() => Op((byte)'N');

    public PickleBuilder NewTrue() => Op(0x88);

    public PickleBuilder NewFalse() => Op(0x89);

    /// <summary>INT with any text: hexadecimal, octal, <c>00</c>, <c>01</c>.</summary>
    public PickleBuilder Int(string text) => Op((byte)'I').Line(text);

    public PickleBuilder Long(string text) => Op((byte)'L').Line(text);

    public PickleBuilder Long1(BigInteger value)
    {
        var bytes = LittleEndian(value);
        return Op(0x8a).Byte(bytes.Length).Raw(bytes);
    }

    public PickleBuilder Long4(BigInteger value)
    {
        var bytes = LittleEndian(value);
        return Long4(bytes.Length, bytes);
    }

    /// <summary>LONG4 with a length that need not be true.</summary>
    public PickleBuilder Long4(int length, byte[] bytes) => Op(0x8b).Int32(length).Raw(bytes);

    public PickleBuilder BinInt(int value) => Op((byte)'J').Int32(value);

    public PickleBuilder BinInt1(byte value) => Op((byte)'K').Byte(value);

    public PickleBuilder BinInt2(ushort value) => Op((byte)'M').UInt16(value);

    public PickleBuilder Float(string text) => Op((byte)'F').Line(text);

    public PickleBuilder BinFloat(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Op((byte)'G').Raw(bytes);
    }

    /// <summary>STRING; <paramref name="literal"/> with its quotes and escapes as they stand in the stream.</summary>
    public PickleBuilder String(string literal) => Op((byte)'S').Line(literal);

    public PickleBuilder BinString(byte[] bytes) => Op((byte)'T').UInt32((uint)bytes.Length).Raw(bytes);

    public PickleBuilder BinString(string text) => BinString(Encoding.Latin1.GetBytes(text));

    public PickleBuilder ShortBinString(string text) => ShortBinString(Encoding.Latin1.GetBytes(text));

    public PickleBuilder ShortBinString(byte[] bytes) => Op((byte)'U').Byte(bytes.Length).Raw(bytes);

    /// <summary>UNICODE; <paramref name="escaped"/> as it stands in the stream (raw-unicode-escape).</summary>
    public PickleBuilder Unicode(string escaped) => Op((byte)'V').Line(escaped);

    public PickleBuilder BinUnicode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').UInt32((uint)bytes.Length).Raw(bytes);
    }

    public PickleBuilder ShortBinUnicode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op(0x8c).Byte(bytes.Length).Raw(bytes);
    }

    public PickleBuilder BinUnicode8(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op(0x8d).UInt64((ulong)bytes.Length).Raw(bytes);
    }

    public PickleBuilder BinBytes(byte[] bytes) => Op((byte)'B').UInt32((uint)bytes.Length).Raw(bytes);

    public PickleBuilder ShortBinBytes(byte[] bytes) => Op((byte)'C').Byte(bytes.Length).Raw(bytes);

    public PickleBuilder BinBytes8(byte[] bytes) => BinBytes8((ulong)bytes.Length, bytes);

    /// <summary>BINBYTES8 with a length that need not be true.</summary>
    public PickleBuilder BinBytes8(ulong length, byte[] bytes) => Op(0x8e).UInt64(length).Raw(bytes);

    public PickleBuilder ByteArray8(byte[] bytes) => Op(0x96).UInt64((ulong)bytes.Length).Raw(bytes);

    public PickleBuilder NextBuffer() => Op(0x97);

    public PickleBuilder ReadOnlyBuffer() => Op(0x98);

    // Raw

    /// <summary>A byte as it is.</summary>
    public PickleBuilder Op(byte code)
    {
        _bytes.Add(code);
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public PickleBuilder Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Text as UTF-8.</summary>
    public PickleBuilder Raw(string text) => Raw(Encoding.UTF8.GetBytes(text));

    /// <summary>Runs <paramref name="part"/> on this builder, for pieces that several tests share.</summary>
    public PickleBuilder With(Func<PickleBuilder, PickleBuilder> part) => part(this);

    /// <summary>
    /// A value as Python would write it: null, bool, integers, double, string, bytes, <see cref="object"/> arrays as tuples, lists as
    /// lists, dictionaries as dicts, <see cref="PyGlobal"/> as a name, and a function of the builder for anything else.
    /// </summary>
    public PickleBuilder Value(object? value)
    {
        switch (value)
        {
            case null:
                return None();
            case bool b:
                return b ? NewTrue() : NewFalse();
            case int i when i is >= 0 and <= 255:
                return BinInt1((byte)i);
            case int i:
                return BinInt(i);
            case long l:
                return Long1(l);
            case BigInteger big:
                return Long1(big);
            case double d:
                return BinFloat(d);
            case string s when Encoding.UTF8.GetByteCount(s) < 256:
                return ShortBinUnicode(s);
            case string s:
                return BinUnicode(s);
            case byte[] bytes when bytes.Length < 256:
                return ShortBinBytes(bytes);
            case byte[] bytes:
                return BinBytes(bytes);
            case PyGlobal(var module, var name):
                return Global(module, name);
            case Func<PickleBuilder, PickleBuilder> part:
                return part(this);
            case object?[] tuple:
                return Arguments(tuple);
            case IDictionary dictionary:
                EmptyDict();
                foreach (DictionaryEntry entry in dictionary)
                    Value(entry.Key).Value(entry.Value).SetItem();
                return this;
            case IEnumerable list:
                EmptyList();
                foreach (var item in list)
                    Value(item).Append();
                return this;
            default:
                throw new ArgumentException($"no pickle of {value.GetType()}", nameof(value));
        }
    }

    private static byte[] LittleEndian(BigInteger value) => value.IsZero ? [] : value.ToByteArray();

    private PickleBuilder Line(string text) => Raw(Encoding.UTF8.GetBytes(text)).Op((byte)'\n');

    private PickleBuilder Byte(int value) => Op(checked((byte)value));

    private PickleBuilder UInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private PickleBuilder Int32(int value) => UInt32(unchecked((uint)value));

    private PickleBuilder UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private PickleBuilder UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }
}

/// <summary>A name to import, as a value of <see cref="PickleBuilder.Value"/>.</summary>
public sealed record PyGlobal(string Module, string Name);
