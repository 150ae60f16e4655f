namespace Assay.Scanning;

/// <summary>Where a path leads once every symbolic link in it is resolved.</summary>
internal static class RealPath
{
    /// <summary>Links followed before a path counts as a loop; what Linux uses.</summary>
    private const int MaxLinks = 40;

    /// <summary>The real path; null when a component does not exist or the links form a loop.</summary>
    /// <param name="path">Any path; relative ones start at the working directory.</param>
    /// <param name="loops">True when null was returned because of a loop.</param>
    public static string? Of(string path, out bool loops)
    {
        loops = false;
        var links = 0;
        var full = Path.GetFullPath(path);
        var root = Path.GetPathRoot(full)!;
        var pending = new Stack<string>();
        Push(pending, full[root.Length..]);
        var real = root;
        while (pending.TryPop(out var component))
        {
            if (component == "..")
            {
                real = Path.GetDirectoryName(real) ?? root;
                continue;
            }

            var next = Path.Combine(real, component);
            string? target;
            try
            {
                target = new FileInfo(next).LinkTarget;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }

            if (target is null)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                loops = true;
                return null;
            }

            if (Path.IsPathRooted(target))
            {
                real = Path.GetPathRoot(target)!;
                target = target[real.Length..];
            }

            Push(pending, target);
        }

        return Path.Exists(real) ? real : null;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or lies below it; both are real paths.</summary>
    public static bool IsWithin(string path, string folder) =>
        path == folder
        || (path.StartsWith(folder, StringComparison.Ordinal)
            && (Path.EndsInDirectorySeparator(folder) || (path.Length > folder.Length && path[folder.Length] == Path.DirectorySeparatorChar)));

    private static void Push(Stack<string> pending, string path)
    {
        var components = path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (var i = components.Length - 1; i >= 0; i--)
        {
            if (components[i] != ".")
                pending.Push(components[i]);
        }
    }
}
