namespace Assay.Scanning;

/// <summary>What a scan says of an artifact, a target or everything; ordered, the worst last.</summary>
public enum Verdict
{
    /// <summary>Nothing, or only notes.</summary>
    Clean,

    /// <summary>Could not be analysed fully.</summary>
    Incomplete,

    /// <summary>Something that an honest file should not have.</summary>
    Suspicious,

    /// <summary>Loading it would do harm.</summary>
    Malicious,
}

/// <summary>Why an artifact could not be analysed fully.</summary>
public enum IncompleteReason
{
    /// <summary>A limit was reached; <see cref="Incompleteness.Limit"/> names it.</summary>
    Limit,

    /// <summary>The content is encrypted.</summary>
    Encrypted,

    /// <summary>The data ends too early.</summary>
    Truncated,

    /// <summary>A format or codec that is not analysed.</summary>
    Unsupported,

    /// <summary>Damaged, or the bytes could not be fetched.</summary>
    Unreadable,
}

/// <summary>A part of an artifact that was not analysed, and why.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Limit">Name of the limit, when it was one.</param>
/// <param name="Member">Member path, null for the artifact itself.</param>
/// <param name="Offset">Offset in the innermost member.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record Incompleteness(IncompleteReason Reason, string? Limit, string? Member, long? Offset, string Message);

/// <summary>What was found in one artifact.</summary>
public sealed record ArtifactReport
{
    /// <summary>The target it belongs to, as given.</summary>
    public required string Target { get; init; }

    /// <summary>Path relative to the target with <c>/</c>; a single file: its name; stdin: <c>-</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the recognised format (<c>FormatId.Name</c>); several joined by <c>+</c> when it is a polyglot.</summary>
    public required string Format { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Lower-case hexadecimal SHA-256; null where not all bytes were read.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes that were read of it.</summary>
    public long BytesRead { get; init; }

    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>What was not analysed.</summary>
    public IReadOnlyList<Incompleteness> Incomplete { get; init; } = [];

    /// <summary>Findings, the most important first.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Names that its pickles import, each once, in the order in which they are met; at most <see cref="PickleImport.Most"/>.</summary>
    public IReadOnlyList<PickleImport> Imports { get; init; } = [];

    /// <summary>What it contributes to the story of its repository.</summary>
    internal IReadOnlyList<FileTraits> Traits { get; init; } = [];
}

/// <summary>What is known of a name that a pickle imports.</summary>
public enum ImportSafety
{
    /// <summary>A class or helper that receives data.</summary>
    Innocuous,

    /// <summary>Not known, or its arguments decide.</summary>
    Suspicious,

    /// <summary>Harmful when called.</summary>
    Dangerous,
}

/// <summary>A name that a pickle imports.</summary>
/// <param name="Module">Module.</param>
/// <param name="Name">Name in it.</param>
/// <param name="Safety">What is known of it.</param>
public sealed record PickleImport(string Module, string Name, ImportSafety Safety)
{
    /// <summary>Names that are kept of one artifact.</summary>
    public const int Most = 200;
}

/// <summary>What kind of thing a target is.</summary>
public enum TargetKind
{
    /// <summary>One file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>Standard input.</summary>
    Stdin,

    /// <summary>The local model cache.</summary>
    Cache,

    /// <summary>A remote repository.</summary>
    Remote,
}

/// <summary>A chain of findings of one repository, told in steps.</summary>
/// <param name="Title">What happens, in a line.</param>
/// <param name="Verdict">Its verdict.</param>
/// <param name="Steps">The steps, first to last.</param>
public sealed record Story(string Title, Verdict Verdict, IReadOnlyList<StoryStep> Steps)
{
    /// <summary>What the person in front of it does next, whether it was run or not.</summary>
    public string Advice { get; init; } = "";
}

/// <summary>One step of a story.</summary>
/// <param name="Path">Artifact.</param>
/// <param name="Line">Line from 1, where it is text.</param>
/// <param name="Text">What it does.</param>
/// <param name="Fingerprint">The finding that it points to.</param>
public sealed record StoryStep(string Path, int? Line, string Text, string Fingerprint);

/// <summary>One argument of the command line.</summary>
public sealed record TargetReport
{
    /// <summary>As given.</summary>
    public required string Target { get; init; }

    /// <summary>What it is.</summary>
    public required TargetKind Kind { get; init; }

    /// <summary>The worst of its artifacts and of its own findings.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Findings that belong to no single file.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Stories.</summary>
    public IReadOnlyList<Story> Stories { get; init; } = [];
}

/// <summary>A finding that a waiver took out of the count.</summary>
/// <param name="Target">Target of the artifact.</param>
/// <param name="Finding">The finding.</param>
/// <param name="Waiver">The waiver.</param>
public sealed record WaivedFinding(string Target, Finding Finding, Waiver Waiver);

/// <summary>A decision of the operator to accept a finding for a time.</summary>
/// <param name="Rule">Rule id.</param>
/// <param name="Path">Glob over the artifact's path; null when bound to <paramref name="Sha256"/>.</param>
/// <param name="Sha256">Content hash; null when bound to <paramref name="Path"/>.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Expires">Last day on which it counts.</param>
public sealed record Waiver(string Rule, string? Path, string? Sha256, string Owner, string Reason, DateOnly Expires);

/// <summary>A path that could not be read.</summary>
/// <param name="Path">The path as given or found.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record ScanError(string Path, string Message);

/// <summary>Something worth knowing about the scan itself that does not make it incomplete: a waiver that expired, a configuration that was not used.</summary>
/// <param name="Path">The path that it is about.</param>
/// <param name="Message">What was done, and what to do.</param>
public sealed record ScanNote(string Path, string Message);

/// <summary>Everything a scan says. Depends on bytes, rules and configuration only (but for durations).</summary>
public sealed record ScanReport
{
    /// <summary>Per target, in the order given.</summary>
    public required IReadOnlyList<TargetReport> Targets { get; init; }

    /// <summary>Every artifact, the clean ones too, in the order of targets and paths.</summary>
    public required IReadOnlyList<ArtifactReport> Artifacts { get; init; }

    /// <summary>Findings that a waiver took out.</summary>
    public IReadOnlyList<WaivedFinding> Waived { get; init; } = [];

    /// <summary>Findings that were in the baseline and are not counted again.</summary>
    public int Baselined { get; init; }

    /// <summary>Paths that could not be read.</summary>
    public IReadOnlyList<ScanError> Errors { get; init; } = [];

    /// <summary>Remarks about the scan itself; they never change a verdict.</summary>
    public IReadOnlyList<ScanNote> Notes { get; init; } = [];

    /// <summary>Wall-clock time of the scan.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The worst verdict of all.</summary>
    public Verdict Verdict
    {
        get
        {
            var worst = Verdict.Clean;
            foreach (var target in Targets)
                worst = VerdictRules.Max(worst, target.Verdict);
            return worst;
        }
    }
}
