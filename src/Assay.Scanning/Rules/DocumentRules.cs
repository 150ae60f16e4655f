namespace Assay.Scanning;

/// <summary>Rules about documents.</summary>
public static class DocumentRules
{
    /// <summary>Document with macro or launch action.</summary>
    public static Rule ActiveDocument { get; } = new("OFD-001", Severity.High, "Document with macro or launch action")
    {
        Meaning = "Meaning of OFD-001.",
        HowItWorks = "One about OFD-001. Two about OFD-001. Three about OFD-001.",
        Advice = StandardAdvice.Review,
        References = ["CWE-94", "AML.T0011"],
    };
}
