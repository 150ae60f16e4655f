using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Assay.Hub.Tests;
using Assay.Server.Commands;
using Assay.Server.Observability;
using Assay.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay.Server.Tests;

/// <summary>Backup, checks and logs, with damage done to copies of a running hub.</summary>
public sealed class OperationTests(RunningHub hub) : IClassFixture<RunningHub>, IDisposable
{
    private static readonly byte[] Payload = "cos\nsystem\n(S'echo assay'\ntR."u8.ToArray();

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.Postgres)]
    public async Task A_restored_hub_has_the_same_rows_and_contents(DatabaseKind kind)
    {
        TestDatabase.Require(kind);
        await using var database = await TestDatabase.CreateAsync(kind);
        await FillAsync("hypatia-" + kind);
        await RunOk("backup", _folder["one"]);
        string[] place = database.Address is { } address ? ["--database", address] : [];
        var restored = await RunIn(_folder["hub"], [.. place, "restore-backup", _folder["one"]]);
        Assert.True(restored.ExitCode == 0, restored.Error);
        var again = await RunIn(_folder["hub"], [.. place, "backup", _folder["two"]]);
        Assert.True(again.ExitCode == 0, again.Error);
        foreach (var table in Directory.EnumerateFiles(_folder["one/tables"]))
        {
            var name = Path.GetFileName(table);
            Assert.Equal(Sorted(table), Sorted(_folder["two/tables/" + name]));
        }

        Assert.NotEmpty(Sorted(_folder["one/tables/Revisions.jsonl"]));
        Assert.Equal(Contents(_folder["one"]), Contents(_folder["two"]));
        Assert.Equal(0, (await RunIn(_folder["hub"], [.. place, "verify-store"])).ExitCode);
        Assert.Equal(0, (await RunIn(_folder["hub"], [.. place, "verify-audit"])).ExitCode);
    }

    [Fact]
    public async Task A_backup_folder_is_brought_up_to_date()
    {
        var token = await FillAsync("emmy");
        await RunOk("backup", _folder["backup"]);
        var before = Contents(_folder["backup"]);
        var written = File.GetLastWriteTimeUtc(_folder["backup/" + before[0]]);
        await hub.CommitAsync(token, "emmy/model", ("more.txt", "more of it"u8.ToArray()));
        await RunOk("backup", _folder["backup"]);
        Assert.Subset(Contents(_folder["backup"]).ToHashSet(), before.ToHashSet());
        Assert.True(Contents(_folder["backup"]).Count > before.Count);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["backup/" + before[0]]));
        Assert.Equal(0, (await RunIn(_folder["hub"], "restore", "--backup", _folder["backup"])).ExitCode);
    }

    [Theory]
    [InlineData("a table that was changed")]
    [InlineData("a table that is missing")]
    [InlineData("a content that was changed")]
    [InlineData("a content that is missing")]
    [InlineData("no manifest")]
    public async Task A_damaged_backup_is_refused_as_a_whole(string damage)
    {
        await FillAsync("sophie" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3)));
        var root = _folder["backup"];
        await RunOk("backup", root);
        var content = Path.Combine(root, Contents(root)[0]);
        var accounts = Path.Combine(root, "tables", "Accounts.jsonl");
        switch (damage)
        {
            case "a table that was changed":
                File.WriteAllText(accounts, File.ReadAllText(accounts).Replace("\"IsAdministrator\":false", "\"IsAdministrator\":true", StringComparison.Ordinal));
                break;
            case "a table that is missing":
                File.Delete(accounts);
                break;
            case "a content that was changed":
                File.WriteAllText(content, "something else");
                break;
            case "a content that is missing":
                File.Delete(content);
                break;
            default:
                File.Delete(Path.Combine(root, "manifest.json"));
                break;
        }

        var run = await RunIn(_folder["hub"], "restore-backup", root);
        Assert.Equal(2, run.ExitCode);
        Assert.False(File.Exists(_folder["hub/hub.db"]));
    }

    [Fact]
    public async Task A_backup_is_not_put_among_other_files_and_overwrites_none()
    {
        _folder.Write("mine/letter.txt", "dear");
        Assert.Equal(2, (await Run("backup", _folder["mine"])).ExitCode);
        _folder.Write("old.tar", "old");
        Assert.Equal(2, (await Run("backup", _folder["old.tar"])).ExitCode);
        Assert.Equal("old", File.ReadAllText(_folder["old.tar"]));
    }

    [Fact]
    public async Task What_was_changed_or_taken_out_of_the_audit_trail_is_found()
    {
        await FillAsync("cecilia");
        await RunOk("backup", _folder["backup"]);
        await RunIn(_folder["hub"], "restore-backup", _folder["backup"]);
        var head = (string)JsonNode.Parse((await RunIn(_folder["hub"], "verify-audit", "--format", "json")).Output)!["head"]!;
        Execute("DELETE FROM AuditEntries WHERE Sequence = (SELECT MAX(Sequence) FROM AuditEntries)");
        Assert.Equal(0, (await RunIn(_folder["hub"], "verify-audit")).ExitCode);
        Assert.Equal(1, (await RunIn(_folder["hub"], "verify-audit", "--expect-head", head)).ExitCode);
        Execute("UPDATE AuditEntries SET Actor = 'somebody else' WHERE Sequence = 2");
        var changed = await RunIn(_folder["hub"], "verify-audit");
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("Entry 2", changed.Output, StringComparison.Ordinal);
        Execute("DELETE FROM AuditEntries WHERE Sequence = 2");
        Assert.Contains("Entry 2 is missing", (await RunIn(_folder["hub"], "verify-audit")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_content_that_nothing_refers_to_is_told_and_no_damage()
    {
        await FillAsync("lise");
        await RunOk("backup", _folder["backup"]);
        await RunIn(_folder["hub"], "restore-backup", _folder["backup"]);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData("stray"u8));
        _folder.Write($"hub/blobs/sha256/{sha256[..2]}/{sha256[2..4]}/{sha256}", "stray");
        var check = await RunIn(_folder["hub"], "verify-store", "--format", "json");
        Assert.Equal(0, check.ExitCode);
        Assert.Equal(("orphaned", sha256), ((string)JsonNode.Parse(check.Output)!["items"]![0]!["problem"]!, (string)JsonNode.Parse(check.Output)!["items"]![0]!["sha256"]!));
    }

    [Fact]
    public async Task The_only_administrator_is_not_locked_out()
    {
        foreach (var arguments in (string[][])[["user", "disable", "admin"], ["user", "promote", "admin", "--administrator", "--remove"]])
        {
            var run = await Run(arguments);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("only administrator", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_report_is_decided_as_the_hub_decided_it()
    {
        var token = await hub.CreateUserAsync("vera");
        await hub.CreateRepositoryAsync(token, "vera/model");
        var commit = await hub.CommitAsync(token, "vera/model", ("weights.pkl", Payload));
        var shown = await Run("revision", "show", (string)commit["assay"]!["reference"]!);
        Assert.Contains("critical", shown.Output, StringComparison.Ordinal);
        var json = JsonNode.Parse((await Run("revision", "show", (string)commit["assay"]!["reference"]!, "--format", "json")).Output)!;
        var report = _folder.Write("report.json", json["report"]!.ToJsonString());
        var tested = await Run("policy", "test", _folder.Write("policy.yaml", "profile: balanced\n"), "--report", report, "--format", "json");
        Assert.True(tested.ExitCode == 0, tested.Error);
        Assert.Equal((string?)json["state"], (string?)JsonNode.Parse(tested.Output)!["decision"]!["outcome"]);
        Assert.Equal(3, (await Run("policy", "test", _folder["policy.yaml"], "--report", _folder.Write("hostile.json", "{\"schema\":\"assay.report/v1\",\"artifacts\":[{}]}"))).ExitCode);
    }

    [Fact]
    public async Task Arguments_that_begin_with_an_at_sign_read_no_files()
    {
        var secret = _folder.Write("secret", "disable\nadmin\n");
        Assert.Equal(3, (await Run("user", "@" + secret)).ExitCode);
    }

    [Fact]
    public async Task Downloads_are_listed_with_those_who_made_them()
    {
        var token = await FillAsync("rachel");
        using (var file = await hub.GetAsync("/rachel/model/resolve/main/weights.npy", token))
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        await hub.Services.GetRequiredService<Hub.Ledger.DownloadLedger>().FlushAsync(TestContext.Current.CancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var run = await Run("ledger", "--repository", "rachel/model", "--format", "json");
            var items = JsonNode.Parse(run.Output)!["items"]!.AsArray();
            if (items.Count == 0 && attempt < 100)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken); // it is written a moment later
                continue;
            }

            Assert.Equal("rachel", (string?)Assert.Single(items)!["user"]);
            Assert.Equal(1, (int)JsonNode.Parse(run.Output)!["users"]!);
            Assert.Equal("weights.npy", (string?)items[0]!["path"]);
            break;
        }

        Assert.Empty(JsonNode.Parse((await Run("ledger", "--repository", "rachel/model", "--since", "2999-01-01", "--format", "json")).Output)!["items"]!.AsArray());
    }

    [Fact]
    public async Task No_secret_is_in_the_log()
    {
        var log = new RecordingProvider();
        hub.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var token = await FillAsync("ruth");
        var content = RandomNumberGenerator.GetBytes(1000);
        var batch = new JsonObject { ["operation"] = "download", ["objects"] = new JsonArray(new JsonObject { ["oid"] = await hub.UploadAsync(token, "ruth/model", content), ["size"] = content.Length }) };
        using (await hub.PostAsync("/ruth/model.git/info/lfs/objects/batch", token, batch))
        using (await hub.GetAsync("/api/models/ruth/model?token=" + token))
        using (await hub.SendAsync(HttpMethod.Get, "/api/whoami-v2", null, null, r => r.Headers.TryAddWithoutValidation("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ruth:" + token)))))
        using (await hub.GetAsync("/lfs/objects/c2VjcmV0LWdyYW50.c2lnbmF0dXJl"))
            Assert.NotEmpty(log.Lines);
        var text = string.Join('\n', log.Lines);
        Assert.Contains("/lfs/objects/…", text, StringComparison.Ordinal);
        Assert.Contains("ruth", text, StringComparison.Ordinal);
        foreach (var secret in (string[])[token, Convert.ToBase64String(Encoding.UTF8.GetBytes("ruth:" + token)), "c2VjcmV0LWdyYW50", RunningHub.AdminToken, "Bearer"])
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/lfs/objects/abc.def", "/lfs/objects/…")]
    [InlineData("/lfs/verify/abc.def", "/lfs/verify/…")]
    [InlineData("/ada/tiny/resolve/main/lfs/objects/a.txt", "/ada/tiny/resolve/main/lfs/objects/a.txt")]
    public void A_signed_address_is_cut_and_others_are_not(string path, string logged) => Assert.Equal(logged, RequestLog.PathOf(path));

    [Fact]
    public async Task What_waits_is_measured()
    {
        var text = await (await hub.GetAsync("/metrics")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var name in (string[])["assay_revisions_waiting ", "assay_revisions_quarantined ", "assay_store_free_bytes "])
            Assert.Contains("\n" + name, text, StringComparison.Ordinal);
    }

    private async Task<string> FillAsync(string user)
    {
        var token = await hub.CreateUserAsync(user);
        await hub.CreateRepositoryAsync(token, user + "/model");
        await hub.CommitAsync(token, user + "/model", ("config.json", "{}"u8.ToArray()), ("weights.npy", RandomNumberGenerator.GetBytes(5000)), ("README.md", Encoding.UTF8.GetBytes("---\nlicense: mit\n---\n# Größe ünd \u2028 more\n")));
        await hub.CommitAsync(token, user + "/model", ("bad.pkl", Payload));
        return token;
    }

    private void Execute(string statement)
    {
        using var connection = new SqliteConnection("Data Source=" + _folder["hub/hub.db"]);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    // PostgreSQL keeps microseconds; the last digit of a time is not compared.
    private static List<string> Sorted(string table) => [.. File.ReadAllLines(table).Select(static l => Regex.Replace(l, @"(:\d\d\.\d{6})\dZ", "$1Z")).Order(StringComparer.Ordinal)];

    private static List<string> Contents(string backup) =>
        [.. Directory.EnumerateFiles(Path.Combine(backup, "blobs"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(backup, f)).Order(StringComparer.Ordinal)];

    private Task<OtherProgram.Outcome> Run(params string[] arguments) => RunIn(hub.DataFolder, arguments);

    private async Task RunOk(params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private static async Task<OtherProgram.Outcome> RunIn(string data, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await ServerCommandLine.RunAsync(["admin", "--data", data, .. arguments], output, error);
        return new OtherProgram.Outcome(exitCode, output.ToString(), error.ToString());
    }

    private sealed class RecordingProvider : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Recorder(Lines);

        public void Dispose()
        {
        }

        private sealed class Recorder(ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{formatter(state, exception)} {(state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : "")} {exception}");
        }
    }
}
