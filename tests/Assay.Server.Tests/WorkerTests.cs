using System.Net;
using Assay.Hub;
using Assay.Testing;

namespace Assay.Server.Tests;

public sealed class WorkerTests
{
    [Fact]
    public async Task A_worker_answers_for_its_health_and_for_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var app = ServerHost.Build(new HubOptions { DataFolder = folder.Path, MinFreeBytes = 1 << 20 }, new ServerOptions { Listen = "http://127.0.0.1:0", IsWorker = true });
        await using (app)
        {
            await ServerHost.PrepareAsync(app.Services, RunningHub.AdminToken, TestContext.Current.CancellationToken);
            await app.StartAsync(TestContext.Current.CancellationToken);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz", TestContext.Current.CancellationToken)).StatusCode);
            foreach (var path in (string[])["/", "/login", "/api/models", "/api/assay/v1/users", "/api/assay/v1/audit", "/api/assay/v1/openapi.json"])
                Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }
}
