using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour;

public sealed class ObfuscationTests
{
    private static readonly string Blanks = new(' ', 300);

    public static TheoryData<string, string, string> Hidden => new()
    {
        { "loader.py", "import os" + Blanks + ";os.system('echo assay')\n", "OBF-002" },
        { "run.bat", "@echo off\r\nrem setup" + Blanks + "& start x.exe\r\n", "OBF-002" },
        { "a.py", "is_admin = False\nif access != 'user\u202e \u2066# check\u2069 \u2066':\n    pass\n", "OBF-002" },
        { "a.js", string.Concat(Enumerable.Range(0, 30).Select(i => $"var _0x3f{i:x2}=_0xa1{i:x2}(0x{i:x});")), "OBF-001" },
        { "b.py", string.Concat(Enumerable.Range(0, 8).Select(i => $"{Digits("O0", i)} = {i}\n")), "OBF-001" },
        { "c.py", "from pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'PY000000')\n", "OBF-001" },
        { "d.py", "x = '" + string.Concat("import os; print('assay')".Select(c => $"\\x{(int)c:x2}")) + string.Concat(Enumerable.Repeat("\\x61", 60)) + "'\n", "OBF-001" },
        { "e.py", "# -*- coding: utf-7 -*-\nprint(1)\n", "OBF-001" },
    };

    public static TheoryData<string, string> Open => new()
    {
        { "table.py", "NAMES = {\n    'a': 1," + new string(' ', 120) + "# aligned remark\n}\n" },
        { "long.py", "x = [" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"0x{i:x}, ")) + "]\n" },
        { "bytes.py", "MAGIC = b'" + string.Concat(Enumerable.Range(0, 400).Select(i => $"\\x{i * 7 % 256:x2}")) + "'\n" },
        { "greek.py", "Δt = 0.1\nσ_x = μ + 2\nимя = 'Анна'\nprint('GPUшка и API-ключ')\n" },
        { "bundle.min.js", string.Concat(Enumerable.Range(0, 500).Select(i => $"function a{i}(e,t){{return e[{i}]||t}}")) },
        { "colours.py", "# -*- coding: utf-8 -*-\nRED = '\\x1b[31m'\nOOO = 1\nll = 2\n" },
        { "arabic.py", "NAMES = ['مرحبا', 'שלום']\n" },
        { "blank.py", "a = 1\n\n\n\n\n\n\n\n\nb = 2\n" },
    };

    [Theory]
    [MemberData(nameof(Hidden))]
    public void Code_that_is_hidden_from_its_reader_is_reported(string name, string text, string rule)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        ScanAssert.HasRule(report, rule);
        Assert.True(report.Verdict >= Verdict.Suspicious, ScanAssert.Describe(report));
    }

    [Theory]
    [MemberData(nameof(Open))]
    public void Code_that_only_looks_unusual_is_clean(string name, string text)
    {
        var report = ScanAssert.Clean(Encoding.UTF8.GetBytes(text), name);
        Assert.DoesNotContain(report.Findings, f => f.Rule.Family == "OBF");
    }

    private static string Digits(string two, int number) =>
        two[0] + string.Concat(Convert.ToString(number + 64, 2).Select(c => two[c - '0']));
}
