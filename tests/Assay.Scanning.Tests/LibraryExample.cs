using Assay.Scanning.Reports;
using Assay.Testing;

namespace Assay.Scanning.Tests;

/// <summary>The example of <c>docs/guides/library.md</c>, compiled and run.</summary>
public sealed class LibraryExample
{
    private static string Vet(string path, Stream upload, Stream reportFile)
    {
        // example
        var options = new ScanOptions { Jobs = 2, TrustedModules = ["acme.models"] };
        var scanner = new Scanner(options);

        var report = scanner.Scan([ScanTarget.ForPath(path), ScanTarget.ForStream(upload)], CancellationToken.None);

        foreach (var artifact in report.Artifacts)
        {
            foreach (var finding in artifact.Findings)
            {
                if (VerdictRules.Counts(finding))
                    Console.WriteLine($"{artifact.Path}: {finding.Rule.Id} {finding.Message}");
            }
        }

        ReportCatalog.Find("json")!.Write(report, reportFile, new ReportSettings());
        var answer = report.Verdict switch
        {
            Verdict.Clean when report.Errors.Count == 0 => "may be loaded",
            Verdict.Malicious or Verdict.Suspicious => "must not be loaded",
            _ => "could not be inspected in full: treat it as unknown",
        };
        // end of the example
        return answer;
    }

    [Fact]
    public void It_runs()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.pkl", PickleSamples.Honest());
        using var report = new MemoryStream();
        Assert.Equal("may be loaded", Vet(folder.Path, new MemoryStream(PickleSamples.Honest()), report));
        Assert.Equal("must not be loaded", Vet(folder.Path, new MemoryStream(PickleSamples.System()), report));
        Assert.Equal("could not be inspected in full: treat it as unknown", Vet(folder["gone"], new MemoryStream(PickleSamples.Honest()), report));
    }
}
