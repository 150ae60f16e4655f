using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Scanning.Reports;

namespace Assay.Server.Commands.Admin;

/// <summary>Rows for people, in aligned columns, and the same rows for programs.</summary>
/// <param name="empty">What is said when there are none.</param>
/// <param name="columns">Heads of the columns; a member of the JSON is named like its column, in camel case.</param>
internal sealed class Listing(string empty, params string[] columns)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<JsonNode?[]> _rows = [];

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Members of the JSON beside the rows.</summary>
    public JsonObject Totals { get; } = [];

    /// <summary>Adds a row, with a value for each column.</summary>
    public void Add(params JsonNode?[] values) => _rows.Add(values);

    /// <summary>JSON as all commands write it.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Json) + "\n";

    /// <summary>A moment as people read it: UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Writes aligned columns. What came from outside is shown with its control characters escaped.</summary>
    public void WriteText(TextWriter output)
    {
        if (_rows.Count == 0)
        {
            output.WriteLine(empty);
            return;
        }

        var cells = _rows.ConvertAll(static row => Array.ConvertAll(row, CellOf));
        var widths = columns.Select((c, i) => Math.Max(c.Length, cells.Max(r => r[i].Length))).ToArray();
        WriteLine(output, columns, widths, _rows[0]);
        for (var i = 0; i < cells.Count; i++)
            WriteLine(output, cells[i], widths, _rows[i]);
    }

    /// <summary>Writes <c>{"items": […]}</c>.</summary>
    public void WriteJson(TextWriter output)
    {
        var items = new JsonArray();
        foreach (var row in _rows)
        {
            var item = new JsonObject();
            for (var i = 0; i < columns.Length; i++)
                item[NameOf(columns[i])] = row[i]?.DeepClone();
            items.Add(item);
        }

        var all = new JsonObject { ["items"] = items };
        foreach (var (name, value) in Totals)
            all[name] = value?.DeepClone();
        output.Write(Text(all));
    }

    // LAST USED becomes lastUsed.
    private static string NameOf(string column)
    {
        var words = column.ToLowerInvariant().Split(' ');
        return words[0] + string.Concat(words.Skip(1).Select(static w => char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private static string CellOf(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray list => string.Join(", ", list.Select(CellOf)),
        JsonValue v when v.TryGetValue<bool>(out var flag) => flag ? "yes" : "no",
        JsonValue v when v.TryGetValue<string>(out var text) => VisibleText.Of(text),
        _ => value.ToJsonString(),
    };

    private static void WriteLine(TextWriter output, string[] cells, int[] widths, JsonNode?[] kinds)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            var isNumber = kinds[i] is JsonValue v && v.GetValueKind() == JsonValueKind.Number;
            line.Append(isNumber ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i])).Append("  ");
        }

        output.WriteLine(line.ToString().TrimEnd());
    }
}
