using Assay.Testing;

namespace Assay.Formats.Tests.Onnx;

public sealed class OnnxReaderTests
{
    [Fact]
    public void Tensors_of_graph_and_subgraphs_are_found_with_their_bytes()
    {
        byte[] data = [1, 2, 3, 4, 5, 6, 7, 8];
        var bytes = new OnnxBuilder().Raw("w", 1, [2, 1], data).Packed("b", [1], [9, 9, 9, 9])
            .External("e", 10, [4], ("location", "m.data"), ("offset", "64"), ("length", "8")).Nested(3, [.. OnnxBuilder.Head("deep", 2, [1]), .. OnnxBuilder.Field(9, [5])]).Build();
        var facts = Read(bytes);
        Assert.Equal(["w", "b", "e", "deep"], facts.Tensors.Select(t => t.Name));
        Assert.Equal(data, bytes.AsSpan((int)facts.Tensors[0].Offset, (int)facts.Tensors[0].Length).ToArray());
        Assert.Equal([2, 1], facts.Tensors[0].Extents);
        Assert.Equal(["F32", "F32", "F16", "U8"], facts.Tensors.Select(t => t.TypeName));
        Assert.Equal(new OnnxExternalData("m.data", 64, 8), facts.Tensors[2].External);
        Assert.Equal(8, facts.IrVersion);
        Assert.DoesNotContain(facts.Malformations, m => m.Kind != MalformationKind.Unsupported);
    }

    [Fact]
    public void Lengths_and_places_that_lie_are_noted()
    {
        (MalformationKind Kind, string Says, OnnxBuilder File)[] cases =
        [
            (MalformationKind.Lie, "has 3 bytes", new OnnxBuilder().Raw("w", 1, [1], [1, 2, 3])),
            (MalformationKind.Lie, "negative or overflow", new OnnxBuilder().Raw("w", 1, [-1], [])),
            (MalformationKind.Lie, "negative or overflow", new OnnxBuilder().Raw("w", 1, [1L << 40, 1L << 40], [])),
            (MalformationKind.Lie, "in 2 places", new OnnxBuilder().Initializer([.. OnnxBuilder.Head("w", 1, [1]), .. OnnxBuilder.Field(9, [1, 2, 3, 4]), .. OnnxBuilder.Field(4, [1, 2, 3, 4])])),
            (MalformationKind.Lie, "in another file", new OnnxBuilder().External("w", 1, [1], ("location", "x"), ("offset", "-4"))),
            (MalformationKind.Truncated, "is declared", new OnnxBuilder().Initializer([8 << 3 | 2, 100])),
            (MalformationKind.Invalid, "no field", new OnnxBuilder().Initializer([0x0B, 1])),
            (MalformationKind.Limit, "depth", new OnnxBuilder().Nested(40, [])),
        ];
        foreach (var (kind, says, file) in cases)
            Assert.Contains(Read(file.Build()).Malformations, m => m.Kind == kind && m.Message.Contains(says, StringComparison.Ordinal));
    }

    private static OnnxFacts Read(byte[] bytes) =>
        (OnnxFacts)new OnnxReader().Read(new MemoryByteSource(bytes), new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(false)));
}
