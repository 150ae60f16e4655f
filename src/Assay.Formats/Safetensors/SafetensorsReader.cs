using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Assay.Formats;

/// <summary>
/// Reads the header of a safetensors file: a length, a JSON object of tensors and metadata, then the tensors without gaps or overlaps
/// (safetensors README, "Format"; <c>safetensors/src/tensor.rs</c>, <c>Metadata::validate</c>). What stands behind the last tensor is
/// offered as slack. The values of tensors are not read.
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
        using var cursor = scope.Open(source);
        var length = cursor.ReadUInt64();
        if (length > MaxHeader || length > (ulong)cursor.Remaining)
            Malformed.Truncated(0, $"the header takes {length} bytes and {cursor.Remaining} are there");
        var size = (int)length;
        facts.DataOffset = 8 + size;
        scope.Budget.ChargeRead(size, 8);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var have = source.ReadAt(8, rented.AsSpan(0, size));
            var tensors = ReadHeader(rented.AsSpan(0, have), facts, scope);
            var end = CheckLayout(tensors, 8 + size, source.Length, facts);
            facts.EndAt(end, source, scope);
        }
        catch (JsonException e)
        {
            Malformed.Invalid(8 + (e.BytePositionInLine ?? 0), "the header is not JSON");
        }
        catch (InvalidOperationException)
        {
            Malformed.Invalid(8, "the header holds text that is not valid");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Reads the object: names at depth 1; of each tensor <c>dtype</c>, <c>shape</c>, <c>data_offsets</c>.</summary>
    private static List<Tensor> ReadHeader(ReadOnlySpan<byte> header, SafetensorsFacts facts, ReadScope scope)
    {
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 64 });
        var tensors = new List<Tensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensor = default(Tensor);
        var inMetadata = false;
        var field = "";
        var key = "";
        var numbers = 0;
        while (json.Read())
        {
            var at = 8 + json.TokenStartIndex;
            scope.Budget.ChargeElements(1, at);
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName when json.CurrentDepth == 1:
                    var name = json.GetString() ?? "";
                    scope.Budget.ChargeValues(2, at);
                    if (!names.Add(name))
                        facts.AddDefect(SafetensorsFlaw.DuplicateName, at, $"the name {PicklePrinter.Quote(name)} occurs twice");
                    inMetadata = name == "__metadata__";
                    tensor = new Tensor { At = at, Name = name };
                    break;
                case JsonTokenType.PropertyName when json.CurrentDepth == 2:
                    key = json.GetString() ?? "";
                    field = inMetadata ? "" : key;
                    numbers = 0;
                    break;
                case JsonTokenType.String when inMetadata && json.CurrentDepth == 2:
                    facts.AddMetadata(key, json.GetString() ?? "", at);
                    break;
                case JsonTokenType.String when field == "dtype" && json.CurrentDepth == 2:
                    tensor.Type = json.GetString() ?? "";
                    tensor.Bits = BitsOf(tensor.Type);
                    if (tensor.Bits == 0)
                        facts.AddDefect(SafetensorsFlaw.UnknownType, at, $"the element type {PicklePrinter.Quote(tensor.Type)} is not known");
                    tensor.HasType = true;
                    break;
                case JsonTokenType.Number when field == "shape" && json.CurrentDepth == 3:
                    if (!json.TryGetInt64(out var extent) || extent < 0 || (extent > 0 && tensor.Count > long.MaxValue / extent))
                        tensor.IsImpossible = true;
                    else
                        tensor.Count *= extent;
                    scope.Budget.ChargeValues(1, at);
                    (tensor.Shape ??= []).Add(Math.Max(0, extent));
                    tensor.HasShape = true;
                    break;
                case JsonTokenType.EndArray when field == "shape" && json.CurrentDepth == 2:
                    tensor.HasShape = true;
                    break;
                case JsonTokenType.Number when field == "data_offsets" && json.CurrentDepth == 3:
                    if (!json.TryGetInt64(out var offset) || offset < 0)
                        tensor.IsImpossible = true;
                    else if (numbers == 0)
                        tensor.Begin = offset;
                    else if (numbers == 1)
                        tensor.End = offset;
                    numbers++;
                    tensor.Offsets = numbers;
                    break;
                case JsonTokenType.EndObject when json.CurrentDepth == 1 && !inMetadata:
                    Finish(tensor, tensors, facts);
                    field = "";
                    break;
            }
        }

        facts.TensorCount = tensors.Count;
        return tensors;
    }

    private static void Finish(Tensor tensor, List<Tensor> tensors, SafetensorsFacts facts)
    {
        if (!tensor.HasType || !tensor.HasShape || tensor.Offsets != 2 || tensor.IsImpossible || tensor.End < tensor.Begin)
        {
            facts.AddDefect(SafetensorsFlaw.Header, tensor.At, "an entry lacks a valid type, shape or place of its tensor");
            return;
        }

        if (tensor.Bits > 0 && (tensor.Count > long.MaxValue / 64 || ((tensor.Count * tensor.Bits) + 7) / 8 != tensor.End - tensor.Begin))
            facts.AddDefect(SafetensorsFlaw.Size, tensor.At, $"shape and type need another length than the {tensor.End - tensor.Begin} bytes that are declared");
        tensors.Add(tensor);
    }

    /// <summary>Tensors follow each other from the first byte behind the header to the last of the file.</summary>
    private static long CheckLayout(List<Tensor> tensors, long start, long length, SafetensorsFacts facts)
    {
        tensors.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long end = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin < end)
                facts.AddDefect(SafetensorsFlaw.Overlap, tensor.At, $"a tensor starts at byte {tensor.Begin} of the data, inside of one that ends at {end}");
            else if (tensor.Begin > end)
                facts.AddDefect(SafetensorsFlaw.Gap, tensor.At, $"{tensor.Begin - end} bytes before a tensor belong to none");
            end = Math.Max(end, tensor.End);
            if (tensor.Begin <= long.MaxValue - start)
                facts.Add(new SafetensorsTensor(tensor.Name, tensor.Type, (IReadOnlyList<long>?)tensor.Shape ?? [], start + tensor.Begin, tensor.End - tensor.Begin));
        }

        if (end > length - start)
            Malformed.Truncated(start, $"the tensors take {end} bytes and {length - start} are there");
        return start + end;
    }

    /// <summary>Bits of one element (<c>safetensors/src/tensor.rs</c>, <c>Dtype::bitsize</c>); 0 when the type is not known.</summary>
    private static int BitsOf(string type) => type switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => 8,
        "I16" or "U16" or "F16" or "BF16" => 16,
        "I32" or "U32" or "F32" => 32,
        "I64" or "U64" or "F64" or "C64" => 64,
        _ => 0,
    };

    private struct Tensor()
    {
        public string Name = "";
        public string Type = "";
        public List<long>? Shape;
        public long At;
        public long Begin;
        public long End;
        public long Count = 1;
        public int Bits;
        public int Offsets;
        public bool HasType;
        public bool HasShape;
        public bool IsImpossible;
    }
}
