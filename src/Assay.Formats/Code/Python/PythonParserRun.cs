using Kind = Assay.Formats.Python.PythonTokenKind;

namespace Assay.Formats.Python;

/// <summary>One run of <see cref="PythonParser"/>: tokens, place and scratch; statements are here, expressions in the other part.</summary>
internal sealed partial class PythonParserRun(string text, PythonLexer lexer, PythonErrors errors)
{
    /// <summary>Blocks inside blocks; CPython allows as many.</summary>
    private const int MaxBlocks = 100;

    private PythonToken[] _tokens = [];
    private int _at;
    private int _previousEnd;
    private bool _hasLine;
    private int _blocks;

    private Kind Current => _tokens[_at].Kind;

    private Kind Following => Current == Kind.EndOfLine ? Kind.EndOfLine : _tokens[_at + 1].Kind;

    private int Start => _tokens[_at].Start;

    /// <summary>Parses the whole source.</summary>
    public IReadOnlyList<PythonStatement> ParseModule()
    {
        var body = new List<PythonStatement>();
        NextLine();
        while (_hasLine)
        {
            if (lexer.Indent != 0)
                errors.Add(Start, "the indentation is unexpected");
            ParseLine(body);
        }

        return body.ToArray();
    }

    private void NextLine()
    {
        _hasLine = lexer.ReadLine();
        _tokens = lexer.Tokens;
        _at = 0;
    }

    private void Next()
    {
        if (Current == Kind.EndOfLine)
            return;
        _previousEnd = _tokens[_at].End;
        _at++;
    }

    private bool Take(Kind kind)
    {
        if (Current != kind)
            return false;
        Next();
        return true;
    }

    private void Expect(Kind kind, string what)
    {
        if (!Take(kind))
            errors.Add(Start, what + " is missing");
    }

    private ReadOnlySpan<char> TextAt(int index) => text.AsSpan(_tokens[index].Start, _tokens[index].End - _tokens[index].Start);

    private bool IsWord(string word) => Current == Kind.Name && TextAt(_at).SequenceEqual(word);

    /// <summary>Parses the rest of a logical line with the block that belongs to it, and goes to the next line.</summary>
    private void ParseLine(List<PythonStatement> into)
    {
        if (Current == Kind.Magic)
        {
            var token = _tokens[_at];
            into.Add(new PythonMagic { Start = token.Start - lexer.MagicMark!.Length, End = token.End, Mark = lexer.MagicMark!, Text = MagicText(token) });
            NextLine();
            return;
        }

        while (true)
        {
            var compound = ParseStatement(into);
            Flush(into);
            if (compound)
                return;
            if (Current is not (Kind.EndOfLine or Kind.Semicolon))
            {
                errors.Add(Start, "the statement should end here");
                ParseBroken(into, stopAtColon: false);
            }

            if (!Take(Kind.Semicolon) || Current == Kind.EndOfLine)
                break;
        }

        NextLine();
    }

    private string MagicText(PythonToken token)
    {
        var content = text[token.Start..token.End].Trim();
        return lexer.MagicMark == "%%" ? content : content.Replace("\\\r\n", " ", StringComparison.Ordinal).Replace("\\\n", " ", StringComparison.Ordinal);
    }

    /// <summary>Deep parts that were cut out of a statement follow it.</summary>
    private void Flush(List<PythonStatement> into)
    {
        if (_cut.Count == 0)
            return;
        into.Add(new PythonBroken { Start = _cut[0].Start, End = _cut[^1].End, Fragments = _cut.ToArray() });
        _cut.Clear();
    }

    /// <summary>Keeps what can be read of the tokens up to the end of the statement, or of a header.</summary>
    private void ParseBroken(List<PythonStatement> into, bool stopAtColon)
    {
        var start = Start;
        var mark = _nodes.Count;
        while (Current is not (Kind.EndOfLine or Kind.Semicolon) && !(stopAtColon && Current == Kind.Colon))
        {
            if (CanStart(Current))
                _nodes.Add(ParseElement());
            else
                Next();
        }

        if (_nodes.Count > mark || !stopAtColon)
            into.Add(new PythonBroken { Start = start, End = Math.Max(start, _previousEnd), Fragments = TakeNodes(mark) });
        Flush(into);
    }

    /// <summary>A statement; true when it was a compound one, behind which a new line begins.</summary>
    private bool ParseStatement(List<PythonStatement> into)
    {
        switch (Current)
        {
            case Kind.If:
                ParseIf(into);
                return true;
            case Kind.While:
                ParseWhile(into);
                return true;
            case Kind.For:
                ParseFor(into);
                return true;
            case Kind.Try:
                ParseTry(into);
                return true;
            case Kind.With:
                ParseWith(into);
                return true;
            case Kind.Def or Kind.Class or Kind.At:
                return ParseDecorated(into);
            case Kind.Else or Kind.Elif or Kind.Except or Kind.Finally:
                errors.Add(Start, "this clause belongs to no statement");
                Next();
                ParseBroken(into, stopAtColon: true);
                into.AddRange(ParseSuite(lexer.Indent));
                return true;
            case Kind.Import:
                ParseImport(into);
                return false;
            case Kind.From:
                ParseFromImport(into);
                return false;
            case Kind.Pass or Kind.Break or Kind.Continue:
                var keyword = Current switch { Kind.Pass => "pass", Kind.Break => "break", _ => "continue" };
                Next();
                into.Add(new PythonSimple { Start = _tokens[_at - 1].Start, End = _previousEnd, Keyword = keyword, Operands = [] });
                return false;
            case Kind.Return:
                ParseSimple(into, "return", tuple: true);
                return false;
            case Kind.Del:
                ParseSimple(into, "del", tuple: false);
                return false;
            case Kind.Assert:
                ParseSimple(into, "assert", tuple: false);
                return false;
            case Kind.Raise:
                ParseSimple(into, "raise", tuple: false);
                return false;
            case Kind.Global:
                ParseSimple(into, "global", tuple: false);
                return false;
            case Kind.Name when _tokens[_at].End - Start is >= 4 and <= 8:
                return ParseWord(into);
            default:
                ParseExpressionStatement(into);
                return false;
        }
    }

    /// <summary>A statement that begins with a name which may be a keyword.</summary>
    private bool ParseWord(List<PythonStatement> into)
    {
        var next = Following;
        switch (TextAt(_at))
        {
            case "async" when next is Kind.Def:
                return ParseDecorated(into);
            case "async" when next is Kind.With or Kind.For:
                Next();
                return ParseStatement(into);
            case "match" when _tokens[lexer.Count - 2].Kind == Kind.Colon && next != Kind.Colon && CanStart(next):
                ParseMatch(into);
                return true;
            case "print" when next is Kind.Name or Kind.Number or Kind.String or Kind.FormattedStart or Kind.None or Kind.True or Kind.False or Kind.Lambda
                or Kind.LeftBrace or Kind.LeftSquare or Kind.Backtick or Kind.Tilde or Kind.Plus or Kind.Minus or Kind.RightShift
                || (next == Kind.Not && _tokens[_at + 2].Kind != Kind.In):
                ParseSimple(into, "print", tuple: false);
                return false;
            case "exec" when next is Kind.Name or Kind.String or Kind.FormattedStart or Kind.Backtick:
                ParseExec(into);
                return false;
            case "nonlocal" when next is Kind.Name:
                ParseSimple(into, "nonlocal", tuple: false);
                return false;
            case "type" when next is Kind.Name && _tokens[_at + 2].Kind is Kind.Assign or Kind.LeftSquare:
                ParseType(into);
                return false;
            default:
                ParseExpressionStatement(into);
                return false;
        }
    }

    /// <summary>A keyword with operands, which commas divide; those of <c>return</c> are one tuple.</summary>
    private void ParseSimple(List<PythonStatement> into, string keyword, bool tuple)
    {
        var start = Start;
        Next();
        var mark = _nodes.Count;
        if (keyword == "print")
            Take(Kind.RightShift);
        if (tuple && CanStart(Current))
        {
            _nodes.Add(ParseExpressions());
        }
        else
        {
            while (CanStart(Current))
            {
                _nodes.Add(ParseElement());
                if (!Take(Kind.Comma))
                    break;
            }
        }

        if (keyword == "raise" && Take(Kind.From))
            _nodes.Add(ParseExpression());
        into.Add(new PythonSimple { Start = start, End = _previousEnd, Keyword = keyword, Operands = TakeNodes(mark) });
    }

    private void ParseExec(List<PythonStatement> into)
    {
        var start = Start;
        Next();
        var mark = _nodes.Count;
        _nodes.Add(ParseBinary(BitwiseLevel));
        if (Take(Kind.In))
        {
            _nodes.Add(ParseExpression());
            if (Take(Kind.Comma))
                _nodes.Add(ParseExpression());
        }

        into.Add(new PythonSimple { Start = start, End = _previousEnd, Keyword = "exec", Operands = TakeNodes(mark) });
    }

    private void ParseType(List<PythonStatement> into)
    {
        var start = Start;
        Next();
        var mark = _nodes.Count;
        _nodes.Add(ParseAtom());
        ParseTypeParameters();
        Expect(Kind.Assign, "the = of the type");
        _nodes.Add(ParseExpression());
        into.Add(new PythonSimple { Start = start, End = _previousEnd, Keyword = "type", Operands = TakeNodes(mark) });
    }

    /// <summary>Adds what stands between <c>[</c> and <c>]</c> behind a name to the scratch nodes.</summary>
    private void ParseTypeParameters()
    {
        if (!Take(Kind.LeftSquare))
            return;
        while (Current is not Kind.RightSquare && !IsEnd(Current))
        {
            if (Current is not (Kind.Star or Kind.DoubleStar) && CanStart(Current))
                _nodes.Add(ParseExpression());
            else
                Next();
        }

        Take(Kind.RightSquare);
    }

    private void ParseExpressionStatement(List<PythonStatement> into)
    {
        var start = Start;
        if (!CanStart(Current))
            return;
        var first = ParseExpressions();
        switch (Current)
        {
            case Kind.Colon when CanStart(Following):
                Next();
                var annotation = ParseExpression();
                var given = Take(Kind.Assign) ? ParseExpressions() : null;
                into.Add(new PythonAssign { Start = start, End = _previousEnd, Targets = [first], Value = given, Annotation = annotation });
                return;
            case Kind.Augmented:
                var op = NameOf(_tokens[_at].Start, _tokens[_at].End - 1);
                Next();
                into.Add(new PythonAssign { Start = start, Targets = [first], Operator = op, Value = ParseExpressions(), End = _previousEnd });
                return;
            case Kind.Assign:
                var mark = _nodes.Count;
                _nodes.Add(first);
                PythonExpression? value = null;
                while (Take(Kind.Assign))
                {
                    if (Current == Kind.Magic)
                    {
                        TakeNodes(mark);
                        into.Add(new PythonMagic { Start = start, End = _tokens[_at].End, Mark = lexer.MagicMark ?? "!", Text = MagicText(_tokens[_at]) });
                        Next();
                        return;
                    }

                    if (value is not null)
                        _nodes.Add(value);
                    value = ParseExpressions();
                }

                into.Add(new PythonAssign { Start = start, End = _previousEnd, Targets = TakeNodes(mark), Value = value });
                return;
            case Kind.Help:
                into.Add(new PythonMagic { Start = start, End = _tokens[_at].End, Mark = "?", Text = text[start.._previousEnd] });
                Next();
                return;
            default:
                into.Add(new PythonExpressionStatement { Start = start, End = Math.Max(start, _previousEnd), Value = first });
                return;
        }
    }

    private void ParseImport(List<PythonStatement> into)
    {
        var start = Start;
        Next();
        var names = ParseAliases(dotted: true);
        into.Add(new PythonImport { Start = start, End = _previousEnd, Module = null, Level = 0, Names = names });
    }

    private void ParseFromImport(List<PythonStatement> into)
    {
        var start = Start;
        Next();
        var level = 0;
        for (; Current is Kind.Dot or Kind.Ellipsis; Next())
            level += Current == Kind.Dot ? 1 : 3;
        var module = Current == Kind.Name ? ParseDottedName() : "";
        Expect(Kind.Import, "import");
        IReadOnlyList<PythonAlias> names;
        if (Current == Kind.Star)
        {
            names = [new PythonAlias("*", null, Start)];
            Next();
        }
        else
        {
            var parenthesised = Take(Kind.LeftParen);
            names = ParseAliases(dotted: false);
            if (parenthesised)
                Expect(Kind.RightParen, "a bracket");
        }

        into.Add(new PythonImport { Start = start, End = _previousEnd, Module = module, Level = level, Names = names });
    }

    private List<PythonAlias> ParseAliases(bool dotted)
    {
        var names = new List<PythonAlias>(1);
        while (Current == Kind.Name)
        {
            var start = Start;
            var name = dotted ? ParseDottedName() : TakeName();
            names.Add(new PythonAlias(name, Take(Kind.As) ? TakeName() : null, start));
            if (!Take(Kind.Comma))
                break;
        }

        if (names.Count == 0)
            errors.Add(Start, "a name to import is missing");
        return names;
    }

    private string ParseDottedName()
    {
        var name = TakeName();
        if (Current != Kind.Dot)
            return name;
        var parts = new List<string> { name };
        while (Take(Kind.Dot))
            parts.Add(TakeName());
        return string.Join('.', parts);
    }

    /// <summary>The block of a compound statement, behind its colon or on the lines below.</summary>
    private PythonStatement[] ParseSuite(int indent)
    {
        var body = new List<PythonStatement>();
        Flush(body);
        if (Current != Kind.Colon)
        {
            errors.Add(Start, "the colon is missing");
            ParseBroken(body, stopAtColon: true);
        }

        Take(Kind.Colon);
        if (Current != Kind.EndOfLine)
        {
            if (_blocks < MaxBlocks)
            {
                _blocks++;
                ParseLine(body);
                _blocks--;
            }
            else
            {
                errors.Add(Start, "blocks are nested too deeply");
                while (Current != Kind.EndOfLine)
                {
                    ParseBroken(body, stopAtColon: false);
                    Next();
                }

                NextLine();
            }

            return [.. body];
        }

        NextLine();
        if (!_hasLine || lexer.Indent <= indent)
        {
            errors.Add(_previousEnd, "the block is missing");
            return [.. body];
        }

        if (_blocks >= MaxBlocks)
        {
            // The lines are read by the block around this one.
            errors.Add(Start, "blocks are nested too deeply");
            return [.. body];
        }

        _blocks++;
        var column = lexer.Indent;
        while (_hasLine && lexer.Indent > indent)
        {
            if (lexer.Indent != column)
                errors.Add(Start, "the indentation fits no block");
            ParseLine(body);
        }

        _blocks--;
        return [.. body];
    }

    /// <summary>Whether the line that was just read begins with a clause of the statement at the given column.</summary>
    private bool IsClause(Kind keyword, int indent) => _hasLine && _at == 0 && Current == keyword && lexer.Indent == indent;

    private PythonStatement[] ParseElse(int indent)
    {
        if (!IsClause(Kind.Else, indent))
            return [];
        Next();
        return ParseSuite(indent);
    }

    private void ParseIf(List<PythonStatement> into)
    {
        const int Nested = 100;
        var indent = lexer.Indent;
        var branches = new List<(int Start, PythonExpression Test, PythonStatement[] Body, int End)>(1);
        do
        {
            var start = Start;
            Next();
            var test = ParseNamed();
            var body = ParseSuite(indent);
            branches.Add((start, test, body, _previousEnd));
        }
        while (IsClause(Kind.Elif, indent));

        var otherwise = ParseElse(indent);
        var end = _previousEnd;
        if (branches.Count > Nested)
        {
            var siblings = new List<PythonStatement>();
            for (var i = Nested; i < branches.Count; i++)
                siblings.Add(new PythonIf { Start = branches[i].Start, End = branches[i].End, IsLoop = false, Test = branches[i].Test, Body = branches[i].Body, Otherwise = [] });
            siblings.AddRange(otherwise);
            otherwise = [.. siblings];
        }

        for (var i = Math.Min(branches.Count, Nested) - 1; i >= 0; i--)
        {
            var (start, test, body, _) = branches[i];
            otherwise = [new PythonIf { Start = start, End = end, IsLoop = false, Test = test, Body = body, Otherwise = otherwise }];
        }

        into.Add(otherwise[0]);
    }

    private void ParseWhile(List<PythonStatement> into)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var test = ParseNamed();
        var body = ParseSuite(indent);
        into.Add(new PythonIf { Start = start, IsLoop = true, Test = test, Body = body, Otherwise = ParseElse(indent), End = _previousEnd });
    }

    private void ParseFor(List<PythonStatement> into)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var target = ParseTargets();
        Expect(Kind.In, "in");
        var iterable = ParseExpressions();
        var body = ParseSuite(indent);
        into.Add(new PythonFor { Start = start, Target = target, Iterable = iterable, Body = body, Otherwise = ParseElse(indent), End = _previousEnd });
    }

    private void ParseTry(List<PythonStatement> into)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var body = ParseSuite(indent);
        var handlers = new List<PythonHandler>();
        while (IsClause(Kind.Except, indent))
        {
            Next();
            Take(Kind.Star);
            var type = CanStart(Current) ? ParseExpression() : null;
            string? name = null;
            if (Take(Kind.As))
                name = TakeName();
            else if (Current == Kind.Comma)
                type = ParseExceptComma(type, ref name);
            handlers.Add(new PythonHandler(type, name, ParseSuite(indent)));
        }

        var otherwise = ParseElse(indent);
        PythonStatement[] final = [];
        if (IsClause(Kind.Finally, indent))
        {
            Next();
            final = ParseSuite(indent);
        }

        if (handlers.Count == 0 && final.Length == 0)
            errors.Add(start, "the try has neither except nor finally");
        into.Add(new PythonTry { Start = start, End = _previousEnd, Body = body, Handlers = handlers, Otherwise = otherwise, Finally = final });
    }

    /// <summary><c>except E, e:</c> of Python 2, or <c>except A, B:</c> of 3.14, which only the look of the name tells apart.</summary>
    private PythonExpression? ParseExceptComma(PythonExpression? type, ref string? name)
    {
        var mark = _nodes.Count;
        if (type is not null)
            _nodes.Add(type);
        while (Take(Kind.Comma) && CanStart(Current))
            _nodes.Add(ParseExpression());
        var types = TakeNodes(mark);
        if (types.Length == 2 && types[1] is PythonName { Id: [not (>= 'A' and <= 'Z'), ..] } second)
        {
            name = second.Id;
            return types[0];
        }

        return Collection(PythonCollectionKind.Tuple, types, type?.Start ?? Start);
    }

    private void ParseWith(List<PythonStatement> into)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var items = new List<(PythonExpression, PythonExpression?)>(1);
        var parenthesised = Current == Kind.LeftParen && HasItems();
        if (parenthesised)
            Next();
        while (CanStart(Current))
        {
            var context = ParseElement();
            items.Add((context, Take(Kind.As) ? ParseTarget() : null));
            if (!Take(Kind.Comma))
                break;
        }

        if (items.Count == 0)
            errors.Add(Start, "an expression is missing");
        if (parenthesised)
            Expect(Kind.RightParen, "a bracket");
        var body = ParseSuite(indent);
        into.Add(new PythonWith { Start = start, End = _previousEnd, Items = items, Body = body });
    }

    /// <summary>Whether the bracket here holds items of a <c>with</c>: the colon follows it, and an <c>as</c> or a comma stands directly in it.</summary>
    private bool HasItems()
    {
        var depth = 0;
        var divided = false;
        for (var i = _at; ; i++)
        {
            switch (_tokens[i].Kind)
            {
                case Kind.LeftParen or Kind.LeftSquare or Kind.LeftBrace or Kind.FieldOpen or Kind.FormattedStart:
                    depth++;
                    break;
                case Kind.RightParen or Kind.RightSquare or Kind.RightBrace or Kind.FieldClose or Kind.FormattedEnd:
                    if (--depth == 0)
                        return divided && _tokens[i + 1].Kind == Kind.Colon;
                    break;
                case Kind.As or Kind.Comma when depth == 1:
                    divided = true;
                    break;
                case Kind.For when depth == 1:
                case Kind.EndOfLine:
                    return false;
                default:
                    break;
            }
        }
    }

    private void ParseMatch(List<PythonStatement> into)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var subject = ParseExpressions();
        Expect(Kind.Colon, "the colon");
        var stray = new List<PythonStatement>();
        Flush(stray);
        if (Current != Kind.EndOfLine)
            ParseBroken(stray, stopAtColon: false);
        NextLine();
        var cases = new List<PythonCase>();
        if (_blocks < MaxBlocks)
        {
            _blocks++;
            while (_hasLine && lexer.Indent > indent)
            {
                if (!IsWord("case"))
                {
                    errors.Add(Start, "a case is missing");
                    ParseLine(stray);
                    continue;
                }

                var column = lexer.Indent;
                Next();
                _inPattern = true;
                var pattern = ParseExpressions();
                if (Take(Kind.As))
                    pattern = Named(ParseTarget(), pattern);
                _inPattern = false;
                var guard = Take(Kind.If) ? ParseNamed() : null;
                cases.Add(new PythonCase(pattern, guard, ParseSuite(column)));
            }

            _blocks--;
        }

        if (cases.Count == 0)
            errors.Add(start, "the match has no case");
        into.Add(new PythonMatch { Start = start, End = _previousEnd, Subject = subject, Cases = cases });
        into.AddRange(stray);
    }

    /// <summary>Decorators with their function or class; true when one followed.</summary>
    private bool ParseDecorated(List<PythonStatement> into)
    {
        var mark = _nodes.Count;
        var start = Start;
        while (Current == Kind.At)
        {
            Next();
            if (CanStart(Current))
                _nodes.Add(ParseNamed());
            Flush(into);
            if (Current != Kind.EndOfLine)
                break;
            NextLine();
            if (!_hasLine)
                break;
        }

        if (_hasLine && Current == Kind.Name && IsWord("async") && Following == Kind.Def)
            Next();
        if (_hasLine && Current == Kind.Def)
        {
            ParseFunction(into, TakeNodes(mark));
            return true;
        }

        if (_hasLine && Current == Kind.Class)
        {
            ParseClass(into, TakeNodes(mark));
            return true;
        }

        errors.Add(start, "the decorators decorate nothing");
        into.Add(new PythonBroken { Start = start, End = Math.Max(start, _previousEnd), Fragments = TakeNodes(mark) });
        // At a new line the caller has nothing left to end.
        return !_hasLine || _at == 0;
    }

    private void ParseFunction(List<PythonStatement> into, PythonExpression[] decorators)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var name = TakeName();
        var mark = _nodes.Count;
        ParseTypeParameters();
        var types = TakeNodes(mark);
        IReadOnlyList<PythonParameter> parameters = [];
        if (Take(Kind.LeftParen))
        {
            parameters = ParseParameters(Kind.RightParen);
            Expect(Kind.RightParen, "a bracket");
        }
        else
        {
            errors.Add(Start, "the parameters are missing");
        }

        var returns = Take(Kind.Arrow) ? ParseExpressions() : null;
        var body = ParseSuite(indent);
        into.Add(new PythonFunction
        {
            Start = start,
            End = _previousEnd,
            Name = name,
            Decorators = decorators,
            TypeParameters = types,
            Parameters = parameters,
            Returns = returns,
            Body = body,
        });
    }

    private void ParseClass(List<PythonStatement> into, PythonExpression[] decorators)
    {
        var (start, indent) = (Start, lexer.Indent);
        Next();
        var name = TakeName();
        var mark = _nodes.Count;
        ParseTypeParameters();
        var types = TakeNodes(mark);
        var bases = Current == Kind.LeftParen ? ParseArguments(out _) : [];
        var body = ParseSuite(indent);
        into.Add(new PythonClass { Start = start, End = _previousEnd, Name = name, Decorators = decorators, TypeParameters = types, Bases = bases, Body = body });
    }
}
