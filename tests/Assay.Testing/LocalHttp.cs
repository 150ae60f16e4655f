using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Assay.Testing;

/// <summary>A request as it arrived.</summary>
public sealed record LocalRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The path without query.</summary>
    public string Path => Target.Split('?')[0];

    /// <summary>The query without its mark.</summary>
    public string Query => Target.Contains('?', StringComparison.Ordinal) ? Target[(Target.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";
}

/// <summary>A server on the loopback that answers byte for byte what a test wants, however wrong. Each connection has one request.</summary>
public sealed class LocalHttp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<LocalRequest, Stream, CancellationToken, Task> _answer;
    private readonly ConcurrentQueue<LocalRequest> _requests = new();
    private readonly Task _loop;

    /// <summary>Starts a server whose handler writes the whole response.</summary>
    public LocalHttp(Func<LocalRequest, Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _loop = AcceptAsync();
    }

    /// <summary>Starts a server whose handler gives the response.</summary>
    public LocalHttp(Func<LocalRequest, byte[]> answer)
        : this(async (request, stream, cancellation) => await stream.WriteAsync(answer(request), cancellation))
    {
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<LocalRequest> Requests => [.. _requests];

    /// <summary>A response.</summary>
    public static byte[] Response(int status, string body, params string[] headers) => Response(status, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>A response.</summary>
    public static byte[] Response(int status, byte[] body, params string[] headers)
    {
        var type = Array.Exists(headers, static h => h.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase)) ? [] : new[] { "Content-Type: application/json; charset=utf-8" };
        var head = string.Join("\r\n", [$"HTTP/1.1 {status} X", .. type, .. headers, $"Content-Length: {body.Length}", "Connection: close", "", ""]);
        return [.. Encoding.Latin1.GetBytes(head), .. body];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped.
        }

        await Task.WhenAll(open);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                    return;
                _requests.Enqueue(request);
                await _answer(request, stream, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The client had enough, or the test is over.
            }
        }
    }

    private async Task<LocalRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        return new LocalRequest(first[0], first[1], lines.Skip(1).Select(static l => l.Split(": ", 2)).ToDictionary(static p => p[0], static p => p[1], StringComparer.OrdinalIgnoreCase));
    }
}
