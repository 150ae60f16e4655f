using System.Collections.Immutable;

namespace Assay.Impersonation.Names;

/// <summary>
/// The names that a hub knows, in a form that answers within a millisecond which of them a new name is like. A snapshot never changes:
/// adding names gives a new one that shares all but the newest tables with it, so a hub swaps one reference, and readers never wait.
/// </summary>
/// <remarks>
/// Tables are kept as segments of falling size. Adding makes a small segment and joins those that have become as large as their
/// neighbour; a name is thus filed a few times in its life, not at each change.
/// </remarks>
public sealed class LikenessIndex
{
    /// <summary>How many names an index can hold.</summary>
    public const int MaxNames = 16_000_000;

    /// <summary>How many bytes the ids can have together.</summary>
    public const int MaxIdBytes = 1 << 30;

    /// <summary>How long an id can be, in characters: an organisation, a slash, a name.</summary>
    public const int MaxIdLength = 193;

    private readonly ImmutableHashSet<string> _removed;

    private LikenessIndex(ImmutableArray<NameSegment> segments, int count, ImmutableHashSet<string> removed, BrandTable brands, bool coversAll)
    {
        Count = count;
        Segments = segments;
        _removed = removed;
        Brands = brands;
        CoversAll = coversAll;
    }

    /// <summary>An index that knows no name and no brand, and finds near names of protected ones only.</summary>
    public static LikenessIndex Empty { get; } = new([], 0, ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase), new BrandTable([]), coversAll: false);

    /// <summary>The index that ships with Assay: well-known repositories as protected names, and their brands.</summary>
    public static LikenessIndex Seed() => Empty.With(SeedNames()).WithBrands(Brand.Seeds());

    /// <summary>How many names there are.</summary>
    public int Count { get; }

    /// <summary>Bytes held by the tables.</summary>
    public long Memory => Segments.Sum(static s => s.Memory);

    /// <summary>Whether near names of all are found, and not only of protected ones.</summary>
    public bool CoversAll { get; }

    internal ImmutableArray<NameSegment> Segments { get; }

    internal BrandTable Brands { get; }

    /// <summary>The names that ship with Assay.</summary>
    public static IEnumerable<KnownName> SeedNames()
    {
        foreach (var line in EmbeddedData.Lines("known_ids.tsv").Skip(1))
        {
            var field = line.Split('\t');
            yield return new KnownName(field[0], int.Parse(field[1], System.Globalization.CultureInfo.InvariantCulture), IsProtected: true);
        }
    }

    /// <summary>The same names, where near names of all and not only of protected ones are found: about 200 bytes a name.</summary>
    public LikenessIndex CoveringAll()
    {
        var all = new LikenessIndex([], 0, Empty._removed, Brands, coversAll: true);
        return all.With(Names());
    }

    /// <summary>A snapshot with more names; of names that are there already, what is said now counts. Ids that are not <c>organisation/name</c> are left out.</summary>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="MaxNames"/> names or <see cref="MaxIdBytes"/> bytes.</exception>
    public LikenessIndex With(IEnumerable<KnownName> names) => With(names, static () => true)!;

    /// <summary>The same, unless names turn out to be damaged when all were taken: then there is none, and nothing was built.</summary>
    internal LikenessIndex? With(IEnumerable<KnownName> names, Func<bool> isSound)
    {
        var added = new Batch();
        var again = _removed.ToBuilder();
        var count = Count;
        foreach (var name in names)
        {
            if (!IsId(name.Id))
                continue;
            if (added.Set(name) && !Contains(name.Id) && ++count > MaxNames)
                throw new InvalidOperationException($"An index holds at most {MaxNames} names.");
            again.Remove(name.Id);
        }

        if (!isSound())
            return null;
        if (added.Count == 0)
            return this;

        // Older segments that are not twice as large are joined with the new one.
        var segments = Segments;
        while (segments.Length > 0 && segments[^1].Ids.Count < 2 * added.Count)
        {
            var last = segments[^1];
            for (var i = 0; i < last.Ids.Count; i++)
            {
                var id = last.Ids.Text(i);
                if (!_removed.Contains(id))
                    added.AddUnlessThere(new KnownName(id, last.Prominence(i), last.IsProtected(i)));
                else
                    again.Remove(id);
            }

            segments = segments.RemoveAt(segments.Length - 1);
        }

        // What remains in an older segment under the same id is hidden by the newer one: see IsCurrent.
        return new LikenessIndex(segments.Add(added.ToSegment(CoversAll)), count, again.ToImmutable(), Brands, CoversAll);
    }

    /// <summary>A snapshot without a name.</summary>
    public LikenessIndex Without(string id) => Contains(id) ? new LikenessIndex(Segments, Count - 1, _removed.Add(id), Brands, CoversAll) : this;

    /// <summary>A snapshot where names are protected that an operator names: repositories as <c>organisation/name</c>.</summary>
    public LikenessIndex Protect(IEnumerable<string> ids) => With(ids.Select(id => new KnownName(id, Find(id) is var (segment, at) && segment is not null ? segment.Prominence(at) : 100, IsProtected: true)));

    /// <summary>A snapshot with more brands.</summary>
    public LikenessIndex WithBrands(IEnumerable<Brand> brands) => new(Segments, Count, _removed, new BrandTable([.. Brands.All, .. brands]), CoversAll);

    /// <summary>Whether a repository is known, in any case.</summary>
    public bool Contains(string id) => Find(id).Segment is not null;

    /// <summary>Whether a repository is known as one that others imitate, in any case.</summary>
    public bool IsProtected(string id) => Find(id) is var (segment, at) && segment is not null && segment.IsProtected(at);

    /// <summary>All names.</summary>
    public IEnumerable<KnownName> Names()
    {
        for (var s = 0; s < Segments.Length; s++)
        {
            for (var i = 0; i < Segments[s].Ids.Count; i++)
            {
                if (IsCurrent(s, i))
                    yield return new KnownName(Segments[s].Ids.Text(i), Segments[s].Prominence(i), Segments[s].IsProtected(i));
            }
        }
    }

    /// <summary>
    /// Known repositories with a core near that of a name, nearest first. In an index that covers all names this finds what is one letter
    /// away of any, and serves to look back when a repository becomes protected.
    /// </summary>
    /// <param name="name">The repository's name without organisation.</param>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<(string Id, float Distance)> Nearest(string name, int limit)
    {
        var core = NameTokens.Core(name);
        var letters = Moniker.Letters(NameTokens.WithoutPackaging(name));
        var found = new List<(string Id, float Distance)>();
        var cores = new List<int>();
        for (var s = 0; s < Segments.Length; s++)
        {
            var segment = Segments[s];
            cores.Clear();
            if (core.Length > 0 && segment.Core(core) is >= 0 and var equal)
                cores.Add(equal);
            var near = new List<int>();
            segment.AddNear(letters, all: CoversAll, near);
            cores.AddRange(near);
            foreach (var one in cores)
            {
                var distance = NameDistance.Between(letters, System.Text.Encoding.ASCII.GetString(segment.CoreText(one)));
                foreach (var repository in segment.RepositoriesOfCore(one))
                {
                    if (IsCurrent(s, repository))
                        found.Add((segment.Ids.Text(repository), distance));
                    if (found.Count > 20_000)
                        break;
                }
            }
        }

        return [.. found.OrderBy(static f => f.Distance).ThenBy(static f => f.Id, StringComparer.Ordinal).Take(limit)];
    }

    /// <summary>Whether a text can be an id: an organisation and a name of visible characters.</summary>
    public static bool IsId(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < id.Length - 1 && id.Length <= MaxIdLength && id.IndexOf('/', slash + 1) < 0 && !id.AsSpan().ContainsAnyInRange('\0', ' ') && !HasLoneSurrogate(id);
    }

    internal (NameSegment? Segment, int At) Find(string id)
    {
        if (_removed.Contains(id))
            return default;
        for (var s = Segments.Length - 1; s >= 0; s--)
        {
            if (Segments[s].Find(id) is >= 0 and var at)
                return (Segments[s], at);
        }

        return default;
    }

    /// <summary>Whether what a segment says of a repository still holds: it was not removed, and no newer segment knows it.</summary>
    internal bool IsCurrent(int segment, int repository)
    {
        if (_removed.Count == 0 && segment == Segments.Length - 1)
            return true;
        var id = Segments[segment].Ids.Text(repository);
        if (_removed.Contains(id))
            return false;
        for (var s = segment + 1; s < Segments.Length; s++)
        {
            if (Segments[s].Find(id) >= 0)
                return false;
        }

        return true;
    }

    private static bool HasLoneSurrogate(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == System.Text.Rune.ReplacementChar)
                return true;
        }

        return false;
    }

    /// <summary>Names on their way into a segment.</summary>
    private sealed class Batch
    {
        private readonly TextTable _ids = new();

        /// <summary>Positions plus one by the hash of the id in lower case, with open addressing: a dictionary would hold every id once more.</summary>
        private int[] _slots = new int[32];
        private ushort[] _prominence = new ushort[16];
        private byte[] _isProtected = new byte[16];

        public int Count => _ids.Count;

        /// <summary>Adds a name, or says of one that is there what counts now; whether it is new.</summary>
        public bool Set(KnownName name)
        {
            if (AddUnlessThere(name))
                return true;
            Set(_slots[Slot(name.Id)] - 1, name);
            return false;
        }

        public bool AddUnlessThere(KnownName name)
        {
            if (_ids.Bytes > MaxIdBytes)
                throw new InvalidOperationException($"The ids of an index have at most {MaxIdBytes} bytes.");
            var slot = Slot(name.Id);
            if (_slots[slot] != 0)
                return false;
            var at = _ids.Add(name.Id);
            _slots[slot] = at + 1;
            if (_ids.Count * 2 > _slots.Length)
                Grow();
            if (at == _prominence.Length)
            {
                Array.Resize(ref _prominence, at * 2);
                Array.Resize(ref _isProtected, at * 2);
            }

            Set(at, name);
            return true;
        }

        public NameSegment ToSegment(bool coversAll)
        {
            _slots = [];
            Array.Resize(ref _prominence, _ids.Count);
            Array.Resize(ref _isProtected, _ids.Count);
            return new NameSegment(_ids.Trim(), _prominence, _isProtected, coversAll);
        }

        private int Slot(string id)
        {
            var mask = _slots.Length - 1;
            var slot = string.GetHashCode(id, StringComparison.OrdinalIgnoreCase) & mask;
            while (_slots[slot] != 0 && !_ids.Text(_slots[slot] - 1).Equals(id, StringComparison.OrdinalIgnoreCase))
                slot = (slot + 1) & mask;
            return slot;
        }

        private void Grow()
        {
            _slots = new int[_slots.Length * 2];
            for (var at = 0; at < _ids.Count; at++)
                _slots[Slot(_ids.Text(at))] = at + 1;
        }

        private void Set(int at, KnownName name)
        {
            _prominence[at] = (ushort)Math.Clamp(name.Prominence, 0, ushort.MaxValue);
            _isProtected[at] = name.IsProtected ? (byte)1 : (byte)0;
        }
    }
}
