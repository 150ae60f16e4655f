using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Assay.Hub.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>Pages, sessions and the hub's own API, as browsers and programs use them.</summary>
public sealed class PageTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static readonly byte[] Payload = "cos\nsystem\n(S'echo assay'\ntR."u8.ToArray();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_repository_says_so_before_anything_else_and_offers_no_download()
    {
        var token = await hub.CreateUserAsync("pageevil");
        await hub.CreateRepositoryAsync(token, "pageevil/model");
        var commit = await hub.CommitAsync(token, "pageevil/model", ("weights.pkl", Payload));
        var reference = (string?)commit["assay"]!["reference"];
        var page = await PageAsync("/pageevil/model");
        var state = page.QuerySelector("main section.state")!;
        Assert.Contains("Refused.", state.TextContent, StringComparison.Ordinal);
        Assert.Contains("weights.pkl is malicious", state.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/v/{reference}", state.QuerySelector("a.reference")!.GetAttribute("href"));
        Assert.DoesNotContain("hf download", page.Body!.TextContent, StringComparison.Ordinal);

        var report = await PageAsync($"/v/{reference}");
        Assert.Contains(reference!, report.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("os.system('echo assay')", report.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("What to do", report.Body!.TextContent, StringComparison.Ordinal);
        var json = await hub.GetJsonAsync($"/api/assay/v1/reports/{reference}");
        Assert.Equal("rejected", (string?)json["decision"]?["outcome"] ?? (string?)json["outcome"] ?? (string?)json["state"]);
    }

    [Fact]
    public async Task No_findings_is_never_called_safe_and_the_use_is_pinned()
    {
        var token = await hub.CreateUserAsync("pagegood");
        await hub.CreateRepositoryAsync(token, "pagegood/model");
        var commit = (string?)(await hub.CommitAsync(token, "pagegood/model", ("README.md", "---\nlicense: mit\n---\n# Good\n"u8.ToArray()), ("config.json", "{}"u8.ToArray())))["commitOid"];
        var page = await PageAsync("/pagegood/model");
        Assert.Contains("No findings.", page.QuerySelector("main section.state")!.TextContent, StringComparison.Ordinal);
        Assert.Contains($"hf download pagegood/model --revision {commit}", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(" safe", page.QuerySelector("main")!.TextContent, StringComparison.OrdinalIgnoreCase);
        foreach (var path in (string[])["/pagegood/model/tree/main", "/pagegood/model/blob/main/config.json", "/pagegood/model/commits/main", $"/pagegood/model/commit/{commit}", "/pagegood", "/models?search=pagegood", "/"])
            Assert.NotNull((await PageAsync(path)).QuerySelector("main h1"));
    }

    [Fact]
    public async Task What_strangers_write_stays_text()
    {
        const string Script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
        var token = await hub.CreateUserAsync("pagexss");
        await hub.CreateRepositoryAsync(token, "pagexss/model");
        var card = $"---\nlicense: \"{Script.Replace("\"", "'", StringComparison.Ordinal)}\"\ntags: ['{Script}']\n---\n# Hi {Script}\n[a](javascript:alert(1)) ![x](http://tracker.invalid/x.png)\n<iframe src=//x.invalid></iframe>\n";
        await hub.SendCommitAsync(token, "pagexss/model", "main",
        [
            new JsonObject { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = Script, ["description"] = Script } },
            new JsonObject { ["key"] = "file", ["value"] = new JsonObject { ["path"] = "README.md", ["content"] = card } },
            new JsonObject { ["key"] = "file", ["value"] = new JsonObject { ["path"] = "<img src=x onerror=alert(1)>.txt", ["content"] = Script } },
        ]);
        foreach (var path in (string[])["/pagexss/model", "/pagexss/model/tree/main", "/pagexss/model/blob/main/README.md", "/pagexss/model/blob/main/" + Uri.EscapeDataString("<img src=x onerror=alert(1)>.txt"), "/pagexss/model/commits/main", "/models", "/models?search=" + Uri.EscapeDataString(Script)])
        {
            var page = await PageAsync(path);
            Assert.DoesNotContain(page.QuerySelectorAll("script"), static s => s.TextContent.Contains("alert", StringComparison.Ordinal));
            Assert.Empty(page.QuerySelectorAll("[onerror], iframe, img[src=x]"));
            Assert.DoesNotContain(page.Links.OfType<IHtmlAnchorElement>(), static a => a.Href.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(page.Images, static i => i.Source?.Contains("tracker.invalid", StringComparison.Ordinal) ?? false);
        }
    }

    [Fact]
    public async Task Pages_run_nothing_that_is_not_the_sites_own()
    {
        using var answer = await BrowseAsync(hub.Http, "/");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var page = await ParseAsync(answer);
        Assert.Empty(page.QuerySelectorAll("style, [style]"));
        Assert.All(page.Scripts, static s => Assert.StartsWith("/assets/", s.GetAttribute("src"), StringComparison.Ordinal));
        Assert.NotNull(page.QuerySelector("a[href='#main'], a.skip"));
        Assert.Equal("en", page.DocumentElement.GetAttribute("lang"));
    }

    [Fact]
    public async Task Nobody_signs_in_with_a_wrong_password_and_a_form_of_another_site_is_refused()
    {
        await hub.CreateUserAsync("pageuser");
        await hub.Services.GetRequiredService<AccountRegistry>().SetPasswordAsync(Principal.System, "pageuser", "correct horse battery", Cancellation);
        using var browser = Browser();
        using (var forged = await browser.PostAsync(new Uri(hub.Address, "/login"), Form(("name", "pageuser"), ("password", "correct horse battery")), Cancellation))
            Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using (var wrong = await SignInAsync(browser, "pageuser", "wrong horse battery!"))
        {
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
            Assert.Contains("do not belong together", (await ParseAsync(wrong)).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        }

        using (var right = await SignInAsync(browser, "pageuser", "correct horse battery"))
            Assert.Equal(HttpStatusCode.SeeOther, right.StatusCode);
        using (var page = await BrowseAsync(browser, "/settings/tokens"))
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        // A session is of no use to the protocol, nor to the API without its proof.
        using (var write = await browser.PostAsync(new Uri(hub.Address, "/api/repos/create"), JsonContent.Create(new { name = "by-session" }), Cancellation))
            Assert.Equal(HttpStatusCode.Unauthorized, write.StatusCode);
        using (var made = await browser.PostAsync(new Uri(hub.Address, "/api/assay/v1/tokens"), JsonContent.Create(new { name = "forged", role = "read" }), Cancellation))
            Assert.True(made.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, made.StatusCode.ToString());

        // A changed password ends it.
        await hub.Services.GetRequiredService<AccountRegistry>().SetPasswordAsync(Principal.System, "pageuser", "another horse battery", Cancellation);
        using var ended = await BrowseAsync(browser, "/settings/tokens");
        Assert.NotEqual(HttpStatusCode.OK, ended.StatusCode);
    }

    [Fact]
    public async Task A_reviewer_decides_on_the_page_and_nobody_else_sees_the_queue()
    {
        using (var anonymous = await BrowseAsync(hub.Http, "/queue"))
            Assert.NotEqual(HttpStatusCode.OK, anonymous.StatusCode);
        var token = await hub.CreateUserAsync("pageauthor");
        await hub.CreateRepositoryAsync(token, "pageauthor/model");
        // Calls what is not known: suspicious, and so held back.
        await hub.CommitAsync(token, "pageauthor/model", ("weights.pkl", "cmylib.loaders\nrun\n(S'x'\ntR."u8.ToArray()));
        await hub.CreateUserAsync("pagereviewer", static a => a.IsReviewer = true);
        await hub.Services.GetRequiredService<AccountRegistry>().SetPasswordAsync(Principal.System, "pagereviewer", "correct horse battery", Cancellation);
        using var browser = Browser();
        using (await SignInAsync(browser, "pagereviewer", "correct horse battery"))
        {
            using var answer = await BrowseAsync(browser, "/queue");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("pageauthor/model", (await ParseAsync(answer)).Body!.TextContent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_route_of_the_own_API_is_closed_to_those_it_is_not_for()
    {
        var user = await hub.CreateUserAsync("pageapi");
        string[] administrators = ["/audit", "/audit/check", "/ledger", "/users", "/organizations"];
        foreach (var path in administrators.Append("/queue").Append("/policy"))
        {
            using var nobody = await hub.GetAsync("/api/assay/v1" + path);
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
            Assert.Equal("application/problem+json", nobody.Content.Headers.ContentType?.MediaType);
            using var somebody = await hub.GetAsync("/api/assay/v1" + path, user);
            Assert.Equal(HttpStatusCode.Forbidden, somebody.StatusCode);
            using var administrator = await hub.GetAsync("/api/assay/v1" + path, RunningHub.AdminToken);
            Assert.True(administrator.IsSuccessStatusCode, path + " " + await RunningHub.DescribeAsync(administrator));
        }
    }

    [Fact]
    public async Task The_document_of_the_own_API_lists_every_route()
    {
        var document = await hub.GetJsonAsync("/api/assay/v1/openapi.json");
        var listed = document["paths"]!.AsObject().SelectMany(static p => p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key}")).ToHashSet(StringComparer.Ordinal);
        var routes = hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(static e => e.RoutePattern.RawText!.StartsWith("/api/assay/v1/", StringComparison.Ordinal) && !e.RoutePattern.RawText.EndsWith("openapi.json", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(routes);
        foreach (var route in routes)
        {
            var path = route.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal).TrimEnd('/');
            foreach (var method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                Assert.Contains($"{method} {path}", listed);
        }
    }

    [Fact]
    public async Task A_reviewers_look_at_held_back_bytes_is_written_down_first()
    {
        var token = await hub.CreateUserAsync("pageheld");
        await hub.CreateRepositoryAsync(token, "pageheld/model");
        var reference = (string?)(await hub.CommitAsync(token, "pageheld/model", ("weights.pkl", Payload)))["assay"]!["reference"];
        using (var publisher = await hub.GetAsync($"/api/assay/v1/revisions/{reference}/files/weights.pkl", token))
            Assert.Equal(HttpStatusCode.Forbidden, publisher.StatusCode);
        using var looked = await hub.GetAsync($"/api/assay/v1/revisions/{reference}/files/weights.pkl", RunningHub.AdminToken);
        Assert.Equal(Payload, await looked.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal("attachment", looked.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("application/octet-stream", looked.Content.Headers.ContentType?.MediaType);
        var audit = await hub.GetJsonAsync("/api/assay/v1/audit?limit=1000", RunningHub.AdminToken);
        Assert.Contains("pageheld/model", audit.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such")]
    [InlineData("/v/A-ZZZZ")]
    [InlineData("/no-such-account")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/a%00b")]
    [InlineData("/pagexss/model/blob/main/%ff")]
    [InlineData("/assets/../ServerHost.cs")]
    [InlineData("/avatars/%3Cscript%3E.svg")]
    public async Task Addresses_that_lead_nowhere_are_no_fault(string path)
    {
        using var answer = await BrowseAsync(hub.Http, path);
        Assert.True((int)answer.StatusCode is >= 400 and < 500 or 200 && (answer.StatusCode != HttpStatusCode.OK || path.StartsWith("/avatars/", StringComparison.Ordinal)), answer.StatusCode.ToString());
    }

    private HttpClient Browser() => new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer(), UseProxy = false }) { BaseAddress = hub.Address };

    private async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string name, string password)
    {
        using var form = await BrowseAsync(browser, "/login");
        var proof = (await ParseAsync(form)).QuerySelector("form[action='/login'] input[name='forgery']")!.GetAttribute("value")!;
        return await browser.PostAsync(new Uri(hub.Address, "/login"), Form(("forgery", proof), ("name", name), ("password", password)), Cancellation);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(static f => KeyValuePair.Create(f.Name, f.Value)));

    private async Task<HttpResponseMessage> BrowseAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hub.Address, path));
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml");
        return await client.SendAsync(request, Cancellation);
    }

    private async Task<IHtmlDocument> PageAsync(string path)
    {
        using var answer = await BrowseAsync(hub.Http, path);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        return await ParseAsync(answer);
    }

    private static async Task<IHtmlDocument> ParseAsync(HttpResponseMessage answer) =>
        await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync(Cancellation), Cancellation);
}
