using System.Text.Json.Nodes;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Impersonation.Engagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Engagement;

/// <summary>
/// Judges the traffic of repositories as it comes in, and lets follow what must. The slices of the last two hours are judged anew each time, since a download that runs
/// may still end; older ones are settled: the monitor's state moves on, and they are added to their day. Each look is one transaction, so that a worker that dies has
/// done all of it or nothing.
/// </summary>
public sealed partial class EngagementWorker(
    IDbContextFactory<HubDb> databases, IRepositoryStanding standings, PayloadCounter payloads, AuditLog audit, HubOptions options, TimeProvider clock, ILogger<EngagementWorker> logger)
    : BackgroundService
{
    /// <summary>How long a slice may still change.</summary>
    public static readonly TimeSpan SettlesAfter = TimeSpan.FromHours(2);

    /// <summary>How soon a person should look at what was paused or held.</summary>
    public static readonly TimeSpan ReviewWithin = TimeSpan.FromHours(4);

    /// <summary>How long a repository counts as vetted after a person has found nothing wrong.</summary>
    public static readonly TimeSpan ClearedFor = TimeSpan.FromDays(45);

    private const int CountedDays = 30;
    private const int MaxReasons = 1000;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(5);

    /// <summary>Judges one repository that is due, if there is one.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOneAsync(CancellationToken cancellation)
    {
        if (await TakeAsync(cancellation).ConfigureAwait(false) is not { } id)
            return false;
        await databases.InTransactionAsync(async db =>
        {
            await db.LockAsync(EngagementTime.Lock, cancellation).ConfigureAwait(false);
            await LookAsync(db, id, cancellation).ConfigureAwait(false);
            return (true, true);
        }, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Forgets who the clients of days long past were, and the files that nobody fetched to the end.</summary>
    public async Task ForgetAsync(CancellationToken cancellation)
    {
        var today = EngagementTime.DayOf(clock.GetUtcNow());
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            await db.EngagementProgress.Where(p => p.Day < today - 1).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            await db.EngagementPayloads.Where(p => p.Day <= today - CountedDays).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            await payloads.ForgetAsync(db, today - CountedDays + 1, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var swept = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (clock.GetUtcNow() - swept > TimeSpan.FromHours(1))
                {
                    swept = clock.GetUtcNow();
                    await ForgetAsync(stoppingToken).ConfigureAwait(false);
                }

                if (!await RunOneAsync(stoppingToken).ConfigureAwait(false))
                    await Task.Delay(Idle, clock, stoppingToken).ConfigureAwait(false);
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
                await Task.Delay(Idle, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<string?> TakeAsync(CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var now = clock.GetUtcNow();
            var until = now + options.Lease;
            var due = await db.EngagementRecords.AsNoTracking().Where(r => r.NextLook <= now && (r.LeaseUntil == null || r.LeaseUntil < now)).OrderBy(static r => r.NextLook).Select(static r => r.RepositoryId).Take(8).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var id in due)
            {
                if (await db.EngagementRecords.Where(r => r.RepositoryId == id && (r.LeaseUntil == null || r.LeaseUntil < now)).ExecuteUpdateAsync(u => u.SetProperty(static r => r.LeaseUntil, until), cancellation).ConfigureAwait(false) > 0)
                    return id;
            }

            return null;
        }
    }

    private async Task LookAsync(HubDb db, string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var record = await db.EngagementRecords.FirstOrDefaultAsync(r => r.RepositoryId == id, cancellation).ConfigureAwait(false);
        if (record is null)
            return;
        if (await db.Repositories.FirstOrDefaultAsync(r => r.Id == id, cancellation).ConfigureAwait(false) is not { } repository)
        {
            await RemoveAsync(db, id, cancellation).ConfigureAwait(false);
            return;
        }

        var standing = await StandingAsync(db, record, repository, now, cancellation).ConfigureAwait(false);
        var days = await db.EngagementDays.Where(d => d.RepositoryId == id && d.Day > EngagementTime.DayOf(now) - CountedDays).ToDictionaryAsync(static d => d.Day, cancellation).ConfigureAwait(false);
        var slices = await SlicesAsync(db, id, now, cancellation).ConfigureAwait(false);
        var state = EngagementState.TryParse(record.State, out var stored) ? stored : EngagementState.Empty;
        var asked = NetworkSketch.Of(record.Asked);
        var (recent, current, verdict) = (0L, state, (EngagementVerdict?)null);
        foreach (var slice in slices)
        {
            var bucket = BucketOf(slice, asked, now);
            var before = current;
            // What was there when a person looked was looked at.
            if (slice.Start >= record.ClearedAt || record.ClearedAt is null)
            {
                verdict = EngagementMonitor.Observe(current, bucket, standing with { RepositoryAge = slice.Start - repository.CreatedAt });
                current = verdict.State;
            }

            if (slice.Start + SettlesAfter + EngagementTime.Slice > now)
            {
                recent += bucket.Requests;
                continue;
            }

            state = current;
            record.Asked = asked.ToBytes();
            var day = await DayOfAsync(EngagementTime.DayOf(slice.Start)).ConfigureAwait(false);
            await SettleAsync(db, record, day, slice, current.Credited - before.Credited, current.UncreditedUntil > EngagementTime.HourOf(slice.Start), now, cancellation).ConfigureAwait(false);
        }

        await MarkReceiversAsync(db, record, DayOfAsync, cancellation).ConfigureAwait(false);
        var hour = EngagementTime.HourOf(now);
        var consequence = verdict?.Consequence ?? (record.Consequence is EngagementConsequence.Discount or EngagementConsequence.Review && current.UncreditedUntil <= hour ? EngagementConsequence.None : record.Consequence);
        if (consequence < record.Consequence && record.Consequence >= EngagementConsequence.Pause)
            consequence = record.Consequence; // only a person lifts it
        if (consequence >= EngagementConsequence.Pause)
            state = state with { Standing = consequence };
        await FollowAsync(db, record, repository, consequence, verdict, standing, cancellation).ConfigureAwait(false);
        record.State = state.ToJson();

        var today = EngagementTime.DayOf(now);
        var mayTrend = standing.IsVetted && consequence == EngagementConsequence.None && current.UncreditedUntil <= hour;
        var trending = TrendingScore.Of(mayTrend, days.Values.Select(d => new TrendingDay(today - d.Day, (long)Math.Round(d.Identities), 0)));
        var unsettled = current.Credited - state.Credited;
        var downloads = (long)Math.Round(double.Max(0, days.Values.Where(d => d.Day > today - CountedDays).Sum(static d => d.Credited) + unsettled));
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        await ShowAsync(db, repository, record.Requests + recent, downloads, (long)Math.Round(current.Credited), trending, cancellation).ConfigureAwait(false);
        record.LeaseUntil = null;
        record.NextLook = recent > 0 || slices.Exists(s => s.Start + SettlesAfter + EngagementTime.Slice > now) ? now + LookAgain
            : downloads > 0 || trending > 0 || consequence != EngagementConsequence.None ? EngagementTime.StartOf(today + 1) + LookAgain
            : null;
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);

        async Task<EngagementDay> DayOfAsync(int day)
        {
            if (!days.TryGetValue(day, out var row))
            {
                row = await db.EngagementDays.FindAsync([id, day], cancellation).ConfigureAwait(false);
                if (row is null)
                    db.EngagementDays.Add(row = new EngagementDay { RepositoryId = id, Day = day });
                days.Add(day, row);
            }

            return row;
        }
    }

    private async Task<RepositoryStanding> StandingAsync(HubDb db, EngagementRecord record, Repository repository, DateTimeOffset now, CancellationToken cancellation)
    {
        var standing = await standings.OfAsync(db, repository, now, cancellation).ConfigureAwait(false);
        return record.ClearedAt is { } cleared && now - cleared < ClearedFor ? standing with { PublisherLevel = int.Max(2, standing.PublisherLevel) } : standing;
    }

    // What is not settled yet, the oldest first; what came late among it.
    private static async Task<List<OpenSlice>> SlicesAsync(HubDb db, string id, DateTimeOffset now, CancellationToken cancellation)
    {
        var rows = await db.EngagementSlices.Where(s => s.RepositoryId == id).ToListAsync(cancellation).ConfigureAwait(false);
        var slices = rows.ToDictionary(static r => r.Start, static r => new OpenSlice(r.Start, r, 0, 0));
        var received = await Countable(db, id, now).GroupBy(static p => p.Slice).Select(static g => new { Start = g.Key, Count = g.Count(), SignedIn = g.Count(p => p.IsSignedIn) }).ToListAsync(cancellation).ConfigureAwait(false);
        foreach (var some in received)
            slices[some.Start] = new OpenSlice(some.Start, slices.GetValueOrDefault(some.Start)?.Row, some.Count, some.SignedIn);
        return [.. slices.Values.OrderBy(static s => s.Start)];
    }

    private static IQueryable<EngagementPayload> Countable(HubDb db, string id, DateTimeOffset now) =>
        db.EngagementPayloads.Where(p => p.RepositoryId == id && !p.IsSettled && (p.IsComplete || p.RunningUntil > now));

    // Likes, lockstep and the hub's share of young likers come in here once the hub has likes.
    private static EngagementBucket BucketOf(OpenSlice slice, NetworkSketch asked, DateTimeOffset now)
    {
        var networks = NetworkSketch.Of(slice.Row?.Networks);
        var known = asked.Estimate;
        asked.Add(networks);
        var requests = slice.Row?.Requests ?? 0;
        var elapsed = now - slice.Start;
        return new EngagementBucket
        {
            Start = slice.Start,
            Length = elapsed < EngagementTime.Slice ? elapsed : EngagementTime.Slice,
            Requests = requests,
            Networks = (long)Math.Round(networks.Estimate),
            NewNetworks = (long)Math.Round(asked.Estimate - known),
            Payloads = slice.Payloads,
            SignedIn = slice.SignedIn,
            TopNetworkShare = requests == 0 ? 0 : (double)slice.Row!.Top / requests,
            HeadShare = requests == 0 ? 0 : (double)slice.Row!.Heads / requests,
            HostingShare = requests == 0 ? 0 : (double)slice.Row!.Hosting / requests,
        };
    }

    private static async Task SettleAsync(HubDb db, EngagementRecord record, EngagementDay day, OpenSlice slice, double credited, bool isWithheld, DateTimeOffset now, CancellationToken cancellation)
    {
        record.Requests += slice.Row?.Requests ?? 0;
        if (isWithheld)
            record.Withheld += slice.Payloads - credited;
        day.Requests += slice.Row?.Requests ?? 0;
        day.Heads += slice.Row?.Heads ?? 0;
        day.Payloads += slice.Payloads;
        day.SignedIn += slice.SignedIn;
        day.Credited += credited;
        if (slice.Row is { } row)
        {
            var networks = NetworkSketch.Of(day.Networks);
            networks.Add(NetworkSketch.Of(row.Networks));
            day.Networks = networks.ToBytes();
            db.EngagementSlices.Remove(row);
        }

        if (slice.Payloads > 0)
        {
            await Countable(db, record.RepositoryId, now).Where(p => p.Slice == slice.Start)
                .ExecuteUpdateAsync(static u => u.SetProperty(static p => p.IsSettled, true), cancellation).ConfigureAwait(false);
        }
    }

    // Who received the weights for the first time counts on that day, and on no other.
    private static async Task MarkReceiversAsync(HubDb db, EngagementRecord record, Func<int, Task<EngagementDay>> dayOf, CancellationToken cancellation)
    {
        var marked = db.EngagementPayloads.Where(p => p.RepositoryId == record.RepositoryId && p.IsComplete && p.Mark != null);
        var marks = await marked.Select(static p => new { p.Day, p.Mark }).ToListAsync(cancellation).ConfigureAwait(false);
        if (marks.Count == 0)
            return;
        var received = NetworkSketch.Of(record.Received);
        foreach (var ofDay in marks.GroupBy(static m => m.Day).OrderBy(static g => g.Key))
        {
            var known = received.Estimate;
            foreach (var mark in ofDay)
                received.Add(unchecked((ulong)mark.Mark!.Value));
            (await dayOf(ofDay.Key).ConfigureAwait(false)).Identities += received.Estimate - known;
        }

        record.Received = received.ToBytes();
        await marked.ExecuteUpdateAsync(static u => u.SetProperty(static p => p.Mark, (long?)null), cancellation).ConfigureAwait(false);
    }

    private async Task FollowAsync(HubDb db, EngagementRecord record, Repository repository, EngagementConsequence consequence, EngagementVerdict? verdict, RepositoryStanding standing, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var before = record.Consequence;
        record.Consequence = consequence;
        if (consequence == EngagementConsequence.None)
        {
            record.Withheld = 0;
            record.Since = null;
            var wantsReview = verdict?.WantsReview == true;
            record.Reasons = wantsReview || record.ReviewDue is not null && !standing.IsVetted ? record.Reasons ?? ReasonsOf(verdict) : null;
            record.ReviewDue = standing.IsVetted ? null : record.ReviewDue ?? (wantsReview ? now + ReviewWithin : null);
            return;
        }

        if (consequence == before)
            return;
        record.Since = now;
        record.Reasons = ReasonsOf(verdict);
        record.ReviewDue = consequence >= EngagementConsequence.Review ? now + ReviewWithin : null;
        var detail = new JsonObject { ["consequence"] = EngagementReview.WordOf(consequence), ["reasons"] = record.Reasons };
        if (consequence >= EngagementConsequence.Pause)
            detail["reference"] = await EngagementReview.TakeAsideAsync(db, repository, consequence, record.Reasons ?? "", now, cancellation).ConfigureAwait(false);
        await audit.AddAsync(db, "engagement", "engagement." + EngagementReview.WordOf(consequence), repository.Key, detail, cancellation).ConfigureAwait(false);
    }

    private static string? ReasonsOf(EngagementVerdict? verdict)
    {
        var text = verdict is null ? "" : string.Join('\n', verdict.Reasons);
        return text.Length == 0 ? null : text.Length <= MaxReasons ? text : text[..MaxReasons];
    }

    // Readers' figures: not a change of the repository, so that its writers are not disturbed.
    private static async Task ShowAsync(HubDb db, Repository repository, long requests, long downloads, long allTime, double trending, CancellationToken cancellation)
    {
        if (repository.Requests == requests && repository.Downloads == downloads && repository.DownloadsAllTime == allTime && repository.TrendingScore.Equals(trending))
            return;
        await db.Repositories.Where(r => r.Id == repository.Id).ExecuteUpdateAsync(
            u => u.SetProperty(static r => r.Requests, requests).SetProperty(static r => r.Downloads, downloads).SetProperty(static r => r.DownloadsAllTime, allTime).SetProperty(static r => r.TrendingScore, trending), cancellation).ConfigureAwait(false);
    }

    private static async Task RemoveAsync(HubDb db, string id, CancellationToken cancellation)
    {
        await db.EngagementSlices.Where(s => s.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.EngagementPayloads.Where(p => p.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.EngagementProgress.Where(p => p.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.EngagementDays.Where(d => d.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        await db.EngagementRecords.Where(r => r.RepositoryId == id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
    }

    [LoggerMessage(2121, LogLevel.Error, "The traffic of a repository could not be judged; it is tried again")]
    private static partial void LogFault(ILogger logger, Exception fault);

    private sealed record OpenSlice(DateTimeOffset Start, EngagementSlice? Row, int Payloads, int SignedIn);
}
