namespace Assay.Scanning;

/// <summary><c>programs.tsv</c>: programs that cards of models ask for as a matter of course. A name that ends or begins in <c>*</c> is a pattern.</summary>
internal static class ProgramTable
{
    private static readonly Lazy<string[]> Names = new(Read);

    /// <summary>Whether a file name, with or without folders, is that of a known program.</summary>
    public static bool IsKnown(string file)
    {
        var name = file[(file.LastIndexOfAny(['/', '\\']) + 1)..];
        foreach (var known in Names.Value)
        {
            if (known[^1] == '*' ? name.StartsWith(known.AsSpan(0, known.Length - 1), StringComparison.OrdinalIgnoreCase)
                : known[0] == '*' ? name.EndsWith(known[1..], StringComparison.OrdinalIgnoreCase)
                : name.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Read()
    {
        var table = SortedTable.Load("Assay.Scanning.programs.tsv");
        var names = new List<string>();
        for (var row = table.First; row >= 0; row = table.Next(row))
            names.Add(table.Text(row, 0));
        return [.. names];
    }
}
