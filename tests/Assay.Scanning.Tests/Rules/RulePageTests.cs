namespace Assay.Scanning.Tests.Rules;

public sealed class RulePageTests
{
    [Fact]
    public void The_pages_in_the_repository_are_those_that_the_generator_writes()
    {
        var folder = Path.Combine(RepositoryRoot(), "docs", "rules");
        var pages = RuleCatalogue.All.ToDictionary(rule => rule.Id + ".md", RulePage.Markdown);
        pages["README.md"] = RulePage.Index();

        if (Environment.GetEnvironmentVariable("ASSAY_UPDATE") == "1")
        {
            Directory.CreateDirectory(folder);
            foreach (var stale in Directory.GetFiles(folder, "*.md"))
                File.Delete(stale);
            foreach (var (name, text) in pages)
                File.WriteAllText(Path.Combine(folder, name), text);
        }

        var written = Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!);
        Assert.Equal(pages.Keys.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
        Assert.All(pages, page => Assert.Equal(page.Value, File.ReadAllText(Path.Combine(folder, page.Key)).ReplaceLineEndings("\n")));
    }

    [Fact]
    public void A_page_has_the_four_parts_that_a_reader_looks_for()
    {
        var page = RulePage.Markdown(PickleRules.SystemCommand);

        Assert.StartsWith("# PKL-002: System command on load\n", page, StringComparison.Ordinal);
        Assert.Contains("**Severity:** critical", page, StringComparison.Ordinal);
        Assert.Contains("## What it means", page, StringComparison.Ordinal);
        Assert.Contains("## How it works", page, StringComparison.Ordinal);
        Assert.Contains("## What to do", page, StringComparison.Ordinal);
        Assert.Contains("[CWE-78](https://cwe.mitre.org/data/definitions/78.html)", page, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Assay.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
