using Assay.Hub.Admission;
using Assay.Hub.Repositories;

namespace Assay.Server.Pages;

/// <summary>The states that pages know. There is no "safe": that nothing was found proves nothing.</summary>
public enum PageState
{
    /// <summary>Not finished.</summary>
    Checking,

    /// <summary>Nothing was found.</summary>
    NoFindings,

    /// <summary>Something was found, and it is served all the same.</summary>
    Caution,

    /// <summary>Not served.</summary>
    Refused,

    /// <summary>Served, and not all of it could be looked into.</summary>
    NotFullyInspected,

    /// <summary>Was served, and was taken back.</summary>
    Withdrawn,
}

/// <summary>The line that says how things stand. It always has the same parts: shape, word, sentence, when, and by which rules.</summary>
/// <param name="State">The state.</param>
/// <param name="Sentence">One sentence.</param>
/// <param name="At">When it was checked or decided; null while it is being checked.</param>
/// <param name="Rules">Version of the rules; null where no report is there.</param>
/// <param name="DecidedBy">The person who decided; null where the policy did.</param>
public sealed record StateLine(PageState State, string Sentence, DateTimeOffset? At, string? Rules, string? DecidedBy)
{
    /// <summary>A shape that differs from state to state; colour only repeats it.</summary>
    public string Shape => ShapeOf(State);

    /// <summary>The word.</summary>
    public string Word => WordOf(State);

    /// <summary>The class that colours it.</summary>
    public string Class => ClassOf(State);

    /// <summary>The shape of a state.</summary>
    public static string ShapeOf(PageState state) => state switch
    {
        PageState.Checking => "◌",
        PageState.NoFindings => "○",
        PageState.Caution => "▲",
        PageState.Refused => "◆",
        PageState.NotFullyInspected => "◐",
        _ => "✕",
    };

    /// <summary>The word of a state.</summary>
    public static string WordOf(PageState state) => state switch
    {
        PageState.Checking => "Checking",
        PageState.NoFindings => "No findings",
        PageState.Caution => "Caution",
        PageState.Refused => "Refused",
        PageState.NotFullyInspected => "Not fully inspected",
        _ => "Withdrawn",
    };

    /// <summary>The class of a state.</summary>
    public static string ClassOf(PageState state) => state switch
    {
        PageState.Checking => "checking",
        PageState.NoFindings => "none",
        PageState.Caution => "caution",
        PageState.Refused => "refused",
        PageState.NotFullyInspected => "partial",
        _ => "withdrawn",
    };

    /// <summary>The state of a file, by its verdict.</summary>
    public static PageState OfVerdict(string? verdict) => verdict switch
    {
        "clean" => PageState.NoFindings,
        "incomplete" => PageState.NotFullyInspected,
        "suspicious" => PageState.Caution,
        "malicious" => PageState.Refused,
        _ => PageState.Checking,
    };

    /// <summary>The state of a revision that stands as it does.</summary>
    public static PageState Of(Revision revision) => revision.State switch
    {
        RevisionState.Received or RevisionState.Vetting => PageState.Checking,
        RevisionState.Quarantined or RevisionState.Rejected => PageState.Refused,
        RevisionState.Withdrawn => PageState.Withdrawn,
        // What a person let through stays marked with what the machine suspects.
        _ => OfVerdict(revision.Verdict) is PageState.Refused or PageState.Caution ? PageState.Caution : revision.Verdict == "incomplete" ? PageState.NotFullyInspected : PageState.NoFindings,
    };

    /// <summary>The line of a revision.</summary>
    /// <param name="repository">Its repository, which may be withdrawn as a whole.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="decidedBy">Who made the decision in force; null where it is not known.</param>
    /// <param name="report">What was found; null where there is none.</param>
    public static StateLine Of(Repository repository, Revision revision, string? decidedBy, ReportPage? report)
    {
        var person = decidedBy is "policy" or "system" ? null : decidedBy;
        if (repository.WithdrawnAt is { } withdrawn)
            return new StateLine(PageState.Withdrawn, Sentenced(repository.WithdrawnReason ?? "The whole repository was taken back."), withdrawn, report?.Rules, person);
        if (repository.HeldAt is { } held)
            return new StateLine(PageState.Refused, "Held back until a reviewer has looked at it. " + Sentenced(repository.HoldReason ?? ""), held, report?.Rules, person);
        var state = Of(revision);
        var reason = Sentenced(revision.Reason ?? "");
        var sentence = revision.State switch
        {
            RevisionState.Received or RevisionState.Vetting => "This revision is served to nobody until its check is finished.",
            RevisionState.Quarantined => "Held back until a reviewer has looked at it. " + reason,
            RevisionState.Admitted when revision.IsInitial => "Nothing was pushed yet: there are only the files that the hub itself put here.",
            RevisionState.Admitted when state == PageState.NoFindings && reason.Length == 0 => "The check found nothing, which is no proof that there is nothing.",
            _ => reason,
        };
        return new StateLine(state, sentence, revision.DecidedAt, report?.Rules, person);
    }

    private static string Sentenced(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' or '…' ? text : text + ".";
}
