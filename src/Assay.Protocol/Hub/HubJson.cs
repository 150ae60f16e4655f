using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Assay.Protocol;

/// <summary>Reads the JSON of a hub. Whatever the bytes are, the result is an answer or null.</summary>
internal static class HubJson
{
    private const int MaxBaseModels = 64;
    private const int MaxText = 1000;
    private const int MaxReasons = 64;

    /// <summary>The description of a repository.</summary>
    public static HubRepository? Repository(RepoKind kind, ReadOnlySpan<byte> json)
    {
        if (Read(json, HubJsonContext.Default.RepositoryWire) is not { Id: { } id } wire || !RepoReference.IsId(id))
            return null;
        return new HubRepository(kind, id)
        {
            Commit = wire.Sha is { } sha && RefName.IsCommit(sha) ? sha : null,
            CreatedAt = wire.CreatedAt,
            LastModified = wire.LastModified,
            IsPrivate = wire.Private ?? false,
            IsGated = wire.Gated.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False),
            IsDisabled = wire.Disabled ?? false,
            Downloads = wire.Downloads is >= 0 ? wire.Downloads : null,
            Likes = wire.Likes is >= 0 ? wire.Likes : null,
            BaseModels = BaseModels(wire.CardData),
        };
    }

    /// <summary>Repositories of a list; entries that are none are left out.</summary>
    public static IReadOnlyList<HubRepository>? Repositories(RepoKind kind, ReadOnlySpan<byte> json) =>
        Read(json, HubJsonContext.Default.RepositoryWireArray) is { } wires
            ? [.. wires.Where(static w => w?.Id is { } id && RepoReference.IsId(id)).Select(w => new HubRepository(kind, w.Id!) { CreatedAt = w.CreatedAt, Downloads = w.Downloads })]
            : null;

    /// <summary>A page of a tree, without its folders.</summary>
    public static IReadOnlyList<HubFile>? Tree(ReadOnlySpan<byte> json)
    {
        if (Read(json, HubJsonContext.Default.TreeEntryWireArray) is not { } entries || Array.Exists(entries, static e => e?.Path is not { Length: > 0 and <= RepoPath.MaxBytes }))
            return null;
        return [.. entries.Where(static e => e.Type != "directory").Select(static e => new HubFile(e.Path!, Math.Max(0, e.Lfs?.Size ?? e.Size ?? 0), e.Lfs?.Oid ?? e.Oid))];
    }

    /// <summary>The date of the last commit in a page of commits; null also when it is none.</summary>
    public static (bool IsRead, int Count, DateTimeOffset? Last) Commits(ReadOnlySpan<byte> json) =>
        Read(json, HubJsonContext.Default.CommitWireArray) is { } commits ? (true, commits.Length, commits is [.., { } last] ? last.Date : null) : default;

    /// <summary>An account.</summary>
    public static HubPublisher? Publisher(string name, bool isOrganization, ReadOnlySpan<byte> json)
    {
        if (Read(json, HubJsonContext.Default.PublisherWire) is not { } wire || (wire.Name ?? wire.User) is not { } own || !own.Equals(name, StringComparison.OrdinalIgnoreCase))
            return null;
        return new HubPublisher(own, isOrganization)
        {
            FullName = Short(wire.FullName),
            Since = wire.CreatedAt,
            Repositories = Count(wire.NumModels) + Count(wire.NumDatasets) + Count(wire.NumSpaces),
        };
    }

    /// <summary>What an Assay hub knows besides.</summary>
    public static HubIdentity? Identity(ReadOnlySpan<byte> json)
    {
        if (Read(json, HubJsonContext.Default.IdentityWire) is not { Schema: "assay.identity/v1" } wire)
            return null;
        return new HubIdentity
        {
            Commit = wire.Revision?.Commit is { } commit && RefName.IsCommit(commit) ? commit : null,
            State = Short(wire.Revision?.State),
            Verdict = Short(wire.Revision?.Verdict),
            Reason = Short(wire.Revision?.Reason),
            Reference = Short(wire.Revision?.Reference),
            ReportUrl = Short(wire.Revision?.ReportUrl),
            PublisherSince = wire.Publisher?.Since,
            PublisherLevel = wire.Publisher?.Level is >= 0 and <= 4 ? wire.Publisher.Level : null,
            PublisherProof = Short(wire.Publisher?.Proof),
            Assessment = wire.Assessment is { Action: "allow" or "label" or "warn" or "hold" or "block" } a
                ? new HubAssessment(a.Action, Short(a.Target), Short(a.Rules), [.. (a.Reasons ?? []).Take(MaxReasons).Where(static r => r is { Code: not null, Text: not null }).Select(static r => new HubReason(Short(r.Code)!, Short(r.Group), Short(r.Text)!, Short(r.Evidence), r.Weight is { } w && double.IsFinite(w) ? w : 0, Short(r.Confidence)))])
                : null,
        };
    }

    /// <summary>The sentence of an error's body.</summary>
    public static string? Error(ReadOnlySpan<byte> json)
    {
        if (Read(json, HubJsonContext.Default.ErrorWire) is not { } wire)
            return null;
        return wire.Error.ValueKind == JsonValueKind.String ? TextOf(wire.Error) : wire.Detail;
    }

    private static IReadOnlyList<string> BaseModels(JsonElement card)
    {
        if (card.ValueKind != JsonValueKind.Object || !card.TryGetProperty("base_model", out var value))
            return [];
        if (value.ValueKind == JsonValueKind.String)
            return TextOf(value) is { } one && RepoReference.IsId(one) ? [one] : [];
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Take(MaxBaseModels).Select(static v => v.ValueKind == JsonValueKind.String ? TextOf(v) : null).OfType<string>().Where(RepoReference.IsId)]
            : [];
    }

    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text.
            return null;
        }
    }

    private static long Count(long? value) => Math.Clamp(value ?? 0, 0, int.MaxValue);

    private static string? Short(string? text) => text is { Length: > MaxText } ? text[..MaxText] : text;

    [SuppressMessage("Design", "CA1031", Justification = "Only the two exceptions of the serialiser are caught.")]
    private static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }

    internal sealed record RepositoryWire(string? Id, string? Sha, DateTimeOffset? CreatedAt, DateTimeOffset? LastModified, bool? Private, JsonElement Gated, bool? Disabled, long? Downloads, long? Likes, JsonElement CardData);

    internal sealed record TreeEntryWire(string? Type, string? Path, string? Oid, long? Size, LfsWire? Lfs);

    internal sealed record LfsWire(string? Oid, long? Size);

    internal sealed record CommitWire(DateTimeOffset? Date);

    internal sealed record PublisherWire(string? User, string? Name, [property: JsonPropertyName("fullname")] string? FullName, DateTimeOffset? CreatedAt, long? NumModels, long? NumDatasets, long? NumSpaces);

    internal sealed record ErrorWire(JsonElement Error, string? Detail);

    internal sealed record IdentityWire(string? Schema, IdentityRevisionWire? Revision, IdentityPublisherWire? Publisher, AssessmentWire? Assessment);

    internal sealed record IdentityRevisionWire(string? Commit, string? State, string? Verdict, string? Reason, string? Reference, string? ReportUrl);

    internal sealed record IdentityPublisherWire(DateTimeOffset? Since, int? Level, string? Proof);

    internal sealed record AssessmentWire(string? Action, string? Target, string? Rules, ReasonWire[]? Reasons);

    internal sealed record ReasonWire(string? Code, string? Group, string? Text, string? Evidence, double? Weight, string? Confidence);
}

/// <summary>The generated readers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 64, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HubJson.RepositoryWire))]
[JsonSerializable(typeof(HubJson.RepositoryWire[]))]
[JsonSerializable(typeof(HubJson.TreeEntryWire[]))]
[JsonSerializable(typeof(HubJson.CommitWire[]))]
[JsonSerializable(typeof(HubJson.PublisherWire))]
[JsonSerializable(typeof(HubJson.ErrorWire))]
[JsonSerializable(typeof(HubJson.IdentityWire))]
internal sealed partial class HubJsonContext : JsonSerializerContext;
