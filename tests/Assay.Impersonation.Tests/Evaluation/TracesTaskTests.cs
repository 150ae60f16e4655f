using System.Text.Json.Nodes;
using Assay.Impersonation.Evaluation;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Evaluation;

public sealed class TracesTaskTests
{
    private static readonly string[] Labels = ["label", "expected", "class", "onset_hour", "end_hour", "note", "total_req", "total_full", "total_likes", "publisher_age_days"];

    [Fact]
    public void The_traces_meet_the_aims()
    {
        var score = Scorer.Score(Scorer.DataFolder, "traces", Run(Scorer.DataFolder));

        Assert.True(score.GetProperty("hold_recall").GetDouble() >= 0.98, score.ToString());
        Assert.True(score.GetProperty("false_holds").GetDouble() == 0, score.ToString());
        Assert.True(score.GetProperty("median_delay_hours").GetDouble() <= 1, score.ToString());
        Assert.True(score.GetProperty("mean_bot_traffic_before_hold").GetDouble() <= 0.04, score.ToString());
        Assert.True(score.GetProperty("credited_share_of_attack_traffic").GetDouble() <= 0.015, score.ToString());
    }

    [Theory]
    [InlineData("louder", 1)]
    [InlineData("louder", 2)]
    [InlineData("quieter", 1)]
    [InlineData("noisier", 1)]
    [InlineData("noisier", 2)]
    [InlineData("later", 1)]
    public void Changed_traces_meet_the_aims_too(string change, int seed)
    {
        using var folder = new TemporaryFolder();
        Rewrite(folder.Path, trace => Change(trace, change, new Random((1000 * seed) + int.Parse(trace["trace_id"]!.ToString()[2..]))));
        var score = Scorer.Score(folder.Path, "traces", Run(folder.Path));

        Assert.True(score.GetProperty("hold_recall").GetDouble() >= 0.95, $"{change} {seed}: {score}");
        Assert.True(score.GetProperty("false_holds").GetDouble() <= 0.02, $"{change} {seed}: {score}");
        Assert.True(score.GetProperty("median_delay_hours").GetDouble() <= 1, $"{change} {seed}: {score}");
        Assert.True(score.GetProperty("mean_bot_traffic_before_hold").GetDouble() <= 0.05, $"{change} {seed}: {score}");
    }

    [Fact]
    public void The_labels_are_not_read()
    {
        using var folder = new TemporaryFolder();
        Rewrite(folder.Path, trace =>
        {
            foreach (var label in Labels)
                trace.Remove(label);
        });

        Assert.Equal(Run(Scorer.DataFolder), Run(folder.Path));
    }

    [Fact]
    public void An_hour_is_judged_without_the_hours_after_it()
    {
        foreach (var line in File.ReadLines(Path.Combine(Scorer.DataFolder, "traces.jsonl")))
        {
            using var trace = System.Text.Json.JsonDocument.Parse(line);
            var buckets = TracesTask.Buckets(trace.RootElement);
            var level = trace.RootElement.GetProperty("publisher_level").GetInt32();
            var age = trace.RootElement.GetProperty("repo_age_hours_at_start").GetDouble();
            if (TracesTask.Judge(level, age, buckets).Hold is not { } hold)
                continue;
            Assert.Equal(hold, TracesTask.Judge(level, age, buckets[..(hold + 1)]).Hold);
            Assert.Null(TracesTask.Judge(level, age, buckets[..hold]).Hold);
        }
    }

    private static string Run(string folder)
    {
        using var output = new StringWriter();
        TracesTask.Run(folder, output, TestContext.Current.CancellationToken);
        return output.ToString();
    }

    private static void Rewrite(string folder, Action<JsonObject> change) =>
        File.WriteAllLines(Path.Combine(folder, "traces.jsonl"), File.ReadLines(Path.Combine(Scorer.DataFolder, "traces.jsonl")).Select(line =>
        {
            var trace = JsonNode.Parse(line)!.AsObject();
            change(trace);
            return trace.ToJsonString();
        }));

    private static void Change(JsonObject trace, string change, Random random)
    {
        string[] counts = ["req", "net", "newnet", "full", "acct", "likes", "ylikes"];
        var hours = trace["req"]!.AsArray().Count;
        switch (change)
        {
            case "louder" or "quieter":
                var factor = change == "louder" ? 2 + (3 * random.NextDouble()) : 0.5 + (0.3 * random.NextDouble());
                foreach (var name in counts)
                    Map(name, (v, _) => Round(v * factor));
                break;
            case "noisier":
                var noise = Enumerable.Range(0, hours).Select(_ => Math.Exp(0.6 * ((random.NextDouble() * 2) - 1))).ToArray();
                foreach (var name in counts)
                    Map(name, (v, h) => Round(v * noise[h] * (0.85 + (0.3 * random.NextDouble()))));
                break;
            case "later":
                var first = random.Next(3, 30);
                foreach (var name in counts.Concat(["top1", "head", "dc"]))
                {
                    var values = trace[name]!.AsArray();
                    for (var i = 0; i < first; i++)
                        values.Insert(0, 0);
                }

                foreach (var name in new[] { "onset_hour", "end_hour" })
                {
                    if (trace[name] is { } hour)
                        trace[name] = hour.GetValue<int>() + first;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }

        trace["total_req"] = trace["req"]!.AsArray().Sum(v => v!.GetValue<int>());

        int Round(double value) => (int)Math.Floor(value + random.NextDouble());
        void Map(string name, Func<int, int, int> map) =>
            trace[name] = new JsonArray([.. trace[name]!.AsArray().Select((v, h) => (JsonNode)map(v!.GetValue<int>(), h))]);
    }
}
