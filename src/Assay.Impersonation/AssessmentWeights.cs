namespace Assay.Impersonation;

/// <summary>
/// Every number by which the assessor weighs evidence, in natural-log units. The signs are fixed by what each piece of evidence means; the
/// sizes start from the published table of the specification and were checked on the developers' scenarios (docs/develop/identity.md).
/// </summary>
internal static class AssessmentWeights
{
    /// <summary>Two in a hundred repositories that are like something are malicious.</summary>
    public const double Prior = -4.0;

    /// <summary>From this sum on a repository is held (p = 0.9).</summary>
    public const double HoldFrom = 2.2;

    public const double OwnNameSuspended = 3.0;
    public const double FalseClaim = 2.0;
    public const double CardCopied = 2.0;
    public const double CardPartlyCopied = 1.5;
    public const double CardWithoutName = 0.8;
    public const double Avatar = 2.0;
    public const double OtherWeights = 0.6;

    public const double Own = -6.0;
    public const double Credit = -2.6;
    public const double CreditBesideImitation = -1.3;
    public const double CreditBesidePrograms = -0.5;
    public const double ProvenDomain = -2.5;
    public const double Established = -2.2;
    public const double KnownAccount = -1.2;
    public const double SameWeightsOnly = -1.6;

    public const double Programs = 3.2;
    public const double Lure = 3.0;
    public const double NewCode = 2.0;
    public const double NewCodeEstablished = 0.8;
    public const double EditedWithCode = 1.0;
    public const double EditedUnderImitation = 1.0;
    public const double AlteredTemplate = 1.5;
    public const double AlteredTemplateResembling = 2.5;

    public const double NewAccount = 0.7;
    public const double Woken = 2.2;
    public const double Takeover = 5.5;
    public const double OwnerChanged = 3.0;
    public const double Hollow = 2.0;
    public const double YoungLikes = 1.0;
}
