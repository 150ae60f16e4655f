using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Assay.Hub;
using Assay.Hub.Blobs;
using Assay.Protocol.Tests.Xet;
using Assay.Protocol.Xet;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>Uploads by the Xet protocol: what they bring, and what they must not.</summary>
public sealed class XetTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain", false)]
    [InlineData("footer", true)]
    public async Task What_is_uploaded_can_be_committed_and_downloaded(string name, bool footer)
    {
        var up = await BeginAsync("good-" + name);
        var (xorb, content) = Sample(seed: footer ? 11 : 12);
        var body = xorb.Build(footer);
        Assert.True((await JsonAsync(await up.XorbAsync(xorb.Hash, body)))["was_inserted"]!.GetValue<bool>());
        Assert.False((await JsonAsync(await up.XorbAsync(xorb.Hash, body)))["was_inserted"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.OK, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{xorb.Hash}"));
        var part = ContentOf(xorb, content, 1, 3);
        var shard = new ShardBuilder().File(ShardBuilder.Describe(content, (xorb, 0, xorb.Chunks.Count))).File(ShardBuilder.Describe(part, (xorb, 1, 3))).Xorb(xorb).Build(footer);
        Assert.Equal(1, (await JsonAsync(await up.ShardAsync(shard)))["result"]!.GetValue<int>());
        Assert.Equal(0, (await JsonAsync(await up.ShardAsync(shard)))["result"]!.GetValue<int>());

        using (var commit = await hub.SendCommitAsync(up.Token, up.Repository, "main", [Header(), Large("model.bin", content), Large("part.bin", part)]))
            Assert.True(commit.IsSuccessStatusCode, await RunningHub.DescribeAsync(commit));
        Assert.Equal(content, await DownloadAsync(up, "model.bin"));
        Assert.Equal(part, await DownloadAsync(up, "part.bin"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(hub.DataFolder, "xorbs", "staging")));
    }

    [Fact]
    public async Task A_shard_of_what_the_repository_has_already_needs_no_bundle()
    {
        var up = await BeginAsync("held");
        var (xorb, content) = Sample(seed: 21);
        await hub.CommitAsync(up.Token, up.Repository, ("model.bin", content));
        var shard = new ShardBuilder().File(ShardBuilder.Describe(content, (xorb, 0, xorb.Chunks.Count))).Build();
        Assert.Equal(0, (await JsonAsync(await up.ShardAsync(shard)))["result"]!.GetValue<int>());
    }

    [Fact]
    public async Task Another_user_can_use_a_bundle_only_after_he_has_uploaded_it_himself()
    {
        var ada = await BeginAsync("owner");
        var eve = await BeginAsync("stranger");
        var (xorb, content) = Sample(seed: 31);
        var shard = new ShardBuilder().File(ShardBuilder.Describe(content, (xorb, 0, xorb.Chunks.Count))).Xorb(xorb).Build();
        using (var first = await ada.XorbAsync(xorb.Hash, xorb.Build()))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using (var own = await ada.ShardAsync(shard))
            Assert.Equal(HttpStatusCode.OK, own.StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, await eve.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{xorb.Hash}"));
        await RefusedAsync(await eve.ShardAsync(shard), HttpStatusCode.BadRequest, "You have not uploaded the xorb");
        await NotHeldAsync(eve, content);

        // As if it were new: nobody learns from the answer what others have.
        Assert.True((await JsonAsync(await eve.XorbAsync(xorb.Hash, xorb.Build())))["was_inserted"]!.GetValue<bool>());
        using (var second = await eve.ShardAsync(shard))
            Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        using (var commit = await hub.SendCommitAsync(eve.Token, eve.Repository, "main", [Header(), Large("model.bin", content)]))
            Assert.True(commit.IsSuccessStatusCode, await RunningHub.DescribeAsync(commit));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(hub.DataFolder, "xorbs"), xorb.Hash.ToString(), SearchOption.AllDirectories));
    }

    public static TheoryData<string> Shards => [.. ForgedShards.Keys];

    private static Dictionary<string, Func<XorbBuilder, byte[], XetFile>> ForgedShards { get; } = new(StringComparer.Ordinal)
    {
        ["another SHA-256"] = static (xorb, content) => Whole(xorb, content) with { Sha256 = new string('a', 64) },
        ["no SHA-256"] = static (xorb, content) => Whole(xorb, content) with { Sha256 = null },
        ["another file hash"] = static (xorb, content) => Whole(xorb, content) with { Hash = XetTree.HashChunk("x"u8) },
        ["another verification hash"] = static (xorb, content) => Whole(xorb, content) with { Ranges = [XetTree.HashChunk("x"u8)] },
        ["a term that is too short"] = static (xorb, content) => Change(Whole(xorb, content), static t => t with { Length = t.Length - 1 }),
        ["a term that is too long"] = static (xorb, content) => Change(Whole(xorb, content), static t => t with { Length = t.Length + 1 }),
        ["chunks past the end"] = static (xorb, content) => Change(Whole(xorb, content), static t => t with { EndChunk = t.EndChunk + 1 }),
        ["a bundle that is not there"] = static (xorb, content) => Change(Whole(xorb, content), static t => t with { Xorb = XetTree.HashChunk("y"u8) }),
    };

    [Theory]
    [MemberData(nameof(Shards))]
    public async Task A_shard_that_is_not_true_brings_nothing(string kind)
    {
        var up = await BeginAsync("forged-" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(kind)))[..8]);
        var (xorb, content) = Sample(seed: 41 + kind.Length);
        using (var first = await up.XorbAsync(xorb.Hash, xorb.Build()))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var file = ForgedShards[kind](xorb, content);
        await RefusedAsync(await up.ShardAsync(new ShardBuilder().File(file).Build()), HttpStatusCode.BadRequest, "");
        await NotHeldAsync(up, content);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(hub.DataFolder, "blobs", "staging")));
        // Its honest twin.
        using var good = await up.ShardAsync(new ShardBuilder().File(Whole(xorb, content)).Build());
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Fact]
    public async Task A_shard_that_repeats_a_little_into_a_lot_is_refused_before_any_work()
    {
        var up = await BeginAsync("bomb");
        var xorb = new XorbBuilder();
        for (var i = 0; i < 64; i++)
            xorb.Add(new byte[XorbReader.MaxChunkLength], XorbScheme.Lz4);
        using (var first = await up.XorbAsync(xorb.Hash, xorb.Build()))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var term = new XetTerm(xorb.Hash, 64 * XorbReader.MaxChunkLength, 0, 64);
        // 23 GiB of 34 kB, and then more than any file may have.
        foreach (var (times, words) in new[] { (2900, "by repeating them"), (65_000, "Files may have up to") })
        {
            var file = new XetFile(XetTree.HashChunk("x"u8), [.. Enumerable.Repeat(term, times)], [], new string('b', 64));
            await RefusedAsync(await up.ShardAsync(new ShardBuilder().File(file).Build()), HttpStatusCode.RequestEntityTooLarge, words);
        }

        // Three times is honest.
        var content = new byte[3 * 64 * XorbReader.MaxChunkLength];
        using var good = await up.ShardAsync(new ShardBuilder().File(ShardBuilder.Describe(content, (xorb, 0, 64), (xorb, 0, 64), (xorb, 0, 64))).Build());
        Assert.True(good.IsSuccessStatusCode, await RunningHub.DescribeAsync(good));
    }

    [Fact]
    public async Task A_bundle_that_is_not_what_its_name_says_is_not_kept()
    {
        var up = await BeginAsync("xorbs");
        var (xorb, _) = Sample(seed: 61);
        var bytes = xorb.Build();
        var changed = bytes.ToArray();
        changed[^1] ^= 1;
        foreach (var body in new[] { [], bytes[..^1], bytes[..9], changed, [.. bytes, 0], [.. bytes, .. bytes] })
            await RefusedAsync(await up.XorbAsync(xorb.Hash, body), HttpStatusCode.BadRequest, "");
        await RefusedAsync(await up.SendAsync(HttpMethod.Post, $"/xet/v1/xorbs/other/{xorb.Hash}", bytes), HttpStatusCode.BadRequest, "default/");
        await RefusedAsync(await up.SendAsync(HttpMethod.Post, "/xet/v1/xorbs/default/..%2F..%2Fhub.db", bytes), HttpStatusCode.BadRequest, "default/");
        Assert.Equal(HttpStatusCode.NotFound, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{xorb.Hash}"));
        // Whatever follows the chunks is read and forgotten, up to a limit.
        var endless = new byte[XorbReader.MaxUploadLength];
        bytes.CopyTo(endless, 0);
        "XETBLOB"u8.CopyTo(endless.AsSpan(bytes.Length));
        await RefusedAsync(await up.XorbAsync(xorb.Hash, [.. endless, 0]), HttpStatusCode.RequestEntityTooLarge, "");
        Assert.Equal(HttpStatusCode.NotFound, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{xorb.Hash}"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(hub.DataFolder, "xorbs", "staging")));
    }

    [Fact]
    public async Task Bytes_that_are_no_shard_are_refused()
    {
        var up = await BeginAsync("noshard");
        var (xorb, content) = Sample(seed: 71);
        var shard = new ShardBuilder().File(Whole(xorb, content)).Xorb(xorb).Build();
        foreach (var body in new[] { [], "hello"u8.ToArray(), shard[..^1], shard[..100] })
            await RefusedAsync(await up.ShardAsync(body), HttpStatusCode.BadRequest, "shard");
    }

    [Fact]
    public async Task Without_a_token_of_the_hub_nothing_is_taken()
    {
        var up = await BeginAsync("tokens");
        var (xorb, _) = Sample(seed: 81);
        var signer = hub.Services.GetRequiredService<UrlSigner>();
        var now = hub.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var middle = up.Access.Length / 2;
        string?[] tokens =
        [
            null,
            up.Token,
            "xet_",
            "xet_x.y",
            up.Access[..middle] + (up.Access[middle] == 'A' ? 'B' : 'A') + up.Access[(middle + 1)..],
            "xet_" + signer.Sign(new Grant("xet", "r", "u", "", 0, now.AddSeconds(-1))),
            "xet_" + signer.Sign(new Grant("put", "r", "u", "", 0, now.AddHours(1))),
        ];
        foreach (var token in tokens)
        {
            using var answer = await hub.SendAsync(HttpMethod.Post, $"/xet/v1/xorbs/default/{xorb.Hash}", token, new ByteArrayContent(xorb.Build()));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            using var shard = await hub.SendAsync(HttpMethod.Post, "/xet/v1/shards", token, new ByteArrayContent([]));
            Assert.Equal(HttpStatusCode.Unauthorized, shard.StatusCode);
        }

        // And the token of an upload is good for nothing else.
        using var elsewhere = await hub.GetAsync("/api/whoami-v2", up.Access);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_given_to_those_who_may_write_to_a_branch_that_is_there()
    {
        var up = await BeginAsync("given");
        var stranger = await hub.CreateUserAsync("given-not");
        using (var answer = await hub.GetAsync($"/api/models/{up.Repository}/xet-write-token/main", up.Token))
        {
            var body = (await RunningHub.ReadJsonAsync(answer))!;
            Assert.Equal(body["casUrl"]!.GetValue<string>(), answer.Headers.GetValues("X-Xet-Cas-Url").Single());
            Assert.Equal(body["accessToken"]!.GetValue<string>(), answer.Headers.GetValues("X-Xet-Access-Token").Single());
            Assert.Equal(body["exp"]!.ToJsonString(), answer.Headers.GetValues("X-Xet-Token-Expiration").Single());
            Assert.Equal(new Uri(hub.Address, "/xet").ToString(), body["casUrl"]!.GetValue<string>());
        }

        foreach (var (path, token, status) in new (string, string?, HttpStatusCode)[]
        {
            ("xet-write-token/None?create_pr=1", up.Token, HttpStatusCode.OK),
            ("xet-write-token/refs%2Fheads%2Fmain", up.Token, HttpStatusCode.OK),
            ("xet-write-token/None", up.Token, HttpStatusCode.NotFound),
            ("xet-write-token/main", null, HttpStatusCode.Unauthorized),
            ("xet-write-token/main", stranger, HttpStatusCode.Forbidden),
            ("xet-read-token/main", up.Token, HttpStatusCode.NotFound),
        })
        {
            using var answer = await hub.GetAsync($"/api/models/{up.Repository}/{path}", token);
            Assert.True(status == answer.StatusCode, $"{path}: {await RunningHub.DescribeAsync(answer)}");
        }
    }

    [Fact]
    public async Task Nothing_is_given_out_and_telemetry_is_thrown_away()
    {
        var up = await BeginAsync("absent");
        var (xorb, content) = Sample(seed: 91);
        using (var first = await up.XorbAsync(xorb.Hash, xorb.Build()))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        foreach (var (method, path, status) in new (HttpMethod, string, HttpStatusCode)[]
        {
            (HttpMethod.Get, $"/xet/v1/xorbs/default/{xorb.Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Get, $"/xet/v1/chunks/default-merkledb/{xorb.Chunks[0].Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Head, $"/xet/v1/files/{Whole(xorb, content).Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Get, $"/xet/v2/file-chunk-hashes/{Whole(xorb, content).Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Get, $"/xet/v1/reconstructions/{Whole(xorb, content).Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Post, "/xet/v2/shards", HttpStatusCode.NotFound),
            (HttpMethod.Post, $"/xet/v1/xorb-grants/default/{xorb.Hash}", HttpStatusCode.NotFound),
            (HttpMethod.Post, "/xet/v1/telemetry", HttpStatusCode.NoContent),
            (HttpMethod.Post, "/v1/telemetry", HttpStatusCode.NoContent),
        })
        {
            Assert.True(status == await up.StatusAsync(method, path), path);
        }
    }

    [Fact]
    public async Task Bundles_that_nobody_has_used_for_long_are_swept_away()
    {
        var up = await BeginAsync("old");
        var other = await BeginAsync("young");
        var (mine, _) = Sample(seed: 101);
        var (shared, content) = Sample(seed: 102);
        foreach (var (sender, xorb) in new[] { (up, mine), (up, shared), (other, shared) })
        {
            using var answer = await sender.XorbAsync(xorb.Hash, xorb.Build());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await using (var db = await hub.OpenDatabaseAsync())
        {
            var long_ago = DateTimeOffset.UtcNow - hub.Services.GetRequiredService<HubOptions>().XorbRetention - TimeSpan.FromHours(1);
            var owner = (await db.Accounts.FirstAsync(static a => a.Key == "xet-old", Cancellation)).Id;
            Assert.Equal(2, await db.Xorbs.Where(x => x.UserId == owner).ExecuteUpdateAsync(u => u.SetProperty(static x => x.UsedAt, long_ago), Cancellation));
        }

        var swept = await hub.Services.GetRequiredService<XetIntake>().SweepAsync(Cancellation);
        Assert.Equal((1, mine.Build().Length + ((mine.Chunks.Count + 1) * 4L)), swept);
        Assert.Equal(HttpStatusCode.NotFound, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{mine.Hash}"));
        Assert.Equal(HttpStatusCode.NotFound, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{shared.Hash}"));
        Assert.Equal(HttpStatusCode.OK, await other.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{shared.Hash}"));
        using var shard = await other.ShardAsync(new ShardBuilder().File(Whole(shared, content)).Build());
        Assert.Equal(HttpStatusCode.OK, shard.StatusCode);
    }

    [Fact]
    public async Task A_damaged_bundle_is_discarded_and_then_uploaded_again()
    {
        var up = await BeginAsync("rotten");
        var (rotten, content) = Sample(seed: 111);
        var (sound, _) = Sample(seed: 112);
        foreach (var xorb in new[] { rotten, sound })
        {
            using var answer = await up.XorbAsync(xorb.Hash, xorb.Build());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var path = Directory.EnumerateFiles(Path.Combine(hub.DataFolder, "xorbs"), rotten.Hash.ToString(), SearchOption.AllDirectories).Single();
        var whole = await File.ReadAllBytesAsync(path, Cancellation);
        File.SetAttributes(path, FileAttributes.Normal);
        var intake = hub.Services.GetRequiredService<XetIntake>();
        foreach (var place in new[] { 20, whole.Length - 6, whole.Length - 1 })
        {
            var changed = whole.ToArray();
            changed[place] ^= 1;
            await File.WriteAllBytesAsync(path, changed, Cancellation);
            Assert.Equal([rotten.Hash.ToString()], await intake.VerifyAsync(null, Cancellation));
        }

        var discarded = new HashSet<string>(StringComparer.Ordinal);
        await intake.VerifyAsync(discarded, Cancellation);
        Assert.Equal([rotten.Hash.ToString()], discarded);
        Assert.Equal(HttpStatusCode.NotFound, await up.StatusAsync(HttpMethod.Head, $"/xet/v1/xorbs/default/{rotten.Hash}"));
        await RefusedAsync(await up.ShardAsync(new ShardBuilder().File(Whole(rotten, content)).Build()), HttpStatusCode.BadRequest, "You have not uploaded the xorb");
        using (var again = await up.XorbAsync(rotten.Hash, rotten.Build()))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Empty(await intake.VerifyAsync(null, Cancellation));
        using var shard = await up.ShardAsync(new ShardBuilder().File(Whole(rotten, content)).Build());
        Assert.Equal(HttpStatusCode.OK, shard.StatusCode);
    }

    // Five chunks, in all three forms.
    private static (XorbBuilder Xorb, byte[] Content) Sample(int seed)
    {
        var xorb = new XorbBuilder();
        var content = new List<byte>();
        byte[][] chunks = [XetSamples.Noise(70_000, seed), XetSamples.Words(100_001, seed), XetSamples.Floats(50_003, seed), XetSamples.Noise(1, seed), XetSamples.Noise(131_072, seed + 1)];
        XorbScheme[] schemes = [XorbScheme.None, XorbScheme.Lz4, XorbScheme.Grouped4Lz4, XorbScheme.None, XorbScheme.None];
        for (var i = 0; i < chunks.Length; i++)
        {
            xorb.Add(chunks[i], schemes[i]);
            content.AddRange(chunks[i]);
        }

        return (xorb, [.. content]);
    }

    private static XetFile Whole(XorbBuilder xorb, byte[] content) => ShardBuilder.Describe(content, (xorb, 0, xorb.Chunks.Count));

    private static XetFile Change(XetFile file, Func<XetTerm, XetTerm> change) => file with { Terms = [.. file.Terms.Select(change)] };

    private static byte[] ContentOf(XorbBuilder xorb, byte[] content, int first, int end)
    {
        var from = xorb.Chunks.Take(first).Sum(static c => c.Length);
        return content.AsSpan(from, xorb.Chunks.Skip(first).Take(end - first).Sum(static c => c.Length)).ToArray();
    }

    private static JsonObject Header() => new() { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "Upload", ["description"] = "" } };

    private static JsonObject Large(string path, byte[] content) => new()
    {
        ["key"] = "lfsFile",
        ["value"] = new JsonObject { ["path"] = path, ["algo"] = "sha256", ["oid"] = Convert.ToHexStringLower(SHA256.HashData(content)), ["size"] = content.Length },
    };

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
            return (await RunningHub.ReadJsonAsync(answer))!;
        }
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string words)
    {
        using (answer)
        {
            var told = await RunningHub.DescribeAsync(answer);
            Assert.True(status == answer.StatusCode, told);
            Assert.Contains(words, told, StringComparison.Ordinal);
        }
    }

    private async Task NotHeldAsync(Uploader up, byte[] content)
    {
        using var commit = await hub.SendCommitAsync(up.Token, up.Repository, "main", [Header(), Large("model.bin", content)]);
        Assert.Equal(HttpStatusCode.BadRequest, commit.StatusCode);
        Assert.Contains("was not uploaded", await RunningHub.DescribeAsync(commit), StringComparison.Ordinal);
    }

    private async Task<byte[]> DownloadAsync(Uploader up, string path)
    {
        using var answer = await hub.GetAsync($"/{up.Repository}/resolve/main/{path}", up.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    private async Task<Uploader> BeginAsync(string name)
    {
        var token = await hub.CreateUserAsync("xet-" + name);
        var repository = $"xet-{name}/model";
        await hub.CreateRepositoryAsync(token, repository);
        var access = (await hub.GetJsonAsync($"/api/models/{repository}/xet-write-token/main", token))["accessToken"]!.GetValue<string>();
        return new Uploader(hub, token, repository, access);
    }

    private sealed record Uploader(RunningHub Hub, string Token, string Repository, string Access)
    {
        public Task<HttpResponseMessage> XorbAsync(XetHash hash, byte[] body) => SendAsync(HttpMethod.Post, $"/xet/v1/xorbs/default/{hash}", body);

        public Task<HttpResponseMessage> ShardAsync(byte[] body) => SendAsync(HttpMethod.Post, "/xet/v1/shards", body);

        public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body) => Hub.SendAsync(method, path, Access, body is null ? null : new ByteArrayContent(body));

        public async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path)
        {
            using var answer = await SendAsync(method, path, method == HttpMethod.Post ? [1, 2, 3] : null);
            return answer.StatusCode;
        }
    }
}
