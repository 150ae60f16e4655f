using System.Collections.Frozen;
using System.Text;

namespace Assay.Scanning;

/// <summary>What a function of a library does (<c>Indicators/python_calls.tsv</c>).</summary>
/// <param name="Kind">The effect: <c>shell</c>, <c>program</c>, <c>code</c>, <c>get</c>, <c>post</c>, <c>decode</c> …</param>
/// <param name="Detail">What qualifies it: the decoder, the type of the result.</param>
internal readonly record struct PythonEffect(string Kind, string Detail);

/// <summary>Tables of Python's libraries: effects of functions, files that hold secrets, files that start by themselves.</summary>
internal static class PythonLibrary
{
    private static readonly FrozenDictionary<string, PythonEffect> Effects = LoadEffects();

    private static readonly (string Fragment, Confidence Sure)[] SecretPlaces = LoadPlaces("Assay.Scanning.secret_paths.tsv");

    private static readonly FrozenSet<string> Builtins = (
        "abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod enumerate eval exec execfile filter float format frozenset getattr globals hasattr hash "
        + "help hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range raw_input reduce reload repr reversed round set setattr slice sorted "
        + "staticmethod str sum super tuple type unichr unicode vars xrange zip __import__ file").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Places whose files run by themselves: a fragment of the path in lower case with <c>/</c>.</summary>
    private static readonly string[] StartPlaces =
    [
        "/.bashrc", "/.bash_profile", "/.profile", "/.zshrc", "/.zprofile", "/.bash_login", "/etc/profile", "/etc/rc.local", "/etc/cron", "/var/spool/cron", "/.config/autostart/", "/etc/systemd/system/", "/.config/systemd/user/",
        "/launchagents/", "/launchdaemons/", "/start menu/programs/startup", "/.ssh/authorized_keys", "/etc/ld.so.preload", "sitecustomize.py", "usercustomize.py", "/.config/fish/config.fish", "/etc/init.d/", "/.ipython/profile_default/startup",
        "/.git/hooks/", "microsoft.powershell_profile.ps1", "/site-packages/",
    ];

    public static bool IsBuiltin(string name) => Builtins.Contains(name);

    public static bool Knows(string name) => Effects.ContainsKey(name);

    public static PythonEffect? EffectOf(string name) => Effects.TryGetValue(name, out var effect) ? effect : null;

    /// <summary>Whether a path is where credentials, cookies or wallets are kept, and how surely.</summary>
    public static Confidence? SecretAt(string path)
    {
        var folded = "/" + path.Replace('\\', '/').ToLowerInvariant();
        if (folded.EndsWith("/.ssh/config", StringComparison.Ordinal) || folded.EndsWith("known_hosts", StringComparison.Ordinal) || folded.EndsWith(".pub", StringComparison.Ordinal))
            return Confidence.Low;
        foreach (var (fragment, sure) in SecretPlaces)
        {
            if (folded.Contains(fragment, StringComparison.Ordinal))
                return sure;
        }

        return null;
    }

    /// <summary>Whether what is written to a path starts by itself.</summary>
    public static bool StartsByItself(string path)
    {
        var folded = "/" + path.Replace('\\', '/').ToLowerInvariant();
        if (folded.Contains("/site-packages/", StringComparison.Ordinal) && !folded.EndsWith(".pth", StringComparison.Ordinal) && !folded.EndsWith("customize.py", StringComparison.Ordinal))
            return false;
        return Array.Exists(StartPlaces, p => folded.Contains(p, StringComparison.Ordinal)) || (folded.EndsWith(".pth", StringComparison.Ordinal) && folded.Contains("packages", StringComparison.Ordinal));
    }

    public static PythonValue PathOf(string text, PythonValue like) =>
        new(PythonKind.Instance) { Text = "path", Owner = PythonValue.Str(text), From = like.From, Source = like.Source, Decoders = like.Decoders };

    public static string JoinPath(string one, string other)
    {
        if (other.Length == 0)
            return one;
        if (one.Length == 0 || other[0] is '/' or '\\' or '~' || (other.Length > 1 && other[1] == ':'))
            return other;
        return one[^1] is '/' or '\\' ? one + other : one + "/" + other;
    }

    public static string ParentOf(string path)
    {
        var at = path.LastIndexOfAny(['/', '\\']);
        return at <= 0 ? "." : path[..at];
    }

    private static FrozenDictionary<string, PythonEffect> LoadEffects()
    {
        var effects = new Dictionary<string, PythonEffect>(StringComparer.Ordinal);
        foreach (var row in Rows("Assay.Scanning.python_calls.tsv"))
        {
            var effect = row[1];
            var colon = effect.IndexOf(':', StringComparison.Ordinal);
            effects[row[0]] = colon < 0 ? new PythonEffect(effect, "") : new PythonEffect(effect[..colon], effect[(colon + 1)..]);
        }

        return effects.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static (string, Confidence)[] LoadPlaces(string resource)
    {
        var places = new List<(string, Confidence)>();
        foreach (var row in Rows(resource))
            places.Add((row[0], row[1] == "high" ? Confidence.High : Confidence.Medium));
        return [.. places];
    }

    private static IEnumerable<string[]> Rows(string resource)
    {
        using var reader = new StreamReader(typeof(PythonLibrary).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"The table {resource} is missing from the assembly."), Encoding.UTF8);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
            yield return line.Split('\t');
    }
}
