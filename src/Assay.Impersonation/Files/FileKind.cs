using System.Buffers;
using System.Text.Json;
using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>What a file of a repository is for.</summary>
public enum FileKind
{
    /// <summary>Weights, settings, texts, pictures: nothing in it runs.</summary>
    Data,

    /// <summary>Weights in a format that can run code when it is loaded (pickle and its carriers); the scanner judges what it does.</summary>
    Checkpoint,

    /// <summary>Python that a loader imports: named by <c>auto_map</c>, or by the conventions of a library.</summary>
    CodeForModel,

    /// <summary>Python and lists of requirements around a fine-tune, which no loader runs.</summary>
    TrainingScript,

    /// <summary>Other source code.</summary>
    OtherCode,

    /// <summary>What an operating system, a shell or an editor runs, or an archive that may hold it.</summary>
    Program,
}

/// <summary>A file of a repository.</summary>
/// <param name="Path">Path with <c>/</c>.</param>
/// <param name="Format">Its format by content.</param>
/// <param name="Sha256">Its digest; null when not known.</param>
public sealed record RepositoryFile(string Path, FormatId Format, string? Sha256 = null);

/// <summary>Tells what files are for: by content first, then by name.</summary>
public static class FileKinds
{
    private static readonly HashSet<string> Programs = new(StringComparer.OrdinalIgnoreCase)
    {
        ".exe", ".dll", ".so", ".dylib", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".mjs", ".cjs", ".jse", ".wsf", ".hta", ".jar", ".sh", ".bash", ".zsh", ".command", ".scr", ".com", ".pif",
        ".lnk", ".msi", ".msix", ".apk", ".dmg", ".pkg", ".deb", ".rpm", ".appimage", ".desktop", ".url", ".reg", ".scf", ".inf", ".iso", ".img", ".vhd", ".vhdx",
        ".zip", ".7z", ".rar", ".cab", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".whl", ".egg", ".pyd", ".pyc", ".node", ".pth", ".applescript",
        ".run", ".wsh", ".cpl", ".appx", ".msixbundle", ".appxbundle", ".jnlp", ".ahk", ".au3", ".csh", ".ksh", ".fish", ".sys", ".ocx", ".xll", ".chm", ".scpt", ".workflow", ".vsix", ".crx", ".xpi", ".nupkg", ".gem", ".zipx", ".lzh", ".ace", ".arj", ".tbz2", ".txz", ".lz4", ".uue",
    };

    /// <summary>Names that run something without being called: by Python, package managers, editors.</summary>
    private static readonly HashSet<string> SelfStarting = new(StringComparer.OrdinalIgnoreCase)
    {
        "sitecustomize.py", "usercustomize.py", "conftest.py", "package.json", ".npmrc", "makefile", "dockerfile", "setup.py", ".envrc",
    };

    private static readonly string[] TrainingNames = ["train", "finetune", "fine_tune", "fine-tune", "eval", "evaluate", "run_", "benchmark", "prepare_data", "preprocess", "test_", "inference", "example", "demo", "convert", "quantize", "merge"];

    private static readonly string[] ModelCodeNames = ["modeling_", "modelling_", "configuration_", "tokenization_", "processing_", "image_processing_", "feature_extraction_", "video_processing_", "pipeline", "handler.py", "generation_"];

    private static readonly SearchValues<char> ModuleEnd = SearchValues.Create(".");

    /// <summary>What a file is for.</summary>
    /// <param name="file">The file.</param>
    /// <param name="modelModules">Modules that the repository's settings name (<see cref="ModulesOf"/>).</param>
    public static FileKind Of(RepositoryFile file, IReadOnlySet<string> modelModules)
    {
        var name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        var extension = System.IO.Path.GetExtension(name);
        if (ByContent(file.Format, extension) is { } kind)
            return kind;
        if (SelfStarting.Contains(name) || Programs.Contains(extension) || file.Path.StartsWith(".vscode/", StringComparison.OrdinalIgnoreCase)
            || file.Path.StartsWith(".github/workflows/", StringComparison.OrdinalIgnoreCase) || file.Path.Contains("/.vscode/", StringComparison.OrdinalIgnoreCase))
        {
            return FileKind.Program;
        }

        if (string.Equals(extension, ".py", StringComparison.OrdinalIgnoreCase) || string.Equals(extension, ".pyw", StringComparison.OrdinalIgnoreCase))
            return OfPython(file.Path, name, modelModules);
        if (extension.ToLowerInvariant() is ".ipynb" or ".cpp" or ".c" or ".cu" or ".rs" or ".go" or ".java" or ".rb" or ".pl" or ".php" or ".lua" or ".swift" or ".ts")
            return FileKind.OtherCode;
        return name.StartsWith("requirements", StringComparison.OrdinalIgnoreCase) && string.Equals(extension, ".txt", StringComparison.OrdinalIgnoreCase)
            ? FileKind.TrainingScript
            : FileKind.Data;
    }

    /// <summary>
    /// Modules (without <c>.py</c>, with <c>/</c>) that a loader imports from this repository: of <c>auto_map</c> and <c>custom_pipelines</c> in a
    /// <c>config.json</c> or <c>tokenizer_config.json</c>. Empty when the text is not JSON.
    /// </summary>
    public static IReadOnlySet<string> ModulesOf(ReadOnlySpan<byte> json)
    {
        var modules = new HashSet<string>(StringComparer.Ordinal);
        if (json.Length > ModelFingerprints.MaxConfig)
            return modules;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        var inside = -1;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && inside < 0 && (reader.ValueTextEquals("auto_map"u8) || reader.ValueTextEquals("custom_pipelines"u8)))
                    inside = reader.CurrentDepth;
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray && reader.CurrentDepth <= inside)
                    inside = -1;
                else if (reader.TokenType == JsonTokenType.String && inside >= 0 && reader.GetString() is { } reference && ModuleOf(reference) is { } module)
                    modules.Add(module);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was named before the damage counts.
        }

        return modules;
    }

    /// <summary><c>module.Class</c>, or <c>owner/repository--module.Class</c>, whose code is elsewhere.</summary>
    private static string? ModuleOf(string reference)
    {
        if (reference.Contains("--", StringComparison.Ordinal))
            return null;
        var end = reference.AsSpan().LastIndexOfAny(ModuleEnd);
        return end > 0 ? reference[..end].Replace('.', '/') : null;
    }

    private static FileKind? ByContent(FormatId format, string extension) => format.Class switch
    {
        FormatClass.Executable => FileKind.Program,
        FormatClass.CodeOnLoad => FileKind.Checkpoint,
        FormatClass.Container when format == FormatId.Npz => FileKind.Data,
        FormatClass.Container when extension.ToLowerInvariant() is ".nemo" or ".keras" or ".mar" or ".skops" or ".pt2" or ".mlmodel" => FileKind.Checkpoint,
        FormatClass.Container => FileKind.Program,
        FormatClass.Program => FileKind.Data,
        // Text is what its name says; other data is data whatever its name says.
        FormatClass.Inert when format != FormatId.Text && format != FormatId.Json && format != FormatId.Xml && format != FormatId.Empty && !Programs.Contains(extension) => FileKind.Data,
        _ => null,
    };

    private static FileKind OfPython(string path, string name, IReadOnlySet<string> modelModules)
    {
        if (modelModules.Contains(path[..path.LastIndexOf('.')]))
            return FileKind.CodeForModel;
        if (Array.Exists(ModelCodeNames, n => name.StartsWith(n, StringComparison.OrdinalIgnoreCase)))
            return FileKind.CodeForModel;
        return Array.Exists(TrainingNames, n => name.StartsWith(n, StringComparison.OrdinalIgnoreCase)) ? FileKind.TrainingScript : FileKind.OtherCode;
    }
}

/// <summary>The files of a repository held against those of the one that it resembles.</summary>
/// <param name="Programs">Programs that the target does not have.</param>
/// <param name="NewCode">Code that the target does not have: for the model, and other; training scripts are not among it.</param>
/// <param name="TrainingScripts">Training scripts that the target does not have.</param>
/// <param name="HasWeights">Whether there are weights beside them.</param>
/// <param name="IsDataOnly">Whether nothing but data is there, as in the repository of one who quantises.</param>
public sealed record FileComparison(IReadOnlyList<string> Programs, IReadOnlyList<string> NewCode, IReadOnlyList<string> TrainingScripts, bool HasWeights, bool IsDataOnly)
{
    private static readonly string[] Weights = [".safetensors", ".gguf", ".ggml", ".bin", ".pt", ".onnx", ".h5", ".keras", ".tflite", ".msgpack", ".npz", ".ckpt"];

    /// <summary>Whether programs lie beside weights.</summary>
    public bool HasProgramsBesideWeights => Programs.Count > 0 && HasWeights;

    /// <summary>Compares by digest; a file with a digest that the target has, under whatever name, is the target's.</summary>
    /// <param name="files">Files of the candidate.</param>
    /// <param name="modelModules">Modules that the candidate's settings name.</param>
    /// <param name="target">Files of the target; empty when there is none.</param>
    public static FileComparison Of(IReadOnlyCollection<RepositoryFile> files, IReadOnlySet<string> modelModules, IReadOnlyCollection<RepositoryFile> target)
    {
        var known = target.Select(static f => f.Sha256).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        var (programs, code, scripts, isDataOnly) = (new List<string>(), new List<string>(), new List<string>(), true);
        foreach (var file in files)
        {
            var kind = FileKinds.Of(file, modelModules);
            isDataOnly &= kind == FileKind.Data;
            if (file.Sha256 is { } digest && known.Contains(digest))
                continue;
            if (kind == FileKind.Program)
                programs.Add(file.Path);
            else if (kind is FileKind.CodeForModel or FileKind.OtherCode)
                code.Add(file.Path);
            else if (kind == FileKind.TrainingScript)
                scripts.Add(file.Path);
        }

        var hasWeights = files.Any(f => FileKinds.Of(f, modelModules) is FileKind.Checkpoint or FileKind.Data && Array.Exists(Weights, w => f.Path.EndsWith(w, StringComparison.OrdinalIgnoreCase)));
        return new FileComparison(programs, code, scripts, hasWeights, isDataOnly);
    }
}
