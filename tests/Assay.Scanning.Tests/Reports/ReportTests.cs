using System.Text;
using System.Text.Json;
using Assay.Scanning.Reports;
using Assay.Testing;

namespace Assay.Scanning.Tests.Reports;

public sealed class ReportTests
{
    private static readonly ReportSettings Settings = new() { WorkingFolder = "/home/jane/my models" };

    private static byte[] Written(string format, ScanReport report, ReportSettings? settings = null)
    {
        using var stream = new MemoryStream();
        ReportCatalog.Find(format)!.Write(report, stream, settings ?? Settings);
        return stream.ToArray();
    }

    private static JsonElement Json(byte[] bytes) => JsonDocument.Parse(bytes).RootElement;

    [Theory]
    [InlineData("json", "docs/schemas/assay.report.v1.schema.json")]
    [InlineData("sarif", "tests/data/schemas/sarif-schema-2.1.0.json")]
    public void A_report_is_valid_by_its_schema(string format, string schema)
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        Assert.Null(JsonSchema.WhyNot);
        Assert.Equal("", JsonSchema.Errors(schema, Written(format, SampleReport.Everything)));
        Assert.Equal("", JsonSchema.Errors(schema, Written(format, new ScanReport { Targets = [], Artifacts = [] })));
    }

    [Fact]
    public void The_schema_refuses_a_report_that_is_not_one()
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        var broken = Encoding.UTF8.GetString(Written("json", SampleReport.Everything)).Replace("\"malicious\"", "\"evil\"", StringComparison.Ordinal);
        Assert.Contains("/verdict", JsonSchema.Errors("docs/schemas/assay.report.v1.schema.json", Encoding.UTF8.GetBytes(broken)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json", "report.json")]
    [InlineData("sarif", "report.sarif")]
    public void A_report_for_programs_is_as_the_golden_file(string format, string file) =>
        Assert.Null(Golden.Difference("tests/Assay.Scanning.Tests/Reports/Golden/" + file, Encoding.UTF8.GetString(Written(format, SampleReport.Everything))));

    [Theory]
    [InlineData("everything.txt", false, false, 100, false)]
    [InlineData("everything.verbose.txt", false, true, 100, false)]
    [InlineData("everything.quiet.txt", true, false, 100, false)]
    [InlineData("everything.narrow.txt", false, false, 50, false)]
    [InlineData("everything.colour.txt", false, false, 100, true)]
    public void A_report_for_people_is_as_the_golden_file(string file, bool quiet, bool verbose, int width, bool colour)
    {
        var text = Written("text", SampleReport.Everything, Settings with { Quiet = quiet, Verbose = verbose, Width = width, Colour = colour });
        Assert.Null(Golden.Difference("tests/Assay.Scanning.Tests/Reports/Golden/" + file, Encoding.UTF8.GetString(text)));
    }

    [Fact]
    public void Text_from_a_file_never_reaches_the_terminal_as_control_characters()
    {
        var text = Encoding.UTF8.GetString(Written("text", SampleReport.Everything, Settings with { Verbose = true }));
        Assert.DoesNotContain(text, static c => (char.IsControl(c) && c != '\n') || c is '\u202e' or '\u202c');
        Assert.Contains("\\u202egpj.exe\\u202c", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_line_fits_the_terminal_but_for_what_cannot_be_broken()
    {
        var text = Encoding.UTF8.GetString(Written("text", SampleReport.Everything, Settings with { Width = 60 }));
        Assert.All(text.Split('\n').Where(static l => l.StartsWith("    ", StringComparison.Ordinal)), static l => Assert.True(l.Length <= 60, l));
    }

    [Fact]
    public void Half_a_surrogate_pair_does_not_break_a_report()
    {
        var report = SampleReport.Everything with
        {
            Artifacts = [SampleReport.Everything.Artifacts[1] with { Findings = [SampleReport.FindingOf(PickleRules.SystemCommand, message: "a\ud800b", evidence: "\udc00")] }],
        };
        foreach (var format in ReportCatalog.Formats)
            Assert.NotEmpty(Written(format.Name, report));
        Assert.Equal("a\ufffdb", Json(Written("json", report)).GetProperty("artifacts")[0].GetProperty("findings")[0].GetProperty("message").GetString());
    }

    [Fact]
    public void Json_and_sarif_agree_on_fingerprints()
    {
        var json = Json(Written("json", SampleReport.Everything));
        var fromJson = json.GetProperty("artifacts").EnumerateArray().Concat(json.GetProperty("targets").EnumerateArray())
            .SelectMany(static o => o.GetProperty("findings").EnumerateArray()).Concat(json.GetProperty("waived").EnumerateArray())
            .Select(static f => f.GetProperty("fingerprint").GetString()).Order(StringComparer.Ordinal);
        var fromSarif = Json(Written("sarif", SampleReport.Everything)).GetProperty("runs").EnumerateArray()
            .SelectMany(static r => r.GetProperty("results").EnumerateArray())
            .Select(static r => r.GetProperty("partialFingerprints").GetProperty("assay/v1").GetString()).Order(StringComparer.Ordinal);
        Assert.Equal(fromJson, fromSarif);
    }

    [Fact]
    public void Sarif_addresses_are_relative_where_they_can_be_and_escaped()
    {
        var report = SampleReport.Everything with
        {
            Targets = [new TargetReport { Target = "/home/jane/my models/a b", Kind = TargetKind.Folder, Verdict = Verdict.Malicious }, new TargetReport { Target = "/else/ü.pkl", Kind = TargetKind.File, Verdict = Verdict.Malicious }],
            Artifacts =
            [
                SampleReport.Everything.Artifacts[1] with { Target = "/home/jane/my models/a b", Path = "50%#.bin", Findings = [SampleReport.FindingOf(PickleRules.SystemCommand, "50%#.bin")] },
                SampleReport.Everything.Artifacts[1] with { Target = "/else/ü.pkl", Path = "ü.pkl", Findings = [SampleReport.FindingOf(PickleRules.SystemCommand, "ü.pkl")] },
            ],
        };
        var locations = Json(Written("sarif", report)).GetProperty("runs").EnumerateArray()
            .Select(static r => r.GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation")).ToList();
        Assert.Equal("a%20b/50%25%23.bin", locations[0].GetProperty("uri").GetString());
        Assert.Equal("%SRCROOT%", locations[0].GetProperty("uriBaseId").GetString());
        Assert.Equal("file:///else/%C3%BC.pkl", locations[1].GetProperty("uri").GetString());
        Assert.False(locations[1].TryGetProperty("uriBaseId", out _));
    }

    [Fact]
    public void More_targets_than_a_service_takes_share_one_sarif_run()
    {
        var targets = Enumerable.Range(0, 21).Select(static i => new TargetReport { Target = $"m{i}", Kind = TargetKind.Folder, Verdict = Verdict.Clean }).ToList();
        var runs = Json(Written("sarif", new ScanReport { Targets = targets, Artifacts = [] })).GetProperty("runs");
        Assert.Equal(1, runs.GetArrayLength());
        Assert.Contains("share this run", runs[0].GetProperty("invocations")[0].GetProperty("toolExecutionNotifications")[0].GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sarif_keeps_the_worst_results_and_says_that_there_are_more()
    {
        var findings = Enumerable.Range(0, SarifReport.MaxResults + 5).Select(static i => SampleReport.FindingOf(PickleRules.UnknownFunction, message: $"call {i}")).Append(SampleReport.FindingOf(PickleRules.SystemCommand)).ToList();
        var report = SampleReport.Everything with { Targets = [SampleReport.Everything.Targets[0] with { Findings = [] }], Artifacts = [SampleReport.Everything.Artifacts[1] with { Findings = findings }], Waived = [] };
        var run = Json(Written("sarif", report)).GetProperty("runs")[0];
        Assert.Equal(SarifReport.MaxResults, run.GetProperty("results").GetArrayLength());
        Assert.Equal("PKL-002", run.GetProperty("results")[0].GetProperty("ruleId").GetString());
        Assert.Contains("most severe", run.GetProperty("invocations")[0].GetProperty("toolExecutionNotifications")[0].GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_in_a_report_has_the_version_of_the_assembly() =>
        Assert.Equal(Engine.Version, typeof(Scanner).Assembly.GetName().Version!.ToString(3));

    [Fact]
    public void Each_schema_is_embedded_as_it_is_shipped()
    {
        foreach (var name in (string[])["assay.report.v1.schema.json", "assay.config.v1.schema.json"])
        {
            using var stream = typeof(Scanner).Assembly.GetManifestResourceStream(name);
            Assert.NotNull(stream);
            using var reader = new StreamReader(stream);
            Assert.Equal(File.ReadAllText(Checkout.PathOf("docs/schemas/" + name)), reader.ReadToEnd());
        }
    }
}
