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
}
