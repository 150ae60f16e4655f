using System.Buffers.Binary;
using System.Formats.Tar;
using System.Numerics;

namespace Assay.Testing;

/// <summary>Writes PyTorch checkpoints of the three layouts.</summary>
public static class TorchBuilder
{
    /// <summary>Magic number of the legacy layout.</summary>
    public static BigInteger Magic { get; } = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber);

    /// <summary>Raw data of one storage of four floats.</summary>
    public static byte[] Storage()
    {
        var bytes = new byte[16];
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), 0.5f * i);
        return bytes;
    }

    /// <summary>The honest pickle of a state dict with one tensor of four floats.</summary>
    public static byte[] StateDict(bool legacy = false) => PickleBuilder.Of(2).With(p => StateDict(p, legacy)).Stop();

    /// <summary>The opcodes of a state dict with one tensor of four floats.</summary>
    public static PickleBuilder StateDict(PickleBuilder pickle, bool legacy = false) => pickle
        .Global("collections", "OrderedDict").EmptyTuple().Reduce()
        .BinUnicode("bias")
        .With(p => Tensor(p, "torch", "FloatStorage", "0", 4, legacy))
        .SetItem();

    /// <summary>One tensor by <c>_rebuild_tensor_v2</c>; storage class and key as given.</summary>
    public static PickleBuilder Tensor(PickleBuilder pickle, string storageModule, string storageType, string key, int count, bool legacy = false)
    {
        pickle.Global("torch._utils", "_rebuild_tensor_v2").Mark()
            .Mark().BinUnicode("storage").Global(storageModule, storageType).BinUnicode(key).BinUnicode("cpu").BinInt(count);
        if (legacy)
            pickle.None();
        return pickle.Tuple().BinPersId()
            .Value(0).Arguments(count).Arguments(1).NewFalse()
            .Global("collections", "OrderedDict").EmptyTuple().Reduce()
            .Tuple().Reduce();
    }

    /// <summary>A checkpoint since PyTorch 1.6, with <paramref name="pickle"/> as its <c>data.pkl</c> and further members as given.</summary>
    public static byte[] Zip(byte[] pickle, params (string Name, byte[] Data)[] further)
    {
        var zip = new MinimalZip()
            .Add("archive/data.pkl", pickle)
            .Add("archive/byteorder", "little"u8.ToArray())
            .Add("archive/data/0", Storage())
            .Add("archive/version", "3\n"u8.ToArray());
        foreach (var (name, data) in further)
            zip.Add(name, data);
        return zip.ToArray();
    }

    /// <summary>A checkpoint whose <c>data.pkl</c> is the member as given, lies included.</summary>
    public static byte[] Zip(MinimalZipMember data) => new MinimalZip()
        .Add(data)
        .Add("archive/data/0", Storage())
        .Add("archive/version", "3\n"u8.ToArray())
        .ToArray();

    /// <summary>An honest checkpoint.</summary>
    public static byte[] Zip() => Zip(StateDict());

    /// <summary>A TorchScript archive.</summary>
    public static byte[] Script(byte[] data, byte[] constants, string code = "class Net(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return torch.relu(x)\n") =>
        new MinimalZip()
            .Add("net/data.pkl", data)
            .Add("net/code/__torch__.py", System.Text.Encoding.UTF8.GetBytes(code))
            .Add("net/constants.pkl", constants)
            .Add("net/version", "3\n"u8.ToArray())
            .ToArray();

    /// <summary>A checkpoint before PyTorch 1.6: five pickles and one storage; the pickle at <paramref name="slot"/> (1 to 5) is replaced.</summary>
    public static byte[] Legacy(byte[]? pickle = null, int slot = 4)
    {
        byte[][] pickles =
        [
            PickleBuilder.Of(2).Long1(Magic).Stop(),
            PickleBuilder.Of(2).BinInt2(1001).Stop(),
            PickleBuilder.Of(2).Value(new Dictionary<string, object> { ["protocol_version"] = 1001, ["little_endian"] = true }).Stop(),
            StateDict(legacy: true),
            PickleBuilder.Of(2).Value(new List<object> { "0" }).Stop(),
        ];
        if (pickle is not null)
            pickles[slot - 1] = pickle;
        using var file = new MemoryStream();
        foreach (var part in pickles)
            file.Write(part);
        Span<byte> count = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, 4);
        file.Write(count);
        file.Write(Storage());
        return file.ToArray();
    }

    /// <summary>A checkpoint before PyTorch 0.1.10: a tar of <c>storages</c>, <c>tensors</c> and <c>pickle</c>.</summary>
    public static byte[] TarCheckpoint(byte[] pickle)
    {
        var zero = PickleBuilder.Of(2).BinInt1(0).Stop();
        return Tar(("storages", zero), ("tensors", zero), ("pickle", pickle));
    }

    /// <summary>A tar archive.</summary>
    public static byte[] Tar(params (string Name, byte[] Data)[] members)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, data) in members)
            {
                using var content = new MemoryStream(data);
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content, ModificationTime = DateTimeOffset.UnixEpoch });
            }
        }

        return archive.ToArray();
    }
}
