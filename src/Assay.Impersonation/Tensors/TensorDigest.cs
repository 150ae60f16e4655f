using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Impersonation;

/// <summary>
/// The content of a tensor: SHA-256 over element type, rank, extents and little-endian bytes, cut to 128 bits. Names are left out, so that a
/// renamed tensor is the same one.
/// </summary>
/// <param name="Value">The first 128 bits, the first byte highest.</param>
public readonly record struct TensorDigest(UInt128 Value)
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = 16;

    /// <summary>The first 64 bits, by which an index finds it.</summary>
    public ulong Prefix => (ulong)(Value >> 64);

    /// <summary>The digest of a tensor in memory.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="extents">Extents, the slowest first.</param>
    /// <param name="data">Its little-endian bytes.</param>
    public static TensorDigest Of(TensorType type, IReadOnlyList<long> extents, ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Begin(hash, type, extents, isSampled: false);
        hash.AppendData(data);
        return Finish(hash);
    }

    /// <summary>The digest that starts <paramref name="bytes"/>.</summary>
    public static TensorDigest Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Writes the digest to the start of <paramref name="into"/>.</summary>
    public void Write(Span<byte> into) => BinaryPrimitives.WriteUInt128BigEndian(into, Value);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    internal static void Begin(IncrementalHash hash, TensorType type, IReadOnlyList<long> extents, bool isSampled)
    {
        // A sampled tensor must never equal a whole one.
        Span<byte> head = stackalloc byte[64];
        var n = Encoding.ASCII.GetBytes(isSampled ? "~" + type.Name : type.Name, head[1..]);
        head[0] = (byte)n;
        head[n + 1] = (byte)extents.Count;
        hash.AppendData(head[..(n + 2)]);
        Span<byte> number = stackalloc byte[8];
        foreach (var extent in extents)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, extent);
            hash.AppendData(number);
        }
    }

    internal static TensorDigest Finish(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return Read(digest);
    }
}
