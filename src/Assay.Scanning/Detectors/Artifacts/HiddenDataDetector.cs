using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Judges the beginnings of foreign content that were seen while all bytes of a file went by (<see cref="ForeignSearch"/>), by what lies
/// there according to the format: numbers have no programs in them, archives and texts may.
/// </summary>
internal sealed class HiddenDataDetector : Detector
{
    public override IReadOnlyList<Rule> Rules { get; } = [WeightRules.HiddenData, WeightRules.HostProgram];

    public override void InspectTree(Artifact artifact, DetectionScope scope)
    {
        if (artifact.Parent is not null)
            return;
        foreach (var foreign in scope.Foreign)
        {
            if (NumbersAt(artifact, foreign.Offset) is { } place)
            {
                var (severity, confidence) = foreign.Kind == ForeignKind.Program ? (Severity.High, Confidence.High) : (Severity.Low, Confidence.Medium);
                scope.Findings.Add(WeightRules.HiddenData, artifact, foreign.Offset, $"{Article(foreign.Name)} begins in {place}", $"{foreign.Name} at byte {foreign.Offset}", severity, confidence, Effect.Use);
            }
            else if (foreign.Kind == ForeignKind.Program && foreign.Offset > 0 && IsOpaque(artifact))
            {
                var known = artifact.Format != FormatId.Unknown;
                scope.Findings.Add(WeightRules.HostProgram, artifact, foreign.Offset, $"{Article(foreign.Name)} begins inside this file", $"{foreign.Name} at byte {foreign.Offset}", known ? null : Severity.Medium, known ? Confidence.High : Confidence.Medium, Effect.Use);
            }
        }
    }

    /// <summary>What the numbers at an offset are, in words; null where the format has something else there, or where others look.</summary>
    private static string? NumbersAt(Artifact artifact, long offset)
    {
        foreach (var (_, facts) in artifact.Readings)
        {
            switch (facts)
            {
                case SafetensorsFacts safetensors when offset >= safetensors.DataOffset:
                    return safetensors.Slack is { } slack && offset >= slack.Offset ? "the data behind the last tensor" : "the numbers of the tensors";
                case NumpyFacts { HoldsObjects: false } array when offset > array.DataOffset:
                    return "the numbers of the array";
                // What begins a storage is looked at there, as a file of its own.
                case ZipFacts zip when zip.StorageAt(offset) is { } storage && offset > storage.DataOffset:
                    return $"the numbers of {storage.ShownName}";
                case PickleFacts pickle when (pickle.IsTorchLegacy || pickle.HasRawArrays) && !pickle.Streams.Any(s => offset >= s.Start && offset < s.End):
                    return "the numbers behind the pickle";
            }
        }

        return null;
    }

    /// <summary>Models whose parts are not told apart, so that every offset counts.</summary>
    private static bool IsOpaque(Artifact artifact) =>
        artifact.Readings.Count == 0
        && (artifact.Format == FormatId.Unknown || (artifact.Format.Class == FormatClass.Program && artifact.Format != FormatId.Pdf && artifact.Format != FormatId.Ole && artifact.Format != FormatId.Rtf));

    private static string Article(string name) => (name[0] is 'E' or 'R' or 'A' ? "An " : "A ") + name;
}
