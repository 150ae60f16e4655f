using System.Text;

namespace Assay.Testing;

/// <summary>Builds tar archives header by header, honest or lying.</summary>
public sealed class TarBuilder
{
    private readonly List<byte> _file = [];

    /// <summary>Adds a member; <paramref name="size"/> and <paramref name="checksum"/> lie where given.</summary>
    public TarBuilder Add(
        string name, byte[] content, char type = '0', string link = "", int mode = 420, long? size = null, int? checksum = null,
        bool ustar = true, bool base256 = false)
    {
        var header = new byte[512];
        Encoding.UTF8.GetBytes(name).AsSpan()[..Math.Min(100, Encoding.UTF8.GetByteCount(name))].CopyTo(header);
        Octal(header.AsSpan(100, 8), mode);
        Octal(header.AsSpan(108, 8), 1000);
        Octal(header.AsSpan(116, 8), 1000);
        if (base256)
        {
            header[124] = 0x80;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size ?? content.Length);
        }
        else
        {
            Octal(header.AsSpan(124, 12), size ?? content.Length);
        }

        Octal(header.AsSpan(136, 12), 0);
        header[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).AsSpan()[..Math.Min(100, Encoding.UTF8.GetByteCount(link))].CopyTo(header.AsSpan(157));
        if (ustar)
        {
            "ustar\0"u8.CopyTo(header.AsSpan(257));
            "00"u8.CopyTo(header.AsSpan(263));
            "someone"u8.CopyTo(header.AsSpan(265));
        }

        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = checksum ?? header.Sum(b => b);
        Octal(header.AsSpan(148, 7), sum);
        _file.AddRange(header);
        _file.AddRange(content);
        Pad();
        return this;
    }

    public TarBuilder Add(string name, string content) => Add(name, Encoding.UTF8.GetBytes(content));

    /// <summary>A GNU long name (or link) that applies to the next member.</summary>
    public TarBuilder LongName(string name, char type = 'L') => Add("././@LongLink", [.. Encoding.UTF8.GetBytes(name), 0], type);

    /// <summary>A pax header that applies to the next member.</summary>
    public TarBuilder Pax(params (string Key, string Value)[] records)
    {
        var body = new StringBuilder();
        foreach (var (key, value) in records)
        {
            var rest = Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value) + 3;
            var length = rest + 1;
            while (length != rest + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length)
                length++;
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
        }

        return Add("PaxHeaders/x", Encoding.UTF8.GetBytes(body.ToString()), 'x');
    }

    /// <summary>Bytes as they are.</summary>
    public TarBuilder Raw(byte[] bytes)
    {
        _file.AddRange(bytes);
        return this;
    }

    /// <summary>The two blocks of zeros.</summary>
    public TarBuilder End() => Raw(new byte[1024]);

    public byte[] Build() => [.. _file];

    private static void Octal(Span<byte> field, long value)
    {
        var text = Convert.ToString(value, 8).PadLeft(field.Length - 1, '0');
        Encoding.ASCII.GetBytes(text).CopyTo(field);
        field[^1] = 0;
    }

    private void Pad()
    {
        while (_file.Count % 512 != 0)
            _file.Add(0);
    }
}
