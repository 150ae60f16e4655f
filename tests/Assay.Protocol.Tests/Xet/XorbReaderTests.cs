using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class XorbReaderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_xorb_of_all_schemes_is_indexed_and_copied_without_its_footer(bool footer)
    {
        var xorb = Sample();
        using var copy = new MemoryStream();
        using var source = new SlowStream(xorb.Build(footer), 7919);
        var index = await XorbReader.ReadAsync(source, copy, xorb.Hash, Cancellation);
        Assert.Equal(xorb.Hash, index.Hash);
        Assert.Equal(xorb.Chunks, index.Chunks);
        Assert.Equal(xorb.Build(), copy.ToArray());
        Assert.Equal(copy.Length, index.StoredLength);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(131071)]
    [InlineData(131072)]
    public async Task Grouped_planes_of_any_length_come_together_again(int length)
    {
        var content = XetSamples.Floats(length);
        using var source = new MemoryStream(new XorbBuilder().Add(content, XorbScheme.Grouped4Lz4).Build());
        using var reader = new XorbReader(source);
        Assert.True(await reader.ReadChunkAsync(Cancellation));
        Assert.Equal(content, reader.Content.ToArray());
        Assert.False(await reader.ReadChunkAsync(Cancellation));
        Assert.False(await reader.ReadChunkAsync(Cancellation));
    }

    [Fact]
    public async Task A_xorb_under_another_hash_is_refused()
    {
        var xorb = Sample();
        await RefusedAsync(xorb.Build(), xorb.Chunks[0].Hash, "and not");
    }

    [Fact]
    public async Task A_xorb_without_chunks_is_refused()
    {
        await RefusedAsync([], default, "no chunk");
        await RefusedAsync(new XorbBuilder().Build(footer: true), default, "no chunk");
    }

    [Theory]
    [InlineData("a version of tomorrow", 4, 0, 4, 1, "version")]
    [InlineData("a scheme of tomorrow", 4, 3, 4, 0, "scheme")]
    [InlineData("no content", 0, 0, 0, 0, "declares 0")]
    [InlineData("content above the limit", 131073, 0, 131073, 0, "declares 131073")]
    [InlineData("stored bytes above the limit", 262145, 1, 4, 0, "stored")]
    [InlineData("two lengths for the same bytes", 3, 0, 4, 0, "stored")]
    [InlineData("more than there is", 100, 0, 100, 0, "too early")]
    public async Task A_header_that_lies_is_refused(string lie, int stored, int scheme, int length, int version, string message)
    {
        byte[] bytes = [.. XorbBuilder.Header(stored, (byte)scheme, length, (byte)version), 1, 2, 3, 4];
        await RefusedAsync(bytes, default, message, lie);
    }

    [Fact]
    public async Task As_many_chunks_as_clients_send_are_read_and_one_more_is_refused()
    {
        var xorb = new XorbBuilder();
        for (var i = 0; i < XorbReader.MaxChunks; i++)
            xorb.Add([(byte)i, (byte)(i >> 8)]);
        using var source = new MemoryStream(xorb.Build());
        Assert.Equal(XorbReader.MaxChunks, (await XorbReader.ReadAsync(source, null, xorb.Hash, Cancellation)).Chunks.Count);
        await RefusedAsync(xorb.Add([1]).Build(), xorb.Hash, "more than 8192 chunks");
    }

    [Fact]
    public async Task A_xorb_of_the_longest_content_that_hf_xet_puts_into_one_is_read_and_a_longer_one_is_refused()
    {
        // 512 full chunks are 64 MiB of content, which with their headers are more than 64 MiB.
        using var longest = new RepeatingStream([.. XorbBuilder.Header(131072, 0, 131072), .. XetSamples.Noise(131072)], 513);
        using var reader = new XorbReader(longest);
        for (var i = 0; i < 512; i++)
            Assert.True(await reader.ReadChunkAsync(Cancellation));
        Assert.True(reader.Chunk.End > 64 * 1024 * 1024);
        var refusal = await Assert.ThrowsAsync<XetFormatException>(async () => await reader.ReadChunkAsync(Cancellation));
        Assert.Contains("more than", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(512 * (131072 + 8), refusal.Position);
    }

    [Fact]
    public async Task Every_prefix_of_a_xorb_is_refused()
    {
        var xorb = new XorbBuilder().Add(XetSamples.Words(900), XorbScheme.Lz4).Add(XetSamples.Noise(40)).Add(XetSamples.Floats(801), XorbScheme.Grouped4Lz4);
        var bytes = xorb.Build();
        for (var length = 0; length < bytes.Length; length++)
            await RefusedAsync(bytes[..length], xorb.Hash, "");
    }

    [Fact]
    public async Task A_damaged_xorb_is_refused_unless_the_damage_is_beside_the_content()
    {
        var seed = Environment.TickCount;
        var xorb = new XorbBuilder().Add(XetSamples.Words(2000), XorbScheme.Lz4).Add(XetSamples.Noise(90)).Add(XetSamples.Floats(2001), XorbScheme.Grouped4Lz4);
        var refused = 0;
        foreach (var bytes in XetSamples.Damaged(xorb.Build(), 3000, seed))
        {
            using var source = new MemoryStream(bytes);
            try
            {
                Assert.Equal(xorb.Hash, (await XorbReader.ReadAsync(source, null, xorb.Hash, Cancellation)).Hash);
            }
            catch (XetFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }

        Assert.True(refused > 2500, $"only {refused} of 3000 refused, seed {seed}");
    }

    private static XorbBuilder Sample() => new XorbBuilder()
        .Add(XetSamples.Words(131_072), XorbScheme.Lz4)
        .Add(XetSamples.Noise(70_000))
        .Add(XetSamples.Floats(100_002), XorbScheme.Grouped4Lz4)
        .Add(XetSamples.Words(20_001, 2), XorbScheme.Lz4, new Lz4Builder { Independent = false, ContentChecksum = true, BlockLength = 4000 })
        .Add([7]);

    private static async Task RefusedAsync(byte[] bytes, XetHash hash, string message, string what = "")
    {
        using var source = new MemoryStream(bytes);
        var refusal = await Assert.ThrowsAsync<XetFormatException>(() => XorbReader.ReadAsync(source, null, hash, Cancellation));
        Assert.True(refusal.Message.Contains(message, StringComparison.Ordinal), $"{what}: {refusal.Message}");
        Assert.InRange(refusal.Position, 0, bytes.Length);
    }
}
