namespace Assay.Impersonation.Cards;

/// <summary>
/// How many publishers' cards hold a shingle: a count-min sketch of two rows that saturates at 255, with a filter that remembers which publisher was counted. Counts
/// are never too low by more than the filter's collisions, and rarely too high; memory is bounded by its size.
/// </summary>
/// <param name="bits">Binary logarithm of the cells of a row.</param>
internal sealed class PublisherFrequency(int bits)
{
    private readonly byte[] _first = new byte[1 << bits];
    private readonly byte[] _second = new byte[1 << bits];
    private readonly ulong[] _counted = new ulong[1 << int.Max(0, bits - 3)]; // eight bits a cell

    /// <summary>Shingles for which the sketch is exact enough.</summary>
    public long Capacity => 1L << bits;

    /// <summary>Bytes in use.</summary>
    public long Bytes => _first.Length + _second.Length + (8L * _counted.Length);

    /// <summary>Counts a shingle of a publisher, once.</summary>
    public void Add(ulong shingle, int publisher)
    {
        var pair = CardSketch.Mix(shingle ^ CardSketch.Mix((ulong)publisher + 1));
        var cell = (pair >> 6) & (ulong)(_counted.Length - 1);
        var bit = 1UL << (int)(pair & 63);
        if ((_counted[cell] & bit) != 0)
            return;
        _counted[cell] |= bit;
        var (a, b) = (Cell(shingle), Cell(CardSketch.Mix(shingle)));
        var count = byte.Min(_first[a], _second[b]);
        if (count == byte.MaxValue)
            return;
        // Conservative update: only what must grow grows.
        _first[a] = byte.Max(_first[a], (byte)(count + 1));
        _second[b] = byte.Max(_second[b], (byte)(count + 1));
    }

    /// <summary>Publishers that hold the shingle.</summary>
    public int this[ulong shingle] => byte.Min(_first[Cell(shingle)], _second[Cell(CardSketch.Mix(shingle))]);

    private int Cell(ulong shingle) => (int)(shingle >> (64 - bits));
}
