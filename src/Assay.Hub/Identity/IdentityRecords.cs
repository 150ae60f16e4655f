using System.Text.Json.Nodes;
using Assay.Impersonation;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Identity;

/// <summary>What others are compared with: a repository as its served revision shows it. One row a repository, renewed when that changes.</summary>
public sealed class RepositoryIdentity
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Its id, <c>owner/name</c>.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 of its card; null where it has none.</summary>
    public string? CardSha256 { get; set; }

    /// <summary>The digests of its tensors (<c>TensorInventory</c>); null where it has none that are understood.</summary>
    public byte[]? Tensors { get; set; }

    /// <summary>Whether it is gone, or private: others are not compared with it any more.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>When something of it was first served.</summary>
    public required DateTimeOffset FirstServedAt { get; init; }

    /// <summary>When the row was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>What the impersonation assessor said of a revision.</summary>
public sealed class RevisionAssessment
{
    /// <summary>The revision.</summary>
    public required Guid RevisionId { get; init; }

    /// <summary>Its repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary><c>allow</c>, <c>label</c>, <c>warn</c>, <c>hold</c> or <c>block</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The genuine repository that it is like; null when it is like none.</summary>
    public string? Target { get; init; }

    /// <summary>One sentence that says what it is about.</summary>
    public required string Headline { get; init; }

    /// <summary>The sum of the evidence, in natural-log units.</summary>
    public required double Sum { get; init; }

    /// <summary>The reasons, as a JSON array of <c>code, group, text, evidence, weight, confidence</c>.</summary>
    public required string ReasonsJson { get; init; }

    /// <summary>Version of rules and weights.</summary>
    public required string Rules { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>All reasons, the heaviest first.</summary>
    public IReadOnlyList<AssessmentReason> ReadReasons() => [.. JsonNode.Parse(ReasonsJson)!.AsArray().Select(static r => new AssessmentReason(
        (string)r!["code"]!, Enum.Parse<ReasonGroup>((string)r["group"]!, ignoreCase: true), (string)r["text"]!, (string?)r["evidence"], (double)r["weight"]!, Enum.Parse<ReasonConfidence>((string)r["confidence"]!, ignoreCase: true)))];
}

/// <summary>The digests of the tensors in a content, computed while it came in or when it was vetted.</summary>
public sealed class ContentTensors
{
    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The digests (<c>TensorInventory</c>); null where the content has no tensors that are understood.</summary>
    public byte[]? Tensors { get; init; }
}

/// <summary>A name that an operator protects: what is like it is looked at.</summary>
public sealed class ProtectedName
{
    /// <summary>A repository (<c>owner/name</c>), or the name of a brand.</summary>
    public required string Name { get; init; }

    /// <summary>Namespaces of the brand, separated by commas; empty for a repository.</summary>
    public string Handles { get; init; } = "";

    /// <summary>Its domains, separated by commas.</summary>
    public string Domains { get; init; } = "";

    /// <summary>Words by which people know it, separated by commas.</summary>
    public string Words { get; init; } = "";

    /// <summary>Why it is protected.</summary>
    public required string Reason { get; init; }

    /// <summary>Who did it.</summary>
    public required string By { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What somebody says against a decision.</summary>
public sealed class Appeal
{
    /// <summary>Permanent id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Reference of the decision, or the name that is held.</summary>
    public required string Subject { get; init; }

    /// <summary>Who appeals.</summary>
    public required string By { get; init; }

    /// <summary>What is said.</summary>
    public required string Text { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When somebody decided on it; null while it is open.</summary>
    public DateTimeOffset? ClosedAt { get; set; }
}

internal sealed class IdentityConfiguration :
    IEntityTypeConfiguration<RepositoryIdentity>, IEntityTypeConfiguration<RevisionAssessment>, IEntityTypeConfiguration<ContentTensors>, IEntityTypeConfiguration<ProtectedName>, IEntityTypeConfiguration<Appeal>
{
    public void Configure(EntityTypeBuilder<RepositoryIdentity> builder)
    {
        builder.ToTable("RepositoryIdentities");
        builder.HasKey(static i => i.RepositoryId);
        builder.HasIndex(static i => i.UpdatedAt);
        builder.Property(static i => i.RepositoryId).HasMaxLength(24);
        builder.Property(static i => i.Name).HasMaxLength(200);
        builder.Property(static i => i.CardSha256).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<RevisionAssessment> builder)
    {
        builder.ToTable("RevisionAssessments");
        builder.HasKey(static a => a.RevisionId);
        builder.HasIndex(static a => a.RepositoryId);
        builder.Property(static a => a.RepositoryId).HasMaxLength(24);
        builder.Property(static a => a.Action).HasMaxLength(10);
        builder.Property(static a => a.Target).HasMaxLength(200);
        builder.Property(static a => a.Headline).HasMaxLength(1000);
        builder.Property(static a => a.Rules).HasMaxLength(40);
    }

    public void Configure(EntityTypeBuilder<ContentTensors> builder)
    {
        builder.ToTable("ContentTensors");
        builder.HasKey(static t => t.Sha256);
        builder.Property(static t => t.Sha256).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<ProtectedName> builder)
    {
        builder.ToTable("ProtectedNames");
        builder.HasKey(static n => n.Name);
        builder.Property(static n => n.Name).HasMaxLength(200);
        builder.Property(static n => n.Handles).HasMaxLength(2000);
        builder.Property(static n => n.Domains).HasMaxLength(2000);
        builder.Property(static n => n.Words).HasMaxLength(2000);
        builder.Property(static n => n.Reason).HasMaxLength(1000);
        builder.Property(static n => n.By).HasMaxLength(96);
    }

    public void Configure(EntityTypeBuilder<Appeal> builder)
    {
        builder.ToTable("Appeals");
        builder.HasKey(static a => a.Id);
        builder.HasIndex(static a => a.Subject);
        builder.Property(static a => a.Subject).HasMaxLength(200);
        builder.Property(static a => a.By).HasMaxLength(96);
        builder.Property(static a => a.Text).HasMaxLength(4000);
    }
}
