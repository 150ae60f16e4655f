using Assay.Testing;

namespace Assay.Scanning.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public void The_example_of_the_library_guide_is_the_one_that_is_compiled()
    {
        var source = File.ReadAllText(Checkout.PathOf("tests/Assay.Scanning.Tests/LibraryExample.cs"));
        var start = source.IndexOf("// example", StringComparison.Ordinal);
        var body = source[(source.IndexOf('\n', start) + 1)..source.IndexOf("// end of the example", StringComparison.Ordinal)];
        var lines = body.TrimEnd().Split('\n').Select(static l => l.Length > 8 ? l[8..] : l.Trim());
        Assert.Contains("```csharp\n" + string.Join('\n', lines) + "\n```", File.ReadAllText(Checkout.PathOf("docs/guides/library.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        foreach (var page in Directory.GetFiles(Checkout.PathOf("docs/guides"), "*.md"))
        {
            foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(page), @"\]\((?!https?:)([^)#]+)"))
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value)), $"{page} links to {link.Groups[1].Value}");
        }
    }
}
