using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Impersonation.Evaluation;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Evaluation;

/// <summary>The figures that are aimed at: on the developers' scenarios, and on others made out of them.</summary>
public sealed class ScenariosTaskTests(ITestOutputHelper log)
{
    private static readonly string[] Actions = ["allow", "label", "warn", "hold", "block"];
    private static readonly string[] Labels = ["class", "label", "min_action", "max_action", "note"];

    [Fact]
    public void The_scenarios_meet_the_aims()
    {
        var score = Scorer.Score(Scorer.DataFolder, "scenarios", Run(Scorer.DataFolder));

        Assert.InRange(score.GetProperty("malicious_acted_enough").GetDouble(), 0.98, 1);
        Assert.Equal(0, score.GetProperty("benign_held").GetDouble());
        Assert.InRange(score.GetProperty("benign_warned").GetDouble(), 0, 0.01);
        Assert.InRange(score.GetProperty("benign_within_bounds").GetDouble(), 0.99, 1);
    }

    [Fact]
    public void Each_line_gives_the_action_with_its_reasons()
    {
        var lines = Run(Scorer.DataFolder).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement).ToList();

        Assert.Equal(File.ReadLines(Path.Combine(Scorer.DataFolder, "scenarios.jsonl")).Count(), lines.Select(static l => l.GetProperty("id").GetString()).Distinct().Count());
        Assert.All(lines, static l =>
        {
            Assert.Contains(l.GetProperty("action").GetString(), Actions);
            Assert.True(l.GetProperty("action").GetString() is "allow" or "label" || l.GetProperty("reasons").GetArrayLength() > 0);
        });
    }

    [Fact]
    public void The_labels_are_not_read()
    {
        using var folder = new TemporaryFolder();
        var lines = File.ReadLines(Path.Combine(Scorer.DataFolder, "scenarios.jsonl")).Take(200).ToList();
        var whole = RunOn(folder, lines);
        var without = RunOn(folder, lines.Select(static line =>
        {
            var scenario = JsonNode.Parse(line)!.AsObject();
            foreach (var label in Labels)
                scenario.Remove(label);
            return scenario.ToJsonString();
        }));

        Assert.Equal(whole, without);
    }

    [Theory]
    [InlineData(ScenarioChange.Publishers)]
    [InlineData(ScenarioChange.Programs)]
    [InlineData(ScenarioChange.Words)]
    [InlineData(ScenarioChange.Ages)]
    [InlineData(ScenarioChange.Engagement)]
    [InlineData(ScenarioChange.All)]
    public void Other_names_programs_words_ages_and_traffic_change_nothing_that_matters(ScenarioChange change)
    {
        using var folder = new TemporaryFolder();
        var lines = File.ReadAllLines(Path.Combine(Scorer.DataFolder, "scenarios.jsonl"));
        var (malicious, tooMild, benign, held, warned) = (0, 0, 0, 0, 0);
        var wrong = new List<string>();
        foreach (var seed in (int[])[20260501, 20261125, 7])
        {
            var mutation = new ScenarioMutation(seed, change, Scorer.DataFolder);
            var scenarios = lines.Select(l => mutation.Mutate(JsonNode.Parse(l)!.AsObject())).ToList();
            var given = RunOn(folder, scenarios.Select(static s => s.ToJsonString())).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static l => JsonNode.Parse(l)!).ToDictionary(static l => l["id"]!.GetValue<string>());
            foreach (var scenario in scenarios)
            {
                var prediction = given[scenario["scenario_id"]!.GetValue<string>()];
                var action = Array.IndexOf(Actions, prediction["action"]!.GetValue<string>());
                var isWrong = false;
                if (scenario["label"]!.GetValue<string>() == "malicious")
                {
                    malicious++;
                    isWrong = action < Array.IndexOf(Actions, scenario["min_action"]!.GetValue<string>());
                    tooMild += isWrong ? 1 : 0;
                }
                else
                {
                    benign++;
                    // Some classes may be warned of, by their label; to count them is the harsher measure.
                    isWrong = action >= 2;
                    warned += action >= 2 ? 1 : 0;
                    held += action >= 3 ? 1 : 0;
                }

                if (isWrong)
                    wrong.Add($"seed {seed} {Actions[action]} {scenario["class"]} {scenario["id"]} {scenario["metadata"]!.ToJsonString()} {string.Join(' ', scenario["files"]!.AsArray())} {prediction["reasons"]!.ToJsonString()}");
            }
        }

        var figures = $"{change}: acted enough {1 - ((double)tooMild / malicious):0.0000} of {malicious}, benign held {held}, warned {(double)warned / benign:0.0000} of {benign}";
        log.WriteLine(figures);
        var report = figures + "\n" + string.Join('\n', wrong);
        Assert.True(tooMild <= 0.03 * malicious && held == 0 && warned <= 0.015 * benign, report);
    }

    private static string RunOn(TemporaryFolder folder, IEnumerable<string> scenarios)
    {
        foreach (var name in (string[])["known_ids.tsv", "brands.tsv"])
            File.Copy(Path.Combine(Scorer.DataFolder, name), folder[name], overwrite: true);
        File.WriteAllLines(folder["scenarios.jsonl"], scenarios);
        return Run(folder.Path);
    }

    private static string Run(string folder)
    {
        using var output = new StringWriter();
        ScenariosTask.Run(folder, output, TestContext.Current.CancellationToken);
        return output.ToString();
    }
}
