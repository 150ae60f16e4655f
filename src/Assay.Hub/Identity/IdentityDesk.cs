using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Identity;

/// <summary>What people decide about names, and what they say against decisions. Each with its audit entry.</summary>
public sealed class IdentityDesk(IDbContextFactory<HubDb> databases, AuditLog audit, VettingQueue queue, TimeProvider clock)
{
    private const int MaxText = 4000;

    /// <summary>Lets an account use its name. What was held back because of it is vetted again.</summary>
    /// <returns>How many revisions are vetted again; null when the account is not there or its name is not held.</returns>
    public async Task<int?> ReleaseNameAsync(Principal who, string name, string reason, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        var count = await databases.InTransactionAsync<int?>(async db =>
        {
            if (await db.Accounts.FirstOrDefaultAsync(a => a.Key == key, cancellation).ConfigureAwait(false) is not { NameHeld: not null } account)
                return (null, false);
            account.NameHeld = null;
            var now = clock.GetUtcNow();
            var held = await db.Revisions.Where(r => r.State == RevisionState.Quarantined && db.Repositories.Any(p => p.Id == r.RepositoryId && p.OwnerId == account.Id)
                && db.RevisionAssessments.Any(a => a.RevisionId == r.Id && a.Action == "hold")).ToListAsync(cancellation).ConfigureAwait(false);
            foreach (var revision in held)
            {
                revision.State = RevisionState.Received;
                db.VettingJobs.Add(new VettingJob { Id = Guid.CreateVersion7(now), RevisionId = revision.Id, NotBefore = now });
            }

            await CloseAppealsAsync(db, account.Name, now, cancellation).ConfigureAwait(false);
            await audit.AddAsync(db, who.Name, "name.released", account.Name, new JsonObject { ["reason"] = reason, ["revisions"] = held.Count }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (held.Count, true);
        }, cancellation).ConfigureAwait(false);
        if (count > 0)
            queue.Wake();
        return count;
    }

    /// <summary>Says something against a decision, or against a name being held.</summary>
    /// <param name="who">Who.</param>
    /// <param name="subject">Reference of the decision, or the name.</param>
    /// <param name="text">What.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Why it cannot be taken; null when it was.</returns>
    public async Task<string?> AppealAsync(Principal who, string subject, string text, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxText)
            return $"Say in up to {MaxText} characters why the decision is wrong.";
        var key = RepoId.KeyOf(subject);
        return await databases.InTransactionAsync<string?>(async db =>
        {
            var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key, cancellation).ConfigureAwait(false);
            var decision = await db.RevisionDecisions.AsNoTracking().FirstOrDefaultAsync(d => d.Reference == subject, cancellation).ConfigureAwait(false);
            var owner = account?.Id;
            if (decision is not null)
                owner = await db.Revisions.Where(r => r.Id == decision.RevisionId).Join(db.Repositories, static r => r.RepositoryId, static p => p.Id, static (_, p) => p.OwnerId).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
            if (owner is null || !(who.UserId == owner || (who.Organizations.TryGetValue(owner, out var role) && role >= MemberRole.Contributor)))
                return ("There is no such decision about something of yours.", false);
            if (await db.Appeals.AnyAsync(a => a.Subject == subject && a.ClosedAt == null, cancellation).ConfigureAwait(false))
                return ("Somebody has appealed already; a reviewer will answer.", false);
            var now = clock.GetUtcNow();
            db.Appeals.Add(new Appeal { Id = Guid.CreateVersion7(now), Subject = subject, By = who.Name, Text = text.Trim(), At = now });
            await audit.AddAsync(db, who.Name, "appeal.made", subject, new JsonObject { ["text"] = text.Trim() }, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (null, true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Protects a repository or a brand: what is like it is looked at.</summary>
    /// <returns>Why it cannot be; null when it is.</returns>
    public async Task<string?> ProtectAsync(Principal who, ProtectedName name, CancellationToken cancellation) => await databases.InTransactionAsync<string?>(async db =>
    {
        if (name.Name.Contains('/', StringComparison.Ordinal) ? !RepoId.TryParse(name.Name, out _) : name.Handles.Length == 0)
            return ("Name a repository as owner/name, or a brand with at least one of its namespaces.", false);
        if (name.Name.AsSpan().ContainsAny("\t\n\r") || name.Words.AsSpan().ContainsAny("\t\n\r") || name.Domains.AsSpan().ContainsAny("\t\n\r") || name.Handles.AsSpan().ContainsAny("\t\n\r"))
            return ("Names and words are of one line and without tabs.", false);
        await db.ProtectedNames.Where(n => n.Name == name.Name).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        db.ProtectedNames.Add(name);
        await audit.AddAsync(db, who.Name, "name.protected", name.Name, new JsonObject { ["reason"] = name.Reason, ["handles"] = name.Handles, ["words"] = name.Words }, cancellation).ConfigureAwait(false);
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return (null, true);
    }, cancellation).ConfigureAwait(false);

    /// <summary>Ends the protection of a name by an operator.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnprotectAsync(Principal who, string name, CancellationToken cancellation) => await databases.InTransactionAsync(async db =>
    {
        if (await db.ProtectedNames.Where(n => n.Name == name).ExecuteDeleteAsync(cancellation).ConfigureAwait(false) == 0)
            return (false, false);
        await audit.AddAsync(db, who.Name, "name.unprotected", name, [], cancellation).ConfigureAwait(false);
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return (true, true);
    }, cancellation).ConfigureAwait(false);

    /// <summary>Closes what was said against a decision. Part of the caller's transaction.</summary>
    internal static Task CloseAppealsAsync(HubDb db, string subject, DateTimeOffset now, CancellationToken cancellation) =>
        db.Appeals.Where(a => a.Subject == subject && a.ClosedAt == null).ExecuteUpdateAsync(u => u.SetProperty(static a => a.ClosedAt, now), cancellation);
}
