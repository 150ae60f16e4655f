namespace Assay.Impersonation.Cards;

/// <summary>The head of a card, read as far as it is plain: keys at the margin with one value or a list of values. What is nested deeper is skipped, never refused.</summary>
public sealed class FrontMatter
{
    private const int MostValues = 256;
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.OrdinalIgnoreCase);

    private FrontMatter()
    {
    }

    /// <summary>The values of a key, in order; none when it is absent.</summary>
    public IReadOnlyList<string> this[string key] => _values.TryGetValue(key, out var values) ? values : [];

    /// <summary>The declared base models, with addresses of a hub shortened to owner/name.</summary>
    public IReadOnlyList<string> BaseModels => [.. this["base_model"].Select(Shorten)];

    /// <summary>Reads the lines between the two marks.</summary>
    internal static FrontMatter Read(ReadOnlySpan<char> text)
    {
        var front = new FrontMatter();
        List<string>? open = null;
        var count = 0;
        foreach (var raw in text.EnumerateLines())
        {
            var line = raw.TrimEnd();
            if (line.IsEmpty || line.TrimStart()[0] == '#')
                continue;
            if (count++ > 4096)
                break;
            var item = line.TrimStart();
            if (item[0] == '-' && (item.Length == 1 || item[1] == ' '))
            {
                Add(open, item[1..]);
                continue;
            }

            if (line[0] is ' ' or '\t')
                continue;
            var colon = line.IndexOf(':');
            if (colon <= 0)
                continue;
            var key = Plain(line[..colon]);
            if (!front._values.TryGetValue(key, out open))
                front._values.Add(key, open = []);
            var value = line[(colon + 1)..].Trim();
            if (value is ['[', ..])
            {
                foreach (var part in value.Trim("[]").ToString().Split(','))
                    Add(open, part);
            }
            else
            {
                Add(open, value);
            }
        }

        return front;
    }

    private static void Add(List<string>? values, ReadOnlySpan<char> value)
    {
        var plain = Plain(value);
        if (values is { Count: < MostValues } && plain.Length > 0)
            values.Add(plain);
    }

    private static string Plain(ReadOnlySpan<char> value)
    {
        var comment = value.IndexOf(" #");
        return (comment < 0 ? value : value[..comment]).Trim().Trim("\"'").Trim().ToString();
    }

    private static string Shorten(string value)
    {
        var authority = value.IndexOf("://", StringComparison.Ordinal);
        var slash = authority < 0 ? -1 : value.IndexOf('/', authority + 3);
        var path = slash < 0 ? value : value[slash..];
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length >= 2 ? $"{parts[0]}/{parts[1]}" : value;
    }
}
