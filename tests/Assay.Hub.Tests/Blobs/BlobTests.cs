using System.Security.Cryptography;
using System.Text;
using Assay.Hub.Access;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests.Blobs;

public abstract class BlobTests(TestHub hub)
{
    [Fact]
    public async Task A_content_is_there_whole_and_under_the_digest_of_its_bytes()
    {
        var user = await hub.CreateUserAsync();
        var content = RandomNumberGenerator.GetBytes(3_000_001);
        var stored = Assert.IsType<BlobPut.Stored>(await TakeAsync(user, content, null, content.Length));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), stored.Sha256);
        Assert.True(stored.IsNew);
        await using var stream = await hub.Get<IBlobStore>().OpenAsync(stored.Sha256, TestHub.Cancellation);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy, TestHub.Cancellation);
        Assert.Equal(content, copy.ToArray());
    }

    [Fact]
    public async Task The_same_content_twice_is_one()
    {
        var (first, second) = (await hub.CreateUserAsync(), await hub.CreateUserAsync());
        var content = RandomNumberGenerator.GetBytes(5000);
        var a = Assert.IsType<BlobPut.Stored>(await TakeAsync(first, content, null, content.Length));
        var b = Assert.IsType<BlobPut.Stored>(await TakeAsync(second, content, null, content.Length));
        Assert.Equal((true, false), (a.IsNew, b.IsNew));
        Assert.Single(Directory.GetFiles(hub.DataFolder, a.Sha256, SearchOption.AllDirectories));
        await using var db = await hub.OpenAsync();
        Assert.Equal(2, await db.UploadClaims.CountAsync(c => c.Sha256 == a.Sha256, TestHub.Cancellation));
    }

    [Fact]
    public async Task Many_at_a_time_of_the_same_content_are_one()
    {
        var user = await hub.CreateUserAsync();
        var content = RandomNumberGenerator.GetBytes(200_000);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => TakeAsync(user, content, null, content.Length))));
        Assert.All(outcomes, static o => Assert.IsType<BlobPut.Stored>(o));
        Assert.Single(outcomes.OfType<BlobPut.Stored>(), static o => o.IsNew);
    }

    [Theory]
    [InlineData("what was announced", "something else here")]
    public async Task Bytes_that_are_not_those_announced_are_refused_and_leave_nothing(string announced, string sent)
    {
        var user = await hub.CreateUserAsync();
        var refused = Assert.IsType<BlobPut.Refused>(await TakeAsync(user, Encoding.UTF8.GetBytes(sent), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(announced))), null));
        Assert.Equal(BlobProblem.Mismatch, refused.Problem);
        Assert.Empty(Stages());
        Assert.Null(await hub.Get<IBlobStore>().LengthAsync(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sent))), TestHub.Cancellation));
    }

    [Theory]
    [InlineData(100, 99, BlobProblem.TooLarge)]
    [InlineData(100, 101, BlobProblem.Mismatch)]
    [InlineData(0, 1, BlobProblem.Mismatch)]
    [InlineData(3 << 20, (3 << 20) - 1, BlobProblem.TooLarge)]
    public async Task A_length_that_is_not_the_one_announced_is_refused(int sent, int announced, BlobProblem problem)
    {
        var user = await hub.CreateUserAsync();
        var refused = Assert.IsType<BlobPut.Refused>(await TakeAsync(user, RandomNumberGenerator.GetBytes(sent), null, announced));
        Assert.Equal(problem, refused.Problem);
        Assert.Empty(Stages());
    }

    [Fact]
    public async Task A_file_above_the_limit_is_refused_before_it_is_read_and_one_at_the_limit_is_taken()
    {
        await using var other = hub.Build(static o => o with { MaxFileBytes = 1000 });
        var user = await hub.CreateUserAsync();
        var intake = other.GetRequiredService<BlobIntake>();
        using var unread = new MemoryStream(new byte[1001]);
        Assert.Equal(BlobProblem.TooLarge, Assert.IsType<BlobPut.Refused>(await intake.TakeAsync(unread, user.UserId!, null, 1001, TestHub.Cancellation)).Problem);
        Assert.Equal(0, unread.Position);
        using var endless = new MemoryStream(new byte[5000]);
        Assert.Equal(BlobProblem.TooLarge, Assert.IsType<BlobPut.Refused>(await intake.TakeAsync(endless, user.UserId!, null, null, TestHub.Cancellation)).Problem);
        using var fits = new MemoryStream(RandomNumberGenerator.GetBytes(1000));
        Assert.IsType<BlobPut.Stored>(await intake.TakeAsync(fits, user.UserId!, null, null, TestHub.Cancellation));
    }

    [Fact]
    public async Task When_the_disk_is_nearly_full_nothing_is_taken()
    {
        await using var other = hub.Build(static o => o with { MinFreeBytes = long.MaxValue / 2 });
        var user = await hub.CreateUserAsync();
        var refused = Assert.IsType<BlobPut.Refused>(await other.GetRequiredService<BlobIntake>().TakeAsync("x"u8.ToArray(), user.UserId!, TestHub.Cancellation));
        Assert.Equal(BlobProblem.NoSpace, refused.Problem);
        Assert.Empty(Stages());
    }

    [Fact]
    public async Task A_sender_that_goes_away_leaves_nothing()
    {
        var user = await hub.CreateUserAsync();
        using var broken = new BrokenStream(2_500_000);
        await Assert.ThrowsAsync<IOException>(() => hub.Get<BlobIntake>().TakeAsync(broken, user.UserId!, null, 5_000_000, TestHub.Cancellation));
        Assert.Empty(Stages());
    }

    [Fact]
    public async Task A_process_that_dies_while_it_writes_leaves_no_content_and_its_stage_is_swept()
    {
        var store = hub.Get<IBlobStore>();
        var content = RandomNumberGenerator.GetBytes(100_000);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var abandoned = await store.StageAsync(TestHub.Cancellation);
        await abandoned.Stream.WriteAsync(content.AsMemory(0, 60_000), TestHub.Cancellation);
        await abandoned.Stream.DisposeAsync(); // as the operating system closes what a dead process had open
        Assert.Null(await store.LengthAsync(sha256, TestHub.Cancellation));
        Assert.Single(Stages());
        await store.SweepStagesAsync(DateTimeOffset.UtcNow.AddMinutes(-10), TestHub.Cancellation);
        Assert.Single(Stages());
        await store.SweepStagesAsync(DateTimeOffset.UtcNow.AddMinutes(10), TestHub.Cancellation);
        Assert.Empty(Stages());
    }

    [Fact]
    public async Task A_damaged_content_is_found_and_mended_by_uploading_it_again()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var text = "content that rots " + Guid.CreateVersion7();
        await hub.CommitTextAsync(who, repository, "notes.txt", text);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var file = hub.Get<IBlobStore>().FileOf(sha256)!;
        File.SetAttributes(file, FileAttributes.Normal);
        await File.WriteAllTextAsync(file, "rotten", TestHub.Cancellation);
        Assert.Contains(sha256, (await hub.Get<BlobSweeper>().VerifyAsync(false, null, TestHub.Cancellation)).Damaged);
        await hub.PutAsync(who, "again.txt", text);
        var after = await hub.Get<BlobSweeper>().VerifyAsync(false, null, TestHub.Cancellation);
        Assert.DoesNotContain(sha256, after.Damaged);
        File.Delete(file);
        Assert.Contains(sha256, (await hub.Get<BlobSweeper>().VerifyAsync(false, null, TestHub.Cancellation)).Missing);
        await hub.PutAsync(who, "again.txt", text);
        Assert.DoesNotContain(sha256, (await hub.Get<BlobSweeper>().VerifyAsync(false, null, TestHub.Cancellation)).Missing);
    }

    [Fact]
    public async Task A_damaged_content_of_the_same_length_is_discarded_and_then_mended_by_uploading_it_again()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var (text, sound) = ("content that rots " + Guid.CreateVersion7(), "content that does not " + Guid.CreateVersion7());
        await hub.CommitTextAsync(who, repository, "notes.txt", text);
        await hub.CommitTextAsync(who, repository, "sound.txt", sound);
        var file = hub.Get<IBlobStore>().FileOf(Digest(text))!;
        File.SetAttributes(file, FileAttributes.Normal);
        await File.WriteAllTextAsync(file, new string('x', text.Length), TestHub.Cancellation);
        await hub.PutAsync(who, "again.txt", text);
        var check = await hub.Get<BlobSweeper>().VerifyAsync(true, null, TestHub.Cancellation);
        Assert.Equal([Digest(text)], check.Damaged);
        Assert.Equal([Digest(text)], check.Discarded);
        Assert.Null(await hub.Get<IBlobStore>().LengthAsync(Digest(text), TestHub.Cancellation));
        Assert.NotNull(await hub.Get<IBlobStore>().LengthAsync(Digest(sound), TestHub.Cancellation));
        await hub.PutAsync(who, "again.txt", text);
        Assert.Equal(text, await File.ReadAllTextAsync(file, TestHub.Cancellation));
    }

    [Fact]
    public async Task What_was_stored_anew_since_it_was_found_damaged_is_not_discarded()
    {
        var store = hub.Get<IBlobStore>();
        var stored = Assert.IsType<BlobPut.Stored>(await TakeAsync(await hub.CreateUserAsync(), RandomNumberGenerator.GetBytes(100), null, 100));
        var at = new DateTimeOffset(File.GetLastWriteTimeUtc(store.FileOf(stored.Sha256)!));
        Assert.False(await store.DeleteAsync(stored.Sha256, at.AddMilliseconds(-1), TestHub.Cancellation));
        Assert.True(await store.DeleteAsync(stored.Sha256, at, TestHub.Cancellation));
        Assert.False(await store.DeleteAsync(stored.Sha256, at, TestHub.Cancellation));
    }

    [Fact]
    public async Task What_was_uploaded_and_never_committed_is_swept_and_what_a_repository_has_stays()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitTextAsync(who, repository, "kept.txt", "kept " + repository.Id);
        var kept = Digest("kept " + repository.Id);
        var lost = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(Encoding.UTF8.GetBytes("lost " + repository.Id), who.UserId!, TestHub.Cancellation)).Sha256;
        await hub.Get<BlobSweeper>().SweepAsync(TestHub.Cancellation);
        Assert.NotNull(await hub.Get<IBlobStore>().LengthAsync(lost, TestHub.Cancellation));
        hub.Clock.Advance(TimeSpan.FromDays(3));
        await hub.Get<BlobSweeper>().SweepAsync(TestHub.Cancellation);
        Assert.Null(await hub.Get<IBlobStore>().LengthAsync(lost, TestHub.Cancellation));
        Assert.NotNull(await hub.Get<IBlobStore>().LengthAsync(kept, TestHub.Cancellation));
    }

    [Fact]
    public async Task A_sweep_never_takes_what_is_just_coming_back()
    {
        var user = await hub.CreateUserAsync();
        var (intake, sweeper, store) = (hub.Get<BlobIntake>(), hub.Get<BlobSweeper>(), hub.Get<IBlobStore>());
        for (var round = 0; round < 40; round++)
        {
            // Old and unneeded: the sweeper wants it, while its owner uploads it again.
            var content = Encoding.UTF8.GetBytes($"comes back {user.UserId} {round % 4}");
            await intake.TakeAsync(content, user.UserId!, TestHub.Cancellation);
            hub.Clock.Advance(TimeSpan.FromDays(3));
            var back = Task.Run(() => intake.TakeAsync(content, user.UserId!, TestHub.Cancellation));
            var sweeps = Enumerable.Range(0, 2).Select(_ => Task.Run(() => sweeper.SweepAsync(TestHub.Cancellation))).ToArray();
            var stored = Assert.IsType<BlobPut.Stored>(await back);
            await Task.WhenAll(sweeps);
            Assert.Equal(content.Length, await store.LengthAsync(stored.Sha256, TestHub.Cancellation));
            await using var db = await hub.OpenAsync();
            Assert.True(await db.StoredBlobs.AnyAsync(b => b.Sha256 == stored.Sha256, TestHub.Cancellation), $"round {round}: the row of the content is gone");
        }
    }

    [Fact]
    public async Task A_commit_never_rests_on_a_content_that_a_sweep_took()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var (intake, sweeper, store) = (hub.Get<BlobIntake>(), hub.Get<BlobSweeper>(), hub.Get<IBlobStore>());
        for (var round = 0; round < 30; round++)
        {
            var content = Encoding.UTF8.GetBytes($"late commit {repository.Id} {round}");
            var stored = Assert.IsType<BlobPut.Stored>(await intake.TakeAsync(content, who.UserId!, TestHub.Cancellation));
            hub.Clock.Advance(TimeSpan.FromDays(3));
            var commit = Task.Run(() => hub.TryCommitAsync(who, repository, "late", null, new CommitOperation.PutLarge($"late{round}.bin", stored.Sha256)));
            var sweep = Task.Run(() => sweeper.SweepAsync(TestHub.Cancellation));
            await sweep;
            // Either it came too late and is told so, or it has its content.
            if (await commit is CommitOutcome.Done)
                Assert.Equal(content.Length, await store.LengthAsync(stored.Sha256, TestHub.Cancellation));
        }
    }

    [Fact]
    public async Task A_digest_alone_gives_nobody_the_right_to_a_content()
    {
        var (owner, secret) = await hub.CreateRepositoryAsync(isPrivate: true);
        await hub.CommitTextAsync(owner, secret, "secret.txt", "secret " + secret.Id);
        var sha256 = Digest("secret " + secret.Id);
        var (thief, repository) = await hub.CreateRepositoryAsync();
        Assert.IsType<CommitOutcome.Invalid>(await hub.TryCommitAsync(thief, repository, "steal", null, new CommitOperation.PutLarge("mine.bin", sha256)));
        Assert.IsType<CommitOutcome.Done>(await hub.TryCommitAsync(owner, secret, "again", null, new CommitOperation.PutLarge("copy.bin", sha256)));
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string[] Stages() => Directory.GetFiles(Path.Combine(hub.DataFolder, "blobs", "staging"));

    private async Task<BlobPut> TakeAsync(Principal user, byte[] content, string? sha256, long? size)
    {
        using var stream = new MemoryStream(content);
        return await hub.Get<BlobIntake>().TakeAsync(stream, user.UserId!, sha256, size, TestHub.Cancellation);
    }

    private sealed class BrokenStream(int breaksAt) : MemoryStream(new byte[breaksAt])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new IOException("the connection was reset");
        }
    }
}

public sealed class BlobOnSqliteTests(SqliteHub hub) : BlobTests(hub), IClassFixture<SqliteHub>;

public sealed class BlobOnPostgresTests(PostgresHub hub) : BlobTests(hub), IClassFixture<PostgresHub>;
