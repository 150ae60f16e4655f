using System.Text.Json;

namespace Assay.Scanning.Reports;

/// <summary>Rules for terminals and programs. Their pages are written by <see cref="RulePage"/>.</summary>
public static class RuleDocument
{
    /// <summary>The page of the rule (<see cref="RulePage"/>) without its heading, for services that show a heading of their own.</summary>
    public static string Body(Rule rule)
    {
        var page = RulePage.Markdown(rule);
        return page[(page.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
    }

    /// <summary>The explanation in plain text, unwrapped.</summary>
    public static string PlainText(Rule rule)
    {
        var text = $"{rule.Meaning}\n\nHow it works: {rule.HowItWorks}\n\nWhat to do: {rule.Advice}";
        return rule.References.Count == 0 ? text : text + "\n\nReferences: " + string.Join(", ", rule.References);
    }

    /// <summary>The page for a terminal.</summary>
    public static string Text(Rule rule, ReportSettings settings)
    {
        var page = new TextPage(settings);
        page.Line(page.Bold($"{rule.Id}  {rule.Title}"));
        page.Line(page.Faint($"severity {Words.Of(rule.Severity)}{(rule.Stage == RuleStage.Observed ? ", observed: it is reported, and does not count" : "")}"));
        foreach (var (heading, text) in ((string, string)[])[("What it means", rule.Meaning), ("How it works", rule.HowItWorks), ("What to do", rule.Advice)])
        {
            page.Line();
            page.Line(page.Bold(heading));
            page.Wrapped("  ", text, TextStyle.Plain);
        }

        if (rule.References.Count == 0)
            return page.ToString();
        page.Line();
        page.Line(page.Bold("References"));
        foreach (var reference in rule.References)
            page.Line("  " + reference + (RulePage.Address(reference) is { } address && address != reference ? "  " + page.Faint(address) : ""));
        return page.ToString();
    }

    /// <summary>The list of all rules for a terminal, a line each.</summary>
    public static string TextIndex(IReadOnlyList<Rule> rules, ReportSettings settings)
    {
        var page = new TextPage(settings);
        string? family = null;
        foreach (var rule in rules)
        {
            if (family is not null && family != rule.Family)
                page.Line();
            family = rule.Family;
            page.Line($"{page.Bold(rule.Id)}  {Words.Of(rule.Severity),-8}  {rule.Title}{(rule.Stage == RuleStage.Observed ? " (observed)" : "")}");
        }

        page.Line();
        page.Line(page.Faint($"{rules.Count} rules, version {Engine.Rules}. assay explain RULE says what one means and what to do."));
        return page.ToString();
    }

    /// <summary>Rules as JSON (<c>assay.rules/v1</c>).</summary>
    public static void WriteJson(IReadOnlyList<Rule> rules, Stream into)
    {
        using (var json = new Utf8JsonWriter(into, JsonReport.Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", "assay.rules/v1");
            json.WriteString("rules", Engine.Rules);
            json.WriteStartArray("items");
            foreach (var rule in rules)
            {
                json.WriteStartObject();
                json.WriteString("id", rule.Id);
                json.WriteString("title", rule.Title);
                json.WriteString("severity", Words.Of(rule.Severity));
                json.WriteString("stage", rule.Stage == RuleStage.Observed ? "observed" : "active");
                json.WriteString("meaning", rule.Meaning);
                json.WriteString("howItWorks", rule.HowItWorks);
                json.WriteString("advice", rule.Advice);
                json.WriteStartArray("references");
                foreach (var reference in rule.References)
                    json.WriteStringValue(reference);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        into.WriteByte((byte)'\n');
    }
}
