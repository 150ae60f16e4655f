using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Assay.Formats;
using Assay.Hub.Access;
using Assay.Hub.Blobs;
using Assay.Hub.Cards;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Scanning;
using Assay.Scanning.Policy;
using Assay.Scanning.Reports;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Admission;

/// <summary>
/// Vets revisions. A job is taken by a conditional lease, so that any number of workers agree; one whose worker died is taken again when
/// its lease ends. What was found in a file is kept, so that a job which is begun again does not begin at the start.
/// </summary>
public sealed partial class VettingWorker(
    IDbContextFactory<HubDb> databases, IBlobStore store, RevisionTrees trees, CardReader cards, RevisionAssessor assessor, AdmissionWorkflow admission, VettingQueue queue, HubOptions options, TimeProvider clock, ILogger<VettingWorker> logger)
    : BackgroundService
{
    private const int MaxAttempts = 5;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private readonly string _owner = Guid.CreateVersion7().ToString("N");
    private readonly RepositoryScan _scan = new(new ScanOptions { Clock = clock });

    /// <summary>Takes and finishes one job, if there is one.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunOneAsync(CancellationToken cancellation)
    {
        if (await TakeAsync(cancellation).ConfigureAwait(false) is not { } job)
            return false;
        var started = Stopwatch.GetTimestamp();
        using var activity = HubMeter.Activities.StartActivity("vet");
        activity?.SetTag("assay.revision", job.RevisionId);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lease = KeepLeaseAsync(job.Id, stop.Token);
        try
        {
            await VetAsync(job.RevisionId, cancellation).ConfigureAwait(false);
            HubMeter.VettingSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await ReleaseAsync(job, null).ConfigureAwait(false);
            throw;
        }
#pragma warning disable CA1031 // Whatever is wrong with one revision must not end the worker.
        catch (Exception e)
#pragma warning restore CA1031
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            LogFailed(logger, e, job.RevisionId, job.Attempts);
            if (job.Attempts >= MaxAttempts)
                await admission.HoldAsync(job.RevisionId, $"The check failed {job.Attempts} times ({e.GetType().Name}). A reviewer has to look at it.", CancellationToken.None).ConfigureAwait(false);
            else
                await ReleaseAsync(job, e.Message).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await lease.ConfigureAwait(false);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var workers = options.Workers > 0 ? options.Workers : Math.Max(1, Environment.ProcessorCount / 2);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => LoopAsync(stoppingToken))).ConfigureAwait(false);
    }

    private async Task LoopAsync(CancellationToken cancellation)
    {
        var pause = Idle;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (!await RunOneAsync(cancellation).ConfigureAwait(false))
                    await queue.WaitAsync(Idle, cancellation).ConfigureAwait(false);
                pause = Idle;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The database may be away for a while; the loop goes on when it is back.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogLoop(logger, e);
                await Task.Delay(pause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause < TimeSpan.FromMinutes(1) ? pause * 2 : pause;
            }
        }
    }

    private async Task<VettingJob?> TakeAsync(CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var now = clock.GetUtcNow();
            var until = now + options.Lease;
            var candidates = await db.VettingJobs.AsNoTracking()
                .Where(j => j.NotBefore <= now && (j.LeaseUntil == null || j.LeaseUntil < now))
                .OrderBy(static j => j.NotBefore).Take(8).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var job in candidates)
            {
                var taken = await db.VettingJobs
                    .Where(j => j.Id == job.Id && (j.LeaseUntil == null || j.LeaseUntil < now))
                    .ExecuteUpdateAsync(u => u.SetProperty(static j => j.LeaseOwner, _owner).SetProperty(static j => j.LeaseUntil, until).SetProperty(static j => j.Attempts, static j => j.Attempts + 1), cancellation).ConfigureAwait(false);
                if (taken == 0)
                    continue;
                await db.Revisions.Where(r => r.Id == job.RevisionId && r.State == RevisionState.Received)
                    .ExecuteUpdateAsync(static u => u.SetProperty(static r => r.State, RevisionState.Vetting), cancellation).ConfigureAwait(false);
                job.Attempts++;
                return job;
            }

            return null;
        }
    }

    private async Task KeepLeaseAsync(Guid jobId, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(options.Lease / 3, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellation.IsCancellationRequested)
                return;
            try
            {
                var db = await databases.CreateDbContextAsync(CancellationToken.None).ConfigureAwait(false);
                await using (db.ConfigureAwait(false))
                {
                    var until = clock.GetUtcNow() + options.Lease;
                    await db.VettingJobs.Where(j => j.Id == jobId && j.LeaseOwner == _owner).ExecuteUpdateAsync(u => u.SetProperty(static j => j.LeaseUntil, until), CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (System.Data.Common.DbException e)
            {
                LogLoop(logger, e); // tried again before the lease ends
            }
        }
    }

    private async Task ReleaseAsync(VettingJob job, string? error)
    {
        var db = await databases.CreateDbContextAsync(CancellationToken.None).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var pause = error is null ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Pow(3, job.Attempts));
            var (notBefore, attempts) = (clock.GetUtcNow() + pause, error is null ? job.Attempts - 1 : job.Attempts);
            var text = error is { Length: > 2000 } ? error[..2000] : error;
            await db.VettingJobs.Where(j => j.Id == job.Id && j.LeaseOwner == _owner)
                .ExecuteUpdateAsync(u => u.SetProperty(static j => j.LeaseOwner, (string?)null).SetProperty(static j => j.LeaseUntil, (DateTimeOffset?)null).SetProperty(static j => j.NotBefore, notBefore).SetProperty(static j => j.Attempts, attempts).SetProperty(static j => j.Error, text), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task VetAsync(Guid revisionId, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        Revision? revision;
        Repository? repository;
        Account? owner;
        RevisionTree tree;
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            revision = await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == revisionId, cancellation).ConfigureAwait(false);
            repository = revision is null ? null : await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false);
            if (revision is null || repository is null || revision.State is not (RevisionState.Vetting or RevisionState.Received))
            {
                await db.VettingJobs.Where(j => j.RevisionId == revisionId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                return;
            }

            owner = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == repository.OwnerId, cancellation).ConfigureAwait(false);
            tree = await trees.ReadAsync(db, revision.TreeId, cancellation).ConfigureAwait(false);
        }

        var target = repository.WebPath;
        var reports = await ScanAsync(target, tree, cancellation).ConfigureAwait(false);
        var report = _scan.Join(target, reports, Stopwatch.GetElapsedTime(started));
        var card = await cards.ReadAsync(repository.Kind, tree, cancellation).ConfigureAwait(false);
        var assessed = await assessor.AssessAsync(repository, owner, tree, reports, cancellation).ConfigureAwait(false);
        var facts = new RepositoryFacts
        {
            Id = repository.RepoId.ToString(),
            Kind = AdmissionWorkflow.KindOf(repository.Kind),
            Publisher = repository.Namespace,
            PublisherCreated = owner?.CreatedAt,
            Created = repository.CreatedAt,
            Licences = card.Licenses,
            PublisherLevel = assessed.PublisherLevel,
            IsFirstPublication = assessed.IsFirstPublication,
            Assessment = AdmissionWorkflow.EvidenceOf(assessed.Assessment, repository.RepoId.ToString()),
        };
        if (await admission.DecideAsync(revisionId, report, facts, assessed, cancellation).ConfigureAwait(false))
            HubMeter.CommitToVerdictSeconds.Record((clock.GetUtcNow() - revision.ReceivedAt).TotalSeconds, new KeyValuePair<string, object?>("verdict", AdmissionWorkflow.WordOf(report.Verdict)));
    }

    private async Task<IReadOnlyList<ArtifactReport>> ScanAsync(string target, RevisionTree tree, CancellationToken cancellation)
    {
        var modules = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        var scripts = tree.Files.Where(static f => f.Path.EndsWith(".py", StringComparison.Ordinal)).Select(static f => f.Path).ToArray();
        var keys = new string[tree.Files.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = KeyOf(tree.Files[i], SiblingsOf(tree.Files[i].Path));

        var reports = new ArtifactReport?[keys.Length];
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var byKey = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var chunk in keys.Distinct(StringComparer.Ordinal).Chunk(500))
            {
                foreach (var kept in await db.FileReports.AsNoTracking().Where(r => chunk.Contains(r.Key)).Select(static r => new { r.Key, r.Content }).ToListAsync(cancellation).ConfigureAwait(false))
                    byKey[kept.Key] = kept.Content;
            }

            for (var i = 0; i < keys.Length; i++)
            {
                if (byKey.TryGetValue(keys[i], out var content))
                    reports[i] = ArtifactRecord.Read(Packing.Unpack(content), target, tree.Files[i].Path, tree.Files[i].Sha256);
            }
        }

        HubMeter.FilesReused.Add(reports.Count(static r => r is not null));
        var missing = Enumerable.Range(0, keys.Length).Where(i => reports[i] is null).OrderByDescending(i => tree.Files[i].Size).ToArray();
        foreach (var batch in missing.Chunk(256))
        {
            var known = await SeenAsync(batch.Select(i => tree.Files[i].Sha256), cancellation).ConfigureAwait(false);
            await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, async (i, stop) =>
            {
                var file = tree.Files[i];
                using var source = await store.OpenSourceAsync(file.Sha256, stop).ConfigureAwait(false);
                if (source is null)
                {
                    reports[i] = RepositoryScan.Unreadable(target, file.Path, file.Size, file.Sha256, "The content of this file is missing from the hub's store.");
                    return;
                }

                if (known.GetValueOrDefault(file.Sha256) is not { Foreign: not null } facts)
                    facts = await LookAsync(source, file.Sha256, stop).ConfigureAwait(false);
                reports[i] = _scan.ScanFile(source, target, file.Path, SiblingsOf(file.Path), facts, stop);
            }).ConfigureAwait(false);
            await KeepAsync(batch.Select(i => (keys[i], reports[i]!)), cancellation).ConfigureAwait(false);
            HubMeter.FilesScanned.Add(batch.Length);
        }

        return reports!;

        IReadOnlySet<string> SiblingsOf(string path)
        {
            var slash = path.LastIndexOf('/');
            var folder = slash < 0 ? "" : path[..slash];
            lock (modules)
            {
                if (!modules.TryGetValue(folder, out var found))
                    modules.Add(folder, found = RepositoryScan.ModulesBeside(path, scripts));
                return found;
            }
        }
    }

    /// <summary>What was seen of contents while they came in.</summary>
    private async Task<Dictionary<string, ContentFacts>> SeenAsync(IEnumerable<string> digests, CancellationToken cancellation)
    {
        var wanted = digests.Distinct(StringComparer.Ordinal).ToArray();
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var blobs = await db.StoredBlobs.AsNoTracking().Where(b => wanted.Contains(b.Sha256)).ToListAsync(cancellation).ConfigureAwait(false);
            return blobs.ToDictionary(static b => b.Sha256, static b => b.Facts, StringComparer.Ordinal);
        }
    }

    /// <summary>Reads a stored content whole, where it came in before a newer version of what is looked for.</summary>
    private async Task<ContentFacts> LookAsync(ByteSource source, string sha256, CancellationToken cancellation)
    {
        var search = new ForeignSearch();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long at = 0; at < source.Length;)
            {
                cancellation.ThrowIfCancellationRequested();
                var n = source.ReadAt(at, buffer);
                if (n == 0)
                    return new ContentFacts(sha256, null); // damaged: the scan says so
                search.Feed(buffer.AsSpan(0, n));
                at += n;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            if (await db.StoredBlobs.FirstOrDefaultAsync(b => b.Sha256 == sha256, cancellation).ConfigureAwait(false) is { } blob)
            {
                blob.Keep(search.Found);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            }
        }

        return new ContentFacts(sha256, search.Found);
    }

    private async Task KeepAsync(IEnumerable<(string Key, ArtifactReport Report)> reports, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var rows = reports.Where(static r => ArtifactRecord.MayKeep(r.Report)).DistinctBy(static r => r.Key, StringComparer.Ordinal)
            .Select(r => new FileReport { Key = r.Key, Sha256 = r.Report.Sha256!, Verdict = AdmissionWorkflow.WordOf(r.Report.Verdict), Content = Packing.Pack(ArtifactRecord.Write(r.Report)), CreatedAt = now }).ToList();
        if (rows.Count == 0)
            return;
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var keys = rows.ConvertAll(static r => r.Key);
            var known = await db.FileReports.Where(r => keys.Contains(r.Key)).Select(static r => r.Key).ToListAsync(cancellation).ConfigureAwait(false);
            // In the order of their keys, so that two workers with the same files do not wait for each other in a circle.
            db.FileReports.AddRange(rows.Where(r => !known.Contains(r.Key)).OrderBy(static r => r.Key, StringComparer.Ordinal));
            try
            {
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            }
            catch (DbUpdateException e) when (db.IsDuplicate(e) || db.IsConflict(e))
            {
                // Another worker keeps the same; nothing is lost but the time.
            }
        }
    }

    // The same bytes at the same path beside the same modules are judged alike by the same engine.
    private static string KeyOf(RevisionFile file, IReadOnlySet<string> siblings)
    {
        var text = new StringBuilder($"{Engine.Version}/{Engine.Rules}\n{file.Sha256}\n{file.Path}");
        foreach (var module in siblings.Order(StringComparer.Ordinal))
            text.Append('\n').Append(module);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    [LoggerMessage(2001, LogLevel.Error, "Vetting of revision {RevisionId} failed (attempt {Attempt})")]
    private static partial void LogFailed(ILogger logger, Exception fault, Guid revisionId, int attempt);

    [LoggerMessage(2002, LogLevel.Error, "The vetting loop met a fault and goes on")]
    private static partial void LogLoop(ILogger logger, Exception fault);
}

/// <summary>Figures of the hub.</summary>
public static class HubMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Assay.Hub";

    private static readonly Meter Meter = new(Name);

    /// <summary>Spans of what the hub does: <c>vet</c>, <c>commit</c>, <c>download</c>. Nothing is made while nobody listens.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Seconds from the arrival of a commit to its decision.</summary>
    public static Histogram<double> CommitToVerdictSeconds { get; } = Meter.CreateHistogram<double>("assay.vetting.commit_to_verdict", "s", "Time from the arrival of a commit to its decision");

    /// <summary>Seconds that a worker had a revision.</summary>
    public static Histogram<double> VettingSeconds { get; } = Meter.CreateHistogram<double>("assay.vetting.duration", "s", "Time that a worker had a revision");

    /// <summary>Files that were scanned.</summary>
    public static Counter<long> FilesScanned { get; } = Meter.CreateCounter<long>("assay.vetting.files_scanned", "{file}", "Files that were scanned");

    /// <summary>Files whose report was there already.</summary>
    public static Counter<long> FilesReused { get; } = Meter.CreateCounter<long>("assay.vetting.files_reused", "{file}", "Files whose report was there already");

    /// <summary>Bytes sent to clients.</summary>
    public static Counter<long> BytesServed { get; } = Meter.CreateCounter<long>("assay.serving.bytes", "By", "Bytes of files sent to clients");

    /// <summary>Answers that refused a file or revision.</summary>
    public static Counter<long> Refusals { get; } = Meter.CreateCounter<long>("assay.serving.refusals", "{request}", "Requests for files or revisions that were refused");

    /// <summary>Bytes taken in.</summary>
    public static Counter<long> BytesIngested { get; } = Meter.CreateCounter<long>("assay.ingest.bytes", "By", "Bytes of uploads taken in");

    /// <summary>Entries of the ledger that were lost because it could not keep up.</summary>
    public static Counter<long> LedgerDropped { get; } = Meter.CreateCounter<long>("assay.ledger.dropped", "{download}", "Downloads that could not be recorded");
}
