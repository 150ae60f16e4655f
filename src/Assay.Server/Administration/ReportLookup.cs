using System.Globalization;
using System.Text.Json.Nodes;
using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>A decision with all that it is about.</summary>
/// <param name="Decision">The decision that was asked for.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="Repository">The repository of that.</param>
/// <param name="History">All decisions about the revision, the oldest first.</param>
/// <param name="Report">The report that the decision rests on; null for the hub's own first commit.</param>
internal sealed record ReportFile(RevisionDecision Decision, Revision Revision, Repository Repository, IReadOnlyList<RevisionDecision> History, RevisionReport? Report)
{
    /// <summary>The report as JSON (<c>assay.report/v1</c>); null where there is none.</summary>
    public JsonObject? ReadReport() => Report is null ? null : JsonNode.Parse(Packing.Unpack(Report.Content)) as JsonObject;
}

/// <summary>Finds decisions and revisions by what people have at hand, for those who may know of them.</summary>
internal static class ReportLookup
{
    /// <summary>The decision of a reference, for whoever may read the metadata of its repository: the reference stands in the errors that readers get.</summary>
    public static async Task<ReportFile?> FindAsync(HubDb db, Principal who, string reference, CancellationToken cancellation)
    {
        if (!HubIds.IsReference(reference))
            return null;
        reference = reference.ToUpperInvariant();
        if (await db.RevisionDecisions.AsNoTracking().FirstOrDefaultAsync(d => d.Reference == reference, cancellation).ConfigureAwait(false) is not { } decision
            || await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == decision.RevisionId, cancellation).ConfigureAwait(false) is not { } revision
            || await VisibleAsync(db, who, revision, cancellation).ConfigureAwait(false) is not { } repository)
        {
            return null;
        }

        var history = await db.RevisionDecisions.AsNoTracking().Where(d => d.RevisionId == revision.Id).OrderBy(static d => d.At).ThenBy(static d => d.Reference).Take(200).ToListAsync(cancellation).ConfigureAwait(false);
        var reports = db.RevisionReports.AsNoTracking().Where(r => r.RevisionId == revision.Id);
        var report = decision.ReportId is { } id
            ? await reports.FirstOrDefaultAsync(r => r.Id == id, cancellation).ConfigureAwait(false)
            : await reports.OrderByDescending(static r => r.CreatedAt).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        return new ReportFile(decision, revision, repository, history, report);
    }

    /// <summary>A revision by its id or by the reference of any decision about it.</summary>
    public static async Task<Revision?> FindRevisionAsync(HubDb db, string text, CancellationToken cancellation)
    {
        if (!Guid.TryParse(text, CultureInfo.InvariantCulture, out var id))
        {
            if (!HubIds.IsReference(text))
                return null;
            var reference = text.ToUpperInvariant();
            id = await db.RevisionDecisions.AsNoTracking().Where(d => d.Reference == reference).Select(static d => d.RevisionId).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        }

        return await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, cancellation).ConfigureAwait(false);
    }

    private static async Task<Repository?> VisibleAsync(HubDb db, Principal who, Revision revision, CancellationToken cancellation) =>
        await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false) is { } repository
        && AccessRules.Allows(who, HubAction.ReadMetadata, RepositoryAccess.Of(repository)) ? repository : null;
}
