using System.Globalization;
using System.Text;
using Assay.Impersonation.Engagement;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Engagement;

/// <summary>Replays two launches in five-minute buckets and draws docs/engagement.svg; <c>ASSAY_REWRITE_GOLDEN=1</c> draws it anew.</summary>
public sealed class EngagementReplayTests
{
    private const int BucketsAnHour = 12;
    private static readonly RepositoryStanding Newcomer = new() { RepositoryAge = TimeSpan.FromHours(1) };

    [Fact]
    public void The_figure_of_the_document_is_what_the_monitor_does()
    {
        var (bought, viral) = (Replay(Bought()), Replay(Viral()));

        Assert.Equal(1_129, bought.CountedWhenPaused);
        Assert.Null(viral.CountedWhenPaused);
        Assert.Equal(244_000, bought.Counted[^1]);
        var words = File.ReadAllText(Checkout.PathOf("docs/engagement.md"));
        foreach (var figure in (string[])["1,129 of 244,000", $"credited {bought.Credited:N0}", Number(viral.Counted[^1]), Number((long)viral.Credited)])
            Assert.Contains(figure, words, StringComparison.Ordinal);
        Assert.Null(Golden.Difference("docs/engagement.svg", Draw(bought, viral)));
    }

    /// <summary>244,000 requests in 18 hours, four in ten thousand followed by the weights.</summary>
    private static IEnumerable<EngagementBucket> Bought()
    {
        const int buckets = 18 * BucketsAnHour;
        for (var i = 0; i < buckets; i++)
        {
            var requests = (244_000L * (i + 1) / buckets) - (244_000L * i / buckets);
            yield return Bucket(i, requests, networks: 250, newNetworks: i == 0 ? 250 : 2, payloads: i % 2, signedIn: 0, likes: 2, young: 2, hosting: 0.93);
        }
    }

    /// <summary>A model that people talk about: the rate rises to 3,000 an hour within four hours, and a sixth of the requests are followed by the weights.</summary>
    private static IEnumerable<EngagementBucket> Viral()
    {
        const int buckets = 18 * BucketsAnHour;
        for (var i = 0; i < buckets; i++)
        {
            var hour = (double)i / BucketsAnHour;
            var rate = 3_000 * double.Min(1, (hour + 0.1) / 4) * (hour < 8 ? 1 : Math.Exp(-(hour - 8) / 12));
            var requests = (long)(rate / BucketsAnHour);
            yield return Bucket(i, requests, requests * 55 / 100, requests * 40 / 100, requests / 6, requests / 18, i % 3, i % 30 == 0 ? 1 : 0, 0.35);
        }
    }

    private static EngagementBucket Bucket(int index, long requests, long networks, long newNetworks, long payloads, long signedIn, long likes, long young, double hosting) => new()
    {
        Start = Traffic.Start.AddMinutes(60.0 / BucketsAnHour * index),
        Length = TimeSpan.FromMinutes(60.0 / BucketsAnHour),
        Requests = requests,
        Networks = networks,
        NewNetworks = newNetworks,
        Payloads = payloads,
        SignedIn = signedIn,
        Likes = likes,
        YoungLikes = young,
        TopNetworkShare = 0.01,
        HeadShare = hosting,
        HostingShare = hosting,
    };

    private static Curve Replay(IEnumerable<EngagementBucket> buckets)
    {
        var curve = new Curve();
        var state = EngagementState.Empty;
        foreach (var bucket in buckets)
        {
            var verdict = EngagementMonitor.Observe(state, bucket, Newcomer);
            state = verdict.State;
            curve.Counted.Add((curve.Counted.Count == 0 ? 0 : curve.Counted[^1]) + bucket.Requests);
            if (verdict.Consequence >= EngagementConsequence.Pause)
                curve.CountedWhenPaused ??= curve.Counted[^1];
            if (curve.CountedWhenPaused is null)
                curve.BucketsServed++;
        }

        curve.Credited = state.Credited;
        return curve;
    }

    private static string Draw(Curve bought, Curve viral)
    {
        const int width = 720, height = 360, left = 70, top = 50, right = 30, bottom = 50;
        const double most = 250_000;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"Counted requests over 18 hours: a bought curve paused after the first five minutes, a viral launch that is not paused\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n");
        for (var y = 0; y <= 250_000; y += 50_000)
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{left} {Y(y):0.#}H{width - right}\" stroke=\"#ddd\"/><text x=\"{left - 8}\" y=\"{Y(y) + 4:0.#}\" text-anchor=\"end\" fill=\"#444\">{y:N0}</text>\n");
        for (var hour = 0; hour <= 18; hour += 3)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(hour * BucketsAnHour):0.#}\" y=\"{height - bottom + 20}\" text-anchor=\"middle\" fill=\"#444\">{hour} h</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"24\" font-size=\"14\" fill=\"#111\">Counted requests since publication</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{Path(bought.Counted)}\" fill=\"none\" stroke=\"#b3261e\" stroke-width=\"2\" stroke-dasharray=\"6 4\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{Path(viral.Counted)}\" fill=\"none\" stroke=\"#1b6e3c\" stroke-width=\"2\"/>\n");
        var at = bought.CountedWhenPaused ?? 0;
        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(bought.BucketsServed + 1):0.#}\" cy=\"{Y(at):0.#}\" r=\"5\" fill=\"#b3261e\"/><text x=\"{X(bought.BucketsServed + 1) + 12:0.#}\" y=\"{Y(at) - 22:0.#}\" fill=\"#b3261e\">paused here: minute {(bought.BucketsServed + 1) * 5}, {at:N0} requests</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(120):0.#}\" y=\"{Y(195_000):0.#}\" text-anchor=\"end\" fill=\"#b3261e\">bought: what would have been shown</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{width - right}\" y=\"{Y(viral.Counted[^1]) - 10:0.#}\" text-anchor=\"end\" fill=\"#1b6e3c\">viral: not paused, {viral.Credited:N0} credited</text>\n</svg>\n");
        return svg.ToString();

        double X(int bucket) => left + ((double)(width - left - right) * bucket / (18 * BucketsAnHour));
        double Y(double value) => height - bottom - ((height - top - bottom) * value / most);
        string Path(List<long> values) => "M" + string.Join('L', values.Select((v, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i + 1):0.#} {Y(v):0.#}")).Where((_, i) => i % 3 == 0 || i == values.Count - 1));
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private sealed class Curve
    {
        public List<long> Counted { get; } = [];

        public long? CountedWhenPaused { get; set; }

        public int BucketsServed { get; set; }

        public double Credited { get; set; }
    }
}
