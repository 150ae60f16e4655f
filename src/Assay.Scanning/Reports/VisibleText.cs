using System.Globalization;
using System.Text;

namespace Assay.Scanning.Reports;

/// <summary>
/// Makes text that came out of a file safe to show: what would move the cursor, change colours, reverse the reading direction or be
/// invisible is written as an escape, so that a person sees what is there.
/// </summary>
public static class VisibleText
{
    /// <summary>The text with every control, format, private and unpaired character escaped (<c>\n</c>, <c>\x1b</c>, <c>\u202e</c>).</summary>
    public static string Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < ' ' || text[i] > '~')
                return Escaped(text);
        }

        return text;
    }

    private static string Escaped(string text)
    {
        var visible = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                visible.Append($"\\u{(int)text[i]:x4}");
                i++;
                continue;
            }

            i += rune.Utf16SequenceLength;
            _ = rune.Value switch
            {
                '\n' => visible.Append("\\n"),
                '\r' => visible.Append("\\r"),
                '\t' => visible.Append("\\t"),
                < 0x20 or (>= 0x7f and < 0xa0) => visible.Append($"\\x{rune.Value:x2}"),
                > 0xffff when IsHidden(rune) => visible.Append($"\\U{rune.Value:x8}"),
                _ when IsHidden(rune) => visible.Append($"\\u{rune.Value:x4}"),
                _ => visible.Append(rune.ToString()),
            };
        }

        return visible.ToString();
    }

    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
        || rune.Value is 0x115f or 0x1160 or 0x3164 or 0xffa0 or 0x2800 or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef);
}
