using System.CommandLine;
using Assay.Scanning;
using Assay.Scanning.Reports;

namespace Assay.Cli.Commands;

/// <summary><c>assay explain RULE</c>: what a rule means, how the attack works, what to do.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string>("RULE") { Description = "Id of a rule, such as PKL-002.", HelpName = "RULE" };
        id.CompletionSources.Add(static _ => RuleCatalogue.All.Select(static r => new System.CommandLine.Completions.CompletionItem(r.Id)));
        var format = RulesCommand.FormatOption();
        var command = new Command("explain", "Says what a rule means, how the attack works, and what to do.") { id, format };
        command.SetAction(result => Run(result.GetValue(id)!, RulesCommand.Format(result.GetValue(format)), context));
        return command;
    }

    private static int Run(string id, string format, CommandContext context)
    {
        var rule = RuleCatalogue.Find(id) ?? throw new UsageException(Unknown(id));
        switch (format)
        {
            case "json":
                RuleDocument.WriteJson([rule], context.Output);
                break;
            case "markdown":
                context.Print(RulePage.Markdown(rule));
                break;
            default:
                context.Print(RuleDocument.Text(rule, context.TextSettings("auto")));
                break;
        }

        return ExitCodes.Passed;
    }

    private static string Unknown(string id)
    {
        var near = RuleCatalogue.All
            .Select(r => (r.Id, Edits: Nearest.Edits(id, r.Id)))
            .Where(static r => r.Edits <= 2)
            .OrderBy(static r => r.Edits)
            .ThenBy(static r => r.Id, StringComparer.Ordinal)
            .Take(3)
            .Select(static r => r.Id)
            .ToList();
        return $"There is no rule {VisibleText.Of(id)}.{(near.Count == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?")} All of them are listed by: assay rules";
    }
}
