using System.Text;

namespace Assay.Scanning.Reports;

/// <summary>
/// The report for people: the verdict first, the worst finding in a sentence with its evidence, place and advice, then what else is not
/// clean, then one line of totals.
/// </summary>
public sealed class TextReport : ReportFormat
{
    /// <summary>Artifacts listed per verdict without <see cref="ReportSettings.Verbose"/>.</summary>
    private const int ListedPerVerdict = 10;

    /// <summary>Findings told with evidence and place; the rest are listed in a line each.</summary>
    private const int ToldInFull = 3;

    /// <summary>Stories told per target without <see cref="ReportSettings.Verbose"/>.</summary>
    private const int ToldStories = 2;

    /// <summary>Columns of evidence shown without <see cref="ReportSettings.Verbose"/>; four lines of a usual terminal.</summary>
    private const int ShownEvidence = 320;

    /// <inheritdoc/>
    public override string Name => "text";

    /// <inheritdoc/>
    public override void Write(ScanReport report, Stream into, ReportSettings settings)
    {
        var page = new TextPage(settings);
        if (settings.Quiet)
            WriteQuiet(report, page);
        else
            WriteWhole(report, page);
        into.Write(Encoding.UTF8.GetBytes(page.ToString()));
    }

    /// <summary>Whether a finding is one that <c>--fail-on</c> counts.</summary>
    internal static bool CountsFor(Finding finding, Verdict verdictOfArtifact, Verdict? failOn) =>
        failOn is { } level && verdictOfArtifact >= level && VerdictRules.Counts(finding)
        && (VerdictRules.Weight(finding) >= level || (finding.Severity == Severity.Medium && verdictOfArtifact == Verdict.Suspicious));

    private static void WriteQuiet(ScanReport report, TextPage page)
    {
        WriteVerdict(report, page);
        foreach (var target in report.Targets)
        {
            foreach (var finding in target.Findings)
            {
                if (CountsFor(finding, target.Verdict, page.Settings.FailOn))
                    page.Line($"  {finding.Rule.Id}  {VisibleText.Of(target.Target)}  {VisibleText.Of(finding.Message)}");
            }
        }

        foreach (var artifact in report.Artifacts)
        {
            foreach (var finding in artifact.Findings)
            {
                if (CountsFor(finding, artifact.Verdict, page.Settings.FailOn))
                    page.Line($"  {finding.Rule.Id}  {TextPage.Place(Shown(report, artifact), finding.Location)}  {VisibleText.Of(finding.Message)}");
            }
        }
    }

    private static void WriteWhole(ScanReport report, TextPage page)
    {
        WriteVerdict(report, page);
        WriteStories(report, page);
        var worst = Worst(report);
        var told = new List<Finding>(ToldInFull);
        if (worst.Finding is { } finding)
        {
            told.Add(finding);
            WriteFinding(finding, worst.Artifact is { } owner ? Shown(report, owner) : "", page);
            foreach (var (artifact, next) in NextMostImportant(report, told))
                WriteBrief(next, artifact is null ? "" : Shown(report, artifact), page);
        }
        else if (worst.Artifact is { } gap && gap.Incomplete.Count > 0)
        {
            WriteGap(gap.Incomplete[0], Shown(report, gap), page);
        }

        WriteOthers(report, worst.Artifact, told, page);
        WriteWholes(report, told, page);
        if (page.Settings.Verbose)
            WriteClean(report, page);
        WriteWaived(report, page);
        WriteRemarks(report, page);
        WriteTotals(report, page);
    }

    private static void WriteStories(ScanReport report, TextPage page)
    {
        foreach (var target in report.Targets)
        {
            var stories = page.Settings.Verbose ? target.Stories.Count : Math.Min(target.Stories.Count, ToldStories);
            for (var i = 0; i < stories; i++)
            {
                var story = target.Stories[i];
                page.Line();
                page.Line(page.Bold(i > 0 ? "And" : report.Targets.Count == 1 ? "What would happen" : "What would happen with " + VisibleText.Of(target.Target)));
                page.Wrapped("  ", VisibleText.Of(story.Title) + ".", TextStyle.Plain);
                page.Line();
                var number = 0;
                foreach (var step in story.Steps)
                {
                    var place = VisibleText.Of(step.Path) + (step.Line is { } line ? $":{line}" : "");
                    page.Item(++number, place, VisibleText.Of(step.Text));
                }

                if (story.Advice.Length > 0)
                {
                    page.Line();
                    page.Field("next", VisibleText.Of(story.Advice));
                }
            }

            if (stories < target.Stories.Count)
                page.Line($"  and {target.Stories.Count - stories} more ways to the same or lesser harm ({page.Faint("--verbose tells them")})");
        }
    }

    // The second and third most important finding, each of another rule: what else a person must know before reading on.
    private static List<(ArtifactReport? Artifact, Finding Finding)> NextMostImportant(ScanReport report, List<Finding> told)
    {
        var chosen = new List<(ArtifactReport?, Finding)>(ToldInFull);
        while (told.Count < ToldInFull)
        {
            ArtifactReport? owner = null;
            Finding? best = null;
            foreach (var artifact in report.Artifacts)
            {
                foreach (var finding in artifact.Findings)
                {
                    if (finding.Severity >= Severity.High && VerdictRules.Counts(finding) && !told.Exists(t => t.Rule == finding.Rule) && (best is null || FindingOrder.ComesBefore(finding, best)))
                        (owner, best) = (artifact, finding);
                }
            }

            if (best is null)
                break;
            told.Add(best);
            chosen.Add((owner, best));
        }

        return chosen;
    }

    private static void WriteBrief(Finding finding, string artifact, TextPage page)
    {
        page.Line();
        page.Wrapped("  ", VisibleText.Of(finding.Message), TextStyle.Bold);
        if (finding.Evidence is { } evidence && !finding.Message.Contains(evidence, StringComparison.Ordinal))
            page.Field("evidence", page.Settings.Verbose ? VisibleText.Of(evidence) : Shortened(VisibleText.Of(evidence), ShownEvidence));
        page.Field("where", TextPage.Place(artifact, finding.Location));
        page.Field("rule", $"{finding.Rule.Id} {finding.Rule.Title} ({Words.Of(finding.Severity)}, confidence {Words.Of(finding.Confidence)}{EffectOf(finding)})");
    }

    private static void WriteVerdict(ScanReport report, TextPage page)
    {
        var names = report.Targets.Count switch
        {
            0 => "",
            1 => VisibleText.Of(report.Targets[0].Target),
            _ => $"{report.Targets.Count} targets",
        };
        page.Line(page.Badge(report.Verdict) + "  " + page.Bold(names) + (Sentence(report) is { } words ? "  " + page.Faint(words) : ""));
    }

    private static string? Sentence(ScanReport report) => report.Verdict switch
    {
        Verdict.Clean => report.Artifacts.Count == 0 ? "nothing to scan" : "nothing found that runs or misleads",
        Verdict.Incomplete => "nothing bad was seen, but not all of it could be inspected",
        _ => null,
    };

    // The worst artifact, and in it the finding that weighs most; the order of the report decides among equals.
    private static (ArtifactReport? Artifact, Finding? Finding) Worst(ScanReport report)
    {
        ArtifactReport? owner = null;
        Finding? best = null;
        foreach (var artifact in report.Artifacts)
        {
            if (artifact.Verdict == Verdict.Clean || artifact.Verdict != report.Verdict)
                continue;
            var candidate = Heaviest(artifact);
            if (owner is null || Outweighs(candidate, best))
                (owner, best) = (artifact, candidate);
        }

        foreach (var target in report.Targets)
        {
            foreach (var finding in target.Findings)
            {
                if (VerdictRules.Counts(finding) && target.Verdict == report.Verdict && Outweighs(finding, best))
                    (owner, best) = (null, finding);
            }
        }

        return (owner, best);
    }

    private static Finding? Heaviest(ArtifactReport artifact)
    {
        Finding? best = null;
        foreach (var finding in artifact.Findings)
        {
            if (VerdictRules.Counts(finding) && Outweighs(finding, best))
                best = finding;
        }

        return best is null || (VerdictRules.Weight(best) == Verdict.Clean && artifact.Verdict == Verdict.Incomplete) ? null : best;
    }

    private static bool Outweighs(Finding? one, Finding? other)
    {
        if (one is null || other is null)
            return one is not null;
        var (a, b) = (VerdictRules.Weight(one), VerdictRules.Weight(other));
        if (a != b)
            return a > b;
        return FindingOrder.ComesBefore(one, other);
    }

    private static void WriteFinding(Finding finding, string artifact, TextPage page)
    {
        page.Line();
        page.Wrapped("  ", VisibleText.Of(finding.Message), TextStyle.Bold);
        page.Line();
        if (finding.Evidence is { } evidence && !finding.Message.Contains(evidence, StringComparison.Ordinal))
            page.Field("evidence", page.Settings.Verbose ? VisibleText.Of(evidence) : Shortened(VisibleText.Of(evidence), ShownEvidence));
        page.Field("where", TextPage.Place(artifact, finding.Location));
        page.Field("rule", $"{finding.Rule.Id} {finding.Rule.Title} ({Words.Of(finding.Severity)}, confidence {Words.Of(finding.Confidence)}{EffectOf(finding)})");
        if (page.Settings.Verbose && finding.Rule.References.Count > 0)
            page.Field("see", string.Join(", ", finding.Rule.References));
        page.Field("advice", VisibleText.Of(finding.Advice));
        page.Field("more", "assay explain " + finding.Rule.Id);
    }

    private static string EffectOf(Finding finding) => finding.Effect switch
    {
        Effect.Load => ", takes effect on load",
        Effect.Use => ", takes effect in use",
        Effect.Build => ", takes effect on build or installation",
        _ => "",
    };

    private static void WriteGap(Incompleteness gap, string artifact, TextPage page)
    {
        page.Line();
        page.Wrapped("  ", VisibleText.Of(Capital(gap.Message)), TextStyle.Bold);
        page.Line();
        page.Field("where", TextPage.Place(artifact, new Location("", gap.Member, gap.Offset)));
        page.Field("reason", Words.Of(gap.Reason) + (gap.Limit is { } limit ? $" {limit}" : ""));
        page.Field("advice", gap.Reason switch
        {
            IncompleteReason.Limit => $"Treat it as unchecked, or scan again with a larger limit: --limits {gap.Limit ?? "NAME"}=VALUE",
            IncompleteReason.Encrypted => "Treat it as unchecked, and ask for it unencrypted.",
            IncompleteReason.Truncated => "Download it again; the end is missing.",
            IncompleteReason.Unsupported => "Treat it as unchecked, and ask for a common format such as safetensors.",
            _ => "Treat it as unchecked; see the message.",
        });
    }

    private static void WriteOthers(ScanReport report, ArtifactReport? told, List<Finding> toldFindings, TextPage page)
    {
        var verbose = page.Settings.Verbose;
        if (told is not null)
            WriteMoreOf(told, toldFindings, page);
        var headed = false;
        for (var verdict = Verdict.Malicious; verdict > Verdict.Clean; verdict--)
        {
            var listed = 0;
            var left = 0;
            foreach (var artifact in report.Artifacts)
            {
                if (artifact.Verdict != verdict || ReferenceEquals(artifact, told))
                    continue;
                if (!verbose && listed >= ListedPerVerdict)
                {
                    left++;
                    continue;
                }

                if (!headed)
                {
                    page.Line();
                    page.Line(page.Bold(told is null ? "Not clean" : "Also not clean"));
                    headed = true;
                }

                listed++;
                page.Line($"  {page.Mark(verdict)} {VisibleText.Of(Shown(report, artifact))}");
                if (verbose)
                    WriteDetails(artifact, page);
                else
                    page.Wrapped("      ", Reason(artifact), TextStyle.Faint);
            }

            if (left > 0)
                page.Line($"  {page.Mark(verdict)} and {left} more {Words.Of(verdict)} ({page.Faint("--verbose lists them")})");
        }
    }

    // What else the artifact told first holds: shown in a line each, since the first one decides.
    private static void WriteMoreOf(ArtifactReport artifact, List<Finding> told, TextPage page)
    {
        var lines = 0;
        var left = 0;
        foreach (var finding in artifact.Findings)
        {
            if (told.Contains(finding) || (!page.Settings.Verbose && finding.Severity <= Severity.Info))
                continue;
            if (!page.Settings.Verbose && lines >= ListedPerVerdict)
            {
                left++;
                continue;
            }

            if (lines++ == 0)
            {
                page.Line();
                page.Line(page.Bold("In the same file"));
            }

            WriteShort(finding, page);
        }

        if (left > 0)
            page.Line($"  and {left} more ({page.Faint("--verbose lists them")})");
        for (var i = told.Count == 0 ? 1 : 0; page.Settings.Verbose && i < artifact.Incomplete.Count; i++)
            WriteShort(artifact.Incomplete[i], page);
    }

    private static void WriteDetails(ArtifactReport artifact, TextPage page)
    {
        foreach (var finding in artifact.Findings)
            WriteShort(finding, page);
        foreach (var gap in artifact.Incomplete)
            WriteShort(gap, page);
    }

    private static void WriteShort(Finding finding, TextPage page)
    {
        var remark = finding.Baselined ? " (known from the baseline)" : finding.Stage == RuleStage.Observed ? " (observed, does not count)" : "";
        page.Wrapped("      ", $"{finding.Rule.Id} {Words.Of(finding.Severity)}{At(finding.Location)}: {VisibleText.Of(finding.Message)}{remark}", TextStyle.Plain);
        if (!page.Settings.Verbose)
            return;
        if (finding.Evidence is { } evidence && !finding.Message.Contains(evidence, StringComparison.Ordinal))
            page.Wrapped("        ", VisibleText.Of(evidence), TextStyle.Faint);
        if (finding.Rule.References.Count > 0)
            page.Wrapped("        ", string.Join(", ", finding.Rule.References), TextStyle.Faint);
    }

    private static void WriteShort(Incompleteness gap, TextPage page) =>
        page.Wrapped("      ", $"not analysed ({Words.Of(gap.Reason)}{(gap.Limit is { } limit ? " " + limit : "")}){At(gap.Member, gap.Offset)}: {VisibleText.Of(gap.Message)}", TextStyle.Plain);

    private static string At(Location location) =>
        location.Line is { } line ? (location.Member is { } member ? " in " + VisibleText.Of(member) : "") + $" line {line}" : At(location.Member, location.Offset);

    private static string At(string? member, long? offset) =>
        (member is null ? "" : " in " + VisibleText.Of(member)) + (offset is null ? "" : $" @ {offset}");

    private static string Reason(ArtifactReport artifact)
    {
        var heaviest = Heaviest(artifact);
        if (heaviest is not null)
            return $"{heaviest.Rule.Id}: {Shortened(VisibleText.Of(heaviest.Message), 160)}";
        return artifact.Incomplete.Count > 0
            ? $"{Words.Of(artifact.Incomplete[0].Reason)}: {Shortened(VisibleText.Of(artifact.Incomplete[0].Message), 160)}"
            : "";
    }

    // What belongs to no single file.
    private static void WriteWholes(ScanReport report, List<Finding> told, TextPage page)
    {
        foreach (var target in report.Targets)
        {
            var headed = false;
            foreach (var finding in target.Findings)
            {
                if (told.Contains(finding) || (!page.Settings.Verbose && finding.Severity <= Severity.Info))
                    continue;
                if (!headed)
                {
                    page.Line();
                    page.Line(page.Bold("About " + VisibleText.Of(target.Target) + " as a whole"));
                    headed = true;
                }

                WriteShort(finding, page);
            }
        }
    }

    private static void WriteClean(ScanReport report, TextPage page)
    {
        var headed = false;
        foreach (var artifact in report.Artifacts)
        {
            if (artifact.Verdict != Verdict.Clean)
                continue;
            if (!headed)
            {
                page.Line();
                page.Line(page.Bold("Clean"));
                headed = true;
            }

            page.Line($"  {page.Mark(Verdict.Clean)} {VisibleText.Of(Shown(report, artifact))}  {page.Faint($"{VisibleText.Of(artifact.Format)}, {Amount(artifact.Size)}")}");
            foreach (var finding in artifact.Findings)
                WriteShort(finding, page);
        }
    }

    private static void WriteWaived(ScanReport report, TextPage page)
    {
        if (report.Waived.Count == 0)
            return;
        page.Line();
        page.Line(page.Bold("Waived"));
        foreach (var (target, finding, waiver) in report.Waived)
        {
            _ = target;
            page.Wrapped("  ", $"{finding.Rule.Id} in {VisibleText.Of(finding.Location.Path)}, by {VisibleText.Of(waiver.Owner)} until {waiver.Expires:yyyy-MM-dd}: {VisibleText.Of(waiver.Reason)}", TextStyle.Plain);
        }
    }

    private static void WriteRemarks(ScanReport report, TextPage page)
    {
        if (report.Errors.Count > 0)
        {
            page.Line();
            page.Line(page.Bold("Not scanned"));
            foreach (var error in report.Errors)
            {
                page.Line($"  {page.Mark(Verdict.Incomplete)} {VisibleText.Of(error.Path)}");
                page.Wrapped("      ", VisibleText.Of(error.Message), TextStyle.Plain);
            }
        }

        if (report.Notes.Count == 0)
            return;
        page.Line();
        foreach (var note in report.Notes)
            page.Wrapped("  ", $"note: {VisibleText.Of(note.Path)}: {VisibleText.Of(note.Message)}", TextStyle.Faint);
    }

    private static void WriteTotals(ScanReport report, TextPage page)
    {
        var summary = ScanSummary.Of(report);
        var line = new StringBuilder();
        line.Append(report.Artifacts.Count).Append(report.Artifacts.Count == 1 ? " file" : " files");
        var separator = ": ";
        for (var verdict = Verdict.Malicious; verdict >= Verdict.Clean; verdict--)
        {
            if (summary.Count(verdict) == 0)
                continue;
            line.Append(separator).Append(summary.Count(verdict)).Append(' ').Append(Words.Of(verdict));
            separator = ", ";
        }

        if (report.Waived.Count > 0)
            line.Append(separator).Append(report.Waived.Count).Append(report.Waived.Count == 1 ? " finding waived" : " findings waived");
        if (report.Baselined > 0)
            line.Append(separator).Append(report.Baselined).Append(report.Baselined == 1 ? " known finding not counted" : " known findings not counted");
        line.Append(" · ").Append(Amount(summary.Bytes));
        if (summary.BytesRead != summary.Bytes)
            line.Append(" (").Append(Amount(summary.BytesRead)).Append(" read)");
        line.Append(" · ").Append(Time(report.Duration));
        page.Line();
        page.Wrapped("", line.ToString(), TextStyle.Faint);
    }

    // The name a person can open: with the target in front where the target is a folder.
    private static string Shown(ScanReport report, ArtifactReport artifact)
    {
        foreach (var target in report.Targets)
        {
            if (target.Target != artifact.Target)
                continue;
            if (target.Kind == TargetKind.File)
                return artifact.Target;
            break;
        }

        return report.Targets.Count == 1 || artifact.Path == artifact.Target
            ? artifact.Path
            : Path.TrimEndingDirectorySeparator(artifact.Target) + "/" + artifact.Path;
    }

    private static string Shortened(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Amount(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1 << 20 => $"{bytes / 1024.0:0.#} KiB",
        < 1 << 30 => $"{bytes / 1048576.0:0.#} MiB",
        _ => $"{bytes / 1073741824.0:0.#} GiB",
    };

    private static string Time(TimeSpan time) => time.TotalSeconds < 1 ? $"{time.TotalMilliseconds:0} ms" : $"{time.TotalSeconds:0.0} s";
}
