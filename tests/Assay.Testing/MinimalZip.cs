using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Assay.Testing;

/// <summary>A member of a <see cref="MinimalZip"/>: what the two headers say may differ from the truth, and from each other.</summary>
public sealed record MinimalZipMember(string Name, byte[] Data)
{
    /// <summary>Name in the local header, where it differs.</summary>
    public string? LocalName { get; init; }

    /// <summary>Compress the data (raw deflate).</summary>
    public bool Deflate { get; init; }

    /// <summary>Method that the headers state, where it is a lie.</summary>
    public ushort? Method { get; init; }

    /// <summary>General purpose flags of the central header.</summary>
    public ushort Flags { get; init; }

    /// <summary>General purpose flags of the local header, where they differ.</summary>
    public ushort? LocalFlags { get; init; }

    /// <summary>Checksum that the headers state, where it is a lie.</summary>
    public uint? Crc { get; init; }

    /// <summary>Uncompressed size that the headers state, where it is a lie.</summary>
    public uint? Size { get; init; }

    /// <summary>False for a member that only has a local header.</summary>
    public bool InDirectory { get; init; } = true;
}

/// <summary>Writes ZIP archives in which every field may lie.</summary>
public sealed class MinimalZip
{
    private readonly List<MinimalZipMember> _members = [];

    /// <summary>Bytes in front of the archive.</summary>
    public byte[] Prefix { get; init; } = [];

    /// <summary>Archive comment.</summary>
    public byte[] Comment { get; init; } = [];

    public MinimalZip Add(string name, byte[] data, bool deflate = false) => Add(new MinimalZipMember(name, data) { Deflate = deflate });

    public MinimalZip Add(MinimalZipMember member)
    {
        _members.Add(member);
        return this;
    }

    public byte[] ToArray()
    {
        using var archive = new MemoryStream();
        using var directory = new MemoryStream();
        archive.Write(Prefix);
        ushort count = 0;
        Span<byte> header = stackalloc byte[30];
        Span<byte> entry = stackalloc byte[46];
        foreach (var member in _members)
        {
            var offset = (uint)(archive.Length - Prefix.Length);
            var packed = member.Deflate ? Deflate(member.Data) : member.Data;
            var method = member.Method ?? (ushort)(member.Deflate ? 8 : 0);
            var crc = member.Crc ?? Assay.Formats.Crc32.Append(0, member.Data);
            var size = member.Size ?? (uint)member.Data.Length;
            var local = Encoding.UTF8.GetBytes(member.LocalName ?? member.Name);
            header.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0x04034b50);
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 20);
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], member.LocalFlags ?? member.Flags);
            BinaryPrimitives.WriteUInt16LittleEndian(header[8..], method);
            BinaryPrimitives.WriteUInt32LittleEndian(header[14..], crc);
            BinaryPrimitives.WriteUInt32LittleEndian(header[18..], (uint)packed.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[22..], size);
            BinaryPrimitives.WriteUInt16LittleEndian(header[26..], (ushort)local.Length);
            archive.Write(header);
            archive.Write(local);
            archive.Write(packed);
            if (!member.InDirectory)
                continue;
            count++;
            var name = Encoding.UTF8.GetBytes(member.Name);
            entry.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(entry, 0x02014b50);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], 20);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], 20);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[8..], member.Flags);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[10..], method);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], crc);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], (uint)packed.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], size);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[28..], (ushort)name.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[42..], offset);
            directory.Write(entry);
            directory.Write(name);
        }

        Span<byte> end = stackalloc byte[22];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)(archive.Length - Prefix.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(end[20..], (ushort)Comment.Length);
        archive.Write(directory.ToArray());
        archive.Write(end);
        archive.Write(Comment);
        return archive.ToArray();
    }

    private static byte[] Deflate(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return packed.ToArray();
    }
}
