using System.Buffers;

namespace Assay.Formats;

/// <summary>A reader that recognises the content.</summary>
/// <param name="Reader">The reader.</param>
/// <param name="Match">How sure, and where the format starts.</param>
public readonly record struct FormatCandidate(FormatReader Reader, FormatMatch Match);

/// <summary>What an artifact is, told from content alone.</summary>
/// <param name="Candidates">Readers that recognise it, the surest first.</param>
/// <param name="Known">A known format without a reader; null when none matches.</param>
public sealed record FormatIdentification(IReadOnlyList<FormatCandidate> Candidates, KnownFormat? Known);

/// <summary>Asks every reader of the catalogue, and the table of known formats. Names are never asked.</summary>
public static class FormatIdentifier
{
    /// <summary>Identifies the content of <paramref name="source"/>; at most <paramref name="tailSize"/> bytes of its end are looked at.</summary>
    public static FormatIdentification Identify(ByteSource source, ReadScope scope, int tailSize)
    {
        if (source.TryGetMemory(out var memory))
        {
            var span = memory.Span;
            var tailLength = Math.Min(tailSize, span.Length);
            return Identify(new FileEdges(span[..Math.Min(span.Length, FileEdges.HeadSize)], span[^tailLength..], span.Length));
        }

        var length = source.Length;
        var headLength = (int)Math.Min(length, FileEdges.HeadSize);
        var buffer = ArrayPool<byte>.Shared.Rent(FileEdges.HeadSize + tailSize);
        try
        {
            headLength = source.ReadAt(0, buffer.AsSpan(0, headLength));
            var tail = (int)Math.Min(tailSize, length);
            var tailRead = tail == 0 ? 0 : source.ReadAt(length - tail, buffer.AsSpan(FileEdges.HeadSize, tail));
            scope.Budget.ChargeRead(headLength + tailRead, 0);
            return Identify(new FileEdges(buffer.AsSpan(0, headLength), buffer.AsSpan(FileEdges.HeadSize, tailRead), length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FormatIdentification Identify(FileEdges edges)
    {
        List<FormatCandidate>? candidates = null;
        foreach (var reader in FormatCatalog.Readers)
        {
            var match = reader.Recognise(edges);
            if (match.Strength != MatchStrength.None)
                (candidates ??= []).Add(new FormatCandidate(reader, match));
        }

        if (candidates is { Count: > 1 })
            candidates.Sort((a, b) => b.Match.Strength.CompareTo(a.Match.Strength));
        var known = candidates is null || candidates[0].Match.Strength == MatchStrength.Weak ? KnownFormats.Recognise(edges) : null;
        return new FormatIdentification(candidates ?? (IReadOnlyList<FormatCandidate>)[], known);
    }
}
