namespace Assay.Formats;

/// <summary>A member of a tar archive.</summary>
public sealed class TarEntry
{
    /// <summary>Name, with GNU and pax extensions applied.</summary>
    public required string Name { get; init; }

    /// <summary>The name, safe to print.</summary>
    public required string ShownName { get; init; }

    /// <summary>Type flag; <c>'0'</c> for a regular file in all its spellings.</summary>
    public required char Type { get; init; }

    /// <summary>Target of a link; empty otherwise.</summary>
    public string LinkName { get; init; } = "";

    /// <summary>Mode bits.</summary>
    public int Mode { get; init; }

    /// <summary>Offset of its header.</summary>
    public required long HeaderOffset { get; init; }

    /// <summary>Offset of its data.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Bytes of its data in the archive.</summary>
    public required long Size { get; init; }

    /// <summary>Stored with holes: the data is not what is unpacked.</summary>
    public bool IsSparse { get; init; }

    /// <summary>Carries content.</summary>
    public bool IsFile => Type is '0';
}

/// <summary>Facts of a tar archive.</summary>
public sealed class TarFacts : ArchiveFacts
{
    private ByteSource? _source;

    /// <summary>Members in the order of the bytes.</summary>
    public List<TarEntry> Entries { get; } = [];

    /// <summary>Bytes behind the archive.</summary>
    public List<SlackRegion> Slack { get; } = [];

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            if (_source is not { } source)
                yield break;
            foreach (var entry in Entries)
            {
                if (entry.Size == 0 && !entry.IsFile)
                    continue;
                yield return new ChildArtifact(entry.ShownName, ChildRole.Member, entry.DataOffset, _ => new SliceByteSource(source, entry.DataOffset, entry.Size))
                {
                    Length = entry.Size,
                    Speculative = !entry.IsFile,
                };
            }

            foreach (var slack in Slack)
            {
                yield return new ChildArtifact(slack.Name, ChildRole.Slack, slack.Offset, _ => new SliceByteSource(source, slack.Offset, slack.Length))
                {
                    Length = slack.Length,
                    Speculative = true,
                };
            }
        }
    }

    internal void Attach(ByteSource source) => _source = source;
}

/// <summary>Tells which model format a tar archive is, from its members alone.</summary>
public static class TarFlavour
{
    /// <summary>The checkpoints of PyTorch before 0.1.10 hold <c>sys_info</c>, <c>pickle</c>, <c>storages</c> and <c>tensors</c> (<c>torch/serialization.py</c>, <c>legacy_load</c>).</summary>
    public static FormatId Of(TarFacts facts)
    {
        var found = 0;
        foreach (var entry in facts.Entries)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            found |= name switch { "pickle" => 1, "storages" => 2, "tensors" => 4, "sys_info" => 8, _ => 0 };
        }

        // The loader asks for storages, tensors and pickle.
        return (found & 7) == 7 ? FormatId.PyTorchTar : FormatId.Tar;
    }
}
