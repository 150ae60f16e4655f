using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Engagement;
using Assay.Hub.Ledger;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Impersonation.Engagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests.Engagement;

/// <summary>Traffic on its way through tally, ledger, monitor and consequence, with a clock that the test moves.</summary>
public abstract class EngagementTests(TestHub hub)
{
    private static readonly string Weights = string.Concat(Enumerable.Repeat("1,2,3\n", 200));
    private static readonly string WeightsSha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Weights)));

    [Fact]
    public async Task The_curve_of_May_2026_is_paused_within_minutes_and_brings_neither_credit_nor_rank()
    {
        var (who, repository) = await ServedAsync();
        var (requests, payloads) = (0, 0);
        // 244,000 requests in 18 hours from 250 networks, four in ten thousand of them followed by the weights.
        for (var step = 0; step < 60 && (await ReadAsync(repository)).PausedAt is null; step++)
        {
            for (var i = 0; i < 113; i++)
                Tally.Add(repository.Id, Network(requests++ % 250), isHosting: true, "config.json", isHead: true);
            if (step % 20 == 1)
                Receive(repository, "bot" + payloads++);
            await PassAsync(TimeSpan.FromSeconds(30));
        }

        var paused = await ReadAsync(repository);
        Assert.NotNull(paused.PausedAt);
        Assert.InRange(requests, 645, 1_500);
        Assert.Null(paused.HeldAt); // nothing resembles another's, no programs
        Assert.Equal(0, paused.Downloads);
        Assert.Equal(0, paused.TrendingScore);
        Assert.Contains("followed by a download of the weights", paused.HoldReason, StringComparison.Ordinal);
        await using var db = await hub.OpenAsync();
        Assert.False(await RepositoryRegistry.ShownTo(db, Principal.Anonymous).AnyAsync(r => r.Id == repository.Id, TestHub.Cancellation));
        Assert.True(await RepositoryRegistry.ShownTo(db, who).AnyAsync(r => r.Id == repository.Id, TestHub.Cancellation));
        Assert.IsType<Gate.Served>(await RevisionGate.OpenAsync(db, paused, "main", TestHub.Cancellation));
        var waiting = Assert.Single(await EngagementReview.WaitingAsync(db, TestHub.Cancellation), c => c.Repository.Id == repository.Id);
        Assert.Equal(waiting.Record.Since + EngagementWorker.ReviewWithin, waiting.Record.ReviewDue);
        Assert.Equal(1, await db.AuditEntries.CountAsync(e => e.Subject == repository.Key && e.Action == "engagement.pause", TestHub.Cancellation));
    }

    [Fact]
    public async Task The_same_traffic_with_programs_beside_the_weights_is_a_hold_and_no_door_serves_it()
    {
        await using var other = hub.Build(static o => o, static s => s.AddSingleton<IRepositoryStanding>(new FixedStanding(new RepositoryStanding { HasPrograms = true, RepositoryAge = TimeSpan.FromHours(1) })));
        var (_, repository) = await ServedAsync();
        Storm(repository, 900);
        await PassAsync(TimeSpan.FromMinutes(1), other.GetRequiredService<EngagementWorker>());

        var held = await ReadAsync(repository);
        await using var db = await hub.OpenAsync();
        var refused = Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, held, "main", TestHub.Cancellation));
        Assert.False(refused.IsWithdrawn);
        Assert.Equal(held.HoldReference, refused.Reference);
        Assert.False(RevisionGate.IsServed(held, RevisionState.Admitted));
        Assert.True(await db.RevisionDecisions.AnyAsync(d => d.Reference == held.HoldReference && d.Outcome == "quarantined", TestHub.Cancellation));
    }

    [Fact]
    public async Task A_launch_that_people_talk_about_is_credited_and_not_paused()
    {
        var (_, repository) = await ServedAsync();
        var people = 0;
        for (var minute = 0; minute < 90; minute += 5)
        {
            // The rate rises to 3,000 an hour; a sixth of the requests is followed by the weights.
            var rate = Math.Min(1, (minute + 5) / 60.0) * 3_000 / 12;
            for (var i = 0; i < rate; i++, people++)
            {
                Tally.Add(repository.Id, Network(1_000 + people), isHosting: people % 3 == 0, "config.json", isHead: true);
                if (people % 6 == 0)
                    Receive(repository, "person" + people.ToString(CultureInfo.InvariantCulture));
            }

            await PassAsync(TimeSpan.FromMinutes(5));
        }

        var launched = await ReadAsync(repository);
        Assert.Null(launched.PausedAt);
        Assert.InRange(launched.Downloads, people / 6 / 2, (people / 6) + 1);
        Assert.Equal(people, launched.Requests);
        Assert.Equal(0, launched.TrendingScore); // not before it is vetted
        Assert.Equal(EngagementConsequence.None, (await RecordAsync(repository)).Consequence);
    }

    [Fact]
    public async Task Hollow_traffic_of_a_vetted_publisher_stops_credit_and_nothing_else()
    {
        var (_, repository) = await ServedAsync();
        hub.Clock.Advance(TimeSpan.FromDays(50));
        Storm(repository, 3_000);
        Receive(repository, "farm");
        await PassAsync(TimeSpan.FromMinutes(5));
        var discounted = await ReadAsync(repository);
        Assert.Equal(EngagementConsequence.Discount, (await RecordAsync(repository)).Consequence);
        Assert.Equal(0, discounted.Downloads);
        Assert.Null(discounted.PausedAt);
        await using (var db = await hub.OpenAsync())
            Assert.DoesNotContain(await EngagementReview.WaitingAsync(db, TestHub.Cancellation), c => c.Repository.Id == repository.Id);

        // It ends by itself, a day after the last sign.
        hub.Clock.Advance(TimeSpan.FromDays(2));
        for (var i = 0; i < 60; i++)
            Receive(repository, "reader" + i.ToString(CultureInfo.InvariantCulture));
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(60, (await ReadAsync(repository)).Downloads);
        Assert.Equal(EngagementConsequence.None, (await RecordAsync(repository)).Consequence);
    }

    [Fact]
    public async Task A_reviewer_who_finds_nothing_wrong_brings_a_repository_back_with_its_counts()
    {
        var (_, repository) = await ServedAsync();
        Storm(repository, 900);
        Receive(repository, "first");
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.NotNull((await ReadAsync(repository)).PausedAt);
        Receive(repository, "second");
        await PassAsync(TimeSpan.FromHours(3)); // settled meanwhile
        Assert.Equal(0, (await ReadAsync(repository)).Downloads);

        var review = hub.Get<EngagementReview>();
        Assert.IsType<AdmissionOutcome.NotPossible>(await review.ReleaseAsync(repository.Id, Principal.System, " ", TestHub.Cancellation));
        var released = Assert.IsType<AdmissionOutcome.Changed>(await review.ReleaseAsync(repository.Id, Principal.System, "It is our build farm.", TestHub.Cancellation));
        await PassAsync(TimeSpan.FromMinutes(1));
        var back = await ReadAsync(repository);
        Assert.Null(back.PausedAt);
        Assert.Null(back.HoldReference);
        Assert.Equal(2, back.Downloads);
        Assert.Equal(2, back.DownloadsAllTime);
        await using (var db = await hub.OpenAsync())
        {
            Assert.Contains(EngagementReview.Apology, (await db.RevisionDecisions.FirstAsync(d => d.Reference == released.Reference, TestHub.Cancellation)).Summary, StringComparison.Ordinal);
            Assert.True(await db.AuditEntries.AnyAsync(e => e.Subject == repository.Key && e.Action == "engagement.released", TestHub.Cancellation));
        }

        // The same farm goes on: who was cleared is not accused again.
        Storm(repository, 3_000);
        await PassAsync(TimeSpan.FromMinutes(5));
        // It may be queued for the light review of a burst; it is neither paused nor held.
        var still = await ReadAsync(repository);
        Assert.Null(still.PausedAt);
        Assert.Null(still.HoldReference);
    }

    [Fact]
    public async Task A_worker_that_dies_between_slices_neither_loses_nor_doubles()
    {
        var (_, repository) = await ServedAsync();
        for (var i = 0; i < 40; i++)
        {
            Tally.Add(repository.Id, Network(i), isHosting: false, "config.json", isHead: true);
            Receive(repository, "reader" + i.ToString(CultureInfo.InvariantCulture));
        }

        await WriteAsync();
        hub.Clock.Advance(TimeSpan.FromHours(3));
        await using var dying = hub.Build(static o => o, static s => s.AddSingleton<IRepositoryStanding>(new FixedStanding(null)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => dying.GetRequiredService<EngagementWorker>().RunOneAsync(TestHub.Cancellation));
        await using (var db = await hub.OpenAsync())
            Assert.Equal(1, await db.EngagementSlices.CountAsync(s => s.RepositoryId == repository.Id, TestHub.Cancellation));

        hub.Clock.Advance(TimeSpan.FromMinutes(11)); // its lease ends
        await PassAsync(TimeSpan.FromMinutes(1));
        await PassAsync(TimeSpan.FromMinutes(10));
        await using (var db = await hub.OpenAsync())
        {
            var day = await db.EngagementDays.SingleAsync(d => d.RepositoryId == repository.Id, TestHub.Cancellation);
            Assert.Equal((40L, 40L), (day.Requests, day.Payloads));
            Assert.Equal(40, NetworkSketch.Of(day.Networks).Estimate, 1.0);
            Assert.False(await db.EngagementSlices.AnyAsync(s => s.RepositoryId == repository.Id, TestHub.Cancellation));
        }

        var settled = await ReadAsync(repository);
        Assert.Equal((40L, 40L, 40L), (settled.Requests, settled.Downloads, settled.DownloadsAllTime));
    }

    [Fact]
    public async Task Two_processes_that_count_the_same_minutes_add_up()
    {
        var (_, repository) = await ServedAsync();
        await using var other = hub.Build(static o => o);
        var tallies = new[] { Tally, other.GetRequiredService<RequestTally>() };
        foreach (var tally in tallies)
        {
            for (var i = 0; i < 30; i++)
                tally.Add(repository.Id, Network(i), isHosting: false, "config.json", isHead: true);
        }

        await Task.WhenAll(tallies.Select(static t => t.FlushAsync(TestHub.Cancellation)));
        await Task.WhenAll(tallies.Select(static t => t.FlushAsync(TestHub.Cancellation))); // nothing new
        await using var db = await hub.OpenAsync();
        var slice = await db.EngagementSlices.SingleAsync(s => s.RepositoryId == repository.Id, TestHub.Cancellation);
        Assert.Equal(60, slice.Requests);
        Assert.Equal(30, NetworkSketch.Of(slice.Networks).Estimate, 1.0);
    }

    [Fact]
    public async Task Who_fetches_a_repository_of_many_files_asked_once_for_each_of_them()
    {
        var (_, repository) = await ServedAsync();
        for (var i = 0; i < 200; i++)
        {
            Tally.Add(repository.Id, Network(1), isHosting: false, $"part-{i}.bin", isHead: true);
            Tally.Add(repository.Id, Network(2), isHosting: false, "config.json", isHead: true);
        }

        await Tally.FlushAsync(TestHub.Cancellation);
        await using var db = await hub.OpenAsync();
        var slice = await db.EngagementSlices.SingleAsync(s => s.RepositoryId == repository.Id, TestHub.Cancellation);
        Assert.Equal((201L, 200L), (slice.Requests, slice.Top));
    }

    [Theory]
    [InlineData("whole", 1)]
    [InlineData("twice a day", 1)]
    [InlineData("on two days", 2)]
    [InlineData("in two parts", 1)]
    [InlineData("half", 0)]
    [InlineData("halves of two networks", 0)]
    [InlineData("the card only", 0)]
    [InlineData("broken off near the end", 1)]
    public async Task A_payload_is_one_weight_file_of_one_client_on_one_day(string what, int expected)
    {
        var (_, repository) = await ServedAsync();
        var half = Weights.Length / 2;
        switch (what)
        {
            case "whole" or "twice a day":
                Receive(repository, what);
                if (what != "whole")
                    Receive(repository, what);
                break;
            case "on two days":
                Receive(repository, what);
                await PassAsync(TimeSpan.FromDays(1));
                Receive(repository, what);
                break;
            case "in two parts":
                Receive(repository, what, half);
                await WriteAsync();
                Receive(repository, what, half);
                break;
            case "half":
                Receive(repository, what, half);
                break;
            case "halves of two networks":
                Receive(repository, "one" + what, half);
                Receive(repository, "other" + what, half);
                break;
            case "the card only":
                Receive(repository, what, Weights.Length, "config.json");
                break;
            default:
                Receive(repository, what, Weights.Length * 96 / 100);
                break;
        }

        await PassAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(expected, (await ReadAsync(repository)).Downloads);
    }

    [Fact]
    public async Task A_download_that_runs_counts_and_is_taken_back_when_it_breaks_off()
    {
        var (_, repository) = await ServedAsync();
        await using var other = hub.Build(static o => o);
        var ledger = other.GetRequiredService<DownloadLedger>();
        await ledger.StartAsync(TestHub.Cancellation);
        var tally = other.GetRequiredService<RequestTally>();
        const long size = 100_000_000;
        using (var running = tally.Begin(repository, "5f0000000000000000000001", null, size))
        using (tally.Begin(repository, "5f0000000000000000000002", null, size)) // holds its connection open and takes nothing
        {
            running.Sent = 50_000_000;
            hub.Clock.Advance(TimeSpan.FromSeconds(30));
            await tally.FlushAsync(TestHub.Cancellation);
            await PassAsync(TimeSpan.FromSeconds(11));
            Assert.Equal(1, (await ReadAsync(repository)).Downloads);
        }

        await PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(0, (await ReadAsync(repository)).Downloads);
        await ledger.StopAsync(TestHub.Cancellation);
    }

    [Fact]
    public async Task Only_accounts_and_networks_that_the_hub_has_known_for_a_month_make_a_repository_trend()
    {
        var (_, repository) = await ServedAsync();
        var old = await hub.CreateUserAsync();
        Receive(repository, "known network");
        await PassAsync(TimeSpan.FromDays(50));
        var young = await hub.CreateUserAsync();
        foreach (var reader in new[] { old, young })
            Receive(repository, "home", userId: reader.UserId);
        Receive(repository, "known network");
        for (var i = 0; i < 25; i++)
            Receive(repository, "unknown network " + i.ToString(CultureInfo.InvariantCulture));
        await PassAsync(TimeSpan.FromSeconds(11));
        var ranked = await ReadAsync(repository);
        Assert.Equal(28, ranked.Downloads);
        Assert.Equal(2, ranked.TrendingScore);

        // Who comes back adds nothing, and what is past fades.
        hub.Clock.Advance(TimeSpan.FromDays(2));
        Receive(repository, "known network");
        await PassAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(1, (await ReadAsync(repository)).TrendingScore);
        hub.Clock.Advance(TimeSpan.FromDays(31));
        await PassAsync(TimeSpan.FromSeconds(11));
        var later = await ReadAsync(repository);
        Assert.Equal((0.0, 0L, 30L), (later.TrendingScore, later.Downloads, later.DownloadsAllTime));
    }

    [Fact]
    public async Task After_thirty_days_nothing_tells_who_the_clients_of_a_day_were()
    {
        var (_, repository) = await ServedAsync();
        Receive(repository, "somebody");
        Receive(repository, "somebody else", 10);
        await PassAsync(TimeSpan.FromSeconds(11));
        var day = (int)(hub.Clock.GetUtcNow().ToUnixTimeSeconds() / 86_400);
        Assert.Equal((1, 1, 1), await KeptAsync(repository, day));
        hub.Clock.Advance(TimeSpan.FromDays(29));
        await PassAsync(TimeSpan.FromSeconds(11));
        await hub.Get<EngagementWorker>().ForgetAsync(TestHub.Cancellation);
        Assert.Equal((1, 0, 1), await KeptAsync(repository, day));
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await hub.Get<EngagementWorker>().ForgetAsync(TestHub.Cancellation);
        Assert.Equal((0, 0, 0), await KeptAsync(repository, day));
        await using var db = await hub.OpenAsync();
        Assert.Equal(1, (await db.EngagementDays.SingleAsync(d => d.RepositoryId == repository.Id, TestHub.Cancellation)).Payloads);
    }

    private RequestTally Tally => hub.Get<RequestTally>();

    private async Task<(int Payloads, int Progress, int Keys)> KeptAsync(Repository repository, int day)
    {
        await using var db = await hub.OpenAsync();
        return (
            await db.EngagementPayloads.CountAsync(p => p.RepositoryId == repository.Id, TestHub.Cancellation), await db.EngagementProgress.CountAsync(p => p.RepositoryId == repository.Id, TestHub.Cancellation),
            await db.Settings.CountAsync(s => s.Name == "engagement.key." + day.ToString(CultureInfo.InvariantCulture), TestHub.Cancellation));
    }

    private async Task<(Principal Who, Repository Repository)> ServedAsync()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitAsync(who, repository, await hub.PutAsync(who, "rows.csv", Weights), await hub.PutAsync(who, "config.json", "{}"));
        await hub.VetAllAsync();
        var served = await ReadAsync(repository);
        Assert.NotNull(served.ServedCommit);
        return (who, served);
    }

    private void Storm(Repository repository, int requests)
    {
        for (var i = 0; i < requests; i++)
            Tally.Add(repository.Id, Network(i % 50), isHosting: true, "config.json", isHead: true);
    }

    private void Receive(Repository repository, string network, int? bytes = null, string path = "rows.csv", string? userId = null) => hub.Get<DownloadLedger>().Add(new Download
    {
        Id = Guid.CreateVersion7(),
        At = hub.Clock.GetUtcNow(),
        RepositoryId = repository.Id,
        CommitId = repository.ServedCommit!,
        Path = path,
        Sha256 = WeightsSha256,
        Bytes = bytes ?? Weights.Length,
        IsComplete = bytes is null,
        Door = "resolve",
        UserId = userId,
        Network = Network(network).ToString("x16", CultureInfo.InvariantCulture),
        Client = "test",
    });

    // What the loops do: write, let time pass, and judge what is due.
    private async Task PassAsync(TimeSpan time, EngagementWorker? worker = null)
    {
        await WriteAsync();
        hub.Clock.Advance(time);
        await Tally.FlushAsync(TestHub.Cancellation);
        worker ??= hub.Get<EngagementWorker>();
        while (await worker.RunOneAsync(TestHub.Cancellation))
        {
        }
    }

    private async Task WriteAsync()
    {
        await Tally.FlushAsync(TestHub.Cancellation);
        await hub.Get<DownloadLedger>().WriteAllAsync(TestHub.Cancellation);
    }

    private async Task<Repository> ReadAsync(Repository repository)
    {
        await using var db = await hub.OpenAsync();
        return await db.Repositories.AsNoTracking().FirstAsync(r => r.Id == repository.Id, TestHub.Cancellation);
    }

    private async Task<EngagementRecord> RecordAsync(Repository repository)
    {
        await using var db = await hub.OpenAsync();
        return await db.EngagementRecords.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id, TestHub.Cancellation);
    }

    private static ulong Network(int number) => Network("network " + number.ToString(CultureInfo.InvariantCulture));

    private static ulong Network(string name) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>A standing that the test gives; without one, a worker that dies.</summary>
    private sealed class FixedStanding(RepositoryStanding? standing) : IRepositoryStanding
    {
        public Task<RepositoryStanding> OfAsync(HubDb db, Repository repository, DateTimeOffset now, CancellationToken cancellation) =>
            standing is null ? throw new InvalidOperationException("The worker dies.") : Task.FromResult(standing);
    }
}

public sealed class EngagementOnSqliteTests(SqliteHub hub) : EngagementTests(hub), IClassFixture<SqliteHub>;

public sealed class EngagementOnPostgresTests(PostgresHub hub) : EngagementTests(hub), IClassFixture<PostgresHub>;
