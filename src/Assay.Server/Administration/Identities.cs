using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Who published a repository, and whether it passes itself off as another; the names that are protected or held, and what is said against decisions.</summary>
internal static class Identities
{
    private const int MaxRows = 500;
    private const int MaxList = 2000;
    private const int MaxName = 200;
    private const int MaxReason = 1000;

    /// <summary>What is known of who published a repository.</summary>
    /// <param name="Schema"><c>assay.identity/v1</c>.</param>
    /// <param name="Repository">Such as <c>ada/tiny</c>.</param>
    /// <param name="Kind">model, dataset or space.</param>
    /// <param name="Revision">The revision that is served, or refused where none is; null where there is none.</param>
    /// <param name="Publisher">Its publisher.</param>
    /// <param name="Assessment">What the assessor says of the revision; null where it has not been asked.</param>
    internal sealed record IdentityView(string Schema, string Repository, string Kind, IdentityRevision? Revision, IdentityPublisher Publisher, IdentityAssessment? Assessment);

    /// <summary>The revision that an identity is about.</summary>
    /// <param name="Commit">40 hexadecimal digits; null where it is not served and the caller may not know it.</param>
    /// <param name="State">received, vetting, admitted, quarantined, rejected or withdrawn.</param>
    /// <param name="Verdict">clean, incomplete, suspicious or malicious; null while it is being checked.</param>
    /// <param name="Reason">The reason in force.</param>
    /// <param name="Reference">Reference of the decision in force.</param>
    /// <param name="ReportUrl">Address of the page of that.</param>
    internal sealed record IdentityRevision(string? Commit, string State, string? Verdict, string? Reason, string? Reference, string? ReportUrl);

    /// <summary>A publisher.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="Kind">user or organization; null where the account is gone.</param>
    /// <param name="Since">When the account was registered; null where it is gone.</param>
    /// <param name="Held">Whether the name waits for a reviewer.</param>
    /// <param name="HeldBecause">Why; null when it does not.</param>
    /// <param name="Level">Its level, 0 (new) to 4 (proves a domain and signs); null where the account is gone.</param>
    /// <param name="Proof">What that level means for it, in words.</param>
    internal sealed record IdentityPublisher(string Name, string? Kind, DateTimeOffset? Since, bool Held, string? HeldBecause, int? Level, string? Proof);

    /// <summary>What the assessor says.</summary>
    /// <param name="Action">allow, label, warn, hold or block.</param>
    /// <param name="Headline">One sentence.</param>
    /// <param name="Target">The genuine repository that it is like; null when it is like none.</param>
    /// <param name="Reasons">All reasons, those that speak for it included; the heaviest first.</param>
    /// <param name="Rules">Version of rules and weights.</param>
    /// <param name="At">When.</param>
    internal sealed record IdentityAssessment(string Action, string Headline, string? Target, IReadOnlyList<IdentityReason> Reasons, string Rules, DateTimeOffset At);

    /// <summary>A reason.</summary>
    /// <param name="Code">Stable code: <c>card-copied</c>.</param>
    /// <param name="Group">rule, resemblance, explanation, danger or circumstance.</param>
    /// <param name="Text">A sentence.</param>
    /// <param name="Evidence">What it rests on; null where the sentence says all.</param>
    /// <param name="Weight">What it adds to the sum, in natural-log units; negative where it explains.</param>
    /// <param name="Confidence">medium, high or proven.</param>
    internal sealed record IdentityReason(string Code, string Group, string Text, string? Evidence, double Weight, string Confidence);

    /// <summary>A name that operators protect.</summary>
    /// <param name="Name">A repository, or a brand.</param>
    /// <param name="Handles">Namespaces of the brand.</param>
    /// <param name="Words">Words by which people know it.</param>
    /// <param name="Domains">Its domains.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="By">Who did it.</param>
    /// <param name="At">When.</param>
    internal sealed record ProtectedView(string Name, IReadOnlyList<string> Handles, IReadOnlyList<string> Words, IReadOnlyList<string> Domains, string Reason, string By, DateTimeOffset At)
    {
        /// <summary>Of a name.</summary>
        public static ProtectedView Of(ProtectedName name) => new(name.Name, Split(name.Handles), Split(name.Words), Split(name.Domains), name.Reason, name.By, name.At);

        private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>A name to be protected.</summary>
    /// <param name="Handles">Namespaces of a brand; none for a repository.</param>
    /// <param name="Words">Words by which people know it.</param>
    /// <param name="Domains">Its domains.</param>
    /// <param name="Reason">Why, for those who ask later.</param>
    internal sealed record ProtectionRequest(IReadOnlyList<string>? Handles, IReadOnlyList<string>? Words, IReadOnlyList<string>? Domains, string? Reason);

    /// <summary>A name that waits for a reviewer.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="Kind">user or organization.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="Revisions">How many revisions of it are held back.</param>
    internal sealed record HeldName(string Name, string Kind, string Reason, DateTimeOffset Since, int Revisions);

    /// <summary>A name that may be used from now on.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="Revisions">How many revisions are vetted again.</param>
    internal sealed record ReleasedName(string Name, int Revisions);

    /// <summary>Something that is said against a decision.</summary>
    /// <param name="Subject">Reference of the decision, or the name that is held.</param>
    /// <param name="Text">Why it is wrong.</param>
    internal sealed record AppealRequest(string? Subject, string? Text);

    /// <summary>An appeal that is open.</summary>
    /// <param name="Subject">Reference of the decision, or the name that is held.</param>
    /// <param name="Repository">What the decision is about; null for a name.</param>
    /// <param name="Revision">Its revision; null for a name.</param>
    /// <param name="State">The state of that.</param>
    /// <param name="By">Who appeals.</param>
    /// <param name="Text">What is said.</param>
    /// <param name="At">When.</param>
    internal sealed record AppealView(string Subject, string? Repository, Guid? Revision, string? State, string By, string Text, DateTimeOffset At);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Identity");
        routes.MapGet("/identity/{kind}/{owner}/{name}", GetAsync).For(ApiAccess.Anybody, "GetIdentity", "Who published a repository, and whether it passes itself off as another; of a branch, tag or commit with ?revision=.");
        routes.MapGet("/protected-names", static async (HttpContext http, HubDb db) =>
                TypedResults.Ok<IReadOnlyList<ProtectedView>>((await db.ProtectedNames.AsNoTracking().OrderBy(static n => n.Name).ToListAsync(http.RequestAborted).ConfigureAwait(false)).ConvertAll(ProtectedView.Of)))
            .For(ApiAccess.Administrators, "ListProtectedNames", "Names that operators protect, beside those that ship with Assay.");
        routes.MapPut("/protected-names/{**name}", ProtectAsync).For(ApiAccess.Administrators, "ProtectName", "Protects a repository (owner/name) or a brand: what is like it is looked at.");
        routes.MapDelete("/protected-names/{**name}", UnprotectAsync).For(ApiAccess.Administrators, "UnprotectName", "Ends the protection of a name.").Produces(204);
        routes.MapGet("/held-names", static async (HttpContext http, HubDb db) => TypedResults.Ok(await HeldNamesAsync(db, http.RequestAborted).ConfigureAwait(false)))
            .For(ApiAccess.Reviewers, "ListHeldNames", "Names of accounts that wait for a reviewer, the oldest first.");
        routes.MapPost("/held-names/{name}/release", ReleaseAsync).For(ApiAccess.Reviewers, "ReleaseName", "Lets an account use its name, with a reason; what was held back because of it is vetted again.");
        routes.MapGet("/appeals", static async (HttpContext http, HubDb db) => TypedResults.Ok(await OpenAppealsAsync(db, http.RequestAborted).ConfigureAwait(false)))
            .For(ApiAccess.Reviewers, "ListAppeals", "Appeals that nobody has answered yet, the oldest first.");
        routes.MapPost("/appeals", AppealAsync).For(ApiAccess.SignedIn, "Appeal", "Says that a decision about something of one's own, or the holding of one's name, is a mistake.").ProducesProblem(409);
    }

    /// <summary>The names that wait, the oldest first.</summary>
    public static async Task<IReadOnlyList<HeldName>> HeldNamesAsync(HubDb db, CancellationToken cancellation)
    {
        var rows = await db.Accounts.AsNoTracking().Where(static a => a.NameHeld != null).OrderBy(static a => a.CreatedAt).Take(MaxRows)
            .Select(a => new { Account = a, Revisions = db.Revisions.Count(r => r.State == RevisionState.Quarantined && db.Repositories.Any(p => p.Id == r.RepositoryId && p.OwnerId == a.Id)) })
            .ToListAsync(cancellation).ConfigureAwait(false);
        return rows.ConvertAll(static r => new HeldName(r.Account.Name, r.Account.Kind == AccountKind.Organization ? "organization" : "user", r.Account.NameHeld!, r.Account.CreatedAt, r.Revisions));
    }

    /// <summary>The appeals that nobody has answered yet, the oldest first.</summary>
    public static async Task<IReadOnlyList<AppealView>> OpenAppealsAsync(HubDb db, CancellationToken cancellation)
    {
        var appeals = await db.Appeals.AsNoTracking().Where(static a => a.ClosedAt == null).OrderBy(static a => a.At).Take(MaxRows).ToListAsync(cancellation).ConfigureAwait(false);
        var subjects = appeals.ConvertAll(static a => a.Subject);
        var about = await db.RevisionDecisions.AsNoTracking().Where(d => subjects.Contains(d.Reference))
            .Join(db.Revisions, static d => d.RevisionId, static r => r.Id, static (decision, revision) => new { decision.Reference, Revision = revision })
            .Join(db.Repositories, static r => r.Revision.RepositoryId, static p => p.Id, static (r, p) => new { r.Reference, r.Revision, Repository = p })
            .ToDictionaryAsync(static r => r.Reference, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        return appeals.ConvertAll(a => about.GetValueOrDefault(a.Subject) is { } of
            ? new AppealView(a.Subject, of.Repository.WebPath, of.Revision.Id, AdmissionWorkflow.WordOf(of.Revision.State), a.By, a.Text, a.At)
            : new AppealView(a.Subject, null, null, null, a.By, a.Text, a.At));
    }

    private static async Task<Results<Ok<IdentityView>, ProblemHttpResult>> GetAsync(string kind, string owner, string name, string? revision, HttpContext http, HubDb db, StandingReader standings)
    {
        var cancellation = http.RequestAborted;
        if (await Revisions.FindAsync(db, kind, owner + "/" + name, cancellation).ConfigureAwait(false) is not { } repository
            || !AccessRules.Allows(RequestPrincipal.Of(http), HubAction.ReadMetadata, RepositoryAccess.Of(repository)))
        {
            return ApiGate.Problem(404, "There is no such repository, or you may not see it.");
        }

        Revision? about;
        switch (await RevisionGate.OpenAsync(db, repository, revision ?? RefName.Main, cancellation).ConfigureAwait(false))
        {
            case Gate.Served served:
                about = served.Revision;
                break;
            case Gate.Refused refused:
                // Of a repository that was withdrawn as a whole, what was served is meant.
                about = refused.Revision ?? await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.CommitId == repository.ServedCommit).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
                break;
            default:
                if (revision is not null)
                    return ApiGate.Problem(404, "There is no such revision.");
                about = null;
                break;
        }

        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == repository.OwnerId, cancellation).ConfigureAwait(false);
        var standing = account is null ? null : await standings.ReadAsync(db, account, cancellation).ConfigureAwait(false);
        var assessment = about is null ? null : await db.RevisionAssessments.AsNoTracking().FirstOrDefaultAsync(a => a.RevisionId == about.Id, cancellation).ConfigureAwait(false);
        var isWhole = repository.WithdrawnAt is not null;
        var reference = isWhole ? repository.WithdrawnReference : about?.Reference;
        return TypedResults.Ok(new IdentityView(
            "assay.identity/v1",
            repository.RepoId.ToString(),
            repository.Kind.Singular(),
            about is null ? null : new IdentityRevision(
                about.State == RevisionState.Admitted || RevisionGate.MaySeeUnserved(RequestPrincipal.Of(http), repository) ? about.CommitId : null, AdmissionWorkflow.WordOf(isWhole ? RevisionState.Withdrawn : about.State), about.Verdict, isWhole ? repository.WithdrawnReason : about.Reason, reference, reference is null ? null : $"{PublicUrl.Of(http)}/v/{reference}"),
            new IdentityPublisher(repository.Namespace, account is null ? null : account.Kind == AccountKind.Organization ? "organization" : "user", account?.CreatedAt, account?.NameHeld is not null, account?.NameHeld, (int?)standing?.Level, standing is null ? null : string.Join("; ", standing.Words)),
            assessment is null ? null : new IdentityAssessment(
                assessment.Action, assessment.Headline, assessment.Target,
                [.. assessment.ReadReasons().Select(static r => new IdentityReason(r.Code, Word(r.Group), r.Text, r.Evidence, r.Weight, Word(r.Confidence)))],
                assessment.Rules, assessment.At)));
    }

    private static async Task<Results<Ok<ProtectedView>, ProblemHttpResult>> ProtectAsync(string name, ProtectionRequest body, HttpContext http, IdentityDesk desk, TimeProvider clock)
    {
        if (Listed(body.Handles) is not { } handles || Listed(body.Words) is not { } words || Listed(body.Domains) is not { } domains)
            return ApiGate.Problem(400, $"Handles, words and domains are lists of texts without commas, each list of at most {MaxList} characters.");
        if (string.IsNullOrWhiteSpace(body.Reason) || body.Reason.Length > MaxReason)
            return ApiGate.Problem(400, $"Give a reason of up to {MaxReason} characters, so that those who ask later understand why it is protected.");
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxName)
            return ApiGate.Problem(400, $"A name has at most {MaxName} characters.");
        var wanted = new ProtectedName { Name = name, Handles = handles, Words = words, Domains = domains, Reason = body.Reason.Trim(), By = RequestPrincipal.Of(http).Name, At = clock.GetUtcNow() };
        return await desk.ProtectAsync(RequestPrincipal.Of(http), wanted, http.RequestAborted).ConfigureAwait(false) is { } problem ? ApiGate.Problem(400, problem) : TypedResults.Ok(ProtectedView.Of(wanted));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnprotectAsync(string name, HttpContext http, IdentityDesk desk) =>
        await desk.UnprotectAsync(RequestPrincipal.Of(http), name, http.RequestAborted).ConfigureAwait(false) ? TypedResults.NoContent() : ApiGate.Problem(404, "No operator protects this name.");

    private static async Task<Results<Ok<ReleasedName>, ProblemHttpResult>> ReleaseAsync(string name, Revisions.ReasonRequest body, HttpContext http, IdentityDesk desk)
    {
        if (Revisions.ReasonProblem(body.Reason) is { } problem)
            return ApiGate.Problem(400, problem);
        return await desk.ReleaseNameAsync(RequestPrincipal.Of(http), name, body.Reason!.Trim(), http.RequestAborted).ConfigureAwait(false) is { } count
            ? TypedResults.Ok(new ReleasedName(name, count))
            : ApiGate.Problem(404, "There is no such account, or its name is not held.");
    }

    private static async Task<Results<Created, ProblemHttpResult>> AppealAsync(AppealRequest body, HttpContext http, IdentityDesk desk) =>
        await desk.AppealAsync(RequestPrincipal.Of(http), body.Subject ?? "", body.Text ?? "", http.RequestAborted).ConfigureAwait(false) is { } refusal
            ? ApiGate.Problem(refusal.Problem switch { AppealProblem.Text => 400, AppealProblem.Open => 409, _ => 404 }, refusal.Message)
            : TypedResults.Created(ApiGate.Root + "/appeals");

    // As the database keeps a list; null where it cannot be kept so.
    private static string? Listed(IReadOnlyList<string>? list)
    {
        var text = string.Join(',', list ?? []);
        return text.Length > MaxList || list?.Any(static t => t is null || t.Contains(',', StringComparison.Ordinal)) == true ? null : text;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
