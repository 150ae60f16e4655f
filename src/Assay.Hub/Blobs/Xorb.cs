using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Blobs;

/// <summary>A bundle of chunks that a user uploaded by the Xet protocol; later uploads of the same user may refer to it.</summary>
public sealed class Xorb
{
    /// <summary>Hash of the bundle as text of the protocol, 64 hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>Length of the stored bundle in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>When it was last uploaded or used.</summary>
    public required DateTimeOffset UsedAt { get; set; }
}

internal sealed class XorbConfiguration : IEntityTypeConfiguration<Xorb>
{
    public void Configure(EntityTypeBuilder<Xorb> builder)
    {
        builder.ToTable("Xorbs");
        builder.HasKey(static x => new { x.Hash, x.UserId });
        builder.HasIndex(static x => x.UsedAt);
        builder.Property(static x => x.Hash).HasMaxLength(64);
        builder.Property(static x => x.UserId).HasMaxLength(24);
    }
}
