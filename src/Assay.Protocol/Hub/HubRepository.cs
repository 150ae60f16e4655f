namespace Assay.Protocol;

/// <summary>What a hub says of a repository. Of what publishers write nothing is checked.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Id">The id in the hub's own spelling, after renames.</param>
public sealed record HubRepository(RepoKind Kind, string Id)
{
    /// <summary>The commit of the revision asked for; null while there is none.</summary>
    public string? Commit { get; init; }

    /// <summary>When the hub created it.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Whether only some see it.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Whether its files are given to those only who asked for access.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether the hub disabled it.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Downloads as the hub counts them; null where it does not say.</summary>
    public long? Downloads { get; init; }

    /// <summary>Likes; null where the hub does not say.</summary>
    public long? Likes { get; init; }

    /// <summary>Repositories that its card declares as its base.</summary>
    public IReadOnlyList<string> BaseModels { get; init; } = [];
}

/// <summary>A file of a revision.</summary>
/// <param name="Path">Path with <c>/</c>, as the hub gave it.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ContentId">SHA-256 of a large file, git's id of a small one; equal for equal contents. Null where the hub does not say.</param>
public sealed record HubFile(string Path, long Size, string? ContentId);

/// <summary>The files of a revision.</summary>
/// <param name="Files">The files, in the hub's order.</param>
/// <param name="IsComplete">Whether there are no more than were read.</param>
public sealed record HubTree(IReadOnlyList<HubFile> Files, bool IsComplete);

/// <summary>The beginning of a file.</summary>
/// <param name="Bytes">What was read.</param>
/// <param name="IsWhole">Whether that is all of it.</param>
public sealed record HubFileHead(byte[] Bytes, bool IsWhole);

/// <summary>The history of a revision. Dates in it are those of its authors' clocks.</summary>
/// <param name="Commits">How many commits there are.</param>
/// <param name="First">When the first one is dated; null where that was not asked for or is not said.</param>
public sealed record HubHistory(long Commits, DateTimeOffset? First);

/// <summary>What a hub says of an account.</summary>
/// <param name="Name">The namespace.</param>
/// <param name="IsOrganization">Whether it is an organisation.</param>
public sealed record HubPublisher(string Name, bool IsOrganization)
{
    /// <summary>The name shown to people; the publisher's own choice.</summary>
    public string? FullName { get; init; }

    /// <summary>When it was registered; null where the hub does not say.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Its public repositories.</summary>
    public long Repositories { get; init; }
}

/// <summary>What an Assay hub knows of a repository besides (<c>/api/assay/v1/identity</c>).</summary>
public sealed record HubIdentity
{
    /// <summary>Commit of the revision that is served or refused; null where the caller may not know it.</summary>
    public string? Commit { get; init; }

    /// <summary>received, vetting, admitted, quarantined, rejected or withdrawn; null while nothing was pushed.</summary>
    public string? State { get; init; }

    /// <summary>clean, incomplete, suspicious or malicious; null while it is being checked.</summary>
    public string? Verdict { get; init; }

    /// <summary>Why, a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>Short reference of the decision.</summary>
    public string? Reference { get; init; }

    /// <summary>Address of the report for people.</summary>
    public string? ReportUrl { get; init; }

    /// <summary>Since when the publisher has had its account.</summary>
    public DateTimeOffset? PublisherSince { get; init; }

    /// <summary>Verification level of the publisher, 0 to 4; null where the hub keeps none.</summary>
    public int? PublisherLevel { get; init; }

    /// <summary>What the publisher has proven, in words: <c>controls openai.com since 2026-03-02</c>.</summary>
    public string? PublisherProof { get; init; }

    /// <summary>What the hub's own assessor says; null where none is stored.</summary>
    public HubAssessment? Assessment { get; init; }
}

/// <summary>An assessment that a hub stored.</summary>
/// <param name="Action">allow, label, warn, hold or block.</param>
/// <param name="Target">What it is like.</param>
/// <param name="Rules">Version of the rules.</param>
/// <param name="Reasons">The reasons.</param>
public sealed record HubAssessment(string Action, string? Target, string? Rules, IReadOnlyList<HubReason> Reasons);

/// <summary>A reason of it.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Group">What it speaks of: rule, resemblance, explanation, danger or circumstance.</param>
/// <param name="Text">A sentence.</param>
/// <param name="Evidence">What it rests on.</param>
/// <param name="Weight">Natural-log units; negative where it explains.</param>
/// <param name="Confidence">How sure.</param>
public sealed record HubReason(string Code, string? Group, string Text, string? Evidence, double Weight, string? Confidence);
