using System.Buffers.Binary;
using System.Text;

namespace Assay.Testing;

/// <summary>Writes <c>.npy</c> arrays and <c>.npz</c> archives, with headers that need not be honest.</summary>
public static class NumpyBuilder
{
    /// <summary>An array file.</summary>
    /// <param name="descr">The dtype as it stands in the header, with quotes: <c>'&lt;f4'</c>, <c>'|O'</c>.</param>
    /// <param name="shape">The shape as it stands in the header: <c>(4,)</c>.</param>
    /// <param name="data">Raw data, or the pickle of an object array.</param>
    /// <param name="version">Major version: 1, 2 or 3.</param>
    public static byte[] Array(string descr, string shape, byte[] data, int version = 1) =>
        WithHeader($"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", data, version);

    /// <summary>An array file with any header text.</summary>
    public static byte[] WithHeader(string header, byte[] data, int version = 1)
    {
        var prefix = version == 1 ? 10 : 12;
        var text = Encoding.UTF8.GetBytes(header);
        var padded = ((prefix + text.Length + 1 + 63) / 64 * 64) - prefix;
        var bytes = new byte[prefix + padded + data.Length];
        bytes[0] = 0x93;
        "NUMPY"u8.CopyTo(bytes.AsSpan(1));
        bytes[6] = (byte)version;
        if (version == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)padded);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (uint)padded);
        text.CopyTo(bytes, prefix);
        bytes.AsSpan(prefix + text.Length, padded - text.Length - 1).Fill((byte)' ');
        bytes[prefix + padded - 1] = (byte)'\n';
        data.CopyTo(bytes, prefix + padded);
        return bytes;
    }

    /// <summary>Four floats.</summary>
    public static byte[] Floats() => Array("'<f4'", "(4,)", TorchBuilder.Storage());

    /// <summary>An object array whose pickle is <paramref name="pickle"/>.</summary>
    public static byte[] Objects(byte[] pickle, int version = 1) => Array("'|O'", "(1,)", pickle, version);

    /// <summary>An archive of members as given.</summary>
    public static byte[] Archive(params (string Name, byte[] Data)[] members)
    {
        var zip = new MinimalZip();
        foreach (var (name, data) in members)
            zip.Add(name, data, deflate: true);
        return zip.ToArray();
    }
}
