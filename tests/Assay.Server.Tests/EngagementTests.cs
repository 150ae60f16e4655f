using System.Net;
using System.Text.Json.Nodes;
using Assay.Hub.Engagement;
using Assay.Impersonation.Engagement;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>What clients and people see of traffic: counts that say what they count, and repositories that were paused or held for it.</summary>
public sealed class EngagementTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storm_of_HEADs_is_requests_and_no_downloads_and_who_takes_the_weights_is_a_download()
    {
        var token = await PublishAsync("storm");
        for (var i = 0; i < 60; i++)
        {
            using var head = await hub.SendAsync(HttpMethod.Head, "/storm/model/resolve/main/config.json", null, null);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        }

        var stormed = await InfoAsync("storm", token, static i => (long?)i["requests"] == 60);
        Assert.Equal((60L, 0L, 0L), ((long?)stormed["requests"], (long?)stormed["downloads"], (long?)stormed["downloadsAllTime"]));

        var reader = await PublishAsync("read");
        using (var head = await hub.SendAsync(HttpMethod.Head, "/read/model/resolve/main/rows.csv", null, null))
        using (var weights = await hub.GetAsync("/read/model/resolve/main/rows.csv"))
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (head.StatusCode, weights.StatusCode));
        var fetched = await InfoAsync("read", reader, static i => (long?)i["downloads"] == 1);
        Assert.Equal((2L, 1L, 1L, 0.0), ((long?)fetched["requests"], (long?)fetched["downloads"], (long?)fetched["downloadsAllTime"], (double?)fetched["trendingScore"]));
        using var page = await hub.GetAsync("/storm/model");
        var text = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("networks and accounts that received the weights, each once a day", text, StringComparison.Ordinal);
        Assert.Contains("nothing is ranked by them", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_repository_is_in_no_list_and_its_direct_address_serves_it_with_a_note()
    {
        await PublishAsync("paused");
        await TakeAsideAsync("paused", EngagementConsequence.Pause);
        Assert.DoesNotContain("paused/model", (await hub.GetJsonAsync("/api/models?limit=1000")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("paused/model", (await hub.GetJsonAsync("/api/quicksearch?q=paused")).ToJsonString(), StringComparison.Ordinal);
        using (var file = await hub.SendAsync(HttpMethod.Head, "/paused/model/resolve/main/config.json", null, null))
        {
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            var note = file.Headers.GetValues("X-HF-Warning").Single();
            Assert.StartsWith("engagement; paused/model", note, StringComparison.Ordinal);
            Assert.InRange(note.Length, 1, 399);
            Assert.All(note, static c => Assert.InRange(c, ' ', '~'));
        }

        using var page = await hub.GetAsync("/paused/model");
        Assert.Contains("Left out of lists until a person has looked at it", await page.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_repository_is_refused_at_every_door_until_a_reviewer_releases_it()
    {
        var token = await PublishAsync("held");
        var reference = await TakeAsideAsync("held", EngagementConsequence.Hold);
        foreach (var door in (string[])["/held/model/resolve/main/config.json", "/held/model/raw/main/config.json", "/api/models/held/model", "/api/models/held/model/tree/main", "/api/models/held/model/refs"])
        {
            using var answer = await hub.GetAsync(door, token);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Equal("GatedRepo", answer.Headers.GetValues("X-Error-Code").Single());
            Assert.Contains("do not come from people downloading it", answer.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
            Assert.Contains($"[{reference}]", answer.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
        }

        var waiting = (await hub.GetJsonAsync("/api/assay/v1/engagement", RunningHub.AdminToken)).AsArray().Single(static w => (string?)w!["repository"] == "held/model")!;
        Assert.Equal(("hold", reference), ((string?)waiting["consequence"], (string?)waiting["reference"]));
        using (var denied = await hub.GetAsync("/api/assay/v1/engagement", token))
            Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        var shown = Run("engagement", "show");
        Assert.Contains("held/model", shown.Output, StringComparison.Ordinal);
        Assert.Contains(reference, Run("queue").Output, StringComparison.Ordinal);

        using (var mute = await hub.PostAsync("/api/assay/v1/engagement/model/held/model/release", RunningHub.AdminToken, new JsonObject()))
            Assert.Equal(HttpStatusCode.BadRequest, mute.StatusCode);
        using (var released = await hub.PostAsync("/api/assay/v1/engagement/model/held/model/release", RunningHub.AdminToken, new JsonObject { ["reason"] = "A course of 300 students." }))
            Assert.Equal(HttpStatusCode.OK, released.StatusCode);
        using (var served = await hub.GetAsync("/held/model/resolve/main/config.json"))
        {
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            Assert.Null(served.Headers.TryGetValues("X-HF-Warning", out var warnings) ? string.Join('|', warnings) : null);
        }

        var again = Run("engagement", "release", "held/model", "--reason", "Twice.");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("neither paused nor held", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("engagement", "show", "held/model", "--format", "json").ExitCode);
    }

    private async Task<string> PublishAsync(string owner)
    {
        var token = await hub.CreateUserAsync(owner);
        await hub.CreateRepositoryAsync(token, owner + "/model");
        var commit = await hub.CommitAsync(token, owner + "/model", ("config.json", "{}"u8.ToArray()), ("rows.csv", "1,2,3\n4,5,6\n"u8.ToArray()));
        Assert.Equal("admitted", commit["assay"]?["state"]?.GetValue<string>());
        return token;
    }

    // The hub's loops count and judge within half a minute.
    private async Task<JsonNode> InfoAsync(string owner, string token, Func<JsonNode, bool> isThere)
    {
        for (var attempt = 0; ; attempt++)
        {
            var info = await hub.GetJsonAsync($"/api/models/{owner}/model?expand[]=requests&expand[]=downloads&expand[]=downloadsAllTime&expand[]=trendingScore", token);
            if (isThere(info) || attempt > 200)
                return info;
            await Task.Delay(250, Cancellation);
        }
    }

    private async Task<string> TakeAsideAsync(string owner, EngagementConsequence consequence)
    {
        await using var db = await hub.OpenDatabaseAsync();
        var transaction = await db.BeginAsync(Cancellation);
        await using (transaction)
        {
            var repository = await db.Repositories.FirstAsync(r => r.Key == $"model:{owner}/model", Cancellation);
            var now = DateTimeOffset.UtcNow;
            var reference = await EngagementReview.TakeAsideAsync(db, repository, consequence, "900 requests in a day, 0 of them followed by a download of the weights", now, Cancellation);
            db.EngagementRecords.Add(new EngagementRecord { RepositoryId = repository.Id, Consequence = consequence, State = (EngagementState.Empty with { Standing = consequence }).ToJson(), Since = now, ReviewDue = now + EngagementWorker.ReviewWithin });
            await db.SaveChangesAsync(Cancellation);
            await transaction.CommitAsync(Cancellation);
            return reference;
        }
    }

    private OtherProgram.Outcome Run(params string[] arguments) =>
        OtherProgram.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "assay-server.dll"), "admin", .. arguments], variables: [("ASSAY_DATA", hub.DataFolder), ("ASSAY_DATABASE", null)]);
}

/// <summary>A hub behind a proxy that it trusts.</summary>
public sealed class ProxiedHub : RunningHub
{
    public ProxiedHub()
        : base(Hub.Tests.DatabaseKind.Sqlite, null, static o => o with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8")] })
    {
    }
}

/// <summary>Behind a proxy, clients are told apart by what it says of them, and by nothing that they say of themselves.</summary>
public sealed class ProxiedEngagementTests(ProxiedHub hub) : IClassFixture<ProxiedHub>
{
    [Fact]
    public async Task Networks_are_those_that_the_trusted_proxies_name()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var token = await hub.CreateUserAsync("lena");
        await hub.CreateRepositoryAsync(token, "lena/model");
        await hub.CommitAsync(token, "lena/model", ("config.json", "{}"u8.ToArray()));
        for (var i = 0; i < 12; i++)
        {
            // Each network through two proxies; then one network that pretends to be many.
            foreach (var chain in (string[])[$"203.0.{i}.7, 10.1.2.3", $"192.0.{i}.7, 198.51.100.9"])
            {
                using var head = await hub.SendAsync(HttpMethod.Head, "/lena/model/resolve/main/config.json", null, null, r => r.Headers.Add("X-Forwarded-For", chain));
                Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            }
        }

        await hub.Services.GetRequiredService<RequestTally>().FlushAsync(cancellation);
        await using var db = await hub.OpenDatabaseAsync();
        var networks = new NetworkSketch();
        foreach (var slice in await db.EngagementSlices.ToListAsync(cancellation))
            networks.Add(NetworkSketch.Of(slice.Networks));
        Assert.Equal(13, networks.Estimate, 0.5);
    }
}
