using System.CommandLine;
using Assay.Scanning;
using Assay.Scanning.Reports;

namespace Assay.Cli.Commands;

/// <summary><c>assay rules</c>: lists the rules.</summary>
internal static class RulesCommand
{
    private static readonly string[] Formats = ["text", "json", "markdown"];

    public static Command Create(CommandContext context)
    {
        var format = FormatOption();
        var command = new Command("rules", "Lists the rules.") { format };
        command.SetAction(result => Run(Format(result.GetValue(format)), context));
        return command;
    }

    /// <summary>The option <c>--format</c> of the commands that show rules.</summary>
    public static Option<string> FormatOption()
    {
        var option = new Option<string>("--format") { Description = "text, json or markdown.", HelpName = "FORMAT" };
        option.CompletionSources.Add(Formats);
        return option;
    }

    /// <summary>The format that was asked for.</summary>
    /// <exception cref="UsageException">There is no such format.</exception>
    public static string Format(string? given) =>
        given is null ? "text" : Array.IndexOf(Formats, given) >= 0 ? given
            : throw new UsageException($"There is no format \"{VisibleText.Of(given)}\" for rules. Formats are: {string.Join(", ", Formats)}");

    private static int Run(string format, CommandContext context)
    {
        switch (format)
        {
            case "json":
                RuleDocument.WriteJson(RuleCatalogue.All, context.Output);
                break;
            case "markdown":
                context.Print(RulePage.Index());
                break;
            default:
                context.Print(RuleDocument.TextIndex(RuleCatalogue.All, context.TextSettings("auto")));
                break;
        }

        return ExitCodes.Passed;
    }
}
