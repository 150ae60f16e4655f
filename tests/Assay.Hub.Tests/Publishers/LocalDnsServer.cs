using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Assay.Hub.Tests.Publishers;

/// <summary>A real DNS server on the loopback, over UDP and TCP. It answers what a test tells it, as honestly or not as the test wants.</summary>
internal sealed class LocalDnsServer : IAsyncDisposable
{
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _streams;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loops;

    public LocalDnsServer()
    {
        for (var attempt = 0; ; attempt++)
        {
            _streams = new TcpListener(IPAddress.Loopback, 0);
            _streams.Start();
            try
            {
                _datagrams.Bind(_streams.LocalEndpoint);
                break;
            }
            catch (SocketException) when (attempt < 20)
            {
                _streams.Dispose();
            }
        }

        _loops = Task.WhenAll(DatagramsAsync(), StreamsAsync());
    }

    public IPEndPoint Address => (IPEndPoint)_streams.LocalEndpoint;

    /// <summary>TXT records by name.</summary>
    public ConcurrentDictionary<string, string[]> Texts { get; } = new(StringComparer.OrdinalIgnoreCase);

    public ConcurrentDictionary<string, string> Aliases { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Changes each datagram before it is sent; several are sent one after another.</summary>
    public Func<byte[], IEnumerable<byte[]>> Datagrams { get; set; } = static answer => [answer];

    public int Questions;

    public ConcurrentBag<(int Port, int Id)> Seen { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _streams.Dispose();
        _datagrams.Dispose();
        try
        {
            await _loops;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }

        _stop.Dispose();
    }

    /// <summary>An answer to a question with the records at hand.</summary>
    public byte[] Answer(ReadOnlySpan<byte> question, bool truncated = false)
    {
        var (name, end) = NameOf(question);
        var records = new List<byte>();
        var count = 0;
        var current = name;
        while (Aliases.TryGetValue(current, out var target) && count < 20)
        {
            Record(current, 5, Encode(target));
            current = target;
        }

        foreach (var text in Texts.TryGetValue(current, out var texts) ? texts : [])
            Record(current, 16, [.. Encoding.UTF8.GetBytes(text).Chunk(255).SelectMany(static c => (byte[])[(byte)c.Length, .. c])]);
        byte code = (byte)(count == 0 && !Texts.ContainsKey(current) ? 3 : 0);
        byte[] answer = [question[0], question[1], (byte)(truncated ? 0x83 : 0x81), (byte)(0x80 | code), 0, 1, (byte)((truncated ? 0 : count) >> 8), (byte)(truncated ? 0 : count), 0, 0, 0, 0, .. question[12..end]];
        return truncated ? answer : [.. answer, .. records];

        void Record(string owner, byte type, byte[] data)
        {
            count++;
            records.AddRange(owner == name ? [0xc0, 12] : Encode(owner));
            records.AddRange([0, type, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data]);
        }
    }

    public static byte[] Encode(string name) => [.. name.Split('.').SelectMany(static l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    private static (string Name, int End) NameOf(ReadOnlySpan<byte> question)
    {
        var labels = new List<string>();
        var at = 12;
        while (question[at] > 0)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
            at += 1 + question[at];
        }

        return (string.Join('.', labels), at + 5);
    }

    private async Task DatagramsAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            var received = await _datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
            Interlocked.Increment(ref Questions);
            Seen.Add((((IPEndPoint)received.RemoteEndPoint).Port, BinaryPrimitives.ReadUInt16BigEndian(buffer)));
            var answer = Answer(buffer.AsSpan(0, received.ReceivedBytes));
            if (answer.Length > 1232)
                answer = Answer(buffer.AsSpan(0, received.ReceivedBytes), truncated: true);
            foreach (var datagram in Datagrams(answer))
                await _datagrams.SendToAsync(datagram, received.RemoteEndPoint, _stop.Token);
        }
    }

    private async Task StreamsAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var client = await _streams.AcceptTcpClientAsync(_stop.Token);
            var stream = client.GetStream();
            var head = new byte[2];
            await stream.ReadExactlyAsync(head, _stop.Token);
            var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
            await stream.ReadExactlyAsync(question, _stop.Token);
            var answer = Answer(question);
            await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], _stop.Token);
        }
    }
}
