using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;
using Assay.Impersonation.Tests.Evaluation;

namespace Assay.Impersonation.Tests.Cards;

public sealed class CardTextTests
{
    [Fact]
    public void Front_matter_is_read_as_far_as_it_is_plain()
    {
        var front = CardText.Read("---\nbase_model:\n- a/b # the base\n- 'https://hub.example/c/d'\nlicense_name: \"x licence\"\ntags: [one, \"two\"]\nmodel-index:\n  - name: deep\n    nested: yes\n:bad\n---\n# T\n").Front;

        Assert.Equal(["a/b", "c/d"], front.BaseModels);
        Assert.Equal(["x licence"], front["license_name"]);
        Assert.Equal(["one", "two"], front["tags"]);
        Assert.Empty(front["absent"]);
    }

    [Theory]
    [InlineData("# Hello *World*\n\ntext", "Hello *World*")]
    [InlineData("---\na: b\n---\n\n## Second\n", "Second")]
    [InlineData("---\nno end of the head\n# Title\n", "Title")]
    [InlineData("```\n# comment\n```\n# Title", "Title")]
    [InlineData("text alone", null)]
    public void The_title_is_the_first_heading(string card, string? title) => Assert.Equal(title, CardText.Read(card).Title);

    [Fact]
    public void What_a_reader_does_not_see_is_no_text()
    {
        var shown = CardText.Read("The quick [brown](https://x.example/fox) fox <b>jumps</b> <!-- never\nseen --> over it");

        Assert.Equal("the quick brown fox jumps over it", string.Join(' ', shown.Words.Select(w => w.Text)));
    }

    [Theory]
    [InlineData("\uFF2F\uFF50\uFF45\uFF4E", "open")] // full width
    [InlineData("\U0001D40E\U0001D429\U0001D41E\U0001D427", "open")] // mathematical bold
    [InlineData("\u041Ep\u0435n", "open")] // Cyrillic
    [InlineData("O\u200Bp\u00ADen\uFE0F", "open")] // invisible
    [InlineData("Ope\u0301n", "open")] // combining mark
    public void Look_alikes_are_read_as_what_they_look_like(string text, string word) =>
        Assert.Equal(word, Assert.Single(CardText.Read(text).Words).Text);

    [Fact]
    public void Example_code_that_loads_another_repository_is_noted()
    {
        const string code = "# T\n```python\nm = load(\"a/base\")\nopen(\"data/train.json\")\n```\n";

        Assert.Equal(["a/base"], CardText.Read(code).CodeIds);
        Assert.True(CardText.Read(code).HasForeignSelfReference("x/copy"));
        Assert.False(CardText.Read(code).HasForeignSelfReference("A/Base"));
        Assert.False(CardText.Read("---\nbase_model: a/base\n---\n" + code).HasForeignSelfReference("x/copy"));
        Assert.False(CardText.Read("# T\n").HasForeignSelfReference("x/copy"));
    }

    [Theory]
    [InlineData("---\nbase_model: a/b\n---\n# T", CardCredit.BaseModel)]
    [InlineData("# T\n\nConverted from [a/b](https://hub.example/a/b).", CardCredit.LinkWithDenial)]
    [InlineData("# T\n\nUnmodified copy of A/B.", CardCredit.LinkWithDenial)]
    [InlineData("# T\n\n- Repository: a/b\n", CardCredit.None)]
    [InlineData("# T\n\nConverted from a/b-chat.", CardCredit.None)]
    [InlineData("# T\n\nA model.", CardCredit.None)]
    public void Credit_is_a_declared_base_or_a_name_beside_words_that_say_so(string card, CardCredit credit) =>
        Assert.Equal(credit, CardCredits.Of(CardText.Read(card), "a/b"));

    [Fact]
    public void Any_text_is_a_card()
    {
        const int seed = 77;
        var random = new Random(seed);
        var cards = Directory.GetFiles(Path.Combine(Scorer.DataFolder, "cards")).Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        string[] inserts = ["```", "---\n", "<!--", "-->", "](", "<", "\"", "\uD800", "\uDC00", "\0", "\u202E", "#", "\n- ", "base_model:\n-\n", "🤗"];
        var extractor = new ClaimExtractor(BrandPhrases.Standard);
        for (var round = 0; round < 600; round++)
        {
            var card = cards[random.Next(cards.Length)];
            card = card[..random.Next(card.Length + 1)];
            for (var i = random.Next(6); i > 0; i--)
                card = card.Insert(random.Next(card.Length + 1), inserts[random.Next(inserts.Length)]);
            var text = CardText.Read(card);
            Assert.All(text.Words, w => Assert.True(w.Start >= 0 && w.Start < w.End && w.End <= text.Source.Length, $"seed {seed}, round {round}"));
            extractor.Extract(text);
            LureReader.Read(text);
            CardCredits.Of(text, "northwind-ai/Borealis-7B-Instruct");
        }
    }
}
