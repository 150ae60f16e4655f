using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Publishers: what is proven of them, and what they and operators do about it.</summary>
internal static class Publishers
{
    /// <summary>What everybody may know of a publisher.</summary>
    /// <param name="Name">The account.</param>
    /// <param name="Id">Its permanent id, which records name.</param>
    /// <param name="Kind">user or organization.</param>
    /// <param name="Level">0 new, 1 known account, 2 established, 3 proven.</param>
    /// <param name="Badge">The level in a word or two, or what is proven.</param>
    /// <param name="Words">What was proven, and since when.</param>
    /// <param name="CreatedAt">When the account was registered.</param>
    /// <param name="FrozenAt">When it was frozen; null while it is not.</param>
    internal sealed record PublisherView(string Name, string Id, string Kind, int Level, string Badge, IReadOnlyList<string> Words, DateTimeOffset CreatedAt, DateTimeOffset? FrozenAt)
    {
        /// <summary>Of an account.</summary>
        public static PublisherView Of(Account account, PublisherStanding standing) =>
            new(account.Name, account.Id, account.Kind.ToString().ToLowerInvariant(), (int)standing.Level, standing.Badge, standing.Words, account.CreatedAt, account.FrozenAt);
    }

    /// <summary>A proof, for those whose account it is.</summary>
    /// <param name="Id">Permanent id.</param>
    /// <param name="Kind">dns, wellKnown, operator or oidc.</param>
    /// <param name="Subject">What is proven.</param>
    /// <param name="State">pending, valid, grace, lapsed, frozen, revoked or expired.</param>
    /// <param name="ChangedAt">When it came to its state.</param>
    /// <param name="ChangedBy">Who brought it there.</param>
    /// <param name="Reason">Why, where a person decided.</param>
    /// <param name="ValidSince">Since when it stands without a break.</param>
    /// <param name="LastCheckedAt">When it was last checked.</param>
    /// <param name="NextCheckAt">When it is checked next.</param>
    /// <param name="Evidence">What the last check saw.</param>
    /// <param name="Review">Why a person has to look at the domain before it counts; null where nobody has to.</param>
    /// <param name="Place">Where something has to be set or stay; null where nothing has.</param>
    /// <param name="Content">What: each line is a record of its own.</param>
    internal sealed record ProofView(
        string Id, string Kind, string Subject, string State, DateTimeOffset ChangedAt, string ChangedBy, string? Reason, DateTimeOffset? ValidSince, DateTimeOffset? LastCheckedAt, DateTimeOffset? NextCheckAt,
        string? Evidence, string? Review, string? Place, string? Content)
    {
        /// <summary>Of a proof.</summary>
        public static ProofView Of(PublisherProof proof, PublisherWorkflow workflow)
        {
            var record = workflow.RecordOf(proof);
            return new ProofView(proof.Id, PublisherWorkflow.WordOf(proof.Kind), proof.Subject, PublisherWorkflow.WordOf(proof.State), proof.ChangedAt, proof.ChangedBy, proof.Reason, proof.ValidSince,
                proof.LastCheckedAt, proof.NextCheckAt, proof.Evidence, proof.ReviewReason, record?.Place, record?.Content);
        }
    }

    /// <summary>A proof to be.</summary>
    /// <param name="Kind">dns or wellKnown.</param>
    /// <param name="Domain">The domain: <c>example.org</c>.</param>
    internal sealed record NewProof(string? Kind, string? Domain);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/publishers/{name}").WithTags("Publishers");
        routes.MapGet("", GetAsync).For(ApiAccess.Anybody, "GetPublisher", "What is proven of the one behind an account.");
        routes.MapGet("/proofs", ListAsync).For(ApiAccess.SignedIn, "ListProofs", "Proofs of an account, for its owners and for administrators.");
        routes.MapPost("/proofs", RequestAsync).For(ApiAccess.SignedIn, "RequestProof", "Asks for a proof of a domain; the answer says what to set there.").ProducesProblem(403).ProducesProblem(409);
        routes.MapPost("/proofs/{id}/check", CheckAsync).For(ApiAccess.SignedIn, "CheckProof", "Checks a proof now.").ProducesProblem(403).ProducesProblem(409);
        routes.MapPost("/proofs/{id}/revoke", static (string name, string id, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow) =>
                DecideAsync(name, body, http, db, workflow, byOperator: false, (who, reason) => workflow.RevokeAsync(who, name, id, reason, http.RequestAborted)))
            .For(ApiAccess.SignedIn, "RevokeProof", "Ends a proof, with a reason.").ProducesProblem(403).ProducesProblem(409);
        routes.MapPost("/proofs/{id}/approve", static (string name, string id, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow) =>
                DecideAsync(name, body, http, db, workflow, byOperator: true, (who, reason) => workflow.ApproveAsync(who, name, id, reason, http.RequestAborted)))
            .For(ApiAccess.Administrators, "ApproveProof", "Lets a domain pass whose name is like another's, with a reason.").ProducesProblem(409);
        routes.MapPost("/vouch", static (string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow) =>
                DecideAsync(name, body, http, db, workflow, byOperator: true, (who, reason) => workflow.VouchAsync(who, name, reason, http.RequestAborted)))
            .For(ApiAccess.Administrators, "VouchForPublisher", "Vouches for an account in the name of this hub's operators; readers see the reason.").ProducesProblem(409);
        routes.MapPost("/freeze", static (string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow, StandingReader standings) =>
                SetFrozenAsync(name, body, http, db, standings, workflow.FreezeAsync))
            .For(ApiAccess.Administrators, "FreezePublisher", "Takes nothing new in from an account that may be in other hands.").ProducesProblem(409);
        routes.MapPost("/thaw", static (string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow, StandingReader standings) =>
                SetFrozenAsync(name, body, http, db, standings, workflow.ThawAsync))
            .For(ApiAccess.Administrators, "ThawPublisher", "Gives a frozen account back to its owner.").ProducesProblem(409);
    }

    /// <summary>Finds an account of either kind; disabled ones are nobody's.</summary>
    internal static Task<Account?> FindAsync(HubDb db, string name, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        return db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && !a.IsDisabled, cancellation);
    }

    /// <summary>Whether somebody may speak for an account: its owners, with a token that is not limited, and administrators.</summary>
    internal static bool SpeaksFor(Principal who, Account account) =>
        AccessRules.Allows(who, HubAction.Administer, null) || (AccessRules.RoleOf(who, account.Id) == MemberRole.Owner && who.Token is null or { Role: TokenRole.Write });

    private static async Task<Results<Ok<PublisherView>, ProblemHttpResult>> GetAsync(string name, HttpContext http, HubDb db, StandingReader standings) =>
        await FindAsync(db, name, http.RequestAborted).ConfigureAwait(false) is { } account
            ? TypedResults.Ok(PublisherView.Of(account, await standings.ReadAsync(db, account, http.RequestAborted).ConfigureAwait(false)))
            : Missing();

    private static async Task<Results<Ok<IReadOnlyList<ProofView>>, ProblemHttpResult>> ListAsync(string name, HttpContext http, HubDb db, PublisherWorkflow workflow)
    {
        if (await FindAsync(db, name, http.RequestAborted).ConfigureAwait(false) is not { } account || !SpeaksFor(RequestPrincipal.Of(http), account))
            return Missing();
        var proofs = await db.PublisherProofs.AsNoTracking().Where(p => p.AccountId == account.Id).OrderBy(static p => p.RequestedAt).ThenBy(static p => p.Id).Take(1000).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<ProofView>>(proofs.ConvertAll(p => ProofView.Of(p, workflow)));
    }

    private static async Task<Results<Ok<ProofView>, ProblemHttpResult>> RequestAsync(string name, NewProof body, HttpContext http, HubDb db, PublisherWorkflow workflow)
    {
        if (await RefusalAsync(name, http, db).ConfigureAwait(false) is { } refusal)
            return refusal;
        if (body.Kind is not ("dns" or "wellKnown") || string.IsNullOrWhiteSpace(body.Domain))
            return ApiGate.Problem(400, "Give a kind, dns or wellKnown, and a domain.");
        var kind = body.Kind == "dns" ? ProofKind.Dns : ProofKind.WellKnown;
        return Answer(await workflow.RequestAsync(RequestPrincipal.Of(http), name, kind, body.Domain, http.RequestAborted).ConfigureAwait(false), workflow);
    }

    private static async Task<Results<Ok<ProofView>, ProblemHttpResult>> CheckAsync(string name, string id, HttpContext http, HubDb db, PublisherWorkflow workflow) =>
        await RefusalAsync(name, http, db).ConfigureAwait(false) is { } refusal ? refusal : Answer(await workflow.CheckAsync(RequestPrincipal.Of(http), name, id, http.RequestAborted).ConfigureAwait(false), workflow);

    private static async Task<Results<Ok<ProofView>, ProblemHttpResult>> DecideAsync(
        string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, PublisherWorkflow workflow, bool byOperator, Func<Principal, string, Task<ProofOutcome>> decide)
    {
        if (!byOperator && await RefusalAsync(name, http, db).ConfigureAwait(false) is { } refusal)
            return refusal;
        return Revisions.ReasonProblem(body.Reason) is { } problem ? ApiGate.Problem(400, problem) : Answer(await decide(RequestPrincipal.Of(http), body.Reason!.Trim()).ConfigureAwait(false), workflow);
    }

    private static async Task<Results<Ok<PublisherView>, ProblemHttpResult>> SetFrozenAsync(
        string name, Revisions.ReasonRequest body, HttpContext http, HubDb db, StandingReader standings, Func<Principal, string, string, CancellationToken, Task<AccountOutcome>> set)
    {
        if (Revisions.ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        return await set(RequestPrincipal.Of(http), name, body.Reason!.Trim(), http.RequestAborted).ConfigureAwait(false) switch
        {
            AccountOutcome.Done done => TypedResults.Ok(PublisherView.Of(done.Account, await standings.ReadAsync(db, done.Account, http.RequestAborted).ConfigureAwait(false))),
            AccountOutcome.Invalid invalid => ApiGate.Problem(409, invalid.Message),
            _ => Missing(),
        };
    }

    private static async Task<ProblemHttpResult?> RefusalAsync(string name, HttpContext http, HubDb db)
    {
        if (await FindAsync(db, name, http.RequestAborted).ConfigureAwait(false) is not { } account)
            return Missing();
        return SpeaksFor(RequestPrincipal.Of(http), account) ? null : ApiGate.Problem(403, $"Only owners of {account.Name} and administrators may do this, and only with a session or a token with write access.");
    }

    private static Results<Ok<ProofView>, ProblemHttpResult> Answer(ProofOutcome outcome, PublisherWorkflow workflow) => outcome switch
    {
        ProofOutcome.Done done => TypedResults.Ok(ProofView.Of(done.Proof, workflow)),
        ProofOutcome.Invalid invalid => ApiGate.Problem(400, invalid.Message),
        ProofOutcome.NotPossible not => ApiGate.Problem(409, not.Message),
        _ => ApiGate.Problem(404, "There is no such account or proof."),
    };

    private static ProblemHttpResult Missing() => ApiGate.Problem(404, "There is no such account, or you may not see this of it.");
}
