using System.Buffers.Binary;

namespace Assay.Impersonation.Tests.Tensors;

/// <summary>Plain quantisation into ggml's blocks: nearest steps, no search for better scales.</summary>
internal static class Quantizer
{
    public static byte[] Quantize(float[] values, string type)
    {
        var (elements, size) = type switch { "Q8_0" => (32, 34), "Q4_0" => (32, 18), "Q5_0" => (32, 22), "Q4_K" => (256, 144), "Q6_K" => (256, 210), _ => throw new ArgumentOutOfRangeException(nameof(type)) };
        var into = new byte[values.Length / elements * size];
        for (var block = 0; block < values.Length / elements; block++)
        {
            var from = values.AsSpan(block * elements, elements);
            var to = into.AsSpan(block * size, size);
            switch (type)
            {
                case "Q8_0":
                    Q8(from, to);
                    break;
                case "Q4_0" or "Q5_0":
                    Q45(from, to, type == "Q5_0" ? 5 : 4);
                    break;
                case "Q4_K":
                    Q4K(from, to);
                    break;
                default:
                    Q6K(from, to);
                    break;
            }
        }

        return into;
    }

    private static void Q8(ReadOnlySpan<float> from, Span<byte> to)
    {
        var scale = Rounded(Largest(from) / 127);
        WriteHalf(to, scale);
        for (var i = 0; i < 32; i++)
            to[2 + i] = (byte)(sbyte)Step(from[i], scale, -127, 127);
    }

    private static void Q45(ReadOnlySpan<float> from, Span<byte> to, int bits)
    {
        var zero = 1 << (bits - 1);
        var scale = Rounded(Largest(from) / (zero - 1));
        WriteHalf(to, scale);
        uint fifth = 0;
        var at = bits == 5 ? 6 : 2;
        for (var i = 0; i < 16; i++)
        {
            var (low, high) = (Step(from[i], scale, -zero, zero - 1) + zero, Step(from[i + 16], scale, -zero, zero - 1) + zero);
            to[at + i] = (byte)((low & 15) | (high & 15) << 4);
            fifth |= (uint)(low >> 4) << i | (uint)(high >> 4) << (i + 16);
        }

        if (bits == 5)
            BinaryPrimitives.WriteUInt32LittleEndian(to[2..], fifth);
    }

    private static void Q4K(ReadOnlySpan<float> from, Span<byte> to)
    {
        Span<float> ranges = stackalloc float[8];
        Span<float> offsets = stackalloc float[8];
        for (var g = 0; g < 8; g++)
        {
            var (least, most) = (0f, 0f);
            foreach (var value in from.Slice(g * 32, 32))
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            (ranges[g], offsets[g]) = ((most - least) / 15, -least);
        }

        var (scale, least6) = (Rounded(Largest(ranges) / 63), Rounded(Largest(offsets) / 63));
        WriteHalf(to, scale);
        WriteHalf(to[2..], least6);
        for (var g = 0; g < 8; g++)
        {
            var (s, m) = (Step(ranges[g], scale, 0, 63), Step(offsets[g], least6, 0, 63));
            if (g < 4)
            {
                to[4 + g] |= (byte)s;
                to[8 + g] |= (byte)m;
            }
            else
            {
                to[8 + g] |= (byte)((s & 15) | (m & 15) << 4);
                to[g] |= (byte)(s >> 4 << 6);
                to[4 + g] |= (byte)(m >> 4 << 6);
            }

            for (var i = 0; i < 32; i++)
            {
                var q = Step(from[(g * 32) + i] + (least6 * m), scale * s, 0, 15);
                to[16 + (g / 2 * 32) + i] |= (byte)((g & 1) == 0 ? q : q << 4);
            }
        }
    }

    private static void Q6K(ReadOnlySpan<float> from, Span<byte> to)
    {
        var scale = Rounded(Largest(from) / 31 / 127);
        WriteHalf(to[208..], scale);
        for (var g = 0; g < 16; g++)
        {
            var s = Step(Largest(from.Slice(g * 16, 16)) / 31, scale, 1, 127);
            to[192 + g] = (byte)s;
            for (var i = 0; i < 16; i++)
            {
                var at = (g * 16) + i;
                var q = Step(from[at], scale * s, -32, 31) + 32;
                var (half, quarter, l) = (at / 128, at % 128 / 32, at % 32);
                to[(half * 64) + l + (quarter % 2 * 32)] |= (byte)((q & 15) << (quarter / 2 * 4));
                to[128 + (half * 32) + l] |= (byte)(q >> 4 << (quarter * 2));
            }
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static float Rounded(float value) => (float)(Half)value;

    private static int Step(float value, float scale, int least, int most) => scale == 0 ? Math.Clamp(0, least, most) : (int)Math.Clamp(MathF.Round(value / scale), least, most);

    private static void WriteHalf(Span<byte> to, float value) => BinaryPrimitives.WriteHalfLittleEndian(to, (Half)value);
}
