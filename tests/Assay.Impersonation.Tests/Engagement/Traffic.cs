using Assay.Impersonation.Engagement;

namespace Assay.Impersonation.Tests.Engagement;

/// <summary>Simulated hours of a repository's life. Same seed, same traffic.</summary>
internal sealed class Traffic(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<EngagementBucket> _hours = [];

    public static DateTimeOffset Start { get; } = DateTimeOffset.UnixEpoch.AddDays(20_000);

    public IReadOnlyList<EngagementBucket> Hours => _hours;

    /// <summary>People: a sixth of the requests becomes a download, a third of the downloads is signed in, nearly every network is new.</summary>
    public Traffic People(int hours, double requestsAnHour, double payloadShare = 0.17, double youngShare = 0.1, double likesPerPayload = 0.027)
    {
        for (var h = 0; h < hours; h++)
        {
            var requests = Near(requestsAnHour);
            var payloads = Part(requests, payloadShare);
            var likes = Part(payloads, likesPerPayload);
            Add(requests, Part(requests, 0.55), 0.7, payloads, Part(payloads, 0.35), likes, Part(likes, youngShare), 0.03, 0.55, 0.35);
        }

        return this;
    }

    /// <summary>Machines: a pool of networks that comes again and again.</summary>
    public Traffic Bots(int hours, double requestsAnHour, int pool, double payloadShare = 0.0004, double likesAnHour = 0, double youngShare = 0.85, double hosting = 0.93)
    {
        for (var h = 0; h < hours; h++)
        {
            var requests = Near(requestsAnHour);
            var likes = Near(likesAnHour);
            var networks = long.Min(requests, pool);
            Add(requests, networks, h == 0 ? 1 : 0.01, Part(requests, payloadShare), 0, likes, Part(likes, youngShare), double.Max(1.0 / pool, 0.01), 0.97, hosting);
        }

        return this;
    }

    /// <summary>Adds another traffic's hours to these, from hour <paramref name="at"/> on.</summary>
    public Traffic With(Traffic other, int at)
    {
        for (var i = 0; i < other._hours.Count && at + i < _hours.Count; i++)
        {
            var (a, b) = (_hours[at + i], other._hours[i]);
            var all = double.Max(1, a.Requests + b.Requests);
            _hours[at + i] = a with
            {
                Requests = a.Requests + b.Requests,
                Networks = a.Networks + b.Networks,
                NewNetworks = a.NewNetworks + b.NewNetworks,
                Payloads = a.Payloads + b.Payloads,
                SignedIn = a.SignedIn + b.SignedIn,
                Likes = a.Likes + b.Likes,
                YoungLikes = a.YoungLikes + b.YoungLikes,
                TopNetworkShare = double.Max(a.TopNetworkShare * a.Requests, b.TopNetworkShare * b.Requests) / all,
                HeadShare = ((a.HeadShare * a.Requests) + (b.HeadShare * b.Requests)) / all,
                HostingShare = ((a.HostingShare * a.Requests) + (b.HostingShare * b.Requests)) / all,
            };
        }

        return this;
    }

    /// <summary>The hour of the first consequence of at least this harshness.</summary>
    public int? FirstHour(EngagementConsequence consequence, RepositoryStanding standing)
    {
        var state = EngagementState.Empty;
        for (var h = 0; h < _hours.Count; h++)
        {
            var verdict = EngagementMonitor.Observe(state, _hours[h], standing with { RepositoryAge = standing.RepositoryAge + TimeSpan.FromHours(h) });
            if (verdict.Consequence >= consequence)
                return h;
            state = verdict.State;
        }

        return null;
    }

    private void Add(long requests, long networks, double newShare, long payloads, long signedIn, long likes, long young, double top, double head, double hosting) =>
        _hours.Add(new EngagementBucket
        {
            Start = Start.AddHours(_hours.Count),
            Requests = requests,
            Networks = networks,
            NewNetworks = Part(networks, newShare),
            Payloads = payloads,
            SignedIn = signedIn,
            Likes = likes,
            YoungLikes = young,
            TopNetworkShare = top,
            HeadShare = head,
            HostingShare = hosting,
        });

    /// <summary>A count around the mean, more scattered than chance alone.</summary>
    private long Near(double mean) => Part((long)(mean * (0.6 + (0.8 * _random.NextDouble())) * 4) + (mean > 0 ? 2 : 0), 0.25);

    private long Part(long whole, double share)
    {
        if (whole > 500)
        {
            var spread = Math.Sqrt(whole * share * (1 - share));
            var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            return long.Clamp((long)Math.Round((whole * share) + (spread * normal)), 0, whole);
        }

        var hits = 0L;
        for (var i = 0; i < whole; i++)
            hits += _random.NextDouble() < share ? 1 : 0;
        return hits;
    }
}
