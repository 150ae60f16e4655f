using Assay.Formats;

namespace Assay.Impersonation.Tests.Files;

public sealed class FileKindTests
{
    private static readonly HashSet<string> NoModules = [];

    [Theory]
    [InlineData("model.safetensors", "safetensors", FileKind.Data)]
    [InlineData("model.Q4_K_M.gguf", "gguf", FileKind.Data)]
    [InlineData("model.onnx", "onnx", FileKind.Data)]
    [InlineData("tokenizer.json", "json", FileKind.Data)]
    [InlineData("tokenizer.model", "sentencepiece", FileKind.Data)]
    [InlineData("README.md", "text", FileKind.Data)]
    [InlineData("logo.png", "png", FileKind.Data)]
    [InlineData("pytorch_model.bin", "pytorch-zip", FileKind.Checkpoint)]
    [InlineData("model.nemo", "tar", FileKind.Checkpoint)]
    [InlineData("weights.npz", "npz", FileKind.Data)]
    [InlineData("modeling_x.py", "text", FileKind.CodeForModel)]
    [InlineData("pipeline.py", "text", FileKind.CodeForModel)]
    [InlineData("train.py", "text", FileKind.TrainingScript)]
    [InlineData("scripts/eval_mmlu.py", "text", FileKind.TrainingScript)]
    [InlineData("requirements.txt", "text", FileKind.TrainingScript)]
    [InlineData("loader.py", "text", FileKind.OtherCode)]
    [InlineData("start.bat", "text", FileKind.Program)]
    [InlineData("install.sh", "text", FileKind.Program)]
    [InlineData("sitecustomize.py", "text", FileKind.Program)]
    [InlineData(".vscode/tasks.json", "json", FileKind.Program)]
    [InlineData("package.json", "json", FileKind.Program)]
    [InlineData("model.safetensors", "pe", FileKind.Program)]
    [InlineData("README.md", "lnk", FileKind.Program)]
    [InlineData("tools.7z", "7z", FileKind.Program)]
    [InlineData("x.pth", "text", FileKind.Program)]
    [InlineData("x.pth", "pytorch-zip", FileKind.Checkpoint)]
    [InlineData("setup.exe", "unknown", FileKind.Program)]
    public void Content_decides_and_then_the_name(string path, string format, FileKind kind) =>
        Assert.Equal(kind, FileKinds.Of(new RepositoryFile(path, FormatOf(format)), NoModules));

    [Fact]
    public void Modules_that_settings_name_are_code_for_the_model()
    {
        var modules = FileKinds.ModulesOf("""{"auto_map":{"AutoModel":"my_net.Net","AutoTokenizer":["tok.fast.A",null],"AutoConfig":"other/repo--cfg.C"},"x":"y.Z"}"""u8);
        Assert.Equal(["my_net", "tok/fast"], modules.Order(StringComparer.Ordinal));
        Assert.Equal(FileKind.CodeForModel, FileKinds.Of(new RepositoryFile("my_net.py", FormatId.Text), modules));
        Assert.Equal(FileKind.CodeForModel, FileKinds.Of(new RepositoryFile("tok/fast.py", FormatId.Text), modules));
        Assert.Equal(FileKind.OtherCode, FileKinds.Of(new RepositoryFile("my_net.py", FormatId.Text), NoModules));
        Assert.Empty(FileKinds.ModulesOf("no json"u8));
    }

    [Fact]
    public void A_copy_with_a_loader_and_a_program_is_told_from_an_honest_quantisation()
    {
        RepositoryFile[] target =
        [
            new("model.safetensors", FormatId.Safetensors, "aa"), new("config.json", FormatId.Json, "bb"), new("modeling_x.py", FormatId.Text, "cc"), new("README.md", FormatId.Text, "dd"),
        ];
        var attack = FileComparison.Of([.. target, new("start.bat", FormatId.Text, "11"), new("loader.py", FormatId.Text, "22"), new("copy.py", FormatId.Text, "CC")], NoModules, target);
        Assert.Equal(["start.bat"], attack.Programs);
        Assert.Equal(["loader.py"], attack.NewCode);
        Assert.True(attack.HasProgramsBesideWeights);
        Assert.False(attack.IsDataOnly);

        var honest = FileComparison.Of([new("model-Q4_K_M.gguf", FormatId.Gguf, "33"), new("README.md", FormatId.Text, "44")], NoModules, target);
        Assert.Equal((true, true, false), (honest.IsDataOnly, honest.HasWeights, honest.HasProgramsBesideWeights));

        var tuned = FileComparison.Of([new("model.safetensors", FormatId.Safetensors, "55"), new("train.py", FormatId.Text, "66"), new("requirements.txt", FormatId.Text, "77")], NoModules, target);
        Assert.Empty(tuned.Programs);
        Assert.Empty(tuned.NewCode);
        Assert.Equal(["train.py", "requirements.txt"], tuned.TrainingScripts);
    }

    private static FormatId FormatOf(string name) => name switch
    {
        "safetensors" => FormatId.Safetensors,
        "gguf" => FormatId.Gguf,
        "onnx" => FormatId.Onnx,
        "json" => FormatId.Json,
        "sentencepiece" => FormatId.SentencePiece,
        "png" => FormatId.Png,
        "pytorch-zip" => FormatId.PyTorchZip,
        "tar" => FormatId.Tar,
        "npz" => FormatId.Npz,
        "pe" => FormatId.Pe,
        "lnk" => FormatId.WindowsShortcut,
        "7z" => FormatId.SevenZip,
        "text" => FormatId.Text,
        _ => FormatId.Unknown,
    };
}
