using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Tests;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Tests.Protocol;

/// <summary>A hub with forty repositories that often rank the same.</summary>
public class ListHub : RunningHub
{
    public const int Count = 40;

    public ListHub()
        : this(DatabaseKind.Sqlite)
    {
    }

    internal ListHub(DatabaseKind kind)
        : base(kind)
    {
        IsThere = kind == DatabaseKind.Sqlite || TestDatabase.Server is not null;
    }

    public string Token { get; private set; } = "";

    private bool IsThere { get; }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (!IsThere)
            return;
        Token = await CreateUserAsync("lister");
        for (var i = 0; i < Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"lister/model-{i:00}{(i % 2 == 0 ? "-even" : "_odd")}");
            await CreateRepositoryAsync(Token, name, isPrivate: i == 39);
            await CommitAsync(Token, name, ("README.md", Encoding.UTF8.GetBytes($"---\nlicense: {(i % 4 == 0 ? "mit" : "apache-2.0")}\ntags: [group-{i % 3}]\npipeline_tag: text-generation\n---\n# Model {i}\n")));
        }

        await using var db = await OpenDatabaseAsync();
        // Few different values, so that most rank the same.
        foreach (var repository in await db.Repositories.ToListAsync())
            (repository.Likes, repository.Downloads, repository.TrendingScore) = (repository.Name.Length % 2, repository.Name[6] - '0', 0);
        await db.SaveChangesAsync();
    }
}

public sealed class ListPostgresHub : ListHub
{
    public ListPostgresHub()
        : base(DatabaseKind.Postgres)
    {
    }
}

public abstract class ListTests(ListHub hub)
{
    [Theory]
    [InlineData("trendingScore", 7)]
    [InlineData("likes", 7)]
    [InlineData("downloads", 1)]
    [InlineData("lastModified", 10)]
    [InlineData("createdAt", 39)]
    [InlineData("createdAt", 40)]
    [InlineData("id", 6)]
    public async Task Trap_46_pages_hold_every_repository_once_though_many_rank_the_same(string sort, int limit)
    {
        foreach (var direction in (string[])["-1", "1"])
        {
            var (all, pages) = await WalkAsync($"/api/models?author=lister&sort={sort}&direction={direction}&limit={limit}", hub.Token);
            Assert.Equal(ListHub.Count, all.Count);
            Assert.Equal(ListHub.Count, all.Distinct().Count());
            Assert.InRange(pages, ListHub.Count / limit, (ListHub.Count / limit) + 1);
            Assert.Equal(all, (await WalkAsync($"/api/models?author=lister&sort={sort}&direction={direction}&limit={ListHub.Count}", hub.Token)).Ids);
        }
    }

    [Theory]
    [InlineData("search=EVEN", 20)]
    [InlineData("search=even&search=model-0", 5)]
    [InlineData("search=el-1", 10)]
    [InlineData("search=1", 20)] // in names, and in the tag group-1
    [InlineData("search=l-%2a", 0)]
    [InlineData("search=%25", 0)]
    [InlineData("search=_odd", 19)]
    [InlineData("search=nothing-like-this", 0)]
    [InlineData("filter=license:mit", 10)]
    [InlineData("filter=license:mit&filter=group-0", 4)]
    [InlineData("filter=LICENSE:MIT", 0)]
    [InlineData("pipeline_tag=text-generation", 39)]
    [InlineData("pipeline_tag=fill-mask", 0)]
    [InlineData("author=LISTER", 39)]
    [InlineData("author=list", 0)]
    [InlineData("apps=ollama&inference=warm&num_parameters=min:1B", 39)]
    public async Task Searches_and_filters_find_the_same_on_both_databases(string query, int count)
    {
        var list = (await hub.GetJsonAsync("/api/models?" + query)).AsArray();
        Assert.Equal(count, list.Count);
        foreach (var property in (string[])["disabled", "private", "likes", "downloads"]) // trap 45
            Assert.All(list, r => Assert.NotNull(r![property]));
    }

    [Fact]
    public async Task A_cursor_stays_right_when_what_it_points_at_is_gone()
    {
        var token = await hub.CreateUserAsync("mover" + Guid.CreateVersion7().ToString("N")[..8]);
        var who = (await hub.GetJsonAsync("/api/whoami-v2", token))["name"]!.GetValue<string>();
        for (var i = 0; i < 6; i++)
            await hub.CreateRepositoryAsync(token, $"{who}/m{i}");
        var url = $"/api/models?author={who}&sort=createdAt&limit=2";
        using var first = await hub.GetAsync(url, token);
        var ids = Ids(await RunningHub.ReadJsonAsync(first));
        using (var gone = await hub.SendAsync(HttpMethod.Delete, "/api/repos/delete", token, new StringContent(new JsonObject { ["name"] = ids[1] }.ToJsonString())))
            Assert.True(gone.IsSuccessStatusCode);
        var (rest, _) = await WalkAsync(Next(first)!, token);
        Assert.Equal(4, rest.Count);
        Assert.Empty(rest.Intersect(ids));
    }

    [Fact]
    public async Task The_next_page_is_an_absolute_address_in_the_form_that_JavaScript_reads()
    {
        using var answer = await hub.GetAsync("/api/models?limit=2&filter=license:mit&expand[]=likes");
        var link = answer.Headers.GetValues("Link").Single();
        Assert.Matches("^<http://127\\.0\\.0\\.1:[0-9]+/api/models\\?[^>]+>; rel=\"next\"$", link);
        Assert.Contains("license%3Amit", link, StringComparison.Ordinal);
        using var last = await hub.GetAsync("/api/models?limit=1000");
        Assert.False(last.Headers.Contains("Link"));
    }

    private async Task<(List<string> Ids, int Pages)> WalkAsync(string url, string token)
    {
        var (ids, pages) = (new List<string>(), 0);
        for (string? next = url; next is not null; pages++)
        {
            using var answer = await hub.GetAsync(next, token);
            Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
            ids.AddRange(Ids(await RunningHub.ReadJsonAsync(answer)));
            next = Next(answer);
            Assert.True(pages < 100, "the pages do not end");
        }

        return (ids, pages);
    }

    private static string? Next(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Link", out var values) ? new Uri(values.Single().Split('>')[0][1..]).PathAndQuery : null;

    private static List<string> Ids(JsonNode? list) => [.. list!.AsArray().Select(static r => r!["id"]!.GetValue<string>())];
}

public sealed class ListOnSqliteTests(ListHub hub) : ListTests(hub), IClassFixture<ListHub>;

public sealed class ListOnPostgresTests(ListPostgresHub hub) : ListTests(hub), IClassFixture<ListPostgresHub>;
