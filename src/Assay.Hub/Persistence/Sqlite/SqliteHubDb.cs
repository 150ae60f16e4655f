using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Assay.Hub.Persistence.Sqlite;

/// <summary>The hub's data in a SQLite file (write-ahead log, one writer at a time).</summary>
public sealed class SqliteHubDb(DbContextOptions<SqliteHubDb> options) : HubDb(options)
{
    /// <summary>Options for a file.</summary>
    /// <param name="path">The file; made when it is missing.</param>
    public static Action<DbContextOptionsBuilder> At(string path) => builder => builder
        .UseSqlite(new SqliteConnectionStringBuilder { DataSource = path, Cache = SqliteCacheMode.Default, Pooling = true, DefaultTimeout = 60 }.ToString())
        .AddInterceptors(Pragmas.Instance);

    /// <inheritdoc/>
    public override Task LockAsync(string name, CancellationToken cancellation) => Task.CompletedTask; // a transaction that writes is alone

    /// <inheritdoc/>
    public override async Task<IDbContextTransaction> BeginSnapshotAsync(CancellationToken cancellation)
    {
        await Database.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        // A deferred one takes no lock of a writer; its first read fixes what it sees.
        var snapshot = ((SqliteConnection)Database.GetDbConnection()).BeginTransaction(deferred: true);
        var transaction = await Database.UseTransactionAsync(snapshot, cancellation).ConfigureAwait(false);
        await Settings.AnyAsync(cancellation).ConfigureAwait(false);
        return transaction!;
    }

    /// <inheritdoc/>
    public override IQueryable<string> Search(IReadOnlyList<string> words)
    {
        // Trigrams find parts of three characters or more; shorter words are looked for in what is left.
        var query = SearchDocuments.AsNoTracking();
        var phrases = words.Where(static w => w.Length >= 3).Select(static w => "\"" + w.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"").ToList();
        if (phrases.Count > 0)
        {
            var match = string.Join(" AND ", phrases);
            query = query.Where(d => Database.SqlQuery<long>($"SELECT rowid AS Value FROM SearchIndex WHERE SearchIndex MATCH {match}").Contains(d.Number));
        }

        foreach (var word in words)
        {
            if (word.Length < 3)
                query = query.Where(d => d.Text.Contains(word));
        }

        return query.Select(static d => d.RepositoryId);
    }

    /// <inheritdoc/>
    public override bool IsDuplicate(DbUpdateException fault) => fault.InnerException is SqliteException { SqliteErrorCode: 19, SqliteExtendedErrorCode: 1555 or 2067 };

    /// <inheritdoc/>
    public override bool IsConflict(Exception fault) =>
        fault is DbUpdateConcurrencyException || (fault as SqliteException ?? fault.InnerException as SqliteException) is { SqliteErrorCode: 5 or 6 };

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // SQLite has no type for times that sorts.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(static t => t.UtcTicks, static t => new DateTimeOffset(t, TimeSpan.Zero));

    // FULL: what was committed survives a loss of power; the log alone is flushed, so that it costs one flush a transaction.
    private sealed class Pragmas : DbConnectionInterceptor
    {
        public static readonly Pragmas Instance = new();

        private const string Text = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=60000; PRAGMA cache_size=-32000;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Text;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = Text;
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
