using Assay.Formats;

namespace Assay.Impersonation.Tests.Tensors;

public sealed class TensorIndexTests
{
    [Fact]
    public void The_models_that_hold_given_bytes_are_found_best_first()
    {
        var (original, edited, other) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var model = SampleModel.Of(1);
        var index = TensorIndex.Empty.With(
        [
            (original, Inventory(model)),
            (edited, Inventory(model.With(ts => ts.Select((t, i) => i == 0 ? (t.Name, t.Shape, [.. t.Values.Reverse()]) : t)))),
            (other, Inventory(SampleModel.Of(2))),
        ]);
        var found = index.Find(Inventory(model.With(ts => ts.AsEnumerable().Reverse())));
        Assert.Equal([original, edited], found.Select(m => m.Repository));
        Assert.Equal(1, found[0].Match);
        Assert.Equal(TensorRelation.Of(Inventory(model), Inventory(model.With(ts => ts.Select((t, i) => i == 0 ? (t.Name, t.Shape, [.. t.Values.Reverse()]) : t)))).Match, found[1].Match, 9);
        Assert.Empty(index.Find(Inventory(SampleModel.Of(3))));
    }

    [Fact]
    public void Changes_agree_with_a_plain_table_whatever_their_order()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var plain = new Dictionary<Guid, TensorInventory>();
            var ids = Enumerable.Range(0, 12).Select(i => new Guid(i, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1])).ToArray();
            var index = TensorIndex.Empty;
            for (var step = 0; step < 40; step++)
            {
                var id = ids[random.Next(ids.Length)];
                var inventory = random.Next(4) == 0 ? null : Records(random);
                index = index.With([(id, inventory)]);
                if (inventory is null)
                    plain.Remove(id);
                else
                    plain[id] = inventory;
                if (step % 10 == 9)
                    index = Reload(index) ?? throw new InvalidOperationException($"seed {seed}, step {step}");
                var candidate = Records(random);
                var wanted = plain.Select(p => (p.Key, TensorRelation.Of(candidate, p.Value).Match)).Where(m => m.Match > 0).OrderByDescending(m => m.Match).Select(m => Math.Round(m.Match, 9));
                Assert.True(wanted.SequenceEqual(index.Find(candidate).Select(m => Math.Round(m.Match, 9))), $"seed {seed}, step {step}");
                Assert.Equal(plain.Count, index.Count);
            }
        }
    }

    [Fact]
    public void A_damaged_file_is_refused_whatever_is_damaged()
    {
        var bytes = Saved(TensorIndex.Empty.With([(Guid.NewGuid(), Inventory(SampleModel.Of(1))), (Guid.NewGuid(), Inventory(SampleModel.Of(2)))]));
        Assert.NotNull(TensorIndex.Load(new MemoryByteSource(bytes)));
        Assert.NotNull(TensorIndex.Load(new MemoryByteSource(Saved(TensorIndex.Empty))));
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var damaged = bytes.ToArray();
            if (random.Next(3) == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            else
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Assert.True(TensorIndex.Load(new MemoryByteSource(damaged)) is null, $"seed {seed}");
        }
    }

    private static TensorIndex? Reload(TensorIndex index) => TensorIndex.Load(new MemoryByteSource(Saved(index)));

    private static byte[] Saved(TensorIndex index)
    {
        using var into = new MemoryStream();
        index.Save(into);
        return into.ToArray();
    }

    private static TensorInventory Records(Random random) => new(Enumerable.Range(0, random.Next(1, 30)).Select(_ =>
    {
        var number = random.Next(60);
        return new TensorRecord(TensorDigest.Of(TensorType.Of("I32")!, [1], BitConverter.GetBytes(number)), 1000 + number, 0, false);
    }));

    private static TensorInventory Inventory(SampleModel model) => TensorRelationTests.Inventory(model.Safetensors());
}
