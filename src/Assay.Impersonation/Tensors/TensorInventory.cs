using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Assay.Impersonation;

/// <summary>A tensor that was hashed.</summary>
/// <param name="Digest">Its content.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Shape">A key of its extents, those of 1 left out; the same in every element type.</param>
/// <param name="IsSampled">Whether only blocks of it were read: good for an explanation, never for a proof.</param>
public readonly record struct TensorRecord(TensorDigest Digest, long Length, ulong Shape, bool IsSampled)
{
    internal static ulong ShapeOf(IReadOnlyList<long> extents)
    {
        Span<byte> bytes = stackalloc byte[64 * 8];
        var n = 0;
        foreach (var extent in extents)
        {
            if (extent == 1)
                continue;
            BinaryPrimitives.WriteInt64LittleEndian(bytes[n..], extent);
            n += 8;
        }

        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(bytes[..n], digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}

/// <summary>
/// The tensors of a model as a multiset, whatever their names, their order and the files that they are spread over. Tensors below
/// <see cref="TensorLayout.MinElements"/> elements and those of one repeated value are left out, since they match everywhere.
/// </summary>
public sealed class TensorInventory
{
    private const int RecordSize = TensorDigest.Size + 8 + 8 + 1;
    private const byte FormatVersion = 1;

    /// <summary>A multiset of tensors.</summary>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="isComplete">Whether every tensor of the model that counts is among them.</param>
    public TensorInventory(IEnumerable<TensorRecord> tensors, bool isComplete = true)
    {
        TensorRecord[] sorted = [.. tensors];
        Array.Sort(sorted, static (a, b) => a.Digest.Value.CompareTo(b.Digest.Value));
        Tensors = sorted;
        IsComplete = isComplete;
        Bytes = sorted.Sum(static t => t.Length);
        Sketch = TensorSketch.Of(sorted);
    }

    /// <summary>The tensors by their digests, equal ones as often as they occur.</summary>
    public IReadOnlyList<TensorRecord> Tensors { get; }

    /// <summary>False when tensors are missing because their type or encoding is not understood.</summary>
    public bool IsComplete { get; }

    /// <summary>Whether any tensor was only sampled.</summary>
    public bool IsSampled => Tensors.Any(static t => t.IsSampled);

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; }

    /// <summary>The smallest digests, from which the overlap with another model is estimated.</summary>
    public TensorSketch Sketch { get; }

    /// <summary>SHA-256 over the sorted digests: equal for equal multisets. In hexadecimal.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> bytes = stackalloc byte[TensorDigest.Size];
            foreach (var tensor in Tensors)
            {
                tensor.Digest.Write(bytes);
                hash.AppendData(bytes);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The tensors of all shards of a model.</summary>
    public static TensorInventory Union(IReadOnlyCollection<TensorInventory> shards) =>
        new(shards.SelectMany(static s => s.Tensors), shards.All(static s => s.IsComplete));

    /// <summary>The inventory as bytes, to be kept beside the model: 33 for each tensor.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[2 + (Tensors.Count * RecordSize)];
        bytes[0] = FormatVersion;
        bytes[1] = IsComplete ? (byte)1 : (byte)0;
        var at = bytes.AsSpan(2);
        foreach (var tensor in Tensors)
        {
            tensor.Digest.Write(at);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], tensor.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(at[24..], tensor.Shape);
            at[32] = tensor.IsSampled ? (byte)1 : (byte)0;
            at = at[RecordSize..];
        }

        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null when the bytes are anything else.</summary>
    public static TensorInventory? FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] != FormatVersion || bytes[1] > 1 || (bytes.Length - 2) % RecordSize != 0)
            return null;
        var tensors = new TensorRecord[(bytes.Length - 2) / RecordSize];
        var previous = UInt128.Zero;
        long total = 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            var at = bytes.Slice(2 + (i * RecordSize), RecordSize);
            var record = new TensorRecord(TensorDigest.Read(at), BinaryPrimitives.ReadInt64LittleEndian(at[16..]), BinaryPrimitives.ReadUInt64LittleEndian(at[24..]), at[32] == 1);
            if (record.Length <= 0 || record.Length > long.MaxValue - total || record.Digest.Value < previous || at[32] > 1)
                return null;
            total += record.Length;
            previous = record.Digest.Value;
            tensors[i] = record;
        }

        return new TensorInventory(tensors, bytes[1] == 1);
    }
}

/// <summary>The smallest distinct digests of a model (bottom-k): a small sample from which the overlap of two sets is estimated.</summary>
public sealed class TensorSketch
{
    /// <summary>Digests that a sketch keeps.</summary>
    public const int Size = 128;

    private TensorSketch(IReadOnlyList<TensorDigest> digests) => Digests = digests;

    /// <summary>The digests, the smallest first.</summary>
    public IReadOnlyList<TensorDigest> Digests { get; }

    /// <summary>Estimates how much two models share: shared tensors by all tensors of both (Jaccard); exact below <see cref="Size"/> tensors.</summary>
    public static double EstimateOverlap(TensorSketch a, TensorSketch b)
    {
        var (i, j, seen, shared) = (0, 0, 0, 0);
        while (seen < Size && (i < a.Digests.Count || j < b.Digests.Count))
        {
            if (j >= b.Digests.Count || (i < a.Digests.Count && a.Digests[i].Value < b.Digests[j].Value))
            {
                i++;
            }
            else if (i >= a.Digests.Count || b.Digests[j].Value < a.Digests[i].Value)
            {
                j++;
            }
            else
            {
                (i, j) = (i + 1, j + 1);
                shared++;
            }

            seen++;
        }

        return seen == 0 ? 0 : (double)shared / seen;
    }

    internal static TensorSketch Of(IEnumerable<TensorRecord> sorted) => new([.. sorted.Select(static t => t.Digest).Distinct().Take(Size)]);
}
