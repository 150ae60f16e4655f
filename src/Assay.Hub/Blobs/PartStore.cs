using System.Globalization;
using Assay.Protocol.Git;

namespace Assay.Hub.Blobs;

/// <summary>
/// Parts of large uploads that come one by one, in any order, some of them twice. Once all are there they are taken in as one content; what is
/// never finished is swept away.
/// </summary>
public sealed class PartStore
{
    private readonly string _root;

    /// <summary>A store in a folder.</summary>
    public PartStore(HubOptions options)
    {
        _root = Path.Combine(options.DataFolder, "parts");
        Directory.CreateDirectory(_root);
    }

    /// <summary>Takes in a part. The same part again replaces it.</summary>
    /// <param name="upload">Name of the upload: a user's id and a digest.</param>
    /// <param name="number">Number of the part, from 1.</param>
    /// <param name="body">Read to its end.</param>
    /// <param name="length">Length that the part must have, in bytes.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>False when the part has another length.</returns>
    public async Task<bool> PutAsync((string UserId, string Sha256) upload, int number, Stream body, long length, CancellationToken cancellation)
    {
        var folder = FolderOf(upload);
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $"{Guid.CreateVersion7():N}.new");
        try
        {
            var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });
            await using (file.ConfigureAwait(false))
            {
                var buffer = new byte[256 << 10];
                int read;
                while ((read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
                {
                    if (file.Length + read > length)
                        return false;
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                }

                if (file.Length != length)
                    return false;
            }

            File.Move(temporary, PathOf(folder, number), overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Opens all parts as one stream.</summary>
    /// <param name="upload">Name of the upload.</param>
    /// <param name="count">How many parts there are.</param>
    /// <returns>Null when one of them is missing.</returns>
    public Stream? Open((string UserId, string Sha256) upload, int count)
    {
        var folder = FolderOf(upload);
        var paths = new string[count];
        for (var i = 0; i < count; i++)
        {
            paths[i] = PathOf(folder, i + 1);
            if (!File.Exists(paths[i]))
                return null;
        }

        return new Chain(paths);
    }

    /// <summary>Forgets an upload.</summary>
    public void Remove((string UserId, string Sha256) upload)
    {
        try
        {
            Directory.Delete(FolderOf(upload), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Nor was there one.
        }
    }

    /// <summary>Removes uploads that were never finished.</summary>
    /// <param name="olderThan">Younger ones may still go on.</param>
    public void Sweep(DateTimeOffset olderThan)
    {
        foreach (var folder in new DirectoryInfo(_root).EnumerateDirectories())
        {
            if (folder.LastWriteTimeUtc < olderThan.UtcDateTime)
                folder.Delete(recursive: true);
        }
    }

    private static string PathOf(string folder, int number) => Path.Combine(folder, number.ToString("D6", CultureInfo.InvariantCulture));

    private string FolderOf((string UserId, string Sha256) upload)
    {
        if (!LfsPointer.IsSha256(upload.Sha256) || upload.UserId.Length == 0 || !upload.UserId.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException("An upload is named by an account's id and a digest.", nameof(upload));
        return Path.Combine(_root, upload.UserId + "-" + upload.Sha256);
    }

    private sealed class Chain(string[] paths) : Stream
    {
        private FileStream? _current;
        private int _next;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                if (_current is null)
                {
                    if (_next == paths.Length)
                        return 0;
                    _current = new FileStream(paths[_next++], new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
                }

                var read = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read > 0 || buffer.IsEmpty)
                    return read;
                await _current.DisposeAsync().ConfigureAwait(false);
                _current = null;
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _current?.Dispose();
            base.Dispose(disposing);
        }
    }
}
