using System.Globalization;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Reads what a PDF can do (ISO 32000-1): actions, scripts and attachments, also in compressed object streams. The file is read from front to
/// back, object by object, as viewers do that repair; cross references are not asked. Pages, fonts and pictures are passed over.
/// </summary>
public sealed class PdfReader : DocumentReader
{
    private const int MaxStream = 16 << 20;
    private const int MaxStructure = 64 << 20;
    private const int MaxDictionary = 64 << 10;
    private const int MaxScript = 2 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Pdf;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) => edges.StartsWith("%PDF-"u8) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void ReadDocument(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope)
    {
        var run = new Run(facts, bytes, scope);
        run.SplitStreams();
        run.ReadStructure();
    }

    private enum TokenKind
    {
        Name,
        Text,
        Word,
        Open,
        Close,
    }

    private readonly record struct Token(TokenKind Kind, string Text, int At);

    private sealed record PdfStream(string Dictionary, int Start, int Length);

    private sealed class Run(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope)
    {
        private readonly List<(ReadOnlyMemory<byte> Bytes, long Offset)> _structure = [];
        private readonly Dictionary<int, PdfStream> _streams = [];
        private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);
        private long _structureLength;
        private bool _isEncrypted;
        private bool _opens;

        /// <summary>Parts the file into streams and what is between them.</summary>
        public void SplitStreams()
        {
            var span = bytes.Span;
            var from = 0;
            while (from < span.Length)
            {
                var at = NextStream(span, from);
                if (at < 0)
                    break;
                AddStructure(bytes[from..at], from);
                var head = span[Math.Max(from, at - MaxDictionary)..at];
                var start = at + 6;
                if (start < span.Length && span[start] == '\r')
                    start++;
                if (start < span.Length && span[start] == '\n')
                    start++;
                var end = span[Math.Min(start, span.Length)..].IndexOf("endstream"u8);
                var length = end < 0 ? span.Length - start : end;
                scope.Budget.ChargeElements(4, at);
                ReadStream(head, at, start, Math.Max(0, length));
                from = end < 0 ? span.Length : start + end + 9;
            }

            if (from < span.Length)
                AddStructure(bytes[from..], from);
        }

        public void ReadStructure()
        {
            foreach (var (part, offset) in _structure)
            {
                var tokens = Tokens(part.Span);
                for (var i = 0; i < tokens.Count; i++)
                {
                    if (tokens[i].Kind == TokenKind.Name)
                        ReadName(tokens, i, offset + tokens[i].At);
                }
            }

            if (_isEncrypted)
                facts.Note(new Malformation(MalformationKind.Encrypted, 0, "the document is encrypted: its scripts and attachments could not be read"));
        }

        private static int NextStream(ReadOnlySpan<byte> span, int from)
        {
            while (true)
            {
                var next = span[from..].IndexOf("stream"u8);
                if (next < 0)
                    return -1;
                var at = from + next;
                from = at + 6;
                // The keyword follows a dictionary and ends its line.
                var before = span[..at].TrimEnd(" \t\r\n\0"u8);
                if (before.EndsWith(">>"u8) && from < span.Length && span[from] is (byte)'\r' or (byte)'\n')
                    return at;
            }
        }

        private void AddStructure(ReadOnlyMemory<byte> part, long offset)
        {
            if (_structureLength + part.Length > MaxStructure)
                Malformed.Limit("inflated-bytes", MaxStructure, offset);
            _structureLength += part.Length;
            _structure.Add((part, offset));
        }

        private void ReadStream(ReadOnlySpan<byte> head, int at, int start, int length)
        {
            var objectAt = head.LastIndexOf(" obj"u8);
            var dictionary = Unescape(Encoding.Latin1.GetString(objectAt < 0 ? head : head[objectAt..]));
            var number = objectAt < 0 ? -1 : NumberBefore(head[..objectAt]);
            if (number >= 0)
                _streams[number] = new PdfStream(dictionary, start, length);
            if (HasName(dictionary, "/ObjStm"))
            {
                var content = Decode(dictionary, start, length, MaxStream);
                if (content is null)
                    facts.Note(new Malformation(MalformationKind.Unsupported, at, "an object stream is stored in a way that is not read"));
                else
                    AddStructure(content, at);
            }
            else if (HasName(dictionary, "/EmbeddedFile"))
            {
                facts.Add(DocumentFeatureKind.Attachment, at, number >= 0 ? $"attachment in object {number}" : "attachment");
                if (Decode(dictionary, start, length, MaxStream) is { } content)
                    facts.AddChild($"(attachment {Math.Max(0, number)})", at, content, ChildRole.Member);
                else
                    facts.Note(new Malformation(MalformationKind.Unsupported, at, "an attachment is stored in a way that is not read"));
            }
        }

        /// <summary>The number of the object: <c>12 0 obj</c>, read backwards from the blank before <c>obj</c>.</summary>
        private static int NumberBefore(ReadOnlySpan<byte> head)
        {
            var text = head[Math.Max(0, head.Length - 24)..].TrimEnd(" \t\r\n"u8);
            var blank = text.LastIndexOfAny(" \t\r\n"u8);
            if (blank < 0)
                return -1;
            text = text[..blank].TrimEnd(" \t\r\n"u8);
            var start = text.Length;
            while (start > 0 && text[start - 1] is >= (byte)'0' and <= (byte)'9')
                start--;
            return int.TryParse(text[start..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        }

        private byte[]? Decode(string dictionary, int start, int length, int most)
        {
            var content = bytes.Slice(Math.Min(start, bytes.Length), Math.Min(length, Math.Max(0, bytes.Length - start)));
            var at = dictionary.IndexOf("/Filter", StringComparison.Ordinal);
            if (at < 0)
                return content[..Math.Min(content.Length, most)].ToArray();
            var rest = dictionary.AsSpan(at + 7);
            var isList = rest.TrimStart().StartsWith("[");
            var end = isList ? rest.IndexOf(']') : rest.TrimStart(" \t\r\n/").IndexOfAny(" \t\r\n/>[") + (rest.Length - rest.TrimStart(" \t\r\n/").Length);
            var filters = (end < 0 ? rest : rest[..end]).ToString().Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var filter in filters)
            {
                var name = filter.Trim('[', ']', ' ', '\r', '\n', '\t');
                if (name.Length == 0)
                    continue;
                if (name is "FlateDecode" or "Fl")
                    content = Inflate(content, 2, most, scope.Budget);
                else if (name is "ASCIIHexDecode" or "AHx")
                    content = Hex(content.Span, most);
                else if (name is "ASCII85Decode" or "A85")
                    content = Base85(content.Span, most);
                else
                    return null;
            }

            return content[..Math.Min(content.Length, most)].ToArray();
        }

        private void ReadName(List<Token> tokens, int i, long offset)
        {
            switch (tokens[i].Text)
            {
                case "Encrypt" when i + 1 < tokens.Count && tokens[i + 1].Kind is TokenKind.Word or TokenKind.Open:
                    _isEncrypted = true;
                    break;
                case "OpenAction" or "AA":
                    _opens = true;
                    break;
                case "JS":
                    ReadScript(tokens, i + 1, offset);
                    break;
                case "Launch" when i > 0 && tokens[i - 1] is { Kind: TokenKind.Name, Text: "S" }:
                    ReadLaunch(tokens, i, offset);
                    break;
                case "GoToR" or "GoToE" when i > 0 && tokens[i - 1] is { Kind: TokenKind.Name, Text: "S" }:
                    if (TextNear(tokens, i, "F") is { } file && file.StartsWith(@"\\", StringComparison.Ordinal))
                        facts.Add(DocumentFeatureKind.RemoteContent, offset, file);
                    break;
            }
        }

        private void ReadScript(List<Token> tokens, int at, long offset)
        {
            if (at >= tokens.Count)
                return;
            string? code = null;
            if (tokens[at].Kind == TokenKind.Text)
            {
                code = TextOf(tokens[at].Text);
            }
            else if (at + 2 < tokens.Count && tokens[at + 2].Text == "R" && int.TryParse(tokens[at].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                if (!_streams.TryGetValue(number, out var stream))
                    return;
                if (Decode(stream.Dictionary, stream.Start, stream.Length, MaxScript) is { } content)
                    code = TextOf(Encoding.Latin1.GetString(content));
                else
                    facts.Note(new Malformation(MalformationKind.Unsupported, offset, "a script is stored in a way that is not read"));
            }

            if (string.IsNullOrWhiteSpace(code) || _isEncrypted || !_scripts.Add(code))
                return;
            facts.Add(_opens ? DocumentFeatureKind.OpenScript : DocumentFeatureKind.Script, offset, code);
            facts.AddChild($"(script {_scripts.Count}).js", offset, Encoding.UTF8.GetBytes(code));
        }

        private void ReadLaunch(List<Token> tokens, int at, long offset)
        {
            var file = TextNear(tokens, at, "F") ?? "";
            var arguments = TextNear(tokens, at, "P") ?? "";
            var command = $"{TextOf(file)} {TextOf(arguments)}".Trim();
            facts.Add(DocumentFeatureKind.Launch, offset, command.Length > 0 ? command : "starts a program");
            if (command.Length > 0)
                facts.AddChild("(launch).cmd", offset, Encoding.UTF8.GetBytes(command + "\r\n"));
        }

        /// <summary>The text behind a key in the same action.</summary>
        private static string? TextNear(List<Token> tokens, int at, string key)
        {
            for (var i = Math.Max(0, at - 24); i < Math.Min(tokens.Count - 1, at + 24); i++)
            {
                if (tokens[i] is { Kind: TokenKind.Name } token && token.Text == key && tokens[i + 1].Kind == TokenKind.Text)
                    return tokens[i + 1].Text;
            }

            return null;
        }

        private List<Token> Tokens(ReadOnlySpan<byte> span)
        {
            var tokens = new List<Token>();
            for (var i = 0; i < span.Length;)
            {
                var c = span[i];
                if (IsBlank(c))
                {
                    i++;
                    continue;
                }

                if ((tokens.Count & 1023) == 0)
                {
                    scope.Budget.ChargeElements(1024, i);
                    scope.Budget.ChargeValues(1024, i);
                }

                var start = i;
                switch (c)
                {
                    case (byte)'%':
                        while (i < span.Length && span[i] is not ((byte)'\r' or (byte)'\n'))
                            i++;
                        break;
                    case (byte)'(':
                        tokens.Add(new Token(TokenKind.Text, Literal(span, ref i), start));
                        break;
                    case (byte)'<' when i + 1 < span.Length && span[i + 1] == '<':
                        i += 2;
                        tokens.Add(new Token(TokenKind.Open, "<<", start));
                        break;
                    case (byte)'<':
                        var close = span[i..].IndexOf((byte)'>');
                        var hex = close < 0 ? span[(i + 1)..] : span.Slice(i + 1, close - 1);
                        tokens.Add(new Token(TokenKind.Text, Encoding.Latin1.GetString(Hex(hex, MaxScript)), start));
                        i = close < 0 ? span.Length : i + close + 1;
                        break;
                    case (byte)'>':
                        i += i + 1 < span.Length && span[i + 1] == '>' ? 2 : 1;
                        tokens.Add(new Token(TokenKind.Close, ">>", start));
                        break;
                    case (byte)'/':
                        i++;
                        while (i < span.Length && !IsBlank(span[i]) && !IsDelimiter(span[i]))
                            i++;
                        tokens.Add(new Token(TokenKind.Name, Unescape(Encoding.Latin1.GetString(span[(start + 1)..Math.Min(i, start + 128)])), start));
                        break;
                    case (byte)'[' or (byte)']' or (byte)'{' or (byte)'}' or (byte)')':
                        i++;
                        break;
                    default:
                        while (i < span.Length && !IsBlank(span[i]) && !IsDelimiter(span[i]))
                            i++;
                        tokens.Add(new Token(TokenKind.Word, i - start <= 16 ? Encoding.Latin1.GetString(span[start..i]) : "", start));
                        break;
                }
            }

            return tokens;
        }

        private static string Literal(ReadOnlySpan<byte> span, ref int i)
        {
            var text = new StringBuilder();
            var depth = 0;
            for (; i < span.Length; i++)
            {
                var c = span[i];
                if (c == '(' && depth++ == 0)
                    continue;
                if (c == ')' && --depth == 0)
                {
                    i++;
                    break;
                }

                if (text.Length > MaxScript)
                    continue;
                if (c != '\\' || i + 1 >= span.Length)
                {
                    text.Append((char)c);
                    continue;
                }

                var next = span[++i];
                if (next is >= (byte)'0' and <= (byte)'7')
                {
                    var value = 0;
                    var digits = 0;
                    for (; digits < 3 && i < span.Length && span[i] is >= (byte)'0' and <= (byte)'7'; digits++, i++)
                        value = (value * 8) + span[i] - '0';
                    i--;
                    text.Append((char)(value & 255));
                }
                else if (next == '\r' || next == '\n')
                {
                    if (next == '\r' && i + 1 < span.Length && span[i + 1] == '\n')
                        i++;
                }
                else
                {
                    text.Append(next switch { (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', (byte)'b' => '\b', (byte)'f' => '\f', _ => (char)next });
                }
            }

            return text.ToString();
        }

        /// <summary>A text string: UTF-16 with its mark, UTF-8 with its mark, else one byte a character.</summary>
        private static string TextOf(string latin)
        {
            if (latin.StartsWith("\u00fe\u00ff", StringComparison.Ordinal))
                return Encoding.BigEndianUnicode.GetString(Encoding.Latin1.GetBytes(latin[2..]));
            if (latin.StartsWith("\u00ff\u00fe", StringComparison.Ordinal))
                return Encoding.Unicode.GetString(Encoding.Latin1.GetBytes(latin[2..]));
            return latin.StartsWith("\u00ef\u00bb\u00bf", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin[3..])) : latin;
        }

        /// <summary>Names may write any character as <c>#xx</c> (7.3.5), which is how <c>/J#61vaScript</c> hides.</summary>
        private static string Unescape(string text)
        {
            if (!text.Contains('#', StringComparison.Ordinal))
                return text;
            var plain = new StringBuilder(text.Length);
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '#' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
                {
                    plain.Append((char)Convert.ToByte(text.Substring(i + 1, 2), 16));
                    i += 2;
                }
                else
                {
                    plain.Append(text[i]);
                }
            }

            return plain.ToString();
        }

        private static bool HasName(string dictionary, string name)
        {
            var at = dictionary.IndexOf(name, StringComparison.Ordinal);
            return at >= 0 && (at + name.Length == dictionary.Length || !char.IsAsciiLetterOrDigit(dictionary[at + name.Length]));
        }

        private static byte[] Hex(ReadOnlySpan<byte> text, int most)
        {
            var result = new List<byte>(Math.Min(most, text.Length / 2));
            var high = -1;
            foreach (var c in text)
            {
                if (c == '>' || result.Count >= most)
                    break;
                if (!char.IsAsciiHexDigit((char)c))
                    continue;
                var digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
                if (high < 0)
                {
                    high = digit;
                }
                else
                {
                    result.Add((byte)((high << 4) | digit));
                    high = -1;
                }
            }

            if (high >= 0)
                result.Add((byte)(high << 4));
            return [.. result];
        }

        private static byte[] Base85(ReadOnlySpan<byte> text, int most)
        {
            var result = new List<byte>();
            ulong value = 0;
            var count = 0;
            foreach (var c in text)
            {
                if (c == '~' || result.Count >= most)
                    break;
                if (c == 'z' && count == 0)
                {
                    result.AddRange([0, 0, 0, 0]);
                    continue;
                }

                if (c is < (byte)'!' or > (byte)'u')
                    continue;
                value = (value * 85) + (uint)(c - '!');
                if (++count < 5)
                    continue;
                for (var shift = 24; shift >= 0; shift -= 8)
                    result.Add((byte)(value >> shift));
                (value, count) = (0, 0);
            }

            if (count > 1)
            {
                for (var i = count; i < 5; i++)
                    value = (value * 85) + 84;
                for (var i = 0; i < count - 1; i++)
                    result.Add((byte)(value >> (24 - (i * 8))));
            }

            return [.. result];
        }

        private static bool IsBlank(byte c) => c is 0 or 9 or 10 or 12 or 13 or 32;

        private static bool IsDelimiter(byte c) => c is (byte)'(' or (byte)')' or (byte)'<' or (byte)'>' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}' or (byte)'/' or (byte)'%';
    }
}
