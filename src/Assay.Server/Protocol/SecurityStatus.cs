using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Scanning;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>What the report of a revision says of each file, in the protocol's words (<c>hub-protocol</c> section 7).</summary>
internal sealed class SecurityStatus
{
    private readonly Dictionary<string, JsonObject> _files = new(StringComparer.Ordinal);
    private readonly string? _reference;
    private readonly string _baseUrl;
    private readonly string _repositoryStatus;

    private SecurityStatus(bool isDone, string? reference, string baseUrl, string repositoryStatus) =>
        (IsDone, _reference, _baseUrl, _repositoryStatus) = (isDone, reference, baseUrl, repositoryStatus);

    /// <summary>Whether the revision was vetted.</summary>
    public bool IsDone { get; }

    /// <summary>Reads the newest report of a revision.</summary>
    public static async Task<SecurityStatus> OfAsync(HubCall call, Revision revision)
    {
        if (revision.IsInitial)
            return new SecurityStatus(true, null, call.BaseUrl, "safe");
        var row = await call.Db.RevisionReports.AsNoTracking().Where(r => r.RevisionId == revision.Id).OrderByDescending(static r => r.CreatedAt).FirstOrDefaultAsync(call.Cancellation).ConfigureAwait(false);
        if (row is null)
            return new SecurityStatus(false, revision.Reference, call.BaseUrl, "queued");
        var status = new SecurityStatus(true, revision.Reference, call.BaseUrl, Wire.StatusOf(row.Verdict));
        if (JsonNode.Parse(Packing.Unpack(row.Content)) is JsonObject report && report["artifacts"] is JsonArray artifacts)
        {
            foreach (var artifact in artifacts)
            {
                if (artifact is JsonObject file && (string?)file["path"] is { } path)
                    status._files[path] = file;
            }
        }

        return status;
    }

    /// <summary><c>securityRepoStatus</c>.</summary>
    public JsonObject Repository()
    {
        var issues = new JsonArray();
        foreach (var (path, file) in _files.OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            var level = Wire.StatusOf((string?)file["verdict"]);
            if (level != "safe")
                issues.Add(new JsonObject { ["path"] = path, ["level"] = level });
        }

        return new JsonObject { ["scansDone"] = IsDone, ["filesWithIssues"] = issues };
    }

    /// <summary><c>securityFileStatus</c> of a file.</summary>
    public JsonObject File(string path)
    {
        var artifact = _files.GetValueOrDefault(path);
        var status = artifact is not null ? Wire.StatusOf((string?)artifact["verdict"]) : IsDone && _repositoryStatus == "safe" ? "safe" : IsDone ? "unscanned" : "queued";
        var findings = new JsonArray();
        var imports = artifact?["imports"]?.DeepClone() as JsonArray ?? [];
        var message = "";
        foreach (var finding in artifact?["findings"] as JsonArray ?? [])
        {
            if (findings.Count >= 20 || finding is null)
                break;
            if (message.Length == 0)
                message = (string?)finding["message"] ?? "";
            findings.Add(new JsonObject { ["rule"] = finding["rule"]?.DeepClone(), ["severity"] = finding["severity"]?.DeepClone(), ["title"] = finding["title"]?.DeepClone(), ["message"] = finding["message"]?.DeepClone(), ["fingerprint"] = finding["fingerprint"]?.DeepClone() });
        }

        var version = $"assay {Engine.Version}";
        var scan = new JsonObject { ["status"] = status, ["version"] = version };
        var own = new JsonObject { ["status"] = status, ["message"] = message.Length > 0 ? message : status == "safe" ? "No findings" : "", ["version"] = $"{Engine.Version} (rules {Engine.Rules})", ["findings"] = findings };
        if (_reference is not null)
        {
            scan["reportLink"] = $"{_baseUrl}/v/{_reference}";
            own["reportLink"] = $"{_baseUrl}/v/{_reference}";
        }

        if (message.Length > 0)
            scan["message"] = message;
        var pickle = scan.DeepClone().AsObject();
        pickle["pickleImports"] = imports;
        return new JsonObject { ["status"] = status, ["avScan"] = scan, ["pickleImportScan"] = pickle, ["assayScan"] = own };
    }
}
