namespace Assay.Scanning;

/// <summary>Rules about what texts tell their reader to do.</summary>
public static class LureRules
{
    /// <summary>A text asks its reader to start something; critical where that does harm.</summary>
    public static Rule RunScript { get; } = new("LUR-001", Severity.High, "Card asks to run a local script")
    {
        Meaning = "The description tells you to start a program or script on your computer. A model does not need that, and it is how people are brought to infect themselves.",
        HowItWorks = "The weights of such a repository are often clean, copied from a real project. Only the section on usage was rewritten: clone this, then start `start.bat` or `python loader.py`. Hundreds of thousands of downloads were counted before the best-known case was noticed. "
            + "The rule needs a sentence or command that tells the reader to run something, and weighs what that is; if the file does harm itself, the finding is critical. Installing a package, cloning, or fetching weights with the tools of a hub is what every card shows, and is left alone.",
        Advice = "Do not follow the instruction. Load the weights with the framework that you already have, or look for the original publisher of the model." + StandardAdvice.AlreadyRun,
        References = ["CWE-451", "AML.T0011", "AML.T0073", "LLM03:2025"],
    };

    /// <summary>A text asks its reader to switch protection off.</summary>
    public static Rule DisableProtection { get; } = new("LUR-002", Severity.Critical, "Card asks to disable protection")
    {
        Meaning = "The description asks you to switch off your virus protection or to ignore its warning. Nobody with honest intentions needs that.",
        HowItWorks = "\"False positive, please add an exclusion\" is a sentence from the handbook of malware distribution. The protection would stop the file, so its author asks the only person who is allowed to lift it. "
            + "The rule needs a request to the reader: disable, exclude, allow anyway, remove the quarantine mark. A card that describes a product for protection, or a guide that tells you to keep it switched on, does not match.",
        Advice = "Leave the repository and report it to its hub. If you did it already: switch the protection on, disconnect the machine, and have it scanned; if something was started meanwhile, replace your passwords from another machine and set it up anew.",
        References = ["CWE-451", "CWE-693", "AML.T0011", "LLM03:2025"],
    };

    /// <summary>A text leads to a locked archive, or to a download elsewhere.</summary>
    public static Rule OffHubDownload { get; } = new("LUR-004", Severity.High, "Password archive or off-hub download")
    {
        Meaning = "The description sends you to a download somewhere else, or to an archive that needs a password. Both take you past every check that the hub makes.",
        HowItWorks = "Files on the hub are scanned and can be removed. A link to a file drop, a shortened address, or a password that stands right beside the archive keeps the scanners out and gets the file to you all the same. "
            + "The rule needs a link to a program or archive on such a host, or a password together with an archive. Papers, project pages, source-code hosts and the hubs themselves are expected targets and not reported.",
        Advice = "Do not download it, and do not type the password. Ask the publisher to put the files on the hub." + StandardAdvice.AlreadyRun,
        References = ["CWE-494", "CWE-693", "AML.T0011.003", "LLM03:2025"],
    };

    /// <summary>Text is hidden from people, or speaks to assistants.</summary>
    public static Rule HiddenText { get; } = new("LUR-005", Severity.High, "Hidden or agent-directed text")
    {
        Meaning = "This text contains instructions that you cannot see, or that are meant for an AI assistant and not for you. An assistant that reads the page might follow them.",
        HowItWorks = "Comments, letters of size zero, white on white and invisible characters do not show on the page, yet a program that reads the source gets them word for word. Sentences such as \"ignore previous instructions\" or \"run the following\" are addressed to assistants with access to your files and your terminal. "
            + "The rule needs hidden text that tells somebody to do something, or a direct speech to an assistant. Notes of editors in comments, joined emoji, and scripts that need special characters are left alone, as is research that quotes such sentences openly.",
        Advice = "Do not let an assistant read or summarise this page with tools switched on. If one did already: look at the commands that it ran and at the files that it changed, and revoke the tokens that it could use.",
        References = ["CWE-451", "CWE-1427", "AML.T0051.001", "LLM01:2025"],
    };

    /// <summary>A link leads elsewhere than it shows, or to a host that imitates another.</summary>
    public static Rule MisleadingLink { get; } = new("LUR-006", Severity.Medium, "Misleading link")
    {
        Meaning = "A link or address here leads to another place than a reader believes. You would end up with somebody whom you did not mean to visit.",
        HowItWorks = "The visible words of a link are free text, and nothing stops somebody from writing the address of a known company over a link to elsewhere. Addresses with foreign letters that look like Latin ones have the same effect, and `javascript:` links run code in place of opening a page. "
            + "The rule needs a visible address whose host differs from the real one, a host that imitates a well-known one by foreign letters or by a slip, or a known name put in front of an `@`. Links with ordinary words, the same site with or without `www`, and the redirect services of well-known sites are not meant.",
        Advice = "Do not click it; type the address that you want to visit. If you entered a password there, change it on the real site.",
        References = ["CWE-451", "CWE-1007", "AML.T0011.003"],
    };
}
