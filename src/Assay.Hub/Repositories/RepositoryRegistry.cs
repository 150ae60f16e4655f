using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Protocol.Git;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Repositories;

/// <summary>What became of a change of repositories or refs.</summary>
public abstract record RepositoryOutcome
{
    /// <summary>It was made.</summary>
    /// <param name="Repository">The repository.</param>
    public sealed record Done(Repository Repository) : RepositoryOutcome
    {
        /// <summary>A commit that was made with it; null when there was none.</summary>
        public string? CommitId { get; init; }

        /// <summary>The revision to wait for; null when there is none.</summary>
        public Guid? RevisionId { get; init; }
    }

    /// <summary>There is one of that name.</summary>
    /// <param name="Existing">It; null where the name is held by something that the caller may not see.</param>
    /// <param name="Message">What to do.</param>
    public sealed record Exists(Repository? Existing, string Message) : RepositoryOutcome;

    /// <summary>There is no such thing.</summary>
    public sealed record Unknown : RepositoryOutcome;

    /// <summary>It cannot be made.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Invalid(string Message) : RepositoryOutcome;
}

/// <summary>How a repository is to be.</summary>
/// <param name="IsPrivate">Whether it is private; null leaves it.</param>
public sealed record RepositorySettings(bool? IsPrivate)
{
    /// <summary><c>auto</c> or <c>manual</c>; an empty text for no gate; null leaves it.</summary>
    public string? Gated { get; init; }

    /// <summary>Whether discussions are off; null leaves it.</summary>
    public bool? DiscussionsDisabled { get; init; }

    /// <summary>Framework of a space.</summary>
    public string? Sdk { get; init; }
}

/// <summary>Creates, moves, configures and deletes repositories, branches and tags.</summary>
public sealed class RepositoryRegistry(
    IDbContextFactory<HubDb> databases, CommitWriter commits, ServedView served, AuditLog audit, VettingQueue queue, TimeProvider clock)
{
    /// <summary>Finds a repository by its name.</summary>
    public static Task<Repository?> FindAsync(HubDb db, RepoKind kind, RepoId id, CancellationToken cancellation)
    {
        var key = Repository.KeyOf(kind, id);
        return db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Key == key, cancellation);
    }

    /// <summary>Finds the repository that an old name leads to.</summary>
    public static async Task<Repository?> FindMovedAsync(HubDb db, RepoKind kind, RepoId id, CancellationToken cancellation)
    {
        var key = Repository.KeyOf(kind, id);
        var held = await db.HeldNames.AsNoTracking().FirstOrDefaultAsync(n => n.Key == key && n.Hold == NameHold.Redirect, cancellation).ConfigureAwait(false);
        return held is null ? null : await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == held.RepositoryId, cancellation).ConfigureAwait(false);
    }

    /// <summary>The repositories whose contents somebody may read.</summary>
    public static IQueryable<string> ReadableBy(HubDb db, Principal who) => Readable(db, who).Select(static r => r.Id);

    /// <summary>The repositories that somebody is shown in lists: those of others that serve something, and his own.</summary>
    public static IQueryable<Repository> ShownTo(HubDb db, Principal who)
    {
        var owners = OwnersOf(who);
        var readable = Readable(db, who).Where(static r => r.WithdrawnAt == null);
        return who.IsAdministrator ? readable : readable.Where(r => (r.IsListed && r.PausedAt == null && r.HeldAt == null) || owners.Contains(r.OwnerId));
    }

    // The same rules as AccessRules has for one repository, as a query.
    private static IQueryable<Repository> Readable(HubDb db, Principal who)
    {
        var all = AccessRules.InScope(who, db.Repositories.AsNoTracking());
        var owners = OwnersOf(who);
        return who.IsAdministrator ? all : all.Where(r => !r.IsPrivate || owners.Contains(r.OwnerId));
    }

    private static string[] OwnersOf(Principal who) => [.. who.Organizations.Keys, who.UserId ?? ""];

    /// <summary>Creates a repository with its first commit.</summary>
    /// <param name="who">Who creates it.</param>
    /// <param name="kind">Kind.</param>
    /// <param name="id">Name.</param>
    /// <param name="settings">How it is to be.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<RepositoryOutcome> CreateAsync(Principal who, RepoKind kind, RepoId id, RepositorySettings settings, CancellationToken cancellation)
    {
        if (RepoId.Problem(id.Name) is { } problem)
            return new RepositoryOutcome.Invalid(problem);
        var key = Repository.KeyOf(kind, id);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var ownerKey = RepoId.KeyOf(id.Namespace);
            if (await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == ownerKey, cancellation).ConfigureAwait(false) is not { } owner)
                return new RepositoryOutcome.Unknown();
            if (await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Key == key, cancellation).ConfigureAwait(false) is { } existing)
                return new RepositoryOutcome.Exists(existing, $"You already created this {kind.Singular()} repo");
            if (await HeldAsync(db, key, owner.Id, cancellation).ConfigureAwait(false) is { } held)
                return new RepositoryOutcome.Exists(null, held);
            var now = clock.GetUtcNow();
            var repository = new Repository
            {
                Id = HubIds.NewId(clock),
                Kind = kind,
                OwnerId = owner.Id,
                Namespace = owner.Name,
                Name = id.Name,
                Key = key,
                IsPrivate = settings.IsPrivate ?? false,
                Gated = settings.Gated is { Length: > 0 } gated ? gated : null,
                Sdk = settings.Sdk,
                CreatedAt = now,
                LastModified = now,
            };
            var (tree, attributes) = await commits.InitialTreeAsync(db, repository, who, cancellation).ConfigureAwait(false);
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                try
                {
                    db.Repositories.Add(repository);
                    var first = await commits.AddRootAsync(db, repository, RefName.Heads + RefName.Main, who, tree, "initial commit", isInitial: true, cancellation).ConfigureAwait(false);
                    db.RepositoryBlobs.Add(new Blobs.RepositoryBlob { RepositoryId = repository.Id, Sha256 = attributes.Sha256 });
                    repository.UsedStorage = attributes.Size;
                    db.GitRefs.Add(new GitRef { RepositoryId = repository.Id, Name = RefName.Heads + RefName.Main, HeadCommit = first.CommitId, NewestCommit = first.CommitId, ServedCommit = first.CommitId, UpdatedAt = now });
                    repository.ServedCommit = first.CommitId;
                    await db.HeldNames.Where(n => n.Key == key).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                    await ServedView.IndexAsync(db, repository, ["region:us"], cancellation).ConfigureAwait(false);
                    db.RepositoryTags.Add(new RepositoryTag { RepositoryId = repository.Id, Tag = "region:us" });
                    await audit.AddAsync(db, who.Name, "repository.created", key, new JsonObject { ["private"] = repository.IsPrivate, ["id"] = repository.Id }, cancellation).ConfigureAwait(false);
                    await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                    return new RepositoryOutcome.Done(repository) { CommitId = first.CommitId };
                }
                catch (DbUpdateException e) when (db.IsDuplicate(e))
                {
                    // Somebody else was faster.
                    await transaction.RollbackAsync(cancellation).ConfigureAwait(false);
                    db.ChangeTracker.Clear();
                    var winner = await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Key == key, cancellation).ConfigureAwait(false);
                    return new RepositoryOutcome.Exists(winner, $"You already created this {kind.Singular()} repo");
                }
            }
        }
    }

    /// <summary>Deletes a repository. Its name stays held; its contents go when nothing else has them.</summary>
    public Task<RepositoryOutcome> DeleteAsync(Principal who, string repositoryId, CancellationToken cancellation) => ChangeAsync(repositoryId, async (db, repository) =>
    {
        var id = repository.Id;
        var now = clock.GetUtcNow();
        var names = await db.HeldNames.Where(n => n.RepositoryId == id).ToListAsync(cancellation).ConfigureAwait(false);
        var hold = repository.WithdrawnAt is null ? NameHold.Deleted : NameHold.Withdrawn;
        foreach (var name in names)
            (name.Hold, name.At) = (hold, now);
        db.HeldNames.Add(new HeldName { Key = repository.Key, Hold = hold, RepositoryId = id, OwnerId = repository.OwnerId, At = now, Reason = repository.WithdrawnReason });
        var revisions = db.Revisions.Where(r => r.RepositoryId == id).Select(static r => r.Id);
        await db.VettingJobs.Where(j => revisions.Contains(j.RevisionId)).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.GitRefs.Where(r => r.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.RepositoryTags.Where(t => t.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.SearchDocuments.Where(d => d.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.RepositoryBlobs.Where(b => b.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.RepositoryIdentities.Where(i => i.RepositoryId == id).ExecuteUpdateAsync(u => u.SetProperty(static i => i.IsRemoved, true).SetProperty(static i => i.UpdatedAt, now), cancellation).ConfigureAwait(false);
        // Revisions, reports and decisions stay as evidence; nothing leads to them but their references.
        db.Repositories.Remove(repository);
        await audit.AddAsync(db, who.Name, "repository.deleted", repository.Key, new JsonObject { ["id"] = id }, cancellation).ConfigureAwait(false);
        return null;
    }, cancellation);

    /// <summary>Gives a repository another name, in the same namespace or another. The old name leads to it until it is used again.</summary>
    public Task<RepositoryOutcome> MoveAsync(Principal who, string repositoryId, RepoId to, CancellationToken cancellation) => ChangeAsync(repositoryId, async (db, repository) =>
    {
        if (RepoId.Problem(to.Name) is { } problem)
            return new RepositoryOutcome.Invalid(problem);
        var key = Repository.KeyOf(repository.Kind, to);
        var ownerKey = RepoId.KeyOf(to.Namespace);
        if (await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == ownerKey, cancellation).ConfigureAwait(false) is not { } owner)
            return new RepositoryOutcome.Unknown();
        if (await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Key == key && r.Id != repository.Id, cancellation).ConfigureAwait(false) is { } existing)
            return new RepositoryOutcome.Exists(existing, $"There is a {repository.Kind.Singular()} named {existing.RepoId} already. Choose another name.");
        var held = await db.HeldNames.FirstOrDefaultAsync(n => n.Key == key, cancellation).ConfigureAwait(false);
        if (held is not null && held.RepositoryId != repository.Id && await HeldAsync(db, key, owner.Id, cancellation).ConfigureAwait(false) is { } message)
            return new RepositoryOutcome.Exists(null, message);
        var now = clock.GetUtcNow();
        var old = repository.Key;
        if (held is not null)
            db.HeldNames.Remove(held);
        if (old != key)
            db.HeldNames.Add(new HeldName { Key = old, Hold = NameHold.Redirect, RepositoryId = repository.Id, OwnerId = repository.OwnerId, At = now });
        var isOther = repository.OwnerId != owner.Id;
        (repository.Namespace, repository.Name, repository.Key, repository.OwnerId) = (owner.Name, to.Name, key, owner.Id);
        if (isOther)
        {
            // A name that people know is now somebody else's: what comes next is looked at with that in mind.
            repository.OwnerChangedAt = now;
            repository.IdentityNote = $"{repository.RepoId} came to another owner on {now:yyyy-MM-dd}; before that it was {old[(old.IndexOf(':', StringComparison.Ordinal) + 1)..]}.";
            await audit.AddAsync(db, who.Name, "identity.owner-changed", key, new JsonObject { ["from"] = old, ["id"] = repository.Id }, cancellation).ConfigureAwait(false);
        }

        await db.RepositoryIdentities.Where(i => i.RepositoryId == repository.Id).ExecuteUpdateAsync(u => u.SetProperty(static i => i.Name, repository.RepoId.ToString()).SetProperty(static i => i.UpdatedAt, now), cancellation).ConfigureAwait(false);
        var tags = await db.RepositoryTags.Where(t => t.RepositoryId == repository.Id).Select(static t => t.Tag).ToListAsync(cancellation).ConfigureAwait(false);
        await ServedView.IndexAsync(db, repository, tags, cancellation).ConfigureAwait(false);
        await audit.AddAsync(db, who.Name, "repository.moved", key, new JsonObject { ["from"] = old, ["id"] = repository.Id }, cancellation).ConfigureAwait(false);
        return null;
    }, cancellation);

    /// <summary>Changes settings.</summary>
    public Task<RepositoryOutcome> ConfigureAsync(Principal who, string repositoryId, RepositorySettings settings, CancellationToken cancellation) => ChangeAsync(repositoryId, async (db, repository) =>
    {
        if (settings.IsPrivate is { } isPrivate && isPrivate != repository.IsPrivate)
        {
            var now = clock.GetUtcNow();
            await db.RepositoryIdentities.Where(i => i.RepositoryId == repository.Id).ExecuteUpdateAsync(u => u.SetProperty(static i => i.IsRemoved, isPrivate).SetProperty(static i => i.UpdatedAt, now), cancellation).ConfigureAwait(false);
        }

        repository.IsPrivate = settings.IsPrivate ?? repository.IsPrivate;
        repository.Gated = settings.Gated is null ? repository.Gated : settings.Gated.Length == 0 ? null : settings.Gated;
        repository.DiscussionsDisabled = settings.DiscussionsDisabled ?? repository.DiscussionsDisabled;
        await audit.AddAsync(db, who.Name, "repository.settings", repository.Key, new JsonObject { ["private"] = repository.IsPrivate, ["gated"] = repository.Gated }, cancellation).ConfigureAwait(false);
        return null;
    }, cancellation);

    /// <summary>Creates a branch.</summary>
    /// <param name="who">Who creates it.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="name">Its short name.</param>
    /// <param name="start">The commit that it starts at; null for a branch that starts empty.</param>
    /// <param name="overwrite">Whether one that is there is moved.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<RepositoryOutcome> CreateBranchAsync(Principal who, string repositoryId, string name, string? start, bool overwrite, CancellationToken cancellation)
    {
        if (RefName.Problem(name) is { } problem)
            return new RepositoryOutcome.Invalid(problem);
        return await ChangeAsync(repositoryId, async (db, repository) =>
        {
            var now = clock.GetUtcNow();
            var full = RefName.Heads + name;
            var existing = await db.GitRefs.FirstOrDefaultAsync(r => r.RepositoryId == repositoryId && r.Name == full, cancellation).ConfigureAwait(false);
            if (existing is not null && !overwrite)
                return new RepositoryOutcome.Exists(repository, $"Reference already exists: {full}");
            if (existing is not null && name == RefName.Main)
                return new RepositoryOutcome.Invalid("The main branch is not overwritten.");
            if (start is null)
            {
                var main = await db.Revisions.AsNoTracking().FirstAsync(r => r.RepositoryId == repositoryId && r.IsInitial, cancellation).ConfigureAwait(false);
                start = (await commits.AddRootAsync(db, repository, full, who, main.TreeId, "initial commit", isInitial: true, cancellation).ConfigureAwait(false)).CommitId;
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            }

            if (existing is null)
                db.GitRefs.Add(new GitRef { RepositoryId = repositoryId, Name = full, HeadCommit = start, NewestCommit = start, UpdatedAt = now });
            else
                (existing.HeadCommit, existing.NewestCommit, existing.UpdatedAt) = (start, start, now);
            await audit.AddAsync(db, who.Name, "branch.created", repository.Key, new JsonObject { ["ref"] = full, ["commit"] = start }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            await served.RefreshAsync(db, repository, now, cancellation).ConfigureAwait(false);
            return null;
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Creates a tag.</summary>
    /// <param name="who">Who creates it.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="name">Its short name.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="message">Message of an annotated tag; null or empty for a plain one.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<RepositoryOutcome> CreateTagAsync(Principal who, string repositoryId, string name, string commit, string? message, CancellationToken cancellation)
    {
        if (RefName.Problem(name) is { } problem)
            return new RepositoryOutcome.Invalid(problem);
        return await ChangeAsync(repositoryId, async (db, repository) =>
        {
            var now = clock.GetUtcNow();
            var full = RefName.Tags + name;
            if (await db.GitRefs.AnyAsync(r => r.RepositoryId == repositoryId && r.Name == full, cancellation).ConfigureAwait(false))
                return new RepositoryOutcome.Exists(repository, $"Tag reference exists already: {full}");
            string? tag = null;
            if (!string.IsNullOrWhiteSpace(message))
            {
                var bytes = GitObjects.WriteTag(commit, name, CommitWriter.SignatureOf(who, now), message);
                tag = GitObjects.IdOf(GitObjectType.Tag, bytes);
                if (!await db.GitObjects.AnyAsync(o => o.Id == tag, cancellation).ConfigureAwait(false))
                    db.GitObjects.Add(new GitObject { Id = tag, Type = GitObjectType.Tag, Content = bytes });
            }

            db.GitRefs.Add(new GitRef { RepositoryId = repositoryId, Name = full, HeadCommit = commit, NewestCommit = commit, TagObject = tag, UpdatedAt = now });
            await audit.AddAsync(db, who.Name, "tag.created", repository.Key, new JsonObject { ["ref"] = full, ["commit"] = commit }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            await served.RefreshAsync(db, repository, now, cancellation).ConfigureAwait(false);
            return null;
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes a branch or tag.</summary>
    /// <param name="who">Who deletes it.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="fullName">Its full name.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<RepositoryOutcome> DeleteRefAsync(Principal who, string repositoryId, string fullName, CancellationToken cancellation) => ChangeAsync(repositoryId, async (db, repository) =>
    {
        if (fullName == RefName.Heads + RefName.Main)
            return new RepositoryOutcome.Invalid("The main branch cannot be deleted.");
        if (await db.GitRefs.Where(r => r.RepositoryId == repositoryId && r.Name == fullName).ExecuteDeleteAsync(cancellation).ConfigureAwait(false) == 0)
            return new RepositoryOutcome.Unknown();
        await audit.AddAsync(db, who.Name, "ref.deleted", repository.Key, new JsonObject { ["ref"] = fullName }, cancellation).ConfigureAwait(false);
        return null;
    }, cancellation);

    /// <summary>Replaces the history of a branch by one commit with the same tree, which is vetted like any other.</summary>
    public async Task<RepositoryOutcome> SquashAsync(Principal who, string repositoryId, string branch, string message, CancellationToken cancellation)
    {
        Revision? root = null;
        var outcome = await ChangeAsync(repositoryId, async (db, repository) =>
        {
            var full = RefName.Heads + branch;
            if (await db.GitRefs.FirstOrDefaultAsync(r => r.RepositoryId == repositoryId && r.Name == full, cancellation).ConfigureAwait(false) is not { } gitRef)
                return new RepositoryOutcome.Unknown();
            var head = await db.Revisions.AsNoTracking().FirstAsync(r => r.RepositoryId == repositoryId && r.CommitId == gitRef.HeadCommit, cancellation).ConfigureAwait(false);
            root = await commits.AddRootAsync(db, repository, full, who, head.TreeId, message, isInitial: false, cancellation).ConfigureAwait(false);
            var now = clock.GetUtcNow();
            (gitRef.HeadCommit, gitRef.NewestCommit, gitRef.UpdatedAt) = (root.CommitId, root.CommitId, now);
            await audit.AddAsync(db, who.Name, "branch.squashed", repository.Key, new JsonObject { ["ref"] = full, ["commit"] = root.CommitId }, cancellation).ConfigureAwait(false);
            return null;
        }, cancellation).ConfigureAwait(false);
        queue.Wake();
        return outcome is RepositoryOutcome.Done done ? done with { CommitId = root?.CommitId, RevisionId = root?.Id } : outcome;
    }

    // identity.md section 7.3: a name comes back to the account that had it; one that was withdrawn never does.
    private static async Task<string?> HeldAsync(HubDb db, string key, string ownerId, CancellationToken cancellation)
    {
        var held = await db.HeldNames.AsNoTracking().FirstOrDefaultAsync(n => n.Key == key, cancellation).ConfigureAwait(false);
        return held switch
        {
            null => null,
            { Hold: NameHold.Withdrawn } => "A repository of this name was withdrawn as unsafe, so that the name is not given out again. Choose another.",
            _ when held.OwnerId == ownerId => null,
            { Hold: NameHold.Redirect } => "This name leads to a repository that was moved. Choose another.",
            _ => "A repository of this name was deleted, and the name is kept for its former owner. Choose another.",
        };
    }

    private Task<RepositoryOutcome> ChangeAsync(string repositoryId, Func<HubDb, Repository, Task<RepositoryOutcome?>> change, CancellationToken cancellation) =>
        databases.InTransactionAsync<RepositoryOutcome>(async db =>
        {
            if (await db.Repositories.FirstOrDefaultAsync(r => r.Id == repositoryId, cancellation).ConfigureAwait(false) is not { } repository)
                return (new RepositoryOutcome.Unknown(), false);
            if (await change(db, repository).ConfigureAwait(false) is { } problem)
                return (problem, false);
            if (db.Entry(repository).State != EntityState.Deleted)
                repository.Version++;
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new RepositoryOutcome.Done(repository), true);
        }, cancellation);
}
