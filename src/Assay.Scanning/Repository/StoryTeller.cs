namespace Assay.Scanning;

/// <summary>
/// Tells what would happen to the one who follows a repository, as a chain: what the text asks for, what that starts, what is fetched,
/// what it does, and what to do if it was done already.
/// </summary>
internal static class StoryTeller
{
    private const int MaxStories = 10;
    private const int MaxStepsPerFile = 6;

    /// <summary>Files that stories are sought for.</summary>
    private const int MaxEnds = 100;

    /// <summary>The stories of a repository, the worst first.</summary>
    /// <param name="map">The files and their links.</param>
    /// <param name="prefix">What reports have in front of the repository's own paths.</param>
    public static IReadOnlyList<Story> Tell(RepositoryMap map, string prefix)
    {
        var chains = new List<List<RepositoryLink>>();
        var alone = new List<RepositoryFile>();
        foreach (var file in Hostile(map))
        {
            if (Steps(file, prefix).Count == 0)
                continue;
            if (ChainTo(file, map) is { Count: > 0 } chain)
                chains.Add(chain);
            else
                alone.Add(file);
        }

        // A chain that another one goes on from is told with that one.
        chains.RemoveAll(one => chains.Exists(other => !ReferenceEquals(one, other) && other.Count > one.Count && other.Exists(l => ReferenceEquals(l.From, one[^1].To))));
        var stories = new List<Story>();
        foreach (var chain in chains)
            stories.Add(OfChain(chain, prefix));
        foreach (var file in alone)
        {
            if (!chains.Exists(c => ReferenceEquals(c[0].From, file) || c.Exists(l => ReferenceEquals(l.To, file))) && Steps(file, prefix) is { Count: > 1 } steps)
                stories.Add(new Story(Capital($"{file.Name} {Outcome(file)}"), file.Verdict, steps) { Advice = NextSteps.For(file.Findings, file.Name) });
        }

        // Stable: worst first, then the longer chain.
        var sorted = new List<Story>(stories.Count);
        foreach (var story in stories)
        {
            var at = sorted.Count;
            while (at > 0 && (story.Verdict > sorted[at - 1].Verdict || (story.Verdict == sorted[at - 1].Verdict && story.Steps.Count > sorted[at - 1].Steps.Count)))
                at--;
            sorted.Insert(at, story);
        }

        return sorted.Count <= MaxStories ? sorted : sorted.GetRange(0, MaxStories);
    }

    /// <summary>The files that a story may end at, the malicious ones first, bounded.</summary>
    private static IEnumerable<RepositoryFile> Hostile(RepositoryMap map)
    {
        var left = MaxEnds;
        for (var verdict = Verdict.Malicious; verdict >= Verdict.Suspicious; verdict--)
        {
            foreach (var file in map.Files)
            {
                if (file.Findings.Count > 0 && file.Verdict == verdict && left-- > 0)
                    yield return file;
            }
        }
    }

    private static Story OfChain(List<RepositoryLink> chain, string prefix)
    {
        var steps = new List<StoryStep>();
        foreach (var link in chain)
        {
            // Along the way: what a file does besides starting the next one.
            steps.Add(new StoryStep(prefix + link.From.Path, link.Line, Capital(link.Text), Anchor(link, chain[^1].To)));
            foreach (var extra in Steps(link.From, prefix))
            {
                if (extra.Fingerprint != steps[^1].Fingerprint && steps.Count < MaxStepsPerFile * 3)
                    steps.Add(extra);
            }
        }

        var end = chain[^1].To;
        steps.AddRange(Steps(end, prefix));
        var worst = end.Verdict;
        var findings = new List<Finding>(end.Findings);
        foreach (var link in chain)
        {
            worst = VerdictRules.Max(worst, link.From.Verdict);
            findings.AddRange(link.From.Findings);
        }

        var first = chain[0].From;
        var title = first.Language switch
        {
            CodeLanguage.Prose or CodeLanguage.Html or CodeLanguage.Notebook => $"{first.Name} leads its reader to {end.Name}, which {Outcome(end)}",
            CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.Settings => $"{first.Name} makes tools run {end.Name}, which {Outcome(end)}",
            _ => $"{first.Name} leads to {end.Name}, which {Outcome(end)}",
        };
        return new Story(title, worst, steps) { Advice = NextSteps.For(findings, chain[0].To.Name) };
    }

    /// <summary>The finding that stands for the link: the one at its line, else the file's first, else the first of where it leads, else of where the chain ends.</summary>
    private static string Anchor(RepositoryLink link, RepositoryFile end)
    {
        foreach (var finding in link.From.Findings)
        {
            if (finding.Location.Line == link.Line)
                return finding.Fingerprint;
        }

        var nearest = link.From.Findings.Count > 0 ? link.From : link.To.Findings.Count > 0 ? link.To : end;
        return nearest.Findings[0].Fingerprint;
    }

    /// <summary>What a file does, in the order in which it happens: hiding, unpacking, fetching, running, staying, stealing.</summary>
    private static List<StoryStep> Steps(RepositoryFile file, string prefix)
    {
        var told = new List<Finding>();
        foreach (var finding in file.Findings)
        {
            if (Phase(finding) < 0 || finding.Severity < Severity.Medium || !VerdictRules.Counts(finding) || told.Exists(t => t.Message == finding.Message))
                continue;
            if (told.Count < MaxStepsPerFile)
                told.Add(finding);
        }

        var ordered = new List<Finding>(told.Count);
        foreach (var finding in told)
        {
            var at = ordered.Count;
            while (at > 0 && Phase(finding) < Phase(ordered[at - 1]))
                at--;
            ordered.Insert(at, finding);
        }

        var steps = new List<StoryStep>(ordered.Count);
        foreach (var finding in ordered)
            steps.Add(new StoryStep(prefix + file.Path, finding.Location.Line, finding.Message, finding.Fingerprint));
        return steps;
    }

    /// <summary>The place of a finding in a story; -1 for what only marks a link, or says something of the file rather than of what it does.</summary>
    private static int Phase(Finding finding) => finding.Rule.Id switch
    {
        "LUR-001" or "SHL-001" or "PYC-003" when finding.Severity == Severity.Critical => -1,
        "LUR-001" or "LUR-002" or "LUR-004" or "LUR-005" or "LUR-006" => 0,
        "PYC-016" or "SHL-005" => 1,
        "PYC-011" or "SHL-003" or "PYC-012" => 2,
        "SHL-004" or "OBF-001" or "OBF-002" or "OBF-003" or "NET-003" => 3,
        "NET-001" or "NET-002" or "NET-005" or "NET-006" => 4,
        "PYC-010" or "SHL-002" or "PYC-018" or "DEP-002" => 5,
        "PYC-022" or "PYC-013" or "PYC-020" or "PYC-019" or "EXE-001" or "EXE-002" or "EXE-003" or "OFD-001" => 6,
        "PYC-015" => 7,
        "PYC-005" or "PYC-021" => 8,
        "PYC-006" or "NET-004" => 9,
        var id when id.StartsWith("PKL-", StringComparison.Ordinal) => 6,
        var id when id.StartsWith("SEC-", StringComparison.Ordinal) || id.StartsWith("NAM-", StringComparison.Ordinal) || id.StartsWith("SCN-", StringComparison.Ordinal)
            || id.StartsWith("PT-", StringComparison.Ordinal) => -1,
        _ => 5,
    };

    /// <summary>What the file does to the one who runs it, in words that follow its name.</summary>
    private static string Outcome(RepositoryFile file)
    {
        var fetches = false;
        var other = "";
        foreach (var finding in file.Findings)
        {
            if (finding.Severity < Severity.High)
                continue;
            switch (finding.Rule.Id)
            {
                case "PYC-013" or "PKL-003":
                    return "gives a stranger control of the computer";
                case "PYC-006":
                    return fetches ? "runs what it fetches from the internet and steals passwords or keys" : "steals passwords or keys";
                case "PYC-010" or "SHL-002":
                    fetches = true;
                    break;
                case "PYC-019":
                    other = "destroys files";
                    break;
                case "PYC-020":
                    other = "mines cryptocurrency";
                    break;
                case "PYC-015" when other.Length == 0:
                    other = "installs itself for good";
                    break;
                case "OBF-003" when other.Length == 0:
                    other = "runs hidden code";
                    break;
                case "SHL-003" or "PYC-011" when other.Length == 0:
                    other = "weakens the protection of the computer";
                    break;
                case var id when other.Length == 0 && id.StartsWith("PKL-", StringComparison.Ordinal):
                    other = "runs code as soon as it is loaded";
                    break;
            }
        }

        return fetches ? "runs what it fetches from the internet" : other.Length > 0 ? other : "does what a model does not need";
    }

    /// <summary>The shortest chain of links that ends at a file, from a text where there is one; empty where nothing leads to it.</summary>
    private static List<RepositoryLink> ChainTo(RepositoryFile end, RepositoryMap map)
    {
        var before = new Dictionary<RepositoryFile, RepositoryLink>();
        var queue = new Queue<RepositoryFile>();
        var seen = new HashSet<RepositoryFile>();
        foreach (var file in Entries(map))
        {
            if (!seen.Add(file))
                continue;
            queue.Enqueue(file);
            while (queue.TryDequeue(out var at))
            {
                foreach (var link in at.Links)
                {
                    if (!seen.Add(link.To))
                        continue;
                    before[link.To] = link;
                    queue.Enqueue(link.To);
                }
            }

            if (before.ContainsKey(end))
                break;
        }

        var chain = new List<RepositoryLink>();
        for (var at = end; before.TryGetValue(at, out var link) && chain.Count < 32; at = link.From)
            chain.Insert(0, link);
        Lengthen(chain);
        return chain;
    }

    /// <summary>
    /// A card often names every file of the way (<c>start.bat</c> on Windows, else <c>loader.py</c>): where what is named starts the next
    /// one as well, the whole way is told.
    /// </summary>
    private static void Lengthen(List<RepositoryLink> chain)
    {
        for (var i = 0; i < chain.Count && chain.Count < 12; i++)
        {
            var (from, to) = (chain[i].From, chain[i].To);
            foreach (var first in from.Links)
            {
                if (chain.Exists(l => ReferenceEquals(l.From, first.To) || ReferenceEquals(l.To, first.To)) || first.To.Links.Find(l => ReferenceEquals(l.To, to)) is not { } second)
                    continue;
                chain[i] = first;
                chain.Insert(i + 1, second);
                i--;
                break;
            }
        }
    }

    /// <summary>Where a reader starts: the card, other texts, then settings, then whatever nothing else leads to.</summary>
    private static IEnumerable<RepositoryFile> Entries(RepositoryMap map)
    {
        for (var rank = 0; rank < 4; rank++)
        {
            foreach (var file in map.Files)
            {
                if (file.Links.Count > 0 && EntryRank(file) == rank)
                    yield return file;
            }
        }
    }

    private static int EntryRank(RepositoryFile file)
    {
        if (file.Language is CodeLanguage.Prose or CodeLanguage.Html)
            return file.Name.StartsWith("README", StringComparison.OrdinalIgnoreCase) ? 0 : 1;
        if (file.Language is CodeLanguage.Notebook)
            return 1;
        return file.Language is CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.Settings ? 2 : file.IsReached ? 4 : 3;
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
