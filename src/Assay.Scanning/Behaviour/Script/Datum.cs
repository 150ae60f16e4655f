using System.Globalization;
using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>A value of a script as far as it could be told: its text, what kind of object it is, and where it comes from.</summary>
internal sealed record Datum
{
    /// <summary>Nothing is known.</summary>
    public static Datum Unknown { get; } = new();

    /// <summary>The text; with <see cref="Partial"/>, parts of it stand for what is not known.</summary>
    public string? Text { get; init; }

    /// <summary>Whether <see cref="Text"/> holds the names of unknown values.</summary>
    public bool Partial { get; init; }

    /// <summary>The number.</summary>
    public double? Number { get; init; }

    /// <summary>The bytes, where it is an array of them.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>The elements of an array; shared, as arrays are.</summary>
    public List<Datum>? Items { get; init; }

    /// <summary>The fields of an object; shared, as objects are.</summary>
    public Dictionary<string, Datum>? Fields { get; init; }

    /// <summary>What object or function of the platform it is, in lower case where names have no case: <c>child_process.exec</c>, <c>net.webclient</c>, <c>wscript.shell</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The function that it is.</summary>
    public ScriptNode? Code { get; init; }

    /// <summary>The variables around the function.</summary>
    public Scope? Around { get; init; }

    /// <summary>The script that <see cref="Code"/> belongs to.</summary>
    public string? Script { get; init; }

    /// <summary>Where it comes from.</summary>
    public Origin From { get; init; }

    /// <summary>The address or secret that it comes from.</summary>
    public string? Source { get; init; }

    /// <summary>Decoders that it went through, outermost first.</summary>
    public IReadOnlyList<string> Decoders { get; init; } = [];

    /// <summary>Whether the text is known in full.</summary>
    public bool IsExact => Text is not null && !Partial;

    /// <summary>A known text.</summary>
    public static Datum Of(string text) => new() { Text = text };

    /// <summary>A known number.</summary>
    public static Datum Of(double number) => new() { Number = number };

    /// <summary>A known truth value.</summary>
    public static Datum Of(bool truth) => new() { Number = truth ? 1 : 0, Kind = "bool" };

    /// <summary>An object of the platform.</summary>
    public static Datum OfKind(string kind) => new() { Kind = kind };

    /// <summary>An array.</summary>
    public static Datum Of(List<Datum> items) => new() { Items = items };

    /// <summary>Nothing known but where it comes from.</summary>
    public static Datum Tainted(Origin from, string? source) => new() { From = from, Source = source };

    /// <summary>The same, and it also comes from where another comes from.</summary>
    public Datum With(Datum other) => other.From == Origin.None && other.Decoders.Count == 0
        ? this
        : this with { From = From | other.From, Source = Source ?? other.Source, Decoders = Decoders.Count == 0 ? other.Decoders : Decoders };

    /// <summary>The same, having passed a decoder.</summary>
    public Datum Through(string decoder) => Decoders.Count > 8 ? this : this with { From = From | Origin.Decoded, Decoders = [decoder, .. Decoders] };

    /// <summary>As text, the way scripts convert; null where it is not known at all.</summary>
    public string? AsText(string separator = " ")
    {
        if (Text is not null)
            return Text;
        if (Number is { } number)
            return Kind == "bool" ? number != 0 ? "True" : "False" : number.ToString("R", CultureInfo.InvariantCulture);
        if (Items is { } items)
        {
            var text = new StringBuilder();
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i].Items is not null || items[i].AsText() is not { } part)
                    return null;
                if (i > 0)
                    text.Append(separator);
                text.Append(part);
                if (text.Length > 4 << 20)
                    return null;
            }

            return text.ToString();
        }

        return null;
    }

    /// <summary>As a number; null where it is none.</summary>
    public double? AsNumber()
    {
        if (Number is { } number)
            return number;
        if (!IsExact)
            return null;
        var text = Text!.Trim();
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex))
            return hex;
        if (text.StartsWith("&h", StringComparison.OrdinalIgnoreCase) && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out hex))
            return hex;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <summary>As bytes: an array of them, or of numbers below 256.</summary>
    public byte[]? AsBytes()
    {
        if (Bytes is not null)
            return Bytes;
        if (Items is not { Count: > 0 } items)
            return null;
        var bytes = new byte[items.Count];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (items[i].AsNumber() is not (>= -128 and < 256) || items[i].AsNumber() is not { } number)
                return null;
            bytes[i] = (byte)(int)number;
        }

        return bytes;
    }

    /// <summary>As a word of a command.</summary>
    public CommandWord AsWord() => new(AsText() ?? "", From, Source, Decoders.Count > 0 ? Decoders : null);
}

/// <summary>The variables of a function, inside of those around it.</summary>
/// <param name="parent">The variables around; null for those of the script.</param>
/// <param name="comparer">How names compare.</param>
internal sealed class Scope(Scope? parent, StringComparer comparer)
{
    private const int MaxNames = 20_000;

    private readonly Dictionary<string, Datum> _values = new(comparer);

    /// <summary>The value; null where no scope has the name.</summary>
    public Datum? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._values.TryGetValue(name, out var value))
                return value;
        }

        return null;
    }

    /// <summary>The variables around.</summary>
    public Scope? Parent => parent;

    /// <summary>Gives a value to a name of this scope.</summary>
    public void Declare(string name, Datum value)
    {
        if (_values.Count < MaxNames || _values.ContainsKey(name))
            _values[name] = value;
    }

    /// <summary>Gives a value to the name where it is known, else here.</summary>
    public void Assign(string name, Datum value)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._values.ContainsKey(name))
            {
                scope._values[name] = value;
                return;
            }
        }

        Declare(name, value);
    }
}
