namespace Assay.Scanning.Tests.Indicators;

public sealed class CallableTableTests
{
    private static readonly string[] Classes = ["dangerous", "gated", "safe", "safe-pattern"];
    private static readonly string[] Kinds = ["alias", "dangerous", "imitated", "package", "stdlib"];

    private static readonly string[] CapabilityWords =
        ["EXEC", "PROC", "IMPORT", "INVOKE", "INTRO", "DESER", "NATIVE", "NET", "FWRITE", "FDEL", "FREAD", "INSTALL"];

    [Fact]
    public void Tables_are_sorted_without_duplicates_and_plain_ASCII()
    {
        Assert.All(new[] { IndicatorRows.CallableLines, IndicatorRows.ModuleLines }, lines =>
        {
            Assert.Equal(lines.Skip(1).Order(StringComparer.Ordinal), lines.Skip(1));
            Assert.All(lines, line => Assert.True(System.Text.Ascii.IsValid(line), line));
        });
        Assert.Equal(IndicatorRows.Callables.Count, IndicatorRows.Callables.DistinctBy(row => (row.Module, row.Name)).Count());
        Assert.Equal(IndicatorRows.Modules.Count, IndicatorRows.Modules.DistinctBy(row => (row.Name, row.Kind)).Count());
    }

    [Fact]
    public void Every_row_says_why_and_shows_a_sample()
    {
        Assert.All(IndicatorRows.Callables, row =>
        {
            Assert.Contains(row.Class, Classes);
            Assert.False(string.IsNullOrWhiteSpace(row.Reason), row.ToString());
            Assert.True(PythonLiteral.WriteTuple(row.Sample, new Assay.Testing.PickleBuilder()), $"{row}: {row.Sample}");
            Assert.All(Words(row.Capability), word => Assert.Contains(word, CapabilityWords));
            Assert.True(row.Class.StartsWith("safe", StringComparison.Ordinal) == (row.Capability.Length == 0), row.ToString());
        });
        Assert.All(IndicatorRows.Modules, row =>
        {
            Assert.Contains(row.Kind, Kinds);
            Assert.False(string.IsNullOrWhiteSpace(row.Reason), row.Name);
            Assert.All(Words(row.Capability), word => Assert.Contains(word, CapabilityWords));
            Assert.Equal(row.Kind == "dangerous", row.Capability.Length > 0);
        });
    }

    [Fact]
    public void Every_row_is_found_and_grades_as_it_says()
    {
        foreach (var row in IndicatorRows.Callables.Where(row => !row.Module.EndsWith('*')))
        {
            var grade = CallableTable.Grade(row.Module, row.Name, []);

            Assert.True(grade.Class.ToString() == (row.Class switch { "dangerous" => "Dangerous", "gated" => "Gated", _ => "Safe" }), $"{row}: {grade}");
            Assert.Equal(row.Reason, grade.Reason);
            Assert.Equal($"{row.Module}.{row.Name}", grade.Matched);
            Assert.False(grade.ByModule);
        }
    }

    [Fact]
    public void Every_dangerous_module_makes_its_names_and_submodules_dangerous()
    {
        foreach (var row in IndicatorRows.Modules.Where(row => row.Kind == "dangerous"))
        {
            var name = CallableTable.Grade(row.Name, "assay_never_heard_of", []);
            var inner = CallableTable.Grade(row.Name + ".assay_never_heard_of", "assay_never_heard_of", []);

            Assert.Equal((NameClass.Dangerous, true), (name.Class, name.ByModule));
            Assert.Equal((NameClass.Dangerous, true), (inner.Class, inner.ByModule));
            Assert.NotEqual(Capabilities.None, name.Capabilities);
        }
    }

    [Fact]
    public void No_safe_name_belongs_to_a_dangerous_class()
    {
        var dangerous = IndicatorRows.Callables.Where(row => row.Class == "dangerous").Select(row => (row.Module, row.Name)).ToHashSet();

        foreach (var row in IndicatorRows.Callables.Where(row => row.Class == "safe"))
        {
            for (var dot = row.Name.LastIndexOf('.'); dot > 0; dot = row.Name.LastIndexOf('.', dot - 1))
                Assert.DoesNotContain((row.Module, row.Name[..dot]), dangerous);
        }
    }

    [Fact]
    public void Aliases_lead_to_modules_that_are_no_aliases()
    {
        var aliases = IndicatorRows.Modules.Where(row => row.Kind == "alias").ToDictionary(row => row.Name, row => row.Reason);

        Assert.All(aliases.Values, target => Assert.False(aliases.ContainsKey(target), target));
    }

    [Theory]
    [InlineData("os", "system", Capabilities.Process)]
    [InlineData("posix", "system", Capabilities.Process)]
    [InlineData("nt", "system", Capabilities.Process)]
    [InlineData("subprocess", "Popen", Capabilities.Process)]
    [InlineData("builtins", "exec", Capabilities.Execute)]
    [InlineData("__builtin__", "eval", Capabilities.Execute)]
    [InlineData("__builtin__", "execfile", Capabilities.Execute)]
    [InlineData("__builtin__", "apply", Capabilities.Invoke)]
    [InlineData("pip", "main", Capabilities.Install)]
    [InlineData("pip._internal.cli.main", "main", Capabilities.Install)]
    [InlineData("ctypes", "CDLL", Capabilities.Native)]
    [InlineData("importlib", "import_module", Capabilities.Import)]
    [InlineData("pkgutil", "resolve_name", Capabilities.Import)]
    [InlineData("socket", "socket", Capabilities.Network)]
    [InlineData("urllib.request", "urlopen", Capabilities.Network)]
    [InlineData("urllib2", "urlopen", Capabilities.Network)]
    [InlineData("shutil", "rmtree", Capabilities.FileDelete)]
    [InlineData("builtins", "open", Capabilities.FileWrite)]
    [InlineData("os", "getenv", Capabilities.FileRead)]
    [InlineData("pickle", "loads", Capabilities.Deserialize)]
    [InlineData("cPickle", "loads", Capabilities.Deserialize)]
    [InlineData("numpy.testing._private.utils", "runstring", Capabilities.Execute)]
    [InlineData("asyncio.unix_events", "_UnixSubprocessTransport._start", Capabilities.Process)]
    [InlineData("imaplib", "IMAP4_stream", Capabilities.Process)]
    [InlineData("torch.hub", "load", Capabilities.Import)]
    [InlineData("torch.utils.cpp_extension", "load_inline", Capabilities.Native)]
    [InlineData("commands", "getoutput", Capabilities.Process)]
    public void The_well_known_ways_to_do_harm_are_dangerous(string module, string name, Capabilities capability)
    {
        var grade = CallableTable.Grade(module, name, []);

        Assert.Equal(NameClass.Dangerous, grade.Class);
        Assert.True(grade.Capabilities.HasFlag(capability), grade.ToString());
    }

    [Theory]
    [InlineData("subprocess", "Popen.communicate", "subprocess.Popen")]
    [InlineData("code", "InteractiveConsole.push", "code.InteractiveConsole")]
    [InlineData("zipfile", "ZipFile.namelist", "zipfile.ZipFile")]
    public void A_method_can_do_what_its_class_can(string module, string name, string matched)
    {
        var grade = CallableTable.Grade(module, name, []);

        Assert.Equal((NameClass.Dangerous, matched), (grade.Class, grade.Matched));
    }

    [Theory]
    [InlineData("os", "path.os.system")]
    [InlineData("posixpath", "os.system")]
    [InlineData("os.path", "os.system")]
    [InlineData("argparse", "_os.system")]
    [InlineData("collections", "_sys.modules")]
    [InlineData("enum", "bltns.eval")]
    [InlineData("torch._utils", "os.system")]
    [InlineData("torch", "os")]
    [InlineData("numpy", "os.popen")]
    [InlineData("torch.serialization", "shutil.rmtree")]
    [InlineData("logging", "os.path.os.execv")]
    [InlineData("collections", "OrderedDict.__init__.__globals__")]
    [InlineData("torch.nn.modules.linear", "Linear.__init__.__globals__")]
    [InlineData("builtins", "object.__subclasses__")]
    [InlineData("builtins", "str.__class__.__mro__")]
    [InlineData("acme.models", "Net.forward.__globals__")]
    [InlineData("acme.models", "helpers.subprocess.run")]
    [InlineData("sklearn.base", "importlib.import_module")]
    [InlineData("a", "b.c.d.e.f.g.h.i.j.k.l.m.n.o.p")]
    public void A_path_that_arrives_at_something_dangerous_is_dangerous(string module, string name) =>
        Assert.Equal(NameClass.Dangerous, CallableTable.Grade(module, name, []).Class);

    [Theory]
    [InlineData("os", "path.os.system", "os.system")]
    [InlineData("argparse", "_os.system", "os.system")]
    [InlineData("torch.serialization", "shutil.rmtree", "shutil.rmtree")]
    public void A_path_names_what_it_arrives_at(string module, string name, string matched) =>
        Assert.Equal((matched, false), (CallableTable.Grade(module, name, []).Matched, CallableTable.Grade(module, name, []).ByModule));

    [Theory]
    [InlineData("collections", "OrderedDict", NameClass.Safe)]
    [InlineData("torch._utils", "_rebuild_tensor_v2", NameClass.Safe)]
    [InlineData("torch", "FloatStorage", NameClass.Safe)]
    [InlineData("numpy.core.multiarray", "_reconstruct", NameClass.Safe)]
    [InlineData("numpy._core.multiarray", "_reconstruct", NameClass.Safe)]
    [InlineData("numpy.random._pickle", "__randomstate_ctor", NameClass.Safe)]
    [InlineData("pandas._libs.internals", "_unpickle_block", NameClass.Safe)]
    [InlineData("sklearn._loss._loss", "__pyx_unpickle_CyHalfBinomialLoss", NameClass.Safe)]
    [InlineData("sklearn.metrics._dist_metrics", "newObj", NameClass.Safe)]
    [InlineData("copy_reg", "_reconstructor", NameClass.Safe)]
    [InlineData("functools", "partial", NameClass.Gated)]
    [InlineData("builtins", "getattr", NameClass.Gated)]
    [InlineData("__builtin__", "getattr", NameClass.Gated)]
    [InlineData("exceptions", "ValueError", NameClass.Safe)]
    [InlineData("builtins", "str.join", NameClass.Safe)]
    [InlineData("builtins", "dict.fromkeys", NameClass.Safe)]
    [InlineData("sklearn.ensemble._forest", "RandomForestClassifier", NameClass.Safe)]
    [InlineData("sklearn.a_module_of_tomorrow", "Estimator", NameClass.SafePattern)]
    [InlineData("ultralytics.nn.modules.block", "C3k2", NameClass.SafePattern)]
    [InlineData("transformers.models.llama.modeling_llama", "LlamaForCausalLM", NameClass.SafePattern)]
    [InlineData("torch.nn.modules.conv", "_ConvNd", NameClass.SafePattern)]
    [InlineData("xgboost.sklearn", "XGBClassifier", NameClass.Safe)]
    [InlineData("langchain_community.docstore.in_memory", "InMemoryDocstore", NameClass.Safe)]
    [InlineData("__main__", "Net", NameClass.Unknown)]
    [InlineData("acme.models", "Net", NameClass.Unknown)]
    [InlineData("acme.models", "build", NameClass.Unknown)]
    [InlineData("sklearn.a_module_of_tomorrow", "estimate", NameClass.Unknown)]
    [InlineData("sklearn.a_module_of_tomorrow", "RemoteShell", NameClass.Unknown)]
    [InlineData("statistics", "harmonic_mean", NameClass.UnknownStandardLibrary)]
    [InlineData("ntpath", "commonpath", NameClass.UnknownStandardLibrary)]
    [InlineData("", "", NameClass.Unknown)]
    [InlineData("a", "..", NameClass.Unknown)]
    [InlineData("a", "b.", NameClass.Unknown)]
    public void Names_of_honest_files_are_told_from_the_rest(string module, string name, NameClass expected) =>
        Assert.Equal(expected, CallableTable.Grade(module, name, []).Class);

    [Fact]
    public void The_operators_own_modules_are_safe_and_stay_within_bounds()
    {
        string[] trusted = ["acme.models"];

        Assert.Equal(NameClass.Safe, CallableTable.Grade("acme.models", "Net", trusted).Class);
        Assert.Equal(NameClass.Safe, CallableTable.Grade("acme.models.vision", "build", trusted).Class);
        Assert.Equal(NameClass.Unknown, CallableTable.Grade("acme.modelsx", "Net", trusted).Class);
        Assert.Equal(NameClass.Dangerous, CallableTable.Grade("acme.models", "os.system", trusted).Class);
        Assert.Equal(NameClass.Dangerous, CallableTable.Grade("os", "system", ["os"]).Class);
    }

    [Fact]
    public void A_name_that_was_graded_before_grades_the_same_for_others()
    {
        Assert.Equal(NameClass.Safe, CallableTable.Grade("acme.cached", "Net", ["acme"]).Class);
        Assert.Equal(NameClass.Unknown, CallableTable.Grade("acme.cached", "Net", []).Class);
    }

    [Theory]
    [InlineData("os", true)]
    [InlineData("os.path", true)]
    [InlineData("urllib2", true)]
    [InlineData("_pyrepl.pager", true)]
    [InlineData("annotationlib", true)]
    [InlineData("numpy", false)]
    [InlineData("acme", false)]
    public void The_standard_library_is_known_from_Python_2_to_3_14(string module, bool expected) =>
        Assert.Equal(expected, CallableTable.IsStandardLibrary(module));

    private static string[] Words(string capability) => capability.Length == 0 ? [] : capability.Split('+');
}
