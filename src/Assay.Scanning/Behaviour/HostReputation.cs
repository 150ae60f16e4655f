namespace Assay.Scanning;

/// <summary>What is known of an address.</summary>
internal enum HostKind
{
    /// <summary>Nothing.</summary>
    Unknown,

    /// <summary>This machine or a private network.</summary>
    Local,

    /// <summary>Where an installer is fetched from by its own instructions (<c>https://astral.sh/uv/install.sh</c>).</summary>
    Installer,

    /// <summary>A package index or archive: PyPI, npm, Debian, PyTorch wheels.</summary>
    PackageIndex,

    /// <summary>A model hub.</summary>
    ModelHub,

    /// <summary>Where anybody keeps source code: GitHub, GitLab.</summary>
    CodeHost,

    /// <summary>A large provider of an API or cloud.</summary>
    Provider,

    /// <summary>A shortened address.</summary>
    Shortener,

    /// <summary>Where anybody drops files for a while.</summary>
    FileDrop,

    /// <summary>A page of notes that anybody can change: used as a remote control.</summary>
    DeadDrop,

    /// <summary>A chat channel or collector that takes messages from programs.</summary>
    Exfiltration,

    /// <summary>A tunnel, a name that moves, or a hidden service.</summary>
    Tunnel,

    /// <summary>A bare internet address.</summary>
    RawAddress,

    /// <summary>An address of known attackers.</summary>
    KnownBad,
}

/// <summary>
/// <c>hosts.tsv</c>: what is known of hosts. Columns: host (with everything below it), path prefix, kind, reason. The longest host
/// counts, and in it the longest path; a host of which only paths are known has the kind <c>unknown</c>.
/// </summary>
internal static class HostReputation
{
    private static readonly SortedTable Hosts = SortedTable.Load("Assay.Scanning.hosts.tsv");

    /// <summary>What is known of the host (and, where the table says so, path) of an address; also of a bare host.</summary>
    public static HostKind Of(string address) => WebAddress.TryParse(address, out var parts) ? Of(parts) : HostKind.Unknown;

    /// <summary>What is known of an address.</summary>
    public static HostKind Of(in WebAddress address)
    {
        var row = Find(address);
        if (row >= 0)
        {
            var kind = KindAt(row);
            // Without encryption whoever sits in between decides what is installed.
            return kind == HostKind.Installer && address.Scheme is not ("https" or "") ? HostKind.CodeHost : kind;
        }

        if (address.V4 is { } v4)
            return IsPrivate(v4) ? HostKind.Local : HostKind.RawAddress;
        if (address.IsV6)
            return IsPrivate6(address.Host) ? HostKind.Local : HostKind.RawAddress;
        return IsLocalName(address.Host) ? HostKind.Local : HostKind.Unknown;
    }

    /// <summary>Why the address is in the table; null where it is not.</summary>
    public static string? ReasonOf(in WebAddress address)
    {
        var row = Find(address);
        return row < 0 ? null : Hosts.Text(row, 3);
    }

    /// <summary>The kind in a person's words.</summary>
    public static string Describe(HostKind kind) => kind switch
    {
        HostKind.Local => "this machine or a private network",
        HostKind.Installer => "the official place of an installer",
        HostKind.PackageIndex => "a package index",
        HostKind.ModelHub => "a model hub",
        HostKind.CodeHost => "a place where anybody keeps source code",
        HostKind.Provider => "a large provider",
        HostKind.Shortener => "a short address, which hides where it leads",
        HostKind.FileDrop => "a place where anybody drops files",
        HostKind.DeadDrop => "a page of notes that anybody can change",
        HostKind.Exfiltration => "a channel that takes messages from programs",
        HostKind.Tunnel => "a tunnel or a name that moves",
        HostKind.RawAddress => "a bare internet address",
        HostKind.KnownBad => "an address of known attackers",
        _ => "an address of which nothing is known",
    };

    /// <summary>Hosts of the table with one of these kinds, for searching texts.</summary>
    internal static IEnumerable<string> Names(params HostKind[] kinds)
    {
        for (var row = Hosts.First; row >= 0; row = Hosts.Next(row))
        {
            if (Array.IndexOf(kinds, KindAt(row)) >= 0)
                yield return Hosts.Text(row, 0) + Hosts.Text(row, 1);
        }
    }

    private static int Find(in WebAddress address)
    {
        // From the whole host to its last label; an address in numbers has no labels.
        for (var host = address.Host.AsSpan(); !host.IsEmpty;)
        {
            var row = Hosts.Find(host, "");
            if (row >= 0)
                return LongestPath(row, host, address.Path);
            var dot = host.IndexOf('.');
            if (dot < 0 || address.IsNumber)
                break;
            host = host[(dot + 1)..];
        }

        return -1;
    }

    private static int LongestPath(int first, ReadOnlySpan<char> host, string path)
    {
        var best = first;
        for (var row = Hosts.Next(first); row >= 0 && System.Text.Ascii.Equals(Hosts.Field(row, 0), host); row = Hosts.Next(row))
        {
            var prefix = Hosts.Field(row, 1);
            if (path.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(prefix, path.AsSpan(0, prefix.Length))
                && (path.Length == prefix.Length || prefix[^1] == '/' || path[prefix.Length] == '/'))
            {
                best = row;
            }
        }

        return KindAt(best) == HostKind.Unknown ? -1 : best;
    }


    private static HostKind KindAt(int row)
    {
        var kind = Hosts.Field(row, 2);
        return kind.SequenceEqual("installer"u8) ? HostKind.Installer
            : kind.SequenceEqual("package-index"u8) ? HostKind.PackageIndex
            : kind.SequenceEqual("model-hub"u8) ? HostKind.ModelHub
            : kind.SequenceEqual("code-host"u8) ? HostKind.CodeHost
            : kind.SequenceEqual("provider"u8) ? HostKind.Provider
            : kind.SequenceEqual("shortener"u8) ? HostKind.Shortener
            : kind.SequenceEqual("file-drop"u8) ? HostKind.FileDrop
            : kind.SequenceEqual("dead-drop"u8) ? HostKind.DeadDrop
            : kind.SequenceEqual("exfiltration"u8) ? HostKind.Exfiltration
            : kind.SequenceEqual("tunnel"u8) ? HostKind.Tunnel
            : kind.SequenceEqual("known-bad"u8) ? HostKind.KnownBad
            : HostKind.Unknown;
    }

    private static bool IsPrivate(uint v4) =>
        v4 >> 24 is 0 or 10 or 127 or >= 224
        || v4 >> 20 == 0xAC1 // 172.16.0.0/12
        || v4 >> 16 is 0xC0A8 or 0xA9FE // 192.168.0.0/16, 169.254.0.0/16
        || v4 >> 22 == (100u << 2 | 1); // 100.64.0.0/10

    private static bool IsPrivate6(string host) =>
        host is "::1" or "::" || host.StartsWith("fe8", StringComparison.Ordinal) || host.StartsWith("fc", StringComparison.Ordinal) || host.StartsWith("fd", StringComparison.Ordinal);

    /// <summary>A name without a dot is one of the own network (<c>http://ollama:11434</c>).</summary>
    private static bool IsLocalName(string host) =>
        !host.Contains('.') || host.EndsWith(".localhost", StringComparison.Ordinal) || host.EndsWith(".local", StringComparison.Ordinal)
        || host.EndsWith(".internal", StringComparison.Ordinal) || host.EndsWith(".lan", StringComparison.Ordinal) || host.EndsWith(".svc", StringComparison.Ordinal);
}
