using System.Buffers;
using System.Text;

namespace Assay.Formats.Shell;

/// <summary>
/// Reads words and their parts. Shell has no tokens that are independent of the grammar (a <c>$(</c> holds commands, a line end starts
/// here-documents), so it works on the place of the parser and calls it for what is inside of substitutions.
/// </summary>
internal sealed class ShellLexer(string text, int end, int place, ShellParser parser)
{
    /// <summary>Longest arithmetic expression that is looked at to tell it from a subshell.</summary>
    private const int MaxArithmetic = 4096;

    private static readonly SearchValues<char> InWord = SearchValues.Create(" \t\r\n;&|()<>\"'\\$`?*+@!");
    private static readonly SearchValues<char> InQuotes = SearchValues.Create("\"\\$`");
    private static readonly SearchValues<char> InDocument = SearchValues.Create("\\$`");

    private readonly List<ShellRedirection> _pending = [];
    private int _end = end;

    /// <summary>What ends the text that is read.</summary>
    private enum Context
    {
        /// <summary>Space or an operator.</summary>
        Word,

        /// <summary>A quote.</summary>
        Quotes,

        /// <summary>The brace of <c>${x:-…}</c>, or a delimiter in front of it.</summary>
        Operand,

        /// <summary>The end of the range.</summary>
        Document,
    }

    /// <summary>The next character to be read.</summary>
    public int Position { get; set; }

    /// <summary>Whether everything was read.</summary>
    public bool AtEnd => Position >= _end;

    /// <summary>The next character; NUL at the end.</summary>
    public char Current => Position < _end ? text[Position] : '\0';

    /// <summary>The character at a distance; NUL beyond the end.</summary>
    public char Peek(int distance) => Position + distance < _end ? text[Position + distance] : '\0';

    /// <summary>The place in the file of a character: texts inside of backquotes are read apart, and lie where those begin.</summary>
    public int Place(int index) => place >= 0 ? place : index;

    /// <summary>Whether the text goes on with this.</summary>
    public bool At(string expected) => Position + expected.Length <= _end && string.CompareOrdinal(text, Position, expected, 0, expected.Length) == 0;

    /// <summary>Characters of the text.</summary>
    public string Text(int start, int length) => text.Substring(start, length);

    /// <summary>Skips blanks, continued lines and comments.</summary>
    public void SkipBlanks()
    {
        while (Position < _end)
        {
            var c = text[Position];
            if (c is ' ' or '\t' or '\r' or '\f' or '\v' or '\u00a0' or '\ufeff')
                Position++;
            else if (c == '\\' && Continuation(Position) is > 0 and var skip)
                Position += skip;
            else if (c == '#')
                SkipComment();
            else
                return;
        }
    }

    /// <summary>Skips blanks and line ends, reading the here-documents that begin behind those.</summary>
    public void SkipLines()
    {
        for (SkipBlanks(); Current == '\n'; SkipBlanks())
            TakeLineEnd();
    }

    /// <summary>Takes a line end, with the here-documents that wait for it.</summary>
    public void TakeLineEnd()
    {
        Position++;
        if (_pending.Count == 0)
            return;
        var documents = _pending.ToArray();
        _pending.Clear();
        foreach (var redirection in documents)
            redirection.Document = ReadDocument(redirection);
    }

    /// <summary>The word in front, where it is made of nothing but letters or is one of the signs that the grammar knows; empty otherwise.</summary>
    public ReadOnlySpan<char> PeekReserved()
    {
        var at = Position;
        if (at < _end && text[at] is '{' or '}' or '!')
            at++;
        else if (at + 1 < _end && text[at] == '[' && text[at + 1] == '[')
            at += 2;
        else
        {
            while (at < _end && char.IsAsciiLetterLower(text[at]) && at - Position < 9)
                at++;
        }

        return at < _end && !IsTerminator(text[at]) ? default : text.AsSpan(Position, at - Position);
    }

    /// <summary>Reads a word; null where none begins.</summary>
    public ShellWord? ReadWord()
    {
        var start = Position;
        var parts = new List<ShellPart>(1);
        var quotes = ReadParts(parts, Context.Word, quoted: false);
        return Position == start ? null : new ShellWord { Start = Place(start), End = Place(Position), Parts = parts, HasQuotes = quotes };
    }

    /// <summary>The rest of the range as one text with parameters and substitutions in it.</summary>
    public ShellWord ReadRest(bool quoted)
    {
        var start = Position;
        var parts = new List<ShellPart>(1);
        ReadParts(parts, Context.Document, quoted);
        return new ShellWord { Start = Place(start), End = Place(Position), Parts = parts, HasQuotes = quoted };
    }

    /// <summary>A redirection, if one begins here.</summary>
    public ShellRedirection? ReadRedirection()
    {
        var at = Position;
        var descriptor = -1;
        if (Current == '{')
        {
            var close = at + 1;
            while (close < _end && (char.IsAsciiLetterOrDigit(text[close]) || text[close] == '_'))
                close++;
            if (close + 1 >= _end || close == at + 1 || text[close] != '}' || text[close + 1] is not ('<' or '>'))
                return null;
            at = close + 1;
            descriptor = 9;
        }
        else if (char.IsAsciiDigit(Current))
        {
            while (at < _end && char.IsAsciiDigit(text[at]) && at - Position < 4)
                at++;
            if (at >= _end || text[at] is not ('<' or '>'))
                return null;
            descriptor = int.Parse(text.AsSpan(Position, at - Position));
        }

        var length = OperatorAt(at);
        if (length == 0)
            return null;
        var start = Position;
        var op = text.Substring(at, length);
        Position = at + length;
        SkipBlanks();
        var target = ReadWord();
        if (target is null)
        {
            parser.Error(Position, "a redirection without a target");
            target = new ShellWord { Start = Place(Position), End = Place(Position), Parts = [] };
        }

        var redirection = new ShellRedirection { Start = Place(start), End = Place(Position), Operator = op == "<<-" ? "<<" : op, Descriptor = descriptor, Target = target };
        if (op is "<<" or "<<-")
        {
            _pending.Add(redirection);
            if (op == "<<-")
                parser.StripTabs.Add(redirection);
        }

        return redirection;
    }

    /// <summary>Length of <c>name=</c>, <c>name+=</c> or <c>name[…]=</c> at the place; 0 where there is none.</summary>
    public int AssignmentLength(out int nameLength, out string? subscript)
    {
        subscript = null;
        var at = Position;
        if (at < _end && (char.IsAsciiLetter(text[at]) || text[at] == '_'))
        {
            while (at < _end && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
                at++;
        }

        nameLength = at - Position;
        if (nameLength == 0)
            return 0;
        if (at < _end && text[at] == '[')
        {
            var close = text.AsSpan(at, Math.Min(_end - at, 256)).IndexOf(']');
            if (close < 0 || text.AsSpan(at, close).ContainsAny(" \n;|&") && !text.AsSpan(at, close).ContainsAny("\"'$"))
                return 0;
            subscript = text.Substring(at + 1, close - 1);
            at += close + 1;
        }

        if (at < _end && text[at] == '+')
            at++;
        return at < _end && text[at] == '=' ? at + 1 - Position : 0;
    }

    /// <summary>
    /// The text of <c>((…))</c>, whose first parenthesis is the next character, and the place behind it; null where the parentheses do
    /// not close together: then they are subshells.
    /// </summary>
    public ShellWord? ReadArithmetic()
    {
        var open = Position;
        var depth = 0;
        var limit = Math.Min(_end, open + MaxArithmetic);
        for (var at = open; at < limit; at++)
        {
            var c = text[at];
            if (c == '(')
            {
                depth++;
            }
            else if (c == '\\')
            {
                at++;
            }
            else if (c == ')' && --depth == 1)
            {
                // The second parenthesis closes here: either the first does so too, or the two were groups of their own.
                if (at + 1 >= limit || text[at + 1] != ')')
                    return null;
                var outer = _end;
                (Position, _end) = (open + 2, at);
                var expression = ReadRest(quoted: true);
                (Position, _end) = (at + 2, outer);
                return expression;
            }
        }

        return null;
    }

    /// <summary>Whether a character ends a word.</summary>
    private static bool IsTerminator(char c) => c is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>' or '\0';

    private int Continuation(int at) =>
        at + 1 < _end && text[at + 1] == '\n' ? 2 : at + 2 < _end && text[at + 1] == '\r' && text[at + 2] == '\n' ? 3 : 0;

    private void SkipComment()
    {
        var line = text.AsSpan(Position, _end - Position).IndexOf('\n');
        Position = line < 0 ? _end : Position + line;
    }

    private int OperatorAt(int at)
    {
        char Char(int i) => at + i < _end ? text[at + i] : '\0';
        return (Char(0), Char(1)) switch
        {
            ('&', '>') => Char(2) == '>' ? 3 : 2,
            ('<', '<') => Char(2) is '<' or '-' ? 3 : 2,
            ('<', '&' or '>') => 2,
            ('<', '(') => 0,
            ('<', _) => 1,
            ('>', '>' or '&' or '|') => 2,
            ('>', '(') => 0,
            ('>', _) => 1,
            _ => 0,
        };
    }

    private ShellWord ReadDocument(ShellRedirection redirection)
    {
        var delimiter = redirection.Target.Literal ?? text[Math.Min(redirection.Target.Start, text.Length)..Math.Min(redirection.Target.End, text.Length)];
        var strip = parser.StripTabs.Remove(redirection);
        var start = Position;
        var stop = _end;
        var next = _end;
        for (var at = start; at < _end;)
        {
            var length = text.AsSpan(at, _end - at).IndexOf('\n');
            var lineEnd = length < 0 ? _end : at + length;
            var line = text.AsSpan(at, lineEnd - at);
            if (line.EndsWith("\r"))
                line = line[..^1];
            if (strip)
                line = line.TrimStart('\t');
            if (line.SequenceEqual(delimiter))
            {
                stop = at;
                next = Math.Min(lineEnd + 1, _end);
                break;
            }

            at = lineEnd + 1;
        }

        Position = next;
        if (redirection.Target.HasQuotes)
        {
            var body = text[start..stop];
            ShellPart literal = new ShellLiteral { Start = Place(start), End = Place(stop), Quoted = true, Text = strip ? WithoutTabs(body) : body };
            return new ShellWord { Start = Place(start), End = Place(stop), Parts = [literal], HasQuotes = true };
        }

        if (strip && parser.Inside(WithoutTabs(text[start..stop]), Place(start)) is { } inner)
            return inner.ReadRest(quoted: true);
        var outer = _end;
        (Position, _end) = (start, stop);
        var word = ReadRest(quoted: true);
        (Position, _end) = (next, outer);
        return word;
    }

    private static string WithoutTabs(string body)
    {
        var result = new StringBuilder(body.Length);
        foreach (var line in body.AsSpan().EnumerateLines())
            result.Append(line.TrimStart('\t')).Append('\n');
        if (result.Length > 0)
            result.Length--;
        return result.ToString();
    }

    /// <summary>Reads parts until the context ends, which is not taken.</summary>
    /// <returns>Whether quotes were among them.</returns>
    private bool ReadParts(List<ShellPart> parts, Context context, bool quoted, char delimiter = '\0')
    {
        var literal = new StringBuilder();
        var literalStart = Position;
        var hasQuotes = false;

        void Flush()
        {
            if (literal.Length > 0)
                parts.Add(new ShellLiteral { Start = Place(literalStart), End = Place(Position), Quoted = quoted, Text = literal.ToString() });
            literal.Clear();
        }

        void Append(ReadOnlySpan<char> run)
        {
            if (literal.Length == 0)
                literalStart = Position;
            literal.Append(run);
        }

        while (Position < _end)
        {
            if (context != Context.Operand)
            {
                var run = text.AsSpan(Position, _end - Position).IndexOfAny(context switch { Context.Word => InWord, Context.Quotes => InQuotes, _ => InDocument });
                if (run < 0)
                    run = _end - Position;
                if (run > 0)
                {
                    Append(text.AsSpan(Position, run));
                    Position += run;
                    continue;
                }
            }

            var c = text[Position];
            if (context == Context.Word && IsTerminator(c))
            {
                // <(…) and >(…) are words; a parenthesis behind ?, *, +, @ or ! belongs to a pattern.
                if (c is '<' or '>' && Peek(1) == '(' && parser.Enter())
                {
                    Flush();
                    parts.Add(ReadSubstitution(2, quoted: false, isFile: true));
                    parser.Leave();
                    continue;
                }

                if (c == '(' && literal.Length > 0 && literal[^1] is '?' or '*' or '+' or '@' or '!' && PatternGroup() is > 0 and var group)
                {
                    Append(text.AsSpan(Position, group));
                    Position += group;
                    continue;
                }

                break;
            }

            if (context == Context.Quotes && c == '"')
                break;
            if (context == Context.Operand && (c == '}' || (delimiter != '\0' && c == delimiter)))
                break;
            switch (c)
            {
                case '\\':
                    if (Continuation(Position) is > 0 and var skip)
                    {
                        Position += skip;
                        hasQuotes |= context == Context.Word;
                        break;
                    }

                    var next = Peek(1);
                    if (context is Context.Quotes or Context.Document && next is not ('$' or '`' or '\\') && !(next == '"' && context == Context.Quotes))
                    {
                        Append("\\");
                        Position++;
                        break;
                    }

                    hasQuotes = true;
                    if (quoted)
                    {
                        Append(text.AsSpan(Math.Min(Position + 1, _end), Math.Min(1, Math.Max(0, _end - Position - 1))));
                        Position = Math.Min(Position + 2, _end);
                        break;
                    }

                    Flush();
                    if (Position + 1 < _end)
                        parts.Add(new ShellLiteral { Start = Place(Position), End = Place(Position + 2), Quoted = true, Text = next.ToString(), Written = 2 });
                    Position = Math.Min(Position + 2, _end);
                    break;
                case '\'' when context is Context.Word || (context is Context.Operand && !quoted):
                    hasQuotes = true;
                    Flush();
                    ReadSingle(parts);
                    break;
                case '"' when context is Context.Word or Context.Operand:
                    hasQuotes = true;
                    Flush();
                    ReadDouble(parts);
                    break;
                case '$':
                    var before = Position;
                    Flush();
                    if (ReadDollar(quoted || context == Context.Document, context, parts))
                    {
                        hasQuotes |= before + 1 < _end && text[before + 1] is '\'' or '"' && !quoted;
                        break;
                    }

                    Append("$");
                    Position = before + 1;
                    break;
                case '`':
                    Flush();
                    if (ReadBackquotes(quoted || context == Context.Document, parts))
                        break;
                    Append("`");
                    Position++;
                    break;
                default:
                    Append(text.AsSpan(Position, 1));
                    Position++;
                    break;
            }
        }

        Flush();
        return hasQuotes;
    }

    private int PatternGroup()
    {
        var depth = 0;
        for (var at = Position; at < Math.Min(_end, Position + 512); at++)
        {
            var c = text[at];
            if (c == '(')
                depth++;
            else if (c == ')' && --depth == 0)
                return at + 1 - Position;
            else if (c == '\n')
                return 0;
        }

        return 0;
    }

    private void ReadSingle(List<ShellPart> parts)
    {
        var start = Position++;
        var length = text.AsSpan(Position, _end - Position).IndexOf('\'');
        if (length < 0)
        {
            parser.Error(start, "a quote that is not closed");
            length = _end - Position;
        }

        var value = text.Substring(Position, length);
        Position = Math.Min(_end, Position + length + 1);
        parts.Add(new ShellLiteral { Start = Place(start), End = Place(Position), Quoted = true, Text = value });
    }

    private void ReadDouble(List<ShellPart> parts)
    {
        var start = Position++;
        var count = parts.Count;
        if (!parser.Enter())
        {
            parts.Add(new ShellLiteral { Start = Place(start), End = Place(Position), Quoted = true, Text = "" });
            return;
        }

        ReadParts(parts, Context.Quotes, quoted: true);
        parser.Leave();
        if (parts.Count == count)
            parts.Add(new ShellLiteral { Start = Place(start), End = Place(Position), Quoted = true, Text = "" });
        if (Current == '"')
            Position++;
        else
            parser.Error(start, "a quote that is not closed");
    }

    /// <summary>What begins with a dollar sign; false where that is only a character.</summary>
    private bool ReadDollar(bool quoted, Context context, List<ShellPart> parts)
    {
        var start = Position;
        var next = Peek(1);
        switch (next)
        {
            case '(':
                if (!parser.Enter())
                    return false;
                if (Peek(2) == '(')
                {
                    Position++;
                    if (ReadArithmetic() is { } expression)
                    {
                        parts.Add(new ShellArithmetic { Start = Place(start), End = Place(Position), Quoted = quoted, Expression = expression });
                        parser.Leave();
                        return true;
                    }

                    Position = start;
                }

                parts.Add(ReadSubstitution(2, quoted, isFile: false));
                parser.Leave();
                return true;
            case '{':
                if (!parser.Enter())
                    return false;
                var known = ReadBraced(quoted, parts);
                parser.Leave();
                return known;
            case '\'' when !quoted && context is Context.Word or Context.Operand:
                Position += 2;
                var escaped = ReadEscaped(start);
                parts.Add(new ShellLiteral { Start = Place(start), End = Place(Position), Quoted = true, Escaped = true, Text = escaped, Written = Position - start });
                return true;
            case '"' when !quoted && context == Context.Word:
                Position++;
                ReadDouble(parts);
                return true;
        }

        var at = Position + 1;
        if (char.IsAsciiLetter(next) || next == '_')
        {
            while (at < _end && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
                at++;
        }
        else if (char.IsAsciiDigit(next) || next is '@' or '*' or '#' or '?' or '$' or '!' or '-')
        {
            at++;
        }
        else
        {
            return false;
        }

        parts.Add(new ShellParameter { Start = Place(start), End = Place(at), Quoted = quoted, Name = text[(start + 1)..at] });
        Position = at;
        return true;
    }

    private ShellSubstitution ReadSubstitution(int opener, bool quoted, bool isFile)
    {
        var start = Position;
        Position += opener;
        var body = parser.ParseUntil(")");
        if (Current == ')')
            Position++;
        else
            parser.Error(start, "a substitution that is not closed");
        return new ShellSubstitution { Start = Place(start), End = Place(Position), Quoted = quoted, Body = body, IsFile = isFile };
    }

    private bool ReadBackquotes(bool quoted, List<ShellPart> parts)
    {
        var start = Position;
        var body = new StringBuilder();
        var at = start + 1;
        for (; at < _end && text[at] != '`'; at++)
        {
            if (text[at] == '\\' && at + 1 < _end && (text[at + 1] is '`' or '\\' or '$' || (quoted && text[at + 1] == '"')))
                at++;
            body.Append(text[at]);
        }

        if (at >= _end)
        {
            parser.Error(start, "a backquote that is not closed");
            return false;
        }

        Position = at + 1;
        var script = parser.ParseInside(body.ToString(), Place(start));
        parts.Add(new ShellSubstitution { Start = Place(start), End = Place(Position), Quoted = quoted, Body = script });
        return true;
    }

    private bool ReadBraced(bool quoted, List<ShellPart> parts)
    {
        var start = Position;
        Position += 2;
        if (Current is ' ' or '\n' or '|' or '\t')
        {
            // The output of commands that run in this very shell.
            if (Current == '|')
                Position++;
            var body = parser.ParseUntil("}");
            if (Current == '}')
                Position++;
            else
                parser.Error(start, "a substitution that is not closed");
            parts.Add(new ShellSubstitution { Start = Place(start), End = Place(Position), Quoted = quoted, Body = body });
            return true;
        }

        if (Current == '(' && text.AsSpan(Position, Math.Min(64, _end - Position)).IndexOf(')') is > 0 and var flags)
            Position += flags + 1;
        var indirect = Current == '!' && Peek(1) is not ('}' or ':');
        var length = !indirect && Current == '#' && Peek(1) is not ('}' or ':' or '#' or '%' or '-' or '=' or '?' or '+');
        length |= Current == '#' && Peek(1) is '#' or '?' or '-' && Peek(2) == '}';
        if (indirect || length)
            Position++;
        var name = Position;
        if (char.IsAsciiLetterOrDigit(Current) || Current == '_')
        {
            while (!AtEnd && (char.IsAsciiLetterOrDigit(Current) || Current == '_'))
                Position++;
        }
        else if (Current is '@' or '*' or '#' or '?' or '$' or '!' or '-')
        {
            Position++;
        }

        if (Position == name)
        {
            Position = start;
            return false;
        }

        var id = text[name..Position];
        string? subscript = null;
        if (Current == '[' && Subscript() is > 0 and var close)
        {
            subscript = text.Substring(Position + 1, close - 1);
            Position += close + 1;
        }

        var op = ReadOperator();
        ShellWord? operand = null, second = null;
        if (op.Length > 0)
        {
            operand = ReadOperand(quoted, op is "/" or "//" or "/#" or "/%" ? '/' : op == ":" ? ':' : '\0');
            if (Current is '/' or ':')
            {
                Position++;
                second = ReadOperand(quoted, '\0');
            }
        }
        else if (Current != '}')
        {
            operand = ReadOperand(quoted, '\0');
        }

        if (Current == '}')
            Position++;
        else
            parser.Error(start, "a parameter that is not closed");
        parts.Add(new ShellParameter
        {
            Start = Place(start),
            End = Place(Position),
            Quoted = quoted,
            Name = id,
            Operator = op,
            Operand = operand,
            Second = second,
            Subscript = subscript,
            Indirect = indirect,
            Length = length,
        });
        return true;
    }

    private int Subscript()
    {
        var depth = 0;
        for (var at = Position; at < Math.Min(_end, Position + 512); at++)
        {
            if (text[at] == '[')
                depth++;
            else if (text[at] == ']' && --depth == 0)
                return at - Position;
        }

        return 0;
    }

    private string ReadOperator()
    {
        var op = (Current, Peek(1)) switch
        {
            (':', '-' or '=' or '+' or '?') => 2,
            ('#', '#') or ('%', '%') or ('/', '/' or '#' or '%') or ('^', '^') or (',', ',') or ('~', '~') => 2,
            ('-' or '=' or '+' or '?' or '#' or '%' or '/' or ':' or '^' or ',' or '@' or '~', _) => 1,
            _ => 0,
        };
        var read = text.Substring(Position, op);
        Position += op;
        return read;
    }

    private ShellWord ReadOperand(bool quoted, char delimiter)
    {
        var start = Position;
        var parts = new List<ShellPart>(1);
        var quotes = ReadParts(parts, Context.Operand, quoted, delimiter);
        return new ShellWord { Start = Place(start), End = Place(Position), Parts = parts, HasQuotes = quotes };
    }

    /// <summary>The text of <c>$'…'</c>, behind its opening quote.</summary>
    private string ReadEscaped(int start)
    {
        var value = new StringBuilder();
        while (Position < _end)
        {
            var c = text[Position++];
            if (c == '\'')
                return value.ToString();
            if (c == '\\' && Position < _end)
            {
                if (text[Position] is '\'' or '"' or '?')
                    value.Append(text[Position++]);
                else
                    Position += ShellEscapes.Append(value, text.AsSpan(Position, _end - Position), octalNeedsZero: false);
            }
            else
            {
                value.Append(c);
            }
        }

        parser.Error(start, "a quote that is not closed");
        return value.ToString();
    }
}

/// <summary>The escapes of <c>$'…'</c>, <c>printf</c> and <c>echo -e</c>.</summary>
public static class ShellEscapes
{
    /// <summary>Appends what an escape stands for.</summary>
    /// <param name="value">Where it goes.</param>
    /// <param name="escape">The text behind the backslash.</param>
    /// <param name="octalNeedsZero">Whether only <c>\0nnn</c> is octal, as for <c>echo -e</c>.</param>
    /// <returns>Characters taken; 0 where this is no escape, and the backslash was appended.</returns>
    public static int Append(StringBuilder value, ReadOnlySpan<char> escape, bool octalNeedsZero)
    {
        if (escape.IsEmpty)
        {
            value.Append('\\');
            return 0;
        }

        switch (escape[0])
        {
            case 'n': value.Append('\n'); return 1;
            case 't': value.Append('\t'); return 1;
            case 'r': value.Append('\r'); return 1;
            case 'a': value.Append('\a'); return 1;
            case 'b': value.Append('\b'); return 1;
            case 'f': value.Append('\f'); return 1;
            case 'v': value.Append('\v'); return 1;
            case 'e' or 'E': value.Append('\u001b'); return 1;
            case '\\': value.Append('\\'); return 1;
            case 'c' when escape.Length > 1 && !octalNeedsZero: value.Append((char)(escape[1] & 0x1f)); return 2;
            case 'x' when Number(escape[1..], 2, 16, out var hex) is > 0 and var n: value.Append((char)hex); return n + 1;
            case 'u' when Number(escape[1..], 4, 16, out var unit) is > 0 and var n: value.Append((char)unit); return n + 1;
            case 'U' when Number(escape[1..], 8, 16, out var point) is > 0 and var n:
                value.Append(Rune.IsValid(point) ? new Rune(point).ToString() : "?");
                return n + 1;
            case '0' when octalNeedsZero && Number(escape[1..], 3, 8, out var octal) is > 0 and var n: value.Append((char)(octal & 0xff)); return n + 1;
            case >= '0' and <= '7' when Number(escape, escape[0] == '0' ? 4 : 3, 8, out var octal) is > 0 and var n && (!octalNeedsZero || escape[0] == '0'): value.Append((char)(octal & 0xff)); return n;
            default: value.Append('\\'); return 0;
        }
    }

    private static int Number(ReadOnlySpan<char> digits, int most, int radix, out int value)
    {
        value = 0;
        var n = 0;
        for (; n < Math.Min(most, digits.Length); n++)
        {
            var digit = char.IsAsciiHexDigit(digits[n]) ? Convert.ToInt32(digits[n].ToString(), 16) : 99;
            if (digit >= radix)
                break;
            value = (value * radix) + digit;
        }

        return n;
    }
}
