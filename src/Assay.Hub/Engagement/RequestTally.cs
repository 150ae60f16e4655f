using System.Globalization;
using System.Net;
using Assay.Hub.Admission;
using Assay.Hub.Ledger;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Engagement;

/// <summary>
/// Counts requests where they are answered, in memory, and adds the counts to the database every few seconds: no request waits for it. Of one network the file counts that
/// it asked for most in the five minutes, so that who fetches a repository of two hundred files is counted as often as who fetches one.
/// </summary>
public sealed partial class RequestTally(IDbContextFactory<HubDb> databases, DownloadLedger ledger, PayloadCounter payloads, HostingRanges hosting, TimeProvider clock, ILogger<RequestTally> logger)
    : BackgroundService
{
    /// <summary>Largest file whose GET is a request like a HEAD, in bytes.</summary>
    public const long SmallFile = 1 << 20;

    private const int MaxSlices = 20_000;
    private const int MaxEntries = 400_000; // of about 60 bytes
    private const int Batch = 200;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RunningLasts = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RunningRenewed = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SlowestTransfer = TimeSpan.FromHours(12);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _flush = new(1);
    private readonly Dictionary<(string Repository, DateTimeOffset Start), Slice> _slices = [];
    private readonly HashSet<RunningTransfer> _running = [];
    private int _entries;

    /// <summary>Counts a request that was answered.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="address">Address of the client.</param>
    /// <param name="path">The file.</param>
    /// <param name="isHead">Whether it was a HEAD.</param>
    public void Add(string repositoryId, IPAddress? address, string path, bool isHead)
    {
        var network = MarkOf(ledger.NetworkOf(address));
        Add(repositoryId, network, hosting.Contains(address), path, isHead);
    }

    /// <summary>Notes that weights are being sent; ends when it is disposed of.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="userId">Who gets them; null where nobody has signed in.</param>
    /// <param name="address">Address of the client.</param>
    /// <param name="size">Length of the whole file in bytes.</param>
    public RunningTransfer Begin(Repository repository, string? userId, IPAddress? address, long size)
    {
        var transfer = new RunningTransfer(this, repository.Id, userId, ledger.NetworkOf(address), size, clock.GetUtcNow());
        lock (_gate)
            _running.Add(transfer);
        return transfer;
    }

    /// <summary>Adds what was counted since the last time to the database. When that fails, nothing is lost or counted twice.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await _flush.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var now = clock.GetUtcNow();
            foreach (var batch in Changed(now).Chunk(Batch))
            {
                await WriteAsync(batch, now, cancellation).ConfigureAwait(false);
                lock (_gate)
                {
                    foreach (var change in batch)
                        Settle(change, now);
                }
            }

            await RenewAsync(now, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _flush.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await TryFlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _flush.Dispose();
        base.Dispose();
    }

    /// <summary>Counts a request by the number of its network.</summary>
    internal void Add(string repositoryId, ulong network, bool isHosting, string path, bool isHead)
    {
        var start = EngagementTime.SliceOf(clock.GetUtcNow());
        lock (_gate)
        {
            if (!_slices.TryGetValue((repositoryId, start), out var slice))
            {
                if (_slices.Count >= MaxSlices)
                {
                    HubMeter.LedgerDropped.Add(1);
                    return;
                }

                _slices.Add((repositoryId, start), slice = new Slice());
            }

            _entries += slice.Add(network, path, isHosting, isHead, _entries < MaxEntries);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
                await TryFlushAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task TryFlushAsync(CancellationToken cancellation)
    {
        try
        {
            await FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The next one, or the last one when the hub stops, writes it.
        }
#pragma warning disable CA1031 // The database may be away for a while; counts wait in memory.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFault(logger, e);
        }
    }

    private static ulong MarkOf(string network) => ulong.TryParse(network, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mark) ? mark : 0;

    private List<Change> Changed(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (key, slice) in _slices.Where(s => s.Value.IsWritten && s.Key.Start + EngagementTime.Slice <= now).ToList())
                Remove(key, slice);
            return [.. _slices.Where(static s => !s.Value.IsWritten).Select(static s => new Change(s.Key.Repository, s.Key.Start, s.Value, s.Value.Counts, [.. s.Value.Unwritten]))];
        }
    }

    private void Settle(Change change, DateTimeOffset now)
    {
        change.Slice.Written = change.Counts;
        change.Slice.Unwritten.RemoveRange(0, change.Networks.Length);
        if (change.Slice.IsWritten && change.Start + EngagementTime.Slice <= now)
            Remove((change.Repository, change.Start), change.Slice);
    }

    private void Remove((string, DateTimeOffset) key, Slice slice)
    {
        _slices.Remove(key);
        _entries -= slice.Entries;
    }

    private async Task WriteAsync(Change[] batch, DateTimeOffset now, CancellationToken cancellation)
    {
        var (repositories, starts) = (batch.Select(static c => c.Repository).Distinct().ToList(), batch.Select(static c => c.Start).Distinct().ToList());
        await databases.InTransactionAsync(async db =>
        {
            await db.LockAsync(EngagementTime.Lock, cancellation).ConfigureAwait(false);
            var rows = await db.EngagementSlices.Where(s => repositories.Contains(s.RepositoryId) && starts.Contains(s.Start)).ToDictionaryAsync(static s => (s.RepositoryId, s.Start), cancellation).ConfigureAwait(false);
            foreach (var change in batch)
            {
                if (!rows.TryGetValue((change.Repository, change.Start), out var row))
                {
                    rows.Add((change.Repository, change.Start), row = new EngagementSlice { RepositoryId = change.Repository, Start = change.Start });
                    db.EngagementSlices.Add(row);
                }

                var (counts, written) = (change.Counts, change.Slice.Written);
                row.Requests += counts.Requests - written.Requests;
                row.Heads += counts.Heads - written.Heads;
                row.Hosting += counts.Hosting - written.Hosting;
                row.Top += counts.Top - written.Top;
                var sketch = NetworkSketch.Of(row.Networks);
                foreach (var network in change.Networks)
                    sketch.Add(network);
                row.Networks = sketch.ToBytes();
            }

            await EngagementTime.TouchAsync(db, repositories, now, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (true, true);
        }, cancellation).ConfigureAwait(false);
    }

    // A download that goes on counts as one: without it the first minutes of a launch would look like requests that nobody follows up.
    private async Task RenewAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        List<RunningTransfer> running;
        lock (_gate)
            running = [.. _running.Where(t => t.CountsUntil < now + RunningRenewed)];
        var alive = running.GroupBy(static t => (t.RepositoryId, t.UserId, Network: t.UserId is null ? t.Network : "")).Where(g => IsServing(g, now)).Select(static g => g.MinBy(static t => t.Started)!).ToList();
        if (alive.Count == 0)
            return;
        await payloads.PrepareAsync(alive.Select(static t => t.Started), cancellation).ConfigureAwait(false);
        var until = now + RunningLasts;
        foreach (var batch in alive.Chunk(Batch))
        {
            var keyed = batch.Select(t => (Transfer: t, Day: EngagementTime.DayOf(t.Started), Client: payloads.ClientOf(EngagementTime.DayOf(t.Started), t.UserId, t.Network))).ToList();
            var (repositories, days, clients) = (keyed.Select(static k => k.Transfer.RepositoryId).Distinct().ToList(), keyed.Select(static k => k.Day).Distinct().ToList(), keyed.Select(static k => k.Client).ToList());
            await databases.InTransactionAsync(async db =>
            {
                await db.LockAsync(EngagementTime.Lock, cancellation).ConfigureAwait(false);
                var rows = await db.EngagementPayloads.Where(p => repositories.Contains(p.RepositoryId) && days.Contains(p.Day) && clients.Contains(p.Client)).ToDictionaryAsync(static p => (p.RepositoryId, p.Day, p.Client), cancellation).ConfigureAwait(false);
                foreach (var (transfer, day, client) in keyed)
                {
                    if (!rows.TryGetValue((transfer.RepositoryId, day, client), out var row))
                    {
                        rows.Add((transfer.RepositoryId, day, client), row = new EngagementPayload { RepositoryId = transfer.RepositoryId, Day = day, Client = client, Slice = EngagementTime.SliceOf(transfer.Started), IsSignedIn = transfer.UserId is not null });
                        db.EngagementPayloads.Add(row);
                    }

                    if (!row.IsComplete)
                        row.RunningUntil = until;
                }

                await EngagementTime.TouchAsync(db, repositories, now, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                return (true, true);
            }, cancellation).ConfigureAwait(false);
        }

        foreach (var transfer in running)
            transfer.CountsUntil = until;
    }

    // Connections that are held open and take next to nothing are no download.
    private static bool IsServing(IEnumerable<RunningTransfer> ofOneClient, DateTimeOffset now)
    {
        var (started, size, sent) = (now, 0L, 0L);
        foreach (var transfer in ofOneClient)
            (started, size, sent) = (transfer.Started < started ? transfer.Started : started, long.Max(size, transfer.Size), sent + transfer.Sent);
        return sent >= size * ((now - started) / SlowestTransfer);
    }

    private void End(RunningTransfer transfer)
    {
        lock (_gate)
            _running.Remove(transfer);
    }

    [LoggerMessage(2111, LogLevel.Error, "Counts of requests could not be written; they wait in memory")]
    private static partial void LogFault(ILogger logger, Exception fault);

    /// <summary>Weights on their way to a client.</summary>
    public sealed class RunningTransfer : IDisposable
    {
        private readonly RequestTally _tally;
        private long _sent;

        internal RunningTransfer(RequestTally tally, string repositoryId, string? userId, string network, long size, DateTimeOffset started) =>
            (_tally, RepositoryId, UserId, Network, Size, Started) = (tally, repositoryId, userId, network, size, started);

        /// <summary>Bytes that were sent.</summary>
        public long Sent
        {
            get => Volatile.Read(ref _sent);
            set => Volatile.Write(ref _sent, value);
        }

        internal string RepositoryId { get; }

        internal string? UserId { get; }

        internal string Network { get; }

        internal long Size { get; }

        internal DateTimeOffset Started { get; }

        internal DateTimeOffset CountsUntil { get; set; }

        /// <inheritdoc/>
        public void Dispose() => _tally.End(this);
    }

    private readonly record struct Counts(long Requests, long Heads, long Hosting, long Top);

    private sealed record Change(string Repository, DateTimeOffset Start, Slice Slice, Counts Counts, ulong[] Networks);

    private sealed class Slice
    {
        private readonly Dictionary<(ulong Network, int Path), int> _asked = [];
        private readonly Dictionary<ulong, int> _most = [];

        public Counts Counts { get; private set; }

        public Counts Written { get; set; }

        public List<ulong> Unwritten { get; } = [];

        public int Entries => _asked.Count;

        public bool IsWritten => Counts == Written && Unwritten.Count == 0;

        /// <returns>Entries that it took.</returns>
        public int Add(ulong network, string path, bool isHosting, bool isHead, bool hasRoom)
        {
            var key = (network, string.GetHashCode(path, StringComparison.Ordinal));
            var isNew = !_asked.TryGetValue(key, out var asked);
            // Without room it is counted by itself: too much rather than too little.
            if (isNew && !hasRoom)
            {
                Count(isHosting, isHead, 0);
                return 0;
            }

            _asked[key] = ++asked;
            if (!_most.TryGetValue(network, out var most))
                Unwritten.Add(network);
            if (asked > most)
            {
                _most[network] = asked;
                Count(isHosting, isHead, asked);
            }

            return isNew ? 1 : 0;
        }

        private void Count(bool isHosting, bool isHead, long ofNetwork) =>
            Counts = new Counts(Counts.Requests + 1, Counts.Heads + (isHead ? 1 : 0), Counts.Hosting + (isHosting ? 1 : 0), long.Max(Counts.Top, ofNetwork));
    }
}
