using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Formats;
using Assay.Hub.Access;
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
/// The standing as the database has it. Levels 3 and 4 are proven (<see cref="VerificationRules"/>). Level 2 is an account of 180 days with five repositories, level 1 one that an operator made, level 0 one that registered itself
/// (<c>identity</c>, section 6.1); resemblance is the strongest likeness that the assessment of the served revision found; programs are told by content.
/// </summary>
public sealed class StoredStanding(HubOptions options, StandingReader standings) : IRepositoryStanding
{
    private const int EstablishedRepositories = 5;
    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan Established = TimeSpan.FromDays(180);
    private static readonly HashSet<string> NoModules = [];

    private readonly ConcurrentDictionary<Guid, bool> _programs = new();

    /// <inheritdoc/>
    public async Task<RepositoryStanding> OfAsync(HubDb db, Repository repository, DateTimeOffset now, CancellationToken cancellation)
    {
        var revision = repository.ServedCommit is not { } commit ? Guid.Empty
            : await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.CommitId == commit).Select(static r => r.Id).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        return new RepositoryStanding
        {
            PublisherLevel = await LevelAsync(db, repository.OwnerId, now, cancellation).ConfigureAwait(false),
            RepositoryAge = now - repository.CreatedAt,
            Resemblance = await ResemblanceAsync(db, revision, cancellation).ConfigureAwait(false),
            HasPrograms = await HasProgramsAsync(db, revision, cancellation).ConfigureAwait(false),
        };
    }

    private async Task<int> LevelAsync(HubDb db, string ownerId, DateTimeOffset now, CancellationToken cancellation)
    {
        var owner = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == ownerId, cancellation).ConfigureAwait(false);
        if (owner is null)
            return 0;
        // What was proven counts before what was observed.
        var standing = await standings.ReadAsync(db, owner, cancellation).ConfigureAwait(false);
        if (standing.Level >= VerificationLevel.Proven)
            return (int)standing.Level;
        if (now - owner.CreatedAt >= Established && await db.Repositories.CountAsync(r => r.OwnerId == ownerId, cancellation).ConfigureAwait(false) >= EstablishedRepositories)
            return 2;
        if (!options.OpenRegistration)
            return 1; // there is no other way to an account
        var (action, name) = (owner.Kind == AccountKind.User ? "user.created" : "organization.created", owner.Name);
        var maker = await db.AuditEntries.AsNoTracking().Where(e => e.Subject == name && e.Action == action).OrderByDescending(static e => e.Sequence).Select(static e => e.Actor).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        if (maker is null || string.Equals(maker, name, StringComparison.OrdinalIgnoreCase))
            return 0;
        var isOperator = maker == Principal.System.Name || maker.StartsWith("operator:", StringComparison.Ordinal) || await db.Accounts.AnyAsync(a => a.Name == maker && a.IsAdministrator, cancellation).ConfigureAwait(false);
        return isOperator ? 1 : 0;
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
