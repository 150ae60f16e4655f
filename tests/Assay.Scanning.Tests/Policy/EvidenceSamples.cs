using Assay.Scanning.Policy;

namespace Assay.Scanning.Tests.Policy;

/// <summary>Evidence in few words: what a decision is about.</summary>
internal static class EvidenceSamples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly RepositoryFacts Acme = new()
    {
        Id = "acme/weights",
        Kind = RepositoryKind.Model,
        Publisher = "acme",
        PublisherLevel = 2,
        PublisherCreated = Now - TimeSpan.FromDays(400),
        Created = Now - TimeSpan.FromDays(30),
        Licences = ["apache-2.0"],
    };

    public static FindingEvidence Finding(
        string rule = "PKL-002", Severity severity = Severity.Critical, Confidence confidence = Confidence.Confirmed, string path = "weights.pkl", string message = "Loading this file runs: os.system('id')") =>
        new(rule, severity, confidence, Effect.Load, path, null, rule + "@" + path, message, RuleStage.Active, false);

    public static GapEvidence Gap(IncompleteReason reason) => new(reason, $"the part is {reason}", 1);

    public static FileEvidence File(string path, FindingEvidence[] findings, GapEvidence[]? gaps = null, string format = "pickle", long size = 1000, string? sha256 = null)
    {
        var tally = new VerdictRules.Tally();
        foreach (var finding in findings)
        {
            if (finding.Stage == RuleStage.Active && !finding.Baselined)
                tally.Add(finding.Rule, finding.Severity, finding.Confidence);
        }

        if (gaps is { Length: > 0 })
            tally.AddGap();
        return new FileEvidence(path, format, size, sha256, tally.Verdict, gaps ?? [], findings, 0, Verdict.Clean);
    }

    public static FileEvidence Malicious(string path = "weights.pkl") => File(path, [Finding(path: path)]);

    public static FileEvidence Suspicious(string path = "odd.pkl") =>
        File(path, [Finding("PKL-030", Severity.High, Confidence.Medium, path, "This file uses acme.thing, which is not known")]);

    public static FileEvidence Incomplete(IncompleteReason reason, string path = "blob.bin") => File(path, [], [Gap(reason)], "unknown");

    public static FileEvidence Noted(string path = "model.pt") => File(path, [Finding("PT-001", Severity.Info, Confidence.Confirmed, path, "This file holds a pickle")], format: "pytorch-zip");

    public static AdmissionEvidence Of(params FileEvidence[] files) => new()
    {
        Schema = AdmissionEvidence.SchemaName,
        Rules = "2026.11.2",
        Repository = Acme,
        Verdict = files.Length == 0 ? Verdict.Clean : files.Max(static f => f.Verdict),
        TotalSize = files.Sum(static f => f.Size) + 5000,
        Files = files,
        CleanFiles = [new CleanFile("config.json", "json", 700), new CleanFile("model.safetensors", "safetensors", 4300)],
        Findings = [],
        Gaps = [],
    };

    public static AdmissionPolicy PolicyOf(string yaml) => PolicyReader.Parse("policy.yaml", yaml);

    /// <summary>A policy of one clause in front of a profile.</summary>
    public static AdmissionPolicy Clause(string when, string then, string profile = "permissive") =>
        PolicyOf($"profile: {profile}\nclauses:\n  - name: mine\n    when: {{ {when} }}\n    then: {then}\n    because: We said so.\n");

    public static Decision Decide(AdmissionPolicy policy, AdmissionEvidence evidence) => PolicyEvaluator.Evaluate(policy, evidence, Now);

    public static Decision Decide(string profile, AdmissionEvidence evidence) => Decide(PolicyProfiles.Find(profile)!, evidence);
}
