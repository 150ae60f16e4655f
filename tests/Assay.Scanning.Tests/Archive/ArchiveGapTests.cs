using System.Text;
using Assay.Formats;
using Assay.Testing;

namespace Assay.Scanning.Tests.Archive;

/// <summary>What could not be unpacked is never clean.</summary>
public sealed class ArchiveGapTests
{
    private static readonly byte[] Noise = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(i => i * 7919 % 9973)));

    [Fact]
    public void A_bomb_is_incomplete_for_its_limit()
    {
        var zeros = new byte[80 << 20];
        Incomplete(IncompleteReason.Limit, new ZipBuilder().Add("a.bin", zeros, m => m.Method = 8).Build());
        Incomplete(IncompleteReason.Limit, SampleCatalog.Gzip(zeros));
        Incomplete(IncompleteReason.Limit, SampleCatalog.Zlib(zeros));
    }

    [Fact]
    public void Compressed_data_that_was_cut_off_is_incomplete()
    {
        var data = ZipBuilder.Deflate(Noise);
        Incomplete(IncompleteReason.Truncated, new ZipBuilder().Add("a.txt", Noise, m => { m.Method = 8; m.Data = data[..1000]; }).Build());
        Incomplete(IncompleteReason.Truncated, SampleCatalog.Gzip(Noise)[..1000]);
        Incomplete(IncompleteReason.Truncated, SampleCatalog.Zlib(Noise)[..1000]);
        Incomplete(IncompleteReason.Truncated, new ZipBuilder().Add("a.txt", Noise).Build()[..1000]);
        Incomplete(IncompleteReason.Truncated, new TarBuilder().Add("a.txt", Noise).Build()[..1024]);
    }

    [Fact]
    public void Encrypted_and_unread_members_are_incomplete()
    {
        var random = new byte[Noise.Length + 12];
        new Random(1).NextBytes(random);
        Incomplete(IncompleteReason.Encrypted, new ZipBuilder().Add("a.txt", Noise, m => { m.Flags = 1; m.Data = random; }).Build());
        Incomplete(IncompleteReason.Unsupported, new ZipBuilder().Add("a.txt", Noise, m => { m.Method = 14; m.Data = random; }).Build());
    }

    [Fact]
    public void A_7z_archive_under_the_name_of_a_model_is_suspicious_and_under_its_own_is_not()
    {
        byte[] bytes = [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c, 0, 4, .. Noise];
        Assert.Equal(Verdict.Suspicious, Scan(bytes, "pytorch_model.bin").Verdict);
        Assert.Equal(Verdict.Incomplete, Scan(bytes, "data.7z").Verdict);
    }

    [Fact]
    public void Whole_archives_of_text_are_clean()
    {
        foreach (var bytes in new[] { new ZipBuilder().Add("a.txt", Noise, m => m.Method = 8).Build(), new TarBuilder().Add("a.txt", Noise).End().Build(), SampleCatalog.Gzip(Noise), SampleCatalog.Zlib(Noise) })
            Assert.Equal(Verdict.Clean, Scan(bytes, "a.bin").Verdict);
    }

    private static void Incomplete(IncompleteReason reason, byte[] bytes)
    {
        var report = Scan(bytes, "a.bin");
        Assert.Equal(Verdict.Incomplete, report.Verdict);
        Assert.Contains(report.Incomplete, i => i.Reason == reason);
    }

    private static ArtifactReport Scan(byte[] bytes, string name) =>
        new ArtifactScanner(new ScanOptions()).Scan(new MemoryByteSource(bytes), name, name, new HashSet<string>(), TestContext.Current.CancellationToken);
}
