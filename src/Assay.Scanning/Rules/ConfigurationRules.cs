namespace Assay.Scanning;

/// <summary>Rules about settings that reach code.</summary>
public static class ConfigurationRules
{
    /// <summary>Remote code requested.</summary>
    public static Rule RemoteCode { get; } = new("CFG-001", Severity.Info, "Remote code requested")
    {
        Meaning = "Meaning of CFG-001.",
        HowItWorks = "One about CFG-001. Two about CFG-001. Three about CFG-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Remote code from another repository.</summary>
    public static Rule RemoteCodeElsewhere { get; } = new("CFG-002", Severity.High, "Remote code from another repository")
    {
        Meaning = "Meaning of CFG-002.",
        HowItWorks = "One about CFG-002. Two about CFG-002. Three about CFG-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0010.001", "LLM03:2025"],
    };
}
