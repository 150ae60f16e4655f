using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Assay.Server.Administration;

/// <summary>Taking whole repositories back.</summary>
internal static class Withdrawals
{
    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/repositories/{kind}/{owner}/{name}").WithTags("Repositories");
        routes.MapPost("/withdraw", static (string kind, string owner, string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission) =>
                SetAsync(kind, owner, name, withdraw: true, body, http, db, admission))
            .For(ApiAccess.Administrators, "WithdrawRepository", "Takes a whole repository back: nothing of it is served any more.").ProducesProblem(409);
        routes.MapPost("/restore", static (string kind, string owner, string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission) =>
                SetAsync(kind, owner, name, withdraw: false, body, http, db, admission))
            .For(ApiAccess.Administrators, "RestoreRepository", "Serves a withdrawn repository again.").ProducesProblem(409);
    }

    private static async Task<Results<Ok<Revisions.DecidedView>, ProblemHttpResult>> SetAsync(
        string kind, string owner, string name, bool withdraw, Revisions.ReasonRequest body, HttpContext http, HubDb db, AdmissionWorkflow admission)
    {
        if (Revisions.ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        if (await Revisions.FindAsync(db, kind, owner + "/" + name, http.RequestAborted).ConfigureAwait(false) is not { } repository)
            return ApiGate.Problem(404, "There is no such repository.");
        return Revisions.Answer(http, await admission.SetWithdrawnAsync(repository.Id, withdraw, RequestPrincipal.Of(http), body.Reason!, http.RequestAborted).ConfigureAwait(false));
    }
}
