using System.Collections;

namespace Assay.Scanning;

/// <summary>
/// The Python modules that lie beside an artifact. Most artifacts name nothing that has to be looked up, so the names are gathered when
/// the first one is asked for. Thread-safe.
/// </summary>
internal sealed class SiblingModules(Func<HashSet<string>> gather) : IReadOnlySet<string>
{
    private const int MaxEntries = 4096;
    private const int MaxPackages = 256;

    private readonly Lazy<HashSet<string>> _names = new(gather);

    /// <inheritdoc/>
    public int Count => _names.Value.Count;

    /// <summary>The modules of a folder on disk: for an artifact that is scanned without its folder.</summary>
    public static SiblingModules OfFolder(string folder) => new(() => Gather(folder));

    /// <summary>Whether a file name is that of a Python module; gives the name that an import uses.</summary>
    public static bool IsModule(string fileName, out string module)
    {
        module = "";
        if (!fileName.EndsWith(".py", StringComparison.Ordinal) || fileName.Length == 3)
            return false;
        module = fileName[..^3];
        return true;
    }

    /// <inheritdoc/>
    public bool Contains(string item) => _names.Value.Contains(item);

    /// <inheritdoc/>
    public bool IsProperSubsetOf(IEnumerable<string> other) => _names.Value.IsProperSubsetOf(other);

    /// <inheritdoc/>
    public bool IsProperSupersetOf(IEnumerable<string> other) => _names.Value.IsProperSupersetOf(other);

    /// <inheritdoc/>
    public bool IsSubsetOf(IEnumerable<string> other) => _names.Value.IsSubsetOf(other);

    /// <inheritdoc/>
    public bool IsSupersetOf(IEnumerable<string> other) => _names.Value.IsSupersetOf(other);

    /// <inheritdoc/>
    public bool Overlaps(IEnumerable<string> other) => _names.Value.Overlaps(other);

    /// <inheritdoc/>
    public bool SetEquals(IEnumerable<string> other) => _names.Value.SetEquals(other);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _names.Value.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Bounded, since the folder beside a single file may be anything, a download folder of a decade included.
    private static HashSet<string> Gather(string folder)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true };
        try
        {
            var entries = 0;
            var packages = 0;
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options))
            {
                if (++entries > MaxEntries)
                    break;
                if (entry is DirectoryInfo directory)
                {
                    if (++packages <= MaxPackages && directory.EnumerateFiles("*.py", options).GetEnumerator().MoveNext())
                        names.Add(entry.Name);
                }
                else if (IsModule(entry.Name, out var module))
                {
                    names.Add(module);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The names only sharpen a judgement; without them the artifact is judged as if it stood alone.
        }

        return names;
    }
}
