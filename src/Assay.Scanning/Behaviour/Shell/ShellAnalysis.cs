namespace Assay.Scanning;

/// <summary>
/// Understands POSIX shell and what is built on it: scripts, recipes of makefiles, instructions of container files. What is constant is
/// computed as a shell would, what comes from elsewhere is followed to where it goes.
/// </summary>
internal sealed class ShellAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Shell, CodeLanguage.Makefile, CodeLanguage.Dockerfile];

    public override void Analyse(CodeUnit unit, ActSink acts)
    {
        var evaluator = new ShellEvaluator(unit, acts);
        switch (unit.Language)
        {
            case CodeLanguage.Dockerfile:
                Dockerfile.Run(unit.Text, evaluator);
                break;
            case CodeLanguage.Makefile:
                Makefile.Run(unit.Text, evaluator);
                break;
            default:
                evaluator.Run(unit.Text, static i => i);
                break;
        }

        evaluator.RunUncalled();
    }
}
