using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Blobs;
using Assay.Hub.Engagement;
using Assay.Hub.Identity;
using Assay.Hub.Ledger;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Assay.Hub.Persistence;

/// <summary>The hub's data. One model for both databases; what they do differently is in the two derived classes.</summary>
public abstract class HubDb(DbContextOptions options) : DbContext(options)
{
    /// <summary>Users and organisations.</summary>
    public DbSet<Account> Accounts => Set<Account>();

    /// <summary>Who belongs to which organisation.</summary>
    public DbSet<Membership> Memberships => Set<Membership>();

    /// <summary>Tokens.</summary>
    public DbSet<AccessToken> AccessTokens => Set<AccessToken>();

    /// <summary>Repositories.</summary>
    public DbSet<Repository> Repositories => Set<Repository>();

    /// <summary>Tags of repositories.</summary>
    public DbSet<RepositoryTag> RepositoryTags => Set<RepositoryTag>();

    /// <summary>Names that are taken though no repository has them.</summary>
    public DbSet<HeldName> HeldNames => Set<HeldName>();

    /// <summary>What repositories are found by.</summary>
    public DbSet<SearchDocument> SearchDocuments => Set<SearchDocument>();

    /// <summary>Branches and tags.</summary>
    public DbSet<GitRef> GitRefs => Set<GitRef>();

    /// <summary>Commits, trees and annotated tags.</summary>
    public DbSet<GitObject> GitObjects => Set<GitObject>();

    /// <summary>Files by git's ids.</summary>
    public DbSet<GitBlob> GitBlobs => Set<GitBlob>();

    /// <summary>Contents of the store.</summary>
    public DbSet<StoredBlob> StoredBlobs => Set<StoredBlob>();

    /// <summary>What others are compared with.</summary>
    public DbSet<RepositoryIdentity> RepositoryIdentities => Set<RepositoryIdentity>();

    /// <summary>What the impersonation assessor said of revisions.</summary>
    public DbSet<RevisionAssessment> RevisionAssessments => Set<RevisionAssessment>();

    /// <summary>Digests of tensors, by content.</summary>
    public DbSet<ContentTensors> ContentTensors => Set<ContentTensors>();

    /// <summary>Names that operators protect.</summary>
    public DbSet<ProtectedName> ProtectedNames => Set<ProtectedName>();

    /// <summary>What was said against decisions.</summary>
    public DbSet<Appeal> Appeals => Set<Appeal>();

    /// <summary>Which repository has which content.</summary>
    public DbSet<RepositoryBlob> RepositoryBlobs => Set<RepositoryBlob>();

    /// <summary>Who uploaded which content.</summary>
    public DbSet<UploadClaim> UploadClaims => Set<UploadClaim>();

    /// <summary>Bundles of chunks of the Xet protocol.</summary>
    public DbSet<Xorb> Xorbs => Set<Xorb>();

    /// <summary>Revisions with their states.</summary>
    public DbSet<Revision> Revisions => Set<Revision>();

    /// <summary>Reports of revisions.</summary>
    public DbSet<RevisionReport> RevisionReports => Set<RevisionReport>();

    /// <summary>Reports of files.</summary>
    public DbSet<FileReport> FileReports => Set<FileReport>();

    /// <summary>Decisions.</summary>
    public DbSet<RevisionDecision> RevisionDecisions => Set<RevisionDecision>();

    /// <summary>Contents that are refused everywhere.</summary>
    public DbSet<ForbiddenContent> ForbiddenContents => Set<ForbiddenContent>();

    /// <summary>Policies that were in force.</summary>
    public DbSet<StoredPolicy> Policies => Set<StoredPolicy>();

    /// <summary>Revisions that wait to be vetted.</summary>
    public DbSet<VettingJob> VettingJobs => Set<VettingJob>();

    /// <summary>The ledger.</summary>
    public DbSet<Download> Downloads => Set<Download>();

    /// <summary>Proofs of who is behind accounts.</summary>
    public DbSet<PublisherProof> PublisherProofs => Set<PublisherProof>();

    /// <summary>What is known of the traffic of repositories.</summary>
    public DbSet<EngagementRecord> EngagementRecords => Set<EngagementRecord>();

    /// <summary>Traffic of five minutes each, until it is settled.</summary>
    public DbSet<EngagementSlice> EngagementSlices => Set<EngagementSlice>();

    /// <summary>Who received weights on which day.</summary>
    public DbSet<EngagementPayload> EngagementPayloads => Set<EngagementPayload>();

    /// <summary>Files that clients have in parts.</summary>
    public DbSet<EngagementProgress> EngagementProgress => Set<EngagementProgress>();

    /// <summary>Traffic by day.</summary>
    public DbSet<EngagementDay> EngagementDays => Set<EngagementDay>();

    /// <summary>The audit trail.</summary>
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>Values that the hub keeps for itself.</summary>
    public DbSet<Setting> Settings => Set<Setting>();

    /// <summary>Begins a transaction that writes. On SQLite it is the only one that does, until it ends.</summary>
    public Task<IDbContextTransaction> BeginAsync(CancellationToken cancellation) => Database.BeginTransactionAsync(cancellation);

    /// <summary>Begins a transaction that only reads, and sees the data as they are now until it ends. It holds back nobody.</summary>
    public abstract Task<IDbContextTransaction> BeginSnapshotAsync(CancellationToken cancellation);

    /// <summary>Holds back other transactions that ask for the same lock, until this one ends.</summary>
    /// <param name="name">Name of the lock.</param>
    /// <param name="cancellation">Stops the wait.</param>
    public abstract Task LockAsync(string name, CancellationToken cancellation);

    /// <summary>The repositories whose document has all words, as a query to go on with.</summary>
    /// <param name="words">Words in lower case; each occurs anywhere in the document.</param>
    public abstract IQueryable<string> Search(IReadOnlyList<string> words);

    /// <summary>Whether a save failed because a row of the same key is there already.</summary>
    public abstract bool IsDuplicate(DbUpdateException fault);

    /// <summary>Whether a fault is one of two transactions at a time, and the work may be repeated.</summary>
    public abstract bool IsConflict(Exception fault);

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.ApplyConfigurationsFromAssembly(typeof(HubDb).Assembly);

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        foreach (var type in (Type[])[typeof(AccountKind), typeof(MemberRole), typeof(TokenRole), typeof(NameHold), typeof(RevisionState), typeof(Protocol.RepoKind)])
            configurationBuilder.Properties(type).HaveConversion<string>().HaveMaxLength(20);
    }
}
