using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>The real server on a free port of the loopback, with a data folder of its own; on SQLite.</summary>
public class RunningHub : IAsyncLifetime
{
    /// <summary>The token of <c>admin</c>.</summary>
    public const string AdminToken = "hf_AdminTokenOfTheTests0123456789abcdefgh";

    private readonly DatabaseKind _kind;
    private readonly Func<HubOptions, HubOptions>? _configure;
    private readonly Func<ServerOptions, ServerOptions>? _configureServer;
    private TestDatabase? _database;
    private WebApplication? _app;

    public RunningHub()
        : this(DatabaseKind.Sqlite)
    {
    }

    internal RunningHub(DatabaseKind kind, Func<HubOptions, HubOptions>? configure = null, Func<ServerOptions, ServerOptions>? configureServer = null)
    {
        _kind = kind;
        _configure = configure;
        _configureServer = configureServer;
    }

    /// <summary>Where everything is kept.</summary>
    public string DataFolder { get; } = Path.Combine(Path.GetTempPath(), "assay-hub-" + Guid.CreateVersion7().ToString("N"));

    /// <summary>Scheme, host and port.</summary>
    public Uri Address => new(App.Urls.First());

    /// <summary>Follows no redirects, decodes nothing, sends no credentials.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The parts of the running hub.</summary>
    public IServiceProvider Services => App.Services;

    // Asked for by a test whose database is not there: the test is skipped, with the reason.
    private WebApplication App
    {
        get
        {
            TestDatabase.Require(_kind);
            return _app!;
        }
    }

    public virtual async ValueTask InitializeAsync()
    {
        if (_kind == DatabaseKind.Postgres && TestDatabase.Server is null)
            return; // each test skips itself with the reason
        _database = await TestDatabase.CreateAsync(_kind);
        Directory.CreateDirectory(DataFolder);
        await StartAsync();
    }

    /// <summary>Stops the server and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        if (Directory.Exists(DataFolder))
            Directory.Delete(DataFolder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A context of the hub's database.</summary>
    public Task<HubDb> OpenDatabaseAsync() => Services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    /// <summary>Registers a user.</summary>
    /// <returns>A token that may do all that the user may.</returns>
    public async Task<string> CreateUserAsync(string name, Action<Account>? configure = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var accounts = Services.GetRequiredService<AccountRegistry>();
        var outcome = Assert.IsType<AccountOutcome.Done>(await accounts.CreateAsync(Principal.System, AccountKind.User, name, null, null, null, configure, cancellation));
        var (secret, _, problem) = await accounts.CreateTokenAsync(Principal.System, outcome.Account.Id, "test", TokenRole.Write, "", null, null, cancellation);
        Assert.Null(problem);
        return secret!;
    }

    /// <summary>Registers an organisation with the members given.</summary>
    public async Task CreateOrganizationAsync(string name, params (string User, MemberRole Role)[] members)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var accounts = Services.GetRequiredService<AccountRegistry>();
        Assert.IsType<AccountOutcome.Done>(await accounts.CreateAsync(Principal.System, AccountKind.Organization, name, null, null, null, null, cancellation));
        foreach (var (user, role) in members)
            Assert.IsType<AccountOutcome.Done>(await accounts.SetRoleAsync(Principal.System, name, user, role, cancellation));
    }

    /// <summary>Creates a repository.</summary>
    /// <param name="token">Of somebody who may.</param>
    /// <param name="id">Such as <c>ada/tiny</c>.</param>
    /// <param name="type">model, dataset or space.</param>
    /// <param name="isPrivate">Whether it is private.</param>
    public async Task CreateRepositoryAsync(string token, string id, string type = "model", bool isPrivate = false)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        var body = new JsonObject { ["type"] = type, ["organization"] = id[..slash], ["name"] = id[(slash + 1)..], ["private"] = isPrivate };
        if (type == "space")
            body["sdk"] = "static";
        using var answer = await SendAsync(HttpMethod.Post, "/api/repos/create", token, JsonContent.Create(body));
        Assert.True(answer.IsSuccessStatusCode, await DescribeAsync(answer));
    }

    /// <summary>Makes a commit through the HTTP API as clients do: files that are large or binary are uploaded first.</summary>
    /// <param name="token">Of somebody who may write.</param>
    /// <param name="path">Path of the repository in web addresses: <c>ada/tiny</c>, <c>datasets/ada/rows</c>.</param>
    /// <param name="files">Paths with contents.</param>
    /// <returns>The answer's body: <c>commitOid</c>, <c>assay.state</c> and so on.</returns>
    public Task<JsonObject> CommitAsync(string token, string path, params (string Path, byte[] Content)[] files) => CommitToAsync(token, path, "main", files);

    /// <summary>Makes a commit to a branch.</summary>
    public async Task<JsonObject> CommitToAsync(string token, string path, string branch, params (string Path, byte[] Content)[] files)
    {
        var lines = new List<JsonObject> { new() { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "Change " + string.Join(", ", files.Select(static f => f.Path)), ["description"] = "" } } };
        foreach (var (file, content) in files)
        {
            if (content.Length > 10 << 20 || content.AsSpan(0, Math.Min(512, content.Length)).Contains((byte)0))
                lines.Add(new JsonObject { ["key"] = "lfsFile", ["value"] = new JsonObject { ["path"] = file, ["algo"] = "sha256", ["oid"] = await UploadAsync(token, path, content), ["size"] = content.Length } });
            else
                lines.Add(new JsonObject { ["key"] = "file", ["value"] = new JsonObject { ["path"] = file, ["encoding"] = "base64", ["content"] = Convert.ToBase64String(content) } });
        }

        using var answer = await SendCommitAsync(token, path, branch, lines);
        Assert.True(answer.IsSuccessStatusCode, await DescribeAsync(answer));
        return (await ReadJsonAsync(answer))!.AsObject();
    }

    /// <summary>Sends the lines of a commit.</summary>
    public Task<HttpResponseMessage> SendCommitAsync(string token, string path, string branch, IEnumerable<JsonObject> lines)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(static l => l.ToJsonString())) + "\n"));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return SendAsync(HttpMethod.Post, $"/api/{ApiPath(path)}/commit/{Uri.EscapeDataString(branch)}", token, content);
    }

    /// <summary>Uploads a large file.</summary>
    /// <returns>Its SHA-256.</returns>
    public async Task<string> UploadAsync(string token, string path, byte[] content)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var batch = new JsonObject { ["operation"] = "upload", ["transfers"] = new JsonArray("basic", "multipart"), ["hash_algo"] = "sha256", ["objects"] = new JsonArray(new JsonObject { ["oid"] = sha256, ["size"] = content.Length }) };
        using var answer = await SendAsync(HttpMethod.Post, $"/{path}.git/info/lfs/objects/batch", token, JsonContent.Create(batch, new MediaTypeHeaderValue("application/vnd.git-lfs+json")));
        Assert.True(answer.IsSuccessStatusCode, await DescribeAsync(answer));
        var one = (await ReadJsonAsync(answer))!["objects"]![0]!;
        if (one["actions"]?["upload"]?["href"]?.GetValue<string>() is not { } href)
        {
            Assert.Null(one["error"]);
            return sha256;
        }

        using var put = await SendAsync(HttpMethod.Put, new Uri(href).PathAndQuery, null, new ByteArrayContent(content));
        Assert.True(put.IsSuccessStatusCode, await DescribeAsync(put));
        return sha256;
    }

    /// <summary>Gets an address.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, string? token = null) => SendAsync(HttpMethod.Get, path, token, null);

    /// <summary>Gets JSON; the test fails when the answer is none of success.</summary>
    public async Task<JsonNode> GetJsonAsync(string path, string? token = null)
    {
        using var answer = await GetAsync(path, token);
        Assert.True(answer.IsSuccessStatusCode, await DescribeAsync(answer));
        return (await ReadJsonAsync(answer))!;
    }

    /// <summary>Posts JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string? token, JsonNode body) => SendAsync(HttpMethod.Post, path, token, JsonContent.Create(body));

    /// <summary>Sends a request.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, HttpContent? content, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path)) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        configure?.Invoke(request);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The JSON of an answer.</summary>
    public static async Task<JsonNode?> ReadJsonAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

    /// <summary>Status and body, for the message of a failed test.</summary>
    public static async Task<string> DescribeAsync(HttpResponseMessage answer) =>
        $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";

    /// <summary>A web path as it is in the API: <c>models/ada/tiny</c>.</summary>
    public static string ApiPath(string path) =>
        path.StartsWith("datasets/", StringComparison.Ordinal) || path.StartsWith("spaces/", StringComparison.Ordinal) ? path : "models/" + path;

    private async Task StartAsync()
    {
        var options = new HubOptions { DataFolder = DataFolder, Database = _database!.Address, VerdictWait = TimeSpan.FromSeconds(20), MinFreeBytes = 1 << 20, Workers = 2 };
        var server = new ServerOptions { Listen = "http://127.0.0.1:0" };
        _app = ServerHost.Build(_configure?.Invoke(options) ?? options, _configureServer?.Invoke(server) ?? server);
        await ServerHost.PrepareAsync(_app.Services, AdminToken, CancellationToken.None);
        await _app.StartAsync(CancellationToken.None);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(100) };
    }

    private async Task StopAsync()
    {
        Http?.Dispose();
        if (_app is not { } app)
            return;
        _app = null;
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        if (_kind == DatabaseKind.Sqlite)
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresHub : RunningHub
{
    public PostgresHub()
        : base(DatabaseKind.Postgres)
    {
    }
}
