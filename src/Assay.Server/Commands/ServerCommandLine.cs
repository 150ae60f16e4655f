using System.CommandLine;
using System.CommandLine.Help;
using Assay.Hub;
using Assay.Scanning.Policy;
using Assay.Server.Commands.Admin;

namespace Assay.Server.Commands;

/// <summary>The grammar of the commands that need a hub: <c>serve</c>, <c>worker</c>, <c>admin</c>. <c>assay</c> passes them on to this program.</summary>
internal static class ServerCommandLine
{
    /// <summary>Runs a command.</summary>
    /// <returns>An exit code of the command line's contract.</returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    /// <summary>Runs a command with streams of its own.</summary>
    /// <param name="args">The command.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where messages go.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        try
        {
            // Not a RootCommand, whose help shows the name of this program: people start it by way of assay.
            var root = new Command("assay", "The hub of Assay: serve, worker, admin.") { new HelpOption(), new VersionOption() };
            root.Subcommands.Add(ServeCommand.Create());
            root.Subcommands.Add(ServeCommand.CreateWorker());
            root.Subcommands.Add(AdminCommands.Create());
            var result = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (result.Errors.Count > 0 && result.Action is not HelpAction)
            {
                await error.WriteLineAsync($"assay: {result.Errors[0].Message.TrimEnd()} How it is used: {PathOf(result.CommandResult)} --help").ConfigureAwait(false);
                return ExitCode.Usage;
            }

            return await result.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = args is ["admin", ..] ? TimeSpan.FromSeconds(60) : null }).ConfigureAwait(false);
        }
        catch (CommandException e)
        {
            return await FailAsync(e.Message, e.ExitCode).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FormatException or PolicyException)
        {
            return await FailAsync(e.Message, ExitCode.Usage).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(e.Message, ExitCode.NotCompleted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is System.Data.Common.DbException or { InnerException: System.Data.Common.DbException })
        {
            return await FailAsync("The database cannot be used: " + ((e as System.Data.Common.DbException) ?? e.InnerException)!.Message, ExitCode.NotCompleted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return await FailAsync("Cancelled.", ExitCode.NotCompleted).ConfigureAwait(false);
        }

        async Task<int> FailAsync(string message, int exitCode)
        {
            await error.WriteLineAsync("assay: " + message).ConfigureAwait(false);
            return exitCode;
        }
    }

    private static string PathOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "assay";
}

/// <summary>The options that say where a hub is; the same for all commands, each with its variable of the environment.</summary>
internal sealed class HubLocation
{
    /// <summary><c>--data</c>.</summary>
    public Option<string?> Data { get; } = new("--data") { Description = "The folder of everything that the hub keeps (ASSAY_DATA; default: assay-data)" };

    /// <summary><c>--database</c>.</summary>
    public Option<string?> Database { get; } = new("--database") { Description = "postgresql://user:password@host:5432/name (ASSAY_DATABASE; default: SQLite in the data folder)" };

    /// <summary><c>--policy</c>.</summary>
    public Option<string?> Policy { get; } = new("--policy") { Description = "A policy file (ASSAY_POLICY; default: the balanced profile)" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Data);
        command.Options.Add(Database);
        command.Options.Add(Policy);
    }

    /// <summary>The settings that they come to.</summary>
    public HubOptions Read(ParseResult result)
    {
        var options = new HubOptions
        {
            DataFolder = Path.GetFullPath(Value(result, Data, "ASSAY_DATA") ?? "assay-data"),
            Database = Value(result, Database, "ASSAY_DATABASE"),
            PolicyFile = Value(result, Policy, "ASSAY_POLICY") is { } file ? Path.GetFullPath(file) : null,
        };
        return options with
        {
            VerdictWait = Seconds("ASSAY_VERDICT_WAIT") ?? options.VerdictWait,
            AccountQuotaBytes = Bytes("ASSAY_ACCOUNT_QUOTA") ?? options.AccountQuotaBytes,
            MultipartFrom = Bytes("ASSAY_MULTIPART_FROM") ?? options.MultipartFrom,
            PartBytes = Bytes("ASSAY_PART_BYTES") ?? options.PartBytes,
            MinFreeBytes = Bytes("ASSAY_MIN_FREE") ?? options.MinFreeBytes,
            MaxFileBytes = Bytes("ASSAY_MAX_FILE") ?? options.MaxFileBytes,
            Workers = (int)(Bytes("ASSAY_WORKERS") ?? 0),
            LedgerRetention = Environment.GetEnvironmentVariable("ASSAY_LEDGER_DAYS") is { Length: > 0 } days ? (Number("ASSAY_LEDGER_DAYS", days) is > 0 and var count ? TimeSpan.FromDays(count) : null) : options.LedgerRetention,
            HostingRangesFile = Environment.GetEnvironmentVariable("ASSAY_HOSTING_RANGES") is { Length: > 0 } ranges ? Path.GetFullPath(ranges) : null,
            Lease = Seconds("ASSAY_LEASE") ?? options.Lease,
            Publishers = new Hub.Publishers.PublisherOptions
            {
                Resolvers = Environment.GetEnvironmentVariable("ASSAY_DNS_RESOLVERS") is { Length: > 0 } resolvers ? Hub.Publishers.PublisherOptions.ReadResolvers(resolvers) : options.Publishers.Resolvers,
                AllowPrivateAddresses = Environment.GetEnvironmentVariable("ASSAY_PROOFS_FROM_PRIVATE_ADDRESSES") is "1" or "true",
            },
            OpenRegistration = Environment.GetEnvironmentVariable("ASSAY_OPEN_REGISTRATION") is "1" or "true",
        };
    }

    /// <summary>The value of an option, or of its variable.</summary>
    internal static string? Value(ParseResult result, Option<string?> option, string variable) =>
        result.GetValue(option) is { Length: > 0 } given ? given : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : null;

    /// <summary>A time that a variable gives in seconds.</summary>
    internal static TimeSpan? Seconds(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? TimeSpan.FromSeconds(Number(variable, text)) : null;

    private static long? Bytes(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? Number(variable, text) : null;

    private static long Number(string variable, string text) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{variable} is a number, not \"{text}\".");
}
