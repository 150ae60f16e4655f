using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Assay.Formats;

namespace Assay.Impersonation;

/// <summary>A known model that shares tensors with a candidate.</summary>
/// <param name="Repository">Its immutable id.</param>
/// <param name="Match">Bytes of its tensors that the candidate has, by bytes of its tensors; 0 to 1.</param>
/// <param name="Shared">Tensors that both have.</param>
/// <param name="IsSampled">Whether the candidate's tensors were only sampled.</param>
public sealed record TensorMatch(Guid Repository, double Match, int Shared, bool IsSampled);

/// <summary>
/// Says which known models hold given tensors: the first 64 bits of each digest, sorted, with the model it belongs to; 12 bytes a tensor. Immutable:
/// a change makes a new index that shares what did not change, so readers never wait. Prefixes may collide by chance; a match is confirmed
/// with the inventories where it matters.
/// </summary>
public sealed class TensorIndex
{
    private const int HeaderSize = 8 + 4 + 4 + 8;
    private const int ModelSize = 16 + 8;
    private const int ChecksumSize = 32;
    private const uint FormatVersion = 1;

    /// <summary>Changes are kept apart until they are this share of the whole, then merged.</summary>
    private const int MergeShare = 8;

    private readonly Model[] _models;
    private readonly Dictionary<Guid, int> _current;
    private readonly Postings _base;
    private readonly Postings _delta;

    private TensorIndex(Model[] models, Dictionary<Guid, int> current, Postings whole, Postings delta)
    {
        _models = models;
        _current = current;
        _base = whole;
        _delta = delta;
    }

    /// <summary>An index of nothing.</summary>
    public static TensorIndex Empty { get; } = new([], [], Postings.Empty, Postings.Empty);

    /// <summary>Models in the index.</summary>
    public int Count => _current.Count;

    /// <summary>An index with models added, replaced, or (where the inventory is null) removed.</summary>
    public TensorIndex With(IReadOnlyCollection<(Guid Repository, TensorInventory? Inventory)> changes)
    {
        var models = _models.ToList();
        var current = new Dictionary<Guid, int>(_current);
        var added = new List<(ulong Prefix, int Model)>();
        foreach (var (repository, inventory) in changes)
        {
            current.Remove(repository);
            if (inventory is null || inventory.Tensors.Count == 0)
                continue;
            current[repository] = models.Count;
            foreach (var tensor in inventory.Tensors)
                added.Add((tensor.Digest.Prefix, models.Count));
            models.Add(new Model(repository, inventory.Bytes));
        }

        var delta = Postings.Merge(_delta, Postings.Of(added));
        var changed = new TensorIndex([.. models], current, _base, delta);
        // Removed and replaced models leave postings behind, which are dropped with the merge.
        return delta.Length * MergeShare <= _base.Length && (models.Count - current.Count) * MergeShare <= models.Count ? changed : changed.Merged();
    }

    /// <summary>The models that share tensors with <paramref name="candidate"/>, the best match first.</summary>
    /// <param name="candidate">The tensors to look for.</param>
    /// <param name="most">Models wanted.</param>
    public IReadOnlyList<TensorMatch> Find(TensorInventory candidate, int most = 20)
    {
        var found = new Dictionary<int, (long Bytes, int Shared)>();
        var owners = new Dictionary<int, int>();
        for (var i = 0; i < candidate.Tensors.Count;)
        {
            var tensor = candidate.Tensors[i];
            var copies = 1;
            while (i + copies < candidate.Tensors.Count && candidate.Tensors[i + copies].Digest == tensor.Digest)
                copies++;
            owners.Clear();
            _base.CountOwners(tensor.Digest.Prefix, owners);
            _delta.CountOwners(tensor.Digest.Prefix, owners);
            foreach (var (model, count) in owners)
            {
                var shared = Math.Min(count, copies);
                var (bytes, before) = found.GetValueOrDefault(model);
                found[model] = (bytes + (tensor.Length * shared), before + shared);
            }

            i += copies;
        }

        return
        [
            .. found.Where(f => _current.TryGetValue(_models[f.Key].Repository, out var now) && now == f.Key)
                .Select(f => new TensorMatch(_models[f.Key].Repository, Math.Min(1, (double)f.Value.Bytes / _models[f.Key].Bytes), f.Value.Shared, candidate.IsSampled))
                .OrderByDescending(static m => m.Match).ThenByDescending(static m => m.Shared).ThenBy(static m => m.Repository).Take(most),
        ];
    }

    /// <summary>Writes the index: a header, models, prefixes, owners, and a SHA-256 of it all.</summary>
    public void Save(Stream into)
    {
        var whole = _delta.Length == 0 && _models.Length == _current.Count ? this : Merged();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 << 10];
        "ASSAYTIX"u8.CopyTo(buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(12), whole._models.Length);
        BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(16), whole._base.Length);
        Put(HeaderSize);
        foreach (var model in whole._models)
        {
            model.Repository.TryWriteBytes(buffer, bigEndian: true, out _);
            BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(16), model.Bytes);
            Put(ModelSize);
        }

        for (var i = 0; i < whole._base.Length;)
        {
            var n = 0;
            for (; n < buffer.Length && i < whole._base.Length; n += 8)
                BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(n), whole._base.Prefixes[i++]);
            Put(n);
        }

        for (var i = 0; i < whole._base.Length;)
        {
            var n = 0;
            for (; n < buffer.Length && i < whole._base.Length; n += 4)
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(n), whole._base.Owners[i++]);
            Put(n);
        }

        into.Write(hash.GetHashAndReset());

        void Put(int count)
        {
            hash.AppendData(buffer, 0, count);
            into.Write(buffer, 0, count);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null when it is damaged, of another version, or anything else.</summary>
    /// <exception cref="IOException">The bytes could not be fetched.</exception>
    public static TensorIndex? Load(ByteSource source)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (source.ReadAt(0, header) < HeaderSize || !header.StartsWith("ASSAYTIX"u8) || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != FormatVersion)
            return null;
        long modelCount = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        var length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        if (modelCount < 0 || length < 0 || length > Array.MaxLength || source.Length != HeaderSize + (modelCount * ModelSize) + (length * 12) + ChecksumSize)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        var models = new byte[modelCount * ModelSize];
        var prefixes = new ulong[length];
        var owners = new int[length];
        long at = HeaderSize;
        if (!Take(models) || !Take(MemoryMarshal.AsBytes(prefixes.AsSpan())) || !Take(MemoryMarshal.AsBytes(owners.AsSpan())))
            return null;
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        if (source.ReadAt(at, checksum) < ChecksumSize || !checksum.SequenceEqual(hash.GetHashAndReset()))
            return null;
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(prefixes, prefixes);
            BinaryPrimitives.ReverseEndianness(owners, owners);
        }

        var known = new Model[modelCount];
        var current = new Dictionary<Guid, int>(known.Length);
        for (var i = 0; i < known.Length; i++)
        {
            var bytes = models.AsSpan(i * ModelSize, ModelSize);
            known[i] = new Model(new Guid(bytes[..16], bigEndian: true), BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
            if (known[i].Bytes <= 0 || !current.TryAdd(known[i].Repository, i))
                return null;
        }

        for (var i = 0; i < prefixes.Length; i++)
        {
            if ((uint)owners[i] >= (uint)known.Length || (i > 0 && prefixes[i] < prefixes[i - 1]))
                return null;
        }

        return new TensorIndex(known, current, new Postings(prefixes, owners), Postings.Empty);

        bool Take(Span<byte> into)
        {
            for (var n = 0; n < into.Length;)
            {
                var part = into.Slice(n, Math.Min(1 << 20, into.Length - n));
                if (source.ReadAt(at, part) < part.Length)
                    return false;
                hash.AppendData(part);
                at += part.Length;
                n += part.Length;
            }

            return true;
        }
    }

    private TensorIndex Merged()
    {
        var renumbered = new int[_models.Length];
        Array.Fill(renumbered, -1);
        var kept = new List<Model>();
        foreach (var model in _current.Values.Order())
        {
            renumbered[model] = kept.Count;
            kept.Add(_models[model]);
        }

        var current = kept.Select(static (m, i) => (m.Repository, i)).ToDictionary(static m => m.Repository, static m => m.i);
        return new TensorIndex([.. kept], current, Postings.Merge(_base, _delta).Renumber(renumbered), Postings.Empty);
    }

    private readonly record struct Model(Guid Repository, long Bytes);

    /// <summary>Sorted prefixes with the model of each.</summary>
    private sealed class Postings(ulong[] prefixes, int[] owners)
    {
        public static Postings Empty { get; } = new([], []);

        public int Length => prefixes.Length;

        public ulong[] Prefixes => prefixes;

        public int[] Owners => owners;

        public static Postings Of(List<(ulong Prefix, int Model)> entries)
        {
            var prefixes = entries.Select(static e => e.Prefix).ToArray();
            var owners = entries.Select(static e => e.Model).ToArray();
            Array.Sort(prefixes, owners);
            return new Postings(prefixes, owners);
        }

        public static Postings Merge(Postings a, Postings b)
        {
            if (a.Length == 0 || b.Length == 0)
                return a.Length == 0 ? b : a;
            var prefixes = new ulong[a.Length + b.Length];
            var owners = new int[prefixes.Length];
            for (int i = 0, j = 0, n = 0; n < prefixes.Length; n++)
            {
                if (j >= b.Length || (i < a.Length && a.Prefixes[i] <= b.Prefixes[j]))
                    (prefixes[n], owners[n]) = (a.Prefixes[i], a.Owners[i++]);
                else
                    (prefixes[n], owners[n]) = (b.Prefixes[j], b.Owners[j++]);
            }

            return new Postings(prefixes, owners);
        }

        /// <summary>The postings of models that keep a number (not -1).</summary>
        public Postings Renumber(int[] numbers)
        {
            var kept = owners.Count(owner => numbers[owner] >= 0);
            var (newPrefixes, newOwners) = (new ulong[kept], new int[kept]);
            for (int i = 0, n = 0; i < owners.Length; i++)
            {
                if (numbers[owners[i]] >= 0)
                    (newPrefixes[n], newOwners[n++]) = (prefixes[i], numbers[owners[i]]);
            }

            return new Postings(newPrefixes, newOwners);
        }

        public void CountOwners(ulong prefix, Dictionary<int, int> counts)
        {
            int low = 0, high = prefixes.Length;
            while (low < high)
            {
                var middle = (int)(((uint)low + (uint)high) >> 1);
                if (prefixes[middle] < prefix)
                    low = middle + 1;
                else
                    high = middle;
            }

            for (; low < prefixes.Length && prefixes[low] == prefix; low++)
                counts[owners[low]] = counts.GetValueOrDefault(owners[low]) + 1;
        }
    }
}
