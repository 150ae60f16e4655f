using System.Buffers;

namespace Assay.Scanning;

/// <summary>Measures of secrets: how random a text is, whether it is a placeholder, and how it is shown without being published again.</summary>
internal static class SecretShapes
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> TokenLetters = SearchValues.Create(Base62 + "-_");

    private static readonly SearchValues<char> PlaceholderMarks = SearchValues.Create("<>{}$%");

    private static readonly SearchValues<string> PlaceholderWords = SearchValues.Create(
        ["example", "your", "xxxx", "dummy", "fake", "sample", "placeholder", "changeme", "change-me", "change_me", "replace", "redacted", "insert", "here", "123456789", "abcdef", "todo", "secret_", "mytoken", "my-token", "my_token", "....", "****", "00000", "test_key", "testkey", "deadbeef"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>The first four characters and the last two; never more.</summary>
    public static string Mask(ReadOnlySpan<char> secret) =>
        secret.Length < 12 ? "…" : string.Concat(secret[..4], "…", secret[^2..]);

    /// <summary>An address with the keys in its path masked.</summary>
    public static string MaskChannel(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0;
        var path = address.IndexOf('/', start);
        if (path < 0)
            return address;
        var shown = new System.Text.StringBuilder(address.Length).Append(address, 0, path);
        foreach (var part in address[path..].Split('/').Skip(1))
            shown.Append('/').Append(part.Length >= 20 && LooksRandom(part) ? Mask(part) : part);
        return shown.ToString();
    }

    /// <summary>Bits of entropy a character.</summary>
    public static double Entropy(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return 0;
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in text)
            counts[c & 127]++;
        var bits = 0.0;
        foreach (var n in counts)
        {
            if (n > 0)
                bits -= n / (double)text.Length * Math.Log2(n / (double)text.Length);
        }

        return bits;
    }

    /// <summary>Whether a key of letters and digits is the work of a generator, and not of a person who shows where a key goes.</summary>
    public static bool LooksRandom(ReadOnlySpan<char> text)
    {
        if (text.Length < 12)
            return false;
        var classes = (text.ContainsAnyInRange('0', '9') ? 1 : 0) + (text.ContainsAnyInRange('a', 'z') ? 1 : 0) + (text.ContainsAnyInRange('A', 'Z') ? 1 : 0);
        // What a generator of this length yields on average, less a good margin.
        var expected = Math.Min(Math.Log2(text.Length), classes == 1 ? 3.3 : 5.2);
        return classes >= 2 && Entropy(text) >= expected * 0.72 && Runs(text) * 3 < text.Length && !IsPlaceholder(text);
    }

    /// <summary>Whether a value stands for a secret that the reader is to fill in.</summary>
    public static bool IsPlaceholder(ReadOnlySpan<char> text) => text.ContainsAny(PlaceholderWords) || text.ContainsAny(PlaceholderMarks) || LongestRun(text) >= 6;

    /// <summary>Whether a token of a Telegram bot is written in the text: its number, a colon, 35 random characters.</summary>
    public static bool HasTelegramToken(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var colon = text.IndexOf(":AA", StringComparison.Ordinal);
            if (colon < 0)
                return false;
            if (TelegramTokenAt(text, colon, out _))
                return true;
            text = text[(colon + 1)..];
        }
    }

    /// <summary>Whether the colon at <paramref name="colon"/> is the one of a bot's token, which starts at <paramref name="start"/>.</summary>
    public static bool TelegramTokenAt(ReadOnlySpan<char> text, int colon, out int start)
    {
        start = colon;
        while (start > 0 && colon - start < 11 && char.IsAsciiDigit(text[start - 1]))
            start--;
        var digits = colon - start;
        if (digits is < 8 or > 10 || (start > 0 && char.IsAsciiLetterOrDigit(text[start - 1]) && !text[..start].EndsWith("bot", StringComparison.OrdinalIgnoreCase)))
            return false;
        var rest = text[(colon + 1)..];
        var length = rest.IndexOfAnyExcept(TokenLetters);
        if (length < 0)
            length = rest.Length;
        return length == 35 && LooksRandom(rest[..35]);
    }

    /// <summary>Neighbours that are equal or follow each other in the alphabet.</summary>
    private static int Runs(ReadOnlySpan<char> text)
    {
        var runs = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] - text[i - 1] is 0 or 1)
                runs++;
        }

        return runs;
    }

    private static int LongestRun(ReadOnlySpan<char> text)
    {
        int longest = 0, run = 0;
        for (var i = 1; i < text.Length; i++)
        {
            run = text[i] == text[i - 1] ? run + 1 : 0;
            longest = Math.Max(longest, run + 1);
        }

        return longest;
    }
}
