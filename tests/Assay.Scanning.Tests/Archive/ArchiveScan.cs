using Assay.Formats;

namespace Assay.Scanning.Tests.Archive;

/// <summary>Walks an archive as the scanner does, with the archive detector alone.</summary>
internal static class ArchiveScan
{
    internal static IReadOnlyList<Finding> Findings(byte[] bytes, string name = "model.pt") => Findings(new MemoryByteSource(bytes), name);

    internal static IReadOnlyList<Finding> Findings(ByteSource source, string name)
    {
        var sink = new FindingSink(name);
        var scope = new DetectionScope(sink, new ScanOptions(), new HashSet<string>()) { Budget = new WorkBudget(new WorkLimits()), Path = name };
        Walk(source, new Artifact { Name = name }, new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(false)), scope);
        return sink.Findings;
    }

    /// <summary>What would make a file suspicious or count together with others.</summary>
    internal static string[] Serious(byte[] bytes, string name = "model.pt") =>
        [.. Findings(bytes, name).Where(f => f.Severity >= Severity.Medium).Select(f => $"{f.Rule.Id} {f.Severity}/{f.Confidence} {f.Evidence}")];

    private static void Walk(ByteSource source, Artifact artifact, ReadScope read, DetectionScope scope)
    {
        var detector = new ArchiveDetector();
        foreach (var (reader, match) in FormatIdentifier.Identify(source, read).Matches)
        {
            if (match.Strength != MatchStrength.Strong || reader.Id.Class is not (FormatClass.Container or FormatClass.Inert))
                continue;
            var facts = reader.Read(source, read);
            artifact.Readings.Add((reader.Id, facts));
            detector.Inspect(artifact, scope);
            foreach (var child in facts.Children)
            {
                try
                {
                    var deeper = read.Enter(child.Offset);
                    using var content = child.Open(deeper);
                    var member = artifact.Member is null ? child.Name : $"{artifact.Member}!{child.Name}";
                    Walk(content, new Artifact { Name = child.Name, Member = member, Parent = artifact, Role = child.Role }, deeper, scope);
                }
                catch (MalformedArtifactException)
                {
                    // A gap, which the scanner reports; here only oddities count.
                }
            }

            detector.InspectTree(artifact, scope);
        }
    }
}
