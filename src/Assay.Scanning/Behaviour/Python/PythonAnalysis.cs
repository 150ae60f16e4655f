using Assay.Formats;
using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>Understands Python: what a file, a cell or a string of code does.</summary>
internal sealed class PythonAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Python];

    public override void Analyse(CodeUnit unit, ActSink acts)
    {
        var text = unit.Text;
        if (unit.FileName.EndsWith(".pth", StringComparison.OrdinalIgnoreCase))
            text = OnlyImports(text);
        var module = PythonParser.Parse(text, acts.Budget, unit.IsCell);
        foreach (var error in module.Errors)
            acts.Errors.Add(error);
        new PythonInterpreter(unit, acts).Run(module);
    }

    /// <summary>Of a path file, Python runs the lines that start with <c>import</c> (<c>site.addpackage</c>); the others are folders. Places stay.</summary>
    private static string OnlyImports(string text)
    {
        var kept = text.ToCharArray();
        for (var at = 0; at < kept.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? kept.Length : end;
            if (!text.AsSpan(at, end - at).StartsWith("import ") && !text.AsSpan(at, end - at).StartsWith("import\t"))
                kept.AsSpan(at, end - at).Fill(' ');
            at = end + 1;
        }

        return new string(kept);
    }
}
