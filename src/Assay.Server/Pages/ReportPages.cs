using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Engagement;
using Assay.Hub.Identity;
using Assay.Hub.Repositories;
using Assay.Server.Administration;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Pages;

/// <summary>The page of a report.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Revision">The revision.</param>
/// <param name="Decision">The decision of the reference.</param>
/// <param name="Line">How the revision stands now.</param>
/// <param name="Report">What was found; null where there is no report.</param>
/// <param name="History">All decisions about the revision, the oldest first.</param>
/// <param name="InForce">The decision that took this one's place; null while this one is in force.</param>
/// <param name="CanDecide">Whether the reader may decide otherwise.</param>
/// <param name="Problem">What was wrong with the form that was sent; null when nothing was.</param>
public sealed record ReportModel(
    Repository Repository, Revision Revision, RevisionDecision Decision, StateLine Line, ReportPage? Report, IReadOnlyList<RevisionDecision> History, string? InForce, bool CanDecide, string? Problem)
{
    /// <summary>What is said of who published it; null where nothing was.</summary>
    public IdentityModel? Identity { get; init; }

    /// <summary>Open appeals, for those whom they concern.</summary>
    public IReadOnlyList<OpenAppeal> Appeals { get; init; } = [];

    /// <summary>Whether the reader may say that the decision is a mistake.</summary>
    public bool CanAppeal { get; init; }
}

/// <summary>The queue.</summary>
/// <param name="Rows">One for each cause.</param>
/// <param name="Done">Reference of the decision that was just made; null for none.</param>
/// <param name="Problem">What was wrong with the form that was sent; null when nothing was.</param>
/// <param name="Traffic">Repositories whose traffic is to be looked at, the one that is due first at the start.</param>
public sealed record QueueModel(IReadOnlyList<QueueCause> Rows, string? Done, string? Problem, IReadOnlyList<EngagementCase> Traffic)
{
    /// <summary>Names of accounts that wait.</summary>
    public IReadOnlyList<HeldNameItem> Names { get; init; } = [];

    /// <summary>Appeals against refusals.</summary>
    public IReadOnlyList<RefusalAppeal> Appeals { get; init; } = [];

    /// <summary>The name that was just released; null for none.</summary>
    public string? Released { get; init; }
}

/// <summary>A cause.</summary>
/// <param name="Cause">In words.</param>
/// <param name="Rule">The rule; null for none.</param>
/// <param name="Waiting">Since when the oldest waits.</param>
/// <param name="Items">What it holds back.</param>
public sealed record QueueCause(string Cause, string? Rule, DateTimeOffset Waiting, IReadOnlyList<QueueItem> Items);

/// <summary>A revision that waits.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="Kind">Kind of that.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="Author">Who pushed it.</param>
/// <param name="Reference">Reference of its report.</param>
/// <param name="ReceivedAt">When it arrived.</param>
/// <param name="Evidence">Files with what was found in them.</param>
/// <param name="OtherCauses">Causes besides this one.</param>
public sealed record QueueItem(Guid Id, string Repository, string Kind, string Commit, string Author, string? Reference, DateTimeOffset ReceivedAt, IReadOnlyList<(string? File, string? Rule, string? Detail)> Evidence, int OtherCauses)
{
    /// <summary>What its publisher says against it.</summary>
    public IReadOnlyList<OpenAppeal> Appeals { get; init; } = [];

    /// <summary>The address of its repository.</summary>
    public string Url => (Kind == "model" ? "/" : $"/{Kind}s/") + Repository;
}

/// <summary>Pages of reports and of the queue.</summary>
internal static class ReportPages
{
    /// <summary><c>/v/{reference}</c></summary>
    public static Task<IResult> ShowAsync(HubCall call) => ShowAsync(call, null);

    /// <summary>A decision from the page of a report.</summary>
    public static async Task<IResult> DecideHereAsync(HubCall call)
    {
        var (reference, problem, refusal) = await DecideAsync(call).ConfigureAwait(false);
        return refusal ?? (reference is not null ? PageSite.Redirect(call, "/v/" + reference) : await ShowAsync(call, problem).ConfigureAwait(false));
    }

    /// <summary><c>/queue</c></summary>
    public static Task<IResult> QueueAsync(HubCall call) => QueueAsync(call, null);

    /// <summary>A decision from the queue.</summary>
    public static async Task<IResult> DecideInQueueAsync(HubCall call)
    {
        var (reference, problem, refusal) = await DecideAsync(call).ConfigureAwait(false);
        return refusal ?? (reference is not null ? PageSite.Redirect(call, "/queue?done=" + reference) : await QueueAsync(call, problem).ConfigureAwait(false));
    }

    /// <summary>What the publisher says against a decision.</summary>
    public static async Task<IResult> AppealAsync(HubCall call)
    {
        if (!call.Who.IsSignedIn)
            return PageSite.Redirect(call, "/login?return=" + Uri.EscapeDataString("/v/" + call.Rest[1]));
        var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
        return await call.Get<IdentityDesk>().AppealAsync(call.Who, call.Rest[1], form["text"].ToString(), call.Cancellation).ConfigureAwait(false) is { } refusal
            ? await ShowAsync(call, refusal.Message).ConfigureAwait(false)
            : await LeaveAppealAsync(call).ConfigureAwait(false);
    }

    /// <summary>Back to the report.</summary>
    public static Task<IResult> LeaveAppealAsync(HubCall call) => Task.FromResult(PageSite.Redirect(call, $"/v/{Uri.EscapeDataString(call.Rest[1])}#mistake"));

    /// <summary>A reviewer lets an account use its name.</summary>
    public static async Task<IResult> ReleaseNameAsync(HubCall call)
    {
        if (Deny(call) is { } refusal)
            return refusal;
        var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
        var (name, reason) = (form["name"].ToString(), form["reason"].ToString());
        if (Revisions.ReasonProblem(reason) is { } problem)
            return await QueueAsync(call, problem).ConfigureAwait(false);
        return await call.Get<IdentityDesk>().ReleaseNameAsync(call.Who, name, reason.Trim(), call.Cancellation).ConfigureAwait(false) is null
            ? await QueueAsync(call, "There is no such account, or its name is not held any more.").ConfigureAwait(false)
            : PageSite.Redirect(call, "/queue?released=" + Uri.EscapeDataString(name));
    }

    /// <summary>Back to the queue.</summary>
    public static Task<IResult> LeaveNamesAsync(HubCall call) => Task.FromResult(PageSite.Redirect(call, "/queue"));

    private static async Task<IResult> ShowAsync(HubCall call, string? problem)
    {
        if (await ReportLookup.FindAsync(call.Db, call.Who, call.Rest[1], call.Cancellation).ConfigureAwait(false) is not { } file)
            return PageSite.Error(call, 404, "There is no report of this reference, or it is about a private repository. If you have access to it, sign in.");
        if (file.Decision.Reference != call.Rest[1])
            return PageSite.Redirect(call, "/v/" + file.Decision.Reference);
        var report = ReportPage.Read(file.ReadReport());
        var inForce = file.Repository.WithdrawnReference ?? file.Repository.HoldReference ?? file.Revision.Reference;
        var decidedBy = file.History.FirstOrDefault(d => d.Reference == inForce)?.DecidedBy;
        var canDecide = AccessRules.Allows(call.Who, HubAction.Review, RepositoryAccess.Of(file.Repository)) && file.Revision.State is RevisionState.Quarantined or RevisionState.Rejected or RevisionState.Admitted && Sessions.IsSession(call.Http);
        var sent = Sessions.IsSession(call.Http) && AccessRules.RoleOf(call.Who, file.Repository.OwnerId) >= MemberRole.Contributor;
        var references = file.History.Select(static d => d.Reference).ToArray();
        var appeals = !sent && !canDecide ? [] : await call.Db.Appeals.AsNoTracking().Where(a => a.ClosedAt == null && references.Contains(a.Subject)).OrderBy(static a => a.At).Select(static a => new OpenAppeal(a.Subject, a.By, a.Text, a.At)).ToListAsync(call.Cancellation).ConfigureAwait(false);
        return PageSite.Show<ReportView>(call, new ReportModel(
            file.Repository, file.Revision, file.Decision, StateLine.Of(file.Repository, file.Revision, decidedBy, report), report, file.History, inForce == file.Decision.Reference ? null : inForce, canDecide, problem)
        {
            Identity = await IdentityModel.ReadAsync(call, file.Repository, file.Revision).ConfigureAwait(false),
            Appeals = appeals,
            CanAppeal = sent && appeals.Count == 0 && inForce == file.Decision.Reference && file.Revision.State is (RevisionState.Quarantined or RevisionState.Rejected),
        }, problem is null ? 200 : 400);
    }

    private static async Task<IResult> QueueAsync(HubCall call, string? problem)
    {
        if (Deny(call) is { } refusal)
            return refusal;
        var rows = await ReviewQueue.ReadAsync(call.Db, call.Cancellation).ConfigureAwait(false);
        var names = await Identities.HeldNamesAsync(call.Db, call.Cancellation).ConfigureAwait(false);
        var appeals = await Identities.OpenAppealsAsync(call.Db, call.Cancellation).ConfigureAwait(false);
        var queued = rows.SelectMany(static r => r.Revisions).Select(static q => q.Revision.Id).ToHashSet();
        var done = call.Query("done") is { } reference && Hub.HubIds.IsReference(reference) ? reference : null;
        return PageSite.Show<QueueView>(call, new QueueModel(
            [.. rows.Select(r => new QueueCause(r.Cause, r.Rule, r.Waiting, [.. r.Revisions.Select(q => new QueueItem(
                q.Revision.Id, q.Revision.Repository, q.Revision.Kind, q.Revision.Commit, q.Revision.Author, q.Revision.Reference, q.Revision.ReceivedAt, [.. q.Evidence.Select(static e => (e.File, e.Rule, e.Detail))], q.OtherCauses)
                {
                    Appeals = [.. appeals.Where(a => a.Revision == q.Revision.Id).Select(Open)],
                })]))],
            done, problem, await EngagementReview.WaitingAsync(call.Db, call.Cancellation).ConfigureAwait(false))
        {
            Names = [.. names.Select(n => new HeldNameItem(n.Name, n.Kind, n.Reason, n.Since, n.Revisions, appeals.Where(a => a.Revision is null && a.Subject == n.Name).Select(Open).FirstOrDefault()))],
            Appeals = [.. appeals.Where(a => a.Revision is { } id && !queued.Contains(id)).Select(static a => new RefusalAppeal(Open(a), a.Repository!, a.Revision!.Value, Enum.Parse<RevisionState>(a.State!, ignoreCase: true)))],
            Released = call.Query("released"),
        }, problem is null ? 200 : 400);

        static OpenAppeal Open(Identities.AppealView appeal) => new(appeal.Subject, appeal.By, appeal.Text, appeal.At);
    }

    private static async Task<(string? Reference, string? Problem, IResult? Refusal)> DecideAsync(HubCall call)
    {
        if (Deny(call) is { } refusal)
            return (null, null, refusal);
        var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
        var (id, reason) = (form["revision"].ToString(), form["reason"].ToString());
        if (form["engagement"].ToString() is { Length: > 0 } repository)
            return Told(await call.Get<EngagementReview>().ReleaseAsync(repository, call.Who, reason.Trim(), call.Cancellation).ConfigureAwait(false));
        if (Revisions.OutcomeOf(form["outcome"]) is not { } outcome)
            return (null, "Choose what is to happen.", null);
        if (Revisions.ReasonProblem(reason) is { } problem)
            return (null, problem, null);
        if (await ReportLookup.FindRevisionAsync(call.Db, id, call.Cancellation).ConfigureAwait(false) is not { } revision)
            return (null, "There is no such revision any more.", null);
        return Told(await call.Get<AdmissionWorkflow>().OverrideAsync(revision.Id, outcome, call.Who, reason.Trim(), call.Cancellation).ConfigureAwait(false));
    }

    private static (string? Reference, string? Problem, IResult? Refusal) Told(AdmissionOutcome outcome) => outcome switch
    {
        AdmissionOutcome.Changed changed => (changed.Reference, null, null),
        AdmissionOutcome.NotPossible not => (null, not.Message, null),
        _ => (null, "There is no such revision any more.", null),
    };

    private static IResult? Deny(HubCall call)
    {
        if (!call.Who.IsSignedIn)
            return PageSite.Redirect(call, "/login?return=" + Uri.EscapeDataString("/queue"));
        return AccessRules.Allows(call.Who, HubAction.Review, null) ? null : PageSite.Error(call, 403, "The queue is for reviewers. Ask an administrator of this hub to make you one.");
    }
}
