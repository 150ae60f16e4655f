using System.Text;
using System.Text.Json;

namespace Assay.Testing;

/// <summary>Writes safetensors files.</summary>
public sealed class SafetensorsBuilder
{
    private readonly List<(string Name, string Type, long[] Shape, byte[] Data)> _tensors = [];

    public SafetensorsBuilder Add(string name, string type, long[] shape, byte[] data)
    {
        _tensors.Add((name, type, shape, data));
        return this;
    }

    public byte[] Build()
    {
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        long at = 0;
        foreach (var (name, type, shape, data) in _tensors)
        {
            header.Append($",\"{JsonEncodedText.Encode(name)}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{at},{at + data.Length}]}}");
            at += data.Length;
        }

        header.Append('}');
        var bytes = Encoding.UTF8.GetBytes(header.ToString().PadRight((header.Length + 7) / 8 * 8));
        return [.. BitConverter.GetBytes((ulong)bytes.Length), .. bytes, .. _tensors.SelectMany(static t => t.Data)];
    }
}
