namespace Assay.Scanning;

/// <summary>Rules about documents.</summary>
public static class DocumentRules
{
    /// <summary>A document holds a macro, an action that starts a program, or a remote template.</summary>
    public static Rule ActiveDocument { get; } = new("OFD-001", Severity.High, "Document with macro or launch action")
    {
        Meaning = "This document can run commands on your computer when you open it. A paper or a table about a model has no need for that.",
        HowItWorks = "Office files may carry macros, fetch a template from the internet or call another program by an old linking feature; PDF files may hold scripts and actions that launch a program. The reader asks once, and many people agree. "
            + "The rule needs the feature itself inside of the file, found in its structure. Forms, bookmarks and ordinary links are harmless and not reported.",
        Advice = "Do not open it, or only in a viewer without macros and scripts, and do not press \"Enable content\". Ask the publisher for a plain file." + StandardAdvice.AlreadyRun,
        References = ["CWE-94", "CWE-506", "AML.T0011"],
    };
}
