using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Assay.Formats;

/// <summary>Facts of a safetensors file: so far only where its tensors end, and what follows them.</summary>
public sealed class SafetensorsFacts : ArtifactFacts
{
    private ByteSource? _source;

    /// <summary>What follows the last tensor; null when nothing does, or only zeros.</summary>
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
        EndOffset = end;
        if (end >= source.Length)
            return;
        _source = source;
        Slack = new SlackRegion($"(appended@{end})", end, source.Length - end, FormatIdentifier.Look(source, end, source.Length - end, scope.Budget));
    }
}

/// <summary>
/// Finds the end of a safetensors file: a length, a JSON header, and the tensors at the offsets that it gives
/// (safetensors README, "Format"). What stands behind them is offered as slack. The header is not judged yet, and says so.
/// </summary>
public sealed class SafetensorsReader : FormatReader<SafetensorsFacts>
{
    /// <summary>The reference implementation refuses longer headers (<c>safetensors/src/tensor.rs</c>, <c>MAX_HEADER_SIZE</c>).</summary>
    private const long MaxHeader = 100_000_000;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Safetensors;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        if (edges.Head.Length < 10 || edges.Head[8] != '{')
            return FormatMatch.None;
        var size = BinaryPrimitives.ReadUInt64LittleEndian(edges.Head);
        return size is >= 2 and <= MaxHeader && size <= (ulong)edges.Length - 8 ? FormatMatch.Strong : FormatMatch.None;
    }

    /// <inheritdoc/>
    protected override void ReadInto(SafetensorsFacts facts, ByteSource source, ReadScope scope)
    {
        facts.Note(new Malformation(MalformationKind.Unsupported, 0, "the header of a safetensors file is not judged yet"));
        using var cursor = scope.Open(source);
        var length = cursor.ReadUInt64();
        if (length > MaxHeader || length > (ulong)cursor.Remaining)
            Malformed.Truncated(0, $"the header takes {length} bytes and {cursor.Remaining} are there");
        var size = (int)length;
        scope.Budget.ChargeRead(size, 8);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var have = source.ReadAt(8, rented.AsSpan(0, size));
            facts.EndAt(8 + size + LastOffset(rented.AsSpan(0, have), source.Length - 8 - size, scope), source, scope);
        }
        catch (JsonException e)
        {
            Malformed.Invalid(8 + (e.BytePositionInLine ?? 0), "the header is not JSON");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The largest end among <c>{"tensor": {"data_offsets": [begin, end]}}</c>.</summary>
    private static long LastOffset(ReadOnlySpan<byte> header, long available, ReadScope scope)
    {
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 64 });
        long end = 0;
        var offsets = false;
        while (json.Read())
        {
            scope.Budget.ChargeElements(1, 8 + json.TokenStartIndex);
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    // Unescaping a broken escape would throw; an honest writer escapes nothing in this name.
                    offsets = json.CurrentDepth == 2 && !json.ValueIsEscaped && json.ValueTextEquals("data_offsets"u8);
                    break;
                case JsonTokenType.Number when offsets && json.CurrentDepth == 3 && json.TryGetInt64(out var value):
                    end = Math.Max(end, value);
                    break;
            }
        }

        if (end > available)
            Malformed.Truncated(8 + header.Length, $"the tensors take {end} bytes and {available} are there");
        return end;
    }
}
