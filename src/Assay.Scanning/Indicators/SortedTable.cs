using System.Text;

namespace Assay.Scanning;

/// <summary>
/// A tab-separated table that is searched where it lies, in the memory of the assembly: the lines are sorted by their bytes, and a tab
/// sorts below every other character, so that a look-up is a binary search over the first columns. Nothing is read ahead of it: no
/// copy, no index, no objects. A row is the offset of its line.
/// </summary>
internal sealed unsafe class SortedTable
{
    private readonly byte* _bytes;
    private readonly int _length;

    private SortedTable(byte* bytes, int length)
    {
        _bytes = bytes;
        _length = length;
        First = Bytes.IndexOf((byte)'\n') + 1;
    }

    /// <summary>The first row below the heading.</summary>
    public int First { get; }

    private ReadOnlySpan<byte> Bytes => new(_bytes, _length);

    /// <summary>Finds an embedded table, whose first line names the columns and whose last line ends.</summary>
    public static SortedTable Load(string resource)
    {
        // The memory belongs to the assembly, which is never unloaded, and stays where it is after the stream was closed.
        using var stream = (UnmanagedMemoryStream?)typeof(SortedTable).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The table {resource} is missing from the assembly.");
        return new SortedTable(stream.PositionPointer, (int)stream.Length);
    }

    /// <summary>The row with these first two columns; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var bytes = Bytes;
        int low = First, high = bytes.Length;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var start = low + bytes[low..middle].LastIndexOf((byte)'\n') + 1;
            var row = Row(start);
            var order = Compare(first, second, row);
            if (order == 0)
                return start;
            if (order < 0)
                high = start;
            else
                low = start + row.Length + 1;
        }

        return -1;
    }

    /// <summary>The row below; -1 after the last.</summary>
    public int Next(int row)
    {
        var next = row + Row(row).Length + 1;
        return next < _length ? next : -1;
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

    private ReadOnlySpan<byte> Row(int row)
    {
        var rest = Bytes[row..];
        return rest[..rest.IndexOf((byte)'\n')];
    }

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
