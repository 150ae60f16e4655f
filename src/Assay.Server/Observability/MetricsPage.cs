using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Assay.Hub.Admission;

namespace Assay.Server.Observability;

/// <summary>
/// Figures of the server as Prometheus reads them (text format 0.0.4). Gathers what the hub, the web server and the runtime measure; bounded:
/// a figure has at most so many combinations of labels.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    private const int MaxSeries = 400;

    private static readonly HashSet<string> Meters = new(StringComparer.Ordinal) { HubMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime" };

    // What clients call themselves and paths are no labels: there is no end to them.
    private static readonly HashSet<string> Labels = new(StringComparer.Ordinal) { "verdict", "http.request.method", "http.response.status_code", "gc.heap.generation", "error.type", "cpu.mode" };

    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Begins to gather.</summary>
    public MetricsPage()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Meters.Contains(instrument.Meter.Name))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The page.</summary>
    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var (name, family) in _families.OrderBy(static f => f.Key, StringComparer.Ordinal))
            family.Write(name, text);
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kind = instrument.GetType().Name;
        var isHistogram = kind.StartsWith("Histogram", StringComparison.Ordinal);
        var isCounter = kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal);
        var isAbsolute = kind.StartsWith("Observable", StringComparison.Ordinal) || kind.StartsWith("Gauge", StringComparison.Ordinal);
        var family = _families.GetOrAdd(NameOf(instrument, isCounter), _ => new Family(instrument.Description ?? instrument.Name, isHistogram ? "histogram" : isCounter ? "counter" : "gauge"));
        family.Add(LabelsOf(tags), value, isHistogram, isAbsolute);
    }

    private static string NameOf(Instrument instrument, bool isCounter)
    {
        var name = new StringBuilder();
        foreach (var c in instrument.Name)
            name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!instrument.Name.EndsWith(unit.TrimStart('_'), StringComparison.Ordinal))
            name.Append(unit);
        return isCounter ? name.Append("_total").ToString() : name.ToString();
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (!Labels.Contains(name))
                continue;
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(labels.Length > 0 ? "," : "").Append(name.Replace('.', '_')).Append("=\"").Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return labels.ToString();
    }

    private sealed class Family(string help, string type)
    {
        private readonly Lock _gate = new();
        private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

        public void Add(string labels, double value, bool isHistogram, bool isAbsolute)
        {
            lock (_gate)
            {
                if (!_series.TryGetValue(labels, out var series))
                {
                    if (_series.Count >= MaxSeries)
                        return;
                    _series.Add(labels, series = new Series(isHistogram ? new long[Bounds.Length] : null));
                }

                series.Sum = isAbsolute ? value : series.Sum + value;
                series.Count++;
                for (var i = 0; series.Buckets is { } buckets && i < Bounds.Length; i++)
                    buckets[i] += value <= Bounds[i] ? 1 : 0;
            }
        }

        public void Write(string name, StringBuilder text)
        {
            lock (_gate)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help.Replace('\n', ' ')}\n# TYPE {name} {type}\n");
                foreach (var (labels, series) in _series)
                {
                    var plain = labels.Length == 0 ? "" : "{" + labels + "}";
                    if (series.Buckets is not { } buckets)
                    {
                        text.Append(CultureInfo.InvariantCulture, $"{name}{plain} {series.Sum:R}\n");
                        continue;
                    }

                    var before = labels.Length == 0 ? "" : labels + ",";
                    for (var i = 0; i < buckets.Length; i++)
                        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{Bounds[i]:R}\"}} {buckets[i]}\n");
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"+Inf\"}} {series.Count}\n{name}_sum{plain} {series.Sum:R}\n{name}_count{plain} {series.Count}\n");
                }
            }
        }

        private sealed class Series(long[]? buckets)
        {
            public long[]? Buckets { get; } = buckets;

            public double Sum { get; set; }

            public long Count { get; set; }
        }
    }
}
