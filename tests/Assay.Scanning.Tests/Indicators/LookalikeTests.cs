namespace Assay.Scanning.Tests.Indicators;

public sealed class LookalikeTests
{
    [Theory]
    [InlineData("t0rch", "torch")]
    [InlineData("torcch", "torch")]
    [InlineData("troch", "torch")]
    [InlineData("torch\u200b", "torch")]
    [InlineData("t\u043erch", "torch")]
    [InlineData("\u03bfs", "os")]
    [InlineData("\u043fumpy", "numpy")]
    [InlineData("\uff54\uff4f\uff52\uff43\uff48.nn", "torch")]
    [InlineData("\U0001d42d\U0001d428\U0001d42b\U0001d41c\U0001d421", "torch")]
    [InlineData("numpyy", "numpy")]
    [InlineData("numppy.core", "numpy")]
    [InlineData("nurnpy", "numpy")]
    [InlineData("sk1earn.base", "sklearn")]
    [InlineData("sklearm", "sklearn")]
    [InlineData("panda5", "pandas")]
    [InlineData("tensorf1ow", "tensorflow")]
    [InlineData("tensorfIow", "tensorflow")]
    [InlineData("requsts", "requests")]
    [InlineData("bui1tins", "builtins")]
    [InlineData("subproccess", "subprocess")]
    [InlineData("p1ckle", "pickle")]
    [InlineData("safetensor5", "safetensors")]
    public void A_name_that_is_dressed_up_as_a_package_is_named_with_it(string module, string imitated) =>
        Assert.Equal(imitated, CallableTable.LookalikeOf(module));

    [Theory]
    [InlineData("torch")]
    [InlineData("Torch")]
    [InlineData("torch2")]
    [InlineData("torchx")]
    [InlineData("mytorch")]
    [InlineData("transformer")]
    [InlineData("dataset")]
    [InlineData("datasets")]
    [InlineData("tokenizer")]
    [InlineData("accelerator")]
    [InlineData("request")]
    [InlineData("panda")]
    [InlineData("model")]
    [InlineData("models")]
    [InlineData("utils")]
    [InlineData("util")]
    [InlineData("network")]
    [InlineData("trainer")]
    [InlineData("train")]
    [InlineData("__main__")]
    [InlineData("acme")]
    [InlineData("numpyro")]
    [InlineData("scipyx_tools")]
    [InlineData("mod\u00e8les")]
    [InlineData("\u6a21\u578b")]
    [InlineData("")]
    public void A_name_of_its_own_is_none(string module) => Assert.Null(CallableTable.LookalikeOf(module));

    [Fact]
    public void No_known_package_is_taken_for_another()
    {
        foreach (var row in IndicatorRows.Modules.Where(row => row.Kind != "alias"))
            Assert.Null(CallableTable.LookalikeOf(row.Name));
    }

    [Fact]
    public void The_top_level_packages_of_all_listed_names_are_known_or_of_their_own()
    {
        foreach (var row in IndicatorRows.Callables)
            Assert.True(CallableTable.LookalikeOf(row.Module) is null, row.ToString());
    }
}
