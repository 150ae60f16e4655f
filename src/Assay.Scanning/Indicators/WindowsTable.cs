using System.Text;

namespace Assay.Scanning;

/// <summary>What a command or a place means: a row of <c>windows_commands.tsv</c> or <c>windows_places.tsv</c>.</summary>
/// <param name="Deed">What it does.</param>
/// <param name="Confidence">How sure.</param>
/// <param name="Reason">In words.</param>
/// <param name="Sample">One that the row matches.</param>
internal sealed record WindowsMeaning(Deed Deed, Confidence Confidence, string Reason, string Sample);

/// <summary>What commands of Windows do by their arguments, and what lies behind places of its registry and folders.</summary>
internal static class WindowsTable
{
    private static readonly Lazy<Dictionary<string, List<(string[] Words, WindowsMeaning Meaning)>>> Commands = new(LoadCommands);

    private static readonly Lazy<List<(string Pattern, WindowsMeaning Meaning)>> Places = new(LoadPlaces);

    /// <summary>Every row, for the tests.</summary>
    public static IEnumerable<WindowsMeaning> CommandRows => Commands.Value.Values.SelectMany(static r => r).Select(static r => r.Meaning);

    /// <summary>Every row, for the tests.</summary>
    public static IEnumerable<WindowsMeaning> PlaceRows => Places.Value.Select(static r => r.Meaning);

    /// <summary>Whether the table has rows for a command.</summary>
    public static bool Knows(string command) => Commands.Value.ContainsKey(command);

    /// <summary>What a command does with these arguments; null where the table says nothing.</summary>
    /// <param name="command">Lower case, without folder and ending.</param>
    /// <param name="words">The arguments.</param>
    public static WindowsMeaning? OfCommand(string command, IReadOnlyList<string> words)
    {
        if (!Commands.Value.TryGetValue(command, out var rows))
            return null;
        foreach (var (pattern, meaning) in rows)
        {
            if (Matches(pattern, 0, words, 0))
                return meaning;
        }

        return null;
    }

    /// <summary>What a path or a key of the registry holds; null where the table says nothing.</summary>
    public static WindowsMeaning? OfPlace(string place)
    {
        var key = place.Trim().Trim('"', '\'').Replace('/', '\\').ToLowerInvariant();
        while (key.Contains("\\\\", StringComparison.Ordinal))
            key = key.Replace("\\\\", "\\", StringComparison.Ordinal);
        if (key.Length is < 4 or > 1000)
            return null;
        foreach (var (pattern, meaning) in Places.Value)
        {
            if (Glob(pattern, key))
                return meaning;
        }

        return null;
    }

    /// <summary>Whether a text fits a pattern with <c>*</c> and <c>?</c>. Linear but for one place to come back to.</summary>
    public static bool Glob(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == char.ToLowerInvariant(text[t])))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    /// <summary>Words fit in order; words between them do not matter where the pattern has <c>**</c>, and after its last word.</summary>
    private static bool Matches(string[] pattern, int at, IReadOnlyList<string> words, int word)
    {
        if (at == pattern.Length)
            return true;
        if (pattern[at] == "**")
        {
            for (var i = word; i <= words.Count && i < word + 64; i++)
            {
                if (Matches(pattern, at + 1, words, i))
                    return true;
            }

            return false;
        }

        return word < words.Count && AnyGlob(pattern[at], words[word]) && Matches(pattern, at + 1, words, word + 1);
    }

    private static bool AnyGlob(string pattern, string word)
    {
        foreach (var range in pattern.AsSpan().Split('|'))
        {
            if (Glob(pattern.AsSpan()[range], word))
                return true;
        }

        return false;
    }

    private static Dictionary<string, List<(string[] Words, WindowsMeaning Meaning)>> LoadCommands()
    {
        var table = new Dictionary<string, List<(string[] Words, WindowsMeaning Meaning)>>(StringComparer.Ordinal);
        foreach (var row in Rows("Assay.Scanning.windows_commands.tsv"))
        {
            if (!table.TryGetValue(row[0], out var rows))
                table[row[0]] = rows = [];
            rows.Add((row[1].Split(' '), Meaning(row, 2)));
        }

        return table;
    }

    private static List<(string Pattern, WindowsMeaning Meaning)> LoadPlaces()
    {
        var table = new List<(string Pattern, WindowsMeaning Meaning)>();
        foreach (var row in Rows("Assay.Scanning.windows_places.tsv"))
            table.Add((row[0], Meaning(row, 1)));
        return table;
    }

    private static WindowsMeaning Meaning(string[] row, int at) => new(Enum.Parse<Deed>(row[at]), Enum.Parse<Confidence>(row[at + 1]), row[at + 2], row[at + 3]);

    private static IEnumerable<string[]> Rows(string resource)
    {
        using var stream = typeof(WindowsTable).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"The table {resource} is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
            yield return line.Split('\t');
    }
}
