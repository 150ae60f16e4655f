using System.Text;
using Assay.Scanning.Reports;

namespace Assay.Cli;

/// <summary>What a command sees of the process around it. Everything is looked up when it is first needed, since most is not.</summary>
internal sealed class CommandContext
{
    private readonly Lazy<TextWriter> _error;

    public CommandContext(Func<Stream> input, Stream output, Func<TextWriter> error)
    {
        OpenInput = input;
        Output = output;
        _error = new Lazy<TextWriter>(error);
    }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; }

    /// <summary>Where results go, as UTF-8.</summary>
    public Stream Output { get; }

    /// <summary>Where messages go.</summary>
    public TextWriter Error => _error.Value;

    /// <summary>Whether results are read by a person.</summary>
    public Func<bool> OutputIsTerminal { get; init; } = static () => false;

    /// <summary>Whether messages are read by a person.</summary>
    public Func<bool> ErrorIsTerminal { get; init; } = static () => false;

    /// <summary>Columns of the terminal.</summary>
    public Func<int> TerminalWidth { get; init; } = static () => 0;

    /// <summary>Environment variables.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>The folder in which the command was given.</summary>
    public string WorkingFolder { get; init; } = Environment.CurrentDirectory;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The process as it is.</summary>
    public static CommandContext OfProcess() => new(
        Console.OpenStandardInput,
        Console.OpenStandardOutput(),
        static () => new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true })
    {
        OutputIsTerminal = static () => !Console.IsOutputRedirected,
        ErrorIsTerminal = static () => !Console.IsErrorRedirected,
        TerminalWidth = static () => Console.WindowWidth,
        Variable = Environment.GetEnvironmentVariable,
    };

    /// <summary>How text is to look on standard output.</summary>
    /// <param name="colour"><c>always</c>, <c>never</c> or <c>auto</c>: on a terminal, unless <c>NO_COLOR</c> is set.</param>
    public ReportSettings TextSettings(string colour)
    {
        var terminal = OutputIsTerminal();
        var width = 0;
        if (terminal)
        {
            try
            {
                width = TerminalWidth();
            }
            catch (IOException)
            {
                // No terminal after all; the default width will do.
            }
        }

        return new ReportSettings
        {
            Colour = colour == "always"
                || (colour == "auto" && terminal && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb"),
            Width = width > 0 ? Math.Min(width, 120) : 100,
            WorkingFolder = WorkingFolder,
        };
    }

    /// <summary>Writes text to standard output.</summary>
    public void Print(string text)
    {
        Output.Write(Encoding.UTF8.GetBytes(text));
        Output.Flush();
    }
}

/// <summary>The command was used wrongly: said to the person in a sentence, with exit code 3.</summary>
internal sealed class UsageException(string message) : Exception(message);
