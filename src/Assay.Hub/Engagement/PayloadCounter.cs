using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Assay.Hub.Ledger;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Engagement;

/// <summary>
/// Finds the payloads among the transfers of the ledger: a client that received at least 95 % of the bytes of one weight file, once a repository and UTC day. It works in
/// the transaction that writes the ledger, so that each transfer counts exactly once.
/// </summary>
public sealed class PayloadCounter(IDbContextFactory<HubDb> databases)
{
    private const string KeyPrefix = "engagement.key.";
    private const double Enough = 0.95;
    private const long LargeFile = 10 << 20; // what is no longer kept in git itself is a payload whatever it is called
    private static readonly TimeSpan Aged = TimeSpan.FromDays(Impersonation.Engagement.TrendingScore.AgedDays);

    private static readonly HashSet<string> WeightExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".safetensors", ".gguf", ".ggml", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".keras", ".msgpack", ".tflite", ".pb", ".npz", ".npy", ".pkl", ".pickle", ".joblib", ".nemo", ".mlmodel", ".model",
        ".parquet", ".arrow", ".csv", ".tsv", ".jsonl", ".tar", ".zip", ".zst", ".gz", // of datasets
    };

    private readonly ConcurrentDictionary<int, byte[]> _keys = new();

    /// <summary>Whether a file is what people come for.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="size">Its length in bytes.</param>
    public static bool IsWeights(string path, long size) => size > 0 && (size >= LargeFile || WeightExtensions.Contains(Path.GetExtension(path)));

    /// <summary>Has the keys of days at hand; before a transaction begins, since a key that is made is kept at once.</summary>
    public async Task PrepareAsync(IEnumerable<DateTimeOffset> times, CancellationToken cancellation)
    {
        foreach (var day in times.Select(EngagementTime.DayOf).Distinct().ToList())
        {
            if (!_keys.ContainsKey(day))
                _keys[day] = await KeyAsync(day, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Counts what a batch of transfers comes to. Part of the transaction that writes them.</summary>
    internal async Task CountAsync(HubDb db, IReadOnlyList<Download> batch, DateTimeOffset now, CancellationToken cancellation)
    {
        var digests = batch.Select(static d => d.Sha256).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var sizes = await db.StoredBlobs.AsNoTracking().Where(b => digests.Contains(b.Sha256)).ToDictionaryAsync(static b => b.Sha256, static b => b.Size, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        var transfers = batch.Where(d => d.Bytes > 0 && d.Sha256 is not null && sizes.TryGetValue(d.Sha256, out var size) && IsWeights(d.Path, size))
            .Select(d => (Download: d, Day: EngagementTime.DayOf(d.At), Client: ClientOf(EngagementTime.DayOf(d.At), d.UserId, d.Network))).ToList();
        if (transfers.Count == 0)
            return;
        await db.LockAsync(EngagementTime.Lock, cancellation).ConfigureAwait(false);
        var (repositories, days, clients) = (transfers.Select(static t => t.Download.RepositoryId).Distinct().ToList(), transfers.Select(static t => t.Day).Distinct().ToList(), transfers.Select(static t => t.Client).Distinct().ToList());
        var payloads = await db.EngagementPayloads.Where(p => repositories.Contains(p.RepositoryId) && days.Contains(p.Day) && clients.Contains(p.Client)).ToDictionaryAsync(static p => (p.RepositoryId, p.Day, p.Client), cancellation).ConfigureAwait(false);
        var progress = await db.EngagementProgress.Where(p => repositories.Contains(p.RepositoryId) && days.Contains(p.Day) && clients.Contains(p.Client)).ToDictionaryAsync(static p => (p.RepositoryId, p.Day, p.Client, p.Sha256), cancellation).ConfigureAwait(false);
        var aged = await AgedAsync(db, transfers.ConvertAll(static t => t.Download), now, cancellation).ConfigureAwait(false);
        foreach (var (download, day, client) in transfers)
        {
            var key = (download.RepositoryId, day, client);
            if (payloads.TryGetValue(key, out var payload) && payload.IsComplete)
                continue;
            var enough = Enough * sizes[download.Sha256!];
            if (download.Bytes < enough)
            {
                // Parts add up; the same part again costs as much to send as another one.
                if (!progress.TryGetValue((download.RepositoryId, day, client, download.Sha256!), out var parts))
                {
                    progress.Add((download.RepositoryId, day, client, download.Sha256!), parts = new EngagementProgress { RepositoryId = download.RepositoryId, Day = day, Client = client, Sha256 = download.Sha256! });
                    db.EngagementProgress.Add(parts);
                }

                parts.Bytes += download.Bytes;
                if (parts.Bytes < enough)
                    continue;
            }

            if (payload is null)
            {
                payloads.Add(key, payload = new EngagementPayload { RepositoryId = download.RepositoryId, Day = day, Client = client, Slice = EngagementTime.SliceOf(download.At), IsSignedIn = download.UserId is not null });
                db.EngagementPayloads.Add(payload);
            }

            payload.IsComplete = true;
            if (aged.Contains(IdentityOf(download.UserId, download.Network)))
                payload.Mark = MarkOf(download.UserId, download.Network);
        }

        await EngagementTime.TouchAsync(db, repositories, now, cancellation).ConfigureAwait(false);
    }

    /// <summary>What stands for a client on a day; <see cref="PrepareAsync"/> was called for it.</summary>
    internal string ClientOf(int day, string? userId, string network)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(_keys[day], Encoding.UTF8.GetBytes(IdentityOf(userId, network)), hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    /// <summary>Forgets the keys of days before another, and with them who the clients of those days were.</summary>
    internal async Task ForgetAsync(HubDb db, int before, CancellationToken cancellation)
    {
        foreach (var day in _keys.Keys)
        {
            if (day < before)
                _keys.TryRemove(day, out _);
        }

        var names = await db.Settings.Where(static s => s.Name.StartsWith(KeyPrefix)).Select(static s => s.Name).ToListAsync(cancellation).ConfigureAwait(false);
        var old = names.FindAll(n => int.TryParse(n.AsSpan(KeyPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day < before);
        await db.Settings.Where(s => old.Contains(s.Name)).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
    }

    private static string IdentityOf(string? userId, string network) => userId is not null ? "user:" + userId : "network:" + network;

    // The sketch wants evenly distributed bits; networks are keyed hashes already, ids of accounts are not.
    private static long MarkOf(string? userId, string network)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(IdentityOf(userId, network)), hash);
        return BitConverter.ToInt64(hash);
    }

    // Those that the hub has known for so long that they cannot have been made for the occasion.
    private static async Task<HashSet<string>> AgedAsync(HubDb db, List<Download> downloads, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - Aged;
        var users = downloads.Select(static d => d.UserId).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var networks = downloads.Where(static d => d.UserId is null).Select(static d => d.Network).Distinct(StringComparer.Ordinal).ToList();
        var aged = (await db.Accounts.AsNoTracking().Where(a => users.Contains(a.Id) && a.CreatedAt <= before).Select(static a => a.Id).ToListAsync(cancellation).ConfigureAwait(false)).Select(static id => "user:" + id).ToHashSet(StringComparer.Ordinal);
        var known = await db.Downloads.AsNoTracking().Where(d => networks.Contains(d.Network) && d.At <= before).Select(static d => d.Network).Distinct().ToListAsync(cancellation).ConfigureAwait(false);
        aged.UnionWith(known.Select(static n => "network:" + n));
        return aged;
    }

    private async Task<byte[]> KeyAsync(int day, CancellationToken cancellation)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{day}");
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
            return Convert.FromHexString(await Setting.SecretAsync(db, name, cancellation).ConfigureAwait(false));
    }
}
