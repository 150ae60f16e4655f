using Assay.Formats;

namespace Assay.Impersonation.Tests.Tensors;

public sealed class WeightClosenessTests
{
    private static readonly SampleModel Original = SampleModel.Of(11, layers: 6);

    [Theory]
    [InlineData("Q8_0", 0.9999)]
    [InlineData("Q6_K", 0.999)]
    [InlineData("Q5_0", 0.995)]
    [InlineData("Q4_K", 0.99)]
    [InlineData("Q4_0", 0.985)]
    [InlineData("F16", 0.99999)]
    [InlineData("BF16", 0.9999)]
    public void A_quantised_copy_is_told_from_its_values(string type, double atLeast)
    {
        var closeness = Compare(Original.With(ts => ts.Select((t, i) => ($"x{i}", t.Shape, t.Values))).Gguf(type), Original.Safetensors());
        Assert.Equal(ClosenessKind.QuantizationOf, closeness.Kind);
        Assert.InRange(closeness.Correlation, atLeast, 1.0000001);
        Assert.InRange(closeness.Distance, 0, 0.2);
    }

    [Theory]
    [InlineData("BF16")]
    [InlineData("F32")]
    public void A_fine_tune_is_near_and_not_equal(string type)
    {
        var closeness = Compare(Original.Tuned(5, 0.1f).Safetensors(type), Original.Safetensors(type));
        Assert.Equal(ClosenessKind.FineTuneOf, closeness.Kind);
        Assert.InRange(closeness.Correlation, 0.9, 0.9999);
    }

    [Fact]
    public void Another_training_of_the_same_architecture_is_no_base()
    {
        var closeness = Compare(SampleModel.Of(12, layers: 6).Gguf("Q8_0"), Original.Safetensors());
        Assert.Equal(ClosenessKind.FalseBase, closeness.Kind);
        Assert.InRange(closeness.Correlation, -0.1, 0.1);
    }

    [Fact]
    public void Heavy_changes_and_strange_shapes_are_left_undecided()
    {
        Assert.Equal(ClosenessKind.Undecided, Compare(Original.Tuned(5, 1.5f).Safetensors(), Original.Safetensors()).Kind);
        var other = Original.With(ts => ts.Select(t => (t.Name, t.Shape.Length == 2 ? [t.Shape[0] / 2, t.Shape[1] * 2] : t.Shape, t.Values)));
        Assert.Equal(new WeightCloseness(ClosenessKind.Undecided, 0, 0, 0), Compare(other.Safetensors(), Original.Safetensors()));
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q6_K")]
    [InlineData("Q5_0")]
    [InlineData("Q4_K")]
    [InlineData("Q4_0")]
    public void Values_come_back_as_they_were_but_for_rounding(string type)
    {
        var values = Original.Tensors[1].Values;
        var bytes = Quantizer.Quantize(values, type);
        var back = new float[values.Length];
        var id = type switch { "Q4_0" => 2u, "Q5_0" => 6u, "Q8_0" => 8u, "Q4_K" => 12u, _ => 14u };
        TensorValues.Decode(TensorType.Of(GgufType.Of(id))!, bytes, back);
        var (error, size) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            error += Math.Pow(values[i] - back[i], 2);
            size += Math.Pow(values[i], 2);
        }

        Assert.InRange(Math.Sqrt(error / size), 0, type switch { "Q8_0" => 0.01, "Q6_K" => 0.03, "Q5_0" => 0.06, _ => 0.12 });
    }

    [Fact]
    public void Eight_bit_floats_decode_to_their_values()
    {
        var into = new float[6];
        TensorValues.Decode(TensorType.Of("F8_E4M3")!, [0x38, 0x7E, 0x01, 0xB8, 0x08, 0x00], into);
        Assert.Equal([1f, 448f, MathF.ScaleB(1, -9), -1f, MathF.ScaleB(1, -6), 0f], into);
        TensorValues.Decode(TensorType.Of("F8_E5M2")!, [0x3C, 0x7B, 0x01, 0xBC, 0x04, 0x00], into);
        Assert.Equal([1f, 57344f, MathF.ScaleB(1, -16), -1f, MathF.ScaleB(1, -14), 0f], into);
    }

    private static WeightCloseness Compare(byte[] candidate, byte[] claimedBase) => WeightCloseness.Of(Set(candidate), Set(claimedBase), CancellationToken.None);

    private static WeightSet Set(byte[] bytes)
    {
        var source = new MemoryByteSource(bytes);
        return new WeightSet([(source, TensorLayout.Read(source, new WorkBudget(new WorkLimits()))!)]);
    }
}
