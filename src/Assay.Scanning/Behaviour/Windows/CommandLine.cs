using System.Buffers;
using System.Text;

namespace Assay.Scanning;

/// <summary>A word of a command with where it comes from.</summary>
/// <param name="Text">The word, without quotes.</param>
/// <param name="From">Where it comes from.</param>
/// <param name="Source">The address, where it comes from a network.</param>
/// <param name="Decoders">Decoders that it went through.</param>
internal sealed record CommandWord(string Text, Origin From = Origin.None, string? Source = null, IReadOnlyList<string>? Decoders = null);

/// <summary>What a command writes to its output.</summary>
/// <param name="Text">The text, where it is known.</param>
/// <param name="From">Where it comes from.</param>
/// <param name="Source">The address, where it comes from a network.</param>
/// <param name="Decoders">Decoders that it went through.</param>
internal sealed record CommandOutput(string? Text, Origin From = Origin.None, string? Source = null, IReadOnlyList<string>? Decoders = null)
{
    /// <summary>Nothing that matters.</summary>
    public static CommandOutput Nothing { get; } = new((string?)null);
}

/// <summary>Divides command lines as programs of Windows do.</summary>
internal static class CommandLine
{
    private static readonly SearchValues<char> AddressEnds = SearchValues.Create(" \t\r\n\"'`;|)<>,");

    private const int MaxWords = 400;

    /// <summary>The words of a line; quotes group and are taken off.</summary>
    public static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quoted = false;
        var any = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && i + 1 < line.Length && line[i + 1] == '"')
            {
                // An escaped quote belongs to the word, but C:\" ends a folder.
                if (quoted && (i + 2 >= line.Length || line[i + 2] == ' ') && word.Length > 1 && word[1] == ':')
                {
                    word.Append(c);
                    continue;
                }

                word.Append('"');
                any = true;
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
                any = true;
            }
            else if (!quoted && c is ' ' or '\t' or '\r' or '\n' && !quoted)
            {
                if (any || word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
                any = false;
                if (words.Count >= MaxWords)
                    return words;
            }
            else
            {
                word.Append(c);
            }
        }

        if (any || word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>The name of a program without folder and ending, in lower case.</summary>
    public static string Program(string word)
    {
        var name = word.Trim('"', '\'', ' ', '@');
        name = name[(name.LastIndexOfAny(['\\', '/']) + 1)..].ToLowerInvariant();
        foreach (var ending in (ReadOnlySpan<string>)[".exe", ".com"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return name[..^ending.Length];
        }

        return name;
    }

    /// <summary>Whether a word is an address of the web.</summary>
    public static bool IsAddress(string word) =>
        word.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || word.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || word.StartsWith("ftp://", StringComparison.OrdinalIgnoreCase)
        || word.StartsWith("http:\\\\", StringComparison.OrdinalIgnoreCase) || word.StartsWith("https:\\\\", StringComparison.OrdinalIgnoreCase);

    /// <summary>An address somewhere in a text; null where there is none.</summary>
    public static string? FindAddress(string text)
    {
        foreach (var start in (ReadOnlySpan<string>)["https://", "http://", "ftp://"])
        {
            var at = text.IndexOf(start, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            var end = text.AsSpan(at).IndexOfAny(AddressEnds);
            return text.Substring(at, end < 0 ? Math.Min(text.Length - at, 500) : Math.Min(end, 500));
        }

        return null;
    }

    /// <summary>The shared folder of another computer.</summary>
    public static bool IsShare(string path) =>
        path.Length > 4 && (path.StartsWith(@"\\", StringComparison.Ordinal) || path.StartsWith("//", StringComparison.Ordinal)) && (char.IsLetterOrDigit(path[2]))
        && !path.StartsWith(@"\\wsl", StringComparison.OrdinalIgnoreCase) && !path.StartsWith(@"\\localhost", StringComparison.OrdinalIgnoreCase) && path.AsSpan(3).IndexOfAny('\\', '/') > 0;

    /// <summary>Bounded, on one line.</summary>
    public static string Short(string text, int most = 400)
    {
        var one = text.Trim();
        return one.Length <= most ? one : one[..most] + "…";
    }
}
