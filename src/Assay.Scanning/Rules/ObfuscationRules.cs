namespace Assay.Scanning;

/// <summary>Rules about hidden code.</summary>
public static class ObfuscationRules
{
    /// <summary>Obfuscated code.</summary>
    public static Rule ObfuscatedCode { get; } = new("OBF-001", Severity.Medium, "Obfuscated code")
    {
        Meaning = "Meaning of OBF-001.",
        HowItWorks = "One about OBF-001. Two about OBF-001. Three about OBF-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107"],
    };

    /// <summary>Code pushed off screen.</summary>
    public static Rule OffScreen { get; } = new("OBF-002", Severity.High, "Code pushed off screen")
    {
        Meaning = "Meaning of OBF-002.",
        HowItWorks = "One about OBF-002. Two about OBF-002. Three about OBF-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0107"],
    };

    /// <summary>Decode and execute.</summary>
    public static Rule DecodeAndExecute { get; } = new("OBF-003", Severity.Critical, "Decode and execute")
    {
        Meaning = "Meaning of OBF-003.",
        HowItWorks = "One about OBF-003. Two about OBF-003. Three about OBF-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Bytecode without source.</summary>
    public static Rule BytecodeOnly { get; } = new("OBF-004", Severity.Medium, "Bytecode without source")
    {
        Meaning = "Meaning of OBF-004.",
        HowItWorks = "One about OBF-004. Two about OBF-004. Three about OBF-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107"],
    };
}
