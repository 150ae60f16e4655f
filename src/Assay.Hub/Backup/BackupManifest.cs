using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay.Hub.Backup;

/// <summary>What a backup holds (<c>assay.backup/v1</c>, <c>manifest.json</c>). It is written last: without it there is no backup.</summary>
public sealed record BackupManifest
{
    /// <summary>The name of the schema, and its version.</summary>
    public const string SchemaName = "assay.backup/v1";

    /// <summary>The name of the file.</summary>
    public const string FileName = "manifest.json";

    private const int MaxLength = 4 << 20;

    /// <summary>The name of the schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Version of the engine that wrote it.</summary>
    public required string Version { get; init; }

    /// <summary>When the data were as they are in it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The newest migration of the database, without its time: both databases have the same ones.</summary>
    public required string Migration { get; init; }

    /// <summary>Tables.</summary>
    public required IReadOnlyList<BackupTable> Tables { get; init; }

    /// <summary>Contents, each a file named by its SHA-256.</summary>
    public required long Contents { get; init; }

    /// <summary>Bytes of all contents.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Contents that the store had lost or damaged already, and that are therefore not part of it.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BackupJson.Default.BackupManifest);

    /// <exception cref="InvalidDataException">It is no manifest of a version that is known.</exception>
    internal static BackupManifest Read(ReadOnlySpan<byte> json)
    {
        BackupManifest? manifest;
        try
        {
            manifest = json.Length > MaxLength ? null : JsonSerializer.Deserialize(json, BackupJson.Default.BackupManifest);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The manifest of the backup is damaged.", e);
        }

        if (manifest is null || manifest.Schema != SchemaName)
            throw new InvalidDataException($"This is no backup that this version can read; it reads {SchemaName}.");
        return manifest;
    }
}

/// <summary>A table of a backup.</summary>
/// <param name="Name">Its name.</param>
/// <param name="File">Its file: <c>tables/Accounts.jsonl</c>.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the file.</param>
public sealed record BackupTable(string Name, string File, long Rows, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
