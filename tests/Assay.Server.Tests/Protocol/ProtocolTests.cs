using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay.Server.Tests.Protocol;

/// <summary>
/// The requests of the Python client as it sends them (recorded from huggingface_hub 0.36 and 1.2x: methods, paths, headers and bodies), one
/// after another, and of each answer what the client reads of it.
/// </summary>
public sealed partial class ProtocolTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static int _names;

    [Fact]
    public async Task Login_asks_who_the_token_is()
    {
        var (token, name) = await UserAsync();
        await JsonAsync("GET", "/api/agent-harnesses", null, null);
        var me = await JsonAsync("GET", "/api/whoami-v2", token, null);
        Assert.Equal(name, Text(me["name"]));
        Assert.Equal("user", Text(me["type"]));
        Assert.NotNull(me["orgs"]);
        Assert.NotEmpty(Text(me["auth"]!["accessToken"]!["displayName"]));
        Assert.Equal("write", Text(me["auth"]!["accessToken"]!["role"]));
        Assert.Matches("^[0-9a-f]{24}$", Text(me["id"]));
        using var anonymous = await hub.GetAsync("/api/whoami-v2");
        Assert.Equal(401, (int)anonymous.StatusCode);
    }

    [Fact]
    public async Task Upload_file_of_a_card_validates_prepares_and_commits()
    {
        var (token, name) = await UserAsync();
        var created = await JsonAsync("POST", "/api/repos/create", token, """{"name": "card", "organization": null, "type": "model"}""");
        Assert.Equal($"http://127.0.0.1:{hub.Address.Port}/{name}/card", Text(created["url"]));
        const string Card = "---\nlicense: mit\ntags:\n- demo\n---\n# Card\n";
        var valid = await JsonAsync("POST", "/api/validate-yaml", token, new JsonObject { ["content"] = Card, ["repoType"] = "model" }.ToJsonString());
        Assert.Empty(valid["errors"]!.AsArray());
        var sample = Convert.ToBase64String(Encoding.UTF8.GetBytes(Card));
        var prepared = await JsonAsync("POST", $"/api/models/{name}/card/preupload/main", token, $$$"""{"files": [{"path": "README.md", "sample": "{{{sample}}}", "size": {{{Card.Length}}}}]}""");
        var file = Assert.Single(prepared["files"]!.AsArray())!;
        Assert.Equal(("README.md", "regular", false), (Text(file["path"]), Text(file["uploadMode"]), file["shouldIgnore"]!.GetValue<bool>()));
        Assert.Null(file["oid"]);
        var commit = await CommitAsync(token, $"{name}/card", "main", $$$"""{"key": "header", "value": {"summary": "Upload README.md with huggingface_hub", "description": ""}}""", $$$"""{"key": "file", "value": {"content": "{{{sample}}}", "path": "README.md", "encoding": "base64"}}""");
        Assert.True(commit["success"]!.GetValue<bool>());
        Assert.Matches("^[0-9a-f]{40}$", Text(commit["commitOid"]));
        // Trap 34: cut at /commit/, with the client's own host.
        Assert.Equal($"{Text(created["url"])}/commit/{Text(commit["commitOid"])}", Text(commit["commitUrl"]));
        Assert.Null(commit["pullRequestUrl"]);
        var info = await JsonAsync("GET", $"/api/models/{name}/card/revision/main", token, null);
        Assert.Equal("mit", Text(info["cardData"]!["license"]));
        Assert.Contains("license:mit", info["tags"]!.AsArray().Select(static t => t!.GetValue<string>()));
        // Trap 25: what is there already is told, so that it is not uploaded again.
        var again = await JsonAsync("POST", $"/api/models/{name}/card/preupload/main", token, $$$"""{"files": [{"path": "README.md", "sample": "{{{sample}}}", "size": {{{Card.Length}}}}]}""");
        Assert.Equal(GitId(Encoding.UTF8.GetBytes(Card)), Text(again["files"]![0]!["oid"]));
        Assert.Equal(Text(commit["commitOid"]), Text(again["commitOid"]));
    }

    [Fact]
    public async Task Upload_folder_with_LFS_sends_objects_verifies_them_and_commits()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/big");
        var content = new byte[200_000];
        new Random(5).NextBytes(content);
        content[1] = 0;
        var (sha256, path) = (Convert.ToHexStringLower(SHA256.HashData(content)), "weights/model.weird");
        var sample = Convert.ToBase64String(content.AsSpan(0, 512));
        var prepared = await JsonAsync("POST", $"/api/models/{name}/big/preupload/main", token, $$$"""{"files": [{"path": "{{{path}}}", "sample": "{{{sample}}}", "size": 200000}, {"path": "a.txt", "sample": "aGk=", "size": 2}], "gitIgnore": "*.tmp\n"}""");
        Assert.Equal(["lfs", "regular"], prepared["files"]!.AsArray().Select(static f => Text(f!["uploadMode"])));
        var batchBody = $$$"""{"operation": "upload", "transfers": ["basic", "multipart"], "objects": [{"oid": "{{{sha256}}}", "size": 200000}], "hash_algo": "sha256", "ref": {"name": "main"}}""";
        using (var batch = await SendAsync("POST", $"/{name}/big.git/info/lfs/objects/batch", token, batchBody, "application/vnd.git-lfs+json", static r => r.Headers.Accept.ParseAdd("application/vnd.git-lfs+json")))
        {
            Assert.Equal("application/vnd.git-lfs+json", batch.Content.Headers.ContentType?.MediaType);
            var body = (await RunningHub.ReadJsonAsync(batch))!;
            Assert.Contains(Text(body["transfer"]), (string[])["basic", "multipart"]);
            var item = body["objects"]![0]!;
            Assert.Equal(200_000, item["size"]!.GetValue<long>()); // trap 22: a number
            Assert.True(item["authenticated"]!.GetValue<bool>()); // trap 33
            // Trap 21: neither credentials nor the action's headers are sent.
            var upload = new Uri(Text(item["actions"]!["upload"]!["href"]));
            Assert.Equal(hub.Address.Authority, upload.Authority);
            using var wrong = await hub.SendAsync(HttpMethod.Put, upload.PathAndQuery, null, new ByteArrayContent(new byte[200_000]));
            Assert.InRange((int)wrong.StatusCode, 400, 422);
            using var put = await hub.SendAsync(HttpMethod.Put, upload.PathAndQuery, null, new StreamContent(new MemoryStream(content)), static r => r.Headers.TransferEncodingChunked = true);
            Assert.True(put.IsSuccessStatusCode, await RunningHub.DescribeAsync(put));
            var verify = new Uri(Text(item["actions"]!["verify"]!["href"]));
            await JsonAsync("POST", verify.PathAndQuery, token, $$$"""{"oid": "{{{sha256}}}", "size": 200000}""");
        }

        // Trap 23: a copy sends no size.
        var commit = await CommitAsync(
            token, $"{name}/big", "main", """{"key": "header", "value": {"summary": "Upload folder using huggingface_hub", "description": ""}}""", """{"key": "file", "value": {"content": "aGk=", "path": "a.txt", "encoding": "base64"}}""",
            $$$"""{"key": "lfsFile", "value": {"path": "{{{path}}}", "algo": "sha256", "oid": "{{{sha256}}}", "size": 200000}}""", $$$"""{"key": "lfsFile", "value": {"path": "copy.bin", "algo": "sha256", "oid": "{{{sha256}}}"}}""");
        var sha = Text(commit["commitOid"]);
        var tree = (await hub.GetJsonAsync($"/api/models/{name}/big/tree/{sha}?recursive=true&expand=false")).AsArray();
        var entry = tree.Single(e => Text(e!["path"]) == path)!;
        // Trap 6: digest of the content, git id and length of the pointer.
        var pointer = Encoding.UTF8.GetBytes($"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 200000\n");
        Assert.Equal((sha256, 200_000, pointer.Length, GitId(pointer), 200_000), (Text(entry["lfs"]!["oid"]), entry["lfs"]!["size"]!.GetValue<int>(), entry["lfs"]!["pointerSize"]!.GetValue<int>(), Text(entry["oid"]), entry["size"]!.GetValue<int>()));
        Assert.Contains(tree, static e => Text(e!["path"]) == "weights" && Text(e["type"]) == "directory");
        var blobs = (await hub.GetJsonAsync($"/api/models/{name}/big/revision/{sha}?blobs=true"))["siblings"]!.AsArray().Single(s => Text(s!["rfilename"]) == path)!;
        Assert.Equal(sha256, Text(blobs["lfs"]!["sha256"]));
        // Trap 24: the path is outside the default patterns.
        using (var attributes = await hub.GetAsync($"/{name}/big/raw/main/.gitattributes"))
            Assert.Contains(path + " filter=lfs diff=lfs merge=lfs -text", await attributes.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain("xetHash", tree.ToJsonString(), StringComparison.OrdinalIgnoreCase); // trap 28
        using var resolved = await hub.GetAsync($"/{name}/big/resolve/main/copy.bin");
        Assert.Equal(content, await resolved.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Snapshot_download_pins_the_commit_lists_it_and_gets_each_file()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/snap");
        await hub.CommitAsync(token, $"{name}/snap", ("config.json", "{}"u8.ToArray()), ("a/b/c.txt", "deep"u8.ToArray()));
        var info = await hub.GetJsonAsync($"/api/models/{name}/snap/revision/main");
        var sha = Text(info["sha"]);
        Assert.Matches("^[0-9a-f]{40}$", sha);
        Assert.Matches(Date(), Text(info["lastModified"])); // trap 16
        Assert.Matches(Date(), Text(info["createdAt"]));
        Assert.False(info["gated"]!.GetValue<bool>()); // trap 17
        foreach (var entry in (await hub.GetJsonAsync($"/api/models/{name}/snap/tree/{sha}?recursive=true&expand=false")).AsArray().Where(static e => Text(e!["type"]) == "file"))
        {
            using var head = await hub.SendAsync(HttpMethod.Head, $"/{name}/snap/resolve/{sha}/{Text(entry!["path"])}", null, null, static r => r.Headers.AcceptEncoding.ParseAdd("identity"));
            Assert.Equal(sha, head.Headers.GetValues("X-Repo-Commit").Single());
            using var get = await hub.GetAsync($"/{name}/snap/resolve/{sha}/{Text(entry["path"])}");
            Assert.Equal(Text(entry["oid"]), GitId(await get.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
        }

        // transformers probes for what is not there, and expects this code.
        using var probe = await hub.GetAsync($"/api/models/{name}/snap/tree/main/additional_chat_templates?recursive=false&expand=false");
        Assert.Equal((404, "EntryNotFound"), ((int)probe.StatusCode, probe.Headers.GetValues("X-Error-Code").Single()));
    }

    [Fact]
    public async Task Upload_command_creates_with_409_and_makes_a_branch()
    {
        var (token, name) = await UserAsync();
        var body = """{"name": "cli", "organization": null, "type": "dataset", "visibility": "private"}""";
        var first = await JsonAsync("POST", "/api/repos/create", token, body);
        using (var second = await SendAsync("POST", "/api/repos/create", token, body))
        {
            // Trap 12: exist_ok reads the address from the 409.
            Assert.Equal(409, (int)second.StatusCode);
            Assert.Equal(Text(first["url"]), Text((await RunningHub.ReadJsonAsync(second))!["url"]));
        }

        Assert.EndsWith($"/datasets/{name}/cli", Text(first["url"]), StringComparison.Ordinal);
        using (var missing = await hub.GetAsync($"/api/datasets/{name}/cli/revision/x%2Fy", token))
            Assert.Equal((404, "RevisionNotFound"), ((int)missing.StatusCode, missing.Headers.GetValues("X-Error-Code").Single()));
        using (var branch = await SendAsync("POST", $"/api/datasets/{name}/cli/branch/x%2Fy", token, "{}"))
            Assert.True(branch.IsSuccessStatusCode, await RunningHub.DescribeAsync(branch));
        using (var again = await SendAsync("POST", $"/api/datasets/{name}/cli/branch/x%2Fy", token, "{}"))
            Assert.Equal(409, (int)again.StatusCode);
        await CommitAsync(token, $"datasets/{name}/cli", "x/y", """{"key": "header", "value": {"summary": "s", "description": ""}}""", """{"key": "file", "value": {"content": "hi", "path": "a.txt", "encoding": "utf-8"}}""");
        // Trap 2: the name of a branch with a slash, encoded and not.
        foreach (var target in (string[])["x%2Fy", "x/y", "refs%2Fheads%2Fx%2Fy"])
            Assert.Contains((await hub.GetJsonAsync($"/api/datasets/{name}/cli/tree/{target}", token)).AsArray(), static e => Text(e!["path"]) == "a.txt");
        Assert.DoesNotContain((await hub.GetJsonAsync($"/api/datasets/{name}/cli/tree/main", token)).AsArray(), static e => Text(e!["path"]) == "a.txt");
    }

    [Fact]
    public async Task A_JavaScript_upload_ends_without_a_newline_and_names_the_digest_its_own_way()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/js");
        var content = Encoding.UTF8.GetBytes("\0js " + name);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var batch = await JsonAsync("POST", $"/{name}/js.git/info/lfs/objects/batch", token, $$$"""{"operation":"upload","transfers":["basic","multipart","xet"],"hash_algo":"sha_256","ref":{"name":"main"},"objects":[{"oid":"{{{sha256}}}","size":{{{content.Length}}}}]}""");
        using (var put = await hub.SendAsync(HttpMethod.Put, new Uri(Text(batch["objects"]![0]!["actions"]!["upload"]!["href"])).PathAndQuery, null, new ByteArrayContent(content)))
            Assert.True(put.IsSuccessStatusCode);
        using var commit = await SendAsync("POST", $"/api/models/{name}/js/commit/main", token, "{\"key\":\"header\",\"value\":{\"summary\":\"js\"}}\n{\"key\":\"lfsFile\",\"value\":{\"path\":\"m.bin\",\"algo\":\"sha256\",\"size\":" + content.Length + ",\"oid\":\"" + sha256 + "\"}}", "application/x-ndjson");
        Assert.True(commit.IsSuccessStatusCode, await RunningHub.DescribeAsync(commit));
        var head = await hub.GetJsonAsync($"/api/models/{name}/js/revision/HEAD?expand[]=sha&expand[]=likes"); // trap 18
        Assert.Equal(Text((await RunningHub.ReadJsonAsync(commit))!["commitOid"]), Text(head["sha"]));
        // Another user who knows the digest is asked for the bytes: trap 41.
        var (other, otherName) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/secret", isPrivate: true);
        var hidden = Encoding.UTF8.GetBytes("\0hidden " + name);
        await hub.CommitAsync(token, $"{name}/secret", ("h.bin", hidden));
        await hub.CreateRepositoryAsync(other, $"{otherName}/mine");
        var asked = await JsonAsync("POST", $"/{otherName}/mine.git/info/lfs/objects/batch", other, $$$"""{"operation":"upload","objects":[{"oid":"{{{Convert.ToHexStringLower(SHA256.HashData(hidden))}}}","size":{{{hidden.Length}}}}]}""");
        Assert.NotNull(asked["objects"]![0]!["actions"]?["upload"]);
        using var stolen = await SendAsync("POST", $"/api/models/{otherName}/mine/commit/main", other, "{\"key\":\"header\",\"value\":{\"summary\":\"s\"}}\n{\"key\":\"lfsFile\",\"value\":{\"path\":\"h.bin\",\"oid\":\"" + Convert.ToHexStringLower(SHA256.HashData(hidden)) + "\"}}");
        Assert.Equal(400, (int)stolen.StatusCode);
    }

    [Fact]
    public async Task A_refused_upload_says_why_in_its_answer_and_at_every_door()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/evil");
        var commit = await hub.CommitAsync(token, $"{name}/evil", ("model.pkl", "cposix\nsystem\n(S'echo tested'\ntR."u8.ToArray()));
        Assert.Equal("rejected", Text(commit["assay"]!["state"]));
        var reference = Text(commit["assay"]!["reference"]);
        var sha = Text(commit["commitOid"]);
        foreach (var (method, path) in ((string, string)[])[("GET", $"/{name}/evil/resolve/{sha}/model.pkl"), ("HEAD", $"/{name}/evil/resolve/{sha}/model.pkl"), ("HEAD", $"/{name}/evil/resolve/main/model.pkl"), ("GET", $"/{name}/evil/raw/main/model.pkl"), ("GET", $"/api/models/{name}/evil/revision/main"), ("GET", $"/api/models/{name}/evil/tree/{sha}"), ("GET", $"/api/models/{name}/evil/commits/{sha}")])
        {
            using var answer = await hub.SendAsync(new HttpMethod(method), path, null, null);
            Assert.True((int)answer.StatusCode == 403, $"{method} {path}: {(int)answer.StatusCode}");
            Assert.Equal("GatedRepo", answer.Headers.GetValues("X-Error-Code").Single());
            var message = answer.Headers.GetValues("X-Error-Message").Single();
            Assert.Contains(reference, message, StringComparison.Ordinal);
            Assert.True(message.Length <= 1024 && message.All(static c => c is >= ' ' and <= '~'), message); // trap 39
        }
    }

    [Fact]
    public async Task Security_fields_have_the_keys_that_Python_indexes()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/safe");
        await hub.CommitAsync(token, $"{name}/safe", ("config.json", "{}"u8.ToArray()));
        var entry = (await hub.GetJsonAsync($"/api/models/{name}/safe/tree/main?expand=True")).AsArray().Single(static e => Text(e!["path"]) == "config.json")!;
        var status = entry["securityFileStatus"]!;
        Assert.Equal("safe", Text(status["status"]));
        Assert.NotNull(status["avScan"]?["status"]); // trap 15
        Assert.NotNull(status["pickleImportScan"]?["status"]);
        Assert.Matches(Date(), Text(entry["lastCommit"]!["date"]));
        var repository = (await hub.GetJsonAsync($"/api/models/{name}/safe?securityStatus=true"))["securityRepoStatus"]!;
        Assert.True(repository["scansDone"]!.GetValue<bool>());
        Assert.Empty(repository["filesWithIssues"]!.AsArray());
    }

    [Fact]
    public async Task Trap_8_a_missing_repository_is_401_or_404_with_its_code()
    {
        var (token, _) = await UserAsync();
        foreach (var path in (string[])["/api/models/no/where", "/no/where/resolve/main/x", "/api/datasets/no/where/tree/main", "/api/models/no/where/refs", "/api/models/gpt2", "/gpt2/resolve/main/config.json"])
        {
            foreach (var (who, status) in ((string?, int)[])[(null, 401), (token, 404)])
            {
                using var answer = await hub.SendAsync(HttpMethod.Head, path, who, null);
                Assert.Equal((path, status, "RepoNotFound"), (path, (int)answer.StatusCode, answer.Headers.TryGetValues("X-Error-Code", out var code) ? code.Single() : null));
            }
        }
    }

    [Theory]
    [InlineData("bearer")]
    [InlineData("password")]
    [InlineData("user")]
    public async Task Trap_32_the_token_may_stand_as_bearer_password_or_user_name(string how)
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/private", isPrivate: true);
        var header = how switch
        {
            "bearer" => "Bearer " + token,
            "password" => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("anything:" + token)),
            _ => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(token + ":")),
        };
        using var answer = await hub.SendAsync(HttpMethod.Get, $"/api/models/{name}/private", null, null, r => r.Headers.TryAddWithoutValidation("Authorization", header));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Authorization", answer.Headers.Vary); // trap 38
    }

    [Fact]
    public async Task Trap_13_validation_always_answers_JSON()
    {
        foreach (var body in (string[])["""{"content": "---\nlicense: [x\n---\n", "repoType": "model"}""", "{}", "no json", ""])
        {
            using var answer = await SendAsync("POST", "/api/validate-yaml", null, body);
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.NotEmpty((await RunningHub.ReadJsonAsync(answer))!["errors"]!.AsArray());
        }

        Assert.NotEmpty((await JsonAsync("POST", "/api/validate-yaml", null, """{"content": "# no front matter", "repoType": "model"}"""))["warnings"]!.AsArray());
    }

    [Fact]
    public async Task Traps_11_35_and_37_old_and_misspelled_names_redirect_relatively_and_tell_strangers_nothing()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/before");
        await hub.CommitAsync(token, $"{name}/before", ("a.txt", "x"u8.ToArray()));
        using (var misspelled = await hub.SendAsync(HttpMethod.Head, $"/{name.ToUpperInvariant()}/BEFORE/resolve/main/a.txt", null, null))
            Assert.Equal((307, $"/{name}/before/resolve/main/a.txt"), ((int)misspelled.StatusCode, misspelled.Headers.Location?.OriginalString));
        await JsonAsync("POST", "/api/repos/move", token, $$$"""{"fromRepo": "{{{name}}}/before", "toRepo": "{{{name}}}/after", "type": "model"}""");
        foreach (var (path, target) in ((string, string)[])[($"/{name}/before/resolve/main/a.txt", $"/{name}/after/resolve/main/a.txt"), ($"/api/models/{name}/before", $"/api/models/{name}/after"), ($"/api/models/{name}/before/tree/main?recursive=true", $"/api/models/{name}/after/tree/main?recursive=true")])
        {
            using var answer = await hub.GetAsync(path);
            Assert.Equal((307, target), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
        }

        await hub.SendAsync(HttpMethod.Put, $"/api/models/{name}/after/settings", token, new StringContent("{\"private\": true}"));
        using (var stranger = await hub.GetAsync($"/api/models/{name}/before"))
            Assert.Equal(401, (int)stranger.StatusCode);
        await hub.CreateRepositoryAsync(token, $"{name}/before");
        Assert.Equal($"{name}/before", Text((await hub.GetJsonAsync($"/api/models/{name}/before"))["id"]));
    }

    [Fact]
    public async Task Trap_36_what_is_created_anew_shows_nothing_of_what_was_deleted()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/phoenix");
        var old = Text((await hub.CommitAsync(token, $"{name}/phoenix", ("old.txt", "old"u8.ToArray())))["commitOid"]);
        using (var deleted = await SendAsync("DELETE", "/api/repos/delete", token, """{"name": "phoenix", "organization": null, "type": "model"}"""))
            Assert.True(deleted.IsSuccessStatusCode);
        using (var gone = await hub.GetAsync($"/{name}/phoenix/resolve/{old}/old.txt", token))
            Assert.Equal(404, (int)gone.StatusCode);
        await hub.CreateRepositoryAsync(token, $"{name}/phoenix");
        foreach (var path in (string[])[$"/{name}/phoenix/resolve/{old}/old.txt", $"/{name}/phoenix/resolve/main/old.txt", $"/api/models/{name}/phoenix/revision/{old}"])
        {
            using var answer = await hub.GetAsync(path, token);
            Assert.Equal(404, (int)answer.StatusCode);
        }

        Assert.NotNull((await hub.GetJsonAsync($"/api/models/{name}/phoenix"))["sha"]);
    }

    [Fact]
    public async Task Trap_44_switches_and_lists_are_read_in_all_their_forms()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/forms");
        await hub.CommitAsync(token, $"{name}/forms", ("d/a.txt", "x"u8.ToArray()));
        foreach (var flag in (string[])["recursive=True", "recursive=true", "recursive=1", "recursive"])
            Assert.Contains((await hub.GetJsonAsync($"/api/models/{name}/forms/tree/main?{flag}")).AsArray(), static e => Text(e!["path"]) == "d/a.txt");
        foreach (var flag in (string[])["recursive=False", "recursive=0", ""])
            Assert.DoesNotContain((await hub.GetJsonAsync($"/api/models/{name}/forms/tree/main?{flag}")).AsArray(), static e => Text(e!["path"]) == "d/a.txt");
        foreach (var list in (string[])["expand=sha&expand=likes", "expand[]=sha&expand[]=likes", "expand=sha,likes", "expand%5B%5D=sha%2Clikes"])
            Assert.Equal(["_id", "id", "likes", "sha"], (await hub.GetJsonAsync($"/api/models/{name}/forms?{list}")).AsObject().Select(static p => p.Key).Order(StringComparer.Ordinal));
        using var unknown = await hub.GetAsync($"/api/models/{name}/forms?expand=nonsense");
        Assert.Equal(400, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task Deleting_with_a_pattern_keeps_the_attributes_and_a_missing_file_is_named()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/del");
        await hub.CommitAsync(token, $"{name}/del", ("d/a.txt", "x"u8.ToArray()), ("b.txt", "y"u8.ToArray()));
        using (var missing = await SendAsync("POST", $"/api/models/{name}/del/commit/main", token, "{\"key\":\"header\",\"value\":{\"summary\":\"s\"}}\n{\"key\":\"deletedFile\",\"value\":{\"path\":\"none.txt\"}}\n"))
        {
            Assert.Equal((404, "EntryNotFound"), ((int)missing.StatusCode, missing.Headers.GetValues("X-Error-Code").Single()));
            Assert.Contains("A file with this name doesn't exist", await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await CommitAsync(token, $"{name}/del", "main", """{"key":"header","value":{"summary":"s"}}""", """{"key":"deletedFolder","value":{"path":"d/"}}""", """{"key":"deletedFile","value":{"path":"b.txt"}}""");
        Assert.Equal([".gitattributes"], (await hub.GetJsonAsync($"/api/models/{name}/del/tree/main?recursive=true")).AsArray().Select(static e => Text(e!["path"]))); // trap 26
    }

    [Fact]
    public async Task A_stale_parent_is_412_and_other_places_than_branches_are_400()
    {
        var (token, name) = await UserAsync();
        await hub.CreateRepositoryAsync(token, $"{name}/cas");
        var old = Text((await hub.GetJsonAsync($"/api/models/{name}/cas"))["sha"]);
        await hub.CommitAsync(token, $"{name}/cas", ("a.txt", "x"u8.ToArray()));
        using (var stale = await SendAsync("POST", $"/api/models/{name}/cas/commit/main", token, $"{{\"key\":\"header\",\"value\":{{\"summary\":\"s\",\"parentCommit\":\"{old}\"}}}}\n{{\"key\":\"deletedFile\",\"value\":{{\"path\":\"a.txt\"}}}}"))
            Assert.Equal(412, (int)stale.StatusCode);
        using (var tag = await SendAsync("POST", $"/api/models/{name}/cas/tag/main", token, """{"tag": "v1", "message": "first"}"""))
            Assert.True(tag.IsSuccessStatusCode);
        foreach (var (target, status) in ((string, int)[])[("v1", 400), (old, 400), ("nowhere", 404)])
        {
            using var answer = await SendAsync("POST", $"/api/models/{name}/cas/commit/{target}", token, "{\"key\":\"header\",\"value\":{\"summary\":\"s\"}}");
            Assert.Equal(status, (int)answer.StatusCode);
        }

        var refs = await hub.GetJsonAsync($"/api/models/{name}/cas/refs");
        Assert.Equal(Text(refs["branches"]![0]!["targetCommit"]), Text(refs["tags"]![0]!["targetCommit"])); // of an annotated tag the commit
    }

    [Fact]
    public async Task Every_answer_has_an_id_and_repeats_that_of_the_client()
    {
        foreach (var path in (string[])["/api/models", "/nothing/here", "/api/models/a/b/tree/main", "/healthz"])
        {
            using var answer = await hub.GetAsync(path);
            Assert.NotEmpty(answer.Headers.GetValues("X-Request-Id").Single());
            using var given = await hub.SendAsync(HttpMethod.Get, path, null, null, static r => r.Headers.Add("X-Amzn-Trace-Id", "7c3f1b2a-0000-4000-8000-000000000001"));
            Assert.Equal("7c3f1b2a-0000-4000-8000-000000000001", given.Headers.GetValues("X-Request-Id").Single());
            using var hostile = await hub.SendAsync(HttpMethod.Get, path, null, null, static r => r.Headers.TryAddWithoutValidation("X-Request-Id", "<script>" + new string('x', 300)));
            Assert.DoesNotContain("script", hostile.Headers.GetValues("X-Request-Id").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Browsers_of_other_sites_may_read_public_data_and_see_its_headers()
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/models", null, null, static r => r.Headers.Add("Origin", "https://example.org"));
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        foreach (var header in (string[])["X-Repo-Commit", "ETag", "Link", "Content-Range", "X-Linked-Size", "X-Error-Code"])
            Assert.Contains(header, answer.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
        using var preflight = await hub.SendAsync(HttpMethod.Options, "/a/b/resolve/main/x", null, null, static r => r.Headers.Add("Origin", "https://example.org"));
        Assert.Equal(204, (int)preflight.StatusCode);
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static string GitId(byte[] content) =>
#pragma warning disable CA5350 // The id that git gives a file.
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")), .. content]));
#pragma warning restore CA5350

    private async Task<(string Token, string Name)> UserAsync()
    {
        var name = $"py{Interlocked.Increment(ref _names)}";
        return (await hub.CreateUserAsync(name), name);
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? token, string? body, string type = "application/json", Action<HttpRequestMessage>? configure = null)
    {
        var content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (content is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return hub.SendAsync(new HttpMethod(method), path, token, content, r =>
        {
            r.Headers.TryAddWithoutValidation("User-Agent", "unknown/None; hf_hub/0.36.0; python/3.11.2");
            configure?.Invoke(r);
        });
    }

    private async Task<JsonNode> JsonAsync(string method, string path, string? token, string? body)
    {
        using var answer = await SendAsync(method, path, token, body);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {await RunningHub.DescribeAsync(answer)}");
        Assert.StartsWith("application/", answer.Content.Headers.ContentType?.MediaType, StringComparison.Ordinal);
        return (await RunningHub.ReadJsonAsync(answer))!;
    }

    private async Task<JsonNode> CommitAsync(string token, string path, string branch, params string[] lines)
    {
        using var answer = await SendAsync("POST", $"/api/{RunningHub.ApiPath(path)}/commit/{Uri.EscapeDataString(branch)}", token, string.Join('\n', lines) + "\n", "application/x-ndjson");
        Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
        return (await RunningHub.ReadJsonAsync(answer))!;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Date();
}
