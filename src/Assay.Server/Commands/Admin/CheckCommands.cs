using System.CommandLine;
using System.Text.Json.Nodes;
using Assay.Hub.Audit;
using Assay.Hub.Blobs;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin verify-store</c>, <c>verify-audit</c> and <c>sweep</c>.</summary>
internal static class CheckCommands
{
    /// <summary><c>assay admin verify-store</c>.</summary>
    public static Command CreateVerifyStore(AdminCommands commands)
    {
        var discard = new Option<bool>("--discard-damaged") { Description = "Remove what is damaged, so that uploading it again brings it back" };
        return commands.On(new Command("verify-store", "Reads every content of the store: missing, damaged, orphaned.") { discard }, lists: true, async run =>
        {
            var progress = Console.IsErrorRedirected ? null : new Progress<long>(static bytes => Console.Error.Write($"\r{bytes >> 20} MiB "));
            var check = await run.Get<BlobSweeper>().VerifyAsync(run.Value(discard), progress, run.Cancellation).ConfigureAwait(false);
            if (progress is not null)
                await run.Error.WriteAsync("\r").ConfigureAwait(false);
            var listing = new Listing($"{check.Contents} contents ({check.Bytes:N0} bytes), all as they should be.", "PROBLEM", "SHA256", "XORB");
            foreach (var sha256 in check.Missing)
                listing.Add("missing", sha256, null);
            foreach (var sha256 in check.Damaged)
                listing.Add(check.Discarded.Contains(sha256) ? "discarded" : "damaged", sha256, null);
            foreach (var xorb in check.DamagedXorbs)
                listing.Add(check.Discarded.Contains(xorb) ? "discarded" : "damaged", null, xorb);
            foreach (var sha256 in check.Orphaned)
                listing.Add("orphaned", sha256, null);
            listing.Totals["contents"] = check.Contents;
            listing.Totals["bytes"] = check.Bytes;
            listing.Totals["missing"] = check.Missing.Count;
            listing.Totals["damaged"] = check.Damaged.Count + check.DamagedXorbs.Count;
            listing.Totals["discarded"] = check.Discarded.Count;
            listing.Totals["orphaned"] = check.Orphaned.Count;
            run.Write(listing);
            var unserved = check.Missing.Count + check.Damaged.Count;
            var damaged = check.Damaged.Count + check.DamagedXorbs.Count;
            if (!run.IsJson && listing.Count > 0)
            {
                await run.Output.WriteLineAsync().ConfigureAwait(false);
                if (unserved > 0)
                    await run.Output.WriteLineAsync($"{unserved} of {check.Contents} contents cannot be served. Upload the missing and the discarded ones again.").ConfigureAwait(false);
                if (damaged > check.Discarded.Count)
                    await run.Output.WriteLineAsync("What is damaged has to go before an upload brings it back: assay admin verify-store --discard-damaged").ConfigureAwait(false);
                if (unserved + damaged == 0)
                    await run.Output.WriteLineAsync("Orphaned contents do no harm; they are removed by themselves once they are old enough.").ConfigureAwait(false);
            }

            return unserved + damaged > 0 ? ExitCode.Found : ExitCode.Passed;
        });
    }

    /// <summary><c>assay admin verify-audit</c>.</summary>
    public static Command CreateVerifyAudit(AdminCommands commands)
    {
        var head = new Option<string?>("--expect-head") { Description = "A head that was noted earlier: the trail must still contain it" };
        return commands.On(new Command("verify-audit", "Checks that nothing of the audit trail was changed or taken out.") { head }, lists: true, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var check = await AuditLog.VerifyAsync(db, run.Cancellation).ConfigureAwait(false);
                var problem = check.Problem;
                if (problem is null && run.Value(head) is { } expected && !await db.AuditEntries.AnyAsync(e => e.Hash == expected, run.Cancellation).ConfigureAwait(false))
                    problem = "The trail does not contain the head that was noted earlier: entries were taken out and the rest was written anew.";
                if (run.IsJson)
                    await run.Output.WriteAsync(Listing.Text(new JsonObject { ["entries"] = check.Entries, ["head"] = check.Head, ["problem"] = problem })).ConfigureAwait(false);
                else
                    await run.Output.WriteLineAsync(problem is null ? $"{check.Entries} entries, each as it was written. Head: {check.Head}\nNote the head elsewhere; later: assay admin verify-audit --expect-head {check.Head}" : $"{problem} The {check.Entries} entries before it are in order.").ConfigureAwait(false);
                return problem is null ? ExitCode.Passed : ExitCode.Found;
            }
        });
    }

    /// <summary><c>assay admin sweep</c>.</summary>
    public static Command CreateSweep(AdminCommands commands) => commands.On(new Command("sweep", "Removes contents that nothing needs now, instead of within the hour."), lists: false, async run =>
    {
        var (contents, bytes) = await run.Get<BlobSweeper>().SweepAsync(run.Cancellation).ConfigureAwait(false);
        await run.Output.WriteLineAsync($"{contents} contents were removed ({bytes:N0} bytes).").ConfigureAwait(false);
        return ExitCode.Passed;
    });
}
