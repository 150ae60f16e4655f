using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Blobs;

/// <summary>What a check of the store found.</summary>
/// <param name="Contents">Contents that were looked at.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Missing">Contents that a repository has and the store does not.</param>
/// <param name="Damaged">Contents whose bytes are not those of their name.</param>
/// <param name="DamagedXorbs">Bundles of chunks that are not those of their name, by their hashes.</param>
/// <param name="Orphaned">Contents that nothing refers to; they go by themselves.</param>
/// <param name="Discarded">Those of the damaged contents and bundles that were removed, so that an upload brings them back.</param>
public sealed record StoreCheck(
    long Contents, long Bytes, IReadOnlyList<string> Missing, IReadOnlyList<string> Damaged, IReadOnlyList<string> DamagedXorbs, IReadOnlyList<string> Orphaned, IReadOnlySet<string> Discarded);

/// <summary>
/// Removes contents that nothing needs: no repository has them, nobody has just uploaded them. Whether a content goes is decided in a
/// transaction that holds the same lock as the one by which it would come back.
/// </summary>
public sealed partial class BlobSweeper(IDbContextFactory<HubDb> databases, IBlobStore store, PartStore parts, XetIntake xorbs, HubOptions options, TimeProvider clock, ILogger<BlobSweeper> logger) : BackgroundService
{
    /// <summary>Held while a content gets its first repository, and while one without is removed.</summary>
    internal const string ContentsLock = "contents";

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Sweeps once.</summary>
    /// <returns>Contents and bytes that were removed, bundles of chunks among them.</returns>
    public async Task<(int Contents, long Bytes)> SweepAsync(CancellationToken cancellation)
    {
        var before = clock.GetUtcNow() - options.UploadRetention;
        await store.SweepStagesAsync(before, cancellation).ConfigureAwait(false);
        parts.Sweep(before);
        var (contents, bytes) = await xorbs.SweepAsync(cancellation).ConfigureAwait(false);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            await db.UploadClaims.Where(c => c.At < before).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            var candidates = await Unneeded(db).Where(b => b.StoredAt < before).Select(static b => b.Sha256).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var sha256 in candidates)
            {
                var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    await db.LockAsync("blob:" + sha256, cancellation).ConfigureAwait(false);
                    await db.LockAsync(ContentsLock, cancellation).ConfigureAwait(false);
                    var length = await store.LengthAsync(sha256, cancellation).ConfigureAwait(false) ?? 0;
                    if (await Unneeded(db).Where(b => b.Sha256 == sha256).ExecuteDeleteAsync(cancellation).ConfigureAwait(false) == 0)
                        continue;
                    await store.DeleteAsync(sha256, cancellation).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                    contents++;
                    bytes += length;
                }
            }

            // What a process that died between the rename and its transaction has left.
            await foreach (var (sha256, length, storedAt) in store.ListAsync(cancellation).ConfigureAwait(false))
            {
                if (storedAt >= before || await db.StoredBlobs.AnyAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false))
                    continue;
                var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    await db.LockAsync("blob:" + sha256, cancellation).ConfigureAwait(false);
                    if (await db.StoredBlobs.AnyAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false))
                        continue;
                    await store.DeleteAsync(sha256, cancellation).ConfigureAwait(false);
                    contents++;
                    bytes += length;
                }
            }
        }

        return (contents, bytes);
    }

    /// <summary>Reads every content and bundle and compares it with its name, and the store with the database.</summary>
    /// <param name="discardDamaged">
    /// Whether to remove what is damaged. An upload does not replace what is there already with the right length; once it is missing, it does.
    /// </param>
    /// <param name="progress">Told the bytes that were read; null when nobody wants to know.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<StoreCheck> VerifyAsync(bool discardDamaged, IProgress<long>? progress, CancellationToken cancellation)
    {
        var (contents, bytes) = (0L, 0L);
        var (missing, damaged, orphaned, discarded) = (new List<string>(), new List<string>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            await foreach (var (sha256, length, storedAt) in store.ListAsync(cancellation).ConfigureAwait(false))
            {
                contents++;
                bytes += length;
                var stream = await store.OpenAsync(sha256, cancellation).ConfigureAwait(false);
                if (stream is null)
                    continue; // swept meanwhile
                string actual;
                await using (stream.ConfigureAwait(false))
                    actual = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false));
                if (actual != sha256)
                {
                    damaged.Add(sha256);
                    if (discardDamaged && await DiscardAsync(db, sha256, storedAt, cancellation).ConfigureAwait(false))
                        discarded.Add(sha256);
                }

                if (!await db.StoredBlobs.AnyAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false))
                    orphaned.Add(sha256);
                progress?.Report(bytes);
            }

            await foreach (var row in db.StoredBlobs.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false))
            {
                if (await store.LengthAsync(row.Sha256, cancellation).ConfigureAwait(false) is not { } length)
                {
                    if (!discarded.Contains(row.Sha256))
                        missing.Add(row.Sha256);
                }
                else if (length != row.Size && !damaged.Contains(row.Sha256))
                {
                    damaged.Add(row.Sha256);
                }
            }

            foreach (var sha256 in await Unneeded(db).Select(static b => b.Sha256).ToListAsync(cancellation).ConfigureAwait(false))
            {
                if (!missing.Contains(sha256))
                    orphaned.Add(sha256);
            }
        }

        var damagedXorbs = await xorbs.VerifyAsync(discardDamaged ? discarded : null, cancellation).ConfigureAwait(false);
        return new StoreCheck(contents, bytes, missing, damaged, damagedXorbs, orphaned, discarded);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    var (contents, bytes) = await SweepAsync(stoppingToken).ConfigureAwait(false);
                    if (contents > 0)
                        LogSwept(logger, contents, bytes);
                }
#pragma warning disable CA1031 // The next round tries again.
                catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
                {
                    LogFault(logger, e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The hub stops.
        }
    }

    // Its row stays: repositories go on having it, and whoever uploads it anew mends them all.
    private async Task<bool> DiscardAsync(HubDb db, string sha256, DateTimeOffset storedAt, CancellationToken cancellation)
    {
        var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await db.LockAsync("blob:" + sha256, cancellation).ConfigureAwait(false);
            return await store.DeleteAsync(sha256, storedAt, cancellation).ConfigureAwait(false);
        }
    }

    private static IQueryable<StoredBlob> Unneeded(HubDb db) => db.StoredBlobs.Where(b =>
        !db.RepositoryBlobs.Any(r => r.Sha256 == b.Sha256) && !db.UploadClaims.Any(c => c.Sha256 == b.Sha256));

    [LoggerMessage(2201, LogLevel.Information, "Removed {Contents} contents that nothing needs ({Bytes} bytes)")]
    private static partial void LogSwept(ILogger logger, int contents, long bytes);

    [LoggerMessage(2202, LogLevel.Error, "The store could not be swept")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
