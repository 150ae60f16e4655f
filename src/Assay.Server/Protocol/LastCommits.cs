using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Server.Web;

namespace Assay.Server.Protocol;

/// <summary>Finds the commit that last changed a path: along the first parents, as long as the path has the same id there.</summary>
internal static class LastCommits
{
    private const int MaxCommits = 2000;

    /// <summary>For each path, the commit that brought its present content.</summary>
    public static async Task<Dictionary<string, Revision>> OfAsync(HubCall call, Repository repository, Revision revision, RevisionTree tree, IReadOnlyList<string> paths)
    {
        var history = await ReadSlices.HistoryAsync(call, repository, revision).ConfigureAwait(false);
        var trees = call.Get<RevisionTrees>();
        var found = new Dictionary<string, Revision>(StringComparer.Ordinal);
        var open = paths.ToDictionary(static p => p, p => IdOf(tree, p), StringComparer.Ordinal);
        for (var i = 0; i < history.Count && open.Count > 0; i++)
        {
            // What is older than can be looked through is told with the oldest commit that was.
            var older = i + 1 < history.Count && i < MaxCommits ? await trees.ReadAsync(call.Db, history[i + 1].TreeId, call.Cancellation).ConfigureAwait(false) : null;
            foreach (var (path, id) in open.ToArray())
            {
                if (older is not null && IdOf(older, path) == id)
                    continue;
                found[path] = history[i];
                open.Remove(path);
            }
        }

        return found;
    }

    private static string? IdOf(RevisionTree tree, string path) => tree.Find(path)?.Id ?? (tree.Folders.TryGetValue(path, out var id) ? id : null);
}
