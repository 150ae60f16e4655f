using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Publishers;

/// <summary>Checks proofs that are due. One is taken by a conditional lease, so that any number of processes agree.</summary>
public sealed partial class ProofSchedule(IDbContextFactory<HubDb> databases, PublisherWorkflow workflow, HubOptions options, TimeProvider clock, ILogger<ProofSchedule> logger) : BackgroundService
{
    // A check is bounded by seconds; after this, whoever had it is gone.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private readonly string _owner = Guid.CreateVersion7().ToString("N");

    /// <summary>Takes and checks one proof, if one is due.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOneAsync(CancellationToken cancellation)
    {
        if (await TakeAsync(cancellation).ConfigureAwait(false) is not { } proof)
            return false;
        await workflow.CheckAsync(Principal.System, null, proof, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await RunOneAsync(stoppingToken).ConfigureAwait(false))
                {
                    // one after another: they are few, and each asks servers of others
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The database may be away for a while; the loop goes on when it is back.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFault(logger, e);
            }

            await Task.Delay(options.Publishers.Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> TakeAsync(CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var now = clock.GetUtcNow();
            var until = now + Lease;
            var due = await db.PublisherProofs.AsNoTracking().Where(p => p.NextCheckAt <= now && (p.LeaseUntil == null || p.LeaseUntil < now))
                .OrderBy(static p => p.NextCheckAt).Select(static p => p.Id).Take(8).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var id in due)
            {
                var taken = await db.PublisherProofs.Where(p => p.Id == id && p.NextCheckAt <= now && (p.LeaseUntil == null || p.LeaseUntil < now))
                    .ExecuteUpdateAsync(u => u.SetProperty(static p => p.LeaseOwner, _owner).SetProperty(static p => p.LeaseUntil, until), cancellation).ConfigureAwait(false);
                if (taken == 1)
                    return id;
            }

            return null;
        }
    }

    [LoggerMessage(2301, LogLevel.Error, "Proofs could not be checked; they are tried again")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
