namespace Assay.Impersonation.Names;

/// <summary>
/// Every number by which names are judged. Strengths are in the units in which the assessor sums evidence; a score of 0.5 is
/// <see cref="Middle"/>.
/// </summary>
internal static class NameWeights
{
    public const double ImitatedPublisher = 3.2;
    public const double ImitatedPublisherNearName = 3.0;
    public const double ClaimedAuthority = 3.0;
    public const double ClaimedAuthorityBesideName = 2.4;
    public const double CalledOfficial = 2.3;
    public const double AnonymousPublisher = 2.3;
    public const double SameReading = 3.1;
    public const double PublisherInName = 2.8;
    public const double PublisherInNameRepacked = 1.0;
    public const double NearPublisher = 1.7;
    public const double NearFamousPublisher = 2.2;
    public const double NearPublisherLookAlike = 2.4;
    public const double InventedSibling = 2.5;
    public const double NearNameLookAlike = 2.7;
    public const double NearNameSlip = 2.3;
    public const double NearNameTokenSlip = 2.2;
    public const double NearNameShortSlip = 2.2;
    public const double NearNameOtherWord = 1.2;
    public const double NearNameReordered = 2.2;
    public const double SameName = 1.8;
    public const double SameNameOtherSeparators = 2.15;
    public const double SameNameLittleKnown = 0.8;
    public const double DisguisedDisplayName = 3.5;
    public const double NearDisplayName = 2.4;
    public const double SameDisplayName = 2.0;

    /// <summary>From which prominence a target is more than little known.</summary>
    public const int LittleKnown = 3;

    /// <summary>From how many repositories a publisher is widely known; one with a brand is in any case.</summary>
    public const int FamousPublisher = 5;

    /// <summary>Taken away when the target is declared as base, and only names of repositories are alike.</summary>
    public const double Credit = 0.5;

    /// <summary>The same where a publisher is imitated: a credit is cover then.</summary>
    public const double CreditBesideImitation = 0.1;

    /// <summary>Taken away for a publisher that is itself known and protected.</summary>
    public const double KnownPublisher = 2.0;

    /// <summary>Taken away for a publisher with <see cref="ManyRepositories"/> others.</summary>
    public const double ProlificPublisher = 0.7;

    public const int ManyRepositories = 12;

    /// <summary>The strength at which the score is 0.5.</summary>
    public const double Middle = 2.1;

    /// <summary>How fast the score grows with strength.</summary>
    public const double Slope = 2.5;
}
