using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// The verdict on one sequence of pickles. Names are graded by what they can do, then by how they are used: use decides more than
/// presence, and arguments decide between noise and malware.
/// </summary>
internal sealed class PickleJudge(PickleFacts facts, Artifact artifact, DetectionScope scope)
{
    private const int MaxWalk = 2000;

    /// <summary>Attributes that no stored bound method has in honest files.</summary>
    private static readonly HashSet<string> RiskyAttributes = new(StringComparer.Ordinal)
    {
        "system", "popen", "eval", "exec", "compile", "loads", "load", "import_module", "open", "unlink", "remove", "connect", "fromfile", "tofile", "dump",
        "run_module", "run_path", "load_module", "exec_module", "call", "check_output", "Popen", "run_code", "run_string", "load_library", "extractall",
    };

    /// <summary>Gated helpers that honest files use with plain arguments.</summary>
    private static readonly HashSet<string> HonestHelpers = new(StringComparer.Ordinal)
    {
        "functools.partial", "functools.partialmethod", "functools.lru_cache", "functools.cached_property", "functools.cmp_to_key", "operator.attrgetter", "operator.itemgetter",
        "operator.methodcaller", "types.MethodType", "types.MappingProxyType", "types.ModuleType", "weakref.ref", "builtins.property", "builtins.super", "builtins.iter", "builtins.sorted", "builtins.min",
        "builtins.max", "copyreg.__newobj__", "copyreg.__newobj_ex__", "copyreg._reconstructor", "copy.copy", "copy.deepcopy", "torch._tensor._rebuild_from_type_v2",
        "joblib.Memory.cache", "re.Scanner", "itertools.chain.from_iterable", "operator.setitem", "operator.iadd", "builtins.type", "dill._dill._setitems",
    };

    private readonly PickleResolver _resolver = new(facts);
    private readonly PicklePrinter _printer = new(facts);
    private readonly NameGrade[] _grades = new NameGrade[facts.Globals.Count];
    private readonly bool[] _reported = new bool[facts.Globals.Count];
    private readonly FindingSink _findings = scope.Findings;
    private bool _dangerous;
    private bool _unsafeCalls;

    /// <summary>Reports everything that the facts show.</summary>
    public void Judge()
    {
        var plain = true;
        for (var i = 0; i < _grades.Length; i++)
        {
            var global = facts.Globals[i];
            _grades[i] = Grade(global.Module, global.Name);
            plain &= !global.Computed && _grades[i].Class == NameClass.Safe && !HasHostileArguments(global.FullName);
        }

        // With nothing but known-safe names there is nothing to weigh, however many calls there are.
        if (!plain)
        {
            for (var i = 0; i < facts.CallCount; i++)
                JudgeCall(facts.CallAt(i));
        }

        foreach (var mutation in facts.Mutations)
            JudgeMutation(mutation, plain);
        for (var i = 0; i < _grades.Length; i++)
            JudgeImport(facts.Globals[i], _grades[i], _reported[i]);
        JudgeStreams();
        JudgeRest();
    }

    private static bool HasHostileArguments(string name) => name is "collections.defaultdict" or "_codecs.encode" or "torch.storage._load_from_bytes";

    private NameGrade Grade(string module, string name)
    {
        // cls.__new__ makes an object of the class and nothing else: protocol 2 stores keyword arguments by partial(cls.__new__, …).
        if (name.EndsWith(".__new__", StringComparison.Ordinal))
            name = name[..^".__new__".Length];
        var grade = CallableTable.Grade(module, name, scope.Options.TrustedModules);

        // Names that only Python 2 had keep their listing under its spelling.
        if (grade.Class == NameClass.UnknownStandardLibrary && module == "builtins")
            grade = CallableTable.Grade("__builtin__", name, scope.Options.TrustedModules);

        // What was imported by name may be a submodule: dill + _dill._setattr.
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (grade.Class is NameClass.Unknown or NameClass.UnknownStandardLibrary && dot > 0 && dot < name.Length - 1 && module.Length > 0)
        {
            var below = CallableTable.Grade($"{module}.{name[..dot]}", name[(dot + 1)..], scope.Options.TrustedModules);
            if (below.Class is not (NameClass.Unknown or NameClass.UnknownStandardLibrary))
                return below;
        }

        // The author's script is no part of Python's library, whatever its name suggests.
        return grade.Class == NameClass.UnknownStandardLibrary && module == "__main__" ? grade with { Class = NameClass.Unknown } : grade;
    }

    private static bool IsClassName(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..].TrimStart('_');
        return last.Length > 0 && char.IsUpper(last[0]);
    }

    private static string Display(NamedTarget target) =>
        target.Module is "posix" or "nt" ? $"os.{target.QualifiedName}" : target.FullName;

    private static Effect EffectOf(PickleCall call) => call.Resynchronised ? Effect.Never : Effect.Load;

    private void JudgeCall(in PickleCall call)
    {
        // The common case first: a safe class or helper on data.
        if (call.Callee.Kind == PickleKind.Global)
        {
            var grade = _grades[GlobalIndex(call.Callee)];
            if (grade.Class is NameClass.Safe && !HasHostileArguments(facts.GlobalOf(call.Callee)!.FullName) && !CarriesDanger(call.Args))
                return;
        }

        var invocations = _resolver.Expand(call);
        var worst = false;
        foreach (var invocation in invocations)
            worst |= JudgeInvocation(call, invocation);
        if (!worst && FindDanger(call.Args) is { } danger)
            JudgeDangerousArgument(call, danger);
        if (worst && call.Discarded)
            _findings.Add(PickleRules.HiddenResult, artifact, call.Offset, "The result of a call is thrown away: only its effect matters", _printer.Print(call.Value), confidence: Confidence.Medium);
    }

    private int GlobalIndex(PickleValue value) => facts.GlobalIndexOf(value);

    /// <summary>Judges one call that is made; true when it is dangerous.</summary>
    private bool JudgeInvocation(in PickleCall call, PickleInvocation invocation)
    {
        switch (invocation.Target)
        {
            case NamedTarget named:
                return JudgeNamed(call, invocation, named);
            case MemberTarget { Maker: { } maker } member:
                {
                    var name = $"{maker.QualifiedName}.{member.Name}";
                    var grade = Grade(maker.Module, name);
                    if (grade.Class == NameClass.Dangerous || Grade(maker.Module, maker.QualifiedName).Class == NameClass.Dangerous)
                        return Dangerous(call, invocation, new NamedTarget(maker.Module, name), grade.Class == NameClass.Dangerous ? grade : Grade(maker.Module, maker.QualifiedName));
                    return JudgeMember(call, member);
                }

            case MemberTarget member:
                return JudgeMember(call, member);
            case InstanceTarget { Maker: { } maker }:
                {
                    var grade = Grade(maker.Module, maker.QualifiedName);
                    if (call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx && grade.Class is NameClass.Gated or NameClass.Safe or NameClass.SafePattern)
                        return false;
                    if (grade.Class is NameClass.Safe or NameClass.SafePattern || invocation.Via is not null)
                        return false;
                    if (grade.Class == NameClass.Gated && grade.Capabilities.HasFlag(Capabilities.Execute))
                        return JudgeBuiltCode(call);
                    if (grade.Class == NameClass.Dangerous)
                        return false;
                    _unsafeCalls = true;
                    _findings.Add(PickleRules.UnknownFunction, artifact, call.Offset, $"Loading this file calls the result of {PicklePrinter.Visible(maker.FullName)}, which is not known", _printer.Print(call.Value), confidence: Confidence.Medium);
                    return false;
                }

            case ModuleTarget or AttributeGetterTarget or ItemGetterTarget:
                return false;
            default:
                if (invocation.Via is not null || call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx)
                    return false;
                _unsafeCalls = true;
                _findings.Add(PickleRules.UnknownFunction, artifact, call.Offset, "Loading this file calls something that cannot be told from the file", _printer.Print(call.Value), Severity.High, Confidence.Medium);
                return false;
        }
    }

    private bool JudgeMember(in PickleCall call, MemberTarget member)
    {
        if (!RiskyAttributes.Contains(member.Name) && !member.Name.StartsWith("__", StringComparison.Ordinal))
            return false;
        _unsafeCalls = true;
        _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, $"Loading this file calls the method {PicklePrinter.Quote(member.Name)} of one of its objects", _printer.Print(call.Value));
        return false;
    }

    private bool JudgeNamed(in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        if (named.QualifiedName.EndsWith(".__new__", StringComparison.Ordinal))
            named = named with { QualifiedName = named.QualifiedName[..^".__new__".Length] };
        var grade = Grade(named.Module, named.QualifiedName);
        switch (grade.Class)
        {
            case NameClass.Dangerous:
                return Dangerous(call, invocation, named, grade);
            case NameClass.Gated:
                return JudgeGated(call, invocation, named, grade);
            case NameClass.Safe:
                return JudgeSafe(call, invocation, named);
            case NameClass.SafePattern:
                return false;
            case NameClass.UnknownStandardLibrary:
                return JudgeStandardLibrary(call, invocation, named);
            default:
                return JudgeUnknown(call, invocation, named);
        }
    }

    private bool JudgeSafe(in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        // Protocol 2 writes bytes as encode(text, 'latin1'); any other codec hides something.
        if (named.FullName == "_codecs.encode" && invocation.Args.Count >= 2 && _resolver.Fold(invocation.Args[1]) is string codec
            && codec.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant() is not ("latin1" or "utf8" or "ascii" or "iso88591"))
        {
            Encoded(call, $"the codec {PicklePrinter.Quote(codec)}");
        }

        return false;
    }

    private void Encoded(in PickleCall call, string how)
    {
        var decoded = _resolver.Fold(call.Value);
        _findings.Add(
            PickleRules.EncodedPayload,
            artifact,
            call.Offset,
            decoded is null ? $"Hidden content is decoded on load by {how}" : $"Hidden content is decoded on load by {how}: {PicklePrinter.Literal(decoded)}",
            _printer.Print(call.Value));
    }

    private bool JudgeStandardLibrary(in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        var data = call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx && IsClassName(named.QualifiedName);
        _unsafeCalls |= !data;
        _findings.Add(
            PickleRules.StandardLibraryFunction,
            artifact,
            call.Offset,
            data ? $"An object of Python's {PicklePrinter.Visible(named.FullName)} is made, which models do not need" : $"Loading this file calls {PicklePrinter.Visible(Display(named))} of Python's standard library, which models do not need",
            Expression(call, invocation, named),
            data ? Severity.Medium : Severity.High,
            Confidence.High,
            EffectOf(call));
        return false;
    }

    private bool JudgeUnknown(in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        var name = PicklePrinter.Visible(named.FullName);

        // Only a class can be made by NEWOBJ, however its name is written.
        var isClass = IsClassName(named.QualifiedName) || call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx || invocation.Via is { Module: "copyreg" or "copy_reg" };
        var made = call.How is not PickleCallKind.Reduce || invocation.Via is { Module: "copyreg" or "copy_reg" };
        var top = named.Module.Split('.')[0];
        var last = named.QualifiedName[(named.QualifiedName.LastIndexOf('.') + 1)..];
        var nested = FindDanger(call.Args) is not null || GivesUnknownCallable(call.Args);
        if (named.Module.Length == 0 || named.QualifiedName.Length == 0)
        {
            _unsafeCalls = true;
            _findings.Add(PickleRules.ComputedImport, artifact, call.Offset, "Loading this file calls a function whose name is computed while loading", _printer.Print(call.Value));
            return false;
        }

        if (named.Module != "__main__" && scope.Siblings.Contains(top))
        {
            _unsafeCalls |= !(isClass && made);
            _findings.Add(
                PickleRules.RepositoryModule,
                artifact,
                call.Offset,
                $"Loading this file runs {PicklePrinter.Visible(top)}, a script that lies beside it ({name})",
                Expression(call, invocation, named),
                isClass && made ? Severity.Medium : Severity.High,
                Confidence.High);
            return false;
        }

        if (CallableTable.LookalikeOf(named.Module) is { } original)
        {
            _unsafeCalls = true;
            _findings.Add(PickleRules.LookalikeModule, artifact, call.Offset, $"The module {PicklePrinter.Quote(top)} imitates {original}", Expression(call, invocation, named));
        }

        if (named.Module == "__main__" && isClass)
        {
            _findings.Add(PickleRules.MainClass, artifact, call.Offset, $"The file needs {name}, a class of its author's own script", null, nested && !made ? Severity.Medium : Severity.Info, Confidence.Medium);
            return false;
        }

        // Cython writes one such function per class; all that it does is make the class.
        if (isClass || last.StartsWith("__pyx_unpickle_", StringComparison.Ordinal))
        {
            if (nested && !made && isClass)
            {
                _unsafeCalls = true;
                _findings.Add(PickleRules.UnknownFunction, artifact, call.Offset, $"Loading this file hands a function to {name}, which is not known", Expression(call, invocation, named), Severity.Medium, Confidence.Medium);
                return false;
            }

            _findings.Add(PickleRules.UnknownClass, artifact, call.Offset, $"The file needs {name} of a library that is not known here; it only receives data", null, made ? Severity.Info : Severity.Low, Confidence.Medium);
            return false;
        }

        // Known packages of data restore their objects by helpers of such names; what they are given decides.
        if (!nested && CallableTable.IsKnown(named.Module) && !CallableTable.IsStandardLibrary(named.Module) && IsRestorer(last))
        {
            _findings.Add(PickleRules.UnknownClass, artifact, call.Offset, $"{name} restores an object of a known library", null, Severity.Low, Confidence.Medium);
            return false;
        }

        _unsafeCalls = true;
        _findings.Add(
            PickleRules.UnknownFunction,
            artifact,
            call.Offset,
            named.Module == "__main__" ? $"Loading this file calls {name}, a function of its author's own script" : $"Loading this file calls {name} of a library that is not known here",
            Expression(call, invocation, named),
            nested ? Severity.High : Severity.Medium,
            Confidence.Medium,
            EffectOf(call));
        return false;
    }

    private static bool IsRestorer(string name) =>
        name.Contains("unpickle", StringComparison.Ordinal) || name.Contains("reconstruct", StringComparison.Ordinal) || name.Contains("rebuild", StringComparison.Ordinal)
        || name.StartsWith("_new_", StringComparison.Ordinal) || name.StartsWith("_restore", StringComparison.Ordinal);

    private bool JudgeGated(in PickleCall call, PickleInvocation invocation, NamedTarget named, NameGrade grade)
    {
        var name = named.FullName;
        var args = invocation.Args;
        switch (name)
        {
            case "builtins.getattr" or "__builtin__.getattr" or "dill._dill._get_attr" or "dill._dill._getattribute":
                return JudgeGetattr(call, args);
            case "builtins.setattr" or "__builtin__.setattr" or "dill._dill._setattr" when args.Count >= 3 && IsOwnObject(args[0]) && FindDanger(call.Args) is null:
                return false;
            case "builtins.setattr" or "__builtin__.setattr" or "builtins.delattr" or "__builtin__.delattr" or "dill._dill._setattr":
                return Report(PickleRules.LibraryModified, args.Count > 0 && IsOwnObject(args[0]) ? Severity.High : Severity.Critical, $"Loading this file changes attributes with {named.QualifiedName}", call, invocation, named);
            case "operator.methodcaller" or "_operator.methodcaller" or "operator.attrgetter" or "_operator.attrgetter"
                when args.Count > 0 && _resolver.Fold(args[0]) is string wanted && wanted.Split('.').Any(p => RiskyAttributes.Contains(p) || p.StartsWith("__", StringComparison.Ordinal)):
                return Report(PickleRules.SuspiciousGetattr, Severity.High, $"The file prepares to reach {PicklePrinter.Quote(wanted)} of something", call, invocation, named);
            case "collections.namedtuple":
                return false;
            case "torch.storage._load_from_bytes" or "cloudpickle.loads" or "cloudpickle.load" or "dill._dill.loads" or "dill._dill.load"
                or "keras.src.saving.keras_saveable.KerasSaveable._unpickle_model":
                if (args.Count > 0 && _resolver.Fold(args[0]) is byte[] || (args.Count > 0 && facts.IsBytes(args[0])))
                {
                    _findings.Add(PickleRules.NestedPickle, artifact, call.Offset, "A second packed object lies inside and was looked at as well", null, Severity.Info, Confidence.High);
                    return false;
                }

                return Report(PickleRules.NestedLoader, Severity.High, $"Loading this file makes {named.QualifiedName} open other data", call, invocation, named);
            case "numpy.core._ufunc_reconstruct" or "numpy._core._ufunc_reconstruct":
                {
                    if (_resolver.Resolve(call.Value) is NamedTarget made && made.Module is "numpy" or "numpy.core._multiarray_umath" or "numpy._core._multiarray_umath" or "scipy.special._ufuncs" or "numpy.core.umath")
                        return false;
                    return Report(PickleRules.ImportGadget, Severity.Critical, "Loading this file fetches a function by name through numpy", call, invocation, named);
                }

            case "copyreg.add_extension" or "copyreg.remove_extension" or "copyreg.pickle" or "copyreg.constructor":
                return Report(PickleRules.ExtensionRegistry, Severity.High, $"Loading this file changes Python's table of {(name == "copyreg.add_extension" ? "extension codes" : "reducers")}", call, invocation, named);
            case "builtins.type" or "types.new_class" or "types.prepare_class" or "builtins.__build_class__" when args.Count >= 3:
                return Report(PickleRules.CallGadget, Severity.High, "Loading this file makes a new class with methods of its choice", call, invocation, named);
            case "dill._dill._load_type" when args.Count > 0 && _resolver.Fold(args[0]) is string:
                return false;
            case "joblib.numpy_pickle_compat.NDArrayWrapper" or "joblib.numpy_pickle_compat.ZNDArrayWrapper":
                return false;
            case "builtins.globals" or "__builtin__.globals" or "builtins.locals" or "__builtin__.locals" or "builtins.vars" or "__builtin__.vars" or "builtins.dir"
                or "builtins.type.__subclasses__" or "builtins.type.mro" or "builtins.object.__getattribute__" or "warnings._getcategory":
                return Report(PickleRules.AttributeTraversal, Severity.High, $"Loading this file looks into Python's internals with {named.QualifiedName}", call, invocation, named);
        }

        if (grade.Capabilities.HasFlag(Capabilities.Execute))
            return JudgeByValueCode(call, named);
        if (grade.Capabilities.HasFlag(Capabilities.Invoke) && !HonestHelpers.Contains(name.Replace("__builtin__", "builtins", StringComparison.Ordinal).Replace("_operator", "operator", StringComparison.Ordinal)))
        {
            // An effective call of something known is judged on its own; here the helper itself is what is odd.
            var inner = args.Count > 0 && GivesUnknownCallable(call.Args);
            if (FindDanger(call.Args) is not null)
                return false;
            return Report(PickleRules.CallGadget, inner ? Severity.High : Severity.Medium, $"Loading this file uses {Display(named)} to call what it is given", call, invocation, named) && false;
        }

        return false;
    }

    private bool IsOwnObject(PickleValue value) => facts.NodeKindOf(value) is not null && _resolver.Resolve(value) is InstanceTarget or MemberTarget;

    private bool JudgeGetattr(in PickleCall call, IReadOnlyList<PickleValue> args)
    {
        if (args.Count < 2)
            return false;
        var target = _resolver.Resolve(args[0]);
        if (_resolver.Fold(args[1]) is not string name)
        {
            _unsafeCalls = true;
            _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, "The file picks an attribute whose name is computed while loading", _printer.Print(call.Value));
            return false;
        }

        var evidence = _printer.Print(call.Value);
        if (target is ModuleTarget or NamedTarget && _resolver.Resolve(call.Value) is NamedTarget reached)
        {
            var grade = Grade(reached.Module, reached.QualifiedName);
            var owner = target is NamedTarget n ? Grade(n.Module, n.QualifiedName).Class : Grade(reached.Module, "x").Class;
            if (grade.Class == NameClass.Dangerous || owner == NameClass.Dangerous)
            {
                MarkAll(call.Value);
                _dangerous = true;
                var severity = grade.ByModule && grade.Capabilities is Capabilities.None or Capabilities.FileRead ? Severity.High : Severity.Critical;
                _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, $"The file fetches {PicklePrinter.Visible(Display(reached))} by name", evidence, severity, Confidence.High);
                return true;
            }

            if (name == "__new__" && target is NamedTarget made && IsClassName(made.QualifiedName))
                return false;
            if (name.StartsWith("__", StringComparison.Ordinal))
            {
                _unsafeCalls = true;
                _findings.Add(PickleRules.AttributeTraversal, artifact, call.Offset, $"The file reaches into {PicklePrinter.Quote(name)} of {PicklePrinter.Visible(reached.Module)}", evidence);
                return false;
            }

            // Members of enumerations and dtypes of known libraries are fetched this way, and methods of classes.
            var safe = target is NamedTarget known && (owner is NameClass.Safe or NameClass.SafePattern || (owner == NameClass.Unknown && IsClassName(known.QualifiedName)));
            if (safe || grade.Class is NameClass.Safe or NameClass.SafePattern or NameClass.Gated)
            {
                if (RiskyAttributes.Contains(name))
                    _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, $"The file picks {PicklePrinter.Quote(name)} of {PicklePrinter.Visible(reached.FullName)}", evidence);
                else
                    _findings.Add(PickleRules.PlainGetattr, artifact, call.Offset, $"The file keeps {PicklePrinter.Visible(reached.FullName)} by name", null, confidence: Confidence.Medium);
                return false;
            }

            _unsafeCalls = true;
            _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, $"The file picks {PicklePrinter.Quote(name)} of something that is no class", evidence, confidence: Confidence.Medium);
            return false;
        }

        if (name.StartsWith("__", StringComparison.Ordinal) && name is not ("__call__" or "__len__" or "__getitem__" or "__contains__" or "__add__") || RiskyAttributes.Contains(name))
        {
            if (_resolver.Resolve(call.Value) is BoundTarget { Function: NamedTarget { Module: "builtins" } })
                return false;
            _unsafeCalls = true;
            _findings.Add(PickleRules.SuspiciousGetattr, artifact, call.Offset, $"The file picks {PicklePrinter.Quote(name)} of one of its objects", evidence);
            return false;
        }

        _findings.Add(PickleRules.PlainGetattr, artifact, call.Offset, $"The file keeps the method {PicklePrinter.Quote(name)} of one of its own objects", null, confidence: Confidence.Medium);
        return false;
    }

    /// <summary>Functions and classes stored by value (cloudpickle, dill): what they use decides.</summary>
    private bool JudgeByValueCode(in PickleCall call, NamedTarget named)
    {
        var words = new List<string>();
        CollectText(call.Value, words);
        if (named.QualifiedName == "reduce_graph_module")
            words = [.. words.SelectMany(SourceNames)];
        if (CodeNames.Grade(words) is { } grade)
        {
            _unsafeCalls = true;
            _findings.Add(
                grade.Intent == Intent.ReverseShell ? PickleRules.ReverseShell : named.QualifiedName == "reduce_graph_module" ? PickleRules.EmbeddedSource : PickleRules.EmbeddedBytecode,
                artifact,
                call.Offset,
                $"The file carries a Python function that {grade.Words}",
                _printer.Print(call.Value),
                grade.Severity,
                Confidence.High,
                Effect.Use);
            return grade.Severity == Severity.Critical;
        }

        _findings.Add(PickleRules.EmbeddedBytecode, artifact, call.Offset, "The file carries custom Python code by value; nothing in it acts on the computer", null, Severity.Info, Confidence.Medium, Effect.Use);
        return false;
    }

    /// <summary>A function made in the stream is called in the stream.</summary>
    private bool JudgeBuiltCode(in PickleCall call)
    {
        if (call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx)
            return false;
        var words = new List<string>();
        CollectText(call.Value, words);
        var made = facts.TryGetCall(call.Callee, out var maker) && facts.GlobalOf(maker.Callee) is { } g && g.Name is "_builtin_type" or "_make_skeleton_class" or "_make_skel_func" or "_create_type" or "_load_type" or "_make_skeleton_enum" or "_lookup_class_or_track" or "_rehydrate_skeleton_class";
        if (CodeNames.Grade(words) is { Severity: Severity.Critical } grade)
        {
            _dangerous = true;
            _findings.Add(PickleRules.CodeExecution, artifact, call.Offset, $"Loading this file runs a function that it carries, which {grade.Words}", _printer.Print(call.Value));
            return true;
        }

        if (!made)
        {
            _unsafeCalls = true;
            _findings.Add(PickleRules.CodeExecution, artifact, call.Offset, "Loading this file runs a function that it carries", _printer.Print(call.Value), Severity.High);
        }

        return false;
    }

    /// <summary>The identifiers of source text.</summary>
    private static IEnumerable<string> SourceNames(string source)
    {
        var start = -1;
        for (var i = 0; i <= source.Length; i++)
        {
            if (i < source.Length && (char.IsAsciiLetterOrDigit(source[i]) || source[i] == '_'))
            {
                start = start < 0 ? i : start;
                continue;
            }

            if (start >= 0)
                yield return source[start..i];
            start = -1;
        }
    }

    private void CollectText(PickleValue root, List<string> words)
    {
        var stack = new Stack<PickleValue>();
        stack.Push(root);
        var seen = new HashSet<PickleValue>();
        for (var steps = 0; stack.Count > 0 && steps < MaxWalk; steps++)
        {
            var value = stack.Pop();
            if (facts.TextOf(value, 1 << 16) is { } text)
            {
                words.Add(text);
                continue;
            }

            if (facts.GlobalOf(value) is { } global && Grade(global.Module, global.Name).Class == NameClass.Dangerous)
                words.Add(global.Name);
            if (value.Kind != PickleKind.Node || !seen.Add(value))
                continue;
            if (facts.TryGetCall(value, out var call))
            {
                stack.Push(call.Callee);
                stack.Push(call.Args);
            }

            foreach (var child in facts.ChildrenOf(value))
                stack.Push(child);
        }
    }

    private bool Dangerous(in PickleCall call, PickleInvocation invocation, NamedTarget named, NameGrade grade)
    {
        var capabilities = grade.Capabilities;
        var intent = Intent.None;
        var constant = true;
        var text = false;
        foreach (var arg in invocation.Args)
        {
            var folded = _resolver.Fold(arg);
            text |= folded is string { Length: > 0 } or byte[] { Length: > 0 };
            constant &= folded is not null || arg.Kind is PickleKind.None || facts.NodeKindOf(arg) is PickleNodeKind.Dict;
            intent |= IntentOf(folded, 0);
        }

        MarkAll(call.Value);
        var (rule, verb, always) = Describe(capabilities, named);

        // No honest file reads, parses or looks up anything by a name that it brings along.
        var severity = always || text || intent != Intent.None ? Severity.Critical : Severity.High;

        // Only the whole module is listed, and a class receives data: it may hold no more than that, or be of an author's script of the same name.
        if (grade.ByModule && IsClassName(named.QualifiedName) && FindDanger(call.Args) is null)
            severity = text || intent != Intent.None ? Severity.High : Severity.Medium;
        if (rule == PickleRules.NestedLoader)
        {
            var bytes = invocation.Args.Count > 0 && (facts.IsBytes(invocation.Args[0]) || _resolver.Fold(invocation.Args[0]) is byte[]);
            severity = bytes && named.QualifiedName is "loads" or "_loads" or "load_reduce" ? Severity.High : severity;
        }

        // By-value pickles import the modules that their functions use.
        if (named.QualifiedName is "subimport" or "_import_module" && _resolver.Resolve(call.Value) is ModuleTarget or NamedTarget)
        {
            var resolved = _resolver.Resolve(call.Value);
            var (m, n) = resolved is NamedTarget t ? (t.Module, t.QualifiedName) : (((ModuleTarget)resolved).Module, "x");
            if (Grade(m, n).Class != NameClass.Dangerous)
                return false;
        }

        if (rule == PickleRules.ImportGadget && _resolver.Resolve(call.Value) is ModuleTarget { Module: var module } && CallableTable.IsKnown(module) && !CallableTable.IsStandardLibrary(module))
            severity = Severity.High;
        _dangerous = true;
        if (intent.HasFlag(Intent.ReverseShell))
            rule = PickleRules.ReverseShell;
        var expression = Expression(call, invocation, named);
        var actual = _printer.PrintCall(Display(named), invocation.Args);
        var via = invocation.Via is { } helper ? $", by way of {PicklePrinter.Visible(helper.FullName)}" : named.Indirect ? ", reached by name" : "";
        _findings.Add(
            rule,
            artifact,
            call.Offset,
            $"{(call.Resynchronised ? "Behind the error this file holds a call that" : "Loading this file")} {verb}: {actual}{via}",
            expression,
            severity,
            call.Resynchronised ? Confidence.High : constant ? Confidence.Confirmed : Confidence.High,
            Effect.Load);
        foreach (var arg in invocation.Args)
        {
            if (facts.TryGetCall(arg, out var decoder) && _resolver.Fold(arg) is string or byte[])
                Encoded(decoder, facts.GlobalOf(decoder.Callee)?.FullName ?? "a chain of helpers");
        }

        if (call.How is PickleCallKind.NewObj or PickleCallKind.NewObjEx && invocation.Via is null && !IsClassName(named.QualifiedName))
            _findings.Add(PickleRules.CallWithoutReduce, artifact, call.Offset, $"The call is made by {Opcode(call.How)} instead of REDUCE", expression);
        if (invocation.Via is { } gadget && gadget.Module is not ("copyreg" or "copy_reg"))
            _findings.Add(PickleRules.CallGadget, artifact, call.Offset, $"{PicklePrinter.Visible(gadget.FullName)} is used to call {PicklePrinter.Visible(Display(named))}", expression);
        return true;
    }

    private static string Opcode(PickleCallKind how) => how switch
    {
        PickleCallKind.NewObj => "NEWOBJ",
        PickleCallKind.NewObjEx => "NEWOBJ_EX",
        PickleCallKind.Obj => "OBJ",
        PickleCallKind.Inst => "INST",
        _ => "REDUCE",
    };

    private static (Rule Rule, string Verb, bool Always) Describe(Capabilities capabilities, NamedTarget named)
    {
        if (capabilities.HasFlag(Capabilities.Install))
            return (PickleRules.PackageInstall, "installs software", true);
        if (capabilities.HasFlag(Capabilities.Process))
            return (PickleRules.SystemCommand, "runs", true);
        if (capabilities.HasFlag(Capabilities.Native))
            return (PickleRules.NativeLibrary, "loads machine code", true);
        if (capabilities.HasFlag(Capabilities.Execute))
            return (PickleRules.CodeExecution, "runs", true);
        if (capabilities.HasFlag(Capabilities.Network))
            return (PickleRules.NetworkAccess, "uses the network", true);
        if (capabilities.HasFlag(Capabilities.Import))
            return (PickleRules.ImportGadget, "fetches code by name", true);
        if ((capabilities & (Capabilities.FileWrite | Capabilities.FileDelete)) != 0)
            return (PickleRules.FileWrite, capabilities.HasFlag(Capabilities.FileWrite) ? "opens or changes files" : "deletes or renames files", true);
        if (capabilities.HasFlag(Capabilities.Deserialize))
            return (PickleRules.NestedLoader, "opens a second, unchecked payload", false);
        if (capabilities.HasFlag(Capabilities.FileRead))
            return (PickleRules.FileRead, "reads from the computer", false);
        if (capabilities.HasFlag(Capabilities.Invoke))
            return (PickleRules.CallGadget, "makes Python call something", true);
        return (PickleRules.AttributeTraversal, $"reaches into Python's internals by {PicklePrinter.Visible(named.QualifiedName)}", false);
    }

    private static Intent IntentOf(object? folded, int depth) => folded switch
    {
        string s => PayloadText.Of(s),
        byte[] b => PayloadText.Of(System.Text.Encoding.Latin1.GetString(b, 0, Math.Min(b.Length, 4096))),
        List<object?> list when depth < 4 => list.Take(64).Aggregate(Intent.None, (i, x) => i | IntentOf(x, depth + 1)),
        _ => Intent.None,
    };

    private string Expression(in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        var whole = _printer.Print(call.Value);

        // Python names hide behind computed strings and imports: where the text does not show what is called, say it.
        return invocation.Via is null || whole.Contains(named.QualifiedName, StringComparison.Ordinal) ? whole : $"{whole} → {_printer.PrintCall(Display(named), invocation.Args)}";
    }

    private bool Report(Rule rule, Severity severity, string message, in PickleCall call, PickleInvocation invocation, NamedTarget named)
    {
        _unsafeCalls = true;
        _findings.Add(rule, artifact, call.Offset, message, Expression(call, invocation, named), severity, Confidence.High, EffectOf(call));
        return severity == Severity.Critical;
    }

    /// <summary>Every name below a call that is reported: saying once more that it was imported adds nothing.</summary>
    private void MarkAll(PickleValue root)
    {
        var stack = new Stack<PickleValue>();
        stack.Push(root);
        for (var steps = 0; stack.Count > 0 && steps < 256; steps++)
        {
            var value = stack.Pop();
            if (value.Kind == PickleKind.Global)
                _reported[GlobalIndex(value)] = true;
            if (facts.TryGetCall(value, out var call))
            {
                stack.Push(call.Callee);
                stack.Push(call.Args);
            }
            else if (facts.HoldsCode(value))
            {
                foreach (var child in facts.ChildrenOf(value))
                    stack.Push(child);
            }
        }
    }

    private bool CarriesDanger(PickleValue args) => facts.HoldsCode(args) && FindDanger(args) is not null;

    /// <summary>The first dangerous name inside a value, imported or reached.</summary>
    private (NamedTarget Target, PickleValue Value)? FindDanger(PickleValue root)
    {
        if (!facts.HoldsCode(root))
            return null;
        var stack = new Stack<PickleValue>();
        stack.Push(root);
        for (var steps = 0; stack.Count > 0 && steps < 256; steps++)
        {
            var value = stack.Pop();
            if (value.Kind == PickleKind.Global)
            {
                if (_grades[GlobalIndex(value)].Class == NameClass.Dangerous)
                    return (new NamedTarget(facts.GlobalOf(value)!.Module, facts.GlobalOf(value)!.Name), value);
                continue;
            }

            if (value.Kind != PickleKind.Node)
                continue;
            if (facts.TryGetCall(value, out _))
            {
                // The result of another call counts when it is itself a dangerous callable; the call was judged where it is made.
                var target = _resolver.Resolve(value);
                while (target is BoundTarget bound)
                    target = bound.Function;
                if (target is NamedTarget named && Grade(named.Module, named.QualifiedName).Class == NameClass.Dangerous)
                    return (named, value);
                continue;
            }

            if (!facts.HoldsCode(value))
                continue;
            foreach (var child in facts.ChildrenOf(value))
                stack.Push(child);
        }

        return null;
    }

    private bool GivesUnknownCallable(PickleValue args)
    {
        var count = 0;
        foreach (var child in facts.ChildrenOf(args))
        {
            if (++count > 16)
                break;
            if (facts.GlobalOf(child) is { } global && Grade(global.Module, global.Name) is { Class: NameClass.Unknown or NameClass.UnknownStandardLibrary } && !IsClassName(global.Name))
                return true;
        }

        return false;
    }

    private void JudgeDangerousArgument(in PickleCall call, (NamedTarget Target, PickleValue Value) danger)
    {
        MarkAll(danger.Value);
        _dangerous = true;
        _findings.Add(
            PickleRules.CallGadget,
            artifact,
            call.Offset,
            $"Loading this file hands {PicklePrinter.Visible(Display(danger.Target))} to something that may call it",
            _printer.Print(call.Value),
            Severity.Critical,
            Confidence.High,
            EffectOf(call));
    }

    private void JudgeMutation(in PickleMutation mutation, bool plain)
    {
        var target = mutation.Target;
        if (target.Kind == PickleKind.Node && plain)
        {
            if (facts.NodeKindOf(target) == PickleNodeKind.Call)
                return;
        }

        if (mutation.Kind == PickleMutationKind.Build && (mutation.Value.Kind == PickleKind.None || facts.CountOf(mutation.Value) == 0 && facts.NodeKindOf(mutation.Value) is PickleNodeKind.Dict or PickleNodeKind.Tuple))
            return;
        switch (_resolver.Resolve(target))
        {
            case NamedTarget named:
                LibraryModified(mutation, named.FullName, named);
                return;
            case ModuleTarget module:
                LibraryModified(mutation, module.Module, null);
                return;
            case BoundTarget when mutation.Kind == PickleMutationKind.Build:
                foreach (var invocation in _resolver.ExpandTarget(_resolver.Resolve(target), []))
                {
                    if (invocation.Target is NamedTarget bound && Grade(bound.Module, bound.QualifiedName).Class == NameClass.Dangerous)
                    {
                        _dangerous = true;
                        _findings.Add(PickleRules.CallGadget, artifact, mutation.Offset, $"A stored callable is set to call {PicklePrinter.Visible(Display(bound))}", _printer.PrintCall(Display(bound), invocation.Args));
                    }
                }

                return;
            case InstanceTarget { Maker: { } maker }:
                JudgeInstance(mutation, maker);
                return;
        }

        if (FindDanger(mutation.Value) is { } danger)
            Held(mutation.Offset, danger);
    }

    private void JudgeInstance(in PickleMutation mutation, NamedTarget maker)
    {
        if (maker.QualifiedName is "NDArrayWrapper" or "ZNDArrayWrapper" && maker.Module.Contains("joblib", StringComparison.Ordinal))
            JudgeSidecar(mutation);
        if (FindDanger(mutation.Value) is { } danger)
        {
            Held(mutation.Offset, danger);
            return;
        }

        if (mutation.Kind == PickleMutationKind.Build)
            return;
        var grade = Grade(maker.Module, maker.QualifiedName);
        if (grade.Class is NameClass.Safe or NameClass.SafePattern || IsClassName(maker.QualifiedName) && grade.Class is not NameClass.Dangerous || grade.Class == NameClass.Gated)
            return;
        var what = mutation.Kind switch { PickleMutationKind.SetItems => "__setitem__", PickleMutationKind.AddItems => "add", _ => "extend" };
        _unsafeCalls = true;
        _findings.Add(
            PickleRules.CallWithoutReduce,
            artifact,
            mutation.Offset,
            $"Loading this file calls {what} of the result of {PicklePrinter.Visible(maker.FullName)}",
            _printer.Print(mutation.Target),
            grade.Class == NameClass.Dangerous ? Severity.High : Severity.Medium,
            Confidence.High);
    }

    private void JudgeSidecar(in PickleMutation mutation)
    {
        var items = facts.ChildrenOf(mutation.Value).ToArray();
        for (var i = 0; i + 1 < items.Length; i += 2)
        {
            if (facts.TextOf(items[i], 64) == "filename" && facts.TextOf(items[i + 1], 4096) is { } file
                && (file.Contains('/', StringComparison.Ordinal) || file.Contains('\\', StringComparison.Ordinal) || file.Contains("..", StringComparison.Ordinal)))
            {
                _findings.Add(JoblibRules.SidecarEscapes, artifact, mutation.Offset, $"Loading this file opens {PicklePrinter.Quote(file)} outside its folder", PicklePrinter.Quote(file));
            }
        }
    }

    private void Held(long offset, (NamedTarget Target, PickleValue Value) danger)
    {
        MarkAll(danger.Value);
        _dangerous = true;
        _findings.Add(
            PickleRules.DangerousImport,
            artifact,
            offset,
            $"The file stores {PicklePrinter.Visible(Display(danger.Target))} in one of its objects, to be called later",
            _printer.Print(danger.Value));
    }

    private void LibraryModified(in PickleMutation mutation, string name, NamedTarget? named)
    {
        if (named is not null && facts.GlobalOf(mutation.Target) is null && Grade(named.Module, named.QualifiedName).Class is NameClass.Safe)
            return;
        MarkAll(mutation.Target);
        MarkAll(mutation.Value);
        _dangerous = true;
        var how = mutation.Kind switch
        {
            PickleMutationKind.Build => "BUILD",
            PickleMutationKind.SetItems => "SETITEM",
            PickleMutationKind.Append => "APPEND",
            _ => "ADDITEMS",
        };
        _findings.Add(
            PickleRules.LibraryModified,
            artifact,
            mutation.Offset,
            $"Loading this file changes {PicklePrinter.Visible(name)} of Python or a library",
            $"{how}({PicklePrinter.Visible(name)}, {_printer.Print(mutation.Value)})",
            Severity.Critical,
            mutation.Resynchronised ? Confidence.Low : Confidence.High);
        _findings.Add(PickleRules.CallWithoutReduce, artifact, mutation.Offset, $"{how} acts on an imported object", $"{how}({PicklePrinter.Visible(name)}, …)");
    }

    private void JudgeImport(PickleGlobal global, NameGrade grade, bool reported)
    {
        var name = PicklePrinter.Visible(global.FullName);
        if (global.Computed)
        {
            _unsafeCalls = true;
            _findings.Add(
                PickleRules.ComputedImport,
                artifact,
                global.Offset,
                global.FullName.Length == 0 ? "The name of an import is computed while loading" : $"The name of the import {name} is assembled while loading",
                global.FullName.Length == 0 ? "<computed name>" : name);
        }

        if (global.FromExtension && global.Uses > 0 && grade.Class == NameClass.Dangerous)
            _findings.Add(PickleRules.ExtensionRegistry, artifact, global.Offset, $"{name} is imported through the extension registry", name);
        switch (grade.Class)
        {
            case NameClass.Dangerous when !reported:
                _dangerous = true;
                _findings.Add(
                    PickleRules.DangerousImport,
                    artifact,
                    global.Offset,
                    global.Called ? $"The file brings in {PicklePrinter.Visible(Display(new NamedTarget(global.Module, global.Name)))} and calls it" : $"The file brings in {PicklePrinter.Visible(Display(new NamedTarget(global.Module, global.Name)))} without calling it yet",
                    name,
                    grade.ByModule && IsClassName(global.Name) ? Severity.Medium : Severity.High);
                break;
            case NameClass.UnknownStandardLibrary when !global.Called:
                _findings.Add(PickleRules.StandardLibraryFunction, artifact, global.Offset, $"The file refers to {name} of Python's standard library without calling it", name, Severity.Low, Confidence.Medium);
                break;
            case NameClass.Unknown when !global.Called && global.FullName.Length > 1:
                JudgeUnknownImport(global, name);
                break;
        }
    }

    private void JudgeUnknownImport(PickleGlobal global, string name)
    {
        var top = global.Module.Split('.')[0];
        if (global.Module != "__main__" && scope.Siblings.Contains(top))
            _findings.Add(PickleRules.RepositoryModule, artifact, global.Offset, $"Loading this file imports {PicklePrinter.Visible(top)}, a script that lies beside it", name, Severity.Medium, Confidence.High);
        else if (CallableTable.LookalikeOf(global.Module) is { } original)
            _findings.Add(PickleRules.LookalikeModule, artifact, global.Offset, $"The module {PicklePrinter.Quote(top)} imitates {original}", name);
        else
            _findings.Add(global.Module == "__main__" ? PickleRules.MainClass : PickleRules.UnknownClass, artifact, global.Offset, $"The file refers to {name}, which is not known here", null, IsClassName(global.Name) ? Severity.Info : Severity.Low, Confidence.Medium);
    }

    private void JudgeStreams()
    {
        for (var i = 0; i < facts.Streams.Count; i++)
        {
            var stream = facts.Streams[i];
            if (stream.Resynchronised)
                continue;
            if (i == 0 && facts.Streams.Count >= 2 && facts.IntOf(facts.Streams[1].Result) == 1001 && stream.CallCount > 0)
                _findings.Add(TorchRules.HeaderPayload, artifact, stream.Start, "A call hides in the slot of PyTorch's magic number", _printer.Print(facts.CallAt(stream.FirstCall).Value));
            if (stream.Error is null)
                continue;
            var ran = _dangerous || (_unsafeCalls && stream.CallCount + stream.MutationCount > 0);
            if (ran)
                _findings.Add(PickleRules.BrokenAfterCode, artifact, stream.ErrorOffset, $"The file breaks off after the part that runs: {stream.Error}", stream.Error, _dangerous || !stream.Truncated ? Severity.High : Severity.Medium);
            else
                _findings.Add(PickleRules.BrokenStream, artifact, stream.ErrorOffset, $"The file is damaged: {stream.Error}", stream.Error, confidence: Confidence.Medium);
        }

        if (facts.Bomb is { } bomb)
            _findings.Add(PickleRules.ResourceBomb, artifact, null, $"The file is built to exhaust memory: {bomb}", bomb);
    }

    private void JudgeRest()
    {
        if (facts.ExtensionOffset is { } extension)
            _findings.Add(PickleRules.ExtensionRegistry, artifact, extension, "The file imports through Python's table of extension codes");
        if (facts.UnexpectedPersistentId is { } pid)
            _findings.Add(PickleRules.UnexpectedPersistentId, artifact, pid.Offset, "The file refers to data in a way that only its own loader understands", _printer.Print(pid.Id), confidence: Confidence.Medium);
        foreach (var differential in facts.Differentials)
        {
            if (!differential.Deliberate && facts.Streams.Any(s => s.Truncated))
                continue;
            _findings.Add(
                PickleRules.ParserDifferential,
                artifact,
                differential.Offset,
                char.ToUpperInvariant(differential.Message[0]) + differential.Message[1..],
                differential.Message,
                differential.Deliberate || _dangerous ? Severity.High : Severity.Low,
                Confidence.High);
        }

        if (facts.DataEnd < artifact.Length && artifact.Role is not ChildRole.Storage && facts.Streams.All(s => s.Error is null))
        {
            _findings.Add(PickleRules.TrailingData, artifact, facts.DataEnd, $"{artifact.Length - facts.DataEnd:N0} bytes follow the end", null, confidence: Confidence.Medium, effect: Effect.Never);
        }
    }
}
