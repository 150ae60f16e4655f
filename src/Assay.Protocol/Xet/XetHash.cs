using System.Buffers.Binary;
using System.Globalization;

namespace Assay.Protocol.Xet;

/// <summary>
/// A hash of Xet: 32 bytes, as text four 64-bit little-endian numbers of 16 lower-case hexadecimal digits each
/// (source: xet-core, <c>xet_core_structures/src/merklehash/data_hash.rs</c>). A SHA-256 that a shard carries is stored so that this text is its usual one.
/// </summary>
public readonly record struct XetHash
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 32;

    /// <summary>Length as text.</summary>
    public const int TextLength = 64;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>A hash from its 32 bytes.</summary>
    public XetHash(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    private XetHash(ulong a, ulong b, ulong c, ulong d)
    {
        _a = a;
        _b = b;
        _c = c;
        _d = d;
    }

    /// <summary>Whether all bits are set: what marks the end of a shard's section.</summary>
    public bool IsAllOnes => (_a & _b & _c & _d) == ulong.MaxValue;

    /// <summary>Whether a group of nodes may end at this one.</summary>
    internal bool EndsGroup => _d % 4 == 0;

    /// <summary>Reads the text form: exactly 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out XetHash hash)
    {
        hash = default;
        if (text.Length != TextLength || text.IndexOfAnyExcept("0123456789abcdef") >= 0)
            return false;
        hash = new XetHash(Word(text[..16]), Word(text[16..32]), Word(text[32..48]), Word(text[48..]));
        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], _d);
    }

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}");

    /// <summary>Writes the text form as 64 bytes of ASCII.</summary>
    internal void WriteText(Span<byte> destination)
    {
        _a.TryFormat(destination, out _, "x16", CultureInfo.InvariantCulture);
        _b.TryFormat(destination[16..], out _, "x16", CultureInfo.InvariantCulture);
        _c.TryFormat(destination[32..], out _, "x16", CultureInfo.InvariantCulture);
        _d.TryFormat(destination[48..], out _, "x16", CultureInfo.InvariantCulture);
    }

    private static ulong Word(ReadOnlySpan<char> text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
