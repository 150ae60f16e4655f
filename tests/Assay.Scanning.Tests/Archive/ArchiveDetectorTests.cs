using System.Text;
using Assay.Formats;
using Assay.Testing;

namespace Assay.Scanning.Tests.Archive;

/// <summary>Every trick with an archive, each beside the honest archive that resembles it.</summary>
public sealed class ArchiveDetectorTests
{
    private static readonly byte[] Long = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("echo hello ", 200)));

    [Fact]
    public void Two_names_for_a_member_are_high()
    {
        Expect("ARC-002", Severity.High, Confidence.High, Checkpoint(m => m.LocalName = "m/readme"));
        Honest(Checkpoint(_ => { }));
    }

    [Fact]
    public void A_false_encryption_flag_is_high_and_real_encryption_is_not()
    {
        Expect("ARC-003", Severity.High, Confidence.High, Checkpoint(m => m.Flags = 1));
        var random = new byte[Long.Length + 12];
        new Random(1).NextBytes(random);
        var real = new ZipBuilder().Add("a", Long, m => { m.Flags = 1; m.Data = random; }).Build();
        Expect("ARC-010", Severity.Medium, Confidence.High, real);
        Assert.DoesNotContain(ArchiveScan.Findings(real), f => f.Severity == Severity.High);
    }

    [Fact]
    public void A_false_method_is_high()
    {
        Expect("ARC-003", Severity.High, Confidence.High, new ZipBuilder().Add("m/data.pkl", Long, m => { m.Method = 12; m.RealMethod = 8; }).Build());
        Expect("ARC-003", Severity.High, Confidence.High, new ZipBuilder().Add("m/data.pkl", Long, m => { m.Method = 8; m.RealMethod = 0; }).Build());
        Honest(new ZipBuilder().Add("m/data.pkl", Long, m => m.Method = 8).Build());
    }

    [Fact]
    public void A_wrong_checksum_is_medium_and_never_certain()
    {
        Expect("ARC-004", Severity.Medium, Confidence.Medium, Checkpoint(m => m.Crc = 1));
    }

    [Fact]
    public void A_second_pickle_of_the_same_name_is_certain_and_a_repeated_notice_is_not()
    {
        Expect("ARC-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("m/data.pkl", "1").Add("m/data.pkl", "2").Build());
        Expect("ARC-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("m/data.pkl", "1").Add("m/Data.pkl", "2").Build());
        Expect("ARC-005", Severity.Medium, Confidence.Medium, new ZipBuilder().Add("META-INF/NOTICE.txt", "1").Add("META-INF/NOTICE.txt", "2").Build());
        Honest(new ZipBuilder().Add("META-INF/LICENSE", "1").Add("META-INF/LICENSE", "1").Build());
        Honest(new ZipBuilder().Add("m/data.pkl", "1").Add("m/code/Foo.py", "1").Add("m/code/foo.py", "2").Build());
    }

    [Fact]
    public void A_member_outside_the_directory_is_high()
    {
        Expect("ARC-002", Severity.High, Confidence.High, new ZipBuilder().Add("a", "1").Add("b.pkl", "2", m => m.Listed = false).Add("c", "3").Build());
    }

    [Fact]
    public void Two_archives_in_one_file_are_high()
    {
        Expect("ARC-002", Severity.High, Confidence.High, [.. new ZipBuilder().Add("a", "1").Build(), .. new ZipBuilder().Add("b", "2").Build()]);
        Honest(new ZipBuilder().Add("inner.zip", new ZipBuilder().Add("a", "1").Build()).Build());
    }

    [Fact]
    public void Wrong_counts_lengths_and_shared_bytes_are_structural_lies()
    {
        Expect("SCN-005", Severity.Medium, Confidence.High, new ZipBuilder { Count = 9 }.Add("a", "1").Build());
        Expect("SCN-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("a", Long, m => { m.Method = 8; m.UncompressedSize = 5; m.LocalUncompressedSize = 5; }).Build());
        Expect("SCN-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("a", "1").Add("b", "1", m => { m.Absent = true; m.HeaderOffset = 0; }).Build());
        Expect("SCN-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("a/", "data").Build());
        Expect("SCN-005", Severity.Medium, Confidence.High, new ZipBuilder().Add("m/data.pkl\0.txt", "data").Build());
    }

    [Fact]
    public void Paths_and_links_that_escape_are_high()
    {
        Expect("ARC-001", Severity.High, Confidence.High, new ZipBuilder().Add("../../x", "1").Build());
        Expect("ARC-001", Severity.High, Confidence.High, new TarBuilder().Add("/etc/x", "1").End().Build());
        Expect("ARC-009", Severity.High, Confidence.High, new TarBuilder().Add("l", [], '2', "../../x").End().Build());
        Expect("ARC-009", Severity.High, Confidence.High, new TarBuilder().Add("tty", [], '3').End().Build());
        Honest(new TarBuilder().Add("./a", "1").Add("l", [], '2', "a").Add("h", [], '1', "./a").End().Build());
        Honest(new ZipBuilder().Add("a\\b", "1").Build());
    }

    [Fact]
    public void A_program_in_front_makes_a_self_extractor()
    {
        byte[] elf = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[200]];
        var bytes = new ZipBuilder { Prefix = elf }.Add("a", "1").Build();
        Expect("ARC-006", Severity.High, Confidence.High, bytes);
        Expect("ARC-006", Severity.Medium, Confidence.Medium, bytes, "setup.exe");
        Expect("ARC-006", Severity.Medium, Confidence.Medium, new ZipBuilder { Prefix = "MZqFpD='\n#!/bin/sh\n"u8.ToArray() }.Add("a.gguf", "1").Build(), "model.llamafile");
    }

    [Fact]
    public void Data_around_an_archive_is_medium_and_lines_of_text_are_not()
    {
        byte[] noise = [.. Enumerable.Range(0, 300).Select(i => (byte)(i * 37 % 251 | 128))];
        Expect("ARC-007", Severity.Medium, Confidence.Medium, new ZipBuilder { Prefix = noise }.Add("a", "1").Build());
        Expect("ARC-007", Severity.Medium, Confidence.Medium, new ZipBuilder { Appended = noise }.Add("a", "1").Build());
        Expect("ARC-007", Severity.High, Confidence.High, new ZipBuilder { Appended = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2] }.Add("a", "1").Build());
        Honest(new ZipBuilder { Appended = "\r\n"u8.ToArray() }.Add("a", "1").Build());
        Honest(new ZipBuilder { Prefix = "#!/usr/bin/env python3\n"u8.ToArray() }.Add("__main__.py", "1").Build());
        Honest([.. SampleCatalog.Gzip(Long), .. SampleCatalog.Gzip(Long), .. new byte[100]]);
    }

    [Fact]
    public void A_bomb_that_lies_about_its_size_is_high_and_zeros_that_shrink_are_not()
    {
        var zeros = new byte[80 << 20];
        Expect("ARC-008", Severity.High, Confidence.High, new ZipBuilder().Add("zeros.npy", zeros, m => { m.Method = 8; m.UncompressedSize = 100; }).Build());
        var honest = ArchiveScan.Findings(new ZipBuilder().Add("zeros.npy", zeros, m => m.Method = 8).Build());
        Assert.Equal(Severity.Medium, Assert.Single(honest, f => f.Rule.Id == "ARC-008").Severity);
        Expect("ARC-008", Severity.Medium, Confidence.Medium, SampleCatalog.Gzip(zeros));
    }

    [Fact]
    public void A_program_behind_a_picture_is_high_and_a_second_picture_is_not()
    {
        var jpeg = SampleCatalog.All.First(s => s.Format == FormatId.Jpeg).Bytes;
        Expect("ARC-007", Severity.High, Confidence.High, [.. jpeg, 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1], "cat.jpg");
        Honest([.. jpeg, .. jpeg]);
    }

    [Fact]
    public void What_shows_only_when_members_are_opened_is_reported_once()
    {
        var findings = ArchiveScan.Findings(Checkpoint(m => m.Crc = 1));
        Assert.Single(findings);
    }

    private static byte[] Checkpoint(Action<ZipMemberBuilder> lie) =>
        new ZipBuilder().Add("m/data.pkl", [0x80, 2, (byte)'}', (byte)'.'], lie).Add("m/data/0", new byte[64]).Add("m/version", "3\n").Build();

    private static void Expect(string rule, Severity severity, Confidence confidence, byte[] bytes, string name = "model.pt")
    {
        var findings = ArchiveScan.Findings(bytes, name);
        Assert.Contains(findings, f => f.Rule.Id == rule && f.Severity == severity && f.Confidence == confidence && !string.IsNullOrEmpty(f.Evidence));
    }

    private static void Honest(byte[] bytes) => Assert.Empty(ArchiveScan.Serious(bytes));
}
