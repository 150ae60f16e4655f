using System.Text;
using Assay.Scanning.Policy;
using Assay.Scanning.Tests.Reports;
using Assay.Testing;

namespace Assay.Scanning.Tests.Policy;

public sealed class AdmissionEvidenceTests
{
    private static readonly Finding Command = SampleReport.FindingOf(PickleRules.SystemCommand, "a.pkl", confidence: Confidence.Confirmed, message: "Loading this file runs: os.system('id')");
    private static readonly Finding Note = SampleReport.FindingOf(PickleRules.PlainGetattr, "a.pkl", Severity.Info);

    private static ScanReport Report(params ArtifactReport[] artifacts) => new()
    {
        Targets = [new TargetReport { Target = "t", Kind = TargetKind.Folder, Verdict = artifacts.Length == 0 ? Verdict.Clean : artifacts.Max(static a => a.Verdict) }],
        Artifacts = artifacts,
    };

    private static ArtifactReport Artifact(string path, params Finding[] findings) => new()
    {
        Target = "t",
        Path = path,
        Format = "pickle",
        Size = 10,
        Sha256 = new string('a', 64),
        Verdict = VerdictRules.Of(findings, []),
        Findings = findings,
    };

    private static string Json(AdmissionEvidence evidence) => Encoding.UTF8.GetString(AdmissionEvidenceJson.Write(evidence));

    [Fact]
    public void A_scan_and_its_evidence_agree_on_the_verdict_and_the_sample_report_is_kept()
    {
        var evidence = AdmissionEvidence.Of(SampleReport.Everything, EvidenceSamples.Acme);
        Assert.Equal(Verdict.Malicious, evidence.Verdict);
        Assert.Equal(SampleReport.Everything.Artifacts.Sum(static a => a.Size), evidence.TotalSize);
        Assert.Equal(["known file.pkl", "pytorch_model.bin", "read me.md", "-"], evidence.Files.Select(static f => f.Path));
        Assert.Equal(new CleanFile("waived.pkl", "pickle", 12), Assert.Single(evidence.CleanFiles));
        var model = evidence.Files[1];
        Assert.Equal(("PKL-002", Confidence.Confirmed, "archive/data.pkl"), (model.Findings[0].Rule, model.Findings[0].Confidence, model.Findings[0].Member));
        Assert.Equal(SampleReport.Everything.Artifacts[1].Findings[0].Fingerprint, model.Findings[0].Fingerprint);
        Assert.True(Assert.Single(evidence.Files[0].Findings).Baselined);
        Assert.Equal(RuleStage.Observed, Assert.Single(evidence.Files[2].Findings).Stage);
        Assert.Equal([IncompleteReason.Limit, IncompleteReason.Encrypted], evidence.Files[3].Gaps.Select(static g => g.Reason));
        Assert.Equal("SCN-006", Assert.Single(evidence.Findings).Rule);
        Assert.Equal(IncompleteReason.Unreadable, Assert.Single(evidence.Gaps).Reason);
        Assert.Equal(Verdict.Malicious, EvidenceSamples.Decide("balanced", evidence).Verdict);
    }

    [Fact]
    public void Evidence_and_decision_survive_as_json()
    {
        foreach (var facts in new[] { new RepositoryFacts(), EvidenceSamples.Acme, EvidenceSamples.Acme with { Assessment = new AssessmentEvidence(AssessmentAction.Warn, ["A reason – with a dash"]) } })
        {
            var evidence = AdmissionEvidence.Of(SampleReport.Everything, facts);
            var json = AdmissionEvidenceJson.Write(evidence);
            var again = AdmissionEvidenceJson.ReadEvidence(json);
            Assert.Equal(json, AdmissionEvidenceJson.Write(again));
            foreach (var profile in PolicyProfiles.Names)
            {
                var decision = EvidenceSamples.Decide(profile, evidence);
                var kept = AdmissionEvidenceJson.Write(decision);
                Assert.Equal(kept, AdmissionEvidenceJson.Write(EvidenceSamples.Decide(profile, again)));
                Assert.Equal(kept, AdmissionEvidenceJson.Write(AdmissionEvidenceJson.ReadDecision(kept)));
            }
        }
    }

    [Fact]
    public void The_words_in_json_are_those_of_reports()
    {
        var json = Json(AdmissionEvidence.Of(Report(Artifact("a.pkl", Command)), EvidenceSamples.Acme));
        foreach (var words in new[] { "\"schema\":\"assay.evidence/v1\"", "\"kind\":\"model\"", "\"verdict\":\"malicious\"", "\"severity\":\"critical\"", "\"confidence\":\"confirmed\"", "\"effect\":\"load\"", "\"stage\":\"active\"" })
            Assert.Contains(words, json, StringComparison.Ordinal);
        var decision = Encoding.UTF8.GetString(AdmissionEvidenceJson.Write(EvidenceSamples.Decide("balanced", EvidenceSamples.Of(EvidenceSamples.Malicious()))));
        Assert.Contains("\"schema\":\"assay.decision/v1\",\"outcome\":\"rejected\"", decision, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("null", "null")]
    [InlineData("[]", "not as Assay writes it")]
    [InlineData("{\"schema\":\"assay.evidence/v1\"}", "not as Assay writes it")]
    [InlineData("v1|v2", "\"assay.evidence/v2\" is not known")]
    [InlineData("\"files\":[|\"files\":[null,", "a list holds null")]
    [InlineData("\"member\":null,|", "not as Assay writes it")]
    [InlineData("\"files\":[|\"files\":[7,", "not as Assay writes it")]
    [InlineData("\"verdict\":\"malicious\"|\"verdict\":\"evil\"", "not as Assay writes it")]
    [InlineData("\"verdict\":\"malicious\"|\"verdict\":3", "not as Assay writes it")]
    [InlineData("\"findings\":[{|\"findings\":[null,{", "a list holds null")]
    [InlineData("\"cleanFiles\":[]|\"cleanFiles\":null", "not as Assay writes it")]
    public void What_is_no_evidence_is_an_error_with_words(string change, string words)
    {
        var json = change.Contains('|')
            ? Json(AdmissionEvidence.Of(Report(Artifact("a.pkl", Command)), EvidenceSamples.Acme)).Replace(change[..change.IndexOf('|')], change[(change.IndexOf('|') + 1)..], StringComparison.Ordinal)
            : change;
        Assert.Contains(words, Assert.Throws<InvalidDataException>(() => AdmissionEvidenceJson.ReadEvidence(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_newer_version_added_is_skipped()
    {
        var json = Json(EvidenceSamples.Of(EvidenceSamples.Malicious()));
        var newer = json.Replace("{\"schema\"", "{\"origin\":{\"upstream\":1},\"schema\"", StringComparison.Ordinal);
        Assert.Equal(json, Json(AdmissionEvidenceJson.ReadEvidence(Encoding.UTF8.GetBytes(newer))));
    }

    [Fact]
    public void Findings_are_bounded_and_what_is_left_out_still_weighs()
    {
        var many = Enumerable.Range(0, 1000).Select(static i => Note with { Evidence = $"note {i}" }).Append(Command).ToArray();
        var file = Assert.Single(AdmissionEvidence.Of(Report(Artifact("a.pkl", many)), EvidenceSamples.Acme).Files);
        Assert.Equal((AdmissionEvidence.MaxFindingsPerFile, 937, Verdict.Clean), (file.Findings.Count, file.OmittedFindings, file.OmittedVerdict));
        Assert.Equal("PKL-002", file.Findings[0].Rule);

        var bad = Enumerable.Range(0, 100).Select(static i => Command with { Evidence = $"call {i}" }).ToArray();
        Assert.Equal(Verdict.Malicious, Assert.Single(AdmissionEvidence.Of(Report(Artifact("a.pkl", bad)), EvidenceSamples.Acme).Files).OmittedVerdict);

        // Two families among the kept, the third among the omitted: together they are suspicious.
        var mediums = Enumerable.Range(0, 63).Select(static i => SampleReport.FindingOf(NetworkRules.RawAddress, "a.pkl", Severity.Medium, Confidence.Medium, evidence: $"{i}"))
            .Append(SampleReport.FindingOf(ObfuscationRules.ObfuscatedCode, "a.pkl", Severity.Medium, Confidence.Medium)).Append(SampleReport.FindingOf(ScriptRules.ScriptFile, "a.pkl", Severity.Medium, Confidence.Medium)).ToArray();
        var artifact = Artifact("a.pkl", mediums);
        Assert.Equal(Verdict.Suspicious, artifact.Verdict);
        Assert.Equal(Outcome.Quarantined, EvidenceSamples.Decide("balanced", AdmissionEvidence.Of(Report(artifact), EvidenceSamples.Acme)).Outcome);
    }

    [Fact]
    public void Messages_are_bounded_and_whole_characters()
    {
        var finding = Command with { Message = new string('x', 398) + "😀😀😀", Location = new Location("a.pkl", "half \ud83d", null) };
        var kept = Assert.Single(Assert.Single(AdmissionEvidence.Of(Report(Artifact("a.pkl", finding)), EvidenceSamples.Acme).Files).Findings);
        Assert.Equal(new string('x', 398) + "…", kept.Message);
        Assert.Equal("half \ufffd", kept.Member);
    }

    [Fact]
    public void A_hundred_thousand_files_are_kept_and_more_are_a_gap()
    {
        var files = Enumerable.Range(0, AdmissionEvidence.MaxFiles + 5).Select(static i => Artifact($"data/{i}.txt")).Append(Artifact("z.pkl", Command)).ToArray();
        var evidence = AdmissionEvidence.Of(Report(files), EvidenceSamples.Acme);
        Assert.Equal(AdmissionEvidence.MaxFiles, evidence.Files.Count + evidence.CleanFiles.Count);
        Assert.Equal("z.pkl", Assert.Single(evidence.Files).Path);
        Assert.Equal(new GapEvidence(IncompleteReason.Limit, "Only 100000 files of 100006 are part of the evidence.", 6), Assert.Single(evidence.Gaps));
        Assert.Equal(10L * files.Length, evidence.TotalSize);
        var decision = EvidenceSamples.Decide("balanced", evidence);
        Assert.Equal(["z.pkl", null], decision.Reasons.Select(static r => r.File));
    }

    [Fact]
    public void A_scanned_folder_is_decided_as_its_report_says()
    {
        using var folder = new TemporaryFolder();
        folder.Write("honest.pkl", PickleSamples.Honest());
        var scanner = new Scanner(new ScanOptions { Jobs = 1 });
        Decision Decide() => EvidenceSamples.Decide("balanced", AdmissionEvidence.Of(scanner.Scan([ScanTarget.ForPath(folder.Path)], TestContext.Current.CancellationToken), EvidenceSamples.Acme));
        Assert.Equal(Outcome.Admitted, Decide().Outcome);
        folder.Write("weights.pkl", PickleSamples.System());
        var refused = Decide();
        Assert.Equal(Outcome.Rejected, refused.Outcome);
        Assert.StartsWith("weights.pkl is malicious: loading this file runs", refused.Summary, StringComparison.Ordinal);
    }
}
