using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;

namespace Assay.Impersonation.Tests.Claims;

public sealed class ClaimExtractorTests
{
    private static readonly ClaimExtractor Extractor = new(BrandPhrases.Standard);

    [Theory]
    [InlineData("# Privacy Filter\n\nPrivacy Filter is a model developed by OpenAI.", "OpenAI")]
    [InlineData("# Privacy Filter\n\n- **Developed by:** OpenAI\n", "OpenAI")]
    [InlineData("# OpenAI Privacy Filter\n\nMasks names.", "OpenAI")]
    [InlineData("# X\n\nPart of the open family of language models from Mistral AI.", "Mistral AI")]
    [InlineData("# X\n\nMeta developed and released the X family of models.", "Meta")]
    [InlineData("# X\n\nToday NVIDIA introduces a small model.", "NVIDIA")]
    [InlineData("# X\n\nDeveloped by \u041Epen\u0410I.", "OpenAI")] // Cyrillic О and А
    [InlineData("# X\n\nDeveloped by Open\u200BAI.", "OpenAI")]
    [InlineData("---\nmodel_name: OpenAI Privacy Filter\n---\n# X\n", "OpenAI")]
    [InlineData("# X\n\nEin Modell, entwickelt von OpenAI.", "OpenAI")]
    [InlineData("# X\n\nUn modèle développé par OpenAI.", "OpenAI")]
    [InlineData("# X\n\nUn modelo desarrollado por OpenAI.", "OpenAI")]
    [InlineData("# X\n\nUm modelo desenvolvido por OpenAI.", "OpenAI")]
    [InlineData("# X\n\nМодель разработана OpenAI.", "OpenAI")]
    [InlineData("# X\n\n本模型由OpenAI开发。", "OpenAI")]
    [InlineData("# X\n\nこのモデルはOpenAIが開発した。", "OpenAI")]
    public void A_card_that_names_a_brand_as_the_maker_claims_it(string card, string brand) =>
        Assert.Contains(Extractor.Extract(CardText.Read(card)), c => c.Kind == ClaimKind.Author && c.Brand.Name == brand);

    [Theory]
    [InlineData("# X\n\nThis is the official release of OpenAI's privacy filter.")]
    [InlineData("# X\n\nThe original repository of OpenAI.")]
    [InlineData("# X\n\nDas offizielle Modell von OpenAI.")]
    [InlineData("# X\n\nOpenAI官方发布的模型。")]
    [InlineData("# X\n\nOpenAI公式モデル。")]
    [InlineData("# X\n\nОфициальная модель OpenAI.")]
    public void A_card_that_says_it_is_the_real_one_claims_it(string card) =>
        Assert.Contains(Extractor.Extract(CardText.Read(card)), c => c.Kind == ClaimKind.Official && c.Brand.Name == "OpenAI");

    [Theory]
    [InlineData("# Llama-3-8B-medical\n\nThis model is a fine-tuned version of [meta-llama/Meta-Llama-3-8B](https://x) on a set of questions.")]
    [InlineData("# Llama 3 8B Instruct - GGUF\n\n- Model creator: [Meta](meta-llama)\n\nThese are GGUF files of meta-llama/Meta-Llama-3-8B-Instruct.")]
    [InlineData("# Qwen2.5 7B\n\nMirror of Qwen/Qwen2.5-7B for our classes. We did not make this model.\n\n- Developed by: Qwen\n")]
    [InlineData("# X GGUF\n\nQuants.\n\n# Original model card: OpenAI's X\n\nX is developed by OpenAI. This is the official release of OpenAI.")]
    [InlineData("# X\n\nTrained on outputs of OpenAI models and evaluated with the Google toolkit.")]
    [InlineData("# X\n\nNot affiliated with OpenAI.")]
    [InlineData("# X\n\nSee the official OpenAI documentation.")]
    [InlineData("# X\n\nAn unofficial port. The weights come from OpenAI.")]
    [InlineData("# X\n\nDeveloped by three students with help from a Google grant.")]
    [InlineData("# X\n\nThis is a command you can seed; an apple and a meta analysis by phi.")]
    [InlineData("# Falcon 7B, tuned\n\nOur experiment.")]
    [InlineData("# X\n\n```python\n# developed by OpenAI\n```")]
    [InlineData("# X\n\nInoffizielle Kopie von OpenAI.")]
    [InlineData("# X\n\n非官方镜像,与OpenAI无关联。")]
    [InlineData("")]
    public void A_card_that_only_speaks_of_a_brand_claims_nothing(string card) =>
        Assert.DoesNotContain(Extractor.Extract(CardText.Read(card)), c => c.Kind != ClaimKind.Denied);

    [Fact]
    public void A_display_name_is_a_claim_and_a_denial_in_the_bio_is_heard()
    {
        var card = CardText.Read("# X\n\nA model.");

        Assert.Contains(Extractor.Extract(card, new PublisherText("OpenAI", null)), c => c.Kind == ClaimKind.Author);
        Assert.Contains(Extractor.Extract(card, new PublisherText(null, "Not affiliated with OpenAI.")), c => c.Kind == ClaimKind.Denied);
        Assert.Empty(Extractor.Extract(card, new PublisherText("Anna K", "I like models")));
    }

    [Theory]
    [InlineData("openai", new string[0], false)]
    [InlineData("OpenAI", new string[0], false)]
    [InlineData("Open-OSS", new string[0], true)]
    [InlineData("Open-OSS", new[] { "OpenAI" }, false)]
    [InlineData("openai-community", new[] { "Google" }, true)]
    public void A_claim_is_false_unless_the_publisher_is_the_brand_or_endorsed_by_it(string publisher, string[] endorsedBy, bool isFalse)
    {
        var claims = Extractor.Extract(CardText.Read("# X\n\nDeveloped by OpenAI."));

        Assert.Equal(isFalse, ClaimExtractor.FalseClaims(claims, publisher, endorsedBy).Count > 0);
    }

    [Fact]
    public void A_claim_carries_its_line() =>
        Assert.Equal("- Developed by: OpenAI", Assert.Single(Extractor.Extract(CardText.Read("# X\n\nHello.\n\n- Developed by: OpenAI\n"))).Evidence);
}
