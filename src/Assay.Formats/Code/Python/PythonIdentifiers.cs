using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Assay.Formats.Python;

/// <summary>
/// Identifiers as Python compares them. The framework normalises nothing in invariant mode, so the characters that become ASCII under
/// NFKC are listed here (Unicode 15): they are what a hidden <c>exec</c> is written with. Others stay as they are.
/// </summary>
internal static class PythonIdentifiers
{
    /// <summary>Code points, or a run of them, and what the first becomes; the others follow in order.</summary>
    private const string Table = """
        aa:a ba:o 132:IJ 133:ij 17f:s 1c7:LJ 1c8:Lj 1c9:lj 1ca:NJ 1cb:Nj 1cc:nj 1f1:DZ 1f2:Dz 1f3:dz 2b0:h 2b2:j 2b3:r 2b7:w
        2b8:y 2e1:l 2e2:s 2e3:x 1d2c:A 1d2e:B 1d30-1d31:D 1d33-1d3a:G 1d3c:O 1d3e:P 1d3f:R 1d40-1d41:T 1d42:W 1d43:a 1d47:b
        1d48-1d49:d 1d4d:g 1d4f:k 1d50:m 1d52:o 1d56:p 1d57-1d58:t 1d5b:v 1d62:i 1d63:r 1d64-1d65:u 1d9c:c 1da0:f 1dbb:z 2071:i
        207f:n 2090:a 2091:e 2092:o 2093:x 2095:h 2096-2099:k 209a:p 209b-209c:s 2102:C 210a:g 210b:H 210c:H 210d:H 210e:h 2110:I
        2111:I 2112:L 2113:l 2115:N 2119-211b:P 211c:R 211d:R 2124:Z 2128:Z 212a:K 212c-212d:B 212f:e 2130-2131:E 2133:M 2134:o
        2139:i 2145:D 2146-2147:d 2148-2149:i 2160:I 2161:II 2162:III 2163:IV 2164:V 2165:VI 2166:VII 2167:VIII 2168:IX 2169:X
        216a:XI 216b:XII 216c:L 216d-216e:C 216f:M 2170:i 2171:ii 2172:iii 2173:iv 2174:v 2175:vi 2176:vii 2177:viii 2178:ix
        2179:x 217a:xi 217b:xii 217c:l 217d-217e:c 217f:m 2c7c:j 2c7d:V a7f2:C a7f3:F a7f4:Q fb00:ff fb01:fi fb02:fl fb03:ffi
        fb04:ffl fb05:st fb06:st fe33:_ fe34:_ fe4d:_ fe4e:_ fe4f:_ ff10-ff19:0 ff21-ff3a:A ff3f:_ ff41-ff5a:a 107a5:q
        1d400-1d419:A 1d41a-1d433:a 1d434-1d44d:A 1d44e-1d454:a 1d456-1d467:i 1d468-1d481:A 1d482-1d49b:a 1d49c:A 1d49e-1d49f:C
        1d4a2:G 1d4a5-1d4a6:J 1d4a9-1d4ac:N 1d4ae-1d4b5:S 1d4b6-1d4b9:a 1d4bb:f 1d4bd-1d4c3:h 1d4c5-1d4cf:p 1d4d0-1d4e9:A
        1d4ea-1d503:a 1d504-1d505:A 1d507-1d50a:D 1d50d-1d514:J 1d516-1d51c:S 1d51e-1d537:a 1d538-1d539:A 1d53b-1d53e:D
        1d540-1d544:I 1d546:O 1d54a-1d550:S 1d552-1d56b:a 1d56c-1d585:A 1d586-1d59f:a 1d5a0-1d5b9:A 1d5ba-1d5d3:a 1d5d4-1d5ed:A
        1d5ee-1d607:a 1d608-1d621:A 1d622-1d63b:a 1d63c-1d655:A 1d656-1d66f:a 1d670-1d689:A 1d68a-1d6a3:a 1d7ce-1d7d7:0
        1d7d8-1d7e1:0 1d7e2-1d7eb:0 1d7ec-1d7f5:0 1d7f6-1d7ff:0 1fbf0-1fbf9:0
        """;

    private static readonly FrozenDictionary<int, string> Ascii = Read();

    /// <summary>Whether a character outside ASCII can be part of an identifier.</summary>
    public static bool IsPart(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
        || rune.Value is 0xB7 or 0x387 or 0x2118 or 0x212E or 0x309B or 0x309C or 0x19DA or (>= 0x1369 and <= 0x1371);

    /// <summary>The identifier with its characters of compatibility replaced.</summary>
    public static string Normalize(ReadOnlySpan<char> text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii && Ascii.TryGetValue(rune.Value, out var ascii))
                result.Append(ascii);
            else
                result.Append(rune.ToString());
        }

        return result.ToString();
    }

    private static FrozenDictionary<int, string> Read()
    {
        var table = new Dictionary<int, string>();
        foreach (var entry in Table.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = entry.IndexOf(':');
            var dash = entry.IndexOf('-');
            var first = int.Parse(entry.AsSpan(0, dash < 0 ? colon : dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var last = dash < 0 ? first : int.Parse(entry.AsSpan(dash + 1, colon - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (var code = first; code <= last; code++)
                table[code] = dash < 0 ? entry[(colon + 1)..] : ((char)(entry[colon + 1] + code - first)).ToString();
        }

        return table.ToFrozenDictionary();
    }
}
