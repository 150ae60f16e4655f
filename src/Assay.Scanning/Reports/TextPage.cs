using System.Globalization;
using System.Text;

namespace Assay.Scanning.Reports;

/// <summary>How a piece of text is set.</summary>
internal enum TextStyle
{
    Plain,
    Bold,
    Faint,
}

/// <summary>Lines for a terminal: wrapped at its width, coloured only where wanted. Nothing depends on colour alone.</summary>
internal sealed class TextPage(ReportSettings settings)
{
    private const int FieldIndent = 12;
    private const int NarrowestWidth = 40;

    private readonly StringBuilder _text = new();
    private readonly int _width = Math.Max(NarrowestWidth, settings.Width);

    public ReportSettings Settings => settings;

    public void Line(string text = "") => _text.Append(text).Append('\n');

    /// <summary>A name and its text, the text in a column of its own.</summary>
    public void Field(string name, string text)
    {
        var first = true;
        foreach (var line in Wrap(text, _width - FieldIndent))
        {
            if (first)
                _text.Append("  ").Append(Faint(name.PadRight(FieldIndent - 2)));
            else
                _text.Append(' ', FieldIndent);
            first = false;
            Line(line);
        }
    }

    /// <summary>A numbered step: its place in a column, then what happens there.</summary>
    public void Item(int number, string place, string text)
    {
        const int PlaceWidth = 22;
        var indent = 6 + PlaceWidth;
        var head = $"  {number,2}  ";
        if (place.Length >= PlaceWidth)
        {
            Line(head + Faint(place));
            Wrapped(new string(' ', indent), text, TextStyle.Plain);
            return;
        }

        var first = true;
        foreach (var line in Wrap(text, _width - indent))
        {
            Line((first ? head + Faint(place.PadRight(PlaceWidth)) : new string(' ', indent)) + line);
            first = false;
        }
    }

    /// <summary>A paragraph behind an indent.</summary>
    public void Wrapped(string indent, string text, TextStyle style)
    {
        foreach (var line in Wrap(text, _width - indent.Length))
        {
            _text.Append(indent);
            Line(style switch
            {
                TextStyle.Bold => Bold(line),
                TextStyle.Faint => Faint(line),
                _ => line,
            });
        }
    }

    /// <summary>A verdict as it heads a report.</summary>
    public string Badge(Verdict verdict) => Coloured(verdict, Symbol(verdict) + " " + Words.Of(verdict).ToUpperInvariant(), bold: true);

    /// <summary>A verdict as it heads a line of a list.</summary>
    public string Mark(Verdict verdict) => Coloured(verdict, Symbol(verdict), bold: false);

    public string Bold(string text) => settings.Colour ? $"\e[1m{text}\e[0m" : text;

    public string Faint(string text) => settings.Colour ? $"\e[2m{text}\e[0m" : text;

    /// <summary>A place as <c>path!member @ offset</c> or <c>path:line:column</c>.</summary>
    public static string Place(string artifact, Location location)
    {
        var place = new StringBuilder(VisibleText.Of(artifact.Length > 0 ? artifact : location.Path));
        if (location.Member is { } member)
            place.Append('!').Append(VisibleText.Of(member));
        if (location.Line is { } line)
        {
            place.Append(':').Append(line);
            if (location.Column is { } column)
                place.Append(':').Append(column);
        }
        else if (location.Offset is { } offset)
        {
            place.Append(" @ ").Append(offset);
        }

        return place.ToString();
    }

    public override string ToString() => _text.ToString();

    /// <summary>Breaks text into lines of at most <paramref name="width"/> columns, at spaces where there are any.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        width = Math.Max(16, width);
        var start = 0;
        while (true)
        {
            var columns = 0;
            var end = start;
            var space = -1;
            while (end < text.Length)
            {
                var step = 1;
                var wide = 1;
                if (text[end] > '~' && Rune.TryGetRuneAt(text, end, out var rune))
                {
                    step = rune.Utf16SequenceLength;
                    wide = Columns(rune);
                }

                if (columns + wide > width)
                    break;
                if (text[end] == ' ')
                    space = end;
                columns += wide;
                end += step;
            }

            if (end >= text.Length)
            {
                yield return text[start..];
                yield break;
            }

            if (text[end] == ' ')
                space = end;
            var cut = space > start ? space : end;
            yield return text[start..cut];
            start = space > start ? cut + 1 : cut;
        }
    }

    private static int Columns(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        _ => rune.Value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff)
            or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd) ? 2 : 1,
    };

    private static string Symbol(Verdict verdict) => verdict switch
    {
        Verdict.Malicious => "✗",
        Verdict.Suspicious => "!",
        Verdict.Incomplete => "?",
        _ => "✓",
    };

    private string Coloured(Verdict verdict, string text, bool bold)
    {
        if (!settings.Colour)
            return text;
        var colour = verdict switch
        {
            Verdict.Malicious => "31",
            Verdict.Suspicious => "33",
            Verdict.Incomplete => "36",
            _ => "32",
        };
        return $"\e[{(bold ? "1;" : "")}{colour}m{text}\e[0m";
    }
}
