using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Pipelines that publish without a stored secret: which ones a repository trusts, the exchange of their identity tokens, and their runs.</summary>
internal static class Pipelines
{
    /// <summary>An identity token to exchange.</summary>
    /// <param name="Token">The token that the code host gave to the run.</param>
    /// <param name="Repository">The repository to publish to: <c>ada/tiny</c>, <c>datasets/ada/rows</c>.</param>
    internal sealed record ExchangeRequest(string? Token, string? Repository);

    /// <summary>A token of this hub.</summary>
    /// <param name="Token">The token. It is not kept and not shown again.</param>
    /// <param name="ExpiresAt">When it ends.</param>
    internal sealed record ExchangedToken(string Token, DateTimeOffset ExpiresAt);

    /// <summary>A trust.</summary>
    /// <param name="Id">Permanent id.</param>
    /// <param name="Issuer">Address of the issuer.</param>
    /// <param name="Repository">Name of the repository at the code host.</param>
    /// <param name="RepositoryId">Its number there.</param>
    /// <param name="OwnerId">Its owner's number there.</param>
    /// <param name="Workflow">Path of the pipeline's file.</param>
    /// <param name="Ref">The ref that it must run on; null for any branch or tag.</param>
    /// <param name="Environment">The environment that it must run in; null for any.</param>
    /// <param name="CreatedAt">When it was set up.</param>
    /// <param name="CreatedBy">Who did it.</param>
    internal sealed record TrustView(string Id, string Issuer, string Repository, string RepositoryId, string OwnerId, string Workflow, string? Ref, string? Environment, DateTimeOffset CreatedAt, string CreatedBy)
    {
        /// <summary>Of a trust.</summary>
        public static TrustView Of(TrustedPublisher trust) =>
            new(trust.Id, trust.Issuer, trust.SourceRepository, trust.SourceRepositoryId, trust.SourceOwnerId, trust.Workflow, trust.SourceRef, trust.Environment, trust.CreatedAt, trust.CreatedBy);
    }

    /// <summary>A trust to be.</summary>
    /// <param name="Issuer">Address of the issuer, or github, gitlab.</param>
    /// <param name="Repository">Name of the repository at the code host.</param>
    /// <param name="RepositoryId">Its number there.</param>
    /// <param name="OwnerId">Its owner's number there.</param>
    /// <param name="Workflow">Path of the pipeline's file.</param>
    /// <param name="Ref">The ref that it must run on; null for any branch or tag.</param>
    /// <param name="Environment">The environment that it must run in; null for any.</param>
    internal sealed record TrustRequest(string? Issuer, string? Repository, string? RepositoryId, string? OwnerId, string? Workflow, string? Ref, string? Environment);

    /// <summary>A run.</summary>
    /// <param name="Repository">The code host's repository.</param>
    /// <param name="Number">The code host's number of the run.</param>
    /// <param name="Url">Its address.</param>
    /// <param name="Commit">The commit that it ran on.</param>
    /// <param name="Ref">The ref.</param>
    /// <param name="Workflow">Path of the pipeline's file.</param>
    /// <param name="Actor">Who started it.</param>
    /// <param name="At">When it was given its token.</param>
    internal sealed record RunView(string Repository, string Number, string Url, string Commit, string Ref, string Workflow, string Actor, DateTimeOffset At);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/oidc/exchange", ExchangeAsync).WithTags("Pipelines").For(ApiAccess.Anybody, "ExchangeToken", "Exchanges the identity token of a pipeline's run for a token of 15 minutes for one repository.").ProducesProblem(403);
        api.MapGet("/revisions/{revision}/run", RunAsync).WithTags("Pipelines").For(ApiAccess.Anybody, "GetRun", "The run of a pipeline that pushed a revision.");
        var trusts = api.MapGroup("/repositories/{kind}/{owner}/{name}/trusts").WithTags("Pipelines");
        trusts.MapGet("", ListAsync).For(ApiAccess.SignedIn, "ListTrusts", "Pipelines that may publish to a repository, for its maintainers.");
        trusts.MapPost("", TrustAsync).For(ApiAccess.SignedIn, "TrustPipeline", "Lets a pipeline publish to a repository, in your name.").ProducesProblem(403);
        trusts.MapDelete("/{id}", EndAsync).For(ApiAccess.SignedIn, "EndTrust", "Ends a trust, and the tokens that it gave.").ProducesProblem(403);
    }

    private static async Task<Results<Ok<ExchangedToken>, ProblemHttpResult>> ExchangeAsync(ExchangeRequest body, HttpContext http, TokenExchange exchange)
    {
        var path = (body.Repository ?? "").Split('/');
        var kind = path.Length == 3 ? RepoKinds.Parse(path[0]) : RepoKind.Model;
        if (string.IsNullOrEmpty(body.Token) || kind is not { } wanted || path.Length is not (2 or 3) || !RepoId.TryParse(string.Join('/', path[^2..]), out var id))
            return ApiGate.Problem(400, "Give the identity token, and the repository to publish to: ada/tiny, or datasets/ada/rows.");
        return await exchange.ExchangeAsync(body.Token, wanted, id, http.RequestAborted).ConfigureAwait(false) switch
        {
            ExchangeOutcome.Done done => TypedResults.Ok(new ExchangedToken(done.Secret, done.ExpiresAt)),
            ExchangeOutcome.Refused refused => ApiGate.Problem(403, refused.Message),
            _ => throw new InvalidOperationException("There is no other outcome."),
        };
    }

    private static async Task<Results<Ok<RunView>, ProblemHttpResult>> RunAsync(string revision, HttpContext http, HubDb db)
    {
        var who = RequestPrincipal.Of(http);
        if (!Guid.TryParse(revision, out var id)
            || await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, http.RequestAborted).ConfigureAwait(false) is not { RunId: { } runId } found
            || await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == found.RepositoryId, http.RequestAborted).ConfigureAwait(false) is not { } repository
            || !AccessRules.Allows(who, found.State == Hub.Admission.RevisionState.Admitted ? HubAction.ReadMetadata : HubAction.ReadUnserved, RepositoryAccess.Of(repository))
            || await db.PipelineRuns.AsNoTracking().FirstOrDefaultAsync(r => r.Id == runId, http.RequestAborted).ConfigureAwait(false) is not { } run)
            return ApiGate.Problem(404, "There is no such revision that a pipeline pushed, or you may not see it.");
        return TypedResults.Ok(new RunView(run.SourceRepository, run.Number, run.Url, run.SourceCommit, run.SourceRef, run.Workflow, run.Actor, run.At));
    }

    private static async Task<Results<Ok<IReadOnlyList<TrustView>>, ProblemHttpResult>> ListAsync(string kind, string owner, string name, HttpContext http, HubDb db)
    {
        if (await FindAsync(db, kind, owner, name, http).ConfigureAwait(false) is not { } repository)
            return Missing();
        var trusts = await db.TrustedPublishers.AsNoTracking().Where(t => t.RepositoryId == repository.Id && t.EndedAt == null).OrderBy(static t => t.CreatedAt).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<TrustView>>(trusts.ConvertAll(TrustView.Of));
    }

    private static async Task<Results<Ok<TrustView>, ProblemHttpResult>> TrustAsync(string kind, string owner, string name, TrustRequest body, HttpContext http, HubDb db, TokenExchange exchange)
    {
        var who = RequestPrincipal.Of(http);
        if (await FindAsync(db, kind, owner, name, http).ConfigureAwait(false) is not { } repository)
            return Missing();
        // A token with limits would make one that outlives it.
        if (who.Token is { Role: not TokenRole.Write })
            return ApiGate.Problem(403, "A token with limits cannot set up trusts. Sign in with your password, or use a token with write access.");
        var wanted = new NewTrust(body.Issuer ?? "", body.Repository ?? "", body.RepositoryId ?? "", body.OwnerId ?? "", body.Workflow ?? "", body.Ref, body.Environment);
        return await exchange.TrustAsync(who, who.UserId!, repository, wanted, http.RequestAborted).ConfigureAwait(false) switch
        {
            TrustOutcome.Done done => TypedResults.Ok(TrustView.Of(done.Trust)),
            TrustOutcome.Invalid invalid => ApiGate.Problem(400, invalid.Message),
            _ => throw new InvalidOperationException("There is no other outcome."),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(string kind, string owner, string name, string id, HttpContext http, HubDb db, TokenExchange exchange) =>
        await FindAsync(db, kind, owner, name, http).ConfigureAwait(false) is { } repository && await exchange.EndAsync(RequestPrincipal.Of(http), repository, id, http.RequestAborted).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : Missing();

    private static async Task<Repository?> FindAsync(HubDb db, string kind, string owner, string name, HttpContext http) =>
        RepoKinds.Parse(kind) is { } parsed && RepoId.TryParse($"{owner}/{name}", out var id)
        && await RepositoryRegistry.FindAsync(db, parsed, id, http.RequestAborted).ConfigureAwait(false) is { } repository
        && AccessRules.Allows(RequestPrincipal.Of(http), HubAction.Manage, RepositoryAccess.Of(repository))
            ? repository
            : null;

    private static ProblemHttpResult Missing() => ApiGate.Problem(404, "There is no such repository or trust, or you may not configure it.");
}
