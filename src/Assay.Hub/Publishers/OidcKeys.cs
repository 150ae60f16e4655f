using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Assay.Hub.Publishers;

/// <summary>Keys of issuers, read by discovery (OpenID Connect Discovery 1.0, sections 3 and 4) and kept for a while.</summary>
public sealed class OidcKeys(TimeProvider clock) : IDisposable
{
    private const int MaxBytes = 256 << 10;
    private const int MaxKeys = 64;
    private const int MinRsaBytes = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);

    // Issuers are named by the operator, who may have one on his own network.
    private readonly HttpClient _http = new(GuardedConnection.ToAnywhere.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>A key of an issuer; one that is not known is looked for again, at most once a minute.</summary>
    /// <param name="issuer">Whose.</param>
    /// <param name="keyId">Which.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Null where the issuer has no such key, or cannot be asked.</returns>
    public async Task<SecurityKey?> FindAsync(OidcIssuer issuer, string keyId, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(issuer.Address, out var known) && now - known.ReadAt < Life && known.Keys.TryGetValue(keyId, out var key))
            return key;
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_known.TryGetValue(issuer.Address, out known) || now - known.ReadAt >= BetweenReads)
            {
                // What was known stays for its time when the issuer is away; asking waits a minute either way.
                var read = await ReadAsync(issuer, cancellation).ConfigureAwait(false);
                known = new Known(now, read ?? (known is { } before && now - before.FirstReadAt < Life ? before.Keys : new Dictionary<string, SecurityKey>(StringComparer.Ordinal)), read is null ? known?.FirstReadAt ?? now : now);
                _known[issuer.Address] = known;
            }

            return known.Keys.GetValueOrDefault(keyId);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _gate.Dispose();
    }

    private async Task<Dictionary<string, SecurityKey>?> ReadAsync(OidcIssuer issuer, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var root = new Uri(issuer.Address);
            using var discovery = await ReadJsonAsync(new Uri(issuer.Address + "/.well-known/openid-configuration"), limit.Token).ConfigureAwait(false);
            // Keys come from where the issuer is, and from nowhere else.
            if (discovery?.RootElement is not { ValueKind: JsonValueKind.Object } found || !Is(found, "issuer", issuer.Address) || !found.TryGetProperty("jwks_uri", out var place) || place.ValueKind != JsonValueKind.String
                || !Uri.TryCreate(place.GetString(), UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != root.GetLeftPart(UriPartial.Authority) || !OidcIssuer.IsSafe(uri))
                return null;
            using var set = await ReadJsonAsync(uri, limit.Token).ConfigureAwait(false);
            if (set?.RootElement is not { ValueKind: JsonValueKind.Object } keys || !keys.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
                return null;
            var read = new Dictionary<string, SecurityKey>(StringComparer.Ordinal);
            foreach (var one in list.EnumerateArray().Take(MaxKeys))
            {
                if (KeyOf(one) is { } key)
                    read.TryAdd(key.KeyId, key);
            }

            return read;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<JsonDocument?> ReadJsonAsync(Uri address, CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            return null;
        var buffer = new byte[MaxBytes + 1];
        var stream = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return length > MaxBytes ? null : JsonDocument.Parse(buffer.AsMemory(0, length), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
        }
    }

    // Public keys for signatures of the two kinds that are taken; a shared secret is none.
    private static SecurityKey? KeyOf(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "kid") is not { Length: > 0 and <= 200 } id || (Text(key, "use") is { } use && use != "sig"))
            return null;
        try
        {
            return Text(key, "kty") switch
            {
                "RSA" when Text(key, "n") is { } n && Text(key, "e") is { } e && Base64UrlEncoder.DecodeBytes(n) is { Length: >= MinRsaBytes and <= 2048 } modulus =>
                    new RsaSecurityKey(new System.Security.Cryptography.RSAParameters { Modulus = modulus, Exponent = Base64UrlEncoder.DecodeBytes(e) }) { KeyId = id },
                "EC" when Text(key, "crv") == "P-256" && Text(key, "x") is { } x && Text(key, "y") is { } y => new JsonWebKey { Kty = "EC", Crv = "P-256", X = x, Y = y, Kid = id, KeyId = id },
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement value, string name) => value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static bool Is(JsonElement value, string name, string expected) => string.Equals(Text(value, name)?.TrimEnd('/'), expected, StringComparison.Ordinal);

    private sealed record Known(DateTimeOffset ReadAt, Dictionary<string, SecurityKey> Keys, DateTimeOffset FirstReadAt);
}
