namespace Assay.Scanning;

/// <summary>What can be told of a link from its address.</summary>
internal static class LinkTarget
{
    private static readonly string[] ArchiveEndings = [".zip", ".rar", ".7z", ".iso", ".img", ".vhd", ".vhdx", ".cab", ".ace", ".arj", ".tar.gz", ".tgz"];

    /// <summary>Two-part endings under which names are given out.</summary>
    private static readonly string[] SecondLevel = ["co.uk", "ac.uk", "org.uk", "com.cn", "edu.cn", "org.cn", "ac.cn", "co.jp", "ac.jp", "co.kr", "ac.kr", "com.br", "com.au", "edu.au", "co.in", "ac.in", "com.tw", "edu.tw", "com.tr", "com.mx", "github.io", "hf.space", "gitlab.io", "readthedocs.io", "pages.dev", "workers.dev", "vercel.app", "netlify.app"];

    /// <summary>Names that are imitated.</summary>
    private static readonly string[] Imitated = ["huggingface", "github", "gitlab", "pytorch", "openai", "anthropic", "modelscope", "kaggle", "tensorflow", "microsoft", "google", "nvidia", "pypi", "civitai", "mistral", "deepseek", "ollama", "anaconda"];

    /// <summary>The host of an absolute address, lower case; null for one within the repository.</summary>
    public static string? HostOf(ReadOnlySpan<char> target)
    {
        var scheme = target.IndexOf("://");
        int start;
        if (scheme is > 0 and < 12)
            start = scheme + 3;
        else if (target.StartsWith("//"))
            start = 2;
        else
            return null;
        var rest = target[start..];
        var end = rest.IndexOfAny("/?#\\");
        var host = end < 0 ? rest : rest[..end];
        var at = host.LastIndexOf('@');
        host = host[(at + 1)..];
        var port = host.LastIndexOf(':');
        if (port > 0 && !host.Contains(']'))
            host = host[..port];
        return host.IsEmpty || host.Length > 253 ? null : host.ToString().ToLowerInvariant().TrimEnd('.');
    }

    /// <summary>Whether the address hides its host behind a user name that looks like one: <c>https://github.com@x.example/</c>.</summary>
    public static bool HasDecoyUser(ReadOnlySpan<char> target)
    {
        var scheme = target.IndexOf("://");
        if (scheme < 0)
            return false;
        var rest = target[(scheme + 3)..];
        var end = rest.IndexOfAny("/?#");
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        return at > 0 && authority[..at].Contains('.');
    }

    /// <summary>The name that somebody registered: of <c>a.b.example.com</c> it is <c>example.com</c>.</summary>
    public static string Registered(string host)
    {
        var parts = host.Split('.');
        if (parts.Length <= 2)
            return host;
        var two = $"{parts[^2]}.{parts[^1]}";
        return Array.IndexOf(SecondLevel, two) >= 0 ? $"{parts[^3]}.{two}" : two;
    }

    /// <summary>Whether people trust what comes from this host because of its name.</summary>
    public static bool IsTrusted(string host)
    {
        var registered = Registered(host);
        return Array.IndexOf(Imitated, registered[..Math.Max(0, registered.IndexOf('.'))]) >= 0;
    }

    /// <summary>The known name that a host is dressed up as; null where it is none.</summary>
    public static string? Imitates(string host)
    {
        var registered = Registered(host);
        var dot = registered.IndexOf('.');
        var name = dot < 0 ? registered : registered[..dot];
        if (name.StartsWith("xn--", StringComparison.Ordinal) || !System.Text.Ascii.IsValid(name))
        {
            var shape = new string([.. name.Select(Lookalikes.Latin)]);
            return Array.Find(Imitated, shape.Contains) ?? (name.StartsWith("xn--", StringComparison.Ordinal) ? "another name (letters of another script)" : null);
        }

        foreach (var known in Imitated)
        {
            if (name == known)
                return null;
            if (known.Length >= 6 && (Shape(name) == Shape(known) || IsOneSlip(name, known)))
                return known;
        }

        return null;
    }

    /// <summary>What opening the target would start; null where nothing.</summary>
    public static StartKind? KindOf(string target) => FileMention.KindOf(PathOf(target));

    /// <summary>Whether the target is an archive.</summary>
    public static bool IsArchive(string target)
    {
        var path = PathOf(target);
        foreach (var ending in ArchiveEndings)
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var end = target.IndexOfAny("?#");
        if (end >= 0)
            target = target[..end];
        var scheme = target.IndexOf("://");
        if (scheme < 0)
            return target;
        // A host is no file: "https://example.run".
        var slash = target[(scheme + 3)..].IndexOf('/');
        return slash < 0 ? default : target[(scheme + 3 + slash)..];
    }

    private static string Shape(string name) =>
        name.Replace("0", "o").Replace("1", "l").Replace("i", "l").Replace("5", "s").Replace("3", "e").Replace("rn", "m").Replace("vv", "w").Replace("-", "");

    /// <summary>One letter more, less, exchanged or swapped with its neighbour, behind the first.</summary>
    private static bool IsOneSlip(ReadOnlySpan<char> name, ReadOnlySpan<char> known)
    {
        if (Math.Abs(name.Length - known.Length) > 1)
            return false;
        var start = name.CommonPrefixLength(known);
        if (start == 0)
            return false;
        var left = name[start..];
        var right = known[start..];
        if (left.Length == right.Length)
            return left.Length >= 1 && (left[1..].SequenceEqual(right[1..]) || (left.Length >= 2 && left[0] == right[1] && left[1] == right[0] && left[2..].SequenceEqual(right[2..])));
        return left.Length > right.Length ? left[1..].SequenceEqual(right) && !char.IsAsciiDigit(left[0]) : left.SequenceEqual(right[1..]);
    }
}
