using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges the header of safetensors files and what stands behind the tensors.</summary>
internal sealed class SafetensorsDetector : Detector<SafetensorsFacts>
{
    private const int HugeNote = 4 << 20;

    private static readonly SearchValues<string> Code = SearchValues.Create(
        ["<script", "javascript:", "os.system(", "subprocess.", "__import__(", "__reduce__", "powershell ", "| bash", "|bash", "| sh", "eval("], StringComparison.OrdinalIgnoreCase);

    public override IReadOnlyList<Rule> Rules { get; } =
        [SafetensorsRules.InvalidHeader, SafetensorsRules.OverlapOrGap, SafetensorsRules.TrailingData, SafetensorsRules.SuspiciousMetadata];

    protected override void Inspect(SafetensorsFacts facts, Artifact artifact, DetectionScope scope)
    {
        foreach (var defect in facts.Defects)
        {
            var message = char.ToUpperInvariant(defect.Message[0]) + defect.Message[1..];
            switch (defect.Flaw)
            {
                case SafetensorsFlaw.Overlap or SafetensorsFlaw.Gap:
                    scope.Findings.Add(SafetensorsRules.OverlapOrGap, artifact, defect.Offset, message, defect.Message, effect: Effect.Never);
                    break;
                case SafetensorsFlaw.UnknownType:
                    scope.Findings.Add(SafetensorsRules.InvalidHeader, artifact, defect.Offset, message, defect.Message, Severity.Info, Confidence.Medium, Effect.Never);
                    break;
                default:
                    scope.Findings.Add(SafetensorsRules.InvalidHeader, artifact, defect.Offset, message, defect.Message, effect: Effect.Never);
                    break;
            }
        }

        if (facts.Slack is { } slack)
            scope.Findings.Add(SafetensorsRules.TrailingData, artifact, slack.Offset, $"{slack.Length:N0} bytes follow the last tensor", $"{slack.Length} bytes at {slack.Offset}", effect: Effect.Never);
        foreach (var (key, value, offset) in facts.Metadata)
        {
            if (value.Length > HugeNote || value.AsSpan().ContainsAny(Code))
                scope.Findings.Add(SafetensorsRules.SuspiciousMetadata, artifact, offset, $"The note {PicklePrinter.Quote(key)} of the header holds code or a very long text", PicklePrinter.Quote(value), effect: Effect.Never, confidence: Confidence.Medium);
        }
    }
}
