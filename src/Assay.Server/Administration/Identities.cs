using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>What the hub knows of a repository's identity and vetting, in one answer: what <c>assay check</c> asks for.</summary>
internal static class Identities
{
    /// <summary>A repository's identity.</summary>
    /// <param name="Schema"><c>assay.identity/v1</c>.</param>
    /// <param name="Kind">model, dataset or space.</param>
    /// <param name="Repository">Such as <c>ada/tiny</c>.</param>
    /// <param name="Publisher">Whose it is; null where the account is gone.</param>
    /// <param name="Revision">What became of the revision; null where there is none that the caller may know of.</param>
    /// <param name="Assessment">What the assessor says of it; null where none is stored.</param>
    internal sealed record IdentityView(string Schema, string Kind, string Repository, IdentityPublisher? Publisher, IdentityRevision? Revision, IdentityAssessment? Assessment);

    /// <summary>A publisher.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="Kind">user or organization.</param>
    /// <param name="Since">When the account was registered.</param>
    internal sealed record IdentityPublisher(string Name, string Kind, DateTimeOffset Since);

    /// <summary>A revision with the decision in force.</summary>
    /// <param name="Commit">Its commit; null where it is not served and the caller may not know it.</param>
    /// <param name="State">received, vetting, admitted, quarantined, rejected or withdrawn.</param>
    /// <param name="Verdict">clean, incomplete, suspicious or malicious; null while it is being checked.</param>
    /// <param name="Reason">The reason in force.</param>
    /// <param name="Reference">Reference of the decision.</param>
    /// <param name="ReportUrl">Address of the report.</param>
    internal sealed record IdentityRevision(string? Commit, string State, string? Verdict, string? Reason, string? Reference, string? ReportUrl);

    /// <summary>An assessment.</summary>
    /// <param name="Action">allow, label, warn, hold or block.</param>
    /// <param name="Target">The genuine repository that it is like.</param>
    /// <param name="Headline">One sentence.</param>
    /// <param name="Rules">Version of rules and weights.</param>
    /// <param name="At">When it was made.</param>
    /// <param name="Reasons">Objects of <c>code, group, text, evidence, weight, confidence</c>.</param>
    internal sealed record IdentityAssessment(string Action, string? Target, string Headline, string Rules, DateTimeOffset At, JsonNode? Reasons);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/identity/{kind}/{owner}/{name}", GetAsync)
        .For(ApiAccess.Anybody, "GetIdentity", "Publisher, vetting and assessment of a repository, for whoever may know of it.")
        .WithTags("Identity");

    private static async Task<Results<Ok<IdentityView>, ProblemHttpResult>> GetAsync(string kind, string owner, string name, string? revision, HttpContext http, HubDb db)
    {
        var cancellation = http.RequestAborted;
        var who = RequestPrincipal.Of(http);
        if (await Revisions.FindAsync(db, kind, owner + "/" + name, cancellation).ConfigureAwait(false) is not { } repository || !AccessRules.Allows(who, HubAction.ReadMetadata, RepositoryAccess.Of(repository)))
            return ApiGate.Problem(404, "There is no such repository, or you may not see it.");
        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == repository.OwnerId, cancellation).ConfigureAwait(false);
        var gate = await RevisionGate.OpenAsync(db, repository, revision ?? RefName.Main, cancellation).ConfigureAwait(false);
        var (found, view) = gate switch
        {
            Gate.Served served => (served.Revision, new IdentityRevision(served.Revision.CommitId, AdmissionWorkflow.WordOf(served.Revision.State), served.Revision.Verdict, served.Revision.Reason, served.Revision.Reference, UrlOf(served.Revision.Reference))),
            Gate.Refused { Revision: { } refused } held => (refused, new IdentityRevision(
                RevisionGate.MaySeeUnserved(who, repository) ? refused.CommitId : null, AdmissionWorkflow.WordOf(refused.State), refused.Verdict, held.Reason, held.Reference, UrlOf(held.Reference))),
            Gate.Refused whole => (null, new IdentityRevision(null, AdmissionWorkflow.WordOf(RevisionState.Withdrawn), null, whole.Reason, whole.Reference, UrlOf(whole.Reference))),
            _ => ((Revision?)null, (IdentityRevision?)null),
        };
        var assessment = found is null ? null : await db.RevisionAssessments.AsNoTracking().FirstOrDefaultAsync(a => a.RevisionId == found.Id, cancellation).ConfigureAwait(false);
        return TypedResults.Ok(new IdentityView(
            "assay.identity/v1", repository.Kind.Singular(), repository.RepoId.ToString(),
            account is null ? null : new IdentityPublisher(account.Name, account.Kind == AccountKind.Organization ? "organization" : "user", account.CreatedAt),
            view, assessment is null ? null : ViewOf(assessment)));

        string? UrlOf(string? reference) => reference is null ? null : $"{PublicUrl.Of(http)}/v/{reference}";
    }

    private static IdentityAssessment ViewOf(RevisionAssessment assessment) =>
        new(assessment.Action, assessment.Target, assessment.Headline, assessment.Rules, assessment.At, JsonNode.Parse(assessment.ReasonsJson));
}
