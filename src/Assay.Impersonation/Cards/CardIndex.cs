using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Impersonation.Cards;

/// <summary>A card that another one resembles.</summary>
/// <param name="Id">owner/name.</param>
/// <param name="Publisher">Whose it is.</param>
/// <param name="Containment">How much of the target's own text stands in the candidate, 0 to 1, rare text weighing more.</param>
public sealed record CardMatch(string Id, string Publisher, double Containment);

/// <summary>
/// The cards of protected repositories, found by likeness: a min-hash of 64 values in 32 bands for cards of like length, winnowed fingerprints for long quotes in
/// longer cards, and an exact comparison of the twenty best. Reading is safe for concurrent use as long as nobody adds.
/// </summary>
public sealed class CardIndex
{
    private const int Permutations = 64;
    private const int Rows = 2;
    private const int Window = 8;
    private const uint QuoteOrder = 0x9E3779B1; // an odd factor, so that a shingle can be had back from its rank
    private const uint QuoteOrderInverse = 0x0E8B2F51;
    private const int Rescored = 20;
    private const int BoilerplatePublishers = 50;
    private const int MostCards = 1 << 24;
    private const int MostFrequencies = 1 << 27; // shingles; beyond that the sketch counts a little too high
    private static readonly byte[] Magic = "ASSAYCRD"u8.ToArray();
    private const int Version = 1;
    private static readonly ulong[] Seeds = [.. Enumerable.Range(0, Permutations).Select(i => CardSketch.Mix((ulong)i * 0x5851F42D4C957F2D) | 1)];

    private readonly List<Entry> _cards = [];
    private readonly Dictionary<string, int> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _publishers = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _publisherNames = [];
    private readonly FingerprintTable _bands = new();
    private readonly FingerprintTable _quotes = new();
    private PublisherFrequency _frequency = new(16);
    private long _shingles;

    /// <summary>Cards in it.</summary>
    public int Count => _cards.Count;

    /// <summary>Bytes in use, near enough.</summary>
    public long Bytes => _bands.Bytes + _quotes.Bytes + _frequency.Bytes + (_shingles * 4) + (_cards.Count * 160L);

    /// <summary>Adds a card. A later card of the same id takes the place of the earlier one in comparisons.</summary>
    /// <param name="id">owner/name.</param>
    /// <param name="publisher">Whose it is; cards of one publisher are not compared with each other by <see cref="Nearest"/>.</param>
    /// <param name="sketch">The card.</param>
    public void Add(string id, string publisher, CardSketch sketch) => Add(id, publisher, ToIndexed(sketch.Shingles));

    /// <summary>The cards that the candidate resembles most, best first, other than those of its own publisher; only those with a containment of at least <paramref name="least"/>.</summary>
    public IReadOnlyList<CardMatch> Nearest(CardSketch candidate, string publisher, double least = 0.3)
    {
        var shingles = ToIndexed(candidate.Shingles);
        if (shingles.Length < CardSketch.Least)
            return [];
        var own = _publishers.GetValueOrDefault(publisher, -1);
        var votes = new Dictionary<int, float>();
        Span<uint> bands = stackalloc uint[Permutations / Rows];
        Bands(shingles, bands);
        foreach (var band in bands)
            _bands.Vote(band, votes);
        var everything = ToIndexed(candidate.Everything);
        foreach (var quote in Quotes(everything))
            _quotes.Vote(quote, votes);
        var set = everything.ToHashSet();
        return [.. votes.Where(v => _cards[v.Key].Publisher != own && _byId[_cards[v.Key].Id] == v.Key)
            .OrderByDescending(v => v.Value).ThenBy(v => v.Key).Take(Rescored)
            .Select(v => new CardMatch(_cards[v.Key].Id, _publisherNames[_cards[v.Key].Publisher], Containment(set, _cards[v.Key])))
            .Where(m => m.Containment >= least).OrderByDescending(m => m.Containment).ThenBy(m => m.Id, StringComparer.Ordinal)];
    }

    /// <summary>How much of a known card's own text stands in the candidate; 0 when either is cardless or the id is not known.</summary>
    public double Containment(CardSketch candidate, string targetId) =>
        candidate.IsCardless || !_byId.TryGetValue(targetId, out var target) ? 0 : Containment(ToIndexed(candidate.Everything).ToHashSet(), _cards[target]);

    /// <summary>Writes the index.</summary>
    public void Save(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(Magic);
        WriteNumber(Version);
        WriteNumber(_cards.Count);
        foreach (var card in _cards)
        {
            WriteText(card.Id);
            WriteText(_publisherNames[card.Publisher]);
            WriteNumber(card.Shingles.Length);
            Write(MemoryMarshal.AsBytes<uint>(BitConverter.IsLittleEndian ? card.Shingles : throw new PlatformNotSupportedException("Little endian only.")));
        }

        stream.Write(hash.GetHashAndReset());

        void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }

        void WriteNumber(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            Write(bytes);
        }

        void WriteText(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            WriteNumber(bytes.Length);
            Write(bytes);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null when the stream holds anything else, another version, or damage.</summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CardIndex? Load(Stream stream, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var index = new CardIndex();
        if (Read(Magic.Length) is not { } magic || !magic.AsSpan().SequenceEqual(Magic) || Number() != Version || !(Number() is >= 0 and <= MostCards and var count))
            return null;
        for (var i = 0; i < count; i++)
        {
            if (i % 1024 == 0)
                cancellation.ThrowIfCancellationRequested();
            if (Text() is not { } id || Text() is not { } publisher || !(Number() is >= 0 and <= CardSketch.Most and var length) || Read(length * 4) is not { } bytes)
                return null;
            index.Add(id, publisher, MemoryMarshal.Cast<byte, uint>(bytes).ToArray());
        }

        var expected = hash.GetHashAndReset();
        var stored = new byte[expected.Length];
        return stream.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) == stored.Length && stored.AsSpan().SequenceEqual(expected) ? index : null;

        byte[]? Read(int length)
        {
            var bytes = new byte[length];
            if (stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false) != length)
                return null;
            hash.AppendData(bytes);
            return bytes;
        }

        int Number() => Read(4) is { } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : -1;

        string? Text() => Number() is >= 0 and <= 1024 and var length && Read(length) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
    }

    private void Add(string id, string publisher, uint[] shingles)
    {
        if (_cards.Count == MostCards)
            return;
        if (!_publishers.TryGetValue(publisher, out var owner))
        {
            _publishers.Add(publisher, owner = _publisherNames.Count);
            _publisherNames.Add(publisher);
        }

        var card = _cards.Count;
        _cards.Add(new Entry(id, owner, shingles));
        _byId[id] = card;
        _shingles += shingles.Length;
        if (_shingles > _frequency.Capacity && _frequency.Capacity < MostFrequencies)
            Recount();
        else
            Tally(shingles, owner);
        if (shingles.Length < CardSketch.Least)
            return;
        Span<uint> bands = stackalloc uint[Permutations / Rows];
        Bands(shingles, bands);
        foreach (var band in bands)
            _bands.Add(band, card);
        foreach (var quote in Quotes(shingles))
            _quotes.Add(quote, card);
    }

    private void Tally(uint[] shingles, int owner)
    {
        foreach (var shingle in shingles)
            _frequency.Add(CardSketch.Mix(shingle), owner);
    }

    private void Recount()
    {
        _frequency = new PublisherFrequency(int.Log2((int)_frequency.Capacity) + 1);
        foreach (var card in _cards)
            Tally(card.Shingles, card.Publisher);
    }

    private double Containment(HashSet<uint> candidate, Entry target)
    {
        double shared = 0, whole = 0;
        var own = 0;
        foreach (var shingle in target.Shingles)
        {
            var publishers = _frequency[CardSketch.Mix(shingle)];
            if (publishers > BoilerplatePublishers)
                continue;
            var weight = 1.0 / int.Max(1, publishers);
            own++;
            whole += weight;
            if (candidate.Contains(shingle))
                shared += weight;
        }

        return own < CardSketch.Least ? 0 : shared / whole;
    }

    private static void Bands(uint[] shingles, Span<uint> bands)
    {
        Span<uint> least = stackalloc uint[Permutations];
        least.Fill(uint.MaxValue);
        foreach (var shingle in shingles)
        {
            // One multiplication a permutation: the upper half of a product with an odd number is a fair hash of a hash.
            var spread = CardSketch.Mix(shingle);
            for (var i = 0; i < least.Length; i++)
                least[i] = uint.Min(least[i], (uint)((spread * Seeds[i]) >> 32));
        }

        for (var band = 0; band < bands.Length; band++)
            bands[band] = (uint)(CardSketch.Mix(((ulong)least[band * Rows] << 32 | least[(band * Rows) + 1]) + (ulong)band) >> 32);
    }

    /// <summary>The least hash of each eight shingles in a row, each once: any quote of eleven words or more keeps one, unless it is boilerplate.</summary>
    private HashSet<uint> Quotes(uint[] shingles)
    {
        var quotes = new HashSet<uint>();
        for (var i = 0; i + Window <= shingles.Length; i++)
        {
            var least = uint.MaxValue;
            foreach (var shingle in shingles.AsSpan(i, Window))
                least = uint.Min(least, shingle * QuoteOrder);
            quotes.Add(least);
        }

        // What everybody writes finds nobody.
        quotes.RemoveWhere(q => _frequency[CardSketch.Mix(q * QuoteOrderInverse)] > BoilerplatePublishers);
        return quotes;
    }

    private static uint[] ToIndexed(ulong[] shingles) => [.. shingles.Select(s => (uint)(s >> 32)).Distinct()];

    private readonly record struct Entry(string Id, int Publisher, uint[] Shingles);
}
