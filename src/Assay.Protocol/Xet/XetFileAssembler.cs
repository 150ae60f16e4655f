using System.Security.Cryptography;

namespace Assay.Protocol.Xet;

/// <summary>Opens the stored chunks of a xorb that the sender of a shard may refer to.</summary>
/// <param name="xorb">Hash of the xorb.</param>
/// <param name="firstChunk">Index of the first chunk wanted.</param>
/// <param name="endChunk">Index behind the last chunk wanted.</param>
/// <param name="cancellation">Ends the work.</param>
/// <returns>A stream that begins with the header of the first chunk and holds at least those wanted; null if there is no such xorb or it has fewer chunks.</returns>
public delegate ValueTask<Stream?> XorbSource(XetHash xorb, int firstChunk, int endChunk, CancellationToken cancellation);

/// <summary>Why a file of a shard cannot be put together.</summary>
public enum XetRefusal
{
    /// <summary>The shard has no SHA-256 for it.</summary>
    NoSha256,

    /// <summary>It is longer than allowed.</summary>
    TooLong,

    /// <summary>A xorb, or a chunk of it, is not there.</summary>
    MissingChunks,

    /// <summary>The chunks of a term have another length than it declares.</summary>
    WrongLength,

    /// <summary>The chunks of a term are not those that its verification hash was made from.</summary>
    WrongRangeHash,

    /// <summary>The content has another Xet hash.</summary>
    WrongFileHash,

    /// <summary>The content has another SHA-256.</summary>
    WrongSha256,
}

/// <summary>What became of a file of a shard.</summary>
public abstract record XetAssembly
{
    private XetAssembly()
    {
    }

    /// <summary>The whole content was written and is what the shard says.</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Sha256">Its SHA-256, 64 lower-case hexadecimal digits.</param>
    public sealed record Complete(long Length, string Sha256) : XetAssembly;

    /// <summary>It was refused; what was written so far is to be thrown away.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">Why, in words for the sender.</param>
    public sealed record Refused(XetRefusal Reason, string Message) : XetAssembly;
}

/// <summary>
/// Puts the content of a shard's file together from the chunks of its terms, and proves that it is what the shard says: each term's length and verification
/// hash, the file hash, and the SHA-256, which is required (source: the Xet protocol specification, "Shard format" and "Upload protocol").
/// Chunks are decoded and hashed again, so that what a store has lost or changed is noticed here.
/// </summary>
public static class XetFileAssembler
{
    /// <summary>Writes a file's content.</summary>
    /// <param name="file">The file, as a shard describes it.</param>
    /// <param name="source">Opens chunks; each stream is disposed after use.</param>
    /// <param name="destination">Receives the content; stays open.</param>
    /// <param name="maxLength">Longest content in bytes that is accepted; checked before anything is opened.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="XetFormatException">Stored chunks are malformed: the store is damaged, as they were verified when they came in.</exception>
    public static async Task<XetAssembly> WriteAsync(XetFile file, XorbSource source, Stream destination, long maxLength, CancellationToken cancellation)
    {
        if (file.Sha256 is null)
            return new XetAssembly.Refused(XetRefusal.NoSha256, $"The shard has no SHA-256 for file {file.Hash}.");
        if (file.Length > maxLength)
            return new XetAssembly.Refused(XetRefusal.TooLong, $"File {file.Hash} has {file.Length} bytes; {maxLength} are allowed.");

        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tree = new XetTree();
        for (var i = 0; i < file.Terms.Count; i++)
        {
            var expected = file.Ranges.Count == 0 ? (XetHash?)null : file.Ranges[i];
            if (await WriteTermAsync(file.Terms[i], expected, source, destination, tree, sha256, cancellation).ConfigureAwait(false) is { } refused)
                return refused;
        }

        var hash = tree.FinishFile();
        if (hash != file.Hash)
            return new XetAssembly.Refused(XetRefusal.WrongFileHash, $"The content of file {file.Hash} has the hash {hash}.");
        var digest = Convert.ToHexStringLower(sha256.GetHashAndReset());
        return digest == file.Sha256
            ? new XetAssembly.Complete(file.Length, digest)
            : new XetAssembly.Refused(XetRefusal.WrongSha256, $"The content of file {file.Hash} has the SHA-256 {digest} and not {file.Sha256}.");
    }

    private static async ValueTask<XetAssembly.Refused?> WriteTermAsync(
        XetTerm term, XetHash? expectedRange, XorbSource source, Stream destination, XetTree tree, IncrementalHash sha256, CancellationToken cancellation)
    {
        var chunks = await source(term.Xorb, term.FirstChunk, term.EndChunk, cancellation).ConfigureAwait(false);
        if (chunks is null)
            return Missing(term);
        await using var closing = chunks.ConfigureAwait(false);
        using var reader = new XorbReader(chunks);
        var range = XetTree.StartRange();
        var remaining = (long)term.Length;
        var hash = new byte[XetHash.Bytes];
        for (var i = term.FirstChunk; i < term.EndChunk; i++)
        {
            if (!await reader.ReadChunkAsync(cancellation).ConfigureAwait(false))
                return Missing(term);
            var chunk = reader.Chunk;
            remaining -= chunk.Length;
            if (remaining < 0)
                break;
            tree.Append(chunk.Hash, chunk.Length);
            chunk.Hash.CopyTo(hash);
            range.Append(hash);
            sha256.AppendData(reader.Content.Span);
            await destination.WriteAsync(reader.Content, cancellation).ConfigureAwait(false);
        }

        if (remaining != 0)
            return new(XetRefusal.WrongLength, $"Chunks {term.FirstChunk} to {term.EndChunk} of xorb {term.Xorb} do not have {term.Length} bytes.");
        range.Finish(hash);
        return expectedRange is { } expected && expected != new XetHash(hash)
            ? new(XetRefusal.WrongRangeHash, $"Chunks {term.FirstChunk} to {term.EndChunk} of xorb {term.Xorb} have another verification hash.")
            : null;
    }

    private static XetAssembly.Refused Missing(in XetTerm term) =>
        new(XetRefusal.MissingChunks, $"Chunks {term.FirstChunk} to {term.EndChunk} of xorb {term.Xorb} were not uploaded.");
}
