namespace Assay.Protocol;

/// <summary>A repository as people name it on a command line: <c>owner/name</c>, <c>datasets/owner/name@rev</c>, or the address of its page.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Id"><c>owner/name</c>, or a single name where the hub has an alias of that form.</param>
/// <param name="Revision">Branch, tag or commit; null where none was named.</param>
public sealed record RepoReference(RepoKind Kind, string Id, string? Revision)
{
    private const string Scheme = "hf://";

    /// <summary>The owner; empty for an alias.</summary>
    public string Namespace => Id.Contains('/', StringComparison.Ordinal) ? Id[..Id.IndexOf('/', StringComparison.Ordinal)] : "";

    /// <summary>The name without owner.</summary>
    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Whether a hub can have a repository of this name: some characters are in no name, though they look as if they were.</summary>
    public bool IsWellFormed => IsId(Id) && (Revision is null || IsRevision(Revision));

    /// <summary>The path of its page: <c>datasets/owner/name</c>.</summary>
    public string WebPath => Kind.WebPrefix() + Id;

    /// <summary>Whether a text has the form of an id: one or two names joined by <c>/</c>.</summary>
    public static bool IsId(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? RepoId.IsWellFormed(text) : RepoId.IsWellFormed(text[..slash]) && RepoId.IsWellFormed(text[(slash + 1)..]);
    }

    /// <summary>Reads what a person gave.</summary>
    /// <param name="text">The text.</param>
    /// <param name="endpoint">The hub; addresses of pages must be on it.</param>
    /// <param name="problem">Why it is none, a sentence; empty when it is one.</param>
    /// <returns>The reference, or null.</returns>
    public static RepoReference? Parse(string text, Uri endpoint, out string problem)
    {
        problem = "";
        var rest = text.Trim();
        string? revision = null;
        if (rest.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[Scheme.Length..];
        }
        else if (rest.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(rest, UriKind.Absolute, out var address) || !HubAddress.IsSameOrigin(address, endpoint) || !address.AbsolutePath.StartsWith(endpoint.AbsolutePath, StringComparison.Ordinal))
            {
                problem = $"The address is not one of {endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}. Name its hub by --endpoint, or give owner/name.";
                return null;
            }

            rest = Uri.UnescapeDataString(address.AbsolutePath[endpoint.AbsolutePath.Length..]).Trim('/');
            (rest, revision) = FromPage(rest);
        }

        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            revision = rest[(at + 1)..];
            rest = rest[..at];
            if (revision.Length == 0)
            {
                problem = "Behind @ there is no revision. Name a branch, a tag or a commit, or leave the @ out.";
                return null;
            }
        }

        var kind = RepoKind.Model;
        var segments = rest.Split('/');
        if (segments.Length is 2 or 3 && segments[0] is "models" or "datasets" or "spaces")
        {
            kind = RepoKinds.Parse(segments[0])!.Value;
            segments = segments[1..];
        }

        if (segments.Length > 2 || Array.Exists(segments, static s => s.Length == 0 || s is "." or ".." or "~") || rest.AsSpan().ContainsAnyInRange('\0', ' ') || rest.Contains('\\', StringComparison.Ordinal))
        {
            problem = "A repository is named owner/name, datasets/owner/name or spaces/owner/name, with @revision where one is meant.";
            return null;
        }

        if (revision is not null && !IsRevision(revision))
        {
            problem = "What stands behind @ cannot be a revision. Name a branch, a tag or a commit.";
            return null;
        }

        return new RepoReference(kind, string.Join('/', segments), revision);
    }

    /// <inheritdoc/>
    public override string ToString() => Revision is null ? WebPath : $"{WebPath}@{Revision}";

    private static bool IsRevision(string text) =>
        RefName.IsCommitPrefix(text) || RefName.Problem(text.StartsWith("refs/", StringComparison.Ordinal) ? text["refs/".Length..] : text) is null || text == "HEAD";

    /// <summary>The page of a folder or file names the revision.</summary>
    private static (string Path, string? Revision) FromPage(string path)
    {
        var segments = path.Split('/');
        var id = segments[0] is "datasets" or "spaces" ? 3 : 2;
        return segments.Length > id + 1 && segments[id] is "tree" or "blob" or "resolve" or "raw" or "commit" or "commits"
            ? (string.Join('/', segments[..id]), segments[id + 1])
            : (string.Join('/', segments[..Math.Min(id, segments.Length)]), null);
    }
}
