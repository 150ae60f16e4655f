namespace Assay.Formats;

/// <summary>What reading needs besides the bytes: budget, depth of analysis and the place in the tree.</summary>
public sealed class ReadScope
{
    /// <summary>A scope at the top of an artifact.</summary>
    public ReadScope(WorkBudget budget, ReadDepth depth)
    {
        Budget = budget;
        Depth = depth;
    }

    /// <summary>The budget of the artifact, shared by all levels.</summary>
    public WorkBudget Budget { get; }

    /// <summary>How much is to be read.</summary>
    public ReadDepth Depth { get; }

    /// <summary>Nesting level, 0 for the artifact itself.</summary>
    public int Level { get; init; }

    /// <summary>The scope one level deeper.</summary>
    /// <exception cref="MalformedArtifactException">The limit <c>depth</c> was reached.</exception>
    public ReadScope Enter(long offset)
    {
        if (Level + 1 > Budget.Limits.Depth)
            Malformed.Limit("depth", Budget.Limits.Depth, offset);
        return new ReadScope(Budget, Depth) { Level = Level + 1 };
    }

    /// <summary>A forward cursor over <paramref name="source"/> that charges this budget.</summary>
    public ByteCursor Open(ByteSource source, long offset = 0) => new(source, Budget, offset);
}

/// <summary>Whole or structural reading; whole up to 64 MiB, structural above.</summary>
/// <param name="Full">Read every byte, whatever the size (<c>--full</c>).</param>
/// <param name="ArtifactLength">Bytes of the top-level artifact: its parts are read as it is.</param>
public sealed record ReadDepth(bool Full, long ArtifactLength = 0)
{
    /// <summary>Files up to this many bytes are read whole.</summary>
    public const long WholeFileLimit = 64L << 20;

    /// <summary>Whether a part of this many bytes is read whole.</summary>
    public bool ReadsWhole(long length) => Full || Math.Max(ArtifactLength, length) <= WholeFileLimit;
}

/// <summary>Reads one format. Stateless; registered in <see cref="FormatCatalog"/>.</summary>
public abstract class FormatReader
{
    /// <summary>The format that it reads.</summary>
    public abstract FormatId Id { get; }

    /// <summary>Says from content alone whether the bytes are of this format. Names are never asked.</summary>
    public abstract FormatMatch Recognise(in FileEdges edges);

    /// <summary>Reads the facts; trouble is recorded in them. Passes on cancellation and faults of the source only.</summary>
    public abstract ArtifactFacts Read(ByteSource source, ReadScope scope);
}

/// <summary>A reader with its facts type: creates the facts, runs <see cref="ReadInto"/>, and turns the only failure into a <see cref="Malformation"/>.</summary>
public abstract class FormatReader<TFacts> : FormatReader
    where TFacts : ArtifactFacts, new()
{
    /// <inheritdoc/>
    public sealed override ArtifactFacts Read(ByteSource source, ReadScope scope)
    {
        var facts = new TFacts();
        try
        {
            ReadInto(facts, source, scope);
        }
        catch (MalformedArtifactException e)
        {
            facts.Note(e.Malformation);
        }

        return facts;
    }

    /// <summary>Fills <paramref name="facts"/> in the order of the bytes.</summary>
    /// <exception cref="MalformedArtifactException">The bytes are not what the format says; what was read stays.</exception>
    protected abstract void ReadInto(TFacts facts, ByteSource source, ReadScope scope);
}
