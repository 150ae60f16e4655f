using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Pages;

/// <summary>A repository in a list.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="State">How its newest visible revision stands.</param>
public sealed record RepositoryRow(Repository Repository, PageState State);

/// <summary>A list of repositories.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Kind">The kind; null for all.</param>
/// <param name="Search">What was searched for.</param>
/// <param name="Sort">The order.</param>
/// <param name="Tag">The tag that all have; empty for any.</param>
/// <param name="Rows">The page.</param>
/// <param name="Page">Its number, from 0.</param>
/// <param name="HasMore">Whether another follows.</param>
/// <param name="Owner">The account whose page it is; null for none.</param>
/// <param name="Members">Members of an organisation; empty for users.</param>
/// <param name="Standing">What is proven of the account; null for none.</param>
public sealed record ListModel(string Title, RepoKind? Kind, string Search, string Sort, string Tag, IReadOnlyList<RepositoryRow> Rows, int Page, bool HasMore, Account? Owner, IReadOnlyList<string> Members, PublisherStanding? Standing)
{
    /// <summary>The address of another page of the list.</summary>
    public string UrlOf(int page)
    {
        var path = Owner is not null ? "/" + Owner.Name : Kind is { } kind ? "/" + kind.Plural() : "/";
        var query = new List<string>();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("search", Search), ("sort", Sort == "trending" ? "" : Sort), ("tag", Tag), ("page", page > 0 ? $"{page}" : "")])
        {
            if (value.Length > 0)
                query.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        return query.Count == 0 ? path : path + "?" + string.Join('&', query);
    }
}

/// <summary>Lists: the start page, the kinds, and accounts.</summary>
internal static class BrowsePages
{
    private const int PageSize = 30;
    private const int MaxPage = 1000;

    /// <summary><c>/</c></summary>
    public static Task<IResult> HomeAsync(HubCall call) => ListAsync(call, "Models, datasets and spaces", null, null, []);

    /// <summary><c>/models</c>, <c>/datasets</c>, <c>/spaces</c></summary>
    public static Task<IResult> KindAsync(HubCall call, RepoKind kind) => ListAsync(call, kind switch { RepoKind.Dataset => "Datasets", RepoKind.Space => "Spaces", _ => "Models" }, kind, null, []);

    /// <summary><c>/{ns}</c></summary>
    public static async Task<IResult> AccountAsync(HubCall call)
    {
        var key = RepoId.KeyOf(call.Rest[0]);
        if (!RepoId.IsWellFormed(call.Rest[0]) || await call.Db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && !a.IsDisabled, call.Cancellation).ConfigureAwait(false) is not { } account)
            return PageSite.Error(call, 404, "There is nothing at this address.");
        var members = account.Kind != AccountKind.Organization ? [] : await call.Db.Memberships.AsNoTracking().Where(m => m.OrganizationId == account.Id)
            .Join(call.Db.Accounts.AsNoTracking(), static m => m.UserId, static a => a.Id, static (_, a) => a).Where(static a => !a.IsDisabled).Select(static a => a.Name).OrderBy(static n => n).Take(100).ToListAsync(call.Cancellation).ConfigureAwait(false);
        return await ListAsync(call, account.FullName, null, account, members).ConfigureAwait(false);
    }

    private static async Task<IResult> ListAsync(HubCall call, string title, RepoKind? kind, Account? owner, IReadOnlyList<string> members)
    {
        var (search, tag, page) = (Cut(call.Query("search")), Cut(call.Query("tag")), call.Number("page", 0, 0, MaxPage));
        var query = RepositoryRegistry.ShownTo(call.Db, call.Who);
        if (kind is { } wanted)
            query = query.Where(r => r.Kind == wanted);
        if (owner is not null)
            query = query.Where(r => r.OwnerId == owner.Id);
        if (ListSlices.WordsOf([search]) is { Count: > 0 } words)
            query = ListSlices.Matching(call.Db, query, words);
        if (tag.Length > 0)
            query = query.Where(r => call.Db.RepositoryTags.Any(t => t.RepositoryId == r.Id && t.Tag == tag));
        var sort = call.Query("sort") is "downloads" or "updated" ? call.Query("sort")! : "trending";
        var ordered = sort switch
        {
            "downloads" => query.OrderByDescending(static r => r.Downloads),
            "updated" => query.OrderByDescending(static r => r.LastModified),
            _ => query.OrderByDescending(static r => r.TrendingScore).ThenByDescending(static r => r.LastModified),
        };
        var found = await ordered.ThenBy(static r => r.Id).Skip(page * PageSize).Take(PageSize + 1).ToListAsync(call.Cancellation).ConfigureAwait(false);
        var rows = await StatesAsync(call, found.Take(PageSize).ToList()).ConfigureAwait(false);
        return PageSite.Show<BrowseView>(call, new ListModel(title, kind, search, sort, tag, rows, page, found.Count > PageSize && page < MaxPage, owner, members,
            owner is null ? null : await call.Get<StandingReader>().ReadAsync(call.Db, owner, call.Cancellation).ConfigureAwait(false)));
    }

    // What stands on the main branch: the served revision, or what was pushed where nothing is served that was.
    private static async Task<IReadOnlyList<RepositoryRow>> StatesAsync(HubCall call, List<Repository> repositories)
    {
        var ids = repositories.ConvertAll(static r => r.Id);
        var main = RefName.Heads + RefName.Main;
        var refs = await call.Db.GitRefs.AsNoTracking().Where(r => ids.Contains(r.RepositoryId) && r.Name == main).ToDictionaryAsync(static r => r.RepositoryId, StringComparer.Ordinal, call.Cancellation).ConfigureAwait(false);
        var commits = refs.Values.SelectMany(static r => (string?[])[r.ServedCommit, r.NewestCommit]).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var revisions = (await call.Db.Revisions.AsNoTracking().Where(r => ids.Contains(r.RepositoryId) && commits.Contains(r.CommitId)).ToListAsync(call.Cancellation).ConfigureAwait(false)).ToDictionary(static r => (r.RepositoryId, r.CommitId));
        return repositories.ConvertAll(repository =>
        {
            Revision? served = null, newest = null;
            if (refs.GetValueOrDefault(repository.Id) is { } gitRef)
                (served, newest) = (gitRef.ServedCommit is { } commit ? revisions.GetValueOrDefault((repository.Id, commit)) : null, revisions.GetValueOrDefault((repository.Id, gitRef.NewestCommit)));
            var shown = served is null or { IsInitial: true } ? newest ?? served : served;
            return new RepositoryRow(repository, shown is null ? PageState.Checking : StateLine.Of(shown));
        });
    }

    private static string Cut(string? text) => (text ?? "").Trim() is var trimmed && trimmed.Length <= 200 ? trimmed : trimmed[..200];
}
