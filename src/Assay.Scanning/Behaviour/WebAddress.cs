using System.Globalization;

namespace Assay.Scanning;

/// <summary>
/// An address as a client resolves it: the host behind any user name, without its final dot, in lower case, numbers of every
/// spelling read as IPv4, dot segments of the path removed. Lenient like the clients, and total.
/// </summary>
/// <param name="Scheme">Lower case; empty for a bare host.</param>
/// <param name="UserInfo">What stands before <c>@</c>; empty where nothing does.</param>
/// <param name="Host">The host; IPv4 in dotted decimal, IPv6 without brackets.</param>
/// <param name="Port">The port; null where none is written.</param>
/// <param name="Path">The path from its slash; empty where there is none.</param>
internal readonly record struct WebAddress(string Scheme, string UserInfo, string Host, int? Port, string Path)
{
    /// <summary>Longer texts are no addresses.</summary>
    private const int MaxLength = 4096;

    private const int MaxHost = 255;

    /// <summary>The IPv4 address, where the host is one.</summary>
    public uint? V4 { get; private init; }

    /// <summary>The IPv6 address, where the host is one.</summary>
    public bool IsV6 { get; private init; }

    /// <summary>Whether the host is a number rather than a name.</summary>
    public bool IsNumber => V4 is not null || IsV6;

    /// <summary>The host was a number in an unusual spelling (<c>0x7f000001</c>, <c>2130706433</c>).</summary>
    public bool IsOddlySpelt { get; private init; }

    /// <summary>Reads an address or bare host.</summary>
    /// <param name="text">What is written.</param>
    /// <param name="address">The parts.</param>
    /// <returns>False where no host can be told: an empty text, a placeholder, a defanged address.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out WebAddress address)
    {
        address = default;
        text = text.Trim(" \t\r\n\"'`<>");
        if (text.Length is 0 or > MaxLength)
            return false;
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = "";
        if (colon > 0)
        {
            scheme = LastWord(text[..colon]).ToString().ToLowerInvariant();
            // git+https, sparse+https: what matters stands behind the plus.
            var plus = scheme.LastIndexOf('+');
            if (plus >= 0)
                scheme = scheme[(plus + 1)..];
            if (scheme.StartsWith("hxx", StringComparison.Ordinal) || scheme.Length == 0)
                return false;
            text = text[(colon + 3)..].TrimStart("/\\");
        }
        else if (text.StartsWith("//"))
        {
            scheme = "https";
            text = text.TrimStart('/');
        }

        // Clients read a backslash as a slash; what stands before the last @ of the authority is a user name.
        var end = text.IndexOfAny("/\\?#");
        var authority = end < 0 ? text : text[..end];
        var rest = end < 0 ? default : text[end..];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? "" : authority[..at].ToString();
        authority = authority[(at + 1)..];

        int? port = null;
        string host;
        if (authority.StartsWith("["))
        {
            var close = authority.IndexOf(']');
            if (close < 0 || !System.Net.IPAddress.TryParse(authority[1..close], out var v6))
                return false;
            host = v6.ToString();
            port = PortOf(authority[(close + 1)..]);
            address = Numeric(scheme, user, v6, host, port, PathOf(rest));
            return true;
        }

        var portAt = authority.LastIndexOf(':');
        if (portAt >= 0)
        {
            // scp-like git addresses: git@github.com:owner/name.
            if (scheme.Length == 0 && at >= 0 && !char.IsAsciiDigit(authority.Length > portAt + 1 ? authority[portAt + 1] : ' '))
                rest = string.Concat("/", authority[(portAt + 1)..], rest);
            else
                port = PortOf(authority[portAt..]);
            if (port is null && scheme.Length == 0 && at < 0)
                return false;
            authority = authority[..portAt];
        }

        host = authority.TrimEnd('.').ToString().ToLowerInvariant();
        if (host.Contains('%'))
            host = Uri.UnescapeDataString(host).ToLowerInvariant();
        if (host.Length is 0 or > MaxHost || !IsHost(host))
            return false;
        host = host.Replace('\u3002', '.').Replace('\uff0e', '.').Replace('\uff61', '.');
        var number = V4Of(host, scheme.Length > 0);
        if (scheme.Length == 0 && number is null && (!host.Contains('.') || !char.IsLetter(host[^1])) && host != "localhost" && port is null)
            return false;
        address = new WebAddress(scheme, user, number is { } v4 ? Dotted(v4) : host, port, PathOf(rest)) { V4 = number, IsOddlySpelt = number is { } n && Dotted(n) != host };
        return true;
    }

    private static WebAddress Numeric(string scheme, string user, System.Net.IPAddress v6, string host, int? port, string path)
    {
        if (!v6.IsIPv4MappedToIPv6)
            return new WebAddress(scheme, user, host, port, path) { IsV6 = true };
        var bytes = v6.MapToIPv4().GetAddressBytes();
        var v4 = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return new WebAddress(scheme, user, Dotted(v4), port, path) { V4 = v4, IsOddlySpelt = true };
    }

    private static ReadOnlySpan<char> LastWord(ReadOnlySpan<char> text)
    {
        var start = text.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '+' or '-' or '.'))
            start--;
        return text[start..];
    }

    private static bool IsHost(string host)
    {
        foreach (var c in host)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('.' or '-' or '_' or '\u3002' or '\uff0e' or '\uff61'))
                return false;
        }

        return host[0] != '.' && !host.Contains("..", StringComparison.Ordinal);
    }

    private static int? PortOf(ReadOnlySpan<char> text) =>
        text.Length > 1 && text[0] == ':' && int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : null;

    /// <summary>IPv4 as <c>inet_aton</c> reads it: one to four numbers, decimal, octal or hexadecimal. A bare text counts only with four.</summary>
    private static uint? V4Of(string host, bool isAddress)
    {
        if (!char.IsAsciiDigit(host[0]))
            return null;
        Span<Range> ranges = stackalloc Range[6];
        var count = host.AsSpan().Split(ranges, '.');
        if (count > 4 || (!isAddress && count < 4))
            return null;
        ulong value = 0;
        for (var i = 0; i < count; i++)
        {
            if (NumberOf(host.AsSpan(ranges[i])) is not { } part)
                return null;
            var last = i == count - 1;
            var bits = last ? 8 * (5 - count) : 8;
            if (part >= 1UL << bits)
                return null;
            value = (value << bits) | part;
        }

        return (uint)value;
    }

    private static ulong? NumberOf(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 12)
            return null;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return text.Length > 2 && ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null;
        if (text[0] != '0' || text.Length == 1)
            return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        ulong octal = 0;
        foreach (var c in text)
        {
            if (c is < '0' or > '7')
                return null;
            octal = (octal * 8) + (ulong)(c - '0');
        }

        return octal;
    }

    private static string Dotted(uint v4) => string.Create(CultureInfo.InvariantCulture, $"{v4 >> 24}.{(v4 >> 16) & 255}.{(v4 >> 8) & 255}.{v4 & 255}");

    private static string PathOf(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('?', '#');
        if (end >= 0)
            rest = rest[..end];
        if (rest.IsEmpty)
            return "";
        var path = rest.ToString().Replace('\\', '/');
        if (path.Contains('%'))
            path = Uri.UnescapeDataString(path);
        if (!path.Contains("/.", StringComparison.Ordinal))
            return path;
        var parts = new List<string>();
        foreach (var part in path.Split('/').Skip(1))
        {
            if (part == "..")
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            else if (part != ".")
                parts.Add(part);
        }

        return "/" + string.Join('/', parts);
    }
}
