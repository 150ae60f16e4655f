using Assay.Formats;
using Assay.Testing;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>Recognition of every format, and the reading of an archive of many members.</summary>
[MemoryDiagnoser]
public class ContainerBenchmarks
{
    private readonly byte[][] _files = [.. PickleSamples.All.Select(sample => sample.Bytes)];
    private byte[] _archive = [];

    [GlobalSetup]
    public void Prepare()
    {
        var zip = new MinimalZip();
        for (var i = 0; i < 1000; i++)
            zip.Add("archive/data/" + i, TorchBuilder.Storage());
        _archive = zip.ToArray();
    }

    /// <summary>All readers are asked about every sample.</summary>
    [Benchmark]
    public int Recognise()
    {
        var matches = 0;
        foreach (var file in _files)
        {
            var edges = new FileEdges(file.AsSpan(0, Math.Min(file.Length, FileEdges.HeadSize)), file.AsSpan(Math.Max(0, file.Length - FileEdges.TailSize)), file.Length);
            foreach (var reader in FormatCatalog.Readers)
                matches += reader.Recognise(edges).Strength == MatchStrength.None ? 0 : 1;
        }

        return matches;
    }

    [Benchmark]
    public int Archive()
    {
        using var source = new MemoryByteSource(_archive);
        var scope = new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(Full: false));
        return FormatCatalog.Readers.First(reader => reader.Id == FormatId.Zip).Read(source, scope).Children.Count();
    }
}
