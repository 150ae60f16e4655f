using System.Text;

namespace Assay.Scanning;

/// <summary>What part of a text a piece is, for its reader.</summary>
internal enum PieceKind
{
    /// <summary>A heading.</summary>
    Heading,

    /// <summary>Running text.</summary>
    Paragraph,

    /// <summary>An entry of a list.</summary>
    Item,

    /// <summary>A row of a table.</summary>
    Row,

    /// <summary>A block of code.</summary>
    Code,

    /// <summary>A comment: the author sees it, the reader does not, assistants do.</summary>
    Comment,

    /// <summary>Text that is shown too small, in the colour of the page, or not at all.</summary>
    Hidden,

    /// <summary>Settings in front of a card.</summary>
    FrontMatter,

    /// <summary>A description of a picture, or the title of something.</summary>
    Attribute,
}

/// <summary>A link, as shown and as meant.</summary>
/// <param name="Text">What the reader sees; empty for a picture without text.</param>
/// <param name="Target">Where it leads.</param>
/// <param name="Index">Character of the file.</param>
/// <param name="IsLoaded">Whether it is fetched without a click: a picture, a frame.</param>
internal sealed record PieceLink(string Text, string Target, int Index, bool IsLoaded = false);

/// <summary>A piece of a text as its reader sees it, without markup, with the way back to the file.</summary>
internal sealed class Piece
{
    private readonly (int Text, int File)[] _marks;

    /// <summary>Wraps text whose places are given by <paramref name="marks"/>, ascending.</summary>
    public Piece(PieceKind kind, string text, (int Text, int File)[] marks, string info = "")
    {
        (Kind, Text, _marks, Info) = (kind, text, marks, info);
    }

    /// <summary>What part it is.</summary>
    public PieceKind Kind { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>Of code: the language that it is said to be in, lower case.</summary>
    public string Info { get; }

    /// <summary>Links in it.</summary>
    public List<PieceLink> Links { get; } = [];

    /// <summary>Parts of the text that were set as code.</summary>
    public List<(int Start, int Length)> CodeSpans { get; } = [];

    /// <summary>Whether it is prose: something that is read to a person.</summary>
    public bool IsProse => Kind is PieceKind.Heading or PieceKind.Paragraph or PieceKind.Item or PieceKind.Row;

    /// <summary>For a piece of a text that itself lies in another: the character of the outer one.</summary>
    public Func<int, int>? Outer { get; init; }

    /// <summary>The piece as part of an outer text.</summary>
    public Piece Within(Func<int, int> outer)
    {
        var piece = new Piece(Kind, Text, _marks, Info) { Outer = outer };
        piece.Links.AddRange(Links.Select(l => l with { Index = outer(l.Index) }));
        piece.CodeSpans.AddRange(CodeSpans);
        return piece;
    }

    /// <summary>The character of the file for a character of the text.</summary>
    public int At(int index)
    {
        var inner = Inner(index);
        return Outer is null ? inner : Outer(inner);
    }

    private int Inner(int index)
    {
        int low = 0, high = _marks.Length - 1;
        if (high < 0)
            return 0;
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (_marks[middle].Text <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return _marks[low].File + index - _marks[low].Text;
    }
}

/// <summary>Text being written together with the places that it comes from.</summary>
internal sealed class PieceText
{
    private readonly StringBuilder _text = new();
    private readonly List<(int Text, int File)> _marks = [];
    private int _next = -1;

    /// <summary>Characters so far.</summary>
    public int Length => _text.Length;

    /// <summary>The last character; a line break where there is none.</summary>
    public char Last => _text.Length == 0 ? '\n' : _text[^1];

    /// <summary>Adds one character of the file.</summary>
    public void Add(char c, int file)
    {
        if (file != _next)
            _marks.Add((_text.Length, file));
        _next = file + 1;
        _text.Append(c);
    }

    /// <summary>Adds characters that stand together in the file.</summary>
    public void Add(ReadOnlySpan<char> text, int file)
    {
        if (text.IsEmpty)
            return;
        if (file != _next)
            _marks.Add((_text.Length, file));
        _next = file + text.Length;
        _text.Append(text);
    }

    /// <summary>The text from a character on.</summary>
    public string From(int start) => _text.ToString(start, _text.Length - start);

    /// <summary>Takes what was written and begins anew; null where it was blank.</summary>
    public Piece? Take(PieceKind kind, string info = "")
    {
        var piece = IsBlank() ? null : new Piece(kind, _text.ToString(), [.. _marks], info);
        _text.Clear();
        _marks.Clear();
        _next = -1;
        return piece;
    }

    private bool IsBlank()
    {
        foreach (var chunk in _text.GetChunks())
        {
            if (!chunk.Span.IsWhiteSpace())
                return false;
        }

        return true;
    }
}
