namespace Assay.Hub.Repositories;

/// <summary>One change of a commit. Of several changes of one path the last counts.</summary>
public abstract record CommitOperation
{
    /// <summary>A small file, whose content is in the store.</summary>
    /// <param name="Path">Where.</param>
    /// <param name="GitId">Git's id of the content.</param>
    /// <param name="Sha256">Digest of the content.</param>
    /// <param name="Size">Length in bytes.</param>
    public sealed record PutFile(string Path, string GitId, string Sha256, long Size) : CommitOperation;

    /// <summary>A large file, that was uploaded or can be read by the author.</summary>
    /// <param name="Path">Where.</param>
    /// <param name="Sha256">Digest of the content.</param>
    public sealed record PutLarge(string Path, string Sha256) : CommitOperation;

    /// <summary>A copy of a file of some revision of the same repository.</summary>
    /// <param name="Path">Where.</param>
    /// <param name="SourcePath">Of what.</param>
    /// <param name="SourceRevision">Of which revision; null for the head.</param>
    public sealed record Copy(string Path, string SourcePath, string? SourceRevision) : CommitOperation;

    /// <summary>A file goes.</summary>
    /// <param name="Path">Which.</param>
    public sealed record Delete(string Path) : CommitOperation;

    /// <summary>A folder goes.</summary>
    /// <param name="Path">Which, without a slash at its end.</param>
    public sealed record DeleteFolder(string Path) : CommitOperation;
}

/// <summary>What a commit asks for.</summary>
/// <param name="Title">First line of the message.</param>
/// <param name="Description">The rest of it.</param>
/// <param name="Operations">The changes, in their order.</param>
public sealed record CommitRequest(string Title, string Description, IReadOnlyList<CommitOperation> Operations)
{
    /// <summary>The commit that its author believes to be the head, or the first digits of it; null where that does not matter.</summary>
    public string? ParentCommit { get; init; }
}

/// <summary>What became of a commit.</summary>
public abstract record CommitOutcome
{
    /// <summary>It stands, or nothing was to be changed.</summary>
    /// <param name="CommitId">The head.</param>
    /// <param name="RevisionId">The new revision; null when nothing changed.</param>
    public sealed record Done(string CommitId, Guid? RevisionId) : CommitOutcome;

    /// <summary>The head is another one than its author believes.</summary>
    /// <param name="Head">The head.</param>
    public sealed record HeadMoved(string Head) : CommitOutcome;

    /// <summary>There is no such branch.</summary>
    public sealed record NoBranch : CommitOutcome;

    /// <summary>A file that is to be deleted or copied is not there.</summary>
    /// <param name="Path">Which.</param>
    public sealed record NoFile(string Path) : CommitOutcome;

    /// <summary>It cannot be made.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Invalid(string Message) : CommitOutcome;

    /// <summary>The owner has no room for it.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record OverQuota(string Message) : CommitOutcome;
}
