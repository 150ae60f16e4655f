using System.Globalization;
using Kind = Assay.Formats.Python.PythonTokenKind;

namespace Assay.Formats.Python;

internal sealed partial class PythonParserRun
{
    /// <summary>Expressions inside expressions; a bracket and what it holds count for one each, and CPython allows 200 of them.</summary>
    private const int MaxDepth = 420;

    /// <summary>Levels of a tree; what is higher is cut out.</summary>
    private const int MaxHeight = 500;

    /// <summary>Operands of one chain that are built as they are written; longer chains are balanced.</summary>
    private const int MaxChain = 64;

    private const int OrLevel = 1;
    private const int AndLevel = 2;
    private const int ComparisonLevel = 4;
    private const int BitwiseLevel = 5;
    private const int AdditiveLevel = 9;
    private const int MultiplicativeLevel = 10;

    private readonly List<PythonExpression> _nodes = [];
    private readonly List<string> _operators = [];
    private readonly List<PythonExpression> _cut = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _depth;
    private bool _inPattern;
    private bool _inBackticks;

    /// <summary>A token that ends every construct: the end of the line, of a field or of an f-string.</summary>
    private static bool IsEnd(Kind kind) => kind is Kind.EndOfLine or Kind.FieldClose or Kind.FormattedEnd;

    private bool CanStart(Kind kind) => kind switch
    {
        Kind.Name or Kind.Number or Kind.String or Kind.FormattedStart or Kind.LeftParen or Kind.LeftSquare or Kind.LeftBrace or Kind.Ellipsis
            or Kind.Plus or Kind.Minus or Kind.Tilde or Kind.Not or Kind.Lambda or Kind.None or Kind.True or Kind.False or Kind.Yield or Kind.Star
            or Kind.DoubleStar => true,
        Kind.Backtick => !_inBackticks,
        _ => false,
    };

    private PythonExpression[] TakeNodes(int mark)
    {
        if (_nodes.Count == mark)
            return [];
        var nodes = new PythonExpression[_nodes.Count - mark];
        _nodes.CopyTo(mark, nodes, 0, nodes.Length);
        _nodes.RemoveRange(mark, nodes.Length);
        return nodes;
    }

    private string NameOf(int start, int end)
    {
        var span = text.AsSpan(start, end - start);
        var names = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        if (names.TryGetValue(span, out var name))
            return name;
        name = System.Text.Ascii.IsValid(span) ? span.ToString() : PythonIdentifiers.Normalize(span);
        _names.Add(name);
        return name;
    }

    /// <summary>A name where one must stand; keywords pass with an error.</summary>
    private string TakeName()
    {
        if (Current != Kind.Name)
        {
            // Python 2 takes the constants of Python 3 as names.
            if (Current is not (Kind.None or Kind.True or Kind.False))
                errors.Add(Start, "a name is missing");
            if (Current < Kind.And)
                return "";
        }

        var name = NameOf(Start, _tokens[_at].End);
        Next();
        return name;
    }

    /// <summary>Cuts a tree that has grown too high; its place stays empty.</summary>
    private PythonExpression Limit(PythonExpression expression)
    {
        if (expression.Height < MaxHeight)
            return expression;
        errors.Add(expression.Start, "the expression is nested too deeply");
        _cut.Add(expression);
        return new PythonMissing { Start = expression.Start, End = expression.End };
    }

    private PythonMissing Missing(string message)
    {
        errors.Add(Start, message);
        return new PythonMissing { Start = Start, End = Start };
    }

    /// <summary>Passes an expression that is nested too deeply; calls and strings in it are kept, without their order in one another.</summary>
    private PythonMissing PassDeep()
    {
        var missing = Missing("the expression is nested too deeply");
        if (!CanStart(Current) && Current != Kind.FieldOpen)
            return missing;
        var open = 0;
        do
        {
            switch (Current)
            {
                case Kind.LeftParen or Kind.LeftSquare or Kind.LeftBrace or Kind.FieldOpen or Kind.FormattedStart:
                    open++;
                    break;
                case Kind.RightParen or Kind.RightSquare or Kind.RightBrace or Kind.FieldClose or Kind.FormattedEnd:
                    open--;
                    break;
                case Kind.EndOfLine:
                    return missing;
                case Kind.String:
                    var token = _tokens[_at];
                    var value = PythonLiterals.String(text.AsSpan(token.Start, token.End - token.Start), out var bytes);
                    _cut.Add(new PythonString { Start = token.Start, End = token.End, Value = value, IsBytes = bytes });
                    break;
                case Kind.Name:
                    PythonExpression callee = TakeNameNode();
                    for (var parts = 1; parts < MaxHeight && Current == Kind.Dot && Following == Kind.Name; parts++)
                    {
                        Next();
                        callee = Attribute(callee, TakeName());
                    }

                    if (Current == Kind.LeftParen)
                        _cut.Add(new PythonCall { Start = callee.Start, End = _previousEnd, Function = callee, Arguments = [], Height = callee.Height + 1 });
                    continue;
                default:
                    break;
            }

            Next();
        }
        while (open > 0);
        return missing;
    }

    /// <summary>One expression, or a tuple without brackets.</summary>
    private PythonExpression ParseExpressions()
    {
        var first = ParseElement();
        if (Current != Kind.Comma)
            return first;
        var mark = _nodes.Count;
        _nodes.Add(first);
        while (Take(Kind.Comma) && CanStart(Current))
            _nodes.Add(ParseElement());
        return Collection(PythonCollectionKind.Tuple, TakeNodes(mark), first.Start);
    }

    /// <summary>An element of a display: with a star, a <c>:=</c>, or <c>as</c> in a pattern.</summary>
    private PythonExpression ParseElement()
    {
        if (Current is Kind.Star or Kind.DoubleStar)
        {
            var start = Start;
            if (Current == Kind.DoubleStar)
                errors.Add(start, "** does not belong here");
            Next();
            var value = ParseBinary(BitwiseLevel);
            return new PythonStarred { Start = start, End = _previousEnd, Value = value, Height = value.Height + 1 };
        }

        var element = ParseNamed();
        return _inPattern && Take(Kind.As) ? Named(ParseTarget(), element) : element;
    }

    private PythonExpression ParseNamed()
    {
        var target = ParseExpression();
        return Take(Kind.Walrus) ? Named(target, ParseExpression()) : target;
    }

    private static PythonNamed Named(PythonExpression target, PythonExpression value) => new()
    {
        Start = Math.Min(target.Start, value.Start),
        End = Math.Max(target.End, value.End),
        Target = target,
        Value = value,
        Height = 1 + Math.Max(target.Height, value.Height),
    };

    private PythonExpression ParseExpression()
    {
        if (_depth >= MaxDepth)
            return PassDeep();
        _depth++;
        var result = Current switch
        {
            Kind.Lambda => ParseLambda(conditional: true),
            Kind.Yield => ParseYield(),
            _ => ParseConditional(),
        };
        _depth--;
        return Limit(result);
    }

    private PythonExpression ParseConditional()
    {
        var body = ParseBinary(OrLevel);
        if (Current != Kind.If || _inPattern)
            return body;
        Next();
        var test = ParseBinary(OrLevel);
        var otherwise = Take(Kind.Else) ? ParseExpression() : Missing("the else of a conditional is missing");
        return new PythonConditional
        {
            Start = body.Start,
            End = Math.Max(test.End, otherwise.End),
            Body = body,
            Test = test,
            Otherwise = otherwise,
            Height = 1 + Math.Max(body.Height, Math.Max(test.Height, otherwise.Height)),
        };
    }

    /// <summary>An expression without <c>if</c>, as the clauses of comprehensions have it.</summary>
    private PythonExpression ParseDisjunction()
    {
        if (Current == Kind.Lambda)
        {
            if (_depth >= MaxDepth)
                return PassDeep();
            _depth++;
            var lambda = ParseLambda(conditional: false);
            _depth--;
            return Limit(lambda);
        }

        var result = ParseBinary(OrLevel);
        return Take(Kind.Walrus) ? Named(result, ParseBinary(OrLevel)) : result;
    }

    private PythonLambda ParseLambda(bool conditional)
    {
        var start = Start;
        Next();
        var parameters = ParseParameters(Kind.Colon);
        Expect(Kind.Colon, "the colon of a lambda");
        var body = conditional ? ParseExpression() : ParseDisjunction();
        return new PythonLambda { Start = start, End = body.End, Parameters = parameters, Body = body, Height = 1 + Math.Max(body.Height, HeightOf(parameters)) };
    }

    private PythonYield ParseYield()
    {
        var start = Start;
        Next();
        Take(Kind.From);
        var value = CanStart(Current) ? ParseExpressions() : null;
        return new PythonYield { Start = start, End = _previousEnd, Value = value, Height = 1 + (value?.Height ?? 0) };
    }

    private List<PythonParameter> ParseParameters(Kind closer)
    {
        var annotated = closer == Kind.RightParen;
        var parameters = new List<PythonParameter>();
        while (Current != closer && !IsEnd(Current))
        {
            if (Current is Kind.Comma or Kind.Slash)
            {
                Next();
                continue;
            }

            var stars = Current switch { Kind.Star => 1, Kind.DoubleStar => 2, _ => 0 };
            if (stars > 0)
            {
                Next();
                if (Current is Kind.Comma || Current == closer)
                    continue;
            }

            if (Current == Kind.Name && Following is not (Kind.Dot or Kind.LeftParen or Kind.LeftSquare))
            {
                var name = TakeName();
                var annotation = annotated && Take(Kind.Colon) ? ParseElement() : null;
                parameters.Add(new PythonParameter(name, Take(Kind.Assign) ? ParseExpression() : null, annotation, stars));
                if (Current != Kind.Comma && Current != closer)
                    errors.Add(Start, "a comma is missing");
            }
            else if (Current == Kind.LeftParen)
            {
                ParseTupleParameter(parameters);
            }
            else
            {
                errors.Add(Start, "a parameter is missing");
                if (CanStart(Current))
                    parameters.Add(new PythonParameter("", ParseExpression(), null, stars));
                else if (annotated)
                    Next();
                else
                    break;
            }
        }

        return parameters;
    }

    /// <summary>The tuple of Python 2: its names become parameters, the first has the default.</summary>
    private void ParseTupleParameter(List<PythonParameter> parameters)
    {
        var names = new List<string>();
        var open = 0;
        do
        {
            if (Current == Kind.LeftParen)
                open++;
            else if (Current == Kind.RightParen)
                open--;
            else if (Current == Kind.Name)
                names.Add(NameOf(Start, _tokens[_at].End));
            else if (Current != Kind.Comma)
                break;
            Next();
        }
        while (open > 0);
        if (open > 0)
            errors.Add(Start, "a parameter is missing");
        var given = Take(Kind.Assign) ? ParseExpression() : null;
        for (var i = 0; i < names.Count; i++)
            parameters.Add(new PythonParameter(names[i], i == 0 ? given : null, null, 0));
        if (open > 0)
            parameters.Add(new PythonParameter("", CanStart(Current) ? ParseExpression() : PassDeep(), null, 0));
    }

    private static int HeightOf(List<PythonParameter> parameters)
    {
        var height = 0;
        foreach (var parameter in parameters)
            height = Math.Max(height, Math.Max(parameter.Default?.Height ?? 0, parameter.Annotation?.Height ?? 0));
        return height;
    }

    /// <summary>Targets of <c>for</c>, up to its <c>in</c>.</summary>
    private PythonExpression ParseTargets()
    {
        var first = ParseTarget();
        if (Current != Kind.Comma)
            return first;
        var mark = _nodes.Count;
        _nodes.Add(first);
        while (Take(Kind.Comma) && CanStart(Current))
            _nodes.Add(ParseTarget());
        return Collection(PythonCollectionKind.Tuple, TakeNodes(mark), first.Start);
    }

    private PythonExpression ParseTarget()
    {
        if (Current != Kind.Star)
            return ParseBinary(BitwiseLevel);
        var start = Start;
        Next();
        var value = ParseBinary(BitwiseLevel);
        return new PythonStarred { Start = start, End = _previousEnd, Value = value, Height = value.Height + 1 };
    }

    /// <summary>How tightly the operator here binds; 0 when none is here.</summary>
    private int LevelHere() => Current switch
    {
        Kind.Or => OrLevel,
        Kind.And => AndLevel,
        Kind.Less or Kind.Greater or Kind.LessEqual or Kind.GreaterEqual or Kind.Equal or Kind.NotEqual or Kind.In or Kind.Is => ComparisonLevel,
        Kind.Not when Following == Kind.In => ComparisonLevel,
        Kind.Bar => BitwiseLevel,
        Kind.Caret => 6,
        Kind.Ampersand => 7,
        Kind.LeftShift or Kind.RightShift => 8,
        Kind.Plus or Kind.Minus => AdditiveLevel,
        Kind.Star or Kind.Slash or Kind.DoubleSlash or Kind.Percent or Kind.At => MultiplicativeLevel,
        _ => 0,
    };

    private string TakeOperator()
    {
        var kind = Current;
        Next();
        switch (kind)
        {
            case Kind.Not:
                Next();
                return "not in";
            case Kind.Is when Current == Kind.Not:
                Next();
                return "is not";
            default:
                return kind switch
                {
                    Kind.Or => "or",
                    Kind.And => "and",
                    Kind.Less => "<",
                    Kind.Greater => ">",
                    Kind.LessEqual => "<=",
                    Kind.GreaterEqual => ">=",
                    Kind.Equal => "==",
                    Kind.NotEqual => "!=",
                    Kind.In => "in",
                    Kind.Is => "is",
                    Kind.Bar => "|",
                    Kind.Caret => "^",
                    Kind.Ampersand => "&",
                    Kind.LeftShift => "<<",
                    Kind.RightShift => ">>",
                    Kind.Plus => "+",
                    Kind.Minus => "-",
                    Kind.Star => "*",
                    Kind.Slash => "/",
                    Kind.DoubleSlash => "//",
                    Kind.Percent => "%",
                    _ => "@",
                };
        }
    }

    private PythonExpression ParseBinary(int least)
    {
        var left = ParseUnary();
        while (true)
        {
            var level = LevelHere();
            if (level == 0 || level < least)
                return left;
            left = ParseChain(left, level);
        }
    }

    /// <summary>Operands that operators of one level join.</summary>
    private PythonExpression ParseChain(PythonExpression left, int level)
    {
        var (nodes, operators) = (_nodes.Count, _operators.Count);
        _nodes.Add(left);
        do
        {
            _operators.Add(TakeOperator());
            _nodes.Add(ParseBinary(level + 1));
        }
        while (LevelHere() == level);

        var count = _operators.Count - operators;
        if (level == ComparisonLevel && count > 1)
        {
            for (var i = 0; i < count; i++)
            {
                var from = _nodes[nodes + i];
                if (i > 0 && from is not (PythonName or PythonConstant or PythonNumber))
                    from = new PythonMissing { Start = from.Start, End = from.End };
                _nodes.Add(Limit(Binary(_operators[operators + i], from, _nodes[nodes + i + 1])));
            }

            _nodes.RemoveRange(nodes, count + 1);
            for (var i = 1; i < count; i++)
                _operators[operators + i - 1] = "and";
            count--;
        }

        PythonExpression result;
        if (count > MaxChain && IsAssociative(operators, count, level))
        {
            result = Balanced(nodes, operators, 0, count, inverse: false);
        }
        else
        {
            result = _nodes[nodes];
            for (var i = 0; i < count; i++)
                result = Limit(Binary(_operators[operators + i], result, _nodes[nodes + i + 1]));
        }

        _nodes.RemoveRange(nodes, _nodes.Count - nodes);
        _operators.RemoveRange(operators, _operators.Count - operators);
        return result;
    }

    private bool IsAssociative(int operators, int count, int level)
    {
        if (level != MultiplicativeLevel)
            return level is not 8;
        for (var i = 0; i < count; i++)
        {
            if (_operators[operators + i] is not ("*" or "/"))
                return false;
        }

        return true;
    }

    /// <summary>The operands from one to another as a balanced tree. Behind <c>-</c> and <c>/</c> the operators turn round.</summary>
    private PythonExpression Balanced(int nodes, int operators, int first, int last, bool inverse)
    {
        if (first == last)
            return _nodes[nodes + first];
        var middle = first + ((last - first) / 2);
        var op = _operators[operators + middle];
        var left = Balanced(nodes, operators, first, middle, inverse);
        var right = Balanced(nodes, operators, middle + 1, last, inverse: op is "-" or "/");
        return Limit(Binary(inverse ? Turned(op) : op, left, right));
    }

    private static string Turned(string op) => op switch { "+" => "-", "-" => "+", "*" => "/", "/" => "*", _ => op };

    private static PythonBinary Binary(string op, PythonExpression left, PythonExpression right) => new()
    {
        Start = left.Start,
        End = right.End,
        Operator = op,
        Left = left,
        Right = right,
        Height = 1 + Math.Max(left.Height, right.Height),
    };

    private PythonExpression ParseUnary()
    {
        var op = Current switch { Kind.Not => "not", Kind.Minus => "-", Kind.Plus => "+", Kind.Tilde => "~", _ => null };
        if (op is null)
            return ParsePower();
        if (_depth >= MaxDepth)
            return PassDeep();
        _depth++;
        var start = Start;
        Next();
        var operand = op == "not" ? ParseBinary(ComparisonLevel) : ParseUnary();
        _depth--;
        return Limit(new PythonUnary { Start = start, End = operand.End, Operator = op, Operand = operand, Height = operand.Height + 1 });
    }

    private PythonExpression ParsePower()
    {
        PythonExpression result;
        if (Current == Kind.Name && _tokens[_at].End - Start == 5 && IsAwait())
        {
            var start = Start;
            Next();
            var operand = ParsePostfix();
            result = new PythonUnary { Start = start, End = operand.End, Operator = "await", Operand = operand, Height = operand.Height + 1 };
        }
        else
        {
            result = ParsePostfix();
        }

        if (Current != Kind.DoubleStar)
            return result;
        if (_depth >= MaxDepth)
        {
            _cut.Add(result);
            return PassDeep();
        }

        _depth++;
        Next();
        result = Limit(Binary("**", result, ParseUnary()));
        _depth--;
        return result;
    }

    private bool IsAwait() => IsWord("await") && Following is Kind.Name or Kind.Number or Kind.String or Kind.FormattedStart or Kind.LeftParen or Kind.LeftSquare
        or Kind.LeftBrace or Kind.None or Kind.True or Kind.False;

    private PythonExpression ParsePostfix()
    {
        var result = ParseAtom();
        while (true)
        {
            switch (Current)
            {
                case Kind.Dot:
                    Next();
                    result = Limit(Attribute(result, TakeName()));
                    continue;
                case Kind.LeftParen:
                    var arguments = ParseArguments(out var height);
                    result = Limit(new PythonCall
                    {
                        Start = result.Start,
                        End = _previousEnd,
                        Function = result,
                        Arguments = arguments,
                        Height = 1 + Math.Max(result.Height, height),
                    });
                    continue;
                case Kind.LeftSquare:
                    var index = ParseIndex();
                    result = Limit(new PythonSubscript
                    {
                        Start = result.Start,
                        End = _previousEnd,
                        Value = result,
                        Index = index,
                        Height = 1 + Math.Max(result.Height, index.Height),
                    });
                    continue;
                default:
                    return result;
            }
        }
    }

    private PythonAttribute Attribute(PythonExpression value, string name) => new() { Start = value.Start, End = _previousEnd, Value = value, Name = name, Height = value.Height + 1 };

    /// <summary>Arguments in brackets; the place is at the bracket.</summary>
    private PythonArgument[] ParseArguments(out int height)
    {
        height = 0;
        Next();
        if (Take(Kind.RightParen))
            return [];
        if (_depth >= MaxDepth)
        {
            _at--;
            PassDeep();
            return [];
        }

        var backticks = _inBackticks;
        _inBackticks = false;
        var arguments = new List<PythonArgument>(2);
        while (Current != Kind.RightParen && !IsEnd(Current))
        {
            string? name = null;
            var stars = Current switch { Kind.Star => 1, Kind.DoubleStar => 2, _ => 0 };
            if (stars > 0)
            {
                Next();
            }
            else if (Current == Kind.Name && Following == Kind.Assign)
            {
                name = TakeName();
                Next();
            }

            if (!CanStart(Current))
            {
                errors.Add(Start, "an argument is missing");
                if (name is not null)
                    arguments.Add(new PythonArgument(name, new PythonMissing { Start = Start, End = Start }, 0));
                if (Current != Kind.RightParen)
                    Next();
                continue;
            }

            var value = name is null && stars == 0 ? ParseElement() : ParseExpression();
            if (IsClause())
                value = Limit(ParseClauses(PythonCollectionKind.Generator, value, null, value.Start));
            height = Math.Max(height, value.Height);
            arguments.Add(new PythonArgument(name, value, stars));
            if (Current == Kind.RightParen || Take(Kind.Comma))
                continue;
            errors.Add(Start, "a comma is missing");
            if (Current is Kind.Assign or Kind.Colon)
                Next();
        }

        _inBackticks = backticks;
        Expect(Kind.RightParen, "a bracket");
        return arguments.ToArray();
    }

    private bool IsClause() => Current == Kind.For || (Current == Kind.Name && Following == Kind.For && IsWord("async"));

    private PythonComprehension ParseClauses(PythonCollectionKind kind, PythonExpression element, PythonExpression? value, int start)
    {
        var clauses = new List<PythonClause>(1);
        var height = Math.Max(element.Height, value?.Height ?? 0);
        while (IsClause())
        {
            if (Current == Kind.Name)
                Next();
            Next();
            var target = ParseTargets();
            Expect(Kind.In, "in");
            var iterable = ParseDisjunction();
            if (kind == PythonCollectionKind.List && Current == Kind.Comma)
            {
                // Python 2: [x for x in 1, 2]
                var mark = _nodes.Count;
                _nodes.Add(iterable);
                while (Take(Kind.Comma) && CanStart(Current))
                    _nodes.Add(ParseDisjunction());
                iterable = Collection(PythonCollectionKind.Tuple, TakeNodes(mark), iterable.Start);
            }

            height = Math.Max(height, Math.Max(target.Height, iterable.Height));
            var conditions = _nodes.Count;
            while (Take(Kind.If))
            {
                _nodes.Add(ParseDisjunction());
                height = Math.Max(height, _nodes[^1].Height);
            }

            clauses.Add(new PythonClause(target, iterable, TakeNodes(conditions)));
        }

        return new PythonComprehension { Start = start, End = _previousEnd, Kind = kind, Element = element, Value = value, Clauses = clauses, Height = height + 1 };
    }

    /// <summary>The index of a subscript; the place is at its bracket.</summary>
    private PythonExpression ParseIndex()
    {
        if (_depth >= MaxDepth)
            return PassDeep();
        _depth++;
        var backticks = _inBackticks;
        _inBackticks = false;
        Next();
        var start = Start;
        var mark = _nodes.Count;
        var tuple = false;
        while (Current != Kind.RightSquare && !IsEnd(Current))
        {
            if (Current == Kind.Colon || CanStart(Current))
            {
                _nodes.Add(ParseSlice());
                if (Current == Kind.RightSquare)
                    break;
                if (Take(Kind.Comma))
                {
                    tuple = true;
                    continue;
                }

                errors.Add(Start, "a comma is missing");
                tuple = true;
            }
            else
            {
                errors.Add(Start, "an index is missing");
                Next();
            }
        }

        var nodes = TakeNodes(mark);
        if (nodes.Length == 0)
            errors.Add(start, "an index is missing");
        _inBackticks = backticks;
        PythonExpression index = nodes.Length == 1 && !tuple ? nodes[0] : Collection(PythonCollectionKind.Tuple, nodes, start);
        Expect(Kind.RightSquare, "a bracket");
        _depth--;
        return index;
    }

    private PythonExpression ParseSlice()
    {
        var start = Start;
        var lower = Current == Kind.Colon ? null : ParseElement();
        if (Current != Kind.Colon)
            return lower!;
        Next();
        var upper = CanStart(Current) ? ParseExpression() : null;
        var step = Take(Kind.Colon) && CanStart(Current) ? ParseExpression() : null;
        var height = 1 + Math.Max(lower?.Height ?? 0, Math.Max(upper?.Height ?? 0, step?.Height ?? 0));
        return new PythonSlice { Start = start, End = _previousEnd, Lower = lower, Upper = upper, Step = step, Height = height };
    }

    private PythonCollection Collection(PythonCollectionKind kind, PythonExpression[] elements, int start)
    {
        var height = 0;
        foreach (var element in elements)
            height = Math.Max(height, element.Height);
        return new PythonCollection { Start = start, End = Math.Max(start, _previousEnd), Kind = kind, Elements = elements, Height = height + 1 };
    }

    private PythonName TakeNameNode()
    {
        var token = _tokens[_at];
        Next();
        return new PythonName { Start = token.Start, End = token.End, Id = NameOf(token.Start, token.End) };
    }

    private PythonExpression ParseAtom()
    {
        var token = _tokens[_at];
        switch (token.Kind)
        {
            case Kind.Name:
                return TakeNameNode();
            case Kind.Number:
                Next();
                return Number(token);
            case Kind.String or Kind.FormattedStart:
                return ParseStrings();
            case Kind.None or Kind.True or Kind.False or Kind.Ellipsis:
                Next();
                var kind = token.Kind switch
                {
                    Kind.None => PythonConstantKind.None,
                    Kind.True => PythonConstantKind.True,
                    Kind.False => PythonConstantKind.False,
                    _ => PythonConstantKind.Ellipsis,
                };
                return new PythonConstant { Start = token.Start, End = token.End, Kind = kind };
            case Kind.LeftParen:
                return ParseDisplay(Kind.RightParen, PythonCollectionKind.Tuple, PythonCollectionKind.Generator);
            case Kind.LeftSquare:
                return ParseDisplay(Kind.RightSquare, PythonCollectionKind.List, PythonCollectionKind.List);
            case Kind.LeftBrace:
                return ParseBraces();
            case Kind.Backtick when !_inBackticks:
                Next();
                _inBackticks = true;
                var operand = ParseExpressions();
                _inBackticks = false;
                Expect(Kind.Backtick, "a backtick");
                return Limit(new PythonUnary { Start = token.Start, End = _previousEnd, Operator = "`", Operand = operand, Height = operand.Height + 1 });
            case Kind.Lambda or Kind.Yield:
                // Not allowed as an operand, but its calls count.
                errors.Add(token.Start, "a bracket is missing");
                return ParseExpression();
            case Kind.Star or Kind.DoubleStar:
                errors.Add(token.Start, "a star does not belong here");
                while (Current is Kind.Star or Kind.DoubleStar)
                    Next();
                return CanStart(Current) ? ParseUnary() : new PythonMissing { Start = token.Start, End = token.End };
            default:
                return Missing("an expression is missing");
        }
    }

    /// <summary>What stands in round or square brackets.</summary>
    private PythonExpression ParseDisplay(Kind closer, PythonCollectionKind kind, PythonCollectionKind comprehension)
    {
        if (_depth >= MaxDepth)
            return PassDeep();
        _depth++;
        var backticks = _inBackticks;
        _inBackticks = false;
        var start = Start;
        Next();
        var mark = _nodes.Count;
        var commas = false;
        PythonExpression? result = null;
        while (Current != closer && !IsEnd(Current))
        {
            if (!CanStart(Current))
            {
                errors.Add(Start, "an element is missing");
                Next();
                continue;
            }

            var element = ParseElement();
            if (IsClause())
                element = Limit(ParseClauses(comprehension, element, null, start));
            if (Current == closer)
            {
                // A lone expression in round brackets is itself; so is the comprehension that fills its brackets.
                if (_nodes.Count == mark && !commas && (kind == PythonCollectionKind.Tuple || IsComprehension(element, start)))
                    result = element;
                else
                    _nodes.Add(element);
                break;
            }

            _nodes.Add(element);
            if (Take(Kind.Comma))
            {
                commas = true;
            }
            else
            {
                errors.Add(Start, "a comma is missing");
                commas = true;
            }
        }

        _inBackticks = backticks;
        Expect(closer, "a bracket");
        _depth--;
        return result ?? Collection(kind, TakeNodes(mark), start);
    }

    private static bool IsComprehension(PythonExpression element, int start) => element is PythonComprehension && element.Start == start;

    /// <summary>A dictionary, a set, or a comprehension of one.</summary>
    private PythonExpression ParseBraces()
    {
        if (_depth >= MaxDepth)
            return PassDeep();
        _depth++;
        var backticks = _inBackticks;
        _inBackticks = false;
        var start = Start;
        Next();
        var result = Current == Kind.DoubleStar || Current == Kind.RightBrace ? ParseEntries(start, null) : null;
        var mark = _nodes.Count;
        while (result is null && Current != Kind.RightBrace && !IsEnd(Current))
        {
            if (!CanStart(Current))
            {
                errors.Add(Start, "an element is missing");
                Next();
                continue;
            }

            var element = ParseElement();
            if (Current == Kind.Colon && _nodes.Count == mark)
            {
                result = ParseEntries(start, element);
                break;
            }

            if (IsClause())
            {
                element = ParseClauses(PythonCollectionKind.Set, element, null, start);
                if (Current == Kind.RightBrace && _nodes.Count == mark)
                {
                    result = element;
                    break;
                }
            }

            _nodes.Add(element);
            if (Current == Kind.RightBrace || Take(Kind.Comma))
                continue;
            errors.Add(Start, "a comma is missing");
        }

        _inBackticks = backticks;
        Expect(Kind.RightBrace, "a bracket");
        _depth--;
        return Limit(result ?? Collection(PythonCollectionKind.Set, TakeNodes(mark), start));
    }

    /// <summary>Entries of a dictionary up to its bracket; the key of the first may have been read.</summary>
    private PythonExpression ParseEntries(int start, PythonExpression? key)
    {
        var entries = new List<(PythonExpression? Key, PythonExpression Value)>();
        var height = 0;
        while (Current != Kind.RightBrace && !IsEnd(Current))
        {
            PythonExpression value;
            if (key is null && Take(Kind.DoubleStar))
            {
                value = ParseBinary(BitwiseLevel);
            }
            else
            {
                if (key is null && !CanStart(Current))
                {
                    errors.Add(Start, "an entry is missing");
                    Next();
                    continue;
                }

                key ??= ParseElement();
                value = Take(Kind.Colon) ? ParseExpression() : Missing("a value is missing");
                if (_inPattern && Take(Kind.As))
                    value = Named(ParseTarget(), value);
            }

            if (IsClause())
            {
                value = ParseClauses(PythonCollectionKind.Dict, key ?? value, key is null ? null : value, start);
                if (Current == Kind.RightBrace && entries.Count == 0)
                    return value;
                key = null;
            }

            height = Math.Max(height, Math.Max(key?.Height ?? 0, value.Height));
            entries.Add((key, value));
            key = null;
            if (Current == Kind.RightBrace || Take(Kind.Comma))
                continue;
            errors.Add(Start, "a comma is missing");
        }

        // The closing bracket is the caller's.
        return new PythonDict { Start = start, End = _tokens[_at].End, Entries = entries.ToArray(), Height = height + 1 };
    }

    private PythonNumber Number(PythonToken token)
    {
        var span = text.AsSpan(token.Start, token.End - token.Start);
        long? integer = null;
        double? real = null;
        if (span.Length <= 18 && !span.ContainsAnyExceptInRange('0', '9') && (span.Length == 1 || span[0] != '0'))
            integer = long.Parse(span, NumberStyles.None, CultureInfo.InvariantCulture);
        else
            (integer, real) = PythonLiterals.Number(span);
        return new PythonNumber { Start = token.Start, End = token.End, Integer = integer, Float = real };
    }

    /// <summary>Strings and f-strings side by side, which are one.</summary>
    private PythonExpression ParseStrings()
    {
        var (start, mark) = (Start, _nodes.Count);
        var literal = new PythonLiteralText();
        var (formatted, bytes) = (false, false);
        var deep = _depth >= MaxDepth;
        while (true)
        {
            var token = _tokens[_at];
            if (token.Kind == Kind.String)
            {
                literal.Add(PythonLiterals.String(text.AsSpan(token.Start, token.End - token.Start), out var isBytes), token.Start, token.End);
                bytes |= isBytes;
                Next();
            }
            else if (token.Kind == Kind.FormattedStart && !deep)
            {
                formatted = true;
                Next();
                var quote = text[token.End - 1];
                var raw = text.AsSpan(token.Start, text.AsSpan(token.Start).IndexOf(quote)).IndexOfAny('r', 'R') >= 0;
                _depth++;
                ParseParts(ref literal, raw, Kind.FormattedEnd);
                _depth--;
                Take(Kind.FormattedEnd);
            }
            else if (token.Kind == Kind.FormattedStart)
            {
                _nodes.Add(PassDeep());
                formatted = true;
            }
            else
            {
                break;
            }
        }

        if (!formatted)
            return new PythonString { Start = start, End = _previousEnd, Value = literal.Take(), IsBytes = bytes };
        FlushLiteral(ref literal);
        return Formatted(start, mark);
    }

    private PythonFormatted Formatted(int start, int mark)
    {
        var parts = TakeNodes(mark);
        var height = 0;
        foreach (var part in parts)
            height = Math.Max(height, part.Height);
        return new PythonFormatted { Start = start, End = Math.Max(start, _previousEnd), Parts = parts, Height = height + 1 };
    }

    private void FlushLiteral(ref PythonLiteralText literal)
    {
        if (literal.IsEmpty)
            return;
        var (start, end) = (literal.Start, literal.End);
        _nodes.Add(new PythonString { Start = start, End = end, Value = literal.Take(), IsBytes = false });
    }

    /// <summary>Texts and fields up to the end of the f-string or of the specification.</summary>
    private void ParseParts(ref PythonLiteralText literal, bool raw, Kind closer)
    {
        while (Current != closer && Current != Kind.EndOfLine)
        {
            var token = _tokens[_at];
            if (token.Kind == Kind.FormattedText)
            {
                literal.Add(PythonLiterals.Text(text.AsSpan(token.Start, token.End - token.Start), raw, bytes: false), token.Start, token.End);
                Next();
            }
            else if (token.Kind == Kind.FieldOpen)
            {
                ParseField(ref literal, raw);
            }
            else
            {
                Next();
            }
        }
    }

    private void ParseField(ref PythonLiteralText literal, bool raw)
    {
        var open = _tokens[_at];
        if (_depth >= MaxDepth)
        {
            FlushLiteral(ref literal);
            _nodes.Add(PassDeep());
            return;
        }

        Next();
        _depth++;
        var (pattern, backticks) = (_inPattern, _inBackticks);
        _inPattern = _inBackticks = false;
        var value = CanStart(Current) ? ParseExpressions() : Missing("the expression of a field is missing");
        var conversion = "";
        if (Current == Kind.Assign)
        {
            Next();
            literal.Add(text[open.End..Start], open.Start, Start);
            conversion = "repr";
            if (Current == Kind.Colon)
                conversion = "";
        }

        FlushLiteral(ref literal);
        if (Take(Kind.Exclamation))
        {
            conversion = Current == Kind.Name ? TextAt(_at) switch { "r" => "repr", "a" => "ascii", "s" => "", _ => "?" } : "?";
            if (conversion == "?")
            {
                errors.Add(Start, "the conversion of a field is unknown");
                conversion = "";
            }

            if (Current == Kind.Name)
                Next();
        }

        if (conversion.Length > 0)
            value = BuiltIn(conversion, open.Start, value, null);
        _depth--;
        while (!IsEnd(Current))
        {
            if (Current == Kind.Colon)
            {
                Next();
                value = ParseSpecification(value, raw, open.Start);
            }
            else if (Current is Kind.FormattedText or Kind.FieldOpen)
            {
                errors.Add(Start, "the field should end here");
                value = ParseSpecification(value, raw, open.Start);
            }
            else
            {
                errors.Add(Start, "the field should end here");
                if (CanStart(Current))
                    _nodes.Add(ParseElement());
                else
                    Next();
            }
        }

        _nodes.Add(Limit(value));
        (_inPattern, _inBackticks) = (pattern, backticks);
        Take(Kind.FieldClose);
    }

    private PythonExpression ParseSpecification(PythonExpression value, bool raw, int start)
    {
        var mark = _nodes.Count;
        var place = Start;
        var literal = new PythonLiteralText();
        _depth++;
        ParseParts(ref literal, raw, Kind.FieldClose);
        _depth--;
        FlushLiteral(ref literal);
        if (_nodes.Count == mark)
            return value;
        PythonExpression specification;
        if (_nodes.Count == mark + 1 && _nodes[mark] is PythonString only)
        {
            specification = only;
            _nodes.RemoveAt(mark);
        }
        else
        {
            specification = Formatted(place, mark);
        }

        return BuiltIn("format", start, value, specification);
    }

    private PythonCall BuiltIn(string name, int start, PythonExpression value, PythonExpression? second) => new()
    {
        Start = start,
        End = _previousEnd,
        Function = new PythonName { Start = start, End = start, Id = name },
        Arguments = second is null ? [new PythonArgument(null, value, 0)] : [new PythonArgument(null, value, 0), new PythonArgument(null, second, 0)],
        Height = 1 + Math.Max(value.Height, second?.Height ?? 0),
    };
}
