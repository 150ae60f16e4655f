using Assay.Scanning.Tests.Reports;

namespace Assay.Scanning.Tests;

public sealed class VerdictRulesTests
{
    private static readonly Incompleteness Gap = new(IncompleteReason.Unsupported, null, null, null, "not read");

    private static Finding Of(string rule, Severity severity, Confidence confidence) =>
        SampleReport.FindingOf(new Rule(rule, severity, "A rule") { Meaning = "m", HowItWorks = "h", Advice = "a" }, confidence: confidence);

    [Theory]
    [InlineData("PKL-002", Severity.Critical, Confidence.Confirmed, Verdict.Malicious)]
    [InlineData("PKL-002", Severity.Critical, Confidence.High, Verdict.Malicious)]
    [InlineData("PKL-002", Severity.Critical, Confidence.Medium, Verdict.Suspicious)]
    [InlineData("PKL-009", Severity.High, Confidence.Low, Verdict.Suspicious)]
    [InlineData("PKL-031", Severity.Medium, Confidence.Low, Verdict.Suspicious)]
    [InlineData("ARC-005", Severity.Medium, Confidence.High, Verdict.Suspicious)]
    [InlineData("ARC-005", Severity.Medium, Confidence.Medium, Verdict.Clean)]
    [InlineData("SCN-005", Severity.Low, Confidence.High, Verdict.Suspicious)]
    [InlineData("SCN-002", Severity.Medium, Confidence.High, Verdict.Incomplete)]
    [InlineData("SCN-003", Severity.Medium, Confidence.High, Verdict.Incomplete)]
    [InlineData("SCN-004", Severity.Low, Confidence.High, Verdict.Incomplete)]
    [InlineData("PKL-021", Severity.Medium, Confidence.High, Verdict.Clean)]
    [InlineData("SCN-001", Severity.Info, Confidence.Confirmed, Verdict.Clean)]
    public void One_finding_makes_a_verdict(string rule, Severity severity, Confidence confidence, Verdict verdict) =>
        Assert.Equal(verdict, VerdictRules.Of([Of(rule, severity, confidence)], []));

    [Fact]
    public void Three_mediums_of_different_families_are_suspicious()
    {
        var (a, b, c, again) = (Of("AAA-001", Severity.Medium, Confidence.High), Of("BBB-001", Severity.Medium, Confidence.High), Of("CCC-001", Severity.Medium, Confidence.High), Of("AAA-002", Severity.Medium, Confidence.High));
        Assert.Equal(Verdict.Suspicious, VerdictRules.Of([a, b, c], []));
        Assert.Equal(Verdict.Clean, VerdictRules.Of([a, b, again], []));
    }

    [Fact]
    public void A_gap_alone_is_incomplete_and_never_hides_what_is_worse()
    {
        Assert.Equal(Verdict.Incomplete, VerdictRules.Of([], [Gap]));
        Assert.Equal(Verdict.Suspicious, VerdictRules.Of([Of("PKL-009", Severity.High, Confidence.High)], [Gap]));
    }

    [Fact]
    public void What_is_observed_or_known_weighs_nothing()
    {
        Assert.Equal(Verdict.Clean, VerdictRules.Of([SampleReport.FindingOf(SampleReport.ObservedRule)], []));
        Assert.Equal(Verdict.Clean, VerdictRules.Of([SampleReport.FindingOf(PickleRules.SystemCommand) with { Baselined = true }], []));
    }

    [Theory]
    [InlineData(IncompleteReason.Limit, "SCN-003")]
    [InlineData(IncompleteReason.Truncated, "SCN-004")]
    [InlineData(IncompleteReason.Encrypted, "SCN-002")]
    [InlineData(IncompleteReason.Unsupported, "SCN-002")]
    [InlineData(IncompleteReason.Unreadable, "SCN-002")]
    public void Each_gap_has_a_rule(IncompleteReason reason, string rule) => Assert.Equal(rule, VerdictRules.RuleOf(reason));
}
