namespace Assay.Scanning;

/// <summary>Rules about the numbers of a model.</summary>
public static class WeightRules
{
    /// <summary>A program, an archive or a script among the numbers.</summary>
    public static Rule HiddenData { get; } = new("WGT-003", Severity.High, "Hidden data signature in weights")
    {
        Meaning = "Between the numbers of this model lies something that is no number: the beginning of a program, of an archive or of a script.",
        HowItWorks = "The values of a tensor are stored as raw bytes that no loader interprets, so that they can carry anything past a check of the structure: a program is cut out of them again by a few lines of code elsewhere. "
            + "Assay looks at every offset of the raw data for the headers of programs, archives and scripts and asks that the fields behind the signature are valid too, which numbers do not fulfil by chance. "
            + "A program has no honest reason to be there. Archives and texts do occur in tensors of bytes (saved states, vocabularies), and are only noted.",
        Advice = StandardAdvice.Refuse,
        References = ["CWE-506", "AML.T0018.002", "LLM03:2025"],
    };

    /// <summary>Machine code inside a model of another kind.</summary>
    public static Rule HostProgram { get; } = new("NAT-002", Severity.High, "Host executable inside engine")
    {
        Meaning = "A program for Windows, Linux or macOS is hidden inside this compiled or exported model.",
        HowItWorks = "Graphs and compiled engines hold operators and numbers for an accelerator. Some engines can also carry code for the computer itself, which runs with the rights of whoever opens them (TensorRT asks for that to be allowed). "
            + "Assay looks at every offset for the header of a program with valid fields.",
        Advice = StandardAdvice.Refuse,
        References = ["CWE-506", "AML.T0018.002", "LLM03:2025"],
    };
}
