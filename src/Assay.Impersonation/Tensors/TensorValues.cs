using System.Buffers;
using System.Buffers.Binary;
using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>Reads the values of elements, undoing quantisation (<c>ggml-quants.c</c>, <c>dequantize_row_…</c>).</summary>
internal static class TensorValues
{
    /// <summary>Whether values of this type can be read.</summary>
    public static bool CanRead(TensorType type) => type.Name is "F32" or "F16" or "BF16" or "F64" or "F8_E4M3" or "F8_E5M2"
        or "Q4_0" or "Q4_1" or "Q5_0" or "Q5_1" or "Q8_0" or "Q4_K" or "Q5_K" or "Q6_K";

    /// <summary>Reads elements of a tensor; start and count are multiples of 256. False when the file is too short.</summary>
    public static bool TryRead(ByteSource source, TensorPlace tensor, long start, Span<float> into)
    {
        var blocks = into.Length / tensor.Type.BlockElements;
        var size = blocks * tensor.Type.BlockBytes;
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var bytes = rented.AsSpan(0, size);
            if (source.ReadAt(tensor.Offset + (start / tensor.Type.BlockElements * tensor.Type.BlockBytes), bytes) < size)
                return false;
            Decode(tensor.Type, bytes, into);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Decodes whole blocks.</summary>
    public static void Decode(TensorType type, ReadOnlySpan<byte> bytes, Span<float> into)
    {
        for (var block = 0; block < into.Length / type.BlockElements; block++)
        {
            var from = bytes.Slice(block * type.BlockBytes, type.BlockBytes);
            var to = into.Slice(block * type.BlockElements, type.BlockElements);
            switch (type.Name)
            {
                case "F32":
                    to[0] = BinaryPrimitives.ReadSingleLittleEndian(from);
                    break;
                case "F64":
                    to[0] = (float)BinaryPrimitives.ReadDoubleLittleEndian(from);
                    break;
                case "F16":
                    to[0] = Half(from);
                    break;
                case "BF16":
                    to[0] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(from) << 16);
                    break;
                case "F8_E5M2": // the upper half of a half
                    to[0] = (float)BitConverter.UInt16BitsToHalf((ushort)(from[0] << 8));
                    break;
                case "F8_E4M3":
                    to[0] = Eighth(from[0]);
                    break;
                case "Q8_0":
                    Q8(from, to);
                    break;
                case "Q4_0" or "Q4_1" or "Q5_0" or "Q5_1":
                    Q45(type.Name, from, to);
                    break;
                case "Q4_K" or "Q5_K":
                    Q45K(type.Name == "Q5_K", from, to);
                    break;
                default:
                    Q6K(from, to);
                    break;
            }
        }
    }

    private static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>Sign, four bits of exponent with bias 7, three of fraction; all ones are no number.</summary>
    private static float Eighth(byte value)
    {
        var (exponent, fraction) = (value >> 3 & 15, value & 7);
        var size = (value & 0x7F) == 0x7F ? float.NaN : exponent == 0 ? MathF.ScaleB(fraction, -9) : MathF.ScaleB(8 + fraction, exponent - 10);
        return (value & 0x80) == 0 ? size : -size;
    }

    /// <summary>A scale and 32 signed bytes.</summary>
    private static void Q8(ReadOnlySpan<byte> block, Span<float> into)
    {
        var scale = Half(block);
        for (var i = 0; i < 32; i++)
            into[i] = scale * (sbyte)block[2 + i];
    }

    /// <summary>A scale, an offset in the second form, fifth bits, then 16 bytes whose low halves come first.</summary>
    private static void Q45(string name, ReadOnlySpan<byte> block, Span<float> into)
    {
        var scale = Half(block);
        var hasOffset = name[^1] == '1';
        var hasFifth = name[1] == '5';
        var offset = hasOffset ? Half(block[2..]) : 0;
        var at = hasOffset ? 4 : 2;
        var fifth = hasFifth ? BinaryPrimitives.ReadUInt32LittleEndian(block[at..]) : 0;
        at += hasFifth ? 4 : 0;
        var zero = hasOffset ? 0 : hasFifth ? 16 : 8;
        for (var i = 0; i < 16; i++)
        {
            var low = (block[at + i] & 15) | (int)((fifth >> i & 1) << 4);
            var high = (block[at + i] >> 4) | (int)((fifth >> (i + 16) & 1) << 4);
            into[i] = (scale * (low - zero)) + offset;
            into[i + 16] = (scale * (high - zero)) + offset;
        }
    }

    /// <summary>Two scales, eight pairs of six-bit scales and offsets in twelve bytes, fifth bits, then the low four bits of 256.</summary>
    private static void Q45K(bool hasFifth, ReadOnlySpan<byte> block, Span<float> into)
    {
        var (scale, least) = (Half(block), Half(block[2..]));
        var scales = block.Slice(4, 12);
        var fifth = hasFifth ? block.Slice(16, 32) : default;
        var low = block[(hasFifth ? 48 : 16)..];
        for (var group = 0; group < 8; group++)
        {
            var (s, m) = group < 4
                ? (scales[group] & 63, scales[group + 4] & 63)
                : ((scales[group + 4] & 15) | (scales[group - 4] >> 6 << 4), (scales[group + 4] >> 4) | (scales[group] >> 6 << 4));
            var (d, o) = (scale * s, least * m);
            var quads = low.Slice(group / 2 * 32, 32);
            for (var i = 0; i < 32; i++)
            {
                var q = (group & 1) == 0 ? quads[i] & 15 : quads[i] >> 4;
                if (hasFifth)
                    q |= (fifth[i] >> group & 1) << 4;
                into[(group * 32) + i] = (d * q) - o;
            }
        }
    }

    /// <summary>Low four bits of 256, upper two bits, sixteen signed scales, a scale of all.</summary>
    private static void Q6K(ReadOnlySpan<byte> block, Span<float> into)
    {
        var scale = Half(block[208..]);
        for (var half = 0; half < 2; half++)
        {
            var low = block.Slice(half * 64, 64);
            var high = block.Slice(128 + (half * 32), 32);
            var scales = block.Slice(192 + (half * 8), 8);
            var to = into.Slice(half * 128, 128);
            for (var i = 0; i < 32; i++)
            {
                var s = i / 16;
                to[i] = scale * (sbyte)scales[s] * (((low[i] & 15) | ((high[i] & 3) << 4)) - 32);
                to[i + 32] = scale * (sbyte)scales[s + 2] * (((low[i + 32] & 15) | ((high[i] >> 2 & 3) << 4)) - 32);
                to[i + 64] = scale * (sbyte)scales[s + 4] * (((low[i] >> 4) | ((high[i] >> 4 & 3) << 4)) - 32);
                to[i + 96] = scale * (sbyte)scales[s + 6] * (((low[i + 32] >> 4) | ((high[i] >> 6) << 4)) - 32);
            }
        }
    }
}
