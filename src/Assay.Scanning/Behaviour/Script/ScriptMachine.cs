using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Runs the tree of a script on what is known of its values: constants are folded, functions entered, both sides of a condition taken,
/// and every value remembers where it comes from. What a language and its platform add is in the derived machines.
/// </summary>
internal abstract class ScriptMachine
{
    /// <summary>Longest text that is folded.</summary>
    protected const int MaxText = 2 << 20;

    private const int MaxSteps = 400_000;
    private const int MostSteps = 6_000_000;
    private const int MaxDepth = 500;
    private const int MaxCalls = 3000;
    private const int MaxCallDepth = 20;
    private const int MaxInlined = 12;
    private const int MaxIterations = 20_000;
    private const int MaxNesting = 6;

    private readonly HashSet<(Deed Deed, int Index, string? Subject, Origin From)> _said = [];
    private readonly Dictionary<ScriptNode, (int Count, Datum Last)> _called = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Datum Function, string Text)> _functions = [];
    private int _steps;
    private int _depth;
    private int _calls;
    private int _callDepth;
    private int _nesting;
    private int _place = -1;
    private int _branches;
    private Datum? _returned;

    protected ScriptMachine(CodeUnit unit, ActSink acts, StringComparer names)
    {
        (Unit, Acts, Names) = (unit, acts, names);
        Runner = new CommandRunner(unit, acts);
        Variables = Globals = new Scope(null, names);
        Source = unit.Text;
        if (unit.Depth == 0)
            acts.Files.Write(FileLedger.Self, new WrittenFile(Origin.None, null, unit.Text, []));
    }

    protected CodeUnit Unit { get; }

    protected ActSink Acts { get; }

    protected CommandRunner Runner { get; }

    protected StringComparer Names { get; }

    /// <summary>The variables in force.</summary>
    protected Scope Variables { get; set; }

    /// <summary>The variables of the script.</summary>
    protected Scope Globals { get; }

    /// <summary>The text that is being run.</summary>
    protected string Source { get; private set; }

    /// <summary>Whether concrete loops and calls are still affordable.</summary>
    protected bool IsCheap => _steps < MaxSteps;

    /// <summary>Parses text of the language.</summary>
    protected abstract ScriptNode Parse(string text);

    /// <summary>Runs the script, then what nobody called.</summary>
    public void Run()
    {
        Evaluate(Parse(Source));
        Runner.Reach = Reach.Function;
        for (var i = 0; i < _functions.Count && i < 5000; i++)
        {
            var (function, text) = _functions[i];
            if (_called.ContainsKey(function.Code!))
                continue;
            Source = text;
            Invoke(function, []);
        }
    }

    /// <summary>Where a node lies in the text of the unit.</summary>
    protected int At(ScriptNode node) => _place >= 0 ? _place : node.Start;

    /// <summary>The text of a node, bounded.</summary>
    protected string Shown(ScriptNode node, int most = 300)
    {
        var start = Math.Clamp(node.Start, 0, Source.Length);
        var end = Math.Clamp(node.End, start, Source.Length);
        return CommandLine.Short(Source[start..Math.Min(end, start + most + 1)], most);
    }

    /// <summary>Adds an act, once.</summary>
    protected void Add(Deed deed, ScriptNode node, string call, string? subject, Datum? data = null, Confidence confidence = Confidence.High, string? evidence = null, IReadOnlyList<string>? files = null)
    {
        data ??= Datum.Unknown;
        if (_said.Add((deed, At(node), subject, data.From)))
            Runner.Add(deed, At(node), call, subject, data.From, data.Source, evidence ?? Shown(node), confidence, files, data.Decoders);
    }

    /// <summary>Runs text as code of this language.</summary>
    protected Datum RunText(Datum code, ScriptNode node, string call)
    {
        var before = Acts.Acts.Count;
        var result = Datum.Unknown;
        var text = code.Text;
        if (text is { Length: > 0 } && text.Length < MaxText && _nesting < MaxNesting && Acts.Files.First($"code {At(node)} {text.Length} {text.GetHashCode(StringComparison.Ordinal)}"))
        {
            var (source, place) = (Source, _place);
            _place = At(node);
            Source = text;
            _nesting++;
            result = Evaluate(Parse(text));
            _nesting--;
            (Source, _place) = (source, place);
        }

        if ((code.From & (Origin.Network | Origin.Decoded | Origin.Computed)) != 0)
        {
            var evidence = Shown(node) + (text is { Length: > 0 } && code.From != Origin.Network ? " → " + CommandLine.Short(text) : "");
            Add(Deed.RunCode, node, call, text, code, Runner.ConfidenceOf(code.From, before), evidence);
        }

        return result;
    }

    /// <summary>Gives a command line to the system.</summary>
    protected Datum RunCommand(Datum command, ScriptNode node, string call, CodeLanguage? language = null)
    {
        if (command.AsText() is not { Length: > 0 } text)
        {
            if ((command.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, node, call, null, command);
            return Datum.Unknown;
        }

        var output = CommandOutput.Nothing;
        if ((command.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.RunProgram, node, call, text, command, evidence: $"{Shown(node)} → {CommandLine.Short(text)}");
        else
            Add(Deed.RunProgram, node, call, text, command with { From = command.From & ~Origin.Computed }, Confidence.Low);
        if (Acts.Files.First($"line {At(node)} {text}"))
            output = Runner.Inner(language ?? LanguageOfCommand(text), text, At(node), command.From);
        return Datum.Tainted(output.From, output.Source);
    }

    /// <summary>Whether a command line is one of Windows.</summary>
    protected static CodeLanguage LanguageOfCommand(string text)
    {
        var word = CommandLine.Words(text.Length > 300 ? text[..300] : text) is [var first, ..] ? CommandLine.Program(first) : "";
        return word is "cmd" or "powershell" or "pwsh" or "start" or "mshta" or "certutil" or "bitsadmin" or "rundll32" or "regsvr32" or "wscript" or "cscript" or "msiexec" or "schtasks" or "reg" or "wmic" or "netsh" or "del" or "rd" or "sc" or "vssadmin" or "attrib" or "taskkill" or "%comspec%" or "cmd.exe"
            || text.Contains('\\', StringComparison.Ordinal) || text.Contains(".exe", StringComparison.OrdinalIgnoreCase) || text.Contains(".bat", StringComparison.OrdinalIgnoreCase) || WindowsTable.Knows(word)
            ? CodeLanguage.Batch
            : CodeLanguage.Shell;
    }

    /// <summary>Evaluates a node. Total; too deep or too much yields an unknown value.</summary>
    protected Datum Evaluate(ScriptNode node)
    {
        if (node.Kind == ScriptNodeKind.None || _depth >= MaxDepth || _steps > MostSteps)
            return Datum.Unknown;
        if ((++_steps & 63) == 0)
            Acts.Budget.ChargeElements(64, Math.Max(0, node.Start));
        _depth++;
        var value = EvaluateCore(node);
        _depth--;
        return value;
    }

    private Datum EvaluateCore(ScriptNode node)
    {
        switch (node.Kind)
        {
            case ScriptNodeKind.Text:
                return Datum.Of(node.Text);
            case ScriptNodeKind.Number:
                return Datum.Of(node.Number);
            case ScriptNodeKind.Template:
                return Template(node);
            case ScriptNodeKind.Name:
                return Name(node);
            case ScriptNodeKind.Member:
                return Member(Evaluate(node[0]), MemberName(node), node);
            case ScriptNodeKind.Index:
                return Index(Evaluate(node[0]), node.Items.Count > 1 ? Evaluate(node[1]) : Datum.Unknown, node);
            case ScriptNodeKind.Call:
                return CallNode(node);
            case ScriptNodeKind.New:
                return New(node);
            case ScriptNodeKind.Binary:
                return Binary(node);
            case ScriptNodeKind.Unary:
                return Unary(node);
            case ScriptNodeKind.Assign:
                return Assignment(node);
            case ScriptNodeKind.List:
                return List(node);
            case ScriptNodeKind.Map:
                return Map(node);
            case ScriptNodeKind.Function:
                return Function(node);
            case ScriptNodeKind.Block:
                return Block(node);
            case ScriptNodeKind.Conditional:
                {
                    Evaluate(node[0]);
                    _branches++;
                    var then = Evaluate(node[1]);
                    var otherwise = node.Items.Count > 2 ? Evaluate(node[2]) : Datum.Unknown;
                    _branches--;
                    return then.Text is not null || then.Kind is not null || then.Items is not null ? then.With(otherwise) : otherwise.With(then);
                }

            case ScriptNodeKind.Loop:
                return Loop(node);
            case ScriptNodeKind.ForEach:
                return ForEach(node);
            case ScriptNodeKind.Return:
                {
                    var value = node.Items.Count > 0 ? Evaluate(node[0]) : Datum.Unknown;
                    _returned = _returned is null ? value : _returned.Text is null && _returned.Kind is null && _returned.Items is null && _returned.Bytes is null ? value.With(_returned) : _returned.With(value);
                    return value;
                }

            case ScriptNodeKind.Pattern:
                return new Datum { Kind = "pattern", Text = node.Text, Partial = true };
            case ScriptNodeKind.Spread:
                return Evaluate(node[0]);
            default:
                return Special(node);
        }
    }

    /// <summary>Kinds of nodes that only some languages have.</summary>
    protected virtual Datum Special(ScriptNode node)
    {
        var value = Datum.Unknown;
        foreach (var item in node.Items)
            value = Evaluate(item);
        return value;
    }

    private Datum Template(ScriptNode node)
    {
        var text = new StringBuilder();
        var value = Datum.Unknown;
        var partial = false;
        foreach (var item in node.Items)
        {
            var part = Evaluate(item);
            value = value.With(part);
            partial |= part.Partial;
            if (part.AsText() is { } known)
            {
                text.Append(known);
            }
            else
            {
                partial = true;
                AppendPlaceholder(text, Placeholder(item));
            }

            if (text.Length > MaxText)
                return Datum.Tainted(value.From, value.Source);
        }

        return value with { Text = Copied(text), Partial = partial };
    }

    /// <summary>What stands in a text for a value that is not known.</summary>
    protected string Placeholder(ScriptNode node) => node.Kind == ScriptNodeKind.Name ? "‹" + node.Text + "›" : "‹" + Shown(node, 40).Replace('\n', ' ') + "›";

    /// <summary>Adds what stands for an unknown value; the same one again says nothing new, and would let a loop grow a text of nothing else.</summary>
    private static void AppendPlaceholder(StringBuilder text, string placeholder)
    {
        if (text.Length < placeholder.Length || !text.ToString(text.Length - placeholder.Length, placeholder.Length).Equals(placeholder, StringComparison.Ordinal))
            text.Append(placeholder);
    }

    /// <summary>The text; its copy is work that counts, since a loop that appends copies it every time.</summary>
    private string Copied(StringBuilder text)
    {
        _steps += text.Length >> 9;
        return text.ToString();
    }

    /// <summary>Joins values to one text.</summary>
    protected Datum Concat(IReadOnlyList<ScriptNode> nodes, IReadOnlyList<Datum> parts)
    {
        var text = new StringBuilder();
        var value = Datum.Unknown;
        var (partial, characters) = (false, 0);
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            value = value.With(part);
            partial |= part.Partial;
            characters += part.Kind == "character" ? 1 : 0;
            if (part.AsText() is { } known)
            {
                text.Append(known);
            }
            else
            {
                partial = true;
                AppendPlaceholder(text, i < nodes.Count ? Placeholder(nodes[i]) : "‹›");
            }

            if (text.Length > MaxText)
                return Datum.Tainted(value.From, value.Source);
        }

        value = value with { Text = Copied(text), Partial = partial };
        return characters >= 6 ? value.Through("character codes") : value;
    }

    /// <summary>A variable, or what the platform calls so.</summary>
    protected virtual Datum Name(ScriptNode node) => Variables.Find(node.Text) ?? Datum.Unknown;

    /// <summary>The name of a member, folded where it is computed.</summary>
    protected string? MemberName(ScriptNode node) => node.Items.Count > 1 ? Evaluate(node[1]) is { IsExact: true } name ? name.Text : null : node.Text;

    /// <summary>A member of a value.</summary>
    protected virtual Datum Member(Datum target, string? name, ScriptNode node)
    {
        if (name is not null && target.Fields is { } fields && fields.TryGetValue(name, out var field))
            return field.With(target);
        return Datum.Tainted(target.From, target.Source) with { Decoders = target.Decoders };
    }

    /// <summary>An element of a value.</summary>
    protected virtual Datum Index(Datum target, Datum index, ScriptNode node)
    {
        if (index.AsNumber() is { } number && double.IsInteger(number))
        {
            var at = (long)number;
            if (target.Items is { } items)
            {
                at = at < 0 ? items.Count + at : at;
                return at >= 0 && at < items.Count ? items[(int)at].With(target) : Datum.Tainted(target.From, target.Source);
            }

            if (target.Bytes is { } bytes)
            {
                at = at < 0 ? bytes.Length + at : at;
                return at >= 0 && at < bytes.Length ? Datum.Of(bytes[at]).With(target) : Datum.Tainted(target.From, target.Source);
            }

            if (target.IsExact && target.Text is { } text)
            {
                at = at < 0 ? text.Length + at : at;
                return at >= 0 && at < text.Length ? new Datum { Text = text[(int)at].ToString(), Kind = "character" }.With(target) : Datum.Unknown;
            }
        }

        return index is { IsExact: true } ? Member(target, index.Text, node) : Datum.Tainted(target.From, target.Source) with { Decoders = target.Decoders };
    }

    protected virtual Datum CallNode(ScriptNode node)
    {
        var callee = node[0];
        var arguments = Arguments(node, 1);
        if (callee.Kind == ScriptNodeKind.Member)
        {
            var target = Evaluate(callee[0]);
            return CallMember(target, MemberName(callee), arguments, node);
        }

        return CallValue(Evaluate(callee), arguments, node);
    }

    /// <summary>The values of the arguments of a call; what stands for many is divided.</summary>
    protected List<Datum> Arguments(ScriptNode node, int from)
    {
        var arguments = new List<Datum>(Math.Max(0, node.Items.Count - from));
        for (var i = from; i < node.Items.Count; i++)
        {
            var value = Evaluate(node.Items[i]);
            if (node.Items[i].Kind == ScriptNodeKind.Spread && value.Items is { Count: < 4096 } items)
                arguments.AddRange(items);
            else if (node.Items[i].Kind == ScriptNodeKind.Spread && value.AsBytes() is { Length: < 65536 } bytes)
                arguments.AddRange(bytes.Select(static b => Datum.Of(b)));
            else
                arguments.Add(value);
        }

        return arguments;
    }

    /// <summary>A member is called.</summary>
    protected abstract Datum CallMember(Datum target, string? name, List<Datum> arguments, ScriptNode node);

    /// <summary>A value is called.</summary>
    protected virtual Datum CallValue(Datum callee, List<Datum> arguments, ScriptNode node) =>
        callee.Code is not null ? Invoke(callee, arguments) : Unknown(callee, arguments);

    /// <summary>The result of a call that is not known: it comes from where its parts come from. Functions among the arguments are called back.</summary>
    protected Datum Unknown(Datum target, List<Datum> arguments)
    {
        var result = Datum.Tainted(target.From, target.Source) with { Decoders = target.Decoders };
        foreach (var argument in arguments)
        {
            if (argument.Code is null)
                result = result.With(argument);
            for (var i = 0; argument.Items is { } items && i < items.Count && i < 32; i++)
                result = result.With(items[i]);
        }

        foreach (var argument in arguments)
        {
            if (argument.Code is not null)
                Invoke(argument, [result, result, result]);
        }

        return result;
    }

    /// <summary>A new object.</summary>
    protected virtual Datum New(ScriptNode node) => CallValue(Evaluate(node[0]), Arguments(node, 1), node);

    /// <summary>Enters a function.</summary>
    protected Datum Invoke(Datum function, List<Datum> arguments)
    {
        var node = function.Code;
        if (node is null)
            return Datum.Unknown;
        var known = _called.GetValueOrDefault(node, (0, Datum.Unknown));
        var isFresh = known.Item1 == 0 || arguments.Exists(static a => a.From != Origin.None || a.IsExact || a.Items is not null || a.Code is not null || a.Kind is not null || a.Number is not null);
        if (known.Item1 > 0 && (!isFresh || known.Item1 >= MaxInlined * (node.Height < 12 ? 100 : 1) || !IsCheap || ++_calls > MaxCalls) || _callDepth >= MaxCallDepth)
            return known.Item2;
        _called[node] = (known.Item1 + 1, known.Item2);
        _callDepth++;
        var (variables, returned, source, branches) = (Variables, _returned, Source, _branches);
        Variables = new Scope(function.Around ?? Globals, Names);
        _returned = null;
        _branches = 0;
        if (function.Script is not null && _place < 0)
            Source = function.Script;
        Bind(node, arguments);
        var body = node.Items.Count > 0 ? node[node.Items.Count - 1] : new ScriptNode(ScriptNodeKind.None, 0);
        var value = Evaluate(body);
        var result = FunctionResult(_returned, value, node);
        (Variables, _returned, Source, _branches) = (variables, returned, source, branches);
        _callDepth--;
        _called[node] = (known.Item1 + 1, result);
        return result;
    }

    /// <summary>What a function yields: what it returned; an expression its value.</summary>
    protected virtual Datum FunctionResult(Datum? returned, Datum value, ScriptNode function) => returned ?? (function[function.Items.Count - 1].Kind == ScriptNodeKind.Block ? Datum.Unknown : value);

    /// <summary>Gives arguments to parameters.</summary>
    protected virtual void Bind(ScriptNode function, List<Datum> arguments)
    {
        Variables.Declare("arguments", Datum.Of(arguments));
        for (var i = 0; i < function.Items.Count - 1; i++)
        {
            var parameter = function.Items[i];
            var value = i < arguments.Count ? arguments[i] : parameter.Kind == ScriptNodeKind.Assign ? Evaluate(parameter[1]) : Datum.Tainted(Origin.Argument, null);
            if (parameter.Kind == ScriptNodeKind.Spread)
                value = Datum.Of(arguments.Skip(i).ToList());
            Declare(parameter.Kind is ScriptNodeKind.Assign or ScriptNodeKind.Spread ? parameter[0] : parameter, value);
        }
    }

    /// <summary>Declares the names of a pattern: a name, an array or an object of names.</summary>
    protected void Declare(ScriptNode target, Datum value)
    {
        switch (target.Kind)
        {
            case ScriptNodeKind.Name:
                Variables.Declare(target.Text, value);
                break;
            case ScriptNodeKind.Map:
                for (var i = 0; i + 1 < target.Items.Count; i += 2)
                    Declare(target.Items[i + 1].Kind == ScriptNodeKind.Assign ? target.Items[i + 1][0] : target.Items[i + 1], Member(value, target.Items[i].Text, target));
                break;
            case ScriptNodeKind.List:
                for (var i = 0; i < target.Items.Count; i++)
                    Declare(target.Items[i], Index(value, Datum.Of(i), target));
                break;
            case ScriptNodeKind.Assign:
                Declare(target[0], value);
                break;
            case ScriptNodeKind.Spread:
                Declare(target[0], value);
                break;
        }
    }

    private Datum Function(ScriptNode node)
    {
        var function = new Datum { Code = node, Around = Variables, Script = Source };
        if (node.Text.Length > 0)
            Variables.Declare(node.Text, function);
        if (_functions.Count < 20_000 && _place < 0)
            _functions.Add((function, Source));
        return function;
    }

    /// <summary>Statements; functions first, since they may be called before they stand.</summary>
    protected virtual Datum Block(ScriptNode node)
    {
        foreach (var item in node.Items)
        {
            if (item.Kind == ScriptNodeKind.Function && item.Text.Length > 0)
                Evaluate(item);
        }

        var value = Datum.Unknown;
        foreach (var item in node.Items)
        {
            if (item.Kind != ScriptNodeKind.Function || item.Text.Length == 0)
                value = Evaluate(item);
        }

        return value;
    }

    protected virtual Datum List(ScriptNode node)
    {
        var items = new List<Datum>(node.Items.Count);
        var all = Datum.Unknown;
        foreach (var item in node.Items)
        {
            var value = Evaluate(item);
            all = all.With(value);
            if (item.Kind == ScriptNodeKind.Spread && value.Items is { } many && many.Count < 10_000)
                items.AddRange(many);
            else
                items.Add(value);
        }

        return Datum.Of(items).With(all);
    }

    private Datum Map(ScriptNode node)
    {
        var fields = new Dictionary<string, Datum>(Names);
        var all = Datum.Unknown;
        for (var i = 0; i + 1 < node.Items.Count; i += 2)
        {
            var value = Evaluate(node.Items[i + 1]);
            all = all.With(value);
            if ((node.Items[i].Kind == ScriptNodeKind.Text ? node.Items[i].Text : Evaluate(node.Items[i]).AsText()) is { } key)
                fields[key] = value;
        }

        return new Datum { Fields = fields }.With(all);
    }

    private Datum Assignment(ScriptNode node)
    {
        var target = node[0];
        while (target.Kind == ScriptNodeKind.Cast)
            target = target[0];
        var value = Evaluate(node[1]);
        if (node.Text is not ("=" or "let" or "const" or "var" or "??=" or "||=" or "my" or "local"))
        {
            var op = node.Text[..^1];
            value = Operate(op, [target, node[1]], [Evaluate(target), value], node);
        }

        Assign(target, value, node);
        return value;
    }

    /// <summary>Gives a value to a name, a member, an element or several names.</summary>
    protected virtual void Assign(ScriptNode target, Datum value, ScriptNode node)
    {
        switch (target.Kind)
        {
            case ScriptNodeKind.Name:
                if (_branches > 0 && Variables.Find(target.Text) is { From: not Origin.None } before && value.From == Origin.None && value.Code is null && value.Kind is null)
                    value = value.With(before); // the branch may not be taken
                if (node.Text is "let" or "const" or "var" or "my" or "local")
                    Variables.Declare(target.Text, value);
                else
                    Variables.Assign(target.Text, value);
                break;
            case ScriptNodeKind.Member:
                SetMember(Evaluate(target[0]), MemberName(target), value, target, node);
                break;
            case ScriptNodeKind.Index:
                {
                    var owner = Evaluate(target[0]);
                    var index = target.Items.Count > 1 ? Evaluate(target[1]) : Datum.Unknown;
                    if (owner.Items is { } items && index.AsNumber() is { } number and >= 0 and < 100_000)
                    {
                        while (items.Count <= (int)number)
                            items.Add(Datum.Unknown);
                        items[(int)number] = value;
                    }
                    else if (owner.Bytes is { } bytes && index.AsNumber() is { } at && at >= 0 && at < bytes.Length && value.AsNumber() is { } number2)
                    {
                        bytes[(int)at] = (byte)(long)number2;
                    }
                    else
                    {
                        SetMember(owner, index.AsText(), value, target, node);
                    }

                    if (value.From != Origin.None && target[0].Kind == ScriptNodeKind.Name && (owner.From & value.From) != value.From)
                        Variables.Assign(target[0].Text, owner.With(value));
                    break;
                }

            case ScriptNodeKind.List or ScriptNodeKind.Map:
                if (target.Kind == ScriptNodeKind.List && value.Items is null && value.From != Origin.None)
                {
                    foreach (var item in target.Items)
                        Declare(item, value);
                }
                else
                {
                    Declare(target, value);
                }

                break;
        }
    }

    /// <summary>A member is given a value.</summary>
    protected virtual void SetMember(Datum owner, string? name, Datum value, ScriptNode target, ScriptNode node)
    {
        if (name is null)
            return;
        if (owner.Fields is { } fields)
        {
            if (fields.Count < 5000)
                fields[name] = value;
        }
        else if (target[0].Kind == ScriptNodeKind.Name && owner.Items is null && owner.Bytes is null)
        {
            Variables.Assign(target[0].Text, owner with { Fields = new Dictionary<string, Datum>(Names) { [name] = value } });
        }
    }

    private Datum Loop(ScriptNode node)
    {
        Evaluate(node[0]);
        var last = Datum.Unknown;
        for (var i = 0; i < MaxIterations; i++)
        {
            var condition = node[1].Kind == ScriptNodeKind.None ? Datum.Unknown : Evaluate(node[1]);
            var truth = condition.AsNumber();
            if (truth is null || condition.Kind != "bool" && condition.Number is null || !IsCheap)
            {
                if (i == 0 || truth is null)
                    return Twice(node);
                return last;
            }

            if (truth == 0)
                return i == 0 ? Once(node) : last;
            last = Evaluate(node[3]);
            if (node[2].Kind == ScriptNodeKind.None && i > 64 && node[0].Kind == ScriptNodeKind.None && condition.Kind != "bool")
                return last; // while (1)
            if (node[1].Kind == ScriptNodeKind.Number || node[1].Kind == ScriptNodeKind.Name && i > 256)
                return last;
            Evaluate(node[2]);
        }

        return last;
    }

    private Datum Once(ScriptNode node)
    {
        _branches++;
        var value = Evaluate(node[3]);
        _branches--;
        return value;
    }

    /// <summary>A loop of which nothing is known: twice, so that what one round leaves behind reaches the next.</summary>
    private Datum Twice(ScriptNode node)
    {
        _branches++;
        var value = Evaluate(node[3]);
        Evaluate(node[2]);
        if (node.Height < 30 && IsCheap)
            value = Evaluate(node[3]);
        _branches--;
        return value;
    }

    private Datum ForEach(ScriptNode node)
    {
        var over = Evaluate(node[1]);
        var last = Datum.Unknown;
        if (Elements(over) is { } items && items.Count > 0 && items.Count < MaxIterations)
        {
            for (var i = 0; i < items.Count && (i < 3 || IsCheap); i++)
            {
                Declare(LoopTarget(node[0]), items[i].With(over));
                last = Evaluate(node[2]);
            }

            return last;
        }

        Declare(LoopTarget(node[0]), Datum.Tainted(over.From, over.Source) with { Decoders = over.Decoders, Kind = over.Kind == "files" ? "file" : null });
        _branches++;
        last = Evaluate(node[2]);
        _branches--;
        return last;
    }

    private static ScriptNode LoopTarget(ScriptNode node) => node.Kind == ScriptNodeKind.Assign ? node[0] : node;

    /// <summary>What a loop runs over; null where it is not known.</summary>
    protected virtual List<Datum>? Elements(Datum value)
    {
        if (value.Items is not null)
            return value.Items;
        if (value.Bytes is { Length: < MaxIterations } bytes)
            return bytes.Select(static b => Datum.Of(b)).ToList();
        return null;
    }

    private Datum Binary(ScriptNode node)
    {
        var values = new List<Datum>(node.Items.Count);
        foreach (var item in node.Items)
            values.Add(Evaluate(item));
        return Operate(node.Text, node.Items, values, node);
    }

    /// <summary>An operator over values.</summary>
    protected abstract Datum Operate(string op, IReadOnlyList<ScriptNode> nodes, IReadOnlyList<Datum> values, ScriptNode node);

    protected virtual Datum Unary(ScriptNode node)
    {
        var operand = node[0];
        var value = Evaluate(operand);
        switch (node.Text)
        {
            case "++" or "--":
                if (value.AsNumber() is { } number)
                {
                    Assign(operand, Datum.Of(node.Text == "++" ? number + 1 : number - 1), node);
                    return Datum.Of(number);
                }

                return Datum.Unknown;
            case "-":
                return value.AsNumber() is { } positive ? Datum.Of(-positive) : Datum.Unknown;
            case "+":
                return value.AsNumber() is { } same ? Datum.Of(same) : value;
            case "!":
                return value.AsNumber() is { } truth ? Datum.Of(truth == 0) : Datum.Unknown;
            case "~":
                return value.AsNumber() is { } bits && Math.Abs(bits) < int.MaxValue ? Datum.Of(~(int)bits) : Datum.Unknown;
        }

        return value;
    }

    /// <summary>Arithmetic and bits over numbers; null where one is unknown.</summary>
    protected static Datum? Arithmetic(string op, Datum left, Datum right)
    {
        if (left.AsNumber() is not { } a || right.AsNumber() is not { } b)
            return null;
        double? result = op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" when b != 0 => a / b,
            "%" or "mod" when b != 0 => a % b,
            "^" or "-bxor" or "xor" => (long)a ^ (long)b,
            "&" or "-band" => (long)a & (long)b,
            "|" or "-bor" => (long)a | (long)b,
            "<<" or "-shl" => (int)(long)a << (int)(long)b,
            ">>" or ">>>" or "-shr" => (long)a >> (int)((long)b & 63),
            "**" => Math.Pow(a, b),
            _ => null,
        };
        if (result is { } value)
            return Datum.Of(value).With(left).With(right);
        bool? truth = op switch
        {
            "<" or "-lt" => a < b,
            ">" or "-gt" => a > b,
            "<=" or "-le" => a <= b,
            ">=" or "-ge" => a >= b,
            "==" or "===" or "-eq" => a == b,
            "!=" or "!==" or "-ne" or "<>" => a != b,
            _ => null,
        };
        return truth is { } known ? Datum.Of(known) : null;
    }
}
