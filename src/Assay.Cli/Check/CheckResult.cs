using Assay.Impersonation;
using Assay.Protocol;
using Assay.Scanning;

namespace Assay.Cli.Check;

/// <summary>Something that could not be looked at, so that the check is not whole.</summary>
/// <param name="What"><c>repository</c>, <c>files</c>, <c>card</c>, <c>settings</c>, <c>publisher</c> or <c>original</c>.</param>
/// <param name="Reason">The hub's fault in a word, or <c>limit</c>.</param>
/// <param name="Message">A sentence.</param>
internal sealed record CheckGap(string What, string Reason, string Message);

/// <summary>The repository that the checked one is like, and how far the two could be compared.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsOnHub">Whether the hub has it.</param>
/// <param name="Containment">How much of its card stands in the other's, 0 to 1; null when the cards were not compared.</param>
/// <param name="Weights">How the weights relate, as far as digests and sizes tell.</param>
internal sealed record CheckedTarget(string Id, bool IsOnHub, double? Containment, WeightLikeness Weights);

/// <summary>What the file list says.</summary>
/// <param name="Files">How many there are.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="Programs">Programs and archives.</param>
/// <param name="Code">Source code, training scripts included.</param>
/// <param name="IsDataOnly">Whether nothing in it runs.</param>
internal sealed record CheckedFiles(int Files, long Bytes, IReadOnlyList<string> Programs, IReadOnlyList<string> Code, bool IsDataOnly);

/// <summary>All that a check found.</summary>
internal sealed record CheckResult
{
    /// <summary>What was asked for.</summary>
    public required RepoReference Asked { get; init; }

    /// <summary>The id in the hub's spelling; as asked where the hub was not asked or has none.</summary>
    public required string Id { get; init; }

    /// <summary>When it was checked.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Which names were compared with: <c>seed/0.1.0</c>, or digest of the operator's file.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The hub; null when none was asked.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>What the assessor says; null when there is nothing to judge.</summary>
    public Assessment? Assessment { get; init; }

    /// <summary>Whether the assessment is the hub's own.</summary>
    public bool IsHubAssessment { get; init; }

    /// <summary>What is advised.</summary>
    public AssessmentAction? Action { get; init; }

    /// <summary>Whether this very name is a protected one.</summary>
    public bool IsWellKnown { get; init; }

    /// <summary>What the hub says of it.</summary>
    public HubRepository? Repository { get; init; }

    /// <summary>What the hub says of its publisher.</summary>
    public HubPublisher? Publisher { get; init; }

    /// <summary>Its history.</summary>
    public HubHistory? History { get; init; }

    /// <summary>What an Assay hub says besides; null on other hubs.</summary>
    public HubIdentity? Hub { get; init; }

    /// <summary>What it is like.</summary>
    public CheckedTarget? Target { get; init; }

    /// <summary>What its card declares as its base.</summary>
    public IReadOnlyList<string> BaseModels { get; init; } = [];

    /// <summary>Its files; null when they are not known.</summary>
    public CheckedFiles? Files { get; init; }

    /// <summary>Names that were probably meant.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];

    /// <summary>What could not be looked at.</summary>
    public IReadOnlyList<CheckGap> Gaps { get; init; } = [];

    /// <summary>Why there is nothing to judge; null when there is.</summary>
    public HubFault? Fault { get; init; }

    /// <summary>The worst of assessment and vetting; incomplete when nothing worse was found and something could not be looked at.</summary>
    public Verdict Verdict
    {
        get
        {
            var worst = Action switch
            {
                AssessmentAction.Hold or AssessmentAction.Block => Verdict.Malicious,
                AssessmentAction.Warn => Verdict.Suspicious,
                _ => Verdict.Clean,
            };
            if (Vetting > worst)
                worst = Vetting;
            return worst == Verdict.Clean && (Gaps.Count > 0 || Fault is not null) ? Verdict.Incomplete : worst;
        }
    }

    /// <summary>What the hub's own vetting amounts to.</summary>
    public Verdict Vetting => Hub switch
    {
        { State: "rejected" or "withdrawn" } or { Verdict: "malicious" } => Verdict.Malicious,
        { State: "quarantined" } or { Verdict: "suspicious" } => Verdict.Suspicious,
        { State: "received" or "vetting" } => Verdict.Incomplete,
        _ => Verdict.Clean,
    };

    /// <summary>The exit code.</summary>
    /// <param name="failOn">From which verdict it fails; null for never.</param>
    public int ExitCode(Verdict? failOn) =>
        failOn is { } level && Verdict >= level && Verdict != Verdict.Clean ? ExitCodes.Found : Gaps.Count > 0 || Fault is not null || Verdict == Verdict.Incomplete ? ExitCodes.NotCompleted : ExitCodes.Passed;
}
