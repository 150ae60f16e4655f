namespace Assay.Scanning;

/// <summary>What one act of code can do to the one who runs it.</summary>
internal enum Deed
{
    /// <summary>Fetches something from a network.</summary>
    Download,

    /// <summary>Sends something over a network.</summary>
    Send,

    /// <summary>Opens a raw connection.</summary>
    Connect,

    /// <summary>Runs text as code of its own language (<c>exec</c>, <c>iex</c>, <c>eval</c>).</summary>
    RunCode,

    /// <summary>Starts a program or a shell command.</summary>
    RunProgram,

    /// <summary>Loads machine code, or writes it to memory and jumps there.</summary>
    MachineCode,

    /// <summary>Reads passwords, keys, tokens, cookies or wallets.</summary>
    ReadSecret,

    /// <summary>Writes a file (what it holds is the argument's <see cref="Origin"/>).</summary>
    WriteFile,

    /// <summary>Deletes or encrypts what is not its own.</summary>
    Destroy,

    /// <summary>Makes something start by itself later.</summary>
    Persist,

    /// <summary>Weakens virus protection, a firewall or another guard.</summary>
    DisableProtection,

    /// <summary>Skips the check of certificates.</summary>
    SkipTls,

    /// <summary>Hides the window or output of what it starts.</summary>
    Hide,

    /// <summary>Asks for administrator rights.</summary>
    Elevate,

    /// <summary>Installs packages.</summary>
    Install,

    /// <summary>Opens a pickle or the like.</summary>
    Deserialize,

    /// <summary>Looks for analysts, debuggers or virtual machines.</summary>
    DetectAnalysis,

    /// <summary>Mines.</summary>
    Mine,

    /// <summary>Gives a remote peer a shell.</summary>
    ReverseShell,

    /// <summary>Records keys, screen, camera, microphone or clipboard.</summary>
    Spy,

    /// <summary>Loads or runs a file that lies beside it: <see cref="Act.Files"/>.</summary>
    RunSibling,
}

/// <summary>Where the data of an act comes from.</summary>
[Flags]
internal enum Origin
{
    /// <summary>Written in the file, or unknown.</summary>
    None = 0,

    /// <summary>A network.</summary>
    Network = 1,

    /// <summary>A decoder: base64, hexadecimal, zlib, marshal, a chain of <c>chr</c>.</summary>
    Decoded = 2,

    /// <summary>A credential, cookie or wallet.</summary>
    Secret = 4,

    /// <summary>One variable of the environment that is no credential.</summary>
    Environment = 8,

    /// <summary>A parameter, the command line, or typed input.</summary>
    Argument = 16,

    /// <summary>A file that the code reads.</summary>
    File = 32,

    /// <summary>Assembled in a way that hides what it is (reversed, joined, replaced) and not plain in the file.</summary>
    Computed = 64,

    /// <summary>Facts about the machine: host and user name, addresses, processes.</summary>
    Machine = 128,
}

/// <summary>When code runs.</summary>
internal enum Reach
{
    /// <summary>In a function that somebody has to call.</summary>
    Function,

    /// <summary>When the file is started as a program.</summary>
    Main,

    /// <summary>As soon as the file is imported, opened or installed: nobody has to agree.</summary>
    Import,
}

/// <summary>One thing that code does, with the arguments as far as they could be folded.</summary>
internal sealed record Act
{
    /// <summary>What it does.</summary>
    public required Deed Deed { get; init; }

    /// <summary>First character in the text of the file (for code inside of code: of what carries it).</summary>
    public required int Index { get; init; }

    /// <summary>The resolved callee or command word: <c>subprocess.Popen</c>, <c>certutil</c>.</summary>
    public required string Call { get; init; }

    /// <summary>The folded subject: address, command line, path or code; null when it could not be told.</summary>
    public string? Subject { get; init; }

    /// <summary>Where the data that decides the act comes from.</summary>
    public Origin From { get; init; }

    /// <summary>When it happens.</summary>
    public Reach Reach { get; init; } = Reach.Main;

    /// <summary>The act as a person would read it: reconstructed call, decoded, bounded. For evidence.</summary>
    public required string Evidence { get; init; }

    /// <summary>The language that it is written in.</summary>
    public required CodeLanguage Language { get; init; }

    /// <summary>The address that the data came from, where <see cref="From"/> has <see cref="Origin.Network"/> and it is known; the path of the secret, where it has <see cref="Origin.Secret"/>.</summary>
    public string? Source { get; init; }

    /// <summary>Files beside it that it runs, loads or imports, as written (<c>loader.py</c>, <c>scripts/run.sh</c>).</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>How sure the reading is; what a tolerant parse only guessed is <see cref="Confidence.Medium"/>.</summary>
    public Confidence Confidence { get; init; } = Confidence.High;

    /// <summary>Decoders that the data went through, outermost first (<c>base64</c>, <c>zlib</c>); empty for plain text.</summary>
    public IReadOnlyList<string> Decoders { get; init; } = [];
}
