using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Measures what makes code unreadable on purpose: code behind a wall of blanks, characters that reverse the reading direction, names
/// that nobody could tell apart, text written as escapes, letters of another alphabet inside of a word, source encodings that editors
/// do not decode. Minified and generated code has short names and long lines, and none of these.
/// </summary>
internal sealed class ObfuscationDetector : Detector<TextFacts>
{
    /// <summary>Blanks in a row inside of a line; the widest honest alignment stays far below.</summary>
    private const int OffScreen = 160;

    /// <summary>Empty lines in a row between code.</summary>
    private const int EmptyLines = 400;

    private const int MaxText = 16 << 20;

    private static readonly SearchValues<char> Direction = SearchValues.Create("\u202a\u202b\u202d\u202e\u2066\u2067\u2068");

    /// <summary>Cyrillic letters that look like Latin ones (Unicode confusables.txt), and what they look like.</summary>
    private const string CyrillicLookalikes = "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅ";

    private static readonly SearchValues<char> Lookalikes = SearchValues.Create(CyrillicLookalikes);

    /// <summary>Encodings of source text that make an editor show something else than what runs (PEP 263).</summary>
    private static readonly string[] HidingEncodings = ["utf-7", "utf7", "utf_7", "rot13", "rot_13", "rot-13", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape", "punycode", "idna", "hex", "base64", "zlib", "quopri", "uu"];

    public override IReadOnlyList<Rule> Rules { get; } = [ObfuscationRules.ObfuscatedCode, ObfuscationRules.OffScreen];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language is not (CodeLanguage.Python or CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell or CodeLanguage.JavaScript or CodeLanguage.VbScript or CodeLanguage.Perl))
            return;
        var text = facts.Source.Text.AsSpan();
        if (text.Length > MaxText)
            text = text[..MaxText];
        // What screnc writes: Windows runs it, and no editor shows it.
        if (text.TrimStart().StartsWith("#@~^"))
            scope.Findings.AddAt(ObfuscationRules.ObfuscatedCode, artifact, 0, "The script is encoded, so that only Windows can read it", "#@~^", Severity.High);
        FindOffScreen(text, artifact, scope);
        FindDirection(text, artifact, scope);
        FindLookalikes(text, artifact, scope);
        FindUnreadable(text, artifact, scope);
        if (artifact.Language == CodeLanguage.Python)
            FindEncoding(text, artifact, scope);
    }

    private static void FindOffScreen(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var run = 0;
        var lines = 0;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case ' ' or '\u00a0' or '\u3000':
                    run++;
                    continue;
                case '\t':
                    run += 8;
                    continue;
                case '\n':
                    lines++;
                    run = 0;
                    continue;
                case '\r':
                    run = 0;
                    continue;
            }

            if (run >= OffScreen && IsCode(text[i..]))
            {
                scope.Findings.AddAt(ObfuscationRules.OffScreen, artifact, i, $"Code stands behind {run} blanks, where no editor shows it", LineAt(text, i));
                return;
            }

            if (lines > EmptyLines && IsCode(text[i..]))
            {
                scope.Findings.AddAt(ObfuscationRules.OffScreen, artifact, i, $"Code stands below {lines - 1} empty lines, where a reader does not look", LineAt(text, i), Severity.Medium, Confidence.Medium);
                return;
            }

            run = 0;
            lines = 0;
        }
    }

    /// <summary>Whether what follows the blanks does something: a call, an assignment, a command; not the end of a comment or a bracket.</summary>
    private static bool IsCode(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('\r', '\n');
        var line = end < 0 ? rest : rest[..end];
        if (char.IsAsciiDigit(line[0]) || line[0] is '#' or '/' or '*' or '|' or '+' or '-' or '\'' or '"' or ')' or ']' or '}' or '\\' or ',' || line.StartsWith("REM ", StringComparison.OrdinalIgnoreCase) || line.StartsWith("::"))
            return false;
        return line.Contains('(') || line.Contains('=') || line.Contains("import ", StringComparison.Ordinal) || line.Contains("http", StringComparison.OrdinalIgnoreCase) || line[0] == ';' || line[0] == '&';
    }

    private static void FindDirection(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var at = text.IndexOfAny(Direction);
        if (at >= 0)
        {
            scope.Findings.AddAt(
                ObfuscationRules.OffScreen, artifact, at, "Characters that reverse the reading direction make this line look like other code than it is", LineAt(text, at), confidence: Confidence.Medium);
        }
    }

    /// <summary>A word in which every foreign letter poses as a Latin one beside real Latin letters.</summary>
    private static void FindLookalikes(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        for (var from = 0; from < text.Length;)
        {
            var at = text[from..].IndexOfAny(Lookalikes);
            if (at < 0)
                return;
            at += from;
            var start = at;
            while (start > 0 && IsWord(text[start - 1]))
                start--;
            var end = at;
            while (end < text.Length && IsWord(text[end]))
                end++;
            int latin = 0, posing = 0, other = 0;
            foreach (var c in text[start..end])
            {
                if (char.IsAsciiLetter(c))
                    latin++;
                else if (Lookalikes.Contains(c))
                    posing++;
                else if (c > 127)
                    other++;
            }

            if (latin > 0 && posing > 0 && other == 0 && latin + posing >= 3 && end < text.Length && text[end] is '(' or '.' or ' ' or '=' or ')' or ',' && !InComment(text, start))
            {
                scope.Findings.AddAt(
                    ObfuscationRules.ObfuscatedCode, artifact, start, $"The name {PicklePrinter.Quote(text[start..end].ToString())} mixes letters of two alphabets that look the same", text[start..end].ToString(), Severity.Medium);
                return;
            }

            from = end + 1;
        }
    }

    private static void FindUnreadable(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var measures = new List<string>(4);
        var first = -1;
        Measure(CountOf(text, "_0x", 24, static rest => rest.Length > 6 && char.IsAsciiHexDigit(rest[3]) && char.IsAsciiHexDigit(rest[4]) && char.IsAsciiHexDigit(rest[5]) && char.IsAsciiHexDigit(rest[6]), out var at), "names such as _0x3f2a", at);
        var (indistinct, indistinctAt) = IndistinctNames(text);
        Measure(indistinct >= 6, "names of letters that nobody can tell apart", indistinctAt);
        var escapes = 0;
        var bytes = 0;
        var firstEscape = -1;
        for (var i = 0; i + 3 < text.Length; i++)
        {
            var next = text[i..].IndexOf("\\x", StringComparison.Ordinal);
            if (next < 0)
                break;
            i += next;
            if (i + 3 >= text.Length || !char.IsAsciiHexDigit(text[i + 2]) || !char.IsAsciiHexDigit(text[i + 3]))
                continue;
            bytes++;
            if (Printable(text[i + 2], text[i + 3]))
            {
                escapes++;
                firstEscape = firstEscape < 0 ? i : firstEscape;
            }
        }

        // Escapes of letters that could have been written as they are; tables of bytes hold others as well.
        Measure(escapes >= 60 && escapes * 10L > bytes * 9L && escapes * 16L > text.Length, "text written as escapes of plain letters", firstEscape);
        var armor = text.IndexOf("pyarmor", StringComparison.OrdinalIgnoreCase);
        Measure(armor >= 0 && text.Contains("__pyarmor__(", StringComparison.Ordinal), "the loader of a program that encrypts Python", armor);
        if (measures.Count == 0)
            return;
        scope.Findings.AddAt(
            ObfuscationRules.ObfuscatedCode, artifact, first, $"The code was made unreadable: {string.Join(", ", measures)}", LineAt(text, first), Severity.High, measures.Count > 1 ? Confidence.High : Confidence.Medium);

        void Measure(bool found, string what, int where)
        {
            if (!found)
                return;
            measures.Add(what);
            first = first < 0 ? Math.Max(0, where) : first;
        }
    }

    private static bool Printable(char high, char low)
    {
        var value = (Hex(high) << 4) | Hex(low);
        return value is >= 0x20 and < 0x7f;

        static int Hex(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    }

    private static bool CountOf(ReadOnlySpan<char> text, string mark, int needed, Func<string, bool> holds, out int first)
    {
        first = -1;
        var count = 0;
        for (var from = 0; count < needed;)
        {
            var at = text[from..].IndexOf(mark, StringComparison.Ordinal);
            if (at < 0)
                return false;
            at += from;
            if (holds(text.Slice(at, Math.Min(8, text.Length - at)).ToString()))
            {
                count++;
                first = first < 0 ? at : first;
            }

            from = at + mark.Length;
        }

        return true;
    }

    /// <summary>Different names of at least six characters that are made of <c>O</c> and <c>0</c>, or of <c>I</c>, <c>l</c> and <c>1</c>, alone.</summary>
    private static (int Count, int First) IndistinctNames(ReadOnlySpan<char> text)
    {
        HashSet<string>? names = null;
        var first = -1;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (c is not ('O' or 'I' or 'l' or '_') || (i > 0 && IsWord(text[i - 1])))
            {
                i++;
                continue;
            }

            var end = i;
            bool round = true, straight = true;
            while (end < text.Length && IsWord(text[end]))
            {
                round &= text[end] is 'O' or '0' or '_' or 'o';
                straight &= text[end] is 'I' or 'l' or '1' or '_';
                end++;
            }

            if (end - i >= 6 && (round || straight) && text[i..end].ContainsAnyExcept('_', '0'))
            {
                first = first < 0 ? i : first;
                (names ??= new(StringComparer.Ordinal)).Add(text[i..end].ToString());
                if (names.Count >= 6)
                    break;
            }

            i = end + 1;
        }

        return (names?.Count ?? 0, first);
    }

    /// <summary>The encoding that the first or second line declares (PEP 263).</summary>
    private static void FindEncoding(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var at = 0;
        for (var line = 0; line < 2 && at < text.Length; line++)
        {
            var end = text[at..].IndexOf('\n');
            var row = end < 0 ? text[at..] : text.Slice(at, end);
            var mark = row.IndexOf("coding", StringComparison.Ordinal);
            if (row.TrimStart().StartsWith("#") && mark >= 0 && mark + 6 < row.Length && row[mark + 6] is ':' or '=')
            {
                var name = row[(mark + 7)..].Trim();
                var stop = name.IndexOfAny(' ', '\t', ';');
                if (stop >= 0)
                    name = name[..stop];
                foreach (var hiding in HidingEncodings)
                {
                    if (name.Equals(hiding, StringComparison.OrdinalIgnoreCase))
                    {
                        scope.Findings.AddAt(
                            ObfuscationRules.ObfuscatedCode, artifact, at + mark, $"The source is in the encoding {name}, so that what runs is not what an editor shows", row.Trim().ToString(), Severity.High);
                        return;
                    }
                }
            }

            if (end < 0)
                return;
            at += end + 1;
        }
    }

    private static bool InComment(ReadOnlySpan<char> text, int at)
    {
        var start = text[..at].LastIndexOf('\n') + 1;
        var before = text[start..at];
        return before.Contains('#') || before.Contains("//", StringComparison.Ordinal) || before.Contains('"') || before.Contains('\'');
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static string LineAt(ReadOnlySpan<char> text, int at)
    {
        var end = text[at..].IndexOfAny('\r', '\n');
        return (end < 0 ? text[at..] : text.Slice(at, end))[..Math.Min(end < 0 ? text.Length - at : end, 200)].ToString();
    }
}
