using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;

namespace Assay.Hub.Publishers;

/// <summary>What a check looks for.</summary>
/// <param name="Domain">The registrable domain, in ASCII.</param>
/// <param name="AccountId">The account that must be named there.</param>
/// <param name="Token">What must stand there as well while the proof is new; null once it stands.</param>
public sealed record ProofQuestion(string Domain, string AccountId, string? Token);

/// <summary>What a check found.</summary>
/// <param name="IsThere">Whether all who were asked saw it.</param>
/// <param name="Evidence">What was seen, in a sentence.</param>
public sealed record ProofReading(bool IsThere, string Evidence);

/// <summary>Looks for a proof where it has to be.</summary>
public interface IProofChecker
{
    /// <summary>The kind of proof that it looks for.</summary>
    ProofKind Kind { get; }

    /// <summary>What a publisher has to set: where, and what.</summary>
    (string Place, string Content) Record(ProofQuestion question);

    /// <summary>Looks once. Whatever those who are asked answer is a reading; nothing is thrown but the cancellation.</summary>
    Task<ProofReading> CheckAsync(ProofQuestion question, CancellationToken cancellation);
}

/// <summary>Looks for TXT records of a domain, through all configured resolvers: all of them must see it.</summary>
public sealed class DnsProofChecker(HubOptions options) : IProofChecker
{
    /// <inheritdoc/>
    public ProofKind Kind => ProofKind.Dns;

    /// <inheritdoc/>
    public (string Place, string Content) Record(ProofQuestion question) =>
        ($"TXT records of _assay-challenge.{question.Domain}", question.Token is { } token ? $"assay-verify=1; org={question.AccountId}; token={token}\nassay-org={question.AccountId}" : $"assay-org={question.AccountId}");

    /// <inheritdoc/>
    public async Task<ProofReading> CheckAsync(ProofQuestion question, CancellationToken cancellation)
    {
        var name = "_assay-challenge." + question.Domain;
        var servers = options.Publishers.Resolvers;
        var readings = await Task.WhenAll(servers.Select(s => DnsClient.QueryAsync(s, name, cancellation))).ConfigureAwait(false);
        var missing = new List<string>();
        for (var i = 0; i < readings.Length; i++)
        {
            if (!Array.Exists([.. readings[i].Texts], t => Matches(t, question)))
                missing.Add($"{servers[i].Address} {WordOf(readings[i])}");
        }

        var signed = Array.TrueForAll(readings, static r => r.IsAuthenticated) ? "signed (DNSSEC)" : "not signed (no DNSSEC)";
        return missing.Count == 0
            ? new ProofReading(IsThere: true, $"{servers.Count} resolvers see the record of {name}; it is {signed}.")
            : new ProofReading(IsThere: false, $"Not seen at {name}: {string.Join("; ", missing)}.");
    }

    /// <summary>Whether a record is the one that is looked for. The order of its parts and blanks between them do not matter.</summary>
    internal static bool Matches(string text, ProofQuestion question)
    {
        if (question.Token is null)
            return text.Trim() == "assay-org=" + question.AccountId;
        var parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts is { Length: 3 } && parts.Contains("assay-verify=1", StringComparer.Ordinal) && parts.Contains("org=" + question.AccountId, StringComparer.Ordinal) && parts.Contains("token=" + question.Token, StringComparer.Ordinal);
    }

    private static string WordOf(DnsReading reading) => reading.Status switch
    {
        DnsStatus.Answered => reading.Texts.Count == 0 ? "has no TXT record" : $"has {reading.Texts.Count} TXT records, none of them this one",
        DnsStatus.NoName => "has no such name",
        _ => "gave no usable answer",
    };
}

/// <summary>Looks for a file on the web server of a domain, over HTTPS with a valid certificate.</summary>
public sealed class WellKnownProofChecker : IProofChecker, IDisposable
{
    private const string Path = "/.well-known/assay-publisher.json";
    private const int MaxBytes = 64 << 10;
    private const int MaxRedirects = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly int _port;

    /// <summary>A checker that asks the Internet.</summary>
    public WellKnownProofChecker(HubOptions options)
        : this(options.Publishers.AllowPrivateAddresses ? GuardedConnection.ToAnywhere : GuardedConnection.ToPublic, 443, null)
    {
    }

    internal WellKnownProofChecker(GuardedConnection connection, int port, RemoteCertificateValidationCallback? certificates)
    {
        _port = port;
        var handler = connection.CreateHandler();
        if (certificates is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = certificates;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public ProofKind Kind => ProofKind.WellKnown;

    /// <inheritdoc/>
    public (string Place, string Content) Record(ProofQuestion question) => ($"https://{question.Domain}{Path}", $$"""{"v":1,"organizations":["{{question.AccountId}}"]}""");

    /// <inheritdoc/>
    public async Task<ProofReading> CheckAsync(ProofQuestion question, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return await ReadAsync(question, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Missing(question, "it did not answer within 5 seconds");
        }
        catch (HttpRequestException e) when (e.InnerException is ForbiddenAddressException forbidden)
        {
            return Missing(question, forbidden.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return Missing(question, e is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } ? "its certificate is not valid" : "it cannot be reached");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<ProofReading> ReadAsync(ProofQuestion question, CancellationToken cancellation)
    {
        var address = new UriBuilder("https", question.Domain, _port, Path).Uri;
        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if ((int)answer.StatusCode is 301 or 302 or 303 or 307 or 308)
            {
                if (hop == MaxRedirects || answer.Headers.Location is not { } location || !Uri.TryCreate(address, location, out var next))
                    return Missing(question, "it redirects too often");
                if (next.Scheme != Uri.UriSchemeHttps || PublicSuffixList.Shipped.Find(next.IdnHost)?.Name != question.Domain)
                    return Missing(question, "it redirects to another domain");
                address = next;
                continue;
            }

            if (answer.StatusCode != HttpStatusCode.OK)
                return Missing(question, $"it answers with status {(int)answer.StatusCode}");
            var buffer = new byte[MaxBytes + 1];
            var stream = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                if (length > MaxBytes)
                    return Missing(question, "it is longer than 64 kB");
                return Names(buffer.AsMemory(0, length), question.AccountId)
                    ? new ProofReading(IsThere: true, $"https://{question.Domain}{Path} names the account.")
                    : Missing(question, "it does not name the account");
            }
        }
    }

    /// <summary>Whether a file of the well-known form names an account.</summary>
    internal static bool Names(ReadOnlyMemory<byte> json, string accountId)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("v", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == 1
                && root.TryGetProperty("organizations", out var accounts) && accounts.ValueKind == JsonValueKind.Array
                && accounts.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.ValueEquals(accountId));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static ProofReading Missing(ProofQuestion question, string why) => new(IsThere: false, $"Not seen at https://{question.Domain}{Path}: {why}.");
}
