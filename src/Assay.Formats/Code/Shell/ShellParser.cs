namespace Assay.Formats.Shell;

/// <summary>
/// Parses POSIX shell with what bash, zsh and ksh add. Total: what cannot be understood is skipped and noted,
/// as an interpreter too has run everything in front of it. Source: IEEE 1003.1-2024, chapter 2, and the manual of bash 5.3.
/// </summary>
public sealed class ShellParser
{
    /// <summary>Levels of groups, quotes and substitutions inside of each other; deeper ones are read as characters.</summary>
    private const int MaxDepth = 48;

    private const int MaxErrors = 32;

    private static readonly string[] Declaring = ["declare", "export", "local", "readonly", "typeset"];

    private readonly WorkBudget _budget;
    private readonly List<(int Index, string Text)> _errors;
    private readonly ShellLexer _lexer;
    private int _depth;

    private ShellParser(string text, int place, int depth, List<(int Index, string Text)> errors, WorkBudget budget)
    {
        (_budget, _errors, _depth) = (budget, errors, depth);
        _lexer = new ShellLexer(text, text.Length, place, this);
    }

    /// <summary>Here-documents whose lines lose their leading tabs, until they are read.</summary>
    internal HashSet<ShellRedirection> StripTabs { get; } = [];

    /// <summary>Parses a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="budget">Charged for commands.</param>
    /// <param name="errors">What could not be understood: place and reason.</param>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static ShellScript Parse(string text, WorkBudget budget, out IReadOnlyList<(int Index, string Text)> errors)
    {
        var found = new List<(int, string)>();
        errors = found;
        return new ShellParser(text, -1, 0, found, budget).ParseUntil();
    }

    /// <summary>Notes what cannot be understood.</summary>
    internal void Error(int index, string reason)
    {
        if (_errors.Count < MaxErrors)
            _errors.Add((_lexer.Place(index), reason));
    }

    /// <summary>One level deeper; false where it is too deep.</summary>
    internal bool Enter()
    {
        if (_depth >= MaxDepth)
        {
            Error(_lexer.Position, "nested too deeply");
            return false;
        }

        _depth++;
        return true;
    }

    /// <summary>One level back.</summary>
    internal void Leave() => _depth--;

    /// <summary>Parses a text that is part of this one and was unquoted.</summary>
    internal ShellScript ParseInside(string text, int place) =>
        _depth >= MaxDepth ? new ShellScript { Start = place, Pipelines = [] } : Sub(text, place).ParseUntil();

    /// <summary>The lexer of a text that is part of this one; null where it is too deep.</summary>
    internal ShellLexer? Inside(string text, int place) => _depth >= MaxDepth ? null : Sub(text, place)._lexer;

    private ShellParser Sub(string text, int place)
    {
        _budget.ChargeElements(1 + (text.Length >> 4), place);
        return new ShellParser(text, place, _depth + 1, _errors, _budget);
    }

    /// <summary>Parses commands until one of the words or signs stands in front, which is not taken.</summary>
    internal ShellScript ParseUntil(params ReadOnlySpan<string> stops)
    {
        var start = _lexer.Position;
        var pipelines = new List<ShellPipeline>();
        while (true)
        {
            _lexer.SkipLines();
            if (_lexer.AtEnd || IsStop(stops))
                break;
            if (_lexer.Current is ';' or '&')
            {
                // An empty command: alone behind a line end that is an error in a shell, and harmless here.
                if (pipelines.Count == 0 || _lexer.At(";;"))
                    Error(_lexer.Position, "a separator without a command");
                _lexer.Position++;
                continue;
            }

            if (_lexer.Current is ')' or '|' || IsStray())
            {
                Error(_lexer.Position, "a sign or word that closes nothing");
                _lexer.Position++;
                while (!_lexer.AtEnd && char.IsAsciiLetter(_lexer.Current))
                    _lexer.Position++;
                continue;
            }

            var before = _lexer.Position;
            var pipeline = ParsePipeline(stops);
            if (pipeline is not null)
                pipelines.Add(pipeline);
            if (_lexer.Position == before)
                _lexer.Position++;
        }

        return new ShellScript { Start = _lexer.Place(start), End = _lexer.Place(_lexer.Position), Pipelines = pipelines };
    }

    private bool IsStop(ReadOnlySpan<string> stops)
    {
        if (stops.IsEmpty)
            return false;
        var c = _lexer.Current;
        if (c == ')')
            return stops.Contains(")");
        if (c == ';' && _lexer.Peek(1) is ';' or '&')
            return stops.Contains(";;");
        var word = _lexer.PeekReserved();
        if (word.IsEmpty)
            return false;
        foreach (var stop in stops)
        {
            if (word.SequenceEqual(stop))
                return true;
        }

        return false;
    }

    private bool IsStray() => _lexer.PeekReserved() is "then" or "do" or "done" or "fi" or "elif" or "else" or "esac" or "}";

    private ShellPipeline? ParsePipeline(ReadOnlySpan<string> stops)
    {
        _budget.ChargeElements(1, _lexer.Place(_lexer.Position));
        var start = _lexer.Position;
        var commands = new List<ShellCommand>(1);
        while (true)
        {
            while (_lexer.PeekReserved() is "!" or "time" or "coproc")
            {
                _lexer.Position += _lexer.PeekReserved().Length;
                _lexer.SkipBlanks();
                while (_lexer.Current == '-' && _lexer.Peek(1) is 'p' or '-' && _lexer.Peek(2) is ' ' or 'p')
                {
                    _lexer.ReadWord();
                    _lexer.SkipBlanks();
                }
            }

            if (commands.Count > 0 && (_lexer.AtEnd || IsStop(stops)))
            {
                Error(_lexer.Position, "a pipe without a command behind it");
                break;
            }

            var before = _lexer.Position;
            if (ParseCommand() is { } command)
                commands.Add(command);
            _lexer.SkipBlanks();
            if (_lexer.Current == '|' && _lexer.Peek(1) != '|')
            {
                _lexer.Position += _lexer.Peek(1) == '&' ? 2 : 1;
                _lexer.SkipLines();
                continue;
            }

            if (_lexer.Position == before)
                break;
            if (_lexer.Current == '(')
            {
                Error(_lexer.Position, "a parenthesis where none can be");
                _lexer.Position++;
                _lexer.SkipBlanks();
            }

            break;
        }

        if (commands.Count == 0)
            return null;
        var pipeline = new ShellPipeline { Start = _lexer.Place(start), End = _lexer.Place(_lexer.Position), Commands = commands };
        if (_lexer.At("&&") || _lexer.At("||"))
        {
            pipeline.Separator = _lexer.Current == '&' ? "&&" : "||";
            _lexer.Position += 2;
            _lexer.SkipLines();
        }
        else if (_lexer.Current == '&' && _lexer.Peek(1) is not '>')
        {
            pipeline.Separator = "&";
            _lexer.Position++;
            if (_lexer.Current is '!' or '|')
                _lexer.Position++;
        }
        else if (_lexer.Current == ';' && _lexer.Peek(1) is not (';' or '&'))
        {
            _lexer.Position++;
        }

        return pipeline;
    }

    private ShellCommand? ParseCommand()
    {
        var start = _lexer.Position;
        if (!Enter())
        {
            _lexer.Position++;
            return null;
        }

        var command = ParseCompound(start) ?? ParseSimple(start);
        Leave();
        if (command is null)
            return null;
        if (command is not ShellSimple and not ShellFunction)
        {
            List<ShellRedirection>? redirections = null;
            for (_lexer.SkipBlanks(); _lexer.ReadRedirection() is { } redirection; _lexer.SkipBlanks())
                (redirections ??= []).Add(redirection);
            if (redirections is not null)
                command.Redirections = redirections;
        }

        command.End = _lexer.Place(_lexer.Position);
        return command;
    }

    private ShellCommand? ParseCompound(int start)
    {
        var place = _lexer.Place(start);
        if (_lexer.Current == '(')
        {
            if (_lexer.Peek(1) == '(' && _lexer.ReadArithmetic() is { } expression)
                return new ShellTest { Start = place, Words = [expression] };
            _lexer.Position = start + 1;
            var body = ParseUntil(")");
            Expect(")", start);
            return new ShellGroup { Start = place, Body = body, IsSubshell = true };
        }

        var word = _lexer.PeekReserved();
        if (word.IsEmpty)
            return null;
        switch (word)
        {
            case "{":
                _lexer.Position++;
                var group = ParseUntil("}");
                Expect("}", start);
                return new ShellGroup { Start = place, Body = group, IsSubshell = false };
            case "if":
                _lexer.Position += 2;
                return ParseIf(start);
            case "for" or "select" or "foreach" when IsLoop(word.Length):
                _lexer.Position += word.Length;
                return ParseFor(start);
            case "while" or "until":
                _lexer.Position += 5;
                var condition = ParseUntil("do", "done");
                Expect("do", start);
                var loop = ParseUntil("done");
                Expect("done", start);
                return new ShellLoop { Start = place, Condition = condition, Body = loop };
            case "case":
                _lexer.Position += 4;
                return ParseCase(start);
            case "function":
                return ParseFunction(start);
            case "[[":
                _lexer.Position += 2;
                return ParseTest(start);
            default:
                return null;
        }
    }

    private bool IsLoop(int length) => _lexer.Peek(length) is ' ' or '\t' or '(' or '\\';

    private void Expect(string word, int start)
    {
        _lexer.SkipLines();
        if (_lexer.At(word))
            _lexer.Position += word.Length;
        else
            Error(start, $"a group that does not end with '{word}'");
    }

    private ShellIf ParseIf(int start)
    {
        var branches = new List<(ShellScript, ShellScript)>();
        ShellScript? otherwise = null;
        while (true)
        {
            var condition = ParseUntil("then", "fi", "elif", "else");
            Expect("then", start);
            var body = ParseUntil("fi", "elif", "else");
            branches.Add((condition, body));
            if (_lexer.PeekReserved() is "elif")
            {
                _lexer.Position += 4;
                continue;
            }

            if (_lexer.PeekReserved() is "else")
            {
                _lexer.Position += 4;
                otherwise = ParseUntil("fi");
            }

            Expect("fi", start);
            return new ShellIf { Start = _lexer.Place(start), Branches = branches, Otherwise = otherwise };
        }
    }

    private ShellLoop ParseFor(int start)
    {
        _lexer.SkipBlanks();
        string? variable = null;
        List<ShellWord>? items = null;
        if (_lexer.At("(("))
        {
            items = _lexer.ReadArithmetic() is { } head ? [head] : [];
        }
        else
        {
            variable = _lexer.ReadWord()?.Literal;
            _lexer.SkipLines();
            if (_lexer.Current == '(')
            {
                _lexer.Position++;
                items = ReadElements();
            }
            else if (_lexer.PeekReserved() is "in")
            {
                _lexer.Position += 2;
                items = [];
                for (_lexer.SkipBlanks(); _lexer.ReadWord() is { } item; _lexer.SkipBlanks())
                    items.Add(item);
            }
        }

        _lexer.SkipBlanks();
        if (_lexer.Current == ';')
            _lexer.Position++;
        _lexer.SkipLines();
        if (_lexer.PeekReserved() is "{")
        {
            _lexer.Position++;
            var group = ParseUntil("}");
            Expect("}", start);
            return new ShellLoop { Start = _lexer.Place(start), Variable = variable, Items = items, Body = group };
        }

        Expect("do", start);
        var body = ParseUntil("done");
        Expect("done", start);
        return new ShellLoop { Start = _lexer.Place(start), Variable = variable, Items = items, Body = body };
    }

    private ShellCase ParseCase(int start)
    {
        _lexer.SkipBlanks();
        var subject = _lexer.ReadWord() ?? new ShellWord { Start = _lexer.Place(_lexer.Position), Parts = [] };
        _lexer.SkipLines();
        var clauses = new List<(IReadOnlyList<ShellWord>, ShellScript)>();
        if (_lexer.PeekReserved() is "in")
            _lexer.Position += 2;
        else
            Error(start, "'case' without 'in'");
        while (true)
        {
            _lexer.SkipLines();
            if (_lexer.AtEnd || _lexer.PeekReserved() is "esac")
                break;
            if (_lexer.Current == '(')
                _lexer.Position++;
            var patterns = new List<ShellWord>();
            for (_lexer.SkipBlanks(); _lexer.ReadWord() is { } pattern; _lexer.SkipBlanks())
            {
                patterns.Add(pattern);
                _lexer.SkipBlanks();
                if (_lexer.Current == '|')
                    _lexer.Position++;
                else
                    break;
            }

            if (_lexer.Current == ')')
            {
                _lexer.Position++;
            }
            else
            {
                Error(_lexer.Position, "a pattern of 'case' that does not end");
                if (patterns.Count == 0)
                    _lexer.Position++;
            }

            var body = ParseUntil(";;", "esac");
            clauses.Add((patterns, body));
            if (_lexer.Current == ';')
                _lexer.Position += _lexer.At(";;&") ? 3 : 2;
        }

        Expect("esac", start);
        return new ShellCase { Start = _lexer.Place(start), Subject = subject, Clauses = clauses };
    }

    private ShellFunction? ParseFunction(int start)
    {
        _lexer.Position += "function".Length;
        _lexer.SkipBlanks();
        var name = _lexer.ReadWord()?.Literal;
        _lexer.SkipBlanks();
        if (_lexer.Current == '(' && _lexer.Peek(1) == ')')
            _lexer.Position += 2;
        if (name is null)
        {
            _lexer.Position = start;
            return null;
        }

        return FunctionBody(name, start);
    }

    private ShellFunction? FunctionBody(string name, int start)
    {
        _lexer.SkipLines();
        var body = ParseCommand();
        if (body is null)
        {
            Error(start, "a function without a body");
            return null;
        }

        return new ShellFunction { Start = _lexer.Place(start), Name = name, Body = body };
    }

    /// <summary>The words of <c>[[ … ]]</c>, among which comparisons and parentheses are no operators of the shell.</summary>
    private ShellTest ParseTest(int start)
    {
        var words = new List<ShellWord>();
        while (true)
        {
            _lexer.SkipLines();
            if (_lexer.AtEnd)
            {
                Error(start, "'[[' that does not end");
                break;
            }

            if (_lexer.PeekReserved() is var end && _lexer.At("]]") && end.IsEmpty && _lexer.Peek(2) is '\0' or ' ' or '\n' or ';' or '&' or '|' or ')' or '\t' or '\r')
            {
                _lexer.Position += 2;
                break;
            }

            if (_lexer.ReadWord() is { } word)
                words.Add(word);
            else
                _lexer.Position++;
        }

        return new ShellTest { Start = _lexer.Place(start), Words = words };
    }

    private List<ShellWord> ReadElements()
    {
        var elements = new List<ShellWord>();
        while (true)
        {
            _lexer.SkipLines();
            if (_lexer.Current == ')')
            {
                _lexer.Position++;
                return elements;
            }

            if (_lexer.AtEnd)
            {
                Error(_lexer.Position, "an array that does not end");
                return elements;
            }

            if (_lexer.ReadWord() is { } element)
                elements.Add(element);
            else
                _lexer.Position++;
        }
    }

    private ShellCommand? ParseSimple(int start)
    {
        var assignments = new List<ShellAssignment>();
        var words = new List<ShellWord>();
        List<ShellRedirection>? redirections = null;
        var declares = false;
        while (true)
        {
            _lexer.SkipBlanks();
            if (_lexer.ReadRedirection() is { } redirection)
            {
                (redirections ??= []).Add(redirection);
                continue;
            }

            if ((words.Count == 0 || declares) && ReadAssignment() is { } assignment)
            {
                assignments.Add(assignment);
                continue;
            }

            var at = _lexer.Position;
            if (_lexer.ReadWord() is not { } word)
                break;
            words.Add(word);
            if (words.Count > 1)
                continue;
            var name = word.Literal;
            declares = name is not null && Array.IndexOf(Declaring, name) >= 0;
            if (name is null || assignments.Count > 0)
                continue;
            var behind = _lexer.Position;
            _lexer.SkipBlanks();
            if (_lexer.Current == '(')
            {
                _lexer.Position++;
                _lexer.SkipBlanks();
                if (_lexer.Current == ')')
                {
                    _lexer.Position++;
                    return FunctionBody(name, at);
                }
            }

            _lexer.Position = behind;
        }

        if (assignments.Count == 0 && words.Count == 0 && redirections is null)
            return null;
        return new ShellSimple { Start = _lexer.Place(start), Assignments = assignments, Words = words, Redirections = redirections ?? [] };
    }

    private ShellAssignment? ReadAssignment()
    {
        var start = _lexer.Position;
        var length = _lexer.AssignmentLength(out var nameLength, out var subscript);
        if (length == 0)
            return null;
        var name = _lexer.Text(start, nameLength);
        var appends = _lexer.Text(start + length - 2, 1) == "+";
        _lexer.Position += length;
        if (_lexer.Current == '(')
        {
            _lexer.Position++;
            var elements = ReadElements();
            return new ShellAssignment { Start = _lexer.Place(start), End = _lexer.Place(_lexer.Position), Name = name, Subscript = subscript, Appends = appends, Elements = elements };
        }

        var value = _lexer.ReadWord() ?? new ShellWord { Start = _lexer.Place(_lexer.Position), Parts = [] };
        return new ShellAssignment { Start = _lexer.Place(start), End = _lexer.Place(_lexer.Position), Name = name, Subscript = subscript, Appends = appends, Value = value };
    }
}
