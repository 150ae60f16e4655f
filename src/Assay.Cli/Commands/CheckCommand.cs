using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Assay.Cli.Check;
using Assay.Cli.Output;
using Assay.Impersonation;
using Assay.Impersonation.Names;
using Assay.Protocol;
using Assay.Scanning;
using Assay.Scanning.Configuration;
using Assay.Scanning.Reports;

namespace Assay.Cli.Commands;

/// <summary><c>assay check REPO[@rev]</c>: before downloading, is this who it seems to be?</summary>
internal sealed class CheckCommand
{
    private const int MaxIndexText = 64 << 20;

    /// <summary>A hub that is slower than this does not want to be checked.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Argument<string> _repository = new("REPO") { Description = "owner/name, datasets/owner/name, spaces/owner/name or the address of its page; @REV for another revision than main.", HelpName = "REPO[@REV]" };
    private readonly Option<string> _endpoint = new("--endpoint") { Description = "The hub; default: HF_ENDPOINT, or https://huggingface.co.", HelpName = "URL" };
    private readonly Option<string> _format = new("--format") { Description = "text or json.", HelpName = "FORMAT" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Write the result to a file.", HelpName = "FILE" };
    private readonly Option<string> _failOn = new("--fail-on") { Description = "From which verdict the exit code is 1: malicious (hold, block), suspicious (warn; default), incomplete or never.", HelpName = "VERDICT" };
    private readonly Option<bool> _offline = new("--offline") { Description = "Compare the name only, and ask no hub." };
    private readonly Option<string> _index = new("--index") { Description = "Names of your own: an index, which is used instead of the built-in one, or a text with a name a line, which are protected besides.", HelpName = "FILE" };
    private readonly Option<string> _colour = new("--color") { Description = "auto (default), always or never.", HelpName = "WHEN" };

    private readonly CommandContext _context;
    private readonly Command _command;

    private CheckCommand(CommandContext context)
    {
        _context = context;
        _format.CompletionSources.Add("text", "json");
        _failOn.CompletionSources.Add("malicious", "suspicious", "incomplete", "never");
        _colour.CompletionSources.Add("auto", "always", "never");
        _command = new Command("check", "Says before a download whether a repository is what it seems to be: whose it is, what it copies, how it was vetted.")
        {
            _repository, _endpoint, _format, _output, _failOn, _offline, _index, _colour,
        };
        _command.SetAction(Run);
    }

    public static Command Create(CommandContext context) => new CheckCommand(context)._command;

    private int Run(ParseResult arguments)
    {
        var format = arguments.GetValue(_format) ?? "text";
        if (format is not ("text" or "json"))
            throw new UsageException($"There is no format \"{VisibleText.Of(format)}\" for check. Formats are: text, json");
        var colour = arguments.GetValue(_colour) ?? "auto";
        if (colour is not ("auto" or "always" or "never"))
            throw new UsageException($"--color is auto, always or never, not \"{VisibleText.Of(colour)}\".");
        var failOn = FailOn.Suspicious;
        if (arguments.GetValue(_failOn) is { } level)
            failOn = ConfigurationReader.ParseFailOn(level) ?? throw new UsageException($"--fail-on is malicious, suspicious, incomplete or never, not \"{VisibleText.Of(level)}\".");
        var (endpoint, token) = Hub(arguments.GetValue(_endpoint));
        var asked = RepoReference.Parse(arguments.GetValue(_repository)!, endpoint, out var problem) ?? throw new UsageException($"{VisibleText.Of(arguments.GetValue(_repository)!)}: {problem}");
        var output = Output(arguments.GetValue(_output));
        var (snapshot, snapshotId) = Snapshot(arguments.GetValue(_index));

        var result = arguments.GetValue(_offline)
            ? RepositoryCheck.ByName(asked, snapshot, snapshotId, _context.Clock)
            : Ask(asked, endpoint, token, snapshot, snapshotId);
        if (output is null)
        {
            Write(result, format, _context.Output, _context.TextSettings(colour));
            _context.Output.Flush();
        }
        else
        {
            using (var file = File.Create(output))
                Write(result, format, file, _context.TextSettings("never"));
            _context.Error.WriteLine(CheckText.Headline(result));
        }

        return result.ExitCode(ExitCodes.LevelOf(failOn));
    }

    private CheckResult Ask(RepoReference asked, Uri endpoint, string? token, IdentitySnapshot snapshot, string snapshotId)
    {
        using var cancellation = new CancellationTokenSource();
        using var interrupt = CancelOn(PosixSignal.SIGINT, cancellation);
        using var terminate = CancelOn(PosixSignal.SIGTERM, cancellation);
        using var hub = new HubClient(endpoint, token, $"{Engine.Name}/{Engine.Version}", new HubClientOptions { Deadline = Patience });
        return new RepositoryCheck(hub, endpoint, snapshot, snapshotId, _context.Clock).RunAsync(asked, cancellation.Token).GetAwaiter().GetResult();
    }

    private static PosixSignalRegistration CancelOn(PosixSignal signal, CancellationTokenSource cancellation) =>
        PosixSignalRegistration.Create(signal, received =>
        {
            // A second signal ends the process.
            if (cancellation.IsCancellationRequested)
                return;
            received.Cancel = true;
            cancellation.Cancel();
        });

    private static void Write(CheckResult result, string format, Stream into, ReportSettings settings)
    {
        if (format == "json")
            CheckJson.Write(result, into);
        else
            into.Write(Encoding.UTF8.GetBytes(CheckText.Of(result, settings)));
    }

    /// <summary>The hub that is meant, with the token where it is the hub that the token is for: an address in a command must not draw a token to it.</summary>
    private (Uri Endpoint, string? Token) Hub(string? named)
    {
        var usual = _context.Variable("HF_ENDPOINT") is { Length: > 0 } variable
            ? HubAddress.Parse(variable) ?? throw new UsageException($"HF_ENDPOINT is not the address of a hub: {VisibleText.Of(variable)}")
            : HubAddress.Default;
        var endpoint = named is null ? usual : HubAddress.Parse(named) ?? throw new UsageException($"--endpoint is an address such as https://hub.example, not \"{VisibleText.Of(named)}\".");
        return (endpoint, HubAddress.IsSameOrigin(endpoint, usual) ? HubToken.Find(_context.Variable) : null);
    }

    private string? Output(string? path)
    {
        if (path is null or "-")
            return null;
        var full = path.Length == 0 ? "" : Path.GetFullPath(path, _context.WorkingFolder);
        if (full.Length == 0 || Directory.Exists(full) || !Directory.Exists(Path.GetDirectoryName(full)))
            throw new UsageException($"--output names a file in a folder that exists, and this is none: {VisibleText.Of(path)}");
        return full;
    }

    private (IdentitySnapshot Snapshot, string Id) Snapshot(string? path)
    {
        var seed = IdentitySnapshot.Seed();
        if (path is null)
            return (seed, $"seed/{Engine.Version}");
        var full = Path.GetFullPath(path, _context.WorkingFolder);
        try
        {
            using var file = File.OpenRead(full);
            var id = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(file))[..16];
            file.Position = 0;
            var (index, fault) = LikenessIndexFile.Read(file);
            if (index is not null)
                return (seed with { Names = index }, id);
            if (fault != IndexFileFault.NotAnIndex)
            {
                throw new UsageException($"{VisibleText.Of(path)} cannot be used as an index: " + fault switch
                {
                    IndexFileFault.OtherVersion => "it was written by another version of Assay. Build it anew.",
                    IndexFileFault.TooLarge => "it is too large.",
                    _ => "it is damaged. Build it anew.",
                });
            }

            file.Position = 0;
            return (seed with { Names = seed.Names.Protect(Names(file, path)) }, id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{VisibleText.Of(path)} cannot be read. Name a file with names by --index.");
        }
    }

    private static List<string> Names(FileStream file, string path)
    {
        if (file.Length > MaxIndexText)
            throw new UsageException($"{VisibleText.Of(path)} is larger than a list of names can be ({MaxIndexText >> 20} MiB).");
        var names = new List<string>();
        using var lines = new StreamReader(file);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var name = line.Trim();
            if (name.Length == 0 || name[0] == '#')
                continue;
            if (!LikenessIndex.IsId(name))
                throw new UsageException($"{VisibleText.Of(path)}:{number}: A name is owner/name, one a line. This is none: {VisibleName.Of(name.Length > 60 ? name[..60] + "…" : name)}");
            names.Add(name);
        }

        return names;
    }
}
