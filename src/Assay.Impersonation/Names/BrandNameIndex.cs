namespace Assay.Impersonation.Names;

/// <summary>Brands as names are held against them: by handle, by moniker, by the words of a handle.</summary>
internal sealed class BrandNameIndex
{
    private readonly Dictionary<string, Brand> _byHandle = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Brand> _byMoniker = new(StringComparer.Ordinal);
    private readonly List<(string Handle, string Letters, string Stem, Brand Brand)> _handles = [];
    private readonly List<(List<string> Words, Brand Brand, bool IsWeak)> _words = [];

    public BrandNameIndex(IReadOnlyList<Brand> brands)
    {
        All = brands;
        foreach (var brand in brands)
        {
            _byMoniker.TryAdd(Moniker.Of(brand.Name), brand);
            foreach (var handle in brand.Handles)
            {
                if (_byHandle.TryAdd(handle, brand))
                    _handles.Add((handle, Moniker.Letters(handle), PublisherName.StemOf(handle), brand));
                _byMoniker.TryAdd(Moniker.Of(handle), brand);
            }

            foreach (var word in brand.Words)
            {
                _byMoniker.TryAdd(Moniker.Of(word), brand);
                _words.Add((NameTokens.Words(word, packaging: true), brand, Brand.IsWeak(word)));
            }
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Brand> All { get; }

    /// <summary>The brand that publishes under a handle.</summary>
    public Brand? OfHandle(ReadOnlySpan<char> handle) =>
        _byHandle.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(handle, out var brand) ? brand : null;

    /// <summary>The brand with a name, handle or word of this moniker.</summary>
    public Brand? OfMoniker(string moniker) => _byMoniker.GetValueOrDefault(moniker);

    /// <summary>Handles of brands that another handle is like.</summary>
    public IEnumerable<(string Handle, Brand Brand)> HandlesLike(PublisherName publisher)
    {
        foreach (var (handle, letters, stem, brand) in _handles)
        {
            // Cheap first: what neither shares a stem nor a similar length with it has no relation.
            if ((stem == publisher.Stem || Math.Abs(letters.Length - publisher.Letters.Length) <= 3) && publisher.RelationTo(handle, sharesName: false) is not (PublisherRelation.None or PublisherRelation.Same))
                yield return (handle, brand);
        }
    }

    /// <summary>The brand that is named by the words of a handle; one that ordinary vocabulary names only beside a word of authority.</summary>
    public Brand? NamedIn(PublisherName publisher)
    {
        foreach (var (words, brand, isWeak) in _words)
        {
            if ((!isWeak || publisher.ClaimsAuthority) && publisher.ContainsWords(words))
                return brand;
        }

        return null;
    }
}
