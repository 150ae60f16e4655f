namespace Assay.Scanning;

/// <summary>Rules about file names.</summary>
public static class NameRules
{
    /// <summary>Deceptive file name.</summary>
    public static Rule DeceptiveName { get; } = new("NAM-003", Severity.High, "Deceptive file name")
    {
        Meaning = "Meaning of NAM-003.",
        HowItWorks = "One about NAM-003. Two about NAM-003. Three about NAM-003.",
        Advice = StandardAdvice.Review,
        References = ["CWE-451", "AML.T0074"],
    };

    /// <summary>Auto-loaded or shadowing file.</summary>
    public static Rule AutoLoadedFile { get; } = new("NAM-004", Severity.Medium, "Auto-loaded or shadowing file")
    {
        Meaning = "Meaning of NAM-004.",
        HowItWorks = "One about NAM-004. Two about NAM-004. Three about NAM-004.",
        Advice = StandardAdvice.Review,
        References = ["CWE-426", "AML.T0011.000"],
    };
}
