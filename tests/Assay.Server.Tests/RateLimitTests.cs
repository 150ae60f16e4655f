using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http;

namespace Assay.Server.Tests;

/// <summary>Who asked for how much is not forgotten because others ask.</summary>
public sealed class RateLimitTests
{
    private const string Victim = "198.51.100.7";
    private const string Attacker = "203.0.113.9";

    private readonly Clock _clock = new();
    private readonly RateLimits _limits;

    public RateLimitTests() => _limits = new RateLimits(static _ => Task.CompletedTask, new ServerOptions { ApiQuota = Quota }, _clock);

    private static int Quota => 12_000;

    [Fact]
    public async Task Made_up_tokens_do_not_reset_the_counts_of_others()
    {
        for (var i = 0; i < Quota; i++)
            Assert.Equal(200, (await AskAsync(Victim, "hf_victim")).Status);
        Assert.Equal(429, (await AskAsync(Victim, "hf_victim")).Status);
        for (var i = 0; i < 110_000; i++)
            await AskAsync(Attacker, "hf_made_up_" + i.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(429, (await AskAsync(Victim, "hf_victim")).Status);
        // When there is no room for more tokens, a new one counts as one of its network.
        Assert.Equal((200, Quota - (Quota + 3) / 10), await AskAsync(Victim, "hf_neighbour"));
        // And another window is another count.
        _clock.Advance();
        Assert.Equal((200, Quota - 1), await AskAsync(Victim, "hf_victim"));
    }

    [Fact]
    public async Task A_network_that_makes_up_tokens_has_an_end_to_it()
    {
        for (var i = 0; i < Quota * 10; i++)
            await AskAsync(Attacker, "hf_made_up_" + i.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < 10; i++)
            await AskAsync(Attacker, null);
        Assert.Equal(429, (await AskAsync(Attacker, "hf_one_more")).Status);
        Assert.Equal(200, (await AskAsync(Victim, null)).Status);
    }

    [Fact]
    public async Task Networks_without_number_are_counted_together_and_those_that_came_first_by_themselves()
    {
        for (var i = 0; i < Quota; i++)
            await AskAsync(Victim, null);
        for (var i = 0; i < 110_000; i++)
            await AskAsync(new IPAddress([0x20, 0x01, 0x0d, 0xb8, 0, (byte)(i >> 16), (byte)(i >> 8), (byte)i, 0, 0, 0, 0, 0, 0, 0, 1]).ToString(), null);
        Assert.Equal(429, (await AskAsync(Victim, null)).Status);
        var late = await AskAsync(Attacker, null);
        Assert.Equal(200, late.Status);
        Assert.InRange(late.Left, Quota - 100, Quota - 1);
    }

    private async Task<(int Status, int Left)> AskAsync(string address, string? token)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(address);
        http.Request.Path = "/api/models";
        if (token is not null)
            http.Request.Headers.Authorization = "Bearer " + token;
        await _limits.InvokeAsync(http);
        return (http.Response.StatusCode, int.Parse(Regex.Match(http.Response.Headers["RateLimit"].ToString(), "r=([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance() => _now += TimeSpan.FromMinutes(5);
    }
}
