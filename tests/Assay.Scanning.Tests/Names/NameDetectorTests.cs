using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Names;

/// <summary>Names that deceive, beside honest names of every script.</summary>
public sealed class NameDetectorTests
{
    [Theory]
    [InlineData("model\u202Egnp.txt", Severity.High)]
    [InlineData("\u2067model.txt", Severity.High)]
    [InlineData("mod\u200Bel.json", Severity.High)]
    [InlineData("mod\u200Del.json", Severity.High)]
    [InlineData("m\u043Edel.json", Severity.High)]
    [InlineData("config.\u0440y", Severity.High)]
    [InlineData("config.\u0440\u0443", Severity.High)]
    [InlineData("weights.safetensors.exe", Severity.High)]
    [InlineData("photo.jpg .scr", Severity.High)]
    [InlineData("paper.pdf.lnk", Severity.High)]
    [InlineData("notes.txt          .bat", Severity.High)]
    [InlineData("notes.txt.", Severity.Medium)]
    [InlineData("start.bat ", Severity.High)]
    [InlineData("model.safetensor", Severity.Medium)]
    [InlineData("model.safetensorss", Severity.Medium)]
    [InlineData("model.safetnesors", Severity.Medium)]
    [InlineData("aux.py", Severity.Low)]
    [InlineData("-rf", Severity.Medium)]
    [InlineData("--checkpoint-action=exec=sh x.sh", Severity.High)]
    [InlineData("a\nb.txt", Severity.High)]
    [InlineData("$(curl x).txt", Severity.High)]
    [InlineData("sub\u202Edir/readme.txt", Severity.High)]
    public void A_name_that_deceives_is_reported(string name, Severity severity)
    {
        var report = ScanAssert.Scan("hello\n"u8.ToArray(), name);
        Assert.True(report.Findings.Any(f => f.Rule.Id == "NAM-003" && f.Severity == severity), ScanAssert.Describe(report));
    }

    [Theory]
    [InlineData("sitecustomize.py", "x = 1\n", Severity.Medium)]
    [InlineData("conftest.py", "x = 1\n", Severity.Low)]
    [InlineData("jupyter_server_config.py", "x = 1\n", Severity.Medium)]
    [InlineData("torch.py", "x = 1\n", Severity.Medium)]
    [InlineData("json/__init__.py", "x = 1\n", Severity.Medium)]
    [InlineData("weights.pth", "/opt/lib\nimport os; print('x')\n", Severity.High)]
    [InlineData(".git/hooks/post-checkout", "echo x\n", Severity.Medium)]
    public void A_file_that_is_loaded_by_its_name_is_reported(string name, string text, Severity severity)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        Assert.True(report.Findings.Any(f => f.Rule.Id == "NAM-004" && f.Severity == severity), ScanAssert.Describe(report));
    }

    [Theory]
    [InlineData("模型说明.md")]
    [InlineData("モデル.json")]
    [InlineData("모델.txt")]
    [InlineData("модель.txt")]
    [InlineData("модель-v2.json")]
    [InlineData("GPT-модель.md")]
    [InlineData("مدل‌ها.txt")]
    [InlineData("हिन्दी.txt")]
    [InlineData("Übersicht_é.md")]
    [InlineData("β-vae.json")]
    [InlineData("👩‍🔬 notes.md")]
    [InlineData("model.v1.2.safetensors")]
    [InlineData("model-00001-of-00002.safetensors")]
    [InlineData("archive.tar.gz")]
    [InlineData("types.d.ts")]
    [InlineData("app.min.js")]
    [InlineData("llama.cpp.exe.md")]
    [InlineData("model.Q4_K_M.gguf")]
    [InlineData("tokenizer.json.py")]
    [InlineData("image (1) copy.png")]
    [InlineData("run.bat")]
    [InlineData("data.csv.gz")]
    [InlineData(".gitattributes")]
    [InlineData("tests/conftest.py")]
    [InlineData("src/mypackage/types.py")]
    [InlineData("utils.py")]
    [InlineData("modeling_x.py")]
    [InlineData("console.txt")]
    [InlineData("weights.pth")]
    public void Honest_names_are_quiet(string name)
    {
        var report = ScanAssert.Scan("hello\n"u8.ToArray(), name);
        Assert.DoesNotContain(report.Findings, f => f.Rule.Family == "NAM");
    }

    [Fact]
    public void Names_that_fall_together_are_found()
    {
        var found = NameCollisions.Find(["a/Model.py", "a/model.py", "caf\u00e9.txt", "cafe\u0301.txt", "x.txt", "x.txt.", "r\u00e9sum\u00e9.md", "resume.md", "b/model.py"]).ToList();
        Assert.Equal(["a/model.py", "cafe\u0301.txt", "x.txt."], found.Select(f => f.Second));
        Assert.Equal(3, found.Select(f => f.Why).Distinct().Count());
    }
}
