using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Publishers;

/// <summary>How something is proven.</summary>
public enum ProofKind
{
    /// <summary>A TXT record of the domain.</summary>
    Dns,

    /// <summary>A file on the domain's web server.</summary>
    WellKnown,

    /// <summary>An operator of this hub vouches.</summary>
    Operator,

    /// <summary>A code host's identity token, by which a pipeline publishes.</summary>
    Oidc,
}

/// <summary>A proof of who is behind an account. Its states and what leads to them are in <see cref="ProofMachine"/>.</summary>
public sealed class PublisherProof
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The account.</summary>
    public required string AccountId { get; init; }

    /// <summary>How it is shown.</summary>
    public required ProofKind Kind { get; init; }

    /// <summary>What is proven: a domain; of an operator's vouching his name; of a code host its repository.</summary>
    public required string Subject { get; init; }

    /// <summary>What the record must hold while the proof is pending: 128 random bits in Base32; empty where there is none.</summary>
    public required string Token { get; set; }

    /// <summary>Where it is.</summary>
    public required ProofState State { get; set; }

    /// <summary>When it came to its state.</summary>
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>Who brought it there: a user, an operator, or <c>system</c>.</summary>
    public required string ChangedBy { get; set; }

    /// <summary>Why, where a person decided.</summary>
    public string? Reason { get; set; }

    /// <summary>When it was last asked for.</summary>
    public required DateTimeOffset RequestedAt { get; set; }

    /// <summary>Who asked for it.</summary>
    public required string RequestedBy { get; set; }

    /// <summary>Since when it stands without a break.</summary>
    public DateTimeOffset? ValidSince { get; set; }

    /// <summary>Checks while it is pending.</summary>
    public int Tries { get; set; }

    /// <summary>The first of two checks that agree.</summary>
    public DateTimeOffset? AgreedAt { get; set; }

    /// <summary>The second, where a person has to look first.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>Why a person has to look at the domain before it counts; null where nobody has to.</summary>
    public string? ReviewReason { get; set; }

    /// <summary>Checks that failed lately.</summary>
    public int Failures { get; set; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset? FirstFailureAt { get; set; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset? LastFailureAt { get; set; }

    /// <summary>When it was last checked.</summary>
    public DateTimeOffset? LastCheckedAt { get; set; }

    /// <summary>What the last check saw, in a sentence.</summary>
    public string? Evidence { get; set; }

    /// <summary>When it is checked next; null for never.</summary>
    public DateTimeOffset? NextCheckAt { get; set; }

    /// <summary>Whether an operator revoked it: then its publisher cannot ask for the same again.</summary>
    public bool IsBarred { get; set; }

    /// <summary>The process that checks it.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Counts changes; two at a time notice each other by it.</summary>
    public int Version { get; set; }

    /// <summary>How it stands.</summary>
    public ProofStatus Status => new(State, ChangedAt, RequestedAt)
    {
        Tries = Tries,
        AgreedAt = AgreedAt,
        ConfirmedAt = ConfirmedAt,
        AwaitsReview = ReviewReason is not null,
        ValidSince = ValidSince,
        Failures = Failures,
        FirstFailureAt = FirstFailureAt,
        LastFailureAt = LastFailureAt,
        NextCheckAt = NextCheckAt,
    };

    /// <summary>What the level depends on.</summary>
    public ProofFact Fact => new(Kind, Subject, State, ValidSince, ChangedAt, Reason);

    /// <summary>Takes over how it stands now.</summary>
    public void Apply(ProofStatus status)
    {
        (State, ChangedAt, RequestedAt, Tries, AgreedAt, ConfirmedAt) = (status.State, status.Changed, status.RequestedAt, status.Tries, status.AgreedAt, status.ConfirmedAt);
        (ValidSince, Failures, FirstFailureAt, LastFailureAt, NextCheckAt) = (status.ValidSince, status.Failures, status.FirstFailureAt, status.LastFailureAt, status.NextCheckAt);
        if (!status.AwaitsReview)
            ReviewReason = null;
        Version++;
    }
}

internal sealed class PublisherConfiguration : IEntityTypeConfiguration<PublisherProof>
{
    public void Configure(EntityTypeBuilder<PublisherProof> builder)
    {
        builder.ToTable("PublisherProofs");
        builder.HasKey(static p => p.Id);
        builder.HasIndex(static p => p.AccountId);
        builder.HasIndex(static p => p.NextCheckAt);
        builder.Ignore(static p => p.Status);
        builder.Ignore(static p => p.Fact);
        builder.Property(static p => p.Id).HasMaxLength(24);
        builder.Property(static p => p.AccountId).HasMaxLength(24);
        builder.Property(static p => p.Kind).HasConversion<string>().HasMaxLength(20);
        builder.Property(static p => p.State).HasConversion<string>().HasMaxLength(20);
        builder.Property(static p => p.Subject).HasMaxLength(400);
        builder.Property(static p => p.Token).HasMaxLength(32);
        builder.Property(static p => p.ChangedBy).HasMaxLength(96);
        builder.Property(static p => p.RequestedBy).HasMaxLength(96);
        builder.Property(static p => p.Reason).HasMaxLength(2000);
        builder.Property(static p => p.ReviewReason).HasMaxLength(500);
        builder.Property(static p => p.Evidence).HasMaxLength(1000);
        builder.Property(static p => p.LeaseOwner).HasMaxLength(32);
        builder.Property(static p => p.Version).IsConcurrencyToken();
    }
}
