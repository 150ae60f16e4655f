using System.Diagnostics;
using Assay.Scanning;
using Assay.Scanning.Reports;

namespace Assay.Cli.Output;

/// <summary>
/// One line on the terminal that says how far a scan is. Appears only when a scan takes longer than a moment, and is gone at its end.
/// </summary>
internal sealed class ProgressLine : IProgress<ScanProgress>, IDisposable
{
    private const int BarWidth = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(80);

    private readonly Lock _gate = new();
    private readonly CommandContext _context;
    private long _next = Stopwatch.GetTimestamp() + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
    private bool _shown;

    private ProgressLine(CommandContext context) => _context = context;

    /// <summary>A progress line where a person looks at the terminal, else null: nothing in pipelines, nothing when quiet.</summary>
    public static ProgressLine? For(CommandContext context, ReportSettings settings) =>
        settings.Quiet || !context.ErrorIsTerminal() || context.Variable("CI") is { Length: > 0 } and not "false" || context.Variable("TERM") == "dumb"
            ? null
            : new ProgressLine(context);

    /// <inheritdoc/>
    public void Report(ScanProgress value)
    {
        if (Stopwatch.GetTimestamp() < Interlocked.Read(ref _next))
            return;
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            if (now < _next)
                return;
            Interlocked.Exchange(ref _next, now + (long)(Pace.TotalSeconds * Stopwatch.Frequency));
            _shown = true;
            _context.Error.Write("\r\e[K" + Line(value, Width()));
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _next, long.MaxValue);
            if (_shown)
                _context.Error.Write("\r\e[K");
            _shown = false;
        }
    }

    /// <summary>The line for a terminal of this width.</summary>
    internal static string Line(ScanProgress value, int width)
    {
        var filled = value.Total == 0 ? 0 : (int)((long)BarWidth * value.Done / value.Total);
        var worst = value.Worst switch
        {
            Verdict.Malicious => "  ✗ malicious",
            Verdict.Suspicious => "  ! suspicious",
            _ => "",
        };
        var line = $"[{new string('█', filled)}{new string('·', BarWidth - filled)}] {value.Done}/{value.Total}{worst}  ";
        var room = width - 1 - line.Length;
        var name = VisibleText.Of(value.Current);
        if (room < 8)
            return line.Length < width ? line : line[..(width - 1)];
        return line + (name.Length <= room ? name : "…" + name[^(room - 1)..]);
    }

    private int Width()
    {
        try
        {
            var width = _context.TerminalWidth();
            return width > 20 ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
