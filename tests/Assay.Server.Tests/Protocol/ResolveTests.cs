using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay.Server.Tests.Protocol;

/// <summary>Downloads: headers, ranges, validators, and paths as they stand on the wire.</summary>
public sealed class ResolveTests(RunningHub hub) : IClassFixture<RunningHub>, IAsyncLifetime
{
    private static readonly byte[] Large = Bytes(300_000, 1);
    private static readonly byte[] Small = Encoding.UTF8.GetBytes("{\"model_type\":\"bert\",\"n\":12345}");
    private static readonly SemaphoreSlim Once = new(1);
    private static string? _commit;

    private static string Commit => _commit!;

    public async ValueTask InitializeAsync()
    {
        await Once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_commit is not null)
                return;
            var token = await hub.CreateUserAsync("range");
            await hub.CreateRepositoryAsync(token, "range/files");
            var commit = await hub.CommitAsync(
                token, "range/files", ("config.json", Small), ("empty.txt", []), ("w/model.bin", Large), ("page.html", "<script>alert(1)</script>"u8.ToArray()), ("pic.svg", "<svg/>"u8.ToArray()),
                ("run.js", "1"u8.ToArray()), ("100%.txt", "percent"u8.ToArray()), ("a+b c.txt", "plus"u8.ToArray()), ("ü/ñ#?.txt", "odd"u8.ToArray()), ("%2e%2e.txt", "not dots"u8.ToArray()), ("\"q\".txt", "quotes"u8.ToArray()));
            Assert.Equal("admitted", commit["assay"]?["state"]?.GetValue<string>());
            await hub.PostAsync("/api/models/range/files/branch/feat%2Fx", token, new JsonObject());
            _commit = commit["commitOid"]!.GetValue<string>();
        }
        finally
        {
            Once.Release();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("config.json", "application/json", false)]
    [InlineData("w/model.bin", "application/octet-stream", true)]
    [InlineData("empty.txt", "text/plain; charset=utf-8", false)]
    [InlineData("page.html", "text/plain; charset=utf-8", false)]
    [InlineData("pic.svg", "text/plain; charset=utf-8", false)]
    [InlineData("run.js", "text/plain; charset=utf-8", false)]
    public async Task HEAD_has_the_headers_of_GET_and_all_that_clients_need(string path, string type, bool isLarge)
    {
        using var get = await hub.GetAsync("/range/files/resolve/main/" + path);
        using var head = await hub.SendAsync(HttpMethod.Head, "/range/files/resolve/main/" + path, null, null, static r => r.Headers.AcceptEncoding.ParseAdd("identity"));
        var body = await get.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(body.Length, head.Content.Headers.ContentLength);
        Assert.Equal(Commit, One(head, "X-Repo-Commit"));
        Assert.Equal(type, head.Content.Headers.ContentType?.ToString());
        Assert.Equal("nosniff", One(head, "X-Content-Type-Options"));
        Assert.Contains("sandbox", One(head, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(isLarge, head.Headers.Contains("X-Linked-ETag"));
        Assert.DoesNotContain(head.Headers, static h => h.Key.StartsWith("X-Xet", StringComparison.OrdinalIgnoreCase));
        string[] varying = ["Date", "X-Request-Id", "RateLimit"];
        static string Line(KeyValuePair<string, IEnumerable<string>> h) => $"{h.Key}: {string.Join(", ", h.Value)}";
        Assert.Equal(
            get.Headers.Concat(get.Content.Headers).Where(h => !varying.Contains(h.Key, StringComparer.OrdinalIgnoreCase)).Select(Line).Order(StringComparer.Ordinal),
            head.Headers.Concat(head.Content.Headers).Where(h => !varying.Contains(h.Key, StringComparer.OrdinalIgnoreCase)).Select(Line).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_tag_is_the_content_id_of_tree_and_paths_info()
    {
        var tree = (await hub.GetJsonAsync("/api/models/range/files/tree/main?recursive=true")).AsArray();
        foreach (var path in (string[])["config.json", "w/model.bin"])
        {
            using var head = await hub.SendAsync(HttpMethod.Head, "/range/files/resolve/main/" + path, null, null);
            var entry = tree.Single(e => e!["path"]!.GetValue<string>() == path)!;
            var id = entry["lfs"]?["oid"]?.GetValue<string>() ?? entry["oid"]!.GetValue<string>();
            Assert.Equal($"\"{id}\"", head.Headers.ETag?.ToString());
            using var answer = await hub.SendAsync(HttpMethod.Post, "/api/models/range/files/paths-info/main", null, new FormUrlEncodedContent([new("paths", path), new("paths", "missing"), new("expand", "True")]));
            var info = Assert.Single((await RunningHub.ReadJsonAsync(answer))!.AsArray())!;
            Assert.Equal(entry["oid"]!.GetValue<string>(), info["oid"]!.GetValue<string>());
            Assert.Equal(head.Content.Headers.ContentLength, info["size"]!.GetValue<long>());
        }
    }

    public static TheoryData<string, int, int, int> Ranges() => new()
    {
        { "bytes=0-0", 206, 0, 1 },
        { "bytes=0-99", 206, 0, 100 },
        { "bytes=100-", 206, 100, 299_900 },
        { "bytes=-5", 206, 299_995, 5 },
        { "bytes=-9999999", 206, 0, 300_000 },
        { "bytes=299999-299999", 206, 299_999, 1 },
        { "bytes=299990-9999999", 206, 299_990, 10 },
        { "bytes=0-9223372036854775807", 206, 0, 300_000 },
        { "bytes=300000-", 416, 0, 0 },
        { "bytes=-0", 416, 0, 0 },
        { "bytes=9223372036854775806-9223372036854775807", 416, 0, 0 },
        { "bytes=5-4", 200, 0, 300_000 },
        { "bytes=a-b", 200, 0, 300_000 },
        { "bytes=", 200, 0, 300_000 },
        { "bytes=0-1,5-6", 200, 0, 300_000 },
        { "bytes=99999999999999999999-", 200, 0, 300_000 },
        { "items=0-1", 200, 0, 300_000 },
        { "nonsense", 200, 0, 300_000 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_range_is_served_exactly_clipped_refused_or_ignored(string range, int status, int start, int length)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
        {
            using var answer = await hub.SendAsync(method, "/range/files/resolve/main/w/model.bin", null, null, r => r.Headers.TryAddWithoutValidation("Range", range));
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(Commit, One(answer, "X-Repo-Commit"));
            var body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            if (status == 416)
            {
                Assert.Equal("bytes */300000", answer.Content.Headers.ContentRange?.ToString());
                Assert.Empty(body);
                continue;
            }

            Assert.Equal(length, answer.Content.Headers.ContentLength);
            if (method == HttpMethod.Get)
                Assert.Equal(Large.AsSpan(start, length).ToArray(), body);
            if (status == 206)
                Assert.Equal($"bytes {start}-{start + length - 1}/300000", answer.Content.Headers.ContentRange?.ToString());
            else
                Assert.Null(answer.Content.Headers.ContentRange);
        }
    }

    [Fact]
    public async Task Random_ranges_are_the_bytes_that_they_name()
    {
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 60; i++)
        {
            var from = random.Next(Large.Length);
            var to = random.Next(from, Large.Length);
            using var answer = await hub.SendAsync(HttpMethod.Get, "/range/files/resolve/main/w/model.bin", null, null, r => r.Headers.Range = new RangeHeaderValue(from, to));
            var body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.True(Large.AsSpan(from, to - from + 1).SequenceEqual(body), $"seed {seed}: {from}-{to}");
        }
    }

    [Fact]
    public async Task Trap_19_a_range_of_an_empty_file_is_200_with_a_size()
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, "/range/files/resolve/main/empty.txt", null, null, static r => r.Headers.Range = new RangeHeaderValue(0, 0));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("bytes */0", One(answer.Content, "Content-Range"));
        Assert.Equal(0, answer.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    public async Task Who_has_the_content_gets_304_with_the_commit(string template, int status)
    {
        using var first = await hub.GetAsync("/range/files/resolve/main/config.json");
        var tag = first.Headers.ETag!.ToString();
        using var answer = await hub.SendAsync(HttpMethod.Get, "/range/files/resolve/main/config.json", null, null, r => r.Headers.TryAddWithoutValidation("If-None-Match", string.Format(CultureInfo.InvariantCulture, template, tag)));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(tag, answer.Headers.ETag!.ToString());
        Assert.Equal(Commit, One(answer, "X-Repo-Commit"));
    }

    [Fact]
    public async Task A_resumed_download_of_a_file_that_changed_starts_anew()
    {
        using var first = await hub.SendAsync(HttpMethod.Head, "/range/files/resolve/main/w/model.bin", null, null);
        foreach (var (tag, status) in ((string, int)[])[(first.Headers.ETag!.ToString(), 206), ("\"old\"", 200)])
        {
            using var answer = await hub.SendAsync(HttpMethod.Get, "/range/files/resolve/main/w/model.bin", null, null, r =>
            {
                r.Headers.Range = new RangeHeaderValue(10, 19);
                r.Headers.TryAddWithoutValidation("If-Range", tag);
            });
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("main", "no-cache")]
    [InlineData("commit", "public, max-age=31536000, immutable")]
    public async Task Only_what_is_named_by_its_commit_may_be_kept(string name, string expected)
    {
        using var answer = await hub.GetAsync($"/range/files/resolve/{(name == "commit" ? Commit : name)}/config.json");
        Assert.Equal(expected, One(answer, "Cache-Control"));
    }

    [Fact]
    public async Task Raw_gives_the_pointer_of_a_large_file_under_its_git_id()
    {
        using var answer = await hub.GetAsync("/range/files/raw/main/w/model.bin");
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Large));
        Assert.Equal($"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 300000\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var entry = (await hub.GetJsonAsync("/api/models/range/files/tree/main/w"))[0]!;
        Assert.Equal($"\"{entry["oid"]!.GetValue<string>()}\"", answer.Headers.ETag?.ToString());
        Assert.False(answer.Headers.Contains("X-Linked-ETag"));
    }

    [Fact]
    public async Task Traps_4_and_47_nothing_is_compressed_and_sizes_agree()
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, "/range/files/resolve/main/config.json", null, null, static r => r.Headers.AcceptEncoding.ParseAdd("gzip, deflate, br"));
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal(Small, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nothing.json")]
    [InlineData("w")]
    [InlineData("config.json/x")]
    public async Task Trap_9_a_missing_file_says_in_which_commit(string path)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
        {
            using var answer = await hub.SendAsync(method, "/range/files/resolve/main/" + path, null, null);
            Assert.Equal((404, "EntryNotFound", Commit), ((int)answer.StatusCode, One(answer, "X-Error-Code"), One(answer, "X-Repo-Commit")));
        }
    }

    /// <summary>Paths exactly as they stand on the wire, and what they name.</summary>
    [Theory]
    [InlineData("/range/files/resolve/main/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/main/100%.txt", "percent")]
    [InlineData("/range/files/resolve/main/a+b%20c.txt", "plus")]
    [InlineData("/range/files/resolve/main/a%2Bb%20c.txt", "plus")]
    [InlineData("/range/files/resolve/main/%C3%BC/%C3%B1%23%3F.txt", "odd")]
    [InlineData("/range/files/resolve/main/%c3%bc%2F%c3%b1%23%3f.txt", "odd")]
    [InlineData("/range/files/resolve/main/%252e%252e.txt", "not dots")]
    [InlineData("/range/files/resolve/main/%22q%22.txt", "quotes")]
    [InlineData("/range/files/resolve/feat%2Fx/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/feat/x/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/refs%2Fheads%2Fmain/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/refs/heads/feat/x/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/HEAD/100%25.txt", "percent")]
    [InlineData("/range/files/resolve/main/100%25.txt?download=true", "percent")]
    [InlineData("/range/files/resolve/main/../../../../etc/passwd", null)]
    [InlineData("/range/files/resolve/main/%2e%2e/%2e%2e/%2e%2e/etc/passwd", null)]
    [InlineData("/range/files/resolve/main/..%2f..%2f..%2fetc%2fpasswd", null)]
    [InlineData("/range/files/resolve/main/w/%2e%2e/100%25.txt", null)]
    [InlineData("/range/files/resolve/main/./100%25.txt", null)]
    [InlineData("/range/files/resolve/main//100%25.txt", null)]
    [InlineData("/range/files/resolve/main/100%25.txt%00", null)]
    [InlineData("/range/files/resolve/main/100%2525.txt", null)]
    [InlineData("/range/files/resolve/main/w\\model.bin", null)]
    [InlineData("/range/files/resolve/main/W/model.bin", null)]
    [InlineData("/range/files/resolve/main/%FF%FE", null)]
    [InlineData("/range/../range/files/resolve/main/100%25.txt", null)]
    [InlineData("/range/%2e%2e/files/resolve/main/config.json", null)]
    public async Task Traps_1_and_2_each_segment_is_decoded_once_and_judged_afterwards(string target, string? content)
    {
        var (status, body) = await RawAsync("GET", target);
        if (content is null)
            Assert.InRange(status, 400, 404);
        else
            Assert.Equal((200, content), (status, body));
    }

    [Fact]
    public async Task No_target_of_any_form_gets_more_than_the_repository()
    {
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        string[] pieces = ["/", "//", ".", "..", "%2e", "%2F", "%5c", "\\", "%00", "%", "%%", "%zz", "%u002e", "%c0%ae", "%ff", "range", "files", "resolve", "main", "HEAD", "refs", "heads", "raw", "config.json", "api", "models", "tree", "revision", "datasets", "~", ";", ":", "@", "*", "[", "]", "\u00fc", "%E2%80%AE", "?", "&", "=", "a", ".git", "info", "lfs", "w"];
        for (var i = 0; i < 400; i++)
        {
            var target = new StringBuilder(random.Next(3) == 0 ? "/range/files/resolve/main/" : "/");
            for (var n = random.Next(1, 12); n > 0; n--)
                target.Append(pieces[random.Next(pieces.Length)]);
            var (status, body) = await RawAsync("GET", target.ToString());
            Assert.True(status is >= 200 and < 500, $"seed {seed}: {target} gave {status}");
            Assert.DoesNotContain("root:", body, StringComparison.Ordinal);
        }
    }

    private async Task<(int Status, string Body)> RawAsync(string method, string target)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, hub.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{hub.Address.Port}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture), end < 0 ? "" : answer[(end + 4)..]);
    }

    private static string One(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : One(answer.Content, name);

    private static string One(HttpContent content, string name) => content.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }
}
