using System.Text;
using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>A tensor and the place of its bytes.</summary>
/// <param name="Name">Its name in the file; no part of the digest.</param>
/// <param name="Type">Element type.</param>
/// <param name="Extents">Extents, the slowest first.</param>
/// <param name="Offset">Offset of its first byte.</param>
/// <param name="Length">Bytes.</param>
public sealed record TensorPlace(string Name, TensorType Type, IReadOnlyList<long> Extents, long Offset, long Length)
{
    /// <summary>Elements, the product of the extents.</summary>
    public long Elements { get; } = TensorLayout.Product(Extents);

    /// <summary>Offset behind its last byte.</summary>
    public long End => Offset + Length;
}

/// <summary>
/// Where the tensors of a file lie, by format: safetensors, GGUF, ONNX initialisers (in the file or in a data file beside it) and the stored
/// storages of PyTorch archives. A layout that contradicts itself is none: nothing is hashed twice and nothing out of bounds.
/// </summary>
public sealed class TensorLayout
{
    /// <summary>Smaller tensors match everywhere and are left out.</summary>
    public const int MinElements = 1024;

    private const int MaxRank = 64;
    private const int MaxTypeName = 24;

    /// <summary>The first that recognises a file decides, as it does for one that is still arriving.</summary>
    private static readonly FormatReader[] Readers = [new GgufReader(), new SafetensorsReader(), new OnnxReader(), new ZipReader()];

    private TensorLayout(IReadOnlyList<TensorPlace> tensors, int unknown, long end)
    {
        Tensors = tensors;
        Unknown = unknown;
        End = end;
    }

    /// <summary>Tensors of at least <see cref="MinElements"/> elements by their offsets; they do not overlap.</summary>
    public IReadOnlyList<TensorPlace> Tensors { get; }

    /// <summary>Tensors that are there and not understood: of unknown types, compressed, or with elements of another byte order.</summary>
    public int Unknown { get; }

    /// <summary>Offset behind the last tensor, small ones included.</summary>
    public long End { get; }

    /// <summary>Bytes of all <see cref="Tensors"/>.</summary>
    public long Bytes => Tensors.Sum(static t => t.Length);

    /// <summary>Reads the headers of a file; null when it is none with tensors, or contradicts itself.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Charged for what is read.</param>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    /// <exception cref="OperationCanceledException">The budget's scan was cancelled.</exception>
    public static TensorLayout? Read(ByteSource source, WorkBudget budget)
    {
        try
        {
            using var edges = EdgeBuffer.Read(source, budget);
            foreach (var reader in Readers)
            {
                // PyTorch takes a file for an archive only by its first bytes.
                if (reader.Recognise(edges.Edges).Strength != MatchStrength.Strong || (reader is ZipReader && !edges.Edges.StartsWith("PK"u8)))
                    continue;
                var facts = reader.Read(source, new ReadScope(budget, new ReadDepth(Full: false, source.Length)));
                return facts is ZipFacts zip ? OfTorch(zip, source) : Of(facts, source.Length);
            }
        }
        catch (MalformedArtifactException)
        {
            // A limit was reached before anything was read.
        }

        return null;
    }

    /// <summary>The layout that facts describe; null when they describe none, or contradict themselves.</summary>
    /// <param name="facts">Facts of safetensors, GGUF or ONNX; of ONNX the tensors inside of the file.</param>
    /// <param name="length">Bytes of the file.</param>
    public static TensorLayout? Of(ArtifactFacts facts, long length) => facts switch
    {
        SafetensorsFacts safetensors => OfSafetensors(safetensors, length),
        GgufFacts gguf => OfGguf(gguf, length),
        OnnxFacts onnx => OfOnnx(onnx, location: null, length),
        _ => null,
    };

    /// <summary>The layout of a data file beside an ONNX model.</summary>
    /// <param name="model">Facts of the model.</param>
    /// <param name="location">Name of the data file as the model writes it.</param>
    /// <param name="length">Bytes of the data file.</param>
    public static TensorLayout? OfExternalData(OnnxFacts model, string location, long length) => OfOnnx(model, location, length);

    internal static long Product(IReadOnlyList<long> extents)
    {
        long product = 1;
        foreach (var extent in extents)
        {
            if (extent < 0 || (extent > 0 && product > long.MaxValue / 64 / extent))
                return -1;
            product *= extent;
        }

        return product;
    }

    private static TensorLayout? OfSafetensors(SafetensorsFacts facts, long length)
    {
        if (facts.Malformations.Count > 0 || facts.Tensors.Count == 0 || facts.Defects.Any(static d => d.Flaw is not (SafetensorsFlaw.UnknownType or SafetensorsFlaw.Gap)))
            return null;
        return Arrange([.. facts.Tensors.Select(static t => new TensorPlace(t.Name, TypeOf(t.Type), t.Shape, t.Offset, t.Length))], 0, length);
    }

    private static TensorLayout? OfGguf(GgufFacts facts, long length)
    {
        if (facts.DataOffset < 0 || facts.Tensors.Count == 0)
            return null;
        // The digest is over little-endian bytes; blocks of the other order would have to be taken apart.
        if (facts.IsBigEndian)
            return new TensorLayout([], facts.Tensors.Count, 0);
        var places = new List<TensorPlace>();
        foreach (var tensor in facts.Tensors)
        {
            if (tensor.Length >= 0 && TensorType.Of(tensor.Type) is { } type)
                places.Add(new TensorPlace(tensor.Name, type, [.. tensor.Extents.Reverse()], tensor.Offset, tensor.Length));
            else if (tensor.Type is not null)
                return null;
        }

        return Arrange(places, facts.Tensors.Count - places.Count, length);
    }

    private static TensorLayout? OfOnnx(OnnxFacts facts, string? location, long length)
    {
        var places = new List<TensorPlace>();
        var unknown = 0;
        foreach (var tensor in facts.Tensors)
        {
            if (tensor.External?.Location != location)
                continue;
            var type = TensorType.Of(tensor.TypeName);
            var elements = Product(tensor.Extents);
            if (elements < 0)
                return null;
            if (elements < MinElements)
                continue;
            if (type is null || (tensor.External is null && tensor.Offset < 0))
                unknown++;
            else if (tensor.External is { } external)
                places.Add(new TensorPlace(tensor.Name, type, tensor.Extents, external.Offset, external.Length ?? BytesOf(type, elements)));
            else
                places.Add(new TensorPlace(tensor.Name, type, tensor.Extents, tensor.Offset, tensor.Length));
        }

        return places.Count + unknown == 0 ? null : Arrange(places, unknown, length);
    }

    /// <summary>Members <c>PREFIX/data/NUMBER</c> beside <c>PREFIX/data.pkl</c>; by their bytes alone, nothing is unpickled.</summary>
    private static TensorLayout? OfTorch(ZipFacts facts, ByteSource source)
    {
        if (!facts.Entries.Exists(static e => e.Name.EndsWith("data.pkl", StringComparison.OrdinalIgnoreCase)))
            return null;
        var isBig = facts.Entries.Find(static e => e.Name.EndsWith("/byteorder", StringComparison.Ordinal)) is { Method: 0, DataOffset: >= 0, CompressedSize: > 0 } order
            && Starts(source, order.DataOffset, "big"u8);
        var places = new List<TensorPlace>();
        var unknown = 0;
        foreach (var entry in facts.Entries)
        {
            if (entry.Source != ZipEntrySource.Central || !IsStorage(entry.Name) || entry.UncompressedSize < MinElements)
                continue;
            if (isBig || entry.Method != 0 || entry.IsEncrypted || entry.DataOffset < 0 || entry.CompressedSize != entry.UncompressedSize)
                unknown++;
            else
                places.Add(new TensorPlace(entry.Name, TensorType.Storage, [entry.CompressedSize], entry.DataOffset, entry.CompressedSize));
        }

        return places.Count + unknown == 0 ? null : Arrange(places, unknown, source.Length);
    }

    private static bool Starts(ByteSource source, long offset, ReadOnlySpan<byte> with)
    {
        Span<byte> bytes = stackalloc byte[8];
        return source.ReadAt(offset, bytes[..with.Length]) == with.Length && bytes.StartsWith(with);
    }

    private static bool IsStorage(string name)
    {
        var cut = name.LastIndexOf('/');
        return cut > 0 && cut < name.Length - 1 && !name.AsSpan(cut + 1).ContainsAnyExceptInRange('0', '9')
            && (name.AsSpan(0, cut).EndsWith("/data", StringComparison.Ordinal) || name.AsSpan(0, cut).EndsWith("/constants", StringComparison.Ordinal));
    }

    /// <summary>A type that is not known yet is taken by its name and bytes, so that equal tensors still match.</summary>
    private static TensorType TypeOf(string name) => TensorType.Of(name) ?? new TensorType(name, 1, 0);

    private static long BytesOf(TensorType type, long elements) => (elements + type.BlockElements - 1) / type.BlockElements * type.BlockBytes;

    /// <summary>Sorts, holds lengths against extents, refuses overlaps, then leaves the small ones out.</summary>
    private static TensorLayout? Arrange(List<TensorPlace> places, int unknown, long length)
    {
        places.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        long end = 0;
        foreach (var place in places)
        {
            var isUnknown = place.Type.BlockBytes == 0;
            if (place.Elements < 0 || place.Extents.Count > MaxRank || place.Type.Name.Length > MaxTypeName || !Ascii.IsValid(place.Type.Name)
                || place.Offset < 0 || place.Length < 0 || place.Length > length - place.Offset || (place.Offset < end && place.Length > 0)
                || (!isUnknown && BytesOf(place.Type, place.Elements) != place.Length))
            {
                return null;
            }

            end = Math.Max(end, place.End);
        }

        return new TensorLayout([.. places.Where(static p => p.Elements >= MinElements && p.Length > 0)], unknown, end);
    }
}
