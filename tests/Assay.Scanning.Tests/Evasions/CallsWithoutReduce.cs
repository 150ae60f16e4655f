using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Things that run or change the program without the instruction that everybody looks at.</summary>
public sealed class CallsWithoutReduce
{
    private const string Command = PickleSamples.Command;

    [Fact]
    public void Writing_into_the_environment_is_malicious()
    {
        var report = ScanAssert.Malicious(PickleBuilder.Of(2).Global("os", "environ").Value("LD_PRELOAD").Value("/tmp/assay.so").SetItem().Stop(), "environ");
        ScanAssert.HasRule(report, "PKL-014");
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("os", "environ").Mark().Value("https_proxy").Value("http://192.0.2.1").SetItems().Stop(), "environ");
        ScanAssert.Clean(PickleBuilder.Of(2).Global("collections", "OrderedDict").EmptyTuple().Reduce().Value("LD_PRELOAD").Value("/tmp/assay.so").SetItem().Stop());
    }

    [Fact]
    public void Replacing_a_module_is_malicious() =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("sys", "modules").Value("json").Global("os", "path").SetItem().Stop(), "sys.modules|modules");

    [Fact]
    public void Extending_the_import_path_is_malicious()
    {
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("sys", "path").Value("/tmp/assay").Append().Stop(), "sys.path|path");
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("sys", "path").Mark().Value("/tmp/assay").Appends().Stop(), "sys.path|path");
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("sys", "meta_path").Global("acme", "Finder").Append().Stop(), "meta_path");
        ScanAssert.Clean(PickleBuilder.Of(2).EmptyList().Value("/tmp/assay").Append().Stop());
    }

    [Fact]
    public void Adding_to_an_imported_object_is_reported()
    {
        ScanAssert.Suspicious(PickleBuilder.Of(4).Global("gc", "callbacks").Mark().Global("os", "system").AddItems().Stop(), "callbacks|system");
        ScanAssert.Clean(PickleBuilder.Of(4).EmptySet().Mark().Value("a").AddItems().Stop());
    }

    [Fact]
    public void State_set_on_an_imported_class_is_malicious()
    {
        ScanAssert.Malicious(
            PickleBuilder.Of(2).Global("torch.nn", "Module").Arguments(null, new Dictionary<string, object> { ["forward"] = new PyGlobal("os", "system") }).Build().Stop(), "Module");
        ScanAssert.Clean(
            PickleBuilder.Of(2).Global("torch.nn.modules.linear", "Linear").EmptyTuple().NewObj().Value(new Dictionary<string, object> { ["training"] = false }).Build().Stop());
    }

    [Fact]
    public void An_iterator_that_new_consumes_is_a_call()
    {
        foreach (var consumer in new[] { "tuple", "frozenset", "bytes" })
        {
            ScanAssert.Malicious(
                PickleBuilder.Of(2).Global("builtins", consumer).Mark()
                    .Global("builtins", "map").Arguments(new PyGlobal("os", "system"), new List<object> { Command }).NewObj().Tuple().NewObj().Stop(),
                "system");
        }

        ScanAssert.Clean(PickleBuilder.Of(2).Global("builtins", "tuple").Arguments(new List<object> { 1, 2 }).NewObj().Stop());
    }

    [Fact]
    public void A_class_built_on_load_is_reported()
    {
        ScanAssert.Suspicious(
            PickleBuilder.Of(2).Global("builtins", "type").Arguments("A", Array.Empty<object>(), new Dictionary<string, object> { ["__del__"] = new PyGlobal("os", "system") }).NewObj().Stop(), "type");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("builtins", "type", "A", Array.Empty<object>(), new Dictionary<string, object> { ["run"] = new PyGlobal("os", "system") }).Stop(), "type");
    }

    [Fact]
    public void A_callable_prepared_for_later_is_reported()
    {
        ScanAssert.Suspicious(PickleBuilder.Of(2).Global("functools", "partial").Arguments(new PyGlobal("os", "system"), Command).NewObj().Stop(), "system");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("operator", "methodcaller", "system", Command).Stop(), "system");
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("collections", "defaultdict", new PyGlobal("subprocess", "getoutput")).Stop(), "getoutput");
    }

    [Fact]
    public void A_memory_map_opened_for_writing_is_reported() =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Global("numpy", "memmap").Arguments("/tmp/assay.bin", "uint8", "w+").NewObj().Stop(), "memmap");

    [Fact]
    public void Keyword_arguments_of_NEWOBJ_EX_are_seen() =>
        ScanAssert.Suspicious(
            PickleBuilder.Of(4).Global("subprocess", "Popen").EmptyTuple().Value(new Dictionary<string, object> { ["args"] = Command }).NewObjEx().Stop(), "Popen");

    [Fact]
    public void An_import_alone_is_reported()
    {
        var report = ScanAssert.Suspicious(PickleBuilder.Of(2).EmptyDict().Value("hook").Global("os", "system").SetItem().Stop(), "system");
        ScanAssert.HasRule(report, "PKL-009");
        ScanAssert.Clean(PickleBuilder.Of(2).EmptyDict().Value("hook").Global("builtins", "len").SetItem().Stop());
    }

    [Fact]
    public void A_call_in_a_persistent_id_runs_as_well() =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("os", "system", Command).BinPersId().Stop(), "system");

    [Fact]
    public void A_call_whose_result_is_thrown_away_runs_as_well() =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("os", "system", Command).Pop().EmptyDict().Stop(), "system");

    [Fact]
    public void Dangerous_constructors_in_state_and_keys_are_seen()
    {
        ScanAssert.Malicious(PickleBuilder.Of(2).EmptyDict().Call("os", "system", Command).None().SetItem().Stop(), "system");
        ScanAssert.Malicious(
            PickleBuilder.Of(2).Global("collections", "OrderedDict").EmptyTuple().Reduce().EmptyDict().Value("x").Call("os", "system", Command).SetItem().Build().Stop(), "system");
    }

    [Fact]
    public void Dill_hands_out_the_dictionary_of_the_main_module() =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Global("__builtin__", "__main__").Value("run").Global("os", "system").SetItem().Stop(), "system|__main__");

    [Theory]
    [InlineData("os.system", "posix", "system")]
    [InlineData("popen", "os", "popen")]
    [InlineData("spawn", "pty", "spawn")]
    public void Any_name_with_Storage_is_a_storage_only_for_PyTorch(string words, string module, string name) =>
        ScanAssert.Malicious(TorchBuilder.Zip(PickleBuilder.Of(2).Call(module, name, Command).Stop()), words.Split('.')[^1], "m.pt");
}
