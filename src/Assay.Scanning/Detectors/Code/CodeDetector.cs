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
        LanguageCatalog.Analyse(new CodeUnit(artifact.Language, facts.Source.Text, ReachOf.File(scope.Path, artifact)) { FileName = artifact.Name }, acts);
        if (acts.Acts.Count > 0)
            scope.TraitsOf(artifact).Acts.AddRange(acts.Acts);
        BehaviourJudge.Judge(acts.Acts, artifact, scope, artifact.Language is CodeLanguage.Dockerfile or CodeLanguage.Makefile ? JudgeContext.Build : JudgeContext.Code);
    }
}
