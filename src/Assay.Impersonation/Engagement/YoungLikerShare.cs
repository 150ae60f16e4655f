namespace Assay.Impersonation.Engagement;

/// <summary>
/// The share of accounts younger than seven days among the likers of the whole hub: what a repository's own likers are compared with. Feed it with the likes of
/// vetted repositories only; it moves slowly and within bounds, so that an attacker cannot teach the hub that new accounts are usual.
/// </summary>
/// <param name="Share">The share now, between 0.02 and 0.3.</param>
public readonly record struct YoungLikerShare(double Share)
{
    /// <summary>What a hub without history assumes.</summary>
    public const double Start = 0.12;

    private const double Memory = 2_000; // likes
    private const double Least = 0.02;
    private const double Most = 0.3;

    /// <summary>A hub without history.</summary>
    public static YoungLikerShare Initial => new(Start);

    /// <summary>The share after further likes, of which some came from young accounts.</summary>
    public YoungLikerShare With(long likes, long youngLikes)
    {
        if (likes <= 0)
            return this;
        var seen = double.Clamp((double)youngLikes / likes, 0, 1);
        var weight = double.Min(likes, Memory / 20) / Memory;
        return new YoungLikerShare(double.Clamp(Share + (weight * (seen - Share)), Least, Most));
    }
}
