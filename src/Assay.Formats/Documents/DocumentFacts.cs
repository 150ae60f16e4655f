namespace Assay.Formats;

/// <summary>What a document or shortcut can do when it is opened.</summary>
public enum DocumentFeatureKind
{
    /// <summary>A macro module; its source is a child.</summary>
    Macro,

    /// <summary>A macro that runs when the document is opened or closed.</summary>
    AutoMacro,

    /// <summary>A macro project of which only the compiled form is there: what runs cannot be read.</summary>
    CompiledMacro,

    /// <summary>A sheet of Excel 4.0 macros.</summary>
    MacroSheet,

    /// <summary>Starts a program or opens a file.</summary>
    Launch,

    /// <summary>A script that runs when the document is opened.</summary>
    OpenScript,

    /// <summary>A script behind a form or page.</summary>
    Script,

    /// <summary>A file inside; a child.</summary>
    Attachment,

    /// <summary>Something that is fetched when the document is opened.</summary>
    RemoteContent,

    /// <summary>Dynamic data exchange: starts a program for a value.</summary>
    DynamicData,

    /// <summary>An embedded object; a child where it could be decoded.</summary>
    EmbeddedObject,

    /// <summary>An object of a class that is in use for exploits alone.</summary>
    ExploitObject,

    /// <summary>The command of a shortcut; a child.</summary>
    Command,

    /// <summary>An installer package.</summary>
    Installer,
}

/// <summary>One such thing.</summary>
/// <param name="Kind">What.</param>
/// <param name="Offset">Where in the file.</param>
/// <param name="Text">What it says, bounded.</param>
public sealed record DocumentFeature(DocumentFeatureKind Kind, long Offset, string Text);

/// <summary>What was understood of a document: what it can do, and the code and files inside of it.</summary>
public sealed class DocumentFacts : ArtifactFacts
{
    private const int MaxFeatures = 500;
    private const int MaxChildren = 500;
    private const int MaxText = 1_000;

    private readonly List<DocumentFeature> _features = [];
    private readonly List<ChildArtifact> _children = [];

    /// <summary>What it can do, in the order found.</summary>
    public IReadOnlyList<DocumentFeature> Features => _features;

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children => _children;

    internal void Add(DocumentFeatureKind kind, long offset, string text)
    {
        if (_features.Count < MaxFeatures)
            _features.Add(new DocumentFeature(kind, offset, text.Length <= MaxText ? text : text[..MaxText] + "…"));
    }

    internal void AddChild(string name, long offset, byte[] bytes, ChildRole role = ChildRole.Content, bool speculative = false)
    {
        if (_children.Count < MaxChildren && bytes.Length > 0)
            _children.Add(new ChildArtifact(ArchiveNames.Printable(name), role, offset, _ => new MemoryByteSource(bytes)) { Length = bytes.Length, Speculative = speculative });
    }
}

/// <summary>A reader of documents, which are read whole.</summary>
public abstract class DocumentReader : FormatReader<DocumentFacts>
{
    /// <summary>Larger documents are not read: nobody writes them.</summary>
    private const int MaxDocument = 256 << 20;

    /// <inheritdoc/>
    protected sealed override void ReadInto(DocumentFacts facts, ByteSource source, ReadScope scope)
    {
        if (source.Length > MaxDocument || !scope.Depth.ReadsWhole(source.Length))
            Malformed.Limit("read-bytes", Math.Min(MaxDocument, ReadDepth.WholeFileLimit), 0);
        if (!source.TryGetMemory(out var memory))
        {
            var bytes = new byte[source.Length];
            memory = bytes.AsMemory(0, source.ReadAt(0, bytes));
        }

        scope.Budget.ChargeRead(memory.Length, 0);
        ReadDocument(facts, memory, scope);
    }

    /// <summary>Fills the facts from the bytes.</summary>
    private protected abstract void ReadDocument(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope);

    /// <summary>Inflates a zlib or raw deflate stream, at most <paramref name="most"/> bytes; what came out before damage.</summary>
    private protected static byte[] Inflate(ReadOnlyMemory<byte> bytes, int skip, int most, WorkBudget budget)
    {
        if (bytes.Length <= skip)
            return [];
        using var spool = new Spool();
        Inflater.Inflate(new MemoryByteSource(bytes), skip, bytes.Length - skip, spool, budget, most);
        using var source = spool.ToSource();
        var result = new byte[Math.Min(source.Length, most)];
        source.ReadAt(0, result);
        return result;
    }
}
