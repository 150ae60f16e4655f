namespace Assay.Scanning;

/// <summary>
/// Takes the markup off running text: what is left is what its reader sees. HTML that hides its content opens a state that lasts until
/// it is closed, over as many paragraphs as it takes.
/// </summary>
/// <param name="pieces">Where finished pieces go.</param>
/// <param name="definitions">Targets of reference links by their label, lower case.</param>
internal sealed class InlineReader(List<Piece> pieces, IReadOnlyDictionary<string, string> definitions)
{
    private const int MaxBrackets = 64;
    private const int MaxCodeSpan = 4096;
    private const int MaxTarget = 4096;

    /// <summary>Descriptions of pictures shorter than this say nothing that matters.</summary>
    private const int MinAttribute = 24;

    private readonly PieceText _visible = new();
    private readonly PieceText _concealed = new();
    private readonly List<PieceLink> _links = [];
    private readonly List<(int Start, int Length)> _codeSpans = [];
    private readonly List<(int Out, bool IsImage)> _brackets = [];
    private readonly int[] _noClosing = new int[65];

    private string? _hiddenBy;
    private int _hiddenDepth;
    private (string Target, int Out, int Index)? _anchor;

    // The run in hand.
    private string _text = "";
    private int[]? _map;
    private int _end;
    private bool _isMarkdown;
    private bool _hardBreaks;
    private PieceKind _kind;
    private bool _noCommentEnd;
    private bool _isCode;

    /// <summary>Reads a paragraph, heading, entry or row of Markdown.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">Its source, lines joined by line breaks.</param>
    /// <param name="map">The character of the file for each character.</param>
    /// <param name="hardBreaks">Whether each line stands for itself.</param>
    public void ReadBlock(PieceKind kind, string text, int[] map, bool hardBreaks)
    {
        Begin(kind, text, map, 0, text.Length);
        (_isMarkdown, _hardBreaks) = (true, hardBreaks);
        Run(0);
        Flush();
        if (_hiddenBy is "p" or "li" or "td")
            _hiddenBy = null;
    }

    /// <summary>Reads a page of HTML.</summary>
    public void ReadPage(string text)
    {
        Begin(PieceKind.Paragraph, text, null, 0, text.Length);
        (_isMarkdown, _hardBreaks) = (false, false);
        Run(0);
        Flush();
    }

    private void Begin(PieceKind kind, string text, int[]? map, int start, int end)
    {
        (_kind, _text, _map, _end, _noCommentEnd, _isCode) = (kind, text, map, end, false, false);
        _brackets.Clear();
        _anchor = null;
        Array.Fill(_noClosing, start);
    }

    private int At(int index) => _map is null ? index : index < _map.Length ? _map[index] : _map.Length == 0 ? 0 : _map[^1] + 1;

    private void Run(int start)
    {
        for (var i = start; i < _end;)
        {
            var c = _text[i];
            switch (c)
            {
                case '<':
                    i = ReadAngle(i);
                    break;
                case '&' when CharacterReference.Read(_text.AsSpan(0, _end), i) is { Length: > 0 } reference:
                    Put(reference.Value, i);
                    i += reference.Length;
                    break;
                case '\r' or '\n':
                    PutBreak(i++);
                    break;
                case '\\' when _isMarkdown && i + 1 < _end && char.IsAsciiLetterOrDigit(_text[i + 1]) is false && !char.IsWhiteSpace(_text[i + 1]) && _text[i + 1] < 128:
                    Put(_text[i + 1], i + 1);
                    i += 2;
                    break;
                case '`' when _isMarkdown:
                    i = ReadCodeSpan(i);
                    break;
                case '*' when _isMarkdown:
                    i++;
                    break;
                case '_' when _isMarkdown && !(i > 0 && char.IsLetterOrDigit(_text[i - 1]) && i + 1 < _end && (char.IsLetterOrDigit(_text[i + 1]) || _text[i + 1] == '_')):
                    if (i > 0 && IsNameCharacter(_text[i - 1]) && i + 1 < _end && IsNameCharacter(_text[i + 1]))
                        Put(c, i);
                    i++;
                    break;
                case '~' when _isMarkdown && i + 1 < _end && _text[i + 1] == '~':
                    i += 2;
                    break;
                case '[' when _isMarkdown:
                    if (_brackets.Count < MaxBrackets)
                    {
                        var isImage = _visible.Length > 0 && _visible.Last == '!' && i > 0 && _text[i - 1] == '!';
                        _brackets.Add((_visible.Length, isImage));
                    }

                    i++;
                    break;
                case ']' when _isMarkdown && _brackets.Count > 0:
                    i = ReadLink(i);
                    break;
                default:
                    Put(c, i++);
                    break;
            }
        }
    }

    private static bool IsNameCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '/' or '-';

    private void Put(char c, int index)
    {
        // Marks without width split words for a program and not for a person; they are told apart elsewhere.
        if (c >= 0xAD && InvisibleText.IsIgnored(c))
            return;
        (_hiddenBy is null ? _visible : _concealed).Add(c is '\t' or '\u00A0' or '\u3000' ? ' ' : c, At(index));
    }

    private void PutBreak(int index)
    {
        var into = _hiddenBy is null ? _visible : _concealed;
        if (_isCode || _hardBreaks || (_isMarkdown && index > 0 && (_text[index - 1] == '\\' || (index > 1 && _text[index - 1] == ' ' && _text[index - 2] == ' '))))
        {
            into.Add('\n', At(index));
            return;
        }

        // Scripts that are written without spaces go on in the next line.
        if (into.Length > 0 && into.Last is not (' ' or '\n') && into.Last < 0x2E80)
            into.Add(' ', At(index));
    }

    private int ReadCodeSpan(int at)
    {
        var run = at;
        while (run < _end && _text[run] == '`')
            run++;
        var count = run - at;
        if (count <= 64)
        {
            for (var i = Math.Max(run, _noClosing[count]); i < _end && i - run < MaxCodeSpan;)
            {
                var next = _text.IndexOf('`', i, Math.Min(_end - i, MaxCodeSpan));
                if (next < 0)
                {
                    _noClosing[count] = Math.Min(_end, i + MaxCodeSpan);
                    break;
                }

                var close = next;
                while (close < _end && _text[close] == '`')
                    close++;
                if (close - next == count)
                {
                    var into = _hiddenBy is null ? _visible : _concealed;
                    var start = into.Length;
                    for (var k = run; k < next; k++)
                        Put(_text[k] is '\r' or '\n' ? ' ' : _text[k], k);
                    if (_hiddenBy is null)
                        _codeSpans.Add((start, into.Length - start));
                    return close;
                }

                i = close;
                _noClosing[count] = i;
            }
        }

        for (var k = at; k < run; k++)
            Put('`', k);
        return run;
    }

    /// <summary>At a closing bracket: what follows tells whether it was a link.</summary>
    private int ReadLink(int at)
    {
        var (start, isImage) = _brackets[^1];
        _brackets.RemoveAt(_brackets.Count - 1);
        var next = at + 1;
        string? target = null;
        var after = next;
        if (next < _end && _text[next] == '(')
            (target, after) = ReadTarget(next + 1);
        else if (next < _end && _text[next] == '[' && _text.IndexOf(']', next, Math.Min(_end - next, 256)) is > 0 and var close)
            (target, after) = (definitions.GetValueOrDefault((close == next + 1 ? _visible.From(start) : _text[(next + 1)..close]).ToLowerInvariant()), close + 1);
        else if (definitions.Count > 0 && _visible.Length - start < 256)
            target = definitions.GetValueOrDefault(_visible.From(Math.Min(start, _visible.Length)).ToLowerInvariant());

        if (target is null)
            return next;
        if (_hiddenBy is null && start <= _visible.Length && _links.Count < 5000)
            _links.Add(new PieceLink(_visible.Length - start > 500 ? "" : _visible.From(start).Trim(), CharacterReference.Decode(target), At(at), isImage));
        return after;
    }

    private (string? Target, int After) ReadTarget(int at)
    {
        var limit = Math.Min(_end, at + MaxTarget);
        var i = at;
        while (i < limit && char.IsWhiteSpace(_text[i]))
            i++;
        string target;
        if (i < limit && _text[i] == '<')
        {
            var close = _text.IndexOfAny(['>', '\n'], i, limit - i);
            if (close < 0 || _text[close] == '\n')
                return (null, at);
            target = _text[(i + 1)..close];
            i = close + 1;
        }
        else
        {
            var from = i;
            var depth = 0;
            for (; i < limit && !char.IsWhiteSpace(_text[i]); i++)
            {
                if (_text[i] == '(' && ++depth > 32)
                    return (null, at);
                if (_text[i] == ')' && --depth < 0)
                    break;
            }

            target = _text[from..Math.Min(i, limit)];
        }

        // A title may follow.
        for (var quote = '\0'; i < limit; i++)
        {
            var c = _text[i];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'')
                quote = c;
            else if (c == ')')
                return (target, i + 1);
            else if (!char.IsWhiteSpace(c))
                return (null, at);
        }

        return (null, at);
    }

    private int ReadAngle(int at)
    {
        if (at + 3 < _end && _text[at + 1] == '!')
            return ReadDeclaration(at);
        if (ReadAutolink(at) is > 0 and var behind)
            return behind;
        if (!MarkupTag.TryRead(_text, at, _end, out var tag))
        {
            Put('<', at);
            return at + 1;
        }

        if (!tag.Closes && tag.Name is "script" or "style" or "template" or "noscript")
        {
            var close = _text.IndexOf("</" + tag.Name, tag.End, _end - tag.End, StringComparison.OrdinalIgnoreCase);
            return close < 0 ? _end : close;
        }

        if (_hiddenBy is not null)
            TrackHidden(tag);
        else if (!tag.Closes && !tag.IsVoid && _kind != PieceKind.Code && tag.Hides())
            (_hiddenBy, _hiddenDepth) = (tag.Name, 1);

        if (tag.Name is "pre" or "code" && !_isMarkdown)
            ReadCodeTag(tag);
        else if (tag.IsBlock && !_isMarkdown)
            EndBlock(tag);
        else if (tag.IsBlock)
            Put(tag.Name is "td" or "th" ? '|' : '\n', at);
        ReadLinkTag(tag, at);
        return tag.End;
    }

    private int ReadAutolink(int at)
    {
        var limit = Math.Min(_end, at + MaxTarget);
        var i = at + 1;
        while (i < limit && (char.IsAsciiLetterOrDigit(_text[i]) || _text[i] is '+' or '.' or '-'))
            i++;
        if (i >= limit || _text[i] != ':' || i - at is < 3 or > 20)
            return 0;
        var start = at + 1;
        while (i < limit && !char.IsWhiteSpace(_text[i]) && _text[i] is not ('<' or '>' or '"'))
            i++;
        if (i >= limit || _text[i] != '>')
            return 0;
        for (var k = start; k < i; k++)
            Put(_text[k], k);
        return i + 1;
    }

    private int ReadDeclaration(int at)
    {
        if (!_text.AsSpan(at, Math.Min(4, _end - at)).StartsWith("<!--"))
        {
            var close = _text.IndexOf('>', at, Math.Min(_end - at, 2000));
            if (close > 0)
                return close + 1;
            Put('<', at);
            return at + 1;
        }

        var end = _noCommentEnd ? -1 : _text.IndexOf("-->", at + 4 > _end ? _end : at + 4, Math.Max(0, _end - at - 4), StringComparison.Ordinal);
        if (end < 0)
        {
            _noCommentEnd = true;
            // Browsers take all the rest for a comment; in Markdown it is text.
            if (_isMarkdown)
            {
                Put('<', at);
                return at + 1;
            }

            end = _end;
        }

        AddRaw(PieceKind.Comment, Math.Min(at + 4, end), end);
        return Math.Min(_end, end + 3);
    }

    /// <summary>Adds a part of the source as it stands.</summary>
    private void AddRaw(PieceKind kind, int start, int end)
    {
        var text = new PieceText();
        for (var i = start; i < end; i++)
            text.Add(_text[i], At(i));
        if (text.Take(kind) is { } piece)
            pieces.Add(piece);
    }

    private void TrackHidden(MarkupTag tag)
    {
        if (tag.Name != _hiddenBy || (tag.IsVoid && !tag.Closes))
            return;
        _hiddenDepth += tag.Closes ? -1 : 1;
        if (_hiddenDepth > 0)
            return;
        _hiddenBy = null;
        if (_concealed.Take(PieceKind.Hidden) is { } piece)
            pieces.Add(piece);
    }

    private void ReadCodeTag(MarkupTag tag)
    {
        if (tag.Name == "code" && !_isCode)
        {
            if (!tag.Closes)
                _brackets.Add((_visible.Length, false));
            else if (_brackets.Count > 0)
                _codeSpans.Add((_brackets[^1].Out, Math.Max(0, _visible.Length - _brackets[^1].Out)));
            if (_brackets.Count > MaxBrackets || tag.Closes)
                _brackets.Clear();
        }
        else if (tag.Name == "pre")
        {
            Flush();
            _isCode = !tag.Closes;
            _kind = _isCode ? PieceKind.Code : PieceKind.Paragraph;
        }
    }

    private void EndBlock(MarkupTag tag)
    {
        if (_isCode)
        {
            if (tag.Name is "br" or "div")
                Put('\n', tag.End - 1);
            return;
        }

        if (tag.Name is "td" or "th")
        {
            Put('|', tag.End - 1);
            return;
        }

        if (_anchor is null)
            Flush();
        else
            Put('\n', tag.End - 1);
        if (!tag.Closes)
            _kind = tag.Name switch { "li" => PieceKind.Item, "tr" => PieceKind.Row, ['h', >= '1' and <= '6'] => PieceKind.Heading, "br" => _kind, _ => PieceKind.Paragraph };
    }

    private void ReadLinkTag(MarkupTag tag, int at)
    {
        if (tag.Closes)
        {
            if (tag.Name == "a" && _anchor is { } open)
            {
                if (open.Out <= _visible.Length)
                    _links.Add(new PieceLink(_visible.Length - open.Out > 500 ? "" : _visible.From(open.Out).Trim(), open.Target, open.Index));
                _anchor = null;
            }

            return;
        }

        switch (tag.Name)
        {
            case "a" or "area" when tag["href"] is { } target:
                _anchor = (target, _visible.Length, At(at));
                break;
            case "img" or "iframe" or "embed" or "object" or "video" or "audio" or "source" when (tag["src"] ?? tag["data"]) is { } source:
                if (_links.Count < 5000)
                    _links.Add(new PieceLink("", source, At(at), IsLoaded: true));
                break;
            case "form" or "button" when (tag["action"] ?? tag["formaction"]) is { Length: > 0 } action:
                _links.Add(new PieceLink("", action, At(at)));
                break;
        }

        if ((tag["alt"] ?? tag["title"] ?? tag["aria-label"]) is { Length: >= MinAttribute } described)
            pieces.Add(new Piece(PieceKind.Attribute, described, [(0, At(at))]));
    }

    /// <summary>Ends the piece in hand.</summary>
    private void Flush()
    {
        if (_concealed.Length > 0 && _concealed.Take(PieceKind.Hidden) is { } concealed)
            pieces.Add(concealed);
        var piece = _visible.Take(_kind);
        if (piece is null && _links.Count > 0)
            piece = new Piece(_kind, "", [(0, _links[0].Index)]);
        if (piece is not null)
        {
            piece.Links.AddRange(_links);
            piece.CodeSpans.AddRange(_codeSpans);
            pieces.Add(piece);
        }

        _links.Clear();
        _codeSpans.Clear();
        _brackets.Clear();
    }
}
