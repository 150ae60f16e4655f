namespace Assay.Scanning;

/// <summary>Rules about programs among model files.</summary>
public static class ExecutableRules
{
    /// <summary>A program, named as one.</summary>
    public static Rule Executable { get; } = new("EXE-001", Severity.Medium, "Executable in model repository")
    {
        Meaning = "A program for Windows, Linux or macOS lies among the files of this model. A model does not need one in order to be used.",
        HowItWorks = "Weights are data, and the program that uses them comes from your framework. A program that is delivered with the model is started by the reader, as the description asks, or by a script beside it. "
            + "Some projects ship a command-line tool or a native library in good faith. Nobody has checked what this one does; Assay only recognises its type.",
        Advice = "Do not start it. Use the weights with the framework that you already have; where the program is needed, build it from its published source.",
        References = ["CWE-434", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>A program under a false name.</summary>
    public static Rule Disguised { get; } = new("EXE-002", Severity.Critical, "Disguised executable")
    {
        Meaning = "This file is a program that poses as something harmless: by its name it is a model, a picture or a text.",
        HowItWorks = "Systems and people decide by the extension, while a loader or a script decides by the content. A program named `weights.bin` or `logo.png` passes filters for programs, and a single line in a script renames and starts it. "
            + "Its beginning has the structure of a program (`MZ` and `PE`, `ELF`, Mach-O), which no model or media format shares. There is no honest reason for the false name.",
        Advice = StandardAdvice.Refuse + " If it was started: " + "treat that machine as taken over, disconnect it, and replace every credential that could be reached from it.",
        References = ["CWE-434", "CWE-506", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>A program whose real code is packed, encrypted or added afterwards.</summary>
    public static Rule Packed { get; } = new("EXE-003", Severity.High, "Packed or injected executable")
    {
        Meaning = "This program hides what it consists of. It unpacks its real code only when it runs, or something was added to it after it had been built.",
        HowItWorks = "A packer stores a program compressed or encrypted, with a small part in front that restores it in memory; virus scanners then see the small part only. Others add a section to a sound program and turn its start address there. "
            + "The rule needs marks in the structure: sections of a known packer, code that is nearly random, memory that is writable and executable at once, a start outside of the code. Installers, and data that is compressed inside of a program, are common and do not match by themselves.",
        Advice = "Do not start it. Where the program is needed, take it from its official source or build it yourself." + StandardAdvice.AlreadyRun,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };
}
