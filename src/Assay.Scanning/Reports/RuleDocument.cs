using System.Text;

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
