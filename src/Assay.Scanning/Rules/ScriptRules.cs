namespace Assay.Scanning;

/// <summary>Rules about command scripts, install hooks and notebooks.</summary>
public static class ScriptRules
{
    /// <summary>Script file in model repository.</summary>
    public static Rule ScriptFile { get; } = new("SHL-001", Severity.Medium, "Script file in model repository")
    {
        Meaning = "Meaning of SHL-001.",
        HowItWorks = "One about SHL-001. Two about SHL-001. Three about SHL-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011"],
    };

    /// <summary>Pipe from internet to shell.</summary>
    public static Rule PipeToShell { get; } = new("SHL-002", Severity.Critical, "Pipe from internet to shell")
    {
        Meaning = "Meaning of SHL-002.",
        HowItWorks = "One about SHL-002. Two about SHL-002. Three about SHL-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-494", "AML.T0050", "LLM03:2025"],
    };

    /// <summary>Security software tampering.</summary>
    public static Rule SecurityTampering { get; } = new("SHL-003", Severity.Critical, "Security software tampering")
    {
        Meaning = "Meaning of SHL-003.",
        HowItWorks = "One about SHL-003. Two about SHL-003. Three about SHL-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-693", "AML.T0107"],
    };

    /// <summary>Encoded command.</summary>
    public static Rule EncodedCommand { get; } = new("SHL-004", Severity.High, "Encoded command")
    {
        Meaning = "Meaning of SHL-004.",
        HowItWorks = "One about SHL-004. Two about SHL-004. Three about SHL-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0107"],
    };

    /// <summary>Elevation or scheduled task.</summary>
    public static Rule Elevation { get; } = new("SHL-005", Severity.High, "Elevation or scheduled task")
    {
        Meaning = "Meaning of SHL-005.",
        HowItWorks = "One about SHL-005. Two about SHL-005. Three about SHL-005.",
        Advice = StandardAdvice.Review,
        References = ["CWE-250", "AML.T0112.001"],
    };

    /// <summary>Install hook or Node process start.</summary>
    public static Rule InstallHook { get; } = new("JSX-001", Severity.High, "Install hook or Node process start")
    {
        Meaning = "Meaning of JSX-001.",
        HowItWorks = "One about JSX-001. Two about JSX-001. Three about JSX-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-506", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>Notebook shell command.</summary>
    public static Rule NotebookCommand { get; } = new("NBK-001", Severity.Low, "Notebook shell command")
    {
        Meaning = "Meaning of NBK-001.",
        HowItWorks = "One about NBK-001. Two about NBK-001. Three about NBK-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-829", "AML.T0011"],
    };

    /// <summary>Notebook active output.</summary>
    public static Rule ActiveOutput { get; } = new("NBK-002", Severity.Medium, "Notebook active output")
    {
        Meaning = "Meaning of NBK-002.",
        HowItWorks = "One about NBK-002. Two about NBK-002. Three about NBK-002.",
        Advice = StandardAdvice.Review,
        References = ["CWE-79"],
    };
}
