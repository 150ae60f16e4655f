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

    public override IReadOnlyList<Rule> Rules { get; } = [ConfigurationRules.RemoteCode, ConfigurationRules.RemoteCodeElsewhere];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
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
