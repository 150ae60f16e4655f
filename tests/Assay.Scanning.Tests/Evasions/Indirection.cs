using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Calls by way of innocent helpers, and names resolved by functions; each with a twin that uses the helper honestly.</summary>
public sealed class Indirection
{
    private const string Command = PickleSamples.Command;
    private static readonly PyGlobal System = new("os", "system");
    private static readonly PyGlobal Int = new("builtins", "int");

    public static TheoryData<string, byte[], string> Hostile() => new()
    {
        { "getattr of an imported module", PickleBuilder.Of(4).Global("builtins", "getattr").Mark().Call("importlib", "import_module", "os").Value("system").Tuple().Reduce().Arguments(Command).Reduce().Stop(), "system" },
        { "getattr of __import__", PickleBuilder.Of(2).Global("__builtin__", "getattr").Mark().Call("__builtin__", "__import__", "os").Value("popen").Tuple().Reduce().Arguments(Command).Reduce().Stop(), "popen" },
        { "getattr of a gateway", PickleBuilder.Of(2).Call("builtins", "getattr", new PyGlobal("torch", "os"), "system").Arguments(Command).Reduce().Stop(), "system" },
        { "partial", PickleBuilder.Of(2).Call("functools", "partial", System, Command).EmptyTuple().Reduce().Stop(), "system" },
        { "partial of partial", PickleBuilder.Of(2).Global("functools", "partial").Mark().Call("functools", "partial", System).Value(Command).Tuple().Reduce().EmptyTuple().Reduce().Stop(), "system" },
        { "partial by NEWOBJ, called", PickleBuilder.Of(2).Global("functools", "partial").Arguments(System, Command).NewObj().EmptyTuple().Reduce().Stop(), "system" },
        { "map in a list", PickleBuilder.Of(2).Global("builtins", "list").Mark().Call("builtins", "map", System, new List<object> { Command }).Tuple().Reduce().Stop(), "system" },
        { "imap of Python 2", PickleBuilder.Of(2).Global("__builtin__", "list").Mark().Call("itertools", "imap", System, new List<object> { Command }).Tuple().Reduce().Stop(), "system" },
        { "filter in a tuple", PickleBuilder.Of(2).Global("builtins", "tuple").Mark().Call("builtins", "filter", System, new List<object> { Command }).Tuple().Reduce().Stop(), "system" },
        { "starmap", PickleBuilder.Of(2).Global("builtins", "list").Mark().Call("itertools", "starmap", System, new List<object> { new object[] { Command } }).Tuple().Reduce().Stop(), "system" },
        { "reduce", PickleBuilder.Of(2).Call("functools", "reduce", new PyGlobal("builtins", "exec"), new List<object> { PickleSamples.Source, new Dictionary<string, object>() }).Stop(), "exec" },
        { "methodcaller", PickleBuilder.Of(2).Call("operator", "methodcaller", "system", Command).Mark().Call("importlib", "import_module", "os").Tuple().Reduce().Stop(), "system" },
        { "attrgetter", PickleBuilder.Of(2).Call("operator", "attrgetter", "system").Mark().Call("importlib", "import_module", "os").Tuple().Reduce().Arguments(Command).Reduce().Stop(), "system" },
        { "operator.call", PickleBuilder.Of(2).Call("operator", "call", System, Command).Stop(), "system" },
        { "apply of Python 2", PickleBuilder.Of(2).Call("__builtin__", "apply", System, new object[] { Command }).Stop(), "system" },
        { "copyreg.__newobj__", PickleBuilder.Of(2).Call("copyreg", "__newobj__", new PyGlobal("subprocess", "Popen"), Command).Stop(), "Popen" },
        { "copy._reconstruct", PickleBuilder.Of(2).Call("copy", "_reconstruct", null, null, System, new object[] { Command }).Stop(), "system" },
        { "_rebuild_from_type_v2", PickleBuilder.Of(2).Call("torch._tensor", "_rebuild_from_type_v2", System, new PyGlobal("torch", "Tensor"), new object[] { Command }, new Dictionary<string, object>()).Stop(), "system" },
        { "pkgutil.resolve_name", PickleBuilder.Of(2).Call("pkgutil", "resolve_name", "os:system").Arguments(Command).Reduce().Stop(), "system" },
        { "pydoc.locate", PickleBuilder.Of(2).Call("pydoc", "locate", "os.system").Arguments(Command).Reduce().Stop(), "system" },
        { "_ufunc_reconstruct", PickleBuilder.Of(2).Call("numpy.core", "_ufunc_reconstruct", "os", "system").Arguments(Command).Reduce().Stop(), "system" },
        { "filled default factory", PickleBuilder.Of(2).Call("functools", "partial", new PyGlobal("builtins", "eval"), PickleSamples.Source).EmptyTuple().Reduce().Stop(), "eval" },
    };

    public static TheoryData<string, byte[]> Honest() => new()
    {
        { "partial of int", PickleBuilder.Of(2).Call("functools", "partial", Int).Stop() },
        { "partial of a layer", PickleBuilder.Of(2).Call("functools", "partial", new PyGlobal("torch.nn.modules.normalization", "LayerNorm")).Stop() },
        { "itemgetter", PickleBuilder.Of(2).Call("operator", "itemgetter", 1).Stop() },
        { "attrgetter", PickleBuilder.Of(2).Call("operator", "attrgetter", "shape").Stop() },
        { "member of an enumeration by name", PickleBuilder.Of(2).EmptyDict().Value("lr_scheduler_type").Call("builtins", "getattr", new PyGlobal("transformers.trainer_utils", "SchedulerType"), "LINEAR").SetItem().Stop() },
        { "map of int in a list", PickleBuilder.Of(2).Global("builtins", "list").Mark().Call("builtins", "map", Int, new List<object> { "1" }).Tuple().Reduce().Stop() },
        { "ufunc", PickleBuilder.Of(2).Call("numpy.core", "_ufunc_reconstruct", "numpy", "log1p").Stop() },
        { "reconstructor", PickleBuilder.Of(2).Call("copyreg", "_reconstructor", new PyGlobal("collections", "OrderedDict"), new PyGlobal("builtins", "dict"), new Dictionary<string, object>()).Stop() },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_helper_that_calls_a_dangerous_function_is_malicious(string way, byte[] bytes, string words)
    {
        Assert.NotEmpty(way);
        ScanAssert.Malicious(bytes, words);
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void A_helper_with_an_honest_argument_is_clean(string way, byte[] bytes)
    {
        Assert.NotEmpty(way);
        ScanAssert.Clean(bytes);
    }

    [Fact]
    public void A_method_bound_to_an_own_object_is_only_a_note()
    {
        var report = ScanAssert.Clean(
            PickleBuilder.Of(2).Global("torch.nn.modules.linear", "Linear").EmptyTuple().NewObj().BinPut(1)
                .EmptyDict().Value("forward").Global("__builtin__", "getattr").Mark().BinGet(1).Value("forward_fuse").Tuple().Reduce().SetItem().Build().Stop());
        Assert.DoesNotContain(report.Findings, f => f.Severity >= Severity.Medium);
    }

    [Fact]
    public void A_dunder_of_an_own_object_is_no_note() =>
        ScanAssert.Suspicious(
            PickleBuilder.Of(2).Global("torch.nn.modules.linear", "Linear").EmptyTuple().NewObj().BinPut(1)
                .Global("__builtin__", "getattr").Mark().BinGet(1).Value("__globals__").Tuple().Reduce().Stop(),
            "__globals__");

    [Fact]
    public void Known_loaders_of_paths_and_addresses_are_reported()
    {
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("torch", "load", "http://model.invalid/a.pt").Stop(), "load");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("joblib", "load", "/tmp/a.joblib").Stop(), "load");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("numpy", "load", "/tmp/a.npy", null, true).Stop(), "load");
    }

    [Fact]
    public void Unknown_functions_are_graded_by_use()
    {
        ScanAssert.NotAccused(PickleBuilder.Of(2).Global("acme.models", "Classifier").EmptyTuple().NewObj().Value(new Dictionary<string, object> { ["w"] = 1.5 }).Build().Stop());
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("acme.helpers", "prepare", Command).Stop(), "prepare");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("mailbox", "Maildir", "/tmp/assay").Stop(), "Maildir");
    }

    [Fact]
    public void A_trusted_module_of_the_operator_is_no_longer_unknown()
    {
        var bytes = PickleBuilder.Of(2).Call("acme.helpers", "prepare", Command).Stop();
        var report = ScanAssert.Scan(bytes, options: new ScanOptions { TrustedModules = ["acme"] });
        Assert.Equal(Verdict.Clean, report.Verdict);
    }

    [Fact]
    public void A_module_that_lies_beside_the_file_is_reported()
    {
        var bytes = PickleBuilder.Of(2).Call("loader", "start", "x").Stop();
        var report = ScanAssert.Scan(bytes, siblings: ["loader"]);
        Assert.True(report.Verdict >= Verdict.Suspicious, ScanAssert.Describe(report));
        ScanAssert.HasRule(report, "PKL-033");
    }
}
