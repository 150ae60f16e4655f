using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Assay.Cli.Commands;
using Assay.Scanning;
using Assay.Scanning.Configuration;

namespace Assay.Cli;

/// <summary>The grammar of the command, and the one place where a command's end becomes an exit code.</summary>
internal static class CommandLine
{
    /// <summary>What is said when a signal ended a scan.</summary>
    public const string Cancelled = "assay: Cancelled. Nothing was reported.";

    // No file is read because a name starts with @.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] args, CommandContext context)
    {
        try
        {
            // Needs no grammar, and scripts ask for it often.
            if (args is ["--version"])
            {
                context.Print($"assay {Engine.Version} (rules {Engine.Rules})\n");
                return ExitCodes.Passed;
            }

            if (ServerProgram.Takes(args))
                return PassOn(args, context);
            return Invoke(Root(args, context), args, context);
        }
        catch (UsageException e)
        {
            context.Error.WriteLine("assay: " + e.Message);
            return ExitCodes.Usage;
        }
        catch (ConfigurationException e)
        {
            context.Error.WriteLine("assay: " + e.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine(Cancelled);
            return ExitCodes.NotCompleted;
        }
        catch (IOException e)
        {
            context.Error.WriteLine($"assay: The output could not be written (0x{e.HResult:x8}). Check the disk and the path.");
            return ExitCodes.NotCompleted;
        }
        catch (UnauthorizedAccessException)
        {
            context.Error.WriteLine("assay: The output could not be written: it is not permitted. Choose another path.");
            return ExitCodes.NotCompleted;
        }
#pragma warning disable CA1031 // Whatever happens, a script gets one of the documented exit codes and a person a sentence.
        catch (Exception e)
#pragma warning restore CA1031
        {
            context.Error.WriteLine($"assay: An internal fault ended the command. Please report it with these lines:\n{e}");
            return ExitCodes.NotCompleted;
        }
    }

    private static int PassOn(string[] args, CommandContext context)
    {
        if (ServerProgram.Find(AppContext.BaseDirectory) is { } program)
            return ServerProgram.Run(program, args);
        context.Error.WriteLine($"assay: \"{args[0]}\" needs assay-server, which is not in {AppContext.BaseDirectory}. Start it by the launcher of a checkout (./assay {args[0]}), or install the whole package.");
        return ExitCodes.NotCompleted;
    }

    private static int Invoke(RootCommand root, string[] args, CommandContext context)
    {
        var result = root.Parse(args.Length == 0 ? ["--help"] : args, Parser);
        if (result.Action is ParseErrorAction)
            throw new UsageException(Explain(result, args));

        // Help and completions are written by the library, into this writer; commands write to the stream itself.
        using var output = new StreamWriter(context.Output, leaveOpen: true);
        var exitCode = result.Invoke(new InvocationConfiguration
        {
            Output = output,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
        return args.Length == 0 ? ExitCodes.Usage : exitCode;
    }

    // The grammar of the other commands is not built when the first word says that they are not meant: it would cost a start more
    // than parsing does.
    private static RootCommand Root(string[] args, CommandContext context)
    {
        var root = new RootCommand("Vets machine-learning models before anyone loads them.");
        var only = args.Length > 0 ? args[0] : "";
        var all = only is not ("scan" or "check" or "explain" or "rules" or "eval" or "completion");
        if (all || only == "scan")
            root.Subcommands.Add(ScanCommand.Create(args, context));
        if (all || only == "check")
            root.Subcommands.Add(CheckCommand.Create(context));
        if (all || only == "explain")
            root.Subcommands.Add(ExplainCommand.Create(context));
        if (all || only == "rules")
            root.Subcommands.Add(RulesCommand.Create(context));
        if (all || only == "eval")
            root.Subcommands.Add(EvalCommand.Create(context));
        if (all || only == "completion")
            root.Subcommands.Add(CompletionCommand.Create(context));
        if (all)
        {
            // For help and completion; they are passed on before the grammar is asked.
            foreach (var (name, description) in ServerProgram.Commands)
                root.Subcommands.Add(new Command(name, description));
        }

        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new ExamplesHelpAction(help);
        }

        return root;
    }

    private static string Explain(ParseResult result, string[] args)
    {
        var command = result.CommandResult.Command;
        var name = command is RootCommand ? "assay" : "assay " + command.Name;
        if (result.CommandResult.Parent is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } parent)
            name = $"assay {parent.Command.Name} {command.Name}";
        if (command is RootCommand && args.Length > 0 && !args[0].StartsWith('-'))
        {
            var near = Nearest.To(args[0], command.Subcommands.Select(static c => c.Name));
            return $"There is no command \"{args[0]}\".{(near is null ? "" : $" Did you mean {near}?")} Commands are listed by: assay --help";
        }

        foreach (var token in result.UnmatchedTokens)
        {
            if (token.StartsWith('-'))
                return UnknownOption(token, command, name);
        }

        return $"{result.Errors[0].Message.TrimEnd()} How it is used: {name} --help";
    }

    /// <summary>The sentence about an option that does not exist.</summary>
    public static string UnknownOption(string token, Command command, string name)
    {
        var end = token.IndexOf('=', StringComparison.Ordinal);
        var option = end < 0 ? token : token[..end];
        var near = Nearest.To(option, command.Options.Select(static o => o.Name));
        return $"There is no option {option}.{(near is null ? "" : $" Did you mean {near}?")} Options are listed by: {name} --help (a path that starts with a dash goes behind --)";
    }
}

/// <summary>The help of System.CommandLine, with examples at the end.</summary>
internal sealed class ExamplesHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var (line, meaning) in Examples(parseResult.CommandResult.Command.Name))
            output.WriteLine($"  {line,-46} {meaning}");
        output.WriteLine();
        output.WriteLine("Exit codes:");
        output.WriteLine("  0  nothing at or above --fail-on");
        output.WriteLine("  1  something was");
        output.WriteLine("  2  it could not be completed, and nothing worse was found");
        output.WriteLine("  3  wrong usage");
        return ExitCodes.Passed;
    }

    private static (string Line, string Meaning)[] Examples(string command) => command switch
    {
        "explain" =>
        [
            ("assay explain PKL-002", "what a rule means and what to do"),
            ("assay explain PKL-002 --format markdown", "the same as a page"),
        ],
        "rules" =>
        [
            ("assay rules", "every rule in a line"),
            ("assay rules --format json", "with all texts, for programs"),
        ],
        "check" =>
        [
            ("assay check openai/privacy-filter", "is this who it seems to be?"),
            ("assay check datasets/owner/name@v1.0", "a dataset, at a tag"),
            ("assay check owner/name --format json", "for programs"),
            ("assay check owner/name --offline", "the name only"),
        ],
        "eval" or "identity" =>
        [
            ("assay eval identity --task names --data DIR", "judges the pairs of names in a folder"),
        ],
        "completion" =>
        [
            ("source <(assay completion bash)", "completion in this shell"),
            ("assay completion fish | source", "the same in fish"),
        ],
        _ =>
        [
            ("assay scan model.pt", "may this file be loaded?"),
            ("assay scan models/ --exclude 'tests/**'", "every file of a folder, but for some"),
            ("assay scan --hf-cache", "what is in the local model cache"),
            ("curl -sL URL | assay scan -", "a stream"),
            ("assay scan . --format sarif --output a.sarif", "a report for code scanning"),
            ("assay scan . --baseline before.json", "only what is new counts"),
        ],
    };
}
