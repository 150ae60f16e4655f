using System.Globalization;
using System.Text;

namespace Assay.Impersonation.Cards;

/// <summary>
/// Folds the characters of a card to what a reader sees, one at a time: lower case, no invisible characters or marks, compatibility forms and letters of other
/// alphabets that look Latin replaced. A card written with look-alikes is then the same text as the one it copies. Works without the globalisation data.
/// </summary>
internal static class CardFolding
{
    // Greek and Cyrillic letters with a Latin twin, as they look; capitals before their case is folded, since В looks like B and в does not look like b.
    private const string LookAlikes =
        "A\u0410B\u0412C\u0421E\u0415H\u041DI\u0406J\u0408K\u041AM\u041CO\u041EP\u0420S\u0405T\u0422X\u0425Y\u0423a\u0430c\u0441e\u0435i\u0456j\u0458o\u043Ep\u0440s\u0455x\u0445y\u0443h\u04BBd\u0501q\u051Bw\u051D" +
        "A\u0391B\u0392E\u0395Z\u0396H\u0397I\u0399K\u039AM\u039CN\u039DO\u039FP\u03A1T\u03A4Y\u03A5X\u03A7o\u03BFv\u03BDu\u03C5i\u03B9a\u03B1i\u0131g\u0261";

    private static readonly Dictionary<int, char> Twins = ReadTwins();

    /// <summary>The visible form of a rune in lower case, or 0 for one that is not seen.</summary>
    public static int Fold(Rune rune)
    {
        var value = rune.Value;
        if (value < 0x80)
            return value is >= 'A' and <= 'Z' ? value | 0x20 : value;
        if (IsIgnorable(value))
            return 0;
        if (Twins.TryGetValue(value, out var twin))
            return twin is >= 'A' and <= 'Z' ? twin | 0x20 : twin;
        switch (value)
        {
            case >= 0xFF01 and <= 0xFF5E: // full width
                return Fold(new Rune(value - 0xFEE0));
            case >= 0x1D400 and <= 0x1D6A3: // mathematical alphabets: thirteen times A–Z, a–z
                return 'a' + ((value - 0x1D400) % 26);
            case >= 0x1D7CE and <= 0x1D7FF: // mathematical digits
                return '0' + ((value - 0x1D7CE) % 10);
            case >= 0x24B6 and <= 0x24E9: // circled letters
                return 'a' + ((value - 0x24B6) % 26);
            case >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189: // squared and circled capitals
                return 'a' + ((value - 0x1F130) % 32);
        }

        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            ? 0
            : Rune.ToLowerInvariant(rune).Value;
    }

    /// <summary>Whether words of this script are written without spaces, so that each character stands for itself.</summary>
    public static bool IsSolitary(int value) =>
        value is >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;

    private static bool IsIgnorable(int value) => value is 0xAD or 0x34F or 0x61C or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F)
        or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x206F) or 0x3164 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF or 0xFFA0 or (>= 0xE0000 and <= 0xE0FFF);

    private static Dictionary<int, char> ReadTwins()
    {
        var twins = new Dictionary<int, char>();
        for (var i = 0; i + 1 < LookAlikes.Length; i += 2)
            twins[LookAlikes[i + 1]] = LookAlikes[i];

        return twins;
    }
}
