using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Impersonation.Names;

/// <summary>Why a file cannot be read as an index.</summary>
public enum IndexFileFault
{
    /// <summary>It begins like something else.</summary>
    NotAnIndex,

    /// <summary>It was written by a version with another layout.</summary>
    OtherVersion,

    /// <summary>It ends too early, holds what cannot be, or does not match its checksum.</summary>
    Damaged,

    /// <summary>It claims to hold more than an index can.</summary>
    TooLarge,
}

/// <summary>What reading a file gave: an index, or why there is none.</summary>
/// <param name="Index">The index; null when the file cannot be read.</param>
/// <param name="Fault">What is wrong with the file; null when nothing is.</param>
public readonly record struct IndexFileReading(LikenessIndex? Index, IndexFileFault? Fault);

/// <summary>
/// An index as a file. It holds names and brands, not tables: they are made again when it is read, so that no table of a damaged or forged
/// file is ever followed, and a file outlives changes of how names are compared.
/// </summary>
/// <remarks>
/// Layout, integers as 7 bits a byte: <c>ASYNAMES</c>, version, flags (1: covers all), brands (count, then name, handles, words), names in
/// order (count, then length shared with the name before, rest, prominence times 2 plus 1 when protected), SHA-256 of all before it.
/// </remarks>
public static class LikenessIndexFile
{
    /// <summary>The layout that is written and read.</summary>
    public const int Version = 2;

    private const int MaxBrands = 100_000;
    private const int MaxListLength = 1_000;
    private const int MaxTextBytes = 4 * LikenessIndex.MaxIdLength;

    private static ReadOnlySpan<byte> Magic => "ASYNAMES"u8;

    /// <summary>Writes an index.</summary>
    public static void Write(LikenessIndex index, Stream output)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var writer = new Output(output, hash);
        writer.Bytes(Magic);
        writer.Number(Version);
        writer.Number(index.CoversAll ? 1u : 0u);
        writer.Number((uint)index.Brands.All.Count);
        foreach (var brand in index.Brands.All)
        {
            writer.Text(brand.Name);
            writer.List(brand.Handles);
            writer.List(brand.Domains);
            writer.List(brand.Words);
        }

        var names = index.Names().ToArray();
        Array.Sort(names, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        writer.Number((uint)names.Length);
        var before = Array.Empty<byte>();
        foreach (var name in names)
        {
            var id = Encoding.UTF8.GetBytes(name.Id);
            var shared = before.AsSpan().CommonPrefixLength(id);
            writer.Number((uint)shared);
            writer.Number((uint)(id.Length - shared));
            writer.Bytes(id.AsSpan(shared));
            writer.Number(((uint)name.Prominence * 2) + (name.IsProtected ? 1u : 0u));
            before = id;
        }

        writer.Flush();
        output.Write(hash.GetHashAndReset());
    }

    /// <summary>Reads an index. Whatever the bytes are, this ends, with no more memory than the index takes; only faults of the stream are thrown.</summary>
    public static IndexFileReading Read(Stream input)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reader = new Input(input, hash);
        Span<byte> magic = stackalloc byte[8];
        if (!reader.Bytes(magic) || !magic.SequenceEqual(Magic))
            return new(null, IndexFileFault.NotAnIndex);
        if (!reader.Number(out var version))
            return new(null, IndexFileFault.Damaged);
        if (version != Version)
            return new(null, IndexFileFault.OtherVersion);
        if (!reader.Number(out var flags) || flags > 1 || !reader.Number(out var brandCount))
            return new(null, IndexFileFault.Damaged);
        if (brandCount > MaxBrands)
            return new(null, IndexFileFault.TooLarge);
        var brands = new List<Brand>();
        for (var i = 0u; i < brandCount; i++)
        {
            if (!reader.Text(out var name) || !reader.List(out var handles) || !reader.List(out var domains) || !reader.List(out var words))
                return new(null, IndexFileFault.Damaged);
            brands.Add(new Brand(name, handles, domains, words));
        }

        if (!reader.Number(out var count))
            return new(null, IndexFileFault.Damaged);
        if (count > LikenessIndex.MaxNames)
            return new(null, IndexFileFault.TooLarge);

        // Names go into the index as they are read; a damaged file is found out in the middle, and what was made is dropped.
        var isDamaged = false;
        var isTooLarge = false;
        var empty = flags == 1 ? LikenessIndex.Empty.CoveringAll() : LikenessIndex.Empty;
        var index = empty.With(Names(), () => !isDamaged && !isTooLarge && reader.EndsWithHash());
        return index is null ? new(null, isTooLarge ? IndexFileFault.TooLarge : IndexFileFault.Damaged) : new(index.WithBrands(brands), null);

        IEnumerable<KnownName> Names()
        {
            var id = new byte[MaxTextBytes];
            var length = 0;
            long total = 0;
            for (var i = 0u; i < count; i++)
            {
                if (!reader.Number(out var shared) || shared > length || !reader.Number(out var rest) || rest > id.Length - shared
                    || !reader.Bytes(id.AsSpan((int)shared, (int)rest)) || !reader.Number(out var value))
                {
                    isDamaged = true;
                    yield break;
                }

                length = (int)(shared + rest);
                total += length;
                if (total > LikenessIndex.MaxIdBytes)
                {
                    isTooLarge = true;
                    yield break;
                }

                var text = Encoding.UTF8.GetString(id, 0, length);
                if (!LikenessIndex.IsId(text))
                {
                    isDamaged = true;
                    yield break;
                }

                yield return new KnownName(text, (int)(value >> 1), (value & 1) != 0);
            }
        }
    }

    private sealed class Output(Stream stream, IncrementalHash hash)
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(1 << 16);

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            _buffer.Write(bytes);
            if (_buffer.WrittenCount > 1 << 15)
                Flush();
        }

        public void Number(uint value)
        {
            Span<byte> bytes = stackalloc byte[5];
            var length = 0;
            for (; value >= 0x80; value >>= 7)
                bytes[length++] = (byte)(value | 0x80);
            bytes[length++] = (byte)value;
            Bytes(bytes[..length]);
        }

        public void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Number((uint)bytes.Length);
            Bytes(bytes);
        }

        public void List(IReadOnlyList<string> texts)
        {
            Number((uint)texts.Count);
            foreach (var text in texts)
                Text(text);
        }

        public void Flush()
        {
            hash.AppendData(_buffer.WrittenSpan);
            stream.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
        }
    }

    private sealed class Input(Stream stream, IncrementalHash hash)
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _position;
        private int _end;

        public bool Bytes(Span<byte> bytes)
        {
            if (!Raw(bytes))
                return false;
            hash.AppendData(bytes);
            return true;
        }

        public bool Number(out uint value)
        {
            value = 0;
            Span<byte> next = stackalloc byte[1];
            for (var shift = 0; shift < 35; shift += 7)
            {
                if (!Bytes(next) || (shift == 28 && next[0] > 0x0F))
                    return false;
                value |= (uint)(next[0] & 0x7F) << shift;
                if (next[0] < 0x80)
                    return true;
            }

            return false;
        }

        public bool Text(out string text)
        {
            text = "";
            if (!Number(out var length) || length > MaxTextBytes)
                return false;
            Span<byte> bytes = stackalloc byte[(int)length];
            if (!Bytes(bytes))
                return false;
            text = Encoding.UTF8.GetString(bytes);
            return true;
        }

        public bool List(out string[] texts)
        {
            texts = [];
            if (!Number(out var count) || count > MaxListLength)
                return false;
            var read = new List<string>();
            for (var i = 0u; i < count; i++)
            {
                if (!Text(out var text))
                    return false;
                read.Add(text);
            }

            texts = [.. read];
            return true;
        }

        /// <summary>Whether what follows is the hash of all before it, and the end.</summary>
        public bool EndsWithHash()
        {
            var computed = hash.GetHashAndReset();
            Span<byte> stored = stackalloc byte[32];
            return Raw(stored) && stored.SequenceEqual(computed) && !Raw(stored[..1]);
        }

        private bool Raw(Span<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (_position == _end)
                {
                    (_position, _end) = (0, stream.Read(_buffer));
                    if (_end == 0)
                        return false;
                }

                var length = Math.Min(bytes.Length, _end - _position);
                _buffer.AsSpan(_position, length).CopyTo(bytes);
                bytes = bytes[length..];
                _position += length;
            }

            return true;
        }
    }
}
