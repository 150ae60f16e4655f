using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class SkeletonTests
{
    [Theory]
    [InlineData("OpenAI", "opеnai")]
    [InlineData("OpenAI", "OpenΑI")]
    [InlineData("OpenAI", "ＯｐｅｎＡＩ")]
    [InlineData("OpenAI", "𝗢𝗽𝗲𝗻𝗔𝗜")]
    [InlineData("OpenAI", "Ópenái")]
    [InlineData("OpenAI", "O\u0301penAI")]
    [InlineData("OpenAI", "Open\u200bAI")]
    [InlineData("OpenAI", "OpenAl")]
    [InlineData("OpenAI", "0penA1")]
    [InlineData("meta-llama", "meta-Ilama")]
    [InlineData("gemma", "gernma")]
    [InlineData("Qwen", "Qvven")]
    [InlineData("Instruct", "INSTRUCT")]
    [InlineData("Files", "ﬁles")]
    [InlineData("Microsoft", "Мicrosoft")]
    public void What_looks_alike_has_one_skeleton(string name, string disguised) =>
        Assert.Equal(Skeleton.Of(name).Text, Skeleton.Of(disguised).Text);

    [Theory]
    [InlineData("OpenAI", "OpenAU")]
    [InlineData("Мистраль", "Mistral")]
    [InlineData("Qwen2", "Qwen3")]
    [InlineData("bert", "BART")]
    [InlineData("通义千问", "Qwen")]
    public void What_is_another_name_has_another_skeleton(string name, string other) =>
        Assert.NotEqual(Skeleton.Of(name).Text, Skeleton.Of(other).Text);

    [Theory]
    [InlineData("OpenAI", false, false)]
    [InlineData("Open\u200bAI", true, false)]
    [InlineData("Open\u00adAI", true, false)]
    [InlineData("\u202eIAnepO", true, false)]
    [InlineData("Open\u2060AI", true, false)]
    [InlineData("OpenАI", false, true)]
    [InlineData("Ορen", false, true)]
    [InlineData("Модели Qwen", false, false)]
    [InlineData("Qwen_модели", false, false)]
    [InlineData("Café Ünïcode", false, false)]
    [InlineData("通义千问 Qwen", false, false)]
    public void It_is_remembered_what_was_hidden_and_mixed(string text, bool hadInvisible, bool mixedScript)
    {
        var skeleton = Skeleton.Of(text);
        Assert.Equal((hadInvisible, mixedScript), (skeleton.HadInvisible, skeleton.MixedScript));
    }

    [Theory]
    [InlineData("deepseek-ai", "deepseekai")]
    [InlineData("Mistral_AI", "mistralai")]
    [InlineData("zai.org", "zai-org")]
    public void Monikers_know_no_punctuation(string name, string other)
    {
        Assert.Equal(Moniker.Of(name), Moniker.Of(other));
        Assert.Equal(Moniker.Plain(name), Moniker.Plain(other));
    }

    [Fact]
    public void Only_the_plain_moniker_tells_a_disguise()
    {
        Assert.Equal(Moniker.Of("TheBloke"), Moniker.Of("TheB1oke"));
        Assert.NotEqual(Moniker.Plain("TheBloke"), Moniker.Plain("TheB1oke"));
    }

    [Fact]
    public void The_skeleton_of_a_skeleton_is_itself()
    {
        var random = new Random(31);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new System.Text.StringBuilder();
            for (var length = random.Next(1, 12); length > 0; length--)
            {
                var code = random.Next(4) switch { 0 => random.Next(0x20, 0x7F), 1 => random.Next(0x80, 0x600), 2 => "rnvilm1|0"[random.Next(9)], _ => random.Next(0x80, 0x1F000) };
                text.Append(System.Text.Rune.IsValid(code) ? char.ConvertFromUtf32(code) : "\ud800");
            }

            var once = Skeleton.Of(text.ToString()).Text;
            Assert.True(once == Skeleton.Of(once).Text, $"seed 31, case {i}: {text}");
        }
    }

    [Fact]
    public void Every_Latin_letter_and_digit_is_a_letter_or_digit_still()
    {
        for (var c = '!'; c <= '~'; c++)
            Assert.Equal(1, Skeleton.Of(c.ToString()).Text.Length);
    }
}
