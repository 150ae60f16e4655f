using System.Threading.Channels;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Admission;

/// <summary>
/// Wakes workers when there is something to vet, and those who wait for a verdict when there is one. Nothing is lost with it: jobs are rows of
/// the database, and whoever waits looks there as well.
/// </summary>
public sealed class VettingQueue
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite });
    private TaskCompletionSource _decided = New();

    /// <summary>Says that there is a new job.</summary>
    public void Wake() => _bell.Writer.TryWrite(true);

    /// <summary>Says that a revision was decided.</summary>
    public void Announce() => Interlocked.Exchange(ref _decided, New()).TrySetResult();

    /// <summary>Waits for a new job, or for a while.</summary>
    internal async Task WaitAsync(TimeSpan most, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(most);
        try
        {
            await _bell.Reader.ReadAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Time to look all the same.
        }
    }

    /// <summary>Waits until a revision is decided.</summary>
    /// <param name="databases">Where to look: it may be decided by another process.</param>
    /// <param name="revisionId">The revision.</param>
    /// <param name="most">How long at most.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <returns>The revision as it is then.</returns>
    public async Task<Revision?> WaitForAsync(IDbContextFactory<HubDb> databases, Guid revisionId, TimeSpan most, CancellationToken cancellation)
    {
        var left = most;
        var step = TimeSpan.FromMilliseconds(500);
        while (true)
        {
            var signal = Volatile.Read(ref _decided).Task;
            var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var revision = await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == revisionId, cancellation).ConfigureAwait(false);
                if (revision is null || revision.State is not (RevisionState.Received or RevisionState.Vetting) || left <= TimeSpan.Zero)
                    return revision;
            }

            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            await Task.WhenAny(signal, Task.Delay(left < step ? left : step, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            left -= System.Diagnostics.Stopwatch.GetElapsedTime(started);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
