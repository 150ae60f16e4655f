namespace Assay.Scanning;

/// <summary>Rules about secrets.</summary>
public static class SecretRules
{
    /// <summary>Live-format secret.</summary>
    public static Rule LiveSecret { get; } = new("SEC-001", Severity.High, "Live-format secret")
    {
        Meaning = "Meaning of SEC-001.",
        HowItWorks = "One about SEC-001. Two about SEC-001. Three about SEC-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-798", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>Private key.</summary>
    public static Rule PrivateKey { get; } = new("SEC-002", Severity.High, "Private key")
    {
        Meaning = "Meaning of SEC-002.",
        HowItWorks = "One about SEC-002. Two about SEC-002. Three about SEC-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-321", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>Token in model metadata or arguments.</summary>
    public static Rule MetadataToken { get; } = new("SEC-003", Severity.Medium, "Token in model metadata or arguments")
    {
        Meaning = "Meaning of SEC-003.",
        HowItWorks = "One about SEC-003. Two about SEC-003. Three about SEC-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-200", "AML.T0055", "LLM02:2025"],
    };
}
