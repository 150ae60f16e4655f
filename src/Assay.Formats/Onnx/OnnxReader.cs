using System.Globalization;

namespace Assay.Formats;

/// <summary>
/// Reads the tensors of an ONNX model (<c>onnx.proto3</c>): name, type, extents and the place of the elements, which are passed over.
/// The operators of the graph are not read yet, which the facts say as a gap.
/// </summary>
public sealed class OnnxReader : FormatReader<OnnxFacts>
{
    private const int MaxName = 4096;
    private const int MaxRank = 64;

    /// <summary>Graphs inside of graphs; exporters reach three or four.</summary>
    private const int MaxNesting = 24;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Onnx;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        ProtobufProbe.Recognise(edges)?.Format == FormatId.Onnx ? FormatMatch.Strong : FormatMatch.None;

    /// <summary>Name of an element type as safetensors writes it, and its bits; null and 0 for texts, unknown types and the rest.</summary>
    internal static (string? Name, int Bits) TypeOf(int dataType) => dataType switch
    {
        1 => ("F32", 32),
        2 => ("U8", 8),
        3 => ("I8", 8),
        4 => ("U16", 16),
        5 => ("I16", 16),
        6 => ("I32", 32),
        7 => ("I64", 64),
        9 => ("BOOL", 8),
        10 => ("F16", 16),
        11 => ("F64", 64),
        12 => ("U32", 32),
        13 => ("U64", 64),
        14 => ("C64", 64),
        15 => ("C128", 128),
        16 => ("BF16", 16),
        17 => ("F8_E4M3", 8),
        18 => ("F8_E4M3FNUZ", 8),
        19 => ("F8_E5M2", 8),
        20 => ("F8_E5M2FNUZ", 8),
        21 => ("U4", 4),
        22 => ("I4", 4),
        23 => ("F4", 4),
        24 => ("F8_E8M0", 8),
        _ => (null, 0),
    };

    /// <inheritdoc/>
    protected override void ReadInto(OnnxFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source);
        facts.Note(new Malformation(MalformationKind.Unsupported, 0, "the operators of the graph are not analysed"));
        var model = new ProtobufReader(cursor, source.Length, scope.Budget);
        while (model.Next())
        {
            if (model is { Field: 1, Type: WireType.Varint })
                facts.IrVersion = (long)model.Number;
            else if (model is { Field: 7, Type: WireType.Bytes })
                ReadGraph(model.Open(), facts, scope.Budget, 0);
            else if (model is { Field: 25, Type: WireType.Bytes })
                ReadFunction(model.Open(), facts, scope.Budget);
        }
    }

    /// <summary>GraphProto: node 1, initializer 5, sparse_initializer 15.</summary>
    private static void ReadGraph(ProtobufReader graph, OnnxFacts facts, WorkBudget budget, int level)
    {
        if (level >= MaxNesting)
            Malformed.Limit("depth", MaxNesting, graph.ValueOffset);
        while (graph.Next())
        {
            if (graph.Type != WireType.Bytes)
                continue;
            if (graph.Field == 1)
                ReadNode(graph.Open(), facts, budget, level);
            else if (graph.Field == 5)
                ReadTensor(graph.Open(), graph.ValueOffset, facts, budget);
            else if (graph.Field == 15)
                ReadSparse(graph.Open(), facts, budget);
        }
    }

    /// <summary>FunctionProto: node 7.</summary>
    private static void ReadFunction(ProtobufReader function, OnnxFacts facts, WorkBudget budget)
    {
        while (function.Next())
        {
            if (function is { Field: 7, Type: WireType.Bytes })
                ReadNode(function.Open(), facts, budget, 0);
        }
    }

    /// <summary>NodeProto: attribute 5; AttributeProto: t 5, g 6, tensors 10, graphs 11, sparse_tensor 22.</summary>
    private static void ReadNode(ProtobufReader node, OnnxFacts facts, WorkBudget budget, int level)
    {
        while (node.Next())
        {
            if (node is not { Field: 5, Type: WireType.Bytes })
                continue;
            var attribute = node.Open();
            while (attribute.Next())
            {
                if (attribute.Type != WireType.Bytes)
                    continue;
                if (attribute.Field is 5 or 10)
                    ReadTensor(attribute.Open(), attribute.ValueOffset, facts, budget);
                else if (attribute.Field is 6 or 11)
                    ReadGraph(attribute.Open(), facts, budget, level + 1);
                else if (attribute.Field == 22)
                    ReadSparse(attribute.Open(), facts, budget);
            }
        }
    }

    /// <summary>SparseTensorProto: values 1, indices 2.</summary>
    private static void ReadSparse(ProtobufReader sparse, OnnxFacts facts, WorkBudget budget)
    {
        while (sparse.Next())
        {
            if (sparse is { Field: 1 or 2, Type: WireType.Bytes })
                ReadTensor(sparse.Open(), sparse.ValueOffset, facts, budget);
        }
    }

    private static void ReadTensor(ProtobufReader field, long at, OnnxFacts facts, WorkBudget budget)
    {
        budget.ChargeValues(4, at);
        var extents = new List<long>();
        var name = "";
        var dataType = 0;
        var isExternal = false;
        var (offset, length, parts) = (-1L, 0L, 0);
        string? location = null;
        long externalOffset = 0;
        long? externalLength = null;
        while (field.Next())
        {
            switch (field.Field)
            {
                case 1:
                    field.AddNumbers(extents, MaxRank);
                    break;
                case 2 when field.Type == WireType.Varint:
                    dataType = (int)Math.Min(field.Number, int.MaxValue);
                    break;
                case 8 when field.Type == WireType.Bytes:
                    name = field.Text(MaxName);
                    break;
                case 9 when field.Type == WireType.Bytes:
                case 4 or 10 when field.Type == WireType.Bytes && field.Length > 0: // packed floats and doubles are the bytes themselves
                    (offset, length) = (field.ValueOffset, field.Length);
                    parts++;
                    break;
                case 13 when field.Type == WireType.Bytes:
                    var (key, value) = ReadPair(field.Open());
                    if (key == "location")
                        location = value;
                    else if (key is "offset" or "length" && !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                        facts.NoteLie(field.ValueOffset, $"the {key} of the tensor {PicklePrinter.Quote(name)} in another file is {PicklePrinter.Quote(value)}");
                    else if (key == "offset")
                        externalOffset = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
                    else if (key == "length")
                        externalLength = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
                    break;
                case 14 when field.Type == WireType.Varint:
                    isExternal = field.Number == 1;
                    break;
            }
        }

        var tensor = new OnnxTensor(name, dataType, extents, at);
        if (isExternal && location is not null)
            tensor = tensor with { External = new OnnxExternalData(location, externalOffset, externalLength) };
        else if (parts == 1)
            tensor = tensor with { Offset = offset, Length = length };
        else if (parts > 1)
            facts.NoteLie(at, $"the tensor {PicklePrinter.Quote(name)} has its elements in {parts} places");
        Check(tensor, facts);
        facts.Add(tensor);
    }

    /// <summary>StringStringEntryProto: key 1, value 2.</summary>
    private static (string Key, string Value) ReadPair(ProtobufReader pair)
    {
        var (key, value) = ("", "");
        while (pair.Next())
        {
            if (pair is { Field: 1, Type: WireType.Bytes })
                key = pair.Text(MaxName);
            else if (pair is { Field: 2, Type: WireType.Bytes })
                value = pair.Text(MaxName);
        }

        return (key, value);
    }

    private static void Check(OnnxTensor tensor, OnnxFacts facts)
    {
        long elements = 1;
        foreach (var extent in tensor.Extents)
        {
            if (extent < 0 || (extent > 0 && elements > long.MaxValue / 128 / extent))
            {
                facts.NoteLie(tensor.RecordOffset, $"the extents of the tensor {PicklePrinter.Quote(tensor.Name)} are negative or overflow");
                return;
            }

            elements *= extent;
        }

        var bits = TypeOf(tensor.DataType).Bits;
        var length = tensor.External is null ? tensor.Offset >= 0 ? tensor.Length : (long?)null : tensor.External.Length;
        if (bits > 0 && length is { } bytes && bytes != ((elements * bits) + 7) / 8)
            facts.NoteLie(tensor.RecordOffset, $"the tensor {PicklePrinter.Quote(tensor.Name)} has {bytes} bytes where its extents and type need {((elements * bits) + 7) / 8}");
    }
}
