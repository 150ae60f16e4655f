using Assay.Impersonation.Names;

namespace Assay.Hub.Publishers;

/// <summary>
/// Whether a domain's name is like that of somebody else. A proof of <c>openal.com</c> proves <c>openal.com</c>; readers would take it for
/// another, so that a person looks first.
/// </summary>
public static class DomainReview
{
    // The index of what is shipped takes a moment to build, and most hubs never need it.
    private static readonly Lazy<LikenessIndex> Seed = new(LikenessIndex.Seed);
    private static readonly Lazy<IReadOnlyList<Brand>> Brands = new(Brand.Seeds);

    /// <summary>Why a person has to look at a domain before it counts.</summary>
    /// <param name="domain">The domain.</param>
    /// <returns>A sentence; null where nobody has to.</returns>
    public static string? ReasonFor(RegistrableDomain domain) => ReasonFor(domain, Seed.Value);

    internal static string? ReasonFor(RegistrableDomain domain, LikenessIndex index)
    {
        if (Brands.Value.Any(b => b.Domains.Contains(domain.Name, StringComparer.Ordinal)))
            return null;
        // As a reader sees it: xn--… is shown in its own letters.
        var label = domain.Label.StartsWith("xn--", StringComparison.Ordinal) ? Unicode(domain.Label) : domain.Label;
        if (Brands.Value.FirstOrDefault(b => b.Domains.Count > 0 && (b.Handles.Contains(label, StringComparer.OrdinalIgnoreCase) || (b.Words.Contains(label, StringComparer.OrdinalIgnoreCase) && !Brand.IsWeak(label)))) is { } brand)
            return $"{domain.Name} is not a known domain of {brand.Name} ({string.Join(", ", brand.Domains)}), but is named like it.";
        // The name of a repository that nobody has, so that the publisher's part alone is judged.
        var assessment = NameLikeness.Judge(new NameQuery(label, "weights-of-nobody") { DisplayName = label }, index);
        return assessment.Signals.FirstOrDefault(static s => s.Kind is NameSignalKind.NearPublisher or NameSignalKind.DisguisedDisplayName or NameSignalKind.ImitatedPublisher) is { } signal
            ? Cut($"The name of {domain.Name} is like that of {signal.Target}: {signal.Evidence}")
            : null;
    }

    private static string Unicode(string label)
    {
        try
        {
            return new System.Globalization.IdnMapping().GetUnicode(label);
        }
        catch (ArgumentException)
        {
            return label;
        }
    }

    private static string Cut(string text) => text.Length <= 500 ? text : text[..500];
}
