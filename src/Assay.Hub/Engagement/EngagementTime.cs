using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Engagement;

/// <summary>The spans of time in which traffic is counted, and how its rows are written.</summary>
internal static class EngagementTime
{
    /// <summary>Held by whoever reads rows of traffic to write them.</summary>
    public const string Lock = "engagement";

    /// <summary>Length of a slice.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromMinutes(5);

    /// <summary>How soon after new traffic a repository is judged.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    /// <summary>When the slice of a moment began.</summary>
    public static DateTimeOffset SliceOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % Slice.Ticks), TimeSpan.Zero);

    /// <summary>The UTC day of a moment, in days since 1970.</summary>
    public static int DayOf(DateTimeOffset time) => (int)(time.ToUnixTimeSeconds() / 86_400);

    /// <summary>The hour of a moment, in hours since 1970.</summary>
    public static long HourOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    /// <summary>When a day began.</summary>
    public static DateTimeOffset StartOf(int day) => DateTimeOffset.FromUnixTimeSeconds(day * 86_400L);

    /// <summary>Asks for repositories to be judged. Part of a transaction that holds <see cref="Lock"/>.</summary>
    public static async Task TouchAsync(HubDb db, IReadOnlyCollection<string> repositories, DateTimeOffset now, CancellationToken cancellation)
    {
        var at = now + Soon;
        var known = await db.EngagementRecords.Where(r => repositories.Contains(r.RepositoryId)).Select(static r => r.RepositoryId).ToListAsync(cancellation).ConfigureAwait(false);
        foreach (var id in repositories.Except(known, StringComparer.Ordinal))
            db.EngagementRecords.Add(new EngagementRecord { RepositoryId = id, NextLook = at });
        await db.EngagementRecords.Where(r => known.Contains(r.RepositoryId) && (r.NextLook == null || r.NextLook > at))
            .ExecuteUpdateAsync(u => u.SetProperty(static r => r.NextLook, at), cancellation).ConfigureAwait(false);
    }
}
