using System.Text;
using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>
/// Evaluates one Python file abstractly: constants are folded, names resolved, origins followed through assignments, calls, attributes
/// and returns. Nothing runs; branches are evaluated both, loops over constants are unrolled within bounds, everything counts as a step.
/// </summary>
internal sealed partial class PythonInterpreter
{
    private const int MaxSteps = 4_000_000;
    private const int MaxCallDepth = 24;
    private const int MaxItems = 1 << 16;
    private const int MaxDepth = 240;

    private readonly ActSink _acts;
    private readonly PythonScope _module = new(null);
    private readonly List<PythonValue> _functions = [];
    private readonly HashSet<PythonNode> _called = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<PythonNode> _active = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _stars = [];
    private CodeUnit _unit;
    private Reach _reach;
    private int _steps;
    private int _depth;
    private int _calls;
    private PythonValue? _returned;
    private PythonNode? _owner;

    public PythonInterpreter(CodeUnit unit, ActSink acts)
    {
        (_unit, _acts, _reach) = (unit, acts, unit.Reach);
    }

    private bool IsSpent => _steps > MaxSteps;

    /// <summary>Evaluates a file: the top level first, then what nothing called.</summary>
    public void Run(PythonModule module)
    {
        if (module.Body is [PythonExpressionStatement { Value: PythonString words }, ..])
            _module.Names["__doc__"] = PythonValue.Str(words.Value);
        Block(module.Body, _module);
        // Functions may be added while they are looked at.
        for (var i = 0; i < _functions.Count && !IsSpent; i++)
        {
            var function = _functions[i];
            if (!_called.Add(function.Node!))
                continue;
            _reach = _unit.Reach == Reach.Import && IsImplicit(function) ? Reach.Import : Reach.Function;
            var result = Invoke(function, [], unknownArguments: true);
            // What an object says of itself to pickle is called when it is opened.
            if (function.Node is PythonFunction { Name: "__reduce__" or "__reduce_ex__" } reduce && result is { Kind: PythonKind.List, Items: [{ Kind: PythonKind.Global } callee, { Kind: PythonKind.List } given, ..] })
                Call(callee, [.. given.Items!.Select(i => new CallArgument(null, i))], null, _module, reduce);
        }

        Finish();
    }

    /// <summary>Methods that frameworks call as soon as a model, package or handler is used.</summary>
    private static bool IsImplicit(PythonValue function) =>
        function.Node is PythonFunction { Name: "__init__" or "__new__" or "forward" or "__call__" or "from_pretrained" or "load" or "run" or "setup" or "main" or "generate" or "__init_subclass__" or "__del__" or "__enter__" or "__reduce__" or "__setstate__" or "_load" };

    private bool Step(int start)
    {
        if ((++_steps & 1023) == 0)
            _acts.Budget.ChargeElements(1024, _unit.At(start));
        return _steps <= MaxSteps;
    }

    // --- statements ---

    /// <summary>Evaluates statements; true when they end the function.</summary>
    private bool Block(IReadOnlyList<PythonStatement> body, PythonScope scope)
    {
        // What stands behind a return is dead to Python and not to a reader: it is looked at all the same.
        var ended = false;
        foreach (var statement in body)
        {
            if (!Step(statement.Start))
                return true;
            ended |= Statement(statement, scope);
        }

        return ended;
    }

    private bool Statement(PythonStatement statement, PythonScope scope)
    {
        switch (statement)
        {
            case PythonExpressionStatement expression:
                Eval(expression.Value, scope);
                return false;
            case PythonAssign assign:
                Assign(assign, scope);
                return false;
            case PythonImport import:
                Import(import, scope);
                return false;
            case PythonIf { IsLoop: true } loop:
                While(loop, scope);
                return false;
            case PythonIf branch:
                return Branch(branch, scope);
            case PythonFor loop:
                For(loop, scope);
                return false;
            case PythonWith with:
                foreach (var (context, target) in with.Items)
                {
                    var value = Eval(context, scope);
                    if (target is not null)
                        Bind(target, Enter(value), scope);
                }

                return Block(with.Body, scope);
            case PythonTry attempt:
                var ended = Block(attempt.Body, scope);
                foreach (var handler in attempt.Handlers)
                {
                    if (handler.Type is not null)
                        Eval(handler.Type, scope);
                    if (handler.Name is not null)
                        scope.Set(handler.Name, PythonValue.Unknown);
                    var outer = scope.Begin();
                    Block(handler.Body, scope);
                    scope.Merge(scope.TakeBack(outer), []);
                }

                if (!ended)
                    ended = Block(attempt.Otherwise, scope);
                return Block(attempt.Finally, scope) || ended;
            case PythonFunction function:
                Define(function, scope);
                return false;
            case PythonClass type:
                Define(type, scope);
                return false;
            case PythonMatch match:
                Eval(match.Subject, scope);
                foreach (var one in match.Cases)
                {
                    var outer = scope.Begin();
                    Block(one.Body, scope);
                    scope.Merge(scope.TakeBack(outer), []);
                }

                return false;
            case PythonSimple simple:
                return Simple(simple, scope);
            case PythonMagic magic:
                Magic(magic, scope);
                return false;
            case PythonBroken broken:
                foreach (var fragment in broken.Fragments)
                    Eval(fragment, scope);
                return false;
            default:
                return false;
        }
    }

    private bool Simple(PythonSimple simple, PythonScope scope)
    {
        switch (simple.Keyword)
        {
            case "return":
                var value = simple.Operands.Count > 0 ? Eval(simple.Operands[0], scope) : PythonValue.None;
                _returned = _returned is null ? value : PythonValue.Either(_returned, value);
                return true;
            case "raise":
                foreach (var operand in simple.Operands)
                    Eval(operand, scope);
                return true;
            case "global" or "nonlocal":
                foreach (var operand in simple.Operands)
                {
                    if (operand is PythonName name)
                        (scope.Elsewhere ??= new(StringComparer.Ordinal))[name.Id] = simple.Keyword == "global" ? _module : scope.Parent ?? _module;
                }

                return false;
            case "exec":
                if (simple.Operands.Count > 0)
                    RunCode("exec", Eval(simple.Operands[0], scope), simple, scope);
                return false;
            default:
                foreach (var operand in simple.Operands)
                    Eval(operand, scope);
                return false;
        }
    }

    private void Assign(PythonAssign assign, PythonScope scope)
    {
        if (assign.Annotation is PythonCall)
            Eval(assign.Annotation, scope);
        if (assign.Value is null)
            return;
        var value = Eval(assign.Value, scope);
        if (assign.Operator is { } op && assign.Targets.Count == 1)
            value = Operate(op, Eval(assign.Targets[0], scope), value);
        foreach (var target in assign.Targets)
            Bind(target, value, scope);
    }

    private void Bind(PythonExpression target, PythonValue value, PythonScope scope)
    {
        switch (target)
        {
            case PythonName name:
                scope.Set(name.Id, value);
                break;
            case PythonCollection collection:
                for (var i = 0; i < collection.Elements.Count; i++)
                {
                    var element = collection.Elements[i];
                    var taint = value.Taint();
                    if (element is PythonStarred starred)
                        Bind(starred.Value, value.Kind == PythonKind.List && value.Items!.Count > i ? PythonValue.List(value.Items[i..Math.Max(i, value.Items.Count - (collection.Elements.Count - i - 1))]) : taint, scope);
                    else
                        Bind(element, value.Kind == PythonKind.List && i < value.Items!.Count ? value.Items[i] : taint, scope);
                }

                break;
            case PythonStarred starred:
                Bind(starred.Value, value, scope);
                break;
            case PythonAttribute attribute:
                var owner = Eval(attribute.Value, scope);
                if (owner.Map is { } map && owner.Kind is PythonKind.Instance or PythonKind.Class)
                    map[attribute.Name] = value;
                SetAttribute(owner, attribute.Name, value, attribute);
                break;
            case PythonSubscript subscript:
                var container = Eval(subscript.Value, scope);
                var index = Eval(subscript.Index, scope);
                if (container is { Kind: PythonKind.Dict, Map: { } entries } && entries.Count < MaxItems)
                    entries[Key(index)] = value;
                else if (container is { Kind: PythonKind.List, Items: { } items } && index.Kind == PythonKind.Int && index.Number >= 0 && index.Number < items.Count)
                    items[(int)index.Number] = value;
                else if (container is { Kind: PythonKind.Global, Text: "globals()" } && index.IsConstant)
                    _module.Set(index.Text, value);
                else if (container is { Kind: PythonKind.Global, Text: "os.environ" } && index.IsConstant)
                    SetEnvironment(index.Text, value, subscript);
                break;
        }
    }

    private bool Branch(PythonIf branch, PythonScope scope)
    {
        Eval(branch.Test, scope);
        var before = _reach;
        if (_reach == Reach.Import && IsMainGuard(branch.Test))
            _reach = Reach.Main;
        var outer = scope.Begin();
        var firstEnds = Block(branch.Body, scope);
        var first = scope.TakeBack(outer);
        _reach = before;
        outer = scope.Begin();
        var secondEnds = Block(branch.Otherwise, scope) && branch.Otherwise.Count > 0;
        var second = scope.TakeBack(outer);
        if (firstEnds && !secondEnds)
            first = [];
        if (secondEnds && !firstEnds)
            second = [];
        scope.Merge(first, second);
        return firstEnds && secondEnds;
    }

    private static bool IsMainGuard(PythonExpression test) =>
        test is PythonBinary { Operator: "==" } comparison
        && (comparison.Left is PythonName { Id: "__name__" } || comparison.Right is PythonName { Id: "__name__" });

    private void While(PythonIf loop, PythonScope scope)
    {
        // A few rounds, so that what one round assigns reaches the next.
        _tight = loop.Body is [PythonExpressionStatement { Value: PythonCall }];
        for (var round = 0; round < 2 && !IsSpent; round++)
        {
            Eval(loop.Test, scope);
            if (Block(loop.Body, scope))
                break;
        }

        _tight = false;
        Block(loop.Otherwise, scope);
    }

    private void For(PythonFor loop, PythonScope scope)
    {
        var iterable = Eval(loop.Iterable, scope);
        var items = Iterate(iterable);
        if (items is { Count: > 0 } && iterable.Kind is PythonKind.List or PythonKind.Str or PythonKind.Bytes or PythonKind.Dict && loop.Body.Count <= 12)
        {
            var left = 4096;
            foreach (var item in items)
            {
                if (left-- == 0 || IsSpent)
                    break;
                Bind(loop.Target, item, scope);
                if (Block(loop.Body, scope))
                    break;
            }
        }
        else
        {
            Bind(loop.Target, items is { Count: > 0 } ? items[0] : Element(iterable), scope);
            for (var round = 0; round < 2 && !IsSpent; round++)
            {
                if (Block(loop.Body, scope))
                    break;
            }
        }

        Block(loop.Otherwise, scope);
    }

    /// <summary>What iterating yields where it is known.</summary>
    private List<PythonValue>? Iterate(PythonValue value)
    {
        switch (value.Kind)
        {
            case PythonKind.Instance when value.Text == "file" && IsOwnFile(value.Owner!):
                return [.. _unit.Text.Split('\n', 20_000).Select(l => PythonValue.Str(l + "\n").With(Origin.File))];
            case PythonKind.List:
                return value.Items;
            case PythonKind.Str when value.IsConstant && value.Text.Length <= MaxItems:
                return [.. value.Text.Select(c => PythonValue.Str(c.ToString()).With(value))];
            case PythonKind.Bytes when value.IsConstant && value.Text.Length <= MaxItems:
                return [.. value.Text.Select(c => PythonValue.Int(c).With(value))];
            case PythonKind.Dict:
                return [.. value.Map!.Keys.Select(k => k.StartsWith('=') ? PythonValue.Unknown : PythonValue.Str(k))];
            default:
                return null;
        }
    }

    private bool IsOwnFile(PythonValue path) => _unit.FileName.Length > 0 && path.Text == _unit.FileName;

    private static PythonValue Element(PythonValue value) => value.Kind == PythonKind.Instance && value.Items is { Count: > 0 } elements ? elements[0] : value.Taint();

    private void Import(PythonImport import, PythonScope scope)
    {
        if (import.Module is null)
        {
            foreach (var alias in import.Names)
            {
                var top = alias.Name.Split('.')[0];
                scope.Set(alias.Alias ?? top, PythonValue.Global(alias.Alias is null ? top : alias.Name));
                NoteSibling(alias.Name, 0, alias.Start);
            }

            return;
        }

        foreach (var alias in import.Names)
        {
            if (alias.Name == "*")
                _stars.Add(import.Module);
            else
                scope.Set(alias.Alias ?? alias.Name, PythonValue.Global(Canonical(import.Module.Length == 0 ? alias.Name : import.Module + "." + alias.Name)));
            if (import.Module.Length == 0)
                NoteSibling(alias.Name, import.Level, import.Start);
        }

        if (import.Module.Length > 0)
            NoteSibling(import.Module, import.Level, import.Start);
    }

    /// <summary>An import that a file of the repository may answer.</summary>
    private void NoteSibling(string module, int level, int start)
    {
        var top = module.Split('.')[0];
        if (level == 0 && (ModuleTable.IsStandardLibrary(top) || ModuleTable.IsKnown(top)))
            return;
        var path = (level > 1 ? string.Concat(Enumerable.Repeat("../", level - 1)) : "") + module.Replace('.', '/');
        Add(Deed.RunSibling, "import " + module, path + ".py", start, start, Origin.None, files: [path + ".py", path + "/__init__.py"]);
    }

    private void Define(PythonFunction function, PythonScope scope)
    {
        var value = new PythonValue(PythonKind.Function) { Node = function, Scope = scope };
        foreach (var parameter in function.Parameters)
        {
            if (parameter.Default is not null)
                Eval(parameter.Default, scope);
        }

        _functions.Add(value);
        var result = value;
        for (var i = function.Decorators.Count - 1; i >= 0; i--)
        {
            var decorator = Eval(function.Decorators[i], scope);
            if (decorator.Kind is PythonKind.Function or PythonKind.Class or PythonKind.Partial)
                result = Call(decorator, [new(null, result)], function.Decorators[i], scope);
            else if (decorator is { Kind: PythonKind.Global } && IsRunner(decorator.Text))
                result = Call(decorator, [new(null, result)], function.Decorators[i], scope);
            else if (decorator is { Kind: PythonKind.Global, Text: "builtins.property" })
                result = value.With(Origin.None);
        }

        scope.Set(function.Name, result.Kind is PythonKind.Unknown or PythonKind.None ? value : result);
    }

    private void Define(PythonClass type, PythonScope scope)
    {
        var inner = new PythonScope(scope, isClass: true);
        var bases = new List<PythonValue>();
        PythonValue? meta = null;
        foreach (var argument in type.Bases)
        {
            var value = Eval(argument.Value, scope);
            if (argument.Name == "metaclass")
                meta = value;
            else if (argument.Name is null)
                bases.Add(value);
        }

        Block(type.Body, inner);
        var made = new PythonValue(PythonKind.Class) { Node = type, Scope = scope, Map = inner.Names, Items = bases, Text = type.Name };
        scope.Set(type.Name, made);
        foreach (var one in bases)
        {
            if (one.Kind == PythonKind.Class && Attribute(one, "__init_subclass__") is { Kind: PythonKind.Function or PythonKind.Bound } hook)
                Call(hook, [new(null, made)], type.Bases.Count > 0 ? type.Bases[0].Value : null, scope);
        }

        if (meta is { Kind: PythonKind.Class } && meta.Map is { } methods)
        {
            foreach (var name in (ReadOnlySpan<string>)["__new__", "__init__", "__prepare__"])
            {
                if (methods.TryGetValue(name, out var method) && method.Kind == PythonKind.Function)
                    Invoke(method, [new(null, made), new(null, PythonValue.Str(type.Name))], unknownArguments: true);
            }
        }

        foreach (var decorator in type.Decorators)
        {
            var value = Eval(decorator, scope);
            if (value.Kind == PythonKind.Function)
                Call(value, [new(null, made)], decorator, scope);
        }
    }

    // --- expressions ---

    private PythonValue Eval(PythonExpression expression, PythonScope scope)
    {
        if (_depth > MaxDepth || !Step(expression.Start))
            return PythonValue.Unknown;
        _depth++;
        try
        {
            return EvalCore(expression, scope);
        }
        finally
        {
            _depth--;
        }
    }

    private PythonValue EvalCore(PythonExpression expression, PythonScope scope)
    {
        switch (expression)
        {
            case PythonName name:
                return Lookup(name.Id, scope);
            case PythonString text:
                NoteConstant(text);
                return new PythonValue(text.IsBytes ? PythonKind.Bytes : PythonKind.Str) { Text = text.Value };
            case PythonNumber number:
                return number.Integer is { } integer ? PythonValue.Int(integer) : PythonValue.Unknown;
            case PythonConstant constant:
                return constant.Kind switch
                {
                    PythonConstantKind.True => PythonValue.True,
                    PythonConstantKind.False => PythonValue.False,
                    _ => PythonValue.None,
                };
            case PythonFormatted formatted:
                return Formatted(formatted, scope);
            case PythonAttribute attribute:
                return Attribute(Eval(attribute.Value, scope), attribute.Name);
            case PythonSubscript subscript:
                return Subscript(Eval(subscript.Value, scope), subscript.Index, scope);
            case PythonCall call:
                return Call(call, scope);
            case PythonBinary { Operator: "and" or "or" } logical:
                return PythonValue.Either(Eval(logical.Left, scope), Eval(logical.Right, scope));
            case PythonBinary binary:
                return Operate(binary.Operator, Eval(binary.Left, scope), Eval(binary.Right, scope));
            case PythonUnary unary:
                var operand = Eval(unary.Operand, scope);
                return unary.Operator switch
                {
                    "-" when operand.Kind == PythonKind.Int => PythonValue.Int(unchecked(-operand.Number)),
                    "~" when operand.Kind == PythonKind.Int => PythonValue.Int(~operand.Number),
                    "await" or "+" => operand,
                    _ => PythonValue.Unknown,
                };
            case PythonConditional conditional:
                var test = Eval(conditional.Test, scope);
                var (yes, no) = (Eval(conditional.Body, scope), Eval(conditional.Otherwise, scope));
                return test.Kind == PythonKind.Int ? (test.Number != 0 ? yes : no) : PythonValue.Either(yes, no);
            case PythonLambda lambda:
                var function = new PythonValue(PythonKind.Function) { Node = lambda, Scope = scope };
                foreach (var parameter in lambda.Parameters)
                {
                    if (parameter.Default is not null)
                        Eval(parameter.Default, scope);
                }

                _functions.Add(function);
                return function;
            case PythonCollection collection:
                return Collection(collection, scope);
            case PythonDict dict:
                return Dict(dict, scope);
            case PythonComprehension comprehension:
                return Comprehension(comprehension, scope);
            case PythonStarred starred:
                return Eval(starred.Value, scope);
            case PythonNamed named:
                var bound = Eval(named.Value, scope);
                Bind(named.Target, bound, scope);
                return bound;
            case PythonYield yield:
                if (yield.Value is null)
                    return PythonValue.Unknown;
                var yielded = Eval(yield.Value, scope);
                _returned = _returned is null ? yielded : PythonValue.Either(_returned, yielded);
                return PythonValue.Unknown;
            case PythonSlice slice:
                foreach (var part in (ReadOnlySpan<PythonExpression?>)[slice.Lower, slice.Upper, slice.Step])
                {
                    if (part is not null)
                        Eval(part, scope);
                }

                return PythonValue.Unknown;
            default:
                return PythonValue.Unknown;
        }
    }

    private PythonValue Lookup(string name, PythonScope scope)
    {
        if (scope.Find(name) is { } known)
            return known;
        foreach (var module in _stars)
        {
            if (PythonLibrary.Knows(module + "." + name))
                return PythonValue.Global(Canonical(module + "." + name));
        }

        return name switch
        {
            "__builtins__" or "__builtin__" => PythonValue.Global("builtins"),
            "__file__" => PythonValue.Str(_unit.FileName.Length > 0 ? _unit.FileName : PythonValue.Hole.ToString()),
            "__name__" or "__spec__" or "__loader__" => PythonValue.Unknown,
            "get_ipython" => PythonValue.Global("IPython.get_ipython"),
            _ => PythonLibrary.IsBuiltin(name) ? PythonValue.Global("builtins." + name) : PythonValue.Unknown,
        };
    }

    private PythonValue Formatted(PythonFormatted formatted, PythonScope scope)
    {
        var into = new StringBuilder();
        var sum = PythonValue.Str("");
        foreach (var part in formatted.Parts)
        {
            if (part is PythonString literal)
            {
                into.Append(literal.Value);
                continue;
            }

            var value = Eval(part, scope);
            if (into.Length < PythonFolding.MaxText)
                into.Append(value.Shown());
            sum = sum.With(value.Taint());
        }

        return PythonFolding.Same(sum, into.ToString());
    }

    private PythonValue Collection(PythonCollection collection, PythonScope scope)
    {
        var items = new List<PythonValue>(Math.Min(collection.Elements.Count, 64));
        foreach (var element in collection.Elements)
        {
            var value = Eval(element, scope);
            if (element is PythonStarred && value.Kind == PythonKind.List)
                items.AddRange(value.Items!.Take(MaxItems));
            else if (items.Count < MaxItems)
                items.Add(value);
        }

        return PythonValue.List(items);
    }

    private PythonValue Dict(PythonDict dict, PythonScope scope)
    {
        var map = new Dictionary<string, PythonValue>(StringComparer.Ordinal);
        foreach (var (key, entry) in dict.Entries)
        {
            var value = Eval(entry, scope);
            if (key is null)
            {
                if (value.Kind == PythonKind.Dict)
                {
                    foreach (var (name, inner) in value.Map!)
                        map[name] = inner;
                }
                else
                {
                    map["=" + map.Count] = value;
                }

                continue;
            }

            var at = Eval(key, scope);
            if (map.Count < MaxItems)
                map[Key(at)] = value;
        }

        return new PythonValue(PythonKind.Dict) { Map = map };
    }

    private static string Key(PythonValue key) => key.Kind is PythonKind.Str or PythonKind.Bytes or PythonKind.Int ? key.Shown() : "=" + key.Shown();

    private PythonValue Comprehension(PythonComprehension comprehension, PythonScope scope)
    {
        var inner = new PythonScope(scope);
        var items = new List<PythonValue>();
        var map = comprehension.Kind == PythonCollectionKind.Dict ? new Dictionary<string, PythonValue>(StringComparer.Ordinal) : null;
        Clause(comprehension, 0, inner, items, map);
        if (map is not null)
            return new PythonValue(PythonKind.Dict) { Map = map };
        return PythonValue.List(items);
    }

    private void Clause(PythonComprehension comprehension, int clause, PythonScope scope, List<PythonValue> items, Dictionary<string, PythonValue>? map)
    {
        if (clause == comprehension.Clauses.Count)
        {
            var element = Eval(comprehension.Element, scope);
            if (map is not null && comprehension.Value is not null)
                map[Key(element)] = Eval(comprehension.Value, scope);
            else
                items.Add(element);
            return;
        }

        var (target, source, conditions) = comprehension.Clauses[clause];
        var iterable = Eval(source, scope);
        var values = Iterate(iterable) ?? [Element(iterable)];
        foreach (var value in values)
        {
            if (items.Count >= MaxItems || IsSpent)
                return;
            Bind(target, value, scope);
            var skip = false;
            foreach (var condition in conditions)
                skip |= Eval(condition, scope) is { Kind: PythonKind.Int, Number: 0 };
            if (!skip)
                Clause(comprehension, clause + 1, scope, items, map);
        }
    }

    private PythonValue Subscript(PythonValue value, PythonExpression indexExpression, PythonScope scope)
    {
        if (indexExpression is PythonSlice slice)
            return Sliced(value, slice, scope);
        var index = Eval(indexExpression, scope);
        switch (value.Kind)
        {
            case PythonKind.Choice:
                return Subscript(value.Items![0], indexExpression, scope);
            case PythonKind.List when index.Kind == PythonKind.Int:
                var at = index.Number < 0 ? index.Number + value.Items!.Count : index.Number;
                return at >= 0 && at < value.Items!.Count ? value.Items[(int)at].With(value) : value.Taint();
            case PythonKind.List when value.Items!.Count > 0:
                return Any(value.Items);
            case PythonKind.Dict:
                if (value.Map!.TryGetValue(Key(index), out var entry))
                    return entry;
                return value.Map.Count > 0 && !index.IsConstant ? Any([.. value.Map.Values]) : value.Taint();
            case PythonKind.Str or PythonKind.Bytes when index.Kind == PythonKind.Int && value.IsConstant:
                var place = index.Number < 0 ? index.Number + value.Text.Length : index.Number;
                if (place < 0 || place >= value.Text.Length)
                    return PythonValue.Unknown;
                return value.Kind == PythonKind.Bytes ? PythonValue.Int(value.Text[(int)place]).With(value) : PythonFolding.Same(value, value.Text[(int)place].ToString()).With(Origin.Computed);
            case PythonKind.Global when value.Text is "globals()" or "locals()" or "vars()" && index.IsConstant:
                return Lookup(index.Text, scope);
            case PythonKind.Global when value.Text == "__globals__" && index.IsConstant:
                return index.Text is "system" or "popen" ? PythonValue.Global("os." + index.Text) : index.Text == "__builtins__" ? PythonValue.Global("builtins")
                    : PythonLibrary.IsBuiltin(index.Text) ? PythonValue.Global("builtins." + index.Text) : PythonValue.Global(Canonical(index.Text));
            case PythonKind.Global when value.Text == "sys.modules" && index.IsConstant:
                return PythonValue.Global(Canonical(index.Text));
            case PythonKind.Global when value.Text.EndsWith(".__dict__", StringComparison.Ordinal) && index.IsConstant:
                return PythonValue.Global(Canonical(value.Text[..^9] + "." + index.Text));
            case PythonKind.Global when value.Text == "builtins" && index.IsConstant:
                return PythonValue.Global("builtins." + index.Text);
            case PythonKind.Global when value.Text == "os.environ":
                return Environment(index);
            case PythonKind.Global when value.Text == "sys.argv":
                return PythonValue.Tainted(Origin.Argument);
            case PythonKind.Instance when value.Map is { } map && index.IsConstant && map.TryGetValue(index.Text, out var field):
                return field;
            default:
                return value.Taint();
        }
    }

    private static PythonValue Any(List<PythonValue> items)
    {
        var any = items[0];
        for (var i = 1; i < items.Count && i < 8; i++)
            any = PythonValue.Either(any, items[i]);
        return any;
    }

    private PythonValue Sliced(PythonValue value, PythonSlice slice, PythonScope scope)
    {
        var lower = slice.Lower is null ? null : Eval(slice.Lower, scope);
        var upper = slice.Upper is null ? null : Eval(slice.Upper, scope);
        var step = slice.Step is null ? null : Eval(slice.Step, scope);
        if (lower is { Kind: not (PythonKind.Int or PythonKind.None) } || upper is { Kind: not (PythonKind.Int or PythonKind.None) } || step is { Kind: not (PythonKind.Int or PythonKind.None) })
            return value.Kind == PythonKind.List ? value : value.Taint();
        var by = step is { Kind: PythonKind.Int } ? step.Number : 1;
        if (by == 0 || by == long.MinValue)
            return PythonValue.Unknown;
        var length = value.Kind == PythonKind.List ? value.Items!.Count : value.IsText ? value.Text.Length : -1;
        if (length < 0 || (value.IsText && !value.IsConstant && (lower ?? upper ?? step) is not null && by != -1))
            return value.Kind == PythonKind.Global ? PythonValue.Tainted(Origin.Argument) : value.IsText && !value.IsConstant ? value.Taint() : value;
        var from = Bound(lower, by > 0 ? 0 : length - 1);
        var to = Bound(upper, by > 0 ? length : -1);
        var picked = new List<int>();
        for (var i = from; by > 0 ? i < to : i > to; i += by)
        {
            if (i >= 0 && i < length)
                picked.Add((int)i);
            else if (by > 0 ? i >= length : i < 0)
                break;
        }

        if (value.Kind == PythonKind.List)
            return new PythonValue(PythonKind.List) { Items = [.. picked.Select(i => value.Items![i])], From = value.From };
        var text = PythonFolding.Same(value, string.Create(picked.Count, (picked, value.Text), static (into, state) =>
        {
            for (var i = 0; i < into.Length; i++)
                into[i] = state.Text[state.picked[i]];
        }));
        return by != 1 ? text.With(Origin.Computed, null, by == -1 && text.Text.Length > 3 ? ["reversed"] : []) : text;

        long Bound(PythonValue? bound, long otherwise) => bound is { Kind: PythonKind.Int } ? (bound.Number < 0 ? Math.Max(bound.Number + length, by > 0 ? 0 : -1) : Math.Min(bound.Number, by > 0 ? length : length - 1)) : otherwise;
    }

    private static PythonValue Operate(string op, PythonValue left, PythonValue right)
    {
        if (left.Kind == PythonKind.Choice)
            return PythonValue.Either(Operate(op, left.Items![0], right), Operate(op, left.Items[1], right));
        if (right.Kind == PythonKind.Choice && left.Kind != PythonKind.Choice)
            return PythonValue.Either(Operate(op, left, right.Items![0]), Operate(op, left, right.Items[1]));
        switch (op)
        {
            case "+" when left.Kind == PythonKind.List && right.Kind == PythonKind.List:
                return left.Items!.Count + right.Items!.Count > MaxItems ? left : new PythonValue(PythonKind.List) { Items = [.. left.Items, .. right.Items] };
            case "+" when left.IsText || right.IsText:
                return left.Text.Length + right.Text.Length > PythonFolding.MaxText ? left : PythonFolding.Same(left.IsText ? left : right, left.Shown() + right.Shown()).With(left.Taint()).With(right.Taint());
            case "%" when left.IsText:
                return PythonFolding.Percent(left, right);
            case "*" when left.IsConstant && right.Kind == PythonKind.Int:
                return right.Number > 0 && right.Number * left.Text.Length <= 1 << 16 ? PythonFolding.Same(left, string.Concat(Enumerable.Repeat(left.Text, (int)right.Number))) : left.Taint();
            case "/" when left is { Kind: PythonKind.Instance, Text: "path" } || right is { Kind: PythonKind.Instance, Text: "path" }:
                return PythonLibrary.PathOf(PythonLibrary.JoinPath(left.Shown(), right.Shown()), left.Taint().With(right.Taint()));
            case "==" or "!=" when (left.IsConstant && right.IsConstant) || (left.Kind == PythonKind.Int && right.Kind == PythonKind.Int):
                return (left.Text == right.Text && left.Number == right.Number) == (op == "==") ? PythonValue.True : PythonValue.False;
            case "in" or "not in" when left.IsConstant && right.IsConstant:
                return right.Text.Contains(left.Text, StringComparison.Ordinal) == (op == "in") ? PythonValue.True : PythonValue.False;
            case "==" or "!=" or "<" or ">" or "<=" or ">=" or "in" or "not in" or "is" or "is not" or "<>":
                return PythonValue.Unknown;
        }

        if (left.Kind == PythonKind.Int && right.Kind == PythonKind.Int)
        {
            var (a, b) = (left.Number, right.Number);
            long? result = op switch
            {
                "+" => unchecked(a + b),
                "-" => unchecked(a - b),
                "*" => unchecked(a * b),
                "^" => a ^ b,
                "|" => a | b,
                "&" => a & b,
                "<<" when b is >= 0 and < 63 => a << (int)b,
                ">>" when b is >= 0 and < 64 => a >> (int)b,
                "%" when b > 0 => ((a % b) + b) % b,
                "//" when b > 0 => (a - (((a % b) + b) % b)) / b,
                _ => null,
            };
            if (result is { } number)
            {
                var folded = PythonValue.Int(number).With(left).With(right);
                return op == "^" ? folded.With(Origin.Computed, null, ["xor"]) : folded;
            }
        }

        return left.Taint().With(right.Taint());
    }

    // --- calls ---

    private PythonValue Call(PythonCall call, PythonScope scope)
    {
        var callee = Eval(call.Function, scope);
        _owner = call;
        var arguments = new List<CallArgument>(call.Arguments.Count);
        foreach (var argument in call.Arguments)
        {
            var value = Eval(argument.Value, scope);
            if (argument.Stars == 1 && value.Kind == PythonKind.List)
            {
                foreach (var item in value.Items!.Take(64))
                    arguments.Add(new CallArgument(null, item));
            }
            else if (argument.Stars == 2 && value.Kind == PythonKind.Dict)
            {
                foreach (var (name, item) in value.Map!.Take(64))
                    arguments.Add(new CallArgument(name, item));
            }
            else
            {
                arguments.Add(new CallArgument(argument.Name, value));
            }
        }

        if (callee.Kind == PythonKind.Choice)
        {
            var result = PythonValue.Unknown;
            foreach (var one in callee.Alternatives())
                result = PythonValue.Either(result, Call(one, arguments, call, scope));
            return result;
        }

        return Call(callee, arguments, call, scope);
    }

    private PythonValue Call(PythonValue callee, List<CallArgument> arguments, PythonExpression? place, PythonScope scope, PythonNode? owner = null)
    {
        _owner = owner ?? _owner;
        switch (callee.Kind)
        {
            case PythonKind.Function:
                return Invoke(callee, arguments, unknownArguments: false);
            case PythonKind.Bound when callee.Owner is { } receiver && callee.Node is not null:
                return Invoke(callee, [new(null, receiver), .. arguments], unknownArguments: false);
            case PythonKind.Bound when callee.Owner is { } receiver:
                return Library(callee.Text, receiver, arguments, place, scope);
            case PythonKind.Class:
                return Instantiate(callee, arguments);
            case PythonKind.Partial:
                return Call(callee.Owner!, [.. callee.Items!.Select(i => new CallArgument(null, i)), .. arguments], place, scope);
            case PythonKind.Global:
                return Library(callee.Text, null, arguments, place, scope);
            case PythonKind.Instance when Attribute(callee, "__call__") is { Kind: PythonKind.Bound } method && method.Node is not null:
                return Call(method, arguments, place, scope);
            default:
                return Unresolved(callee, arguments);
        }
    }

    /// <summary>A call of something unknown: callbacks are called, origins pass through.</summary>
    private PythonValue Unresolved(PythonValue callee, List<CallArgument> arguments)
    {
        var sum = callee.Taint(1);
        // A class that was picked among all classes of the program, and is given a command.
        if (callee.Source == "__subclasses__" && Arg(arguments, 0) is { IsText: true, Text.Length: > 3 } command && callee.Kind != PythonKind.Bound)
            return StartProgram("__subclasses__()", command, arguments, null, shell: true);
        foreach (var argument in arguments)
        {
            if (argument.Value.Kind is PythonKind.Function)
                Invoke(argument.Value, [], unknownArguments: true);
            sum = sum.With(argument.Value.Taint());
        }

        var strong = IsStrong(sum.Decoders);
        return PythonValue.Tainted(sum.From & ~(Origin.Argument | Origin.Computed | (strong || sum.From.HasFlag(Origin.Network) ? Origin.None : Origin.Decoded)), sum.Source, strong ? sum.Decoders : [], sum.Encrypted);
    }

    private PythonValue Instantiate(PythonValue type, List<CallArgument> arguments)
    {
        var instance = new PythonValue(PythonKind.Instance) { Owner = type, Map = new Dictionary<string, PythonValue>(StringComparer.Ordinal), Text = type.Text };
        foreach (var name in (ReadOnlySpan<string>)["__new__", "__init__", "__post_init__", "__del__"])
        {
            if (Attribute(instance, name) is { Kind: PythonKind.Bound, Node: not null } method)
                Call(method, name is "__init__" or "__new__" ? arguments : [], null, _module);
        }

        // A thread of the file's own runs when it is started; nothing is lost by looking at once.
        if (Attribute(instance, "run") is { Kind: PythonKind.Bound, Node: not null } run && type.Items!.Exists(b => b is { Kind: PythonKind.Global } && b.Text.EndsWith("Thread", StringComparison.Ordinal)))
            Call(run, [], null, _module);
        return instance;
    }

    private PythonValue Invoke(PythonValue function, List<CallArgument> arguments, bool unknownArguments)
    {
        var node = function.Node!;
        _called.Add(node);
        if (_calls >= MaxCallDepth || IsSpent || !_active.Add(node))
        {
            var sum = PythonValue.Unknown;
            foreach (var argument in arguments)
                sum = sum.With(argument.Value.Taint(1));
            return sum;
        }

        _calls++;
        var saved = _returned;
        _returned = null;
        try
        {
            var scope = new PythonScope(function.Scope);
            var (parameters, body) = node switch
            {
                PythonFunction named => (named.Parameters, null),
                PythonLambda lambda => (lambda.Parameters, lambda.Body),
                _ => ([], (PythonExpression?)null),
            };
            BindArguments(parameters, arguments, scope, function, unknownArguments);
            if (body is not null)
                return Eval(body, scope);
            Block(((PythonFunction)node).Body, scope);
            return _returned ?? PythonValue.None;
        }
        finally
        {
            _returned = saved;
            _active.Remove(node);
            _calls--;
        }
    }

    private void BindArguments(IReadOnlyList<PythonParameter> parameters, List<CallArgument> arguments, PythonScope scope, PythonValue function, bool unknown)
    {
        var positional = 0;
        var ordered = arguments.FindAll(static a => a.Name is null);
        foreach (var parameter in parameters)
        {
            PythonValue? value = null;
            if (parameter.Stars == 1)
            {
                value = PythonValue.List([.. ordered.Skip(positional).Select(a => a.Value)]);
                positional = ordered.Count;
            }
            else if (parameter.Stars == 2)
            {
                value = new PythonValue(PythonKind.Dict) { Map = arguments.Where(a => a.Name is not null).GroupBy(a => a.Name!).ToDictionary(g => g.Key, g => g.First().Value, StringComparer.Ordinal) };
            }
            else if (arguments.Find(a => a.Name == parameter.Name) is { Value: { } named })
            {
                value = named;
            }
            else if (positional < ordered.Count)
            {
                value = ordered[positional++].Value;
            }

            if (value is null && parameter.Default is not null)
                value = Eval(parameter.Default, function.Scope ?? _module);
            if (value is null && unknown && parameter.Name == "self" && function.Scope is { IsClass: true })
                value = new PythonValue(PythonKind.Instance) { Map = new Dictionary<string, PythonValue>(StringComparer.Ordinal), Owner = ClassOf(function.Scope) };
            scope.Names[parameter.Name] = value ?? PythonValue.Tainted(unknown ? Origin.Argument : Origin.None);
        }
    }

    private PythonValue? ClassOf(PythonScope scope)
    {
        foreach (var value in (scope.Parent ?? _module).Names.Values)
        {
            if (value.Kind == PythonKind.Class && ReferenceEquals(value.Map, scope.Names))
                return value;
        }

        return null;
    }

    private static PythonValue Attribute(PythonValue value, string name)
    {
        switch (value.Kind)
        {
            case PythonKind.Choice:
                var any = PythonValue.Unknown;
                foreach (var one in value.Alternatives())
                    any = PythonValue.Either(any, Attribute(one, name));
                return any;
            case PythonKind.Global:
                return value.Text is "builtins.__import__" or "importlib" or "sys" && name is "__dict__" ? PythonValue.Global(value.Text + ".__dict__") : GlobalAttribute(value, name);
            case PythonKind.Class:
                if (value.Map!.TryGetValue(name, out var member))
                    return member;
                foreach (var one in value.Items!)
                {
                    if (one.Kind == PythonKind.Class && Attribute(one, name) is { Kind: not PythonKind.Unknown } inherited)
                        return inherited;
                }

                return PythonValue.Unknown;
            case PythonKind.Instance when value.Map is { } map && map.TryGetValue(name, out var own):
                return own;
            case PythonKind.Instance when value.Owner is { Kind: PythonKind.Class } type:
                var found = Attribute(type, name);
                return found.Kind == PythonKind.Function ? new PythonValue(PythonKind.Bound) { Owner = value, Node = found.Node, Scope = found.Scope, Text = name } : found;
            default:
                return Member(value, name);
        }
    }

    /// <summary>A method or field of a constant, a library object or something unknown.</summary>
    private static PythonValue Member(PythonValue value, string name)
    {
        if (name == "__globals__")
            return PythonValue.Global("__globals__");
        if (name is "__subclasses__" or "__mro__" or "__bases__" or "__base__")
            return PythonValue.Tainted(Origin.Computed, name == "__subclasses__" || value.Source == "__subclasses__" ? "__subclasses__" : null);
        if (value is { Kind: PythonKind.Instance, Text: "file" or "path" } && name is "name" or "parent" or "buffer" && value.Owner is { } path)
            return name == "parent" ? PythonLibrary.PathOf(PythonLibrary.ParentOf(path.Shown()), value) : name == "buffer" ? value : path;
        if (name is "text" or "content" or "raw" or "body" or "stdout" or "data" && value.From != Origin.None && value.Kind is PythonKind.Unknown or PythonKind.Instance)
            return value.Taint();
        return new PythonValue(PythonKind.Bound) { Owner = value, Text = name, From = value.From, Source = value.Source, Decoders = value.Decoders };
    }

    private static PythonValue GlobalAttribute(PythonValue value, string name) => value.Text switch
    {
        "os" when name is "sep" => PythonValue.Str("/"),
        "os" when name is "name" => PythonValue.Unknown,
        "sys" when name is "executable" => PythonValue.Str("python"),
        "os" when name is "linesep" => PythonValue.Str("\n"),
        "os" when name is "devnull" => PythonValue.Str("/dev/null"),
        "mmap" when name is "PROT_EXEC" => PythonValue.Int(4),
        "mmap" when name is "PROT_WRITE" => PythonValue.Int(2),
        "mmap" when name is "PROT_READ" => PythonValue.Int(1),
        _ when name is "__file__" => PythonValue.Str("/site-packages/" + value.Text.Replace('.', '/') + "/__init__.py"),
        _ when name is "__globals__" => PythonValue.Global("__globals__"),
        "builtins.object" or "builtins.type" when name is "__subclasses__" => PythonValue.Tainted(Origin.Computed, "__subclasses__"),
        "string" when name is "ascii_lowercase" => PythonValue.Str("abcdefghijklmnopqrstuvwxyz"),
        "string" when name is "ascii_uppercase" => PythonValue.Str("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "string" when name is "ascii_letters" => PythonValue.Str("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "string" when name is "digits" => PythonValue.Str("0123456789"),
        "string" when name is "printable" => PythonValue.Str("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\v\f"),
        _ => PythonValue.Global(Canonical(value.Text + "." + name)).With(value),
    };

    /// <summary>One name for what has several.</summary>
    private static string Canonical(string name)
    {
        if (name.StartsWith("__builtin__.", StringComparison.Ordinal) || name.StartsWith("__builtins__.", StringComparison.Ordinal))
            return "builtins." + name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (name is "__builtin__" or "__builtins__")
            return "builtins";
        if (name.StartsWith("posix.", StringComparison.Ordinal) || (name.StartsWith("nt.", StringComparison.Ordinal) && name.Length > 3))
            return "os." + name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (name is "posix" or "nt")
            return "os";
        if (PythonLibrary.Knows(name))
            return name;
        // Modules that other modules have imported: webbrowser.subprocess is subprocess.
        foreach (var inner in (ReadOnlySpan<string>)[".subprocess.", ".os.", ".sys.", ".builtins.", ".socket.", ".shutil.", ".importlib.", ".urllib."])
        {
            var at = name.IndexOf(inner, StringComparison.Ordinal);
            if (at > 0 && PythonLibrary.Knows(name[(at + 1)..]))
                return name[(at + 1)..];
        }

        return name;
    }

    private static PythonValue Enter(PythonValue value) => value;

    /// <summary>An argument of a call.</summary>
    internal readonly record struct CallArgument(string? Name, PythonValue Value);
}
