namespace Assay.Impersonation.Engagement;

/// <summary>
/// Tells bought popularity from real popularity, bucket by bucket. Every test is a ratio or a share: none is passed by adding volume. Pure: the state goes in and
/// comes out, and a bucket is judged by itself and what came before.
/// </summary>
public static class EngagementMonitor
{
    /// <summary>How far back the tests look.</summary>
    public const int WindowHours = 24;

    // Hollow traffic: a sequential likelihood ratio of two payload shares, damped for over-dispersion.
    private const double HonestPayloadShare = 0.06;
    private const double HollowPayloadShare = 0.006;
    private const double Dispersion = 3;
    private const double HollowCeiling = 60;
    private const double HollowThreshold = 12;
    private const long HollowRequests = 200;

    private const long LikesMinimum = 25;
    private const double LikesPerPayload = 0.25;
    private const double YoungTail = 1e-6;

    private const long RentedMinimum = 20; // payloads
    private const long RentedYoungMinimum = 5; // likes

    private const double DemoNetworks = 4; // three of the demo, and a reader now and then
    private const long DemoHour = 1_500; // requests
    private const long DemoDay = 10_000; // requests

    private const double UsualRate = 0.02; // an hour
    private const double BurstShift = 0.7;
    private const double BurstThreshold = 4;

    private const double HostingCredit = 0.25;
    private const double NetworkCreditShare = 0.2;
    private const double ResemblanceForHold = 0.8;

    private static readonly double PayloadStep = Math.Log(HollowPayloadShare / HonestPayloadShare) / Dispersion;
    private static readonly double RequestStep = Math.Log((1 - HollowPayloadShare) / (1 - HonestPayloadShare)) / Dispersion;

    /// <summary>Judges one bucket. Buckets of a repository come in order of time; one that comes late is added to the latest hour.</summary>
    /// <param name="state">What the previous call returned, or <see cref="EngagementState.Empty"/>.</param>
    /// <param name="bucket">The bucket, complete. Impossible numbers (negative, shares outside 0…1) are clamped.</param>
    /// <param name="standing">What is known of the repository.</param>
    public static EngagementVerdict Observe(EngagementState state, EngagementBucket bucket, RepositoryStanding standing)
    {
        var now = Sanitise(bucket, state);
        var hours = Append(state.Hours, now);
        var day = Sum(hours);
        var hollow = double.Clamp(state.HollowSum + (now.Payloads * PayloadStep) + (long.Max(0, now.Requests - now.Payloads) * RequestStep), 0, HollowCeiling);

        var signs = EngagementSigns.None;
        var reasons = new List<string>();
        if (hollow > HollowThreshold && day.Requests >= HollowRequests)
            Sign(EngagementSigns.HollowTraffic, $"{day.Requests} requests in a day, {day.Payloads} of them followed by a download of the weights");
        if (day.Likes >= LikesMinimum && day.Likes > LikesPerPayload * (day.Payloads + 8))
            Sign(EngagementSigns.LikesWithoutUse, $"{day.Likes} likes in a day, {day.Payloads} downloads of the weights");
        if (AreYoung(day, standing.HubYoungShare))
            Sign(EngagementSigns.YoungLikers, $"{day.YoungLikes} of {day.Likes} likes in a day come from accounts younger than a week");
        if (standing.HasLockstepLikes)
            Sign(EngagementSigns.LockstepLikes, "a group of accounts that acts in lockstep has liked it");
        if (!standing.IsVetted && (AreRented(day, standing) || AreRented(now, standing)))
            Sign(EngagementSigns.RentedPayloads, $"{day.Payloads} downloads in a day, {day.SignedIn} of them signed in, {Share(day.HostingRequests, day.Requests):P0} of the requests from rented machines");

        var (usual, burst) = Burst(state, bucket);
        if (burst > BurstThreshold)
            Sign(EngagementSigns.Burst, $"{bucket.Requests} requests in {bucket.Length.TotalMinutes:0} minutes, far more than usual");

        var consequence = Consequence(signs, day, hours, standing);
        if (consequence < state.Standing)
            consequence = state.Standing;
        var suspicious = consequence != EngagementConsequence.None;
        var until = suspicious ? long.Max(state.UncreditedUntil, now.Hour + WindowHours) : state.UncreditedUntil;
        var credited = state.Credited;
        if (suspicious && state.UncreditedUntil <= now.Hour)
        {
            // The window in which a test fires is not credited either: what it had been given is taken back.
            credited = double.Max(0, credited - state.Hours.Sum(h => h.Credited));
            hours = [.. hours.Select(h => h with { Credited = 0 })];
        }
        else if (!suspicious && until <= now.Hour)
        {
            var credit = Credit(bucket, now);
            credited += credit;
            hours[^1] = hours[^1] with { Credited = hours[^1].Credited + credit };
        }

        var next = new EngagementState
        {
            HollowSum = hollow,
            UsualTraffic = usual,
            BurstSum = burst,
            Credited = credited,
            Standing = consequence >= EngagementConsequence.Pause ? consequence : EngagementConsequence.None,
            UncreditedUntil = until,
            Hours = hours,
        };
        return new EngagementVerdict(
            next, signs, consequence, standing.IsVetted && !suspicious && until <= now.Hour, !standing.IsVetted && signs == EngagementSigns.Burst, reasons);

        void Sign(EngagementSigns sign, string reason)
        {
            signs |= sign;
            reasons.Add(reason);
        }
    }

    private static EngagementConsequence Consequence(EngagementSigns signs, EngagementHour day, List<EngagementHour> hours, RepositoryStanding standing)
    {
        if ((signs & ~EngagementSigns.Burst) == 0)
            return EngagementConsequence.None;
        if (standing.IsVetted)
            return standing.Resemblance >= ResemblanceForHold ? EngagementConsequence.Review : EngagementConsequence.Discount;
        if (standing.Resemblance >= ResemblanceForHold || standing.HasPrograms)
            return EngagementConsequence.Hold;
        const EngagementSigns ofLikes = EngagementSigns.LikesWithoutUse | EngagementSigns.YoungLikers | EngagementSigns.LockstepLikes;
        return (signs & ofLikes) == 0 && standing.Resemblance <= 0 && IsDemo(day, hours) ? EngagementConsequence.Discount : EngagementConsequence.Pause;
    }

    /// <summary>A hosted demo that restarts all day: hardly any networks, and no more than a machine that starts again and again asks for.</summary>
    private static bool IsDemo(EngagementHour day, List<EngagementHour> hours) =>
        day.Requests <= DemoDay && day.NetworkRequests <= DemoNetworks * day.Requests && hours.TrueForAll(h => h.Requests <= DemoHour);

    private static bool AreYoung(EngagementHour day, double hubShare)
    {
        // A class of beginners likes what it uses; bought likes outnumber use, or come from new accounts nearly alone.
        if (day.YoungLikes <= 0.6 * day.Likes && day.Likes * 10 <= day.Payloads)
            return false;
        return BinomialTail(day.Likes, day.YoungLikes, double.Clamp(hubShare, 0.001, 0.9)) < YoungTail;
    }

    /// <summary>At least three marks of machines that were rented to download.</summary>
    private static bool AreRented(EngagementHour sums, RepositoryStanding standing)
    {
        if (sums.Payloads < RentedMinimum)
            return false;
        var marks = 0;
        if (sums.HostingRequests > 0.8 * sums.Requests)
            marks++;
        if (sums.SignedIn < 0.05 * sums.Payloads)
            marks++;
        if (sums.Likes >= RentedYoungMinimum && sums.YoungLikes > 0.4 * sums.Likes)
            marks++;
        // The same machines come again and again; people who hear of a model come once.
        if (sums.Networks >= RentedMinimum && sums.NewNetworks < 0.15 * sums.Networks)
            marks++;
        if (standing.IsTalkedAbout == false)
            marks++;
        return marks >= 3;
    }

    /// <summary>Payloads weighed: one network may supply a fifth of the credit, rented machines count a quarter.</summary>
    private static double Credit(EngagementBucket bucket, EngagementHour now)
    {
        var hosting = double.IsFinite(bucket.HostingShare) ? double.Clamp(bucket.HostingShare, 0, 1) : 1;
        var top = double.IsFinite(bucket.TopNetworkShare) ? double.Clamp(bucket.TopNetworkShare, 0, 1) : 1;
        // With few requests the busiest network's share says nothing: one request of one network is 100 %.
        var capped = now.Requests >= 20 ? 1 - double.Max(0, top - NetworkCreditShare) : 1;
        return now.Payloads * (1 - ((1 - HostingCredit) * hosting)) * capped;
    }

    private static (double Usual, double Burst) Burst(EngagementState state, EngagementBucket bucket)
    {
        var length = double.Clamp(bucket.Length.TotalHours, 1.0 / 60, WindowHours);
        var level = Math.Log(1 + (double.Max(0, bucket.Requests) / length));
        if (state.UsualTraffic is not { } usual)
            return (level, 0);
        var rate = double.Min(1, UsualRate * length);
        return (usual + (rate * (level - usual)), double.Clamp(state.BurstSum + (length * (level - usual - BurstShift)), 0, HollowCeiling));
    }

    private static EngagementHour Sanitise(EngagementBucket bucket, EngagementState state)
    {
        const long most = 1L << 40; // keeps every sum and product far from overflow
        var requests = Count(bucket.Requests);
        var networks = Count(bucket.Networks);
        var likes = Count(bucket.Likes);
        var payloads = Count(bucket.Payloads);
        var hour = bucket.Start.ToUnixTimeSeconds() / 3600;
        if (state.Hours is [.., var last])
            hour = long.Max(hour, last.Hour);
        return new EngagementHour(
            hour, requests, payloads, long.Min(payloads, Count(bucket.SignedIn)), likes, long.Min(likes, Count(bucket.YoungLikes)), networks,
            long.Min(networks, Count(bucket.NewNetworks)), requests * (double.IsFinite(bucket.HostingShare) ? double.Clamp(bucket.HostingShare, 0, 1) : 0), (double)requests * networks, 0);

        static long Count(long value) => long.Clamp(value, 0, most);
    }

    private static List<EngagementHour> Append(IReadOnlyList<EngagementHour> hours, EngagementHour now)
    {
        var kept = hours.Where(h => h.Hour > now.Hour - WindowHours).ToList();
        if (kept is [.., var last] && last.Hour == now.Hour)
            kept[^1] = Add(last, now);
        else
            kept.Add(now);
        return kept;
    }

    private static EngagementHour Sum(List<EngagementHour> hours) => hours.Aggregate(Add);

    private static EngagementHour Add(EngagementHour a, EngagementHour b) => new(
        long.Max(a.Hour, b.Hour), a.Requests + b.Requests, a.Payloads + b.Payloads, a.SignedIn + b.SignedIn, a.Likes + b.Likes, a.YoungLikes + b.YoungLikes,
        a.Networks + b.Networks, a.NewNetworks + b.NewNetworks, a.HostingRequests + b.HostingRequests, a.NetworkRequests + b.NetworkRequests, a.Credited + b.Credited);

    private static double Share(double part, long whole) => whole == 0 ? 0 : part / whole;

    /// <summary>The chance of at least <paramref name="hits"/> among <paramref name="trials"/>, bounded from above by the Chernoff inequality, which is sharp enough at 1e-6.</summary>
    internal static double BinomialTail(long trials, long hits, double chance)
    {
        if (trials <= 0 || hits <= trials * chance)
            return 1;
        var seen = (double)hits / trials;
        var divergence = seen * Math.Log(seen / chance);
        if (seen < 1)
            divergence += (1 - seen) * Math.Log((1 - seen) / (1 - chance));
        return Math.Exp(-trials * divergence);
    }
}
