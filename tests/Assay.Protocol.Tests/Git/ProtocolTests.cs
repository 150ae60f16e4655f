using System.Text;
using Assay.Protocol.Git;

namespace Assay.Protocol.Tests.Git;

public sealed class ProtocolTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0000", "Flush")]
    [InlineData("0001", "Delimiter")]
    [InlineData("0002", "ResponseEnd")]
    [InlineData("", "End")]
    [InlineData("0004", "Data:")]
    [InlineData("0006a\n", "Data:a")]
    [InlineData("0006\n\n", "Data:\n")]
    [InlineData("000Aabcdef", "Data:abcdef")]
    [InlineData("0003", null)]
    [InlineData("000", null)]
    [InlineData("0006a", null)]
    [InlineData("fff1", null)]
    [InlineData("-001", null)]
    [InlineData("0x10", null)]
    [InlineData(" 005a", null)]
    public async Task A_packet_is_read_as_git_writes_it(string text, string? expected)
    {
        using var reader = new PktLineReader(new MemoryStream(Encoding.ASCII.GetBytes(text)), 100);
        if (expected is null)
        {
            await Assert.ThrowsAsync<GitProtocolException>(async () => await reader.ReadAsync(Cancellation));
            return;
        }

        var kind = await reader.ReadAsync(Cancellation);
        Assert.Equal(expected, kind == PktKind.Data ? "Data:" + Encoding.ASCII.GetString(reader.Line.Span) : kind.ToString());
    }

    [Fact]
    public async Task The_longest_packet_comes_back_and_a_request_that_is_too_long_does_not()
    {
        using var stream = new MemoryStream();
        using var writer = new PktLineWriter(stream);
        var content = new byte[PktLineWriter.MaxBandContent];
        Random.Shared.NextBytes(content);
        for (var i = 0; i < 3; i++)
            await writer.WriteBandAsync(1, content, Cancellation);
        await writer.WriteFlushAsync(Cancellation);
        await writer.SendAsync(Cancellation);
        Assert.Equal((3 * PktLineWriter.MaxPacket) + 4, stream.Length);
        Assert.Equal(stream.Length, writer.Written);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.WriteBandAsync(1, new byte[content.Length + 1], Cancellation));

        stream.Position = 0;
        using (var reader = new PktLineReader(stream, stream.Length))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(PktKind.Data, await reader.ReadAsync(Cancellation));
                Assert.Equal(content[..^1], reader.Line[1..(content.Length)].ToArray());
            }

            Assert.Equal(PktKind.Flush, await reader.ReadAsync(Cancellation));
            Assert.Equal(PktKind.End, await reader.ReadAsync(Cancellation));
        }

        stream.Position = 0;
        using var bounded = new PktLineReader(stream, stream.Length - 1);
        await Assert.ThrowsAsync<GitProtocolException>(async () =>
        {
            while (await bounded.ReadAsync(Cancellation) != PktKind.End)
            {
                // Until the bound is met.
            }
        });
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("version=0", 0)]
    [InlineData("version=1", 1)]
    [InlineData("version=2", 2)]
    [InlineData("version=1:version=2:side=3", 2)]
    [InlineData("version=2:version=1", 2)]
    [InlineData("version=3", 0)]
    [InlineData("version=22", 0)]
    public void The_version_is_the_highest_that_both_speak(string? header, int expected) => Assert.Equal(expected, UploadPack.VersionOf(header));

    [Theory]
    [InlineData("blob:none", true, 0L)]
    [InlineData("tree:0", false, 0L)]
    [InlineData("blob:limit=0", true, 0L)]
    [InlineData("blob:limit=12", true, 12L)]
    [InlineData("blob:limit=2k", true, 2048L)]
    [InlineData("blob:limit=3M", true, 3145728L)]
    [InlineData("blob:limit=1g", true, 1073741824L)]
    [InlineData("blob:limit=9223372036854775807g", null, 0L)]
    [InlineData("blob:limit=-1", null, 0L)]
    [InlineData("blob:limit=", null, 0L)]
    [InlineData("blob:limit=1kk", null, 0L)]
    [InlineData("tree:1", null, 0L)]
    [InlineData("combine:blob:none+tree:0", null, 0L)]
    [InlineData("", null, 0L)]
    public void A_filter_is_known_or_refused(string text, bool? trees, long limit)
    {
        var known = GitFilter.TryParse(Encoding.ASCII.GetBytes(text), out var filter);
        Assert.Equal(trees is not null, known);
        if (trees is { } expected)
            Assert.Equal(new GitFilter(expected, limit), filter);
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("0123456789ABCDEF0123456789abcdef01234567", true)]
    [InlineData("0123456789abcdef0123456789abcdef0123456", false)]
    [InlineData("0123456789abcdef0123456789abcdef012345678", false)]
    [InlineData("0123456789abcdef0123456789abcdef0123456g", false)]
    [InlineData("é123456789abcdef0123456789abcdef01234567", false)]
    [InlineData(null, false)]
    public void An_id_has_forty_digits(string? text, bool expected)
    {
        Assert.Equal(expected, GitId.TryParse(text, out var id));
        if (expected)
            Assert.Equal(text!.ToLowerInvariant(), id.ToString());
    }

    [Fact]
    public async Task A_pack_is_one_that_git_takes()
    {
        using var repository = new GitRepository();
        var path = Path.Combine(repository.Path, "own.pack");
        byte[][] contents = [[], "a"u8.ToArray(), new byte[15], new byte[16], new byte[2047], new byte[2048], new byte[1_000_000]];
        for (var i = 0; i < contents.Length; i++)
            new Random(i).NextBytes(contents[i]);
        await using (var file = File.Create(path))
        await using (var pack = new GitPackWriter(file, (uint)contents.Length + 1))
        {
            foreach (var content in contents)
                await pack.WriteBlobAsync(new GitBlob(content.Length, new MemoryStream(content)), Cancellation);
            await pack.WriteAsync(GitObjectType.Tree, ReadOnlyMemory<byte>.Empty, Cancellation);
            await pack.FinishAsync(Cancellation);
        }

        repository.Git("index-pack", "--strict", path);
        var listed = repository.Git("verify-pack", "-v", path);
        foreach (var content in contents)
            Assert.Contains($"{GitObjects.IdOf(GitObjectType.Blob, content)} blob", listed, StringComparison.Ordinal);
        Assert.Contains($"{GitObjects.EmptyTree} tree", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_file_passes_without_being_held()
    {
        const long Length = 200L << 20;
        await using var pack = new GitPackWriter(Stream.Null, 1);
        // Nothing waits here, so that all of it happens on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var writing = pack.WriteBlobAsync(new GitBlob(Length, new ZeroStream(Length)), Cancellation);
        Assert.True(writing.IsCompletedSuccessfully);
        await writing;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(5, 4)]
    public async Task A_blob_of_another_length_than_announced_makes_no_pack(int announced, int length)
    {
        await using var pack = new GitPackWriter(new MemoryStream(), 1);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await pack.WriteBlobAsync(new GitBlob(announced, new MemoryStream(new byte[length])), Cancellation));
    }

    [Theory]
    [InlineData(2, "command=fetch|object-format=sha256|+|want $main|done|.", "SHA-1")]
    [InlineData(2, "command=fetch|+|want $main|filter tree:1|done|.", "Filters known here")]
    [InlineData(2, "command=fetch|+|want $main|deepen 0|done|.", "depth")]
    [InlineData(2, "command=fetch|+|want $main|deepen 1|deepen-since 5|done|.", "depth and for a time")]
    [InlineData(2, "command=fetch|+|want $main|deepen-since 9999999999|done|.", "as new")]
    [InlineData(2, "command=fetch|+|want $main|deepen-not nothing|done|.", "does not exist")]
    [InlineData(2, "command=fetch|+|want $main|packfile-uris http|done|.", "argument")]
    [InlineData(2, "command=fetch|+|want $main", "ends before")]
    [InlineData(2, "command=fetch|+|want xyz|.", "id that is none")]
    [InlineData(2, "command=push|.", "no command")]
    [InlineData(2, "command=fetch|command=fetch|.", "two commands")]
    [InlineData(2, "command=fetch|+|want $main|want $first|want $tag|want $side|done|.", "more than 3")]
    [InlineData(2, "command=fetch|+|want $main|have $first|have $first|have $first|have $first|.", "more than 3 haves")]
    [InlineData(0, "want $main side-band-64k|have $first|.", "not known here")]
    [InlineData(0, "want $main object-format=sha256|.|done", "SHA-1")]
    [InlineData(0, "want $main|.|want $first|done", "not known here")]
    [InlineData(0, "want $main|+", "does not belong")]
    [InlineData(2, "command=fetch|+|want $main|done|.", null)]
    [InlineData(2, "command=ls-refs|.", null)]
    [InlineData(2, ".", null)]
    [InlineData(2, "", null)]
    [InlineData(0, "want $main side-band-64k multi_ack_detailed|.|have $first|done", null)]
    [InlineData(0, "want $main|deepen 1|.", null)]
    [InlineData(0, "want $main|.|have $first|done", null)]
    [InlineData(0, ".", null)]
    [InlineData(0, "", null)]
    public async Task A_request_that_breaks_the_rules_is_told_so(int version, string request, string? refusal)
    {
        using var repository = Small();
        var pack = new UploadPack(new UploadPackLimits { Wants = 3, Haves = 3 });
        using var response = new MemoryStream();
        var result = await pack.ServeAsync(new RepositoryView(repository), version, new MemoryStream(Packets(repository, request)), response, Cancellation);
        Assert.Equal(response.Length, result.Bytes);
        if (refusal is null)
        {
            Assert.Null(result.Refusal);
            return;
        }

        Assert.Contains(refusal, result.Refusal, StringComparison.Ordinal);
        Assert.Contains("ERR " + result.Refusal, Encoding.UTF8.GetString(response.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_walk_that_is_too_long_is_refused()
    {
        using var repository = Small();
        var view = new RepositoryView(repository);
        var request = Packets(repository, "command=fetch|+|want $main|done|.");
        var refused = await new UploadPack(new UploadPackLimits { Objects = 5 }).ServeAsync(view, 2, new MemoryStream(request), new MemoryStream(), Cancellation);
        Assert.Contains("more than 5 objects", refused.Refusal, StringComparison.Ordinal);
        var served = await new UploadPack(new UploadPackLimits { Objects = 50 }).ServeAsync(view, 2, new MemoryStream(request), new MemoryStream(), Cancellation);
        Assert.Equal(6, served.Objects);
    }

    [Fact]
    public async Task A_client_cannot_unshallow_its_way_to_what_is_hidden()
    {
        using var repository = Small();
        repository.Git("checkout", "-q", "-b", "secret");
        repository.Commit("secret", ("secret.txt", "secret"));
        var tip = repository.Commit("more", ("secret.txt", "more"));
        var view = new RepositoryView(repository, shown: name => name != "refs/heads/secret");
        foreach (var (depth, objects) in ((string, int)[])[("deepen 1|deepen-relative", 3), ("deepen 2147483647", 6), ("deepen 5", 6)])
        {
            using var response = new MemoryStream();
            var result = await new UploadPack(new UploadPackLimits()).ServeAsync(
                view, 2, new MemoryStream(Packets(repository, $"command=fetch|+|want $main|shallow {tip}|{depth}|done|.")), response, Cancellation);
            Assert.Equal(objects, result.Objects);
            Assert.DoesNotContain("unshallow", Encoding.Latin1.GetString(response.ToArray()), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2, "command=fetch|agent=git/2|object-format=sha1|+|thin-pack|include-tag|ofs-delta|want $main|want $tag|shallow $first|deepen 2|deepen-relative|filter blob:limit=1k|have $first|have $side|.")]
    [InlineData(2, "command=ls-refs|agent=git/2|+|peel|symrefs|unborn|ref-prefix refs/|ref-prefix HEAD|.")]
    [InlineData(0, "want $main multi_ack_detailed no-done side-band-64k include-tag filter agent=x|want $tag|shallow $first|deepen 2|filter blob:none|.|have $first|have $side|.|have $main|done")]
    public async Task Whatever_comes_instead_of_a_request_is_answered(int version, string request)
    {
        using var repository = Small();
        var view = new RepositoryView(repository);
        var valid = Packets(repository, request);
        var pack = new UploadPack(new UploadPackLimits());
        for (var length = 0; length < valid.Length; length++)
            await ServeAsync(valid[..length]);

        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = valid.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789abcdef \n"[random.Next(18)]);
            if (random.Next(4) == 0)
            {
                var at = random.Next(bytes.Length);
                bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
            }

            await ServeAsync(bytes);
        }

        async Task ServeAsync(byte[] bytes)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            using var response = new MemoryStream();
            var result = await pack.ServeAsync(view, version, new MemoryStream(bytes), response, limit.Token);
            Assert.Equal(response.Length, result.Bytes);
        }
    }

    private static GitRepository Small()
    {
        var repository = new GitRepository();
        repository.Commit("first", ("a.txt", "one"));
        repository.Git("tag", "-a", "-m", "tagged", "v1");
        repository.Git("branch", "side");
        repository.Commit("second", ("a.txt", "two"));
        return repository;
    }

    // Lines between bars; a plus is the delimiter and a dot the end of a message.
    private static byte[] Packets(GitRepository repository, string request)
    {
        var text = new StringBuilder();
        foreach (var line in request.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var content = line
                .Replace("$main", repository.Id("main"), StringComparison.Ordinal)
                .Replace("$first", repository.Id("main~1"), StringComparison.Ordinal)
                .Replace("$side", repository.Id("side"), StringComparison.Ordinal)
                .Replace("$tag", repository.Id("v1"), StringComparison.Ordinal);
            text.Append(line switch
            {
                "+" => "0001",
                "." => "0000",
                _ => $"{content.Length + 5:x4}{content}\n",
            });
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private sealed class ZeroStream(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = (int)Math.Min(buffer.Length, _left);
            _left -= read;
            buffer.Span[..read].Clear();
            return new(read);
        }
    }
}
