namespace Assay.Scanning;

/// <summary>The order in which findings are read: the gravest first, what a file does before how it hides that, the surest first.</summary>
internal static class FindingOrder
{
    // A stable insertion, since the sorts of LINQ would be compiled anew at every start for these keys.
    public static void Sort(List<Finding> findings)
    {
        for (var i = 1; i < findings.Count; i++)
        {
            var finding = findings[i];
            var at = i;
            for (; at > 0 && ComesBefore(finding, findings[at - 1]); at--)
                findings[at] = findings[at - 1];
            findings[at] = finding;
        }
    }

    /// <summary>Whether <paramref name="one"/> is to be read before <paramref name="other"/>.</summary>
    public static bool ComesBefore(Finding one, Finding other)
    {
        if (one.Severity != other.Severity)
            return one.Severity > other.Severity;
        if (Rank(one) is var a && Rank(other) is var b && a != b)
            return a < b;
        return one.Confidence != other.Confidence
            ? one.Confidence > other.Confidence
            : (one.Location.Offset ?? 0) < (other.Location.Offset ?? 0);
    }

    private static int Rank(Finding finding) => finding.Rule.Id switch
    {
        "PKL-003" or "PYC-013" => 0,
        "PKL-001" or "PKL-002" or "PKL-004" or "PKL-005" or "PKL-006" or "PKL-007" or "PKL-008" or "PKL-044" => 1,
        "PYC-010" or "PYC-006" or "SHL-002" or "PYC-015" or "PYC-019" or "PYC-020" or "PYC-022" or "NET-006" => 1,
        "LUR-001" or "SHL-001" or "PYC-003" => 3,
        _ => 2,
    };
}
