using System.Formats.Tar;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Protocol.Git;
using Assay.Scanning;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Backup;

/// <summary>
/// Copies of a whole hub in one form for both databases: tables as JSON lines, contents under their SHA-256, a manifest with the digest of
/// each table. A copy is made while the hub runs: the tables are read in one snapshot, and contents never change.
/// </summary>
public sealed class HubBackup(IDbContextFactory<HubDb> databases, IBlobStore store, HubOptions options, TimeProvider clock)
{
    private const int MaxRounds = 5;

    /// <summary>Writes a backup.</summary>
    /// <param name="path">A folder, where contents of an earlier backup are not copied again; or a new file that ends in <c>.tar</c>.</param>
    /// <param name="progress">Told the bytes of contents that were copied; null when nobody wants to know.</param>
    /// <param name="cancellation">Stops it; a tar file that is not finished is removed.</param>
    /// <returns>What is in it. Contents that the store had lost or damaged are listed there.</returns>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public async Task<BackupManifest> WriteAsync(string path, IProgress<long>? progress, CancellationToken cancellation)
    {
        var target = BackupTarget.Open(path);
        await using (target.ConfigureAwait(false))
        {
            var folder = Directory.CreateTempSubdirectory("assay-backup-").FullName;
            try
            {
                var damaged = new HashSet<string>(StringComparer.Ordinal);
                var copied = 0L;
                for (var round = 1; ; round++)
                {
                    var (tables, migration, at) = await WriteTablesAsync(folder, cancellation).ConfigureAwait(false);
                    var (contents, bytes, swept) = (0L, 0L, 0);
                    await foreach (var (sha256, size) in ContentsAsync(folder, cancellation).ConfigureAwait(false))
                    {
                        if (damaged.Contains(sha256))
                            continue;
                        if (!target.Has(sha256, size))
                        {
                            var stream = await store.OpenAsync(sha256, cancellation).ConfigureAwait(false);
                            if (stream is null)
                            {
                                // Swept away since the snapshot, or lost: the database of now knows.
                                if (await IsKnownAsync(sha256, cancellation).ConfigureAwait(false))
                                    damaged.Add(sha256);
                                else
                                    swept++;
                                continue;
                            }

                            await using (stream.ConfigureAwait(false))
                            {
                                if (!await target.AddContentAsync(sha256, stream, cancellation).ConfigureAwait(false))
                                {
                                    damaged.Add(sha256);
                                    continue;
                                }
                            }

                            copied += size;
                            progress?.Report(copied);
                        }

                        contents++;
                        bytes += size;
                    }

                    // What was swept away is not in the tables of now: these are read again, and only what is new is copied.
                    if (swept > 0 && round < MaxRounds)
                        continue;
                    if (swept > 0)
                        throw new IOException("Contents were removed faster than they could be copied. Try again.");
                    var manifest = new BackupManifest
                    {
                        Schema = BackupManifest.SchemaName,
                        Version = Engine.Version,
                        At = at,
                        Migration = migration,
                        Tables = tables,
                        Contents = contents,
                        ContentBytes = bytes,
                        Missing = [.. damaged.Order(StringComparer.Ordinal)],
                    };
                    await target.FinishAsync(folder, manifest, cancellation).ConfigureAwait(false);
                    return manifest;
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Brings a backup into an empty hub. Every table and every content is compared with its digest first; nothing is visible before all is in.</summary>
    /// <param name="path">The folder or tar file.</param>
    /// <param name="progress">Told the bytes of contents that were brought in; null when nobody wants to know.</param>
    /// <param name="cancellation">Stops it; the folder must be emptied before the next attempt.</param>
    /// <exception cref="InvalidDataException">The backup is damaged, or of another version.</exception>
    /// <exception cref="IOException">The hub is not empty, or the disk fails.</exception>
    public async Task<BackupManifest> RestoreAsync(string path, IProgress<long>? progress, CancellationToken cancellation)
    {
        await RequireEmptyAsync(cancellation).ConfigureAwait(false);
        var folder = Directory.CreateTempSubdirectory("assay-restore-").FullName;
        try
        {
            var bytes = 0L;
            BackupManifest? manifest = null;
            await foreach (var (name, content) in EntriesAsync(path, cancellation).ConfigureAwait(false))
            {
                var file = name[(name.LastIndexOf('/') + 1)..];
                if (name == BackupManifest.FileName)
                {
                    using var json = new MemoryStream();
                    await content.CopyToAsync(json, cancellation).ConfigureAwait(false);
                    manifest = BackupManifest.Read(json.GetBuffer().AsSpan(0, (int)json.Length));
                }
                else if (LfsPointer.IsSha256(file) && name == BackupTarget.NameOf(file))
                {
                    bytes += await TakeAsync(file, content, cancellation).ConfigureAwait(false);
                    progress?.Report(bytes);
                }
                else if (name == "tables/" + file && file.EndsWith(".jsonl", StringComparison.Ordinal) && file.AsSpan(0, file.Length - 6).IndexOfAnyExcept(TableName) < 0)
                {
                    var copy = File.Create(Path.Combine(folder, file));
                    await using (copy.ConfigureAwait(false))
                        await content.CopyToAsync(copy, cancellation).ConfigureAwait(false);
                }
            }

            if (manifest is null)
                throw new InvalidDataException($"{path} has no {BackupManifest.FileName}: it is no backup, or one that was never finished.");
            await ImportAsync(folder, manifest, cancellation).ConfigureAwait(false);
            return manifest;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static readonly System.Buffers.SearchValues<char> TableName = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private async Task<(IReadOnlyList<BackupTable> Tables, string Migration, DateTimeOffset At)> WriteTablesAsync(string folder, CancellationToken cancellation)
    {
        var written = new List<BackupTable>();
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var migration = await MigrationAsync(db, cancellation).ConfigureAwait(false);
            var snapshot = await db.BeginSnapshotAsync(cancellation).ConfigureAwait(false);
            var at = clock.GetUtcNow();
            await using (snapshot.ConfigureAwait(false))
            {
                foreach (var table in TableRows.Of(db))
                {
                    var path = Path.Combine(folder, table.Name + ".jsonl");
                    long rows;
                    var file = File.Create(path);
                    await using (file.ConfigureAwait(false))
                        rows = await table.WriteAsync(db, file, cancellation).ConfigureAwait(false);
                    written.Add(new BackupTable(table.Name, $"tables/{table.Name}.jsonl", rows, await DigestAsync(path, cancellation).ConfigureAwait(false)));
                }
            }

            return (written, migration, at);
        }
    }

    // Read from the copy, so that no transaction is open while contents are copied.
    private static async IAsyncEnumerable<(string Sha256, long Size)> ContentsAsync(string folder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var lines = new StreamReader(Path.Combine(folder, "StoredBlobs.jsonl"));
        while (await lines.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            using var row = System.Text.Json.JsonDocument.Parse(line);
            yield return (row.RootElement.GetProperty(nameof(StoredBlob.Sha256)).GetString()!, row.RootElement.GetProperty(nameof(StoredBlob.Size)).GetInt64());
        }
    }

    private async Task<bool> IsKnownAsync(string sha256, CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
            return await db.StoredBlobs.AnyAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false);
    }

    private async Task RequireEmptyAsync(CancellationToken cancellation)
    {
        if (options.Database is null && File.Exists(HubRegistration.DatabaseFile(options)))
            throw new IOException($"There is a hub in {options.DataFolder}. A backup is restored into an empty folder: name one with --data.");
        await foreach (var _ in store.ListAsync(cancellation).ConfigureAwait(false))
            throw new IOException($"There are contents in {options.DataFolder}. A backup is restored into an empty folder: name one with --data.");
        if (options.Database is null)
            return;
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            if ((await db.Database.GetAppliedMigrationsAsync(cancellation).ConfigureAwait(false)).Any() && await db.AuditEntries.AnyAsync(cancellation).ConfigureAwait(false))
                throw new IOException("There is a hub in this database. A backup is restored into an empty one: name it with --database.");
        }
    }

    private async Task<long> TakeAsync(string sha256, Stream content, CancellationToken cancellation)
    {
        var stage = await store.StageAsync(cancellation).ConfigureAwait(false);
        await using (stage.ConfigureAwait(false))
        {
            var hashed = new HashedStream(content);
            await hashed.CopyToAsync(stage.Stream, 1 << 20, cancellation).ConfigureAwait(false);
            // A damaged content is left out: the tables tell whether it is needed.
            if (hashed.Digest() != sha256)
                return 0;
            var length = hashed.Position;
            await store.KeepAsync(stage, sha256, cancellation).ConfigureAwait(false);
            return length;
        }
    }

    private async Task ImportAsync(string folder, BackupManifest manifest, CancellationToken cancellation)
    {
        foreach (var table in manifest.Tables)
        {
            var path = Path.Combine(folder, table.Name + ".jsonl");
            if (table.File != $"tables/{table.Name}.jsonl" || !File.Exists(path) || await DigestAsync(path, cancellation).ConfigureAwait(false) != table.Sha256)
                throw new InvalidDataException($"The table {table.Name} of the backup is missing or was changed. Use another backup.");
        }

        var missing = manifest.Missing.ToHashSet(StringComparer.Ordinal);
        await foreach (var (sha256, size) in ContentsAsync(folder, cancellation).ConfigureAwait(false))
        {
            if (!missing.Contains(sha256) && await store.LengthAsync(sha256, cancellation).ConfigureAwait(false) != size)
                throw new InvalidDataException($"The content {sha256} of the backup is missing or was changed. Use another backup.");
        }

        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            if (db.Database.GetMigrations().Select(NameOf).Last() != manifest.Migration)
                throw new InvalidDataException($"This backup was made by version {manifest.Version}, whose data have another form. Restore it with that version, then upgrade.");
            await db.Database.MigrateAsync(cancellation).ConfigureAwait(false);
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                foreach (var table in TableRows.Of(db))
                {
                    var described = manifest.Tables.FirstOrDefault(t => t.Name == table.Name) ?? throw new InvalidDataException($"The backup lacks the table {table.Name}.");
                    var file = File.OpenRead(Path.Combine(folder, table.Name + ".jsonl"));
                    await using (file.ConfigureAwait(false))
                    {
                        if (await table.ReadAsync(db, file, cancellation).ConfigureAwait(false) != described.Rows)
                            throw new InvalidDataException($"The table {table.Name} of the backup has not the rows that its manifest tells.");
                    }
                }

                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private static async IAsyncEnumerable<(string Name, Stream Content)> EntriesAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            var root = Path.GetFullPath(path);
            foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                var stream = new FileStream(file, new FileStreamOptions { Access = FileAccess.Read, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
                await using (stream.ConfigureAwait(false))
                    yield return (Path.GetRelativePath(root, file).Replace('\\', '/'), stream);
            }

            yield break;
        }

        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no backup at {path}.");
        var archive = File.OpenRead(path);
        await using (archive.ConfigureAwait(false))
        {
            var tar = new TarReader(archive);
            await using (tar.ConfigureAwait(false))
            {
                while (await tar.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry)
                {
                    if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                        yield return (entry.Name, entry.DataStream ?? Stream.Null);
                }
            }
        }
    }

    private static async Task<string> MigrationAsync(HubDb db, CancellationToken cancellation) =>
        NameOf((await db.Database.GetAppliedMigrationsAsync(cancellation).ConfigureAwait(false)).LastOrDefault() ?? throw new IOException("The database is empty. Start the hub once."));

    // 20260101000000_Initial: the time differs between the databases, the name does not.
    private static string NameOf(string migration) => migration[(migration.IndexOf('_', StringComparison.Ordinal) + 1)..];

    private static async Task<string> DigestAsync(string path, CancellationToken cancellation)
    {
        var file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
            return Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
    }
}
