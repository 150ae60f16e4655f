using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Assay.Formats;

namespace Assay.Testing;

/// <summary>One member of a <see cref="ZipBuilder"/>; every field is honest until a test sets it.</summary>
public sealed class ZipMemberBuilder
{
    public required string Name { get; set; }

    public required byte[] Content { get; init; }

    /// <summary>Name in the local header.</summary>
    public string? LocalName { get; set; }

    public ushort Method { get; set; }

    public ushort? LocalMethod { get; set; }

    /// <summary>How the data is really stored, where the method lies.</summary>
    public ushort? RealMethod { get; set; }

    public ushort Flags { get; set; }

    public ushort? LocalFlags { get; set; }

    public uint? Crc { get; set; }

    public uint? LocalCrc { get; set; }

    public long? CompressedSize { get; set; }

    public long? UncompressedSize { get; set; }

    public long? LocalCompressedSize { get; set; }

    public long? LocalUncompressedSize { get; set; }

    public uint ExternalAttributes { get; set; } = 0x81A4_0000;

    public byte System { get; set; } = 3;

    public byte[] Extra { get; set; } = [];

    public byte[] LocalExtra { get; set; } = [];

    /// <summary>Sizes and checksum follow the data, as streaming writers do.</summary>
    public bool Streamed { get; set; }

    /// <summary>Without signature, as some streaming writers do.</summary>
    public bool BareDescriptor { get; set; }

    /// <summary>False leaves it out of the central directory.</summary>
    public bool Listed { get; set; } = true;

    /// <summary>True lists it in the central directory without writing it.</summary>
    public bool Absent { get; set; }

    /// <summary>The data as written; compressed from the content where null.</summary>
    public byte[]? Data { get; set; }

    /// <summary>Offset that the central directory gives.</summary>
    public long? HeaderOffset { get; set; }

    /// <summary>Bytes written behind the member that nothing accounts for.</summary>
    public byte[] Gap { get; set; } = [];
}

/// <summary>Builds ZIP archives field by field, honest or lying.</summary>
public sealed class ZipBuilder
{
    private readonly List<ZipMemberBuilder> _members = [];

    public byte[] Prefix { get; set; } = [];

    public byte[] Appended { get; set; } = [];

    public byte[] Comment { get; set; } = [];

    public ushort? Count { get; set; }

    public uint? DirectorySize { get; set; }

    public uint? DirectoryOffset { get; set; }

    /// <summary>Writes the 64-bit end record and its locator as well.</summary>
    public bool Zip64 { get; set; }

    /// <summary>Offsets count from the start of the archive and not of the file, as when data was put in front later.</summary>
    public bool OffsetsWithoutPrefix { get; set; }

    /// <summary>False leaves the end record out.</summary>
    public bool WithEnd { get; set; } = true;

    public ZipBuilder Add(string name, byte[] content, Action<ZipMemberBuilder>? lie = null)
    {
        var member = new ZipMemberBuilder { Name = name, Content = content };
        lie?.Invoke(member);
        _members.Add(member);
        return this;
    }

    public ZipBuilder Add(string name, string content, Action<ZipMemberBuilder>? lie = null) => Add(name, Encoding.UTF8.GetBytes(content), lie);

    public static byte[] Deflate(byte[] content)
    {
        using var into = new MemoryStream();
        using (var deflate = new DeflateStream(into, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(content);
        return into.ToArray();
    }

    public byte[] Build()
    {
        var file = new MemoryStream();
        file.Write(Prefix);
        var offsets = new long[_members.Count];
        var sizes = new long[_members.Count];
        for (var i = 0; i < _members.Count; i++)
        {
            var m = _members[i];
            offsets[i] = file.Length;
            var data = m.Data ?? ((m.RealMethod ?? m.Method) == 8 ? Deflate(m.Content) : m.Content);
            sizes[i] = data.Length;
            if (m.Absent)
                continue;
            var name = Encoding.UTF8.GetBytes(m.LocalName ?? m.Name);
            var crc = m.LocalCrc ?? m.Crc ?? Crc32.Append(0, m.Content);
            var streamed = m.Streamed;
            U32(file, 0x04034b50);
            U16(file, 20);
            U16(file, (ushort)((m.LocalFlags ?? m.Flags) | (streamed ? 8 : 0)));
            U16(file, m.LocalMethod ?? m.Method);
            U32(file, 0x00210000);
            U32(file, streamed ? m.LocalCrc ?? 0 : crc);
            U32(file, (uint)(m.LocalCompressedSize ?? (streamed ? 0 : m.CompressedSize ?? data.Length)));
            U32(file, (uint)(m.LocalUncompressedSize ?? (streamed ? 0 : m.UncompressedSize ?? m.Content.Length)));
            U16(file, (ushort)name.Length);
            U16(file, (ushort)m.LocalExtra.Length);
            file.Write(name);
            file.Write(m.LocalExtra);
            file.Write(data);
            if (streamed)
            {
                if (!m.BareDescriptor)
                    U32(file, 0x08074b50);
                U32(file, Crc32.Append(0, m.Content));
                U32(file, (uint)data.Length);
                U32(file, (uint)m.Content.Length);
            }

            file.Write(m.Gap);
        }

        var start = file.Length;
        var count = 0;
        for (var i = 0; i < _members.Count; i++)
        {
            var m = _members[i];
            if (!m.Listed)
                continue;
            count++;
            var name = Encoding.UTF8.GetBytes(m.Name);
            U32(file, 0x02014b50);
            U16(file, (ushort)((m.System << 8) | 20));
            U16(file, 20);
            U16(file, (ushort)(m.Flags | (m.Streamed ? 8 : 0)));
            U16(file, m.Method);
            U32(file, 0x00210000);
            U32(file, m.Crc ?? Crc32.Append(0, m.Content));
            U32(file, (uint)(m.CompressedSize ?? sizes[i]));
            U32(file, (uint)(m.UncompressedSize ?? m.Content.Length));
            U16(file, (ushort)name.Length);
            U16(file, (ushort)m.Extra.Length);
            U16(file, 0);
            U16(file, 0);
            U16(file, 0);
            U32(file, m.ExternalAttributes);
            U32(file, (uint)(m.HeaderOffset ?? offsets[i] - (OffsetsWithoutPrefix ? Prefix.Length : 0)));
            file.Write(name);
            file.Write(m.Extra);
        }

        var size = file.Length - start;
        var offset = start - (OffsetsWithoutPrefix ? Prefix.Length : 0);
        if (!WithEnd)
            return file.ToArray();
        if (Zip64)
        {
            var record = file.Length;
            U32(file, 0x06064b50);
            U64(file, 44);
            U16(file, 45);
            U16(file, 45);
            U32(file, 0);
            U32(file, 0);
            U64(file, (ulong)count);
            U64(file, (ulong)count);
            U64(file, (ulong)size);
            U64(file, (ulong)offset);
            U32(file, 0x07064b50);
            U32(file, 0);
            U64(file, (ulong)record);
            U32(file, 1);
        }

        U32(file, 0x06054b50);
        U32(file, 0);
        U16(file, Count ?? (ushort)count);
        U16(file, Count ?? (ushort)count);
        U32(file, DirectorySize ?? (uint)size);
        U32(file, DirectoryOffset ?? (uint)offset);
        U16(file, (ushort)Comment.Length);
        file.Write(Comment);
        file.Write(Appended);
        return file.ToArray();
    }

    private static void U16(MemoryStream file, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        file.Write(bytes);
    }

    private static void U32(MemoryStream file, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        file.Write(bytes);
    }

    private static void U64(MemoryStream file, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        file.Write(bytes);
    }
}
