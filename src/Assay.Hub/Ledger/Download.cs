using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Ledger;

/// <summary>A transfer of a file to a client: when something is withdrawn, these are the people to tell.</summary>
public sealed class Download
{
    /// <summary>Permanent id, ordered by time.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The commit.</summary>
    public required string CommitId { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of its content; null for git packs.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes sent.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether all that was asked for was sent.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Through which door: <c>resolve</c>, <c>lfs</c>, <c>git</c>.</summary>
    public required string Door { get; init; }

    /// <summary>The user; null where nobody had signed in.</summary>
    public string? UserId { get; init; }

    /// <summary>Keyed hash of the client's network prefix (/24 or /48), 16 hexadecimal digits: tells networks apart and names none.</summary>
    public required string Network { get; init; }

    /// <summary>The client as it calls itself, bounded.</summary>
    public required string Client { get; init; }
}

internal sealed class LedgerConfiguration : IEntityTypeConfiguration<Download>
{
    public void Configure(EntityTypeBuilder<Download> builder)
    {
        builder.ToTable("Downloads");
        builder.HasKey(static d => d.Id);
        builder.HasIndex(static d => new { d.RepositoryId, d.At });
        builder.HasIndex(static d => d.At);
        builder.HasIndex(static d => d.Sha256);
        builder.HasIndex(static d => new { d.Network, d.At });
        builder.Property(static d => d.RepositoryId).HasMaxLength(24);
        builder.Property(static d => d.CommitId).HasMaxLength(40);
        builder.Property(static d => d.Path).HasMaxLength(4096);
        builder.Property(static d => d.Sha256).HasMaxLength(64);
        builder.Property(static d => d.Door).HasMaxLength(10);
        builder.Property(static d => d.UserId).HasMaxLength(24);
        builder.Property(static d => d.Network).HasMaxLength(16);
        builder.Property(static d => d.Client).HasMaxLength(200);
    }
}
