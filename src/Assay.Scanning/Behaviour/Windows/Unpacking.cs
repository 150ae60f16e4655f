using System.IO.Compression;
using System.Text;

namespace Assay.Scanning;

/// <summary>Decodes what scripts decode, bounded.</summary>
internal static class Unpacking
{
    private const int MaxBytes = 4 << 20;

    /// <summary>The bytes of a base64 text; blanks are skipped, as decoders do; null where it is none.</summary>
    public static byte[]? Base64(string text)
    {
        if (text.Length is < 2 or > MaxBytes * 2)
            return null;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')
                clean.Append(c);
            else if (c is '-')
                clean.Append('+');
            else if (c is '_')
                clean.Append('/');
            else if (c == '=')
                continue;
            else if (c is not (' ' or '\t' or '\r' or '\n' or '"' or '\''))
                return null;
        }

        if (clean.Length % 4 == 1)
            clean.Length--;
        while (clean.Length % 4 != 0)
            clean.Append('=');
        var bytes = new byte[clean.Length / 4 * 3];
        return Convert.TryFromBase64String(clean.ToString(), bytes, out var n) ? bytes[..n] : null;
    }

    /// <summary>What stands between the marks of an armoured block; all of it where there are none.</summary>
    public static string PemBody(string text)
    {
        var begin = text.IndexOf("-----BEGIN", StringComparison.Ordinal);
        if (begin < 0)
            return text;
        var start = text.IndexOf('\n', begin);
        var end = text.IndexOf("-----END", Math.Max(start, 0), StringComparison.Ordinal);
        return start < 0 ? "" : text[start..(end < 0 ? text.Length : end)];
    }

    /// <summary>UTF-16 text, or UTF-8 where it evidently is that.</summary>
    public static string WideText(byte[] bytes)
    {
        var zeros = 0;
        for (var i = 1; i < bytes.Length; i += 2)
            zeros += bytes[i] == 0 ? 1 : 0;
        return zeros * 4 >= bytes.Length / 2 ? Encoding.Unicode.GetString(bytes) : ReadableText(bytes) ?? Encoding.Unicode.GetString(bytes);
    }

    /// <summary>Text, where the bytes are any.</summary>
    public static string? ReadableText(byte[] bytes)
    {
        if (bytes.Length >= 4 && bytes[1] == 0 && bytes[3] == 0 && bytes[0] != 0)
            return Encoding.Unicode.GetString(bytes);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            return null;
        foreach (var b in bytes)
        {
            if (b < 9)
                return null;
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Inflates; null where the bytes are not of that kind or yield too much.</summary>
    /// <param name="bytes">Compressed.</param>
    /// <param name="kind"><c>gzip</c>, <c>deflate</c>, <c>zlib</c> or <c>brotli</c>.</param>
    public static byte[]? Inflate(byte[] bytes, string kind)
    {
        try
        {
            using var input = new MemoryStream(bytes);
            using Stream stream = kind switch
            {
                "gzip" => new GZipStream(input, CompressionMode.Decompress),
                "zlib" => new ZLibStream(input, CompressionMode.Decompress),
                "brotli" => new BrotliStream(input, CompressionMode.Decompress),
                _ => new DeflateStream(input, CompressionMode.Decompress),
            };
            using var output = new MemoryStream();
            var buffer = new byte[16384];
            while (output.Length < MaxBytes)
            {
                var n = stream.Read(buffer);
                if (n == 0)
                    break;
                output.Write(buffer, 0, n);
            }

            return output.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
