using System.Text;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests;

/// <summary>A time that stands until a test moves it. Timers run as always.</summary>
public sealed class ManualClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>A hub without its server and its loops: tests call what they want to happen.</summary>
public abstract class TestHub(DatabaseKind kind) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestDatabase? _database;
    private ServiceProvider? _services;
    private int _names;

    /// <summary>Skips the test when its database is not there.</summary>
    public IServiceProvider Services
    {
        get
        {
            TestDatabase.Require(kind);
            return _services!;
        }
    }

    public ManualClock Clock { get; } = new();

    public string DataFolder => _folder["data"];

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public AdmissionWorkflow Admission => Get<AdmissionWorkflow>();

    public RepositoryRegistry Registry => Get<RepositoryRegistry>();

    public AccountRegistry Accounts => Get<AccountRegistry>();

    public async ValueTask InitializeAsync()
    {
        if (kind == DatabaseKind.Postgres && TestDatabase.Server is null)
            return; // each test skips itself with the reason
        _database = await TestDatabase.CreateAsync(kind);
        _services = Build(static o => o);
        await HubRegistration.MigrateAsync(_services, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (kind == DatabaseKind.Sqlite)
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (_database is not null)
            await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another process of the same hub, with other settings.</summary>
    public ServiceProvider Build(Func<HubOptions, HubOptions> configure, Action<IServiceCollection>? replace = null)
    {
        TestDatabase.Require(kind);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddAssayHub(configure(new HubOptions { DataFolder = DataFolder, Database = _database!.Address, MinFreeBytes = 1 << 20, Workers = 1 }));
        services.AddSingleton<TimeProvider>(Clock);
        replace?.Invoke(services);
        return services.BuildServiceProvider();
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public Task<HubDb> OpenAsync() => Get<IDbContextFactory<HubDb>>().CreateDbContextAsync(Cancellation);

    /// <summary>A name that no other test of this hub has.</summary>
    public string NewName(string stem) => $"{stem}{Interlocked.Increment(ref _names)}";

    public async Task<Principal> CreateUserAsync(string? name = null, Action<Account>? configure = null)
    {
        var outcome = Assert.IsType<AccountOutcome.Done>(await Accounts.CreateAsync(Principal.System, AccountKind.User, name ?? NewName("user"), null, null, null, configure, Cancellation));
        await using var db = await OpenAsync();
        return (await AccountRegistry.FindAsync(db, outcome.Account.Id, null, null, Cancellation))!;
    }

    public async Task<(Principal Who, Repository Repository)> CreateRepositoryAsync(RepoKind kindOf = RepoKind.Model, bool isPrivate = false)
    {
        var who = await CreateUserAsync();
        var made = Assert.IsType<RepositoryOutcome.Done>(await Registry.CreateAsync(who, kindOf, new RepoId(who.Name, "tiny"), new RepositorySettings(isPrivate), Cancellation));
        return (who, made.Repository);
    }

    /// <summary>Stores a content as a small file.</summary>
    public async Task<CommitOperation> PutAsync(Principal who, string path, string text)
    {
        var stored = Assert.IsType<BlobPut.Stored>(await Get<BlobIntake>().TakeAsync(Encoding.UTF8.GetBytes(text), who.UserId!, Cancellation));
        return new CommitOperation.PutFile(path, stored.GitId!, stored.Sha256, stored.Size);
    }

    public async Task<CommitOutcome> TryCommitAsync(Principal who, Repository repository, string title, string? parent, params CommitOperation[] operations) =>
        await Get<CommitWriter>().CommitAsync(repository, RefName.Heads + RefName.Main, who, db => RepositoryRegistry.ReadableBy(db, who), new CommitRequest(title, "", operations) { ParentCommit = parent }, Cancellation);

    public async Task<CommitOutcome.Done> CommitAsync(Principal who, Repository repository, params CommitOperation[] operations) =>
        Assert.IsType<CommitOutcome.Done>(await TryCommitAsync(who, repository, "change", null, operations));

    /// <summary>Commits a small file.</summary>
    public async Task<Guid> CommitTextAsync(Principal who, Repository repository, string path, string text) =>
        (await CommitAsync(who, repository, await PutAsync(who, path, text))).RevisionId!.Value;

    /// <summary>Runs jobs until there are none that may be begun.</summary>
    public async Task VetAllAsync()
    {
        while (await Get<VettingWorker>().RunOneAsync(Cancellation))
        {
        }
    }

    public async Task<Revision> RevisionAsync(Guid id)
    {
        await using var db = await OpenAsync();
        return await db.Revisions.AsNoTracking().FirstAsync(r => r.Id == id, Cancellation);
    }

    public async Task<GitRef> MainAsync(Repository repository)
    {
        await using var db = await OpenAsync();
        return await db.GitRefs.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.Name == RefName.Heads + RefName.Main, Cancellation);
    }

    public async Task<RevisionTree> TreeAsync(string commit)
    {
        await using var db = await OpenAsync();
        var revision = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == commit, Cancellation);
        return await Get<RevisionTrees>().ReadAsync(db, revision.TreeId, Cancellation);
    }
}

public sealed class SqliteHub() : TestHub(DatabaseKind.Sqlite);

public sealed class PostgresHub() : TestHub(DatabaseKind.Postgres);
