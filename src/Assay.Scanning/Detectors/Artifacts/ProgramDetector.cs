using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges what the structure of a program says of hidden code, and compiled Python that lies without its source.</summary>
internal sealed class ProgramDetector : Detector
{
    public override IReadOnlyList<Rule> Rules { get; } = [ExecutableRules.Packed, ObfuscationRules.BytecodeOnly];

    public override void Inspect(Artifact artifact, DetectionScope scope)
    {
        if (artifact.FactsOf<ProgramFacts>() is { } program)
            JudgeProgram(program, artifact, scope);
        else if (artifact.Parent is null && artifact.FactsOf<BytecodeFacts>() is not null && artifact.Name.EndsWith(".pyc", StringComparison.OrdinalIgnoreCase))
            JudgeBytecode(artifact, scope);
    }

    private static void JudgeProgram(ProgramFacts program, Artifact artifact, DetectionScope scope)
    {
        foreach (var mark in program.Marks)
            scope.Findings.Add(ExecutableRules.Packed, artifact, 0, $"The program hides its code: {mark}", mark, effect: Effect.Use);
        if (program.Bundler is { } bundler)
            scope.Findings.Add(ExecutableRules.Packed, artifact, 0, $"The program was bundled with {bundler}: it unpacks files or scripts when it is started, which were not looked at", bundler, Severity.Medium, effect: Effect.Use);
    }

    /// <summary><c>__pycache__/name.cpython-312.pyc</c> belongs to a source one folder up; <c>name.pyc</c> alone is imported as it is.</summary>
    private static void JudgeBytecode(Artifact artifact, DetectionScope scope)
    {
        var isCache = scope.Path.Contains("__pycache__/", StringComparison.Ordinal);
        if (isCache || scope.Siblings.Contains(artifact.Name[..^4]))
            scope.Findings.Add(ObfuscationRules.BytecodeOnly, artifact, 0, "Compiled Python is stored beside its source, from which it may differ", null, Severity.Low, Confidence.Low, Effect.Use);
        else
            scope.Findings.Add(ObfuscationRules.BytecodeOnly, artifact, 0, $"{artifact.Name} is Python code without its source", null, confidence: Confidence.Medium, effect: Effect.Use);
    }
}
