using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Protocol;
using Assay.Server.Administration;
using Assay.Server.Pages;
using Assay.Server.Protocol;
using Assay.Server.Web;

namespace Assay.Server;

/// <summary>Every address of the server, by audience.</summary>
internal static class Endpoints
{
    /// <summary>What clients of the Hugging Face Hub, git and git-lfs ask for.</summary>
    public static IReadOnlyList<HubSlice> Hub { get; } =
    [
        // accounts, and what clients ask before anything else
        new("GET", HubPlace.Root, "api/whoami-v2", AccountSlices.WhoAmIAsync),
        new("GET", HubPlace.Root, "api/users", static call => AccountSlices.OverviewAsync(call, AccountKind.User)),
        new("GET", HubPlace.Root, "api/organizations", static call => AccountSlices.OverviewAsync(call, AccountKind.Organization)),
        new("GET", HubPlace.Root, "api/agent-harnesses", static _ => Fixed(new JsonObject { ["standardEnvVars"] = new JsonArray(), ["harnesses"] = new JsonObject() })),
        new("GET POST", HubPlace.Root, "api/telemetry", static _ => Fixed(new JsonObject())),

        // repositories
        new("POST", HubPlace.Root, "api/repos/create", RepositorySlices.CreateAsync),
        new("DELETE", HubPlace.Root, "api/repos/delete", RepositorySlices.DeleteAsync),
        new("POST", HubPlace.Root, "api/repos/move", RepositorySlices.MoveAsync),
        new("POST", HubPlace.Root, "api/validate-yaml", RepositorySlices.ValidateYamlAsync),
        new("PUT", HubPlace.RepositoryApi, "settings", RepositorySlices.SettingsAsync),
        new("POST DELETE", HubPlace.RepositoryApi, "branch", RepositorySlices.BranchAsync),
        new("POST DELETE", HubPlace.RepositoryApi, "tag", RepositorySlices.TagAsync),
        new("POST", HubPlace.RepositoryApi, "super-squash", RepositorySlices.SquashAsync),

        // reading
        new("GET", HubPlace.Kind, "", ListSlices.ListAsync),
        new("GET", HubPlace.Root, "api/models-tags-by-type", static call => ListSlices.TagsByTypeAsync(call, RepoKind.Model)),
        new("GET", HubPlace.Root, "api/datasets-tags-by-type", static call => ListSlices.TagsByTypeAsync(call, RepoKind.Dataset)),
        new("GET", HubPlace.Root, "api/quicksearch", ListSlices.QuickSearchAsync),
        new("GET", HubPlace.RepositoryApi, "", ReadSlices.InfoAsync),
        new("GET", HubPlace.RepositoryApi, "revision", ReadSlices.InfoAsync),
        new("GET", HubPlace.RepositoryApi, "tree", ReadSlices.TreeAsync),
        new("GET", HubPlace.RepositoryApi, "treesize", ReadSlices.TreeSizeAsync),
        new("POST", HubPlace.RepositoryApi, "paths-info", ReadSlices.PathsInfoAsync),
        new("GET", HubPlace.RepositoryApi, "refs", ReadSlices.RefsAsync),
        new("GET", HubPlace.RepositoryApi, "commits", ReadSlices.CommitsAsync),
        new("GET", HubPlace.RepositoryApi, "scan", ReadSlices.ScanAsync),
        new("GET", HubPlace.RepositoryApi, "auth-check", ReadSlices.AuthCheckAsync),
        new("GET", HubPlace.RepositoryApi, "lfs-files", ReadSlices.LfsFilesAsync),

        // files
        new("GET", HubPlace.Repository, "resolve", DownloadSlices.ResolveAsync),
        new("GET", HubPlace.Repository, "raw", DownloadSlices.RawAsync),
        new("GET", HubPlace.ResolveCache, "*", DownloadSlices.ResolveAsync),

        // git
        new("GET", HubPlace.Git, "info/refs", GitSlices.AdvertiseAsync),
        new("POST", HubPlace.Git, "git-upload-pack", GitSlices.UploadPackAsync),
        new("POST", HubPlace.Git, "git-receive-pack", GitSlices.ReceivePackAsync),

        // writing
        new("POST", HubPlace.RepositoryApi, "preupload", CommitSlices.PreuploadAsync),
        new("POST", HubPlace.RepositoryApi, "commit", CommitSlices.CommitAsync),
        new("POST", HubPlace.Git, "info/lfs/objects/batch", LfsSlices.BatchAsync),
        new("GET POST", HubPlace.Git, "info/lfs/locks", LfsSlices.LocksAsync),
        new("PUT", HubPlace.Root, "lfs/objects", LfsSlices.PutAsync),
        new("PUT", HubPlace.Root, "lfs/parts", LfsSlices.PutPartAsync),
        new("POST", HubPlace.Root, "lfs/complete", LfsSlices.CompleteAsync),
        new("GET", HubPlace.Root, "lfs/objects", DownloadSlices.LfsAsync),
        new("POST", HubPlace.Root, "lfs/verify", LfsSlices.VerifyAsync),
        new("GET", HubPlace.RepositoryApi, "xet-write-token", XetSlices.WriteTokenAsync),
        new("GET", HubPlace.RepositoryApi, "xet-read-token", XetSlices.AbsentAsync),
        new("GET POST", HubPlace.Root, "xet/v1/xorbs", XetSlices.XorbAsync),
        new("POST", HubPlace.Root, "xet/v1/shards", XetSlices.ShardAsync),
        new("POST", HubPlace.Root, "xet/v2/shards", XetSlices.AbsentAsync),
        new("GET", HubPlace.Root, "xet/v1/chunks", XetSlices.AbsentAsync),
        new("GET", HubPlace.Root, "xet/v1/files", XetSlices.AbsentAsync),
        new("GET", HubPlace.Root, "xet/v2/file-chunk-hashes", XetSlices.AbsentAsync),
        new("POST", HubPlace.Root, "xet/v1/xorb-grants", XetSlices.AbsentAsync),
        new("POST", HubPlace.Root, "xet/v1/telemetry", XetSlices.TelemetryAsync),
        new("POST", HubPlace.Root, "v1/telemetry", XetSlices.TelemetryAsync), // some clients leave out the path of the address they were given
    ];

    /// <summary>The hub's own API, by resource.</summary>
    public static IReadOnlyList<Action<RouteGroupBuilder>> Administration { get; } =
    [
        Reports.Map,
        Identities.Map,
        Revisions.Map,
        Withdrawals.Map,
        ReviewQueue.Map,
        Engagement.Map,
        AuditTrail.Map,
        DownloadRecords.Map,
        PolicyInForce.Map,
        Users.Map,
        Organizations.Map,
        Publishers.Map,
        Tokens.Map,
    ];

    /// <summary>Pages for people.</summary>
    public static IReadOnlyList<Page> Pages { get; } =
    [
        new("", BrowsePages.HomeAsync),
        new("models", static call => BrowsePages.KindAsync(call, RepoKind.Model)),
        new("datasets", static call => BrowsePages.KindAsync(call, RepoKind.Dataset)),
        new("spaces", static call => BrowsePages.KindAsync(call, RepoKind.Space)),
        new("v/*", ReportPages.ShowAsync, ReportPages.DecideHereAsync),
        new("queue", ReportPages.QueueAsync, ReportPages.DecideInQueueAsync),
        new("login", AccountPages.LoginAsync, AccountPages.SignInAsync),
        new("logout", null, AccountPages.SignOutAsync),
        new("settings/tokens", AccountPages.TokensAsync, AccountPages.ChangeTokensAsync),
        new("assets/*", SiteFiles.AssetAsync),
        new("avatars/*", SiteFiles.AvatarAsync),
        new("*", BrowsePages.AccountAsync),
    ];

    /// <summary>Pages of a repository, after its name.</summary>
    public static IReadOnlyList<Page> RepositoryPages { get; } =
    [
        new("", Assay.Server.Pages.RepositoryPages.ShowAsync),
        new("tree/**", Assay.Server.Pages.RepositoryPages.TreeAsync),
        new("blob/**", Assay.Server.Pages.RepositoryPages.BlobAsync),
        new("commits/**", Assay.Server.Pages.RepositoryPages.CommitsAsync),
        new("commit/**", Assay.Server.Pages.RepositoryPages.CommitAsync),
    ];

    private static Task<Answer> Fixed(JsonObject body) => Task.FromResult(Answer.Of(body));
}
