using System.Text.Json.Nodes;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Audit;

/// <summary>Writes and checks the audit trail. An entry is written in the transaction that it describes.</summary>
public sealed class AuditLog(TimeProvider clock)
{
    /// <summary>Adds an entry to the transaction at hand; it is saved with the rest.</summary>
    /// <param name="db">In a transaction.</param>
    /// <param name="actor">Who.</param>
    /// <param name="action">What was done.</param>
    /// <param name="subject">To what.</param>
    /// <param name="detail">Everything else; never a secret.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task AddAsync(HubDb db, string actor, string action, string subject, JsonObject detail, CancellationToken cancellation)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("An audit entry is part of a transaction.");
        await db.LockAsync("audit", cancellation).ConfigureAwait(false);
        // Several entries may be added before they are saved.
        var last = db.AuditEntries.Local.MaxBy(static e => e.Sequence);
        if (last is null || db.Entry(last).State != EntityState.Added)
            last = await db.AuditEntries.AsNoTracking().OrderByDescending(static e => e.Sequence).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        var sequence = (last?.Sequence ?? 0) + 1;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var previous = last?.Hash ?? AuditEntry.Origin;
        var text = Sorted(detail).ToJsonString();
        (actor, subject) = (Cut(actor, 96), Cut(subject, 300));
        db.AuditEntries.Add(new AuditEntry
        {
            Sequence = sequence,
            At = at,
            Actor = actor,
            Action = action,
            Subject = subject,
            Detail = text,
            Previous = previous,
            Hash = AuditEntry.HashOf(sequence, at, actor, action, subject, text, previous),
        });
    }

    /// <summary>Checks the whole trail: numbers without gaps, each entry's hash, each link to the one before.</summary>
    /// <returns>The number of entries, the hash of the last, and what is wrong; no problem means that nothing was changed or taken out.</returns>
    public static async Task<AuditCheck> VerifyAsync(HubDb db, CancellationToken cancellation)
    {
        long count = 0;
        var previous = AuditEntry.Origin;
        await foreach (var entry in db.AuditEntries.AsNoTracking().OrderBy(static e => e.Sequence).AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false))
        {
            if (entry.Sequence != count + 1)
                return new AuditCheck(count, previous, $"Entry {count + 1} is missing; the next one there is {entry.Sequence}.");
            if (entry.Previous != previous)
                return new AuditCheck(count, previous, $"Entry {entry.Sequence} does not follow the one before: one of the two was changed or exchanged.");
            if (entry.Expected() != entry.Hash)
                return new AuditCheck(count, previous, $"Entry {entry.Sequence} ({entry.Action}, {entry.Subject}) was changed after it was written.");
            previous = entry.Hash;
            count++;
        }

        return new AuditCheck(count, previous, null);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private static JsonObject Sorted(JsonObject value)
    {
        var sorted = new JsonObject();
        foreach (var (name, member) in value.OrderBy(static p => p.Key, StringComparer.Ordinal))
            sorted[name] = member is JsonObject inner ? Sorted(inner) : member?.DeepClone();
        return sorted;
    }
}

/// <summary>What a check of the audit trail found.</summary>
/// <param name="Entries">Entries that are in order.</param>
/// <param name="Head">Hash of the last of them: note it elsewhere, and a later check can be compared with it.</param>
/// <param name="Problem">What is wrong; null when nothing is.</param>
public sealed record AuditCheck(long Entries, string Head, string? Problem);
