using System.Text.Json;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Evaluation;

/// <summary>Runs the evaluation data's own scorer.</summary>
internal static class Scorer
{
    public static string DataFolder { get; } = Checkout.PathOf("tests/data/identity");

    /// <summary>The figures for these predictions.</summary>
    public static JsonElement Score(string dataFolder, string task, string predictions)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "predictions.jsonl");
        File.WriteAllText(file, predictions);
        var outcome = OtherProgram.Run("/usr/bin/python3", [Path.Combine(DataFolder, "score.py"), dataFolder, task, file]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return JsonDocument.Parse(outcome.Output).RootElement;
    }
}
