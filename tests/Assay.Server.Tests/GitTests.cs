using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Ledger;
using Assay.Protocol.Git;
using Assay.Scanning.Policy;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>The real git and git-lfs against a running hub, on SQLite.</summary>
public sealed class GitTests(RunningHub hub) : GitTestsOn(hub), IClassFixture<RunningHub>;

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresGitTests(PostgresHub hub) : GitTestsOn(hub), IClassFixture<PostgresHub>;

/// <summary>Clone, fetch and git-lfs, whatever the database.</summary>
public abstract class GitTestsOn(RunningHub hub)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0", "")]
    [InlineData("1", ".git")]
    [InlineData("2", "")]
    [InlineData("2", ".git")]
    public async Task A_clone_has_the_ids_that_the_API_tells(string version, string suffix)
    {
        var (token, path) = await StartAsync($"cloner{version}{suffix.Length}");
        await hub.CommitAsync(token, path, ("config.json", Text("{}")), ("notes/deep/one.txt", Text("one")));
        var head = CommitOf(await hub.CommitAsync(token, path, ("notes/two.txt", Text("two")), ("noise.bin", Noise(7, 5000))));
        using var work = new Workplace(hub);
        work.Git("-c", "protocol.version=" + version, "clone", "-q", work.Url(path) + suffix, "copy");

        Assert.Equal(head, work.In("copy", "rev-parse", "HEAD"));
        Assert.Equal("refs/heads/main", work.In("copy", "symbolic-ref", "HEAD"));
        work.In("copy", "fsck", "--strict");
        var entries = (await hub.GetJsonAsync($"/api/models/{path}/tree/main?recursive=true")).AsArray();
        Assert.Equal(7, entries.Count);
        foreach (var entry in entries)
            Assert.Equal((string?)entry!["oid"], work.In("copy", "rev-parse", "HEAD:" + (string?)entry["path"]));
        var commits = (await hub.GetJsonAsync($"/api/models/{path}/commits/main")).AsArray().Select(static c => (string?)c!["id"]);
        Assert.Equal(commits, work.In("copy", "rev-list", "HEAD").Split('\n'));
        Assert.Equal("two", await File.ReadAllTextAsync(work.Folder["copy/notes/two.txt"], Cancellation));
        Assert.Equal(new LfsPointer(Sha256(Noise(7, 5000)), 5000).ToBytes(), await File.ReadAllBytesAsync(work.Folder["copy/noise.bin"], Cancellation));
    }

    [Fact]
    public async Task The_refs_are_those_of_the_API_and_tags_and_branches_can_be_cloned()
    {
        var (token, path) = await StartAsync("tagger");
        var first = CommitOf(await hub.CommitAsync(token, path, ("config.json", Text("{}"))));
        await PostAsync($"/api/models/{path}/tag/main", token, new JsonObject { ["tag"] = "v1", ["message"] = "The first one" });
        await PostAsync($"/api/models/{path}/tag/main", token, new JsonObject { ["tag"] = "plain" });
        await PostAsync($"/api/models/{path}/branch/next", token, new JsonObject());
        var next = CommitOf(await hub.CommitToAsync(token, path, "next", ("more.txt", Text("more"))));
        using var work = new Workplace(hub);

        var told = await hub.GetJsonAsync($"/api/models/{path}/refs");
        var expected = told["branches"]!.AsArray().Concat(told["tags"]!.AsArray()).ToDictionary(static r => (string)r!["ref"]!, static r => (string)r!["targetCommit"]!, StringComparer.Ordinal);
        var listed = work.Git("ls-remote", "-q", work.Url(path)).Split('\n').Select(static l => l.Split('\t')).ToDictionary(static l => l[1], static l => l[0], StringComparer.Ordinal);
        Assert.Equal(first, listed["HEAD"]);
        Assert.NotEqual(first, listed["refs/tags/v1"]);
        Assert.Equal(first, listed["refs/tags/v1^{}"]);
        foreach (var (name, commit) in expected)
            Assert.Equal(commit, listed.GetValueOrDefault(name + "^{}") ?? listed[name]);
        Assert.Equal(expected.Keys.Append("HEAD").Order(StringComparer.Ordinal), listed.Keys.Where(static k => !k.EndsWith("^{}", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        work.Git("clone", "-q", "--branch", "next", work.Url(path), "next");
        Assert.Equal(next, work.In("next", "rev-parse", "HEAD"));
        Assert.Equal("The first one", work.In("next", "tag", "-l", "--format=%(contents:subject)", "v1"));
        work.Git("clone", "-q", "--depth", "1", "--branch", "v1", work.Url(path), "tagged");
        Assert.Equal(first, work.In("tagged", "rev-list", "--all"));
        work.In("tagged", "fsck", "--strict");
    }

    [Fact]
    public async Task A_fetch_brings_what_was_admitted_since()
    {
        var (token, path) = await StartAsync("fetcher");
        await hub.CommitAsync(token, path, ("config.json", Text("{}")));
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url(path), "copy");
        work.In("copy", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "What only this copy has");
        var second = CommitOf(await hub.CommitAsync(token, path, ("second.txt", Text("2"))));
        work.In("copy", "fetch", "-q");
        Assert.Equal(second, work.In("copy", "rev-parse", "origin/main"));
        work.In("copy", "fsck", "--strict");
    }

    [Fact]
    public async Task A_partial_clone_comes_back_for_files_and_gets_no_others()
    {
        var (token, path) = await StartAsync("partial");
        await hub.CommitAsync(token, path, ("folder/old.txt", Text("old")));
        await hub.CommitAsync(token, path, ("folder/old.txt", Text("new")), ("other.txt", Text("other")));
        var (other, elsewhere) = await StartAsync("partial-other", isPrivate: true);
        await hub.CommitAsync(other, elsewhere, ("secret.txt", Text("A secret of another repository")));
        using var work = new Workplace(hub);
        work.Git("clone", "-q", "--filter=blob:none", "--no-checkout", work.Url(path), "copy");
        Assert.Equal("old", work.In("copy", "show", "HEAD~1:folder/old.txt"));
        work.In("copy", "checkout", "-q", "main");
        Assert.Equal("new", await File.ReadAllTextAsync(work.Folder["copy/folder/old.txt"], Cancellation));

        var secret = GitObjects.IdOf(GitObjectType.Blob, Text("A secret of another repository"));
        Assert.Contains("not our ref", work.Fail("-C", "copy", "fetch", "origin", secret).Replace("is not reachable", "not our ref", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEqual(0, work.Try("-C", "copy", "cat-file", "-e", secret).ExitCode);
    }

    [Fact]
    public async Task What_is_held_back_in_the_middle_of_a_history_is_not_sent()
    {
        var (token, path) = await StartAsync("middle");
        await hub.CommitAsync(token, path, ("config.json", Text("{}")));
        var held = await hub.CommitAsync(token, path, ("held.txt", Text("What is held back")));
        using var lines = await hub.SendCommitAsync(token, path, "main",
        [
            new() { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "Without it" } },
            new() { ["key"] = "deletedFile", ["value"] = new JsonObject { ["path"] = "held.txt" } },
            new() { ["key"] = "file", ["value"] = new JsonObject { ["path"] = "good.txt", ["encoding"] = "utf-8", ["content"] = "good" } },
        ]);
        Assert.True(lines.IsSuccessStatusCode, await RunningHub.DescribeAsync(lines));
        var head = CommitOf((await RunningHub.ReadJsonAsync(lines))!);
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url(path), "before");
        var blob = work.In("before", "rev-parse", CommitOf(held) + ":held.txt");
        Assert.Equal(4, work.In("before", "rev-list", "HEAD").Split('\n').Length);

        await OverrideAsync(CommitOf(held), Outcome.Quarantined);
        foreach (var version in (string[])["0", "2"])
        {
            var copy = "after" + version;
            work.Git("-c", "protocol.version=" + version, "clone", "-q", work.Url(path), copy);
            Assert.Equal(head, work.In(copy, "rev-list", "--all"));
            work.In(copy, "fsck", "--strict");
            Assert.Equal("good", await File.ReadAllTextAsync(work.Folder[copy + "/good.txt"], Cancellation));
            foreach (var id in (string[])[CommitOf(held), blob])
            {
                work.Fail("-C", copy, "fetch", "origin", id);
                Assert.NotEqual(0, work.Try("-C", copy, "cat-file", "-e", id).ExitCode);
            }
        }

        await OverrideAsync(CommitOf(held), Outcome.Admitted);
        work.In("after2", "fetch", "-q", "--unshallow");
        Assert.Equal(4, work.In("after2", "rev-list", "HEAD").Split('\n').Length);
        work.In("after2", "fsck", "--strict");
    }

    [Fact]
    public async Task A_rejected_push_does_not_move_what_is_fetched()
    {
        var (token, path) = await StartAsync("rejected");
        var good = CommitOf(await hub.CommitAsync(token, path, ("model.pkl", PickleSamples.Honest())));
        var payload = PickleSamples.System();
        var bad = await hub.CommitAsync(token, path, ("evil.pkl", payload));
        Assert.Equal("rejected", (string?)bad["assay"]!["state"]);
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url(path), "copy");
        Assert.Equal(good, work.In("copy", "rev-parse", "HEAD"));
        work.Fail("-C", "copy", "fetch", "origin", CommitOf(bad));
        Assert.False(File.Exists(work.Folder["copy/evil.pkl"]));

        var next = CommitOf(await hub.CommitAsync(token, path, ("more.txt", Text("more"))));
        work.In("copy", "pull", "-q");
        Assert.Equal(next, work.In("copy", "rev-parse", "HEAD"));
        Assert.Equal(good, work.In("copy", "rev-parse", "HEAD~1"));
    }

    [Fact]
    public async Task Of_what_is_not_served_at_all_git_tells_why()
    {
        var (token, path) = await StartAsync("refused");
        var bad = await hub.CommitAsync(token, path, ("evil.pkl", PickleSamples.System()));
        var reference = (string)bad["assay"]!["reference"]!;
        using var work = new Workplace(hub);
        foreach (var version in (string[])["0", "1", "2"])
        {
            var error = work.Fail("-c", "protocol.version=" + version, "clone", work.Url(path), "copy");
            Assert.Contains("remote error: refused/tiny: Refused: ", error, StringComparison.Ordinal);
            Assert.Contains($"/v/{reference}", error, StringComparison.Ordinal);
        }

        using var answer = await FetchAsync(path, token, "0014command=ls-refs\n0000");
        Assert.Contains("ERR refused/tiny: Refused: ", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_withdrawn_repository_gives_nothing_but_the_reason()
    {
        var (token, path) = await StartAsync("withdrawer");
        var head = CommitOf(await hub.CommitAsync(token, path, ("config.json", Text("{}"))));
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url(path), "copy");
        await WithdrawAsync("model:" + path, withdraw: true);
        Assert.Contains("It calls home.", work.Fail("clone", work.Url(path), "again"), StringComparison.Ordinal);
        Assert.Contains("It calls home.", work.Fail("-C", "copy", "fetch"), StringComparison.Ordinal);
        using var answer = await FetchAsync(path, null, Want(head));
        var body = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("ERR ", body, StringComparison.Ordinal);
        Assert.DoesNotContain("PACK", body, StringComparison.Ordinal);

        await WithdrawAsync("model:" + path, withdraw: false);
        work.Git("clone", "-q", work.Url(path), "again");
        Assert.Equal(head, work.In("again", "rev-parse", "HEAD"));
    }

    [Fact]
    public async Task A_private_repository_asks_for_a_token_and_git_lfs_brings_its_large_files()
    {
        var (token, path) = await StartAsync("hidden", isPrivate: true);
        var stranger = await hub.CreateUserAsync("hidden-stranger");
        var content = Noise(11, 300_000);
        await hub.CommitAsync(token, path, ("config.json", Text("{}")), ("weights.bin", content));
        using var work = new Workplace(hub);
        Assert.Contains("could not read Username", work.Fail("clone", work.Url(path), "copy"), StringComparison.Ordinal);
        Assert.Contains("Authentication failed", work.Fail("clone", work.Url(path, "hf_wrong"), "copy"), StringComparison.Ordinal);
        Assert.Contains("not found", work.Fail("clone", work.Url(path, stranger), "copy"), StringComparison.Ordinal);
        work.Git("clone", "-q", work.Url(path, token), "copy");
        work.In("copy", "fsck", "--strict");

        work.RequireLfs();
        work.Git("lfs", "install", "--skip-repo");
        work.Git("clone", "-q", work.Url(path, token), "large");
        Assert.Equal(content, await File.ReadAllBytesAsync(work.Folder["large/weights.bin"], Cancellation));
        Assert.Equal("", work.In("large", "status", "--porcelain"));
        work.In("large", "lfs", "fsck");
    }

    [Fact]
    public async Task Git_lfs_brings_no_large_file_that_is_not_served()
    {
        var (token, path) = await StartAsync("large");
        var content = Noise(13, 200_000);
        var first = await hub.CommitAsync(token, path, ("weights.bin", content));
        var second = await hub.CommitAsync(token, path, ("weights.bin", Noise(14, 200_000)));
        using var work = new Workplace(hub);
        work.RequireLfs();
        work.Git("lfs", "install", "--skip-repo");
        work.Git("clone", "-q", work.Url(path) + ".git", "copy");
        work.In("copy", "checkout", "-q", "HEAD~1");
        Assert.Equal(content, await File.ReadAllBytesAsync(work.Folder["copy/weights.bin"], Cancellation));

        await OverrideAsync(CommitOf(first), Outcome.Quarantined);
        work.In("copy", "checkout", "-q", "main");
        Directory.Delete(work.Folder["copy/.git/lfs/objects"], recursive: true);
        Assert.Contains("does not exist", work.Fail("-C", "copy", "lfs", "fetch", "origin", CommitOf(first)), StringComparison.Ordinal);
        work.In("copy", "lfs", "fetch", "origin", CommitOf(second));
    }

    [Fact]
    public async Task Another_spelling_or_an_old_name_leads_to_the_repository_and_requests_of_objects_are_not_redirected()
    {
        var (token, path) = await StartAsync("mover");
        var head = CommitOf(await hub.CommitAsync(token, path, ("config.json", Text("{}"))));
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url("MOVER/Tiny"), "spelled");
        Assert.Equal(head, work.In("spelled", "rev-parse", "HEAD"));
        await PostAsync("/api/repos/move", token, new JsonObject { ["fromRepo"] = path, ["toRepo"] = "mover/renamed", ["type"] = "model" });
        work.Git("clone", "-q", work.Url(path) + ".git", "moved");
        Assert.Equal(head, work.In("moved", "rev-parse", "HEAD"));
        work.In("spelled", "fetch", "-q");

        foreach (var name in (string[])["mover/tiny", "MOVER/Renamed.git", "mover/renamed"])
        {
            using var answer = await FetchAsync(name, null, Want(head));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("application/x-git-upload-pack-result", answer.Content.Headers.ContentType?.ToString());
            Assert.Contains("PACK", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_push_is_refused_in_words()
    {
        var (token, path) = await StartAsync("pusher");
        await hub.CommitAsync(token, path, ("config.json", Text("{}")));
        using var work = new Workplace(hub);
        work.Git("clone", "-q", work.Url(path, token), "copy");
        work.In("copy", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "Mine");
        var error = work.Fail("-C", "copy", "push");
        Assert.Contains("does not take pushes of git yet", error, StringComparison.Ordinal);
        Assert.Contains("403", error, StringComparison.Ordinal);

        using var anonymous = await hub.GetAsync($"/{path}/info/refs?service=git-receive-pack");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal("Basic", anonymous.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("info/refs", 403)]
    [InlineData("info/refs?service=git-archive", 403)]
    [InlineData("HEAD", 404)]
    [InlineData("objects/info/packs", 404)]
    public async Task The_dumb_protocol_is_not_spoken(string address, int status)
    {
        using var answer = await hub.GetAsync("/nobody/nothing.git/" + address);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_request_that_is_none_of_gits_is_refused()
    {
        var (token, path) = await StartAsync("hostile");
        var head = CommitOf(await hub.CommitAsync(token, path, ("config.json", Text("{}"))));
        using (var zipped = await FetchAsync(path, null, Want(head), static b => Zip(b), "gzip"))
            Assert.Contains("PACK", await zipped.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using (var unzipped = await FetchAsync(path, null, Want(head), encoding: "gzip"))
            Assert.Equal(HttpStatusCode.BadRequest, unzipped.StatusCode);
        using (var unknown = await FetchAsync(path, null, Want(head), encoding: "br"))
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, unknown.StatusCode);
        using (var form = await FetchAsync(path, null, Want(head), type: "text/plain"))
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        using (var bomb = await FetchAsync(path, null, string.Concat(Enumerable.Repeat("0014command=ls-refs\n", 1)) + string.Concat(Enumerable.Repeat("0015server-option=ab\n", 1_000_000)), static b => Zip(b), "gzip"))
            Assert.Contains("ERR The request has more than", await bomb.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using (var other = await FetchAsync(path, null, Want(new string('1', 40))))
            Assert.Contains("ERR ", await other.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_is_in_the_ledger()
    {
        var (token, path) = await StartAsync("counted", isPrivate: true);
        var head = CommitOf(await hub.CommitAsync(token, path, ("config.json", Text("{}"))));
        using var work = new Workplace(hub);
        work.Git("ls-remote", "-q", work.Url(path, token));
        work.Git("clone", "-q", work.Url(path, token), "copy");
        await hub.Services.GetRequiredService<DownloadLedger>().FlushAsync(Cancellation);
        await using var db = await hub.OpenDatabaseAsync();
        Download[] downloads = [];
        for (var i = 0; i < 100 && downloads.Length == 0; i++)
        {
            await Task.Delay(50, Cancellation);
            downloads = await db.Downloads.AsNoTracking().Where(d => d.CommitId == head).ToArrayAsync(Cancellation);
        }

        var download = Assert.Single(downloads);
        Assert.Equal(("git", "", true), (download.Door, download.Path, download.IsComplete));
        Assert.NotNull(download.UserId);
        Assert.InRange(download.Bytes, 200, 20_000);
        Assert.StartsWith("git/", download.Client, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Slow", "true")]
    public async Task Five_thousand_files_are_cloned_in_seconds()
    {
        var (token, path) = await StartAsync("many");
        var files = Enumerable.Range(0, 5000).Select(static i => new JsonObject
        {
            ["key"] = "file",
            ["value"] = new JsonObject { ["path"] = $"part{i % 20}/group{i % 400}/file{i}.txt", ["encoding"] = "utf-8", ["content"] = "This is file " + i.ToString(CultureInfo.InvariantCulture) },
        });
        using var commit = await hub.SendCommitAsync(token, path, "main", [new() { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "Many files" } }, .. files]);
        Assert.True(commit.IsSuccessStatusCode, await RunningHub.DescribeAsync(commit));
        var head = CommitOf((await RunningHub.ReadJsonAsync(commit))!);
        for (var i = 0; i < 600 && (await hub.GetJsonAsync($"/api/models/{path}/commits/main")).AsArray().Count < 2; i++)
            await Task.Delay(100, Cancellation);
        using var work = new Workplace(hub);
        var clock = TimeProvider.System.GetTimestamp();
        work.Git("clone", "-q", "--bare", work.Url(path), "copy");
        var seconds = TimeProvider.System.GetElapsedTime(clock).TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"5,000 files were cloned in {seconds:F1} s");
        Assert.Equal(head, work.In("copy", "rev-parse", "HEAD"));
        Assert.Equal(5001, work.In("copy", "ls-tree", "-r", "--name-only", "HEAD").Split('\n').Length);
        work.In("copy", "fsck", "--strict");
        Assert.InRange(seconds, 0, 20);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        bytes[3] = 0;
        return bytes;
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private static string CommitOf(JsonNode answer) => (string)answer["commitOid"]!;

    private static string Want(string id) => $"0012command=fetch\n00010032want {id}\n0009done\n0000";

    private static byte[] Zip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return zipped.ToArray();
    }

    private async Task<(string Token, string Path)> StartAsync(string user, bool isPrivate = false)
    {
        var token = await hub.CreateUserAsync(user);
        await hub.CreateRepositoryAsync(token, user + "/tiny", isPrivate: isPrivate);
        return (token, user + "/tiny");
    }

    private async Task PostAsync(string path, string token, JsonNode body)
    {
        using var answer = await hub.PostAsync(path, token, body);
        Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
    }

    private async Task<HttpResponseMessage> FetchAsync(string path, string? token, string body, Func<byte[], byte[]>? encode = null, string? encoding = null, string type = "application/x-git-upload-pack-request")
    {
        var bytes = Text(body);
        var content = new ByteArrayContent(encode?.Invoke(bytes) ?? bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return await hub.SendAsync(HttpMethod.Post, $"/{path}/git-upload-pack", token, content, static r => r.Headers.Add("Git-Protocol", "version=2"));
    }

    private async Task OverrideAsync(string commit, Outcome outcome)
    {
        await using var db = await hub.OpenDatabaseAsync();
        var revision = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == commit, Cancellation);
        Assert.IsType<AdmissionOutcome.Changed>(await hub.Services.GetRequiredService<AdmissionWorkflow>().OverrideAsync(revision.Id, outcome, Principal.System, "A person looked at it again.", Cancellation));
    }

    private async Task WithdrawAsync(string key, bool withdraw)
    {
        await using var db = await hub.OpenDatabaseAsync();
        var repository = await db.Repositories.AsNoTracking().FirstAsync(r => r.Key == key, Cancellation);
        Assert.IsType<AdmissionOutcome.Changed>(await hub.Services.GetRequiredService<AdmissionWorkflow>().SetWithdrawnAsync(repository.Id, withdraw, Principal.System, "It calls home.", Cancellation));
    }

    /// <summary>A folder where the real git works, with settings of its own.</summary>
    private sealed class Workplace(RunningHub hub) : IDisposable
    {
        public TemporaryFolder Folder { get; } = new();

        public string Url(string path, string? token = null) => token is null ? $"{hub.Address}{path}" : $"http://somebody:{token}@{hub.Address.Authority}/{path}";

        public string Git(params string[] arguments)
        {
            var outcome = Try(arguments);
            Assert.True(outcome.ExitCode == 0, $"git {string.Join(' ', arguments)}: {outcome.Error}");
            return outcome.Output.Trim();
        }

        public string In(string copy, params string[] arguments) => Git(["-C", copy, .. arguments]);

        /// <summary>What git says when it fails.</summary>
        public string Fail(params string[] arguments)
        {
            var outcome = Try(arguments);
            Assert.True(outcome.ExitCode != 0, $"git {string.Join(' ', arguments)} did not fail: {outcome.Output}");
            return outcome.Error;
        }

        public OtherProgram.Outcome Try(params string[] arguments) => OtherProgram.Run("git", ["-c", "gc.auto=0", "-c", "advice.detachedHead=false", .. arguments], Folder.Path, variables:
        [
            ("HOME", Folder.Path), ("GIT_CONFIG_GLOBAL", Folder["gitconfig"]), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_ASKPASS", null), ("LC_ALL", "C"),
            ("http_proxy", null), ("HTTP_PROXY", null), ("all_proxy", null), ("ALL_PROXY", null),
        ]);

        public void RequireLfs()
        {
            if (Try("lfs", "version").ExitCode != 0)
                Assert.Skip("git-lfs is not installed");
        }

        public void Dispose()
        {
            // git makes its objects read-only, which some systems take as a ban on deleting them.
            foreach (var file in Directory.EnumerateFiles(Folder.Path, "*", SearchOption.AllDirectories))
                File.SetAttributes(file, FileAttributes.Normal);
            Folder.Dispose();
        }
    }
}
