using Assay.Hub.Persistence;
using Assay.Protocol.Git;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Repositories;

/// <summary>A file of a revision.</summary>
/// <param name="Path">Path from the root.</param>
/// <param name="Mode">What git makes of it.</param>
/// <param name="Id">Git's id of the file, or of its pointer.</param>
/// <param name="Sha256">SHA-256 of its content.</param>
/// <param name="Size">Length of its content in bytes.</param>
/// <param name="IsLfs">Whether git has a pointer in its place.</param>
public sealed record RevisionFile(string Path, GitMode Mode, string Id, string Sha256, long Size, bool IsLfs)
{
    /// <summary>What clients keep it under: the SHA-256 of a large file, git's id of a small one.</summary>
    public string ContentId => IsLfs ? Sha256 : Id;
}

/// <summary>The whole tree of a revision. Never changes, since its id is the hash of its content.</summary>
public sealed class RevisionTree
{
    private readonly Dictionary<string, int> _files;

    internal RevisionTree(string id, RevisionFile[] files, SortedDictionary<string, string> folders)
    {
        Id = id;
        Files = files;
        Folders = folders;
        _files = new Dictionary<string, int>(files.Length, StringComparer.Ordinal);
        for (var i = 0; i < files.Length; i++)
            _files.Add(files[i].Path, i);
    }

    /// <summary>Git's id of the root.</summary>
    public string Id { get; }

    /// <summary>All files, in git's order, depth first.</summary>
    public IReadOnlyList<RevisionFile> Files { get; }

    /// <summary>Git's ids of all folders but the root, by path.</summary>
    public IReadOnlyDictionary<string, string> Folders { get; }

    /// <summary>A file; null when there is none of that path.</summary>
    public RevisionFile? Find(string path) => _files.TryGetValue(path, out var index) ? Files[index] : null;
}

/// <summary>Reads trees from the database and keeps those that were read last.</summary>
public sealed class RevisionTrees
{
    /// <summary>Deepest folder; git itself has no limit, and no honest repository comes near.</summary>
    public const int MaxDepth = 64;

    private const int MaxCachedFiles = 400_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<RevisionTree>> _cached = new(StringComparer.Ordinal);
    private readonly LinkedList<RevisionTree> _order = new();
    private int _cachedFiles;

    /// <summary>Reads a tree with all that is in it.</summary>
    /// <param name="db">The database.</param>
    /// <param name="treeId">Git's id of the root.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InvalidDataException">An object is missing.</exception>
    public async Task<RevisionTree> ReadAsync(HubDb db, string treeId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_cached.TryGetValue(treeId, out var known))
            {
                _order.Remove(known);
                _order.AddFirst(known);
                return known.Value;
            }
        }

        var tree = await LoadAsync(db, treeId, cancellation).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_cached.ContainsKey(treeId))
            {
                _cached.Add(treeId, _order.AddFirst(tree));
                _cachedFiles += tree.Files.Count + 16;
                while (_cachedFiles > MaxCachedFiles && _order.Last is { } oldest && oldest.Value != tree)
                {
                    _cachedFiles -= oldest.Value.Files.Count + 16;
                    _cached.Remove(oldest.Value.Id);
                    _order.RemoveLast();
                }
            }
        }

        return tree;
    }

    private static async Task<RevisionTree> LoadAsync(HubDb db, string treeId, CancellationToken cancellation)
    {
        // A level at a time, so that the number of queries is that of the levels and not that of the folders.
        var folders = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var entries = new Dictionary<string, List<GitTreeEntry>>(StringComparer.Ordinal);
        var level = new List<(string Path, string Id)> { ("", treeId) };
        for (var depth = 0; level.Count > 0; depth++)
        {
            if (depth > MaxDepth)
                throw new InvalidDataException($"The tree {treeId} is deeper than {MaxDepth} folders.");
            var objects = await LoadObjectsAsync(db, level.Select(static f => f.Id), cancellation).ConfigureAwait(false);
            var next = new List<(string Path, string Id)>();
            foreach (var (path, id) in level)
            {
                if (!objects.TryGetValue(id, out var content))
                    throw new InvalidDataException($"The tree {id} is missing.");
                var read = GitObjects.ReadTree(content);
                entries[path] = read;
                foreach (var entry in read)
                {
                    if (entry.Mode != GitMode.Folder)
                        continue;
                    var inner = path.Length == 0 ? entry.Name : path + "/" + entry.Name;
                    folders.Add(inner, entry.Id);
                    next.Add((inner, entry.Id));
                }
            }

            level = next;
        }

        var ids = entries.Values.SelectMany(static e => e).Where(static e => e.Mode != GitMode.Folder).Select(static e => e.Id).Distinct(StringComparer.Ordinal).ToArray();
        var blobs = new Dictionary<string, GitBlob>(StringComparer.Ordinal);
        foreach (var chunk in ids.Chunk(500))
        {
            foreach (var blob in await db.GitBlobs.AsNoTracking().Where(b => chunk.Contains(b.Id)).ToListAsync(cancellation).ConfigureAwait(false))
                blobs[blob.Id] = blob;
        }

        var files = new List<RevisionFile>(ids.Length);
        Walk("");
        return new RevisionTree(treeId, [.. files], folders);

        void Walk(string folder)
        {
            foreach (var entry in entries[folder])
            {
                var path = folder.Length == 0 ? entry.Name : folder + "/" + entry.Name;
                if (entry.Mode == GitMode.Folder)
                    Walk(path);
                else if (blobs.TryGetValue(entry.Id, out var blob))
                    files.Add(new RevisionFile(path, entry.Mode, entry.Id, blob.Sha256, blob.Size, blob.IsLfs));
                else
                    throw new InvalidDataException($"The file {path} ({entry.Id}) is missing.");
            }
        }
    }

    private static async Task<Dictionary<string, byte[]>> LoadObjectsAsync(HubDb db, IEnumerable<string> ids, CancellationToken cancellation)
    {
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal) { [GitObjects.EmptyTree] = [] };
        foreach (var chunk in ids.Distinct(StringComparer.Ordinal).Chunk(500))
        {
            foreach (var found in await db.GitObjects.AsNoTracking().Where(o => chunk.Contains(o.Id)).ToListAsync(cancellation).ConfigureAwait(false))
                contents[found.Id] = found.Content;
        }

        return contents;
    }
}
