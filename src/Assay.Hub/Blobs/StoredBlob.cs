using Assay.Formats;
using Assay.Scanning;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Blobs;

/// <summary>A content that the store holds.</summary>
public sealed class StoredBlob
{
    /// <summary>SHA-256 of the content: its name in the store.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset StoredAt { get; init; }

    /// <summary>Version of what was looked for while all bytes went by (<c>ContentFacts.Version</c>); 0 where nothing was.</summary>
    public int SeenVersion { get; set; }

    /// <summary>What was seen then, as UTF-8 JSON; null where nothing was found.</summary>
    public byte[]? Seen { get; set; }

    /// <summary>What is known of its bytes.</summary>
    internal ContentFacts Facts => new(Sha256, SeenVersion != ContentFacts.Version ? null : Seen is null ? [] : ContentFacts.ReadForeign(Seen));

    /// <summary>Keeps what was seen.</summary>
    internal void Keep(IReadOnlyList<ForeignContent> foreign)
    {
        SeenVersion = ContentFacts.Version;
        Seen = foreign.Count == 0 ? null : ContentFacts.WriteForeign(foreign);
    }
}

/// <summary>A repository has, in some revision, a content. Gives its readers the right to it, and keeps it from being swept away.</summary>
public sealed class RepositoryBlob
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>A user uploaded a content, and may commit it.</summary>
public sealed class UploadClaim
{
    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When it was last uploaded.</summary>
    public required DateTimeOffset At { get; set; }
}

internal sealed class BlobConfiguration : IEntityTypeConfiguration<StoredBlob>, IEntityTypeConfiguration<RepositoryBlob>, IEntityTypeConfiguration<UploadClaim>
{
    public void Configure(EntityTypeBuilder<StoredBlob> builder)
    {
        builder.ToTable("StoredBlobs");
        builder.HasKey(static b => b.Sha256);
        builder.Property(static b => b.Sha256).HasMaxLength(64);
        builder.Ignore(static b => b.Facts);
    }

    public void Configure(EntityTypeBuilder<RepositoryBlob> builder)
    {
        builder.ToTable("RepositoryBlobs");
        builder.HasKey(static b => new { b.RepositoryId, b.Sha256 });
        builder.HasIndex(static b => b.Sha256);
        builder.Property(static b => b.RepositoryId).HasMaxLength(24);
        builder.Property(static b => b.Sha256).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<UploadClaim> builder)
    {
        builder.ToTable("UploadClaims");
        builder.HasKey(static c => new { c.UserId, c.Sha256 });
        builder.HasIndex(static c => c.Sha256);
        builder.Property(static c => c.UserId).HasMaxLength(24);
        builder.Property(static c => c.Sha256).HasMaxLength(64);
    }
}
