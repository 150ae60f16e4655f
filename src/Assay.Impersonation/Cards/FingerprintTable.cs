namespace Assay.Impersonation.Cards;

/// <summary>
/// Which cards hold a fingerprint: a hash table of chains, twelve bytes an entry and four to eight a chain. An entry keeps its fingerprint,
/// so that the table can grow and a chain's strangers are passed over.
/// </summary>
internal sealed class FingerprintTable
{
    private const int LongestChain = 256; // entries that are looked at

    private int[] _heads = new int[1 << 10];
    private Entry[] _entries = new Entry[1 << 10];
    private int _count = 1; // 0 ends a chain

    /// <summary>Bytes in use.</summary>
    public long Bytes => (4L * _heads.Length) + (12L * _entries.Length);

    /// <summary>Notes that a card holds a fingerprint.</summary>
    public void Add(uint fingerprint, int card)
    {
        if (_count == _entries.Length)
            Grow();
        ref var head = ref _heads[fingerprint & (uint)(_heads.Length - 1)];
        _entries[_count] = new Entry(fingerprint, card, head);
        head = _count++;
    }

    /// <summary>Gives each card that holds the fingerprint its share of one vote: what few cards hold says more. A fingerprint of very many cards says nothing.</summary>
    public void Vote(uint fingerprint, Dictionary<int, float> votes)
    {
        Span<int> cards = stackalloc int[LongestChain];
        var found = 0;
        var steps = 0;
        for (var at = _heads[fingerprint & (uint)(_heads.Length - 1)]; at != 0 && steps < 2 * LongestChain; at = _entries[at].Next, steps++)
        {
            if (_entries[at].Fingerprint != fingerprint)
                continue;
            if (found == LongestChain)
                return;
            cards[found++] = _entries[at].Card;
        }

        foreach (var card in cards[..found])
            votes[card] = votes.GetValueOrDefault(card) + (1f / found);
    }

    private void Grow()
    {
        // Half as much again: a table of a million cards should not hold a second one in reserve.
        Array.Resize(ref _entries, checked(_count + (_count / 2)));
        if (_heads.Length >= _count)
            return;
        _heads = new int[_heads.Length * 2];
        for (var i = 1; i < _count; i++)
        {
            ref var entry = ref _entries[i];
            ref var head = ref _heads[entry.Fingerprint & (uint)(_heads.Length - 1)];
            entry = entry with { Next = head };
            head = i;
        }
    }

    private readonly record struct Entry(uint Fingerprint, int Card, int Next);
}
