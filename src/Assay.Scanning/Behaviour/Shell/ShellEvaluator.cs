using System.Buffers;
using System.Text;
using Assay.Formats;
using Assay.Formats.Shell;

namespace Assay.Scanning;

/// <summary>
/// Runs a script without running it: every command once in the order of the text, both branches of a choice, with what is known of its
/// variables and files. Steps, output and depth are bounded.
/// </summary>
internal sealed partial class ShellEvaluator(CodeUnit unit, ActSink acts)
{
    private const int MaxSteps = 200_000;
    private const int MaxDepth = 24;
    private const int MaxFields = 1024;
    private const int MaxLoops = 4096;
    private const long MaxProduced = 16 << 20;

    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create(" \n\t;|&");

    private static readonly Origin Hidden = Origin.Decoded | Origin.Computed;

    private readonly Dictionary<string, ShellValue> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ShellValue>> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ShellFunction> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<int, int>> _functionPlaces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _called = new(StringComparer.Ordinal);
    private readonly HashSet<(Deed, int, string?, Origin)> _reported = [];
    private List<ShellValue> _positional = [];
    private Func<int, int> _place = static i => i;
    private Reach _reach = unit.Reach;
    private Origin _from = unit.From & Hidden;
    private IReadOnlyList<string> _decoders = unit.Decoders;
    private ShellValue? _stdin;
    private int _steps;
    private int _loops;
    private long _produced;
    private int _depth;
    private int _capturing;
    private bool _background;
    private string _evidence = "";

    /// <summary>The budget of the artifact.</summary>
    public WorkBudget Budget => acts.Budget;

    /// <summary>Sets a variable, as a build file does.</summary>
    public void Set(string name, ShellValue value) => _variables[name] = value;

    /// <summary>The value of a variable; null where none was set.</summary>
    public ShellValue? Get(string name) => _variables.GetValueOrDefault(name);

    /// <summary>Expands a text as a double-quoted string.</summary>
    public ShellValue ExpandText(string text, int at)
    {
        var script = ShellParser.Parse("x=\"" + text.Replace("\"", "\\\"", StringComparison.Ordinal) + "\"", Budget, out _);
        var outer = _place;
        _place = _ => unit.At(at);
        var value = script.Pipelines is [{ Commands: [ShellSimple { Assignments: [{ Value: { } word }] }] }] ? ExpandWhole(word) : ShellValue.Unknown;
        _place = outer;
        return value;
    }

    /// <summary>Runs a text.</summary>
    /// <param name="text">Commands.</param>
    /// <param name="place">The character of the unit for a character of the text.</param>
    public void Run(string text, Func<int, int> place)
    {
        var outer = _place;
        _place = i => unit.At(place(i));
        var script = ShellParser.Parse(text, Budget, out var errors);
        foreach (var (index, reason) in errors)
            acts.Errors.Add(new Malformation(MalformationKind.Invalid, At(index), reason));
        Execute(script, null);
        _place = outer;
    }

    /// <summary>Hands code of another language on.</summary>
    public void RunForeign(CodeLanguage language, string text, int at) => RunOther(language, new ShellValue(text), unit.At(at));

    /// <summary>Runs what was defined and not called.</summary>
    public void RunUncalled()
    {
        _reach = Reach.Function;
        foreach (var (name, function) in _functions.ToArray())
        {
            if (!_called.Add(name))
                continue;
            _positional = [];
            var outer = _place;
            _place = _functionPlaces[name];
            Execute(function.Body, null);
            _place = outer;
        }
    }

    /// <summary>Words as a person would read them.</summary>
    private static string Render(IReadOnlyList<ShellValue> words)
    {
        var text = new StringBuilder();
        foreach (var word in words)
        {
            if (text.Length > 600)
                return text.Append(" …").ToString();
            if (text.Length > 0)
                text.Append(' ');
            var shown = word.Content is { } content ? content.Source is { } source ? $"<(… {source})" : "<(…)" : word.IsOpaque ? word.Source is { } from ? $"$(… {from})" : "…" : word.Text;
            if (shown.Length > 400)
                shown = shown[..400] + "…";
            text.Append(shown.Length == 0 ? "''" : shown.AsSpan().ContainsAny(NeedsQuotes) ? $"'{shown}'" : shown);
        }

        return text.ToString();
    }

    private bool Step(int index)
    {
        Budget.ChargeElements(1, index);
        return ++_steps < MaxSteps;
    }

    private ShellValue Execute(ShellScript script, ShellValue? input)
    {
        List<ShellValue>? outputs = null;
        foreach (var pipeline in script.Pipelines)
        {
            if (!Step(pipeline.Start))
                break;
            var background = _background;
            _background = pipeline.Separator == "&";
            var result = Execute(pipeline, input);
            _background = background;
            if (_capturing > 0)
                (outputs ??= []).Add(result);
        }

        return outputs is null ? ShellValue.Empty : ShellValue.Concat([.. outputs]);
    }

    private ShellValue Execute(ShellPipeline pipeline, ShellValue? input)
    {
        var value = input;
        var evidence = _evidence;
        var isPiped = pipeline.Commands.Count > 1;
        var stages = new List<ShellStage>(pipeline.Commands.Count);
        if (isPiped)
            _capturing++;
        for (var i = 0; i < pipeline.Commands.Count; i++)
        {
            if (i > 0)
                _evidence = Join(_evidence, stages);
            var outerStages = _stages;
            _stages = stages;
            var count = stages.Count;
            value = Execute(pipeline.Commands[i], i == 0 ? input : value);
            if (stages.Count == count)
                stages.Add(new ShellStage("", "", false, null));
            _stages = outerStages;
            _evidence = evidence;
        }

        if (isPiped)
        {
            _capturing--;
            JudgeStages(stages, pipeline);
        }

        return value ?? ShellValue.Empty;
    }

    private static string Join(string before, List<ShellStage> stages)
    {
        var text = string.Join(" | ", stages.TakeLast(8).Select(static s => s.Text.Length > 400 ? s.Text[..400] + "…" : s.Text));
        return before.Length == 0 ? text : before + " ; " + text;
    }

    private ShellValue Execute(ShellCommand command, ShellValue? input)
    {
        if (!Step(command.Start) || _depth >= MaxDepth)
            return ShellValue.Unknown;
        _depth++;
        var output = command is ShellSimple simple ? ExecuteSimple(simple, input) : ExecuteCompound(command, input);
        _depth--;
        return output;
    }

    private ShellValue ExecuteCompound(ShellCommand command, ShellValue? input)
    {
        if (command is ShellFunction function)
        {
            _functions[function.Name] = function;
            _functionPlaces[function.Name] = _place;
            NoteForkBomb(function);
            return ShellValue.Empty;
        }

        var (stdin, target, peer) = Redirect(command.Redirections, input, At(command.Start));
        var outer = _stdin;
        _stdin = stdin;
        var captured = target is not null || _capturing > 0;
        if (captured)
            _capturing++;
        var output = ShellValue.Empty;
        switch (command)
        {
            case ShellGroup group:
                var folder = _folder;
                output = Execute(group.Body, stdin);
                if (group.IsSubshell)
                    _folder = folder;
                break;
            case ShellIf choice:
                foreach (var (condition, body) in choice.Branches)
                {
                    output = ShellValue.Concat(output, Execute(condition, stdin));
                    output = ShellValue.Concat(output, Execute(body, stdin));
                }

                if (choice.Otherwise is { } otherwise)
                    output = ShellValue.Concat(output, Execute(otherwise, stdin));
                break;
            case ShellLoop loop:
                output = ExecuteLoop(loop, stdin);
                break;
            case ShellCase choice:
                _ = ExpandWhole(choice.Subject);
                foreach (var (_, body) in choice.Clauses)
                    output = ShellValue.Concat(output, Execute(body, stdin));
                break;
            case ShellTest test:
                foreach (var word in test.Words)
                {
                    var value = ExpandWhole(word);
                    if (test.Words.Count == 1)
                        _ = Arithmetic(value.Text);
                }

                break;
        }

        if (captured)
            _capturing--;
        _stdin = outer;
        if (peer is not null && output.From.HasFlag(Origin.Secret))
            Report(new Act { Deed = Deed.Send, Index = At(command.Start), Call = "/dev/tcp", Subject = peer, From = output.From, Source = output.Source, Evidence = Evidence("> /dev/tcp/" + peer), Language = unit.Language });
        if (target is not null)
        {
            WriteRedirected(command.Redirections, target, output, At(command.Start));
            return ShellValue.Empty;
        }

        return output;
    }

    private ShellValue ExecuteLoop(ShellLoop loop, ShellValue? input)
    {
        var output = ShellValue.Empty;
        _looping++;
        if (loop.Condition is { } condition)
        {
            Execute(condition, input);
            output = Execute(loop.Body, input);
        }
        else if (loop.Variable is null)
        {
            output = CountingLoop(loop, input);
        }
        else
        {
            var items = loop.Items is null ? [.. _positional] : loop.Items.SelectMany(Expand).Take(MaxFields).ToList();
            var outer = _loopOver;
            _loopOver = Render(items) + " " + string.Join(' ', items.Select(static i => i.Source).Distinct().Take(4));
            if (items.Count is 0 or > 256 || !items.TrueForAll(static i => i.Known))
            {
                var item = items.Count == 0 ? ShellValue.Unknown : items.Aggregate(static (a, b) => ShellValue.Concat(a, b with { Text = "" }));
                _variables[loop.Variable] = items.Count == 1 ? items[0] : new ShellValue("$" + loop.Variable) { Known = false, From = item.From, Source = item.Source, Decoders = item.Decoders, IsPattern = true };
                output = Execute(loop.Body, input);
            }
            else
            {
                var outputs = new List<ShellValue>(items.Count);
                foreach (var item in items)
                {
                    _variables[loop.Variable] = item with { IsPattern = false };
                    outputs.Add(Execute(loop.Body, input));
                    if (++_loops > MaxLoops)
                        break;
                }

                output = ShellValue.Concat([.. outputs]);
            }

            _loopOver = outer;
        }

        _looping--;
        return output;
    }

    /// <summary><c>for ((i=0; i&lt;n; i++))</c> with numbers that are known runs as often as it says; loops that decode are written so.</summary>
    private ShellValue CountingLoop(ShellLoop loop, ShellValue? input)
    {
        var head = loop.Items is [var word] ? ExpandCounting(word).Split(';') : [];
        if (head.Length != 3 || (head[0].Trim().Length > 0 && Arithmetic(head[0]) is null))
            return Execute(loop.Body, input);
        var outputs = new List<ShellValue>();
        for (var n = 0; n < 1024 && _steps < MaxSteps && ++_loops < MaxLoops; n++)
        {
            var goes = Arithmetic(loop.Items is [var again] ? ExpandCounting(again).Split(';').ElementAtOrDefault(1) ?? "" : "");
            if (goes == 0 || (goes is null && n > 0))
                break;
            outputs.Add(Execute(loop.Body, input));
            if (goes is null)
                break;
            _ = Arithmetic(head[2]);
        }

        return ShellValue.Concat([.. outputs]);
    }

    private string ExpandCounting(ShellWord word) => ExpandWhole(word).Text;

    private long? Arithmetic(string text) => ShellNumbers.Evaluate(text.Trim(), Number, (name, value) => _variables[name] = new ShellValue(value));

    private string? Number(string name) => _variables.TryGetValue(name, out var value) ? value.Known ? value.Text : null : null;

    private void Assign(ShellAssignment assignment)
    {
        if (assignment.Elements is { } elements)
        {
            var values = assignment.Appends && _arrays.TryGetValue(assignment.Name, out var before) ? before : [];
            values.AddRange(elements.SelectMany(Expand).Take(MaxFields - Math.Min(values.Count, MaxFields)));
            _arrays[assignment.Name] = values;
            _variables[assignment.Name] = values.Count > 0 ? values[0] : ShellValue.Empty;
            return;
        }

        var value = ExpandWhole(assignment.Value!) with { IsPattern = false };
        if (assignment.Subscript is { } subscript)
        {
            var list = _arrays.TryGetValue(assignment.Name, out var known) ? known : _arrays[assignment.Name] = [];
            if (Arithmetic(subscript.Trim('"', '\'', '$', '{', '}')) is >= 0 and < MaxFields and var index)
            {
                while (list.Count <= index)
                    list.Add(ShellValue.Empty);
                list[(int)index] = value;
            }
            else
            {
                _variables[assignment.Name + "[" + subscript.Trim('"', '\'') + "]"] = value;
            }

            return;
        }

        if (assignment.Appends && _variables.TryGetValue(assignment.Name, out var old))
            value = Grown(old, value);
        _variables[assignment.Name] = value;
        JudgeAssignment(assignment.Name, value, At(assignment.Start));
    }

    /// <summary>Both, one behind the other; what grows at every step is followed for a while only.</summary>
    private ShellValue Grown(ShellValue old, ShellValue value) =>
        (_produced += old.Text.Length) > MaxProduced ? ShellValue.Concat(old.Opaque(), value.Opaque()) : ShellValue.Concat(old, value);

    /// <summary>A word as fields: braces, parameters, substitutions, splitting.</summary>
    private List<ShellValue> Expand(ShellWord word)
    {
        var fields = new List<ShellValue>(1);
        foreach (var parts in Braces(word.Parts))
        {
            var before = fields.Count;
            ExpandParts(parts, fields, split: true, word.HasQuotes);
            if (IsHidden(parts, fields, before))
            {
                for (var i = before; i < fields.Count; i++)
                    fields[i] = fields[i] with { IsHidden = true };
            }

            if (fields.Count > MaxFields)
                break;
        }

        return fields;
    }

    /// <summary>A word as one string.</summary>
    private ShellValue ExpandWhole(ShellWord word)
    {
        var fields = new List<ShellValue>(1);
        ExpandParts(word.Parts, fields, split: false, hasQuotes: true);
        return fields.Count == 0 ? ShellValue.Empty : fields[0];
    }

    private void ExpandParts(IReadOnlyList<ShellPart> parts, List<ShellValue> fields, bool split, bool hasQuotes)
    {
        var pieces = new List<ShellValue>(parts.Count);
        foreach (var part in parts)
        {
            if (part is ShellLiteral literal)
            {
                var value = new ShellValue(literal.Text) { IsPattern = !literal.Quoted && literal.Text.AsSpan().ContainsAny("*?[") };
                if (literal.Escaped && literal.Text.Length > 2 && literal.Written > literal.Text.Length + 8)
                    value = value with { From = Origin.Decoded, Decoders = ["escapes"] };
                pieces.Add(value);
                continue;
            }

            if (part is ShellParameter { Name: "@" or "*" } all && all.Operator.Length == 0 && !all.Length && split && (!all.Quoted || all.Name == "@"))
            {
                AddList(_positional, fields, pieces);
                continue;
            }

            if (part is ShellParameter { Subscript: "@" or "*", Operator: "", Length: false, Indirect: false } array && split && _arrays.TryGetValue(array.Name, out var elements) && (!array.Quoted || array.Subscript == "@"))
            {
                AddList(elements, fields, pieces);
                continue;
            }

            var expanded = Expand(part);
            if (!split || part.Quoted || !expanded.Known || expanded.Content is not null)
                pieces.Add(expanded);
            else
                Split(expanded, fields, pieces);
        }

        if (pieces.Count == 0 && !hasQuotes && split)
            return;
        var last = ShellValue.Concat([.. pieces]);
        if (parts.Count > 1 && parts[0] is ShellParameter && last.Text.StartsWith('/') && (pieces.Count < parts.Count || pieces[0].Text.Length == 0))
            last = last with { LostItsHead = true };
        // Strings that double at every step are followed for a while only.
        if (parts.Count > 0 && parts[0] is not ShellLiteral && (_produced += last.Text.Length) > MaxProduced)
            last = last.Opaque();
        Budget.ChargeElements(last.Text.Length >> 8, 0);
        if (last.Text.Length > 0 || hasQuotes || !last.Known || !split)
            fields.Add(last);
    }

    private static void Finish(List<ShellValue> fields, List<ShellValue> pieces)
    {
        if (pieces.Count > 0 && fields.Count < MaxFields)
            fields.Add(ShellValue.Concat([.. pieces]));
        pieces.Clear();
    }

    private static void AddList(List<ShellValue> list, List<ShellValue> fields, List<ShellValue> pieces)
    {
        for (var i = 0; i < list.Count && fields.Count < MaxFields; i++)
        {
            if (i > 0)
                Finish(fields, pieces);
            pieces.Add(list[i]);
        }
    }

    private void Split(ShellValue value, List<ShellValue> fields, List<ShellValue> pieces)
    {
        var separators = _variables.TryGetValue("IFS", out var ifs) && ifs.Known ? ifs.Text : " \t\n";
        if (separators.Length == 0 || !value.Text.AsSpan().ContainsAny(separators))
        {
            if (value.Text.Length > 0 || value.From != Origin.None)
                pieces.Add(value);
            return;
        }

        var text = value.Text;
        var start = 0;
        for (var i = 0; i <= text.Length && fields.Count <= MaxFields; i++)
        {
            if (i < text.Length && !separators.Contains(text[i]))
                continue;
            if (i > start)
                pieces.Add(value with { Text = text[start..i], IsPattern = text.AsSpan(start, i - start).ContainsAny("*?[") });
            if (i < text.Length)
                Finish(fields, pieces);
            start = i + 1;
        }
    }

    private ShellValue Expand(ShellPart part)
    {
        switch (part)
        {
            case ShellSubstitution substitution:
                if (_depth >= MaxDepth)
                    return ShellValue.Unknown;
                _depth++;
                _capturing++;
                var folder = _folder;
                var output = Execute(substitution.Body, null);
                _folder = folder;
                _capturing--;
                _depth--;
                if (substitution.IsFile)
                    return new ShellValue("/dev/fd/63") { Content = output, From = output.From, Source = output.Source, Decoders = output.Decoders };
                return output.Known ? output with { Text = output.Text.TrimEnd('\n') } : output;
            case ShellArithmetic arithmetic:
                return Arithmetic(ExpandWhole(arithmetic.Expression).Text) is { } number ? new ShellValue(number.ToString(System.Globalization.CultureInfo.InvariantCulture)) : new ShellValue("0") { Known = false };
            case ShellParameter parameter:
                return Expand(parameter);
            default:
                return ShellValue.Empty;
        }
    }

    private ShellValue Expand(ShellParameter parameter)
    {
        var name = parameter.Name;
        if (parameter.Indirect)
        {
            var pointer = Lookup(name, null);
            if (pointer is not { Known: true })
                return ShellValue.Unknown;
            name = pointer.Text;
        }

        var value = Lookup(name, parameter.Subscript);
        if (parameter.Length)
        {
            if (parameter.Subscript is "@" or "*" && _arrays.TryGetValue(name, out var list))
                return new ShellValue(list.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return value is { Known: true } ? new ShellValue(value.Text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)) : new ShellValue("0") { Known = false };
        }

        switch (parameter.Operator)
        {
            case ":-" or "-" or ":=" or "=":
                if (value is not null && (value.Text.Length > 0 || !value.Known))
                    return value;
                var otherwise = parameter.Operand is { } operand ? ExpandWhole(operand) : ShellValue.Empty;
                if (parameter.Operator.EndsWith('='))
                    _variables[name] = otherwise;
                return otherwise;
            case ":+" or "+":
                return value is { Text.Length: > 0 } && parameter.Operand is { } alternative ? ExpandWhole(alternative) : value is null or { Known: true } ? ShellValue.Empty : ShellValue.Unknown;
        }

        value ??= Unset(name);
        if (parameter.Operator.Length == 0 || parameter.Operator.EndsWith('?') || !value.Known)
            return value;
        return Apply(parameter, value) ?? value.Opaque();
    }

    private ShellValue? Apply(ShellParameter parameter, ShellValue value)
    {
        var first = parameter.Operand is { } operand ? ExpandWhole(operand) : ShellValue.Empty;
        var second = parameter.Second is { } next ? ExpandWhole(next) : null;
        var text = value.Text;
        switch (parameter.Operator)
        {
            case "#" or "##": return value with { Text = ShellText.Trim(text, first.Text, front: true, longest: parameter.Operator.Length == 2) };
            case "%" or "%%": return value with { Text = ShellText.Trim(text, first.Text, front: false, longest: parameter.Operator.Length == 2) };
            case "/" or "//" or "/#" or "/%":
                return ShellText.Replace(text, first.Text, second?.Text ?? "", parameter.Operator) is { } replaced ? value with { Text = replaced } : null;
            case ":":
                if (Arithmetic(first.Text.Length == 0 ? "0" : first.Text) is not { } start)
                    return null;
                if (start < 0)
                    start = Math.Max(0, text.Length + start);
                start = Math.Min(start, text.Length);
                long length = text.Length - start;
                if (second is not null)
                {
                    if (Arithmetic(second.Text) is not { } wanted)
                        return null;
                    length = wanted < 0 ? Math.Max(0, length + wanted) : Math.Min(wanted, length);
                }

                return value with { Text = text.Substring((int)start, (int)length) };
            case "^^": return value with { Text = text.ToUpperInvariant() };
            case ",,": return value with { Text = text.ToLowerInvariant() };
            case "^": return value with { Text = text.Length > 0 ? char.ToUpperInvariant(text[0]) + text[1..] : text };
            case ",": return value with { Text = text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : text };
            case "@" when first.Text == "E":
                var escapes = 0;
                return value with { Text = ShellText.Unescape(text, ref escapes) };
            default: return value;
        }
    }

    private ShellValue? Lookup(string name, string? subscript)
    {
        if (subscript is "@" or "*" && _arrays.TryGetValue(name, out var all))
            return all.Count == 0 ? ShellValue.Empty : ShellValue.Concat([.. all], " ");
        if (subscript is not null)
        {
            if (_arrays.TryGetValue(name, out var list) && Arithmetic(subscript.Trim('"', '\'', '$', '{', '}')) is { } index)
            {
                index = index < 0 ? list.Count + index : index;
                return index >= 0 && index < list.Count ? list[(int)index] : ShellValue.Empty;
            }

            return _variables.GetValueOrDefault(name + "[" + subscript.Trim('"', '\'') + "]");
        }

        if (_variables.TryGetValue(name, out var value))
            return value;
        if (name.Length == 1 && char.IsAsciiDigit(name[0]) && name[0] != '0')
            return name[0] - '1' < _positional.Count ? _positional[name[0] - '1'] : null;
        return name switch
        {
            "@" or "*" => _positional.Count == 0 ? null : ShellValue.Concat([.. _positional], " "),
            "#" => new ShellValue(_positional.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)) { Known = _depth > 0 },
            _ => null,
        };
    }

    /// <summary>A variable that the script does not set: of the environment, or empty.</summary>
    private static ShellValue Unset(string name) => name switch
    {
        "HOME" => new ShellValue("~"),
        "PWD" or "OLDPWD" => new ShellValue("."),
        "PATH" => new ShellValue("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        "SHELL" or "BASH" => new ShellValue("/bin/bash"),
        "TMPDIR" => new ShellValue("/tmp"),
        "IFS" => new ShellValue(" \t\n"),
        "0" or "BASH_SOURCE" => new ShellValue("$0"),
        "OSTYPE" => new ShellValue("linux-gnu"),
        "USER" or "LOGNAME" or "HOSTNAME" => new ShellValue("${" + name + "}") { Known = false, From = Origin.Machine },
        "@" or "*" => new ShellValue("") { Known = false, From = Origin.Argument },
        _ when ShellPaths.IsSecretVariable(name) => new ShellValue("${" + name + "}") { Known = false, From = Origin.Secret, Source = "$" + name },
        _ when name.Length > 0 && char.IsAsciiDigit(name[0]) => new ShellValue("${" + name + "}") { Known = false, From = Origin.Argument },
        _ => new ShellValue("${" + name + "}") { Known = false, From = Origin.Environment },
    };

    /// <summary>Whether the pieces of a word are cut where nobody cuts who wants to be read: in the middle of letters.</summary>
    private bool IsHidden(IReadOnlyList<ShellPart> parts, List<ShellValue> fields, int first)
    {
        if (parts.Count < 2 || fields.Count != first + 1)
            return parts is [ShellLiteral { Escaped: true } escaped] && escaped.Written > escaped.Text.Length + 4 && escaped.Text.Length > 0 && char.IsAsciiLetter(escaped.Text[0]);
        var cuts = 0;
        var slices = 0;
        char before = '\0';
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case ShellLiteral literal:
                    // A backslash in front of a command only says that no alias is meant.
                    var isPrefix = i == 0 && literal is { Quoted: true, Text.Length: 1, Written: 2 };
                    if (literal.Text.Length == 0)
                        break;
                    if (char.IsAsciiLetter(before) && char.IsAsciiLetter(literal.Text[0]))
                        cuts++;
                    cuts += literal.Escaped && literal.Written > literal.Text.Length + 4 ? 1 : 0;
                    before = isPrefix ? '\0' : literal.Text[^1];
                    break;
                case ShellParameter parameter:
                    if (parameter.Operator == ":" || (parameter.Operator.Length > 0 && parameter.Operator[0] is '#' or '%' && parts.Count > 2))
                        slices++;
                    else if (_variables.TryGetValue(parameter.Name, out var value) && value is { Known: true, Text.Length: > 0 and < 4 })
                        slices++;
                    else if (parameter.Name is "@" or "*" && char.IsAsciiLetter(before) && i + 1 < parts.Count)
                        cuts++;
                    else
                        before = '\0';
                    break;
                case ShellSubstitution:
                    slices++;
                    before = '\0';
                    break;
                default:
                    before = '\0';
                    break;
            }
        }

        return cuts > 0 || slices >= 3 || (slices == 2 && parts.Count == 2);
    }

    /// <summary>The words that <c>{a,b}</c> and <c>{1..3}</c> make of one.</summary>
    private static IEnumerable<IReadOnlyList<ShellPart>> Braces(IReadOnlyList<ShellPart> parts)
    {
        var has = false;
        foreach (var part in parts)
            has |= part is ShellLiteral { Quoted: false } literal && literal.Text.Contains('{');
        if (!has)
            return [parts];
        var results = new List<IReadOnlyList<ShellPart>>();
        Braces([.. parts], results, 0);
        return results;
    }

    private static void Braces(List<ShellPart> parts, List<IReadOnlyList<ShellPart>> results, int depth)
    {
        if (results.Count >= 256)
            return;
        if (depth > 12 || !FindBrace(parts, out var open, out var close, out var commas))
        {
            results.Add(parts);
            return;
        }

        var pieces = new List<List<ShellPart>>();
        if (commas.Count == 0)
        {
            foreach (var item in Sequence(Between(parts, open, close)))
                pieces.Add([item]);
            if (pieces.Count == 0)
            {
                results.Add(parts);
                return;
            }
        }
        else
        {
            var from = open;
            foreach (var comma in commas.Append(close))
            {
                pieces.Add(Between(parts, from, comma));
                from = comma;
            }
        }

        var head = Between(parts, (-1, 0), open);
        var tail = Between(parts, close, (parts.Count, 0));
        foreach (var piece in pieces)
            Braces([.. head, .. piece, .. tail], results, depth + 1);
    }

    private static bool FindBrace(List<ShellPart> parts, out (int Part, int At) open, out (int Part, int At) close, out List<(int Part, int At)> commas)
    {
        (open, close, commas) = ((-1, 0), (-1, 0), []);
        var depth = 0;
        var dots = false;
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is not ShellLiteral { Quoted: false } literal)
                continue;
            for (var at = 0; at < literal.Text.Length; at++)
            {
                switch (literal.Text[at])
                {
                    case '{':
                        if (depth++ == 0)
                            (open, commas, dots) = ((i, at), [], false);
                        break;
                    case ',' when depth == 1:
                        if (commas.Count < 256)
                            commas.Add((i, at));
                        break;
                    case '.' when depth == 1 && at + 1 < literal.Text.Length && literal.Text[at + 1] == '.':
                        dots = true;
                        break;
                    case '}' when depth > 0 && --depth == 0:
                        if (commas.Count == 0 && !dots)
                            break;
                        close = (i, at);
                        return true;
                }
            }
        }

        return false;
    }

    // The parts strictly between two places.
    private static List<ShellPart> Between(List<ShellPart> parts, (int Part, int At) from, (int Part, int At) to)
    {
        var between = new List<ShellPart>();
        for (var i = Math.Max(0, from.Part); i <= Math.Min(to.Part, parts.Count - 1); i++)
        {
            if (parts[i] is ShellLiteral literal && (i == from.Part || i == to.Part))
            {
                var start = i == from.Part ? from.At + 1 : 0;
                var end = i == to.Part ? to.At : literal.Text.Length;
                if (end > start)
                    between.Add(new ShellLiteral { Start = literal.Start, End = literal.End, Quoted = literal.Quoted, Text = literal.Text[start..end] });
            }
            else
            {
                between.Add(parts[i]);
            }
        }

        return between;
    }

    private static IEnumerable<ShellPart> Sequence(List<ShellPart> parts)
    {
        if (parts is not [ShellLiteral literal] || literal.Text.Split("..") is not [var from, var to, ..] ends)
            yield break;
        long first, last;
        var letters = false;
        if (long.TryParse(from, out first) && long.TryParse(to, out last))
        {
        }
        else if (from.Length == 1 && to.Length == 1)
        {
            (first, last, letters) = (from[0], to[0], true);
        }
        else
        {
            yield break;
        }

        var step = ends.Length > 2 && long.TryParse(ends[2], out var by) && by != 0 ? Math.Abs(Math.Clamp(by, -1_000_000, 1_000_000)) : 1;
        first = Math.Clamp(first, -1_000_000_000, 1_000_000_000);
        last = Math.Clamp(last, -1_000_000_000, 1_000_000_000);
        for (var n = 0; n < 256; n++)
        {
            var value = first <= last ? first + (n * step) : first - (n * step);
            if (first <= last ? value > last : value < last)
                yield break;
            yield return new ShellLiteral { Start = literal.Start, End = literal.End, Quoted = true, Text = letters ? ((char)value).ToString() : value.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        }
    }

    private int At(int index) => _place(index);

    private string Evidence(string command)
    {
        var text = _evidence.Length == 0 ? command : _evidence + " | " + command;
        return text.Length <= 1200 ? text : text[..1200] + "…";
    }

    private void Report(Act act)
    {
        act = act with { Reach = _reach, From = act.From | _from, Decoders = act.Decoders.Count > 0 ? act.Decoders : _decoders, Language = unit.Language };
        if (_reported.Add((act.Deed, act.Index, act.Subject, act.From)))
            acts.Add(act);
    }
}
