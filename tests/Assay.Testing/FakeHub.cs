using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay.Testing;

/// <summary>A repository of <see cref="FakeHub"/>.</summary>
public sealed record FakeRepository(string Id, DateTimeOffset CreatedAt, IReadOnlyList<(string Path, byte[] Content)> Files)
{
    public string Kind { get; init; } = "models";

    public bool IsGated { get; init; }

    public long Downloads { get; init; }

    public long Likes { get; init; }

    public int Commits { get; init; } = 1;

    public DateTimeOffset? LastModified { get; init; }

    public string? BaseModel { get; init; }

    /// <summary>Forty digits that stand for a content.</summary>
    internal static string Id40(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content))[..40];

    public string Commit => Id40(Encoding.UTF8.GetBytes(Kind + Id));
}

/// <summary>A hub on the loopback that answers reading clients in the shapes that the public hub has.</summary>
public sealed class FakeHub : IAsyncDisposable
{
    private readonly Dictionary<string, FakeRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (bool IsOrganization, string FullName, DateTimeOffset? CreatedAt)> _accounts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _identities = new(StringComparer.OrdinalIgnoreCase);
    private readonly LocalHttp _http;

    public FakeHub() => _http = new LocalHttp(Answer);

    public Uri Address => _http.Address;

    public IReadOnlyList<LocalRequest> Requests => _http.Requests;

    public FakeHub Add(FakeRepository repository)
    {
        _repositories[$"{repository.Kind}/{repository.Id}"] = repository;
        return this;
    }

    public FakeHub Account(string name, bool isOrganization, string fullName, DateTimeOffset? createdAt)
    {
        _accounts[name] = (isOrganization, fullName, createdAt);
        return this;
    }

    /// <summary>What <c>/api/assay/v1/identity/…</c> answers: only Assay hubs do.</summary>
    public FakeHub Identity(string kindAndId, string json)
    {
        _identities[kindAndId] = json;
        return this;
    }

    public ValueTask DisposeAsync() => _http.DisposeAsync();

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static byte[] Missing(int status = 404, string code = "RepoNotFound", string message = "Repository not found") =>
        LocalHttp.Response(status, new JsonObject { ["error"] = message }.ToJsonString(), $"X-Error-Code: {code}", $"X-Error-Message: {message}");

    private byte[] Answer(LocalRequest request)
    {
        var path = Uri.UnescapeDataString(request.Path).Trim('/');
        if (path.StartsWith("api/assay/v1/identity/", StringComparison.Ordinal))
            return _identities.TryGetValue(path["api/assay/v1/identity/".Length..], out var identity) ? LocalHttp.Response(200, identity) : LocalHttp.Response(404, """{"error":"Sorry, we can't find the page you are looking for."}""");
        var segments = path.Split('/');
        if (segments is ["api", "organizations" or "users", var name, "overview"])
            return Overview(segments[1] == "organizations", name);
        if (segments is ["api", var kind])
            return Search(kind, request.Query);
        if (segments is ["api", var apiKind, var owner, var repo, ..])
        {
            if (!_repositories.TryGetValue($"{apiKind}/{owner}/{repo}", out var found))
                return Missing(401, message: "Invalid username or password.");
            return segments.Length == 4 || segments[4] == "revision" ? Revision(found, segments.Length > 5 ? string.Join('/', segments[5..]) : "main")
                : segments[4] == "tree" ? LocalHttp.Response(200, Tree(found).ToJsonString())
                : segments[4] == "commits" ? Commits(found, request.Query)
                : LocalHttp.Response(404, """{"error":"Not found"}""");
        }

        var at = Array.IndexOf(segments, "resolve");
        var fileKind = segments[0] is "datasets" or "spaces" ? segments[0] : "models";
        if (at < 2 || !_repositories.TryGetValue($"{fileKind}/{segments[at - 2]}/{segments[at - 1]}", out var of))
            return Missing(401, message: "Invalid username or password.");
        if (of.IsGated)
            return Missing(401, "GatedRepo", $"Access to model {of.Id} is restricted. You must have access to it and be authenticated to access it. Please log in.");
        var file = string.Join('/', segments[(at + 2)..]);
        var content = of.Files.FirstOrDefault(f => f.Path == file).Content;
        return content is null ? Missing(404, "EntryNotFound", "Entry not found") : LocalHttp.Response(200, content, "Content-Type: text/plain; charset=utf-8", $"X-Repo-Commit: {of.Commit}");
    }

    private static byte[] Revision(FakeRepository repository, string revision)
    {
        if (revision != "main" && revision != repository.Commit)
            return Missing(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        var card = repository.BaseModel is { } declared ? new JsonObject { ["license"] = "apache-2.0", ["base_model"] = new JsonArray(declared) } : new JsonObject { ["license"] = "apache-2.0" };
        return LocalHttp.Response(200, new JsonObject
        {
            ["_id"] = "65c0ffee0000000000000001",
            ["id"] = repository.Id,
            ["modelId"] = repository.Id,
            ["author"] = repository.Id.Split('/')[0],
            ["sha"] = repository.Commit,
            ["lastModified"] = Date(repository.LastModified ?? repository.CreatedAt),
            ["createdAt"] = Date(repository.CreatedAt),
            ["private"] = false,
            ["gated"] = repository.IsGated ? JsonValue.Create("manual") : JsonValue.Create(false),
            ["disabled"] = false,
            ["downloads"] = repository.Downloads,
            ["likes"] = repository.Likes,
            ["tags"] = new JsonArray("safetensors", "region:us"),
            ["cardData"] = card,
            ["siblings"] = new JsonArray([.. repository.Files.Select(static f => new JsonObject { ["rfilename"] = f.Path })]),
        }.ToJsonString());
    }

    private static JsonArray Tree(FakeRepository repository) => new([.. repository.Files.Select(static f =>
    {
        var blob = FakeRepository.Id40(f.Content);
        var entry = new JsonObject { ["type"] = "file", ["oid"] = blob, ["size"] = f.Content.Length, ["path"] = f.Path };
        if (f.Path.EndsWith(".safetensors", StringComparison.Ordinal) || f.Path.EndsWith(".gguf", StringComparison.Ordinal))
            entry["lfs"] = new JsonObject { ["oid"] = Convert.ToHexStringLower(SHA256.HashData(f.Content)), ["size"] = f.Content.Length, ["pointerSize"] = 134 };
        return entry;
    })]);

    private static byte[] Commits(FakeRepository repository, string query)
    {
        var isLast = query.Contains($"p={repository.Commits - 1}", StringComparison.Ordinal);
        var date = isLast ? repository.CreatedAt : repository.LastModified ?? repository.CreatedAt;
        return LocalHttp.Response(
            200,
            new JsonArray(new JsonObject { ["id"] = repository.Commit, ["title"] = "Upload", ["message"] = "", ["date"] = Date(date), ["authors"] = new JsonArray() }).ToJsonString(),
            $"X-Total-Count: {repository.Commits}");
    }

    private byte[] Overview(bool asOrganization, string name)
    {
        if (!_accounts.TryGetValue(name, out var account) || account.IsOrganization != asOrganization)
            return LocalHttp.Response(404, """{"error":"This user does not exist"}""");
        var answer = new JsonObject
        {
            ["_id"] = "65c0ffee0000000000000002",
            [asOrganization ? "name" : "user"] = name,
            ["fullname"] = account.FullName,
            ["type"] = asOrganization ? "org" : "user",
            ["numModels"] = _repositories.Values.Count(r => r.Id.StartsWith(name + "/", StringComparison.OrdinalIgnoreCase)),
            ["numDatasets"] = 0,
            ["numSpaces"] = 0,
        };
        if (account.CreatedAt is { } at)
            answer["createdAt"] = Date(at);
        return LocalHttp.Response(200, answer.ToJsonString());
    }

    private byte[] Search(string kind, string query)
    {
        var word = query.Split('&').Select(static p => p.Split('=')).First(static p => p[0] == "search")[1];
        return LocalHttp.Response(200, new JsonArray([.. _repositories.Values.Where(r => r.Kind == kind && r.Id.Contains(word, StringComparison.OrdinalIgnoreCase))
            .Select(static r => new JsonObject { ["_id"] = "65c0ffee0000000000000003", ["id"] = r.Id, ["createdAt"] = Date(r.CreatedAt), ["downloads"] = r.Downloads })]).ToJsonString());
    }
}
