using System.IO.Enumeration;

namespace Assay.Scanning;

/// <summary>A file that is to be scanned.</summary>
/// <param name="Path">Path relative to the target, with <c>/</c>.</param>
/// <param name="FullPath">Where it really is.</param>
/// <param name="Length">Its length when it was found.</param>
/// <param name="Siblings">Python modules beside it and at the root of the target.</param>
internal sealed record FoundFile(string Path, string FullPath, long Length, SiblingModules Siblings);

/// <summary>
/// Lists the files of a folder: each real file once, in ordinal order of relative paths. Opens nothing but folders.
/// </summary>
/// <remarks>
/// <para>Symbolic links to folders are never entered: what they lead to inside the folder is met under its own name. A link to a file
/// is read only when its real path lies in the folder and is not met otherwise; one that leads out is an error that names it.</para>
/// <para>In the layout of the Hugging Face cache (<c>models--o--n/{blobs,snapshots}</c>) the links of a snapshot may lead to the blobs of the same
/// repository, and the name of the link is preferred over the hash that is the blob's name.</para>
/// <para>Of a <c>.git</c> folder the object store and the index are left out: they hold the history in Git's own packing, which no loader
/// opens. Everything else in it, hooks included, is scanned.</para>
/// </remarks>
internal sealed class FolderWalk
{
    private static readonly string[] CachePrefixes = ["models--", "datasets--", "spaces--"];

    private readonly string _root;
    private readonly bool _isCache;
    private readonly IReadOnlyList<PathGlob> _exclude;
    private readonly Dictionary<string, FolderModules> _modules = new(StringComparer.Ordinal);
    private readonly List<(string Relative, string Folder)> _links = [];
    private readonly List<FoundFile> _files = [];
    private readonly List<ScanError> _errors = [];

    private FolderWalk(string root, bool isCache, IReadOnlyList<PathGlob> exclude)
    {
        _root = root;
        _isCache = isCache;
        _exclude = exclude;
    }

    /// <summary>The files, in ordinal order of <see cref="FoundFile.Path"/>.</summary>
    public IReadOnlyList<FoundFile> Files => _files;

    /// <summary>What could not be listed or was not followed.</summary>
    public IReadOnlyList<ScanError> Errors => _errors;

    /// <summary>Lists a folder.</summary>
    /// <param name="root">Its real path.</param>
    /// <param name="isCache">Only the snapshots of the repositories of a Hugging Face cache.</param>
    /// <param name="exclude">What to leave out.</param>
    /// <param name="cancellation">Stops the walk.</param>
    public static FolderWalk Of(string root, bool isCache, IReadOnlyList<PathGlob> exclude, CancellationToken cancellation)
    {
        var walk = new FolderWalk(root, isCache, exclude);
        walk.ListFolders(cancellation);
        walk.ResolveLinks();
        walk._files.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return walk;
    }

    private void ListFolders(CancellationToken cancellation)
    {
        var pending = new Stack<(string Relative, int Depth, bool InGit)>();
        pending.Push(("", 0, false));
        while (pending.TryPop(out var folder))
        {
            cancellation.ThrowIfCancellationRequested();
            var modules = new FolderModules();
            _modules[folder.Relative] = modules;
            var siblings = SiblingsOf(folder.Relative);
            try
            {
                foreach (var entry in Entries(folder.Relative))
                {
                    var relative = folder.Relative.Length == 0 ? entry.Name : folder.Relative + "/" + entry.Name;
                    if (!entry.IsFolder && SiblingModules.IsModule(entry.Name, out var module))
                        modules.Names.Add(module);
                    if (IsLeftOut(relative, entry, folder.Depth, folder.InGit))
                        continue;
                    if (entry.IsLink)
                    {
                        _links.Add((relative, folder.Relative));
                    }
                    else if (entry.IsFolder)
                    {
                        modules.Folders.Add(entry.Name);
                        pending.Push((relative, folder.Depth + 1, folder.InGit || entry.Name == ".git"));
                    }
                    else
                    {
                        AddFile(new FoundFile(relative, FullPath(relative), entry.Length, siblings));
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _errors.Add(new ScanError(
                    folder.Relative.Length == 0 ? _root : folder.Relative,
                    "This folder could not be listed: " + Faults.Describe(e)));
            }
        }
    }

    private FileSystemEnumerable<Entry> Entries(string relative) => new(
        FullPath(relative),
        static (ref entry) =>
        {
            var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            return new Entry(entry.FileName.ToString(), entry.IsDirectory, isLink, isLink || entry.IsDirectory ? 0 : entry.Length);
        },
        new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });

    private bool IsLeftOut(string relative, Entry entry, int depth, bool inGit)
    {
        if (inGit && (entry.IsFolder ? entry.Name == "objects" : entry.Name == "index"))
            return true;
        if (_isCache && (depth == 0 ? !IsCacheRepository(entry.Name) : depth == 1 && entry.Name != "snapshots"))
            return true;
        foreach (var glob in _exclude)
        {
            if (glob.Matches(relative))
                return true;
        }

        return false;
    }

    private void AddFile(FoundFile file)
    {
        string? special = null;
        if (file.Length == 0)
        {
            try
            {
                special = SpecialFiles.Describe(file.FullPath);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // An empty file that cannot be read: opening it will say why.
            }
        }

        if (special is null)
            _files.Add(file);
        else
            _errors.Add(new ScanError(file.Path, $"This is {special}, which was not opened. Remove it, or leave it out with --exclude."));
    }

    private void ResolveLinks()
    {
        if (_links.Count == 0)
            return;
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in _files)
            met.Add(file.FullPath);
        var named = new HashSet<string>(StringComparer.Ordinal);
        _links.Sort(static (a, b) => string.CompareOrdinal(a.Relative, b.Relative));
        foreach (var (relative, folder) in _links)
        {
            var full = FullPath(relative);
            var real = RealPath.Of(full, out var loops);
            if (real is null)
            {
                _errors.Add(new ScanError(relative, loops
                    ? "This symbolic link leads in a circle. Remove it, or leave it out with --exclude."
                    : "This symbolic link leads to nothing that can be reached. Remove it, or leave it out with --exclude."));
            }
            else if (BlobsFor(full) is { } blobs && RealPath.IsWithin(real, blobs))
            {
                named.Add(real);
                AddFile(new FoundFile(relative, real, LengthOf(real), SiblingsOf(folder)));
            }
            else if (!RealPath.IsWithin(real, _root))
            {
                _errors.Add(new ScanError(
                    relative,
                    $"This symbolic link leads out of what is scanned, to {real}, and was not followed. Scan that path as well, or leave the link out with --exclude."));
            }
            else if (File.Exists(real) && met.Add(real))
            {
                AddFile(new FoundFile(relative, real, LengthOf(real), SiblingsOf(folder)));
            }
        }

        if (named.Count > 0)
            _files.RemoveAll(f => named.Contains(f.FullPath) && f.FullPath == FullPath(f.Path));
    }

    // The blobs that a link in models--o--n/snapshots/… may lead to; null for any other link.
    private static string? BlobsFor(string link)
    {
        var at = link.LastIndexOf("/snapshots/", StringComparison.Ordinal);
        if (at < 0)
            return null;
        var repository = link[..at];
        return IsCacheRepository(repository[(repository.LastIndexOf('/') + 1)..]) ? repository + "/blobs" : null;
    }

    private static bool IsCacheRepository(string name) =>
        Array.Exists(CachePrefixes, p => name.StartsWith(p, StringComparison.Ordinal));

    private static long LengthOf(string real)
    {
        try
        {
            return new FileInfo(real).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private SiblingModules SiblingsOf(string folder) => new(() =>
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Gather(folder, names);
        Gather(RootOf(folder), names);
        return names;
    });

    // In a cache, each snapshot is a root of its own: models--o--n/snapshots/revision.
    private string RootOf(string folder)
    {
        if (!_isCache)
            return "";
        var parts = folder.Split('/');
        return parts.Length < 3 ? "" : string.Join('/', parts, 0, 3);
    }

    private void Gather(string folder, HashSet<string> names)
    {
        if (!_modules.TryGetValue(folder, out var modules))
            return;
        names.UnionWith(modules.Names);
        foreach (var sub in modules.Folders)
        {
            if (_modules.TryGetValue(folder.Length == 0 ? sub : folder + "/" + sub, out var inner) && inner.Names.Count > 0)
                names.Add(sub);
        }
    }

    private string FullPath(string relative) => relative.Length == 0 ? _root : Path.Combine(_root, relative);

    private readonly record struct Entry(string Name, bool IsFolder, bool IsLink, long Length);

    private sealed class FolderModules
    {
        public List<string> Names { get; } = [];

        public List<string> Folders { get; } = [];
    }
}
