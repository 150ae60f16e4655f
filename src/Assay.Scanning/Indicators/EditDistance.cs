namespace Assay.Scanning;

/// <summary>Distance of names in slips of the keyboard: a letter more, less, exchanged, or swapped with its neighbour (Damerau-Levenshtein, optimal string alignment).</summary>
internal static class EditDistance
{
    private const int MaxLength = 128;

    /// <summary>The distance; <paramref name="limit"/> + 1 where it is larger, or a name is too long to be a slip.</summary>
    public static int Of(ReadOnlySpan<char> a, ReadOnlySpan<char> b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit || a.Length > MaxLength || b.Length > MaxLength)
            return limit + 1;
        var prefix = a.CommonPrefixLength(b);
        a = a[prefix..];
        b = b[prefix..];
        while (a.Length > 0 && b.Length > 0 && a[^1] == b[^1])
        {
            a = a[..^1];
            b = b[..^1];
        }

        if (a.Length == 0 || b.Length == 0)
            return Math.Min(limit + 1, Math.Max(a.Length, b.Length));
        Span<int> before = stackalloc int[MaxLength + 1];
        Span<int> above = stackalloc int[MaxLength + 1];
        Span<int> row = stackalloc int[MaxLength + 1];
        for (var j = 0; j <= b.Length; j++)
            above[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            var best = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost = Math.Min(cost, before[j - 2] + 1);
                row[j] = cost;
                best = Math.Min(best, cost);
            }

            if (best > limit)
                return limit + 1;
            var spare = before;
            before = above;
            above = row;
            row = spare;
        }

        return Math.Min(limit + 1, above[b.Length]);
    }
}
