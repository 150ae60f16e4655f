using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Hub.Cards;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Repositories;

/// <summary>Brings what readers see in line with the states of the revisions: where branches point, and what lists and pages tell.</summary>
public sealed class ServedView(RevisionTrees trees, CardReader cards)
{
    /// <summary>Moves the refs of a repository to where they belong, after the state of a revision changed. Part of the caller's transaction.</summary>
    /// <param name="db">In a transaction, with the changed states saved.</param>
    /// <param name="repository">Tracked.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RefreshAsync(HubDb db, Repository repository, DateTimeOffset now, CancellationToken cancellation)
    {
        await db.LockAsync("repository:" + repository.Id, cancellation).ConfigureAwait(false);
        var refs = await db.GitRefs.Where(r => r.RepositoryId == repository.Id).ToListAsync(cancellation).ConfigureAwait(false);
        foreach (var gitRef in refs)
            await db.Entry(gitRef).ReloadAsync(cancellation).ConfigureAwait(false);
        var known = new Dictionary<string, Revision>(StringComparer.Ordinal);
        foreach (var gitRef in refs)
        {
            if (!gitRef.Name.StartsWith(RefName.Tags, StringComparison.Ordinal))
            {
                // What was refused or taken back is detached: the next push must not carry it along.
                gitRef.HeadCommit = await FirstAsync(gitRef.NewestCommit, static s => s is not (RevisionState.Rejected or RevisionState.Withdrawn)).ConfigureAwait(false) ?? gitRef.HeadCommit;
            }

            var served = gitRef.Name.StartsWith(RefName.Tags, StringComparison.Ordinal)
                ? (await FindAsync(gitRef.HeadCommit).ConfigureAwait(false))?.State == RevisionState.Admitted ? gitRef.HeadCommit : null
                : await FirstAsync(gitRef.HeadCommit, static s => s == RevisionState.Admitted).ConfigureAwait(false);
            if (served == gitRef.ServedCommit)
                continue;
            gitRef.ServedCommit = served;
            gitRef.UpdatedAt = now;
        }

        var main = refs.Find(static r => r.Name == RefName.Heads + RefName.Main);
        repository.IsListed = main is not null && main.ServedCommit is { } shown && (main.NewestCommit == shown || await FindAsync(shown).ConfigureAwait(false) is { IsInitial: false });
        if (main?.ServedCommit != repository.ServedCommit)
        {
            repository.ServedCommit = main?.ServedCommit;
            repository.LastModified = now;
            await DescribeAsync(db, repository, cancellation).ConfigureAwait(false);
        }

        async Task<string?> FirstAsync(string? commit, Func<RevisionState, bool> wanted)
        {
            while (commit is not null && await FindAsync(commit).ConfigureAwait(false) is { } revision)
            {
                if (wanted(revision.State))
                    return commit;
                commit = revision.FirstParent;
            }

            return null;
        }

        async Task<Revision?> FindAsync(string commit)
        {
            if (!known.TryGetValue(commit, out var revision))
            {
                revision = await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.CommitId == commit, cancellation).ConfigureAwait(false);
                if (revision is null)
                    return null;
                known.Add(commit, revision);
            }

            return revision;
        }
    }

    /// <summary>Reads card and facts of the served revision anew, and what the repository is found by.</summary>
    public async Task DescribeAsync(HubDb db, Repository repository, CancellationToken cancellation)
    {
        var card = RepositoryCard.Empty;
        if (repository.ServedCommit is { } commit
            && await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id && r.CommitId == commit, cancellation).ConfigureAwait(false) is { } revision)
        {
            card = await cards.ReadAsync(repository.Kind, await trees.ReadAsync(db, revision.TreeId, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }

        repository.CardJson = card.Data?.ToJsonString();
        repository.FactsJson = card.Facts.Count > 0 ? card.Facts.ToJsonString() : null;
        repository.PipelineTag = card.PipelineTag;
        repository.LibraryName = card.LibraryName;
        repository.License = card.License;
        if (repository.Kind == RepoKind.Space && card.Data?["sdk"] is JsonValue sdk && sdk.TryGetValue<string>(out var word) && word.Length <= 20)
            repository.Sdk = word;
        var tags = await db.RepositoryTags.Where(t => t.RepositoryId == repository.Id).ToListAsync(cancellation).ConfigureAwait(false);
        var wanted = card.Tags.ToHashSet(StringComparer.Ordinal);
        db.RepositoryTags.RemoveRange(tags.Where(t => !wanted.Contains(t.Tag)));
        var present = tags.Select(static t => t.Tag).ToHashSet(StringComparer.Ordinal);
        foreach (var tag in wanted)
        {
            if (!present.Contains(tag))
                db.RepositoryTags.Add(new RepositoryTag { RepositoryId = repository.Id, Tag = tag });
        }

        await IndexAsync(db, repository, wanted, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes what a repository is found by.</summary>
    internal static async Task IndexAsync(HubDb db, Repository repository, IEnumerable<string> tags, CancellationToken cancellation)
    {
        var text = $"{repository.Namespace}/{repository.Name} {string.Join(' ', tags)}".ToLowerInvariant();
        var document = await db.SearchDocuments.FirstOrDefaultAsync(d => d.RepositoryId == repository.Id, cancellation).ConfigureAwait(false);
        if (document is null)
            db.SearchDocuments.Add(new SearchDocument { RepositoryId = repository.Id, Text = text });
        else
            document.Text = text;
    }
}
