using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Scans a repository whose files do not lie in a folder: file by file, in any order and on any machine, and then all together. What is
/// known of a file can be kept (<see cref="Reports.ArtifactRecord"/>) and joined again. Thread-safe.
/// </summary>
/// <param name="options">Settings.</param>
public sealed class RepositoryScan(ScanOptions options)
{
    private readonly ArtifactScanner _scanner = new(options);

    /// <summary>Scans one file. Total: whatever is wrong with it becomes part of the report.</summary>
    /// <param name="source">Its bytes; not disposed.</param>
    /// <param name="target">The repository, as reports name it.</param>
    /// <param name="path">Its path in the repository.</param>
    /// <param name="siblings">See <see cref="ModulesBeside"/>.</param>
    /// <param name="known">What was seen of its bytes when it was stored.</param>
    /// <param name="cancellation">Stops the scan.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ArtifactReport ScanFile(ByteSource source, string target, string path, IReadOnlySet<string> siblings, ContentFacts known, CancellationToken cancellation)
    {
        try
        {
            return _scanner.Scan(source, target, path, siblings, known, cancellation);
        }
#pragma warning disable CA1031 // One artifact must never stop the others, whatever went wrong in it.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return Unreadable(target, path, source.Length, known.Sha256, e is IOException or UnauthorizedAccessException
                ? "This file could not be read: " + Faults.Describe(e)
                : $"An internal fault ({e.GetType().Name}) ended the scan of this file. It is no fault of yours; please report it, with the file if you may.");
        }
    }

    /// <summary>The report of a file whose bytes cannot be had.</summary>
    public static ArtifactReport Unreadable(string target, string path, long size, string? sha256, string message) => new()
    {
        Target = target,
        Path = path,
        Format = FormatId.Unknown.Name,
        Size = size,
        Sha256 = sha256,
        Verdict = Verdict.Incomplete,
        Incomplete = [new Incompleteness(IncompleteReason.Unreadable, null, null, null, message)],
    };

    /// <summary>Judges all files of a repository together.</summary>
    /// <param name="target">The repository, as reports name it.</param>
    /// <param name="artifacts">The reports of all of its files.</param>
    /// <param name="duration">How long their scan took.</param>
    public ScanReport Join(string target, IEnumerable<ArtifactReport> artifacts, TimeSpan duration)
    {
        var sorted = artifacts.OrderBy(static a => a.Path, StringComparer.Ordinal).ToArray();
        var members = Enumerable.Range(0, sorted.Length).ToArray();
        return Scanner.Conclude(options, [(target, TargetKind.Remote)], sorted, [members], [[]], [], duration);
    }

    /// <summary>The Python modules beside a file and at the root of its repository: what code in it may import without installing anything.</summary>
    /// <param name="path">The file.</param>
    /// <param name="paths">All files of the repository.</param>
    public static IReadOnlySet<string> ModulesBeside(string path, IEnumerable<string> paths)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? "" : path[..(slash + 1)];
        foreach (var other in paths)
        {
            if (!other.EndsWith(".py", StringComparison.Ordinal))
                continue;
            Add(other);
            if (folder.Length > 0 && other.StartsWith(folder, StringComparison.Ordinal))
                Add(other[folder.Length..]);
        }

        return names;

        void Add(string relative)
        {
            var parts = relative.Split('/');
            if (parts.Length == 1 && SiblingModules.IsModule(parts[0], out var module))
                names.Add(module);
            else if (parts.Length == 2)
                names.Add(parts[0]);
        }
    }
}
