using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Assay.Hub.Admission;

/// <summary>A content that is refused in every repository, since it was withdrawn as malicious.</summary>
public sealed class ForbiddenContent
{
    /// <summary>Reference of the withdrawal, which ends it when it is undone.</summary>
    public required string Reference { get; init; }

    /// <summary>SHA-256 of the content.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A content of what was withdrawn.</summary>
/// <param name="Path">Where the withdrawn revision has it; null when only other revisions of the repository do.</param>
/// <param name="Sha256">SHA-256 of the content.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Spared">Why it is not refused elsewhere; null when it is.</param>
public sealed record WithdrawnContent(string? Path, string Sha256, long Size, string? Spared);

/// <summary>
/// Which contents are refused wherever they are pushed. Honest repositories have contents in common with malicious ones, and must not be
/// refused for them: what is tiny, is about the repository, or is served by several others is left to the person who withdraws.
/// </summary>
internal static class ForbiddenContents
{
    /// <summary>Shorter contents, in bytes, say nothing: an empty file, <c>{}</c>.</summary>
    public const int MinLength = 128;

    private const string LockName = "forbidden-contents";
    private const int MaxOtherPublishers = 1;
    private const int PerQuery = 500;

    /// <summary>Forbids contents, as far as they are the withdrawn repository's own.</summary>
    /// <param name="db">In a transaction.</param>
    /// <param name="repository">The repository that has them.</param>
    /// <param name="reference">The withdrawal.</param>
    /// <param name="contents">What it has, each digest once.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyList<WithdrawnContent>> ForbidAsync(
        HubDb db, Repository repository, string reference, IReadOnlyList<(string? Path, string Sha256, long Size)> contents, DateTimeOffset now, CancellationToken cancellation)
    {
        await db.LockAsync(LockName, cancellation).ConfigureAwait(false);
        var shared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var digests in contents.Select(static c => c.Sha256).Chunk(PerQuery).Select(static c => c.ToList()))
        {
            var owners = db.RepositoryBlobs.Where(b => digests.Contains(b.Sha256))
                .Join(db.Repositories.Where(r => r.OwnerId != repository.OwnerId && r.ServedCommit != null && r.WithdrawnAt == null), static b => b.RepositoryId, static r => r.Id, static (b, r) => new { b.Sha256, r.OwnerId });
            shared.UnionWith(await owners.Distinct().GroupBy(static o => o.Sha256).Where(static g => g.Count() > MaxOtherPublishers).Select(static g => g.Key).ToListAsync(cancellation).ConfigureAwait(false));
        }

        var withdrawn = contents.Select(c => new WithdrawnContent(
            c.Path, c.Sha256, c.Size, c.Size < MinLength ? "is tiny" : IsAboutRepository(c.Path) ? "is about the repository" : shared.Contains(c.Sha256) ? "is served by several others" : null)).ToList();
        db.ForbiddenContents.AddRange(withdrawn.Where(static c => c.Spared is null).Select(c => new ForbiddenContent { Reference = reference, Sha256 = c.Sha256, At = now }));
        return withdrawn;
    }

    /// <summary>Ends what a withdrawal has forbidden.</summary>
    /// <returns>How many contents that were.</returns>
    public static async Task<int> LiftAsync(HubDb db, string reference, CancellationToken cancellation)
    {
        await db.LockAsync(LockName, cancellation).ConfigureAwait(false);
        return await db.ForbiddenContents.Where(c => c.Reference == reference).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The first of some files whose content is forbidden, and by which withdrawal. Until the transaction ends no other is forbidden.</summary>
    public static async Task<(string Path, string Reference)?> FindAsync(HubDb db, IEnumerable<(string Path, string? Sha256)> files, CancellationToken cancellation)
    {
        await db.LockAsync(LockName, cancellation).ConfigureAwait(false);
        foreach (var chunk in files.Where(static f => f.Sha256 is not null).Chunk(PerQuery))
        {
            var digests = Array.ConvertAll(chunk, static f => f.Sha256!).ToList();
            if (await db.ForbiddenContents.AsNoTracking().Where(c => digests.Contains(c.Sha256)).OrderBy(static c => c.At).FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } found)
                return (chunk.First(f => f.Sha256 == found.Sha256).Path, found.Reference);
        }

        return null;
    }

    // By name and form: a program that is called so is none of them.
    private static bool IsAboutRepository(string? path) => Path.GetFileName(path) is { } name
        && (name is ".gitattributes" or ".gitignore"
            || (Path.GetExtension(name).ToLowerInvariant() is "" or ".md" or ".txt" or ".rst" && ((string[])["README", "LICENSE", "LICENCE", "NOTICE"]).Contains(Path.GetFileNameWithoutExtension(name), StringComparer.OrdinalIgnoreCase)));
}

internal sealed class ForbiddenContentConfiguration : IEntityTypeConfiguration<ForbiddenContent>
{
    public void Configure(EntityTypeBuilder<ForbiddenContent> builder)
    {
        builder.ToTable("ForbiddenContents");
        builder.HasKey(static c => new { c.Reference, c.Sha256 });
        builder.HasIndex(static c => c.Sha256);
        builder.Property(static c => c.Reference).HasMaxLength(16);
        builder.Property(static c => c.Sha256).HasMaxLength(64);
    }
}
