using Assay.Formats;
using Assay.Scanning;
using Assay.Testing;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>A whole artifact: identification, archive, pickle, rules, verdict.</summary>
[MemoryDiagnoser]
public class ScannerBenchmarks
{
    private static readonly HashSet<string> NoSiblings = [];
    private readonly ArtifactScanner _scanner = new(new ScanOptions());
    private readonly byte[] _checkpoint = TorchBuilder.Zip();
    private readonly byte[] _hostile = TorchBuilder.Zip(PickleSamples.System());
    private readonly byte[] _legacy = TorchBuilder.Legacy();
    private readonly byte[] _text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Plain words of a model card.\n", 200)));

    [Benchmark]
    public Verdict Checkpoint() => Scan(_checkpoint);

    [Benchmark]
    public Verdict HostileCheckpoint() => Scan(_hostile);

    [Benchmark]
    public Verdict LegacyCheckpoint() => Scan(_legacy);

    [Benchmark]
    public Verdict Text() => Scan(_text);

    private Verdict Scan(byte[] bytes)
    {
        using var source = new MemoryByteSource(bytes);
        return _scanner.Scan(source, "bench", "model.pt", NoSiblings, CancellationToken.None).Verdict;
    }
}
