using Assay.Formats;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Tensors;

/// <summary>Hashing while the bytes come in gives what random access gives.</summary>
public sealed class TensorDigesterTests
{
    private static readonly SampleModel Model = SampleModel.Of(5, layers: 2);

    private static readonly (string Name, byte[] Bytes)[] Files =
    [
        ("safetensors", Model.Safetensors()),
        ("safetensors, BF16", Model.With(ts => ts.Take(5)).Safetensors("BF16")),
        ("GGUF, F32", Model.With(ts => ts.Take(5)).Gguf("F32")),
        ("GGUF, Q4_K", Model.Gguf("Q4_K")),
        ("GGUF, long header", new GgufBuilder().Texts("tokens", [.. Enumerable.Range(0, 30_000).Select(i => $"token{i}")]).Floats("w", Model.Tensors[1].Values).Build()),
        ("GGUF, template", new GgufBuilder().Text("tokenizer.chat_template", "{{ x }}").Floats("w", Model.Tensors[1].Values).Build()),
        ("GGUF, unknown type", new GgufBuilder().Floats("w", Model.Tensors[1].Values).AddTensor("b", [4096], 999, new byte[64]).Build()),
        ("GGUF, high bytes first", new GgufBuilder { BigEndian = true }.Floats("w", Model.Tensors[1].Values).Build()),
        ("small", SampleCatalog.Safetensors()),
        ("truncated", Model.With(ts => ts.Take(5)).Safetensors()[..^3]),
        ("truncated header", Model.With(ts => ts.Take(5)).Safetensors()[..60]),
        ("truncated GGUF header", Model.With(ts => ts.Take(5)).Gguf("F32")[..60]),
        ("overlap", new GgufBuilder().Floats("a", Model.Tensors[1].Values).AddTensor("b", [2048], 0, new byte[8192], 64).Build()),
        ("with an archive behind it", [.. Model.With(ts => ts.Take(5)).Safetensors(), .. new MinimalZip().Add("m/data.pkl", TorchBuilder.StateDict()).Add("m/data/0", new byte[4096]).ToArray()]),
        ("an archive behind words", [.. "#!/bin/x{ some words"u8, .. new MinimalZip().Add("m/data.pkl", TorchBuilder.StateDict()).Add("m/data/0", [.. Enumerable.Range(0, 4096).Select(i => (byte)i)]).ToArray()]),
        ("text", "just some words, no tensors"u8.ToArray()),
        ("nothing", []),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Files.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public void Random_pieces_give_what_random_access_gives(int index)
    {
        var (name, bytes) = Files[index];
        using var source = new MemoryByteSource(bytes);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()));
        var wanted = layout is null ? null : TensorDigester.Digest(source, layout, CancellationToken.None);
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            using var digester = new TensorDigester(seed % 2 == 0 ? bytes.Length : null);
            for (var at = 0; at < bytes.Length;)
            {
                var n = Math.Min(bytes.Length - at, random.Next(6) switch { 0 => 1, 1 => random.Next(1, 20), 2 => random.Next(1, 300), _ => random.Next(1, 200_000) });
                digester.Append(bytes.AsSpan(at, n));
                at += n;
            }

            var found = digester.Finish();
            Assert.True(wanted?.Fingerprint == found?.Fingerprint && wanted?.IsComplete == found?.IsComplete, $"{name}, seed {seed}: {digester.Outcome}");
            Assert.Equal(wanted is null ? TensorDigestOutcome.NotUnderstood : TensorDigestOutcome.Hashed, digester.Outcome);
        }
    }

    [Fact]
    public void Archives_and_graphs_are_left_to_random_access()
    {
        foreach (var file in (byte[][])[TorchBuilder.Zip(), new OnnxBuilder().Raw("a", 1, [4], new byte[16]).Build()])
        {
            using var digester = new TensorDigester(file.Length);
            digester.Append(file);
            Assert.Null(digester.Finish());
            Assert.Equal(TensorDigestOutcome.NeedsRandomAccess, digester.Outcome);
        }
    }

    [Fact]
    public void What_is_not_understood_costs_nothing_more()
    {
        using var digester = new TensorDigester(1L << 40);
        var noise = new byte[1 << 20];
        new Random(3).NextBytes(noise);
        digester.Append(noise);
        Assert.Equal(TensorDigestOutcome.NotUnderstood, digester.Outcome);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            digester.Append(noise);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_header_that_never_ends_costs_bounded_memory()
    {
        using var digester = new TensorDigester();
        digester.Append(new GgufBuilder { Counts = (null, 1000) }.Build());
        digester.Append([4, 0, 0, 0, 0, 0, 0, 0, .. "text"u8, 8, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0]);
        var part = new byte[1 << 20];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            digester.Append(part);
        Assert.Equal(TensorDigestOutcome.NeedsRandomAccess, digester.Outcome);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8L * TensorDigester.MaxHeader);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Damaged_files_end_in_an_answer_and_in_the_same_one(int index)
    {
        var (name, bytes) = Files[index];
        var few = bytes.AsSpan(0, Math.Min(bytes.Length, 400_000)).ToArray();
        for (var seed = 0; seed < 150 && few.Length > 0; seed++)
        {
            var random = new Random(seed);
            var damaged = few.ToArray();
            for (var edits = random.Next(1, 5); edits > 0; edits--)
                damaged[random.Next(Math.Min(damaged.Length, 700))] = (byte)random.Next(256);
            using var source = new MemoryByteSource(damaged);
            var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()));
            var wanted = layout is null ? null : TensorDigester.Digest(source, layout, CancellationToken.None);
            using var digester = new TensorDigester(damaged.Length);
            digester.Append(damaged);
            var found = digester.Finish();
            if (digester.Outcome != TensorDigestOutcome.NeedsRandomAccess)
                Assert.True(wanted?.Fingerprint == found?.Fingerprint, $"{name}, seed {seed}");
        }
    }

    [Fact]
    public void A_file_on_disk_gives_what_memory_gives()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.safetensors");
        File.WriteAllBytes(path, Files[0].Bytes);
        using var source = FileByteSource.Open(path);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()))!;
        Assert.Equal(TensorRelationTests.Inventory(Files[0].Bytes).Fingerprint, TensorDigester.Digest(source, layout, CancellationToken.None)!.Fingerprint);
    }

    [Fact]
    public void Hashing_can_be_cancelled()
    {
        using var source = new MemoryByteSource(Files[0].Bytes);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()))!;
        Assert.Throws<OperationCanceledException>(() => TensorDigester.Digest(source, layout, new CancellationToken(canceled: true)));
    }
}
