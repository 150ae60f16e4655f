using System.Text.Json;
using Assay.Impersonation.Engagement;

namespace Assay.Impersonation.Evaluation;

/// <summary>Replays hourly engagement series through <see cref="EngagementMonitor"/> and writes when each would be paused, for the scorer of the evaluation data.</summary>
public static class TracesTask
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch.AddDays(20_000);

    /// <summary>
    /// Reads traces.jsonl and writes one line a trace: id, hour of the pause or hold, hour of the first discount, credited payloads. Hour h is judged by hours up to h.
    /// </summary>
    /// <exception cref="IOException">The data cannot be read.</exception>
    /// <exception cref="JsonException">The data is not what its README says.</exception>
    public static void Run(string dataFolder, TextWriter output, CancellationToken cancellation)
    {
        foreach (var line in File.ReadLines(Path.Combine(dataFolder, "traces.jsonl")))
        {
            cancellation.ThrowIfCancellationRequested();
            if (string.IsNullOrWhiteSpace(line))
                continue;
            using var document = JsonDocument.Parse(line);
            var trace = document.RootElement;
            var level = trace.GetProperty("publisher_level").GetInt32();
            var age = trace.GetProperty("repo_age_hours_at_start").GetDouble();
            output.WriteLine(Replay(trace.GetProperty("trace_id").ToString(), level, age, Buckets(trace)));
        }
    }

    /// <summary>The hourly buckets of one trace.</summary>
    internal static List<EngagementBucket> Buckets(JsonElement trace)
    {
        long[] Counts(string name) => [.. trace.GetProperty(name).EnumerateArray().Select(v => v.GetInt64())];
        double[] Shares(string name) => [.. trace.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        var (req, net, newnet, full, acct, likes, ylikes) = (Counts("req"), Counts("net"), Counts("newnet"), Counts("full"), Counts("acct"), Counts("likes"), Counts("ylikes"));
        var (top, head, hosting) = (Shares("top1"), Shares("head"), Shares("dc"));
        return [.. Enumerable.Range(0, req.Length).Select(h => new EngagementBucket
        {
            Start = Epoch.AddHours(h),
            Requests = req[h],
            Networks = net[h],
            NewNetworks = newnet[h],
            Payloads = full[h],
            SignedIn = acct[h],
            Likes = likes[h],
            YoungLikes = ylikes[h],
            TopNetworkShare = top[h],
            HeadShare = head[h],
            HostingShare = hosting[h],
        })];
    }

    /// <summary>Judges the buckets in order.</summary>
    internal static (int? Hold, int? Discount, double Credited) Judge(int level, double ageInHours, IReadOnlyList<EngagementBucket> buckets)
    {
        int? hold = null, discount = null;
        var state = EngagementState.Empty;
        for (var hour = 0; hour < buckets.Count; hour++)
        {
            var standing = new RepositoryStanding { PublisherLevel = level, RepositoryAge = TimeSpan.FromHours(ageInHours + hour) };
            var verdict = EngagementMonitor.Observe(state, buckets[hour], standing);
            state = verdict.State;
            if (verdict.Consequence >= EngagementConsequence.Discount)
                discount ??= hour;
            if (verdict.Consequence >= EngagementConsequence.Pause)
                hold ??= hour;
        }

        return (hold, discount, state.Credited);
    }

    private static string Replay(string id, int level, double ageInHours, List<EngagementBucket> buckets)
    {
        var (hold, discount, credited) = Judge(level, ageInHours, buckets);
        return JsonSerializer.Serialize(new TracePrediction(id, hold, discount, Math.Round(credited, 1)), EvaluationJson.Default.TracePrediction);
    }
}
