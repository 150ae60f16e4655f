namespace Assay.Scanning;

/// <summary>In which role code is judged: the same command weighs differently in a script and in a text that shows it.</summary>
internal enum JudgeContext
{
    /// <summary>Code that somebody runs or imports.</summary>
    Code,

    /// <summary>A command that a text tells its reader to run.</summary>
    Instruction,

    /// <summary>A build: container, pipeline, install hook.</summary>
    Build,
}

/// <summary>Turns the acts of one file into findings: what it does alone, and what it does in combination.</summary>
internal static class BehaviourJudge
{
    /// <summary>Judges acts and adds the findings; each is placed at the act that shows it.</summary>
    /// <param name="acts">What was understood, in the order of the text.</param>
    /// <param name="artifact">The file; read as text.</param>
    /// <param name="scope">Where findings go.</param>
    /// <param name="context">The role of the code.</param>
    public static void Judge(IReadOnlyList<Act> acts, Artifact artifact, DetectionScope scope, JudgeContext context)
    {
        _ = acts;
        _ = artifact;
        _ = scope;
        _ = context;
    }
}
