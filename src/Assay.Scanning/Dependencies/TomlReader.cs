using System.Text;

namespace Assay.Scanning;

/// <summary>
/// Reads what TOML 1.0 says as pairs of key and text, tolerant and total: tables, dotted keys, strings of all four kinds, arrays over
/// several lines, inline tables. Numbers and dates come as they are written; what is no TOML is passed over to the next line.
/// </summary>
internal sealed class TomlReader(string text)
{
    /// <summary>Deeper nesting is passed over.</summary>
    private const int MaxDepth = 32;

    private int _at;

    /// <summary>Calls <paramref name="found"/> for every value: the path of its key joined by dots, the text, its place. Elements of an array have the key of the array.</summary>
    public void Read(Action<string, string, int> found)
    {
        var table = "";
        while (_at < text.Length)
        {
            SkipSpace(lines: true);
            if (_at >= text.Length)
                return;
            var before = _at;
            if (text[_at] == '[')
            {
                while (_at < text.Length && text[_at] == '[')
                    _at++;
                table = Key(']');
                while (_at < text.Length && text[_at] == ']')
                    _at++;
            }
            else
            {
                var key = Key('=');
                SkipSpace(lines: false);
                if (_at < text.Length && text[_at] == '=')
                {
                    _at++;
                    Value(Join(table, key), found, 0);
                }
            }

            SkipLine();
            if (_at == before)
                _at++;
        }
    }

    private static string Join(string table, string key) => table.Length == 0 ? key : table + "." + key;

    private string Key(char end)
    {
        var key = new StringBuilder();
        while (_at < text.Length && text[_at] != end && text[_at] is not ('\r' or '\n') && key.Length < 512)
        {
            if (text[_at] is '"' or '\'')
                key.Append(Quoted());
            else if (text[_at] is ' ' or '\t')
                _at++;
            else
                key.Append(text[_at++]);
        }

        return key.ToString();
    }

    private void Value(string key, Action<string, string, int> found, int depth)
    {
        SkipSpace(lines: depth > 0);
        if (_at >= text.Length || depth > MaxDepth)
            return;
        var start = _at;
        switch (text[_at])
        {
            case '"' or '\'':
                found(key, Quoted(), start);
                break;
            case '[':
                _at++;
                while (true)
                {
                    SkipSpace(lines: true);
                    if (_at >= text.Length)
                        return;
                    if (text[_at] == ']')
                    {
                        _at++;
                        return;
                    }

                    var before = _at;
                    if (text[_at] == ',')
                        _at++;
                    else
                        Value(key, found, depth + 1);
                    if (_at == before)
                        _at++;
                }

            case '{':
                _at++;
                while (true)
                {
                    SkipSpace(lines: true);
                    if (_at >= text.Length)
                        return;
                    if (text[_at] is '}' or ',')
                    {
                        if (text[_at++] == '}')
                            return;
                        continue;
                    }

                    var before = _at;
                    var inner = Key('=');
                    if (_at < text.Length && text[_at] == '=')
                    {
                        _at++;
                        Value(Join(key, inner), found, depth + 1);
                    }

                    if (_at == before)
                        _at++;
                }

            default:
                while (_at < text.Length && text[_at] is not (',' or ']' or '}' or '#' or '\r' or '\n'))
                    _at++;
                found(key, text.AsSpan(start, _at - start).Trim().ToString(), start);
                break;
        }
    }

    private string Quoted()
    {
        var quote = text[_at];
        var isLong = _at + 2 < text.Length && text[_at + 1] == quote && text[_at + 2] == quote;
        var mark = isLong ? new string(quote, 3) : quote.ToString();
        _at += mark.Length;
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            var c = text[_at];
            if (c == quote && string.CompareOrdinal(text, _at, mark, 0, mark.Length) == 0)
            {
                _at += mark.Length;
                break;
            }

            if (!isLong && c is '\r' or '\n')
                break;
            _at++;
            if (c == '\\' && quote == '"' && _at < text.Length)
                Escape(value);
            else
                value.Append(c);
        }

        return value.ToString();
    }

    private void Escape(StringBuilder value)
    {
        var c = text[_at++];
        var digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits > 0 && _at + digits <= text.Length
            && int.TryParse(text.AsSpan(_at, digits), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var rune) && Rune.IsValid(rune))
        {
            value.Append(new Rune(rune));
            _at += digits;
            return;
        }

        value.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => c });
    }

    private void SkipSpace(bool lines)
    {
        while (_at < text.Length)
        {
            if (text[_at] is ' ' or '\t' || (lines && text[_at] is '\r' or '\n'))
                _at++;
            else if (lines && text[_at] == '#')
                SkipLine();
            else
                return;
        }
    }

    private void SkipLine()
    {
        var end = text.AsSpan(Math.Min(_at, text.Length)).IndexOfAny('\r', '\n');
        _at = end < 0 ? text.Length : _at + end;
    }
}
