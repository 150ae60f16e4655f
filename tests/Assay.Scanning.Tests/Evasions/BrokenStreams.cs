using Assay.Formats;
using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Damage, further streams, and files built to exhaust.</summary>
public sealed class BrokenStreams
{
    private static readonly byte[] Call = PickleBuilder.Of(2).Call("os", "system", PickleSamples.Command).ToArray();

    [Theory]
    [InlineData("nothing", new byte[0])]
    [InlineData("an illegal opcode", new byte[] { 0xff, 0xfe })]
    [InlineData("a length that lies", new byte[] { (byte)'X', 0xff, 0xff, 0xff, 0x7f })]
    [InlineData("an empty stack", new byte[] { (byte)'0', (byte)'0', (byte)'0', (byte)'.' })]
    [InlineData("half an opcode", new byte[] { 0x8d, 1, 2 })]
    [InlineData("text of 7z", new byte[] { (byte)'0', (byte)'7', (byte)'z', 0xbc, 0xaf })]
    public void What_ran_before_the_break_counts(string tail, byte[] bytes)
    {
        Assert.NotEmpty(tail);
        var report = ScanAssert.Malicious([.. Call, .. bytes], "os.system");
        ScanAssert.HasRule(report, "PKL-050");
        ScanAssert.Malicious(TorchBuilder.Zip([.. Call, .. bytes]), "os.system", "m.pt");
    }

    [Fact]
    public void A_break_where_nothing_ran_accuses_nobody()
    {
        var honest = TorchBuilder.StateDict();
        for (var length = 2; length < honest.Length; length += 7)
        {
            var report = ScanAssert.NotAccused(honest[..length], "m.pkl");
            Assert.True(report.Verdict == Verdict.Incomplete || length < 16, $"{length}: {ScanAssert.Describe(report)}");
        }
    }

    [Fact]
    public void Every_prefix_that_holds_the_call_is_malicious()
    {
        var whole = PickleSamples.System();
        for (var length = Call.Length; length <= whole.Length; length++)
            ScanAssert.Malicious(whole[..length], "os.system");
    }

    [Fact]
    public void Pickles_after_the_first_are_read()
    {
        ScanAssert.Malicious([.. PickleSamples.Honest(), .. PickleSamples.System()], "os.system");
        ScanAssert.Malicious([.. PickleSamples.Honest(), .. PickleSamples.Honest(4), .. PickleSamples.System(0)], "os.system");
        ScanAssert.NotAccused([.. PickleSamples.Honest(), .. PickleSamples.Honest(), .. PickleSamples.Honest()]);
    }

    [Fact]
    public void Junk_between_pickles_hides_nothing_from_a_reader() =>
        ScanAssert.NotClean([.. PickleSamples.Honest(), .. new byte[64], .. PickleSamples.System()]);

    [Fact]
    public void A_call_that_fails_on_purpose_is_a_call() =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("builtins", "exec", "raise SystemExit").Build().Stop(), "exec");

    public static TheoryData<string, byte[]> Bombs() => new()
    {
        { "lying BINBYTES8", PickleBuilder.Of(4).BinBytes8(ulong.MaxValue / 4, [1, 2, 3]).Stop() },
        { "lying BINUNICODE", [0x80, 2, (byte)'X', 0xff, 0xff, 0xff, 0xff, (byte)'a'] },
        { "lying LONG4", PickleBuilder.Of(2).Long4(int.MaxValue, [1]).Stop() },
        { "huge memo index", PickleBuilder.Of(2).None().LongBinPut(uint.MaxValue - 1).Stop() },
        { "billion laughs", Laughs(64) },
        { "deep nesting", Nested(50_000) },
        { "self reference", PickleBuilder.Of(2).EmptyList().Dup().Append().Stop() },
        { "many marks", [0x80, 2, .. Enumerable.Repeat((byte)'(', 100_000), (byte)'.'] },
        { "many duplicates", [0x80, 2, (byte)'N', .. Enumerable.Repeat((byte)'2', 100_000), (byte)'.'] },
        { "long integer text", PickleBuilder.Of(0).Long(new string('9', 200_000) + "L").Stop() },
        { "frames only", [0x80, 4, .. Enumerable.Repeat(new byte[] { 0x95, 0, 0, 0, 0, 0, 0, 0, 0 }, 5000).SelectMany(b => b), (byte)'N', (byte)'.'] },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_ends_soon_and_small(string bomb, byte[] bytes)
    {
        Assert.NotEmpty(bomb);
        var limits = new ScanOptions { Limits = new WorkLimits { Seconds = 5, Values = 200_000, Elements = 1_000_000 } };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var report = ScanAssert.Scan(bytes, options: limits);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{bomb} took {clock.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 256L << 20, bomb);
        Assert.NotEqual(Verdict.Malicious, report.Verdict);
    }

    [Fact]
    public void A_limit_is_named_and_is_never_clean()
    {
        var many = PickleBuilder.Of(2).EmptyList().Mark();
        for (var i = 0; i < 5000; i++)
            many.Value(i);
        var bytes = many.Appends().Stop();
        var report = ScanAssert.Scan(bytes, options: new ScanOptions { Limits = new WorkLimits { Elements = 1000 } });
        Assert.Equal(Verdict.Incomplete, report.Verdict);
        Assert.Contains(report.Incomplete, i => i.Reason == IncompleteReason.Limit && i.Limit == "elements");
        ScanAssert.Clean(bytes);
    }

    [Fact]
    public void A_limit_after_a_call_leaves_it_malicious()
    {
        var many = PickleBuilder.Of(2).Call("os", "system", PickleSamples.Command).Pop();
        for (var i = 0; i < 5000; i++)
            many.None().Pop();
        var report = ScanAssert.Scan(many.Stop(), options: new ScanOptions { Limits = new WorkLimits { Elements = 1000 } });
        Assert.Equal(Verdict.Malicious, report.Verdict);
    }

    [Fact]
    public void A_scan_can_be_cancelled()
    {
        using var source = new MemoryByteSource(PickleSamples.System());
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => new ArtifactScanner(new ScanOptions()).Scan(source, "t", "m.pkl", new HashSet<string>(), cancelled.Token));
    }

    private static byte[] Laughs(int levels)
    {
        var pickle = PickleBuilder.Of(2).EmptyList().BinPut(0);
        for (var level = 1; level <= levels; level++)
            pickle.EmptyList().Mark().BinGet((byte)(level - 1)).BinGet((byte)(level - 1)).BinGet((byte)(level - 1)).Appends().BinPut((byte)level);
        return pickle.Stop();
    }

    private static byte[] Nested(int levels)
    {
        var pickle = PickleBuilder.Of(2).EmptyTuple();
        for (var level = 0; level < levels; level++)
            pickle.Tuple1();
        return pickle.Stop();
    }
}
