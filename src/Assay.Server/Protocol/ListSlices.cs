using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Lists and search (<c>hub-protocol</c> section 6).</summary>
internal static class ListSlices
{
    /// <summary><c>GET /api/models</c>, <c>/api/datasets</c>, <c>/api/spaces</c>.</summary>
    public static async Task<Answer> ListAsync(HubCall call)
    {
        var expand = call.List("expand");
        if (RepositoryInfo.UnknownName(call.Kind, expand) is { } unknown)
            return Answer.Bad($"\"{unknown}\" is no property that can be expanded.");
        var limit = call.Number("limit", 1000, 1, 1000);
        var query = Filter(call, RepositoryRegistry.ShownTo(call.Db, call.Who).Where(r => r.Kind == call.Kind));
        var ascending = call.Query("direction") == "1";
        var sort = call.Query("sort") ?? "trendingScore";
        var (page, next) = await PageAsync(call, query, sort, ascending, limit).ConfigureAwait(false);
        if (page is null)
            return Answer.Bad("The cursor is not one of this listing.");
        var ids = page.ConvertAll(static r => r.Id);
        var tags = (await call.Db.RepositoryTags.AsNoTracking().Where(t => ids.Contains(t.RepositoryId)).ToListAsync(call.Cancellation).ConfigureAwait(false)).ToLookup(static t => t.RepositoryId, static t => t.Tag, StringComparer.Ordinal);
        var full = call.Flag("full");
        var names = NamesOf(call, full);
        var answer = new JsonArray();
        foreach (var repository in page)
        {
            var all = RepositoryInfo.Common(call, repository, tags[repository.Id]);
            if ((full || expand.Contains("siblings")) && repository.ServedCommit is { } commit)
                all["siblings"] = await SiblingsAsync(call, repository, commit).ConfigureAwait(false);
            answer.Add(RepositoryInfo.Pick(all, expand.Count > 0 ? expand : names));
        }

        if (next is not null)
            call.LinkNext(("cursor", next));
        return Answer.Of(answer);
    }

    /// <summary><c>GET /api/{T}-tags-by-type</c>.</summary>
    public static async Task<Answer> TagsByTypeAsync(HubCall call, RepoKind kind)
    {
        var visible = RepositoryRegistry.ShownTo(call.Db, call.Who).Where(r => r.Kind == kind).Select(static r => r.Id);
        var tags = await call.Db.RepositoryTags.AsNoTracking().Where(t => visible.Contains(t.RepositoryId)).Select(static t => t.Tag).Distinct().OrderBy(static t => t).Take(5000).ToListAsync(call.Cancellation).ConfigureAwait(false);
        var pipelines = (await call.Db.Repositories.AsNoTracking().Where(r => r.Kind == kind && r.PipelineTag != null).Select(static r => r.PipelineTag!).Distinct().ToListAsync(call.Cancellation).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var libraries = (await call.Db.Repositories.AsNoTracking().Where(r => r.Kind == kind && r.LibraryName != null).Select(static r => r.LibraryName!).Distinct().ToListAsync(call.Cancellation).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var wanted = call.Query("type");
        var types = new JsonObject();
        foreach (var type in (string[])["pipeline_tag", "library", "language", "license", "dataset", "region", "other"])
        {
            if (wanted is null || wanted == type)
                types[type] = new JsonArray();
        }

        foreach (var tag in tags)
        {
            var colon = tag.IndexOf(':', StringComparison.Ordinal);
            var prefix = colon > 0 ? tag[..colon] : "";
            var type = prefix is "license" or "dataset" or "region" or "language" ? prefix : pipelines.Contains(tag) ? "pipeline_tag" : libraries.Contains(tag) ? "library" : tag.Length is 2 or 3 && prefix.Length == 0 ? "language" : "other";
            (types[type] as JsonArray)?.Add(new JsonObject { ["id"] = tag, ["label"] = colon > 0 ? tag[(colon + 1)..] : tag, ["type"] = type });
        }

        return Answer.Of(types);
    }

    /// <summary><c>GET /api/quicksearch</c>.</summary>
    public static async Task<Answer> QuickSearchAsync(HubCall call)
    {
        var text = (call.Query("q") ?? "").Trim();
        var limit = call.Number("limit", 5, 1, 20);
        var answer = new JsonObject { ["q"] = text };
        foreach (var kind in RepoKinds.All)
        {
            var query = RepositoryRegistry.ShownTo(call.Db, call.Who).Where(r => r.Kind == kind);
            var found = WordsOf([text]) is { Count: > 0 } words ? await Matching(call.Db, query, words).OrderByDescending(static r => r.TrendingScore).ThenBy(static r => r.Id).Take(limit).ToListAsync(call.Cancellation).ConfigureAwait(false) : [];
            answer[kind.Plural()] = new JsonArray([.. found.Select(static r => new JsonObject { ["_id"] = r.Id, ["id"] = r.RepoId.ToString(), ["private"] = r.IsPrivate, ["trendingWeight"] = r.TrendingScore })]);
            answer[kind.Plural() + "Count"] = found.Count;
        }

        var key = text.ToLowerInvariant();
        var accounts = key.Length == 0 ? [] : await call.Db.Accounts.AsNoTracking().Where(a => !a.IsDisabled && a.Key.StartsWith(key)).OrderBy(static a => a.Key).Take(limit).ToListAsync(call.Cancellation).ConfigureAwait(false);
        answer["orgs"] = new JsonArray([.. accounts.Where(static a => a.Kind == AccountKind.Organization).Select(static a => new JsonObject { ["name"] = a.Name, ["fullname"] = a.FullName })]);
        answer["users"] = new JsonArray([.. accounts.Where(static a => a.Kind == AccountKind.User).Select(static a => new JsonObject { ["user"] = a.Name, ["fullname"] = a.FullName })]);
        return Answer.Of(answer);
    }

    /// <summary>Those of which the name or a tag has all words.</summary>
    internal static IQueryable<Repository> Matching(HubDb db, IQueryable<Repository> query, IReadOnlyList<string> words)
    {
        var ids = db.Search(words);
        return query.Where(r => ids.Contains(r.Id));
    }

    /// <summary>The words of searches, in lower case.</summary>
    internal static IReadOnlyList<string> WordsOf(IEnumerable<string?> searches) =>
        [.. searches.SelectMany(static s => (s ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal).Take(16)];

    private static IQueryable<Repository> Filter(HubCall call, IQueryable<Repository> query)
    {
        var db = call.Db;
        if (WordsOf(call.Http.Request.Query["search"]) is { Count: > 0 } words)
            query = Matching(db, query, words);
        if (call.Query("author") is { Length: > 0 } author)
        {
            var (low, high) = Range(call.Kind, author);
            query = query.Where(r => string.Compare(r.Key, low) >= 0 && string.Compare(r.Key, high) < 0);
        }

        if (call.Query("pipeline_tag") is { Length: > 0 } pipeline)
            query = query.Where(r => r.PipelineTag == pipeline);
        if (call.Query("gated") is { } gated)
            query = HubCall.IsTrue(gated) ? query.Where(static r => r.Gated != null) : query.Where(static r => r.Gated == null);
        foreach (var name in (string[])["filter", "library", "tags", "language", "license"])
        {
            foreach (var value in call.List(name).Take(20))
            {
                var plain = value.StartsWith("language:", StringComparison.Ordinal) ? value["language:".Length..] : value;
                string[] any = name switch
                {
                    "license" => [value.StartsWith("license:", StringComparison.Ordinal) ? value : "license:" + value],
                    "language" => [plain, "language:" + plain],
                    _ => [value, plain],
                };
                query = query.Where(r => db.RepositoryTags.Any(t => t.RepositoryId == r.Id && any.Contains(t.Tag)));
            }
        }

        foreach (var dataset in call.List("trained_dataset").Take(20))
        {
            var tag = dataset.StartsWith("dataset:", StringComparison.Ordinal) ? dataset : "dataset:" + dataset;
            query = query.Where(r => db.RepositoryTags.Any(t => t.RepositoryId == r.Id && t.Tag == tag));
        }

        return query;
    }

    // All names of a namespace, as a range of the index over keys.
    private static (string Low, string High) Range(RepoKind kind, string author)
    {
        var prefix = $"{kind.Singular()}:{RepoId.KeyOf(author)}";
        return (prefix + "/", prefix + "0"); // '0' follows '/'
    }

    private static async Task<(List<Repository>? Page, string? Next)> PageAsync(HubCall call, IQueryable<Repository> query, string sort, bool ascending, int limit)
    {
        string? at = null, afterId = null;
        if (call.Query("cursor") is { } cursor)
        {
            try
            {
                if (JsonNode.Parse(Convert.FromHexString(cursor)) is not JsonArray { Count: 2 } parts)
                    return (null, null);
                (at, afterId) = ((string?)parts[0], (string?)parts[1]);
            }
            catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
            {
                return (null, null);
            }
        }

        // Ids break ties, so that pages never overlap.
        Func<Repository, string> value;
        switch (sort)
        {
            case "lastModified" or "last_modified":
                value = static r => r.LastModified.UtcTicks.ToString(CultureInfo.InvariantCulture);
                query = Order(query, static r => r.LastModified, at is null ? null : new DateTimeOffset(long.Parse(at, CultureInfo.InvariantCulture), TimeSpan.Zero), afterId, ascending);
                break;
            case "createdAt" or "created_at":
                value = static r => r.CreatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture);
                query = Order(query, static r => r.CreatedAt, at is null ? null : new DateTimeOffset(long.Parse(at, CultureInfo.InvariantCulture), TimeSpan.Zero), afterId, ascending);
                break;
            case "downloads":
                value = static r => r.Downloads.ToString(CultureInfo.InvariantCulture);
                query = Order(query, static r => r.Downloads, at is null ? null : long.Parse(at, CultureInfo.InvariantCulture), afterId, ascending);
                break;
            case "likes" or "likes30d":
                value = static r => r.Likes.ToString(CultureInfo.InvariantCulture);
                query = Order(query, static r => r.Likes, at is null ? null : int.Parse(at, CultureInfo.InvariantCulture), afterId, ascending);
                break;
            default:
                value = static r => r.TrendingScore.ToString("R", CultureInfo.InvariantCulture);
                query = Order(query, static r => r.TrendingScore, at is null ? null : double.Parse(at, CultureInfo.InvariantCulture), afterId, ascending);
                break;
        }

        var page = await query.Take(limit + 1).ToListAsync(call.Cancellation).ConfigureAwait(false);
        if (page.Count <= limit)
            return (page, null);
        page.RemoveAt(limit);
        return (page, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(new JsonArray(value(page[^1]), page[^1].Id).ToJsonString())));
    }

    private static IQueryable<Repository> Order<T>(IQueryable<Repository> query, Expression<Func<Repository, T>> by, T? at, string? afterId, bool ascending)
        where T : struct
    {
        if (at is { } value && afterId is not null)
        {
            // (value, id) beyond the cursor's.
            var r = by.Parameters[0];
            var key = by.Body;
            var bound = Expression.Constant(value, typeof(T));
            var beyond = ascending ? Expression.GreaterThan(key, bound) : Expression.LessThan(key, bound);
            var idAfter = Expression.GreaterThan(Expression.Call(typeof(string), nameof(string.Compare), null, Expression.Property(r, nameof(Repository.Id)), Expression.Constant(afterId)), Expression.Constant(0));
            var same = Expression.AndAlso(Expression.Equal(key, bound), idAfter);
            query = query.Where(Expression.Lambda<Func<Repository, bool>>(Expression.OrElse(beyond, same), r));
        }

        return (ascending ? query.OrderBy(by) : query.OrderByDescending(by)).ThenBy(static r => r.Id);
    }

    private static List<string> NamesOf(HubCall call, bool full)
    {
        List<string> names = ["modelId", "author", "private", "gated", "disabled", "downloads", "requests", "likes", "trendingScore", "createdAt", "lastModified", "tags", "pipeline_tag", "library_name", "sdk", "description"];
        if (full)
            names.AddRange(["siblings", "sha", "cardData"]);
        if (call.Flag("cardData"))
            names.Add("cardData");
        if (call.Flag("config"))
            names.Add("config");
        return names;
    }

    private static async Task<JsonArray> SiblingsAsync(HubCall call, Repository repository, string commit)
    {
        var treeId = await call.Db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.CommitId == commit).Select(static r => r.TreeId).FirstAsync(call.Cancellation).ConfigureAwait(false);
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, treeId, call.Cancellation).ConfigureAwait(false);
        return new JsonArray([.. tree.Files.Select(static f => Wire.Sibling(f, blobs: false))]);
    }
}
