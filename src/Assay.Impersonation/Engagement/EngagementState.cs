using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay.Impersonation.Engagement;

/// <summary>The sums of one hour; <see cref="EngagementBucket"/> says what is counted.</summary>
/// <param name="Hour">Hours since 1970.</param>
/// <param name="Requests">Requests.</param>
/// <param name="Payloads">Payloads.</param>
/// <param name="SignedIn">Payloads of signed-in accounts.</param>
/// <param name="Likes">Likes.</param>
/// <param name="YoungLikes">Likes by young accounts.</param>
/// <param name="Networks">Networks, summed over the buckets.</param>
/// <param name="NewNetworks">New networks.</param>
/// <param name="HostingRequests">Requests from hosting ranges.</param>
/// <param name="NetworkRequests">Sum over the buckets of requests times networks.</param>
/// <param name="Credited">Credited payloads.</param>
public sealed record EngagementHour(
    long Hour, long Requests, long Payloads, long SignedIn, long Likes, long YoungLikes, long Networks, long NewNetworks, double HostingRequests,
    double NetworkRequests, double Credited);

/// <summary>
/// What the monitor remembers of one repository: at most 24 hourly sums and a handful of numbers, about two kilobytes as text however busy the repository is.
/// </summary>
public sealed record EngagementState
{
    /// <summary>A repository that has not been seen yet.</summary>
    public static EngagementState Empty { get; } = new();

    /// <summary>The running sum of the hollow-traffic test.</summary>
    public double HollowSum { get; init; }

    /// <summary>Weighted mean of ln(1 + requests an hour), or null before the first bucket.</summary>
    public double? UsualTraffic { get; init; }

    /// <summary>The running sum of the burst test.</summary>
    public double BurstSum { get; init; }

    /// <summary>Credited payloads since the repository exists.</summary>
    public double Credited { get; init; }

    /// <summary>The pause or hold in force, or none.</summary>
    public EngagementConsequence Standing { get; init; }

    /// <summary>Hour (since 1970) until which nothing is credited.</summary>
    public long UncreditedUntil { get; init; }

    /// <summary>The last 24 hours that had traffic, oldest first.</summary>
    public IReadOnlyList<EngagementHour> Hours { get; init; } = [];

    /// <summary>The state after a person found nothing wrong: the repository is served and credited again, and the tests begin anew.</summary>
    public EngagementState Release() => this with { HollowSum = 0, BurstSum = 0, Standing = EngagementConsequence.None, UncreditedUntil = 0, Hours = [] };

    /// <summary>The state as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EngagementJson.Default.EngagementState);

    /// <summary>Reads what <see cref="ToJson"/> wrote. False for anything that no monitor can have written.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EngagementState? state)
    {
        try
        {
            state = JsonSerializer.Deserialize(text, EngagementJson.Default.EngagementState);
        }
        catch (JsonException)
        {
            state = null;
        }

        if (state is null || !state.IsSound())
            state = null;
        return state is not null;
    }

    private bool IsSound()
    {
        if (!IsAmount(HollowSum) || !IsAmount(BurstSum) || !IsAmount(Credited) || UsualTraffic is { } usual && !IsAmount(usual))
            return false;
        if (!Enum.IsDefined(Standing) || Hours is not { Count: <= EngagementMonitor.WindowHours })
            return false;
        for (var i = 0; i < Hours.Count; i++)
        {
            if (Hours[i] is not { } hour || (i > 0 && hour.Hour <= Hours[i - 1].Hour))
                return false;
            if (long.Min(hour.Requests, long.Min(hour.Payloads, long.Min(hour.SignedIn, long.Min(hour.Likes, long.Min(hour.YoungLikes, long.Min(hour.Networks, hour.NewNetworks)))))) < 0)
                return false;
            if (!IsAmount(hour.HostingRequests) || !IsAmount(hour.NetworkRequests) || !IsAmount(hour.Credited))
                return false;
        }

        return true;
    }

    private static bool IsAmount(double value) => double.IsFinite(value) && value >= 0;
}

[JsonSerializable(typeof(EngagementState))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class EngagementJson : JsonSerializerContext;
