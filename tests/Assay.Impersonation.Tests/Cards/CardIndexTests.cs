using Assay.Impersonation.Cards;
using Assay.Impersonation.Tests.Evaluation;

namespace Assay.Impersonation.Tests.Cards;

public sealed class CardIndexTests
{
    private static readonly string[] Originals = [.. Directory.GetFiles(Path.Combine(Scorer.DataFolder, "cards")).Order(StringComparer.Ordinal).Take(20)];

    [Theory]
    [InlineData("whole", 0.95)]
    [InlineData("half", 0.35)]
    [InlineData("shuffled", 0.4)]
    [InlineData("within a long card", 0.95)]
    [InlineData("every fifteenth word changed", 0.33)]
    [InlineData("look-alikes", 0.95)]
    [InlineData("invisible", 0.95)]
    [InlineData("in a code block", 0.95)]
    public void A_copy_is_found_among_others(string change, double least)
    {
        var index = Index();
        for (var i = 0; i < Originals.Length; i++)
        {
            var card = CardText.Read(Change(File.ReadAllText(Originals[i]), change, i)).Sketch;
            var found = index.Nearest(card, "stranger");
            Assert.True(found.Count > 0 && found[0].Id == $"org/{i}" && found[0].Containment >= least, $"{change} {i}: {string.Join(", ", found)}");
            Assert.Equal(found[0].Containment, index.Containment(card, $"org/{i}"), 9);
        }
    }

    [Fact]
    public void A_card_of_ones_own_words_resembles_nothing()
    {
        var words = new Random(2);
        var own = CardText.Read(string.Join(' ', Enumerable.Range(0, 400).Select(_ => $"w{words.Next(5000)}"))).Sketch;

        Assert.Empty(Index().Nearest(own, "stranger"));
    }

    [Fact]
    public void The_cards_of_ones_own_are_not_counted_against_one()
    {
        var card = CardText.Read(File.ReadAllText(Originals[3])).Sketch;

        Assert.DoesNotContain(Index().Nearest(card, "PUBLISHER 3", 0.9), m => m.Id == "org/3");
    }

    [Fact]
    public void The_common_templates_are_cardless()
    {
        Assert.True(CardText.Read(File.ReadAllText(Path.Combine(Scorer.DataFolder, "cards", "dc133.md"))).Sketch.IsCardless);
        Assert.True(CardText.Read("# T\n\nA few words only.").Sketch.IsCardless);
        Assert.False(CardText.Read(File.ReadAllText(Originals[0])).Sketch.IsCardless);
    }

    [Fact]
    public void What_more_than_fifty_publishers_write_weighs_nothing()
    {
        var random = new Random(9);
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(1_000_000)}"));
        var habit = Words(60);
        var index = new CardIndex();
        for (var i = 0; i < 80; i++)
            index.Add($"o{i}/m", $"o{i}", CardText.Read($"{habit}\n\n{Words(60)}").Sketch);

        Assert.InRange(index.Containment(CardText.Read($"{habit}\n\n{Words(60)}").Sketch, "o7/m"), 0, 0.01);
    }

    [Fact]
    public void An_index_survives_being_saved_and_a_later_card_takes_the_place_of_an_earlier_one()
    {
        var index = Index();
        index.Add("ORG/0", "publisher 0", CardText.Read(File.ReadAllText(Originals[1])).Sketch);
        using var stream = new MemoryStream();
        index.Save(stream);
        stream.Position = 0;
        var loaded = CardIndex.Load(stream, TestContext.Current.CancellationToken);

        Assert.NotNull(loaded);
        Assert.Equal(index.Count, loaded.Count);
        foreach (var file in Originals)
        {
            var card = CardText.Read(File.ReadAllText(file)).Sketch;
            Assert.Equal(index.Nearest(card, "stranger"), loaded.Nearest(card, "stranger"));
        }

        Assert.InRange(loaded.Containment(CardText.Read(File.ReadAllText(Originals[1])).Sketch, "org/0"), 0.99, 1);
    }

    [Fact]
    public void A_damaged_index_is_refused()
    {
        const int seed = 5;
        var random = new Random(seed);
        using var stream = new MemoryStream();
        Index().Save(stream);
        var whole = stream.ToArray();
        for (var round = 0; round < 300; round++)
        {
            var damaged = round % 3 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            if (round % 3 != 0)
                damaged[round % 3 == 1 ? random.Next(64) : random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Assert.True(CardIndex.Load(new MemoryStream(damaged), TestContext.Current.CancellationToken) is null, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void A_search_stays_quick_when_very_many_cards_are_alike()
    {
        var random = new Random(4);
        ulong[] Shingles(int count) => [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64() << 1)];
        var common = Shingles(100);
        var index = new CardIndex();
        for (var i = 0; i < 20_000; i++)
            index.Add($"o{i}/m", $"o{i % 40}", CardSketch.OfShingles([.. common, .. Shingles(40)]));
        var quickest = TimeSpan.MaxValue; // others use the machine too
        for (var i = 0; i < 50; i++)
        {
            var candidate = CardSketch.OfShingles([.. common, .. Shingles(2_000)]);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            index.Nearest(candidate, "stranger");
            quickest = clock.Elapsed < quickest ? clock.Elapsed : quickest;
        }

        Assert.True(quickest.TotalMilliseconds < 20, $"{quickest.TotalMilliseconds} ms");
    }

    private static CardIndex Index()
    {
        var index = new CardIndex();
        for (var i = 0; i < Originals.Length; i++)
            index.Add($"org/{i}", $"publisher {i}", CardText.Read(File.ReadAllText(Originals[i])).Sketch);
        return index;
    }

    private static string Change(string card, string change, int seed)
    {
        var random = new Random(seed);
        var paragraphs = card.Split("\n\n");
        switch (change)
        {
            case "half":
                return string.Join("\n\n", paragraphs[..(paragraphs.Length * 6 / 10)]);
            case "shuffled":
                random.Shuffle(paragraphs);
                return string.Join("\n\n", paragraphs.Select(p => p.StartsWith("---", StringComparison.Ordinal) ? "" : p));
            case "within a long card":
                return string.Join(' ', Enumerable.Range(0, 4000).Select(_ => $"x{random.Next(100_000)}")) + "\n\n" + card;
            case "every fifteenth word changed":
                return string.Join(' ', card.Split(' ').Select((w, n) => n % 15 == 7 ? "other" : w));
            case "in a code block":
                return "```text\n" + card.Replace("```", "", StringComparison.Ordinal);
            case "look-alikes":
                return card.Replace('a', '\u0430').Replace('e', '\u0435').Replace('o', '\u043E');
            case "invisible":
                return card.Replace("e", "e\u200B", StringComparison.Ordinal);
            default:
                return card;
        }
    }
}
