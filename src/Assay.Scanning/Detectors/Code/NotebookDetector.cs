using Assay.Formats;
using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>Understands notebooks: the code of the cells as one program, the text between them, and what saved outputs would run.</summary>
internal sealed class NotebookDetector : Detector<TextFacts>
{
    private const int MaxActiveOutputs = 20;

    /// <summary>Words of libraries whose outputs bring scripts of their own.</summary>
    private static readonly string[] Plotters =
    [
        "plotly", "bokeh", "mathjax", "vega", "altair", "require.min.js", "requirejs", "d3.v", "d3.min", "jquery", "google.colab", "colab-df", "ipywidgets", "jupyter-widgets", "folium", "leaflet", "pyvis", "vis-network", "shap", "wandb", "gradio",
        "tensorboard", "kernel.execute", "echarts", "highcharts", "datatables", "itables", "anywidget", "py3dmol", "3dmol", "nglview", "ngl", "pyldavis", "ldavis", "mpld3", "bertviz", "bertvis", "holoviews", "panel", "xgboost", "h2o", "pygwalker", "sweetviz",
        "element.append", "data-commm", "sphinx", "sklearn", "shiny", "scattertext", "displacy", "kaggle",
    ];

    public override IReadOnlyList<Rule> Rules { get; } = [ScriptRules.NotebookCommand, ScriptRules.ActiveOutput];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language != CodeLanguage.Notebook)
            return;
        var notebook = NotebookReader.Read(facts.Source.Text, scope.Budget);
        if (!notebook.IsWhole)
            scope.Gaps.Add(new Incompleteness(IncompleteReason.Unreadable, null, artifact.Member, 0, "the notebook is no valid JSON; what could be read of it was"));

        var acts = new ActSink(scope.Budget);
        AnalyseCells(notebook, acts);
        NoteCommands(notebook, artifact, scope);
        if (acts.Acts.Count > 0)
            scope.TraitsOf(artifact).Acts.AddRange(acts.Acts);
        BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Code);

        JudgeText(notebook, artifact, scope);
        JudgeOutputs(notebook, artifact, scope);
    }

    /// <summary>
    /// Cells share one memory, and are read as one program. A cell that cannot be parsed is read alone, so that what it leaves open swallows
    /// nothing.
    /// </summary>
    private static void AnalyseCells(NotebookReader notebook, ActSink acts)
    {
        var language = OfKernel(notebook.Kernel);
        var whole = new PieceText();
        foreach (var cell in notebook.Cells)
        {
            if (!cell.IsCode)
                continue;
            var source = cell.Source;
            if (language != CodeLanguage.Python)
            {
                if (language != CodeLanguage.None)
                    LanguageCatalog.Analyse(new CodeUnit(language, source.Text) { Place = source.At }, acts);
                continue;
            }

            var text = Prepare(source.Text);
            if (PythonParser.Parse(text, acts.Budget, magics: true).Errors.Count > 0)
            {
                LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Python, text) { Place = source.At, IsCell = true }, acts);
                continue;
            }

            for (var i = 0; i < text.Length; i++)
                whole.Add(text[i], source.At(i));
            whole.Add('\n', source.At(text.Length));
            whole.Add('\f', source.At(text.Length));
            whole.Add('\n', source.At(text.Length));
        }

        if (whole.Take(PieceKind.Code) is { } program)
            LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Python, program.Text) { Place = program.At, IsCell = true }, acts);
    }

    private static CodeLanguage OfKernel(string kernel) => kernel switch
    {
        "" or "python" or "python3" or "ipython" or "python2" => CodeLanguage.Python,
        "bash" or "sh" or "shell" => CodeLanguage.Shell,
        "javascript" or "typescript" or "deno" => CodeLanguage.JavaScript,
        "powershell" or "pwsh" => CodeLanguage.PowerShell,
        "r" or "julia" or "scala" or "rust" or "go" or "c++" or "c++17" or "java" or "kotlin" or "c#" or "f#" or "sql" or "octave" or "matlab" or "ruby" or "haskell" or "lua" => CodeLanguage.None,
        // An unknown name may be anybody's name for Python.
        _ => CodeLanguage.Python,
    };

    /// <summary>Takes the heads off cells that only measure or catch what Python does; form feeds part cells.</summary>
    private static string Prepare(string text)
    {
        if (text.Contains('\f'))
            text = text.Replace('\f', ' ');
        for (var at = 0; ;)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (!text.AsSpan(at).StartsWith("%%"))
                return text;
            var end = text.AsSpan(at).IndexOfAny(" \t\r\n");
            var name = end < 0 ? text[(at + 2)..] : text[(at + 2)..(at + end)];
            if (name is not ("time" or "timeit" or "capture" or "prun" or "memit" or "wandb" or "notify" or "heat" or "skip" or "cache" or "mprun" or "scalene" or "snakeviz" or "px" or "autopx"))
                return text;
            var line = text.IndexOf('\n', at);
            line = line < 0 ? text.Length : line;
            text = string.Concat(text.AsSpan(0, at), new string(' ', line - at), text.AsSpan(line));
            at = line;
        }
    }

    /// <summary>One note a notebook: it hands lines to the system.</summary>
    private static void NoteCommands(NotebookReader notebook, Artifact artifact, DetectionScope scope)
    {
        var count = 0;
        var first = -1;
        var shown = "";
        foreach (var cell in notebook.Cells)
        {
            if (!cell.IsCode)
                continue;
            var at = 0;
            foreach (var line in cell.Source.Text.AsSpan().EnumerateLines())
            {
                var words = line.TrimStart();
                if ((words is ['!', not '=', ..] && words.Length > 1) || words.StartsWith("%%bash") || words.StartsWith("%%sh") || words.StartsWith("%%cmd") || words.StartsWith("%system") || words.StartsWith("%sx"))
                {
                    count++;
                    if (first < 0)
                        (first, shown) = (cell.Source.At(at), words.Length > 200 ? words[..200].ToString() : words.ToString());
                }

                at += line.Length + 1;
            }
        }

        if (count > 0)
            scope.Findings.AddAt(ScriptRules.NotebookCommand, artifact, first, count == 1 ? "A cell runs a command of the system" : $"{count} lines of cells run commands of the system", shown);
    }

    private static void JudgeText(NotebookReader notebook, Artifact artifact, DetectionScope scope)
    {
        var pieces = new List<Piece>();
        foreach (var cell in notebook.Cells)
        {
            if (cell.IsCode)
                continue;
            var source = cell.Source;
            foreach (var piece in ReaderView.Read(new SourceText(source.Text, System.Text.Encoding.UTF8), isPage: false, scope.Budget))
                pieces.Add(piece.Within(source.At));
        }

        if (pieces.Count > 0)
            LureDetector.Judge(pieces, artifact, scope);
    }

    private static void JudgeOutputs(NotebookReader notebook, Artifact artifact, DetectionScope scope)
    {
        var reported = 0;
        foreach (var output in notebook.Outputs)
        {
            if (reported >= MaxActiveOutputs)
                return;
            if (ActiveContent.In(output) is not var (at, length, what, isForeign))
                continue;
            var text = output.Content.Text;
            var known = Array.Exists(Plotters, p => text.Contains(p, StringComparison.OrdinalIgnoreCase));
            var script = text.Substring(at, Math.Min(length, 400));
            // The scripts of a library are long, and say whose they are.
            var severity = isForeign ? Severity.Medium : known ? Severity.Info : Severity.Medium;
            if (ActiveContent.Acts(text, known))
                severity = Severity.High;
            if (severity == Severity.Info)
                continue;
            reported++;
            scope.Findings.AddAt(ScriptRules.ActiveOutput, artifact, output.Content.At(at), $"A saved output {what}", script, severity, effect: Effect.Load);
        }
    }
}
