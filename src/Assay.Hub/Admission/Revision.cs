using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Admission;

/// <summary>Where a revision is on its way. Only <see cref="Admitted"/> is ever served.</summary>
public enum RevisionState
{
    /// <summary>Recorded, and nothing done yet.</summary>
    Received,

    /// <summary>A worker has it.</summary>
    Vetting,

    /// <summary>Served.</summary>
    Admitted,

    /// <summary>Held back until a person decides.</summary>
    Quarantined,

    /// <summary>Refused; the next push builds on what stood before.</summary>
    Rejected,

    /// <summary>Was served, and was taken back.</summary>
    Withdrawn,
}

/// <summary>One commit of one repository, and what became of it.</summary>
public sealed class Revision
{
    /// <summary>Permanent id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Commit id, 40 hexadecimal digits.</summary>
    public required string CommitId { get; init; }

    /// <summary>Id of its tree.</summary>
    public required string TreeId { get; init; }

    /// <summary>Ids of its parents, separated by blanks; the first is the branch's own.</summary>
    public required string Parents { get; init; }

    /// <summary>The user who pushed it.</summary>
    public required string AuthorId { get; init; }

    /// <summary>Name of that user at the time.</summary>
    public required string AuthorName { get; init; }

    /// <summary>The run of a pipeline that pushed it; null for a person.</summary>
    public string? RunId { get; init; }

    /// <summary>First line of the message.</summary>
    public required string Title { get; init; }

    /// <summary>The rest of the message.</summary>
    public required string Message { get; init; }

    /// <summary>Time of the commit.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>The ref that it was pushed to.</summary>
    public required string RefName { get; init; }

    /// <summary>Whether the hub made it itself, as the start of a repository or branch.</summary>
    public bool IsInitial { get; init; }

    /// <summary>Where it is.</summary>
    public required RevisionState State { get; set; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it was last decided.</summary>
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>Reference of the decision in force: <c>A-2F7K</c>.</summary>
    public string? Reference { get; set; }

    /// <summary>The reason in force, a sentence.</summary>
    public string? Reason { get; set; }

    /// <summary>The verdict of the report in force.</summary>
    public string? Verdict { get; set; }

    /// <summary>The first parent; null for a root.</summary>
    public string? FirstParent => Parents.Length == 0 ? null : Parents.Split(' ')[0];
}

/// <summary>The report of a revision, as it was when it was vetted.</summary>
public sealed class RevisionReport
{
    /// <summary>Permanent id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The revision.</summary>
    public required Guid RevisionId { get; init; }

    /// <summary>Version of engine and rules: <c>0.1.0/2026.11.1</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>Verdict.</summary>
    public required string Verdict { get; init; }

    /// <summary><c>assay.report/v1</c>, UTF-8, compressed (Brotli).</summary>
    public required byte[] Content { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The report of one file, kept so that the same bytes are not vetted twice.</summary>
public sealed class FileReport
{
    /// <summary>SHA-256 over engine, content, path and the modules beside it.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Verdict of the file.</summary>
    public required string Verdict { get; init; }

    /// <summary>The report with what it contributes to stories, UTF-8 JSON, compressed (Brotli).</summary>
    public required byte[] Content { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A decision about a revision. Decisions are added, never changed; the newest is in force.</summary>
public sealed class RevisionDecision
{
    /// <summary>Short reference, <c>A-2F7K</c>: it is in clients' errors and in the address of the report's page.</summary>
    public required string Reference { get; init; }

    /// <summary>The revision.</summary>
    public required Guid RevisionId { get; init; }

    /// <summary>The report that it rests on; null for the hub's own first commit.</summary>
    public Guid? ReportId { get; init; }

    /// <summary><c>admitted</c>, <c>quarantined</c>, <c>rejected</c> or <c>withdrawn</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The reason, a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Clauses, files and rules behind it, as JSON.</summary>
    public string? ReasonsJson { get; init; }

    /// <summary>What the policy was given (<c>assay.evidence/v1</c>), compressed (Brotli); null for decisions of people.</summary>
    public byte[]? Evidence { get; init; }

    /// <summary>Digest of the policy; null for decisions of people.</summary>
    public string? PolicyDigest { get; init; }

    /// <summary>Who decided: a user's name, or <c>policy</c>.</summary>
    public required string DecidedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A policy that was in force, under its digest.</summary>
public sealed class StoredPolicy
{
    /// <summary>Digest.</summary>
    public required string Digest { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its text.</summary>
    public required string Text { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A revision that waits to be vetted. The table is the truth; what wakes workers may be lost.</summary>
public sealed class VettingJob
{
    /// <summary>Permanent id, ordered by time.</summary>
    public required Guid Id { get; init; }

    /// <summary>The revision.</summary>
    public required Guid RevisionId { get; init; }

    /// <summary>Who works on it.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>Until when; afterwards another may take it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>How often it was begun.</summary>
    public int Attempts { get; set; }

    /// <summary>Not to be begun before.</summary>
    public required DateTimeOffset NotBefore { get; set; }

    /// <summary>What went wrong last.</summary>
    public string? Error { get; set; }
}

internal sealed class AdmissionConfiguration :
    IEntityTypeConfiguration<Revision>, IEntityTypeConfiguration<RevisionReport>, IEntityTypeConfiguration<FileReport>,
    IEntityTypeConfiguration<RevisionDecision>, IEntityTypeConfiguration<StoredPolicy>, IEntityTypeConfiguration<VettingJob>
{
    public void Configure(EntityTypeBuilder<Revision> builder)
    {
        builder.ToTable("Revisions");
        builder.HasKey(static r => r.Id);
        builder.HasIndex(static r => new { r.RepositoryId, r.CommitId }).IsUnique();
        builder.HasIndex(static r => new { r.State, r.ReceivedAt });
        builder.HasIndex(static r => r.CommitId);
        builder.Property(static r => r.RepositoryId).HasMaxLength(24);
        builder.Property(static r => r.CommitId).HasMaxLength(40);
        builder.Property(static r => r.TreeId).HasMaxLength(40);
        builder.Property(static r => r.Parents).HasMaxLength(400);
        builder.Property(static r => r.AuthorId).HasMaxLength(24);
        builder.Property(static r => r.RunId).HasMaxLength(24);
        builder.Property(static r => r.AuthorName).HasMaxLength(96);
        builder.Property(static r => r.RefName).HasMaxLength(250);
        builder.Property(static r => r.Reference).HasMaxLength(16);
        builder.Property(static r => r.Reason).HasMaxLength(2000);
        builder.Property(static r => r.Verdict).HasMaxLength(20);
        builder.Ignore(static r => r.FirstParent);
    }

    public void Configure(EntityTypeBuilder<RevisionReport> builder)
    {
        builder.ToTable("RevisionReports");
        builder.HasKey(static r => r.Id);
        builder.HasIndex(static r => r.RevisionId);
        builder.Property(static r => r.Engine).HasMaxLength(60);
        builder.Property(static r => r.Verdict).HasMaxLength(20);
    }

    public void Configure(EntityTypeBuilder<FileReport> builder)
    {
        builder.ToTable("FileReports");
        builder.HasKey(static r => r.Key);
        builder.HasIndex(static r => r.Sha256);
        builder.Property(static r => r.Key).HasMaxLength(64);
        builder.Property(static r => r.Sha256).HasMaxLength(64);
        builder.Property(static r => r.Verdict).HasMaxLength(20);
    }

    public void Configure(EntityTypeBuilder<RevisionDecision> builder)
    {
        builder.ToTable("RevisionDecisions");
        builder.HasKey(static d => d.Reference);
        builder.HasIndex(static d => d.RevisionId);
        builder.HasIndex(static d => d.At);
        builder.Property(static d => d.Reference).HasMaxLength(16);
        builder.Property(static d => d.Outcome).HasMaxLength(20);
        builder.Property(static d => d.Summary).HasMaxLength(2000);
        builder.Property(static d => d.PolicyDigest).HasMaxLength(64);
        builder.Property(static d => d.DecidedBy).HasMaxLength(96);
    }

    public void Configure(EntityTypeBuilder<StoredPolicy> builder)
    {
        builder.ToTable("Policies");
        builder.HasKey(static p => p.Digest);
        builder.Property(static p => p.Digest).HasMaxLength(64);
        builder.Property(static p => p.Name).HasMaxLength(100);
    }

    public void Configure(EntityTypeBuilder<VettingJob> builder)
    {
        builder.ToTable("VettingJobs");
        builder.HasKey(static j => j.Id);
        builder.HasIndex(static j => j.RevisionId).IsUnique();
        builder.HasIndex(static j => j.NotBefore);
        builder.Property(static j => j.LeaseOwner).HasMaxLength(64);
        builder.Property(static j => j.Error).HasMaxLength(2000);
    }
}
