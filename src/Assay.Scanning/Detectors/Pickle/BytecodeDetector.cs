using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Grades marshalled Python code by the names and constants that it carries.</summary>
internal sealed class BytecodeDetector : Detector<BytecodeFacts>
{
    public override IReadOnlyList<Rule> Rules { get; } = [PickleRules.EmbeddedBytecode, PickleRules.ReverseShell];

    protected override void Inspect(BytecodeFacts facts, Artifact artifact, DetectionScope scope)
    {
        var summary = string.Join(' ', facts.Names.Take(24).Select(n => PicklePrinter.Visible(n.Length > 40 ? n[..40] : n)));
        var hidden = artifact.Role is ChildRole.Embedded;
        if (CodeNames.Grade(facts.Names.Concat(facts.Strings)) is { } grade)
        {
            // A compiled file that lies openly runs when somebody imports it; code packed into a constant has been hidden.
            var severity = hidden ? grade.Severity : grade.Severity == Severity.Critical ? Severity.High : Severity.Medium;
            scope.Findings.Add(
                grade.Intent == Intent.ReverseShell && hidden ? PickleRules.ReverseShell : PickleRules.EmbeddedBytecode,
                artifact,
                facts.Start,
                $"Compiled Python code inside {grade.Words}",
                $"names: {summary}",
                severity,
                Confidence.High,
                hidden ? Effect.Load : Effect.Use);
            return;
        }

        scope.Findings.Add(PickleRules.EmbeddedBytecode, artifact, facts.Start, "Compiled Python code inside; nothing in it acts on the computer", $"names: {summary}", Severity.Info, Confidence.Medium, Effect.Use);
    }
}
