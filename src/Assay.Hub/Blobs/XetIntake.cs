using System.Buffers.Binary;
using System.IO.Pipelines;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Protocol.Xet;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Blobs;

/// <summary>
/// The door by which contents come in that clients upload by the Xet protocol: bundles of chunks (xorbs), and then shards, which say how contents
/// are made of them. A content goes through <see cref="BlobIntake"/> as any other. Bundles lie in <c>xorbs/ab/abcd…</c>, each followed by the
/// places where its chunks end; whose they are is in the database, and nobody can refer to what somebody else alone has uploaded.
/// </summary>
public sealed class XetIntake : IDisposable
{
    // Chunks of a bundle end at these places: a number of four bytes for each, and their count.
    private const int IndexWord = sizeof(uint);

    // A shard may name the same chunks again and again. What it makes of them must be in proportion to what was really sent, beyond what is
    // little work anyway; LZ4 alone makes at most 255 bytes of one.
    private const long FreeAssembly = 16L << 30;
    private const long MostAssemblyPerByte = 1024;

    private const int BufferSize = 128 << 10;
    private const int NamesPerQuery = 500;

    private readonly BlobIntake _intake;
    private readonly IDbContextFactory<HubDb> _databases;
    private readonly HubOptions _options;
    private readonly TimeProvider _clock;
    private readonly string _bundles;
    private readonly string _staging;

    // A shard of the largest size takes some hundred megabytes while it is worked on, and a processor.
    private readonly SemaphoreSlim _slots = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>An intake that keeps bundles in the data folder.</summary>
    public XetIntake(BlobIntake intake, IDbContextFactory<HubDb> databases, HubOptions options, TimeProvider clock)
    {
        (_intake, _databases, _options, _clock) = (intake, databases, options, clock);
        _bundles = Path.Combine(options.DataFolder, "xorbs");
        _staging = Path.Combine(_bundles, "staging");
        DurableFolder.Create(_staging);
    }

    /// <summary>Takes in a bundle.</summary>
    /// <param name="body">Read to its end, and not further than <see cref="XorbReader.MaxUploadLength"/>.</param>
    /// <param name="userId">The uploader.</param>
    /// <param name="hash">The hash that was announced.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether this user had not uploaded it before; or why it was not taken.</returns>
    /// <exception cref="IOException">The sender went away, or the disk fails.</exception>
    public async Task<(bool IsNew, BlobPut.Refused? Problem)> TakeXorbAsync(Stream body, string userId, XetHash hash, CancellationToken cancellation)
    {
        if (HasNoSpace())
            return (false, new(BlobProblem.NoSpace, "The disk of this hub is nearly full, so that nothing can be uploaded now. Its administrator has to make room."));
        var path = Path.Combine(_staging, Guid.CreateVersion7().ToString("N"));
        try
        {
            var stage = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = BufferSize, Options = FileOptions.Asynchronous });
            await using (stage.ConfigureAwait(false))
            {
                // Even who names a bundle that is here already has to have it: it is read and verified all the same.
                var index = await XorbReader.ReadAsync(body, stage, hash, cancellation).ConfigureAwait(false);
                if (!await DrainAsync(body, XorbReader.MaxUploadLength - index.StoredLength, cancellation).ConfigureAwait(false))
                    return (false, new(BlobProblem.TooLarge, $"A xorb may have up to {XorbReader.MaxUploadLength:N0} bytes."));
                await stage.WriteAsync(IndexOf(index), cancellation).ConfigureAwait(false);
                await stage.FlushAsync(cancellation).ConfigureAwait(false);
                await Task.Run(() => stage.Flush(flushToDisk: true), cancellation).ConfigureAwait(false);
                HubMeter.BytesIngested.Add(index.StoredLength);
            }

            return (await KeepAsync(path, hash.ToString(), userId, cancellation).ConfigureAwait(false), null);
        }
        catch (XetFormatException e)
        {
            return (false, new(BlobProblem.Mismatch, e.Message));
        }
        finally
        {
            File.Delete(path); // gone already when it was kept
        }
    }

    /// <summary>Whether a user has uploaded a bundle that is still kept.</summary>
    public async Task<bool> HasXorbAsync(HubDb db, string userId, XetHash hash, CancellationToken cancellation)
    {
        var name = hash.ToString();
        return await db.Xorbs.AnyAsync(x => x.UserId == userId && x.Hash == name, cancellation).ConfigureAwait(false) && File.Exists(PathOf(name));
    }

    /// <summary>
    /// Takes in a shard: puts its files together from the user's bundles and gives him the right to commit them, as if he had uploaded them
    /// whole. Files that he may commit already are passed over.
    /// </summary>
    /// <param name="body">Read to its end, and not further than <see cref="ShardReader.MaxLength"/>.</param>
    /// <param name="userId">The uploader.</param>
    /// <param name="repositoryId">The repository that he may write to: its contents are not made again.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether there was anything new; or why it was not taken. Files before the one that was refused stay.</returns>
    /// <exception cref="XetFormatException">A bundle is damaged on the disk.</exception>
    /// <exception cref="IOException">The sender went away, or the disk fails.</exception>
    public async Task<(bool IsNew, BlobPut.Refused? Problem)> TakeShardAsync(Stream body, string userId, string repositoryId, CancellationToken cancellation)
    {
        var path = Path.Combine(_staging, Guid.CreateVersion7().ToString("N"));
        var spool = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose });
        await using (spool.ConfigureAwait(false))
        {
            // Whoever sends slowly holds a file, and not a place among those that are worked on.
            if (!await CopyAsync(body, spool, ShardReader.MaxLength, cancellation).ConfigureAwait(false))
                return (false, new(BlobProblem.TooLarge, $"A shard may have up to {ShardReader.MaxLength:N0} bytes."));
            spool.Position = 0;
            await _slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                XetShard shard;
                try
                {
                    shard = await ShardReader.ReadAsync(spool, cancellation).ConfigureAwait(false);
                }
                catch (XetFormatException e)
                {
                    return (false, new(BlobProblem.Mismatch, e.Message));
                }

                var (wanted, problem) = await ExamineAsync(shard, userId, repositoryId, cancellation).ConfigureAwait(false);
                foreach (var file in wanted)
                {
                    problem = await AssembleAsync(file, userId, cancellation).ConfigureAwait(false);
                    if (problem is not null)
                        break;
                }

                return (wanted.Count > 0, problem);
            }
            finally
            {
                _slots.Release();
            }
        }
    }

    /// <summary>Removes bundles that nobody has uploaded or used for long, and what was begun and never finished.</summary>
    /// <returns>Bundles and bytes that were removed.</returns>
    public async Task<(int Xorbs, long Bytes)> SweepAsync(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        foreach (var file in new DirectoryInfo(_staging).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < (now - _options.UploadRetention).UtcDateTime)
                file.Delete();
        }

        var before = now - _options.XorbRetention;
        var (count, bytes) = (0, 0L);
        var db = await _databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var names = await db.Xorbs.Where(x => x.UsedAt < before).Select(static x => x.Hash).Distinct().ToListAsync(cancellation).ConfigureAwait(false);
            // And those of a process that died between the rename and its transaction.
            foreach (var file in new DirectoryInfo(_bundles).EnumerateDirectories("??").SelectMany(static folder => folder.EnumerateFiles()))
            {
                if (file.LastWriteTimeUtc < before.UtcDateTime && XetHash.TryParse(file.Name, out _) && !await db.Xorbs.AnyAsync(x => x.Hash == file.Name, cancellation).ConfigureAwait(false))
                    names.Add(file.Name);
            }

            foreach (var name in names)
            {
                var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    // The lock under which it would come back.
                    await db.LockAsync("xorb:" + name, cancellation).ConfigureAwait(false);
                    await db.Xorbs.Where(x => x.Hash == name && x.UsedAt < before).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                    if (!await db.Xorbs.AnyAsync(x => x.Hash == name, cancellation).ConfigureAwait(false) && new FileInfo(PathOf(name)) is { Exists: true } file)
                    {
                        bytes += file.Length;
                        count++;
                        file.Delete();
                    }

                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                }
            }
        }

        return (count, bytes);
    }

    /// <summary>Reads every bundle and compares it with its name.</summary>
    /// <param name="discarded">Receives those that were removed because they are damaged; null when they are to stay.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Those that are damaged, by their hashes.</returns>
    public async Task<IReadOnlyList<string>> VerifyAsync(ISet<string>? discarded, CancellationToken cancellation)
    {
        var damaged = new List<string>();
        foreach (var file in new DirectoryInfo(_bundles).EnumerateDirectories("??").SelectMany(static folder => folder.EnumerateFiles()))
        {
            if (!XetHash.TryParse(file.Name, out var hash) || await IsSoundAsync(file, hash, cancellation).ConfigureAwait(false))
                continue;
            damaged.Add(file.Name);
            if (discarded is not null && await DiscardAsync(file, cancellation).ConfigureAwait(false))
                discarded.Add(file.Name);
        }

        return damaged;
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private static async Task<bool> IsSoundAsync(FileInfo file, XetHash hash, CancellationToken cancellation)
    {
        try
        {
            if (file.Length > XorbReader.MaxUploadLength)
                return false;
            var bytes = await File.ReadAllBytesAsync(file.FullName, cancellation).ConfigureAwait(false);
            var words = bytes.Length < IndexWord ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(^IndexWord..));
            var end = bytes.Length - ((words + 1L) * IndexWord);
            if (end < 0)
                return false;
            using var stream = new MemoryStream(bytes, 0, (int)end, writable: false);
            return IndexOf(await XorbReader.ReadAsync(stream, null, hash, cancellation).ConfigureAwait(false)).AsSpan().SequenceEqual(bytes.AsSpan((int)end));
        }
        catch (XetFormatException)
        {
            return false;
        }
        catch (FileNotFoundException)
        {
            return true; // swept meanwhile
        }
    }

    // Its uploaders are asked for it again, as after a sweep.
    private async Task<bool> DiscardAsync(FileInfo file, CancellationToken cancellation)
    {
        var db = await _databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await db.LockAsync("xorb:" + file.Name, cancellation).ConfigureAwait(false);
                if (new FileInfo(file.FullName) is not { Exists: true } present || present.LastWriteTimeUtc != file.LastWriteTimeUtc)
                    return false; // uploaded anew meanwhile
                await db.Xorbs.Where(x => x.Hash == file.Name).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                present.Delete();
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return true;
            }
        }
    }

    // All that can be told before any work is done. The files that have to be made, each content once.
    private async Task<(IReadOnlyList<XetFile> Wanted, BlobPut.Refused? Problem)> ExamineAsync(XetShard shard, string userId, string repositoryId, CancellationToken cancellation)
    {
        if (shard.Files.Count > _options.MaxFiles)
            return ([], new(BlobProblem.TooLarge, $"A shard may have up to {_options.MaxFiles:N0} files here; this one has {shard.Files.Count:N0}."));
        foreach (var file in shard.Files)
        {
            if (file.Sha256 is null)
                return ([], new(BlobProblem.Mismatch, $"The shard has no SHA-256 for file {file.Hash}. Use a newer client."));
            if (file.Length > _options.MaxFileBytes)
                return ([], new(BlobProblem.TooLarge, $"Files may have up to {_options.MaxFileBytes:N0} bytes here; file {file.Hash} has {file.Length:N0}."));
        }

        var db = await _databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var now = _clock.GetUtcNow();
            var readable = db.Repositories.Where(r => r.Id == repositoryId).Select(static r => r.Id);
            var wanted = new List<XetFile>();
            foreach (var file in shard.Files.DistinctBy(static f => f.Sha256))
            {
                // First the claim, so that it is not swept away after it was seen.
                await db.UploadClaims.Where(c => c.UserId == userId && c.Sha256 == file.Sha256).ExecuteUpdateAsync(u => u.SetProperty(static c => c.At, now), cancellation).ConfigureAwait(false);
                if (await _intake.SizeIfHeldAsync(db, file.Sha256!, userId, readable, cancellation).ConfigureAwait(false) != file.Length)
                    wanted.Add(file);
            }

            long stored = 0;
            foreach (var names in wanted.SelectMany(static f => f.Terms).Select(static t => t.Xorb).Distinct().Select(static x => x.ToString()).Chunk(NamesPerQuery).Select(static c => c.ToList()))
            {
                var used = db.Xorbs.Where(x => x.UserId == userId && names.Contains(x.Hash));
                await used.ExecuteUpdateAsync(u => u.SetProperty(static x => x.UsedAt, now), cancellation).ConfigureAwait(false);
                var present = await used.Select(static x => new { x.Hash, x.Size }).ToListAsync(cancellation).ConfigureAwait(false);
                if (present.Count < names.Count)
                {
                    var missing = names.Except(present.Select(static x => x.Hash)).First();
                    return ([], new(BlobProblem.Mismatch, $"You have not uploaded the xorb {missing}, or it is not kept any more. Delete your client's cache of uploads (~/.cache/huggingface/xet) and upload again."));
                }

                stored += present.Sum(static x => x.Size);
            }

            var work = wanted.Sum(static f => f.Length);
            return work - FreeAssembly > stored * MostAssemblyPerByte
                ? ([], new(BlobProblem.TooLarge, $"The shard makes {work:N0} bytes of {stored:N0} by repeating them, which is too much. Upload these files by git-lfs (HF_HUB_DISABLE_XET=1)."))
                : (wanted, null);
        }
    }

    // The assembler writes into one end of a pipe while the intake reads from the other: neither waits long, and nothing piles up. The pipe
    // ends properly only when all hashes are right; else the intake is stopped before it can keep anything.
    private async Task<BlobPut.Refused?> AssembleAsync(XetFile file, string userId, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, minimumSegmentSize: BufferSize, useSynchronizationContext: false));
        var assembling = Task.Run(() => WriteAsync(), CancellationToken.None);
        BlobPut? put = null;
        try
        {
            put = await _intake.TakeAsync(pipe.Reader.AsStream(), userId, file.Sha256, file.Length, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The other end has the reason.
        }
        finally
        {
            if (put is not BlobPut.Stored)
                await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)assembling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return put switch
        {
            BlobPut.Stored => null,
            BlobPut.Refused refused => refused,
            _ => await assembling.ConfigureAwait(false) is XetAssembly.Refused refused
                ? new(refused.Reason == XetRefusal.TooLong ? BlobProblem.TooLarge : BlobProblem.Mismatch, refused.Message)
                : throw new InvalidOperationException("The intake of a complete content was stopped."),
        };

        async Task<XetAssembly> WriteAsync()
        {
            XetAssembly? result = null;
            try
            {
                var into = pipe.Writer.AsStream(leaveOpen: true);
                await using (into.ConfigureAwait(false))
                    result = await XetFileAssembler.WriteAsync(file, OpenAsync, into, _options.MaxFileBytes, stop.Token).ConfigureAwait(false);
                return result;
            }
            finally
            {
                if (result is XetAssembly.Complete)
                    await pipe.Writer.CompleteAsync().ConfigureAwait(false);
                else
                    await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private ValueTask<Stream?> OpenAsync(XetHash xorb, int firstChunk, int endChunk, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FileStream file;
        try
        {
            file = new FileStream(PathOf(xorb.ToString()), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = BufferSize, Options = FileOptions.Asynchronous });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult<Stream?>(null);
        }

        var count = ReadWord(file, file.Length - IndexWord);
        var ends = file.Length - ((count + 1) * IndexWord);
        if (endChunk > count || ends < 0)
        {
            file.Dispose();
            return ValueTask.FromResult<Stream?>(null);
        }

        file.Position = firstChunk == 0 ? 0 : ReadWord(file, ends + ((firstChunk - 1) * IndexWord));
        return ValueTask.FromResult<Stream?>(file);
    }

    private async Task<bool> KeepAsync(string path, string name, string userId, CancellationToken cancellation)
    {
        var size = new FileInfo(path).Length;
        var target = PathOf(name);
        var db = await _databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await db.LockAsync("xorb:" + name, cancellation).ConfigureAwait(false);
                // Clients may compress the same chunks differently: one of both is enough. What was cut short is replaced.
                var folder = Path.GetDirectoryName(target)!;
                if (new FileInfo(target) is not { Exists: true } present || present.Length != size)
                {
                    DurableFolder.Create(folder);
                    if (!OperatingSystem.IsWindows())
                        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
                    File.Move(path, target, overwrite: true);
                }

                DurableFolder.Flush(folder);
                var now = _clock.GetUtcNow();
                var isNew = await db.Xorbs.Where(x => x.Hash == name && x.UserId == userId).ExecuteUpdateAsync(u => u.SetProperty(static x => x.UsedAt, now), cancellation).ConfigureAwait(false) == 0;
                if (isNew)
                    db.Xorbs.Add(new Xorb { Hash = name, UserId = userId, Size = size, UsedAt = now });
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return isNew;
            }
        }
    }

    private bool HasNoSpace() => new DriveInfo(_bundles).AvailableFreeSpace - XorbReader.MaxUploadLength < _options.MinFreeBytes;

    private string PathOf(string name) => Path.Combine(_bundles, name[..2], name);

    private static byte[] IndexOf(XorbIndex index)
    {
        var bytes = new byte[(index.Chunks.Count + 1) * IndexWord];
        for (var i = 0; i < index.Chunks.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * IndexWord), (uint)index.Chunks[i].End);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - IndexWord), (uint)index.Chunks.Count);
        return bytes;
    }

    private static long ReadWord(FileStream file, long at)
    {
        Span<byte> word = stackalloc byte[IndexWord];
        return at >= 0 && RandomAccess.Read(file.SafeFileHandle, word, at) == IndexWord ? BinaryPrimitives.ReadUInt32LittleEndian(word) : 0;
    }

    private static Task<bool> DrainAsync(Stream body, long most, CancellationToken cancellation) => CopyAsync(body, Stream.Null, most, cancellation);

    // False when there is more.
    private static async Task<bool> CopyAsync(Stream body, Stream into, long most, CancellationToken cancellation)
    {
        var buffer = new byte[16 << 10];
        for (long total = 0; ;)
        {
            var n = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            if (n == 0)
                return true;
            if ((total += n) > most)
                return false;
            await into.WriteAsync(buffer.AsMemory(0, n), cancellation).ConfigureAwait(false);
        }
    }
}
