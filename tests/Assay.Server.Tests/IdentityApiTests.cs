using System.Net;
using System.Text;
using Assay.Protocol;
using Assay.Testing;

namespace Assay.Server.Tests;

public sealed class IdentityApiTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Root = "/api/assay/v1/identity/models/";

    [Fact]
    public async Task What_the_hub_knows_of_a_served_and_of_a_refused_repository_is_read_by_the_client()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var token = await hub.CreateUserAsync("known");
        await hub.CreateRepositoryAsync(token, "known/tidy");
        var commit = (string)(await hub.CommitAsync(token, "known/tidy", ("README.md", Encoding.UTF8.GetBytes("# Tidy\n"))))["commitOid"]!;
        await hub.CreateRepositoryAsync(token, "known/nasty");
        await hub.CommitAsync(token, "known/nasty", ("model.pkl", PickleSamples.System()));

        using var client = new HubClient(hub.Address, null, "assay/test");
        var tidy = new RepoReference(RepoKind.Model, "known/tidy", null);
        var identity = (await client.IdentityAsync(tidy, cancellation)).Value!;
        Assert.Equal((commit, "admitted", "clean"), (identity.Commit, identity.State, identity.Verdict));
        Assert.NotNull(identity.PublisherSince);
        Assert.Equal("allow", identity.Assessment?.Action);
        Assert.Equal(commit, (await client.RepositoryAsync(tidy, cancellation)).Value?.Commit);
        Assert.Contains((await client.TreeAsync(tidy, commit, cancellation)).Value!.Files, static f => f.Path == "README.md");
        Assert.Equal("# Tidy\n", Encoding.UTF8.GetString((await client.FileAsync(tidy, commit, "README.md", cancellation)).Value!.Bytes));
        Assert.Equal(2, (await client.HistoryAsync(tidy, commit, withFirst: false, cancellation)).Value?.Commits);
        Assert.Equal(1, (await client.PublisherAsync("known", cancellation)).Value?.Repositories);

        var nasty = new RepoReference(RepoKind.Model, "known/nasty", null);
        var refused = (await client.IdentityAsync(nasty, cancellation)).Value!;
        Assert.Equal((null, "rejected", "malicious"), (refused.Commit, refused.State, refused.Verdict));
        Assert.StartsWith(hub.Address + "v/", refused.ReportUrl, StringComparison.Ordinal);
        Assert.Equal(HubFaultKind.Gated, (await client.RepositoryAsync(nasty, cancellation)).Fault?.Kind);
    }

    [Fact]
    public async Task A_private_repository_is_known_to_its_owner_only()
    {
        var token = await hub.CreateUserAsync("secretive");
        await hub.CreateRepositoryAsync(token, "secretive/thing", isPrivate: true);
        using var stranger = await hub.GetAsync(Root + "secretive/thing");
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        Assert.Equal("secretive", (string?)(await hub.GetJsonAsync(Root + "secretive/thing", token))["publisher"]!["name"]);
    }
}
