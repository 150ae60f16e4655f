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

    /// <summary>For code that acts when it is run: started, imported or pasted.</summary>
    public const string DoNotRun =
        "Do not run this file, and do not load a model through it. Take the weights alone, as safetensors from a publisher whose identity you have checked, and report the repository to its hub.";

    /// <summary>What to do when code was run.</summary>
    public const string AlreadyRun =
        " If it was run already: disconnect that machine, change your passwords from another one, revoke the tokens and keys that were in its reach, look for new scheduled tasks and start-up entries, and set it up anew.";

    /// <summary>For code that acts when it is run: leave it alone, and what to do when it is too late.</summary>
    public const string DoNotRunAndClean = DoNotRun + AlreadyRun;

    /// <summary>What to do when code was run that may have been honest.</summary>
    public const string AlreadyRunUnread =
        " If it was run already: have it reviewed now; should it turn out to be harmful, disconnect that machine, change your passwords and tokens from another one, and set it up anew.";

    /// <summary>For code that may have an honest purpose, in whatever language.</summary>
    public const string ReviewCode =
        "Let someone who reads this language look at the lines that are named here before anything is run, and pin the exact commit that was reviewed.";

    /// <summary>For code that was reviewed and is needed.</summary>
    public const string RunIsolated = " Run it first in a throw-away container without credentials.";

    /// <summary>What to do when a doubtful package was installed.</summary>
    public const string AlreadyInstalled =
        " If it was installed already: its set-up code may have run, so revoke the tokens that were in reach of that environment, delete the environment and create a new one.";

    /// <summary>For secrets that lie open.</summary>
    public const string Revoke =
        "If it is yours: revoke it at its provider now and issue a new one, then look for uses that were not yours. Deleting the file is not enough, since the history and copies keep it.";
}
