namespace Assay.Hub.Publishers;

/// <summary>Where a proof is. Only <see cref="Valid"/> and <see cref="Grace"/> count.</summary>
public enum ProofState
{
    /// <summary>Asked for, and not confirmed yet.</summary>
    Pending,

    /// <summary>Confirmed, and confirmed again on schedule.</summary>
    Valid,

    /// <summary>Confirmed, but missing lately: being rechecked.</summary>
    Grace,

    /// <summary>Missing for too long.</summary>
    Lapsed,

    /// <summary>Out of force while the account is frozen.</summary>
    Frozen,

    /// <summary>Ended by its publisher or by an operator, with a reason.</summary>
    Revoked,

    /// <summary>Not confirmed in time.</summary>
    Expired,
}

/// <summary>What happens to a proof.</summary>
public enum ProofEvent
{
    /// <summary>Its publisher asks for it.</summary>
    Requested,

    /// <summary>It is in force without a check: an operator vouches, or a code host's token was verified.</summary>
    Established,

    /// <summary>A check found it.</summary>
    Agreed,

    /// <summary>A check did not find it.</summary>
    Disagreed,

    /// <summary>A person looked at a domain whose name is like another's, and lets it pass.</summary>
    Approved,

    /// <summary>It was ended.</summary>
    Revoked,

    /// <summary>Its account was frozen.</summary>
    Frozen,

    /// <summary>Its account is in its owner's hands again.</summary>
    Thawed,
}

/// <summary>How a proof stands.</summary>
/// <param name="State">The state.</param>
/// <param name="Changed">When it came to it.</param>
/// <param name="RequestedAt">When it was last asked for.</param>
public sealed record ProofStatus(ProofState State, DateTimeOffset Changed, DateTimeOffset RequestedAt)
{
    /// <summary>Checks since it was asked for, while it is pending.</summary>
    public int Tries { get; init; }

    /// <summary>The first of two checks that agree, while it is pending.</summary>
    public DateTimeOffset? AgreedAt { get; init; }

    /// <summary>When the second one agreed, where a person has to look at the domain first.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Whether a person has to look at the domain before it counts.</summary>
    public bool AwaitsReview { get; init; }

    /// <summary>Since when it stands without a break; null while it does not.</summary>
    public DateTimeOffset? ValidSince { get; init; }

    /// <summary>Checks in a row that failed since <see cref="FirstFailureAt"/>.</summary>
    public int Failures { get; init; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset? FirstFailureAt { get; init; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>When it is checked next; null for never.</summary>
    public DateTimeOffset? NextCheckAt { get; init; }
}

/// <summary>The states of a proof and what leads from one to the other, as a pure function.</summary>
public static class ProofMachine
{
    /// <summary>Time for a new proof to be found.</summary>
    public static readonly TimeSpan RequestLife = TimeSpan.FromHours(72);

    /// <summary>Checks for a new proof to be found.</summary>
    public const int MaxTries = 20;

    /// <summary>Time between the two checks that must agree.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMinutes(10);

    /// <summary>Time between checks of what stands.</summary>
    public static readonly TimeSpan Recheck = TimeSpan.FromDays(7);

    /// <summary>How long a proof that is missing still counts.</summary>
    public static readonly TimeSpan GraceLife = TimeSpan.FromDays(14);

    private static readonly TimeSpan FirstCheck = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FailureWindow = TimeSpan.FromHours(24);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromHours(8); // three of them are within a day
    private static readonly TimeSpan FailuresApart = TimeSpan.FromHours(1); // one outage that is looked at three times is one failure
    private const int FailuresToGrace = 3;

    // Close together at first, for somebody who waits; then so that the tries last for the time given.
    private const int QuickTries = 4;
    private static readonly TimeSpan SlowTry = TimeSpan.FromHours(4);

    /// <summary>What a proof is after something happened.</summary>
    /// <param name="proof">How it stood; null where there was none.</param>
    /// <param name="happened">What happened.</param>
    /// <param name="now">When.</param>
    /// <param name="awaitsReview">Of a request: whether a person has to look at the domain.</param>
    /// <returns>Null where this cannot happen to it.</returns>
    public static ProofStatus? Next(ProofStatus? proof, ProofEvent happened, DateTimeOffset now, bool awaitsReview = false) => (proof?.State, happened) switch
    {
        (null or ProofState.Expired or ProofState.Lapsed, ProofEvent.Requested) => new ProofStatus(ProofState.Pending, now, now) { AwaitsReview = awaitsReview, NextCheckAt = now + FirstCheck },
        (null or ProofState.Expired or ProofState.Lapsed, ProofEvent.Established) => new ProofStatus(ProofState.Valid, now, now) { ValidSince = now },

        (ProofState.Pending, ProofEvent.Agreed) => OnFound(proof, now),
        (ProofState.Pending, ProofEvent.Disagreed) => OnMissing(proof, now),
        (ProofState.Pending, ProofEvent.Approved) when proof.AwaitsReview => proof.ConfirmedAt is null ? proof with { AwaitsReview = false } : Confirmed(proof, now) with { NextCheckAt = now }, // people take their time

        (ProofState.Valid, ProofEvent.Agreed) => proof with { Failures = 0, FirstFailureAt = null, LastFailureAt = null, NextCheckAt = now + Recheck },
        (ProofState.Valid, ProofEvent.Disagreed) => OnFailure(proof, now),

        (ProofState.Grace, ProofEvent.Agreed) => proof with { State = ProofState.Valid, Changed = now, Failures = 0, FirstFailureAt = null, LastFailureAt = null, NextCheckAt = now + Recheck },
        (ProofState.Grace, ProofEvent.Disagreed) when now >= proof.Changed + GraceLife => Ended(proof, ProofState.Lapsed, now),
        (ProofState.Grace, ProofEvent.Disagreed) => proof with { Failures = proof.Failures + 1, LastFailureAt = now, NextCheckAt = Earlier(now + AfterFailure, proof.Changed + GraceLife) },

        // Who froze an account does not know who asked for what is pending in it.
        (ProofState.Pending, ProofEvent.Frozen) => Ended(proof, ProofState.Expired, now),
        (ProofState.Valid or ProofState.Grace, ProofEvent.Frozen) => proof with { State = ProofState.Frozen, Changed = now, NextCheckAt = null },
        (ProofState.Frozen, ProofEvent.Thawed) => proof with { State = ProofState.Valid, Changed = now, Failures = 0, FirstFailureAt = null, LastFailureAt = null, NextCheckAt = now },

        (ProofState.Pending or ProofState.Valid or ProofState.Grace or ProofState.Lapsed or ProofState.Frozen, ProofEvent.Revoked) => Ended(proof, ProofState.Revoked, now),
        _ => null,
    };

    private static ProofStatus OnFound(ProofStatus proof, DateTimeOffset now)
    {
        if (IsOver(proof, now))
            return Ended(proof, ProofState.Expired, now);
        var tried = proof with { Tries = proof.Tries + 1 };
        if (proof.AgreedAt is not { } first)
            return tried with { AgreedAt = now, NextCheckAt = now + Apart };
        if (now < first + Apart)
            return tried with { NextCheckAt = first + Apart };
        return proof.AwaitsReview ? tried with { ConfirmedAt = now, NextCheckAt = null } : Confirmed(tried, now);
    }

    private static ProofStatus OnMissing(ProofStatus proof, DateTimeOffset now)
    {
        var tries = proof.Tries + 1;
        if (IsOver(proof, now) || tries >= MaxTries)
            return Ended(proof with { Tries = tries }, ProofState.Expired, now);
        return proof with { Tries = tries, AgreedAt = null, ConfirmedAt = null, NextCheckAt = Earlier(now + (tries < QuickTries ? Apart : SlowTry), proof.RequestedAt + RequestLife) };
    }

    private static ProofStatus OnFailure(ProofStatus proof, DateTimeOffset now)
    {
        var next = now + AfterFailure;
        if (proof.LastFailureAt is { } last && now - last < FailuresApart)
            return proof with { NextCheckAt = next };
        if (proof.FirstFailureAt is not { } first || now - first > FailureWindow)
            return proof with { Failures = 1, FirstFailureAt = now, LastFailureAt = now, NextCheckAt = next };
        var failed = proof with { Failures = proof.Failures + 1, LastFailureAt = now, NextCheckAt = next };
        return failed.Failures < FailuresToGrace ? failed : failed with { State = ProofState.Grace, Changed = now };
    }

    private static ProofStatus Confirmed(ProofStatus proof, DateTimeOffset now) =>
        proof with { State = ProofState.Valid, Changed = now, ValidSince = now, AwaitsReview = false, ConfirmedAt = null, AgreedAt = null, NextCheckAt = now + Recheck };

    private static ProofStatus Ended(ProofStatus proof, ProofState state, DateTimeOffset now) => proof with { State = state, Changed = now, NextCheckAt = null };

    // What was confirmed and only waits for a person does not run out.
    private static bool IsOver(ProofStatus proof, DateTimeOffset now) => proof.ConfirmedAt is null && now > proof.RequestedAt + RequestLife;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
