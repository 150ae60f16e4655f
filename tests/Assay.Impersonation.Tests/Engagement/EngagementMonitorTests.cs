using Assay.Impersonation.Engagement;

namespace Assay.Impersonation.Tests.Engagement;

public sealed class EngagementMonitorTests
{
    private static readonly RepositoryStanding Newcomer = new() { RepositoryAge = TimeSpan.FromDays(2) };
    private static readonly RepositoryStanding Established = new() { PublisherLevel = 2, RepositoryAge = TimeSpan.FromDays(400) };

    /// <summary>Each way of buying popularity, and beside it what honestly looks alike. Hours 0…23 are an ordinary small repository.</summary>
    public static TheoryData<string, string, EngagementConsequence> Cases() => new()
    {
        { "the May 2026 curve", "newcomer", EngagementConsequence.Pause },
        { "the May 2026 curve", "imitator", EngagementConsequence.Hold },
        { "the May 2026 curve", "with programs", EngagementConsequence.Hold },
        { "the May 2026 curve", "established", EngagementConsequence.Discount },
        { "the May 2026 curve", "established imitator", EngagementConsequence.Review },
        { "an unknown lab goes viral", "newcomer", EngagementConsequence.None },
        { "an unknown lab goes viral", "imitator", EngagementConsequence.None },
        { "a slow ramp", "newcomer", EngagementConsequence.Pause },
        { "a slow honest rise", "newcomer", EngagementConsequence.None },
        { "few networks", "newcomer", EngagementConsequence.Pause },
        { "a demo that restarts", "newcomer", EngagementConsequence.Discount },
        { "a demo that restarts", "imitator", EngagementConsequence.Hold },
        { "a build farm", "established", EngagementConsequence.Discount },
        { "likes alone", "newcomer", EngagementConsequence.Pause },
        { "a much liked launch", "newcomer", EngagementConsequence.None },
        { "rented machines that download", "newcomer", EngagementConsequence.Pause },
        { "rented machines that download a little", "newcomer", EngagementConsequence.Pause },
        { "homes that download", "newcomer", EngagementConsequence.Pause },
        { "a class of beginners", "newcomer", EngagementConsequence.None },
        { "bots beside real people", "newcomer", EngagementConsequence.Pause },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bought_popularity_is_told_from_real_popularity(string traffic, string standing, EngagementConsequence expected)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var simulated = Simulate(traffic, seed);
            var facts = StandingOf(standing);
            var harshest = Enum.GetValues<EngagementConsequence>().Last(c => c == 0 || simulated.FirstHour(c, facts) is not null);
            Assert.True(expected == harshest, $"seed {seed}: {harshest} instead of {expected}");
        }
    }

    [Theory]
    [InlineData("the May 2026 curve", 24)]
    [InlineData("few networks", 24)]
    [InlineData("likes alone", 25)]
    [InlineData("rented machines that download", 24)]
    [InlineData("bots beside real people", 26)]
    public void Bought_popularity_is_seen_soon(string traffic, int latest)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var hour = Simulate(traffic, seed).FirstHour(EngagementConsequence.Pause, Newcomer);
            Assert.True(hour >= 24 && hour <= latest, $"seed {seed}: hour {hour}");
        }
    }

    [Theory]
    [InlineData(644, false)]
    [InlineData(645, true)]
    public void Six_hundred_and_forty_five_requests_that_nobody_follows_up_are_hollow(int requests, bool hollow)
    {
        var state = EngagementState.Empty;
        EngagementVerdict? verdict = null;
        for (var i = 0; i < requests; i++)
        {
            verdict = EngagementMonitor.Observe(state, new EngagementBucket { Start = Traffic.Start.AddSeconds(i / 3.77), Requests = 1, Networks = 1 }, Newcomer);
            state = verdict.State;
        }

        Assert.Equal(hollow, verdict!.Signs.HasFlag(EngagementSigns.HollowTraffic));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void No_volume_passes_a_test(int factor)
    {
        foreach (var traffic in new[] { "the May 2026 curve", "likes alone", "rented machines that download" })
        {
            var state = EngagementState.Empty;
            var consequence = EngagementConsequence.None;
            foreach (var b in Simulate(traffic, 3).Hours.Select(b => b with { Requests = b.Requests * factor, Payloads = b.Payloads * factor, Likes = b.Likes * factor, YoungLikes = b.YoungLikes * factor }))
            {
                var verdict = EngagementMonitor.Observe(state, b, Newcomer);
                (state, consequence) = (verdict.State, verdict.Consequence);
            }

            Assert.Equal(EngagementConsequence.Pause, consequence);
        }
    }

    [Fact]
    public void An_hour_in_five_minute_buckets_leads_to_the_same_as_in_one()
    {
        foreach (var traffic in new[] { "the May 2026 curve", "an unknown lab goes viral", "rented machines that download" })
        {
            var whole = Simulate(traffic, 5);
            var state = EngagementState.Empty;
            EngagementVerdict? verdict = null;
            foreach (var hour in whole.Hours)
            {
                for (var i = 0; i < 12; i++)
                {
                    long Share(long total) => (total * (i + 1) / 12) - (total * i / 12);
                    verdict = EngagementMonitor.Observe(
                        state,
                        hour with { Start = hour.Start.AddMinutes(5 * i), Length = TimeSpan.FromMinutes(5), Requests = Share(hour.Requests), Payloads = Share(hour.Payloads), SignedIn = Share(hour.SignedIn), Likes = Share(hour.Likes), YoungLikes = Share(hour.YoungLikes), Networks = Share(hour.Networks), NewNetworks = Share(hour.NewNetworks) },
                        Newcomer);
                    state = verdict.State;
                }
            }

            Assert.Equal(whole.FirstHour(EngagementConsequence.Pause, Newcomer) is not null, verdict!.Consequence >= EngagementConsequence.Pause);
        }
    }

    [Fact]
    public void Hardly_anything_of_a_bought_curve_is_credited_and_a_launch_is_credited_whole()
    {
        var bought = Replay(Simulate("the May 2026 curve", 1), Newcomer).State.Credited;
        var launch = Simulate("an unknown lab goes viral", 1);
        var earned = Replay(launch, Newcomer).State.Credited;

        Assert.InRange(bought, 0, 50);
        Assert.InRange(earned, 0.6 * launch.Hours.Sum(h => h.Payloads), launch.Hours.Sum(h => h.Payloads));
    }

    [Fact]
    public void An_unvetted_repository_never_trends_by_itself_and_a_vetted_one_does_unless_discounted()
    {
        Assert.False(Replay(Simulate("an unknown lab goes viral", 1), Newcomer).MayTrend);
        Assert.True(Replay(Simulate("an unknown lab goes viral", 1), Established).MayTrend);
        Assert.False(Replay(Simulate("the May 2026 curve", 1), Established, hours: 40).MayTrend);
    }

    [Fact]
    public void A_burst_without_another_sign_asks_for_the_light_review()
    {
        var launch = Simulate("an unknown lab goes viral", 1);
        var state = EngagementState.Empty;
        var asked = false;
        foreach (var hour in launch.Hours)
        {
            var verdict = EngagementMonitor.Observe(state, hour, Newcomer);
            (state, asked) = (verdict.State, asked || verdict.WantsReview);
        }

        Assert.True(asked);
    }

    [Fact]
    public void A_level_one_publisher_is_vetted_after_forty_five_days()
    {
        Assert.False(new RepositoryStanding { PublisherLevel = 1, RepositoryAge = TimeSpan.FromDays(45) }.IsVetted);
        Assert.True(new RepositoryStanding { PublisherLevel = 1, RepositoryAge = TimeSpan.FromDays(46) }.IsVetted);
        Assert.False(new RepositoryStanding { PublisherLevel = 0, RepositoryAge = TimeSpan.FromDays(4600) }.IsVetted);
    }

    [Fact]
    public void A_pause_stays_until_a_person_lifts_it()
    {
        var quiet = new EngagementBucket { Start = Traffic.Start.AddDays(60), Requests = 6, Networks = 5, NewNetworks = 4, Payloads = 1 };
        var paused = Replay(Simulate("the May 2026 curve", 1), Newcomer).State;

        Assert.Equal(EngagementConsequence.Pause, EngagementMonitor.Observe(paused, quiet, Newcomer).Consequence);
        var released = EngagementMonitor.Observe(paused.Release(), quiet, Newcomer);
        Assert.Equal(EngagementConsequence.None, released.Consequence);
        Assert.True(released.State.Credited > paused.Credited);
    }

    [Fact]
    public void Likes_in_lockstep_count_like_the_other_signs()
    {
        var hour = new EngagementBucket { Start = Traffic.Start, Requests = 10, Payloads = 3, Likes = 2 };

        Assert.Equal(EngagementConsequence.None, EngagementMonitor.Observe(EngagementState.Empty, hour, Newcomer).Consequence);
        Assert.Equal(EngagementConsequence.Pause, EngagementMonitor.Observe(EngagementState.Empty, hour, Newcomer with { HasLockstepLikes = true }).Consequence);
    }

    [Fact]
    public void The_state_survives_being_stored()
    {
        var state = Replay(Simulate("rented machines that download", 4), Newcomer).State;

        Assert.True(EngagementState.TryParse(state.ToJson(), out var read));
        Assert.Equal(state.ToJson(), read.ToJson());
        Assert.Equal(state.Hours, read.Hours);
        Assert.InRange(state.ToJson().Length, 100, 8000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"hours\":null}")]
    [InlineData("{\"hours\":[null]}")]
    [InlineData("{\"hollowSum\":-1}")]
    [InlineData("{\"hollowSum\":1e999}")]
    [InlineData("{\"standing\":77}")]
    [InlineData("{\"hours\":[{\"hour\":2},{\"hour\":1}]}")]
    [InlineData("{\"hours\":[{\"hour\":2,\"requests\":-5}]}")]
    public void A_damaged_state_is_refused(string text) => Assert.False(EngagementState.TryParse(text, out _));

    [Fact]
    public void Any_change_of_a_stored_state_is_refused_or_harmless()
    {
        const int seed = 20260601;
        var random = new Random(seed);
        var text = Replay(Simulate("likes alone", 4), Newcomer).State.ToJson();
        for (var round = 0; round < 2000; round++)
        {
            var changed = text.ToCharArray();
            for (var i = 0; i <= round % 3; i++)
                changed[random.Next(changed.Length)] = (char)random.Next(32, 127);
            if (EngagementState.TryParse(new string(changed), out var state))
                Assert.True(double.IsFinite(EngagementMonitor.Observe(state, new EngagementBucket { Start = Traffic.Start.AddDays(9), Requests = 5 }, Newcomer).State.HollowSum), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Impossible_numbers_do_no_harm()
    {
        long[] counts = [long.MinValue, -1, 0, 1, 1000, long.MaxValue];
        double[] shares = [double.NaN, double.NegativeInfinity, -1, 0, 0.5, 2, double.PositiveInfinity];
        const int seed = 4;
        var random = new Random(seed);
        var state = EngagementState.Empty;
        for (var i = 0; i < 2000; i++)
        {
            long Count() => counts[random.Next(counts.Length)];
            double Share() => shares[random.Next(shares.Length)];
            state = EngagementMonitor.Observe(
                state,
                new EngagementBucket { Start = Traffic.Start.AddMinutes(random.Next(-90, 90) + i), Requests = Count(), Networks = Count(), NewNetworks = Count(), Payloads = Count(), SignedIn = Count(), Likes = Count(), YoungLikes = Count(), TopNetworkShare = Share(), HeadShare = Share(), HostingShare = Share() },
                new RepositoryStanding { HubYoungShare = Share(), PublisherLevel = random.Next(5) }).State;
            Assert.True(EngagementState.TryParse(state.ToJson(), out _), $"seed {seed}, bucket {i}");
        }
    }

    [Fact]
    public void The_hubs_share_of_young_likers_learns_slowly_and_within_bounds()
    {
        var share = YoungLikerShare.Initial.With(1_000_000, 1_000_000);
        Assert.InRange(share.Share, YoungLikerShare.Start, 0.17);
        for (var i = 0; i < 1000; i++)
            share = share.With(100, 100);
        Assert.Equal(0.3, share.Share, 3);
        for (var i = 0; i < 1000; i++)
            share = share.With(100, 0);
        Assert.Equal(0.02, share.Share, 3);
        Assert.Equal(share, share.With(0, 0));
    }

    [Theory]
    [InlineData(20, 3, 0.5)]
    [InlineData(30, 20, 1e-9)]
    public void The_binomial_bound_lies_above_the_tail_and_not_far(int trials, int hits, double atLeast)
    {
        var tail = 0.0;
        for (var k = hits; k <= trials; k++)
            tail += Enumerable.Range(1, k).Aggregate(1.0, (p, i) => p * (trials - k + i) / i) * Math.Pow(0.12, k) * Math.Pow(0.88, trials - k);
        var bound = EngagementMonitor.BinomialTail(trials, hits, 0.12);

        Assert.InRange(bound, tail, double.Max(atLeast, tail * 100));
    }

    private static RepositoryStanding StandingOf(string standing) => standing switch
    {
        "newcomer" => Newcomer,
        "imitator" => Newcomer with { Resemblance = 3 },
        "with programs" => Newcomer with { HasPrograms = true },
        "established" => Established,
        _ => Established with { Resemblance = 3 },
    };

    private static Traffic Simulate(string traffic, int seed)
    {
        var basis = new Traffic(seed).People(96, 3);
        Traffic Other() => new(seed + 100);
        return traffic switch
        {
            "the May 2026 curve" => basis.With(Other().Bots(18, 13_556, 256, likesAnHour: 30), 24),
            "an unknown lab goes viral" => basis.With(Other().People(6, 400).People(60, 2_500).People(6, 700), 24),
            "a slow ramp" => basis.With(Other().Bots(24, 40, 120).Bots(24, 160, 120).Bots(24, 500, 120), 24),
            "a slow honest rise" => basis.With(Other().People(24, 40, 0.08).People(24, 160, 0.1).People(24, 500, 0.07), 24),
            "few networks" => basis.With(Other().Bots(24, 2_600, 8), 24),
            "a demo that restarts" => basis.With(Other().Bots(72, 120, 1), 24),
            "a build farm" => basis.With(Other().Bots(72, 600, 5), 24),
            "likes alone" => basis.With(Other().Bots(30, 0, 5, likesAnHour: 26, youngShare: 0.8), 24),
            "a much liked launch" => basis.With(Other().People(60, 900, likesPerPayload: 0.15), 24),
            "rented machines that download" => basis.With(Other().Bots(40, 200, 250, payloadShare: 0.4, likesAnHour: 15), 24),
            "rented machines that download a little" => basis.With(Other().Bots(60, 2_000, 250, payloadShare: 0.04, likesAnHour: 8), 24),
            "homes that download" => basis.With(Other().Bots(40, 200, 250, payloadShare: 0.4, likesAnHour: 15, hosting: 0.1), 24),
            "a class of beginners" => basis.With(Other().People(48, 120, youngShare: 0.35, likesPerPayload: 0.05), 24),
            "bots beside real people" => basis.With(Other().People(60, 150), 24).With(Other().Bots(48, 8_000, 200), 24),
            _ => throw new ArgumentOutOfRangeException(nameof(traffic)),
        };
    }

    private static EngagementVerdict Replay(Traffic traffic, RepositoryStanding standing, int hours = int.MaxValue)
    {
        EngagementVerdict? verdict = null;
        foreach (var hour in traffic.Hours.Take(hours))
            verdict = EngagementMonitor.Observe(verdict?.State ?? EngagementState.Empty, hour, standing);
        return verdict!;
    }
}
