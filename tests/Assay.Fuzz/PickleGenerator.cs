using Assay.Testing;

namespace Assay.Fuzz;

/// <summary>Writes opcode sequences that mostly respect the stack, of all protocols, so that deep states of the machine are reached.</summary>
internal static class PickleGenerator
{
    private static readonly (string Module, string Name)[] Names =
    [
        ("os", "system"), ("builtins", "getattr"), ("builtins", "map"), ("builtins", "list"), ("builtins", "exec"), ("functools", "partial"), ("functools", "reduce"),
        ("operator", "methodcaller"), ("operator", "attrgetter"), ("operator", "call"), ("importlib", "import_module"), ("pkgutil", "resolve_name"), ("copyreg", "_reconstructor"),
        ("copyreg", "add_extension"), ("collections", "OrderedDict"), ("collections", "defaultdict"), ("_codecs", "decode"), ("_codecs", "encode"), ("base64", "b64decode"),
        ("zlib", "decompress"), ("marshal", "loads"), ("pickle", "loads"), ("torch._utils", "_rebuild_tensor_v2"), ("torch", "FloatStorage"), ("numpy", "dtype"),
        ("numpy.core.multiarray", "_reconstruct"), ("joblib.numpy_pickle", "NumpyArrayWrapper"), ("builtins", "str.join"), ("itertools", "starmap"), ("sys", "modules"),
        ("os", "environ"), ("acme.models", "Net"), ("", ""), ("a.b.c.d", "e.f.g.__globals__"), ("__main__", "X"), ("dill._dill", "_create_function"),
    ];

    private static readonly string[] Texts = ["", "os", "system", "echo assay", "rot13", "hex", "base64", "flbfgrz", "storage", "cpu", "0", "O8", "f4", "\u202emodel", "__class__", "aGVsbG8=", "6f73"];

    public static byte[] Make(Random random)
    {
        var protocol = random.Next(6);
        var pickle = PickleBuilder.Of(protocol);
        var depth = 0;
        var marks = 0;
        for (var steps = random.Next(4, 120); steps > 0; steps--)
        {
            switch (random.Next(34))
            {
                case 0: pickle.None(); depth++; break;
                case 1: pickle.BinInt1((byte)random.Next(256)); depth++; break;
                case 2: pickle.Int(Odd(random, "0x1f", "12", "-7", "1_0", "00", "0o7", "x")); depth++; break;
                case 3: pickle.BinUnicode(Texts[random.Next(Texts.Length)]); depth++; break;
                case 4: pickle.ShortBinUnicode(Texts[random.Next(Texts.Length)]); depth++; break;
                case 5: pickle.ShortBinBytes(PickleSamples.All[random.Next(6)].Bytes); depth++; break;
                case 6: pickle.EmptyList(); depth++; break;
                case 7: pickle.EmptyDict(); depth++; break;
                case 8: pickle.EmptyTuple(); depth++; break;
                case 9 or 10:
                    var (module, name) = Names[random.Next(Names.Length)];
                    _ = random.Next(2) == 0 ? pickle.Global(module, name) : pickle.StackGlobal(module, name);
                    depth++;
                    break;
                case 11 when depth >= 2: pickle.StackGlobal(); depth--; break;
                case 12 or 13 when depth >= 2: pickle.Reduce(); depth--; break;
                case 14 when depth >= 2: pickle.NewObj(); depth--; break;
                case 15 when depth >= 3: pickle.NewObjEx(); depth -= 2; break;
                case 16 when depth >= 2: pickle.Build(); depth--; break;
                case 17: pickle.Mark(); marks++; break;
                case 18 or 19 when marks > 0: pickle.Tuple(); marks--; depth++; break;
                case 20 when marks > 0: Close(random, pickle); marks--; break;
                case 21 when depth >= 1: pickle.Tuple1(); break;
                case 22 when depth >= 2: pickle.Tuple2(); depth--; break;
                case 23 when depth >= 1: pickle.Dup(); depth++; break;
                case 24 when depth >= 2: pickle.Pop(); depth--; break;
                case 25 when depth >= 1: pickle.BinPut((byte)random.Next(8)); break;
                case 26: pickle.BinGet((byte)random.Next(8)); depth++; break;
                case 27 when depth >= 1: pickle.Memoize(); break;
                case 28 when depth >= 2: pickle.Append(); depth--; break;
                case 29 when depth >= 3: pickle.SetItem(); depth -= 2; break;
                case 30 when depth >= 1: pickle.BinPersId(); break;
                case 31: pickle.Ext1((byte)random.Next(4)); depth++; break;
                case 32: pickle.Frame((ulong)random.Next(64)); break;
                case 33: _ = random.Next(8) == 0 ? pickle.StopHere() : pickle.Proto(random.Next(6)); break;
                default: pickle.BinFloat(random.NextDouble()); depth++; break;
            }
        }

        return random.Next(4) == 0 ? pickle.ToArray() : pickle.Stop();
    }

    private static void Close(Random random, PickleBuilder pickle)
    {
        switch (random.Next(8))
        {
            case 0: pickle.List(); break;
            case 1: pickle.Dict(); break;
            case 2: pickle.Obj(); break;
            case 3: pickle.Inst("os", "system"); break;
            case 4: pickle.Appends(); break;
            case 5: pickle.SetItems(); break;
            case 6: pickle.AddItems(); break;
            default: pickle.FrozenSet(); break;
        }
    }

    private static string Odd(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
