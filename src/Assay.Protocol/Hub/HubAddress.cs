using System.Net;
using System.Net.Sockets;

namespace Assay.Protocol;

/// <summary>What an address says about where a request would go.</summary>
public static class HubAddress
{
    /// <summary>The hub that clients ask when none is named.</summary>
    public static Uri Default { get; } = new("https://huggingface.co/");

    /// <summary>Reads the address of a hub: http or https, a path allowed, nothing else.</summary>
    /// <returns>The address with a slash at the end; null when it is none.</returns>
    public static Uri? Parse(string text)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
            || address.Host.Length == 0 || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            return null;
        }

        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    /// <summary>Whether two addresses have scheme, host and port in common: what may see the same secrets.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an address belongs to a machine, a link or a private network, or to nobody (source: the IANA special-purpose address registries).</summary>
    public static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            Span<byte> b = stackalloc byte[16];
            address.TryWriteBytes(b, out _);
            // Translated and tunnelled addresses reach the IPv4 address inside them.
            if (b[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]))
                return IsPrivate(new IPAddress(b[12..]));
            if (b[0] == 0x20 && b[1] == 0x02)
                return IsPrivate(new IPAddress(b[2..6]));
            return (b[0] & 0xe0) != 0x20; // what is not global unicast: loopback, unspecified, unique local, link local, multicast
        }

        Span<byte> v4 = stackalloc byte[4];
        address.TryWriteBytes(v4, out _);
        return v4 switch
        {
            [0 or 10 or 127, ..] => true,
            [100, >= 64 and <= 127, ..] => true,
            [169, 254, ..] => true,
            [172, >= 16 and <= 31, ..] => true,
            [192, 168, ..] or [192, 0, 0, _] => true,
            [198, 18 or 19, ..] => true,
            [>= 224, ..] => true,
            _ => false,
        };
    }
}
