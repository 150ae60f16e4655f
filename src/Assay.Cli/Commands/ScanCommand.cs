using System.CommandLine;
using System.Runtime.InteropServices;
using Assay.Cli.Output;
using Assay.Formats;
using Assay.Scanning;
using Assay.Scanning.Configuration;
using Assay.Scanning.Reports;

namespace Assay.Cli.Commands;

/// <summary><c>assay scan PATH…</c>: may this be loaded here?</summary>
internal sealed class ScanCommand
{
    private static readonly TimeSpan PatienceAfterSignal = TimeSpan.FromSeconds(1);

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Files and folders; - for standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _format = new("--format") { Description = "text, json or sarif.", HelpName = "FORMAT" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Write the report to a file.", HelpName = "FILE" };
    private readonly Option<string> _failOn = new("--fail-on") { Description = "From which verdict the exit code is 1: malicious, suspicious (default), incomplete or never.", HelpName = "VERDICT" };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave out what matches; may be given several times. * and ? stay within a name, ** crosses folders.", HelpName = "GLOB" };
    private readonly Option<string[]> _limits = new("--limits") { Description = $"Limits on one file: {string.Join(", ", WorkLimits.Names)}.", HelpName = "NAME=VALUE,…" };
    private readonly Option<string> _config = new("--config") { Description = "Configuration; default: assay.yaml of the working folder.", HelpName = "FILE" };
    private readonly Option<string> _baseline = new("--baseline") { Description = "An earlier report in JSON: its findings are not counted again.", HelpName = "REPORT.json" };
    private readonly Option<string> _jobs = new("--jobs", "-j") { Description = "Files scanned at a time; default: one per processor.", HelpName = "N" };
    private readonly Option<bool> _full = new("--full") { Description = "Read every byte of files above 64 MiB, too." };
    private readonly Option<bool> _cache = new("--hf-cache") { Description = "Scan the local Hugging Face cache." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Only the verdict and what counts for --fail-on." };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Clean files, notes and details as well." };
    private readonly Option<string> _colour = new("--color") { Description = "auto (default), always or never.", HelpName = "WHEN" };

    private readonly string[] _args;
    private readonly CommandContext _context;
    private readonly Command _command;
    private int _interrupted;

    private ScanCommand(string[] args, CommandContext context)
    {
        _args = args;
        _context = context;
        _format.CompletionSources.Add("text", "json", "sarif");
        _failOn.CompletionSources.Add("malicious", "suspicious", "incomplete", "never");
        _colour.CompletionSources.Add("auto", "always", "never");
        _command = new Command("scan", "Says whether loading a model file would run something, what, and why that is believed.")
        {
            _paths, _format, _output, _failOn, _exclude, _limits, _config, _baseline, _jobs, _full, _cache, _quiet, _verbose, _colour,
        };
        _command.SetAction(Run);
    }

    public static Command Create(string[] args, CommandContext context) => new ScanCommand(args, context)._command;

    private int Run(ParseResult arguments)
    {
        var format = Format(arguments.GetValue(_format));
        var settings = Settings(arguments);
        var output = Output(arguments.GetValue(_output));
        var targets = Targets(arguments);
        var (options, failOn, note) = Options(arguments, targets);
        settings = settings with { FailOn = ExitCodes.LevelOf(failOn) };

        ScanReport report;
        using (var cancellation = new CancellationTokenSource())
        using (OnSignal(PosixSignal.SIGINT, cancellation))
        using (OnSignal(PosixSignal.SIGTERM, cancellation))
        using (var progress = ProgressLine.For(_context, settings))
            report = new Scanner(options with { Progress = progress }).Scan(targets, cancellation.Token);

        if (note is not null)
            report = report with { Notes = [.. report.Notes, note] };
        if (output is null)
        {
            format.Write(report, _context.Output, settings);
            _context.Output.Flush();
        }
        else
        {
            using (var file = File.Create(output))
                format.Write(report, file, settings with { Colour = false });
            if (!settings.Quiet)
                Say(report, output, settings);
        }

        return ExitCodes.Of(report, failOn);
    }

    // The log of a pipeline shows why it failed, although the report went to a file.
    private void Say(ScanReport report, string output, ReportSettings settings)
    {
        using var text = new MemoryStream();
        new TextReport().Write(report, text, settings with { Quiet = true, Colour = false });
        _context.Error.Write(System.Text.Encoding.UTF8.GetString(text.ToArray()));
        _context.Error.WriteLine("report: " + output);
    }

    // The first signal ends the scan at the next look at the token. Who waits in a read (a terminal, a slow pipe) does not look, and
    // is ended a moment later; a second signal ends the process at once.
    private PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource cancellation) =>
        PosixSignalRegistration.Create(signal, received =>
        {
            if (Interlocked.Exchange(ref _interrupted, 1) != 0)
                return;
            received.Cancel = true;
            try
            {
                cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The scan is over; the report is being written.
                return;
            }

            Thread.Sleep(PatienceAfterSignal);
            _context.Error.WriteLine(CommandLine.Cancelled);
            Environment.Exit(ExitCodes.NotCompleted);
        });

    private static ReportFormat Format(string? name)
    {
        if (name is null)
            return ReportCatalog.Formats[0];
        return ReportCatalog.Find(name) ?? throw new UsageException(
            $"There is no format \"{VisibleText.Of(name)}\" for scan. Formats are: {string.Join(", ", ReportCatalog.Formats.Select(static f => f.Name))}");
    }

    private ReportSettings Settings(ParseResult arguments)
    {
        var colour = arguments.GetValue(_colour) ?? "auto";
        if (colour is not ("auto" or "always" or "never"))
            throw new UsageException($"--color is auto, always or never, not \"{VisibleText.Of(colour)}\".");
        var quiet = arguments.GetValue(_quiet);
        var verbose = arguments.GetValue(_verbose);
        if (quiet && verbose)
            throw new UsageException("--quiet and --verbose contradict each other; give one of them.");
        return _context.TextSettings(colour) with { Quiet = quiet, Verbose = verbose };
    }

    private static string? Output(string? path)
    {
        if (path is null or "-")
            return null;
        if (path.Length == 0 || Directory.Exists(path))
            throw new UsageException("--output names a file, and this is a folder: " + VisibleText.Of(path));
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
            throw new UsageException("The folder for --output does not exist; create it first: " + VisibleText.Of(folder));
        return path;
    }

    private List<ScanTarget> Targets(ParseResult arguments)
    {
        var targets = new List<ScanTarget>();
        var dashes = Array.IndexOf(_args, "--");
        var input = false;
        foreach (var path in arguments.GetValue(_paths) ?? [])
        {
            if (path == "-")
            {
                if (input)
                    throw new UsageException("Standard input (-) can be scanned once only.");
                input = true;
                targets.Add(ScanTarget.ForStream(_context.OpenInput()));
                continue;
            }

            if (path.StartsWith('-') && Array.IndexOf(_args, path) is var at && (dashes < 0 || at < dashes))
                throw new UsageException(CommandLine.UnknownOption(VisibleText.Of(path), _command, "assay scan"));
            if (path.StartsWith("hf://", StringComparison.OrdinalIgnoreCase))
                throw new UsageException($"Remote repositories ({VisibleText.Of(path)}) come with a later version. Download it without loading it, and scan the folder.");
            if (path.Length == 0)
                throw new UsageException("A path is empty. Check the variables of your script.");
            targets.Add(ScanTarget.ForPath(path));
        }

        if (arguments.GetValue(_cache))
            targets.Add(ScanTarget.ForCache(ScanTarget.CacheFolder(_context.Variable)));
        if (targets.Count == 0)
            throw new UsageException("Say what to scan: assay scan PATH… (or - for standard input, or --hf-cache). More: assay scan --help");
        return targets;
    }

    private (ScanOptions Options, FailOn FailOn, ScanNote? Note) Options(ParseResult arguments, List<ScanTarget> targets)
    {
        var file = arguments.GetValue(_config);
        ScanNote? note = null;
        if (file is null)
            (file, note) = ConfigurationDiscovery.Find(_context.WorkingFolder, targets);
        var configuration = file is null ? new ScanConfiguration() : ConfigurationReader.Read(file);

        var limits = new WorkLimits();
        foreach (var (name, value) in configuration.Limits)
            limits = limits.With(name, value)!;
        foreach (var list in arguments.GetValue(_limits) ?? [])
        {
            foreach (var pair in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                limits = WithLimit(limits, pair);
        }

        var failOn = configuration.FailOn ?? FailOn.Suspicious;
        if (arguments.GetValue(_failOn) is { } level)
        {
            failOn = ConfigurationReader.ParseFailOn(level) ?? throw new UsageException(
                $"--fail-on is malicious, suspicious, incomplete or never, not \"{VisibleText.Of(level)}\".");
        }

        var options = new ScanOptions
        {
            Limits = limits,
            Full = arguments.GetValue(_full),
            Jobs = Jobs(arguments.GetValue(_jobs)),
            Exclude = [.. configuration.Exclude, .. arguments.GetValue(_exclude) ?? []],
            TrustedModules = configuration.TrustedModules,
            Waivers = configuration.Waivers,
            Clock = _context.Clock,
        };
        if (arguments.GetValue(_baseline) is { } baseline)
        {
            try
            {
                options = options with { Baseline = Baseline.Read(baseline) };
            }
            catch (InvalidDataException e)
            {
                throw new UsageException(e.Message);
            }
        }

        return (options, failOn, note);
    }

    private static int Jobs(string? text)
    {
        if (text is null)
            return 0;
        return int.TryParse(text, out var jobs) && jobs is > 0 and <= 1024
            ? jobs
            : throw new UsageException($"--jobs is a number from 1 to 1024, not \"{VisibleText.Of(text)}\".");
    }

    private static WorkLimits WithLimit(WorkLimits limits, string pair)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new UsageException($"--limits is NAME=VALUE, such as seconds=30, not \"{VisibleText.Of(pair)}\".");
        var name = pair[..equals];
        if (!WorkLimits.Names.Contains(name))
            throw new UsageException($"There is no limit \"{VisibleText.Of(name)}\". Limits are: {string.Join(", ", WorkLimits.Names)}");
        return limits.With(name, pair[(equals + 1)..])
            ?? throw new UsageException($"The limit {name} is a positive number, not \"{VisibleText.Of(pair[(equals + 1)..])}\".");
    }
}
