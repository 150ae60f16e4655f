using System.Text;
using System.Text.Json;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges the scripts of <c>package.json</c>: npm runs those of its life cycle without asking (docs.npmjs.com, "scripts").</summary>
internal sealed class PackageScriptDetector : Detector<TextFacts>
{
    private const int MaxText = 4 << 20;

    /// <summary>Scripts that installing runs.</summary>
    private static readonly string[] Hooks = ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"];

    public override IReadOnlyList<Rule> Rules { get; } = [ScriptRules.InstallHook];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (!artifact.Name.Equals("package.json", StringComparison.OrdinalIgnoreCase) || facts.Source.Text.Length > MaxText)
            return;
        var bytes = Encoding.UTF8.GetBytes(facts.Source.Text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 });
        var acts = new ActSink(scope.Budget);
        try
        {
            var inside = false;
            var name = "";
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.CurrentDepth == 1)
                        inside = reader.ValueTextEquals("scripts"u8);
                    name = reader.GetString() ?? "";
                }
                else if (inside && reader.TokenType == JsonTokenType.String && reader.CurrentDepth == 2)
                {
                    Read(name, reader.GetString() ?? "", Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)reader.TokenStartIndex)), artifact, acts, scope);
                }
            }
        }
        catch (JsonException)
        {
            // npm refuses it as well; what came before was seen.
        }
        catch (InvalidOperationException)
        {
            // Text that is not valid: as above.
        }

        if (acts.Acts.Count == 0)
            return;
        scope.TraitsOf(artifact).Acts.AddRange(acts.Acts);
        BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Build);
    }

    private static void Read(string name, string command, int index, Artifact artifact, ActSink acts, DetectionScope scope)
    {
        var isHook = Array.IndexOf(Hooks, name) >= 0;
        var before = acts.Acts.Count;
        LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Shell, command, isHook ? Reach.Import : Reach.Main) { Place = _ => index }, acts);
        if (!isHook)
            return;
        var grave = false;
        for (var i = before; i < acts.Acts.Count; i++)
            grave |= acts.Acts[i] is { Confidence: >= Confidence.Medium, Deed: Deed.Send or Deed.ReverseShell or Deed.Persist or Deed.MachineCode } || (acts.Acts[i].From & (Origin.Network | Origin.Decoded | Origin.Secret)) != 0;
        scope.Findings.AddAt(ScriptRules.InstallHook, artifact, index, $"Installing the package runs its script {PicklePrinter.Quote(name)}: {PicklePrinter.Quote(command)}", command, grave ? Severity.High : Severity.Low, effect: Effect.Build);
    }
}
