using System.Text.Json;
using Assay.Cli.Output;
using Assay.Impersonation;
using Assay.Protocol;
using Assay.Scanning;

namespace Assay.Cli.Check;

/// <summary>A check for programs: <c>assay.check/v1</c> (<c>docs/schemas/assay.check.v1.schema.json</c>). Members are only ever added.</summary>
internal static class CheckJson
{
    /// <summary>Writes it as UTF-8, ended by a line break. Everything but ASCII is escaped, so that no name looks like another.</summary>
    public static void Write(CheckResult result, Stream into)
    {
        using (var json = new Utf8JsonWriter(into, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("schema", "assay.check/v1");
            json.WriteStartObject("tool");
            json.WriteString("name", Engine.Name);
            json.WriteString("version", Engine.Version);
            json.WriteEndObject();
            json.WriteStartObject("repository");
            json.WriteString("kind", result.Asked.Kind.Singular());
            json.WriteString("asked", result.Asked.Id);
            json.WriteString("id", result.Id);
            json.WriteString("revision", result.Asked.Revision);
            json.WriteString("commit", result.Repository?.Commit ?? result.Hub?.Commit);
            json.WriteString("endpoint", result.Endpoint?.AbsoluteUri);
            json.WriteEndObject();
            json.WriteString("checkedAt", result.At.UtcDateTime);
            json.WriteString("action", WordOf(result.Action));
            json.WriteString("verdict", result.Verdict.ToString().ToLowerInvariant());
            json.WriteString("headline", CheckText.Headline(result));
            json.WriteString("target", result.Assessment?.Target ?? result.Target?.Id);
            WriteReasons(json, result);
            json.WriteString("rulesVersion", Assessment.Rules);
            json.WriteString("snapshot", result.Snapshot);
            json.WriteStartObject("facts");
            foreach (var (name, text) in CheckText.Facts(result))
                json.WriteString(name, text);
            json.WriteEndObject();
            WriteNames(json, "baseModels", result.BaseModels);
            if (result.Target is { } target)
            {
                json.WriteStartObject("comparison");
                json.WriteString("id", target.Id);
                json.WriteBoolean("onHub", target.IsOnHub);
                WriteNumber(json, "cardContainment", target.Containment);
                json.WriteString("weights", target.Weights.ToString().ToLowerInvariant());
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("comparison");
            }

            WritePublisher(json, result);
            WriteVetting(json, result.Hub);
            WriteDate(json, "createdAt", result.Repository?.CreatedAt);
            WriteDate(json, "lastModified", result.Repository?.LastModified);
            WriteNumber(json, "downloads", result.Repository?.Downloads);
            WriteNumber(json, "likes", result.Repository?.Likes);
            if (result.Files is { } files)
            {
                json.WriteStartObject("files");
                json.WriteNumber("count", files.Files);
                json.WriteNumber("bytes", files.Bytes);
                WriteNames(json, "programs", files.Programs);
                WriteNames(json, "code", files.Code);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("files");
            }

            WriteNames(json, "suggestions", result.Suggestions);
            json.WriteStartArray("incomplete");
            if (result.Fault is { } fault)
                WriteGap(json, new CheckGap("repository", RepositoryCheck.WordOf(fault.Kind), fault.Message));
            foreach (var gap in result.Gaps)
                WriteGap(json, gap);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        into.WriteByte((byte)'\n');
    }

    private static string? WordOf(AssessmentAction? action) => action?.ToString().ToLowerInvariant();

    private static void WriteReasons(Utf8JsonWriter json, CheckResult result)
    {
        json.WriteStartArray("reasons");
        foreach (var reason in result.Assessment?.Reasons ?? [])
        {
            json.WriteStartObject();
            json.WriteString("code", reason.Code);
            json.WriteString("group", reason.Group.ToString().ToLowerInvariant());
            json.WriteString("text", VisibleName.Of(reason.Text));
            json.WriteString("evidence", reason.Evidence);
            json.WriteNumber("weight", Math.Round(reason.Weight, 3));
            json.WriteString("confidence", reason.Confidence.ToString().ToLowerInvariant());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePublisher(Utf8JsonWriter json, CheckResult result)
    {
        if (result.Publisher is null && result.Hub?.PublisherSince is null)
        {
            json.WriteNull("publisher");
            return;
        }

        json.WriteStartObject("publisher");
        json.WriteString("name", result.Publisher?.Name ?? (result.Id.Contains('/', StringComparison.Ordinal) ? result.Id[..result.Id.IndexOf('/', StringComparison.Ordinal)] : result.Id));
        json.WriteString("displayName", result.Publisher?.FullName);
        json.WriteString("kind", result.Publisher is null ? null : result.Publisher.IsOrganization ? "organization" : "user");
        WriteDate(json, "since", result.Hub?.PublisherSince ?? result.Publisher?.Since);
        WriteNumber(json, "repositories", result.Publisher?.Repositories);
        WriteNumber(json, "level", result.Hub?.PublisherLevel);
        json.WriteString("proof", result.Hub?.PublisherProof);
        json.WriteEndObject();
    }

    private static void WriteVetting(Utf8JsonWriter json, HubIdentity? hub)
    {
        if (hub is null)
        {
            json.WriteNull("vetting");
            return;
        }

        json.WriteStartObject("vetting");
        json.WriteString("state", hub.State);
        json.WriteString("verdict", hub.Verdict);
        json.WriteString("reason", hub.Reason);
        json.WriteString("reference", hub.Reference);
        json.WriteString("reportUrl", hub.ReportUrl);
        json.WriteEndObject();
    }

    private static void WriteGap(Utf8JsonWriter json, CheckGap gap)
    {
        json.WriteStartObject();
        json.WriteString("what", gap.What);
        json.WriteString("reason", gap.Reason);
        json.WriteString("message", gap.Message);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> names)
    {
        json.WriteStartArray(name);
        foreach (var one in names)
            json.WriteStringValue(one);
        json.WriteEndArray();
    }

    private static void WriteDate(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } date)
            json.WriteString(name, date.UtcDateTime);
        else
            json.WriteNull(name);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
            json.WriteNumber(name, Math.Round(value, 4));
        else
            json.WriteNull(name);
    }
}
