using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Assay.Hub.Access;
using Assay.Server.Web;
using Assay.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

public sealed class OwnApiTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Root = "/api/assay/v1";

    // Who may call what. A route that is not here fails the test below.
    private static readonly (string Route, string Access)[] Rules =
    [
        ("GET /openapi.json", "Anybody"),
        ("GET /reports/{reference}", "Anybody"),
        ("GET /me", "Anybody"),
        ("GET /revisions", "SignedIn"),
        ("POST /revisions/{revision}/decision", "Reviewers"),
        ("POST /revisions/{revision}/withdraw", "Administrators"),
        ("POST /revisions/{revision}/restore", "Administrators"),
        ("GET /revisions/{revision}/files/{**path}", "Reviewers"),
        ("POST /repositories/{kind}/{owner}/{name}/withdraw", "Administrators"),
        ("POST /repositories/{kind}/{owner}/{name}/restore", "Administrators"),
        ("GET /queue", "Reviewers"),
        ("GET /identity/{kind}/{owner}/{name}", "Anybody"),
        ("GET /protected-names", "Administrators"),
        ("PUT /protected-names/{**name}", "Administrators"),
        ("DELETE /protected-names/{**name}", "Administrators"),
        ("GET /held-names", "Reviewers"),
        ("POST /held-names/{name}/release", "Reviewers"),
        ("GET /appeals", "Reviewers"),
        ("POST /appeals", "SignedIn"),
        ("GET /audit", "Administrators"),
        ("GET /audit/check", "Administrators"),
        ("GET /engagement", "Reviewers"),
        ("GET /engagement/{kind}/{owner}/{name}", "Reviewers"),
        ("POST /engagement/{kind}/{owner}/{name}/release", "Reviewers"),
        ("GET /ledger", "Administrators"),
        ("GET /policy", "Reviewers"),
        ("GET /users", "Administrators"),
        ("POST /users", "Administrators"),
        ("GET /users/{name}", "Administrators"),
        ("PATCH /users/{name}", "Administrators"),
        ("DELETE /users/{name}", "Administrators"),
        ("GET /users/{name}/tokens", "Administrators"),
        ("POST /users/{name}/tokens", "Administrators"),
        ("DELETE /users/{name}/tokens/{id}", "Administrators"),
        ("GET /organizations", "Administrators"),
        ("POST /organizations", "Administrators"),
        ("GET /organizations/{name}", "Administrators"),
        ("PATCH /organizations/{name}", "Administrators"),
        ("GET /organizations/{name}/members", "SignedIn"),
        ("PUT /organizations/{name}/members/{user}", "SignedIn"),
        ("DELETE /organizations/{name}/members/{user}", "SignedIn"),
        ("GET /publishers/{name}", "Anybody"),
        ("GET /publishers/{name}/proofs", "SignedIn"),
        ("POST /publishers/{name}/proofs", "SignedIn"),
        ("POST /publishers/{name}/proofs/{id}/check", "SignedIn"),
        ("POST /publishers/{name}/proofs/{id}/revoke", "SignedIn"),
        ("POST /publishers/{name}/proofs/{id}/approve", "Administrators"),
        ("POST /publishers/{name}/vouch", "Administrators"),
        ("POST /publishers/{name}/freeze", "Administrators"),
        ("POST /publishers/{name}/thaw", "Administrators"),
        ("POST /oidc/exchange", "Anybody"),
        ("GET /revisions/{revision}/run", "Anybody"),
        ("GET /repositories/{kind}/{owner}/{name}/trusts", "SignedIn"),
        ("POST /repositories/{kind}/{owner}/{name}/trusts", "SignedIn"),
        ("DELETE /repositories/{kind}/{owner}/{name}/trusts/{id}", "SignedIn"),
        ("GET /tokens", "SignedIn"),
        ("POST /tokens", "SignedIn"),
        ("DELETE /tokens/{id}", "SignedIn"),
    ];

    public static TheoryData<string, string> Routes => [.. Rules];

    [Fact]
    public async Task Every_route_says_who_may_call_it_and_the_document_lists_them_all()
    {
        var routes = hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(static e => e.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)).ToList();
        var found = routes.Select(static e => (
            Route: (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0] ?? "GET") + " " + e.RoutePattern.RawText![Root.Length..].TrimEnd('/'),
            Access: e.Metadata.GetMetadata<ApiRule>()?.Access.ToString() ?? "none")).Order();
        Assert.Equal(Rules.Order(), found);

        var paths = (await hub.GetJsonAsync(Root + "/openapi.json"))["paths"]!.AsObject();
        var listed = paths.SelectMany(static p => p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key[Root.Length..]}")).Order();
        Assert.Equal(Rules.Select(static r => r.Route.Replace("**", "", StringComparison.Ordinal)).Where(static r => r != "GET /openapi.json").Order(), listed);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_route_is_closed_to_whoever_may_not_call_it_and_fails_as_a_problem(string route, string access)
    {
        var callers = await CallersAsync();
        foreach (var (caller, token, level) in callers)
        {
            using var answer = await CallAsync(route, token);
            var status = (int)answer.StatusCode;
            var needed = Array.IndexOf(["Anybody", "SignedIn", "Reviewers", "Administrators"], access);
            var denied = level < needed;
            Assert.True(denied ? status == (token is null ? 401 : 403) : status is not 401 and < 500, $"{route} as {caller}: {status}");
            if (level >= 2 || (level == 1 && access != "SignedIn"))
                Assert.True(denied || status != 403, $"{route} as {caller}: {status}");
            if (status < 400)
                continue;
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = (await RunningHub.ReadJsonAsync(answer))!;
            Assert.Equal(status, (int)problem["status"]!);
            Assert.False(string.IsNullOrWhiteSpace((string?)problem["title"]) || string.IsNullOrWhiteSpace((string?)problem["detail"]), problem.ToJsonString());
        }
    }

    [Theory]
    [InlineData("GET", "/nothing", null, 404)]
    [InlineData("DELETE", "/queue", null, 405)]
    [InlineData("POST", "/users", "{", 400)]
    [InlineData("POST", "/users", "[]", 400)]
    [InlineData("POST", "/users", "{\"name\":\"a/b\"}", 400)]
    [InlineData("POST", "/users", "{\"name\":\"short\",\"password\":\"short\"}", 400)]
    [InlineData("POST", "/users", "{\"name\":\"admin\"}", 400)]
    [InlineData("GET", "/audit?after=x", null, 400)]
    [InlineData("GET", "/ledger?from=yesterday", null, 400)]
    [InlineData("GET", "/revisions?state=7", null, 400)]
    [InlineData("GET", "/reports/%3Cscript%3E", null, 404)]
    [InlineData("GET", "/reports/..%2F..%2Fx", null, 404)]
    public async Task What_is_wrong_is_a_problem_document(string method, string path, string? body, int status)
    {
        using var content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await hub.SendAsync(new HttpMethod(method), Root + path, RunningHub.AdminToken, content);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_token_that_is_none_is_a_problem_as_well()
    {
        using var answer = await hub.GetAsync(Root + "/me", "hf_" + new string('x', 37));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_refused_revision_of_a_public_repository_is_explained_to_everybody_and_of_a_private_one_to_those_who_may_read_it()
    {
        var owner = await hub.CreateUserAsync("explained");
        var stranger = await hub.CreateUserAsync("stranger");
        foreach (var isPrivate in (bool[])[false, true])
        {
            var id = isPrivate ? "explained/hidden" : "explained/open";
            await hub.CreateRepositoryAsync(owner, id, isPrivate: isPrivate);
            var reference = (string)(await hub.CommitAsync(owner, id, ("model.pkl", PickleSamples.System())))["assay"]!["reference"]!;
            foreach (var (token, sees) in new[] { (null, !isPrivate), (stranger, !isPrivate), (owner, true), (RunningHub.AdminToken, true) })
            {
                using var answer = await hub.GetAsync($"{Root}/reports/{reference.ToLowerInvariant()}", token);
                Assert.Equal(sees ? HttpStatusCode.OK : HttpStatusCode.NotFound, answer.StatusCode);
                if (!sees)
                    continue;
                var report = (await RunningHub.ReadJsonAsync(answer))!;
                Assert.Equal("rejected", (string?)report["decision"]!["outcome"]);
                Assert.Equal("assay.report/v1", (string?)report["report"]!["schema"]);
                Assert.NotEmpty(report["report"]!["artifacts"]!.AsArray().SelectMany(static a => a!["findings"]!.AsArray()));
                Assert.Single(report["history"]!.AsArray());
            }
        }
    }

    [Fact]
    public async Task A_reviewer_decides_an_administrator_withdraws_and_each_step_is_served_at_once()
    {
        var owner = await hub.CreateUserAsync("decided");
        var reviewer = await hub.CreateUserAsync("decider", static a => a.IsReviewer = true);
        await hub.CreateRepositoryAsync(owner, "decided/model");
        var reference = (string)(await hub.CommitAsync(owner, "decided/model", ("weights.pkl", PickleSamples.Honest()[..^2])))["assay"]!["reference"]!;
        var row = Assert.Single((await hub.GetJsonAsync(Root + "/queue", reviewer)).AsArray(), static r => r!["revisions"]!.AsArray().Any(static v => (string?)v!["revision"]!["repository"] == "decided/model"));
        Assert.NotEmpty(row!["revisions"]![0]!["evidence"]!.AsArray());

        Assert.Equal(400, await PostAsync($"/revisions/{reference}/decision", reviewer, new JsonObject { ["outcome"] = "admitted", ["reason"] = " " }));
        Assert.Equal(400, await PostAsync($"/revisions/{reference}/decision", reviewer, new JsonObject { ["outcome"] = "served", ["reason"] = "known" }));
        Assert.Equal(404, await PostAsync("/revisions/A-2222/decision", reviewer, new JsonObject { ["outcome"] = "admitted", ["reason"] = "known" }));
        Assert.Equal(200, await PostAsync($"/revisions/{reference}/decision", reviewer, new JsonObject { ["outcome"] = "admitted", ["reason"] = "The publisher sent the same file before." }));
        Assert.Equal(HttpStatusCode.OK, (await hub.GetAsync("/decided/model/resolve/main/weights.pkl")).StatusCode);

        var reason = new JsonObject { ["reason"] = "It was tampered with." };
        Assert.Equal(403, await PostAsync($"/revisions/{reference}/withdraw", reviewer, reason.DeepClone().AsObject()));
        Assert.Equal(200, await PostAsync($"/revisions/{reference}/withdraw", RunningHub.AdminToken, reason.DeepClone().AsObject()));
        Assert.Equal(409, await PostAsync($"/revisions/{reference}/withdraw", RunningHub.AdminToken, reason.DeepClone().AsObject()));
        Assert.NotEqual(HttpStatusCode.OK, (await hub.GetAsync("/decided/model/resolve/main/weights.pkl")).StatusCode);
        Assert.Equal(200, await PostAsync($"/revisions/{reference}/restore", RunningHub.AdminToken, reason.DeepClone().AsObject()));
        Assert.Equal(200, await PostAsync("/repositories/model/decided/model/withdraw", RunningHub.AdminToken, reason.DeepClone().AsObject()));
        Assert.NotEqual(HttpStatusCode.OK, (await hub.GetAsync("/decided/model/resolve/main/weights.pkl")).StatusCode);
        Assert.Equal(200, await PostAsync("/repositories/model/decided/model/restore", RunningHub.AdminToken, reason.DeepClone().AsObject()));
        Assert.Equal(HttpStatusCode.OK, (await hub.GetAsync("/decided/model/resolve/main/weights.pkl")).StatusCode);
        Assert.Null((string?)(await hub.GetJsonAsync(Root + "/audit/check", RunningHub.AdminToken))["problem"]);
    }

    [Fact]
    public async Task Held_back_bytes_leave_only_for_reviewers_as_an_attachment_and_with_an_entry_in_the_audit_trail()
    {
        var owner = await hub.CreateUserAsync("inspected");
        var reviewer = await hub.CreateUserAsync("inspector", static a => a.IsReviewer = true);
        await hub.CreateRepositoryAsync(owner, "inspected/model");
        var bytes = PickleSamples.System();
        var reference = (string)(await hub.CommitAsync(owner, "inspected/model", ("a b/100%.html", "<p>"u8.ToArray()), ("model.pkl", bytes)))["assay"]!["reference"]!;
        Assert.Equal(HttpStatusCode.Forbidden, (await hub.GetAsync($"{Root}/revisions/{reference}/files/model.pkl", owner)).StatusCode);
        using var answer = await hub.GetAsync($"{Root}/revisions/{reference}/files/model.pkl", reviewer);
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        using var encoded = await hub.GetAsync($"{Root}/revisions/{reference}/files/a%20b/100%25.html", reviewer);
        Assert.Equal("<p>", await encoded.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/octet-stream", encoded.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotFound, (await hub.GetAsync($"{Root}/revisions/{reference}/files/..%2Fmodel.pkl", reviewer)).StatusCode);
        var entries = (await hub.GetJsonAsync(Root + "/audit?limit=1000", RunningHub.AdminToken)).AsArray();
        Assert.Equal(2, entries.Count(static e => (string?)e!["action"] == "file.inspected" && (string?)e["actor"] == "inspector"));
    }

    [Fact]
    public async Task Users_are_made_and_disabled_and_their_secrets_are_shown_once()
    {
        using var made = await hub.PostAsync(Root + "/users", RunningHub.AdminToken, new JsonObject { ["name"] = "newcomer", ["password"] = "a long enough password", ["email"] = "new@example.org" });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.DoesNotContain("Hash", await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        using var again = await hub.PostAsync(Root + "/users", RunningHub.AdminToken, new JsonObject { ["name"] = "NewComer" });
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        using var token = await hub.PostAsync(Root + "/users/newcomer/tokens", RunningHub.AdminToken, new JsonObject { ["name"] = "first", ["role"] = "write" });
        var secret = (string)(await RunningHub.ReadJsonAsync(token))!["secret"]!;
        Assert.Equal("newcomer", (string?)(await hub.GetJsonAsync(Root + "/me", secret))["name"]);
        Assert.DoesNotContain(secret, (await hub.GetJsonAsync(Root + "/users/newcomer/tokens", RunningHub.AdminToken)).ToJsonString(), StringComparison.Ordinal);
        using var disabled = await hub.SendAsync(HttpMethod.Delete, Root + "/users/newcomer", RunningHub.AdminToken, null);
        Assert.Equal(HttpStatusCode.OK, disabled.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await hub.GetAsync(Root + "/me", secret)).StatusCode);
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        await using var own = new RunningHub();
        await own.InitializeAsync();
        foreach (var change in (JsonObject[])[new() { ["isAdministrator"] = false }, new() { ["isDisabled"] = true }])
        {
            using var last = await own.SendAsync(HttpMethod.Patch, Root + "/users/admin", RunningHub.AdminToken, JsonContent.Create(change));
            Assert.Equal(HttpStatusCode.Conflict, last.StatusCode);
        }

        await own.CreateUserAsync("second", static a => a.IsAdministrator = true);
        using var done = await own.SendAsync(HttpMethod.Patch, Root + "/users/admin", RunningHub.AdminToken, JsonContent.Create(new JsonObject { ["isAdministrator"] = false }));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await own.GetAsync(Root + "/users", RunningHub.AdminToken)).StatusCode);
    }

    [Fact]
    public async Task A_limited_token_makes_no_token_and_may_end_itself()
    {
        var full = await hub.CreateUserAsync("limited");
        using var made = await hub.PostAsync(Root + "/tokens", full, new JsonObject { ["name"] = "reader", ["role"] = "read" });
        var body = (await RunningHub.ReadJsonAsync(made))!;
        var (secret, id) = ((string)body["secret"]!, (string)body["token"]!["id"]!);
        Assert.Equal(403, await PostAsync("/tokens", secret, new JsonObject { ["name"] = "more", ["role"] = "write" }));
        using var ended = await hub.SendAsync(HttpMethod.Delete, $"{Root}/tokens/{id}", secret, null);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await hub.GetAsync(Root + "/me", secret)).StatusCode);
    }

    [Fact]
    public async Task Owners_of_an_organisation_decide_on_its_members_and_others_do_not_even_see_them()
    {
        var owner = await hub.CreateUserAsync("chair");
        var member = await hub.CreateUserAsync("member");
        var outsider = await hub.CreateUserAsync("outsider");
        await hub.CreateOrganizationAsync("club", ("chair", MemberRole.Owner), ("member", MemberRole.Contributor));
        async Task<int> SetAsync(string token, string user, string role)
        {
            using var answer = await hub.SendAsync(HttpMethod.Put, $"{Root}/organizations/club/members/{user}", token, JsonContent.Create(new JsonObject { ["role"] = role }));
            return (int)answer.StatusCode;
        }

        Assert.Equal(200, await SetAsync(owner, "outsider", "reader"));
        Assert.Equal(400, await SetAsync(owner, "outsider", "king"));
        Assert.Equal(403, await SetAsync(member, "member", "owner"));
        using var removed = await hub.SendAsync(HttpMethod.Delete, $"{Root}/organizations/club/members/outsider", owner, null);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Equal(404, await SetAsync(outsider, "outsider", "owner"));
        Assert.Equal(HttpStatusCode.NotFound, (await hub.GetAsync($"{Root}/organizations/club/members", outsider)).StatusCode);
    }

    [Fact]
    public async Task The_ledger_tells_who_fetched_what()
    {
        var owner = await hub.CreateUserAsync("fetched");
        await hub.CreateRepositoryAsync(owner, "fetched/model");
        var commit = (string)(await hub.CommitAsync(owner, "fetched/model", ("note.txt", "hello"u8.ToArray())))["commitOid"]!;
        using (await hub.GetAsync("/fetched/model/resolve/main/note.txt", owner))
        {
        }

        JsonArray rows = [];
        for (var i = 0; i < 100 && rows.Count == 0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            rows = (await hub.GetJsonAsync($"{Root}/ledger?repository=model:fetched/model&revision={commit}", RunningHub.AdminToken)).AsArray();
        }

        var row = Assert.Single(rows)!;
        Assert.Equal(("fetched", "note.txt", 5), ((string?)row["user"], (string?)row["path"], (int)row["bytes"]!));
    }

    private async Task<(string Caller, string? Token, int Level)[]> CallersAsync()
    {
        var number = Guid.CreateVersion7().ToString("N")[20..];
        return
        [
            ("nobody", null, 0),
            ("a user", await hub.CreateUserAsync("user" + number), 1),
            ("a reviewer", await hub.CreateUserAsync("reviewer" + number, static a => a.IsReviewer = true), 2),
            ("an administrator with a reading token", await ReadTokenAsync("boss" + number), 1),
            ("an administrator", await hub.CreateUserAsync("root" + number, static a => a.IsAdministrator = true), 3),
        ];
    }

    private async Task<string> ReadTokenAsync(string name)
    {
        var full = await hub.CreateUserAsync(name, static a => (a.IsAdministrator, a.IsReviewer) = (true, true));
        using var made = await hub.PostAsync(Root + "/tokens", full, new JsonObject { ["name"] = "reading", ["role"] = "read" });
        return (string)(await RunningHub.ReadJsonAsync(made))!["secret"]!;
    }

    private async Task<HttpResponseMessage> CallAsync(string route, string? token)
    {
        var blank = route.IndexOf(' ', StringComparison.Ordinal);
        var path = Regex.Replace(route[(blank + 1)..], "{[^}]*}", static m => m.Value == "{reference}" || m.Value == "{revision}" ? "A-2222" : "nobody");
        var method = new HttpMethod(route[..blank]);
        using var content = method == HttpMethod.Get || method == HttpMethod.Delete ? null : JsonContent.Create(new JsonObject());
        return await hub.SendAsync(method, Root + path, token, content);
    }

    private async Task<int> PostAsync(string path, string token, JsonObject body)
    {
        using var answer = await hub.PostAsync(Root + path, token, body);
        return (int)answer.StatusCode;
    }
}
