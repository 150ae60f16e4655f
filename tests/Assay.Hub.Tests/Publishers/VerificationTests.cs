using Assay.Hub.Publishers;

namespace Assay.Hub.Tests.Publishers;

public sealed class VerificationTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly AccountFacts Established = new()
    {
        CreatedAt = Now.AddDays(-180),
        IsIdentified = true,
        Repositories = 5,
        CreditedNetworks = 50,
        CreditedDays = 30,
        LastPushAt = Now.AddDays(-365),
    };

    public static TheoryData<string, AccountFacts, VerificationLevel> Cases => new()
    {
        { "everything that is asked for, and no more", Established, VerificationLevel.Established },
        { "a day too young", Established with { CreatedAt = Now.AddDays(-179) }, VerificationLevel.Known },
        { "a repository too few", Established with { Repositories = 4 }, VerificationLevel.Known },
        { "a network too few", Established with { CreditedNetworks = 49 }, VerificationLevel.Known },
        { "all downloads in a few days", Established with { CreditedDays = 29 }, VerificationLevel.Known },
        { "never pushed", Established with { LastPushAt = null }, VerificationLevel.Known },
        { "asleep for more than a year", Established with { LastPushAt = Now.AddDays(-366) }, VerificationLevel.Known },
        { "woken yesterday", Established with { LastPushAt = Now.AddDays(-1), WokeAt = Now.AddDays(-1) }, VerificationLevel.Known },
        { "woken two weeks ago", Established with { LastPushAt = Now.AddDays(-1), WokeAt = Now.AddDays(-14) }, VerificationLevel.Established },
        { "a strike this year", Established with { LastStrikeAt = Now.AddDays(-364) }, VerificationLevel.New },
        { "a strike long ago", Established with { LastStrikeAt = Now.AddDays(-366) }, VerificationLevel.Established },
        { "nobody knows who signs in", Established with { IsIdentified = false }, VerificationLevel.New },
        { "a week", new AccountFacts { CreatedAt = Now.AddDays(-7), IsIdentified = true }, VerificationLevel.Known },
        { "six days", new AccountFacts { CreatedAt = Now.AddDays(-6), IsIdentified = true }, VerificationLevel.New },
        { "frozen", Established with { FrozenAt = Now, Proofs = [Proof(ProofKind.Dns, ProofState.Frozen)] }, VerificationLevel.New },
        { "a new account with a domain", New(Proof(ProofKind.Dns, ProofState.Valid)), VerificationLevel.Proven },
        { "a domain by file", New(Proof(ProofKind.WellKnown, ProofState.Valid)), VerificationLevel.Proven },
        { "a domain that is being rechecked", New(Proof(ProofKind.Dns, ProofState.Grace)), VerificationLevel.Proven },
        { "an operator vouches", New(Proof(ProofKind.Operator, ProofState.Valid)), VerificationLevel.Proven },
        { "only a pipeline", New(Proof(ProofKind.Oidc, ProofState.Valid)), VerificationLevel.New },
        { "a domain asked for", New(Proof(ProofKind.Dns, ProofState.Pending)), VerificationLevel.New },
        { "a domain that lapsed", New(Proof(ProofKind.Dns, ProofState.Lapsed)), VerificationLevel.New },
        { "a domain that was revoked", New(Proof(ProofKind.Dns, ProofState.Revoked)), VerificationLevel.New },
        { "a domain that never came", New(Proof(ProofKind.Dns, ProofState.Expired)), VerificationLevel.New },
        { "established, and its domain lapsed", Established with { Proofs = [Proof(ProofKind.Dns, ProofState.Lapsed)] }, VerificationLevel.Established },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void The_level_follows_from_the_facts(string what, AccountFacts facts, VerificationLevel level) => Assert.Equal((what, level), (what, VerificationRules.Of(facts, Now).Level));

    [Fact]
    public void The_words_say_what_was_proven_and_never_just_verified()
    {
        Assert.Equal(["controls openai.com since 2026-03-02"], VerificationRules.Of(New(Proof(ProofKind.Dns, ProofState.Valid)), Now).Words);
        Assert.Equal(["controls openai.com since 2026-03-02; being rechecked since 2026-05-30"], VerificationRules.Of(New(Proof(ProofKind.Dns, ProofState.Grace)), Now).Words);
        Assert.Contains("does not show any more that it controls openai.com, since 2026-05-30", VerificationRules.Of(New(Proof(ProofKind.Dns, ProofState.Lapsed)), Now).Words);
        Assert.Equal(["the operators of this hub vouch for it since 2026-03-02: our own laboratory"], VerificationRules.Of(New(Proof(ProofKind.Operator, ProofState.Valid) with { Reason = "our own laboratory" }), Now).Words);
        foreach (var row in Cases)
        {
            var standing = VerificationRules.Of(row.Data.Item2, Now);
            Assert.NotEmpty(standing.Words);
            Assert.DoesNotContain("verified", string.Join(' ', [standing.Badge, .. standing.Words]), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Popularity_and_age_never_add_up_to_a_proof() =>
        Assert.Equal(VerificationLevel.Established, VerificationRules.Of(Established with { CreatedAt = Now.AddYears(-9), Repositories = 9000, CreditedNetworks = int.MaxValue, CreditedDays = int.MaxValue, LastPushAt = Now }, Now).Level);

    private static AccountFacts New(params ProofFact[] proofs) => new() { CreatedAt = Now.AddDays(-1), IsIdentified = true, Proofs = proofs };

    private static ProofFact Proof(ProofKind kind, ProofState state) => new(kind, "openai.com", state, new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 5, 30, 9, 0, 0, TimeSpan.Zero));
}
