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

public sealed class MigrationOnSqliteTests(SqliteHub hub) : MigrationTests(hub), IClassFixture<SqliteHub>;

public sealed class MigrationOnPostgresTests(PostgresHub hub) : MigrationTests(hub), IClassFixture<PostgresHub>;
