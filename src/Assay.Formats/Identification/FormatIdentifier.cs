using System.Buffers;

namespace Assay.Formats;

/// <summary>The edges of an artifact with the memory that they lie in.</summary>
public sealed class EdgeBuffer : IDisposable
{
    private readonly byte[] _rented;
    private readonly int _head;
    private readonly int _tail;
    private readonly long _length;

    private EdgeBuffer(byte[] rented, int head, int tail, long length)
    {
        _rented = rented;
        _head = head;
        _tail = tail;
        _length = length;
    }

    /// <summary>The edges; valid until disposal.</summary>
    public FileEdges Edges => new(
        _rented.AsSpan(0, _head), _tail < 0 ? _rented.AsSpan(0, _head) : _rented.AsSpan(FileEdges.HeadSize, _tail), _length);

    /// <summary>Reads head and tail of <paramref name="source"/>, charged to the budget.</summary>
    /// <param name="source">The artifact.</param>
    /// <param name="budget">Charged.</param>
    /// <param name="withTail">False leaves the tail out: the head of a storage that is only sniffed.</param>
    public static EdgeBuffer Read(ByteSource source, WorkBudget budget, bool withTail = true)
    {
        var length = source.Length;
        var tailSize = withTail ? (int)Math.Min(length, FileEdges.TailSize) : 0;
        var rented = ArrayPool<byte>.Shared.Rent(FileEdges.HeadSize + tailSize);
        var head = source.ReadAt(0, rented.AsSpan(0, FileEdges.HeadSize));
        var tail = 0;
        if (withTail)
            tail = length <= FileEdges.HeadSize ? -1 : source.ReadAt(length - tailSize, rented.AsSpan(FileEdges.HeadSize, tailSize));
        budget.ChargeRead(head + Math.Max(0, tail), 0);
        return new EdgeBuffer(rented, head, tail, length);
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}

/// <summary>What an artifact is, by content.</summary>
/// <param name="Matches">Readers that recognise it, the surest first; several strong ones make a polyglot, and all are to be run.</param>
/// <param name="Known">What the table of signatures says, also where a reader matched.</param>
public sealed record Identification(IReadOnlyList<(FormatReader Reader, FormatMatch Match)> Matches, KnownFormat? Known);

/// <summary>Asks every reader and the table of signatures what an artifact is. Names are never asked.</summary>
public static class FormatIdentifier
{
    /// <summary>The readers that recognise the edges: strong ones in the order of the catalogue, then weak ones.</summary>
    public static IReadOnlyList<(FormatReader Reader, FormatMatch Match)> Matches(in FileEdges edges)
    {
        List<(FormatReader, FormatMatch)>? strong = null;
        List<(FormatReader, FormatMatch)>? weak = null;
        foreach (var reader in FormatCatalog.Readers)
        {
            var match = reader.Recognise(edges);
            if (match.Strength == MatchStrength.Strong)
                (strong ??= []).Add((reader, match));
            else if (match.Strength == MatchStrength.Weak)
                (weak ??= []).Add((reader, match));
        }

        if (weak is not null)
            (strong ??= []).AddRange(weak);
        return strong ?? (IReadOnlyList<(FormatReader, FormatMatch)>)[];
    }

    /// <summary>Identifies a source; where it is small enough to be read whole, all of a text is looked at before it counts as text.</summary>
    public static Identification Identify(ByteSource source, ReadScope scope, bool withTail = true)
    {
        using var buffer = EdgeBuffer.Read(source, scope.Budget, withTail);
        var edges = buffer.Edges;
        var matches = Matches(edges);
        var known = KnownFormats.Recognise(edges);
        if (known is { Disposition: FormatDisposition.Inert } && source.Length > edges.Head.Length && IsText(known.Format)
            && scope.Depth.ReadsWhole(source.Length) && !TextProbe.IsText(source, scope.Budget))
        {
            known = null;
        }

        if (known is null && matches.Count == 0 && edges.Head[0] == 0 && !edges.Head.ContainsAnyExcept((byte)0) && IsZero(source, scope))
            known = new KnownFormat(FormatId.Zeros, FormatDisposition.Inert);
        return new Identification(matches, known);
    }

    /// <summary>What bytes around the parts of an archive look like: a known format, or one that a reader is sure of.</summary>
    internal static KnownFormat? Look(ByteSource source, long offset, long length, WorkBudget budget)
    {
        var head = new byte[(int)Math.Min(length, FileEdges.HeadSize)];
        var n = source.ReadAt(offset, head);
        budget.ChargeRead(n, offset);
        var edges = new FileEdges(head.AsSpan(0, n), default, length);
        foreach (var (reader, match) in Matches(edges))
        {
            if (match.Strength == MatchStrength.Strong)
                return new KnownFormat(reader.Id, reader.Id.Class == FormatClass.Executable ? FormatDisposition.Executable : FormatDisposition.Readable);
        }

        return KnownFormats.Recognise(edges);
    }

    private static bool IsText(FormatId format) => format == FormatId.Text || format == FormatId.Json || format == FormatId.Xml;

    private static bool IsZero(ByteSource source, ReadScope scope)
    {
        if (!scope.Depth.ReadsWhole(source.Length))
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            for (long at = 0; at < source.Length;)
            {
                var n = source.ReadAt(at, buffer);
                if (n <= 0 || buffer.AsSpan(0, n).ContainsAnyExcept((byte)0))
                    return false;
                scope.Budget.ChargeRead(n, at);
                at += n;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
