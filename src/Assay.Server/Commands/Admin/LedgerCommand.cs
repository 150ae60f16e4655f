using System.CommandLine;
using Assay.Hub.Ledger;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin ledger</c>: who downloaded what. After a withdrawal these are the people to tell.</summary>
internal static class LedgerCommand
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands)
    {
        var repository = new Option<string?>("--repository") { Description = "Downloads of this repository: ada/tiny, datasets/ada/words" };
        var revision = new Option<string?>("--revision") { Description = "Downloads of this revision: A-2F7K, a commit id, or ada/tiny@9f1c2d" };
        var sha256 = new Option<string?>("--sha256") { Description = "Downloads of this content, whatever it was called" };
        var since = new Option<string?>("--since") { Description = "Only since this day (UTC)" };
        var limit = new Option<int>("--limit") { Description = "Rows at most, the newest first (default: 1000)", DefaultValueFactory = static _ => 1000 };
        return commands.On(new Command("ledger", "Lists downloads: who, what, when.") { repository, revision, sha256, since, limit }, lists: true, async run =>
        {
            if (run.Value(limit) is < 1 or > 10_000_000)
                throw new CommandException("--limit is a number of rows from 1.", ExitCode.Usage);
            var listing = new Listing("There are no such downloads.", "AT", "USER", "NETWORK", "CLIENT", "REPOSITORY", "COMMIT", "PATH", "BYTES", "COMPLETE", "DOOR", "SHA256");
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                IQueryable<Download> downloads = db.Downloads.AsNoTracking();
                if (run.Value(repository) is { } path)
                {
                    var id = (await Named.RepositoryAsync(db, path, run.Cancellation).ConfigureAwait(false)).Id;
                    downloads = downloads.Where(d => d.RepositoryId == id);
                }

                if (run.Value(revision) is { } name)
                {
                    var (wanted, _) = await Named.RevisionAsync(db, name, run.Cancellation).ConfigureAwait(false);
                    downloads = downloads.Where(d => d.RepositoryId == wanted.RepositoryId && d.CommitId == wanted.CommitId);
                }

                if (run.Value(sha256)?.ToLowerInvariant() is { } digest)
                    downloads = downloads.Where(d => d.Sha256 == digest);
                if (run.Value(since) is { } day)
                {
                    var from = Dates.Parse(day);
                    downloads = downloads.Where(d => d.At >= from);
                }

                var total = await downloads.LongCountAsync(run.Cancellation).ConfigureAwait(false);
                var users = await downloads.Where(static d => d.UserId != null).Select(static d => d.UserId).Distinct().CountAsync(run.Cancellation).ConfigureAwait(false);
                var networks = await downloads.Select(static d => d.Network).Distinct().CountAsync(run.Cancellation).ConfigureAwait(false);
                var rows =
                    from d in downloads.OrderByDescending(static d => d.At).Take(run.Value(limit))
                    join a in db.Accounts on d.UserId equals a.Id into accounts
                    from a in accounts.DefaultIfEmpty()
                    join r in db.Repositories on d.RepositoryId equals r.Id into repositories
                    from r in repositories.DefaultIfEmpty()
                    orderby d.At descending
                    select new { Download = d, User = a == null ? null : a.Name, Repository = r };
                await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(run.Cancellation).ConfigureAwait(false))
                {
                    var d = row.Download;
                    listing.Add(Listing.Time(d.At), row.User ?? d.UserId, d.Network, d.Client, row.Repository?.WebPath ?? d.RepositoryId, run.IsJson ? d.CommitId : d.CommitId[..12], d.Path, d.Bytes, d.IsComplete, d.Door, run.IsJson ? d.Sha256 : d.Sha256?[..12]);
                }

                (listing.Totals["downloads"], listing.Totals["users"], listing.Totals["networks"]) = (total, users, networks);
                run.Write(listing);
                if (!run.IsJson && total > 0)
                    await run.Output.WriteLineAsync($"{total} downloads by {users} users who had signed in, from {networks} networks{(total > listing.Count ? $"; the newest {listing.Count} are shown (--limit)" : "")}").ConfigureAwait(false);
            }

            return ExitCode.Passed;
        });
    }
}
