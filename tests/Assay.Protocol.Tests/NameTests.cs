namespace Assay.Protocol.Tests;

public sealed class NameTests
{
    [Theory]
    [InlineData("ada/tiny", true)]
    [InlineData("Ada/Tiny-1.5_b", true)]
    [InlineData("ada", false)]
    [InlineData("ada/tiny/x", false)]
    [InlineData("ada/ti--ny", false)]
    [InlineData("ada/tiny.git", false)]
    [InlineData("ada/.tiny", false)]
    [InlineData("ada/ti ny", false)]
    [InlineData("аda/tiny", false)]
    public void Ids_have_the_form_that_clients_accept(string text, bool expected) => Assert.Equal(expected, RepoId.TryParse(text, out _));

    [Fact]
    public void Ids_are_compared_without_case_and_keep_their_spelling()
    {
        Assert.True(RepoId.TryParse("Ada/Tiny", out var a));
        Assert.True(RepoId.TryParse("ada/TINY", out var b));
        Assert.Equal(a, b);
        Assert.Equal("Ada/Tiny", a.ToString());
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("w/model 1%.bin")]
    [InlineData("ordner/größe.txt")]
    [InlineData(".gitattributes")]
    [InlineData(".github/workflows/x.yml")]
    [InlineData("a/git")]
    public void Honest_paths_are_taken(string path) => Assert.Null(RepoPath.Problem(path));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData(".git/config")]
    [InlineData("x/.GIT/hooks/post-checkout")]
    [InlineData("git~1/config")]
    [InlineData(".git. /config")]
    [InlineData(".g\u200cit/config")]
    [InlineData(".git::$INDEX_ALLOCATION/config")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public void Paths_that_would_leave_or_lie_are_refused(string path) => Assert.NotNull(RepoPath.Problem(path));

    [Theory]
    [InlineData("/ada/tiny/resolve/refs%2Fpr%2F1/a%20b/c%25d.txt?x=1", "ada|tiny|resolve|refs/pr/1|a b|c%d.txt", "?x=1")]
    [InlineData("http://host:1/a/b", "a|b", "")]
    [InlineData("/", "", "")]
    [InlineData("/a%2F..%2Fb", "a/../b", "")]
    [InlineData("/gr%C3%B6%C3%9Fe", "größe", "")]
    [InlineData("/100%/a%2/%zz", "100%|a%2|%zz", "")]
    public void Targets_are_cut_before_they_are_decoded(string target, string segments, string query)
    {
        var parsed = RawTarget.Parse(target);
        Assert.NotNull(parsed);
        Assert.Equal(segments, string.Join('|', parsed.Segments));
        Assert.Equal(query, parsed.Query);
    }

    [Theory]
    [InlineData("/a%00")]
    [InlineData("/a%ff")]
    [InlineData("a")]
    [InlineData("*")]
    public void Malformed_targets_are_refused(string target) => Assert.Null(RawTarget.Parse(target));

    [Fact]
    public void Decoding_undoes_encoding()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 5000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (char)random.Next(1, 0xd7ff))]);
            var path = text.Replace("\0", "", StringComparison.Ordinal);
            Assert.Equal(path.Split('/'), RawTarget.Parse("/" + RawTarget.EncodePath(path))!.Segments);
        }
    }

    [Theory]
    [InlineData("feature/x", true)]
    [InlineData("v1.0", true)]
    [InlineData("a..b", false)]
    [InlineData("a b", false)]
    [InlineData("/a", false)]
    [InlineData("a.lock", false)]
    [InlineData("HEAD", false)]
    [InlineData("refs/heads/x", false)]
    [InlineData("0123456789012345678901234567890123456789", false)]
    public void Names_of_refs_follow_git(string name, bool expected) => Assert.Equal(expected, RefName.Problem(name) is null);
}
