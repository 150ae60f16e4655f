using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Audit;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Scanning;
using Assay.Scanning.Policy;
using Assay.Scanning.Reports;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Admission;

/// <summary>What became of an attempt to change the state of a revision or repository.</summary>
public abstract record AdmissionOutcome
{
    /// <summary>It was changed.</summary>
    /// <param name="Reference">Reference of the new decision.</param>
    public sealed record Changed(string Reference) : AdmissionOutcome
    {
        /// <summary>What was withdrawn, and whether it is refused elsewhere; empty where that was not asked for.</summary>
        public IReadOnlyList<WithdrawnContent> Contents { get; init; } = [];
    }

    /// <summary>There is no such thing.</summary>
    public sealed record Unknown : AdmissionOutcome;

    /// <summary>Its state does not allow it.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record NotPossible(string Message) : AdmissionOutcome;
}

/// <summary>
/// The only place where the state of a revision changes. Each change is a conditional update from the expected state, together with the
/// decision behind it, the audit entry, and the move of what readers see.
/// </summary>
public sealed class AdmissionWorkflow(
    IDbContextFactory<HubDb> databases, RevisionTrees trees, ServedView served, AuditLog audit, PolicySource policies, RevisionAssessor assessor, VettingQueue queue, TimeProvider clock)
{
    private const int MaxReason = 2000;
    private const int MaxAuditedDigests = 1000;

    /// <summary>Records what a worker found and what the policy makes of it.</summary>
    /// <param name="revisionId">The revision; it must be in a worker's hands.</param>
    /// <param name="report">What was found.</param>
    /// <param name="repository">What is known of the repository besides.</param>
    /// <param name="assessed">What the impersonation assessor said.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>False when somebody else decided meanwhile.</returns>
    public async Task<bool> DecideAsync(Guid revisionId, ScanReport report, RepositoryFacts repository, AssessedRevision assessed, CancellationToken cancellation)
    {
        var policy = policies.Current;
        var now = clock.GetUtcNow();
        var evidence = AdmissionEvidence.Of(report, repository);
        var decision = PolicyEvaluator.Evaluate(policy, evidence, now);
        using var json = new MemoryStream();
        new JsonReport().Write(report, json, new ReportSettings());
        var (content, inputs, reasons) = (Packing.Pack(json.ToArray()), Packing.Pack(AdmissionEvidenceJson.Write(evidence)), JsonSerializer.Deserialize<JsonObject>(AdmissionEvidenceJson.Write(decision))!.ToJsonString());
        return await FinishVettingAsync(revisionId, async (db, revision) =>
        {
            var reportRow = new RevisionReport
            {
                Id = Guid.CreateVersion7(now),
                RevisionId = revisionId,
                Engine = $"{Engine.Version}/{Engine.Rules}",
                Verdict = WordOf(report.Verdict),
                Content = content,
                CreatedAt = now,
            };
            db.RevisionReports.Add(reportRow);
            await policies.KeepAsync(db, policy, cancellation).ConfigureAwait(false);
            // What was once withdrawn as malicious stays so, whatever policy and scanner make of it in its new place.
            if (await ForbiddenContents.FindAsync(db, report.Artifacts.Select(static a => (a.Path, a.Sha256)), cancellation).ConfigureAwait(false) is var (path, withdrawal))
                await DecideAsync(db, revision, RevisionState.Rejected, $"{path} has the content of a file that was withdrawn from this hub [{withdrawal}].", "system", reportRow.Id, null, null, null, cancellation).ConfigureAwait(false);
            else
                await DecideAsync(db, revision, StateOf(decision.Outcome), decision.Summary, "policy", reportRow.Id, reasons, inputs, policy.Digest, cancellation).ConfigureAwait(false);
            revision.Verdict = reportRow.Verdict;
            if (await db.Repositories.FirstOrDefaultAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false) is { } row)
                await assessor.KeepAsync(db, row, revision, assessed, cancellation).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Holds back a revision that could not be vetted at all.</summary>
    public Task<bool> HoldAsync(Guid revisionId, string reason, CancellationToken cancellation) => FinishVettingAsync(revisionId, async (db, revision) =>
    {
        await DecideAsync(db, revision, RevisionState.Quarantined, reason, "system", null, null, null, null, cancellation).ConfigureAwait(false);
        revision.Verdict = WordOf(Verdict.Incomplete);
    }, cancellation);

    /// <summary>A person decides otherwise than the policy.</summary>
    /// <param name="revisionId">The revision.</param>
    /// <param name="outcome">What is to hold.</param>
    /// <param name="who">Who decides; the right to do so was checked.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<AdmissionOutcome> OverrideAsync(Guid revisionId, Outcome outcome, Principal who, string reason, CancellationToken cancellation) =>
        TurnAsync(revisionId, StateOf(outcome), static from => from switch
        {
            RevisionState.Received or RevisionState.Vetting => "This revision is still being checked. Wait for the result, then decide.",
            RevisionState.Withdrawn => "This revision was withdrawn. Restore it instead.",
            _ => null,
        }, who, reason, forbidContents: false, cancellation);

    /// <summary>Takes a served revision back.</summary>
    public Task<AdmissionOutcome> WithdrawAsync(Guid revisionId, Principal who, string reason, CancellationToken cancellation) => WithdrawAsync(revisionId, who, reason, forbidContents: false, cancellation);

    /// <summary>Takes a served revision back.</summary>
    /// <param name="revisionId">The revision.</param>
    /// <param name="who">Who decides; the right to do so was checked.</param>
    /// <param name="reason">Why.</param>
    /// <param name="forbidContents">Whether its contents are refused wherever they are pushed from now on, until it is restored.</param>
    /// <param name="cancellation">Stops it.</param>
    public Task<AdmissionOutcome> WithdrawAsync(Guid revisionId, Principal who, string reason, bool forbidContents, CancellationToken cancellation) =>
        TurnAsync(revisionId, RevisionState.Withdrawn, static from => from == RevisionState.Admitted ? null : $"Only a revision that is served can be withdrawn. This one is {WordOf(from)}.", who, reason, forbidContents, cancellation);

    /// <summary>Serves a withdrawn revision again.</summary>
    public Task<AdmissionOutcome> RestoreAsync(Guid revisionId, Principal who, string reason, CancellationToken cancellation) =>
        TurnAsync(revisionId, RevisionState.Admitted, static from => from == RevisionState.Withdrawn ? null : $"Only a revision that was withdrawn can be restored. This one is {WordOf(from)}.", who, reason, forbidContents: false, cancellation);

    /// <summary>Takes a whole repository back, or serves it again: all doors in one transaction.</summary>
    public Task<AdmissionOutcome> SetWithdrawnAsync(string repositoryId, bool withdraw, Principal who, string reason, CancellationToken cancellation) => SetWithdrawnAsync(repositoryId, withdraw, who, reason, forbidContents: false, cancellation);

    /// <summary>Takes a whole repository back, or serves it again: all doors in one transaction.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="withdraw">Which of the two.</param>
    /// <param name="who">Who decides; the right to do so was checked.</param>
    /// <param name="reason">Why.</param>
    /// <param name="forbidContents">Whether all that it ever had is refused wherever it is pushed from now on, until it is restored.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AdmissionOutcome> SetWithdrawnAsync(string repositoryId, bool withdraw, Principal who, string reason, bool forbidContents, CancellationToken cancellation)
    {
        if (ReasonProblem(reason) is { } problem)
            return problem;
        return await ChangeAsync(async db =>
        {
            var repository = await db.Repositories.FirstOrDefaultAsync(r => r.Id == repositoryId, cancellation).ConfigureAwait(false);
            if (repository is null)
                return new AdmissionOutcome.Unknown();
            if (repository.WithdrawnAt is not null == withdraw)
                return new AdmissionOutcome.NotPossible(withdraw ? "This repository is withdrawn already." : "This repository is not withdrawn.");
            var now = clock.GetUtcNow();
            var reference = await NewReferenceAsync(db, cancellation).ConfigureAwait(false);
            // The decision is about the newest revision that is served, so that its page shows what was withdrawn.
            var newest = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repositoryId).OrderByDescending(r => r.CommitId == repository.ServedCommit).ThenByDescending(static r => r.ReceivedAt).FirstAsync(cancellation).ConfigureAwait(false);
            db.RevisionDecisions.Add(new RevisionDecision
            {
                Reference = reference,
                RevisionId = newest.Id,
                Outcome = withdraw ? "withdrawn" : "admitted",
                Summary = reason,
                DecidedBy = who.Name,
                At = now,
            });
            IReadOnlyList<WithdrawnContent> contents = [];
            if (repository.WithdrawnReference is { } former)
                await AllowAsync(db, repository.Key, former, who, cancellation).ConfigureAwait(false);
            else if (forbidContents)
                contents = await ForbidAsync(db, repository, newest, isWhole: true, reference, who, cancellation).ConfigureAwait(false);
            repository.WithdrawnAt = withdraw ? now : null;
            repository.WithdrawnReason = withdraw ? Cut(reason, 1000) : null;
            repository.WithdrawnReference = withdraw ? reference : null;
            repository.Version++;
            await audit.AddAsync(db, who.Name, withdraw ? "repository.withdrawn" : "repository.restored", repository.Key, new JsonObject { ["reason"] = reason, ["reference"] = reference }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return new AdmissionOutcome.Changed(reference) { Contents = contents };
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>The word of reports for a verdict.</summary>
    public static string WordOf(Verdict verdict) => verdict switch
    {
        Verdict.Malicious => "malicious",
        Verdict.Suspicious => "suspicious",
        Verdict.Incomplete => "incomplete",
        _ => "clean",
    };

    /// <summary>What a policy sees of an assessment.</summary>
    internal static AssessmentEvidence EvidenceOf(Impersonation.Assessment assessment, string id) => new((AssessmentAction)(int)assessment.Action, [.. assessment.Shown.Select(static r => r.Text)])
    {
        Codes = [.. assessment.Reasons.Select(static r => r.Code)],
        Target = assessment.Target,
        Sentence = assessment.Sentence(id),
    };

    /// <summary>The state that an outcome of the policy leads to.</summary>
    internal static RevisionState StateOf(Outcome outcome) => outcome switch
    {
        Outcome.Admitted => RevisionState.Admitted,
        Outcome.Quarantined => RevisionState.Quarantined,
        _ => RevisionState.Rejected,
    };

    /// <summary>The word for a state, as decisions and the API spell it.</summary>
    public static string WordOf(RevisionState state) => state.ToString().ToLowerInvariant();

    private async Task<AdmissionOutcome> TurnAsync(Guid revisionId, RevisionState to, Func<RevisionState, string?> problemFrom, Principal who, string reason, bool forbidContents, CancellationToken cancellation)
    {
        if (ReasonProblem(reason) is { } problem)
            return problem;
        return await ChangeAsync(async db =>
        {
            var revision = await db.Revisions.FirstOrDefaultAsync(r => r.Id == revisionId, cancellation).ConfigureAwait(false);
            if (revision is null)
                return new AdmissionOutcome.Unknown();
            if (problemFrom(revision.State) is { } otherwise)
                return new AdmissionOutcome.NotPossible(otherwise);
            // A person has decided, which answers whoever said that the decision before was wrong.
            await db.Appeals.Where(a => a.ClosedAt == null && db.RevisionDecisions.Any(d => d.RevisionId == revisionId && d.Reference == a.Subject)).ExecuteUpdateAsync(u => u.SetProperty(static a => a.ClosedAt, clock.GetUtcNow()), cancellation).ConfigureAwait(false);
            var (former, isWithdrawn) = (revision.Reference, revision.State == RevisionState.Withdrawn);
            var reference = await DecideAsync(db, revision, to, reason, who.Name, null, null, null, null, cancellation).ConfigureAwait(false);
            IReadOnlyList<WithdrawnContent> contents = [];
            var repository = await db.Repositories.FirstAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false);
            if (isWithdrawn && former is not null)
                await AllowAsync(db, $"{repository.Key}@{revision.CommitId}", former, who, cancellation).ConfigureAwait(false);
            else if (forbidContents)
                contents = await ForbidAsync(db, repository, revision, isWhole: false, reference, who, cancellation).ConfigureAwait(false);
            await FinishAsync(db, revision, cancellation).ConfigureAwait(false);
            return new AdmissionOutcome.Changed(reference) { Contents = contents };
        }, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<WithdrawnContent>> ForbidAsync(HubDb db, Repository repository, Revision revision, bool isWhole, string reference, Principal who, CancellationToken cancellation)
    {
        var tree = await trees.ReadAsync(db, revision.TreeId, cancellation).ConfigureAwait(false);
        var has = tree.Files.DistinctBy(static f => f.Sha256).ToDictionary(static f => f.Sha256, static f => ((string?)f.Path, f.Sha256, f.Size), StringComparer.Ordinal);
        if (isWhole)
        {
            foreach (var blob in await db.StoredBlobs.AsNoTracking().Where(b => db.RepositoryBlobs.Any(r => r.RepositoryId == repository.Id && r.Sha256 == b.Sha256)).Select(static b => new { b.Sha256, b.Size }).ToListAsync(cancellation).ConfigureAwait(false))
                has.TryAdd(blob.Sha256, (null, blob.Sha256, blob.Size));
        }

        var contents = await ForbiddenContents.ForbidAsync(db, repository, reference, [.. has.Values], clock.GetUtcNow(), cancellation).ConfigureAwait(false);
        var forbidden = contents.Where(static c => c.Spared is null).Select(static c => c.Sha256).ToList();
        await audit.AddAsync(
            db,
            who.Name,
            "content.forbidden",
            isWhole ? repository.Key : $"{repository.Key}@{revision.CommitId}",
            new JsonObject { ["reference"] = reference, ["count"] = forbidden.Count, ["sha256"] = new JsonArray([.. forbidden.Take(MaxAuditedDigests).Select(static d => (JsonNode)d)]) },
            cancellation).ConfigureAwait(false);
        return contents;
    }

    private async Task AllowAsync(HubDb db, string subject, string reference, Principal who, CancellationToken cancellation)
    {
        if (await ForbiddenContents.LiftAsync(db, reference, cancellation).ConfigureAwait(false) is > 0 and var count)
            await audit.AddAsync(db, who.Name, "content.allowed", subject, new JsonObject { ["reference"] = reference, ["count"] = count }, cancellation).ConfigureAwait(false);
    }

    // Only a revision in a worker's hands is decided, and then it has no job any more.
    private async Task<bool> FinishVettingAsync(Guid revisionId, Func<HubDb, Revision, Task> decide, CancellationToken cancellation) => await ChangeAsync(async db =>
    {
        var revision = await db.Revisions.FirstOrDefaultAsync(r => r.Id == revisionId, cancellation).ConfigureAwait(false);
        if (revision is null || revision.State is not (RevisionState.Vetting or RevisionState.Received))
            return new AdmissionOutcome.Unknown();
        await decide(db, revision).ConfigureAwait(false);
        db.VettingJobs.RemoveRange(db.VettingJobs.Where(j => j.RevisionId == revisionId));
        await FinishAsync(db, revision, cancellation).ConfigureAwait(false);
        return new AdmissionOutcome.Changed(revision.Reference!);
    }, cancellation).ConfigureAwait(false) is AdmissionOutcome.Changed;

    private async Task<string> DecideAsync(
        HubDb db, Revision revision, RevisionState state, string summary, string by, Guid? reportId, string? reasons, byte[]? evidence, string? policyDigest, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var reference = await NewReferenceAsync(db, cancellation).ConfigureAwait(false);
        db.RevisionDecisions.Add(new RevisionDecision
        {
            Reference = reference,
            RevisionId = revision.Id,
            // What people decide rests on the report that was there.
            ReportId = reportId ?? await db.RevisionReports.Where(r => r.RevisionId == revision.Id).OrderByDescending(static r => r.CreatedAt).Select(static r => (Guid?)r.Id).FirstOrDefaultAsync(cancellation).ConfigureAwait(false),
            Outcome = WordOf(state),
            Summary = Cut(summary, MaxReason),
            ReasonsJson = reasons,
            Evidence = evidence,
            PolicyDigest = policyDigest,
            DecidedBy = by,
            At = now,
        });
        revision.State = state;
        revision.Reference = reference;
        revision.Reason = Cut(summary, MaxReason);
        revision.DecidedAt = now;
        return reference;
    }

    private async Task FinishAsync(HubDb db, Revision revision, CancellationToken cancellation)
    {
        var repository = await db.Repositories.FirstOrDefaultAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false);
        await audit.AddAsync(
            db,
            revision.Reference is null ? "system" : db.RevisionDecisions.Local.First(d => d.Reference == revision.Reference).DecidedBy,
            "revision." + WordOf(revision.State),
            $"{repository?.Key ?? revision.RepositoryId}@{revision.CommitId}",
            new JsonObject { ["reason"] = revision.Reason, ["reference"] = revision.Reference, ["verdict"] = revision.Verdict },
            cancellation).ConfigureAwait(false);
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        if (repository is not null)
        {
            await served.RefreshAsync(db, repository, clock.GetUtcNow(), cancellation).ConfigureAwait(false);
            repository.Version++;
        }

        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
    }

    internal static async Task<string> NewReferenceAsync(HubDb db, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reference = HubIds.NewReference(4 + (attempt / 3));
            if (!await db.RevisionDecisions.AnyAsync(d => d.Reference == reference, cancellation).ConfigureAwait(false))
                return reference;
        }
    }

    private async Task<AdmissionOutcome> ChangeAsync(Func<HubDb, Task<AdmissionOutcome>> change, CancellationToken cancellation)
    {
        var outcome = await databases.InTransactionAsync(async db =>
        {
            var result = await change(db).ConfigureAwait(false);
            return (result, result is AdmissionOutcome.Changed);
        }, cancellation).ConfigureAwait(false);
        if (outcome is AdmissionOutcome.Changed)
            queue.Announce();
        return outcome;
    }

    private static AdmissionOutcome.NotPossible? ReasonProblem(string reason) =>
        string.IsNullOrWhiteSpace(reason) ? new AdmissionOutcome.NotPossible("A decision needs a reason, so that those who ask later understand it.")
        : reason.Length > MaxReason ? new AdmissionOutcome.NotPossible($"The reason is longer than {MaxReason} characters.")
        : null;

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    /// <summary>The policy's word for a kind of repository.</summary>
    internal static RepositoryKind KindOf(RepoKind kind) => kind switch
    {
        RepoKind.Dataset => RepositoryKind.Dataset,
        RepoKind.Space => RepositoryKind.Space,
        _ => RepositoryKind.Model,
    };
}
