namespace Assay.Formats.Python;

/// <summary>
/// Parses Python 2.7 to 3.14 tolerantly.
/// </summary>
/// <remarks>
/// No tree is deep, whatever the source: an expression has at most some 500 levels, blocks nest at most 100 times, so that consumers may
/// recurse. Long chains of <c>+</c>, <c>*</c>, <c>and</c>, <c>|</c> and their like (more than 64 operands) are therefore built as balanced
/// trees of the same value: <c>a - b + c</c> becomes <c>a - (b - c)</c> there. Other expressions that grow deeper are cut: <see cref="PythonMissing"/>
/// stands where the deep part was, the part itself follows the statement as a fragment of a <see cref="PythonBroken"/>, and an error tells it.
/// Behind 100 <c>elif</c> the rest stand side by side in the last <see cref="PythonIf.Otherwise"/>, as if each were tested.
/// </remarks>
public static class PythonParser
{
    /// <summary>Parses a file, a cell of a notebook or a string of code. Never fails: what cannot be parsed is lexed and kept as <see cref="PythonBroken"/>.</summary>
    /// <param name="text">The source.</param>
    /// <param name="budget">Charged per token; depth is bounded by the parser itself.</param>
    /// <param name="magics">Whether lines of IPython (<c>!</c>, <c>%</c>) may occur.</param>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static PythonModule Parse(string text, WorkBudget budget, bool magics = false)
    {
        var errors = new PythonErrors();
        var body = new PythonParserRun(text, new PythonLexer(text, budget, errors, magics), errors).ParseModule();
        return new PythonModule(body, errors.List);
    }
}
