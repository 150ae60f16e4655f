using System.Diagnostics.CodeAnalysis;

namespace Assay.Protocol;

/// <summary>
/// The name of a repository, <c>namespace/name</c>. Compared without regard to case; spelled as it was registered
/// (source: <c>huggingface_hub/utils/_validators.py</c>, <c>validate_repo_id</c>).
/// </summary>
/// <param name="Namespace">User or organisation.</param>
/// <param name="Name">Name within it.</param>
public readonly record struct RepoId(string Namespace, string Name)
{
    /// <summary>Longest namespace or name, in characters.</summary>
    public const int MaxSegment = 96;

    // Words of routes: a repository or an account of that name could not be reached, or would hide a page.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "api", "datasets", "spaces", "models", "v1", "v2", "oauth", "resolve", "raw", "tree", "blob", "blame", "commit", "commits", "revision", "refs",
        "settings", "discussions", "info", "kernels", "buckets", "login", "logout", "join", "docs", "device", "new", "organizations", "users",
        "healthz", "readyz", "metrics", "v", "xet", "lfs", "queue", "admin", "assets", "static", "avatars", "openapi", "search", "about",
        ".well-known", "favicon.ico", "robots.txt", "notifications", "parquet", "is-valid", "staff", "official", "verified", "security",
    };

    /// <summary>What ids are compared by.</summary>
    public string Key => $"{KeyOf(Namespace)}/{KeyOf(Name)}";

    /// <summary>The form in which names are compared: lower case.</summary>
    public static string KeyOf(string segment) => segment.ToLowerInvariant();

    /// <summary>Whether a word is taken by routes or has a meaning of its own.</summary>
    public static bool IsReserved(string segment) => Reserved.Contains(segment);

    /// <summary>Why a namespace or name cannot be registered, as a sentence; null when it can.</summary>
    /// <param name="segment">The name.</param>
    public static string? Problem(string segment)
    {
        if (segment.Length is 0 or > MaxSegment)
            return $"A name has 1 to {MaxSegment} characters.";
        foreach (var c in segment)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return $"\"{segment}\" has a character that names cannot have. Use letters, digits, '-', '_' and '.'.";
        }

        if (segment[0] is '-' or '.' || segment[^1] is '-' or '.')
            return $"\"{segment}\" starts or ends with '-' or '.', which names cannot.";
        if (segment.Contains("--", StringComparison.Ordinal) || segment.Contains("..", StringComparison.Ordinal))
            return $"\"{segment}\" contains '--' or '..', which names cannot.";
        if (segment.EndsWith(".git", StringComparison.OrdinalIgnoreCase))
            return $"\"{segment}\" ends with '.git', which names cannot.";
        return IsReserved(segment) ? $"\"{segment}\" is a word of this server and cannot be a name. Choose another." : null;
    }

    /// <summary>Whether a segment has the form of a name; reserved words have it too.</summary>
    public static bool IsWellFormed(string segment) => Problem(segment) is null || IsReserved(segment);

    /// <summary>Reads <c>namespace/name</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RepoId id)
    {
        id = default;
        if (text is null || text.Length > 2 * MaxSegment + 1)
            return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || text.IndexOf('/', slash + 1) >= 0)
            return false;
        id = new RepoId(text[..slash], text[(slash + 1)..]);
        return IsWellFormed(id.Namespace) && IsWellFormed(id.Name);
    }

    /// <inheritdoc/>
    public bool Equals(RepoId other) => string.Equals(Key, other.Key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Name}";
}
