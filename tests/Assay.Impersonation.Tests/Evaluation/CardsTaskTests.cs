using System.Text.Json.Nodes;
using Assay.Impersonation.Evaluation;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Evaluation;

public sealed class CardsTaskTests
{
    private static readonly string[] Labels = ["label", "operator", "lure", "similarity", "credits_original"];

    [Fact]
    public void The_cards_meet_the_aims()
    {
        var score = Scorer.Score(Scorer.DataFolder, "cards", Run(Scorer.DataFolder));
        var at = score.GetProperty("at_0_5");

        Assert.True(at.GetProperty("recall").GetDouble() >= 0.98, score.ToString());
        Assert.True(at.GetProperty("false_positive_rate").GetDouble() == 0, score.ToString());
        Assert.True(score.GetProperty("auc").GetDouble() >= 0.99, score.ToString());
    }

    [Fact]
    public void The_labels_are_not_read()
    {
        using var folder = new TemporaryFolder();
        var cards = Directory.CreateDirectory(Path.Combine(folder.Path, "cards"));
        foreach (var file in Directory.GetFiles(Path.Combine(Scorer.DataFolder, "cards")))
            File.Copy(file, Path.Combine(cards.FullName, Path.GetFileName(file)));
        File.Copy(Path.Combine(Scorer.DataFolder, "card_brands.tsv"), Path.Combine(folder.Path, "card_brands.tsv"));
        File.WriteAllLines(Path.Combine(folder.Path, "card_pairs.jsonl"), File.ReadLines(Path.Combine(Scorer.DataFolder, "card_pairs.jsonl")).Select(line =>
        {
            var pair = JsonNode.Parse(line)!.AsObject();
            foreach (var label in Labels)
                pair.Remove(label);
            return pair.ToJsonString();
        }));

        Assert.Equal(Run(Scorer.DataFolder), Run(folder.Path));
    }

    private static string Run(string folder)
    {
        using var output = new StringWriter();
        CardsTask.Run(folder, output, TestContext.Current.CancellationToken);
        return output.ToString();
    }
}
