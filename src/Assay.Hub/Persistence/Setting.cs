using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Persistence;

/// <summary>A value that the hub made for itself and must keep: a signing key, a secret of the ledger.</summary>
public sealed class Setting
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its value.</summary>
    public required string Value { get; set; }
}

internal sealed class SettingConfiguration : IEntityTypeConfiguration<Setting>
{
    public void Configure(EntityTypeBuilder<Setting> builder)
    {
        builder.ToTable("Settings");
        builder.HasKey(static s => s.Name);
        builder.Property(static s => s.Name).HasMaxLength(60);
        builder.Property(static s => s.Value).HasMaxLength(4000);
    }
}
