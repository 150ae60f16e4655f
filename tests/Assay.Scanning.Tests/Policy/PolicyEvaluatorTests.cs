using Assay.Scanning.Policy;
using Assay.Testing;
using static Assay.Scanning.Tests.Policy.EvidenceSamples;

namespace Assay.Scanning.Tests.Policy;

public sealed class PolicyEvaluatorTests
{
    private static readonly FindingEvidence Odd = Finding("PKL-030", Severity.High, Confidence.Medium, "legacy/odd.pkl", "This file uses acme.thing");

    public static TheoryData<string, Outcome, Outcome, Outcome> Profiles() => new()
    {
        { "clean", Outcome.Admitted, Outcome.Admitted, Outcome.Admitted },
        { "noted", Outcome.Admitted, Outcome.Admitted, Outcome.Admitted },
        { "malicious", Outcome.Rejected, Outcome.Rejected, Outcome.Rejected },
        { "suspicious", Outcome.Admitted, Outcome.Quarantined, Outcome.Rejected },
        { "limit", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
        { "encrypted", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
        { "truncated", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
        { "unreadable", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
        { "unsupported", Outcome.Admitted, Outcome.Admitted, Outcome.Quarantined },
        { "allow", Outcome.Admitted, Outcome.Admitted, Outcome.Admitted },
        { "label", Outcome.Admitted, Outcome.Admitted, Outcome.Admitted },
        { "warn", Outcome.Admitted, Outcome.Admitted, Outcome.Quarantined },
        { "hold", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
        { "block", Outcome.Quarantined, Outcome.Rejected, Outcome.Rejected },
        { "no licence", Outcome.Admitted, Outcome.Admitted, Outcome.Quarantined },
        { "malicious as a whole", Outcome.Rejected, Outcome.Rejected, Outcome.Rejected },
        { "not all read", Outcome.Admitted, Outcome.Quarantined, Outcome.Quarantined },
    };

    [Theory]
    [MemberData(nameof(Profiles))]
    public void The_profiles_decide(string what, Outcome permissive, Outcome balanced, Outcome strict)
    {
        var evidence = what switch
        {
            "clean" => Of(),
            "noted" => Of(Noted()),
            "malicious" => Of(Noted(), Malicious()),
            "suspicious" => Of(Suspicious()),
            "no licence" => Of() with { Repository = Acme with { Licences = null } },
            "malicious as a whole" => Of() with { Findings = [Finding(path: "README.md")], Verdict = Verdict.Malicious },
            "not all read" => Of() with { Gaps = [Gap(IncompleteReason.Unreadable)], Verdict = Verdict.Incomplete },
            _ when Enum.TryParse<IncompleteReason>(what, true, out var reason) => Of(Incomplete(reason)),
            _ => Of() with { Repository = Acme with { Assessment = new AssessmentEvidence(Enum.Parse<AssessmentAction>(what, true), ["The card is that of openai/privacy-filter."]) } },
        };
        Assert.Equal([permissive, balanced, strict], PolicyProfiles.Names.Select(n => Decide(n, evidence).Outcome));
    }

    [Theory]
    [InlineData("verdict: suspicious", true)]
    [InlineData("verdict: [incomplete, suspicious]", true)]
    [InlineData("verdict: malicious", false)]
    [InlineData("verdict: clean", true)] // the other files
    [InlineData("incomplete: encrypted", true)]
    [InlineData("incomplete: [limit, truncated]", false)]
    [InlineData("rule: PKL-030", true)]
    [InlineData("rule: pkl-03?", true)]
    [InlineData("rule: PKL-*", true)]
    [InlineData("rule: PKL-031", false)]
    [InlineData("rule: SCN-002", true)] // of the gap
    [InlineData("severity: high", true)]
    [InlineData("severity: [low, critical]", false)]
    [InlineData("severity-at-least: medium", true)]
    [InlineData("severity-at-least: critical", false)]
    [InlineData("confidence-at-least: medium", true)]
    [InlineData("confidence-at-least: high", false)]
    [InlineData("format: pickle", true)]
    [InlineData("format: pytorch-*", true)] // one of two of a polyglot
    [InlineData("format: gguf", false)]
    [InlineData("file: legacy/*.pkl", true)]
    [InlineData("file: '*.pkl'", false)]
    [InlineData("file: '**/*.safetensors'", true)]
    [InlineData("file-size-above: 999B", true)]
    [InlineData("file-size-above: 4.3KB", false)]
    [InlineData("size-above: 7KB", false)]
    [InlineData("size-above: 6.9KB", true)]
    [InlineData("kind: model", true)]
    [InlineData("kind: [dataset, space]", false)]
    [InlineData("repository: ACME/*", true)]
    [InlineData("repository: acme/other", false)]
    [InlineData("repository: '*/weights'", true)]
    [InlineData("publisher: Acme", true)]
    [InlineData("publisher: acme-*", false)]
    [InlineData("publisher-level-at-least: 2", true)]
    [InlineData("publisher-level-at-least: 3", false)]
    [InlineData("publisher-level-below: 3", true)]
    [InlineData("publisher-level-below: 2", false)]
    [InlineData("publisher-age-below: 401d", true)]
    [InlineData("publisher-age-below: 57w", false)]
    [InlineData("repository-age-below: 31d", true)]
    [InlineData("repository-age-below: 720h", false)]
    [InlineData("licence: Apache-2.0", true)]
    [InlineData("licence: [mit, none]", false)]
    [InlineData("licence-not: [mit]", true)]
    [InlineData("licence-not: [mit, apache-2.0]", false)]
    [InlineData("assessment: warn", true)]
    [InlineData("assessment: [hold, block]", false)]
    [InlineData("assessment-reason: card-copied", true)]
    [InlineData("assessment-reason: [name-*, programs]", true)]
    [InlineData("assessment-reason: programs", false)]
    [InlineData("assessment: warn, assessment-reason: card-*", true)]
    [InlineData("first-publication: true", true)]
    [InlineData("first-publication: false", false)]
    [InlineData("rule: PKL-030, file: legacy/**, severity: high", true)]
    [InlineData("rule: PKL-030, file: '*.pt'", false)] // one file has the finding, another the name
    [InlineData("rule: PT-001, severity: high", false)] // one finding is of the rule, another of the severity
    [InlineData("rule: PKL-030, publisher: acme, kind: model", true)]
    [InlineData("rule: PKL-030, publisher: other", false)]
    [InlineData("rule: PKL-030, verdict: suspicious", true)]
    [InlineData("rule: PKL-030, verdict: clean", false)]
    [InlineData("incomplete: encrypted, file: secret.zip", true)]
    [InlineData("incomplete: encrypted, file: model.pt", false)]
    public void A_condition_holds(string when, bool holds)
    {
        var evidence = Of(
            File("legacy/odd.pkl", [Odd], format: "pickle+pytorch-legacy", size: 1001),
            File("model.pt", [Finding("PT-001", Severity.Info, Confidence.Low, "model.pt")], format: "pytorch-zip", size: 500),
            File("secret.zip", [], [Gap(IncompleteReason.Encrypted)], "zip", 499)) with
        { Repository = Acme with { IsFirstPublication = true, Assessment = new AssessmentEvidence(AssessmentAction.Warn, []) { Codes = ["name-near-publisher", "card-copied"] } } };
        Assert.Equal(7000, evidence.TotalSize);
        Assert.Equal(holds ? Outcome.Rejected : Outcome.Admitted, Decide(Clause(when, "reject"), evidence).Outcome);
    }

    [Theory]
    [InlineData("publisher-level-below: 0", true)]
    [InlineData("publisher-level-at-least: 0", false)]
    [InlineData("publisher-age-below: 1h", true)]
    [InlineData("repository-age-below: 1h", true)]
    [InlineData("licence: none", true)]
    [InlineData("licence-not: [mit]", true)]
    [InlineData("licence-not: [mit, none]", false)]
    [InlineData("publisher: '?*'", false)]
    [InlineData("repository: '*/*'", false)]
    [InlineData("repository: '**'", true)]
    [InlineData("kind: [model, dataset, space]", false)]
    [InlineData("assessment: [allow, label, warn, hold, block]", false)]
    [InlineData("assessment-reason: '*'", false)]
    [InlineData("first-publication: true", true)]
    [InlineData("first-publication: false", false)]
    public void What_is_not_known_counts_as_the_worst(string when, bool holds) =>
        Assert.Equal(holds ? Outcome.Rejected : Outcome.Admitted, Decide(Clause(when, "reject"), Of() with { Repository = new RepositoryFacts() }).Outcome);

    [Fact]
    public void What_restricts_adds_up_and_the_worst_wins()
    {
        var policy = PolicyOf("""
            profile: none
            clauses:
              - { name: odd, when: { rule: PKL-030 }, then: quarantine, because: Odd things wait. }
              - { name: old, when: { file: legacy/** }, then: reject, because: Nothing old. }
              - { name: big, when: { size-above: 1B }, then: quarantine, because: Too big. }
            """);
        var decision = Decide(policy, Of(File("legacy/odd.pkl", [Odd])));
        Assert.Equal(Outcome.Rejected, decision.Outcome);
        Assert.Equal(["old", "odd", "big"], decision.Reasons.Select(static r => r.Clause));
        Assert.Equal("legacy/odd.pkl is suspicious: this file uses acme.thing.", decision.Summary);
        var reason = decision.Reasons[1];
        Assert.Equal(("legacy/odd.pkl", "PKL-030", Odd.Fingerprint, "Odd things wait.", Outcome.Quarantined), (reason.File, reason.Rule, reason.Fingerprint, reason.Because, reason.Outcome));
    }

    [Theory]
    [InlineData("rule: PKL-030", Outcome.Admitted)]
    [InlineData("file: legacy/**", Outcome.Admitted)]
    [InlineData("publisher: acme", Outcome.Admitted)]
    [InlineData("verdict: suspicious, publisher-level-at-least: 2", Outcome.Admitted)]
    [InlineData("publisher: other", Outcome.Quarantined)]
    [InlineData("file: model/**", Outcome.Quarantined)]
    [InlineData("rule: PKL-031", Outcome.Quarantined)]
    [InlineData("incomplete: limit", Outcome.Quarantined)]
    public void What_admits_shields_from_the_clauses_below(string when, Outcome outcome)
    {
        var evidence = Of(File("legacy/odd.pkl", [Odd]));
        Assert.Equal(outcome, Decide(Clause(when, "admit", "balanced"), evidence).Outcome);
        var above = PolicyOf($$"""
            clauses:
              - { name: above, when: { rule: PKL-030 }, then: reject, because: No. }
              - { name: mine, when: { {{when}} }, then: admit, because: Yes. }
            """);
        Assert.Equal(Outcome.Rejected, Decide(above, evidence).Outcome);
    }

    [Fact]
    public void What_admits_does_not_reach_the_clauses_above()
    {
        var policy = PolicyOf("""
            profile: none
            clauses:
              - { name: above, when: { verdict: suspicious }, then: quarantine, because: Look. }
              - { name: exception, when: { rule: PKL-030 }, then: admit, because: Ours. }
              - { name: below, when: { verdict: suspicious }, then: reject, because: No. }
            """);
        var decision = Decide(policy, Of(File("legacy/odd.pkl", [Odd])));
        Assert.Equal(Outcome.Quarantined, decision.Outcome);
        Assert.Equal(["above", "exception"], decision.Reasons.Select(static r => r.Clause));
    }

    [Theory]
    [InlineData("publisher: acme")]
    [InlineData("file: '**'")]
    [InlineData("rule: '*'")]
    [InlineData("severity-at-least: info")]
    [InlineData("verdict: suspicious")]
    [InlineData("format: pickle")]
    public void What_is_malicious_is_never_admitted_by_a_clause_that_does_not_say_so(string when)
    {
        foreach (var profile in PolicyProfiles.Names)
            Assert.Equal(Outcome.Rejected, Decide(Clause(when, "admit", profile), Of(File("weights.pkl", [Finding(), Odd with { Path = "weights.pkl" }]))).Outcome);
        var alone = Clause(when, "admit", "none");
        Assert.Equal(Outcome.Rejected, Decide(alone, Of(Malicious())).Outcome);
        Assert.Equal(Outcome.Rejected, Decide(alone, Of() with { Findings = [Finding()] }).Outcome);
    }

    [Fact]
    public void A_file_that_is_malicious_by_what_was_omitted_is_not_admitted_by_its_parts()
    {
        var file = File("weights.pkl", [Odd with { Path = "weights.pkl" }]) with { OmittedFindings = 9, OmittedVerdict = Verdict.Malicious, Verdict = Verdict.Malicious };
        Assert.Equal(Outcome.Rejected, Decide(Clause("rule: PKL-030", "admit"), Of(file)).Outcome);
        Assert.Equal(Outcome.Rejected, Decide(Clause("publisher: acme", "admit"), Of(file)).Outcome);
    }

    [Fact]
    public void A_clause_that_names_malicious_admits_it_on_record()
    {
        var decision = Decide(Clause("verdict: malicious, file: tests/**", "admit", "strict"), Of(Malicious("tests/sample.pkl")));
        Assert.Equal((Outcome.Admitted, Verdict.Malicious), (decision.Outcome, decision.Verdict));
        Assert.Equal("mine", decision.Reasons[0].Clause);
        Assert.Equal("Admitted with caution: tests/sample.pkl is malicious: loading this file runs: os.system('id').", decision.Summary);
        Assert.Equal(Outcome.Rejected, Decide(Clause("verdict: malicious, file: tests/**", "admit", "strict"), Of(Malicious("tests/sample.pkl"), Malicious())).Outcome);
    }

    [Fact]
    public void An_admitted_finding_does_not_hide_another_in_the_same_file()
    {
        var policy = Clause("rule: DOC-001", "admit", "balanced");
        var lure = Finding("DOC-001", Severity.High, Confidence.High, "a.pkl");
        Assert.Equal(Outcome.Admitted, Decide(policy, Of(File("a.pkl", [lure]))).Outcome);
        Assert.Equal(Outcome.Quarantined, Decide(policy, Of(File("a.pkl", [lure, Odd with { Path = "a.pkl" }]))).Outcome);
        Assert.Equal(Outcome.Rejected, Decide(policy, Of(File("a.pkl", [lure, Finding(path: "a.pkl")]))).Outcome);
        Assert.Equal(Outcome.Quarantined, Decide(policy, Of(File("a.pkl", [lure], [Gap(IncompleteReason.Limit)]))).Outcome);
    }

    [Fact]
    public void Findings_that_count_together_are_judged_together_again_when_one_is_admitted()
    {
        static FindingEvidence Medium(string rule) => Finding(rule, Severity.Medium, Confidence.Medium, "a.pkl");
        var file = File("a.pkl", [Medium("NET-001"), Medium("OBF-001"), Medium("SEC-001")]);
        Assert.Equal(Verdict.Suspicious, file.Verdict);
        Assert.Equal(Outcome.Quarantined, Decide("balanced", Of(file)).Outcome);
        var decision = Decide(Clause("rule: SEC-001", "admit", "balanced"), Of(file));
        Assert.Equal(Outcome.Admitted, decision.Outcome);
        Assert.Equal("SEC-001", Assert.Single(decision.Reasons).Rule);
    }

    [Fact]
    public void A_block_is_admitted_only_by_a_clause_that_names_it()
    {
        var evidence = Of() with { Repository = Acme with { Assessment = new AssessmentEvidence(AssessmentAction.Block, ["The card is that of openai/privacy-filter."]) } };
        var decision = Decide(Clause("publisher: acme", "admit", "balanced"), evidence);
        Assert.Equal(Outcome.Rejected, decision.Outcome);
        Assert.Equal("acme/weights: It passes itself off as the work of somebody else. The card is that of openai/privacy-filter.", decision.Summary);
        Assert.Equal(Outcome.Admitted, Decide(Clause("publisher: acme, assessment: block", "admit", "balanced"), evidence).Outcome);
    }

    [Theory]
    [InlineData("suspicious", Outcome.Quarantined)]
    [InlineData("incomplete", Outcome.Quarantined)]
    [InlineData("malicious", Outcome.Rejected)]
    [InlineData("clean", Outcome.Admitted)]
    public void What_no_clause_speaks_of_is_judged_by_its_verdict(string verdict, Outcome outcome)
    {
        var evidence = verdict switch
        {
            "suspicious" => Of(Suspicious()),
            "incomplete" => Of(Incomplete(IncompleteReason.Unsupported)),
            "malicious" => Of(Malicious()),
            _ => Of(Noted()),
        };
        var decision = Decide(Clause("kind: space", "reject", "none"), evidence);
        Assert.Equal(outcome, decision.Outcome);
        Assert.All(decision.Reasons, static r => Assert.Equal(PolicyReader.DefaultClause, r.Clause));
    }

    [Fact]
    public void Observed_and_baselined_findings_have_no_say()
    {
        var file = File("a.pkl", [Finding() with { Stage = RuleStage.Observed }, Finding() with { Baselined = true }]);
        var decision = Decide(Clause("rule: PKL-002", "reject", "strict"), Of(file));
        Assert.Equal((Outcome.Admitted, Verdict.Clean), (decision.Outcome, decision.Verdict));
    }

    [Fact]
    public void A_finding_that_only_says_that_there_is_a_gap_stands_and_falls_with_the_gap()
    {
        var said = Finding("SCN-002", Severity.Medium, Confidence.Medium, "blob.bin", "The format is not analysed");
        Assert.Equal(Outcome.Admitted, Decide("balanced", Of(File("blob.bin", [said], [Gap(IncompleteReason.Unsupported)]))).Outcome);
        Assert.Equal(Outcome.Quarantined, Decide("balanced", Of(File("blob.bin", [said], [Gap(IncompleteReason.Encrypted)]))).Outcome);
        Assert.Equal(Outcome.Quarantined, Decide("balanced", Of(File("blob.bin", [said]))).Outcome);
    }

    [Fact]
    public void What_the_scanner_recorded_is_never_judged_milder()
    {
        var evidence = Of(File("legacy/odd.pkl", [Odd]), File("a.pkl", []) with { Verdict = Verdict.Suspicious });
        var decision = Decide(PolicyOf(Waivers), evidence);
        Assert.Equal((Outcome.Quarantined, "a.pkl"), (decision.Outcome, Assert.Single(decision.Reasons).File));
        Assert.Equal(Outcome.Rejected, Decide("balanced", Of() with { Verdict = Verdict.Malicious }).Outcome);
    }

    [Fact]
    public void The_worked_example_of_the_guide_comes_out_as_it_says()
    {
        var guide = System.IO.File.ReadAllText(Checkout.PathOf("docs/guides/policy.md"));
        var start = guide.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        var policy = PolicyOf(guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)]);
        var call = Finding("PKL-031", Severity.Medium, Confidence.Medium, "legacy/a.pkl", "Loading this file calls acme.thing()");
        var twice = Finding("ARC-005", Severity.Medium, Confidence.High, "checkpoints/b.pt", "Two members have one name");
        AdmissionEvidence Pushed(params FindingEvidence[] findings) => Of(File("legacy/a.pkl", findings), File("checkpoints/b.pt", [twice]), Incomplete(IncompleteReason.Unsupported, "tokenizer.dat")) with
        {
            Repository = Acme with { Id = "acme/legacy-7", Created = Now - TimeSpan.FromDays(730) },
        };
        Assert.Equal([Verdict.Suspicious, Verdict.Suspicious, Verdict.Incomplete], Pushed(call).Files.Select(static f => f.Verdict));
        var decision = Decide(policy, Pushed(call));
        Assert.Equal(Outcome.Quarantined, decision.Outcome);
        Assert.Equal(["unknown-format", "our-loaders"], decision.Reasons.Select(static r => r.Clause));
        Assert.Equal("jane@example.org", Assert.Single(decision.Waived).Owner);
        Assert.StartsWith("tokenizer.dat could not be inspected in full: ", decision.Summary, StringComparison.Ordinal);
        Assert.Equal(Outcome.Rejected, Decide(policy, Pushed(call, Finding(path: "legacy/a.pkl"))).Outcome);
        Assert.Equal(Outcome.Admitted, Decide(PolicyOf(""), Of(Noted())).Outcome);
    }

    private const string Waivers = """
        waivers:
          - { rule: PKL-030, repository: acme/*, path: legacy/*, owner: jane, reason: our loader, expires: 2026-11-23 }
          - { rule: PKL-030, sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, owner: jim, reason: read it, expires: 2027-01-01 }
          - { rule: SCN-002, repository: acme/weights, path: "*.bin", owner: joe, reason: our format, expires: 2027-01-01 }
        """;

    [Theory]
    [InlineData("legacy/odd.pkl", "acme/weights", null, Outcome.Admitted)]
    [InlineData("legacy/odd.pkl", "ACME/Weights", null, Outcome.Admitted)]
    [InlineData("legacy/deep/odd.pkl", "acme/weights", null, Outcome.Quarantined)]
    [InlineData("legacy/odd.pkl", "other/weights", null, Outcome.Quarantined)]
    [InlineData("legacy/odd.pkl", null, null, Outcome.Quarantined)]
    [InlineData("odd.pkl", "other/weights", 'a', Outcome.Admitted)]
    [InlineData("odd.pkl", "acme/weights", 'b', Outcome.Quarantined)]
    public void A_waiver_holds_within_its_scope_only(string path, string? repository, char? content, Outcome outcome)
    {
        var file = File(path, [Odd with { Path = path }], sha256: content is { } digit ? new string(digit, 64) : null);
        var decision = Decide(PolicyOf(Waivers), Of(file) with { Repository = Acme with { Id = repository } });
        Assert.Equal(outcome, decision.Outcome);
        Assert.Equal(outcome == Outcome.Admitted ? 1 : 0, decision.Waived.Count);
    }

    [Fact]
    public void A_waived_finding_no_longer_makes_the_verdict()
    {
        var decision = Decide(PolicyOf(Waivers), Of(File("legacy/odd.pkl", [Odd]), Incomplete(IncompleteReason.Encrypted)));
        Assert.Equal((Outcome.Admitted, Verdict.Clean), (decision.Outcome, decision.Verdict));
        Assert.Equal(["jane", "joe"], decision.Waived.Select(static w => w.Owner).Order());
        Assert.Equal("Nothing is left that the policy policy refuses.", decision.Summary);
        var both = Decide(PolicyOf(Waivers), Of(File("legacy/odd.pkl", [Odd, Finding(path: "legacy/odd.pkl")])));
        Assert.Equal((Outcome.Rejected, Verdict.Malicious), (both.Outcome, both.Verdict));
    }

    [Fact]
    public void A_waiver_ends_with_its_last_day_and_the_decision_says_so()
    {
        var evidence = Of(File("legacy/odd.pkl", [Odd]), File("legacy/other.pkl", [Odd with { Path = "legacy/other.pkl" }]));
        var last = PolicyEvaluator.Evaluate(PolicyOf(Waivers), evidence, new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.FromHours(2)));
        Assert.Equal(Outcome.Admitted, last.Outcome);
        Assert.Empty(last.Notes);
        var after = PolicyEvaluator.Evaluate(PolicyOf(Waivers), evidence, new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Outcome.Quarantined, after.Outcome);
        Assert.Equal("The waiver of PKL-030 by jane expired on 2026-11-23 and was not applied to legacy/odd.pkl. Renew it or remove it.", Assert.Single(after.Notes));
    }

    [Theory]
    [InlineData("clean", "Nothing was found that the policy balanced refuses.")]
    [InlineData("malicious", "weights.pkl is malicious: loading this file runs: os.system('id').")]
    [InlineData("encrypted", "blob.bin could not be inspected in full: the part is Encrypted.")]
    [InlineData("unsupported", "Admitted with caution: blob.bin could not be inspected in full: the part is Unsupported.")]
    [InlineData("strange", "b\\u202ead.pkl is malicious: loading this file runs: print(\"\\u044f\\U0001f600\")...")]
    [InlineData("long", null)]
    public void The_summary_is_one_sentence_in_printable_ascii(string what, string? sentence)
    {
        var evidence = what switch
        {
            "clean" => Of(),
            "malicious" => Of(Suspicious(), Malicious(), Incomplete(IncompleteReason.Limit)),
            "encrypted" => Of(Incomplete(IncompleteReason.Encrypted)),
            "unsupported" => Of(Incomplete(IncompleteReason.Unsupported)),
            "strange" => Of(File("b\u202ead.pkl", [Finding(path: "b\u202ead.pkl", message: "Loading this file runs: print(“я😀”)…")])),
            _ => Of(File("a.pkl", [Finding(path: "a.pkl", message: new string('\u202e', 5000))])),
        };
        var summary = Decide("balanced", evidence).Summary;
        if (sentence is not null)
            Assert.Equal(sentence, summary);
        Assert.InRange(summary.Length, 10, 300);
        Assert.DoesNotContain(summary, static c => c is < ' ' or > '~');
    }

    [Fact]
    public void Many_reasons_are_bounded_and_the_worst_are_kept()
    {
        var files = Enumerable.Range(0, 500).Select(static i => i == 300 ? Malicious($"f{i}.pkl") : Suspicious($"f{i}.pkl")).ToArray();
        var decision = Decide(Clause("severity-at-least: high", "reject"), Of(files));
        Assert.Equal(Outcome.Rejected, decision.Outcome);
        Assert.InRange(decision.Reasons.Count, 20, 60);
        Assert.Equal("f300.pkl", decision.Reasons[0].File);
        Assert.Contains("The clause mine holds for 480 more that are not listed.", decision.Notes);
    }

    [Fact]
    public void A_decision_names_policy_evidence_and_time()
    {
        var policy = PolicyProfiles.Find("balanced")!;
        var evidence = Of(Malicious());
        var decision = Decide(policy, evidence);
        Assert.Equal(("balanced", policy.Digest, Now), (decision.PolicyName, decision.PolicyDigest, decision.At));
        Assert.Matches("^[0-9a-f]{64}$", decision.EvidenceDigest);
        Assert.Equal(decision.EvidenceDigest, Decide("strict", Of(Malicious())).EvidenceDigest);
        Assert.NotEqual(decision.EvidenceDigest, Decide(policy, Of(Suspicious())).EvidenceDigest);
    }

    /// <summary>A clause that restricts, added in front of any policy, never makes a decision milder; one that admits never makes it harder.</summary>
    [Fact]
    public void Restrictions_never_make_a_decision_milder()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        string[] conditions =
        [
            "verdict: suspicious", "verdict: [incomplete, malicious]", "verdict: clean", "rule: PKL-*", "rule: SCN-*", "severity-at-least: medium", "confidence-at-least: confirmed", "incomplete: [limit, unsupported]",
            "file: '*.pkl'", "format: zip", "publisher: acme", "licence: none", "kind: model", "assessment: [hold, block]", "file-size-above: 900B", "rule: PKL-030, file: odd.pkl", "verdict: suspicious, publisher: acme",
        ];
        FileEvidence[] files = [Malicious(), Suspicious(), Incomplete(IncompleteReason.Limit), Incomplete(IncompleteReason.Unsupported, "u.bin"), Noted(), File("m.pkl", [Odd with { Path = "m.pkl" }], [Gap(IncompleteReason.Encrypted)])];
        string ClauseOf(string name, string then) => $"  - {{ name: {name}, when: {{ {conditions[random.Next(conditions.Length)]} }}, then: {then}, because: x }}\n";
        for (var round = 0; round < 400; round++)
        {
            var clauses = "";
            for (var i = random.Next(4); i > 0; i--)
                clauses += ClauseOf("c" + i, new[] { "admit", "quarantine", "reject" }[random.Next(3)]);
            var profile = "profile: " + new[] { "none", "permissive", "balanced", "strict" }[random.Next(4)] + "\nclauses:\n";
            var facts = Acme with { Licences = random.Next(2) == 0 ? null : Acme.Licences, Assessment = random.Next(2) == 0 ? null : new AssessmentEvidence((AssessmentAction)random.Next(5), []) };
            var evidence = Of([.. files.Where(_ => random.Next(3) == 0)]) with { Repository = facts };
            var outcome = Decide(PolicyOf(profile + (clauses.Length > 0 ? clauses : "  []\n")), evidence).Outcome;
            var harder = PolicyOf(profile + ClauseOf("added", random.Next(2) == 0 ? "quarantine" : "reject") + clauses);
            var milder = PolicyOf(profile + ClauseOf("added", "admit") + clauses);
            Assert.True(Decide(harder, evidence).Outcome >= outcome, $"seed {Seed}, round {round}");
            Assert.True(Decide(milder, evidence).Outcome <= outcome, $"seed {Seed}, round {round}");
            if (evidence.Verdict == Verdict.Malicious && !(profile + clauses).Contains("malicious]", StringComparison.Ordinal))
                Assert.Equal(Outcome.Rejected, outcome);
        }
    }
}
