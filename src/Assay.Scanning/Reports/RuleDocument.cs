using System.Text;
using System.Text.Json;

namespace Assay.Scanning.Reports;

/// <summary>The explanation of a rule, as a page. The same text stands in <c>assay explain</c>, in SARIF and in <c>docs/rules</c>.</summary>
public static class RuleDocument
{
    /// <summary>The page in Markdown, with the id as its heading.</summary>
    public static string Page(Rule rule) => $"# {rule.Id}: {rule.Title}\n\n{Markdown(rule)}";

    /// <summary>The body of the page in Markdown.</summary>
    public static string Markdown(Rule rule)
    {
        var page = new StringBuilder();
        page.Append("**Severity:** ").Append(Words.Of(rule.Severity));
        if (rule.Stage == RuleStage.Observed)
            page.Append(" · observed: it is reported, and does not count");
        page.Append("\n\n## What it means\n\n").Append(rule.Meaning)
            .Append("\n\n## How it works\n\n").Append(rule.HowItWorks)
            .Append("\n\n## What to do\n\n").Append(rule.Advice).Append('\n');
        if (rule.References.Count == 0)
            return page.ToString();
        page.Append("\n## References\n\n");
        foreach (var reference in rule.References)
        {
            page.Append("- ");
            if (AddressOf(reference) is { } address)
                page.Append('[').Append(reference).Append("](").Append(address).Append(")\n");
            else
                page.Append(reference).Append('\n');
        }

        return page.ToString();
    }

    /// <summary>The same in plain text, unwrapped.</summary>
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
            page.Line("  " + reference + (AddressOf(reference) is { } address && address != reference ? "  " + page.Faint(address) : ""));
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

    /// <summary>The list of all rules in Markdown, each linked to its page (<c>PKL-001.md</c>).</summary>
    public static string Index(IReadOnlyList<Rule> rules)
    {
        var page = new StringBuilder("# Rules\n\n");
        page.Append("Each finding names the rule that it comes from. Ids are permanent. These pages are generated: `assay rules --format markdown` and `assay explain RULE --format markdown`.\n\n");
        page.Append("| Rule | Severity | Title |\n| --- | --- | --- |\n");
        foreach (var rule in rules)
        {
            page.Append("| [").Append(rule.Id).Append("](").Append(rule.Id).Append(".md) | ").Append(Words.Of(rule.Severity))
                .Append(" | ").Append(rule.Title).Append(rule.Stage == RuleStage.Observed ? " (observed)" : "").Append(" |\n");
        }

        return page.ToString();
    }

    /// <summary>Where a reference is explained by those who issued it; null for those without an address of their own.</summary>
    public static string? AddressOf(string reference)
    {
        if (reference.StartsWith("CWE-", StringComparison.Ordinal))
            return $"https://cwe.mitre.org/data/definitions/{reference[4..]}.html";
        if (reference.StartsWith("AML.", StringComparison.Ordinal))
            return $"https://atlas.mitre.org/techniques/{reference}";
        if (reference.StartsWith("CVE-", StringComparison.Ordinal))
            return $"https://nvd.nist.gov/vuln/detail/{reference}";
        if (reference.StartsWith("GHSA-", StringComparison.Ordinal))
            return $"https://github.com/advisories/{reference}";
        return reference.StartsWith("https://", StringComparison.Ordinal) ? reference : null;
    }
}
