namespace Assay.Impersonation.Engagement;

/// <summary>The tests that can fire on a bucket.</summary>
[Flags]
public enum EngagementSigns
{
    /// <summary>Nothing unusual.</summary>
    None = 0,

    /// <summary>Far more requests than people who then receive the weights.</summary>
    HollowTraffic = 1,

    /// <summary>Far more likes than people who received the weights.</summary>
    LikesWithoutUse = 2,

    /// <summary>Far more new accounts among the likers than the hub sees elsewhere.</summary>
    YoungLikers = 4,

    /// <summary>Real payloads, but fetched by rented machines rather than by people.</summary>
    RentedPayloads = 8,

    /// <summary>A group of accounts that likes the same repositories at the same time.</summary>
    LockstepLikes = 16,

    /// <summary>Much more traffic than usual. For information: a burst without another sign is a success.</summary>
    Burst = 32,
}

/// <summary>What follows from the signs, from mild to harsh.</summary>
public enum EngagementConsequence
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Credit stops; no accusation, no notice to users.</summary>
    Discount,

    /// <summary>Credit stops and a person looks: a vetted publisher whose repository also resembles another's.</summary>
    Review,

    /// <summary>Out of lists and search boosts; direct links serve with a note.</summary>
    Pause,

    /// <summary>Not served until a person has looked.</summary>
    Hold,
}

/// <summary>What the monitor says about one bucket, and the state to keep for the next.</summary>
/// <param name="State">To be stored and passed with the next bucket.</param>
/// <param name="Signs">The tests that fire now.</param>
/// <param name="Consequence">What follows. A pause or hold stays until <see cref="EngagementState.Release"/>.</param>
/// <param name="MayTrend">Whether the repository may be ranked in the trending list.</param>
/// <param name="WantsReview">Whether it should be queued for the light review that lets it trend: an unvetted repository in a burst without other signs.</param>
/// <param name="Reasons">One sentence for each sign, with its numbers.</param>
public sealed record EngagementVerdict(
    EngagementState State, EngagementSigns Signs, EngagementConsequence Consequence, bool MayTrend, bool WantsReview, IReadOnlyList<string> Reasons);
