using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class XetTreeTests
{
    [Fact]
    public void A_hash_is_written_as_four_little_endian_numbers()
    {
        var hash = new XetHash([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Assert.Equal("07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918", hash.ToString());
        Assert.True(XetHash.TryParse(hash.ToString(), out var parsed));
        Assert.Equal(hash, parsed);
        var bytes = new byte[32];
        parsed.CopyTo(bytes);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (byte)i), bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a191")]
    [InlineData("07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a19180")]
    [InlineData("07060504030201000F0E0D0C0B0A090817161514131211101f1e1d1c1b1a1918")]
    [InlineData(" 7060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918")]
    [InlineData("../60504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918")]
    public void Other_texts_are_no_hashes(string text) => Assert.False(XetHash.TryParse(text, out _));

    [Fact]
    public void The_published_vectors_of_chunk_file_and_xorb_hold()
    {
        var hello = XetTree.HashChunk("Hello World!"u8);
        Assert.Equal("d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb", hello.ToString());
        var tree = new XetTree();
        tree.Append(hello, 12);
        Assert.Equal("a9dae0ad88b060bdd7e7c87abdcf95b132c95a0414b06d4f6beb68d287b87165", tree.FinishFile().ToString());
        tree.Append(XetTree.HashChunk("a"u8), 1);
        tree.Append(XetTree.HashChunk("b"u8), 1);
        Assert.Equal("ded050f282247a53bae90e1cfabaa3925af9a6bad275c69ae5c5182d09055ba2", tree.FinishXorb().ToString());
    }

    // Source: xet-core, the reference hashes in aggregated_hashes.rs: nodes by the number that seeds them, a hundred times which is their length.
    [Theory]
    [InlineData(new int[0], "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(new[] { 0 }, "0000000000000000000000000000000000000000000000000000000000000000", "638a6bc391964a85939d48f008e8bdbae6a7975e7ca2d87a3ce2492f4e4d8a4c")]
    [InlineData(new[] { 1 }, "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6", "8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661")]
    [InlineData(new[] { 1, 2, 3 }, "71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc", "54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715")]
    [InlineData(new[] { 1, 1, 1, 1 }, "89f2ada89ff8c96763c6b25010e6dd76a4c05b1466207633ea559acf2093211b", "2cdba690d0e09563596e0cda626d43eb4c96ef1e994fe72d9b2f5a83cfcd36dd")]
    [InlineData(new[] { 1, 2, 1, 2 }, "90f8313ef12df385d237a067aded02562c35ded12116e32eba401dbc86c38031", "284ea045e5a579e99c21ec597c20de1fc0c09e7168162aac00db8f61b3d82dbb")]
    [InlineData(new[] { 1, 2, 1, 2, 3, 4 }, "52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9", "91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f")]
    [InlineData(new[] { 0, 1, 0, 1 }, "e1755c85be07fd6b7a8d7becc85e6d8c5f507f2a3d38b316bcb6f97855e72188", "207caf24fce045ac6d873b4c6186a5a435d600d103e1ae345e55ddf1f4b7f7ef")]
    public void The_reference_implementation_names_the_same_roots(int[] nodes, string xorb, string file)
    {
        string[] hashes =
        [
            new('0', 64),
            "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6",
            "c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72",
            "0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37",
            "adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784",
        ];
        var tree = new XetTree();
        foreach (var (finish, expected) in new (Func<XetHash>, string)[] { (tree.FinishXorb, xorb), (tree.FinishFile, file) })
        {
            foreach (var node in nodes)
            {
                Assert.True(XetHash.TryParse(hashes[node], out var hash));
                tree.Append(hash, node * 100);
            }

            Assert.Equal(expected, finish().ToString());
        }
    }

    [Fact]
    public void A_tree_that_grows_from_the_left_has_the_root_of_one_built_level_by_level()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var tree = new XetTree();
        foreach (var count in Enumerable.Range(1, 300).Concat([1000, 5000, 20_000]))
        {
            var nodes = new List<(XetHash Hash, long Length)>();
            var bytes = new byte[32];
            for (var i = 0; i < count; i++)
            {
                random.NextBytes(bytes);
                nodes.Add((new XetHash(bytes), random.Next(1, 131073)));
                tree.Append(nodes[i].Hash, nodes[i].Length);
            }

            Assert.True(RootOf(nodes) == tree.FinishXorb(), $"{count} nodes, seed {seed}");
        }
    }

    // The definition, word for word.
    private static XetHash RootOf(List<(XetHash Hash, long Length)> nodes)
    {
        while (nodes.Count > 1)
        {
            var parents = new List<(XetHash, long)>();
            for (var at = 0; at < nodes.Count;)
            {
                var group = nodes.Skip(at).Take(9).ToList();
                var end = group.FindIndex(2 < group.Count ? 2 : group.Count, node => Convert.ToUInt64(node.Hash.ToString()[48..], 16) % 4 == 0);
                if (end >= 0)
                    group.RemoveRange(end + 1, group.Count - end - 1);
                at += group.Count;
                var text = string.Concat(group.Select(node => $"{node.Hash} : {node.Length}\n"));
                var hash = new byte[32];
                Blake3.HashKeyed(
                    [1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230, 93, 221, 83, 111, 55, 199, 109, 210, 248, 99, 82, 230, 74, 83, 113, 63],
                    System.Text.Encoding.ASCII.GetBytes(text),
                    hash);
                parents.Add((new XetHash(hash), group.Sum(node => node.Length)));
            }

            nodes = parents;
        }

        return nodes[0].Hash;
    }
}
