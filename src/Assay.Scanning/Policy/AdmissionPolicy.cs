namespace Assay.Scanning.Policy;

/// <summary>What a decision comes to; ordered, the hardest last.</summary>
public enum Outcome
{
    /// <summary>May be used.</summary>
    Admitted,

    /// <summary>Held back until a person has looked.</summary>
    Quarantined,

    /// <summary>Refused.</summary>
    Rejected,
}

/// <summary>What kind of repository it is.</summary>
public enum RepositoryKind
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A dataset.</summary>
    Dataset,

    /// <summary>An application.</summary>
    Space,
}

/// <summary>What the impersonation assessor advises; ordered, the hardest last.</summary>
public enum AssessmentAction
{
    /// <summary>It is what it seems to be, as far as can be told.</summary>
    Allow,

    /// <summary>Show what it is derived from.</summary>
    Label,

    /// <summary>Warn the reader.</summary>
    Warn,

    /// <summary>Hold it until a person has looked.</summary>
    Hold,

    /// <summary>Refuse it.</summary>
    Block,
}

/// <summary>
/// What an operator decided to do with verdicts, gaps, findings, publishers, licences, ages and sizes: clauses and waivers, as data. Read
/// by <see cref="PolicyReader"/>, applied by <see cref="PolicyEvaluator"/>; what it means is in <c>docs/guides/policy.md</c>.
/// </summary>
public sealed record AdmissionPolicy
{
    /// <summary>Its name, as decisions show it.</summary>
    public required string Name { get; init; }

    /// <summary>The profile whose clauses follow its own; null when it stands alone.</summary>
    public string? Profile { get; init; }

    /// <summary>All clauses, those of the profile included, in the order in which they are tried.</summary>
    public required IReadOnlyList<PolicyClause> Clauses { get; init; }

    /// <summary>Findings that are accepted for a time, the expired ones too.</summary>
    public IReadOnlyList<PolicyWaiver> Waivers { get; init; } = [];

    /// <summary>
    /// Lower-case hexadecimal SHA-256 over the canonical form (<see cref="ToCanonicalJson"/>): the same for the same policy, however it is
    /// laid out, and another one when a profile that it builds on has changed.
    /// </summary>
    public string Digest => PolicyCanonicalForm.DigestOf(ToCanonicalJson()); // not kept: a copy made by `with` would carry it along

    /// <summary>The whole policy as canonical JSON (RFC 8785): what its digest is over, and what evidence for auditors holds.</summary>
    public byte[] ToCanonicalJson() => PolicyCanonicalForm.Of(this);
}

/// <summary>One clause: when all its conditions hold for a thing, that is admitted, quarantined or rejected.</summary>
/// <param name="Name">Its name, unique in the policy.</param>
/// <param name="When">The conditions.</param>
/// <param name="Then">What follows.</param>
/// <param name="Because">Why, in words for the person who is told.</param>
public sealed record PolicyClause(string Name, PolicyConditions When, Outcome Then, string Because);

/// <summary>The conditions of a clause. An empty list or null is no condition; of a list, one entry has to hold.</summary>
public sealed record PolicyConditions
{
    /// <summary>Verdict of the file, or of what belongs to the repository as a whole.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];

    /// <summary>Why a part of a file was not analysed.</summary>
    public IReadOnlyList<IncompleteReason> Incomplete { get; init; } = [];

    /// <summary>Rule ids, in upper case, with <c>*</c> and <c>?</c>.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>Exact severities of a finding.</summary>
    public IReadOnlyList<Severity> Severities { get; init; } = [];

    /// <summary>Lowest severity of a finding.</summary>
    public Severity? SeverityAtLeast { get; init; }

    /// <summary>Lowest confidence of a finding.</summary>
    public Confidence? ConfidenceAtLeast { get; init; }

    /// <summary>Formats, in lower case, with <c>*</c> and <c>?</c>; one of those that the file was read as.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>Globs over the whole path of a file.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>A file of more bytes than this.</summary>
    public long? FileSizeAbove { get; init; }

    /// <summary>Kinds of repository.</summary>
    public IReadOnlyList<RepositoryKind> Kinds { get; init; } = [];

    /// <summary>Globs over <c>owner/name</c>; case does not count.</summary>
    public IReadOnlyList<string> Repositories { get; init; } = [];

    /// <summary>Globs over the publisher's name; case does not count.</summary>
    public IReadOnlyList<string> Publishers { get; init; } = [];

    /// <summary>Lowest level of the publisher.</summary>
    public int? PublisherLevelAtLeast { get; init; }

    /// <summary>A publisher of a level below this, or of unknown level.</summary>
    public int? PublisherLevelBelow { get; init; }

    /// <summary>A publisher known for less than this, or of unknown age.</summary>
    public TimeSpan? PublisherAgeBelow { get; init; }

    /// <summary>A repository made less than this ago, or of unknown age.</summary>
    public TimeSpan? RepositoryAgeBelow { get; init; }

    /// <summary>Licences in lower case, one of which is given; <c>none</c> stands for none given.</summary>
    public IReadOnlyList<string> Licences { get; init; } = [];

    /// <summary>Licences in lower case: the condition holds when one is given that is not among them; <c>none</c> stands for none given.</summary>
    public IReadOnlyList<string> LicencesNot { get; init; } = [];

    /// <summary>All files together have more bytes than this.</summary>
    public long? SizeAbove { get; init; }

    /// <summary>What the impersonation assessor advises; does not hold where there is no assessment.</summary>
    public IReadOnlyList<AssessmentAction> Assessments { get; init; } = [];

    /// <summary>Codes of the assessor's reasons, as patterns: <c>card-copied</c>, <c>name-*</c>.</summary>
    public IReadOnlyList<string> AssessmentReasons { get; init; } = [];

    /// <summary>Whether it is the publisher's first here; null for either.</summary>
    public bool? FirstPublication { get; init; }

    /// <summary>Whether a condition is about a single finding or gap.</summary>
    internal bool OfPart =>
        Incomplete.Count > 0 || Rules.Count > 0 || Severities.Count > 0 || SeverityAtLeast is not null || ConfidenceAtLeast is not null;

    /// <summary>Whether a condition is about the file.</summary>
    internal bool OfFile => Formats.Count > 0 || Files.Count > 0 || FileSizeAbove is not null;
}

/// <summary>A decision of the operator to accept what one rule finds, in one place, for a time.</summary>
/// <param name="Rule">Rule id.</param>
/// <param name="Repository">Glob over <c>owner/name</c>, case does not count; null for every repository.</param>
/// <param name="Path">Glob over the whole path of a file; null for every file.</param>
/// <param name="Sha256">Content hash in lower case; null for any content.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Expires">Last day (UTC) on which it counts.</param>
public sealed record PolicyWaiver(string Rule, string? Repository, string? Path, string? Sha256, string Owner, string Reason, DateOnly Expires);

/// <summary>A policy that cannot be used, with the place of the trouble.</summary>
/// <param name="file">The file as given.</param>
/// <param name="line">Line from 1; 0 when it is the file as a whole.</param>
/// <param name="column">Column from 1; 0 when it is the file as a whole.</param>
/// <param name="problem">What is wrong and what to do.</param>
public sealed class PolicyException(string file, long line, long column, string problem)
    : Exception(line > 0 ? $"{file}:{line}:{column}: {problem}" : $"{file}: {problem}")
{
    /// <summary>The file as given.</summary>
    public string File { get; } = file;

    /// <summary>Line from 1; 0 when it is the file as a whole.</summary>
    public long Line { get; } = line;

    /// <summary>Column from 1; 0 when it is the file as a whole.</summary>
    public long Column { get; } = column;

    /// <summary>What is wrong and what to do, without the place.</summary>
    public string Problem { get; } = problem;
}
