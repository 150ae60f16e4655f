using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Impersonation.Engagement;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Engagement;

/// <summary>A repository whose traffic a person should look at.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Record">What is known of its traffic.</param>
public sealed record EngagementCase(Repository Repository, EngagementRecord Record)
{
    /// <summary>What follows, a word: <c>pause</c>, <c>hold</c>, <c>review</c>, <c>discount</c>; <c>none</c> for a burst that waits for the light review.</summary>
    public string Word => EngagementReview.WordOf(Record.Consequence);

    /// <summary>The reasons, one sentence each.</summary>
    public IReadOnlyList<string> Reasons => Record.Reasons?.Split('\n') ?? [];
}

/// <summary>What people do about traffic that the monitor does not trust.</summary>
public sealed class EngagementReview(IDbContextFactory<HubDb> databases, AuditLog audit, TimeProvider clock)
{
    /// <summary>What is told of a repository that was paused by mistake.</summary>
    public const string Apology = "We paused your repository by mistake. It is back; counts are restored.";

    private const string Sentence = "Its download numbers do not come from people downloading it.";
    private const int MaxReason = 1000;

    /// <summary>What waits for a person, the one that is due first at the start.</summary>
    public static async Task<IReadOnlyList<EngagementCase>> WaitingAsync(HubDb db, CancellationToken cancellation)
    {
        var rows = await db.EngagementRecords.AsNoTracking().Where(static r => r.ReviewDue != null).OrderBy(static r => r.ReviewDue).Take(500)
            .Join(db.Repositories.AsNoTracking(), static r => r.RepositoryId, static r => r.Id, static (record, repository) => new { record, repository }).ToListAsync(cancellation).ConfigureAwait(false);
        return [.. rows.OrderBy(static r => r.record.ReviewDue).Select(static r => new EngagementCase(r.repository, r.record))];
    }

    /// <summary>What is known of the traffic of a repository; null before there was any.</summary>
    public static async Task<EngagementCase?> FindAsync(HubDb db, Repository repository, CancellationToken cancellation) =>
        await db.EngagementRecords.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id, cancellation).ConfigureAwait(false) is { } record ? new EngagementCase(repository, record) : null;

    /// <summary>The last days of a repository, the newest first.</summary>
    public static async Task<IReadOnlyList<EngagementDay>> DaysAsync(HubDb db, string repositoryId, int count, CancellationToken cancellation) =>
        await db.EngagementDays.AsNoTracking().Where(d => d.RepositoryId == repositoryId).OrderByDescending(static d => d.Day).Take(count).ToListAsync(cancellation).ConfigureAwait(false);

    /// <summary>
    /// A person found nothing wrong: the repository is served, listed and credited again, what was withheld is given back, and for 45 days its traffic is never accused.
    /// </summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="who">Who decides; the right to do so was checked.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AdmissionOutcome> ReleaseAsync(string repositoryId, Principal who, string reason, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReason)
            return new AdmissionOutcome.NotPossible($"A release needs a reason of up to {MaxReason} characters, so that those who ask later understand it.");
        return await databases.InTransactionAsync<AdmissionOutcome>(async db =>
        {
            await db.LockAsync(EngagementTime.Lock, cancellation).ConfigureAwait(false);
            var repository = await db.Repositories.FirstOrDefaultAsync(r => r.Id == repositoryId, cancellation).ConfigureAwait(false);
            var record = await db.EngagementRecords.FirstOrDefaultAsync(r => r.RepositoryId == repositoryId, cancellation).ConfigureAwait(false);
            if (repository is null || record is null)
                return (new AdmissionOutcome.Unknown(), false);
            if (record.Consequence == EngagementConsequence.None && record.ReviewDue is null)
                return (new AdmissionOutcome.NotPossible("The traffic of this repository is neither paused nor held nor waiting for a review."), false);
            var now = clock.GetUtcNow();
            var (word, wasShut) = (WordOf(record.Consequence), record.Consequence >= EngagementConsequence.Pause);
            var state = EngagementState.TryParse(record.State, out var stored) ? stored : EngagementState.Empty;
            var restored = double.Max(0, record.Withheld);
            record.State = (state.Release() with { Credited = state.Credited + restored }).ToJson();
            (record.Consequence, record.Reasons, record.Since, record.ReviewDue, record.Withheld, record.ClearedAt, record.NextLook) = (EngagementConsequence.None, null, null, null, 0, now, now);
            if (restored > 0)
            {
                var today = EngagementTime.DayOf(now);
                var day = await db.EngagementDays.FindAsync([repositoryId, today], cancellation).ConfigureAwait(false);
                if (day is null)
                    db.EngagementDays.Add(day = new EngagementDay { RepositoryId = repositoryId, Day = today });
                day.Credited += restored;
            }

            (repository.PausedAt, repository.HeldAt, repository.HoldReason, repository.HoldReference) = (null, null, null, null);
            repository.Version++;
            var reference = await DecideAsync(db, repository, "admitted", wasShut ? $"{Apology} {reason}" : reason, who.Name, now, cancellation).ConfigureAwait(false);
            await audit.AddAsync(db, who.Name, "engagement.released", repository.Key, new JsonObject { ["from"] = word, ["reason"] = reason, ["reference"] = reference, ["restored"] = Math.Round(restored) }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new AdmissionOutcome.Changed(reference), true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>The word for what follows.</summary>
    public static string WordOf(EngagementConsequence consequence) => consequence.ToString().ToLowerInvariant();

    /// <summary>Pauses a repository or holds it back. Part of the caller's transaction.</summary>
    /// <returns>Reference of the decision.</returns>
    internal static async Task<string> TakeAsideAsync(HubDb db, Repository repository, EngagementConsequence consequence, string reasons, DateTimeOffset now, CancellationToken cancellation)
    {
        var isHeld = consequence == EngagementConsequence.Hold;
        var summary = $"{Sentence} {reasons.Replace('\n', ';')}.";
        var reference = await DecideAsync(db, repository, isHeld ? "quarantined" : "paused", summary, "policy", now, cancellation).ConfigureAwait(false);
        repository.PausedAt ??= now;
        repository.HeldAt = isHeld ? repository.HeldAt ?? now : null;
        repository.HoldReason = summary.Length <= MaxReason ? summary : summary[..MaxReason];
        repository.HoldReference = reference;
        repository.Version++;
        return reference;
    }

    // The decision is about the newest revision that is served, so that its page shows what it is about.
    private static async Task<string> DecideAsync(HubDb db, Repository repository, string outcome, string summary, string by, DateTimeOffset now, CancellationToken cancellation)
    {
        var reference = await AdmissionWorkflow.NewReferenceAsync(db, cancellation).ConfigureAwait(false);
        var revision = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id).OrderByDescending(r => r.CommitId == repository.ServedCommit).ThenByDescending(static r => r.ReceivedAt).Select(static r => r.Id).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        db.RevisionDecisions.Add(new RevisionDecision { Reference = reference, RevisionId = revision, Outcome = outcome, Summary = summary, DecidedBy = by, At = now });
        return reference;
    }
}
