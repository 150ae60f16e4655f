namespace Assay.Scanning;

/// <summary>Rules about what texts tell their reader to do.</summary>
public static class LureRules
{
    /// <summary>Card asks to run a local script.</summary>
    public static Rule RunScript { get; } = new("LUR-001", Severity.High, "Card asks to run a local script")
    {
        Meaning = "Meaning of LUR-001.",
        HowItWorks = "One about LUR-001. Two about LUR-001. Three about LUR-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0011", "AML.T0073", "LLM03:2025"],
    };

    /// <summary>Card asks to disable protection.</summary>
    public static Rule DisableProtection { get; } = new("LUR-002", Severity.Critical, "Card asks to disable protection")
    {
        Meaning = "Meaning of LUR-002.",
        HowItWorks = "One about LUR-002. Two about LUR-002. Three about LUR-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0011"],
    };

    /// <summary>Password archive or off-hub download.</summary>
    public static Rule OffHubDownload { get; } = new("LUR-004", Severity.High, "Password archive or off-hub download")
    {
        Meaning = "Meaning of LUR-004.",
        HowItWorks = "One about LUR-004. Two about LUR-004. Three about LUR-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-601", "AML.T0011.003"],
    };

    /// <summary>Hidden or agent-directed text.</summary>
    public static Rule HiddenText { get; } = new("LUR-005", Severity.High, "Hidden or agent-directed text")
    {
        Meaning = "Meaning of LUR-005.",
        HowItWorks = "One about LUR-005. Two about LUR-005. Three about LUR-005.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0051.001", "LLM01:2025"],
    };

    /// <summary>Misleading link.</summary>
    public static Rule MisleadingLink { get; } = new("LUR-006", Severity.Medium, "Misleading link")
    {
        Meaning = "Meaning of LUR-006.",
        HowItWorks = "One about LUR-006. Two about LUR-006. Three about LUR-006.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0011.003"],
    };
}
