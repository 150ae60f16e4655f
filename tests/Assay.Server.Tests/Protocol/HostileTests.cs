using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Assay.Server.Tests.Protocol;

/// <summary>Requests that no honest client sends: each gets an answer that says so, and none a fault of the server.</summary>
public sealed class HostileTests(HostileTests.Hub hub) : IClassFixture<HostileTests.Hub>
{
    private const string Header = "{\"key\":\"header\",\"value\":{\"summary\":\"s\"}}\n";

    /// <summary>A hub with small limits, and a repository.</summary>
    public sealed class Hub() : RunningHub(Assay.Hub.Tests.DatabaseKind.Sqlite, static o => o with { MaxCommitBytes = 4 << 20, MaxRegularBytes = 1 << 20, MaxCommitOperations = 500 })
    {
        public string Token { get; private set; } = "";

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Token = await CreateUserAsync("victim");
            await CreateRepositoryAsync(Token, "victim/tiny");
        }
    }

    public static TheoryData<string, string, string> Bodies()
    {
        var table = new TheoryData<string, string, string>();
        string[] doors = ["POST /api/repos/create", "POST /api/repos/move", "DELETE /api/repos/delete", "PUT /api/models/victim/tiny/settings", "POST /api/models/victim/tiny/branch/b", "POST /api/models/victim/tiny/tag/main", "POST /api/models/victim/tiny/preupload/main", "POST /api/models/victim/tiny/paths-info/main", "POST /api/models/victim/tiny/commit/main", "POST /victim/tiny.git/info/lfs/objects/batch", "POST /api/validate-yaml"];
        (string Name, string Body)[] bodies =
        [
            ("empty", ""), ("no JSON", "}{"), ("null", "null"), ("a number", "17"), ("a list", "[]"), ("a text", "\"x\""), ("cut off", "{\"files\":[{\"path\":"), ("NUL", "\0\0\0\0"),
            ("deep", string.Concat(Enumerable.Repeat("{\"a\":", 2000)) + "1" + new string('}', 2000)), ("deep lists", new string('[', 100_000)), ("twice", "{\"name\":\"a\",\"name\":\"b\"}"), ("bad UTF-8", "{\"name\":\"\u00ff\u0000\"}"),
            ("lone surrogate", "{\"name\":\"\\ud800\",\"files\":[{\"path\":\"\\udfff\",\"size\":1}],\"paths\":[\"\\ud800\"],\"tag\":\"\\ud800\",\"content\":\"\\ud800\"}"),
            ("wrong kinds", "{\"name\":{},\"organization\":[],\"type\":7,\"files\":{},\"objects\":{},\"paths\":{},\"tag\":[],\"private\":\"x\",\"gated\":{},\"content\":[],\"fromRepo\":1,\"toRepo\":null}"),
            ("wrong members", "{\"files\":[1,null,\"x\",{},{\"path\":5},{\"path\":\"a\",\"size\":\"x\",\"sample\":\"!\"}],\"objects\":[1,null,{\"oid\":1},{\"oid\":\"zz\",\"size\":-1}],\"paths\":[{},[],null,1]}"),
            ("huge numbers", "{\"files\":[{\"path\":\"a\",\"size\":1e999}],\"objects\":[{\"oid\":\"" + new string('a', 64) + "\",\"size\":99999999999999999999}]}"),
            ("overlong name", "{\"name\":\"" + new string('n', 100_000) + "\",\"tag\":\"" + new string('t', 100_000) + "\",\"files\":[{\"path\":\"" + new string('p', 100_000) + "\",\"size\":1}],\"paths\":[\"" + new string('p', 100_000) + "\"]}"),
            ("NUL in names", "{\"name\":\"a\\u0000b\",\"tag\":\"a\\u0000b\",\"files\":[{\"path\":\"a\\u0000b\",\"size\":1}],\"paths\":[\"a\\u0000b\"],\"fromRepo\":\"victim/a\\u0000\",\"toRepo\":\"victim/b\",\"startingPoint\":\"\\u0000\",\"content\":\"---\\n\\u0000\\n---\"}"),
            ("line breaks in names", "{\"name\":\"a\\r\\nX-Evil: 1\",\"tag\":\"a\\r\\nb\",\"files\":[{\"path\":\"a\\r\\nb\",\"size\":1}],\"startingPoint\":\"a\\r\\nX-Evil: 1\"}"),
            ("dots", "{\"name\":\"..\",\"organization\":\"..\",\"tag\":\"../../x\",\"files\":[{\"path\":\"../../etc/passwd\",\"size\":1}],\"paths\":[\"../../etc/passwd\"],\"fromRepo\":\"../..\",\"toRepo\":\"../..\"}"),
            ("large", "{\"name\":\"" + new string(' ', 6 << 20) + "\"}"),
        ];
        foreach (var door in doors)
        {
            foreach (var (name, body) in bodies)
                table.Add(door, name, body);
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A_hostile_body_is_answered_and_never_with_a_fault(string door, string name, string body)
    {
        var (method, path) = (door.Split(' ')[0], door.Split(' ')[1]);
        using var answer = await hub.SendAsync(new HttpMethod(method), path, hub.Token, new StringContent(body, Encoding.Latin1, "application/json"));
        Assert.True((int)answer.StatusCode < 500, $"{door} with {name}: {await RunningHub.DescribeAsync(answer)}");
        Assert.False(answer.Headers.Contains("X-Evil"));
    }

    [Theory]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"%%%\",\"encoding\":\"base64\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"YQ\",\"encoding\":\"base64\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"\\ud800\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"\\ud800\",\"content\":\"\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a\\u0000b\",\"content\":\"\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":7}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"\",\"content\":\"\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\".git/config\",\"content\":\"\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{\"path\":\"a/../../b\",\"content\":\"\"}}")]
    [InlineData("{\"key\":\"file\",\"value\":{}}")]
    [InlineData("{\"key\":\"file\",\"value\":null}")]
    [InlineData("{\"key\":\"lfsFile\",\"value\":{\"path\":\"a\",\"oid\":\"XX\"}}")]
    [InlineData("{\"key\":\"lfsFile\",\"value\":{\"path\":\"a\",\"oid\":\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}}")]
    [InlineData("{\"key\":\"copyFile\",\"value\":{\"path\":\"a\",\"srcPath\":\".gitattributes\",\"srcRevision\":\"\\u0000\"}}")]
    [InlineData("{\"key\":\"copyFile\",\"value\":{\"path\":\"a\",\"srcPath\":\"\\ud800\"}}")]
    [InlineData("{\"key\":\"deletedFolder\",\"value\":{\"path\":\"/\"}}")]
    [InlineData("{\"key\":\"deletedFile\",\"value\":{\"path\":\"\\u0000\"}}")]
    [InlineData("{\"key\":5,\"value\":{}}")]
    [InlineData("{\"key\":\"exec\",\"value\":{}}")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public async Task A_hostile_line_of_a_commit_is_refused_and_changes_nothing(string line)
    {
        var before = (await hub.GetJsonAsync("/api/models/victim/tiny", hub.Token))["sha"]!.GetValue<string>();
        using var answer = await hub.SendAsync(HttpMethod.Post, "/api/models/victim/tiny/commit/main", hub.Token, new StringContent(Header + line));
        Assert.True((int)answer.StatusCode is >= 400 and < 500, await RunningHub.DescribeAsync(answer));
        Assert.Equal(before, (await hub.GetJsonAsync("/api/models/victim/tiny", hub.Token))["sha"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_commit_above_a_limit_is_refused_with_the_limit()
    {
        foreach (var body in (string[])[Header + new string('x', 5 << 20), Header + "{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"" + new string('a', 2 << 20) + "\"}}", Header + string.Concat(Enumerable.Range(0, 600).Select(static i => $"{{\"key\":\"deletedFile\",\"value\":{{\"path\":\"f{i}\"}}}}\n")), "{\"key\":\"header\",\"value\":{\"summary\":\"" + new string('s', 100_000) + "\"}}"])
        {
            using var answer = await hub.SendAsync(HttpMethod.Post, "/api/models/victim/tiny/commit/main", hub.Token, new StringContent(body));
            Assert.True((int)answer.StatusCode is 400 or 413, await RunningHub.DescribeAsync(answer));
        }

        // The same without a length that could be looked at first.
        using var chunked = await hub.SendAsync(HttpMethod.Post, "/api/models/victim/tiny/commit/main", hub.Token, new StringContent(Header + new string('x', 5 << 20)), static r => r.Headers.TransferEncodingChunked = true);
        Assert.True((int)chunked.StatusCode is 400 or 413);
    }

    [Theory]
    [InlineData("/api/models?cursor=zz")]
    [InlineData("/api/models?cursor=%00")]
    [InlineData("/api/models?limit=-1&sort=nonsense&direction=x")]
    [InlineData("/api/models?search=%00")]
    [InlineData("/api/models?search=%22%20OR%20*%20NEAR(")]
    [InlineData("/api/models?search=%25_%5C%27%22")]
    [InlineData("/api/models?search=%ED%A0%80")]
    [InlineData("/api/models?filter=%00&author=%00&pipeline_tag=%00")]
    [InlineData("/api/models?author=..%2f..")]
    [InlineData("/api/models/victim/tiny/tree/main?cursor=00")]
    [InlineData("/api/models/victim/tiny/tree/main?cursor=qq&limit=99999999999999")]
    [InlineData("/api/models/victim/tiny/tree/%00")]
    [InlineData("/api/models/victim/tiny/revision/%00")]
    [InlineData("/api/models/victim/tiny/commits/main?p=-1&limit=x")]
    [InlineData("/api/quicksearch?q=%00&limit=x")]
    [InlineData("/api/users/%00/overview")]
    [InlineData("/lfs/objects/AAAA.AAAA")]
    [InlineData("/lfs/objects/%00")]
    [InlineData("/lfs/objects/.")]
    [InlineData("/v/A-%00")]
    [InlineData("/v/../../x")]
    [InlineData("/victim/tiny.git/info/refs?service=git-upload-pack%00")]
    [InlineData("/victim/tiny/resolve/main/%00")]
    public async Task A_hostile_address_is_answered_and_never_with_a_fault(string path)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete])
        {
            using var answer = await hub.SendAsync(method, path, hub.Token, null);
            Assert.True((int)answer.StatusCode < 500, $"{method} {path}: {await RunningHub.DescribeAsync(answer)}");
        }
    }

    [Theory]
    [InlineData("Authorization: Basic !!!")]
    [InlineData("Authorization: Basic " + "AAAA")]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer \u00ff")]
    [InlineData("Authorization: Digest a=b")]
    [InlineData("Range: bytes=" + "-")]
    [InlineData("If-None-Match: \"")]
    [InlineData("Content-Length: -5")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Transfer-Encoding: nonsense")]
    [InlineData("Host: a b")]
    [InlineData("Origin: \u00ff\u00fe")]
    [InlineData("X-Forwarded-Host: evil.example")]
    public async Task A_hostile_header_is_answered_and_never_with_a_fault(string header)
    {
        var answer = await RawAsync($"GET /victim/tiny/resolve/main/.gitattributes HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 [1-4]", answer);
        Assert.DoesNotContain("evil.example", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_Host_cannot_break_a_line_of_an_answer()
    {
        var answer = await RawAsync("GET /api/models?limit=1 HTTP/1.1\r\nHost: evil.example\"><script>\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 [1-4]", answer);
        Assert.DoesNotContain("<script>", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_never_comes_does_not_keep_others_from_being_served()
    {
        var sockets = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                var client = new TcpClient();
                sockets.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, hub.Address.Port, TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"POST /api/models/victim/tiny/commit/main HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {hub.Token}\r\nContent-Length: 1000000\r\n\r\n{{\"key\":")), TestContext.Current.CancellationToken);
            }

            using var answer = await hub.GetAsync("/victim/tiny/resolve/main/.gitattributes");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await hub.CommitAsync(hub.Token, "victim/tiny", ("still.txt", "works"u8.ToArray()));
        }
        finally
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    [Fact]
    public async Task A_compressed_body_is_not_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(new byte[1 << 20], TestContext.Current.CancellationToken);
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await hub.SendAsync(HttpMethod.Post, "/api/models/victim/tiny/commit/main", hub.Token, content);
        Assert.True((int)answer.StatusCode is 400 or 415);
    }

    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, hub.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
