using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Assay.Protocol.Git;

/// <summary>Which objects a client leaves out of a partial clone (source: git, <c>rev-list --filter</c>).</summary>
/// <param name="Trees">Whether trees, and with them blobs, are sent at all.</param>
/// <param name="BlobLimit">Blobs of this length in bytes, or longer, are left out.</param>
internal readonly record struct GitFilter(bool Trees, long BlobLimit)
{
    public static readonly GitFilter None = new(Trees: true, long.MaxValue);

    public static bool TryParse(ReadOnlySpan<byte> text, out GitFilter filter)
    {
        filter = None;
        if (text.SequenceEqual("blob:none"u8))
            filter = new GitFilter(Trees: true, 0);
        else if (text.SequenceEqual("tree:0"u8))
            filter = new GitFilter(Trees: false, 0);
        else if (!text.StartsWith("blob:limit="u8) || !TryParseSize(text["blob:limit="u8.Length..], out var limit))
            return false;
        else
            filter = new GitFilter(Trees: true, limit);
        return true;
    }

    private static bool TryParseSize(ReadOnlySpan<byte> text, out long size)
    {
        if (!Utf8Parser.TryParse(text, out size, out var used) || size < 0)
            return false;
        var shift = text[used..] switch
        {
            [] => 0,
            [(byte)'k' or (byte)'K'] => 10,
            [(byte)'m' or (byte)'M'] => 20,
            [(byte)'g' or (byte)'G'] => 30,
            _ => -1,
        };
        if (shift < 0 || size > long.MaxValue >> shift)
            return false;
        size <<= shift;
        return true;
    }
}

/// <summary>A commit, as far as a walk needs it.</summary>
internal sealed class GitCommit
{
    public required GitId Id { get; init; }

    public required GitId Tree { get; init; }

    /// <summary>Parents that the view shows.</summary>
    public required GitId[] Parents { get; init; }

    /// <summary>Whether it has parents that the view does not show.</summary>
    public required bool HasHiddenParents { get; init; }

    /// <summary>Time of the committer in seconds since 1970; says where to look first, and nothing is trusted to it.</summary>
    public required long Time { get; init; }

    // The state of the one walk that plans the pack.
    public bool Queued { get; set; }

    public bool Listed { get; set; }

    public bool Known { get; set; }
}

/// <summary>An object of a planned pack.</summary>
internal readonly record struct PackEntry(GitId Id, GitObjectType Type);

/// <summary>What a pack is to hold.</summary>
/// <param name="Wants">What the client asked for; all reachable from the refs.</param>
/// <param name="Known">Commits that the client has, with all they reach up to <paramref name="Cut"/>.</param>
/// <param name="Cut">Commits at which the client's history ends.</param>
/// <param name="Filter">What is left out.</param>
/// <param name="IncludeTags">Whether annotated tags of the commits that are sent are sent too.</param>
internal sealed record PackRequest(IReadOnlyCollection<GitId> Wants, IReadOnlyCollection<GitId> Known, IReadOnlySet<GitId> Cut, GitFilter Filter, bool IncludeTags);

/// <summary>The objects of a pack, and the commits among them whose parents the view does not show.</summary>
internal sealed record PackPlan(List<PackEntry> Entries, List<GitId> Boundary);

/// <summary>Where history ends for a client that asked for a part of it.</summary>
/// <param name="Cut">Commits that it gets without their parents.</param>
/// <param name="Inside">Commits that it gets with them.</param>
internal sealed record ShallowHistory(HashSet<GitId> Cut, HashSet<GitId> Inside);

/// <summary>Walks the objects of a view: never past its boundary, never more objects than allowed, without opening a blob.</summary>
internal sealed class GitWalk(GitView view, GitRefs refs, int maxObjects)
{
    // Of so many commits that the client has, the trees are read to find what need not be sent.
    private const int MaxKnownTrees = 64;

    private readonly Dictionary<GitId, GitCommit?> _commits = [];
    private readonly List<(GitId Id, bool Folder)> _children = [];
    private int _looked;

    /// <summary>Finds a commit.</summary>
    /// <returns>Null if the view shows no commit of this id.</returns>
    public async ValueTask<GitCommit?> FindCommitAsync(GitId id, CancellationToken cancellation)
    {
        if (_commits.TryGetValue(id, out var commit))
            return commit;
        Charge();
        if (await view.ReadAsync(id, cancellation).ConfigureAwait(false) is { Type: GitObjectType.Commit } found)
            commit = ParseCommit(id, found.Content.Span);
        _commits.Add(id, commit);
        return commit;
    }

    /// <summary>Finds an object among those asked for that the refs do not reach.</summary>
    /// <returns>One of them; null if all are reached.</returns>
    public async ValueTask<GitId?> FindUnreachableAsync(IEnumerable<GitId> ids, CancellationToken cancellation)
    {
        var missing = new HashSet<GitId>(ids);
        foreach (var named in refs.Refs)
        {
            missing.Remove(named.Id);
            if (named.Peeled is { } peeled)
                missing.Remove(peeled);
        }

        var onlyCommits = true;
        foreach (var id in missing)
        {
            Charge();
            if (await view.ReadAsync(id, cancellation).ConfigureAwait(false) is { } found)
                onlyCommits &= found.Type == GitObjectType.Commit;
            else if (await view.FindBlobLengthAsync(id, cancellation).ConfigureAwait(false) is null)
                return id;
            else
                onlyCommits = false;
        }

        if (missing.Count == 0)
            return null;

        var starts = new List<GitId>();
        var trees = new HashSet<GitId>();
        foreach (var named in refs.Refs)
        {
            var (target, type, tags) = await PeelAsync(named.Id, cancellation).ConfigureAwait(false);
            missing.ExceptWith(tags);
            missing.Remove(target);
            if (type == GitObjectType.Commit)
                starts.Add(target);
            else if (type == GitObjectType.Tree)
                await RemoveTreeAsync(target).ConfigureAwait(false);
        }

        // Files of the newest commits are what partial clones come back for.
        await foreach (var commit in HistoryAsync(starts, cancellation).ConfigureAwait(false))
        {
            if (missing.Count == 0)
                return null;
            missing.Remove(commit.Id);
            if (!onlyCommits)
                await RemoveTreeAsync(commit.Tree).ConfigureAwait(false);
        }

        return missing.Count == 0 ? null : missing.First();

        async ValueTask RemoveTreeAsync(GitId root)
        {
            await foreach (var entry in TreeAsync(root, trees, blobs: true, cancellation).ConfigureAwait(false))
            {
                if (missing.Remove(entry.Id) && missing.Count == 0)
                    return;
            }
        }
    }

    /// <summary>Which of these ids are commits that the refs reach.</summary>
    public async ValueTask<HashSet<GitId>> FindReachableCommitsAsync(IReadOnlySet<GitId> ids, CancellationToken cancellation)
    {
        var reached = new HashSet<GitId>();
        if (ids.Count == 0)
            return reached;
        var starts = new List<GitId>();
        foreach (var named in refs.Refs)
        {
            var (target, type, _) = await PeelAsync(named.Id, cancellation).ConfigureAwait(false);
            if (type == GitObjectType.Commit)
                starts.Add(target);
        }

        await foreach (var commit in HistoryAsync(starts, cancellation).ConfigureAwait(false))
        {
            if (ids.Contains(commit.Id) && reached.Add(commit.Id) && reached.Count == ids.Count)
                break;
        }

        return reached;
    }

    /// <summary>Whether every wanted commit has an ancestor, or is one, that the client has: then more negotiation tells little.</summary>
    public async ValueTask<bool> AllReachAsync(IEnumerable<GitId> wants, IReadOnlyCollection<GitId> common, CancellationToken cancellation)
    {
        var oldest = long.MaxValue;
        foreach (var id in common)
        {
            if (await FindCommitAsync(id, cancellation).ConfigureAwait(false) is { } commit)
                oldest = Math.Min(oldest, commit.Time);
        }

        var reaching = new Stack<GitId>(common);
        var starts = new List<GitId>();
        foreach (var want in wants)
        {
            var (target, type, _) = await PeelAsync(want, cancellation).ConfigureAwait(false);
            if (type != GitObjectType.Commit)
                return false;
            starts.Add(target);
        }

        var children = new Dictionary<GitId, List<GitId>>();
        await foreach (var commit in HistoryAsync(starts, cancellation).ConfigureAwait(false))
        {
            if (commit.Time < oldest)
                break;
            foreach (var parent in commit.Parents)
            {
                if (!children.TryGetValue(parent, out var list))
                    children.Add(parent, list = []);
                list.Add(commit.Id);
            }
        }

        var reached = new HashSet<GitId>();
        while (reaching.TryPop(out var id))
        {
            if (!reached.Add(id) || !children.TryGetValue(id, out var list))
                continue;
            foreach (var child in list)
                reaching.Push(child);
        }

        return starts.TrueForAll(reached.Contains);
    }

    /// <summary>The history of so many steps; the starts are the first.</summary>
    public async ValueTask<ShallowHistory> TakeDepthAsync(IEnumerable<GitId> starts, int depth, CancellationToken cancellation)
    {
        var history = new ShallowHistory([], []);
        var seen = new HashSet<GitId>();
        var level = new List<GitId>();
        foreach (var start in starts)
        {
            var (target, type, _) = await PeelAsync(start, cancellation).ConfigureAwait(false);
            if (type == GitObjectType.Commit && seen.Add(target))
                level.Add(target);
        }

        for (var at = 1; level.Count != 0; at++)
        {
            var next = new List<GitId>();
            foreach (var id in level)
            {
                var commit = await ReadCommitAsync(id, cancellation).ConfigureAwait(false);
                if (commit.HasHiddenParents || (at >= depth && commit.Parents.Length != 0))
                {
                    history.Cut.Add(id);
                    continue;
                }

                history.Inside.Add(id);
                foreach (var parent in commit.Parents)
                {
                    if (seen.Add(parent))
                        next.Add(parent);
                }
            }

            level = next;
        }

        return history;
    }

    /// <summary>The history since a time, without what some refs reach.</summary>
    /// <exception cref="GitProtocolException">There is none.</exception>
    public async ValueTask<ShallowHistory> TakeSinceAsync(IEnumerable<GitId> starts, long since, IEnumerable<GitId> without, CancellationToken cancellation)
    {
        var excluded = new HashSet<GitId>();
        await foreach (var commit in HistoryAsync(await CommitsOfAsync(without, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false))
            excluded.Add(commit.Id);

        var history = new ShallowHistory([], []);
        var tips = await CommitsOfAsync(starts, cancellation).ConfigureAwait(false);
        var seen = new HashSet<GitId>(tips);
        var open = new Stack<GitId>(tips);
        var any = false;
        while (open.TryPop(out var id))
        {
            var commit = await ReadCommitAsync(id, cancellation).ConfigureAwait(false);
            var taken = !excluded.Contains(id) && commit.Time >= since;
            any |= taken;
            var whole = taken && !commit.HasHiddenParents;
            foreach (var parent in taken ? commit.Parents : [])
            {
                var older = await ReadCommitAsync(parent, cancellation).ConfigureAwait(false);
                whole &= !excluded.Contains(parent) && older.Time >= since;
            }

            (whole ? history.Inside : history.Cut).Add(id);
            foreach (var parent in whole ? commit.Parents : [])
            {
                if (seen.Add(parent))
                    open.Push(parent);
            }
        }

        return any ? history : throw new GitProtocolException("No commits are as new as that.");
    }

    /// <summary>Lists what a pack has to hold. Commits come first, then trees and blobs.</summary>
    public async ValueTask<PackPlan> PlanAsync(PackRequest request, CancellationToken cancellation)
    {
        var plan = new PackPlan([], []);
        var sent = new HashSet<GitId>();
        var tips = new List<GitId>();
        foreach (var want in request.Wants)
        {
            var (target, type, tags) = await PeelAsync(want, cancellation).ConfigureAwait(false);
            AddTags(tags);
            if (type == GitObjectType.Commit)
                tips.Add(target);
            else if (type == GitObjectType.Tree && request.Filter.Trees)
                await AddTreeAsync(target).ConfigureAwait(false);
            else if (sent.Add(target))
                plan.Entries.Add(new PackEntry(target, type));
        }

        var commits = await ListCommitsAsync(tips, request, cancellation).ConfigureAwait(false);
        foreach (var commit in commits)
        {
            plan.Entries.Add(new PackEntry(commit.Id, GitObjectType.Commit));
            if (commit.HasHiddenParents)
                plan.Boundary.Add(commit.Id);
        }

        if (request.IncludeTags)
        {
            foreach (var named in refs.Refs)
            {
                if (named.Peeled is { } peeled && _commits.TryGetValue(peeled, out var commit) && commit is { Listed: true, Known: false })
                    AddTags((await PeelAsync(named.Id, cancellation).ConfigureAwait(false)).Tags);
            }
        }

        if (!request.Filter.Trees || commits.Count == 0)
            return plan;
        await AddKnownTreesAsync(commits, request, sent, cancellation).ConfigureAwait(false);
        foreach (var commit in commits)
            await AddTreeAsync(commit.Tree).ConfigureAwait(false);
        return plan;

        void AddTags(List<GitId> tags)
        {
            foreach (var tag in tags)
            {
                if (sent.Add(tag))
                    plan.Entries.Add(new PackEntry(tag, GitObjectType.Tag));
            }
        }

        async ValueTask AddTreeAsync(GitId root)
        {
            await foreach (var entry in TreeAsync(root, sent, request.Filter.BlobLimit > 0, cancellation).ConfigureAwait(false))
            {
                if (entry.Type == GitObjectType.Blob && request.Filter.BlobLimit != long.MaxValue)
                {
                    var length = await view.FindBlobLengthAsync(entry.Id, cancellation).ConfigureAwait(false) ?? throw Missing(entry.Id);
                    if (length >= request.Filter.BlobLimit)
                        continue;
                }

                plan.Entries.Add(entry);
            }
        }
    }

    // From the newest to the oldest, as long as something is left that the client may lack. What it has is marked as its
    // descendants are met; where times are wrong, a commit is sent that it has already, and none is left out.
    private async ValueTask<List<GitCommit>> ListCommitsAsync(List<GitId> tips, PackRequest request, CancellationToken cancellation)
    {
        var queue = new PriorityQueue<GitCommit, (long, int)>();
        var listed = new List<GitCommit>();
        var lacking = 0;
        var order = 0;
        foreach (var id in request.Known)
        {
            if (await FindCommitAsync(id, cancellation).ConfigureAwait(false) is { } commit)
                Add(commit, known: true);
        }

        foreach (var id in tips)
            Add(await ReadCommitAsync(id, cancellation).ConfigureAwait(false), known: false);

        while (lacking > 0)
        {
            var commit = queue.Dequeue();
            commit.Queued = false;
            if (!commit.Known)
            {
                lacking--;
                commit.Listed = true;
                listed.Add(commit);
            }

            foreach (var parent in request.Cut.Contains(commit.Id) ? [] : commit.Parents)
                Add(await ReadCommitAsync(parent, cancellation).ConfigureAwait(false), commit.Known);
        }

        listed.RemoveAll(c => c.Known);
        return listed;

        void Add(GitCommit commit, bool known)
        {
            if (commit.Known || (!known && (commit.Listed || commit.Queued)))
                return;
            commit.Known = known;
            if (commit.Queued)
            {
                lacking--;
                return;
            }

            commit.Queued = true;
            if (!known)
                lacking++;
            queue.Enqueue(commit, (-commit.Time, order++));
        }
    }

    // What the client has beside the commits that are sent: the trees of their parents, and of what it named itself.
    private async ValueTask AddKnownTreesAsync(List<GitCommit> commits, PackRequest request, HashSet<GitId> known, CancellationToken cancellation)
    {
        var roots = new HashSet<GitId>();
        foreach (var commit in commits)
        {
            foreach (var parent in request.Cut.Contains(commit.Id) ? [] : commit.Parents)
            {
                if (_commits.TryGetValue(parent, out var found) && found is { Known: true })
                    roots.Add(found.Tree);
            }
        }

        foreach (var id in request.Known.Take(MaxKnownTrees))
        {
            if (await FindCommitAsync(id, cancellation).ConfigureAwait(false) is { } commit)
                roots.Add(commit.Tree);
        }

        foreach (var root in roots)
        {
            await foreach (var _ in TreeAsync(root, known, request.Filter.BlobLimit > 0, cancellation).ConfigureAwait(false))
            {
                // The walk itself puts what it meets among the known.
            }
        }
    }

    // Commits from the newest to the oldest, each once.
    private async IAsyncEnumerable<GitCommit> HistoryAsync(List<GitId> starts, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var queue = new PriorityQueue<GitCommit, (long, int)>();
        var seen = new HashSet<GitId>();
        foreach (var start in starts)
        {
            if (!seen.Add(start))
                continue;
            var tip = await ReadCommitAsync(start, cancellation).ConfigureAwait(false);
            queue.Enqueue(tip, (-tip.Time, seen.Count));
        }

        while (queue.TryDequeue(out var commit, out _))
        {
            yield return commit;
            foreach (var parent in commit.Parents)
            {
                if (!seen.Add(parent))
                    continue;
                var older = await ReadCommitAsync(parent, cancellation).ConfigureAwait(false);
                queue.Enqueue(older, (-older.Time, seen.Count));
            }
        }
    }

    // A tree and all below it that was not seen before, on a stack of its own: depth costs no more than breadth.
    private async IAsyncEnumerable<PackEntry> TreeAsync(GitId root, HashSet<GitId> seen, bool blobs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!seen.Add(root))
            yield break;
        var open = new Stack<GitId>();
        open.Push(root);
        while (open.TryPop(out var id))
        {
            Charge();
            var tree = await view.ReadAsync(id, cancellation).ConfigureAwait(false) is { Type: GitObjectType.Tree } found ? found.Content : throw Missing(id);
            yield return new PackEntry(id, GitObjectType.Tree);
            var blobIds = new List<GitId>();
            ReadChildren(tree.Span);
            foreach (var (child, folder) in _children)
            {
                if ((!folder && !blobs) || !seen.Add(child))
                    continue;
                Charge();
                if (folder)
                    open.Push(child);
                else
                    blobIds.Add(child);
            }

            foreach (var blob in blobIds)
                yield return new PackEntry(blob, GitObjectType.Blob);
        }
    }

    private async ValueTask<(GitId Target, GitObjectType Type, List<GitId> Tags)> PeelAsync(GitId id, CancellationToken cancellation)
    {
        var tags = new List<GitId>();
        while (true)
        {
            if (_commits.TryGetValue(id, out var commit) && commit is not null)
                return (id, GitObjectType.Commit, tags);
            Charge();
            if (await view.ReadAsync(id, cancellation).ConfigureAwait(false) is not { } found)
                return await view.FindBlobLengthAsync(id, cancellation).ConfigureAwait(false) is null ? throw Missing(id) : (id, GitObjectType.Blob, tags);
            if (found.Type == GitObjectType.Commit)
                _commits.TryAdd(id, ParseCommit(id, found.Content.Span));
            if (found.Type != GitObjectType.Tag)
                return (id, found.Type, tags);
            tags.Add(id);
            var text = found.Content.Span;
            if (!TakeId(ref text, "object "u8, out id))
                throw new InvalidDataException("A tag of the repository names no object.");
        }
    }

    private async ValueTask<List<GitId>> CommitsOfAsync(IEnumerable<GitId> ids, CancellationToken cancellation)
    {
        var commits = new List<GitId>();
        foreach (var id in ids)
        {
            var (target, type, _) = await PeelAsync(id, cancellation).ConfigureAwait(false);
            if (type == GitObjectType.Commit)
                commits.Add(target);
        }

        return commits;
    }

    private async ValueTask<GitCommit> ReadCommitAsync(GitId id, CancellationToken cancellation) =>
        await FindCommitAsync(id, cancellation).ConfigureAwait(false) ?? throw Missing(id);

    private GitCommit ParseCommit(GitId id, ReadOnlySpan<byte> text)
    {
        if (!TakeId(ref text, "tree "u8, out var tree))
            throw new InvalidDataException($"Commit {id} of the repository has no tree.");
        var parents = new List<GitId>();
        while (TakeId(ref text, "parent "u8, out var parent))
            parents.Add(parent);
        var cut = refs.Boundary.Contains(id);
        return new GitCommit
        {
            Id = id,
            Tree = tree,
            Parents = cut ? [] : [.. parents],
            HasHiddenParents = cut && parents.Count != 0,
            Time = CommitTime(text),
        };
    }

    private static long CommitTime(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            if (line.IsEmpty)
                break;
            if (line.StartsWith("committer "u8))
            {
                var time = line[(line.LastIndexOf((byte)'>') + 1)..].TrimStart((byte)' ');
                return Utf8Parser.TryParse(time, out long seconds, out _) ? Math.Max(seconds, 0) : 0;
            }

            text = end < 0 ? [] : text[(end + 1)..];
        }

        return 0;
    }

    private static bool TakeId(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out GitId id)
    {
        id = default;
        var length = key.Length + GitId.TextLength;
        if (text.Length <= length || !text.StartsWith(key) || text[length] != '\n' || !GitId.TryParse(text[key.Length..length], out id))
            return false;
        text = text[(length + 1)..];
        return true;
    }

    private void ReadChildren(ReadOnlySpan<byte> tree)
    {
        _children.Clear();
        while (!tree.IsEmpty)
        {
            var blank = tree.IndexOf((byte)' ');
            var nul = tree.IndexOf((byte)0);
            if (blank <= 0 || nul < blank || tree.Length < nul + 1 + GitId.Size)
                throw new InvalidDataException("A tree of the repository is damaged.");
            var mode = tree[..blank].TrimStart((byte)'0');
            // A submodule's commit is no object of this repository.
            if (!mode.SequenceEqual("160000"u8))
                _children.Add((new GitId(tree.Slice(nul + 1, GitId.Size)), mode.SequenceEqual("40000"u8)));
            tree = tree[(nul + 1 + GitId.Size)..];
        }
    }

    private void Charge()
    {
        if (++_looked > maxObjects)
            throw new GitProtocolException($"The request would look at more than {maxObjects} objects.");
    }

    private static InvalidDataException Missing(GitId id) => new($"Object {id} is reachable, and the view does not have it.");
}
