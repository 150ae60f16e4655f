using System.Collections.Frozen;
using System.Text;

namespace Assay.Scanning;

/// <summary>What a phrase means. Names are those of the column <c>concept</c> in <c>phrases.tsv</c>.</summary>
internal enum Concept
{
    None,
    Off,
    OffBe,
    OffIt,
    Exclude,
    Guard,
    Firewall,
    Bypass,
    Flagged,
    Run,
    DoubleClick,
    Admin,
    Terminal,
    RunDialog,
    Paste,
    Archive,
    Password,
    UnzipPw,
    Download,
    Extract,
    Must,
    Fails,
    Not,
    NotAfter,
    About,
    If,
    Human,
    Unlock,
    Ui,
    Tool,
    Override,
    Address,
    Secrecy,
    Act,
    Exfil,
    Secret,
}

/// <summary>A phrase that was met.</summary>
/// <param name="Concept">What it means.</param>
/// <param name="Language">In which language; <c>*</c> in all.</param>
/// <param name="Start">First character.</param>
/// <param name="End">Behind the last one.</param>
internal readonly record struct PhraseHit(Concept Concept, string Language, int Start, int End);

/// <summary>
/// The phrases of <c>phrases.tsv</c>: in which words people of many languages are asked to do something. A phrase is met as whole words;
/// one that ends in <c>*</c> is the beginning of a word; scripts that are written without spaces, or join particles to words, have no such limits.
/// </summary>
internal static class PhraseTable
{
    private static readonly Lazy<FrozenDictionary<int, Phrase[]>> Buckets = new(Read);

    private sealed record Phrase(string Text, bool IsStem, bool FreeLeft, bool FreeRight, (string Language, Concept Concept)[] Meanings);

    /// <summary>Lower case, without the accents that people leave out, and Latin for letters of other scripts inside of Latin words. As long as the text.</summary>
    public static string Fold(string text) => string.Create(text.Length, text, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = Fold(from[i]);
        for (var i = 0; i < into.Length; i++)
        {
            if (into[i] is >= '\u0370' and < '\u0530')
                i = FoldWord(into, i);
        }
    });

    /// <summary>Adds the phrases of a folded text, the longest at each place, in order.</summary>
    public static void Find(ReadOnlySpan<char> text, List<PhraseHit> hits)
    {
        var buckets = Buckets.Value;
        for (var i = 0; i < text.Length;)
        {
            var inside = i > 0 && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i]);
            if (inside && !IsFree(text[i]))
            {
                i++;
                continue;
            }

            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var (best, length) = Longest(buckets, text, i, inside);
            if (best is null)
            {
                i++;
                continue;
            }

            foreach (var (language, concept) in best.Meanings)
                hits.Add(new PhraseHit(concept, language, i, i + length));
            i += length;
        }
    }

    private static (Phrase? Phrase, int Length) Longest(FrozenDictionary<int, Phrase[]> buckets, ReadOnlySpan<char> text, int at, bool inside)
    {
        if (at + 1 < text.Length && buckets.TryGetValue((text[at] << 16) | text[at + 1], out var pair))
        {
            foreach (var phrase in pair)
            {
                if ((!inside || phrase.FreeLeft) && Match(phrase, text, at) is > 0 and var length)
                    return (phrase, length);
            }
        }

        if (buckets.TryGetValue(text[at] << 16, out var single))
        {
            foreach (var phrase in single)
            {
                if ((!inside || phrase.FreeLeft) && Match(phrase, text, at) is > 0 and var length)
                    return (phrase, length);
            }
        }

        return (null, 0);
    }

    private static int Match(Phrase phrase, ReadOnlySpan<char> text, int at)
    {
        var i = at;
        foreach (var c in phrase.Text)
        {
            if (c == ' ')
            {
                var start = i;
                while (i < text.Length && text[i] is ' ' or '\n')
                    i++;
                if (i == start)
                    return 0;
                continue;
            }

            if (i >= text.Length || text[i] != c)
                return 0;
            i++;
        }

        if (!phrase.FreeRight && i < text.Length && char.IsLetterOrDigit(phrase.Text[^1]) && char.IsLetterOrDigit(text[i]) && (!IsFree(text[i]) || IsParticle(phrase.Text)))
            return 0;
        if (!phrase.IsStem)
            return i - at;
        while (i < text.Length && char.IsLetterOrDigit(text[i]) && !IsFree(text[i]))
            i++;
        return i - at;
    }

    /// <summary>Scripts in which words begin and end without a mark, or carry particles.</summary>
    private static bool IsFree(char c) => c is (>= '\u0600' and <= '\u06FF') or (>= '\u0900' and <= '\u097F') or (>= '\u0E00' and <= '\u0E7F') or (>= '\u2E80' and <= '\uD7FF') or (>= '\uF900' and <= '\uFAFF');

    /// <summary>Short words of Arabic are part of many longer ones.</summary>
    private static bool IsParticle(string phrase) => phrase.Length < 4 && phrase[0] is >= '\u0600' and <= '\u06FF';

    private static char Fold(char c)
    {
        if (c < 0x80)
            return (uint)(c - 'A') < 26 ? (char)(c | 0x20) : c;
        if (c is >= '\uFF01' and <= '\uFF5E')
            return Fold((char)(c - 0xFEE0));
        c = char.ToLowerInvariant(c);
        return c switch
        {
            'á' or 'à' or 'â' or 'ã' or 'ä' or 'å' or 'ą' => 'a',
            'é' or 'è' or 'ê' or 'ë' or 'ę' or 'ě' => 'e',
            'í' or 'ì' or 'î' or 'ï' or 'ı' or 'İ' => 'i',
            'ó' or 'ò' or 'ô' or 'õ' or 'ö' => 'o',
            'ú' or 'ù' or 'û' or 'ü' or 'ů' => 'u',
            'ñ' or 'ń' or 'ň' => 'n',
            'ç' or 'ć' or 'č' => 'c',
            'ś' or 'ş' or 'š' => 's',
            'ź' or 'ż' or 'ž' => 'z',
            'ğ' => 'g',
            'ý' or 'ÿ' => 'y',
            'ř' => 'r',
            'ď' => 'd',
            'ť' => 't',
            '\u2018' or '\u2019' or '\u02BC' => '\'',
            '\u2010' or '\u2011' or '\u2012' => '-',
            'أ' or 'إ' or 'آ' => 'ا',
            'ى' => 'ي',
            'ک' => 'ك',
            'ی' => 'ي',
            'ё' => 'е',
            _ => c,
        };
    }

    /// <summary>A word that mixes Latin with letters that look like it is meant to be read as Latin.</summary>
    private static int FoldWord(Span<char> text, int at)
    {
        int start = at, end = at;
        while (start > 0 && char.IsLetter(text[start - 1]))
            start--;
        while (end < text.Length && char.IsLetter(text[end]))
            end++;
        var word = text[start..end];
        if (word.ContainsAnyInRange('a', 'z'))
        {
            foreach (ref var c in word)
                c = Lookalikes.Latin(c);
        }

        return end;
    }

    private static FrozenDictionary<int, Phrase[]> Read()
    {
        var table = SortedTable.Load("Assay.Scanning.phrases.tsv");
        var meanings = new Dictionary<string, List<(string, Concept)>>(4096, StringComparer.Ordinal);
        for (var row = table.First; row >= 0; row = table.Next(row))
        {
            var text = Fold(table.Text(row, 2));
            if (!meanings.TryGetValue(text, out var known))
                meanings.Add(text, known = []);
            known.Add((string.Intern(table.Text(row, 0)), ConceptOf(table.Field(row, 1))));
        }

        var buckets = new Dictionary<int, List<Phrase>>();
        foreach (var (text, known) in meanings)
        {
            var isStem = text.EndsWith('*');
            var plain = text.TrimEnd('*');
            var phrase = new Phrase(plain, isStem, IsFree(plain[0]) && !IsParticle(plain), isStem || (IsFree(plain[^1]) && !IsParticle(plain)), [.. known]);
            var key = plain.Length == 1 || plain[1] == ' ' ? plain[0] << 16 : (plain[0] << 16) | plain[1];
            if (!buckets.TryGetValue(key, out var bucket))
                buckets.Add(key, bucket = []);
            bucket.Add(phrase);
        }

        var sorted = new Dictionary<int, Phrase[]>(buckets.Count);
        foreach (var (key, bucket) in buckets)
        {
            bucket.Sort(static (a, b) => b.Text.Length != a.Text.Length ? b.Text.Length - a.Text.Length : string.CompareOrdinal(a.Text, b.Text));
            sorted.Add(key, [.. bucket]);
        }

        return sorted.ToFrozenDictionary();
    }

    private static Concept ConceptOf(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[16];
        var length = Encoding.ASCII.GetChars(name, text);
        return Enum.Parse<Concept>(text[..length], ignoreCase: true);
    }
}
