namespace Assay.Scanning;

/// <summary>Rules about hidden code.</summary>
public static class ObfuscationRules
{
    /// <summary>Code was made unreadable for people.</summary>
    public static Rule ObfuscatedCode { get; } = new("OBF-001", Severity.Medium, "Obfuscated code")
    {
        Meaning = "This code was deliberately made unreadable, so nobody can see what it would do to you. Open models have little reason for that.",
        HowItWorks = "Tools replace names by random letters, cut texts into pieces, and wrap the program in layers that unpack one another. It still does the same, but neither a reader nor a simple scanner can say what. "
            + "The rule needs a mark that no honest tool leaves: many names that nobody can tell apart, plain text written as escapes, the loader of a program that encrypts Python, or a source encoding that editors do not decode. A single name with letters of two alphabets is graded lower. Minified web scripts, generated parsers, embedded pictures and tables of bytes have none of these, and are left alone.",
        Advice = "Do not run it before its author has shown you the readable source. " + StandardAdvice.ReviewCode + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Code stands behind blank space, or is shown in another order than it runs.</summary>
    public static Rule OffScreen { get; } = new("OBF-002", Severity.High, "Code pushed off screen")
    {
        Meaning = "Part of this code stands where you do not see it, far to the right or far below, or is shown to you in a false order. It was put there so that a reader overlooks it.",
        HowItWorks = "A line that looks empty, or ends after a harmless statement, goes on after some hundreds of blanks. Web views and most editors do not wrap it, and a review of changes shows nothing either. "
            + "The rule needs a very long run of blanks followed by code, or invisible characters that reverse the direction of reading; hundreds of empty lines in front of code are graded lower. Deep indentation, aligned comments and tables of data do not match.",
        Advice = StandardAdvice.DoNotRun + " Switch on line wrapping to see the hidden part." + StandardAdvice.AlreadyRun,
        References = ["CWE-451", "CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Hidden text is unpacked or assembled, and run.</summary>
    public static Rule DecodeAndExecute { get; } = new("OBF-003", Severity.Critical, "Decode and execute")
    {
        Meaning = "This code unpacks a hidden program out of unreadable text and runs it on your computer.",
        HowItWorks = "The text is packed with base64, `zlib`, `marshal` or a home-made cipher, and what comes out goes straight to `exec`, `eval` or a shell. Several layers are usual. "
            + "Assay unpacks the chain as far as it is made of known steps, and shows and judges the result. The rule needs both ends, the decoder and the call that runs its output; where the command is only put together from pieces, the grade is one lower. Decoding a picture, a key or a message, and generating plain code from a template, are left alone.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "CWE-94", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Compiled Python lies there without its source.</summary>
    public static Rule BytecodeOnly { get; } = new("OBF-004", Severity.Medium, "Bytecode without source")
    {
        Meaning = "This Python code is present only in its compiled form, which people cannot read. Your program would run it all the same.",
        HowItWorks = "Python keeps a compiled copy of each module in a `.pyc` file, and also imports that copy alone. Leaving the source away hides the code from readers and from scanners that look at texts; a copy beside a source may also differ from it. "
            + "Caches in `__pycache__` that belong to a source of the same repository are a common oversight and weigh little. Modules that are delivered without any source are what is meant.",
        Advice = "Ask the author for the source, and delete the compiled file. Do not import it until then." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };
}
