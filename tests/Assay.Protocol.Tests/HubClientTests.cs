using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Assay.Testing;

namespace Assay.Protocol.Tests;

public sealed class HubClientTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static readonly RepoReference Tiny = new(RepoKind.Model, "ada/tiny", null);

    private static readonly HubClientOptions Quick = new() { RequestTimeout = TimeSpan.FromSeconds(2), FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(50) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_is_read_as_hubs_describe_it()
    {
        await using var server = new LocalHttp(static r => LocalHttp.Response(200, $$"""
            {"_id":"65c0ffee0000000000000001","id":"Ada/Tiny","modelId":"Ada/Tiny","author":"Ada","sha":"{{Commit}}","lastModified":"2026-01-31T09:05:03.000Z","createdAt":"2026-01-30T08:00:00.000Z",
             "private":false,"gated":"auto","disabled":false,"downloads":12,"likes":3,"tags":["safetensors"],"cardData":{"base_model":["big/one","not an id","big/two"]},"siblings":[{"rfilename":"config.json"}]}
            """));
        using var client = Client(server, token: "hf_secret");
        var repository = (await client.RepositoryAsync(Tiny with { Revision = "refs/pr/1" }, Cancellation)).Value;
        Assert.NotNull(repository);
        Assert.Equal(("Ada/Tiny", Commit, true, 12L, 3L), (repository.Id, repository.Commit, repository.IsGated, repository.Downloads, repository.Likes));
        Assert.Equal(new DateTimeOffset(2026, 1, 30, 8, 0, 0, TimeSpan.Zero), repository.CreatedAt);
        Assert.Equal(["big/one", "big/two"], repository.BaseModels);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("GET", "/api/models/ada/tiny/revision/refs%2Fpr%2F1", "Bearer hf_secret"), (request.Method, request.Target, request.Headers["Authorization"]));
        Assert.Equal("identity", request.Headers["Accept-Encoding"]);
    }

    [Theory]
    [InlineData(404, "X-Error-Code: RepoNotFound", "", HubFaultKind.NotFound)]
    [InlineData(401, "X-Error-Code: RepoNotFound", "", HubFaultKind.NotFound)]
    [InlineData(401, "X-Error-Message: Invalid username or password.", "", HubFaultKind.NotFound)]
    [InlineData(401, "X-Error-Message: Invalid credentials in Authorization header", "", HubFaultKind.Unauthorized)]
    [InlineData(404, "X-Error-Code: RevisionNotFound", "", HubFaultKind.RevisionNotFound)]
    [InlineData(404, "X-Error-Code: EntryNotFound", "", HubFaultKind.EntryNotFound)]
    [InlineData(403, "X-Error-Code: GatedRepo", """{"error":"Refused: weights.pkl is malicious"}""", HubFaultKind.Gated)]
    [InlineData(403, "X-Error-Message: Access to this resource is disabled.", "", HubFaultKind.Disabled)]
    [InlineData(451, "X: y", "", HubFaultKind.Disabled)]
    [InlineData(403, "X: y", """{"error":["a","b"]}""", HubFaultKind.Forbidden)]
    [InlineData(429, "Retry-After: 3600", "", HubFaultKind.RateLimited)]
    [InlineData(500, "X: y", "<html>", HubFaultKind.Unavailable)]
    [InlineData(418, "X: y", """{"error":"\ud800"}""", HubFaultKind.Malformed)]
    [InlineData(302, "X: y", "", HubFaultKind.Malformed)]
    public async Task Errors_are_told_apart(int status, string header, string body, HubFaultKind expected)
    {
        await using var server = new LocalHttp(_ => LocalHttp.Response(status, body, header));
        using var client = Client(server);
        var fault = (await client.RepositoryAsync(Tiny, Cancellation)).Fault;
        Assert.Equal(expected, fault?.Kind);
        Assert.NotEmpty(fault!.Message);
        if (status == 429)
            Assert.Equal((TimeSpan.FromHours(1), 1), (fault.RetryAfter, server.Requests.Count));
        if (body.Contains("weights.pkl", StringComparison.Ordinal))
            Assert.Equal("Refused: weights.pkl is malicious", fault.Message);
    }

    [Theory]
    [InlineData(503, 3)]
    [InlineData(429, 3)]
    [InlineData(404, 1)]
    [InlineData(501, 1)]
    public async Task What_may_pass_is_tried_again_and_nothing_else(int status, int requests)
    {
        var answers = 0;
        await using var server = new LocalHttp(_ => ++answers < 3 ? LocalHttp.Response(status, "", "Retry-After: 0") : LocalHttp.Response(200, """{"id":"ada/tiny"}"""));
        using var client = Client(server);
        var answer = await client.RepositoryAsync(Tiny, Cancellation);
        Assert.Equal((requests, requests == 3), (server.Requests.Count, answer.Value is not null));
    }

    [Fact]
    public async Task A_renamed_repository_is_followed_with_the_token()
    {
        await using var server = new LocalHttp(static r => r.Path == "/api/models/ada/tiny" ? LocalHttp.Response(307, "", "Location: /api/models/ada/small") : LocalHttp.Response(200, """{"id":"ada/small"}"""));
        using var client = Client(server, token: "hf_secret");
        Assert.Equal("ada/small", (await client.RepositoryAsync(Tiny, Cancellation)).Value?.Id);
        Assert.All(server.Requests, static r => Assert.Equal("Bearer hf_secret", r.Headers["Authorization"]));
    }

    [Fact]
    public async Task The_token_stays_with_its_origin_even_when_it_is_led_away_and_back()
    {
        LocalHttp? home = null;
        await using var store = new LocalHttp(r => LocalHttp.Response(302, "", $"Location: {home!.Address}back"));
        home = new LocalHttp(r => r.Path == "/back" ? LocalHttp.Response(200, "# Tiny") : LocalHttp.Response(302, "", $"Location: {store.Address}blob?signature=1"));
        await using (home)
        {
            using var client = Client(home, token: "hf_secret");
            var file = (await client.FileAsync(Tiny, Commit, "README.md", Cancellation)).Value;
            Assert.Equal("# Tiny", Encoding.UTF8.GetString(file!.Bytes));
            Assert.Equal("Bearer hf_secret", home.Requests[0].Headers["Authorization"]);
            Assert.DoesNotContain("Authorization", home.Requests[1].Headers.Keys);
            Assert.DoesNotContain("Authorization", Assert.Single(store.Requests).Headers.Keys);
        }
    }

    [Theory]
    [InlineData("Location: /api/models/ada/tiny", 6)] // in a circle
    [InlineData("Location: file:///etc/passwd", 1)]
    [InlineData("Location: gopher://127.0.0.1/", 1)]
    [InlineData("Location: http://[::1", 1)]
    [InlineData("X: nowhere", 1)]
    public async Task Redirects_that_lead_nowhere_good_end(string header, int requests)
    {
        await using var server = new LocalHttp(_ => LocalHttp.Response(302, "", header));
        using var client = Client(server);
        Assert.Equal(HubFaultKind.Malformed, (await client.RepositoryAsync(Tiny, Cancellation)).Fault?.Kind);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Theory]
    [InlineData("http://store.example:{0}/blob", "8.8.8.8", "1.1.1.1", true)]
    [InlineData("http://store.example:{0}/blob", "8.8.8.8", "10.0.0.1", false)]
    [InlineData("http://store.example:{0}/blob", "10.0.0.9", "10.0.0.1", true)] // a hub in a private network has its store there
    [InlineData("http://169.254.169.254:{0}/latest/meta-data/", "8.8.8.8", "", false)]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/blob", "8.8.8.8", "", false)]
    [InlineData("http://2130706433:{0}/blob", "8.8.8.8", "", false)] // 127.0.0.1 as one number
    public async Task A_public_hub_leads_nobody_into_a_private_network(string location, string hub, string store, bool isFollowed)
    {
        LocalHttp? server = null;
        server = new LocalHttp(r => r.Headers["Host"].StartsWith("hub.example", StringComparison.Ordinal)
            ? LocalHttp.Response(302, "", "Location: " + string.Format(null, location, server!.Address.Port))
            : LocalHttp.Response(200, "content"));
        await using (server)
        {
            using var client = new HubClient(new Uri($"http://hub.example:{server.Address.Port}/"), "hf_secret", "assay/test", Quick)
            {
                LookUp = (host, _) => Task.FromResult(new[] { IPAddress.Parse(host == "hub.example" ? hub : store) }),
                Connect = async (_, port, cancellation) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
            var answer = await client.FileAsync(Tiny, Commit, "README.md", Cancellation);
            Assert.Equal(isFollowed, answer.Value is not null);
            Assert.Equal(isFollowed ? 2 : 1, server.Requests.Count);
            Assert.Equal(isFollowed ? null : HubFaultKind.Malformed, answer.Fault?.Kind);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("64:ff9b::a9fe:a9fe", true)] // 169.254.169.254, translated
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("2002:7f00:1::", true)] // 127.0.0.1, tunnelled
    [InlineData("2606:4700::1111", false)]
    [InlineData("8.8.8.8", false)]
    public void Private_addresses_are_known_in_every_dress(string address, bool expected) =>
        Assert.Equal(expected, HubAddress.IsPrivate(IPAddress.Parse(address)));

    [Fact]
    public async Task An_endless_answer_is_cut_off()
    {
        await using var server = new LocalHttp(static async (_, stream, cancellation) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"u8.ToArray(), cancellation);
            var chunk = Encoding.ASCII.GetBytes(new string('[', 65536));
            while (true)
                await stream.WriteAsync(chunk, cancellation);
        });
        using var client = Client(server, options: Quick with { MaxJson = 1 << 20, MaxFile = 1 << 16, RequestTimeout = TimeSpan.FromSeconds(20) });
        Assert.Equal(HubFaultKind.Malformed, (await client.RepositoryAsync(Tiny, Cancellation)).Fault?.Kind);
        var file = (await client.FileAsync(Tiny, Commit, "README.md", Cancellation)).Value;
        Assert.Equal((1 << 16, false), (file!.Bytes.Length, file.IsWhole));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_never_ends_in_time_is_given_up(bool drips)
    {
        await using var server = new LocalHttp(async (_, stream, cancellation) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), cancellation);
            while (true)
            {
                if (drips)
                    await stream.WriteAsync("["u8.ToArray(), cancellation);
                await Task.Delay(20, cancellation);
            }
        });
        using var client = Client(server, options: Quick with { RequestTimeout = TimeSpan.FromMilliseconds(300) });
        var watch = Stopwatch.StartNew();
        Assert.Equal(HubFaultKind.Unavailable, (await client.RepositoryAsync(Tiny, Cancellation)).Fault?.Kind);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}")]
    [InlineData("HTTP/9.9 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"id\":\"../../etc/passwd\"}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")]
    public async Task What_is_no_answer_of_a_hub_is_a_fault(string raw)
    {
        await using var server = new LocalHttp((_, stream, cancellation) => stream.WriteAsync(Encoding.Latin1.GetBytes(raw), cancellation).AsTask());
        using var client = Client(server);
        var answer = await client.RepositoryAsync(Tiny, Cancellation);
        Assert.True(answer is { Value: null, Fault.Kind: HubFaultKind.Malformed or HubFaultKind.Unavailable });
    }

    [Fact]
    public async Task A_tree_of_several_pages_is_read_to_its_end()
    {
        LocalHttp? server = null;
        server = new LocalHttp(r => r.Query.Contains("cursor=2", StringComparison.Ordinal)
            ? LocalHttp.Response(200, """[{"type":"file","oid":"2222222222222222222222222222222222222222","size":7,"path":"w/b.bin","lfs":{"oid":"bb","size":700,"pointerSize":134}}]""")
            : LocalHttp.Response(200, """[{"type":"directory","oid":"1","size":0,"path":"w"},{"type":"file","oid":"aa","size":5,"path":"a.txt"}]""", $"Link: <{server!.Address}api/models/ada/tiny/tree/main?recursive=true&cursor=2>; rel=\"next\""));
        await using (server)
        {
            using var client = Client(server);
            var tree = (await client.TreeAsync(Tiny, "main", Cancellation)).Value;
            Assert.Equal([new HubFile("a.txt", 5, "aa"), new HubFile("w/b.bin", 700, "bb")], tree!.Files);
            Assert.True(tree.IsComplete);
        }
    }

    [Theory]
    [InlineData("https://elsewhere.example/api/next")]
    [InlineData("/api/models/ada/tiny/tree/main?recursive=true")] // itself
    [InlineData("http://[bad")]
    public async Task A_tree_without_a_proper_end_is_said_to_be_incomplete(string next)
    {
        await using var server = new LocalHttp(_ => LocalHttp.Response(200, """[{"type":"file","oid":"aa","size":5,"path":"a.txt"}]""", $"Link: <{next}>; rel=\"next\""));
        using var client = Client(server);
        var tree = (await client.TreeAsync(Tiny, "main", Cancellation)).Value;
        Assert.False(tree!.IsComplete);
        Assert.Single(tree.Files);
    }

    [Fact]
    public async Task A_hub_that_is_slow_with_every_page_is_given_up_when_all_the_time_is_spent()
    {
        var page = 0;
        await using var server = new LocalHttp(async (_, stream, cancellation) =>
        {
            await Task.Delay(100, cancellation);
            await stream.WriteAsync(LocalHttp.Response(200, "[]", $"Link: </api/models/ada/tiny/tree/main?cursor={++page}>; rel=\"next\""), cancellation);
        });
        using var client = Client(server, options: Quick with { Deadline = TimeSpan.FromMilliseconds(700) });
        Assert.Equal(HubFaultKind.Unavailable, (await client.TreeAsync(Tiny, "main", Cancellation)).Fault?.Kind);
        Assert.InRange(server.Requests.Count, 1, 8);
    }

    [Fact]
    public async Task A_tree_without_end_stops_at_the_limit()
    {
        var page = 0;
        await using var server = new LocalHttp(r => LocalHttp.Response(200, $$"""[{"type":"file","path":"{{page}}"},{"type":"file","path":"x{{page}}"}]""", $"Link: </api/models/ada/tiny/tree/main?cursor={++page}>; rel=\"next\""));
        using var client = Client(server, options: Quick with { MaxTreeFiles = 9 });
        var tree = (await client.TreeAsync(Tiny, "main", Cancellation)).Value;
        Assert.Equal((9, false), (tree!.Files.Count, tree.IsComplete));
    }

    [Fact]
    public async Task History_and_accounts_are_read()
    {
        await using var hub = new FakeHub().Account("ada", isOrganization: false, "Ada", new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero))
            .Add(new FakeRepository("ada/tiny", new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), []) { Commits = 5, LastModified = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        using var client = new HubClient(hub.Address, null, "assay/test", Quick);
        Assert.Equal(new HubHistory(5, new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero)), (await client.HistoryAsync(Tiny, "main", withFirst: true, Cancellation)).Value);
        var publisher = (await client.PublisherAsync("ada", Cancellation)).Value;
        Assert.Equal(new HubPublisher("ada", IsOrganization: false) { FullName = "Ada", Since = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), Repositories = 1 }, publisher);
        Assert.Equal(HubFaultKind.NotFound, (await client.PublisherAsync("nobody", Cancellation)).Fault?.Kind);
        Assert.Equal("ada/tiny", Assert.Single((await client.SearchAsync(RepoKind.Model, "tiny", 5, Cancellation)).Value!).Id);
    }

    [Theory]
    [InlineData("\u0430da/tiny")]
    [InlineData("../../admin")]
    [InlineData("ada/tiny?x=1")]
    [InlineData("ada/")]
    public async Task Names_that_no_hub_has_are_not_asked_for(string id)
    {
        await using var server = new LocalHttp(static _ => LocalHttp.Response(200, """{"id":"ada/tiny"}"""));
        using var client = Client(server);
        var reference = new RepoReference(RepoKind.Model, id, null);
        Assert.Equal(HubFaultKind.NotFound, (await client.RepositoryAsync(reference, Cancellation)).Fault?.Kind);
        Assert.Equal(HubFaultKind.NotFound, (await client.TreeAsync(reference, "main", Cancellation)).Fault?.Kind);
        Assert.Equal(HubFaultKind.NotFound, (await client.FileAsync(reference, "main", "a", Cancellation)).Fault?.Kind);
        Assert.Equal(HubFaultKind.NotFound, (await client.IdentityAsync(reference, Cancellation)).Fault?.Kind);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Cancelling_is_no_fault_of_the_hub()
    {
        await using var server = new LocalHttp(static (_, _, cancellation) => Task.Delay(Timeout.Infinite, cancellation));
        using var client = Client(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        cancel.CancelAfter(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.RepositoryAsync(Tiny, cancel.Token));
    }

    [Fact]
    public void Whatever_the_JSON_is_reading_it_ends_with_an_answer_or_none()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] samples =
        [
            Encoding.UTF8.GetBytes("""{"id":"ada/tiny","sha":"0123456789abcdef0123456789abcdef01234567","createdAt":"2026-01-30T08:00:00.000Z","private":false,"gated":"auto","downloads":12,"cardData":{"base_model":["big/one","\u00e9"]}}"""),
            Encoding.UTF8.GetBytes("""[{"type":"file","oid":"aa","size":5,"path":"a.txt","lfs":{"oid":"bb","size":700}},{"type":"directory","path":"w"}]"""),
            Encoding.UTF8.GetBytes("""{"user":"ada","fullname":"Ada","createdAt":"2024-01-01T00:00:00Z","numModels":3}"""),
            Encoding.UTF8.GetBytes("""{"schema":"assay.identity/v1","revision":{"commit":"0123456789abcdef0123456789abcdef01234567","state":"admitted"},"publisher":{"level":3},"assessment":{"action":"hold","reasons":[{"code":"c","text":"t","weight":1e308}]}}"""),
        ];
        var fragments = new[] { "null", "1e999", "-1", "[[[[", "\"\\ud800\"", "{}", "true", "\"\"", "9999999999999999999999", "\u0000", "\"2026-99-99\"" }.Select(Encoding.UTF8.GetBytes).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var json = (byte[])samples[random.Next(samples.Length)].Clone();
            for (var change = random.Next(4); change > 0; change--)
                json[random.Next(json.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                json = json[..random.Next(json.Length)];
            if (random.Next(2) == 0)
            {
                // A value of another kind in the place of one.
                var colon = Array.IndexOf(json, (byte)':', random.Next(Math.Max(1, json.Length)));
                var comma = colon < 0 ? -1 : Array.IndexOf(json, (byte)',', colon);
                if (comma > 0)
                    json = [.. json[..(colon + 1)], .. fragments[random.Next(fragments.Length)], .. json[comma..]];
            }

            if (HubJson.Repository(RepoKind.Model, json) is { } repository)
                Assert.True(RepoReference.IsId(repository.Id) && repository.Downloads is null or >= 0 && repository.BaseModels.All(RepoReference.IsId));
            if (HubJson.Tree(json) is { } tree)
                Assert.All(tree, static f => Assert.True(f.Path.Length > 0 && f.Size >= 0));
            if (HubJson.Publisher("ada", isOrganization: false, json) is { } publisher)
                Assert.True(publisher.Repositories >= 0);
            if (HubJson.Identity(json) is { } identity)
                Assert.True(identity.PublisherLevel is null or (>= 0 and <= 4) && (identity.Assessment?.Reasons.All(static r => double.IsFinite(r.Weight)) ?? true));
            HubJson.Commits(json);
            HubJson.Repositories(RepoKind.Model, json);
            HubJson.Error(json);
        }
    }

    [Theory]
    [InlineData(new[] { "HF_TOKEN=hf_env" }, "hf_env")]
    [InlineData(new[] { "HF_TOKEN= hf_env\n" }, "hf_env")]
    [InlineData(new[] { "HF_TOKEN=hf_a\r\nX: y" }, null)]
    [InlineData(new[] { "HF_TOKEN_PATH={0}/own" }, "hf_own")]
    [InlineData(new[] { "HF_HOME={0}" }, "hf_home")]
    [InlineData(new[] { "XDG_CACHE_HOME={0}" }, "hf_cache")]
    [InlineData(new[] { "HOME={0}" }, "hf_user")]
    [InlineData(new[] { "HF_HOME={0}", "HF_HUB_DISABLE_IMPLICIT_TOKEN=1" }, null)]
    [InlineData(new[] { "HF_TOKEN_PATH={0}/large" }, null)]
    [InlineData(new[] { "HF_HOME={0}/nowhere" }, null)]
    public void The_token_is_found_where_other_clients_find_it(string[] variables, string? expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("own", "hf_own\n");
        folder.Write("token", "hf_home\n");
        folder.Write("huggingface/token", "hf_cache");
        folder.Write(".cache/huggingface/token", "hf_user");
        folder.Write("large", new string('x', 100_000));
        var values = variables.Select(v => v.Replace("{0}", folder.Path, StringComparison.Ordinal).Split('=', 2)).ToDictionary(static p => p[0], static p => p[1]);
        Assert.Equal(expected, HubToken.Find(values.GetValueOrDefault));
    }

    [Theory]
    [InlineData("ada/tiny", "ada/tiny")]
    [InlineData("ada/tiny@refs/pr/1", "ada/tiny@refs/pr/1")]
    [InlineData("gpt2", "gpt2")]
    [InlineData("models/ada/tiny", "ada/tiny")]
    [InlineData("datasets/ada/words@v1.0", "datasets/ada/words@v1.0")]
    [InlineData("hf://spaces/ada/demo", "spaces/ada/demo")]
    [InlineData("https://hub.example/base/ada/tiny", "ada/tiny")]
    [InlineData("https://hub.example/base/datasets/ada/words/blob/main/a/b.csv", "datasets/ada/words@main")]
    [InlineData("https://hub.example/ada/tiny", null)]
    [InlineData("https://elsewhere.example/base/ada/tiny", null)]
    [InlineData("a/b/c", null)]
    [InlineData("./models", null)]
    [InlineData("../x", null)]
    [InlineData("/etc", null)]
    [InlineData("", null)]
    [InlineData("ada/tiny@", null)]
    [InlineData("ada/tiny@a b", null)]
    [InlineData("ada\\tiny", null)]
    public void References_are_read_as_people_write_them(string text, string? expected)
    {
        var reference = RepoReference.Parse(text, HubAddress.Parse("https://hub.example/base")!, out var problem);
        Assert.Equal((expected, expected is null), (reference?.ToString(), problem.Length > 0));
    }

    private static HubClient Client(LocalHttp server, string? token = null, HubClientOptions? options = null) => new(server.Address, token, "assay/test", options ?? Quick);
}
