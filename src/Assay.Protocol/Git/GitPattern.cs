namespace Assay.Protocol.Git;

/// <summary>
/// A pattern of <c>.gitignore</c> or <c>.gitattributes</c> (source: git, <c>Documentation/gitignore.txt</c>, <c>wildmatch.c</c>). Matching takes time
/// linear in pattern times path.
/// </summary>
public sealed class GitPattern
{
    private const int MaxPattern = 4096;

    private readonly string _pattern;
    private readonly bool _anchored;

    private GitPattern(string pattern, bool anchored, bool foldersOnly) => (_pattern, _anchored, FoldersOnly) = (pattern, anchored, foldersOnly);

    /// <summary>Whether it means folders only (it ended with <c>/</c>).</summary>
    public bool FoldersOnly { get; }

    /// <summary>Reads a pattern.</summary>
    /// <returns>Null for one that can match nothing.</returns>
    public static GitPattern? Parse(string pattern)
    {
        var folders = pattern.EndsWith('/');
        if (folders)
            pattern = pattern[..^1];
        var anchored = pattern.Contains('/', StringComparison.Ordinal);
        if (pattern.StartsWith('/'))
            pattern = pattern[1..];
        return pattern.Length is 0 or > MaxPattern ? null : new GitPattern(pattern, anchored, folders);
    }

    /// <summary>Whether it matches a path.</summary>
    /// <param name="path">Path from the root.</param>
    public bool Matches(string path)
    {
        if (_anchored)
            return Wild(_pattern, path);
        var slash = path.LastIndexOf('/');
        return Wild(_pattern, path.AsSpan(slash + 1));
    }

    // The set of places in the pattern that the text so far leads to, one bit a place: no backtracking.
    private static bool Wild(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var now = new bool[pattern.Length + 1];
        var next = new bool[pattern.Length + 1];
        now[0] = true;
        Spread(pattern, now);
        for (var t = 0; t < text.Length; t++)
        {
            Array.Clear(next);
            var c = text[t];
            for (var p = 0; p < pattern.Length; p++)
            {
                if (!now[p])
                    continue;
                switch (pattern[p])
                {
                    case '*' when IsDoubleStar(pattern, p):
                        next[p] = true;
                        break;
                    case '*':
                        if (c != '/')
                            next[p] = true;
                        break;
                    case '?':
                        if (c != '/')
                            next[p + 1] = true;
                        break;
                    case '[':
                        if (Set(pattern, p, c, out var end, out var isIn) && isIn && c != '/')
                            next[end] = true;
                        break;
                    case '\\' when p + 1 < pattern.Length:
                        if (pattern[p + 1] == c)
                            next[p + 2] = true;
                        break;
                    default:
                        if (pattern[p] == c)
                            next[p + 1] = true;
                        break;
                }

                // "**/" stands for any folders: after a slash the rest may begin.
                if (c == '/' && IsDoubleStar(pattern, p) && p + 2 < pattern.Length && pattern[p + 2] == '/')
                    next[p + 3] = true;
            }

            (now, next) = (next, now);
            Spread(pattern, now);
        }

        return now[pattern.Length];
    }

    // What may be skipped without a character.
    private static void Spread(ReadOnlySpan<char> pattern, bool[] states)
    {
        for (var p = 0; p < pattern.Length; p++)
        {
            if (!states[p] || pattern[p] != '*')
                continue;
            if (!IsDoubleStar(pattern, p))
            {
                states[p + 1] = true;
            }
            else if (p + 2 == pattern.Length)
            {
                states[p + 2] = true; // "a/**": whatever is inside
            }
            else if (p == 0 || pattern[p - 1] == '/')
            {
                states[p + 3] = true; // "**/a" is "a" as well, "a/**/b" is "a/b"
            }
        }
    }

    // "**" counts only as a whole part of the path.
    private static bool IsDoubleStar(ReadOnlySpan<char> pattern, int at) =>
        at + 1 < pattern.Length && pattern[at] == '*' && pattern[at + 1] == '*' && (at == 0 || pattern[at - 1] == '/') && (at + 2 == pattern.Length || pattern[at + 2] == '/');

    private static bool Set(ReadOnlySpan<char> pattern, int at, char c, out int end, out bool isIn)
    {
        end = 0;
        isIn = false;
        var p = at + 1;
        var negated = p < pattern.Length && pattern[p] is '!' or '^';
        if (negated)
            p++;
        for (var first = true; p < pattern.Length; first = false)
        {
            if (pattern[p] == ']' && !first)
            {
                end = p + 1;
                isIn ^= negated;
                return true;
            }

            if (pattern[p] == '[' && p + 2 < pattern.Length && pattern[p + 1] == ':' && pattern[(p + 2)..].IndexOf(":]") is >= 0 and var length)
            {
                isIn |= InClass(pattern.Slice(p + 2, length), c);
                p += length + 4;
                continue;
            }

            if (pattern[p] == '\\' && p + 1 < pattern.Length)
                p++;
            var low = pattern[p++];
            var high = low;
            if (p + 1 < pattern.Length && pattern[p] == '-' && pattern[p + 1] != ']')
            {
                high = pattern[p + 1];
                p += 2;
            }

            isIn |= c >= low && c <= high;
        }

        return false; // no end: such a pattern matches nothing
    }

    private static bool InClass(ReadOnlySpan<char> name, char c) => name switch
    {
        "space" => char.IsWhiteSpace(c),
        "digit" => char.IsAsciiDigit(c),
        "alpha" => char.IsAsciiLetter(c),
        "alnum" => char.IsAsciiLetterOrDigit(c),
        "upper" => char.IsAsciiLetterUpper(c),
        "lower" => char.IsAsciiLetterLower(c),
        "xdigit" => char.IsAsciiHexDigit(c),
        "punct" => char.IsPunctuation(c) || char.IsSymbol(c),
        _ => false,
    };
}
