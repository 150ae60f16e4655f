namespace Assay.Formats.Python;

/// <summary>A node of the syntax tree of Python 2.7 to 3.14. Places are characters of the source text.</summary>
public abstract class PythonNode
{
    /// <summary>First character.</summary>
    public required int Start { get; init; }

    /// <summary>Character behind the last.</summary>
    public required int End { get; init; }
}

/// <summary>
/// An expression. Trees of expressions are shallow whatever the source says (<see cref="PythonParser"/>), so that a consumer may recurse.
/// </summary>
public abstract class PythonExpression : PythonNode
{
    /// <summary>Levels of the tree below this node; the parser keeps chains within a bound with it.</summary>
    internal int Height { get; init; }
}

/// <summary>A name.</summary>
public sealed class PythonName : PythonExpression
{
    /// <summary>The identifier, normalised (NFKC) as Python does.</summary>
    public required string Id { get; init; }
}

/// <summary>A string or bytes literal; adjacent literals are one.</summary>
public sealed class PythonString : PythonExpression
{
    /// <summary>The value, escapes resolved; of bytes, one character a byte.</summary>
    public required string Value { get; init; }

    /// <summary>Whether it is a bytes literal.</summary>
    public required bool IsBytes { get; init; }
}

/// <summary>
/// An f-string or t-string: literal parts and replacement fields in their order. Conversions and format specifications are the calls
/// that they stand for: <c>{x!r:&gt;9}</c> is <c>format(repr(x), "&gt;9")</c>, <c>!a</c> is <c>ascii(x)</c>, <c>!s</c> adds nothing.
/// </summary>
public sealed class PythonFormatted : PythonExpression
{
    /// <summary>Parts: <see cref="PythonString"/> for literal text, anything else for the expression of a field.</summary>
    public required IReadOnlyList<PythonExpression> Parts { get; init; }
}

/// <summary>A number.</summary>
public sealed class PythonNumber : PythonExpression
{
    private readonly long _bits;
    private readonly byte _kind;

    /// <summary>The value where it is an integer of 64 bits; null otherwise.</summary>
    public required long? Integer
    {
        get => _kind == 1 ? _bits : null;
        init => (_bits, _kind) = value is { } number ? (number, (byte)1) : (_bits, _kind);
    }

    /// <summary>The value where it is a float; null otherwise (imaginary and huge numbers have neither).</summary>
    public required double? Float
    {
        get => _kind == 2 ? BitConverter.Int64BitsToDouble(_bits) : null;
        init => (_bits, _kind) = value is { } number ? (BitConverter.DoubleToInt64Bits(number), (byte)2) : (_bits, _kind);
    }
}

/// <summary>One of the constants of the language.</summary>
public enum PythonConstantKind
{
    /// <summary><c>None</c>.</summary>
    None,

    /// <summary><c>True</c>.</summary>
    True,

    /// <summary><c>False</c>.</summary>
    False,

    /// <summary><c>...</c>.</summary>
    Ellipsis,
}

/// <summary>A constant of the language.</summary>
public sealed class PythonConstant : PythonExpression
{
    /// <summary>Which.</summary>
    public required PythonConstantKind Kind { get; init; }
}

/// <summary><c>value.name</c>.</summary>
public sealed class PythonAttribute : PythonExpression
{
    /// <summary>The object.</summary>
    public required PythonExpression Value { get; init; }

    /// <summary>The attribute.</summary>
    public required string Name { get; init; }
}

/// <summary><c>value[index]</c>; the index may be a <see cref="PythonSlice"/> or a tuple.</summary>
public sealed class PythonSubscript : PythonExpression
{
    /// <summary>The object.</summary>
    public required PythonExpression Value { get; init; }

    /// <summary>The index.</summary>
    public required PythonExpression Index { get; init; }
}

/// <summary><c>lower:upper:step</c> inside a subscript.</summary>
public sealed class PythonSlice : PythonExpression
{
    /// <summary>Lower bound.</summary>
    public PythonExpression? Lower { get; init; }

    /// <summary>Upper bound.</summary>
    public PythonExpression? Upper { get; init; }

    /// <summary>Step.</summary>
    public PythonExpression? Step { get; init; }
}

/// <summary>An argument of a call, or a base or keyword of a class.</summary>
/// <param name="Name">The keyword; null for a positional argument and for unpacking.</param>
/// <param name="Value">The value.</param>
/// <param name="Stars">0, 1 for <c>*value</c>, 2 for <c>**value</c>.</param>
public sealed record PythonArgument(string? Name, PythonExpression Value, int Stars);

/// <summary>A call.</summary>
public sealed class PythonCall : PythonExpression
{
    /// <summary>What is called.</summary>
    public required PythonExpression Function { get; init; }

    /// <summary>The arguments in their order.</summary>
    public required IReadOnlyList<PythonArgument> Arguments { get; init; }
}

/// <summary>
/// A binary operation: arithmetic, <c>and</c>, <c>or</c>, comparison. Chained comparisons are joined by <c>and</c>; their middle operand
/// is repeated when it is a name or a number, else <see cref="PythonMissing"/> stands for the repetition, since it is evaluated once.
/// </summary>
public sealed class PythonBinary : PythonExpression
{
    /// <summary>The operator as written: <c>+</c>, <c>%</c>, <c>and</c>, <c>not in</c>, <c>&lt;=</c> …</summary>
    public required string Operator { get; init; }

    /// <summary>Left operand.</summary>
    public required PythonExpression Left { get; init; }

    /// <summary>Right operand.</summary>
    public required PythonExpression Right { get; init; }
}

/// <summary>A unary operation: <c>-</c>, <c>+</c>, <c>~</c>, <c>not</c>; <c>await</c>; <c>`repr`</c> of Python 2.</summary>
public sealed class PythonUnary : PythonExpression
{
    /// <summary>The operator as written.</summary>
    public required string Operator { get; init; }

    /// <summary>The operand.</summary>
    public required PythonExpression Operand { get; init; }
}

/// <summary><c>body if test else otherwise</c>.</summary>
public sealed class PythonConditional : PythonExpression
{
    /// <summary>Condition.</summary>
    public required PythonExpression Test { get; init; }

    /// <summary>Value when it holds.</summary>
    public required PythonExpression Body { get; init; }

    /// <summary>Value when it does not.</summary>
    public required PythonExpression Otherwise { get; init; }
}

/// <summary>A parameter of a function or lambda.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">Default value.</param>
/// <param name="Annotation">Annotation.</param>
/// <param name="Stars">0, 1 for <c>*args</c>, 2 for <c>**kwargs</c>. A bare <c>*</c> and <c>/</c> are no parameters; a tuple of Python 2 gives one for each of its names.</param>
public sealed record PythonParameter(string Name, PythonExpression? Default, PythonExpression? Annotation, int Stars);

/// <summary>A lambda.</summary>
public sealed class PythonLambda : PythonExpression
{
    /// <summary>Parameters.</summary>
    public required IReadOnlyList<PythonParameter> Parameters { get; init; }

    /// <summary>The expression.</summary>
    public required PythonExpression Body { get; init; }
}

/// <summary>Kinds of displays and comprehensions.</summary>
public enum PythonCollectionKind
{
    /// <summary><c>(a, b)</c>.</summary>
    Tuple,

    /// <summary><c>[a, b]</c>.</summary>
    List,

    /// <summary><c>{a, b}</c>.</summary>
    Set,

    /// <summary><c>{a: b}</c>.</summary>
    Dict,

    /// <summary><c>(a for …)</c>.</summary>
    Generator,
}

/// <summary>A tuple, list or set.</summary>
public sealed class PythonCollection : PythonExpression
{
    /// <summary>Tuple, list or set.</summary>
    public required PythonCollectionKind Kind { get; init; }

    /// <summary>The elements; may be <see cref="PythonStarred"/>.</summary>
    public required IReadOnlyList<PythonExpression> Elements { get; init; }
}

/// <summary>A dictionary; a null key is <c>**value</c>.</summary>
public sealed class PythonDict : PythonExpression
{
    /// <summary>The entries.</summary>
    public required IReadOnlyList<(PythonExpression? Key, PythonExpression Value)> Entries { get; init; }
}

/// <summary><c>*value</c>.</summary>
public sealed class PythonStarred : PythonExpression
{
    /// <summary>What is unpacked.</summary>
    public required PythonExpression Value { get; init; }
}

/// <summary>A <c>for … in … if …</c> of a comprehension.</summary>
/// <param name="Target">Target.</param>
/// <param name="Iterable">What is iterated.</param>
/// <param name="Conditions">Conditions.</param>
public sealed record PythonClause(PythonExpression Target, PythonExpression Iterable, IReadOnlyList<PythonExpression> Conditions);

/// <summary>A comprehension or generator expression.</summary>
public sealed class PythonComprehension : PythonExpression
{
    /// <summary>List, set, dict or generator.</summary>
    public required PythonCollectionKind Kind { get; init; }

    /// <summary>The element; the key of a dict.</summary>
    public required PythonExpression Element { get; init; }

    /// <summary>The value of a dict.</summary>
    public PythonExpression? Value { get; init; }

    /// <summary>The clauses.</summary>
    public required IReadOnlyList<PythonClause> Clauses { get; init; }
}

/// <summary><c>(target := value)</c>.</summary>
public sealed class PythonNamed : PythonExpression
{
    /// <summary>Target.</summary>
    public required PythonExpression Target { get; init; }

    /// <summary>Value.</summary>
    public required PythonExpression Value { get; init; }
}

/// <summary><c>yield</c> and <c>yield from</c>.</summary>
public sealed class PythonYield : PythonExpression
{
    /// <summary>Value.</summary>
    public PythonExpression? Value { get; init; }
}

/// <summary>A place where an expression should be and could not be read, or one whose value is not known (see <see cref="PythonBinary"/>).</summary>
public sealed class PythonMissing : PythonExpression;

/// <summary>A statement.</summary>
public abstract class PythonStatement : PythonNode;

/// <summary>An expression as a statement.</summary>
public sealed class PythonExpressionStatement : PythonStatement
{
    /// <summary>The expression.</summary>
    public required PythonExpression Value { get; init; }
}

/// <summary>An assignment: plain with several targets, annotated (<c>x: T = v</c>) or augmented (<c>x += v</c>).</summary>
public sealed class PythonAssign : PythonStatement
{
    /// <summary>Targets, left to right.</summary>
    public required IReadOnlyList<PythonExpression> Targets { get; init; }

    /// <summary>The value; null for a bare annotation.</summary>
    public required PythonExpression? Value { get; init; }

    /// <summary>The operator without <c>=</c> of an augmented assignment; null otherwise.</summary>
    public string? Operator { get; init; }

    /// <summary>The annotation.</summary>
    public PythonExpression? Annotation { get; init; }
}

/// <summary><c>del</c>, <c>assert</c>, <c>raise</c>, <c>return</c>, <c>pass</c>, <c>break</c>, <c>continue</c>, <c>global</c>, <c>nonlocal</c>, <c>type</c>, and the statements <c>print</c> and <c>exec</c> of Python 2.</summary>
public sealed class PythonSimple : PythonStatement
{
    /// <summary>The keyword.</summary>
    public required string Keyword { get; init; }

    /// <summary>Operands in their order (<c>exec code in globals, locals</c>: three; <c>print &gt;&gt;f, x</c>: the file first; <c>type X[T: int] = v</c>: the name, the parameters as in <see cref="PythonFunction.TypeParameters"/>, the value).</summary>
    public required IReadOnlyList<PythonExpression> Operands { get; init; }
}

/// <summary>One <c>name as alias</c> of an import.</summary>
/// <param name="Name">Dotted name; <c>*</c> for all.</param>
/// <param name="Alias">Alias.</param>
/// <param name="Start">First character.</param>
public sealed record PythonAlias(string Name, string? Alias, int Start);

/// <summary><c>import a, b</c> (module null, level 0) or <c>from ..m import a</c>.</summary>
public sealed class PythonImport : PythonStatement
{
    /// <summary>The module after <c>from</c>; null for a plain import, empty for <c>from . import</c>.</summary>
    public required string? Module { get; init; }

    /// <summary>Leading dots.</summary>
    public required int Level { get; init; }

    /// <summary>The names.</summary>
    public required IReadOnlyList<PythonAlias> Names { get; init; }
}

/// <summary><c>if</c> (with <c>elif</c> as a nested one; behind 100 of them the rest are siblings, see <see cref="PythonParser"/>) and <c>while</c>.</summary>
public sealed class PythonIf : PythonStatement
{
    /// <summary>Whether it is a <c>while</c>.</summary>
    public required bool IsLoop { get; init; }

    /// <summary>Condition.</summary>
    public required PythonExpression Test { get; init; }

    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }

    /// <summary><c>else</c>.</summary>
    public required IReadOnlyList<PythonStatement> Otherwise { get; init; }
}

/// <summary><c>for</c>.</summary>
public sealed class PythonFor : PythonStatement
{
    /// <summary>Target.</summary>
    public required PythonExpression Target { get; init; }

    /// <summary>What is iterated.</summary>
    public required PythonExpression Iterable { get; init; }

    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }

    /// <summary><c>else</c>.</summary>
    public required IReadOnlyList<PythonStatement> Otherwise { get; init; }
}

/// <summary><c>with</c>.</summary>
public sealed class PythonWith : PythonStatement
{
    /// <summary>Items: context and optional target.</summary>
    public required IReadOnlyList<(PythonExpression Context, PythonExpression? Target)> Items { get; init; }

    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }
}

/// <summary>An <c>except</c> clause.</summary>
/// <param name="Type">Exception.</param>
/// <param name="Name">Name.</param>
/// <param name="Body">Body.</param>
public sealed record PythonHandler(PythonExpression? Type, string? Name, IReadOnlyList<PythonStatement> Body);

/// <summary><c>try</c>.</summary>
public sealed class PythonTry : PythonStatement
{
    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }

    /// <summary>Handlers.</summary>
    public required IReadOnlyList<PythonHandler> Handlers { get; init; }

    /// <summary><c>else</c>.</summary>
    public required IReadOnlyList<PythonStatement> Otherwise { get; init; }

    /// <summary><c>finally</c>.</summary>
    public required IReadOnlyList<PythonStatement> Finally { get; init; }
}

/// <summary>A function.</summary>
public sealed class PythonFunction : PythonStatement
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Parameters.</summary>
    public required IReadOnlyList<PythonParameter> Parameters { get; init; }

    /// <summary>Decorators.</summary>
    public required IReadOnlyList<PythonExpression> Decorators { get; init; }

    /// <summary>The annotation of the result, which is evaluated when the function is defined.</summary>
    public PythonExpression? Returns { get; init; }

    /// <summary>Type parameters: names, bounds and defaults in their order.</summary>
    public IReadOnlyList<PythonExpression> TypeParameters { get; init; } = [];

    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }
}

/// <summary>A class.</summary>
public sealed class PythonClass : PythonStatement
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Type parameters: names, bounds and defaults in their order.</summary>
    public IReadOnlyList<PythonExpression> TypeParameters { get; init; } = [];

    /// <summary>Bases and keywords.</summary>
    public required IReadOnlyList<PythonArgument> Bases { get; init; }

    /// <summary>Decorators.</summary>
    public required IReadOnlyList<PythonExpression> Decorators { get; init; }

    /// <summary>Body.</summary>
    public required IReadOnlyList<PythonStatement> Body { get; init; }
}

/// <summary>A case of a <c>match</c>; the pattern is kept as the expression it looks like (a class pattern as a call, <c>p as n</c> as <see cref="PythonNamed"/>).</summary>
/// <param name="Pattern">Pattern.</param>
/// <param name="Guard">Guard.</param>
/// <param name="Body">Body.</param>
public sealed record PythonCase(PythonExpression Pattern, PythonExpression? Guard, IReadOnlyList<PythonStatement> Body);

/// <summary><c>match</c>.</summary>
public sealed class PythonMatch : PythonStatement
{
    /// <summary>Subject.</summary>
    public required PythonExpression Subject { get; init; }

    /// <summary>Cases.</summary>
    public required IReadOnlyList<PythonCase> Cases { get; init; }
}

/// <summary>A line of a notebook or of IPython that is no Python: <c>!command</c>, <c>%magic</c>, <c>x = !command</c>, <c>name?</c>; from <c>%%magic</c> on, the whole rest.</summary>
public sealed class PythonMagic : PythonStatement
{
    /// <summary>The text behind the mark (<c>!</c>, <c>%</c>, <c>%%</c>), which <see cref="Mark"/> names.</summary>
    public required string Text { get; init; }

    /// <summary><c>!</c>, <c>!!</c>, <c>%</c>, <c>%%</c> or <c>?</c>.</summary>
    public required string Mark { get; init; }
}

/// <summary>Tokens of a logical line that could not be parsed: expressions that were recognised in it are kept, so that a broken line hides nothing. What could be read as a statement stands before it.</summary>
public sealed class PythonBroken : PythonStatement
{
    /// <summary>What could be read of it.</summary>
    public required IReadOnlyList<PythonExpression> Fragments { get; init; }
}

/// <summary>What was read of a source file.</summary>
/// <param name="Body">Top-level statements.</param>
/// <param name="Errors">What could not be parsed; empty for a file that Python accepts.</param>
public sealed record PythonModule(IReadOnlyList<PythonStatement> Body, IReadOnlyList<Malformation> Errors);
