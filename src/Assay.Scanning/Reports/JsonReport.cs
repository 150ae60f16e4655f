using System.Text.Encodings.Web;
using System.Text.Json;

namespace Assay.Scanning.Reports;

/// <summary>
/// <c>assay.report/v1</c>, the report for programs (<c>docs/schemas/assay.report.v1.schema.json</c>). Members are only ever added, and always
/// come in the same order; but for <c>durationMs</c>, the same scan gives the same bytes.
/// </summary>
public sealed class JsonReport : ReportFormat
{
    /// <summary>The name of the schema, and its version.</summary>
    public const string Schema = "assay.report/v1";

    // Escapes what HTML would need escaped no more than JSON itself does: evidence stays readable.
    internal static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public override string Name => "json";

    /// <inheritdoc/>
    public override void Write(ScanReport report, Stream into, ReportSettings settings)
    {
        using (var json = new Utf8JsonWriter(into, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteStartObject("tool");
            json.WriteString("name", Engine.Name);
            json.WriteString("version", Engine.Version);
            json.WriteString("rules", Engine.Rules);
            json.WriteEndObject();
            json.WriteString("target", report.Targets.Count > 0 ? Text(report.Targets[0].Target) : "");
            json.WriteString("verdict", Words.Of(report.Verdict));
            WriteSummary(json, report);
            json.WriteStartArray("targets");
            foreach (var target in report.Targets)
                WriteTarget(json, target);
            json.WriteEndArray();
            json.WriteStartArray("artifacts");
            foreach (var artifact in report.Artifacts)
            {
                WriteArtifact(json, artifact);
                if (json.BytesPending > 1 << 16)
                    json.Flush();
            }

            json.WriteEndArray();
            json.WriteStartArray("waived");
            foreach (var waived in report.Waived)
                WriteFinding(json, waived.Finding, waived);
            json.WriteEndArray();
            json.WriteStartArray("errors");
            foreach (var error in report.Errors)
                WriteRemark(json, error.Path, error.Message);
            json.WriteEndArray();
            json.WriteStartArray("notes");
            foreach (var note in report.Notes)
                WriteRemark(json, note.Path, note.Message);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        into.WriteByte((byte)'\n');
    }

    private static void WriteSummary(Utf8JsonWriter json, ScanReport report)
    {
        var summary = ScanSummary.Of(report);
        json.WriteStartObject("summary");
        json.WriteNumber("artifacts", report.Artifacts.Count);
        json.WriteNumber("bytes", summary.Bytes);
        json.WriteNumber("bytesRead", summary.BytesRead);
        json.WriteNumber("clean", summary.Count(Verdict.Clean));
        json.WriteNumber("suspicious", summary.Count(Verdict.Suspicious));
        json.WriteNumber("malicious", summary.Count(Verdict.Malicious));
        json.WriteNumber("incomplete", summary.Count(Verdict.Incomplete));
        json.WriteNumber("durationMs", (long)report.Duration.TotalMilliseconds);
        json.WriteNumber("baselined", report.Baselined);
        json.WriteNumber("waived", report.Waived.Count);
        json.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter json, TargetReport target)
    {
        json.WriteStartObject();
        json.WriteString("target", Text(target.Target));
        json.WriteString("kind", Words.Of(target.Kind));
        json.WriteString("verdict", Words.Of(target.Verdict));
        json.WriteStartArray("findings");
        foreach (var finding in target.Findings)
            WriteFinding(json, finding, null);
        json.WriteEndArray();
        json.WriteStartArray("stories");
        foreach (var story in target.Stories)
        {
            json.WriteStartObject();
            json.WriteString("title", Text(story.Title));
            json.WriteString("verdict", Words.Of(story.Verdict));
            json.WriteStartArray("steps");
            foreach (var step in story.Steps)
            {
                json.WriteStartObject();
                json.WriteString("path", Text(step.Path));
                WriteNumberOrNull(json, "line", step.Line);
                json.WriteString("text", Text(step.Text));
                json.WriteString("fingerprint", step.Fingerprint);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("advice", Text(story.Advice));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteArtifact(Utf8JsonWriter json, ArtifactReport artifact)
    {
        json.WriteStartObject();
        json.WriteString("target", Text(artifact.Target));
        json.WriteString("path", Text(artifact.Path));
        json.WriteString("format", artifact.Format);
        json.WriteNumber("size", artifact.Size);
        json.WriteString("sha256", artifact.Sha256);
        json.WriteString("verdict", Words.Of(artifact.Verdict));
        json.WriteStartArray("incomplete");
        foreach (var gap in artifact.Incomplete)
        {
            json.WriteStartObject();
            json.WriteString("reason", Words.Of(gap.Reason));
            json.WriteString("limit", gap.Limit);
            json.WriteString("member", TextOrNull(gap.Member));
            WriteNumberOrNull(json, "offset", gap.Offset);
            json.WriteString("message", Text(gap.Message));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (var finding in artifact.Findings)
            WriteFinding(json, finding, null);
        json.WriteEndArray();
        if (artifact.Imports.Count > 0)
        {
            json.WriteStartArray("imports");
            foreach (var import in artifact.Imports)
            {
                json.WriteStartObject();
                json.WriteString("module", Text(import.Module));
                json.WriteString("name", Text(import.Name));
                json.WriteString("safety", Words.Of(import.Safety));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding, WaivedFinding? waived)
    {
        json.WriteStartObject();
        json.WriteString("rule", finding.Rule.Id);
        json.WriteString("severity", Words.Of(finding.Severity));
        json.WriteString("confidence", Words.Of(finding.Confidence));
        json.WriteString("title", finding.Rule.Title);
        json.WriteString("message", Text(finding.Message));
        json.WriteString("evidence", TextOrNull(finding.Evidence));
        json.WriteString("effect", Words.Of(finding.Effect));
        json.WriteStartObject("location");
        json.WriteString("path", Text(finding.Location.Path));
        json.WriteString("member", TextOrNull(finding.Location.Member));
        WriteNumberOrNull(json, "offset", finding.Location.Offset);
        if (finding.Location.Line is { } line)
            json.WriteNumber("line", line);
        if (finding.Location.Column is { } column)
            json.WriteNumber("column", column);
        json.WriteEndObject();
        json.WriteString("advice", Text(finding.Advice));
        json.WriteStartArray("references");
        foreach (var reference in finding.Rule.References)
            json.WriteStringValue(reference);
        json.WriteEndArray();
        json.WriteString("fingerprint", finding.Fingerprint);
        if (finding.Stage == RuleStage.Observed)
            json.WriteString("stage", "observed");
        if (finding.Baselined)
            json.WriteBoolean("baselined", true);
        if (waived is not null)
        {
            json.WriteString("target", Text(waived.Target));
            json.WriteStartObject("waiver");
            json.WriteString("rule", waived.Waiver.Rule);
            json.WriteString("path", TextOrNull(waived.Waiver.Path));
            json.WriteString("sha256", waived.Waiver.Sha256);
            json.WriteString("owner", Text(waived.Waiver.Owner));
            json.WriteString("reason", Text(waived.Waiver.Reason));
            json.WriteString("expires", waived.Waiver.Expires.ToString("yyyy-MM-dd"));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRemark(Utf8JsonWriter json, string path, string message)
    {
        json.WriteStartObject();
        json.WriteString("path", Text(path));
        json.WriteString("message", Text(message));
        json.WriteEndObject();
    }

    private static void WriteNumberOrNull(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static string? TextOrNull(string? text) => text is null ? null : Text(text);

    /// <summary>Text that came out of a hostile file may hold half a surrogate pair, which JSON in UTF-8 cannot carry.</summary>
    internal static string Text(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            return Repaired(text);
        }

        return text;
    }

    private static string Repaired(string text)
    {
        var repaired = new System.Text.StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            repaired.Append(rune.ToString());
        return repaired.ToString();
    }
}
