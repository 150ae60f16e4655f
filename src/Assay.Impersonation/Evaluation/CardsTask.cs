using System.Text.Json;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;

namespace Assay.Impersonation.Evaluation;

/// <summary>Scores pairs of cards: how likely the second is an illegitimate copy of the first, for the scorer of the evaluation data.</summary>
public static class CardsTask
{
    /// <summary>Reads card_pairs.jsonl, card_brands.tsv and the cards, and writes one line a pair: id and score between 0 and 1.</summary>
    /// <exception cref="IOException">The data cannot be read.</exception>
    /// <exception cref="JsonException">The data is not what its README says.</exception>
    public static void Run(string dataFolder, TextWriter output, CancellationToken cancellation)
    {
        var extractor = new ClaimExtractor(new BrandPhrases(Brand.Read(File.ReadLines(Path.Combine(dataFolder, "card_brands.tsv")))));
        var pairs = File.ReadLines(Path.Combine(dataFolder, "card_pairs.jsonl")).Where(l => !string.IsNullOrWhiteSpace(l)).Select(Read).ToList();
        var cards = new Dictionary<string, CardText>();
        var index = new CardIndex();
        foreach (var original in pairs.DistinctBy(p => p.OriginalId))
        {
            cancellation.ThrowIfCancellationRequested();
            index.Add(original.OriginalId, original.OriginalPublisher, Card(original.Original).Sketch);
        }

        foreach (var pair in pairs)
        {
            cancellation.ThrowIfCancellationRequested();
            var score = Score(pair, Card(pair.Candidate), index, extractor);
            output.WriteLine(JsonSerializer.Serialize(new CardPrediction(pair.Id, Math.Round(score, 4)), EvaluationJson.Default.CardPrediction));
        }

        CardText Card(string file)
        {
            // A file name of the data, not a way out of its folder.
            if (!cards.TryGetValue(file, out var card))
                cards.Add(file, card = CardText.Read(File.ReadAllText(Path.Combine(dataFolder, "cards", Path.GetFileName(file)))));
            return card;
        }
    }

    private static double Score(Pair pair, CardText candidate, CardIndex index, ClaimExtractor extractor)
    {
        var (owner, name) = Split(pair.CandidateId);
        var (targetOwner, targetName) = Split(pair.OriginalId);
        if (owner.Equals(targetOwner, StringComparison.OrdinalIgnoreCase))
            return 0.01;
        var containment = index.Containment(candidate.Sketch, pair.OriginalId);
        var credit = CardCredits.Of(candidate, pair.OriginalId);
        var isFalse = ClaimExtractor.FalseClaims(extractor.Extract(candidate), owner, []).Any(c => c.Brand.IsHandle(targetOwner));
        var lures = LureReader.Read(candidate).Any(static l => l.Kind != LureKind.UseTool);
        var isNamesake = Letters(name).Equals(Letters(targetName), StringComparison.OrdinalIgnoreCase);

        // Log-odds. Likeness is the ground; what else is known only adds when there is some.
        var likeness = double.Clamp((containment - 0.1) / 0.25, 0, 1);
        var sum = -4.5 + (6.5 * likeness);
        if (containment > 0.08 || isNamesake)
        {
            sum += (isFalse ? 1.5 : 0) + (lures ? 2.5 : 0);
            sum += isNamesake && credit == CardCredit.None ? 1 : 0;
            sum += candidate.CodeIds.Contains(pair.OriginalId, StringComparer.OrdinalIgnoreCase) && credit == CardCredit.None ? 0.5 : 0;
        }

        // Credit explains a likeness. It does not explain a lure.
        if (credit != CardCredit.None)
            sum -= lures ? 0.5 : 5;
        if (pair.CandidateLevel >= 3)
            sum -= 2.5;
        return 1 / (1 + Math.Exp(-sum));
    }

    private static (string Owner, string Name) Split(string id)
    {
        var slash = id.IndexOf('/');
        return slash < 0 ? ("", id) : (id[..slash], id[(slash + 1)..]);
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit));

    private static Pair Read(string line)
    {
        using var document = JsonDocument.Parse(line);
        var pair = document.RootElement;
        string Text(string key) => pair.GetProperty(key).GetString() ?? "";
        return new Pair(Text("pair_id"), Text("a"), Text("a_id"), Text("a_publisher"), Text("b"), Text("b_id"), pair.GetProperty("b_publisher_level").GetInt32());
    }

    private sealed record Pair(string Id, string Original, string OriginalId, string OriginalPublisher, string Candidate, string CandidateId, int CandidateLevel);
}
