using Assay.Formats;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Tensors;

public sealed class TensorRelationTests
{
    private static readonly SampleModel Original = SampleModel.Of(1);

    [Fact]
    public void The_same_weights_renamed_reordered_and_in_shards_are_identical()
    {
        var whole = Inventory(Original.Safetensors());
        var renamed = Inventory(Original.With(ts => ts.AsEnumerable().Reverse().Select((t, i) => ($"other.{i}", t.Shape, t.Values))).Safetensors());
        var shards = TensorInventory.Union(
        [
            Inventory(Original.With(ts => ts.Where((_, i) => i % 2 == 1)).Safetensors()),
            Inventory(Original.With(ts => ts.Where((_, i) => i % 2 == 0)).Safetensors()),
        ]);
        Assert.Equal(whole.Fingerprint, renamed.Fingerprint);
        Assert.Equal(whole.Fingerprint, shards.Fingerprint);
        Assert.Equal(new TensorRelation(TensorRelationKind.Identical, 1, 0, 0, IsProof: true), TensorRelation.Of(shards, whole));
        Assert.Equal(1, TensorSketch.EstimateOverlap(whole.Sketch, renamed.Sketch));
    }

    [Fact]
    public void The_same_weights_in_another_container_are_identical()
    {
        var whole = Inventory(Original.Safetensors());
        Assert.Equal(whole.Fingerprint, Inventory(Original.Gguf("F32")).Fingerprint);
        Assert.Equal(whole.Fingerprint, Inventory(Original.Onnx()).Fingerprint);
        Assert.NotEqual(whole.Fingerprint, Inventory(Original.Safetensors("BF16")).Fingerprint);
    }

    [Fact]
    public void One_edited_tensor_leaves_a_partial_match()
    {
        var edited = Original.With(ts => ts.Select((t, i) => i == 1 ? (t.Name, t.Shape, [.. t.Values.Select((v, n) => n == 7 ? v + 1 : v)]) : t));
        var relation = TensorRelation.Of(Inventory(edited.Safetensors()), Inventory(Original.Safetensors()));
        Assert.Equal((TensorRelationKind.Partial, 1, 1), (relation.Kind, relation.Missing, relation.Extra));
        Assert.InRange(relation.Match, 0.85, 0.95);
    }

    [Fact]
    public void A_tensor_more_is_no_longer_identical()
    {
        var more = Original.With(ts => [.. ts, ("adapter", [64, 64], SampleModel.Of(9).Tensors[1].Values[..4096])]);
        var relation = TensorRelation.Of(Inventory(more.Safetensors()), Inventory(Original.Safetensors()));
        Assert.Equal(new TensorRelation(TensorRelationKind.Partial, 1, 0, 1, IsProof: true), relation);
    }

    [Fact]
    public void Shared_embeddings_alone_are_related()
    {
        var other = SampleModel.Of(2).With(ts => [Original.Tensors[0], .. ts.Skip(1)]);
        Assert.Equal(TensorRelationKind.Related, TensorRelation.Of(Inventory(other.Safetensors()), Inventory(Original.Safetensors())).Kind);
    }

    [Fact]
    public void Another_training_has_the_same_shapes_and_another_architecture_nothing()
    {
        var target = Inventory(Original.Safetensors());
        Assert.Equal(TensorRelationKind.SameShape, TensorRelation.Of(Inventory(SampleModel.Of(2).Safetensors()), target).Kind);
        Assert.Equal(TensorRelationKind.SameShape, TensorRelation.Of(Inventory(Original.Gguf("Q4_0")), target).Kind);
        Assert.Equal(TensorRelationKind.None, TensorRelation.Of(Inventory(SampleModel.Of(2, layers: 9).Safetensors()), target).Kind);
        Assert.Equal(TensorRelationKind.None, TensorRelation.Of(new TensorInventory([]), target).Kind);
        Assert.Equal(TensorRelationKind.None, TensorRelation.Of(target, new TensorInventory([])).Kind);
    }

    [Fact]
    public void Small_and_constant_tensors_count_for_nothing()
    {
        byte[] ones = SampleModel.Encode([.. Enumerable.Repeat(1f, 4096)], "F32");
        byte[] few = SampleModel.Encode([.. Enumerable.Range(0, 1023).Select(i => (float)i)], "F32");
        byte[] enough = SampleModel.Encode([.. Enumerable.Range(0, 1024).Select(i => (float)i)], "F32");
        Assert.Empty(Inventory(new SafetensorsBuilder().Add("a", "F32", [4096], ones).Add("b", "F32", [1023], few).Build()).Tensors);
        Assert.Single(Inventory(new SafetensorsBuilder().Add("a", "F32", [4096], ones).Add("b", "F32", [1024], enough).Build()).Tensors);
        ones[^1] ^= 1;
        Assert.Single(Inventory(new SafetensorsBuilder().Add("a", "F32", [4096], ones).Build()).Tensors);
    }

    [Fact]
    public void Type_and_extents_are_part_of_the_content()
    {
        var bytes = SampleModel.Encode(Original.Tensors[1].Values, "F32");
        string[] all =
        [
            TensorDigest.Of(TensorType.Of("F32")!, [256, 256], bytes).ToString(),
            TensorDigest.Of(TensorType.Of("I32")!, [256, 256], bytes).ToString(),
            TensorDigest.Of(TensorType.Of("F32")!, [128, 512], bytes).ToString(),
            TensorDigest.Of(TensorType.Of("F32")!, [65536], bytes).ToString(),
        ];
        Assert.Equal(4, all.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains(all[0], Inventory(Original.Safetensors()).Tensors.Select(t => t.Digest.ToString()));
    }

    [Fact]
    public void Storages_of_a_torch_archive_match_by_their_bytes_and_are_never_unpickled()
    {
        var (a, b) = (SampleModel.Encode(Original.Tensors[0].Values, "F32"), SampleModel.Encode(Original.Tensors[1].Values, "F32"));
        var pickle = PickleBuilder.Of(2).Call("os", "system", "echo assay").Stop();
        var one = new MinimalZip().Add("archive/data.pkl", pickle).Add("archive/data/0", a).Add("archive/data/1", b).Add("archive/data/2", new byte[16]).ToArray();
        var two = new MinimalZip().Add("model/data.pkl", TorchBuilder.StateDict()).Add("model/data/7", b).Add("model/data/9", a).ToArray();
        var packed = new MinimalZip().Add("model/data.pkl", TorchBuilder.StateDict()).Add("model/data/7", b, deflate: true).Add("model/data/9", a).ToArray();
        var big = new MinimalZip().Add("model/data.pkl", pickle).Add("model/byteorder", "big"u8.ToArray()).Add("model/data/0", a).ToArray();
        Assert.Equal(2, Inventory(one).Tensors.Count);
        Assert.Equal(Inventory(one).Fingerprint, Inventory(two).Fingerprint);
        Assert.Equal((1, false), (Inventory(packed).Tensors.Count, Inventory(packed).IsComplete));
        Assert.Equal((0, false), (Inventory(big).Tensors.Count, Inventory(big).IsComplete));
        Assert.False(TensorRelation.Of(Inventory(packed), Inventory(packed)).IsProof);
    }

    [Fact]
    public void Data_beside_an_ONNX_model_is_found_by_its_places()
    {
        var (a, b) = (SampleModel.Encode(Original.Tensors[0].Values, "F32"), SampleModel.Encode(Original.Tensors[1].Values, "F32"));
        var model = new OnnxBuilder().External("b", 1, [256, 256], ("location", "m.data"), ("offset", $"{a.Length + 64}"), ("length", $"{b.Length}"))
            .External("a", 1, [512, 256], ("location", "m.data")).Raw("c", 1, [4], new byte[16]).Build();
        byte[] data = [.. a, .. new byte[64], .. b];
        var facts = (OnnxFacts)new OnnxReader().Read(new MemoryByteSource(model), new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(false)));
        var layout = TensorLayout.OfExternalData(facts, "m.data", data.Length);
        Assert.Equal(["a", "b"], layout!.Tensors.Select(t => t.Name));
        Assert.Null(TensorLayout.OfExternalData(facts, "m.data", data.Length - 1));
        Assert.Null(TensorLayout.OfExternalData(facts, "other.data", data.Length));
        Assert.Null(TensorLayout.Of(facts, model.Length));
        var wanted = Inventory(new SafetensorsBuilder().Add("x", "F32", [256, 256], b).Add("y", "F32", [512, 256], a).Build());
        Assert.Equal(wanted.Fingerprint, TensorDigester.Digest(new MemoryByteSource(data), layout, CancellationToken.None)!.Fingerprint);
    }

    [Fact]
    public void Headers_that_contradict_themselves_have_no_layout()
    {
        var floats = SampleModel.Encode(Original.Tensors[1].Values, "F32");
        byte[][] files =
        [
            Original.Safetensors()[..^1],
            Original.Gguf("Q8_0")[..^40_000],
            new SafetensorsBuilder().Add("a", "F32", [256, 255], floats).Build(),
            new SafetensorsBuilder().Add("a", "F32", [256, 256], floats).Add("a", "F32", [256, 256], floats).Build(),
            new GgufBuilder().AddTensor("a", [256, 256], 0, floats).AddTensor("b", [256, 256], 0, floats, 32).Build(),
            new GgufBuilder().AddTensor("a", [257], 8, floats).Build(),
            new OnnxBuilder().Raw("a", 1, [255, 256], floats).Build(),
            "{\"a\": 1}"u8.ToArray(),
            [],
        ];
        foreach (var file in files)
            Assert.Null(TensorLayout.Read(new MemoryByteSource(file), new WorkBudget(new WorkLimits())));
    }

    [Fact]
    public void Tensors_of_unknown_types_make_an_inventory_incomplete()
    {
        var floats = SampleModel.Encode(Original.Tensors[1].Values, "F32");
        var inventory = Inventory(new GgufBuilder().AddTensor("a", [256, 256], 0, floats).AddTensor("b", [4096], 999, new byte[64]).Build());
        Assert.Equal((1, false), (inventory.Tensors.Count, inventory.IsComplete));
        Assert.Single(Inventory(new SafetensorsBuilder().Add("a", "F2_NEW", [256, 256], floats).Build()).Tensors);
    }

    [Fact]
    public void A_sample_is_marked_and_never_equals_the_whole()
    {
        var bytes = SampleModel.Of(3, layers: 6).Safetensors();
        var layout = TensorLayout.Read(new MemoryByteSource(bytes), new WorkBudget(new WorkLimits()))!;
        var sample = TensorDigester.Sample(new MemoryByteSource(bytes), layout, CancellationToken.None)!;
        Assert.NotEmpty(sample.Tensors);
        Assert.All(sample.Tensors, t => Assert.True(t.IsSampled));
        Assert.Equal(sample.Fingerprint, TensorDigester.Sample(new MemoryByteSource(bytes), layout, CancellationToken.None)!.Fingerprint);
        var relation = TensorRelation.Of(sample, sample);
        Assert.Equal((TensorRelationKind.Identical, false), (relation.Kind, relation.IsProof));
        Assert.Equal(0, TensorRelation.Of(sample, Inventory(bytes)).Match);
    }

    [Fact]
    public void Inventories_survive_being_stored_and_damage_is_told()
    {
        var inventory = Inventory(Original.Safetensors());
        var bytes = inventory.ToBytes();
        Assert.Equal(inventory.Fingerprint, TensorInventory.FromBytes(bytes)!.Fingerprint);
        Assert.Equal(inventory.Bytes, TensorInventory.FromBytes(bytes)!.Bytes);
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            byte[] damaged = [.. bytes[..random.Next(bytes.Length + 1)]];
            if (damaged.Length > 0)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            var read = TensorInventory.FromBytes(damaged);
            Assert.True(read is null || read.Tensors.Count <= inventory.Tensors.Count, $"seed {seed}");
        }
    }

    [Fact]
    public void Overlap_is_estimated_from_sketches()
    {
        var all = Enumerable.Range(0, 3000).Select(i => new TensorRecord(TensorDigest.Of(TensorType.Of("I32")!, [1], BitConverter.GetBytes(i)), 4, 0, false)).ToArray();
        var estimate = TensorSketch.EstimateOverlap(new TensorInventory(all[..2000]).Sketch, new TensorInventory(all[1000..]).Sketch);
        Assert.InRange(estimate, 1 / 3.0 - 0.12, 1 / 3.0 + 0.12);
        Assert.Equal(0, TensorSketch.EstimateOverlap(new TensorInventory(all[..1000]).Sketch, new TensorInventory(all[2000..]).Sketch));
    }

    internal static TensorInventory Inventory(byte[] bytes)
    {
        using var source = new MemoryByteSource(bytes);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()));
        Assert.NotNull(layout);
        var inventory = TensorDigester.Digest(source, layout, CancellationToken.None);
        Assert.NotNull(inventory);
        return inventory;
    }
}
