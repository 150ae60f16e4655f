namespace Assay.Scanning.Reports;

/// <summary>The totals of a report.</summary>
internal readonly struct ScanSummary
{
    private readonly int _clean;
    private readonly int _incomplete;
    private readonly int _suspicious;
    private readonly int _malicious;

    private ScanSummary(long bytes, long bytesRead, ReadOnlySpan<int> counts)
    {
        Bytes = bytes;
        BytesRead = bytesRead;
        _clean = counts[(int)Verdict.Clean];
        _incomplete = counts[(int)Verdict.Incomplete];
        _suspicious = counts[(int)Verdict.Suspicious];
        _malicious = counts[(int)Verdict.Malicious];
    }

    /// <summary>Sizes of all artifacts together.</summary>
    public long Bytes { get; }

    /// <summary>Bytes that were read of them.</summary>
    public long BytesRead { get; }

    public static ScanSummary Of(ScanReport report)
    {
        Span<int> counts = stackalloc int[4];
        long bytes = 0, read = 0;
        foreach (var artifact in report.Artifacts)
        {
            counts[(int)artifact.Verdict]++;
            bytes += artifact.Size;
            read += artifact.BytesRead;
        }

        return new ScanSummary(bytes, read, counts);
    }

    /// <summary>Artifacts of this verdict.</summary>
    public int Count(Verdict verdict) => verdict switch
    {
        Verdict.Malicious => _malicious,
        Verdict.Suspicious => _suspicious,
        Verdict.Incomplete => _incomplete,
        _ => _clean,
    };
}
