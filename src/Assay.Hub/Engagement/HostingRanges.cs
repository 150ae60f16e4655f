using System.Buffers.Binary;
using System.Net;

namespace Assay.Hub.Engagement;

/// <summary>The ranges of addresses where machines are rented, as the operator lists them: one prefix a line (<c>192.0.2.0/24</c>, <c>2001:db8::/32</c>), <c>#</c> for remarks.</summary>
public sealed class HostingRanges
{
    private const int MaxLines = 1_000_000;

    private readonly (UInt128 First, UInt128 Last)[] _ranges;

    private HostingRanges(List<(UInt128 First, UInt128 Last)> ranges)
    {
        ranges.Sort();
        var merged = new List<(UInt128 First, UInt128 Last)>(ranges.Count);
        foreach (var range in ranges)
        {
            if (merged is [.., var before] && range.First <= before.Last)
                merged[^1] = (before.First, UInt128.Max(before.Last, range.Last));
            else
                merged.Add(range);
        }

        _ranges = [.. merged];
    }

    /// <summary>No ranges: nothing is known to be rented.</summary>
    public static HostingRanges None { get; } = new([]);

    /// <summary>Reads a list.</summary>
    /// <param name="lines">Its lines.</param>
    /// <exception cref="FormatException">A line is no prefix; the message names it.</exception>
    public static HostingRanges Parse(IEnumerable<string> lines)
    {
        var ranges = new List<(UInt128, UInt128)>();
        var number = 0;
        foreach (var line in lines)
        {
            if (++number > MaxLines)
                throw new FormatException($"The list of hosting ranges has more than {MaxLines} lines.");
            var text = line.AsSpan();
            if (text.IndexOf('#') is >= 0 and var remark)
                text = text[..remark];
            text = text.Trim();
            if (text.IsEmpty)
                continue;
            if (!IPNetwork.TryParse(text, out var network))
                throw new FormatException($"Line {number} of the list of hosting ranges is no prefix such as 192.0.2.0/24.");
            var (first, bits) = (NumberOf(network.BaseAddress), network.BaseAddress.GetAddressBytes().Length == 4 ? network.PrefixLength + 96 : network.PrefixLength);
            ranges.Add((first, bits == 0 ? UInt128.MaxValue : first | (bits == 128 ? UInt128.Zero : UInt128.MaxValue >> bits)));
        }

        return new HostingRanges(ranges);
    }

    /// <summary>Whether an address is in one of the ranges.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null || _ranges.Length == 0)
            return false;
        var number = NumberOf(address);
        var (low, high) = (0, _ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (number < _ranges[middle].First)
                high = middle - 1;
            else if (number > _ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    // IPv4 as it is mapped into IPv6, so that there is one order.
    private static UInt128 NumberOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
