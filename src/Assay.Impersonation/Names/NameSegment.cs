using System.Text;

namespace Assay.Impersonation.Names;

/// <summary>A name that the hub knows.</summary>
/// <param name="Id"><c>organisation/name</c>.</param>
/// <param name="Prominence">How widely it is known, from 0; only the order counts.</param>
/// <param name="IsProtected">Whether somebody would imitate it.</param>
public readonly record struct KnownName(string Id, int Prominence, bool IsProtected);

/// <summary>
/// Tables over a set of names, none of which changes: arrays and texts behind each other, no object for each name. An index is a few of
/// these.
/// </summary>
internal sealed class NameSegment
{
    private const int Prefix = 24;
    private const int LongPrefix = 64;

    private readonly byte[] _isProtected;
    private readonly ushort[] _prominence;
    private readonly int[] _publisherOf;

    private readonly HashTable _monikers;
    private readonly HashTable _cores;
    private readonly HashTable _bags;
    private readonly HashTable _publisherHandles;
    private readonly HashTable _publisherMonikers;
    private readonly HashTable _publisherStems;
    private readonly Groups _repositoriesOfCore;
    private readonly Groups _repositoriesOfPublisher;
    private readonly TextTable _coreTexts = new();
    private readonly TextTable _publisherTexts = new();
    private readonly int[] _protectedCores;
    private readonly int[] _protectedPublishers;
    private readonly int[] _shortPublishers;
    private readonly DeleteIndex? _allCores;
    private readonly DeleteIndex _nearCores;
    private readonly DeleteIndex _nearPublishers;
    private readonly Dictionary<string, (int Last, int Count)> _vocabulary = [];

    /// <param name="ids">Ids, each once.</param>
    /// <param name="prominence">Of each.</param>
    /// <param name="isProtected">1 for each that somebody would imitate.</param>
    /// <param name="coversAll">Whether near names of unprotected ones are found as well.</param>
    public NameSegment(TextTable ids, ushort[] prominence, byte[] isProtected, bool coversAll)
    {
        Ids = ids;
        _prominence = prominence;
        _isProtected = isProtected;

        // One pass for each table, so that no more than one array of hashes lives beside the tables.
        _monikers = new HashTable(Hashes(static (id, _) => Hash(Moniker.Of(id))));

        // The best known repository of a core or publisher comes first.
        _repositoriesOfCore = new Groups(Hashes(static (id, slash) => Hash(NameTokens.Core(id.AsSpan(slash + 1)))), prominence);
        _cores = new HashTable([.. _repositoriesOfCore.Keys]);
        _repositoriesOfPublisher = new Groups(Hashes(static (id, slash) => HandleHash(id.AsSpan(0, slash))), prominence);
        _publisherHandles = new HashTable([.. _repositoriesOfPublisher.Keys]);

        var protectedCores = new List<int>();
        for (var core = 0; core < _repositoriesOfCore.Count; core++)
        {
            var members = _repositoriesOfCore[core];
            var id = ids.Text(members[0]);
            _coreTexts.Add(Moniker.Letters(NameTokens.WithoutPackaging(id.AsSpan(id.IndexOf('/', StringComparison.Ordinal) + 1))));
            if (AnyProtected(members))
                protectedCores.Add(core);
        }

        _protectedCores = [.. protectedCores];
        _publisherOf = new int[ids.Count];
        var publisherMonikers = new ulong[_repositoriesOfPublisher.Count];
        var publisherStems = new ulong[_repositoriesOfPublisher.Count];
        var protectedPublishers = new List<int>();
        for (var publisher = 0; publisher < _repositoriesOfPublisher.Count; publisher++)
        {
            var members = _repositoriesOfPublisher[publisher];
            foreach (var member in members)
                _publisherOf[member] = publisher;
            publisherMonikers[publisher] = Hash(Moniker.Of(Handle(publisher)));
            publisherStems[publisher] = Hash(PublisherName.StemOf(Handle(publisher)));
            _publisherTexts.Add(Moniker.Letters(Handle(publisher)));
            if (AnyProtected(members))
                protectedPublishers.Add(publisher);
        }

        _protectedPublishers = [.. protectedPublishers];
        _publisherMonikers = new HashTable(publisherMonikers);
        _publisherStems = new HashTable(publisherStems);
        _coreTexts.Trim();
        _publisherTexts.Trim();
        _shortPublishers = [.. protectedPublishers.Where(p => _publisherTexts[p].Length is 3 or 4)];
        _nearCores = new DeleteIndex(_coreTexts, _protectedCores, 2, Prefix);
        _nearPublishers = new DeleteIndex(_publisherTexts, _protectedPublishers, 2, Prefix);
        _allCores = coversAll ? new DeleteIndex(_coreTexts, null, 1, LongPrefix) : null;

        var bags = new ulong[_protectedCores.Length];
        for (var i = 0; i < bags.Length; i++)
        {
            var members = _repositoriesOfCore[_protectedCores[i]];
            bags[i] = BagHash(NameTokens.Words(Name(members[0])));
            foreach (var member in members)
            {
                if (!IsProtected(member))
                    continue;
                foreach (var word in NameTokens.Vocabulary(Name(member)))
                {
                    if (!_vocabulary.TryGetValue(word, out var seen) || seen.Last != _publisherOf[member])
                        _vocabulary[word] = (_publisherOf[member], seen.Count + 1);
                }
            }
        }

        _bags = new HashTable(bags);
    }

    /// <summary>The ids.</summary>
    public TextTable Ids { get; }

    /// <summary>Bytes held by the tables.</summary>
    public long Memory =>
        Ids.Memory + _coreTexts.Memory + _publisherTexts.Memory + _isProtected.Length + (2L * _prominence.Length) + (4L * _publisherOf.Length)
        + _monikers.Memory + _cores.Memory + _bags.Memory + _publisherHandles.Memory + _publisherMonikers.Memory + _publisherStems.Memory
        + _repositoriesOfCore.Memory + _repositoriesOfPublisher.Memory + (_allCores?.Memory ?? 0) + _nearCores.Memory + _nearPublishers.Memory;

    /// <summary>Whether somebody would imitate a repository.</summary>
    public bool IsProtected(int repository) => _isProtected[repository] != 0;

    /// <summary>How widely a repository is known.</summary>
    public int Prominence(int repository) => _prominence[repository];

    /// <summary>The publisher of a repository.</summary>
    public int PublisherOf(int repository) => _publisherOf[repository];

    /// <summary>A repository's id by itself, or -1.</summary>
    public int Find(string id)
    {
        foreach (var repository in WithMoniker(Moniker.Of(id)))
        {
            if (Ids.Text(repository).Equals(id, StringComparison.OrdinalIgnoreCase))
                return repository;
        }

        return -1;
    }

    /// <summary>Repositories whose whole id has a moniker.</summary>
    public HashTable.Matches WithMoniker(string moniker) => _monikers.Find(Hash(moniker));

    /// <summary>The core with a moniker, or -1.</summary>
    public int Core(string core)
    {
        foreach (var found in _cores.Find(Hash(core)))
        {
            if (Moniker.Of(_coreTexts.Text(found)) == core)
                return found;
        }

        return -1;
    }

    /// <summary>The letters of a core.</summary>
    public ReadOnlySpan<byte> CoreText(int core) => _coreTexts[core];

    /// <summary>The repositories of a core, best known first.</summary>
    public ReadOnlySpan<int> RepositoriesOfCore(int core) => _repositoriesOfCore[core];

    /// <summary>Protected cores made of the same words in any order.</summary>
    public void AddReordered(IReadOnlyList<string> words, List<int> cores)
    {
        foreach (var found in _bags.Find(BagHash(words)))
            cores.Add(_protectedCores[found]);
    }

    /// <summary>Protected cores near a core (its letters), or, with <paramref name="all"/>, any that are one letter away.</summary>
    public void AddNear(string core, bool all, List<int> cores)
    {
        Span<byte> bytes = stackalloc byte[NameDistance.MaxLength];
        var length = Bytes(core, bytes);
        (all ? _allCores ?? _nearCores : _nearCores).Find(bytes[..length], cores);
        var isMember = !all || _allCores is null;
        Verify(core, _coreTexts, isMember ? _protectedCores : null, cores);
    }

    /// <summary>The publisher with a handle, in any case, or -1.</summary>
    public int Publisher(string handle)
    {
        foreach (var publisher in _publisherHandles.Find(HandleHash(handle)))
        {
            if (Handle(publisher).Equals(handle, StringComparison.OrdinalIgnoreCase))
                return publisher;
        }

        return -1;
    }

    /// <summary>The handle of a publisher.</summary>
    public ReadOnlySpan<char> Handle(int publisher)
    {
        var id = Ids.Text(_repositoriesOfPublisher[publisher][0]);
        return id.AsSpan(0, id.IndexOf('/', StringComparison.Ordinal));
    }

    /// <summary>The repositories of a publisher, best known first.</summary>
    public ReadOnlySpan<int> RepositoriesOf(int publisher) => _repositoriesOfPublisher[publisher];

    /// <summary>Publishers with a moniker.</summary>
    public HashTable.Matches PublishersWithMoniker(string moniker) => _publisherMonikers.Find(Hash(moniker));

    /// <summary>Publishers with a stem.</summary>
    public HashTable.Matches PublishersWithStem(string stem) => _publisherStems.Find(Hash(stem));

    /// <summary>Protected publishers with a near handle (its letters).</summary>
    public void AddNearPublishers(string letters, List<int> publishers)
    {
        Span<byte> bytes = stackalloc byte[NameDistance.MaxLength];
        _nearPublishers.Find(bytes[..Bytes(letters, bytes)], publishers);
        Verify(letters, _publisherTexts, _protectedPublishers, publishers);
    }

    /// <summary>Protected publishers with a handle of three or four letters that is one slip away.</summary>
    public void AddNearShortPublishers(string letters, List<int> publishers)
    {
        if (letters.Length is < 3 or > 5)
            return;
        Span<char> other = stackalloc char[4];
        foreach (var publisher in _shortPublishers)
        {
            var length = Encoding.ASCII.GetChars(_publisherTexts[publisher], other);
            if (NameDistance.Between(letters, other[..length], 1f) <= 1f)
                publishers.Add(publisher);
        }
    }

    /// <summary>How many publishers use a word in names of protected repositories.</summary>
    public int Uses(string word) => _vocabulary.TryGetValue(word, out var seen) ? seen.Count : 0;

    /// <summary>Whether any of the repositories is protected.</summary>
    public bool AnyProtected(ReadOnlySpan<int> repositories)
    {
        foreach (var repository in repositories)
        {
            if (IsProtected(repository))
                return true;
        }

        return false;
    }

    private ulong[] Hashes(Func<string, int, ulong> hash)
    {
        var hashes = new ulong[Ids.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            var id = Ids.Text(i);
            hashes[i] = hash(id, id.IndexOf('/', StringComparison.Ordinal));
        }

        return hashes;
    }

    private string Name(int repository)
    {
        var id = Ids.Text(repository);
        return id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];
    }

    private static void Verify(string text, TextTable texts, int[]? members, List<int> found)
    {
        Span<char> other = stackalloc char[NameDistance.MaxLength];
        var kept = 0;
        for (var i = 0; i < found.Count; i++)
        {
            var id = members?[found[i]] ?? found[i];
            var bytes = texts[id];
            var length = Math.Min(bytes.Length, other.Length);
            Encoding.ASCII.GetChars(bytes[..length], other);
            if (!Ascii.Equals(bytes, text) && NameDistance.IsNear(text, other[..length]))
                found[kept++] = id;
        }

        found.RemoveRange(kept, found.Count - kept);
    }

    private static int Bytes(string moniker, Span<byte> bytes) => Encoding.ASCII.GetBytes(moniker.AsSpan(0, Math.Min(moniker.Length, bytes.Length)), bytes);

    private static ulong BagHash(IReadOnlyList<string> words)
    {
        var sorted = words.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
        return Hash(string.Join(' ', sorted));
    }

    private static ulong HandleHash(ReadOnlySpan<char> handle)
    {
        Span<char> lower = handle.Length <= 256 ? stackalloc char[handle.Length] : new char[handle.Length];
        return Hash(lower[..handle.ToLowerInvariant(lower)]);
    }

    private static ulong Hash(ReadOnlySpan<char> text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var c in text)
            hash = (hash ^ c) * 0x9FB21C651E98DF25;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 32);
    }
}

/// <summary>Positions by 64-bit hash: two sorted arrays. Whoever asks must verify.</summary>
internal sealed class HashTable
{
    private readonly ulong[] _hashes;
    private readonly int[] _positions;

    /// <param name="hashes">The hash at each position; taken over and sorted.</param>
    public HashTable(ulong[] hashes)
    {
        _hashes = hashes;
        _positions = new int[hashes.Length];
        for (var i = 0; i < _positions.Length; i++)
            _positions[i] = i;
        Array.Sort(_hashes, _positions);
    }

    /// <summary>Bytes held.</summary>
    public long Memory => 12L * _hashes.Length;

    /// <summary>The positions with a hash.</summary>
    public Matches Find(ulong hash)
    {
        var first = Array.BinarySearch(_hashes, hash);
        if (first < 0)
            return default;
        while (first > 0 && _hashes[first - 1] == hash)
            first--;
        var end = first;
        while (end < _hashes.Length && _hashes[end] == hash)
            end++;
        return new Matches(_positions.AsSpan(first, end - first));
    }

    /// <summary>Positions found.</summary>
    public readonly ref struct Matches(ReadOnlySpan<int> positions)
    {
        private readonly ReadOnlySpan<int> _positions = positions;

        /// <summary>Walks through them.</summary>
        public ReadOnlySpan<int>.Enumerator GetEnumerator() => _positions.GetEnumerator();
    }
}

/// <summary>Items that share a key, group behind group.</summary>
internal sealed class Groups
{
    private readonly int[] _starts;
    private readonly int[] _items;

    /// <param name="keys">The key of each item; sorted in place.</param>
    /// <param name="prominence">Of each item; the highest comes first in its group.</param>
    public Groups(ulong[] keys, ushort[] prominence)
    {
        _items = new int[keys.Length];
        for (var i = 0; i < _items.Length; i++)
            _items[i] = i;
        Array.Sort(keys, _items);
        var starts = new List<int>();
        for (var i = 0; i < keys.Length; i++)
        {
            if (i == 0 || keys[i] != keys[i - 1])
                starts.Add(i);
        }

        Keys = new ulong[starts.Count];
        starts.Add(keys.Length);
        _starts = [.. starts];
        for (var group = 0; group < Keys.Length; group++)
        {
            Keys[group] = keys[_starts[group]];
            _items.AsSpan(_starts[group], _starts[group + 1] - _starts[group])
                .Sort((a, b) => prominence[a] == prominence[b] ? a.CompareTo(b) : prominence[b].CompareTo(prominence[a]));
        }
    }

    /// <summary>The key of each group.</summary>
    public ulong[] Keys { get; }

    /// <summary>How many groups there are.</summary>
    public int Count => Keys.Length;

    /// <summary>Bytes held.</summary>
    public long Memory => (8L * Keys.Length) + (4L * _starts.Length) + (4L * _items.Length);

    /// <summary>The items of a group.</summary>
    public ReadOnlySpan<int> this[int group] => _items.AsSpan(_starts[group], _starts[group + 1] - _starts[group]);
}
