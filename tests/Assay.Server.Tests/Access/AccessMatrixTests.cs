using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Tests;
using Assay.Scanning.Policy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests.Access;

/// <summary>Who asks.</summary>
public enum Caller
{
    Anonymous,
    Stranger,
    Reader,
    Contributor,
    Maintainer,
    Owner,
    Reviewer,
    Administrator,

    /// <summary>The owner, with a token that may only read.</summary>
    ReadOnlyOwner,

    /// <summary>The owner, with a token whose scope is another repository.</summary>
    OtherScope,
}

/// <summary>A hub with an organisation, somebody in each role, and a public and a private repository with a revision in each state.</summary>
public class AccessHub : RunningHub
{
    public AccessHub()
        : this(DatabaseKind.Sqlite)
    {
    }

    internal AccessHub(DatabaseKind kind)
        : base(kind)
    {
        IsThere = kind == DatabaseKind.Sqlite || TestDatabase.Server is not null;
    }

    public Dictionary<Caller, string?> Tokens { get; } = [];

    /// <summary>Commit and digest of its large file, by visibility and state.</summary>
    public Dictionary<(bool IsPrivate, RevisionState State), (string Commit, string Sha256)> Revisions { get; } = [];

    private bool IsThere { get; }

    public static string RepositoryOf(bool isPrivate) => isPrivate ? "lab/hidden" : "lab/open";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (!IsThere)
            return;
        Tokens[Caller.Anonymous] = null;
        foreach (var caller in (Caller[])[Caller.Stranger, Caller.Reader, Caller.Contributor, Caller.Maintainer, Caller.Owner])
            Tokens[caller] = await CreateUserAsync(caller.ToString().ToLowerInvariant());
        Tokens[Caller.Reviewer] = await CreateUserAsync("reviewer", static a => a.IsReviewer = true);
        Tokens[Caller.Administrator] = AdminToken;
        await CreateOrganizationAsync("lab", ("reader", MemberRole.Reader), ("contributor", MemberRole.Contributor), ("maintainer", MemberRole.Maintainer), ("owner", MemberRole.Owner));
        var accounts = Services.GetRequiredService<AccountRegistry>();
        await using var db = await OpenDatabaseAsync();
        var owner = await db.Accounts.AsNoTracking().FirstAsync(static a => a.Key == "owner");
        Tokens[Caller.ReadOnlyOwner] = (await accounts.CreateTokenAsync(Principal.System, owner.Id, "read", TokenRole.Read, "", null, null, CancellationToken.None)).Secret;
        Tokens[Caller.OtherScope] = (await accounts.CreateTokenAsync(Principal.System, owner.Id, "scoped", TokenRole.FineGrained, "repo.manage models/lab/other", null, null, CancellationToken.None)).Secret;
        foreach (var isPrivate in (bool[])[false, true])
            await SeedAsync(isPrivate);
    }

    private async Task SeedAsync(bool isPrivate)
    {
        var (token, id) = (Tokens[Caller.Owner]!, RepositoryOf(isPrivate));
        await CreateRepositoryAsync(token, id, isPrivate: isPrivate);
        var admission = Services.GetRequiredService<AdmissionWorkflow>();
        foreach (var state in (RevisionState[])[RevisionState.Admitted, RevisionState.Withdrawn, RevisionState.Quarantined, RevisionState.Rejected])
        {
            var large = Encoding.UTF8.GetBytes($"\0weights of {id} {state}");
            var commit = (await CommitAsync(token, id, ("f.txt", Encoding.UTF8.GetBytes($"{id} {state}")), ("w/model.bin", large)))["commitOid"]!.GetValue<string>();
            await using var db = await OpenDatabaseAsync();
            var revision = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == commit);
            Assert.Equal(RevisionState.Admitted, revision.State);
            var outcome = state switch
            {
                RevisionState.Withdrawn => await admission.WithdrawAsync(revision.Id, Principal.System, "found out later", CancellationToken.None),
                RevisionState.Quarantined => await admission.OverrideAsync(revision.Id, Outcome.Quarantined, Principal.System, "look at it", CancellationToken.None),
                RevisionState.Rejected => await admission.OverrideAsync(revision.Id, Outcome.Rejected, Principal.System, "not this", CancellationToken.None),
                _ => null,
            };
            Assert.True(outcome is null or AdmissionOutcome.Changed);
            Revisions[(isPrivate, state)] = (commit, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)));
        }
    }
}

public sealed class AccessPostgresHub : AccessHub
{
    public AccessPostgresHub()
        : base(DatabaseKind.Postgres)
    {
    }
}

public abstract class AccessMatrixTests(AccessHub hub)
{
    private static readonly RevisionState[] States = [RevisionState.Admitted, RevisionState.Quarantined, RevisionState.Rejected, RevisionState.Withdrawn];

    public static TheoryData<Caller, bool, RevisionState> Reads()
    {
        var table = new TheoryData<Caller, bool, RevisionState>();
        foreach (var caller in Enum.GetValues<Caller>())
        {
            foreach (var isPrivate in (bool[])[false, true])
            {
                foreach (var state in States)
                    table.Add(caller, isPrivate, state);
            }
        }

        return table;
    }

    public static TheoryData<Caller, bool> Writes()
    {
        var table = new TheoryData<Caller, bool>();
        foreach (var caller in Enum.GetValues<Caller>())
        {
            table.Add(caller, false);
            table.Add(caller, true);
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Each_door_gives_each_caller_what_the_table_says(Caller caller, bool isPrivate, RevisionState state)
    {
        var (id, token) = (AccessHub.RepositoryOf(isPrivate), hub.Tokens.GetValueOrDefault(caller));
        _ = hub.Services; // skips where the database is not there
        var (commit, sha256) = hub.Revisions[(isPrivate, state)];
        foreach (var name in (string[])[commit, commit[..10]])
        {
            await ExpectAsync(Metadata(caller, isPrivate, state), $"/api/models/{id}/revision/{name}", token);
            await ExpectAsync(Metadata(caller, isPrivate, state), $"/api/models/{id}/tree/{name}", token);
            await ExpectAsync(Content(caller, isPrivate, state), $"/{id}/resolve/{name}/f.txt", token);
            await ExpectAsync(Content(caller, isPrivate, state), $"/{id}/resolve/{name}/w/model.bin", token);
            await ExpectAsync(Content(caller, isPrivate, state), $"/{id}/raw/{name}/w/model.bin", token);
        }

        var batch = new JsonObject { ["operation"] = "download", ["objects"] = new JsonArray(new JsonObject { ["oid"] = sha256, ["size"] = 1 }) };
        using var answer = await hub.PostAsync($"/{id}.git/info/lfs/objects/batch", token, batch);
        var readable = Content(caller, isPrivate, RevisionState.Admitted);
        Assert.Equal(readable.Status, (int)answer.StatusCode);
        if (readable.Status != 200)
            return;
        var item = (await RunningHub.ReadJsonAsync(answer))!["objects"]![0]!;
        Assert.Equal(state == RevisionState.Admitted, item["actions"]?["download"] is not null);
        Assert.Equal(state != RevisionState.Admitted, item["error"] is not null);
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task What_a_name_stands_for_is_the_admitted_commit_for_everybody_who_may_read(Caller caller, bool isPrivate)
    {
        _ = hub.Services;
        var (id, token) = (AccessHub.RepositoryOf(isPrivate), hub.Tokens[caller]);
        var expected = Content(caller, isPrivate, RevisionState.Admitted);
        using var answer = await hub.GetAsync($"/{id}/resolve/main/f.txt", token);
        Assert.Equal(expected.Status, (int)answer.StatusCode);
        if (expected.Status != 200)
            return;
        Assert.Equal($"{id} Admitted", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var commit = hub.Revisions[(isPrivate, RevisionState.Admitted)].Commit;
        Assert.Equal(commit, answer.Headers.GetValues("X-Repo-Commit").Single());
        Assert.Equal(commit, (await hub.GetJsonAsync($"/api/models/{id}", token))["sha"]!.GetValue<string>());
        var branch = Assert.Single((await hub.GetJsonAsync($"/api/models/{id}/refs", token))["branches"]!.AsArray());
        Assert.Equal(commit, branch!["targetCommit"]!.GetValue<string>());
        Assert.DoesNotContain((await hub.GetJsonAsync($"/api/models/{id}/commits/main", token)).AsArray(), c => States.Skip(1).Any(s => hub.Revisions[(isPrivate, s)].Commit == c!["id"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Each_writing_door_opens_to_those_that_the_table_names(Caller caller, bool isPrivate)
    {
        _ = hub.Services;
        var (id, token) = (AccessHub.RepositoryOf(isPrivate), hub.Tokens[caller]);
        var write = Write(caller, isPrivate, manages: false);
        using (var preupload = await hub.PostAsync($"/api/models/{id}/preupload/main", token, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["path"] = "n.txt", ["size"] = 3, ["sample"] = "YWJj" }) }))
            Assert.Equal(write, (int)preupload.StatusCode);
        using (var commit = await hub.SendAsync(HttpMethod.Post, $"/api/models/{id}/commit/main", token, new StringContent("{\"key\":\"header\",\"value\":{\"summary\":\"nothing\"}}")))
            Assert.Equal(write, (int)commit.StatusCode);
        using (var upload = await hub.PostAsync($"/{id}.git/info/lfs/objects/batch", token, new JsonObject { ["operation"] = "upload", ["objects"] = new JsonArray(new JsonObject { ["oid"] = new string('a', 64), ["size"] = 5 }) }))
            Assert.Equal(write, (int)upload.StatusCode);
        using (var branch = await hub.SendAsync(HttpMethod.Delete, $"/api/models/{id}/branch/none", token, null))
            Assert.Equal(write == 200 ? 404 : write, (int)branch.StatusCode); // there is no such branch
        using (var check = await hub.GetAsync($"/api/models/{id}/auth-check/write", token))
            Assert.Equal(write, (int)check.StatusCode);
        var manage = Write(caller, isPrivate, manages: true);
        using (var settings = await hub.SendAsync(HttpMethod.Put, $"/api/models/{id}/settings", token, JsonContent.Create(new JsonObject { ["discussionsDisabled"] = true })))
            Assert.Equal(manage, (int)settings.StatusCode);
        // What may be deleted is made for it.
        var doomed = $"doomed-{(isPrivate ? "hidden" : "open")}-{caller}".ToLowerInvariant();
        await hub.CreateRepositoryAsync(hub.Tokens[Caller.Owner]!, "lab/" + doomed, isPrivate: isPrivate);
        using (var delete = await hub.SendAsync(HttpMethod.Delete, "/api/repos/delete", token, JsonContent.Create(new JsonObject { ["organization"] = "lab", ["name"] = doomed, ["type"] = "model" })))
            Assert.Equal(manage, (int)delete.StatusCode);
        using var after = await hub.GetAsync($"/api/models/lab/{doomed}", hub.Tokens[Caller.Owner]);
        Assert.Equal(manage == 200 ? 404 : 200, (int)after.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/models/lab/open")]
    [InlineData("GET", "/lab/open/resolve/main/f.txt")]
    [InlineData("GET", "/api/models")]
    [InlineData("POST", "/lab/open.git/info/lfs/objects/batch")]
    [InlineData("GET", "/api/whoami-v2")]
    public async Task An_invalid_token_is_refused_on_public_data_too_with_the_words_that_clients_know(string method, string path)
    {
        using var answer = await hub.SendAsync(new HttpMethod(method), path, "hf_" + new string('x', 40), method == "POST" ? JsonContent.Create(new JsonObject()) : null);
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("Invalid credentials in Authorization header", answer.Headers.GetValues("X-Error-Message").Single());
        Assert.False(answer.Headers.Contains("X-Error-Code"));
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Lists_show_each_caller_what_he_may_read(Caller caller, bool isPrivate)
    {
        var list = await hub.GetJsonAsync("/api/models?author=lab", hub.Tokens.GetValueOrDefault(caller));
        var isListed = list.AsArray().Any(r => r!["id"]!.GetValue<string>() == AccessHub.RepositoryOf(isPrivate));
        if (caller is not Caller.Reviewer)
            Assert.Equal(Sees(caller, isPrivate) && caller != Caller.OtherScope || !isPrivate, isListed);
    }

    // --- the table -----------------------------------------------------------------------------------------------------------

    private static bool Sees(Caller caller, bool isPrivate) => !isPrivate || caller is not (Caller.Anonymous or Caller.Stranger or Caller.OtherScope);

    private static (int Status, string? Code) Hidden(Caller caller) => (caller == Caller.Anonymous ? 401 : 404, "RepoNotFound");

    private static (int Status, string? Code) Metadata(Caller caller, bool isPrivate, RevisionState state)
    {
        if (!Sees(caller, isPrivate))
            return Hidden(caller);
        if (state == RevisionState.Admitted)
            return (200, null);
        if (state == RevisionState.Withdrawn)
            return (404, "RevisionNotFound");
        return caller is Caller.Contributor or Caller.Maintainer or Caller.Owner or Caller.ReadOnlyOwner or Caller.Reviewer or Caller.Administrator ? (200, null) : (403, "GatedRepo");
    }

    // No role opens what is not admitted.
    private static (int Status, string? Code) Content(Caller caller, bool isPrivate, RevisionState state)
    {
        if (!Sees(caller, isPrivate))
            return Hidden(caller);
        if (isPrivate && caller == Caller.Reviewer)
            return (403, null);
        return state switch
        {
            RevisionState.Admitted => (200, null),
            RevisionState.Withdrawn => (404, "RevisionNotFound"),
            _ => (403, "GatedRepo"),
        };
    }

    private static int Write(Caller caller, bool isPrivate, bool manages)
    {
        if (!Sees(caller, isPrivate))
            return Hidden(caller).Status;
        return caller switch
        {
            Caller.Anonymous => 401,
            Caller.Maintainer or Caller.Owner or Caller.Administrator => 200,
            Caller.Contributor => manages ? 403 : 200,
            _ => 403,
        };
    }

    private async Task ExpectAsync((int Status, string? Code) expected, string path, string? token)
    {
        using var answer = await hub.GetAsync(path, token);
        var code = answer.Headers.TryGetValues("X-Error-Code", out var values) ? values.Single() : null;
        Assert.True(expected == ((int)answer.StatusCode, code), $"{path}: expected {expected}, got {(int)answer.StatusCode} {code}");
        using var head = await hub.SendAsync(HttpMethod.Head, path, token, null);
        Assert.Equal(answer.StatusCode, head.StatusCode);
        Assert.Equal(code, head.Headers.TryGetValues("X-Error-Code", out var again) ? again.Single() : null);
    }
}

public sealed class AccessMatrixOnSqliteTests(AccessHub hub) : AccessMatrixTests(hub), IClassFixture<AccessHub>;

public sealed class AccessMatrixOnPostgresTests(AccessPostgresHub hub) : AccessMatrixTests(hub), IClassFixture<AccessPostgresHub>;
