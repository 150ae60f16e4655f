using System.Globalization;
using System.Numerics;
using System.Text;

namespace Assay.Formats;

/// <summary>Literals of the text opcodes, as the unpicklers read them.</summary>
internal static class PickleNumbers
{
    private const int MaxDigits = 8192;

    /// <summary>
    /// An integer literal in <paramref name="radix"/> (0: by prefix, as <c>strtol</c> and <c>int(text, 0)</c>). The C unpickler stops at a NUL;
    /// both accept blanks, sign and underscores. <paramref name="unusual"/> tells spellings that disassemblers refuse.
    /// </summary>
    public static bool TryParseInteger(ReadOnlySpan<byte> line, int radix, out BigInteger number, out bool unusual)
    {
        number = default;
        unusual = false;
        var nul = line.IndexOf((byte)0);
        if (nul >= 0)
        {
            line = line[..nul];
            unusual = true;
        }

        line = Trim(line);
        var negative = false;
        if (line.Length > 0 && line[0] is (byte)'+' or (byte)'-')
        {
            negative = line[0] == '-';
            line = line[1..];
        }

        var numberBase = radix == 0 ? 10 : radix;
        if (radix == 0 && line.Length > 1 && line[0] == '0')
        {
            (numberBase, var skip) = (line[1] | 0x20) switch
            {
                'x' => (16, 2),
                'o' => (8, 2),
                'b' => (2, 2),
                _ => (8, 1),
            };
            line = line[skip..];
            unusual = true;
            if (numberBase == 8 && skip == 1 && line.ContainsAnyExcept((byte)'0', (byte)'_'))
                unusual = true;
        }

        if (line.IsEmpty || line.Length > MaxDigits)
            return false;
        if (numberBase == 10 && line.Length < 18)
        {
            long small = 0;
            foreach (var b in line)
            {
                if (b == '_')
                    continue;
                if (b is < (byte)'0' or > (byte)'9')
                    return false;
                small = (small * 10) + (b - '0');
            }

            number = negative ? -small : small;
            return true;
        }

        foreach (var b in line)
        {
            if (b == '_')
                continue;
            var digit = Digit(b);
            if (digit < 0 || digit >= numberBase)
                return false;
        }

        if (numberBase == 10)
        {
            if (!BigInteger.TryParse(Encoding.ASCII.GetString(line).Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out number))
                return false;
        }
        else
        {
            foreach (var b in line)
            {
                if (b != '_')
                    number = (number * numberBase) + Digit(b);
            }
        }

        if (negative)
            number = -number;
        return true;
    }

    /// <summary>Whether the literal is a float for either unpickler.</summary>
    public static bool IsFloat(ReadOnlySpan<byte> line, out bool underscores)
    {
        line = Trim(line);
        underscores = line.Contains((byte)'_');
        if (line.IsEmpty || line.Length > 1024)
            return false;
        var text = Encoding.Latin1.GetString(line);
        if (underscores)
            text = text.Replace("_", "", StringComparison.Ordinal);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return true;
        return text.TrimStart('+', '-').ToLowerInvariant() is "inf" or "infinity" or "nan";
    }

    /// <summary>Python 2 string escapes, as <c>codecs.escape_decode</c> reads them.</summary>
    public static string UnescapeString(ReadOnlySpan<byte> inner)
    {
        var text = new StringBuilder(inner.Length);
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\' || i + 1 >= inner.Length)
            {
                text.Append((char)inner[i]);
                continue;
            }

            var c = inner[++i];
            switch (c)
            {
                case (byte)'\n':
                    break;
                case (byte)'a':
                    text.Append('\a');
                    break;
                case (byte)'b':
                    text.Append('\b');
                    break;
                case (byte)'f':
                    text.Append('\f');
                    break;
                case (byte)'n':
                    text.Append('\n');
                    break;
                case (byte)'r':
                    text.Append('\r');
                    break;
                case (byte)'t':
                    text.Append('\t');
                    break;
                case (byte)'v':
                    text.Append('\v');
                    break;
                case (byte)'x' when i + 2 < inner.Length && Digit(inner[i + 1]) is >= 0 and < 16 && Digit(inner[i + 2]) is >= 0 and < 16:
                    text.Append((char)((Digit(inner[i + 1]) << 4) | Digit(inner[i + 2])));
                    i += 2;
                    break;
                case >= (byte)'0' and <= (byte)'7':
                    {
                        var value = c - '0';
                        for (var k = 0; k < 2 && i + 1 < inner.Length && inner[i + 1] is >= (byte)'0' and <= (byte)'7'; k++)
                            value = (value * 8) + (inner[++i] - '0');
                        text.Append((char)(value & 0xff));
                        break;
                    }

                case (byte)'\\' or (byte)'\'' or (byte)'"':
                    text.Append((char)c);
                    break;
                default:
                    text.Append('\\').Append((char)c);
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>The <c>raw-unicode-escape</c> of UNICODE: Latin-1 with <c>\uXXXX</c> and <c>\UXXXXXXXX</c>.</summary>
    public static string UnescapeUnicode(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\' || i + 1 >= line.Length)
            {
                text.Append((char)line[i]);
                continue;
            }

            var count = line[i + 1] switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 };
            if (count == 0 || i + 1 + count >= line.Length)
            {
                text.Append('\\').Append((char)line[++i]);
                continue;
            }

            long code = 0;
            var valid = true;
            for (var k = 0; k < count; k++)
            {
                var digit = Digit(line[i + 2 + k]);
                valid &= digit is >= 0 and < 16;
                code = (code << 4) | (uint)Math.Max(0, digit);
            }

            if (!valid || code > 0x10ffff)
            {
                text.Append('\\').Append((char)line[++i]);
                continue;
            }

            text.Append(code is >= 0xd800 and <= 0xdfff or < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
            i += 1 + count;
        }

        return text.ToString();
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.Trim(" \t\r\n\v\f"u8);

    private static int Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'z' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'Z' => b - 'A' + 10,
        _ => -1,
    };
}
