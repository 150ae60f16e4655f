namespace Assay.Scanning.Tests.Targets;

public sealed class PathGlobTests
{
    [Theory]
    [InlineData("*.pkl", "a.pkl", true)]
    [InlineData("*.pkl", "sub/a.pkl", true)]
    [InlineData("*.pkl", "a.pkl.txt", false)]
    [InlineData("tests", "tests", true)]
    [InlineData("tests", "a/tests", true)]
    [InlineData("tests/", "a/tests", true)]
    [InlineData("sub/*.pkl", "sub/a.pkl", true)]
    [InlineData("./sub/*.pkl", "sub/a.pkl", true)]
    [InlineData("sub/*.pkl", "sub/b/a.pkl", false)]
    [InlineData("sub/*.pkl", "x/sub/a.pkl", false)]
    [InlineData("sub/**", "sub/b/a.pkl", true)]
    [InlineData("**/data/*.p?l", "x/y/data/a.pkl", true)]
    [InlineData("**/data/*.p?l", "data/a.pl", false)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("A.pkl", "a.pkl", false)]
    [InlineData("[a].pkl", "[a].pkl", true)]
    public void An_exclusion_matches_as_in_ignore_files(string pattern, string path, bool matches) =>
        Assert.Equal(matches, PathGlob.ForExclusion(pattern).Matches(path));

    [Theory]
    [InlineData("a.pkl", "a.pkl", true)]
    [InlineData("a.pkl", "sub/a.pkl", false)]
    [InlineData("**", "sub/a.pkl", true)]
    public void A_waiver_names_the_whole_path(string pattern, string path, bool matches) =>
        Assert.Equal(matches, PathGlob.ForWholePath(pattern).Matches(path));

    [Fact]
    public void No_pattern_takes_exponential_time()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 60)) + "b";
        Assert.False(PathGlob.ForExclusion(pattern).Matches(new string('a', 2000)));
        Assert.False(PathGlob.ForExclusion(string.Concat(Enumerable.Repeat("**/a/", 40)) + "b").Matches(string.Join('/', Enumerable.Repeat("a", 500))));
    }
}
