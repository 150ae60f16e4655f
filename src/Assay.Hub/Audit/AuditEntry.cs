using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Audit;

/// <summary>One act that somebody may have to answer for. Entries are only added; each holds the hash of the one before.</summary>
public sealed class AuditEntry
{
    /// <summary>Number from 1, without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: a user's name, <c>policy</c>, or <c>system</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What was done: <c>revision.admitted</c>.</summary>
    public required string Action { get; init; }

    /// <summary>To what: <c>model:ada/tiny@9f1c…</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Everything else, as JSON with sorted members.</summary>
    public required string Detail { get; init; }

    /// <summary>Hash of the entry before; 64 zeros for the first.</summary>
    public required string Previous { get; init; }

    /// <summary>SHA-256 over all of the above.</summary>
    public required string Hash { get; init; }

    /// <summary>What stands before the first entry.</summary>
    public static string Origin { get; } = new('0', 64);

    /// <summary>The hash that an entry must have. Every part is preceded by its length, so that no two entries have the same bytes.</summary>
    public string Expected() => HashOf(Sequence, At, Actor, Action, Subject, Detail, Previous);

    /// <summary>The hash over the parts of an entry.</summary>
    public static string HashOf(long sequence, DateTimeOffset at, string actor, string action, string subject, string detail, string previous)
    {
        var text = new StringBuilder("assay.audit/v1\n");
        foreach (var part in (ReadOnlySpan<string>)[sequence.ToString(CultureInfo.InvariantCulture), at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), actor, action, subject, detail, previous])
            text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(part)}:{part}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("AuditEntries");
        builder.HasKey(static e => e.Sequence);
        builder.Property(static e => e.Sequence).ValueGeneratedNever();
        builder.HasIndex(static e => e.Subject);
        builder.Property(static e => e.Actor).HasMaxLength(96);
        builder.Property(static e => e.Action).HasMaxLength(60);
        builder.Property(static e => e.Subject).HasMaxLength(300);
        builder.Property(static e => e.Previous).HasMaxLength(64);
        builder.Property(static e => e.Hash).HasMaxLength(64);
    }
}
