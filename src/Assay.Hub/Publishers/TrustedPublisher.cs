using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Publishers;

/// <summary>A pipeline that may publish to a repository with no stored secret: what its identity tokens must say. Names may be registered again by others, so numeric ids count.</summary>
public sealed class TrustedPublisher
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The repository of this hub.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The user in whose name it pushes; it may do no more than he may.</summary>
    public required string UserId { get; init; }

    /// <summary>Address of the issuer of its tokens.</summary>
    public required string Issuer { get; init; }

    /// <summary>The owner's number at the code host.</summary>
    public required string SourceOwnerId { get; init; }

    /// <summary>The repository's number at the code host.</summary>
    public required string SourceRepositoryId { get; init; }

    /// <summary>Its name there, for people and as a second check: <c>acme/tiny</c>.</summary>
    public required string SourceRepository { get; init; }

    /// <summary>Path of the pipeline's file in it.</summary>
    public required string Workflow { get; init; }

    /// <summary>The ref that it must run on: <c>refs/heads/main</c>; null for any branch or tag.</summary>
    public string? SourceRef { get; init; }

    /// <summary>The environment that it must run in; null for any.</summary>
    public string? Environment { get; init; }

    /// <summary>When it was set up.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who did it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was ended; null while it is in force.</summary>
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>A run of a pipeline that was given a token.</summary>
public sealed class PipelineRun
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Which trust it used.</summary>
    public required string TrustedPublisherId { get; init; }

    /// <summary>The code host's repository, by name.</summary>
    public required string SourceRepository { get; init; }

    /// <summary>The code host's number of the run.</summary>
    public required string Number { get; init; }

    /// <summary>Address of the run.</summary>
    public required string Url { get; init; }

    /// <summary>The commit that it ran on.</summary>
    public required string SourceCommit { get; init; }

    /// <summary>The ref that it ran on.</summary>
    public required string SourceRef { get; init; }

    /// <summary>Path of the pipeline's file.</summary>
    public required string Workflow { get; init; }

    /// <summary>Who started it, as the code host names him.</summary>
    public required string Actor { get; init; }

    /// <summary>When it was given its token.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>An identity token that was used; none is taken twice. Kept until it would be over anyway.</summary>
public sealed class SpentAssertion
{
    /// <summary>SHA-256 over its issuer and number, 64 hexadecimal digits.</summary>
    public required string Key { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class TrustConfiguration : IEntityTypeConfiguration<TrustedPublisher>, IEntityTypeConfiguration<PipelineRun>, IEntityTypeConfiguration<SpentAssertion>
{
    public void Configure(EntityTypeBuilder<TrustedPublisher> builder)
    {
        builder.ToTable("TrustedPublishers");
        builder.HasKey(static t => t.Id);
        builder.HasIndex(static t => t.RepositoryId);
        builder.Property(static t => t.Id).HasMaxLength(24);
        builder.Property(static t => t.RepositoryId).HasMaxLength(24);
        builder.Property(static t => t.UserId).HasMaxLength(24);
        builder.Property(static t => t.Issuer).HasMaxLength(300);
        builder.Property(static t => t.SourceOwnerId).HasMaxLength(20);
        builder.Property(static t => t.SourceRepositoryId).HasMaxLength(20);
        builder.Property(static t => t.SourceRepository).HasMaxLength(300);
        builder.Property(static t => t.Workflow).HasMaxLength(300);
        builder.Property(static t => t.SourceRef).HasMaxLength(300);
        builder.Property(static t => t.Environment).HasMaxLength(255);
        builder.Property(static t => t.CreatedBy).HasMaxLength(96);
    }

    public void Configure(EntityTypeBuilder<PipelineRun> builder)
    {
        builder.ToTable("PipelineRuns");
        builder.HasKey(static r => r.Id);
        builder.HasIndex(static r => r.TrustedPublisherId);
        builder.Property(static r => r.Id).HasMaxLength(24);
        builder.Property(static r => r.TrustedPublisherId).HasMaxLength(24);
        builder.Property(static r => r.SourceRepository).HasMaxLength(300);
        builder.Property(static r => r.Number).HasMaxLength(20);
        builder.Property(static r => r.Url).HasMaxLength(600);
        builder.Property(static r => r.SourceCommit).HasMaxLength(64);
        builder.Property(static r => r.SourceRef).HasMaxLength(300);
        builder.Property(static r => r.Workflow).HasMaxLength(300);
        builder.Property(static r => r.Actor).HasMaxLength(100);
    }

    public void Configure(EntityTypeBuilder<SpentAssertion> builder)
    {
        builder.ToTable("SpentAssertions");
        builder.HasKey(static s => s.Key);
        builder.HasIndex(static s => s.ExpiresAt);
        builder.Property(static s => s.Key).HasMaxLength(64);
    }
}
