using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Scans files, folders and streams: the entry point of the library. Thread-safe; holds nothing between calls. Runs nothing that it
/// reads and writes nothing but a temporary file for a large stream.
/// </summary>
/// <param name="options">Settings; <c>new ScanOptions()</c> has safe defaults.</param>
public sealed class Scanner(ScanOptions options)
{
    /// <summary>Scans the targets and says what was found.</summary>
    /// <param name="targets">What to scan.</param>
    /// <param name="cancellation">Stops the scan.</param>
    /// <returns>
    /// One report over all targets. What cannot be read is an entry of <see cref="ScanReport.Errors"/>, and the rest is scanned. The order
    /// of the report depends on targets and paths only.
    /// </returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ScanReport Scan(IReadOnlyList<ScanTarget> targets, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var plan = ScanPlan.Of(targets, options, cancellation);
        var run = new Run(plan.Jobs, options, cancellation);
        run.Finish();

        var artifacts = new ArtifactReport[run.Reports.Length];
        var members = new List<int>[targets.Count];
        for (var t = 0; t < targets.Count; t++)
            members[t] = [];
        for (var i = 0; i < artifacts.Length; i++)
        {
            artifacts[i] = run.Reports[i]!;
            members[plan.Jobs[i].Target].Add(i);
            if (run.Faults[i] is { } fault)
                plan.Errors[plan.Jobs[i].Target].Add(fault);
        }

        return Conclude(options, [.. targets.Select(static t => (t.Argument, t.Kind))], artifacts, members, plan.Errors, plan.Notes, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Judges the artifacts of each target together, applies what the operator has accepted, and makes the report.</summary>
    internal static ScanReport Conclude(
        ScanOptions options,
        IReadOnlyList<(string Name, TargetKind Kind)> targets,
        ArtifactReport[] artifacts,
        IReadOnlyList<int>[] members,
        IReadOnlyList<ScanError>[] faults,
        IReadOnlyList<ScanNote> notes,
        TimeSpan duration)
    {
        var wholes = new RepositoryReport[targets.Count];
        for (var t = 0; t < targets.Count; t++)
            wholes[t] = RepositoryStage.Apply(targets[t].Kind, artifacts, members[t]);
        var acceptance = new Acceptance(options);
        for (var i = 0; i < artifacts.Length; i++)
            artifacts[i] = acceptance.Apply(artifacts[i]);

        var reports = new TargetReport[targets.Count];
        var errors = new List<ScanError>();
        for (var t = 0; t < targets.Count; t++)
        {
            var worst = faults[t].Count > 0 ? Verdict.Incomplete : Verdict.Clean;
            foreach (var i in members[t])
                worst = VerdictRules.Max(worst, artifacts[i].Verdict);
            worst = VerdictRules.Max(worst, VerdictRules.Of(wholes[t].Findings, []));
            reports[t] = new TargetReport
            {
                Target = targets[t].Name,
                Kind = targets[t].Kind,
                Verdict = worst,
                Findings = wholes[t].Findings,
                Stories = acceptance.Apply(wholes[t].Stories, worst),
            };
            errors.AddRange(faults[t]);
        }

        return new ScanReport
        {
            Targets = reports,
            Artifacts = artifacts,
            Waived = acceptance.Waived,
            Baselined = acceptance.Baselined,
            Errors = errors,
            Notes = [.. notes, .. acceptance.Notes],
            Duration = duration,
        };
    }

    /// <summary>The jobs of one scan, worked off by as many threads as are wanted. A job is taken by counting up: nothing is queued.</summary>
    private sealed class Run
    {
        private readonly IReadOnlyList<ScanJob> _jobs;
        private readonly int[] _order;
        private readonly ScanOptions _options;
        private readonly ArtifactScanner _scanner;
        private readonly CancellationTokenSource _stop;
        private ExceptionDispatchInfo? _cancelled;
        private int _next;
        private int _done;
        private long _bytesRead;
        private int _worst;

        public Run(IReadOnlyList<ScanJob> jobs, ScanOptions options, CancellationToken cancellation)
        {
            _jobs = jobs;
            _options = options;
            _scanner = new ArtifactScanner(options);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            _order = new int[jobs.Count];
            for (var i = 0; i < _order.Length; i++)
                _order[i] = i;
            Reports = new ArtifactReport?[jobs.Count];
            Faults = new ScanError?[jobs.Count];
        }

        public ArtifactReport?[] Reports { get; }

        public ScanError?[] Faults { get; }

        public void Finish()
        {
            using (_stop)
            {
                var workers = Math.Min(_jobs.Count, _options.Jobs > 0 ? _options.Jobs : Environment.ProcessorCount);
                if (workers <= 1)
                {
                    Work();
                }
                else
                {
                    // The largest first, so that none of them starts when everything else is done.
                    Array.Sort(_order, (a, b) => _jobs[a].Length != _jobs[b].Length ? _jobs[b].Length.CompareTo(_jobs[a].Length) : a.CompareTo(b));
                    var threads = new Thread[workers - 1];
                    for (var i = 0; i < threads.Length; i++)
                    {
                        threads[i] = new Thread(Work) { IsBackground = true, Name = "assay-scan" };
                        threads[i].Start();
                    }

                    Work();
                    foreach (var thread in threads)
                        thread.Join();
                }
            }

            _cancelled?.Throw();
        }

        private void Work()
        {
            while (_cancelled is null)
            {
                var turn = Interlocked.Increment(ref _next) - 1;
                if (turn >= _order.Length)
                    return;
                var index = _order[turn];
                try
                {
                    ScanOne(index);
                }
                catch (OperationCanceledException e)
                {
                    _cancelled = ExceptionDispatchInfo.Capture(e);
                    return;
                }
            }
        }

        private void ScanOne(int index)
        {
            var job = _jobs[index];
            _stop.Token.ThrowIfCancellationRequested();
            ArtifactReport report;
            try
            {
                using var source = job.Open(_stop.Token);
                report = _scanner.Scan(source, job.TargetName, job.Path, job.Siblings, _stop.Token);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                var message = "This file could not be read: " + Scanning.Faults.Describe(e);
                report = Unreadable(job, message);
                Faults[index] = new ScanError(job.ShownPath, message);
            }
#pragma warning disable CA1031 // One artifact must never stop the others, whatever went wrong in it.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                var message = $"An internal fault ({e.GetType().Name}{PlaceOf(e)}) ended the scan of this file. It is no fault of yours; please report it, with the file if you may.";
                report = Unreadable(job, message);
                Faults[index] = new ScanError(job.ShownPath, message);
            }

            Reports[index] = report;
            if (_options.Progress is { } progress)
                Report(progress, report);
        }

        private void Report(IProgress<ScanProgress> progress, ArtifactReport report)
        {
            var read = Interlocked.Add(ref _bytesRead, report.BytesRead);
            var done = Interlocked.Increment(ref _done);
            int seen;
            while ((int)report.Verdict > (seen = _worst))
                Interlocked.CompareExchange(ref _worst, (int)report.Verdict, seen);
            progress.Report(new ScanProgress(done, _jobs.Count, read, report.Path, (Verdict)_worst));
        }

        private static ArtifactReport Unreadable(ScanJob job, string message) => new()
        {
            Target = job.TargetName,
            Path = job.Path,
            Format = FormatId.Unknown.Name,
            Size = job.Length,
            Verdict = Verdict.Incomplete,
            Incomplete = [new Incompleteness(IncompleteReason.Unreadable, null, null, null, message)],
        };

        private static string PlaceOf(Exception fault)
        {
            var trace = fault.StackTrace;
            if (trace is null)
                return "";
            var end = trace.IndexOf('\n', StringComparison.Ordinal);
            var line = (end < 0 ? trace : trace[..end]).Trim();
            var parameters = line.IndexOf('(', StringComparison.Ordinal);
            return parameters < 0 ? "" : " " + line[..parameters];
        }
    }
}
