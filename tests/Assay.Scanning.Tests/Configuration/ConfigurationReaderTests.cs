using Assay.Scanning.Configuration;
using Assay.Testing;

namespace Assay.Scanning.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    private const string Everything = """
        # What this team has decided.
        trusted-modules:
          - acme.models
        exclude: [ "tests/**", '*.log' ]
        limits:
          seconds: 30
          depth: 4
        fail-on: incomplete
        waivers:
          - rule: pkl-031
            path: legacy/*.pkl
            owner: jane@example.org
            reason: reviewed in TICKET-7
            expires: 2027-03-31
          - rule: SCN-002
            sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA
            owner: jim
            reason: our own format
            expires: "2026-12-01"
        """;

    private static ScanConfiguration Parse(string yaml) => ConfigurationReader.Parse("assay.yaml", new StringReader(yaml));

    [Fact]
    public void Every_key_is_read()
    {
        var configuration = Parse(Everything);
        Assert.Equal(["acme.models"], configuration.TrustedModules);
        Assert.Equal(["tests/**", "*.log"], configuration.Exclude);
        Assert.Equal(["seconds=30", "depth=4"], configuration.Limits.Select(static l => $"{l.Key}={l.Value}"));
        Assert.Equal(FailOn.Incomplete, configuration.FailOn);
        Assert.Equal(new Waiver("PKL-031", "legacy/*.pkl", null, "jane@example.org", "reviewed in TICKET-7", new DateOnly(2027, 3, 31)), configuration.Waivers[0]);
        Assert.Equal(new string('a', 64), configuration.Waivers[1].Sha256);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}")]
    public void An_empty_configuration_is_one(string yaml) => Assert.Empty(Parse(yaml).Exclude);

    [Theory]
    [InlineData("exclud: [a]", 1, 1, "\"exclud\" is not known")]
    [InlineData("fail-on: maybe", 1, 10, "malicious, suspicious, incomplete or never")]
    [InlineData("fail-on: never\nfail-on: never", 2, 1, "a second time")]
    [InlineData("exclude: tests", 1, 10, "is a list")]
    [InlineData("exclude:\n  - {a: b}", 2, 5, "in one line")]
    [InlineData("- a", 1, 1, "keys with values")]
    [InlineData("limits:\n  second: 3", 2, 3, "\"second\" is not known")]
    [InlineData("limits:\n  seconds: -3", 2, 12, "a positive number")]
    [InlineData("trusted-modules: ['acme/models']", 1, 19, "a module name")]
    [InlineData("waivers:\n  - rule: PKL-999\n", 2, 11, "no rule \"PKL-999\"")]
    [InlineData("waivers:\n  - rule: PKL-001\n    path: a\n    owner: b\n    reason: c\n    expires: soon", 6, 14, "2027-03-31")]
    [InlineData("waivers:\n  - rule: PKL-001\n    path: a\n    owner: b\n    reason: c", 2, 5, "no expires")]
    [InlineData("waivers:\n  - rule: PKL-001\n    owner: b\n    reason: c\n    expires: 2027-01-01", 2, 5, "either a path or a sha256")]
    [InlineData("waivers:\n  - rule: PKL-001\n    path: a\n    owner: ''", 4, 12, "owner of this waiver is empty")]
    [InlineData("waivers:\n  - rule: PKL-001\n    sha256: abc", 3, 13, "64 hexadecimal digits")]
    [InlineData("waivers:\n  - path: a\n", 2, 5, "names no rule")]
    [InlineData("exclude: &a [x]\n", 1, 10, "Anchors")]
    [InlineData("exclude: [*a]\n", 1, 11, "Aliases")]
    [InlineData("fail-on: !!str never\n", 1, 10, "Tags")]
    [InlineData("fail-on: never\n---\nfail-on: never\n", 2, 1, "second YAML document")]
    [InlineData("exclude: [a\nb: c", 1, 0, "not valid YAML")]
    [InlineData("exclude: [a]]", 1, 0, "not valid YAML")]
    [InlineData("\"", 1, 0, "not valid YAML")]
    public void A_mistake_is_named_with_its_place(string yaml, long line, long column, string words)
    {
        var mistake = Assert.Throws<ConfigurationException>(() => Parse(yaml));
        Assert.Contains(words, mistake.Message, StringComparison.Ordinal);
        Assert.Equal(line, mistake.Line);
        if (column > 0)
            Assert.Equal(column, mistake.Column);
        Assert.StartsWith($"assay.yaml:{line}:", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_or_huge_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("not there", Assert.Throws<ConfigurationException>(() => ConfigurationReader.Read(folder["gone.yaml"])).Message, StringComparison.Ordinal);
        var huge = folder.Write("huge.yaml", new byte[(1 << 20) + 1]);
        Assert.Contains("larger than", Assert.Throws<ConfigurationException>(() => ConfigurationReader.Read(huge)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_ends_in_an_error()
    {
        var deep = "exclude: " + new string('[', 5000);
        Assert.Throws<ConfigurationException>(() => Parse(deep));
    }
}
