using System.CommandLine;
using System.Text;
using Assay.Impersonation.Evaluation;
using Assay.Scanning.Reports;

namespace Assay.Cli.Commands;

/// <summary><c>assay eval identity</c>: predictions of the identity part for a folder of evaluation data, one JSON line a case.</summary>
internal static class EvalCommand
{
    private static readonly (string Name, Action<string, TextWriter, CancellationToken> Run)[] Tasks =
    [
        ("names", NamesTask.Run),
        ("scenarios", ScenariosTask.Run),
        ("cards", CardsTask.Run),
        ("traces", TracesTask.Run),
    ];

    public static Command Create(CommandContext context)
    {
        var task = new Option<string>("--task") { Description = $"What is predicted: {string.Join(", ", Tasks.Select(static t => t.Name))}.", HelpName = "TASK", Required = true };
        task.CompletionSources.Add([.. Tasks.Select(static t => t.Name)]);
        var data = new Option<string>("--data") { Description = "The folder with the evaluation data.", HelpName = "DIR", Required = true };
        var output = new Option<string>("--out") { Description = "The file to write; standard output without it.", HelpName = "FILE" };
        var identity = new Command("identity", "Predicts who imitates whom, for the data of a folder.") { task, data, output };
        identity.SetAction(result => Run(result.GetValue(task)!, result.GetValue(data)!, result.GetValue(output), context, CancellationToken.None));
        return new Command("eval", "Writes predictions for evaluation data, to be scored by a program of the data's own.") { identity };
    }

    private static int Run(string task, string data, string? output, CommandContext context, CancellationToken cancellation)
    {
        var run = Array.Find(Tasks, t => t.Name == task).Run
            ?? throw new UsageException($"There is no task {VisibleText.Of(task)}. Tasks are: {string.Join(", ", Tasks.Select(static t => t.Name))}.");
        var folder = Path.GetFullPath(data, context.WorkingFolder);
        if (!Directory.Exists(folder))
            throw new UsageException($"There is no folder {VisibleText.Of(data)}. Name the one with the evaluation data by --data.");
        var path = output is null ? null : Path.GetFullPath(output, context.WorkingFolder);
        if (path is not null && (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path))))
            throw new UsageException($"{VisibleText.Of(output!)} cannot be written: it is a folder, or is in none that exists.");

        // Everything is worked out before anything is written, so that a file is never half of one.
        using var lines = new StringWriter();
        try
        {
            run(folder, lines, cancellation);
        }
        catch (FileNotFoundException e)
        {
            throw new UsageException($"The folder {VisibleText.Of(data)} has no {Path.GetFileName(e.FileName)}.");
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"The data in {VisibleText.Of(data)} cannot be used: {e.Message}");
        }

        if (path is null)
            context.Print(lines.ToString());
        else
            File.WriteAllText(path, lines.ToString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return ExitCodes.Passed;
    }
}
