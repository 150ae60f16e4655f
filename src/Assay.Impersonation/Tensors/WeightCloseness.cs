using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>What the likeness of values makes plausible.</summary>
public enum ClosenessKind
{
    /// <summary>Too few tensors of the same shape, or values between the thresholds: nothing is said.</summary>
    Undecided,

    /// <summary>The values of the other model at another precision.</summary>
    QuantizationOf,

    /// <summary>The values of the other model after further training.</summary>
    FineTuneOf,

    /// <summary>Nothing in common: the model that was claimed as base is not the base.</summary>
    FalseBase,
}

/// <summary>The files of a model with the places of their tensors.</summary>
/// <param name="Shards">Each file with its layout, in the order of the model.</param>
public sealed record WeightSet(IReadOnlyList<(ByteSource Source, TensorLayout Layout)> Shards);

/// <summary>
/// Likeness of the weights of two models by sampled values: Pearson correlation of up to 32 tensors with the tensor of the same shape that is most
/// alike. Names only say which are compared first, so renaming and sharding change nothing.
/// </summary>
/// <param name="Kind">What it makes plausible; never a proof.</param>
/// <param name="Correlation">Median of the correlations; 0 when nothing was compared.</param>
/// <param name="Distance">Median of the relative distances (L2 of the difference by L2 of the base).</param>
/// <param name="Compared">Tensors that were compared.</param>
public sealed record WeightCloseness(ClosenessKind Kind, double Correlation, double Distance, int Compared)
{
    /// <summary>Tensors of the candidate that are looked at.</summary>
    public const int MaxTensors = 32;

    /// <summary>Values read of each.</summary>
    public const int SampleSize = 4096;

    private const int RunSize = 256;
    private const int MaxPartners = 128;
    private const int MinCompared = 4;

    /// <summary>Samples <paramref name="candidate"/> and <paramref name="claimedBase"/> and says how close they are.</summary>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static WeightCloseness Of(WeightSet candidate, WeightSet claimedBase, CancellationToken cancellation)
    {
        var bases = Eligible(claimedBase).GroupBy(static t => t.Shape).ToDictionary(static g => g.Key, static g => g.ToList());
        var own = Eligible(candidate).Where(t => bases.ContainsKey(t.Shape)).ToList();
        var samples = new Dictionary<(int, int), float[]?>();
        var pairs = new List<(double Correlation, double Distance, TensorType Own, TensorType Base)>();
        for (var i = 0; i < Math.Min(MaxTensors, own.Count); i++)
        {
            var tensor = own[(int)((long)i * own.Count / Math.Min(MaxTensors, own.Count))];
            if (Read(candidate, tensor) is not { } values)
                continue;
            (double Correlation, double Distance, TensorType Own, TensorType Base)? best = null;
            // The tensor of that name, then those at about the same depth.
            foreach (var other in bases[tensor.Shape].OrderBy(b => b.Place.Name != tensor.Place.Name).ThenBy(b => Math.Abs(b.Depth - tensor.Depth)).Take(MaxPartners))
            {
                cancellation.ThrowIfCancellationRequested();
                if (!samples.TryGetValue((other.Shard, other.Index), out var theirs))
                    samples[(other.Shard, other.Index)] = theirs = Read(claimedBase, other);
                if (theirs is null || Compare(values, theirs) is not { } likeness || likeness.Correlation <= best?.Correlation)
                    continue;
                best = (likeness.Correlation, likeness.Distance, tensor.Place.Type, other.Place.Type);
                if (likeness.Correlation > 0.9)
                    break;
            }

            if (best is { } found)
                pairs.Add(found);
        }

        if (pairs.Count == 0)
            return new WeightCloseness(ClosenessKind.Undecided, 0, 0, 0);
        var correlation = Median([.. pairs.Select(static p => p.Correlation)]);
        var isQuantised = pairs.Count(static p => p.Own.IsQuantised || p.Own.Name.StartsWith("F8", StringComparison.Ordinal)) * 2 > pairs.Count;
        var isRecoded = pairs.Count(static p => p.Own != p.Base) * 2 > pairs.Count;
        var kind = correlation switch
        {
            _ when pairs.Count < MinCompared => ClosenessKind.Undecided,
            > 0.98 when isRecoded && (isQuantised || correlation > 0.9999) => ClosenessKind.QuantizationOf,
            >= 0.9 when !isQuantised => ClosenessKind.FineTuneOf,
            < 0.1 and > -0.1 => ClosenessKind.FalseBase,
            _ => ClosenessKind.Undecided,
        };
        return new WeightCloseness(kind, correlation, Median([.. pairs.Select(static p => p.Distance)]), pairs.Count);
    }

    private static IEnumerable<Sampled> Eligible(WeightSet set)
    {
        double total = Math.Max(1, set.Shards.Sum(static s => s.Layout.Tensors.Count));
        var before = 0;
        for (var shard = 0; shard < set.Shards.Count; shard++)
        {
            var tensors = set.Shards[shard].Layout.Tensors;
            for (var i = 0; i < tensors.Count; i++, before++)
            {
                // Vectors (norms, biases) are nearly alike in all models.
                if (tensors[i].Elements >= SampleSize && tensors[i].Elements % RunSize == 0 && tensors[i].Extents.Count(static e => e > 1) > 1 && TensorValues.CanRead(tensors[i].Type))
                    yield return new Sampled(shard, i, tensors[i], TensorRecord.ShapeOf(tensors[i].Extents), before / total);
            }
        }
    }

    /// <summary>Runs of values, spread evenly; the same places in every tensor of so many elements.</summary>
    private static float[]? Read(WeightSet set, Sampled tensor)
    {
        var values = new float[SampleSize];
        const int Runs = SampleSize / RunSize;
        var part = tensor.Place.Elements / Runs;
        for (var run = 0; run < Runs; run++)
        {
            // Somewhere else in each part, so that rows of a power of two are not always met at their start.
            var start = ((run * part) + ((part - RunSize) * (run * 5 % Runs) / Runs)) / RunSize * RunSize;
            if (!TensorValues.TryRead(set.Shards[tensor.Shard].Source, tensor.Place, start, values.AsSpan(run * RunSize, RunSize)))
                return null;
        }

        return values;
    }

    /// <summary>Correlation and relative distance; null when one side does not vary.</summary>
    private static (double Correlation, double Distance)? Compare(float[] a, float[] b)
    {
        double n = 0, sumA = 0, sumB = 0, sumAA = 0, sumBB = 0, sumAB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            double x = a[i], y = b[i];
            if (!double.IsFinite(x) || !double.IsFinite(y))
                continue;
            n++;
            sumA += x;
            sumB += y;
            sumAA += x * x;
            sumBB += y * y;
            sumAB += x * y;
        }

        var (varA, varB) = (sumAA - (sumA * sumA / n), sumBB - (sumB * sumB / n));
        if (n < RunSize || !(varA > 0) || !(varB > 0))
            return null;
        var correlation = (sumAB - (sumA * sumB / n)) / Math.Sqrt(varA * varB);
        return double.IsFinite(correlation) ? (correlation, Math.Sqrt(Math.Max(0, sumAA + sumBB - (2 * sumAB)) / sumBB)) : null;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[values.Length / 2] + values[(values.Length - 1) / 2]) / 2;
    }

    private sealed record Sampled(int Shard, int Index, TensorPlace Place, ulong Shape, double Depth);
}
