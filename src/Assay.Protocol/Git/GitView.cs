namespace Assay.Protocol.Git;

/// <summary>A name that points to an object.</summary>
/// <param name="Name">Full name, such as <c>refs/heads/main</c>.</param>
/// <param name="Id">What it points to.</param>
/// <param name="Peeled">If that is an annotated tag: what the tag names in the end.</param>
public readonly record struct GitRef(string Name, GitId Id, GitId? Peeled = null);

/// <summary>The names of a view, taken at one moment.</summary>
/// <param name="Refs">All refs but <c>HEAD</c>.</param>
/// <param name="Head">The ref that <c>HEAD</c> names; it need not exist yet.</param>
/// <param name="Boundary">Commits whose parents are not shown, none of them: for the reader, history begins there. Every commit
/// that the refs reach and that has a parent which the caller may not see has to be among them. A commit without parents has not.</param>
public sealed record GitRefs(IReadOnlyList<GitRef> Refs, string Head, IReadOnlySet<GitId> Boundary);

/// <summary>An object that is not the content of a file.</summary>
/// <param name="Type">Commit, tree or tag.</param>
/// <param name="Content">Its bytes, without git's header.</param>
public readonly record struct GitObject(GitObjectType Type, ReadOnlyMemory<byte> Content);

/// <summary>The content of a file, opened.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Content">A stream of exactly that many bytes; who opened it disposes of it.</param>
public readonly record struct GitBlob(long Length, Stream Content);

/// <summary>What one caller may see of one repository. Lives as long as one request; is used by one thread at a time.
/// <see cref="UploadPack"/> gives out only what the refs of the view reach without passing a boundary.</summary>
public abstract class GitView
{
    /// <summary>Reads the names. Every object that they reach, without going to the parents of a boundary commit,
    /// must be readable until the request has ended.</summary>
    public abstract ValueTask<GitRefs> ReadRefsAsync(CancellationToken cancellation);

    /// <summary>Reads a commit, tree or tag.</summary>
    /// <returns>The object; null if the repository has none of this id, if it is a blob, or if the caller may not see it.</returns>
    public abstract ValueTask<GitObject?> ReadAsync(GitId id, CancellationToken cancellation);

    /// <summary>The length of a blob in bytes.</summary>
    /// <returns>The length; null if there is no blob of this id that the caller may see.</returns>
    public abstract ValueTask<long?> FindBlobLengthAsync(GitId id, CancellationToken cancellation);

    /// <summary>Opens a blob.</summary>
    /// <returns>The blob; null if there is none of this id that the caller may see.</returns>
    public abstract ValueTask<GitBlob?> OpenBlobAsync(GitId id, CancellationToken cancellation);
}
