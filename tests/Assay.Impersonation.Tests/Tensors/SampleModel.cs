using System.Buffers.Binary;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Tensors;

/// <summary>A small transformer with normally distributed weights from a seed, in several formats and precisions.</summary>
internal sealed class SampleModel
{
    private const int Width = 256;

    private SampleModel(List<(string Name, long[] Shape, float[] Values)> tensors) => Tensors = tensors;

    public List<(string Name, long[] Shape, float[] Values)> Tensors { get; }

    public static SampleModel Of(int seed, int layers = 3)
    {
        var random = new Random(seed);
        var tensors = new List<(string, long[], float[])> { ("embed.weight", [512, Width], Normal(random, 512 * Width, 0.02)) };
        for (var i = 0; i < layers; i++)
        {
            tensors.Add(($"layers.{i}.attn.weight", [Width, Width], Normal(random, Width * Width, 0.05)));
            tensors.Add(($"layers.{i}.mlp.up.weight", [2 * Width, Width], Normal(random, 2 * Width * Width, 0.03)));
            tensors.Add(($"layers.{i}.norm.weight", [Width], Normal(random, Width, 0.1)));
            tensors.Add(($"layers.{i}.scale", [4 * Width], [.. Enumerable.Repeat(1f, 4 * Width)]));
        }

        return new SampleModel(tensors);
    }

    /// <summary>The same with a little of something else in every tensor.</summary>
    public SampleModel Tuned(int seed, float share)
    {
        var random = new Random(seed);
        return new SampleModel([.. Tensors.Select(t =>
        {
            var noise = Normal(random, t.Values.Length, 0.04);
            return (t.Name, t.Shape, t.Values.Select((v, i) => v + (share * noise[i])).ToArray());
        })]);
    }

    public SampleModel With(Func<List<(string Name, long[] Shape, float[] Values)>, IEnumerable<(string Name, long[] Shape, float[] Values)>> change) => new([.. change([.. Tensors])]);

    public byte[] Safetensors(string type = "F32")
    {
        var file = new SafetensorsBuilder();
        foreach (var (name, shape, values) in Tensors)
            file.Add(name, type, shape, Encode(values, type));
        return file.Build();
    }

    /// <summary>As GGUF; vectors stay in F32, as converters leave them.</summary>
    public byte[] Gguf(string type)
    {
        var file = new GgufBuilder().Text("general.architecture", "llama");
        var id = type switch { "F32" => 0u, "F16" => 1u, "Q4_0" => 2u, "Q5_0" => 6u, "Q8_0" => 8u, "Q4_K" => 12u, "Q6_K" => 14u, "BF16" => 30u, _ => throw new ArgumentOutOfRangeException(nameof(type)) };
        foreach (var (name, shape, values) in Tensors)
            file.AddTensor("blk." + name, [.. shape.Reverse()], shape.Length == 1 ? 0 : id, Encode(values, shape.Length == 1 ? "F32" : type));
        return file.Build();
    }

    public byte[] Onnx()
    {
        var file = new OnnxBuilder();
        foreach (var (name, shape, values) in Tensors)
            file.Raw("onnx::" + name, 1, shape, Encode(values, "F32"));
        return file.Build();
    }

    public static byte[] Encode(float[] values, string type)
    {
        switch (type)
        {
            case "F32":
                var bytes = new byte[values.Length * 4];
                for (var i = 0; i < values.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
                return bytes;
            case "F16":
                return [.. values.SelectMany(v => BitConverter.GetBytes((Half)v))];
            case "BF16":
                return [.. values.SelectMany(v => BitConverter.GetBytes((ushort)((BitConverter.SingleToUInt32Bits(v) + 0x8000) >> 16)))];
            default:
                return Quantizer.Quantize(values, type);
        }
    }

    private static float[] Normal(Random random, int count, double deviation)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
