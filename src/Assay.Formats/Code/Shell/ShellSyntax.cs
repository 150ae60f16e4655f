namespace Assay.Formats.Shell;

/// <summary>A node of the syntax tree of POSIX shell, bash and zsh. Places are characters of the source text.</summary>
public abstract class ShellNode
{
    /// <summary>First character.</summary>
    public required int Start { get; init; }

    /// <summary>Character behind the last.</summary>
    public int End { get; set; }
}

/// <summary>A piece of a word.</summary>
public abstract class ShellPart : ShellNode
{
    /// <summary>Whether it stands in quotes: then it is neither split nor taken as a pattern.</summary>
    public required bool Quoted { get; init; }
}

/// <summary>Characters, quotes and escapes resolved.</summary>
public sealed class ShellLiteral : ShellPart
{
    /// <summary>The characters.</summary>
    public required string Text { get; init; }

    /// <summary>Characters that it takes in the source where it is quoted or escaped; 0 where it is plain.</summary>
    public int Written { get; init; }

    /// <summary>Whether it was written as <c>$'…'</c> with escapes of characters.</summary>
    public bool Escaped { get; init; }
}

/// <summary>A parameter: <c>$x</c>, <c>${x:-word}</c>, <c>${!x}</c>.</summary>
public sealed class ShellParameter : ShellPart
{
    /// <summary>Name, digit or special character.</summary>
    public required string Name { get; init; }

    /// <summary>The operator behind the name (<c>:-</c>, <c>#</c>, <c>//</c>, <c>:</c>, <c>^^</c>, <c>@</c>); empty where there is none.</summary>
    public string Operator { get; init; } = "";

    /// <summary>What follows the operator.</summary>
    public ShellWord? Operand { get; init; }

    /// <summary>What follows a second delimiter: the replacement of <c>${x/a/b}</c>, the length of <c>${x:0:1}</c>.</summary>
    public ShellWord? Second { get; init; }

    /// <summary>The index of an array element, as written; null where there is none.</summary>
    public string? Subscript { get; init; }

    /// <summary><c>${!x}</c>: the value names the parameter.</summary>
    public bool Indirect { get; init; }

    /// <summary><c>${#x}</c>.</summary>
    public bool Length { get; init; }
}

/// <summary>The output of commands: <c>$(…)</c>, backquotes, and process substitution.</summary>
public sealed class ShellSubstitution : ShellPart
{
    /// <summary>The commands.</summary>
    public required ShellScript Body { get; init; }

    /// <summary><c>&lt;(…)</c> or <c>&gt;(…)</c>: the word is the name of a file.</summary>
    public bool IsFile { get; init; }
}

/// <summary><c>$((…))</c>.</summary>
public sealed class ShellArithmetic : ShellPart
{
    /// <summary>The expression, parameters in it still unresolved.</summary>
    public required ShellWord Expression { get; init; }
}

/// <summary>A word: parts without space between them.</summary>
public sealed class ShellWord : ShellNode
{
    /// <summary>The parts.</summary>
    public required IReadOnlyList<ShellPart> Parts { get; init; }

    /// <summary>Whether any of it was quoted; <c>""</c> is a word without characters.</summary>
    public bool HasQuotes { get; init; }

    /// <summary>The characters where the word is nothing but literal, else null.</summary>
    public string? Literal
    {
        get
        {
            if (Parts.Count == 1)
                return (Parts[0] as ShellLiteral)?.Text;
            var text = "";
            foreach (var part in Parts)
            {
                if (part is not ShellLiteral literal)
                    return null;
                text = text.Length + literal.Text.Length > 4096 ? text : text + literal.Text;
            }

            return text;
        }
    }
}

/// <summary><c>name=value</c>, <c>name+=value</c>, <c>name=(…)</c>.</summary>
public sealed class ShellAssignment : ShellNode
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The index, as written.</summary>
    public string? Subscript { get; init; }

    /// <summary><c>+=</c>.</summary>
    public bool Appends { get; init; }

    /// <summary>The value; null for an array.</summary>
    public ShellWord? Value { get; init; }

    /// <summary>The elements of an array; null for a plain value.</summary>
    public IReadOnlyList<ShellWord>? Elements { get; init; }
}

/// <summary>A redirection.</summary>
public sealed class ShellRedirection : ShellNode
{
    /// <summary>The operator without the descriptor: <c>&gt;</c>, <c>&gt;&gt;</c>, <c>&lt;</c>, <c>&lt;&lt;</c>, <c>&lt;&lt;&lt;</c>, <c>&gt;&amp;</c>, <c>&amp;&gt;</c>, <c>&lt;&gt;</c>, …</summary>
    public required string Operator { get; init; }

    /// <summary>The descriptor; -1 where none is written.</summary>
    public required int Descriptor { get; init; }

    /// <summary>File, descriptor, or delimiter of a here-document.</summary>
    public required ShellWord Target { get; init; }

    /// <summary>The text of a here-document.</summary>
    public ShellWord? Document { get; internal set; }
}

/// <summary>A command of any kind.</summary>
public abstract class ShellCommand : ShellNode
{
    /// <summary>Redirections behind it.</summary>
    public IReadOnlyList<ShellRedirection> Redirections { get; internal set; } = [];
}

/// <summary>Words that name a program and its arguments, with assignments in front.</summary>
public sealed class ShellSimple : ShellCommand
{
    /// <summary>Assignments in front of the name, or alone.</summary>
    public required IReadOnlyList<ShellAssignment> Assignments { get; init; }

    /// <summary>Name and arguments; assignments of <c>declare</c> and the like are words too.</summary>
    public required IReadOnlyList<ShellWord> Words { get; init; }
}

/// <summary><c>{ …; }</c> or <c>( … )</c>.</summary>
public sealed class ShellGroup : ShellCommand
{
    /// <summary>The commands.</summary>
    public required ShellScript Body { get; init; }

    /// <summary>Whether it is <c>( … )</c>.</summary>
    public required bool IsSubshell { get; init; }
}

/// <summary><c>if</c>: conditions with what they guard.</summary>
public sealed class ShellIf : ShellCommand
{
    /// <summary>Conditions and bodies, in their order.</summary>
    public required IReadOnlyList<(ShellScript Condition, ShellScript Body)> Branches { get; init; }

    /// <summary>The part behind <c>else</c>.</summary>
    public ShellScript? Otherwise { get; init; }
}

/// <summary><c>for</c>, <c>select</c>, <c>while</c>, <c>until</c>.</summary>
public sealed class ShellLoop : ShellCommand
{
    /// <summary>The variable; null where there is none.</summary>
    public string? Variable { get; init; }

    /// <summary>The words that it takes; null for the parameters of the script.</summary>
    public IReadOnlyList<ShellWord>? Items { get; init; }

    /// <summary>The condition of <c>while</c> and <c>until</c>.</summary>
    public ShellScript? Condition { get; init; }

    /// <summary>What is repeated.</summary>
    public required ShellScript Body { get; init; }
}

/// <summary><c>case</c>.</summary>
public sealed class ShellCase : ShellCommand
{
    /// <summary>What is compared.</summary>
    public required ShellWord Subject { get; init; }

    /// <summary>Patterns and what they guard.</summary>
    public required IReadOnlyList<(IReadOnlyList<ShellWord> Patterns, ShellScript Body)> Clauses { get; init; }
}

/// <summary>A function.</summary>
public sealed class ShellFunction : ShellCommand
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its body.</summary>
    public required ShellCommand Body { get; init; }
}

/// <summary><c>[[ … ]]</c> and <c>(( … ))</c>: a test without effects but those of the substitutions in its words.</summary>
public sealed class ShellTest : ShellCommand
{
    /// <summary>The words between the brackets.</summary>
    public required IReadOnlyList<ShellWord> Words { get; init; }
}

/// <summary>Commands joined by <c>|</c>.</summary>
public sealed class ShellPipeline : ShellNode
{
    /// <summary>The commands.</summary>
    public required IReadOnlyList<ShellCommand> Commands { get; init; }

    /// <summary>What stands behind it: <c>;</c> (or a line end), <c>&amp;</c>, <c>&amp;&amp;</c>, <c>||</c>.</summary>
    public string Separator { get; internal set; } = ";";
}

/// <summary>Pipelines one behind the other.</summary>
public sealed class ShellScript : ShellNode
{
    /// <summary>The pipelines.</summary>
    public required IReadOnlyList<ShellPipeline> Pipelines { get; init; }
}
