namespace Assay.Scanning;

/// <summary>A tag of HTML, read as browsers do: whatever stands in it.</summary>
internal readonly struct MarkupTag
{
    /// <summary>Longer tags are cut.</summary>
    private const int MaxLength = 1 << 16;

    private static readonly string[] WhiteColours = ["white", "#fff", "#ffffff", "#fefefe", "#fdfdfd", "#fffffe", "transparent", "rgb(255,255,255)", "rgba(255,255,255", "rgba(0,0,0,0)"];

    private readonly string _text;
    private readonly int _attributes;
    private readonly int _end;

    private MarkupTag(string text, string name, bool closes, int attributes, int end)
    {
        (_text, Name, Closes, _attributes, _end) = (text, name, closes, attributes, end);
    }

    /// <summary>Name, lower case.</summary>
    public string Name { get; }

    /// <summary>Whether it ends an element.</summary>
    public bool Closes { get; }

    /// <summary>First character behind it.</summary>
    public int End => _end;

    /// <summary>Whether it holds nothing: no end is to be expected.</summary>
    public bool IsVoid => Name is "br" or "img" or "hr" or "input" or "meta" or "link" or "source" or "wbr" or "area" or "base" or "col" or "embed" or "track" || (_end >= 2 && _text[_end - 2] == '/');

    /// <summary>Whether it begins or ends a block of text.</summary>
    public bool IsBlock => Name is "p" or "div" or "li" or "ul" or "ol" or "tr" or "td" or "th" or "table" or "br" or "hr" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "pre" or "section"
        or "article" or "header" or "footer" or "blockquote" or "details" or "summary" or "center" or "body" or "html" or "head" or "title" or "nav" or "main" or "form" or "button" or "dt" or "dd" or "figure"
        or "figcaption" or "option" or "label" or "iframe";

    /// <summary>Reads the tag that begins at <paramref name="at"/>; false where there is none.</summary>
    public static bool TryRead(string text, int at, int limit, out MarkupTag tag)
    {
        tag = default;
        limit = Math.Min(limit, at + MaxLength);
        var i = at + 1;
        var closes = i < limit && text[i] == '/';
        if (closes)
            i++;
        if (i >= limit || !char.IsAsciiLetter(text[i]))
            return false;
        var start = i;
        while (i < limit && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or ':'))
            i++;
        if (i - start > 40 || (i < limit && text[i] is not ('>' or '/' or ' ' or '\t' or '\r' or '\n')))
            return false;
        var attributes = i;
        for (var quote = '\0'; i < limit; i++)
        {
            var c = text[i];
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
            }
            else if (c == '>')
            {
                tag = new MarkupTag(text, text[start..attributes].ToLowerInvariant(), closes, attributes, i + 1);
                return true;
            }
            else if (c is '"' or '\'' && text[i - 1] is '=' or ' ')
            {
                quote = c;
            }
            else if (c == '<')
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Whether what it holds is not meant to be seen.</summary>
    public bool Hides()
    {
        var hides = false;
        var white = false;
        var background = false;
        foreach (var (name, value) in Attributes())
        {
            switch (name)
            {
                case "hidden":
                    hides = true;
                    break;
                case "color":
                    white |= IsWhite(value);
                    break;
                case "size":
                    hides |= Name == "font" && value is "0" or "-7";
                    break;
                case "bgcolor":
                    background = true;
                    break;
                case "style":
                    var style = value.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
                    background |= style.Contains("background", StringComparison.Ordinal);
                    foreach (var part in style.Split(';', 64))
                    {
                        hides |= part is "display:none" or "visibility:hidden" or "opacity:0" or "opacity:0.0" or "opacity:0.01" or "display:none!important" or "font-size:0" or "font-size:0px" or "font-size:1px"
                            or "font-size:0pt" or "font-size:0em" or "font-size:1pt" or "mso-hide:all" || (part.StartsWith("text-indent:-9", StringComparison.Ordinal)) || part.StartsWith("left:-9", StringComparison.Ordinal)
                            || part.StartsWith("top:-9", StringComparison.Ordinal) || part is "clip:rect(0,0,0,0)" or "max-height:0" or "max-height:0px";
                        white |= part.StartsWith("color:", StringComparison.Ordinal) && IsWhite(part[6..]);
                    }

                    break;
            }
        }

        return hides || (white && !background);
    }

    /// <summary>The value of an attribute; null where there is none.</summary>
    public string? this[string wanted]
    {
        get
        {
            foreach (var (name, value) in Attributes())
            {
                if (name == wanted)
                    return value;
            }

            return null;
        }
    }

    /// <summary>The attributes, names in lower case, values with references replaced; at most 200.</summary>
    public IEnumerable<(string Name, string Value)> Attributes()
    {
        var i = _attributes;
        var end = _end - 1;
        for (var count = 0; count < 200; count++)
        {
            while (i < end && (char.IsWhiteSpace(_text[i]) || _text[i] == '/'))
                i++;
            var start = i;
            while (i < end && !char.IsWhiteSpace(_text[i]) && _text[i] is not ('=' or '/'))
                i++;
            if (i == start && (i >= end || _text[i] != '='))
                yield break;
            var name = _text[start..i].ToLowerInvariant();
            while (i < end && char.IsWhiteSpace(_text[i]))
                i++;
            if (i >= end || _text[i] != '=')
            {
                yield return (name, "");
                continue;
            }

            i++;
            while (i < end && char.IsWhiteSpace(_text[i]))
                i++;
            string value;
            if (i < end && _text[i] is '"' or '\'')
            {
                var close = _text.IndexOf(_text[i], i + 1, Math.Max(0, end - i - 1));
                value = close < 0 ? _text[(i + 1)..end] : _text[(i + 1)..close];
                i = close < 0 ? end : close + 1;
            }
            else
            {
                var from = i;
                while (i < end && !char.IsWhiteSpace(_text[i]))
                    i++;
                value = _text[from..i];
            }

            yield return (name, CharacterReference.Decode(value));
        }
    }

    private static bool IsWhite(string colour)
    {
        var plain = colour.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return Array.Exists(WhiteColours, w => plain == w || (w.Length > 8 && plain.StartsWith(w, StringComparison.Ordinal)));
    }
}

/// <summary>References to characters: <c>&amp;lt;</c>, <c>&amp;#106;</c>, <c>&amp;#x6a;</c>.</summary>
internal static class CharacterReference
{
    private static readonly Dictionary<string, char> Named = new(StringComparer.Ordinal)
    {
        ["amp"] = '&',
        ["lt"] = '<',
        ["gt"] = '>',
        ["quot"] = '"',
        ["apos"] = '\'',
        ["nbsp"] = ' ',
        ["colon"] = ':',
        ["sol"] = '/',
        ["period"] = '.',
        ["lpar"] = '(',
        ["rpar"] = ')',
        ["Tab"] = '\t',
        ["NewLine"] = '\n',
        ["ndash"] = '–',
        ["mdash"] = '—',
        ["hellip"] = '…',
        ["rarr"] = '→',
        ["bsol"] = '\\',
        ["num"] = '#',
        ["grave"] = '`',
        ["vert"] = '|',
        ["copy"] = '©',
    };

    /// <summary>Reads the reference at <paramref name="at"/>.</summary>
    /// <returns>Its length and the character; a length of 0 where there is none.</returns>
    public static (int Length, char Value) Read(ReadOnlySpan<char> text, int at)
    {
        var rest = text.Slice(at + 1, Math.Min(12, text.Length - at - 1));
        var end = rest.IndexOf(';');
        if (end < 1)
            return default;
        var name = rest[..end];
        if (name[0] != '#')
            return Named.TryGetValue(name.ToString(), out var known) ? (end + 2, known) : default;
        int code;
        var valid = name.Length > 2 && name[1] is 'x' or 'X'
            ? int.TryParse(name[2..], System.Globalization.NumberStyles.AllowHexSpecifier, null, out code)
            : int.TryParse(name[1..], System.Globalization.NumberStyles.None, null, out code);
        return valid && code is > 0 and < 0xD800 ? (end + 2, (char)code) : default;
    }

    /// <summary>A text with all references replaced.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('&'))
            return text;
        var into = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '&' && Read(text, i) is { Length: > 0 } reference)
            {
                into.Append(reference.Value);
                i += reference.Length;
            }
            else
            {
                into.Append(text[i++]);
            }
        }

        return into.ToString();
    }
}
