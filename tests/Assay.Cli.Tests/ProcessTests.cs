using Assay.Testing;

namespace Assay.Cli.Tests;

/// <summary>What only a real process shows: streams, signals, pipes.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly string Assay = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "assay.exe" : "assay");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stream_is_read_from_standard_input()
    {
        var run = OtherProgram.Run(Assay, ["scan", "-"], _folder.Path, PickleSamples.System());
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("os.system", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void Nothing_is_coloured_or_drawn_where_no_person_looks()
    {
        _folder.Write("a.pkl", PickleSamples.System());
        var run = OtherProgram.Run(Assay, ["scan", "."], _folder.Path);
        Assert.DoesNotContain('\e', run.Output + run.Error);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void A_reader_that_stops_reading_is_no_fault()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The test needs a shell.");
        for (var i = 0; i < 3000; i++)
            _folder.Write($"{i}.txt", "x");
        var run = OtherProgram.Run("sh", ["-c", "\"$0\" scan . --format json | head -c 10", Assay], _folder.Path);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void A_scan_that_waits_for_input_can_be_interrupted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The test needs a shell.");
        var run = OtherProgram.Run(
            "sh", ["-c", "mkfifo in; sleep 5 > in 2> /dev/null & (sleep 1; kill -INT $$) & exec \"$0\" scan - < in", Assay], _folder.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Cancelled", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_told()
    {
        Assert.SkipWhen(!File.Exists("/dev/full"), "There is no full device here.");
        _folder.Write("a.txt", "x");
        var run = OtherProgram.Run("sh", ["-c", "\"$0\" scan a.txt > /dev/full", Assay], _folder.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("could not be written", run.Error, StringComparison.Ordinal);
    }
}
