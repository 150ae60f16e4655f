using System.Security.Cryptography;
using Assay.Protocol.Xet;
using BenchmarkDotNet.Attributes;

namespace Assay.Benchmarks;

/// <summary>What an upload through Xet costs: hashing chunks, and verifying a xorb of 64 chunks. SHA-256 is the measure beside it.</summary>
[MemoryDiagnoser]
public class XetBenchmarks
{
    private const int ChunkLength = 64 * 1024;
    private readonly byte[] _chunk = new byte[ChunkLength];
    private readonly byte[] _hash = new byte[32];
    private readonly byte[] _message = new byte[300];
    private byte[] _plain = [];
    private byte[] _runs = [];
    private XetHash _plainHash;
    private XetHash _runsHash;

    [GlobalSetup]
    public void Prepare()
    {
        new Random(1).NextBytes(_chunk);
        (_plain, _plainHash) = Xorb(_chunk, 0, _chunk);

        // "abcdefgh" and a match over all of the rest but five bytes; the shape of what compresses best.
        var runs = new byte[ChunkLength];
        for (var i = 0; i < runs.Length; i++)
            runs[i] = (byte)('a' + (i % 8));
        var match = ChunkLength - 8 - 5 - 4 - 15;
        byte[] block = [0x8F, .. runs[..8], 8, 0, .. Enumerable.Repeat((byte)255, match / 255), (byte)(match % 255), 0x50, .. runs[^5..]];
        byte[] frame = [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, (byte)block.Length, (byte)(block.Length >> 8), 0, 0, .. block, 0, 0, 0, 0];
        (_runs, _runsHash) = Xorb(frame, 1, runs);
    }

    [Benchmark]
    public void Blake3Chunk() => Blake3.Hash(_chunk, _hash);

    [Benchmark]
    public void Blake3Message() => Blake3.Hash(_message, _hash);

    [Benchmark(Baseline = true)]
    public void Sha256Chunk() => SHA256.HashData(_chunk, _hash);

    [Benchmark]
    public Task<XorbIndex> PlainXorb() => ReadAsync(_plain, _plainHash);

    [Benchmark]
    public Task<XorbIndex> CompressedXorb() => ReadAsync(_runs, _runsHash);

    private static Task<XorbIndex> ReadAsync(byte[] xorb, XetHash hash) => XorbReader.ReadAsync(new MemoryStream(xorb), null, hash, CancellationToken.None);

    private static (byte[] Bytes, XetHash Hash) Xorb(byte[] stored, byte scheme, byte[] content)
    {
        var tree = new XetTree();
        var bytes = new List<byte>();
        for (var i = 0; i < 64; i++)
        {
            bytes.AddRange([0, (byte)stored.Length, (byte)(stored.Length >> 8), (byte)(stored.Length >> 16), scheme, 0, 0, 1]);
            bytes.AddRange(stored);
            tree.Append(XetTree.HashChunk(content), content.Length);
        }

        return ([.. bytes], tree.FinishXorb());
    }
}
