using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Assay.Testing;

/// <summary>Makes documents and shortcuts with what they can carry; every payload is inert.</summary>
public static class DocumentBuilder
{
    /// <summary>A Windows shortcut to a program with arguments, as strings in UTF-16.</summary>
    public static byte[] Shortcut(string target, string arguments, string icon = "", uint show = 1)
    {
        var file = new List<byte>();
        file.AddRange([0x4C, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]);
        var flags = 0x80u | 8 | 0x20 | (icon.Length > 0 ? 0x40u : 0);
        // HasRelativePath 8, HasArguments 0x20, HasIconLocation 0x40, IsUnicode 0x80.
        file.AddRange(U32(flags));
        file.AddRange(new byte[0x3C - file.Count]);
        file.AddRange(U32(show));
        file.AddRange(new byte[0x4C - file.Count]);
        file.AddRange(Counted(target));
        file.AddRange(Counted(arguments));
        if (icon.Length > 0)
            file.AddRange(Counted(icon));
        file.AddRange(U32(0));
        return [.. file];

        static byte[] Counted(string text) => [.. BitConverter.GetBytes((ushort)text.Length), .. Encoding.Unicode.GetBytes(text)];
    }

    /// <summary>A compound file with streams (paths by <c>/</c> are flattened to their last name); short ones lie in the mini stream.</summary>
    public static byte[] Compound(params (string Name, byte[] Content)[] streams)
    {
        const int Sector = 512;
        var mini = new List<byte>();
        var miniFat = new List<uint>();
        var entries = new List<(string Name, uint Start, int Size)>();
        var large = new List<byte[]>();
        foreach (var (name, content) in streams)
        {
            if (content.Length >= 4096)
            {
                entries.Add((name, uint.MaxValue - (uint)large.Count, content.Length));
                large.Add(content);
                continue;
            }

            var start = (uint)(mini.Count / 64);
            var count = Math.Max(1, (content.Length + 63) / 64);
            for (var i = 0; i < count; i++)
                miniFat.Add(i == count - 1 ? 0xFFFFFFFE : start + (uint)i + 1);
            mini.AddRange(content);
            mini.AddRange(new byte[(count * 64) - content.Length]);
            entries.Add((name, start, content.Length));
        }

        var fat = new List<uint>();
        var body = new List<byte>();
        uint Put(IReadOnlyCollection<byte> content)
        {
            if (content.Count == 0)
                return 0xFFFFFFFE;
            var start = (uint)(body.Count / Sector);
            var count = (content.Count + Sector - 1) / Sector;
            for (var i = 0; i < count; i++)
                fat.Add(i == count - 1 ? 0xFFFFFFFE : start + (uint)i + 1);
            body.AddRange(content);
            body.AddRange(new byte[(count * Sector) - content.Count]);
            return start;
        }

        var places = large.ConvertAll(content => Put(content));
        var miniStart = Put(mini);
        var miniFatStart = Put([.. miniFat.SelectMany(n => BitConverter.GetBytes(n))]);
        var directory = new List<byte>();
        directory.AddRange(Entry("Root Entry", 5, miniStart, mini.Count));
        foreach (var (name, start, size) in entries)
            directory.AddRange(Entry(name, 2, size >= 4096 ? places[(int)(uint.MaxValue - start)] : start, size));
        while (directory.Count % Sector != 0)
            directory.AddRange(new byte[128]);
        var directoryStart = Put(directory);
        var fatSectors = (fat.Count + 1 + 127) / 128;
        var fatStart = body.Count / Sector;
        for (var i = 0; i < fatSectors; i++)
            fat.Add(0xFFFFFFFD);
        var table = fat.SelectMany(n => BitConverter.GetBytes(n)).ToList();
        while (table.Count < fatSectors * Sector)
            table.Add(0xFF);
        body.AddRange(table);

        var header = new byte[Sector];
        ((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).CopyTo(header);
        header[0x18] = 0x3E;
        header[0x1A] = 3;
        header[0x1C] = 0xFE;
        header[0x1D] = 0xFF;
        header[0x1E] = 9;
        header[0x20] = 6;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x2C), (uint)fatSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x30), directoryStart);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x38), 4096);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x3C), miniFatStart);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x44), 0xFFFFFFFE);
        for (var i = 0; i < 109; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x4C + (i * 4)), i < fatSectors ? (uint)(fatStart + i) : uint.MaxValue);
        return [.. header, .. body];

        static byte[] Entry(string name, byte kind, uint start, int size)
        {
            var entry = new byte[128];
            Encoding.Unicode.GetBytes(name).CopyTo(entry, 0);
            BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(0x40), (ushort)((name.Length + 1) * 2));
            entry[0x42] = kind;
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(0x44), -1);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(0x48), -1);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(0x4C), -1);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(0x74), start);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(0x78), size);
            return entry;
        }
    }

    /// <summary>A document with one macro module.</summary>
    public static byte[] Macro(string source, int compiled = 200) =>
        Compound(("WordDocument", new byte[600]), ("_VBA_PROJECT", new byte[32]), ("PROJECT", "ID=x\r\n"u8.ToArray()), ("Module1", [.. new byte[compiled], .. VbaContainer("Attribute VB_Name = \"Module1\"\r\n" + source)]));

    /// <summary>Source as MS-OVBA 2.4.1 stores it, in literal tokens.</summary>
    public static byte[] VbaContainer(string source)
    {
        var result = new List<byte> { 1 };
        var bytes = Encoding.Latin1.GetBytes(source);
        for (var at = 0; at < bytes.Length; at += 3000)
        {
            var chunk = bytes.AsSpan(at, Math.Min(3000, bytes.Length - at));
            var tokens = new List<byte>();
            for (var i = 0; i < chunk.Length; i += 8)
            {
                tokens.Add(0);
                tokens.AddRange(chunk.Slice(i, Math.Min(8, chunk.Length - i)));
            }

            result.AddRange(BitConverter.GetBytes((ushort)(0xB000 | (tokens.Count + 2 - 3))));
            result.AddRange(tokens);
        }

        return [.. result];
    }

    /// <summary>A PDF of one page with further objects; those in <paramref name="packed"/> lie in a compressed object stream.</summary>
    public static byte[] Pdf(string catalogue, string objects = "", string packed = "")
    {
        var file = new List<byte>();
        void Write(string text) => file.AddRange(Encoding.Latin1.GetBytes(text));
        Write("%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>\nendobj\n");
        Stream(4, "", Encoding.Latin1.GetBytes("BT (some text about /JavaScript and /Launch) Tj ET"));
        Write(objects);
        if (packed.Length > 0)
            Stream(50, "/Type /ObjStm /N 1 /First 4 ", Encoding.Latin1.GetBytes("60 0 " + packed));
        Write("trailer\n<< /Root 1 0 R >>\n%%EOF\n");
        return [.. file];

        void Stream(int number, string dictionary, byte[] content)
        {
            using var into = new MemoryStream();
            using (var zlib = new ZLibStream(into, CompressionLevel.Optimal, leaveOpen: true))
                zlib.Write(content);
            Write($"{number} 0 obj\n<< {dictionary}/Filter /FlateDecode /Length {into.Length} >>\nstream\n");
            file.AddRange(into.ToArray());
            Write("\nendstream\nendobj\n");
        }
    }

    /// <summary>An OLE 1 object as RTF writes it, in hexadecimal digits.</summary>
    public static string RtfObject(string className, byte[] content)
    {
        var bytes = new List<byte>();
        bytes.AddRange(U32(0x501));
        bytes.AddRange(U32(2));
        bytes.AddRange(U32((uint)className.Length + 1));
        bytes.AddRange(Encoding.Latin1.GetBytes(className + "\0"));
        bytes.AddRange(U32(0));
        bytes.AddRange(U32(0));
        bytes.AddRange(U32((uint)content.Length));
        bytes.AddRange(content);
        return Convert.ToHexStringLower([.. bytes]);
    }

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);
}
