using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>
/// Reads a file or member as the pickles that a loader finds in it: one after the other, with the raw arrays of joblib and the
/// storages of PyTorch checkpoints before 1.6. What follows is offered as slack.
/// </summary>
public sealed class PickleReader : FormatReader<PickleFacts>
{
    /// <summary>Streams looked at in one artifact.</summary>
    public const int MaxStreams = 4096;

    /// <summary>First pickle of a PyTorch checkpoint before 1.6 (<c>torch/serialization.py</c>, <c>MAGIC_NUMBER</c>).</summary>
    private static readonly System.Numerics.BigInteger TorchMagic = System.Numerics.BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);
    private const int ResynchroniseWindow = 1 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Pickle;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) => new(PickleProbe.Probe(edges.Head, edges.Length));

    /// <inheritdoc/>
    protected override void ReadInto(PickleFacts facts, ByteSource source, ReadScope scope)
    {
        facts.Source = source;
        facts.Budget = scope.Budget;
        using var input = new PickleInput(source, scope.Budget);
        var machine = new PickleMachine(facts, input, scope.Budget);
        try
        {
            RunAll(facts, source, input, machine);
        }
        finally
        {
            facts.DataEnd = Math.Max(facts.DataEnd, input.Offset);
            machine.AddEmbedded(source);
        }
    }

    private static void RunAll(PickleFacts facts, ByteSource source, PickleInput input, PickleMachine machine)
    {
        for (var i = 0; i < MaxStreams; i++)
        {
            var record = machine.Run();
            facts.DataEnd = input.Offset;
            if (!record.Stopped)
            {
                if (record.Truncated)
                    facts.Note(new Malformation(MalformationKind.Truncated, record.ErrorOffset, record.Error!));
                Resynchronise(input, machine, record);
                facts.DataEnd = source.Length;
                return;
            }

            if (i == 4 && LooksLikeTorchLegacy(facts))
            {
                facts.IsTorchLegacy = true;
                SkipStorages(facts, source, input);
                facts.DataEnd = input.Offset;
            }

            if (!SkipToNext(facts, source, input))
                return;
        }

        Malformed.Limit("members", MaxStreams, input.Offset);
    }

    /// <summary>Moves to the next pickle behind the last; false when what follows is none, and is then offered as slack.</summary>
    private static bool SkipToNext(PickleFacts facts, ByteSource source, PickleInput input)
    {
        // Writers pad with zeros, line ends or blanks.
        var at = input.Offset;
        while (true)
        {
            var part = input.Peek(4096);
            if (part.IsEmpty)
            {
                facts.DataEnd = source.Length;
                return false;
            }

            var next = part.IndexOfAnyExcept("\0\r\n \t"u8);
            if (next >= 0)
            {
                input.TrySkip(next);
                break;
            }

            input.TrySkip(part.Length);
            if (input.Offset - at > 1 << 20)
                break;
        }

        var strength = PickleProbe.Probe(input.Peek(FileEdges.HeadSize), input.Remaining);
        if (strength == MatchStrength.Strong || input.Peek(2) is [PickleOpcode.Proto, <= 16, ..])
            return true;
        var start = input.Offset;
        facts.DataEnd = start;
        facts.AddChild(new ChildArtifact($"(appended@{start})", ChildRole.Slack, start, _ => new SliceByteSource(source, start, source.Length - start))
        {
            Length = source.Length - start,
            Speculative = true,
        });
        return false;
    }

    /// <summary>After an error a loader stops; what follows is still worth a look, with low confidence.</summary>
    private static void Resynchronise(PickleInput input, PickleMachine machine, PickleStream broken)
    {
        input.Seek(broken.ErrorOffset + 1);
        var end = input.Offset + ResynchroniseWindow;
        for (var found = 0; found < 4 && input.Offset < end;)
        {
            var part = input.Peek(16 << 10);
            if (part.Length < 4)
                return;
            var next = part.IndexOf(PickleOpcode.Proto);
            if (next < 0)
            {
                input.TrySkip(part.Length);
                continue;
            }

            input.TrySkip(next);
            if (PickleProbe.Probe(input.Peek(FileEdges.HeadSize), input.Remaining) == MatchStrength.Strong)
            {
                found++;
                machine.Run(resynchronised: true);
            }
            else
            {
                input.TrySkip(1);
            }
        }
    }

    private static bool LooksLikeTorchLegacy(PickleFacts facts)
    {
        var s = facts.Streams;
        return s.Count >= 5 && s.All(x => !x.Inner)
            && facts.IntOf(s[1].Result) == 1001
            && (facts.BigIntOf(s[0].Result) == TorchMagic || facts.NodeKindOf(s[2].Result) == PickleNodeKind.Dict)
            && facts.NodeKindOf(s[4].Result) is PickleNodeKind.List or PickleNodeKind.Tuple;
    }

    /// <summary>Behind the fifth pickle: for each key an 8-byte number of elements, then the elements.</summary>
    private static void SkipStorages(PickleFacts facts, ByteSource source, PickleInput input)
    {
        var types = new Dictionary<string, TorchStorageReference>(StringComparer.Ordinal);
        foreach (var storage in facts.Storages)
            types.TryAdd(storage.Key, storage);
        foreach (var key in facts.ChildrenOf(facts.Streams[4].Result).ToArray())
        {
            var name = facts.TextOf(key, 512) ?? facts.IntOf(key)?.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (name is null || !types.TryGetValue(name, out var storage) || storage.ElementSize == 0)
            {
                facts.Note(new Malformation(MalformationKind.Unsupported, input.Offset, $"the size of storage {PicklePrinter.Quote(name ?? "?")} is not known"));
                input.Seek(source.Length);
                return;
            }

            var at = input.Offset;
            if (!input.TryRead(8, out var size))
            {
                facts.Note(new Malformation(MalformationKind.Truncated, at, "the data ends before a storage"));
                return;
            }

            var elements = BinaryPrimitives.ReadInt64LittleEndian(size);
            if (elements != storage.Elements)
                facts.NoteLie(at, $"storage {PicklePrinter.Quote(name)} is declared with {storage.Elements} elements and stored with {elements}");
            if (elements < 0 || elements > input.Remaining / storage.ElementSize)
            {
                facts.Note(new Malformation(MalformationKind.Truncated, at, $"storage {PicklePrinter.Quote(name)} of {elements} elements does not fit"));
                input.Seek(source.Length);
                return;
            }

            var start = input.Offset;
            var length = elements * storage.ElementSize;
            if (facts.ChildArtifactCount < 4096)
            {
                facts.AddChild(new ChildArtifact($"(storage {PicklePrinter.Visible(name)})", ChildRole.Storage, start, _ => new SliceByteSource(source, start, length))
                {
                    Length = length,
                    Speculative = true,
                });
            }

            input.TrySkip(length);
        }
    }
}
