namespace Assay.Scanning;

/// <summary>Rules about archives: ZIP, TAR and their relatives.</summary>
public static class ArchiveRules
{
    /// <summary>A member would land outside.</summary>
    public static Rule PathEscapes { get; } = new("ARC-001", Severity.High, "Archive path escapes its folder")
    {
        Meaning = "Unpacking this archive would put files outside of the folder that you unpack into. Files of yours, or of the system, could be replaced.",
        HowItWorks = "The name of a member is its path. With `../../.bashrc`, with a path that starts at the root, or with a link that leads out followed by a member below that link, the path leaves the target folder. "
            + "An unpacker that does not check writes there, with your rights. A start-up script or an authorised key that was replaced in this way runs at your next login.",
        Advice = "Do not unpack it. If it was unpacked: look at the paths that the finding names, restore what was replaced, and treat the machine as taken over if a start-up file, a key or a program was among them.",
        References = ["CWE-22", "CWE-59", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Two descriptions of one member.</summary>
    public static Rule DirectoriesDisagree { get; } = new("ARC-002", Severity.High, "Archive directories disagree")
    {
        Meaning = "A ZIP archive describes each of its files twice, and here the two descriptions contradict each other. It is a known way to show the checker something else than the loader gets.",
        HowItWorks = "A ZIP has a header in front of each member and a directory at its end. Python goes by the directory but also compares the names; other programs read only one of the two. "
            + "With a changed name in one place a checker stops with an error, or skips the member, while PyTorch still loads it (CVE-2025-1944). Ordinary tools always write both alike. Assay reads each member as either description tells.",
        Advice = StandardAdvice.Refuse,
        References = ["CWE-436", "AML.T0107", "LLM03:2025", "CVE-2025-1944"],
    };

    /// <summary>Flags that lie.</summary>
    public static Rule FalseFlags { get; } = new("ARC-003", Severity.High, "False encryption or method flags")
    {
        Meaning = "The archive marks a part as encrypted or packed in an unknown way, although it is plainly readable. The mark serves only to make checkers pass it by.",
        HowItWorks = "One bit in the header of a ZIP member says that it is encrypted. Python's library refuses such a member, so a checker built on it reports nothing for it. "
            + "PyTorch's own reader ignores the bit and loads the member as it is (CVE-2025-1945). Assay tries the content itself and does not rely on the flag.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-436", "AML.T0107", "LLM03:2025", "CVE-2025-1945"],
    };

    /// <summary>A wrong CRC.</summary>
    public static Rule ChecksumMismatch { get; } = new("ARC-004", Severity.Medium, "Checksum mismatch in member")
    {
        Meaning = "The checksum that is stored with a part of the archive does not fit its content. It is damaged, or was changed after the archive had been written.",
        HowItWorks = "Each ZIP member carries a CRC-32 of its content. Careful readers stop when it is wrong; PyTorch loads the member all the same. "
            + "A checker that stops there sees less than the loader (CVE-2025-10156). A bad CRC can therefore be a cloak, and it can be a damaged download; what else was found in the member decides.",
        Advice = "Take the findings inside this member as they are. " + StandardAdvice.FreshCopy,
        References = ["CWE-345", "AML.T0107", "LLM03:2025", "CVE-2025-10156"],
    };

    /// <summary>One name, several members.</summary>
    public static Rule DuplicateNames { get; } = new("ARC-005", Severity.Medium, "Duplicate member names")
    {
        Meaning = "Several parts of this archive have the same name. Which of them is used depends on the program that opens it.",
        HowItWorks = "Nothing in the ZIP and TAR formats forbids equal names. Some readers take the first member, others the last, and an unpacker overwrites one with the other. "
            + "Put the harmless `data.pkl` where the checker looks and the other one where the loader looks, and both are content. Names that differ only in case or in their spelling of a letter collide on many file systems as well. Assay inspects each of them.",
        Advice = "Refuse the archive, or write it anew with one member per name after every one of them was checked.",
        References = ["CWE-436", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A container that no loader reads.</summary>
    public static Rule UnusualContainer { get; } = new("ARC-006", Severity.High, "Unusual container for a model")
    {
        Meaning = "The content is packed in a container that model loaders cannot open. There is little reason for that, except to keep it from being looked at.",
        HowItWorks = "PyTorch writes ZIP archives. The files that became known as nullifAI used 7z instead: the usual checkers could not open them, and instructions for unpacking stood elsewhere. "
            + "Self-extracting programs and RAR archives serve the same end. The person then unpacks by hand, and what comes out has passed no check.",
        Advice = "Do not unpack it on your machine. Ask the publisher for plain model files; where you must look, unpack in a throw-away container and scan the result.",
        References = ["CWE-434", "AML.T0107", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>Bytes that belong to no member.</summary>
    public static Rule SlackData { get; } = new("ARC-007", Severity.Medium, "Data before, between or after archive parts")
    {
        Meaning = "There are bytes around the parts of this archive that belong to none of them. Unpacking never shows them, other programs may find them.",
        HowItWorks = "A ZIP is read from its end, so anything may stand before it; a TAR ends with empty blocks, so anything may follow. A second file can lie there: a pickle, a script, a program. "
            + "Some tools leave padding or a comment, which is harmless and looks it. Assay examines such bytes like a file of its own and names what they are.",
        Advice = "Look at what the finding says about these bytes. If it is more than padding, use another copy, and ask the publisher how it came there.",
        References = ["CWE-506", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>Far more comes out than went in.</summary>
    public static Rule Bomb { get; } = new("ARC-008", Severity.High, "Decompression bomb")
    {
        Meaning = "A small file unpacks to something enormous. Opening it can fill the memory or the disk and stop the computer.",
        HowItWorks = "Compression turns a long run of equal bytes into almost nothing: a thousand to one with deflate, and far more when archives are nested or members share their data. Weights of a network hardly shrink at all. "
            + "A program that allocates what the archive announces, or unpacks until the end, runs out of memory. Assay counts what comes out and stops at a limit.",
        Advice = "Do not unpack it. If a job hangs because of this file, end it and delete what was unpacked so far.",
        References = ["CWE-409", "AML.T0029", "LLM10:2025"],
    };

    /// <summary>Links and devices.</summary>
    public static Rule SpecialEntry { get; } = new("ARC-009", Severity.High, "Link, device or special entry")
    {
        Meaning = "The archive holds a link, a device or another special entry in place of a plain file. Unpacked, it can turn reading or writing towards something else on your computer.",
        HowItWorks = "TAR, and ZIP as well, can store symbolic links, hard links, device nodes and pipes. A link named `weights` that leads to `/etc` makes the next member `weights/x` a file in `/etc`. "
            + "A link to a secret makes the program that shows or uploads the \"model\" give the secret away. Weights need none of that.",
        Advice = "Do not unpack it. If it was unpacked: check where the link leads, and what was written or read through it.",
        References = ["CWE-59", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Locked content.</summary>
    public static Rule PasswordProtected { get; } = new("ARC-010", Severity.Medium, "Password-protected archive")
    {
        Meaning = "The content is locked with a password, so nobody but its recipient can check it. Malware is often sent that way, with the password in the text beside it.",
        HowItWorks = "Scanners on the way cannot look into an encrypted archive, and most let it pass. The reader is told the password in the model card or in a message and unpacks it, after the last check. "
            + "Public models have no secret to protect, which makes a locked archive in a public repository odd.",
        Advice = "Do not open it. Ask the publisher for the files without a password; in your own repositories protect access at the hub and leave the files readable for scanning.",
        References = ["CWE-693", "AML.T0107", "LLM03:2025"],
    };
}
