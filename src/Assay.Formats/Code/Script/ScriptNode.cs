namespace Assay.Formats;

/// <summary>What a <see cref="ScriptNode"/> is. The tree is the same for every scripting language, so that one machine can fold it.</summary>
public enum ScriptNodeKind
{
    /// <summary>Nothing, or what could not be parsed.</summary>
    None,

    /// <summary>A string constant: <see cref="ScriptNode.Text"/>.</summary>
    Text,

    /// <summary>A number: <see cref="ScriptNode.Number"/>.</summary>
    Number,

    /// <summary>A string with values in it: the items in order, constants as <see cref="Text"/>.</summary>
    Template,

    /// <summary>A variable, function or other name.</summary>
    Name,

    /// <summary>The member <see cref="ScriptNode.Text"/> (or the folded second item) of the first item.</summary>
    Member,

    /// <summary>The first item indexed by the others.</summary>
    Index,

    /// <summary>The first item called with the others.</summary>
    Call,

    /// <summary>A new object of the class in the first item, made with the others.</summary>
    New,

    /// <summary>The operator <see cref="ScriptNode.Text"/> over the items, left to right.</summary>
    Binary,

    /// <summary>The operator <see cref="ScriptNode.Text"/> in front of the first item.</summary>
    Unary,

    /// <summary>The first item is given the value of the second; <see cref="ScriptNode.Text"/> is <c>=</c>, <c>+=</c> and so on.</summary>
    Assign,

    /// <summary>A list of the items.</summary>
    List,

    /// <summary>An object or hash table: keys and values in turn.</summary>
    Map,

    /// <summary>A function called <see cref="ScriptNode.Text"/> (maybe empty): the last item is the body, the others parameters.</summary>
    Function,

    /// <summary>Statements in order.</summary>
    Block,

    /// <summary>Condition, then, else.</summary>
    Conditional,

    /// <summary>Start, condition, step, body; missing parts are <see cref="None"/>.</summary>
    Loop,

    /// <summary>The first item takes every value of the second; the third is the body.</summary>
    ForEach,

    /// <summary>The result of a function: the first item.</summary>
    Return,

    /// <summary>A command: its name, then its arguments.</summary>
    Command,

    /// <summary>A named parameter of a command: its name, and as item the value where it was written with a colon.</summary>
    Parameter,

    /// <summary>Output of a command into a file: the first item.</summary>
    Redirect,

    /// <summary>Commands, each fed with the output of the one before.</summary>
    Pipeline,

    /// <summary>A type: <c>[Convert]</c>.</summary>
    Type,

    /// <summary>The first item converted to the type <see cref="ScriptNode.Text"/>.</summary>
    Cast,

    /// <summary>An argument that stands for many: <c>...x</c>, <c>@args</c>.</summary>
    Spread,

    /// <summary>A regular expression: <see cref="ScriptNode.Text"/>.</summary>
    Pattern,

    /// <summary>The names in the items come from the module <see cref="ScriptNode.Text"/>: inner and outer name in turn; <c>*</c> is all, <c>default</c> the default.</summary>
    Import,
}

/// <summary>A node of the tree of a script.</summary>
public sealed class ScriptNode
{
    /// <summary>A higher tree is not built: what walks it may recurse.</summary>
    public const int MaxHeight = 250;

    private static readonly IReadOnlyList<ScriptNode> NoItems = [];
    private List<ScriptNode>? _items;

    /// <summary>Makes a node.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="start">Its first character.</param>
    /// <param name="text">Name, operator or constant.</param>
    public ScriptNode(ScriptNodeKind kind, int start, string text = "")
    {
        Kind = kind;
        Start = start;
        End = start;
        Text = text;
    }

    /// <summary>What it is.</summary>
    public ScriptNodeKind Kind { get; }

    /// <summary>Its first character.</summary>
    public int Start { get; }

    /// <summary>The character behind it.</summary>
    public int End { get; set; }

    /// <summary>Name, operator or constant.</summary>
    public string Text { get; }

    /// <summary>The value of a number.</summary>
    public double Number { get; init; }

    /// <summary>Whether it stood in parentheses, or hides its name in another way than by being plain.</summary>
    public bool Grouped { get; set; }

    /// <summary>Levels of nodes below it.</summary>
    public int Height { get; private set; }

    /// <summary>The parts.</summary>
    public IReadOnlyList<ScriptNode> Items => _items ?? NoItems;

    /// <summary>A part; an empty node where there is none.</summary>
    public ScriptNode this[int index] => _items is not null && index < _items.Count ? _items[index] : new ScriptNode(ScriptNodeKind.None, Start);

    /// <summary>Adds a part. What would make the tree too high is left out.</summary>
    public ScriptNode Add(ScriptNode item)
    {
        if (item.Height >= MaxHeight)
            item = new ScriptNode(ScriptNodeKind.None, item.Start) { End = item.End };
        (_items ??= new List<ScriptNode>(2)).Add(item);
        Height = Math.Max(Height, item.Height + 1);
        if (item.End > End)
            End = item.End;
        return this;
    }
}
