using System.Globalization;

namespace Assay.Hub.Publishers;

/// <summary>What is known of the one behind an account. 0 to 2 are about behaviour, 3 and 4 about proof; none says that contents are good.</summary>
public enum VerificationLevel
{
    /// <summary>Nothing is known.</summary>
    New = 0,

    /// <summary>An account of a week or more whose owner the hub can tell from others, without a strike.</summary>
    Known = 1,

    /// <summary>Half a year and more of publishing what others use.</summary>
    Established = 2,

    /// <summary>Proves that it controls a domain, or the operators of this hub vouch for it.</summary>
    Proven = 3,

    /// <summary>Proves a domain, and signs with a key bound to it. Given to nobody yet: it waits for signing keys.</summary>
    Signing = 4,
}

/// <summary>A proof, as far as the level depends on it.</summary>
/// <param name="Kind">How it is shown.</param>
/// <param name="Subject">What is proven: a domain, a code host's repository, an operator.</param>
/// <param name="State">How it stands.</param>
/// <param name="Since">When it stood first without a break; null while it never did.</param>
/// <param name="Changed">When it came to its state.</param>
/// <param name="Reason">Why, where a person decided.</param>
public sealed record ProofFact(ProofKind Kind, string Subject, ProofState State, DateTimeOffset? Since, DateTimeOffset Changed, string? Reason = null);

/// <summary>What the level of an account is computed from.</summary>
public sealed record AccountFacts
{
    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether the hub can tell its owner from others: an administrator registered it, or it signs in with a second factor.</summary>
    public bool IsIdentified { get; init; }

    /// <summary>Public repositories of its own that serve something.</summary>
    public int Repositories { get; init; }

    /// <summary>Networks that downloads are credited to.</summary>
    public int CreditedNetworks { get; init; }

    /// <summary>Days on which downloads are credited.</summary>
    public int CreditedDays { get; init; }

    /// <summary>When something of it was last taken back as harmful; null for never.</summary>
    public DateTimeOffset? LastStrikeAt { get; init; }

    /// <summary>When it last published something; null for never.</summary>
    public DateTimeOffset? LastPushAt { get; init; }

    /// <summary>When it published again after more than a year of silence; null where there was no such silence lately.</summary>
    public DateTimeOffset? WokeAt { get; init; }

    /// <summary>When it was frozen; null while it is not.</summary>
    public DateTimeOffset? FrozenAt { get; init; }

    /// <summary>Its proofs.</summary>
    public IReadOnlyList<ProofFact> Proofs { get; init; } = [];
}

/// <summary>The level of an account, and the words beside its badge.</summary>
/// <param name="Level">The level.</param>
/// <param name="Badge">In one or two words: <c>new</c>, <c>established</c>, <c>openai.com</c>.</param>
/// <param name="Words">What was proven, and since when; each a sentence without its full stop. Never empty.</param>
public sealed record PublisherStanding(VerificationLevel Level, string Badge, IReadOnlyList<string> Words);

/// <summary>The rules of the levels, as one pure function from facts.</summary>
public static class VerificationRules
{
    private static readonly TimeSpan KnownAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan EstablishedAge = TimeSpan.FromDays(180);
    private static readonly TimeSpan StrikeMemory = TimeSpan.FromDays(365);
    private static readonly TimeSpan Dormancy = TimeSpan.FromDays(365);
    private static readonly TimeSpan WakingTime = TimeSpan.FromDays(14);
    private const int EstablishedRepositories = 5;
    private const int EstablishedNetworks = 50;
    private const int EstablishedDays = 30;

    /// <summary>The level of an account, and why.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="now">The time at which it is asked.</param>
    public static PublisherStanding Of(AccountFacts facts, DateTimeOffset now)
    {
        var words = new List<string>();
        // Whoever took an account over must not speak with its former owner's proofs.
        if (facts.FrozenAt is { } frozen)
            return new PublisherStanding(VerificationLevel.New, "frozen", [$"frozen since {Day(frozen)}: it may be in other hands, and nothing new is taken in from it"]);
        var standing = facts.Proofs.Where(static p => p.State is ProofState.Valid or ProofState.Grace && p.Kind is ProofKind.Dns or ProofKind.WellKnown or ProofKind.Operator).OrderBy(static p => p.Kind).ThenBy(static p => p.Since).ToList();
        foreach (var proof in standing.Concat(facts.Proofs.Where(static p => p is { State: ProofState.Valid, Kind: ProofKind.Oidc })).Concat(facts.Proofs.Where(static p => p.State == ProofState.Lapsed)))
        {
            var said = WordsOf(proof);
            if (!words.Contains(said))
                words.Add(said);
        }

        if (standing.Count > 0)
            return new PublisherStanding(VerificationLevel.Proven, standing[0].Kind == ProofKind.Operator ? "vouched for" : standing[0].Subject, words);
        var level = Behaviour(facts, now);
        words.Insert(0, level switch
        {
            VerificationLevel.Established => $"publishes here since {Day(facts.CreatedAt)} what others use; who is behind it is not proven",
            VerificationLevel.Known => $"an account since {Day(facts.CreatedAt)}; who is behind it is not proven",
            _ when facts.LastStrikeAt is { } strike && now - strike < StrikeMemory => $"something of it was taken back on {Day(strike)}; who is behind it is not proven",
            _ => $"new here, since {Day(facts.CreatedAt)}; who is behind it is not proven",
        });
        return new PublisherStanding(level, level switch { VerificationLevel.Established => "established", VerificationLevel.Known => "known account", _ => "new" }, words);
    }

    /// <summary>What a proof says, for people.</summary>
    public static string WordsOf(ProofFact proof)
    {
        var since = Day(proof.Since ?? proof.Changed);
        return (proof.Kind, proof.State) switch
        {
            (ProofKind.Operator, ProofState.Valid) => $"the operators of this hub vouch for it since {since}: {proof.Reason}",
            (ProofKind.Oidc, ProofState.Valid) => $"publishes from {proof.Subject} since {since}",
            (_, ProofState.Valid) => $"controls {proof.Subject} since {since}",
            (_, ProofState.Grace) => $"controls {proof.Subject} since {since}; being rechecked since {Day(proof.Changed)}",
            (_, ProofState.Lapsed) => $"does not show any more that it controls {proof.Subject}, since {Day(proof.Changed)}",
            (_, ProofState.Pending) => $"says that it controls {proof.Subject}; not confirmed",
            (_, ProofState.Frozen) => $"controlled {proof.Subject}; frozen since {Day(proof.Changed)}",
            (_, ProofState.Revoked) => $"the proof of {proof.Subject} was revoked on {Day(proof.Changed)}: {proof.Reason}",
            _ => $"did not show in time that it controls {proof.Subject}",
        };
    }

    private static VerificationLevel Behaviour(AccountFacts facts, DateTimeOffset now)
    {
        var age = now - facts.CreatedAt;
        if (!facts.IsIdentified || age < KnownAge || (facts.LastStrikeAt is { } strike && now - strike < StrikeMemory))
            return VerificationLevel.New;
        var isAwake = facts.LastPushAt is { } push && now - push <= Dormancy && !(facts.WokeAt is { } woke && now - woke < WakingTime);
        return isAwake && age >= EstablishedAge && facts is { Repositories: >= EstablishedRepositories, CreditedNetworks: >= EstablishedNetworks, CreditedDays: >= EstablishedDays }
            ? VerificationLevel.Established
            : VerificationLevel.Known;
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
