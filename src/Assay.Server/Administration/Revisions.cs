using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Scanning.Policy;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Revisions: their states, what people decide about them, and the inspection of what is held back.</summary>
internal static class Revisions
{
    private const int MaxReason = 2000;

    /// <summary>A revision.</summary>
    /// <param name="Id">Permanent id.</param>
    /// <param name="Repository">Such as <c>ada/tiny</c>.</param>
    /// <param name="Kind">model, dataset or space.</param>
    /// <param name="Commit">40 hexadecimal digits.</param>
    /// <param name="Ref">Where it was pushed to.</param>
    /// <param name="Author">Who pushed it.</param>
    /// <param name="Title">First line of the message.</param>
    /// <param name="State">received, vetting, admitted, quarantined, rejected or withdrawn.</param>
    /// <param name="Verdict">clean, incomplete, suspicious or malicious; null while it is being checked.</param>
    /// <param name="Reason">The reason in force.</param>
    /// <param name="Reference">Reference of the decision in force.</param>
    /// <param name="ReceivedAt">When it arrived.</param>
    /// <param name="DecidedAt">When it was last decided.</param>
    /// <param name="RunId">The run of a pipeline that pushed it; null for a person.</param>
    internal sealed record RevisionView(
        Guid Id, string Repository, string Kind, string Commit, string Ref, string Author, string Title, string State, string? Verdict, string? Reason, string? Reference, DateTimeOffset ReceivedAt, DateTimeOffset? DecidedAt, string? RunId)
    {
        /// <summary>Of a revision.</summary>
        public static RevisionView Of(Revision revision, Repository repository) => new(
            revision.Id, repository.RepoId.ToString(), repository.Kind.Singular(), revision.CommitId, revision.RefName, revision.AuthorName, revision.Title,
            AdmissionWorkflow.WordOf(revision.State), revision.Verdict, revision.Reason, revision.Reference, revision.ReceivedAt, revision.DecidedAt, revision.RunId);
    }

    /// <summary>What is asked of a decision.</summary>
    /// <param name="Outcome">admitted, quarantined or rejected.</param>
    /// <param name="Reason">Why, for those who ask later.</param>
    internal sealed record DecisionRequest(string? Outcome, string? Reason);

    /// <summary>A change that needs a reason.</summary>
    /// <param name="Reason">Why, for those who ask later.</param>
    internal sealed record ReasonRequest(string? Reason);

    /// <summary>What became of a decision.</summary>
    /// <param name="Reference">Reference of the new decision.</param>
    /// <param name="Url">Address of its page.</param>
    internal sealed record DecidedView(string Reference, string Url);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/revisions").WithTags("Revisions");
        routes.MapGet("", ListAsync).For(ApiAccess.SignedIn, "ListRevisions", "Revisions of a repository, or of all for reviewers; the newest first.");
        routes.MapPost("/{revision}/decision", DecideAsync).For(ApiAccess.Reviewers, "DecideRevision", "A person decides otherwise than the policy, with a reason.").ProducesProblem(409);
        routes.MapPost("/{revision}/withdraw", static (string revision, ReasonRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission) =>
                TurnAsync(revision, body, http, db, admission.WithdrawAsync))
            .For(ApiAccess.Administrators, "WithdrawRevision", "Takes a served revision back.").ProducesProblem(409);
        routes.MapPost("/{revision}/restore", static (string revision, ReasonRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission) =>
                TurnAsync(revision, body, http, db, admission.RestoreAsync))
            .For(ApiAccess.Administrators, "RestoreRevision", "Serves a withdrawn revision again.").ProducesProblem(409);
        routes.MapGet("/{revision}/files/{**path}", InspectAsync).For(ApiAccess.Reviewers, "InspectFile", "A file of a revision that is held back, as a download for inspection. Each one is in the audit trail.").ProducesProblem(409)
            .Produces(200, contentType: "application/octet-stream");
    }

    /// <summary>The decision's outcome of a word; null for any other.</summary>
    internal static Outcome? OutcomeOf(string? word) => word switch
    {
        "admitted" => Outcome.Admitted,
        "quarantined" => Outcome.Quarantined,
        "rejected" => Outcome.Rejected,
        _ => null,
    };

    /// <summary>What is wrong with a reason; null when nothing is.</summary>
    internal static string? ReasonProblem(string? reason) =>
        string.IsNullOrWhiteSpace(reason) ? "Give a reason, so that those who ask later understand the decision." : reason.Length > MaxReason ? $"The reason is longer than {MaxReason} characters." : null;

    /// <summary>The answer to a change of state.</summary>
    internal static Results<Ok<DecidedView>, ProblemHttpResult> Answer(HttpContext http, AdmissionOutcome outcome) => outcome switch
    {
        AdmissionOutcome.Changed changed => TypedResults.Ok(new DecidedView(changed.Reference, $"{PublicUrl.Of(http)}/v/{changed.Reference}")),
        AdmissionOutcome.NotPossible not => ApiGate.Problem(409, not.Message),
        _ => ApiGate.Problem(404, "There is no such revision or repository."),
    };

    private static async Task<Results<Ok<IReadOnlyList<RevisionView>>, ProblemHttpResult>> ListAsync(HttpContext http, HubDb db, string? repository, string? kind, string? state, int? limit)
    {
        var who = RequestPrincipal.Of(http);
        var query = db.Revisions.AsNoTracking();
        if (state is not null)
        {
            if (!Enum.TryParse<RevisionState>(state, ignoreCase: true, out var wanted) || !Enum.IsDefined(wanted) || !char.IsAsciiLetter(state[0]))
                return ApiGate.Problem(400, "The state is received, vetting, admitted, quarantined, rejected or withdrawn.");
            query = query.Where(r => r.State == wanted);
        }

        if (repository is null)
        {
            if (!AccessRules.Allows(who, HubAction.Review, null))
                return ApiGate.Problem(403, "Only reviewers see the revisions of all repositories. Name one: ?repository=owner/name");
        }
        else
        {
            if (await FindAsync(db, kind, repository, http.RequestAborted).ConfigureAwait(false) is not { } found || !AccessRules.Allows(who, HubAction.ReadMetadata, RepositoryAccess.Of(found)))
                return ApiGate.Problem(404, "There is no such repository, or you may not see it.");
            query = query.Where(r => r.RepositoryId == found.Id);
            if (!RevisionGate.MaySeeUnserved(who, found))
                query = query.Where(static r => r.State == RevisionState.Admitted);
        }

        var rows = await query.OrderByDescending(static r => r.ReceivedAt).ThenBy(static r => r.Id).Take(Math.Clamp(limit ?? 100, 1, 1000))
            .Join(db.Repositories.AsNoTracking(), static r => r.RepositoryId, static r => r.Id, static (revision, of) => new { revision, of }).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<RevisionView>>([.. rows.OrderByDescending(static r => r.revision.ReceivedAt).Select(static r => RevisionView.Of(r.revision, r.of))]);
    }

    /// <summary>A repository by its name; the kind is model unless said.</summary>
    internal static async Task<Repository?> FindAsync(HubDb db, string? kind, string name, CancellationToken cancellation) =>
        RepoKinds.Parse(kind ?? "model") is { } parsed && RepoId.TryParse(name, out var id) ? await RepositoryRegistry.FindAsync(db, parsed, id, cancellation).ConfigureAwait(false) : null;

    private static async Task<Results<Ok<DecidedView>, ProblemHttpResult>> DecideAsync(string revision, DecisionRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission)
    {
        if (OutcomeOf(body.Outcome) is not { } outcome)
            return ApiGate.Problem(400, "The outcome is admitted, quarantined or rejected.");
        if (ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        if (await ReportLookup.FindRevisionAsync(db, revision, http.RequestAborted).ConfigureAwait(false) is not { } found)
            return ApiGate.Problem(404, "There is no such revision.");
        return Answer(http, await admission.OverrideAsync(found.Id, outcome, RequestPrincipal.Of(http), body.Reason!, http.RequestAborted).ConfigureAwait(false));
    }

    private static async Task<Results<Ok<DecidedView>, ProblemHttpResult>> TurnAsync(
        string revision, ReasonRequest body, HttpContext http, HubDb db, Func<Guid, Principal, string, CancellationToken, Task<AdmissionOutcome>> turn)
    {
        if (ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        if (await ReportLookup.FindRevisionAsync(db, revision, http.RequestAborted).ConfigureAwait(false) is not { } found)
            return ApiGate.Problem(404, "There is no such revision.");
        return Answer(http, await turn(found.Id, RequestPrincipal.Of(http), body.Reason!, http.RequestAborted).ConfigureAwait(false));
    }

    private static async Task<IResult> InspectAsync(string revision, string path, HttpContext http, HubDb db, RevisionTrees trees, IBlobStore store, AuditLog audit)
    {
        // Another site could lead a reviewer's browser here; a page of this hub, or the reviewer's own hand, is meant.
        if (Sessions.IsSession(http) && !IsFromHere(http))
            return ApiGate.Problem(403, "Start this download from a page of this hub, or with a token.");
        var cancellation = http.RequestAborted;
        if (await ReportLookup.FindRevisionAsync(db, revision, cancellation).ConfigureAwait(false) is not { } found
            || await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == found.RepositoryId, cancellation).ConfigureAwait(false) is not { } repository
            || !AccessRules.Allows(RequestPrincipal.Of(http), HubAction.Review, RepositoryAccess.Of(repository)))
        {
            return ApiGate.Problem(404, "There is no such revision.");
        }

        if (RevisionGate.IsServed(repository, found.State))
            return ApiGate.Problem(409, "This revision is served: download the file as everybody does.");
        var file = (await trees.ReadAsync(db, found.TreeId, cancellation).ConfigureAwait(false)).Find(PathOf(http) ?? path);
        if (file is null)
            return ApiGate.Problem(404, "There is no such file in this revision.");
        var stream = await store.OpenAsync(file.Sha256, cancellation).ConfigureAwait(false);
        if (stream is null)
            return ApiGate.Problem(404, "The content of this file is missing from the hub's store.");
        try
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await audit.AddAsync(db, RequestPrincipal.Of(http).Name, "file.inspected", $"{repository.Key}@{found.CommitId}", new JsonObject { ["path"] = file.Path, ["sha256"] = file.Sha256, ["size"] = file.Size }, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // A name that no program opens by a double click.
        var name = new string([.. file.Path[(file.Path.LastIndexOf('/') + 1)..].Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')]);
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Stream(stream, "application/octet-stream", name + ".untrusted");
    }

    // Browsers say where a request starts; where they do not (plain HTTP), the referrer does, which no other site can set.
    private static bool IsFromHere(HttpContext http) => http.Request.Headers["Sec-Fetch-Site"].ToString() switch
    {
        "same-origin" or "none" => true,
        "" => http.Request.Headers.Referer.ToString().StartsWith(PublicUrl.Of(http) + "/", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    // As it stood on the wire: a name may hold an encoded slash or percent sign.
    private static string? PathOf(HttpContext http) =>
        http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget is { } raw && RawTarget.Parse(raw) is { Segments: var segments } && segments.Count > 6 ? string.Join('/', segments.Skip(6)) : null;
}
