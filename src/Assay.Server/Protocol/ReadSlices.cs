using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Metadata of one repository (<c>hub-protocol</c> section 5).</summary>
internal static class ReadSlices
{
    private const int MaxPaths = 1000;

    /// <summary><c>GET /api/{T}/{id}</c> and <c>/revision/{rev}</c>.</summary>
    public static async Task<Answer> InfoAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadMetadata).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var name = call.Rest.Count == 0 ? RefName.Main : string.Join('/', call.Rest);
        var expand = call.List("expand");
        if (RepositoryInfo.UnknownName(call.Kind, expand) is { } unknown)
            return Answer.Bad($"\"{unknown}\" is no property that can be expanded.");
        var gate = await RevisionGate.OpenAsync(call.Db, repository, name, call.Cancellation).ConfigureAwait(false);
        var (revision, refused) = gate switch
        {
            Gate.Served served => (served.Revision, null),
            Gate.Refused held => (held.Revision, held),
            _ => ((Revision?)null, (Gate.Refused?)null),
        };
        if (gate is Gate.Unknown)
            return HubCall.NoRevision(name);
        // Publisher and reviewers see what is told of a revision that is not served, never its bytes; withdrawn ones are told of to nobody.
        if (refused is not null && (revision is null || refused.IsWithdrawn || !RevisionGate.MaySeeUnserved(call.Who, repository)))
            return call.Refuse(repository, refused);
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, revision!.TreeId, call.Cancellation).ConfigureAwait(false);
        var info = await RepositoryInfo.BuildAsync(call, repository, revision, tree, new InfoRequest(call.Flag("blobs"), call.Flag("securityStatus"), expand)).ConfigureAwait(false);
        return Answer.Of(info);
    }

    /// <summary><c>GET /api/{T}/{id}/tree/{rev}/{path}</c>.</summary>
    public static async Task<Answer> TreeAsync(HubCall call)
    {
        var (repository, revision, path, problem) = await OpenAsync(call).ConfigureAwait(false);
        if (revision is null)
            return problem!;
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, revision.TreeId, call.Cancellation).ConfigureAwait(false);
        path = path.Trim('/');
        if (path.Length > 0 && !tree.Folders.ContainsKey(path))
            return Answer.Fail(404, "EntryNotFound", $"{path} does not exist on \"{revision.CommitId}\"", revision.CommitId);
        var expand = call.Flag("expand");
        var (recursive, limit) = (call.Flag("recursive"), call.Number("limit", expand ? 100 : 1000, 1, expand ? 1000 : 10_000));
        var after = call.Query("cursor") is { } cursor ? Decode(cursor) : null;
        var prefix = path.Length == 0 ? "" : path + "/";
        var entries = EntriesOf(tree, prefix, recursive);
        var start = 0;
        if (after is not null)
        {
            start = entries.FindIndex(e => e.Path == after) + 1;
            if (start == 0)
                return Answer.Bad("The cursor is not one of this listing.");
        }

        var page = entries.GetRange(start, Math.Min(limit, entries.Count - start));
        var answer = await DescribeAsync(call, repository!, revision, tree, page, expand).ConfigureAwait(false);
        if (start + page.Count < entries.Count)
            call.LinkNext(("cursor", Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(page[^1].Path))));
        return Answer.Of(answer);
    }

    /// <summary><c>POST /api/{T}/{id}/paths-info/{rev}</c>.</summary>
    public static async Task<Answer> PathsInfoAsync(HubCall call)
    {
        var (repository, revision, _, problem) = await OpenAsync(call).ConfigureAwait(false);
        if (revision is null)
            return problem!;
        var paths = new List<string>();
        var expand = false;
        if (call.Http.Request.HasFormContentType)
        {
            var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
            paths.AddRange(form["paths"].OfType<string>());
            expand = form.TryGetValue("expand", out var given) && HubCall.IsTrue(given);
        }
        else
        {
            if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body)
                return Answer.Bad("A list of paths is missing.");
            paths.AddRange(body["paths"] switch
            {
                JsonArray list => list.OfType<JsonValue>().Select(static v => v.ToString()),
                JsonValue one => [one.ToString()],
                _ => [],
            });
            expand = body["expand"] is JsonValue value && value.ToString() is "true" or "True" or "1";
        }

        if (paths.Count > MaxPaths)
            return Answer.Bad($"Up to {MaxPaths} paths can be asked for at a time.");
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, revision.TreeId, call.Cancellation).ConfigureAwait(false);
        var entries = new List<Entry>();
        foreach (var path in paths.Select(static p => p.Trim('/')).Distinct(StringComparer.Ordinal))
        {
            if (tree.Find(path) is { } file)
                entries.Add(new Entry(path, file, ""));
            else if (tree.Folders.TryGetValue(path, out var folder))
                entries.Add(new Entry(path, null, folder));
        }

        return Answer.Of(await DescribeAsync(call, repository!, revision, tree, entries, expand).ConfigureAwait(false));
    }

    /// <summary><c>GET /api/{T}/{id}/refs</c>.</summary>
    public static async Task<Answer> RefsAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadMetadata).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (RevisionGate.RefusalOf(repository) is { } refused)
            return call.Refuse(repository, refused);
        var branches = new JsonArray();
        var tags = new JsonArray();
        foreach (var gitRef in await call.Db.GitRefs.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.ServedCommit != null).OrderBy(static r => r.Name).ToListAsync(call.Cancellation).ConfigureAwait(false))
        {
            var isTag = gitRef.Name.StartsWith(RefName.Tags, StringComparison.Ordinal);
            if (!isTag && !gitRef.Name.StartsWith(RefName.Heads, StringComparison.Ordinal))
                continue;
            // A branch of which nothing that was pushed is served is named by no door.
            if (gitRef.ServedCommit != gitRef.NewestCommit && await RevisionGate.OpenAsync(call.Db, repository, gitRef.Name, call.Cancellation).ConfigureAwait(false) is not Gate.Served)
                continue;
            (isTag ? tags : branches).Add(new JsonObject { ["name"] = gitRef.Name[(isTag ? RefName.Tags : RefName.Heads).Length..], ["ref"] = gitRef.Name, ["targetCommit"] = gitRef.ServedCommit });
        }

        var answer = new JsonObject { ["tags"] = tags, ["branches"] = branches, ["converts"] = new JsonArray() };
        if (call.Flag("include_prs") || call.Flag("include_pull_requests"))
            answer["pullRequests"] = new JsonArray();
        return Answer.Of(answer);
    }

    /// <summary><c>GET /api/{T}/{id}/commits/{rev}</c>. What is not served is left out, for its publisher as well.</summary>
    public static async Task<Answer> CommitsAsync(HubCall call)
    {
        var (repository, revision, _, problem) = await OpenAsync(call).ConfigureAwait(false);
        if (revision is null)
            return problem!;
        var (limit, page) = (call.Number("limit", 50, 1, 1000), call.Number("p", 0, 0, 1_000_000));
        var formatted = call.List("expand").Contains("formatted");
        var history = await HistoryAsync(call, repository!, revision).ConfigureAwait(false);
        var commits = new JsonArray();
        foreach (var commit in history.Skip(page * limit).Take(limit))
        {
            var one = new JsonObject
            {
                ["id"] = commit.CommitId,
                ["title"] = commit.Title,
                ["message"] = commit.Message,
                ["date"] = Wire.Date(commit.CommittedAt),
                ["authors"] = new JsonArray(new JsonObject { ["user"] = commit.AuthorName, ["avatar"] = $"{call.BaseUrl}/avatars/{commit.AuthorName}.svg" }),
            };
            if (formatted)
                one["formatted"] = new JsonObject { ["title"] = System.Net.WebUtility.HtmlEncode(commit.Title), ["message"] = commit.Message.Length == 0 ? "" : "<p>" + System.Net.WebUtility.HtmlEncode(commit.Message) + "</p>" };
            commits.Add(one);
        }

        call.Http.Response.Headers["X-Total-Count"] = history.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if ((page + 1) * limit < history.Count)
            call.LinkNext(("p", (page + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return Answer.Of(commits);
    }

    /// <summary><c>GET /api/{T}/{id}/scan</c>.</summary>
    public static async Task<Answer> ScanAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadMetadata).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var gate = await RevisionGate.OpenAsync(call.Db, repository, RefName.Main, call.Cancellation).ConfigureAwait(false);
        return gate switch
        {
            Gate.Served served => Answer.Of((await SecurityStatus.OfAsync(call, served.Revision).ConfigureAwait(false)).Repository()),
            Gate.Refused { Revision: { } revision } when RevisionGate.MaySeeUnserved(call.Who, repository) => Answer.Of((await SecurityStatus.OfAsync(call, revision).ConfigureAwait(false)).Repository()),
            Gate.Refused refused => call.Refuse(repository, refused),
            _ => HubCall.NoRevision(RefName.Main),
        };
    }

    /// <summary><c>GET /api/{T}/{id}/auth-check</c> and <c>/auth-check/write</c>.</summary>
    public static async Task<Answer> AuthCheckAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(call.Rest is ["write"] ? HubAction.Write : HubAction.ReadContent).ConfigureAwait(false);
        return repository is null ? problem! : Answer.Of(new JsonObject { ["ok"] = true });
    }

    /// <summary><c>GET /api/{T}/{id}/treesize/{rev}/{path}</c>.</summary>
    public static async Task<Answer> TreeSizeAsync(HubCall call)
    {
        var (_, revision, path, problem) = await OpenAsync(call).ConfigureAwait(false);
        if (revision is null)
            return problem!;
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, revision.TreeId, call.Cancellation).ConfigureAwait(false);
        path = path.Trim('/');
        var prefix = path.Length == 0 ? "" : path + "/";
        return Answer.Of(new JsonObject { ["path"] = "/" + path, ["size"] = tree.Files.Where(f => f.Path.StartsWith(prefix, StringComparison.Ordinal)).Sum(static f => f.Size) });
    }

    /// <summary><c>GET /api/{T}/{id}/lfs-files</c>.</summary>
    public static async Task<Answer> LfsFilesAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var gate = await RevisionGate.OpenAsync(call.Db, repository, RefName.Main, call.Cancellation).ConfigureAwait(false);
        var files = new JsonArray();
        if (gate is Gate.Served { Revision: var revision })
        {
            var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, revision.TreeId, call.Cancellation).ConfigureAwait(false);
            foreach (var file in tree.Files.Where(static f => f.IsLfs).Take(1000))
                files.Add(new JsonObject { ["fileOid"] = file.Id, ["oid"] = file.Sha256, ["size"] = file.Size, ["filename"] = file.Path, ["pushedAt"] = Wire.Date(revision.CommittedAt), ["ref"] = RefName.Main, ["pusher"] = new JsonObject { ["name"] = revision.AuthorName } });
        }

        return Answer.Of(files);
    }

    /// <summary>The served revision that a path of the API names; a publisher may name one that is not served.</summary>
    internal static async Task<(Repository? Repository, Revision? Revision, string Path, Answer? Problem)> OpenAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadMetadata).ConfigureAwait(false);
        if (repository is null)
            return (null, null, "", problem);
        var (gate, name, path) = await call.RevisionAsync(repository).ConfigureAwait(false);
        return gate switch
        {
            Gate.Served served => (repository, served.Revision, path, null),
            Gate.Refused { Revision: { } revision, IsWithdrawn: false } when RevisionGate.MaySeeUnserved(call.Who, repository) => (repository, revision, path, null),
            Gate.Refused refused => (repository, null, path, call.Refuse(repository, refused)),
            _ => (repository, null, path, HubCall.NoRevision(name)),
        };
    }

    /// <summary>The admitted commits of a history, newest first.</summary>
    internal static async Task<List<Revision>> HistoryAsync(HubCall call, Repository repository, Revision from)
    {
        var all = await call.Db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id).ToDictionaryAsync(static r => r.CommitId, StringComparer.Ordinal, call.Cancellation).ConfigureAwait(false);
        var history = new List<Revision>();
        for (var commit = from.CommitId; commit is not null && all.TryGetValue(commit, out var revision); commit = revision.FirstParent)
        {
            if (revision.State == RevisionState.Admitted || revision.CommitId == from.CommitId)
                history.Add(revision);
        }

        return history;
    }

    private static List<Entry> EntriesOf(RevisionTree tree, string prefix, bool recursive)
    {
        var entries = new List<Entry>();
        foreach (var (folder, id) in tree.Folders)
        {
            if (folder.StartsWith(prefix, StringComparison.Ordinal) && (recursive || folder.IndexOf('/', prefix.Length) < 0))
                entries.Add(new Entry(folder, null, id));
        }

        foreach (var file in tree.Files)
        {
            if (file.Path.StartsWith(prefix, StringComparison.Ordinal) && (recursive || file.Path.IndexOf('/', prefix.Length) < 0))
                entries.Add(new Entry(file.Path, file, ""));
        }

        // git's order: by bytes, a folder as if its name ended with a slash, so that what is in it follows it.
        entries.Sort(static (a, b) => string.CompareOrdinal(a.File is null ? a.Path + "/" : a.Path, b.File is null ? b.Path + "/" : b.Path));
        return entries;
    }

    private static async Task<JsonArray> DescribeAsync(HubCall call, Repository repository, Revision revision, RevisionTree tree, List<Entry> entries, bool expand)
    {
        var answer = new JsonArray();
        var security = expand ? await SecurityStatus.OfAsync(call, revision).ConfigureAwait(false) : null;
        var last = expand ? await LastCommits.OfAsync(call, repository, revision, tree, entries.ConvertAll(static e => e.Path)).ConfigureAwait(false) : null;
        foreach (var entry in entries)
        {
            var json = entry.File is null ? Wire.FolderEntry(entry.Path, entry.Folder) : Wire.FileEntry(entry.File);
            if (last is not null && last.TryGetValue(entry.Path, out var commit))
                json["lastCommit"] = new JsonObject { ["id"] = commit.CommitId, ["title"] = commit.Title, ["date"] = Wire.Date(commit.CommittedAt) };
            if (security is not null && entry.File is not null)
                json["securityFileStatus"] = security.File(entry.Path);
            answer.Add(json);
        }

        return answer;
    }

    private static string? Decode(string cursor)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromHexString(cursor));
        }
        catch (FormatException)
        {
            return "\0"; // of no listing
        }
    }

    private readonly record struct Entry(string Path, RevisionFile? File, string Folder);
}
