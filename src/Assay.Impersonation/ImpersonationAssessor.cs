using System.Globalization;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;
using Assay.Impersonation.Engagement;
using Assay.Impersonation.Names;
using W = Assay.Impersonation.AssessmentWeights;

namespace Assay.Impersonation;

/// <summary>What is known of the world at a moment: names, brands, cards. Immutable as the assessor sees it.</summary>
/// <param name="Names">Known and protected names.</param>
/// <param name="Brands">Brands whose claims are checked.</param>
public sealed record IdentitySnapshot(LikenessIndex Names, BrandPhrases Brands)
{
    /// <summary>Cards of protected repositories; null where none are kept.</summary>
    public CardIndex? Cards { get; init; }

    /// <summary>What ships with Assay.</summary>
    public static IdentitySnapshot Seed() => new(LikenessIndex.Seed(), BrandPhrases.Standard);
}

/// <summary>
/// Says whether a repository is what it seems to be: a sum of evidence in four groups (resemblance, explanation, danger, circumstances), each
/// piece with its words. Pure: no clock, no network, no database. Likeness alone is no accusation: without danger or a false claim it is
/// shown as what it is.
/// </summary>
public static class ImpersonationAssessor
{
    private const double HalfCard = 0.5;
    private const double WholeCard = 0.8;

    /// <summary>The repository that a candidate is most like by name, card or weights; null when it is like none.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="weights">Repositories that hold its tensors, with the share of theirs that it has; best first.</param>
    /// <param name="snapshot">The world.</param>
    public static string? FindTarget(CandidateFacts candidate, IEnumerable<(string Id, double Match)> weights, IdentitySnapshot snapshot)
    {
        var (organisation, name) = Split(candidate.Id);
        var names = NameLikeness.Judge(new NameQuery(organisation, name) { DisplayName = candidate.DisplayName }, snapshot.Names);
        var card = candidate.Card is { } text && snapshot.Cards is { } cards && cards.Nearest(text.Sketch, organisation) is [var best, ..] ? best : null;
        var (holder, match) = weights.FirstOrDefault(w => !SameOwner(w.Id, organisation));
        // A brand that comes after those who copied it is no copy.
        if (snapshot.Brands.Brands.Any(b => b.IsHandle(organisation)))
            return names.Target ?? (candidate.Card?.Front.BaseModels is [var basis, ..] ? basis : null);
        // Whose card or weights it carries says more than what it is called.
        if (card is { Containment: >= HalfCard })
            return card.Id;
        if (holder is not null && match >= HalfCard)
            return holder;
        return names.Target ?? (candidate.Card?.Front.BaseModels is [var declared, ..] ? declared : null) ?? candidate.DuplicatedFrom ?? card?.Id ?? holder;
    }

    /// <summary>Judges a repository.</summary>
    /// <param name="candidate">The repository.</param>
    /// <param name="target">What is known of the repository that it is like (<see cref="FindTarget"/>); null when it is like none.</param>
    /// <param name="publisher">Its publisher.</param>
    /// <param name="engagement">The interest in it.</param>
    /// <param name="snapshot">The world.</param>
    public static Assessment Assess(CandidateFacts candidate, TargetFacts? target, PublisherFacts publisher, EngagementFacts engagement, IdentitySnapshot snapshot) =>
        new Run(candidate, target, publisher, engagement, snapshot).Judge();

    private static (string Organisation, string Name) Split(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", id) : (id[..slash], id[(slash + 1)..]);
    }

    private static bool SameOwner(string id, string organisation) => Split(id).Organisation.Equals(organisation, StringComparison.OrdinalIgnoreCase);

    private sealed class Run(CandidateFacts candidate, TargetFacts? target, PublisherFacts publisher, EngagementFacts engagement, IdentitySnapshot snapshot)
    {
        private readonly List<AssessmentReason> _reasons = [];
        private readonly string _organisation = Split(candidate.Id).Organisation;

        public Assessment Judge()
        {
            if (candidate.IsPrivateNameElsewhere)
                return Blocked("private-name", $"{_organisation} is a private name here. Another hub offers the same name, and is not asked.");
            if (publisher.TombstonedName && !publisher.HasProvenIdentity)
                return Blocked("tombstoned-name", $"The name {candidate.Id} belonged to somebody else, who gave it up or lost it. Whoever uses it now has not shown to be the same.");

            var endorsed = target is not null && publisher.EndorsedBy.Any(e => IsOf(target.Id, e));
            var names = NameLikeness.Judge(
                new NameQuery(_organisation, Split(candidate.Id).Name) { DisplayName = candidate.DisplayName, OtherRepositories = publisher.OtherRepositories, IsEndorsed = endorsed || publisher.HasProvenIdentity },
                snapshot.Names);
            var targetId = target?.Id ?? names.Target;
            var files = FileComparison.Of(candidate.Files, candidate.ModelModules, target?.Files ?? []);
            var isTakeover = publisher.NewDevice && (publisher.SigningKeyChanged || publisher.FirstPrograms || files.Programs.Count > 0);
            var isOwnName = targetId is not null && (SameOwner(targetId, _organisation) || targetId.Equals(_organisation, StringComparison.OrdinalIgnoreCase));
            var isSuspended = isOwnName && !publisher.HasProvenIdentity && (publisher.OwnerChanged || isTakeover);
            var isOwn = (isOwnName && !isSuspended) || endorsed || publisher.HasProvenIdentity;

            var resemblance = isOwn ? 0 : Resemblance(names, targetId, isSuspended);
            var credit = isOwn || targetId is null ? CardCredit.None : CreditOf(targetId);
            var lure = LureOf(files, resemblance);
            Explain(names, targetId, files, lure, isOwn, isSuspended || isTakeover, credit, resemblance);
            Danger(names, files, lure, isOwn, isSuspended, resemblance);
            Circumstances(isOwnName, isTakeover, resemblance);

            var sum = W.Prior + _reasons.Sum(static r => r.Weight);
            var action = sum >= W.HoldFrom ? AssessmentAction.Hold
                : sum >= 0 ? AssessmentAction.Warn
                : resemblance > 0 || credit != CardCredit.None || candidate.DuplicatedFrom is not null ? AssessmentAction.Label
                : AssessmentAction.Allow;
            return new Assessment
            {
                Action = isOwn && action == AssessmentAction.Label ? AssessmentAction.Allow : action,
                Sum = sum,
                Target = targetId,
                Resemblance = resemblance,
                IsDeclaredDerivative = credit == CardCredit.BaseModel || candidate.DuplicatedFrom is not null,
                Reasons = [.. _reasons.OrderByDescending(static r => r.Weight)],
            };
        }

        private double Resemblance(NameAssessment names, string? targetId, bool isSuspended)
        {
            var total = 0.0;
            var strongest = names.Signals.MaxBy(static s => s.Strength);
            if (isSuspended)
                total += Add("own-name-in-doubt", ReasonGroup.Resemblance, $"It has the name of {targetId}, and whether it is still the same publisher is in doubt.", null, W.OwnNameSuspended, ReasonConfidence.High);
            // An older repository is never an imitation of a younger one by its name.
            else if (strongest is not null && !(candidate.FirstPublished < target?.FirstPublished))
                total += Add("name-" + CodeOf(strongest.Kind), ReasonGroup.Resemblance, strongest.Evidence, strongest.Target, strongest.Strength, ReasonConfidence.Medium);

            var claim = FalseClaim(targetId);
            if (claim is not null)
            {
                total += Add(
                    "false-claim", ReasonGroup.Resemblance,
                    claim.Kind == ClaimKind.Official ? $"It calls itself official; {claim.Brand.Name} has not confirmed that." : $"It says that {claim.Brand.Name} made it; {claim.Brand.Name} has not confirmed that.",
                    claim.Evidence, W.FalseClaim, ReasonConfidence.High);
            }

            var containment = target?.CardContainment ?? (targetId is not null && candidate.Card is { } card && snapshot.Cards is { } cards ? cards.Containment(card.Sketch, targetId) : 0);
            if (containment >= HalfCard && targetId is not null)
            {
                var credited = CreditOf(targetId) != CardCredit.None;
                var weight = containment >= WholeCard ? W.CardCopied : credited ? 0 : W.CardPartlyCopied;
                if (weight > 0)
                {
                    if (strongest is null && !isSuspended)
                        weight += W.CardWithoutName;
                    var percent = (containment * 100).ToString("0", CultureInfo.InvariantCulture);
                    total += Add("card-copied", ReasonGroup.Resemblance, $"Its description copies {percent} % of that of {targetId}.", $"{percent} %", weight, ReasonConfidence.High);
                }
            }

            if (target is { Weights: WeightLikeness.None or WeightLikeness.Placeholder } && total >= 2 && (containment >= HalfCard || claim is not null))
                total += Add("other-weights", ReasonGroup.Resemblance, $"Its weights have nothing in common with those of {targetId}.", null, W.OtherWeights, ReasonConfidence.High);
            return total;
        }

        private void Explain(NameAssessment names, string? targetId, FileComparison files, Lure? lure, bool isOwn, bool isInDoubt, CardCredit credit, double resemblance)
        {
            if (isOwn)
            {
                Add("own", ReasonGroup.Explanation, publisher.EndorsedBy.Count > 0 ? $"{targetId} vouches for this publisher." : "It is the publisher's own.", null, W.Own, ReasonConfidence.Proven);
                return;
            }

            if (isInDoubt)
                return;
            if (credit != CardCredit.None || candidate.DuplicatedFrom is not null)
            {
                // Credit explains a name. It explains no program, and no request to run one.
                var weight = files.Programs.Count > 0 || lure is not null ? W.CreditBesidePrograms : ImitatesPublisher(names) ? W.CreditBesideImitation : W.Credit;
                Add("credits", ReasonGroup.Explanation, $"It names {targetId ?? candidate.DuplicatedFrom} as what it is made of.", null, weight, credit == CardCredit.None ? ReasonConfidence.Proven : ReasonConfidence.Medium);
            }

            if (publisher.Level >= 3)
                Add("proven-publisher", ReasonGroup.Explanation, "Its publisher has proven a domain.", null, W.ProvenDomain, ReasonConfidence.Proven);
            else if (publisher.IsEstablished && publisher.Level >= 1)
                Add("known-publisher", ReasonGroup.Explanation, "Its publisher has been here for long, with repositories of its own.", Count(publisher.OtherRepositories, "other repository", "other repositories"), publisher.Level >= 2 ? W.Established : W.KnownAccount, ReasonConfidence.Proven);
            if (target is { Weights: WeightLikeness.Identical or WeightLikeness.Quantized, IsTemplateAltered: false } && files.IsDataOnly && resemblance > 0)
                Add("same-weights", ReasonGroup.Explanation, target.Weights == WeightLikeness.Identical ? $"Its weights are those of {targetId}, and nothing else is there." : $"Its weights are a conversion of those of {targetId}, and nothing else is there.", null, W.SameWeightsOnly, ReasonConfidence.High);
        }

        private void Danger(NameAssessment names, FileComparison files, Lure? lure, bool isOwn, bool isSuspended, double resemblance)
        {
            if (files.Programs.Count > 0)
                Add("programs", ReasonGroup.Danger, $"It brings {Named(files.Programs)}{(target is null || isOwn ? ", which a model does not need" : isSuspended ? ", which was not there before" : ", which the original does not have")}.", string.Join(", ", files.Programs.Take(8)), W.Programs, ReasonConfidence.High);
            if (lure is not null)
                Add("lure", ReasonGroup.Danger, "Its description asks you to run something other than the model.", lure.Line, W.Lure, ReasonConfidence.High);
            if (files.NewCode.Count > 0 && resemblance > 0)
                Add("new-code", ReasonGroup.Danger, $"It adds {Named(files.NewCode)}, which the original does not have.", string.Join(", ", files.NewCode.Take(8)), publisher.IsEstablished && !isSuspended ? W.NewCodeEstablished : W.NewCode, ReasonConfidence.High);
            if (files.Programs.Count + files.NewCode.Count > 0 && _reasons.Exists(static r => r.Code == "card-copied"))
                Add("code-beside-copied-card", ReasonGroup.Danger, "It adds files that run to a copied description.", null, 0, ReasonConfidence.High);
            if (target is { Weights: WeightLikeness.Partial } && (files.Programs.Count > 0 || files.NewCode.Count > 0) && resemblance > 0)
                Add("edited-weights", ReasonGroup.Danger, $"A part of the weights was changed, and code was added.", null, W.EditedWithCode, ReasonConfidence.High);
            else if (target is { Weights: WeightLikeness.Partial } && ImitatesPublisher(names))
                Add("edited-weights", ReasonGroup.Danger, $"It carries an edited copy of the weights of {target.Id}, under a publisher's name that is like its publisher's.", null, W.EditedUnderImitation, ReasonConfidence.High);
            if (target is { IsTemplateAltered: true } && !isOwn)
                Add("altered-template", ReasonGroup.Danger, "Its weights are the original's and its chat template or tokenizer is not.", null, resemblance > 0 ? W.AlteredTemplateResembling : W.AlteredTemplate, ReasonConfidence.Proven);
        }

        private void Circumstances(bool isOwnName, bool isTakeover, double resemblance)
        {
            if (publisher.AgeDays < 30)
                Add("new-account", ReasonGroup.Circumstance, publisher.AgeDays < 1 ? "Its publisher came today." : $"Its publisher has been here for {Count((int)publisher.AgeDays, "day", "days")}.", null, W.NewAccount, ReasonConfidence.Proven);
            if (publisher is { DormantDays: > 365, NewDevice: true } && !(isTakeover && isOwnName))
                Add("woken-account", ReasonGroup.Circumstance, $"Its publisher was silent for {Count((int)publisher.DormantDays, "day", "days")} and now comes from a new place.", null, W.Woken, ReasonConfidence.Proven);
            if (isTakeover && isOwnName)
                Add("takeover", ReasonGroup.Circumstance, "It came from a new place" + (publisher.SigningKeyChanged ? " with a new key." : " with the first program of this publisher."), null, W.Takeover, ReasonConfidence.Proven);
            if (publisher.OwnerChanged)
                Add("owner-changed", ReasonGroup.Circumstance, "The name had another owner until lately.", null, W.OwnerChanged, ReasonConfidence.Proven);
            if (publisher.Level >= 2)
                return;
            if ((engagement.Signs & (EngagementSigns.HollowTraffic | EngagementSigns.RentedPayloads)) != 0 && resemblance > 0)
                Add("hollow-traffic", ReasonGroup.Circumstance, "Its download numbers do not come from people who download it.", engagement.Evidence, W.Hollow, ReasonConfidence.High);
            if ((engagement.Signs & (EngagementSigns.LikesWithoutUse | EngagementSigns.YoungLikers | EngagementSigns.LockstepLikes)) != 0 && resemblance > 0)
                Add("bought-likes", ReasonGroup.Circumstance, "Its likes come from new accounts or from nobody who uses it.", engagement.Evidence, W.YoungLikes, ReasonConfidence.High);
        }

        /// <summary>
        /// What the card asks the reader to run. Beside programs in a repository that is like another, any request to run something first is one,
        /// and so is the name of such a program, in whatever words or language it stands.
        /// </summary>
        private Lure? LureOf(FileComparison files, double resemblance)
        {
            if (candidate.Card is not { } card)
                return null;
            if (LureReader.Read(card).FirstOrDefault(l => l.Kind != LureKind.UseTool || files.Programs.Count + files.NewCode.Count > 0) is { } lure)
                return lure;
            if (files.Programs.Count == 0 || resemblance <= 0)
                return null;
            return LureReader.RunFirst(card) ?? LureReader.Naming(card, files.Programs);
        }

        /// <summary>A claim about the target's publisher, or about any brand, that stands and is not this publisher's to make.</summary>
        private Claim? FalseClaim(string? targetId)
        {
            if (candidate.Card is not { } card)
                return null;
            var brands = snapshot.Brands;
            if (targetId is not null && Split(targetId).Organisation is { Length: > 2 } maker && !brands.Brands.Any(b => b.IsHandle(maker)))
                brands = new BrandPhrases([.. brands.Brands, new Brand(maker, [maker], [], [maker])]);
            var claims = new ClaimExtractor(brands).Extract(card, new PublisherText(candidate.DisplayName, null));
            return ClaimExtractor.FalseClaims(claims, _organisation, publisher.EndorsedBy) is [var claim, ..] ? claim : null;
        }

        private CardCredit CreditOf(string targetId)
        {
            if (candidate.Card is not { } card)
                return CardCredit.None;
            var credit = CardCredits.Of(card, targetId);
            if (credit != CardCredit.None)
                return credit;
            // A conversion of a conversion names the first original.
            var core = NameTokens.Core(Split(targetId).Name);
            return card.Front.BaseModels.Any(b => NameTokens.Core(Split(b).Name) == core) ? CardCredit.BaseModel : CardCredit.None;
        }

        private static bool ImitatesPublisher(NameAssessment names) => names.Signals.Any(static s =>
            s.Kind is NameSignalKind.ImitatedPublisher or NameSignalKind.ClaimedAuthority or NameSignalKind.SameReading or NameSignalKind.NearPublisher or NameSignalKind.DisguisedDisplayName or NameSignalKind.InventedSibling);

        private static bool IsOf(string id, string endorser) =>
            SameOwner(id, endorser) || id.Equals(endorser, StringComparison.OrdinalIgnoreCase);

        private double Add(string code, ReasonGroup group, string text, string? evidence, double weight, ReasonConfidence confidence)
        {
            _reasons.Add(new AssessmentReason(code, group, text, evidence, weight, confidence));
            return weight;
        }

        private static Assessment Blocked(string code, string text) =>
            new() { Action = AssessmentAction.Block, Sum = 6, Reasons = [new AssessmentReason(code, ReasonGroup.Rule, text, null, 0, ReasonConfidence.Proven)] };

        private static string Named(IReadOnlyList<string> files) => files.Count switch
        {
            1 => files[0],
            2 => $"{files[0]} and {files[1]}",
            _ => $"{files[0]}, {files[1]} and {Count(files.Count - 2, "more", "more")}",
        };

        private static string Count(int n, string one, string many) => n == 1 ? $"1 {one}" : $"{n.ToString(CultureInfo.InvariantCulture)} {many}";

        private static string CodeOf(NameSignalKind kind) => kind switch
        {
            NameSignalKind.ImitatedPublisher => "imitates-publisher",
            NameSignalKind.ClaimedAuthority => "claims-authority",
            NameSignalKind.SameReading => "same-reading",
            NameSignalKind.PublisherInName => "publisher-in-name",
            NameSignalKind.NearPublisher => "near-publisher",
            NameSignalKind.NearName => "near-name",
            NameSignalKind.SameName => "same-name",
            NameSignalKind.DisguisedDisplayName => "disguised-display-name",
            _ => "invented-sibling",
        };
    }
}
