namespace Assay.Scanning.Reports;

/// <summary>How a report is to be shown; formats for machines ignore what is meant for people.</summary>
public sealed record ReportSettings
{
    /// <summary>Use colours (ANSI sequences).</summary>
    public bool Colour { get; init; }

    /// <summary>Columns to wrap at.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Only the verdict and the findings that count for <see cref="FailOn"/>.</summary>
    public bool Quiet { get; init; }

    /// <summary>Clean artifacts, notes, details of what was not analysed, and references as well.</summary>
    public bool Verbose { get; init; }

    /// <summary>The verdict from which a scan fails; null means never.</summary>
    public Verdict? FailOn { get; init; } = Verdict.Suspicious;

    /// <summary>The folder that addresses in a report are relative to, with <c>/</c>.</summary>
    public string WorkingFolder { get; init; } = Environment.CurrentDirectory;
}

/// <summary>Writes a scan report in one format. Stateless; registered in <see cref="ReportCatalog"/>.</summary>
public abstract class ReportFormat
{
    /// <summary>The name that <c>--format</c> takes.</summary>
    public abstract string Name { get; }

    /// <summary>Writes the report as UTF-8 without a byte order mark, ended by a line break.</summary>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public abstract void Write(ScanReport report, Stream into, ReportSettings settings);
}

/// <summary>Every report format. A new format is a line here.</summary>
public static class ReportCatalog
{
    /// <summary>The formats, the default first.</summary>
    public static IReadOnlyList<ReportFormat> Formats { get; } = [new TextReport(), new JsonReport(), new SarifReport()];

    /// <summary>The format of this name, null when there is none.</summary>
    public static ReportFormat? Find(string name)
    {
        foreach (var format in Formats)
        {
            if (format.Name == name)
                return format;
        }

        return null;
    }
}
