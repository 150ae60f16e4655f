using Assay.Scanning;
using Assay.Scanning.Configuration;

namespace Assay.Cli;

/// <summary>The exit codes of every command; there are no others.</summary>
internal static class ExitCodes
{
    /// <summary>Nothing at or above the level of <c>--fail-on</c>.</summary>
    public const int Passed = 0;

    /// <summary>Something at or above the level of <c>--fail-on</c>.</summary>
    public const int Found = 1;

    /// <summary>It could not be completed (not fully analysed, a path that cannot be read, an internal fault, cancelled), and nothing worse was found.</summary>
    public const int NotCompleted = 2;

    /// <summary>Wrong usage: options or configuration.</summary>
    public const int Usage = 3;

    /// <summary>The exit code of a scan.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="failOn">From which verdict it fails.</param>
    public static int Of(ScanReport report, FailOn failOn)
    {
        var worst = Verdict.Clean;
        var incomplete = report.Errors.Count > 0;
        foreach (var artifact in report.Artifacts)
        {
            worst = VerdictRules.Max(worst, artifact.Verdict);
            incomplete |= artifact.Verdict == Verdict.Incomplete;
        }

        foreach (var target in report.Targets)
            worst = VerdictRules.Max(worst, VerdictRules.Of(target.Findings, []));
        if (LevelOf(failOn) is { } level && worst >= level)
            return Found;
        return incomplete ? NotCompleted : Passed;
    }

    /// <summary>The verdict from which a scan fails, null for never.</summary>
    public static Verdict? LevelOf(FailOn failOn) => failOn switch
    {
        FailOn.Malicious => Verdict.Malicious,
        FailOn.Incomplete => Verdict.Incomplete,
        FailOn.Never => null,
        _ => Verdict.Suspicious,
    };
}
