using Assay.Impersonation.Engagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Engagement;

/// <summary>What is known of the traffic of one repository: the monitor's memory, what follows from it, and what a person said.</summary>
public sealed class EngagementRecord
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The monitor's state after the buckets that are settled (<see cref="EngagementState.ToJson"/>).</summary>
    public string State { get; set; } = EngagementState.Empty.ToJson();

    /// <summary>What follows now.</summary>
    public EngagementConsequence Consequence { get; set; }

    /// <summary>Why, one sentence a line; null while nothing follows.</summary>
    public string? Reasons { get; set; }

    /// <summary>Since when it follows; null while nothing does.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>When a person should have looked; null while nobody has to.</summary>
    public DateTimeOffset? ReviewDue { get; set; }

    /// <summary>When a person last found nothing wrong.</summary>
    public DateTimeOffset? ClearedAt { get; set; }

    /// <summary>Counted requests of all settled buckets.</summary>
    public long Requests { get; set; }

    /// <summary>Payloads that were not credited since a sign fired: given back when a person finds nothing wrong.</summary>
    public double Withheld { get; set; }

    /// <summary>Sketch of all networks that ever asked.</summary>
    public byte[]? Asked { get; set; }

    /// <summary>Sketch of all aged networks and accounts that ever received a payload.</summary>
    public byte[]? Received { get; set; }

    /// <summary>When it is to be judged next; null while there is nothing to judge.</summary>
    public DateTimeOffset? NextLook { get; set; }

    /// <summary>Until when a worker has it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }
}

/// <summary>What was counted of one repository in five minutes, until it is settled and added to its day.</summary>
public sealed class EngagementSlice
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>When the five minutes began.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Counted requests.</summary>
    public long Requests { get; set; }

    /// <summary>Those of them that were HEADs.</summary>
    public long Heads { get; set; }

    /// <summary>Those of them that came from hosting ranges.</summary>
    public long Hosting { get; set; }

    /// <summary>Those of the busiest network.</summary>
    public long Top { get; set; }

    /// <summary>Sketch of the networks.</summary>
    public byte[]? Networks { get; set; }
}

/// <summary>One client that received, or is receiving, the weights of a repository on one day. Kept for 30 days under a key of that day.</summary>
public sealed class EngagementPayload
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The UTC day, in days since 1970.</summary>
    public required int Day { get; init; }

    /// <summary>Hash of the account or network under the key of the day, 16 hexadecimal digits.</summary>
    public required string Client { get; init; }

    /// <summary>The five minutes of its first request.</summary>
    public required DateTimeOffset Slice { get; init; }

    /// <summary>Whether it had signed in.</summary>
    public bool IsSignedIn { get; init; }

    /// <summary>Whether at least 95 % of a weight file arrived.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Until when it counts though it is not complete: it is still being sent.</summary>
    public DateTimeOffset? RunningUntil { get; set; }

    /// <summary>Whether it is in a settled slice.</summary>
    public bool IsSettled { get; set; }

    /// <summary>What the sketch of receivers takes of it; null once it has, and for those that are too young to count.</summary>
    public long? Mark { get; set; }
}

/// <summary>Bytes of one file that a client has in parts, until they are enough.</summary>
public sealed class EngagementProgress
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The UTC day, in days since 1970.</summary>
    public required int Day { get; init; }

    /// <summary>As in <see cref="EngagementPayload"/>.</summary>
    public required string Client { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; set; }
}

/// <summary>What was counted of one repository on one day; names nobody, and stays.</summary>
public sealed class EngagementDay
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The UTC day, in days since 1970.</summary>
    public required int Day { get; init; }

    /// <summary>Counted requests.</summary>
    public long Requests { get; set; }

    /// <summary>Those of them that were HEADs.</summary>
    public long Heads { get; set; }

    /// <summary>Payloads.</summary>
    public long Payloads { get; set; }

    /// <summary>Those of them by accounts.</summary>
    public long SignedIn { get; set; }

    /// <summary>Credited payloads; negative where credit of the day before was taken back.</summary>
    public double Credited { get; set; }

    /// <summary>Aged networks and accounts that received the weights for the first time.</summary>
    public double Identities { get; set; }

    /// <summary>Sketch of the networks that asked.</summary>
    public byte[]? Networks { get; set; }
}

internal sealed class EngagementConfiguration :
    IEntityTypeConfiguration<EngagementRecord>, IEntityTypeConfiguration<EngagementSlice>, IEntityTypeConfiguration<EngagementPayload>, IEntityTypeConfiguration<EngagementProgress>, IEntityTypeConfiguration<EngagementDay>
{
    public void Configure(EntityTypeBuilder<EngagementRecord> builder)
    {
        builder.ToTable("EngagementRecords");
        builder.HasKey(static r => r.RepositoryId);
        builder.HasIndex(static r => r.NextLook);
        builder.HasIndex(static r => r.ReviewDue);
        builder.Property(static r => r.RepositoryId).HasMaxLength(24);
        builder.Property(static r => r.Consequence).HasConversion<string>().HasMaxLength(20);
        builder.Property(static r => r.Reasons).HasMaxLength(2000);
    }

    public void Configure(EntityTypeBuilder<EngagementSlice> builder)
    {
        builder.ToTable("EngagementSlices");
        builder.HasKey(static s => new { s.RepositoryId, s.Start });
        builder.Property(static s => s.RepositoryId).HasMaxLength(24);
    }

    public void Configure(EntityTypeBuilder<EngagementPayload> builder)
    {
        builder.ToTable("EngagementPayloads");
        builder.HasKey(static p => new { p.RepositoryId, p.Day, p.Client });
        builder.HasIndex(static p => p.Day);
        builder.Property(static p => p.RepositoryId).HasMaxLength(24);
        builder.Property(static p => p.Client).HasMaxLength(16);
    }

    public void Configure(EntityTypeBuilder<EngagementProgress> builder)
    {
        builder.ToTable("EngagementProgress");
        builder.HasKey(static p => new { p.RepositoryId, p.Day, p.Client, p.Sha256 });
        builder.HasIndex(static p => p.Day);
        builder.Property(static p => p.RepositoryId).HasMaxLength(24);
        builder.Property(static p => p.Client).HasMaxLength(16);
        builder.Property(static p => p.Sha256).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<EngagementDay> builder)
    {
        builder.ToTable("EngagementDays");
        builder.HasKey(static d => new { d.RepositoryId, d.Day });
        builder.Property(static d => d.RepositoryId).HasMaxLength(24);
    }
}
