using System.Globalization;
using System.Text;
using Assay.Formats.Python;

namespace Assay.Testing;

/// <summary>Syntax trees of Python as short texts: <c>x = f(1)</c> is <c>(= x (call f 1))</c>. Statements are divided by spaces, blocks stand in braces.</summary>
public static class PythonDump
{
    public static string Of(PythonModule module) => string.Join(' ', module.Body.Select(Of));

    /// <summary>All expressions of a tree, each before its parts.</summary>
    public static IEnumerable<PythonExpression> Expressions(IEnumerable<PythonStatement> statements)
    {
        var stack = new Stack<PythonNode>(statements.Reverse());
        while (stack.TryPop(out var node))
        {
            if (node is PythonExpression expression)
                yield return expression;
            foreach (var part in Parts(node).Reverse())
                stack.Push(part);
        }
    }

    /// <summary>Levels of the highest expression.</summary>
    public static int Height(IEnumerable<PythonStatement> statements)
    {
        var stack = new Stack<(PythonNode Node, int Level)>(statements.Select(s => ((PythonNode)s, 0)));
        var highest = 0;
        while (stack.TryPop(out var top))
        {
            highest = Math.Max(highest, top.Level);
            foreach (var part in Parts(top.Node))
                stack.Push((part, top.Level + 1));
        }

        return highest;
    }

    private static IEnumerable<PythonNode> Parts(PythonNode node) => (node switch
    {
        PythonAttribute a => (IEnumerable<PythonNode?>)[a.Value],
        PythonSubscript s => [s.Value, s.Index],
        PythonSlice s => [s.Lower, s.Upper, s.Step],
        PythonCall c => [c.Function, .. c.Arguments.Select(a => a.Value)],
        PythonBinary b => [b.Left, b.Right],
        PythonUnary u => [u.Operand],
        PythonConditional c => [c.Test, c.Body, c.Otherwise],
        PythonLambda l => [.. Parts(l.Parameters), l.Body],
        PythonCollection c => c.Elements,
        PythonDict d => d.Entries.SelectMany(e => new[] { e.Key, e.Value }),
        PythonStarred s => [s.Value],
        PythonFormatted f => f.Parts,
        PythonComprehension c => [c.Element, c.Value, .. c.Clauses.SelectMany(k => (IEnumerable<PythonNode>)[k.Target, k.Iterable, .. k.Conditions])],
        PythonNamed n => [n.Target, n.Value],
        PythonYield y => [y.Value],
        PythonExpressionStatement e => [e.Value],
        PythonAssign a => [.. a.Targets, a.Annotation, a.Value],
        PythonSimple s => s.Operands,
        PythonIf i => [i.Test, .. i.Body, .. i.Otherwise],
        PythonFor f => [f.Target, f.Iterable, .. f.Body, .. f.Otherwise],
        PythonWith w => [.. w.Items.SelectMany(i => new[] { i.Context, i.Target }), .. w.Body],
        PythonTry t => [.. t.Body, .. t.Handlers.SelectMany(h => (IEnumerable<PythonNode?>)[h.Type, .. h.Body]), .. t.Otherwise, .. t.Finally],
        PythonFunction f => [.. f.Decorators, .. f.TypeParameters, .. Parts(f.Parameters), f.Returns, .. f.Body],
        PythonClass c => [.. c.Decorators, .. c.TypeParameters, .. c.Bases.Select(b => b.Value), .. c.Body],
        PythonMatch m => [m.Subject, .. m.Cases.SelectMany(c => (IEnumerable<PythonNode?>)[c.Pattern, c.Guard, .. c.Body])],
        PythonBroken b => b.Fragments,
        _ => [],
    }).OfType<PythonNode>();

    private static IEnumerable<PythonNode?> Parts(IEnumerable<PythonParameter> parameters) => parameters.SelectMany(p => new[] { p.Annotation, p.Default });

    public static string Of(PythonNode? node) => node switch
    {
        null => "_",
        PythonName n => n.Id,
        PythonString s => (s.IsBytes ? "b" : "") + Quoted(s.Value),
        PythonFormatted f => List("f", f.Parts),
        PythonNumber n => n.Integer?.ToString(CultureInfo.InvariantCulture) ?? (n.Float is { } real ? real.ToString("0.0###", CultureInfo.InvariantCulture) : "#"),
        PythonConstant c => c.Kind == PythonConstantKind.Ellipsis ? "..." : c.Kind.ToString(),
        PythonAttribute a => $"{Of(a.Value)}.{a.Name}",
        PythonSubscript s => $"(at {Of(s.Value)} {Of(s.Index)})",
        PythonSlice s => $"(slice {Of(s.Lower)} {Of(s.Upper)} {Of(s.Step)})",
        PythonCall c => "(call " + Of(c.Function) + Arguments(c.Arguments) + ")",
        PythonBinary b => $"({b.Operator} {Of(b.Left)} {Of(b.Right)})",
        PythonUnary u => $"({u.Operator} {Of(u.Operand)})",
        PythonConditional c => $"(if {Of(c.Test)} {Of(c.Body)} {Of(c.Otherwise)})",
        PythonLambda l => $"(lambda {Parameters(l.Parameters)} {Of(l.Body)})",
        PythonCollection c => List(c.Kind.ToString().ToLowerInvariant(), c.Elements),
        PythonDict d => "(dict" + string.Concat(d.Entries.Select(e => $" {(e.Key is null ? "**" : Of(e.Key) + ":")}{Of(e.Value)}")) + ")",
        PythonStarred s => "*" + Of(s.Value),
        PythonComprehension c => $"({c.Kind.ToString().ToLowerInvariant()} {Of(c.Element)}{(c.Value is null ? "" : ":" + Of(c.Value))}"
            + string.Concat(c.Clauses.Select(k => $" for {Of(k.Target)} in {Of(k.Iterable)}" + string.Concat(k.Conditions.Select(i => " if " + Of(i))))) + ")",
        PythonNamed n => $"(:= {Of(n.Target)} {Of(n.Value)})",
        PythonYield y => y.Value is null ? "(yield)" : $"(yield {Of(y.Value)})",
        PythonMissing => "?",
        PythonExpressionStatement e => Of(e.Value),
        PythonAssign a => $"({a.Operator}= {string.Join(' ', a.Targets.Select(Of))}{(a.Annotation is null ? "" : ": " + Of(a.Annotation))}{(a.Value is null ? "" : " " + Of(a.Value))})",
        PythonSimple s => List(s.Keyword, s.Operands),
        PythonImport i => $"({(i.Module is null ? "import" : "from " + new string('.', i.Level) + i.Module)} {string.Join(", ", i.Names.Select(n => n.Name + (n.Alias is null ? "" : " as " + n.Alias)))})",
        PythonIf i => $"({(i.IsLoop ? "while" : "if")} {Of(i.Test)} {Block(i.Body)}{Block("else", i.Otherwise)})",
        PythonFor f => $"(for {Of(f.Target)} {Of(f.Iterable)} {Block(f.Body)}{Block("else", f.Otherwise)})",
        PythonWith w => $"(with {string.Join(", ", w.Items.Select(i => Of(i.Context) + (i.Target is null ? "" : " as " + Of(i.Target))))} {Block(w.Body)})",
        PythonTry t => $"(try {Block(t.Body)}{string.Concat(t.Handlers.Select(h => $" except {Of(h.Type)}{(h.Name is null ? "" : " as " + h.Name)} {Block(h.Body)}"))}{Block("else", t.Otherwise)}{Block("finally", t.Finally)})",
        PythonFunction f => $"(def{Decorators(f.Decorators)} {f.Name}{Types(f.TypeParameters)} {Parameters(f.Parameters)}{(f.Returns is null ? "" : " -> " + Of(f.Returns))} {Block(f.Body)})",
        PythonClass c => $"(class{Decorators(c.Decorators)} {c.Name}{Types(c.TypeParameters)} ({Arguments(c.Bases).TrimStart()}) {Block(c.Body)})",
        PythonMatch m => $"(match {Of(m.Subject)}{string.Concat(m.Cases.Select(c => $" case {Of(c.Pattern)}{(c.Guard is null ? "" : " if " + Of(c.Guard))} {Block(c.Body)}"))})",
        PythonMagic m => $"(magic {m.Mark} {Quoted(m.Text)})",
        PythonBroken b => List("broken", b.Fragments),
        _ => node.GetType().Name,
    };

    private static string List(string head, IReadOnlyList<PythonNode> parts) => "(" + head + string.Concat(parts.Select(p => " " + Of(p))) + ")";

    private static string Block(IEnumerable<PythonStatement> body) => "{" + string.Join(' ', body.Select(Of)) + "}";

    private static string Block(string name, IReadOnlyList<PythonStatement> body) => body.Count == 0 ? "" : $" {name} {Block(body)}";

    private static string Arguments(IEnumerable<PythonArgument> arguments) =>
        string.Concat(arguments.Select(a => " " + (a.Name is null ? new string('*', a.Stars) : a.Name + "=") + Of(a.Value)));

    private static string Parameters(IEnumerable<PythonParameter> parameters) =>
        "[" + string.Join(' ', parameters.Select(p => new string('*', p.Stars) + p.Name + (p.Annotation is null ? "" : ":" + Of(p.Annotation)) + (p.Default is null ? "" : "=" + Of(p.Default)))) + "]";

    private static string Decorators(IEnumerable<PythonExpression> decorators) => string.Concat(decorators.Select(d => " @" + Of(d)));

    private static string Types(IReadOnlyList<PythonExpression> types) => types.Count == 0 ? "" : "<" + string.Join(' ', types.Select(Of)) + ">";

    private static string Quoted(string value)
    {
        var result = new StringBuilder("'");
        foreach (var c in value)
            result.Append(c is < ' ' or > '~' or '\'' ? $"\\u{(int)c:x4}" : c.ToString());
        return result.Append('\'').ToString();
    }
}
