using System.Text;

namespace Assay.Scanning;

/// <summary>A string of a script as far as it is known, with where it comes from. Immutable.</summary>
/// <param name="Text">The characters; what is unknown stands in it as it was written (<c>${x}</c>).</param>
internal sealed record ShellValue(string Text)
{
    /// <summary>Longest string that is followed; longer ones keep their origin only.</summary>
    public const int MaxLength = 1 << 18;

    /// <summary>A string without characters.</summary>
    public static ShellValue Empty { get; } = new("");

    /// <summary>What is not known and comes from nowhere special.</summary>
    public static ShellValue Unknown { get; } = new("") { Known = false };

    /// <summary>Whether <see cref="Text"/> is all of it.</summary>
    public bool Known { get; init; } = true;

    /// <summary>Where it comes from.</summary>
    public Origin From { get; init; }

    /// <summary>Address or path that it comes from.</summary>
    public string? Source { get; init; }

    /// <summary>Decoders that it went through, outermost first.</summary>
    public IReadOnlyList<string> Decoders { get; init; } = [];

    /// <summary>Whether characters without quotes make it a pattern of file names.</summary>
    public bool IsPattern { get; init; }

    /// <summary>Whether it is spelled so that a reader does not see what it is.</summary>
    public bool IsHidden { get; init; }

    /// <summary>For a word that names a file made on the fly (<c>&lt;(…)</c>): what the file holds.</summary>
    public ShellValue? Content { get; init; }

    /// <summary>Whether it begins with a variable that is empty here: <c>$x/</c> is no <c>/</c> that somebody meant.</summary>
    public bool LostItsHead { get; init; }

    /// <summary>Whether nothing is known of it at all.</summary>
    public bool IsOpaque => !Known && Text.Length == 0;

    /// <summary>The value with another text, that went through a decoder.</summary>
    public ShellValue Decoded(string decoder, string? text) =>
        this with { Text = text ?? "", Known = text is not null && Known, From = From | Origin.Decoded, Decoders = Decoders.Count >= 8 ? Decoders : [decoder, .. Decoders] };

    /// <summary>Both, one behind the other.</summary>
    public static ShellValue Concat(ShellValue a, ShellValue b) => Concat([a, b]);

    /// <summary>All, one behind the other.</summary>
    /// <param name="values">The values.</param>
    /// <param name="separator">What stands between them.</param>
    public static ShellValue Concat(ReadOnlySpan<ShellValue> values, string separator = "")
    {
        ShellValue? only = null;
        var count = 0;
        foreach (var value in values)
        {
            if (value.Text.Length == 0 && value.Known && value.From == Origin.None && value.Decoders.Count == 0 && separator.Length == 0)
                continue;
            only = value;
            count++;
        }

        if (count <= 1)
            return only ?? Empty;
        var text = new StringBuilder();
        var (known, from, isPattern, isHidden, isFirst) = (true, Origin.None, false, false, true);
        string? source = null;
        IReadOnlyList<string> decoders = [];
        ShellValue? content = null;
        foreach (var value in values)
        {
            if (!isFirst)
                text.Append(separator);
            isFirst = false;
            if (text.Length + value.Text.Length <= MaxLength)
                text.Append(value.Text);
            else
                known = false;
            known &= value.Known;
            from |= value.From;
            source ??= value.Source;
            isPattern |= value.IsPattern;
            isHidden |= value.IsHidden;
            content ??= value.Content;
            if (value.Decoders.Count > 0 && !ReferenceEquals(decoders, value.Decoders))
                decoders = decoders.Count == 0 ? value.Decoders : [.. decoders.Union(value.Decoders).Take(8)];
        }

        return new ShellValue(text.ToString()) { Known = known, From = from, Source = source, Decoders = decoders, IsPattern = isPattern, IsHidden = isHidden, Content = content };
    }

    /// <summary>The origin, without the text: of what was made from it in a way that is not followed.</summary>
    public ShellValue Opaque() => new("") { Known = false, From = From, Source = Source, Decoders = Decoders };
}
