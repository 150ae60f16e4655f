namespace Assay.Scanning;

/// <summary>How findings and gaps make a verdict. The only place that decides it (<c>docs/guides/verdicts.md</c>).</summary>
public static class VerdictRules
{
    /// <summary>
    /// Rules that report a structural lie: a contradiction or an impossible length that no honest exporter writes. At confidence
    /// high they make an artifact suspicious, whatever their severity.
    /// </summary>
    private static readonly string[] StructuralLies =
    [
        "ARC-002", // central against local headers
        "ARC-003", // flags or methods that are not true
        "ARC-005", // two members of one name
        "SAF-001", // lengths that do not fit shapes, names that occur twice
        "SAF-002", // tensors that overlap, bytes that belong to none
        "SCN-005", // a field that the format does not allow
        "SCN-007", // valid as two formats
    ];

    /// <summary>Rules that only say that something was not analysed, with the gaps that each of them stands for.</summary>
    private static readonly (string Rule, IncompleteReason Reason)[] GapRules =
    [
        ("SCN-002", IncompleteReason.Encrypted),
        ("SCN-002", IncompleteReason.Unsupported),
        ("SCN-002", IncompleteReason.Unreadable),
        ("SCN-003", IncompleteReason.Limit),
        ("SCN-004", IncompleteReason.Truncated),
    ];

    /// <summary>The verdict over findings and gaps. Findings that do not count (stage observed, known from a baseline) weigh nothing.</summary>
    /// <param name="findings">What was found in one artifact, or what belongs to a target as a whole.</param>
    /// <param name="incomplete">What was not analysed.</param>
    public static Verdict Of(IReadOnlyList<Finding> findings, IReadOnlyList<Incompleteness> incomplete)
    {
        var tally = new Tally();
        if (incomplete.Count > 0)
            tally.AddGap();
        for (var i = 0; i < findings.Count; i++)
        {
            var finding = findings[i];
            if (Counts(finding))
                tally.Add(finding.Rule.Id, finding.Severity, finding.Confidence);
        }

        return tally.Verdict;
    }

    /// <summary>Adds up findings and gaps to a verdict; for those who have them in another form than <see cref="Finding"/>.</summary>
    internal struct Tally
    {
        private Verdict _worst;
        private List<string>? _mediumFamilies;

        /// <summary>The verdict over what was added.</summary>
        public readonly Verdict Verdict => _mediumFamilies is { Count: >= 3 } ? Max(_worst, Verdict.Suspicious) : _worst;

        /// <summary>Adds something that was not analysed.</summary>
        public void AddGap() => _worst = Max(_worst, Verdict.Incomplete);

        /// <summary>Adds a finding that counts.</summary>
        public void Add(string rule, Severity severity, Confidence confidence)
        {
            if (severity == Severity.Critical && confidence >= Confidence.High)
            {
                _worst = Verdict.Malicious;
            }
            else if (severity >= Severity.High || IsSuspiciousWhateverItsSeverity(rule, confidence))
            {
                _worst = Max(_worst, Verdict.Suspicious);
            }
            else if (IsGapRule(rule))
            {
                AddGap();
                return;
            }

            if (severity == Severity.Medium)
            {
                var family = Rule.FamilyOf(rule);
                _mediumFamilies ??= [];
                if (!_mediumFamilies.Contains(family))
                    _mediumFamilies.Add(family);
            }
        }
    }

    /// <summary>Whether a finding has any weight.</summary>
    public static bool Counts(Finding finding) => finding.Stage == RuleStage.Active && !finding.Baselined;

    /// <summary>The verdict that a finding would bring about alone.</summary>
    public static Verdict Weight(Finding finding) => Of([finding], []);

    /// <summary>The id of the rule that reports a gap of this kind.</summary>
    public static string RuleOf(IncompleteReason reason)
    {
        foreach (var (rule, covered) in GapRules)
        {
            if (covered == reason)
                return rule;
        }

        return "SCN-002";
    }

    /// <summary>The worse of two verdicts.</summary>
    public static Verdict Max(Verdict a, Verdict b) => a > b ? a : b;

    private static bool IsSuspiciousWhateverItsSeverity(string rule, Confidence confidence) =>
        rule == "PKL-031" || (confidence >= Confidence.High && Array.IndexOf(StructuralLies, rule) >= 0);

    /// <summary>Whether a rule only says that something was not analysed.</summary>
    internal static bool IsGapRule(string rule) => Array.Exists(GapRules, g => g.Rule == rule);
}
