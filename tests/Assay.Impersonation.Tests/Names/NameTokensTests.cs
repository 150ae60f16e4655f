using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class NameTokensTests
{
    [Theory]
    [InlineData("Llama-3-8B-Instruct", "Llama-3-8B-Instruct-GGUF")]
    [InlineData("Llama-3-8B-Instruct", "Llama-3-8B-Instruct-AWQ-INT4")]
    [InlineData("Llama-3-8B-Instruct", "llama_3.8b-instruct")]
    [InlineData("Qwen3-8B", "Qwen3-8B-Q4_K_M")]
    [InlineData("Qwen3-8B", "Qwen3-8B-IQ3_XS.gguf")]
    [InlineData("Qwen3-8B", "Qwen3-8B-i1-GGUF")]
    [InlineData("Qwen3-8B", "Qwen3-8B-quantized.w4a16")]
    [InlineData("Qwen3-8B", "Qwen3-8B-q4f16_1-MLC")]
    [InlineData("Qwen3-8B", "Qwen3-8B-bnb-4bit")]
    public void Packaging_never_makes_two_names_different(string name, string packed) => Assert.Equal(NameTokens.Core(name), NameTokens.Core(packed));

    [Theory]
    [InlineData("Qwen2-7B", "Qwen3-8B")]
    [InlineData("Qwen2-7B", "Qwen2-7B-Instruct")]
    [InlineData("Qwen2-7B", "Qwen2-72B")]
    [InlineData("gemma-2b", "gemma-2b-it")]
    [InlineData("bge-m3", "bge-m3-ko")]
    public void Sizes_versions_and_variants_always_do(string name, string other) => Assert.NotEqual(NameTokens.Core(name), NameTokens.Core(other));

    [Theory]
    [InlineData("gguf", TokenClass.Packaging)]
    [InlineData("IQ3", TokenClass.Packaging)]
    [InlineData("w8a8", TokenClass.Packaging)]
    [InlineData("q4f16", TokenClass.Packaging)]
    [InlineData("7b", TokenClass.Size)]
    [InlineData("0.5B", TokenClass.Size)]
    [InlineData("8x7b", TokenClass.Size)]
    [InlineData("a3b", TokenClass.Size)]
    [InlineData("E4B", TokenClass.Size)]
    [InlineData("Instruct", TokenClass.Variant)]
    [InlineData("128k", TokenClass.Variant)]
    [InlineData("v2", TokenClass.Version)]
    [InlineData("3.1", TokenClass.Version)]
    [InlineData("2507", TokenClass.Version)]
    [InlineData("llama", TokenClass.Word)]
    [InlineData("b", TokenClass.Word)]
    [InlineData("-", TokenClass.Word)]
    public void A_token_has_a_class(string token, TokenClass expected) => Assert.Equal(expected, NameTokens.Classify(token));

    [Fact]
    public void A_dot_between_digits_stays() =>
        Assert.Equal(["Qwen2.5", "VL", "0.5B", "final"], NameTokens.Of("Qwen2.5-VL_0.5B.final").Select(static t => t.Text));

    [Theory]
    [InlineData("GGUF", "gguf")]
    [InlineData("4bit-bnb", "4bitbnb")]
    public void A_name_of_packaging_alone_is_its_own_core(string name, string core) => Assert.Equal(Moniker.Of(core), NameTokens.Core(name));
}
