using System.Text.Json;
using Assay.Scanning;
using Assay.Scanning.Policy;

namespace Assay.Server.Commands.Admin;

/// <summary>What a policy needs to know, out of a report that <c>assay scan --format json</c> wrote. Publisher, licence and age are not known from it.</summary>
internal static class ReportEvidence
{
    /// <summary>Reads a report.</summary>
    /// <exception cref="InvalidDataException">It is no report of a version that is known.</exception>
    public static AdmissionEvidence Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var report = document.RootElement;
            if (report.ValueKind != JsonValueKind.Object || !report.TryGetProperty("schema", out var schema) || schema.GetString() != "assay.report/v1")
                throw new InvalidDataException("This is no report of assay scan (assay.report/v1). Make one with: assay scan PATH --format json --output report.json");
            var files = new List<FileEvidence>();
            var clean = new List<CleanFile>();
            long size = 0;
            foreach (var artifact in report.GetProperty("artifacts").EnumerateArray())
            {
                var (path, format, length) = (artifact.GetProperty("path").GetString()!, artifact.GetProperty("format").GetString()!, artifact.GetProperty("size").GetInt64());
                size += length;
                var (verdict, findings) = (Word<Verdict>(artifact, "verdict"), Findings(artifact));
                var gaps = artifact.GetProperty("incomplete").EnumerateArray().Select(static g => new GapEvidence(Word<IncompleteReason>(g, "reason"), Text(g, "message") ?? "", 1)).ToList();
                if (verdict == Verdict.Clean && findings.Count == 0 && gaps.Count == 0)
                    clean.Add(new CleanFile(path, format, length));
                else
                    files.Add(new FileEvidence(path, format, length, Text(artifact, "sha256"), verdict, gaps, findings, 0, Verdict.Clean));
            }

            return new AdmissionEvidence
            {
                Schema = AdmissionEvidence.SchemaName,
                Rules = report.GetProperty("tool").GetProperty("rules").GetString()!,
                Repository = new RepositoryFacts(),
                Verdict = Word<Verdict>(report, "verdict"),
                TotalSize = size,
                Files = files,
                CleanFiles = clean,
                Findings = [.. report.GetProperty("targets").EnumerateArray().SelectMany(Findings)],
                Gaps = [.. report.GetProperty("errors").EnumerateArray().Select(static e => new GapEvidence(IncompleteReason.Unreadable, $"{Text(e, "path")}: {Text(e, "message")}", 1))],
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException("This is not a report as assay scan writes it: " + e.Message, e);
        }
    }

    private static List<FindingEvidence> Findings(JsonElement owner) => [.. owner.GetProperty("findings").EnumerateArray().Select(static f => new FindingEvidence(
        f.GetProperty("rule").GetString()!,
        Word<Severity>(f, "severity"),
        Word<Confidence>(f, "confidence"),
        Word<Effect>(f, "effect"),
        f.GetProperty("location").GetProperty("path").GetString()!,
        Text(f.GetProperty("location"), "member"),
        f.GetProperty("fingerprint").GetString()!,
        f.GetProperty("message").GetString()!,
        Text(f, "stage") == "observed" ? RuleStage.Observed : RuleStage.Active,
        f.TryGetProperty("baselined", out var baselined) && baselined.GetBoolean()))];

    private static T Word<T>(JsonElement owner, string name)
        where T : struct, Enum => Enum.Parse<T>(owner.GetProperty(name).GetString()!, ignoreCase: true);

    private static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? value.GetString() : null;
}
