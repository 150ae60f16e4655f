namespace Assay.Impersonation.Engagement;

/// <summary>How much one like counts.</summary>
public static class LikeCredit
{
    /// <summary>
    /// Between 0 and 1: grows with the account's age up to 90 days, half without a second factor, nothing for an account that never did anything else or that is
    /// a member of a lockstep group.
    /// </summary>
    public static double Weight(TimeSpan accountAge, bool hasSecondFactor, bool isOnlyAct, bool isInLockstep) =>
        isOnlyAct || isInLockstep ? 0 : double.Clamp(accountAge.TotalDays / 90, 0, 1) * (hasSecondFactor ? 1 : 0.5);
}
