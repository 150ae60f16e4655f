using System.Buffers;
using System.Globalization;
using System.Text;

namespace Assay.Formats.Python;

/// <summary>Values of literals.</summary>
internal static class PythonLiterals
{
    /// <summary>Digits of an integer that may still fit 64 bits.</summary>
    private const int MostDigits = 80;

    private static readonly SearchValues<char> Special = SearchValues.Create('\\', '\r');

    /// <summary>Names of ASCII characters as <c>\N{…}</c> has them, in the order of their codes.</summary>
    private static readonly string[] Signs =
    [
        "SPACE", "EXCLAMATION MARK", "QUOTATION MARK", "NUMBER SIGN", "DOLLAR SIGN", "PERCENT SIGN", "AMPERSAND", "APOSTROPHE", "LEFT PARENTHESIS",
        "RIGHT PARENTHESIS", "ASTERISK", "PLUS SIGN", "COMMA", "HYPHEN-MINUS", "FULL STOP", "SOLIDUS", "DIGIT ZERO", "DIGIT ONE", "DIGIT TWO",
        "DIGIT THREE", "DIGIT FOUR", "DIGIT FIVE", "DIGIT SIX", "DIGIT SEVEN", "DIGIT EIGHT", "DIGIT NINE", "COLON", "SEMICOLON", "LESS-THAN SIGN",
        "EQUALS SIGN", "GREATER-THAN SIGN", "QUESTION MARK", "COMMERCIAL AT",
    ];

    private static readonly string[] MoreSigns = ["LEFT SQUARE BRACKET", "REVERSE SOLIDUS", "RIGHT SQUARE BRACKET", "CIRCUMFLEX ACCENT", "LOW LINE", "GRAVE ACCENT"];
    private static readonly string[] LastSigns = ["LEFT CURLY BRACKET", "VERTICAL LINE", "RIGHT CURLY BRACKET", "TILDE"];

    /// <summary>A number; neither value when it is imaginary or does not fit.</summary>
    public static (long? Integer, double? Float) Number(ReadOnlySpan<char> token)
    {
        var digits = token.Contains('_') ? token.ToString().Replace("_", "", StringComparison.Ordinal) : token;
        digits = digits.TrimEnd("lL");
        if (digits.Length == 0 || digits[^1] is 'j' or 'J' && !IsHexadecimal(digits))
            return default;
        if (digits.Length > 2 && digits[0] == '0' && (digits[1] | 0x20) is 'x' or 'o' or 'b')
            return (Whole(digits[2..], (digits[1] | 0x20) switch { 'x' => 16, 'o' => 8, _ => 2 }), null);
        if (!digits.ContainsAnyExceptInRange('0', '9'))
            return (Whole(digits, digits[0] == '0' ? 8 : 10), null);
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? (null, real) : default;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> digits) => digits.Length > 1 && (digits[1] | 0x20) == 'x';

    private static long? Whole(ReadOnlySpan<char> digits, int radix)
    {
        digits = digits.TrimStart('0');
        if (digits.Length > MostDigits)
            return null;
        Int128 value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
            value = digit < radix ? (value * radix) + digit : long.MaxValue + (Int128)1;
            if (value > long.MaxValue)
                return null;
        }

        return (long)value;
    }

    /// <summary>The value of a string token with its prefix and quotes.</summary>
    public static string String(ReadOnlySpan<char> token, out bool bytes)
    {
        var raw = bytes = false;
        var at = 0;
        for (; at < token.Length && token[at] is not ('\'' or '"'); at++)
        {
            bytes |= (token[at] | 0x20) == 'b';
            raw |= (token[at] | 0x20) == 'r';
        }

        var quote = token[at];
        var length = at + 2 < token.Length && token[at + 1] == quote && token[at + 2] == quote ? 3 : 1;
        token = token[(at + length)..];
        // An unclosed string has no quotes at its end.
        if (token.Length >= length && token[^length..].IndexOfAnyExcept(quote) < 0)
            token = token[..^length];
        return Text(token, raw, bytes);
    }

    /// <summary>Text with its escapes resolved, and its line ends made <c>\n</c>.</summary>
    public static string Text(ReadOnlySpan<char> text, bool raw, bool bytes)
    {
        var at = raw ? text.IndexOf('\r') : text.IndexOfAny(Special);
        if (at < 0)
            return text.ToString();
        var result = new StringBuilder(text.Length);
        while (at >= 0)
        {
            result.Append(text[..at]);
            text = text[at..];
            text = text[(text[0] == '\r' ? LineEnd(text, result) : Escape(text, bytes, result))..];
            at = raw ? text.IndexOf('\r') : text.IndexOfAny(Special);
        }

        return result.Append(text).ToString();
    }

    private static int LineEnd(ReadOnlySpan<char> text, StringBuilder result)
    {
        result.Append('\n');
        return text.Length > 1 && text[1] == '\n' ? 2 : 1;
    }

    private static int Escape(ReadOnlySpan<char> text, bool bytes, StringBuilder result)
    {
        if (text.Length == 1)
        {
            result.Append('\\');
            return 1;
        }

        switch (text[1])
        {
            case '\n':
                return 2;
            case '\r':
                return text.Length > 2 && text[2] == '\n' ? 3 : 2;
            case '\\' or '\'' or '"':
                result.Append(text[1]);
                return 2;
            case 'a':
                result.Append('\a');
                return 2;
            case 'b':
                result.Append('\b');
                return 2;
            case 'f':
                result.Append('\f');
                return 2;
            case 'n':
                result.Append('\n');
                return 2;
            case 'r':
                result.Append('\r');
                return 2;
            case 't':
                result.Append('\t');
                return 2;
            case 'v':
                result.Append('\v');
                return 2;
            case >= '0' and <= '7':
                var (value, length) = (0, 1);
                for (; length < text.Length && length <= 3 && text[length] is >= '0' and <= '7'; length++)
                    value = (value * 8) + text[length] - '0';
                result.Append((char)(bytes ? value & 0xFF : value));
                return length;
            case 'x':
                return Hexadecimal(text, 2, result);
            case 'u' when !bytes:
                return Hexadecimal(text, 4, result);
            case 'U' when !bytes:
                return Hexadecimal(text, 8, result);
            case 'N' when !bytes && text.Length > 2 && text[2] == '{' && text.IndexOf('}') is > 0 and var close:
                result.Append(Named(text[3..close]));
                return close + 1;
            default:
                result.Append('\\').Append(text[1]);
                return 2;
        }
    }

    private static int Hexadecimal(ReadOnlySpan<char> text, int digits, StringBuilder result)
    {
        if (text.Length < 2 + digits || !uint.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code > 0x10FFFF)
        {
            result.Append(text[..2]);
            return 2;
        }

        if (code < 0x10000)
            result.Append((char)code);
        else
            result.Append(char.ConvertFromUtf32((int)code));
        return 2 + digits;
    }

    /// <summary>A character by its name: those of ASCII, which code is written with; U+FFFD stands for the others.</summary>
    private static char Named(ReadOnlySpan<char> name)
    {
        const string Small = "LATIN SMALL LETTER ";
        const string Capital = "LATIN CAPITAL LETTER ";
        var upper = name.ToString().ToUpperInvariant();
        if (upper.Length == Small.Length + 1 && upper.StartsWith(Small, StringComparison.Ordinal) && char.IsAsciiLetter(upper[^1]))
            return (char)(upper[^1] | 0x20);
        if (upper.Length == Capital.Length + 1 && upper.StartsWith(Capital, StringComparison.Ordinal) && char.IsAsciiLetter(upper[^1]))
            return upper[^1];
        if (Array.IndexOf(Signs, upper) is >= 0 and var sign)
            return (char)(' ' + sign);
        if (Array.IndexOf(MoreSigns, upper) is >= 0 and var more)
            return (char)('[' + more);
        return Array.IndexOf(LastSigns, upper) is >= 0 and var last ? (char)('{' + last) : '\uFFFD';
    }
}

/// <summary>Literal text that grows piece by piece.</summary>
internal struct PythonLiteralText
{
    private string? _only;
    private StringBuilder? _builder;

    /// <summary>First character of the first piece.</summary>
    public int Start { get; private set; }

    /// <summary>Behind the last piece.</summary>
    public int End { get; private set; }

    /// <summary>Whether there is no text.</summary>
    public readonly bool IsEmpty => string.IsNullOrEmpty(_only) && _builder is null;

    /// <summary>Adds a piece.</summary>
    public void Add(string piece, int start, int end)
    {
        if (_only is null && _builder is null)
            Start = start;
        End = end;
        if (_builder is not null)
        {
            _builder.Append(piece);
        }
        else if (string.IsNullOrEmpty(_only))
        {
            _only = piece;
        }
        else if (piece.Length > 0)
        {
            _builder = new StringBuilder(_only).Append(piece);
        }
    }

    /// <summary>The text, which is empty again afterwards.</summary>
    public string Take()
    {
        var value = _builder?.ToString() ?? _only ?? "";
        (_only, _builder) = (null, null);
        return value;
    }
}
