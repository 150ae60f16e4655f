using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Ways to import and call one and the same function; each with a twin that spells an innocent name in the same way.</summary>
public sealed class ImportSpellings
{
    private const string Command = PickleSamples.Command;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_reduce_of_os_system_is_malicious_at_every_protocol(int protocol)
    {
        ScanAssert.Malicious(PickleSamples.System(protocol), "os.system");
        ScanAssert.Clean(PickleBuilder.Of(protocol).Call("builtins", "int", "7").Stop());
    }

    [Theory]
    [InlineData("os")]
    [InlineData("posix")]
    [InlineData("nt")]
    public void The_function_is_known_under_the_names_of_all_platforms(string module) =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Call(module, "system", Command).Stop(), "system");

    [Fact]
    public void A_name_from_the_stack_is_followed()
    {
        ScanAssert.Malicious(PickleBuilder.Of(4).StackCall("os", "system", Command).Stop(), "os.system");
        ScanAssert.Clean(PickleBuilder.Of(4).StackCall("collections", "OrderedDict").Stop());
    }

    [Fact]
    public void A_name_from_the_stack_works_without_a_protocol() =>
        ScanAssert.Malicious(PickleBuilder.Of(0).BinUnicode("os").BinUnicode("system").StackGlobal().Arguments(Command).Reduce().Stop(), "os.system");

    [Fact]
    public void INST_imports_and_calls_in_one_step()
    {
        ScanAssert.Malicious(PickleBuilder.Of(0).Mark().Unicode(Command).Inst("os", "system").Stop(), "os.system");
        ScanAssert.Clean(PickleBuilder.Of(0).Mark().Inst("collections", "OrderedDict").Stop());
    }

    [Fact]
    public void OBJ_calls_any_callable_and_not_only_classes()
    {
        ScanAssert.Malicious(PickleBuilder.Of(1).Mark().Global("os", "system").BinUnicode(Command).Obj().Stop(), "os.system");
        ScanAssert.Clean(PickleBuilder.Of(1).Mark().Global("collections", "OrderedDict").Obj().Stop());
    }

    [Fact]
    public void Memo_slots_may_be_filled_out_of_order()
    {
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Value("system").BinPut(9).Pop().Value("torch").BinPut(2).Value("os").BinPut(2).Pop().Pop()
                .BinGet(2).BinGet(9).StackGlobal().Arguments(Command).Reduce().Stop(),
            "os.system");
        ScanAssert.Clean(
            PickleBuilder.Of(4).Value("OrderedDict").BinPut(9).Pop().Value("os").BinPut(2).Value("collections").BinPut(2).Pop().Pop()
                .BinGet(2).BinGet(9).StackGlobal().EmptyTuple().Reduce().Stop());
    }

    [Fact]
    public void MEMOIZE_counts_filled_slots_and_not_its_own_uses() =>
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Value("os").BinPut(7).Pop().Value("system").Memoize().Pop().BinGet(7).BinGet(1).StackGlobal().Arguments(Command).Reduce().Stop(),
            "os.system");

    [Theory]
    [InlineData("g7")]
    [InlineData("g 7")]
    [InlineData("g+7")]
    [InlineData("g0_7")]
    public void A_memo_index_may_be_written_with_spaces_sign_and_underscore(string get) =>
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Value("os").BinPut(7).Pop().Raw(get + "\n").Value("system").StackGlobal().Arguments(Command).Reduce().Stop(),
            "os.system");

    [Fact]
    public void DUP_and_POP_do_not_confuse_the_stack() =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Global("os", "system").Dup().Pop().Mark().Value("x").PopMark().Arguments(Command).Reduce().Stop(), "os.system");

    [Fact]
    public void Names_may_be_spelt_by_any_string_opcode()
    {
        string[] modules = [@"'\x6f\x73'", "\"os\""];
        foreach (var module in modules)
            ScanAssert.Malicious(PickleBuilder.Of(4).String(module).BinString("system").StackGlobal().Arguments(Command).Reduce().Stop(), "os.system");
        ScanAssert.Malicious(PickleBuilder.Of(4).Unicode(@"\u006f\u0073").Unicode(@"sys\u0074em").StackGlobal().Arguments(Command).Reduce().Stop(), "os.system");
        ScanAssert.Malicious(PickleBuilder.Of(4).ShortBinString("os").BinUnicode8("system").StackGlobal().Arguments(Command).Reduce().Stop(), "os.system");
        ScanAssert.Clean(PickleBuilder.Of(4).String(@"'\x63ollections'").BinString("OrderedDict").StackGlobal().EmptyTuple().Reduce().Stop());
    }

    [Fact]
    public void A_name_computed_by_rot13_is_unfolded() =>
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Call("_codecs", "decode", PickleSamples.Rot13("os"), "rot13").Call("_codecs", "decode", PickleSamples.Rot13("system"), "rot13")
                .StackGlobal().Arguments(Command).Reduce().Stop(),
            "os.system");

    [Fact]
    public void A_name_computed_by_join_is_unfolded()
    {
        var letters = "system".Select(c => c.ToString()).ToList();
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Value("os").StackCall("builtins", "str.join", "", letters).StackGlobal().Arguments(Command).Reduce().Stop(), "os.system");
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Value("os").StackGlobal("builtins", "getattr").Arguments("", "join").Reduce().Arguments(letters).Reduce().StackGlobal().Arguments(Command).Reduce().Stop(),
            "system");
    }

    [Fact]
    public void A_name_that_stays_unknown_is_reported()
    {
        var report = ScanAssert.Suspicious(
            PickleBuilder.Of(4).Value("os").Call("somewhere", "pick", 3).StackGlobal().Arguments(Command).Reduce().Stop(), "");
        ScanAssert.HasRule(report, "PKL-011");
    }

    [Fact]
    public void Dotted_names_walk_through_reexported_modules()
    {
        ScanAssert.Malicious(PickleBuilder.Of(4).StackCall("argparse", "_os.system", Command).Stop(), "system");
        ScanAssert.Malicious(PickleBuilder.Of(4).StackCall("torch.serialization", "os.system", Command).Stop(), "system");
        ScanAssert.Malicious(PickleBuilder.Of(4).StackCall("enum", "bltns.exec", PickleSamples.Source).Stop(), "exec");
        ScanAssert.Malicious(PickleBuilder.Of(4).Global("shutil", "os.system").Arguments(Command).Reduce().Stop(), "system");
        ScanAssert.Clean(PickleBuilder.Of(4).StackGlobal("collections", "OrderedDict.fromkeys").Arguments("ab").Reduce().Stop());
    }

    [Fact]
    public void Dunder_traversal_is_reported() =>
        ScanAssert.Suspicious(PickleBuilder.Of(4).StackGlobal("torch.nn", "Module.__init__.__globals__").Stop(), "__globals__");

    [Fact]
    public void The_current_protocol_decides_on_mapping_and_dots()
    {
        ScanAssert.Malicious(PickleBuilder.Of(0).Call("__builtin__", "eval", PickleSamples.Source).Stop(), "eval");
        ScanAssert.Malicious(PickleBuilder.Of(2).Proto(4).Proto(1).Proto(4).StackCall("argparse", "_os.system", Command).Stop(), "system");
    }

    [Theory]
    [InlineData("__builtin__", "eval", "eval")]
    [InlineData("__builtin__", "execfile", "exec")]
    [InlineData("commands", "getoutput", "getoutput")]
    [InlineData("cPickle", "loads", "loads")]
    [InlineData("urllib2", "urlopen", "urlopen")]
    [InlineData("httplib", "HTTPConnection", "HTTPConnection")]
    public void Names_of_Python_2_are_mapped(string module, string name, string words) =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call(module, name, "http://192.0.2.1/assay").Stop(), words);

    [Fact]
    public void An_honest_Python_2_name_is_mapped_as_well()
    {
        ScanAssert.Clean(PickleBuilder.Of(2).Call("copy_reg", "_reconstructor", new PyGlobal("__builtin__", "object"), new PyGlobal("__builtin__", "object"), null).Stop());
        ScanAssert.Clean(PickleBuilder.Of(2).Call("__builtin__", "set", new List<object> { 1, 2 }).Stop());
        ScanAssert.Clean(PickleBuilder.Of(2).Call("exceptions", "ValueError", "bad").Stop());
    }

    [Fact]
    public void An_extension_code_is_followed_to_its_registration()
    {
        var report = ScanAssert.Malicious(
            PickleBuilder.Of(2).Call("copyreg", "add_extension", "os", "system", 240).Pop().Ext1(240).Arguments(Command).Reduce().Stop(), "system");
        ScanAssert.HasRule(report, "PKL-018");
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("copyreg", "add_extension", "os", "system", 1000).Pop().Ext2(1000).Arguments(Command).Reduce().Stop(), "system");
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("copyreg", "add_extension", "os", "system", 100000).Pop().Ext4(100000).Arguments(Command).Reduce().Stop(), "system");
    }

    [Fact]
    public void An_extension_code_of_another_file_is_reported() =>
        ScanAssert.HasRule(ScanAssert.Suspicious(PickleBuilder.Of(2).Ext1(7).Arguments(Command).Reduce().Stop(), ""), "PKL-018");

    [Fact]
    public void Names_outside_ASCII_are_read_as_UTF_8() =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call("modulé", "fonction", Command).Stop(), "modul\u00e9|modul");

    [Fact]
    public void A_backslash_in_a_global_is_a_backslash() =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Call(@"\x6fs", "system", Command).Stop(), "system");

    [Fact]
    public void A_lookalike_of_a_known_module_is_no_known_module() =>
        ScanAssert.NotClean(PickleBuilder.Of(2).Call("t0rch._utils", "_rebuild_tensor_v2", Command).Stop());
}
