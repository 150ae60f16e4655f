using System.Text;
using System.Text.Json;
using Assay.Formats;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Assay.Scanning;

/// <summary>One scalar of a settings file.</summary>
/// <param name="Path">Keys and numbers from the root, joined by <c>/</c>: <c>jobs/build/steps/0/run</c>.</param>
/// <param name="Value">The value as text.</param>
/// <param name="Index">Character at which it begins.</param>
internal sealed record SettingsEntry(string Path, string Value, int Index)
{
    /// <summary>The last key that is no number.</summary>
    public string Key
    {
        get
        {
            var parts = Path.Split('/');
            for (var i = parts.Length - 1; i >= 0; i--)
            {
                if (parts[i].Length > 0 && !char.IsAsciiDigit(parts[i][0]))
                    return parts[i];
            }

            return "";
        }
    }

    /// <summary>The path without its last part.</summary>
    public string Parent => Path.LastIndexOf('/') is > 0 and var at ? Path[..at] : "";
}

/// <summary>The scalars of a YAML, JSON or INI text with their paths: bounded, total, without objects.</summary>
internal static class SettingsOutline
{
    /// <summary>Longest text that is outlined.</summary>
    public const int MaxLength = 1 << 20;

    private const int MaxDepth = 48;
    private const int MaxEntries = 50_000;

    /// <summary>Reads YAML; what comes behind an error is left.</summary>
    public static List<SettingsEntry> Yaml(string text, WorkBudget budget)
    {
        var entries = new List<SettingsEntry>();
        if (text.Length > MaxLength)
            text = text[..MaxLength];
        var anchors = new Dictionary<string, string>(StringComparer.Ordinal);
        // A frame: its path, the number of its next item (-1 in a mapping), the key that waits for its value.
        var frames = new Stack<(string Path, int Item, string? Key)>();
        try
        {
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext() && entries.Count < MaxEntries)
            {
                budget.ChargeElements(1, 0);
                switch (parser.Current)
                {
                    case MappingStart or SequenceStart when frames.Count >= MaxDepth:
                        return entries;
                    case MappingStart:
                        frames.Push((Next(frames), -1, null));
                        break;
                    case SequenceStart:
                        frames.Push((Next(frames), 0, null));
                        break;
                    case MappingEnd or SequenceEnd:
                        frames.Pop();
                        break;
                    case AnchorAlias alias:
                        var named = anchors.GetValueOrDefault(alias.Value.Value, "");
                        if (!TakeKey(frames, named) && named.Length > 0)
                            entries.Add(new SettingsEntry(Next(frames), named, Place(alias.Start, text)));
                        else if (named.Length == 0 && frames.Count > 0 && frames.Peek().Key is not null)
                            _ = Next(frames);
                        break;
                    case Scalar scalar:
                        if (!scalar.Anchor.IsEmpty && anchors.Count < 1000)
                            anchors[scalar.Anchor.Value] = scalar.Value;
                        if (!TakeKey(frames, scalar.Value))
                            entries.Add(new SettingsEntry(Next(frames), scalar.Value, Place(scalar.Start, text)));
                        break;
                }
            }
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // What was read counts; tools stop at the same place.
        }

        return entries;
    }

    /// <summary>Reads JSON, comments and trailing commas allowed.</summary>
    public static List<SettingsEntry> Json(string text, WorkBudget budget)
    {
        var entries = new List<SettingsEntry>();
        if (text.Length > MaxLength)
            return entries;
        var bytes = Encoding.UTF8.GetBytes(text);
        var frames = new Stack<(string Path, int Item, string? Key)>();
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
            while (reader.Read() && entries.Count < MaxEntries)
            {
                budget.ChargeElements(1, 0);
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        frames.Push((Next(frames), -1, null));
                        break;
                    case JsonTokenType.StartArray:
                        frames.Push((Next(frames), 0, null));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        frames.Pop();
                        break;
                    case JsonTokenType.PropertyName:
                        TakeKey(frames, reader.GetString() ?? "");
                        break;
                    case JsonTokenType.String:
                        entries.Add(new SettingsEntry(Next(frames), reader.GetString() ?? "", (int)reader.TokenStartIndex));
                        break;
                    default:
                        entries.Add(new SettingsEntry(Next(frames), Encoding.UTF8.GetString(reader.ValueSpan), (int)reader.TokenStartIndex));
                        break;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // As above.
        }

        return bytes.Length == text.Length ? entries : [.. entries.Select(e => e with { Index = Encoding.UTF8.GetCharCount(bytes.AsSpan(0, e.Index)) })];
    }

    /// <summary>Reads lines of the form <c>key = value</c> below <c>[section]</c>, as git, systemd and desktop files have them.</summary>
    public static List<SettingsEntry> Ini(string text, WorkBudget budget)
    {
        var entries = new List<SettingsEntry>();
        var section = "";
        for (var at = 0; at < text.Length && entries.Count < MaxEntries;)
        {
            var start = at;
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline;
            at = end + 1;
            budget.ChargeElements(1, start);
            var line = text.AsSpan(start, end - start).Trim();
            if (line.IsEmpty || line[0] is '#' or ';')
                continue;
            if (line[0] == '[')
            {
                var close = line.LastIndexOf(']');
                section = line[1..(close < 1 ? line.Length : close)].ToString();
                continue;
            }

            var equals = line.IndexOf('=');
            if (equals <= 0)
                continue;
            var value = line[(equals + 1)..].Trim().ToString();
            while (value.EndsWith('\\') && at < text.Length)
            {
                newline = text.IndexOf('\n', at);
                end = newline < 0 ? text.Length : newline;
                value = value[..^1] + " " + text.AsSpan(at, end - at).Trim().ToString();
                at = end + 1;
                if (value.Length > 64 << 10)
                    break;
            }

            entries.Add(new SettingsEntry($"{section}/{line[..equals].Trim()}", value, start));
        }

        return entries;
    }

    // Taken as a key where a mapping waits for one.
    private static bool TakeKey(Stack<(string Path, int Item, string? Key)> frames, string key)
    {
        if (frames.Count == 0 || frames.Peek() is not { Item: -1, Key: null } frame)
            return false;
        frames.Pop();
        frames.Push((frame.Path, -1, key.Length > 200 ? key[..200] : key));
        return true;
    }

    /// <summary>The path of the value that comes now.</summary>
    private static string Next(Stack<(string Path, int Item, string? Key)> frames)
    {
        if (frames.Count == 0)
            return "";
        var frame = frames.Pop();
        var name = frame.Item >= 0 ? frame.Item.ToString(System.Globalization.CultureInfo.InvariantCulture) : frame.Key ?? "";
        frames.Push(frame.Item >= 0 ? (frame.Path, frame.Item + 1, null) : (frame.Path, -1, null));
        return frame.Path.Length == 0 ? name : frame.Path + "/" + name;
    }

    private static int Place(in Mark mark, string text) => (int)Math.Clamp(mark.Index, 0, text.Length);
}
