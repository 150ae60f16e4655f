using System.Text;

namespace Assay.Scanning;

/// <summary>
/// Understands Perl, and roughly Ruby, PHP, Lua, R, Julia and AppleScript, by what they share: strings, names that are called with them, and
/// statements. Quotes and comments are lexed, constant strings are joined and decoded, variables with one constant value are filled in.
/// Flow is followed within a statement and by variable; nothing finer is claimed.
/// </summary>
internal sealed class CallScriptAnalysis : LanguageAnalysis
{
    private const int MaxTokens = 400_000;

    private static readonly HashSet<string> Runners = new(StringComparer.OrdinalIgnoreCase)
    {
        "system", "exec", "qx", "shell_exec", "passthru", "popen", "proc_open", "os.execute", "io.popen", "system2", "shell", "spawn", "Process.spawn", "Open3.capture2", "IO.popen", "Kernel.system", "Kernel.exec", "run", "do shell script", "%x",
    };

    private static readonly HashSet<string> Evaluators = new(StringComparer.OrdinalIgnoreCase)
        { "eval", "load", "loadstring", "dofile", "instance_eval", "class_eval", "assert", "create_function", "source", "include_string", "Meta.parse", "evalq", "do", "Kernel.eval" };

    private static readonly HashSet<string> Fetchers = new(StringComparer.OrdinalIgnoreCase)
    {
        "get", "getstore", "URI.open", "Net::HTTP.get", "file_get_contents", "curl_exec", "LWP::UserAgent", "HTTP::Tiny", "http.request", "download.file", "url", "download", "HTTP.get", "readLines", "open-uri", "open", "Downloads.download", "fopen", "httr::GET",
    };

    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Perl];

    public override void Analyse(CodeUnit unit, ActSink acts) => new Reading(unit, acts).Read();

    private enum Kind
    {
        Word,
        Text,
        Command,
        Mark,
        End,
    }

    private readonly record struct Token(Kind Kind, string Text, int Index);

    private sealed class Reading(CodeUnit unit, ActSink acts)
    {
        private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _fetched = new(StringComparer.Ordinal);
        private bool _socket;
        private string? _peer;
        private string? _secret;

        public void Read()
        {
            var statement = new List<Token>();
            var tokens = 0;
            foreach (var token in Tokens(unit.Text))
            {
                if (++tokens > MaxTokens)
                    return;
                if ((tokens & 255) == 0)
                    acts.Budget.ChargeElements(256, token.Index);
                if (token.Kind == Kind.End)
                {
                    Statement(statement);
                    statement.Clear();
                }
                else if (statement.Count < 4096)
                {
                    statement.Add(token);
                }
            }

            Statement(statement);
        }

        private void Statement(List<Token> tokens)
        {
            if (tokens.Count == 0)
                return;
            string? url = null, runner = null, evaluator = null, fetcher = null, decoder = null;
            var command = new List<(string Text, int Index)>();
            var at = tokens[0].Index;
            for (var i = 0; i < tokens.Count; i++)
            {
                var (kind, text, index) = tokens[i];
                switch (kind)
                {
                    case Kind.Word:
                        if (Runners.Contains(text))
                            (runner, at) = (text, index);
                        else if (Evaluators.Contains(text))
                            (evaluator, at) = (text, index);
                        else if (Fetchers.Contains(text))
                            fetcher = text;
                        if (text is "decode_base64" or "base64_decode" or "Base64.decode64" or "Base64.strict_decode64" or "base64decode" or "gzinflate" or "str_rot13" or "strrev" or "hex2bin" or "pack" or "unpack" or "uudecode")
                            decoder = text;
                        if (text is "socket" or "IO::Socket::INET" or "TCPSocket" or "TCPSocket.new" or "fsockopen" or "connect")
                            _socket = true;
                        if (text.StartsWith('$') && _constants.TryGetValue(text, out var known))
                            command.Add((known, index));
                        else if (_constants.TryGetValue(text, out known))
                            command.Add((known, index));
                        if (_fetched.TryGetValue(text, out var source))
                            url ??= source;
                        break;
                    case Kind.Text:
                        var filled = Filled(text);
                        if (filled.Contains("://", StringComparison.Ordinal))
                            url ??= filled;
                        if (PythonLibrary.SecretAt(filled.Replace("$ENV{HOME}", "~", StringComparison.Ordinal)) is Confidence.High)
                        {
                            _secret = filled;
                            Add(Deed.ReadSecret, "open", filled, index, Origin.None);
                        }

                        if (System.Net.IPAddress.TryParse(filled, out _) && filled.Contains('.', StringComparison.Ordinal))
                            _peer = filled;
                        command.Add((filled, index));
                        break;
                    case Kind.Command:
                        Run("`", Filled(text), index);
                        if (Filled(text).Contains("://", StringComparison.Ordinal))
                            url ??= Filled(text);
                        break;
                }
            }

            Assign(tokens, command, fetcher, url, decoder);
            if (decoder is not null && command.Count > 0 && Decoded(decoder, command[^1].Text) is { } plain)
            {
                if (evaluator is not null)
                {
                    Add(Deed.RunCode, evaluator, plain, at, Origin.Decoded, decoders: [decoder]);
                    LanguageCatalog.Analyse(unit.Inner(CodeLanguage.Perl, plain, at, Origin.Decoded), acts);
                    return;
                }

                command[^1] = (plain, command[^1].Index);
            }

            if (evaluator is not null && evaluator is not ("do" or "load") || (evaluator is "load" && (fetcher ?? runner) is not null))
            {
                if (url is not null && (fetcher is not null || runner is not null || evaluator == "source"))
                    Add(Deed.RunCode, evaluator!, null, at, Origin.Network, url);
                else if (decoder is not null)
                    Add(Deed.RunCode, evaluator!, null, at, Origin.Decoded, decoders: [decoder]);
                else if (Mentions(tokens, "$_GET") || Mentions(tokens, "$_POST") || Mentions(tokens, "$_REQUEST"))
                    Add(Deed.ReverseShell, evaluator!, null, at, Origin.Network);
            }

            if (runner is null)
                return;
            if (Mentions(tokens, "$_GET") || Mentions(tokens, "$_POST") || Mentions(tokens, "$_REQUEST"))
                Add(Deed.ReverseShell, runner, null, at, Origin.Network);
            if (_socket && command.Exists(static c => c.Text.StartsWith("/bin/sh", StringComparison.Ordinal) || c.Text.StartsWith("/bin/bash", StringComparison.Ordinal) || c.Text is "cmd.exe"))
                Add(Deed.ReverseShell, runner, _peer, at, Origin.None);
            if (command.Count > 0)
                Run(runner, string.Join(' ', command.Where(static c => c.Text.Length > 0).Select(static c => c.Text)), at);
        }

        private void Assign(List<Token> tokens, List<(string Text, int Index)> constants, string? fetcher, string? url, string? decoder)
        {
            var name = tokens.Find(static t => t.Kind == Kind.Word && t.Text is not ("my" or "our" or "local" or "var" or "let" or "const"));
            var equals = tokens.FindIndex(static t => t.Kind == Kind.Mark && t.Text == "=");
            if (name.Text is not { Length: > 0 } || equals is < 1 or > 4)
                return;
            var joined = string.Concat(constants.Select(static c => c.Text));
            if (decoder is not null && constants.Count > 0 && Decoded(decoder, constants[^1].Text) is { } plain)
                joined = plain;
            if (fetcher is not null && url is not null)
                _fetched[name.Text] = url;
            else if (joined.Length is > 0 and < 1 << 16)
                _constants[name.Text] = joined;
        }

        private void Run(string call, string command, int index)
        {
            if (command.Length == 0)
                return;
            Add(Deed.RunProgram, call, command, index, Origin.None, confidence: Confidence.Low);
            LanguageCatalog.Analyse(unit.Inner(CodeLanguage.Shell, command, index), acts);
            if (_secret is not null && (command.Contains("curl", StringComparison.Ordinal) || command.Contains("wget", StringComparison.Ordinal)) && command.IndexOf("http", StringComparison.Ordinal) is >= 0 and var at)
                Add(Deed.Send, call, command[at..].Split(' ', '\'', '"')[0], index, Origin.Secret, _secret);
        }

        private string Filled(string text)
        {
            if (!text.Contains('$', StringComparison.Ordinal) || _constants.Count == 0 || text.Length > 1 << 16)
                return text;
            foreach (var (name, value) in _constants)
            {
                if (name.StartsWith('$') && text.Contains(name, StringComparison.Ordinal) && text.Length + value.Length < 1 << 16)
                    text = text.Replace(name, value, StringComparison.Ordinal);
            }

            return text;
        }

        private static string? Decoded(string decoder, string text)
        {
            var value = new PythonValue(PythonKind.Bytes) { Text = text };
            return decoder switch
            {
                "strrev" => string.Concat(text.Reverse()),
                "str_rot13" => PythonFolding.Codec(value, "rot13", encode: true)?.Text,
                "hex2bin" or "pack" => PythonFolding.Decode("hex", value)?.Text,
                "gzinflate" => PythonFolding.Decode("deflate", value)?.Text,
                _ => PythonFolding.Decode("base64", value)?.Text,
            };
        }

        private static bool Mentions(List<Token> tokens, string word) => tokens.Exists(t => t.Text == word);

        private void Add(Deed deed, string call, string? subject, int index, Origin from, string? source = null, Confidence confidence = Confidence.High, IReadOnlyList<string>? decoders = null) => acts.Add(new Act
        {
            Deed = deed,
            Index = unit.At(index),
            Call = call,
            Subject = subject,
            From = from | (deed is Deed.RunCode or Deed.RunProgram ? unit.From & Origin.Decoded : Origin.None),
            Source = source,
            Reach = unit.Reach,
            Evidence = $"{call}({(subject ?? source ?? "…")})",
            Language = CodeLanguage.Perl,
            Confidence = confidence,
            Decoders = decoders ?? unit.Decoders,
        });

        /// <summary>Words, texts, commands in backticks, marks, and ends of statements.</summary>
        private static IEnumerable<Token> Tokens(string text)
        {
            for (var i = 0; i < text.Length;)
            {
                var c = text[i];
                if (c is '\n' or ';' or '{' or '}')
                {
                    yield return new Token(Kind.End, "", i++);
                }
                else if (char.IsWhiteSpace(c))
                {
                    i++;
                }
                else if (c == '#' || (c == '-' && i + 1 < text.Length && text[i + 1] == '-' && (i == 0 || text[i - 1] is '\n' or ' ')) || (c == '/' && i + 1 < text.Length && text[i + 1] == '/'))
                {
                    while (i < text.Length && text[i] != '\n')
                        i++;
                }
                else if (c is '"' or '\'' or '`')
                {
                    var (value, end) = Quoted(text, i);
                    yield return new Token(c == '`' ? Kind.Command : Kind.Text, value, i);
                    i = end;
                }
                else if (char.IsLetter(c) || c is '_' or '$' or '@' or '%')
                {
                    var start = i++;
                    while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] is '_' or ':' or '.'))
                        i++;
                    var word = text[start..i].TrimEnd('.', ':');
                    if (word is "do" && text.AsSpan(i).StartsWith(" shell script"))
                        (word, i) = ("do shell script", i + 13);
                    if (word is "qx" or "%x" && i < text.Length && text[i] is '{' or '(' or '/' or '[')
                    {
                        var close = text.IndexOf(text[i] switch { '{' => '}', '(' => ')', '[' => ']', var same => same }, i + 1);
                        if (close > 0)
                        {
                            yield return new Token(Kind.Command, text[(i + 1)..close], start);
                            i = close + 1;
                            continue;
                        }
                    }

                    yield return new Token(Kind.Word, word, start);
                }
                else
                {
                    yield return new Token(Kind.Mark, c.ToString(), i++);
                }
            }
        }

        private static (string Value, int End) Quoted(string text, int start)
        {
            var quote = text[start];
            var value = new StringBuilder();
            var i = start + 1;
            for (; i < text.Length && text[i] != quote && value.Length < 1 << 18; i++)
            {
                if (text[i] == '\\' && i + 1 < text.Length)
                    i++;
                value.Append(text[i]);
            }

            return (value.ToString(), Math.Min(i + 1, text.Length));
        }
    }
}
