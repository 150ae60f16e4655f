namespace Assay.Cli;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>The candidate with the fewest edits, null when none is near.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var least = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var edits = Edits(word, candidate);
            if (edits < least)
                (best, least) = (candidate, edits);
        }

        return best;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one word into the other, case aside.</summary>
    public static int Edits(string one, string other)
    {
        if (one.Length > 64 || other.Length > 64)
            return int.MaxValue;
        var before = new int[other.Length + 1];
        var previous = new int[other.Length + 1];
        var row = new int[other.Length + 1];
        for (var j = 0; j <= other.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var same = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, previous, row) = (previous, row, before);
        }

        return previous[other.Length];
    }
}
