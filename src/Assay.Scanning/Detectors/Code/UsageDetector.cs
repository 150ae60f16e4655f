using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Finds where a text or program uses what lies in the repository without naming the file that runs: loading the model opens its weights,
/// <c>make</c> runs the Makefile, <c>npm install</c> the package's hooks. Adds links for the story, and no findings.
/// </summary>
internal sealed class UsageDetector : Detector<TextFacts>
{
    private const int MaxUses = 64;

    private static readonly string[] Loading =
    [
        "from_pretrained(", "torch.load(", "torch.hub.load(", "torch.jit.load(", "joblib.load(", "pickle.load(", "pipeline(", "load_model(", "np.load(", "numpy.load(", "YOLO(", "hf_hub_download(",
        "snapshot_download(", "from_single_file(", "load_state_dict(", "read_pickle(", "dill.load(", "cloudpickle.load(", "load_from_checkpoint(",
    ];

    /// <summary>What a text tells its reader to type, and the files that run then.</summary>
    private static readonly (string Command, string[] Files, string Words)[] Commands =
    [
        ("make ", ["Makefile", "makefile", "GNUmakefile"], "run make, which runs the Makefile"),
        ("make`", ["Makefile", "makefile", "GNUmakefile"], "run make, which runs the Makefile"),
        ("make\n", ["Makefile", "makefile", "GNUmakefile"], "run make, which runs the Makefile"),
        ("docker compose", ["docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"], "start the containers"),
        ("docker-compose", ["docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"], "start the containers"),
        ("docker build", ["Dockerfile"], "build the container"),
        ("npm install", ["package.json"], "install the package, which runs its hooks"),
        ("npm ci", ["package.json"], "install the package, which runs its hooks"),
        ("npm i\n", ["package.json"], "install the package, which runs its hooks"),
        ("npm start", ["package.json"], "start the package"),
        ("npm run", ["package.json"], "run a script of the package"),
        ("yarn", ["package.json"], "install the package, which runs its hooks"),
        ("pnpm ", ["package.json"], "install the package, which runs its hooks"),
        ("pip install .", ["setup.py", "pyproject.toml"], "install the package, which runs its set-up"),
        ("pip install -e", ["setup.py", "pyproject.toml"], "install the package, which runs its set-up"),
        ("setup.py install", ["setup.py"], "install the package, which runs its set-up"),
        ("pip install -r", ["requirements.txt"], "install the requirements"),
        ("conda env create", ["environment.yml", "environment.yaml"], "make the environment"),
        ("custom_generate=", ["custom_generate/generate.py"], "use the generation code of the repository"),
        ("cog predict", ["cog.yaml"], "run the container"),
        ("pytest", ["conftest.py"], "run the tests"),
    ];

    private static readonly SearchValues<string> Signs = SearchValues.Create([.. Loading, .. Commands.Select(static c => c.Command), "load_dataset(", ".md)", ".ipynb)", ".rst)", ".html)"], StringComparison.Ordinal);

    private static readonly string[] Endings = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".keras", ".npy", ".npz", ".dill", ".model", ".dat"];

    public override IReadOnlyList<Rule> Rules { get; } = [];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Name == "pyproject.toml")
            EntryPoints(facts.Source, artifact, scope);
        if (artifact.Language is not (CodeLanguage.Prose or CodeLanguage.Notebook or CodeLanguage.Python or CodeLanguage.Html))
            return;
        if (artifact.Language == CodeLanguage.Prose)
            Spans(facts.Source, artifact, scope);
        var text = facts.Source.Text.AsSpan();
        var from = 0;
        for (var uses = 0; uses < MaxUses && from < text.Length; uses++)
        {
            var at = text[from..].IndexOfAny(Signs);
            if (at < 0)
                return;
            at += from;
            var line = facts.Source.PositionOf(at).Line;
            Note(text[at..], facts.Source.Line(line), line, artifact, scope);
            from = at + 3;
        }
    }

    /// <summary>Commands in backticks that start a file: <c>bash x.sh</c>, <c>python -m package</c>, <c>./run.sh</c>.</summary>
    private static void Spans(SourceText source, Artifact artifact, DetectionScope scope)
    {
        var text = source.Text.AsSpan();
        var from = 0;
        for (var spans = 0; spans < 2000 && from < text.Length; spans++)
        {
            var open = text[from..].IndexOf('`');
            if (open < 0)
                return;
            open += from;
            var end = text[(open + 1)..].IndexOfAny('`', '\n');
            if (end < 0)
                return;
            from = open + 1 + end + 1;
            if (end is > 3 and < 300 && text[open + 1 + end] == '`' && Started(text.Slice(open + 1, end)) is { } file)
                scope.TraitsOf(artifact).Links.Add(new FileLink(file, source.PositionOf(open).Line, $"asks the reader to run {file}"));
        }
    }

    private static string? Started(ReadOnlySpan<char> command)
    {
        var starter = false;
        foreach (var range in command.Split(' '))
        {
            var word = command[range].Trim("\"'");
            if (word.IsEmpty || word[0] == '-')
                continue;
            if (Path.GetExtension(word) is ".sh" or ".py" or ".bat" or ".cmd" or ".ps1" or ".js" or ".vbs" or ".command" or ".pl" or ".rb" or ".R" or ".exe" or ".hta")
                return word.Contains("://", StringComparison.Ordinal) ? null : word.ToString();
            if (starter)
                return word.ContainsAnyExceptInRange('.', 'z') ? null : word.ToString().Replace('.', '/');
            starter = command.Contains(" -m ", StringComparison.Ordinal) && word.StartsWith("python", StringComparison.Ordinal);
            if (!starter && word is not ("bash" or "sh" or "zsh" or "source" or "sudo" or "node" or "streamlit" or "run" or "gradio" or "python" or "python3" or "py" or "powershell" or "pwsh" or "wscript" or "cscript" or "Rscript" or "perl" or "ruby" or "chmod" or "+x" or "uv" or "exec" or "call" or "start"))
                return null;
        }

        return null;
    }

    /// <summary>Commands that installing makes, with the modules that they run (PEP 621, <c>[project.scripts]</c>).</summary>
    private static void EntryPoints(SourceText source, Artifact artifact, DetectionScope scope)
    {
        var inside = false;
        for (var line = 1; line <= source.LineCount && line < 5000; line++)
        {
            var row = source.Line(line).Trim();
            if (row.StartsWith("["))
                inside = row.Contains("scripts]", StringComparison.Ordinal) || row.Contains("entry-points", StringComparison.Ordinal);
            else if (inside && row.IndexOf('"') is > 0 and var quote && row[(quote + 1)..].IndexOf(':') is > 0 and var colon)
                scope.TraitsOf(artifact).Links.Add(new FileLink(row.Slice(quote + 1, colon).ToString().Replace('.', '/') + ".py", line, "installs a command that runs " + row.Slice(quote + 1, colon).ToString()));
        }
    }

    private static void Note(ReadOnlySpan<char> rest, ReadOnlySpan<char> row, int line, Artifact artifact, DetectionScope scope)
    {
        var links = scope.TraitsOf(artifact).Links;
        var isCode = artifact.Language == CodeLanguage.Python;
        foreach (var loading in Loading)
        {
            if (rest.StartsWith(loading, StringComparison.Ordinal))
            {
                links.Add(new FileLink(WeightsOn(row), line, isCode ? "loads the model" : "shows the reader how to load the model"));
                return;
            }
        }

        if (isCode)
            return;
        if (rest.StartsWith("load_dataset(", StringComparison.Ordinal))
        {
            if (Quoted(row) is { } dataset)
                links.Add(new FileLink(dataset[(dataset.LastIndexOf('/') + 1)..] + ".py", line, "shows the reader how to load the data, which runs the script of that name"));
            return;
        }

        foreach (var (command, files, words) in Commands)
        {
            if (!rest.StartsWith(command, StringComparison.Ordinal))
                continue;
            if (command == "pip install -r" && rest.Length > command.Length + 2)
            {
                var name = rest[command.Length..].TrimStart();
                var end = name.IndexOfAny(" \r\n`;&\"'");
                links.Add(new FileLink((end < 0 ? name : name[..end]).ToString(), line, "asks the reader to " + words));
                return;
            }

            foreach (var file in files)
                links.Add(new FileLink(file, line, "asks the reader to " + words));
            return;
        }

        // A link to another text of the repository.
        var close = row.IndexOf(rest[..Math.Min(rest.Length, 4)]);
        var open = close < 0 ? -1 : row[..close].LastIndexOf("](");
        if (open >= 0 && row[(open + 2)..].IndexOf(')') is > 0 and < 200 and var length && !row.Slice(open + 2, length).Contains("://", StringComparison.Ordinal))
            links.Add(new FileLink(row.Slice(open + 2, length).ToString(), line, $"refers the reader to {row.Slice(open + 2, length)}"));
    }

    /// <summary>The file of weights that a line names in quotes; <see cref="FileLink.AnyWeights"/> where it names none.</summary>
    private static string WeightsOn(ReadOnlySpan<char> line)
    {
        for (var at = line.IndexOfAny('"', '\''); at >= 0;)
        {
            var rest = line[(at + 1)..];
            var end = rest.IndexOf(line[at]);
            if (end < 0)
                break;
            foreach (var ending in Endings)
            {
                if (rest[..end].EndsWith(ending, StringComparison.OrdinalIgnoreCase) && end < 256)
                    return rest[..end].ToString();
            }

            line = rest[(end + 1)..];
            at = line.IndexOfAny('"', '\'');
        }

        return FileLink.AnyWeights;
    }

    private static string? Quoted(ReadOnlySpan<char> line)
    {
        var at = line.IndexOfAny('"', '\'');
        if (at < 0)
            return null;
        var end = line[(at + 1)..].IndexOf(line[at]);
        return end is > 0 and < 200 ? line.Slice(at + 1, end).ToString() : null;
    }
}
