using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay.Scanning.Policy;

/// <summary>
/// Evidence and decisions as JSON. Members are only ever added; what a newer version added is skipped. The same value gives the same bytes.
/// </summary>
public static class AdmissionEvidenceJson
{
    /// <summary>Writes evidence (<c>assay.evidence/v1</c>).</summary>
    public static byte[] Write(AdmissionEvidence evidence) => JsonSerializer.SerializeToUtf8Bytes(evidence, AdmissionJsonContext.Default.AdmissionEvidence);

    /// <summary>Writes a decision (<c>assay.decision/v1</c>).</summary>
    public static byte[] Write(Decision decision) => JsonSerializer.SerializeToUtf8Bytes(decision, AdmissionJsonContext.Default.Decision);

    /// <summary>Reads evidence.</summary>
    /// <exception cref="InvalidDataException">It is no evidence of a version that is known.</exception>
    public static AdmissionEvidence ReadEvidence(ReadOnlySpan<byte> json)
    {
        var evidence = Read(json, AdmissionJsonContext.Default.AdmissionEvidence);
        if (evidence.Schema != AdmissionEvidence.SchemaName)
            throw Unknown(evidence.Schema, AdmissionEvidence.SchemaName);
        if (HasNull(evidence.CleanFiles) || HasNull(evidence.Findings) || HasNull(evidence.Gaps) || HasNull(evidence.Files)
            || evidence.Files.Any(static f => HasNull(f.Gaps) || HasNull(f.Findings))
            || HasNull(evidence.Repository.Licences ?? []) || HasNull(evidence.Repository.Assessment?.Reasons ?? []) || HasNull(evidence.Repository.Assessment?.Codes ?? []))
        {
            throw new InvalidDataException("This is not as Assay writes it: a list holds null.");
        }

        return evidence;
    }

    /// <summary>Reads a decision.</summary>
    /// <exception cref="InvalidDataException">It is no decision of a version that is known.</exception>
    public static Decision ReadDecision(ReadOnlySpan<byte> json)
    {
        var decision = Read(json, AdmissionJsonContext.Default.Decision);
        return decision.Schema == Decision.SchemaName ? decision : throw Unknown(decision.Schema, Decision.SchemaName);
    }

    private static T Read<T>(ReadOnlySpan<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new InvalidDataException("This is null where a document should be.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"This is not as Assay writes it: line {e.LineNumber + 1}, at {e.Path}.", e);
        }
    }

    // The serialiser checks members for null, and not the entries of lists.
    private static bool HasNull<T>(IReadOnlyList<T> list)
        where T : class?
    {
        foreach (var entry in list)
        {
            if (entry is null)
                return true;
        }

        return false;
    }

    private static InvalidDataException Unknown(string schema, string known) =>
        new($"The schema {Configuration.StrictYamlReader.Quoted(schema)} is not known here; known is {known}.");
}

/// <summary>Enumerated values as the words that reports use.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16,
    Converters =
    [
        typeof(WordConverter<Verdict>), typeof(WordConverter<IncompleteReason>), typeof(WordConverter<Severity>), typeof(WordConverter<Confidence>),
        typeof(WordConverter<Effect>), typeof(WordConverter<RuleStage>), typeof(WordConverter<RepositoryKind>), typeof(WordConverter<AssessmentAction>),
        typeof(WordConverter<Outcome>),
    ])]
[JsonSerializable(typeof(AdmissionEvidence))]
[JsonSerializable(typeof(Decision))]
internal sealed partial class AdmissionJsonContext : JsonSerializerContext;
