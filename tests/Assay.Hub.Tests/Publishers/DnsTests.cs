using Assay.Hub.Publishers;

namespace Assay.Hub.Tests.Publishers;

public sealed class DnsTests
{
    private const string Name = "_assay-challenge.example.org";
    private static readonly ProofQuestion New = new("example.org", "69a1b2c3d4e5f60718293a4b", "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly string Challenge = $"assay-verify=1; org={New.AccountId}; token={New.Token}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_resolvers_must_see_the_record()
    {
        await using LocalDnsServer one = new(), two = new(), three = new();
        var checker = Checker(one, two, three);
        foreach (var server in (LocalDnsServer[])[one, two])
            server.Texts[Name] = ["v=spf1 -all", Challenge];
        var missing = await checker.CheckAsync(New, Cancellation);
        Assert.False(missing.IsThere);
        Assert.Contains("has no such name", missing.Evidence, StringComparison.Ordinal);
        three.Texts[Name] = [Challenge];
        var found = await checker.CheckAsync(New, Cancellation);
        Assert.True(found.IsThere, found.Evidence);
        Assert.Contains("3 resolvers", found.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("assay-verify=1; org=ffffffffffffffffffffffff; token=ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("assay-verify=1; org=69a1b2c3d4e5f60718293a4b; token=ZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    [InlineData("assay-verify=1; org=69a1b2c3d4e5f60718293a4b")]
    [InlineData("assay-verify=1; org=69a1b2c3d4e5f60718293a4b; org=0; token=ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("x assay-verify=1; org=69a1b2c3d4e5f60718293a4b; token=ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("assay-org=69a1b2c3d4e5f60718293a4b")]
    public void Another_record_is_not_the_one_asked_for(string text) => Assert.False(DnsProofChecker.Matches(text, New));

    [Fact]
    public void What_has_to_be_set_is_what_is_looked_for()
    {
        var lines = Checker().Record(New).Content.Split('\n');
        Assert.True(DnsProofChecker.Matches(lines[0], New));
        Assert.False(DnsProofChecker.Matches(lines[0], New with { Token = null }));
        Assert.True(DnsProofChecker.Matches(lines[1], New with { Token = null }));
    }

    [Fact]
    public async Task An_alias_of_the_name_is_followed_and_records_of_other_names_are_not_taken()
    {
        await using var server = new LocalDnsServer();
        server.Aliases[Name] = "proofs.example.net";
        server.Texts["proofs.example.net"] = ["there"];
        Assert.Equal(["there"], (await DnsClient.QueryAsync(server.Address, Name, Cancellation)).Texts);
        // An answer that brings the record of another name along.
        var query = new byte[DnsMessage.MaxQuery];
        query = query[..DnsMessage.WriteQuery(query, 7, Name)];
        byte[] text = [(byte)Challenge.Length, .. System.Text.Encoding.ASCII.GetBytes(Challenge)];
        byte[] forged = [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. query[12..^11], .. LocalDnsServer.Encode("evil.example"), 0, 16, 0, 1, 0, 0, 0, 60, 0, (byte)text.Length, .. text];
        var reading = DnsMessage.Read(forged, 7, Name);
        Assert.Equal((DnsStatus.Answered, 0), (reading.Status, reading.Texts.Count));
    }

    [Fact]
    public async Task A_long_answer_comes_by_stream()
    {
        await using var server = new LocalDnsServer();
        server.Texts[Name] = [.. Enumerable.Range(0, 40).Select(static i => new string((char)('a' + (i % 26)), 300)), Challenge];
        var reading = await DnsClient.QueryAsync(server.Address, Name, Cancellation);
        Assert.Equal(41, reading.Texts.Count);
        Assert.Equal(Challenge, reading.Texts[^1]);
        Assert.Equal(300, reading.Texts[0].Length);
    }

    [Fact]
    public async Task Answers_with_another_number_or_question_are_ignored_until_the_right_one_comes()
    {
        await using var server = new LocalDnsServer();
        server.Texts[Name] = ["right"];
        server.Datagrams = static answer =>
        {
            byte[] number = [.. answer], question = [.. answer], short1 = [.. answer[..5]];
            number[0] ^= 0x55;
            question[14] ^= 1;
            return [number, question, short1, [], answer];
        };
        Assert.Equal(["right"], (await DnsClient.QueryAsync(server.Address, Name, Cancellation)).Texts);
    }

    [Fact]
    public async Task Numbers_and_ports_of_questions_cannot_be_foreseen()
    {
        await using var server = new LocalDnsServer();
        server.Texts[Name] = ["x"];
        for (var i = 0; i < 40; i++)
            await DnsClient.QueryAsync(server.Address, Name, Cancellation);
        Assert.True(server.Seen.Select(static s => s.Id).Distinct().Count() > 35);
        Assert.True(server.Seen.Select(static s => s.Port).Distinct().Count() > 35);
    }

    [Fact]
    public async Task A_server_that_says_nonsense_or_nothing_is_an_answer_in_bounded_time()
    {
        await using var server = new LocalDnsServer();
        server.Datagrams = static answer => [[.. answer[..^3]]];
        server.Texts[Name] = ["x"];
        Assert.Equal(DnsStatus.Malformed, (await DnsClient.QueryAsync(server.Address, Name, Cancellation)).Status);
        server.Datagrams = static _ => [];
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(DnsStatus.Failed, (await DnsClient.QueryAsync(server.Address, Name, Cancellation)).Status);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task Pointers_that_lead_forward_or_to_themselves_are_refused()
    {
        await using var server = new LocalDnsServer();
        server.Texts[Name] = ["x"];
        var query = new byte[DnsMessage.MaxQuery];
        var answer = server.Answer(query.AsSpan(0, DnsMessage.WriteQuery(query, 9, Name)));
        var at = 12 + LocalDnsServer.Encode(Name).Length + 4;
        Assert.Equal(["x"], DnsMessage.Read(answer, 9, Name).Texts);
        foreach (var target in (int[])[at, at + 1, at + 10, 0x3fff])
        {
            byte[] hostile = [.. answer];
            (hostile[at], hostile[at + 1]) = ((byte)(0xc0 | (target >> 8)), (byte)target);
            Assert.Equal(DnsStatus.Malformed, DnsMessage.Read(hostile, 9, Name).Status);
        }
    }

    [Fact]
    public async Task Reading_is_total_on_changed_and_cut_answers()
    {
        const int seed = 20260302;
        var random = new Random(seed);
        await using var server = new LocalDnsServer();
        server.Aliases[Name] = "proofs.example.net";
        server.Texts["proofs.example.net"] = ["a", new string('b', 400), Challenge];
        var query = new byte[DnsMessage.MaxQuery];
        var answer = server.Answer(query.AsSpan(0, DnsMessage.WriteQuery(query, 9, Name)));
        for (var length = 0; length < answer.Length; length++)
            Assert.NotEqual(DnsStatus.Answered, DnsMessage.Read(answer.AsSpan(0, length), 9, Name).Status);
        for (var i = 0; i < 100_000; i++)
        {
            byte[] changed = [.. answer];
            for (var n = random.Next(1, 6); n > 0; n--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            var reading = DnsMessage.Read(changed, 9, Name);
            Assert.True(reading.Texts.Sum(static t => t.Length) <= changed.Length, $"seed {seed}, input {i}");
        }
    }

    private static DnsProofChecker Checker(params LocalDnsServer[] servers) =>
        new(new HubOptions { DataFolder = "", Publishers = new PublisherOptions { Resolvers = [.. servers.Select(static s => s.Address)] } });
}
