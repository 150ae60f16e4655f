namespace Assay.Impersonation.Engagement;

/// <summary>What a repository earned on one day.</summary>
/// <param name="DaysAgo">0 for today.</param>
/// <param name="Identities">
/// Distinct networks or accounts that the hub had known for at least <see cref="TrendingScore.AgedDays"/> days, received the weights on that day and had not
/// received them before. Each counts on one day only: who comes back adds nothing.
/// </param>
/// <param name="CreditedLikes">Sum of <see cref="LikeCredit.Weight"/> over the day's new likes.</param>
public readonly record struct TrendingDay(int DaysAgo, long Identities, double CreditedLikes);

/// <summary>
/// The order of the trending list: Σ over the last fourteen days of (aged identities + 2 · credited likes) · 2^(−days ago / 2). Requests, repeats, young accounts
/// and unknown networks are not in the formula, so that no number of them moves it; whoever is not eligible has the score zero.
/// </summary>
public static class TrendingScore
{
    /// <summary>How long the hub must have known a network or account before it counts.</summary>
    public const int AgedDays = 30;

    /// <summary>Days after which nothing counts any more.</summary>
    public const int Days = 14;

    private const double HalfLife = 2;
    private const double LikeWeight = 2;

    /// <summary>The score: zero when the repository may not trend, else a sum that needs people to grow.</summary>
    /// <param name="mayTrend"><see cref="EngagementVerdict.MayTrend"/>, or a reviewer's yes for an unvetted repository.</param>
    /// <param name="days">Days in any order; days in the future, older than <see cref="Days"/> and negative amounts count nothing.</param>
    public static double Of(bool mayTrend, IEnumerable<TrendingDay> days)
    {
        if (!mayTrend)
            return 0;
        var score = 0.0;
        foreach (var day in days)
        {
            if (day.DaysAgo is < 0 or >= Days)
                continue;
            var likes = double.IsFinite(day.CreditedLikes) ? double.Max(0, day.CreditedLikes) : 0;
            score += (long.Max(0, day.Identities) + (LikeWeight * likes)) * Math.Pow(2, -day.DaysAgo / HalfLife);
        }

        return score;
    }
}
