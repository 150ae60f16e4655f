namespace Assay.Scanning;

/// <summary>
/// A pattern over relative paths with <c>/</c>: <c>*</c> stands for any characters within one component, <c>?</c> for one of them,
/// <c>**</c> for any number of components. Case counts. Matching takes time proportional to pattern times path, never more.
/// </summary>
public sealed class PathGlob
{
    private readonly string[] _parts;

    private PathGlob(string pattern, string[] parts)
    {
        Pattern = pattern;
        _parts = parts;
    }

    /// <summary>The pattern as written.</summary>
    public string Pattern { get; }

    /// <summary>
    /// A pattern that leaves things out, as people know it from ignore files: without a slash it matches a file or folder of that name at
    /// any depth, and whatever lies in a folder that it matches is left out too.
    /// </summary>
    /// <param name="pattern">The pattern; <c>./</c> in front and <c>/</c> at the end are dropped.</param>
    public static PathGlob ForExclusion(string pattern)
    {
        var trimmed = Trim(pattern);
        return new PathGlob(pattern, trimmed.Contains('/') ? trimmed.TrimStart('/').Split('/') : ["**", trimmed]);
    }

    /// <summary>A pattern that must match the whole path, as a waiver has it: what is accepted is named exactly.</summary>
    /// <param name="pattern">The pattern.</param>
    public static PathGlob ForWholePath(string pattern) => new(pattern, Trim(pattern).TrimStart('/').Split('/'));

    /// <summary>Whether the pattern matches <paramref name="path"/> (relative, with <c>/</c>).</summary>
    public bool Matches(string path)
    {
        // Both levels use the same greedy algorithm with one point to return to, so that no pattern is exponential.
        var components = path.Split('/');
        int c = 0, p = 0, starPart = -1, starComponent = 0;
        while (c < components.Length)
        {
            if (p < _parts.Length && _parts[p] == "**")
            {
                starPart = p++;
                starComponent = c;
            }
            else if (p < _parts.Length && MatchesComponent(_parts[p], components[c]))
            {
                p++;
                c++;
            }
            else if (starPart >= 0)
            {
                p = starPart + 1;
                c = ++starComponent;
            }
            else
            {
                return false;
            }
        }

        while (p < _parts.Length && _parts[p] == "**")
            p++;
        return p == _parts.Length;
    }

    private static bool MatchesComponent(string part, string name)
    {
        int n = 0, p = 0, star = -1, starName = 0;
        while (n < name.Length)
        {
            if (p < part.Length && part[p] == '*')
            {
                star = p++;
                starName = n;
            }
            else if (p < part.Length && (part[p] == '?' || part[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++starName;
            }
            else
            {
                return false;
            }
        }

        while (p < part.Length && part[p] == '*')
            p++;
        return p == part.Length;
    }

    private static string Trim(string pattern)
    {
        var trimmed = pattern.TrimEnd('/');
        while (trimmed.StartsWith("./", StringComparison.Ordinal))
            trimmed = trimmed[2..];
        return trimmed;
    }
}
