using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Publishers;
using Assay.Hub.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay.Server.Tests;

/// <summary>An issuer of identity tokens on the loopback, which signs whatever a test wants.</summary>
public sealed class LocalIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;

    public LocalIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => Results.Text(new JsonObject { ["issuer"] = Address, ["jwks_uri"] = Address + "/keys" }.ToJsonString(), "application/json"));
        _app.MapGet("/keys", () => Results.Text(Keys().ToJsonString(), "application/json"));
    }

    public string Address => _app.Urls.First();

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Rsa.Dispose();
        Ec.Dispose();
    }

    /// <summary>What a run of <c>acme/tiny</c> gets, for a hub.</summary>
    public JsonObject Claims(string audience)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = Address,
            ["aud"] = audience,
            ["iat"] = now,
            ["nbf"] = now - 5,
            ["exp"] = now + 300,
            ["jti"] = Guid.CreateVersion7().ToString(),
            ["repository"] = "acme/tiny",
            ["repository_id"] = "1001",
            ["repository_owner_id"] = "77",
            ["workflow_ref"] = "acme/tiny/.github/workflows/release.yml@refs/heads/main",
            ["ref"] = "refs/heads/main",
            ["environment"] = "release",
            ["event_name"] = "push",
            ["run_id"] = "4242",
            ["sha"] = "0123456789abcdef0123456789abcdef01234567",
            ["actor"] = "ada",
        };
    }

    /// <summary>Signs claims.</summary>
    public string Sign(JsonObject claims, string algorithm = "RS256", string? keyId = null, Func<byte[], byte[]>? sign = null)
    {
        var head = Encode(Encoding.UTF8.GetBytes(new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = keyId ?? (algorithm == "ES256" ? "ec" : "rsa") }.ToJsonString()));
        return Seal(head + "." + Encode(Encoding.UTF8.GetBytes(claims.ToJsonString())), algorithm, sign);
    }

    public string Seal(string text, string algorithm = "RS256", Func<byte[], byte[]>? sign = null)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        sign ??= algorithm == "ES256" ? b => Ec.SignData(b, HashAlgorithmName.SHA256) : b => Rsa.SignData(b, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return text + "." + Encode(sign(bytes));
    }

    public static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private JsonObject Keys()
    {
        var (rsa, ec) = (Rsa.ExportParameters(false), Ec.ExportParameters(false));
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = "rsa", ["n"] = Encode(rsa.Modulus!), ["e"] = Encode(rsa.Exponent!) },
                new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "ec", ["x"] = Encode(ec.Q.X!), ["y"] = Encode(ec.Q.Y!) },
                // A shared secret in a public list: never a key for signatures.
                new JsonObject { ["kty"] = "oct", ["kid"] = "oct", ["k"] = Encode(new byte[32]) },
                new JsonObject { ["kty"] = "RSA", ["use"] = "enc", ["kid"] = "enc", ["n"] = Encode(rsa.Modulus!), ["e"] = Encode(rsa.Exponent!) }),
        };
    }
}

public sealed class PipelineHub : RunningHub
{
    public const string Audience = "https://hub.example.org";

    private readonly LocalIssuer _issuer;

    public PipelineHub()
        : this(new LocalIssuer())
    {
    }

    private PipelineHub(LocalIssuer issuer)
        : base(DatabaseKind.Sqlite, options => options with { Publishers = new PublisherOptions { Audience = Audience, Issuers = [new OidcIssuer(issuer.Address, OidcProfile.GitHub, "https://github.com")] } }) => _issuer = issuer;

    public LocalIssuer Issuer => _issuer;

    public string Owner { get; private set; } = "";

    public override async ValueTask InitializeAsync()
    {
        await _issuer.StartAsync();
        await base.InitializeAsync();
        Owner = await CreateUserAsync("lab");
        foreach (var name in (string[])["lab/model", "lab/other"])
            await CreateRepositoryAsync(Owner, name);
        using var trust = await PostAsync("/api/assay/v1/repositories/model/lab/model/trusts", Owner, Trust());
        Assert.True(trust.IsSuccessStatusCode, await DescribeAsync(trust));
    }

    public JsonObject Trust() => new()
    {
        ["issuer"] = Issuer.Address,
        ["repository"] = "acme/tiny",
        ["repositoryId"] = "1001",
        ["ownerId"] = "77",
        ["workflow"] = ".github/workflows/release.yml",
        ["ref"] = "refs/heads/main",
        ["environment"] = "release",
    };

    public Task<HttpResponseMessage> ExchangeAsync(string token, string repository = "lab/model") => PostAsync("/api/assay/v1/oidc/exchange", null, new JsonObject { ["token"] = token, ["repository"] = repository });
}

public sealed class PipelineTests(PipelineHub hub) : IClassFixture<PipelineHub>
{
    private LocalIssuer Issuer => hub.Issuer;

    public static TheoryData<string> Hostile =>
    [
        "alg none", "alg none with a signature", "HS256 with the public key", "HS256 with the empty secret", "RS384", "another key", "a key for encryption", "an unknown key", "no key id", "signature of another payload", "a changed payload",
        "another audience", "two audiences", "no audience", "another issuer", "expired", "not yet valid", "from the future", "too old", "no exp", "no iat", "no jti", "exp as text",
        "another repository", "the same name with another number", "the same number with another owner", "another workflow", "a workflow of another repository", "another branch", "a tag", "another environment", "no environment", "a pull request", "a pull request's target",
        "a number that is no number", "two values for one claim", "four parts", "five parts", "not base64", "an array", "empty", "very long",
    ];

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_trusted_run_publishes_and_the_revision_shows_it(string algorithm)
    {
        using var answer = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience), algorithm));
        Assert.True(answer.IsSuccessStatusCode, await RunningHub.DescribeAsync(answer));
        var exchanged = (await RunningHub.ReadJsonAsync(answer))!;
        var token = (string)exchanged["token"]!;
        Assert.InRange(((DateTimeOffset)exchanged["expiresAt"]! - TimeProvider.System.GetUtcNow()).TotalMinutes, 13, 15.1);
        var commit = (string)(await hub.CommitAsync(token, "lab/model", (algorithm + ".json", "{}"u8.ToArray())))["commitOid"]!;
        foreach (var page in (string[])["/lab/model/commit/" + commit, "/lab/model"])
        {
            using var html = await hub.SendAsync(HttpMethod.Get, page, null, null, static r => r.Headers.Accept.ParseAdd("text/html"));
            var text = await html.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("https://github.com/acme/tiny/actions/runs/4242", text, StringComparison.Ordinal);
            Assert.Contains("started by ada", text, StringComparison.Ordinal);
        }

        await using var db = await hub.OpenDatabaseAsync();
        var revision = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == commit, TestContext.Current.CancellationToken);
        var run = await hub.GetJsonAsync($"/api/assay/v1/revisions/{revision.Id}/run", null);
        Assert.Equal(("4242", ".github/workflows/release.yml", "0123456789abcdef0123456789abcdef01234567"), ((string?)run["number"], (string?)run["workflow"], (string?)run["commit"]));
        // It is for this repository, and for its contents.
        using var other = await hub.SendCommitAsync(token, "lab/other", "main", [new JsonObject { ["key"] = "header", ["value"] = new JsonObject { ["summary"] = "x" } }]);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        using var delete = await hub.SendAsync(HttpMethod.Delete, "/api/repos/delete", token, System.Net.Http.Json.JsonContent.Create(new JsonObject { ["name"] = "lab/model", ["type"] = "model" }));
        Assert.Equal(HttpStatusCode.Forbidden, delete.StatusCode);
        using var make = await hub.PostAsync("/api/assay/v1/tokens", token, new JsonObject { ["name"] = "longer", ["role"] = "write" });
        Assert.Equal(HttpStatusCode.Forbidden, make.StatusCode);
        Assert.Contains(await db.AuditEntries.AsNoTracking().Where(static e => e.Action == "token.exchanged").Select(static e => e.Detail).ToListAsync(TestContext.Current.CancellationToken), static d => d.Contains("actions/runs/4242", StringComparison.Ordinal));
        var publisher = await hub.GetJsonAsync("/api/assay/v1/publishers/lab", null);
        Assert.Contains(((JsonArray)publisher["words"]!).Select(static w => (string)w!), static w => w.StartsWith("publishes from github.com/acme/tiny (repository 1001) since ", StringComparison.Ordinal));
        Assert.True((int)publisher["level"]! < 3);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_token_that_is_not_what_it_has_to_be_is_refused(string what)
    {
        using var answer = await hub.ExchangeAsync(Forge(what));
        Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, $"{what}: {await RunningHub.DescribeAsync(answer)}");
        // The same without the trick is taken.
        using var honest = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)));
        Assert.Equal(HttpStatusCode.OK, honest.StatusCode);
    }

    [Fact]
    public async Task A_token_is_taken_once_also_when_many_try_at_a_time_and_after_a_restart()
    {
        var token = Issuer.Sign(Issuer.Claims(PipelineHub.Audience));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => hub.ExchangeAsync(token)));
        Assert.Equal(1, answers.Count(static a => a.StatusCode == HttpStatusCode.OK));
        Array.ForEach(answers, static a => a.Dispose());
        await hub.RestartAsync();
        using var again = await hub.ExchangeAsync(token);
        Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        Assert.Contains("used already", await RunningHub.DescribeAsync(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_without_trust_and_one_that_is_not_there_refuse_alike()
    {
        using var other = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)), "lab/other");
        using var missing = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)), "lab/missing");
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        // Nor does a bad token tell which there is.
        using var bad = await hub.ExchangeAsync(Forge("expired"), "lab/model");
        using var badMissing = await hub.ExchangeAsync(Forge("expired"), "lab/missing");
        Assert.Equal(await DetailAsync(bad), await DetailAsync(badMissing));
        Assert.Equal((await DetailAsync(other)).Replace("lab/other", "lab/missing", StringComparison.Ordinal), await DetailAsync(missing));

        static async Task<string> DetailAsync(HttpResponseMessage answer) => (string)(await RunningHub.ReadJsonAsync(answer))!["detail"]!;
    }

    [Fact]
    public async Task A_trust_ends_with_its_tokens_and_with_the_rights_of_its_user()
    {
        var user = await hub.CreateUserAsync("leaver");
        await hub.CreateOrganizationAsync("team", ("leaver", MemberRole.Maintainer));
        await hub.CreateRepositoryAsync(user, "team/model");
        const string trusts = "/api/assay/v1/repositories/model/team/model/trusts";
        using var made = await hub.PostAsync(trusts, user, hub.Trust());
        var id = (string)(await RunningHub.ReadJsonAsync(made))!["id"]!;
        using var exchanged = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)), "team/model");
        var token = (string)(await RunningHub.ReadJsonAsync(exchanged))!["token"]!;
        await hub.CommitAsync(token, "team/model", ("a.json", "{}"u8.ToArray()));
        using (var ended = await hub.SendAsync(HttpMethod.Delete, $"{trusts}/{id}", user, null))
            Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        using (var after = await hub.GetAsync("/api/whoami-v2", token))
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        using (var refused = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)), "team/model"))
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var again = await hub.PostAsync(trusts, user, hub.Trust());
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.IsType<AccountOutcome.Done>(await hub.Services.GetRequiredService<AccountRegistry>().SetRoleAsync(Principal.System, "team", "leaver", null, TestContext.Current.CancellationToken));
        using var gone = await hub.ExchangeAsync(Issuer.Sign(Issuer.Claims(PipelineHub.Audience)), "team/model");
        Assert.Contains("may not write", await RunningHub.DescribeAsync(gone), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repositoryId", "acme")]
    [InlineData("ownerId", "")]
    [InlineData("issuer", "https://evil.example")]
    [InlineData("ref", "main")]
    [InlineData("workflow", "")]
    [InlineData("repository", "tiny")]
    public async Task A_trust_that_would_trust_too_much_is_refused(string member, string value)
    {
        var body = hub.Trust();
        body[member] = value;
        using var answer = await hub.PostAsync("/api/assay/v1/repositories/model/lab/other/trusts", hub.Owner, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Only_maintainers_set_up_trusts()
    {
        var stranger = await hub.CreateUserAsync("passer");
        using var answer = await hub.PostAsync("/api/assay/v1/repositories/model/lab/model/trusts", stranger, hub.Trust());
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private string Forge(string what)
    {
        var claims = Issuer.Claims(PipelineHub.Audience);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var honest = Issuer.Sign(claims);
        string Head(string json) => LocalIssuer.Encode(Encoding.UTF8.GetBytes(json));
        string With(string name, JsonNode? value)
        {
            if (value is null)
                claims.Remove(name);
            else
                claims[name] = value;
            return Issuer.Sign(claims);
        }

        string Hmac(byte[] secret) => Issuer.Sign(claims, "HS256", "rsa", b => HMACSHA256.HashData(secret, b));
        switch (what)
        {
            case "alg none":
                return Head("""{"alg":"none","kid":"rsa"}""") + "." + honest.Split('.')[1] + ".";
            case "alg none with a signature":
                return Issuer.Seal(Head("""{"alg":"none","kid":"rsa"}""") + "." + honest.Split('.')[1]);
            case "HS256 with the public key":
                return Hmac(Encoding.ASCII.GetBytes(Issuer.Rsa.ExportSubjectPublicKeyInfoPem()));
            case "HS256 with the empty secret":
                return Issuer.Sign(claims, "HS256", "oct", static b => HMACSHA256.HashData(new byte[32], b));
            case "RS384":
                return Issuer.Sign(claims, "RS384", "rsa", b => Issuer.Rsa.SignData(b, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1));
            case "another key":
                using (var other = RSA.Create(2048))
                    return Issuer.Sign(claims, sign: b => other.SignData(b, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            case "a key for encryption":
                return Issuer.Sign(claims, keyId: "enc");
            case "an unknown key":
                return Issuer.Sign(claims, keyId: "nobody's");
            case "no key id":
                return Issuer.Seal(Head("""{"alg":"RS256"}""") + "." + honest.Split('.')[1]);
            case "signature of another payload":
                var another = With("run_id", "1");
                return honest[..honest.LastIndexOf('.')] + another[another.LastIndexOf('.')..];
            case "a changed payload":
                var parts = honest.Split('.');
                claims["run_id"] = "99";
                return parts[0] + "." + Head(claims.ToJsonString()) + "." + parts[2];
            case "two values for one claim":
                var text = claims.ToJsonString();
                return Issuer.Seal(honest.Split('.')[0] + "." + Head(text[..^1] + ",\"repository_id\":\"1001\"}"));
            case "four parts":
                return honest + ".x";
            case "five parts":
                return honest + ".x.y";
            case "not base64":
                return "!!." + honest.Split('.')[1] + ".%%";
            case "an array":
                return Issuer.Seal(honest.Split('.')[0] + "." + Head("[1,2]"));
            case "empty":
                return "";
            case "very long":
                return With("filler", new string('x', 20_000));
            default:
                return what switch
                {
                    "another audience" => With("aud", "https://other.example.org"),
                    "two audiences" => With("aud", new JsonArray(PipelineHub.Audience, "https://other.example.org")),
                    "no audience" => With("aud", null),
                    "another issuer" => With("iss", "https://evil.example"),
                    "expired" => With("exp", now - 120),
                    "not yet valid" => With("nbf", now + 600),
                    "from the future" => With("iat", now + 600),
                    "too old" => With("iat", now - 7200),
                    "no exp" => With("exp", null),
                    "no iat" => With("iat", null),
                    "no jti" => With("jti", null),
                    "exp as text" => With("exp", "9999999999"),
                    "another repository" => Renamed("acme/other", "1002", "77"),
                    "the same name with another number" => With("repository_id", "1002"),
                    "the same number with another owner" => With("repository_owner_id", "78"),
                    "another workflow" => With("workflow_ref", "acme/tiny/.github/workflows/test.yml@refs/heads/main"),
                    "a workflow of another repository" => With("workflow_ref", "evil/tiny/.github/workflows/release.yml@refs/heads/main"),
                    "another branch" => With("ref", "refs/heads/feature"),
                    "a tag" => With("ref", "refs/tags/main"),
                    "another environment" => With("environment", "staging"),
                    "no environment" => With("environment", null),
                    "a pull request" => With("event_name", "pull_request"),
                    "a pull request's target" => With("event_name", "pull_request_target"),
                    "a number that is no number" => With("repository_id", "1001 "),
                    _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
                };
        }

        string Renamed(string repository, string id, string owner)
        {
            (claims["repository"], claims["repository_id"], claims["repository_owner_id"]) = (repository, id, owner);
            return With("workflow_ref", repository + "/.github/workflows/release.yml@refs/heads/main");
        }
    }
}
