using System.IO.Compression;

namespace Assay.Hub.Admission;

/// <summary>Compresses what is kept as text in the database.</summary>
public static class Packing
{
    private const int Most = 256 << 20;

    /// <summary>Compresses (Brotli).</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, packed, out var written, quality: 4, window: 22)
            ? packed[..written]
            : throw new InvalidOperationException("The bytes could not be compressed.");
    }

    /// <summary>Undoes <see cref="Pack"/>.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged, or more than 256 MiB.</exception>
    public static byte[] Unpack(byte[] packed)
    {
        using var stream = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > Most)
                throw new InvalidDataException("The text is larger than any that was stored.");
        }

        return bytes.ToArray();
    }
}
