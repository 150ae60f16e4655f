using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>Facts of a picture or sound: only where it ends, and what follows that a viewer never shows.</summary>
public sealed class MediaFacts : ArchiveFacts
{
    private ByteSource? _source;

    /// <summary>What follows the end; null when nothing does, or only zeros.</summary>
    public SlackRegion? Slack { get; private set; }

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            if (_source is { } source && Slack is { } slack)
            {
                yield return new ChildArtifact(slack.Name, ChildRole.Slack, slack.Offset, _ => new SliceByteSource(source, slack.Offset, slack.Length))
                {
                    Length = slack.Length,
                    Speculative = true,
                };
            }
        }
    }

    internal void EndAt(long end, ByteSource source, ReadScope scope)
    {
        SetEnd(Math.Min(end, source.Length));
        if (end >= source.Length)
            return;
        var head = new byte[(int)Math.Min(FileEdges.HeadSize, source.Length - end)];
        var n = source.ReadAt(end, head);
        scope.Budget.ChargeRead(n, end);
        if (!head.AsSpan(0, n).ContainsAnyExcept((byte)0) && source.Length - end <= head.Length)
            return;
        _source = source;
        var looks = FormatIdentifier.Look(source, end, source.Length - end, scope.Budget);
        Slack = new SlackRegion($"(appended@{end})", end, source.Length - end, looks);
    }
}

/// <summary>A reader of pictures or sound. Damage is no gap in the analysis: nothing in them runs, and a viewer shows what it can.</summary>
public abstract class MediaReader : FormatReader<MediaFacts>
{
    /// <inheritdoc/>
    protected sealed override void ReadInto(MediaFacts facts, ByteSource source, ReadScope scope)
    {
        try
        {
            FindEnd(facts, source, scope);
        }
        catch (MalformedArtifactException e) when (e.Malformation.Kind is MalformationKind.Truncated or MalformationKind.Invalid)
        {
            // Without an end of its own, the picture takes all.
        }
    }

    /// <summary>Calls <see cref="MediaFacts.EndAt"/> where the format ends.</summary>
    private protected abstract void FindEnd(MediaFacts facts, ByteSource source, ReadScope scope);
}

/// <summary>Finds the end of a PNG: chunks up to IEND (PNG third edition, 5.3).</summary>
public sealed class PngReader : MediaReader
{
    /// <inheritdoc/>
    public override FormatId Id => FormatId.Png;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 16 && edges.Head[0] == 0x89 && edges.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])
            ? FormatMatch.Strong : FormatMatch.None;

    private protected override void FindEnd(MediaFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source, 8);
        while (true)
        {
            scope.Budget.ChargeElements(1, cursor.Offset);
            var at = cursor.Offset;
            var head = cursor.ReadBytes(8);
            long length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var last = head[4..].SequenceEqual("IEND"u8);
            if (length > int.MaxValue)
                Malformed.Invalid(at, $"a chunk declares {length} bytes");
            cursor.Skip(length + 4);
            if (!last)
                continue;
            facts.EndAt(cursor.Offset, source, scope);
            return;
        }
    }
}

/// <summary>Finds the end of a JPEG: markers up to EOI (ITU-T T.81, annex B).</summary>
public sealed class JpegReader : MediaReader
{
    /// <inheritdoc/>
    public override FormatId Id => FormatId.Jpeg;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 4 && edges.Head[0] == 0xFF && edges.Head[1] == 0xD8 && edges.Head[2] == 0xFF && edges.Head[3] >= 0xC0
            ? FormatMatch.Strong : FormatMatch.None;

    private protected override void FindEnd(MediaFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source, 2);
        while (true)
        {
            scope.Budget.ChargeElements(1, cursor.Offset);
            // Fill bytes may precede a marker; entropy-coded data runs to the next marker that is not 00 or a restart.
            while (cursor.ReadByte() != 0xFF)
            {
            }

            byte marker;
            do
            {
                marker = cursor.ReadByte();
            }
            while (marker == 0xFF);
            switch (marker)
            {
                case 0xD9:
                    facts.EndAt(cursor.Offset, source, scope);
                    return;
                case 0x00 or 0x01 or (>= 0xD0 and <= 0xD8):
                    continue;
                default:
                    var length = BinaryPrimitives.ReadUInt16BigEndian(cursor.ReadBytes(2));
                    if (length < 2)
                        Malformed.Invalid(cursor.Offset - 2, "a segment is shorter than its own length field");
                    cursor.Skip(length - 2);
                    continue;
            }
        }
    }
}

/// <summary>Finds the end of a GIF: blocks up to the trailer (GIF89a, 27).</summary>
public sealed class GifReader : MediaReader
{
    /// <inheritdoc/>
    public override FormatId Id => FormatId.Gif;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 13 && (edges.StartsWith("GIF89a"u8) || edges.StartsWith("GIF87a"u8)) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void FindEnd(MediaFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source, 10);
        var screen = cursor.ReadByte();
        cursor.Skip(2);
        SkipColours(cursor, screen);
        while (true)
        {
            scope.Budget.ChargeElements(1, cursor.Offset);
            switch (cursor.ReadByte())
            {
                case 0x3B:
                    facts.EndAt(cursor.Offset, source, scope);
                    return;
                case 0x21:
                    cursor.Skip(1);
                    break;
                case 0x2C:
                    cursor.Skip(8);
                    SkipColours(cursor, cursor.ReadByte());
                    cursor.Skip(1);
                    break;
                default:
                    Malformed.Invalid(cursor.Offset - 1, "an unknown block");
                    break;
            }

            for (var size = cursor.ReadByte(); size != 0; size = cursor.ReadByte())
                cursor.Skip(size);
        }
    }

    private static void SkipColours(ByteCursor cursor, byte flags)
    {
        if ((flags & 0x80) == 0)
            return;
        cursor.Skip(3 << ((flags & 7) + 1));
    }
}

/// <summary>Finds the end of a RIFF file (WebP, WAVE, AVI): its size field.</summary>
/// <param name="id">The format.</param>
/// <param name="form">The four letters behind the size.</param>
public sealed class RiffReader(FormatId id, string form) : MediaReader
{
    /// <inheritdoc/>
    public override FormatId Id => id;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 12 && edges.StartsWith("RIFF"u8)
        && System.Text.Ascii.Equals(edges.Head.Slice(8, 4), form) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void FindEnd(MediaFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source, 4);
        long size = cursor.ReadUInt32();
        // Streams of unknown length have 0 or all ones; AVI goes on in further RIFF chunks.
        if (size is 0 or uint.MaxValue)
            return;
        var end = 8 + size + (size & 1);
        while (source.Length - end >= 12)
        {
            scope.Budget.ChargeElements(1, end);
            cursor.Offset = end;
            if (!cursor.Peek(4).SequenceEqual("RIFF"u8))
                break;
            cursor.Skip(4);
            long more = cursor.ReadUInt32();
            end += 8 + more + (more & 1);
        }

        if (end > source.Length + 1)
            Malformed.Truncated(source.Length, $"{end} bytes are declared and {source.Length} are there");
        facts.EndAt(end, source, scope);
    }
}
