using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Assay.Impersonation.Names;

/// <summary>What a reader sees of a name: letters that look alike are one letter, what cannot be seen is gone.</summary>
/// <param name="Text">The skeleton. Two names with one skeleton look alike; the skeleton of a skeleton is itself.</param>
/// <param name="HadInvisible">Whether there were characters that cannot be seen: ignorable ones, bidirectional controls, variation selectors, soft hyphens.</param>
/// <param name="MixedScript">Whether a word mixes Latin letters with those of another alphabet.</param>
/// <remarks>
/// The table behind it is made by <c>scripts/lookalikes</c> from UnicodeData.txt and the confusables of UTS #39, since the framework
/// normalises nothing in invariant mode.
/// </remarks>
public readonly record struct Skeleton(string Text, bool HadInvisible, bool MixedScript)
{
    /// <summary>What is looked at of a text; names are shorter, and display names longer than this say nothing.</summary>
    public const int MaxLength = 512;

    private static readonly FrozenDictionary<int, string> Table = Read();

    /// <summary>The skeleton of a name or a display name.</summary>
    public static Skeleton Of(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, MaxLength)];
        var result = new StringBuilder(text.Length);
        var hidden = Fold(text, result, out var mixed);
        MergeLetters(result);
        MergePairs(result);
        return new Skeleton(result.ToString(), hidden, mixed);
    }

    /// <summary>The letters as they are meant, before look-alikes of ASCII are merged: lower case, marks and look-alikes of other alphabets folded.</summary>
    public static string Folded(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, MaxLength)];
        var result = new StringBuilder(text.Length);
        Fold(text, result, out _);
        return result.ToString();
    }

    /// <summary>The skeleton before pairs of letters are merged: what slips are counted in, since they fall between the letters of a pair as well.</summary>
    internal static string Letters(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, MaxLength)];
        var result = new StringBuilder(text.Length);
        Fold(text, result, out _);
        MergeLetters(result);
        return result.ToString();
    }

    private static void MergeLetters(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = text[i] switch
            {
                'i' or '1' or '|' => 'l',
                '0' => 'o',
                var other => other,
            };
        }
    }

    private static void MergePairs(StringBuilder text) => text.Replace("rn", "m").Replace("vv", "w");

    private static bool Fold(ReadOnlySpan<char> text, StringBuilder result, out bool mixed)
    {
        var hidden = false;
        var latin = false;
        var other = false;
        mixed = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                var isLetter = Rune.IsLetter(rune);
                if (!isLetter && !Rune.IsDigit(rune))
                    latin = other = false;
                latin |= isLetter;
                mixed |= latin && other;
                result.Append((char)(rune.Value is >= 'A' and <= 'Z' ? rune.Value | 0x20 : rune.Value));
                continue;
            }

            if (Table.TryGetValue(rune.Value, out var seen) && seen.Length == 0)
            {
                hidden = true;
                continue;
            }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
                continue;
            if (IsConfusableScript(rune.Value))
                other = true;
            else if (Rune.IsLetter(rune) && rune.Value < 0x250)
                latin = true;
            else if (Rune.IsWhiteSpace(rune))
                latin = other = false;
            mixed |= latin && other;

            // Capitals first: В looks like B, but в does not look like b.
            if (seen is null && !Table.TryGetValue(Rune.ToLowerInvariant(rune).Value, out seen))
                result.Append(Rune.ToLowerInvariant(rune).ToString());
            else
                result.Append(seen.ToLowerInvariant());
        }

        return hidden;
    }

    /// <summary>Greek, Cyrillic, Armenian, Cherokee: alphabets that share shapes with Latin.</summary>
    private static bool IsConfusableScript(int code) =>
        code is (>= 0x370 and <= 0x3FF) or (>= 0x400 and <= 0x52F) or (>= 0x531 and <= 0x58F) or (>= 0x13A0 and <= 0x13FF)
            or (>= 0x1C80 and <= 0x1C8F) or (>= 0x1F00 and <= 0x1FFF) or (>= 0x2DE0 and <= 0x2DFF) or (>= 0xA640 and <= 0xA69F) or (>= 0xAB70 and <= 0xABBF);

    private static FrozenDictionary<int, string> Read()
    {
        var table = new Dictionary<int, string>();
        foreach (var line in EmbeddedData.Lines("lookalikes.txt"))
        {
            var space = line.IndexOf(' ');
            var code = space < 0 ? line : line[..space];
            var dash = code.IndexOf('-');
            var first = int.Parse(dash < 0 ? code : code.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var last = dash < 0 ? first : int.Parse(code.AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (var i = first; i <= last; i++)
                table[i] = space < 0 ? "" : dash < 0 ? line[(space + 1)..] : ((char)(line[space + 1] + i - first)).ToString();
        }

        return table.ToFrozenDictionary();
    }
}

/// <summary>A name without punctuation, case and look-alikes.</summary>
public static class Moniker
{
    /// <summary>The skeleton without anything but <c>[a-z0-9]</c>: two names with one moniker differ only in punctuation, case or look-alikes.</summary>
    public static string Of(ReadOnlySpan<char> text) => Alphanumeric(Skeleton.Of(text).Text);

    /// <summary>Letters and digits as they are meant, with no look-alikes merged: where these differ and monikers do not, a letter was dressed up.</summary>
    public static string Plain(ReadOnlySpan<char> text) => Alphanumeric(Skeleton.Folded(text));

    /// <summary>The moniker before pairs of letters are merged (<c>rn</c> is not yet <c>m</c>): what distances are taken between.</summary>
    public static string Letters(ReadOnlySpan<char> text) => Alphanumeric(Skeleton.Letters(text));

    private static string Alphanumeric(string text)
    {
        Span<char> result = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
                result[length++] = c;
        }

        return new string(result[..length]);
    }
}
