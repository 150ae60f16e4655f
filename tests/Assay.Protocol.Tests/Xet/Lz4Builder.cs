using System.Buffers.Binary;
using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

/// <summary>Writes LZ4 frames with a plain greedy encoder, in every form that a frame may have.</summary>
public sealed record Lz4Builder
{
    public bool Independent { get; init; } = true;

    public bool BlockChecksums { get; init; }

    public bool ContentChecksum { get; init; }

    public bool ContentSize { get; init; }

    /// <summary>Every so many blocks one is stored as it is; zero for none.</summary>
    public int StoredEvery { get; init; }

    /// <summary>Content of a block in bytes, at most 64 KiB.</summary>
    public int BlockLength { get; init; } = 65536;

    /// <summary>Whether blocks have no matches.</summary>
    public bool LiteralsOnly { get; init; }

    public byte[] Encode(ReadOnlySpan<byte> content)
    {
        using var frame = new MemoryStream();
        Span<byte> word = stackalloc byte[8];
        var flags = 0x40 | (Independent ? 0x20 : 0) | (BlockChecksums ? 0x10 : 0) | (ContentSize ? 8 : 0) | (ContentChecksum ? 4 : 0);
        frame.Write([0x04, 0x22, 0x4D, 0x18, (byte)flags, 0x40]);
        if (ContentSize)
        {
            BinaryPrimitives.WriteInt64LittleEndian(word, content.Length);
            frame.Write(word);
        }

        frame.WriteByte((byte)(XxHash32.Hash(frame.ToArray().AsSpan(4)) >> 8));
        var number = 0;
        for (var at = 0; at < content.Length; at += BlockLength)
        {
            var end = Math.Min(content.Length, at + BlockLength);
            var block = EncodeBlock(content[..end], at, Independent ? at : 0);
            var stored = block.Length > BlockLength || (StoredEvery > 0 && number++ % StoredEvery == 0);
            if (stored)
                block = content[at..end].ToArray();
            WriteWord(frame, (uint)block.Length | (stored ? 0x80000000 : 0));
            frame.Write(block);
            if (BlockChecksums)
                WriteWord(frame, XxHash32.Hash(block));
        }

        WriteWord(frame, 0);
        if (ContentChecksum)
            WriteWord(frame, XxHash32.Hash(content));
        return frame.ToArray();
    }

    private static void WriteWord(Stream stream, uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        stream.Write(word);
    }

    private static void WriteLength(Stream block, int length)
    {
        if (length < 15)
            return;
        for (length -= 15; length >= 255; length -= 255)
            block.WriteByte(255);
        block.WriteByte((byte)length);
    }

    private byte[] EncodeBlock(ReadOnlySpan<byte> content, int start, int window)
    {
        using var block = new MemoryStream();
        var seen = new Dictionary<uint, int>();
        for (var i = window; i + 4 <= start; i++)
            seen[BinaryPrimitives.ReadUInt32LittleEndian(content[i..])] = i;
        var literals = start;
        for (var at = start; !LiteralsOnly && at + 12 <= content.Length;)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(content[at..]);
            if (!seen.TryGetValue(word, out var from) || at - from > 65535)
            {
                seen[word] = at++;
                continue;
            }

            seen[word] = at;
            var length = 4;
            while (at + length + 5 < content.Length && content[from + length] == content[at + length])
                length++;
            WriteSequence(block, content[literals..at], at - from, length);
            at += length;
            literals = at;
        }

        WriteSequence(block, content[literals..], 0, 0);
        return block.ToArray();
    }

    private static void WriteSequence(Stream block, ReadOnlySpan<byte> literals, int distance, int length)
    {
        block.WriteByte((byte)((Math.Min(15, literals.Length) << 4) | Math.Clamp(length - 4, 0, 15)));
        WriteLength(block, literals.Length);
        block.Write(literals);
        if (length == 0)
            return;
        block.WriteByte((byte)distance);
        block.WriteByte((byte)(distance >> 8));
        WriteLength(block, length - 4);
    }
}
