namespace Assay.Scanning;

/// <summary>Rules about file names.</summary>
public static class NameRules
{
    /// <summary>A file name shows something else than it is.</summary>
    public static Rule DeceptiveName { get; } = new("NAM-003", Severity.High, "Deceptive file name")
    {
        Meaning = "The name of this file is built to mislead you about what it is. It may look like a picture or a text and be a program.",
        HowItWorks = "An invisible character can reverse the direction of writing, so that `exe.txt` shows where the true ending is `.exe`. Double endings such as `readme.pdf.bat`, foreign letters that look like Latin ones, and blanks at the end play on the same weakness. "
            + "The rule needs such a character, or a harmless ending in front of a dangerous one. Names in other languages and scripts are welcome, and usual pairs such as `.tar.gz` or `.bin.index.json` are known.",
        Advice = "Do not open it. If you opened it already, find out its real type from the finding." + StandardAdvice.AlreadyRun,
        References = ["CWE-451", "CWE-1007", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>A file is loaded by its mere name, or takes the place of a library.</summary>
    public static Rule AutoLoadedFile { get; } = new("NAM-004", Severity.Medium, "Auto-loaded or shadowing file")
    {
        Meaning = "Because of its name, programs load this file by themselves when you work in its folder. You need not start it for its code to run.",
        HowItWorks = "Python reads `sitecustomize.py` at every start, test tools read `conftest.py`, and package tools read a `pip.conf` or `.npmrc`. A file named `torch.py` or `json.py` is imported in place of the library, since the current folder comes first. "
            + "The name alone does nothing; the rule weighs it with what the file holds. A `conftest.py` in a folder of tests and a module that only sounds general are ordinary, and graded lower or left alone.",
        Advice = "Do not start Python or other tools from within this folder. " + StandardAdvice.ReviewCode + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-426", "CWE-427", "AML.T0011.000", "LLM03:2025"],
    };
}
