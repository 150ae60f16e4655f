using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Assay.Server.Pages;
using Assay.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

public sealed class HubPageTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Attack = "<img src=x onerror=alert(1)><script>alert(2)</script>";

    [Fact]
    public async Task A_served_repository_has_its_parts_in_their_order_and_pins_the_revision()
    {
        var owner = await hub.CreateUserAsync("shown");
        await hub.CreateRepositoryAsync(owner, "shown/model");
        var commit = (string)(await hub.CommitAsync(owner, "shown/model", ("README.md", "# Hello\n"u8.ToArray()), ("noise.bin", Enumerable.Range(1, 20_000).Select(static i => (byte)(i * 31 % 251 + 1)).ToArray())))["commitOid"]!;
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/shown/model");
        Assert.Equal(["State", "who", "does", "gaps", "use", "card", "tags", "files"], page.QuerySelectorAll("main > section").Select(static s => s.GetAttribute("aria-labelledby") ?? s.GetAttribute("aria-label")!));
        var state = page.QuerySelector(".state")!.TextContent;
        Assert.Contains("Not fully inspected.", state, StringComparison.Ordinal);
        Assert.Contains("with rules", state, StringComparison.Ordinal);
        Assert.Contains("noise.bin", page.QuerySelector("#gaps")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.All(page.QuerySelectorAll(".snippet pre"), p => Assert.Contains(commit, p.TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain("safe", page.Body!.TextContent.Replace("safetensors", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task No_findings_is_never_called_safe()
    {
        var owner = await hub.CreateUserAsync("quiet");
        await hub.CreateRepositoryAsync(owner, "quiet/model");
        var commit = (string?)(await hub.CommitAsync(owner, "quiet/model", ("README.md", "---\nlicense: mit\n---\n# Good\n"u8.ToArray()), ("config.json", "{}"u8.ToArray())))["commitOid"];
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/quiet/model");
        Assert.Contains("No findings.", page.QuerySelector("main section.state")!.TextContent, StringComparison.Ordinal);
        Assert.Contains($"hf download quiet/model --revision {commit}", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(" safe", page.QuerySelector("main")!.TextContent, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_refused_repository_says_so_first_and_offers_no_way_to_get_it()
    {
        var owner = await hub.CreateUserAsync("refused");
        await hub.CreateRepositoryAsync(owner, "refused/model");
        var reference = (string)(await hub.CommitAsync(owner, "refused/model", ("README.md", "# Fine\n"u8.ToArray()), ("model.pkl", PickleSamples.System())))["assay"]!["reference"]!;
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/refused/model");
        Assert.Equal("State", page.QuerySelector("main > section")!.GetAttribute("aria-label"));
        Assert.StartsWith("◆ Refused.", Words(page.QuerySelector(".state")!), StringComparison.Ordinal);
        Assert.Contains("model.pkl is malicious", page.QuerySelector(".state")!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("#use"));
        Assert.Null(page.QuerySelector("#card"));
        Assert.Null(page.QuerySelector("#files"));
        Assert.NotNull(page.QuerySelector($".state a[href='/v/{reference}']"));
        foreach (var path in (string[])["tree/main", "blob/main/model.pkl", "commits/main", "commit/main"])
        {
            var inner = await browser.OpenAsync("/refused/model/" + path, 403);
            Assert.Contains("Refused.", inner.QuerySelector(".state")!.TextContent, StringComparison.Ordinal);
        }

        var report = await browser.OpenAsync("/v/" + reference);
        Assert.InRange(report.QuerySelectorAll("#findings ~ .finding").Length, 1, 3);
        Assert.Contains("System command on load", report.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("What to do:", report.Body!.TextContent, StringComparison.Ordinal);
        Assert.Null(report.QuerySelector("form.decide"));
    }

    [Fact]
    public async Task A_newer_revision_that_is_refused_is_told_to_its_publisher_and_to_nobody_else()
    {
        var owner = await hub.CreateUserAsync("ahead");
        await hub.CreateRepositoryAsync(owner, "ahead/model");
        await hub.CommitAsync(owner, "ahead/model", ("README.md", "# Fine\n"u8.ToArray()));
        await hub.CommitAsync(owner, "ahead/model", ("model.pkl", PickleSamples.System()));
        using var reader = new Browser(hub);
        Assert.Null((await reader.OpenAsync("/ahead/model")).QuerySelector(".notice")?.TextContent);
        Assert.DoesNotContain("model.pkl", (await reader.OpenAsync("/ahead/model/commits/main")).Body!.TextContent, StringComparison.Ordinal);
        using var publisher = new Browser(hub);
        await publisher.SignInAsync("ahead", owner);
        Assert.Contains("A newer revision is not served", (await publisher.OpenAsync("/ahead/model")).QuerySelector(".notice")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("model.pkl", (await publisher.OpenAsync("/ahead/model/commits/main")).Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_withdrawn_repository_is_a_tombstone_with_an_advisory()
    {
        var owner = await hub.CreateUserAsync("gone");
        await hub.CreateRepositoryAsync(owner, "gone/model");
        await hub.CommitAsync(owner, "gone/model", ("README.md", "# Fine\n"u8.ToArray()));
        using var done = await hub.PostAsync("/api/assay/v1/repositories/model/gone/model/withdraw", RunningHub.AdminToken, new JsonObject { ["reason"] = "Somebody else " + Attack });
        var reference = (string)(await RunningHub.ReadJsonAsync(done))!["reference"]!;
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/gone/model");
        Assert.StartsWith("✕ Withdrawn. Somebody else <img", Words(page.QuerySelector(".state")!), StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("#use"));
        Assert.NotNull((await browser.OpenAsync("/v/" + reference)).QuerySelector(".advisory"));
        await browser.OpenAsync("/gone/model/blob/main/README.md", 410);
    }

    [Fact]
    public async Task Nothing_that_strangers_write_becomes_markup()
    {
        var owner = await hub.CreateUserAsync("hostile", static a => a.FullName = Attack);
        await hub.CreateRepositoryAsync(owner, "hostile/model");
        var card = $"---\nlicense: \"{Attack}\"\ntags:\n- \"{Attack}\"\n---\n# {Attack}\n\n{Attack}\n\n[a](javascript:alert(3)) [b](data:text/html,x) ![c](https://evil.example/x.png) ![d](/logout) <javascript:alert(4)> [e](https://example.org) [f](\" onmouseover=alert(5))\n\n[g]: vbscript:x\n[g]\n";
        var lines = new List<JsonObject>
        {
            new() { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = Attack, ["description"] = Attack } },
        };
        foreach (var (path, text) in new[] { ("README.md", card), ($"{Attack.Replace("/", "", StringComparison.Ordinal)}/100% é&.html", Attack), ("\u202egpj.py", "x = 1\n") })
            lines.Add(new JsonObject { ["key"] = "file", ["value"] = new JsonObject { ["path"] = path, ["encoding"] = "utf-8", ["content"] = text } });
        using var committed = await hub.SendCommitAsync(owner, "hostile/model", "main", lines);
        Assert.True(committed.IsSuccessStatusCode, await RunningHub.DescribeAsync(committed));
        var commit = (string)(await RunningHub.ReadJsonAsync(committed))!["commitOid"]!;
        // Whether the policy lets it pass is not what is tested here.
        using var _ = await hub.PostAsync($"/api/assay/v1/revisions/{(string)(await hub.GetJsonAsync("/api/assay/v1/revisions?repository=hostile/model", RunningHub.AdminToken))[0]!["id"]!}/decision", RunningHub.AdminToken, new JsonObject { ["outcome"] = "admitted", ["reason"] = Attack });
        using var browser = new Browser(hub);
        var pages = new List<string> { "/", "/models", "/models?search=" + Uri.EscapeDataString(Attack), "/models?tag=" + Uri.EscapeDataString(Attack), "/hostile", "/hostile/model", "/hostile/model/tree/main", "/hostile/model/commits/main", "/hostile/model/commit/" + commit, "/hostile/model/blob/main/README.md", "/login?return=" + Uri.EscapeDataString(Attack) };
        var tree = await browser.OpenAsync("/hostile/model/tree/main");
        pages.AddRange(tree.QuerySelectorAll(".files a").Select(static a => a.GetAttribute("href")!));
        var seen = 0;
        foreach (var path in pages)
        {
            using var answer = await browser.GetAsync(path);
            var page = await Browser.ReadAsync(answer);
            Inert(page, answer);
            seen += page.Body!.TextContent.Contains("alert(2)", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.True(seen >= 5, $"the attack is text on {seen} pages");
        var repository = await browser.OpenAsync("/hostile/model");
        Assert.Equal(["nofollow ugc noopener noreferrer"], repository.QuerySelectorAll(".card a").Select(static a => a.GetAttribute("rel")).Distinct());
        Assert.All(repository.QuerySelectorAll(".card a"), static a => Assert.Matches("^(https?://|#|/hostile/model/)", a.GetAttribute("href")!));
        Assert.Empty(repository.QuerySelectorAll(".card img"));
        Assert.DoesNotContain('\u202e', tree.DocumentElement.OuterHtml);
        Assert.Contains("\\u202e", tree.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reviewer_decides_in_the_queue_and_can_change_it_on_the_page_of_the_report()
    {
        var owner = await hub.CreateUserAsync("queued");
        var reviewer = await hub.CreateUserAsync("queen", static a => a.IsReviewer = true);
        await hub.CreateRepositoryAsync(owner, "queued/model");
        await hub.CommitAsync(owner, "queued/model", ("one.pkl", PickleSamples.Honest()[..^2]), ("two.pkl", PickleSamples.Honest(4)[..^2]));
        using var browser = new Browser(hub);
        using (var anonymous = await browser.GetAsync("/queue"))
            Assert.StartsWith("/login", anonymous.Headers.Location?.OriginalString, StringComparison.Ordinal);
        await browser.SignInAsync("queen", reviewer);
        var queue = await browser.OpenAsync("/queue");
        var item = Assert.Single(queue.QuerySelectorAll(".waiting"), static w => w.TextContent.Contains("queued/model", StringComparison.Ordinal));
        Assert.Contains("one.pkl", item.QuerySelector("details")!.TextContent, StringComparison.Ordinal);
        var revision = item.QuerySelector("input[name=revision]")!.GetAttribute("value")!;
        using var silent = await browser.SubmitAsync(queue, "/queue", ("revision", revision), ("outcome", "admitted"), ("reason", ""));
        Assert.NotNull((await Browser.ReadAsync(silent, 400)).QuerySelector("[role=alert]"));
        using var accepted = await browser.SubmitAsync(queue, "/queue", ("revision", revision), ("outcome", "admitted"), ("reason", "Looked at " + Attack));
        Assert.Equal(HttpStatusCode.SeeOther, accepted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await hub.GetAsync("/queued/model/resolve/main/one.pkl")).StatusCode);
        var report = await browser.OpenAsync("/v/" + accepted.Headers.Location!.OriginalString[^6..]);
        Assert.Contains("A person decided this: queen", report.QuerySelector(".human")!.TextContent, StringComparison.Ordinal);
        using var changed = await browser.SubmitAsync(report, report.QuerySelector("form.decide")!.GetAttribute("action")!, ("outcome", "rejected"), ("reason", "Second thoughts"));
        Assert.Equal(HttpStatusCode.SeeOther, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await hub.GetAsync("/queued/model/resolve/main/one.pkl")).StatusCode);
        using var plain = new Browser(hub);
        await plain.SignInAsync("queued", owner);
        await plain.OpenAsync("/queue", 403);
    }

    [Theory]
    [InlineData("/no/such/page/at/all")]
    [InlineData("/a/b")]
    [InlineData("/..%2f..%2fetc/passwd")]
    [InlineData("/%ff%fe")]
    [InlineData("/no-such-account")]
    [InlineData("/a/b/blob/main/%ff")]
    [InlineData("/v/A-ZZZZ")]
    [InlineData("/v/A-%E2%80%AE")]
    [InlineData("/v/%3Cscript%3E")]
    [InlineData("/avatars/%3Cscript%3E.svg")]
    [InlineData("/assets/..%2fassay.css")]
    [InlineData("/assets/../ServerHost.cs")]
    [InlineData("/assets/assay.css/x")]
    [InlineData("/datasets/%20/x")]
    [InlineData("/spaces/a/b/tree")]
    [InlineData("/a.b/c%2Fd/tree/main")]
    [InlineData("/file.php")]
    [InlineData("/models/x")]
    [InlineData("/%F0%9F%98%80")]
    public async Task What_is_not_there_is_a_page_for_browsers_and_json_for_programs_and_never_a_fault(string path)
    {
        using var browser = new Browser(hub);
        using var html = await browser.SendAsync(HttpMethod.Get, "/", null, r => r.RequestUri = new Uri(hub.Address + path.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.InRange((int)html.StatusCode, 400, 404);
        using var json = await hub.SendAsync(HttpMethod.Get, "/", null, null, r => r.RequestUri = new Uri(hub.Address + path.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.InRange((int)json.StatusCode, 400, 404);
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
        if ((int)html.StatusCode != 404)
            return;
        var page = await Browser.ReadAsync(html, 404);
        Inert(page, html);
        Assert.Equal("Not found", page.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task Pages_can_be_used_without_seeing_or_pointing()
    {
        var owner = await hub.CreateUserAsync("usable", static a => a.IsReviewer = true);
        await hub.CreateRepositoryAsync(owner, "usable/model");
        await hub.CommitAsync(owner, "usable/model", ("README.md", "# Fine\n\n## Part\n"u8.ToArray()));
        using var browser = new Browser(hub);
        var first = await browser.OpenAsync("/login");
        Accessible(first);
        await browser.SignInAsync("usable", owner);
        foreach (var path in (string[])["/", "/models", "/usable", "/usable/model", "/usable/model/tree/main", "/usable/model/blob/main/README.md", "/usable/model/commits/main", "/settings/tokens", "/queue"])
            Accessible(await browser.OpenAsync(path));
    }

    [Fact]
    public async Task Large_and_binary_files_are_not_shown_and_text_is()
    {
        var owner = await hub.CreateUserAsync("shower");
        await hub.CreateRepositoryAsync(owner, "shower/rows", "dataset");
        await hub.CommitAsync(owner, "datasets/shower/rows", ("a/text.txt", Encoding.UTF8.GetBytes("<b>é</b>\n")), ("long.txt", Encoding.UTF8.GetBytes(new string('x', (1 << 20) + 1))), ("latin.txt", [0x41, 0xe9, 0x42]));
        using var browser = new Browser(hub);
        Assert.Equal("<b>é</b>\n", (await browser.OpenAsync("/datasets/shower/rows/blob/main/a%2Ftext.txt")).QuerySelector("pre.text")!.TextContent);
        foreach (var path in (string[])["long.txt", "latin.txt"])
            Assert.Null((await browser.OpenAsync("/datasets/shower/rows/blob/main/" + path)).QuerySelector("pre.text"));
        await browser.OpenAsync("/datasets/shower/rows/tree/main/nothing", 404);
        await browser.OpenAsync("/shower/rows", 404);
    }

    [Fact]
    public async Task Site_files_are_kept_by_browsers_and_pictures_run_nothing()
    {
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/");
        var style = page.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;
        using var css = await browser.GetAsync(style);
        Assert.Equal("text/css", css.Content.Headers.ContentType?.MediaType);
        Assert.Contains("immutable", css.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var avatar = await browser.GetAsync("/avatars/ada.svg");
        Assert.Equal("image/svg+xml", avatar.Content.Headers.ContentType?.MediaType);
        Assert.Contains("sandbox", string.Join(' ', avatar.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_nested_beyond_reason_is_not_rendered_and_costs_no_time()
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        foreach (var text in (string[])[new string('>', 100_000), new string('[', 100_000), string.Concat(Enumerable.Repeat("![", 50_000)), string.Concat(Enumerable.Repeat("- ", 50_000)), new string('*', 100_000) + "a", string.Concat(Enumerable.Repeat("|a", 50_000)) + "\n" + string.Concat(Enumerable.Repeat("|-", 50_000))])
            _ = CardHtml.Render(text, "a/b", new string('0', 40));
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(20), $"{started.Elapsed}");
        Assert.Null(CardHtml.Render(new string('x', CardHtml.MaxLength + 1), "a/b", new string('0', 40)));
        Assert.Equal("<p>x</p>", CardHtml.Render("---\na: b\n---\nx", "a/b", new string('0', 40))!.Trim());
    }

    private static string Words(IElement element) => string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // Nothing in a page runs but the site's own script, by its markup and by its policy.
    private static void Inert(IHtmlDocument page, HttpResponseMessage answer)
    {
        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.All(page.Scripts, static s => Assert.StartsWith("/assets/assay.js?", s.Source, StringComparison.Ordinal));
        Assert.Empty(page.QuerySelectorAll("style, iframe, object, embed, base, [style]"));
        Assert.DoesNotContain(page.All.SelectMany(static e => e.Attributes), static a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        Assert.All(page.QuerySelectorAll("img"), static i => Assert.StartsWith("/", i.GetAttribute("src")!, StringComparison.Ordinal));
        Assert.All(page.QuerySelectorAll("[href]"), static a => Assert.Matches("^(https?://|mailto:|[/#])", a.GetAttribute("href")!));
    }

    private static void Accessible(IHtmlDocument page)
    {
        Assert.Equal("en", page.DocumentElement.GetAttribute("lang"));
        Assert.False(string.IsNullOrWhiteSpace(page.Title));
        Assert.Equal("#main", page.QuerySelector("body > a")!.GetAttribute("href"));
        Assert.Single(page.QuerySelectorAll("main#main"));
        Assert.Single(page.QuerySelectorAll("h1"));
        Assert.All(page.QuerySelectorAll("nav"), static n => Assert.True(n.HasAttribute("aria-label")));
        Assert.All(page.QuerySelectorAll("img"), static i => Assert.True(i.HasAttribute("alt")));
        foreach (var field in page.QuerySelectorAll("input:not([type=hidden]), select, textarea"))
            Assert.NotNull(page.QuerySelector($"label[for='{field.Id}']"));
        Assert.All(page.QuerySelectorAll("button, a"), static b => Assert.False(string.IsNullOrWhiteSpace(b.TextContent + b.GetAttribute("aria-label"))));
        var level = 1;
        foreach (var heading in page.QuerySelectorAll("h1, h2, h3, h4, h5, h6").Select(static h => h.LocalName[1] - '0'))
        {
            Assert.True(heading <= level + 1, $"h{heading} after h{level}");
            level = heading;
        }

        Assert.Equal(page.QuerySelectorAll("[id]").Length, page.QuerySelectorAll("[id]").Select(static e => e.Id).Distinct().Count());
    }
}
