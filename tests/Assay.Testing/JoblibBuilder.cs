using System.IO.Compression;
using System.Text;

namespace Assay.Testing;

/// <summary>Writes joblib files: a pickle in which raw arrays follow their wrappers, plain or compressed.</summary>
public static class JoblibBuilder
{
    /// <summary>A dict with a raw array under <c>weights</c>, and what <paramref name="further"/> leaves on the stack under <c>extra</c>.</summary>
    public static byte[] Stream(Func<PickleBuilder, PickleBuilder>? further = null, int padding = 3)
    {
        var pickle = PickleBuilder.Of(4).EmptyDict().ShortBinUnicode("weights");
        RawArray(pickle, "f8", 2, new byte[16], padding).SetItem();
        if (further is not null)
            further(pickle.ShortBinUnicode("extra")).SetItem();
        return pickle.Stop();
    }

    /// <summary>A numeric array first, then an object array whose own pickle is <paramref name="inner"/>.</summary>
    public static byte[] ObjectArray(byte[] inner)
    {
        var pickle = PickleBuilder.Of(4).EmptyDict().ShortBinUnicode("first");
        RawArray(pickle, "f4", 4, TorchBuilder.Storage(), padding: 5).SetItem().ShortBinUnicode("second");
        return RawArray(pickle, "O8", 1, inner, padding: null).SetItem().Stop();
    }

    /// <summary>An array wrapper, and the raw bytes that joblib reads from the stream right after its BUILD.</summary>
    /// <param name="pickle">The stream.</param>
    /// <param name="dtype">The dtype, <c>f8</c>.</param>
    /// <param name="count">Elements.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="padding">Bytes of padding, after one byte that counts them (joblib 1.2 and later); null for the older layout and for objects.</param>
    public static PickleBuilder RawArray(PickleBuilder pickle, string dtype, int count, byte[] data, int? padding)
    {
        pickle.Global("joblib.numpy_pickle", "NumpyArrayWrapper").EmptyTuple().NewObj().EmptyDict().Mark()
            .Value("subclass").Global("numpy", "ndarray")
            .Value("shape").Arguments(count)
            .Value("order").Value("C")
            .Value("dtype").With(p => DType(p, dtype))
            .Value("allow_mmap").Value(padding is not null);
        if (padding is not null)
            pickle.Value("numpy_array_alignment_bytes").Value(16);
        pickle.SetItems().Build();
        if (padding is { } bytes)
            pickle.Op((byte)bytes).Raw(Enumerable.Repeat((byte)0xff, bytes).ToArray());
        return pickle.Raw(data);
    }

    /// <summary>A NumPy dtype with its state.</summary>
    public static PickleBuilder DType(PickleBuilder pickle, string code) => pickle
        .Call("numpy", "dtype", code, false, true)
        .Arguments(3, code.StartsWith('O') ? "|" : "<", null, null, null, -1, -1, code.StartsWith('O') ? 63 : 0)
        .Build();

    /// <summary>As zlib.</summary>
    public static byte[] ZLib(byte[] stream)
    {
        using var packed = new MemoryStream();
        using (var codec = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            codec.Write(stream);
        return packed.ToArray();
    }

    /// <summary>As gzip.</summary>
    public static byte[] GZip(byte[] stream)
    {
        using var packed = new MemoryStream();
        using (var codec = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            codec.Write(stream);
        return packed.ToArray();
    }

    /// <summary>As joblib's first compressed layout: <c>ZF</c>, the length in hexadecimal, a zlib stream.</summary>
    public static byte[] ZFile(byte[] stream) =>
        [.. Encoding.ASCII.GetBytes(("ZF0x" + stream.Length.ToString("x")).PadRight(21)), .. ZLib(stream)];
}
