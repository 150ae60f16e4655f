using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay.Scanning.Reports;

/// <summary>
/// What is kept of the scan of one file, so that a repository which holds it again is judged without reading it again. Unlike
/// <c>assay.report/v1</c> it holds what a file contributes to stories, and is read only by the version of the engine that wrote it.
/// </summary>
public static class ArtifactRecord
{
    /// <summary>Whether a report may be kept: one that ended because time was up may come out differently when there is more.</summary>
    public static bool MayKeep(ArtifactReport report)
    {
        foreach (var gap in report.Incomplete)
        {
            if (gap is { Reason: IncompleteReason.Limit, Limit: "seconds" } or { Reason: IncompleteReason.Unreadable, Member: null, Offset: null })
                return false;
        }

        return true;
    }

    /// <summary>Writes a report as UTF-8 JSON.</summary>
    public static byte[] Write(ArtifactReport report) => JsonSerializer.SerializeToUtf8Bytes(
        new KeptArtifact(
            report.Format,
            report.Size,
            report.BytesRead,
            report.Verdict,
            [.. report.Incomplete],
            [.. report.Findings.Select(static f => new KeptFinding(f.Rule.Id, f.Severity, f.Confidence, f.Message, f.Evidence, f.Effect, f.Location, f.Advice))],
            [.. report.Imports],
            [.. report.Traits.Select(static t => new KeptTraits(t.Member, t.Language, [.. t.Instructions], [.. t.Links]))]),
        ArtifactRecordJson.Default.KeptArtifact);

    /// <summary>Reads a report.</summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="target">The repository that has the file now.</param>
    /// <param name="path">Its path there.</param>
    /// <param name="sha256">Its digest.</param>
    /// <returns>Null when it was written by another engine, or is damaged: then the file is scanned again.</returns>
    public static ArtifactReport? Read(ReadOnlySpan<byte> json, string target, string path, string sha256)
    {
        KeptArtifact? kept;
        try
        {
            kept = JsonSerializer.Deserialize(json, ArtifactRecordJson.Default.KeptArtifact);
        }
        catch (JsonException)
        {
            return null;
        }

        if (kept is null)
            return null;
        var findings = new List<Finding>(kept.Findings.Count);
        foreach (var finding in kept.Findings)
        {
            if (RuleCatalogue.Find(finding.Rule) is not { } rule)
                return null;
            findings.Add(new Finding
            {
                Rule = rule,
                Severity = finding.Severity,
                Confidence = finding.Confidence,
                Message = finding.Message,
                Evidence = finding.Evidence,
                Effect = finding.Effect,
                Location = finding.Location with { Path = path },
                Advice = finding.Advice,
            });
        }

        var traits = new List<FileTraits>(kept.Traits.Count);
        foreach (var one in kept.Traits)
        {
            var trait = new FileTraits(one.Member, one.Language);
            trait.Instructions.AddRange(one.Instructions);
            trait.Links.AddRange(one.Links);
            traits.Add(trait);
        }

        return new ArtifactReport
        {
            Target = target,
            Path = path,
            Format = kept.Format,
            Size = kept.Size,
            Sha256 = sha256,
            BytesRead = kept.BytesRead,
            Verdict = kept.Verdict,
            Incomplete = kept.Incomplete,
            Findings = findings,
            Imports = kept.Imports,
            Traits = traits,
        };
    }
}

internal sealed record KeptFinding(string Rule, Severity Severity, Confidence Confidence, string Message, string? Evidence, Effect Effect, Location Location, string Advice);

internal sealed record KeptTraits(string? Member, CodeLanguage Language, List<Instruction> Instructions, List<FileLink> Links);

internal sealed record KeptArtifact(
    string Format, long Size, long BytesRead, Verdict Verdict, List<Incompleteness> Incomplete, List<KeptFinding> Findings, List<PickleImport> Imports, List<KeptTraits> Traits);

[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptArtifact))]
internal sealed partial class ArtifactRecordJson : JsonSerializerContext;
