using System.Text.Json.Nodes;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>The audit trail.</summary>
internal static class AuditTrail
{
    /// <summary>An entry. With the hash of the one before, its own can be computed by whoever keeps a copy.</summary>
    /// <param name="Sequence">Number from 1, without gaps.</param>
    /// <param name="At">When.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="Action">What was done.</param>
    /// <param name="Subject">To what.</param>
    /// <param name="Detail">Everything else.</param>
    /// <param name="Previous">Hash of the entry before.</param>
    /// <param name="Hash">Hash of this one.</param>
    internal sealed record EntryView(long Sequence, DateTimeOffset At, string Actor, string Action, string Subject, JsonNode? Detail, string Previous, string Hash);

    /// <summary>What a check found.</summary>
    /// <param name="Entries">Entries that are in order.</param>
    /// <param name="Head">Hash of the last of them.</param>
    /// <param name="Problem">What is wrong; null when nothing is.</param>
    internal sealed record CheckView(long Entries, string Head, string? Problem);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/audit").WithTags("Audit");
        routes.MapGet("", ListAsync).For(ApiAccess.Administrators, "ListAudit", "Entries of the audit trail after a number, in their order.");
        routes.MapGet("/check", CheckAsync).For(ApiAccess.Administrators, "CheckAudit", "Checks the whole trail: numbers, hashes, links.");
    }

    private static async Task<Ok<IReadOnlyList<EntryView>>> ListAsync(HttpContext http, HubDb db, long? after, int? limit)
    {
        var (from, most) = (Math.Max(0, after ?? 0), Math.Clamp(limit ?? 100, 1, 1000));
        var entries = await db.AuditEntries.AsNoTracking().Where(e => e.Sequence > from).OrderBy(static e => e.Sequence).Take(most).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<EntryView>>(entries.ConvertAll(static e => new EntryView(e.Sequence, e.At, e.Actor, e.Action, e.Subject, JsonNode.Parse(e.Detail), e.Previous, e.Hash)));
    }

    private static async Task<Ok<CheckView>> CheckAsync(HttpContext http, HubDb db)
    {
        var check = await AuditLog.VerifyAsync(db, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(new CheckView(check.Entries, check.Head, check.Problem));
    }
}
