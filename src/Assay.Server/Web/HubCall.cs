using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Web;

/// <summary>One request of the hub's protocol: who asks, for which repository, and what comes after its name.</summary>
internal sealed class HubCall(HttpContext http, RawTarget target, RepoKind kind, RepoId? id, int nameAt, string[] rest) : IAsyncDisposable
{
    private const int MaxJson = 4 << 20;

    private HubDb? _db;

    /// <summary>The request and its response.</summary>
    public HttpContext Http => http;

    /// <summary>Kind of repository that the path names.</summary>
    public RepoKind Kind => kind;

    /// <summary>Name of the repository; null where the path names none.</summary>
    public RepoId? Id => id;

    /// <summary>Decoded segments after the verb.</summary>
    public IReadOnlyList<string> Rest => rest;

    /// <summary>Who asks.</summary>
    public Principal Who { get; } = RequestPrincipal.Of(http);

    /// <summary>Stops when the client goes away.</summary>
    public CancellationToken Cancellation => http.RequestAborted;

    /// <summary>Scheme, host and base of this server as the client knows it.</summary>
    public string BaseUrl => PublicUrl.Of(http);

    /// <summary>The database, for this request.</summary>
    public HubDb Db => _db ??= Get<IDbContextFactory<HubDb>>().CreateDbContext();

    /// <summary>A part of the server.</summary>
    public T Get<T>()
        where T : notnull => http.RequestServices.GetRequiredService<T>();

    /// <summary>A parameter of the query; null when it is missing.</summary>
    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

    /// <summary>A switch of the query: <c>1</c>, <c>true</c>, <c>True</c>, or no value at all.</summary>
    public bool Flag(string name) => http.Request.Query.TryGetValue(name, out var values) && values.Count > 0 && IsTrue(values[0]);

    /// <summary>A list of the query: repeated, with brackets, or separated by commas.</summary>
    public IReadOnlyList<string> List(string name)
    {
        var values = new List<string>();
        foreach (var key in (string[])[name, name + "[]"])
        {
            if (http.Request.Query.TryGetValue(key, out var given))
                values.AddRange(given.SelectMany(static v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        }

        return values;
    }

    /// <summary>A number of the query, within bounds.</summary>
    public int Number(string name, int otherwise, int least, int most) =>
        int.TryParse(Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, least, most) : otherwise;

    /// <summary>The body as a JSON object.</summary>
    /// <returns>Null when it is none, or longer than four megabytes.</returns>
    public async Task<JsonObject?> ReadJsonAsync(int most = MaxJson)
    {
        if (http.Request.ContentLength > most)
            return null;
        try
        {
            using var limited = new LimitedStream(http.Request.Body, most);
            var body = await JsonNode.ParseAsync(limited, documentOptions: new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false }, cancellationToken: Cancellation).ConfigureAwait(false) as JsonObject;
            ReadTexts(body);
            return body;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidDataException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// Finds the repository and checks the right to it.
    /// </summary>
    /// <param name="action">What is wanted.</param>
    /// <param name="redirects">Whether one who uses an old name, or spells it otherwise, is sent to the right one; else he is served.</param>
    /// <returns>The repository, or the answer that says why there is none for this caller.</returns>
    public async Task<(Repository? Repository, Answer? Problem)> RepositoryAsync(HubAction action, bool redirects = true)
    {
        if (Id is not { } wanted)
            return (null, NotFound());
        var repository = await RepositoryRegistry.FindAsync(Db, kind, wanted, Cancellation).ConfigureAwait(false);
        repository ??= await RepositoryRegistry.FindMovedAsync(Db, kind, wanted, Cancellation).ConfigureAwait(false);
        // A private target's new name is told to those who may read it, and to nobody else.
        if (repository is null || !AccessRules.Allows(Who, HubAction.ReadMetadata, RepositoryAccess.Of(repository)))
            return (null, NotFound());
        var access = RepositoryAccess.Of(repository);
        if (redirects && (repository.Namespace != wanted.Namespace || repository.Name != wanted.Name))
            return (null, Answer.MovedTo(PathWith(repository.RepoId)));
        if (AccessRules.IsStopped(Who, action, access.OwnerId))
            return (null, Answer.Fail(403, null, $"{(Who.Frozen.Contains(access.OwnerId) ? repository.Namespace : Who.Name)} is frozen, because it may be in other hands: nothing is taken in. What was published is served. Ask the administrator of this hub."));
        if (!AccessRules.Allows(Who, action, access))
        {
            return (null, Who.IsSignedIn
                ? Answer.Fail(403, null, $"Your token or account may not do this in {repository.RepoId}. Ask one of its maintainers, or use a token with write access.")
                : Answer.Fail(401, null, "Sign in to do this: use a token of this hub."));
        }

        if (action == HubAction.Write && repository.WithdrawnAt is not null)
            return (null, Answer.Fail(403, null, $"{repository.RepoId} was withdrawn and takes nothing in: {repository.WithdrawnReason} Ask the administrator of this hub [{repository.WithdrawnReference}]."));
        if (action == HubAction.ReadContent && repository.Gated is { } gate && AccessRules.RoleOf(Who, repository.OwnerId) is null && !Who.IsAdministrator && !(gate == "auto" && Who.IsSignedIn))
        {
            return (null, Answer.Fail(Who.IsSignedIn ? 403 : 401, "GatedRepo", $"Access to {kind.Singular()} {repository.RepoId} is restricted. Visit {BaseUrl}/{repository.WebPath} to ask for access."));
        }

        if (repository.IsPrivate || Who.IsSignedIn)
            http.Response.Headers.Vary = "Authorization";
        if (repository.PausedAt is not null) // clients print it once a topic (identity, section 11)
            http.Response.Headers["X-HF-Warning"] = $"engagement; {repository.RepoId} is left out of lists until a person has looked at it: its download numbers do not come from people downloading it. Make sure that you know its publisher.";
        return (repository, null);
    }

    /// <summary>The answer for a repository that is not there for this caller.</summary>
    public Answer NotFound() => Who.IsSignedIn
        ? Answer.Fail(404, "RepoNotFound", "Repository not found")
        : Answer.Fail(401, "RepoNotFound", "Invalid username or password, or there is no such repository. Private repositories need a token.");

    /// <summary>The answer for a revision that is not served.</summary>
    public Answer Refuse(Repository repository, Gate.Refused refused)
    {
        // hub-protocol section 19: a withdrawal must also stop clients that have a copy, all else may leave them what they have.
        var sentence = Explain(repository, refused);
        return refused.IsWithdrawn ? Answer.Fail(404, "RevisionNotFound", sentence) : Answer.Fail(403, "GatedRepo", sentence);
    }

    /// <summary>What is told of a revision that is not served: why, and where its report is. Counts the refusal.</summary>
    public string Explain(Repository repository, Gate.Refused refused)
    {
        Hub.Admission.HubMeter.Refusals.Add(1);
        var (reference, report) = refused.Reference is { } known ? ($" [{known}]", $" Report: {BaseUrl}/v/{known}") : ("", "");
        return $"{repository.RepoId}: {refused.Reason}{(refused.Reason.EndsWith('.') || refused.Reason.EndsWith('!') ? "" : ".")}{reference}{report}";
    }

    /// <summary>Cuts <see cref="Rest"/> into the name of a revision and a path. Names may hold slashes, encoded or not.</summary>
    /// <returns>What the name stands for, the name, and the path.</returns>
    public async Task<(Gate Gate, string Name, string Path)> RevisionAsync(Repository repository)
    {
        for (var n = 1; n <= rest.Length && n <= 8; n++)
        {
            var name = string.Join('/', rest, 0, n);
            var gate = await RevisionGate.OpenAsync(Db, repository, name, Cancellation).ConfigureAwait(false);
            if (gate is not Gate.Unknown)
                return (gate, name, string.Join('/', rest, n, rest.Length - n));
        }

        return (new Gate.Unknown(), rest.Length > 0 ? rest[0] : "", "");
    }

    /// <summary>The answer for a revision that does not exist.</summary>
    public static Answer NoRevision(string name) => Answer.Fail(404, "RevisionNotFound", $"Invalid rev id: {name}");

    /// <summary>Says that there is another page.</summary>
    /// <param name="parameters">What changes in the query.</param>
    public void LinkNext(params (string Name, string Value)[] parameters)
    {
        var query = new List<string>();
        foreach (var (name, values) in http.Request.Query)
        {
            if (Array.Exists(parameters, p => p.Name == name))
                continue;
            foreach (var value in values)
                query.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value ?? "")}");
        }

        foreach (var (name, value) in parameters)
            query.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
        var path = string.Join('/', target.Segments.Select(Uri.EscapeDataString));
        http.Response.Headers.Link = $"<{BaseUrl}/{path}?{string.Join('&', query)}>; rel=\"next\"";
    }

    /// <summary>Whether a text means yes.</summary>
    public static bool IsTrue(string? text) => text is "" or "1" || string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _db?.DisposeAsync() ?? ValueTask.CompletedTask;

    // Half a surrogate pair passes the parser, and is found out by whoever reads the text.
    private static void ReadTexts(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, member) in members)
                    ReadTexts(member);
                break;
            case JsonArray items:
                foreach (var item in items)
                    ReadTexts(item);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
        }
    }

    // The path of the request with another name in it; relative, since clients follow nothing else in a HEAD.
    private string PathWith(RepoId other)
    {
        var segments = target.Segments.Select(Uri.EscapeDataString).ToArray();
        var isGit = segments[nameAt + 1].EndsWith(".git", StringComparison.Ordinal);
        segments[nameAt] = other.Namespace;
        segments[nameAt + 1] = other.Name + (isGit ? ".git" : "");
        return "/" + string.Join('/', segments) + target.Query;
    }
}
