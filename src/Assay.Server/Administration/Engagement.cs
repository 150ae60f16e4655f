using Assay.Hub.Engagement;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Assay.Server.Administration;

/// <summary>Traffic of repositories: what was counted, what followed from it, and lifting that.</summary>
internal static class Engagement
{
    private const int Days = 30;

    /// <summary>The traffic of a repository.</summary>
    /// <param name="Repository">Such as <c>ada/tiny</c>.</param>
    /// <param name="Kind">model, dataset or space.</param>
    /// <param name="Consequence">none, discount (nothing is credited), review (and a person looks), pause (out of lists and search) or hold (not served).</param>
    /// <param name="Reasons">Why, one sentence each.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="ReviewDue">When a person should have looked; null while nobody has to.</param>
    /// <param name="Reference">Reference of the pause or hold.</param>
    /// <param name="ClearedAt">When a person last found nothing wrong.</param>
    /// <param name="Requests">Counted requests since it exists; they cost nothing to make.</param>
    /// <param name="Downloads">Credited downloads of the last 30 days.</param>
    /// <param name="DownloadsAllTime">Credited downloads since it exists.</param>
    /// <param name="TrendingScore">What it is ranked by.</param>
    /// <param name="Days">Days that are settled, the newest first; empty in lists.</param>
    internal sealed record EngagementView(
        string Repository, string Kind, string Consequence, IReadOnlyList<string> Reasons, DateTimeOffset? Since, DateTimeOffset? ReviewDue, string? Reference, DateTimeOffset? ClearedAt,
        long Requests, long Downloads, long DownloadsAllTime, double TrendingScore, IReadOnlyList<DayView> Days)
    {
        /// <summary>Of a case.</summary>
        public static EngagementView Of(EngagementCase one, IReadOnlyList<DayView> days) => new(
            one.Repository.RepoId.ToString(), one.Repository.Kind.Singular(), one.Word, one.Reasons, one.Record.Since, one.Record.ReviewDue, one.Repository.HoldReference, one.Record.ClearedAt,
            one.Repository.Requests, one.Repository.Downloads, one.Repository.DownloadsAllTime, one.Repository.TrendingScore, days);
    }

    /// <summary>What was counted on one day.</summary>
    /// <param name="Day">When it began (UTC).</param>
    /// <param name="Requests">Counted requests.</param>
    /// <param name="Networks">Distinct networks among them, to about 2 %.</param>
    /// <param name="Payloads">Networks and accounts that received the weights.</param>
    /// <param name="SignedIn">Accounts among these.</param>
    /// <param name="Credited">Payloads that count; negative where credit was taken back.</param>
    /// <param name="Identities">Networks and accounts, known for 30 days, that received the weights for the first time.</param>
    internal sealed record DayView(DateTimeOffset Day, long Requests, long Networks, long Payloads, long SignedIn, double Credited, double Identities)
    {
        /// <summary>Of a day.</summary>
        public static DayView Of(EngagementDay day) => new(
            DateTimeOffset.UnixEpoch.AddDays(day.Day), day.Requests, (long)Math.Round(NetworkSketch.Of(day.Networks).Estimate), day.Payloads, day.SignedIn, Math.Round(day.Credited, 2), Math.Round(day.Identities, 2));
    }

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/engagement").WithTags("Engagement");
        routes.MapGet("", static async (HttpContext http, HubDb db) => TypedResults.Ok((await EngagementReview.WaitingAsync(db, http.RequestAborted).ConfigureAwait(false)).Select(static c => EngagementView.Of(c, [])).ToList()))
            .For(ApiAccess.Reviewers, "ListEngagement", "Repositories whose traffic a person should look at, the one that is due first at the start.");
        routes.MapGet("/{kind}/{owner}/{name}", GetAsync).For(ApiAccess.Reviewers, "GetEngagement", "The traffic of a repository, by day, and what follows from it.");
        routes.MapPost("/{kind}/{owner}/{name}/release", ReleaseAsync)
            .For(ApiAccess.Reviewers, "ReleaseEngagement", "A person found nothing wrong: the repository is served, listed and credited again.").ProducesProblem(409);
    }

    private static async Task<Results<Ok<EngagementView>, ProblemHttpResult>> GetAsync(string kind, string owner, string name, HttpContext http, HubDb db)
    {
        if (await Revisions.FindAsync(db, kind, owner + "/" + name, http.RequestAborted).ConfigureAwait(false) is not { } repository)
            return ApiGate.Problem(404, "There is no such repository.");
        var one = await EngagementReview.FindAsync(db, repository, http.RequestAborted).ConfigureAwait(false) ?? new EngagementCase(repository, new EngagementRecord { RepositoryId = repository.Id });
        var days = await EngagementReview.DaysAsync(db, repository.Id, Days, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(EngagementView.Of(one, [.. days.Select(DayView.Of)]));
    }

    private static async Task<Results<Ok<Revisions.DecidedView>, ProblemHttpResult>> ReleaseAsync(string kind, string owner, string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, EngagementReview review)
    {
        if (Revisions.ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        if (await Revisions.FindAsync(db, kind, owner + "/" + name, http.RequestAborted).ConfigureAwait(false) is not { } repository)
            return ApiGate.Problem(404, "There is no such repository.");
        return Revisions.Answer(http, await review.ReleaseAsync(repository.Id, RequestPrincipal.Of(http), body.Reason!, http.RequestAborted).ConfigureAwait(false));
    }
}
