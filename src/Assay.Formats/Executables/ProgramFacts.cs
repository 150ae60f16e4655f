namespace Assay.Formats;

/// <summary>A part of a program in the file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Offset in the file.</param>
/// <param name="Size">Bytes in the file.</param>
/// <param name="IsCode">It is run.</param>
/// <param name="IsWritable">It can be changed while it runs.</param>
/// <param name="Entropy">Bits a byte, of the first mebibyte; 8 is noise.</param>
public sealed record ProgramSection(string Name, long Offset, long Size, bool IsCode, bool IsWritable, double Entropy);

/// <summary>What the headers of a program say.</summary>
public sealed class ProgramFacts : ArtifactFacts
{
    private readonly List<ProgramSection> _sections = [];
    private readonly List<string> _marks = [];

    /// <summary>The sections, in the order of the header.</summary>
    public IReadOnlyList<ProgramSection> Sections => _sections;

    /// <summary>What was found in its structure that hides code, in words.</summary>
    public IReadOnlyList<string> Marks => _marks;

    /// <summary>A library rather than a program to start.</summary>
    public bool IsLibrary { get; internal set; }

    /// <summary>It has a signature; whose, and whether it is valid, is not checked.</summary>
    public bool HasSignature { get; internal set; }

    /// <summary>Code of .NET.</summary>
    public bool IsManaged { get; internal set; }

    /// <summary>What made it, where that is an installer or a bundler of scripts; null otherwise.</summary>
    public string? Bundler { get; internal set; }

    internal void Add(ProgramSection section) => _sections.Add(section);

    internal void Mark(string mark)
    {
        if (!_marks.Contains(mark))
            _marks.Add(mark);
    }
}

/// <summary>Reads the headers of programs. Damage is no gap: what it is was told by its signature, and nothing of it is run.</summary>
public abstract class ProgramReader : FormatReader<ProgramFacts>
{
    private const int MaxSample = 1 << 20;
    private const int MaxSearch = 64 << 20;

    private static readonly (byte[] Sign, string Name)[] Bundlers =
    [
        ([.. "MEI"u8, 0x0C, 0x0B, 0x0A, 0x0B, 0x0E], "PyInstaller"),
        ([.. "Inno Setup Setup Data"u8], "Inno Setup"),
        ([0xEF, 0xBE, 0xAD, 0xDE, .. "NullsoftInst"u8], "NSIS"),
        ([.. "AU3!EA06"u8], "AutoIt"),
        ([.. "PYTHONSCRIPT"u8, 0], "py2exe"),
        ([.. "AppImageKit"u8], "AppImage"),
    ];

    /// <inheritdoc/>
    protected sealed override void ReadInto(ProgramFacts facts, ByteSource source, ReadScope scope)
    {
        try
        {
            ReadHeaders(facts, source, scope);
        }
        catch (MalformedArtifactException e) when (e.Malformation.Kind is MalformationKind.Truncated or MalformationKind.Invalid)
        {
            // The system would not start it; the signature stands.
        }
    }

    /// <summary>Reads what the format's headers say.</summary>
    private protected abstract void ReadHeaders(ProgramFacts facts, ByteSource source, ReadScope scope);

    /// <summary>Entropy of the beginning of a part.</summary>
    private protected static double EntropyOf(ByteSource source, long offset, long size, WorkBudget budget)
    {
        var sample = new byte[(int)Math.Clamp(Math.Min(size, source.Length - offset), 0, MaxSample)];
        var n = source.ReadAt(offset, sample);
        budget.ChargeRead(n, offset);
        if (n == 0)
            return 0;
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (var b in sample.AsSpan(0, n))
            counts[b]++;
        var bits = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
                bits -= count / (double)n * Math.Log2(count / (double)n);
        }

        return bits;
    }

    /// <summary>The bundler that left its sign in the file.</summary>
    private protected static string? BundlerOf(ByteSource source, ReadScope scope)
    {
        if (source.Length > MaxSearch || !source.TryGetMemory(out var memory))
            return null;
        scope.Budget.ChargeElements(memory.Length >> 8, 0);
        foreach (var (sign, name) in Bundlers)
        {
            if (memory.Span.IndexOf(sign) >= 0)
                return name;
        }

        return null;
    }

    /// <summary>Whether all of the words occur, each ended by a zero byte as names of imported functions are.</summary>
    private protected static bool HasAll(ByteSource source, params ReadOnlySpan<string> words)
    {
        if (source.Length > MaxSearch || !source.TryGetMemory(out var memory))
            return false;
        foreach (var word in words)
        {
            if (memory.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(word + "\0")) < 0)
                return false;
        }

        return true;
    }
}
