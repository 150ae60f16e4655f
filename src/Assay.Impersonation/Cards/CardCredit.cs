using Assay.Impersonation.Claims;

namespace Assay.Impersonation.Cards;

/// <summary>How a card names the work that it resembles.</summary>
public enum CardCredit
{
    /// <summary>Not at all, or only as if it were its own.</summary>
    None,

    /// <summary>By its id, beside words that say "copy of", "converted from", "not affiliated" or the like.</summary>
    LinkWithDenial,

    /// <summary>As the declared base model.</summary>
    BaseModel,
}

/// <summary>Reads credit.</summary>
public static class CardCredits
{
    private const int Reach = 300; // characters between the id and the words
    private const int MostMentions = 256;

    /// <summary>How the card credits a repository.</summary>
    /// <param name="card">The card.</param>
    /// <param name="targetId">owner/name.</param>
    public static CardCredit Of(CardText card, string targetId)
    {
        if (card.Front.BaseModels.Contains(targetId, StringComparer.OrdinalIgnoreCase))
            return CardCredit.BaseModel;
        // The quoted card names itself; only what the publisher writes is credit.
        var denials = card.Marks.Where(m => m.Kind == WordKind.Denied && (card.Words[m.Index].Place & (CardPlace.Code | CardPlace.Quoted)) == 0).Select(m => card.Words[m.Index].Start).ToList();
        if (denials.Count == 0)
            return CardCredit.None;
        var mentions = 0;
        for (var at = Next(0); at >= 0 && mentions < MostMentions; at = Next(at + targetId.Length), mentions++)
        {
            var nearest = denials.BinarySearch(at);
            nearest = nearest < 0 ? ~nearest : nearest;
            if ((nearest < denials.Count && denials[nearest] - at <= Reach) || (nearest > 0 && at - denials[nearest - 1] <= Reach))
                return CardCredit.LinkWithDenial;
        }

        return CardCredit.None;

        int Next(int from)
        {
            for (var at = card.Source.IndexOf(targetId, from, StringComparison.OrdinalIgnoreCase); at >= 0; at = card.Source.IndexOf(targetId, at + 1, StringComparison.OrdinalIgnoreCase))
            {
                // "…/Model-7B" is not "…/Model-7B-Chat".
                var end = at + targetId.Length;
                if (end == card.Source.Length || !(char.IsAsciiLetterOrDigit(card.Source[end]) || card.Source[end] is '-' or '_'))
                    return at;
            }

            return -1;
        }
    }
}
