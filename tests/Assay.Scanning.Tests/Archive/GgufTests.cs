using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Archive;

/// <summary>Verdicts on formats whose structure is read and which have no rules of their own yet.</summary>
public sealed class GgufTests
{
    [Fact]
    public void An_honest_file_is_clean() => ScanAssert.Clean(SampleCatalog.Gguf().Build(), "model.gguf");

    [Fact]
    public void A_chat_template_is_not_analysed_yet_and_the_file_is_incomplete() =>
        Assert.Equal(Verdict.Incomplete, ScanAssert.Scan(SampleCatalog.Gguf().Text("tokenizer.chat_template", "{{ messages }}").Build(), "model.gguf").Verdict);

    [Fact]
    public void A_lying_header_is_suspicious()
    {
        ScanAssert.HasRule(ScanAssert.Suspicious(new GgufBuilder().Floats("a", [1]).Floats("a", [2]).Build(), "", "model.gguf"), "SCN-005");
        ScanAssert.HasRule(ScanAssert.Suspicious(new GgufBuilder().Floats("a", new float[32]).AddTensor("b", [8], 0, new byte[32], 32).Build(), "", "model.gguf"), "SCN-005");
    }

    [Fact]
    public void A_file_that_ends_early_is_incomplete() =>
        Assert.Equal(Verdict.Incomplete, ScanAssert.Scan(SampleCatalog.Gguf().Build()[..^40], "model.gguf").Verdict);

    [Fact]
    public void What_follows_the_tensors_is_looked_into()
    {
        var bytes = new GgufBuilder { Suffix = PickleBuilder.Of(2).Call("os", "system", "echo assay").Stop() }.Floats("a", [1]).Build();
        Assert.Equal(Verdict.Malicious, ScanAssert.Scan(bytes, "model.gguf").Verdict);
    }

    [Fact]
    public void The_operators_of_a_graph_are_not_analysed_yet() =>
        Assert.Equal(Verdict.Incomplete, ScanAssert.Scan(new OnnxBuilder().Raw("w", 1, [1], new byte[4]).Build(), "model.onnx").Verdict);
}
