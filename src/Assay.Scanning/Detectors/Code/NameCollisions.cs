using System.Text;

namespace Assay.Scanning;

/// <summary>Finds names of one folder that some systems cannot tell apart: the second file replaces the first when the repository is fetched.</summary>
internal static class NameCollisions
{
    /// <summary>Letters with marks, by mark: the letters alone, and as one character (Unicode canonical decompositions of Latin letters).</summary>
    private static readonly (char Mark, string Letters, string Composed)[] Marks =
    [
        ('\u0300', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
        ('\u0301', "AEIOUYaeiouyCcNnSsZzLlRr", "ÁÉÍÓÚÝáéíóúýĆćŃńŚśŹźĹĺŔŕ"),
        ('\u0302', "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
        ('\u0303', "ANOano", "ÃÑÕãñõ"),
        ('\u0304', "AaEeIiOoUu", "ĀāĒēĪīŌōŪū"),
        ('\u0306', "AaGgUu", "ĂăĞğŬŭ"),
        ('\u0307', "ZzEeGg", "ŻżĖėĠġ"),
        ('\u0308', "AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"),
        ('\u030A', "AaUu", "ÅåŮů"),
        ('\u030C', "CcDdEeNnRrSsTtZz", "ČčĎďĚěŇňŘřŠšŤťŽž"),
        ('\u0327', "CcSs", "ÇçŞş"),
        ('\u0328', "AaEe", "ĄąĘę"),
    ];

    private static readonly Dictionary<char, string> Decomposed = MakeDecomposed();

    /// <summary>Pairs of paths that fall together.</summary>
    /// <param name="paths">All paths of the repository, with <c>/</c>.</param>
    /// <returns>The two paths and why, in words; each path at most once as the second.</returns>
    public static IEnumerable<(string First, string Second, string Why)> Find(IEnumerable<string> paths)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var key = Fold(path);
            if (!seen.TryGetValue(key, out var first))
            {
                seen.Add(key, path);
                continue;
            }

            if (first == path)
                continue;
            var why = first.Equals(path, StringComparison.OrdinalIgnoreCase) ? "the names differ in capitals only"
                : Decompose(first).Equals(Decompose(path), StringComparison.OrdinalIgnoreCase) ? "the names are the same letters, composed in another way"
                : "the names differ in final dots or spaces only";
            yield return (first, path, why);
        }
    }

    private static string Fold(string path)
    {
        var folded = new StringBuilder(path.Length);
        foreach (var part in Decompose(path).Split('/'))
            folded.Append(part.TrimEnd(' ', '.').ToLowerInvariant()).Append('/');
        return folded.ToString();
    }

    private static string Decompose(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var decomposed = new StringBuilder(text.Length + 8);
        foreach (var c in text)
            decomposed.Append(Decomposed.TryGetValue(c, out var pair) ? pair : c.ToString());
        return decomposed.ToString();
    }

    private static Dictionary<char, string> MakeDecomposed()
    {
        var map = new Dictionary<char, string>();
        foreach (var (mark, letters, composed) in Marks)
        {
            for (var i = 0; i < composed.Length; i++)
                map[composed[i]] = $"{letters[i]}{mark}";
        }

        return map;
    }
}
