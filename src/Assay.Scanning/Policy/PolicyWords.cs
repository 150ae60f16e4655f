using Assay.Scanning.Reports;

namespace Assay.Scanning.Policy;

/// <summary>The words of a policy for enumerated values, both ways; the same that reports use.</summary>
internal static class PolicyWords
{
    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Admitted => "admit",
        Outcome.Quarantined => "quarantine",
        _ => "reject",
    };

    public static string Of(RepositoryKind kind) => kind switch
    {
        RepositoryKind.Model => "model",
        RepositoryKind.Dataset => "dataset",
        _ => "space",
    };

    public static string Of(AssessmentAction action) => action switch
    {
        AssessmentAction.Allow => "allow",
        AssessmentAction.Label => "label",
        AssessmentAction.Warn => "warn",
        AssessmentAction.Hold => "hold",
        _ => "block",
    };

    /// <summary>The value whose word this is.</summary>
    public static bool TryParse<T>(string word, Func<T, string> wordOf, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (wordOf(candidate) == word)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>All words, for errors: <c>a, b or c</c>.</summary>
    public static string All<T>(Func<T, string> wordOf)
        where T : struct, Enum
    {
        var words = Array.ConvertAll(Enum.GetValues<T>(), v => wordOf(v));
        return string.Join(", ", words[..^1]) + " or " + words[^1];
    }

    /// <summary>What is said of a file of this verdict.</summary>
    public static string Sentence(Verdict verdict) => verdict == Verdict.Incomplete ? "could not be inspected in full" : "is " + Words.Of(verdict);
}
