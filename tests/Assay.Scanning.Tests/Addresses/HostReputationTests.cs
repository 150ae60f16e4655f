using System.Text;

namespace Assay.Scanning.Tests.Addresses;

/// <summary>An address is graded by where a client would go, however it is spelt.</summary>
public sealed class HostReputationTests
{
    [Theory]
    [InlineData("https://astral.sh/uv/install.sh", "Installer")]
    [InlineData("https://astral.sh/other", "Unknown")]
    [InlineData("http://get.docker.com", "CodeHost")]
    [InlineData("get.docker.com", "Installer")]
    [InlineData("https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh", "Installer")]
    [InlineData("https://raw.githubusercontent.com/nvm-sh/nvm/../../someone/x/main/install.sh", "CodeHost")]
    [InlineData("https://raw.githubusercontent.com/nvm-sh/nvm/%2e%2e/%2e%2e/someone/x.sh", "CodeHost")]
    [InlineData("https://GITHUB.com./owner/name", "CodeHost")]
    [InlineData("git+https://github.com/huggingface/transformers.git@main", "CodeHost")]
    [InlineData("git@github.com:owner/name.git", "CodeHost")]
    [InlineData("https://github.com@evil.invalid/x", "Unknown")]
    [InlineData("https://evil.invalid\\@github.com/x", "Unknown")]
    [InlineData("https://evil.invalid#@github.com/x", "Unknown")]
    [InlineData("https://notgithub.com/x", "Unknown")]
    [InlineData("https://github.com.evil.invalid/x", "Unknown")]
    [InlineData("https://huggingface.co/org/model/resolve/main/x.bin", "ModelHub")]
    [InlineData("https://cdn-lfs.huggingface.co/x", "ModelHub")]
    [InlineData("https://download.pytorch.org/whl/cu121", "PackageIndex")]
    [InlineData("https://api.openai.com/v1/chat", "Provider")]
    [InlineData("https://bit.ly/3abc", "Shortener")]
    [InlineData("https://transfer.sh/x/y", "FileDrop")]
    [InlineData("https://pastebin.com/raw/x", "DeadDrop")]
    [InlineData("https://t.me/s/channel", "DeadDrop")]
    [InlineData("https://t.me/channel", "Unknown")]
    [InlineData("https://discord.com/api/webhooks/1/x", "Exfiltration")]
    [InlineData("https://discord.com/invite/x", "Unknown")]
    [InlineData("https://api.telegram.org/bot1:x/sendMessage", "Exfiltration")]
    [InlineData("tcp://0.tcp.ngrok.io:12345", "Tunnel")]
    [InlineData("http://abcdef.onion/", "Tunnel")]
    [InlineData("https://jsonkeeper.com/b/AVNNE", "KnownBad")]
    [InlineData("https://jsonkeeper.com/b/OTHER", "DeadDrop")]
    [InlineData("http://210.117.212.93:4242", "KnownBad")]
    [InlineData("http://127.0.0.1:8000", "Local")]
    [InlineData("http://2130706433/", "Local")]
    [InlineData("http://0x7f.1/", "Local")]
    [InlineData("http://0177.0.0.1/", "Local")]
    [InlineData("http://[::1]:8080/", "Local")]
    [InlineData("http://[::ffff:10.0.0.1]/", "Local")]
    [InlineData("http://192.168.1.5/x", "Local")]
    [InlineData("http://172.31.0.1", "Local")]
    [InlineData("http://172.32.0.1", "RawAddress")]
    [InlineData("localhost", "Local")]
    [InlineData("http://ollama:11434/api", "Local")]
    [InlineData("http://198.51.100.7:4444/x", "RawAddress")]
    [InlineData("203.0.113.5", "RawAddress")]
    [InlineData("203.0.113.5:4444", "RawAddress")]
    [InlineData("http://3325256709/x", "RawAddress")]
    [InlineData("http://0xC6.0x33.0x64.0x07/x", "RawAddress")]
    [InlineData("http://[2001:db8::1]/x", "RawAddress")]
    [InlineData("hxxp://pastebin.com/raw/x", "Unknown")]
    [InlineData("https://pastebin[.]com/raw/x", "Unknown")]
    [InlineData("https://{host}/x", "Unknown")]
    [InlineData("https://payload.example/x", "Unknown")]
    [InlineData("1.2.3", "Unknown")]
    [InlineData("4242", "Unknown")]
    [InlineData("", "Unknown")]
    [InlineData("https://", "Unknown")]
    [InlineData("https://[", "Unknown")]
    [InlineData("://", "Unknown")]
    [InlineData("@", "Unknown")]
    public void An_address_is_graded_by_the_host_that_a_client_would_ask(string address, string kind) =>
        Assert.Equal(kind, HostReputation.Of(address).ToString());

    [Fact]
    public void The_table_is_sorted_ascii_with_a_kind_and_a_reason_in_every_row()
    {
        var lines = Lines();
        Assert.Equal("host\tpath\tkind\treason", lines[0]);
        string[] kinds = ["unknown", "installer", "package-index", "model-hub", "code-host", "provider", "shortener", "file-drop", "dead-drop", "exfiltration", "tunnel", "known-bad"];
        var hosts = lines.Skip(1).Select(l => l.Split('\t')).ToList();
        Assert.Equal(lines.Skip(1).Order(StringComparer.Ordinal), lines.Skip(1));
        Assert.Equal(hosts.Count, hosts.Select(f => (f[0], f[1])).Distinct().Count());
        foreach (var row in hosts)
        {
            Assert.Equal(4, row.Length);
            Assert.True(Ascii.IsValid(string.Join(' ', row)) && !row[0].AsSpan().ContainsAnyInRange('A', 'Z'), row[0]);
            Assert.Contains(row[2], kinds);
            Assert.True(row[3].Length > 3, row[0]);
            Assert.True(row[1].Length == 0 || row[1][0] == '/', row[0]);
            Assert.True(row[1].Length == 0 || hosts.Any(other => other[0] == row[0] && other[1].Length == 0), $"{row[0]} needs a row without path");
        }
    }

    [Fact]
    public void Every_row_grades_its_own_address()
    {
        foreach (var row in Lines().Skip(1).Select(l => l.Split('\t')).Where(f => f[2] != "unknown"))
            Assert.Equal(row[2].Replace("-", ""), HostReputation.Of($"https://{row[0]}{row[1]}").ToString(), ignoreCase: true);
    }

    [Fact]
    public void Any_text_is_answered()
    {
        var random = new Random(7);
        const string letters = "ahtps:/\\@[]%.0x#?é٣{}";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Create(random.Next(30), random, static (span, r) =>
            {
                foreach (ref var c in span)
                    c = letters[r.Next(letters.Length)];
            });
            _ = HostReputation.Of(text);
            _ = HostReputation.Of("http://" + text);
        }
    }

    private static string[] Lines()
    {
        using var stream = typeof(HostReputation).Assembly.GetManifestResourceStream("Assay.Scanning.hosts.tsv")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()[..^1].Split('\n');
    }
}
