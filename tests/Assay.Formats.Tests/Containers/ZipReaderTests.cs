using System.Text;
using Assay.Testing;
using static Assay.Formats.Tests.Containers.Reading;

namespace Assay.Formats.Tests.Containers;

public sealed class ZipReaderTests
{
    private static readonly byte[] Long = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("echo hello ", 200)));

    [Fact]
    public void Stored_and_deflated_members_are_opened_with_their_names_and_content()
    {
        var facts = Zip(new ZipBuilder().Add("a.txt", "hello").Add("d/b.txt", Long, m => m.Method = 8).Build());

        Assert.Equal([("a.txt", ChildRole.Member, "hello"), ("d/b.txt", ChildRole.Member, Encoding.UTF8.GetString(Long))], Contents(facts));
        Assert.Empty(facts.Issues);
        Assert.Empty(facts.Malformations);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sizes_behind_the_data_are_normal(bool bare)
    {
        var facts = Zip(new ZipBuilder()
            .Add("a", Long, m => { m.Method = 8; m.Streamed = true; m.BareDescriptor = bare; })
            .Add("b", "stored", m => { m.Streamed = true; m.BareDescriptor = bare; }).Build());

        Assert.Equal(["a", "b"], Contents(facts).Select(c => c.Name));
        Assert.Empty(facts.Issues);
    }

    [Fact]
    public void Sixty_four_bit_records_are_read_and_a_contradiction_is_noted()
    {
        Assert.Empty(Zip(new ZipBuilder { Zip64 = true }.Add("a", "x").Build()).Issues);
        var lying = Zip(new ZipBuilder { Zip64 = true, Count = 7 }.Add("a", "x").Build());
        Assert.Contains(ArchiveIssueKind.WrongCount, Kinds(lying));
        Assert.Equal("x", Assert.Single(Contents(lying)).Text);
    }

    [Fact]
    public void An_empty_archive_has_no_members_and_no_trouble()
    {
        var facts = Zip(new ZipBuilder().Build());
        Assert.Empty(facts.Entries);
        Assert.Empty(facts.Issues);
        Assert.Empty(facts.Malformations);
    }

    [Fact]
    public void Two_names_for_one_member_are_both_offered()
    {
        var facts = Zip(new ZipBuilder().Add("readme.txt", "x", m => m.LocalName = "data.pkl").Build());
        Assert.Equal([ArchiveIssueKind.NamesDisagree], Kinds(facts));
        Assert.Equal(["readme.txt", "readme.txt (as data.pkl)"], Contents(facts).Select(c => c.Name));
    }

    [Fact]
    public void Separators_alone_make_no_second_name()
    {
        Assert.DoesNotContain(ArchiveIssueKind.NamesDisagree, Kinds(Zip(new ZipBuilder().Add("a/b", "x", m => m.LocalName = "a\\b").Build())));
    }

    [Theory]
    [InlineData((ushort)0)]
    [InlineData((ushort)8)]
    public void A_false_encryption_flag_does_not_hide_the_content(ushort method)
    {
        var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Method = method; m.Flags = 1; }).Build());
        Assert.Equal([ArchiveIssueKind.FalseEncryption], Kinds(facts));
        Assert.Equal(Encoding.UTF8.GetString(Long), Assert.Single(Contents(facts)).Text);
    }

    [Fact]
    public void A_false_encryption_flag_in_the_local_header_alone_is_seen()
    {
        var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Method = 8; m.LocalFlags = 1; }).Build());
        Assert.Equal([ArchiveIssueKind.HeadersDisagree, ArchiveIssueKind.FalseEncryption], Kinds(facts));
        Assert.Equal(Encoding.UTF8.GetString(Long), Assert.Single(Contents(facts)).Text);
    }

    [Fact]
    public void Real_encryption_is_a_gap()
    {
        var random = new byte[Long.Length + 12];
        new Random(5).NextBytes(random);
        var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Flags = 1; m.Data = random; }).Build());
        Assert.Equal([ArchiveIssueKind.Encrypted], Kinds(facts));
        Assert.Equal("<Encrypted>", Assert.Single(Contents(facts)).Text);
    }

    [Fact]
    public void A_false_method_does_not_hide_the_content()
    {
        // Deflate called bzip2, stored called deflate, deflate called stored, stored under an unknown number.
        foreach (var (declared, real) in new (ushort, ushort)[] { (12, 8), (8, 0), (0, 8), (77, 0) })
        {
            var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Method = declared; m.RealMethod = real; }).Build());
            var contents = Contents(facts);
            Assert.Contains(ArchiveIssueKind.FalseMethod, Kinds(facts));
            Assert.Contains(contents, c => c.Text == Encoding.UTF8.GetString(Long));
        }
    }

    [Fact]
    public void A_method_that_differs_between_the_headers_gives_both_readings()
    {
        var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Method = 0; m.LocalMethod = 8; m.RealMethod = 8; m.UncompressedSize = ZipBuilder.Deflate(Long).Length; }).Build());
        Assert.Contains(ArchiveIssueKind.HeadersDisagree, Kinds(facts));
        Assert.Contains(Contents(facts), c => c.Text == Encoding.UTF8.GetString(Long));
    }

    [Fact]
    public void A_wrong_checksum_is_noted_and_the_content_is_read()
    {
        foreach (var method in new ushort[] { 0, 8 })
        {
            var facts = Zip(new ZipBuilder().Add("a", Long, m => { m.Method = method; m.Crc = 0xdeadbeef; }).Build());
            Assert.Equal(Encoding.UTF8.GetString(Long), Assert.Single(Contents(facts)).Text);
            Assert.Equal([ArchiveIssueKind.ChecksumMismatch], Kinds(facts));
        }
    }

    [Fact]
    public void A_member_without_a_directory_entry_is_found()
    {
        var facts = Zip(new ZipBuilder().Add("a", "x").Add("hidden.pkl", "payload", m => m.Listed = false).Add("b", "y").Build());
        Assert.Equal([ArchiveIssueKind.HiddenMember], Kinds(facts));
        Assert.Contains(Contents(facts), c => c is { Name: "hidden.pkl", Text: "payload" });
        Assert.Equal(ZipEntrySource.LocalOnly, facts.Entries.Single(e => e.Name == "hidden.pkl").Source);
    }

    [Theory]
    [InlineData((ushort)0)]
    [InlineData((ushort)8)]
    public void A_hidden_member_whose_size_follows_it_is_found(ushort method)
    {
        var facts = Zip(new ZipBuilder().Add("hidden", Long, m => { m.Listed = false; m.Streamed = true; m.Method = method; }).Add("b", "y").Build());
        Assert.Contains(Contents(facts), c => c.Name == "hidden" && c.Text == Encoding.UTF8.GetString(Long));
        Assert.Equal([ArchiveIssueKind.HiddenMember], Kinds(facts));
    }

    [Fact]
    public void Bytes_before_between_and_behind_are_offered_as_slack()
    {
        var facts = Zip(new ZipBuilder { Prefix = "prefix!"u8.ToArray(), Appended = "appended"u8.ToArray() }
            .Add("a", "x", m => m.Gap = "between"u8.ToArray()).Add("b", "y").Build());

        Assert.Equal([ArchiveIssueKind.Prefix, ArchiveIssueKind.Gap, ArchiveIssueKind.Appended], Kinds(facts));
        Assert.Equal(["prefix!", "between", "appended"], Contents(facts).Where(c => c.Role == ChildRole.Slack).Select(c => c.Text));
        Assert.Equal(["x", "y"], Contents(facts).Where(c => c.Role == ChildRole.Member).Select(c => c.Text));
    }

    [Fact]
    public void Zeros_around_the_parts_are_padding()
    {
        Assert.Empty(Zip(new ZipBuilder { Appended = new byte[700] }.Add("a", "x", m => m.Gap = new byte[100]).Add("b", "y").Build()).Issues);
    }

    [Fact]
    public void Offsets_that_do_not_count_what_was_put_in_front_are_understood()
    {
        var facts = Zip(new ZipBuilder { Prefix = "#!/usr/bin/env python3\n"u8.ToArray(), OffsetsWithoutPrefix = true }.Add("__main__.py", "print()").Build());
        Assert.Contains(Contents(facts), c => c is { Name: "__main__.py", Text: "print()" });
        Assert.Equal([ArchiveIssueKind.Prefix], Kinds(facts));
    }

    [Fact]
    public void An_archive_in_front_of_the_archive_is_opened_as_one()
    {
        byte[] both = [.. new ZipBuilder().Add("first", "1").Build(), .. new ZipBuilder().Add("second", "2").Build()];
        var facts = Zip(both);
        Assert.Equal([ArchiveIssueKind.DirectoriesDisagree], Kinds(facts));
        Assert.Equal(["second", "(prefix)"], Contents(facts).Select(c => c.Name));
        Assert.Equal(["first"], Zip(Encoding.Latin1.GetBytes(Contents(facts)[1].Text)).Entries.Select(e => e.Name));
    }

    [Fact]
    public void An_end_record_inside_the_comment_does_not_hide_the_other_directory()
    {
        // Programs that look for the last signature find an empty archive; those that check the comment's length find the real one.
        var decoy = new ZipBuilder().Build();
        var facts = Zip(new ZipBuilder { Comment = decoy }.Add("a", "payload").Build());
        Assert.Contains(Contents(facts), c => c.Text == "payload");
        Assert.NotEmpty(facts.Issues);
    }

    [Fact]
    public void A_stored_archive_inside_is_not_taken_for_the_outer_one()
    {
        var facts = Zip(new ZipBuilder().Add("inner.zip", new ZipBuilder().Add("a", "x").Build()).Build());
        Assert.Equal(["inner.zip"], facts.Entries.Select(e => e.Name));
        Assert.Empty(facts.Issues);
    }

    [Fact]
    public void A_truncated_archive_keeps_its_members_and_says_so()
    {
        var whole = new ZipBuilder().Add("a", "first").Add("b", Long).Build();
        var facts = Zip(whole[..200]);
        Assert.Equal("first", Contents(facts)[0].Text);
        Assert.Contains(facts.Malformations, m => m.Kind == MalformationKind.Truncated);
    }

    [Fact]
    public void An_archive_with_more_behind_it_than_readers_search_is_still_read()
    {
        var tail = new byte[100_000];
        new Random(1).NextBytes(tail);
        var facts = Zip([.. new ZipBuilder().Add("a", "x").Build(), .. tail]);
        Assert.Equal([("a", "x")], Contents(facts).Where(c => c.Role == ChildRole.Member).Select(c => (c.Name, c.Text)));
        Assert.Equal([ArchiveIssueKind.Appended], Kinds(facts));
    }

    [Fact]
    public void Members_that_share_bytes_are_noted()
    {
        var facts = Zip(new ZipBuilder().Add("a", Long, m => m.Method = 8).Add("b", Long, m => { m.Absent = true; m.Method = 8; m.HeaderOffset = 0; }).Build());
        Assert.Contains(ArchiveIssueKind.Overlap, Kinds(facts));
    }

    [Fact]
    public void Names_twice_and_in_another_case_are_noted()
    {
        Assert.Equal([ArchiveIssueKind.DuplicateName], Kinds(Zip(new ZipBuilder().Add("a/data.pkl", "1").Add("a/data.pkl", "22").Build())));
        Assert.Equal([ArchiveIssueKind.DuplicateSame], Kinds(Zip(new ZipBuilder().Add("a", "1").Add("a", "1").Build())));
        Assert.Equal([ArchiveIssueKind.DuplicateIgnoringCase], Kinds(Zip(new ZipBuilder().Add("a/data.pkl", "1").Add("a/DATA.pkl", "2").Build())));
        Assert.Empty(Zip(new ZipBuilder().Add("LICENSE", "1").Add("license", "2").Build()).Issues);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/x")]
    [InlineData("\\x")]
    [InlineData("..\\x")]
    [InlineData("C:\\x")]
    [InlineData("c:x")]
    public void Names_that_escape_are_noted(string name)
    {
        Assert.Contains(ArchiveIssueKind.EscapingName, Kinds(Zip(new ZipBuilder().Add(name, "x").Build())));
        Assert.Contains(ArchiveIssueKind.EscapingName, Kinds(Zip(new ZipBuilder().Add("x", "x", m => m.LocalName = name).Build())));
    }

    [Theory]
    [InlineData("a/../x")]
    [InlineData("a..b/..c")]
    [InlineData("./x")]
    [InlineData("...")]
    public void Names_that_stay_inside_are_not(string name)
    {
        Assert.DoesNotContain(ArchiveIssueKind.EscapingName, Kinds(Zip(new ZipBuilder().Add(name, "x").Build())));
    }

    [Fact]
    public void Links_are_judged_by_where_they_lead()
    {
        Action<ZipMemberBuilder> link = m => m.ExternalAttributes = 0xA1FF_0000;
        Assert.Equal([ArchiveIssueKind.LinkInside], Kinds(Zip(new ZipBuilder().Add("a/l", "../b", link).Build())));
        Assert.Equal([ArchiveIssueKind.LinkOutside], Kinds(Zip(new ZipBuilder().Add("a/l", "../../b", link).Build())));
        Assert.Equal([ArchiveIssueKind.LinkOutside], Kinds(Zip(new ZipBuilder().Add("l", "/etc/passwd", link).Build())));
        Assert.Equal([ArchiveIssueKind.SpecialEntry], Kinds(Zip(new ZipBuilder().Add("tty", "", m => m.ExternalAttributes = 0x21B6_0000).Build())));
        Assert.Empty(Zip(new ZipBuilder().Add("-", "from a pipe", m => m.ExternalAttributes = 0x1180_0000).Build()).Issues);
    }

    [Fact]
    public void A_bomb_ends_at_the_limit_and_keeps_what_came_out()
    {
        var facts = Zip(new ZipBuilder().Add("bomb", new byte[8 << 20], m => m.Method = 8).Build());
        var child = Assert.Single(facts.Children);
        using var content = child.Open(Scope(new WorkLimits { RatioFloor = 1 << 20 }));
        Assert.InRange(content.Length, 1 << 20, 2 << 20);
        Assert.Equal([ArchiveIssueKind.Bomb], Kinds(facts));
        Assert.Equal("ratio", Assert.Single(facts.Malformations).Limit);
    }

    [Fact]
    public void Damage_in_the_compressed_data_keeps_what_came_before_it()
    {
        var random = new byte[60_000];
        new Random(3).NextBytes(random);
        var text = Encoding.ASCII.GetBytes(Convert.ToHexString(random));
        var data = ZipBuilder.Deflate(text);
        var facts = Zip(new ZipBuilder().Add("a", text, m => { m.Method = 8; m.Data = data[..(data.Length / 2)]; }).Build());
        using var content = Assert.Single(facts.Children).Open(Scope());
        Assert.InRange(content.Length, 10_000, text.Length - 1);
        Assert.Equal(MalformationKind.Truncated, Assert.Single(facts.Malformations).Kind);
    }

    [Fact]
    public void Storages_of_a_checkpoint_are_told_from_other_members()
    {
        var facts = Zip(new ZipBuilder().Add("m/data.pkl", "}.").Add("m/data/0", "raw").Add("m/data/x", "no").Add("m/version", "3").Build());
        Assert.Equal([ChildRole.Member, ChildRole.Storage, ChildRole.Member, ChildRole.Member], Contents(facts).Select(c => c.Role));
        Assert.Equal(FormatId.PyTorchZip, ZipFlavour.Of(facts));
    }

    [Theory]
    [InlineData("pytorch-zip", "m/data.pkl", "m/version")]
    [InlineData("pytorch-zip", "M/DATA.PKL", "m/version")]
    [InlineData("torchscript", "m/data.pkl", "m/constants.pkl")]
    [InlineData("npz", "a.npy", "b.npy")]
    [InlineData("zip", "a.npy", "b.txt")]
    [InlineData("zip", "m/n/data.pkl.txt", "data.pkl")]
    public void The_flavour_is_decided_by_the_members(string flavour, string first, string second)
    {
        Assert.Equal(flavour, ZipFlavour.Of(Zip(new ZipBuilder().Add(first, "1").Add(second, "2").Build())).Name);
    }

    [Fact]
    public void Names_are_shown_without_what_disturbs_a_terminal()
    {
        var facts = Zip(new ZipBuilder().Add("a\u001b[31m\u202Eb!c", "x", m => m.Flags = 0x800).Build());
        Assert.Equal("a\\x1b[31m\\u{202e}b\\x21c", Assert.Single(facts.Children).Name);
    }

    [Fact]
    public void A_member_count_beyond_the_limit_ends_the_reading_and_keeps_the_rest()
    {
        var builder = new ZipBuilder();
        for (var i = 0; i < 50; i++)
            builder.Add($"m{i}", "x");
        var facts = (ZipFacts)new ZipReader().Read(new MemoryByteSource(builder.Build()), Scope(new WorkLimits { Members = 20 }));
        Assert.Equal("members", Assert.Single(facts.Malformations).Limit);
        Assert.Equal(20, facts.Entries.Count);
    }
}
