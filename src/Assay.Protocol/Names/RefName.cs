namespace Assay.Protocol;

/// <summary>Names of branches and tags (source: <c>git check-ref-format</c>).</summary>
public static class RefName
{
    /// <summary>What stands before the name of a branch.</summary>
    public const string Heads = "refs/heads/";

    /// <summary>What stands before the name of a tag.</summary>
    public const string Tags = "refs/tags/";

    /// <summary>The branch that every repository has.</summary>
    public const string Main = "main";

    private const int MaxLength = 200;

    /// <summary>Why a branch or tag cannot have a name, as a sentence; null when it can.</summary>
    /// <param name="name">The short name: <c>feature/x</c>.</param>
    public static string? Problem(string name)
    {
        if (name.Length is 0 or > MaxLength)
            return $"The name of a branch or tag has 1 to {MaxLength} characters.";
        if (IsCommit(name))
            return "A branch or tag cannot be named like a commit.";
        if (name == "HEAD" || name.StartsWith("refs/", StringComparison.Ordinal) || name[0] == '-')
            return $"\"{name}\" cannot be the name of a branch or tag.";
        foreach (var c in name)
        {
            if (c <= ' ' || c == 0x7f || c is '~' or '^' or ':' or '?' or '*' or '[' or '\\')
                return "The name of a branch or tag has no blanks, no control characters and none of ~^:?*[\\";
        }

        if (name.Contains("..", StringComparison.Ordinal) || name.Contains("@{", StringComparison.Ordinal) || name == "@" || name[^1] == '.')
            return $"\"{name}\" cannot be the name of a branch or tag: it has \"..\" or \"@{{\", or ends with a dot.";
        foreach (var segment in name.Split('/'))
        {
            if (segment.Length == 0 || segment[0] == '.' || segment.EndsWith(".lock", StringComparison.Ordinal))
                return $"\"{name}\" cannot be the name of a branch or tag: a part of it is empty, starts with a dot or ends with .lock.";
        }

        return null;
    }

    /// <summary>Whether a text is a full commit id: 40 lower-case hexadecimal digits.</summary>
    public static bool IsCommit(string text) => text.Length == 40 && IsHex(text);

    /// <summary>Whether a text may be the beginning of a commit id: 4 to 40 hexadecimal digits.</summary>
    public static bool IsCommitPrefix(string text) => text.Length is >= 4 and <= 40 && IsHex(text);

    private static bool IsHex(string text)
    {
        foreach (var c in text)
        {
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
                return false;
        }

        return true;
    }
}
