using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Indicators;

/// <summary>The sample of each row is its test: called with it, a dangerous name fires, and a safe one stays quiet.</summary>
public sealed class SampleTests
{
    [Fact]
    public void Every_sample_of_a_dangerous_name_fires_and_names_the_call()
    {
        var misses = new List<string>();
        foreach (var row in IndicatorRows.Callables.Where(row => row.Class == "dangerous"))
        {
            var report = ScanAssert.Scan(Call(row));
            if (report.Verdict < Verdict.Suspicious)
                misses.Add($"{row}{row.Sample} is {ScanAssert.Describe(report)}");
            else if (!report.Findings.Any(finding => finding.Message.Contains(row.Name[(row.Name.LastIndexOf('.') + 1)..], StringComparison.Ordinal)))
                misses.Add($"{row}{row.Sample} is not named by {ScanAssert.Describe(report)}");
        }

        Assert.True(misses.Count == 0, $"{misses.Count} misses\n" + string.Join('\n', misses.Take(100)));
    }

    [Fact]
    public void Every_sample_of_a_safe_name_stays_quiet()
    {
        var alarms = new List<string>();
        foreach (var row in IndicatorRows.Callables.Where(row => row.Class == "safe" && !row.Module.EndsWith('*')))
        {
            var report = ScanAssert.Scan(Call(row));
            if (report.Verdict is Verdict.Malicious or Verdict.Suspicious)
                alarms.Add($"{row}{row.Sample} is {ScanAssert.Describe(report)}");
        }

        Assert.True(alarms.Count == 0, $"{alarms.Count} alarms\n" + string.Join('\n', alarms.Take(100)));
    }

    [Fact]
    public void No_sample_of_a_helper_is_malicious_by_itself()
    {
        var alarms = new List<string>();
        foreach (var row in IndicatorRows.Callables.Where(row => row.Class == "gated"))
        {
            var report = ScanAssert.Scan(Call(row));
            if (report.Verdict == Verdict.Malicious && !report.Findings.All(finding => finding.Severity < Severity.Critical || finding.Rule == PickleRules.LibraryModified || finding.Rule == PickleRules.ImportGadget))
                alarms.Add($"{row}{row.Sample} is {ScanAssert.Describe(report)}");
        }

        Assert.True(alarms.Count == 0, $"{alarms.Count} alarms\n" + string.Join('\n', alarms.Take(100)));
    }

    private static byte[] Call(IndicatorRows.Callable row)
    {
        var builder = PickleBuilder.Of(4).StackGlobal(row.Module, row.Name);
        Assert.True(PythonLiteral.WriteTuple(row.Sample, builder), $"{row}: {row.Sample}");
        return builder.Reduce().Stop();
    }
}
