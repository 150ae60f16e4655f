using System.IO.Compression;
using System.Text;
using Assay.Testing;
using static Assay.Formats.Tests.Containers.Reading;

namespace Assay.Formats.Tests.Containers;

public sealed class CompressionTests
{
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void The_inflater_agrees_with_the_framework_and_knows_where_the_data_ends(CompressionLevel level)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var content = new byte[random.Next(seed < 30 ? 3000 : 400_000)];
            // Noise, small alphabets and long runs use stored, fixed and dynamic blocks, near and far distances.
            for (var i = 0; i < content.Length; i++)
                content[i] = (seed % 4) switch { 0 => (byte)random.Next(256), 1 => (byte)random.Next(3), 2 => (byte)(i / 1000), _ => (byte)((i * i) >> 6) };
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, level, leaveOpen: true))
                deflate.Write(content);
            var length = packed.Length;
            packed.Write(new byte[100]);
            using var spool = new Spool();
            var result = Inflater.Inflate(new MemoryByteSource(packed.ToArray()), 0, packed.Length, spool, new WorkBudget(new WorkLimits()));
            Assert.Null(result.Damage);
            Assert.True(result.Ended);
            Assert.Equal(length, result.Consumed);
            Assert.Equal(content.Length, result.Produced);
            Assert.Equal(Crc32.Append(0, content), result.Crc);
            using var back = spool.ToSource();
            var bytes = new byte[content.Length];
            Assert.Equal(content.Length, back.ReadAt(0, bytes));
            Assert.Equal(content, bytes);
        }
    }

    [Fact]
    public void The_inflater_says_that_data_was_cut_off()
    {
        var packed = ZipBuilder.Deflate(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000))));
        var result = Inflater.Inflate(new MemoryByteSource(packed), 0, packed.Length - 5, null, new WorkBudget(new WorkLimits()));
        Assert.False(result.Ended);
        Assert.Equal(MalformationKind.Truncated, result.Damage!.Kind);
        Assert.True(result.Produced > 0);
    }

    [Fact]
    public void Gzip_members_are_read_one_after_the_other_and_zeros_are_padding()
    {
        byte[] bytes = [.. SampleCatalog.Gzip("one "u8.ToArray()), .. SampleCatalog.Gzip("two"u8.ToArray()), .. new byte[300]];
        var facts = Compressed(new GzipReader(), bytes);
        Assert.Equal([("(content)", ChildRole.Content, "one two")], Contents(facts));
        Assert.Equal(2, facts.Members);
        Assert.Empty(facts.Issues);
        Assert.Empty(facts.Malformations);
    }

    [Fact]
    public void What_follows_a_gzip_stream_is_offered()
    {
        var facts = Compressed(new GzipReader(), [.. SampleCatalog.Gzip("one"u8.ToArray()), .. "MZ and more"u8]);
        Assert.Equal([("(content)", ChildRole.Content, "one"), ("(appended@23)", ChildRole.Slack, "MZ and more")], Contents(facts));
        Assert.Equal([ArchiveIssueKind.Appended], Kinds(facts));
    }

    [Fact]
    public void Wrong_checksums_and_lengths_of_gzip_are_noted()
    {
        var bytes = SampleCatalog.Gzip("content"u8.ToArray());
        bytes[^4] ^= 1;
        var facts = Compressed(new GzipReader(), bytes);
        Assert.Equal("content", Assert.Single(Contents(facts)).Text);
        Assert.Equal([ArchiveIssueKind.FalseLength], Kinds(facts));

        // With both wrong it is damage, not a lie.
        bytes[^8] ^= 1;
        facts = Compressed(new GzipReader(), bytes);
        Assert.Equal("content", Assert.Single(Contents(facts)).Text);
        Assert.Equal([ArchiveIssueKind.ChecksumMismatch], Kinds(facts));
    }

    [Fact]
    public void A_gzip_name_is_shown_without_its_folders()
    {
        var (_, _, bytes) = SampleCatalog.All.Single(s => s.Name == "all header fields");
        var facts = Compressed(new GzipReader(), bytes);
        Assert.Equal([("name.txt", ChildRole.Content, "content")], Contents(facts));
        Assert.Empty(facts.Issues);
    }

    [Fact]
    public void Zlib_is_recognised_by_inflating_and_not_by_two_bytes()
    {
        var text = "x^2 + y^2 = z^2 is what Pythagoras said, in other words, about triangles"u8.ToArray();
        using var edges = EdgeBuffer.Read(new MemoryByteSource(text), new WorkBudget(new WorkLimits()));
        Assert.Equal(MatchStrength.None, new ZlibReader().Recognise(edges.Edges).Strength);

        var facts = Compressed(new ZlibReader(), [.. SampleCatalog.Zlib("abc"u8.ToArray()), .. "tail"u8]);
        Assert.Equal(["abc", "tail"], Contents(facts).Select(c => c.Text));
    }

    [Fact]
    public void Files_of_early_joblib_hold_a_zlib_stream_behind_a_length()
    {
        var facts = Compressed(new JoblibZfileReader(), SampleCatalog.Zfile("abc"u8.ToArray()));
        Assert.Equal([("(content)", ChildRole.Content, "abc")], Contents(facts));
        Assert.Equal(3, facts.DeclaredLength);
        Assert.Empty(facts.Issues);
    }

    [Fact]
    public void A_program_behind_a_picture_is_offered()
    {
        foreach (var format in new[] { FormatId.Png, FormatId.Gif, FormatId.Jpeg, FormatId.WebP })
        {
            var (_, _, bytes) = SampleCatalog.All.First(s => s.Format == format);
            var reader = FormatCatalog.Readers.First(r => r.Id == format);
            Assert.Empty(reader.Read(new MemoryByteSource(bytes), Scope()).Children);
            var facts = (MediaFacts)reader.Read(new MemoryByteSource((byte[])[.. bytes, .. "\u007fELF hidden"u8]), Scope());
            Assert.Equal(FormatId.Elf, facts.Slack!.Looks!.Format);
            Assert.Equal(bytes.Length, facts.EndOffset);
            Assert.Equal(ChildRole.Slack, Assert.Single(Contents(facts)).Role);
        }
    }

    [Fact]
    public void What_follows_the_tensors_of_a_safetensors_file_is_offered()
    {
        var bytes = SampleCatalog.Safetensors();
        Assert.Empty(new SafetensorsReader().Read(new MemoryByteSource(bytes), Scope()).Children);
        var facts = new SafetensorsReader().Read(new MemoryByteSource((byte[])[.. bytes, .. "payload"u8]), Scope());
        Assert.Equal([($"(appended@{bytes.Length})", ChildRole.Slack, "payload")], Contents(facts));
        Assert.Equal(bytes.Length, facts.EndOffset);
    }
}
