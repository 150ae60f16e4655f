using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges the headers of NumPy arrays.</summary>
internal sealed class NumpyDetector : Detector<NumpyFacts>
{
    public override IReadOnlyList<Rule> Rules { get; } = [NumpyRules.ObjectArray, NumpyRules.AbnormalHeader];

    protected override void Inspect(NumpyFacts facts, Artifact artifact, DetectionScope scope)
    {
        // Arrays of text are stored this way all the time: what the pickle inside does is judged on its own.
        if (facts.HoldsObjects)
            scope.Findings.Add(NumpyRules.ObjectArray, artifact, facts.DataOffset, "The array holds Python objects, which only the unsafe loader opens", null, Severity.Low, Confidence.High);
        if (facts.Abnormality is { } abnormality)
            scope.Findings.Add(NumpyRules.AbnormalHeader, artifact, 10, $"The header of the array is not plain: {abnormality}", PicklePrinter.Quote(facts.Header), confidence: Confidence.High);
    }
}
