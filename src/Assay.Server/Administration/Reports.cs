using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Assay.Server.Administration;

/// <summary>Reports by their short references.</summary>
internal static class Reports
{
    /// <summary>A decision.</summary>
    /// <param name="Reference">Its short reference.</param>
    /// <param name="Outcome">admitted, quarantined, rejected, withdrawn or paused.</param>
    /// <param name="Reason">A sentence.</param>
    /// <param name="DecidedBy">A user's name, <c>policy</c> or <c>system</c>.</param>
    /// <param name="At">When.</param>
    /// <param name="PolicyDigest">Digest of the policy; null for decisions of people.</param>
    /// <param name="Reasons">Clauses, files and rules behind it; null for decisions of people.</param>
    internal sealed record DecisionView(string Reference, string Outcome, string Reason, string DecidedBy, DateTimeOffset At, string? PolicyDigest, JsonNode? Reasons)
    {
        /// <summary>Of a decision.</summary>
        public static DecisionView Of(RevisionDecision decision) =>
            new(decision.Reference, decision.Outcome, decision.Summary, decision.DecidedBy, decision.At, decision.PolicyDigest, decision.ReasonsJson is null ? null : JsonNode.Parse(decision.ReasonsJson)?["reasons"]?.DeepClone());
    }

    /// <summary>A report.</summary>
    /// <param name="Decision">The decision of the reference.</param>
    /// <param name="IsInForce">Whether no later decision took its place.</param>
    /// <param name="Revision">The revision, with the state that it has now.</param>
    /// <param name="IsRepositoryWithdrawn">Whether the whole repository was taken back.</param>
    /// <param name="History">All decisions about the revision, the oldest first.</param>
    /// <param name="Report">What was found: <c>assay.report/v1</c>.</param>
    internal sealed record ReportView(DecisionView Decision, bool IsInForce, Revisions.RevisionView Revision, bool IsRepositoryWithdrawn, IReadOnlyList<DecisionView> History, JsonNode? Report);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/reports/{reference}", GetAsync)
        .For(ApiAccess.Anybody, "GetReport", "A decision with its report, for whoever may know of the repository.")
        .WithTags("Reports");

    private static async Task<Results<Ok<ReportView>, ProblemHttpResult>> GetAsync(string reference, HttpContext http, HubDb db)
    {
        if (await ReportLookup.FindAsync(db, RequestPrincipal.Of(http), reference, http.RequestAborted).ConfigureAwait(false) is not { } file)
            return ApiGate.Problem(404, "There is no report of this reference, or you may not see it.");
        var isInForce = (file.Repository.WithdrawnReference ?? file.Repository.HoldReference ?? file.Revision.Reference) == file.Decision.Reference;
        return TypedResults.Ok(new ReportView(
            DecisionView.Of(file.Decision), isInForce, Revisions.RevisionView.Of(file.Revision, file.Repository), file.Repository.WithdrawnAt is not null, [.. file.History.Select(DecisionView.Of)], file.ReadReport()));
    }
}
