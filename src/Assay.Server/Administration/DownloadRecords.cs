using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>The ledger: who fetched what.</summary>
internal static class DownloadRecords
{
    /// <summary>A transfer.</summary>
    /// <param name="At">When it ended.</param>
    /// <param name="Repository">Such as <c>model:ada/tiny</c>; its id where the repository is gone.</param>
    /// <param name="Commit">The commit.</param>
    /// <param name="Path">The file.</param>
    /// <param name="Sha256">Digest of its content; null for git packs.</param>
    /// <param name="Bytes">Bytes sent.</param>
    /// <param name="IsComplete">Whether all that was asked for was sent.</param>
    /// <param name="Door">resolve, lfs or git.</param>
    /// <param name="User">Who; null where nobody had signed in.</param>
    /// <param name="Network">What stands for the client's network.</param>
    /// <param name="Client">The client, as it calls itself.</param>
    internal sealed record DownloadView(DateTimeOffset At, string Repository, string Commit, string Path, string? Sha256, long Bytes, bool IsComplete, string Door, string? User, string Network, string Client);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/ledger", ListAsync)
        .For(ApiAccess.Administrators, "ListDownloads", "Downloads by repository (kind:owner/name), revision (commit, id or reference), digest and time; the newest first, in pages from 0.")
        .WithTags("Ledger");

    private static async Task<Results<Ok<IReadOnlyList<DownloadView>>, ProblemHttpResult>> ListAsync(
        HttpContext http, HubDb db, string? repository, string? revision, string? sha256, DateTimeOffset? from, DateTimeOffset? to, int? page, int? limit)
    {
        var cancellation = http.RequestAborted;
        var query = db.Downloads.AsNoTracking();
        if (repository is not null)
        {
            var colon = repository.IndexOf(':', StringComparison.Ordinal);
            if (await Revisions.FindAsync(db, colon < 0 ? null : repository[..colon], repository[(colon + 1)..], cancellation).ConfigureAwait(false) is not { } found)
                return ApiGate.Problem(404, "There is no such repository.");
            query = query.Where(d => d.RepositoryId == found.Id);
        }

        if (revision is not null)
        {
            var commit = revision;
            if (!RefName.IsCommit(revision))
            {
                if (await ReportLookup.FindRevisionAsync(db, revision, cancellation).ConfigureAwait(false) is not { } found)
                    return ApiGate.Problem(404, "There is no such revision.");
                commit = found.CommitId;
                query = query.Where(d => d.RepositoryId == found.RepositoryId);
            }

            query = query.Where(d => d.CommitId == commit);
        }

        if (sha256 is not null)
        {
            var digest = sha256.ToLowerInvariant();
            query = query.Where(d => d.Sha256 == digest);
        }

        if (from?.ToUniversalTime() is { } since)
            query = query.Where(d => d.At >= since);
        if (to?.ToUniversalTime() is { } until)
            query = query.Where(d => d.At < until);
        var most = Math.Clamp(limit ?? 100, 1, 1000);
        var rows = await query.OrderByDescending(static d => d.At).ThenBy(static d => d.Id).Skip(Math.Clamp(page ?? 0, 0, 1_000_000) * most).Take(most).ToListAsync(cancellation).ConfigureAwait(false);
        var (ids, users) = (rows.Select(static d => d.RepositoryId).Distinct().ToArray(), rows.Select(static d => d.UserId).OfType<string>().Distinct().ToArray());
        var keys = await db.Repositories.AsNoTracking().Where(r => ids.Contains(r.Id)).ToDictionaryAsync(static r => r.Id, static r => r.Key, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        var names = await db.Accounts.AsNoTracking().Where(a => users.Contains(a.Id)).ToDictionaryAsync(static a => a.Id, static a => a.Name, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<DownloadView>>(rows.ConvertAll(d => new DownloadView(
            d.At, keys.GetValueOrDefault(d.RepositoryId, d.RepositoryId), d.CommitId, d.Path, d.Sha256, d.Bytes, d.IsComplete, d.Door, d.UserId is null ? null : names.GetValueOrDefault(d.UserId, d.UserId), d.Network, d.Client)));
    }
}
