using System.Text;

namespace Assay.Cli.Output;

/// <summary>Makes a name readable as it is, not as it looks: <c>Open&lt;U+0391&gt;I</c>. Names of hubs are ASCII; whatever is not is meant to be taken for it.</summary>
internal static class VisibleName
{
    /// <summary>The text with every character but printable ASCII written as its code point.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var visible = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length;)
        {
            // Half of a surrogate pair is shown as itself.
            var (code, length) = Rune.TryGetRuneAt(text, i, out var rune) ? (rune.Value, rune.Utf16SequenceLength) : (text[i], 1);
            if (code is >= ' ' and <= '~')
                visible.Append((char)code);
            else
                visible.Append($"<U+{code:X4}>");
            i += length;
        }

        return visible.ToString();
    }
}
