using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>Shapes of texts that once broke a parser or an analysis, as fuzzing found them, made small.</summary>
public sealed class FuzzRegressionTests
{
    public static TheoryData<string, string> Shapes => new()
    {
        { "a.mjs", "import \\u{6" },
        { "a.js", "x = new (class { \\u{61" },
        { "page.html", "<script>var \\u{</script>" },
        { "install.sh", "#!/bin/sh\n" + Repeat("if ", 900) + "a.invalid/m6 |" },
        { "install.sh", "#!/bin/sh\n" + Repeat("while ", 300) + "a |\\" },
        { "install.sh", "#!/bin/sh\nif a &" },
        { "launch.py", "x = [1]\nprint([x.append(i) for i in x])\n" },
        { "launch.py", "x = [1]\nfor i in x:\n    x.append(i)\n" },
        { "launch.py", "x = [1]\ndef f(i):\n    x.append(i)\n    return i\nprint(list(map(f, x)))\n" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Is_read_to_an_end(string name, string text)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        Assert.True(report.Verdict is Verdict.Clean or Verdict.Incomplete, ScanAssert.Describe(report));
    }

    private static string Repeat(string part, int times) => string.Concat(Enumerable.Repeat(part, times));
}
