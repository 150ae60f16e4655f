using Assay.Impersonation.Cards;

namespace Assay.Impersonation.Claims;

/// <summary>Brands as they are found in texts: each name, handle and word as a phrase of words.</summary>
public sealed class BrandPhrases
{
    private readonly Dictionary<string, List<Phrase>> _byFirst = [];

    /// <summary>The phrases of these brands.</summary>
    public BrandPhrases(IReadOnlyList<Brand> brands)
    {
        Brands = brands;
        foreach (var brand in brands)
        {
            var makers = brand.Handles.Append(WithoutBrackets(brand.Name)).Concat(brand.Domains.Select(d => d.Split('.')[0])).Select(Moniker).ToHashSet();
            foreach (var text in brand.Words.Concat(brand.Handles).Append(WithoutBrackets(brand.Name)))
            {
                var words = CardText.WordsOf(text).Select(w => w.Text).ToArray();
                if (words.Length == 0 || (words.Length == 1 && words[0].Length < 2))
                    continue;
                if (!_byFirst.TryGetValue(words[0], out var phrases))
                    _byFirst.Add(words[0], phrases = []);
                if (!phrases.Exists(p => p.Brand == brand && p.Words.SequenceEqual(words)))
                    phrases.Add(new Phrase(brand, words, makers.Contains(string.Concat(words)), words.Length == 1 && Brand.IsWeak(words[0])));
            }
        }

        foreach (var phrases in _byFirst.Values)
            phrases.Sort((a, b) => b.Words.Length.CompareTo(a.Words.Length));
    }

    /// <summary>Those of the brands that ship with Assay.</summary>
    public static BrandPhrases Standard { get; } = new(Brand.Seeds());

    /// <summary>All brands.</summary>
    public IReadOnlyList<Brand> Brands { get; }

    /// <summary>Brands among the words of an index range, in order.</summary>
    internal IEnumerable<BrandMark> Find(IReadOnlyList<CardWord> words, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (!_byFirst.TryGetValue(words[i].Text, out var phrases))
                continue;
            foreach (var phrase in phrases)
            {
                if (i + phrase.Words.Length > words.Count || (phrase.IsWeak && (words[i].Place & CardPlace.Capital) == 0))
                    continue;
                var k = 1;
                while (k < phrase.Words.Length && words[i + k].Text == phrase.Words[k])
                    k++;
                if (k < phrase.Words.Length)
                    continue;
                yield return new BrandMark(phrase.Brand, i, phrase.Words.Length, phrase.IsMaker);
                i += phrase.Words.Length - 1;
                break;
            }
        }
    }

    private static string WithoutBrackets(string name) => name.Split('(')[0].Trim();

    private static string Moniker(string text) => string.Concat(CardText.WordsOf(text).Select(w => w.Text));

    private sealed record Phrase(Brand Brand, string[] Words, bool IsMaker, bool IsWeak);
}

/// <summary>A brand found among words.</summary>
/// <param name="Brand">The brand.</param>
/// <param name="Index">Index of its first word.</param>
/// <param name="Count">How many words it has.</param>
/// <param name="IsMaker">Whether the words name the organisation rather than a product of it.</param>
internal readonly record struct BrandMark(Brand Brand, int Index, int Count, bool IsMaker);
