using System.Text.Json;

namespace Assay.Scanning.Reports;

/// <summary>Reads the fingerprints of an earlier report, so that what was known then is not counted again.</summary>
public static class Baseline
{
    /// <summary>The fingerprints of all findings of a report in the format <c>assay.report/v1</c>.</summary>
    /// <param name="path">The report's file.</param>
    /// <exception cref="InvalidDataException">It cannot be read or is no such report; the message says what to do.</exception>
    public static IReadOnlySet<string> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schema", out var schema)
                || schema.ValueKind != JsonValueKind.String || schema.GetString() != JsonReport.Schema)
            {
                throw new InvalidDataException($"{path}: This is no report of Assay. Make one with: assay scan PATH --format json --output {path}");
            }

            var fingerprints = new HashSet<string>(StringComparer.Ordinal);
            foreach (var list in (ReadOnlySpan<string>)["targets", "artifacts"])
            {
                if (!root.TryGetProperty(list, out var owners) || owners.ValueKind != JsonValueKind.Array)
                    continue;
                foreach (var owner in owners.EnumerateArray())
                    Collect(owner, fingerprints);
            }

            return fingerprints;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: This is not valid JSON (line {e.LineNumber + 1}). A baseline is a report made with --format json.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: The baseline could not be read: {Faults.Describe(e)}", e);
        }
    }

    private static void Collect(JsonElement owner, HashSet<string> fingerprints)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty("findings", out var findings) || findings.ValueKind != JsonValueKind.Array)
            return;
        foreach (var finding in findings.EnumerateArray())
        {
            if (finding.ValueKind == JsonValueKind.Object && finding.TryGetProperty("fingerprint", out var print) && print.ValueKind == JsonValueKind.String)
                fingerprints.Add(print.GetString()!);
        }
    }
}
