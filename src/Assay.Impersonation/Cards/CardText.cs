using System.Text;
using Assay.Impersonation.Claims;

namespace Assay.Impersonation.Cards;

/// <summary>Where a word of a card stands.</summary>
[Flags]
internal enum CardPlace
{
    Prose = 0,
    Code = 1,
    Heading = 2,
    ListItem = 4,

    /// <summary>Below a heading that says that the original's card follows.</summary>
    Quoted = 8,

    /// <summary>The word was written with a capital.</summary>
    Capital = 16,
}

/// <summary>One word.</summary>
/// <param name="Text">Folded to what is seen, in lower case.</param>
/// <param name="Start">Offset in <see cref="CardText.Source"/>.</param>
/// <param name="End">Offset behind it.</param>
/// <param name="Sentence">Number of the sentence, heading, list item or line of code.</param>
/// <param name="Place">Where it stands.</param>
internal readonly record struct CardWord(string Text, int Start, int End, int Sentence, CardPlace Place);

/// <summary>
/// A model card as its reader sees it: front matter, words with their places, example code apart. Reading takes time in proportion to the length, whatever the text.
/// </summary>
public sealed class CardText
{
    /// <summary>Characters that are read; a longer card is cut.</summary>
    public const int Limit = 512 * 1024;

    private const int MostWordCharacters = 64;

    private CardText(string source, FrontMatter front, string? title, List<CardWord> words, List<string> codeIds)
    {
        Source = source;
        Front = front;
        Title = title;
        Words = words;
        CodeIds = codeIds;
        Marks = CardWords.Standard.Find(words);
        Sketch = CardSketch.Of(words);
    }

    /// <summary>The front matter; empty when there is none.</summary>
    public FrontMatter Front { get; }

    /// <summary>The first heading, or null.</summary>
    public string? Title { get; }

    /// <summary>What the text is compared by.</summary>
    public CardSketch Sketch { get; }

    /// <summary>Ids (owner/name) that the example code loads, each once, as written.</summary>
    public IReadOnlyList<string> CodeIds { get; }

    internal string Source { get; }

    internal IReadOnlyList<CardWord> Words { get; }

    /// <summary>The phrases of <see cref="CardWords"/> in it.</summary>
    internal IReadOnlyList<WordMark> Marks { get; }

    /// <summary>Reads a card. Any text is one.</summary>
    /// <param name="markdown">README.md, decoded.</param>
    public static CardText Read(string markdown)
    {
        var source = markdown.Length > Limit ? markdown[..Limit] : markdown;
        var body = BodyStart(source, out var front);
        var reader = new Reader(source);
        reader.ReadFrom(body);
        return new CardText(source, front, reader.Title, reader.Words, reader.CodeIds);
    }

    /// <summary>The words of a text alone.</summary>
    internal static IReadOnlyList<CardWord> WordsOf(string text)
    {
        var reader = new Reader(text);
        reader.ReadFrom(0);
        return reader.Words;
    }

    /// <summary>
    /// Whether the example code loads another repository than this one or a declared base: the mark of a card that was copied without care.
    /// </summary>
    /// <param name="ownId">owner/name of the card's repository.</param>
    public bool HasForeignSelfReference(string ownId)
    {
        var bases = Front.BaseModels;
        return CodeIds.Count > 0 && !CodeIds.Contains(ownId, StringComparer.OrdinalIgnoreCase)
            && CodeIds.Any(id => !bases.Contains(id, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The line of the source that holds an offset, trimmed; of a long line the 200 characters around it.</summary>
    internal string LineAt(int offset)
    {
        const int half = 100;
        var before = Source.AsSpan(int.Max(0, offset - half), offset - int.Max(0, offset - half));
        var after = Source.AsSpan(offset, int.Min(half, Source.Length - offset));
        var end = after.IndexOf('\n');
        var start = offset - before.Length + before.LastIndexOf('\n') + 1;
        return Source.AsSpan(start, offset + (end < 0 ? after.Length : end) - start).Trim().ToString();
    }

    private static int BodyStart(string source, out FrontMatter front)
    {
        front = FrontMatter.Read([]);
        var start = 0;
        while (start < source.Length && (char.IsWhiteSpace(source[start]) || source[start] == '\uFEFF'))
            start++;
        if (!source.AsSpan(start).StartsWith("---"))
            return 0;
        var head = source.IndexOf('\n', start);
        if (head < 0)
            return 0;
        for (var line = head + 1; line < source.Length;)
        {
            var end = source.IndexOf('\n', line);
            end = end < 0 ? source.Length : end;
            if (source.AsSpan(line, end - line).TrimEnd() is "---" or "...")
            {
                front = FrontMatter.Read(source.AsSpan(head + 1, line - head - 1));
                return int.Min(source.Length, end + 1);
            }

            line = end + 1;
        }

        return 0;
    }

    /// <summary>The state of one pass over the lines.</summary>
    private sealed class Reader(string source)
    {
        private const int LongestTarget = 1_000; // characters of a link's target or a tag

        private readonly StringBuilder _word = new();
        private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);
        private int _wordStart;
        private bool _capital;
        private int _sentence;
        private bool _inComment;
        private bool _quoted;

        public string? Title { get; private set; }

        public List<CardWord> Words { get; } = [];

        public List<string> CodeIds { get; } = [];

        public void ReadFrom(int start)
        {
            var fence = '\0';
            for (var line = start; line < source.Length;)
            {
                var end = source.IndexOf('\n', line);
                end = end < 0 ? source.Length : end;
                var text = source.AsSpan(line, end - line).Trim();
                var mark = text.StartsWith("```") ? '`' : text.StartsWith("~~~") ? '~' : '\0';
                if (mark != '\0' && (fence == '\0' || (mark == fence && text.Trim(mark).IsEmpty)))
                {
                    fence = fence == '\0' ? mark : '\0';
                    _sentence++;
                }
                else if (fence != '\0')
                {
                    ReadCode(line, end);
                }
                else
                {
                    ReadProse(line, end, text);
                }

                line = end + 1;
            }
        }

        private void ReadCode(int line, int end)
        {
            _sentence++;
            ReadWords(line, end, CardPlace.Code);
            // A string of the form owner/name.
            for (var at = line; at < end; at++)
            {
                if (source[at] is not ('"' or '\''))
                    continue;
                var close = source.AsSpan(at + 1, end - at - 1).IndexOf(source[at]);
                if (close < 0)
                    break;
                var value = source.AsSpan(at + 1, close);
                if (CodeIds.Count < 64 && IsId(value) && _ids.Add(value.ToString()))
                    CodeIds.Add(value.ToString());
                at += close + 1;
            }
        }

        private void ReadProse(int line, int end, ReadOnlySpan<char> text)
        {
            if (text.IsEmpty)
            {
                _sentence++;
                return;
            }

            var place = CardPlace.Prose;
            if (text[0] == '#')
                place = CardPlace.Heading;
            else if (text[0] is '-' or '*' or '+' or '|' or '>' || char.IsAsciiDigit(text[0]))
                place = CardPlace.ListItem;
            if (place != CardPlace.Prose)
                _sentence++;
            var first = Words.Count;
            ReadWords(line, end, place);
            if (place != CardPlace.Heading)
                return;
            _sentence++;
            Title ??= text.Trim('#').Trim().ToString();
            if (CardWords.Standard.Find(Words, first).Any(m => m.Kind == WordKind.Quoted))
                _quoted = true;
        }

        private void ReadWords(int line, int end, CardPlace place)
        {
            var code = place == CardPlace.Code;
            if (_quoted)
                place |= CardPlace.Quoted;
            for (var at = line; at < end;)
            {
                if (_inComment)
                {
                    var close = source.AsSpan(at, end - at).IndexOf("-->");
                    if (close < 0)
                        return;
                    _inComment = false;
                    at += close + 3;
                    continue;
                }

                var character = source[at];
                if (!code && character == '<' && SkipTag(at, end) is var behind && behind > at)
                {
                    EndWord(at, place);
                    at = behind;
                    continue;
                }

                if (!code && character == ']' && at + 1 < end && source[at + 1] == '(')
                {
                    EndWord(at, place);
                    var close = source.AsSpan(at, int.Min(end - at, LongestTarget)).IndexOf(')');
                    at = close < 0 ? at + 2 : at + close + 1;
                    continue;
                }

                Rune.DecodeFromUtf16(source.AsSpan(at, end - at), out var rune, out var length);
                Take(rune, at, place);
                if (character is '!' or '?' or '.' or '\u3002' or '\uFF01' or '\uFF1F' && (at + 1 >= end || character > 0x7F || char.IsWhiteSpace(source[at + 1])))
                    _sentence++;
                at += length;
            }

            EndWord(end, place);
        }

        private void Take(Rune rune, int at, CardPlace place)
        {
            var folded = CardFolding.Fold(rune);
            if (folded == 0)
                return;
            if (!Rune.IsLetterOrDigit(new Rune(folded)))
            {
                EndWord(at, place);
                return;
            }

            var solitary = CardFolding.IsSolitary(folded);
            if (solitary || _word.Length >= MostWordCharacters)
                EndWord(at, place);
            if (_word.Length == 0)
            {
                _wordStart = at;
                _capital = Rune.IsUpper(rune);
            }

            _word.Append(new Rune(folded).ToString());
            if (solitary)
                EndWord(at + rune.Utf16SequenceLength, place);
        }

        private void EndWord(int end, CardPlace place)
        {
            if (_word.Length == 0)
                return;
            Words.Add(new CardWord(_word.ToString(), _wordStart, end, _sentence, _capital ? place | CardPlace.Capital : place));
            _word.Clear();
        }

        /// <summary>The offset behind a tag or the opening of a comment; <paramref name="at"/> when it is neither.</summary>
        private int SkipTag(int at, int end)
        {
            var rest = source.AsSpan(at, end - at);
            if (rest.StartsWith("<!--"))
            {
                _inComment = true;
                return at + 4;
            }

            if (rest.Length < 2 || !(char.IsAsciiLetter(rest[1]) || rest[1] is '/' or '!'))
                return at;
            var close = rest[..int.Min(rest.Length, LongestTarget)].IndexOf('>');
            return close < 0 ? at : at + close + 1;
        }

        private static bool IsId(ReadOnlySpan<char> value)
        {
            var slash = value.IndexOf('/');
            if (slash is <= 0 or > 96 || value.Length > 193 || slash == value.Length - 1 || value[(slash + 1)..].Contains('/'))
                return false;
            if (!char.IsAsciiLetterOrDigit(value[0]) || value.ContainsAnyExcept(IdCharacters))
                return false;
            var name = value[(slash + 1)..];
            return !name.EndsWith(".py") && !name.EndsWith(".json") && !name.EndsWith(".txt") && !name.EndsWith(".jsonl") && !name.EndsWith(".png") && !name.EndsWith(".wav");
        }

        private static readonly System.Buffers.SearchValues<char> IdCharacters =
            System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./");
    }
}
