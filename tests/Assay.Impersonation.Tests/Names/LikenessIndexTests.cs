using System.Security.Cryptography;
using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class LikenessIndexTests
{
    private static readonly KnownName[] Seeds = [.. LikenessIndex.SeedNames()];

    [Theory]
    [InlineData(33)]
    [InlineData(34)]
    public void It_finds_what_comparing_with_all_finds(int seed)
    {
        var random = new Random(seed);
        var names = Seeds.Where(_ => random.Next(10) == 0).ToArray();
        var index = LikenessIndex.Empty.CoveringAll().With(names.Select(static n => n with { IsProtected = false }));
        var letters = names.ToDictionary(static n => n.Id, static n => Moniker.Letters(NameTokens.WithoutPackaging(NameOf(n.Id))));
        for (var i = 0; i < 300; i++)
        {
            var name = NameOf(names[random.Next(names.Length)].Id);
            var at = random.Next(name.Length);
            name = random.Next(3) switch { 0 => name.Remove(at, 1), 1 => name.Insert(at, "e"), _ => name };
            if (NameTokens.Of(name).Count == 0)
                continue;
            var core = Moniker.Letters(NameTokens.WithoutPackaging(name));

            // What is one letter away of any name is found; with more edits, verified all the same.
            var expected = letters.Where(l => OneEdit(core, l.Value) && (l.Value == core || NameDistance.IsNear(core, l.Value))).Select(static l => l.Key);
            var found = index.Nearest(name, 10_000).Select(static f => f.Id).ToHashSet();
            Assert.True(expected.All(found.Contains), $"seed {seed}, case {i}: {name}");
            Assert.All(found, id => Assert.True(NameDistance.Between(core, letters[id]) <= 2.2f));
        }
    }

    [Fact]
    public void Names_added_one_by_one_are_those_added_at_once()
    {
        var random = new Random(35);
        var names = Seeds.OrderBy(_ => random.Next()).Take(400).ToArray();
        var grown = LikenessIndex.Empty;
        foreach (var name in names)
            grown = grown.With([name]);
        Assert.Equal(names.Length, grown.Count);
        Assert.True(grown.Segments.Length <= 10);
        Assert.Equal(names.Select(static n => n.Id).Order(), grown.Names().Select(static n => n.Id).Order());
        var whole = LikenessIndex.Empty.With(names);
        foreach (var name in names.Take(100))
            Assert.Equal(whole.Nearest(NameOf(name.Id), 50), grown.Nearest(NameOf(name.Id), 50));
    }

    [Fact]
    public void A_snapshot_never_changes()
    {
        var before = LikenessIndex.Empty.With([new("openai/whisper-large", 9, true), new("openai/gpt-oss-20b", 9, true)]);
        var after = before.With([new("openai/whisper-large", 1, false), new("a/b", 0, false)]).Without("openai/gpt-oss-20b");
        Assert.Equal((2, 2), (before.Count, after.Count));
        Assert.True(before.Contains("OpenAI/GPT-oss-20b"));
        Assert.False(after.Contains("OpenAI/GPT-oss-20b"));
        Assert.Contains(new KnownName("openai/whisper-large", 1, false), after.Names());
        Assert.DoesNotContain(after.Names(), static n => n.Prominence == 9);
        Assert.Empty(after.Nearest("gpt-oss-20b", 5));
        Assert.Equal(3, after.With([new("OPENAI/gpt-oss-20b", 9, true)]).Count);
    }

    [Fact]
    public void What_an_operator_protects_is_a_target()
    {
        var index = LikenessIndex.Empty.With([new("acme/fraud-scorer", 0, false)]);
        var query = new NameQuery("acrne", "fraud-scorer");
        Assert.Empty(NameLikeness.Judge(query, index).Signals);
        Assert.Equal("acme/fraud-scorer", NameLikeness.Judge(query, index.Protect(["acme/fraud-scorer"])).Target);
    }

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("a", false)]
    [InlineData("/b", false)]
    [InlineData("a/", false)]
    [InlineData("a/b/c", false)]
    [InlineData("a/b c", false)]
    [InlineData("a/\ud800", false)]
    [InlineData("модель/имя", true)]
    public void Only_ids_are_taken(string id, bool expected) => Assert.Equal(expected ? 1 : 0, LikenessIndex.Empty.With([new(id, 0, true)]).Count);

    [Fact]
    public void A_file_gives_back_what_was_written()
    {
        var index = LikenessIndex.Empty.With(Seeds.Take(500)).With([new("модель/имя", 3, false)]).WithBrands(Brand.Seeds());
        var read = LikenessIndexFile.Read(new MemoryStream(Written(index)));
        Assert.Null(read.Fault);
        Assert.Equal(index.Names().OrderBy(static n => n.Id), read.Index!.Names().OrderBy(static n => n.Id));
        Assert.Equal(Written(index), Written(read.Index));
        Assert.Contains(read.Index.Brands.All, static b => b.Name == "OpenAI" && b.Domains.SequenceEqual(["openai.com"]));
        Assert.False(read.Index.CoversAll);
        Assert.True(LikenessIndexFile.Read(new MemoryStream(Written(LikenessIndex.Empty.CoveringAll()))).Index!.CoversAll);
    }

    [Fact]
    public void A_damaged_file_is_told_whatever_the_damage()
    {
        var written = Written(LikenessIndex.Empty.With(Seeds.Take(60)).WithBrands(Brand.Seeds().Take(3)));
        var random = new Random(36);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = written.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Assert.True(LikenessIndexFile.Read(new MemoryStream(bytes)).Fault is not null, $"seed 36, case {i}");
        }

        for (var length = 0; length < written.Length; length++)
            Assert.NotNull(LikenessIndexFile.Read(new MemoryStream(written, 0, length)).Fault);
        Assert.Equal(IndexFileFault.Damaged, LikenessIndexFile.Read(new MemoryStream([.. written, 0])).Fault);
    }

    [Theory]
    [InlineData("", IndexFileFault.NotAnIndex)]
    [InlineData("50617373776F726473", IndexFileFault.NotAnIndex)]
    [InlineData("4153594E414D455301", IndexFileFault.OtherVersion)]
    [InlineData("4153594E414D45530200FFFFFFFF0F", IndexFileFault.TooLarge)]
    [InlineData("4153594E414D4553020000FFFFFFFF0F", IndexFileFault.TooLarge)]
    [InlineData("4153594E414D4553020000FFFFFFFFFF", IndexFileFault.Damaged)]
    [InlineData("4153594E414D455302000080D0AC0700", IndexFileFault.Damaged)]
    public void A_file_that_claims_much_costs_little(string hex, IndexFileFault expected) =>
        Assert.Equal(new IndexFileReading(null, expected), LikenessIndexFile.Read(new MemoryStream(Convert.FromHexString(hex))));

    [Fact]
    public void A_forged_file_with_a_right_checksum_holds_names_only()
    {
        byte[] body = [.. "ASYNAMES"u8, 2, 0, 0, 1, 0, 3, .. "a b"u8, 0];
        Assert.Equal(IndexFileFault.Damaged, LikenessIndexFile.Read(new MemoryStream([.. body, .. SHA256.HashData(body)])).Fault);
        body[^3] = (byte)'/';
        Assert.Equal(1, LikenessIndexFile.Read(new MemoryStream([.. body, .. SHA256.HashData(body)])).Index!.Count);
    }

    private static byte[] Written(LikenessIndex index)
    {
        using var stream = new MemoryStream();
        LikenessIndexFile.Write(index, stream);
        return stream.ToArray();
    }

    private static bool OneEdit(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 1)
            return false;
        var start = a.AsSpan().CommonPrefixLength(b);
        var (left, right) = (a[start..], b[start..]);
        return a == b || (left.Length > 0 && left[1..] == right) || (right.Length > 0 && right[1..] == left)
            || (left.Length > 0 && right.Length > 0 && left[1..] == right[1..]);
    }

    private static string NameOf(string id) => id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
