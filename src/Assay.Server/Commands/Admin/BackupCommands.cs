using System.CommandLine;
using Assay.Hub;
using Assay.Hub.Backup;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin backup</c>, and restoring one.</summary>
internal static class BackupCommands
{
    /// <summary><c>assay admin backup</c>.</summary>
    public static Command CreateBackup(AdminCommands commands)
    {
        var path = new Argument<string>("PATH") { Description = "A folder, which later backups only add to, or a new file that ends in .tar" };
        return commands.On(new Command("backup", "Copies the whole hub, while it runs.") { path }, lists: false, async run =>
        {
            var manifest = await run.Get<HubBackup>().WriteAsync(run.Value(path)!, Progress(), run.Cancellation).ConfigureAwait(false);
            await run.Output.WriteLineAsync($"{manifest.Contents} contents ({manifest.ContentBytes:N0} bytes) and {manifest.Tables.Count} tables are in {run.Value(path)}. Bring them back with: assay admin restore --backup {run.Value(path)} --data EMPTY-FOLDER").ConfigureAwait(false);
            if (manifest.Missing.Count == 0)
                return ExitCode.Passed;
            await run.Error.WriteLineAsync($"assay: {manifest.Missing.Count} contents are missing or damaged in the store and so in the backup: assay admin verify-store").ConfigureAwait(false);
            return ExitCode.Found;
        });
    }

    /// <summary><c>assay admin restore-backup</c>, the same as <c>restore --backup</c>.</summary>
    public static Command CreateRestore(AdminCommands commands)
    {
        var path = new Argument<string>("PATH") { Description = "The backup" };
        var command = new Command("restore-backup", "Restores a whole hub from its backup, into an empty data folder and database.") { path };
        command.SetAction((result, cancellation) => commands.RunAsync(result, isJson: false, mustExist: false, run => RestoreAsync(run, result.GetValue(path)!), cancellation));
        return command;
    }

    /// <summary>Brings a backup into an empty hub.</summary>
    public static async Task<int> RestoreAsync(AdminRun run, string path)
    {
        try
        {
            var manifest = await run.Get<HubBackup>().RestoreAsync(path, Progress(), run.Cancellation).ConfigureAwait(false);
            await run.Output.WriteLineAsync($"The hub of {Listing.Time(manifest.At)} was restored: {manifest.Contents} contents, {manifest.Tables.Count} tables. Check it with: assay admin verify-store and assay admin verify-audit").ConfigureAwait(false);
            if (manifest.Missing.Count == 0)
                return ExitCode.Passed;
            await run.Error.WriteLineAsync($"assay: {manifest.Missing.Count} contents were missing already when the backup was made: assay admin verify-store").ConfigureAwait(false);
            return ExitCode.Found;
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"{e.Message} Nothing was put into the database; empty {run.Get<HubOptions>().DataFolder} before the next attempt.");
        }
    }

    private static Progress<long>? Progress() => Console.IsErrorRedirected ? null : new Progress<long>(static bytes => Console.Error.Write($"\r{bytes >> 20} MiB "));
}
