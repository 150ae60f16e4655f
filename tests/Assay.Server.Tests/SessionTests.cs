using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

public sealed class SessionTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task A_session_is_a_cookie_that_no_script_reads_and_that_ends_when_one_signs_out()
    {
        await CreateAsync("sally");
        using var browser = new Browser(hub);
        using var answer = await browser.SubmitAsync(await browser.OpenAsync("/login?return=%2Fsettings%2Ftokens"), "/login", ("name", "Sally"), ("password", Password));
        Assert.Equal("/settings/tokens", answer.Headers.Location?.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), static c => c.StartsWith("assay_session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        var page = await browser.OpenAsync("/settings/tokens");
        using var bye = await browser.SubmitAsync(page, "/logout");
        Assert.Equal(HttpStatusCode.SeeOther, bye.StatusCode);
        using var after = await browser.GetAsync("/settings/tokens");
        Assert.StartsWith("/login", after.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/a\r\nSet-Cookie: x=y")]
    public async Task Signing_in_leads_to_no_other_site(string back)
    {
        await CreateAsync("local" + Math.Abs(back.GetHashCode(StringComparison.Ordinal)));
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/login?return=" + Uri.EscapeDataString(back));
        Assert.Equal("/", page.QuerySelector("input[name=return]")!.GetAttribute("value"));
        using var answer = await browser.SubmitAsync(page, "/login", ("name", "local" + Math.Abs(back.GetHashCode(StringComparison.Ordinal))), ("password", Password), ("return", back));
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_form_of_another_site_and_a_wrong_password_sign_nobody_in()
    {
        await CreateAsync("signing");
        using var browser = new Browser(hub);
        using var forged = new FormUrlEncodedContent([new("name", "signing"), new("password", Password)]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SendAsync(HttpMethod.Post, "/login", forged)).StatusCode);
        using var wrong = await browser.SubmitAsync(await browser.OpenAsync("/login"), "/login", ("name", "signing"), ("password", "wrong horse battery!"));
        Assert.Contains("do not belong together", (await Browser.ReadAsync(wrong, 400)).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/settings/tokens")).StatusCode);
    }

    [Fact]
    public async Task Changed_passwords_and_disabled_accounts_end_sessions()
    {
        foreach (var end in (Func<AccountRegistry, string, Task>[])[
            static (accounts, name) => accounts.SetPasswordAsync(Principal.System, name, "another long password", CancellationToken.None),
            static (accounts, name) => accounts.ChangeAsync(Principal.System, name, "user.disabled", static a => a.IsDisabled = true, CancellationToken.None)])
        {
            var name = "ending" + Guid.CreateVersion7().ToString("N")[20..];
            await CreateAsync(name);
            using var browser = new Browser(hub);
            await browser.SignInAsync(name, Password);
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/settings/tokens")).StatusCode);
            await end(hub.Services.GetRequiredService<AccountRegistry>(), name);
            Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/settings/tokens")).StatusCode);
        }
    }

    [Fact]
    public async Task A_session_begun_with_a_token_may_what_the_token_may_and_ends_with_it()
    {
        var full = await hub.CreateUserAsync("bytoken", static a => a.IsReviewer = true);
        using var made = await hub.PostAsync("/api/assay/v1/tokens", full, new JsonObject { ["name"] = "reading", ["role"] = "read" });
        var body = (await RunningHub.ReadJsonAsync(made))!;
        using var browser = new Browser(hub);
        await browser.SignInAsync("bytoken", (string)body["secret"]!);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync("/queue")).StatusCode);
        using var more = await browser.SubmitAsync(await browser.OpenAsync("/settings/tokens"), "/settings/tokens", ("name", "more"), ("role", "write"), ("days", "0"));
        Assert.Equal(HttpStatusCode.BadRequest, more.StatusCode);
        using var ended = await hub.SendAsync(HttpMethod.Delete, $"/api/assay/v1/tokens/{(string)body["token"]!["id"]!}", full, null);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/settings/tokens")).StatusCode);
        using var other = await browser.SubmitAsync(await browser.OpenAsync("/login"), "/login", ("name", "admin"), ("password", full));
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
    }

    [Fact]
    public async Task Forms_and_api_calls_of_a_session_need_the_proof_and_tokens_do_not()
    {
        await CreateAsync("proof");
        using var browser = new Browser(hub);
        await browser.SignInAsync("proof", Password);
        using var forged = new FormUrlEncodedContent([new("name", "x"), new("role", "read")]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SendAsync(HttpMethod.Post, "/settings/tokens", forged)).StatusCode);
        using var signOut = new FormUrlEncodedContent([]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SendAsync(HttpMethod.Post, "/logout", signOut)).StatusCode);
        var token = new JsonObject { ["name"] = "api", ["role"] = "read" };
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SendAsync(HttpMethod.Post, "/api/assay/v1/tokens", JsonContent.Create(token))).StatusCode);
        using var me = await browser.GetAsync("/api/assay/v1/me");
        var proof = (string)(await RunningHub.ReadJsonAsync(me))!["forgeryToken"]!;
        using var made = await browser.SendAsync(HttpMethod.Post, "/api/assay/v1/tokens", JsonContent.Create(token), r => r.Headers.Add("X-CSRF-Token", proof));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var secret = (string)(await RunningHub.ReadJsonAsync(made))!["secret"]!;
        Assert.Null((string?)(await hub.GetJsonAsync("/api/assay/v1/me", secret))["forgeryToken"]);

        // The proof of one person is worth nothing in the session of another.
        await CreateAsync("proof2");
        using var other = new Browser(hub);
        await other.SignInAsync("proof2", Password);
        Assert.Equal(HttpStatusCode.BadRequest, (await other.SendAsync(HttpMethod.Post, "/api/assay/v1/tokens", JsonContent.Create(token), r => r.Headers.Add("X-CSRF-Token", proof))).StatusCode);
    }

    [Fact]
    public async Task A_session_reads_what_is_private_and_never_writes_through_the_protocol()
    {
        await CreateAsync("writer");
        using var browser = new Browser(hub);
        await browser.SignInAsync("writer", Password);
        using var create = await browser.SendAsync(HttpMethod.Post, "/api/repos/create", JsonContent.Create(new JsonObject { ["name"] = "mine", ["type"] = "model" }));
        Assert.Equal(HttpStatusCode.Unauthorized, create.StatusCode);
        using var own = await MakeTokenAsync(browser);
        var token = (await Browser.ReadAsync(own)).QuerySelector("pre code")!.TextContent;
        await hub.CreateRepositoryAsync(token, "writer/mine", isPrivate: true);
        await hub.CommitAsync(token, "writer/mine", ("note.txt", "hello"u8.ToArray()));
        using var read = await browser.GetAsync("/writer/mine/resolve/main/note.txt");
        Assert.Equal("hello", await read.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("private", read.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var delete = await browser.SendAsync(HttpMethod.Delete, "/api/repos/delete", JsonContent.Create(new JsonObject { ["name"] = "writer/mine" }));
        Assert.Equal(HttpStatusCode.Unauthorized, delete.StatusCode);
        await browser.OpenAsync("/writer/mine");
        using var stranger = new Browser(hub);
        await stranger.OpenAsync("/writer/mine", 404);
    }

    [Fact]
    public async Task Guessing_is_slowed_down_even_when_the_last_guess_is_right()
    {
        await CreateAsync("guessed");
        using var browser = new Browser(hub);
        var page = await browser.OpenAsync("/login");
        for (var i = 0; i < 10; i++)
        {
            using var wrong = await browser.SubmitAsync(page, "/login", ("name", "guessed"), ("password", "guess number " + i));
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        using var late = await browser.SubmitAsync(page, "/login", ("name", "GUESSED "), ("password", Password));
        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
    }

    [Fact]
    public async Task Sessions_outlive_a_restart()
    {
        await using var own = new RunningHub();
        await own.InitializeAsync();
        await own.Services.GetRequiredService<AccountRegistry>().CreateAsync(Principal.System, AccountKind.User, "lasting", null, null, Password, null, TestContext.Current.CancellationToken);
        using var browser = new Browser(own);
        await browser.SignInAsync("lasting", Password);
        var cookies = browser.Cookies.GetCookieHeader(own.Address);
        await own.RestartAsync();
        using var answer = await own.SendAsync(HttpMethod.Get, "/settings/tokens", null, null, r => r.Headers.Add("Cookie", cookies));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> MakeTokenAsync(Browser browser)
    {
        var page = await browser.OpenAsync("/settings/tokens");
        var form = page.Forms.First(static f => f.QuerySelector("select[name=role]") is not null);
        var forgery = form.QuerySelector("input[name=forgery]")!.GetAttribute("value")!;
        using var content = new FormUrlEncodedContent([new("forgery", forgery), new("name", "made here"), new("role", "write"), new("days", "30")]);
        return await browser.SendAsync(HttpMethod.Post, "/settings/tokens", content);
    }

    private async Task CreateAsync(string name) => Assert.IsType<AccountOutcome.Done>(
        await hub.Services.GetRequiredService<AccountRegistry>().CreateAsync(Principal.System, AccountKind.User, name, null, null, Password, null, TestContext.Current.CancellationToken));
}
