namespace Assay.Scanning;

/// <summary>Rules about dependencies.</summary>
public static class DependencyRules
{
    /// <summary>A package is named almost like a popular one.</summary>
    public static Rule LookalikePackage { get; } = new("DEP-001", Severity.High, "Package name resembles a popular one")
    {
        Meaning = "The list of needed software names a package that is almost called like a famous one. It is probably a fake, and installing it runs its author's code.",
        HowItWorks = "Anybody can publish a package under a free name. Attackers take names that differ by one letter, by a swapped word or by an added `-gpu`, and wait for typing mistakes or put the name into a requirements file themselves. "
            + "The rule compares each name with an offline list of well-known packages, by distance and by letters that look alike. Names that are well known themselves are never reported, however close they are to another.",
        Advice = "Do not install it. Find the name in the official documentation of the library that is meant, and write that one." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-1357", "CWE-1007", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>Packages come from another index, or directly from an address.</summary>
    public static Rule AlternativeIndex { get; } = new("DEP-002", Severity.Medium, "Alternative index or direct link")
    {
        Meaning = "Some of the needed software does not come from the usual public source, but from an address that the author chose.",
        HowItWorks = "Lines such as `--index-url`, `--extra-index-url`, `--trusted-host` or a link to an archive tell the installer where to look. Whoever runs that place can deliver anything, also in place of a package whose name you know, and can change it at any time. "
            + "The official indexes of PyTorch and of hardware makers, and source links to well-known projects, are recognised and left alone. A company's own index is as honest, but cannot be told apart from outside; it is therefore graded medium. Bare numbers, connections without encryption and archives from unknown hosts weigh more.",
        Advice = "Ask who runs that address. Take the packages from the official index with fixed versions and hashes where they exist there." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-427", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A version is named that is known to be malicious or vulnerable.</summary>
    public static Rule KnownBadVersion { get; } = new("DEP-003", Severity.High, "Known malicious or vulnerable version")
    {
        Meaning = "The list of needed software asks for a version that is known to be malicious or to have a dangerous flaw.",
        HowItWorks = "Sound packages were taken over now and then, and a poisoned version was online until somebody noticed; other versions have flaws that let a model file take over the program. A repository that pins exactly such a version brings it to everybody who follows it. "
            + "The rule needs an entry in the list of known versions that comes with Assay, and a requirement that selects it. An open range that a fixed version satisfies as well is not reported.",
        Advice = "Do not install this version; take a later one in which the maintainers fixed it." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-1395", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A private-looking name could be answered by a public index.</summary>
    public static Rule DependencyConfusion { get; } = new("DEP-004", Severity.Medium, "Possible dependency confusion")
    {
        Meaning = "The list of needed software has a name that looks internal to a company. A stranger could publish a package of that name, and your computer would install the stranger's.",
        HowItWorks = "An installer that knows a private and a public index takes the higher version from either. Registering an internal name in public with the version 99 is thus enough to get in, and this was shown at dozens of large companies. "
            + "The rule needs a name built like an internal one (`acme-internal-utils`), or a mix of indexes, without a fixed source for it; the name alone is graded low. A package that lies in the repository itself, or comes with a hash, is not affected.",
        Advice = "Find out where this package is meant to come from, and bind the name to that index. Owners should reserve the name in the public index." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-427", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A package is not among the well-known ones.</summary>
    public static Rule UnknownPackage { get; } = new("DEP-005", Severity.Low, "Unknown package")
    {
        Meaning = "The list of needed software contains a package that is not well known. It may be fine; nobody has looked at it here.",
        HowItWorks = "Language models invent package names when they write code, and attackers register the names that are invented most often. A requirements file that was copied from such an answer then installs their package. "
            + "The rule compares the names with a list that comes with Assay and does not ask the internet. Most packages outside of that list are honest and merely rare, so they are only noted or graded low.",
        Advice = "Look the package up before you install it: its age, its source, its maintainer, and whether the name is the one that the documentation of the model uses.",
        References = ["CWE-1357", "AML.T0060", "LLM03:2025"],
    };
}
