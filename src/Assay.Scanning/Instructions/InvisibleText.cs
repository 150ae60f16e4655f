using System.Buffers;
using System.Text;

namespace Assay.Scanning;

/// <summary>Text in characters that people do not see and programs read.</summary>
/// <param name="Index">Its first character.</param>
/// <param name="Length">Its characters.</param>
/// <param name="How">What it is written with.</param>
/// <param name="Decoded">What it says; empty where that could not be told.</param>
internal sealed record InvisibleRun(int Index, int Length, string How, string Decoded);

/// <summary>Finds invisible text: tag characters, selectors of variants, digits of zero width, overrides of direction.</summary>
internal static class InvisibleText
{
    private const int MaxRuns = 50;
    private const int MinTags = 4;
    private const int MinSelectors = 4;

    /// <summary>Eight digits make a letter. Honest scripts need one joiner or space of zero width at a time.</summary>
    private const int MinDigits = 8;

    private static readonly SearchValues<char> Marks = SearchValues.Create("\uDB40\u200B\u200C\u200D\u2060\u2061\u2062\u2063\u2064\uFEFF\u202D\u202E\u180E\uFE00\uFE01\uFE02\uFE03\uFE04\uFE05\uFE06\uFE07\uFE08\uFE09\uFE0A\uFE0B\uFE0C\uFE0D\uFE0E\uFE0F");

    /// <summary>Whether a character takes no part in what is read.</summary>
    public static bool IsIgnored(char c) => c is '\u00AD' or '\u034F' or '\u061C' or '\u180E' or '\uFEFF' or '\uDB40' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u2069') or (>= '\uFE00' and <= '\uFE0F');

    /// <summary>The runs of a text, bounded in number.</summary>
    public static List<InvisibleRun> Find(string text)
    {
        var runs = new List<InvisibleRun>();
        for (var at = text.AsSpan().IndexOfAny(Marks); at >= 0 && runs.Count < MaxRuns;)
        {
            var length = Read(text, at, out var run);
            if (run is not null)
                runs.Add(run);
            var next = text.AsSpan(at + length).IndexOfAny(Marks);
            at = next < 0 ? -1 : at + length + next;
        }

        return runs;
    }

    private static int Read(string text, int at, out InvisibleRun? run)
    {
        run = null;
        var c = text[at];
        if (c == '\uDB40' && at + 1 < text.Length && text[at + 1] is >= '\uDC00' and <= '\uDC7F')
            return ReadTags(text, at, out run);
        if (c is >= '\uFE00' and <= '\uFE0F' || c == '\uDB40')
            return ReadSelectors(text, at, out run);
        if (c is '\u202D' or '\u202E')
        {
            var end = text.AsSpan(at).IndexOfAny("\u202C\r\n");
            var length = Math.Min(end < 0 ? text.Length - at : end, 200);
            run = new InvisibleRun(at, Math.Max(1, length), "an override of the reading direction", text.Substring(at + 1, Math.Max(0, length - 1)));
            return Math.Max(1, length);
        }

        return ReadDigits(text, at, out run);
    }

    private static int ReadTags(string text, int at, out InvisibleRun? run)
    {
        var said = new StringBuilder();
        var i = at;
        for (; i + 1 < text.Length && text[i] == '\uDB40' && text[i + 1] is >= '\uDC00' and <= '\uDC7F'; i += 2)
        {
            if (text[i + 1] is >= '\uDC20' and <= '\uDC7E' && said.Length < 2000)
                said.Append((char)(text[i + 1] - '\uDC00'));
        }

        // The flags of England, Scotland and Wales are written with them, behind a black flag.
        var isFlag = at >= 2 && text[at - 2] == '\uD83C' && text[at - 1] == '\uDFF4' && said.Length <= 6;
        run = isFlag || said.Length < MinTags ? null : new InvisibleRun(at, i - at, "tag characters", said.ToString());
        return i - at;
    }

    private static int ReadSelectors(string text, int at, out InvisibleRun? run)
    {
        var bytes = new List<byte>();
        var count = 0;
        var i = at;
        while (i < text.Length)
        {
            int value;
            if (text[i] is >= '\uFE00' and <= '\uFE0F')
            {
                value = text[i++] - '\uFE00';
            }
            else if (text[i] == '\uDB40' && i + 1 < text.Length && text[i + 1] is >= '\uDD00' and <= '\uDDEF')
            {
                value = text[i + 1] - '\uDD00' + 16;
                i += 2;
            }
            else
            {
                break;
            }

            count++;
            if (bytes.Count < 2000)
                bytes.Add((byte)value);
        }

        run = count < MinSelectors ? null : new InvisibleRun(at, i - at, "selectors of variants", Printable(Encoding.UTF8.GetString([.. bytes])));
        return Math.Max(1, i - at);
    }

    private static int ReadDigits(string text, int at, out InvisibleRun? run)
    {
        var i = at;
        while (i < text.Length && (text[i] is >= '\u200B' and <= '\u200D' or >= '\u2060' and <= '\u2064' or '\uFEFF' or '\u180E'))
            i++;
        var count = i - at;
        run = null;
        if (count >= MinDigits)
        {
            var used = text.AsSpan(at, Math.Min(count, 20_000)).ToArray().Distinct().ToArray();
            // One character over and over fills space and says nothing.
            if (used.Length > 1 || count >= 64)
                run = new InvisibleRun(at, count, "characters of zero width", used.Length == 2 ? Binary(text.AsSpan(at, Math.Min(count, 16_000)), used) : "");
        }

        return Math.Max(1, count);
    }

    private static string Binary(ReadOnlySpan<char> digits, char[] used)
    {
        foreach (var one in used)
        {
            var bytes = new byte[digits.Length / 8];
            for (var i = 0; i < bytes.Length * 8; i++)
                bytes[i / 8] = (byte)((bytes[i / 8] << 1) | (digits[i] == one ? 1 : 0));
            if (Printable(Encoding.UTF8.GetString(bytes)) is { Length: > 0 } said)
                return said;
        }

        return "";
    }

    private static string Printable(string text)
    {
        var good = 0;
        foreach (var c in text)
            good += !char.IsControl(c) && c != '\uFFFD' ? 1 : 0;
        return text.Length > 0 && good * 10 >= text.Length * 9 ? text : "";
    }
}
