using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Assay.Hub.Admission;
using Assay.Hub.Engagement;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Ledger;

/// <summary>
/// Records who fetched what. Recording puts an entry into memory and returns; entries are written together, a few times a second, so that no
/// download waits for the database. What is in memory is written when the hub stops.
/// </summary>
public sealed partial class DownloadLedger(IDbContextFactory<HubDb> databases, PayloadCounter payloads, HubOptions options, TimeProvider clock, ILogger<DownloadLedger> logger) : BackgroundService
{
    private const string KeyName = "ledger.key";
    private const int Capacity = 100_000;
    private const int Batch = 2000;

    private readonly Channel<Download> _entries = Channel.CreateBounded<Download>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private byte[] _key = [];

    /// <summary>Records a download; never waits.</summary>
    public void Add(Download download)
    {
        if (!_entries.Writer.TryWrite(download))
            HubMeter.LedgerDropped.Add(1);
    }

    /// <summary>What stands for the network of a client: a keyed hash of its prefix, so that networks can be told apart and none is named.</summary>
    /// <param name="address">Address of the client.</param>
    public string NetworkOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        // A household or office: /24 of IPv4, /48 of IPv6.
        var prefix = bytes[..(length == 4 ? 3 : 6)];
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(_key, prefix, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _key = await KeyAsync(cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
    }

    /// <summary>Writes what is in memory now; for those who look right after a download.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        while (_entries.Reader.Count > 0)
            await Task.Delay(20, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var swept = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await _entries.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
                    return;
                await Task.Delay(200, stoppingToken).ConfigureAwait(false); // gather a few
                await WriteAsync(stoppingToken).ConfigureAwait(false);
                if (options.LedgerRetention is { } retention && clock.GetUtcNow() - swept > TimeSpan.FromHours(1))
                {
                    swept = clock.GetUtcNow();
                    await ForgetAsync(swept - retention, stoppingToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The database may be away for a while; entries wait in memory.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFault(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(2), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task DrainAsync()
    {
        try
        {
            await WriteAllAsync(CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // At the end there is nobody left to tell but the log.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFault(logger, e);
        }
    }

    /// <summary>Writes what is in memory, where no loop does.</summary>
    internal async Task WriteAllAsync(CancellationToken cancellation)
    {
        while (_entries.Reader.Count > 0)
            await WriteAsync(cancellation).ConfigureAwait(false);
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        var batch = new List<Download>();
        while (batch.Count < Batch && _entries.Reader.TryRead(out var entry))
            batch.Add(entry);
        if (batch.Count == 0)
            return;
        try
        {
            await payloads.PrepareAsync(batch.Select(static d => d.At), cancellation).ConfigureAwait(false);
            var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    db.Downloads.AddRange(batch);
                    await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                    await payloads.CountAsync(db, batch, clock.GetUtcNow(), cancellation).ConfigureAwait(false);
                    await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            foreach (var entry in batch)
                Add(entry);
            throw;
        }
    }

    private async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
            await db.Downloads.Where(d => d.At < before).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<byte[]> KeyAsync(CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
            return Convert.FromHexString(await Setting.SecretAsync(db, KeyName, cancellation).ConfigureAwait(false));
    }

    [LoggerMessage(2101, LogLevel.Error, "The ledger could not be written; entries wait in memory")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
