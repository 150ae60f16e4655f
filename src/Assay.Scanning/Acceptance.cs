namespace Assay.Scanning;

/// <summary>Takes out what an operator has accepted: waivers move findings aside, a baseline makes known ones weightless.</summary>
internal sealed class Acceptance
{
    private readonly List<(Waiver Waiver, PathGlob? Path)> _waivers = [];
    private readonly IReadOnlySet<string> _baseline;
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);

    public Acceptance(ScanOptions options)
    {
        _baseline = options.Baseline;
        if (options.Waivers.Count == 0)
            return;
        var today = DateOnly.FromDateTime(options.Clock.GetUtcNow().UtcDateTime);
        foreach (var waiver in options.Waivers)
        {
            if (waiver.Expires < today)
            {
                Notes.Add(new ScanNote(
                    waiver.Path ?? "sha256:" + waiver.Sha256,
                    $"The waiver of {waiver.Rule} by {waiver.Owner} expired on {waiver.Expires:yyyy-MM-dd} and was not applied. Renew it or remove it."));
            }
            else
            {
                _waivers.Add((waiver, waiver.Path is null ? null : PathGlob.ForWholePath(waiver.Path)));
            }
        }
    }

    /// <summary>Findings moved aside.</summary>
    public List<WaivedFinding> Waived { get; } = [];

    /// <summary>Findings that the baseline knew.</summary>
    public int Baselined { get; private set; }

    /// <summary>Waivers that were not applied.</summary>
    public List<ScanNote> Notes { get; } = [];

    /// <summary>The report as it counts.</summary>
    public ArtifactReport Apply(ArtifactReport report)
    {
        if (_waivers.Count == 0 && _baseline.Count == 0)
            return report;
        var kept = new List<Finding>(report.Findings.Count);
        var changed = false;
        var accepted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var finding in report.Findings)
        {
            if (WaiverFor(finding.Rule.Id, report) is { } waiver)
            {
                Waived.Add(new WaivedFinding(report.Target, finding, waiver));
                _accepted.Add(finding.Fingerprint);
                changed = accepted.Add(finding.Rule.Id) || changed;
            }
            else if (_baseline.Contains(finding.Fingerprint))
            {
                kept.Add(finding with { Baselined = true });
                changed = accepted.Add(finding.Rule.Id) || changed;
                Baselined++;
            }
            else
            {
                kept.Add(finding);
            }
        }

        // A gap is reported by a rule of its own; where that was accepted in full, the gap is as well.
        foreach (var finding in kept)
        {
            if (VerdictRules.Counts(finding))
                accepted.Remove(finding.Rule.Id);
        }

        var gaps = new List<Incompleteness>(report.Incomplete.Count);
        foreach (var gap in report.Incomplete)
        {
            var rule = VerdictRules.RuleOf(gap.Reason);
            if (!accepted.Contains(rule) && WaiverFor(rule, report) is null)
                gaps.Add(gap);
        }

        if (!changed && gaps.Count == report.Incomplete.Count)
            return report;
        return report with { Findings = kept, Verdict = VerdictRules.Of(kept, gaps) };
    }

    /// <summary>The stories that still have something to tell: those whose last step was accepted are over.</summary>
    /// <param name="stories">The stories of a target.</param>
    /// <param name="verdict">The verdict of the target as it counts; no story is worse.</param>
    public IReadOnlyList<Story> Apply(IReadOnlyList<Story> stories, Verdict verdict)
    {
        if (stories.Count == 0 || (_accepted.Count == 0 && _baseline.Count == 0))
            return stories;
        var kept = new List<Story>(stories.Count);
        foreach (var story in stories)
        {
            if (!_accepted.Contains(story.Steps[^1].Fingerprint) && !_baseline.Contains(story.Steps[^1].Fingerprint))
                kept.Add(story with { Verdict = story.Verdict < verdict ? story.Verdict : verdict });
        }

        return kept;
    }

    private Waiver? WaiverFor(string rule, ArtifactReport report)
    {
        foreach (var (waiver, path) in _waivers)
        {
            if (!waiver.Rule.Equals(rule, StringComparison.OrdinalIgnoreCase))
                continue;
            if (path is not null ? path.Matches(report.Path) : waiver.Sha256 is not null && waiver.Sha256.Equals(report.Sha256, StringComparison.OrdinalIgnoreCase))
                return waiver;
        }

        return null;
    }
}
