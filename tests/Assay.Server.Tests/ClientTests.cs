using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Persistence;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Server.Tests;

/// <summary>The real JavaScript client against a running hub; both incidents are stopped on their way to its users.</summary>
[Trait("Slow", "true")]
public sealed class ClientTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static readonly string Folder = Checkout.PathOf("tests/interop");

    [Fact]
    public void The_JavaScript_client_finds_what_it_knows_from_the_hub_it_knows()
    {
        var outcome = Run(RunningHub.AdminToken, "conformance");
        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
    }

    [Fact]
    public void The_JavaScript_client_uploads_by_Xet()
    {
        var outcome = RunScript("hub-xet.mjs", RunningHub.AdminToken);
        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
    }

    [Fact]
    public async Task The_copy_of_a_known_model_is_refused_and_the_genuine_one_served()
    {
        await CheckIncidentAsync("openosscopy", Incidents.FakeFilter, "loader.py", Incidents.GenuineFilter);
    }

    [Fact]
    public async Task The_backdoored_checkpoint_is_refused_and_the_genuine_one_served()
    {
        await CheckIncidentAsync("backdoor", Incidents.BackdooredCheckpoint, "pytorch_model.bin", Incidents.GenuineCheckpoint);
    }

    [Fact]
    public async Task A_later_withdrawal_reaches_the_client()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var token = await hub.CreateUserAsync("withdrawn");
        using var folder = new TemporaryFolder();
        var upload = Upload(token, Incidents.GenuineFilter.WriteTo(folder.Path), "withdrawn/filter");
        Assert.StartsWith("served ", upload["downloads"]!["README.md"]!.GetValue<string>(), StringComparison.Ordinal);

        await using (var db = await hub.Services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation))
        {
            var repository = await db.Repositories.FirstAsync(static r => r.Key == "model:withdrawn/filter", cancellation);
            var outcome = await hub.Services.GetRequiredService<AdmissionWorkflow>().SetWithdrawnAsync(repository.Id, true, Principal.System, "It sends what it reads to a stranger.", cancellation);
            Assert.IsType<AdmissionOutcome.Changed>(outcome);
        }

        var again = JsonNode.Parse(Run(token, "fetch", "withdrawn/filter", "README.md").Output)!["outcome"]!.GetValue<string>();
        Assert.StartsWith("404 ", again, StringComparison.Ordinal);
        Assert.Contains("It sends what it reads to a stranger.", again, StringComparison.Ordinal);
        // The answer that stops a client which has a copy of the branch.
        using var answer = await hub.SendAsync(HttpMethod.Head, "/withdrawn/filter/resolve/main/README.md", null, null);
        Assert.Equal("RevisionNotFound", answer.Headers.GetValues("X-Error-Code").Single());
    }

    [Fact]
    public async Task The_client_says_whom_an_imitation_imitates()
    {
        using var folder = new TemporaryFolder();
        var genuine = Upload(await hub.CreateUserAsync("openai"), Incidents.NamedFilter.WriteTo(folder.Path), "openai/privacy-filter");
        Assert.Equal("served", genuine["info"]!.GetValue<string>());
        var token = await hub.CreateUserAsync("imitator");
        await hub.CreateOrganizationAsync("Open-OSS", ("imitator", MemberRole.Owner));
        var held = Upload(token, Incidents.ImitatedFilter.WriteTo(folder.Path), "Open-OSS/privacy-filter");
        Assert.Contains("looks like an imitation of openai/privacy-filter", held["hookOutput"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var told in held["downloads"]!.AsObject().Select(static d => d.Value!.GetValue<string>()).Append(held["info"]!.GetValue<string>()))
        {
            Assert.StartsWith("403 ", told, StringComparison.Ordinal);
            Assert.Contains("looks like an imitation of openai/privacy-filter", told, StringComparison.Ordinal);
        }

        Assert.False(held["listed"]!.GetValue<bool>());
    }

    private async Task CheckIncidentAsync(string user, Incidents.Repository fake, string payload, Incidents.Repository genuine)
    {
        var token = await hub.CreateUserAsync(user);
        using var folder = new TemporaryFolder();
        var refused = Upload(token, fake.WriteTo(folder.Path), user + "/model");
        Assert.StartsWith("Refused: ", refused["hookOutput"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var (path, result) in refused["downloads"]!.AsObject())
            Assert.True(result!.GetValue<string>().StartsWith("403 ", StringComparison.Ordinal) || path == ".gitattributes", $"{path}: {result}");
        var told = refused["downloads"]![payload]!.GetValue<string>();
        Assert.Matches(@"malicious.*\[A-[2-9A-Z]{4,}\].*Report: http://.*/v/A-", told);
        Assert.StartsWith("403 ", refused["info"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(refused["listed"]!.GetValue<bool>());

        var served = Upload(token, genuine.WriteTo(folder.Path), user + "/genuine");
        Assert.Equal("", served["hookOutput"]!.GetValue<string>());
        foreach (var (path, result) in served["downloads"]!.AsObject())
            Assert.True(result!.GetValue<string>().StartsWith("served ", StringComparison.Ordinal), $"{path}: {result}");
        Assert.Equal("served", served["info"]!.GetValue<string>());
        Assert.True(served["listed"]!.GetValue<bool>());
    }

    private JsonObject Upload(string token, string folder, string repository)
    {
        var outcome = Run(token, "incident", folder, repository);
        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
        return JsonNode.Parse(outcome.Output.Trim().Split('\n')[^1])!.AsObject();
    }

    private OtherProgram.Outcome Run(string token, params string[] arguments) => RunScript("hub-client.mjs", token, arguments);

    private OtherProgram.Outcome RunScript(string script, string token, params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "@huggingface", "hub")))
            Assert.Skip("The JavaScript client is not installed: npm ci --prefix tests/interop");
        return OtherProgram.Run("node", [script, .. arguments], Folder, variables: [("HUB_URL", hub.Address.ToString().TrimEnd('/')), ("HUB_TOKEN", token)]);
    }
}
