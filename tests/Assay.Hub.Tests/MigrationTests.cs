using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests;

public abstract class MigrationTests(TestHub hub)
{
    [Fact]
    public async Task The_migrations_say_what_the_model_says()
    {
        await using var db = await hub.OpenAsync();
        Assert.False(db.Database.HasPendingModelChanges(), "The model was changed without a migration: run scripts/migrate.");
        Assert.Empty(await db.Database.GetPendingMigrationsAsync(TestHub.Cancellation));
        Assert.NotEmpty(await db.Database.GetAppliedMigrationsAsync(TestHub.Cancellation));
    }

    [Fact]
    public async Task To_migrate_again_changes_nothing()
    {
        var (_, repository) = await hub.CreateRepositoryAsync();
        await HubRegistration.MigrateAsync(hub.Services, TestHub.Cancellation);
        await using var db = await hub.OpenAsync();
        Assert.True(await db.Repositories.AnyAsync(r => r.Id == repository.Id, TestHub.Cancellation));
    }

    [Fact]
    public async Task What_is_read_twice_is_the_same_whichever_the_database()
    {
        var user = await hub.CreateUserAsync();
        await using var db = await hub.OpenAsync();
        var account = await db.Accounts.AsNoTracking().FirstAsync(a => a.Id == user.UserId, TestHub.Cancellation);
        Assert.Equal(hub.Clock.GetUtcNow(), account.CreatedAt);
        Assert.Equal(TimeSpan.Zero, account.CreatedAt.Offset);
    }
}

public sealed class MigrationOnSqliteTests(SqliteHub hub) : MigrationTests(hub), IClassFixture<SqliteHub>
{
    private readonly SqliteHub _hub = hub;

    [Fact]
    public async Task The_lock_of_a_process_that_died_while_it_migrated_is_not_waited_for()
    {
        await using (var db = await _hub.OpenAsync())
            await db.Database.ExecuteSqlRawAsync("INSERT INTO \"__EFMigrationsLock\" (\"Id\", \"Timestamp\") VALUES (1, '2026-03-01 12:00:00')", TestHub.Cancellation);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestHub.Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        await HubRegistration.MigrateAsync(_hub.Services, patience.Token);
    }

    [Fact]
    public async Task Many_processes_that_start_at_a_time_migrate_one_after_another() =>
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var other = _hub.Build(static o => o);
            await HubRegistration.MigrateAsync(other, TestHub.Cancellation);
        })));
}

public sealed class MigrationOnPostgresTests(PostgresHub hub) : MigrationTests(hub), IClassFixture<PostgresHub>;
