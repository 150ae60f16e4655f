using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Repositories;

/// <summary>What somebody gets who asks for a revision.</summary>
public abstract record Gate
{
    /// <summary>It is served.</summary>
    /// <param name="Revision">The commit that the name stands for.</param>
    /// <param name="Ref">The branch or tag that was asked for; null for a commit.</param>
    public sealed record Served(Revision Revision, GitRef? Ref) : Gate
    {
        /// <summary>What stands beyond what is served on this branch, and is not served itself; null when there is nothing.</summary>
        public Refused? Beyond { get; init; }
    }

    /// <summary>It is there, and is not served.</summary>
    /// <param name="Revision">The revision; null when the whole repository was withdrawn or is held back.</param>
    /// <param name="IsWithdrawn">Whether it was served once.</param>
    /// <param name="Reason">Why, a sentence.</param>
    /// <param name="Reference">Reference of the decision; null while there is none.</param>
    public sealed record Refused(Revision? Revision, bool IsWithdrawn, string Reason, string? Reference) : Gate;

    /// <summary>There is no such revision, or the caller may not know of it.</summary>
    public sealed record Unknown : Gate;
}

/// <summary>
/// The one place that says what of a repository leaves the hub. Every door asks here: files, metadata, LFS, git. No role changes the answer;
/// roles only decide what is told about that which is refused.
/// </summary>
public static class RevisionGate
{
    /// <summary>What a name of a revision stands for.</summary>
    /// <param name="db">The database.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="name">Branch, tag, full ref, or commit id (the first digits suffice).</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<Gate> OpenAsync(HubDb db, Repository repository, string name, CancellationToken cancellation)
    {
        var gate = await FindAsync(db, repository, name, cancellation).ConfigureAwait(false);
        return gate is not Gate.Unknown && RefusalOf(repository) is { } refused ? refused : gate;
    }

    /// <summary>The refusal for a repository that was withdrawn or is held back as a whole; null where it is neither.</summary>
    public static Gate.Refused? RefusalOf(Repository repository) =>
        repository.WithdrawnAt is not null ? new(null, IsWithdrawn: true, $"Withdrawn: {repository.WithdrawnReason}", repository.WithdrawnReference)
        : repository.HeldAt is not null ? new(null, IsWithdrawn: false, $"Held back until a reviewer has looked at it: {repository.HoldReason}", repository.HoldReference)
        : null;

    /// <summary>Whether anything of a revision leaves the hub.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="state">State of the revision.</param>
    public static bool IsServed(Repository repository, RevisionState state) => repository.WithdrawnAt is null && repository.HeldAt is null && state == RevisionState.Admitted;

    /// <summary>The ref that a name stands for; null when it is none.</summary>
    public static async Task<GitRef?> FindRefAsync(HubDb db, string repositoryId, string name, CancellationToken cancellation)
    {
        if (name == "HEAD")
            name = RefName.Main;
        string[] names = name.StartsWith("refs/", StringComparison.Ordinal) ? [name] : name.StartsWith("pr/", StringComparison.Ordinal) ? [RefName.Heads + name, RefName.Tags + name, "refs/" + name] : [RefName.Heads + name, RefName.Tags + name];
        var found = await db.GitRefs.AsNoTracking().Where(r => r.RepositoryId == repositoryId && names.Contains(r.Name)).ToListAsync(cancellation).ConfigureAwait(false);
        return names.Select(n => found.Find(r => r.Name == n)).FirstOrDefault(static r => r is not null);
    }

    /// <summary>A revision by its commit, or the first digits of it.</summary>
    public static async Task<Revision?> FindCommitAsync(HubDb db, string repositoryId, string commit, CancellationToken cancellation)
    {
        if (RefName.IsCommit(commit))
            return await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repositoryId && r.CommitId == commit, cancellation).ConfigureAwait(false);
        if (!RefName.IsCommitPrefix(commit))
            return null;
        var matches = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repositoryId && r.CommitId.StartsWith(commit)).Take(2).ToListAsync(cancellation).ConfigureAwait(false);
        return matches.Count == 1 ? matches[0] : null;
    }

    /// <summary>The refusal for a revision that is not served.</summary>
    public static Gate.Refused Refuse(Revision revision) => new(revision, revision.State == RevisionState.Withdrawn, ReasonOf(revision), revision.Reference);

    /// <summary>Whether somebody may know what was pushed and is not served.</summary>
    public static bool MaySeeUnserved(Principal who, Repository repository) => AccessRules.Allows(who, HubAction.ReadUnserved, RepositoryAccess.Of(repository));

    private static async Task<Gate> FindAsync(HubDb db, Repository repository, string name, CancellationToken cancellation)
    {
        if (await FindRefAsync(db, repository.Id, name, cancellation).ConfigureAwait(false) is not { } gitRef)
        {
            if (await FindCommitAsync(db, repository.Id, name, cancellation).ConfigureAwait(false) is not { } commit)
                return new Gate.Unknown();
            return commit.State == RevisionState.Admitted ? new Gate.Served(commit, null) : Refuse(commit);
        }

        var commits = new[] { gitRef.ServedCommit, gitRef.NewestCommit };
        var revisions = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && commits.Contains(r.CommitId)).ToListAsync(cancellation).ConfigureAwait(false);
        var served = revisions.Find(r => r.CommitId == gitRef.ServedCommit);
        var newest = revisions.Find(r => r.CommitId == gitRef.NewestCommit);
        if (served is null)
            return newest is null ? new Gate.Unknown() : Refuse(newest);
        var beyond = newest is null || newest.CommitId == served.CommitId || newest.State == RevisionState.Admitted ? null : Refuse(newest);
        // A branch that holds nothing yet but what the hub itself put there: whoever asks for it means what was pushed.
        if (beyond is not null && served.IsInitial)
            return beyond;
        return new Gate.Served(served, gitRef) { Beyond = beyond };
    }

    private static string ReasonOf(Revision revision) => revision.State switch
    {
        RevisionState.Received or RevisionState.Vetting => "This revision is still being checked. Try again in a moment.",
        RevisionState.Quarantined => $"Held back until a reviewer has looked at it: {revision.Reason}",
        RevisionState.Withdrawn => $"Withdrawn: {revision.Reason}",
        _ => $"Refused: {revision.Reason}",
    };
}
