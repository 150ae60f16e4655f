using System.Globalization;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Parses VBScript and the part of VBA that is alike into a <see cref="ScriptNode"/> tree: line by line, tolerant, bounded in depth.
/// Source: MS-VBAL and the VBScript language reference.
/// </summary>
public sealed class VbScriptParser
{
    private const int MaxDepth = 120;

    private readonly string _text;
    private readonly WorkBudget _budget;
    private int _at;
    private int _depth;

    private VbScriptParser(string text, WorkBudget budget)
    {
        _text = text;
        _budget = budget;
    }

    /// <summary>Parses a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="budget">Charged for the nodes.</param>
    /// <returns>A block of statements.</returns>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static ScriptNode Parse(string text, WorkBudget budget)
    {
        var parser = new VbScriptParser(text, budget);
        var block = new ScriptNode(ScriptNodeKind.Block, 0);
        while (parser._at < text.Length)
        {
            var before = parser._at;
            parser.Statements(block, static _ => false);
            if (parser._at == before)
                parser._at++;
        }

        return block;
    }

    private char Here => _at < _text.Length ? _text[_at] : '\0';

    private char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';

    private ScriptNode Make(ScriptNodeKind kind, int start, string text = "")
    {
        _budget.ChargeElements(1, start);
        return new ScriptNode(kind, start, text);
    }

    private ScriptNode Done(ScriptNode node)
    {
        node.End = Math.Max(node.End, _at);
        return node;
    }

    private ScriptNode Empty() => new(ScriptNodeKind.None, _at);

    /// <summary>Blanks, and lines continued by an underscore.</summary>
    private void Blank()
    {
        _at = Math.Min(_at, _text.Length);
        while (_at < _text.Length)
        {
            var c = Here;
            if (c is ' ' or '\t' or '\u00a0')
            {
                _at++;
            }
            else if (c == '_')
            {
                var at = _at + 1;
                while (at < _text.Length && _text[at] is ' ' or '\t' or '\r')
                    at++;
                if (at >= _text.Length || _text[at] != '\n' || (_at > 0 && _text[_at - 1] is not (' ' or '\t' or ')' or '&' or ',' or '"')))
                    return;
                _at = at + 1;
            }
            else
            {
                return;
            }
        }
    }

    private void Lines()
    {
        while (_at < _text.Length)
        {
            Blank();
            if (Here is '\r' or '\n' or ':')
                _at++;
            else if (Here == '\'' || (Word() == "rem" && Peek(3) is ' ' or '\t' or '\r' or '\n' or '\0' && Word() == "rem"))
                SkipLine();
            else
                return;
        }
    }

    private void SkipLine()
    {
        _at = Math.Min(_at, _text.Length);
        var end = _text.AsSpan(_at).IndexOf('\n');
        _at = end < 0 ? _text.Length : _at + end;
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';

    /// <summary>The word here, in lower case; not read.</summary>
    private string Word()
    {
        if (!char.IsLetter(Here) && (Here != '#' || !char.IsLetter(Peek(1))))
            return "";
        var end = _at + 1;
        while (end < _text.Length && end - _at < 40 && IsPart(_text[end]))
            end++;
        return _text[_at..end].ToLowerInvariant();
    }

    private bool Take(string word)
    {
        Blank();
        if (Word() != word)
            return false;
        _at += word.Length;
        Blank();
        return true;
    }

    private void Statements(ScriptNode block, Func<string, bool> ends)
    {
        while (true)
        {
            Lines();
            if (_at >= _text.Length)
                return;
            var word = Word();
            if (ends(word))
                return;
            var before = _at;
            block.Add(Statement());
            if (_at == before)
                _at++;
        }
    }

    private ScriptNode Body(params string[] ends)
    {
        var block = Make(ScriptNodeKind.Block, _at);
        Statements(block, word => System.Array.IndexOf(ends, word) >= 0);
        return Done(block);
    }

    private ScriptNode Statement()
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            SkipLine();
            return Empty();
        }

        try
        {
            return StatementOf(Word());
        }
        finally
        {
            _depth--;
        }
    }

    private ScriptNode StatementOf(string word)
    {
        var start = _at;
        switch (word)
        {
            case "option" or "attribute" or "declare" or "on" or "exit" or "end" or "next" or "loop" or "wend" or "goto" or "redim" or "erase" or "randomize" or "#if" or "#else" or "#end" or "resume" or "stop" or "type":
                SkipLine();
                return Empty();
            case "private" or "public" or "static" or "friend" or "global":
                _at += word.Length;
                Blank();
                return Word() is "sub" or "function" or "const" or "class" or "default" or "declare" or "property" ? StatementOf(Word()) : Skipped();
            case "default":
                _at += 7;
                Blank();
                return StatementOf(Word());
            case "dim":
                return Skipped();
            case "const":
                _at += 5;
                Blank();
                return Simple();
            case "set" or "let" or "call":
                _at += word.Length;
                Blank();
                return Simple();
            case "sub" or "function" or "property":
                return Function(word);
            case "class":
                {
                    SkipLine();
                    var body = Body("end");
                    SkipLine();
                    return body;
                }

            case "if" or "elseif":
                return If(word);
            case "for":
                return For();
            case "while":
                {
                    _at += 5;
                    Blank();
                    var node = Make(ScriptNodeKind.Loop, start).Add(Empty()).Add(Expression(1)).Add(Empty());
                    node.Add(Body("wend", "end"));
                    SkipLine();
                    return Done(node);
                }

            case "do":
                {
                    _at += 2;
                    Blank();
                    ScriptNode condition = Empty();
                    if (Word() is "while" or "until")
                    {
                        var until = Word() == "until";
                        _at += 5;
                        Blank();
                        condition = Expression(1);
                        if (until)
                            condition = Make(ScriptNodeKind.Unary, condition.Start, "!").Add(condition);
                    }

                    var node = Make(ScriptNodeKind.Loop, start).Add(Empty()).Add(condition).Add(Empty());
                    node.Add(Body("loop"));
                    SkipLine();
                    return Done(node);
                }

            case "with":
                {
                    _at += 4;
                    Blank();
                    var node = Make(ScriptNodeKind.Block, start);
                    node.Add(Make(ScriptNodeKind.Assign, start, "=").Add(Make(ScriptNodeKind.Name, start, "with ")).Add(Expression(1)));
                    node.Add(Body("end"));
                    SkipLine();
                    return Done(node);
                }

            case "select":
                {
                    _at += 6;
                    Take("case");
                    var node = Make(ScriptNodeKind.Block, start).Add(Expression(1));
                    while (true)
                    {
                        Lines();
                        if (Word() != "case")
                            break;
                        SkipLine();
                        node.Add(Body("case", "end"));
                    }

                    if (Word() == "end")
                        SkipLine();
                    return Done(node);
                }
        }

        return Simple();
    }

    private ScriptNode Skipped()
    {
        while (_at < _text.Length && Here is not ('\n' or ':'))
            _at++;
        return Empty();
    }

    private ScriptNode Function(string word)
    {
        var start = _at;
        _at += word.Length;
        Blank();
        if (word == "property")
        {
            _at += Word().Length;
            Blank();
        }

        var node = Make(ScriptNodeKind.Function, start, Identifier());
        Blank();
        if (Here == '(')
        {
            _at++;
            while (_at < _text.Length && Here is not (')' or '\n'))
            {
                Blank();
                var name = Word();
                if (name is "byval" or "byref" or "optional" or "paramarray")
                {
                    _at += name.Length;
                }
                else if (name is "as")
                {
                    _at += 2;
                    Blank();
                    Identifier();
                }
                else if (name.Length > 0 && name[0] != '#')
                {
                    node.Add(Make(ScriptNodeKind.Name, _at, Identifier()));
                }
                else
                {
                    _at++;
                }
            }
        }

        SkipLine();
        var body = Make(ScriptNodeKind.Block, _at);
        Statements(body, w => w == "end" && EndsFunction());
        node.Add(Done(body));
        SkipLine();
        return Done(node);
    }

    private bool EndsFunction()
    {
        var at = _at + 3;
        while (at < _text.Length && _text[at] is ' ' or '\t')
            at++;
        return string.Compare(_text, at, "sub", 0, 3, StringComparison.OrdinalIgnoreCase) == 0 || string.Compare(_text, at, "function", 0, 8, StringComparison.OrdinalIgnoreCase) == 0 || string.Compare(_text, at, "property", 0, 8, StringComparison.OrdinalIgnoreCase) == 0
            || string.Compare(_text, at, "class", 0, 5, StringComparison.OrdinalIgnoreCase) == 0;
    }

    private ScriptNode If(string word)
    {
        var node = Make(ScriptNodeKind.Conditional, _at);
        _at += word.Length;
        Blank();
        node.Add(Expression(1));
        Take("then");
        Blank();
        if (Here == '\'')
            SkipLine();
        if (_at < _text.Length && Here is not ('\r' or '\n'))
        {
            // On one line.
            node.Add(OneLine());
            if (Take("else"))
                node.Add(OneLine());
            Blank();
            if (Word() == "end")
                SkipLine();
            return Done(node);
        }

        node.Add(Body("else", "elseif", "end"));
        Lines();
        if (Word() == "elseif")
            return Done(_depth < MaxDepth ? Nested(node) : node);
        if (Word() == "else")
        {
            _at += 4;
            node.Add(Body("end"));
        }

        if (Word() == "end")
            SkipLine();
        return Done(node);
    }

    private ScriptNode Nested(ScriptNode node)
    {
        _depth++;
        node.Add(If("elseif"));
        _depth--;
        return node;
    }

    private ScriptNode OneLine()
    {
        var block = Make(ScriptNodeKind.Block, _at);
        while (_at < _text.Length && Here is not ('\r' or '\n'))
        {
            Blank();
            if (Word() is "else" or "end" || Here == '\'')
                break;
            var before = _at;
            block.Add(Statement());
            Blank();
            if (Here == ':')
                _at++;
            if (_at == before)
                _at++;
        }

        return Done(block);
    }

    private ScriptNode For()
    {
        var start = _at;
        _at += 3;
        Blank();
        if (Take("each"))
        {
            var each = Make(ScriptNodeKind.ForEach, start).Add(Make(ScriptNodeKind.Name, _at, Identifier()));
            Take("in");
            each.Add(Expression(1));
            each.Add(Body("next"));
            SkipLine();
            return Done(each);
        }

        var name = Make(ScriptNodeKind.Name, _at, Identifier());
        Blank();
        if (Here == '=')
            _at++;
        Blank();
        var from = Expression(1);
        Take("to");
        var to = Expression(1);
        ScriptNode step = new ScriptNode(ScriptNodeKind.Number, _at, "1") { Number = 1 };
        var down = false;
        if (Take("step"))
        {
            down = Here == '-';
            step = Expression(1);
        }

        var node = Make(ScriptNodeKind.Loop, start)
            .Add(Make(ScriptNodeKind.Assign, start, "=").Add(name).Add(from))
            .Add(Make(ScriptNodeKind.Binary, start, down ? ">=" : "<=").Add(name).Add(to))
            .Add(Make(ScriptNodeKind.Assign, start, "+=").Add(name).Add(step));
        node.Add(Body("next"));
        SkipLine();
        return Done(node);
    }

    /// <summary>An assignment, or a call with or without parentheses.</summary>
    private ScriptNode Simple()
    {
        var start = _at;
        var target = Postfix(Primary());
        Blank();
        if (Here == '=' && target.Kind is ScriptNodeKind.Name or ScriptNodeKind.Member or ScriptNodeKind.Call or ScriptNodeKind.Index)
        {
            _at++;
            Blank();
            if (Word() is "new")
            {
                _at += 3;
                Blank();
            }

            // x(1) = y sets an element.
            if (target.Kind == ScriptNodeKind.Call)
            {
                var index = Make(ScriptNodeKind.Index, target.Start);
                foreach (var item in target.Items)
                    index.Add(item);
                target = index;
            }

            return Done(Make(ScriptNodeKind.Assign, start, "=").Add(target).Add(Expression(1)));
        }

        if (AtEnd())
            return target.Kind is ScriptNodeKind.Name or ScriptNodeKind.Member ? Done(Make(ScriptNodeKind.Call, start).Add(target)) : target;
        var call = Make(ScriptNodeKind.Call, start);
        if (target.Kind == ScriptNodeKind.Call && Here is '&' or '+' or '.')
        {
            // s.Run ("a") & b: the parentheses belong to the first argument.
            var rest = target;
            call.Add(rest[0]);
            call.Add(Operators(rest.Items.Count > 1 ? rest[1] : Empty(), 1));
        }
        else if (target.Kind == ScriptNodeKind.Call && Here == ',')
        {
            foreach (var item in target.Items)
                call.Add(item);
        }
        else
        {
            call.Add(target);
            call.Add(Expression(1));
        }

        while (true)
        {
            Blank();
            if (Here != ',')
                break;
            _at++;
            Blank();
            call.Add(Here is ',' || AtEnd() ? Empty() : Expression(1));
        }

        if (!AtEnd() && Word() is not ("else" or "end"))
            Skipped();
        return Done(call);
    }

    private bool AtEnd() => _at >= _text.Length || Here is '\r' or '\n' or ':' or '\'' || Word() is "else" or "end" or "then";

    private string Identifier()
    {
        var start = _at;
        if (Here == '[')
        {
            while (_at < _text.Length && Here is not (']' or '\n'))
                _at++;
            _at = Math.Min(_at + 1, _text.Length);
            return _text[start.._at].Trim('[', ']').ToLowerInvariant();
        }

        while (_at < _text.Length && IsPart(Here))
            _at++;
        var name = _text[start.._at].ToLowerInvariant();
        if (Here is '$' or '%' or '#' && name.Length > 0)
            _at++;
        return name;
    }

    private string Operator(out int length, out int precedence)
    {
        Blank();
        length = 0;
        precedence = 0;
        var c = Here;
        switch (c)
        {
            case '&' when Peek(1) is not ('h' or 'H') || !char.IsAsciiHexDigit(Peek(2)):
                (length, precedence) = (1, 4);
                return "&";
            case '&' when _at > 0 && (Peek(1) is 'h' or 'H'):
                // x &h41 joins nothing; "a"&hex(…) does.
                (length, precedence) = (1, 4);
                return "&";
            case '+' or '-':
                (length, precedence) = (1, 5);
                return c.ToString();
            case '*' or '/' or '\\':
                (length, precedence) = (1, 6);
                return c == '\\' ? "/" : c.ToString();
            case '^':
                (length, precedence) = (1, 7);
                return "**";
            case '=':
                (length, precedence) = (1, 3);
                return "==";
            case '<' or '>':
                length = Peek(1) is '=' or '>' ? 2 : 1;
                precedence = 3;
                return _text.Substring(_at, length);
        }

        var word = Word();
        if (word is "and" or "or" or "xor" or "eqv" or "imp" or "is" or "mod" or "like")
        {
            length = word.Length;
            precedence = word is "mod" ? 6 : word is "is" or "like" ? 3 : word is "and" ? 2 : 1;
            return word;
        }

        return "";
    }

    private ScriptNode Expression(int least)
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            SkipLine();
            return Empty();
        }

        var node = Operators(Unary(), least);
        _depth--;
        return node;
    }

    private ScriptNode Operators(ScriptNode left, int least)
    {
        while (true)
        {
            var op = Operator(out var length, out var precedence);
            if (precedence < least || precedence == 0)
                return left;
            _at += length;
            Blank();
            var right = Expression(precedence + 1);
            if (left.Kind == ScriptNodeKind.Binary && left.Text == op && !left.Grouped && op is "&" or "+" && left.Kind == ScriptNodeKind.Binary && left.Text == op && !left.Grouped)
                left.Add(right);
            else
                left = Done(Make(ScriptNodeKind.Binary, left.Start, op).Add(left).Add(right));
        }
    }

    private ScriptNode Unary()
    {
        Blank();
        var start = _at;
        if (Here is '-' or '+')
        {
            var op = Here.ToString();
            _at++;
            return Guarded(() => Done(Make(ScriptNodeKind.Unary, start, op).Add(Unary())));
        }

        if (Word() == "not")
        {
            _at += 3;
            return Guarded(() => Done(Make(ScriptNodeKind.Unary, start, "!").Add(Unary())));
        }

        if (Word() == "new")
        {
            _at += 3;
            Blank();
        }

        return Postfix(Primary());
    }

    private ScriptNode Guarded(Func<ScriptNode> read)
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            SkipLine();
            return Empty();
        }

        var node = read();
        _depth--;
        return node;
    }

    private ScriptNode Primary()
    {
        Blank();
        var start = _at;
        var c = Here;
        if (c == '"')
        {
            var text = new StringBuilder();
            _at++;
            while (_at < _text.Length && Here is not '\n')
            {
                if (Here == '"')
                {
                    if (Peek(1) != '"')
                        break;
                    _at++;
                }

                text.Append(_text[_at++]);
            }

            if (Here == '"')
                _at++;
            return Done(Make(ScriptNodeKind.Text, start, text.ToString()));
        }

        if (char.IsDigit(c) || (c == '&' && Peek(1) is 'h' or 'H'))
        {
            double value = 0;
            if (c == '&')
            {
                _at += 2;
                while (char.IsAsciiHexDigit(Here))
                    value = (value * 16) + Convert.ToInt32(_text[_at++].ToString(), 16);
                if (Here == '&')
                    _at++;
            }
            else
            {
                while (char.IsDigit(Here) || (Here == '.' && char.IsDigit(Peek(1))))
                    _at++;
                _ = double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
            }

            return Done(new ScriptNode(ScriptNodeKind.Number, start, _text[start.._at]) { Number = value });
        }

        if (c == '(')
        {
            _at++;
            var inner = Expression(1);
            Blank();
            if (Here == ')')
                _at++;
            inner.Grouped = true;
            return Done(inner);
        }

        if (c == '.')
            return Make(ScriptNodeKind.Name, start, "with ");
        if (char.IsLetter(c) || c is '[' or '_')
            return Done(Make(ScriptNodeKind.Name, start, Identifier()));
        return Empty();
    }

    private ScriptNode Postfix(ScriptNode target)
    {
        while (target.Kind != ScriptNodeKind.None)
        {
            if (Here is '.' or '!' && IsPart(Peek(1)))
            {
                _at++;
                target = Done(Make(ScriptNodeKind.Member, target.Start, Identifier()).Add(target));
            }
            else if (Here == '(' && target.Kind is ScriptNodeKind.Name or ScriptNodeKind.Member or ScriptNodeKind.Call)
            {
                if (++_depth > MaxDepth)
                {
                    _depth--;
                    SkipLine();
                    return target;
                }

                _at++;
                var call = Make(ScriptNodeKind.Call, target.Start).Add(target);
                while (true)
                {
                    Blank();
                    if (_at >= _text.Length || Here is ')' or '\r' or '\n')
                        break;
                    var before = _at;
                    if (Here == ',')
                    {
                        _at++;
                        continue;
                    }

                    call.Add(Expression(1));
                    if (_at == before)
                        _at++;
                }

                if (Here == ')')
                    _at++;
                _depth--;
                target = Done(call);
            }
            else
            {
                return target;
            }
        }

        return target;
    }
}
