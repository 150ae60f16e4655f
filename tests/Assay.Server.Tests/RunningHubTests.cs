using System.Text;

namespace Assay.Server.Tests;

public sealed class RunningHubTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task What_is_committed_is_vetted_and_served_byte_for_byte()
    {
        var token = await hub.CreateUserAsync("starter");
        await hub.CreateRepositoryAsync(token, "starter/tiny");
        var binary = new byte[100_000];
        new Random(7).NextBytes(binary);
        binary[3] = 0;
        var commit = await hub.CommitAsync(token, "starter/tiny", ("config.json", Encoding.UTF8.GetBytes("{\"model_type\":\"bert\"}")), ("noise.bin", binary));
        Assert.Equal("admitted", commit["assay"]?["state"]?.GetValue<string>());
        using var answer = await hub.GetAsync("/starter/tiny/resolve/main/noise.bin");
        Assert.Equal(binary, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}
