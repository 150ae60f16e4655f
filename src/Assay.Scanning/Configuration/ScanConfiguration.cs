namespace Assay.Scanning.Configuration;

/// <summary>What <c>assay.yaml</c> holds (<c>docs/guides/configuration.md</c>).</summary>
public sealed record ScanConfiguration
{
    /// <summary>The name of the file that is looked for in the working folder.</summary>
    public const string FileName = "assay.yaml";

    /// <summary>Module prefixes that the operator trusts.</summary>
    public IReadOnlyList<string> TrustedModules { get; init; } = [];

    /// <summary>Globs over relative paths that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Limits as name and value, in the order written; each was accepted by <see cref="Formats.WorkLimits.With"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Limits { get; init; } = [];

    /// <summary>The verdict from which a scan fails; null when the file does not say.</summary>
    public FailOn? FailOn { get; init; }

    /// <summary>Waivers, the expired ones too.</summary>
    public IReadOnlyList<Waiver> Waivers { get; init; } = [];
}

/// <summary>From which verdict a scan fails.</summary>
public enum FailOn
{
    /// <summary>Only malicious.</summary>
    Malicious,

    /// <summary>Suspicious and malicious; the default.</summary>
    Suspicious,

    /// <summary>Whatever is not clean.</summary>
    Incomplete,

    /// <summary>No verdict.</summary>
    Never,
}

/// <summary>A configuration that cannot be used, with the place of the trouble.</summary>
/// <param name="file">The file as given.</param>
/// <param name="line">Line from 1; 0 when it is the file as a whole.</param>
/// <param name="column">Column from 1; 0 when it is the file as a whole.</param>
/// <param name="problem">What is wrong and what to do.</param>
public sealed class ConfigurationException(string file, long line, long column, string problem)
    : Exception(line > 0 ? $"{file}:{line}:{column}: {problem}" : $"{file}: {problem}")
{
    /// <summary>Line from 1; 0 when it is the file as a whole.</summary>
    public long Line { get; } = line;

    /// <summary>Column from 1; 0 when it is the file as a whole.</summary>
    public long Column { get; } = column;
}
