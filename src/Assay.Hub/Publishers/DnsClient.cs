using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Assay.Hub.Publishers;

/// <summary>
/// Asks a DNS server for TXT records: over UDP from a random port with a random number, over TCP where the answer is too long. What does not
/// repeat the question is ignored; each attempt has its time.
/// </summary>
internal static class DnsClient
{
    private const int Attempts = 2;
    private const int MaxForeign = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks a server.</summary>
    /// <param name="server">Where it is.</param>
    /// <param name="name">The name, in ASCII.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<DnsReading> QueryAsync(IPEndPoint server, string name, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            try
            {
                var reading = await AskAsync(server, name, limit.Token).ConfigureAwait(false);
                if (reading.Status == DnsStatus.Truncated)
                    reading = await AskByStreamAsync(server, name, limit.Token).ConfigureAwait(false);
                if (reading.Status is not (DnsStatus.Malformed or DnsStatus.Failed or DnsStatus.Foreign) || attempt == Attempts)
                    return reading;
            }
            catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                if (attempt == Attempts)
                    return DnsReading.Of(DnsStatus.Failed);
            }
        }
    }

    private static async Task<DnsReading> AskAsync(IPEndPoint server, string name, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        Bind(socket);
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false); // takes in nothing from others
        var (id, buffer) = ((ushort)RandomNumberGenerator.GetInt32(1 << 16), new byte[4096]);
        var length = DnsMessage.WriteQuery(buffer, id, name);
        if (length == 0)
            return DnsReading.Of(DnsStatus.NoName);
        await socket.SendAsync(buffer.AsMemory(0, length), cancellation).ConfigureAwait(false);
        for (var foreign = 0; foreign < MaxForeign; foreign++)
        {
            var received = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
            var reading = DnsMessage.Read(buffer.AsSpan(0, received), id, name);
            if (reading.Status != DnsStatus.Foreign)
                return reading;
        }

        return DnsReading.Of(DnsStatus.Foreign);
    }

    private static async Task<DnsReading> AskByStreamAsync(IPEndPoint server, string name, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        var stream = new NetworkStream(socket);
        await using (stream.ConfigureAwait(false))
        {
            var (id, query) = ((ushort)RandomNumberGenerator.GetInt32(1 << 16), new byte[2 + DnsMessage.MaxQuery]);
            var length = DnsMessage.WriteQuery(query.AsSpan(2), id, name);
            BinaryPrimitives.WriteUInt16BigEndian(query, (ushort)length);
            await stream.WriteAsync(query.AsMemory(0, 2 + length), cancellation).ConfigureAwait(false);
            await stream.ReadExactlyAsync(query.AsMemory(0, 2), cancellation).ConfigureAwait(false);
            var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(query)];
            await stream.ReadExactlyAsync(message, cancellation).ConfigureAwait(false);
            return DnsMessage.Read(message, id, name);
        }
    }

    // The system's choice of ports can be guessed on some; where one is taken, another is tried.
    private static void Bind(Socket socket)
    {
        var any = socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                socket.Bind(new IPEndPoint(any, attempt < 8 ? RandomNumberGenerator.GetInt32(10_000, 65_536) : 0));
                return;
            }
            catch (SocketException) when (attempt < 8)
            {
                // taken
            }
        }
    }
}
