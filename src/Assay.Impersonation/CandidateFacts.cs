using Assay.Impersonation.Cards;
using Assay.Impersonation.Engagement;

namespace Assay.Impersonation;

/// <summary>How the weights of a repository relate to those of the one it is like.</summary>
public enum WeightLikeness
{
    /// <summary>Not compared.</summary>
    Unknown,

    /// <summary>Nothing in common.</summary>
    None,

    /// <summary>No weights worth the name: empty, or far too small for what the name says.</summary>
    Placeholder,

    /// <summary>The same shapes with other values.</summary>
    SameShape,

    /// <summary>The same values in coarser steps.</summary>
    Quantized,

    /// <summary>A part is equal.</summary>
    Related,

    /// <summary>Most is equal.</summary>
    Partial,

    /// <summary>All is equal.</summary>
    Identical,
}

/// <summary>What is known of a repository that is to be judged. All of it may be made up by its publisher.</summary>
/// <param name="Id">Its id, <c>organisation/name</c>.</param>
public sealed record CandidateFacts(string Id)
{
    /// <summary>The name that is shown for the publisher.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Its card; null when it has none.</summary>
    public CardText? Card { get; init; }

    /// <summary>Its files.</summary>
    public IReadOnlyList<RepositoryFile> Files { get; init; } = [];

    /// <summary>Modules that its settings name (<see cref="FileKinds.ModulesOf"/>).</summary>
    public IReadOnlySet<string> ModelModules { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The repository that the hub duplicated it from, by its own record.</summary>
    public string? DuplicatedFrom { get; init; }

    /// <summary>When it was first published here; null when not known.</summary>
    public DateTimeOffset? FirstPublished { get; init; }

    /// <summary>Whether it came from another hub while its namespace is private here.</summary>
    public bool IsPrivateNameElsewhere { get; init; }
}

/// <summary>What is known of the repository that a candidate is like.</summary>
/// <param name="Id">Its id.</param>
public sealed record TargetFacts(string Id)
{
    /// <summary>Its files, where they are known; the candidate's are held against them.</summary>
    public IReadOnlyList<RepositoryFile> Files { get; init; } = [];

    /// <summary>How much of its card stands in the candidate's, 0 to 1; null to have it looked up.</summary>
    public double? CardContainment { get; init; }

    /// <summary>How the candidate's weights relate to its weights.</summary>
    public WeightLikeness Weights { get; init; }

    /// <summary>Share of its bytes that the candidate has, 0 to 1.</summary>
    public double TensorMatch { get; init; }

    /// <summary>Whether the candidate has another chat template or tokenizer beside the same weights.</summary>
    public bool IsTemplateAltered { get; init; }

    /// <summary>When it was first published; null when not known.</summary>
    public DateTimeOffset? FirstPublished { get; init; }
}

/// <summary>What is known of a publisher.</summary>
public sealed record PublisherFacts
{
    /// <summary>Verification level, 0 to 4.</summary>
    public int Level { get; init; }

    /// <summary>Days since it came.</summary>
    public double AgeDays { get; init; }

    /// <summary>Its other repositories.</summary>
    public int OtherRepositories { get; init; }

    /// <summary>Upheld complaints.</summary>
    public int Strikes { get; init; }

    /// <summary>Days without a sign of life before this one.</summary>
    public double DormantDays { get; init; }

    /// <summary>The repository or name has had another owner in the last 30 days.</summary>
    public bool OwnerChanged { get; init; }

    /// <summary>Signs with another key than before, without proof of the change.</summary>
    public bool SigningKeyChanged { get; init; }

    /// <summary>Works from a device or place that was never seen with it.</summary>
    public bool NewDevice { get; init; }

    /// <summary>These are the first programs of its life.</summary>
    public bool FirstPrograms { get; init; }

    /// <summary>Uses a name that was given up or taken away from somebody.</summary>
    public bool TombstonedName { get; init; }

    /// <summary>Publishers and brands that vouch for it.</summary>
    public IReadOnlyList<string> EndorsedBy { get; init; } = [];

    /// <summary>It has shown that it is the one which had this name before (renamed, moved).</summary>
    public bool HasProvenIdentity { get; init; }

    /// <summary>Whether it has a record: half a year, five repositories, no complaint.</summary>
    public bool IsEstablished => AgeDays >= 180 && OtherRepositories >= 5 && Strikes == 0;
}

/// <summary>What is known of the interest in a repository.</summary>
/// <param name="Signs">What the monitor saw.</param>
/// <param name="Evidence">Its words.</param>
public sealed record EngagementFacts(EngagementSigns Signs, string? Evidence)
{
    /// <summary>Nothing was seen.</summary>
    public static EngagementFacts None { get; } = new(EngagementSigns.None, null);
}
