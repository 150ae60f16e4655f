using System.Diagnostics;
using Assay.Formats;
using Assay.Formats.Shell;
using Assay.Testing;

namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>Whatever the text: no exception, bounded time, bounded depth.</summary>
public class ShellTotalityTests
{
    private static IEnumerable<(string Text, CodeLanguage Language)> Samples =>
        [.. ShellSamples.Scripts.Select(static s => (s, CodeLanguage.Shell)), (ShellSamples.Dockerfile, CodeLanguage.Dockerfile), (ShellSamples.Makefile, CodeLanguage.Makefile)];

    [Fact]
    public void Every_prefix_is_understood_or_left()
    {
        foreach (var (text, language) in Samples)
        {
            for (var n = 0; n <= text.Length; n++)
                Analyse(text[..n], language);
        }
    }

    [Fact]
    public void Every_change_is_understood_or_left()
    {
        const int Seed = 20260;
        var random = new Random(Seed);
        const string Signs = "\"'`$(){}[]<>|&;\\\n #!*?=~%@+-/,:0a\t\0\u202e";
        foreach (var (text, language) in Samples)
        {
            for (var round = 0; round < 300; round++)
            {
                var changed = text.ToCharArray().ToList();
                for (var n = random.Next(1, 6); n > 0 && changed.Count > 0; n--)
                {
                    var at = random.Next(changed.Count);
                    if (random.Next(3) == 0)
                        changed.RemoveAt(at);
                    else
                        changed.Insert(at, Signs[random.Next(Signs.Length)]);
                }

                Analyse(new string([.. changed]), language);
            }
        }
    }

    public static TheoryData<string> Repeated => new()
    {
        "$(", "${x:-", "`", "\"$(", "((", "$((", "(", "{ ", "if a; then ", "case a in b) ", "f() { ", "<(", "a | ", "a && ", "<<A ", "[[ ", "{a,b}", "{1..9}", "$x", "${!x}", "\\", "'", "a=(", "x+=$x$x;", "eval \"$x\";", "f(){ f;f; };f;", "${x//a/aa}", "\"", "x=$(echo $x$x);",
        "while a; do ", "cat <<A\n", "${x[", "!(", "a\\\n", "for ((i=0;i<9999;i++)); do for ((j=0;j<9999;j++)); do ", "alias a=a;a;", "x=\"${x:-${x:-", "[a-", "-exec ", "sh -c '", "$'\\x", "a;", "# ", "\t", "((x++));", "1+(", "s/a/b/;", "sed s/a/b/g|",
    };

    [Theory]
    [MemberData(nameof(Repeated))]
    public void A_piece_repeated_is_bounded(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
        var watch = Stopwatch.StartNew();
        Analyse(text, CodeLanguage.Shell);
        Analyse("x=aaaa\n" + text, CodeLanguage.Shell);
        Analyse("RUN " + text, CodeLanguage.Dockerfile);
        Analyse("a:\n\t" + text + "\nb=$(" + text, CodeLanguage.Makefile);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{piece}: {watch.Elapsed}");
    }

    [Fact]
    public void A_long_script_takes_seconds_at_most()
    {
        var text = string.Concat(Enumerable.Repeat(ShellSamples.Scripts[0] + "\n", 4_000_000 / ShellSamples.Scripts[0].Length));
        var watch = Stopwatch.StartNew();
        Analyse(text, CodeLanguage.Shell);
        Analyse("x=" + new string('A', 10_000_000), CodeLanguage.Shell);
        Analyse(string.Concat(Enumerable.Repeat("echo abc | base64 -d >> f; x+=abc\n", 100_000)), CodeLanguage.Shell);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), watch.Elapsed.ToString());
    }

    [Fact]
    public void Places_lie_in_the_text()
    {
        foreach (var (text, language) in Samples)
            Assert.All(ShellActs.Of(text, language), a => Assert.InRange(a.Index, 0, text.Length));
    }

    private static void Analyse(string text, CodeLanguage language)
    {
        try
        {
            var acts = new ActSink(new WorkBudget(new WorkLimits { Seconds = 10 }));
            LanguageCatalog.Analyse(new CodeUnit(language, text), acts);
            _ = ShellParser.Parse(text, acts.Budget, out _);
        }
        catch (MalformedArtifactException)
        {
            // The budget ran out: that is said, and nothing else happens.
        }
    }
}
