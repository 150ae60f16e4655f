namespace Assay.Scanning;

/// <summary>Advice that several rules share; a rule adds to it where more is known.</summary>
internal static class StandardAdvice
{
    /// <summary>For what acts as soon as the file is loaded.</summary>
    public const string Refuse =
        "Do not load this file. Look for a safetensors version from a publisher whose identity you have checked, and report the repository to its hub.";

    /// <summary>What to do when it is too late.</summary>
    public const string AlreadyLoaded =
        " If it was loaded already: treat that machine as taken over, disconnect it, replace every password, token and key that could be reached from it, and set it up anew.";

    /// <summary>For what acts on load: refuse, and what to do when it is too late.</summary>
    public const string RefuseAndClean = Refuse + AlreadyLoaded;

    /// <summary>For what is likely to act, but was not seen to.</summary>
    public const string Isolate =
        "Do not load it on a machine that matters. Ask the publisher for safetensors; where it must be opened, do so in a throw-away container without network and without credentials.";

    /// <summary>For code that a person has to judge.</summary>
    public const string Review =
        "Let someone who reads Python look at the code that is named here before the model is used, and pin the exact commit that was reviewed.";

    /// <summary>For damage.</summary>
    public const string FreshCopy =
        "Fetch the file again and compare its SHA-256 with the one that the publisher states; if it is the same there, ask the publisher for a sound file.";
}
