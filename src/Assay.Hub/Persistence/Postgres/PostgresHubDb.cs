using System.Buffers.Binary;
using System.Data;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Assay.Hub.Persistence.Postgres;

/// <summary>The hub's data in PostgreSQL.</summary>
public sealed class PostgresHubDb(DbContextOptions<PostgresHubDb> options) : HubDb(options)
{
    /// <summary>Options for a server.</summary>
    /// <param name="url">Address, <c>postgresql://user:password@host:5432/database</c>, or a connection string of Npgsql.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Action<DbContextOptionsBuilder> At(string url)
    {
        var connection = ConnectionString(url);
        return builder => builder.UseNpgsql(connection);
    }

    /// <summary>The connection string for an address.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static string ConnectionString(string url)
    {
        if (!url.Contains("://", StringComparison.Ordinal))
        {
            try
            {
                return new NpgsqlConnectionStringBuilder(url).ToString();
            }
            catch (ArgumentException e)
            {
                throw new FormatException("The database is given as postgresql://user:password@host:5432/name", e);
            }
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgresql" or "postgres"))
            throw new FormatException("The database is given as postgresql://user:password@host:5432/name");
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.IsDefaultPort || uri.Port < 0 ? 5432 : uri.Port,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
        };
        if (user[0].Length > 0)
            builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var (name, value) = (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
            if (name == "host")
                builder.Host = value;
            else
                builder[name == "sslmode" ? "SSL Mode" : name] = value;
        }

        return builder.ToString();
    }

    /// <inheritdoc/>
    public override Task LockAsync(string name, CancellationToken cancellation)
    {
        var key = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({key})", cancellation);
    }

    /// <inheritdoc/>
    public override async Task<IDbContextTransaction> BeginSnapshotAsync(CancellationToken cancellation)
    {
        var transaction = await Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation).ConfigureAwait(false);
        await Settings.AnyAsync(cancellation).ConfigureAwait(false); // the first read fixes what it sees
        return transaction;
    }

    /// <inheritdoc/>
    public override IQueryable<string> Search(IReadOnlyList<string> words)
    {
        var query = SearchDocuments.AsNoTracking();
        foreach (var word in words)
        {
            var pattern = "%" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";
            query = query.Where(d => EF.Functions.Like(d.Text, pattern, "\\"));
        }

        return query.Select(static d => d.RepositoryId);
    }

    /// <inheritdoc/>
    public override bool IsDuplicate(DbUpdateException fault) => fault.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <inheritdoc/>
    public override bool IsConflict(Exception fault) =>
        fault is DbUpdateConcurrencyException
        || (fault as PostgresException ?? fault.InnerException as PostgresException) is { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };
}
