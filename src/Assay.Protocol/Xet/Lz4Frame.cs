using System.Buffers.Binary;

namespace Assay.Protocol.Xet;

/// <summary>
/// Decodes one LZ4 frame whose decoded length is known beforehand (source: LZ4, <c>doc/lz4_Frame_format.md</c> 1.6.4 and
/// <c>doc/lz4_Block_format.md</c>). Blocks may be linked or independent, compressed or stored; checksums are verified where they are present.
/// Frames with a dictionary are refused, and so is anything after the frame. Nothing is allocated; the work is bounded by both lengths.
/// </summary>
public static class Lz4Frame
{
    private const uint Magic = 0x184D2204;
    private const int VersionMask = 0xC0;
    private const int Version1 = 0x40;
    private const int Independent = 0x20;
    private const int BlockChecksum = 0x10;
    private const int ContentSize = 0x08;
    private const int ContentChecksum = 0x04;
    private const int ReservedFlag = 0x02;
    private const int DictionaryId = 0x01;
    private const uint Stored = 0x80000000;
    private const int MinMatch = 4;

    /// <summary>Decodes a frame.</summary>
    /// <param name="frame">The frame, whole.</param>
    /// <param name="content">Receives the content, which must fill it exactly.</param>
    /// <exception cref="XetFormatException">This is no such frame, is damaged, or decodes to another length.</exception>
    public static void Decode(ReadOnlySpan<byte> frame, Span<byte> content)
    {
        var position = 0;
        if (frame.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(frame) != Magic)
            throw new XetFormatException("An LZ4 frame does not begin as one.", 0);
        var flags = frame[4];
        var descriptor = frame[5];
        if ((flags & VersionMask) != Version1 || (flags & (ReservedFlag | DictionaryId)) != 0 || (descriptor & 0x8F) != 0 || descriptor < 0x40)
            throw new XetFormatException("An LZ4 frame has flags that are not supported.", 4);
        var maxBlock = 1 << (8 + (2 * (descriptor >> 4)));
        position = 6;
        if ((flags & ContentSize) != 0)
        {
            if (frame.Length < position + 9)
                throw Truncated(frame.Length);
            if (BinaryPrimitives.ReadUInt64LittleEndian(frame[position..]) != (ulong)content.Length)
                throw new XetFormatException("An LZ4 frame declares another length than its chunk.", position);
            position += 8;
        }

        if (frame[position] != (byte)(XxHash32.Hash(frame[4..position]) >> 8))
            throw new XetFormatException("The header of an LZ4 frame has a wrong checksum.", position);
        position++;

        var written = 0;
        while (true)
        {
            var size = ReadWord(frame, position);
            position += 4;
            if (size == 0)
                break;
            var stored = (size & Stored) != 0;
            size &= ~Stored;
            if (size > maxBlock)
                throw new XetFormatException("A block of an LZ4 frame is longer than the frame allows.", position - 4);
            if (size > frame.Length - position)
                throw Truncated(frame.Length);
            var block = frame.Slice(position, (int)size);
            var start = written;
            var end = Math.Min(content.Length, written + maxBlock);
            if (stored)
            {
                if (block.Length > end - written)
                    throw TooLong(position);
                block.CopyTo(content[written..]);
                written += block.Length;
            }
            else
            {
                var window = (flags & Independent) != 0 ? start : 0;
                written = window + DecodeBlock(block, content[window..end], start - window, position);
            }

            position += block.Length;
            if ((flags & BlockChecksum) != 0)
            {
                if (ReadWord(frame, position) != XxHash32.Hash(block))
                    throw new XetFormatException("A block of an LZ4 frame has a wrong checksum.", position);
                position += 4;
            }
        }

        if (written != content.Length)
            throw new XetFormatException($"An LZ4 frame decodes to {written} bytes instead of {content.Length}.", position);
        if ((flags & ContentChecksum) != 0)
        {
            if (ReadWord(frame, position) != XxHash32.Hash(content))
                throw new XetFormatException("The content of an LZ4 frame has a wrong checksum.", position);
            position += 4;
        }

        if (position != frame.Length)
            throw new XetFormatException("Bytes follow an LZ4 frame.", position);
    }

    // Decodes a block behind what the window already holds; matches reach back to the window's start. Returns the new end within the window.
    private static int DecodeBlock(ReadOnlySpan<byte> block, Span<byte> window, int written, int position)
    {
        var at = 0;
        while (true)
        {
            if (at >= block.Length)
                throw Truncated(position + at);
            int token = block[at++];
            var literals = ReadLength(block, ref at, token >> 4, position);
            if (literals > block.Length - at)
                throw Truncated(position + at);
            if (literals > window.Length - written)
                throw TooLong(position + at);
            block.Slice(at, literals).CopyTo(window[written..]);
            at += literals;
            written += literals;
            if (at == block.Length)
                return written;

            if (block.Length - at < 2)
                throw Truncated(position + at);
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
            if (distance == 0 || distance > written)
                throw new XetFormatException("A match of an LZ4 block points before its content.", position + at);
            at += 2;
            var length = ReadLength(block, ref at, token & 15, position) + MinMatch;
            if (length > window.Length - written)
                throw TooLong(position + at);
            CopyMatch(window, written, distance, length);
            written += length;
        }
    }

    // A match may overlap what it writes: then the distance is its period, and each copy doubles what can be copied next.
    private static void CopyMatch(Span<byte> window, int written, int distance, int length)
    {
        var from = written - distance;
        while (length > 0)
        {
            var run = Math.Min(length, written - from);
            window.Slice(from, run).CopyTo(window[written..]);
            written += run;
            length -= run;
        }
    }

    // Lengths of 15 go on in further bytes until one is below 255; a block has fewer bytes than would overflow the sum.
    private static int ReadLength(ReadOnlySpan<byte> block, ref int at, int length, int position)
    {
        if (length < 15)
            return length;
        byte more;
        do
        {
            if (at >= block.Length)
                throw Truncated(position + at);
            more = block[at++];
            length += more;
        }
        while (more == 255);
        return length;
    }

    private static uint ReadWord(ReadOnlySpan<byte> frame, int position) =>
        frame.Length - position < 4 ? throw Truncated(frame.Length) : BinaryPrimitives.ReadUInt32LittleEndian(frame[position..]);

    private static XetFormatException Truncated(int position) => new("An LZ4 frame ends too early.", position);

    private static XetFormatException TooLong(int position) => new("An LZ4 frame decodes to more than it declares.", position);
}
