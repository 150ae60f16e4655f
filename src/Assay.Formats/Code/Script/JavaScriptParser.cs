using System.Globalization;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Parses JavaScript, JScript and, roughly, TypeScript into a <see cref="ScriptNode"/> tree: tolerant, linear, bounded in depth. Types are
/// skipped, and what is not understood becomes an empty node. Source: ECMA-262.
/// </summary>
public sealed class JavaScriptParser
{
    private const int MaxDepth = 300;

    private readonly string _text;
    private readonly WorkBudget _budget;
    private int _at;
    private int _depth;
    private bool _lineBefore;
    private bool _noIn;

    private JavaScriptParser(string text, WorkBudget budget)
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
        var parser = new JavaScriptParser(text, budget);
        var block = new ScriptNode(ScriptNodeKind.Block, 0);
        if (text.StartsWith("#!", StringComparison.Ordinal))
            parser._at = Math.Max(0, text.IndexOf('\n', StringComparison.Ordinal));
        while (true)
        {
            parser.Blank();
            if (parser._at >= text.Length)
                return block;
            var before = parser._at;
            block.Add(parser.Statement());
            if (parser._at == before)
                parser._at++;
        }
    }

    private char Here => _at < _text.Length ? _text[_at] : '\0';

    private char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';

    private static bool IsStart(char c) => char.IsLetter(c) || c is '_' or '$' || c == '\\';

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '\u200c' or '\u200d' || c == '\\';

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

    private void Blank()
    {
        _at = Math.Min(_at, _text.Length);
        _lineBefore = false;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is '\n' or '\r' or '\u2028' or '\u2029')
            {
                _lineBefore = true;
                _at++;
            }
            else if (c is ' ' or '\t' or '\v' or '\f' or '\u00a0' or '\ufeff')
            {
                _at++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                var end = _text.AsSpan(_at).IndexOfAny('\r', '\n');
                _at = end < 0 ? _text.Length : _at + end;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                _lineBefore |= _text.AsSpan(_at, (end < 0 ? _text.Length : end) - _at).Contains('\n');
                _at = end < 0 ? _text.Length : end + 2;
            }
            else if (c == '<' && string.CompareOrdinal(_text, _at, "<!--", 0, 4) == 0)
            {
                var end = _text.AsSpan(_at).IndexOfAny('\r', '\n');
                _at = end < 0 ? _text.Length : _at + end;
            }
            else
            {
                break;
            }
        }
    }

    private string PeekWord()
    {
        if (!char.IsAsciiLetter(Here))
            return "";
        var end = _at;
        while (end < _text.Length && end - _at < 12 && IsPart(_text[end]))
            end++;
        return end < _text.Length && IsPart(_text[end]) ? "" : _text[_at..end];
    }

    private bool TryWord(string word)
    {
        if (PeekWord() != word)
            return false;
        _at += word.Length;
        Blank();
        return true;
    }

    private bool Try(char c)
    {
        if (Here != c)
            return false;
        _at++;
        Blank();
        return true;
    }

    private ScriptNode Skip()
    {
        var start = _at;
        while (_at < _text.Length && Here is not (';' or '\n'))
            _at++;
        return new ScriptNode(ScriptNodeKind.None, start) { End = _at };
    }

    private ScriptNode Statement()
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        try
        {
            var start = _at;
            if (Here == '{')
                return Braces();
            if (Here == ';')
            {
                _at++;
                return Empty();
            }

            switch (PeekWord())
            {
                case "var" or "let" or "const":
                    return Declarations();
                case "function":
                    return Function(start);
                case "async" when NextWordIs(5, "function"):
                    _at += 5;
                    Blank();
                    return Function(start);
                case "class" or "abstract" when PeekWord() == "class" || NextWordIs(8, "class"):
                    TryWord("abstract");
                    return Class();
                case "if":
                    {
                        _at += 2;
                        var node = Make(ScriptNodeKind.Conditional, start).Add(Parenthesised()).Add(Statement());
                        Blank();
                        Try(';');
                        if (PeekWord() == "else")
                        {
                            _at += 4;
                            Blank();
                            node.Add(Statement());
                        }

                        return Done(node);
                    }

                case "for":
                    return For();
                case "while":
                    _at += 5;
                    return Done(Make(ScriptNodeKind.Loop, start).Add(Empty()).Add(Parenthesised()).Add(Empty()).Add(Statement()));
                case "with":
                    _at += 4;
                    return Done(Make(ScriptNodeKind.Block, start).Add(Parenthesised()).Add(Statement()));
                case "do":
                    {
                        _at += 2;
                        Blank();
                        var body = Statement();
                        Blank();
                        Try(';');
                        var condition = TryWord("while") ? Parenthesised() : Empty();
                        return Done(Make(ScriptNodeKind.Block, start).Add(body).Add(condition));
                    }

                case "switch":
                    return Switch();
                case "try" or "finally":
                    _at += PeekWord().Length;
                    Blank();
                    return Here == '{' ? Braces() : Statement();
                case "catch":
                    _at += 5;
                    Blank();
                    if (Here == '(')
                        Parenthesised();
                    return Here == '{' ? Braces() : Empty();
                case "return":
                    {
                        _at += 6;
                        Blank();
                        var node = Make(ScriptNodeKind.Return, start);
                        if (!_lineBefore && Here is not (';' or '}' or '\0'))
                            node.Add(Expression());
                        End();
                        return Done(node);
                    }

                case "throw":
                    _at += 5;
                    Blank();
                    return Expression();
                case "break" or "continue" or "debugger":
                    _at += PeekWord().Length;
                    Blank();
                    if (!_lineBefore && IsStart(Here))
                        Identifier();
                    End();
                    return Empty();
                case "import" when !NextIs(6, '(') && !NextIs(6, '.'):
                    return Import();
                case "export":
                    return Export();
                case "interface" or "declare" or "namespace" or "enum" when NextIsName():
                    while (_at < _text.Length && Here is not ('{' or ';'))
                        _at++;
                    return Here == '{' ? SkipBraces() : Empty();
                case "type" when NextIsName():
                    return SkipType();
            }

            var expression = Expression();
            Blank();
            if (Here == ':' && expression.Kind == ScriptNodeKind.Name)
            {
                _at++;
                Blank();
                return Statement(); // a label
            }

            End();
            return expression;
        }
        finally
        {
            _depth--;
        }
    }

    private void End()
    {
        var mark = _at;
        Blank();
        if (Here == ';')
            _at++;
        else
            _at = mark;
    }

    private bool NextIs(int offset, char c)
    {
        var at = _at + offset;
        while (at < _text.Length && _text[at] is ' ' or '\t' or '\r' or '\n')
            at++;
        return at < _text.Length && _text[at] == c;
    }

    private bool NextWordIs(int offset, string word)
    {
        var at = _at + offset;
        while (at < _text.Length && _text[at] is ' ' or '\t')
            at++;
        return string.CompareOrdinal(_text, at, word, 0, word.Length) == 0;
    }

    private bool NextIsName()
    {
        var at = _at + PeekWord().Length;
        var from = at;
        while (at < _text.Length && _text[at] is ' ' or '\t')
            at++;
        return at > from && at < _text.Length && IsStart(_text[at]);
    }

    private ScriptNode SkipType()
    {
        // type X = …; up to the end of the line outside of brackets.
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = Here;
            depth += c is '{' or '(' or '[' ? 1 : c is '}' or ')' or ']' ? -1 : 0;
            if (depth < 0 || (depth == 0 && c is ';' or '\n'))
                break;
            _at++;
        }

        return Empty();
    }

    private ScriptNode SkipBraces()
    {
        var depth = 0;
        for (; _at < _text.Length; _at++)
        {
            depth += Here == '{' ? 1 : Here == '}' ? -1 : 0;
            if (depth == 0)
            {
                _at++;
                break;
            }
        }

        return Empty();
    }

    /// <summary>A type behind a colon: up to what ends it.</summary>
    private void TypeAnnotation()
    {
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = Here;
            if (c is '"' or '\'' or '`')
            {
                String();
                continue;
            }

            if (c is '(' or '[' or '<' or '{')
            {
                depth++;
            }
            else if (c is ')' or ']' or '>' or '}')
            {
                if (c == '>' && _at > 0 && _text[_at - 1] == '=')
                {
                    _at++;
                    continue;
                }

                if (depth == 0)
                    return;
                depth--;
            }
            else if (depth == 0 && c is ',' or ';' or '=' or '\n' && !(c == '=' && Peek(1) == '>'))
            {
                if (c != '\n' && depth == 0)
                    return;
                if (depth == 0)
                    return;
            }

            _at++;
        }
    }

    private ScriptNode Parenthesised()
    {
        Blank();
        if (Here != '(')
            return Empty();
        _at++;
        Blank();
        var node = Here == ')' ? Empty() : Expression();
        Blank();
        if (Here == ')')
            _at++;
        Blank();
        return node;
    }

    private ScriptNode Braces()
    {
        var block = Make(ScriptNodeKind.Block, _at);
        _at++;
        while (true)
        {
            Blank();
            if (_at >= _text.Length)
                break;
            if (Here == '}')
            {
                _at++;
                break;
            }

            var before = _at;
            block.Add(Statement());
            if (_at == before)
                _at++;
        }

        return Done(block);
    }

    private ScriptNode Declarations()
    {
        var word = PeekWord();
        var block = Make(ScriptNodeKind.Block, _at);
        _at += word.Length;
        for (var first = true; ; first = false)
        {
            Blank();
            if (!first && !IsStart(Here) && Here is not ('{' or '['))
                break;
            var start = _at;
            var target = Here is '{' or '[' ? Primary() : Make(ScriptNodeKind.Name, start, Identifier());
            Blank();
            if (Here == '!')
                Try('!');
            if (Here == ':')
            {
                _at++;
                TypeAnnotation();
                Blank();
            }

            if (Here == '=' && Peek(1) != '=')
            {
                _at++;
                Blank();
                block.Add(Done(Make(ScriptNodeKind.Assign, start, word).Add(Done(target)).Add(Assignment())));
            }
            else if (PeekWord() is "of" or "in")
            {
                return Done(target); // the head of a loop
            }
            else
            {
                // Declared, and known to be empty of what an outer variable holds.
                block.Add(Done(Make(ScriptNodeKind.Assign, start, word).Add(Done(target)).Add(Empty())));
            }

            var mark = _at;
            Blank();
            if (Here != ',')
            {
                _at = mark;
                break;
            }

            _at++;
        }

        End();
        return block.Items.Count == 1 ? block[0] : Done(block);
    }

    private ScriptNode For()
    {
        var start = _at;
        _at += 3;
        Blank();
        TryWord("await");
        if (!Try('('))
            return Empty();
        ScriptNode first = Empty();
        if (Here != ';')
        {
            _noIn = true;
            first = PeekWord() is "var" or "let" or "const" ? ForDeclaration() : Expression();
            _noIn = false;
            Blank();
        }

        if (PeekWord() is "of" or "in")
        {
            _at += 2;
            Blank();
            var over = Expression();
            Blank();
            Try(')');
            return Done(Make(ScriptNodeKind.ForEach, start).Add(first).Add(over).Add(Statement()));
        }

        Try(';');
        var condition = Here == ';' ? Empty() : Expression();
        Blank();
        Try(';');
        var step = Here == ')' ? Empty() : Expression();
        Blank();
        Try(')');
        return Done(Make(ScriptNodeKind.Loop, start).Add(first).Add(condition).Add(step).Add(Statement()));
    }

    private ScriptNode ForDeclaration()
    {
        var node = Declarations();
        if (_at > 0 && _text[_at - 1] == ';')
            _at--; // the end of the head belongs to the loop
        return node;
    }

    private ScriptNode Switch()
    {
        var node = Make(ScriptNodeKind.Block, _at);
        _at += 6;
        node.Add(Parenthesised());
        Blank();
        if (!Try('{'))
            return Done(node);
        while (_at < _text.Length && Here != '}')
        {
            var before = _at;
            if (PeekWord() == "case")
            {
                _at += 4;
                Blank();
                node.Add(Expression());
                Blank();
                Try(':');
            }
            else if (PeekWord() == "default")
            {
                _at += 7;
                Blank();
                Try(':');
            }
            else
            {
                node.Add(Statement());
            }

            Blank();
            if (_at == before)
                _at++;
        }

        if (Here == '}')
            _at++;
        return Done(node);
    }

    private ScriptNode Import()
    {
        var start = _at;
        _at += 6;
        Blank();
        TryWord("type");
        if (Here is '"' or '\'')
            return Done(Make(ScriptNodeKind.Import, start, String().Text));
        var names = new List<(string Inner, string Outer)>();
        while (_at < _text.Length && PeekWord() != "from" && Here is not (';' or '"' or '\''))
        {
            var before = _at;
            if (Here == '*')
            {
                _at++;
                Blank();
                TryWord("as");
                names.Add(("*", Identifier()));
            }
            else if (Here == '{')
            {
                _at++;
                Names(names);
            }
            else if (IsStart(Here))
            {
                names.Add(("default", Identifier()));
                Blank();
                if (Here == '=')
                {
                    // import x = require('y')
                    _at++;
                    Blank();
                    return Done(Make(ScriptNodeKind.Assign, start, "const").Add(Make(ScriptNodeKind.Name, start, names[^1].Outer)).Add(Expression()));
                }
            }

            Blank();
            if (Here == ',')
                Try(',');
            if (_at == before)
                _at++;
        }

        TryWord("from");
        if (Here is not ('"' or '\''))
            return Empty();
        var node = Make(ScriptNodeKind.Import, start, String().Text);
        foreach (var (inner, outer) in names)
            node.Add(Make(ScriptNodeKind.Text, start, inner)).Add(Make(ScriptNodeKind.Name, start, outer));
        End();
        return Done(node);
    }

    private void Names(List<(string Inner, string Outer)> names)
    {
        while (_at < _text.Length)
        {
            Blank();
            if (Here == '}')
            {
                _at++;
                return;
            }

            var before = _at;
            if (IsStart(Here))
            {
                var inner = Identifier();
                Blank();
                var outer = inner;
                if (PeekWord() == "as")
                {
                    _at += 2;
                    Blank();
                    outer = Identifier();
                }

                names.Add((inner, outer));
            }

            Blank();
            Try(',');
            if (_at == before)
                _at++;
        }
    }

    private ScriptNode Export()
    {
        _at += 6;
        Blank();
        TryWord("default");
        if (Here == '{' || Here == '*')
        {
            while (_at < _text.Length && Here is not (';' or '\n' or '}'))
                _at++;
            if (Here == '}')
                _at++;
            Blank();
            if (TryWord("from") && Here is '"' or '\'')
                return Make(ScriptNodeKind.Import, _at, String().Text);
            return Empty();
        }

        return Statement();
    }

    private string Identifier()
    {
        var start = _at;
        var escaped = false;
        if (Here == '#')
            _at++;
        while (_at < _text.Length && IsPart(Here))
        {
            if (Here == '\\')
            {
                if (Peek(1) != 'u')
                    break;
                escaped = true;
                if (Peek(2) == '{')
                {
                    while (_at < _text.Length && Here != '}')
                        _at++;
                }
            }

            _at = Math.Min(_at + 1, _text.Length);
        }

        if (_at == start && _at < _text.Length && !escaped)
            return "";
        var name = _text[start.._at];
        return escaped ? Unescaped(name) : name;
    }

    private static string Unescaped(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '\\' || i + 1 >= name.Length)
            {
                text.Append(name[i]);
                continue;
            }

            var digits = i + 2 < name.Length && name[i + 2] == '{' ? name[(i + 3)..].Split('}')[0] : i + 6 <= name.Length ? name.Substring(i + 2, 4) : "";
            if (int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) && code < 0x10000)
                text.Append((char)code);
            i += i + 2 < name.Length && name[i + 2] == '{' ? digits.Length + 3 : 5;
        }

        return text.ToString();
    }

    private ScriptNode Function(int start)
    {
        _at += 8;
        Blank();
        Try('*');
        var name = IsStart(Here) ? Identifier() : "";
        Blank();
        var node = Make(ScriptNodeKind.Function, start, name);
        return FunctionRest(node);
    }

    /// <summary>Parameters and body.</summary>
    private ScriptNode FunctionRest(ScriptNode node)
    {
        if (Here == '<')
            SkipGenerics();
        if (Try('('))
        {
            while (_at < _text.Length && Here != ')')
            {
                var before = _at;
                if (Here == ',')
                {
                    Try(',');
                    continue;
                }

                node.Add(Parameter());
                Blank();
                if (_at == before)
                    _at++;
            }

            if (Here == ')')
                _at++;
        }

        Blank();
        if (Here == ':')
        {
            _at++;
            Blank();
            if (Here == '{')
                SkipBraces();
            else
                while (_at < _text.Length && Here is not ('{' or ';' or '\n'))
                    _at++;
        }

        Blank();
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Done(node.Add(Skip()));
        }

        node.Add(Here == '{' ? Braces() : new ScriptNode(ScriptNodeKind.Block, _at));
        _depth--;
        return Done(node);
    }

    private void SkipGenerics()
    {
        var depth = 0;
        for (var n = 0; _at < _text.Length && n < 300; _at++, n++)
        {
            depth += Here == '<' ? 1 : Here == '>' ? -1 : 0;
            if (depth == 0)
            {
                _at++;
                break;
            }
        }

        Blank();
    }

    private ScriptNode Parameter()
    {
        while (PeekWord() is "public" or "private" or "readonly" or "protected")
        {
            _at += PeekWord().Length;
            Blank();
        }

        var node = Assignment();
        Blank();
        if (Here == '?')
            Try('?');
        if (Here == ':')
        {
            _at++;
            TypeAnnotation();
            Blank();
            if (Here == '=' && Peek(1) != '>')
            {
                _at++;
                Blank();
                node = Make(ScriptNodeKind.Assign, node.Start, "=").Add(node).Add(Assignment());
            }
        }

        return node;
    }

    private ScriptNode Class()
    {
        var start = _at;
        TryWord("class");
        var name = IsStart(Here) && PeekWord() is not ("extends" or "implements") ? Identifier() : "";
        while (_at < _text.Length && Here != '{')
            _at++;
        var map = Make(ScriptNodeKind.Map, start);
        if (Here == '{')
        {
            _at++;
            Members(map, isClass: true);
        }

        Done(map);
        return name.Length == 0 ? map : Done(Make(ScriptNodeKind.Assign, start, "const").Add(Make(ScriptNodeKind.Name, start, name)).Add(map));
    }

    /// <summary>The members of an object or class.</summary>
    private void Members(ScriptNode map, bool isClass)
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            Skip();
            return;
        }

        while (_at < _text.Length)
        {
            Blank();
            if (Here == '}')
            {
                _at++;
                break;
            }

            var before = _at;
            if (Here is ',' or ';')
            {
                _at++;
                continue;
            }

            if (Here == '.' && Peek(1) == '.' && Peek(2) == '.')
            {
                _at += 3;
                Blank();
                map.Add(Make(ScriptNodeKind.Text, before, "...")).Add(Assignment());
                continue;
            }

            while (PeekWord() is "static" or "async" or "get" or "set" or "readonly" or "private" or "public" or "protected" or "override" or "declare" or "abstract" && !MemberEnds(PeekWord().Length))
            {
                _at += PeekWord().Length;
                Blank();
            }

            Try('*');
            if (isClass && Here == '{')
            {
                map.Add(Make(ScriptNodeKind.Text, before, "static")).Add(Braces());
                continue;
            }

            ScriptNode key;
            var plain = false;
            if (Here is '"' or '\'')
            {
                key = String();
            }
            else if (Here == '[')
            {
                _at++;
                Blank();
                key = Assignment();
                Blank();
                Try(']');
            }
            else if (char.IsDigit(Here))
            {
                var number = Number();
                key = Make(ScriptNodeKind.Text, number.Start, number.Number.ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                plain = true;
                key = Done(Make(ScriptNodeKind.Text, _at, Identifier()));
            }

            Blank();
            if (Here is '?' or '!')
            {
                _at++;
                Blank();
            }

            if (Here is '(' or '<')
            {
                map.Add(key).Add(FunctionRest(Make(ScriptNodeKind.Function, before)));
            }
            else if (Here == ':')
            {
                _at++;
                if (isClass)
                {
                    TypeAnnotation();
                    Blank();
                    map.Add(key).Add(Here == '=' && Try('=') ? Assignment() : Empty());
                }
                else
                {
                    Blank();
                    map.Add(key).Add(Assignment());
                }
            }
            else if (Here == '=' && Peek(1) != '>')
            {
                _at++;
                Blank();
                var value = Assignment();
                map.Add(key).Add(isClass ? value : Make(ScriptNodeKind.Assign, before, "=").Add(Make(ScriptNodeKind.Name, before, key.Text)).Add(value));
            }
            else if (plain && key.Text.Length > 0)
            {
                map.Add(key).Add(isClass ? Empty() : Done(Make(ScriptNodeKind.Name, before, key.Text)));
            }

            if (_at == before)
                _at++;
        }

        _depth--;
    }

    private bool MemberEnds(int offset)
    {
        var at = _at + offset;
        while (at < _text.Length && _text[at] is ' ' or '\t')
            at++;
        return at >= _text.Length || _text[at] is '(' or ':' or ',' or '}' or '=' or ';' or '\n' or '\r' or '?' or '<';
    }

    private ScriptNode Expression()
    {
        var first = Assignment();
        Blank();
        if (Here != ',')
            return first;
        var block = Make(ScriptNodeKind.Block, first.Start).Add(first);
        while (Here == ',')
        {
            _at++;
            Blank();
            block.Add(Assignment());
            Blank();
        }

        return Done(block);
    }

    private ScriptNode Assignment()
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        try
        {
            var start = _at;
            if (PeekWord() == "async" && !NextIs(5, '(') && NextIsName() && !NextWordIs(5, "function"))
            {
                _at += 5;
                Blank();
            }

            if (PeekWord() is "yield" or "await")
            {
                _at += 5;
                Blank();
                Try('*');
                return Done(Make(ScriptNodeKind.Unary, start, "await").Add(Assignment()));
            }

            var left = Conditional();
            Blank();
            if (Here == '=' && Peek(1) == '>')
            {
                _at += 2;
                Blank();
                return Arrow(start, left);
            }

            var op = AssignmentOperator();
            if (op.Length == 0)
                return left;
            _at += op.Length;
            Blank();
            return Done(Make(ScriptNodeKind.Assign, start, op).Add(left).Add(Assignment()));
        }
        finally
        {
            _depth--;
        }
    }

    private ScriptNode Arrow(int start, ScriptNode parameters)
    {
        var node = Make(ScriptNodeKind.Function, start);
        switch (parameters.Kind)
        {
            case ScriptNodeKind.Name or ScriptNodeKind.Assign or ScriptNodeKind.Map or ScriptNodeKind.Spread:
                node.Add(parameters);
                break;
            case ScriptNodeKind.List when !parameters.Grouped:
                node.Add(parameters);
                break;
            case ScriptNodeKind.Block or ScriptNodeKind.List:
                foreach (var item in parameters.Items)
                    node.Add(item);
                break;
            case ScriptNodeKind.Call: // async (x) =>
                for (var i = 1; i < parameters.Items.Count; i++)
                    node.Add(parameters.Items[i]);
                break;
        }

        return Done(node.Add(Here == '{' ? Braces() : Assignment()));
    }

    private string AssignmentOperator()
    {
        if (Here == '=')
            return Peek(1) == '=' ? "" : "=";
        foreach (var op in (ReadOnlySpan<string>)[">>>=", "**=", "<<=", ">>=", "&&=", "||=", "??=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="])
        {
            if (string.CompareOrdinal(_text, _at, op, 0, op.Length) == 0)
                return op;
        }

        return "";
    }

    private ScriptNode Conditional()
    {
        var condition = Operators(1);
        Blank();
        if (Here != '?' || Peek(1) is '.' && !char.IsDigit(Peek(2)) || (Peek(1) is ':' or ')' or ',' or '='))
            return condition;
        _at++;
        Blank();
        var node = Make(ScriptNodeKind.Conditional, condition.Start).Add(condition).Add(Assignment());
        Blank();
        Try(':');
        return Done(node.Add(Assignment()));
    }

    private (string Op, int Precedence) Operator()
    {
        var c = Here;
        switch (c)
        {
            case '?' when Peek(1) == '?' && Peek(2) != '=':
                return ("??", 1);
            case '|' when Peek(1) == '|' && Peek(2) != '=':
                return ("||", 2);
            case '&' when Peek(1) == '&' && Peek(2) != '=':
                return ("&&", 3);
            case '|' when Peek(1) != '=' && Peek(1) != '|':
                return ("|", 4);
            case '^' when Peek(1) != '=':
                return ("^", 5);
            case '&' when Peek(1) != '=' && Peek(1) != '&':
                return ("&", 6);
            case '=' when Peek(1) == '=':
                return (Peek(2) == '=' ? "===" : "==", 7);
            case '!' when Peek(1) == '=':
                return (Peek(2) == '=' ? "!==" : "!=", 7);
            case '<' when Peek(1) == '<' && Peek(2) != '=':
                return ("<<", 9);
            case '>' when Peek(1) == '>' && Peek(2) == '>' && Peek(3) != '=':
                return (">>>", 9);
            case '>' when Peek(1) == '>' && Peek(2) != '=' && Peek(2) != '>':
                return (">>", 9);
            case '<' or '>' when Peek(1) != c:
                return (Peek(1) == '=' ? c + "=" : c.ToString(), 8);
            case '+' or '-' when Peek(1) != '=' && Peek(1) != c || (Peek(1) == c && false):
                return (c.ToString(), 10);
            case '+' or '-' when Peek(1) == c && _text[Math.Max(0, _at - 1)] is ' ' && Peek(2) is not (' ' or ';' or ')'):
                return (c.ToString(), 10); // a + +b without the blank
            case '*' when Peek(1) == '*' && Peek(2) != '=':
                return ("**", 12);
            case '*' or '%' when Peek(1) != '=':
                return (c.ToString(), 11);
            case '/' when Peek(1) is not ('=' or '/' or '*'):
                return ("/", 11);
        }

        return PeekWord() switch
        {
            "in" when !_noIn => ("in", 8),
            "instanceof" => ("instanceof", 8),
            "as" or "satisfies" when !_lineBefore => ("as", 8),
            _ => ("", 0),
        };
    }

    private ScriptNode Operators(int least)
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        var left = Prefix();
        while (true)
        {
            Blank();
            var (op, precedence) = Operator();
            if (precedence < least || precedence == 0)
                break;
            _at += op == "as" ? PeekWord().Length : op.Length;
            Blank();
            if (op == "as")
            {
                TypeName();
                continue;
            }

            var right = Operators(precedence + 1);
            if (left.Kind == ScriptNodeKind.Binary && left.Text == op && !left.Grouped && op is "+" or "*" or "||" or "&&" or "|" or "^" or "&" && left.Text == op && left.Kind == ScriptNodeKind.Binary && !left.Grouped)
                left.Add(right);
            else
                left = Make(ScriptNodeKind.Binary, left.Start, op).Add(left).Add(right);
        }

        _depth--;
        return Done(left);
    }

    private void TypeName()
    {
        while (_at < _text.Length && (IsPart(Here) || Here is '.' or '<' or '>' or '[' or ']' or '|'))
            _at++;
    }

    private ScriptNode Prefix()
    {
        var start = _at;
        var c = Here;
        if (c is '!' or '~' || (c is '+' or '-'))
        {
            var op = c is '+' or '-' && Peek(1) == c ? _text.Substring(_at, 2) : c.ToString();
            _at += op.Length;
            Blank();
            if (++_depth > MaxDepth)
            {
                _depth--;
                return Skip();
            }

            var node = Done(Make(ScriptNodeKind.Unary, start, op).Add(Prefix()));
            _depth--;
            return node;
        }

        if (PeekWord() is "typeof" or "void" or "delete" or "await")
        {
            var word = PeekWord();
            _at += word.Length;
            Blank();
            if (++_depth > MaxDepth)
            {
                _depth--;
                return Skip();
            }

            var node = Done(Make(ScriptNodeKind.Unary, start, word).Add(Prefix()));
            _depth--;
            return node;
        }

        var value = Postfix(Primary());
        var mark = _at;
        Blank();
        if (!_lineBefore && ((Here == '+' && Peek(1) == '+') || (Here == '-' && Peek(1) == '-')) && value.Kind is ScriptNodeKind.Name or ScriptNodeKind.Member or ScriptNodeKind.Index)
        {
            var op = Here == '+' ? "++" : "--";
            _at += 2;
            return Done(Make(ScriptNodeKind.Unary, start, op).Add(value));
        }

        if (Here == '!' && Peek(1) is '.' or ')' or ';' or '[')
        {
            _at++; // TypeScript: not null
            return Postfix(value);
        }

        _at = mark;
        return value;
    }

    private ScriptNode Postfix(ScriptNode target)
    {
        while (true)
        {
            var mark = _at;
            Blank();
            if (Here == '.' && Peek(1) != '.' || (Here == '?' && Peek(1) == '.' && !char.IsDigit(Peek(2))))
            {
                _at += Here == '?' ? 2 : 1;
                Blank();
                if (Here == '[' || Here == '(')
                    continue;
                target = Done(Make(ScriptNodeKind.Member, target.Start, Identifier()).Add(target));
            }
            else if (Here == '[')
            {
                _at++;
                Blank();
                var index = Make(ScriptNodeKind.Index, target.Start).Add(target);
                if (Here != ']')
                    index.Add(Expression());
                Blank();
                if (Here == ']')
                    _at++;
                target = Done(index);
            }
            else if (Here == '(')
            {
                var call = Make(ScriptNodeKind.Call, target.Start).Add(target);
                ArgumentList(call);
                target = Done(call);
            }
            else if (Here == '`' && !_lineBefore)
            {
                target = Done(Make(ScriptNodeKind.Call, target.Start).Add(target).Add(Template()));
            }
            else
            {
                _at = mark;
                return target;
            }
        }
    }

    private void ArgumentList(ScriptNode call)
    {
        var noIn = _noIn;
        _noIn = false;
        _at++;
        while (true)
        {
            Blank();
            if (_at >= _text.Length || Here is ')' or ';' or '}')
                break;
            var before = _at;
            if (Here == ',')
            {
                _at++;
                continue;
            }

            call.Add(Parameter());
            if (_at == before)
                _at++;
        }

        if (Here == ')')
            _at++;
        _noIn = noIn;
    }

    private ScriptNode Primary()
    {
        var start = _at;
        var c = Here;
        if (c is '"' or '\'')
            return String();
        if (c == '`')
            return Template();
        if (char.IsDigit(c) || (c == '.' && char.IsDigit(Peek(1))))
            return Number();
        if (c == '(')
            return Group();
        if (c == '[')
            return Array();
        if (c == '{')
        {
            var map = Make(ScriptNodeKind.Map, start);
            _at++;
            Members(map, isClass: false);
            return Done(map);
        }

        if (c == '.' && Peek(1) == '.' && Peek(2) == '.')
        {
            _at += 3;
            Blank();
            return Done(Make(ScriptNodeKind.Spread, start).Add(Assignment()));
        }

        if (c == '/')
            return Pattern();
        if (c == '<' && char.IsLetter(Peek(1)))
        {
            // A tag of JSX or a cast of TypeScript: skipped.
            while (_at < _text.Length && Here is not ('>' or '\n'))
                _at++;
            _at = Math.Min(_at + 1, _text.Length);
            return Empty();
        }

        switch (PeekWord())
        {
            case "function":
                return Function(start);
            case "async" when NextWordIs(5, "function"):
                _at += 5;
                Blank();
                return Function(start);
            case "class":
                return Class();
            case "new":
                return New();
            case "true":
                _at += 4;
                return Done(new ScriptNode(ScriptNodeKind.Number, start, "true") { Number = 1 });
            case "false":
                _at += 5;
                return Done(new ScriptNode(ScriptNodeKind.Number, start, "false"));
        }

        if (IsStart(c) || c == '#')
        {
            var name = Identifier();
            if (name.Length > 0)
                return Done(Make(ScriptNodeKind.Name, start, name));
        }

        if (c is not (')' or ']' or '}' or ',' or ';' or ':') && _at < _text.Length)
            _at++;
        return Empty();
    }

    private ScriptNode New()
    {
        var start = _at;
        _at += 3;
        Blank();
        if (Here == '.')
            return Done(Make(ScriptNodeKind.Name, start, "new"));
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        var type = Primary();
        while (true)
        {
            Blank();
            if (Here == '.' && IsStart(Peek(1)))
            {
                _at++;
                type = Done(Make(ScriptNodeKind.Member, type.Start, Identifier()).Add(type));
            }
            else if (Here == '[')
            {
                _at++;
                Blank();
                type = Make(ScriptNodeKind.Index, type.Start).Add(type).Add(Expression());
                Blank();
                Try(']');
                Done(type);
            }
            else if (Here == '<')
            {
                SkipGenerics();
            }
            else
            {
                break;
            }
        }

        var node = Make(ScriptNodeKind.New, start).Add(type);
        if (Here == '(')
            ArgumentList(node);
        _depth--;
        return Done(node);
    }

    private ScriptNode Group()
    {
        var start = _at;
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        var noIn = _noIn;
        _noIn = false;
        _at++;
        var list = Make(ScriptNodeKind.Block, start);
        while (true)
        {
            Blank();
            if (_at >= _text.Length || Here is ')' or '}' or ']')
                break;
            var before = _at;
            if (Here == ',')
            {
                _at++;
                continue;
            }

            list.Add(Parameter());
            if (_at == before)
                _at++;
        }

        if (Here == ')')
            _at++;
        _noIn = noIn;
        _depth--;
        var node = list;
        if (list.Items.Count == 1)
            node = list[0];
        else if (list.Items.Count == 0)
            node = Make(ScriptNodeKind.List, start);
        node.Grouped = true;
        return Done(node);
    }

    private ScriptNode Array()
    {
        var node = Make(ScriptNodeKind.List, _at);
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        _at++;
        while (true)
        {
            Blank();
            if (_at >= _text.Length || Here is ']' or '}' or ';')
                break;
            var before = _at;
            if (Here == ',')
            {
                _at++;
                continue;
            }

            node.Add(Assignment());
            if (_at == before)
                _at++;
        }

        if (Here == ']')
            _at++;
        _depth--;
        return Done(node);
    }

    private ScriptNode Number()
    {
        var start = _at;
        double value = 0;
        var radix = Here == '0' ? char.ToLowerInvariant(Peek(1)) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        if (radix != 10)
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Here) || Here == '_')
            {
                if (Here != '_')
                    value = (value * radix) + Convert.ToInt32(Here.ToString(), 16);
                _at++;
            }
        }
        else
        {
            while (char.IsDigit(Here) || Here is '.' or '_' || (Here is 'e' or 'E' && (char.IsDigit(Peek(1)) || Peek(1) is '-' or '+')) || (Here is '-' or '+' && _text[_at - 1] is 'e' or 'E' && Here is '-' or '+'))
                _at++;
            _ = double.TryParse(_text[start.._at].Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        }

        if (Here == 'n')
            _at++;
        return Done(new ScriptNode(ScriptNodeKind.Number, start, _text[start.._at]) { Number = value });
    }

    private ScriptNode Pattern()
    {
        var start = _at;
        var inClass = false;
        var at = _at + 1;
        while (at < _text.Length && _text[at] is not ('\n' or '\r'))
        {
            var c = _text[at];
            if (c == '\\')
                at++;
            else if (c == '[')
                inClass = true;
            else if (c == ']')
                inClass = false;
            else if (c == '/' && !inClass)
                break;
            at++;
        }

        if (at >= _text.Length || _text[at] != '/')
        {
            _at++;
            return Empty();
        }

        var pattern = _text[(start + 1)..at];
        _at = at + 1;
        var flags = _at;
        while (char.IsAsciiLetter(Here))
            _at++;
        return Done(new ScriptNode(ScriptNodeKind.Pattern, start, pattern) { Grouped = _text[flags.._at].Contains('g', StringComparison.Ordinal) });
    }

    private ScriptNode String()
    {
        var start = _at;
        var quote = Here;
        _at++;
        var end = _text.AsSpan(_at).IndexOfAny(quote, '\\', '\n');
        if (end >= 0 && _text[_at + end] == quote)
        {
            var plain = _text.Substring(_at, end);
            _at += end + 1;
            return Done(Make(ScriptNodeKind.Text, start, plain));
        }

        var text = new StringBuilder();
        while (_at < _text.Length && Here != quote && Here is not '\n')
        {
            if (Here == '\\')
                Escape(text);
            else
                text.Append(_text[_at++]);
        }

        if (Here == quote)
            _at++;
        return Done(Make(ScriptNodeKind.Text, start, text.ToString()));
    }

    private void Escape(StringBuilder text)
    {
        _at++;
        var c = Here;
        _at++;
        switch (c)
        {
            case '\0' when _at > _text.Length:
                _at = _text.Length;
                break;
            case 'n':
                text.Append('\n');
                break;
            case 'r':
                text.Append('\r');
                break;
            case 't':
                text.Append('\t');
                break;
            case 'b':
                text.Append('\b');
                break;
            case 'f':
                text.Append('\f');
                break;
            case 'v':
                text.Append('\v');
                break;
            case '\r':
                if (Here == '\n')
                    _at++;
                break;
            case '\n':
                break;
            case 'x' when _at + 2 <= _text.Length && int.TryParse(_text.AsSpan(_at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex):
                text.Append((char)hex);
                _at += 2;
                break;
            case 'u' when Here == '{':
                {
                    var close = _text.IndexOf('}', _at);
                    if (close > 0 && close - _at < 8 && int.TryParse(_text.AsSpan(_at + 1, close - _at - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var point) && point is > 0 and <= 0x10FFFF and not (>= 0xD800 and <= 0xDFFF))
                    {
                        text.Append(char.ConvertFromUtf32(point));
                        _at = close + 1;
                    }

                    break;
                }

            case 'u' when _at + 4 <= _text.Length && int.TryParse(_text.AsSpan(_at, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var unit):
                text.Append((char)unit);
                _at += 4;
                break;
            case >= '0' and <= '7':
                {
                    var value = c - '0';
                    for (var i = 0; i < 2 && Here is >= '0' and <= '7'; i++)
                        value = (value * 8) + (_text[_at++] - '0');
                    text.Append((char)(value & 0xFF));
                    break;
                }

            default:
                text.Append(c);
                break;
        }
    }

    private ScriptNode Template()
    {
        var start = _at++;
        var text = new StringBuilder();
        ScriptNode? node = null;
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        while (_at < _text.Length && Here != '`')
        {
            if (Here == '\\')
            {
                Escape(text);
            }
            else if (Here == '$' && Peek(1) == '{')
            {
                node ??= Make(ScriptNodeKind.Template, start);
                if (text.Length > 0)
                    node.Add(Make(ScriptNodeKind.Text, start, text.ToString()));
                text.Clear();
                _at += 2;
                Blank();
                var before = _at;
                node.Add(Expression());
                Blank();
                if (Here == '}')
                    _at++;
                else if (_at == before)
                    _at++;
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        _at = Math.Min(_at + 1, _text.Length);
        _depth--;
        if (node is null)
            return Done(Make(ScriptNodeKind.Text, start, text.ToString()));
        if (text.Length > 0)
            node.Add(Make(ScriptNodeKind.Text, start, text.ToString()));
        return Done(node);
    }
}
