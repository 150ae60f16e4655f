using Assay.Formats;

namespace Assay.Scanning;

/// <summary>What a text tells its reader to do.</summary>
internal enum InstructionKind
{
    /// <summary>Start a file of the repository: <see cref="Instruction.Files"/>.</summary>
    RunFile,

    /// <summary>Run a command that is given: <see cref="Instruction.Subject"/>.</summary>
    RunCommand,

    /// <summary>Install a package from an address or from this folder.</summary>
    Install,

    /// <summary>Switch a protection off.</summary>
    DisableProtection,

    /// <summary>Start something with administrator rights.</summary>
    RunElevated,

    /// <summary>Fetch a program or archive from elsewhere.</summary>
    Download,

    /// <summary>Unpack an archive with a password that is given.</summary>
    UnpackWithPassword,

    /// <summary>An order to an assistant, or text that people do not see.</summary>
    Hidden,
}

/// <summary>One thing that a text tells its reader to do.</summary>
/// <param name="Kind">What.</param>
/// <param name="Line">Line from 1.</param>
/// <param name="Text">The sentence or command, bounded.</param>
/// <param name="Files">Files of the repository that it names, as written.</param>
/// <param name="Subject">Address, command or password.</param>
internal sealed record Instruction(InstructionKind Kind, int Line, string Text, IReadOnlyList<string> Files, string? Subject = null);

/// <summary>A reference of one file to another that runs it without being code itself: a setting, a hook, a task.</summary>
/// <param name="File">The file as written.</param>
/// <param name="Line">Line from 1.</param>
/// <param name="Text">What the reference does, in words: <c>loads modeling_x.py when the model is opened with remote code</c>.</param>
internal sealed record FileLink(string File, int Line, string Text)
{
    /// <summary>Stands for whatever weights the repository has: loading the model opens them.</summary>
    public const string AnyWeights = "*";
}

/// <summary>What one file contributes to the story of its repository. Kept only where there is something to tell.</summary>
/// <param name="Member">Path below the artifact; null for the artifact itself.</param>
/// <param name="Language">What it is written in.</param>
internal sealed class FileTraits(string? Member, CodeLanguage Language)
{
    /// <summary>Links kept per file.</summary>
    private const int MaxLinks = 500;

    /// <summary>Path below the artifact; null for the artifact itself.</summary>
    public string? Member { get; } = Member;

    /// <summary>What it is written in.</summary>
    public CodeLanguage Language { get; } = Language;

    /// <summary>What its code does; also the commands that a text shows.</summary>
    public List<Act> Acts { get; } = [];

    /// <summary>What it tells its reader to do.</summary>
    public List<Instruction> Instructions { get; } = [];

    /// <summary>Files that it makes run.</summary>
    public List<FileLink> Links { get; } = [];

    /// <summary>Turns acts that reach other files into links, and forgets the rest: findings tell it, and the text is not kept.</summary>
    /// <param name="source">The text that the acts were found in.</param>
    public void Settle(SourceText source)
    {
        foreach (var act in Acts)
        {
            foreach (var file in act.Files)
                Links.Add(new FileLink(file, source.LineOf(act.Index), $"{(act.Call.StartsWith("import", StringComparison.Ordinal) ? "imports" : "starts")} {file}"));
        }

        Acts.Clear();
        if (Links.Count > MaxLinks)
            Links.RemoveRange(MaxLinks, Links.Count - MaxLinks);
    }
}
