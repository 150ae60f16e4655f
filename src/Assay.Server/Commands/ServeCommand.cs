using System.CommandLine;
using Assay.Hub.Admission;
using Assay.Hub.Engagement;
using Assay.Scanning;

namespace Assay.Server.Commands;

/// <summary><c>assay serve</c>.</summary>
internal static class ServeCommand
{
    // Part of the contract, and not there yet: said at once, instead of being ignored.
    private static readonly (string Name, string Message)[] Later =
    [
        ("--upstream", "this hub serves what is uploaded to it, and fetches nothing from others."),
        ("--blobs", "contents are kept in a folder of the data folder."),
        ("--queue", "work is distributed by the database."),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var location = new HubLocation();
        var listen = new Option<string?>("--listen") { Description = "Where to listen (ASSAY_LISTEN; default: http://127.0.0.1:7070)" };
        var publicUrl = new Option<string?>("--public-url") { Description = "Scheme and host that clients use, when a proxy stands in front (ASSAY_PUBLIC_URL)" };
        var command = new Command("serve", "Starts the hub.") { listen, publicUrl };
        location.AddTo(command);
        foreach (var (name, later) in Later)
        {
            var option = new Option<string?>(name) { Hidden = true };
            option.Validators.Add(result => result.AddError($"{name} is not supported yet: {later}"));
            command.Options.Add(option);
        }

        command.SetAction((result, cancellation) => RunAsync(location, result, new ServerOptions
        {
            Listen = HubLocation.Value(result, listen, "ASSAY_LISTEN") ?? new ServerOptions().Listen,
            PublicUrl = HubLocation.Value(result, publicUrl, "ASSAY_PUBLIC_URL")?.TrimEnd('/'),
            Telemetry = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : null,
            TrustedProxies = ProxiesOf(Environment.GetEnvironmentVariable("ASSAY_TRUSTED_PROXIES") ?? ""),
            Drain = HubLocation.Seconds("ASSAY_DRAIN") ?? TimeSpan.Zero,
        }, cancellation));
        return command;
    }

    /// <summary><c>assay worker</c>: vets, and serves nothing but its health.</summary>
    public static Command CreateWorker()
    {
        var location = new HubLocation();
        var listen = new Option<string?>("--listen") { Description = "Where its health is asked for (ASSAY_LISTEN; default: http://127.0.0.1:7071)" };
        var command = new Command("worker", "Vets revisions of a hub that runs elsewhere, with the same database and store.") { listen };
        location.AddTo(command);
        command.SetAction((result, cancellation) => RunAsync(location, result, new ServerOptions { Listen = HubLocation.Value(result, listen, "ASSAY_LISTEN") ?? "http://127.0.0.1:7071", IsWorker = true }, cancellation));
        return command;
    }

    private static List<System.Net.IPNetwork> ProxiesOf(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static text => System.Net.IPNetwork.TryParse(text, out var network) ? network : throw new FormatException($"ASSAY_TRUSTED_PROXIES is a list of prefixes such as 10.0.0.0/8, and \"{text}\" is none."))];

    private static async Task<int> RunAsync(HubLocation location, ParseResult result, ServerOptions options, CancellationToken cancellation)
    {
        var hub = location.Read(result);
        hub = hub with { Publishers = hub.Publishers with { Audience = options.PublicUrl ?? hub.Publishers.Audience } };
        Directory.CreateDirectory(hub.DataFolder);
        var app = ServerHost.Build(hub, options);
        await using (app.ConfigureAwait(false))
        {
            _ = app.Services.GetRequiredService<PolicySource>().Current; // a policy that cannot be read stops the start
            _ = app.Services.GetRequiredService<HostingRanges>(); // and so does a list of ranges
            var token = await ServerHost.PrepareAsync(app.Services, Environment.GetEnvironmentVariable("ASSAY_ADMIN_TOKEN") is { Length: > 0 } set ? set : null, cancellation).ConfigureAwait(false);
            await app.StartAsync(cancellation).ConfigureAwait(false);
            await Console.Error.WriteLineAsync($"assay {Engine.Version} listens on {string.Join(' ', app.Urls)}, data in {hub.DataFolder}").ConfigureAwait(false);
            if (token is not null)
            {
                await Console.Error.WriteLineAsync("The account admin was created. Its token, shown this once:").ConfigureAwait(false);
                await Console.Out.WriteLineAsync(token).ConfigureAwait(false);
            }

            await app.WaitForShutdownAsync(cancellation).ConfigureAwait(false);
            return 0;
        }
    }
}
