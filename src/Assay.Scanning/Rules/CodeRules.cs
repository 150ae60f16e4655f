namespace Assay.Scanning;

/// <summary>Rules about code, in whatever language it is written.</summary>
public static class CodeRules
{
    /// <summary>Custom Python code.</summary>
    public static Rule CustomCode { get; } = new("PYC-001", Severity.Info, "Custom Python code")
    {
        Meaning = "Meaning of PYC-001.",
        HowItWorks = "One about PYC-001. Two about PYC-001. Three about PYC-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Code runs at import time.</summary>
    public static Rule ImportTimeCode { get; } = new("PYC-002", Severity.Medium, "Code runs at import time")
    {
        Meaning = "Meaning of PYC-002.",
        HowItWorks = "One about PYC-002. Two about PYC-002. Three about PYC-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Starts programs.</summary>
    public static Rule StartsPrograms { get; } = new("PYC-003", Severity.Medium, "Starts programs")
    {
        Meaning = "Meaning of PYC-003.",
        HowItWorks = "One about PYC-003. Two about PYC-003. Three about PYC-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-78", "AML.T0050"],
    };

    /// <summary>Network access.</summary>
    public static Rule NetworkAccess { get; } = new("PYC-004", Severity.Low, "Network access")
    {
        Meaning = "Meaning of PYC-004.",
        HowItWorks = "One about PYC-004. Two about PYC-004. Three about PYC-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829"],
    };

    /// <summary>Reads credentials.</summary>
    public static Rule ReadsCredentials { get; } = new("PYC-005", Severity.High, "Reads credentials")
    {
        Meaning = "Meaning of PYC-005.",
        HowItWorks = "One about PYC-005. Two about PYC-005. Three about PYC-005.",
        Advice = StandardAdvice.Review,
        References = ["CWE-522", "AML.T0055", "AML.T0037", "LLM02:2025"],
    };

    /// <summary>Credentials sent to network.</summary>
    public static Rule SendsCredentials { get; } = new("PYC-006", Severity.Critical, "Credentials sent to network")
    {
        Meaning = "Meaning of PYC-006.",
        HowItWorks = "One about PYC-006. Two about PYC-006. Three about PYC-006.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0025", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>Downloads and executes.</summary>
    public static Rule DownloadsAndExecutes { get; } = new("PYC-010", Severity.Critical, "Downloads and executes")
    {
        Meaning = "Meaning of PYC-010.",
        HowItWorks = "One about PYC-010. Two about PYC-010. Three about PYC-010.",
        Advice = StandardAdvice.Review,
        References = ["CWE-494", "CWE-506", "AML.T0011.000", "AML.T0050", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Disables security checks.</summary>
    public static Rule DisablesChecks { get; } = new("PYC-011", Severity.High, "Disables security checks")
    {
        Meaning = "Meaning of PYC-011.",
        HowItWorks = "One about PYC-011. Two about PYC-011. Three about PYC-011.",
        Advice = StandardAdvice.Review,
        References = ["CWE-295", "CWE-693", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Hidden window or silent start.</summary>
    public static Rule HidesWindow { get; } = new("PYC-012", Severity.High, "Hidden window or silent start")
    {
        Meaning = "Meaning of PYC-012.",
        HowItWorks = "One about PYC-012. Two about PYC-012. Three about PYC-012.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107"],
    };

    /// <summary>Reverse shell code.</summary>
    public static Rule ReverseShell { get; } = new("PYC-013", Severity.Critical, "Reverse shell code")
    {
        Meaning = "Meaning of PYC-013.",
        HowItWorks = "One about PYC-013. Two about PYC-013. Three about PYC-013.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0072", "LLM03:2025"],
    };

    /// <summary>Decoy structure.</summary>
    public static Rule Decoy { get; } = new("PYC-014", Severity.Low, "Decoy structure")
    {
        Meaning = "Meaning of PYC-014.",
        HowItWorks = "One about PYC-014. Two about PYC-014. Three about PYC-014.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0074"],
    };

    /// <summary>Persistence.</summary>
    public static Rule Persistence { get; } = new("PYC-015", Severity.Critical, "Persistence")
    {
        Meaning = "Meaning of PYC-015.",
        HowItWorks = "One about PYC-015. Two about PYC-015. Three about PYC-015.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0112.001", "LLM03:2025"],
    };

    /// <summary>Anti-analysis.</summary>
    public static Rule AntiAnalysis { get; } = new("PYC-016", Severity.High, "Anti-analysis")
    {
        Meaning = "Meaning of PYC-016.",
        HowItWorks = "One about PYC-016. Two about PYC-016. Three about PYC-016.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0097"],
    };

    /// <summary>Unsafe load of remote file.</summary>
    public static Rule UnsafeRemoteLoad { get; } = new("PYC-017", Severity.Medium, "Unsafe load of remote file")
    {
        Meaning = "Meaning of PYC-017.",
        HowItWorks = "One about PYC-017. Two about PYC-017. Three about PYC-017.",
        Advice = StandardAdvice.Review,
        References = ["CWE-502", "AML.T0011.000"],
    };

    /// <summary>Installs packages at run time.</summary>
    public static Rule InstallsPackages { get; } = new("PYC-018", Severity.High, "Installs packages at run time")
    {
        Meaning = "Meaning of PYC-018.",
        HowItWorks = "One about PYC-018. Two about PYC-018. Three about PYC-018.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>Destroys or encrypts files.</summary>
    public static Rule DestroysFiles { get; } = new("PYC-019", Severity.Critical, "Destroys or encrypts files")
    {
        Meaning = "Meaning of PYC-019.",
        HowItWorks = "One about PYC-019. Two about PYC-019. Three about PYC-019.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506"],
    };

    /// <summary>Mines cryptocurrency.</summary>
    public static Rule MinesCurrency { get; } = new("PYC-020", Severity.Critical, "Mines cryptocurrency")
    {
        Meaning = "Meaning of PYC-020.",
        HowItWorks = "One about PYC-020. Two about PYC-020. Three about PYC-020.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506"],
    };

    /// <summary>Spies on the user.</summary>
    public static Rule SpiesOnUser { get; } = new("PYC-021", Severity.High, "Spies on the user")
    {
        Meaning = "Meaning of PYC-021.",
        HowItWorks = "One about PYC-021. Two about PYC-021. Three about PYC-021.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506"],
    };

    /// <summary>Runs machine code from memory.</summary>
    public static Rule MachineCode { get; } = new("PYC-022", Severity.Critical, "Runs machine code from memory")
    {
        Meaning = "Meaning of PYC-022.",
        HowItWorks = "One about PYC-022. Two about PYC-022. Three about PYC-022.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506"],
    };
}
