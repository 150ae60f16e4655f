using System.Globalization;
using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Finds names that are built to deceive the eye or a program, and names by which programs load a file without being asked.</summary>
internal sealed class NameDetector : Detector
{
    /// <summary>Longer paths say the same again.</summary>
    private const int MaxPath = 4096;

    /// <summary>Endings that start a program by a double click.</summary>
    private static readonly HashSet<string> Programs = new(StringComparer.OrdinalIgnoreCase)
    {
        "exe", "scr", "com", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "jse", "wsf", "wsh", "hta", "lnk", "msi", "msix", "cpl", "jar", "url", "reg", "desktop", "app", "apk", "gadget", "scf", "library-ms", "appref-ms", "application", "command", "inf", "chm", "dll",
    };

    /// <summary>Endings of what people open without fear.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "safetensors", "gguf", "ggml", "pt", "pth", "ckpt", "bin", "onnx", "h5", "keras", "pkl", "npy", "npz", "tflite", "pb", "model", "json", "yaml", "yml", "txt", "md", "csv", "tsv", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf",
        "jpg", "jpeg", "png", "gif", "webp", "bmp", "svg", "mp3", "mp4", "wav", "avi", "mov", "mkv", "flac", "html", "htm", "xml", "log", "zip", "rar", "7z", "tar", "gz", "parquet", "ipynb",
    };

    private static readonly string[] ModelEndings = ["safetensors", "gguf"];

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$", "conout$",
    };

    /// <summary>Modules that a program imports without thinking; a file of that name at the root of a repository is found first.</summary>
    private static readonly HashSet<string> Imported = new(StringComparer.Ordinal)
    {
        "torch", "torchvision", "torchaudio", "numpy", "scipy", "pandas", "sklearn", "transformers", "tokenizers", "safetensors", "diffusers", "accelerate", "peft", "datasets", "huggingface_hub", "tensorflow", "keras", "jax", "flax", "onnx", "onnxruntime",
        "PIL", "cv2", "yaml", "requests", "urllib3", "tqdm", "matplotlib", "joblib", "einops", "sentencepiece", "packaging", "filelock", "fsspec", "regex", "psutil", "gradio",
        "json", "pickle", "re", "random", "logging", "typing", "types", "subprocess", "hashlib", "base64", "copy", "pathlib", "tempfile", "struct", "threading", "socket", "ssl", "urllib", "http", "collections", "enum", "functools", "datetime", "inspect", "warnings",
        "dataclasses", "zipfile", "tarfile", "gzip", "math", "os", "shutil", "argparse", "importlib", "contextlib", "itertools", "operator", "weakref", "abc", "ctypes", "multiprocessing", "asyncio", "uuid", "csv", "glob", "string", "traceback", "platform", "copyreg", "codecs", "io",
    };

    /// <summary>Letters of Cyrillic and Greek that are drawn like Latin ones.</summary>
    private const string Confusable = "аеорсухіјѕԁԛԝһкмтвнгпАВЕКМНОРСТХІЅЈҮүΑΒΕΖΗΙΚΜΝΟΡΤΥΧοραινυκɑɡı";

    public override IReadOnlyList<Rule> Rules { get; } = [NameRules.DeceptiveName, NameRules.AutoLoadedFile];

    public override void Inspect(Artifact artifact, DetectionScope scope)
    {
        if (artifact.Parent is not null && artifact.Role != ChildRole.Member)
            return;
        var path = artifact.Parent is null ? scope.Path : artifact.Name;
        if (path.Length > MaxPath)
            return;
        var parts = path.Split('/');
        foreach (var part in parts)
            JudgeShape(part, isFile: ReferenceEquals(part, parts[^1]), artifact, scope);
        if (artifact.Parent is null)
            JudgeLoading(path, parts, artifact, scope);
    }

    private static void JudgeShape(string name, bool isFile, Artifact artifact, DetectionScope scope)
    {
        void Add(Severity severity, string what) =>
            scope.Findings.Add(NameRules.DeceptiveName, artifact, null, $"The name {Shown(name)} {what}", Shown(name), severity, severity >= Severity.High ? Confidence.High : Confidence.Medium, Effect.Use);

        if (!Ascii.IsValid(name))
            JudgeLetters(name, Add);
        if (name.AsSpan().ContainsAnyInRange('\0', '\u001f') || name.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            Add(Severity.High, "holds control characters");
        if (name.Contains("$(", StringComparison.Ordinal) || name.Contains('`', StringComparison.Ordinal))
            Add(Severity.High, "is a command to a shell that repeats it");
        if (name.StartsWith('-') && name.Length > 1)
            Add(name.Contains("=exec", StringComparison.OrdinalIgnoreCase) || name.StartsWith("--checkpoint", StringComparison.Ordinal) ? Severity.High : Severity.Medium, "is an option to programs that take lists of files");
        var trimmed = name.TrimEnd(' ', '.', '\u00a0');
        if (trimmed.Length < name.Length && trimmed.Length > 0)
            Add(Programs.Contains(EndingOf(trimmed)) ? Severity.High : Severity.Medium, "ends in a dot or space, which Windows drops");
        var stem = trimmed.IndexOf('.', StringComparison.Ordinal) is var first and > 0 ? trimmed[..first] : trimmed;
        if (Devices.Contains(stem))
            Add(Severity.Low, "is the name of a device on Windows");
        if (isFile)
            JudgeEnding(trimmed, Add);
    }

    /// <summary>Characters that are not seen, that turn the direction of writing, or that pose as others.</summary>
    private static void JudgeLetters(string name, Action<Severity, string> add)
    {
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            switch (c)
            {
                case (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'):
                    add(Severity.High, "turns the direction of writing, so that its end is shown elsewhere");
                    return;
                case '\u200b' or '\u2060' or '\ufeff' or '\u180e' or '\u00ad' or (>= '\u2061' and <= '\u2064') or (>= '\U0000fff9' and <= '\ufffb'):
                    add(Severity.High, "holds characters that are not seen");
                    return;
                case '\u200c' or '\u200d' when IsPlain(name, i - 1) && IsPlain(name, i + 1):
                    add(Severity.High, "holds characters that are not seen");
                    return;
                case '\u115f' or '\u1160' or '\u3164' or '\uffa0':
                    add(Severity.High, "holds a letter that is drawn as nothing");
                    return;
            }
        }

        // In one word, letters of two alphabets; all the foreign ones have a Latin double.
        for (var at = 0; at < name.Length;)
        {
            if (!char.IsLetter(name[at]))
            {
                at++;
                continue;
            }

            var start = at;
            int latin = 0, doubles = 0, others = 0;
            for (; at < name.Length && (char.IsLetter(name[at]) || CharUnicodeInfo.GetUnicodeCategory(name[at]) == UnicodeCategory.NonSpacingMark); at++)
            {
                if (char.IsAsciiLetter(name[at]))
                    latin++;
                else if (Confusable.Contains(name[at], StringComparison.Ordinal))
                    doubles++;
                else
                    others++;
            }

            var isGreek = name.AsSpan(start, at - start).ContainsAnyInRange('\u0370', '\u03ff');
            if (latin > 0 && doubles > 0 && others == 0)
            {
                add(isGreek && doubles == 1 && latin > 4 ? Severity.Medium : Severity.High, "mixes letters of two alphabets that look alike");
                return;
            }
        }

        var ending = EndingOf(name);
        if (ending.Length > 0 && !Ascii.IsValid(ending) && Lookalikes.Shape(ending) is var shape && (Programs.Any(p => Lookalikes.Shape(p) == shape) || Harmless.Any(h => Lookalikes.Shape(h) == shape) || shape is "py" or "sh" or "js"))
            add(Severity.High, "has an ending in letters of another alphabet that looks like a common one");
    }

    private static void JudgeEnding(string name, Action<Severity, string> add)
    {
        var ending = EndingOf(name);
        if (ending.Length == 0)
            return;
        var rest = name[..(name.Length - ending.Length - 1)];
        var before = EndingOf(rest.TrimEnd(' ', '\u00a0', '\u3000', '_', '.'));
        var isPadded = rest.Length - rest.TrimEnd(' ', '\u00a0', '\u3000', '\u2800').Length;
        if (isPadded >= 3 || rest.Contains("     ", StringComparison.Ordinal))
            add(Severity.High, "hides its ending behind blanks");
        else if (Programs.Contains(ending) && Harmless.Contains(before))
            add(before is "bin" or "model" or "pb" or "log" or "html" or "xml" ? Severity.Medium : Severity.High, $"looks like .{before} and is .{ending}");
        else if (ending is "js" or "py" or "sh" or "pyw" && before is "safetensors" or "gguf" or "png" or "jpg" or "jpeg" or "pdf" or "mp4" or "docx")
            add(Severity.Medium, $"looks like .{before} and is .{ending}");
        foreach (var model in ModelEndings)
        {
            var lower = ending.ToLowerInvariant();
            if (lower != model && lower.Length >= 4 && EditDistance.Of(lower, model, model.Length > 6 ? 2 : 1) <= (model.Length > 6 ? 2 : 1) && lower is not ("gguf2" or "ggjt" or "ggmf" or "gguv"))
                add(Severity.Medium, $"has an ending that looks like .{model} and is none");
        }
    }

    private static void JudgeLoading(string path, string[] parts, Artifact artifact, DetectionScope scope)
    {
        void Add(Severity severity, string message) =>
            scope.Findings.Add(NameRules.AutoLoadedFile, artifact, null, message, path, severity, Confidence.Medium, Effect.Use);

        var name = parts[^1];
        var lower = name.ToLowerInvariant();
        switch (lower)
        {
            case "sitecustomize.py" or "usercustomize.py":
                Add(Severity.Medium, $"Python runs {name} whenever it starts with this folder on its path");
                return;
            case "conftest.py" when !parts.Any(p => p.Contains("test", StringComparison.OrdinalIgnoreCase) && p != name):
                Add(Severity.Low, $"pytest runs {name} as soon as it looks at this folder");
                return;
            case "jupyter_notebook_config.py" or "jupyter_server_config.py" or "jupyter_lab_config.py" or "jupyter_config.py" or "ipython_config.py":
                Add(Severity.Medium, $"Jupyter runs {name} when it starts in this folder");
                return;
        }

        if (path.Contains(".git/hooks/", StringComparison.Ordinal) && !name.EndsWith(".sample", StringComparison.Ordinal))
            Add(Severity.Medium, $"git runs {name} by itself");
        if (path.Contains(".ipython/profile_", StringComparison.Ordinal) && path.Contains("/startup/", StringComparison.Ordinal))
            Add(Severity.Medium, $"IPython runs {name} whenever it starts");

        if (lower.EndsWith(".pth", StringComparison.Ordinal) && artifact.FactsOf<TextFacts>() is { } text && ImportLine(text.Source.Text) is { } line)
            Add(IsOfInstaller(lower) ? Severity.Medium : Severity.High, $"{name} is no weights but a path file: Python runs its line at every start: {line}");

        // Beside the file that is started, or in the folder that holds the model.
        var module = parts.Length == 1 && lower.EndsWith(".py", StringComparison.Ordinal) ? name[..^3] : parts.Length == 2 && name == "__init__.py" ? parts[0] : "";
        if (module.Length > 0 && Imported.Contains(module))
            Add(Severity.Medium, $"Programs that are started here get {path} where they import {module}");
    }

    /// <summary>Path files that installers of packages leave behind; the line in them is judged as code all the same.</summary>
    private static bool IsOfInstaller(string name) =>
        name is "distutils-precedence.pth" or "easy-install.pth" or "matplotlib.pth" || name.EndsWith("-nspkg.pth", StringComparison.Ordinal) || name.StartsWith("__editable__", StringComparison.Ordinal) || name.StartsWith("_virtualenv", StringComparison.Ordinal);

    /// <summary>The line of a path file that is run rather than added to the path (Python, <c>site</c>).</summary>
    private static string? ImportLine(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("import ") || line.StartsWith("import\t"))
                return line.Length <= 200 ? line.ToString() : string.Concat(line[..200], "…");
        }

        return null;
    }

    private static bool IsPlain(string name, int index) => index >= 0 && index < name.Length && char.IsAscii(name[index]);

    private static string EndingOf(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot <= 0 || name.Length - dot > 20 ? "" : name[(dot + 1)..];
    }

    /// <summary>The name with every character that is not plain written as its number.</summary>
    private static string Shown(string name)
    {
        var shown = new StringBuilder(name.Length + 2).Append('"');
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is >= 32 and < 127)
                shown.Append((char)rune.Value);
            else
                shown.Append(CultureInfo.InvariantCulture, $"{(Rune.IsLetter(rune) ? rune.ToString() : "")}[U+{rune.Value:X4}]");
        }

        return shown.Append('"').ToString();
    }
}
