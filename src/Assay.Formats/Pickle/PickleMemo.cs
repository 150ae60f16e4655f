namespace Assay.Formats;

/// <summary>The memo: dense pages for the indexes that picklers write, a dictionary for those that only hostile streams use.</summary>
internal sealed class PickleMemo(WorkBudget budget)
{
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;
    private const int MaxSparse = 1 << 20;

    private Table _table = new();
    private Table? _earlier;

    /// <summary>A fresh unpickler starts empty; values of the stream before stay reachable, since one unpickler may load several.</summary>
    public void StartStream()
    {
        if (_table.Filled == 0)
            return;
        _earlier = _table;
        _table = new Table();
    }

    public PickleValue Get(long index)
    {
        var value = _table.Get(index);
        return value.Kind == PickleKind.Missing && _earlier is not null ? _earlier.Get(index) : value;
    }

    /// <summary>MEMOIZE: the index is the number of filled slots.</summary>
    public void Append(PickleValue value, long offset) => _table.Put(_table.Filled, value, budget, offset);

    public void Put(long index, PickleValue value, long offset) => _table.Put(index, value, budget, offset);

    private sealed class Table
    {
        private readonly List<PickleValue[]?> _pages = [];
        private Dictionary<long, PickleValue>? _sparse;

        public int Filled { get; private set; }

        public PickleValue Get(long index)
        {
            if (index >= 0 && index >> PageBits < _pages.Count
                && _pages[(int)(index >> PageBits)] is { } page
                && (index & (PageSize - 1)) < page.Length
                && page[index & (PageSize - 1)] is { Kind: not PickleKind.Missing } value)
            {
                return value;
            }

            return _sparse?.GetValueOrDefault(index) ?? default;
        }

        public void Put(long index, PickleValue value, WorkBudget budget, long offset)
        {
            var page = index >> PageBits;
            if (page > _pages.Count)
            {
                budget.ChargeValues(4, offset);
                _sparse ??= [];
                if (_sparse.Count >= MaxSparse)
                    Malformed.Limit("values", MaxSparse, offset);
                if (_sparse.TryAdd(index, value))
                    Filled++;
                else
                    _sparse[index] = value;
                return;
            }

            if (page == _pages.Count)
                _pages.Add(null);
            var slots = _pages[(int)page];
            var slot = (int)(index & (PageSize - 1));
            if (slots is null || slot >= slots.Length)
            {
                budget.ChargeValues(PageSize / 8, offset);
                var larger = new PickleValue[page == 0 ? Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slot + 1)) : PageSize];
                slots?.CopyTo(larger, 0);
                _pages[(int)page] = slots = larger;
            }

            if (slots[slot].Kind == PickleKind.Missing)
                Filled++;
            slots[slot] = value;
        }
    }
}
