using System.Net;

namespace Assay.Server;

/// <summary>Settings of the server.</summary>
internal sealed record ServerOptions
{
    /// <summary>Where it listens.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:7070";

    /// <summary>Scheme and host that clients use; null for those of each request.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Requests of the API that one user or network may make in five minutes.</summary>
    public int ApiQuota { get; init; } = 20_000;

    /// <summary>Proxies whose word for the address of a client is taken (<c>X-Forwarded-For</c>); without them, whoever connects is the client.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Downloads that one user or network may start in five minutes.</summary>
    public int ResolveQuota { get; init; } = 100_000;

    /// <summary>Where traces, metrics and logs are sent (OTLP); null for nowhere.</summary>
    public string? Telemetry { get; init; }

    /// <summary>Whether this process also serves HTTP; a worker does not.</summary>
    public bool IsWorker { get; init; }

    /// <summary>How long it still takes in requests after it was told to stop, while <c>/readyz</c> says no: those who balance load need that to turn elsewhere.</summary>
    public TimeSpan Drain { get; init; }
}
