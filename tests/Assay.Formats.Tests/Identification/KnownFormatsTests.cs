using System.Text;

namespace Assay.Formats.Tests.Identification;

public sealed class KnownFormatsTests
{
    [Theory]
    [InlineData("pe", "4d5a90000300000004000000ffff0000b800000000000000400000000000000000000000000000000000000000000000000000000000000000000000800000000e1f")]
    [InlineData("elf", "7f454c4602010100")]
    [InlineData("mach-o", "cffaedfe07000001")]
    [InlineData("mach-o", "cafebabe0000000200000007")]
    [InlineData("java-class", "cafebabe0000003d00100a00")]
    [InlineData("wasm", "0061736d01000000")]
    [InlineData("ape", "4d5a714670443d27")]
    [InlineData("7z", "377abcaf271c0004")]
    [InlineData("rar", "526172211a070100")]
    [InlineData("bzip2", "425a68393141592653590000")]
    [InlineData("xz", "fd377a585a000004")]
    [InlineData("lzma", "5d00008000ffffffffffffffff0000")]
    [InlineData("zstd", "28b52ffd24100000")]
    [InlineData("lz4", "04224d1864700000")]
    [InlineData("gguf", "47475546030000000000")]
    [InlineData("hdf5", "894844460d0a1a0a0000")]
    [InlineData("safetensors", "04000000000000007b7d202000")]
    [InlineData("tflite", "1c00000054464c330000")]
    [InlineData("catboost", "43424d3100000000")]
    [InlineData("lightgbm", "747265650a76657273696f6e3d76340a")]
    [InlineData("r-data", "580a000000030004000200030500000000")]
    [InlineData("onnx", "0808120770797472746368323a001a05")]
    [InlineData("fasttext", "ba164f2f0c000000640000000500")]
    [InlineData("faiss", "4978463280000000000000000000")]
    [InlineData("sqlite", "53514c69746520666f726d6174203300")]
    [InlineData("sentencepiece", "0a0a0a03613162150000000018020a080a01611500000000" + "0a080a0162150000803f" + "0a080a0163150000803f")]
    [InlineData("pdf", "255044462d312e370a")]
    [InlineData("msgpack", "82a6706172616d73a474657374c00000")]
    public void Formats_are_known_by_their_signature(string format, string hex)
    {
        var bytes = Convert.FromHexString(hex);
        if (format == "onnx")
            bytes = [8, 8, 18, 7, .. "pytorch"u8, 26, 3, .. "2.1"u8, 58, 0];
        if (format == "sentencepiece")
            bytes = [.. Enumerable.Range(0, 4).SelectMany(i => (byte[])[10, 8, 10, 1, (byte)('a' + i), 21, 0, 0, 0, 0])];
        Assert.Equal(format, Recognise(bytes)?.Format.Name);
    }

    [Theory]
    [InlineData("MZ is how this plain sentence starts, and it goes on for longer than a header of sixty-four bytes would be.", "text")]
    [InlineData("GGUF is a format", "text")]
    [InlineData("{\"a\": 1}", "json")]
    [InlineData("[1, 2]", "json")]
    [InlineData("<?xml version=\"1.0\"?>", "xml")]
    [InlineData("{% if true %}x{% endif %}", "text")]
    [InlineData("naïve – „Text“ 😀", "text")]
    [InlineData("BM is not always a bitmap", "text")]
    [InlineData("ID3 tags are explained here", "text")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "lfs-pointer")]
    public void Text_that_starts_like_a_signature_stays_text(string text, string format)
    {
        Assert.Equal(format, Recognise(Encoding.UTF8.GetBytes(text))?.Format.Name);
    }

    [Fact]
    public void Other_encodings_are_text_as_well()
    {
        Assert.Equal(FormatId.Text, Recognise([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("sixteen bits")])?.Format);
        Assert.Equal(FormatId.Text, Recognise(Encoding.Latin1.GetBytes("Größe und Maß in einer alten Datei"))?.Format);
    }

    [Fact]
    public void Noise_is_nothing_known()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var bytes = new byte[4096];
            new Random(seed).NextBytes(bytes);
            bytes[0] = (byte)seed;
            Assert.True(Recognise(bytes) is null or { Disposition: not FormatDisposition.Inert }, $"seed {seed}: {Recognise(bytes)?.Format}");
        }
    }

    [Fact]
    public void Text_is_looked_at_to_its_end_before_it_counts_as_text()
    {
        var bytes = Encoding.ASCII.GetBytes(new string('a', 200_000));
        Assert.Equal(FormatId.Text, Identify(bytes).Known?.Format);
        bytes[150_000] = 0;
        Assert.Null(Identify(bytes).Known);
    }

    [Fact]
    public void Zeros_and_nothing_are_inert()
    {
        Assert.Equal(FormatId.Zeros, Identify(new byte[10_000]).Known?.Format);
        Assert.Equal(FormatId.Empty, Identify([]).Known?.Format);
        Assert.Null(Identify([.. new byte[10_000], 1]).Known);
    }

    [Fact]
    public void A_file_that_is_two_things_matches_both_readers()
    {
        byte[] pickle = [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'.'];
        var found = Identify([.. pickle, .. new Assay.Testing.ZipBuilder().Add("a", "x").Build()]);
        Assert.Equal([FormatId.Pickle, FormatId.Zip], found.Matches.Where(m => m.Match.Strength == MatchStrength.Strong).Select(m => m.Reader.Id));
    }

    [Fact]
    public void A_checkpoint_at_the_end_of_a_tar_makes_no_second_format()
    {
        var zip = new Assay.Testing.ZipBuilder().Add("m/data.pkl", "}.").Build();
        var found = Identify(new Assay.Testing.TarBuilder().Add("weights.ckpt", zip).End().Build());
        Assert.Equal([FormatId.Tar], found.Matches.Where(m => m.Match.Strength == MatchStrength.Strong).Select(m => m.Reader.Id));
    }

    [Fact]
    public void An_archive_between_other_data_is_still_found()
    {
        var found = Identify([.. new byte[100], .. new Assay.Testing.ZipBuilder().Add("a", "x").Build(), .. "more behind it"u8]);
        Assert.Contains(found.Matches, m => m.Reader.Id == FormatId.Zip);
    }

    private static KnownFormat? Recognise(byte[] bytes) => KnownFormats.Recognise(new FileEdges(bytes, bytes, bytes.Length));

    private static Formats.Identification Identify(byte[] bytes) =>
        FormatIdentifier.Identify(new MemoryByteSource(bytes), new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(false)));
}
