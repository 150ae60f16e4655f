using System.Text;
using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class Blake3Tests
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("whats the Elvish word for friend");

    /// <summary>The published vectors (source: BLAKE3, <c>test_vectors/test_vectors.json</c>), cut to 32 bytes.</summary>
    public static TheoryData<int, string, string> Vectors => new()
    {
        { 0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26" },
        { 1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213", "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b" },
        { 1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11", "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e" },
        { 1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7", "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4" },
        { 1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444", "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69" },
        { 2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a", "879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1" },
        { 2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030", "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5" },
        { 3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2", "044a0e7b172a312dc02a4c9a818c036ffa2776368d7f528268d2e6b5df191770" },
        { 3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3", "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a" },
        { 4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969", "befc660aea2f1718884cd8deb9902811d332f4fc4a38cf7c7300d597a081bfc0" },
        { 4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995", "00df940cd36bb9fa7cbbc3556744e0dbc8191401afe70520ba292ee3ca80abbc" },
        { 5120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833", "2c493e48e9b9bf31e0553a22b23503c0a3388f035cece68eb438d22fa1943e20" },
        { 6145, "f1323a8631446cc50536a9f705ee5cb619424d46887f3c376c695b70e0f0507f", "9ac301e9e39e45e3250a7e3b3df701aa0fb6889fbd80eeecf28dbc6300fbc539" },
        { 7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817", "ed9b1a922c046fdb3d423ae34e143b05ca1bf28b710432857bf738bcedbfa511" },
        { 8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63", "dc9637c8845a770b4cbf76b8daec0eebf7dc2eac11498517f08d44c8fc00d58a" },
        { 8193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b", "954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5" },
        { 16384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4", "9e9fc4eb7cf081ea7c47d1807790ed211bfec56aa25bb7037784c13c4b707b0d" },
        { 31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47", "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419" },
        { 102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085", "1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7" },
    };

    /// <summary>How many chunks at once this machine can try.</summary>
    public static TheoryData<int> Widths => [.. new[] { 1, 4, 8 }.Where(width => width <= Blake3.Width)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_published_vectors_hold_at_every_width(int length, string plain, string keyed)
    {
        var input = Input(length);
        var hash = new byte[Blake3.HashBytes];
        foreach (var width in Widths)
        {
            Blake3.Hash(input, hash, width);
            Assert.Equal(plain, Convert.ToHexStringLower(hash));
            Blake3.HashKeyed(Key, input, hash, width);
            Assert.Equal(keyed, Convert.ToHexStringLower(hash));
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Bytes_that_come_in_pieces_have_the_hash_of_the_whole(int length, string plain, string keyed)
    {
        var input = Input(length);
        var hash = new byte[Blake3.HashBytes];
        var streams = (Plain: new Blake3(), Keyed: new Blake3(Key));
        foreach (var piece in new[] { 1, 63, 64, 1000, 1024, 1025, 3000, 8192, 70_000, 200_000 })
        {
            for (var at = 0; at < length; at += piece)
            {
                var part = input.AsSpan(at, Math.Min(piece, length - at));
                streams.Plain.Append(part);
                streams.Keyed.Append(part);
            }

            streams.Plain.Finish(hash);
            Assert.Equal(plain, Convert.ToHexStringLower(hash));
            streams.Keyed.Finish(hash);
            Assert.Equal(keyed, Convert.ToHexStringLower(hash));
        }
    }

    [Fact]
    public void One_call_and_many_agree_on_every_length_and_on_more_than_one_subtree()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var input = Input(1_000_000);
        byte[] one = new byte[Blake3.HashBytes], many = new byte[Blake3.HashBytes];
        var stream = new Blake3();
        for (var round = 0; round < 400; round++)
        {
            var length = round % 2 == 0 ? random.Next(20_000) : random.Next(input.Length);
            Blake3.Hash(input.AsSpan(0, length), one, 1);
            for (var at = 0; at < length;)
            {
                var piece = Math.Min(length - at, 1 + random.Next(random.Next(2) == 0 ? 2000 : 300_000));
                stream.Append(input.AsSpan(at, piece));
                at += piece;
            }

            stream.Finish(many);
            Assert.True(one.AsSpan().SequenceEqual(many), $"length {length}, seed {seed}");
        }
    }

    [Fact]
    public void A_key_has_32_bytes()
    {
        Assert.Throws<ArgumentException>(() => new Blake3(new byte[31]));
        Assert.Throws<ArgumentException>(() => Blake3.HashKeyed(new byte[33], default, new byte[32]));
    }

    private static byte[] Input(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(i % 251);
        return bytes;
    }
}
