using System.Formats.Tar;
using System.Security.Cryptography;

namespace Assay.Hub.Backup;

/// <summary>Where a backup is written to: a folder, or one tar file. Both hold the same names.</summary>
internal abstract class BackupTarget : IAsyncDisposable
{
    /// <summary>The name of a content in a backup.</summary>
    public static string NameOf(string sha256) => $"blobs/{sha256[..2]}/{sha256}";

    /// <summary>The file of the given path: ending in <c>.tar</c> a tar file, anything else a folder.</summary>
    /// <exception cref="IOException">It is there already and no backup, or cannot be written.</exception>
    public static BackupTarget Open(string path) =>
        path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? new TarTarget(path) : new FolderTarget(path);

    /// <summary>Whether a content is there from an earlier backup.</summary>
    public abstract bool Has(string sha256, long length);

    /// <summary>Adds a content.</summary>
    /// <returns>Whether its bytes are those of its name; what is not is not kept in a folder.</returns>
    public abstract Task<bool> AddContentAsync(string sha256, Stream content, CancellationToken cancellation);

    /// <summary>Puts the tables and the manifest in place: from now on there is a backup.</summary>
    /// <param name="folder">Holds the tables.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="cancellation">Stops it.</param>
    public abstract Task FinishAsync(string folder, BackupManifest manifest, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private static UnixFileMode Private => UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, Options = FileOptions.Asynchronous };
        // Signing keys and hashes of passwords are in it.
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Private;
        return new FileStream(path, options);
    }

    private sealed class FolderTarget : BackupTarget
    {
        private readonly string _root;

        public FolderTarget(string root)
        {
            _root = Path.GetFullPath(root);
            if (Directory.Exists(_root) && !File.Exists(Path.Combine(_root, BackupManifest.FileName)) && Directory.EnumerateFileSystemEntries(_root).Any(static e => Path.GetFileName(e) is not ("blobs" or "tables.new")))
                throw new IOException($"{root} holds other files. Choose a new folder, an earlier backup, or a file that ends in .tar.");
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(_root);
            else
                Directory.CreateDirectory(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public override bool Has(string sha256, long length) => new FileInfo(Path.Combine(_root, NameOf(sha256))) is { Exists: true } file && file.Length == length;

        public override async Task<bool> AddContentAsync(string sha256, Stream content, CancellationToken cancellation)
        {
            var path = Path.Combine(_root, NameOf(sha256));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var part = path + ".part";
            File.Delete(part);
            var hashed = new HashedStream(content);
            var file = Create(part);
            await using (file.ConfigureAwait(false))
            {
                await hashed.CopyToAsync(file, 1 << 20, cancellation).ConfigureAwait(false);
                await Task.Run(() => file.Flush(flushToDisk: true), cancellation).ConfigureAwait(false);
            }

            if (hashed.Digest() != sha256)
            {
                File.Delete(part);
                return false;
            }

            File.Move(part, path, overwrite: true);
            return true;
        }

        public override async Task FinishAsync(string folder, BackupManifest manifest, CancellationToken cancellation)
        {
            // The new tables lie beside the old ones until the manifest names them.
            var (tables, fresh, old) = (Path.Combine(_root, "tables"), Path.Combine(_root, "tables.new"), Path.Combine(_root, "tables.old"));
            foreach (var stale in (string[])[fresh, old])
            {
                if (Directory.Exists(stale))
                    Directory.Delete(stale, recursive: true);
            }

            Directory.CreateDirectory(fresh);
            foreach (var table in Directory.EnumerateFiles(folder))
            {
                var target = Path.Combine(fresh, Path.GetFileName(table));
                var from = File.OpenRead(table);
                await using (from.ConfigureAwait(false))
                {
                    var to = Create(target);
                    await using (to.ConfigureAwait(false))
                    {
                        await from.CopyToAsync(to, 1 << 20, cancellation).ConfigureAwait(false);
                        to.Flush(flushToDisk: true);
                    }
                }
            }

            var path = Path.Combine(_root, BackupManifest.FileName);
            File.Delete(path + ".new");
            var stream = Create(path + ".new");
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(manifest.ToJson(), cancellation).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            // Between these renames a crash leaves no manifest, or one whose digests do not fit: a restore refuses both.
            if (Directory.Exists(tables))
                Directory.Move(tables, old);
            Directory.Move(fresh, tables);
            File.Move(path + ".new", path, overwrite: true);
            if (Directory.Exists(old))
                Directory.Delete(old, recursive: true);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class TarTarget : BackupTarget
    {
        private readonly string _path;
        private readonly FileStream _file;
        private readonly TarWriter _tar;
        private readonly HashSet<string> _added = new(StringComparer.Ordinal);
        private bool _finished;

        public TarTarget(string path)
        {
            _path = Path.GetFullPath(path);
            if (File.Exists(_path))
                throw new IOException($"{path} is there already. Choose another name; a backup never overwrites one.");
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.Delete(_path + ".part");
            _file = Create(_path + ".part");
            _tar = new TarWriter(_file, TarEntryFormat.Pax, leaveOpen: true);
        }

        public override bool Has(string sha256, long length) => _added.Contains(sha256);

        public override async Task<bool> AddContentAsync(string sha256, Stream content, CancellationToken cancellation)
        {
            var hashed = new HashedStream(content);
            await AddAsync(NameOf(sha256), hashed, cancellation).ConfigureAwait(false);
            _added.Add(sha256);
            return hashed.Digest() == sha256;
        }

        public override async Task FinishAsync(string folder, BackupManifest manifest, CancellationToken cancellation)
        {
            using (var json = new MemoryStream(manifest.ToJson()))
                await AddAsync(BackupManifest.FileName, json, cancellation).ConfigureAwait(false);
            foreach (var table in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                var stream = File.OpenRead(table);
                await using (stream.ConfigureAwait(false))
                    await AddAsync("tables/" + Path.GetFileName(table), stream, cancellation).ConfigureAwait(false);
            }

            await _tar.DisposeAsync().ConfigureAwait(false);
            _file.Flush(flushToDisk: true);
            await _file.DisposeAsync().ConfigureAwait(false);
            File.Move(_path + ".part", _path);
            _finished = true;
        }

        public override async ValueTask DisposeAsync()
        {
            if (_finished)
                return;
            await _file.DisposeAsync().ConfigureAwait(false);
            File.Delete(_path + ".part");
        }

        private Task AddAsync(string name, Stream content, CancellationToken cancellation) =>
            _tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Private }, cancellation);
    }
}

/// <summary>Hashes what is read from another stream, once, from its start.</summary>
internal sealed class HashedStream(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    public override bool CanRead => true;

    // Writers of archives ask for the length.
    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The digest of what was read, lower-case hexadecimal.</summary>
    public string Digest() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        _hash.AppendData(buffer[..read]);
        _position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _hash.AppendData(buffer.Span[..read]);
        _position += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
