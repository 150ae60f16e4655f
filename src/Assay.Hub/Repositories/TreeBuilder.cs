using Assay.Protocol.Git;

namespace Assay.Hub.Repositories;

/// <summary>A tree that is being changed: the files of a revision as a map of paths, and the objects that the result comes to.</summary>
internal sealed class TreeBuilder
{
    private readonly SortedDictionary<string, (GitMode Mode, string Id)> _files = new(StringComparer.Ordinal);

    public TreeBuilder(RevisionTree? from)
    {
        foreach (var file in from?.Files ?? [])
            _files.Add(file.Path, (file.Mode, file.Id));
    }

    public int Count => _files.Count;

    public bool Has(string path) => _files.ContainsKey(path);

    public string? IdOf(string path) => _files.TryGetValue(path, out var file) ? file.Id : null;

    /// <summary>Puts a file at a path. A file that stands where a folder has to be, or a folder at the path, gives way.</summary>
    public void Put(string path, string id)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            _files.Remove(path[..slash]);
        RemoveFolder(path);
        _files[path] = (_files.TryGetValue(path, out var old) ? old.Mode is GitMode.Link ? GitMode.File : old.Mode : GitMode.File, id);
    }

    public bool Remove(string path) => _files.Remove(path);

    public bool RemoveFolder(string folder)
    {
        var prefix = folder + "/";
        var inside = _files.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        foreach (var path in inside)
            _files.Remove(path);
        return inside.Count > 0;
    }

    /// <summary>Two files of which the file systems of Windows and macOS make one; null when there are none.</summary>
    public (string, string)? FindTwins(IEnumerable<string> touched)
    {
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in _files.Keys)
            known.TryAdd(path, path);
        foreach (var path in touched)
        {
            if (_files.ContainsKey(path) && known.TryGetValue(path, out var other) && other != path)
                return (other, path);
        }

        return null;
    }

    /// <summary>The tree objects, the root last.</summary>
    /// <returns>Id of the root, and the objects by id.</returns>
    public (string Root, Dictionary<string, byte[]> Objects) Build()
    {
        var objects = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var root = new Folder();
        foreach (var (path, file) in _files)
        {
            var folder = root;
            var parts = path.Split('/');
            for (var i = 0; i < parts.Length - 1; i++)
            {
                if (!folder.Folders.TryGetValue(parts[i], out var inner))
                    folder.Folders.Add(parts[i], inner = new Folder());
                folder = inner;
            }

            folder.Files.Add(new GitTreeEntry(parts[^1], file.Mode, file.Id));
        }

        return (Write(root), objects);

        string Write(Folder folder)
        {
            var entries = new List<GitTreeEntry>(folder.Files);
            foreach (var (name, inner) in folder.Folders)
                entries.Add(new GitTreeEntry(name, GitMode.Folder, Write(inner)));
            var bytes = GitObjects.WriteTree(entries);
            var id = GitObjects.IdOf(GitObjectType.Tree, bytes);
            objects[id] = bytes;
            return id;
        }
    }

    private sealed class Folder
    {
        public List<GitTreeEntry> Files { get; } = [];

        public Dictionary<string, Folder> Folders { get; } = new(StringComparer.Ordinal);
    }
}
