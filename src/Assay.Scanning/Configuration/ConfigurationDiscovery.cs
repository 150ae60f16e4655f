namespace Assay.Scanning.Configuration;

/// <summary>Decides which configuration a scan uses when none is named.</summary>
public static class ConfigurationDiscovery
{
    /// <summary>
    /// The <c>assay.yaml</c> of the working folder, unless it lies inside what is scanned: a hostile repository could ship one that
    /// excludes or waives what it brings.
    /// </summary>
    /// <param name="workingFolder">Where to look.</param>
    /// <param name="targets">What is scanned.</param>
    /// <returns>The file to use, or a note about one that is not used; both null when there is none.</returns>
    public static (string? File, ScanNote? Note) Find(string workingFolder, IReadOnlyList<ScanTarget> targets)
    {
        var file = Path.Combine(workingFolder, ScanConfiguration.FileName);
        if (!File.Exists(file))
            return (null, null);
        var real = RealPath.Of(file, out _) ?? file;
        foreach (var target in targets)
        {
            if (target.Kind == TargetKind.Stdin || RealPath.Of(Path.Combine(workingFolder, target.Argument), out _) is not { } scanned)
                continue;
            if (RealPath.IsWithin(real, scanned) || RealPath.IsWithin(Path.GetFullPath(file), scanned))
            {
                return (null, new ScanNote(
                    ScanConfiguration.FileName,
                    "This configuration lies inside what is scanned, and so was not used: what is scanned must not decide how. To use it all the same: --config " + ScanConfiguration.FileName));
            }
        }

        return (file, null);
    }
}
