using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Repositories;

/// <summary>What a repository is found by: its name and the tags of its served card, in lower case. Each database indexes it in its own way.</summary>
public sealed class SearchDocument
{
    /// <summary>Row number; full-text indices refer to it.</summary>
    public long Number { get; init; }

    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; set; }
}

internal sealed class SearchConfiguration : IEntityTypeConfiguration<SearchDocument>
{
    public void Configure(EntityTypeBuilder<SearchDocument> builder)
    {
        builder.ToTable("SearchDocuments");
        builder.HasKey(static d => d.Number);
        builder.HasIndex(static d => d.RepositoryId).IsUnique();
        builder.Property(static d => d.RepositoryId).HasMaxLength(24);
    }
}
