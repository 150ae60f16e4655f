using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges what an artifact is against what it is called and where it lies.</summary>
internal sealed class FormatDetector : Detector
{
    /// <summary>Name endings that promise data which nothing runs from.</summary>
    private static readonly HashSet<string> InertEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".safetensors", ".gguf", ".ggml", ".json", ".txt", ".md", ".csv", ".tsv", ".yaml", ".yml", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".wav", ".mp3", ".mp4",
        ".flac", ".parquet", ".arrow", ".onnx", ".tflite", ".html", ".xml", ".jsonl", ".pdf", ".toml", ".ini", ".log", ".model", ".vocab", ".svg", ".ttf", ".woff2",
    };

    /// <summary>Name endings of files that models are stored in.</summary>
    private static readonly HashSet<string> ModelEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".h5", ".keras", ".pb", ".dat", ".t7", ".mar", ".nemo",
    };

    public override IReadOnlyList<Rule> Rules { get; } =
        [ScanRules.CanRunCode, ScanRules.NameMismatch, ScanRules.Polyglot, PickleRules.EmbeddedExecutable, ExecutableRules.Executable, ExecutableRules.Disguised, TorchRules.IsPickle];

    public override void InspectTree(Artifact artifact, DetectionScope scope)
    {
        if (artifact.Format.Class == FormatClass.Executable && artifact.Format != FormatId.PythonBytecode)
            JudgeExecutable(artifact, scope);
        if (artifact.Parent is not null)
            return;
        var ending = Path.GetExtension(artifact.Name);
        var class_ = artifact.Format.Class;
        var carrier = class_ == FormatClass.CodeOnLoad;
        if (carrier && InertEndings.Contains(ending) && !(ending.Equals(".model", StringComparison.OrdinalIgnoreCase)))
        {
            scope.Findings.Add(ScanRules.NameMismatch, artifact, 0, $"The name ends in {ending}, the content is {artifact.Format.Name}", $"{ending} / {artifact.Format.Name}", Severity.High, Confidence.High);
        }

        if (artifact.Format == FormatId.PyTorchZip || artifact.Format == FormatId.PyTorchLegacy || artifact.Format == FormatId.PyTorchTar)
            scope.Findings.Add(TorchRules.IsPickle, artifact, null, "A PyTorch file of the kind that holds a pickle; every instruction of it was looked at", null, effect: Effect.Never);
        else if (carrier)
            scope.Findings.Add(ScanRules.CanRunCode, artifact, null, $"Files of the type {artifact.Format.Name} can run code when they are loaded; this is no accusation", null, effect: Effect.Never);

        var formats = artifact.Readings.Select(r => r.Format).Distinct().ToList();
        if (formats.Count > 1)
        {
            var names = string.Join(" and ", formats.Select(f => f.Name));
            scope.Findings.Add(ScanRules.Polyglot, artifact, 0, $"The file is {names} at once: a checker may see one and a loader the other", names);
        }
    }

    private static void JudgeExecutable(Artifact artifact, DetectionScope scope)
    {
        for (var node = artifact.Parent; node is not null; node = node.Parent)
        {
            if (node.Format.Class != FormatClass.CodeOnLoad || artifact.Role == ChildRole.Member)
                continue;
            scope.Findings.Add(PickleRules.EmbeddedExecutable, artifact, 0, $"A program ({artifact.Format.Name}) of {artifact.Length:N0} bytes is hidden inside", $"{artifact.Format.Name}, {artifact.Length} bytes", confidence: Confidence.High, effect: Effect.Use);
            return;
        }

        var ending = Path.GetExtension(artifact.Name);
        if (artifact.Role == ChildRole.Slack || InertEndings.Contains(ending) || ModelEndings.Contains(ending) || LanguageGuess.ByName(artifact.Name) is not (null or CodeLanguage.None))
            scope.Findings.Add(ExecutableRules.Disguised, artifact, 0, $"{PicklePrinter.Quote(artifact.Name)} is a program ({artifact.Format.Name})", artifact.Format.Name, effect: Effect.Use);
        else
            scope.Findings.Add(ExecutableRules.Executable, artifact, 0, $"{PicklePrinter.Quote(artifact.Name)} is a program ({artifact.Format.Name})", artifact.Format.Name, IsLibrary(artifact, ending) ? Severity.Medium : Severity.High, effect: Effect.Use);
    }

    /// <summary>Native libraries come with extensions of Python, WebAssembly with pages; a program of its own has to be started by somebody.</summary>
    private static bool IsLibrary(Artifact artifact, string ending) =>
        artifact.Format == FormatId.Wasm || artifact.Format == FormatId.WindowsShortcut || artifact.Format == FormatId.LlvmBitcode || artifact.Format == FormatId.LuaBytecode || artifact.Format == FormatId.JavaClass || artifact.Format == FormatId.Dex
        || ending.ToLowerInvariant() is ".so" or ".dll" or ".dylib" or ".pyd" or ".node" or ".o" or ".a" or ".lib" or ".ko" or ".cubin" or ".fatbin" or ".hsaco" or ".engine" || artifact.Name.Contains(".so.", StringComparison.Ordinal);
}
