using System.Runtime.CompilerServices;
using Assay.Formats;
using Assay.Protocol.Git;

namespace Assay.Hub.Blobs;

/// <summary>
/// Contents in a folder: <c>sha256/ab/cd/abcd…</c>, written to <c>staging/</c>, flushed to the disk and renamed. Files are made read-only, so
/// that nothing changes them by mistake.
/// </summary>
public sealed class LocalBlobStore : IBlobStore
{
    private readonly string _contents;
    private readonly string _staging;

    /// <summary>A store in a folder.</summary>
    /// <param name="root">The folder; made when it is missing.</param>
    public LocalBlobStore(string root)
    {
        _contents = Path.Combine(root, "sha256");
        _staging = Path.Combine(root, "staging");
        DurableFolder.Create(_contents);
        DurableFolder.Create(_staging);
    }

    /// <inheritdoc/>
    public Task<BlobStage> StageAsync(CancellationToken cancellation)
    {
        var path = Path.Combine(_staging, Guid.CreateVersion7().ToString("N"));
        return Task.FromResult<BlobStage>(new Stage(path));
    }

    /// <inheritdoc/>
    public async Task<bool> KeepAsync(BlobStage stage, string sha256, CancellationToken cancellation)
    {
        var file = (Stage)stage;
        var target = PathOf(sha256);
        var folder = Path.GetDirectoryName(target)!;
        var isNew = new FileInfo(target) is not { Exists: true } present || present.Length != file.Stream.Length;
        if (isNew)
        {
            await file.Stream.FlushAsync(cancellation).ConfigureAwait(false);
            await Task.Run(file.FlushToDisk, cancellation).ConfigureAwait(false);
            await file.CloseAsync().ConfigureAwait(false);
            DurableFolder.Create(folder);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file.Path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            // A damaged file of the same name is replaced as a whole.
            File.Move(file.Path, target, overwrite: true);
            file.Kept = true;
        }

        // The rename must reach the disk too; even an earlier one, whose process may have died before it came to this.
        DurableFolder.Flush(folder);
        await file.DisposeAsync().ConfigureAwait(false);
        return isNew;
    }

    /// <inheritdoc/>
    public Task<long?> LengthAsync(string sha256, CancellationToken cancellation)
    {
        var file = new FileInfo(PathOf(sha256));
        return Task.FromResult(file.Exists ? file.Length : (long?)null);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(PathOf(sha256), new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            }));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <inheritdoc/>
    public Task<ByteSource?> OpenSourceAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult<ByteSource?>(FileByteSource.Open(PathOf(sha256)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<ByteSource?>(null);
        }
    }

    /// <inheritdoc/>
    public string? FileOf(string sha256)
    {
        var path = PathOf(sha256);
        return File.Exists(path) ? path : null;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            File.Delete(PathOf(sha256));
        }
        catch (DirectoryNotFoundException)
        {
            // Nor was it ever there.
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string sha256, DateTimeOffset storedAt, CancellationToken cancellation)
    {
        var file = new FileInfo(PathOf(sha256));
        if (!file.Exists || file.LastWriteTimeUtc != storedAt.UtcDateTime)
            return Task.FromResult(false);
        file.Delete();
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<(string Sha256, long Length, DateTimeOffset StoredAt)> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var file in new DirectoryInfo(_contents).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            if (LfsPointer.IsSha256(file.Name))
                yield return (file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
        }
    }

    /// <inheritdoc/>
    public long? FreeBytes() => new DriveInfo(_contents).AvailableFreeSpace;

    /// <inheritdoc/>
    public Task SweepStagesAsync(DateTimeOffset olderThan, CancellationToken cancellation)
    {
        foreach (var file in new DirectoryInfo(_staging).EnumerateFiles())
        {
            cancellation.ThrowIfCancellationRequested();
            if (file.LastWriteTimeUtc < olderThan.UtcDateTime)
                file.Delete();
        }

        return Task.CompletedTask;
    }

    private string PathOf(string sha256)
    {
        if (!LfsPointer.IsSha256(sha256))
            throw new ArgumentException("A content is named by 64 lower-case hexadecimal digits.", nameof(sha256));
        return Path.Combine(_contents, sha256[..2], sha256[2..4], sha256);
    }

    private sealed class Stage : BlobStage
    {
        private readonly FileStream _stream;

        public Stage(string path)
        {
            Path = path;
            _stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            });
        }

        public string Path { get; }

        public bool Kept { get; set; }

        public override Stream Stream => _stream;

        public void FlushToDisk() => _stream.Flush(flushToDisk: true);

        public ValueTask CloseAsync() => _stream.DisposeAsync();

        public override async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            if (!Kept)
                File.Delete(Path);
            GC.SuppressFinalize(this);
        }
    }
}
