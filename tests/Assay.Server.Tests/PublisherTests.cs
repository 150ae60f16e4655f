using System.Net;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

public sealed class PublisherTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Root = "/api/assay/v1/publishers/";

    [Fact]
    public async Task An_owner_asks_for_a_proof_and_is_told_what_to_set()
    {
        var token = await hub.CreateUserAsync("prover");
        using var asked = await hub.PostAsync(Root + "prover/proofs", token, new JsonObject { ["kind"] = "dns", ["domain"] = "example.org" });
        Assert.True(asked.IsSuccessStatusCode, await RunningHub.DescribeAsync(asked));
        var proof = (await RunningHub.ReadJsonAsync(asked))!;
        Assert.Equal("pending", (string?)proof["state"]);
        Assert.Equal("TXT records of _assay-challenge.example.org", (string?)proof["place"]);
        var publisher = await hub.GetJsonAsync(Root + "prover", null);
        Assert.Contains($"assay-org={publisher["id"]}", (string?)proof["content"], StringComparison.Ordinal);
        Assert.True((int)publisher["level"]! < 3);
        var listed = (JsonArray)JsonNode.Parse(await ReadAsync(Root + "prover/proofs", token))!;
        Assert.Equal((string?)proof["id"], (string?)listed[0]!["id"]);
        using var revoked = await hub.PostAsync($"{Root}prover/proofs/{proof["id"]}/revoke", token, new JsonObject { ["reason"] = "a slip" });
        Assert.Equal("revoked", (string?)(await RunningHub.ReadJsonAsync(revoked))!["state"]);
    }

    [Fact]
    public async Task Nobody_else_sees_or_changes_proofs_and_a_limited_token_is_not_enough()
    {
        var token = await hub.CreateUserAsync("careful");
        var stranger = await hub.CreateUserAsync("curious");
        var accounts = hub.Services.GetRequiredService<AccountRegistry>();
        await using var db = await hub.OpenDatabaseAsync();
        var id = await db.Accounts.Where(static a => a.Name == "careful").Select(static a => a.Id).FirstAsync(TestContext.Current.CancellationToken);
        var limited = (await accounts.CreateTokenAsync(Principal.System, id, "ci", TokenRole.FineGrained, "repo.manage careful", null, null, TestContext.Current.CancellationToken)).Secret!;
        var body = new JsonObject { ["kind"] = "wellKnown", ["domain"] = "example.org" };
        foreach (var other in (string[])[stranger, limited])
        {
            using var list = await hub.GetAsync(Root + "careful/proofs", other);
            Assert.Equal(HttpStatusCode.NotFound, list.StatusCode);
            using var ask = await hub.PostAsync(Root + "careful/proofs", other, body.DeepClone());
            Assert.Equal(HttpStatusCode.Forbidden, ask.StatusCode);
        }

        foreach (var act in (string[])["vouch", "freeze", "thaw"])
        {
            using var answer = await hub.PostAsync(Root + "careful/" + act, token, new JsonObject { ["reason"] = "me" });
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var own = await hub.PostAsync(Root + "careful/proofs", token, body);
        Assert.Equal("https://example.org/.well-known/assay-publisher.json", (string?)(await RunningHub.ReadJsonAsync(own))!["place"]);
    }

    [Theory]
    [InlineData("""{"kind":"dns","domain":"ada.github.io"}""")]
    [InlineData("""{"kind":"dns","domain":"com"}""")]
    [InlineData("""{"kind":"oidc","domain":"example.org"}""")]
    [InlineData("""{"kind":"operator","domain":"example.org"}""")]
    [InlineData("""{"domain":"example.org"}""")]
    public async Task What_cannot_be_proven_is_refused(string body)
    {
        using var answer = await hub.PostAsync(Root + "admin/proofs", RunningHub.AdminToken, JsonNode.Parse(body)!);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_page_says_what_was_proven_and_since_when_beside_the_badge()
    {
        var token = await hub.CreateUserAsync("vouched");
        await hub.CreateRepositoryAsync(token, "vouched/model");
        await hub.CommitAsync(token, "vouched/model", ("config.json", "{}"u8.ToArray()));
        Assert.Contains("this hub has no proof of who is behind it", await ReadAsync("/vouched/model", null), StringComparison.Ordinal);
        using var vouch = await hub.PostAsync(Root + "vouched/vouch", RunningHub.AdminToken, new JsonObject { ["reason"] = "our <b>own</b> laboratory" });
        Assert.True(vouch.IsSuccessStatusCode, await RunningHub.DescribeAsync(vouch));
        foreach (var page in (string[])["/vouched/model", "/vouched"])
        {
            var html = await ReadAsync(page, null);
            Assert.Contains("the operators of this hub vouch for it since", html, StringComparison.Ordinal);
            Assert.Contains("our &lt;b&gt;own&lt;/b&gt; laboratory", html, StringComparison.Ordinal);
            Assert.DoesNotContain("no proof of who is behind it", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_frozen_account_takes_nothing_in_and_serves_what_it_has()
    {
        var token = await hub.CreateUserAsync("taken");
        await hub.CreateUserAsync("other");
        await hub.CreateRepositoryAsync(token, "taken/model");
        await hub.CommitAsync(token, "taken/model", ("config.json", "{}"u8.ToArray()));
        using (var freeze = await hub.PostAsync(Root + "taken/freeze", RunningHub.AdminToken, new JsonObject { ["reason"] = "two signs of a takeover" }))
            Assert.True(freeze.IsSuccessStatusCode, await RunningHub.DescribeAsync(freeze));
        foreach (var who in (string[])[token, RunningHub.AdminToken])
        {
            using var push = await hub.SendCommitAsync(who, "taken/model", "main", [new JsonObject { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "again" } }]);
            Assert.Equal(HttpStatusCode.Forbidden, push.StatusCode);
            Assert.Contains("frozen", push.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
            using var rename = await hub.PostAsync("/api/repos/move", who, new JsonObject { ["fromRepo"] = "taken/model", ["toRepo"] = "taken/other", ["type"] = "model" });
            Assert.Equal(HttpStatusCode.Forbidden, rename.StatusCode);
            using var transfer = await hub.PostAsync("/api/repos/move", who, new JsonObject { ["fromRepo"] = "taken/model", ["toRepo"] = "other/model", ["type"] = "model" });
            Assert.Equal(HttpStatusCode.Forbidden, transfer.StatusCode);
            using var create = await hub.PostAsync("/api/repos/create", who, new JsonObject { ["type"] = "model", ["organization"] = "taken", ["name"] = "second" });
            Assert.Equal(HttpStatusCode.Forbidden, create.StatusCode);
            using var lfs = await hub.PostAsync("/taken/model.git/info/lfs/objects/batch", who, new JsonObject { ["operation"] = "upload", ["objects"] = new JsonArray(new JsonObject { ["oid"] = new string('a', 64), ["size"] = 1 }) });
            Assert.Equal(HttpStatusCode.Forbidden, lfs.StatusCode);
        }

        using (var make = await hub.PostAsync("/api/assay/v1/tokens", token, new JsonObject { ["name"] = "new", ["role"] = "write" }))
            Assert.Equal(HttpStatusCode.BadRequest, make.StatusCode);
        using (var download = await hub.GetAsync("/taken/model/resolve/main/config.json"))
            Assert.Equal(HttpStatusCode.OK, download.StatusCode);
        using (var thaw = await hub.PostAsync(Root + "taken/thaw", RunningHub.AdminToken, new JsonObject { ["reason"] = "spoke to them" }))
            Assert.True(thaw.IsSuccessStatusCode);
        await hub.CommitAsync(token, "taken/model", ("more.json", "{}"u8.ToArray()));
    }

    [Fact]
    public async Task Operators_do_it_all_at_the_command_line()
    {
        await hub.CreateUserAsync("shell");
        var prove = Run("publisher", "prove", "shell", "openal.com");
        Assert.True(prove.ExitCode == 0, prove.Error);
        Assert.Contains("assay-verify=1; org=", prove.Output, StringComparison.Ordinal);
        Assert.Contains("waits for approval", prove.Error, StringComparison.Ordinal);
        Assert.Equal(3, Run("publisher", "prove", "shell", "ada.github.io").ExitCode);
        Assert.Equal(0, Run("publisher", "vouch", "shell", "--reason", "known in person").ExitCode);
        var show = Run("publisher", "show", "shell");
        Assert.Contains("shell: level 3, vouched for", show.Output, StringComparison.Ordinal);
        Assert.Contains("known in person", show.Output, StringComparison.Ordinal);
        var items = (JsonArray)JsonNode.Parse(Run("publisher", "show", "shell", "--format", "json").Output)!["items"]!;
        var pending = items.Single(static i => (string?)i!["state"] == "pending")!;
        Assert.Equal(0, Run("publisher", "revoke", "shell", (string)pending["proof"]!, "--reason", "not theirs").ExitCode);
        Assert.Equal(0, Run("publisher", "freeze", "shell", "--reason", "a takeover").ExitCode);
        Assert.Contains("frozen since", Run("publisher", "show", "shell").Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("publisher", "thaw", "shell", "--reason", "over").ExitCode);
        Assert.Equal(2, Run("publisher", "vouch", "nobody", "--reason", "x").ExitCode);
    }

    private OtherProgram.Outcome Run(params string[] arguments) =>
        OtherProgram.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "assay-server.dll"), "admin", .. arguments], variables: [("ASSAY_DATA", hub.DataFolder), ("ASSAY_DATABASE", null)]);

    private async Task<string> ReadAsync(string path, string? token)
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, path, token, null, static r => r.Headers.Accept.ParseAdd("text/html"));
        Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
        return (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Replace("&#x27;", "'", StringComparison.Ordinal);
    }
}
