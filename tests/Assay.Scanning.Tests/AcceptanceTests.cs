using Assay.Scanning.Tests.Reports;

namespace Assay.Scanning.Tests;

public sealed class AcceptanceTests
{
    private static readonly Finding Command = SampleReport.FindingOf(PickleRules.SystemCommand, "sub/a.pkl");

    private static readonly ArtifactReport Report = new()
    {
        Target = "t",
        Path = "sub/a.pkl",
        Format = "pickle",
        Size = 1,
        Sha256 = new string('a', 64),
        Verdict = Verdict.Malicious,
        Findings = [Command],
    };

    private static Waiver Until(string day, string rule = "PKL-002", string? path = "sub/*.pkl", string? sha256 = null) =>
        new(rule, path, sha256, "jane", "because", DateOnly.ParseExact(day, "yyyy-MM-dd"));

    private static Acceptance With(params Waiver[] waivers) => new(new ScanOptions { Waivers = waivers, Clock = new FixedClock() });

    [Fact]
    public void A_waiver_moves_the_finding_aside_and_the_verdict_is_made_anew()
    {
        var acceptance = With(Until("2026-11-23"));
        var report = acceptance.Apply(Report);
        Assert.Equal(Verdict.Clean, report.Verdict);
        Assert.Empty(report.Findings);
        Assert.Equal(Command, Assert.Single(acceptance.Waived).Finding);
    }

    [Fact]
    public void A_waiver_that_expired_is_not_applied_and_is_named()
    {
        var acceptance = With(Until("2026-11-22"));
        Assert.Equal(Verdict.Malicious, acceptance.Apply(Report).Verdict);
        Assert.Contains("expired on 2026-11-22", Assert.Single(acceptance.Notes).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PKL-001", "sub/*.pkl", false)]
    [InlineData("pkl-002", "sub/a.pkl", true)]
    [InlineData("PKL-002", "a.pkl", false)]
    [InlineData("PKL-002", "**/a.pkl", true)]
    public void A_waiver_counts_for_its_rule_and_its_whole_path_only(string rule, string path, bool applies) =>
        Assert.Equal(applies ? Verdict.Clean : Verdict.Malicious, With(Until("2027-01-01", rule, path)).Apply(Report).Verdict);

    [Theory]
    [InlineData('A', true)]
    [InlineData('b', false)]
    public void A_waiver_can_be_bound_to_content(char digit, bool applies) =>
        Assert.Equal(applies ? Verdict.Clean : Verdict.Malicious, With(Until("2027-01-01", path: null, sha256: new string(digit, 64))).Apply(Report).Verdict);

    [Fact]
    public void A_waived_gap_no_longer_makes_the_artifact_incomplete()
    {
        var gap = Report with { Findings = [], Verdict = Verdict.Incomplete, Incomplete = [new Incompleteness(IncompleteReason.Unsupported, null, null, null, "not read")] };
        Assert.Equal(Verdict.Clean, With(Until("2027-01-01", "SCN-002")).Apply(gap).Verdict);
        Assert.Equal(Verdict.Incomplete, With(Until("2027-01-01", "SCN-003")).Apply(gap).Verdict);
    }

    [Fact]
    public void A_known_finding_stays_and_does_not_count()
    {
        var acceptance = new Acceptance(new ScanOptions { Baseline = new HashSet<string> { Command.Fingerprint } });
        var report = acceptance.Apply(Report);
        Assert.Equal(Verdict.Clean, report.Verdict);
        Assert.True(Assert.Single(report.Findings).Baselined);
        Assert.Equal(1, acceptance.Baselined);
    }

    [Fact]
    public void What_is_new_beside_the_known_counts()
    {
        var acceptance = new Acceptance(new ScanOptions { Baseline = new HashSet<string> { Command.Fingerprint } });
        Assert.Equal(Verdict.Malicious, acceptance.Apply(Report with { Findings = [Command, Command with { Evidence = "another" }] }).Verdict);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 23, 23, 0, 0, TimeSpan.Zero);
    }
}
