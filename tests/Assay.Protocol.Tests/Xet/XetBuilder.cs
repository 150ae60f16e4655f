using System.Buffers.Binary;
using System.Security.Cryptography;
using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

/// <summary>Builds xorbs as clients serialize them.</summary>
public sealed class XorbBuilder
{
    private readonly List<byte> _bytes = [];
    private readonly List<XorbChunk> _chunks = [];

    public IReadOnlyList<XorbChunk> Chunks => _chunks;

    public XetHash Hash
    {
        get
        {
            var tree = new XetTree();
            foreach (var chunk in _chunks)
                tree.Append(chunk.Hash, chunk.Length);
            return tree.FinishXorb();
        }
    }

    public XorbBuilder Add(ReadOnlySpan<byte> content, XorbScheme scheme = XorbScheme.None, Lz4Builder? lz4 = null)
    {
        lz4 ??= new Lz4Builder();
        var stored = scheme switch
        {
            XorbScheme.Lz4 => lz4.Encode(content),
            XorbScheme.Grouped4Lz4 => lz4.Encode(Group(content)),
            _ => content.ToArray(),
        };
        _chunks.Add(new XorbChunk(_bytes.Count, stored.Length, scheme, content.Length, XetTree.HashChunk(content)));
        _bytes.AddRange(Header(stored.Length, (byte)scheme, content.Length));
        _bytes.AddRange(stored);
        return this;
    }

    public byte[] Build(bool footer = false)
    {
        if (!footer)
            return [.. _bytes];
        return [.. _bytes, .. "XETBLOB"u8, 1, .. XetSamples.Noise(500)];
    }

    public static byte[] Header(int stored, byte scheme, int length, byte version = 0) =>
        [version, (byte)stored, (byte)(stored >> 8), (byte)(stored >> 16), scheme, (byte)length, (byte)(length >> 8), (byte)(length >> 16)];

    public static byte[] Group(ReadOnlySpan<byte> content)
    {
        var planes = new List<byte>();
        for (var plane = 0; plane < 4; plane++)
        {
            for (var i = plane; i < content.Length; i += 4)
                planes.Add(content[i]);
        }

        return [.. planes];
    }
}

/// <summary>Builds shards as clients write them.</summary>
public sealed class ShardBuilder
{
    public const uint Verified = 0x80000000;
    public const uint WithSha256 = 0x40000000;

    private static readonly byte[] Bookend = [.. Enumerable.Repeat((byte)0xFF, 32), .. new byte[16]];

    private readonly List<byte> _files = [];
    private readonly List<byte> _xorbs = [];

    public ShardBuilder File(XetFile file, uint? count = null)
    {
        var flags = (file.Ranges.Count > 0 ? Verified : 0) | (file.Sha256 is null ? 0 : WithSha256);
        Record(_files, file.Hash, flags, count ?? (uint)file.Terms.Count, 0, 0);
        foreach (var term in file.Terms)
            Record(_files, term.Xorb, 0, term.Length, (uint)term.FirstChunk, (uint)term.EndChunk);
        foreach (var range in file.Ranges)
            Record(_files, range, 0, 0, 0, 0);
        if (file.Sha256 is not null && XetHash.TryParse(file.Sha256, out var sha256))
            Record(_files, sha256, 0, 0, 0, 0);
        return this;
    }

    public ShardBuilder Xorb(XorbBuilder xorb, uint? count = null)
    {
        Record(_xorbs, xorb.Hash, 0, count ?? (uint)xorb.Chunks.Count, (uint)xorb.Chunks.Sum(c => c.Length), (uint)xorb.Build().Length);
        var offset = 0;
        foreach (var chunk in xorb.Chunks)
        {
            Record(_xorbs, chunk.Hash, (uint)offset, (uint)chunk.Length, 0, 0);
            offset += chunk.Length;
        }

        return this;
    }

    public byte[] Build(bool footer = false)
    {
        byte[] header =
        [
            .. "HFRepoMetaData"u8, 0, 0x55, 0x69, 0x67, 0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9,
            2, 0, 0, 0, 0, 0, 0, 0, (byte)(footer ? 200 : 0), 0, 0, 0, 0, 0, 0, 0,
        ];
        return [.. header, .. _files, .. Bookend, .. _xorbs, .. Bookend, .. footer ? new byte[200] : []];
    }

    /// <summary>The entry of a file that consists of ranges of xorbs.</summary>
    public static XetFile Describe(byte[] content, params (XorbBuilder Xorb, int First, int End)[] parts)
    {
        var tree = new XetTree();
        var terms = new List<XetTerm>();
        var ranges = new List<XetHash>();
        var hash = new byte[XetHash.Bytes];
        foreach (var (xorb, first, end) in parts)
        {
            var range = XetTree.StartRange();
            var length = 0;
            for (var i = first; i < end; i++)
            {
                var chunk = xorb.Chunks[i];
                tree.Append(chunk.Hash, chunk.Length);
                chunk.Hash.CopyTo(hash);
                range.Append(hash);
                length += chunk.Length;
            }

            range.Finish(hash);
            terms.Add(new XetTerm(xorb.Hash, (uint)length, first, end));
            ranges.Add(new XetHash(hash));
        }

        return new XetFile(tree.FinishFile(), terms, ranges, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    private static void Record(List<byte> bytes, XetHash hash, params ReadOnlySpan<uint> words)
    {
        Span<byte> record = stackalloc byte[48];
        hash.CopyTo(record);
        for (var i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(record[(32 + (i * 4))..], words[i]);
        bytes.AddRange(record);
    }
}

/// <summary>Content that compresses, content that does not, and the damage that tests do.</summary>
public static class XetSamples
{
    public static byte[] Words(int length, int seed = 1)
    {
        var random = new Random(seed);
        string[] words = ["tensor ", "layer ", "weight\n", "bias ", "model ", "hub\n"];
        var text = new MemoryStream();
        while (text.Length < length)
        {
            foreach (var c in words[random.Next(words.Length)])
                text.WriteByte((byte)c);
        }

        return text.ToArray()[..length];
    }

    public static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Floats(int length, int seed = 1)
    {
        var random = new Random(seed);
        var bytes = new byte[length];
        for (var i = 0; i + 4 <= length; i += 4)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i), 1 + random.NextSingle());
        return bytes;
    }

    /// <summary>Copies with a few changed, dropped or doubled bytes; the same for the same seed.</summary>
    public static IEnumerable<byte[]> Damaged(byte[] bytes, int copies, int seed)
    {
        var random = new Random(seed);
        byte[] edges = [0, 1, 0x7F, 0x80, 0xFF];
        for (var i = 0; i < copies; i++)
        {
            var copy = bytes.ToList();
            for (var change = random.Next(1, 4); change > 0 && copy.Count > 0; change--)
            {
                // Mostly near the front, where the structure is.
                var at = random.Next(random.Next(3) == 0 ? copy.Count : Math.Min(copy.Count, 200));
                switch (random.Next(4))
                {
                    case 0:
                        copy[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        copy[at] = edges[random.Next(edges.Length)];
                        break;
                    case 2:
                        copy.RemoveRange(at, Math.Min(random.Next(1, 9), copy.Count - at));
                        break;
                    default:
                        copy.InsertRange(at, copy.GetRange(at, Math.Min(random.Next(1, 9), copy.Count - at)));
                        break;
                }
            }

            yield return [.. copy];
        }
    }
}
