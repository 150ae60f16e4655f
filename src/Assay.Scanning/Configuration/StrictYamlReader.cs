using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Assay.Scanning.Configuration;

/// <summary>Makes the error of one kind of document.</summary>
/// <param name="file">The document's name as given.</param>
/// <param name="line">Line from 1; 0 when it is the document as a whole.</param>
/// <param name="column">Column from 1; 0 when it is the document as a whole.</param>
/// <param name="problem">What is wrong and what to do.</param>
internal delegate Exception DocumentFault(string file, long line, long column, string problem);

/// <summary>Finds the value that a word stands for.</summary>
/// <param name="word">The word.</param>
/// <param name="value">Its value.</param>
/// <returns>False when it stands for none.</returns>
internal delegate bool WordParser<T>(string word, out T value);

/// <summary>
/// Reads the YAML that operators write, event by event. Strict: a key that is not known, or stands twice, is an error with its place, since
/// a waiver or a clause that is silently not applied is worse than a stop. Anchors, aliases, tags and second documents are refused; size
/// and number of entries are bounded, and nesting is as deep as the caller reads, no deeper.
/// </summary>
internal sealed class StrictYamlReader
{
    /// <summary>The largest document that is read, in bytes (of a file) or characters (of a text).</summary>
    public const int MaxLength = 1 << 20;

    private const int MaxEntries = 10_000;

    private readonly string _file;
    private readonly string _subject;
    private readonly DocumentFault _fault;
    private readonly Parser _parser;

    private StrictYamlReader(string file, string subject, DocumentFault fault, TextReader text)
    {
        _file = file;
        _subject = subject;
        _fault = fault;
        _parser = new Parser(text);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="path">Its path; errors show it as given.</param>
    /// <param name="subject">What it is, for errors: <c>configuration</c>.</param>
    /// <param name="fault">Makes the error.</param>
    public static string ReadFile(string path, string subject, DocumentFault fault)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxLength)
                throw fault(path, 0, 0, $"The {subject} is larger than {MaxLength >> 20} MiB.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            using var text = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
            return text.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw fault(path, 0, 0, $"The {subject} could not be read: " + Faults.Describe(e));
        }
    }

    /// <summary>Reads one document.</summary>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="subject">What it is, for errors: <c>configuration</c>.</param>
    /// <param name="text">YAML.</param>
    /// <param name="fault">Makes the error.</param>
    /// <param name="read">Reads the content; not called when there is none.</param>
    public static void ReadDocument(string name, string subject, TextReader text, DocumentFault fault, Action<StrictYamlReader> read)
    {
        var reader = new StrictYamlReader(name, subject, fault, text);
        try
        {
            reader.ReadDocument(read);
        }
        catch (YamlException e)
        {
            throw fault(name, e.Start.Line, e.Start.Column, "This is not valid YAML: " + e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // How the parser fails on some broken input, without a place; what it read last is near.
            var last = reader._parser.Current?.End ?? Mark.Empty;
            throw fault(name, last.Line, last.Column, "This is not valid YAML, here or shortly after.");
        }
    }

    private void ReadDocument(Action<StrictYamlReader> read)
    {
        Next<StreamStart>("the start");
        if (Peek() is StreamEnd)
            return;
        Next<DocumentStart>("a document");
        if (Peek() is Scalar { Value: "" })
            Advance();
        else
            read(this);
        Next<DocumentEnd>("the end of the document");
        if (Peek() is not StreamEnd)
            throw Problem(Peek(), $"There is a second YAML document; a {_subject} is one.");
    }

    /// <summary>Reads a mapping whose keys are known.</summary>
    /// <param name="what">What it is, for errors.</param>
    /// <param name="keys">The keys that may stand in it.</param>
    /// <param name="read">Reads the value of a key.</param>
    public void ReadMapping(string what, IReadOnlyList<string> keys, Action<string> read)
    {
        var start = Peek();
        if (start is not MappingStart)
            throw Problem(start, $"Here {what} should be: keys with values ({string.Join(", ", keys)}).");
        Advance();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Peek() is not MappingEnd)
        {
            var place = Peek();
            var key = ReadText("a key");
            if (!keys.Contains(key))
                throw Problem(place, $"The key {Quoted(key)} is not known in {what}. Known are: {string.Join(", ", keys)}.");
            if (!seen.Add(key))
                throw Problem(place, $"The key {Quoted(key)} stands here a second time.");
            read(key);
        }

        Advance();
    }

    /// <summary>Reads a list whose entries are mappings.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="one">What one entry is called, for errors.</param>
    /// <param name="read">Reads an entry.</param>
    public List<T> ReadList<T>(string key, string one, Func<T> read)
    {
        if (Peek() is not SequenceStart)
            throw Problem(Peek(), $"{key} is a list; start each {one} with a dash.");
        Advance();
        var values = new List<T>();
        while (Peek() is not SequenceEnd)
        {
            if (values.Count >= MaxEntries)
                throw Problem(Peek(), $"{key} has more than {MaxEntries} entries.");
            values.Add(read());
        }

        Advance();
        return values;
    }

    /// <summary>Reads a list of words.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="accept">Whether a word may stand in it.</param>
    /// <param name="example">What a word should be, for errors.</param>
    public List<string> ReadStrings(string key, Func<string, bool> accept, string example)
    {
        if (Peek() is not SequenceStart)
            throw Problem(Peek(), $"{key} is a list; write each entry on a line of its own after a dash.");
        return ReadWords<string>(key, (word, out value) => accept(value = word), example);
    }

    /// <summary>Reads a word, or a list of words, into values.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="parse">Finds the value of a word.</param>
    /// <param name="example">What a word should be, for errors.</param>
    public List<T> ReadWords<T>(string key, WordParser<T> parse, string example)
    {
        var values = new List<T>();
        if (Peek() is not SequenceStart)
        {
            values.Add(ReadWord(key, parse, example));
            return values;
        }

        Advance();
        while (Peek() is not SequenceEnd)
        {
            if (values.Count >= MaxEntries)
                throw Problem(Peek(), $"{key} has more than {MaxEntries} entries.");
            var place = Peek();
            var word = ReadText("an entry of " + key);
            if (!parse(word, out var value))
                throw Problem(place, $"{Quoted(word)} is no entry of {key}; it should be {example}.");
            values.Add(value);
        }

        Advance();
        return values;
    }

    /// <summary>Reads a word into a value.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="parse">Finds the value of the word.</param>
    /// <param name="example">What the word should be, for errors.</param>
    public T ReadWord<T>(string key, WordParser<T> parse, string example)
    {
        var place = Peek();
        var word = ReadText("the value of " + key);
        return parse(word, out var value) ? value : throw Problem(place, $"{Quoted(word)} is no value of {key}; it should be {example}.");
    }

    /// <summary>Reads a text that is not empty, without the white space around it.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="owner">What has the key, for errors: <c>waiver</c>.</param>
    public string ReadFilled(string key, string owner)
    {
        var place = Peek();
        var value = ReadText("the value of " + key).Trim();
        return value.Length > 0 ? value : throw Problem(place, $"The {key} of this {owner} is empty.");
    }

    /// <summary>Reads a scalar.</summary>
    /// <param name="what">What should be here, for errors.</param>
    public string ReadText(string what)
    {
        var place = Peek();
        if (place is not Scalar scalar)
            throw Problem(place, $"Here {what} should be, in one line.");
        Advance();
        return scalar.Value;
    }

    /// <summary>Reads a day, as <c>2027-03-31</c>.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="owner">What has the key, for errors: <c>waiver</c>.</param>
    public DateOnly ReadDay(string key, string owner)
    {
        var place = Peek();
        var value = ReadFilled(key, owner);
        return DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : throw Problem(place, $"{Quoted(value)} is no date; it should be like 2027-03-31.");
    }

    /// <summary>Reads a SHA-256 into its lower-case form.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="owner">What has the key, for errors: <c>waiver</c>.</param>
    public string ReadSha256(string key, string owner)
    {
        var place = Peek();
        var value = ReadFilled(key, owner);
        return value.Length == 64 && value.All(char.IsAsciiHexDigit)
            ? value.ToLowerInvariant()
            : throw Problem(place, $"{Quoted(value)} is no SHA-256; it should be 64 hexadecimal digits.");
    }

    /// <summary>Reads the id of a rule that there is.</summary>
    /// <param name="key">The key that it is the value of.</param>
    /// <param name="owner">What has the key, for errors: <c>waiver</c>.</param>
    public string ReadRule(string key, string owner)
    {
        var place = Peek();
        var value = ReadFilled(key, owner);
        return RuleCatalogue.Find(value)?.Id ?? throw Problem(place, $"There is no rule {Quoted(value)}. `assay rules` lists them.");
    }

    /// <summary>What comes next, which is never an alias, and has neither anchor nor tag.</summary>
    public ParsingEvent Peek()
    {
        if (_parser.Current is null)
            Advance();
        var current = _parser.Current ?? throw _fault(_file, 0, 0, $"The {_subject} ends too early.");
        return current switch
        {
            AnchorAlias => throw Problem(current, "Aliases are not used here; write the value out."),
            NodeEvent { Anchor.IsEmpty: false } => throw Problem(current, "Anchors are not used here; remove it."),
            NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } } => throw Problem(current, "Tags are not used here; remove it."),
            _ => current,
        };
    }

    /// <summary>The error for what stands at a place.</summary>
    public Exception Problem(ParsingEvent at, string problem) => _fault(_file, at.Start.Line, at.Start.Column, problem);

    /// <summary>A word of the document as an error shows it.</summary>
    public static string Quoted(string text) => "\"" + Reports.VisibleText.Of(text.Length <= 60 ? text : text[..60] + "…") + "\"";

    private void Advance()
    {
        do
        {
            if (!_parser.MoveNext())
                return;
        }
        while (_parser.Current is Comment);
    }

    private void Next<T>(string what)
        where T : ParsingEvent
    {
        if (Peek() is not T)
            throw Problem(Peek(), $"Here {what} was expected.");
        Advance();
    }
}
