using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Reads the header of a GGUF file (<c>gguf.md</c> of ggml, versions 1 to 3, both byte orders): metadata, then descriptions of tensors, then
/// their data, each at a multiple of the alignment. Checks what native loaders trust: counts, lengths, types, extents and places.
/// </summary>
public sealed class GgufReader : FormatReader<GgufFacts>
{
    private const int MaxText = 1 << 20;
    private const int MaxName = 64 << 10;
    private const int MaxNesting = 8;

    /// <summary>Behind the last tensor this much is looked at to tell padding from data.</summary>
    private const int MaxPadding = 1 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Gguf;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        if (!edges.StartsWith("GGUF"u8) || edges.Head.Length < 8)
            return FormatMatch.None;
        var version = BinaryPrimitives.ReadUInt32LittleEndian(edges.Head[4..]);
        return version is > 0 and < 256 || BinaryPrimitives.ReverseEndianness(version) is > 0 and < 256 ? FormatMatch.Strong : FormatMatch.None;
    }

    /// <inheritdoc/>
    protected override void ReadInto(GgufFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source);
        if (!cursor.ReadBytes(4).SequenceEqual("GGUF"u8))
            Malformed.Invalid(0, "the signature is missing");
        var version = cursor.ReadUInt32();
        var isBig = (version & 0xFFFF) == 0;
        if (isBig)
            version = BinaryPrimitives.ReverseEndianness(version);
        if (version is 0 or > 3)
            Malformed.Unsupported(4, $"version {version} of GGUF is not known");
        facts.Version = (int)version;
        facts.IsBigEndian = isBig;
        new Run(facts, cursor, scope.Budget).Read();
        CheckLayout(facts, source, scope);
        if (facts.Metadata.FirstOrDefault(static e => e.Key.StartsWith("tokenizer.chat_template", StringComparison.Ordinal)) is { } template)
            facts.Note(new Malformation(MalformationKind.Unsupported, template.ValueOffset, "the chat template, which the runtime carries out, is not analysed"));
    }

    /// <summary>Tensors follow each other with no more than padding between them (<c>gguf.cpp</c>, <c>gguf_init_from_file_impl</c>).</summary>
    private static void CheckLayout(GgufFacts facts, ByteSource source, ReadScope scope)
    {
        var tensors = facts.Tensors.Where(static t => t.Length >= 0).OrderBy(static t => t.Offset).ThenBy(static t => t.Length);
        var isKnown = facts.Tensors.All(static t => t.Length >= 0);
        var end = facts.DataOffset;
        var overrun = -1L;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset < end && tensor.Length > 0)
                facts.NoteLie(tensor.RecordOffset, $"the tensor {PicklePrinter.Quote(tensor.Name)} starts at {tensor.Offset}, inside of one that ends at {end}");
            else if (isKnown && tensor.Offset - end >= facts.Alignment)
                facts.NoteLie(tensor.RecordOffset, $"{tensor.Offset - end} bytes before the tensor {PicklePrinter.Quote(tensor.Name)} belong to none");
            if (tensor.Length > source.Length - tensor.Offset && overrun < 0)
                overrun = tensor.RecordOffset;
            end = Math.Max(end, tensor.Offset + tensor.Length);
        }

        if (overrun >= 0)
            Malformed.Truncated(overrun, $"the tensors end at {end} and the file at {source.Length}");
        if (!isKnown)
            return;
        if (source.Length - end <= MaxPadding && IsZero(source, end, scope))
            end = source.Length;
        if (end < source.Length)
            facts.NoteLie(end, $"{source.Length - end} bytes follow the last tensor");
        facts.EndAt(end, source, scope);
    }

    private static bool IsZero(ByteSource source, long offset, ReadScope scope)
    {
        using var cursor = scope.Open(source, offset);
        while (!cursor.AtEnd)
        {
            var span = cursor.Peek((int)Math.Min(cursor.Remaining, 32 << 10));
            if (span.IsEmpty || span.ContainsAnyExcept((byte)0))
                return false;
            cursor.Skip(span.Length);
        }

        return true;
    }

    private readonly struct Run(GgufFacts facts, ByteCursor cursor, WorkBudget budget)
    {
        private readonly bool _isBig = facts.IsBigEndian;

        /// <summary>Version 1 counts in 32 bits.</summary>
        private readonly bool _isNarrow = facts.Version == 1;

        public void Read()
        {
            var tensorCount = Count();
            var entryCount = Count();
            // An entry takes a length, a type and one byte; a description two lengths, a type and an offset.
            Fits(entryCount, _isNarrow ? 9 : 13, "entries of metadata");
            var keys = new HashSet<string>(StringComparer.Ordinal);
            for (long i = 0; i < entryCount; i++)
                ReadEntry(keys);
            ReadAlignment();
            Fits(tensorCount, _isNarrow ? 20 : 24, "tensors");
            var names = new HashSet<string>(StringComparer.Ordinal);
            var relative = new List<GgufTensor>();
            for (long i = 0; i < tensorCount; i++)
                relative.Add(ReadTensor(names));
            var start = cursor.Offset;
            var padding = (facts.Alignment - (start % facts.Alignment)) % facts.Alignment;
            facts.DataOffset = relative.Count == 0 ? Math.Min(start + padding, Math.Max(start, cursor.Length)) : start + padding;
            foreach (var tensor in relative)
                facts.Add(Place(tensor));
        }

        private void ReadEntry(HashSet<string> keys)
        {
            var at = cursor.Offset;
            budget.ChargeElements(1, at);
            budget.ChargeValues(2, at);
            var key = Text(MaxName, out _, out _, out var whole);
            if (!whole)
                Malformed.Invalid(at, "the name of an entry is too long");
            if (!keys.Add(key))
                facts.NoteLie(at, $"the name {PicklePrinter.Quote(key)} occurs twice");
            var type = ValueType();
            var valueAt = cursor.Offset;
            switch (type)
            {
                case GgufValueType.Text:
                    var text = Text(MaxText, out valueAt, out var length, out _);
                    facts.Add(new GgufEntry(key, type, at, valueAt) { Text = text, Count = length });
                    break;
                case GgufValueType.Array:
                    var element = ValueType();
                    var count = Count();
                    facts.Add(new GgufEntry(key, type, at, valueAt) { ElementType = element, Count = count });
                    SkipElements(element, count);
                    break;
                default:
                    facts.Add(new GgufEntry(key, type, at, valueAt) { Number = Number(type, key) });
                    break;
            }
        }

        /// <summary>Passes over an array; arrays of arrays by a stack of what is left at each level.</summary>
        private void SkipElements(GgufValueType type, long count)
        {
            var left = new Stack<(GgufValueType Type, long Count)>();
            left.Push((type, count));
            while (left.TryPop(out var level))
            {
                if (SizeOf(level.Type) is var size and > 0)
                {
                    Fits(level.Count, size, "elements");
                    cursor.Skip(level.Count * size);
                }
                else if (level.Type == GgufValueType.Text)
                {
                    Fits(level.Count, _isNarrow ? 4 : 8, "texts");
                    for (long i = 0; i < level.Count; i++)
                    {
                        budget.ChargeElements(1, cursor.Offset);
                        cursor.Skip(Count());
                    }
                }
                else if (level.Count > 0)
                {
                    budget.ChargeElements(1, cursor.Offset);
                    Fits(level.Count, _isNarrow ? 8 : 12, "arrays");
                    if (left.Count >= MaxNesting)
                        Malformed.Limit("depth", MaxNesting, cursor.Offset);
                    left.Push((level.Type, level.Count - 1));
                    var inner = ValueType();
                    left.Push((inner, Count()));
                }
            }
        }

        private void ReadAlignment()
        {
            if (facts.Find("general.alignment") is not { } entry)
                return;
            var alignment = entry.Type == GgufValueType.UInt32 ? (uint)(entry.Number ?? 0) : 0;
            if (!BitOperations.IsPow2(alignment))
                Malformed.Invalid(entry.ValueOffset, "the alignment is no power of two");
            facts.Alignment = alignment;
        }

        private GgufTensor ReadTensor(HashSet<string> names)
        {
            var at = cursor.Offset;
            budget.ChargeElements(1, at);
            budget.ChargeValues(2, at);
            var name = Text(MaxName, out _, out _, out var whole);
            if (!whole)
                Malformed.Invalid(at, "the name of a tensor is too long");
            if (!names.Add(name))
                facts.NoteLie(at, $"the name {PicklePrinter.Quote(name)} occurs twice");
            var rank = Word();
            if (rank > 4)
                Malformed.Invalid(cursor.Offset - 4, $"a tensor has {rank} dimensions");
            var extents = new long[rank];
            var isImpossible = false;
            long elements = 1;
            for (var i = 0; i < extents.Length; i++)
            {
                var extent = _isNarrow ? Word() : LongWord();
                if (extent > long.MaxValue || (extent > 0 && elements > long.MaxValue / 512 / (long)extent))
                    isImpossible = true;
                else
                    elements *= (long)extent;
                extents[i] = (long)Math.Min(extent, long.MaxValue);
            }

            var id = Word();
            var type = GgufType.Of(id);
            var offset = LongWord();
            if (type is null)
                Note(id, at, name);
            if (isImpossible)
                facts.NoteLie(at, $"the extents of the tensor {PicklePrinter.Quote(name)} overflow");
            if (offset % (ulong)facts.Alignment != 0)
                facts.NoteLie(at, $"the tensor {PicklePrinter.Quote(name)} starts at {offset}, which is no multiple of {facts.Alignment}");
            if (offset > (ulong)cursor.Length)
            {
                facts.Note(new Malformation(MalformationKind.Truncated, at, $"the tensor {PicklePrinter.Quote(name)} starts behind the end of the file"));
                return new GgufTensor(name, id, type, extents, -1, -1, at);
            }

            long length = -1;
            if (type is not null && !isImpossible)
            {
                if (extents.Length > 0 && extents[0] % type.BlockElements != 0)
                    facts.NoteLie(at, $"the tensor {PicklePrinter.Quote(name)} has rows of {extents[0]} elements, which {type.Name} cannot hold");
                else
                    length = elements / type.BlockElements * type.BlockBytes;
            }

            return new GgufTensor(name, id, type, extents, (long)offset, length, at);
        }

        private void Note(uint id, long at, string name)
        {
            if (id > int.MaxValue || id is 4 or 5)
                facts.NoteLie(at, $"the tensor {PicklePrinter.Quote(name)} has the type {(int)id}, which does not exist");
            else
                facts.Note(new Malformation(MalformationKind.Unsupported, at, $"the tensor {PicklePrinter.Quote(name)} has the type {id}, which is not known"));
        }

        private GgufTensor Place(GgufTensor tensor) =>
            tensor.Offset < 0 ? tensor with { Offset = cursor.Length } : tensor with { Offset = tensor.Offset + facts.DataOffset };

        private void Fits(long count, int size, string what)
        {
            if (count > cursor.Remaining / size)
                Malformed.Truncated(cursor.Offset, $"{count} {what} are declared and {cursor.Remaining} bytes are left");
        }

        private long Count()
        {
            var at = cursor.Offset;
            var count = _isNarrow ? Word() : LongWord();
            if (count > long.MaxValue)
                Malformed.Invalid(at, "a count or length is out of range");
            return (long)count;
        }

        private GgufValueType ValueType()
        {
            var type = Word();
            if (type > (uint)GgufValueType.Float64)
                Malformed.Invalid(cursor.Offset - 4, $"metadata of type {type} does not exist");
            return (GgufValueType)type;
        }

        /// <summary>A text; cut to <paramref name="most"/> bytes, and passed over to its end.</summary>
        private string Text(int most, out long at, out long length, out bool whole)
        {
            length = Count();
            at = cursor.Offset;
            if (length > cursor.Remaining)
                Malformed.Truncated(at, $"a text of {length} bytes is declared and {cursor.Remaining} are left");
            whole = length <= most;
            var keep = (int)Math.Min(length, most);
            budget.ChargeValues(1 + (keep >> 6), at);
            string text;
            if (keep <= 32 << 10)
            {
                text = Encoding.UTF8.GetString(cursor.ReadBytes(keep));
            }
            else
            {
                var bytes = new byte[keep];
                for (var n = 0; n < keep;)
                {
                    var part = cursor.ReadBytes(Math.Min(keep - n, 32 << 10));
                    part.CopyTo(bytes.AsSpan(n));
                    n += part.Length;
                }

                text = Encoding.UTF8.GetString(bytes);
            }

            cursor.Skip(length - keep);
            return text;
        }

        private double Number(GgufValueType type, string key)
        {
            switch (type)
            {
                case GgufValueType.UInt8:
                    return cursor.ReadByte();
                case GgufValueType.Int8:
                    return (sbyte)cursor.ReadByte();
                case GgufValueType.Bool:
                    var truth = cursor.ReadByte();
                    if (truth > 1)
                        facts.NoteLie(cursor.Offset - 1, $"the truth value {PicklePrinter.Quote(key)} is {truth}");
                    return truth;
                case GgufValueType.UInt16:
                    return HalfWord();
                case GgufValueType.Int16:
                    return (short)HalfWord();
                case GgufValueType.UInt32:
                    return Word();
                case GgufValueType.Int32:
                    return (int)Word();
                case GgufValueType.Float32:
                    return BitConverter.UInt32BitsToSingle(Word());
                case GgufValueType.UInt64:
                    return LongWord();
                case GgufValueType.Int64:
                    return (long)LongWord();
                default:
                    return BitConverter.UInt64BitsToDouble(LongWord());
            }
        }

        private static int SizeOf(GgufValueType type) => type switch
        {
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
            GgufValueType.UInt16 or GgufValueType.Int16 => 2,
            GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
            GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
            _ => 0,
        };

        private ushort HalfWord() => _isBig ? BinaryPrimitives.ReverseEndianness(cursor.ReadUInt16()) : cursor.ReadUInt16();

        private uint Word() => _isBig ? BinaryPrimitives.ReverseEndianness(cursor.ReadUInt32()) : cursor.ReadUInt32();

        private ulong LongWord() => _isBig ? BinaryPrimitives.ReverseEndianness(cursor.ReadUInt64()) : cursor.ReadUInt64();
    }
}
