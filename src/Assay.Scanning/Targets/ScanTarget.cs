namespace Assay.Scanning;

/// <summary>One thing to scan: a file, a folder, a stream, or the local model cache.</summary>
public sealed record ScanTarget
{
    private ScanTarget(string argument, TargetKind kind)
    {
        Argument = argument;
        Kind = kind;
    }

    /// <summary>The target as it was given; reports show it.</summary>
    public string Argument { get; }

    /// <summary>What it is.</summary>
    public TargetKind Kind { get; }

    /// <summary>The stream of a target of kind <see cref="TargetKind.Stdin"/>; null otherwise.</summary>
    public Stream? Input { get; private init; }

    /// <summary>A file or a folder. Whether it exists shows when it is scanned: what is missing becomes an error of the report.</summary>
    /// <param name="path">Its path; a symbolic link is followed.</param>
    public static ScanTarget ForPath(string path) =>
        new(path, Directory.Exists(path) ? TargetKind.Folder : TargetKind.File);

    /// <summary>A stream of unknown length, reported as <c>-</c>. It is collected in memory, above 16 MiB in a temporary file.</summary>
    /// <param name="input">Read to its end; not disposed.</param>
    public static ScanTarget ForStream(Stream input) => new("-", TargetKind.Stdin) { Input = input };

    /// <summary>A Hugging Face cache: the snapshots of every repository in it.</summary>
    /// <param name="folder">The folder that holds <c>models--owner--name</c>.</param>
    public static ScanTarget ForCache(string folder) => new(folder, TargetKind.Cache);

    /// <summary>
    /// Where the Hugging Face cache of this user is: <c>HF_HUB_CACHE</c>, else <c>hub</c> under <c>HF_HOME</c>, else under
    /// <c>XDG_CACHE_HOME/huggingface</c> or <c>~/.cache/huggingface</c>.
    /// </summary>
    /// <param name="variable">Looks up an environment variable.</param>
    public static string CacheFolder(Func<string, string?> variable)
    {
        if (variable("HF_HUB_CACHE") is { Length: > 0 } hub)
            return hub;
        if (variable("HF_HOME") is { Length: > 0 } home)
            return Path.Combine(home, "hub");
        var cache = variable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "huggingface", "hub");
    }
}
