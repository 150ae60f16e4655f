using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>What of a repository is asked for.</summary>
/// <param name="Blobs">Whether files carry sizes and ids.</param>
/// <param name="Security">Whether the verdicts are wanted.</param>
/// <param name="Expand">Names of properties; all else is left out.</param>
internal sealed record InfoRequest(bool Blobs, bool Security, IReadOnlyList<string> Expand);

/// <summary>The object that describes a repository, in single answers and in lists (<c>hub-protocol</c> sections 5.1 and 6).</summary>
internal static class RepositoryInfo
{
    private static readonly HashSet<string> ModelNames = Names("author baseModels cardData childrenModelCount config createdAt disabled downloads downloadsAllTime evalResults gated gguf gitalyUid inference inferenceProviderMapping lastModified library_name likes mask_token model-index pipeline_tag private requests resourceGroup safetensors securityRepoStatus sha siblings spaces tags transformersInfo trendingScore usedStorage widgetData xetEnabled");
    private static readonly HashSet<string> DatasetNames = Names("author cardData citation createdAt description disabled downloads downloadsAllTime gated gitalyUid lastModified likes mainSize paperswithcode_id private requests resourceGroup securityRepoStatus sha siblings tags trendingScore usedStorage xetEnabled");
    private static readonly HashSet<string> SpaceNames = Names("author cardData createdAt datasets disabled gitalyUid lastModified likes models private region requests resourceGroup runtime sdk securityRepoStatus sha siblings subdomain tags trendingScore usedStorage xetEnabled");

    /// <summary>The first name that cannot be expanded; null when all can.</summary>
    public static string? UnknownName(RepoKind kind, IReadOnlyList<string> expand)
    {
        var known = kind switch { RepoKind.Dataset => DatasetNames, RepoKind.Space => SpaceNames, _ => ModelNames };
        return expand.FirstOrDefault(n => !known.Contains(n));
    }

    /// <summary>A single repository at a revision.</summary>
    public static async Task<JsonObject> BuildAsync(HubCall call, Repository repository, Revision revision, RevisionTree tree, InfoRequest request)
    {
        var tags = await call.Db.RepositoryTags.AsNoTracking().Where(t => t.RepositoryId == repository.Id).Select(static t => t.Tag).ToListAsync(call.Cancellation).ConfigureAwait(false);
        var all = Common(call, repository, tags);
        all["sha"] = revision.CommitId;
        if (Wanted("siblings"))
            all["siblings"] = new JsonArray([.. tree.Files.Select(f => Wire.Sibling(f, request.Blobs))]);
        if (request.Expand.Count == 0)
            all["lastModified"] = Wire.Date(repository.ServedCommit == revision.CommitId ? repository.LastModified : revision.CommittedAt);
        if (request.Security || request.Expand.Contains("securityRepoStatus"))
            all["securityRepoStatus"] = (await SecurityStatus.OfAsync(call, revision).ConfigureAwait(false)).Repository();
        return request.Expand.Count == 0 ? Default(repository.Kind, all) : Pick(all, request.Expand);

        bool Wanted(string name) => request.Expand.Count == 0 || request.Expand.Contains(name);
    }

    /// <summary>Everything that is known of a repository but its revision.</summary>
    public static JsonObject Common(HubCall call, Repository repository, IEnumerable<string> tags)
    {
        var card = repository.CardJson is null ? null : JsonNode.Parse(repository.CardJson) as JsonObject;
        var facts = repository.FactsJson is null ? null : JsonNode.Parse(repository.FactsJson) as JsonObject;
        var info = new JsonObject
        {
            ["_id"] = repository.Id,
            ["id"] = repository.RepoId.ToString(),
            ["author"] = repository.Namespace,
            ["private"] = repository.IsPrivate,
            ["gated"] = repository.Gated is { } gated ? JsonValue.Create(gated) : JsonValue.Create(false),
            ["disabled"] = false,
            ["downloads"] = repository.Downloads,
            ["downloadsAllTime"] = repository.DownloadsAllTime,
            ["requests"] = repository.Requests,
            ["likes"] = repository.Likes,
            ["trendingScore"] = repository.TrendingScore,
            ["createdAt"] = Wire.Date(repository.CreatedAt),
            ["lastModified"] = Wire.Date(repository.LastModified),
            ["usedStorage"] = repository.UsedStorage,
            ["tags"] = new JsonArray([.. tags.Select(static t => JsonValue.Create(t))]),
        };
        if (repository.ServedCommit is { } served)
            info["sha"] = served;
        if (card is not null)
            info["cardData"] = card;
        switch (repository.Kind)
        {
            case RepoKind.Model:
                info["modelId"] = repository.RepoId.ToString();
                info["inferenceProviderMapping"] = new JsonArray();
                info["spaces"] = new JsonArray();
                info["childrenModelCount"] = 0;
                Set("pipeline_tag", repository.PipelineTag);
                Set("library_name", repository.LibraryName);
                if (card?["widget"] is { } widget)
                    info["widgetData"] = widget.DeepClone();
                info["model-index"] = card?["model-index"]?.DeepClone();
                foreach (var name in (string[])["config", "transformersInfo", "safetensors", "mask_token"])
                {
                    if (facts?[name] is { } fact)
                        info[name] = fact.DeepClone();
                }

                break;
            case RepoKind.Dataset:
                Set("description", (string?)(card?["pretty_name"] as JsonValue)?.ToString());
                break;
            default:
                Set("sdk", repository.Sdk);
                info["subdomain"] = $"{repository.Namespace}-{repository.Name}".ToLowerInvariant().Replace('.', '-').Replace('_', '-');
                info["models"] = new JsonArray();
                info["datasets"] = new JsonArray();
                info["runtime"] = new JsonObject
                {
                    ["stage"] = "NO_APP_FILE",
                    ["hardware"] = new JsonObject { ["current"] = null, ["requested"] = null },
                    ["storage"] = null,
                    ["gcTimeout"] = null,
                    ["replicas"] = new JsonObject { ["requested"] = 1 },
                };
                break;
        }

        return info;

        void Set(string name, string? value)
        {
            if (value is not null)
                info[name] = value;
        }
    }

    /// <summary>Only what was asked for, with the two ids.</summary>
    public static JsonObject Pick(JsonObject all, IReadOnlyList<string> names)
    {
        var picked = new JsonObject { ["_id"] = all["_id"]?.DeepClone(), ["id"] = all["id"]?.DeepClone() };
        foreach (var name in names)
        {
            if (all.TryGetPropertyValue(name, out var value))
                picked[name] = value?.DeepClone();
        }

        return picked;
    }

    private static JsonObject Default(RepoKind kind, JsonObject all)
    {
        all.Remove("downloadsAllTime");
        all.Remove("trendingScore");
        all.Remove("inferenceProviderMapping");
        all.Remove("childrenModelCount");
        if (kind == RepoKind.Space)
            all["host"] = "";
        return all;
    }

    private static HashSet<string> Names(string names) => [.. names.Split(' ')];
}
