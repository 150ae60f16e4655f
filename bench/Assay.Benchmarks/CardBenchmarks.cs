using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>What one card costs: reading it, its claims and lures, and its search among many. Cards are made of invented words, a third of the text shared.</summary>
[MemoryDiagnoser]
public class CardBenchmarks
{
    private readonly ClaimExtractor _claims = new(BrandPhrases.Standard);
    private readonly Random _random = new(1);
    private CardIndex _index = new();
    private string _markdown = "";
    private CardText _card = CardText.Read("");

    [Params(55_000, 1_000_000)]
    public int Cards { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var habits = Enumerable.Range(0, 500).Select(_ => Sentence()).ToArray();
        _index = new CardIndex();
        for (var i = 0; i < Cards; i++)
        {
            _markdown = string.Join("\n\n", Enumerable.Range(0, 12).Select(n => n % 3 == 0 ? habits[_random.Next(habits.Length)] : Sentence()));
            _index.Add($"o{i % 20_000}/m{i}", $"o{i % 20_000}", CardText.Read(_markdown).Sketch);
        }

        _card = CardText.Read(_markdown);
        Console.WriteLine($"// {Cards:N0} cards: {_index.Bytes / 1_000_000:N0} MB");
    }

    [Benchmark]
    public CardText Read() => CardText.Read(_markdown);

    [Benchmark]
    public int ClaimsAndLures() => _claims.Extract(_card).Count + LureReader.Read(_card).Count;

    [Benchmark]
    public IReadOnlyList<CardMatch> Nearest() => _index.Nearest(_card.Sketch, "stranger");

    private string Sentence() => string.Join(' ', Enumerable.Range(0, 14).Select(_ => $"w{_random.Next(30_000)}")) + ".";
}
