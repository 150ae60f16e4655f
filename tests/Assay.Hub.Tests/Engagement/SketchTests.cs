using System.Net;
using Assay.Hub.Engagement;

namespace Assay.Hub.Tests.Engagement;

/// <summary>The two small tools: counting without remembering, and knowing rented addresses.</summary>
public sealed class SketchTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.01)]
    [InlineData(100, 0.03)]
    [InlineData(5_000, 0.04)]
    [InlineData(200_000, 0.06)]
    public void Distinct_ones_are_counted_within_a_few_percent_and_repeats_are_not(int count, double tolerance)
    {
        var random = new Random(20260501);
        var sketch = new NetworkSketch();
        for (var i = 0; i < count; i++)
        {
            var hash = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            sketch.Add(hash);
            sketch.Add(hash);
        }

        Assert.InRange(sketch.Estimate, count * (1 - tolerance), count * (1 + tolerance));
        var bytes = sketch.ToBytes();
        Assert.InRange(bytes.Length, 1, 4_097);
        Assert.Equal(sketch.Estimate, NetworkSketch.Of(bytes).Estimate);
    }

    [Fact]
    public void Sketches_add_up_to_that_of_all()
    {
        var random = new Random(7);
        var (one, other, all) = (new NetworkSketch(), new NetworkSketch(), new NetworkSketch());
        for (var i = 0; i < 3_000; i++)
        {
            var hash = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            (i % 3 == 0 ? one : other).Add(hash);
            all.Add(hash);
        }

        one.Add(other);
        Assert.Equal(all.Estimate, one.Estimate);
        Assert.Equal(0, NetworkSketch.Of([9, 9, 9]).Estimate);
    }

    [Theory]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.3.0", false)]
    [InlineData("198.51.100.255", true)]
    [InlineData("198.51.101.0", false)]
    [InlineData("2001:db8:1::1", true)]
    [InlineData("2001:db9::", false)]
    [InlineData("::ffff:192.0.2.7", true)]
    [InlineData("203.0.113.9", true)]
    [InlineData("203.0.113.10", false)]
    public void An_address_is_looked_up_among_prefixes(string address, bool expected)
    {
        var ranges = HostingRanges.Parse(["# rented", "192.0.2.0/24", "198.51.100.0/25 # low half", "198.51.100.128/25", "", "2001:db8::/32", "203.0.113.9/32"]);
        Assert.Equal(expected, ranges.Contains(IPAddress.Parse(address)));
        Assert.False(HostingRanges.None.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("192.0.2.0/33")]
    [InlineData("rented.example")]
    public void A_line_that_is_no_prefix_is_named(string line) =>
        Assert.Contains("Line 2", Assert.Throws<FormatException>(() => HostingRanges.Parse(["192.0.2.0/24", line])).Message, StringComparison.Ordinal);
}
