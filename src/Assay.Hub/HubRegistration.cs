using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Backup;
using Assay.Hub.Blobs;
using Assay.Hub.Cards;
using Assay.Hub.Engagement;
using Assay.Hub.Identity;
using Assay.Hub.Ledger;
using Assay.Hub.Persistence;
using Assay.Hub.Persistence.Postgres;
using Assay.Hub.Persistence.Sqlite;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub;

/// <summary>The one place where a hub is put together, and its backends are chosen.</summary>
public static class HubRegistration
{
    /// <summary>Adds a hub.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="options">Its settings.</param>
    public static IServiceCollection AddAssayHub(this IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        if (options.Database is { } database)
        {
            services.AddPooledDbContextFactory<PostgresHubDb>(PostgresHubDb.At(database));
            services.AddSingleton<IDbContextFactory<HubDb>, Factory<PostgresHubDb>>();
        }
        else
        {
            services.AddPooledDbContextFactory<SqliteHubDb>(SqliteHubDb.At(DatabaseFile(options)));
            services.AddSingleton<IDbContextFactory<HubDb>, Factory<SqliteHubDb>>();
        }

        services.AddSingleton<IBlobStore>(static p => new LocalBlobStore(Path.Combine(p.GetRequiredService<HubOptions>().DataFolder, "blobs")));
        services.AddSingleton<BlobIntake>();
        services.AddSingleton<XetIntake>();
        services.AddSingleton<PartStore>();
        services.AddSingleton<RevisionTrees>();
        services.AddSingleton<CardReader>();
        services.AddSingleton<ServedView>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<PolicySource>();
        services.AddSingleton<VettingQueue>();
        services.AddSingleton<AdmissionWorkflow>();
        services.AddSingleton<CommitWriter>();
        services.AddSingleton<RepositoryRegistry>();
        services.AddSingleton<AccountRegistry>();
        services.AddSingleton<IdentityIndexes>();
        services.AddSingleton<RevisionAssessor>();
        services.AddSingleton<NamespaceGuard>();
        services.AddSingleton<IdentityDesk>();
        services.AddSingleton<VettingWorker>();
        services.AddSingleton<BlobSweeper>();
        services.AddSingleton<DownloadLedger>();
        services.AddSingleton<IProofChecker, DnsProofChecker>();
        services.AddSingleton<IProofChecker, WellKnownProofChecker>();
        services.AddSingleton<StandingReader>();
        services.AddSingleton<PublisherWorkflow>();
        services.AddSingleton<ProofSchedule>();
        services.AddSingleton(static p => p.GetRequiredService<HubOptions>().HostingRangesFile is { } file ? HostingRanges.Parse(File.ReadLines(file)) : HostingRanges.None);
        services.AddSingleton<PayloadCounter>();
        services.AddSingleton<RequestTally>();
        services.AddSingleton<IRepositoryStanding, StoredStanding>();
        services.AddSingleton<EngagementWorker>();
        services.AddSingleton<EngagementReview>();
        services.AddSingleton<HubBackup>();
        return services;
    }

    /// <summary>Adds the loops that keep a hub going.</summary>
    public static IServiceCollection AddAssayHubLoops(this IServiceCollection services)
    {
        services.AddHostedService(static p => p.GetRequiredService<DownloadLedger>());
        services.AddHostedService(static p => p.GetRequiredService<VettingWorker>());
        services.AddHostedService(static p => p.GetRequiredService<IdentityIndexes>());
        services.AddHostedService(static p => p.GetRequiredService<BlobSweeper>());
        services.AddHostedService(static p => p.GetRequiredService<ProofSchedule>());
        services.AddHostedService(static p => p.GetRequiredService<RequestTally>());
        services.AddHostedService(static p => p.GetRequiredService<EngagementWorker>());
        return services;
    }

    /// <summary>Brings the database to the form that this version needs.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var options = services.GetRequiredService<HubOptions>();
        Directory.CreateDirectory(options.DataFolder);
        // One process at a time. The system takes this lock from a process that dies; the one that Entity Framework keeps in the database
        // would be waited for without end, and is not needed then.
        var gate = await LockFileAsync(Path.Combine(options.DataFolder, "migration.lock"), cancellation).ConfigureAwait(false);
        await using var unlock = gate.ConfigureAwait(false);
        var db = await services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            if (db is SqliteHubDb)
                await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellation).ConfigureAwait(false);
            await db.Database.MigrateAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<FileStream> LockFileAsync(string path, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 1500) // five minutes
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The file of the embedded database.</summary>
    public static string DatabaseFile(HubOptions options) => Path.Combine(options.DataFolder, "hub.db");

    private sealed class Factory<TDb>(IDbContextFactory<TDb> factory) : IDbContextFactory<HubDb>
        where TDb : HubDb
    {
        public HubDb CreateDbContext() => factory.CreateDbContext();

        public async Task<HubDb> CreateDbContextAsync(CancellationToken cancellationToken = default) => await factory.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
    }
}
