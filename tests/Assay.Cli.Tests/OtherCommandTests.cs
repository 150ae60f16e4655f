using System.Text.Json;
using Assay.Scanning;
using Assay.Testing;

namespace Assay.Cli.Tests;

public sealed class OtherCommandTests
{
    [Fact]
    public void The_version_is_that_of_tool_and_rules() =>
        Assert.Equal(new CommandRun(0, $"assay {Engine.Version} (rules {Engine.Rules})\n", ""), CommandRun.Of("--version"));

    [Theory]
    [InlineData("scan")]
    [InlineData("check")]
    [InlineData("explain")]
    [InlineData("rules")]
    [InlineData("eval")]
    [InlineData("completion")]
    public void Help_has_examples(string command)
    {
        var run = CommandRun.Of(command, "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_of_the_whole_lists_the_commands()
    {
        var run = CommandRun.Of("--help");
        Assert.Equal(0, run.ExitCode);
        foreach (var command in (string[])["scan", "check", "explain", "rules", "eval", "completion"])
            Assert.Contains("  " + command, run.Output, StringComparison.Ordinal);
        Assert.Equal(3, CommandRun.Of().ExitCode);
    }

    [Fact]
    public void Evaluation_writes_a_line_for_each_case()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data/known_ids.tsv", "id\tmentions\ngoogle/gemma-2-2b\t9\n");
        folder.Write("data/brands.tsv", "brand\thandles\tdomains\twords\n");
        folder.Write("data/name_pairs.tsv", "pair_id\tcandidate\tsurface\tdeclared_base\tpublisher_other_repos\nx1\tgopgle/gemma-2-2b\tid\t\t0\n");
        Assert.Equal(new CommandRun(0, "", ""), CommandRun.In(folder, ["eval", "identity", "--task", "names", "--data", "data", "--out", "names.jsonl"]));
        Assert.StartsWith("{\"id\":\"x1\",\"score\":0.9", File.ReadAllText(folder["names.jsonl"]), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(folder["names.jsonl"]), CommandRun.In(folder, ["eval", "identity", "--task", "names", "--data", "data"]).Output);
    }

    [Theory]
    [InlineData("There is no task x. Tasks are: names", "eval", "identity", "--task", "x", "--data", ".")]
    [InlineData("There is no folder nowhere.", "eval", "identity", "--task", "names", "--data", "nowhere")]
    [InlineData("has no known_ids.tsv", "eval", "identity", "--task", "names", "--data", ".")]
    [InlineData("cannot be written", "eval", "identity", "--task", "names", "--data", ".", "--out", "no/such/file")]
    [InlineData("How it is used: assay eval identity --help", "eval", "identity", "--task", "names")]
    public void Evaluation_used_wrongly_is_told_in_a_sentence(string expected, params string[] args)
    {
        using var folder = new TemporaryFolder();
        var run = CommandRun.In(folder, args);
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_command_is_wrong_usage_with_a_suggestion()
    {
        var run = CommandRun.Of("scna", "x");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("Did you mean scan?", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PKL-002")]
    [InlineData("pkl-002")]
    public void A_rule_is_explained_in_either_case(string id)
    {
        var run = CommandRun.Of("explain", id);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("System command on load", run.Output, StringComparison.Ordinal);
        Assert.Contains("What to do", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_rule_is_wrong_usage_with_near_ids()
    {
        var run = CommandRun.Of("explain", "PKL-02");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("PKL-002", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_is_listed_in_every_format()
    {
        foreach (var format in (string[])["text", "json", "markdown"])
        {
            var run = CommandRun.Of("rules", "--format", format);
            Assert.Equal(0, run.ExitCode);
            Assert.All(RuleCatalogue.All, r => Assert.Contains(r.Id, run.Output, StringComparison.Ordinal));
        }

        Assert.Equal(RuleCatalogue.All.Count, JsonDocument.Parse(CommandRun.Of("rules", "--format", "json").Output).RootElement.GetProperty("items").GetArrayLength());
        Assert.Equal(3, CommandRun.Of("rules", "--format", "sarif").ExitCode);
    }

    [Fact]
    public void An_explanation_as_a_page_starts_with_its_heading() =>
        Assert.StartsWith("# PKL-002: System command on load\n", CommandRun.Of("explain", "PKL-002", "--format", "markdown").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public void There_is_completion_for_each_shell(string shell) => Assert.Contains("[suggest:", CommandRun.Of("completion", shell).Output, StringComparison.Ordinal);

    [Fact]
    public void Another_shell_is_wrong_usage() => Assert.Equal(3, CommandRun.Of("completion", "tcsh").ExitCode);

    [Theory]
    [InlineData("assay sc", "scan")]
    [InlineData("assay scan --fa", "--fail-on")]
    [InlineData("assay scan --fail-on in", "incomplete")]
    [InlineData("assay explain PKL-00", "PKL-002")]
    public void Completion_suggests(string line, string suggestion) =>
        Assert.Contains(suggestion, CommandRun.Of($"[suggest:{line.Length}]", line).Output, StringComparison.Ordinal);
}
