using System.Globalization;
using System.Text;
using Assay.Scanning.Reports;

namespace Assay.Scanning.Policy;

/// <summary>The sentence that says a decision to the person who waits for it.</summary>
internal static class DecisionSummary
{
    private const int MaxLength = 300;

    public static string Of(Outcome outcome, Verdict verdict, IReadOnlyList<DecisionReason> reasons, bool waived, RepositoryFacts repository, string policy)
    {
        var weighty = reasons.FirstOrDefault(r => r.Outcome == outcome && (outcome != Outcome.Admitted || r.Verdict > Verdict.Clean));
        if (weighty is null)
        {
            return Ascii(verdict == Verdict.Clean && !waived
                ? $"Nothing was found that the policy {policy} refuses"
                : $"Nothing is left that the policy {policy} refuses");
        }

        var sentence = SentenceOf(weighty, repository);
        // Whom it imitates is what its reader has to know first, whatever else is wrong with it.
        if (outcome != Outcome.Admitted && repository.Assessment is { Action: AssessmentAction.Hold or AssessmentAction.Block, Sentence: { } whole })
            sentence = $"{whole} {(weighty is { Verdict: null, Detail: { } assessed } ? assessed : sentence)}";
        return Ascii(outcome == Outcome.Admitted ? "Admitted with caution: " + sentence : sentence);
    }

    private static string SentenceOf(DecisionReason reason, RepositoryFacts repository)
    {
        if (reason.Detail is { } detail && reason.Verdict is > Verdict.Clean and var verdict)
            return $"{reason.File ?? repository.Id ?? "The repository"} {PolicyWords.Sentence(verdict)}: {Continued(detail)}";
        var words = reason.Verdict is null && reason.Detail is { } assessed ? $"{reason.Because} {assessed}" : reason.Because;
        return (reason.File ?? repository.Id) is { } subject ? $"{subject}: {words}" : words;
    }

    /// <summary>A sentence as it goes on after a colon; what begins with a name or an abbreviation stays as it is.</summary>
    private static string Continued(string sentence) =>
        sentence.Length > 1 && char.IsAsciiLetterUpper(sentence[0]) && (char.IsAsciiLetterLower(sentence[1]) || sentence[1] == ' ')
            ? char.ToLowerInvariant(sentence[0]) + sentence[1..]
            : sentence;

    /// <summary>Printable ASCII in one line, bounded, ended by a full stop.</summary>
    private static string Ascii(string text)
    {
        var ascii = new StringBuilder(Math.Min(text.Length, MaxLength) + 8);
        foreach (var rune in VisibleText.Of(text).EnumerateRunes())
        {
            if (ascii.Length > MaxLength)
                break;
            _ = rune.Value switch
            {
                >= ' ' and <= '~' => ascii.Append((char)rune.Value),
                '\u2018' or '\u2019' => ascii.Append('\''),
                '\u201c' or '\u201d' => ascii.Append('"'),
                '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2014' => ascii.Append('-'),
                '\u2026' => ascii.Append("..."),
                < 0x10000 => ascii.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => ascii.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        if (ascii.Length > MaxLength)
        {
            ascii.Length = MaxLength - 3;
            return ascii.Append("...").ToString();
        }

        return ascii is { Length: > 0 } && ascii[^1] is '.' or '!' or '?' ? ascii.ToString() : ascii.Append('.').ToString();
    }
}
