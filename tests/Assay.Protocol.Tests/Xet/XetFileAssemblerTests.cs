using System.Security.Cryptography;
using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class XetFileAssemblerTests
{
    private static readonly byte[][] Parts = [XetSamples.Words(90_000), XetSamples.Noise(70_000), XetSamples.Floats(50_003)];

    private readonly XorbStore _store = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_of_several_xorbs_comes_out_as_it_went_in()
    {
        var (one, two) = await UploadAsync();
        byte[] content = [.. Parts[0], .. Parts[1], .. Parts[2], .. Parts[0]];
        var result = await WriteAsync(ShardBuilder.Describe(content, (one, 0, 2), (two, 0, 1), (one, 0, 1)), content.Length, content);
        Assert.Equal(new XetAssembly.Complete(content.Length, Convert.ToHexStringLower(SHA256.HashData(content))), result);
    }

    [Fact]
    public async Task An_empty_file_has_no_terms() =>
        Assert.Equal(new XetAssembly.Complete(0, Convert.ToHexStringLower(SHA256.HashData([]))), await WriteAsync(ShardBuilder.Describe([]), 0, []));

    [Fact]
    public async Task Verification_hashes_may_be_missing_since_the_file_hash_covers_the_chunks()
    {
        var (one, _) = await UploadAsync();
        var file = ShardBuilder.Describe(Parts[0], (one, 0, 1)) with { Ranges = [] };
        Assert.IsType<XetAssembly.Complete>(await WriteAsync(file, long.MaxValue, Parts[0]));
    }

    [Fact]
    public async Task A_file_that_is_not_what_its_shard_says_is_refused_with_the_reason()
    {
        var (one, two) = await UploadAsync();
        byte[] content = [.. Parts[0], .. Parts[1]];
        var file = ShardBuilder.Describe(content, (one, 0, 2));
        var other = ShardBuilder.Describe(Parts[2], (two, 0, 1));
        var term = file.Terms[0];
        await RefusedAsync(file with { Sha256 = null }, XetRefusal.NoSha256);
        await RefusedAsync(file with { Sha256 = other.Sha256 }, XetRefusal.WrongSha256);
        await RefusedAsync(file with { Hash = other.Hash }, XetRefusal.WrongFileHash);
        await RefusedAsync(file with { Ranges = other.Ranges }, XetRefusal.WrongRangeHash);
        await RefusedAsync(file.Of(term with { Length = term.Length - 1 }), XetRefusal.WrongLength);
        await RefusedAsync(file.Of(term with { Length = term.Length + 1 }), XetRefusal.WrongLength);
        await RefusedAsync(file.Of(term with { Length = 2 }), XetRefusal.WrongLength);
        await RefusedAsync(file.Of(term with { EndChunk = 3 }), XetRefusal.MissingChunks);
        await RefusedAsync(file.Of(term with { Xorb = file.Hash }), XetRefusal.MissingChunks);
        Assert.IsType<XetAssembly.Complete>(await WriteAsync(file, content.Length, content));
    }

    [Fact]
    public async Task A_file_above_the_limit_is_refused_before_anything_is_opened()
    {
        var (one, _) = await UploadAsync();
        byte[] content = [.. Parts[0], .. Parts[1]];
        var file = ShardBuilder.Describe(content, (one, 0, 2));
        await RefusedAsync(file, XetRefusal.TooLong, content.Length - 1);
        Assert.Equal(0, _store.Opened);

        // A few bytes of shard can ask for much: 10 000 terms of the same chunks.
        var bomb = new XetFile(file.Hash, [.. Enumerable.Repeat(file.Terms[0], 10_000)], [], file.Sha256);
        await RefusedAsync(bomb, XetRefusal.TooLong, 1_000_000_000);
        Assert.Equal(0, _store.Opened);
    }

    [Fact]
    public async Task A_store_that_ends_too_early_lacks_chunks_and_one_that_is_damaged_is_a_fault()
    {
        var (one, _) = await UploadAsync();
        var file = ShardBuilder.Describe([.. Parts[0], .. Parts[1]], (one, 0, 2));
        var bytes = _store.BytesOf(one.Hash);
        XorbSource cut = (_, _, _, _) => ValueTask.FromResult<Stream?>(new MemoryStream(bytes, 0, one.Chunks[0].End));
        var refused = Assert.IsType<XetAssembly.Refused>(await XetFileAssembler.WriteAsync(file, cut, Stream.Null, long.MaxValue, Cancellation));
        Assert.Equal(XetRefusal.MissingChunks, refused.Reason);

        var damaged = bytes.ToArray();
        damaged[10] ^= 1;
        XorbSource wrong = (_, _, _, _) => ValueTask.FromResult<Stream?>(new MemoryStream(damaged));
        await Assert.ThrowsAsync<XetFormatException>(() => XetFileAssembler.WriteAsync(file, wrong, Stream.Null, long.MaxValue, Cancellation));
    }

    private async Task<(XorbBuilder One, XorbBuilder Two)> UploadAsync()
    {
        var one = new XorbBuilder().Add(Parts[0], XorbScheme.Lz4).Add(Parts[1]);
        var two = new XorbBuilder().Add(Parts[2], XorbScheme.Grouped4Lz4);
        await _store.AddAsync(one.Build(), one.Hash);
        await _store.AddAsync(two.Build(true), two.Hash);
        return (one, two);
    }

    private async Task<XetAssembly> WriteAsync(XetFile file, long maxLength, byte[] expected)
    {
        using var destination = new MemoryStream();
        var result = await XetFileAssembler.WriteAsync(file, _store.OpenAsync, destination, maxLength, Cancellation);
        Assert.Equal(expected, destination.ToArray());
        return result;
    }

    private async Task RefusedAsync(XetFile file, XetRefusal reason, long maxLength = long.MaxValue)
    {
        var refused = Assert.IsType<XetAssembly.Refused>(await XetFileAssembler.WriteAsync(file, _store.OpenAsync, Stream.Null, maxLength, Cancellation));
        Assert.Equal(reason, refused.Reason);
    }
}

internal static class XetFileChanges
{
    public static XetFile Of(this XetFile file, XetTerm term) => new(file.Hash, [term], file.Ranges, file.Sha256);
}
