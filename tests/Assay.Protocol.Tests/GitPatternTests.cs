using Assay.Protocol.Git;
using Assay.Testing;

namespace Assay.Protocol.Tests;

public sealed class GitPatternTests
{
    private static readonly string[] Patterns =
    [
        "*.bin", "saved_model/**/*", "*.tar.*", "*tfevents*", "/top.txt", "a/b.txt", "**/deep.txt", "x/**", "x/**/y", "a[0-9].txt", "a[!0-9].txt", "b\\*.txt", "c?.txt", "my[[:space:]]file.txt", "dir/*.txt", "a**b", "[", "[a", "x/**/",
    ];

    private static readonly string[] Paths =
    [
        "m.bin", "w/m.bin", "m.bin.txt", "saved_model/a", "saved_model/a/b", "saved_model", "x.tar.gz", "events.out.tfevents.1", "top.txt", "d/top.txt", "a/b.txt", "c/a/b.txt", "deep.txt", "q/r/deep.txt", "x/1", "x/1/2", "x/y", "x/1/y",
        "a1.txt", "ax.txt", "b*.txt", "bc.txt", "c1.txt", "c/.txt", "my file.txt", "dir/a.txt", "dir/s/a.txt", "ab", "axxb", "a/xb", "[", "[a",
    ];

    [Fact]
    public void Attributes_match_as_git_matches_them()
    {
        using var folder = new TemporaryFolder();
        OtherProgram.Run("git", ["init", "-q"], folder.Path);
        foreach (var pattern in Patterns)
        {
            folder.Write(".gitattributes", $"{pattern} filter=lfs diff=lfs merge=lfs -text\n");
            var git = OtherProgram.Run("git", ["check-attr", "-z", "--stdin", "filter"], folder.Path, System.Text.Encoding.UTF8.GetBytes(string.Join('\0', Paths) + "\0"));
            var values = git.Output.Split('\0');
            var own = GitAttributes.Parse(File.ReadAllText(folder[".gitattributes"]));
            for (var i = 0; i < Paths.Length; i++)
                Assert.True(own.IsLfs(Paths[i]) == (values[(i * 3) + 2] == "lfs"), $"{pattern} on {Paths[i]}: git says {values[(i * 3) + 2]}");
        }
    }

    [Theory]
    [InlineData("a b.bin")]
    [InlineData("w/[x]*.bin")]
    [InlineData("#hash.bin")]
    [InlineData("plain.bin")]
    [InlineData("größe?.bin")]
    public void The_line_for_a_path_is_understood_by_git(string path)
    {
        using var folder = new TemporaryFolder();
        OtherProgram.Run("git", ["init", "-q"], folder.Path);
        folder.Write(".gitattributes", GitAttributes.LineFor(path) + "\n");
        var git = OtherProgram.Run("git", ["check-attr", "-z", "filter", "--", path, "other.txt"], folder.Path).Output.Split('\0');
        Assert.Equal("lfs", git[2]);
        Assert.Equal("unspecified", git[5]);
        Assert.True(GitAttributes.Parse(GitAttributes.LineFor(path)).IsLfs(path));
    }

    [Fact]
    public void Ignored_files_are_those_that_git_ignores()
    {
        using var folder = new TemporaryFolder();
        OtherProgram.Run("git", ["init", "-q"], folder.Path);
        const string Ignore = "*.log\n!keep.log\nbuild/\n/only-top\n**/cache/**\n# comment\ntmp*/\n";
        folder.Write(".gitignore", Ignore);
        string[] paths = ["a.log", "keep.log", "d/keep.log", "build/x", "d/build/x/y", "build", "only-top", "d/only-top", "cache/x", "d/cache/x/y", "tmp1/x", "tmp1", "x.txt", "build/keep.log"];
        var git = OtherProgram.Run("git", ["check-ignore", "--no-index", "--stdin"], folder.Path, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', paths) + "\n")).Output.Split('\n');
        var own = GitIgnore.Parse(Ignore);
        foreach (var path in paths)
            Assert.True(own.IsIgnored(path) == git.Contains(path, StringComparer.Ordinal), path);
    }

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        var pattern = GitPattern.Parse(string.Concat(Enumerable.Repeat("*a", 1000)))!;
        Assert.False(pattern.Matches(new string('a', 900) + "b"));
    }
}
