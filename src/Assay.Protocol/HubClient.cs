using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Assay.Protocol;

/// <summary>How patient a client is, and how much of an answer it reads.</summary>
public sealed record HubClientOptions
{
    /// <summary>Time for one request with its whole answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time for all requests of the client together.</summary>
    public TimeSpan Deadline { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How often a request is tried in all.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The wait before the second try; it doubles.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The longest wait between tries. A hub that asks for more is not asked again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a JSON answer.</summary>
    public int MaxJson { get; init; } = 16 << 20;

    /// <summary>Bytes that are read of a file.</summary>
    public int MaxFile { get; init; } = 1 << 20;

    /// <summary>Files that are read of a tree.</summary>
    public int MaxTreeFiles { get; init; } = 50_000;
}

/// <summary>
/// Reads from any hub that speaks the Hugging Face protocol. A hub may be hostile: every answer has a limit of bytes and time, redirects are
/// counted, never lead from https to http, and from a public hub never into a private network; the token goes to the hub's own origin only.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 5;
    private const int MaxErrorBody = 64 << 10;
    private const int MaxMessage = 400;

    private readonly Uri _endpoint;
    private readonly string? _token;
    private readonly HubClientOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly long _start;
    private bool? _isEndpointPrivate;

    /// <summary>Creates a client.</summary>
    /// <param name="endpoint">The hub (<see cref="HubAddress.Parse"/>).</param>
    /// <param name="token">Sent to the endpoint's origin; null for none.</param>
    /// <param name="agent">Name and version of the program: <c>assay/0.1.0</c>.</param>
    /// <param name="options">Limits; null for the usual ones.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public HubClient(Uri endpoint, string? token, string agent, HubClientOptions? options = null, TimeProvider? clock = null)
    {
        _endpoint = endpoint;
        _token = token;
        _options = options ?? new HubClientOptions();
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                MaxConnectionsPerServer = 6,
                ConnectCallback = ConnectAsync,
            },
            disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(agent);
        // A compressed answer could be of any size.
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>What the hub says of a repository.</summary>
    public async Task<HubAnswer<HubRepository>> RepositoryAsync(RepoReference repository, CancellationToken cancellation)
    {
        if (!repository.IsWellFormed)
            return new(null, NoSuchName(repository));
        var path = repository.Revision is { } revision ? $"{Api(repository)}/revision/{Uri.EscapeDataString(revision)}" : Api(repository);
        return await JsonAsync(path, body => HubJson.Repository(repository.Kind, body), cancellation).ConfigureAwait(false);
    }

    /// <summary>Repositories whose id has all words of a text; at most <paramref name="limit"/>.</summary>
    public Task<HubAnswer<IReadOnlyList<HubRepository>>> SearchAsync(RepoKind kind, string words, int limit, CancellationToken cancellation) =>
        JsonAsync($"api/{kind.Plural()}?search={Uri.EscapeDataString(words)}&limit={limit.ToString(CultureInfo.InvariantCulture)}", body => HubJson.Repositories(kind, body), cancellation);

    /// <summary>The files of a commit, up to a limit.</summary>
    public async Task<HubAnswer<HubTree>> TreeAsync(RepoReference repository, string commit, CancellationToken cancellation)
    {
        if (!repository.IsWellFormed)
            return new(null, NoSuchName(repository));
        var files = new List<HubFile>();
        var next = new Uri(_endpoint, $"{Api(repository)}/tree/{Uri.EscapeDataString(commit)}?recursive=true");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0L;
        while (true)
        {
            // A page that names itself as the next, or empty pages without end, are as good as an end.
            if (!seen.Add(next.AbsoluteUri) || files.Count >= _options.MaxTreeFiles || bytes > 4L * _options.MaxJson || seen.Count > (_options.MaxTreeFiles / 50) + 10)
                return new(new HubTree(files, IsComplete: false), null);
            var reply = await GetAsync(next, _options.MaxJson, mayCut: false, cancellation).ConfigureAwait(false);
            if (reply.Fault is { } fault)
                return new(null, fault);
            bytes += reply.Body.Length;
            if (HubJson.Tree(reply.Body) is not { } page)
                return new(null, NotOfHub);
            files.AddRange(page.Take(_options.MaxTreeFiles - files.Count));
            if (reply.Next is not { } link)
                return new(new HubTree(files, IsComplete: true), null);
            if (!Uri.TryCreate(next, link, out var following) || !HubAddress.IsSameOrigin(following, _endpoint))
                return new(new HubTree(files, IsComplete: false), null);
            next = following;
        }
    }

    /// <summary>The beginning of a file of a commit.</summary>
    public async Task<HubAnswer<HubFileHead>> FileAsync(RepoReference repository, string commit, string path, CancellationToken cancellation)
    {
        if (!repository.IsWellFormed)
            return new(null, NoSuchName(repository));
        var address = new Uri(_endpoint, $"{repository.WebPath}/resolve/{Uri.EscapeDataString(commit)}/{RawTarget.EncodePath(path)}");
        var reply = await GetAsync(address, _options.MaxFile, mayCut: true, cancellation).ConfigureAwait(false);
        return reply.Fault is { } fault ? new(null, fault) : new(new HubFileHead(reply.Body, !reply.IsCut), null);
    }

    /// <summary>How many commits there are, and how the first is dated.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="commit">The newest commit that counts.</param>
    /// <param name="withFirst">Whether the first commit is asked for: one request more.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<HubAnswer<HubHistory>> HistoryAsync(RepoReference repository, string commit, bool withFirst, CancellationToken cancellation)
    {
        if (!repository.IsWellFormed)
            return new(null, NoSuchName(repository));
        var path = $"{Api(repository)}/commits/{Uri.EscapeDataString(commit)}?limit=1";
        var reply = await GetAsync(new Uri(_endpoint, path), _options.MaxJson, mayCut: false, cancellation).ConfigureAwait(false);
        if (reply.Fault is { } fault)
            return new(null, fault);
        var (isRead, count, last) = HubJson.Commits(reply.Body);
        if (!isRead)
            return new(null, NotOfHub);
        var total = Math.Max(reply.Total ?? count, count);
        if (!withFirst || total <= 1)
            return new(new HubHistory(total, withFirst ? last : null), null);
        var oldest = await GetAsync(new Uri(_endpoint, $"{path}&p={(total - 1).ToString(CultureInfo.InvariantCulture)}"), _options.MaxJson, mayCut: false, cancellation).ConfigureAwait(false);
        return new(new HubHistory(total, oldest.Fault is null ? HubJson.Commits(oldest.Body).Last : null), null);
    }

    /// <summary>What the hub says of an account, organisation or user.</summary>
    public async Task<HubAnswer<HubPublisher>> PublisherAsync(string name, CancellationToken cancellation)
    {
        if (!RepoId.IsWellFormed(name))
            return new(null, new HubFault(HubFaultKind.NotFound, "No account can have this name."));
        var organization = await JsonAsync($"api/organizations/{name}/overview", body => HubJson.Publisher(name, isOrganization: true, body), cancellation).ConfigureAwait(false);
        return organization.Fault is { Kind: HubFaultKind.NotFound }
            ? await JsonAsync($"api/users/{name}/overview", body => HubJson.Publisher(name, isOrganization: false, body), cancellation).ConfigureAwait(false)
            : organization;
    }

    /// <summary>What an Assay hub knows of a repository besides; other hubs have no such answer.</summary>
    public async Task<HubAnswer<HubIdentity>> IdentityAsync(RepoReference repository, CancellationToken cancellation)
    {
        if (!repository.IsWellFormed || repository.Namespace.Length == 0)
            return new(null, NoSuchName(repository));
        var query = repository.Revision is { } revision ? $"?revision={Uri.EscapeDataString(revision)}" : "";
        return await JsonAsync($"api/assay/v1/identity/{repository.Kind.Plural()}/{repository.Id}{query}", static body => HubJson.Identity(body), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Looks a host up; tests have names of their own.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> LookUp { get; init; } = static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation);

    /// <summary>Connects to one of several addresses.</summary>
    internal Func<IPAddress[], int, CancellationToken, Task<Stream>> Connect { get; init; } = ConnectToAsync;

    private delegate T? BodyReader<out T>(ReadOnlySpan<byte> body);

    private static HubFault NotOfHub { get; } = new(HubFaultKind.Malformed, "The answer is not that of a hub.");

    private static HubFault NoSuchName(RepoReference repository) => new(HubFaultKind.NotFound, $"No {repository.Kind.Singular()} can have this name.");

    private static string Api(RepoReference repository) => $"api/{repository.Kind.Plural()}/{repository.Id}";

    private async Task<HubAnswer<T>> JsonAsync<T>(string path, BodyReader<T> read, CancellationToken cancellation)
        where T : class
    {
        var reply = await GetAsync(new Uri(_endpoint, path), _options.MaxJson, mayCut: false, cancellation).ConfigureAwait(false);
        if (reply.Fault is { } fault)
            return new(null, fault);
        return read(reply.Body) is { } value ? new(value, null) : new(null, NotOfHub);
    }

    private async Task<Reply> GetAsync(Uri address, int limit, bool mayCut, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await TryAsync(address, limit, mayCut, cancellation).ConfigureAwait(false);
            if (reply.Fault is not { Kind: HubFaultKind.Unavailable or HubFaultKind.RateLimited } fault || !reply.MayHelpToRepeat || attempt >= _options.Attempts)
                return reply;
            var pause = fault.RetryAfter ?? (_options.FirstPause * Math.Pow(2, attempt - 1));
            if (pause > _options.LongestPause)
                return reply;
            await Task.Delay(pause, _clock, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Reply> TryAsync(Uri address, int limit, bool mayCut, CancellationToken cancellation)
    {
        var left = _options.Deadline == Timeout.InfiniteTimeSpan ? _options.RequestTimeout : _options.Deadline - _clock.GetElapsedTime(_start);
        if (left <= TimeSpan.Zero)
            return Reply.Failed(HubFaultKind.Unavailable, $"It did not answer everything within {_options.Deadline.TotalSeconds:0.#} seconds.");
        using var timeout = new CancellationTokenSource(left < _options.RequestTimeout ? left : _options.RequestTimeout, _clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            // Once it was led away, a request is a stranger's, wherever it is led then.
            var isOwn = true;
            for (var redirects = 0; ; redirects++)
            {
                isOwn &= HubAddress.IsSameOrigin(address, _endpoint);
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                if (isOwn && _token is not null)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false);
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                    return await ReadAsync(response, limit, mayCut, linked.Token).ConfigureAwait(false);
                if (redirects == MaxRedirects)
                    return Reply.Failed(HubFaultKind.Malformed, $"It sends on more than {MaxRedirects} times.");
                if (await RefusalAsync(address, response, linked.Token).ConfigureAwait(false) is { } refusal)
                    return Reply.Failed(HubFaultKind.Malformed, refusal);
                address = new Uri(address, response.Headers.Location!);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Reply.Failed(HubFaultKind.Unavailable, $"It did not answer within {(left < _options.RequestTimeout ? left : _options.RequestTimeout).TotalSeconds:0.#} seconds.");
        }
        catch (HttpRequestException e) when (e.InnerException is PrivateAddressException)
        {
            return Reply.Failed(HubFaultKind.Malformed, PrivateAddress);
        }
        catch (HttpRequestException e)
        {
            return Reply.Failed(HubFaultKind.Unavailable, e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => $"There is no host {address.Host}, or it cannot be looked up.",
                HttpRequestError.SecureConnectionError => "Its certificate is not trusted, or no secure connection could be made.",
                HttpRequestError.ConnectionError => "It cannot be reached.",
                _ => "The connection broke off, or what came is not HTTP.",
            }, mayHelpToRepeat: e.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ConfigurationLimitExceeded));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return Reply.Failed(HubFaultKind.Unavailable, "The connection broke off.", mayHelpToRepeat: true);
        }
    }

    private const string PrivateAddress = "It sends on to an address in a private network, which was not followed.";

    /// <summary>Why a redirect is not followed; null when it is.</summary>
    private async Task<string?> RefusalAsync(Uri from, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Headers.Location is not { } location || !Uri.TryCreate(from, location, out var to))
            return "It sends on without saying where.";
        if (to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps))
            return "It sends on to an address that is not secure, which was not followed.";
        // Other hosts are looked up, and looked at, where the connection is made.
        return !to.IdnHost.Equals(_endpoint.IdnHost, StringComparison.OrdinalIgnoreCase) && IPAddress.TryParse(to.IdnHost, out var literal) && HubAddress.IsPrivate(literal)
            && !await IsEndpointPrivateAsync(cancellation).ConfigureAwait(false)
            ? PrivateAddress
            : null;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await LookUp(host, cancellation).ConfigureAwait(false);
        // A proxy is another host than the one that is asked for; it is the user's own.
        var isLedTo = context.InitialRequestMessage.RequestUri is { } asked && asked.IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase) && !host.Equals(_endpoint.IdnHost, StringComparison.OrdinalIgnoreCase);
        if (isLedTo && Array.Exists(addresses, HubAddress.IsPrivate) && !await IsEndpointPrivateAsync(cancellation).ConfigureAwait(false))
            throw new PrivateAddressException();
        return await Connect(addresses, context.DnsEndPoint.Port, cancellation).ConfigureAwait(false);
    }

    private static async Task<Stream> ConnectToAsync(IPAddress[] addresses, int port, CancellationToken cancellation)
    {
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

    /// <summary>Whether the hub itself is in a private network: then its stores may be as well.</summary>
    private async Task<bool> IsEndpointPrivateAsync(CancellationToken cancellation)
    {
        if (_isEndpointPrivate is { } known)
            return known;
        try
        {
            var addresses = IPAddress.TryParse(_endpoint.IdnHost, out var literal) ? [literal] : await LookUp(_endpoint.IdnHost, cancellation).ConfigureAwait(false);
            _isEndpointPrivate = Array.Exists(addresses, HubAddress.IsPrivate);
        }
        catch (SocketException)
        {
            // Reached by a proxy only.
            _isEndpointPrivate = false;
        }

        return _isEndpointPrivate.Value;
    }

    private static async Task<Reply> ReadAsync(HttpResponseMessage response, int limit, bool mayCut, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
            return Failure(response, await ErrorTextAsync(response, cancellation).ConfigureAwait(false));
        if (!mayCut && response.Content.Headers.ContentLength > limit)
            return Reply.Failed(HubFaultKind.Malformed, "The answer is longer than any that a hub gives.");
        var (body, isCut) = await BodyAsync(response, limit, cancellation).ConfigureAwait(false);
        if (isCut && !mayCut)
            return Reply.Failed(HubFaultKind.Malformed, "The answer is longer than any that a hub gives.");
        return new Reply(body, isCut, NextOf(response), long.TryParse(Header(response, "X-Total-Count"), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : null, null);
    }

    private static async Task<(byte[] Body, bool IsCut)> BodyAsync(HttpResponseMessage response, int limit, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var disposal = stream.ConfigureAwait(false);
        var body = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var buffer = body.GetMemory(4096);
            var read = await stream.ReadAsync(buffer[..Math.Min(buffer.Length, limit - body.WrittenCount + 1)], cancellation).ConfigureAwait(false);
            if (read == 0)
                return (body.WrittenSpan.ToArray(), false);
            body.Advance(read);
            if (body.WrittenCount > limit)
                return (body.WrittenSpan[..limit].ToArray(), true);
        }
    }

    private static async Task<string?> ErrorTextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (Header(response, "X-Error-Message") is { Length: > 0 } message)
            return message;
        return response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? HubJson.Error((await BodyAsync(response, MaxErrorBody, cancellation).ConfigureAwait(false)).Body)
            : null;
    }

    /// <summary>What an error means (<c>hub-protocol</c> section 3).</summary>
    private static Reply Failure(HttpResponseMessage response, string? text)
    {
        const string invalidToken = "Invalid credentials";
        const string disabled = "Access to this resource is disabled.";
        var status = (int)response.StatusCode;
        var said = text is { Length: > MaxMessage } ? text[..MaxMessage] + "…" : text;
        var kind = Header(response, "X-Error-Code") switch
        {
            "RepoNotFound" => HubFaultKind.NotFound,
            "RevisionNotFound" => HubFaultKind.RevisionNotFound,
            "EntryNotFound" => HubFaultKind.EntryNotFound,
            "GatedRepo" => HubFaultKind.Gated,
            _ => status switch
            {
                401 when said?.StartsWith(invalidToken, StringComparison.OrdinalIgnoreCase) == true => HubFaultKind.Unauthorized,
                // To those who are not signed in, what is private and what is missing look alike.
                401 or 404 or 410 => HubFaultKind.NotFound,
                403 when said == disabled => HubFaultKind.Disabled,
                403 => HubFaultKind.Forbidden,
                451 => HubFaultKind.Disabled,
                429 => HubFaultKind.RateLimited,
                408 or >= 500 => HubFaultKind.Unavailable,
                _ => HubFaultKind.Malformed,
            },
        };
        var sentence = said ?? kind switch
        {
            HubFaultKind.NotFound => "The hub does not know it, or does not show it to you.",
            HubFaultKind.RevisionNotFound => "There is no such revision.",
            HubFaultKind.EntryNotFound => "There is no such file.",
            HubFaultKind.Gated => "Access must be asked for on its page first.",
            HubFaultKind.Forbidden => "The hub does not permit it.",
            HubFaultKind.Disabled => "The hub has disabled it.",
            HubFaultKind.RateLimited => "The hub was asked too often.",
            _ => $"The hub answered with status {status.ToString(CultureInfo.InvariantCulture)}.",
        };
        var wait = response.Headers.RetryAfter?.Delta;
        return new Reply([], false, null, null, new HubFault(kind, sentence) { RetryAfter = wait >= TimeSpan.Zero && wait < TimeSpan.FromDays(1) ? wait : null })
        {
            MayHelpToRepeat = status is 408 or 429 or 500 or 502 or 503 or 504,
        };
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The address of the next page: <c>Link: &lt;…&gt;; rel="next"</c>.</summary>
    private static string? NextOf(HttpResponseMessage response)
    {
        if (Header(response, "Link") is not { } link || !link.Contains("rel=\"next\"", StringComparison.Ordinal))
            return null;
        var (start, end) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
        return start >= 0 && end > start ? link[(start + 1)..end] : null;
    }

    private sealed record Reply(byte[] Body, bool IsCut, string? Next, long? Total, HubFault? Fault)
    {
        public bool MayHelpToRepeat { get; init; }

        public static Reply Failed(HubFaultKind kind, string message, bool mayHelpToRepeat = false) => new([], false, null, null, new HubFault(kind, message)) { MayHelpToRepeat = mayHelpToRepeat };
    }

    /// <summary>A hub led to an address in a private network.</summary>
    private sealed class PrivateAddressException : IOException;
}
