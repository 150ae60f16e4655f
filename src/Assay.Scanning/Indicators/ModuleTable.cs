namespace Assay.Scanning;

/// <summary><c>modules.tsv</c>: what is known of whole modules. Columns: module, kind, capability, reason (for an alias: the other name).</summary>
internal static class ModuleTable
{
    private static readonly SortedTable Modules = SortedTable.Load("Assay.Scanning.modules.tsv");

    /// <summary>All rows.</summary>
    public static IEnumerable<int> Rows
    {
        get
        {
            for (var row = Modules.First; row >= 0; row = Modules.Next(row))
                yield return row;
        }
    }

    /// <summary>The name of a row's module.</summary>
    public static string NameAt(int row) => Modules.Text(row, 0);

    /// <summary>True when look-alikes of this row's module are looked for at a distance too, and not only by the shape of letters.</summary>
    public static bool IsImitated(int row) => Modules.Field(row, 1).SequenceEqual("imitated"u8);

    /// <summary>True for the other names of modules, which are no packages of their own.</summary>
    public static bool IsAlias(int row) => Modules.Field(row, 1).SequenceEqual("alias"u8);

    /// <summary>True when this top-level module comes with Python.</summary>
    public static bool IsStandardLibrary(ReadOnlySpan<char> topLevel) => Modules.Find(topLevel, "stdlib") >= 0;

    /// <summary>True when this top-level module is known at all.</summary>
    public static bool IsKnown(ReadOnlySpan<char> topLevel) =>
        IsStandardLibrary(topLevel)
        || Modules.Find(topLevel, "package") >= 0
        || Modules.Find(topLevel, "imitated") >= 0
        || Modules.Find(topLevel, "dangerous") >= 0
        || Modules.Find(topLevel, "alias") >= 0;

    /// <summary>Another name of the same module (<c>os.path</c> is <c>posixpath</c>, <c>copy_reg</c> is <c>copyreg</c>).</summary>
    public static string? AliasOf(ReadOnlySpan<char> module)
    {
        var row = Modules.Find(module, "alias");
        return row < 0 ? null : Modules.Text(row, 3);
    }

    /// <summary>The grade of a module that is dangerous as a whole, or lies in one that is.</summary>
    public static NameGrade? Dangerous(ReadOnlySpan<char> module)
    {
        for (var part = module; ;)
        {
            var row = Modules.Find(part, "dangerous");
            if (row >= 0)
                return new NameGrade(NameClass.Dangerous, CapabilitiesOf(Modules.Field(row, 2)), part.ToString(), Modules.Text(row, 3), ByModule: true);
            var dot = part.LastIndexOf('.');
            if (dot < 0)
                return null;
            part = part[..dot];
        }
    }

    /// <summary>Reads <c>EXEC+NET</c>.</summary>
    public static Capabilities CapabilitiesOf(ReadOnlySpan<byte> text)
    {
        var all = Capabilities.None;
        while (!text.IsEmpty)
        {
            var plus = text.IndexOf((byte)'+');
            all |= CapabilityOf(plus < 0 ? text : text[..plus]);
            text = plus < 0 ? default : text[(plus + 1)..];
        }

        return all;
    }

    private static Capabilities CapabilityOf(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("EXEC"u8) ? Capabilities.Execute
        : word.SequenceEqual("PROC"u8) ? Capabilities.Process
        : word.SequenceEqual("IMPORT"u8) ? Capabilities.Import
        : word.SequenceEqual("INVOKE"u8) ? Capabilities.Invoke
        : word.SequenceEqual("INTRO"u8) ? Capabilities.Introspect
        : word.SequenceEqual("DESER"u8) ? Capabilities.Deserialize
        : word.SequenceEqual("NATIVE"u8) ? Capabilities.Native
        : word.SequenceEqual("NET"u8) ? Capabilities.Network
        : word.SequenceEqual("FWRITE"u8) ? Capabilities.FileWrite
        : word.SequenceEqual("FDEL"u8) ? Capabilities.FileDelete
        : word.SequenceEqual("FREAD"u8) ? Capabilities.FileRead
        : word.SequenceEqual("INSTALL"u8) ? Capabilities.Install
        : Capabilities.None;
}
