using System.Buffers;
using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Reads a text for people (Markdown, reStructuredText, plain text, HTML) as they would: pieces without markup, each with its place.
/// Linear in the text; tolerant: whatever is no markup is text.
/// </summary>
internal sealed class ReaderView
{
    /// <summary>A longer paragraph is read in parts.</summary>
    private const int MaxParagraph = 1 << 15;

    /// <summary>In a longer paragraph each line stands for itself: it is a list of something.</summary>
    private const int MaxJoinedLines = 60;

    private static readonly SearchValues<char> InfoEnds = SearchValues.Create(" \t{},:;=");

    private readonly SourceText _source;
    private readonly WorkBudget _budget;
    private readonly List<Piece> _pieces = [];
    private readonly InlineReader _inline;

    private readonly StringBuilder _paragraph = new();
    private readonly List<int> _places = [];
    private PieceKind _kind = PieceKind.Paragraph;
    private int _paragraphLines;

    private PieceText? _code;
    private string _codeInfo = "";
    private char _fence;
    private int _fenceLength;
    private string? _raw;
    private PieceKind _rawKind;
    private bool _inList;
    private bool _literalFollows;

    private ReaderView(SourceText source, WorkBudget budget)
    {
        (_source, _budget) = (source, budget);
        _inline = new InlineReader(_pieces, Definitions());
    }

    /// <summary>The pieces of a text, in its order.</summary>
    /// <param name="source">The text.</param>
    /// <param name="isPage">Whether it is HTML as a whole.</param>
    /// <param name="budget">Charged for the work.</param>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static IReadOnlyList<Piece> Read(SourceText source, bool isPage, WorkBudget budget)
    {
        budget.ChargeElements(1 + (source.Text.Length >> 4), 0);
        var reader = new ReaderView(source, budget);
        if (isPage)
            reader._inline.ReadPage(source.Text);
        else
            reader.ReadLines();
        return reader._pieces;
    }

    /// <summary><c>[label]: target</c>, wherever it stands.</summary>
    private Dictionary<string, string> Definitions()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = _source.Text;
        for (var at = text.IndexOf("]:", StringComparison.Ordinal); at >= 0 && all.Count < 5000; at = text.IndexOf("]:", at + 2, StringComparison.Ordinal))
        {
            var start = at;
            while (start > 0 && at - start < 256 && text[start - 1] is not ('\n' or '\r'))
                start--;
            var label = text.AsSpan(start, at - start).TrimStart();
            if (label is not ['[', ..])
                continue;
            var end = at + 2;
            while (end < text.Length && text[end] is ' ' or '\t')
                end++;
            var from = end;
            while (end < text.Length && end - from < 4096 && !char.IsWhiteSpace(text[end]))
                end++;
            if (end > from)
                all.TryAdd(label[1..].ToString().ToLowerInvariant(), text[from..end].Trim('<', '>'));
        }

        return all;
    }

    private void ReadLines()
    {
        var first = 1;
        if (_source.Line(1).TrimEnd() is "---")
            first = ReadFrontMatter();
        for (var line = first; line <= _source.LineCount; line++)
        {
            if ((line & 0xFFF) == 0)
                _budget.CheckClock(_source.StartOf(line));
            ReadLine(_source.Line(line), _source.StartOf(line));
        }

        if (_raw is not null)
            Add(_rawKind == PieceKind.Attribute ? null : _code!.Take(_rawKind));
        else
            EndCode();
        EndParagraph();
    }

    private int ReadFrontMatter()
    {
        var text = new PieceText();
        for (var line = 2; line <= _source.LineCount && line < 5000; line++)
        {
            var content = _source.Line(line);
            if (content.TrimEnd() is "---" or "...")
            {
                Add(text.Take(PieceKind.FrontMatter));
                return line + 1;
            }

            text.Add(content, _source.StartOf(line));
            text.Add('\n', _source.StartOf(line) + content.Length);
        }

        return 2;
    }

    private void ReadLine(ReadOnlySpan<char> line, int start)
    {
        if (_raw is not null)
        {
            ReadRaw(line, start);
            return;
        }

        if (_fence != '\0')
        {
            ReadFenced(line, start);
            return;
        }

        var content = Strip(line, out var indent);
        var at = start + line.Length - content.Length;
        if (content.IsEmpty)
        {
            if (_code is not null)
                _code.Add('\n', at);
            EndParagraph();
            return;
        }

        if (_code is not null)
        {
            if (indent >= 2)
            {
                _code.Add(content, at);
                _code.Add('\n', at + content.Length);
                return;
            }

            EndCode();
        }

        if (indent >= 4 && _paragraph.Length == 0 && (!_inList || indent >= 8 || _literalFollows))
        {
            _code = new PieceText();
            _code.Add(content, at);
            _code.Add('\n', at + content.Length);
            return;
        }

        if (indent == 0)
            _literalFollows = false;
        ReadContent(content, at, indent);
    }

    private void ReadContent(ReadOnlySpan<char> content, int at, int indent)
    {
        if (OpensFence(content))
            return;
        if (content.StartsWith("<!--") && content.IndexOf("-->") < 0)
        {
            OpenRaw("-->", PieceKind.Comment, content[4..], at + 4);
            return;
        }

        if (content[0] == '<' && StartsWithTag(content, out var closing))
        {
            var behind = content.IndexOf('>') + 1;
            if (content.IndexOf(closing, StringComparison.OrdinalIgnoreCase) < 0)
            {
                OpenRaw(closing, closing == "</pre>" ? PieceKind.Code : PieceKind.Attribute, content[behind..], at + behind);
                return;
            }
        }

        if (IsCommentDefinition(content))
        {
            EndParagraph();
            AddRaw(PieceKind.Comment, content[content.IndexOf(':')..], at + content.IndexOf(':'));
            return;
        }

        if (content[0] == '.' && content.StartsWith(".. "))
        {
            // reStructuredText: a directive with code, or a comment.
            EndParagraph();
            var directive = content.IndexOf("::");
            if (directive < 0 && !content.StartsWith(".. _") && !content.StartsWith(".. ["))
                AddRaw(PieceKind.Comment, content[3..], at + 3);
            _codeInfo = directive > 0 && content[3..directive] is "code" or "code-block" or "sourcecode" ? content[(directive + 2)..].Trim().ToString().ToLowerInvariant() : "";
            _literalFollows = true;
            return;
        }

        var heading = HeadingLevel(content);
        if (heading > 0)
        {
            EndParagraph();
            _inList = false;
            _kind = PieceKind.Heading;
            AddLine(content[heading..].Trim().TrimEnd('#'), at + heading + LeadingSpace(content[heading..]));
            EndParagraph();
            return;
        }

        if (content[0] is '=' or '-' && content.Trim(content[0]).IsWhiteSpace() && content.Length >= 2)
        {
            if (_paragraph.Length > 0 && _kind == PieceKind.Paragraph)
                _kind = PieceKind.Heading;
            EndParagraph();
            return;
        }

        var marker = MarkerLength(content);
        if (marker > 0)
        {
            EndParagraph();
            _inList = true;
            _kind = PieceKind.Item;
            var rest = content[marker..];
            var skipped = LeadingSpace(rest);
            if (skipped == rest.Length)
                return;
            if (OpensFence(rest[skipped..]))
                return;
            AddLine(rest[skipped..], at + marker + skipped);
            return;
        }

        if (IsRow(content))
        {
            EndParagraph();
            if (content.IndexOfAnyExcept("|:- \t") < 0)
                return;
            _kind = PieceKind.Row;
            AddLine(content, at);
            EndParagraph();
            return;
        }

        if (indent == 0 && _paragraph.Length == 0)
            _inList = false;
        if (content.EndsWith("::"))
            _literalFollows = true;
        AddLine(content, at);
    }

    /// <summary>Takes indentation and marks of quotations off.</summary>
    private static ReadOnlySpan<char> Strip(ReadOnlySpan<char> line, out int indent)
    {
        var i = 0;
        indent = 0;
        for (; i < line.Length; i++)
        {
            if (line[i] == ' ')
                indent++;
            else if (line[i] == '\t')
                indent += 4;
            else if (line[i] == '>')
                indent = i + 1 < line.Length && line[i + 1] == ' ' ? -1 : 0;
            else
                break;
        }

        return line[i..];
    }

    private bool OpensFence(ReadOnlySpan<char> content)
    {
        if (content[0] is not ('`' or '~'))
            return false;
        var length = content.IndexOfAnyExcept(content[0]);
        if (length < 0)
            length = content.Length;
        if (length < 3 || (content[0] == '`' && content[length..].Contains('`')))
            return false;
        EndParagraph();
        (_fence, _fenceLength) = (content[0], length);
        _codeInfo = Info(content[length..]);
        _code = new PieceText();
        return true;
    }

    /// <summary>The language of an info string: <c>```python title="x"</c>, <c>```{.bash}</c>, <c>```{code-cell} python</c>.</summary>
    private static string Info(ReadOnlySpan<char> info)
    {
        info = info.Trim().TrimStart("{.").Trim();
        var end = info.IndexOfAny(InfoEnds);
        return (end < 0 ? info : info[..end]).Trim("}.").ToString().ToLowerInvariant();
    }

    private void ReadFenced(ReadOnlySpan<char> line, int start)
    {
        var content = line.TrimStart(" \t>");
        if (content.Length >= _fenceLength && content[0] == _fence)
        {
            var length = content.IndexOfAnyExcept(_fence);
            if ((length < 0 ? content.Length : length) >= _fenceLength && (length < 0 || content[length..].IsWhiteSpace()))
            {
                _fence = '\0';
                EndCode();
                return;
            }
        }

        var quote = line.StartsWith("> ") ? 2 : 0;
        _code!.Add(line[quote..], start + quote);
        _code.Add('\n', start + line.Length);
    }

    private void EndCode()
    {
        _fence = '\0';
        if (_code is null)
            return;
        Add(_code.Take(PieceKind.Code, _codeInfo));
        (_code, _codeInfo) = (null, "");
    }

    private void OpenRaw(string closing, PieceKind kind, ReadOnlySpan<char> rest, int at)
    {
        EndParagraph();
        (_raw, _rawKind, _code) = (closing, kind, new PieceText());
        _code.Add(rest, at);
        _code.Add('\n', at + rest.Length);
    }

    private void ReadRaw(ReadOnlySpan<char> line, int start)
    {
        var end = line.IndexOf(_raw, StringComparison.OrdinalIgnoreCase);
        var content = end < 0 ? line : line[..end];
        _code!.Add(content, start);
        _code.Add('\n', start + content.Length);
        if (end < 0)
            return;
        var piece = _code.Take(_rawKind);
        // Scripts and styles are for browsers, and are understood elsewhere.
        if (_rawKind != PieceKind.Attribute)
            Add(piece);
        var behind = end + _raw!.Length;
        (_raw, _code) = (null, null);
        var rest = line[Math.Min(line.Length, behind)..].TrimStart('>');
        if (!rest.IsWhiteSpace())
            AddLine(rest, start + line.Length - rest.Length);
    }

    private static bool StartsWithTag(ReadOnlySpan<char> content, out string closing)
    {
        closing = "";
        foreach (var name in (ReadOnlySpan<string>)["pre", "script", "style", "textarea"])
        {
            if (content[1..].StartsWith(name, StringComparison.OrdinalIgnoreCase) && content.Length > name.Length + 1 && content[name.Length + 1] is '>' or ' ' && content.Contains('>'))
                closing = $"</{name}>";
        }

        return closing.Length > 0;
    }

    // [//]: # (text) and its like define a label that nothing uses: a comment.
    private static bool IsCommentDefinition(ReadOnlySpan<char> content) =>
        content[0] == '[' && content.IndexOf("]: ") is > 0 and < 60 and var end && content[(end + 3)..].TrimStart() is ['#', ..] or ['<', '>', ..];

    private static int HeadingLevel(ReadOnlySpan<char> content)
    {
        var level = content.IndexOfAnyExcept('#');
        return level is >= 1 and <= 6 && content[level] is ' ' or '\t' ? level : 0;
    }

    private static int LeadingSpace(ReadOnlySpan<char> text) => text.Length - text.TrimStart(" \t").Length;

    private static int MarkerLength(ReadOnlySpan<char> content)
    {
        if (content[0] is '-' or '*' or '+' or '•' or '–' && content.Length > 1 && content[1] is ' ' or '\t')
            return content.Length > 5 && content[1..].TrimStart() is ['[', ' ' or 'x' or 'X', ']', ' ', ..] ? content.IndexOf(']') + 1 : 1;
        var digits = 0;
        while (digits < content.Length && digits < 9 && char.IsAsciiDigit(content[digits]))
            digits++;
        if (digits > 0 && digits < content.Length && content[digits] is '.' or ')' or '、' or '．' && (content[digits] > 127 || (digits + 1 < content.Length && content[digits + 1] is ' ' or '\t')))
            return digits + 1;
        return content[0] is >= '①' and <= '⑳' ? 1 : 0;
    }

    private static bool IsRow(ReadOnlySpan<char> content) => content[0] == '|' && content.Length > 1 && content[1..].Contains('|');

    private void AddLine(ReadOnlySpan<char> text, int at)
    {
        while (text.Length > MaxParagraph)
        {
            AddLine(text[..MaxParagraph], at);
            EndParagraph();
            text = text[MaxParagraph..];
            at += MaxParagraph;
        }

        if (_paragraph.Length + text.Length > MaxParagraph * 2)
            EndParagraph();
        if (_paragraph.Length > 0)
        {
            _paragraph.Append('\n');
            _places.Add(at > 0 ? at - 1 : 0);
        }

        _paragraph.Append(text);
        for (var i = 0; i < text.Length; i++)
            _places.Add(at + i);
        _paragraphLines++;
    }

    private void EndParagraph()
    {
        if (_paragraph.Length > 0)
            _inline.ReadBlock(_kind, _paragraph.ToString(), [.. _places], _paragraphLines > MaxJoinedLines);
        _paragraph.Clear();
        _places.Clear();
        _paragraphLines = 0;
        _kind = PieceKind.Paragraph;
    }

    private void AddRaw(PieceKind kind, ReadOnlySpan<char> content, int at)
    {
        var text = new PieceText();
        text.Add(content, at);
        Add(text.Take(kind));
    }

    private void Add(Piece? piece)
    {
        if (piece is not null)
            _pieces.Add(piece);
    }
}
