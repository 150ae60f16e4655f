using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Settings of a scan.</summary>
public sealed record ScanOptions
{
    /// <summary>Limits per artifact.</summary>
    public WorkLimits Limits { get; init; } = new();

    /// <summary>Read every byte of every file.</summary>
    public bool Full { get; init; }

    /// <summary>Artifacts scanned at a time; 0 means one per processor.</summary>
    public int Jobs { get; init; }

    /// <summary>Globs over relative paths that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Module prefixes that the operator trusts (<c>acme.models</c>): their names count as known-safe classes and helpers.</summary>
    public IReadOnlyList<string> TrustedModules { get; init; } = [];

    /// <summary>Waivers in force.</summary>
    public IReadOnlyList<Waiver> Waivers { get; init; } = [];

    /// <summary>Fingerprints that were known before and are not counted again.</summary>
    public IReadOnlySet<string> Baseline { get; init; } = new HashSet<string>();

    /// <summary>The clock, for the expiry of waivers.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Told after each artifact; may be called from several threads.</summary>
    public IProgress<ScanProgress>? Progress { get; init; }
}

/// <summary>How far a scan is.</summary>
/// <param name="Done">Artifacts finished.</param>
/// <param name="Total">Artifacts in all, as far as known.</param>
/// <param name="BytesRead">Bytes read so far.</param>
/// <param name="Current">Path of the artifact just finished.</param>
/// <param name="Worst">The worst verdict so far.</param>
public sealed record ScanProgress(int Done, int Total, long BytesRead, string Current, Verdict Worst);
