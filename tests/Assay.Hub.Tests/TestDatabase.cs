using Assay.Hub.Persistence.Postgres;
using Npgsql;

namespace Assay.Hub.Tests;

/// <summary>Which database a test runs on.</summary>
public enum DatabaseKind
{
    Sqlite,
    Postgres,
}

/// <summary>A database of one fixture: a file that goes with its folder, or a database of the server at ASSAY_TEST_POSTGRES that is dropped.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly string? _server;
    private readonly string? _name;

    private TestDatabase(string? server, string? name)
    {
        _server = server;
        _name = name;
    }

    /// <summary>Address of the server; null when there is none.</summary>
    public static string? Server { get; } = Environment.GetEnvironmentVariable("ASSAY_TEST_POSTGRES") is { Length: > 0 } url ? url : null;

    /// <summary>What the hub is told; null for the file in its data folder.</summary>
    public string? Address { get; private init; }

    /// <summary>Skips the test when it needs a server that is not there.</summary>
    public static void Require(DatabaseKind kind)
    {
        if (kind == DatabaseKind.Postgres && Server is null)
            Assert.Skip("there is no PostgreSQL server: ASSAY_TEST_POSTGRES is not set");
    }

    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind)
    {
        if (kind == DatabaseKind.Sqlite)
            return new TestDatabase(null, null);
        Require(kind);
        var server = PostgresHubDb.ConnectionString(Server!);
        var name = "assay_" + Guid.CreateVersion7().ToString("N");
        await RunAsync(server, $"CREATE DATABASE {name}");
        return new TestDatabase(server, name) { Address = new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30 }.ToString() };
    }

    public async ValueTask DisposeAsync()
    {
        if (_name is null)
            return;
        await using (var pooled = new NpgsqlConnection(Address))
            NpgsqlConnection.ClearPool(pooled);
        await RunAsync(_server!, $"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
    }

    private static async Task RunAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }
}
