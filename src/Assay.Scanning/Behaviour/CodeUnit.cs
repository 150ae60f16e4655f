using Assay.Formats;

namespace Assay.Scanning;

/// <summary>A piece of code to be understood: a file, a cell, a command inside of other code.</summary>
/// <param name="Language">What it is written in.</param>
/// <param name="Text">The code.</param>
/// <param name="Reach">When it runs.</param>
internal sealed record CodeUnit(CodeLanguage Language, string Text, Reach Reach = Reach.Main)
{
    /// <summary>Most levels of code inside of code (<c>cmd /c powershell -e …</c>) that are followed.</summary>
    public const int MaxDepth = 8;

    /// <summary>Levels of code around it.</summary>
    public int Depth { get; init; }

    /// <summary>Turns a character of <see cref="Text"/> into one of the file; null where they are the same.</summary>
    public Func<int, int>? Place { get; init; }

    /// <summary>Where the text comes from, for code that is itself data: downloaded, decoded, computed.</summary>
    public Origin From { get; init; }

    /// <summary>Decoders that produced the text.</summary>
    public IReadOnlyList<string> Decoders { get; init; } = [];

    /// <summary>Lines of IPython may occur.</summary>
    public bool IsCell { get; init; }

    /// <summary>File name, without folders; empty where there is none.</summary>
    public string FileName { get; init; } = "";

    /// <summary>The character of the file for a character of the text.</summary>
    public int At(int index) => Place is null ? index : Place(index);

    /// <summary>Code found inside of this one: what it does happens at <paramref name="index"/> of this text.</summary>
    public CodeUnit Inner(CodeLanguage language, string text, int index, Origin from = Origin.None, Reach? reach = null)
    {
        var at = At(index);
        return new CodeUnit(language, text, reach ?? Reach) { Depth = Depth + 1, Place = _ => at, From = From | from, Decoders = Decoders };
    }
}

/// <summary>Collects the acts of one file, bounded, and carries what understanding them needs.</summary>
/// <param name="budget">The budget of the artifact.</param>
internal sealed class ActSink(WorkBudget budget)
{
    /// <summary>Acts kept per file.</summary>
    public const int MaxActs = 2000;

    private readonly List<Act> _acts = [];

    /// <summary>The budget of the artifact.</summary>
    public WorkBudget Budget => budget;

    /// <summary>The acts, in the order found.</summary>
    public IReadOnlyList<Act> Acts => _acts;

    /// <summary>The files that the code writes.</summary>
    public FileLedger Files { get; } = new();

    /// <summary>What could not be parsed, with its place.</summary>
    public List<Malformation> Errors { get; } = [];

    /// <summary>Adds an act; beyond the bound only grave ones are kept.</summary>
    public void Add(Act act)
    {
        if (_acts.Count < MaxActs || (act.Deed is not (Deed.Download or Deed.RunSibling or Deed.WriteFile) && _acts.Count < MaxActs * 2))
            _acts.Add(act);
    }
}

/// <summary>Understands one language, or a few that are alike. Stateless; registered in <see cref="LanguageCatalog"/>.</summary>
internal abstract class LanguageAnalysis
{
    /// <summary>The languages that it understands.</summary>
    public abstract IReadOnlyList<CodeLanguage> Languages { get; }

    /// <summary>Adds what the code does to <paramref name="acts"/>. Total: what it cannot parse goes to <see cref="ActSink.Errors"/>.</summary>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public abstract void Analyse(CodeUnit unit, ActSink acts);
}

/// <summary>Every language that is understood. A new one is a line here.</summary>
internal static class LanguageCatalog
{
    private static readonly LanguageAnalysis[] Analyses =
    [
        new PythonAnalysis(),
        new ShellAnalysis(),
        new BatchAnalysis(),
        new PowerShellAnalysis(),
        new JavaScriptAnalysis(),
        new VbScriptAnalysis(),
        new HtmlAnalysis(),
        new CallScriptAnalysis(),
    ];

    /// <summary>Understands code, of whatever language; code too deep inside of code is left.</summary>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static void Analyse(CodeUnit unit, ActSink acts)
    {
        if (unit.Depth > CodeUnit.MaxDepth || unit.Text.Length == 0)
            return;
        acts.Budget.ChargeElements(1 + (unit.Text.Length >> 4), 0);
        foreach (var analysis in Analyses)
        {
            if (analysis.Languages.Contains(unit.Language))
                analysis.Analyse(unit, acts);
        }
    }
}
