namespace Assay.Scanning.Tests.Indicators;

/// <summary>Recognises the literals of Python that samples are written in: tuples, lists, dictionaries, texts, bytes, numbers and names of constants.</summary>
internal ref struct PythonLiteral(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    public static bool IsTuple(string text)
    {
        var literal = new PythonLiteral(text);
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
                return Items(')');
            case '[':
                return Items(']');
            case '{':
                return Items('}');
            case 'b' when _rest.Length > 1 && _rest[1] is '"' or '\'':
                _rest = _rest[1..];
                return Text();
            case '"' or '\'':
                return Text();
        }

        foreach (var word in (ReadOnlySpan<string>)["None", "True", "False"])
        {
            if (_rest.StartsWith(word))
            {
                _rest = _rest[word.Length..];
                return true;
            }
        }

        var digits = 0;
        while (digits < _rest.Length && (char.IsAsciiDigit(_rest[digits]) || _rest[digits] is '.' or '-'))
            digits++;
        if (digits == 0)
            return false;
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

    private bool Text()
    {
        var quote = _rest[0];
        for (var i = 1; i < _rest.Length; i++)
        {
            if (_rest[i] == '\\')
            {
                i++;
            }
            else if (_rest[i] == quote)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private void Blank() => _rest = _rest.TrimStart(' ');
}
