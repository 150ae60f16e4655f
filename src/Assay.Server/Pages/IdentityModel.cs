using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Impersonation;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Pages;

/// <summary>What pages say of who published a revision.</summary>
/// <param name="Action">allow, label, warn, hold or block.</param>
/// <param name="Sentence">What it is, in a short sentence.</param>
/// <param name="Headline">The same, with what tells most.</param>
/// <param name="Target">The genuine repository that it is like; null when it is like none.</param>
/// <param name="TargetUrl">Its address; null where this hub does not have it.</param>
/// <param name="Reasons">At most four, the heaviest first.</param>
/// <param name="Rules">Version of rules and weights.</param>
/// <param name="At">When it was said.</param>
public sealed record IdentityModel(string Action, string Sentence, string Headline, string? Target, string? TargetUrl, IReadOnlyList<AssessmentReason> Reasons, string Rules, DateTimeOffset At)
{
    /// <summary>Whether it is taken for an imitation of the target.</summary>
    public bool IsImitation => Action is "hold" or "block" && Target is not null && Reasons is not [{ Code: Assessment.NameHeld }, ..];

    /// <summary>Whether readers are told of it beside what they came for.</summary>
    public bool IsNoted => Action is not "allow";

    /// <summary>How sure a reason is, in words.</summary>
    public static string WordsOf(ReasonConfidence confidence) => confidence switch
    {
        ReasonConfidence.Proven => "proven",
        ReasonConfidence.High => "read off plainly",
        _ => "a likeness",
    };

    /// <summary>What was said of a revision; null where the assessor was not asked.</summary>
    internal static async Task<IdentityModel?> ReadAsync(HubCall call, Repository repository, Revision revision)
    {
        if (await call.Db.RevisionAssessments.AsNoTracking().FirstOrDefaultAsync(a => a.RevisionId == revision.Id, call.Cancellation).ConfigureAwait(false) is not { } said)
            return null;
        Repository? target = null;
        if (said.Target is not null && RepoId.TryParse(said.Target, out var id))
            target = await RepositoryRegistry.FindAsync(call.Db, repository.Kind, id, call.Cancellation).ConfigureAwait(false);
        var isHere = target is not null && target.Id != repository.Id && AccessRules.Allows(call.Who, HubAction.ReadMetadata, RepositoryAccess.Of(target));
        var isOther = said.Target is not null && !said.Target.Equals(repository.RepoId.ToString(), StringComparison.OrdinalIgnoreCase);
        var reasons = said.ReadReasons();
        // Only of what is held the headline goes on after the first sentence.
        var sentence = said.Action is "hold" or "block" ? new Assessment { Action = Enum.Parse<AssessmentAction>(said.Action, ignoreCase: true), Target = said.Target, Reasons = reasons }.Sentence(repository.RepoId.ToString()) : said.Headline;
        return new IdentityModel(said.Action, sentence, said.Headline, isOther ? said.Target : null, isHere ? "/" + target!.WebPath : null, Assessment.ShownOf(reasons), said.Rules, said.At);
    }
}

/// <summary>An appeal that waits.</summary>
/// <param name="Subject">Reference of the decision, or the name that is held.</param>
/// <param name="By">Who appeals.</param>
/// <param name="Text">What is said.</param>
/// <param name="At">When.</param>
public sealed record OpenAppeal(string Subject, string By, string Text, DateTimeOffset At);

/// <summary>An appeal against a decision that nothing in the queue is about.</summary>
/// <param name="Appeal">The appeal.</param>
/// <param name="Repository">Path of the repository.</param>
/// <param name="Revision">The revision.</param>
/// <param name="State">Its state.</param>
public sealed record RefusalAppeal(OpenAppeal Appeal, string Repository, Guid Revision, RevisionState State);

/// <summary>A name that waits for a reviewer.</summary>
/// <param name="Name">The namespace.</param>
/// <param name="Kind">user or organization.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when.</param>
/// <param name="Revisions">How many revisions of it are held back.</param>
/// <param name="Appeal">What its owner says; null for nothing.</param>
public sealed record HeldNameItem(string Name, string Kind, string Reason, DateTimeOffset Since, int Revisions, OpenAppeal? Appeal);
