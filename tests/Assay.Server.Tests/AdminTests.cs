using System.Net;
using System.Text.Json.Nodes;
using Assay.Testing;

namespace Assay.Server.Tests;

/// <summary>The commands of operators, run as they run them: as a program of its own beside the running hub.</summary>
public sealed class AdminTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static readonly byte[] Payload = "cos\nsystem\n(S'echo assay'\ntR."u8.ToArray();

    [Fact]
    public async Task Users_and_tokens_are_made_and_the_secret_is_printed_alone()
    {
        Assert.Equal(0, Run("user", "add", "grace", "--full-name", "Grace H.").ExitCode);
        var token = Run("token", "create", "grace", "--name", "laptop");
        Assert.Matches("^hf_[A-Za-z0-9]{34,}\n$", token.Output);
        var who = await hub.GetJsonAsync("/api/whoami-v2", token.Output.Trim());
        Assert.Equal("grace", (string?)who["name"]);
        Assert.DoesNotContain(token.Output.Trim(), Run("token", "list", "--format", "json").Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("user", "disable", "grace").ExitCode);
        using var refused = await hub.GetAsync("/api/whoami-v2", token.Output.Trim());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var again = Run("user", "add", "Grace");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("There is an account named Grace already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_withdrawn_is_gone_from_every_door_until_it_is_restored()
    {
        var token = await hub.CreateUserAsync("edith");
        await hub.CreateRepositoryAsync(token, "edith/model");
        await hub.CommitAsync(token, "edith/model", ("config.json", "{}"u8.ToArray()));
        var withdrawn = Run("withdraw", "edith/model", "--reason", "It was stolen.");
        Assert.True(withdrawn.ExitCode == 0, withdrawn.Error);
        foreach (var door in (string[])["/edith/model/resolve/main/config.json", "/edith/model/raw/main/config.json", "/api/models/edith/model", "/api/models/edith/model/tree/main", "/api/models/edith/model/refs", "/api/models/edith/model/commits/main"])
        {
            using var answer = await hub.GetAsync(door);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains("Withdrawn: It was stolen.", answer.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
        }

        using (var push = await hub.SendCommitAsync(token, "edith/model", "main", [new JsonObject { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "again" } }]))
            Assert.Equal(HttpStatusCode.Forbidden, push.StatusCode);
        Assert.Equal(3, Run("restore", "edith/model").ExitCode);
        Assert.Equal(0, Run("restore", "edith/model", "--reason", "It was not.").ExitCode);
        using var served = await hub.GetAsync("/edith/model/resolve/main/config.json");
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task What_was_withdrawn_as_malicious_is_refused_in_every_repository_until_it_is_restored()
    {
        var (payload, other, common, card) = (Text("payload"), Text("other"), Text("vocabulary"), Text("card"));
        var (thief, honest) = (await hub.CreateUserAsync("thief"), await hub.CreateUserAsync("honest"));
        foreach (var (owner, token) in new[] { ("honest", honest), ("honest2", await hub.CreateUserAsync("honest2")) })
        {
            await hub.CreateRepositoryAsync(token, owner + "/model");
            await hub.CommitAsync(token, owner + "/model", ("vocab.json", common));
        }

        await hub.CreateRepositoryAsync(thief, "thief/model");
        await hub.CommitAsync(thief, "thief/model", ("old.json", other));
        await hub.CommitAsync(thief, "thief/model", ("weights.json", payload), ("vocab.json", common), ("README.md", card), ("tiny.json", "{}"u8.ToArray()));
        await ServesAsync("thief/model", "weights.json", HttpStatusCode.OK);
        var withdrawn = Run("withdraw", "thief/model@main", "--reason", "It calls home.", "--digests");
        Assert.True(withdrawn.ExitCode == 0, withdrawn.Error);
        var reference = System.Text.RegularExpressions.Regex.Match(withdrawn.Output, @"\[(A-[0-9A-Z]+)\]").Groups[1].Value;
        foreach (var (path, fate) in new[] { ("weights.json", "refused"), ("old.json", "refused"), ("vocab.json", "allowed: it is served by several others"), ("README.md", "allowed: it is about the repository"), ("tiny.json", "allowed: it is tiny") })
            Assert.Matches($"(?m)^{System.Text.RegularExpressions.Regex.Escape(path)} .* {fate}$", withdrawn.Output);

        // Another account, another name, and what is spared beside it.
        await hub.CommitAsync(honest, "honest/model", ("vocab.json", common), ("README.md", card), ("tiny.json", "{}"u8.ToArray()));
        await ServesAsync("honest/model", "README.md", HttpStatusCode.OK);
        var again = await hub.CreateUserAsync("thief2");
        foreach (var (name, content) in new[] { ("newer", payload), ("older", other) })
        {
            await hub.CreateRepositoryAsync(again, "thief2/" + name);
            await hub.CommitAsync(again, "thief2/" + name, ("model.json", content));
            using var refused = await hub.GetAsync($"/thief2/{name}/resolve/main/model.json");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains($"model.json has the content of a file that was withdrawn from this hub [{reference}]", string.Concat(refused.Headers.GetValues("X-Error-Message")), StringComparison.Ordinal);
        }

        Assert.Equal(0, Run("restore", "thief/model@main", "--reason", "It was a test.").ExitCode);
        await hub.CreateRepositoryAsync(again, "thief2/late");
        await hub.CommitAsync(again, "thief2/late", ("model.json", payload));
        await ServesAsync("thief2/late", "model.json", HttpStatusCode.OK);
        // And of a whole repository, all that it ever had.
        Assert.Equal(0, Run("withdraw", "thief/model", "--reason", "It does call home.", "--digests").ExitCode);
        await hub.CommitAsync(again, "thief2/late", ("more.json", other));
        await ServesAsync("thief2/late", "more.json", HttpStatusCode.Forbidden);
        await ServesAsync("thief2/late", "model.json", HttpStatusCode.OK);
        var entries = (await hub.GetJsonAsync("/api/assay/v1/audit?limit=1000", RunningHub.AdminToken)).AsArray().Where(static e => ((string?)e!["action"])!.StartsWith("content.", StringComparison.Ordinal)).Select(static e => (string?)e!["action"]);
        Assert.Equal(["content.allowed", "content.forbidden", "content.forbidden"], entries.Order());

        static byte[] Text(string what) => System.Text.Encoding.UTF8.GetBytes($"{{\"{what}\": \"{new string('x', 300)}\"}}");

        async Task ServesAsync(string repository, string path, HttpStatusCode status)
        {
            using var answer = await hub.GetAsync($"/{repository}/resolve/main/{path}");
            Assert.True(status == answer.StatusCode, await RunningHub.DescribeAsync(answer));
        }
    }

    [Fact]
    public async Task A_reviewer_decides_otherwise_and_the_trail_shows_it()
    {
        var token = await hub.CreateUserAsync("mary");
        await hub.CreateRepositoryAsync(token, "mary/model");
        var commit = await hub.CommitAsync(token, "mary/model", ("weights.pkl", Payload));
        var reference = (string?)commit["assay"]!["reference"];
        Assert.Contains("is rejected", Run("revision", "show", reference!).Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("revision", "admit", reference!, "--reason", "Looked at by hand.").ExitCode);
        using (var served = await hub.GetAsync("/mary/model/resolve/main/weights.pkl"))
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        var check = Run("verify-audit", "--format", "json");
        Assert.Equal(0, check.ExitCode);
        var head = (string?)JsonNode.Parse(check.Output)!["head"];
        Assert.Equal(0, Run("verify-audit", "--expect-head", head!).ExitCode);
        Assert.Equal(1, Run("verify-audit", "--expect-head", new string('a', 64)).ExitCode);
    }

    [Fact]
    public async Task A_draft_is_tried_on_past_decisions()
    {
        var token = await hub.CreateUserAsync("joan");
        await hub.CreateRepositoryAsync(token, "joan/model");
        await hub.CommitAsync(token, "joan/model", ("config.json", "{}"u8.ToArray()));
        using var folder = new TemporaryFolder();
        var draft = folder.Write("policy.yaml", "profile: balanced\nclauses:\n- name: not-joan\n  when: {publisher: joan}\n  then: quarantine\n  because: A test.\n");
        Assert.Equal(0, Run("policy", "test", draft).ExitCode);
        var outcome = Run("policy", "simulate", draft, "--format", "json");
        Assert.True(outcome.ExitCode == 1, outcome.Output + outcome.Error);
        Assert.Contains(JsonNode.Parse(outcome.Output)!["items"]!.AsArray(), static i => (string?)i!["repository"] == "joan/model" && (string?)i["was"] == "admitted" && (string?)i["wouldBe"] == "quarantined");
        var broken = Run("policy", "test", folder.Write("broken.yaml", "profile: balanced\nclauses:\n- nme: x\n"));
        Assert.Equal(3, broken.ExitCode);
        Assert.Contains(":3:3:", broken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_a_running_hub_is_a_whole_hub()
    {
        var token = await hub.CreateUserAsync("ida");
        await hub.CreateRepositoryAsync(token, "ida/model");
        var weights = new byte[3 << 20];
        new Random(7).NextBytes(weights);
        using var stop = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
                await hub.CommitAsync(token, "ida/model", ($"{n}.txt", [(byte)n]));
        }, TestContext.Current.CancellationToken);
        await hub.CommitAsync(token, "ida/model", ("weights.npy", weights));
        using var folder = new TemporaryFolder();
        var backup = Run("backup", folder["backup.tar"]);
        Assert.True(backup.ExitCode == 0, backup.Error);
        await stop.CancelAsync();
        await busy;
        var restored = RunIn(folder["hub"], "restore", "--backup", folder["backup.tar"]);
        Assert.True(restored.ExitCode == 0, restored.Error);
        var store = RunIn(folder["hub"], "verify-store", "--format", "json");
        Assert.True(store.ExitCode == 0, store.Output);
        Assert.True((int)JsonNode.Parse(store.Output)!["contents"]! > 1);
        Assert.Equal(0, RunIn(folder["hub"], "verify-audit").ExitCode);
        Assert.Contains("ida", RunIn(folder["hub"], "user", "list").Output, StringComparison.Ordinal);
        Assert.NotEqual(0, RunIn(folder["hub"], "restore", "--backup", folder["backup.tar"]).ExitCode);
    }

    [Fact]
    public async Task Damage_to_the_store_is_found()
    {
        var token = await hub.CreateUserAsync("rosa");
        await hub.CreateRepositoryAsync(token, "rosa/model");
        await hub.CommitAsync(token, "rosa/model", ("a.txt", "to be damaged"u8.ToArray()), ("b.txt", "to be lost"u8.ToArray()));
        var (damaged, lost) = (Sha256("to be damaged"u8), Sha256("to be lost"u8));
        OtherProgram.Run("chmod", ["u+w", PathOf(damaged)]);
        await File.WriteAllTextAsync(PathOf(damaged), "was damaged!!", TestContext.Current.CancellationToken);
        File.Delete(PathOf(lost));
        var check = Run("verify-store", "--format", "json");
        Assert.Equal(1, check.ExitCode);
        var items = JsonNode.Parse(check.Output)!["items"]!.AsArray();
        Assert.Contains(items, i => (string?)i!["problem"] == "damaged" && (string?)i["sha256"] == damaged);
        Assert.Contains(items, i => (string?)i!["problem"] == "missing" && (string?)i["sha256"] == lost);
        // Uploading the same again mends it.
        await hub.CommitAsync(token, "rosa/model", ("b2.txt", "to be lost"u8.ToArray()));
        using var served = await hub.GetAsync("/rosa/model/resolve/main/b.txt");
        Assert.Equal("to be lost", await served.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(await NeedsUploadAsync());
        var plain = Run("verify-store");
        Assert.Contains("verify-store --discard-damaged", plain.Output, StringComparison.Ordinal);
        var discarding = Run("verify-store", "--discard-damaged", "--format", "json");
        Assert.Equal(1, discarding.ExitCode);
        Assert.Equal(1, (int)JsonNode.Parse(discarding.Output)!["discarded"]!);
        Assert.Contains(JsonNode.Parse(discarding.Output)!["items"]!.AsArray(), i => (string?)i!["problem"] == "discarded" && (string?)i["sha256"] == damaged);
        Assert.True(await NeedsUploadAsync());
        await hub.CommitAsync(token, "rosa/model", ("a2.txt", "to be damaged"u8.ToArray()));
        using var mended = await hub.GetAsync("/rosa/model/resolve/main/a.txt");
        Assert.Equal("to be damaged", await mended.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, Run("verify-store").ExitCode);

        async Task<bool> NeedsUploadAsync()
        {
            var body = new JsonObject { ["operation"] = "upload", ["objects"] = new JsonArray(new JsonObject { ["oid"] = damaged, ["size"] = 13 }) };
            using var answer = await hub.SendAsync(HttpMethod.Post, "/rosa/model.git/info/lfs/objects/batch", token, new StringContent(body.ToJsonString()));
            return (await RunningHub.ReadJsonAsync(answer))!["objects"]![0]!["actions"] is not null;
        }
    }

    [Fact]
    public void What_cannot_be_done_is_said_with_what_to_do()
    {
        var nowhere = RunIn(Path.Combine(hub.DataFolder, "nowhere"), "queue");
        Assert.Equal(3, nowhere.ExitCode);
        Assert.Contains("There is no hub in", nowhere.Error, StringComparison.Ordinal);
        Assert.Equal(3, Run("withdraw", "no/such").ExitCode);
        Assert.Equal(2, Run("withdraw", "no/such", "--reason", "x").ExitCode);
        Assert.Equal(3, Run("frobnicate").ExitCode);
    }

    [Theory]
    [InlineData("assay", "--help")]
    [InlineData("assay serve", "serve", "--help")]
    [InlineData("assay worker", "worker", "-h")]
    [InlineData("assay admin", "admin", "--help")]
    [InlineData("assay admin user add", "admin", "user", "add", "--help")]
    [InlineData("assay serve", "serve", "--nonsense")]
    [InlineData("assay admin", "admin")]
    [InlineData("assay admin user add", "admin", "user", "add")]
    public async Task Help_and_usage_errors_name_the_command_that_people_type(string name, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var isHelp = arguments[^1] is "--help" or "-h";
        Assert.Equal(isHelp ? 0 : 3, await Commands.ServerCommandLine.RunAsync(arguments, output, error));
        Assert.Contains(isHelp ? $"Usage:\n  {name} ".ReplaceLineEndings() : $"How it is used: {name} --help", output.ToString() + error, StringComparison.Ordinal);
        Assert.DoesNotContain("assay-server", output.ToString() + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_are_shown_to_Prometheus()
    {
        using var answer = await hub.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Matches(@"^(# (HELP|TYPE) \S+ .*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eENaInf]+)$", line);
    }

    private static string Sha256(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private string PathOf(string sha256) => Path.Combine(hub.DataFolder, "blobs", "sha256", sha256[..2], sha256[2..4], sha256);

    private OtherProgram.Outcome Run(params string[] arguments) => RunIn(hub.DataFolder, arguments);

    private static OtherProgram.Outcome RunIn(string data, params string[] arguments) =>
        OtherProgram.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "assay-server.dll"), "admin", .. arguments], variables: [("ASSAY_DATA", data), ("ASSAY_DATABASE", null)]);
}
