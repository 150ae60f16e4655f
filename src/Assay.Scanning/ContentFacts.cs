using System.Text.Json;
using System.Text.Json.Serialization;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// What is known of a content because all of its bytes went by: when it was taken in, or when it was hashed. Depends on the bytes alone,
/// so that it is kept by digest.
/// </summary>
/// <param name="Sha256">Its digest; null where it is not known.</param>
/// <param name="Foreign">The beginnings of foreign content in it; null where nobody looked.</param>
public sealed record ContentFacts(string? Sha256, IReadOnlyList<ForeignContent>? Foreign)
{
    /// <summary>Nothing is known.</summary>
    public static ContentFacts None { get; } = new(null, null);

    /// <summary>The version of what is looked for; facts of another version are out of date.</summary>
    public const int Version = ForeignSearch.Version;

    /// <summary>The foreign contents as UTF-8 JSON.</summary>
    public static byte[] WriteForeign(IReadOnlyList<ForeignContent> foreign) => JsonSerializer.SerializeToUtf8Bytes([.. foreign], ContentFactsJson.Default.ForeignContentArray);

    /// <summary>Reads what <see cref="WriteForeign"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static IReadOnlyList<ForeignContent> ReadForeign(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, ContentFactsJson.Default.ForeignContentArray) ?? [];
}

/// <summary>Serialisers made at build time.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(ForeignContent[]))]
internal sealed partial class ContentFactsJson : JsonSerializerContext;
