using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>What a value is.</summary>
internal enum PythonKind
{
    /// <summary>Anything; only its origin may be known.</summary>
    Unknown,

    /// <summary><c>None</c>.</summary>
    None,

    /// <summary>A boolean or an integer: <see cref="PythonValue.Number"/>.</summary>
    Int,

    /// <summary>Text: <see cref="PythonValue.Text"/>, with <see cref="PythonValue.Hole"/> for parts that are not known.</summary>
    Str,

    /// <summary>Bytes, one character a byte.</summary>
    Bytes,

    /// <summary>A list, tuple, set or iterator.</summary>
    List,

    /// <summary>A dictionary.</summary>
    Dict,

    /// <summary>A name of a library: <see cref="PythonValue.Text"/> is <c>subprocess.Popen</c>.</summary>
    Global,

    /// <summary>A function or lambda of the file.</summary>
    Function,

    /// <summary>A class of the file.</summary>
    Class,

    /// <summary>An object of a class of the file, or of a library class that <see cref="PythonValue.Text"/> names.</summary>
    Instance,

    /// <summary>A method taken from an object.</summary>
    Bound,

    /// <summary>A callable with arguments bound already.</summary>
    Partial,

    /// <summary>One of several: what branches leave behind.</summary>
    Choice,
}

/// <summary>A value of the abstract evaluation: a constant as far as it is known, and where it comes from.</summary>
internal sealed class PythonValue
{
    /// <summary>Stands in a text for a part that is not known.</summary>
    public const char Hole = '\uFFFC';

    public static readonly PythonValue Unknown = new(PythonKind.Unknown);
    public static readonly PythonValue None = new(PythonKind.None);
    public static readonly PythonValue True = new(PythonKind.Int) { Number = 1 };
    public static readonly PythonValue False = new(PythonKind.Int);

    public PythonValue(PythonKind kind) => Kind = kind;

    public PythonKind Kind { get; }

    public string Text { get; init; } = "";

    public long Number { get; init; }

    /// <summary>Elements of a list, alternatives of a choice, arguments of a partial.</summary>
    public List<PythonValue>? Items { get; init; }

    /// <summary>Entries of a dictionary by printed key; attributes of a class or instance.</summary>
    public Dictionary<string, PythonValue>? Map { get; init; }

    /// <summary>The function, lambda or class.</summary>
    public PythonNode? Node { get; init; }

    /// <summary>The scope that a function was made in.</summary>
    public PythonScope? Scope { get; init; }

    /// <summary>The object of a bound method; the class of an instance; the callable of a partial.</summary>
    public PythonValue? Owner { get; init; }

    public Origin From { get; init; }

    /// <summary>The address or path that the data comes from.</summary>
    public string? Source { get; init; }

    public IReadOnlyList<string> Decoders { get; init; } = [];

    /// <summary>Whether it was encrypted here.</summary>
    public bool Encrypted { get; init; }

    public bool IsText => Kind is PythonKind.Str or PythonKind.Bytes;

    /// <summary>Whether all of the text is known.</summary>
    public bool IsConstant => IsText && !Text.Contains(Hole);

    public static PythonValue Str(string text) => new(PythonKind.Str) { Text = text };

    public static PythonValue Int(long number) => new(PythonKind.Int) { Number = number };

    public static PythonValue Global(string name) => new(PythonKind.Global) { Text = name };

    public static PythonValue List(List<PythonValue> items) => new(PythonKind.List) { Items = items };

    /// <summary>Something unknown that carries origins.</summary>
    public static PythonValue Tainted(Origin from, string? source = null, IReadOnlyList<string>? decoders = null, bool encrypted = false) =>
        from == Origin.None && source is null && decoders is null or { Count: 0 } && !encrypted
            ? Unknown
            : new(PythonKind.Unknown) { From = from, Source = source, Decoders = decoders ?? [], Encrypted = encrypted };

    /// <summary>The same value with more origins.</summary>
    public PythonValue With(Origin from, string? source = null, IReadOnlyList<string>? decoders = null, bool encrypted = false)
    {
        if ((from | From) == From && (source is null || Source is not null) && decoders is null or { Count: 0 } && (!encrypted || Encrypted))
            return this;
        return new PythonValue(Kind)
        {
            Text = Text,
            Number = Number,
            Items = Items,
            Map = Map,
            Node = Node,
            Scope = Scope,
            Owner = Owner,
            From = From | from,
            Source = Source ?? source,
            Decoders = decoders is { Count: > 0 } ? Joined(Decoders, decoders) : Decoders,
            Encrypted = Encrypted || encrypted,
        };
    }

    public PythonValue With(PythonValue other) => With(other.From, other.Source, other.Decoders, other.Encrypted);

    /// <summary>The origins of a value and of what it holds.</summary>
    public PythonValue Taint(int depth = 3)
    {
        var sum = Tainted(From, Source, Decoders, Encrypted);
        if (Kind == PythonKind.Global && Text is "os.environ")
            return sum.With(Origin.Secret, "all environment variables");
        if (depth == 0)
            return sum;
        var left = 64;
        foreach (var item in Items ?? [])
        {
            if (left-- == 0)
                break;
            sum = sum.With(item.Taint(depth - 1));
        }

        if (Kind is PythonKind.Dict && Map is not null)
        {
            foreach (var item in Map.Values)
            {
                if (left-- == 0)
                    break;
                sum = sum.With(item.Taint(depth - 1));
            }
        }

        return sum;
    }

    /// <summary>The value itself, or each of a choice.</summary>
    public IEnumerable<PythonValue> Alternatives()
    {
        if (Kind != PythonKind.Choice)
        {
            yield return this;
            yield break;
        }

        foreach (var item in Items!)
            yield return item;
    }

    /// <summary>One of two, where branches differ; at most four alternatives are kept.</summary>
    public static PythonValue Either(PythonValue one, PythonValue other)
    {
        if (ReferenceEquals(one, other) || (one.Kind == other.Kind && one.Text == other.Text && one.Number == other.Number && one.IsText && one.From == other.From))
            return one;
        if (one.Kind is PythonKind.Unknown or PythonKind.None && one.From == Origin.None)
            return other;
        if (other.Kind is PythonKind.Unknown or PythonKind.None && other.From == Origin.None)
            return one;
        var items = new List<PythonValue>(4);
        foreach (var side in (ReadOnlySpan<PythonValue>)[one, other])
        {
            foreach (var item in side.Alternatives())
            {
                if (items.Count < 4)
                    items.Add(item);
            }
        }

        return new PythonValue(PythonKind.Choice) { Items = items, From = one.From | other.From, Source = one.Source ?? other.Source, Decoders = one.Decoders.Count > 0 ? one.Decoders : other.Decoders };
    }

    /// <summary>The text of a value as it would stand in a string; a hole where it is not known.</summary>
    public string Shown() => Kind switch
    {
        PythonKind.Str or PythonKind.Bytes => Text,
        PythonKind.Int => Number.ToString(),
        PythonKind.None => "None",
        PythonKind.Choice => Items![0].Shown(),
        PythonKind.Instance when Text is "path" or "file" && Owner is { } path => path.Shown(),
        _ => Hole.ToString(),
    };

    private static List<string> Joined(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        var all = new List<string>(one);
        foreach (var name in other)
        {
            if (!all.Contains(name) && all.Count < 8)
                all.Add(name);
        }

        return all;
    }
}

/// <summary>The names of a module, function or class.</summary>
internal sealed class PythonScope(PythonScope? parent, bool isClass = false)
{
    /// <summary>Names that an enclosing branch has to merge; null outside of branches.</summary>
    private Dictionary<string, PythonValue?>? _log;

    public PythonScope? Parent => parent;

    public bool IsClass => isClass;

    public Dictionary<string, PythonValue> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that <c>global</c> or <c>nonlocal</c> sends elsewhere.</summary>
    public Dictionary<string, PythonScope>? Elsewhere { get; set; }

    public PythonValue? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if ((ReferenceEquals(scope, this) || !scope.IsClass) && scope.Names.TryGetValue(name, out var value))
                return value;
        }

        return null;
    }

    public void Set(string name, PythonValue value)
    {
        var scope = Elsewhere is not null && Elsewhere.TryGetValue(name, out var other) ? other : this;
        if (scope._log is { } log)
            log.TryAdd(name, scope.Names.GetValueOrDefault(name));
        scope.Names[name] = value;
    }

    /// <summary>Starts to record what a branch changes, and gives back what was recorded so far.</summary>
    public Dictionary<string, PythonValue?>? Begin()
    {
        var outer = _log;
        _log = new Dictionary<string, PythonValue?>(StringComparer.Ordinal);
        return outer;
    }

    /// <summary>Ends a branch: takes its changes back and returns them.</summary>
    public Dictionary<string, PythonValue> TakeBack(Dictionary<string, PythonValue?>? outer)
    {
        var changed = new Dictionary<string, PythonValue>(StringComparer.Ordinal);
        foreach (var (name, old) in _log!)
        {
            changed[name] = Names[name];
            if (old is null)
                Names.Remove(name);
            else
                Names[name] = old;
        }

        _log = outer;
        return changed;
    }

    /// <summary>Merges the changes of two branches.</summary>
    public void Merge(Dictionary<string, PythonValue> one, Dictionary<string, PythonValue> other)
    {
        foreach (var (name, value) in one)
            Set(name, PythonValue.Either(value, other.TryGetValue(name, out var second) ? second : Names.GetValueOrDefault(name) ?? value));
        foreach (var (name, value) in other)
        {
            if (!one.ContainsKey(name))
                Set(name, PythonValue.Either(Names.GetValueOrDefault(name) ?? value, value));
        }
    }
}
