using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Addresses;

/// <summary>What addresses weigh in code, settings and prose.</summary>
public sealed class AddressDetectorTests
{
    private const string DiscordKey = "https://discord.com/api/webhooks/1093847561029384756/qW8eRt5YuI0oPaS3dFgHjK2lZxC7vBnM1qAzWsX4eDcRfVtGbYhNuJmIkOlP9a8S7d6F";
    private const string BotKey = "7483920156:AAHk3jD9sLq2Vx8BnZ0pYtRwE5uCm1GfXo4";

    [Theory]
    [InlineData("a.py", "u = 'https://pastebin.com/raw/q1w2'\n", "NET-001", Severity.High)]
    [InlineData("a.sh", "curl -s rentry.co/abc/raw\n", "NET-001", Severity.High)]
    [InlineData("a.py", "# seen at https://pastebin.com/q1w2\nx = 1\n", "NET-001", Severity.Low)]
    [InlineData("a.yaml", "notes: https://pastebin.com/q1w2\n", "NET-001", Severity.Low)]
    [InlineData("a.py", "u = 'http://198.51.100.7:4444/x'\n", "NET-002", Severity.Medium)]
    [InlineData("a.py", "u = 'http://198.51.100.7/x'\n", "NET-002", Severity.Low)]
    [InlineData("a.py", "u = 'http://3325256709/x'\n", "NET-002", Severity.High)]
    [InlineData("a.py", "u = '" + DiscordKey + "'\n", "NET-004", Severity.High)]
    [InlineData("a.py", "u = 'https://api.telegram.org/bot" + BotKey + "/sendMessage'\n", "NET-004", Severity.High)]
    [InlineData("a.py", "T = '" + BotKey + "'\nu = f'https://api.telegram.org/bot{T}/sendMessage'\n", "NET-004", Severity.High)]
    [InlineData("a.ps1", "Invoke-WebRequest https://webhook.site/2f1b7a90-55aa-4b1c-9c2e-1d2f3a4b5c6d\n", "NET-004", Severity.High)]
    [InlineData("a.py", "c = HTTPSConnection(\"abc123.oastify.com\")\n", "NET-004", Severity.High)]
    [InlineData("a.py", "u = 'https://1a2b.ngrok-free.app/x'\n", "NET-005", Severity.Medium)]
    [InlineData("a.py", "u = 'http://expyuzz4wqqyqhjn.onion/x'\n", "NET-005", Severity.Medium)]
    [InlineData("a.py", "u = 'https://api.eth-fastscan.org/update.bat'\n", "NET-006", Severity.Critical)]
    [InlineData("a.sh", "curl jsonkeeper.com/b/AVNNE\n", "NET-006", Severity.Critical)]
    [InlineData("README.md", "Get it at https://recargapopular.com/x\n", "NET-006", Severity.High)]
    [InlineData("README.md", "Get it at https://huggingface.co@files.invalid/x\n", "LUR-006", Severity.High)]
    [InlineData("README.md", "Get it at https://xn--huggingfac-hjk.co/x and https://hugginqface.co/x\n", "LUR-006", Severity.Medium)]
    [InlineData("README.md", "Get it at https://huggingfa\u0441e.co/x\n", "LUR-006", Severity.High)]
    public void An_address_of_note_is_reported_where_it_stands(string name, string text, string rule, Severity severity)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        Assert.True(report.Findings.Any(f => f.Rule.Id == rule && f.Severity == severity && f.Location.Line >= 1), ScanAssert.Describe(report));
    }

    [Theory]
    [InlineData("a.py", "import requests\nr = requests.get('https://github.com/owner/name/raw/main/x.png')\n")]
    [InlineData("a.py", "u = 'http://127.0.0.1:7860'; v = 'http://localhost:11434'; w = 'http://0.0.0.0:8000'; x = 'http://10.0.0.5:9000'\n")]
    [InlineData("a.py", "import os\nu = os.environ['SLACK']  # like https://hooks.slack.com/services/T000/B000/XXXX\n")]
    [InlineData("a.py", "HOOK = 'https://hooks.slack.com/services/YOUR/WEBHOOK/URL'\n")]
    [InlineData("a.py", "u = f'https://api.telegram.org/bot{os.environ[\"TOKEN\"]}/sendMessage'\n")]
    [InlineData("a.py", "u = f'https://discord.com/api/webhooks/{id}/{token}'\n")]
    [InlineData("README.md", "Notes are at https://rentry.org/guide and files at https://files.catbox.moe/x.png and http://198.51.100.7:80/\n")]
    [InlineData("README.md", "The loader asked jsonkeeper[.]com/b/AVNNE and hxxps://api.eth-fastscan[.]org/update.bat.\n")]
    [InlineData("README.md", "Join us: https://discord.com/invite/x, https://t.me/group\n")]
    [InlineData("data.jsonl", "{\"text\": \"https://pastebin.com/raw/x http://198.51.100.7:4444\"}\n")]
    [InlineData("a.py", "from paste import rs\nrun('interact.sh')\nsend('https://user:pass@github.com/x')\n")]
    [InlineData("a.py", "s = 'mailto://someone@gmail.com'; p = f'http://{host}:{port}/v1'\n")]
    public void Honest_addresses_are_quiet(string name, string text)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        Assert.True(!report.Findings.Any(f => f.Rule.Family is "NET" or "LUR" && f.Severity > Severity.Low), ScanAssert.Describe(report));
    }

    [Fact]
    public void Keys_of_channels_are_not_shown()
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes($"u = '{DiscordKey}'\n"), "a.py");
        Assert.DoesNotContain(report.Findings, f => (f.Evidence + f.Message).Contains(DiscordKey[^30..], StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Evidence!.Contains("qW8e…6F", StringComparison.Ordinal));
    }

    [Fact]
    public void Saved_output_of_a_notebook_is_not_its_code()
    {
        const string Output = """{"cells":[{"cell_type":"code","source":["demo.launch()"],"outputs":[{"text":["Running on https://1a2b3c.gradio.live http://198.51.100.9:8080"]}]}],"nbformat":4,"nbformat_minor":5,"metadata":{}}""";
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(Output), "a.ipynb");
        Assert.DoesNotContain(report.Findings, f => f.Rule.Family == "NET");
        var code = ScanAssert.Scan(Encoding.UTF8.GetBytes(Output.Replace("demo.launch()", "u = 'https://pastebin.com/raw/x'", StringComparison.Ordinal)), "a.ipynb");
        ScanAssert.HasRule(code, "NET-001");
    }
}
