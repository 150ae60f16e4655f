namespace Assay.Scanning;

/// <summary>Rules about addresses.</summary>
public static class NetworkRules
{
    /// <summary>A page of notes or a paste service is named by code.</summary>
    public static Rule DeadDrop { get; } = new("NET-001", Severity.High, "Dead-drop or paste service")
    {
        Meaning = "This code gets something from a public page of notes that its author can rewrite at any moment. Such pages are used to steer malware from afar.",
        HowItWorks = "A paste or JSON service keeps a short text under an address, for anybody and without a name. The code in the repository stays the same while the note changes: today a greeting, tomorrow a command. Filters let the address pass, because the service itself is respectable. "
            + "The rule needs such an address in code; in a comment or a setting it is graded low. A link in a text, and a gist that a card merely mentions, are not meant.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "CWE-494", "AML.T0079", "AML.T0025", "LLM03:2025"],
    };

    /// <summary>Code contacts a public internet address by number.</summary>
    public static Rule RawAddress { get; } = new("NET-002", Severity.Medium, "Raw IP with port")
    {
        Meaning = "This code contacts a computer by its bare number and not by a name. Nobody can see from that whose computer it is.",
        HowItWorks = "Honest services have names, so that they can move and have a certificate. Attackers rent a machine for a few weeks and write its number into the code; the reverse shells that were found in models in 2024 did so. "
            + "The rule needs a public number with a port in code. Without a port, or in a comment or a setting, it is graded low; a number that is spelt oddly, so that nobody recognises it as an address, is graded high. Addresses of your own machine, of private networks and of documentation, well-known name servers, and version numbers that look similar are left alone.",
        Advice = StandardAdvice.ReviewCode + " Block the address. If the code was run already: search your network logs for it, and treat a connection as a break-in until it is explained.",
        References = ["CWE-506", "AML.T0072", "LLM03:2025"],
    };

    /// <summary>A web address is kept unreadable in the file.</summary>
    public static Rule EncodedAddress { get; } = new("NET-003", Severity.High, "Encoded URL")
    {
        Meaning = "This code contacts a web address that its author has made unreadable. Whoever hides where the code goes has a reason.",
        HowItWorks = "Base64, reversed letters or a sum of single characters keep the address out of reach of readers, of searches and of lists of bad hosts. It is put together again only when the code runs. "
            + "Assay computes the text and shows it; the rule needs a real address that comes out and is contacted, or a hidden step between a download and the start of what was fetched. Addresses that are built plainly from a host and a path, and encoded parameters of a request, are not meant.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A chat channel or collecting service takes data from code.</summary>
    public static Rule ExfiltrationChannel { get; } = new("NET-004", Severity.High, "Webhook or bot exfiltration channel")
    {
        Meaning = "This code reports to a chat channel or to a collecting page of its author. Whatever it finds on your computer can be sent there.",
        HowItWorks = "A webhook of Discord, a bot of Telegram or a request bin takes messages and files from any program, free and without a server of one's own. Stealers therefore have such an address built in, complete with its secret part. "
            + "The rule needs an address with that secret part, or the host of a collecting page; it counts in full in code, and less in comments, settings and texts. Tools that report the end of a training take the address from your own settings, and the documentation of such services uses placeholders; neither is reported.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-200", "CWE-506", "AML.T0025", "LLM02:2025"],
    };

    /// <summary>Code uses a tunnel, or a host that records requests for testers.</summary>
    public static Rule Tunnel { get; } = new("NET-005", Severity.Medium, "Tunnel or out-of-band host")
    {
        Meaning = "This code contacts a host that leads on to an unknown computer, or that only exists to note who called.",
        HowItWorks = "A tunnel gives a computer at somebody's home a public name for some hours; the owner stays unknown. Hosts for out-of-band tests record every request, even a mere look-up of a name, and are used to learn whose machine has run a payload. "
            + "Both have honest uses: demonstrations are shown through tunnels, and security tests use the recorders. A link to a demonstration in a text is left alone; the rule needs code that names the host, and grades a comment or a setting low.",
        Advice = StandardAdvice.ReviewCode + " If the code was run already: look in your logs for what was sent to the host, and replace the tokens that were in reach.",
        References = ["CWE-506", "AML.T0025", "LLM03:2025"],
    };

    /// <summary>An address of known attackers is contacted or named.</summary>
    public static Rule KnownIndicator { get; } = new("NET-006", Severity.Critical, "Known malicious indicator")
    {
        Meaning = "This file uses an address that is known from earlier attacks. It belongs to people who have spread malware with it.",
        HowItWorks = "Researchers publish the hosts, numbers and links that a campaign used, and campaigns use them again, in new repositories and under new names. Assay carries such a list and compares exact hosts and paths. In code the finding is critical, in a text or comment one grade lower. "
            + "An address that is written in a broken form (`hxxp`, `[.]`), as reports about malware do, is not a match. Where an attacker used one page of a respectable service, only that page is on the list.",
        Advice = StandardAdvice.DoNotRunAndClean + " Search your network logs for the address, on all machines.",
        References = ["CWE-506", "AML.T0010.003", "LLM03:2025"],
    };
}
