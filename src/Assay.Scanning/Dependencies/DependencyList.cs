namespace Assay.Scanning;

/// <summary>A package that a file asks for.</summary>
/// <param name="Registry">Where its name is looked up.</param>
/// <param name="Name">The name as written; empty where only an address is given.</param>
/// <param name="Version">The one version that is asked for; null where there is no exact one.</param>
/// <param name="Source">The address or path that it comes from; null for the registry.</param>
/// <param name="Index">Character of the text.</param>
/// <param name="Written">The line or value, bounded.</param>
internal sealed record Dependency(PackageRegistry Registry, string Name, string? Version, string? Source, int Index, string Written);

/// <summary>How a file names a place of packages.</summary>
internal enum IndexUse
{
    /// <summary>Instead of the public index.</summary>
    Index,

    /// <summary>Beside the public index: the higher version wins, whoever published it.</summary>
    ExtraIndex,

    /// <summary>A page of links to packages.</summary>
    Links,

    /// <summary>A host whose certificate is not checked.</summary>
    TrustedHost,

    /// <summary>Where a lock file says that a package came from.</summary>
    Locked,
}

/// <summary>A place of packages that a file names.</summary>
/// <param name="Use">How.</param>
/// <param name="Address">The address or host.</param>
/// <param name="Index">Character of the text.</param>
/// <param name="Written">The line or value, bounded.</param>
internal sealed record PackageIndexUse(IndexUse Use, string Address, int Index, string Written);

/// <summary>What a file of dependencies asks for. Bounded; a longer file leaves the rest uncounted, which <see cref="IsCut"/> says.</summary>
internal sealed class DependencyList
{
    private const int MaxEntries = 20_000;
    private const int MaxWritten = 300;

    private readonly HashSet<(IndexUse, string)> _hosts = [];

    /// <summary>The packages.</summary>
    public List<Dependency> Packages { get; } = [];

    /// <summary>The places of packages; each once.</summary>
    public List<PackageIndexUse> Indexes { get; } = [];

    /// <summary>Files beside it that are read or run as well, with their place.</summary>
    public List<(string File, int Index, string What)> Files { get; } = [];

    /// <summary>Whether entries were left out.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Adds a package.</summary>
    public void Add(PackageRegistry registry, string name, string? version, string? source, int index, ReadOnlySpan<char> written)
    {
        if (Packages.Count < MaxEntries)
            Packages.Add(new Dependency(registry, name.Trim(), version, source, index, Short(written)));
        else
            IsCut = true;
    }

    /// <summary>Adds a place of packages.</summary>
    public void AddIndex(IndexUse use, string address, int index, ReadOnlySpan<char> written)
    {
        if (address.Length == 0)
            return;
        // Of a lock file each host counts once.
        var key = use == IndexUse.Locked && WebAddress.TryParse(address, out var parts) ? parts.Scheme + parts.Host + HostReputation.Of(parts) : address;
        if (Indexes.Count >= MaxEntries)
            IsCut = true;
        else if (_hosts.Add((use, key)))
            Indexes.Add(new PackageIndexUse(use, address, index, Short(written)));
    }

    private static string Short(ReadOnlySpan<char> written)
    {
        written = written.Trim();
        return written.Length <= MaxWritten ? written.ToString() : string.Concat(written[..MaxWritten], "…");
    }
}
