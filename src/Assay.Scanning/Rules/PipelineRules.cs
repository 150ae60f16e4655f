namespace Assay.Scanning;

/// <summary>Rules about containers, pipelines and what opens by itself.</summary>
public static class PipelineRules
{
    /// <summary>Dangerous container instruction.</summary>
    public static Rule ContainerInstruction { get; } = new("DOC-001", Severity.Medium, "Dangerous container instruction")
    {
        Meaning = "Meaning of DOC-001.",
        HowItWorks = "One about DOC-001. Two about DOC-001. Three about DOC-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-494", "AML.T0010.004", "LLM03:2025"],
    };

    /// <summary>Unsafe pipeline definition.</summary>
    public static Rule UnsafePipeline { get; } = new("CIC-001", Severity.Medium, "Unsafe pipeline definition")
    {
        Meaning = "Meaning of CIC-001.",
        HowItWorks = "One about CIC-001. Two about CIC-001. Three about CIC-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-94", "AML.T0010.001"],
    };

    /// <summary>Auto-run editor or agent files.</summary>
    public static Rule AutoRunFile { get; } = new("CIC-002", Severity.Medium, "Auto-run editor or agent files")
    {
        Meaning = "Meaning of CIC-002.",
        HowItWorks = "One about CIC-002. Two about CIC-002. Three about CIC-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0081", "LLM01:2025"],
    };
}
