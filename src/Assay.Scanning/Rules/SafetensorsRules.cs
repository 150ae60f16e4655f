namespace Assay.Scanning;

/// <summary>Rules about safetensors files.</summary>
public static class SafetensorsRules
{
    /// <summary>A header that breaks the format.</summary>
    public static Rule InvalidHeader { get; } = new("SAF-001", Severity.Medium, "safetensors header invalid")
    {
        Meaning = "The list of contents at the start of this safetensors file breaks the rules of the format. An ordinary program that saves models does not write such a list.",
        HowItWorks = "A safetensors file starts with a JSON object that gives type, shape and place of every tensor. The reference loader refuses names that occur twice, lengths that do not fit the shape, and entries that lack a field. "
            + "Other loaders are less strict and may read different numbers from the same file, or bytes outside of it. An element type that is newer than this version of Assay is only noted.",
        Advice = StandardAdvice.FreshCopy,
        References = ["CWE-20", "AML.T0107"],
    };

    /// <summary>Tensors that share bytes, or bytes that no tensor owns.</summary>
    public static Rule OverlapOrGap { get; } = new("SAF-002", Severity.Medium, "safetensors overlap or gap")
    {
        Meaning = "The tensors of this file overlap, or leave room between them in which something can be hidden.",
        HowItWorks = "The format asks that tensors follow each other without a gap and without sharing a byte, so that a file holds nothing but what its header names. "
            + "Writers keep to that, and the reference loader refuses anything else. A gap can carry foreign data past programs that only look at the listed tensors. Overlaps make one loader see other numbers than the next.",
        Advice = StandardAdvice.FreshCopy,
        References = ["CWE-436", "AML.T0107"],
    };

    /// <summary>Bytes behind the last tensor.</summary>
    public static Rule TrailingData { get; } = new("SAF-003", Severity.Medium, "Extra data after tensors")
    {
        Meaning = "More data follows after the last tensor of this file, where the format has nothing.",
        HowItWorks = "The header says where the last tensor ends, and a sound file ends there too. Bytes behind that point are read by no loader, so that they serve to carry something along: a program, an archive, a text. "
            + "Assay looks into them as into a file of their own, and reports what it recognises.",
        Advice = StandardAdvice.FreshCopy,
        References = ["CWE-506", "AML.T0018.002"],
    };

    /// <summary>Code in the free-text part of the header.</summary>
    public static Rule SuspiciousMetadata { get; } = new("SAF-004", Severity.Low, "Suspicious safetensors metadata")
    {
        Meaning = "The free notes in the header of this file contain program code or an enormous text. Nothing runs by itself because of that.",
        HowItWorks = "Besides tensors the header has a map of plain notes, which training tools use for settings and captions. A page or a tool that shows or evaluates these notes carelessly could run what is written there. "
            + "Links and long training settings are common and not reported; script tags and calls that start programs are.",
        Advice = "Read the notes before you paste anything from them, and do not feed them to tools that evaluate text.",
        References = ["CWE-506", "LLM01:2025"],
    };
}
