using System.Globalization;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Observability;

/// <summary>What waits in the hub, for <c>/metrics</c>: asked of the database, so that every process tells the same.</summary>
internal sealed class HubGauges(IDbContextFactory<HubDb> databases, IBlobStore store, TimeProvider clock) : IDisposable
{
    private static readonly RevisionState[] Waiting = [RevisionState.Received, RevisionState.Vetting];

    private readonly SemaphoreSlim _gate = new(1, 1);
    private string _text = "";
    private DateTimeOffset _until;

    /// <summary>The lines; at most five seconds old, since anybody may ask. Empty while the database does not answer.</summary>
    public async Task<string> RenderAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var now = clock.GetUtcNow();
            if (now < _until)
                return _text;
            try
            {
                _text = await AskAsync(now, cancellation).ConfigureAwait(false);
            }
            catch (System.Data.Common.DbException)
            {
                _text = "";
            }

            _until = now.AddSeconds(5);
            return _text;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<string> AskAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var waiting = await db.Revisions.CountAsync(static r => Waiting.Contains(r.State), cancellation).ConfigureAwait(false);
            var oldest = await db.Revisions.Where(static r => Waiting.Contains(r.State)).OrderBy(static r => r.ReceivedAt).Select(static r => (DateTimeOffset?)r.ReceivedAt).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
            var held = await db.Revisions.CountAsync(static r => r.State == RevisionState.Quarantined, cancellation).ConfigureAwait(false);
            var free = store.FreeBytes();
            return Line("assay_revisions_waiting", "Revisions that were not decided yet", waiting)
                + Line("assay_revisions_waiting_oldest_seconds", "Age of the oldest of them", oldest is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0)
                + Line("assay_revisions_quarantined", "Revisions that wait for a reviewer", held)
                + (free is { } bytes ? Line("assay_store_free_bytes", "Bytes that can still be stored", bytes) : "");
        }
    }

    private static string Line(string name, string help, double value) => string.Create(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value:R}\n");
}
