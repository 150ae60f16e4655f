using System.Globalization;
using System.IO.Compression;
using System.Text;
using Assay.Formats.Shell;

namespace Assay.Scanning;

/// <summary>The pure functions of a shell and of the small programs that it pipes text through. All bounded; null where the result cannot be told.</summary>
internal static class ShellText
{
    private const int MaxOutput = ShellValue.MaxLength;

    /// <summary>Whether a text fits a pattern of <c>*</c>, <c>?</c> and <c>[…]</c>. Linear but for one star that is retried.</summary>
    public static bool Fits(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        int t = 0, p = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, t);
            }
            else if (p < pattern.Length && FitsOne(text[t], pattern[p..], out var used))
            {
                p += used;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    /// <summary>The output of <c>printf</c>.</summary>
    /// <param name="arguments">Format and arguments.</param>
    /// <param name="escapes">How many characters that could be written plainly were written as numbers.</param>
    public static string? Printf(IReadOnlyList<string> arguments, out int escapes)
    {
        escapes = 0;
        if (arguments.Count == 0)
            return "";
        var format = arguments[0];
        var output = new StringBuilder();
        var next = 1;
        do
        {
            var before = next;
            for (var i = 0; i < format.Length; i++)
            {
                if (output.Length > MaxOutput)
                    return null;
                if (format[i] == '\\')
                {
                    var taken = ShellEscapes.Append(output, format.AsSpan(i + 1), octalNeedsZero: false);
                    escapes += taken > 1 && output[^1] is > ' ' and < '\u007f' ? 1 : 0;
                    i += taken;
                    continue;
                }

                if (format[i] != '%' || i + 1 >= format.Length)
                {
                    output.Append(format[i]);
                    continue;
                }

                var width = ++i;
                while (i < format.Length && format[i] is '-' or '+' or ' ' or '#' or '0' or '.' or (>= '1' and <= '9'))
                    i++;
                if (i >= format.Length)
                    break;
                if (format[i] == '%')
                {
                    output.Append('%');
                    continue;
                }

                var argument = next < arguments.Count ? arguments[next] : "";
                next++;
                switch (format[i])
                {
                    case 's':
                        var size = format.AsSpan(width, i - width);
                        if (size.StartsWith(".") && int.TryParse(size[1..], out var most) && most < argument.Length)
                            argument = argument[..most];
                        output.Append(argument);
                        break;
                    case 'b': output.Append(Unescape(argument, ref escapes)); break;
                    case 'q': output.Append(argument); break;
                    case 'c': output.Append(argument.Length > 0 ? argument[..1] : ""); break;
                    case 'd' or 'i' or 'u': output.Append(Integer(argument)); break;
                    case 'o': output.Append(Convert.ToString(Integer(argument), 8).PadLeft(format.AsSpan(width, i - width).Contains('3') ? 3 : 0, '0')); break;
                    case 'x': output.Append(Integer(argument).ToString("x", CultureInfo.InvariantCulture).PadLeft(format.AsSpan(width, i - width).Contains("02", StringComparison.Ordinal) ? 2 : 0, '0')); break;
                    case 'X': output.Append(Integer(argument).ToString("X", CultureInfo.InvariantCulture)); break;
                    default: return null;
                }
            }

            if (next == before)
                break;
        }
        while (next < arguments.Count);
        return output.ToString();
    }

    /// <summary>The escapes of <c>echo -e</c> and <c>printf %b</c> resolved.</summary>
    public static string Unescape(string text, ref int escapes)
    {
        if (!text.Contains('\\'))
            return text;
        var output = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                output.Append(text[i]);
                continue;
            }

            if (i + 1 < text.Length && text[i + 1] == 'c')
                break;
            var taken = ShellEscapes.Append(output, text.AsSpan(i + 1), octalNeedsZero: true);
            escapes += taken > 1 && output[^1] is > ' ' and < '\u007f' ? 1 : 0;
            i += taken;
        }

        return output.ToString();
    }

    /// <summary>Each line reversed.</summary>
    public static string Reverse(string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var characters = lines[i].ToCharArray();
            Array.Reverse(characters);
            lines[i] = new string(characters);
        }

        return string.Join('\n', lines);
    }

    /// <summary><c>tr</c>: characters replaced (<paramref name="to"/>) or deleted (null).</summary>
    public static string Translate(string text, string from, string? to, bool complement)
    {
        var set = Set(from);
        if (to is null)
        {
            var kept = new StringBuilder(text.Length);
            foreach (var c in text)
            {
                if (set.Contains(c) == complement)
                    kept.Append(c);
            }

            return kept.ToString();
        }

        var target = Set(to);
        if (target.Length == 0)
            return text;
        var output = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var at = set.IndexOf(c);
            if (complement)
                output.Append(at < 0 ? target[^1] : c);
            else
                output.Append(at < 0 ? c : target[Math.Min(at, target.Length - 1)]);
        }

        return output.ToString();
    }

    /// <summary>One command of <c>sed</c> of the form <c>s/a/b/g</c> or <c>y/a/b/</c> with a plain pattern; null where it is another.</summary>
    public static string? Edit(string text, string command)
    {
        command = command.Trim();
        if (command.Length < 4 || command[0] is not ('s' or 'y') || char.IsLetterOrDigit(command[1]))
            return null;
        var parts = new List<string>();
        var part = new StringBuilder();
        for (var i = 2; i < command.Length && parts.Count < 2; i++)
        {
            if (command[i] == command[1])
            {
                parts.Add(part.ToString());
                part.Clear();
                if (parts.Count == 2)
                    part.Append(command.AsSpan(i + 1));
            }
            else if (command[i] == '\\' && i + 1 < command.Length && !char.IsLetterOrDigit(command[i + 1]))
            {
                part.Append(command[i + 1] == command[1] ? command[++i].ToString() : "\\" + command[++i]);
            }
            else
            {
                part.Append(command[i]);
            }
        }

        if (parts.Count < 2)
            return null;
        if (command[0] == 'y')
            return parts[0].Length == parts[1].Length ? Translate(text, parts[0], parts[1], complement: false) : null;
        if (parts[0] is "" || parts[1].Contains('\\') || parts[1].Contains('&'))
            return null;
        if (Plain(parts[0]) is not { } plain)
            return Class(parts[0]) is { } set && part.ToString().Contains('g') ? Translate(text, set, parts[1].Length == 0 ? null : parts[1], complement: false) : null;
        if (part.ToString().Contains('g'))
            return Grown(text.Replace(plain, parts[1], StringComparison.Ordinal));
        var at = text.IndexOf(plain, StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + parts[1] + text[(at + plain.Length)..];
    }

    /// <summary><c>cut</c> by characters or fields.</summary>
    public static string? Cut(string text, string? characters, string? fields, char delimiter)
    {
        var output = new StringBuilder();
        foreach (var line in text.Split('\n'))
        {
            if (characters is not null)
            {
                foreach (var i in Ranges(characters, line.Length))
                    output.Append(line[i - 1]);
            }
            else if (fields is not null)
            {
                var parts = line.Split(delimiter);
                if (parts.Length == 1)
                {
                    output.Append(line).Append('\n');
                    continue;
                }

                var first = true;
                foreach (var i in Ranges(fields, parts.Length))
                {
                    if (!first)
                        output.Append(delimiter);
                    first = false;
                    output.Append(parts[i - 1]);
                }
            }
            else
            {
                return null;
            }

            output.Append('\n');
            if (output.Length > MaxOutput)
                return null;
        }

        if (output.Length > 0)
            output.Length--;
        return output.ToString();
    }

    /// <summary>An <c>awk</c> program of the form <c>{print $1 $3 "x"}</c> over every line.</summary>
    public static string? Awk(string text, string program, char? separator)
    {
        program = program.Trim();
        if (program.StartsWith("BEGIN", StringComparison.Ordinal))
        {
            program = program[5..].Trim();
            text = "";
        }

        if (!program.StartsWith('{') || !program.EndsWith('}'))
            return null;
        program = program[1..^1].Trim().TrimEnd(';');
        var newline = program.StartsWith("print", StringComparison.Ordinal) && !program.StartsWith("printf", StringComparison.Ordinal);
        if (!program.StartsWith("print", StringComparison.Ordinal))
            return null;
        program = program[(newline ? 5 : 6)..].Trim();
        var output = new StringBuilder();
        foreach (var line in text.TrimEnd('\n').Split('\n').Take(4096))
        {
            var fields = separator is { } s ? line.Split(s) : line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (program.Length == 0)
                output.Append(line);
            for (var i = 0; i < program.Length; i++)
            {
                var c = program[i];
                if (c == '$' && i + 1 < program.Length && char.IsAsciiDigit(program[i + 1]))
                {
                    var n = 0;
                    while (i + 1 < program.Length && char.IsAsciiDigit(program[i + 1]) && n < 1000)
                        n = (n * 10) + program[++i] - '0';
                    output.Append(n == 0 ? line : n <= fields.Length ? fields[n - 1] : "");
                }
                else if (c == '"')
                {
                    for (i++; i < program.Length && program[i] != '"'; i++)
                    {
                        if (program[i] == '\\' && i + 1 < program.Length)
                            i += ShellEscapes.Append(output, program.AsSpan(i + 1), octalNeedsZero: false);
                        else
                            output.Append(program[i]);
                    }
                }
                else if (c == ',')
                {
                    output.Append(' ');
                }
                else if (c != ' ')
                {
                    return null;
                }
            }

            if (newline)
                output.Append('\n');
            if (output.Length > MaxOutput)
                return null;
        }

        return output.ToString();
    }

    /// <summary>Base64 decoded, each byte a character, then read as UTF-8 where it is.</summary>
    public static byte[]? Base64(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')
                clean.Append(c);
            else if (c is '-' or '_')
                clean.Append(c == '-' ? '+' : '/');
        }

        if (clean.Length < 2)
            return null;
        if (clean.Length % 4 == 1)
            clean.Length--;
        clean.Append('=', (4 - (clean.Length % 4)) % 4);
        try
        {
            return Convert.FromBase64String(clean.ToString());
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Base32 decoded.</summary>
    public static byte[]? Base32(string text)
    {
        var bytes = new List<byte>(text.Length * 5 / 8);
        int bits = 0, value = 0;
        foreach (var c in text)
        {
            var digit = c switch { >= 'A' and <= 'Z' => c - 'A', >= 'a' and <= 'z' => c - 'a', >= '2' and <= '7' => c - '2' + 26, _ => -1 };
            if (digit < 0)
                continue;
            value = ((value << 5) | digit) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(value >> bits));
            }
        }

        return bytes.Count == 0 ? null : [.. bytes];
    }

    /// <summary>Hexadecimal digits decoded; of a dump with addresses, the part between the colon and two spaces.</summary>
    public static byte[]? Hex(string text, bool plain)
    {
        var digits = new StringBuilder(text.Length);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var part = line;
            if (!plain && part.IndexOf(':') is >= 0 and var colon)
            {
                part = part[(colon + 1)..].TrimStart(' ');
                if (part.IndexOf("  ") is >= 0 and var end)
                    part = part[..end];
            }

            foreach (var c in part)
            {
                if (char.IsAsciiHexDigit(c))
                    digits.Append(c);
            }
        }

        if ((digits.Length & 1) != 0)
            digits.Length--;
        return digits.Length == 0 ? null : Convert.FromHexString(digits.ToString());
    }

    /// <summary>Gzip or zlib unpacked, up to the longest string that is followed.</summary>
    public static byte[]? Unpack(byte[] bytes)
    {
        try
        {
            using var input = new MemoryStream(bytes);
            using Stream unpacking = bytes is [0x1f, 0x8b, ..] ? new GZipStream(input, CompressionMode.Decompress) : new ZLibStream(input, CompressionMode.Decompress);
            var output = new byte[MaxOutput];
            var n = unpacking.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
            return output[..n];
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException)
        {
            return null;
        }
    }

    /// <summary>Bytes as the text that an interpreter reads.</summary>
    public static string Text(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);

    /// <summary>Text as the bytes that it was decoded from.</summary>
    public static byte[] Bytes(string text)
    {
        foreach (var c in text)
        {
            if (c > 255)
                return Encoding.UTF8.GetBytes(text);
        }

        return Encoding.Latin1.GetBytes(text);
    }

    /// <summary><c>${x#pattern}</c>, <c>${x%pattern}</c> and their long forms.</summary>
    public static string Trim(string text, string pattern, bool front, bool longest)
    {
        if (text.Length > 4096 || pattern.Length > 256)
            return text;
        var found = -1;
        for (var n = 0; n <= text.Length; n++)
        {
            if (!Fits(front ? text.AsSpan(0, n) : text.AsSpan(text.Length - n), pattern))
                continue;
            found = n;
            if (!longest)
                break;
        }

        return found < 0 ? text : front ? text[found..] : text[..^found];
    }

    /// <summary><c>${x/pattern/replacement}</c>; null where the pattern is no plain text.</summary>
    public static string? Replace(string text, string pattern, string replacement, string op)
    {
        if (pattern.Length == 0)
            return text;
        if (pattern is "?" && op == "//")
            return Grown(string.Concat(Enumerable.Repeat(replacement, Math.Min(text.Length, 4096))));
        if (pattern.StartsWith('[') && pattern.EndsWith(']') && pattern.Length > 2 && op == "//")
            return Translate(text, pattern[1..^1].TrimStart('!', '^'), replacement.Length == 0 ? null : replacement, pattern[1] is '!' or '^');
        if (pattern.AsSpan().ContainsAny("*?["))
            return null;
        return op switch
        {
            "//" => Grown(text.Replace(pattern, replacement, StringComparison.Ordinal)),
            "/#" => text.StartsWith(pattern, StringComparison.Ordinal) ? replacement + text[pattern.Length..] : text,
            "/%" => text.EndsWith(pattern, StringComparison.Ordinal) ? text[..^pattern.Length] + replacement : text,
            _ => text.IndexOf(pattern, StringComparison.Ordinal) is >= 0 and var at ? text[..at] + replacement + text[(at + pattern.Length)..] : text,
        };
    }

    private static string? Grown(string text) => text.Length > MaxOutput ? null : text;

    private static long Integer(string argument)
    {
        if (argument.Length > 1 && argument[0] is '\'' or '"')
            return argument[1];
        return ShellNumbers.Evaluate(argument, static _ => null, static (_, _) => { }) ?? 0;
    }

    private static string? Plain(string pattern)
    {
        var output = new StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
                output.Append(pattern[++i]);
            else if (pattern[i] is '.' or '*' or '[' or '^' or '$')
                return null;
            else
                output.Append(pattern[i]);
        }

        return output.ToString();
    }

    private static string? Class(string pattern) =>
        pattern.Length > 2 && pattern[0] == '[' && pattern[1] != '^' && pattern.IndexOf(']', 2) == pattern.Length - 1 ? pattern[1..^1] : null;

    private static bool FitsOne(char c, ReadOnlySpan<char> pattern, out int used)
    {
        used = 1;
        if (pattern[0] == '?')
            return true;
        if (pattern[0] == '\\' && pattern.Length > 1)
        {
            used = 2;
            return pattern[1] == c;
        }

        if (pattern[0] != '[' || pattern.Length < 3 || pattern[2..].IndexOf(']') is not (>= 0 and var close))
            return pattern[0] == c;
        used = close + 3;
        var set = pattern[1..(close + 2)];
        var negated = set[0] is '!' or '^';
        if (negated)
            set = set[1..];
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-' ? c >= set[i] && c <= set[i + 2] : set[i] == c)
                return !negated;
        }

        return negated;
    }

    /// <summary>The characters of a set of <c>tr</c>.</summary>
    private static string Set(string set)
    {
        var output = new StringBuilder();
        set = set.Replace("[:upper:]", "A-Z", StringComparison.Ordinal).Replace("[:lower:]", "a-z", StringComparison.Ordinal).Replace("[:digit:]", "0-9", StringComparison.Ordinal)
            .Replace("[:space:]", " \t\n\r", StringComparison.Ordinal).Replace("[:alpha:]", "A-Za-z", StringComparison.Ordinal).Replace("[:alnum:]", "A-Za-z0-9", StringComparison.Ordinal);
        var plain = new StringBuilder();
        var escaped = new List<int>();
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i] == '\\' && i + 1 < set.Length)
            {
                escaped.Add(plain.Length);
                var taken = ShellEscapes.Append(plain, set.AsSpan(i + 1), octalNeedsZero: false);
                if (taken == 0)
                    plain[^1] = set[++i];
                i += taken;
            }
            else
            {
                plain.Append(set[i]);
            }
        }

        var text = plain.ToString();
        for (var i = 0; i < text.Length && output.Length < 1024; i++)
        {
            if (i + 2 < text.Length && text[i + 1] == '-' && text[i + 2] >= text[i] && !escaped.Contains(i + 1))
            {
                for (var c = text[i]; c <= text[i + 2] && output.Length < 1024; c++)
                    output.Append(c);
                i += 2;
            }
            else
            {
                output.Append(text[i]);
            }
        }

        return output.ToString();
    }

    private static IEnumerable<int> Ranges(string list, int most)
    {
        foreach (var range in list.Split(',').Take(256))
        {
            var dash = range.IndexOf('-');
            var from = dash == 0 ? 1 : int.TryParse(dash < 0 ? range : range[..dash], out var f) ? f : int.MaxValue;
            var to = dash < 0 ? from : dash == range.Length - 1 ? most : int.TryParse(range[(dash + 1)..], out var t) ? t : 0;
            for (var i = Math.Max(1, from); i <= Math.Min(to, most); i++)
                yield return i;
        }
    }
}

/// <summary>Arithmetic of shells: integers of 64 bits, the operators of C.</summary>
internal static class ShellNumbers
{
    private const int MaxDepth = 32;

    /// <summary>The value of an expression; null where it cannot be told.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="get">The text of a variable.</param>
    /// <param name="set">Takes what is assigned.</param>
    public static long? Evaluate(string text, Func<string, string?> get, Action<string, string> set)
    {
        if (text.Length > 4096)
            return null;
        var reader = new Reader(text, get, set);
        var value = reader.Comma(0);
        return reader.Failed || !reader.AtEnd ? null : value;
    }

    private sealed class Reader(string text, Func<string, string?> get, Action<string, string> set)
    {
        private static readonly string[][] Levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"], ["**"]];
        private int _at;

        public bool Failed { get; private set; }

        public bool AtEnd
        {
            get
            {
                Skip();
                return _at >= text.Length;
            }
        }

        public long Comma(int depth)
        {
            var value = Choice(depth);
            while (Take(",") && !Failed)
                value = Choice(depth);
            return value;
        }

        private long Choice(int depth)
        {
            if (depth > MaxDepth)
                return Fail();
            var condition = Binary(0, depth);
            if (!Take("?"))
                return condition;
            var yes = Choice(depth + 1);
            if (!Take(":"))
                return Fail();
            var no = Choice(depth + 1);
            return condition != 0 ? yes : no;
        }

        private long Binary(int level, int depth)
        {
            if (level == Levels.Length)
                return Unary(depth);
            var left = Binary(level + 1, depth);
            while (!Failed)
            {
                Skip();
                var op = Array.Find(Levels[level], o => string.CompareOrdinal(text, _at, o, 0, o.Length) == 0 && !IsLonger(o));
                if (op is null)
                    return left;
                _at += op.Length;
                var right = Binary(level + 1, depth);
                unchecked
                {
                    left = op switch
                    {
                        "||" => left != 0 || right != 0 ? 1 : 0,
                        "&&" => left != 0 && right != 0 ? 1 : 0,
                        "|" => left | right,
                        "^" => left ^ right,
                        "&" => left & right,
                        "==" => left == right ? 1 : 0,
                        "!=" => left != right ? 1 : 0,
                        "<=" => left <= right ? 1 : 0,
                        ">=" => left >= right ? 1 : 0,
                        "<" => left < right ? 1 : 0,
                        ">" => left > right ? 1 : 0,
                        "<<" => left << (int)(right & 63),
                        ">>" => left >> (int)(right & 63),
                        "+" => left + right,
                        "-" => left - right,
                        "*" => left * right,
                        "/" or "%" when right is 0 or -1 => right == 0 ? Fail() : op == "/" ? -left : 0,
                        "/" => left / right,
                        "%" => left % right,
                        _ => Power(left, right),
                    };
                }
            }

            return left;
        }

        // An operator that is only the beginning of a longer one belongs to another level.
        private bool IsLonger(string op)
        {
            var next = _at + op.Length < text.Length ? text[_at + op.Length] : '\0';
            return op switch
            {
                "|" or "&" or "*" => next == op[0] || next == '=',
                "<" or ">" => next == op[0],
                "+" or "-" or "/" or "%" or "^" or "<<" or ">>" => next == '=',
                _ => false,
            };
        }

        private static long Power(long value, long exponent)
        {
            long result = 1;
            for (var i = 0; i < Math.Min(exponent, 64); i++)
                result = unchecked(result * value);
            return result;
        }

        private long Unary(int depth)
        {
            if (depth > MaxDepth)
                return Fail();
            Skip();
            if (_at >= text.Length)
                return Fail();
            if (Take("++") || Take("--"))
                return Step(text[_at - 1] == '+' ? 1 : -1, depth);
            if (Take("!"))
                return Unary(depth + 1) == 0 ? 1 : 0;
            if (Take("~"))
                return ~Unary(depth + 1);
            if (Take("-"))
                return unchecked(-Unary(depth + 1));
            if (Take("+"))
                return Unary(depth + 1);
            if (Take("("))
            {
                var value = Comma(depth + 1);
                return Take(")") ? value : Fail();
            }

            if (char.IsAsciiDigit(text[_at]))
                return Number();
            return char.IsAsciiLetter(text[_at]) || text[_at] == '_' ? Variable(depth) : Fail();
        }

        private long Step(int by, int depth)
        {
            Skip();
            var name = Name();
            if (name.Length == 0)
                return Fail();
            var value = Value(name, depth) + by;
            set(name, value.ToString(CultureInfo.InvariantCulture));
            return value;
        }

        private long Variable(int depth)
        {
            var name = Name();
            Skip();
            if (Take("++") || Take("--"))
            {
                var before = Value(name, depth);
                set(name, (text[_at - 1] == '+' ? before + 1 : before - 1).ToString(CultureInfo.InvariantCulture));
                return before;
            }

            foreach (var op in (ReadOnlySpan<string>)["+=", "-=", "*=", "^=", "%=", "/=", "|=", "&="])
            {
                if (!Take(op))
                    continue;
                var (left, right) = (Value(name, depth), Choice(depth + 1));
                var result = unchecked(op[0] switch { '+' => left + right, '-' => left - right, '*' => left * right, '^' => left ^ right, '|' => left | right, '&' => left & right, _ => right is 0 or -1 ? 0 : op[0] == '%' ? left % right : left / right });
                set(name, result.ToString(CultureInfo.InvariantCulture));
                return result;
            }

            if (_at < text.Length && text[_at] == '=' && !(_at + 1 < text.Length && text[_at + 1] == '='))
            {
                _at++;
                var value = Choice(depth + 1);
                set(name, value.ToString(CultureInfo.InvariantCulture));
                return value;
            }

            return Value(name, depth);
        }

        private long Value(string name, int depth)
        {
            var value = get(name);
            if (value is null)
                return Fail();
            if (value.Length == 0)
                return 0;
            return long.TryParse(value, out var number) ? number : depth < 4 && Evaluate(value, static _ => null, static (_, _) => { }) is { } inner ? inner : Fail();
        }

        private string Name()
        {
            var start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
                _at++;
            return text[start.._at];
        }

        private long Number()
        {
            var radix = 10;
            if (text[_at] == '0' && _at + 1 < text.Length)
            {
                if (text[_at + 1] is 'x' or 'X')
                    (radix, _at) = (16, _at + 2);
                else if (char.IsAsciiDigit(text[_at + 1]))
                    (radix, _at) = (8, _at + 1);
            }

            long value = 0;
            while (_at < text.Length)
            {
                var c = text[_at];
                if (c == '#' && radix == 10 && value is >= 2 and <= 64)
                {
                    (radix, value) = ((int)value, 0);
                    _at++;
                    continue;
                }

                var digit = c switch { >= '0' and <= '9' => c - '0', >= 'a' and <= 'z' => c - 'a' + 10, >= 'A' and <= 'Z' => radix <= 36 ? c - 'A' + 10 : c - 'A' + 36, '@' => 62, '_' => 63, _ => 99 };
                if (digit >= radix)
                    break;
                value = unchecked((value * radix) + digit);
                _at++;
            }

            return value;
        }

        private bool Take(string op)
        {
            Skip();
            if (string.CompareOrdinal(text, _at, op, 0, op.Length) != 0)
                return false;
            _at += op.Length;
            return true;
        }

        private void Skip()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
                _at++;
        }

        private long Fail()
        {
            Failed = true;
            return 0;
        }
    }
}
