using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

public sealed class Lz4FrameTests
{
    public static TheoryData<string> Forms => [.. Builders.Keys];

    private static Dictionary<string, Lz4Builder> Builders { get; } = new()
    {
        ["independent"] = new(),
        ["linked"] = new() { Independent = false, BlockLength = 5000 },
        ["literals only"] = new() { LiteralsOnly = true },
        ["stored and compressed in turn"] = new() { StoredEvery = 2, BlockLength = 3000, Independent = false },
        ["all checksums and the size"] = new() { BlockChecksums = true, ContentChecksum = true, ContentSize = true, BlockLength = 9000 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_frame_of_any_form_decodes_to_its_content(string form)
    {
        foreach (var content in new[] { XetSamples.Words(100_000), XetSamples.Noise(70_001), new byte[131_072], XetSamples.Words(7), [42] })
        {
            var decoded = new byte[content.Length];
            Lz4Frame.Decode(Builders[form].Encode(content), decoded);
            Assert.Equal(content, decoded);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_prefix_of_a_frame_is_refused(string form)
    {
        var content = XetSamples.Words(12_000);
        var frame = Builders[form].Encode(content);
        var decoded = new byte[content.Length];
        for (var length = 0; length < frame.Length; length++)
            Assert.Throws<XetFormatException>(() => Lz4Frame.Decode(frame.AsSpan(0, length), decoded));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Damage_ends_in_content_of_the_declared_length_or_in_a_refusal(string form)
    {
        var seed = Environment.TickCount;
        var content = XetSamples.Words(12_000);
        var refused = 0;
        foreach (var frame in XetSamples.Damaged(Builders[form].Encode(content), 3000, seed))
        {
            // One byte more than is declared shows whether something is written behind the content.
            var decoded = new byte[content.Length + 1];
            try
            {
                Lz4Frame.Decode(frame, decoded.AsSpan(0, content.Length));
            }
            catch (XetFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }

            Assert.Equal(0, decoded[^1]);
        }

        Assert.True(refused > 1000, $"only {refused} of 3000 refused, seed {seed}");
    }

    [Theory]
    [InlineData("more content than declared", 999)]
    [InlineData("less content than declared", 1001)]
    public void Content_of_another_length_is_refused(string why, int declared)
    {
        var frame = new Lz4Builder().Encode(XetSamples.Words(1000));
        var refusal = Assert.Throws<XetFormatException>(() => Lz4Frame.Decode(frame, new byte[declared]));
        Assert.True(refusal.Message.Contains("decodes to", StringComparison.Ordinal), why);
    }

    // Each line: what is odd, the frame behind its magic number as hexadecimal digits, and whether it decodes to five times 'a'.
    [Theory]
    [InlineData("a plain one", "604082" + "06000000" + "50" + "6161616161" + "00000000", true)]
    [InlineData("a run that overlaps itself, then an empty last sequence", "604082" + "05000000" + "10" + "61" + "0100" + "00" + "00000000", true)]
    [InlineData("a match at the end without a last sequence", "604082" + "04000000" + "10" + "61" + "0100" + "00000000", false)]
    [InlineData("a distance of zero", "604082" + "05000000" + "10" + "61" + "0000" + "00" + "00000000", false)]
    [InlineData("a distance before the start", "604082" + "05000000" + "10" + "61" + "0200" + "00" + "00000000", false)]
    [InlineData("a wrong header checksum", "604083" + "06000000" + "50" + "6161616161" + "00000000", false)]
    [InlineData("another version", "A04082" + "06000000" + "50" + "6161616161" + "00000000", false)]
    [InlineData("a dictionary", "614082" + "06000000" + "50" + "6161616161" + "00000000", false)]
    [InlineData("a second frame behind it", "604082" + "06000000" + "50" + "6161616161" + "00000000" + "04224D18", false)]
    [InlineData("an empty block in between", "604082" + "01000000" + "00" + "06000000" + "50" + "6161616161" + "00000000", true)]
    [InlineData("a block longer than the frame allows", "604082" + "01000180" + "6161616161" + "00000000", false)]
    public void Odd_frames_are_decoded_or_refused(string what, string hex, bool valid)
    {
        var frame = Convert.FromHexString("04224D18" + hex);
        var decoded = new byte[5];
        var damage = Record.Exception(() => Lz4Frame.Decode(frame, decoded));
        Assert.True(valid == damage is null, $"{what}: {damage?.Message}");
        Assert.True(damage is null or XetFormatException, what);
        if (valid)
            Assert.Equal("aaaaa"u8.ToArray(), decoded);
    }

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void The_checksum_is_the_published_one(string text, uint expected) =>
        Assert.Equal(expected, XxHash32.Hash(System.Text.Encoding.ASCII.GetBytes(text)));
}
