using System.Text;
using System.Text.Json;

namespace Assay.Scanning.Reports;

/// <summary>
/// SARIF 2.1.0 as code scanning services read it: one run per target, rules with their help, stable fingerprints, what was waived as
/// suppressions, and what was not analysed as notifications. Respects their limits, and says in a notification what was left out.
/// </summary>
public sealed class SarifReport : ReportFormat
{
    /// <summary>Runs that a service takes from one file; more targets share one run.</summary>
    public const int MaxRuns = 20;

    /// <summary>Results that a service takes from one run; the worst are kept.</summary>
    public const int MaxResults = 25_000;

    /// <summary>Notifications written per run.</summary>
    private const int MaxNotifications = 1000;

    /// <inheritdoc/>
    public override string Name => "sarif";

    /// <inheritdoc/>
    public override void Write(ScanReport report, Stream into, ReportSettings settings)
    {
        using (var json = new Utf8JsonWriter(into, JsonReport.Indented))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            if (report.Targets.Count > MaxRuns)
            {
                WriteRun(json, new RunContent(report, null, settings));
            }
            else
            {
                for (var i = 0; i < report.Targets.Count; i++)
                    WriteRun(json, new RunContent(report, i, settings));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        into.WriteByte((byte)'\n');
    }

    private static void WriteRun(Utf8JsonWriter json, RunContent run)
    {
        json.WriteStartObject();
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "Assay");
        json.WriteString("version", Engine.Version);
        json.WriteString("semanticVersion", Engine.Version);
        json.WriteString("informationUri", Engine.InformationUri);
        json.WriteStartArray("rules");
        foreach (var rule in run.Rules)
            WriteRule(json, rule);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        json.WriteString("rulesVersion", Engine.Rules);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartObject("automationDetails");
        json.WriteString("id", run.AutomationId);
        json.WriteEndObject();

        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", run.Verdict != Verdict.Incomplete && run.Errors.Count == 0);
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var notification in run.Notifications)
            WriteNotification(json, notification);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();

        json.WriteString("columnKind", "unicodeCodePoints");
        json.WriteStartObject("originalUriBaseIds");
        json.WriteStartObject("%SRCROOT%");
        json.WriteStartObject("description");
        json.WriteString("text", "The folder in which the scan was started.");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();

        json.WriteStartArray("results");
        foreach (var result in run.Results)
        {
            WriteResult(json, result, run);
            if (json.BytesPending > 1 << 16)
                json.Flush();
        }

        json.WriteEndArray();
        json.WriteStartObject("properties");
        json.WriteString("verdict", Words.Of(run.Verdict));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, Rule rule)
    {
        json.WriteStartObject();
        json.WriteString("id", rule.Id);
        json.WriteString("name", PascalCase(rule.Title));
        WriteMessage(json, "shortDescription", rule.Title);
        WriteMessage(json, "fullDescription", rule.Meaning);
        json.WriteStartObject("help");
        json.WriteString("text", RuleDocument.PlainText(rule));
        json.WriteString("markdown", RuleDocument.Body(rule));
        json.WriteEndObject();
        json.WriteStartObject("defaultConfiguration");
        json.WriteString("level", LevelOf(rule.Severity, rule.Stage));
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteStartArray("tags");
        json.WriteStringValue("security");
        var tags = 1;
        foreach (var reference in rule.References)
        {
            if (tags++ >= 20)
                break;
            json.WriteStringValue(reference.StartsWith("CWE-", StringComparison.Ordinal)
                ? "external/cwe/cwe-" + reference[4..]
                : reference);
        }

        json.WriteEndArray();
        json.WriteString("precision", rule.Stage == RuleStage.Observed ? "low" : rule.Severity >= Severity.High ? "very-high" : "high");
        json.WriteString("security-severity", SecuritySeverity(rule.Severity));
        json.WriteString("problem.severity", rule.Severity >= Severity.High ? "error" : rule.Severity == Severity.Medium ? "warning" : "recommendation");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Result result, RunContent run)
    {
        var finding = result.Finding;
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Rule.Id);
        json.WriteNumber("ruleIndex", run.RuleIndex[finding.Rule.Id]);
        json.WriteString("level", LevelOf(finding.Severity, finding.Stage));
        WriteMessage(json, "message", VisibleText.Of(finding.Message) + " " + VisibleText.Of(finding.Advice));
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        WriteArtifactLocation(json, run.Uri(result.Target, finding.Location.Path));
        json.WriteStartObject("region");
        json.WriteNumber("startLine", finding.Location.Line ?? 1);
        if (finding.Location.Column is { } column)
            json.WriteNumber("startColumn", column);

        // An offset inside a member is no place in the file; it stands in the properties then.
        if (finding.Location is { Line: null, Member: null, Offset: { } offset and >= 0 })
        {
            json.WriteNumber("byteOffset", offset);
            json.WriteNumber("byteLength", 1);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        if (finding.Location.Member is { } member)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("fullyQualifiedName", JsonReport.Text(finding.Location.Path + "!" + member));
            json.WriteString("kind", "member");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
        WriteStories(json, result, run);
        json.WriteStartObject("partialFingerprints");
        json.WriteString("assay/v1", finding.Fingerprint);
        json.WriteEndObject();
        if (run.HasBaseline)
            json.WriteString("baselineState", finding.Baselined ? "unchanged" : "new");
        if (result.Waiver is { } waiver)
        {
            json.WriteStartArray("suppressions");
            json.WriteStartObject();
            json.WriteString("kind", "external");
            json.WriteString("status", "accepted");
            json.WriteString("justification", JsonReport.Text($"{waiver.Reason} ({waiver.Owner}, until {waiver.Expires:yyyy-MM-dd})"));
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteStartObject("properties");
        json.WriteString("severity", Words.Of(finding.Severity));
        json.WriteString("confidence", Words.Of(finding.Confidence));
        json.WriteString("effect", Words.Of(finding.Effect));
        if (finding.Evidence is { } evidence)
            json.WriteString("evidence", JsonReport.Text(evidence));
        if (finding.Location.Member is { } inner)
            json.WriteString("member", JsonReport.Text(inner));
        if (finding.Location.Offset is { } at)
            json.WriteNumber("offset", at);
        if (finding.Stage == RuleStage.Observed)
            json.WriteString("stage", "observed");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The stories that end at this result, as flows that viewers can step through.</summary>
    private static void WriteStories(Utf8JsonWriter json, Result result, RunContent run)
    {
        var stories = run.StoriesEndingAt(result.Target, result.Finding.Fingerprint);
        if (stories.Count == 0)
            return;
        json.WriteStartArray("codeFlows");
        foreach (var story in stories)
        {
            json.WriteStartObject();
            WriteMessage(json, "message", VisibleText.Of(story.Title) + ". " + VisibleText.Of(story.Advice));
            json.WriteStartArray("threadFlows");
            json.WriteStartObject();
            json.WriteStartArray("locations");
            foreach (var step in story.Steps)
            {
                json.WriteStartObject();
                json.WriteStartObject("location");
                json.WriteStartObject("physicalLocation");
                var inside = step.Path.IndexOf('!', StringComparison.Ordinal);
                WriteArtifactLocation(json, run.Uri(result.Target, inside < 0 ? step.Path : step.Path[..inside]));
                json.WriteStartObject("region");
                json.WriteNumber("startLine", inside < 0 ? step.Line ?? 1 : 1);
                json.WriteEndObject();
                json.WriteEndObject();
                WriteMessage(json, "message", VisibleText.Of(step.Text));
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNotification(Utf8JsonWriter json, Notification notification)
    {
        json.WriteStartObject();
        json.WriteString("level", notification.Level);
        WriteMessage(json, "message", VisibleText.Of(notification.Message));
        if (notification.Uri is { } uri)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            WriteArtifactLocation(json, uri);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteArtifactLocation(Utf8JsonWriter json, string uri)
    {
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", uri);
        if (!uri.StartsWith("file:", StringComparison.Ordinal))
            json.WriteString("uriBaseId", "%SRCROOT%");
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string LevelOf(Severity severity, RuleStage stage) => (severity, stage) switch
    {
        (_, RuleStage.Observed) => "note",
        ( >= Severity.High, _) => "error",
        (Severity.Medium, _) => "warning",
        _ => "note",
    };

    private static string SecuritySeverity(Severity severity) => severity switch
    {
        Severity.Critical => "9.8",
        Severity.High => "8.0",
        Severity.Medium => "5.5",
        Severity.Low => "2.0",
        _ => "0.0",
    };

    private static string PascalCase(string title)
    {
        var name = new StringBuilder(title.Length);
        var start = true;
        foreach (var c in title)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                start = true;
                continue;
            }

            name.Append(start ? char.ToUpperInvariant(c) : c);
            start = false;
        }

        return name.ToString();
    }

    private readonly record struct Result(int Target, Finding Finding, Waiver? Waiver);

    private readonly record struct Notification(string Level, string Message, string? Uri);

    /// <summary>What one run holds: one target, or all of them when there are more than a service takes.</summary>
    private sealed class RunContent
    {
        private readonly ScanReport _report;
        private readonly ReportSettings _settings;

        public RunContent(ScanReport report, int? target, ReportSettings settings)
        {
            _report = report;
            _settings = settings;
            HasBaseline = report.Baselined > 0;
            Verdict = target is { } one ? report.Targets[one].Verdict : report.Verdict;
            AutomationId = "assay/" + (target is { } named ? Identifier(report.Targets[named].Target) : "all-targets") + "/";
            Errors = target is null ? report.Errors : [.. ErrorsOf(report, target.Value)];
            var results = new List<Result>();
            for (var t = 0; t < report.Targets.Count; t++)
            {
                if (target is not null && t != target)
                    continue;
                foreach (var finding in report.Targets[t].Findings)
                    results.Add(new Result(t, finding, null));
            }

            foreach (var artifact in report.Artifacts)
            {
                var t = IndexOf(artifact.Target);
                if (target is not null && t != target)
                    continue;
                foreach (var finding in artifact.Findings)
                    results.Add(new Result(t, finding, null));
                foreach (var gap in artifact.Incomplete)
                {
                    Notifications.Add(new Notification(
                        gap.Reason == IncompleteReason.Unreadable ? "error" : "warning",
                        $"Not fully analysed ({Words.Of(gap.Reason)}): {gap.Message}",
                        Uri(t, artifact.Path)));
                }
            }

            foreach (var waived in report.Waived)
            {
                var t = IndexOf(waived.Target);
                if (target is null || t == target)
                    results.Add(new Result(t, waived.Finding, waived.Waiver));
            }

            foreach (var error in Errors)
                Notifications.Add(new Notification("error", $"{error.Path}: {error.Message}", null));
            foreach (var note in report.Notes)
                Notifications.Add(new Notification("note", $"{note.Path}: {note.Message}", null));
            if (target is null)
                Notifications.Insert(0, new Notification("note", $"There are more than {MaxRuns} targets; all of them share this run.", null));

            // A stable sort: the worst first, and among equals the order of the report.
            results = [.. results.OrderByDescending(static r => r.Finding.Severity)];
            if (results.Count > MaxResults)
            {
                Notifications.Insert(0, new Notification(
                    "warning", $"Only the {MaxResults} most severe of {results.Count} results are listed. The JSON report has all of them.", null));
                results.RemoveRange(MaxResults, results.Count - MaxResults);
            }

            if (Notifications.Count > MaxNotifications)
            {
                var more = Notifications.Count - MaxNotifications;
                Notifications.RemoveRange(MaxNotifications, more);
                Notifications.Add(new Notification("warning", $"{more} more notifications were left out. The JSON report has all of them.", null));
            }

            Results = results;
            var rules = new SortedDictionary<string, Rule>(StringComparer.Ordinal);
            foreach (var result in results)
                rules.TryAdd(result.Finding.Rule.Id, result.Finding.Rule);
            Rules = [.. rules.Values];
            for (var i = 0; i < Rules.Count; i++)
                RuleIndex[Rules[i].Id] = i;
        }

        /// <summary>The stories of a target whose last step is this finding.</summary>
        public List<Story> StoriesEndingAt(int target, string fingerprint)
        {
            var ending = new List<Story>();
            foreach (var story in _report.Targets[target].Stories)
            {
                if (story.Steps.Count > 0 && story.Steps[^1].Fingerprint == fingerprint)
                    ending.Add(story);
            }

            return ending;
        }

        public Verdict Verdict { get; }

        public string AutomationId { get; }

        public bool HasBaseline { get; }

        public IReadOnlyList<ScanError> Errors { get; }

        public List<Notification> Notifications { get; } = [];

        public List<Result> Results { get; }

        public List<Rule> Rules { get; }

        public Dictionary<string, int> RuleIndex { get; } = new(StringComparer.Ordinal);

        /// <summary>The address of an artifact: relative to the working folder where it lies in it, else an absolute one.</summary>
        public string Uri(int target, string path)
        {
            var given = _report.Targets[target];
            if (given.Kind == TargetKind.Stdin)
                return "-";
            var argument = given.Target;
            var whole = given.Kind == TargetKind.File ? argument : Path.Combine(argument, path);
            var full = Path.GetFullPath(Path.Combine(_settings.WorkingFolder, whole));
            var relative = Path.GetRelativePath(_settings.WorkingFolder, full);
            var inside = !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            return inside ? Encoded(relative) : "file://" + (full.StartsWith('/') ? "" : "/") + Encoded(full);
        }

        private static string Encoded(string path)
        {
            var parts = JsonReport.Text(path).Replace(Path.DirectorySeparatorChar, '/').Split('/');
            for (var i = 0; i < parts.Length; i++)
                parts[i] = System.Uri.EscapeDataString(parts[i]);
            return string.Join('/', parts);
        }

        // The first target of this name: the same argument twice is the same folder twice.
        private int IndexOf(string target)
        {
            for (var i = 0; i < _report.Targets.Count; i++)
            {
                if (_report.Targets[i].Target == target)
                    return i;
            }

            return 0;
        }

        private static IEnumerable<ScanError> ErrorsOf(ScanReport report, int target)
        {
            var name = Path.TrimEndingDirectorySeparator(report.Targets[target].Target);
            foreach (var error in report.Errors)
            {
                if (report.Targets.Count == 1 || error.Path == name || error.Path.StartsWith(name + "/", StringComparison.Ordinal)
                    || (name is "." && !Path.IsPathRooted(error.Path)))
                {
                    yield return error;
                }
            }
        }

        private static string Identifier(string target)
        {
            var id = new StringBuilder(target.Length);
            foreach (var c in target.TrimEnd('/', '\\'))
                id.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' ? c : '-');
            return id.Length == 0 ? "-" : id.ToString();
        }
    }
}
