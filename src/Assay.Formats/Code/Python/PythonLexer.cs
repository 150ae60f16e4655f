using System.Buffers;
using System.Globalization;
using System.Text;
using Kind = Assay.Formats.Python.PythonTokenKind;

namespace Assay.Formats.Python;

/// <summary>
/// Cuts a source into logical lines of tokens. Whatever the source, brackets, fields and f-strings come out balanced: closing marks that
/// are missing are added, those that close nothing are left out, each with an error.
/// </summary>
internal sealed class PythonLexer(string text, WorkBudget budget, PythonErrors errors, bool magics)
{
    /// <summary>Scans to the end of the text for quotes that are not there; more of them stop at the end of their line.</summary>
    private const int FutileScans = 8;

    /// <summary>Open brackets among which the one is looked for that a bracket of another kind closes.</summary>
    private const int FarthestBracket = 100;

    private const char Field = 'f';
    private const char Spec = 's';
    private const char Formatted = 'F';

    private static readonly SearchValues<char> LineEnds = SearchValues.Create('\n', '\r');
    private static readonly SearchValues<char> SingleStops = SearchValues.Create('\'', '\\', '\n', '\r');
    private static readonly SearchValues<char> DoubleStops = SearchValues.Create('"', '\\', '\n', '\r');
    private static readonly SearchValues<char> SingleFieldStops = SearchValues.Create('\'', '\\', '\n', '\r', '{', '}');
    private static readonly SearchValues<char> DoubleFieldStops = SearchValues.Create('"', '\\', '\n', '\r', '{', '}');

    private readonly List<char> _open = [];
    private readonly List<(char Quote, bool Triple, bool Raw)> _formatted = [];
    private PythonToken[] _tokens = new PythonToken[64];
    private int _count;
    private int _position = text.Length > 0 && text[0] == '\uFEFF' ? 1 : 0;
    private int _futileScans;
    private int _uncharged;

    /// <summary>Tokens of the line that was read last; the last is <see cref="Kind.EndOfLine"/>.</summary>
    public PythonToken[] Tokens => _tokens;

    /// <summary>How many.</summary>
    public int Count => _count;

    /// <summary>Column of its first token, tabs to multiples of eight.</summary>
    public int Indent { get; private set; }

    /// <summary>A line of IPython: its mark; null for one of Python.</summary>
    public string? MagicMark { get; private set; }

    /// <summary>Reads the next logical line; false at the end of the text.</summary>
    public bool ReadLine()
    {
        _count = 0;
        MagicMark = null;
        if (!SkipToContent())
            return false;
        if (magics && ReadMagicLine())
            return true;
        ReadTokens();
        return true;
    }

    /// <summary>Passes blank lines and comments, and measures the indentation.</summary>
    private bool SkipToContent()
    {
        var column = 0;
        while (_position < text.Length)
        {
            switch (text[_position])
            {
                case ' ':
                    column++;
                    break;
                case '\t':
                    column = (column | 7) + 1;
                    break;
                case '\f' or '\n' or '\r':
                    column = 0;
                    break;
                case '\\' when LineEndAt(_position + 1) > 0:
                    _position += LineEndAt(_position + 1);
                    break;
                case '#':
                    _position = EndOfLine(_position);
                    Charge(1);
                    continue;
                default:
                    Indent = column;
                    return true;
            }

            _position++;
        }

        return false;
    }

    private bool ReadMagicLine()
    {
        var start = _position;
        var mark = text[start] switch
        {
            '%' => start + 1 < text.Length && text[start + 1] == '%' ? "%%" : "%",
            '!' => start + 1 < text.Length && text[start + 1] == '!' ? "!!" : "!",
            '?' => "?",
            _ => null,
        };
        if (mark is null)
            return false;
        MagicMark = mark;
        var end = mark == "%%" ? EndOfCell(start) : EndOfMagic(start);
        var content = start + mark.Length;
        while (mark == "?" && content < end && text[content] == '?')
            content++;
        Add(Kind.Magic, content, end);
        _position = end;
        Add(Kind.EndOfLine, end, end);
        return true;
    }

    /// <summary>The end of a cell: cells that are read as one text are parted by a form feed.</summary>
    private int EndOfCell(int start)
    {
        var end = text.IndexOf('\f', start);
        return end < 0 ? text.Length : end;
    }

    /// <summary>The end of a command, which goes on behind a backslash at the end of a line.</summary>
    private int EndOfMagic(int start)
    {
        var end = EndOfLine(start);
        while (end < text.Length && text[end - 1] == '\\')
            end = EndOfLine(end + LineEndAt(end));
        return end;
    }

    private void ReadTokens()
    {
        var line = _position;
        while (true)
        {
            if (_open.Count > 0 && _open[^1] is Formatted or Spec)
            {
                ReadFormattedText();
                continue;
            }

            if (_position >= text.Length)
            {
                EndLine(line, _position);
                return;
            }

            var c = text[_position];
            switch (c)
            {
                case ' ' or '\t' or '\f':
                    _position++;
                    continue;
                case '#':
                    _position = EndOfLine(_position);
                    continue;
                case '\n' or '\r':
                    var behind = _position + LineEndAt(_position);
                    if (_open.Count > 0 && !IsStatement(behind))
                    {
                        _position = behind;
                        continue;
                    }

                    EndLine(line, _position);
                    _position = behind;
                    return;
                case '\\':
                    var length = LineEndAt(_position + 1);
                    if (length == 0)
                        errors.Add(_position, "a backslash stands for nothing");
                    _position += 1 + length;
                    continue;
                case '\'' or '"':
                    ReadString(_position, 0);
                    continue;
                case >= '0' and <= '9':
                    ReadNumber();
                    continue;
                case '.' when _position + 1 < text.Length && char.IsAsciiDigit(text[_position + 1]):
                    ReadNumber();
                    continue;
                default:
                    if (char.IsAsciiLetter(c) || c == '_' || c >= 0x80)
                        ReadName();
                    else
                        ReadOperator(c);
                    continue;
            }
        }
    }

    /// <summary>Ends the line; what is still open is closed.</summary>
    private void EndLine(int line, int end)
    {
        if (_open.Count > 0)
            errors.Add(_count > 0 ? _tokens[0].Start : line, "a bracket of this line is not closed");
        CloseTo(0, end);
        Add(Kind.EndOfLine, end, end);
    }

    private void CloseTo(int depth, int at)
    {
        while (_open.Count > depth)
        {
            var open = _open[^1];
            _open.RemoveAt(_open.Count - 1);
            if (open == Formatted)
                _formatted.RemoveAt(_formatted.Count - 1);
            Add(open switch
            {
                '(' => Kind.RightParen,
                '[' => Kind.RightSquare,
                '{' => Kind.RightBrace,
                Formatted => Kind.FormattedEnd,
                _ => Kind.FieldClose,
            }, at, at);
        }
    }

    /// <summary>Whether a line inside brackets begins with a keyword that no expression has, so that a bracket before it was left open.</summary>
    private bool IsStatement(int position)
    {
        while (position < text.Length && text[position] is ' ' or '\t' or '\f')
            position++;
        var end = position;
        while (end < text.Length && char.IsAsciiLetterLower(text[end]))
            end++;
        if (end == position || end - position > 8 || (end < text.Length && (IsNamePart(text[end]) || text[end] >= 0x80)))
            return false;
        return Keyword(text.AsSpan(position, end - position)) switch
        {
            Kind.Assert or Kind.Break or Kind.Class or Kind.Continue or Kind.Def or Kind.Del or Kind.Elif or Kind.Except or Kind.Finally
                or Kind.Global or Kind.Import or Kind.Pass or Kind.Raise or Kind.Return or Kind.Try or Kind.While or Kind.With => true,
            Kind.From => _count == 0 || _tokens[_count - 1].Kind != Kind.Yield,
            _ => false,
        };
    }

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void ReadName()
    {
        var start = _position;
        var end = start;
        while (end < text.Length)
        {
            if (IsNamePart(text[end]))
            {
                end++;
                continue;
            }

            if (text[end] < 0x80 || Rune.DecodeFromUtf16(text.AsSpan(end), out var rune, out var length) != OperationStatus.Done || !PythonIdentifiers.IsPart(rune))
                break;
            end += length;
        }

        if (end == start)
        {
            Odd(start);
            return;
        }

        if (end < text.Length && text[end] is '\'' or '"' && end - start <= 2 && Prefix(start, end) is { } prefix)
        {
            ReadString(end, prefix);
            return;
        }

        _position = end;
        Add(Keyword(text.AsSpan(start, end - start)), start, end);
    }

    /// <summary>Bits of a prefix of strings: 1 raw, 2 formatted; null when it is none.</summary>
    private int? Prefix(int start, int end)
    {
        var bits = 0;
        for (var i = start; i < end; i++)
        {
            switch (text[i] | 0x20)
            {
                case 'r':
                    bits |= 1;
                    break;
                case 'f' or 't':
                    bits |= 2;
                    break;
                case 'b' or 'u':
                    break;
                default:
                    return null;
            }
        }

        return bits;
    }

    private void ReadString(int quoteAt, int prefix)
    {
        var start = _position;
        var quote = text[quoteAt];
        var triple = quoteAt + 2 < text.Length && text[quoteAt + 1] == quote && text[quoteAt + 2] == quote;
        var content = quoteAt + (triple ? 3 : 1);
        if ((prefix & 2) != 0)
        {
            _position = content;
            Add(Kind.FormattedStart, start, content);
            _formatted.Add((quote, triple, (prefix & 1) != 0));
            _open.Add(Formatted);
            return;
        }

        var end = triple ? EndOfTriple(content, quote) : EndOfSingle(content, quote);
        if (end < 0 && FieldInside(quote) is var field and >= 0)
        {
            // Before 3.12 this quote ended the f-string around it.
            errors.Add(quoteAt, "a field of an f-string is not closed");
            CloseTo(field, quoteAt);
            _position = content;
            return;
        }

        if (end < 0)
        {
            errors.Add(start, "a string is not closed");
            end = EndOfLine(content);
        }

        _position = end;
        Add(Kind.String, start, end);
    }

    /// <summary>How many marks are open outside the innermost f-string, when that one ends with the given quote; -1 otherwise.</summary>
    private int FieldInside(char quote)
    {
        if (_formatted.Count == 0 || _formatted[^1].Quote != quote || _formatted[^1].Triple)
            return -1;
        var at = _open.Count - 1;
        while (_open[at] != Formatted)
            at--;
        return at;
    }

    /// <summary>The place behind the closing quote; -1 when there is none.</summary>
    private int EndOfSingle(int position, char quote)
    {
        var stops = quote == '"' ? DoubleStops : SingleStops;
        while (true)
        {
            var at = text.AsSpan(position).IndexOfAny(stops);
            if (at < 0)
                return -1;
            position += at;
            if (text[position] == quote)
                return position + 1;
            if (text[position] != '\\')
                return -1;
            position++;
            if (position >= text.Length)
                return -1;
            position += Math.Max(1, LineEndAt(position));
        }
    }

    private int EndOfTriple(int position, char quote)
    {
        if (_futileScans >= FutileScans)
            return -1;
        while (true)
        {
            var at = text.AsSpan(position).IndexOfAny(quote, '\\');
            if (at < 0)
                break;
            position += at;
            if (text[position] == '\\')
            {
                position += 2;
                if (position >= text.Length)
                    break;
                continue;
            }

            if (position + 2 < text.Length && text[position + 1] == quote && text[position + 2] == quote)
                return position + 3;
            position++;
        }

        _futileScans++;
        return -1;
    }

    /// <summary>Text of an f-string or of a format specification, up to a field or the end.</summary>
    private void ReadFormattedText()
    {
        var (quote, triple, raw) = _formatted[^1];
        var spec = _open[^1] == Spec;
        var stops = quote == '"' ? DoubleFieldStops : SingleFieldStops;
        var start = _position;
        var position = start;
        while (true)
        {
            var at = text.AsSpan(position).IndexOfAny(stops);
            position = at < 0 ? text.Length : position + at;
            var c = position < text.Length ? text[position] : '\0';
            if (position >= text.Length || (c is '\n' or '\r' && !triple))
            {
                FormattedText(start, position);
                errors.Add(start, "an f-string is not closed");
                var depth = _open.Count - 1;
                while (_open[depth] != Formatted)
                    depth--;
                CloseTo(depth, position);
                _position = position;
                return;
            }

            switch (c)
            {
                case '\n' or '\r':
                    position++;
                    continue;
                case '\\':
                    position++;
                    if (position >= text.Length)
                        continue;
                    if (!raw && text[position] == 'N' && position + 1 < text.Length && text[position + 1] == '{')
                    {
                        var close = text.AsSpan(position, Math.Min(128, text.Length - position)).IndexOfAny('}', quote);
                        position += close > 0 && text[position + close] == '}' ? close + 1 : Math.Max(1, close);
                    }
                    else if (text[position] is not ('{' or '}'))
                        position += Math.Max(1, LineEndAt(position));
                    continue;
                case '{' when !spec && position + 1 < text.Length && text[position + 1] == '{':
                    FormattedText(start, position + 1);
                    start = position += 2;
                    continue;
                case '{':
                    FormattedText(start, position);
                    _open.Add(Field);
                    _position = position + 1;
                    Add(Kind.FieldOpen, position, position + 1);
                    return;
                case '}' when spec:
                    FormattedText(start, position);
                    _open.RemoveAt(_open.Count - 1);
                    _position = position + 1;
                    Add(Kind.FieldClose, position, position + 1);
                    return;
                case '}':
                    var doubled = position + 1 < text.Length && text[position + 1] == '}';
                    if (!doubled)
                        errors.Add(position, "a brace of an f-string closes nothing");
                    FormattedText(start, position + 1);
                    start = position += doubled ? 2 : 1;
                    continue;
                default:
                    if (triple && !(position + 2 < text.Length && text[position + 1] == quote && text[position + 2] == quote))
                    {
                        position++;
                        continue;
                    }

                    FormattedText(start, position);
                    if (spec)
                        errors.Add(position, "a field of an f-string is not closed");
                    var inner = _open.Count - 1;
                    while (_open[inner] != Formatted)
                        inner--;
                    CloseTo(inner + 1, position);
                    _open.RemoveAt(inner);
                    _formatted.RemoveAt(_formatted.Count - 1);
                    _position = position + (triple ? 3 : 1);
                    Add(Kind.FormattedEnd, position, _position);
                    return;
            }
        }
    }

    private void FormattedText(int start, int end)
    {
        if (end > start)
            Add(Kind.FormattedText, start, end);
    }

    private void ReadNumber()
    {
        var start = _position;
        var end = start;
        if (text[start] == '0' && start + 1 < text.Length && (text[start + 1] | 0x20) is 'x' or 'o' or 'b')
        {
            var hex = (text[start + 1] | 0x20) == 'x';
            end += 2;
            while (end < text.Length && (text[end] == '_' || (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end]))))
                end++;
        }
        else
        {
            end = Digits(end);
            if (end < text.Length && text[end] == '.')
                end = Digits(end + 1);
            if (end < text.Length && (text[end] | 0x20) == 'e')
            {
                var sign = end + 1 < text.Length && text[end + 1] is '+' or '-' ? 1 : 0;
                if (end + 1 + sign < text.Length && char.IsAsciiDigit(text[end + 1 + sign]))
                    end = Digits(end + 1 + sign);
            }
        }

        if (end < text.Length && (text[end] | 0x20) is 'j' or 'l')
            end++;
        _position = end;
        Add(Kind.Number, start, end);
    }

    private int Digits(int position)
    {
        while (position < text.Length && (char.IsAsciiDigit(text[position]) || text[position] == '_'))
            position++;
        return position;
    }

    private void ReadOperator(char c)
    {
        var start = _position;
        var next = start + 1 < text.Length ? text[start + 1] : '\0';
        var third = start + 2 < text.Length ? text[start + 2] : '\0';
        var inField = _open.Count > 0 && _open[^1] == Field;
        switch (c)
        {
            case '(' or '[' or '{':
                _open.Add(c);
                _position++;
                Add(c switch { '(' => Kind.LeftParen, '[' => Kind.LeftSquare, _ => Kind.LeftBrace }, start, start + 1);
                return;
            case ')' or ']' or '}':
                Close(c);
                return;
            case ':' when inField:
                _open[^1] = Spec;
                _position++;
                Add(Kind.Colon, start, start + 1);
                return;
            case '!' when inField && next != '=':
                _position++;
                Add(Kind.Exclamation, start, start + 1);
                return;
            case '?' when magics && _open.Count == 0 && _count > 0 && IsHelp(start):
                MagicMark = "?";
                Add(Kind.Help, start, _position);
                return;
            default:
                break;
        }

        var (kind, length) = (c, next, third) switch
        {
            ('*', '*', '=') or ('/', '/', '=') or ('<', '<', '=') or ('>', '>', '=') => (Kind.Augmented, 3),
            ('.', '.', '.') => (Kind.Ellipsis, 3),
            ('*', '*', _) => (Kind.DoubleStar, 2),
            ('/', '/', _) => (Kind.DoubleSlash, 2),
            ('<', '<', _) => (Kind.LeftShift, 2),
            ('>', '>', _) => (Kind.RightShift, 2),
            ('<', '>', _) or ('!', '=', _) => (Kind.NotEqual, 2),
            ('<', '=', _) => (Kind.LessEqual, 2),
            ('>', '=', _) => (Kind.GreaterEqual, 2),
            ('=', '=', _) => (Kind.Equal, 2),
            (':', '=', _) => (Kind.Walrus, 2),
            ('-', '>', _) => (Kind.Arrow, 2),
            ('+' or '-' or '*' or '/' or '%' or '@' or '&' or '|' or '^', '=', _) => (Kind.Augmented, 2),
            ('+', _, _) => (Kind.Plus, 1),
            ('-', _, _) => (Kind.Minus, 1),
            ('*', _, _) => (Kind.Star, 1),
            ('/', _, _) => (Kind.Slash, 1),
            ('%', _, _) => (Kind.Percent, 1),
            ('@', _, _) => (Kind.At, 1),
            ('&', _, _) => (Kind.Ampersand, 1),
            ('|', _, _) => (Kind.Bar, 1),
            ('^', _, _) => (Kind.Caret, 1),
            ('~', _, _) => (Kind.Tilde, 1),
            ('<', _, _) => (Kind.Less, 1),
            ('>', _, _) => (Kind.Greater, 1),
            ('=', _, _) => (Kind.Assign, 1),
            (',', _, _) => (Kind.Comma, 1),
            (':', _, _) => (Kind.Colon, 1),
            (';', _, _) => (Kind.Semicolon, 1),
            ('.', _, _) => (Kind.Dot, 1),
            ('`', _, _) => (Kind.Backtick, 1),
            _ => (Kind.EndOfLine, 0),
        };
        if (length == 0)
        {
            Odd(start);
            return;
        }

        _position = start + length;
        Add(kind, start, _position);
        if (magics && kind == Kind.Assign && _open.Count == 0)
            ReadAssignedMagic();
    }

    /// <summary>A character that no Python has here.</summary>
    private void Odd(int start)
    {
        errors.Add(start, "the character U+{0:X4} does not belong here", text[start]);
        _position = start + (char.IsHighSurrogate(text[start]) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]) ? 2 : 1);
        Charge(1);
    }

    private void Close(char c)
    {
        var start = _position++;
        var open = c switch { ')' => '(', ']' => '[', _ => '{' };
        var depth = _open.Count - 1;
        // No closing mark reaches out of the field it stands in, but for a brace, which ends the field.
        var least = Math.Max(0, depth - FarthestBracket);
        while (depth >= least && _open[depth] != open && _open[depth] != Field)
            depth--;
        if (depth < least || (_open[depth] == Field && c != '}'))
        {
            errors.Add(start, "the bracket {1} closes nothing", c);
            return;
        }

        if (depth < _open.Count - 1)
        {
            errors.Add(start, "the bracket {1} does not fit the one that is open", c);
            CloseTo(depth + 1, start);
        }

        var field = _open[depth] == Field;
        _open.RemoveAt(depth);
        Add(c switch { ')' => Kind.RightParen, ']' => Kind.RightSquare, _ => field ? Kind.FieldClose : Kind.RightBrace }, start, start + 1);
    }

    private bool IsHelp(int position)
    {
        // There are one or two of them.
        position += position + 1 < text.Length && text[position + 1] == '?' ? 2 : 1;
        var end = position;
        while (position < text.Length && text[position] is ' ' or '\t')
            position++;
        if (position < text.Length && LineEndAt(position) == 0)
            return false;
        _position = end;
        return true;
    }

    /// <summary>Behind the <c>=</c> of <c>x = !command</c> and <c>x = %magic</c>.</summary>
    private void ReadAssignedMagic()
    {
        var position = _position;
        while (position < text.Length && text[position] is ' ' or '\t')
            position++;
        if (position >= text.Length || text[position] is not ('!' or '%'))
            return;
        MagicMark = text[position] == '!' ? "!" : "%";
        var end = EndOfMagic(position);
        Add(Kind.Magic, position + 1, end);
        _position = end;
    }

    private int EndOfLine(int position)
    {
        var at = text.AsSpan(position).IndexOfAny(LineEnds);
        return at < 0 ? text.Length : position + at;
    }

    /// <summary>Length of the line end at a place; 0 when there is none.</summary>
    private int LineEndAt(int position)
    {
        if (position >= text.Length)
            return 0;
        if (text[position] == '\r')
            return position + 1 < text.Length && text[position + 1] == '\n' ? 2 : 1;
        return text[position] == '\n' ? 1 : 0;
    }

    private void Add(Kind kind, int start, int end)
    {
        if (_count == _tokens.Length)
            Array.Resize(ref _tokens, _count * 2);
        _tokens[_count++] = new PythonToken(kind, start, end);
        Charge(1);
    }

    private void Charge(int count)
    {
        _uncharged += count;
        if (_uncharged < 256)
            return;
        budget.ChargeElements(_uncharged, _position);
        _uncharged = 0;
    }

    private static Kind Keyword(ReadOnlySpan<char> name) => name switch
    {
        "and" => Kind.And,
        "as" => Kind.As,
        "assert" => Kind.Assert,
        "break" => Kind.Break,
        "class" => Kind.Class,
        "continue" => Kind.Continue,
        "def" => Kind.Def,
        "del" => Kind.Del,
        "elif" => Kind.Elif,
        "else" => Kind.Else,
        "except" => Kind.Except,
        "False" => Kind.False,
        "finally" => Kind.Finally,
        "for" => Kind.For,
        "from" => Kind.From,
        "global" => Kind.Global,
        "if" => Kind.If,
        "import" => Kind.Import,
        "in" => Kind.In,
        "is" => Kind.Is,
        "lambda" => Kind.Lambda,
        "None" => Kind.None,
        "not" => Kind.Not,
        "or" => Kind.Or,
        "pass" => Kind.Pass,
        "raise" => Kind.Raise,
        "return" => Kind.Return,
        "True" => Kind.True,
        "try" => Kind.Try,
        "while" => Kind.While,
        "with" => Kind.With,
        "yield" => Kind.Yield,
        _ => Kind.Name,
    };
}

/// <summary>Errors of one source, the first few of them.</summary>
internal sealed class PythonErrors
{
    private const int Most = 32;

    /// <summary>What was recorded.</summary>
    public List<Malformation> List { get; } = [];

    /// <summary>Records an error at a character of the source.</summary>
    public void Add(int offset, string message)
    {
        if (List.Count < Most)
            List.Add(new Malformation(MalformationKind.Invalid, offset, message));
    }

    /// <summary>Records an error about a character, <c>{0}</c> as a number and <c>{1}</c> as it is.</summary>
    public void Add(int offset, string format, char c)
    {
        if (List.Count < Most)
            Add(offset, string.Format(CultureInfo.InvariantCulture, format, (int)c, c));
    }
}
