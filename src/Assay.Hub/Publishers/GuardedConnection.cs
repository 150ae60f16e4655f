using System.Net;
using System.Net.Sockets;

namespace Assay.Hub.Publishers;

/// <summary>A name leads to an address that this hub does not connect to.</summary>
internal sealed class ForbiddenAddressException(string message) : IOException(message);

/// <summary>
/// Connects to hosts that strangers name: a name is resolved once, its addresses are looked at, and the connection goes to one that was looked
/// at, so that no second answer can lead it elsewhere.
/// </summary>
/// <param name="resolve">Gives the addresses of a name.</param>
/// <param name="isAllowed">Whether an address may be connected to.</param>
internal sealed class GuardedConnection(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> isAllowed)
{
    private static readonly (IPNetwork Network, string Why)[] Inner =
    [
        // IANA's registries of special-purpose addresses.
        (IPNetwork.Parse("0.0.0.0/8"), "this network"), (IPNetwork.Parse("10.0.0.0/8"), "private"), (IPNetwork.Parse("100.64.0.0/10"), "shared"), (IPNetwork.Parse("127.0.0.0/8"), "loopback"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"), (IPNetwork.Parse("172.16.0.0/12"), "private"), (IPNetwork.Parse("192.0.0.0/24"), "protocol"), (IPNetwork.Parse("192.0.2.0/24"), "documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "relay"), (IPNetwork.Parse("192.168.0.0/16"), "private"), (IPNetwork.Parse("198.18.0.0/15"), "benchmarks"), (IPNetwork.Parse("198.51.100.0/24"), "documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "documentation"), (IPNetwork.Parse("224.0.0.0/3"), "multicast and reserved"),
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] NotGlobal = [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>To addresses of the Internet only.</summary>
    public static GuardedConnection ToPublic { get; } = new(static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation), IsPublic);

    /// <summary>To any address, for hubs whose publishers are on private networks.</summary>
    public static GuardedConnection ToAnywhere { get; } = new(static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation), static _ => true);

    /// <summary>Whether an address belongs to the Internet, and not to this host, its network or a special use.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !Array.Exists(Inner, n => n.Network.Contains(address));
        // A translated address leads to the IPv4 one in it.
        if (Translated.Contains(address))
            return IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        return Global.Contains(address) && !Array.Exists(NotGlobal, n => n.Contains(address));
    }

    /// <summary>A handler that connects so, follows no redirects, and takes no proxy, cookies or credentials from this process.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = ConnectAsync,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        UseCookies = false,
        UseProxy = false,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellation).ConfigureAwait(false);
        // One among them that is not allowed is a sign that somebody tries.
        if (Array.Find(addresses, a => !isAllowed(a)) is not null)
            throw new ForbiddenAddressException("its name leads to an address that is not of the Internet");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
