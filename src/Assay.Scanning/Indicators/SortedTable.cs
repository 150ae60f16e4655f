using System.Text;

namespace Assay.Scanning;

/// <summary>
/// A tab-separated table that is searched where it lies: the lines are sorted by their bytes, and a tab sorts below every other
/// character, so that a look-up is a binary search over the first columns. Loading it costs one pass for the starts of the lines;
/// no row becomes an object before somebody asks for it.
/// </summary>
internal sealed class SortedTable
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    private SortedTable(byte[] bytes)
    {
        _bytes = bytes;
        var text = bytes.AsSpan();
        var starts = new int[text.Count((byte)'\n') + 1];
        var at = 0;
        for (var line = 1; line < starts.Length; line++)
        {
            at += text[at..].IndexOf((byte)'\n') + 1;
            starts[line] = at;
        }

        _starts = starts;
    }

    /// <summary>Rows, without the heading.</summary>
    public int Count => _starts.Length - 2;

    /// <summary>Loads an embedded table, whose first line names the columns.</summary>
    public static SortedTable Load(string resource)
    {
        using var stream = typeof(SortedTable).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The table {resource} is missing from the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new SortedTable(bytes);
    }

    /// <summary>The row with these first two columns; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = Compare(first, second, Row(middle));
            if (order == 0)
                return middle;
            if (order < 0)
                high = middle - 1;
            else
                low = middle + 1;
        }

        return -1;
    }

    /// <summary>The bytes of one column; empty where the row is shorter.</summary>
    public ReadOnlySpan<byte> Field(int row, int column)
    {
        var rest = Row(row);
        for (; column > 0; column--)
        {
            var tab = rest.IndexOf((byte)'\t');
            if (tab < 0)
                return default;
            rest = rest[(tab + 1)..];
        }

        var end = rest.IndexOf((byte)'\t');
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>One column as text.</summary>
    public string Text(int row, int column) => Encoding.UTF8.GetString(Field(row, column));

    private ReadOnlySpan<byte> Row(int row) => _bytes.AsSpan(_starts[row + 1], _starts[row + 2] - _starts[row + 1] - 1);

    private static int Compare(ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<byte> row)
    {
        var order = CompareField(first, row, out var length);
        return order != 0 ? order : CompareField(second, row[Math.Min(length + 1, row.Length)..], out _);
    }

    /// <summary>Compares with the first field of the row. Tables are ASCII, so that any other character sorts behind.</summary>
    private static int CompareField(ReadOnlySpan<char> wanted, ReadOnlySpan<byte> row, out int length)
    {
        length = 0;
        foreach (var c in wanted)
        {
            if (length == row.Length || row[length] == '\t')
                return 1;
            var order = c - row[length];
            if (order != 0)
                return order;
            length++;
        }

        return length == row.Length || row[length] == '\t' ? 0 : -1;
    }
}
