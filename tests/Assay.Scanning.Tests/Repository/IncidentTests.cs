using Assay.Testing;

namespace Assay.Scanning.Tests.Repository;

/// <summary>Both incidents are told completely, and their genuine counterparts stay clean.</summary>
public sealed class IncidentTests
{
    public static TheoryData<string> Variants => [.. Incidents.FakeVariants.Select(v => v.Name)];

    [Fact]
    public void The_copy_of_2026_is_told_from_the_card_to_the_program_that_it_fetches()
    {
        var report = Scan(Incidents.FakeFilter);
        Assert.Equal(Verdict.Malicious, report.Verdict);
        var story = report.Targets[0].Stories[0];
        Assert.Equal(Verdict.Malicious, story.Verdict);
        AssertChain(story, "README.md", "start.bat", "loader.py");
        Assert.Contains(story.Steps, s => s.Path == "loader.py" && s.Text.Contains("https://jsonkeeper.com/b/AAAAA", StringComparison.Ordinal));
        Assert.Contains("change every password", story.Advice, StringComparison.Ordinal);
        var rules = report.Artifacts.SelectMany(a => a.Findings).Where(f => f.Severity >= Severity.High).Select(f => f.Rule.Id).Distinct().ToList();
        Assert.True(rules.Count >= 3, string.Join(' ', rules));
        Assert.Contains("PYC-010", rules);
        Assert.Contains("LUR-001", rules);
        AssertStepsPointToFindings(report);
    }

    [Fact]
    public void The_backdoor_of_2024_is_told_from_the_line_that_loads_it()
    {
        var report = Scan(Incidents.BackdooredCheckpoint);
        Assert.Equal(Verdict.Malicious, report.Verdict);
        var story = report.Targets[0].Stories[0];
        AssertChain(story, "README.md", "pytorch_model.bin");
        Assert.Contains("control of the computer", story.Title, StringComparison.Ordinal);
        AssertStepsPointToFindings(report);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_of_the_copy_is_malicious_and_told_from_its_card(string name)
    {
        var report = Scan(Incidents.FakeVariants.Single(v => v.Name == name));
        Assert.Equal(Verdict.Malicious, report.Verdict);
        var story = report.Targets[0].Stories[0];
        Assert.Equal("README.md", story.Steps[0].Path);
        Assert.True(story.Steps.Select(s => s.Path).Distinct().Count() >= 2, string.Join(" > ", story.Steps.Select(s => s.Path)));
        AssertStepsPointToFindings(report);
    }

    [Fact]
    public void The_genuine_repositories_are_clean()
    {
        foreach (var genuine in new[] { Incidents.GenuineFilter, Incidents.GenuineCheckpoint })
        {
            var report = Scan(genuine);
            Assert.True(report.Verdict == Verdict.Clean, genuine.Name + ": " + string.Join("; ", report.Artifacts.Select(Evasions.ScanAssert.Describe)));
            Assert.Empty(report.Targets[0].Stories);
        }
    }

    [Fact]
    public void An_archive_of_the_copy_is_told_as_well()
    {
        var zip = new ZipBuilder();
        foreach (var (path, content) in Incidents.FakeFilter.Files)
            zip.Add("privacy-filter/" + path, content);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "release.zip"), zip.Build());
        var report = Scan(folder.Path);
        Assert.Equal(Verdict.Malicious, report.Verdict);
        AssertChain(report.Targets[0].Stories[0], "release.zip!privacy-filter/README.md", "release.zip!privacy-filter/start.bat", "release.zip!privacy-filter/loader.py");
    }

    private static ScanReport Scan(Incidents.Repository repository)
    {
        using var folder = new TemporaryFolder();
        return Scan(repository.WriteTo(folder.Path));
    }

    private static ScanReport Scan(string folder) =>
        new Scanner(new ScanOptions()).Scan([ScanTarget.ForPath(folder)], TestContext.Current.CancellationToken);

    private static void AssertChain(Story story, params string[] files)
    {
        var at = 0;
        foreach (var step in story.Steps)
        {
            if (at < files.Length && step.Path == files[at])
                at++;
        }

        Assert.True(at == files.Length, $"{string.Join(" > ", files)} is not told by: {string.Join(" | ", story.Steps.Select(s => s.Path + ": " + s.Text))}");
    }

    private static void AssertStepsPointToFindings(ScanReport report)
    {
        var known = report.Artifacts.SelectMany(a => a.Findings).Concat(report.Targets.SelectMany(t => t.Findings)).Select(f => f.Fingerprint).ToHashSet();
        Assert.All(report.Targets.SelectMany(t => t.Stories).SelectMany(s => s.Steps), step => Assert.Contains(step.Fingerprint, known));
    }
}
