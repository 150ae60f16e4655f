using System.Buffers.Binary;
using System.Security.Cryptography;
using Assay.Formats;
using Assay.Testing;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>Recognition of every format, and the reading of an archive of many members.</summary>
[MemoryDiagnoser]
public class ContainerBenchmarks
{
    private readonly byte[][] _files = [.. PickleSamples.All.Select(sample => sample.Bytes)];
    private readonly byte[] _numbers = new byte[1 << 20];
    private byte[] _archive = [];

    [GlobalSetup]
    public void Prepare()
    {
        var zip = new MinimalZip();
        for (var i = 0; i < 1000; i++)
            zip.Add("archive/data/" + i, TorchBuilder.Storage());
        _archive = zip.ToArray();
        var random = new Random(1);
        for (var i = 0; i < _numbers.Length; i += 4)
            BinaryPrimitives.WriteSingleLittleEndian(_numbers.AsSpan(i), (random.NextSingle() - 0.5f) * 0.1f);
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

    /// <summary>A mebibyte of numbers is searched for foreign content; to be compared with <see cref="Digest"/>.</summary>
    [Benchmark]
    public int Search() => ForeignSearch.In(_numbers).Count;

    /// <summary>The same mebibyte is hashed.</summary>
    [Benchmark]
    public byte Digest() => SHA256.HashData(_numbers)[0];

    [Benchmark]
    public int Archive()
    {
        using var source = new MemoryByteSource(_archive);
        var scope = new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(Full: false));
        return FormatCatalog.Readers.First(reader => reader.Id == FormatId.Zip).Read(source, scope).Children.Count();
    }
}
