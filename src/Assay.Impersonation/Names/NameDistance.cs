namespace Assay.Impersonation.Names;

/// <summary>
/// How far apart two monikers are (<see cref="Moniker.Letters"/>), in slips: optimal string alignment where what fingers, ears and eyes confuse costs less than other edits.
/// </summary>
public static class NameDistance
{
    /// <summary>What is compared; longer monikers are cut.</summary>
    public const int MaxLength = 192;

    private const float Slip = 0.6f;
    private const float Heard = 0.6f;
    private const float Vowel = 0.7f;
    private const float Seen = 0.3f;
    private const float Digit = 1.5f;
    private const float Other = 1f;

    /// <summary>Rows of keys; on one of the keyboards neighbours in a row, or one row apart with the shift of the rows, are adjacent.</summary>
    private static readonly string[][] Keyboards =
    [
        ["qwertyuiop", "asdfghjkl", "zxcvbnm"],
        ["azertyuiop", "qsdfghjklm", "wxcvbn"],
        ["qwertzuiop", "asdfghjkl", "yxcvbnm"],
    ];

    private static readonly float[] Substitutions = Costs();

    /// <summary>The distance: 0 for equal monikers, symmetric.</summary>
    public static float Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b) => Between(a, b, float.MaxValue);

    /// <summary>The distance, or something above <paramref name="limit"/> as soon as it is known to be above.</summary>
    public static float Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b, float limit)
    {
        a = a[..Math.Min(a.Length, MaxLength)];
        b = b[..Math.Min(b.Length, MaxLength)];

        // The cheapest insertion is that of a doubled letter, the cheapest look-alike replaces two letters.
        if (Math.Abs(a.Length - b.Length) * Seen > limit)
            return float.MaxValue;
        var width = b.Length + 1;
        Span<float> rows = stackalloc float[3 * width];
        var before = rows[..width];
        var above = rows.Slice(width, width);
        var row = rows[(2 * width)..];
        above[0] = 0;
        for (var j = 1; j <= b.Length; j++)
            above[j] = above[j - 1] + Indel(b, j - 1);
        var previousLeast = 0f;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = above[0] + Indel(a, i - 1);
            var least = row[0];
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Math.Min(above[j] + Indel(a, i - 1), row[j - 1] + Indel(b, j - 1));
                cost = Math.Min(cost, above[j - 1] + Substitution(a, i - 1, b, j - 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && a[i - 1] != a[i - 2])
                    cost = Math.Min(cost, before[j - 2] + (char.IsAsciiDigit(a[i - 1]) || char.IsAsciiDigit(a[i - 2]) ? Digit : Slip));

                // Two letters on one side for one on the other: f and ph, x and ks, d and cl, m and rn.
                if (i > 1 && Pair(a[i - 2], a[i - 1], b[j - 1]) is var left and > 0)
                    cost = Math.Min(cost, before[j - 1] + left);
                if (j > 1 && Pair(b[j - 2], b[j - 1], a[i - 1]) is var right and > 0)
                    cost = Math.Min(cost, above[j - 2] + right);
                row[j] = cost;
                least = Math.Min(least, cost);
            }

            // A transposition reaches over one row.
            if (least > limit && previousLeast > limit)
                return float.MaxValue;
            previousLeast = least;
            var spare = before;
            before = above;
            above = row;
            row = spare;
        }

        return above[b.Length];
    }

    /// <summary>Up to which distance two monikers are near; negative for those too short to tell a slip from another name.</summary>
    /// <param name="length">The shorter length.</param>
    public static float NearLimit(int length) => length switch
    {
        < 5 => -1,
        <= 7 => 1.2f,
        <= 12 => 1.7f,
        _ => 2.2f,
    };

    /// <summary>Whether two different monikers are near.</summary>
    public static bool IsNear(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var limit = NearLimit(Math.Min(a.Length, b.Length));
        return limit > 0 && Between(a, b, limit) <= limit;
    }

    private static float Indel(ReadOnlySpan<char> text, int i) =>
        char.IsAsciiDigit(text[i]) ? Digit : (i > 0 && text[i - 1] == text[i]) || (i + 1 < text.Length && text[i + 1] == text[i]) ? Slip : Other;

    private static float Substitution(ReadOnlySpan<char> a, int i, ReadOnlySpan<char> b, int j)
    {
        var (x, y) = (a[i], b[j]);
        if (x == y)
            return 0;
        if (x >= 128 || y >= 128)
            return Other;
        var cost = Substitutions[(x * 128) + y];

        // A digit looks like a letter only inside a word of letters.
        if (cost == Seen && (char.IsAsciiDigit(x) ? !IsInWord(a, i) : char.IsAsciiDigit(y) && !IsInWord(b, j)))
            return Digit;
        return cost;
    }

    private static bool IsInWord(ReadOnlySpan<char> text, int i) =>
        (i > 0 && char.IsAsciiLetter(text[i - 1])) && (i + 1 == text.Length || char.IsAsciiLetter(text[i + 1]));

    private static float Pair(char first, char second, char single) => (first, second, single) switch
    {
        ('c', 'l', 'd') => Seen,
        ('p', 'h', 'f') => Heard,
        ('k', 's', 'x') => Heard,
        ('r', 'n', 'm') => Seen,
        ('v', 'v', 'w') => Seen,
        _ => 0,
    };

    private static float[] Costs()
    {
        var costs = new float[128 * 128];
        for (var x = 0; x < 128; x++)
        {
            for (var y = 0; y < 128; y++)
                costs[(x * 128) + y] = char.IsAsciiDigit((char)x) || char.IsAsciiDigit((char)y) ? Digit : Other;
        }

        void Set(char x, char y, float cost)
        {
            costs[(x * 128) + y] = Math.Min(costs[(x * 128) + y], cost);
            costs[(y * 128) + x] = costs[(x * 128) + y];
        }

        foreach (var x in "aeou")
        {
            foreach (var y in "aeou")
                Set(x, y, Vowel);
        }

        // The skeleton writes i, l and 1 as l, 0 as o; keys are those of any of them.
        foreach (var keyboard in Keyboards)
        {
            for (var r = 0; r < 3; r++)
            {
                for (var c = 0; c < keyboard[r].Length; c++)
                {
                    var key = Merged(keyboard[r][c]);
                    if (c + 1 < keyboard[r].Length)
                        Set(key, Merged(keyboard[r][c + 1]), Slip);
                    for (var d = c - 1; r + 1 < 3 && d <= c; d++)
                    {
                        if (d >= 0 && d < keyboard[r + 1].Length)
                            Set(key, Merged(keyboard[r + 1][d]), Slip);
                    }
                }
            }
        }

        foreach (var (x, y) in new[] { ('c', 'k'), ('s', 'z'), ('y', 'l') })
            Set(x, y, Heard);
        foreach (var vowel in "aeou")
            Set('l', vowel, Vowel);
        foreach (var (x, y) in new[] { ('q', 'g'), ('5', 's'), ('3', 'e'), ('4', 'a'), ('7', 't'), ('8', 'b') })
            Set(x, y, Seen);
        return costs;
    }

    private static char Merged(char c) => c == 'i' ? 'l' : c;
}
