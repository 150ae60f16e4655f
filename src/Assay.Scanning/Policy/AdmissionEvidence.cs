using Assay.Scanning.Reports;

namespace Assay.Scanning.Policy;

/// <summary>What is known of a repository besides what the scanner saw. What is null or empty is not known.</summary>
public sealed record RepositoryFacts
{
    /// <summary><c>owner/name</c>.</summary>
    public string? Id { get; init; }

    /// <summary>What kind it is.</summary>
    public RepositoryKind? Kind { get; init; }

    /// <summary>The account or organisation that publishes it.</summary>
    public string? Publisher { get; init; }

    /// <summary>The publisher's level, 0 (new) to 4 (proves a domain and signs).</summary>
    public int? PublisherLevel { get; init; }

    /// <summary>When the publisher was first known.</summary>
    public DateTimeOffset? PublisherCreated { get; init; }

    /// <summary>When the repository was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The licences that its card names, as the card spells them.</summary>
    public IReadOnlyList<string>? Licences { get; init; }

    /// <summary>Whether this would be the first that the publisher has admitted here.</summary>
    public bool? IsFirstPublication { get; init; }

    /// <summary>What the impersonation assessor says of it.</summary>
    public AssessmentEvidence? Assessment { get; init; }
}

/// <summary>What the impersonation assessor says of a repository.</summary>
/// <param name="Action">What it advises.</param>
/// <param name="Reasons">Why, in sentences for people, the weightiest first.</param>
public sealed record AssessmentEvidence(AssessmentAction Action, IReadOnlyList<string> Reasons)
{
    /// <summary>The codes of all reasons (<c>card-copied</c>, <c>programs</c>, …), those that speak for it included; null where none were recorded.</summary>
    public IReadOnlyList<string>? Codes { get; init; }

    /// <summary>The genuine repository that it is like; null when it is like none.</summary>
    public string? Target { get; init; }

    /// <summary>One sentence that names the repository and what it is like; null where none was recorded.</summary>
    public string? Sentence { get; init; }
}

/// <summary>A part that was not analysed; gaps of one reason in one file are one.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">A sentence about the first of them.</param>
/// <param name="Count">How many there are.</param>
public sealed record GapEvidence(IncompleteReason Reason, string Message, int Count);

/// <summary>A finding, as far as a decision needs it.</summary>
/// <param name="Rule">Rule id.</param>
/// <param name="Severity">Severity.</param>
/// <param name="Confidence">Confidence.</param>
/// <param name="Effect">When it takes effect.</param>
/// <param name="Path">Path of the file that it lies in.</param>
/// <param name="Member">Path below the file, null for the file itself.</param>
/// <param name="Fingerprint">Stable identity.</param>
/// <param name="Message">What happens, in a sentence.</param>
/// <param name="Stage">Whether its rule counted.</param>
/// <param name="Baselined">Whether it was known from a baseline, and so counts for nothing.</param>
public sealed record FindingEvidence(
    string Rule,
    Severity Severity,
    Confidence Confidence,
    Effect Effect,
    string Path,
    string? Member,
    string Fingerprint,
    string Message,
    RuleStage Stage,
    bool Baselined)
{
    /// <summary>Whether it has any weight.</summary>
    internal bool Counts => Stage == RuleStage.Active && !Baselined;

    /// <summary>The verdict that it would bring about alone.</summary>
    internal Verdict Weight
    {
        get
        {
            var tally = new VerdictRules.Tally();
            tally.Add(Rule, Severity, Confidence);
            return tally.Verdict;
        }
    }

    internal static FindingEvidence Of(Finding finding) => new(
        finding.Rule.Id,
        finding.Severity,
        finding.Confidence,
        finding.Effect,
        JsonReport.Text(finding.Location.Path),
        finding.Location.Member is { } member ? Bounded(member) : null,
        finding.Fingerprint,
        Bounded(finding.Message),
        finding.Stage,
        finding.Baselined);

    internal static string Bounded(string text)
    {
        text = JsonReport.Text(text);
        if (text.Length <= AdmissionEvidence.MaxMessage)
            return text;
        var end = AdmissionEvidence.MaxMessage - 1;
        return (char.IsHighSurrogate(text[end - 1]) ? text[..(end - 1)] : text[..end]) + "…";
    }
}

/// <summary>What was found in a file, when anything was.</summary>
/// <param name="Path">Path in the repository, with <c>/</c>.</param>
/// <param name="Format">Formats that it was read as, joined by <c>+</c>.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256; null where not all bytes were read.</param>
/// <param name="Verdict">The scanner's verdict.</param>
/// <param name="Gaps">What was not analysed.</param>
/// <param name="Findings">Findings, the most important first.</param>
/// <param name="OmittedFindings">Findings that are not part of the evidence, since there were too many.</param>
/// <param name="OmittedVerdict">What the omitted ones make of the file; no waiver and no clause sets them aside.</param>
public sealed record FileEvidence(
    string Path,
    string Format,
    long Size,
    string? Sha256,
    Verdict Verdict,
    IReadOnlyList<GapEvidence> Gaps,
    IReadOnlyList<FindingEvidence> Findings,
    int OmittedFindings,
    Verdict OmittedVerdict);

/// <summary>A clean file without any finding.</summary>
/// <param name="Path">Path in the repository, with <c>/</c>.</param>
/// <param name="Format">Formats that it was read as, joined by <c>+</c>.</param>
/// <param name="Size">Size in bytes.</param>
public sealed record CleanFile(string Path, string Format, long Size);

/// <summary>
/// Everything that a decision rests on, as plain data (<c>assay.evidence/v1</c>): kept with the decision, so that it can be understood
/// later, and decided again under a draft of another policy. Bounded, however large the report is.
/// </summary>
public sealed record AdmissionEvidence
{
    /// <summary>The name of the schema, and its version.</summary>
    public const string SchemaName = "assay.evidence/v1";

    /// <summary>Findings that are kept of one file.</summary>
    public const int MaxFindingsPerFile = 64;

    /// <summary>Findings that are kept in all.</summary>
    public const int MaxFindings = 20_000;

    /// <summary>Files that are kept.</summary>
    public const int MaxFiles = 100_000;

    internal const int MaxMessage = 400;

    /// <summary>The name of the schema.</summary>
    public required string Schema { get; init; }

    /// <summary>The version of the rules that the scanner had.</summary>
    public required string Rules { get; init; }

    /// <summary>The repository and its publisher.</summary>
    public required RepositoryFacts Repository { get; init; }

    /// <summary>The scanner's verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Size of all files together in bytes.</summary>
    public required long TotalSize { get; init; }

    /// <summary>Files that are not clean or have findings.</summary>
    public required IReadOnlyList<FileEvidence> Files { get; init; }

    /// <summary>All other files.</summary>
    public required IReadOnlyList<CleanFile> CleanFiles { get; init; }

    /// <summary>Findings that belong to no single file.</summary>
    public required IReadOnlyList<FindingEvidence> Findings { get; init; }

    /// <summary>What could not be read at all, or is not part of the evidence.</summary>
    public required IReadOnlyList<GapEvidence> Gaps { get; init; }

    /// <summary>The evidence of a scan.</summary>
    /// <param name="report">What the scanner says.</param>
    /// <param name="repository">What is known besides.</param>
    public static AdmissionEvidence Of(ScanReport report, RepositoryFacts repository)
    {
        var order = new int[report.Artifacts.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;

        // The worst first, so that what the bounds cut off is the least important.
        Array.Sort(order, (a, b) =>
        {
            var (x, y) = (report.Artifacts[a], report.Artifacts[b]);
            return x.Verdict != y.Verdict ? y.Verdict.CompareTo(x.Verdict)
                : x.Findings.Count != y.Findings.Count ? y.Findings.Count.CompareTo(x.Findings.Count)
                : a.CompareTo(b);
        });
        var files = new List<(int Index, FileEvidence File)>();
        var clean = new List<(int Index, CleanFile File)>();
        long size = 0;
        var left = MaxFindings;
        foreach (var i in order)
        {
            var artifact = report.Artifacts[i];
            size += artifact.Size;
            if (files.Count + clean.Count >= MaxFiles)
                continue;
            if (artifact.Verdict == Verdict.Clean && artifact.Findings.Count == 0 && artifact.Incomplete.Count == 0)
                clean.Add((i, new CleanFile(JsonReport.Text(artifact.Path), artifact.Format, artifact.Size)));
            else
                files.Add((i, FileOf(artifact, ref left)));
        }

        files.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        clean.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        var findings = report.Targets.SelectMany(static t => t.Findings).OrderByDescending(VerdictRules.Counts).ThenByDescending(static f => f.Severity).ToList();
        var kept = findings.Take(MaxFindingsPerFile * Math.Max(1, report.Targets.Count)).Select(FindingEvidence.Of).ToList();
        var gaps = new List<GapEvidence>();
        if (report.Errors.Count > 0)
            gaps.Add(new GapEvidence(IncompleteReason.Unreadable, Bounded(report.Errors[0]), report.Errors.Count));
        if (order.Length > MaxFiles)
            gaps.Add(new GapEvidence(IncompleteReason.Limit, $"Only {MaxFiles} files of {order.Length} are part of the evidence.", order.Length - MaxFiles));
        if (kept.Count < findings.Count)
            gaps.Add(new GapEvidence(IncompleteReason.Limit, $"Only {kept.Count} findings of {findings.Count} about the repository as a whole are part of the evidence.", findings.Count - kept.Count));
        return new AdmissionEvidence
        {
            Schema = SchemaName,
            Rules = Engine.Rules,
            Repository = repository,
            Verdict = report.Verdict,
            TotalSize = size,
            Files = files.ConvertAll(static f => f.File),
            CleanFiles = clean.ConvertAll(static f => f.File),
            Findings = kept,
            Gaps = gaps,
        };
    }

    private static string Bounded(ScanError error) => FindingEvidence.Bounded($"{error.Path}: {error.Message}");

    private static FileEvidence FileOf(ArtifactReport artifact, ref int left)
    {
        var keep = Math.Min(Math.Min(MaxFindingsPerFile, left), artifact.Findings.Count);
        left -= keep;
        IReadOnlyList<Finding> sorted = artifact.Findings;
        var omitted = Verdict.Clean;
        if (keep < artifact.Findings.Count)
        {
            sorted = [.. artifact.Findings.OrderByDescending(static f => VerdictRules.Counts(f) ? VerdictRules.Weight(f) : Verdict.Clean).ThenByDescending(VerdictRules.Counts)];
            omitted = VerdictRules.Of([.. sorted.Skip(keep)], []);

            // Findings may count together: then what is kept makes less of the file than all of them do.
            if (VerdictRules.Of([.. sorted.Take(keep)], artifact.Incomplete) < artifact.Verdict)
                omitted = VerdictRules.Max(omitted, artifact.Verdict);
        }

        var gaps = artifact.Incomplete.GroupBy(static g => g.Reason).Select(static g => new GapEvidence(g.Key, FindingEvidence.Bounded(g.First().Message), g.Count()));
        return new FileEvidence(
            JsonReport.Text(artifact.Path),
            artifact.Format,
            artifact.Size,
            artifact.Sha256,
            artifact.Verdict,
            [.. gaps],
            [.. sorted.Take(keep).Select(FindingEvidence.Of)],
            artifact.Findings.Count - keep,
            omitted);
    }
}
