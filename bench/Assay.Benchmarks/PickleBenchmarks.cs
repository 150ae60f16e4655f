using Assay.Formats;
using Assay.Testing;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>The machine on what files are full of: constants, containers, and calls that rebuild tensors.</summary>
[MemoryDiagnoser]
public class PickleBenchmarks
{
    private readonly PickleReader _reader = new();
    private byte[] _constants = [];
    private byte[] _tensors = [];

    [GlobalSetup]
    public void Prepare()
    {
        var constants = PickleBuilder.Of(4).EmptyList().Mark();
        for (var i = 0; i < 100_000; i++)
            constants.BinInt1((byte)i).ShortBinUnicode("token").BinFloat(i).Memoize();
        _constants = constants.Appends().Stop();
        var tensors = PickleBuilder.Of(2).EmptyDict();
        for (var i = 0; i < 1000; i++)
            TorchBuilder.Tensor(tensors.BinUnicode("layer." + i), "torch", "FloatStorage", "0", 4).SetItem();
        _tensors = tensors.Stop();
    }

    [Benchmark]
    public ArtifactFacts Constants() => Read(_constants);

    [Benchmark]
    public ArtifactFacts Tensors() => Read(_tensors);

    private ArtifactFacts Read(byte[] bytes)
    {
        using var source = new MemoryByteSource(bytes);
        return _reader.Read(source, new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(Full: true)));
    }
}
