using System.Text;
using System.Text.RegularExpressions;

namespace Assay.Scanning;

/// <summary>Writes rules as Markdown: <c>assay explain --format markdown</c>, and the pages under <c>docs/rules/</c>.</summary>
public static partial class RulePage
{
    /// <summary>The page of one rule.</summary>
    public static string Markdown(Rule rule)
    {
        var page = new StringBuilder();
        page.Append($"# {rule.Id}: {rule.Title}\n\n");
        page.Append($"**Severity:** {Word(rule.Severity)}");
        if (rule.Stage == RuleStage.Observed)
            page.Append(" (observed: reported, and never counted)");
        page.Append("\n\n## What it means\n\n").Append(rule.Meaning);
        page.Append("\n\n## How it works\n\n").Append(rule.HowItWorks);
        page.Append("\n\n## What to do\n\n").Append(rule.Advice).Append('\n');
        if (rule.References.Count > 0)
        {
            page.Append("\n## References\n\n");
            foreach (var reference in rule.References)
                page.Append("- ").Append(Link(reference)).Append('\n');
        }

        return page.ToString();
    }

    /// <summary>The index of all rules, grouped by family.</summary>
    public static string Index()
    {
        var page = new StringBuilder();
        page.Append("# Rules\n\n");
        page.Append("Each finding names one of these rules. The number of a rule is permanent. The severity is the default: a finding may be graded higher or lower where its arguments decide.\n\n");
        page.Append("These pages are generated from the texts in `src/Assay.Scanning/Rules`; change them there.\n");
        foreach (var family in RuleCatalogue.All.GroupBy(rule => rule.Family, StringComparer.Ordinal))
        {
            page.Append($"\n## {FamilyTitle(family.Key)}\n\n| Rule | Severity | Title |\n|---|---|---|\n");
            foreach (var rule in family)
                page.Append($"| [{rule.Id}]({rule.Id}.md) | {Word(rule.Severity)} | {rule.Title} |\n");
        }

        return page.ToString();
    }

    /// <summary>Where a reference leads; null when it is of no known kind.</summary>
    public static string? Address(string reference)
    {
        if (CommonWeakness().Match(reference) is { Success: true } weakness)
            return $"https://cwe.mitre.org/data/definitions/{weakness.Groups["number"].Value}.html";
        if (Atlas().IsMatch(reference))
            return $"https://atlas.mitre.org/techniques/{reference}";
        if (Vulnerability().IsMatch(reference))
            return $"https://www.cve.org/CVERecord?id={reference}";
        if (Advisory().IsMatch(reference))
            return $"https://github.com/advisories/{reference}";
        if (LanguageModelTop10().IsMatch(reference))
            return "https://genai.owasp.org/llm-top-10/";
        return MachineLearningTop10().IsMatch(reference) ? "https://owasp.org/www-project-machine-learning-security-top-10/" : null;
    }

    private static string Link(string reference) => Address(reference) is { } address ? $"[{reference}]({address})" : reference;

    private static string Word(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Low => "low",
        Severity.Medium => "medium",
        Severity.High => "high",
        _ => "critical",
    };

    private static string FamilyTitle(string family) => family switch
    {
        "ARC" => "Archives (ARC)",
        "CFG" => "Settings (CFG)",
        "CIC" => "Pipelines and auto-run files (CIC)",
        "DEP" => "Dependencies (DEP)",
        "DOC" => "Containers (DOC)",
        "EXE" => "Programs (EXE)",
        "JBL" => "Joblib (JBL)",
        "JSX" => "JavaScript and install hooks (JSX)",
        "LUR" => "Lures (LUR)",
        "NAM" => "File names (NAM)",
        "NBK" => "Notebooks (NBK)",
        "NET" => "Addresses (NET)",
        "NPY" => "NumPy (NPY)",
        "OBF" => "Hidden code (OBF)",
        "OFD" => "Documents (OFD)",
        "PKL" => "Pickle (PKL)",
        "PT" => "PyTorch (PT)",
        "PYC" => "Code (PYC)",
        "SAF" => "safetensors (SAF)",
        "SCN" => "File and scan (SCN)",
        "SEC" => "Secrets (SEC)",
        "SHL" => "Command scripts (SHL)",
        _ => family,
    };

    [GeneratedRegex(@"^CWE-(?<number>\d+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex CommonWeakness();

    [GeneratedRegex(@"^AML\.T\d{4}(\.\d{3})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Atlas();

    [GeneratedRegex(@"^CVE-\d{4}-\d{4,7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Vulnerability();

    [GeneratedRegex(@"^GHSA(-[23456789cfghjmpqrvwx]{4}){3}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Advisory();

    [GeneratedRegex(@"^LLM\d{2}:2025$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex LanguageModelTop10();

    [GeneratedRegex(@"^ML\d{2}:2023$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex MachineLearningTop10();
}
