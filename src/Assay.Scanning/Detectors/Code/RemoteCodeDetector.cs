using System.Text;
using System.Text.Json;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Finds the settings by which loaders take code from a repository: <c>auto_map</c> of transformers configurations
/// (<c>modeling_x.Class</c> of this repository, <c>owner/name--modeling_x.Class</c> of another one).
/// </summary>
internal sealed class RemoteCodeDetector : Detector<TextFacts>
{
    /// <summary>Settings larger than this hold data (vocabularies), and their <c>auto_map</c> stands near the end or nowhere.</summary>
    private const int MaxText = 64 << 20;

    public override IReadOnlyList<Rule> Rules { get; } = [ConfigurationRules.RemoteCode, ConfigurationRules.RemoteCodeElsewhere, ConfigurationRules.DangerousTarget, ConfigurationRules.ObjectTag];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
        if (artifact.Language is CodeLanguage.Json or CodeLanguage.Yaml && text.Length <= MaxText)
            FindCalls(text, artifact, scope);
        if (artifact.Language != CodeLanguage.Json || text.Length > MaxText || !text.Contains("\"auto_map\"", StringComparison.Ordinal))
            return;
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 });
        try
        {
            var inside = -1;
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && inside < 0 && reader.ValueTextEquals("auto_map"u8))
                    inside = reader.CurrentDepth;
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.PropertyName && inside >= 0 && reader.CurrentDepth <= inside)
                    inside = -1;
                else if (reader.TokenType == JsonTokenType.String && inside >= 0)
                    Judge(reader.GetString() ?? "", Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)reader.TokenStartIndex)), facts, artifact, scope);
            }
        }
        catch (JsonException)
        {
            // Loaders refuse it too; what came before the fault was seen.
        }
        catch (InvalidOperationException)
        {
            // A string that is no valid text: as above.
        }
    }

    /// <summary>Settings that name what is to be called: <c>_target_</c> of Hydra, object tags of PyYAML.</summary>
    private static void FindCalls(string text, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language == CodeLanguage.Yaml)
        {
            foreach (var tag in (ReadOnlySpan<string>)["!!python/object/apply:", "!!python/object/new:", "!!python/object:", "tag:yaml.org,2002:python/object"])
            {
                var at = text.IndexOf(tag, StringComparison.Ordinal);
                if (at < 0)
                    continue;
                var end = text.AsSpan(at).IndexOfAny('\r', '\n');
                var line = text.Substring(at, Math.Min(200, end < 0 ? text.Length - at : end));
                scope.Findings.AddAt(ConfigurationRules.ObjectTag, artifact, at, $"Reading these settings with an unsafe loader calls {PicklePrinter.Quote(line)}", line, effect: Effect.Load);
                break;
            }
        }

        for (var at = text.IndexOf("_target_", StringComparison.Ordinal); at >= 0; at = text.IndexOf("_target_", at + 8, StringComparison.Ordinal))
        {
            var rest = text.AsSpan(at + 8).TrimStart("\"' :\t");
            var end = rest.IndexOfAny("\"',\r\n }#");
            var target = (end < 0 ? rest : rest[..end]).ToString();
            var dot = target.LastIndexOf('.');
            if (dot > 0 && CallableTable.Grade(target[..dot], target[(dot + 1)..], scope.Options.TrustedModules) is { Class: NameClass.Dangerous } grade
                && (grade.Capabilities & (Capabilities.Execute | Capabilities.Process | Capabilities.Network | Capabilities.FileDelete | Capabilities.Install)) != 0 && !grade.ByModule)
            {
                scope.Findings.AddAt(ConfigurationRules.DangerousTarget, artifact, at, $"Using these settings calls {target}, which {grade.Reason}", target, effect: Effect.Load);
            }
        }
    }

    private static void Judge(string value, int index, TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var elsewhere = value.IndexOf("--", StringComparison.Ordinal);
        var reference = elsewhere < 0 ? value : value[(elsewhere + 2)..];
        var dot = reference.LastIndexOf('.');
        if (dot <= 0)
            return;
        var file = reference[..dot].Replace('.', '/') + ".py";
        if (elsewhere > 0)
        {
            scope.Findings.AddAt(
                ConfigurationRules.RemoteCodeElsewhere, artifact, index, $"Loading this model with remote code runs {file} of another repository, {value[..elsewhere]}", value, Severity.Medium, effect: Effect.Load);
            return;
        }

        scope.Findings.AddAt(ConfigurationRules.RemoteCode, artifact, index, $"Loading this model with remote code runs {file} of this repository", value, effect: Effect.Load);
        scope.TraitsOf(artifact).Links.Add(new FileLink(file, facts.Source.PositionOf(index).Line, $"makes loaders run {file} when the model is opened with remote code"));
    }
}
