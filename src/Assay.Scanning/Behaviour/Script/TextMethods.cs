using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay.Scanning;

/// <summary>What scripts do with texts and arrays, folded: the methods of .NET strings, JavaScript strings and arrays, and the functions of VBScript by the same names.</summary>
internal static class TextMethods
{
    private const int MaxText = 2 << 20;

    /// <summary>Calls a method on a known text or array.</summary>
    /// <param name="name">Lower case.</param>
    /// <param name="target">The text or array.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="script">Whether negative positions and patterns mean what they mean to JavaScript.</param>
    /// <returns>The result; null where it cannot be folded.</returns>
    public static Datum? Call(string name, Datum target, IReadOnlyList<Datum> arguments, bool script)
    {
        var result = target.Items is not null || target.Bytes is not null ? OfArray(name, target, arguments, script) : null;
        if (result is null && target.Text is { } text)
            result = OfText(name, target, text, arguments, script);
        if (result is null && target.Number is not null && name == "tostring")
            result = Datum.Of(arguments is [{ Number: 16 or 36 or 2 or 8 } radix] && radix.Number is { } b ? Radix((long)target.Number, (int)b) : target.AsText() ?? "");
        if (result is null)
            return null;
        foreach (var argument in arguments)
            result = argument.Code is null ? result.With(argument) : result;
        return result.With(target);
    }

    /// <summary>Marks a text as assembled in a way that hides what it is.</summary>
    public static Datum Hidden(Datum value) => value with { From = value.From | Origin.Computed };

    private static string Radix(long number, int radix)
    {
        if (number <= 0)
            return number == 0 ? "0" : "-" + Radix(-number, radix);
        var text = new StringBuilder();
        for (; number > 0; number /= radix)
            text.Insert(0, "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(number % radix)]);
        return text.ToString();
    }

    private static Datum? OfArray(string name, Datum target, IReadOnlyList<Datum> arguments, bool script)
    {
        var items = target.Items;
        switch (name)
        {
            case "length" or "count":
                return Datum.Of(items?.Count ?? target.Bytes!.Length);
            case "join" when items is not null:
                {
                    var separator = arguments.Count > 0 ? arguments[0].AsText() : ",";
                    var text = separator is null ? null : target.AsText(separator);
                    if (text is null)
                        return null;
                    var characters = items.Count >= 6 && items.TrueForAll(static i => i.Kind == "character" || i.Text?.Length == 1);
                    var joined = new Datum { Text = text, Partial = items.Exists(static i => i.Partial) };
                    foreach (var item in items)
                        joined = joined.With(item);
                    return characters ? Hidden(joined) : joined;
                }

            case "reverse" when items is not null:
                if (!script)
                    return Datum.Of(Enumerable.Reverse(items).ToList());
                items.Reverse();
                return target with { From = target.From | Origin.Computed };
            case "push" or "add" when items is not null:
                if (items.Count < 200_000)
                    items.AddRange(arguments);
                return Datum.Of(items.Count);
            case "pop" when items is { Count: > 0 }:
                {
                    var last = items[^1];
                    items.RemoveAt(items.Count - 1);
                    return last;
                }

            case "shift" when items is { Count: > 0 }:
                {
                    var first = items[0];
                    items.RemoveAt(0);
                    return first;
                }

            case "concat" when items is not null:
                {
                    var all = new List<Datum>(items);
                    foreach (var argument in arguments)
                        all.AddRange(argument.Items ?? [argument]);
                    return all.Count < 200_000 ? Datum.Of(all) : null;
                }

            case "slice" when items is not null:
                {
                    var (start, end) = Range(items.Count, arguments);
                    return Datum.Of(items.GetRange(start, Math.Max(0, end - start)));
                }

            case "indexof" when items is not null && arguments.Count > 0:
                return Datum.Of(items.FindIndex(i => i.AsText() == arguments[0].AsText()));
            case "tostring" when items is not null && script:
                return target.AsText(",") is { } listed ? Datum.Of(listed) : null;
            case "subarray" when target.Bytes is { } bytes:
                {
                    var (start, end) = Range(bytes.Length, arguments);
                    return new Datum { Bytes = bytes[start..Math.Max(start, end)] };
                }

            case "toarray" or "clone" or "values":
                return target;
        }

        return null;
    }

    private static (int Start, int End) Range(int length, IReadOnlyList<Datum> arguments)
    {
        var start = arguments.Count > 0 && arguments[0].AsNumber() is { } s ? s : 0;
        var end = arguments.Count > 1 && arguments[1].AsNumber() is { } e ? e : length;
        if (start < 0)
            start += length;
        if (end < 0)
            end += length;
        return ((int)Math.Clamp(start, 0, length), (int)Math.Clamp(end, 0, length));
    }

    private static Datum? OfText(string name, Datum target, string text, IReadOnlyList<Datum> arguments, bool script)
    {
        var first = arguments.Count > 0 ? arguments[0] : null;
        switch (name)
        {
            case "length":
                return target.Partial ? null : Datum.Of(text.Length);
            case "tostring" or "valueof" or "trim" or "trimend" or "trimstart" or "normalize" or "tostr":
                return Same(target, name.StartsWith("trim", StringComparison.Ordinal) ? first?.Text is { Length: > 0 } set ? text.Trim(set.ToCharArray()) : text.Trim() : text);
            case "tolower" or "tolowercase" or "tolowerinvariant" or "lcase":
                return Same(target, text.ToLowerInvariant());
            case "toupper" or "touppercase" or "toupperinvariant" or "ucase":
                return Same(target, text.ToUpperInvariant());
            case "tochararray" or "getenumerator":
                return target.Partial || text.Length > 200_000 ? null : Datum.Of(text.Select(static c => new Datum { Text = c.ToString(), Kind = "character" }).ToList());
            case "split" when first is not null:
                return Split(target, text, first, arguments, script);
            case "split":
                return Datum.Of(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(static p => Datum.Of(p)).ToList());
            case "replace" or "replaceall" when arguments.Count >= 2:
                return Replace(target, text, first!, arguments[1], all: !script || name == "replaceall");
            case "substring" when first?.AsNumber() is { } start:
                {
                    var second = arguments.Count > 1 ? arguments[1].AsNumber() : null;
                    if (script)
                    {
                        var (a, b) = (Math.Clamp((int)start, 0, text.Length), Math.Clamp((int)(second ?? text.Length), 0, text.Length));
                        return Same(target, text[Math.Min(a, b)..Math.Max(a, b)]);
                    }

                    return start < 0 || start > text.Length ? null : Same(target, text.Substring((int)start, (int)Math.Clamp(second ?? text.Length, 0, text.Length - (int)start)));
                }

            case "substr" when first?.AsNumber() is { } from:
                {
                    var begin = (int)Math.Clamp(from < 0 ? text.Length + from : from, 0, text.Length);
                    var count = arguments.Count > 1 && arguments[1].AsNumber() is { } n ? (int)Math.Clamp(n, 0, text.Length - begin) : text.Length - begin;
                    return Same(target, text.Substring(begin, count));
                }

            case "slice":
                {
                    var (a, b) = Range(text.Length, arguments);
                    return Same(target, text[a..Math.Max(a, b)]);
                }

            case "remove" when first?.AsNumber() is { } at && at >= 0 && at <= text.Length:
                return Same(target, text.Remove((int)at, (int)Math.Clamp(arguments.Count > 1 ? arguments[1].AsNumber() ?? 0 : text.Length, 0, text.Length - (int)at)));
            case "insert" when first?.AsNumber() is { } place && arguments.Count > 1 && arguments[1].Text is { } inserted && place >= 0 && place <= text.Length:
                return Same(target, text.Insert((int)place, inserted));
            case "charat" or "at" or "chars" or "get_chars" when first?.AsNumber() is { } position:
                return position >= 0 && position < text.Length ? new Datum { Text = text[(int)position].ToString(), Kind = "character" } : Datum.Of("");
            case "charcodeat" or "codepointat":
                {
                    var index = first?.AsNumber() ?? 0;
                    return index >= 0 && index < text.Length ? Datum.Of(text[(int)index]) : null;
                }

            case "indexof" when first?.Text is { } sought && !target.Partial:
                return Datum.Of(text.IndexOf(sought, StringComparison.Ordinal));
            case "lastindexof" when first?.Text is { } sought && !target.Partial:
                return Datum.Of(text.LastIndexOf(sought, StringComparison.Ordinal));
            case "concat":
                {
                    var all = new StringBuilder(text);
                    foreach (var argument in arguments)
                        all.Append(argument.AsText());
                    return Same(target, all.ToString());
                }

            case "repeat" when first?.AsNumber() is { } times && times >= 0 && times * text.Length < MaxText:
                return Same(target, new StringBuilder().Insert(0, text, (int)times).ToString());
            case "padleft" or "padstart" when first?.AsNumber() is { } width and < 10_000 and >= 0:
                return Same(target, text.PadLeft((int)width, arguments.Count > 1 && arguments[1].Text is [var pad, ..] ? pad : ' '));
        }

        return null;
    }

    private static Datum Same(Datum target, string text) => new() { Text = text, Partial = target.Partial };

    private static Datum? Split(Datum target, string text, Datum by, IReadOnlyList<Datum> arguments, bool script)
    {
        if (by.AsText("") is not { } separator)
            return null;
        string[] parts;
        if (by.Kind == "pattern")
        {
            parts = Pattern(separator) is { } pattern ? pattern.Split(text) : null!;
            if (parts is null)
                return null;
        }
        else if (separator.Length == 0)
        {
            if (text.Length > 200_000)
                return null;
            return Datum.Of(text.Select(static c => new Datum { Text = c.ToString(), Kind = "character" }).ToList());
        }
        else
        {
            // .NET takes every character of a text for a separator of its own only where it is an array; a text is one since .NET Core.
            parts = script || separator.Length == 1 ? text.Split(separator) : by.Items is not null || !text.Contains(separator, StringComparison.Ordinal) ? text.Split(separator.ToCharArray()) : text.Split(separator);
        }

        if (arguments.Count > 1 && arguments[1].Text?.Contains("RemoveEmpty", StringComparison.OrdinalIgnoreCase) == true)
            parts = [.. parts.Where(static p => p.Length > 0)];
        return parts.Length > 200_000 ? null : Datum.Of(parts.Select(static p => Datum.Of(p)).ToList());
    }

    private static Datum? Replace(Datum target, string text, Datum find, Datum by, bool all)
    {
        if (by.AsText() is not { } replacement)
            return null;
        string result;
        if (find.Kind == "pattern")
        {
            if (Pattern(find.Text ?? "") is not { } pattern || replacement.Length > 1000)
                return null;
            result = pattern.Replace(text, replacement.Replace("$&", "$0", StringComparison.Ordinal));
        }
        else
        {
            if (find.AsText() is not { Length: > 0 } sought || replacement.Length > sought.Length * 20 + 1000)
                return null;
            if (all)
            {
                result = text.Replace(sought, replacement, StringComparison.Ordinal);
            }
            else
            {
                var at = text.IndexOf(sought, StringComparison.Ordinal);
                result = at < 0 ? text : string.Concat(text.AsSpan(0, at), replacement, text.AsSpan(at + sought.Length));
            }
        }

        if (result.Length > MaxText)
            return null;
        return result == text ? Same(target, result) : Hidden(Same(target, result));
    }

    /// <summary>A pattern that runs in linear time; null where it has what cannot.</summary>
    public static Regex? Pattern(string pattern, bool ignoreCase = false)
    {
        if (pattern.Length > 300)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None), TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Formats as .NET does: <c>{1}{0}</c>.</summary>
    public static Datum? Format(Datum format, IReadOnlyList<Datum> values)
    {
        if (format.Text is not { } text)
            return null;
        var result = new StringBuilder();
        var value = new Datum { Partial = format.Partial }.With(format);
        var holes = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                result.Append(c);
                i++;
            }
            else if (c == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                    return null;
                var digits = text.AsSpan(i + 1, end - i - 1);
                var stop = digits.IndexOfAny(',', ':');
                if (!int.TryParse(stop < 0 ? digits : digits[..stop], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= values.Count)
                    return null;
                value = value.With(values[index]);
                holes++;
                if (values[index].AsText() is { } known)
                    result.Append(known);
                else
                    (_, value) = (result.Append("‹›"), value with { Partial = true });
                i = end;
            }
            else
            {
                result.Append(c);
            }

            if (result.Length > MaxText)
                return null;
        }

        value = value with { Text = result.ToString() };
        // Many short pieces put together make sense only to hide the whole.
        return holes >= 3 && values.Count >= 3 && result.Length < holes * 12 ? Hidden(value) : value;
    }
}
