using System.Text;

namespace Assay.Protocol;

/// <summary>
/// The path of a request as it stood on the wire, cut at <c>/</c>, each segment decoded exactly once. Servers that decode before they cut
/// lose the difference between <c>%2F</c> and <c>/</c>, and those that decode twice corrupt names with <c>%</c>.
/// </summary>
public sealed class RawTarget
{
    private const int MaxLength = 16 << 10;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private RawTarget(string[] segments, string query) => (Segments, Query) = (segments, query);

    /// <summary>The decoded segments. A segment may contain <c>/</c>, where the client encoded it.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>The query with its question mark, or nothing.</summary>
    public string Query { get; }

    /// <summary>Cuts and decodes a request target of origin or absolute form.</summary>
    /// <returns>Null when it is malformed: bytes that are no UTF-8, a NUL, or over 16 KiB.</returns>
    public static RawTarget? Parse(string target)
    {
        if (target.Length > MaxLength)
            return null;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && path.IndexOf('/', StringComparison.Ordinal) == scheme + 1)
        {
            var slash = path.IndexOf('/', scheme + 3);
            path = slash < 0 ? "/" : path[slash..];
        }

        if (path.Length == 0 || path[0] != '/')
            return null;
        var parts = path.Length == 1 ? [] : path[1..].Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (Decode(parts[i]) is not { } segment)
                return null;
            parts[i] = segment;
        }

        return new RawTarget(parts, query < 0 ? "" : target[query..]);
    }

    /// <summary>Decodes the percent codes of one segment, once; null when that is not possible.</summary>
    public static string? Decode(string segment)
    {
        var plain = true;
        foreach (var c in segment)
        {
            if (c == '\0')
                return null;
            plain &= c != '%' && c < 0x80;
        }

        if (plain)
            return segment;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(segment.Length)];
        var n = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] == '%')
            {
                // Some clients send names as they are (llama.cpp, @huggingface/hub): a percent sign that begins no code stands for itself.
                if (i + 2 >= segment.Length || !char.IsAsciiHexDigit(segment[i + 1]) || !char.IsAsciiHexDigit(segment[i + 2]))
                {
                    bytes[n++] = (byte)'%';
                    continue;
                }

                bytes[n] = (byte)((Hex(segment[i + 1]) << 4) | Hex(segment[i + 2]));
                if (bytes[n++] == 0)
                    return null;
                i += 2;
            }
            else
            {
                var length = char.IsHighSurrogate(segment[i]) && i + 1 < segment.Length && char.IsLowSurrogate(segment[i + 1]) ? 2 : 1;
                // Kestrel hands on bytes above 0x7F one to a character.
                if (length == 1 && segment[i] is >= '\u0080' and <= '\u00ff')
                {
                    bytes[n++] = (byte)segment[i];
                    continue;
                }

                n += Encoding.UTF8.GetBytes(segment.AsSpan(i, length), bytes.AsSpan(n));
                i += length - 1;
            }
        }

        try
        {
            return Strict.GetString(bytes, 0, n);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Encodes a path for a URL: everything but unreserved characters and <c>/</c>.</summary>
    public static string EncodePath(string path)
    {
        var text = new StringBuilder(path.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' or (byte)'/')
                text.Append((char)b);
            else
                text.Append('%').Append(HexDigits[b >> 4]).Append(HexDigits[b & 15]);
        }

        return text.ToString();
    }

    private const string HexDigits = "0123456789ABCDEF";

    private static int Hex(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
