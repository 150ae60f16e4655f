using System.Text;

namespace Assay.Formats;

/// <summary>
/// Parses PowerShell 2 to 7 as its own parser would, tolerantly: what is not understood becomes an empty node, and the rest is read on.
/// Source: about_Parsing, about_Quoting_Rules, about_Operator_Precedence; the language specification 3.0.
/// </summary>
public sealed class PowerShellParser
{
    private const int MaxDepth = 200;

    private readonly string _text;
    private readonly WorkBudget _budget;
    private int _at;
    private int _depth;

    private PowerShellParser(string text, WorkBudget budget)
    {
        _text = text;
        _budget = budget;
    }

    private char Here => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>Parses a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="budget">Charged for the nodes.</param>
    /// <returns>A block of statements.</returns>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static ScriptNode Parse(string text, WorkBudget budget)
    {
        var parser = new PowerShellParser(text, budget);
        var block = new ScriptNode(ScriptNodeKind.Block, 0);
        while (parser._at < text.Length)
        {
            parser.Statements(block, '\0');
            if (parser._at < text.Length)
                parser._at++; // a bracket that nothing opened
        }

        return block;
    }

    private char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';

    private static bool IsDash(char c) => c is '-' or '\u2013' or '\u2014' or '\u2015';

    private static bool IsSingle(char c) => c is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b';

    private static bool IsDouble(char c) => c is '"' or '\u201c' or '\u201d' or '\u201e';

    private static bool IsNameChar(char c) => char.IsLetterOrDigit(c) || c == '_';

    private ScriptNode Done(ScriptNode node)
    {
        node.End = Math.Max(node.End, _at);
        return node;
    }

    private ScriptNode Make(ScriptNodeKind kind, int start, string text = "")
    {
        _budget.ChargeElements(1, start);
        return new ScriptNode(kind, start, text);
    }

    /// <summary>Skips blanks, comments and continued lines; line ends too where asked.</summary>
    private void Blank(bool lines)
    {
        _at = Math.Min(_at, _text.Length);
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is ' ' or '\t' or '\u00a0' or '\u0085' or '\v' or '\f' || (lines && (c is '\r' or '\n' or ';')))
            {
                _at++;
            }
            else if (c == '`' && Peek(1) is '\r' or '\n')
            {
                _at += Peek(1) == '\r' && Peek(2) == '\n' ? 3 : 2;
            }
            else if (c == '<' && Peek(1) == '#')
            {
                var end = _text.IndexOf("#>", _at + 2, StringComparison.Ordinal);
                _at = end < 0 ? _text.Length : end + 2;
            }
            else if (c == '#' && (_at == 0 || !IsNameChar(_text[_at - 1])))
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

    private void Statements(ScriptNode block, char close)
    {
        while (true)
        {
            Blank(lines: true);
            if (_at >= _text.Length || Here == close || Here is ')' or '}' or ']')
                return;
            var before = _at;
            block.Add(Statement());
            if (_at == before)
                _at++;
        }
    }

    private string Word(int at)
    {
        var end = at;
        while (end < _text.Length && (char.IsLetter(_text[end])))
            end++;
        return end == at || (end < _text.Length && (IsNameChar(_text[end]) || _text[end] is '-' or '\\' or '.' or ':' or '`')) ? "" : _text[at..end].ToLowerInvariant();
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
            if (Here == ':' && char.IsLetter(Peek(1)))
            {
                _at++;
                while (IsNameChar(Here))
                    _at++;
                Blank(lines: true);
            }

            var start = _at;
            switch (Word(_at))
            {
                case "if":
                    return If();
                case "while":
                    _at += 5;
                    return Done(Make(ScriptNodeKind.Loop, start).Add(Empty()).Add(Parenthesised()).Add(Empty()).Add(Braces()));
                case "switch":
                    return Switch();
                case "for":
                    return For();
                case "foreach" when NextAfter(7) == '(':
                    return ForEach();
                case "do":
                    {
                        _at += 2;
                        var body = Braces();
                        Blank(lines: true);
                        var condition = Empty();
                        if (Word(_at) is "while" or "until")
                        {
                            _at += 5;
                            condition = Parenthesised();
                        }

                        return Done(Make(ScriptNodeKind.Block, start).Add(body).Add(condition));
                    }

                case "function" or "filter" or "workflow":
                    return Function();
                case "try" or "trap" or "finally" or "begin" or "process" or "end" or "else" or "dynamicparam" or "catch" or "elseif" when FollowedByBlock():
                    return Braces();
                case "param" when NextAfter(5) == '(':
                    return Parameters();
                case "return":
                    _at += 6;
                    return Result(start);
                case "throw" or "exit":
                    _at += Word(_at).Length;
                    return Result(start)[0];
                case "using":
                    SkipLine();
                    return Make(ScriptNodeKind.None, start);
                case "class" or "enum":
                    SkipLineUntilBrace();
                    return Braces();
            }

            return PipelineChain();
        }
        finally
        {
            _depth--;
        }
    }

    private ScriptNode Result(int start)
    {
        Blank(lines: false);
        var node = Make(ScriptNodeKind.Return, start);
        if (_at < _text.Length && Here is not ('\r' or '\n' or ';' or '}' or ')'))
            node.Add(PipelineChain());
        return Done(node);
    }

    private char NextAfter(int offset)
    {
        var at = _at + offset;
        while (at < _text.Length && _text[at] is ' ' or '\t' or '\r' or '\n')
            at++;
        return at < _text.Length ? _text[at] : '\0';
    }

    /// <summary><c>catch [System.Exception] { … }</c>: the keyword, maybe types, and a block.</summary>
    private bool FollowedByBlock()
    {
        var word = Word(_at);
        if (word == "elseif")
            return false;
        var at = _at + word.Length;
        while (at < _text.Length && at < _at + 200 && _text[at] != '{')
        {
            if (!IsNameChar(_text[at]) && _text[at] is not (' ' or '\t' or '\r' or '\n' or '[' or ']' or '.' or ','))
                return false;
            at++;
        }

        if (at >= _text.Length || _text[at] != '{')
            return false;
        _at = at;
        return true;
    }

    private ScriptNode Skip()
    {
        var start = _at;
        while (_at < _text.Length && Here is not ('\r' or '\n' or ';'))
            _at++;
        return new ScriptNode(ScriptNodeKind.None, start) { End = _at };
    }

    private void SkipLine() => _ = Skip();

    private void SkipLineUntilBrace()
    {
        while (_at < _text.Length && Here is not ('\r' or '\n' or '{'))
            _at++;
        Blank(lines: true);
    }

    private ScriptNode Empty() => new(ScriptNodeKind.None, _at);

    private ScriptNode If()
    {
        var start = _at;
        _at += Word(_at).Length; // if, elseif
        var node = Make(ScriptNodeKind.Conditional, start).Add(Parenthesised()).Add(Braces());
        var mark = _at;
        Blank(lines: true);
        var word = Word(_at);
        if (word == "elseif" && _depth < MaxDepth)
        {
            _depth++;
            node.Add(If());
            _depth--;
        }
        else if (word == "else")
        {
            _at += 4;
            node.Add(Braces());
        }
        else
        {
            _at = mark;
        }

        return Done(node);
    }

    private ScriptNode For()
    {
        var node = Make(ScriptNodeKind.Loop, _at);
        _at += 3;
        Blank(lines: false);
        if (Here != '(')
            return Done(node);
        _at++;
        for (var i = 0; i < 3; i++)
        {
            Blank(lines: false);
            while (Here is '\r' or '\n')
                _at++;
            node.Add(Here is ';' or ')' ? Empty() : PipelineChain());
            Blank(lines: false);
            while (Here is '\r' or '\n')
                _at++;
            if (Here == ';')
                _at++;
        }

        Blank(lines: true);
        if (Here == ')')
            _at++;
        return Done(node.Add(Braces()));
    }

    private ScriptNode ForEach()
    {
        var node = Make(ScriptNodeKind.ForEach, _at);
        _at += 7;
        Blank(lines: true);
        _at++;
        Blank(lines: true);
        node.Add(Primary());
        Blank(lines: true);
        if (Word(_at) == "in")
            _at += 2;
        Blank(lines: true);
        node.Add(PipelineChain());
        Blank(lines: true);
        if (Here == ')')
            _at++;
        return Done(node.Add(Braces()));
    }

    private ScriptNode Switch()
    {
        var node = Make(ScriptNodeKind.Block, _at);
        _at += 6;
        Blank(lines: false);
        while (IsDash(Here))
        {
            while (_at < _text.Length && Here is not (' ' or '\t' or '(' or '{'))
                _at++;
            Blank(lines: false);
        }

        node.Add(Parenthesised());
        Blank(lines: true);
        if (Here != '{')
            return Done(node);
        _at++;
        while (true)
        {
            Blank(lines: true);
            if (_at >= _text.Length || Here == '}')
                break;
            var before = _at;
            node.Add(Here == '{' ? Braces() : Argument());
            Blank(lines: true);
            if (Here == '{')
                node.Add(Braces());
            if (_at == before)
                _at++;
        }

        if (Here == '}')
            _at++;
        return Done(node);
    }

    private ScriptNode Function()
    {
        var start = _at;
        _at += Word(_at).Length;
        Blank(lines: false);
        var from = _at;
        while (_at < _text.Length && Here is not (' ' or '\t' or '\r' or '\n' or '(' or '{' or ';'))
            _at++;
        var name = _text[from.._at].Replace("`", "", StringComparison.Ordinal);
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var node = Make(ScriptNodeKind.Function, start, colon < 0 ? name : name[(colon + 1)..]);
        Blank(lines: true);
        if (Here == '(')
            ParameterNames(node);
        Body(node);
        return Done(node);
    }

    /// <summary>The body of a function or script block, whose parameters may be declared inside.</summary>
    private void Body(ScriptNode node)
    {
        Blank(lines: true);
        var block = Make(ScriptNodeKind.Block, _at);
        if (Here == '{')
        {
            _at++;
            Blank(lines: true);
            while (Here == '[' && Attribute())
                Blank(lines: true);
            if (Word(_at) == "param" && NextAfter(5) == '(')
            {
                _at += 5;
                Blank(lines: true);
                ParameterNames(node);
            }

            Statements(block, '}');
            if (Here == '}')
                _at++;
        }

        node.Add(Done(block));
    }

    /// <summary><c>[CmdletBinding()]</c> in front of <c>param</c>.</summary>
    private bool Attribute()
    {
        var mark = _at;
        var depth = 0;
        for (; _at < _text.Length && _at - mark < 400; _at++)
        {
            depth += Here == '[' ? 1 : Here == ']' ? -1 : 0;
            if (depth == 0)
            {
                _at++;
                var after = _at;
                Blank(lines: true);
                if (Word(_at) == "param" || Here == '[')
                    return true;
                _at = after;
                break;
            }
        }

        _at = mark;
        return false;
    }

    private void ParameterNames(ScriptNode function)
    {
        _at++;
        while (true)
        {
            Blank(lines: true);
            if (_at >= _text.Length)
                return;
            if (Here == ')')
            {
                _at++;
                return;
            }

            var before = _at;
            if (Here == ',')
            {
                _at++;
            }
            else if (Here == '[')
            {
                var depth = 0;
                do
                {
                    depth += Here == '[' ? 1 : Here == ']' ? -1 : 0;
                    _at++;
                }
                while (depth > 0 && _at < _text.Length);
            }
            else if (Here == '$')
            {
                var name = Variable();
                Blank(lines: true);
                if (Here == '=')
                {
                    _at++;
                    Blank(lines: true);
                    function.Add(Make(ScriptNodeKind.Assign, name.Start, "=").Add(name).Add(Expression(1)));
                }
                else
                {
                    function.Add(name);
                }
            }

            if (_at == before)
                _at++;
        }
    }

    private ScriptNode Parameters()
    {
        // The parameters of a script: defaults are values that it starts with.
        var holder = Make(ScriptNodeKind.Function, _at);
        _at += 5;
        Blank(lines: true);
        ParameterNames(holder);
        var block = Make(ScriptNodeKind.Block, holder.Start);
        foreach (var item in holder.Items)
        {
            if (item.Kind == ScriptNodeKind.Assign)
                block.Add(item);
        }

        return Done(block);
    }

    private ScriptNode Parenthesised()
    {
        Blank(lines: true);
        if (Here != '(')
            return Empty();
        _at++;
        Blank(lines: true);
        var node = Here == ')' ? Empty() : PipelineChain();
        Blank(lines: true);
        if (Here == ')')
            _at++;
        return node;
    }

    private ScriptNode Braces()
    {
        Blank(lines: true);
        var block = Make(ScriptNodeKind.Block, _at);
        if (Here != '{')
            return block;
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        _at++;
        Statements(block, '}');
        if (Here == '}')
            _at++;
        _depth--;
        return Done(block);
    }

    private ScriptNode PipelineChain()
    {
        var first = Pipeline();
        Blank(lines: false);
        if (!(Here == '&' && Peek(1) == '&') && !(Here == '|' && Peek(1) == '|'))
            return first;
        var block = Make(ScriptNodeKind.Block, first.Start).Add(first);
        while ((Here == '&' && Peek(1) == '&') || (Here == '|' && Peek(1) == '|'))
        {
            _at += 2;
            Blank(lines: true);
            block.Add(Pipeline());
            Blank(lines: false);
        }

        return Done(block);
    }

    private ScriptNode Pipeline()
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        var first = Element();
        Blank(lines: false);
        if (first.Kind != ScriptNodeKind.Command && AssignmentOperator() is { Length: > 0 } op)
        {
            _at += op.Length;
            Blank(lines: true);
            first = Make(ScriptNodeKind.Assign, first.Start, op).Add(first).Add(Statement());
            Blank(lines: false);
        }

        var mark = _at;
        if (PipeAhead())
        {
            var pipeline = Make(ScriptNodeKind.Pipeline, first.Start).Add(first);
            while (PipeAhead())
            {
                _at++;
                Blank(lines: true);
                pipeline.Add(Element());
                Blank(lines: false);
                mark = _at;
            }

            first = Done(pipeline);
        }

        _at = mark;
        if (Here == '&' && Peek(1) != '&')
            _at++;
        _depth--;
        return first;
    }

    /// <summary>A pipe here, or at the start of the next line (allowed since PowerShell 7).</summary>
    private bool PipeAhead()
    {
        if (Here is '\r' or '\n')
        {
            var at = _at;
            while (at < _text.Length && _text[at] is ' ' or '\t' or '\r' or '\n')
                at++;
            if (at < _text.Length && _text[at] == '|' && (at + 1 >= _text.Length || _text[at + 1] != '|'))
                _at = at;
        }

        return Here == '|' && Peek(1) != '|';
    }

    private string AssignmentOperator() => Here switch
    {
        '=' => "=",
        '+' or '-' or '*' or '/' or '%' when Peek(1) == '=' => _text.Substring(_at, 2),
        '?' when Peek(1) == '?' && Peek(2) == '=' => "??=",
        _ => "",
    };

    private ScriptNode Element()
    {
        var c = Here;
        if (c == '&' || (c == '.' && Peek(1) is ' ' or '\t' or '(' or '$' or '{' or '\'' or '"'))
        {
            var start = _at;
            _at++;
            Blank(lines: false);
            return Command(start, invoked: true);
        }

        if (char.IsLetter(c) || c is '_' or '\\' or '/' or '.' or '%' or '?' or '~' or '*' or '`' || (c == '.' && !char.IsDigit(Peek(1))))
            return Command(_at, invoked: false);
        if (char.IsDigit(c) && BareProgram())
            return Command(_at, invoked: false);
        return Expression(1);
    }

    /// <summary><c>7z.exe x</c>: a word that begins with a digit and is no number.</summary>
    private bool BareProgram()
    {
        var at = _at;
        while (at < _text.Length && char.IsDigit(_text[at]))
            at++;
        return at < _text.Length && char.IsLetter(_text[at]) && !(at + 1 < _text.Length && (_text[at] is 'x' or 'X' || char.ToLowerInvariant(_text[at + 1]) == 'b'));
    }

    private ScriptNode Command(int start, bool invoked)
    {
        var node = Make(ScriptNodeKind.Command, start, invoked ? "&" : "");
        ScriptNode name;
        if (invoked && Here is '(' or '$' or '{' or '"' or '\'' or '[' or '\u2018' or '\u2019' or '\u201c' or '\u201d')
        {
            name = Postfix(Primary(), inCommand: true);
            if (!IsBareEnd() && name.Kind is ScriptNodeKind.Name or ScriptNodeKind.Text or ScriptNodeKind.Template)
                name = Continued(name);
            name.Grouped = true;
        }
        else
        {
            name = Bareword(out var odd);
            name.Grouped = odd || invoked;
        }

        node.Add(name);
        while (true)
        {
            Blank(lines: false);
            if (_at >= _text.Length || Here is '\r' or '\n' or ';' or '|' or ')' or '}' || (Here == '&' && (Peek(1) == '&' || Peek(1) is ' ' or '\r' or '\n' or '\0')))
                break;
            var before = _at;
            node.Add(Argument());
            if (_at == before)
                _at++;
        }

        return Done(node);
    }

    private ScriptNode Argument()
    {
        var start = _at;
        var c = Here;
        if (c == '-' && Peek(1) == '-' && Peek(2) == '%')
        {
            _at += 3;
            var rest = Skip();
            return Done(Make(ScriptNodeKind.Text, start, _text[rest.Start..rest.End].Trim()));
        }

        if (c is '>' || (char.IsDigit(c) || c == '*') && Peek(1) == '>')
        {
            _at += c == '>' ? 1 : 2;
            if (Here == '>')
                _at++;
            if (Here == '&')
            {
                _at += 2;
                return Done(Make(ScriptNodeKind.Redirect, start));
            }

            Blank(lines: false);
            return Done(Make(ScriptNodeKind.Redirect, start).Add(ArgumentValue()));
        }

        if (IsDash(c) && (char.IsLetter(Peek(1)) || Peek(1) is '_' or '?' or '`'))
        {
            _at++;
            var name = new StringBuilder();
            while (_at < _text.Length && (IsNameChar(Here) || Here is '-' or '`' or '?' or '.' or '\u2013'))
            {
                if (Here != '`')
                    name.Append(Here);
                _at++;
            }

            if (Here is '=' or '/' or '\\')
            {
                // A switch of a program: --name=value.
                var rest = Bareword(out _);
                return Done(rest.Kind == ScriptNodeKind.Text
                    ? Make(ScriptNodeKind.Text, start, "-" + name + rest.Text)
                    : Make(ScriptNodeKind.Template, start).Add(Make(ScriptNodeKind.Text, start, "-" + name)).Add(rest));
            }

            var parameter = Make(ScriptNodeKind.Parameter, start, name.ToString());
            if (Here == ':')
            {
                _at++;
                Blank(lines: false);
                parameter.Add(ArgumentValue());
            }

            return Done(parameter);
        }

        return ArgumentValue();
    }

    private ScriptNode ArgumentValue()
    {
        var first = SingleArgument();
        Blank(lines: false);
        if (Here != ',')
            return first;
        var list = Make(ScriptNodeKind.List, first.Start).Add(first);
        while (Here == ',')
        {
            _at++;
            Blank(lines: true);
            if (_at >= _text.Length)
                break;
            list.Add(SingleArgument());
            Blank(lines: false);
        }

        return Done(list);
    }

    private ScriptNode SingleArgument()
    {
        var c = Here;
        if (IsSingle(c) || IsDouble(c) || c is '(' or '{' || (c == '@' && (Peek(1) is '(' or '{' || IsSingle(Peek(1)) || IsDouble(Peek(1)) || IsNameChar(Peek(1)))))
        {
            var node = Postfix(Primary(), inCommand: true);
            return IsBareEnd() ? node : Continued(node);
        }

        if (c == '$')
        {
            var node = Postfix(Primary(), inCommand: true);
            return IsBareEnd() ? node : Continued(node);
        }

        return Bareword(out _);
    }

    private bool IsBareEnd() => _at >= _text.Length || Here is ' ' or '\t' or '\r' or '\n' or ';' or '|' or ')' or '}' or ',' or '&' or '>' or '<';

    /// <summary><c>$env:TEMP\x.exe</c>: an argument that goes on behind a value.</summary>
    private ScriptNode Continued(ScriptNode first)
    {
        var rest = Bareword(out _);
        var node = Make(ScriptNodeKind.Template, first.Start).Add(first);
        if (rest.Kind == ScriptNodeKind.Template)
        {
            foreach (var item in rest.Items)
                node.Add(item);
        }
        else
        {
            node.Add(rest);
        }

        return Done(node);
    }

    /// <summary>A word without quotes, which may hold quotes, escapes and variables.</summary>
    /// <param name="odd">Whether it is written with noise that only hides it.</param>
    private ScriptNode Bareword(out bool odd)
    {
        var start = _at;
        odd = false;
        var text = new StringBuilder();
        ScriptNode? template = null;
        while (!IsBareEnd())
        {
            var c = Here;
            if (c == '`' && _at + 1 < _text.Length)
            {
                if (Peek(1) is '\r' or '\n')
                    break;
                odd |= char.IsLetter(Peek(1));
                text.Append(Peek(1));
                _at += 2;
            }
            else if (IsSingle(c) || IsDouble(c))
            {
                odd |= _at > start;
                var inner = IsSingle(c) ? SingleQuoted() : DoubleQuoted();
                if (inner.Kind == ScriptNodeKind.Text)
                {
                    text.Append(inner.Text);
                }
                else
                {
                    template = Flush(template, start, text);
                    foreach (var item in inner.Items)
                        template.Add(item);
                }
            }
            else if (c == '$' && (IsNameChar(Peek(1)) || Peek(1) is '{' or '(' or '_'))
            {
                template = Flush(template, start, text);
                template.Add(Peek(1) == '(' ? SubExpression() : Variable());
            }
            else if (c is '(' or '{' && _at > start)
            {
                break;
            }
            else
            {
                text.Append(c);
                _at++;
            }
        }

        if (template is null)
            return Done(Make(ScriptNodeKind.Text, start, text.ToString()));
        return Done(Flush(template, start, text));
    }

    private ScriptNode Flush(ScriptNode? template, int start, StringBuilder text)
    {
        template ??= Make(ScriptNodeKind.Template, start);
        if (text.Length > 0)
        {
            template.Add(Make(ScriptNodeKind.Text, start, text.ToString()));
            text.Clear();
        }

        return template;
    }

    private static int Precedence(string op) => op switch
    {
        "-and" or "-or" or "-xor" => 1,
        "-band" or "-bor" or "-bxor" => 2,
        "+" or "-" => 4,
        "*" or "/" or "%" => 5,
        "-f" => 6,
        ".." => 7,
        "??" => 8,
        "" => 0,
        _ => 3,
    };

    private static readonly HashSet<string> Operators = new(StringComparer.OrdinalIgnoreCase)
    {
        "and", "or", "xor", "band", "bor", "bxor", "shl", "shr", "f", "is", "isnot", "as", "join", "split", "isplit", "csplit", "replace", "ireplace", "creplace",
        "eq", "ne", "gt", "ge", "lt", "le", "ieq", "ine", "ceq", "cne", "igt", "ige", "ilt", "ile", "like", "notlike", "ilike", "clike", "match", "notmatch", "imatch", "cmatch",
        "contains", "notcontains", "in", "notin", "icontains", "ccontains", "cnotmatch", "inotmatch", "inotlike", "cnotlike", "cgt", "clt", "cge", "cle",
    };

    private string Operator(out int length)
    {
        length = 0;
        var c = Here;
        if (IsDash(c) && char.IsLetter(Peek(1)))
        {
            var end = _at + 1;
            while (end < _text.Length && char.IsLetter(_text[end]))
                end++;
            var word = _text[(_at + 1)..end].ToLowerInvariant();
            if (!Operators.Contains(word))
                return "";
            length = end - _at;
            if (word.Length > 4 && word[0] is 'i' or 'c' && Operators.Contains(word[1..]))
                word = word[1..];
            return "-" + word;
        }

        if (c is '+' or '-' or '*' or '/' or '%' && Peek(1) != '=' && !(c is '+' or '-' && Peek(1) == c))
        {
            length = 1;
            return c.ToString();
        }

        if (c == '.' && Peek(1) == '.')
        {
            length = 2;
            return "..";
        }

        if (c == '?' && Peek(1) == '?' && Peek(2) != '=')
        {
            length = 2;
            return "??";
        }

        return "";
    }

    /// <summary>Operators of at least this precedence, then the comma, which binds tighter than all of them.</summary>
    private ScriptNode Expression(int least)
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        var left = CommaList();
        while (true)
        {
            Blank(lines: false);
            var op = Operator(out var length);
            var precedence = Precedence(op);
            if (precedence < least || precedence == 0)
                break;
            _at += length;
            Blank(lines: true);
            var right = Expression(precedence + 1);
            if (left.Kind == ScriptNodeKind.Binary && left.Text == op && !left.Grouped && (op is "+" or "*" or "-bor" or "-bxor" or "-band" or "-and" or "-or"))
                left.Add(right);
            else
                left = Make(ScriptNodeKind.Binary, left.Start, op).Add(left).Add(right);
        }

        _depth--;
        return Done(left);
    }

    private ScriptNode CommaList()
    {
        var first = UnaryExpression();
        Blank(lines: false);
        if (Here != ',')
            return first;
        var list = Make(ScriptNodeKind.List, first.Start).Add(first);
        while (Here == ',')
        {
            _at++;
            Blank(lines: true);
            if (_at >= _text.Length)
                break;
            var before = _at;
            list.Add(UnaryExpression());
            if (_at == before)
                break;
            Blank(lines: false);
        }

        return Done(list);
    }

    private ScriptNode UnaryExpression()
    {
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        try
        {
            var start = _at;
            var c = Here;
            if (c == '!')
            {
                _at++;
                Blank(lines: false);
                return Done(Make(ScriptNodeKind.Unary, start, "!").Add(UnaryExpression()));
            }

            if (c == ',')
            {
                _at++;
                Blank(lines: true);
                return Done(Make(ScriptNodeKind.List, start).Add(UnaryExpression()));
            }

            if ((IsDash(c) || c == '+') && Peek(1) == c)
            {
                _at += 2;
                return Done(Make(ScriptNodeKind.Unary, start, c == '+' ? "++" : "--").Add(UnaryExpression()));
            }

            if (IsDash(c) && char.IsLetter(Peek(1)))
            {
                var end = _at + 1;
                while (end < _text.Length && char.IsLetter(_text[end]))
                    end++;
                var word = _text[(_at + 1)..end].ToLowerInvariant();
                if (word is "join" or "split" or "isplit" or "csplit" or "not" or "bnot")
                {
                    _at = end;
                    Blank(lines: true);
                    var operand = word is "join" or "split" or "isplit" or "csplit" ? CommaList() : UnaryExpression();
                    return Done(Make(ScriptNodeKind.Unary, start, word is "not" ? "!" : "-" + word.TrimStart('i', 'c')).Add(operand));
                }

                return Argument(); // misplaced parameter
            }

            if (IsDash(c) || c == '+')
            {
                _at++;
                Blank(lines: false);
                return Done(Make(ScriptNodeKind.Unary, start, c == '+' ? "+" : "-").Add(UnaryExpression()));
            }

            if (c == '[')
            {
                var type = TypeLiteral();
                if (type is null)
                    return Empty();
                if ((Here == ':' && Peek(1) == ':') || (Here == '.' && (char.IsLetter(Peek(1)) || Peek(1) is '"' or '\'' or '(' or '$')))
                    return Postfix(type, inCommand: false);
                Blank(lines: false);
                if (_at < _text.Length && (Here is '$' or '(' or '@' or '[' or '{' || IsSingle(Here) || IsDouble(Here) || char.IsLetterOrDigit(Here) || (IsDash(Here) && (char.IsDigit(Peek(1)) || Peek(1) is 'j' or 'J' or 's' or 'S'))))
                    return Done(Make(ScriptNodeKind.Cast, start, type.Text).Add(char.IsLetter(Here) ? Bareword(out _) : UnaryExpression()));
                return type;
            }

            return Postfix(Primary(), inCommand: false);
        }
        finally
        {
            _depth--;
        }
    }

    private ScriptNode? TypeLiteral()
    {
        var start = _at;
        var depth = 0;
        var end = _at;
        for (; end < _text.Length && end - start < 300; end++)
        {
            var c = _text[end];
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth == 0)
                break;
            if (c is '\n' or ';' or '{' or '|')
                break;
        }

        if (depth != 0 || end >= _text.Length)
        {
            _at++;
            return null;
        }

        _at = end + 1;
        var name = _text[(start + 1)..end].Replace("`", "", StringComparison.Ordinal).Trim();
        return Done(Make(ScriptNodeKind.Type, start, name));
    }

    private ScriptNode Primary()
    {
        var start = _at;
        var c = Here;
        if (c == '@' && (IsSingle(Peek(1)) || IsDouble(Peek(1))))
            return HereString();
        if (IsSingle(c))
            return SingleQuoted();
        if (IsDouble(c))
            return DoubleQuoted();
        if (c == '$')
            return Peek(1) == '(' ? SubExpression() : Variable();
        if (c == '(')
        {
            var inner = Parenthesised();
            inner.Grouped = true;
            return Regroup(inner, start);
        }

        if (c == '@' && Peek(1) == '(')
        {
            _at += 2;
            var block = Make(ScriptNodeKind.Block, start);
            Statements(block, ')');
            if (Here == ')')
                _at++;
            if (block.Items.Count == 1)
                return Done(Make(ScriptNodeKind.Unary, start, "@").Add(block[0]));
            return Done(Make(ScriptNodeKind.Unary, start, "@").Add(Done(block)));
        }

        if (c == '@' && Peek(1) == '{')
            return Hash();
        if (c == '@' && IsNameChar(Peek(1)))
        {
            _at++;
            var from = _at;
            while (IsNameChar(Here))
                _at++;
            return Done(Make(ScriptNodeKind.Spread, start).Add(Done(Make(ScriptNodeKind.Name, from, _text[from.._at].ToLowerInvariant()))));
        }

        if (c == '{')
        {
            if (++_depth > MaxDepth)
            {
                _depth--;
                return Skip();
            }

            var function = Make(ScriptNodeKind.Function, start);
            Body(function);
            _depth--;
            return Done(function);
        }

        if (c == '[')
            return TypeLiteral() ?? Empty();
        if (char.IsDigit(c) || (c == '.' && char.IsDigit(Peek(1))))
            return Number();
        if (_at < _text.Length && !IsBareEnd())
        {
            var before = _at;
            var word = Bareword(out _);
            if (_at > before)
                return word;
        }

        return Empty();
    }

    private ScriptNode Regroup(ScriptNode inner, int start)
    {
        if (inner.Kind == ScriptNodeKind.None)
            return Done(Make(ScriptNodeKind.List, start));
        inner.End = Math.Max(inner.End, _at);
        return inner;
    }

    private ScriptNode Number()
    {
        var start = _at;
        double value = 0;
        if (Here == '0' && Peek(1) is 'x' or 'X')
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Here))
                value = (value * 16) + Convert.ToInt32(_text[_at++].ToString(), 16);
        }
        else
        {
            while (char.IsDigit(Here) || (Here == '.' && char.IsDigit(Peek(1))))
                _at++;
            if (Here is 'e' or 'E' && (char.IsDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsDigit(Peek(2)))))
            {
                _at += 2;
                while (char.IsDigit(Here))
                    _at++;
            }

            _ = double.TryParse(_text.AsSpan(start, _at - start), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out value);
        }

        while (Here is 'l' or 'L' or 'd' or 'D' or 'u' or 'U' or 's' or 'S' or 'y' or 'Y')
            _at++;
        var scale = char.ToLowerInvariant(Here) switch { 'k' => 1024d, 'm' => 1 << 20, 'g' => 1 << 30, _ => 0 };
        if (scale > 0 && char.ToLowerInvariant(Peek(1)) == 'b')
        {
            value *= scale;
            _at += 2;
        }

        _budget.ChargeElements(1, start);
        return Done(new ScriptNode(ScriptNodeKind.Number, start, _text[start.._at]) { Number = value });
    }

    private ScriptNode SubExpression()
    {
        var start = _at;
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        _at += 2;
        var block = Make(ScriptNodeKind.Block, start);
        Statements(block, ')');
        if (Here == ')')
            _at++;
        _depth--;
        return block.Items.Count == 1 ? Regroup(block[0], start) : Done(block);
    }

    private ScriptNode Hash()
    {
        var node = Make(ScriptNodeKind.Map, _at);
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        _at += 2;
        while (true)
        {
            Blank(lines: true);
            if (_at >= _text.Length || Here == '}')
                break;
            var before = _at;
            ScriptNode key;
            if (IsNameChar(Here))
            {
                while (IsNameChar(Here) || Here is '-' or '`')
                    _at++;
                key = Done(Make(ScriptNodeKind.Text, before, _text[before.._at].Replace("`", "", StringComparison.Ordinal)));
            }
            else
            {
                key = Primary();
            }

            Blank(lines: true);
            if (Here == '=')
            {
                _at++;
                Blank(lines: true);
                node.Add(key).Add(Statement());
            }

            if (_at == before)
                _at++;
        }

        if (Here == '}')
            _at++;
        _depth--;
        return Done(node);
    }

    private ScriptNode Variable()
    {
        var start = _at;
        _at++;
        if (Here == '{')
        {
            var name = new StringBuilder();
            _at++;
            while (_at < _text.Length && Here != '}')
            {
                if (Here == '`')
                    _at++;
                if (_at < _text.Length)
                    name.Append(_text[_at++]);
            }

            _at = Math.Min(_at + 1, _text.Length);
            return Done(Make(ScriptNodeKind.Name, start, Scopeless(name.ToString())));
        }

        if (Here is '$' or '?' or '^')
        {
            _at++;
            return Done(Make(ScriptNodeKind.Name, start, _text[(start + 1).._at]));
        }

        var from = _at;
        while (IsNameChar(Here) || (Here == ':' && _at > from && IsNameChar(Peek(1)) && Peek(1) != ':'))
            _at++;
        return Done(Make(ScriptNodeKind.Name, start, Scopeless(_text[from.._at])));
    }

    private static string Scopeless(string name)
    {
        name = name.ToLowerInvariant();
        foreach (var scope in (ReadOnlySpan<string>)["script:", "global:", "local:", "private:", "variable:", "using:"])
        {
            if (name.StartsWith(scope, StringComparison.Ordinal))
                return name[scope.Length..];
        }

        return name;
    }

    private ScriptNode Postfix(ScriptNode target, bool inCommand)
    {
        for (var links = 0; _at < _text.Length; links++)
        {
            var start = target.Start;
            if (!inCommand)
            {
                // A member may stand on the next line behind its dot, and before it since PowerShell 7.
                var at = _at;
                while (at < _text.Length && _text[at] is ' ' or '\t' or '\r' or '\n')
                    at++;
                if (at > _at && at + 1 < _text.Length && _text[at] == '.' && char.IsLetter(_text[at + 1]) && target.Kind is not (ScriptNodeKind.None or ScriptNodeKind.Text))
                    _at = at;
            }

            if ((Here == '.' && Peek(1) != '.') || (Here == ':' && Peek(1) == ':') || (Here == '?' && Peek(1) == '.'))
            {
                var length = Here == '.' ? 1 : 2;
                var next = Peek(length);
                if (inCommand && !(IsNameChar(next) || next is '$' or '(' or '"' or '\''))
                    return target;
                if (inCommand && target.Kind == ScriptNodeKind.Text)
                    return target;
                _at += length;
                Blank(lines: true);
                ScriptNode member;
                if (IsNameChar(Here) || Here == '`')
                {
                    var name = new StringBuilder();
                    while (IsNameChar(Here) || Here == '`')
                    {
                        if (Here != '`')
                            name.Append(Here);
                        _at++;
                    }

                    member = Make(ScriptNodeKind.Member, start, name.ToString()).Add(target);
                }
                else
                {
                    member = Make(ScriptNodeKind.Member, start).Add(target).Add(Here == '{' ? Empty() : Primary());
                }

                target = Done(member);
                if (Here == '(')
                    target = Arguments(target);
                else if (Here == '{')
                    target = Done(Make(ScriptNodeKind.Call, start).Add(target).Add(Primary()));
            }
            else if (Here == '[' && target.Kind != ScriptNodeKind.Number)
            {
                _at++;
                Blank(lines: true);
                var index = Make(ScriptNodeKind.Index, start).Add(target);
                if (Here != ']')
                    index.Add(Expression(1));
                Blank(lines: true);
                if (Here == ']')
                    _at++;
                target = Done(index);
            }
            else if ((Here == '+' && Peek(1) == '+') || (Here == '-' && Peek(1) == '-'))
            {
                if (inCommand)
                    return target;
                var op = Here == '+' ? "++" : "--";
                _at += 2;
                target = Done(Make(ScriptNodeKind.Unary, start, op).Add(target));
            }
            else
            {
                return target;
            }
        }

        return target;
    }

    private ScriptNode Arguments(ScriptNode callee)
    {
        var call = Make(ScriptNodeKind.Call, callee.Start).Add(callee);
        if (++_depth > MaxDepth)
        {
            _depth--;
            return Skip();
        }

        _at++;
        while (true)
        {
            Blank(lines: true);
            if (_at >= _text.Length || Here is ')' or '}')
                break;
            var before = _at;
            if (Here == ',')
            {
                _at++;
                continue;
            }

            // In an argument list the comma separates: operators, but no list.
            call.Add(ArgumentExpression());
            if (_at == before)
                _at++;
        }

        if (Here == ')')
            _at++;
        _depth--;
        return Done(call);
    }

    private ScriptNode ArgumentExpression()
    {
        var expression = ArgumentOperators(1);
        Blank(lines: false);
        return expression;
    }

    private ScriptNode ArgumentOperators(int least)
    {
        var left = UnaryExpression();
        while (true)
        {
            Blank(lines: true);
            var op = Operator(out var length);
            var precedence = Precedence(op);
            if (precedence < least || precedence == 0)
                return left;
            _at += length;
            Blank(lines: true);
            if (++_depth > MaxDepth)
            {
                _depth--;
                return Skip();
            }

            // Behind -f, -join and the like a list may follow, as it does outside.
            var right = op is "-f" or "-replace" or "-split" ? CommaList() : ArgumentOperators(precedence + 1);
            _depth--;
            if (left.Kind == ScriptNodeKind.Binary && !left.Grouped && left.Text == op && op == "+")
                left.Add(right);
            else
                left = Done(Make(ScriptNodeKind.Binary, left.Start, op).Add(left).Add(right));
        }
    }

    private ScriptNode SingleQuoted()
    {
        var start = _at++;
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            if (IsSingle(Here))
            {
                if (!IsSingle(Peek(1)))
                    break;
                _at++;
            }

            text.Append(_text[_at++]);
        }

        _at = Math.Min(_at + 1, _text.Length);
        return Done(Make(ScriptNodeKind.Text, start, text.ToString()));
    }

    private ScriptNode DoubleQuoted()
    {
        var start = _at++;
        return Expandable(start, here: false);
    }

    private ScriptNode HereString()
    {
        var start = _at;
        var isSingle = IsSingle(Peek(1));
        var line = _text.AsSpan(_at).IndexOf('\n');
        if (line < 0)
        {
            _at = _text.Length;
            return Done(Make(ScriptNodeKind.Text, start));
        }

        _at += line + 1;
        if (!isSingle)
            return Expandable(start, here: true);
        var from = _at;
        var end = from;
        while (true)
        {
            // The end mark stands at the start of a line.
            if (end + 1 < _text.Length && IsSingle(_text[end]) && _text[end + 1] == '@')
                break;
            var next = _text.AsSpan(Math.Min(end, _text.Length)).IndexOf('\n');
            if (next < 0)
            {
                _at = _text.Length;
                return Done(Make(ScriptNodeKind.Text, start, _text[from..]));
            }

            end += next + 1;
        }

        _at = end + 2;
        return Done(Make(ScriptNodeKind.Text, start, end > from ? _text[from..end].TrimEnd('\n').TrimEnd('\r') : ""));
    }

    private ScriptNode Expandable(int start, bool here)
    {
        var text = new StringBuilder();
        ScriptNode? template = null;
        while (_at < _text.Length)
        {
            var c = Here;
            if (IsDouble(c))
            {
                if (here)
                {
                    if (Peek(1) == '@' && _at > 0 && _text[_at - 1] == '\n')
                        break;
                }
                else
                {
                    if (!IsDouble(Peek(1)))
                        break;
                    _at++;
                }

                text.Append(c);
                _at++;
            }
            else if (c == '`' && _at + 1 < _text.Length)
            {
                var next = Peek(1);
                _at += 2;
                switch (next)
                {
                    case '\r':
                        if (Here == '\n')
                            _at++;
                        break;
                    case '\n':
                        break;
                    default:
                        text.Append(next switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '0' => '\0', 'a' => '\a', 'b' => '\b', 'f' => '\f', 'v' => '\v', 'e' => '\x1b', _ => next });
                        break;
                }
            }
            else if (c == '$' && (IsNameChar(Peek(1)) || Peek(1) is '{' or '('))
            {
                template = Flush(template, start, text);
                var before = _at;
                template.Add(Peek(1) == '(' ? SubExpression() : Variable());
                if (_at == before)
                    _at++;
            }
            else
            {
                text.Append(c);
                _at++;
            }
        }

        if (here && text.Length > 0 && text[^1] == '\n')
            text.Length -= text.Length > 1 && text[^2] == '\r' ? 2 : 1;
        _at = Math.Min(_at + (here ? 2 : 1), _text.Length);
        return template is null ? Done(Make(ScriptNodeKind.Text, start, text.ToString())) : Done(Flush(template, start, text));
    }
}
