using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class ShardReaderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_sections_are_read_and_a_footer_is_left(bool footer)
    {
        var (xorb, files) = Sample();
        var shard = new ShardBuilder().File(files[0]).File(files[1]).File(files[2]).Xorb(xorb).Build(footer);
        using var source = new SlowStream(shard, 37);
        var read = await ShardReader.ReadAsync(source, Cancellation);
        Assert.Equal(files.Select(f => f.Hash), read.Files.Select(f => f.Hash));
        Assert.Equal(files.Select(f => f.Sha256), read.Files.Select(f => f.Sha256));
        Assert.Equal(files.SelectMany(f => f.Terms), read.Files.SelectMany(f => f.Terms));
        Assert.Equal(files.SelectMany(f => f.Ranges), read.Files.SelectMany(f => f.Ranges));
        Assert.Equal(files.Sum(f => f.Length), read.Length);
        var described = Assert.Single(read.Xorbs);
        Assert.Equal(xorb.Hash, described.Hash);
        Assert.Equal(xorb.Chunks.Select(c => c.Hash), described.Chunks.Select(c => c.Hash));
        Assert.Equal(xorb.Build().Length, (int)described.StoredLength);
    }

    [Fact]
    public async Task A_file_may_lack_verification_hashes_and_its_sha256()
    {
        var (_, files) = Sample();
        var bare = files[0] with { Ranges = [], Sha256 = null };
        var read = await ReadAsync(new ShardBuilder().File(bare).Build());
        Assert.Empty(read.Files[0].Ranges);
        Assert.Null(read.Files[0].Sha256);
        Assert.Equal(bare.Terms, read.Files[0].Terms);
    }

    [Fact]
    public async Task A_count_reserves_no_memory()
    {
        var (xorb, files) = Sample();
        var before = GC.GetTotalAllocatedBytes();
        foreach (var count in new uint[] { 1_000_000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF })
        {
            await RefusedAsync(new ShardBuilder().File(files[0], count).Build(), "");
            await RefusedAsync(new ShardBuilder().Xorb(xorb, count).Build(), "");
        }

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20_000_000);
    }

    [Theory]
    [InlineData("the tag", 20, 0, "begin")]
    [InlineData("the version", 32, 3, "version")]
    [InlineData("an empty range of chunks", 48 + 48 + 44, 0, "takes chunks")]
    [InlineData("more chunks than a xorb has", 48 + 48 + 46, 1, "takes chunks")]
    [InlineData("more bytes than the chunks can have", 48 + 48 + 39, 1, "declares")]
    public async Task A_shard_that_lies_is_refused(string what, int offset, byte value, string message)
    {
        var (_, files) = Sample();
        var shard = new ShardBuilder().File(files[0]).Build();
        shard[offset] = value;
        await RefusedAsync(shard, message, what);
    }

    [Fact]
    public async Task Every_prefix_is_refused()
    {
        var (xorb, files) = Sample();
        var shard = new ShardBuilder().File(files[0]).File(files[2]).Xorb(xorb).Build();
        for (var length = 0; length < shard.Length; length++)
            await RefusedAsync(shard[..length], "too early");
    }

    [Fact]
    public async Task A_shard_without_end_is_refused_where_the_limit_is()
    {
        // Zeros are files without terms.
        var endless = new byte[ShardReader.MaxLength + 4800];
        new ShardBuilder().Build().AsSpan(0, 48).CopyTo(endless);
        var refusal = await Assert.ThrowsAsync<XetFormatException>(() => ReadAsync(endless));
        Assert.Contains("longer than", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_ends_in_a_shard_or_in_a_refusal()
    {
        var seed = Environment.TickCount;
        var (xorb, files) = Sample();
        foreach (var bytes in XetSamples.Damaged(new ShardBuilder().File(files[0]).File(files[1]).Xorb(xorb).Build(true), 5000, seed))
        {
            using var source = new MemoryStream(bytes);
            try
            {
                var shard = await ShardReader.ReadAsync(source, Cancellation);
                Assert.All(shard.Files.SelectMany(f => f.Terms), term => Assert.InRange(term.EndChunk, term.FirstChunk + 1, XorbReader.MaxChunks));
            }
            catch (Exception e) when (e is not XetFormatException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            catch (XetFormatException)
            {
                continue;
            }
        }
    }

    private static (XorbBuilder Xorb, XetFile[] Files) Sample()
    {
        byte[][] parts = [XetSamples.Words(500), XetSamples.Noise(300), XetSamples.Words(700, 3)];
        var xorb = new XorbBuilder().Add(parts[0]).Add(parts[1]).Add(parts[2]);
        return (xorb,
        [
            ShardBuilder.Describe([.. parts[0], .. parts[1]], (xorb, 0, 2)),
            ShardBuilder.Describe([.. parts[2], .. parts[0]], (xorb, 2, 3), (xorb, 0, 1)),
            ShardBuilder.Describe([]),
        ]);
    }

    private static async Task<XetShard> ReadAsync(byte[] bytes)
    {
        using var source = new MemoryStream(bytes);
        return await ShardReader.ReadAsync(source, Cancellation);
    }

    private static async Task RefusedAsync(byte[] bytes, string message, string what = "")
    {
        var refusal = await Assert.ThrowsAsync<XetFormatException>(() => ReadAsync(bytes));
        Assert.True(refusal.Message.Contains(message, StringComparison.Ordinal), $"{what}: {refusal.Message}");
        Assert.InRange(refusal.Position, 0, bytes.Length);
    }
}
