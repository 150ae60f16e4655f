using System.Numerics;
using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Spellings on which unpicklers and disassemblers disagree: what runs in any of them counts.</summary>
public sealed class ParserDifferentials
{
    private const string Command = PickleSamples.Command;

    public static TheoryData<string, byte[]> Prefixes() => new()
    {
        { "hexadecimal INT", PickleBuilder.Of(0).Int("0x10").Pop().ToArray() },
        { "octal INT", PickleBuilder.Of(0).Int("0o17").Pop().ToArray() },
        { "INT with a NUL and more", [.. "I12\0tail\n0"u8] },
        { "hexadecimal LONG", PickleBuilder.Of(0).Long("0x10L").Pop().ToArray() },
        { "octal LONG", PickleBuilder.Of(0).Long("0o17").Pop().ToArray() },
        { "INT with underscores", PickleBuilder.Of(0).Int("1_000").Pop().ToArray() },
        { "FLOAT with underscores", PickleBuilder.Of(0).Float("1_0.0").Pop().ToArray() },
        { "non-ASCII name", PickleBuilder.Of(0).Global("collections", "OrderedDict").Pop().String("'\\xe9'").Pop().ToArray() },
        { "raw high byte in STRING", PickleBuilder.Of(2).BinString([0xe9]).Pop().ToArray() },
        { "surrogate text", [.. PickleBuilder.Of(2).ToArray(), (byte)'X', 3, 0, 0, 0, 0xed, 0xa0, 0x80, (byte)'0'] },
        { "frame that is too short", PickleBuilder.Of(4).Frame(1).ToArray() },
        { "frame of zero bytes", PickleBuilder.Of(4).Frame(0).ToArray() },
        { "frame beyond the end", PickleBuilder.Of(4).Frame(1 << 20).ToArray() },
        { "frame in the middle", PickleBuilder.Of(4).EmptyList().Frame(3).Pop().ToArray() },
        { "protocol twice", PickleBuilder.Of(2).Proto(4).Proto(0).Proto(2).ToArray() },
        { "sparse memo", PickleBuilder.Of(2).None().LongBinPut(0x00ffffff).Pop().ToArray() },
        { "zero-length LONG1", PickleBuilder.Of(2).Long1(BigInteger.Zero).Pop().ToArray() },
        { "empty LONG4", PickleBuilder.Of(2).Long4(0, []).Pop().ToArray() },
        { "long LONG4", PickleBuilder.Of(2).Long4(BigInteger.Pow(2, 4000)).Pop().ToArray() },
        { "quotes of either kind", PickleBuilder.Of(0).String("\"it's\"").Pop().String("'say \\\"x\\\"'").Pop().ToArray() },
    };

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void What_follows_an_odd_spelling_is_seen(string spelling, byte[] prefix)
    {
        Assert.NotEmpty(spelling);
        ScanAssert.Malicious([.. prefix, .. new PickleBuilder().Call("os", "system", Command).Stop()], "os.system");
    }

    [Theory]
    [InlineData("protocol 6", new byte[] { 0x80, 6 })]
    [InlineData("missing memo slot", new byte[] { (byte)'h', 99 })]
    [InlineData("stack underflow", new byte[] { (byte)'0' })]
    [InlineData("pop below a mark", new byte[] { (byte)'(', 0x85 })]
    [InlineData("unquoted STRING", new byte[] { (byte)'S', (byte)'x', (byte)'\n' })]
    [InlineData("odd items in DICT", new byte[] { (byte)'(', (byte)'N', (byte)'d' })]
    [InlineData("negative LONG4", new byte[] { 0x8b, 0xff, 0xff, 0xff, 0xff })]
    public void A_call_before_or_after_an_error_of_the_unpickler_is_not_lost(string error, byte[] bytes)
    {
        Assert.NotEmpty(error);
        ScanAssert.Malicious([.. PickleBuilder.Of(2).Call("os", "system", Command).ToArray(), .. bytes, (byte)'.'], "os.system");
        ScanAssert.NotClean([.. PickleBuilder.Of(2).ToArray(), .. bytes, .. new PickleBuilder().Call("os", "system", Command).Stop()]);
    }

    [Fact]
    public void An_odd_spelling_without_a_call_is_reported_as_such() =>
        ScanAssert.HasRule(ScanAssert.Suspicious(PickleBuilder.Of(2).Int("0x10").Stop(), ""), "PKL-060");

    [Fact]
    public void INST_without_a_mark_imports_all_the_same() =>
        ScanAssert.Suspicious(PickleBuilder.Of(2).Inst("os", "system").Stop(), "os.system");

    [Fact]
    public void The_last_line_may_lack_its_end_and_loses_a_letter() =>
        ScanAssert.Malicious(PickleBuilder.Of(0).Mark().Unicode(Command).Raw("ios\nsystemX").ToArray(), "os.system");

    [Fact]
    public void Ordinary_integers_are_no_odd_spelling()
    {
        ScanAssert.Clean(PickleBuilder.Of(0).Int("16").Stop());
        ScanAssert.Clean(PickleBuilder.Of(0).Int("-16").Stop());
        ScanAssert.Clean(PickleBuilder.Of(0).Int("01").Stop());
        ScanAssert.Clean(PickleBuilder.Of(0).Long("123456789012345678901234567890L").Stop());
        ScanAssert.Clean(PickleBuilder.Of(0).Float("1e308").Stop());
    }
}
