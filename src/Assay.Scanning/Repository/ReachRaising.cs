namespace Assay.Scanning;

/// <summary>
/// Raises what leads to harm: a script that starts a malicious one is as bad as it, and a text that asks its reader to run it is part of
/// the attack. What leads to a suspicious file is only marked.
/// </summary>
internal static class ReachRaising
{
    /// <summary>Adds or raises findings along every link that ends at harm, from the harm backwards.</summary>
    public static void Apply(RepositoryMap map, ArtifactReport[] artifacts)
    {
        var changed = new HashSet<int>();
        var pending = new Queue<RepositoryFile>();
        var incoming = new Dictionary<RepositoryFile, List<RepositoryLink>>();
        foreach (var file in map.Files)
        {
            foreach (var link in file.Links)
            {
                if (!incoming.TryGetValue(link.To, out var list))
                    incoming.Add(link.To, list = []);
                list.Add(link);
            }

            if (IsHarm(file))
                pending.Enqueue(file);
        }

        var seen = new HashSet<RepositoryFile>(pending);
        while (pending.TryDequeue(out var harm))
        {
            if (!incoming.TryGetValue(harm, out var links))
                continue;
            foreach (var link in links)
            {
                // An import is followed and not held against the file: a library imports itself from everywhere.
                var follows = link.Text.StartsWith("imports ", StringComparison.Ordinal) || link.Text.StartsWith("refers ", StringComparison.Ordinal);
                if (!follows && Raise(link, artifacts[link.From.Artifact].Path))
                    changed.Add(link.From.Artifact);
                if (seen.Add(link.From) && (follows || IsHarm(link.From)))
                    pending.Enqueue(link.From);
            }
        }

        foreach (var file in map.Files)
        {
            if (Lower(file))
                changed.Add(file.Artifact);
        }

        foreach (var index in changed)
            Replace(map, artifacts, index);
    }

    /// <summary>A text that asks to start a script which is here, and does nothing wrong, asks for what honest projects ask for.</summary>
    private static bool Lower(RepositoryFile file)
    {
        var lowered = false;
        for (var i = 0; i < file.Findings.Count; i++)
        {
            var finding = file.Findings[i];
            if (finding.Rule != LureRules.RunScript || finding.Severity != Severity.High)
                continue;
            var links = file.Links.FindAll(l => l.ByReader && l.Line == finding.Location.Line);
            if (links.Count == 0 || links.Exists(static l => l.To.Verdict >= Verdict.Suspicious || l.To.Language == CodeLanguage.None))
                continue;
            file.Findings[i] = finding with { Severity = Severity.Low, Message = finding.Message + "; the script is here and does nothing unusual" };
            lowered = true;
        }

        return lowered;
    }

    /// <summary>Whether running or loading the file does certain harm: a secret that lies about in it is none.</summary>
    public static bool IsHarm(RepositoryFile file)
    {
        foreach (var finding in file.Findings)
        {
            if (finding.Severity == Severity.Critical && finding.Confidence >= Confidence.High && VerdictRules.Counts(finding))
                return true;
        }

        return false;
    }

    /// <summary>The finding that stands for a link, in a form that the target's harm makes worth reading.</summary>
    private static bool Raise(RepositoryLink link, string path)
    {
        var (rule, message) = link.From.Language switch
        {
            // Showing how to load a model is what every card does; it is told, and accuses nobody.
            CodeLanguage.Prose or CodeLanguage.Html when link.Text.StartsWith("shows", StringComparison.Ordinal) || link.Text.StartsWith("refers", StringComparison.Ordinal) => (null, ""),
            CodeLanguage.Prose or CodeLanguage.Html or CodeLanguage.Notebook when link.ByReader => (LureRules.RunScript, $"The text {link.Text}, and that does harm"),
            CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.Settings => (null, ""),
            CodeLanguage.Python or CodeLanguage.JavaScript or CodeLanguage.Perl or CodeLanguage.VbScript or CodeLanguage.Notebook => (CodeRules.StartsPrograms, $"The code {link.Text}, and that does harm"),
            CodeLanguage.None => (null, ""),
            _ => (ScriptRules.ScriptFile, $"The script {link.Text}, and that does harm"),
        };
        if (rule is null || link.Text.Contains("loads the model", StringComparison.Ordinal))
            return false;
        foreach (var known in link.From.Findings)
        {
            if (known.Rule == rule && known.Location.Line == link.Line && known.Severity == Severity.Critical)
                return false;
        }

        link.From.Findings.RemoveAll(f => f.Rule == rule && f.Location.Line == link.Line);
        link.From.Findings.Insert(0, new Finding
        {
            Rule = rule,
            Severity = Severity.Critical,
            Confidence = Confidence.High,
            Message = message,
            Evidence = $"line {link.Line}: {link.Text}",
            Effect = Effect.Use,
            Location = new Location(path, link.From.Traits!.Member, null, link.Line, 1),
            Advice = rule.Advice,
        });
        return true;
    }

    private static void Replace(RepositoryMap map, ArtifactReport[] artifacts, int index)
    {
        var findings = new List<Finding>();
        foreach (var file in map.Files)
        {
            if (file.Artifact == index)
                findings.AddRange(file.Findings);
        }

        FindingOrder.Sort(findings);
        artifacts[index] = artifacts[index] with { Findings = findings, Verdict = VerdictRules.Of(findings, artifacts[index].Incomplete) };
    }
}
