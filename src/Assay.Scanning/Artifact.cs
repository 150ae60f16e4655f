using Assay.Formats;

namespace Assay.Scanning;

/// <summary>A node of the tree that one artifact opens into: the file itself, a member, a decoded constant.</summary>
public sealed class Artifact
{
    /// <summary>File name of the top-level artifact, without folders; the last component of <see cref="Member"/> below it.</summary>
    public required string Name { get; init; }

    /// <summary>Path below the artifact, levels joined by <c>!</c>; null at the top.</summary>
    public string? Member { get; init; }

    /// <summary>The node that this one lies in.</summary>
    public Artifact? Parent { get; init; }

    /// <summary>How it relates to its parent.</summary>
    public ChildRole Role { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; set; }

    /// <summary>What it is; the strongest recognition when there are several.</summary>
    public FormatId Format { get; set; } = FormatId.Unknown;

    /// <summary>All formats that it was read as, with the facts of each.</summary>
    public List<(FormatId Format, ArtifactFacts Facts)> Readings { get; } = [];

    /// <summary>Nodes inside.</summary>
    public List<Artifact> Children { get; } = [];

    /// <summary>What its text is written in; <see cref="CodeLanguage.None"/> where it is no text.</summary>
    public CodeLanguage Language { get; set; }

    /// <summary>The facts of type <typeparamref name="T"/>, where it was read as such.</summary>
    public T? FactsOf<T>()
        where T : ArtifactFacts
    {
        foreach (var (_, facts) in Readings)
        {
            if (facts is T wanted)
                return wanted;
        }

        return null;
    }
}
