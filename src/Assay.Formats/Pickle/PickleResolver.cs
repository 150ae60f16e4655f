namespace Assay.Formats;

/// <summary>
/// Sees through indirection: <c>getattr</c>, <c>partial</c>, <c>methodcaller</c>, <c>import_module</c>, <c>map</c> and the other helpers
/// that fetch or call what they are given. Knows Python's semantics and judges nothing.
/// </summary>
public sealed class PickleResolver
{
    private const int MaxDepth = 24;
    private const int MaxSteps = 400_000;

    private readonly PickleFacts _facts;
    private readonly PickleFolder _folder;
    private readonly Dictionary<int, PickleTarget> _resolved = [];
    private Dictionary<PickleValue, PickleValue>? _states;
    private int _steps;

    /// <summary>A resolver over the facts of one sequence.</summary>
    public PickleResolver(PickleFacts facts)
        : this(facts, new PickleFolder(facts))
    {
    }

    internal PickleResolver(PickleFacts facts, PickleFolder folder)
    {
        _facts = facts;
        _folder = folder;
        _folder.Resolver = this;
    }

    /// <summary>Folds a value to a constant: <see cref="string"/>, <c>byte[]</c>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list; null when it is none.</summary>
    public object? Fold(PickleValue value) => _folder.Fold(value);

    /// <summary>What the value is, as something to call.</summary>
    public PickleTarget Resolve(PickleValue value) => Resolve(value, 0);

    /// <summary>The call itself, and every call that follows from it when it is a helper; the last is the innermost.</summary>
    public IReadOnlyList<PickleInvocation> Expand(in PickleCall call)
    {
        var list = new List<PickleInvocation>(2);
        Expand(Resolve(call.Callee), ArgumentsOf(call), null, list, 0);
        return list;
    }

    /// <summary>The calls that a callable makes once something calls it with <paramref name="args"/>.</summary>
    public IReadOnlyList<PickleInvocation> ExpandTarget(PickleTarget target, IReadOnlyList<PickleValue> args)
    {
        var list = new List<PickleInvocation>(2);
        Expand(target, args, null, list, 0);
        return list;
    }

    /// <summary>Positional arguments of a call; for computed argument tuples what is known of them.</summary>
    public IReadOnlyList<PickleValue> ArgumentsOf(in PickleCall call) => ItemsOf(call.Args, 0);

    /// <summary>State that BUILD gave an object last; null when it was never built.</summary>
    public PickleValue? StateOf(PickleValue value)
    {
        if (_states is null)
        {
            _states = [];
            foreach (var mutation in _facts.Mutations)
            {
                if (mutation.Kind == PickleMutationKind.Build && mutation.Target.Kind == PickleKind.Node)
                    _states[mutation.Target] = mutation.Value;
            }
        }

        return _states.TryGetValue(value, out var state) ? state : null;
    }

    internal PickleTarget Resolve(PickleValue value, int depth)
    {
        if (depth > MaxDepth || ++_steps > MaxSteps)
            return PickleTarget.Unknown;
        if (_facts.GlobalOf(value) is { } global)
            return new NamedTarget(global.Module, global.Name);
        if (value.Kind != PickleKind.Node || !_facts.TryGetCall(value, out var call))
            return PickleTarget.Unknown;
        if (_resolved.TryGetValue(value.Index, out var known))
            return known;
        _resolved[value.Index] = PickleTarget.Unknown; // a cycle ends here
        var result = ResolveCall(Resolve(call.Callee, depth + 1), ItemsOf(call.Args, depth + 1), depth + 1);
        if (result is InstanceTarget { Maker: { Module: "functools", QualifiedName: "partial" } } or BoundTarget && StateOf(value) is { } state)
            result = Rebuilt(state, depth + 1) ?? result;
        _resolved[value.Index] = result;
        return result;
    }

    /// <summary>The items of a tuple or list, also of one that a call makes of constants.</summary>
    internal IReadOnlyList<PickleValue> ItemsOf(PickleValue value, int depth)
    {
        switch (_facts.NodeKindOf(value))
        {
            case PickleNodeKind.Tuple or PickleNodeKind.List or PickleNodeKind.Set or PickleNodeKind.FrozenSet:
                return _facts.ChildrenOf(value).ToArray();
            case PickleNodeKind.Call when depth < MaxDepth && _facts.TryGetCall(value, out var call)
                && Resolve(call.Callee, depth + 1) is NamedTarget { Module: "builtins" or "__builtin__", QualifiedName: "tuple" or "list" or "iter" or "reversed" or "set" or "frozenset" }:
                return ItemsOf(call.Args, depth + 1) is [var inner] ? ItemsOf(inner, depth + 1) : [];
            default:
                return [];
        }
    }

    /// <summary>What the result of a call is.</summary>
    private PickleTarget ResolveCall(PickleTarget callee, IReadOnlyList<PickleValue> args, int depth)
    {
        if (depth > MaxDepth)
            return PickleTarget.Unknown;
        switch (callee)
        {
            case BoundTarget bound:
                return ResolveCall(bound.Function, [.. bound.Bound, .. args], depth + 1);
            case AttributeGetterTarget getter when args.Count >= 1:
                return Attribute(Resolve(args[0], depth + 1), getter.Path, args[0]);
            case ItemGetterTarget { Key: { } key } when args.Count >= 1:
                return Item(Resolve(args[0], depth + 1), key);
            case MethodCallerTarget caller when args.Count >= 1:
                return ResolveCall(Attribute(Resolve(args[0], depth + 1), caller.Name, args[0]), caller.Bound, depth + 1);
            case MemberTarget { Name: "__getitem__" or "get" or "pop" or "__getattribute__" } or NamedTarget { Indirect: true }
                when args.Count >= 1 && callee is NamedTarget named && LastPart(named.QualifiedName) is "__getitem__" or "get" or "pop" or "__getattribute__":
                {
                    var owner = (NamedTarget)callee;
                    var basis = Parent(owner);
                    return Text(args[^1]) is { } name ? (LastPart(owner.QualifiedName) == "__getattribute__" ? Attribute(basis, name, null) : Item(basis, name)) : PickleTarget.Unknown;
                }

            case NamedTarget name:
                return ResolveNamed(name, args, depth);
            case MemberTarget member:
                return new InstanceTarget(member.Maker is { } maker ? maker with { QualifiedName = $"{maker.QualifiedName}.{member.Name}" } : null);
            default:
                return new InstanceTarget(null);
        }
    }

    private PickleTarget ResolveNamed(NamedTarget name, IReadOnlyList<PickleValue> args, int depth)
    {
        var full = name.FullName;
        switch (full)
        {
            case "builtins.getattr" or "__builtin__.getattr" or "inspect.getattr_static" or "dill._dill._get_attr" or "dill._dill._getattribute"
                or "builtins.object.__getattribute__" or "builtins.type.__getattribute__" or "operator.attrgetter.__call__" or "pickle._getattribute" when args.Count >= 2:
                return Text(args[1]) is { } attribute ? Attribute(Resolve(args[0], depth + 1), attribute, args[0]) : PickleTarget.Unknown;

            case "builtins.__import__" or "__builtin__.__import__" or "importlib.__import__" when args.Count >= 1:
                {
                    if (Text(args[0]) is not { } module)
                        return PickleTarget.Unknown;

                    // Without fromlist the result is the top-level package.
                    var fromList = args.Count >= 4 && _facts.CountOf(args[3]) > 0;
                    var dot = module.IndexOf('.', StringComparison.Ordinal);
                    return new ModuleTarget(fromList || dot < 0 ? module : module[..dot]);
                }

            case "importlib.import_module" or "importlib._bootstrap._gcd_import" or "importlib.reload" or "pydoc.safeimport" or "cloudpickle.cloudpickle.subimport"
                or "joblib.externals.cloudpickle.cloudpickle.subimport" or "sys.modules.__getitem__" or "sys.modules.get" or "unittest.mock._importer"
                or "pandas.compat._optional.import_optional_dependency" or "imp.load_module" or "dill._dill._import_module" when args.Count >= 1:
                {
                    if (Text(args[0]) is not { } module)
                        return Resolve(args[0], depth + 1) is ModuleTarget m ? m : PickleTarget.Unknown;
                    return full == "dill._dill._import_module" && module.Contains('.', StringComparison.Ordinal) ? Split(module) : new ModuleTarget(module);
                }

            case "pkgutil.resolve_name" or "pydoc.locate" or "pydoc.resolve" or "logging.config._resolve" or "torch._utils._import_dotted_name"
                or "hydra.utils.get_class" or "hydra.utils.get_method" or "hydra.utils.get_object" or "hydra._internal.utils._locate"
                or "django.utils.module_loading.import_string" or "werkzeug.utils.import_string" or "zope.dottedname.resolve.resolve"
                or "sentence_transformers.util.import_from_string" or "IPython.utils.importstring.import_item" or "sympy.utilities.source.get_class"
                or "nemo.core.classes.common.import_class_by_path" or "jsonpickle.unpickler.loadclass" when args.Count >= 1:
                return Text(args[0]) is { } dotted ? Split(dotted) : PickleTarget.Unknown;

            case "scipy._lib._uarray._backend.unpickle_function" or "numpy.core._ufunc_reconstruct" or "numpy._core._ufunc_reconstruct" or "unittest.mock._dot_lookup" when args.Count >= 2:
                return Text(args[0]) is { } from && Text(args[1]) is { } what ? new NamedTarget(from, what) { Indirect = true } : PickleTarget.Unknown;

            case "operator.getitem" or "_operator.getitem" or "builtins.dict.get" or "builtins.dict.__getitem__" or "builtins.dict.pop" when args.Count >= 2:
                return Text(args[1]) is { } key ? Item(Resolve(args[0], depth + 1), key) : PickleTarget.Unknown;

            case "builtins.vars" or "__builtin__.vars" when args.Count >= 1:
                return Attribute(Resolve(args[0], depth + 1), "__dict__", null);
            case "builtins.globals" or "__builtin__.globals" or "builtins.locals" or "__builtin__.locals":
                return new NamedTarget("builtins", "__dict__") { Indirect = true };

            case "functools.partial" or "functools.partialmethod" or "_functools.partial" when args.Count >= 1:
                return new BoundTarget(Resolve(args[0], depth + 1), Tail(args, 1));
            case "types.MethodType" when args.Count >= 2:
                return new BoundTarget(Resolve(args[0], depth + 1), Tail(args, 1));
            case "operator.methodcaller" or "_operator.methodcaller" when args.Count >= 1:
                return Text(args[0]) is { } method ? new MethodCallerTarget(method, Tail(args, 1)) : PickleTarget.Unknown;
            case "operator.attrgetter" or "_operator.attrgetter" when args.Count >= 1:
                return Text(args[0]) is { } path ? new AttributeGetterTarget(path) : PickleTarget.Unknown;
            case "operator.itemgetter" or "_operator.itemgetter" when args.Count >= 1:
                return new ItemGetterTarget(Text(args[0]));

            case "dill._dill._load_type" when args.Count >= 1:
                return Text(args[0]) is { } type
                    ? type == "PartialType" ? new NamedTarget("functools", "partial") : new NamedTarget(type.EndsWith("Type", StringComparison.Ordinal) ? "types" : "builtins", type)
                    : PickleTarget.Unknown;

            case "operator.call" or "_operator.call" or "__builtin__.apply" or "copy._reconstruct" or "builtins.map" or "builtins.filter" or "torch._tensor._rebuild_from_type_v2"
                or "copyreg.__newobj__" or "copyreg.__newobj_ex__" or "copyreg._reconstructor" or "functools.reduce":
                {
                    var inner = new List<PickleInvocation>(1);
                    ExpandHelper(name, args, inner, depth + 1);
                    if (inner.Count == 0)
                        return new InstanceTarget(name);
                    return inner[0].Target is NamedTarget { } made && full.StartsWith("copyreg", StringComparison.Ordinal)
                        ? new InstanceTarget(made)
                        : ResolveCall(inner[0].Target, inner[0].Args, depth + 1);
                }

            case "builtins.next" or "builtins.iter" or "builtins.reversed" or "builtins.list" or "builtins.tuple" when args.Count == 1:
                return ItemsOf(args[0], depth + 1) is [var only] ? Resolve(only, depth + 1) : new InstanceTarget(name);

            default:
                return new InstanceTarget(name);
        }
    }

    /// <summary><c>functools.partial</c> takes its function from BUILD: <c>(func, args, kwargs, namespace)</c>.</summary>
    private BoundTarget? Rebuilt(PickleValue state, int depth) =>
        _facts.NodeKindOf(state) == PickleNodeKind.Tuple && _facts.ChildrenOf(state) is [var function, var args, ..]
            ? new BoundTarget(Resolve(function, depth), ItemsOf(args, depth))
            : null;

    private void Expand(PickleTarget target, IReadOnlyList<PickleValue> args, NamedTarget? via, List<PickleInvocation> into, int depth)
    {
        if (depth > MaxDepth || into.Count > 64 || ++_steps > MaxSteps)
            return;
        switch (target)
        {
            case BoundTarget bound:
                Expand(bound.Function, [.. bound.Bound, .. args], via ?? new NamedTarget("functools", "partial"), into, depth + 1);
                return;
            case MethodCallerTarget caller when args.Count >= 1:
                Expand(Attribute(Resolve(args[0], depth + 1), caller.Name, args[0]), caller.Bound, via ?? new NamedTarget("operator", "methodcaller"), into, depth + 1);
                return;
        }

        into.Add(new PickleInvocation(target, args, via));
        if (target is NamedTarget helper)
            ExpandHelper(helper, args, into, depth + 1);
    }

    /// <summary>The calls that a helper makes with what it is given.</summary>
    private void ExpandHelper(NamedTarget helper, IReadOnlyList<PickleValue> args, List<PickleInvocation> into, int depth)
    {
        if (args.Count == 0)
            return;
        switch (helper.FullName)
        {
            case "builtins.map" or "__builtin__.map" or "itertools.imap" or "builtins.filter" or "__builtin__.filter" or "itertools.filterfalse" or "itertools.takewhile"
                or "itertools.dropwhile" when args.Count >= 2:
                Call(0, [.. Tail(args, 1).Select(First)]);
                return;
            case "itertools.accumulate" or "itertools.groupby" when args.Count >= 2:
                Call(1, ItemsOf(args[0], depth));
                return;
            case "itertools.starmap" when args.Count >= 2:
                Call(0, ItemsOf(First(args[1]), depth));
                return;
            case "functools.reduce" or "__builtin__.reduce" or "_functools.reduce" when args.Count >= 2:
                {
                    var items = ItemsOf(args[1], depth);
                    Call(0, args.Count >= 3 ? [args[2], .. items.Take(1)] : items.Take(2).ToArray());
                    return;
                }

            case "operator.call" or "_operator.call" or "atexit.register" or "contextlib.ExitStack.callback" or "functools.partial" or "_functools.partial" or "functools.partialmethod"
                or "_thread.start_new_thread" or "_thread.start_new" or "concurrent.futures.Executor.submit" or "cProfile.runcall" or "profile.runcall"
                or "torch.utils.checkpoint.checkpoint" or "joblib.delayed" or "dask.delayed" or "threading.excepthook" or "unittest.case.FunctionTestCase"
                or "copyreg.__newobj__":
                Call(0, Flatten(helper, Tail(args, 1)));
                return;
            case "__builtin__.apply" or "copyreg.__newobj_ex__":
                Call(0, args.Count >= 2 ? ItemsOf(args[1], depth) : []);
                return;
            case "copyreg._reconstructor":
                // _reconstructor(cls, base, state): base.__new__(cls, state), then base.__init__.
                Call(0, Tail(args, 2));
                if (args.Count >= 2)
                    Call(1, Tail(args, 2));
                return;
            case "copy._reconstruct" when args.Count >= 4:
                Call(2, ItemsOf(args[3], depth));
                return;
            case "torch._tensor._rebuild_from_type_v2" when args.Count >= 3:
                Call(0, ItemsOf(args[2], depth));
                Call(1, []);
                return;
            case "threading.Thread" or "multiprocessing.context.Process" or "multiprocessing.Process" or "multiprocessing.process.BaseProcess" when args.Count >= 2:
                Call(1, args.Count >= 4 ? ItemsOf(args[3], depth) : []);
                return;
            case "threading.Timer" or "signal.signal" or "weakref.finalize" or "sched.scheduler.enter" when args.Count >= 2:
                Call(1, args.Count >= 3 ? ItemsOf(args[2], depth) is { Count: > 0 } timerArgs ? timerArgs : Tail(args, 2) : []);
                return;
            case "collections.defaultdict":
            case "builtins.iter" or "types.MethodType" or "functools.cmp_to_key" or "functools.lru_cache" or "functools.singledispatch" or "builtins.property" or "functools.cached_property"
                or "contextlib.contextmanager" or "threading.setprofile" or "threading.settrace" or "sys.settrace" or "sys.setprofile" or "multiprocessing.pool.Pool"
                or "multiprocessing.pool.ThreadPool":
                if (Resolve(args[0], depth) is not InstanceTarget)
                    Call(0, Tail(args, 1));
                return;
        }

        void Call(int index, IReadOnlyList<PickleValue> arguments)
        {
            if (index < args.Count && IsCallable(args[index]))
                Expand(Resolve(args[index], depth), arguments, helper, into, depth + 1);
        }

        PickleValue First(PickleValue iterable) => ItemsOf(iterable, depth) is { Count: > 0 } items ? items[0] : iterable;
    }

    private IReadOnlyList<PickleValue> Flatten(NamedTarget helper, IReadOnlyList<PickleValue> rest) =>
        helper.Module == "_thread" && rest.Count >= 1 ? ItemsOf(rest[0], 0) : rest;

    private bool IsCallable(PickleValue value) => value.Kind == PickleKind.Global || _facts.NodeKindOf(value) == PickleNodeKind.Call;

    private string? Text(PickleValue value) => _facts.TextOf(value, 4096) ?? _folder.Fold(value) as string;

    private static IReadOnlyList<PickleValue> Tail(IReadOnlyList<PickleValue> values, int from) => from >= values.Count ? [] : values.Skip(from).ToArray();

    /// <summary><c>getattr(target, name)</c>.</summary>
    private PickleTarget Attribute(PickleTarget target, string name, PickleValue? value) => target switch
    {
        ModuleTarget module => name == "__dict__" ? new NamedTarget(module.Module, "__dict__") { Indirect = true } : new NamedTarget(module.Module, name) { Indirect = true },
        NamedTarget named when named.FullName is "sys.modules" => new NamedTarget("sys", $"modules.{name}") { Indirect = true },
        NamedTarget named => named with { QualifiedName = $"{named.QualifiedName}.{name}", Indirect = true },
        InstanceTarget instance => new MemberTarget(instance.Maker, name),
        BoundTarget when name is "func" or "__call__" => target,
        _ when value is { } constant && ConstantType(constant) is { } type => new BoundTarget(new NamedTarget("builtins", $"{type}.{name}"), [constant]),
        _ => new MemberTarget(null, name),
    };

    /// <summary><c>target[key]</c>: of <c>sys.modules</c>, of a namespace dictionary.</summary>
    private static PickleTarget Item(PickleTarget target, string key) => target switch
    {
        NamedTarget { FullName: "sys.modules" } => new ModuleTarget(key),
        NamedTarget named when LastPart(named.QualifiedName) is "__dict__" or "__globals__" or "__builtins__" =>
            Parent(named) is ModuleTarget module ? new NamedTarget(module.Module, key) { Indirect = true }
            : LastPart(named.QualifiedName) == "__builtins__" ? new NamedTarget("builtins", key) { Indirect = true }
            : new NamedTarget(named.Module, $"{named.QualifiedName}.{key}") { Indirect = true },
        _ => PickleTarget.Unknown,
    };

    private static PickleTarget Parent(NamedTarget named)
    {
        var dot = named.QualifiedName.LastIndexOf('.');
        return dot < 0 ? new ModuleTarget(named.Module) : named with { QualifiedName = named.QualifiedName[..dot] };
    }

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary><c>m:a.b</c>, or <c>m.a</c> where the last part is taken for the attribute.</summary>
    private static PickleTarget Split(string dotted)
    {
        var colon = dotted.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
            return colon == dotted.Length - 1 ? new ModuleTarget(dotted[..colon]) : new NamedTarget(dotted[..colon], dotted[(colon + 1)..]) { Indirect = true };
        var dot = dotted.LastIndexOf('.');
        return dot > 0 && dot < dotted.Length - 1 ? new NamedTarget(dotted[..dot], dotted[(dot + 1)..]) { Indirect = true } : new ModuleTarget(dotted);
    }

    private string? ConstantType(PickleValue value)
    {
        if (_facts.IsText(value))
            return "str";
        if (_facts.IsBytes(value))
            return "bytes";
        return value.Kind switch
        {
            PickleKind.Int or PickleKind.BigInt => "int",
            PickleKind.Float => "float",
            PickleKind.True or PickleKind.False => "bool",
            PickleKind.Node => _facts.NodeKindOf(value) switch
            {
                PickleNodeKind.Tuple => "tuple",
                PickleNodeKind.List => "list",
                PickleNodeKind.Dict => "dict",
                PickleNodeKind.Set => "set",
                PickleNodeKind.FrozenSet => "frozenset",
                PickleNodeKind.Call when _folder.Fold(value) is { } folded => folded is string ? "str" : folded is byte[]? "bytes" : null,
                _ => null,
            },
            _ => null,
        };
    }
}
