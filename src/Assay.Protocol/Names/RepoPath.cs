using System.Text;

namespace Assay.Protocol;

/// <summary>Paths of files within a repository: UTF-8, case-sensitive, separated by <c>/</c>.</summary>
public static class RepoPath
{
    /// <summary>Longest segment in bytes, that of common file systems.</summary>
    public const int MaxSegmentBytes = 255;

    /// <summary>Longest path in bytes.</summary>
    public const int MaxBytes = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why a path cannot be in a repository, as a sentence; null when it can.</summary>
    /// <param name="path">The path.</param>
    public static string? Problem(string path)
    {
        if (path.Length == 0)
            return "The path is empty.";
        if (path.Length > MaxBytes)
            return $"The path is longer than {MaxBytes} bytes.";
        try
        {
            if (Strict.GetByteCount(path) > MaxBytes)
                return $"The path is longer than {MaxBytes} bytes.";
        }
        catch (EncoderFallbackException)
        {
            return "The path is not valid Unicode.";
        }

        foreach (var c in path)
        {
            if (c is '\0' or '\\' or '\n' or '\r')
                return "The path has a character that paths cannot have (a NUL, a backslash or a line break).";
        }

        foreach (var segment in path.Split('/'))
        {
            if (segment.Length == 0)
                return $"The path \"{path}\" starts or ends with '/', or has an empty part.";
            if (segment is "." or "..")
                return $"The path \"{path}\" has a part \"{segment}\".";
            if (IsGitFolder(segment))
                return $"The path \"{path}\" has a part \"{segment}\", which is git's own.";
            if (Strict.GetByteCount(segment) > MaxSegmentBytes)
                return $"A part of the path \"{path[..Math.Min(path.Length, 60)]}…\" is longer than {MaxSegmentBytes} bytes.";
        }

        return null;
    }

    /// <summary>
    /// Whether file systems or git itself would take a name for <c>.git</c>: other case, trailing dots and blanks, the short name of NTFS,
    /// characters that HFS+ ignores, a stream of NTFS (source: git, <c>path.c</c>, <c>is_ntfs_dotgit</c>; <c>utf8.c</c>, <c>is_hfs_dotgit</c>).
    /// </summary>
    private static bool IsGitFolder(string segment)
    {
        var text = new StringBuilder(segment.Length);
        foreach (var c in segment)
        {
            if (c is (>= '\u200c' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u206a' and <= '\u206f') or '\ufeff')
                continue;
            text.Append(char.ToLowerInvariant(c));
        }

        var name = text.ToString();
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
            name = name[..colon];
        name = name.TrimEnd(' ', '.');
        return name is ".git" or "git~1";
    }
}
