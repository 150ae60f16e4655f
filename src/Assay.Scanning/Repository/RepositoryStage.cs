namespace Assay.Scanning;

/// <summary>What is said of a repository as a whole.</summary>
/// <param name="Findings">Findings that belong to no single file.</param>
/// <param name="Stories">Chains of findings.</param>
internal sealed record RepositoryReport(IReadOnlyList<Finding> Findings, IReadOnlyList<Story> Stories);

/// <summary>
/// Reads a repository as the person would who is about to follow it: connects what texts ask for with what the files do that they name,
/// raises what leads to harm, and tells it as stories.
/// </summary>
internal static class RepositoryStage
{
    /// <summary>Judges the artifacts of one target together. Reports whose findings change are replaced in <paramref name="artifacts"/>.</summary>
    /// <param name="kind">A cache holds several repositories, everything else is one.</param>
    /// <param name="artifacts">All reports of the scan.</param>
    /// <param name="members">Indices of the target's own, in the order of their paths.</param>
    public static RepositoryReport Apply(TargetKind kind, ArtifactReport[] artifacts, IReadOnlyList<int> members)
    {
        var findings = new List<Finding>();
        var stories = new List<Story>();
        foreach (var (prefix, own) in Repositories(kind, artifacts, members))
        {
            FindTwins(artifacts, own, findings);
            if (!HasStory(artifacts, own))
                continue;
            var map = new RepositoryMap(artifacts, own, prefix);
            ReachRaising.Apply(map, artifacts);
            stories.AddRange(StoryTeller.Tell(map, prefix));
        }

        return new RepositoryReport(findings, stories);
    }

    /// <summary>Paths that Windows and macOS cannot tell apart: one of the files takes the place of the other when the repository is fetched.</summary>
    private static void FindTwins(ArtifactReport[] artifacts, IReadOnlyList<int> members, List<Finding> findings)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var index in members)
        {
            var path = artifacts[index].Path;
            if (seen.TryAdd(path, path) || seen[path] == path || findings.Count >= FindingSink.MaxPerRule)
                continue;
            findings.Add(new Finding
            {
                Rule = NameRules.DeceptiveName,
                Severity = Severity.High,
                Confidence = Confidence.High,
                Message = $"{Formats.PicklePrinter.Quote(seen[path])} and {Formats.PicklePrinter.Quote(path)} are one file on Windows and macOS: which of them is there depends on chance",
                Evidence = $"{seen[path]} / {path}",
                Effect = Effect.Use,
                Location = new Location(path, null, null),
                Advice = NameRules.DeceptiveName.Advice,
            });
        }
    }

    private static bool HasStory(ArtifactReport[] artifacts, IReadOnlyList<int> members)
    {
        foreach (var index in members)
        {
            if (artifacts[index].Verdict >= Verdict.Suspicious)
                return true;
        }

        return false;
    }

    /// <summary>The repositories of a target: of a cache, each snapshot is one.</summary>
    private static IEnumerable<(string Prefix, IReadOnlyList<int> Members)> Repositories(TargetKind kind, ArtifactReport[] artifacts, IReadOnlyList<int> members)
    {
        if (kind != TargetKind.Cache)
        {
            yield return ("", members);
            yield break;
        }

        var current = "";
        var own = new List<int>();
        foreach (var index in members)
        {
            var prefix = SnapshotOf(artifacts[index].Path);
            if (prefix != current && own.Count > 0)
            {
                yield return (current, own);
                own = [];
            }

            current = prefix;
            own.Add(index);
        }

        if (own.Count > 0)
            yield return (current, own);
    }

    // models--o--n/snapshots/revision/
    private static string SnapshotOf(string path)
    {
        var at = 0;
        for (var parts = 0; parts < 3; parts++)
        {
            var slash = path.IndexOf('/', at);
            if (slash < 0)
                return "";
            at = slash + 1;
        }

        return path[..at];
    }
}
