using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Blobs;
using Assay.Hub.Cards;
using Assay.Hub.Persistence;
using Assay.Protocol.Git;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Repositories;

/// <summary>
/// Writes commits. A commit is prepared from the head as it was read, and recorded only if the head is still the same: of two at a time one
/// begins anew. Recording it moves the publisher's head and asks for its vetting in the same transaction; readers see nothing of it yet.
/// </summary>
public sealed class CommitWriter(
    IDbContextFactory<HubDb> databases, IBlobStore store, BlobIntake intake, RevisionTrees trees, AuditLog audit, VettingQueue queue, HubOptions options, TimeProvider clock)
{
    private const string AttributesFile = ".gitattributes";
    private const int MaxAttempts = 20;
    private const int MaxTitle = 1000;
    private const int MaxDescription = 65_536;

    /// <summary>Makes a commit on a branch.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="refName">Full name of the branch.</param>
    /// <param name="author">Who makes it; the right to do so was checked.</param>
    /// <param name="readable">Repositories whose contents the author may read.</param>
    /// <param name="request">The changes.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<CommitOutcome> CommitAsync(
        Repository repository, string refName, Principal author, Func<HubDb, IQueryable<string>> readable, CommitRequest request, CancellationToken cancellation)
    {
        if (CheckRequest(request) is { } problem)
            return problem;
        using var activity = Admission.HubMeter.Activities.StartActivity("commit");
        activity?.SetTag("assay.repository", repository.Key);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            for (var attempt = 1; ; attempt++)
            {
                db.ChangeTracker.Clear();
                var (outcome, prepared) = await PrepareAsync(db, repository, refName, author, readable, request, cancellation).ConfigureAwait(false);
                if (outcome is not null)
                    return outcome;
                try
                {
                    if (await RecordAsync(db, repository, refName, author, request, prepared!, cancellation).ConfigureAwait(false) is { } recorded)
                    {
                        queue.Wake();
                        return recorded;
                    }
                }
                catch (Exception e) when (attempt < MaxAttempts && (db.IsConflict(e) || (e is DbUpdateException update && db.IsDuplicate(update))))
                {
                    // Another transaction wrote the same rows; the work is done anew on what it left.
                }

                if (attempt >= MaxAttempts)
                    return new CommitOutcome.HeadMoved((await db.GitRefs.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.Name == refName, cancellation).ConfigureAwait(false)).HeadCommit);
            }
        }
    }

    /// <summary>Makes a commit without parents that has a tree which is there already: the start of a repository or of an empty branch, or a squash.</summary>
    /// <param name="db">In a transaction.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="refName">Full name of the branch.</param>
    /// <param name="author">Who makes it.</param>
    /// <param name="treeId">Id of the tree.</param>
    /// <param name="title">Message.</param>
    /// <param name="isInitial">Whether the hub itself made all that is in it, so that nothing is to be vetted.</param>
    /// <param name="cancellation">Stops it.</param>
    internal async Task<Revision> AddRootAsync(HubDb db, Repository repository, string refName, Principal author, string treeId, string title, bool isInitial, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var bytes = GitObjects.WriteCommit(treeId, [], SignatureOf(author, now), title);
        var id = GitObjects.IdOf(GitObjectType.Commit, bytes);
        if (!await db.GitObjects.AnyAsync(o => o.Id == id, cancellation).ConfigureAwait(false))
            db.GitObjects.Add(new GitObject { Id = id, Type = GitObjectType.Commit, Content = bytes });
        var known = await db.Revisions.FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.CommitId == id, cancellation).ConfigureAwait(false);
        if (known is not null)
            return known;
        var revision = new Revision
        {
            Id = Guid.CreateVersion7(now),
            RepositoryId = repository.Id,
            CommitId = id,
            TreeId = treeId,
            Parents = "",
            AuthorId = author.UserId ?? "",
            AuthorName = author.Name,
            RunId = author.Token?.RunId,
            Title = title,
            Message = "",
            CommittedAt = Seconds(now),
            RefName = refName,
            IsInitial = isInitial,
            State = isInitial ? RevisionState.Admitted : RevisionState.Received,
            Reason = isInitial ? "The hub made this commit itself." : null,
            Verdict = isInitial ? "clean" : null,
            ReceivedAt = now,
            DecidedAt = isInitial ? now : null,
        };
        db.Revisions.Add(revision);
        if (!isInitial)
            db.VettingJobs.Add(new VettingJob { Id = Guid.CreateVersion7(now), RevisionId = revision.Id, NotBefore = now });
        return revision;
    }

    /// <summary>The tree with nothing but the attributes that a new repository starts with.</summary>
    internal async Task<(string TreeId, GitBlob Attributes)> InitialTreeAsync(HubDb db, Repository repository, Principal author, CancellationToken cancellation)
    {
        var content = Encoding.UTF8.GetBytes(GitAttributes.Default(repository.Kind));
        var stored = (BlobPut.Stored)await intake.TakeAsync(content, author.UserId ?? "", cancellation).ConfigureAwait(false);
        var builder = new TreeBuilder(null);
        builder.Put(AttributesFile, stored.GitId!);
        var (root, objects) = builder.Build();
        // Every new repository has the same: of two that are the first of all, one finds what the other wrote.
        for (var attempt = 1; ; attempt++)
        {
            if (!await db.GitBlobs.AnyAsync(b => b.Id == stored.GitId, cancellation).ConfigureAwait(false))
                db.GitBlobs.Add(new GitBlob { Id = stored.GitId!, Sha256 = stored.Sha256, Size = stored.Size, IsLfs = false });
            if (!await db.GitObjects.AnyAsync(o => o.Id == root, cancellation).ConfigureAwait(false))
                db.GitObjects.Add(new GitObject { Id = root, Type = GitObjectType.Tree, Content = objects[root] });
            try
            {
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                break;
            }
            catch (DbUpdateException e) when (attempt < MaxAttempts && db.IsDuplicate(e))
            {
                db.ChangeTracker.Clear();
            }
        }

        return (root, new GitBlob { Id = stored.GitId!, Sha256 = stored.Sha256, Size = stored.Size, IsLfs = false });
    }

    /// <summary>How the author of a commit is written.</summary>
    internal static GitSignature SignatureOf(Principal author, DateTimeOffset at) => new(author.Name, author.Name + "@users.noreply.assay.invalid", at);

    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private CommitOutcome.Invalid? CheckRequest(CommitRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Title))
            return new CommitOutcome.Invalid("A commit needs a summary: say what it changes.");
        if (request.Title.Length > MaxTitle || request.Description.Length > MaxDescription)
            return new CommitOutcome.Invalid($"The message is too long: its summary may have {MaxTitle} characters, its description {MaxDescription}.");
        if (request.Operations.Count > options.MaxCommitOperations)
            return new CommitOutcome.Invalid($"A commit has up to {options.MaxCommitOperations} changes here. Split it.");
        foreach (var operation in request.Operations)
        {
            var path = operation switch
            {
                CommitOperation.PutFile o => o.Path,
                CommitOperation.PutLarge o => o.Path,
                CommitOperation.Copy o => o.Path,
                CommitOperation.Delete o => o.Path,
                CommitOperation.DeleteFolder o => o.Path,
                _ => "",
            };
            if (Protocol.RepoPath.Problem(path) is { } problem)
                return new CommitOutcome.Invalid(problem);
            if (path.Split('/').Length > RevisionTrees.MaxDepth)
                return new CommitOutcome.Invalid($"The path \"{path[..60]}…\" is deeper than {RevisionTrees.MaxDepth} folders.");
        }

        return null;
    }

    private async Task<(CommitOutcome? Outcome, Prepared? Commit)> PrepareAsync(
        HubDb db, Repository repository, string refName, Principal author, Func<HubDb, IQueryable<string>> readable, CommitRequest request, CancellationToken cancellation)
    {
        var branch = await db.GitRefs.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.Name == refName, cancellation).ConfigureAwait(false);
        if (branch is null)
            return (new CommitOutcome.NoBranch(), null);
        if (request.ParentCommit is { Length: > 0 } parent && (parent.Length < 5 || !branch.HeadCommit.StartsWith(parent, StringComparison.Ordinal)))
            return (new CommitOutcome.HeadMoved(branch.HeadCommit), null);
        var head = await db.Revisions.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.CommitId == branch.HeadCommit, cancellation).ConfigureAwait(false);
        var tree = await trees.ReadAsync(db, head.TreeId, cancellation).ConfigureAwait(false);
        var builder = new TreeBuilder(tree);
        var blobs = new Dictionary<string, GitBlob>(StringComparer.Ordinal);
        var large = new List<string>();
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in request.Operations)
        {
            switch (operation)
            {
                case CommitOperation.PutFile put:
                    builder.Put(put.Path, put.GitId);
                    blobs[put.GitId] = new GitBlob { Id = put.GitId, Sha256 = put.Sha256, Size = put.Size, IsLfs = false };
                    touched.Add(put.Path);
                    break;
                case CommitOperation.PutLarge put:
                    {
                        var userId = author.UserId ?? "";
                        if (await intake.SizeIfHeldAsync(db, put.Sha256, userId, readable(db), cancellation).ConfigureAwait(false) is not { } size)
                            return (new CommitOutcome.Invalid($"The content of {put.Path} (sha256 {put.Sha256}) was not uploaded. Upload it first, then commit."), null);
                        var pointer = new LfsPointer(put.Sha256, size).ToBytes();
                        var id = GitObjects.IdOf(GitObjectType.Blob, pointer);
                        builder.Put(put.Path, id);
                        blobs[id] = new GitBlob { Id = id, Sha256 = put.Sha256, Size = size, IsLfs = true };
                        large.Add(put.Path);
                        touched.Add(put.Path);
                        break;
                    }

                case CommitOperation.Copy copy:
                    {
                        if (await FindSourceAsync(db, repository, head, copy, cancellation).ConfigureAwait(false) is not { } source)
                            return (new CommitOutcome.NoFile(copy.SourcePath), null);
                        builder.Put(copy.Path, source.Id);
                        if (source.IsLfs)
                            large.Add(copy.Path);
                        touched.Add(copy.Path);
                        break;
                    }

                case CommitOperation.Delete delete:
                    if (!builder.Remove(delete.Path))
                        return (new CommitOutcome.NoFile(delete.Path), null);
                    break;
                case CommitOperation.DeleteFolder delete:
                    if (!builder.RemoveFolder(delete.Path))
                        return (new CommitOutcome.NoFile(delete.Path), null);
                    break;
            }
        }

        if (builder.Count > options.MaxFiles)
            return (new CommitOutcome.Invalid($"A repository has up to {options.MaxFiles:N0} files here. Pack small files together, or split the repository."), null);
        large.RemoveAll(path => !builder.Has(path));
        if (large.Count > 0)
            await CoverAsync(db, builder, tree, blobs, large, author, cancellation).ConfigureAwait(false);
        var (root, objects) = builder.Build();
        if (root == head.TreeId)
            return (new CommitOutcome.Done(head.CommitId, null), null);
        if (touched.Contains("README.md") && builder.IdOf("README.md") is { } readme && await CardProblemAsync(db, readme, blobs, cancellation).ConfigureAwait(false) is { } problem)
            return (new CommitOutcome.Invalid(problem), null);
        var prepared = new Prepared(head, root, objects, blobs);
        return await OverQuotaAsync(db, repository, prepared, cancellation).ConfigureAwait(false) is { } room ? (new CommitOutcome.OverQuota(room), null) : (null, prepared);
    }

    // Without a line in .gitattributes, a clone would have the pointer in place of the file.
    private async Task CoverAsync(HubDb db, TreeBuilder builder, RevisionTree tree, Dictionary<string, GitBlob> blobs, List<string> large, Principal author, CancellationToken cancellation)
    {
        var text = "";
        if (builder.IdOf(AttributesFile) is { } id)
            text = await ReadTextAsync(db, id, blobs, cancellation).ConfigureAwait(false) ?? "";
        var attributes = GitAttributes.Parse(text);
        var lines = new StringBuilder(text);
        var added = false;
        foreach (var path in large.Distinct(StringComparer.Ordinal))
        {
            if (attributes.IsLfs(path))
                continue;
            if (lines.Length > 0 && lines[^1] != '\n')
                lines.Append('\n');
            lines.Append(GitAttributes.LineFor(path)).Append('\n');
            added = true;
        }

        if (!added)
            return;
        if (await intake.TakeAsync(Encoding.UTF8.GetBytes(lines.ToString()), author.UserId ?? "", cancellation).ConfigureAwait(false) is not BlobPut.Stored stored)
            return;
        builder.Put(AttributesFile, stored.GitId!);
        blobs[stored.GitId!] = new GitBlob { Id = stored.GitId!, Sha256 = stored.Sha256, Size = stored.Size, IsLfs = false };
    }

    private async Task<string?> CardProblemAsync(HubDb db, string id, Dictionary<string, GitBlob> blobs, CancellationToken cancellation) =>
        await ReadTextAsync(db, id, blobs, cancellation).ConfigureAwait(false) is { } text && FrontMatter.Read(text) is FrontMatter.Invalid invalid
            ? $"README.md: {invalid.Message}"
            : null;

    private async Task<string?> ReadTextAsync(HubDb db, string id, Dictionary<string, GitBlob> blobs, CancellationToken cancellation)
    {
        var blob = blobs.TryGetValue(id, out var fresh) ? fresh : await db.GitBlobs.AsNoTracking().FirstOrDefaultAsync(b => b.Id == id, cancellation).ConfigureAwait(false);
        if (blob is null or { IsLfs: true } || blob.Size > options.MaxRegularBytes)
            return null;
        var stream = await store.OpenAsync(blob.Sha256, cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<RevisionFile?> FindSourceAsync(HubDb db, Repository repository, Revision head, CommitOperation.Copy copy, CancellationToken cancellation)
    {
        var source = head;
        if (copy.SourceRevision is { Length: > 0 } name && name != head.CommitId)
        {
            var commit = Protocol.RefName.IsCommit(name)
                ? name
                : (await db.GitRefs.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && (r.Name == Protocol.RefName.Heads + name || r.Name == Protocol.RefName.Tags + name), cancellation).ConfigureAwait(false))?.HeadCommit;
            if (await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.CommitId == commit, cancellation).ConfigureAwait(false) is not { } found)
                return null;
            source = found;
        }

        return (await trees.ReadAsync(db, source.TreeId, cancellation).ConfigureAwait(false)).Find(copy.SourcePath);
    }

    // Null when the head has moved meanwhile.
    private async Task<CommitOutcome?> RecordAsync(HubDb db, Repository repository, string refName, Principal author, CommitRequest request, Prepared prepared, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        // A commit is never older than its parent, whatever the clock does.
        var at = Seconds(now) < prepared.Head.CommittedAt ? prepared.Head.CommittedAt : Seconds(now);
        var message = request.Description.Length == 0 ? request.Title : request.Title + "\n\n" + request.Description;
        var bytes = GitObjects.WriteCommit(prepared.Root, [prepared.Head.CommitId], SignatureOf(author, at), message);
        var id = GitObjects.IdOf(GitObjectType.Commit, bytes);

        var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // First, as everywhere else: of two transactions that take their locks in different orders one would have to give way.
            await audit.AddAsync(db, author.Name, "revision.received", $"{repository.Key}@{id}", new JsonObject { ["ref"] = refName, ["title"] = request.Title, ["parent"] = prepared.Head.CommitId }, cancellation).ConfigureAwait(false);
            var expected = prepared.Head.CommitId;
            var moved = await db.GitRefs
                .Where(r => r.RepositoryId == repository.Id && r.Name == refName && r.HeadCommit == expected)
                .ExecuteUpdateAsync(u => u.SetProperty(static r => r.HeadCommit, id).SetProperty(static r => r.NewestCommit, id).SetProperty(static r => r.UpdatedAt, now), cancellation).ConfigureAwait(false);
            if (moved == 0)
                return null;
            if (await AddMissingAsync(db, repository, prepared, cancellation).ConfigureAwait(false) is { } swept)
                return swept;
            if (prepared.Head.IsInitial && refName == Protocol.RefName.Heads + Protocol.RefName.Main)
                await db.Repositories.Where(r => r.Id == repository.Id).ExecuteUpdateAsync(static u => u.SetProperty(static r => r.IsListed, false), cancellation).ConfigureAwait(false);
            if (!await db.GitObjects.AnyAsync(o => o.Id == id, cancellation).ConfigureAwait(false))
                db.GitObjects.Add(new GitObject { Id = id, Type = GitObjectType.Commit, Content = bytes });
            // The same change made again after it was undone within a second is the same commit.
            var revision = await db.Revisions.FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.CommitId == id, cancellation).ConfigureAwait(false);
            if (revision is null)
            {
                revision = new Revision
                {
                    Id = Guid.CreateVersion7(now),
                    RepositoryId = repository.Id,
                    CommitId = id,
                    TreeId = prepared.Root,
                    Parents = prepared.Head.CommitId,
                    AuthorId = author.UserId ?? "",
                    AuthorName = author.Name,
                    RunId = author.Token?.RunId,
                    Title = request.Title,
                    Message = request.Description,
                    CommittedAt = at,
                    RefName = refName,
                    State = RevisionState.Received,
                    ReceivedAt = now,
                };
                db.Revisions.Add(revision);
                db.VettingJobs.Add(new VettingJob { Id = Guid.CreateVersion7(now), RevisionId = revision.Id, NotBefore = now });
            }

            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            return new CommitOutcome.Done(revision.CommitId, revision.Id);
        }
    }

    private static async Task<CommitOutcome.Invalid?> AddMissingAsync(HubDb db, Repository repository, Prepared prepared, CancellationToken cancellation)
    {
        foreach (var chunk in prepared.Trees.Keys.Chunk(500))
        {
            var known = await db.GitObjects.Where(o => chunk.Contains(o.Id)).Select(static o => o.Id).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var id in chunk.Except(known, StringComparer.Ordinal))
                db.GitObjects.Add(new GitObject { Id = id, Type = GitObjectType.Tree, Content = prepared.Trees[id] });
        }

        foreach (var chunk in prepared.Blobs.Keys.Chunk(500))
        {
            var known = await db.GitBlobs.Where(b => chunk.Contains(b.Id)).Select(static b => b.Id).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var id in chunk.Except(known, StringComparer.Ordinal))
                db.GitBlobs.Add(prepared.Blobs[id]);
        }

        // The sweeper holds the same lock: what is still there now is this repository's before it looks again.
        await db.LockAsync(BlobSweeper.ContentsLock, cancellation).ConfigureAwait(false);
        long bytes = 0;
        foreach (var chunk in prepared.Blobs.Values.GroupBy(static b => b.Sha256, StringComparer.Ordinal).Select(static g => g.First()).Chunk(500))
        {
            var hashes = chunk.Select(static b => b.Sha256).ToArray();
            var known = await db.RepositoryBlobs.Where(b => b.RepositoryId == repository.Id && hashes.Contains(b.Sha256)).Select(static b => b.Sha256).ToListAsync(cancellation).ConfigureAwait(false);
            var stored = await db.StoredBlobs.Where(b => hashes.Contains(b.Sha256)).Select(static b => b.Sha256).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var blob in chunk)
            {
                if (known.Contains(blob.Sha256))
                    continue;
                if (!stored.Contains(blob.Sha256))
                    return new CommitOutcome.Invalid($"The content with the SHA-256 {blob.Sha256} was uploaded too long ago and is gone. Upload it again, then commit.");
                db.RepositoryBlobs.Add(new RepositoryBlob { RepositoryId = repository.Id, Sha256 = blob.Sha256 });
                bytes += blob.Size;
            }
        }

        if (bytes > 0)
            await db.Repositories.Where(r => r.Id == repository.Id).ExecuteUpdateAsync(u => u.SetProperty(static r => r.UsedStorage, r => r.UsedStorage + bytes), cancellation).ConfigureAwait(false);
        return null;
    }

    private async Task<string?> OverQuotaAsync(HubDb db, Repository repository, Prepared prepared, CancellationToken cancellation)
    {
        if (options.AccountQuotaBytes is not { } quota)
            return null;
        var used = await db.Repositories.Where(r => r.OwnerId == repository.OwnerId).SumAsync(static r => r.UsedStorage, cancellation).ConfigureAwait(false);
        var more = prepared.Blobs.Values.DistinctBy(static b => b.Sha256).Sum(static b => b.Size);
        return used + more > quota ? $"{repository.Namespace} may store {quota:N0} bytes here and has {used:N0}; this commit adds up to {more:N0}. Delete what is no longer needed, or ask the administrator for more." : null;
    }

    private sealed record Prepared(Revision Head, string Root, Dictionary<string, byte[]> Trees, Dictionary<string, GitBlob> Blobs);
}
