using System.Text;
using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Archive;

public sealed class SafetensorsTests
{
    private const string Honest = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]},"e":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""";

    [Theory]
    [InlineData(Honest, 8)]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2)]
    [InlineData("""{"a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}      """, 2)]
    [InlineData("""{"a":{"dtype":"F5_NEW","shape":[4],"data_offsets":[0,3]}}""", 3)]
    public void An_honest_file_is_clean(string header, int data) => ScanAssert.Clean(File(header, data), "model.safetensors");

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "SAF-001")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "SAF-001")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4]}}""", 4, "SAF-001")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 0, "SAF-001")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "SAF-002")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "SAF-002")]
    public void A_lying_header_is_suspicious(string header, int data, string rule) =>
        ScanAssert.HasRule(ScanAssert.Suspicious(File(header, data), "", "model.safetensors"), rule);

    [Fact]
    public void What_follows_the_tensors_is_reported_and_looked_into()
    {
        var report = ScanAssert.Scan([.. File(Honest, 8), .. PickleBuilder.Of(2).Call("os", "system", "echo assay").Stop()], "model.safetensors");
        ScanAssert.HasRule(report, "SAF-003");
        ScanAssert.HasRule(report, "PKL-002");
        Assert.Equal(Verdict.Malicious, report.Verdict);
    }

    [Fact]
    public void Tensors_beyond_the_end_are_truncated() =>
        Assert.Equal(Verdict.Incomplete, ScanAssert.Scan(File(Honest, 3), "model.safetensors").Verdict);

    [Fact]
    public void Notes_with_code_are_noted_and_accuse_nobody()
    {
        var report = ScanAssert.Clean(File("""{"__metadata__":{"x":"<script>alert(1)</script>","url":"https://example.invalid/"}}""", 0), "model.safetensors");
        ScanAssert.HasRule(report, "SAF-004");
    }

    private static byte[] File(string header, int data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. Enumerable.Repeat((byte)7, data)];
    }
}
