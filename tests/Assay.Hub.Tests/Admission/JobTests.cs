using System.Buffers.Binary;
using System.Text;
using Assay.Formats;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests.Admission;

public abstract class JobTests(TestHub hub)
{
    [Fact]
    public async Task A_job_is_written_with_its_commit_and_is_gone_with_its_decision()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "x");
        Assert.NotNull(await JobAsync(id));
        await hub.VetAllAsync();
        Assert.Null(await JobAsync(id));
        Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    [Fact]
    public async Task The_job_of_a_worker_that_died_is_taken_by_another_when_its_lease_ends()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.VetAllAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "x");
        await using (var db = await hub.OpenAsync())
        {
            // What a worker leaves that is killed right after it took the job.
            await db.VettingJobs.Where(j => j.RevisionId == id).ExecuteUpdateAsync(u => u.SetProperty(static j => j.LeaseOwner, "dead").SetProperty(static j => j.LeaseUntil, hub.Clock.GetUtcNow() + TimeSpan.FromMinutes(10)).SetProperty(static j => j.Attempts, 1), TestHub.Cancellation);
            await db.Revisions.Where(r => r.Id == id).ExecuteUpdateAsync(static u => u.SetProperty(static r => r.State, RevisionState.Vetting), TestHub.Cancellation);
        }

        await using var other = hub.Build(static o => o);
        Assert.False(await other.GetRequiredService<VettingWorker>().RunOneAsync(TestHub.Cancellation));
        Assert.Equal(RevisionState.Vetting, (await hub.RevisionAsync(id)).State);
        hub.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.True(await other.GetRequiredService<VettingWorker>().RunOneAsync(TestHub.Cancellation));
        Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    [Fact]
    public async Task Of_many_workers_one_takes_a_job_and_each_revision_is_decided_once()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 6; i++)
            ids.Add(await hub.CommitTextAsync(who, repository, "a.txt", $"x{i}"));
        var workers = Enumerable.Range(0, 4).Select(_ => hub.Build(static o => o)).ToList();
        await Task.WhenAll(workers.Select(w => Task.Run(async () =>
        {
            while (await w.GetRequiredService<VettingWorker>().RunOneAsync(TestHub.Cancellation))
            {
            }
        })));
        await using var db = await hub.OpenAsync();
        foreach (var id in ids)
        {
            Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
            Assert.Equal(1, await db.RevisionDecisions.CountAsync(d => d.RevisionId == id, TestHub.Cancellation));
        }

        var main = await hub.MainAsync(repository);
        Assert.Equal(main.HeadCommit, main.ServedCommit);
        foreach (var worker in workers)
            await worker.DisposeAsync();
    }

    [Fact]
    public async Task A_check_that_fails_is_tried_again_later_each_time_and_after_five_times_a_person_has_to_look()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.VetAllAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "x" + repository.Id);
        await using var broken = hub.Build(static o => o, static services => services.AddSingleton<IBlobStore>(static p => new BrokenStore(new LocalBlobStore(Path.Combine(p.GetRequiredService<HubOptions>().DataFolder, "blobs")))));
        var worker = broken.GetRequiredService<VettingWorker>();
        var pause = TimeSpan.Zero;
        for (var attempt = 1; attempt < 5; attempt++)
        {
            Assert.True(await worker.RunOneAsync(TestHub.Cancellation));
            var job = (await JobAsync(id))!;
            Assert.Equal(attempt, job.Attempts);
            Assert.Null(job.LeaseOwner);
            Assert.True(job.NotBefore - hub.Clock.GetUtcNow() > pause, "the pause grows");
            pause = job.NotBefore - hub.Clock.GetUtcNow();
            Assert.Contains("the disk is gone", job.Error, StringComparison.Ordinal);
            Assert.False(await worker.RunOneAsync(TestHub.Cancellation), "it is not begun before its time");
            Assert.Equal(RevisionState.Vetting, (await hub.RevisionAsync(id)).State);
            hub.Clock.Advance(pause + TimeSpan.FromSeconds(1));
        }

        Assert.True(await worker.RunOneAsync(TestHub.Cancellation));
        Assert.Null(await JobAsync(id));
        var revision = await hub.RevisionAsync(id);
        Assert.Equal((RevisionState.Quarantined, "incomplete"), (revision.State, revision.Verdict));
        Assert.NotEqual(revision.CommitId, (await hub.MainAsync(repository)).ServedCommit);
    }

    [Fact]
    public async Task A_content_that_is_missing_is_never_admitted()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "gone " + repository.Id);
        var file = (await hub.TreeAsync((await hub.RevisionAsync(id)).CommitId)).Find("a.txt")!;
        await hub.Get<IBlobStore>().DeleteAsync(file.Sha256, TestHub.Cancellation);
        await hub.VetAllAsync();
        Assert.NotEqual(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    [Fact]
    public async Task The_job_of_a_repository_that_was_deleted_meanwhile_is_dropped()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "x");
        await hub.Registry.DeleteAsync(who, repository.Id, TestHub.Cancellation);
        await hub.VetAllAsync();
        Assert.Null(await JobAsync(id));
        Assert.NotEqual(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    [Fact]
    public async Task The_same_bytes_are_not_scanned_twice()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitTextAsync(who, repository, "a.txt", "once " + repository.Id);
        await hub.VetAllAsync();
        await hub.CommitTextAsync(who, repository, "b.txt", "another " + repository.Id);
        await hub.VetAllAsync();
        await using var db = await hub.OpenAsync();
        var sha256 = (await hub.TreeAsync((await hub.MainAsync(repository)).HeadCommit)).Find("a.txt")!.Sha256;
        Assert.Equal(1, await db.FileReports.CountAsync(r => r.Sha256 == sha256, TestHub.Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_deep_inside_a_large_file_is_seen_while_the_file_comes_in(bool seenBefore)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.VetAllAsync();
        var content = LargeTensor(repository.Id);
        var program = ProgramBuilder.Elf();
        program.CopyTo(content, content.Length / 2);
        var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(content, who.UserId!, TestHub.Cancellation));
        await using var db = await hub.OpenAsync();
        Assert.NotNull((await db.StoredBlobs.AsNoTracking().FirstAsync(b => b.Sha256 == stored.Sha256, TestHub.Cancellation)).Seen);
        if (!seenBefore)
        {
            // It came in before a version that looks for this.
            await db.StoredBlobs.Where(b => b.Sha256 == stored.Sha256).ExecuteUpdateAsync(static u => u.SetProperty(static b => b.SeenVersion, 0).SetProperty(static b => b.Seen, (byte[]?)null), TestHub.Cancellation);
        }

        var id = (await hub.CommitAsync(who, repository, new CommitOperation.PutLarge("model.safetensors", stored.Sha256))).RevisionId!.Value;
        await hub.VetAllAsync();
        var revision = await hub.RevisionAsync(id);
        Assert.Equal((RevisionState.Quarantined, "suspicious"), (revision.State, revision.Verdict));
        Assert.NotNull((await db.StoredBlobs.AsNoTracking().FirstAsync(b => b.Sha256 == stored.Sha256, TestHub.Cancellation)).Seen);
    }

    [Fact]
    public async Task A_large_file_of_numbers_is_admitted()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.VetAllAsync();
        var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(LargeTensor(repository.Id), who.UserId!, TestHub.Cancellation));
        var id = (await hub.CommitAsync(who, repository, new CommitOperation.PutLarge("model.safetensors", stored.Sha256))).RevisionId!.Value;
        await hub.VetAllAsync();
        Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    /// <summary>A tensor just large enough that only the structure of its file is read when it is vetted.</summary>
    private static byte[] LargeTensor(string mark)
    {
        const int numbers = 65 << 20;
        var header = Encoding.UTF8.GetBytes($$$"""{"{{{mark}}}":{"dtype":"U8","shape":[{{{numbers}}}],"data_offsets":[0,{{{numbers}}}]}}""");
        var bytes = new byte[8 + header.Length + numbers];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        new Random(5).NextBytes(bytes.AsSpan(8 + header.Length));
        return bytes;
    }

    private async Task<VettingJob?> JobAsync(Guid id)
    {
        await using var db = await hub.OpenAsync();
        return await db.VettingJobs.AsNoTracking().FirstOrDefaultAsync(j => j.RevisionId == id, TestHub.Cancellation);
    }

    private sealed class BrokenStore(LocalBlobStore store) : IBlobStore
    {
        public Task<BlobStage> StageAsync(CancellationToken cancellation) => store.StageAsync(cancellation);

        public Task<bool> KeepAsync(BlobStage stage, string sha256, CancellationToken cancellation) => store.KeepAsync(stage, sha256, cancellation);

        public Task<long?> LengthAsync(string sha256, CancellationToken cancellation) => store.LengthAsync(sha256, cancellation);

        public Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation) => throw new IOException("the disk is gone");

        public Task<ByteSource?> OpenSourceAsync(string sha256, CancellationToken cancellation) => throw new IOException("the disk is gone");

        public string? FileOf(string sha256) => store.FileOf(sha256);

        public Task DeleteAsync(string sha256, CancellationToken cancellation) => store.DeleteAsync(sha256, cancellation);

        public Task<bool> DeleteAsync(string sha256, DateTimeOffset storedAt, CancellationToken cancellation) => store.DeleteAsync(sha256, storedAt, cancellation);

        public IAsyncEnumerable<(string Sha256, long Length, DateTimeOffset StoredAt)> ListAsync(CancellationToken cancellation) => store.ListAsync(cancellation);

        public long? FreeBytes() => store.FreeBytes();

        public Task SweepStagesAsync(DateTimeOffset olderThan, CancellationToken cancellation) => store.SweepStagesAsync(olderThan, cancellation);
    }
}

public sealed class JobOnSqliteTests(SqliteHub hub) : JobTests(hub), IClassFixture<SqliteHub>;

public sealed class JobOnPostgresTests(PostgresHub hub) : JobTests(hub), IClassFixture<PostgresHub>;
