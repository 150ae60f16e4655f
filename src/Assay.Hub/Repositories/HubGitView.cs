using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Protocol.Git;
using Microsoft.EntityFrameworkCore;
using GitBlobRow = Assay.Hub.Repositories.GitBlob;
using OpenedBlob = Assay.Protocol.Git.GitBlob;
using ShownObject = Assay.Protocol.Git.GitObject;
using ShownRef = Assay.Protocol.Git.GitRef;

namespace Assay.Hub.Repositories;

/// <summary>
/// What git sees of a repository: the commits that <see cref="RevisionGate"/> serves and the refs reach, with their trees and files. Where a
/// commit has a parent that is not served, its history ends. States are read once, so that one request sees one moment; objects are read many
/// at a time, in the order in which a clone asks for them, and no more of them are kept than fit a bounded memory.
/// </summary>
/// <param name="db">The database, for as long as the view lives.</param>
/// <param name="store">Where the contents of files are.</param>
/// <param name="repository">The repository; the right to read it was checked.</param>
public sealed class HubGitView(HubDb db, IBlobStore store, Repository repository) : GitView
{
    private const int CommitsAtATime = 256;
    private const int TreesAtATime = 256;
    private const int MostRootsAtATime = 16;
    private const int FilesAtATime = 500;
    private const int MaxCachedBytes = 32 << 20;
    private const int MaxCachedFiles = 200_000;

    private static readonly GitId EmptyTree = GitId.Parse(GitObjects.EmptyTree);

    private readonly Dictionary<GitId, ShownObject> _cached = [];
    private readonly Queue<GitId> _cacheOrder = new();
    private long _cachedBytes;

    // Commits that are shown and the trees of their roots, the newest first.
    private readonly Sequence _commits = new();
    private readonly Sequence _roots = new();
    private readonly HashSet<GitId> _tags = [];
    private GitRefs? _refs;

    // Trees and files in the order in which they were met; of the first _listed trees the entries are among them.
    private readonly Sequence _trees = new();
    private readonly Sequence _files = new();
    private int _listed;
    private int _rootsAtATime = 1;
    private int _explored;
    private readonly Dictionary<GitId, GitBlobRow> _rows = [];

    /// <inheritdoc/>
    public override async ValueTask<GitRefs> ReadRefsAsync(CancellationToken cancellation)
    {
        if (_refs is not null)
            return _refs;
        var rows = await db.GitRefs.AsNoTracking()
            .Where(r => r.RepositoryId == repository.Id && r.ServedCommit != null && (r.Name.StartsWith(RefName.Heads) || r.Name.StartsWith(RefName.Tags)))
            .ToListAsync(cancellation).ConfigureAwait(false);
        var revisions = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id)
            .Select(static r => new { r.CommitId, r.TreeId, r.Parents, r.State, r.CommittedAt }).ToListAsync(cancellation).ConfigureAwait(false);
        var served = revisions.Where(r => RevisionGate.IsServed(repository, r.State)).ToDictionary(static r => r.CommitId, StringComparer.Ordinal);

        var refs = new List<ShownRef>();
        var open = new Stack<string>();
        foreach (var row in rows)
        {
            if (!served.ContainsKey(row.ServedCommit!))
                continue;
            open.Push(row.ServedCommit!);
            var commit = GitId.Parse(row.ServedCommit!);
            if (row.TagObject is { } tag)
            {
                _tags.Add(GitId.Parse(tag));
                refs.Add(new ShownRef(row.Name, GitId.Parse(tag), commit));
            }
            else
            {
                refs.Add(new ShownRef(row.Name, commit));
            }
        }

        var boundary = new HashSet<GitId>();
        var shown = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var commit))
        {
            if (!shown.Add(commit))
                continue;
            var parents = served[commit].Parents.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!Array.TrueForAll(parents, served.ContainsKey))
            {
                boundary.Add(GitId.Parse(commit));
                continue;
            }

            foreach (var parent in parents)
                open.Push(parent);
        }

        foreach (var revision in shown.Select(c => served[c]).OrderByDescending(static r => r.CommittedAt))
        {
            _commits.Add(GitId.Parse(revision.CommitId));
            _roots.Add(GitId.Parse(revision.TreeId));
        }

        return _refs = new GitRefs(refs, RefName.Heads + RefName.Main, boundary);
    }

    /// <inheritdoc/>
    public override async ValueTask<ShownObject?> ReadAsync(GitId id, CancellationToken cancellation)
    {
        await ReadRefsAsync(cancellation).ConfigureAwait(false);
        if (_cached.TryGetValue(id, out var known))
            return known;
        if (_commits.Find(id) is { } commit)
            return await FetchAsync(_commits.From(commit, CommitsAtATime), id, list: false, cancellation).ConfigureAwait(false);
        if (_tags.Contains(id))
            return await FetchAsync([id], id, list: false, cancellation).ConfigureAwait(false);
        if (_files.Find(id) is not null)
            return null;
        if (id == EmptyTree)
            return new ShownObject(GitObjectType.Tree, default);
        if (_trees.Find(id) is null && _roots.Find(id) is null && !(await IsTreeAsync(id, cancellation).ConfigureAwait(false) && await ExploreAsync(id, cancellation).ConfigureAwait(false)))
            return null;
        return await ReadTreeAsync(id, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindBlobLengthAsync(GitId id, CancellationToken cancellation) =>
        await FindRowAsync(id, cancellation).ConfigureAwait(false) switch
        {
            null => null,
            { IsLfs: true } large => PointerOf(large).Length,
            var small => small.Size,
        };

    /// <inheritdoc/>
    public override async ValueTask<OpenedBlob?> OpenBlobAsync(GitId id, CancellationToken cancellation)
    {
        if (await FindRowAsync(id, cancellation).ConfigureAwait(false) is not { } row)
            return null;
        if (row.IsLfs)
        {
            var pointer = PointerOf(row);
            return new OpenedBlob(pointer.Length, new MemoryStream(pointer, writable: false));
        }

        return await store.OpenAsync(row.Sha256, cancellation).ConfigureAwait(false) is { } content ? new OpenedBlob(row.Size, content) : null;
    }

    private static byte[] PointerOf(GitBlobRow row) => new LfsPointer(row.Sha256, row.Size).ToBytes();

    private async ValueTask<GitBlobRow?> FindRowAsync(GitId id, CancellationToken cancellation)
    {
        await ReadRefsAsync(cancellation).ConfigureAwait(false);
        if (_rows.TryGetValue(id, out var known))
            return known;
        if (_files.Find(id) is not { } at)
        {
            if (!await IsFileAsync(id, cancellation).ConfigureAwait(false) || !await ExploreAsync(id, cancellation).ConfigureAwait(false) || _files.Find(id) is not { } found)
                return null;
            at = found;
        }

        if (_rows.Count > MaxCachedFiles)
            _rows.Clear();
        var ids = _files.From(at, FilesAtATime).Where(i => !_rows.ContainsKey(i)).Select(static i => i.ToString()).ToArray();
        foreach (var row in await db.GitBlobs.AsNoTracking().Where(b => ids.Contains(b.Id)).ToListAsync(cancellation).ConfigureAwait(false))
            _rows.Add(GitId.Parse(row.Id), row);
        return _rows.GetValueOrDefault(id);
    }

    private async ValueTask<ShownObject?> ReadTreeAsync(GitId id, CancellationToken cancellation)
    {
        if (_trees.Find(id) is null)
        {
            // A clone comes for the roots of all revisions, a look at the newest one for a single one.
            foreach (var root in _roots.From(_roots.Find(id)!.Value, _rootsAtATime))
                _trees.Add(root);
            _rootsAtATime = Math.Min(_rootsAtATime * 2, MostRootsAtATime);
        }

        var at = _trees.Find(id)!.Value;
        if (at < _listed)
            return await FetchAsync(_trees.From(at, Math.Min(TreesAtATime, _listed - at)), id, list: false, cancellation).ConfigureAwait(false);
        ShownObject? found = null;
        while (at >= _listed)
            found = await ListNextAsync(id, cancellation).ConfigureAwait(false);
        return found;
    }

    private async ValueTask<ShownObject?> ListNextAsync(GitId? wanted, CancellationToken cancellation)
    {
        var next = _trees.From(_listed, TreesAtATime);
        _listed += next.Count;
        return await FetchAsync(next, wanted, list: true, cancellation).ConfigureAwait(false);
    }

    // For an object that the client names and that was not met yet: lists what is shown, revision by revision, until it is met.
    private async ValueTask<bool> ExploreAsync(GitId id, CancellationToken cancellation)
    {
        for (; ; _explored++)
        {
            while (_listed < _trees.Count)
                await ListNextAsync(null, cancellation).ConfigureAwait(false);
            if (_trees.Find(id) is not null || _files.Find(id) is not null)
                return true;
            if (_explored == _roots.Count)
                return false;
            _trees.Add(_roots[_explored]);
        }
    }

    // What no repository has as a tree or file is not looked for in the trees of this one.
    private async ValueTask<bool> IsTreeAsync(GitId id, CancellationToken cancellation)
    {
        var text = id.ToString();
        return _explored < _roots.Count && await db.GitObjects.AnyAsync(o => o.Id == text && o.Type == GitObjectType.Tree, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<bool> IsFileAsync(GitId id, CancellationToken cancellation)
    {
        var text = id.ToString();
        return _explored < _roots.Count && await db.GitBlobs.AnyAsync(b => b.Id == text, cancellation).ConfigureAwait(false);
    }

    // Reads objects that are shown into the cache. The wanted one is returned, since the others may drive it out.
    private async ValueTask<ShownObject?> FetchAsync(List<GitId> ids, GitId? wanted, bool list, CancellationToken cancellation)
    {
        ShownObject? found = null;
        var missing = ids.Where(i => list || i == wanted || !_cached.ContainsKey(i)).Select(static i => i.ToString()).ToArray();
        await foreach (var row in db.GitObjects.AsNoTracking().Where(o => missing.Contains(o.Id)).AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false))
        {
            var id = GitId.Parse(row.Id);
            var shown = new ShownObject(row.Type, row.Content);
            if (id == wanted)
                found = shown;
            if (list)
                ListEntries(row.Content);
            if (!_cached.TryAdd(id, shown))
                continue;
            _cacheOrder.Enqueue(id);
            _cachedBytes += row.Content.Length;
            while (_cachedBytes > MaxCachedBytes && _cacheOrder.TryDequeue(out var oldest) && _cached.Remove(oldest, out var gone))
                _cachedBytes -= gone.Content.Length;
        }

        return found;
    }

    private void ListEntries(byte[] tree)
    {
        foreach (var entry in GitObjects.ReadTree(tree))
            (entry.Mode == GitMode.Folder ? _trees : _files).Add(GitId.Parse(entry.Id));
    }

    /// <summary>Ids in an order, each once.</summary>
    private sealed class Sequence
    {
        private readonly List<GitId> _ids = [];
        private readonly Dictionary<GitId, int> _places = [];

        public int Count => _ids.Count;

        public GitId this[int index] => _ids[index];

        public void Add(GitId id)
        {
            if (_places.TryAdd(id, _ids.Count))
                _ids.Add(id);
        }

        public int? Find(GitId id) => _places.TryGetValue(id, out var place) ? place : null;

        public List<GitId> From(int first, int most) => _ids.GetRange(first, Math.Min(most, _ids.Count - first));
    }
}
