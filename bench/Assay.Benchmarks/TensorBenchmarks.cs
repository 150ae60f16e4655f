using System.Security.Cryptography;
using Assay.Formats;
using Assay.Impersonation;
using Assay.Testing;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>Digests of tensors from the page cache and from a stream, beside plain SHA-256 of the same file in the same run; and the index.</summary>
[MemoryDiagnoser]
public class TensorBenchmarks
{
    private const int Tensors = 64;
    private const int TensorBytes = 4 << 20;

    private readonly byte[] _piece = new byte[64 << 10];
    private string _path = "";
    private TensorIndex _index = TensorIndex.Empty;
    private TensorInventory _known = new([]);

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        var file = new SafetensorsBuilder();
        for (var i = 0; i < Tensors; i++)
        {
            var data = new byte[TensorBytes];
            random.NextBytes(data);
            file.Add($"layers.{i}.weight", "BF16", [1024, TensorBytes / 2048], data);
        }

        _path = Path.GetTempFileName();
        File.WriteAllBytes(_path, file.Build());

        // As many tensors as 5,000 models of 300 have.
        var models = Enumerable.Range(0, 5000).Select(m => (new Guid(m, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), (TensorInventory?)new TensorInventory(Enumerable.Range(0, 300).Select(_ =>
            new TensorRecord(new TensorDigest(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64())), 1 << 20, 0, false))))).ToList();
        _known = models[1234].Item2!;
        _index = TensorIndex.Empty.With(models);
    }

    [GlobalCleanup]
    public void Remove() => File.Delete(_path);

    /// <summary>SHA-256 of the whole file: what no digest can be faster than.</summary>
    [Benchmark(Baseline = true)]
    public byte[] PlainSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var source = FileByteSource.Open(_path);
        var buffer = new byte[256 << 10];
        for (long at = 0; source.ReadAt(at, buffer) is var n and > 0; at += n)
            hash.AppendData(buffer, 0, n);
        return hash.GetHashAndReset();
    }

    [Benchmark]
    public string RandomAccess()
    {
        using var source = FileByteSource.Open(_path);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()))!;
        return TensorDigester.Digest(source, layout, CancellationToken.None)!.Fingerprint;
    }

    /// <summary>As an upload feeds it.</summary>
    [Benchmark]
    public string Streaming()
    {
        using var source = FileByteSource.Open(_path);
        using var digester = new TensorDigester(source.Length);
        for (long at = 0; source.ReadAt(at, _piece) is var n and > 0; at += n)
            digester.Append(_piece.AsSpan(0, n));
        return digester.Finish()!.Fingerprint;
    }

    /// <summary>One model of 300 tensors among 1.5 million known ones.</summary>
    [Benchmark]
    public int Find() => _index.Find(_known).Count;
}
