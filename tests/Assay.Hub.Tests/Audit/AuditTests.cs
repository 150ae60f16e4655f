using System.Text.Json.Nodes;
using Assay.Hub.Audit;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests.Audit;

public abstract class AuditTests(TestHub hub)
{
    [Fact]
    public async Task Entries_written_at_the_same_time_are_one_chain_without_gaps()
    {
        var before = (await VerifyAsync()).Entries;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var n = 0; n < 5; n++)
                await AddAsync($"worker {i}", $"{n}");
        })));
        var check = await VerifyAsync();
        Assert.Null(check.Problem);
        Assert.Equal(before + 40, check.Entries);
    }

    [Fact]
    public async Task What_is_rolled_back_leaves_no_entry_and_no_gap()
    {
        await AddAsync("a", "kept");
        await using (var db = await hub.OpenAsync())
        {
            var transaction = await db.BeginAsync(TestHub.Cancellation);
            await using (transaction)
            {
                await hub.Get<AuditLog>().AddAsync(db, "a", "test", "lost", [], TestHub.Cancellation);
                await db.SaveChangesAsync(TestHub.Cancellation);
            }
        }

        await AddAsync("a", "next");
        Assert.Null((await VerifyAsync()).Problem);
        await using var after = await hub.OpenAsync();
        Assert.False(await after.AuditEntries.AnyAsync(static e => e.Subject == "lost", TestHub.Cancellation));
    }

    [Fact]
    public async Task Outside_of_a_transaction_nothing_is_written()
    {
        await using var db = await hub.OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => hub.Get<AuditLog>().AddAsync(db, "a", "test", "s", [], TestHub.Cancellation));
    }

    [Theory]
    [InlineData("actor")]
    [InlineData("action")]
    [InlineData("subject")]
    [InlineData("detail")]
    [InlineData("time")]
    [InlineData("hash")]
    [InlineData("missing")]
    [InlineData("inserted")]
    [InlineData("exchanged")]
    public async Task Whatever_is_changed_in_an_entry_is_found(string what)
    {
        for (var i = 0; i < 5; i++)
            await AddAsync("honest", what + i);
        Assert.Null((await VerifyAsync()).Problem);
        await using var db = await hub.OpenAsync();
        await using var transaction = await db.BeginAsync(TestHub.Cancellation);
        var at = await db.AuditEntries.MaxAsync(static e => e.Sequence, TestHub.Cancellation) - 2;
        var one = db.AuditEntries.Where(e => e.Sequence == at);
        var entry = await one.AsNoTracking().FirstAsync(TestHub.Cancellation);
        switch (what)
        {
            case "actor":
                await one.ExecuteUpdateAsync(static u => u.SetProperty(static e => e.Actor, "somebody else"), TestHub.Cancellation);
                break;
            case "action":
                await one.ExecuteUpdateAsync(static u => u.SetProperty(static e => e.Action, "nothing"), TestHub.Cancellation);
                break;
            case "subject":
                await one.ExecuteUpdateAsync(static u => u.SetProperty(static e => e.Subject, "model:x/y"), TestHub.Cancellation);
                break;
            case "detail":
                await one.ExecuteUpdateAsync(static u => u.SetProperty(static e => e.Detail, "{}"), TestHub.Cancellation);
                break;
            case "time":
                await one.ExecuteUpdateAsync(static u => u.SetProperty(static e => e.At, DateTimeOffset.UnixEpoch), TestHub.Cancellation);
                break;
            case "hash":
                // Whoever computes the hash anew breaks the link to the next one.
                await one.ExecuteUpdateAsync(u => u.SetProperty(static e => e.Actor, "forger").SetProperty(static e => e.Hash, AuditEntry.HashOf(entry.Sequence, entry.At, "forger", entry.Action, entry.Subject, entry.Detail, entry.Previous)), TestHub.Cancellation);
                break;
            case "missing":
                await one.ExecuteDeleteAsync(TestHub.Cancellation);
                break;
            case "inserted":
                {
                    var last = at + 3;
                    db.AuditEntries.Add(new AuditEntry { Sequence = last, At = entry.At, Actor = "x", Action = "x", Subject = "x", Detail = "{}", Previous = entry.Hash, Hash = AuditEntry.HashOf(last, entry.At, "x", "x", "x", "{}", entry.Hash) });
                    await db.SaveChangesAsync(TestHub.Cancellation);
                    break;
                }

            default:
                {
                    var next = await db.AuditEntries.AsNoTracking().FirstAsync(e => e.Sequence == at + 1, TestHub.Cancellation);
                    await db.AuditEntries.Where(e => e.Sequence == at).ExecuteUpdateAsync(u => u.SetProperty(static e => e.Subject, next.Subject).SetProperty(static e => e.Hash, next.Hash).SetProperty(static e => e.Previous, next.Previous), TestHub.Cancellation);
                    break;
                }
        }

        var check = await AuditLog.VerifyAsync(db, TestHub.Cancellation);
        Assert.NotNull(check.Problem);
        await transaction.RollbackAsync(TestHub.Cancellation);
        Assert.Null((await VerifyAsync()).Problem);
    }

    [Fact]
    public async Task A_text_may_be_longer_than_its_column_and_hold_anything()
    {
        await AddAsync(new string('ä', 500), "line\nbreak \u0001 " + new string('x', 1000));
        Assert.Null((await VerifyAsync()).Problem);
    }

    private async Task AddAsync(string actor, string subject)
    {
        await using var db = await hub.OpenAsync();
        await using var transaction = await db.BeginAsync(TestHub.Cancellation);
        await hub.Get<AuditLog>().AddAsync(db, actor, "test", subject, new JsonObject { ["b"] = 1, ["a"] = new JsonObject { ["z"] = "ü", ["y"] = null } }, TestHub.Cancellation);
        await db.SaveChangesAsync(TestHub.Cancellation);
        await transaction.CommitAsync(TestHub.Cancellation);
    }

    private async Task<AuditCheck> VerifyAsync()
    {
        await using var db = await hub.OpenAsync();
        return await AuditLog.VerifyAsync(db, TestHub.Cancellation);
    }
}

public sealed class AuditOnSqliteTests(SqliteHub hub) : AuditTests(hub), IClassFixture<SqliteHub>;

public sealed class AuditOnPostgresTests(PostgresHub hub) : AuditTests(hub), IClassFixture<PostgresHub>;
