using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Turns facts into findings. Stateless; registered in <see cref="DetectorCatalog"/>.</summary>
public abstract class Detector
{
    /// <summary>The rules that it can report.</summary>
    public abstract IReadOnlyList<Rule> Rules { get; }

    /// <summary>Called for each node once it was read, before its children.</summary>
    public virtual void Inspect(Artifact artifact, DetectionScope scope)
    {
    }

    /// <summary>Called for each node after all its children, for what only the whole shows.</summary>
    public virtual void InspectTree(Artifact artifact, DetectionScope scope)
    {
    }
}

/// <summary>A detector of one kind of facts.</summary>
public abstract class Detector<TFacts> : Detector
    where TFacts : ArtifactFacts
{
    /// <inheritdoc/>
    public sealed override void Inspect(Artifact artifact, DetectionScope scope)
    {
        foreach (var (_, facts) in artifact.Readings)
        {
            if (facts is TFacts wanted)
                Inspect(wanted, artifact, scope);
        }
    }

    /// <summary>Looks at the facts of one reading.</summary>
    protected abstract void Inspect(TFacts facts, Artifact artifact, DetectionScope scope);
}

/// <summary>What detectors of one artifact share.</summary>
/// <param name="Findings">Where findings go.</param>
/// <param name="Options">Settings of the scan, with the operator's trusted modules.</param>
/// <param name="Siblings">Names of the modules (files and folders) beside the artifact, which a loader could import; empty when unknown.</param>
public sealed record DetectionScope(FindingSink Findings, ScanOptions Options, IReadOnlySet<string> Siblings)
{
    private readonly List<FileTraits> _traits = [];
    private readonly Dictionary<string, FileTraits> _byMember = new(StringComparer.Ordinal);

    /// <summary>Gaps that a detector discovers (an argument that was too large to follow).</summary>
    public List<Incompleteness> Gaps { get; } = [];

    /// <summary>The budget of the artifact.</summary>
    public required WorkBudget Budget { get; init; }

    /// <summary>The beginnings of foreign content that were seen while all bytes of the artifact went by; empty where they did not.</summary>
    public IReadOnlyList<ForeignContent> Foreign { get; init; } = [];

    /// <summary>Path of the artifact relative to its target, with <c>/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What the texts of the artifact contribute to the story of the repository.</summary>
    internal IReadOnlyList<FileTraits> Traits => _traits;

    /// <summary>The traits of a node, made on first use.</summary>
    internal FileTraits TraitsOf(Artifact artifact)
    {
        if (_byMember.TryGetValue(artifact.Member ?? "", out var known))
            return known;
        var traits = new FileTraits(artifact.Member, artifact.Language);
        _byMember.Add(artifact.Member ?? "", traits);
        _traits.Add(traits);
        return traits;
    }

    /// <summary>Ends the work on a node: what its traits need of its text is taken, so that the text can go.</summary>
    internal void Settle(Artifact artifact, SourceText source)
    {
        if (_byMember.TryGetValue(artifact.Member ?? "", out var known))
            known.Settle(source);
    }
}
