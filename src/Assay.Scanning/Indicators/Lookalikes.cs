using System.Text;

namespace Assay.Scanning;

/// <summary>Finds package names that are dressed up as another one: letters that look alike, and single slips of the keyboard.</summary>
internal static class Lookalikes
{
    /// <summary>Shorter names are a step away from too many others.</summary>
    private const int MinLengthForDistance = 5;

    /// <summary>Shorter names look like too many others, unless a letter of another script gives them away.</summary>
    private const int MinLengthForShape = 5;

    private const int MaxLength = 64;

    /// <summary>Letters of other scripts, and the Latin letter that they are taken for.</summary>
    private const string Foreign = "аaеeоoрpсcуyхxіiјjѕsԁdԛqԝwһhкkмmтtвbнhгrпnАaВbЕeКkМmНhОoРpСcТtХxІiЅsΑaΒbΕeΖzΗhΙiΚkΜmΝnΟoΡpΤtΥyΧxαaοoρpνvτtιiκkυuωwηnγyεeɑaɡgıiοoƅbϲcԍgոnօoսuհhցgյjզqⅼlⅰiⅴvⅹxⅽcⅾdⅿm";

    private static readonly Lazy<Known[]> Targets = new(ReadTargets);

    /// <summary>The known package that this one imitates; null for known names and for names of their own.</summary>
    public static string? Find(ReadOnlySpan<char> topLevel)
    {
        if (topLevel.Length is 0 or > MaxLength || ModuleTable.IsKnown(topLevel))
            return null;

        var name = topLevel.ToString();
        var isForeign = !Ascii.IsValid(name);
        var shape = Shape(name);
        string? near = null;
        foreach (var known in Targets.Value)
        {
            if (known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return null;
            if (known.Shape == shape && (isForeign || (known.Name.Length >= MinLengthForShape && !known.Name.AsSpan().ContainsAnyInRange('0', '9'))))
                return known.Name;
            if (near is null && known.IsImitated && known.Name.Length >= MinLengthForDistance && IsOneSlip(name, known.Name))
                near = known.Name;
        }

        return near;
    }

    /// <summary>The Latin letter that a letter of another script is taken for; the letter itself where there is none.</summary>
    public static char Latin(char c)
    {
        var at = Foreign.IndexOf(c);
        return at >= 0 && (at & 1) == 0 ? Foreign[at + 1] : c;
    }

    private static Known[] ReadTargets()
    {
        var targets = new List<Known>();
        foreach (var row in ModuleTable.Rows)
        {
            var name = ModuleTable.NameAt(row);
            if (!ModuleTable.IsAlias(row) && !name.Contains('.'))
                targets.Add(new Known(name, Shape(name), ModuleTable.IsImitated(row)));
        }

        return [.. targets];
    }

    /// <summary>The name as an eye takes it in: look-alike letters are one letter, marks without width are gone.</summary>
    internal static string Shape(string name)
    {
        var shape = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            var c = rune.Value;
            if (c is >= 0xFF01 and <= 0xFF5E)
                c -= 0xFEE0;
            else if (c is >= 0x1D400 and <= 0x1D6A3)
                c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(c - 0x1D400) % 52];
            if (c > 0x7F)
            {
                var at = rune.IsBmp ? Foreign.IndexOf((char)c) : -1;
                if (at >= 0 && (at & 1) == 0)
                    c = Foreign[at + 1];
                else if (Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.NonSpacingMark)
                    continue;
            }

            if (c > 0xFFFF)
                return name;
            shape.Append(char.ToLowerInvariant((char)c) switch
            {
                '0' => 'o',
                '1' or 'i' or '|' => 'l',
                '5' => 's',
                '3' => 'e',
                '4' => 'a',
                var other => other,
            });
        }

        return shape.Replace("rn", "m").Replace("vv", "w").ToString();
    }

    /// <summary>
    /// One letter more, less, exchanged or swapped with its neighbour, not the first one, which everybody sees. A final <c>s</c> and differences in digits are no slips:
    /// <c>transformer</c> beside <c>transformers</c> is a word, and <c>torch2</c> beside <c>torch</c> a version.
    /// </summary>
    private static bool IsOneSlip(ReadOnlySpan<char> name, ReadOnlySpan<char> known)
    {
        var difference = name.Length - known.Length;
        if (difference is < -1 or > 1)
            return false;
        var start = name.CommonPrefixLength(known);
        if (start == 0)
            return false;
        var left = name[start..];
        var right = known[start..];
        if (difference == 0)
        {
            if (left.Length >= 2 && left[0] == right[1] && left[1] == right[0] && left[2..].SequenceEqual(right[2..]))
                return true;
            return left.Length >= 1 && !char.IsAsciiDigit(left[0]) && left[1..].SequenceEqual(right[1..]);
        }

        var longer = difference > 0 ? left : right;
        var shorter = difference > 0 ? right : left;
        if (!longer[1..].SequenceEqual(shorter))
            return false;
        var extra = longer[0];
        return !char.IsAsciiDigit(extra) && extra != '_' && !(extra == 's' && shorter.IsEmpty);
    }

    private sealed record Known(string Name, string Shape, bool IsImitated);
}
