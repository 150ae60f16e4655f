using System.Collections.Concurrent;
using System.Globalization;
using Assay.Hub.Access;
using Assay.Server.Observability;

namespace Assay.Server.Web;

/// <summary>
/// The first and the last of every request: an id that clients print, headers that keep browsers from running what they should not, leave
/// for browsers of other sites to read public data, and an end to those who ask too much.
/// </summary>
internal sealed partial class RequestGuard(RequestDelegate next, ILogger<RequestGuard> logger)
{
    private const string Exposed = "X-Repo-Commit, X-Request-Id, X-Error-Code, X-Error-Message, X-HF-Warning, X-Total-Count, ETag, Link, Accept-Ranges, Content-Range, Content-Length, X-Linked-Size, X-Linked-ETag, X-Xet-Hash";

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers["X-Request-Id"] = RequestId(http.Request);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        AllowOrigins(http);
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.StatusCode = 204;
            return;
        }

        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client went away.
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(http, e.StatusCode, e.StatusCode == 413 ? "The request is too large." : e.StatusCode == 408 ? "The request came too slowly." : "The request is malformed.").ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the client gets an answer that it understands, and the log the rest.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (http.RequestAborted.IsCancellationRequested)
                return;
            LogFault(logger, e, http.Request.Method, RequestLog.PathOf(http.Request.Path.Value ?? ""));
            await FailAsync(http, 500, $"Something went wrong in this hub. Its administrator finds it in the log under {headers["X-Request-Id"]}.").ConfigureAwait(false);
        }
    }

    private static async Task FailAsync(HttpContext http, int status, string message)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.ContentLength = null;
        await Answer.Fail(status, null, message).WriteAsync(http).ConfigureAwait(false);
    }

    private static string RequestId(HttpRequest request)
    {
        foreach (var name in (string[])["X-Request-Id", "X-Amzn-Trace-Id"])
        {
            var given = request.Headers[name].ToString();
            if (given.Length is > 0 and <= 128 && given.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '=' or ':' or ';' or '.'))
                return given;
        }

        return Guid.CreateVersion7().ToString();
    }

    // No cookies are sent along: credentials mode is never allowed, so that a session is of no use to another site.
    private static void AllowOrigins(HttpContext http)
    {
        if (http.Request.Headers.Origin.Count == 0)
            return;
        var headers = http.Response.Headers;
        var origin = http.Request.Headers.Origin.ToString();
        if (http.Request.Headers.Authorization.Count > 0)
        {
            headers.AccessControlAllowOrigin = origin.All(static c => c is > ' ' and <= '~') ? origin : "null";
            headers.Append("Vary", "Origin");
        }
        else
        {
            headers.AccessControlAllowOrigin = "*";
        }

        headers.AccessControlExposeHeaders = Exposed;
        if (!HttpMethods.IsOptions(http.Request.Method))
            return;
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Range, Accept, If-None-Match, X-Request-Id";
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
        headers.AccessControlMaxAge = "86400";
    }

    [LoggerMessage(3001, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogFault(ILogger logger, Exception fault, string method, string path);
}

/// <summary>
/// Counts requests per token and network in fixed windows (<c>hub-protocol</c> section 17). Bounded in memory, and nobody can make it forget
/// within a window what others have asked for.
/// </summary>
internal sealed class RateLimits(RequestDelegate next, ServerOptions options, TimeProvider clock)
{
    private const int Window = 300;
    private const int MaxEntries = 100_000;

    /// <summary>How many users one network may have at their full quota.</summary>
    private const int NetworkShare = 10;

    /// <summary>What networks share that come when <see cref="MaxEntries"/> others are counted one by one.</summary>
    private const int SharedNetworks = 4096;

    private readonly Counters _networks = new(MaxEntries);
    private readonly Counters _tokens = new(MaxEntries);
    private long _window;

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        if (path is "/healthz" or "/readyz" or "/metrics")
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        if (Interlocked.Exchange(ref _window, now / Window) != now / Window)
        {
            _networks.Clear();
            _tokens.Clear();
        }

        var isDownload = path.Contains("/resolve/", StringComparison.Ordinal) || path.StartsWith("/lfs/objects/", StringComparison.Ordinal);
        var quota = isDownload ? options.ResolveQuota : options.ApiQuota;
        var network = Network(http);
        // Whoever makes up a new token for each request is still one network, and once that has had its share they are not even noted.
        var count = CountNetwork("=" + network, isDownload) / NetworkShare;
        if (count <= quota)
            count = Math.Max(count, TokenOf(http) is { } token ? _tokens.Count(token, isDownload) ?? 0 : CountNetwork(network, isDownload));
        var left = Window - (now % Window);
        var name = isDownload ? "resolvers" : "api";
        http.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={Math.Max(0, quota - count)};t={left}");
        http.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"fixed window\";\"{name}\";q={quota};w={Window}");
        if (count > quota)
        {
            http.Response.Headers.RetryAfter = left.ToString(CultureInfo.InvariantCulture);
            await Answer.Fail(429, null, $"Too many requests. Try again in {left} seconds.").WriteAsync(http).ConfigureAwait(false);
            return;
        }

        await next(http).ConfigureAwait(false);
    }

    private int CountNetwork(string network, bool isDownload) =>
        _networks.Count(network, isDownload) ?? _networks.CountAnyway($"{(network.StartsWith('=') ? "=" : "")}#{(uint)network.GetHashCode(StringComparison.Ordinal) % SharedNetworks}", isDownload);

    private static string? TokenOf(HttpContext http) =>
        http.Request.Headers.Authorization.ToString() is { Length: > 0 } header && RequestPrincipal.TokenOf(header) is { Length: > 0 } token ? AccountRegistry.HashOf(token)[..16] : null;

    /// <summary>What stands for the network that a request came from.</summary>
    internal static string Network(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        if (address is null)
            return "";
        // A household of IPv6 has a whole /64.
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private sealed class Counters(int capacity)
    {
        private readonly ConcurrentDictionary<(string Who, bool IsDownload), int> _counts = new();

        // Asking the dictionary takes all its locks. A few more than the capacity do no harm.
        private int _size;

        /// <summary>Counts a request; null when it is somebody's first and there is no room to note him.</summary>
        public int? Count(string who, bool isDownload) => Volatile.Read(ref _size) < capacity || _counts.ContainsKey((who, isDownload)) ? CountAnyway(who, isDownload) : null;

        /// <summary>Counts a request of one of a few.</summary>
        public int CountAnyway(string who, bool isDownload)
        {
            var count = _counts.AddOrUpdate((who, isDownload), 1, static (_, n) => n + 1);
            if (count == 1)
                Interlocked.Increment(ref _size);
            return count;
        }

        public void Clear()
        {
            _counts.Clear();
            Volatile.Write(ref _size, 0);
        }
    }
}
