using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Formats;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Impersonation;
using Assay.Impersonation.Engagement;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Engagement;

/// <summary>Says what the hub knows of a repository beside its traffic.</summary>
public interface IRepositoryStanding
{
    /// <summary>The standing of a repository now.</summary>
    /// <param name="db">The database; only read.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<RepositoryStanding> OfAsync(HubDb db, Repository repository, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>
/// The standing as the database has it: the publisher's level; as resemblance the strongest likeness that the assessment of the served revision found; programs are told by content.
/// </summary>
public sealed class StoredStanding(StandingReader publishers) : IRepositoryStanding
{
    private const int MaxRemembered = 10_000;
    private static readonly HashSet<string> NoModules = [];

    private readonly ConcurrentDictionary<Guid, bool> _programs = new();

    /// <inheritdoc/>
    public async Task<RepositoryStanding> OfAsync(HubDb db, Repository repository, DateTimeOffset now, CancellationToken cancellation)
    {
        var revision = repository.ServedCommit is not { } commit ? Guid.Empty
            : await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.CommitId == commit).Select(static r => r.Id).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        var owner = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == repository.OwnerId, cancellation).ConfigureAwait(false);
        return new RepositoryStanding
        {
            PublisherLevel = owner is null ? 0 : (int)(await publishers.ReadAsync(db, owner, cancellation).ConfigureAwait(false)).Level,
            RepositoryAge = now - repository.CreatedAt,
            Resemblance = await ResemblanceAsync(db, revision, cancellation).ConfigureAwait(false),
            HasPrograms = await HasProgramsAsync(db, revision, cancellation).ConfigureAwait(false),
        };
    }

    private static async Task<double> ResemblanceAsync(HubDb db, Guid revision, CancellationToken cancellation)
    {
        var assessment = await db.RevisionAssessments.AsNoTracking().FirstOrDefaultAsync(a => a.RevisionId == revision, cancellation).ConfigureAwait(false);
        // What is allowed is like nothing, or is the publisher's own.
        if (assessment is null || assessment.Action == "allow")
            return 0;
        try
        {
            return (JsonNode.Parse(assessment.ReasonsJson) as JsonArray ?? []).OfType<JsonObject>().Where(static r => (string?)r["group"] == "resemblance")
                .Select(static r => (double?)r["weight"] ?? 0).DefaultIfEmpty(0).Max();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return 0;
        }
    }

    private async Task<bool> HasProgramsAsync(HubDb db, Guid revision, CancellationToken cancellation)
    {
        if (_programs.TryGetValue(revision, out var known))
            return known;
        var content = await db.RevisionReports.AsNoTracking().Where(r => r.RevisionId == revision).OrderByDescending(static r => r.CreatedAt).Select(static r => r.Content).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        if (content is null)
            return false;
        var has = (JsonNode.Parse(Packing.Unpack(content))?["artifacts"] as JsonArray ?? []).OfType<JsonObject>().Any(static a =>
            (string?)a["path"] is { } path && FileKinds.Of(new RepositoryFile(path, FormatCatalog.Find((string?)a["format"] ?? "") ?? FormatId.Unknown), NoModules) == FileKind.Program);
        if (_programs.Count >= MaxRemembered)
            _programs.Clear();
        _programs[revision] = has;
        return has;
    }
}
