using System.Text.Json.Nodes;
using Assay.Scanning.Reports;

namespace Assay.Server.Pages;

/// <summary>A finding as a page shows it. Every text came out of files of strangers.</summary>
/// <param name="Rule">Its rule.</param>
/// <param name="Severity">How bad it would be.</param>
/// <param name="Confidence">How sure it is.</param>
/// <param name="Title">What the rule is called.</param>
/// <param name="Message">What was found.</param>
/// <param name="Evidence">The place itself; null where there is none.</param>
/// <param name="Effect">When it would take effect: load, use, build, never.</param>
/// <param name="Place">File, member, line or offset.</param>
/// <param name="Path">The file.</param>
/// <param name="Advice">What to do.</param>
/// <param name="IsObserved">Whether its rule is on trial and counts for nothing.</param>
public sealed record FindingView(string Rule, string Severity, string Confidence, string Title, string Message, string? Evidence, string Effect, string Place, string Path, string Advice, bool IsObserved)
{
    /// <summary>When it would take effect, in words.</summary>
    public string EffectWords => Effect switch
    {
        "load" => "as soon as the file is loaded",
        "use" => "when the model is used",
        "build" => "when it is installed or built",
        _ => "not by itself",
    };
}

/// <summary>A story: findings of several files, told as one chain.</summary>
/// <param name="Title">What happens.</param>
/// <param name="Steps">The links, each with its file.</param>
/// <param name="Advice">What to do.</param>
public sealed record StoryView(string Title, IReadOnlyList<(string Path, long? Line, string Text)> Steps, string Advice);

/// <summary>What was not looked into, and why.</summary>
/// <param name="Path">The file.</param>
/// <param name="Member">The part inside it; null for the whole.</param>
/// <param name="Message">Why.</param>
public sealed record GapView(string Path, string? Member, string Message);

/// <summary>A report (<c>assay.report/v1</c>) as pages show it, the most important first.</summary>
public sealed class ReportPage
{
    private const int MaxFindings = 500;
    private const int MaxGaps = 200;

    private ReportPage(string rules, IReadOnlyDictionary<string, string> verdicts, IReadOnlyList<FindingView> findings, IReadOnlyList<StoryView> stories, IReadOnlyList<GapView> gaps) =>
        (Rules, Verdicts, Findings, Stories, Gaps) = (rules, verdicts, findings, stories, gaps);

    /// <summary>Version of the rules.</summary>
    public string Rules { get; }

    /// <summary>Verdicts by path.</summary>
    public IReadOnlyDictionary<string, string> Verdicts { get; }

    /// <summary>Findings; those that count first, by severity and confidence.</summary>
    public IReadOnlyList<FindingView> Findings { get; }

    /// <summary>Stories.</summary>
    public IReadOnlyList<StoryView> Stories { get; }

    /// <summary>What was not looked into.</summary>
    public IReadOnlyList<GapView> Gaps { get; }

    /// <summary>What loading, using or building it would do.</summary>
    public IEnumerable<FindingView> Effects => Findings.Where(static f => !f.IsObserved && f.Effect is "load" or "use" or "build" && f.Severity is "critical" or "high" or "medium");

    /// <summary>Reads a report; null where there is none.</summary>
    public static ReportPage? Read(JsonObject? report)
    {
        if (report is null)
            return null;
        var verdicts = new Dictionary<string, string>(StringComparer.Ordinal);
        var findings = new List<FindingView>();
        var gaps = new List<GapView>();
        foreach (var artifact in Objects(report["artifacts"]))
        {
            var path = Text(artifact["path"]);
            verdicts[path] = Text(artifact["verdict"]);
            findings.AddRange(Objects(artifact["findings"]).Select(Finding));
            gaps.AddRange(Objects(artifact["incomplete"]).Select(g => new GapView(Shown(path), g["member"] is null ? null : Shown(Text(g["member"])), Lines(Text(g["message"])))));
        }

        var stories = new List<StoryView>();
        foreach (var target in Objects(report["targets"]))
        {
            findings.AddRange(Objects(target["findings"]).Select(Finding));
            stories.AddRange(Objects(target["stories"]).Select(static s => new StoryView(
                Lines(Text(s["title"])), [.. Objects(s["steps"]).Select(static t => (Shown(Text(t["path"])), Number(t["line"]), Lines(Text(t["text"]))))], Lines(Text(s["advice"])))));
        }

        var ordered = findings.OrderBy(static f => f.IsObserved).ThenBy(static f => Rank(f.Severity)).ThenBy(static f => Rank(f.Confidence)).ThenBy(static f => f.Path, StringComparer.Ordinal).Take(MaxFindings).ToList();
        return new ReportPage(Text(report["tool"]?["rules"]), verdicts, ordered, stories, [.. gaps.Take(MaxGaps)]);
    }

    private static FindingView Finding(JsonObject finding)
    {
        var location = finding["location"] as JsonObject;
        var path = Text(location?["path"]);
        var place = Shown(path);
        if (Text(location?["member"]) is { Length: > 0 } member)
            place += " ▸ " + Shown(member);
        if (Number(location?["line"]) is { } line)
            place += $", line {line}";
        else if (Number(location?["offset"]) is { } offset)
            place += $", byte {offset}";
        return new FindingView(
            Text(finding["rule"]), Text(finding["severity"]), Text(finding["confidence"]), Text(finding["title"]), Lines(Text(finding["message"])), Text(finding["evidence"]) is { Length: > 0 } evidence ? Lines(evidence) : null,
            Text(finding["effect"]), place, path, Lines(Text(finding["advice"])), Text(finding["stage"]) == "observed");
    }

    private static int Rank(string word) => word switch
    {
        "critical" or "confirmed" => 0,
        "high" => 1,
        "medium" => 2,
        "low" => 3,
        _ => 4,
    };

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => (node as JsonArray)?.OfType<JsonObject>() ?? [];

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    // Characters that are invisible or turn the reading direction are written out.
    private static string Shown(string text) => VisibleText.Of(text);

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(VisibleText.Of));
}
