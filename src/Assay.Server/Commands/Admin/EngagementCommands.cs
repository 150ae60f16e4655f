using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Assay.Hub.Engagement;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin engagement</c>.</summary>
internal static class EngagementCommands
{
    private const int Days = 30;

    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("engagement", "Traffic of repositories: what was counted, what was paused or held for it, and lifting that.") { Show(commands), Release(commands) };

    private static Command Show(AdminCommands commands)
    {
        var which = new Argument<string?>("REPOSITORY") { Description = "A repository (ada/tiny, datasets/ada/words); without it, what waits for a person", Arity = ArgumentArity.ZeroOrOne };
        return commands.On(new Command("show", "Shows the traffic of a repository by day, or which repositories wait for a person.") { which }, lists: true, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                if (run.Value(which) is not { } name)
                {
                    var waiting = new Listing("No traffic waits for a person.", "REPOSITORY", "CONSEQUENCE", "SINCE", "DUE", "REFERENCE", "REASONS");
                    foreach (var one in await EngagementReview.WaitingAsync(db, run.Cancellation).ConfigureAwait(false))
                        waiting.Add(one.Repository.WebPath, one.Word, TimeOf(one.Record.Since), TimeOf(one.Record.ReviewDue), one.Repository.HoldReference, string.Join("; ", one.Reasons));
                    run.Write(waiting);
                    return ExitCode.Passed;
                }

                var repository = await Named.RepositoryAsync(db, name, run.Cancellation).ConfigureAwait(false);
                var record = await EngagementReview.FindAsync(db, repository, run.Cancellation).ConfigureAwait(false);
                var listing = new Listing("No day is settled yet.", "DAY", "REQUESTS", "NETWORKS", "PAYLOADS", "SIGNED IN", "CREDITED", "NEW IDENTITIES");
                foreach (var day in await EngagementReview.DaysAsync(db, repository.Id, Days, run.Cancellation).ConfigureAwait(false))
                {
                    listing.Add(
                        DateTimeOffset.UnixEpoch.AddDays(day.Day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), day.Requests, (long)Math.Round(NetworkSketch.Of(day.Networks).Estimate), day.Payloads, day.SignedIn,
                        Math.Round(day.Credited, 1), Math.Round(day.Identities, 1));
                }

                (listing.Totals["repository"], listing.Totals["consequence"], listing.Totals["since"], listing.Totals["reviewDue"]) = (repository.WebPath, record?.Word ?? "none", TimeOf(record?.Record.Since), TimeOf(record?.Record.ReviewDue));
                (listing.Totals["requests"], listing.Totals["downloads"], listing.Totals["downloadsAllTime"], listing.Totals["trendingScore"]) = (repository.Requests, repository.Downloads, repository.DownloadsAllTime, repository.TrendingScore);
                listing.Totals["reasons"] = new JsonArray([.. (record?.Reasons ?? []).Select(static r => (JsonNode)r)]);
                if (!run.IsJson)
                {
                    await run.Output.WriteLineAsync($"{repository.WebPath}: {repository.Downloads} downloads in 30 days, {repository.DownloadsAllTime} in all, {repository.Requests} requests. Consequence: {listing.Totals["consequence"]}.").ConfigureAwait(false);
                    foreach (var reason in record?.Reasons ?? [])
                        await run.Output.WriteLineAsync("  " + reason).ConfigureAwait(false);
                    await run.Output.WriteLineAsync().ConfigureAwait(false);
                }

                run.Write(listing);
                return ExitCode.Passed;
            }
        });
    }

    private static Command Release(AdminCommands commands)
    {
        var which = new Argument<string>("REPOSITORY") { Description = "A repository (ada/tiny, datasets/ada/words)" };
        var reason = new Option<string>("--reason") { Description = "Why; its publisher is told", Required = true };
        return commands.On(new Command("release", "Nothing is wrong: serves, lists and credits a repository again.") { which, reason }, lists: false, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var repository = await Named.RepositoryAsync(db, run.Value(which)!, run.Cancellation).ConfigureAwait(false);
                var outcome = await run.Get<EngagementReview>().ReleaseAsync(repository.Id, run.Operator, run.Value(reason)!, run.Cancellation).ConfigureAwait(false);
                return await Named.SayAsync(run, outcome, $"{repository.WebPath} is served, listed and credited again.").ConfigureAwait(false);
            }
        });
    }

    private static JsonNode? TimeOf(DateTimeOffset? time) => time is { } known ? Listing.Time(known) : null;
}
