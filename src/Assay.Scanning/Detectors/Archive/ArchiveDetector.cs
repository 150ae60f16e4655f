using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Judges the oddities of archives and compressed streams. What careless but honest writers do stays low or of little confidence;
/// what only serves to show different content to different readers is a structural lie of high confidence.
/// </summary>
public sealed class ArchiveDetector : Detector<ArchiveFacts>
{
    /// <summary>Members that loaders read code or weights from: a second one of the same name is never an accident.</summary>
    private static readonly string[] ModelMembers =
    [
        ".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt", ".npy", ".npz", ".joblib", ".h5", ".hdf5", ".keras", ".json", ".safetensors",
        ".onnx", ".pb", ".tflite", ".gguf", ".py", ".pyc", ".so", ".dll", ".yaml", ".yml", ".model",
    ];

    private static readonly string[] ModelFiles =
    [
        ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".npz", ".npy", ".joblib", ".keras", ".h5", ".nemo", ".mar", ".model", ".zip",
        ".safetensors", ".gguf", ".onnx", ".skops", ".pt2", ".tar", ".gz", ".weights",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Rule> Rules =>
    [
        ArchiveRules.PathEscapes, ArchiveRules.DirectoriesDisagree, ArchiveRules.FalseFlags, ArchiveRules.ChecksumMismatch,
        ArchiveRules.DuplicateNames, ArchiveRules.UnusualContainer, ArchiveRules.SlackData, ArchiveRules.Bomb, ArchiveRules.SpecialEntry,
        ArchiveRules.PasswordProtected, ScanRules.MalformedStructure,
    ];

    /// <summary>Looks again once the members were unpacked, which shows wrong checksums, lengths and bombs.</summary>
    public override void InspectTree(Artifact artifact, DetectionScope scope)
    {
        foreach (var (_, facts) in artifact.Readings)
        {
            if (facts is ArchiveFacts archive)
                Inspect(archive, artifact, scope);
        }

        if (KnownFormats.IsUnusualContainer(artifact.Format) && IsModelFile(artifact.Name))
        {
            scope.Findings.Add(ArchiveRules.UnusualContainer, artifact, 0,
                $"The content is a {artifact.Format.Name} archive, which no loader of models opens", artifact.Format.Name, confidence: Confidence.High);
        }
    }

    private static bool IsModelFile(string name) => ModelFiles.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    protected override void Inspect(ArchiveFacts facts, Artifact artifact, DetectionScope scope)
    {
        var report = new Reporter(facts, artifact, scope.Findings);
        foreach (var issue in facts.Issues)
            report.Judge(issue);
        foreach (var trouble in facts.Malformations)
        {
            if (trouble.Kind == MalformationKind.Lie)
                report.Add(ScanRules.MalformedStructure, trouble.Offset, "The archive breaks the rules of its format", trouble.Message, Severity.Medium, Confidence.High);
        }

        if (facts is MediaFacts { Slack: { } slack })
            report.AfterPicture(slack);
    }

    /// <summary>One archive being judged.</summary>
    private sealed class Reporter(ArchiveFacts facts, Artifact artifact, FindingSink findings)
    {
        internal void Judge(ArchiveIssue issue)
        {
            var member = issue.Member ?? "the archive";
            switch (issue.Kind)
            {
                case ArchiveIssueKind.EscapingName:
                    Add(ArchiveRules.PathEscapes, issue, $"Unpacking writes outside the chosen folder: {member}", Severity.High, Confidence.High, Effect.Use);
                    break;
                case ArchiveIssueKind.BackslashName:
                    Add(ArchiveRules.PathEscapes, issue, "A member name uses backslashes, which some programs take as folders and others as letters", Severity.Low, Confidence.Medium, Effect.Use);
                    break;
                case ArchiveIssueKind.ReservedName:
                    Add(ArchiveRules.PathEscapes, issue, $"Windows takes the name {member} for a device", Severity.Low, Confidence.Low, Effect.Use);
                    break;
                case ArchiveIssueKind.AmbiguousName:
                    Add(ScanRules.MalformedStructure, issue, $"The name of {member} contains a zero byte, so that programs read different names", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.SecondName:
                    Add(ArchiveRules.DirectoriesDisagree, issue, $"{member} has a second, different name in an extra field", Severity.Medium, Confidence.Medium);
                    break;
                case ArchiveIssueKind.NamesDisagree:
                    Add(ArchiveRules.DirectoriesDisagree, issue, $"The archive names {member} differently in two places", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.HeadersDisagree:
                    Add(ArchiveRules.DirectoriesDisagree, issue, $"The two headers of {member} contradict each other", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.HeadersDifferHarmlessly:
                    Add(ArchiveRules.DirectoriesDisagree, issue, $"The two headers of {member} differ, as careless writers leave them", Severity.Low, Confidence.Medium);
                    break;
                case ArchiveIssueKind.DirectoriesDisagree:
                    Add(ArchiveRules.DirectoriesDisagree, issue, "The file holds two archives or directories, so that programs see different members", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.HiddenMember:
                    Add(ArchiveRules.DirectoriesDisagree, issue, $"{member} is in the archive and not in its directory", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.MissingMember:
                    Add(ScanRules.MalformedStructure, issue, $"The directory lists {member}, which is not where it says", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.WrongCount:
                    Add(ScanRules.MalformedStructure, issue, "The end of the archive does not fit its directory", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.FalseEncryption:
                    Add(ArchiveRules.FalseFlags, issue, $"{member} is marked as encrypted and is not", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.FalseMethod:
                    Add(ArchiveRules.FalseFlags, issue, $"{member} is not compressed as its header says", Severity.High, Confidence.High);
                    break;
                case ArchiveIssueKind.ChecksumMismatch:
                    // PyTorch can be told to write no real checksums (set_crc32_options), so this alone is no lie.
                    Add(ArchiveRules.ChecksumMismatch, issue, $"The checksum of {member} is wrong", Severity.Medium, Confidence.Medium);
                    break;
                case ArchiveIssueKind.FalseLength:
                    Add(ScanRules.MalformedStructure, issue, $"The declared length of {member} is wrong", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.DuplicateName:
                    Duplicate(issue, certain: facts is ZipFacts && IsModelMember(issue.Member));
                    break;
                case ArchiveIssueKind.DuplicateIgnoringCase:
                    if (issue.Member?.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase) == true)
                        Duplicate(issue, certain: true);
                    break;
                case ArchiveIssueKind.DuplicateSame:
                    Add(ArchiveRules.DuplicateNames, issue, $"{member} is in the archive twice, with the same content", Severity.Low, Confidence.Low);
                    break;
                case ArchiveIssueKind.Overlap:
                    Add(ScanRules.MalformedStructure, issue, $"{member} shares bytes with another part of the archive", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.Prefix or ArchiveIssueKind.Gap or ArchiveIssueKind.Appended:
                    Slack(issue);
                    break;
                case ArchiveIssueKind.DirectoryWithData:
                    Add(ScanRules.MalformedStructure, issue, $"{member} is a folder, link or device that carries data", Severity.Medium, facts is ZipFacts ? Confidence.High : Confidence.Medium);
                    break;
                case ArchiveIssueKind.LinkOutside:
                    Add(ArchiveRules.PathEscapes, issue, $"The link {member} leads out of the archive's folder", Severity.High, Confidence.High, Effect.Use);
                    Add(ArchiveRules.SpecialEntry, issue, $"{member} is a link to the outside", Severity.High, Confidence.High, Effect.Use);
                    break;
                case ArchiveIssueKind.LinkInside:
                    // Links among the members are everyday business in tar, and of macOS bundles in ZIP.
                    if (facts is ZipFacts)
                        Add(ArchiveRules.SpecialEntry, issue, $"{member} is a link to another member", Severity.Info, Confidence.High, Effect.Use);
                    break;
                case ArchiveIssueKind.SpecialEntry:
                    Add(ArchiveRules.SpecialEntry, issue, $"{member} is a device, pipe or socket", Severity.High, Confidence.High, Effect.Use);
                    break;
                case ArchiveIssueKind.SetUserId:
                    Add(ArchiveRules.SpecialEntry, issue, $"{member} would run with the rights of its owner", Severity.Low, Confidence.Medium, Effect.Use);
                    break;
                case ArchiveIssueKind.Encrypted:
                    Add(ArchiveRules.PasswordProtected, issue, $"{member} is locked with a password", Severity.Medium, Confidence.High);
                    break;
                case ArchiveIssueKind.Bomb:
                    // Honest arrays of zeros shrink a thousandfold too; a lie about the size, or shared bytes, are no accident.
                    var built = facts.CountOf(ArchiveIssueKind.FalseLength) + facts.CountOf(ArchiveIssueKind.Overlap) > 0;
                    Add(ArchiveRules.Bomb, issue, $"Unpacking {member} takes far more than the file suggests", built ? Severity.High : Severity.Medium, built ? Confidence.High : Confidence.Medium, Effect.Use);
                    break;
                case ArchiveIssueKind.HeaderChecksum:
                    Add(ScanRules.MalformedStructure, issue, "A header has a wrong checksum of its own", Severity.Medium, Confidence.Medium);
                    break;
            }
        }

        /// <summary>Viewers write previews and depth maps behind pictures; programs and archives are something else.</summary>
        internal void AfterPicture(SlackRegion slack)
        {
            if (slack.Looks is { Disposition: FormatDisposition.Executable or FormatDisposition.UnusualContainer } looks)
            {
                Add(ArchiveRules.SlackData, slack.Offset, $"A {looks.Format.Name} file is hidden behind a picture or sound",
                    $"{slack.Length} bytes at {slack.Offset}, which look like {looks.Format.Name}", Severity.High, Confidence.High);
            }
            else if (slack.Looks is { Disposition: FormatDisposition.Readable } readable && readable.Format.Class is FormatClass.Container or FormatClass.CodeOnLoad)
            {
                Add(ArchiveRules.SlackData, slack.Offset, $"A {readable.Format.Name} file follows a picture or sound",
                    $"{slack.Length} bytes at {slack.Offset}, which look like {readable.Format.Name}", Severity.Medium, Confidence.Medium);
            }
        }

        internal void Add(Rule rule, long offset, string message, string evidence, Severity severity, Confidence confidence, Effect effect = Effect.Load) =>
            findings.Add(rule, artifact, offset, message, evidence, severity, confidence, effect);

        private void Add(Rule rule, ArchiveIssue issue, string message, Severity severity, Confidence confidence, Effect effect = Effect.Load) =>
            findings.Add(rule, artifact, issue.Offset, message, Evidence(issue), severity, confidence, effect);

        /// <summary>The evidence names the member, so that the same values of two members stay two findings.</summary>
        private static string Evidence(ArchiveIssue issue) =>
            issue.Member is null || issue.Evidence.Contains(issue.Member, StringComparison.Ordinal) ? issue.Evidence : $"{issue.Member}: {issue.Evidence}";

        private void Duplicate(ArchiveIssue issue, bool certain) =>
            Add(ArchiveRules.DuplicateNames, issue, $"The name {issue.Member} stands for two different members; programs choose differently",
                Severity.Medium, certain ? Confidence.High : Confidence.Medium);

        private void Slack(ArchiveIssue issue)
        {
            var looks = SlackAt(issue.Offset)?.Looks;
            var where = issue.Kind switch
            {
                ArchiveIssueKind.Prefix => "before the first member",
                ArchiveIssueKind.Gap => "between the members",
                _ => "behind the end",
            };
            if (looks is { Disposition: FormatDisposition.Executable } program)
            {
                if (issue.Kind != ArchiveIssueKind.Prefix)
                {
                    Add(ArchiveRules.SlackData, issue, $"A program ({program.Format.Name}) is hidden {where} of the archive", Severity.High, Confidence.High);
                    return;
                }

                // A llamafile is meant to be a program with its weights behind it, and says so at its first bytes.
                var pretends = program.Format != FormatId.Ape && IsModelFile(artifact.Name);
                Add(ArchiveRules.UnusualContainer, issue, $"The archive is the tail of a program ({program.Format.Name})",
                    pretends ? Severity.High : Severity.Medium, pretends ? Confidence.High : Confidence.Medium);
                return;
            }

            // A line end behind the archive, the first line of a Python zip application, a TFLite model before its labels.
            var harmless = looks is { Disposition: FormatDisposition.Inert } or { Format.Name: "tflite" };
            Add(ArchiveRules.SlackData, issue, $"There is data {where} of the archive", harmless ? Severity.Low : Severity.Medium, harmless ? Confidence.Low : Confidence.Medium);
        }

        private SlackRegion? SlackAt(long offset)
        {
            var regions = facts switch
            {
                ZipFacts zip => zip.Slack,
                TarFacts tar => tar.Slack,
                CompressedFacts compressed => compressed.Slack,
                _ => null,
            };
            return regions?.Find(r => r.Offset == offset);
        }

        private static bool IsModelMember(string? name) =>
            name is not null && (ModelMembers.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) || !name[(name.LastIndexOf('/') + 1)..].Contains('.'));
    }
}
