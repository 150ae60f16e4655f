namespace Assay.Scanning;

/// <summary>Rules about addresses.</summary>
public static class NetworkRules
{
    /// <summary>Dead-drop or paste service.</summary>
    public static Rule DeadDrop { get; } = new("NET-001", Severity.High, "Dead-drop or paste service")
    {
        Meaning = "Meaning of NET-001.",
        HowItWorks = "One about NET-001. Two about NET-001. Three about NET-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0025"],
    };

    /// <summary>Raw IP with port.</summary>
    public static Rule RawAddress { get; } = new("NET-002", Severity.Medium, "Raw IP with port")
    {
        Meaning = "Meaning of NET-002.",
        HowItWorks = "One about NET-002. Two about NET-002. Three about NET-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506"],
    };

    /// <summary>Encoded URL.</summary>
    public static Rule EncodedAddress { get; } = new("NET-003", Severity.High, "Encoded URL")
    {
        Meaning = "Meaning of NET-003.",
        HowItWorks = "One about NET-003. Two about NET-003. Three about NET-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107"],
    };

    /// <summary>Webhook or bot exfiltration channel.</summary>
    public static Rule ExfiltrationChannel { get; } = new("NET-004", Severity.High, "Webhook or bot exfiltration channel")
    {
        Meaning = "Meaning of NET-004.",
        HowItWorks = "One about NET-004. Two about NET-004. Three about NET-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-200", "AML.T0025", "LLM02:2025"],
    };

    /// <summary>Tunnel or out-of-band host.</summary>
    public static Rule Tunnel { get; } = new("NET-005", Severity.Medium, "Tunnel or out-of-band host")
    {
        Meaning = "Meaning of NET-005.",
        HowItWorks = "One about NET-005. Two about NET-005. Three about NET-005.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0025"],
    };

    /// <summary>Known malicious indicator.</summary>
    public static Rule KnownIndicator { get; } = new("NET-006", Severity.Critical, "Known malicious indicator")
    {
        Meaning = "Meaning of NET-006.",
        HowItWorks = "One about NET-006. Two about NET-006. Three about NET-006.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0010.003", "LLM03:2025"],
    };
}
