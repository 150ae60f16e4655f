using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Publishers;

/// <summary>Gathers what the level of an account is computed from.</summary>
public sealed class StandingReader(HubOptions options, TimeProvider clock)
{
    // As long as the ledger keeps downloads by default, and as far back as a level looks.
    private static readonly TimeSpan Window = TimeSpan.FromDays(400);
    private static readonly TimeSpan Waking = TimeSpan.FromDays(14);
    private static readonly TimeSpan Dormancy = TimeSpan.FromDays(365);

    /// <summary>The level of an account and the words beside it.</summary>
    public async Task<PublisherStanding> ReadAsync(HubDb db, Account account, CancellationToken cancellation) =>
        VerificationRules.Of(await FactsAsync(db, account, cancellation).ConfigureAwait(false), clock.GetUtcNow());

    /// <summary>
    /// The facts. Credited downloads are those of the ledger that were complete: their distinct networks, and the days of them. A strike is a
    /// revision or repository that was taken back. Where nobody may register himself, an administrator knows who is behind each account.
    /// </summary>
    public async Task<AccountFacts> FactsAsync(HubDb db, Account account, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var own = db.Repositories.AsNoTracking().Where(r => r.OwnerId == account.Id);
        var shown = own.Where(static r => !r.IsPrivate && r.IsListed && r.WithdrawnAt == null && r.ServedCommit != null);
        var ids = own.Select(static r => r.Id);
        var revisions = db.Revisions.AsNoTracking().Where(r => ids.Contains(r.RepositoryId) && !r.IsInitial);
        var repositories = await shown.CountAsync(cancellation).ConfigureAwait(false);
        var recent = now - Waking;
        var before = await revisions.Where(r => r.ReceivedAt <= recent).MaxAsync(static r => (DateTimeOffset?)r.ReceivedAt, cancellation).ConfigureAwait(false);
        var first = await revisions.Where(r => r.ReceivedAt > recent).MinAsync(static r => (DateTimeOffset?)r.ReceivedAt, cancellation).ConfigureAwait(false);
        var last = first is null ? before : await revisions.MaxAsync(static r => (DateTimeOffset?)r.ReceivedAt, cancellation).ConfigureAwait(false);
        var strike = await revisions.Where(static r => r.State == RevisionState.Withdrawn).MaxAsync(static r => r.DecidedAt, cancellation).ConfigureAwait(false);
        var withdrawn = await own.MaxAsync(static r => r.WithdrawnAt, cancellation).ConfigureAwait(false);
        var proofs = await db.PublisherProofs.AsNoTracking().Where(p => p.AccountId == account.Id).ToListAsync(cancellation).ConfigureAwait(false);
        var facts = new AccountFacts
        {
            CreatedAt = account.CreatedAt,
            IsIdentified = !options.OpenRegistration || account.IsAdministrator,
            Repositories = repositories,
            LastStrikeAt = strike is null || withdrawn > strike ? withdrawn ?? strike : strike,
            LastPushAt = last,
            WokeAt = before is { } slept && first is { } woke && woke - slept > Dormancy ? woke : null,
            FrozenAt = account.FrozenAt,
            Proofs = proofs.ConvertAll(static p => p.Fact),
        };
        // The ledger is asked only where it can make a difference.
        if (VerificationRules.Of(facts with { CreditedNetworks = int.MaxValue, CreditedDays = int.MaxValue }, now).Level != VerificationLevel.Established)
            return facts;
        var (networks, days) = await CreditAsync(db, ids, now, cancellation).ConfigureAwait(false);
        return facts with { CreditedNetworks = networks, CreditedDays = days };
    }

    private static async Task<(int Networks, int Days)> CreditAsync(HubDb db, IQueryable<string> repositories, DateTimeOffset now, CancellationToken cancellation)
    {
        var from = now - Window;
        var downloads = db.Downloads.AsNoTracking().Where(d => d.At >= from && d.IsComplete && repositories.Contains(d.RepositoryId));
        var networks = await downloads.Select(static d => d.Network).Distinct().CountAsync(cancellation).ConfigureAwait(false);
        // Days are counted by looking for the next download after each one: neither database groups times by day alike.
        var days = 0;
        for (var at = from; days < 30; days++)
        {
            var after = at;
            if (await downloads.Where(d => d.At >= after).MinAsync(static d => (DateTimeOffset?)d.At, cancellation).ConfigureAwait(false) is not { } next)
                break;
            at = new DateTimeOffset(next.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        }

        return (networks, days);
    }
}
