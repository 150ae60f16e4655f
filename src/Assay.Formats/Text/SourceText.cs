using System.Text;

namespace Assay.Formats;

/// <summary>A decoded text with its places: characters for parsers, lines and columns for people, bytes for reports.</summary>
public sealed class SourceText
{
    private readonly int[] _lineStarts;
    private readonly int _mark;

    /// <summary>Wraps decoded text.</summary>
    /// <param name="text">The characters, without byte order mark.</param>
    /// <param name="encoding">What they were decoded with.</param>
    /// <param name="mark">Bytes of the byte order mark that was taken off.</param>
    public SourceText(string text, Encoding encoding, int mark = 0)
    {
        Text = text;
        Encoding = encoding;
        _mark = mark;
        _lineStarts = LineStarts(text);
    }

    /// <summary>The characters.</summary>
    public string Text { get; }

    /// <summary>The encoding that they came in.</summary>
    public Encoding Encoding { get; }

    /// <summary>Lines; a text without a line break has one.</summary>
    public int LineCount => _lineStarts.Length;

    /// <summary>Line and column, both from 1, of a character; columns count code points.</summary>
    public (int Line, int Column) PositionOf(int index)
    {
        index = Math.Clamp(index, 0, Text.Length);
        var line = LineOf(index);
        var column = 1;
        for (var i = _lineStarts[line - 1]; i < index; i++)
        {
            if (!char.IsLowSurrogate(Text[i]))
                column++;
        }

        return (line, column);
    }

    /// <summary>Line from 1 of a character; does not walk the line as <see cref="PositionOf"/> does.</summary>
    public int LineOf(int index)
    {
        var line = Array.BinarySearch(_lineStarts, Math.Clamp(index, 0, Text.Length));
        return line < 0 ? ~line : line + 1;
    }

    /// <summary>The first character of a line counted from 1.</summary>
    public int StartOf(int line) => _lineStarts[Math.Clamp(line - 1, 0, _lineStarts.Length - 1)];

    /// <summary>The characters of a line counted from 1, without its end.</summary>
    public ReadOnlySpan<char> Line(int line)
    {
        var start = StartOf(line);
        var end = line < _lineStarts.Length ? _lineStarts[line] : Text.Length;
        return Text.AsSpan(start, end - start).TrimEnd("\r\n");
    }

    /// <summary>Byte offset of a character in the file.</summary>
    public long OffsetOf(int index) => _mark + Encoding.GetByteCount(Text.AsSpan(0, Math.Clamp(index, 0, Text.Length)));

    // A carriage return alone ends a line too: editors and Python read it so.
    private static int[] LineStarts(string text)
    {
        var starts = new List<int>(16) { 0 };
        for (var at = text.AsSpan().IndexOfAny('\r', '\n'); at >= 0;)
        {
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
                at++;
            starts.Add(++at);
            var next = text.AsSpan(at).IndexOfAny('\r', '\n');
            at = next < 0 ? -1 : at + next;
        }

        return [.. starts];
    }
}
