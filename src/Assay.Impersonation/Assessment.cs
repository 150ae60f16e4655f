namespace Assay.Impersonation;

/// <summary>What the evidence of a reason speaks of (the groups of the sum).</summary>
public enum ReasonGroup
{
    /// <summary>A rule without exceptions.</summary>
    Rule,

    /// <summary>It is like something that people know.</summary>
    Resemblance,

    /// <summary>Why it may be like it.</summary>
    Explanation,

    /// <summary>What could hurt whoever uses it.</summary>
    Danger,

    /// <summary>What surrounds it.</summary>
    Circumstance,
}

/// <summary>How sure a reason is.</summary>
public enum ReasonConfidence
{
    /// <summary>A likeness or a habit.</summary>
    Medium,

    /// <summary>Read off plainly: a file that is there, a sentence that stands in the card.</summary>
    High,

    /// <summary>Proven: equal digests, a record of the hub.</summary>
    Proven,
}

/// <summary>One piece of evidence.</summary>
/// <param name="Code">Stable code, lower case with hyphens: <c>card-copied</c>.</param>
/// <param name="Group">What it speaks of.</param>
/// <param name="Text">A sentence for a person.</param>
/// <param name="Evidence">What it rests on: names, numbers, lines; null where the sentence says all.</param>
/// <param name="Weight">What it adds to the sum, in natural-log units; negative where it explains.</param>
/// <param name="Confidence">How sure.</param>
public sealed record AssessmentReason(string Code, ReasonGroup Group, string Text, string? Evidence, double Weight, ReasonConfidence Confidence);

/// <summary>What the assessor says of a repository, with the reasons.</summary>
public sealed record Assessment
{
    /// <summary>The version of the rules and weights.</summary>
    public const string Rules = "identity/2026-11";

    /// <summary>The code of the reason that the name of the publisher waits for a reviewer, whatever lies in the repository.</summary>
    public const string NameHeld = "publisher-name-held";

    /// <summary>Nothing to say.</summary>
    public static Assessment Nothing { get; } = new() { Action = AssessmentAction.Allow, Reasons = [] };

    /// <summary>What to do.</summary>
    public required AssessmentAction Action { get; init; }

    /// <summary>The sum of the evidence, in natural-log units; from 0 on more likely an imitation than not.</summary>
    public double Sum { get; init; }

    /// <summary>The sum as a probability.</summary>
    public double Probability => 1 / (1 + Math.Exp(-Sum));

    /// <summary>The genuine repository that it is like, or its publisher; null when it is like none.</summary>
    public string? Target { get; init; }

    /// <summary>How much it is like the target, without what explains it.</summary>
    public double Resemblance { get; init; }

    /// <summary>Whether the target is credited or declared as its base: lineage rather than accusation.</summary>
    public bool IsDeclaredDerivative { get; init; }

    /// <summary>All evidence, the heaviest first.</summary>
    public required IReadOnlyList<AssessmentReason> Reasons { get; init; }

    /// <summary>The sentences that a person is shown (<see cref="ShownOf"/>).</summary>
    public IReadOnlyList<AssessmentReason> Shown => ShownOf(Reasons);

    /// <summary>
    /// The sentences of all reasons that a person is shown: at most four that speak against it. What was copied, what could hurt and who published it come before a
    /// second reason of the same group; then the heaviest; they stand in the order of their weight.
    /// </summary>
    public static IReadOnlyList<AssessmentReason> ShownOf(IReadOnlyList<AssessmentReason> reasons)
    {
        var against = reasons.Where(static r => r.Weight > 0 || r.Group == ReasonGroup.Rule).ToList();
        var chosen = Telling(reasons).Concat(against).Distinct().Take(4).ToHashSet();
        return [.. against.Where(chosen.Contains)];
    }

    /// <summary>One sentence that says what it is about: for what is held, also what was copied, who published it and what comes along.</summary>
    /// <param name="id">The repository's id.</param>
    public string Headline(string id)
    {
        var sentence = Sentence(id);
        var parts = Action == AssessmentAction.Hold && Reasons is not [{ Code: NameHeld }, ..] ? Telling(Reasons).Select(static r => Continued(r.Text)).ToList() : [];
        return parts.Count == 0 ? sentence : $"{sentence[..^1]}: {string.Join("; ", parts)}.";
    }

    /// <summary>Of each group the reason that tells a reader most; what was copied or claimed tells more than what it is called, which the verdict says.</summary>
    private static IEnumerable<AssessmentReason> Telling(IReadOnlyList<AssessmentReason> reasons)
    {
        ReasonGroup[] groups = [ReasonGroup.Resemblance, ReasonGroup.Circumstance, ReasonGroup.Danger];
        return groups
            .Select(group => reasons.Where(r => r.Group == group && r.Weight > 0).OrderByDescending(static r => r.Code is "card-copied" ? 2 : r.Code is "false-claim" ? 1 : 0).FirstOrDefault())
            .OfType<AssessmentReason>();
    }

    /// <summary>A sentence as a part of another. One that begins with a name keeps its capital.</summary>
    private static string Continued(string sentence) =>
        (sentence.StartsWith("It", StringComparison.Ordinal) || sentence.StartsWith("The ", StringComparison.Ordinal) ? char.ToLowerInvariant(sentence[0]) + sentence[1..] : sentence).TrimEnd('.');

    /// <summary>One short sentence that says what it is about, to stand above the reasons.</summary>
    /// <param name="id">The repository's id.</param>
    public string Sentence(string id) => Action switch
    {
        AssessmentAction.Block when Target is null || Target.Equals(id, StringComparison.OrdinalIgnoreCase) => $"{id} may not be used under this name.",
        AssessmentAction.Hold when Reasons is [{ Code: NameHeld }, ..] => $"{id} waits until a reviewer has looked at the name of its publisher.",
        AssessmentAction.Hold or AssessmentAction.Block when Target is not null && !Target.Equals(id, StringComparison.OrdinalIgnoreCase) => $"{id} looks like an imitation of {Target}.",
        AssessmentAction.Hold or AssessmentAction.Block => $"{id} may no longer be what it was.",
        AssessmentAction.Warn when Target is not null && !Target.Equals(id, StringComparison.OrdinalIgnoreCase) => $"{id} is not {Target}, and nobody has confirmed who published it.",
        AssessmentAction.Warn => $"Something about {id} is unusual.",
        AssessmentAction.Label when IsDeclaredDerivative => $"{id} is based on {Target} and made by somebody else.",
        AssessmentAction.Label => $"{id} is unofficial: it is like {Target} and made by somebody else.",
        _ => $"{id} is not taken for an imitation.",
    };
}
