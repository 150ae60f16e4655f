using Assay.Testing;
using static Assay.Formats.Tests.Containers.Reading;

namespace Assay.Formats.Tests.Containers;

public sealed class TarReaderTests
{
    [Fact]
    public void Members_are_opened_with_their_names_and_content()
    {
        var facts = Tar(new TarBuilder().Add("./d/", [], '5').Add("./d/a.txt", "hello").Add("l", [], '2', "d/a.txt").Add("h", [], '1', "d/a.txt").End().Build());
        Assert.Equal([("./d/a.txt", ChildRole.Member, "hello")], Contents(facts));
        Assert.Equal([ArchiveIssueKind.LinkInside, ArchiveIssueKind.LinkInside], Kinds(facts));
        Assert.Empty(facts.Malformations);
    }

    [Fact]
    public void Long_names_of_GNU_and_pax_replace_the_short_one()
    {
        var name = "folder/" + new string('n', 180);
        var facts = Tar(new TarBuilder().LongName(name).Add("cut", "1").Pax(("path", "../é"), ("size", "1")).Add("pax", "2").Add("plain", "3").End().Build());
        Assert.Equal([name, "../é", "plain"], facts.Entries.Select(e => e.Name));
        Assert.Equal([ArchiveIssueKind.EscapingName], Kinds(facts));
    }

    [Fact]
    public void Sizes_in_base_256_are_read()
    {
        Assert.Equal("content", Assert.Single(Contents(Tar(new TarBuilder().Add("a", "content"u8.ToArray(), base256: true).End().Build()))).Text);
    }

    [Fact]
    public void Old_archives_without_a_magic_are_recognised_by_their_checksum()
    {
        var bytes = new TarBuilder().Add("a", "x"u8.ToArray(), ustar: false).End().Build();
        using var edges = EdgeBuffer.Read(new MemoryByteSource(bytes), new WorkBudget(new WorkLimits()));
        Assert.Equal(MatchStrength.Strong, new TarReader().Recognise(edges.Edges).Strength);
        Assert.Equal("x", Assert.Single(Contents(Tar(bytes))).Text);
    }

    [Theory]
    [InlineData("/etc/cron.d/x", '0', "", ArchiveIssueKind.EscapingName)]
    [InlineData("../x", '0', "", ArchiveIssueKind.EscapingName)]
    [InlineData("l", '2', "/etc/passwd", ArchiveIssueKind.LinkOutside)]
    [InlineData("d/l", '2', "../../x", ArchiveIssueKind.LinkOutside)]
    [InlineData("d/h", '1', "../x", ArchiveIssueKind.LinkOutside)]
    [InlineData("d/l", '2', "../x", ArchiveIssueKind.LinkInside)]
    [InlineData("tty", '3', "", ArchiveIssueKind.SpecialEntry)]
    [InlineData("pipe", '6', "", ArchiveIssueKind.SpecialEntry)]
    public void What_unpacking_would_do_is_noted(string name, char type, string link, ArchiveIssueKind expected)
    {
        Assert.Equal([expected], Kinds(Tar(new TarBuilder().Add(name, [], type, link).End().Build())));
    }

    [Fact]
    public void A_second_member_of_the_same_name_is_noted_and_read()
    {
        var facts = Tar(new TarBuilder().Add("a", "1").Add("a", "22").End().Build());
        Assert.Equal([ArchiveIssueKind.DuplicateName], Kinds(facts));
        Assert.Equal(["1", "22"], Contents(facts).Select(c => c.Text));
    }

    [Fact]
    public void Members_and_data_behind_the_end_are_read()
    {
        var facts = Tar(new TarBuilder().Add("a", "1").End().Add("b", "2").End().Build());
        Assert.Equal([ArchiveIssueKind.Appended], Kinds(facts));
        Assert.Equal(["1", "2"], Contents(facts).Select(c => c.Text));

        facts = Tar(new TarBuilder().Add("a", "1").End().Raw("something else"u8.ToArray()).Build());
        Assert.Equal([ArchiveIssueKind.Appended], Kinds(facts));
        Assert.Equal("something else", Contents(facts)[1].Text);
        Assert.Empty(Tar(new TarBuilder().Add("a", "1").End().Raw(new byte[9000]).Build()).Issues);
    }

    [Fact]
    public void A_truncated_member_keeps_what_is_there()
    {
        var facts = Tar(new TarBuilder().Add("a", new byte[3000]).Build()[..2000]);
        Assert.Equal(2000 - 512, Contents(facts)[0].Text.Length);
        Assert.Equal(MalformationKind.Truncated, Assert.Single(facts.Malformations).Kind);
    }

    [Fact]
    public void A_wrong_checksum_in_the_first_header_does_not_stop_the_reading()
    {
        var facts = Tar(new TarBuilder().Add("a", "x"u8.ToArray(), checksum: 1).End().Build());
        Assert.Equal([ArchiveIssueKind.HeaderChecksum], Kinds(facts));
        Assert.Equal("x", Assert.Single(Contents(facts)).Text);
    }

    [Fact]
    public void The_checkpoints_of_early_PyTorch_are_known_by_their_members()
    {
        Assert.Equal(FormatId.PyTorchTar, TarFlavour.Of(Tar(new TarBuilder().Add("sys_info", "1").Add("pickle", "2").Add("storages", "3").Add("tensors", "4").End().Build())));
        Assert.Equal(FormatId.Tar, TarFlavour.Of(Tar(new TarBuilder().Add("pickle", "2").End().Build())));
    }
}
