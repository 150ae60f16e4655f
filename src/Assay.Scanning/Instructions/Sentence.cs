using System.Buffers;

namespace Assay.Scanning;

/// <summary>A sentence, an entry or a part of a row, with the phrases in it.</summary>
internal sealed class Sentence
{
    /// <summary>What stands farther apart in a sentence does not belong together.</summary>
    private const int Near = 70;

    /// <summary>The same in scripts that say a word in one or two characters.</summary>
    private const int NearDense = 30;

    private const int MaxLength = 700;

    private static readonly SearchValues<char> Ends = SearchValues.Create(".!?;|\n。！？；।؟؛…");
    private static readonly SearchValues<char> ClauseMarks = SearchValues.Create(",:()—–，：（）、،→");

    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" \n#,:(\"'");
    private static readonly SearchValues<char> OpenQuotes = SearchValues.Create("\"“«„「『");
    private static readonly SearchValues<char> CloseQuotes = SearchValues.Create("\"”»“」』");
    private static readonly SearchValues<char> CloseOnly = SearchValues.Create("\"”»」』");

    private static readonly string[] ClauseWords = [" because ", " otherwise ", " but ", " since ", " so ", " as it ", " as the ", " porque ", " parce ", " car ", " weil ", " sonst ", " а то ", " иначе ", " потому ", " perche ", " karena "];

    /// <summary>Words in front of a verb that tell that others do it.</summary>
    private static readonly string[] Tellers = ["that", "which", "who", "they", "it", "would", "could", "scripts", "script", "commands", "command", "users", "model", "models", "not", "n't", "malware", "attackers", "we", "i", "automatically", "programs", "tools", "processes", "and"];

    /// <summary>Words after which a verb is an order or a proposal.</summary>
    private static readonly string[] Leads =
    [
        "and", "then", "to", "please", "must", "should", "can", "you", "first", "just", "simply", "by", "or", "now", "always", "also", "need", "next", "finally", "users", "windows", "before", "after", "directly", "either", "only", "step", "once", "manually",
        "immediately", "extract", "download", "kindly", "have", "afterwards", "try", "it", "that",
    ];

    /// <summary>Verbs of <see cref="Concept.Off"/> that mean many other things too.</summary>
    private static readonly string[] Loose = ["remove", "quit", "exit", "close", "stop", "stopping", "kill", "pause", "pausing", "suspend", "lower", "uncheck", "untick", "bypass", "bypassing", "shut down", "shutting down", "uninstall", "uninstalling"];

    private readonly string _text;

    private Sentence(Piece piece, int number, string text, int start, int end)
    {
        (Piece, Number, _text, Start, End) = (piece, number, text, start, end);
    }

    /// <summary>Where it stands.</summary>
    public Piece Piece { get; }

    /// <summary>Number of the piece in its text.</summary>
    public int Number { get; }

    /// <summary>First character in the piece.</summary>
    public int Start { get; }

    /// <summary>Behind its last character.</summary>
    public int End { get; }

    /// <summary>The phrases, in order.</summary>
    public List<PhraseHit> Hits { get; } = [];

    /// <summary>Files in it that can be started.</summary>
    public List<FileMention> Files { get; } = [];

    /// <summary>The sentence as written, bounded.</summary>
    public string Text => Piece.Text[Start..Math.Min(End, Start + 400)].Trim();

    /// <summary>Reads the sentences of a piece.</summary>
    /// <param name="piece">Prose.</param>
    /// <param name="number">Its number in the text.</param>
    public static List<Sentence> Read(Piece piece, int number)
    {
        var sentences = new List<Sentence>();
        if (piece.Text.Length == 0)
            return sentences;
        var files = FileMention.Find(piece.Text);
        var folded = Mask(PhraseTable.Fold(piece.Text), files);
        var hits = new List<PhraseHit>();
        PhraseTable.Find(folded, hits);
        if (hits.Count == 0 && files.Count == 0)
            return sentences;

        int hit = 0, file = 0;
        for (var start = 0; start < folded.Length;)
        {
            var end = EndOf(folded, start);
            var sentence = new Sentence(piece, number, folded, start, end);
            for (; hit < hits.Count && hits[hit].Start < end; hit++)
                sentence.Hits.Add(hits[hit]);
            for (; file < files.Count && files[file].Start < end; file++)
                sentence.Files.Add(files[file]);
            if (sentence.Hits.Count > 0 || sentence.Files.Count > 0)
            {
                sentence.ChooseScript();
                sentences.Add(sentence);
            }

            start = end;
        }

        return sentences;
    }

    /// <summary>Addresses and names of files are no words.</summary>
    private static string Mask(string text, List<FileMention> files)
    {
        if (files.Count == 0 && !text.Contains("://", StringComparison.Ordinal))
            return text;
        return string.Create(text.Length, (text, files), static (into, from) =>
        {
            from.text.CopyTo(into);
            foreach (var file in from.files)
                into.Slice(file.Start, file.Name.Length).Fill('#');
            for (var at = into.IndexOf("://"); at >= 0;)
            {
                var start = at;
                while (start > 0 && char.IsAsciiLetter(into[start - 1]))
                    start--;
                var end = at + 3;
                while (end < into.Length && into[end] > ' ' && into[end] < 0x80 && into[end] is not ('<' or '>' or '"' or '|' or '`' or ')'))
                    end++;
                into[start..end].Fill('#');
                var next = into[end..].IndexOf("://");
                at = next < 0 ? -1 : end + next;
            }
        });
    }

    private static int EndOf(string text, int start)
    {
        var limit = Math.Min(text.Length, start + MaxLength);
        for (var at = start; at < limit; at++)
        {
            var found = text.AsSpan(at, limit - at).IndexOfAny(Ends);
            if (found < 0)
                break;
            at += found;
            var c = text[at];
            if (c is '.' or '!' or '?' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]) && text[at + 1] is not ('"' or '\'' or ')' or '”' or '*'))
                continue;
            // "e.g. ", "1. ", "vs. " end nothing.
            if (c == '.' && ((at >= 2 && text[at - 2] == '.') || (at >= 1 && char.IsAsciiDigit(text[at - 1]) && (at < 2 || !char.IsLetterOrDigit(text[at - 2])))))
                continue;
            return at + 1;
        }

        return limit;
    }

    /// <summary>Words that several languages have are of the one that the sentence is in. Japanese and Chinese share characters: kana tell which it is.</summary>
    private void ChooseScript()
    {
        if (_text.AsSpan(Start, End - Start).ContainsAnyInRange('\u3041', '\u30FA'))
            Hits.RemoveAll(static h => h.Language == "zh");
        for (var first = 0; first < Hits.Count;)
        {
            var last = first + 1;
            while (last < Hits.Count && Hits[last].Start == Hits[first].Start)
                last++;
            if (last - first > 1 && Hits.Count < 400)
                last -= KeepLikeliest(first, last);
            first = last;
        }
    }

    /// <summary>Of meanings of one phrase, keeps those of the languages that most other phrases of the sentence are in.</summary>
    /// <returns>How many were dropped.</returns>
    private int KeepLikeliest(int first, int last)
    {
        var most = 0;
        for (var i = first; i < last; i++)
            most = Math.Max(most, CountOf(Hits[i].Language));
        var dropped = 0;
        for (var i = last - 1; i >= first; i--)
        {
            if (Hits[i].Language != "*" && CountOf(Hits[i].Language) < most)
            {
                Hits.RemoveAt(i);
                dropped++;
            }
        }

        return dropped;
    }

    private int CountOf(string language)
    {
        var count = 0;
        foreach (var hit in Hits)
            count += hit.Language == language ? 1 : 0;
        return count;
    }

    /// <summary>Whether a concept occurs.</summary>
    public bool Has(Concept concept)
    {
        foreach (var hit in Hits)
        {
            if (hit.Concept == concept)
                return true;
        }

        return false;
    }

    /// <summary>Whether a verb orders that a file be started. In English the order of words tells; elsewhere the form of the verb does.</summary>
    public bool Starts(PhraseHit verb, FileMention file)
    {
        if (verb.Language != "en")
            return true;
        if (verb.End > file.Start || file.Start - verb.End > 60 || _text.AsSpan(verb.End, file.Start - verb.End) is var between && (between.Contains(" when ", StringComparison.Ordinal) || between.StartsWith(" by ")))
            return false;
        var word = _text.AsSpan(verb.Start, verb.End - verb.Start);
        if (word.EndsWith("s") && word is "runs")
            return false;
        var before = _text.AsSpan(Start, verb.Start - Start).TrimEnd(" \n\"'");
        if (before.IsEmpty || !char.IsLetter(before[^1]))
            return before.IsEmpty || before[^1] != '-';
        var last = before[(before.LastIndexOf(' ') + 1)..];
        foreach (var lead in Leads)
        {
            if (last.SequenceEqual(lead))
                return true;
        }

        return false;
    }

    /// <summary>Whether a concept occurs in front of a phrase.</summary>
    public bool HasBefore(Concept concept, PhraseHit phrase)
    {
        foreach (var hit in Hits)
        {
            if (hit.Concept == concept && hit.Start < phrase.Start)
                return true;
        }

        return false;
    }

    /// <summary>The first phrase of a concept that is not negated; null where there is none.</summary>
    public PhraseHit? Asked(Concept concept)
    {
        foreach (var hit in Hits)
        {
            if (hit.Concept == concept && !IsNegated(hit))
                return hit;
        }

        return null;
    }

    /// <summary>Whether somebody is asked to do <paramref name="verb"/> to <paramref name="thing"/>.</summary>
    public bool Joins(PhraseHit verb, PhraseHit thing)
    {
        if (thing.Language != verb.Language && thing.Language != "*" && !(verb.Language is "*" || thing.Language == "en"))
            return false;
        var gap = verb.End <= thing.Start ? thing.Start - verb.End : verb.Start - thing.End;
        if (gap > (IsDense(verb.Language) ? NearDense : Near) || gap < 0)
            return false;
        if (verb.Language != "en" || verb.Concept != Concept.Off)
            return true;
        var word = _text[verb.Start..verb.End];
        if (verb.End <= thing.Start)
            return Array.IndexOf(Loose, word) < 0 || gap <= 22;
        // "Windows Security > Real-time protection: turn off", "open Windows Defender and disable …".
        var between = _text.AsSpan(thing.End, gap);
        return Array.IndexOf(Loose, word) < 0 && (between.IndexOfAny(">:→=") >= 0 || between.Contains(" and ", StringComparison.Ordinal) || between.Contains(" then ", StringComparison.Ordinal)) && !Has(Concept.Flagged);
    }

    /// <summary>Whether a phrase is denied or forbidden.</summary>
    public bool IsNegated(PhraseHit verb)
    {
        foreach (var hit in Hits)
        {
            if (hit.Language != verb.Language)
                continue;
            if (hit.Concept == Concept.Not)
            {
                var reach = IsDense(verb.Language) ? 10 : 45;
                if (hit.End <= verb.Start && verb.Start - hit.End <= reach && IsOneClause(hit.End, verb.Start))
                    return true;
                if (verb.Language is "de" or "nl" or "sv" or "fr" && hit.Start >= verb.End && hit.Start - verb.End <= 60 && IsOneClause(verb.End, hit.Start))
                    return true;
            }
            else if (hit.Concept == Concept.NotAfter && hit.Start >= verb.Start && hit.Start - verb.End <= 25 && IsOneClause(verb.End, hit.Start))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the sentence tells that others do it, warns of it, or speaks of a word.</summary>
    public bool IsTold(PhraseHit verb)
    {
        foreach (var hit in Hits)
        {
            if (hit.Concept != Concept.About || hit.Language != verb.Language)
                continue;
            if (hit.End <= verb.Start && IsOneClause(hit.End, verb.Start))
                return true;
            if (hit.Start >= verb.End && _text.AsSpan(verb.Start, verb.End - verb.Start).EndsWith("ing") && IsOneClause(verb.End, hit.Start))
                return true;
            if (IsQuoted(verb))
                return true;
        }

        if (verb.Language != "en")
            return false;
        var before = _text.AsSpan(Start, verb.Start - Start).TrimEnd();
        var word = before[(before.LastIndexOfAny(WordEnds) + 1)..];
        foreach (var teller in Tellers)
        {
            if (word.SequenceEqual(teller))
                return teller == "and" ? OthersBefore(before[..^3].TrimEnd()) : !before.EndsWith("after that") && !before.EndsWith("once that");
        }

        return false;
    }

    /// <summary>"It adds a task and disables …": the subject stands before another verb in the third person.</summary>
    private static bool OthersBefore(ReadOnlySpan<char> before) =>
        before.LastIndexOf(" that ") >= 0 || before.LastIndexOf(" which ") >= 0 || before.LastIndexOf(" they ") >= 0 || before.StartsWith("it ") || before.StartsWith("they ");

    private bool IsQuoted(PhraseHit verb)
    {
        var sentence = _text.AsSpan(Start, End - Start);
        var open = sentence[..(verb.Start - Start)].LastIndexOfAny(OpenQuotes);
        return open >= 0 && sentence[(verb.End - Start)..].IndexOfAny(CloseQuotes) >= 0 && sentence[(open + 1)..(verb.Start - Start)].IndexOfAny(CloseOnly) < 0;
    }

    private bool IsOneClause(int from, int to)
    {
        if (to <= from)
            return true;
        var between = _text.AsSpan(from, to - from);
        if (between.ContainsAny(ClauseMarks))
            return false;
        foreach (var word in ClauseWords)
        {
            if (between.Contains(word, StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private static bool IsDense(string language) => language is "zh" or "ja" or "ko" or "th";

    /// <summary>The characters behind a phrase, up to the end of the piece or the next few words.</summary>
    public ReadOnlySpan<char> Behind(PhraseHit hit, int length) => Piece.Text.AsSpan(hit.End, Math.Min(length, Piece.Text.Length - hit.End));
}
