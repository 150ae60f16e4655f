using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Server.Administration;
using Assay.Server.Observability;
using Assay.Server.Pages;
using Assay.Server.Web;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server;

/// <summary>Puts the server together.</summary>
internal static class ServerHost
{
    /// <summary>Builds a server that is ready to run.</summary>
    /// <param name="hub">Settings of the hub.</param>
    /// <param name="options">Settings of the server.</param>
    public static WebApplication Build(HubOptions hub, ServerOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(ServerHost).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(static o => o.UseUtcTimestamp = true);
        // Standard output is for results: the token of a first start stands alone there.
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(static o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical); // what fails is told by those who asked
        // Warns at each start that keys rest unencrypted in the data folder, as everything does there.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.UseUrls(options.Listen);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // each slice has its own limit
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
            kestrel.Limits.MaxRequestLineSize = 16 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            // Who sends or reads less than this for so long only holds a connection.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 500, gracePeriod: TimeSpan.FromSeconds(30));
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 500, gracePeriod: TimeSpan.FromSeconds(60));
            kestrel.Limits.MaxConcurrentConnections = 10_000;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
        });
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddAssayHub(hub).AddAssayHubLoops();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<UrlSigner>();
        builder.Services.AddSingleton<MetricsPage>();
        builder.Services.AddSingleton<HubGauges>();
        builder.Services.AddHostedService<Telemetry>();
        builder.Services.AddHostedService<Draining>();
        Sessions.Register(builder.Services, hub, options);
        OwnApi.Register(builder.Services);
        PageSite.Register(builder.Services);
        var app = builder.Build();
        if (options.TrustedProxies.Count > 0)
        {
            // From the right, as long as those who say it are trusted: what a client claims of itself stands to the left.
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var network in options.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);
            app.UseForwardedHeaders(forwarded);
        }

        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<RequestGuard>();
        if (!options.IsWorker)
        {
            app.UseMiddleware<RateLimits>();
            app.UseMiddleware<RequestPrincipal>();
            app.UseMiddleware<SessionPrincipal>(true);
            app.UseMiddleware<HubRouter>(Endpoints.Hub);
            app.UseMiddleware<SessionPrincipal>(false);
            app.UseMiddleware<ApiGate>();
            app.UseMiddleware<PageRouter>(Endpoints.Pages, Endpoints.RepositoryPages);
        }

        app.MapGet("/healthz", static () => Results.Text("ok\n"));
        app.MapGet("/metrics", static async (MetricsPage metrics, HubGauges gauges, CancellationToken cancellation) =>
            Results.Text(metrics.Render() + await gauges.RenderAsync(cancellation).ConfigureAwait(false), "text/plain; version=0.0.4; charset=utf-8"));
        app.Services.GetRequiredService<MetricsPage>(); // gathers from the start
        var stopping = app.Lifetime.ApplicationStopping;
        app.MapGet("/readyz", async (IDbContextFactory<HubDb> databases, CancellationToken cancellation) =>
        {
            // Those who balance load stop sending while what runs is finished.
            if (stopping.IsCancellationRequested)
                return Results.Text("stopping\n", statusCode: 503);
            var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
                return await db.Database.CanConnectAsync(cancellation).ConfigureAwait(false) ? Results.Text("ready\n") : Results.Text("the database does not answer\n", statusCode: 503);
        });
        if (!options.IsWorker)
            OwnApi.Map(app); // its gate stands before it only here
        return app;
    }

    /// <summary>Brings the data to this version's form, and makes the first account.</summary>
    /// <param name="services">Of the server.</param>
    /// <param name="adminToken">The token of <c>admin</c>, where the operator has chosen it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>A token that was made and is shown once; null when there is none.</returns>
    public static async Task<string?> PrepareAsync(IServiceProvider services, string? adminToken, CancellationToken cancellation)
    {
        await HubRegistration.MigrateAsync(services, cancellation).ConfigureAwait(false);
        var accounts = services.GetRequiredService<AccountRegistry>();
        var outcome = await accounts.CreateAsync(Principal.System, AccountKind.User, "admin", "Administrator", null, null, static a => (a.IsAdministrator, a.IsReviewer) = (true, true), cancellation).ConfigureAwait(false);
        Account admin;
        if (outcome is AccountOutcome.Done done)
        {
            admin = done.Account;
        }
        else
        {
            var db = await services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                admin = await db.Accounts.AsNoTracking().FirstAsync(static a => a.Key == "admin", cancellation).ConfigureAwait(false);
                if (adminToken is null || await accounts.FindByTokenAsync(db, adminToken, cancellation).ConfigureAwait(false) is not null)
                    return null;
            }

            // The operator set another token: it takes the place of the one that was set before.
            await ReplaceAsync(services, admin, cancellation).ConfigureAwait(false);
        }

        var (secret, _, problem) = await accounts.CreateTokenAsync(Principal.System, admin.Id, adminToken is null ? "first start" : "ASSAY_ADMIN_TOKEN", TokenRole.Write, "", null, adminToken, cancellation).ConfigureAwait(false);
        if (problem is not null)
            throw new FormatException("ASSAY_ADMIN_TOKEN cannot be used: " + problem);
        return adminToken is null ? secret : null;
    }

    private static async Task ReplaceAsync(IServiceProvider services, Account admin, CancellationToken cancellation)
    {
        var db = await services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var old = await db.AccessTokens.AsNoTracking().FirstOrDefaultAsync(t => t.UserId == admin.Id && t.Name == "ASSAY_ADMIN_TOKEN" && t.RevokedAt == null, cancellation).ConfigureAwait(false);
            if (old is not null)
                await services.GetRequiredService<AccountRegistry>().RevokeTokenAsync(Principal.System, admin.Id, old.Id, cancellation).ConfigureAwait(false);
        }
    }
}
