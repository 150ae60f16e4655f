using System.IO.Compression;
using System.Text;

namespace Assay.Scanning;

/// <summary>Pure functions of Python over constants: methods of text, decoders, codecs. Results are bounded.</summary>
internal static class PythonFolding
{
    /// <summary>Characters of one folded text.</summary>
    public const int MaxText = 1 << 20;

    /// <summary>Applies a method of str or bytes; null where it is not known or does not fold.</summary>
    public static PythonValue? Method(PythonValue self, string name, IReadOnlyList<PythonValue> args)
    {
        var text = self.Text;
        string Arg(int i) => i < args.Count ? args[i].Shown() : "";
        bool Known(int i) => i < args.Count && args[i].IsConstant;
        switch (name)
        {
            case "lower" or "casefold":
                return Same(self, text.ToLowerInvariant());
            case "upper":
                return Same(self, text.ToUpperInvariant());
            case "swapcase":
                return Same(self, string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)))).With(Origin.Computed);
            case "title" or "capitalize":
                return Same(self, text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..]);
            case "strip":
                return Same(self, Known(0) ? text.Trim(Arg(0).ToCharArray()) : text.Trim());
            case "lstrip":
                return Same(self, Known(0) ? text.TrimStart(Arg(0).ToCharArray()) : text.TrimStart());
            case "rstrip":
                return Same(self, Known(0) ? text.TrimEnd(Arg(0).ToCharArray()) : text.TrimEnd());
            case "removeprefix" when Known(0):
                return Same(self, text.StartsWith(Arg(0), StringComparison.Ordinal) ? text[Arg(0).Length..] : text);
            case "removesuffix" when Known(0):
                return Same(self, text.EndsWith(Arg(0), StringComparison.Ordinal) ? text[..^Arg(0).Length] : text);
            case "replace" when args.Count >= 2 && Known(0) && Arg(0).Length > 0:
                if ((long)text.Length * Math.Max(1, Arg(1).Length) > MaxText * 4L)
                    return null;
                var replaced = text.Replace(Arg(0), Arg(1), StringComparison.Ordinal);
                // Taking out what was strewn in hides; filling in a name does not.
                return replaced == text ? self : Same(self, replaced).With(args[1]).With(text.Length - replaced.Length >= 6 && Arg(1).Length == 0 ? Origin.Computed : Origin.None);
            case "join" when args.Count == 1 && args[0].Items is { } parts && args[0].Kind == PythonKind.List:
                return Join(self, parts, args[0]);
            case "split" or "rsplit" or "splitlines" or "partition" or "rpartition":
                return Split(self, name, args);
            case "encode":
                return args.Count > 0 && args[0].IsConstant && Codec(self, args[0].Text, encode: true) is { } coded ? coded : Bytes(self, Encoding.UTF8.GetBytes(text));
            case "decode":
                return args.Count > 0 && args[0].IsConstant && Codec(self, args[0].Text, encode: false) is { } decoded ? decoded : new PythonValue(PythonKind.Str) { Text = Utf8(text), From = self.From, Source = self.Source, Decoders = self.Decoders };
            case "format" or "format_map":
                return Format(self, args);
            case "hex" when self.Kind == PythonKind.Bytes:
                return Same(PythonValue.Str(Convert.ToHexStringLower(Encoding.Latin1.GetBytes(text))), null).With(self);
            case "zfill" or "ljust" or "rjust" or "center" or "expandtabs":
                return self;
            case "translate":
                return Translate(self, args);
            case "startswith" or "endswith" or "isdigit" or "isalpha" or "find" or "index" or "count" or "isalnum":
                return name switch
                {
                    "startswith" when Known(0) => text.StartsWith(Arg(0), StringComparison.Ordinal) ? PythonValue.True : PythonValue.False,
                    "find" or "index" when Known(0) => PythonValue.Int(text.IndexOf(Arg(0), StringComparison.Ordinal)),
                    _ => PythonValue.Unknown,
                };
            default:
                return null;
        }
    }

    /// <summary>Decodes as a function of the library does; null where the data is not constant or does not decode.</summary>
    /// <param name="decoder">Name of the decoder: <c>base64</c>, <c>hex</c>, <c>zlib</c> …</param>
    /// <param name="value">The encoded data.</param>
    public static PythonValue? Decode(string decoder, PythonValue value)
    {
        if (!value.IsConstant || value.Text.Length > 8 * MaxText)
            return null;
        try
        {
            var data = decoder switch
            {
                "base64" => Base64(value.Text.Replace('-', '+').Replace('_', '/')),
                "base32" => Base32(value.Text),
                "base16" or "hex" => Convert.FromHexString(string.Concat(value.Text.Where(c => !char.IsWhiteSpace(c) && c != ':'))),
                "base85" => Base85(value.Text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"),
                "ascii85" => Ascii85(value.Text),
                "zlib" => Inflate(new ZLibStream(new MemoryStream(Encoding.Latin1.GetBytes(value.Text)), CompressionMode.Decompress)),
                "deflate" => Inflate(new DeflateStream(new MemoryStream(Encoding.Latin1.GetBytes(value.Text)), CompressionMode.Decompress)),
                "gzip" => Inflate(new GZipStream(new MemoryStream(Encoding.Latin1.GetBytes(value.Text)), CompressionMode.Decompress)),
                _ => null,
            };
            return data is null ? null : Bytes(value, data).With(Origin.Decoded, null, [decoder]);
        }
        catch (FormatException)
        {
            return null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A codec of the name that <c>codecs.decode</c>, <c>str.encode</c> and <c>bytes.decode</c> take; null for plain text encodings.</summary>
    public static PythonValue? Codec(PythonValue value, string codec, bool encode)
    {
        var name = codec.ToLowerInvariant().Replace('-', '_');
        switch (name)
        {
            case "rot13" or "rot_13":
                return Same(value, Rot13(value.Text)).With(Origin.Decoded, null, ["rot13"]);
            case "hex" or "hex_codec" when !encode:
                return Decode("hex", value);
            case "base64" or "base64_codec" when !encode:
                return Decode("base64", value);
            case "zip" or "zlib" or "zlib_codec" when !encode:
                return Decode("zlib", value);
            case "unicode_escape" or "string_escape" or "raw_unicode_escape" when !encode:
                return new PythonValue(PythonKind.Str) { Text = Unescape(value.Text), From = value.From | Origin.Computed, Source = value.Source, Decoders = value.Decoders };
            case "utf_16" or "utf_16le" or "utf_16_le" or "utf16" when !encode && value.Kind == PythonKind.Bytes:
                return new PythonValue(PythonKind.Str) { Text = Encoding.Unicode.GetString(Encoding.Latin1.GetBytes(value.Text)), From = value.From, Source = value.Source, Decoders = value.Decoders };
            case "utf_16" or "utf_16le" or "utf_16_le" when encode:
                return Bytes(value, Encoding.Unicode.GetBytes(value.Text));
            case "latin_1" or "latin1" or "iso_8859_1" or "ascii" when !encode:
                return new PythonValue(PythonKind.Str) { Text = value.Text, From = value.From, Source = value.Source, Decoders = value.Decoders };
            default:
                return null;
        }
    }

    /// <summary>Text with other characters, of the same kind and origin.</summary>
    public static PythonValue Same(PythonValue value, string? text)
    {
        text ??= value.Text;
        if (text.Length > MaxText)
            text = text[..MaxText];
        return new PythonValue(value.Kind == PythonKind.Bytes ? PythonKind.Bytes : PythonKind.Str) { Text = text, From = value.From, Source = value.Source, Decoders = value.Decoders, Encrypted = value.Encrypted };
    }

    public static PythonValue Bytes(PythonValue like, byte[] data) =>
        new(PythonKind.Bytes) { Text = Encoding.Latin1.GetString(data), From = like.From, Source = like.Source, Decoders = like.Decoders };

    /// <summary><c>%</c> formatting and <c>str.format</c>: fields become the texts of their values.</summary>
    public static PythonValue Percent(PythonValue format, PythonValue values)
    {
        var args = values.Kind == PythonKind.List ? values.Items! : [values];
        var into = new StringBuilder();
        var taken = 0;
        var result = format;
        for (var i = 0; i < format.Text.Length && into.Length < MaxText; i++)
        {
            var c = format.Text[i];
            if (c != '%' || i + 1 >= format.Text.Length)
            {
                into.Append(c);
                continue;
            }

            if (format.Text[i + 1] == '%')
            {
                into.Append('%');
                i++;
                continue;
            }

            var at = i + 1;
            PythonValue? named = null;
            if (format.Text[at] == '(' && format.Text.IndexOf(')', at) is > 0 and var close)
            {
                if (values.Map is { } map)
                    map.TryGetValue(format.Text[(at + 1)..close], out named);
                at = close + 1;
            }

            while (at < format.Text.Length && format.Text[at] is ' ' or '#' or '-' or '+' or '.' or (>= '0' and <= '9'))
                at++;
            if (at >= format.Text.Length)
                break;
            var value = named ?? (taken < args.Count ? args[taken++] : PythonValue.Unknown);
            into.Append(format.Text[at] == 'c' && value.Kind == PythonKind.Int ? ((char)value.Number).ToString() : value.Shown());
            result = result.With(value.Taint());
            i = at;
        }

        return Same(result, into.ToString());
    }

    private static PythonValue Format(PythonValue self, IReadOnlyList<PythonValue> args)
    {
        var into = new StringBuilder();
        var result = self;
        var next = 0;
        var text = self.Text;
        for (var i = 0; i < text.Length && into.Length < MaxText; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                into.Append(c);
                i++;
            }
            else if (c == '{' && text.IndexOf('}', i) is > 0 and var close)
            {
                var field = text[(i + 1)..close];
                var end = field.IndexOfAny([':', '!', '.', '[']);
                if (end >= 0)
                    field = field[..end];
                var value = PythonValue.Unknown;
                if (field.Length == 0)
                    value = next < args.Count ? args[next++] : PythonValue.Unknown;
                else if (int.TryParse(field, out var index))
                    value = index < args.Count ? args[index] : PythonValue.Unknown;
                else if (args.Count > 0 && args[^1].Kind == PythonKind.Dict && args[^1].Map!.TryGetValue(field, out var named))
                    value = named;
                into.Append(value.Shown());
                result = result.With(value.Taint());
                i = close;
            }
            else
            {
                into.Append(c);
            }
        }

        return Same(result, into.ToString());
    }

    private static PythonValue Join(PythonValue self, List<PythonValue> parts, PythonValue list)
    {
        var into = new StringBuilder();
        var sum = PythonValue.Tainted(self.From | list.From, self.Source ?? list.Source, list.Decoders);
        var characters = 0;
        for (var i = 0; i < parts.Count && into.Length < MaxText; i++)
        {
            if (i > 0)
                into.Append(self.Text);
            into.Append(parts[i].Shown());
            characters += parts[i].Text.Length == 1 ? 1 : 0;
            sum = sum.With(parts[i].Taint(1));
        }

        var joined = Same(self.Kind == PythonKind.Bytes ? self : PythonValue.Str(""), into.ToString()).With(sum);
        return characters >= 4 && characters * 2 > parts.Count ? joined.With(Origin.Computed) : joined;
    }

    private static PythonValue Split(PythonValue self, string name, IReadOnlyList<PythonValue> args)
    {
        var text = self.Text;
        string[] parts;
        if (name == "splitlines")
            parts = text.Split('\n', 20_000);
        else if (args.Count > 0 && args[0].IsConstant && args[0].Text.Length > 0)
            parts = name.EndsWith("partition", StringComparison.Ordinal) ? text.Split(args[0].Text, 2) : text.Split(args[0].Text, 20_000);
        else
            parts = text.Split((char[]?)null, 20_000, StringSplitOptions.RemoveEmptyEntries);
        var items = new List<PythonValue>(parts.Length);
        foreach (var part in parts)
            items.Add(Same(self, part));
        return new PythonValue(PythonKind.List) { Items = items, From = self.From, Source = self.Source };
    }

    private static PythonValue? Translate(PythonValue self, IReadOnlyList<PythonValue> args)
    {
        if (args.Count == 0 || args[0].Map is not { } map)
            return PythonValue.Tainted(self.From | Origin.Computed, self.Source, self.Decoders);
        var into = new StringBuilder(self.Text.Length);
        foreach (var c in self.Text)
        {
            if (map.TryGetValue(((int)c).ToString(), out var to) || map.TryGetValue(c.ToString(), out to))
                into.Append(to.Kind == PythonKind.Int ? ((char)to.Number).ToString() : to.Kind == PythonKind.None ? "" : to.Text);
            else
                into.Append(c);
        }

        return Same(self, into.ToString()).With(Origin.Computed);
    }

    private static string Utf8(string bytes)
    {
        foreach (var c in bytes)
        {
            if (c > 255)
                return bytes;
        }

        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));
    }

    private static string Rot13(string text) => string.Create(text.Length, text, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
        {
            var c = from[i];
            into[i] = c switch
            {
                >= 'a' and <= 'z' => (char)('a' + ((c - 'a' + 13) % 26)),
                >= 'A' and <= 'Z' => (char)('A' + ((c - 'A' + 13) % 26)),
                _ => c,
            };
        }
    });

    private static string Unescape(string text)
    {
        var into = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 >= text.Length)
            {
                into.Append(text[i]);
                continue;
            }

            var digits = text[i + 1] switch { 'x' => 2, 'u' => 4, _ => 0 };
            if (digits > 0 && i + 1 + digits < text.Length && ushort.TryParse(text.AsSpan(i + 2, digits), System.Globalization.NumberStyles.HexNumber, null, out var code))
            {
                into.Append((char)code);
                i += 1 + digits;
            }
            else
            {
                into.Append(text[i + 1] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
                i++;
            }
        }

        return into.ToString();
    }

    private static byte[] Base64(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')
                clean.Append(c);
            else if (c == '=')
                break;
        }

        if (clean.Length % 4 == 1)
            clean.Length--;
        return Convert.FromBase64String(clean.Append('=', (4 - (clean.Length % 4)) % 4).ToString());
    }

    private static byte[] Base32(string text)
    {
        var output = new List<byte>(text.Length);
        int bits = 0, buffer = 0;
        foreach (var c in text.ToUpperInvariant())
        {
            var value = c is >= 'A' and <= 'Z' ? c - 'A' : c is >= '2' and <= '7' ? c - '2' + 26 : -1;
            if (value < 0)
                continue;
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                output.Add((byte)(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }

        return [.. output];
    }

    private static byte[]? Base85(string text, string alphabet)
    {
        var output = new List<byte>(text.Length);
        var group = new int[5];
        var n = 0;
        foreach (var c in text)
        {
            var value = alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
                return null;
            group[n++] = value;
            if (n == 5)
            {
                Flush(5);
                n = 0;
            }
        }

        if (n > 1)
        {
            for (var i = n; i < 5; i++)
                group[i] = 84;
            Flush(n);
        }

        return [.. output];

        void Flush(int used)
        {
            uint word = 0;
            foreach (var digit in group)
                word = unchecked((word * 85) + (uint)digit);
            for (var i = 0; i < used - 1; i++)
                output.Add((byte)(word >> (24 - (8 * i))));
        }
    }

    private static byte[]? Ascii85(string text)
    {
        var body = text.StartsWith("<~", StringComparison.Ordinal) ? text[2..] : text;
        if (body.EndsWith("~>", StringComparison.Ordinal))
            body = body[..^2];
        var shifted = new StringBuilder(body.Length);
        const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
        foreach (var c in body)
        {
            if (c == 'z')
                shifted.Append("00000");
            else if (c is >= '!' and <= 'u')
                shifted.Append(Alphabet[c - '!']);
        }

        return Base85(shifted.ToString(), Alphabet);
    }

    private static byte[] Inflate(Stream stream)
    {
        using (stream)
        {
            var output = new MemoryStream();
            var buffer = new byte[16 << 10];
            int n;
            while (output.Length < MaxText && (n = stream.Read(buffer)) > 0)
                output.Write(buffer, 0, n);
            return output.ToArray();
        }
    }
}
