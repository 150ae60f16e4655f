using System.Buffers.Binary;
using System.Text;

namespace Assay.Testing;

/// <summary>Makes programs of headers and filling: none of them could run.</summary>
public static class ProgramBuilder
{
    /// <summary>A 64-bit Windows program with one section, which holds the start.</summary>
    public static byte[] Pe(string section = ".text", uint flags = 0x60000020, byte[]? code = null, string strings = "", uint entry = 0x1000)
    {
        code ??= [.. Enumerable.Range(0, 16384).Select(i => (byte)(i % 7 * 3))];
        var file = new byte[0x400];
        "MZ"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x3C), 0x80);
        "PE\0\0"u8.CopyTo(file.AsSpan(0x80));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(0x84), 0x8664);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(0x86), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(0x94), 0xF0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(0x98), 0x20B);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0xA8), entry);
        var header = file.AsSpan(0x98 + 0xF0);
        Encoding.ASCII.GetBytes(section).CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], code.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 0x1000);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], code.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 0x400);
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], flags);
        return [.. file, .. code, .. Encoding.Latin1.GetBytes(strings)];
    }

    /// <summary>A 64-bit Linux program or library with one segment.</summary>
    public static byte[] Elf(ushort kind = 2, uint flags = 5, string mark = "", byte[]? code = null)
    {
        code ??= [.. Enumerable.Range(0, 16384).Select(i => (byte)(i % 7 * 3))];
        var file = new byte[0x200];
        ((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), kind);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), 0x400200);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(68), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(80), 0x400000);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(96), (ulong)(0x200 + code.Length));
        Encoding.ASCII.GetBytes(mark).CopyTo(file, 0x90);
        return [.. file, .. code];
    }
}
