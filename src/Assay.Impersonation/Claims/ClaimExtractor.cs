using Assay.Impersonation.Cards;

namespace Assay.Impersonation.Claims;

/// <summary>What a text says about who made the model.</summary>
public enum ClaimKind
{
    /// <summary>That the brand made it.</summary>
    Author,

    /// <summary>That it is the brand's official repository.</summary>
    Official,

    /// <summary>That it is not the brand's, or made out of the brand's.</summary>
    Denied,
}

/// <summary>A claim.</summary>
/// <param name="Brand">Of whom it speaks.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Evidence">The line that says so.</param>
public sealed record Claim(Brand Brand, ClaimKind Kind, string Evidence);

/// <summary>What a publisher says beside the card.</summary>
/// <param name="DisplayName">The organisation's display name, or null.</param>
/// <param name="Bio">What it says about itself, or null.</param>
public sealed record PublisherText(string? DisplayName, string? Bio);

/// <summary>
/// Reads from a card who is said to have made the model: the title, the beginning, "developed by" items, and what the publisher says about itself. What stands
/// below "original model card" is the original's word and is left out.
/// </summary>
/// <param name="brands">Whose names are looked for.</param>
public sealed class ClaimExtractor(BrandPhrases brands)
{
    private const int Lead = 1_500; // characters
    private const int Reach = 6; // words between "by" and the name
    private const int DenialReach = 300; // characters

    // Between "by" and the name, these begin another thought: "made by us with help from X".
    private static readonly HashSet<string> Stops = ["using", "with", "on", "via", "for", "against", "under", "like", "than", "without"];

    // In a title these say that it is something made out of the model.
    private static readonly HashSet<string> Derived =
        ["gguf", "ggml", "awq", "gptq", "exl2", "exl3", "mlx", "onnx", "openvino", "quantized", "quantised", "quants", "quant", "int4", "int8", "fp8", "4bit", "8bit", "nvfp4", "lora", "qlora", "ft", "finetune",
            "finetuned", "tuned", "merge", "merged", "abliterated", "uncensored", "translation", "mirror", "unofficial", "community", "distill", "distilled", "sft", "dpo", "adapter", "experiment", "for", "on"];

    /// <summary>All claims that stand after denials have been heard.</summary>
    /// <param name="card">The card.</param>
    /// <param name="publisher">What the publisher says beside it.</param>
    public IReadOnlyList<Claim> Extract(CardText card, PublisherText? publisher = null)
    {
        var claims = Read(card, isCard: true);
        foreach (var text in (string?[])[publisher?.DisplayName, publisher?.Bio])
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            var said = CardText.Read(text);
            claims.AddRange(Read(said, isCard: false));
            // Who carries a brand's name as the display name says to be that brand.
            if (text == publisher!.DisplayName && brands.Find(said.Words, 0, said.Words.Count).FirstOrDefault() is { Brand: { } brand, Index: 0, IsMaker: true } && !claims.Exists(c => c.Kind == ClaimKind.Denied && c.Brand == brand))
                claims.Add(new Claim(brand, ClaimKind.Author, text));
        }

        return [.. claims.Distinct()];
    }

    /// <summary>Claims to be made by, or to be the official place of, a brand that the publisher is neither a handle of nor endorsed by.</summary>
    /// <param name="claims">From <see cref="Extract"/>.</param>
    /// <param name="organisation">The publisher's name.</param>
    /// <param name="endorsedBy">Names of the brands that endorse the publisher.</param>
    public static IReadOnlyList<Claim> FalseClaims(IEnumerable<Claim> claims, string organisation, IReadOnlyCollection<string> endorsedBy) =>
        [.. claims.Where(c => c.Kind != ClaimKind.Denied && !c.Brand.IsHandle(organisation) && !endorsedBy.Contains(c.Brand.Name, StringComparer.OrdinalIgnoreCase))];

    private List<Claim> Read(CardText card, bool isCard)
    {
        var words = card.Words;
        var lead = isCard ? LeadEnd(words) : words.Count;
        var claims = new List<(Claim Claim, int Offset)>();
        var denials = new List<int>();
        foreach (var mark in card.Marks)
        {
            var place = words[mark.Index].Place;
            if ((place & (CardPlace.Code | CardPlace.Quoted)) != 0)
                continue;
            if (mark.Kind == WordKind.Denied)
                denials.Add(words[mark.Index].Start);
            var inLead = mark.Index < lead;
            var isItem = (place & CardPlace.ListItem) != 0 && (mark.Index == 0 || words[mark.Index - 1].Sentence != words[mark.Index].Sentence);
            switch (mark.Kind)
            {
                case WordKind.AuthorBefore when inLead || isItem:
                    if (MakerAfter(words, mark.Index + mark.Count) is { } maker)
                        Add(maker, ClaimKind.Author, mark.Index);
                    break;
                case WordKind.AuthorAfter when inLead:
                    if (MakerBefore(words, mark.Index) is { } subject)
                        Add(subject, ClaimKind.Author, mark.Index);
                    break;
                case WordKind.Official when inLead && !IsAboutElsewhere(words, mark.Index):
                    var (from, to) = SentenceOf(words, mark.Index);
                    foreach (var brand in brands.Find(words, from, to))
                        Add(brand.Brand, ClaimKind.Official, mark.Index);
                    break;
                case WordKind.Denied:
                    // As far as the sentence and the one after it go.
                    var (begin, end) = SentenceOf(words, mark.Index);
                    foreach (var brand in brands.Find(words, begin, int.Min(words.Count, end + 20)))
                        Add(brand.Brand, ClaimKind.Denied, mark.Index);
                    break;
            }
        }

        if (isCard)
        {
            foreach (var brand in TitleMakers(words))
                Add(brand.Brand, ClaimKind.Author, brand.Index);
            foreach (var key in (string[])["model_creator", "license_name", "model_name"])
            {
                if (key != "model_creator" && card.Front.BaseModels.Count > 0)
                    continue;
                foreach (var value in card.Front[key])
                {
                    var said = CardText.WordsOf(value);
                    if (brands.Find(said, 0, said.Count).FirstOrDefault() is { Brand: { } brand, IsMaker: true, Index: 0 } && key == "model_name" && !said.Any(w => Derived.Contains(w.Text)))
                        claims.Add((new Claim(brand, ClaimKind.Author, $"{key}: {value}"), 0));
                }
            }
        }

        var deniedBrands = claims.Where(c => c.Claim.Kind == ClaimKind.Denied).Select(c => c.Claim.Brand).ToHashSet();
        // "We did not make this model" at the head speaks for the whole card.
        var deniesAtHead = denials.Exists(d => d < Lead / 2 && words.FirstOrDefault(w => w.Start >= d).Place is var place && (place & CardPlace.Quoted) == 0);
        return [.. claims.Where(c => c.Claim.Kind == ClaimKind.Denied || !IsCancelled(c.Claim, c.Offset)).Select(c => c.Claim)];

        bool IsCancelled(Claim claim, int offset) => claim.Kind == ClaimKind.Author
            && (deniedBrands.Contains(claim.Brand) || denials.Exists(d => int.Abs(d - offset) <= DenialReach) || (deniesAtHead && card.Front.BaseModels.Count > 0));

        void Add(Brand brand, ClaimKind kind, int index)
        {
            if (claims.Count < 256 && !claims.Exists(c => c.Claim.Brand == brand && c.Claim.Kind == kind))
                claims.Add((new Claim(brand, kind, card.LineAt(words[index].Start)), words[index].Start));
        }
    }

    private Brand? MakerAfter(IReadOnlyList<CardWord> words, int from)
    {
        var to = from;
        while (to < words.Count && to < from + Reach && words[to].Sentence == words[int.Max(0, from - 1)].Sentence && !Stops.Contains(words[to].Text))
            to++;
        return brands.Find(words, from, to).Where(b => b.IsMaker).Select(b => b.Brand).FirstOrDefault();
    }

    private Brand? MakerBefore(IReadOnlyList<CardWord> words, int at)
    {
        var from = at;
        while (from > 0 && from > at - 4 && words[from - 1].Sentence == words[at].Sentence)
            from--;
        return brands.Find(words, from, at).Where(b => b.IsMaker && b.Index + b.Count >= at - 1).Select(b => b.Brand).FirstOrDefault();
    }

    private IEnumerable<BrandMark> TitleMakers(IReadOnlyList<CardWord> words)
    {
        var first = 0;
        while (first < words.Count && (words[first].Place & CardPlace.Heading) == 0)
            first++;
        if (first == words.Count || (words[first].Place & CardPlace.Quoted) != 0)
            return [];
        var (_, end) = SentenceOf(words, first);
        if (words.Skip(first).Take(end - first).Any(w => Derived.Contains(w.Text)))
            return [];
        // A title that is the brand's word and a number ("Falcon 7B") is a model's name, not a claim; the maker's name before the model's is one.
        return [.. brands.Find(words, first, int.Min(end, first + 4)).Where(b => b.IsMaker && b.Index == first && end > first + b.Count && char.IsLetter(words[first + b.Count].Text[0]))];
    }

    /// <summary>"See the official card", "not official": no claim about this repository.</summary>
    private static bool IsAboutElsewhere(IReadOnlyList<CardWord> words, int at)
    {
        for (var i = at - 1; i >= 0 && i >= at - 5 && words[i].Sentence == words[at].Sentence; i--)
        {
            if (words[i].Text is "see" or "visit" or "refer" or "from" or "of" or "to" or "not" or "non" or "no" or "than" or "unlike" or "in" or "on" or "with" or "check" or "read" or "at" or "download" or "using" or "nicht" or "kein" or "non" or "pas" or "nao" or "não" or "не" or "非")
                return true;
        }

        return false;
    }

    private static (int From, int To) SentenceOf(IReadOnlyList<CardWord> words, int index)
    {
        var (from, to) = (index, index + 1);
        while (from > 0 && from > index - 60 && words[from - 1].Sentence == words[index].Sentence)
            from--;
        while (to < words.Count && to < index + 60 && words[to].Sentence == words[index].Sentence)
            to++;
        return (from, to);
    }

    private static int LeadEnd(IReadOnlyList<CardWord> words)
    {
        if (words.Count == 0)
            return 0;
        var limit = words[0].Start + Lead;
        var end = 0;
        while (end < words.Count && words[end].Start < limit)
            end++;
        return end;
    }
}
