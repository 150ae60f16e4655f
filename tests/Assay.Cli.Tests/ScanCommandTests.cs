using System.Text.Json;
using Assay.Testing;

namespace Assay.Cli.Tests;

public sealed class ScanCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _bad;
    private readonly string _good;

    public ScanCommandTests()
    {
        _bad = _folder.Write("models/bad.pkl", PickleSamples.System());
        _good = _folder.Write("models/good.pkl", PickleSamples.Honest());
        _folder.Write("models/sub/cut.pt", "PK\u0003\u0004");
    }

    public void Dispose() => _folder.Dispose();

    private CommandRun Run(params string[] args) => CommandRun.In(_folder, ["scan", .. args]);

    private static JsonElement Json(CommandRun run) => JsonDocument.Parse(run.Output).RootElement;

    [Theory]
    [InlineData("models/good.pkl", null, 0)]
    [InlineData("models/bad.pkl", null, 1)]
    [InlineData("models/bad.pkl", "malicious", 1)]
    [InlineData("models/bad.pkl", "suspicious", 1)]
    [InlineData("models/bad.pkl", "incomplete", 1)]
    [InlineData("models/bad.pkl", "never", 0)]
    [InlineData("unknown.bin", null, 2)]
    [InlineData("unknown.bin", "incomplete", 1)]
    [InlineData("unknown.bin", "malicious", 2)]
    [InlineData("gone.bin", null, 2)]
    [InlineData("gone.bin", "incomplete", 2)]
    [InlineData("gone.bin", "never", 2)]
    public void The_exit_code_is_that_of_the_contract(string path, string? failOn, int exitCode)
    {
        var noise = new byte[4096];
        new Random(7).NextBytes(noise);
        noise[0] = 0xff;
        _folder.Write("unknown.bin", noise);
        Assert.Equal(exitCode, Run(failOn is null ? [_folder[path]] : [_folder[path], "--fail-on", failOn]).ExitCode);
    }

    [Fact]
    public void Something_found_outweighs_something_missing() => Assert.Equal(1, Run(_folder["gone"], _bad).ExitCode);

    [Theory]
    [InlineData("There is no format \"html\"", "--format", "html")]
    [InlineData("There is no format \"markdown\"", "--format", "markdown")]
    [InlineData("Formats are: text, json, sarif", "--format", "xml")]
    [InlineData("Did you mean --format?", "--formt", "json")]
    [InlineData("There is no option --what", "--what")]
    [InlineData("--fail-on is malicious", "--fail-on", "maybe")]
    [InlineData("--jobs is a number", "--jobs", "0")]
    [InlineData("--jobs is a number", "--jobs", "many")]
    [InlineData("NAME=VALUE", "--limits", "depth")]
    [InlineData("There is no limit \"deepness\"", "--limits", "deepness=3")]
    [InlineData("positive number", "--limits", "depth=-3")]
    [InlineData("--color is", "--color", "red")]
    [InlineData("contradict", "--quiet", "--verbose")]
    [InlineData("could not be read", "--config", "no-such.yaml")]
    [InlineData("could not be read", "--baseline", "no-such.json")]
    [InlineData("does not exist", "--output", "no/such/folder/a.json")]
    [InlineData("later version", "hf://acme/model@main")]
    [InlineData("once only", "-", "-")]
    [InlineData("--format", "--format")]
    [InlineData("path is empty", "")]
    public void Wrong_usage_is_said_in_a_sentence_with_exit_code_3(string words, params string[] args)
    {
        var run = Run([_good, .. args]);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.StartsWith("assay: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_anything_to_scan_the_usage_is_told()
    {
        var run = Run();
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("Say what to scan", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_report_is_valid_by_the_shipped_schema()
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        Assert.Null(JsonSchema.WhyNot);
        var run = Run(_folder["models"], _folder["gone"], "--format", "json");
        Assert.Equal("", JsonSchema.Errors("docs/schemas/assay.report.v1.schema.json", System.Text.Encoding.UTF8.GetBytes(run.Output)));
        var sarif = Run(_folder["models"], _folder["gone"], "--format", "sarif");
        Assert.Equal("", JsonSchema.Errors("tests/data/schemas/sarif-schema-2.1.0.json", System.Text.Encoding.UTF8.GetBytes(sarif.Output)));
    }

    [Fact]
    public void Several_targets_make_one_report()
    {
        var report = Json(CommandRun.In(_folder, ["scan", _folder["models"], "-", _good, "--format", "json"], PickleSamples.System()));
        Assert.Equal(["folder", "stdin", "file"], report.GetProperty("targets").EnumerateArray().Select(static t => t.GetProperty("kind").GetString()));
        Assert.Equal(_folder["models"], report.GetProperty("target").GetString());
        Assert.Equal(["bad.pkl", "good.pkl", "sub/cut.pt", "-", "good.pkl"], report.GetProperty("artifacts").EnumerateArray().Select(static a => a.GetProperty("path").GetString()));
        Assert.Equal("malicious", report.GetProperty("verdict").GetString());
    }

    [Fact]
    public void The_report_is_the_same_whatever_the_number_of_jobs()
    {
        for (var i = 0; i < 60; i++)
            _folder.Write($"many/{i % 7}/{i}.pkl", i % 3 == 0 ? PickleSamples.System() : PickleSamples.Honest());
        string With(string jobs) => System.Text.RegularExpressions.Regex.Replace(Run(_folder["many"], "--format", "json", "--jobs", jobs).Output, "\"durationMs\": \\d+", "");
        Assert.Equal(With("1"), With("8"));
    }

    [Fact]
    public void Exclusions_are_repeatable()
    {
        var report = Json(Run(_folder["models"], "--exclude", "bad.*", "--exclude", "sub/**", "--format", "json"));
        Assert.Equal(["good.pkl"], report.GetProperty("artifacts").EnumerateArray().Select(static a => a.GetProperty("path").GetString()));
    }

    [Fact]
    public void Limits_come_from_the_command_line()
    {
        var big = _folder.Write("big.pkl", PickleBuilder.Of(2).EmptyDict().Stop());
        var run = Run(big, "--limits", "elements=1,seconds=5", "--format", "json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("elements", Json(run).GetProperty("artifacts")[0].GetProperty("incomplete")[0].GetProperty("limit").GetString());
    }

    [Fact]
    public void A_baseline_makes_what_was_known_weightless()
    {
        var baseline = _folder["before.json"];
        Assert.Equal(1, Run(_folder["models/bad.pkl"], "--format", "json", "--output", baseline).ExitCode);
        var run = Run(_folder["models/bad.pkl"], "--baseline", baseline, "--format", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.True(Json(run).GetProperty("summary").GetProperty("baselined").GetInt32() > 0);
        _folder.Write("models/bad.pkl", PickleBuilder.Of(2).Call("os", "system", "something else").Stop());
        Assert.Equal(1, Run(_folder["models/bad.pkl"], "--baseline", baseline).ExitCode);
    }

    [Fact]
    public void A_baseline_that_is_no_report_is_refused() =>
        Assert.Contains("no report of Assay", Run(_good, "--baseline", _folder.Write("x.json", "{}")).Error, StringComparison.Ordinal);

    [Fact]
    public void The_configuration_of_the_working_folder_counts()
    {
        _folder.Write("assay.yaml", "fail-on: never\n");
        Assert.Equal(0, Run(_bad).ExitCode);
        Assert.Equal(1, Run(_bad, "--fail-on", "suspicious").ExitCode);
    }

    [Fact]
    public void A_configuration_inside_what_is_scanned_counts_only_when_named()
    {
        var file = _folder.Write("assay.yaml", "exclude: ['*.pkl']\n");
        var run = Run(_folder.Path, "--format", "json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--config assay.yaml", Json(run).GetProperty("notes")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(1, Run(_folder.Path, "--config", file).ExitCode);
    }

    [Fact]
    public void A_broken_configuration_stops_the_scan_with_its_place()
    {
        var file = _folder.Write("assay.yaml", "exclude:\n  - a\nwaiver: []\n");
        var run = Run(_good);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"{file}:3:1: The key \"waiver\" is not known", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_waiver_of_the_configuration_is_applied_and_shown()
    {
        var rule = Json(Run(_bad, "--format", "json")).GetProperty("artifacts")[0].GetProperty("findings").EnumerateArray().First(static f => f.GetProperty("severity").GetString() == "critical").GetProperty("rule").GetString();
        _folder.Write("assay.yaml", $"waivers:\n  - {{ rule: {rule}, path: bad.pkl, owner: jane, reason: a test, expires: 2999-01-01 }}\n");
        var run = Run(_bad, "--format", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("jane", Json(run).GetProperty("waived")[0].GetProperty("waiver").GetProperty("owner").GetString());
    }

    [Fact]
    public void A_report_file_leaves_only_a_few_lines_for_the_log()
    {
        var run = Run(_bad, "--format", "sarif", "--output", _folder["a.sarif"]);
        Assert.Equal("", run.Output);
        Assert.Contains("MALICIOUS", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"version\": \"2.1.0\"", File.ReadAllText(_folder["a.sarif"]), StringComparison.Ordinal);
        Assert.Equal("", Run(_bad, "--quiet", "--format", "sarif", "--output", _folder["a.sarif"]).Error);
    }

    [Fact]
    public void The_model_cache_is_found_by_its_variables()
    {
        _folder.Write("hub/models--a--b/blobs/1", PickleSamples.System());
        _folder.Link("hub/models--a--b/snapshots/r/model.bin", "../../blobs/1");
        var report = Json(CommandRun.In(_folder, ["scan", "--hf-cache", "--format", "json"], variables: ("HF_HUB_CACHE", _folder["hub"])));
        Assert.Equal("cache", report.GetProperty("targets")[0].GetProperty("kind").GetString());
        Assert.Equal("models--a--b/snapshots/r/model.bin", report.GetProperty("artifacts")[0].GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("auto", true, null, true)]
    [InlineData("auto", true, "1", false)]
    [InlineData("auto", false, null, false)]
    [InlineData("never", true, null, false)]
    [InlineData("always", false, "1", true)]
    public void Colour_is_for_terminals_and_honours_no_color(string when, bool terminal, string? noColour, bool coloured)
    {
        var run = CommandRun.In(_folder, ["scan", _bad, "--color", when], terminal: terminal, variables: noColour is null ? [] : [("NO_COLOR", noColour)]);
        Assert.Equal(coloured, run.Output.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public void Quiet_shows_the_verdict_and_what_counts()
    {
        Assert.Equal(1, Run(_good, "--quiet").Output.Count(static c => c == '\n'));
        Assert.StartsWith("✗ MALICIOUS", Run(_bad, "--quiet").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_starts_with_a_dash_goes_behind_two_dashes()
    {
        Assert.Equal(3, Run("-strange.pkl").ExitCode);
        Assert.Equal(2, Run("--", "-strange.pkl").ExitCode);
    }

    [Fact]
    public void A_name_that_starts_with_an_at_sign_is_a_path() => Assert.Contains("@gone", Run("@gone").Output, StringComparison.Ordinal);
}
