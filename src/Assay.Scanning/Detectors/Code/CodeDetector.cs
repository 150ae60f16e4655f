using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Understands the code of text files and judges what it does.</summary>
internal sealed class CodeDetector : Detector<TextFacts>
{
    public override IReadOnlyList<Rule> Rules { get; } =
    [
        CodeRules.CustomCode, CodeRules.ImportTimeCode, CodeRules.StartsPrograms, CodeRules.NetworkAccess, CodeRules.ReadsCredentials, CodeRules.SendsCredentials, CodeRules.DownloadsAndExecutes,
        CodeRules.DisablesChecks, CodeRules.HidesWindow, CodeRules.ReverseShell, CodeRules.Decoy, CodeRules.Persistence, CodeRules.AntiAnalysis, CodeRules.UnsafeRemoteLoad, CodeRules.InstallsPackages,
        CodeRules.DestroysFiles, CodeRules.MinesCurrency, CodeRules.SpiesOnUser, CodeRules.MachineCode, ScriptRules.ScriptFile, ScriptRules.PipeToShell, ScriptRules.SecurityTampering,
        ScriptRules.EncodedCommand, ScriptRules.Elevation, ObfuscationRules.DecodeAndExecute,
    ];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language is CodeLanguage.None or CodeLanguage.Prose or CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.Settings or CodeLanguage.Notebook)
            return;
        var acts = new ActSink(scope.Budget);
        var reach = ReachOf.File(scope.Path, artifact);
        LanguageCatalog.Analyse(new CodeUnit(artifact.Language, facts.Source.Text, reach) { FileName = artifact.Name }, acts);
        if (acts.Acts.Count > 0)
            scope.TraitsOf(artifact).Acts.AddRange(acts.Acts);
        BehaviourJudge.Judge(acts.Acts, artifact, scope, artifact.Language is CodeLanguage.Dockerfile or CodeLanguage.Makefile ? JudgeContext.Build : JudgeContext.Code);
        if (artifact.Language is CodeLanguage.Batch or CodeLanguage.PowerShell or CodeLanguage.VbScript)
            NoteScript(artifact, scope);
        else if (artifact.Language == CodeLanguage.Python && reach == Reach.Import)
            NoteCustomCode(acts.Acts, artifact, scope);
    }

    /// <summary>Weights need no start script. One that only sets up and starts local files is a note.</summary>
    private static void NoteScript(Artifact artifact, DetectionScope scope)
    {
        var worst = Severity.Info;
        foreach (var finding in scope.Findings.Findings)
        {
            if (finding.Location.Member == artifact.Member && finding.Severity > worst)
                worst = finding.Severity;
        }

        scope.Findings.AddAt(
            ScriptRules.ScriptFile, artifact, 0, $"{PicklePrinter.Quote(artifact.Name)} is a script for a command interpreter; weights need none", artifact.Name, worst >= Severity.Medium ? Severity.Medium : Severity.Low);
    }

    /// <summary>Code that loaders run: what it can do, so that a person knows what a review has to look at.</summary>
    private static void NoteCustomCode(IReadOnlyList<Act> acts, Artifact artifact, DetectionScope scope)
    {
        var words = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var act in acts)
        {
            if (Capability(act.Deed) is { } word)
                words.Add(word);
        }

        var summary = words.Count == 0 ? "it defines functions and classes and reaches neither files, network nor programs" : "it can " + string.Join(", ", words);
        scope.Findings.AddAt(CodeRules.CustomCode, artifact, 0, $"Loaders or installers may run {PicklePrinter.Quote(artifact.Name)}: {summary}", summary, effect: Effect.Load);
    }

    private static string? Capability(Deed deed) => deed switch
    {
        Deed.Download or Deed.Send or Deed.Connect => "use the network",
        Deed.RunProgram or Deed.ReverseShell or Deed.Mine => "start programs",
        Deed.RunCode => "run text as code",
        Deed.MachineCode => "load machine code",
        Deed.WriteFile or Deed.Destroy or Deed.Persist => "write or delete files",
        Deed.Deserialize => "open pickles",
        Deed.Install => "install packages",
        Deed.ReadSecret or Deed.Spy => "read private data",
        _ => null,
    };
}
