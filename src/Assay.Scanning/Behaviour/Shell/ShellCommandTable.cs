namespace Assay.Scanning;

/// <summary>What a command does with its arguments: a row of <c>shell_commands.tsv</c>.</summary>
/// <param name="Name">The command.</param>
/// <param name="Kind">What it is: which code of <see cref="ShellEvaluator"/> explains it.</param>
/// <param name="Detail">More of that: the language and its options, operands in front of a command, the dialect.</param>
/// <param name="ValueOptions">Options that take the next argument.</param>
internal sealed record ShellCommandRow(string Name, string Kind, string Detail, IReadOnlySet<string> ValueOptions);

/// <summary><c>shell_commands.tsv</c>: commands whose arguments are understood. Read when the first script is met.</summary>
internal static class ShellCommandTable
{
    private static readonly Dictionary<string, ShellCommandRow> Rows = Load();
    private static readonly Dictionary<string, ShellCommandRow>.AlternateLookup<ReadOnlySpan<char>> ByName = Rows.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The row of a command, given by name without folders; versions behind the name count for nothing (<c>python3.11</c>).</summary>
    public static ShellCommandRow? Find(ReadOnlySpan<char> name)
    {
        if (ByName.TryGetValue(name, out var row))
            return row;
        if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
            return Find(name[..^4]);
        if (name.StartsWith("mkfs."))
            return Rows["mkfs"];
        var plain = name.TrimEnd("0123456789.");
        if (plain.EndsWith("-"))
            plain = plain[..^1];
        return plain.Length > 0 && plain.Length < name.Length && ByName.TryGetValue(plain, out row) && row.Kind is "interpreter" or "install" ? row : null;
    }

    /// <summary>The first command that a pattern of file names fits, those that fetch and run before others.</summary>
    public static string? Fitting(string pattern)
    {
        string? found = null;
        foreach (var row in Rows.Values)
        {
            if (!ShellText.Fits(row.Name, pattern))
                continue;
            if (row.Kind is "interpreter" or "fetch" or "socket" or "decoder")
                return row.Name;
            found ??= row.Name;
        }

        return found ?? (ShellText.Fits("passwd", pattern) ? "passwd" : null);
    }

    private static Dictionary<string, ShellCommandRow> Load()
    {
        var rows = new Dictionary<string, ShellCommandRow>(512, StringComparer.Ordinal);
        using var stream = typeof(ShellCommandTable).Assembly.GetManifestResourceStream("Assay.Scanning.shell_commands.tsv")
            ?? throw new InvalidOperationException("The table shell_commands.tsv is missing from the assembly.");
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            rows.Add(fields[0], new ShellCommandRow(fields[0], fields[1], fields[2], new HashSet<string>(fields[3].Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal)));
        }

        return rows;
    }
}

/// <summary>The arguments of a command, told apart as the command does it.</summary>
internal sealed class ShellArguments
{
    private readonly List<(string Name, ShellValue? Value)> _options = [];

    /// <summary>Tells options from operands.</summary>
    /// <param name="values">Arguments without the name.</param>
    /// <param name="takesValue">Options that take the next argument.</param>
    /// <param name="stopsAtOperand">Whether everything behind the first operand belongs to it.</param>
    public ShellArguments(IReadOnlyList<ShellValue> values, IReadOnlySet<string> takesValue, bool stopsAtOperand = false)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var text = values[i].Text;
            if (text == "--")
            {
                for (i++; i < values.Count; i++)
                    Operands.Add(values[i]);
                break;
            }

            if (text.Length < 2 || text[0] != '-' || (text[1] == '$' && !values[i].Known))
            {
                if (stopsAtOperand)
                {
                    for (; i < values.Count; i++)
                        Operands.Add(values[i]);
                    break;
                }

                Operands.Add(values[i]);
                continue;
            }

            if (takesValue.Contains(text))
            {
                _options.Add((text, ++i < values.Count ? values[i] : null));
            }
            else if (text[1] == '-')
            {
                var equals = text.IndexOf('=');
                _options.Add(equals < 0 ? (text, null) : (text[..equals], values[i] with { Text = text[(equals + 1)..] }));
            }
            else if (text.Length > 2 && Cluster(values[i], takesValue, i + 1 < values.Count ? values[i + 1] : null) is var took)
            {
                i += took ? 1 : 0;
            }
            else
            {
                _options.Add((text, null));
            }
        }
    }

    /// <summary>Arguments that are no options.</summary>
    public List<ShellValue> Operands { get; } = [];

    /// <summary>Whether one of the options is there.</summary>
    public bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var (name, _) in _options)
        {
            if (names.Contains(name))
                return true;
        }

        return false;
    }

    /// <summary>Values of the options, in their order.</summary>
    public IEnumerable<ShellValue> All(params string[] names)
    {
        foreach (var (name, value) in _options)
        {
            if (value is not null && Array.IndexOf(names, name) >= 0)
                yield return value;
        }
    }

    /// <summary>The value of the first of the options that is there.</summary>
    public ShellValue? First(params string[] names) => All(names).FirstOrDefault();

    // -fsSLo FILE, -oFILE: single letters together, the last or middle of which takes the rest or the next argument.
    private bool Cluster(ShellValue value, IReadOnlySet<string> takesValue, ShellValue? next)
    {
        var text = value.Text;
        if (text.Length > 24 && !takesValue.Contains(text[..2]))
        {
            _options.Add((text, null));
            return false;
        }

        for (var i = 1; i < text.Length; i++)
        {
            var option = "-" + text[i];
            if (!takesValue.Contains(option))
            {
                _options.Add((option, null));
                continue;
            }

            if (i + 1 < text.Length)
            {
                _options.Add((option, value with { Text = text[(i + 1)..] }));
                return false;
            }

            _options.Add((option, next));
            _options.Add((text, next));
            return next is not null;
        }

        // Options of one dash and several letters: -exec, -inform.
        _options.Add((text, null));
        return false;
    }
}
