using System.Text;
using Assay.Testing;

namespace Assay.Cli.Tests;

/// <summary>One run of the command inside the test's process.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public static CommandRun Of(params string[] args) => In(null, args);

    /// <summary>Runs with a working folder (for configuration and addresses), input and environment of its own.</summary>
    public static CommandRun In(
        TemporaryFolder? folder, string[] args, byte[]? input = null, bool terminal = false, int width = 80, params (string Name, string Value)[] variables)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var context = new CommandContext(() => new MemoryStream(input ?? []), output, () => error)
        {
            OutputIsTerminal = () => terminal,
            ErrorIsTerminal = () => terminal,
            TerminalWidth = () => width,
            Variable = name => Array.Find(variables, v => v.Name == name).Value,
            WorkingFolder = folder?.Path ?? Path.GetTempPath(),
        };
        var exitCode = CommandLine.Run(args, context);
        return new CommandRun(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
