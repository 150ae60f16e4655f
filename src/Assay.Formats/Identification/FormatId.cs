namespace Assay.Formats;

/// <summary>What a format can do to the one who opens it (<c>docs/formats.md</c>).</summary>
public enum FormatClass
{
    /// <summary>Data: nothing in it runs.</summary>
    Inert,

    /// <summary>A graph or template program that the model's runtime interprets.</summary>
    Program,

    /// <summary>Runs code when it is loaded, by design (pickle and its carriers).</summary>
    CodeOnLoad,

    /// <summary>Machine code or a script that the operating system or a language runs.</summary>
    Executable,

    /// <summary>A container or codec; what counts is what it holds.</summary>
    Container,

    /// <summary>Not recognised.</summary>
    Unknown,
}

/// <summary>A format by its stable name, as reports show it (<c>pytorch-zip</c>).</summary>
/// <param name="Name">Lower case, words joined by <c>-</c>; never renamed.</param>
/// <param name="Class">What it can do.</param>
public sealed partial record FormatId(string Name, FormatClass Class)
{
    /// <summary>A stream of pickle opcodes, protocols 0 to 5.</summary>
    public static FormatId Pickle { get; } = new("pickle", FormatClass.CodeOnLoad);

    /// <summary>A pickle with raw arrays in its stream, as joblib writes.</summary>
    public static FormatId Joblib { get; } = new("joblib", FormatClass.CodeOnLoad);

    /// <summary>PyTorch checkpoint since 1.6: a ZIP with <c>data.pkl</c>.</summary>
    public static FormatId PyTorchZip { get; } = new("pytorch-zip", FormatClass.CodeOnLoad);

    /// <summary>TorchScript archive: a ZIP with <c>constants.pkl</c> and <c>code/</c>.</summary>
    public static FormatId TorchScript { get; } = new("torchscript", FormatClass.CodeOnLoad);

    /// <summary>PyTorch checkpoint before 1.6: five pickles, then storages.</summary>
    public static FormatId PyTorchLegacy { get; } = new("pytorch-legacy", FormatClass.CodeOnLoad);

    /// <summary>PyTorch checkpoint before 0.1.10: a tar with <c>pickle</c>, <c>storages</c>, <c>tensors</c>.</summary>
    public static FormatId PyTorchTar { get; } = new("pytorch-tar", FormatClass.CodeOnLoad);

    /// <summary>NumPy array file.</summary>
    public static FormatId Numpy { get; } = new("numpy", FormatClass.Inert);

    /// <summary>NumPy archive: a ZIP of arrays.</summary>
    public static FormatId Npz { get; } = new("npz", FormatClass.Container);

    /// <summary>ZIP archive.</summary>
    public static FormatId Zip { get; } = new("zip", FormatClass.Container);

    /// <summary>tar archive (ustar, GNU, pax, V7).</summary>
    public static FormatId Tar { get; } = new("tar", FormatClass.Container);

    /// <summary>gzip stream (RFC 1952).</summary>
    public static FormatId Gzip { get; } = new("gzip", FormatClass.Container);

    /// <summary>zlib stream (RFC 1950).</summary>
    public static FormatId Zlib { get; } = new("zlib", FormatClass.Container);

    /// <summary>joblib's early zlib file: <c>ZF</c>, a hexadecimal length, a zlib stream.</summary>
    public static FormatId JoblibZfile { get; } = new("joblib-zfile", FormatClass.Container);

    /// <summary>A marshalled Python code object, with or without a <c>.pyc</c> header.</summary>
    public static FormatId PythonBytecode { get; } = new("python-bytecode", FormatClass.Executable);

    /// <summary>UTF-8 (or UTF-16 with mark) text of any language.</summary>
    public static FormatId Text { get; } = new("text", FormatClass.Inert);

    /// <summary>Zero bytes.</summary>
    public static FormatId Empty { get; } = new("empty", FormatClass.Inert);

    /// <summary>Raw tensor data of a checkpoint.</summary>
    public static FormatId RawTensor { get; } = new("raw-tensor", FormatClass.Inert);

    /// <summary>A binary that is nothing known.</summary>
    public static FormatId Unknown { get; } = new("unknown", FormatClass.Unknown);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>How sure a recognition is.</summary>
public enum MatchStrength
{
    /// <summary>Not this format.</summary>
    None,

    /// <summary>Possible; counts when no other format matches better, or when reading confirms it.</summary>
    Weak,

    /// <summary>A signature that does not occur by chance, or a trial run that succeeded.</summary>
    Strong,
}

/// <summary>A recognition: how sure, and where the format starts.</summary>
/// <param name="Strength">How sure.</param>
/// <param name="Start">Offset of the format's first byte (a ZIP may follow other data).</param>
public readonly record struct FormatMatch(MatchStrength Strength, long Start = 0)
{
    /// <summary>Not this format.</summary>
    public static FormatMatch None => default;

    /// <summary>Possibly this format.</summary>
    public static FormatMatch Weak => new(MatchStrength.Weak);

    /// <summary>Surely this format.</summary>
    public static FormatMatch Strong => new(MatchStrength.Strong);
}

/// <summary>The first and last bytes of an artifact, read once and shown to every reader.</summary>
public readonly ref struct FileEdges
{
    /// <summary>Bytes of <see cref="Head"/> at most.</summary>
    public const int HeadSize = 4096;

    /// <summary>Bytes of <see cref="Tail"/> at most: a ZIP end record with the longest comment.</summary>
    public const int TailSize = 65557;

    /// <summary>Creates the edges of an artifact of <paramref name="length"/> bytes.</summary>
    public FileEdges(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length)
    {
        Head = head;
        Tail = tail;
        Length = length;
    }

    /// <summary>The first bytes.</summary>
    public ReadOnlySpan<byte> Head { get; }

    /// <summary>The last bytes; overlaps the head in a short file; may be empty where the tail was not asked for.</summary>
    public ReadOnlySpan<byte> Tail { get; }

    /// <summary>Length of the artifact in bytes.</summary>
    public long Length { get; }

    /// <summary>Whether the artifact starts with <paramref name="signature"/>.</summary>
    public bool StartsWith(ReadOnlySpan<byte> signature) => Head.StartsWith(signature);
}
