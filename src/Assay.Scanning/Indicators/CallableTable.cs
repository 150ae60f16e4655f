namespace Assay.Scanning;

/// <summary>
/// What is known of the names that a pickle can import: <c>callables.tsv</c> (names, and patterns of names) and <c>modules.tsv</c>
/// (whole modules, the standard library, known packages). A name is graded by what it would resolve to in Python.
/// </summary>
public static class CallableTable
{
    private const string AnyClass = "CamelCase";
    private const string CythonHelper = "__pyx_unpickle_";
    private const string AnyCythonHelper = "__pyx_unpickle_*";

    /// <summary>Longer paths are cut: no honest name has as many parts, and every part is looked at together with every other.</summary>
    private const int MaxParts = 12;

    private static readonly SortedTable Names = SortedTable.Load("Assay.Scanning.callables.tsv");

    /// <summary>Grades of the names asked for last; a fixed number of places, so that no file can make it grow.</summary>
    private static readonly CacheEntry?[] Cache = new CacheEntry?[2048];

    /// <summary>Parts of class names that a class of data has no use for: such a class is not accepted by pattern.</summary>
    private static readonly string[] Harmful =
    [
        "Popen", "Subprocess", "SubProcess", "Shell", "Command", "Exec", "Compile", "Unpickl", "Download", "Launch", "Importer",
        "Interpreter", "Server", "Socket", "Thread", "Remote", "Client", "System", "Terminal", "Daemon", "Debugger", "FileIO",
    ];

    /// <summary>Grades a name.</summary>
    /// <param name="module">Module, as resolved for the protocol in force.</param>
    /// <param name="name">Qualified name in it; may have dots.</param>
    /// <param name="trustedModules">Module prefixes that the operator trusts.</param>
    public static NameGrade Grade(string module, string name, IReadOnlyList<string> trustedModules)
    {
        ref var slot = ref Cache[(uint)HashCode.Combine(module, name) % (uint)Cache.Length];
        var entry = Volatile.Read(ref slot);
        if (entry is null || entry.Module != module || entry.Name != name)
        {
            entry = new CacheEntry(module, name, Decide(module, name));
            Volatile.Write(ref slot, entry);
        }

        var grade = entry.Grade;
        if (grade.Class is NameClass.Dangerous or NameClass.Gated or NameClass.Safe)
            return grade;
        for (var i = 0; i < trustedModules.Count; i++)
        {
            if (IsWithin(module, trustedModules[i]))
                return new NameGrade(NameClass.Safe, Capabilities.None, trustedModules[i], "trusted by the configuration", ByModule: true);
        }

        return grade;
    }

    /// <summary>True when the module, or the package it belongs to, comes with Python (2.7 to 3.14).</summary>
    public static bool IsStandardLibrary(string module) => ModuleTable.IsStandardLibrary(TopLevel(module));

    /// <summary>True when the package that the module belongs to is known, of the standard library or not.</summary>
    public static bool IsKnown(string module) => ModuleTable.IsKnown(TopLevel(module));

    /// <summary>
    /// The known package that the module's own package is dressed up as (<c>t0rch</c>, <c>numpyy</c>, <c>nurnpy</c>, letters of other
    /// scripts); null when it is known itself, or far from all.
    /// </summary>
    public static string? LookalikeOf(string module) => Lookalikes.Find(TopLevel(module));

    private static NameGrade Decide(string module, string name)
    {
        var grade = DecideSpelled(module, name);
        if (grade.Class is NameClass.Unknown or NameClass.UnknownStandardLibrary && ModuleTable.AliasOf(module) is { } other)
        {
            var renamed = DecideSpelled(other, name);
            if (renamed.Class is not NameClass.Unknown)
                return renamed;
        }

        return grade;
    }

    private static NameGrade DecideSpelled(string module, string name)
    {
        var row = Names.Find(module, name);
        if (row >= 0)
            return FromRow(row, module, name);

        var owner = Owner(module, name);
        if (owner.Class is NameClass.Dangerous)
            return owner;

        if (Walk(name) is { } walked)
            return walked;

        if (owner.Class is NameClass.Gated)
            return owner;

        if (ModuleTable.Dangerous(module) is { } whole)
            return whole;

        if (owner.Class is not NameClass.Unknown)
            return owner;

        if (ByPattern(module, name) is { } pattern)
            return pattern;

        return IsStandardLibrary(module)
            ? new NameGrade(NameClass.UnknownStandardLibrary, Capabilities.None, "", "", ByModule: false)
            : new NameGrade(NameClass.Unknown, Capabilities.None, "", "", ByModule: false);
    }

    /// <summary>
    /// Follows a path through attributes as text. A part that is the name of a dangerous module, or that leads anywhere, is enough; so
    /// is any tail that is a dangerous name. Leading underscores are dropped too, since libraries import <c>os as _os</c>.
    /// </summary>
    private static NameGrade? Walk(string name)
    {
        Span<Range> ranges = stackalloc Range[MaxParts];
        var count = name.AsSpan().Split(ranges, '.');
        if (count == MaxParts && name.AsSpan(ranges[^1]).Contains('.'))
            return Reached(name[ranges[^1]], "a path through more attributes than any honest name has");

        for (var from = 0; from < count; from++)
        {
            var part = name[ranges[from]];
            if (IsReach(part))
                return Reached(part, "leads to everything that Python has loaded");
            if (part.TrimStart('_') is "builtins" or "builtin__" or "bltns")
                return Reached(part, "leads to the built-in functions, exec and eval among them");

            var start = ranges[from].Start.Value;
            for (var to = from; to < count; to++)
            {
                var path = name.AsSpan(start..ranges[to].End.Value);
                var rest = to + 1 < count ? name.AsSpan(ranges[to + 1].Start.Value) : default;
                var grade = Arrives(path, rest);
                if (grade is null && path.StartsWith('_'))
                    grade = Arrives(path.TrimStart('_'), rest);
                if (grade is not null)
                    return grade;
            }
        }

        return null;

        static NameGrade Reached(string part, string reason) =>
            new(NameClass.Dangerous, Capabilities.Introspect, part, reason, ByModule: false);
    }

    /// <summary>The grade of a dangerous name or module that a path arrives at; null for any other.</summary>
    private static NameGrade? Arrives(ReadOnlySpan<char> path, ReadOnlySpan<char> rest)
    {
        if (ModuleTable.AliasOf(path) is { } other)
            path = other;
        if (!rest.IsEmpty)
        {
            var row = Names.Find(path, rest);
            if (row >= 0 && ClassOf(row) == NameClass.Dangerous)
                return FromRow(row, path.ToString(), rest.ToString());
        }

        var isLastWord = rest.IsEmpty && path is "code" or "test" or "imp" or "gc" or "inspect" or "commands" or "pip" or "venv";
        return !isLastWord && ModuleTable.IsStandardLibrary(path) ? ModuleTable.Dangerous(path) : null;
    }

    /// <summary>What the class that the name belongs to is known as: <c>C.method</c> can do what <c>C</c> can.</summary>
    private static NameGrade Owner(string module, string name)
    {
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            var row = Names.Find(module, name.AsSpan(0, dot));
            if (row < 0)
                continue;
            var grade = FromRow(row, module, name[..dot]);
            if (grade.Class is NameClass.Dangerous or NameClass.Gated)
                return grade;
            if (grade.Class == NameClass.Safe && IsOfData(module))
                return grade;
        }

        return default;
    }

    private static NameGrade? ByPattern(string module, string name)
    {
        var isHelper = name.StartsWith(CythonHelper, StringComparison.Ordinal);
        var isClass = !isHelper && IsClassName(name);
        Span<char> pattern = stackalloc char[256];
        for (var length = module.Length; length > 0 && length < 254; length = module.AsSpan(0, length).LastIndexOf('.'))
        {
            module.AsSpan(0, length).CopyTo(pattern);
            ".*".CopyTo(pattern[length..]);
            var prefix = pattern[..(length + 2)];
            var row = Names.Find(prefix, isHelper ? AnyCythonHelper : isClass ? AnyClass : name);
            if (row >= 0)
                return FromRow(row, prefix.ToString(), isClass ? AnyClass : name);
        }

        return null;
    }

    /// <summary>True for a class as packages name them, and for a class within a class; leading underscores are allowed.</summary>
    private static bool IsClassName(string name)
    {
        foreach (var part in Harmful)
        {
            if (name.Contains(part, StringComparison.Ordinal))
                return false;
        }

        var isStart = true;
        var isLetterSeen = false;
        foreach (var c in name)
        {
            if (c == '.')
            {
                if (!isLetterSeen)
                    return false;
                isStart = true;
                isLetterSeen = false;
            }
            else if (isStart && c != '_')
            {
                if (!char.IsAsciiLetterUpper(c))
                    return false;
                isStart = false;
                isLetterSeen = true;
            }
            else if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return isLetterSeen;
    }

    /// <summary>Attributes through which anything in Python can be reached, or which decide how objects act.</summary>
    private static bool IsReach(string part) => part is
        "__globals__" or "__builtins__" or "__class__" or "__subclasses__" or "__init__" or "__dict__" or "__loader__" or "__spec__"
        or "__reduce__" or "__reduce_ex__" or "__getattribute__" or "__getattr__" or "__mro__" or "__base__" or "__bases__"
        or "__import__" or "__code__" or "__func__" or "__self__" or "__closure__" or "__init_subclass__" or "__call__"
        or "__setattr__" or "__delattr__" or "__setstate__" or "__wrapped__" or "__new__" or "__subclasshook__" or "__objclass__"
        or "__origin__" or "__defaults__" or "__kwdefaults__" or "__get__" or "__set__" or "mro" or "gi_frame" or "cr_frame"
        or "f_globals" or "f_builtins" or "f_locals" or "f_back" or "tb_frame" or "func_globals";

    /// <summary>Modules of plain data, the methods of whose classes are as harmless as the classes.</summary>
    private static bool IsOfData(string module) =>
        module is "builtins" or "__builtin__" or "datetime" or "decimal" or "fractions" or "collections";

    private static NameGrade FromRow(int row, string module, string name) =>
        new(ClassOf(row), ModuleTable.CapabilitiesOf(Names.Field(row, 3)), $"{module}.{name}", Names.Text(row, 4), ByModule: false);

    private static NameClass ClassOf(int row) => Names.Field(row, 2) switch
    {
        [(byte)'d', ..] => NameClass.Dangerous,
        [(byte)'g', ..] => NameClass.Gated,
        [(byte)'s', (byte)'a', (byte)'f', (byte)'e', (byte)'-', ..] => NameClass.SafePattern,
        _ => NameClass.Safe,
    };

    private static bool IsWithin(ReadOnlySpan<char> module, ReadOnlySpan<char> prefix) =>
        module.StartsWith(prefix) && (module.Length == prefix.Length || module[prefix.Length] == '.');

    private static ReadOnlySpan<char> TopLevel(string module)
    {
        var dot = module.IndexOf('.');
        return dot < 0 ? module : module.AsSpan(0, dot);
    }

    private sealed record CacheEntry(string Module, string Name, NameGrade Grade);
}
