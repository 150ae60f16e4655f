using Assay.Formats;
using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>The same payload in every carrier, place and disguise; each carrier with an honest twin.</summary>
public sealed class Carriers
{
    private static readonly byte[] Payload = PickleSamples.System();

    [Theory]
    [InlineData("model.pkl")]
    [InlineData("pytorch_model.bin")]
    [InlineData("weights.safetensors")]
    [InlineData("README.md")]
    [InlineData("notes.txt")]
    [InlineData("logo.png")]
    [InlineData("config.json")]
    [InlineData("noextension")]
    public void The_name_of_the_file_hides_nothing(string name) => ScanAssert.Malicious(Payload, "os.system", name);

    [Fact]
    public void A_pickle_under_an_inert_name_is_reported_even_when_honest() =>
        ScanAssert.HasRule(ScanAssert.Scan(PickleSamples.Honest(4), "weights.safetensors"), "SCN-006");

    [Fact]
    public void Text_protocol_under_a_text_name_is_a_pickle() =>
        ScanAssert.Malicious(PickleSamples.System(0), "os.system", "vocab.txt");

    [Fact]
    public void Text_is_text()
    {
        foreach (var text in new[] { "classes\nnames\n", "(a)\n", "I like models.\n", "}q\n", "", "c\n.", "# Model\nHow to use it.\n" })
            ScanAssert.Clean(System.Text.Encoding.UTF8.GetBytes(text), "notes.txt");
    }

    [Fact]
    public void A_checkpoint_archive_is_read()
    {
        var report = ScanAssert.Malicious(TorchBuilder.Zip(Payload), "os.system", "model.pt");
        Assert.Contains(report.Findings, f => f.Location.Member == "archive/data.pkl");
        Assert.Equal(FormatId.PyTorchZip.Name, report.Format);
        ScanAssert.Clean(TorchBuilder.Zip(), "model.pt");
    }

    [Theory]
    [InlineData("archive/optimizer.pkl")]
    [InlineData("archive/readme.txt")]
    [InlineData("archive/data/1")]
    [InlineData("other/data.pkl")]
    public void Every_member_is_read(string member) =>
        ScanAssert.NotClean(TorchBuilder.Zip(TorchBuilder.StateDict(), (member, Payload)), "model.pt");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Every_pickle_of_a_legacy_checkpoint_is_read(int slot)
    {
        var report = ScanAssert.Malicious(TorchBuilder.Legacy(Payload, slot), "os.system", "model.pt");
        if (slot == 1)
            ScanAssert.HasRule(report, "PT-002");
        ScanAssert.Clean(TorchBuilder.Legacy(), "model.pt");
    }

    [Fact]
    public void A_magic_number_that_is_computed_is_a_payload() =>
        ScanAssert.Malicious(
            TorchBuilder.Legacy(PickleBuilder.Of(2).Call("os", "system", PickleSamples.Command).Pop().Long1(TorchBuilder.Magic).Stop(), 1), "os.system", "model.pt");

    [Fact]
    public void A_tar_checkpoint_is_read()
    {
        ScanAssert.Malicious(TorchBuilder.TarCheckpoint(Payload), "os.system", "model.pth.tar");
        ScanAssert.Clean(TorchBuilder.TarCheckpoint(PickleSamples.Honest()), "model.pth.tar");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Object_arrays_are_pickles(int version)
    {
        ScanAssert.Malicious(NumpyBuilder.Objects(Payload, version), "os.system", "a.npy");
        ScanAssert.NotAccused(NumpyBuilder.Objects(PickleSamples.NumpyArray(p => p.Value(new List<object?> { "a", "b", null, "c" }), "O8"), version), "a.npy");
        ScanAssert.Clean(NumpyBuilder.Array("'<f4'", "(4,)", TorchBuilder.Storage(), version), "a.npy");
    }

    [Fact]
    public void A_structured_array_with_an_object_field_is_a_pickle() =>
        ScanAssert.Malicious(NumpyBuilder.Array("[('a', '<f4'), ('b', '|O')]", "(1,)", Payload), "os.system", "a.npy");

    [Fact]
    public void Members_of_npz_are_read_with_and_without_a_header()
    {
        ScanAssert.Malicious(NumpyBuilder.Archive(("x.npy", NumpyBuilder.Floats()), ("y.npy", NumpyBuilder.Objects(Payload))), "os.system", "a.npz");
        ScanAssert.Malicious(NumpyBuilder.Archive(("x.npy", Payload)), "os.system", "a.npz");
        ScanAssert.Clean(NumpyBuilder.Archive(("x.npy", NumpyBuilder.Floats())), "a.npz");
    }

    [Fact]
    public void What_follows_a_raw_array_of_joblib_is_read()
    {
        for (var padding = 0; padding < 16; padding++)
            ScanAssert.Malicious(JoblibBuilder.Stream(p => p.Call("os", "system", PickleSamples.Command), padding), "os.system", "m.joblib");
        ScanAssert.Clean(JoblibBuilder.Stream(), "m.joblib");
        ScanAssert.Clean(JoblibBuilder.Stream(p => p.Value("ok")), "m.joblib");
    }

    [Fact]
    public void The_inner_pickle_of_an_object_array_of_joblib_is_read()
    {
        ScanAssert.Malicious(JoblibBuilder.ObjectArray(Payload), "os.system", "m.joblib");
        ScanAssert.Clean(JoblibBuilder.ObjectArray(PickleSamples.Honest(4)), "m.joblib");
    }

    [Fact]
    public void Compression_hides_nothing()
    {
        var stream = JoblibBuilder.Stream(p => p.Call("os", "system", PickleSamples.Command));
        foreach (var packed in new[] { JoblibBuilder.ZLib(stream), JoblibBuilder.GZip(stream), JoblibBuilder.ZFile(Payload), JoblibBuilder.GZip(JoblibBuilder.ZLib(Payload)) })
            ScanAssert.Malicious(packed, "os.system", "m.joblib");
        foreach (var packed in new[] { JoblibBuilder.ZLib(JoblibBuilder.Stream()), JoblibBuilder.GZip(JoblibBuilder.Stream()), JoblibBuilder.ZFile(PickleSamples.Honest()) })
            ScanAssert.Clean(packed, "m.joblib");
    }

    [Theory]
    [InlineData("BZh91AY&SY")]
    [InlineData("\u00fd7zXZ\0")]
    [InlineData("\u0004\"M\u0018")]
    [InlineData("(\u00b5/\u00fd")]
    [InlineData("7z\u00bc\u00af'\u001c")]
    public void A_codec_that_is_not_read_is_incomplete(string magic) =>
        ScanAssert.NotClean([.. System.Text.Encoding.Latin1.GetBytes(magic), .. new byte[64]], "model.pkl");

    [Fact]
    public void Archives_in_archives_are_read()
    {
        var inner = TorchBuilder.Zip(Payload);
        var report = ScanAssert.Malicious(new MinimalZip().Add("models/inner.pt", inner, deflate: true).ToArray(), "os.system", "all.zip");
        Assert.Contains(report.Findings, f => f.Location.Member == "models/inner.pt!archive/data.pkl");
        ScanAssert.Malicious(TorchBuilder.Tar(("inner.pt", inner)), "os.system", "all.tar");
        ScanAssert.Clean(new MinimalZip().Add("models/inner.pt", TorchBuilder.Zip(), deflate: true).ToArray(), "all.zip");
    }

    public static TheoryData<string, byte[]> LyingArchives() => new()
    {
        { "another local name", TorchBuilder.Zip(new MinimalZipMember("archive/data.pkl", Payload) { LocalName = "archive/read.txt" }) },
        { "another central name", TorchBuilder.Zip(new MinimalZipMember("archive/read.txt", Payload) { LocalName = "archive/data.pkl" }) },
        { "encryption that is none", TorchBuilder.Zip(new MinimalZipMember("archive/data.pkl", Payload) { Flags = 1 }) },
        { "encryption in one header", TorchBuilder.Zip(new MinimalZipMember("archive/data.pkl", Payload) { Flags = 1, LocalFlags = 0 }) },
        { "wrong checksum", TorchBuilder.Zip(new MinimalZipMember("archive/data.pkl", Payload) { Crc = 0xdeadbeef }) },
        { "deflate that is stored", TorchBuilder.Zip(new MinimalZipMember("archive/data.pkl", Payload) { Method = 8 }) },
        { "duplicate name, first", new MinimalZip().Add("archive/data.pkl", Payload).Add("archive/data.pkl", TorchBuilder.StateDict()).Add("archive/data/0", TorchBuilder.Storage()).ToArray() },
        { "duplicate name, last", new MinimalZip().Add("archive/data.pkl", TorchBuilder.StateDict()).Add("archive/data.pkl", Payload).Add("archive/data/0", TorchBuilder.Storage()).ToArray() },
        { "member out of the directory", new MinimalZip().Add("archive/data.pkl", TorchBuilder.StateDict()).Add(new MinimalZipMember("archive/x", Payload) { InDirectory = false }).Add("archive/data/0", TorchBuilder.Storage()).ToArray() },
        { "name of other case", TorchBuilder.Zip(new MinimalZipMember("archive/DATA.PKL", Payload)) },
    };

    [Theory]
    [MemberData(nameof(LyingArchives))]
    public void An_archive_that_lies_hides_nothing(string lie, byte[] bytes)
    {
        Assert.NotEmpty(lie);
        ScanAssert.Malicious(bytes, "os.system", "model.pt");
    }

    [Fact]
    public void A_file_that_is_pickle_and_archive_is_read_as_both()
    {
        var prefixed = new MinimalZip { Prefix = Payload }.Add("archive/data.pkl", TorchBuilder.StateDict()).Add("archive/data/0", TorchBuilder.Storage()).ToArray();
        ScanAssert.Malicious(prefixed, "os.system", "model.pt");
        ScanAssert.NotClean([.. TorchBuilder.Zip(), .. Payload], "model.pt");
    }

    [Fact]
    public void A_pickle_after_other_formats_is_noticed() =>
        ScanAssert.NotClean([.. NumpyBuilder.Floats(), .. Payload], "a.npy");

    [Fact]
    public void A_script_archive_must_hold_only_its_own_names()
    {
        var empty = PickleBuilder.Of(2).EmptyTuple().Stop();
        ScanAssert.Malicious(TorchBuilder.Script(Payload, empty), "os.system", "model.pt");
        ScanAssert.Malicious(TorchBuilder.Script(PickleSamples.Honest(), Payload), "os.system", "model.pt");
        ScanAssert.Suspicious(TorchBuilder.Script(PickleBuilder.Of(2).Call("acme", "Thing").Stop(), empty), "acme", "model.pt");
        ScanAssert.NotAccused(TorchBuilder.Script(PickleBuilder.Of(2).Global("__torch__", "Net").EmptyTuple().NewObj().EmptyDict().Build().Stop(), empty), "model.pt");
    }
}
