using System.Globalization;

namespace Assay.Scanning;

/// <summary>Where packages are named.</summary>
internal enum PackageRegistry
{
    /// <summary>Python Package Index.</summary>
    PyPi,

    /// <summary>npm.</summary>
    Npm,

    /// <summary>conda channels, whose names are looked up for known bad ones alone.</summary>
    Conda,
}

/// <summary>How a name resembles a popular one.</summary>
/// <param name="Target">The popular name.</param>
/// <param name="How">What was changed, in words.</param>
/// <param name="IsStrong">A slip or a disguise, rather than a name that merely builds on the other.</param>
internal readonly record struct Resemblance(string Target, string How, bool IsStrong);

/// <summary>
/// <c>packages.tsv</c>: names of packages. Columns: name (as PEP 503 writes it), registry, kind, value, reason. Kinds: <c>popular</c> (imitated;
/// value is the rank by downloads), <c>known</c> (quiet), <c>trap</c> (a name that is imported, while the package is the one in value), <c>malicious</c>,
/// <c>compromised</c> (versions in value).
/// </summary>
internal static class PackageTable
{
    private const int MaxName = 128;

    private static readonly SortedTable Packages = SortedTable.Load("Assay.Scanning.packages.tsv");
    private static readonly Lazy<Targets> PyPi = new(() => new Targets("pypi"));
    private static readonly Lazy<Targets> Npm = new(() => new Targets("npm"));

    /// <summary>Endings and beginnings that are put to a popular name to make another one.</summary>
    private static readonly string[] Additions = ["python-", "py-", "python3-", "-python", "-python3", "-py", "-py3", "-gpu", "-cuda", "-lib", "-sdk", "-dev", "-api", "-client", "2", "3"];

    /// <summary>The row of a name; -1 where it is not known.</summary>
    public static int Find(ReadOnlySpan<char> name, PackageRegistry registry) => Packages.Find(name, registry == PackageRegistry.Npm ? "npm" : "pypi");

    /// <summary>The kind of a row.</summary>
    public static string KindOf(int row) => Packages.Text(row, 2);

    /// <summary>The value of a row: rank, versions or the right name.</summary>
    public static string ValueOf(int row) => Packages.Text(row, 3);

    /// <summary>The reason of a row.</summary>
    public static string ReasonOf(int row) => Packages.Text(row, 4);

    /// <summary>A name as registries compare it.</summary>
    public static string Normalise(string name, PackageRegistry registry)
    {
        if (registry == PackageRegistry.Npm)
            return name.ToLowerInvariant();
        var written = new System.Text.StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (c is not ('-' or '_' or '.'))
                written.Append(char.ToLowerInvariant(c));
            else if (written.Length > 0 && written[^1] != '-')
                written.Append('-');
        }

        return written.ToString();
    }

    /// <summary>The popular package that an unknown name resembles; null where it has a name of its own.</summary>
    /// <param name="name">The normalised name.</param>
    /// <param name="registry">Where it is looked for.</param>
    public static Resemblance? Resembles(string name, PackageRegistry registry)
    {
        if (name.Length is < 4 or > MaxName || registry == PackageRegistry.Conda)
            return null;
        var targets = (registry == PackageRegistry.Npm ? Npm : PyPi).Value;
        if (targets.ByShape.TryGetValue(Shape(name), out var same) && same != name && same.Length >= 5)
            return new Resemblance(same, Squash(same) == Squash(name) ? "the separators differ" : "letters are exchanged for ones that look alike", IsStrong: true);
        Resemblance? weak = null;
        for (var length = name.Length - 2; length <= name.Length + 2; length++)
        {
            foreach (var (target, rank) in targets.OfLength(length))
            {
                if (IsSlip(name, target, rank) is not { } slip)
                    continue;
                if (slip.IsStrong)
                    return slip;
                weak ??= slip;
            }
        }

        return weak ?? Built(name, targets);
    }

    /// <summary>A name that puts the words of a popular one into another order, or adds a word that promises nothing new.</summary>
    private static Resemblance? Built(string name, Targets targets)
    {
        var words = name.Split('-');
        if (words.Length is 2 or 3)
        {
            Array.Reverse(words);
            var turned = string.Join('-', words);
            if (turned != name && targets.RankOf(turned) is > 0 and <= 1000)
                return new Resemblance(turned, "the words are in another order", IsStrong: false);
        }

        foreach (var addition in Additions)
        {
            var start = addition[^1] == '-' && name.StartsWith(addition, StringComparison.Ordinal);
            if (!start && !(addition[^1] != '-' && name.EndsWith(addition, StringComparison.Ordinal)))
                continue;
            var rest = start ? name[addition.Length..] : name[..^addition.Length];
            if (rest.Length >= 4 && targets.RankOf(rest) is > 0 and <= 400)
                return new Resemblance(rest, $"'{addition.Trim('-')}' is added", IsStrong: false);
        }

        return null;
    }

    /// <summary>
    /// One slip of the keyboard, two in long names. Short names are near too many others by chance, so that they count only beside the most
    /// popular ones and only where letters are swapped, doubled or missing. A word of its own is no slip: a plural, a version, another first letter.
    /// </summary>
    private static Resemblance? IsSlip(string name, string target, int rank)
    {
        var length = Math.Min(name.Length, target.Length);
        if (target.Length < 5 || length < 4 || name[0] != target[0])
            return null;
        var far = target.Length >= 12 && rank <= 500 && Math.Abs(name.Length - target.Length) <= 1;
        var distance = EditDistance.Of(name, target, far ? 2 : 1);
        if (distance == 0 || distance > (far ? 2 : 1))
            return null;
        var start = name.AsSpan().CommonPrefixLength(target);
        var how = distance == 2 ? "two letters differ" : "one letter differs";
        if (distance == 2)
            return new Resemblance(target, how, IsStrong: !name.AsSpan()[start..].ContainsAnyInRange('0', '9') && !target.AsSpan()[start..].ContainsAnyInRange('0', '9') && !name.Contains('-'));
        var isSwap = name.Length == target.Length && start + 1 < name.Length && name[start] == target[start + 1] && name[start + 1] == target[start];
        if (isSwap)
            how = "two letters are swapped";
        var changed = name.Length > target.Length ? name[start] : target[start];
        if (char.IsAsciiDigit(changed) || changed == '-' || (name.Length == target.Length && char.IsAsciiDigit(name[start])))
            return new Resemblance(target, how, IsStrong: false);
        var isDoubled = name.Length != target.Length && start > 0 && changed == (name.Length > target.Length ? name : target)[start - 1];
        if (isDoubled)
            how = name.Length > target.Length ? "a letter is doubled" : "a doubled letter is single";
        else if (name.Length < target.Length)
            how = "a letter is missing";
        else if (name.Length > target.Length)
            how = "a letter is added";

        // A letter more at the end makes another word (plurals, initials); so does one exchanged there.
        if (start >= length - (name.Length == target.Length ? 1 : 0) && !isDoubled && !isSwap)
            return new Resemblance(target, how, IsStrong: rank <= 500 && changed != 's' && (name.Length < target.Length ? target.Length >= 7 : name.Length == target.Length && target.Length >= 9));
        var strong = target.Length switch
        {
            5 => rank <= 400 && (isSwap || isDoubled || (name.Length < target.Length && start > 1)),
            6 => rank <= 1000 && (isSwap || isDoubled || name.Length != target.Length || (start > 1 && rank <= 300)),
            7 or 8 => rank <= (isSwap || isDoubled || name.Length != target.Length ? 1500 : 700),
            _ => rank <= 3000,
        };
        return new Resemblance(target, how, strong);
    }

    private static string Shape(string name) => Squash(Lookalikes.Shape(name));

    private static string Squash(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);

    /// <summary>The popular names of one registry, by shape and by length. Made once, on first need.</summary>
    private sealed class Targets
    {
        private readonly List<(string Name, int Rank)>[] _byLength = new List<(string, int)>[MaxName + 3];
        private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);

        public Targets(string registry)
        {
            for (var row = Packages.First; row >= 0; row = Packages.Next(row))
            {
                var kind = Packages.Field(row, 2);
                if (!System.Text.Ascii.Equals(Packages.Field(row, 1), registry) || !(kind.SequenceEqual("popular"u8) || kind.SequenceEqual("compromised"u8)))
                    continue;
                var name = Packages.Text(row, 0);
                var rank = kind[0] == 'p' && int.TryParse(Packages.Field(row, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var r) ? r : 1000;
                if (name.Length > MaxName)
                    continue;
                (_byLength[name.Length] ??= []).Add((name, rank));
                _ranks[name] = rank;
                var shape = Shape(name);
                if (!ByShape.TryGetValue(shape, out var other) || _ranks[other] > rank)
                    ByShape[shape] = name;
            }
        }

        public Dictionary<string, string> ByShape { get; } = new(StringComparer.Ordinal);

        public IReadOnlyList<(string Name, int Rank)> OfLength(int length) => length > 0 && length < _byLength.Length && _byLength[length] is { } names ? names : [];

        public int RankOf(string name) => _ranks.GetValueOrDefault(name);
    }
}
