namespace Assay.Impersonation;

/// <summary>How the tensors of a model relate to those of another.</summary>
public enum TensorRelationKind
{
    /// <summary>Nothing in common.</summary>
    None,

    /// <summary>No equal tensor, and the same shapes: a full fine-tune, a quantisation, or another training of the same architecture.</summary>
    SameShape,

    /// <summary>A part is equal: merged adapters, extended vocabulary, other heads.</summary>
    Related,

    /// <summary>Most is equal: frozen layers with an honest fine-tune, or an edited model.</summary>
    Partial,

    /// <summary>The same tensors: a mirror or duplicate.</summary>
    Identical,
}

/// <summary>The tensors of a candidate held against those of a target.</summary>
/// <param name="Kind">What the shares mean.</param>
/// <param name="Match">Bytes of the target's tensors that the candidate has, by bytes of the target's tensors; 0 to 1.</param>
/// <param name="Missing">Tensors of the target that the candidate lacks.</param>
/// <param name="Extra">Tensors of the candidate that the target lacks.</param>
/// <param name="IsProof">False when the match rests on sampled tensors, or on models of which tensors are not understood.</param>
public sealed record TensorRelation(TensorRelationKind Kind, double Match, int Missing, int Extra, bool IsProof)
{
    /// <summary>From this share on a model is another one with parts changed.</summary>
    public const double PartialFrom = 0.7;

    /// <summary>From this share on two models are related.</summary>
    public const double RelatedFrom = 0.01;

    /// <summary>Shapes are the same when those of this share of the target's tensors occur: a tied or replaced head may differ.</summary>
    public const double SameShapeFrom = 0.95;

    /// <summary>Compares multisets of tensors by bytes.</summary>
    public static TensorRelation Of(TensorInventory candidate, TensorInventory target)
    {
        var (i, j, common, sampled) = (0, 0, 0, false);
        long bytes = 0;
        while (i < candidate.Tensors.Count && j < target.Tensors.Count)
        {
            var (c, t) = (candidate.Tensors[i], target.Tensors[j]);
            if (c.Digest.Value < t.Digest.Value)
            {
                i++;
            }
            else if (t.Digest.Value < c.Digest.Value)
            {
                j++;
            }
            else
            {
                (i, j) = (i + 1, j + 1);
                common++;
                bytes += t.Length;
                sampled |= t.IsSampled;
            }
        }

        var match = target.Bytes == 0 ? 0 : (double)bytes / target.Bytes;
        var (missing, extra) = (target.Tensors.Count - common, candidate.Tensors.Count - common);
        var kind = match switch
        {
            >= 1 when missing == 0 && extra == 0 => TensorRelationKind.Identical,
            >= PartialFrom => TensorRelationKind.Partial,
            >= RelatedFrom => TensorRelationKind.Related,
            _ => HaveSameShapes(candidate, target) ? TensorRelationKind.SameShape : TensorRelationKind.None,
        };
        return new TensorRelation(kind, match, missing, extra, !sampled && candidate.IsComplete && target.IsComplete);
    }

    private static bool HaveSameShapes(TensorInventory candidate, TensorInventory target)
    {
        if (target.Tensors.Count == 0)
            return false;
        var shapes = new Dictionary<ulong, int>();
        foreach (var tensor in candidate.Tensors)
            shapes[tensor.Shape] = shapes.GetValueOrDefault(tensor.Shape) + 1;
        var found = 0;
        foreach (var tensor in target.Tensors)
        {
            if (shapes.GetValueOrDefault(tensor.Shape) is var left and > 0)
            {
                shapes[tensor.Shape] = left - 1;
                found++;
            }
        }

        return found >= SameShapeFrom * Math.Max(target.Tensors.Count, candidate.Tensors.Count);
    }
}
