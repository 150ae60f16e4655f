using System.Text.Json;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Reads the commands that a <c>package.json</c> has run on installation.</summary>
internal sealed class PackageScriptDetector : Detector<TextFacts>
{
    private const int MaxLength = 1 << 20;

    /// <summary>What package managers run unasked, in a package that is installed and in a folder where dependencies are installed.</summary>
    private static readonly string[] Hooks = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare", "prepublish", "dependencies", "pnpm:devPreinstall"];

    public override IReadOnlyList<Rule> Rules { get; } = [ScriptRules.InstallHook];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (!artifact.Name.Equals("package.json", StringComparison.OrdinalIgnoreCase) || facts.Source.Text.Length > MaxLength)
            return;
        foreach (var (hook, command) in Commands(facts.Source.Text))
        {
            var index = Math.Max(0, facts.Source.Text.IndexOf($"\"{hook}\"", StringComparison.Ordinal));
            Judge(hook, command, index, artifact, scope);
        }
    }

    private static List<(string Hook, string Command)> Commands(string text)
    {
        var commands = new List<(string Hook, string Command)>();
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("scripts", out var scripts) && scripts.ValueKind == JsonValueKind.Object)
            {
                foreach (var script in scripts.EnumerateObject())
                {
                    if (Array.IndexOf(Hooks, script.Name) >= 0 && script.Value.ValueKind == JsonValueKind.String && script.Value.GetString() is { Length: > 0 } command)
                        commands.Add((script.Name, command));
                }
            }
        }
        catch (JsonException)
        {
            // No package manager reads it either.
        }

        return commands;
    }

    private static void Judge(string hook, string command, int index, Artifact artifact, DetectionScope scope)
    {
        // The same line goes to sh, or to cmd on Windows.
        var acts = new ActSink(scope.Budget);
        foreach (var language in (ReadOnlySpan<CodeLanguage>)[CodeLanguage.Shell, CodeLanguage.Batch])
            LanguageCatalog.Analyse(new CodeUnit(language, command, Reach.Import) { Depth = 1, Place = _ => index }, acts);
        var traits = scope.TraitsOf(artifact);
        traits.Acts.AddRange(acts.Acts);
        var line = facts(artifact).PositionOf(index).Line;
        foreach (var act in acts.Acts)
        {
            foreach (var file in act.Files)
                traits.Links.Add(new FileLink(file, line, $"runs {file} when the package is installed ({hook})"));
        }

        BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Build);
        var (severity, why) = Graded(acts.Acts);
        scope.Findings.AddAt(
            ScriptRules.InstallHook, artifact, index, $"Installing the package runs {PicklePrinter.Quote(hook)}{why}", $"{hook}: {command}", severity, effect: Effect.Build);

        static SourceText facts(Artifact artifact) => artifact.FactsOf<TextFacts>()!.Source;
    }

    /// <summary>A hook that fetches, hides or harms; one that runs a file of the package, which is judged by itself; and any other.</summary>
    private static (Severity Severity, string Why) Graded(IReadOnlyList<Act> acts)
    {
        var worst = (Severity: Severity.Info, Why: "");
        foreach (var act in acts)
        {
            var trusted = act.Source is { } source && HostReputation.Of(source) is HostKind.Installer or HostKind.PackageIndex;
            if (act.Confidence >= Confidence.Medium && !trusted
                && (act.Deed is Deed.ReverseShell or Deed.Persist or Deed.DisableProtection or Deed.Destroy or Deed.Mine or Deed.Spy or Deed.ReadSecret
                    || (act.Deed is Deed.RunCode or Deed.RunProgram && (act.From & (Origin.Network | Origin.Decoded | Origin.Computed)) != 0)
                    || (act.Deed == Deed.Send && (act.From & (Origin.Secret | Origin.Machine)) != 0)))
            {
                return (Severity.High, ", which does what no honest installation does");
            }

            if (act.Deed == Deed.RunSibling && worst.Severity < Severity.Low)
                worst = (Severity.Low, $", which starts {string.Join(", ", act.Files)}");
        }

        return worst;
    }
}
