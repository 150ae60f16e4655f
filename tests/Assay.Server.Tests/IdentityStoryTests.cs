using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>Who published what, from the push of an imitation to the answer of a reviewer, as publishers, readers and reviewers meet it.</summary>
public sealed class IdentityStoryTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const string Root = "/api/assay/v1";

    [Fact]
    public async Task An_imitation_is_stopped_at_its_first_commit_named_for_what_it_is_appealed_against_and_answered()
    {
        var genuine = await hub.CreateUserAsync("openai");
        await hub.CreateRepositoryAsync(genuine, "openai/privacy-filter");
        Assert.Equal("admitted", (string?)(await CommitAsync(genuine, "openai/privacy-filter", Incidents.NamedFilter))["state"]);

        var publisher = await hub.CreateUserAsync("mallory");
        await hub.CreateOrganizationAsync("Open-OSS", ("mallory", MemberRole.Owner));
        await hub.CreateRepositoryAsync(publisher, "Open-OSS/privacy-filter");
        var refused = await CommitAsync(publisher, "Open-OSS/privacy-filter", Incidents.ImitatedFilter);
        var reference = (string)refused["reference"]!;
        Assert.Equal("rejected", (string?)refused["state"]); // its card leads to a program; whom it imitates is told all the same

        foreach (var door in (string[])["/Open-OSS/privacy-filter/resolve/main/README.md", "/Open-OSS/privacy-filter/resolve/main/model.safetensors", "/api/models/Open-OSS/privacy-filter", "/api/models/Open-OSS/privacy-filter/tree/main"])
        {
            using var refusal = await hub.GetAsync(door);
            Assert.Equal((HttpStatusCode.Forbidden, "GatedRepo"), (refusal.StatusCode, refusal.Headers.GetValues("X-Error-Code").Single()));
            var message = refusal.Headers.GetValues("X-Error-Message").Single();
            Assert.Contains("Open-OSS/privacy-filter looks like an imitation of openai/privacy-filter.", message, StringComparison.Ordinal);
            Assert.Contains($"[{reference}]", message, StringComparison.Ordinal);
        }

        using var reader = new Browser(hub);
        var report = await reader.OpenAsync("/v/" + reference);
        var section = report.QuerySelector("#publisher")!.ParentElement!;
        Assert.Equal("Open-OSS/privacy-filter looks like an imitation of openai/privacy-filter.", section.QuerySelector(".verdict")!.TextContent.Trim());
        Assert.Equal(4, section.QuerySelectorAll(".reasons > li").Select(static r => r.TextContent).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("/openai/privacy-filter", section.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("identity/", section.TextContent, StringComparison.Ordinal);
        Assert.Null(report.QuerySelector("form.decide"));
        Assert.Equal("/openai/privacy-filter", (await reader.OpenAsync("/Open-OSS/privacy-filter")).QuerySelector("aside.notice a")!.GetAttribute("href"));

        var identity = await hub.GetJsonAsync(Root + "/identity/models/Open-OSS/privacy-filter");
        Assert.Equal(("rejected", reference), ((string?)identity["revision"]!["state"], (string?)identity["revision"]!["reference"]));
        Assert.Equal(("hold", "openai/privacy-filter"), ((string?)identity["assessment"]!["action"], (string?)identity["assessment"]!["target"]));
        Assert.Equal(("Open-OSS", false), ((string?)identity["publisher"]!["name"], (bool)identity["publisher"]!["held"]!));
        var codes = identity["assessment"]!["reasons"]!.AsArray().Where(static r => (double)r!["weight"]! > 0).Select(static r => (string)r!["code"]!).ToList();
        foreach (var code in (string[])["card-copied", "false-claim", "programs", "lure", "new-account"])
            Assert.Contains(code, codes);
        Assert.Equal("allow", (string?)(await hub.GetJsonAsync(Root + "/identity/models/openai/privacy-filter"))["assessment"]!["action"]);

        await AppealAsync(publisher, reference, reader);
        var reviewer = await hub.CreateUserAsync("judge", static a => a.IsReviewer = true);
        var open = Assert.Single((await hub.GetJsonAsync(Root + "/appeals", reviewer)).AsArray(), a => (string?)a!["subject"] == reference);
        Assert.Equal(("Open-OSS/privacy-filter", "mallory"), ((string?)open!["repository"], (string?)open["by"]));
        using var judge = new Browser(hub);
        await judge.SignInAsync("judge", reviewer);
        Assert.Contains("We are the ones who wrote it.", (await judge.OpenAsync("/queue")).QuerySelector("article .appeal")!.TextContent, StringComparison.Ordinal);

        // A copy whose code does nothing is stopped by nothing but who it pretends to be, and waits.
        var bare = await hub.CreateUserAsync("Trusted-OSS");
        await hub.CreateRepositoryAsync(bare, "Trusted-OSS/privacy-filter");
        var held = (await hub.CommitAsync(bare, "Trusted-OSS/privacy-filter", Incidents.NamedFilter.Files[0], ("modeling_filter.py", "LAYERS = 12\n"u8.ToArray())))["assay"]!;
        Assert.Equal("quarantined", (string?)held["state"]);
        using (var refusal = await hub.GetAsync("/Trusted-OSS/privacy-filter/resolve/main/README.md"))
            Assert.StartsWith("Held back until a reviewer has looked at it: Trusted-OSS/privacy-filter looks like an imitation of openai/privacy-filter.", refusal.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
        using (var appeal = await hub.PostAsync(Root + "/appeals", bare, new JsonObject { ["subject"] = ((string)held["reference"]!).ToLowerInvariant(), ["text"] = "We only copied it." }))
            Assert.Equal(HttpStatusCode.Created, appeal.StatusCode);
        var waiting = (await judge.OpenAsync("/queue")).QuerySelectorAll("article.waiting").Single(static a => a.QuerySelector("h3")!.TextContent.Contains("Trusted-OSS/privacy-filter", StringComparison.Ordinal));
        Assert.Contains("We only copied it.", waiting.QuerySelector(".appeal")!.TextContent, StringComparison.Ordinal);
        Assert.NotNull(waiting.QuerySelector("form.decide"));

        using (var upheld = await hub.PostAsync($"{Root}/revisions/{reference}/decision", reviewer, new JsonObject { ["outcome"] = "rejected", ["reason"] = "OpenAI says that it is not theirs." }))
            Assert.Equal(HttpStatusCode.OK, upheld.StatusCode);
        Assert.DoesNotContain((await hub.GetJsonAsync(Root + "/appeals", reviewer)).AsArray(), a => (string?)a!["subject"] == reference);
        Assert.Equal(HttpStatusCode.Forbidden, (await hub.GetAsync("/Open-OSS/privacy-filter/resolve/main/README.md")).StatusCode);

        using (var released = await hub.PostAsync($"{Root}/revisions/{reference}/decision", reviewer, new JsonObject { ["outcome"] = "admitted", ["reason"] = "It was theirs after all." }))
            Assert.Equal(HttpStatusCode.OK, released.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await hub.GetAsync("/Open-OSS/privacy-filter/resolve/main/README.md")).StatusCode);
        Assert.Contains("A person let it be served all the same.", (await reader.OpenAsync("/Open-OSS/privacy-filter")).QuerySelector("aside.notice")!.TextContent, StringComparison.Ordinal);
        Assert.Null((string?)(await hub.GetJsonAsync(Root + "/audit/check", RunningHub.AdminToken))["problem"]);
    }

    [Fact]
    public async Task What_an_account_with_a_look_alike_name_publishes_is_held_until_its_name_is_released()
    {
        var founder = await hub.CreateUserAsync("founder");
        await CreateAsStrangerAsync("founder", "stabiltyai");
        await hub.CreateRepositoryAsync(founder, "stabiltyai/tiny");
        var held = (await hub.CommitAsync(founder, "stabiltyai/tiny", ("config.json", "{}"u8.ToArray())))["assay"]!;
        Assert.Equal("quarantined", (string?)held["state"]);
        using (var refusal = await hub.GetAsync("/stabiltyai/tiny/resolve/main/config.json"))
            Assert.Contains("stabiltyai/tiny waits until a reviewer has looked at the name of its publisher.", refusal.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
        Assert.True((bool)(await hub.GetJsonAsync(Root + "/identity/models/stabiltyai/tiny"))["publisher"]!["held"]!);

        using (var appeal = await hub.PostAsync(Root + "/appeals", founder, new JsonObject { ["subject"] = "StabiltyAI", ["text"] = "Our town has this name." }))
            Assert.Equal(HttpStatusCode.Created, appeal.StatusCode);
        var reviewer = await hub.CreateUserAsync("registrar", static a => a.IsReviewer = true);
        var name = Assert.Single((await hub.GetJsonAsync(Root + "/held-names", reviewer)).AsArray(), static n => (string?)n!["name"] == "stabiltyai")!;
        Assert.Equal(("organization", 1), ((string?)name["kind"], (int)name["revisions"]!));
        Assert.Contains("stabiltyai", Run("held").Output, StringComparison.Ordinal);
        Assert.Contains("Our town has this name.", Run("appeals", "--format", "json").Output, StringComparison.Ordinal);

        using var browser = new Browser(hub);
        await browser.SignInAsync("registrar", reviewer);
        var queue = await browser.OpenAsync("/queue");
        var waiting = queue.QuerySelectorAll("article.waiting").Single(static a => a.QuerySelector("form[action='/queue/names']") is not null);
        Assert.Contains("Our town has this name.", waiting.QuerySelector(".appeal")!.TextContent, StringComparison.Ordinal);
        using (var silent = await browser.SubmitAsync(queue, "/queue/names", ("reason", " ")))
            Assert.NotNull((await Browser.ReadAsync(silent, 400)).QuerySelector("[role=alert]"));
        using (var done = await browser.SubmitAsync(queue, "/queue/names", ("reason", "They showed their register.")))
            Assert.Equal("/queue?released=stabiltyai", done.Headers.Location?.OriginalString);
        Assert.Equal("status", (await browser.OpenAsync("/queue?released=stabiltyai")).QuerySelector(".notice")!.GetAttribute("role"));

        var status = HttpStatusCode.Forbidden;
        for (var i = 0; i < 200 && status != HttpStatusCode.OK; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            status = (await hub.GetAsync("/stabiltyai/tiny/resolve/main/config.json")).StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain((await hub.GetJsonAsync(Root + "/appeals", reviewer)).AsArray(), static a => (string?)a!["subject"] == "stabiltyai");
        using var again = await hub.PostAsync(Root + "/held-names/stabiltyai/release", reviewer, new JsonObject { ["reason"] = "again" });
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task An_honest_conversion_is_served_with_a_note_for_people_and_a_warning_for_clients()
    {
        var maker = await hub.CreateUserAsync("auroraworks");
        await hub.CreateRepositoryAsync(maker, "auroraworks/Aurora-7B-Instruct");
        await hub.CommitAsync(maker, "auroraworks/Aurora-7B-Instruct", ("README.md", "# Aurora\n"u8.ToArray()), ("config.json", "{}"u8.ToArray()));
        var converter = await hub.CreateUserAsync("converter");
        await hub.CreateRepositoryAsync(converter, "converter/Aurora-7B-Instruct-GGUF");
        var card = "---\nbase_model: auroraworks/Aurora-7B-Instruct\n---\n# GGUF files\n\nQuantized version of auroraworks/Aurora-7B-Instruct.\n";
        var answer = await hub.CommitAsync(converter, "converter/Aurora-7B-Instruct-GGUF", ("README.md", Encoding.UTF8.GetBytes(card)), ("config.json", "{}"u8.ToArray()));
        Assert.Equal("admitted", (string?)answer["assay"]!["state"]);
        foreach (var door in (string[])["/converter/Aurora-7B-Instruct-GGUF/resolve/main/README.md", "/api/models/converter/Aurora-7B-Instruct-GGUF", "/api/models/converter/Aurora-7B-Instruct-GGUF/revision/main", "/api/models/converter/Aurora-7B-Instruct-GGUF/tree/main"])
        {
            using var served = await hub.GetAsync(door);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            var warning = served.Headers.GetValues("X-HF-Warning").Single();
            Assert.StartsWith("identity; converter/Aurora-7B-Instruct-GGUF is based on auroraworks/Aurora-7B-Instruct", warning, StringComparison.Ordinal);
            Assert.True(warning.Length < 400 && warning.All(static c => c is >= ' ' and <= '~'));
        }

        using (var original = await hub.GetAsync("/api/models/auroraworks/Aurora-7B-Instruct"))
            Assert.False(original.Headers.Contains("X-HF-Warning"));
        using var browser = new Browser(hub);
        var note = (await browser.OpenAsync("/converter/Aurora-7B-Instruct-GGUF")).QuerySelector("aside.notice")!;
        Assert.Contains("is based on auroraworks/Aurora-7B-Instruct and made by somebody else.", note.TextContent, StringComparison.Ordinal);
        Assert.Equal("/auroraworks/Aurora-7B-Instruct", note.QuerySelector("a")!.GetAttribute("href"));
        Assert.Null((await browser.OpenAsync("/auroraworks/Aurora-7B-Instruct")).QuerySelector("aside.notice"));
        Assert.Contains("credits", Run("show", "converter/Aurora-7B-Instruct-GGUF").Output, StringComparison.Ordinal);
        Assert.Equal("label", (string?)JsonNode.Parse(Run("show", "converter/Aurora-7B-Instruct-GGUF", "--format", "json").Output)!["action"]);
    }

    [Fact]
    public async Task Operators_protect_names_by_the_API_and_at_the_command_line()
    {
        Assert.Equal(400, await PutAsync("Quillfeather", new JsonObject { ["reason"] = "ours" }));
        Assert.Equal(400, await PutAsync("Quillfeather", new JsonObject { ["handles"] = new JsonArray("quillfeather") }));
        Assert.Equal(400, await PutAsync("Quillfeather", new JsonObject { ["handles"] = new JsonArray("a,b"), ["reason"] = "ours" }));
        Assert.Equal(200, await PutAsync("Quillfeather", new JsonObject { ["handles"] = new JsonArray("quillfeather", "quill-labs"), ["words"] = new JsonArray("quillfeather"), ["reason"] = "It is ours." }));
        Assert.Equal(200, await PutAsync("quillfeather/Plume-7B", new JsonObject { ["reason"] = "It is ours." }));
        var names = (await hub.GetJsonAsync(Root + "/protected-names", RunningHub.AdminToken)).AsArray();
        Assert.Equal(["quillfeather", "quill-labs"], names.Single(static n => (string?)n!["name"] == "Quillfeather")!["handles"]!.AsArray().Select(static h => (string)h!));

        await hub.CreateUserAsync("bystander");
        var made = await CreateAsStrangerAsync("bystander", "quillfeathr");
        Assert.NotNull(made.NameHeld);

        Assert.Equal(0, Run("protect", "Inkwell", "--handles", "inkwell", "--words", "inkwell", "--reason", "A partner.").ExitCode);
        Assert.Equal(3, Run("protect", "Inkwell", "--reason", "no namespace").ExitCode);
        Assert.Contains("A partner.", Run("protected").Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("release", "quillfeathr", "--reason", "They asked.").ExitCode);
        Assert.Equal(2, Run("release", "quillfeathr", "--reason", "again").ExitCode);
        Assert.Equal(0, Run("unprotect", "Inkwell").ExitCode);
        Assert.Equal(2, Run("unprotect", "Inkwell").ExitCode);
        Assert.StartsWith("Built: ", Run("rebuild").Output, StringComparison.Ordinal);
        foreach (var name in (string[])["Quillfeather", "quillfeather/Plume-7B"])
        {
            using var gone = await hub.SendAsync(HttpMethod.Delete, $"{Root}/protected-names/{name}", RunningHub.AdminToken, null);
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        }

        async Task<int> PutAsync(string name, JsonObject body)
        {
            using var answer = await hub.SendAsync(HttpMethod.Put, $"{Root}/protected-names/{name}", RunningHub.AdminToken, JsonContent.Create(body));
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_identity_of_a_private_repository_is_told_to_those_who_may_read_it()
    {
        var owner = await hub.CreateUserAsync("hermit");
        await hub.CreateRepositoryAsync(owner, "hermit/hidden", isPrivate: true);
        await hub.CommitAsync(owner, "hermit/hidden", ("config.json", "{}"u8.ToArray()));
        Assert.Equal("allow", (string?)(await hub.GetJsonAsync(Root + "/identity/models/hermit/hidden", owner))["assessment"]!["action"]);
        Assert.Equal("allow", (string?)(await hub.GetJsonAsync(Root + "/identity/models/hermit/hidden?revision=main", owner))["assessment"]!["action"]);
        foreach (var (path, token) in new[] { ("models/hermit/hidden", null), ("datasets/hermit/hidden", owner), ("models/hermit/hidden?revision=nowhere", owner), ("planets/hermit/hidden", owner) })
        {
            using var answer = await hub.GetAsync($"{Root}/identity/{path}", token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task AppealAsync(string publisher, string reference, Browser stranger)
    {
        using var browser = new Browser(hub);
        await browser.SignInAsync("mallory", publisher);
        var page = await browser.OpenAsync("/v/" + reference);
        Assert.NotNull(page.QuerySelector("label[for=appeal]"));
        using (var empty = await browser.SubmitAsync(page, $"/v/{reference}/appeal", ("text", " ")))
            Assert.NotNull((await Browser.ReadAsync(empty, 400)).QuerySelector("[role=alert]"));
        using (var forged = await browser.SendAsync(HttpMethod.Post, $"/v/{reference}/appeal", new FormUrlEncodedContent([new("text", "Forged.")])))
            Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using (var sent = await browser.SubmitAsync(page, $"/v/{reference}/appeal", ("text", "We are the ones who wrote it.")))
            Assert.Equal(HttpStatusCode.SeeOther, sent.StatusCode);
        page = await browser.OpenAsync("/v/" + reference);
        Assert.Contains("We are the ones who wrote it.", page.QuerySelector(".appeal")!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("#appeal"));
        Assert.Null((await stranger.OpenAsync("/v/" + reference)).QuerySelector(".appeal"));

        var other = await hub.CreateUserAsync("passerby");
        foreach (var (token, text, status) in new[] { (publisher, "Once more.", 409), (publisher, "", 400), (other, "Not mine.", 404) })
        {
            using var answer = await hub.PostAsync(Root + "/appeals", token, new JsonObject { ["subject"] = reference, ["text"] = text });
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    private async Task<JsonNode> CommitAsync(string token, string path, Incidents.Repository repository) => (await hub.CommitAsync(token, path, [.. repository.Files]))["assay"]!;

    private async Task<Account> CreateAsStrangerAsync(string user, string organization)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var db = await hub.OpenDatabaseAsync();
        var id = await db.Accounts.Where(a => a.Name == user).Select(static a => a.Id).FirstAsync(cancellation);
        var who = (await AccountRegistry.FindAsync(db, id, null, null, cancellation))!;
        return Assert.IsType<AccountOutcome.Done>(await hub.Services.GetRequiredService<AccountRegistry>().CreateAsync(who, AccountKind.Organization, organization, null, null, null, null, cancellation)).Account;
    }

    private OtherProgram.Outcome Run(params string[] arguments) =>
        OtherProgram.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "assay-server.dll"), "admin", "identity", .. arguments], variables: [("ASSAY_DATA", hub.DataFolder), ("ASSAY_DATABASE", null)]);
}
