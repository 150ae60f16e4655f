using System.Security.Cryptography;
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

    /// <summary>A secret of 32 bytes, in hexadecimal digits; made when it is asked for the first time. Not part of a transaction.</summary>
    internal static async Task<string> SecretAsync(HubDb db, string name, CancellationToken cancellation)
    {
        var setting = await db.Settings.AsNoTracking().FirstOrDefaultAsync(s => s.Name == name, cancellation).ConfigureAwait(false);
        if (setting is not null)
            return setting.Value;
        db.Settings.Add(setting = new Setting { Name = name, Value = Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) });
        try
        {
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (db.IsDuplicate(e))
        {
            db.ChangeTracker.Clear();
            setting = await db.Settings.AsNoTracking().FirstAsync(s => s.Name == name, cancellation).ConfigureAwait(false);
        }

        return setting.Value;
    }
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
