using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub;
using Assay.Hub.Admission;
using Assay.Hub.Audit;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay.Server.Tests;

/// <summary>
/// The server as a process of its own, killed at random while it migrates, takes in uploads, commits and vets. Each time its data must be in
/// order: nothing unvetted served, nothing acknowledged lost, store and audit trail whole. ASSAY_CRASH_ROUNDS says how often.
/// </summary>
[Trait("Slow", "true")]
public sealed class CrashTests
{
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("ASSAY_CRASH_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 50;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_killed_while_it_makes_its_database_starts_the_next_time()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < Math.Max(3, Rounds / 5); round++)
        {
            using var folder = new TemporaryFolder();
            using (var victim = new ServerProcess(folder["data"]))
            {
                await Task.Delay(random.Next(100, 1200), Cancellation);
                victim.Kill();
            }

            using var server = new ServerProcess(folder["data"]);
            Assert.True(await server.WaitUntilReadyAsync(Cancellation), $"seed {seed}, round {round}: {server.Said}");
            Assert.True(await new Client(server.Address!, null).IsReadyAsync(Cancellation));
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_at_any_time_serves_nothing_unvetted_and_loses_nothing()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {Rounds} rounds");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var work = new Workload();
        for (var round = 0; round < Rounds; round++)
        {
            // Answers that wait for the verdict, and answers that do not.
            using (var server = new ServerProcess(folder["data"], verdictWait: round % 3 == 2 ? 5 : 0))
            {
                // One in six dies while it starts.
                if (round > 0 && random.Next(6) == 0)
                {
                    await Task.Delay(random.Next(700), Cancellation);
                    server.Kill();
                }
                else
                {
                    Assert.True(await server.WaitUntilReadyAsync(Cancellation), $"seed {seed}, round {round}: {server.Said}");
                    if (round == 0)
                        await Workload.PrepareAsync(new Client(server.Address!, RunningHub.AdminToken), Cancellation);
                    using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
                    var writers = Enumerable.Range(0, 4).Select(i => work.RunAsync(new Client(server.Address!, RunningHub.AdminToken), round, i, stop.Token)).ToArray();
                    // After so many answers, wherever the next ones then are: however busy the machine, something was done.
                    var (enough, patience) = (work.Answers + random.Next(14), Stopwatch.StartNew());
                    while (work.Answers < enough && patience.Elapsed < TimeSpan.FromSeconds(10))
                        await Task.Delay(5, Cancellation);
                    await Task.Delay(random.Next(200), Cancellation);
                    server.Kill();
                    await stop.CancelAsync();
                    await Task.WhenAll(writers);
                }
            }

            await CheckAsync(folder["data"], work, $"seed {seed}, round {round}");
        }

        using var last = new ServerProcess(folder["data"]);
        Assert.True(await last.WaitUntilReadyAsync(Cancellation), last.Said);
        await work.CheckServedAsync(new Client(last.Address!, null), Cancellation);
        last.Kill();
        await CheckAsync(folder["data"], work, $"seed {seed}, at the end");
        TestContext.Current.TestOutputHelper?.WriteLine($"{work.Honest.Count} honest and {work.Hostile.Count} hostile commits were acknowledged, {work.Admitted.Count} revisions admitted");
        // Without work nothing was proven.
        Assert.True(work.Honest.Count >= Rounds && work.Hostile.Count >= Rounds / 10 && work.Admitted.Count >= Rounds / 2, "the server was killed too early to have done anything");
    }

    // What the process left, without another that could put it in order first.
    private static async Task CheckAsync(string data, Workload work, string when)
    {
        var collection = new ServiceCollection();
        collection.AddLogging(static b => b.ClearProviders());
        collection.AddAssayHub(new HubOptions { DataFolder = data });
        await using (var services = collection.BuildServiceProvider())
        {
            await using var db = await services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(Cancellation);
            var audit = await AuditLog.VerifyAsync(db, Cancellation);
            Assert.True(audit.Problem is null, $"{when}: {audit.Problem}");
            var store = await services.GetRequiredService<BlobSweeper>().VerifyAsync(false, null, Cancellation);
            Assert.True(store.Missing.Count == 0 && store.Damaged.Count == 0, $"{when}: {store.Missing.Count} missing, {store.Damaged.Count} damaged");
            var all = await db.Revisions.AsNoTracking().ToListAsync(Cancellation);
            // Repositories made in the same second begin with the same commit.
            var inRepository = all.ToDictionary(static r => (r.RepositoryId, r.CommitId));
            var revisions = all.Where(static r => !r.IsInitial).ToDictionary(static r => r.CommitId, StringComparer.Ordinal);
            foreach (var gitRef in await db.GitRefs.AsNoTracking().Where(static r => r.ServedCommit != null).ToListAsync(Cancellation))
                Assert.True(inRepository[(gitRef.RepositoryId, gitRef.ServedCommit!)].State == RevisionState.Admitted, $"{when}: {gitRef.ServedCommit} is served and not admitted");
            var decided = (await db.RevisionDecisions.AsNoTracking().Where(static d => d.Outcome == "admitted").Select(static d => d.RevisionId).ToListAsync(Cancellation)).ToHashSet();
            var jobs = (await db.VettingJobs.AsNoTracking().Select(static j => j.RevisionId).ToListAsync(Cancellation)).ToHashSet();
            foreach (var revision in all)
            {
                if (revision.State == RevisionState.Admitted)
                    Assert.True(revision.IsInitial || decided.Contains(revision.Id), $"{when}: {revision.CommitId} was admitted without a decision");
                if (revision.State == RevisionState.Admitted)
                    work.Admitted.Add(revision.Id);
                else
                    Assert.False(work.Admitted.Contains(revision.Id), $"{when}: {revision.CommitId} was admitted and is {revision.State}");
                if (revision.State is RevisionState.Received or RevisionState.Vetting)
                    Assert.True(jobs.Contains(revision.Id), $"{when}: {revision.CommitId} waits for a check that nobody will make");
            }

            foreach (var (commit, isAdmitted) in work.Acknowledged())
            {
                Assert.True(revisions.TryGetValue(commit, out var revision), $"{when}: {commit} was acknowledged and is lost");
                if (isAdmitted)
                    Assert.True(revision.State == RevisionState.Admitted, $"{when}: {commit} was admitted and is {revision.State}");
            }

            foreach (var commit in work.Hostile.Keys)
                Assert.True(revisions[commit].State != RevisionState.Admitted, $"{when}: hostile {commit} was admitted");
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    /// <summary>What clients do meanwhile, and what they were told.</summary>
    private sealed class Workload
    {
        private const string Payload = "cposix\nsystem\n(S'echo tested'\ntR.";
        private const int Writers = 4;

        /// <summary>Acknowledged commits with their file and whether the answer said that it was admitted.</summary>
        public ConcurrentDictionary<string, (int Repository, string Path, byte[] Content, bool IsAdmitted)> Honest { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, (int Repository, string Path)> Hostile { get; } = new(StringComparer.Ordinal);

        public int Answers => Honest.Count + Hostile.Count;

        /// <summary>Revisions that were found admitted after some crash, and have to stay so.</summary>
        public HashSet<Guid> Admitted { get; } = [];

        public IEnumerable<(string Commit, bool IsAdmitted)> Acknowledged() => Honest.Select(static p => (p.Key, p.Value.IsAdmitted)).Concat(Hostile.Select(static p => (p.Key, false)));

        public static async Task PrepareAsync(Client client, CancellationToken cancellation)
        {
            // Honest work and hostile work apart, so that a refused parent does not take honest children with it.
            for (var i = 0; i < Writers; i++)
                await client.PostAsync("/api/repos/create", new JsonObject { ["name"] = "crash" + i.ToString(CultureInfo.InvariantCulture), ["type"] = "model" }, cancellation);
        }

        public async Task RunAsync(Client client, int round, int writer, CancellationToken cancellation)
        {
            try
            {
                for (var n = 0; !cancellation.IsCancellationRequested; n++)
                {
                    var path = string.Create(CultureInfo.InvariantCulture, $"f{n % 5}/r{round}-{n}");
                    if (writer == Writers - 1)
                    {
                        var answer = await client.CommitAsync(writer, path + ".pkl", Encoding.UTF8.GetBytes(Payload + path), isLarge: n % 2 == 1, cancellation);
                        Hostile[answer.Commit] = (writer, path + ".pkl");
                    }
                    else
                    {
                        var content = RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(10, 300_000));
                        var answer = await client.CommitAsync(writer, path + ".dat", content, isLarge: n % 2 == 0, cancellation);
                        Honest[answer.Commit] = (writer, path + ".dat", content, answer.State == "admitted");
                    }
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or System.Text.Json.JsonException)
            {
                // The server was killed: what it had not answered may be there or not.
            }
        }

        /// <summary>When all checks are through, honest commits are served byte for byte and hostile ones are not.</summary>
        public async Task CheckServedAsync(Client client, CancellationToken cancellation)
        {
            var patience = Stopwatch.StartNew();
            foreach (var (commit, (repository, path, content, _)) in Honest)
            {
                byte[]? served;
                while ((served = await client.TryGetAsync(repository, commit, path, cancellation)) is null && patience.Elapsed < TimeSpan.FromMinutes(2))
                    await Task.Delay(200, cancellation);
                Assert.True(served is not null && content.AsSpan().SequenceEqual(served), $"{commit} {path} is not served");
            }

            foreach (var (commit, (repository, path)) in Hostile)
            {
                Assert.Null(await client.TryGetAsync(repository, commit, path, cancellation));
                Assert.Null(await client.TryGetAsync(repository, "main", path, cancellation));
            }
        }
    }

    private sealed class Client(Uri address, string? token)
    {
        private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

        public async Task<bool> IsReadyAsync(CancellationToken cancellation)
        {
            using var answer = await Http.GetAsync(new Uri(address, "/readyz"), cancellation);
            return answer.IsSuccessStatusCode;
        }

        public async Task<JsonNode> PostAsync(string path, JsonNode body, CancellationToken cancellation) => await SendAsync(HttpMethod.Post, path, JsonContent.Create(body), cancellation);

        public async Task<(string Commit, string? State)> CommitAsync(int repository, string path, byte[] content, bool isLarge, CancellationToken cancellation)
        {
            JsonObject operation;
            if (isLarge)
            {
                var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
                var batch = await PostAsync($"/admin/crash{repository}.git/info/lfs/objects/batch", new JsonObject { ["operation"] = "upload", ["objects"] = new JsonArray(new JsonObject { ["oid"] = sha256, ["size"] = content.Length }) }, cancellation);
                if (batch["objects"]![0]!["actions"]?["upload"]?["href"]?.GetValue<string>() is { } href)
                {
                    using var put = await Http.PutAsync(new Uri(href), new ByteArrayContent(content), cancellation);
                    Assert.True(put.IsSuccessStatusCode, $"upload: {(int)put.StatusCode}");
                }

                operation = new JsonObject { ["key"] = "lfsFile", ["value"] = new JsonObject { ["path"] = path, ["oid"] = sha256 } };
            }
            else
            {
                operation = new JsonObject { ["key"] = "file", ["value"] = new JsonObject { ["path"] = path, ["content"] = Convert.ToBase64String(content), ["encoding"] = "base64" } };
            }

            var answer = await SendAsync(HttpMethod.Post, $"/api/models/admin/crash{repository}/commit/main", new StringContent("{\"key\":\"header\",\"value\":{\"summary\":\"work\"}}\n" + operation.ToJsonString()), cancellation);
            return (answer["commitOid"]!.GetValue<string>(), answer["assay"]?["state"]?.GetValue<string>());
        }

        public async Task<byte[]?> TryGetAsync(int repository, string revision, string path, CancellationToken cancellation)
        {
            using var answer = await Http.GetAsync(new Uri(address, $"/admin/crash{repository}/resolve/{revision}/{path}"), cancellation);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellation) : null;
        }

        private async Task<JsonNode> SendAsync(HttpMethod method, string path, HttpContent content, CancellationToken cancellation)
        {
            using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await Http.SendAsync(request, cancellation);
            var body = await answer.Content.ReadAsStringAsync(cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body}");
            return JsonNode.Parse(body)!;
        }
    }

    /// <summary>The server's own program.</summary>
    private sealed class ServerProcess : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _said = new();
        private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServerProcess(string data, int verdictWait = 0)
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "assay-server.exe" : "assay-server"))
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var argument in (string[])["serve", "--data", data, "--listen", "http://127.0.0.1:0"])
                start.ArgumentList.Add(argument);
            start.Environment["ASSAY_ADMIN_TOKEN"] = RunningHub.AdminToken;
            start.Environment["ASSAY_LEASE"] = "2";
            start.Environment["ASSAY_VERDICT_WAIT"] = verdictWait.ToString(CultureInfo.InvariantCulture);
            start.Environment["ASSAY_MIN_FREE"] = "1000000";
            _process = Process.Start(start) ?? throw new InvalidOperationException("assay-server did not start.");
            _process.OutputDataReceived += (_, e) => Hear(e.Data);
            _process.ErrorDataReceived += (_, e) => Hear(e.Data);
            _process.EnableRaisingEvents = true;
            _process.Exited += (_, _) => _ready.TrySetResult(false);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public Uri? Address { get; private set; }

        public string Said
        {
            get
            {
                lock (_said)
                    return _said.ToString();
            }
        }

        public async Task<bool> WaitUntilReadyAsync(CancellationToken cancellation)
        {
            var first = await Task.WhenAny(_ready.Task, Task.Delay(TimeSpan.FromSeconds(60), cancellation));
            return first == _ready.Task && await _ready.Task;
        }

        /// <summary>SIGKILL: the process learns nothing of it.</summary>
        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                Kill();
            _process.Dispose();
        }

        private void Hear(string? line)
        {
            if (line is null)
                return;
            lock (_said)
            {
                if (_said.Length < 100_000)
                    _said.AppendLine(line);
            }

            const string Mark = "listens on ";
            if (line.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at && Uri.TryCreate(line[(at + Mark.Length)..].Split([',', ' '], 2)[0], UriKind.Absolute, out var address))
            {
                Address = address;
                _ready.TrySetResult(true);
            }
        }
    }
}
