using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Access;

/// <summary>What an account is.</summary>
public enum AccountKind
{
    /// <summary>A person or a program.</summary>
    User,

    /// <summary>A group of users that owns repositories.</summary>
    Organization,
}

/// <summary>The owner of a namespace. Users and organisations share their names.</summary>
public sealed class Account
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required AccountKind Kind { get; init; }

    /// <summary>The namespace, as it was registered.</summary>
    public required string Name { get; set; }

    /// <summary>What names are compared by.</summary>
    public required string Key { get; set; }

    /// <summary>How the name looks: two that look alike are not both given out. Null for accounts from before this was kept.</summary>
    public string? NameSkeleton { get; set; }

    /// <summary>The name shown to people.</summary>
    public required string FullName { get; set; }

    /// <summary>Address; null where none is known.</summary>
    public string? Email { get; set; }

    /// <summary>Hash of the password (ASP.NET Core Identity's format); null where the account cannot sign in with one.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>May do everything but read private repositories' bytes unaudited.</summary>
    public bool IsAdministrator { get; set; }

    /// <summary>May look at and decide on what the policy holds back.</summary>
    public bool IsReviewer { get; set; }

    /// <summary>May do nothing any more.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>Why its name is looked at by a reviewer before anything of it is served; null when it is not, or not any more.</summary>
    public string? NameHeld { get; set; }
    /// <summary>When it was frozen, because it may be in other hands: nothing new is taken in from it; null while it is not.</summary>
    public DateTimeOffset? FrozenAt { get; set; }

    /// <summary>Changes when sessions must end.</summary>
    public required string SecurityStamp { get; set; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a member may do in the repositories of an organisation; each level includes those before.</summary>
public enum MemberRole
{
    /// <summary>Reads the private ones.</summary>
    Reader,

    /// <summary>Writes content.</summary>
    Contributor,

    /// <summary>Creates, deletes and configures repositories.</summary>
    Maintainer,

    /// <summary>Also decides who is a member.</summary>
    Owner,
}

/// <summary>A user's place in an organisation.</summary>
public sealed class Membership
{
    /// <summary>The organisation.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>What the user may do there.</summary>
    public required MemberRole Role { get; set; }
}

/// <summary>What a token may do at most.</summary>
public enum TokenRole
{
    /// <summary>Reads what its user may read.</summary>
    Read,

    /// <summary>Whatever its user may do in repositories.</summary>
    Write,

    /// <summary>What its scopes say.</summary>
    FineGrained,
}

/// <summary>A token: a secret that stands for a user, within limits. Only its hash is kept.</summary>
public sealed class AccessToken
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string UserId { get; init; }

    /// <summary>The name that its user gave it; unique for the user.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the token, 64 hexadecimal digits. The token has 190 bits of randomness, so that no slower hash is needed.</summary>
    public required string Hash { get; init; }

    /// <summary>The last four characters, so that people can tell tokens apart.</summary>
    public required string Ending { get; init; }

    /// <summary>What it may do at most.</summary>
    public required TokenRole Role { get; init; }

    /// <summary>Scopes of a fine-grained token, one to a line: <c>repo.read models/ada/tiny</c>, <c>repo.write ada</c>; empty otherwise.</summary>
    public string Scopes { get; init; } = "";

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops to work; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was last used, to the hour.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; set; }
}

internal sealed class AccessConfiguration : IEntityTypeConfiguration<Account>, IEntityTypeConfiguration<Membership>, IEntityTypeConfiguration<AccessToken>
{
    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.ToTable("Accounts");
        builder.HasKey(static a => a.Id);
        builder.HasIndex(static a => a.Key).IsUnique();
        builder.HasIndex(static a => a.FrozenAt);
        builder.Property(static a => a.Id).HasMaxLength(24);
        builder.Property(static a => a.Name).HasMaxLength(96);
        builder.Property(static a => a.Key).HasMaxLength(96);
        builder.Property(static a => a.FullName).HasMaxLength(200);
        builder.Property(static a => a.Email).HasMaxLength(254);
        builder.HasIndex(static a => a.NameSkeleton);
        builder.Property(static a => a.NameSkeleton).HasMaxLength(200);
        builder.Property(static a => a.NameHeld).HasMaxLength(1000);
        builder.Property(static a => a.PasswordHash).HasMaxLength(500);
        builder.Property(static a => a.SecurityStamp).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<Membership> builder)
    {
        builder.ToTable("Memberships");
        builder.HasKey(static m => new { m.OrganizationId, m.UserId });
        builder.HasIndex(static m => m.UserId);
        builder.Property(static m => m.OrganizationId).HasMaxLength(24);
        builder.Property(static m => m.UserId).HasMaxLength(24);
    }

    public void Configure(EntityTypeBuilder<AccessToken> builder)
    {
        builder.ToTable("AccessTokens");
        builder.HasKey(static t => t.Id);
        builder.HasIndex(static t => t.Hash).IsUnique();
        builder.HasIndex(static t => new { t.UserId, t.Name }).IsUnique();
        builder.Property(static t => t.Id).HasMaxLength(24);
        builder.Property(static t => t.UserId).HasMaxLength(24);
        builder.Property(static t => t.Name).HasMaxLength(100);
        builder.Property(static t => t.Hash).HasMaxLength(64);
        builder.Property(static t => t.Ending).HasMaxLength(4);
        builder.Property(static t => t.Scopes).HasMaxLength(8000);
    }
}
