using Assay.Formats;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Scans bytes through the public door, and asserts with an explanation that shows what was found.</summary>
internal static class ScanAssert
{
    private static readonly HashSet<string> NoSiblings = [];

    public static ArtifactReport Scan(byte[] bytes, string name = "model.pkl", ScanOptions? options = null, params string[] siblings)
    {
        using var source = new MemoryByteSource(bytes);
        var beside = siblings.Length == 0 ? NoSiblings : new HashSet<string>(siblings, StringComparer.Ordinal);
        return new ArtifactScanner(options ?? new ScanOptions()).Scan(source, "t", name, beside, TestContext.Current.CancellationToken);
    }

    /// <summary>Malicious, and the explanation holds <paramref name="words"/> (alternatives by <c>|</c>).</summary>
    public static ArtifactReport Malicious(byte[] bytes, string words, string name = "model.pkl")
    {
        var report = Scan(bytes, name);
        Assert.True(report.Verdict == Verdict.Malicious, "expected malicious: " + Describe(report));
        Explains(report, words);
        return report;
    }

    /// <summary>Suspicious or worse, with the words.</summary>
    public static ArtifactReport Suspicious(byte[] bytes, string words, string name = "model.pkl")
    {
        var report = Scan(bytes, name);
        Assert.True(report.Verdict >= Verdict.Suspicious, "expected suspicious or worse: " + Describe(report));
        Explains(report, words);
        return report;
    }

    /// <summary>Anything but clean.</summary>
    public static ArtifactReport NotClean(byte[] bytes, string name = "model.pkl")
    {
        var report = Scan(bytes, name);
        Assert.True(report.Verdict != Verdict.Clean, "expected not clean: " + Describe(report));
        return report;
    }

    /// <summary>Clean.</summary>
    public static ArtifactReport Clean(byte[] bytes, string name = "model.pkl")
    {
        var report = Scan(bytes, name);
        Assert.True(report.Verdict == Verdict.Clean, "expected clean: " + Describe(report));
        return report;
    }

    /// <summary>Clean or incomplete: damage alone accuses nobody.</summary>
    public static ArtifactReport NotAccused(byte[] bytes, string name = "model.pkl")
    {
        var report = Scan(bytes, name);
        Assert.True(report.Verdict <= Verdict.Incomplete, "expected no accusation: " + Describe(report));
        return report;
    }

    /// <summary>A finding of the rule is there.</summary>
    public static void HasRule(ArtifactReport report, string rule) =>
        Assert.True(report.Findings.Any(f => f.Rule.Id == rule), $"expected {rule}: {Describe(report)}");

    public static void Explains(ArtifactReport report, string words)
    {
        if (words.Length == 0)
            return;
        var said = string.Join('\n', report.Findings.Select(f => f.Message + "\n" + f.Evidence));
        Assert.True(words.Split('|').Any(w => said.Contains(w, StringComparison.Ordinal)), $"expected the words '{words}': {Describe(report)}");
    }

    public static string Describe(ArtifactReport report) =>
        $"{report.Format} is {report.Verdict}; findings: "
        + string.Join("; ", report.Findings.Select(f => $"{f.Rule.Id} {f.Severity} {f.Message} [{f.Evidence}]"))
        + "; gaps: " + string.Join("; ", report.Incomplete.Select(i => i.Message));
}
