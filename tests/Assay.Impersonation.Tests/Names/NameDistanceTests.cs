using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class NameDistanceTests
{
    [Theory]
    [InlineData("google", "googke", 0.6f)]
    [InlineData("mistral", "mustral", 0.6f)]
    [InlineData("alpaca", "alpeca", 0.7f)]
    [InlineData("unsloth", "unsloht", 0.6f)]
    [InlineData("unsloth", "unslotth", 0.6f)]
    [InlineData("falcon", "falkon", 0.6f)]
    [InlineData("phixtral", "fixtral", 0.6f)]
    [InlineData("deepseek", "cleepseek", 0.3f)]
    [InlineData("whisper", "whi5per", 0.3f)]
    [InlineData("gemma", "gernma", 0.3f)]
    [InlineData("qwen2", "qwen3", 1.5f)]
    [InlineData("llama", "lama", 0.6f)]
    [InlineData("bloom", "bloomz", 1f)]
    [InlineData("", "ab", 2f)]
    public void A_slip_costs_what_it_is_worth(string name, string other, float expected) =>
        Assert.Equal(expected, NameDistance.Between(Moniker.Letters(name), Moniker.Letters(other)), 3);

    [Theory]
    [InlineData("openai", "openal", true)]
    [InlineData("mistralai", "mistrallai", true)]
    [InlineData("eleutherai", "eleuterai", true)]
    [InlineData("baai", "baal", false)]
    [InlineData("amd", "and", false)]
    [InlineData("qwen2", "qwen3", false)]
    [InlineData("openai", "openmed", false)]
    public void Near_depends_on_length(string name, string other, bool expected) =>
        Assert.Equal(expected, NameDistance.IsNear(Moniker.Letters(name), Moniker.Letters(other)));

    [Fact]
    public void It_is_symmetric_and_a_limit_changes_nothing_below_it()
    {
        var random = new Random(32);
        for (var i = 0; i < 20_000; i++)
        {
            var (a, b) = (Text(random), Text(random));
            var distance = NameDistance.Between(a, b);
            Assert.True(Math.Abs(distance - NameDistance.Between(b, a)) < 1e-4, $"seed 32, case {i}: {a} {b}");
            Assert.Equal(a == b, distance == 0);
            var limited = NameDistance.Between(a, b, 1.7f);
            Assert.True(distance <= 1.7f ? limited == distance : limited > 1.7f, $"seed 32, case {i}: {a} {b}");
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "abclrnmdks5e3x"[random.Next(14)]));
}
