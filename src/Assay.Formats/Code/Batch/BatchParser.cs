using System.Text;

namespace Assay.Formats;

/// <summary>What a <see cref="BatchNode"/> is.</summary>
public enum BatchNodeKind
{
    /// <summary>One command: <see cref="BatchNode.Text"/>.</summary>
    Command,

    /// <summary>Commands in order: a block in parentheses, or commands joined by <c>&amp;</c>, <c>&amp;&amp;</c>, <c>||</c>.</summary>
    Block,

    /// <summary>Commands, each fed with the output of the one before.</summary>
    Pipe,

    /// <summary>The condition is <see cref="BatchNode.Text"/>; the items are what happens then, and else.</summary>
    If,

    /// <summary>A loop: <see cref="BatchNode.Text"/> is its head up to <c>do</c>, the item its body.</summary>
    For,
}

/// <summary>A redirection: <c>&gt;&gt; file</c>.</summary>
/// <param name="Input">Whether it reads.</param>
/// <param name="Append">Whether it appends.</param>
/// <param name="Target">The file as written.</param>
public readonly record struct BatchRedirect(bool Input, bool Append, string Target);

/// <summary>A command of a batch script with what belongs to it.</summary>
/// <param name="kind">What it is.</param>
/// <param name="index">First character of its line in the script.</param>
public sealed class BatchNode(BatchNodeKind kind, int index)
{
    /// <summary>What it is.</summary>
    public BatchNodeKind Kind => kind;

    /// <summary>First character of its line in the script.</summary>
    public int Index => index;

    /// <summary>The command, condition or head, carets resolved.</summary>
    public string Text { get; set; } = "";

    /// <summary>The parts.</summary>
    public List<BatchNode> Items { get; } = [];

    /// <summary>Redirections in order.</summary>
    public List<BatchRedirect> Redirects { get; } = [];
}

/// <summary>
/// Reads a batch script command by command, as the command interpreter does: a line is expanded when it is read, and only then divided.
/// Source: the documented phases of cmd.exe (expansion, special characters, delayed expansion).
/// </summary>
public sealed class BatchParser
{
    private const int MaxDepth = 40;

    private readonly string _script;
    private readonly WorkBudget _budget;
    private readonly List<(int Start, int Length)> _lines = [];
    private Func<string, string> _expand = static s => s;
    private string _line = "";
    private int _at;
    private int _next;
    private int _index;
    private int _depth;

    /// <summary>Prepares a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="budget">Charged for the commands.</param>
    public BatchParser(string script, WorkBudget budget)
    {
        _script = script;
        _budget = budget;
        var at = 0;
        while (at < script.Length)
        {
            var end = script.AsSpan(at).IndexOf('\n');
            var stop = end < 0 ? script.Length : at + end;
            var length = stop - at;
            if (length > 0 && script[stop - 1] == '\r')
                length--;
            _lines.Add((at, length));
            at = stop + 1;
        }
    }

    /// <summary>Lines of the script.</summary>
    public int LineCount => _lines.Count;

    /// <summary>The characters of a line counted from 0.</summary>
    public ReadOnlySpan<char> Line(int line) => _script.AsSpan(_lines[line].Start, _lines[line].Length);

    /// <summary>First character of a line counted from 0.</summary>
    public int StartOf(int line) => _lines[line].Start;

    /// <summary>Reads the command that begins on a line; moves <paramref name="line"/> behind it.</summary>
    /// <param name="line">Line counted from 0.</param>
    /// <param name="expand">Expands variables of a line; called once for each line read.</param>
    /// <returns>The command; null for an empty line, a label or a remark.</returns>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public BatchNode? Read(ref int line, Func<string, string> expand)
    {
        _expand = expand;
        _next = line;
        _depth = 0;
        BatchNode? node = null;
        if (Advance())
        {
            var trimmed = _line.AsSpan().TrimStart(" \t,;=");
            if (!trimmed.StartsWith(":"))
                node = Sequence();
        }

        line = Math.Max(line + 1, _next);
        return node;
    }

    private char Here => _at < _line.Length ? _line[_at] : '\0';

    private bool Advance()
    {
        if (_next >= _lines.Count)
            return false;
        var (start, length) = _lines[_next++];
        _index = start;
        var raw = _script.Substring(start, length);
        _budget.ChargeElements(1 + (length >> 5), start);
        // A label line is no command, even inside of a block.
        _line = raw.AsSpan().TrimStart().StartsWith(":") ? raw : _expand(raw);
        _at = 0;
        return true;
    }

    private void SkipBlank()
    {
        while (_at < _line.Length && (_line[_at] is ' ' or '\t' or ',' or ';' or '=' or '\v' or '\f' or '\u00a0'))
            _at++;
    }

    /// <summary>Commands up to the end of the line, or the bracket that closes the block.</summary>
    private BatchNode Sequence()
    {
        var first = Pipeline();
        SkipSpaces();
        if (Here != '&' && !(Here == '|' && _at + 1 < _line.Length && _line[_at + 1] == '|'))
            return first;
        var block = new BatchNode(BatchNodeKind.Block, first.Index);
        block.Items.Add(first);
        while (true)
        {
            SkipSpaces();
            if (Here == '&')
                _at += _at + 1 < _line.Length && _line[_at + 1] == '&' ? 2 : 1;
            else if (Here == '|' && _at + 1 < _line.Length && _line[_at + 1] == '|')
                _at += 2;
            else
                return block;
            var before = _at;
            block.Items.Add(Pipeline());
            if (_at == before && _at < _line.Length && Here is not ('&' or '|' or ')'))
                _at++;
        }
    }

    private void SkipSpaces()
    {
        while (_at < _line.Length && _line[_at] is ' ' or '\t')
            _at++;
    }

    private BatchNode Pipeline()
    {
        var first = One();
        SkipSpaces();
        if (Here != '|' || (_at + 1 < _line.Length && _line[_at + 1] == '|'))
            return first;
        var pipe = new BatchNode(BatchNodeKind.Pipe, first.Index);
        pipe.Items.Add(first);
        while (Here == '|' && !(_at + 1 < _line.Length && _line[_at + 1] == '|'))
        {
            _at++;
            pipe.Items.Add(One());
            SkipSpaces();
        }

        return pipe;
    }

    private bool IsWord(string word)
    {
        if (string.Compare(_line, _at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0)
            return false;
        var end = _at + word.Length;
        return end >= _line.Length || _line[end] is ' ' or '\t' or '(' or ',' or ';' or '=' or '/' or '"' or '&' or '|' or '%';
    }

    private BatchNode One()
    {
        _budget.ChargeElements(1, _index);
        SkipBlank();
        while (Here == '@')
        {
            _at++;
            SkipBlank();
        }

        var node = new BatchNode(BatchNodeKind.Command, _index + Math.Min(_at, _line.Length));
        if (_depth >= MaxDepth)
        {
            Simple(node);
            return node;
        }

        if (Here == '(')
        {
            _depth++;
            _at++;
            var block = Block(node.Index);
            _depth--;
            Redirections(block);
            return block;
        }

        if (Here is '<' or '>')
        {
            // A redirection in front of its command.
            Redirections(node);
            var rest = One();
            rest.Redirects.AddRange(node.Redirects);
            return rest;
        }

        if (IsWord("if"))
            return If(node.Index);
        if (IsWord("for"))
            return For(node.Index);
        Simple(node);
        return node;
    }

    private BatchNode Block(int index)
    {
        var block = new BatchNode(BatchNodeKind.Block, index);
        while (true)
        {
            SkipSpaces();
            if (_at >= _line.Length)
            {
                if (!Advance())
                    return block;
                if (_line.AsSpan().TrimStart().StartsWith(":"))
                    _at = _line.Length;
                continue;
            }

            if (Here == ')')
            {
                _at++;
                return block;
            }

            var (before, line) = (_at, _next);
            block.Items.Add(Sequence());
            if (_at == before && _next == line)
                _at++;
        }
    }

    private BatchNode If(int index)
    {
        var node = new BatchNode(BatchNodeKind.If, index);
        _at += 2;
        var start = _at;
        SkipBlank();
        if (IsWord("/i"))
        {
            _at += 2;
            SkipBlank();
        }

        if (IsWord("not"))
        {
            _at += 3;
            SkipBlank();
        }

        // One operand for exist, defined, errorlevel and cmdextversion; otherwise two around an operator.
        if (IsWord("exist") || IsWord("defined") || IsWord("errorlevel") || IsWord("cmdextversion"))
        {
            Operand();
            SkipBlank();
            Operand();
        }
        else
        {
            Operand();
            var end = _at;
            while (end < _line.Length && _line[end] is ' ' or '\t')
                end++;
            if (end + 1 < _line.Length && _line[end] == '=' && _line[end + 1] == '=')
            {
                _at = end + 2;
                SkipBlank();
                Operand();
            }
            else if (!_line.AsSpan(start, _at - start).Contains("==", StringComparison.Ordinal))
            {
                _at = end;
                Operand(); // equ, neq, lss …
                SkipBlank();
                Operand();
            }
        }

        node.Text = _line[Math.Min(start, _at).._at].Trim();
        _depth++;
        node.Items.Add(Pipeline());
        var mark = _at;
        SkipSpaces();
        if (IsWord("else"))
        {
            _at += 4;
            node.Items.Add(Pipeline());
        }
        else
        {
            _at = mark;
        }

        _depth--;
        return node;
    }

    private void Operand()
    {
        var quoted = false;
        for (; _at < _line.Length; _at++)
        {
            var c = _line[_at];
            if (c == '"')
                quoted = !quoted;
            else if (!quoted && c == '^' && _at + 1 < _line.Length)
                _at++;
            else if (!quoted && (c is ' ' or '\t' or ',' or ';'))
                return;
            else if (!quoted && c == '=' && _at + 1 < _line.Length && _line[_at + 1] == '=')
                return;
            else if (!quoted && c == '(' && _at > 0 && _line[_at - 1] == '"')
                return;
        }
    }

    private BatchNode For(int index)
    {
        var node = new BatchNode(BatchNodeKind.For, index);
        _at += 3;
        var head = new StringBuilder();
        var quoted = false;
        var depth = 0;
        for (var lines = 0; lines < 50;)
        {
            if (_at >= _line.Length)
            {
                if (depth == 0 || !Advance())
                    break;
                lines++;
                head.Append(' ');
                continue;
            }

            var c = _line[_at];
            if (c == '"')
                quoted = !quoted;
            if (!quoted && c == '^' && _at + 1 < _line.Length)
            {
                head.Append(_line[_at + 1]);
                _at += 2;
                continue;
            }

            depth += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth == 0 && !quoted && c is 'd' or 'D' && IsWord("do") && head.Length > 0 && head[^1] is ' ' or '\t' or ')' && depth == 0)
                break;
            head.Append(c);
            _at++;
        }

        node.Text = head.ToString().Trim();
        if (IsWord("do"))
        {
            _at += 2;
            _depth++;
            node.Items.Add(Pipeline());
            _depth--;
        }

        return node;
    }

    /// <summary>A command up to what ends it; quotes stay, carets are resolved, redirections are taken out.</summary>
    private void Simple(BatchNode node)
    {
        var text = new StringBuilder();
        var quoted = false;
        var remark = IsWord("rem");
        while (true)
        {
            if (_at >= _line.Length)
                break;
            var c = _line[_at];
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '^' && !quoted)
            {
                _at++;
                if (_at >= _line.Length)
                {
                    if (remark || !Advance())
                        break;
                    if (_at < _line.Length)
                        text.Append(_line[_at++]); // the first character of the next line is taken as it is
                    continue;
                }

                text.Append(_line[_at++]);
                continue;
            }
            else if (!quoted && !remark)
            {
                if (c is '&' or '|' || (c == ')' && _depth > 0))
                    break;
                if (c is '<' or '>')
                {
                    // The digit of a stream belongs to the redirection.
                    if (text.Length > 0 && char.IsAsciiDigit(text[^1]) && (text.Length == 1 || text[^2] is ' ' or '\t' or '"' or ')'))
                    {
                        if (text[^1] == '2')
                        {
                            var scratch = new BatchNode(BatchNodeKind.Command, node.Index);
                            text.Length--;
                            Redirections(scratch);
                            continue;
                        }

                        text.Length--;
                    }

                    Redirections(node);
                    continue;
                }
            }

            text.Append(c);
            _at++;
        }

        node.Text = text.ToString();
    }

    private void Redirections(BatchNode node)
    {
        while (true)
        {
            SkipSpaces();
            var skip = _at + 1 < _line.Length && char.IsAsciiDigit(Here) && _line[_at + 1] is '<' or '>' ? 1 : 0;
            if (_at + skip >= _line.Length || _line[_at + skip] is not ('<' or '>'))
                return;
            _at += skip;
            var input = Here == '<';
            _at++;
            var append = Here == '>';
            if (append)
                _at++;
            SkipSpaces();
            if (Here == '&')
            {
                _at += 2;
                continue;
            }

            var target = new StringBuilder();
            var quoted = false;
            for (; _at < _line.Length; _at++)
            {
                var c = _line[_at];
                if (c == '"')
                    quoted = !quoted;
                else if (!quoted && c == '^' && _at + 1 < _line.Length)
                    target.Append(_line[++_at]);
                else if (!quoted && (c is ' ' or '\t' or '&' or '|' or '<' or '>' or ';' or ',' || (c == ')' && _depth > 0)))
                    break;
                else
                    target.Append(c);
            }

            if (skip == 0 || target.Length > 0 && !target.ToString().Equals("nul", StringComparison.OrdinalIgnoreCase))
                node.Redirects.Add(new BatchRedirect(input, append, target.ToString()));
        }
    }
}
