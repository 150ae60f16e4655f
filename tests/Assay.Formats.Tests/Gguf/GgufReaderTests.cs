using Assay.Testing;

namespace Assay.Formats.Tests.Gguf;

public sealed class GgufReaderTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void Every_version_and_byte_order_reads_the_same(int version, bool bigEndian)
    {
        var bytes = SampleCatalog.Gguf(version, bigEndian).Build();
        var facts = Read(bytes);
        Assert.Empty(facts.Malformations);
        Assert.Equal((version, bigEndian), (facts.Version, facts.IsBigEndian));
        Assert.Equal("llama", facts.Find("general.architecture")?.Text);
        Assert.Equal(2, facts.Find("llama.block_count")?.Number);
        Assert.Equal(10000, facts.Find("llama.rope.freq_base")?.Number);
        Assert.Equal((GgufValueType.Text, 3L), (facts.Find("tokenizer.ggml.tokens")!.ElementType!.Value, facts.Find("tokenizer.ggml.tokens")!.Count));
        Assert.Equal(["blk.0.weight F32 8x3 96", "blk.1.weight Q8_0 64x1 68"], facts.Tensors.Select(t => $"{t.Name} {t.Type?.Name} {string.Join('x', t.Extents)} {t.Length}"));
        Assert.All(facts.Tensors, t => Assert.Equal(0, t.Offset % 32));
        Assert.Equal(bytes.Length, facts.Tensors[^1].Offset + facts.Tensors[^1].Length);
        Assert.Equal(bytes.Length, facts.EndOffset);
    }

    [Fact]
    public void Texts_longer_than_a_window_are_read_whole_and_huge_ones_are_cut()
    {
        var text = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i} "));
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.gguf");
        File.WriteAllBytes(path, new GgufBuilder().Text("a", text).Text("b", new string('x', 3 << 20)).Text("c", "end").Build());
        using var source = FileByteSource.Open(path);
        var facts = (GgufFacts)new GgufReader().Read(source, Scope());
        Assert.Empty(facts.Malformations);
        Assert.Equal(text, facts.Find("a")?.Text);
        Assert.Equal((1 << 20, 3L << 20), (facts.Find("b")!.Text!.Length, facts.Find("b")!.Count));
        Assert.Equal("end", facts.Find("c")?.Text);
    }

    [Fact]
    public void Padding_behind_the_last_tensor_is_none_of_the_lies()
    {
        var facts = Read(new GgufBuilder { Suffix = new byte[28] }.Floats("a", [1]).Build());
        Assert.Empty(facts.Malformations);
        Assert.Null(facts.Slack);
    }

    [Fact]
    public void What_follows_the_tensors_is_a_part_of_its_own()
    {
        var pickle = PickleSamples.Honest(4);
        var bytes = new GgufBuilder { Suffix = pickle }.Floats("a", [1]).Build();
        var facts = Read(bytes);
        Assert.Contains(facts.Malformations, m => m.Kind == MalformationKind.Lie && m.Message.Contains("follow the last tensor", StringComparison.Ordinal));
        Assert.Equal((bytes.Length - pickle.Length, (long)pickle.Length), (facts.Slack!.Offset, facts.Slack.Length));
        Assert.Single(facts.Children);
    }

    [Fact]
    public void Header_fields_that_lie_are_told_apart()
    {
        var blocks = new byte[34];
        (string Says, GgufBuilder File)[] cases =
        [
            ("occurs twice", new GgufBuilder().Text("a", "x").Text("a", "y")),
            ("occurs twice", new GgufBuilder().Floats("a", [1]).Floats("a", [2])),
            ("no multiple of 32", new GgufBuilder().AddTensor("a", [1], 0, new byte[4], 4)),
            ("inside of one", new GgufBuilder().Floats("a", [.. new float[32]]).AddTensor("b", [8], 0, new byte[32], 32)),
            ("belong to none", new GgufBuilder().Floats("a", [1]).AddTensor("b", [1], 0, new byte[4], 4096)),
            ("cannot hold", new GgufBuilder().AddTensor("a", [33], 8, blocks)),
            ("overflow", new GgufBuilder().AddTensor("a", [long.MaxValue, 3], 0, new byte[4])),
            ("overflow", new GgufBuilder().AddTensor("a", [-1], 0, new byte[4])),
            ("which does not exist", new GgufBuilder().AddTensor("a", [1], uint.MaxValue, new byte[4])),
            ("which does not exist", new GgufBuilder().AddTensor("a", [32], 4, new byte[20])),
            ("is 2", new GgufBuilder().Bool("a", 2)),
            ("follow the last tensor", new GgufBuilder { Suffix = [.. "MZ"u8] }.Floats("a", [1])),
        ];
        foreach (var (says, file) in cases)
            Assert.Contains(Read(file.Build()).Malformations, m => m.Kind == MalformationKind.Lie && m.Message.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Header_fields_that_stop_the_reading_leave_a_gap()
    {
        (MalformationKind Kind, string Says, GgufBuilder File)[] cases =
        [
            (MalformationKind.Truncated, "tensors are declared", new GgufBuilder { Counts = (1UL << 60, null) }.Floats("a", [1])),
            (MalformationKind.Truncated, "entries of metadata are declared", new GgufBuilder { Counts = (null, 1UL << 62) }),
            (MalformationKind.Invalid, "out of range", new GgufBuilder { Counts = (null, ulong.MaxValue) }),
            (MalformationKind.Truncated, "elements are declared", new GgufBuilder().EmptyPromise("a", GgufValueType.UInt64, 1UL << 61)),
            (MalformationKind.Truncated, "texts are declared", new GgufBuilder().EmptyPromise("a", GgufValueType.Text, 1UL << 40)),
            (MalformationKind.Truncated, "text of", new GgufBuilder().Add("a", GgufValueType.Text, w => w.Count(1UL << 50))),
            (MalformationKind.Invalid, "does not exist", new GgufBuilder().Add("a", (GgufValueType)13, w => w.Bytes([0]))),
            (MalformationKind.Invalid, "no power of two", new GgufBuilder().UInt32("general.alignment", 0)),
            (MalformationKind.Invalid, "no power of two", new GgufBuilder().UInt32("general.alignment", 24)),
            (MalformationKind.Invalid, "no power of two", new GgufBuilder().Text("general.alignment", "32")),
            (MalformationKind.Invalid, "dimensions", new GgufBuilder().AddTensor("a", [1, 1, 1, 1, 1], 0, new byte[4])),
            (MalformationKind.Truncated, "behind the end", new GgufBuilder().AddTensor("a", [1], 0, new byte[4], 1L << 40)),
            (MalformationKind.Truncated, "the tensors end at", new GgufBuilder().AddTensor("a", [1000], 0, new byte[4])),
            (MalformationKind.Unsupported, "not known", new GgufBuilder().AddTensor("a", [32], 999, new byte[18])),
            (MalformationKind.Unsupported, "version 9", new GgufBuilder { Version = 9 }),
            (MalformationKind.Unsupported, "chat template", new GgufBuilder().Text("tokenizer.chat_template", "{{ x }}")),
            (MalformationKind.Limit, "depth", new GgufBuilder().Nested("a", 12)),
        ];
        foreach (var (kind, says, file) in cases)
            Assert.Contains(Read(file.Build()).Malformations, m => m.Kind == kind && m.Message.Contains(says, StringComparison.Ordinal));
    }

    private static GgufFacts Read(byte[] bytes) => (GgufFacts)new GgufReader().Read(new MemoryByteSource(bytes), Scope());

    private static ReadScope Scope() => new(new WorkBudget(new WorkLimits()), new ReadDepth(false));
}
