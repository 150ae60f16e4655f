using System.Diagnostics;

namespace Assay.Formats;

/// <summary>
/// The limits on hostile input: one budget governs one artifact through all levels of nesting. Every counter only rises.
/// Names of limits are those that <c>--limits NAME=VALUE</c> takes.
/// </summary>
public sealed record WorkLimits
{
    /// <summary>Bytes read from sources, all levels together (<c>read-bytes</c>).</summary>
    public long ReadBytes { get; init; } = 64L << 30;

    /// <summary>Bytes produced by decompression and decoding, all levels together (<c>inflated-bytes</c>).</summary>
    public long InflatedBytes { get; init; } = 2L << 30;

    /// <summary>Output to input of one compressed part, judged once the output exceeds <see cref="RatioFloor"/> (<c>ratio</c>).</summary>
    public int Ratio { get; init; } = 200;

    /// <summary>Output below this is never a bomb: an honest array of zeros shrinks a thousandfold (<c>ratio-floor</c>).</summary>
    public long RatioFloor { get; init; } = 64L << 20;

    /// <summary>Levels of containers inside containers (<c>depth</c>).</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Members of containers, all levels together (<c>members</c>).</summary>
    public long Members { get; init; } = 200_000;

    /// <summary>Elements (opcodes, headers, entries) interpreted, all levels together (<c>elements</c>).</summary>
    public long Elements { get; init; } = 50_000_000;

    /// <summary>Values kept by interpreters, all levels together; bounds memory (<c>values</c>).</summary>
    public long Values { get; init; } = 5_000_000;

    /// <summary>Bytes of one text that are decoded and analysed (<c>text-bytes</c>).</summary>
    public long TextBytes { get; init; } = 32L << 20;

    /// <summary>Seconds of wall-clock time (<c>seconds</c>).</summary>
    public double Seconds { get; init; } = 120;

    /// <summary>Names accepted by <see cref="With"/>, in the order shown to people.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["read-bytes", "inflated-bytes", "ratio", "ratio-floor", "depth", "members", "elements", "values", "text-bytes", "seconds"];

    /// <summary>A copy with one limit changed; null when the name is unknown or the value is not a positive number.</summary>
    public WorkLimits? With(string name, string value)
    {
        if (!double.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number) || number <= 0 || number > long.MaxValue / 2)
        {
            return null;
        }

        var whole = (long)number;
        return name switch
        {
            "read-bytes" => this with { ReadBytes = whole },
            "inflated-bytes" => this with { InflatedBytes = whole },
            "ratio" => this with { Ratio = (int)Math.Min(int.MaxValue, whole) },
            "ratio-floor" => this with { RatioFloor = whole },
            "depth" => this with { Depth = (int)Math.Min(64, whole) },
            "members" => this with { Members = whole },
            "elements" => this with { Elements = whole },
            "values" => this with { Values = whole },
            "text-bytes" => this with { TextBytes = whole },
            "seconds" => this with { Seconds = number },
            _ => null,
        };
    }
}

/// <summary>What an artifact has used of its <see cref="WorkLimits"/>. Going over throws <see cref="MalformedArtifactException"/> of kind <see cref="MalformationKind.Limit"/>.</summary>
public sealed class WorkBudget(WorkLimits limits, CancellationToken cancellation = default)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _ticks = (long)Math.Min(limits.Seconds * Stopwatch.Frequency, long.MaxValue / 4);
    private long _sinceClock;

    /// <summary>The limits in force.</summary>
    public WorkLimits Limits => limits;

    /// <summary>Bytes read from sources so far.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Bytes inflated so far.</summary>
    public long InflatedBytes { get; private set; }

    /// <summary>Members opened so far.</summary>
    public long Members { get; private set; }

    /// <summary>Elements interpreted so far.</summary>
    public long Elements { get; private set; }

    /// <summary>Values kept so far.</summary>
    public long Values { get; private set; }

    /// <summary>Charges bytes read.</summary>
    public void ChargeRead(long bytes, long offset)
    {
        ReadBytes += bytes;
        if (ReadBytes > limits.ReadBytes)
            Malformed.Limit("read-bytes", limits.ReadBytes, offset);
        Tick(1 + (bytes >> 12), offset);
    }

    /// <summary>Charges decompressed bytes; <paramref name="produced"/> and <paramref name="consumed"/> are totals of this part, for the ratio.</summary>
    public void ChargeInflated(long bytes, long produced, long consumed, long offset)
    {
        InflatedBytes += bytes;
        if (InflatedBytes > limits.InflatedBytes)
            Malformed.Limit("inflated-bytes", limits.InflatedBytes, offset);
        if (produced > limits.RatioFloor && produced / Math.Max(1, consumed) > limits.Ratio)
            Malformed.Limit("ratio", limits.Ratio, offset);
        Tick(1 + (bytes >> 12), offset);
    }

    /// <summary>Charges one member of a container.</summary>
    public void ChargeMember(long offset)
    {
        if (++Members > limits.Members)
            Malformed.Limit("members", limits.Members, offset);
        Tick(1, offset);
    }

    /// <summary>Charges interpreted elements.</summary>
    public void ChargeElements(long count, long offset)
    {
        Elements += count;
        if (Elements > limits.Elements)
            Malformed.Limit("elements", limits.Elements, offset);
        Tick(1 + (count >> 6), offset);
    }

    /// <summary>Charges values that stay in memory.</summary>
    public void ChargeValues(long count, long offset)
    {
        Values += count;
        if (Values > limits.Values)
            Malformed.Limit("values", limits.Values, offset);
    }

    /// <summary>Checks clock and cancellation now.</summary>
    /// <exception cref="OperationCanceledException">The scan was cancelled.</exception>
    public void CheckClock(long offset)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() - _started > _ticks)
            Malformed.Limit("seconds", (long)Math.Ceiling(limits.Seconds), offset);
    }

    private void Tick(long units, long offset)
    {
        _sinceClock += units;
        if (_sinceClock < 256)
            return;
        _sinceClock = 0;
        CheckClock(offset);
    }
}
