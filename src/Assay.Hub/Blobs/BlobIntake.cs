using System.Buffers;
using System.Security.Cryptography;
using Assay.Formats;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Impersonation;
using Assay.Protocol.Git;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Blobs;

/// <summary>What became of an upload.</summary>
public abstract record BlobPut
{
    /// <summary>It is in the store.</summary>
    /// <param name="Sha256">Its digest.</param>
    /// <param name="Size">Its length in bytes.</param>
    /// <param name="GitId">Git's id of the content as a file; null where its length was not known in advance or it is large.</param>
    /// <param name="IsNew">Whether it was not there before.</param>
    public sealed record Stored(string Sha256, long Size, string? GitId, bool IsNew) : BlobPut;

    /// <summary>It was not taken.</summary>
    /// <param name="Problem">Why.</param>
    /// <param name="Message">A sentence that says what to do.</param>
    public sealed record Refused(BlobProblem Problem, string Message) : BlobPut;
}

/// <summary>Why an upload was not taken.</summary>
public enum BlobProblem
{
    /// <summary>The bytes are not those that were announced.</summary>
    Mismatch,

    /// <summary>It is larger than allowed or announced.</summary>
    TooLarge,

    /// <summary>The disk is full.</summary>
    NoSpace,
}

/// <summary>
/// The door by which all bytes come in: hashed, and looked at by whatever needs every byte, while they are written, in one pass, with two
/// buffers whatever their size. What is refused leaves nothing behind.
/// </summary>
public sealed class BlobIntake(IBlobStore store, IDbContextFactory<HubDb> databases, HubOptions options, TimeProvider clock)
{
    private const int BufferSize = 1 << 20;
    private const long SpaceCheckEvery = 256L << 20;

    /// <summary>Takes in a content and gives its uploader the right to commit it.</summary>
    /// <param name="body">Read to its end.</param>
    /// <param name="userId">The uploader.</param>
    /// <param name="sha256">The digest that was announced; null when none was.</param>
    /// <param name="size">The length that was announced, in bytes; null when none was.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">The sender went away, or the disk fails.</exception>
    public async Task<BlobPut> TakeAsync(Stream body, string userId, string? sha256, long? size, CancellationToken cancellation)
    {
        var most = size ?? options.MaxFileBytes;
        if (most > options.MaxFileBytes)
            return new BlobPut.Refused(BlobProblem.TooLarge, $"Files may have up to {options.MaxFileBytes:N0} bytes here; this one has {size:N0}.");
        if (NoSpaceFor(size ?? 0) is { } full)
            return full;

        var stage = await store.StageAsync(cancellation).ConfigureAwait(false);
        await using (stage.ConfigureAwait(false))
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var git = size is { } known && known <= options.MaxRegularBytes ? GitObjects.StartId(GitObjectType.Blob, known) : null;
            var foreign = new ForeignSearch();
            using var tensors = new TensorDigester(size);
            long total = 0;
            var (filling, working) = (ArrayPool<byte>.Shared.Rent(BufferSize), ArrayPool<byte>.Shared.Rent(BufferSize));
            var work = Task.CompletedTask;
            try
            {
                while (true)
                {
                    var n = await FillAsync(body, filling, cancellation).ConfigureAwait(false);
                    await work.ConfigureAwait(false);
                    work = Task.CompletedTask;
                    if (n == 0)
                        break;
                    total += n;
                    if (total > most)
                        return new BlobPut.Refused(BlobProblem.TooLarge, $"The content is longer than the {most:N0} bytes that were announced or are allowed.");
                    if (total / SpaceCheckEvery != (total - n) / SpaceCheckEvery && NoSpaceFor(0) is { } gone)
                        return gone;
                    (filling, working) = (working, filling);
                    work = WorkAsync(working.AsMemory(0, n), stage.Stream, digest, git, foreign, tensors, cancellation);
                }
            }
            finally
            {
                try
                {
                    await work.ConfigureAwait(false); // the buffers go back when nobody reads them any more
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(filling);
                    ArrayPool<byte>.Shared.Return(working);
                }
            }

            var actual = Convert.ToHexStringLower(digest.GetHashAndReset());
            if (size is { } announced && announced != total)
                return new BlobPut.Refused(BlobProblem.Mismatch, $"{announced:N0} bytes were announced and {total:N0} arrived. Upload the file again.");
            if (sha256 is not null && sha256 != actual)
                return new BlobPut.Refused(BlobProblem.Mismatch, $"The content has the SHA-256 {actual}, not {sha256} as announced. Upload the file again.");
            var isNew = await KeepAsync(stage, actual, total, foreign.Found, tensors.Finish(), userId, cancellation).ConfigureAwait(false);
            return new BlobPut.Stored(actual, total, git is null ? null : Convert.ToHexStringLower(git.GetHashAndReset()), isNew);
        }
    }

    /// <summary>Takes in a content that is at hand.</summary>
    public async Task<BlobPut> TakeAsync(ReadOnlyMemory<byte> content, string userId, CancellationToken cancellation)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await TakeAsync(stream, userId, null, content.Length, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether somebody may commit a content without uploading it: he did upload it, or may read it in some repository.</summary>
    public async Task<long?> SizeIfHeldAsync(HubDb db, string sha256, string userId, IQueryable<string> readable, CancellationToken cancellation)
    {
        var blob = await db.StoredBlobs.AsNoTracking().FirstOrDefaultAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false);
        if (blob is null || await store.LengthAsync(sha256, cancellation).ConfigureAwait(false) != blob.Size)
            return null;
        var held = await db.UploadClaims.AnyAsync(c => c.UserId == userId && c.Sha256 == sha256, cancellation).ConfigureAwait(false)
            || await db.RepositoryBlobs.AnyAsync(b => b.Sha256 == sha256 && readable.Contains(b.RepositoryId), cancellation).ConfigureAwait(false);
        return held ? blob.Size : null;
    }

    private async Task<bool> KeepAsync(BlobStage stage, string sha256, long size, IReadOnlyList<ForeignContent> foreign, TensorInventory? tensors, string userId, CancellationToken cancellation)
    {
        // Flushing a large file takes its time; nobody waits for it but its uploader.
        await stage.Stream.FlushAsync(cancellation).ConfigureAwait(false);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            // The sweeper removes a content in a transaction that holds the same lock, so that it never takes one that is just coming back.
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await db.LockAsync("blob:" + sha256, cancellation).ConfigureAwait(false);
                var isNew = await store.KeepAsync(stage, sha256, cancellation).ConfigureAwait(false);
                var now = clock.GetUtcNow();
                var blob = await db.StoredBlobs.FirstOrDefaultAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false);
                if (blob is null)
                    db.StoredBlobs.Add(blob = new StoredBlob { Sha256 = sha256, Size = size, StoredAt = now });
                blob.Keep(foreign);
                if (tensors is not null && !await db.ContentTensors.AnyAsync(t => t.Sha256 == sha256, cancellation).ConfigureAwait(false))
                    db.ContentTensors.Add(new ContentTensors { Sha256 = sha256, Tensors = tensors.ToBytes() });
                if (await db.UploadClaims.Where(c => c.UserId == userId && c.Sha256 == sha256).ExecuteUpdateAsync(u => u.SetProperty(static c => c.At, now), cancellation).ConfigureAwait(false) == 0)
                    db.UploadClaims.Add(new UploadClaim { UserId = userId, Sha256 = sha256, At = now });
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return isNew;
            }
        }
    }

    private BlobPut.Refused? NoSpaceFor(long bytes) =>
        store.FreeBytes() is { } free && free - bytes < options.MinFreeBytes
            ? new BlobPut.Refused(BlobProblem.NoSpace, "The disk of this hub is nearly full, so that nothing can be uploaded now. Its administrator has to make room.")
            : null;

    private static async Task<int> FillAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        var n = 0;
        while (n < BufferSize)
        {
            var read = await body.ReadAsync(buffer.AsMemory(n, BufferSize - n), cancellation).ConfigureAwait(false);
            if (read == 0)
                break;
            n += read;
        }

        return n;
    }

    private static async Task WorkAsync(ReadOnlyMemory<byte> bytes, Stream into, IncrementalHash digest, IncrementalHash? git, ForeignSearch foreign, TensorDigester tensors, CancellationToken cancellation)
    {
        var hashing = Task.Run(
            () =>
            {
                digest.AppendData(bytes.Span);
                git?.AppendData(bytes.Span);
                foreign.Feed(bytes.Span);
            },
            CancellationToken.None);
        var comparing = tensors.Outcome == TensorDigestOutcome.Reading ? Task.Run(() => tensors.Append(bytes.Span), CancellationToken.None) : Task.CompletedTask;
        try
        {
            await into.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(hashing, comparing).ConfigureAwait(false);
        }
    }
}
