using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>Decompresses the source of macros (MS-OVBA 2.4.1).</summary>
internal static class VbaSource
{
    private const int MaxSource = 8 << 20;

    /// <summary>What a compressed container yields; as far as it goes where it is damaged.</summary>
    public static byte[] Decompress(ReadOnlyMemory<byte> container, WorkBudget budget)
    {
        var input = container.Span;
        if (input.Length < 4 || input[0] != 1)
            return [];
        var output = new List<byte>();
        for (var at = 1; at + 2 <= input.Length && output.Count < MaxSource;)
        {
            var header = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
            if ((header & 0x7000) != 0x3000)
                break;
            var end = Math.Min(input.Length, at + (header & 0x0FFF) + 3);
            budget.ChargeInflated(4096, output.Count, at + 1, at);
            at += 2;
            var start = output.Count;
            if ((header & 0x8000) == 0)
            {
                for (; at < end; at++)
                    output.Add(input[at]);
                continue;
            }

            while (at < end)
            {
                var flags = input[at++];
                for (var bit = 0; bit < 8 && at < end; bit++)
                {
                    if ((flags >> bit & 1) == 0)
                    {
                        output.Add(input[at++]);
                        continue;
                    }

                    if (at + 2 > end)
                        return [.. output];
                    var token = BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
                    at += 2;
                    // The length field shrinks as the distance field grows with what the chunk has produced.
                    var produced = output.Count - start;
                    var bits = 4;
                    while (1 << bits < produced)
                        bits++;
                    var distance = (token >> (16 - bits)) + 1;
                    var length = (token & ((1 << (16 - bits)) - 1)) + 3;
                    if (distance > produced || produced + length > 4096 + 3)
                        return [.. output];
                    for (var i = 0; i < length; i++)
                        output.Add(output[^distance]);
                }
            }
        }

        return [.. output];
    }
}
