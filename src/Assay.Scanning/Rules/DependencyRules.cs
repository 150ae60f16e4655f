namespace Assay.Scanning;

/// <summary>Rules about dependencies.</summary>
public static class DependencyRules
{
    /// <summary>Package name resembles a popular one.</summary>
    public static Rule LookalikePackage { get; } = new("DEP-001", Severity.High, "Package name resembles a popular one")
    {
        Meaning = "Meaning of DEP-001.",
        HowItWorks = "One about DEP-001. Two about DEP-001. Three about DEP-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-1357", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>Alternative index or direct link.</summary>
    public static Rule AlternativeIndex { get; } = new("DEP-002", Severity.Medium, "Alternative index or direct link")
    {
        Meaning = "Meaning of DEP-002.",
        HowItWorks = "One about DEP-002. Two about DEP-002. Three about DEP-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-427", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>Known malicious or vulnerable version.</summary>
    public static Rule KnownBadVersion { get; } = new("DEP-003", Severity.High, "Known malicious or vulnerable version")
    {
        Meaning = "Meaning of DEP-003.",
        HowItWorks = "One about DEP-003. Two about DEP-003. Three about DEP-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-1395", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>Possible dependency confusion.</summary>
    public static Rule DependencyConfusion { get; } = new("DEP-004", Severity.Medium, "Possible dependency confusion")
    {
        Meaning = "Meaning of DEP-004.",
        HowItWorks = "One about DEP-004. Two about DEP-004. Three about DEP-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-427", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>Unknown package.</summary>
    public static Rule UnknownPackage { get; } = new("DEP-005", Severity.Low, "Unknown package")
    {
        Meaning = "Meaning of DEP-005.",
        HowItWorks = "One about DEP-005. Two about DEP-005. Three about DEP-005.",
        Advice = StandardAdvice.Review,
        References = ["CWE-1357", "AML.T0060", "LLM03:2025"],
    };
}
