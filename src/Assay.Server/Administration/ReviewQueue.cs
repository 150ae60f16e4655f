using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>What waits for a person: one row for each cause, however many files and revisions it holds back.</summary>
internal static class ReviewQueue
{
    private const int MaxRevisions = 500;

    /// <summary>A cause.</summary>
    /// <param name="Clause">The clause of the policy; empty where a person or a fault held it back.</param>
    /// <param name="Rule">The rule that found something; null where none did.</param>
    /// <param name="Cause">In words.</param>
    /// <param name="Waiting">Since when the oldest of them waits.</param>
    /// <param name="Revisions">What it holds back, the oldest first.</param>
    internal sealed record QueueRow(string Clause, string? Rule, string Cause, DateTimeOffset Waiting, IReadOnlyList<QueuedRevision> Revisions);

    /// <summary>A revision that a cause holds back.</summary>
    /// <param name="Revision">The revision.</param>
    /// <param name="Evidence">Files with what was found in them.</param>
    /// <param name="OtherCauses">Causes besides this one.</param>
    internal sealed record QueuedRevision(Revisions.RevisionView Revision, IReadOnlyList<QueuedEvidence> Evidence, int OtherCauses);

    /// <summary>What was found.</summary>
    /// <param name="File">Where; null for the repository as a whole.</param>
    /// <param name="Rule">By which rule.</param>
    /// <param name="Detail">In words.</param>
    internal sealed record QueuedEvidence(string? File, string? Rule, string? Detail);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/queue", static async (HttpContext http, HubDb db) => TypedResults.Ok(await ReadAsync(db, http.RequestAborted).ConfigureAwait(false)))
        .For(ApiAccess.Reviewers, "GetQueue", "What is quarantined, one row for each cause.")
        .WithTags("Queue");

    /// <summary>Reads the queue.</summary>
    public static async Task<IReadOnlyList<QueueRow>> ReadAsync(HubDb db, CancellationToken cancellation)
    {
        var waiting = await db.Revisions.AsNoTracking().Where(static r => r.State == RevisionState.Quarantined).OrderBy(static r => r.ReceivedAt).Take(MaxRevisions)
            .Join(db.Repositories.AsNoTracking(), static r => r.RepositoryId, static r => r.Id, static (revision, repository) => new { revision, repository }).ToListAsync(cancellation).ConfigureAwait(false);
        var references = waiting.ConvertAll(static w => w.revision.Reference);
        var reasons = await db.RevisionDecisions.AsNoTracking().Where(d => references.Contains(d.Reference)).Select(static d => new { d.Reference, d.ReasonsJson }).ToDictionaryAsync(static d => d.Reference, static d => d.ReasonsJson, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        var rows = new Dictionary<(string, string?), List<(string Cause, QueuedRevision Revision)>>();
        foreach (var one in waiting.OrderBy(static w => w.revision.ReceivedAt))
        {
            var causes = CausesOf(reasons.GetValueOrDefault(one.revision.Reference ?? ""));
            var first = causes.Count > 0 ? causes[0] : new Cause("", null, one.revision.Reason ?? "Held back.", []);
            var key = (first.Clause, first.Clause.Length == 0 ? first.Words : first.Rule);
            if (!rows.TryGetValue(key, out var row))
                rows.Add(key, row = []);
            row.Add((first.Words, new QueuedRevision(Revisions.RevisionView.Of(one.revision, one.repository), first.Evidence, Math.Max(0, causes.Count - 1))));
        }

        return [.. rows.Select(static r => new QueueRow(r.Key.Item1, r.Key.Item1.Length == 0 ? null : r.Key.Item2, r.Value[0].Cause, r.Value[0].Revision.Revision.ReceivedAt, r.Value.ConvertAll(static v => v.Revision)))];
    }

    // Only what asks for holding back; the first is the one that the decision's summary names.
    private static List<Cause> CausesOf(string? json)
    {
        var causes = new List<Cause>();
        try
        {
            if (json is null || JsonNode.Parse(json)?["reasons"] is not JsonArray reasons)
                return causes;
            foreach (var reason in reasons.OfType<JsonObject>())
            {
                if ((string?)reason["outcome"] is { } outcome && outcome.StartsWith("admit", StringComparison.OrdinalIgnoreCase))
                    continue;
                var (clause, rule) = ((string?)reason["clause"] ?? "", (string?)reason["rule"]);
                var cause = causes.Find(c => c.Clause == clause && c.Rule == rule);
                if (cause is null)
                    causes.Add(cause = new Cause(clause, rule, (string?)reason["because"] ?? "Held back.", []));
                cause.Evidence.Add(new QueuedEvidence((string?)reason["file"], rule, (string?)reason["detail"]));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            causes.Clear(); // the revision's own reason stands in
        }

        return causes;
    }

    private sealed record Cause(string Clause, string? Rule, string Words, List<QueuedEvidence> Evidence);
}
