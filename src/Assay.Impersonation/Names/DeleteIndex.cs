using System.Buffers;
using System.Numerics;

namespace Assay.Impersonation.Names;

/// <summary>
/// Finds texts within one or two edits: each text is filed under the hashes of what is left when up to that many letters are taken away
/// (symmetric deletion). Whoever asks must verify, since hashes collide and two deletions on each side can be four edits.
/// </summary>
/// <remarks>
/// Postings lie in buckets by the upper bits of the hash; one is 32 bits, of which the low ones are the index of the text and the others
/// what is left of the hash. Filled by counting, so that building needs no memory besides.
/// </remarks>
internal sealed class DeleteIndex
{
    private const ulong Base = 0x9E3779B97F4A7C15;
    private const int MaxText = 64;
    private const int PostingsPerBucket = 16;

    /// <summary>What one question may look at; more is only reached by names made for it.</summary>
    private const int MaxFound = 16384;

    /// <summary>What one array holds at most; beyond, a single letter has to do.</summary>
    private const long MaxPostings = 1L << 30;

    private static readonly ulong[] Powers = PowersOfBase();

    private readonly int _distance;
    private readonly int _prefix;
    private readonly int _shift;
    private readonly int _idBits;
    private readonly uint[] _starts;
    private readonly uint[] _postings;

    /// <param name="texts">All texts, in ASCII.</param>
    /// <param name="members">Which of them are filed, or null for all.</param>
    /// <param name="distance">1 or 2 letters.</param>
    /// <param name="prefix">How many of the first letters are looked at.</param>
    public DeleteIndex(TextTable texts, int[]? members, int distance, int prefix)
    {
        _distance = distance;
        _prefix = Math.Min(prefix, MaxText);
        var count = members?.Length ?? texts.Count;
        var total = Total(texts, members, count);
        if (total > MaxPostings)
        {
            _distance = distance = 1;
            total = Total(texts, members, count);
        }

        var bucketBits = Math.Clamp(BitOperations.Log2((ulong)Math.Max(1, total / PostingsPerBucket)), 4, 24);
        _shift = 64 - bucketBits;
        _idBits = Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)count));
        _starts = new uint[(1 << bucketBits) + 1];
        var hashes = new ulong[1 + MaxText + (distance == 2 ? MaxText * MaxText / 2 : 0)];
        for (var i = 0; i < count; i++)
        {
            foreach (var hash in hashes.AsSpan(0, Deletions(texts[members?[i] ?? i], hashes)))
                _starts[(hash >> _shift) + 1]++;
        }

        for (var i = 1; i < _starts.Length; i++)
            _starts[i] += _starts[i - 1];
        _postings = new uint[_starts[^1]];

        // Each start moves to its end while its bucket fills, and is then the start of the next.
        for (var i = 0; i < count; i++)
        {
            var id = members?[i] ?? i;
            foreach (var hash in hashes.AsSpan(0, Deletions(texts[id], hashes)))
                _postings[_starts[hash >> _shift]++] = Posting(hash, i);
        }

        Array.Copy(_starts, 0, _starts, 1, _starts.Length - 1);
        _starts[0] = 0;
    }

    /// <summary>Bytes held.</summary>
    public long Memory => (4L * _starts.Length) + (4L * _postings.Length);

    /// <summary>How many deletions are filed.</summary>
    public int Postings => _postings.Length;

    /// <summary>Adds the positions (in the members, where there are any) of texts that may be near; sorted, each once.</summary>
    public void Find(ReadOnlySpan<byte> text, List<int> found)
    {
        var hashes = ArrayPool<ulong>.Shared.Rent(1 + MaxText + (_distance == 2 ? MaxText * MaxText / 2 : 0));
        var mask = (1u << _idBits) - 1;
        foreach (var hash in hashes.AsSpan(0, Deletions(text, hashes)))
        {
            var residue = Posting(hash, 0);
            var bucket = hash >> _shift;
            foreach (var posting in _postings.AsSpan((int)_starts[bucket], (int)(_starts[bucket + 1] - _starts[bucket])))
            {
                if ((posting & ~mask) == residue)
                    found.Add((int)(posting & mask));
            }

            if (found.Count > MaxFound)
                break;
        }

        ArrayPool<ulong>.Shared.Return(hashes);
        found.Sort();
        var kept = 0;
        for (var i = 0; i < found.Count; i++)
        {
            if (i == 0 || found[i] != found[i - 1])
                found[kept++] = found[i];
        }

        found.RemoveRange(kept, found.Count - kept);
    }

    private long Total(TextTable texts, int[]? members, int count)
    {
        long total = 0;
        for (var i = 0; i < count; i++)
        {
            long length = Math.Min(_prefix, texts[members?[i] ?? i].Length);
            total += 1 + length + (_distance == 2 ? length * (length - 1) / 2 : 0);
        }

        return total;
    }

    private uint Posting(ulong hash, int id) => ((uint)(hash << (64 - _shift) >> 32) & ~((1u << _idBits) - 1)) | (uint)id;

    /// <summary>The hashes of the text (of its prefix) without up to <see cref="_distance"/> letters.</summary>
    private int Deletions(ReadOnlySpan<byte> text, Span<ulong> hashes)
    {
        text = text[..Math.Min(text.Length, _prefix)];
        var n = text.Length;

        // before[i]: hash of what precedes i; after[i]: of what begins at i.
        Span<ulong> before = stackalloc ulong[n + 1];
        Span<ulong> after = stackalloc ulong[n + 2];
        for (var i = 0; i < n; i++)
            before[i + 1] = (before[i] * Base) + text[i] + 1;
        for (var i = n - 1; i >= 0; i--)
            after[i] = after[i + 1] + ((text[i] + 1UL) * Powers[n - 1 - i]);
        var count = 0;
        hashes[count++] = Mix(before[n]);
        for (var i = 0; i < n; i++)
        {
            // Of a doubled letter it does not matter which one goes.
            if (i > 0 && text[i] == text[i - 1])
                continue;
            hashes[count++] = Mix((before[i] * Powers[n - 1 - i]) + after[i + 1]);
        }

        if (_distance < 2)
            return count;
        for (var i = 0; i < n; i++)
        {
            if (i > 1 && text[i] == text[i - 1] && text[i] == text[i - 2])
                continue;
            var head = before[i];
            for (var j = i + 1; j < n; j++)
            {
                hashes[count++] = Mix((head * Powers[n - 1 - j]) + after[j + 1]);
                head = (head * Base) + text[j] + 1;
            }
        }

        return count;
    }

    private static ulong Mix(ulong hash)
    {
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        hash ^= hash >> 29;
        hash *= 0xA0761D6478BD642F;
        return hash ^ (hash >> 32);
    }

    private static ulong[] PowersOfBase()
    {
        var powers = new ulong[MaxText + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * Base;
        return powers;
    }
}
