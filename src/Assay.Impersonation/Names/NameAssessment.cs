namespace Assay.Impersonation.Names;

/// <summary>What is known of a repository whose name is to be judged. All of it may be made up by its publisher.</summary>
/// <param name="Organisation">The publisher's handle; empty when only a display name is judged.</param>
/// <param name="Name">The repository's name without organisation; empty when only a display name is judged.</param>
public readonly record struct NameQuery(string Organisation, string Name)
{
    /// <summary>The name that is shown for the publisher.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The repository that it says it derives from, as <c>organisation/name</c>.</summary>
    public string? DeclaredBase { get; init; }

    /// <summary>How many other repositories the publisher has.</summary>
    public int OtherRepositories { get; init; }

    /// <summary>Whether the publisher is the target's, or vouched for by it; then names prove nothing.</summary>
    public bool IsEndorsed { get; init; }
}

/// <summary>The ways in which a name can be like another.</summary>
public enum NameSignalKind
{
    /// <summary>N1: the repository's name is that of a known one, and the publisher's is like its publisher's.</summary>
    ImitatedPublisher = 1,

    /// <summary>N2: the repository's name is that of a known one, and the publisher's name claims to be the right place.</summary>
    ClaimedAuthority,

    /// <summary>N3: the whole id reads as a known one: separators, case, look-alikes, or the slash elsewhere.</summary>
    SameReading,

    /// <summary>N4: a publisher's name and the name of one of its repositories, as the name of a stranger's repository.</summary>
    PublisherInName,

    /// <summary>N5: the publisher's name is like a known one.</summary>
    NearPublisher,

    /// <summary>N6: the repository's name is a slip or a look-alike of a known one.</summary>
    NearName,

    /// <summary>N7: the repository's name is that of a known one: the normal state of a mirror or of a quantisation.</summary>
    SameName,

    /// <summary>N8: the display name looks like a brand and is not written like it.</summary>
    DisguisedDisplayName,

    /// <summary>N9: a repository that the known publisher does not have, in one of its lines, under a name like the publisher's.</summary>
    InventedSibling,
}

/// <summary>One way in which a name is like another.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Strength">How much it says: from 0 to about 3.5, in the units in which evidence is summed.</param>
/// <param name="Target">The repository, publisher or brand that it is like.</param>
/// <param name="Evidence">What was seen, in words, the target's name among them.</param>
public sealed record NameSignal(NameSignalKind Kind, double Strength, string Target, string Evidence);

/// <summary>What a name is like. Resemblance alone is no accusation: most repositories that resemble are honest derivatives.</summary>
/// <param name="Signals">The signals, strongest first.</param>
/// <param name="Score">From 0 to 1: how likely the name is made to deceive, with what the query explains taken into account; from 0.5 it deserves a look.</param>
public sealed record NameAssessment(IReadOnlyList<NameSignal> Signals, double Score)
{
    /// <summary>A name that is like no other.</summary>
    public static NameAssessment Nothing { get; } = new([], 0);

    /// <summary>The strongest signal; signals are never summed.</summary>
    public NameSignal? Strongest => Signals.Count > 0 ? Signals[0] : null;

    /// <summary>What the strongest signal points at.</summary>
    public string? Target => Strongest?.Target;

    /// <summary>What the strongest signal saw, for a person; empty when there is none.</summary>
    public string Reason => Strongest?.Evidence ?? "";
}
