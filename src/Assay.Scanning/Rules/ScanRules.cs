namespace Assay.Scanning;

/// <summary>Rules about what a file is, and whether the scan could see all of it.</summary>
public static class ScanRules
{
    /// <summary>The format can carry code.</summary>
    public static Rule CanRunCode { get; } = new("SCN-001", Severity.Info, "File can run code by design")
    {
        Meaning = "Files of this type may contain instructions that a program carries out while it opens them. That is a property of the type; this file is not accused of anything by it.",
        HowItWorks = "Formats such as pickle or TorchScript were made to save whole program objects, not just numbers. To restore an object the loader has to call functions, and the file says which. "
            + "An honest file names a few harmless rebuilding helpers, a hostile one may name anything that Python can import. Assay reads the instructions without carrying them out, and reports separately what they would do.",
        Advice = "Nothing has to be done because of this note alone. Where the publisher offers the same weights as safetensors or GGUF, prefer those; for PyTorch, keep `weights_only=True`.",
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Part of the file is opaque.</summary>
    public static Rule Unsupported { get; } = new("SCN-002", Severity.Medium, "Scan incomplete: unsupported or encrypted")
    {
        Meaning = "Some of this file could not be opened for inspection, because it is encrypted or of a kind that Assay does not read. What was not seen cannot be called safe.",
        HowItWorks = "A scanner can judge only bytes that it understands. Whoever wants to pass one may therefore use a rare compression, an encrypted container or a format of their own. "
            + "Many honest files look like that too, so this is no accusation; but an unread part may hold anything. The finding names the part, so that you can see how much of the file is concerned.",
        Advice = "Treat the file as unchecked. Ask for it unencrypted and in a common format, or unpack it in an isolated place and scan what comes out.",
        References = ["CWE-693", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A limit ended the work.</summary>
    public static Rule LimitReached { get; } = new("SCN-003", Severity.Medium, "Scan incomplete: resource limit reached")
    {
        Meaning = "Checking this file to the end would have cost more time or memory than is allowed for one file. The rest of it was not looked at.",
        HowItWorks = "Every scan has a budget of bytes, unpacked bytes, elements, nesting and time, so that no file can stop the service. Large honest models rarely come near it. "
            + "A file can be built to exhaust it on purpose, for example with millions of idle instructions in front of a short payload. The verdict is therefore never clean when a limit ended the work; the finding names the limit and the place.",
        Advice = "Treat the file as unchecked. Scan again with a larger budget for the limit that is named (`--limits`), on a machine where that does no harm.",
        References = ["CWE-400", "AML.T0029", "LLM10:2025"],
    };

    /// <summary>The end is missing.</summary>
    public static Rule Truncated { get; } = new("SCN-004", Severity.Low, "File truncated")
    {
        Meaning = "The end of this file is missing. Most often an upload or a download was interrupted.",
        HowItWorks = "Formats state how much data follows: an archive has a directory at its end, a tensor file lists the size of every tensor. Here the stated length reaches past the last byte. "
            + "A pickle runs instruction by instruction, so a cut one still does everything that stands before the cut. Therefore what could be read was checked as usual.",
        Advice = "Fetch the file again and compare its size and SHA-256 with those that the hub shows. Delete the damaged copy.",
        References = ["CWE-345", "AML.T0076"],
    };

    /// <summary>The structure breaks its own specification.</summary>
    public static Rule MalformedStructure { get; } = new("SCN-005", Severity.Medium, "Malformed structure")
    {
        Meaning = "The file does not keep to the rules of its own format. Programs that open such a file may crash, or be led to do what the author of the damage intended.",
        HowItWorks = "Lengths, counts and offsets inside a file steer the program that reads it. A length that is too large makes a careless reader run past its buffer, and an offset that points backwards makes it read the same bytes twice. "
            + "Native loaders have had such errors again and again. Damage of this kind can also be meant for scanners: one that gives up at the first error never sees what follows.",
        Advice = "Do not open the file with native loaders (C and C++ programs, GPU runtimes). " + StandardAdvice.FreshCopy,
        References = ["CWE-20", "AML.T0076", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Name and content disagree.</summary>
    public static Rule NameMismatch { get; } = new("SCN-006", Severity.Medium, "Content does not match file name")
    {
        Meaning = "Judging by its name this is one kind of file, judging by its content another. Programs that go by the name and programs that go by the content will treat it differently.",
        HowItWorks = "People trust an extension such as `.safetensors` or `.png` and expect nothing to run. Many loaders, however, look at the first bytes, or try one format after the other until one fits. "
            + "A pickle that is named `model.safetensors` can thus be unpickled by a program with such a fallback. Assay goes by the content and inspects the file as what it really is.",
        Advice = "Do not open it by its name. Look at the other findings of this file, and ask the publisher why the name is wrong.",
        References = ["CWE-434", "CWE-436", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>Two formats at once.</summary>
    public static Rule Polyglot { get; } = new("SCN-007", Severity.High, "Polyglot: valid as two formats")
    {
        Meaning = "This file is valid as two different formats. What a checker sees in it and what your program sees in it need not be the same.",
        HowItWorks = "Some formats are found by their first bytes and others by their last: a ZIP archive keeps its directory at the end, a pickle starts at once. Both can therefore share one file. "
            + "A pickle with an innocent archive appended looks like an archive to one program, while the other runs the pickle. Honest tools do not write such files. Assay read the file as every format that fits, and reports what each of them holds.",
        Advice = StandardAdvice.Refuse,
        References = ["CWE-436", "AML.T0074", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Listed by its hash.</summary>
    public static Rule KnownBad { get; } = new("SCN-008", Severity.Critical, "Known malicious file hash")
    {
        Meaning = "Exactly this file has been reported as malware before. The match is by its fingerprint, so there is no room for a mistake about which file is meant.",
        HowItWorks = "The SHA-256 of a file identifies its content: two different files with the same value are not known to exist. The value of this one is on a list of files that analysts found to be harmful. "
            + "Attackers upload the same file again under other names, since a name costs nothing. The finding shows the entry of the list.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-506", "AML.T0010.003", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>The pointer names other content.</summary>
    public static Rule PointerMismatch { get; } = new("SCN-009", Severity.High, "LFS/Xet pointer does not match content")
    {
        Meaning = "The repository recorded one file, and another one is stored in its place. Either something broke, or the file was exchanged.",
        HowItWorks = "Large files are kept outside of Git; the repository holds a small pointer with their SHA-256 and size. A client downloads the content and may compare it with the pointer. "
            + "When both differ, what people reviewed in the repository is not what they get. An exchange in the store or on the way shows itself exactly like this.",
        Advice = "Do not use the file. Tell the operator of the hub, and fetch it again once the pointer and the content agree.",
        References = ["CWE-345", "AML.T0010.003", "LLM03:2025"],
    };
}
