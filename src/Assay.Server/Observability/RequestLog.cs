using System.Diagnostics;
using Assay.Server.Web;

namespace Assay.Server.Observability;

/// <summary>One line for each request, when it has ended. Queries, credentials and signed addresses are left out.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    // What follows is the credential itself.
    private static readonly string[] Signed = ["/lfs/objects/", "/lfs/parts/", "/lfs/complete/", "/lfs/verify/"];

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            var path = PathOf(http.Request.Path.Value ?? "");
            if (path is not ("/healthz" or "/readyz" or "/metrics"))
            {
                LogRequest(
                    logger,
                    http.Request.Method,
                    path,
                    http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted ? 499 : http.Response.StatusCode,
                    Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1),
                    http.Response.ContentLength,
                    RequestPrincipal.Of(http).Name,
                    http.Response.Headers["X-Request-Id"].ToString());
            }
        }
    }

    /// <summary>A path as it may be written down.</summary>
    internal static string PathOf(string path)
    {
        foreach (var prefix in Signed)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return prefix + "…";
        }

        return path.Length <= 500 ? path : path[..500] + "…";
    }

    [LoggerMessage(3101, LogLevel.Information, "{Method} {Path} {Status} {Milliseconds} ms {Bytes} bytes {User} {RequestId}")]
    private static partial void LogRequest(ILogger logger, string method, string path, int status, double milliseconds, long? bytes, string user, string requestId);
}
