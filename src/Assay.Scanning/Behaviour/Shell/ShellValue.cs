namespace Assay.Scanning;

/// <summary>A string of a script as far as it is known, with where it comes from. Immutable.</summary>
/// <param name="Text">The characters; what is unknown stands in it as it was written (<c>$x</c>).</param>
internal sealed record ShellValue(string Text)
{
    /// <summary>Longest string that is followed; longer ones keep their origin only.</summary>
    public const int MaxLength = 1 << 20;

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

    /// <summary>Whether nothing is known of it at all.</summary>
    public bool IsOpaque => !Known && Text.Length == 0;

    /// <summary>The value with another text, that went through a decoder.</summary>
    public ShellValue Decoded(string decoder, string? text) =>
        this with { Text = text ?? "", Known = text is not null && Known, From = From | Origin.Decoded, Decoders = Decoders.Count >= 8 ? Decoders : [decoder, .. Decoders] };

    /// <summary>Both, one behind the other.</summary>
    public static ShellValue Concat(ShellValue a, ShellValue b)
    {
        if (a.Text.Length == 0 && a.Known && a.From == Origin.None && a.Decoders.Count == 0)
            return b;
        if (b.Text.Length == 0 && b.Known && b.From == Origin.None && b.Decoders.Count == 0)
            return a;
        var fits = a.Text.Length + b.Text.Length <= MaxLength;
        return new ShellValue(fits ? a.Text + b.Text : a.Text)
        {
            Known = a.Known && b.Known && fits,
            From = a.From | b.From,
            Source = a.Source ?? b.Source,
            Decoders = a.Decoders.Count == 0 ? b.Decoders : b.Decoders.Count == 0 ? a.Decoders : [.. a.Decoders.Union(b.Decoders).Take(8)],
            IsPattern = a.IsPattern || b.IsPattern,
            IsHidden = a.IsHidden || b.IsHidden,
            Content = a.Content ?? b.Content,
        };
    }

    /// <summary>The origin, without the text: of what was made from it in a way that is not followed.</summary>
    public ShellValue Opaque() => new("") { Known = false, From = From, Source = Source, Decoders = Decoders };
}
