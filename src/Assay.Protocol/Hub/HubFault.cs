namespace Assay.Protocol;

/// <summary>Why a hub gave no answer.</summary>
public enum HubFaultKind
{
    /// <summary>There is no such repository or account, or the caller may not know of it.</summary>
    NotFound,

    /// <summary>The repository has no such revision, or it was withdrawn.</summary>
    RevisionNotFound,

    /// <summary>The revision has no such file.</summary>
    EntryNotFound,

    /// <summary>Access must be asked for first, or the hub holds the content back and says why.</summary>
    Gated,

    /// <summary>The token is not one of this hub.</summary>
    Unauthorized,

    /// <summary>The hub does not permit it.</summary>
    Forbidden,

    /// <summary>The repository was disabled by the hub.</summary>
    Disabled,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The hub was not reached, or not in time, or has a fault of its own.</summary>
    Unavailable,

    /// <summary>What came back is not what a hub answers, or more than is read of one.</summary>
    Malformed,
}

/// <summary>Why a hub gave no answer.</summary>
/// <param name="Kind">The case.</param>
/// <param name="Message">A sentence; parts of it may be the hub's own words, and are to be shown with care.</param>
public sealed record HubFault(HubFaultKind Kind, string Message)
{
    /// <summary>How long the hub asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>An answer of a hub, or why there is none.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
/// <param name="Value">The answer; null when there is none.</param>
/// <param name="Fault">Why; null when there is an answer.</param>
public readonly record struct HubAnswer<T>(T? Value, HubFault? Fault)
    where T : class;
