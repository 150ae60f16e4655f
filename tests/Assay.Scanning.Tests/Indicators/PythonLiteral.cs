using System.Globalization;
using System.Text;
using Assay.Testing;

namespace Assay.Scanning.Tests.Indicators;

/// <summary>Writes the literals of Python that samples consist of as opcodes: tuples, lists, dictionaries, texts, bytes, numbers and constants.</summary>
internal ref struct PythonLiteral(ReadOnlySpan<char> text, PickleBuilder into)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>Writes <paramref name="text"/>; false when it is no tuple.</summary>
    public static bool WriteTuple(string text, PickleBuilder into)
    {
        var literal = new PythonLiteral(text, into);
        return text.StartsWith('(') && literal.Value() && literal._rest.IsEmpty && (text is "()" || text.Contains(','));
    }

    private bool Value()
    {
        Blank();
        if (_rest.IsEmpty)
            return false;
        switch (_rest[0])
        {
            case '(':
                into.Mark();
                return Items(')') && into.Tuple() is not null;
            case '[':
                into.Mark();
                return Items(']') && into.List() is not null;
            case '{':
                into.Mark();
                return Items('}') && into.Dict() is not null;
            case 'b' when _rest.Length > 1 && _rest[1] is '"' or '\'':
                _rest = _rest[1..];
                return Text() is { } bytes && into.BinBytes(Encoding.Latin1.GetBytes(bytes)) is not null;
            case '"' or '\'':
                return Text() is { } content && into.BinUnicode(content) is not null;
            case 'N' when _rest.StartsWith("None"):
                _rest = _rest[4..];
                return into.None() is not null;
            case 'T' when _rest.StartsWith("True"):
                _rest = _rest[4..];
                return into.NewTrue() is not null;
        }

        var digits = 0;
        while (digits < _rest.Length && (char.IsAsciiDigit(_rest[digits]) || (digits == 0 && _rest[digits] == '-')))
            digits++;
        if (!int.TryParse(_rest[..digits], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return false;
        into.BinInt(number);
        _rest = _rest[digits..];
        return true;
    }

    private bool Items(char close)
    {
        _rest = _rest[1..];
        while (true)
        {
            Blank();
            if (_rest.IsEmpty)
                return false;
            if (_rest[0] == close)
            {
                _rest = _rest[1..];
                return true;
            }

            if (!Value())
                return false;
            Blank();
            if (!_rest.IsEmpty && (_rest[0] == ',' || (_rest[0] == ':' && close == '}')))
                _rest = _rest[1..];
            else if (_rest.IsEmpty || _rest[0] != close)
                return false;
        }
    }

    private string? Text()
    {
        var quote = _rest[0];
        var content = new StringBuilder();
        for (var i = 1; i < _rest.Length; i++)
        {
            if (_rest[i] == quote)
            {
                _rest = _rest[(i + 1)..];
                return content.ToString();
            }

            if (_rest[i] == '\\' && _rest[i + 1] == 'x')
            {
                content.Append((char)int.Parse(_rest.Slice(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                content.Append(_rest[i]);
            }
        }

        return null;
    }

    private void Blank() => _rest = _rest.TrimStart(' ');
}
