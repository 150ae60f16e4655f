namespace Assay.Scanning;

/// <summary>How bad one finding is.</summary>
public enum Severity
{
    /// <summary>A note; never shown as a warning.</summary>
    Info,

    /// <summary>Worth knowing.</summary>
    Low,

    /// <summary>Unusual; counts together with others.</summary>
    Medium,

    /// <summary>Should not be in an honest file.</summary>
    High,

    /// <summary>Harm is the only plausible purpose.</summary>
    Critical,
}

/// <summary>How sure a finding is.</summary>
public enum Confidence
{
    /// <summary>A single heuristic, or a resynchronised parse.</summary>
    Low,

    /// <summary>Two independent signals.</summary>
    Medium,

    /// <summary>Structural proof.</summary>
    High,

    /// <summary>An exact indicator, or a call folded to constant arguments.</summary>
    Confirmed,
}

/// <summary>When a finding takes effect.</summary>
public enum Effect
{
    /// <summary>Nothing runs.</summary>
    Never,

    /// <summary>When the software around the model is built or installed.</summary>
    Build,

    /// <summary>When the model is used.</summary>
    Use,

    /// <summary>As soon as the file is loaded.</summary>
    Load,
}

/// <summary>Whether a rule counts.</summary>
public enum RuleStage
{
    /// <summary>Counts for verdicts and exit codes.</summary>
    Active,

    /// <summary>Runs and is reported, and never counts.</summary>
    Observed,
}

/// <summary>What the scanner can say of an artifact: the permanent identity of a kind of finding, with the text that explains it.</summary>
/// <param name="Id">Permanent id, <c>PKL-001</c>; never renumbered (source: the rule catalogue, <c>docs/rules/</c>).</param>
/// <param name="Severity">Default severity; a detector may raise or lower it where the arguments decide.</param>
/// <param name="Title">Short title.</param>
public sealed record Rule(string Id, Severity Severity, string Title)
{
    /// <summary>What it means for the person in front of the file, in plain words.</summary>
    public required string Meaning { get; init; }

    /// <summary>How the attack or the trouble works, for those who want to know.</summary>
    public required string HowItWorks { get; init; }

    /// <summary>What to do.</summary>
    public required string Advice { get; init; }

    /// <summary>CWE, MITRE ATLAS, OWASP, CVE and advisory ids.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Whether it counts.</summary>
    public RuleStage Stage { get; init; } = RuleStage.Active;

    /// <summary>The letters before the dash: findings of different families support each other.</summary>
    public string Family => FamilyOf(Id);

    internal static string FamilyOf(string id) => id[..Math.Max(0, id.IndexOf('-', StringComparison.Ordinal))];
}
