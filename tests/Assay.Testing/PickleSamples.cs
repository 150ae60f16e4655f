using System.Text;

namespace Assay.Testing;

/// <summary>One named stream or file.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Hostile">Whether loading it does something that nobody asked for.</param>
/// <param name="Names">What an explanation has to mention; empty where nothing.</param>
public sealed record PickleSample(string Name, byte[] Bytes, bool Hostile, string Names = "")
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Named streams that tests and fuzzing start from. Payloads only echo; hosts are reserved ones; nothing here is ever loaded.</summary>
public static class PickleSamples
{
    /// <summary>The command of all samples.</summary>
    public const string Command = "echo assay";

    /// <summary>The source text of all samples.</summary>
    public const string Source = "print('assay')";

    /// <summary><c>os.system('echo assay')</c> by GLOBAL and REDUCE.</summary>
    public static byte[] System(int protocol = 2) => PickleBuilder.Of(protocol).Call("os", "system", Command).Stop();

    /// <summary>An honest dict.</summary>
    public static byte[] Honest(int protocol = 2) => PickleBuilder.Of(protocol).EmptyDict().BinUnicode("epoch").BinInt1(3).SetItem().Stop();

    /// <summary>Honest streams of all protocols.</summary>
    public static IReadOnlyList<PickleSample> Benign { get; } =
    [
        .. Enumerable.Range(0, 6).Select(p => new PickleSample($"dict-{p}", Honest(p), false)),
        new("text-protocol", PickleBuilder.Of(0).Mark().Dict().String("'a'").Int("1").SetItem().Stop(), false),
        new("ordered-dict", PickleBuilder.Of(2).Global("collections", "OrderedDict").EmptyTuple().Reduce().Value("a").Value(1).SetItem().Stop(), false),
        new("framed", PickleBuilder.Of(4).Frame(12).EmptyList().Memoize().Mark().Value(1).Value("two").Appends().Stop(), false),
        new("numbers", PickleBuilder.Of(4).Value(new List<object?> { 1, -1, 1L << 40, 1.5, true, null, "x", new byte[] { 1, 2 } }).Stop(), false),
        new("set", PickleBuilder.Of(4).EmptySet().Mark().Value(1).Value(2).AddItems().Stop(), false),
        new("frozen-set", PickleBuilder.Of(4).Mark().Value(1).Value(2).FrozenSet().Stop(), false),
        new("recursive", PickleBuilder.Of(2).EmptyList().BinPut(0).BinGet(0).Append().Stop(), false),
        new("bytes", PickleBuilder.Of(5).Mark().BinBytes([1, 2, 3]).ShortBinBytes([4]).BinBytes8([5]).ByteArray8([6]).Tuple().Stop(), false),
        new("date", PickleBuilder.Of(3).Call("datetime", "date", new byte[] { 7, 228, 1, 1 }).Stop(), false),
        new("protocol-2-bytes", PickleBuilder.Of(2).Call("_codecs", "encode", "abc", "latin1").Stop(), false),
        new("dtype", PickleBuilder.Of(2).With(p => JoblibBuilder.DType(p, "f4")).Stop(), false),
        new("array", NumpyArray(), false),
        new("state-dict", TorchBuilder.Zip(), false),
        new("state-dict-legacy", TorchBuilder.Legacy(), false),
        new("npy", NumpyBuilder.Floats(), false),
        new("npz", NumpyBuilder.Archive(("x.npy", NumpyBuilder.Floats())), false),
        new("joblib", JoblibBuilder.Stream(), false),
        new("joblib-zlib", JoblibBuilder.ZLib(JoblibBuilder.Stream()), false),
        new("joblib-gzip", JoblibBuilder.GZip(JoblibBuilder.Stream()), false),
        new("partial", PickleBuilder.Of(4).Global("functools", "partial").Mark().Global("builtins", "int").Tuple().Reduce()
            .Mark().Global("builtins", "int").EmptyTuple().Value(new Dictionary<string, object> { ["base"] = 2 }).None().Tuple().Build().Stop(), false),
    ];

    /// <summary>Hostile streams.</summary>
    public static IReadOnlyList<PickleSample> Malicious { get; } =
    [
        .. Enumerable.Range(0, 6).Select(p => new PickleSample($"os.system-{p}", System(p), true, "system")),
        new("stack-global", PickleBuilder.Of(4).StackCall("os", "system", Command).Stop(), true, "system"),
        new("inst", PickleBuilder.Of(0).Mark().Unicode(Command).Inst("os", "system").Stop(), true, "system"),
        new("obj", PickleBuilder.Of(2).Mark().Global("os", "system").BinUnicode(Command).Obj().Stop(), true, "system"),
        new("exec", PickleBuilder.Of(2).Call("builtins", "exec", Source).Stop(), true, "exec"),
        new("eval-python-2", PickleBuilder.Of(2).Call("__builtin__", "eval", Source).Stop(), true, "eval"),
        new("popen", PickleBuilder.Of(4).StackCall("subprocess", "Popen", new List<string> { "echo", "assay" }).Stop(), true, "Popen"),
        new("nested", PickleBuilder.Of(4).Call("pickle", "loads", System()).Stop(), true, "system"),
        new("broken-after", [.. System()[..^1], (byte)'0', 0xff, 0xfe], true, "system"),
        new("after-stop", [.. Honest(), .. System()], true, "system"),
        new("environment", PickleBuilder.Of(2).Global("os", "environ").Value("LD_PRELOAD").Value("/tmp/assay.so").SetItem().Stop(), true, "environ"),
        new("zip", TorchBuilder.Zip(System()), true, "system"),
        new("legacy-1", TorchBuilder.Legacy(System(), 1), true, "system"),
        new("legacy-5", TorchBuilder.Legacy(System(), 5), true, "system"),
        new("tar", TorchBuilder.TarCheckpoint(System()), true, "system"),
        new("npy", NumpyBuilder.Objects(System()), true, "system"),
        new("npz", NumpyBuilder.Archive(("x.npy", NumpyBuilder.Floats()), ("y.npy", NumpyBuilder.Objects(System()))), true, "system"),
        new("joblib", JoblibBuilder.Stream(p => p.Call("os", "system", Command)), true, "system"),
        new("joblib-objects", JoblibBuilder.ObjectArray(System()), true, "system"),
        new("joblib-zlib", JoblibBuilder.ZLib(JoblibBuilder.Stream(p => p.Call("os", "system", Command))), true, "system"),
        new("joblib-zfile", JoblibBuilder.ZFile(System()), true, "system"),
        new("gzip", JoblibBuilder.GZip(System()), true, "system"),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PickleSample> All { get; } = [.. Benign, .. Malicious];

    /// <summary>An honest numeric array, as NumPy pickles it.</summary>
    public static byte[] NumpyArray(Func<PickleBuilder, PickleBuilder>? data = null, string dtype = "f4") => PickleBuilder.Of(3)
        .Call("numpy.core.multiarray", "_reconstruct", new PyGlobal("numpy", "ndarray"), new object[] { 0 }, "b"u8.ToArray())
        .Mark().Value(1).Arguments(4).With(p => JoblibBuilder.DType(p, dtype)).NewFalse()
        .With(data ?? (p => p.BinBytes(TorchBuilder.Storage())))
        .Tuple().Build().Stop();

    /// <summary>rot13, for names that are built at run time.</summary>
    public static string Rot13(string text)
    {
        var turned = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            turned.Append(c switch
            {
                >= 'a' and <= 'z' => (char)('a' + ((c - 'a' + 13) % 26)),
                >= 'A' and <= 'Z' => (char)('A' + ((c - 'A' + 13) % 26)),
                _ => c,
            });
        }

        return turned.ToString();
    }
}
