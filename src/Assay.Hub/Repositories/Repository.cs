using Assay.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Repositories;

/// <summary>A repository. Its id is permanent; its name may change, and is free again only as the rules for names say.</summary>
public sealed class Repository
{
    /// <summary>Permanent id, 24 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>What it holds.</summary>
    public required RepoKind Kind { get; init; }

    /// <summary>The account that owns it.</summary>
    public required string OwnerId { get; set; }

    /// <summary>Namespace as spelled.</summary>
    public required string Namespace { get; set; }

    /// <summary>Name as spelled.</summary>
    public required string Name { get; set; }

    /// <summary>What names are compared by: <c>model:ada/tiny</c>.</summary>
    public required string Key { get; set; }

    /// <summary>Whether only the owner and those with a role see it.</summary>
    public bool IsPrivate { get; set; }

    /// <summary><c>auto</c>, <c>manual</c>, or null where access needs no request.</summary>
    public string? Gated { get; set; }

    /// <summary>Whether discussions are off.</summary>
    public bool DiscussionsDisabled { get; set; }

    /// <summary>Framework of a space: <c>static</c>, <c>gradio</c>, …</summary>
    public string? Sdk { get; set; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When what readers see last changed.</summary>
    public required DateTimeOffset LastModified { get; set; }

    /// <summary>The commit that readers' main branch names; null while none is admitted.</summary>
    public string? ServedCommit { get; set; }

    /// <summary>Whether lists show it: not while nothing of what was pushed to it is served.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Front matter of the served card, as a JSON object; null where there is none.</summary>
    public string? CardJson { get; set; }

    /// <summary>Facts of the served <c>config.json</c> and weights that clients ask for, as a JSON object; null where there are none.</summary>
    public string? FactsJson { get; set; }

    /// <summary>The task of the served card.</summary>
    public string? PipelineTag { get; set; }

    /// <summary>The library of the served card or files.</summary>
    public string? LibraryName { get; set; }

    /// <summary>Licence of the served card.</summary>
    public string? License { get; set; }

    /// <summary>Bytes of all distinct contents.</summary>
    public long UsedStorage { get; set; }

    /// <summary>Credited downloads of the last 30 days: networks and accounts that received the weights, each once a day.</summary>
    public long Downloads { get; set; }

    /// <summary>Credited downloads since it exists.</summary>
    public long DownloadsAllTime { get; set; }

    /// <summary>Counted requests since it exists. They cost nothing to make, so that nothing is ranked by them.</summary>
    public long Requests { get; set; }

    /// <summary>Likes.</summary>
    public int Likes { get; set; }

    /// <summary>What it ranks by when nothing else is asked for.</summary>
    public double TrendingScore { get; set; }

    /// <summary>When it last came to another owner; null when it never did.</summary>
    public DateTimeOffset? OwnerChangedAt { get; set; }

    /// <summary>What readers of the served revision are told about who published it; null when there is nothing to tell.</summary>
    public string? IdentityNote { get; set; }

    /// <summary>When it was taken out of lists until a person has looked; null while it is in them.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>When the whole repository was held back until a person has looked; null while it is served.</summary>
    public DateTimeOffset? HeldAt { get; set; }

    /// <summary>Why it was paused or held.</summary>
    public string? HoldReason { get; set; }

    /// <summary>Reference of the pause or hold.</summary>
    public string? HoldReference { get; set; }

    /// <summary>When the whole repository was withdrawn; null while it is served.</summary>
    public DateTimeOffset? WithdrawnAt { get; set; }

    /// <summary>Why.</summary>
    public string? WithdrawnReason { get; set; }

    /// <summary>Reference of the withdrawal.</summary>
    public string? WithdrawnReference { get; set; }

    /// <summary>Counts changes; two writers at a time notice each other by it.</summary>
    public int Version { get; set; }

    /// <summary>The name.</summary>
    public RepoId RepoId => new(Namespace, Name);

    /// <summary>The path of its page: <c>ada/tiny</c>, <c>datasets/ada/words</c>.</summary>
    public string WebPath => Kind.WebPrefix() + Namespace + "/" + Name;

    /// <summary>What names are compared by.</summary>
    public static string KeyOf(RepoKind kind, RepoId id) => $"{kind.Singular()}:{id.Key}";
}

/// <summary>A tag of the served card or files; lists are filtered by them.</summary>
public sealed class RepositoryTag
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The tag: <c>license:mit</c>, <c>en</c>, <c>safetensors</c>.</summary>
    public required string Tag { get; init; }
}

/// <summary>Why a name is taken that no repository has.</summary>
public enum NameHold
{
    /// <summary>A repository was renamed: the old name leads to it.</summary>
    Redirect,

    /// <summary>A repository was deleted: its name comes back to its owner only.</summary>
    Deleted,

    /// <summary>A repository was withdrawn as unsafe and deleted: its name never comes back.</summary>
    Withdrawn,
}

/// <summary>A name that is not free though no repository has it.</summary>
public sealed class HeldName
{
    /// <summary>What names are compared by.</summary>
    public required string Key { get; init; }

    /// <summary>Why.</summary>
    public required NameHold Hold { get; set; }

    /// <summary>The repository that has, or had, the name.</summary>
    public required string RepositoryId { get; set; }

    /// <summary>The account that owned it.</summary>
    public required string OwnerId { get; set; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset At { get; set; }

    /// <summary>What is said to those who ask.</summary>
    public string? Reason { get; set; }
}

/// <summary>A branch or tag. Its publisher's head may be ahead of what readers get.</summary>
public sealed class GitRef
{
    /// <summary>The repository.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Full name: <c>refs/heads/main</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The publisher's head: the newest commit that was not rejected or withdrawn.</summary>
    public required string HeadCommit { get; set; }

    /// <summary>What readers get: the newest admitted commit; null while there is none.</summary>
    public string? ServedCommit { get; set; }

    /// <summary>Object id of an annotated tag; null for branches and plain tags.</summary>
    public string? TagObject { get; set; }

    /// <summary>The newest commit ever pushed, rejected ones included: what is said about a refusal is said about this.</summary>
    public required string NewestCommit { get; set; }

    /// <summary>When it last moved.</summary>
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An object of git but for file contents: commit, tree or tag, under its own id.</summary>
public sealed class GitObject
{
    /// <summary>Object id, 40 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Type, with git's number.</summary>
    public required Protocol.Git.GitObjectType Type { get; init; }

    /// <summary>The bytes without git's header.</summary>
    public required byte[] Content { get; init; }
}

/// <summary>What a git blob id stands for: a small file itself, or the pointer to a large one.</summary>
public sealed class GitBlob
{
    /// <summary>Git's id of the file, or of the pointer; 40 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Length of the content in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Whether git has a pointer in its place.</summary>
    public required bool IsLfs { get; init; }
}

internal sealed class RepositoryConfiguration :
    IEntityTypeConfiguration<Repository>, IEntityTypeConfiguration<RepositoryTag>, IEntityTypeConfiguration<HeldName>,
    IEntityTypeConfiguration<GitRef>, IEntityTypeConfiguration<GitObject>, IEntityTypeConfiguration<GitBlob>
{
    public void Configure(EntityTypeBuilder<Repository> builder)
    {
        builder.ToTable("Repositories");
        builder.HasKey(static r => r.Id);
        builder.HasIndex(static r => r.Key).IsUnique();
        builder.HasIndex(static r => r.OwnerId);
        builder.HasIndex(static r => new { r.Kind, r.TrendingScore, r.Id });
        builder.HasIndex(static r => new { r.Kind, r.LastModified, r.Id });
        builder.HasIndex(static r => new { r.Kind, r.CreatedAt, r.Id });
        builder.HasIndex(static r => new { r.Kind, r.Downloads, r.Id });
        builder.HasIndex(static r => new { r.Kind, r.Likes, r.Id });
        builder.Property(static r => r.Id).HasMaxLength(24);
        builder.Property(static r => r.OwnerId).HasMaxLength(24);
        builder.Property(static r => r.Namespace).HasMaxLength(96);
        builder.Property(static r => r.Name).HasMaxLength(96);
        builder.Property(static r => r.Key).HasMaxLength(210);
        builder.Property(static r => r.Gated).HasMaxLength(10);
        builder.Property(static r => r.Sdk).HasMaxLength(20);
        builder.Property(static r => r.ServedCommit).HasMaxLength(40);
        builder.Property(static r => r.PipelineTag).HasMaxLength(100);
        builder.Property(static r => r.LibraryName).HasMaxLength(100);
        builder.Property(static r => r.License).HasMaxLength(100);
        builder.Property(static r => r.IdentityNote).HasMaxLength(1000);
        builder.Property(static r => r.HoldReason).HasMaxLength(1000);
        builder.Property(static r => r.HoldReference).HasMaxLength(16);
        builder.Property(static r => r.WithdrawnReason).HasMaxLength(1000);
        builder.Property(static r => r.WithdrawnReference).HasMaxLength(16);
        builder.Property(static r => r.Version).IsConcurrencyToken();
        builder.Ignore(static r => r.RepoId);
        builder.Ignore(static r => r.WebPath);
    }

    public void Configure(EntityTypeBuilder<RepositoryTag> builder)
    {
        builder.ToTable("RepositoryTags");
        builder.HasKey(static t => new { t.Tag, t.RepositoryId });
        builder.HasIndex(static t => t.RepositoryId);
        builder.Property(static t => t.RepositoryId).HasMaxLength(24);
        builder.Property(static t => t.Tag).HasMaxLength(200);
    }

    public void Configure(EntityTypeBuilder<HeldName> builder)
    {
        builder.ToTable("HeldNames");
        builder.HasKey(static n => n.Key);
        builder.HasIndex(static n => n.RepositoryId);
        builder.Property(static n => n.Key).HasMaxLength(210);
        builder.Property(static n => n.RepositoryId).HasMaxLength(24);
        builder.Property(static n => n.OwnerId).HasMaxLength(24);
        builder.Property(static n => n.Reason).HasMaxLength(1000);
    }

    public void Configure(EntityTypeBuilder<GitRef> builder)
    {
        builder.ToTable("GitRefs");
        builder.HasKey(static r => new { r.RepositoryId, r.Name });
        builder.Property(static r => r.RepositoryId).HasMaxLength(24);
        builder.Property(static r => r.Name).HasMaxLength(250);
        builder.Property(static r => r.HeadCommit).HasMaxLength(40);
        builder.Property(static r => r.ServedCommit).HasMaxLength(40);
        builder.Property(static r => r.TagObject).HasMaxLength(40);
        builder.Property(static r => r.NewestCommit).HasMaxLength(40);
    }

    public void Configure(EntityTypeBuilder<GitObject> builder)
    {
        builder.ToTable("GitObjects");
        builder.HasKey(static o => o.Id);
        builder.Property(static o => o.Id).HasMaxLength(40);
    }

    public void Configure(EntityTypeBuilder<GitBlob> builder)
    {
        builder.ToTable("GitBlobs");
        builder.HasKey(static b => b.Id);
        builder.HasIndex(static b => b.Sha256);
        builder.Property(static b => b.Id).HasMaxLength(40);
        builder.Property(static b => b.Sha256).HasMaxLength(64);
    }
}
