using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Publishers;

/// <summary>What became of a change of a publisher's proofs.</summary>
public abstract record ProofOutcome
{
    /// <summary>It was made.</summary>
    /// <param name="Proof">How the proof stands now.</param>
    public sealed record Done(PublisherProof Proof) : ProofOutcome
    {
        /// <summary>Where a publisher has to set something; null where he has not.</summary>
        public string? Place { get; init; }

        /// <summary>What he has to set there.</summary>
        public string? Content { get; init; }
    }

    /// <summary>There is no such account or proof.</summary>
    public sealed record Unknown : ProofOutcome;

    /// <summary>It cannot be made now.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record NotPossible(string Message) : ProofOutcome;

    /// <summary>It was asked for wrongly.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Invalid(string Message) : ProofOutcome;
}

/// <summary>
/// Owns the proofs of publishers. Every change of a state is written with who made it, and an entry of the audit trail in the same transaction;
/// a check reads what is to be looked for, looks without holding anything, and then applies what it saw.
/// </summary>
public sealed class PublisherWorkflow(IDbContextFactory<HubDb> databases, IEnumerable<IProofChecker> checkers, AuditLog audit, TimeProvider clock)
{
    private const int MaxPending = 10;
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMinutes(1);
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int TokenLength = 26; // 130 bits

    private readonly Dictionary<ProofKind, IProofChecker> _checkers = checkers.ToDictionary(static c => c.Kind);

    /// <summary>Asks for a proof of a domain.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="account">Name of the account.</param>
    /// <param name="kind">How it will be shown.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ProofOutcome> RequestAsync(Principal actor, string account, ProofKind kind, string domain, CancellationToken cancellation)
    {
        if (!_checkers.TryGetValue(kind, out var checker))
            return new ProofOutcome.Invalid("A domain is proven by dns or by wellKnown.");
        var (found, problem) = DomainOf(domain);
        if (found is null)
            return new ProofOutcome.Invalid(problem!);
        var review = DomainReview.ReasonFor(found);
        return await databases.InTransactionAsync<ProofOutcome>(async db =>
        {
            if (await LockAccountAsync(db, account, cancellation).ConfigureAwait(false) is not { } owner)
                return (new ProofOutcome.Unknown(), false);
            if (owner.FrozenAt is not null)
                return (Frozen(owner), false);
            var proofs = await db.PublisherProofs.Where(p => p.AccountId == owner.Id).ToListAsync(cancellation).ConfigureAwait(false);
            var same = proofs.FindAll(p => p.Kind == kind && p.Subject == found.Name);
            if (same.Exists(static p => p.IsBarred) && !actor.IsAdministrator)
                return (new ProofOutcome.NotPossible($"The operators of this hub revoked the proof of {found.Name}. Ask them."), false);
            var proof = same.Find(static p => p.State != ProofState.Revoked);
            if (proof is null or { State: ProofState.Expired or ProofState.Lapsed } && proofs.Count(static p => p.State == ProofState.Pending) >= MaxPending)
                return (new ProofOutcome.NotPossible($"{MaxPending} proofs wait already. Finish them, or revoke those that are not needed."), false);
            if (proof?.State == ProofState.Pending)
                return (WithRecord(checker, proof), false);
            var now = clock.GetUtcNow();
            if (ProofMachine.Next(proof?.Status, ProofEvent.Requested, now, awaitsReview: review is not null) is not { } next)
                return (new ProofOutcome.NotPossible($"There is a proof of {found.Name} already."), false);
            var from = proof?.State;
            if (proof is null)
            {
                db.PublisherProofs.Add(proof = new PublisherProof
                {
                    Id = HubIds.NewId(clock),
                    AccountId = owner.Id,
                    Kind = kind,
                    Subject = found.Name,
                    Token = "",
                    State = next.State,
                    ChangedAt = now,
                    ChangedBy = actor.Name,
                    RequestedAt = now,
                    RequestedBy = actor.Name,
                });
            }

            (proof.Token, proof.RequestedBy, proof.ReviewReason, proof.Evidence) = (RandomNumberGenerator.GetString(Base32, TokenLength), actor.Name, review, null);
            await ChangeAsync(db, owner.Name, proof, from, next, actor.Name, null, cancellation).ConfigureAwait(false);
            return (WithRecord(checker, proof), true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Looks for a proof now.</summary>
    /// <param name="actor">Who asks for it; <see cref="Principal.System"/> for the schedule.</param>
    /// <param name="account">Name of the account; null for any.</param>
    /// <param name="proofId">The proof.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ProofOutcome> CheckAsync(Principal actor, string? account, string proofId, CancellationToken cancellation)
    {
        PublisherProof? before;
        var reading = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (reading.ConfigureAwait(false))
        {
            before = await FindAsync(reading.PublisherProofs.AsNoTracking(), reading, account, proofId, cancellation).ConfigureAwait(false);
        }

        if (before is null)
            return new ProofOutcome.Unknown();
        if (before.State is not (ProofState.Pending or ProofState.Valid or ProofState.Grace) || !_checkers.TryGetValue(before.Kind, out var checker))
            return new ProofOutcome.NotPossible($"This proof is {WordOf(before.State)}: there is nothing to check.");
        if (actor != Principal.System && before.LastCheckedAt is { } last && clock.GetUtcNow() - last < BetweenChecks)
            return new ProofOutcome.NotPossible("It was checked less than a minute ago. Try again a little later.");
        var seen = await checker.CheckAsync(QuestionOf(before), cancellation).ConfigureAwait(false);
        return await databases.InTransactionAsync<ProofOutcome>(async db =>
        {
            // What was looked for must still be what counts: a new request has another token.
            if (await db.PublisherProofs.FirstOrDefaultAsync(p => p.Id == proofId, cancellation).ConfigureAwait(false) is not { } proof || proof.State != before.State || proof.Token != before.Token)
                return (new ProofOutcome.NotPossible("The proof was changed while it was checked. Look at it again."), false);
            var now = clock.GetUtcNow();
            (proof.LastCheckedAt, proof.Evidence, proof.LeaseOwner, proof.LeaseUntil) = (now, Cut(seen.Evidence, 1000), null, null);
            if (ProofMachine.Next(proof.Status, seen.IsThere ? ProofEvent.Agreed : ProofEvent.Disagreed, now) is { } next)
            {
                var name = await db.Accounts.Where(a => a.Id == proof.AccountId).Select(static a => a.Name).FirstAsync(cancellation).ConfigureAwait(false);
                await ChangeAsync(db, name, proof, proof.State, next, actor.Name, proof.Reason, cancellation).ConfigureAwait(false);
            }

            return (new ProofOutcome.Done(proof), true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Lets a domain pass whose name is like another's; a person has looked at it.</summary>
    public Task<ProofOutcome> ApproveAsync(Principal actor, string account, string proofId, string reason, CancellationToken cancellation) =>
        TurnAsync(actor, account, proofId, ProofEvent.Approved, reason, "Only a proof that waits for a person can be approved.", cancellation);

    /// <summary>Ends a proof. One that an operator ends cannot be asked for again by its publisher.</summary>
    public Task<ProofOutcome> RevokeAsync(Principal actor, string account, string proofId, string reason, CancellationToken cancellation) =>
        TurnAsync(actor, account, proofId, ProofEvent.Revoked, reason, "This proof has ended already.", cancellation);

    /// <summary>Vouches for an account in the name of this hub's operators.</summary>
    /// <param name="actor">The operator; the right to do so was checked.</param>
    /// <param name="account">Name of the account.</param>
    /// <param name="reason">How it is known who is behind the account; shown to readers.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ProofOutcome> VouchAsync(Principal actor, string account, string reason, CancellationToken cancellation) =>
        await databases.InTransactionAsync<ProofOutcome>(async db =>
        {
            if (await LockAccountAsync(db, account, cancellation).ConfigureAwait(false) is not { } owner)
                return (new ProofOutcome.Unknown(), false);
            if (owner.FrozenAt is not null)
                return (Frozen(owner), false);
            if (await db.PublisherProofs.AnyAsync(p => p.AccountId == owner.Id && p.Kind == ProofKind.Operator && p.State == ProofState.Valid, cancellation).ConfigureAwait(false))
                return (new ProofOutcome.NotPossible($"An operator vouches for {owner.Name} already."), false);
            return (await EstablishAsync(db, owner, ProofKind.Operator, actor.Name, actor.Name, reason, cancellation).ConfigureAwait(false), true);
        }, cancellation).ConfigureAwait(false);

    /// <summary>
    /// Freezes an account that may be in other hands: nothing new is taken in from it, its proofs are out of force, and what it has published
    /// is served as before.
    /// </summary>
    public Task<AccountOutcome> FreezeAsync(Principal actor, string account, string reason, CancellationToken cancellation) => SetFrozenAsync(actor, account, reason, freeze: true, cancellation);

    /// <summary>Gives an account back to its owner. Its proofs are in force again, and are checked at once.</summary>
    public Task<AccountOutcome> ThawAsync(Principal actor, string account, string reason, CancellationToken cancellation) => SetFrozenAsync(actor, account, reason, freeze: false, cancellation);

    /// <summary>The word for a state.</summary>
    public static string WordOf(ProofState state) => state.ToString().ToLowerInvariant();

    /// <summary>The word for a kind: <c>dns</c>, <c>wellKnown</c>, <c>operator</c>, <c>oidc</c>.</summary>
    public static string WordOf(ProofKind kind) => kind == ProofKind.WellKnown ? "wellKnown" : kind.ToString().ToLowerInvariant();

    /// <summary>What a pending proof needs, or what must stay of one that stands; null where nothing has to be set.</summary>
    public (string Place, string Content)? RecordOf(PublisherProof proof) =>
        proof.State is ProofState.Pending or ProofState.Valid or ProofState.Grace && _checkers.TryGetValue(proof.Kind, out var checker) ? checker.Record(QuestionOf(proof)) : null;

    /// <summary>Puts a proof in force that needs no check, in the transaction at hand.</summary>
    internal async Task<ProofOutcome> EstablishAsync(HubDb db, Account owner, ProofKind kind, string subject, string actor, string? reason, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var next = ProofMachine.Next(null, ProofEvent.Established, now)!;
        var proof = new PublisherProof
        {
            Id = HubIds.NewId(clock),
            AccountId = owner.Id,
            Kind = kind,
            Subject = Cut(subject, 400),
            Token = "",
            State = next.State,
            ChangedAt = now,
            ChangedBy = actor,
            RequestedAt = now,
            RequestedBy = actor,
        };
        db.PublisherProofs.Add(proof);
        await ChangeAsync(db, owner.Name, proof, null, next, actor, reason, cancellation).ConfigureAwait(false);
        return new ProofOutcome.Done(proof);
    }

    private static ProofQuestion QuestionOf(PublisherProof proof) => new(proof.Subject, proof.AccountId, proof.State == ProofState.Pending ? proof.Token : null);

    private static ProofOutcome.Done WithRecord(IProofChecker checker, PublisherProof proof)
    {
        var (place, content) = checker.Record(QuestionOf(proof));
        return new ProofOutcome.Done(proof) { Place = place, Content = content };
    }

    private static (RegistrableDomain? Domain, string? Problem) DomainOf(string text)
    {
        if (PublicSuffixList.Ascii(text.Trim()) is not { } host || PublicSuffixList.Shipped.Find(host) is not { } domain)
            return (null, "This is no domain that somebody can register. Give one such as example.org, without https:// and without a path.");
        if (domain.IsHosted)
            return (null, $"Names under {domain.Suffix} are accounts at a service, and no domains. Prove a domain of your own.");
        return domain.Name == host ? (domain, null) : (null, $"Prove the domain itself, {domain.Name}: who controls {host} need not control it.");
    }

    private static async Task<PublisherProof?> FindAsync(IQueryable<PublisherProof> proofs, HubDb db, string? account, string proofId, CancellationToken cancellation)
    {
        if (account is null)
            return await proofs.FirstOrDefaultAsync(p => p.Id == proofId, cancellation).ConfigureAwait(false);
        var key = RepoId.KeyOf(account);
        return await proofs.FirstOrDefaultAsync(p => p.Id == proofId && db.Accounts.Any(a => a.Id == p.AccountId && a.Key == key), cancellation).ConfigureAwait(false);
    }

    private static async Task<Account?> LockAccountAsync(HubDb db, string account, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(account);
        await db.LockAsync("publisher:" + key, cancellation).ConfigureAwait(false);
        return await db.Accounts.FirstOrDefaultAsync(a => a.Key == key, cancellation).ConfigureAwait(false);
    }

    private static ProofOutcome.NotPossible Frozen(Account account) => new($"{account.Name} is frozen. Its proofs can be changed when it is in its owner's hands again.");

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private async Task<ProofOutcome> TurnAsync(Principal actor, string account, string proofId, ProofEvent happened, string reason, string otherwise, CancellationToken cancellation) =>
        await databases.InTransactionAsync<ProofOutcome>(async db =>
        {
            if (await LockAccountAsync(db, account, cancellation).ConfigureAwait(false) is not { } owner || await FindAsync(db.PublisherProofs, db, account, proofId, cancellation).ConfigureAwait(false) is not { } proof)
                return (new ProofOutcome.Unknown(), false);
            if (owner.FrozenAt is not null && !actor.IsAdministrator)
                return (Frozen(owner), false);
            var from = proof.State;
            if (ProofMachine.Next(proof.Status, happened, clock.GetUtcNow()) is not { } next)
                return (new ProofOutcome.NotPossible(otherwise), false);
            proof.IsBarred = happened == ProofEvent.Revoked && actor.IsAdministrator;
            await ChangeAsync(db, owner.Name, proof, from, next, actor.Name, reason, cancellation, always: true).ConfigureAwait(false);
            return (new ProofOutcome.Done(proof), true);
        }, cancellation).ConfigureAwait(false);

    private async Task<AccountOutcome> SetFrozenAsync(Principal actor, string account, string reason, bool freeze, CancellationToken cancellation) =>
        await databases.InTransactionAsync<AccountOutcome>(async db =>
        {
            if (await LockAccountAsync(db, account, cancellation).ConfigureAwait(false) is not { } owner)
                return (new AccountOutcome.Unknown(), false);
            if (owner.FrozenAt is not null == freeze)
                return (new AccountOutcome.Invalid(freeze ? $"{owner.Name} is frozen already." : $"{owner.Name} is not frozen."), false);
            owner.FrozenAt = freeze ? clock.GetUtcNow() : null;
            // Whoever holds a session or is about to sign in with an old one has to do it again.
            owner.SecurityStamp = RandomNumberGenerator.GetHexString(32, lowercase: true);
            await audit.AddAsync(db, actor.Name, freeze ? "publisher.frozen" : "publisher.thawed", owner.Name, new JsonObject { ["reason"] = reason }, cancellation).ConfigureAwait(false);
            foreach (var proof in await db.PublisherProofs.Where(p => p.AccountId == owner.Id).ToListAsync(cancellation).ConfigureAwait(false))
            {
                // What an operator or a code host vouched for has nothing that could be checked again.
                if (ProofMachine.Next(proof.Status, freeze ? ProofEvent.Frozen : ProofEvent.Thawed, clock.GetUtcNow()) is { } next)
                    await ChangeAsync(db, owner.Name, proof, proof.State, _checkers.ContainsKey(proof.Kind) ? next : next with { NextCheckAt = null }, actor.Name, proof.Reason, cancellation).ConfigureAwait(false);
            }

            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new AccountOutcome.Done(owner), true);
        }, cancellation).ConfigureAwait(false);

    private async Task ChangeAsync(HubDb db, string account, PublisherProof proof, ProofState? from, ProofStatus next, string actor, string? reason, CancellationToken cancellation, bool always = false)
    {
        var isReviewed = proof.ReviewReason;
        proof.Apply(next);
        if (always || from != next.State)
        {
            (proof.ChangedBy, proof.Reason) = (Cut(actor, 96), reason is null ? null : Cut(reason, 2000));
            var detail = new JsonObject { ["proof"] = proof.Id, ["kind"] = WordOf(proof.Kind), ["subject"] = proof.Subject, ["from"] = from is { } old ? WordOf(old) : "none", ["to"] = WordOf(next.State) };
            if (proof.Evidence is { } evidence)
                detail["evidence"] = evidence;
            if (reason is not null)
                detail["reason"] = reason;
            if (isReviewed is not null)
                detail["review"] = isReviewed;
            await audit.AddAsync(db, actor, "proof." + (always && from == next.State ? "approved" : WordOf(next.State)), account, detail, cancellation).ConfigureAwait(false);
        }

        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
    }
}
