using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Assay.Hub.Cards;

/// <summary>The YAML between dashes at the start of a card, as JSON. Bounded in size, depth and number of values; aliases are refused, since they multiply.</summary>
public abstract record FrontMatter
{
    private const int MaxLength = 1 << 20;
    private const int MaxDepth = 32;
    private const int MaxValues = 50_000;

    /// <summary>It was read.</summary>
    /// <param name="Data">Its members.</param>
    public sealed record Card(JsonObject Data) : FrontMatter;

    /// <summary>The text has none.</summary>
    public sealed record Missing : FrontMatter;

    /// <summary>It cannot be read.</summary>
    /// <param name="Message">A sentence with the line.</param>
    public sealed record Invalid(string Message) : FrontMatter;

    /// <summary>Reads the front matter of a card.</summary>
    /// <param name="text">The whole text.</param>
    public static FrontMatter Read(string text)
    {
        text = text.TrimStart('\ufeff');
        var start = text.StartsWith("---\n", StringComparison.Ordinal) ? 4 : text.StartsWith("---\r\n", StringComparison.Ordinal) ? 5 : -1;
        if (start < 0)
            return new Missing();
        var end = EndOf(text, start);
        if (end < 0)
            return new Missing();
        if (end - start > MaxLength)
            return new Invalid($"the front matter is longer than {MaxLength:N0} characters.");
        var parser = new Parser(new StringReader(text[start..end]));
        try
        {
            return ReadDocument(parser);
        }
        catch (YamlException e)
        {
            return new Invalid($"the front matter is no valid YAML in line {e.Start.Line + 1}: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return new Invalid($"the front matter is no valid YAML near line {(parser.Current?.End ?? Mark.Empty).Line + 1}.");
        }
    }

    private static int EndOf(string text, int start)
    {
        for (var line = start; line < text.Length;)
        {
            var end = text.IndexOf('\n', line);
            var content = text.AsSpan(line, (end < 0 ? text.Length : end) - line).TrimEnd();
            if (content is "---")
                return line;
            if (end < 0)
                return -1;
            line = end + 1;
        }

        return -1;
    }

    private static FrontMatter ReadDocument(Parser parser)
    {
        var values = 0;
        while (parser.MoveNext() && parser.Current is StreamStart or DocumentStart or Comment)
        {
            // up to the first value
        }

        switch (parser.Current)
        {
            case MappingStart:
                return ReadNode(parser, 0, ref values) is JsonObject card ? new Card(card) : new Card([]);
            case Scalar { Value: "" } or StreamEnd or DocumentEnd or null:
                return new Card([]);
            default:
                return new Invalid("the front matter is no list of keys with values.");
        }
    }

    private static JsonNode? ReadNode(Parser parser, int depth, ref int values)
    {
        var at = parser.Current!;
        if (++values > MaxValues || depth > MaxDepth)
            throw new YamlException(at.Start, at.End, values > MaxValues ? $"more than {MaxValues:N0} values" : $"deeper than {MaxDepth} levels");
        switch (at)
        {
            case Scalar scalar:
                return Value(scalar);
            case SequenceStart:
                {
                    var list = new JsonArray();
                    while (Next(parser) is not SequenceEnd)
                        list.Add(ReadNode(parser, depth + 1, ref values));
                    return list;
                }

            case MappingStart:
                {
                    var map = new JsonObject();
                    while (Next(parser) is not MappingEnd)
                    {
                        if (parser.Current is not Scalar key)
                            throw new YamlException(parser.Current!.Start, parser.Current.End, "a key that is no text");
                        if (map.ContainsKey(key.Value))
                            throw new YamlException(key.Start, key.End, $"the key \"{key.Value}\" stands here a second time");
                        Next(parser);
                        map[key.Value] = ReadNode(parser, depth + 1, ref values);
                    }

                    return map;
                }

            case AnchorAlias:
                throw new YamlException(at.Start, at.End, "aliases are not used in cards; write the value out");
            default:
                throw new YamlException(at.Start, at.End, "something that is no value");
        }
    }

    private static ParsingEvent Next(Parser parser)
    {
        do
        {
            if (!parser.MoveNext())
                throw new YamlException("it ends too early");
        }
        while (parser.Current is Comment);
        return parser.Current!;
    }

    // The core schema of YAML 1.2, with dates left as text.
    private static JsonNode? Value(Scalar scalar)
    {
        if (scalar.Style is not ScalarStyle.Plain)
            return JsonValue.Create(scalar.Value);
        switch (scalar.Value)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE":
                return JsonValue.Create(false);
        }

        if (long.TryParse(scalar.Value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        if (scalar.Value.AsSpan().IndexOfAnyExcept("0123456789+-.eE") < 0
            && double.TryParse(scalar.Value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) && char.IsAsciiDigit(scalar.Value[^1]))
        {
            return JsonValue.Create(number);
        }

        return JsonValue.Create(scalar.Value);
    }
}
