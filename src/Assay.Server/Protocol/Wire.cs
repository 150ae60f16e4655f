using System.Globalization;
using System.Text.Json.Nodes;
using Assay.Hub.Repositories;
using Assay.Protocol.Git;

namespace Assay.Server.Protocol;

/// <summary>The shapes that several answers share.</summary>
internal static class Wire
{
    /// <summary>A time as clients read it: UTC, milliseconds, <c>Z</c>.</summary>
    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An entry of <c>tree</c> and <c>paths-info</c> for a file.</summary>
    public static JsonObject FileEntry(RevisionFile file)
    {
        var entry = new JsonObject { ["type"] = "file", ["oid"] = file.Id, ["size"] = file.Size, ["path"] = file.Path };
        if (file.IsLfs)
            entry["lfs"] = new JsonObject { ["oid"] = file.Sha256, ["size"] = file.Size, ["pointerSize"] = PointerSize(file) };
        return entry;
    }

    /// <summary>An entry of <c>tree</c> and <c>paths-info</c> for a folder.</summary>
    public static JsonObject FolderEntry(string path, string id) => new() { ["type"] = "directory", ["oid"] = id, ["size"] = 0, ["path"] = path };

    /// <summary>An entry of <c>siblings</c>.</summary>
    public static JsonObject Sibling(RevisionFile file, bool blobs)
    {
        var sibling = new JsonObject { ["rfilename"] = file.Path };
        if (!blobs)
            return sibling;
        sibling["size"] = file.Size;
        sibling["blobId"] = file.Id;
        if (file.IsLfs)
            sibling["lfs"] = new JsonObject { ["sha256"] = file.Sha256, ["size"] = file.Size, ["pointerSize"] = PointerSize(file) };
        return sibling;
    }

    /// <summary>The protocol's word for a verdict (<c>product.md</c>).</summary>
    public static string StatusOf(string? verdict) => verdict switch
    {
        "clean" => "safe",
        "incomplete" => "caution",
        "suspicious" => "suspicious",
        "malicious" => "unsafe",
        _ => "queued",
    };

    /// <summary>The order of the protocol's words, the worst last.</summary>
    public static int RankOf(string status) => Array.IndexOf(["safe", "unscanned", "queued", "error", "caution", "suspicious", "unsafe"], status);

    private static int PointerSize(RevisionFile file) => new LfsPointer(file.Sha256, file.Size).ToBytes().Length;
}
